"""What is measured and said of a customer besides its accuracy: needs and costs, types of errors, parallel counts, mood.

Source: R1.26, R1.30, R1.32, R1.55; requirements.md O9.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from tai_ops.errors import Refused
from tai_ops.money import percent
from tai_ops.words import number

FIGURES: Mapping[str, tuple[str, str]] = {
    "needed_hours": ("Counting hours it needs, per warehouse and quarter", "hours"),
    "hour_cost": ("What an hour of counting costs", "money"),
    "worth_year": ("What the result is worth a year, in the customer's words", "money"),
}
"""Each single figure with what it is and its unit."""
MOMENTS = {"baseline": "before TAI", "current": "now"}
MOST_TYPES = 5
USUAL_TYPES = ("Lost items", "Location errors", "Data entry")
ACCEPTABLE_VARIANCE_PCT = Decimal(5)
MOST = Decimal(10) ** 9

Moment = Literal["baseline", "current"]


@dataclass(frozen=True, slots=True)
class ErrorType:
    """A type of error as it was measured on a day; `per_month` is None where it was named and not counted."""

    measured_on: date
    moment: str
    name: str
    per_month: Decimal | None


@dataclass(frozen=True, slots=True)
class ErrorChange:
    """A type of error before and now; `gone` says whether it is eliminated, None where that is not known."""

    name: str
    before: Decimal | None
    now: Decimal | None
    gone: bool | None
    said: str


@dataclass(frozen=True, slots=True)
class ParallelCount:
    """A warehouse counted by hand and with TAI at the same time."""

    warehouse: str
    counted_on: date
    manual_qty: Decimal
    tai_qty: Decimal

    @property
    def variance_pct(self) -> Decimal | None:
        """How far TAI's count is off the one by hand, in per cent of that; None where that is 0."""
        return percent(abs(self.tai_qty - self.manual_qty), self.manual_qty)

    @property
    def is_acceptable(self) -> bool | None:
        """Whether it is under 5 % (R1.30); None where there is nothing to divide by."""
        off = self.variance_pct
        return None if off is None else off < ACCEPTABLE_VARIANCE_PCT

    @property
    def said(self) -> str:
        """The count in one line."""
        both = f"{_plain(self.manual_qty)} by hand, {_plain(self.tai_qty)} with TAI"
        off = self.variance_pct
        if off is None:
            return f"{both}: nothing counted by hand to compare with"
        return f"{both}: {number(off, 'pct', decimals=2)} apart, {'under' if self.is_acceptable else 'not under'} 5 %"


@dataclass(frozen=True, slots=True)
class CustomerMeasures:
    """All of it for one customer, the newest of each; `need_from` says where the needed hours come from."""

    figures: Mapping[str, Decimal]
    need_from: str
    error_types: tuple[ErrorType, ...]
    parallel: tuple[ParallelCount, ...]
    sentiments: tuple[tuple[date, str, str | None], ...]

    @property
    def needed_hours(self) -> Decimal | None:
        """The counting hours that the customer itself said it needs; None where it said nothing."""
        return self.figures.get("needed_hours")


NOTHING = CustomerMeasures({}, "", (), (), ())


def error_changes(types: Iterable[ErrorType]) -> tuple[ErrorChange, ...]:
    """The types of the newest baseline beside the newest current figures, the most frequent first.

    A type is eliminated where it was counted now and there is none; what the current measurement doesn't name is not
    known to be gone.
    """
    listed = list(types)
    before, now = _newest(listed, "baseline"), _newest(listed, "current")
    found = [_change(name, before.get(name), now.get(name), bool(now)) for name in before]
    found += [
        ErrorChange(one.name, None, one.per_month, None, "not among the baseline's types")
        for key, one in now.items()
        if key not in before
    ]
    return tuple(sorted(found, key=lambda one: (-(one.before or 0), one.name)))


def _newest(types: Iterable[ErrorType], moment: str) -> dict[str, ErrorType]:
    own = [one for one in types if one.moment == moment]
    last = max((one.measured_on for one in own), default=None)
    return {one.name.casefold(): one for one in own if one.measured_on == last}


def _change(key: str, before: ErrorType | None, now: ErrorType | None, measured: bool) -> ErrorChange:
    was = before.per_month if before else None
    name = before.name if before else key
    if now is None or now.per_month is None:
        return ErrorChange(name, was, None, None, "not counted now" if measured else "not measured again yet")
    if now.per_month == 0:
        return ErrorChange(name, was, now.per_month, True, "eliminated")
    if was is None:
        return ErrorChange(name, was, now.per_month, False, f"{_plain(now.per_month)} a month")
    less = was - now.per_month
    said = (
        f"{_plain(less)} fewer a month"
        if less > 0
        else f"{_plain(-less)} more a month"
        if less
        else "as before"
    )
    return ErrorChange(name, was, now.per_month, False, said)


def checked_type(name: str) -> str:
    """The name of a type of error; Refused where it is empty or too long."""
    text = " ".join(name.split())
    if not text:
        raise Refused("name the type of error, such as Location errors")
    if len(text) > 80:
        raise Refused("a type of error has at most 80 characters; the rest belongs into a note")
    return text


def amount(text: str, what: str, *, empty: bool = True) -> Decimal | None:
    """A figure as typed, None where it is empty; Refused where it is no number of 0 or more."""
    plain = text.strip().replace("\N{NO-BREAK SPACE}", "")
    if not plain:
        if empty:
            return None
        raise Refused(f"{what}: enter a number")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise Refused(f"{what}: {plain!r} is no number; write it as 1234.5") from None
    if not value.is_finite() or value < 0 or value > MOST:
        raise Refused(f"{what}: a number from 0 to a billion, not {plain}")
    return value


def _plain(value: Decimal) -> str:
    rounded = round(value, 1)
    return f"{round(rounded) if rounded == round(rounded) else rounded:,}"
