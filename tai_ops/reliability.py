"""Uptime, its budget and its credit, from impacts on customers; what probes say about coverage, latency and errors.

Impacts decide downtime. Probes say when nobody was watching, how fast and how faulty the answers were, and where
an outage seems to be missing from the impacts. Every interval includes its start and excludes its end; every
instant is aware and in UTC.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from tai_ops.errors import WrongUsage
from tai_ops.figure import Figure
from tai_ops.money import percent
from tai_ops.severity import Severity

Interval = tuple[datetime, datetime]
Level = Literal["full", "partial", "degraded", "maintenance"]

EVERYONE = "*"
TARGET_PCT = Decimal("99.5")
WEIGHTS: Mapping[Level, Decimal] = MappingProxyType(
    {"full": Decimal(1), "partial": Decimal("0.3"), "degraded": Decimal(0)}
)
SHORTEST_GAP = timedelta(minutes=5)
CLOCK_SLACK = timedelta(minutes=1)
SLO_PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that went wrong, and when each step of its response was reached; severity LOW is a request."""

    incident_id: str
    title: str
    severity: Severity | None
    began_at: datetime | None
    detected_at: datetime
    acknowledged_at: datetime | None = None
    diagnosed_at: datetime | None = None
    path_at: datetime | None = None
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    root_cause: str | None = None

    @property
    def is_request(self) -> bool:
        """Whether it is a ticket that no incident figure counts (requirements.md I9)."""
        return self.severity == "LOW"


@dataclass(frozen=True, slots=True)
class Impact:
    """What one incident did to one customer (`*`: to all) for a time; open where `ended_at` is None."""

    incident_id: str
    customer_id: str
    began_at: datetime
    ended_at: datetime | None
    level: Level
    service: str | None = None

    def touches(self, customer: str | None, service: str | None) -> bool:
        """Whether it hits that customer and service; None asks for any, and an impact without service hits all."""
        return (customer is None or self.customer_id in (EVERYONE, customer)) and (
            service is None or self.service in (None, service)
        )


@dataclass(frozen=True, slots=True)
class Probe:
    """One look at a service from one source."""

    service: str
    seen_at: datetime
    source: str
    ok: bool
    latency_ms: Decimal | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class ProbeCoverage:
    """When one service was watched, from any source; only services that have a probe at any time have one.

    `first_at` and `last_at` are its first and last probe ever. `gaps` run from probe to next probe, where these are
    more than 5 minutes apart and the gap touches the window asked for; `samples` are the probes inside the window.
    """

    service: str
    usual_interval_seconds: Decimal | None
    first_at: datetime
    last_at: datetime
    gaps: tuple[Interval, ...]
    samples: int

    @property
    def longest_silence(self) -> timedelta:
        """How long no probe may come before the state is unknown: 5 minutes, or twice the usual interval if longer."""
        return max(SHORTEST_GAP, timedelta(seconds=float(2 * (self.usual_interval_seconds or 0))))


@dataclass(frozen=True, slots=True)
class Uptime:
    """Availability in a window: percentages 0-100, times in minutes, None where nothing was measured (`reason`)."""

    uptime_pct: Decimal | None
    weighted_uptime_pct: Decimal | None
    downtime_minutes: Decimal | None
    weighted_downtime_minutes: Decimal | None
    unknown_minutes: Decimal
    coverage_pct: Decimal | None
    maintenance_minutes: Decimal
    budget_minutes: Decimal | None
    budget_left_minutes: Decimal | None
    reason: str | None = None


def uptime(
    impacts: Iterable[Impact],
    window: Interval,
    *,
    now: datetime,
    unknown: Sequence[Interval] | None = None,
    customer: str | None = None,
    service: str | None = None,
    weights: Mapping[Level, Decimal] = WEIGHTS,
    target_pct: Decimal = TARGET_PCT,
) -> Uptime:
    """Availability of the platform, or to one customer or of one service, in the part of the window that is over.

    `uptime_pct` counts full outages, `weighted_uptime_pct` every level by its weight; where impacts overlap, time
    counts once, at the highest weight. Open impacts last until now. Without a customer it is the union over anyone.
    Left out of both sides: maintenance, unless a full or partial outage overlaps it (the outage wins), and the
    `unknown` time that no impact covers (None: nobody watches, so nothing is unknown and coverage is None).
    The budget is of the whole window asked for, the part still to come included; full outages use it up, and
    `budget_left_minutes` is negative once they exceed it. None where the window has no measured time so far.

    Source: requirements.md section 8 (uptime, error budget), I12, I14; E1-E5, E7.
    """
    start, end = _utc(window)
    if not 0 <= target_pct <= 100:
        raise WrongUsage(f"a target of {target_pct} % is outside 0 to 100")
    elapsed = (start, min(end, now))
    hits = [impact for impact in impacts if impact.touches(customer, service)]
    spans = {level: clip(_spans(hits, now, level), elapsed) for level in (*WEIGHTS, "maintenance")}
    maintenance = subtract(spans["maintenance"], spans["full"] + spans["partial"])
    unseen = subtract(clip(unknown or (), elapsed), _spans(hits, now))
    measured = minutes(total([elapsed]) - total(maintenance) - total(unseen))
    planned = _spans((i for i in hits if i.level == "maintenance"), now)
    ahead = minutes(total(subtract([(max(start, now), end)], planned)))
    downtime = minutes(total(spans["full"]))
    weighted = _weighted_minutes(spans, maintenance, weights)
    budget = (100 - target_pct) / 100 * (measured + ahead)
    known = measured > 0
    return Uptime(
        uptime_pct=percent(measured - downtime, measured),
        weighted_uptime_pct=percent(measured - weighted, measured),
        downtime_minutes=downtime if known else None,
        weighted_downtime_minutes=weighted if known else None,
        unknown_minutes=minutes(total(unseen)),
        coverage_pct=None if unknown is None else _covered_pct(elapsed, unseen),
        maintenance_minutes=minutes(total(maintenance)),
        budget_minutes=budget if measured + ahead else None,
        budget_left_minutes=budget - downtime if known else None,
        reason=None if known else _why_unmeasured(elapsed, unseen),
    )


def outages(impacts: Iterable[Impact], window: Interval, *, now: datetime) -> list[Interval]:
    """When somebody had a full outage in the part of the window that is over; overlapping ones are one."""
    start, end = _utc(window)
    return merge(clip(_spans(impacts, now, "full"), (start, min(end, now))))


def _weighted_minutes(
    spans: Mapping[str, list[Interval]], maintenance: list[Interval], weights: Mapping[Level, Decimal]
) -> Decimal:
    """Minutes at each level times its weight; time already counted at a higher weight is not counted again."""
    counted, found = maintenance, Decimal(0)
    for level in sorted(weights, key=lambda name: weights[name], reverse=True):
        found += weights[level] * minutes(total(subtract(spans[level], counted)))
        counted = [*counted, *spans[level]]
    return found


def _spans(impacts: Iterable[Impact], now: datetime, level: str | None = None) -> list[Interval]:
    """From when to when the impacts of a level (None: of any) last; the open ones until now."""
    return [(i.began_at, i.ended_at or now) for i in impacts if level in (None, i.level)]


def _covered_pct(elapsed: Interval, unseen: list[Interval]) -> Decimal | None:
    whole = total([elapsed])
    return percent(minutes(whole - total(unseen)), minutes(whole))


def _why_unmeasured(elapsed: Interval, unseen: list[Interval]) -> str:
    if elapsed[0] >= elapsed[1]:
        return "no part of the window is over yet"
    return "no probe saw the window" if unseen else "the whole window was maintenance"


def unknown_time(
    coverages: Iterable[ProbeCoverage], window: Interval, *, now: datetime
) -> list[Interval] | None:
    """When the state was unknown: no probe for longer than the service's limit, of any service asked for.

    The window's edges count as probes: silence before the first probe ever and after the last is unknown too, where
    it is longer than the limit. None where no service has probes. `uptime` takes out what an impact covers.

    Source: requirements.md I14.
    """
    start, end = _utc(window)
    end = min(end, now)
    watched = list(coverages)
    silences = [
        silence
        for coverage in watched
        for silence in ((start, coverage.first_at), *coverage.gaps, (coverage.last_at, end))
        if silence[1] - silence[0] > coverage.longest_silence
    ]
    return clip(silences, (start, end)) if watched else None


def unexplained_downtime(
    failing: Iterable[Interval],
    impacts: Iterable[Impact],
    incidents: Iterable[Incident],
    *,
    now: datetime,
    service: str | None = None,
) -> list[Interval]:
    """When probes of one service failed and no impact on it, nor any incident, says so.

    `failing` runs from the first failing probe to the next good one. Impacts and incidents explain a minute more on
    either side, since people write whole minutes. Requests explain nothing.

    Source: requirements.md I13.
    """
    explained = _spans((i for i in impacts if i.touches(None, service)), now)
    explained += [(i.began_at or i.detected_at, i.resolved_at or now) for i in incidents if not i.is_request]
    return subtract(failing, [(start - CLOCK_SLACK, end + CLOCK_SLACK) for start, end in explained])


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time in order, without overlaps, touching intervals joined and empty ones dropped."""
    merged: list[Interval] = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """The time in the intervals and in none of the holes, merged."""
    left: list[Interval] = []
    cuts = deque(merge(holes))
    for start, end in merge(intervals):
        begin = start
        while cuts and cuts[0][0] < end:
            if begin < cuts[0][0]:
                left.append((begin, cuts[0][0]))
            begin = max(begin, cuts[0][1])
            if cuts[0][1] > end:
                break
            cuts.popleft()
        if begin < end:
            left.append((begin, end))
    return left


def clip(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """The time in the intervals and in the window, merged."""
    return merge((max(start, window[0]), min(end, window[1])) for start, end in intervals)


def total(intervals: Iterable[Interval]) -> timedelta:
    """How long the intervals last together; overlaps count once."""
    return sum((end - start for start, end in merge(intervals)), timedelta())


def minutes(length: timedelta) -> Decimal:
    """The length in minutes."""
    return Decimal(length // timedelta(microseconds=1)) / 60_000_000


def _utc(window: Interval) -> Interval:
    """The window in UTC, so that lengths are right across a clock change."""
    if any(edge.utcoffset() is None for edge in window):
        raise WrongUsage("a window's start and end need an offset, such as 2026-02-20T16:00:00+00:00")
    if window[1] < window[0]:
        raise WrongUsage("the window ends before it starts")
    return window[0].astimezone(UTC), window[1].astimezone(UTC)


def allowed_minutes(length: timedelta, target_pct: Decimal = TARGET_PCT) -> Decimal:
    """The downtime in minutes that a target leaves in so long a time. Source: requirements.md E1."""
    return (100 - target_pct) / 100 * minutes(length)


def series_pct(availabilities_pct: Iterable[Decimal]) -> Decimal:
    """Availability, 0-100, of parts that must all be up, if they fail independently. Source: requirements.md E6."""
    return 100 * math.prod((pct / 100 for pct in availabilities_pct), start=Decimal(1))


@dataclass(frozen=True, slots=True)
class CreditStep:
    """One step of a credit ladder: what share of the fee an uptime below the bound gives back, in per cent."""

    below_pct: Decimal
    credit_pct: Decimal


SUGGESTED_LADDER = (
    CreditStep(Decimal("99.5"), Decimal(10)),
    CreditStep(Decimal(99), Decimal(25)),
    CreditStep(Decimal(98), Decimal(50)),
    CreditStep(Decimal(95), Decimal(100)),
)
"""The ladder commonly seen beside a promise of 99.5 %; it applies only once a company confirms it."""


def sla_credit(monthly_fee: Decimal, uptime_pct: Decimal | None, ladder: Sequence[CreditStep]) -> Figure:
    """The credit to propose for a month, in money: the fee times the largest step that the uptime fell below.

    Never more than the fee; an uptime at a bound is not below it. The SLA's uptime is the weighted one of a calendar
    month per customer, from go-live. None without a confirmed ladder and where the uptime is unknown.

    Source: requirements.md I16, section 8 (SLA credit); E29, E30.
    """
    if not ladder:
        return Figure(None, "no credit ladder is confirmed")
    if uptime_pct is None:
        return Figure(None, "the uptime is unknown")
    credit_pct = max((step.credit_pct for step in ladder if uptime_pct < step.below_pct), default=Decimal(0))
    return Figure(monthly_fee * min(credit_pct, Decimal(100)) / 100)


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """A pair of windows that must both burn at least at the rate; a `page` wakes someone, a `ticket` waits."""

    rate: Decimal
    long: timedelta
    short: timedelta
    kind: Literal["page", "ticket"]


BURN_ALERTS = (
    BurnAlert(Decimal("14.4"), timedelta(hours=1), timedelta(minutes=5), "page"),
    BurnAlert(Decimal(6), timedelta(hours=6), timedelta(minutes=30), "page"),
    BurnAlert(Decimal(1), timedelta(days=3), timedelta(hours=6), "ticket"),
)


def burn_rate(error_pct: Decimal, target_pct: Decimal = TARGET_PCT) -> Decimal | None:
    """How many times faster than allowed the budget is spent; None at a target of 100, which has no budget.

    Source: Google SRE workbook, chapter 5; requirements.md section 8.
    """
    return None if target_pct == 100 else error_pct / (100 - target_pct)


def burn_rate_spending(budget_pct: Decimal, within: timedelta, period: timedelta = SLO_PERIOD) -> Decimal:
    """The burn rate that spends so much of the period's budget in that time. Source: requirements.md E8, E9."""
    return budget_pct / 100 * minutes(period) / minutes(within)


def exhausted_after(rate: Decimal, period: timedelta = SLO_PERIOD) -> Decimal | None:
    """Days until a full budget is spent at that burn rate; None where it is not spent. Source: requirements.md E9."""
    return minutes(period) / 1440 / rate if rate > 0 else None


def burn_alerts(
    error_pct: Mapping[timedelta, Decimal | None], target_pct: Decimal = TARGET_PCT
) -> list[BurnAlert]:
    """The alerts that fire, given the error rate over each window; None or absent where too few samples came.

    Which samples are too few is the caller's rule. Source: Google SRE workbook, chapter 5; requirements.md section 8.
    """

    def burns(window: timedelta, rate: Decimal) -> bool:
        error = error_pct.get(window)
        burn = None if error is None else burn_rate(error, target_pct)
        return burn is not None and burn >= rate

    return [a for a in BURN_ALERTS if burns(a.long, a.rate) and burns(a.short, a.rate)]


def is_error(ok: bool, status: int | None) -> bool:
    """Whether a probe counts as a server error: a 5xx, or not ok without a 4xx (a timeout, a failed check).

    A 4xx is the caller's mistake: no error, yet a request like any other.
    """
    return (status or 0) >= 500 or (not ok and not 400 <= (status or 0) < 500)


def error_rate_pct(errors: int, samples: int) -> Figure:
    """Errors (see `is_error`) per sample, 0-100; None without samples. Source: requirements.md section 8."""
    rate = percent(errors, samples)
    return Figure(rate, "no samples" if rate is None else None, samples)


def quantile(values: Sequence[Decimal], p: Decimal) -> Decimal | None:
    """The p-quantile, p 0-1, interpolated linearly between ranks; None without values.

    Source: Hyndman and Fan 1996, type 7, which DuckDB calls `quantile_cont`; requirements.md E10, E11.
    """
    if not values:
        return None
    ordered = sorted(values)
    rank = (len(ordered) - 1) * _probability(p)
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])


def nearest_rank(values: Sequence[Decimal], p: Decimal) -> Decimal | None:
    """The smallest value that at least the share p, 0-1, of the values do not exceed; None without values.

    Source: requirements.md E10; DuckDB's `quantile_disc`.
    """
    if not values:
        return None
    return sorted(values)[max(1, math.ceil(_probability(p) * len(values))) - 1]


def bucket_quantile(buckets: Sequence[tuple[Decimal, int]], p: Decimal) -> Decimal | None:
    """The p-quantile, p 0-1, of a histogram: (upper bound, count up to it), interpolated inside its bucket.

    The first bucket starts at 0, or is its bound where that is not above 0. A quantile beyond the last finite bound
    is answered with that bound: it is at least so much. None without samples or without a finite bound.
    Quantiles of two histograms are never averaged; add their counts and ask again.

    Source: Prometheus, `histogram_quantile`; requirements.md E12.
    """
    if any(a >= b or m > n for (a, m), (b, n) in pairwise(buckets)):
        raise ValueError("buckets must have rising bounds and counts that never fall")
    if not buckets or not buckets[-1][1]:
        return None
    rank = _probability(p) * buckets[-1][1]
    index = next(i for i, (_, count) in enumerate(buckets) if count and count >= rank)
    bound, count = buckets[index]
    lower, below = buckets[index - 1] if index else (Decimal(0), 0)
    if not bound.is_finite():
        return lower if index else None
    return bound if bound <= lower else lower + (bound - lower) * (rank - below) / (count - below)


def _probability(p: Decimal) -> Decimal:
    if not 0 <= p <= 1:
        raise ValueError(f"{p} is no share from 0 to 1")
    return p
