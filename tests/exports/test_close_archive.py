"""A close leaves its documents in the store as files with hashes; the same data closed twice gives the same files."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import make
import pytest
import small_company
from openpyxl import load_workbook
from small_company import MARCH

from tai_ops.errors import Refused, StoreDamaged, WrongUsage
from tai_ops.exports.close_archive import documents
from tai_ops.exports.investor import export_board
from tai_ops.exports.reconciliation_print import reconciliation_html
from tai_ops.month_report import to_json
from tai_ops.restatement import behind
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store, close_files
from tai_ops.store.backup import restore, write_backup
from tai_ops.store.closing import InvestorNotes
from tai_ops.store.matches import lock, unlock

CLOSED_AT, LATER = datetime(2026, 4, 4, 12, 0, tzinfo=UTC), datetime(2026, 4, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Store]:
    """The small company, reconciled through March."""
    store = small_company.copy_of("reconciled", tmp_path)
    yield store
    store.close()


def values(content: bytes) -> dict[str, list[list[Any]]]:
    book = load_workbook(BytesIO(content), data_only=True)
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def test_a_close_archives_its_documents_in_the_same_transaction(ready: Store) -> None:
    close.note(ready, make.CFO, MARCH, now=CLOSED_AT, asks="=an *introduction*")
    done = close.run(ready, make.CFO, MARCH, CLOSED_AT)
    assert [file.name for file in done.files] == [
        "investor-summary_2026-03_v1.xlsx",
        "investor-letter_2026-03_v1.eml",
        "board-update_2026-03_v1.md",
        "reconciliation_2026-03_v1.html",
        "report_2026-03_v1.json",
    ]
    kept = {file.name.partition("_")[0]: close_files.content(ready, file) for file in done.files}
    assert [hashlib.sha256(data).hexdigest() for data in kept.values()] == [f.file_hash for f in done.files]
    assert hashlib.sha256(kept["report"]).hexdigest() == done.stamp.body_hash
    assert json.loads(kept["report"])["currency"] == "USD"
    assert "=an \\*introduction\\*" in kept["board-update"].decode()
    assert done.stamp.body_hash in kept["reconciliation"].decode()
    assert done.as_json()["files"][0]["sha256"] == done.files[0].file_hash


def test_a_refused_close_leaves_nothing_behind(tmp_path: Path) -> None:
    store = small_company.copy_of("loaded", tmp_path)
    with pytest.raises(Refused, match="2026-03 can't be closed"):
        close.run(store, make.CFO, MARCH, CLOSED_AT)
    assert close_files.archived(store, MARCH) == ()
    store.close()


def test_closing_the_same_data_again_gives_the_same_json_and_the_same_workbook_values(ready: Store) -> None:
    first = close.run(ready, make.CFO, MARCH, CLOSED_AT)
    close.reopen(ready, make.CEO, MARCH, "looked at it again", LATER)
    second = close.run(ready, make.CFO, MARCH, LATER)
    assert second.stamp.version == 2
    assert second.stamp.body_hash == first.stamp.body_hash
    assert (second.changes, second.because) == ((), ())
    json_files = [close_files.content(ready, done.files[-1]) for done in (first, second)]
    assert json_files[0] == json_files[1]
    books = [values(close_files.content(ready, done.files[0])) for done in (first, second)]
    assert _different(*books) == [], "only the stamp tells the versions apart"


def _different(one: dict[str, list[list[Any]]], other: dict[str, list[list[Any]]]) -> list[tuple[str, Any]]:
    assert one.keys() == other.keys()
    return [
        (sheet, (left, right))
        for sheet in one
        for left, right in zip(one[sheet], other[sheet], strict=True)
        if left != right and not str(left[0]).startswith("Closed ")
    ]


def test_two_stores_of_the_same_company_close_to_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        store = small_company.copy_of("reconciled", tmp_path / name)
        done = close.run(store, make.CFO, MARCH, CLOSED_AT)
        made.append([close_files.content(store, file) for file in done.files])
        store.close()
    assert made[0] == made[1]


def test_the_next_version_lists_each_number_with_the_rows_behind_it(ready: Store) -> None:
    close.run(ready, make.CFO, MARCH, CLOSED_AT)
    close.reopen(ready, make.CEO, MARCH, "bills were wrong", CLOSED_AT)
    bills = "bill_id,incurred_on,payee,amount,category\nB-NEW,2026-03-11,Printer,50.00,\nB-RENT,2026-03-31,Landlord,910.00,rent\n"
    make.loaded(ready, "bills", bills, now=LATER)
    make.loaded(
        ready, "bills", "bill_id,incurred_on,payee,amount\nB-APRIL,2026-04-11,Printer,50.00\n", now=LATER
    )
    with pytest.raises(
        Refused, match=r"books of Operating account moved by −\$10.00 since it was locked through Tue"
    ):
        close.run(ready, make.CFO, MARCH, LATER)
    unlock(ready, make.CFO, "OP", "the rent was 910.00", now=LATER)
    lock(ready, make.CFO, "OP", MARCH.last_day, now=LATER)
    done = close.run(ready, make.CFO, MARCH, LATER)
    cash = {change.number: change.after for change in done.changes}
    assert cash["cash.ending"] == Decimal("327724.78"), (
        "the adjusted balance less the ten that the check is more"
    )
    rows = {(row.kind, row.key): row for row in done.because}
    assert rows["bills", "B-NEW"].event == "added"
    changed = rows["bills", "B-RENT"]
    assert (changed.event, changed.words) == ("changed", "amount 900.00 → 910.00")
    assert ("bills", "B-APRIL") not in rows
    assert done.changes
    assert all(
        behind(change.number, done.because) for change in done.changes if change.number.startswith("expenses")
    )
    sheet = values(close_files.content(ready, done.files[0]))["Summary"]
    assert any(row[0] == "B-RENT" and "900.00 → 910.00" in str(row[6]) for row in sheet)


def test_the_files_go_with_a_backup_and_a_damaged_one_is_refused(ready: Store, tmp_path: Path) -> None:
    done = close.run(ready, make.CFO, MARCH, CLOSED_AT)
    write_backup(ready, make.CFO, tmp_path / "all.zip", now=LATER)
    restore(tmp_path / "all.zip", tmp_path / "again.duckdb", now=LATER)
    again = Store.open(tmp_path / "again.duckdb")
    [workbook, *_] = close_files.archived(again, MARCH)
    assert close_files.content(again, workbook) == close_files.content(ready, done.files[0])
    again.close()
    with ready.write(make.CFO, "money", "test", now=LATER) as write:
        write.sql("update files set content = 'x'::blob where file_hash = $h", {"h": workbook.file_hash})
    with pytest.raises(StoreDamaged, match="is not the file that was archived"):
        close_files.content(ready, workbook)


def test_the_reconciliation_prints_both_sides_and_what_people_typed_is_harmless(ready: Store) -> None:
    page = reconciliation_html(close.report(ready, MARCH, CLOSED_AT)).decode()
    assert "DRAFT" in page
    assert "✓ Both sides agree: difference $0.00" in page
    assert page.count("$327,734.78") == 3, "the books and both adjusted balances"
    assert "−$900.00" in page
    assert "<script" not in page
    assert "http" not in page


def test_only_a_closed_month_is_archived(ready: Store) -> None:
    report = close.report(ready, MARCH, CLOSED_AT)
    with pytest.raises(ValueError, match="archived when it is closed"):
        documents(report, InvestorNotes())
    assert to_json(report)


def test_the_board_update_is_of_the_snapshot_once_the_month_is_closed(ready: Store) -> None:
    draft = export_board(ready, MARCH, CLOSED_AT).decode()
    assert "board update, March 2026 (DRAFT)" in draft
    done = close.run(ready, make.CFO, MARCH, CLOSED_AT)
    make.loaded(ready, "customers", "customer_id,name\nC-1,Renamed\n", now=LATER)
    assert export_board(ready, MARCH, LATER) == close_files.content(ready, done.files[2])
    assert "| MRR | $7,500 | $4,167 | ▲ $3,333 vs February | $10,417 | ✗ missed |" in draft
    with pytest.raises(WrongUsage, match=r"written as \.md, not '\.pdf'"):
        export_board(ready, MARCH, LATER, ".pdf")
