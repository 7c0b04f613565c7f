"""Numbers and dates in words for people: the same figure reads the same on a page, in a letter and in a sentence."""

from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from tai_ops.money import cents

DASH = "–"
MINUS = "−"
UP, DOWN = "▲", "▼"
CENTS_BELOW = 100
MARKS = {"met": "✓ met", "floor": "≈ floor", "missed": "✗ missed", "no_data": "– no data"}
"""The four states of a number, each with its shape and its word."""

Number = Decimal | int | date
_SUFFIX = {"pct": " %", "ms": " ms", "minutes": " min", "ratio": "×"}
_COUNTED = {"points": "point", "months": "month", "days": "day"}
_PLACES = {"pct": None, "points": 1, "months": 1, "days": 0, "minutes": 1, "ms": 0, "ratio": 1, "score": 1}
_WHOLE_IF_WHOLE = {"minutes", "score", "points"}


def money(amount: Decimal, currency: str = "USD", *, exact: bool = False) -> str:
    """An amount such as `$7,500`; cents where it is below 100 or where `exact` asks for them."""
    size = abs(cents(amount))
    places = 2 if exact or (size < CENTS_BELOW and size != size.to_integral_value()) else 0
    digits = _grouped(size, places)
    symbol = _symbol(currency)
    sign = MINUS if amount < 0 and any(digit in "123456789" for digit in digits) else ""
    return f"{sign}{symbol}{digits}"


def number(
    value: Number | None,
    unit: str,
    currency: str = "USD",
    *,
    decimals: int | None = None,
    exact: bool = False,
) -> str:
    """A value with its unit, as the KPI catalogue names units; a dash where it is None.

    `decimals` holds for per cent alone; 1 unless told.
    """
    if value is None:
        return DASH
    if isinstance(value, date):
        return day(value)
    if unit in {"money", "money_per_day"}:
        return money(Decimal(value), currency, exact=exact) + (" a day" if unit == "money_per_day" else "")
    return _with_unit(_digits(Decimal(value), unit, decimals), unit)


def aim(value: Number | None, unit: str, currency: str = "USD") -> str:
    """A target with its unit and no more places than it has, such as `97 %`."""
    if isinstance(value, Decimal) and unit not in {"money", "money_per_day"}:
        whole = value.normalize()
        exponent = whole.as_tuple().exponent
        places = max(0, -exponent) if isinstance(exponent, int) else 0
        return _with_unit(_signed(whole, places), unit)
    return number(value, unit, currency)


def day(value: date) -> str:
    """A date such as `Fri 20 Feb 2026`."""
    return f"{value:%a} {value.day} {value:%b %Y}"


def short_day(value: date) -> str:
    """A date of a year that the reader knows, such as `Fri 20 Feb`."""
    return f"{value:%a} {value.day} {value:%b}"


def instant(moment: datetime, zone: tzinfo) -> str:
    """An instant on the company's clock, such as `Fri 20 Feb 2026 16:00 EST`."""
    local = moment.astimezone(zone)
    name = local.tzname() or ""
    return f"{day(local.date())} {local:%H:%M} {'UTC' + name if name[:1] in '+-' else name}".rstrip()


def mark(state: str | None) -> str:
    """A mark with its shape and its word, such as `✓ met`; empty where nothing is targeted."""
    return MARKS[state] if state else ""


def change(
    now: Number | None,
    before: Number | None,
    unit: str,
    period: str,
    currency: str = "USD",
    *,
    decimals: int | None = None,
) -> str:
    """How a value moved, such as `▲ $3,333 vs February`; a dash with its reason where neither is known, empty
    where one of the two is not.

    Between two percentages the difference is in points. What rounds to nothing is `no change`.
    """
    if now is None or before is None:
        return f"{DASH} vs {period}: neither is known" if now is before else ""
    step, said = _difference(now, before, unit, currency, decimals)
    if step == 0 or not any(digit in "123456789" for digit in said):
        return f"no change vs {period}"
    return f"{UP if step > 0 else DOWN} {said} vs {period}"


def unknown(reason: str | None) -> str:
    """A number that is not known: a dash, and why."""
    return f"{DASH} ({reason})" if reason else DASH


def listed(things: list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} {last} {things[-1]}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 customer`, `3 customers`, `no customers`."""
    return several(count, noun, plural) if count else f"no {plural or noun + 's'}"


def several(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun where nothing is a number too: `1 customer`, `0 customers`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _difference(
    now: Number, before: Number, unit: str, currency: str, decimals: int | None
) -> tuple[Decimal, str]:
    if isinstance(now, date) or isinstance(before, date):
        if not (isinstance(now, date) and isinstance(before, date)):
            return Decimal(0), ""
        step = Decimal((now - before).days)
        return step, number(abs(step), "days")
    step = Decimal(now) - Decimal(before)
    shown = "points" if unit in {"pct", "score"} else unit
    if shown == "points" and unit == "pct":
        return step, f"{_grouped(abs(step), 1 if decimals is None else decimals)} points"
    return step, number(abs(step), shown, currency)


def _with_unit(digits: str, unit: str) -> str:
    if unit in _COUNTED:
        return f"{digits} {_COUNTED[unit]}{'' if digits.removeprefix(MINUS) == '1' else 's'}"
    return digits + _SUFFIX.get(unit, "")


def _signed(value: Decimal, places: int) -> str:
    digits = _grouped(abs(value), places)
    return (MINUS if value < 0 and any(digit in "123456789" for digit in digits) else "") + digits


def _digits(value: Decimal, unit: str, decimals: int | None) -> str:
    places = (1 if decimals is None else decimals) if unit == "pct" else _PLACES.get(unit) or 0
    if unit in _WHOLE_IF_WHOLE and value == value.to_integral_value():
        places = 0
    return _signed(value, places)


def _grouped(size: Decimal, places: int) -> str:
    rounded = size.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{rounded:,.{places}f}"


@cache
def _symbol(currency: str) -> str:
    from babel.numbers import get_currency_symbol

    symbol = get_currency_symbol(currency, locale="en_US")
    return f"{symbol} " if symbol[-1:].isalpha() else symbol
