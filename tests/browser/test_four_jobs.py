"""The four jobs as a person does them, with the mouse and the keys, on a sample company of their own."""

import csv
import re
import shutil

import pytest
from dashboards import PHONE, dashboard_of, main_text, settle, titled
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

CUSTOMER = "Ambermoor Medical (Customer #3)"


@pytest.fixture(scope="module")
def company(browser, sample_company, tmp_path_factory):
    """A fresh sample company, served; the jobs write to it."""
    folder = shutil.copytree(sample_company, tmp_path_factory.mktemp("jobs") / "data")
    with dashboard_of(folder / "demo.duckdb") as dashboard:
        yield dashboard


def saved(page: Page, text: str | re.Pattern[str]) -> None:
    """What was saved is said in one line."""
    page.locator("[class*=st-key-saved_][class*=_line]").filter(has_text=text).wait_for()
    settle(page)


def button(page: Page, name: str, inside: str = "body"):
    """The button of that name."""
    return page.locator(inside).get_by_role("button", name=name, exact=False)


# --- The Friday meeting


def test_the_friday_review_is_started_and_its_numbers_stay(visit, company, tmp_path):
    page = visit(company, "weekly-review")
    button(page, "Start the review").click()
    saved(page, "The review of Fri 3 Apr 2026 is open and its numbers are frozen")
    frozen = tiles(page)

    late = tmp_path / "measurements.csv"
    late.write_text(
        "customer_id,warehouse,measured_on,kind,method,accuracy_pct\nC-001,East,2026-04-03,current,tai,99.5\n"
    )
    company.tai_ops("load", "measurements", str(late))
    page.reload()
    settle(page)
    assert tiles(page) == frozen
    assert page.get_by_text("restated since the review was frozen").is_visible()
    assert button(page, "Start the review").count() == 0
    assert company.tai_ops("review", "show", "--week", "2026-04-03")["status"] == "open"

    button(page, "Present").click()
    for key, block in (
        ("", "1. CEO Opening"),
        ("ArrowRight", "2. Customer Success"),
        ("ArrowLeft", "1. CEO"),
    ):
        if key:
            page.keyboard.press(key)
        page.get_by_role("heading", name=block).wait_for()
        settle(page)

    field = page.get_by_label("In one sentence")
    field.fill("Half typed")
    field.press("Escape")
    settle(page)
    assert (field.input_value(), "present=" in page.url) == ("Half typed", True)
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Weekly review").wait_for()

    settle(page)
    page.locator(".st-key-tile_accuracy_pct").get_by_role("button", name="Show the rows").click()
    page.get_by_text("Frozen with the review, as of Fri 3 Apr 2026 16:00 EDT").wait_for()
    assert "week=2026-04-03" in page.url
    page.get_by_role("heading", name="Restated").wait_for()


def tiles(page: Page) -> dict[str, str]:
    """The eight numbers of the review."""
    found = page.get_by_test_id("stMetric")
    found.nth(7).wait_for()
    return {
        one.get_by_test_id("stMetricLabel").inner_text(): one.get_by_test_id("stMetricValue").inner_text()
        for one in found.all()[:8]
    }


# --- A bank statement, reconciled


def test_marchs_statement_is_imported_once_and_reconciled(visit, company, tmp_path):
    march = company.store.with_name("march.csv")
    lines = len([row for row in csv.reader(march.open()) if len(row) > 2]) - 1
    page = visit(company, "imports")
    upload(page, march)
    page.get_by_text(f"= {lines} lines in the file").wait_for()
    assert sum(counts(page).values()) == lines
    assert counts(page)["new"] + counts(page).get("possible duplicates", 0) == lines
    importing = page.get_by_role("button", name=re.compile(rf"Import {lines} lines? into Operating account"))
    importing.dblclick()
    saved(page, f"march.csv: {lines} lines added to Operating account")
    again = company.tai_ops("statement", "import", str(march), "--account", "OPERATING", "--dry-run")
    assert (again["added"], again["duplicates"]) == (0, lines)
    (statements,) = company.tables(tmp_path, "statements")
    assert [one["file_name"] for one in statements].count("march.csv") == 1

    page.reload()
    settle(page)
    upload(page, march)
    page.get_by_text("This file came in before").wait_for()
    settle(page)
    assert page.get_by_role("button", name="into Operating account").count() == 0

    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Reconcile").click()
    titled(page, "Reconcile")
    button(page, "Run the matcher").click()
    saved(page, re.compile(r"Matcher run: \d+ pairs? confirmed"))
    left = to_settle(page)
    held = page.locator(".st-key-workbench").get_by_role("button", name="Accept").first
    held.click()
    saved(page, "matched with")
    assert to_settle(page) == left - 1
    page.keyboard.press("u")
    saved(page, "Undone")
    page.locator(".st-key-workbench").get_by_role("button", name="Decline").first.focus()
    page.keyboard.press("Enter")
    saved(page, "not offered again")
    page.keyboard.press("u")
    saved(page, "Undone")
    page.keyboard.press("Enter")
    saved(page, "matched with")
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    expect(page.get_by_text(re.compile("^Difference"))).to_be_in_viewport()


def upload(page: Page, *files) -> None:
    """Drop files on the page."""
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(files)
    for file in files:
        page.get_by_test_id("stMain").get_by_text(file.name, exact=True).first.wait_for()
    settle(page)


def counts(page: Page) -> dict[str, int]:
    """How many rows of the dropped file are new, duplicates, refused, …"""
    said = page.locator("p", has_text=re.compile(r"lines? in the file")).inner_text().partition("=")[0]
    return {state: int(n) for n, state in re.findall(r"(\d+) ([a-z ]+?)\s*(?=\d|$)", said)}


def to_settle(page: Page) -> int:
    """How many lines wait."""
    return int(re.search(r"(\d+) lines? to settle", main_text(page)).group(1))


def test_a_real_banks_file_goes_into_a_new_account(visit, company, samples):
    file, code, lines = samples / "bank" / "c-vigo__beancount-importers" / "N26_Sample.csv", "N26", 87
    page = visit(company, "imports")
    page.get_by_text("Add an account", exact=True).click()
    page.get_by_role("textbox", name="Short code").fill(code)
    page.get_by_role("textbox", name="Name", exact=True).fill(f"Account at {code}")
    page.get_by_role("textbox", name="Currency").fill("EUR")
    page.get_by_role("spinbutton", name="year, Opened on").click()
    page.keyboard.type("20120101")
    page.get_by_role("textbox", name="Opening balance").fill("0.00")
    button(page, "Add the account").click()
    saved(page, f"Account at {code} ({code}) added")
    upload(page, file)
    page.get_by_role("combobox", name="Goes to").click()
    page.get_by_role("option", name=f"({code})").click()
    page.get_by_text(f"= {lines} lines in the file").wait_for()
    button(page, f"Import {lines} lines into").click()
    saved(page, f"{file.name}: {lines} lines added to Account at {code}")
    again = company.tai_ops("statement", "import", str(file), "--account", code, "--dry-run")
    assert (again["added"], again["duplicates"]) == (0, lines)


# --- A customer's accuracy


def test_a_customers_accuracy_is_entered_on_a_phone(visit, company, tmp_path):
    page = visit(company, "customers", width=PHONE)
    page.get_by_role("button", name=CUSTOMER).tap()
    titled(page, CUSTOMER)
    page.get_by_role("radio", name="Measurement").click()
    page.get_by_role("textbox", name="Warehouse").fill("Main")
    measured(page, accuracy="80", hours="40")
    comes_to(page, "The gain shows once Main's current figures are on record")
    button(page, "Save the measurement").tap()
    saved(page, "Saved: Baseline of Main, Fri 3 Apr 2026 (accuracy 80 %, 40 count hours)")

    assert page.get_by_role("radio", name="Current").is_checked()
    measured(page, accuracy="97", hours="28")
    comes_to(page, "Up 17.0 points: 80.0 % → 97.0 %, errors down 85 %; 12 of 40 hours saved (30 %)")
    save = button(page, "Save the measurement")
    save.tap()
    save.tap()
    saved(page, "Saved: Current figures of Main, Fri 3 Apr 2026 (accuracy 97 %, 28 count hours)")
    now, audit = company.tables(tmp_path, "measurements", "audit")
    kept = sorted((row["kind"], int(row["accuracy_pct"])) for row in now if row["customer_id"] == "C-003")
    assert kept == [("baseline", 80), ("current", 97)]
    entered = [one["event"] for one in audit if (one["subject_key"] or "").startswith("C-003,Main")]
    assert entered == ["load measurements"] * 2

    button(page, "Undo").tap()
    saved(page, "Taken back: the measurement is off the record")
    (now,) = company.tables(tmp_path, "measurements")
    assert [row["kind"] for row in now if row["customer_id"] == "C-003"] == ["baseline"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def measured(page: Page, *, accuracy: str, hours: str) -> None:
    """Type the two figures, as a thumb does: field by field."""
    page.get_by_role("spinbutton", name="Accuracy, %").fill(accuracy)
    page.get_by_role("spinbutton", name="Counting time").fill(hours)
    page.keyboard.press("Tab")


def comes_to(page: Page, text: str) -> None:
    """What the form says before anything is saved."""
    page.locator(".st-key-comes_to_measurement").filter(has_text=text).wait_for()
    settle(page)


# --- The investor summary


def test_the_investor_summary_of_an_open_month_is_a_draft_that_adds_up(visit, company, tmp_path):
    page = visit(company, "month-end-close?month=2026-03")
    with page.expect_download() as download:
        button(page, "Investor workbook").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "investor-summary_2026-03_DRAFT.xlsx"
    book = load_workbook(file, data_only=True)
    sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    assert [
        title for title, rows in sheets.items() if not any("DRAFT" in str(c) for row in rows[:3] for c in row)
    ] == []
    head = next(place for place, row in enumerate(sheets["Checks"]) if row[0] == "Identity")
    checks = {row[0]: row[2] for row in sheets["Checks"][head + 1 :] if row[0]}
    assert len(checks) >= 10
    assert {name: off for name, off in checks.items() if off} == {}
