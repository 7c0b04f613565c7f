"""Imports: what a load would do stands row by row before anything is written, for our own files and other systems'."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import session
from tai_ops.category_rules import Rule
from tai_ops.store.category_rules import save

ROUTER = Path(session.__file__).with_name("router.py")
CUSTOMERS = "customer_id,name,status,items\n"
HUBSPOT = "Record ID,Deal Name,Deal Stage,Close Date,Amount,Create Date,Associated Company\n"
HOSTILE = "../../CON <b>x</b>|$\"'`\u202e" + "n" * 300 + ".csv"


@pytest.fixture(autouse=True)
def held(store):
    session.use(store)
    yield store
    session.use(None)


def dropped(*files):
    page = AppTest.from_file(str(ROUTER)).switch_page("../../pages/imports.py").run()
    for name, text in files:
        page.file_uploader(key="imports_files").upload(name, text.encode())
    return page.run()


def said(page):
    assert not page.exception
    return (
        "\n".join(e.value for e in (*page.markdown, *page.caption)).replace("\\", "").replace(":small[]", "")
    )


def tables(page):
    return [frame.value.to_dict("records") for frame in page.dataframe]


def press(page, start):
    next(button for button in page.button if (button.key or "").startswith(start)).click()
    return page.run()


def test_a_changed_cell_says_what_stands_there_and_what_comes(store):
    make.loaded(store, "customers", CUSTOMERS + "C-1,Acme,onboarding,\nC-2,Bell,live,5\n")
    page = dropped(
        ("c.csv", CUSTOMERS + "C-1,Acme,live,200\nC-2,Bell,live,5\nC-3,Corr,signed,\nC-4,,live,\n")
    )
    for count in ("1 new", "1 changed", "1 unchanged", "1 refused"):
        assert count in said(page)
    refused, changed = tables(page)
    assert [(row["row"], row["field"]) for row in refused] == [(4, "name")]
    assert [(row["cell"], row["before"], row["after"], row["row"]) for row in changed] == [
        ("C-1 · items", "–", "200", 1),
        ("C-1 · status", "onboarding", "live", 1),
    ]
    assert store.rows("select status from customers where customer_id = 'C-1'") == [("onboarding",)]


def test_another_systems_file_is_recognised_previewed_and_loaded_once(store):
    page = dropped(
        ("d.csv", HUBSPOT + '9,Acme,Contract Sent,2026-02-27 17:00,"39,996.00",2026-01-02,Acme Ltd\n')
    )
    assert "Recognised as a HubSpot export of deals." in said(page)
    assert "1 new" in said(page)
    assert "Beside them prospects: 1 new, 0 changed, 0 unchanged." in said(page)
    assert store.rows("select count(*) from deals") == [(0,)]
    page = press(page, "load_")
    assert "deals 1 new, 0 changed, 0 unchanged; prospects 1 new" in said(page)
    assert store.rows("select stage from deals") == [("closing",)]


def test_a_stage_that_nobody_named_is_asked_for_and_kept(store):
    page = dropped(("d.csv", HUBSPOT + "9,Acme,Demo booked,2026-02-27,12,2026-01-02,Acme Ltd\n"))
    assert "1 refused" in said(page)
    next(box for box in page.selectbox if (box.key or "").startswith("stage_")).set_value("discovery")
    page = press(page.run(), "load_")
    assert store.rows("select stage from deals") == [("discovery",)]
    assert store.rows("select name, stage from stage_names") == [("Demo booked", "discovery")]
    assert "nothing to do" in said(
        dropped(("d.csv", HUBSPOT + "9,Acme,Demo booked,2026-02-27,12,2026-01-02,Acme Ltd\n"))
    )


def test_a_list_of_stages_dropped_beside_a_file_names_its_stages(store):
    stages = "stage_id,label,probability,is_closed,closed_won\nab12,Demo booked,0.2,FALSE,FALSE\n"
    page = dropped(("s.csv", stages), ("d.csv", HUBSPOT + "9,Acme,ab12,2026-02-27,12,2026-01-02,Acme Ltd\n"))
    assert "HubSpot's list of a pipeline's stages" in said(page)
    press(page, "load_")
    assert store.rows("select stage from deals") == [("discovery",)]


def test_a_load_after_somebody_else_changed_the_records_is_refused(store):
    rows = HUBSPOT + "9,Acme,closedwon,2026-02-27,12,2026-01-02,Acme Ltd\n"
    page = dropped(("d.csv", rows))
    make.loaded(store, "prospects", "prospect_id,company,created_on\nHS-ACME-LTD,Acme,2026-01-01\n")
    page = press(page, "load_")
    assert "changed since this preview" in " ".join(e.value.replace("\\", "") for e in page.error)
    assert store.rows("select count(*) from deals") == [(0,)]


def test_a_hostile_file_name_is_data(store):
    page = dropped((HOSTILE, CUSTOMERS + "C-1,Acme,live,\n"))
    page = press(page, "load_")
    assert "customers loaded: 1 new" in said(page)
    assert HOSTILE in store.rows("select subject_key from audit order by done_at desc limit 1")[0][0]


SNAPSHOT = 'monitor_status{monitor_name="API"} 1\nmonitor_status{monitor_name="DB"} 2\n'


def test_a_monitors_snapshot_asks_when_it_was_taken_and_which_services_it_means(store):
    make.loaded(store, "probes", "service,at,source,ok\napi,2026-04-01T00:00:00Z,me,true\n")
    page = dropped(("kuma.prom", SNAPSHOT))
    assert "Recognised as a snapshot of Uptime Kuma." in said(page)
    assert "1 left out" in said(page)
    assert tables(page)[0][0]["reason"] == "the file says no time: say above when it was taken"
    next(one for one in page.date_input if one.label == "Day").set_value(date(2026, 4, 2))
    page.time_input[0].set_value(time(9, 30))
    next(box for box in page.selectbox if box.label == "API").set_value("api")
    page = press(page.run(), "load_")
    assert "probes 1 new" in said(page)
    assert store.rows("select service, seen_at, ok from probes where source <> 'me'") == [
        ("api", datetime(2026, 4, 2, 9, 30, tzinfo=UTC), True)
    ]
    assert store.rows("select name, service from service_names") == [("api", "api")]


def test_category_rules_speak_in_the_preview_and_book_the_lines_once_they_are_in(store):
    make.accounts(store)
    make.loaded(
        store, "bills", "bill_id,incurred_on,payee,amount,category\nB-1,2026-03-01,Hotel,80.00,travel\n"
    )
    save(store, make.CFO, Rule("R1", 1, "meals", "contains", "bistro"), now=make.NOW)
    save(store, make.CFO, Rule("R2", 2, "travel", "contains", "hotel"), now=make.NOW)
    page = dropped(
        (
            "march.csv",
            "Date,Description,Amount\n2026-03-02,BISTRO 12,-25.50\n2026-03-03,HOTEL,-80.00\n2026-03-04,ACME,9.00\n",
        )
    )
    page.selectbox(key=next(b.key for b in page.selectbox if b.label == "Goes to")).select("OP").run()
    assert "2 new lines fit a category rule: meals (1), travel (1)" in said(page)
    press(page, "import_")
    assert not page.exception
    named = next(rows for rows in tables(page) if rows and "then" in rows[0])
    assert [(row["text"], row["then"]) for row in named] == [
        ("BISTRO 12", "meals")
    ]  # a bill of 80.00 waits for the other
    press(page, "rules_book_OP")
    assert "1 bank line booked as bills and matched" in "".join(box.value for box in page.success)
    assert store.rows("select payee, amount, category from bills where bill_id <> 'B-1'") == [
        ("BISTRO 12", Decimal("25.50"), "meals")
    ]
