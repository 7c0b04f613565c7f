"""Dates as banks print them; whether the day or the month stands first is decided over the whole column.

Read: `2026-01-31`, `31.01.2026`, `1/31/26`, `20260131`, `31 Jan 2026`, `Jan 31, 2026`, `31. Januar 2026`, with a
time behind them or not, month names in a dozen languages, and `31.01.` where the file names the year elsewhere.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from tai_ops.statements.amounts import cleaned
from tai_ops.statements.words import fold

FIRST_YEAR, LAST_YEAR = 1950, 2100
"""The years that a statement can be of; what lies outside is a mistyped century."""
Order = Literal["year", "month", "day"]
Kind = Literal["year", "month", "day", "four", "two", "yearless", "yearless_day", "yearless_month"]

_TIME = r"(?:(?:T|[\s,/]+)\d{1,2}[:.]\d{2}[\d:.,]*\s*(?:[APap]\.?[Mm]\.?)?\s*(?:Z|UTC|GMT|[A-Z]{3,4})?\s*(?:[+-]\d{2}:?\d{2})?\s*(?:UTC|[A-Z]{3,4})?)?"
_NUMERIC = re.compile(rf"(\d{{1,4}})(\s?[-/.]\s?|\s)(\d{{1,2}})(?:\2|[-/.])\s?(\d{{1,4}})\.?{_TIME}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{4}|T?\d{6}|T?\d{9})?|(\d{8})")
_SHORT = re.compile(r"(\d{2})(\d{2})(\d{2})")
_DAY_NAMED = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s.\-/]*(?:de |d')?\s*([^\W\d_]{{3,}})\.?[\s.,\-/]*(?:de |del )?\s*(\d{{4}}|'?\d{{2}})?{_TIME}"
)
_NAMED_DAY = re.compile(
    rf"([^\W\d_]{{3,}})\.?[\s\-/]*(\d{{1,2}})(?:st|nd|rd|th)?\b[\s.,\-/]*(\d{{4}}|'?\d{{2}})?{_TIME}"
)
_YEAR_NAMED = re.compile(rf"(\d{{4}})\.?[\s\-/]*([^\W\d_]{{3,}})\.?[\s\-/]*(\d{{1,2}})\.?{_TIME}")
_YEARLESS = re.compile(r"(\d{1,2})[-/.](\d{1,2})\.?")
_WEEKDAY = re.compile(r"^[^\W\d_]{2,10}\.?,?\s+(?=\d|[^\W\d_]{3})")
_MONTHS = """january february march april may june july august september october november december
januar februar marz april mai juni juli august september oktober november dezember
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
januari februari maart april mei juni juli augustus september oktober november december
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
januari februari mars april maj juni juli augusti september oktober november december
tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesakuuta heinakuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia
januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik"""
_MONTHS_BESIDES = {
    "mar": 3,
    "mrt": 3,
    "jui": 7,
    "jul": 7,
    "sept": 9,
    "mei": 5,
    "май": 5,
    "маи": 5,
    "jän": 1,
    "janner": 1,
    "jan": 1,
    "mrz": 3,
    "avr": 4,
    "des": 12,
    "desember": 12,
    "dez": 12,
}


Period = tuple[date, date]
_DATE_IN_TEXT = re.compile(r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?!\d)")


class Shape(NamedTuple):
    """A date as it is written: three numbers and what is known of their order."""

    kind: Kind
    first: int
    second: int
    third: int


@dataclass(slots=True)
class DateColumn:
    """The dates of a column by their text; None with a reason where a text is no date, None alone for a blank cell."""

    order: Order
    sure: bool
    dates: dict[str, date | None] = field(default_factory=dict[str, date | None])
    reasons: dict[str, str] = field(default_factory=dict[str, str])


def _month_numbers() -> dict[str, int]:
    """Month names and their beginnings of three letters or more, folded, where they mean one month only."""
    meant: dict[str, set[int]] = {}
    for language in _MONTHS.splitlines():
        for number, name in enumerate(language.split(), start=1):
            plain = fold(name)
            for size in range(3, len(plain) + 1):
                meant.setdefault(plain[:size], set()).add(number)
    numbers = {name: months.pop() for name, months in meant.items() if len(months) == 1}
    return numbers | {fold(name): number for name, number in _MONTHS_BESIDES.items()}


_MONTH_NUMBERS = _month_numbers()


@lru_cache(maxsize=50_000)
def shape_of(text: str) -> Shape | None:
    """The date that the cell holds, as it is written; None where the cell holds none."""
    plain = cleaned(text)
    if not 4 <= len(plain) <= 45:
        return None
    found = _NUMERIC.fullmatch(plain)
    if found:
        return _numeric_shape(found[1], found[3], found[4])
    if plain.isdigit() and plain.isascii():
        return _compact_shape(plain)
    if found := _COMPACT.fullmatch(plain):
        return _compact_shape(plain[:8])
    bare = _WEEKDAY.sub("", plain)
    if bare != plain and bare[0].isdigit() and (found := _NUMERIC.fullmatch(bare)):
        return _numeric_shape(found[1], found[3], found[4])
    return _named_shape(plain) or (_named_shape(bare) if bare != plain else None) or _yearless_shape(plain)


def _numeric_shape(first: str, second: str, third: str) -> Shape | None:
    sizes = len(first), len(third)
    if sizes[0] == 4 and sizes[1] <= 2:
        return Shape("year", int(first), int(second), int(third))
    if sizes[0] <= 2 and sizes[1] == 4:
        return Shape("four", int(first), int(second), int(third))
    if sizes[0] <= 2 and sizes[1] == 2:
        return Shape("two", int(first), int(second), int(third))
    return None


def _compact_shape(digits: str) -> Shape | None:
    if len(digits) == 14 or len(digits) == 12:
        digits = digits[:8]
    if len(digits) != 8:
        return None
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if 1950 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31:
        return Shape("year", year, month, day)
    if 1950 <= int(digits[4:]) <= 2100:
        return Shape("four", int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    return None


def _named_shape(plain: str) -> Shape | None:
    if found := _DAY_NAMED.fullmatch(plain):
        month = _MONTH_NUMBERS.get(fold(found[2]))
        if month:
            if found[3] is None:
                return Shape("yearless_day", 0, month, int(found[1]))
            return Shape("day", _whole_year(found[3]), month, int(found[1]))
    if found := _NAMED_DAY.fullmatch(plain):
        month = _MONTH_NUMBERS.get(fold(found[1]))
        if month:
            if found[3] is None:
                return Shape("yearless_month", 0, month, int(found[2]))
            return Shape("month", _whole_year(found[3]), month, int(found[2]))
    if found := _YEAR_NAMED.fullmatch(plain):
        month = _MONTH_NUMBERS.get(fold(found[2]))
        if month:
            return Shape("year", int(found[1]), month, int(found[3]))
    return None


def _yearless_shape(plain: str) -> Shape | None:
    found = _YEARLESS.fullmatch(plain)
    return Shape("yearless", int(found[1]), int(found[2]), 0) if found else None


def _whole_year(text: str) -> int:
    year = int(text.lstrip("'"))
    if len(text.lstrip("'")) == 4:
        return year
    return year + (2000 if year < 70 else 1900)


def is_date(text: str) -> bool:
    """Whether the cell holds a date with its year."""
    shape = shape_of(text)
    return shape is not None and not shape.kind.startswith("yearless") and _any_reading(shape)


def is_day_and_month(text: str) -> bool:
    """Whether the cell holds a date whose year stands elsewhere."""
    shape = shape_of(text)
    return shape is not None and shape.kind.startswith("yearless") and _any_reading(shape)


def _any_reading(shape: Shape) -> bool:
    year = 2024 if shape.kind.startswith("yearless") else None
    return any(_dated(shape, order, year) for order in ("day", "month", "year"))


def _dated(shape: Shape, order: Order, year: int | None) -> date | None:
    """The calendar date of the shape under that order; None where there is none."""
    kind, a, b, c = shape
    if kind in {"year", "month", "day"}:
        return calendar_day(a, b, c)
    if kind in {"yearless_day", "yearless_month"}:
        return calendar_day(year, b, c) if year else None
    if kind == "yearless":
        return (
            None
            if year is None
            else calendar_day(year, a, b)
            if order == "month"
            else calendar_day(year, b, a)
        )
    if order == "year":
        return calendar_day(_whole_year(f"{a:02d}"), b, c) if kind == "two" else None
    whole = c if kind == "four" else _whole_year(f"{c:02d}")
    return calendar_day(whole, a, b) if order == "month" else calendar_day(whole, b, a)


def calendar_day(year: int, month: int, day: int) -> date | None:
    """The day of the calendar, from 1950 to 2100; None where there is none."""
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def read_dates(
    texts: Iterable[str],
    order: Order | None = None,
    *,
    usual: Order | None = None,
    beside: Sequence[Iterable[str]] = (),
    years: Sequence[int] = (),
    period: Period | None = None,
) -> DateColumn:
    """Every distinct text of a column as a date.

    `order` is what the caller says, whatever the column shows; `usual` is what the account's saved layout says, for
    columns that show nothing. Else a part above 12 decides, in this column or in those `beside` it; else the reading
    is not sure. For dates without a year: `years` are those named elsewhere in the file, `period` is the one it states.
    Source: finance.md section 3, rule 7.
    """
    ordered = list(dict.fromkeys(texts))
    shapes = {text: shape_of(text) for text in ordered}
    present = [shape for shape in shapes.values() if shape]
    shown, sure = (order, True) if order else _order_of(present, usual, beside)
    column = DateColumn(shown, sure)
    yearless = any(shape.kind.startswith("yearless") for shape in present)
    if yearless and len(set(years)) != 1 and period is None:
        column.sure = False
    for text, shape in shapes.items():
        found = _dated(shape, shown, None) if shape else None
        if shape and shape.kind.startswith("yearless"):
            found = _in_its_year(shape, shown, years, period)
        column.dates[text] = found
        if found is None and text.strip():
            column.reasons[text] = _why(text, shape, shown, years)
    return column


def _in_its_year(shape: Shape, order: Order, years: Sequence[int], period: Period | None) -> date | None:
    """A day and a month in the year that the period gives it, else in the one year named; late months in the former of two."""
    dated = [day for year in sorted(set(years)) if (day := _dated(shape, order, year))]
    if period:
        start, end = period
        return min(dated, key=lambda day: max((start - day).days, (day - end).days, 0), default=None)
    if len(dated) == 2 and dated[1].year == dated[0].year + 1:
        return dated[0] if dated[0].month > 6 else dated[1]
    return dated[-1] if dated else None


def whole_dates_in(text: str) -> list[date]:
    """The dates with their year that a text names, day first where both orders would do."""
    shapes = [shape for found in _DATE_IN_TEXT.findall(text) if (shape := shape_of(found))]
    read = [_dated(shape, "day", None) or _dated(shape, "month", None) for shape in shapes]
    return [day for day in read if day]


def _order_of(
    present: list[Shape], usual: Order | None, beside: Sequence[Iterable[str]]
) -> tuple[Order, bool]:
    fixed = [shape for shape in present if shape.kind not in {"four", "two", "yearless"}]
    loose = [shape for shape in present if shape.kind in {"four", "two", "yearless"}]
    if _year_stands_first(loose):
        return "year", False
    if not loose:
        kind = fixed[0].kind if fixed else "year"
        return (
            "day" if kind == "yearless_day" else "month" if kind == "yearless_month" else _order_named(kind)
        ), True
    decided = _evidence(loose)
    if decided:
        return decided, True
    for column in beside:
        neighbours = [s for s in (shape_of(text) for text in set(column)) if s and s.kind in {"four", "two"}]
        decided = _evidence(neighbours)
        if decided and decided != "year":
            return decided, True
    if all(_dated(s, "day", 2024) == _dated(s, "month", 2024) for s in loose):
        return usual or "day", True
    if usual:
        return usual, True
    return _likelier(loose), False


def _year_stands_first(loose: list[Shape]) -> bool:
    """Whether `24/01/15` reads as a year, a month and a day: the first part stays, the last one runs."""
    short = [s for s in loose if s.kind == "two"]
    if len(short) < len(loose) or len({s.third for s in short}) < 3 or len({s.first for s in short}) > 2:
        return False
    return all(_dated(s, "year", None) for s in short)


def _order_named(kind: Kind) -> Order:
    return "month" if kind == "month" else "day" if kind == "day" else "year"


def _evidence(loose: list[Shape]) -> Order | None:
    """The order that the dates allow and the other does not; None where both are possible or neither is."""
    day = sum(1 for s in loose if _dated(s, "day", 2024) and not _dated(s, "month", 2024))
    month = sum(1 for s in loose if _dated(s, "month", 2024) and not _dated(s, "day", 2024))
    if day and month:
        few, many = sorted((day, month))
        return None if few * 10 > many else "day" if day > month else "month"
    if day or month:
        return "day" if day else "month"
    impossible = [
        s for s in loose if s.kind == "two" and not _dated(s, "day", None) and _dated(s, "year", None)
    ]
    if impossible:
        return "year"
    if any(s.first > 12 >= s.second for s in loose):
        return "day"
    return "month" if any(s.second > 12 >= s.first for s in loose) else None


def conflicting(texts: Iterable[str]) -> tuple[str, str] | None:
    """One date that can only be day first and one that can only be month first, where a column holds both evenly."""
    day: list[str] = []
    month: list[str] = []
    for text in dict.fromkeys(texts):
        shape = shape_of(text)
        if shape is None or shape.kind not in {"four", "two"}:
            continue
        as_day, as_month = _dated(shape, "day", None), _dated(shape, "month", None)
        if bool(as_day) != bool(as_month):
            (day if as_day else month).append(text)
    few, many = sorted((len(day), len(month)))
    return (day[0], month[0]) if few and few * 10 > many else None


def _likelier(loose: list[Shape]) -> Order:
    """The order under which the dates lie closer together; day first where both are alike."""
    spans: dict[Order, int] = {}
    for order in ("day", "month"):
        days = [d.toordinal() for d in (_dated(s, order, 2024) for s in loose) if d]
        spans[order] = max(days) - min(days) if days else 0
    return "month" if spans["month"] < spans["day"] else "day"


def _why(text: str, shape: Shape | None, order: Order, years: Sequence[int]) -> str:
    plain = " ".join(text.split())
    shown = repr(plain if len(plain) <= 40 else plain[:37] + "...")
    if shape is None:
        return f"{shown} is not a date"
    if shape.kind.startswith("yearless") and not years:
        return f"{shown} has no year, and the file names none; write it in a line of its own above the table"
    year = re.search(r"(?<!\d)\d{4}(?!\d)", plain)
    if year and not FIRST_YEAR <= int(year.group()) <= LAST_YEAR:
        return f"{shown} is not a date between {FIRST_YEAR} and {LAST_YEAR}"
    return (
        f"{shown} is no date of the calendar"
        if not _any_reading(shape)
        else f"{shown} is no date with the {order} first"
    )
