"""The close's page: the month in the address, refused and done closes, ticks, rows, the letter, and who may do what."""

import io
from pathlib import Path

import make
import pytest
import small_company
from openpyxl import load_workbook
from small_company import MARCH, NOW
from streamlit.testing.v1 import AppTest

from tai_ops.app import close_investors, close_items, close_month, forms, session
from tai_ops.runbooks import month_end_close as runbook
from tai_ops.store import closing
from tai_ops.store.records import RowsRefused

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/month_end_close.py"
PEOPLE = f"""email,name,role
{make.CEO.email},{make.CEO.name},ceo
{make.CFO.email},{make.CFO.name},cfo
{make.CSM.email},{make.CSM.name},csm
"""
CFO, CSM = "Jonas Feld · CFO", "Ida Roth · CSM"
NASTY = "<img src=x onerror=alert(1)> $x$ [a](http://x.example)"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(session, "now", lambda: NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    yield
    session.use(None)


def company(what, folder):
    held = small_company.copy_of(what, folder)
    make.loaded(held, "people", PEOPLE)
    session.use(held)
    return held


@pytest.fixture
def ready(tmp_path):
    """The small company, reconciled through March."""
    held = company("reconciled", tmp_path)
    yield held
    make.check_keys(held)
    held.close()


@pytest.fixture
def loaded(tmp_path):
    """The small company before anybody matched a line."""
    held = company("loaded", tmp_path)
    yield held
    held.close()


def shown(**query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in {"as": CFO, **query}.items():
        app.query_params[name] = value
    return app.switch_page(PAGE).run()


def plain(elements):
    return [element.value.replace(":small[]", "").replace("\\", "") for element in elements]


def texts(app):
    return plain([*app.markdown, *app.caption, *app.error, *app.info, *app.success])


def said(app, text):
    """Whether the page shows the text, Markdown's own signs aside."""
    return text in "\n".join(texts(app))


def press(app, key):
    return app.button(key=key).click().run()


def keys(app):
    return {button.key for button in app.button}


def closes(store):
    return [(event["event"], event["version"]) for event in closing.close_events(store, MARCH)]


# --- Which month


def test_an_empty_store_says_what_will_stand_here(store):
    session.use(store)
    app = shown()
    assert not app.exception
    assert said(app, "There is no month to close yet.")
    assert not {"close", "reopen"} & keys(app)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("2026-13", "'2026-13' is not a month; write it like 2026-02."),
        ("9999-12", "December 9999 has not begun."),
        ("0001-01", "January 1 lies before the first records."),
    ],
)
def test_a_month_that_is_none_is_one_friendly_line(asked, complaint):
    offered = (MARCH, small_company.FEBRUARY)
    assert close_month.asked_for(asked, MARCH, offered) == (MARCH, f"{complaint} This is March 2026.")


def test_the_next_month_to_close_opens_by_itself(ready):
    app = shown(month="soon")
    assert plain(app.info) == ["'soon' is not a month; write it like 2026-02. This is December 2025."]
    assert app.selectbox(key="month").value == "2025-12"
    runbook.run(ready, make.CFO, small_company.FEBRUARY, NOW)
    app = shown()
    assert app.selectbox(key="month").value == "2026-03"
    app.selectbox(key="month").select("2026-02").run()
    assert said(app, "February 2026 is closed: version 1, by Jonas Feld on Fri 3 Apr 2026.")


def test_the_month_that_runs_can_be_looked_at(ready):
    app = shown(month="2026-04")
    assert said(app, "April 2026 is not over and can be closed from Fri 1 May 2026 on")
    press(app, "close")
    assert plain(app.error) == ["April 2026 is not over; it can be closed from 2026-05-01 on"]


# --- What the page says


def test_verdict_tiles_and_the_rows_of_an_item(loaded):
    app = shown(month="2026-03")
    assert not app.exception
    assert not app.error
    assert said(
        app,
        "March 2026 can't be closed yet: 2 card lines have no match, 6 bank lines have no match "
        "and Operating account is not reconciled.",
    )
    assert said(app, "To be closed between Fri 27 Mar 2026 (pre-close:")
    tiles = {metric.label: metric.value.replace("\\", "") for metric in app.metric}
    assert tiles["MRR"] == "$7,500"
    assert len(tiles) == 8
    assert said(app, "balance of Tue 31 Mar 2026, not reconciled")
    press(app, "show_bank_lines")
    assert app.query_params["show"] in ("bank_lines", ["bank_lines"])
    assert "rows_bank_lines_USD_csv" in {button.key for button in app.get("download_button")}
    press(app, "show_bank_lines")
    assert "show" not in app.query_params


@pytest.mark.parametrize("what", ["loaded", "reconciled"])
def test_the_rows_of_an_item_are_as_many_as_it_counts(what, tmp_path):
    held = company(what, tmp_path)
    status = runbook.status(held, MARCH, NOW)
    found = close_month.Seen(MARCH, (MARCH,), frozenset(), status, None, nothing=False)
    shared = [item for item in status.items if item.id in close_items.ROWS]
    tables = {item.id: close_items.ROWS[item.id](found) for item in shared}
    stopped = {item.id: item.count for item in shared if item.count and item.state != "blocked"}
    assert len(stopped) >= 3
    assert {name: sum(len(rows.rows) for rows in tables[name].values()) for name in stopped} == stopped
    assert tables["expenses"]["USD"].total() == status.report.expenses.total
    held.close()


def test_the_statement_of_both_sides_and_the_letter_are_read_on_the_page(ready):
    app = shown(month="2026-03")
    app.session_state["two_sided_2026-03"] = True
    app.session_state["letter_2026-03"] = True
    app.run()
    assert said(app, "| **Adjusted bank balance** | **$327,734.78** |")
    assert said(app, "| − Outstanding checks | $900.00 |")
    assert app.code[0].value.startswith("Monthly Financial Summary - March 2026 (DRAFT)")


def test_what_people_type_is_shown_as_text(ready):
    make.loaded(ready, "customers", 'customer_id,name\nC-2,"' + NASTY + '"\n')
    ready.checkpoint()
    runbook.tick(ready, make.CFO, MARCH, "past_due", now=NOW, note=NASTY)
    runbook.run(ready, make.CFO, MARCH, NOW)
    runbook.reopen(ready, make.CFO, MARCH, NASTY, NOW)
    app = shown(month="2026-03", show="past_due")
    assert not app.exception
    raw = [element.value for element in (*app.markdown, *app.caption, *app.success)]
    assert [text for text in raw if "<img" in text.replace("\\<img", "") or "](http:" in text] == []
    assert said(app, f"Ticked by Jonas Feld, Fri 3 Apr 2026: {NASTY}")
    assert said(app, f"“{NASTY}”")


# --- Closing and reopening


def test_a_close_that_is_stopped_is_refused_in_one_line_that_names_the_checks(loaded):
    app = press(shown(month="2026-03"), "close")
    [line] = plain(app.error)
    assert line.startswith("March 2026 can't be closed: Categorize all credit card expenses: 2 (")
    assert "Match invoices to bank statements: 6 (" in line
    assert (
        "Bank balance matches accounting records: 1 (Operating account is not reconciled through Tue 31 Mar 2026)"
        in line
    )
    assert closes(loaded) == []


def test_a_close_freezes_the_month_and_leaves_nothing_to_press_but_reopen(ready):
    app = shown(month="2026-03")
    assert said(app, "March 2026 is ready to close: nothing stops it, and 4 other items are still open.")
    token = app.session_state["forms.token.close.close.2026-03"]
    press(app, "close")
    runbook.run(ready, make.CFO, MARCH, NOW, request_key=token)
    assert closes(ready) == [("closed", 1)]
    assert not app.error
    assert said(app, "March 2026 is closed: version 1, hash ")
    assert said(app, "✓ closed in time")
    assert "close" not in keys(app)
    assert {key for key in keys(app) if key.startswith(("tick_", "untick_"))} == {"tick_board_update"}
    assert said(app, "Version 1 by Jonas Feld, Fri 3 Apr 2026 16:00 UTC")
    with pytest.raises(RowsRefused, match="2026-03 is closed"):
        make.loaded(ready, "bills", "bill_id,incurred_on,payee,amount\nB-NEW,2026-03-11,Printer,50.00\n")


def test_after_a_close_the_page_stays_on_the_month_that_was_closed(ready):
    runbook.run(ready, make.CFO, small_company.FEBRUARY, NOW)
    app = press(shown(), "close")
    assert app.query_params["month"] == "2026-03"
    assert app.selectbox(key="month").value == "2026-03"
    assert said(app, "March 2026 is closed: version 1, by Jonas Feld")


def test_two_who_close_at_the_same_time_close_once(ready):
    one, other = shown(month="2026-03"), shown(month="2026-03", **{"as": "Mara Klein · CEO"})
    press(one, "close")
    press(other, "close")
    assert closes(ready) == [("closed", 1)]
    assert said(other, "March 2026 is closed: version 1, by Jonas Feld")


def test_reopening_needs_a_reason_and_the_next_version_lists_what_changed(ready):
    runbook.run(ready, make.CFO, MARCH, NOW)
    app = press(shown(month="2026-03"), "reopen")
    assert plain(app.error) == ["a reason is needed to reopen March 2026"]
    app.text_area(key="reopen_reason_2026-03").set_value("a bill was missing")
    press(app, "reopen")
    assert said(app, "It was reopened by Jonas Feld on Fri 3 Apr 2026: “a bill was missing”.")
    make.loaded(ready, "bills", "bill_id,incurred_on,payee,amount\nB-NEW,2026-03-11,Printer,50.00\n")
    press(app.run(), "close")
    assert closes(ready) == [("closed", 2), ("reopened", 1), ("closed", 1)]
    app.session_state["changes_2026-03_2"] = True
    app.run()
    [table] = [frame.value for frame in app.dataframe if "number" in frame.value]
    found = {row[:3]: row[3] for row in table.itertuples(index=False, name=None)}
    assert "bills B-" in found["Expenses", "24,375.22", "24,425.22"]


def test_who_may_not_close_is_told_who_may(ready):
    app = press(shown(month="2026-03", **{"as": CSM}), "close")
    refusal = "Ida Roth (CSM) may not work on a month's close; ask the CFO or CEO"
    assert plain(app.error) == [refusal]
    press(app, "tick_past_due")
    app.text_area(key="asks_2026-03_new").set_value("An introduction")
    press(app, "save_notes")
    assert plain(app.error) == [refusal] * 3
    assert app.text_area(key="asks_2026-03_new").value == "An introduction"
    runbook.run(ready, make.CFO, MARCH, NOW)
    app = shown(month="2026-03", **{"as": CSM})
    app.text_area(key="reopen_reason_2026-03").set_value("why not")
    press(app, "reopen")
    assert plain(app.error) == [refusal]
    assert app.text_area(key="reopen_reason_2026-03").value == "why not"
    assert closes(ready) == [("closed", 1)]


# --- Ticks and the letter


def test_a_tick_has_its_note_and_is_taken_back(ready):
    app = shown(month="2026-03")
    app.text_input(key="tick_note_2026-03_past_due").set_value("called on 1 April")
    press(app, "tick_past_due")
    assert said(app, "Ticked by Jonas Feld, Fri 3 Apr 2026: called on 1 April")
    press(app, "saved_undo")
    assert not said(app, "Ticked by Jonas Feld")
    press(press(app, "tick_past_due"), "untick_past_due")
    assert said(app, "Tick taken back: Follow up on past-due accounts (>30 days)")


def test_notes_are_kept_and_come_back_by_undo(ready):
    app = shown(month="2026-03")
    app.text_area(key="highlights_2026-03_new").set_value("Second customer live").run()
    assert said(app, "Typed and not saved yet")
    press(app, "save_notes")
    assert closing.investor_notes(ready, MARCH).highlights == "Second customer live"
    assert not said(app, "Typed and not saved yet")
    assert said(app, "Written by Jonas Feld")
    [field] = [one for one in app.text_area if one.label == "Highlights"]
    assert field.value == "Second customer live"
    press(app, "saved_undo")
    assert closing.investor_notes(ready, MARCH).highlights is None


def test_the_documents_say_draft_until_the_month_is_closed(ready):
    app = shown(month="2026-03")
    names = {f"download_{extension}" for extension in ("xlsx", "eml", "md")}
    assert names <= {button.key for button in app.get("download_button")}
    assert said(app, "≈ DRAFT")
    assert "DRAFT" in close_investors.document(MARCH, "md")().decode()
    assert b"DRAFT" in close_investors.document(MARCH, "eml")()
    sheets = load_workbook(io.BytesIO(close_investors.document(MARCH, "xlsx")()))
    assert all("DRAFT" in str([cell.value for row in page["A1:D4"] for cell in row]) for page in sheets)
    press(app, "close")
    assert not said(app, "≈ DRAFT")
    assert "DRAFT" not in close_investors.document(MARCH, "md")().decode()


@pytest.mark.parametrize(("who", "ticked"), [(CFO, True), (CSM, False)])
def test_taking_the_letter_along_ticks_its_item_where_one_may(ready, who, ticked):
    app = shown(month="2026-03", **{"as": who})
    [button] = [one for one in app.get("download_button") if one.key == "download_md"]
    button.click().run()
    assert not app.exception
    assert said(app, "written on Fri 3 Apr 2026 by jonas.feld@tai.example") is ticked


def test_the_files_of_a_closed_version_and_the_minutes_stand_on_the_page(ready):
    runbook.run(ready, make.CFO, MARCH, NOW)
    app = shown(month="2026-03")
    labels = {b.label for b in app.get("download_button")}
    assert labels >= {"Workbook", "Letter", "Board update", "Reconciliation, to print", "Report as JSON"}
    app.number_input(key="minutes_2026-03_Invoicing").set_value(45).run()
    app.number_input(key="minutes_2026-03_Cash Reconciliation").set_value(90).run()
    press(app, "keep_minutes")
    assert said(app, "2 h 15 min noted; the runbook gives a close 4 to 8 hours.")
    assert runbook.status(ready, MARCH, NOW).as_json()["minutes"] == {
        "by_group": {"Cash Reconciliation": 90, "Invoicing": 45},
        "total": 135,
    }


def test_deferred_revenue_rolls_forward_contract_by_contract_on_the_page(ready):
    app = shown(month="2026-03")
    assert said(app, "$37,671.23 + $40,000.00 − $6,000.00 = $71,671.23") or said(app, "✓ ties")
    app.session_state["roll_forward_2026-03"] = True
    app.run()
    [table] = [frame.value for frame in app.dataframe if "liability" in frame.value]
    assert table["ties"].tolist() == ["✓ ties", "✓ ties"]
    assert round(table["closing"].sum(), 2) == round(
        (table["opening"] + table["billed"] - table["recognised"]).sum(), 2
    )
