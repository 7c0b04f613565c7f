"""What the Uptime page shows, read once and kept until the store changes: the month, the weeks before it, the last days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property

import streamlit as st

from tai_ops.app import reading, session
from tai_ops.availability import (
    Day,
    Pair,
    Scope,
    Standing,
    Uncounted,
    Watched,
    burned_by_day,
    days_of,
    month_window,
)
from tai_ops.board import Latency
from tai_ops.latency_spread import Bucket
from tai_ops.period import Month, Week
from tai_ops.reliability import BURN_ALERTS, Impact, Incident
from tai_ops.sla_credits import Credit
from tai_ops.store import Store, availability, freshness, monitor_totals, probes, sla_credits

KEPT = 24
WEEKS_BACK = 13
WEEKS_IN_A_YEAR = 52
MINUTE = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Seen:
    """The month that is looked at, of whom, with what it rests on.

    `recent` are the days up to now that burn is told by, `spreads` the answers that monitors counted by latency.
    """

    month: Month
    scope: Scope
    now: datetime
    watched: Watched
    before: Watched
    latency: Latency
    latency_days: tuple[tuple[date, Latency], ...]
    by_service: dict[str, Latency]
    credits: tuple[Credit, ...]
    recent: Watched
    counts: dict[timedelta, tuple[int, int]]
    spreads: dict[str, list[Bucket]]

    @property
    def target(self) -> Decimal:
        """The uptime promised, in per cent."""
        return self.watched.company.uptime_target_pct

    @property
    def is_running(self) -> bool:
        """Whether the month is not over yet."""
        return self.watched.window[0] <= self.now < self.watched.window[1]

    @cached_property
    def standing(self) -> Standing:
        """How the promise stands for whom or what was asked."""
        return self.watched.standing(self.scope)

    @cached_property
    def standings(self) -> list[Standing]:
        """How it stands for everyone, each customer and each service."""
        return self.watched.standings()

    @cached_property
    def strip(self) -> list[Day]:
        """The days of thirteen weeks up to the month's end."""
        return self.before.days(self.scope)

    @cached_property
    def month_days(self) -> list[Day]:
        """The days of the month."""
        return self.watched.days(self.scope)

    @cached_property
    def burned(self) -> list[Decimal | None]:
        """How much of the month's budget is used by the end of each day."""
        budget = self.standing.uptime.budget_minutes if self.standing.uptime else None
        return burned_by_day(self.month_days, budget)

    @cached_property
    def pairs(self) -> list[Pair]:
        """The three pairs of burn windows up to now."""
        return self.recent.burns(self.scope, self.counts)

    @cached_property
    def running_on(self) -> list[tuple[Incident, tuple[Impact, ...]]]:
        """The resolved incidents with impacts that go on counting for whom or what was asked."""
        return [
            (one, held)
            for one, impacts in self.watched.running_on()
            if (held := tuple(i for i in impacts if i.touches(self.scope.customer, self.scope.service)))
        ]

    @cached_property
    def without_impact(self) -> list[Incident]:
        """The incidents of the month of which no impact is on record; of one customer or service nobody can tell."""
        return self.watched.without_impact() if self.scope == Scope() else []

    @cached_property
    def uncounted(self) -> list[Uncounted]:
        """When probes failed in the month and no impact says so."""
        found = self.watched.uncounted()
        return [one for one in found if self.scope.service in (None, one.service)]


def weeks(found: Seen) -> tuple[tuple[Week, Standing, Latency], ...]:
    """The 52 reporting weeks up to now, or up to the month's end, the newest first, each with its latency."""
    last = min(found.now, found.watched.window[1])
    key = f"{session.store().path or id(session.store())} {freshness.version(session.store())} {session.then() or ''}"
    return _weeks(session.store(), f"{key} {found.scope.code} {last:{MINUTE}}", found.scope, last, found.now)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _weeks(
    _store: Store,
    key: str,  # noqa: ARG001
    _scope: Scope,
    _last: datetime,
    _now: datetime,
) -> tuple[tuple[Week, Standing, Latency], ...]:
    zone = _store.company.tz
    newest = Week.of_instant(_last - timedelta(microseconds=1), zone)
    named = [newest.plus(-n) for n in range(WEEKS_IN_A_YEAR)]
    spans = [(week.starts_at(zone), week.ends_at(zone)) for week in named]
    year = availability.watched(_store, (spans[-1][0], spans[0][1]), now=_now)
    with _store.cursor() as cursor:
        latencies = probes.latencies(cursor, spans, service=_scope.service)
    nothing = Latency(None, None, None, None, 0)
    return tuple(
        (week, year.over(span, _scope), latencies.get((n, None), nothing))
        for n, (week, span) in enumerate(zip(named, spans, strict=True))
    )


def seen(month: Month, scope: Scope) -> Seen:
    """Everything that the page shows of a month."""
    store, now = session.store(), reading.now()
    held = f"{store.path or id(store)} {freshness.version(store)} {session.then() or ''}"
    return _seen(store, f"{held} {month} {scope.code} {now:{MINUTE}}", month, scope, now)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _seen(_store: Store, key: str, _month: Month, _scope: Scope, _now: datetime) -> Seen:  # noqa: ARG001
    zone = _store.company.tz
    window = month_window(_month, zone)
    monday = (_month.end - timedelta(days=1)) - timedelta(days=(_month.end - timedelta(days=1)).weekday())
    first = monday - timedelta(weeks=WEEKS_BACK - 1)
    long = (datetime.combine(first, time(), tzinfo=zone).astimezone(UTC), window[1])
    before = availability.watched(_store, long, now=_now)
    burn = (_now - max(alert.long for alert in BURN_ALERTS), _now)
    spans = [day for day in days_of(long, zone) if day[0] < _now]
    with _store.cursor() as cursor:
        whole = probes.latency(cursor, window, _scope.service, zone=zone)
        days = probes.latencies(cursor, spans, service=_scope.service)
        services = probes.latencies(cursor, [window], by_service=True)
        due = sla_credits.credits_of_month(cursor, _store.company, _month, now=_now)
    nothing = Latency(None, None, None, None, 0)
    return Seen(
        _month,
        _scope,
        _now,
        availability.watched(_store, window, now=_now),
        before,
        whole,
        tuple((day[0].astimezone(zone).date(), days.get((n, None), nothing)) for n, day in enumerate(spans)),
        {name: one for (_, name), one in services.items() if name is not None},
        tuple(one for one in due if _scope.customer in (None, one.customer_id)),
        availability.watched(_store, burn, now=_now),
        availability.counts_before(_store, _scope, _now),
        {
            name: buckets
            for name, buckets in monitor_totals.spreads(_store, window).items()
            if _scope.service in {None, name}
        },
    )
