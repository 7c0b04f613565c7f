"""The workbook's writer: what it leaves out for speed changes no byte of the file."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from xlsxwriter.worksheet import Worksheet

from tai_ops.exports import sheets
from tai_ops.exports.sheets import Book, Column, Formula


def made() -> bytes:
    """A small book with text that needs escaping, numbers, dates and formulas."""
    book = Book("T & <T>", "C", datetime(2026, 4, 1, tzinfo=UTC))
    page = book.page("One", "Title & more", "stamp", draft=True, widths=(20, 12, 12))
    columns = (Column("Name"), Column("A <b>", "money", total=True), Column("B", "money"))
    rows = [
        ("=1+1 & <x>", Decimal("1234.56"), Formula('=IF(B5>0,"a & b",B5*2)', Decimal("2469.12"))),
        ("plain", Decimal("-0.01"), Formula("=SUM(B5:B6)", Decimal("1234.55"))),
    ]
    page.table(columns, rows, total="Total")
    book.name("first", "One!$B$5")
    return book.content()


def test_the_plain_sheet_writes_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = made()
    monkeypatch.setattr(sheets, "_PlainSheet", Worksheet)
    assert made() == fast
