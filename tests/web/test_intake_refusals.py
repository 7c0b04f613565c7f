"""What monitors send wrong: refused in one line over a real socket, the rest taken, and nothing falls over."""

import gzip
import http.client
import json
import socket
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from select import select
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_server import taking

from tai_ops.alerts import read_alerts
from tai_ops.probe_samples import read_batch
from tai_ops.store import Store
from tai_ops.store.intake import monitor, receive_alerts
from tai_ops.store.records import KINDS, void
from tai_ops.store.tokens import create, revoke
from tai_ops.web.intake import MOST_BYTES

AT = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
SAMPLE = {
    "service": "api",
    "at": AT.isoformat(),
    "source": "eu",
    "ok": True,
    "latency_ms": 12.5,
    "status": 200,
}


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    store = Store.open(tmp_path_factory.mktemp("intake") / "b.duckdb", create=True)
    yield store
    store.close()


@pytest.fixture(scope="module")
def token(held):
    return {scope: create(held, make.CEO, scope, scope, now=make.NOW) for scope in ("probes", "incidents")}


@pytest.fixture(scope="module")
def port(held):
    with taking(held) as port:
        yield port


@pytest.fixture(autouse=True)
def emptied(held):
    yield
    cursor = held.cursor()
    for table in ("probes", "incidents", "alert_events"):
        cursor.execute(f"delete from {table}")
    cursor.close()


def post(port, path, body, token, **headers):
    """The status, the headers and the JSON of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", path, body, {"Authorization": f"Bearer {token}", **named})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, answer.headers, json.loads(text)


def one_line(answer):
    """The one line of a refusal."""
    assert list(answer) == ["error"]
    line = answer["error"]
    assert "\n" not in line
    assert "Traceback" not in line
    assert len(line) < 400
    return line


@pytest.mark.parametrize("kind", ["stated", "chunked"])
def test_a_body_of_50_mb_is_refused_without_being_read_whole(held, token, port, kind):
    length = 50 * 2**20
    head = f"POST /api/probes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token['probes']}\r\n"
    head += f"Content-Length: {length}\r\n\r\n" if kind == "stated" else "Transfer-Encoding: chunked\r\n\r\n"
    piece = b"x" * 65_536
    left = 0 if kind == "stated" else 2 * MOST_BYTES
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(head.encode())
        while left and not select([wire], [], [], 0)[0]:
            try:
                wire.sendall(b"10000\r\n" + piece + b"\r\n")
            except ConnectionError:
                break
            left -= len(piece)
        answer = wire.recv(65_536)  # though the rest of the 50 MB is never sent
    assert answer.startswith(b"HTTP/1.1 413")
    assert held.row("select count(*) from probes") == (0,)


@pytest.mark.parametrize(
    ("path", "scope", "status"), [("probes", "probes", 413), ("incidents", "probes", 401)]
)
def test_who_sends_all_before_reading_reads_the_answer_too(token, port, path, scope, status):
    body = b"x" * (8 * 2**20)
    ask = Request(
        f"http://127.0.0.1:{port}/api/{path}",
        body,
        {"Authorization": f"Bearer {token[scope]}"},
        method="POST",
    )
    with pytest.raises(HTTPError) as refused, urlopen(ask, timeout=60):
        pass
    assert refused.value.code == status
    assert one_line(json.loads(refused.value.read()))


def test_too_many_requests_are_told_when_to_come_again(held, token):
    with taking(held, most_a_minute=5) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        statuses, waits = [], []
        for n in range(20):
            row = SAMPLE | {"at": (AT + timedelta(seconds=n)).isoformat()}
            connection.request(
                "POST", "/api/probes", json.dumps(row), {"Authorization": f"Bearer {token['probes']}"}
            )
            answer = connection.getresponse()
            line = json.loads(answer.read())
            statuses.append(answer.status)
            if answer.status == 429:
                waits.append(int(answer.headers["retry-after"]))
                assert "at most 5 requests a minute" in one_line(line)
    assert statuses == [202] * 5 + [429] * 15
    assert all(1 <= wait <= 60 for wait in waits)
    assert held.row("select count(*) from probes") == (5,)


@pytest.mark.parametrize(
    "headers, body, status, named",
    [
        ({"Content_Encoding": "gzip"}, gzip.compress(b" " * 10_000_000, mtime=0), 415, "packed (gzip)"),
        ({"Content_Encoding": "br"}, b"x", 415, "packed (br)"),
        ({}, gzip.compress(b"[]", mtime=0), 400, "not UTF-8"),
        ({"Content_Type": "text/csv"}, b"service,at\n", 415, "text/csv; send JSON"),
        ({"Content_Type": "multipart/form-data; boundary=x"}, b"--x", 415, "multipart/form-data"),
        ({"Content_Type": "application/xml"}, b"<a/>", 415, "application/xml"),
        ({}, b"[" * 200_000, 400, "nested too deeply"),
        ({}, b"[" + b'{"a":' * 100_000, 400, "nested too deeply"),
        ({}, b"[1" + b"0" * 5_000 + b"]", 400, "too long"),
        ({}, b'[{"service": "api"}', 400, "not whole JSON"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_batch_is_refused_in_one_line(held, token, port, headers, body, status, named):
    found, _, answer = post(port, "/api/probes", body, token["probes"], **headers)
    assert found == status
    assert named in one_line(answer)
    assert held.row("select count(*) from probes") == (0,)


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/x-ndjson; charset=utf-8", "text/plain", "application/vnd.x+json"],
)
def test_json_is_taken_under_every_name_that_it_goes_by(token, port, kind):
    assert post(port, "/api/probes", SAMPLE, token["probes"], Content_Type=kind)[0] == 202


BAD = [
    ({"latency_ms": -1}, "latency_ms: -1 lies outside 0 to 86400000"),
    ({"latency_ms": float("nan")}, "latency_ms: a number of milliseconds"),
    ({"latency_ms": float("inf")}, "latency_ms: inf lies outside"),
    ({"latency_ms": 10**12}, "latency_ms: 1000000000000 lies outside"),
    ({"latency_ms": 10**400}, "latency_ms: 1000000"),
    ({"at": (datetime.now(UTC) + timedelta(hours=3, minutes=1)).isoformat()}, "3 hours in the future (is the monitor's clock"),
    ({"at": "0001-01-01T00:00:00+14:00"}, "lies before 1990"),
    ({"at": "9999-12-31T23:59:59-14:00"}, "in the future"),
    ({"at": 1775217600}, "at: an instant with its offset"),
    ({"service": "\ud800"}, "service: a name"),
    ({"service": "a\nb"}, "service: a name"),
    ({"x" * 100_000: 1}, "unknown field 'xxx"),
    ({"ok": None}, "ok: true or false"),
    ({"status": 10**30}, "status: a whole number"),
]  # fmt: skip


def test_every_bad_row_is_named_and_the_good_ones_stand(held, token, port):
    rows = [row for bad, _ in BAD for row in (SAMPLE | bad, SAMPLE | {"source": f"s{len(str(bad))}"})]
    text = "\n".join(json.dumps(row) for row in rows) + '\n{"service": ' + "9" * 5_000 + "}\n" + "[" * 50_000
    status, _, answer = post(port, "/api/probes", text.encode(), token["probes"])
    assert status == 202
    assert answer["accepted"] == held.row("select count(*) from probes")[0] >= 5
    assert [bad["row"] for bad in answer["rejected"]] == [
        *range(1, 2 * len(BAD), 2),
        2 * len(BAD) + 1,
        2 * len(BAD) + 2,
    ]
    for bad, (_, named) in zip(
        answer["rejected"], [*BAD, ({}, "too long"), ({}, "nested too deeply")], strict=True
    ):
        assert named in bad["reason"]
        assert len(bad["reason"]) < 200


def test_a_flood_is_answered_at_once_and_loses_nothing_that_was_taken(held, token):
    with taking(held, most_at_once=2) as port, ThreadPoolExecutor(8) as eight:
        rows = [SAMPLE | {"at": (AT + timedelta(seconds=n)).isoformat()} for n in range(40)]
        with held.still():  # the first two wait for their turn to write, and the flood stands before them
            sent = [eight.submit(post, port, "/api/probes", row, token["probes"]) for row in rows]
            wait(sent, timeout=60, return_when=FIRST_COMPLETED)
        answers = [one.result() for one in sent]
    taken = sum(status == 202 for status, _, _ in answers)
    assert {status for status, _, _ in answers} == {202, 429}
    assert held.row("select count(*) from probes") == (taken,)
    refused = next(answer for answer in answers if answer[0] == 429)
    assert refused[1]["retry-after"] == "1"
    assert "at most 2 requests are taken at the same time; try again in 1 second" in one_line(refused[2])


@pytest.mark.parametrize("path", ["/api/probes", "/api/incidents"])
def test_another_method_is_told_which_one_it_is(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert "takes POST alone" in one_line(json.loads(answer.read()))
    connection.close()


def test_a_clock_three_hours_behind_is_believed(token, port):
    row = SAMPLE | {"at": (datetime.now(UTC) - timedelta(hours=3)).isoformat()}
    assert post(port, "/api/probes", row, token["probes"])[2]["accepted"] == 1


def test_a_revoked_token_and_one_of_the_wrong_scope_open_nothing(held, token, port):
    mine = create(held, make.CEO, "short-lived", "probes", now=make.NOW)
    assert post(port, "/api/probes", SAMPLE, mine)[0] == 202
    revoke(held, make.CEO, "short-lived", now=make.NOW)
    for path, wrong in (
        ("/api/probes", mine),
        ("/api/probes", token["incidents"]),
        ("/api/incidents", token["probes"]),
    ):
        status, headers, answer = post(port, path, SAMPLE, wrong)
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert "a good token of the scope" in one_line(answer)


# --- Alerts


def pagerduty(kind, minute, **more):
    data = {"id": "Q1", "title": "API down", "created_at": AT.isoformat(), "priority": {"summary": "P1"}}
    return {
        "event": {
            "id": f"{kind}{minute}",
            "event_type": f"incident.{kind}",
            "occurred_at": (AT + timedelta(minutes=minute)).isoformat(),
            "data": data,
        }
        | more
    }


def firing(status="firing", start=0, end=None, **labels):
    at = [(AT + timedelta(minutes=m)).isoformat() for m in (start, end or 0)]
    return {
        "status": status, "fingerprint": "f00d", "startsAt": at[0],
        "endsAt": at[1] if status == "resolved" else "0001-01-01T00:00:00Z",
        "labels": {"alertname": "Latency", "severity": "critical"} | labels, "annotations": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    "body, named",
    [
        (b"{", "no JSON: Expecting property name"),
        (b"\xc3(", "not UTF-8"),
        (b'{"event":' * 100_000, "nested too deeply"),
        (b'{"event": 1' + b"0" * 5_000 + b"}", "too long"),
        (b"[]", "neither a webhook of PagerDuty"),
        (pagerduty("triggered", 0, occurred_at="2199-01-01T00:00:00Z"), "lies in the future, at 2199"),
        (pagerduty("triggered", 0, occurred_at="0001-01-01T00:00:00+14:00"), "event.occurred_at"),
        (pagerduty("triggered", 0, occurred_at="x" * 100_000), "event.occurred_at: an instant"),
        (pagerduty("triggered", 0, id="x" * 1_000), "event.id: at most"),
        (pagerduty("triggered", 0, data=[]), "event.data"),
        ({"incident": {"incident_id": "1", "state": "open", "started_at": float("nan")}}, "started_at"),
        ({"incident": {"incident_id": "1", "state": "open", "started_at": 10**12}}, "started_at"),
        ({"heartbeat": {"status": 0, "time": "soon"}, "monitor": {"id": 1}}, "heartbeat.time: an instant"),
        (
            {"heartbeat": {"status": 0, "time": "2026-04-03 12:00:00"}, "monitor": {"id": "x"}},
            "monitor.id: a number",
        ),
        ({"alerts": [{"status": "firing"}]}, "alerts[0].startsAt"),
        ({"alerts": [firing(), "x"]}, "alerts[1]: an object"),
    ],
)
def test_an_alert_that_cannot_be_is_refused_by_its_field(held, token, port, body, named):
    status, _, answer = post(port, "/api/incidents", body, token["incidents"])
    assert status == 400
    assert named in one_line(answer)
    assert held.row("select count(*) from incidents") == (0,)


def stood(store):
    return store.rows(
        "select title, detected_at, acknowledged_at, resolved_at from incidents order by detected_at"
    )


def after(minutes):
    return AT + timedelta(minutes=minutes)


def test_a_resolve_before_its_trigger_and_a_replay_are_one_incident(held, token, port):
    for kind, minute in (("resolved", 26), ("triggered", 0), ("resolved", 26), ("acknowledged", 4)):
        assert post(port, "/api/incidents", pagerduty(kind, minute), token["incidents"])[0] == 202
    assert stood(held) == [("API down", AT, after(4), after(26))]
    assert held.row("select count(*) from alert_events") == (3,)


def test_signs_that_do_not_print_are_left_out_of_a_title(held, token, port):
    sent = pagerduty("triggered", 0)
    sent["event"]["data"]["title"] = "API\x00 \ud800down\u202e" + "y" * 500
    assert post(port, "/api/incidents", sent, token["incidents"])[0] == 202
    assert stood(held)[0][0].startswith("API downyyy")


def test_what_a_person_resolved_stays_so_until_the_monitor_triggers_again(held, token, port):
    post(port, "/api/incidents", pagerduty("triggered", 0), token["incidents"])
    make.loaded(
        held,
        "incidents",
        f"incident_id,resolved_at,began_at\nQ1,{after(10):%Y-%m-%dT%H:%MZ},{AT:%Y-%m-%dT%H:%MZ}\n",
    )
    post(port, "/api/incidents", pagerduty("acknowledged", 12), token["incidents"])
    assert stood(held)[0][3] == after(10)
    post(port, "/api/incidents", pagerduty("reopened", 40), token["incidents"])
    assert stood(held)[0][3] is None


def test_an_incident_that_was_taken_out_does_not_come_back(held, token, port):
    post(port, "/api/incidents", pagerduty("triggered", 0), token["incidents"])
    void(held, make.CEO, KINDS["incidents"], "Q1", "a false alarm", now=make.NOW)
    assert post(port, "/api/incidents", pagerduty("resolved", 26), token["incidents"])[0] == 202
    assert stood(held) == []


def test_alertmanager_sends_several_alerts_and_each_start_is_an_incident(held, token, port):
    sent = {"version": "4", "groupKey": "g", "alerts": [firing("resolved", 0, 7), firing(start=30)]}
    status, _, answer = post(port, "/api/incidents", sent, token["incidents"])
    assert (status, [one["action"] for one in answer["incidents"]]) == (202, ["resolve", "trigger"])
    again = post(port, "/api/incidents", sent, token["incidents"])[2]["incidents"]
    assert [one["duplicate"] for one in again] == [True, True]
    post(port, "/api/incidents", sent | {"alerts": [firing()]}, token["incidents"])
    assert stood(held) == [("Latency", AT, None, after(7)), ("Latency", after(30), None, None)]
    assert held.rows("select distinct severity from incidents") == [("CRITICAL",)]


def kuma(status, minute, monitor=1):
    at = f"{AT + timedelta(minutes=minute):%Y-%m-%d %H:%M:%S}.000"
    beat = {
        "monitorID": monitor,
        "status": status,
        "time": at,
        "msg": "timeout",
        "important": True,
        "duration": 60,
    }
    return {"heartbeat": beat, "monitor": {"id": monitor, "name": "API"}, "msg": "[API] [Down] timeout"}


DOWN, UP = 0, 1
STORY = (kuma(DOWN, 0), kuma(DOWN, 3), kuma(UP, 7), kuma(DOWN, 30), kuma(UP, 42))


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (2, 0, 4, 3, 1)], ids=str)
def test_uptime_kuma_names_no_outage_and_each_is_an_incident(held, token, port, order):
    for n in order:
        assert post(port, "/api/incidents", STORY[n], token["incidents"])[0] == 202
    assert stood(held) == [
        ("API is down", AT, None, after(7)),
        ("API is down", after(30), None, after(42)),
    ]
    assert post(port, "/api/incidents", STORY[0], token["incidents"])[2]["duplicate"]
    post(port, "/api/incidents", kuma(DOWN, 31, monitor=11), token["incidents"])
    assert held.row("select count(*) from incidents") == (3,)


@pytest.mark.parametrize(
    "sent",
    [
        {"heartbeat": None, "monitor": None, "msg": "Testing"},
        *(kuma(status, 0) for status in (2, 3, [0], {}, True, None)),
    ],
)
def test_a_test_pending_and_maintenance_of_uptime_kuma_change_nothing(held, token, port, sent):
    status, _, answer = post(port, "/api/incidents", sent, token["incidents"])
    assert (status, list(answer)) == (202, ["ignored"])
    assert stood(held) == []


def gatus(resolved, name="API <b>", group="core", **more):
    return {
        "endpoint_name": name,
        "endpoint_group": group,
        "alert_description": "health",
        "resolved": resolved,
    } | more


def told_by_gatus(store, minute, document):
    """Whether an alert of Gatus that comes then says nothing new."""
    [alert] = read_alerts(document, after(minute))
    [done] = receive_alerts(store, monitor("gatus"), [alert], now=after(minute))
    return done.duplicate


def test_gatus_tells_no_time_and_what_is_under_way_tells_what_comes_twice(held):
    story = ("RESOLVED", "TRIGGERED", "TRIGGERED", True, "RESOLVED", False)
    again = [told_by_gatus(held, minute, gatus(one)) for minute, one in enumerate(story)]
    assert again == [True, False, True, False, True, False]
    assert not told_by_gatus(held, 6, gatus("TRIGGERED", group=None))
    assert not told_by_gatus(held, 7, gatus("TRIGGERED", name="API b x"))
    assert stood(held) == [
        ("core API <b>: health", after(1), None, after(3)),
        ("core API <b>: health", after(5), None, None),
        ("API <b>: health", after(6), None, None),
        ("core API b x: health", after(7), None, None),
    ]


def test_gatus_is_taken_as_it_comes_and_its_placeholder_is_refused(held, token, port):
    assert post(port, "/api/incidents", gatus("TRIGGERED"), token["incidents"])[0] == 202
    status, _, answer = post(port, "/api/incidents", gatus("[PLACEHOLDER]"), token["incidents"])
    assert status == 400
    assert "resolved: '[PLACEHOLDER]' is none of" in one_line(answer)
    assert held.row("select count(*) from incidents") == (1,)


def test_a_token_may_come_as_a_password(token, port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    import base64

    basic = base64.b64encode(f"google:{token['incidents']}".encode()).decode()
    connection.request(
        "POST", "/api/incidents", json.dumps(pagerduty("annotated", 0)), {"Authorization": f"Basic {basic}"}
    )
    assert connection.getresponse().status == 202
    connection.close()


# --- Whatever comes


def refusal_of(reads):
    """Why it is refused; empty where it is read. Anything but a ValueError is a fault."""
    try:
        reads()
    except ValueError as reason:
        return str(reason)
    return ""


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(AT.isoformat()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from([*SAMPLE, "event", "incident", "alerts", "id", "event_type", "data", "occurred_at", "status", "startsAt",
                         "fingerprint", "incident_id", "state", "started_at", "labels", "heartbeat", "monitor", "time", "endpoint_name", "resolved"]) | st.text(max_size=5),
        inner, max_size=6),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60)
@given(anything)
def test_whatever_comes_is_read_or_refused(document):
    for reads in (
        lambda: read_alerts(document, make.NOW),
        lambda: read_batch(json.dumps(document).encode(), make.NOW),
    ):
        assert "\n" not in refusal_of(reads)


@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_whatever_bytes_come_are_read_or_refused(body):
    assert "\n" not in refusal_of(lambda: read_batch(body, make.NOW))
