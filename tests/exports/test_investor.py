"""The investor summary: the workbook's totals are live and right, the letter is the runbook's, text stays text."""

import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from zipfile import ZipFile

import make
import pytest
import small_company
from openpyxl import Workbook, load_workbook
from small_company import FEBRUARY, FORMULA, MARCH, NOW

from tai_ops.errors import WrongUsage
from tai_ops.exports.investor import export_investor
from tai_ops.exports.investor_letter import blocks, letter_md
from tai_ops.exports.investor_workbook import SUMMARY, workbook
from tai_ops.kpi import KPIS
from tai_ops.month_report import MonthReport
from tai_ops.period import Month
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store
from tai_ops.store.closing import InvestorNotes

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
SHEETS = "Summary MRR Revenue Expenses Cash Receivables Reconciliation Pipeline Reliability Definitions Checks".split()
HIGHLIGHTS = 'Harbor signed for a year\n=HYPERLINK("http://evil.example") & <b>more</b>'


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The small company with February closed, March still open, and the CFO's notes."""
    store = small_company.copy_of("reconciled", tmp_path_factory.mktemp("books"))
    close.run(store, make.CFO, FEBRUARY, NOW)
    close.note(store, make.CFO, MARCH, now=NOW, highlights=HIGHLIGHTS, asks="Introductions to food logistics")
    yield store
    store.close()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The same with March closed too."""
    store = small_company.copy_of("reconciled", tmp_path_factory.mktemp("closed"))
    for month in (FEBRUARY, MARCH):
        close.run(store, make.CFO, month, NOW)
    close.note(store, make.CFO, MARCH, now=NOW, highlights=HIGHLIGHTS, asks="Introductions to food logistics")
    yield store
    store.close()


@pytest.fixture(scope="module")
def draft(books: Store) -> bytes:
    return export_investor(books, MARCH, NOW, ".xlsx")


@pytest.fixture(scope="module")
def final(closed: Store) -> bytes:
    return export_investor(closed, MARCH, NOW, ".xlsx")


def values(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content), data_only=True)


def formulas(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def row_of(book: Workbook, sheet: str, label: str) -> list[object]:
    """The first row of the sheet that begins with the label."""
    return next([c.value for c in row] for row in book[sheet].iter_rows() if row[0].value == label)


def test_the_sheets_stand_in_their_order_with_no_macro_and_no_link_outside(final: bytes) -> None:
    assert values(final).sheetnames == SHEETS
    parts = ZipFile(io.BytesIO(final)).namelist()
    assert not [p for p in parts if "vba" in p.lower() or "externalLink" in p]
    assert not [
        p
        for p in parts
        if p.startswith("xl/worksheets/_rels")
        and b'TargetMode="External"' in ZipFile(io.BytesIO(final)).read(p)
    ]
    assert len([p for p in parts if p.startswith("xl/charts/chart")]) == 3


def test_a_second_export_is_the_same_to_the_byte(
    books: Store, closed: Store, draft: bytes, final: bytes
) -> None:
    assert export_investor(books, MARCH, NOW, "xlsx") == draft
    assert export_investor(closed, MARCH, NOW, "xlsx") == final
    for extension in ("md", "eml"):
        assert export_investor(closed, MARCH, NOW, extension) == export_investor(
            closed, MARCH, NOW, extension
        )


def test_totals_are_live_formulas_that_carry_their_value(final: bytes) -> None:
    live, shown = formulas(final), values(final)
    assert row_of(live, "MRR", "Total")[7] == "=SUM(H4:H5)"
    assert row_of(shown, "MRR", "Total")[1:8] == pytest.approx(
        [4166.67, 3333.33, 0, 0, 0, 0, 7500.00], abs=0.01
    )
    assert row_of(shown, "MRR", "ARR (closing × 12)")[7] == pytest.approx(90000)
    assert row_of(shown, "Revenue", "Total")[3] == pytest.approx(5999.99)
    assert str(row_of(live, "Expenses", "Payroll")[1]).startswith("=SUMIF(")
    assert row_of(shown, "Expenses", "Payroll")[1] == 21500
    assert row_of(shown, "Expenses", "Other")[1] == 1035
    assert row_of(shown, "Cash", "Total")[1:10] == [
        247360,
        104750,
        100000,
        23475.22,
        0,
        0,
        -900,
        327734.78,
        0,
    ]
    assert row_of(shown, "Cash", "3 months")[3] == pytest.approx(13.777, abs=0.001)
    assert row_of(shown, "Receivables", "Total")[1:7] == [40000, 0, 5000, 0, 0, 45000]
    assert row_of(shown, "Reconciliation", "Adjusted bank")[1] == 327734.78
    assert row_of(shown, "Pipeline", "Total")[1:3] == [1, 62000]
    every_formula = [c for ws in live for r in ws.iter_rows() for c in r if c.data_type == "f"]
    assert len(every_formula) > 100
    assert all(shown[c.parent.title][c.coordinate].value is not None for c in every_formula)


def test_every_check_is_a_formula_and_comes_to_zero(final: bytes) -> None:
    live, shown = formulas(final)["Checks"], values(final)["Checks"]
    rows = [row for row in shown.iter_rows(min_row=5) if row[0].value]
    assert len(rows) >= 14
    for row in rows:
        assert row[1].value == 0, row[0].value
        assert str(live[row[1].coordinate].value).startswith("="), row[0].value
    assert shown["A3"].value == "Every identity that can be checked holds."


def test_a_difference_is_shown_by_how_much_and_not_hidden(store: Store) -> None:
    make.loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nOP,Main,bank,USD,2026-01-01,1000.00\n",
    )
    make.statement(store, "Date,Description,Amount\n2026-03-05,Shop,-10.00\n")
    with store.write(make.CFO, "money", "test", now=NOW) as write:
        write.sql(
            "insert into statement_balances values ('OP', date '2026-03-31', 987.50, 'typed', null, $at, 'me')",
            {"at": NOW},
        )
    shown = values(export_investor(store, MARCH, NOW, "xlsx"))
    assert row_of(shown, "Checks", "Cash of Main: starting + in - out = ending")[1:3] == [
        -2.5,
        1,
    ]
    assert shown["Checks"]["A3"].value == "An identity does not hold: see below."
    assert "Not explained: −$2.50" in export_investor(store, MARCH, NOW, "md").decode()


def test_the_summary_has_named_figures_and_every_number_is_defined(final: bytes) -> None:
    book, shown = formulas(final), values(final)
    for name, expected in (("mrr", 7500), ("arr", 90000), ("cash", 327734.78), ("expenses", 24375.22)):
        [(sheet, address)] = book.defined_names[name].destinations
        assert shown[sheet][address].value == pytest.approx(expected), name
    defined = {row[0].value for row in shown["Definitions"].iter_rows(min_row=4)}
    assert {kpi.label for kpi in KPIS.values()} <= defined
    labels = {row[0].value for row in shown["Summary"].iter_rows()}
    assert {"MRR", "Cash", "Expenses", *SUMMARY} <= labels
    assert row_of(shown, "Summary", "MRR")[1:6] == [7500, 4166.67, 3333.33, 10416.67, "✗ missed"]
    unknown = row_of(shown, "Summary", "Net promoter score")
    assert (unknown[1], unknown[6]) == ("–", "no scores")


def test_every_sheet_is_marked_as_a_draft_until_the_month_is_closed(draft: bytes, final: bytes) -> None:
    drafted, done = values(draft), values(final)
    for sheet in SHEETS:
        assert str(drafted[sheet]["A2"].value).startswith("DRAFT – the month is open, figures to 31 Mar 2026")
        assert "DRAFT" in str(drafted[sheet].oddFooter.center.text)
        assert str(done[sheet]["A2"].value).startswith(
            "Closed 3 Apr 2026 by jonas.feld@tai.example, version 1"
        )


def test_the_pages_are_set_up_for_paper_and_reading(final: bytes) -> None:
    for sheet in formulas(final):
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.freeze_panes is not None


def test_text_from_outside_is_never_a_formula(final: bytes) -> None:
    cells = [c for ws in formulas(final) for row in ws.iter_rows() for c in row if str(c.value) == FORMULA]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_second_version_lists_what_changed(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    close.run(store, make.CFO, MARCH, NOW)
    close.reopen(store, make.CFO, MARCH, "a bill was missing", NOW)
    make.loaded(store, "bills", "bill_id,incurred_on,payee,amount\nB-NEW,2026-03-11,Printer,50.00\n")
    close.run(store, make.CFO, MARCH, NOW)
    shown = values(export_investor(store, MARCH, NOW, "xlsx"))
    assert row_of(shown, "Summary", "Changed since version 1")
    assert row_of(shown, "Summary", "expenses.total")[1:3] == [24375.22, 24425.22]
    assert "from the version before; the workbook" in export_investor(store, MARCH, NOW, "md").decode()
    store.close()


def test_an_empty_month_has_no_numbers_and_no_made_up_zero(store: Store) -> None:
    shown = values(export_investor(store, MARCH, NOW, "xlsx"))
    assert row_of(shown, "Summary", "MRR")[1:3] == ["–", "–"]
    letter = export_investor(store, MARCH, NOW, "md").decode()
    assert "- Total MRR: – (no subscriptions)" in letter
    assert "- Ending balance: – (no balance is known)" in letter
    assert "$0" not in letter


# --- The letter


@pytest.mark.parametrize("extension", ["md", "eml"])
@pytest.mark.parametrize("which", ["books", "closed"])
def test_the_letter_is_the_one_on_record(which: str, extension: str, request: pytest.FixtureRequest) -> None:
    store = request.getfixturevalue(which)
    made = timeless(export_investor(store, MARCH, NOW, extension))
    kept = GOLDEN / f"investor_{'draft' if which == 'books' else 'final'}.{extension}"
    if os.environ.get("GOLDEN") == "write":
        kept.write_bytes(made)
    assert made.decode() == kept.read_bytes().decode()


def timeless(letter: bytes) -> bytes:
    """The letter without its report's hash, which any definition in the report moves."""
    same = re.sub(rb"snapshot [0-9a-f]{12}", b"snapshot 000000000000", letter)
    return re.sub(rb"=_[0-9a-f]{32}", b"=_boundary", same)


def test_the_blocks_and_lines_are_the_runbooks(closed: Store) -> None:
    report = close.report(closed, MARCH, NOW)
    assert [(b.title, [line.label for line in b.lines]) for b in blocks(report)] == [
        ("Revenue", ["Northwind Parts", "Harbor <Foods> & Co", "Total MRR", "Total ARR"]),
        ("Expenses", ["Payroll", "Cloud infrastructure", "Other", "Total"]),
        (
            "Cash position",
            [
                "Starting balance",
                "Cash in",
                "Cash out",
                "Change of what is in transit",
                "Ending balance",
                "Runway",
            ],
        ),
        ("Key metrics", ["CAC", "LTV", "Payback"]),
    ]
    assert blocks(report)[0].lines[1].value == "$3,333/month"
    assert blocks(report)[0].lines[1].note == "partial, started 16 Mar 2026"


def test_the_mail_opens_as_a_draft_with_text_and_escaped_hypertext(closed: Store) -> None:
    raw = export_investor(closed, MARCH, NOW, ".eml")
    assert b"\r\n" in raw
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["X-Unsent"], mail["Subject"]) == ("1", "Monthly Financial Summary - March 2026")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain, html = (part.get_content() for part in mail.iter_parts())
    assert "  Harbor <Foods> & Co: $3,333/month (partial, started 16 Mar 2026)" in plain
    assert "Harbor &lt;Foods&gt; &amp; Co" in html
    assert "<b>more</b>" not in html


def test_writing_the_letter_ticks_the_checklist_and_the_workbook_does_not(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)

    def ticked() -> str:
        return next(i.state for i in close.status(store, MARCH, NOW).items if i.id == "letter")

    export_investor(store, MARCH, NOW, "xlsx", actor=make.CFO)
    export_investor(store, MARCH, NOW, "eml", actor=make.CSM)
    assert ticked() == "open"
    export_investor(store, MARCH, NOW, "eml", actor=make.CFO)
    assert ticked() == "done"
    store.close()


def test_another_extension_is_refused(store: Store) -> None:
    with pytest.raises(WrongUsage, match=r"\.xlsx, \.eml or \.md, not '\.pdf'"):
        export_investor(store, Month(2026, 3), NOW, ".pdf")


def test_a_customers_name_can_not_write_markdown(closed: Store) -> None:
    report = close.report(closed, MARCH, NOW)
    made = letter_md(report, InvestorNotes(highlights="- one\n1. two\n[x](y)"))
    assert "- Harbor \\<Foods\\> & Co: $3,333/month" in made
    assert "- \\- one\n- 1\\. two\n- \\[x\\](y)" in made


# --- Recalculated by another program


def test_libreoffice_recalculates_to_the_same_numbers(final: bytes, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    bare, folder = tmp_path / "bare.xlsx", tmp_path / "out"
    formulas(final).save(bare)  # keeps the formulas and drops every value that stood beside them
    assert row_of(load_workbook(bare, data_only=True), "MRR", "Total")[7] is None
    subprocess.run(
        [office, "--headless", "--convert-to", "xlsx", "--outdir", str(folder), str(bare)],
        check=True,
        capture_output=True,
        timeout=300,
        env=os.environ | {"HOME": str(tmp_path)},
    )
    again, shown = load_workbook(folder / "bare.xlsx", data_only=True), values(final)
    compared = 0
    for sheet in shown:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float):
                    other = again[sheet.title][cell.coordinate].value
                    assert other == pytest.approx(cell.value, abs=0.000_001), (
                        f"{sheet.title}!{cell.coordinate}"
                    )
                    compared += 1
    assert compared > 300


def test_the_workbook_needs_nothing_but_the_report(closed: Store, final: bytes) -> None:
    report: MonthReport = close.report(closed, MARCH, NOW)
    assert workbook(report) == final
