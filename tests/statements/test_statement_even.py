"""Tables read column by column say what they say row by row, and what is not even is left to the rows."""

import csv
import io
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.errors import UnreadableFile
from tai_ops.statements import read_statement
from tai_ops.statements.even import even_statement
from tai_ops.statements.layout import Columns as Places
from tai_ops.statements.layout import KeyColumns, Layout
from tai_ops.statements.read import statement_of
from tai_ops.statements.reading import Said, begun, reading_of
from tai_ops.statements.source import LARGE
from tai_ops.statements.statement import Columns, Packed
from tai_ops.statements.table import read_table

HEADS = {"date": "Date", "payee": "Payee", "description": "Text", "amount": "Amount", "balance": "Balance"}
DAYS = st.dates(date(2023, 1, 1), date(2025, 12, 31))
TEXTS = st.one_of(
    st.sampled_from(
        [
            "Rent",
            "a  b",
            " lead",
            "-",
            "",
            "Balance",
            "opening balance 5",
            "Saldo",
            "Café",
            "\u202eabc",
            'say "x"',
            "x,y;z",
        ]
    ),
    st.text("ab \t-\"',;\u00a0é", max_size=6),
)
CENTS = st.integers(-(10**9), 10**9)


@st.composite
def tables(draw):
    """A table as a bank might write it, its layout, and what the caller says."""
    mark = draw(st.sampled_from(".,"))
    group = draw(st.sampled_from(["", "", " ", "'", "\u00a0", "." if mark == "," else ","]))
    dates = draw(st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%y", "%d %b %Y"]))
    names = draw(st.permutations([n for n in HEADS if n in {"date", "amount"} or draw(st.booleans())]))
    odd = st.sampled_from(["", "5", "+3.00", "(4.00)", "2024-02-30", "0.00"])
    file = io.StringIO()
    writer = csv.writer(
        file, delimiter=draw(st.sampled_from(",;\t")), lineterminator=draw(st.sampled_from(["\n", "\r\n"]))
    )
    file.write("Account: 12 345 678\n" * draw(st.integers(0, 1)))
    writer.writerow([HEADS[name] for name in names])
    held = 0
    for day in draw(st.lists(DAYS, min_size=1, max_size=8)):
        cents = draw(CENTS)
        held += cents
        said = {
            "date": day.strftime(dates),
            "amount": written(cents, mark, group),
            "balance": written(held, mark, group),
        }
        row = [said.get(name) or draw(TEXTS) for name in names]
        writer.writerow(row if draw(st.integers(0, 30)) else [draw(odd), *row[1:]])
    place = {name: names.index(name) for name in names}
    columns = Places(
        date=place["date"], amount=place["amount"], payee=place.get("payee"), balance=place.get("balance"),
        description=tuple(place[name] for name in ("description",) if name in place),
    )  # fmt: skip
    layout = Layout(
        header=tuple(HEADS[name] for name in names), width=len(names), columns=columns, currency=draw(st.sampled_from([None, "USD"])),
        key=KeyColumns(amounts=(place["amount"],), balance=place.get("balance")), positive=draw(st.sampled_from([None, "in", "out"])),
    )  # fmt: skip
    return file.getvalue(), layout, Said(draw(st.sampled_from([None, "day"])), card=draw(st.booleans()))


def written(cents, mark, group):
    """An amount as the bank writes it."""
    plain = f"{abs(cents) / 100:,.2f}" if group else f"{abs(cents) // 100}.{abs(cents) % 100:02d}"
    return "-" * (cents < 0) + plain.replace(",", "G").replace(".", mark).replace("G", group)


def told(reads, reading, *rest):
    """All that a statement says with its columns as lists; the refusal where it is none; None where nobody read it."""
    try:
        statement = reads(reading, *rest)
    except UnreadableFile as refused:
        return str(refused)
    if statement is None:
        return None
    columns = {f.name: [tuple(v) if isinstance(v, list | tuple) else v for v in getattr(statement.columns, f.name)] for f in fields(Columns)}  # fmt: skip
    return replace(statement, columns=Columns()), columns


@settings(max_examples=150, deadline=None)
@given(tables())
def test_columns_say_what_rows_say(drawn):
    text, layout, said = drawn
    table = read_table(text, "bank.csv")
    body = next(n for n, row in enumerate(table.rows) if tuple(row) == layout.header) + 1
    if body == len(table.rows):
        return
    args = table, layout, body, "bank.csv", said
    even = told(even_statement, begun(*args), text, table.lines[body], table.delimiter)
    if even is not None:
        assert even == told(statement_of, reading_of(*args))


def long_export(*more: str) -> bytes:
    """An export of over half a megabyte, a line a day and twins, with more rows in its middle."""
    days = (date(2000, 1, 1) + timedelta(n // 2) for n in range(9_000))
    rows = [
        f"{day},Delivered to dock {day.day} by the usual carrier{' ' * (day.day % 7 == 0)},-{day.day}.10\n"
        for day in days
    ]
    rows[4_000:4_000] = more
    return ("Date,Description,Amount\n" + "".join(rows)).encode()


def test_a_long_even_file_is_read_by_columns_and_the_same():
    data = long_export()
    assert len(data) > LARGE
    statement = read_statement(data, name="bank.csv")
    table = read_table(data.decode(), "bank.csv")
    kept = Layout.from_json(statement.layout.as_json())
    again = read_statement(data, name="bank.csv", layout=kept)
    rows = statement_of(reading_of(table, kept, 1, "bank.csv", Said()))
    assert isinstance(statement.columns.amount, Packed)
    for read in (statement, again):
        assert told(lambda _, one=read: replace(one, taken=None), None)[1] == told(lambda _: rows, None)[1]
    assert statement.columns.occurrence[:3] == [1, 2, 1]
    assert statement.accounts == rows.accounts


def test_a_long_file_with_one_odd_row_names_it():
    statement = read_statement(
        long_export("2010-12-01,Ropes,abc\n", "2010-12-01,Hooks,(5.00)\n"), name="bank.csv"
    )
    assert [r.line for r in statement.rejected] == [4002]
    assert statement.columns.amount[4000] == Decimal("-5.00")
    assert len(statement.columns.row) == 9_001
