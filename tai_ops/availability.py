"""Whether the promised uptime was kept: by customer and month from go-live, by service, by day, and how fast its budget burns.

It rests on `reliability.uptime`, so that a day, a month and a command say the same. The promise is measured by the
weighted uptime: full outages whole, partial ones by their weight (requirements.md I12).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from tai_ops import reliability
from tai_ops.company import Company
from tai_ops.customers import Customer
from tai_ops.money import percent
from tai_ops.period import Month
from tai_ops.reliability import BURN_ALERTS, BurnAlert, Impact, Incident, Interval, ProbeCoverage, Uptime

SMALL_TRAFFIC = 100
"""Samples of a window below which its burn is told by minutes of outage, not by single samples."""
DayState = Literal["met", "part", "missed", "unknown", "ahead"]
STATE_WORDS: Mapping[DayState, str] = {
    "met": "✓ met",
    "part": "≈ met, not watched all day",
    "missed": "✗ missed",
    "unknown": "– unknown",
    "ahead": "not yet",
}
HALF = Decimal(50)
"""What was watched for less than this share, in per cent, is unknown, unless it is missed however the rest was."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom or what an uptime is of: everyone, one customer or one service."""

    customer: str | None = None
    service: str | None = None

    @property
    def code(self) -> str:
        """As it stands in an address."""
        if self.customer is not None:
            return f"customer:{self.customer}"
        return f"service:{self.service}" if self.service is not None else "all"


@dataclass(frozen=True, slots=True)
class Failing:
    """From a first failing probe of a service to its next good one."""

    service: str
    began_at: datetime
    ended_at: datetime

    @property
    def span(self) -> Interval:
        """From when to when."""
        return self.began_at, self.ended_at


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A time in which probes of a service failed and no impact says so: it is in no uptime yet.

    `incident_id` is the incident of that time that has no impact on the service; None where there is none either.
    """

    service: str
    began_at: datetime
    ended_at: datetime
    incident_id: str | None

    @property
    def minutes(self) -> Decimal:
        """How long it lasted."""
        return reliability.minutes(self.ended_at - self.began_at)


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody's or something's promise stands over a time; `window` None where the promise did not hold yet.

    Of a live customer whose go-live day is not on record the uptime is of the whole time, and its promise unknown.
    """

    scope: Scope
    name: str
    window: Interval | None
    uptime: Uptime | None
    target_pct: Decimal
    reason: str | None = None

    @property
    def met(self) -> bool | None:
        """Whether the weighted uptime reaches the target; None where it is not known, or too little was watched to tell."""
        return None if self.uptime is None or self.window is None else kept(self.uptime, self.target_pct)

    @property
    def left_minutes(self) -> Decimal | None:
        """The error budget less the weighted downtime; negative once it is used up."""
        up = self.uptime if self.window else None
        if up is None or up.budget_minutes is None or up.weighted_downtime_minutes is None:
            return None
        return up.budget_minutes - up.weighted_downtime_minutes

    @property
    def burned_pct(self) -> Decimal | None:
        """How much of the budget is used, in per cent."""
        up = self.uptime if self.window else None
        if up is None or not up.budget_minutes or up.weighted_downtime_minutes is None:
            return None
        return percent(up.weighted_downtime_minutes, up.budget_minutes)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day of the company: its uptime, its state, and how much of the month's budget was used by its end."""

    on: date
    uptime: Uptime
    state: DayState


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast the budget burned over the window up to now; by minutes of outage where few samples came."""

    window: timedelta
    error_pct: Decimal | None
    rate: Decimal | None
    samples: int
    by_minutes: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of windows: the alert fires where both burn at its rate."""

    alert: BurnAlert
    long: Burn
    short: Burn
    fires: bool


@dataclass(frozen=True)
class Watched:
    """What uptime rests on over a window: customers, impacts, incidents, what probes say of coverage and failures.

    `left_on` is the last day of service of customers that left.
    """

    company: Company
    window: Interval
    now: datetime
    customers: tuple[Customer, ...]
    impacts: tuple[Impact, ...]
    incidents: tuple[Incident, ...]
    coverages: tuple[ProbeCoverage, ...]
    failing: tuple[Failing, ...]
    left_on: Mapping[str, date] = field(default_factory=dict[str, date])

    @property
    def zone(self) -> ZoneInfo:
        """The company's zone."""
        return self.company.tz

    @property
    def known(self) -> bool:
        """Whether anything at all is on record that uptime could rest on."""
        return bool(self.coverages or self.impacts or self.incidents)

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The services that probes or impacts name."""
        named = {c.service for c in self.coverages} | {i.service for i in self.impacts if i.service}
        return tuple(sorted(named))

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each customer."""
        return {c.customer_id: c.name for c in self.customers}

    def unknown(self, window: Interval, service: str | None = None) -> list[Interval] | None:
        """When nobody watched in a part of the window; None where no probe watches at all."""
        watched = [c for c in self.coverages if service in (None, c.service)]
        return reliability.unknown_time(watched, window, now=self.now)

    def uptime(self, window: Interval, scope: Scope) -> Uptime:
        """The uptime of a part of the window."""
        return reliability.uptime(
            self.impacts,
            window,
            now=self.now,
            unknown=self.unknown(window, scope.service),
            customer=scope.customer,
            service=scope.service,
            weights={**reliability.WEIGHTS, "partial": self.company.partial_outage_weight},
            target_pct=self.company.uptime_target_pct,
        )

    def standing(self, scope: Scope) -> Standing:
        """How the promise stands over the window: of a customer from its go-live on."""
        target = self.company.uptime_target_pct
        if scope.customer is not None:
            customer = next(c for c in self.customers if c.customer_id == scope.customer)
            held = self.promised(customer)
            if held is None:
                since_unknown = lives_without_day(customer)
                found = self.uptime(self.window, scope) if since_unknown and self.known else None
                why = "no go-live date on record" if customer.go_live_on is None else "not live in this time"
                return Standing(scope, customer.name, None, found, target, why)
            return self._stood(scope, customer.name, held, target)
        return self._stood(scope, scope.service or "Everyone", self.window, target)

    def over(self, window: Interval, scope: Scope) -> Standing:
        """How it stands over a part of the window."""
        return replace(self, window=window).standing(scope)

    def promised(self, customer: Customer) -> Interval | None:
        """The part of the window in which the promise holds for a customer; None where in none of it."""
        return promised(customer, self.window, self.zone, self.left_on.get(customer.customer_id))

    def _stood(self, scope: Scope, name: str, window: Interval, target: Decimal) -> Standing:
        if not self.known:
            return Standing(scope, name, window, None, target, "no probes and no incidents on record")
        found = self.uptime(window, scope)
        little = hardly_watched(found) and kept(found, target) is None and found.coverage_pct is not None
        reason = f"only {found.coverage_pct:.1f} % of the time was watched" if little else found.reason
        return Standing(scope, name, window, found, target, reason)

    def standings(self) -> list[Standing]:
        """Everyone, then each customer whose promise held in the window or is live since nobody knows when, then each service."""
        live = [
            Scope(customer=c.customer_id)
            for c in sorted(self.customers, key=lambda c: c.name)
            if self.promised(c) or lives_without_day(c)
        ]
        return [self.standing(one) for one in (Scope(), *live, *(Scope(service=s) for s in self.services))]

    def days(self, scope: Scope) -> list[Day]:
        """Every calendar day that the window touches, clipped to it; a clock change makes it 23 or 25 hours long."""
        found: list[Day] = []
        for window in days_of(self.window, self.zone):
            up = self.uptime(window, scope)
            on = window[0].astimezone(self.zone).date()
            found.append(Day(on, up, self._state(window, up)))
        return found

    def _state(self, window: Interval, up: Uptime) -> DayState:
        if window[0] >= self.now:
            return "ahead"
        met = kept(up, self.company.uptime_target_pct) if self.known else None
        if met is None:
            return "unknown"
        if not met:
            return "missed"
        return "part" if up.coverage_pct is not None and up.unknown_minutes else "met"

    def uncounted(self) -> list[Uncounted]:
        """When probes failed and no impact on the service says so: the time that no uptime counts yet, the longest first.

        Impacts and incidents cover a minute more on either side, as `reliability.unexplained_downtime` has it.
        """
        found: list[Uncounted] = []
        for service in {run.service for run in self.failing}:
            runs = [run.span for run in self.failing if run.service == service]
            left = reliability.unexplained_downtime(runs, self.impacts, (), now=self.now, service=service)
            found += [Uncounted(service, *span, self._incident_of(span)) for span in left]
        return sorted(found, key=lambda one: (-one.minutes, one.began_at, one.service))

    def running_on(self) -> list[tuple[Incident, tuple[Impact, ...]]]:
        """The resolved incidents with impacts that go on counting, the first resolved first."""
        found: list[tuple[Incident, tuple[Impact, ...]]] = []
        for one in self.incidents:
            over = one.resolved_at
            if over is None:
                continue
            some = (i for i in self.impacts if i.incident_id == one.incident_id)
            running = tuple(i for i in some if i.ended_at is None and i.began_at < over)
            found += [(one, running)] if running else []
        return sorted(found, key=lambda pair: (pair[0].resolved_at or self.now, pair[0].incident_id))

    def without_impact(self) -> list[Incident]:
        """The incidents of the window, no requests, of which no impact is on record: no downtime comes of them, newest first."""
        told = {i.incident_id for i in self.impacts}
        start, end = self.window
        found = [
            i
            for i in self.incidents
            if not i.is_request
            and i.incident_id not in told
            and (i.began_at or i.detected_at) < end
            and (i.resolved_at or self.now) > start
        ]
        return sorted(
            found, key=lambda i: (i.severity != "CRITICAL", -i.detected_at.timestamp(), i.incident_id)
        )

    def _incident_of(self, span: Interval) -> str | None:
        """The incident, no request, whose time touches the span."""
        touching = (
            i.incident_id
            for i in sorted(self.incidents, key=lambda i: i.detected_at)
            if not i.is_request
            and (i.began_at or i.detected_at) - reliability.CLOCK_SLACK < span[1]
            and span[0] < (i.resolved_at or self.now) + reliability.CLOCK_SLACK
        )
        return next(touching, None)

    def burns(self, scope: Scope, counts: Mapping[timedelta, tuple[int, int]]) -> list[Pair]:
        """The three pairs of windows up to now; `counts` are the samples and errors of each window.

        Where a window has few samples, and for one customer (no probe is one customer's), the error rate is the share of
        its known minutes in which there was a full outage or, for everyone, probes failed.
        """
        windows = {window for alert in BURN_ALERTS for window in (alert.long, alert.short)}
        seen = {window: self._burn(window, scope, counts.get(window, (0, 0))) for window in windows}
        firing = reliability.burn_alerts(
            {window: burn.error_pct for window, burn in seen.items()}, self.company.uptime_target_pct
        )
        return [Pair(a, seen[a.long], seen[a.short], a in firing) for a in BURN_ALERTS]

    def _burn(self, length: timedelta, scope: Scope, count: tuple[int, int]) -> Burn:
        samples, errors = count
        by_minutes = scope.customer is not None or samples < SMALL_TRAFFIC
        error = self._down_pct(length, scope) if by_minutes else percent(errors, samples)
        rate = None if error is None else reliability.burn_rate(error, self.company.uptime_target_pct)
        return Burn(length, error, rate, 0 if scope.customer is not None else samples, by_minutes)

    def _down_pct(self, length: timedelta, scope: Scope) -> Decimal | None:
        if not self.known:
            return None
        window = (self.now - length, self.now)
        down = reliability.outages(
            (i for i in self.impacts if i.touches(scope.customer, scope.service)), window, now=self.now
        )
        if scope.customer is None:
            runs = [run.span for run in self.failing if scope.service in (None, run.service)]
            planned = [
                (i.began_at, i.ended_at or self.now)
                for i in self.impacts
                if i.level == "maintenance" and i.touches(None, scope.service)
            ]
            down += reliability.clip(reliability.subtract(runs, planned), window)
        unseen = reliability.subtract(self.unknown(window, scope.service) or [], down)
        known = reliability.total([window]) - reliability.total(unseen)
        return percent(reliability.minutes(reliability.total(down)), reliability.minutes(known))


def kept(up: Uptime, target_pct: Decimal) -> bool | None:
    """Whether an uptime keeps the promise; None where nothing was measured.

    Where less than half was watched it is missed only if it were with all that nobody saw counted as up; else it is None.
    """
    pct, down = up.weighted_uptime_pct, up.weighted_downtime_minutes
    if pct is None or down is None:
        return None
    if not hardly_watched(up):
        return pct >= target_pct
    if not down:
        return None
    known = 100 * down / (100 - pct)
    at_best = percent(known + up.unknown_minutes - down, known + up.unknown_minutes)
    return False if at_best is not None and at_best < target_pct else None


def hardly_watched(up: Uptime) -> bool:
    """Whether less than half of the time was watched."""
    return up.coverage_pct is not None and up.coverage_pct < HALF


def promised(customer: Customer, window: Interval, zone: ZoneInfo, left_on: date | None) -> Interval | None:
    """The part of the window in which the promise holds for a customer: from its go-live day to its last day of service.

    A customer that left and whose last day nobody knows has no promise any more.
    """
    went_live, status = customer.go_live_on, customer.status
    if went_live is None or status not in {"live", "churned"} or (status == "churned" and left_on is None):
        return None

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=zone).astimezone(window[0].tzinfo)

    start = max(window[0], midnight(went_live))
    left = left_on if status == "churned" else None
    end = min(window[1], midnight(left + timedelta(days=1))) if left else window[1]
    return (start, end) if start < end else None


def lives_without_day(customer: Customer) -> bool:
    """Whether a customer is live and the day on which it went live is not on record."""
    return customer.status == "live" and customer.go_live_on is None


def month_window(month: Month, zone: ZoneInfo) -> Interval:
    """The month from midnight to midnight of the zone, in UTC."""

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)

    return midnight(month.start), midnight(month.end)


def days_of(window: Interval, zone: ZoneInfo) -> list[Interval]:
    """The calendar days of the zone that a window touches, clipped to it."""
    start, end = window
    found: list[Interval] = []
    at = start
    while at < end:
        on = at.astimezone(zone).date() + timedelta(days=1)
        after = min(datetime.combine(on, time(), tzinfo=zone).astimezone(start.tzinfo), end)
        found.append((at, after))
        at = after
    return found


def burned_by_day(days: Sequence[Day], budget_minutes: Decimal | None) -> list[Decimal | None]:
    """How much of a budget is used by the end of each day, in per cent; None for days to come and without a budget."""
    so_far, found = Decimal(0), list[Decimal | None]()
    for one in days:
        so_far += one.uptime.weighted_downtime_minutes or Decimal(0)
        found.append(None if one.state == "ahead" or not budget_minutes else percent(so_far, budget_minutes))
    return found


def firing(pairs: Iterable[Pair]) -> Pair | None:
    """The most urgent pair that fires."""
    return next((pair for pair in pairs if pair.fires), None)
