"""Excel workbooks: decimals as their XML says them, dates of both calendars, sheets, and what is no workbook."""

import base64
import datetime as dt
import io
import zipfile
import zlib
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
from statements.statement_text import amounts, dates, read

from tai_ops.errors import UnreadableFile
from tai_ops.statements.workbook import number_text

HEAD = ("Date", "Description", "Amount", "Balance")


def written(rows, *, head=HEAD, date1904=False, sheets=("Statement",)):
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    if date1904:
        book.use_1904_epoch = True
        book.date_1904 = True
    for n, title in enumerate(sheets):
        sheet = book.add_worksheet(title)
        for r, row in enumerate([head, *rows] if n == len(sheets) - 1 else [("Remarks",)]):
            for c, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(r, c, dt.datetime(cell.year, cell.month, cell.day))
                else:
                    sheet.write(r, c, cell)
    book.close()
    return held.getvalue()


def with_cells(data, old, new):
    """The workbook with other digits in the XML of its first sheet."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(held, "w") as copy:
        for entry in source.namelist():
            text = source.read(entry)
            if entry.endswith("sheet1.xml"):
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode())
            copy.writestr(entry, text)
    return held.getvalue()


ROWS = [
    (dt.date(2026, 2, 1), "Tea", -4.5, 95.5),
    (dt.date(2026, 2, 2), "Pay", 4166.67, 4262.17),
]


def test_a_workbook_is_read_as_a_table_of_any_bank():
    statement = read(written(ROWS), "a.xlsx")
    assert (statement.format, dates(statement), amounts(statement)) == (
        "xlsx",
        ["2026-02-01", "2026-02-02"],
        ["-4.50", "4166.67"],
    )
    assert statement.balance_ties is True
    assert statement.columns.row == [2, 3]
    again = read(written(ROWS), "b.xlsx", layout=statement.layout)
    assert (amounts(again), list(again.columns.row_key)) == (
        amounts(statement),
        list(statement.columns.row_key),
    )


@pytest.mark.parametrize(
    ("digits", "amount"),
    [
        ("4166.6700000000001", "4166.67"),
        ("19.989999999999998", "19.99"),
        ("0.30000000000000004", "0.30"),
        ("99999999999999.99", "99999999999999.99"),
        ("1234567890123456.78", "1234567890123456.78"),
        ("1E-2", "0.01"),
        ("1.5E3", "1500.00"),
        ("12", "12.00"),
        ("12.50000", "12.50"),
    ],
)
def test_cells_keep_the_decimals_of_their_xml(digits, amount):
    data = with_cells(written(ROWS, head=(*HEAD[:3], "Note")), "<v>4166.67</v>", f"<v>{digits}</v>")
    assert amounts(read(data, "a.xlsx"))[1] == amount


@pytest.mark.parametrize("digits", ["1.234", "0.005", "1E-3", "12345678901234567890"])
def test_what_no_cent_can_hold_is_a_bad_row(digits):
    data = with_cells(written(ROWS, head=(*HEAD[:3], "Note")), "<v>4166.67</v>", f"<v>{digits}</v>")
    statement = read(data, "a.xlsx")
    assert amounts(statement) == ["-4.50"]
    assert statement.rejected[0].line == 3


def test_numbers_of_cells_as_text():
    assert [number_text(v) for v in ("5", "5.0", "-5.5", "NaN", "x", "1.123456789012345678")] == [
        "5",
        "5",
        "-5.50",
        "NaN",
        "x",
        "1.12345678901235",
    ]


def test_the_calendar_that_begins_in_1904_and_times_of_a_day():
    assert dates(read(written(ROWS, date1904=True), "a.xlsx")) == ["2026-02-01", "2026-02-02"]
    with_times = written([(46054.5, "Tea", -1), (46055.25, "Pay", 2)], head=HEAD[:3])
    styled = io.BytesIO()
    book = openpyxl.load_workbook(io.BytesIO(with_times))
    for row in book.active.iter_rows(min_row=2, max_col=1):
        row[0].number_format = 'yyyy\\-mm\\-dd hh:mm "h"'
    book.save(styled)
    assert dates(read(styled.getvalue(), "a.xlsx")) == ["2026-02-01", "2026-02-02"]


def test_the_sheet_with_the_lines_is_found_and_an_export_known_by_its_headings():
    assert amounts(read(written(ROWS, sheets=("Cover", "Lines")), "a.xlsx")) == ["-4.50", "4166.67"]
    head = (
        "Date (UTC)",
        "Description",
        "Amount",
        "Status",
        "Source Account",
        "Bank Description",
        "Reference",
    )
    rows = [
        ("01-30-2026", "Shop", -5.25, "Sent", "Checking", "SHOP", ""),
        ("01-31-2026", "Pay", 9, "Sent", "Checking", "PAY", ""),
    ]
    statement = read(written(rows, head=head), "mercury.xlsx")
    assert (statement.format, amounts(statement)) == ("mercury", ["-5.25", "9.00"])


OLD = """
eNrtV11sFFUUPnd2u50tpZ0WqlBgXRGk0AJFE62p2NIWlUTTBqoSQyLLdlpX9qfZLsYm/iwiL0YSDTEmSDQkNT5o/ImJPqixffNBgz7woNGk9M
Fo8GE1GiXajt85c6cd1m3SLYao9EzOvXfOnXPPufeev/nibN3kmXcbz1MRtFOAZpwwhXw0BTS9F4vI0LQZx3E8srME/ymY1j3fYRD3VwHkO6/U
9xrW/RL8P2EvZfDkKEq7KY0+S6NUDlwDi/GvtxCemQV+t1BYkr94+Ry/OY4HgMX+z7Ge/b8KuAxYDVwOrAHWuimA6oD1wBXAlcAGsQmia4GrgK
uBjcA1wLVadkT3jNdjvF6/b0C/cSneXFEIm7jFUAV9uPwzvnK5+/OwiHeCE2IXU8ADNMy20R1LxqNXCrpEh5hiHcZhpDsxUnQa1Bp6W6gfSbtT
rA/QSdE2bdH7jU7R/YS066WtIeb/QHi+FsoOitA3YuXPixMoqlTdFKMkJegQ4mACXzTSp+xfT8kX7B1ql8zwV5czGwlW0xj72F122s7GkpFgLb
3GfjYwsD2V2j4KmBR3GqNfnajPdcejTOcVhf7LwuhGmXS66uhjOLtS59zsfl8opm+eh94yD33LPPRwSTrBGESf4Bz9pIGXPDncW/mA9HX5kPT1
+aD0K/KV0q/MVzgHxdSPI0B/KauEaV8ulrNTdjr3HNZVeCaUCSTqP6HoAj3IMb2wV8SFChy7WbxX4/vxZlpWYK/7BL5j0lGFHGGOq060nRT5yX
KzhIlsYSILmL8hUfxJt0tkCbmL9kARJJQeeySeTQznEpk0JnalMkfSOfhEVywZS8dtZKR+O4a2LzbqwDdMygbdHBQ3G4Bzl9Wge4MTlRvQrEsC
WjW2MYDtcQioky1ZWG5r99oLU7c0djwk9Pzcrw1t5LOmFnUUMxPBLcLRLO3T8q2X6I4J7RlpbwT/0CDDdx2bfOOm2XW/79jsG59BYApDK5KrMC
CtRa2qDh2bODjZ4fWK7sOMSU/Itkk9a9bqndZIFyB9S2Qalh63uOFG1QpNlaAZRbRpSfBuSif9pvCmZt8MOTvvLYA3lvwkzlvJSZw6a8icEj7W
52OEZSV8f/zuOLXU/iLzMYchHK9oDkM4KjSHIRyZ9Gq0rwcawfEj9bHswt3unRVMbYIsBFoUWkXvYKFJ6OGCVaLcMahK+JiHJd1h1NP7ITdnEA
xzQL5ap3flCQAMwX6HTP9CyiuxqubqpxknUOXWYJZpuM7qTt3JNc+9iXg2M5IZzEV3Pxa3k9Hbbt3aHztkJ5O2WGZXYnCw7XJqP+W66KJhxiG5
qBLr0uTxV3++2Puw9cYLJjVveu8rPuzHtUvxfJuuDzv1gdyj68T9ulYc0PXisK4xf5gmiuhxq+bz4G/jR1+e2pD/VvnH5ejPFOPc5+dOb1tjnX
wJ+rdcfKuHs3AR7YCuU73YZvl07Zt1MZLk4O3Z0Dp6tTPvedfw8P12dgSh7NK9svnsuGlbK4D+jfBP/v/J+RX5QCkePtN82B0/AOlZOoyKi/U4
XLb+btBwg6BTxn9Ve6Vn592Qm4KN9kKHRxYlP+D7B1sIzzrgnlk/60U9aC/6/jiElvv/d53+V5OqlPbREew/hbqU734PrGBQ7oQpOdSrGVDmhy
Ytv6KM82dfenNWfg8kxEUHWyywPH3aFrH/G3zyr/b//78A/UQuxA==
"""
"""The two rows above as Excel 97 kept them, compressed."""


def test_an_old_workbook_is_read_to_the_digits_that_excel_shows():
    statement = read(zlib.decompress(base64.b64decode(OLD)), "a.xls")
    assert (statement.format, dates(statement), amounts(statement)) == (
        "xlsx",
        ["2026-02-01", "2026-02-02"],
        ["-4.50", "4166.67"],
    )
    assert statement.balance_ties is True


def test_two_sheets_of_lines_are_said():
    held = io.BytesIO()
    book = openpyxl.Workbook()
    for title in ("Jan", "Feb"):
        sheet = book.create_sheet(title)
        for row in (HEAD[:3], ("2026-02-01", "Tea", "-4,50"), ("2026-02-02", "Pay", "1.250,00")):
            sheet.append(row)
    book.save(held)
    statement = read(held.getvalue(), "a.xlsx")
    assert amounts(statement) == ["-4.50", "1250.00"]
    assert "the sheet 'Jan' was read; 'Feb' may hold lines too" in statement.warnings[0]


def test_texts_that_look_like_formulas_stay_texts_and_formulas_are_their_values():
    rows = [(dt.date(2026, 2, 1), "=1+1", -4.5, 95.5), (dt.date(2026, 2, 2), "@SUM(A1)", -1.0, 94.5)]
    held = io.BytesIO()
    book = openpyxl.load_workbook(io.BytesIO(written(rows)))
    book.active["B2"].value, book.active["B2"].data_type = "=1+1", "s"
    book.save(held)
    assert [line.description for line in read(held.getvalue(), "a.xlsx").lines] == ["=1+1", "@SUM(A1)"]


def test_what_is_no_workbook_or_too_wide_is_refused():
    damaged = written(ROWS)
    with pytest.raises(UnreadableFile, match="damaged"):
        read(damaged[: len(damaged) // 2], "a.xlsx")
    bomb = with_cells(written(ROWS), "<worksheet", '<!DOCTYPE w [<!ENTITY a "x">]><worksheet')
    with pytest.raises(UnreadableFile, match="defines entities"):
        read(bomb, "a.xlsx")
    with pytest.raises(UnreadableFile, match="more than 400 columns"):
        read(with_cells(written(ROWS), 'r="D2"', 'r="XFD2"'), "a.xlsx")
    with pytest.raises(UnreadableFile, match="old Office file"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls")


def test_amounts_in_cells_are_decimals_never_floats():
    for amount in read(written(ROWS), "a.xlsx").columns.amount:
        assert isinstance(amount, Decimal)
