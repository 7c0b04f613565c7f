"""A table on its way to a statement: its rows below the header, and what has been found out about them so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from tai_ops.errors import UnreadableFile
from tai_ops.statements.amounts import AmountColumn, Mark, MixedMarks, is_amount, read_amounts
from tai_ops.statements.dates import (
    DateColumn,
    Order,
    conflicting,
    is_date,
    read_dates,
    shape_of,
    whole_dates_in,
)
from tai_ops.statements.layout import Layout, Positive
from tai_ops.statements.statement import Rejected
from tai_ops.statements.table import Table
from tai_ops.statements.words import CURRENCIES, SYMBOLS, years_in


@dataclass(frozen=True, slots=True)
class Said:
    """What the caller says, which goes before what the file shows; `card` is whether it is a card's statement."""

    date_order: Order | None = None
    positive: Positive | None = None
    decimal: Mark | None = None
    card: bool = False


@dataclass(slots=True)
class Reading:
    """The rows of a table, with `days` and `money` (signed cents) once they are read, and what is to be said of them."""

    name: str
    layout: Layout
    said: Said
    around: list[tuple[int, list[str]]]
    usual_order: Order | None = None
    sign_known: bool = True
    saved: bool = False
    key_known: bool = False
    raw: list[list[str]] = field(default_factory=list[list[str]])
    cells: list[list[str]] = field(default_factory=list[list[str]])
    lines: list[int] = field(default_factory=list[int])
    dates: DateColumn = field(default_factory=lambda: DateColumn("year", sure=True))
    days: list[date | None] = field(default_factory=list["date | None"])
    amounts: dict[int, AmountColumn] = field(default_factory=dict[int, AmountColumn])
    money: list[int | None] = field(default_factory=list["int | None"])
    reasons: dict[int, str] = field(default_factory=dict[int, str])
    sure: bool = True
    sure_sign: bool = True
    warnings: list[str] = field(default_factory=list[str])
    rejected: list[Rejected] = field(default_factory=list[Rejected])

    def column(self, n: int) -> list[str]:
        """The cells of a column."""
        return [row[n] for row in self.cells]

    def heading(self, n: int) -> str:
        """What to call a column in a message."""
        title = " ".join(self.layout.header[n].split())[:40] if n < len(self.layout.header) else ""
        return repr(title) if title else f"column {n + 1}"

    def decide(self, **decided: object) -> None:
        """Keep in the layout what the file showed."""
        self.layout = replace(self.layout, **decided)


def begun(table: Table, layout: Layout, body: int, name: str, said: Said) -> Reading:
    """A reading that knows the rows above the body and none below yet."""
    return Reading(name, layout, said, list(zip(table.lines[:body], table.rows[:body], strict=True)))


def reading_of(table: Table, layout: Layout, body: int, name: str, said: Said) -> Reading:
    """The rows below the header, each with as many cells as the table has columns; rows with more are rejected."""
    reading = begun(table, layout, body, name, said)
    rows, lines = table.rows[body:], table.lines[body:]
    width = layout.width
    if all(len(row) == width for row in rows):
        reading.raw, reading.cells, reading.lines = rows, rows, lines
        return reading
    for row, line in zip(rows, lines, strict=True):
        if any(cell.strip() for cell in row[width:]):
            if any(is_date(cell) or is_amount(cell) for cell in row):
                said_of = f"has {len(row)} cells where the table has {width} columns; a text with the delimiter in it needs quotes"
                reading.rejected.append(Rejected(line, said_of))
            continue
        reading.raw.append(row)
        reading.cells.append((row + [""] * (width - len(row)))[:width])
        reading.lines.append(line)
    return reading


def read_days(reading: Reading) -> None:
    """Read each row's date. UnreadableFile where the column's dates fit no one order."""
    columns = reading.layout.columns
    texts = reading.column(columns.date)
    read_date_texts(reading, texts, [reading.column(n) for n in columns.other_dates])
    reading.days = [reading.dates.dates[text] for text in texts]
    if columns.other_dates and None in reading.days:
        _fill_days(reading, texts, columns.other_dates)


def read_date_texts(reading: Reading, texts: Sequence[str], beside: Sequence[Sequence[str]] = ()) -> None:
    """Read the texts of the column of dates, and of those beside it; how often each stands there does not matter."""
    columns = reading.layout.columns
    order = reading.said.date_order
    clash = None if order else conflicting(texts)
    if clash:
        raise UnreadableFile(
            f"{reading.name}: {reading.heading(columns.date)} holds {clash[0]!r} and {clash[1]!r}, which no one date order "
            "fits; say --date-order day or month to read the rest"
        )
    usual = reading.layout.date_order or reading.usual_order
    said = [cell for _, row in reading.around for cell in row]
    years = sorted({year for cell in said for year in years_in(cell)})
    named = [day for cell in said for day in whole_dates_in(cell)]
    period = (min(named), max(named)) if len(named) > 1 and (max(named) - min(named)).days < 367 else None
    dates = read_dates(texts, order, usual=usual, beside=beside, years=years, period=period)
    if not dates.sure:
        _doubt_dates(reading, dates, years)
    if beside:
        more = read_dates(
            (text for column in beside for text in column), dates.order, years=years, period=period
        )
        dates.dates = more.dates | dates.dates
    reading.dates = dates


def _doubt_dates(reading: Reading, dates: DateColumn, years: Sequence[int]) -> None:
    reading.sure = False
    if any("no year" in reason for reason in dates.reasons.values()):
        return
    if len(years) > 1 and not any(
        shape and shape.kind in {"four", "two"} for shape in map(shape_of, dates.dates)
    ):
        reading.warnings.append(
            f"the dates carry no year, and the lines around them name {', '.join(map(str, years))}; check the years taken"
        )
        return
    reading.warnings.append(
        f"the dates fit more than one order, and {dates.order} first was taken; --date-order year, month or day decides"
    )


def _fill_days(reading: Reading, texts: Sequence[str], others: Sequence[int]) -> None:
    for n, day in enumerate(reading.days):
        if day is None and not texts[n].strip():
            found = (reading.dates.dates.get(reading.cells[n][k]) for k in others)
            reading.days[n] = next((other for other in found if other), None)


def read_amount_columns(reading: Reading) -> None:
    """Read every column of money; one that shows no decimal mark takes that of its neighbours."""
    columns = reading.layout.columns
    beside = [n for n in (columns.balance, columns.fee) if n is not None]
    places = list(dict.fromkeys([*reading.layout.columns.money, *beside]))
    read = {n: _amounts(reading, n, None) for n in places}
    shown = [n for n, column in read.items() if column.sure and column.marked]
    for n in places:
        if shown and n not in shown:
            read[n] = _amounts(reading, n, read[shown[0]].mark)
    if not all(read[n].sure for n in reading.layout.columns.money):
        reading.sure = False
        reading.warnings.append(
            "every amount has three digits behind its only mark, and thousands were taken; --decimal . or --decimal , decides"
        )
    if shown:
        reading.decide(decimal=read[shown[0]].mark)
    reading.amounts = read


def _amounts(reading: Reading, n: int, like: Mark | None) -> AmountColumn:
    """A column's amounts; its decimal mark is that of the rows with a date, whatever totals and remarks say."""
    texts = reading.column(n)
    mark = reading.said.decimal or reading.layout.decimal
    currency = _one_currency(reading)
    try:
        if mark is None and None in reading.days:
            dated = [text for text, day in zip(texts, reading.days, strict=True) if day]
            first = read_amounts(dated, None, currency, like)
            column = read_amounts(texts, first.mark, currency)
            column.sure = first.sure
            return column
        return read_amounts(texts, mark, currency, like)
    except MixedMarks as mixed:
        raise UnreadableFile(
            f"{reading.name}: {reading.heading(n)} writes {mixed}, a decimal comma and a decimal point in one column; "
            "correct the file, or say --decimal . or --decimal , to read the rows that fit"
        ) from None


def _one_currency(reading: Reading) -> str | None:
    """The currency of the whole file, where it is one."""
    place = reading.layout.columns.currency
    if reading.layout.currency or place is None:
        return reading.layout.currency
    codes = {code for text in set(reading.column(place)) if (code := currency_code(text))}
    return codes.pop() if len(codes) == 1 else None


def currency_code(text: str) -> str | None:
    """The ISO code in a cell of a currency column; None where there is none."""
    plain = text.strip()
    return plain.upper() if plain.upper() in CURRENCIES else SYMBOLS.get(plain.lower())
