"""The period that a page is about, and the earlier one that each number is compared with.

Flows are compared with the stretch of time before, states with the state at its end, sums of a month with the month
before up to the same day.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tai_ops.board import Window, window_of_month, window_of_week, window_on
from tai_ops.errors import WrongUsage
from tai_ops.kpi import Kpi, Value
from tai_ops.period import BusinessCalendar, Month, Week, parse_date
from tai_ops.words import day, short_day

_MONEY_AREAS = ("revenue", "cash", "unit economics")
OF_PIPELINE = frozenset(
    {
        "pipeline_open",
        "pipeline_discovery",
        "pipeline_proposal",
        "pipeline_closing",
        "pipeline_weighted",
        "sales_velocity",
        "coverage",
    }
)
"""Numbers of the deals as they stood: a window of its own reads them from what was recorded of each deal."""
NO_PAST = OF_PIPELINE | frozenset(
    {
        "customers_live",
        "customers_onboarding",
        "onboarding_complete_pct",
        "commitments_kept_pct",
        "blockers_open",
    }
)
"""Numbers whose earlier value the facts of now don't tell; all but those of the pipeline are kept as they are now alone."""


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier window and what a reader calls it."""

    window: Window
    name: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What a KPI was in the period before, and what that period is called."""

    value: Value | None
    period: str


@dataclass(frozen=True, slots=True)
class Period:
    """What the page is about: its code in the address, its name, its window, and what each number is compared with.

    Flows are compared with `flows`, states with `states`, states of money with `money`, sums of a month with `sums`.
    """

    code: str
    name: str
    window: Window
    flows: Before
    states: Before
    money: Before
    sums: Before

    def before(self, kpi: Kpi) -> Before:
        """The window that a KPI is compared with."""
        if kpi.over == "flow":
            return self.flows
        if kpi.over == "month":
            return self.sums
        return self.money if kpi.area in _MONEY_AREAS else self.states


def period(code: str, calendar: BusinessCalendar, now: datetime) -> Period:
    """The period of a code: `now`, `30-days`, a Friday such as `2026-03-27`, or a month such as `2026-02`.

    WrongUsage says what a code may be.
    """
    if code in {"", "now"}:
        return _days(7, "now", calendar, now)
    if code.endswith("-days") and code.removesuffix("-days").isdecimal() and 0 < int(code[:-5]) <= 366:
        return _days(int(code.removesuffix("-days")), code, calendar, now)
    if len(code) == 7:
        return _month(Month.parse(code), code, calendar, now)
    if len(code) == 10:
        return _week(Week.parse(code), code, calendar, now)
    raise WrongUsage(f"{code!r} is no period; write now, 30-days, a Friday such as 2026-03-27, or 2026-02")


def periods(calendar: BusinessCalendar, now: datetime) -> dict[str, str]:
    """The periods that one may choose, by code: the days up to now, thirteen Fridays, twelve whole months."""
    today = calendar.local_date(now)
    last = Week.of_instant(now, calendar.zone)
    weeks = [str(last.plus(-back)) for back in range(14)]
    months = [str(Month.of(today).plus(-back)) for back in range(1, 13)]
    return {code: period_name(code) for code in ("now", "30-days", "90-days", *weeks, *months)}


def period_name(code: str) -> str:
    """What a period is called, by its code alone."""
    if code in {"", "now"}:
        return "Now (last 7 days)"
    if code.endswith("-days"):
        return f"Last {code.removesuffix('-days')} days"
    if len(code) == 7:
        return Month.parse(code).name
    return f"Week to {day(parse_date(code))}"


def _days(count: int, code: str, calendar: BusinessCalendar, now: datetime) -> Period:
    today, length = calendar.local_date(now), timedelta(days=count)
    whole = window_on(today, calendar, now)
    window = whole if count == 7 else _flowing(whole, count)
    earlier = _flowing(window_on(today - length, calendar, now), count)
    earlier = replace(
        earlier, as_of=window.as_of - length, flow=(window.flow[0] - length, window.flow[1] - length)
    )
    ago = "a week ago" if count == 7 else f"{count} days ago"
    before = Before(earlier, f"the {count} days before")
    states = Before(earlier, ago)
    last_month = window.month.plus(-1)
    funds = (
        Before(window_of_month(last_month, calendar, now), last_month.name.split()[0])
        if count == 7
        else states
    )
    return Period(code, period_name(code), window, before, states, funds, _month_before(window))


def _flowing(window: Window, days: int) -> Window:
    return replace(
        window,
        flow=(window.as_of - timedelta(days=days), window.as_of),
        flow_days=(window.day - timedelta(days=days - 1), window.day),
        words=f"{days} days to {day(window.day)}",
    )


def _week(week: Week, code: str, calendar: BusinessCalendar, now: datetime) -> Period:
    window = window_of_week(week, calendar, now)
    earlier = window_of_week(week.plus(-1), calendar, now)
    friday = Before(earlier, short_day(week.plus(-1).friday))
    flows = Before(earlier, f"week to {friday.name}")
    return Period(code, period_name(code), window, flows, friday, friday, _month_before(window))


def _month(month: Month, code: str, calendar: BusinessCalendar, now: datetime) -> Period:
    window = window_of_month(month, calendar, now)
    sums = _month_before(window)
    if window.until < month.end:
        earlier = window_of_month(month.plus(-1), calendar, now)
        share = window.flow_days[1] - window.flow_days[0]
        first, start = earlier.flow_days[0], earlier.flow[0]
        cut = replace(
            earlier,
            flow=(start, start + (window.as_of - window.flow[0])),
            flow_days=(first, min(first + share, earlier.day)),
        )
        return Period(code, period_name(code), window, Before(cut, sums.name), Before(earlier, sums.window.month.name),
                      Before(earlier, earlier.month.name), sums)  # fmt: skip
    whole = Before(window_of_month(month.plus(-1), calendar, now), month.plus(-1).name)
    return Period(code, period_name(code), window, whole, whole, whole, sums)


def _month_before(window: Window) -> Before:
    """The month before up to the same day, or all of it beside a whole month."""
    month = window.month.plus(-1)
    if window.until >= window.month.end:
        until, name = month.end, month.name
    else:
        until = min(month.start + (window.until - window.month.start), month.end)
        last = until - timedelta(days=1)
        name = f"1{f'–{last.day}' if last.day > 1 else ''} {last:%b}"
    as_of = window.as_of - (window.until - until)
    return Before(
        replace(
            window,
            as_of=as_of,
            month=month,
            until=until,
            flow=(as_of - timedelta(days=7), as_of),
            flow_days=(until - timedelta(days=7), until - timedelta(days=1)),
        ),
        name,
    )
