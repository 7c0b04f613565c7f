"""CSV files of the kinds: what is read, what is refused and in which words."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tai_ops.errors import UnreadableFile
from tai_ops.kinds import KINDS
from tai_ops.sheet import read_sheet, safe_cell, template


def test_reads_a_bom_any_order_and_any_case_of_choices() -> None:
    sheet = read_sheet(
        KINDS["incidents"],
        "\ufeffseverity,detected_at,incident_id,title\nhigh,2026-02-24T15:00:00+01:00,I-1,Down\n".encode(),
        "i.csv",
    )
    assert sheet.problems == ()
    assert sheet.columns["severity"] == ["HIGH"]
    assert sheet.columns["detected_at"] == [datetime(2026, 2, 24, 14, tzinfo=UTC)]


def test_an_empty_cell_is_unknown_and_an_absent_column_is_absent() -> None:
    sheet = read_sheet(KINDS["customers"], b"customer_id,name,warehouses\nC,North,\n", "c.csv")
    assert sheet.columns == {"customer_id": ["C"], "name": ["North"], "warehouses": [None]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"  \n", "the file is empty"),
        (b"%PDF-1.7 ...", "this is a PDF"),
        (b"\xff\xd8\xff\xe0....", "this is a JPEG photo"),
        (b"PK\x03\x04....", "Excel workbook"),
        (b"customer_id,name\nC,M\xfcller\n", "line 2 is not UTF-8"),
        (b"customer_id,name,mood\nC,N,good\n", "unknown column 'mood'"),
        (b"customer_id,name,name\nC,N,N\n", "'name' stands twice"),
        (b"name,status\nN,live\n", "key column 'customer_id' is missing"),
        (b'customer_id,name\nC,"N\n', "check the quotes"),
        (b"customer_id,name\nC,N\x00\n", "NUL"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_sheet(KINDS["customers"], data, "c.csv")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="50 MB"):
        read_sheet(KINDS["customers"], b"x" * (50 * 2**20 + 1), "c.csv")


@pytest.mark.parametrize(
    ("kind", "column", "cell", "words"),
    [
        ("invoices", "amount", "10.999", "more than two decimals"),
        ("invoices", "amount", "1,234.56", "not an amount"),
        ("invoices", "amount", "abc", "not an amount"),
        ("invoices", "issued_on", "31/02/2026", "not a date"),
        ("invoices", "issued_on", "2026-02-30", "not a date"),
        ("invoices", "issued_on", "0226-02-03", "check the year"),
        ("invoices", "kind", "gift", "none of licence, services"),
        ("scores", "score", "11", "above 10"),
        ("scores", "score", "8.5", "not a whole number"),
        ("customers", "time_zone", "Mars/Base", "not a time zone"),
        ("customers", "name", "", "must not be empty"),
        ("probes", "ok", "maybe", "not true or false"),
        ("incidents", "detected_at", "2026-02-03T10:00:00", "no offset"),
        ("people", "email", "nobody", "not an e-mail"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_field(kind: str, column: str, cell: str, words: str) -> None:
    header, good, _ = template(KINDS[kind]).splitlines()
    columns = header.split(",")
    import csv
    import io

    row = next(csv.reader(io.StringIO(good)))
    row[columns.index(column)] = cell
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(row)
    second = out.getvalue().replace(row[0], row[0], 1)
    sheet = read_sheet(KINDS[kind], f"{header}\n{second}".encode(), "f.csv")
    assert [(p.row, p.field) for p in sheet.problems] == [(1, column)]
    assert words in sheet.problems[0].reason


def test_a_key_that_stands_twice_is_a_problem_of_the_second_row() -> None:
    sheet = read_sheet(KINDS["customers"], b"customer_id,name\nA,x\nB,y\nA,z\n", "c.csv")
    assert [(p.row, p.reason) for p in sheet.problems] == [(3, "the key 'A' stands in row 1 already")]


def test_a_row_longer_than_its_header_is_a_problem() -> None:
    sheet = read_sheet(KINDS["customers"], b"customer_id,name\nA,x,extra\n", "c.csv")
    assert "3 cells" in sheet.problems[0].reason


def test_money_and_dates_arrive_typed() -> None:
    sheet = read_sheet(KINDS["invoices"], template(KINDS["invoices"]).encode(), "i.csv")
    assert sheet.columns["amount"] == [Decimal("50000.00"), Decimal("9750.00")]
    assert sheet.columns["issued_on"][0] == date(2025, 12, 1)
    assert sheet.columns["tax_amount"] == [Decimal("0.00"), None]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\x00x"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell("plain = text") == "plain = text"
    assert not safe_cell("")
