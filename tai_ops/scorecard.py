"""The scorecard of the weekly review: each number over the last weeks and months, with what its variation says.

Source: requirements.md 5C (6 weeks and 12 months side by side, target, mark, owner; XmR limits once there are 6 points).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tai_ops import xmr
from tai_ops.kpi import Kpi, Measured, Unit, Value
from tai_ops.matters import kpi_owner
from tai_ops.period import Month

WEEKS_SHOWN = 6
WEEKS_JUDGED = 13
MONTHS_SHOWN = 12
OWNERS = ("ceo", "csm", "vp_sales", "sales_coordinator", "cto", "cfo")
_CEILINGS: Mapping[Unit, Decimal] = {"pct": Decimal(100)}
_NO_FLOOR: frozenset[Unit] = frozenset({"money", "money_per_day", "points", "score", "ratio"})


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One number: its weeks and months, the oldest first, the limits that they make, and what the newest one says.

    `weeks` holds all weeks that were read, of which the last six are shown; a value is None where it is not known. The
    weeks are what is judged; of a number that adds up over the month they do not compare, so its whole months are.
    """

    measured: Measured
    owner: str
    weeks: tuple[tuple[date, Value | None], ...]
    months: tuple[tuple[Month, Value | None], ...]
    limits: xmr.Limits | None
    signal: str | None

    @property
    def judged(self) -> tuple[tuple[date, Value | None], ...]:
        """The values that are judged against one another, each with its last day: weeks, or the whole months."""
        return judged_of(self.measured.kpi, self.weeks, self.months)

    @property
    def span(self) -> str:
        """What is judged: a week or a month."""
        return "month" if self.measured.kpi.over == "month" else "week"

    @property
    def points(self) -> list[Decimal]:
        """The judged values that are numbers, the oldest first."""
        return numbers([value for _, value in self.judged])

    @property
    def says(self) -> str:
        """What the variation says, in words."""
        if self.limits is None:
            return f"fewer than {xmr.FEWEST_POINTS} {self.span}s on record"
        firm = f", limits provisional from {self.limits.n} {self.span}s" if self.limits.provisional else ""
        if self.judged[-1][1] is None:
            return f"not known of the newest {self.span}{firm}"
        return f"signal: {self.signal}{firm}" if self.signal else f"routine variation{firm}"


def judged_of(
    kpi: Kpi, weeks: tuple[tuple[date, Value | None], ...], months: tuple[tuple[Month, Value | None], ...]
) -> tuple[tuple[date, Value | None], ...]:
    """The values of a number that compare: its weeks; where it adds up over the month, the months before the newest."""
    if kpi.over != "month":
        return weeks
    return tuple((month.last_day, value) for month, value in months[:-1])


def score_rows(
    kpis: Mapping[str, Measured],
    weeks: Mapping[date, Mapping[str, Value | None]],
    months: Mapping[Month, Mapping[str, Value | None]],
) -> tuple[ScoreRow, ...]:
    """Every number of the catalogue by owner; `weeks` and `months` hold the values read, the oldest first."""
    rows = [_row(one, weeks, months) for one in kpis.values()]
    return tuple(sorted(rows, key=lambda row: OWNERS.index(row.owner)))


def numbers(values: list[Value | None]) -> list[Decimal]:
    """Those of the values that are numbers."""
    return [Decimal(value) for value in values if value is not None and not isinstance(value, date)]


def process_limits(kpi: Kpi, points: list[Decimal]) -> xmr.Limits | None:
    """The limits of a number's judged values, inside its natural bounds; None where there are too few."""
    floor = None if kpi.unit in _NO_FLOOR else Decimal(0)
    return xmr.limits(points, floor=floor, ceiling=_CEILINGS.get(kpi.unit))


def _row(
    one: Measured,
    weeks: Mapping[date, Mapping[str, Value | None]],
    months: Mapping[Month, Mapping[str, Value | None]],
) -> ScoreRow:
    name = one.kpi.id
    seen = tuple((friday, values.get(name)) for friday, values in weeks.items())
    by_month = tuple((month, values.get(name)) for month, values in months.items())
    judged = judged_of(one.kpi, seen, by_month)
    points = numbers([value for _, value in judged])
    limits = process_limits(one.kpi, points)
    newest_known = bool(judged) and judged[-1][1] is not None
    return ScoreRow(
        one,
        kpi_owner(one.kpi),
        seen,
        by_month,
        limits,
        xmr.signal(points, limits) if limits and newest_known else None,
    )
