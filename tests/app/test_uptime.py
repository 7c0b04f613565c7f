"""The Uptime page: the answer first, what only probes saw made an impact and taken back, an empty company."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.settings import USUAL_LADDER
from tai_ops.store import Store, settings

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/uptime.py"
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
START = datetime(2026, 3, 1, tzinfo=UTC)
CTO, CFO = "Priya Anand · CTO", "Jonas Feld · CFO"
PEOPLE = "email,name,role\npriya.anand@tai.example,Priya Anand,cto\njonas.feld@tai.example,Jonas Feld,cfo\n"
CUSTOMERS = (
    "customer_id,name,go_live_on,status\nC-1,$Freight$ *Lines*,2026-02-10,live\nC-2,Harbor,,onboarding\n"
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "now", lambda: NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    yield
    session.use(None)


@pytest.fixture
def store():
    held = Store.in_memory()
    make.loaded(held, "people", PEOPLE)
    make.loaded(held, "customers", CUSTOMERS)
    session.use(held)
    yield held
    make.check_keys(held)
    held.close()


@pytest.fixture
def watched(store: Store) -> Store:
    rows = ["service,at,source,ok,latency_ms,status"]
    for n in range(0, 60 * 60, 4):
        at, bad = START + timedelta(minutes=n), 600 <= n < 660
        rows.append(
            f"api,{at.isoformat()},eu,{str(not bad).lower()},{'' if bad else 200 + n % 7},{503 if bad else 200}"
        )
    make.loaded(store, "probes", "\n".join(rows) + "\n", now=NOW)
    return store


def shown(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROUTER))
    for name, value in {"as": CTO, **query}.items():
        app.query_params[name] = value
    app = app.switch_page(PAGE).run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.error, *app.info, *app.success]
    return "\n".join(e.value.replace("\\", "") for e in elements)


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


def test_an_empty_company_is_told_what_to_do(store: Store) -> None:
    said = text(shown())
    assert "is not known: nobody watches, and no incident is on record" in said
    assert "post to /api/probes" in said


def test_what_only_probes_saw_becomes_an_impact_and_is_taken_back(watched: Store) -> None:
    app = shown()
    said = text(app)
    assert "March 2026 so far: the promise of 99.5 % holds" in said
    assert "1 failure that only probes saw is in none of this" in said
    assert "api: probes failed from Sun 1 Mar 2026 10:00 UTC to Sun 1 Mar 2026 11:00 UTC (60 min)" in said
    press(app, "explain")
    said = text(app)
    assert "Saved: an impact of the new incident I-001" in said
    assert "is missed" in said
    assert "missed for $Freight$ *Lines*" in said
    assert watched.rows(
        "select incident_id, customer_id, level, service, ended_at - began_at from impacts"
    ) == [("I-001", "*", "full", "api", timedelta(hours=1))]
    press(app, "saved_undo")
    assert "only probes saw is in none of this" in text(app)
    assert watched.rows("select * from incidents union all by name select * from impacts") == []


def test_customers_of_whom_nothing_is_known_are_not_told_to_be_kept(store: Store) -> None:
    rows = [f"api,{(START + timedelta(minutes=n)).isoformat()},eu,true,200,200" for n in range(0, 48 * 60, 4)]
    make.loaded(store, "probes", "\n".join(["service,at,source,ok,latency_ms,status", *rows]) + "\n", now=NOW)
    new = "customer_id,name,go_live_on,status\nC-1,Lines,2026-03-03,live\nC-3,Late,,live\n"
    make.loaded(store, "customers", new)
    said = text(shown())
    assert "so far: the promise of 99.5 % holds" in said
    assert "; nothing watches 1 of 2 customers, not known for 1 of 2 customers;" in said


def test_a_day_that_nobody_watched_and_a_customer_without_promise_are_not_green(watched: Store) -> None:
    app = shown(of="customer:C-1")
    said = text(app)
    assert "$Freight$ *Lines*: March 2026 so far" in said
    assert "3 of 58 days met 99.5 %; 55 unknown" in said
    assert "whether the promise of 99.5 % was kept is not known" in text(shown(month="2026-02"))


def test_the_cfo_sees_it_and_is_told_whose_it_is(watched: Store) -> None:
    app = shown(**{"as": CFO})
    assert "CTO" in text(app)
    assert [b for b in app.button if b.key == "explain"] == []


def test_the_cfo_posts_a_credit_once_and_sees_what_it_rests_on(store: Store) -> None:
    make.loaded(
        store, "customers", "customer_id,name,go_live_on,status\nC-1,$Freight$ *Lines*,2026-01-10,live\n"
    )
    make.loaded(
        store,
        "subscriptions",
        "subscription_id,customer_id,starts_on,amount,interval\nS,C-1,2026-01-10,1000.00,month\n",
    )
    make.loaded(
        store,
        "invoices",
        "invoice_number,customer_id,issued_on,amount,kind\nI-9,C-1,2026-02-10,1000.00,licence\n",
    )
    make.loaded(
        store,
        "incidents",
        "incident_id,title,began_at,detected_at\nI-1,down,2026-02-10T00:00:00+00:00,2026-02-10T00:00:00+00:00\n",
    )
    make.loaded(
        store,
        "impacts",
        "incident_id,customer_id,began_at,ended_at,level\nI-1,*,2026-02-10T00:00:00+00:00,2026-02-10T08:00:00+00:00,full\n",
    )
    settings.change(store, make.CEO, "sla_credits", list(USUAL_LADDER), now=NOW)
    app = shown(month="2026-02", **{"as": CFO})
    assert "February 2026: the promise of 99.5 % was missed" in text(app)
    assert (
        "$250.00 back to $Freight$ *Lines*: uptime 98.810 % in February 2026, 480 min down of 201.6 min"
        in text(app)
    )
    press(app, "post_credit")
    assert "Posted as credit note CN-0001" in text(app)
    assert [b for b in app.button if b.key == "post_credit"] == []
    assert store.rows("select amount from invoices where invoice_number = 'CN-0001'") == [(-250,)]


def test_what_runs_on_ends_with_a_click_and_what_monitors_counted_and_the_weeks_are_shown(
    watched: Store,
) -> None:
    at = (START + timedelta(hours=20)).isoformat()
    over = (START + timedelta(hours=21)).isoformat()
    stamps = "incident_id,title,severity,detected_at,resolved_at\n"
    make.loaded(watched, "incidents", f"{stamps}Q1,Down,CRITICAL,{at},{over}\nQ2,Off,CRITICAL,{at},{over}\n")
    make.loaded(watched, "impacts", f"incident_id,customer_id,began_at,level\nQ1,C-1,{at},full\n")
    counts = "service,ended_at,source,low_ms,started_at,high_ms,samples\n"
    make.loaded(
        watched, "latency_counts", f"{counts}web,{over},gcm,0,{at},100,30\nweb,{over},gcm,100,{at},,10\n"
    )
    app = shown()
    said = text(app)
    assert "1 CRITICAL incident has no impact on record and counts for nothing" in said
    assert "the outage of Q1 counts on although it is resolved" in said
    assert "Latency as monitors counted it" in [one.value for one in app.subheader]
    press(app, next(one.key for one in app.button if one.label.startswith("End it at")))
    assert "Q1: 1 impact ended" in text(app)
    assert watched.rows("select ended_at - began_at from impacts") == [(timedelta(hours=1),)]
    app.session_state["weeks"] = True
    app.run()
    assert not app.exception
    assert "Friday 16:00 to Friday 16:00" in text(app)
