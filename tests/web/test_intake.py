"""Monitors send samples and alerts: each counted once, in any order, and nothing that is answered 202 is lost."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import Router

from tai_ops.alerts import Alert, read_alerts, stamps
from tai_ops.probe_samples import columns, read_batch, read_quickly
from tai_ops.store import Store
from tai_ops.store.tokens import create, revoke
from tai_ops.web.intake import MOST_BYTES, intake_routes

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "ops"
AT = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "ops.duckdb", create=True)
    yield opened
    opened.close()


@pytest.fixture
def token(store):
    return {scope: create(store, make.CEO, scope, scope, now=make.NOW) for scope in ("probes", "incidents")}


def post(store, path, body, token=None, headers=(), most_a_minute=3_600, router=None):
    """The status and the JSON of the answer."""
    body = body if isinstance(body, bytes) else body.encode()
    sent, answered = [{"type": "http.request", "body": body, "more_body": False}], []
    head = [*headers, *([(b"authorization", f"Bearer {token}".encode())] if token else [])]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": head,
        "app": None,
    }

    async def receive():
        return sent.pop(0)

    async def send(message):
        answered.append(message)

    router = router or Router(intake_routes(lambda: store, most_a_minute))
    make.run(router, scope, receive, send)
    return answered[0]["status"], json.loads(b"".join(m.get("body", b"") for m in answered[1:]) or b"null")


def sample(minute=0, **more):
    return {
        "service": "api",
        "at": (AT + timedelta(minutes=minute)).isoformat(),
        "source": "uptime",
        "ok": True,
        "latency_ms": 120.5,
        "status": 200,
    } | more


def lines(*samples):
    return "\n".join(json.dumps(one) for one in samples)


def test_a_batch_counts_once_however_often_it_is_sent(store, token):
    body = lines(sample(0), sample(1, ok=False, latency_ms=None, status=503), sample(1, ok=True))
    assert post(store, "/api/probes", body, token["probes"]) == (
        202,
        {"accepted": 2, "duplicates": 1, "rejected": []},
    )
    again = json.dumps([sample(0), sample(1), sample(2)])
    assert post(store, "/api/probes", again, token["probes"])[1] == {
        "accepted": 1,
        "duplicates": 2,
        "rejected": [],
    }
    rows = store.rows(
        "select ok, latency_ms, status, recorded_by, recorded_from from probes order by seen_at"
    )
    assert [row[0] for row in rows] == [True, False, True]
    assert (float(rows[0][1]), rows[1][1], rows[1][2]) == (120.5, None, 503)
    assert {row[3:] for row in rows} == {("token:probes", "sent")}
    audit = store.rows("select detail_json from audit where event = 'receive probes' order by done_at")
    assert [json.loads(row[0]) for row in audit] == [
        {"accepted": 2, "duplicates": 1},
        {"accepted": 1, "duplicates": 2},
    ]


@pytest.mark.parametrize(
    "row, named",
    [
        ('{"service": "api"', "no JSON"),
        ("[]", None),
        ('"api"', "an object"),
        (json.dumps(sample(latency_ms=-1)), "latency_ms"),
        (json.dumps(sample(latency_ms=10**12)), "latency_ms"),
        (json.dumps(sample(latency_ms=float("nan"))), "latency_ms"),
        (json.dumps(sample(latency_ms="12")), "latency_ms"),
        (json.dumps(sample(at="2026-04-03T12:00:00")), "offset"),
        (json.dumps(sample(at="2199-01-01T00:00:00Z")), "future"),
        (json.dumps(sample(ok="yes")), "ok"),
        (json.dumps(sample(service="")), "service"),
        (json.dumps(sample(service="a\x00b")), "service"),
        (json.dumps(sample(source=None)), "source"),
        (json.dumps(sample(status=1000)), "status"),
        (json.dumps(sample(extra=1)), "'extra'"),
    ],
)
def test_a_bad_row_is_named_and_does_not_lose_the_others(store, token, row, named):
    status, answer = post(store, "/api/probes", lines(sample(0)) + "\n\n" + row, token["probes"])
    assert (status, answer["accepted"]) == (202, 1)
    [bad] = answer["rejected"]
    assert bad["row"] == 2
    assert (named or "an object") in bad["reason"]


def test_a_monitor_three_hours_behind_is_believed_and_one_ahead_is_not(store, token):
    now = datetime.now(UTC)
    late, early = (sample(at=(now + timedelta(hours=h)).isoformat()) for h in (-3, 3))
    answer = post(store, "/api/probes", lines(late, early), token["probes"])[1]
    assert (answer["accepted"], [bad["row"] for bad in answer["rejected"]]) == (1, [2])


@pytest.mark.parametrize("body", [b"\xff\xfe", b'[{"service": "api"}', b"[" * 100_000])
def test_a_body_that_cannot_be_read_is_refused_whole(store, token, body):
    status, answer = post(store, "/api/probes", body, token["probes"])
    assert status == 400
    assert list(answer) == ["error"]
    assert store.rows("select 1 from probes") == []


def test_who_may_send(store, token):
    body = lines(sample())
    for wrong in (None, "tai_x", token["incidents"]):
        assert post(store, "/api/probes", body, wrong)[0] == 401
    revoke(store, make.CEO, "probes", now=make.NOW)
    assert post(store, "/api/probes", body, token["probes"])[0] == 401
    assert store.rows("select 1 from probes") == []


def test_too_much_and_too_often(store, token):
    long = [(b"content-length", str(50 * 2**20).encode())]
    assert post(store, "/api/probes", b"", token["probes"], long)[0] == 413
    assert post(store, "/api/probes", b" " * (MOST_BYTES + 1), token["probes"])[0] == 413
    assert post(store, "/api/probes", "{}\n" * 10_001, token["probes"])[0] == 413
    router = Router(intake_routes(lambda: store, 5))
    answers = [post(store, "/api/probes", "", token["probes"], router=router)[0] for _ in range(8)]
    assert answers == [202] * 5 + [429] * 3


def pagerduty(kind, minute, key=None, **data):
    return {
        "event": {
            "id": key or f"{kind}-{minute}",
            "event_type": f"incident.{kind}",
            "resource_type": "incident",
            "occurred_at": (AT + timedelta(minutes=minute)).isoformat(),
            "data": {
                "id": "Q1ABC",
                "title": "API <b>down</b>",
                "created_at": AT.isoformat(),
                "priority": {"summary": "P1"},
            }
            | data,
        }
    }


def incident(store):
    return store.row(
        "select title, severity, detected_at, acknowledged_at, resolved_at from incidents where incident_id = 'Q1ABC'"
    )


STORY = [("triggered", 0), ("acknowledged", 4), ("resolved", 26)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=str)
def test_an_incident_is_the_same_in_whichever_order_its_alerts_come(store, token, order):
    for n in order:
        assert post(store, "/api/incidents", json.dumps(pagerduty(*STORY[n])), token["incidents"])[0] == 202
    at = [AT + timedelta(minutes=m) for m in (0, 4, 26)]
    assert incident(store) == ("API <b>down</b>", "CRITICAL", *at)


def test_a_replayed_alert_changes_nothing(store, token):
    body = json.dumps(pagerduty("triggered", 0))
    first = post(store, "/api/incidents", body, token["incidents"])[1]
    assert first == {"incident_id": "Q1ABC", "action": "trigger", "duplicate": False}
    assert post(store, "/api/incidents", body, token["incidents"])[1]["duplicate"]
    assert store.row("select count(*) from incidents") == (1,)


def test_a_reopened_incident_is_open_again(store, token):
    for kind, minute in [*STORY, ("reopened", 40)]:
        post(store, "/api/incidents", json.dumps(pagerduty(kind, minute)), token["incidents"])
    assert incident(store)[4] is None


def test_what_a_person_said_of_an_incident_stands(store, token):
    post(store, "/api/incidents", json.dumps(pagerduty("triggered", 0)), token["incidents"])
    make.loaded(
        store,
        "incidents",
        f"incident_id,title,severity,acknowledged_at\nQ1ABC,Sign-in fails,HIGH,{AT + timedelta(minutes=2):%Y-%m-%dT%H:%M:%S%z}\n",
    )
    for kind, minute in STORY[1:]:
        post(store, "/api/incidents", json.dumps(pagerduty(kind, minute)), token["incidents"])
    assert incident(store)[:2] == ("Sign-in fails", "HIGH")
    assert incident(store)[3] == AT + timedelta(minutes=2)


def test_what_changes_no_incident_is_said(store, token):
    assert post(store, "/api/incidents", json.dumps(pagerduty("annotated", 1)), token["incidents"]) == (
        202,
        {"ignored": "incident.annotated changes no incident"},
    )
    assert store.row("select count(*) from incidents") == (0,)


@pytest.mark.parametrize(
    "body, named",
    [
        ("{", "no JSON"),
        ("[]", "neither"),
        (json.dumps(pagerduty("triggered", 0, created_at="yesterday")), "event.data.created_at"),
        (json.dumps(pagerduty("triggered", 0, id="")), "event.data.id"),
        (json.dumps({"incident": {"incident_id": "x", "state": "odd"}}), "incident.state"),
        (json.dumps({"incident": {"incident_id": "x", "state": "open", "started_at": None}}), "started_at"),
        (
            json.dumps({"incident": {"incident_id": "x", "state": "closed", "started_at": 1, "ended_at": 0}}),
            "ended_at",
        ),
    ],
)
def test_an_alert_of_another_shape_is_refused_by_its_field(store, token, body, named):
    status, answer = post(store, "/api/incidents", body, token["incidents"])
    assert status == 400
    assert named in answer["error"]


def google(state, ended=None):
    return {
        "incident": {
            "incident_id": "0.abc",
            "started_at": int(AT.timestamp()),
            "ended_at": ended,
            "state": state,
            "policy_name": "Latency",
            "condition_name": "p95 over 2 s",
            "severity": "Error",
        },
        "version": "1.2",
    }


def test_google_cloud_opens_and_closes(store, token):
    post(store, "/api/incidents", json.dumps(google("open", 0)), token["incidents"])
    ended = int((AT + timedelta(minutes=9)).timestamp())
    assert post(store, "/api/incidents", json.dumps(google("closed", ended)), token["incidents"])[1] == {
        "incident_id": "GCM-0.abc",
        "action": "resolve",
        "duplicate": False,
    }
    row = store.row("select title, severity, detected_at, resolved_at from incidents")
    assert row == ("p95 over 2 s", "HIGH", AT, AT + timedelta(minutes=9))


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample files are not beside the checkout")
def test_the_sample_of_google_is_read():
    [found] = read_alerts(json.loads((SAMPLES / "gcp_alert_incident_webhook.json").read_text()), make.NOW)
    assert isinstance(found, Alert)
    assert found.sender == "google"


alerts = st.lists(
    st.builds(
        lambda action, minute, n: Alert(
            "pagerduty", str(n), "Q", action, AT + timedelta(minutes=minute), AT, f"t{minute}", None
        ),
        st.sampled_from(["trigger", "acknowledge", "resolve"]),
        st.integers(0, 50),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda a: (a.happened_at, a.action),
)


@settings(max_examples=50)
@given(alerts, st.randoms())
def test_stamps_do_not_depend_on_the_order(found, dice):
    mixed = list(found)
    dice.shuffle(mixed)
    assert stamps(mixed) == stamps(found)
    told = stamps(found)
    assert told.resolved_at is None or told.resolved_at >= told.detected_at


def test_good_lines_are_read_at_once_and_say_the_same_as_row_by_row():
    now = datetime.now(UTC)
    rows = [
        sample(0),
        sample(1, latency_ms=None, ok=False, status=503),
        {k: v for k, v in sample(2).items() if k not in {"latency_ms", "status"}},
        sample(3, at="2026-04-03T12:03:00.123456+02:00"),
        sample(4, at="2026-04-03T12:04:00Z", latency_ms=7),
    ]
    body = (lines(*rows) + "\n\n").encode()
    quick, slow = read_quickly(body, now), read_batch(body, now)
    assert quick is not None
    assert quick.to_pylist() == columns(slow.samples).to_pylist()
    assert slow.rejected == ()
    for odd in (b"", b"\n", b"[]", b"\xff", lines(sample(0), sample(1, at="2026-04-03T12:00:00")).encode()):
        assert read_quickly(odd, now) is None
