"""What holds for every file: what was written is read, and no bytes do worse than being refused."""

import csv
import io
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tai_ops.errors import UnreadableFile
from tai_ops.statements import as_json, read_statement

DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 31))
CENTS = st.integers(-(10**11), 10**11).filter(bool)
WORDS = st.text("abcdefghij äöüñéłŚžÆ&/.,;|\"'#-0123456789", max_size=30).map(
    lambda text: f"x {text}".strip()
)
LINES = st.lists(st.tuples(DAYS, CENTS, WORDS), min_size=3, max_size=25)
DATES = {"%Y-%m-%d": "year", "%d.%m.%Y": "day", "%m/%d/%Y": "month", "%d-%b-%Y": None, "%Y%m%d": "year"}


@st.composite
def layouts(draw):
    """How a bank might write: delimiter, date format, decimal mark, thousands, columns of money, order of rows."""
    mark = draw(st.sampled_from(",."))
    return {
        "delimiter": draw(st.sampled_from(",;\t|")),
        "dates": draw(st.sampled_from(sorted(DATES))),
        "mark": mark,
        "thousands": draw(st.sampled_from(["", " ", "\u00a0", "'", "." if mark == "," else ","])),
        "money": draw(st.sampled_from(["signed", "in and out", "flag"])),
        "balance": draw(st.booleans()),
        "descending": draw(st.booleans()),
        "codec": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])),
        "preamble": draw(st.integers(0, 6)),
    }


def written(cents, layout):
    whole, part = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", layout["thousands"])
    return f"{'-' if cents < 0 else ''}{grouped}{layout['mark']}{part:02d}"


def as_file(lines, layout):
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=layout["delimiter"])
    writer.writerows([("Account statement", f"line {n}") for n in range(layout["preamble"])])
    money = {"signed": ["Amount"], "in and out": ["Paid out", "Paid in"], "flag": ["Amount", "Dr/Cr"]}[
        layout["money"]
    ]
    writer.writerow(["Booking date", "Details", *money, *(["Balance"] if layout["balance"] else [])])
    rows, balance = [], 12345
    for day, cents, text in lines:
        balance += cents
        if layout["money"] == "signed":
            cells = [written(cents, layout)]
        elif layout["money"] == "flag":
            cells = [written(abs(cents), layout), "CR" if cents > 0 else "DR"]
        else:
            cells = ["", written(cents, layout)] if cents > 0 else [written(-cents, layout), ""]
        rows.append(
            [
                day.strftime(layout["dates"]),
                text,
                *cells,
                *([written(balance, layout)] if layout["balance"] else []),
            ]
        )
    writer.writerows(reversed(rows) if layout["descending"] else rows)
    return sheet.getvalue().encode(layout["codec"])


@given(LINES, layouts())
@settings(max_examples=150, deadline=None)
def test_lines_that_are_written_are_read(lines, layout):
    lines = sorted(lines, key=lambda line: line[0])
    statement = read_statement(
        as_file(lines, layout), name="made.csv", date_order=DATES[layout["dates"]], decimal=layout["mark"]
    )
    expected = [(day, Decimal(cents) / 100, " ".join(text.split())) for day, cents, text in lines]
    if layout["descending"]:
        expected.reverse()
    assert [(line.date, line.amount, line.description) for line in statement.lines] == expected
    assert statement.rejected == ()
    assert statement.sure_sign
    if layout["balance"]:
        assert statement.balance_ties is True
        assert statement.closing_balance - statement.opening_balance == sum(statement.columns.amount)


TEXT = st.text("0123456789.,;-/\"'\t\r\n abcDateAmountBalanceCRDR€+()=:<!{[\\|\x00\u200e", max_size=300).map(
    str.encode
)
TABLES = st.lists(
    st.lists(
        st.sampled_from(
            [
                "Date",
                "Amount",
                "Balance",
                "2026-01-30",
                "31/02/2026",
                "1,5",
                "-2.50",
                "x",
                "",
                "CR",
                '"',
                "9" * 40,
                "1/2/26",
            ]
        ),
        max_size=5,
    ),
    max_size=8,
).map(lambda rows: "\n".join(",".join(row) for row in rows).encode())


@given(st.one_of(st.binary(max_size=400), TEXT, TABLES))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_do_worse_than_being_refused(data):
    try:
        as_json(read_statement(data, name="any.csv"))
    except UnreadableFile as refusal:
        said = str(refusal)
    else:
        said = ""
    assert "\n" not in said


@given(TABLES, TABLES)
@settings(max_examples=150, deadline=None)
def test_a_layout_of_one_file_never_breaks_another(first, second):
    try:
        layout = read_statement(first, name="first.csv").layout
        read_statement(second, name="second.csv", layout=layout)
    except UnreadableFile as refusal:
        said = str(refusal)
    else:
        said = ""
    assert "\n" not in said
