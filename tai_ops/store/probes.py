"""Reading the probes: when services were watched, how quick and how faulty they were, when they failed.

Everything is read from the rollups, so that a number is the same before and after raw samples are pruned. Percentiles
are exact up to `EXACT_UP_TO` answers in a window, and beyond that of the merged histogram, within 1 %.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import accumulate, pairwise
from math import ceil, floor
from typing import Any

import duckdb

from tai_ops.availability import Failing
from tai_ops.board import Latency, Window
from tai_ops.errors import Refused
from tai_ops.latency_bins import GAMMA, ZERO_BIN, between_ranks, middle_of
from tai_ops.reliability import Interval, ProbeCoverage
from tai_ops.store.connection import Store
from tai_ops.store.rollups import ERROR, first_instant, pruned_before
from tai_ops.words import instant

Cursor = duckdb.DuckDBPyConnection
Group = tuple[int, str | None]
"""A window by its place, and a service; None for all of them."""
LONG_GAP = timedelta(minutes=5)
EXACT_UP_TO = 25_000
"""Answers of a window up to which its percentiles are exact: two services a week, looked at every minute."""
EXACT_IN_ALL = 1_000_000
"""Answers up to which all the windows of one question are; a question over more is answered from histograms."""
QUANTILES = (Decimal("0.5"), Decimal("0.95"), Decimal("0.99"))
MIDDLE = f"case when bin = {ZERO_BIN} then 0 else 2 * pow({GAMMA}::double, bin) / ({GAMMA} + 1) end::decimal(18, 6)"
"""`latency_bins.middle_of` in SQL."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What the probes of a window say: when they saw the services, how quick these were, when they failed."""

    coverages: tuple[ProbeCoverage, ...]
    latency: Latency
    failing: list[Interval]


def probed(store: Store, window: Window) -> Probed:
    """What the probes of a window say."""
    cursor = store.cursor()
    try:
        seen = window.flow
        return Probed(
            coverages(cursor, seen), latency(cursor, seen, zone=store.company.tz), failing_runs(cursor, seen)
        )
    finally:
        cursor.close()


def services(cursor: Cursor) -> tuple[str, ...]:
    """Every service that a probe or an outage names."""
    rows = cursor.execute(
        """
        select service from probe_days union select service from probe_minutes
        where minute >= coalesce((select (max(day) - date '1970-01-01') * 1440 from probe_days), 0)
        union select service from impacts where service is not null
        order by service
        """
    ).fetchall()
    return tuple(str(name) for (name,) in rows)


def no_probes_reason(cursor: Cursor, service: str | None, zone: tzinfo) -> str:
    """Why a window has no probes: since when there are none, on the clock of the zone."""
    row = cursor.execute(
        """
        select max(last_at) from (
            select last_at from probe_days where $service is null or service = $service
            union all
            select last_at from probe_minutes where $service is null or service = $service
        )
        """,
        {"service": service},
    ).fetchone()
    return f"no data since {instant(row[0], zone)}" if row and row[0] else "no probes on record"


# --- Coverage


def coverages(cursor: Cursor, window: Interval) -> tuple[ProbeCoverage, ...]:
    """For each service with probes: how often they come, and where two are more than five minutes apart.

    The usual interval is the median time from the last probe of a minute to the first of the next minute that has any.
    Only the window's days are walked, with the probe before and the one after them.
    """
    rows = cursor.execute(
        """
        with ends as (
            select service, min(first_at) as first_at, max(last_at) as last_at,
                   max(last_at) filter (at_day < $first) as before_at, min(first_at) filter (at_day > $last) as after_at
            from (
                select service, day - date '1970-01-01' as at_day, first_at, last_at from probe_days
                union all
                select service, minute // 1440, first_at, last_at from probe_minutes
                where minute >= coalesce((select (max(day) + 1 - date '1970-01-01') * 1440 from probe_days), -1e12)
            ) group by service
        ),
        near as (
            select service, min(first_at) as first_at, max(last_at) as last_at,
                   sum(samples) filter (first_at >= $start and first_at < $end) as samples
            from probe_minutes where minute >= $first * 1440 and minute < ($last + 1) * 1440
            group by service, minute
            union all
            select service, before_at, before_at, 0 from ends where before_at is not null
            union all
            select service, after_at, after_at, 0 from ends where after_at is not null
        ),
        seen as (
            select *, epoch_us(next_at) - epoch_us(last_at) as silence from (
                select *, lead(first_at) over (partition by service order by first_at) as next_at from near
            )
        )
        select e.service,
               median(s.silence)::bigint as usual,
               e.first_at, e.last_at,
               list({'a': s.last_at, 'b': s.next_at} order by s.last_at)
                   filter (s.silence > $long and s.next_at > $start and s.last_at < $end) as gaps,
               coalesce(sum(s.samples), 0)::bigint as samples
        from ends e left join seen s using (service) group by e.service, e.first_at, e.last_at order by e.service
        """,
        {
            "long": LONG_GAP // timedelta(microseconds=1),
            "start": window[0],
            "end": window[1],
            "first": _day_number(window[0]),
            "last": _day_number(window[1]),
        },
    ).fetchall()
    return tuple(
        ProbeCoverage(
            service,
            None if usual is None else Decimal(usual) / 1_000_000,
            first,
            last,
            tuple((gap["a"], gap["b"]) for gap in gaps or ()),
            samples,
        )
        for service, usual, first, last, gaps, samples in rows
    )


# --- Failing


def failing_runs(cursor: Cursor, window: Interval, service: str | None = None) -> list[Interval]:
    """Intervals from a first failing probe of a service to its next good one, inside the window."""
    return [run.span for run in failing(cursor, window, service)]


def failing(cursor: Cursor, window: Interval, service: str | None = None) -> list[Failing]:
    """When each service failed in the window, from a first failing probe to the next good one; by start.

    Of a minute with several probes the first and last of either kind are told apart.
    """
    rows = cursor.execute(
        """
        with minutes as (
            select service, ok, min(first_at) as first_at, max(last_at) as last_at from probe_minutes
            where first_at >= $start and first_at < $end and ($service is null or service = $service)
            group by service, minute, ok
        ),
        bad as (select distinct service, unnest([first_at, last_at]) as seen_at from minutes where not ok),
        good as (
            select distinct service, unnest([first_at, last_at]) as seen_at from minutes
            where ok and exists (select 1 from bad)
        )
        select b.service, min(b.seen_at) as began, coalesce(g.seen_at, $end) as ended
        from bad b asof left join good g on b.service = g.service and g.seen_at >= b.seen_at
        group by b.service, g.seen_at having began < ended order by began, b.service
        """,
        {"start": window[0], "end": window[1], "service": service},
    ).fetchall()
    return [Failing(*row) for row in rows]


# --- Latency


def latency(cursor: Cursor, window: Interval, service: str | None = None, *, zone: tzinfo = UTC) -> Latency:
    """Percentiles and errors of the probes in the window; None without samples, with since when on the zone's clock."""
    found = latencies(cursor, [window], service=service).get((0, None))
    return found or Latency(None, None, None, None, 0, no_probes_reason(cursor, service, zone))


def latencies(
    cursor: Cursor,
    windows: Sequence[Interval],
    *,
    service: str | None = None,
    by_service: bool = False,
    exact_up_to: int = EXACT_UP_TO,
) -> dict[Group, Latency]:
    """Percentiles and errors of each window that has samples, of each service where that is asked.

    Windows must not overlap by more than a few: each is read by itself. See the head of this file for what is exact.
    """
    if not windows:
        return {}
    rough = _from_bins(cursor, windows, service, by_service)
    few = {group: one for group, one in rough.items() if one[1] <= exact_up_to}
    fine: dict[Group, Latency] = {}
    if few and sum(one[1] for one in few.values()) <= EXACT_IN_ALL:
        fine = _exact(cursor, windows, sorted({n for n, _ in few}), service, by_service)
    return {group: fine[group] if group in few and group in fine else one[0] for group, one in rough.items()}


def _from_bins(
    cursor: Cursor, windows: Sequence[Interval], service: str | None, by_service: bool
) -> dict[Group, tuple[Latency, int]]:
    """Every window by its histogram, with how many answers it has: whole closed days by the day, the rest by the minute."""
    row = cursor.execute("select max(day) from probe_days").fetchone()
    whole, parts = _cut(windows, row[0] if row else None)
    rows = cursor.execute(
        f"""
        with whole as (select unnest($whole_n::integer[]) as n, unnest($whole_day::date[]) as day),
        part as (
            select unnest($n::integer[]) as n, unnest($day::bigint[]) as day,
                   unnest($starts::timestamptz[]) as starts, unnest($ends::timestamptz[]) as ends
        ),
        held as (
            select w.n, d.service, d.bin, d.ok, d.samples, d.errors from probe_days d join whole w on w.day = d.day
            where $service is null or d.service = $service
            union all
            select p.n, m.service, m.bin, m.ok, m.samples, m.errors
            from probe_minutes m join part p on m.minute // 1440 = p.day and m.first_at >= p.starts and m.first_at < p.ends
            where m.minute >= $low and m.minute < $high and ($service is null or m.service = $service)
        ),
        counted as (
            select n, {"service" if by_service else "null::varchar"} as service, bin, sum(samples)::bigint as samples,
                   sum(errors)::bigint as errors, coalesce(sum(samples) filter (ok), 0)::bigint as good
            from held group by all
        )
        select n, service, sum(samples)::bigint, sum(errors)::bigint, sum(good)::bigint,
               list(bin order by bin) filter (bin is not null), list(samples order by bin) filter (bin is not null)
        from counted group by n, service order by n, service
        """,
        {
            "whole_n": [n for n, _ in whole],
            "whole_day": [day for _, day in whole],
            "service": service,
            **_parts(parts),
        },
    ).fetchall()
    found: dict[Group, tuple[Latency, int]] = {}
    for n, named, samples, errors, good, bins, held in rows:
        upto = list(accumulate(held or ()))
        answered = upto[-1] if upto else 0
        ranks = [middle_of(bins[bisect_right(upto, rank)]) for rank in _ranks(answered)]
        found[n, named] = (_latency(ranks, samples, errors, good, answered, exact=False), answered)
    return found


def _exact(
    cursor: Cursor, windows: Sequence[Interval], places: Sequence[int], service: str | None, by_service: bool
) -> dict[Group, Latency]:
    """Those windows from their samples' own values: as the minutes hold them, from the raw samples where these hold bins."""
    chosen = {n: windows[n] for n in places}
    rows = cursor.execute(
        f"""
        with part as (
            select unnest($n::integer[]) as n, unnest($day::bigint[]) as day,
                   unnest($starts::timestamptz[]) as starts, unnest($ends::timestamptz[]) as ends
        ),
        held as (
            select p.n, m.service, coalesce(m.latency_ms, {MIDDLE}) as latency_ms, m.ok, m.samples, m.errors,
                   m.latency_ms is null and m.bin is not null as is_binned
            from probe_minutes m join part p on m.minute // 1440 = p.day and m.first_at >= p.starts and m.first_at < p.ends
            where m.minute >= $low and m.minute < $high and ($service is null or m.service = $service)
        ),
        counted as (
            select n, {"service" if by_service else "null::varchar"} as service, latency_ms,
                   sum(samples)::bigint as samples, sum(errors)::bigint as errors,
                   coalesce(sum(samples) filter (ok), 0)::bigint as good, bool_or(is_binned) as is_binned
            from held group by all
        )
        {_ranked("latency_ms", "bool_or(is_binned)")}
        """,
        {"service": service, **_parts(_cut(list(chosen.values()), None, list(chosen))[1])},
    ).fetchall()
    found: dict[Group, Latency] = {}
    binned: set[int] = set()
    for n, named, samples, errors, good, answered, *ranks, is_binned in rows:
        found[n, named] = _latency(ranks, samples, errors, good, answered, exact=not is_binned)
        if is_binned:
            binned.add(n)
    first = first_instant(pruned_before(cursor))
    there = {n: chosen[n] for n in sorted(binned) if chosen[n][0] >= first}
    return found | (from_samples(cursor, there, service=service, by_service=by_service) if there else {})


def from_samples(
    cursor: Cursor, windows: Mapping[int, Interval], *, service: str | None = None, by_service: bool = False
) -> dict[Group, Latency]:
    """The windows from the raw samples alone, exactly; windows follow one another without overlaps."""
    edges = sorted({edge for window in windows.values() for edge in window})
    low, high, only = edges[0], edges[-1], "" if service is None else "and service = $service"
    rows = cursor.execute(
        f"""
        select {_placed(edges)} as place, {"service" if by_service else "null::varchar"} as named, count(*),
               sum(({ERROR})::integer), sum(ok::integer), count(latency_ms),
               quantile_cont(latency_ms, [0.5, 0.95, 0.99]) as quantiles
        from probes where seen_at >= $low and seen_at < $high {only}
        group by place, named order by place, named
        """,
        {"low": low, "high": high} | ({"service": service} if only else {}),
    ).fetchall()
    by_start = {window[0]: n for n, window in windows.items()}
    found: dict[Group, Latency] = {}
    for place, named, samples, errors, good, answered, quantiles in rows:
        n = by_start.get(edges[place])
        if n is not None:
            p50, p95, p99 = quantiles or (None, None, None)
            found[n, named] = Latency(
                p50,
                p95,
                p99,
                100 * Decimal(errors) / samples,
                samples,
                good=good,
                errors=errors,
                answered=answered,
            )
    return found


def _placed(edges: Sequence[datetime]) -> str:
    """Which of the stretches between the edges a sample lies in, as SQL over whole numbers: even ones by division."""
    marks = [_microseconds(edge) for edge in edges]
    step = marks[1] - marks[0]
    if all(after - before == step for before, after in pairwise(marks)):
        return f"((epoch_us(seen_at) - {marks[0]}) // {step})::integer"

    def halved(low: int, high: int) -> str:
        if high - low == 1:
            return str(low)
        middle = (low + high) // 2
        return f"case when epoch_us(seen_at) < {marks[middle]} then {halved(low, middle)} else {halved(middle, high)} end"

    return halved(0, len(marks) - 1)


def _ranks(count: int) -> list[int]:
    """The ranks below and above each quantile of so many values, from 0; none where there are no values."""
    exact = [(count - 1) * p for p in QUANTILES] if count else []
    return [rounded(rank) for rank in exact for rounded in (floor, ceil)]


def _ranked(value: str, also: str = "") -> str:
    """What every group of `counted` comes to: its counts, and the values at the two ranks around each quantile."""
    ranks = ", ".join(
        f"min({value}) filter (upto > {rounded}((answered - 1) * {p}::decimal(3, 2)))"
        for p in QUANTILES
        for rounded in ("floor", "ceil")
    )
    return f"""
        , ranked as (
            select *, sum(samples) filter ({value} is not null)
                          over (partition by n, service order by {value} nulls last rows unbounded preceding) as upto,
                   sum(samples) filter ({value} is not null) over (partition by n, service) as answered
            from counted
        )
        select n, service, sum(samples)::bigint, sum(errors)::bigint, sum(good)::bigint,
               coalesce(max(answered), 0)::bigint, {ranks}{", " + also if also else ""}
        from ranked group by n, service order by n, service
    """


def _latency(
    ranks: Sequence[Any], samples: int, errors: int, good: int, answered: int, *, exact: bool
) -> Latency:
    """The percentiles from the values around their ranks: lower and upper of each."""
    p50, p95, p99 = (
        (
            None
            if lower is None or upper is None
            else between_ranks(Decimal(lower), Decimal(upper), answered, p)
            for lower, upper, p in zip(ranks[::2], ranks[1::2], QUANTILES, strict=True)
        )
        if ranks
        else (None, None, None)
    )
    rate = 100 * Decimal(errors) / samples
    return Latency(p50, p95, p99, rate, samples, good=good, errors=errors, answered=answered, exact=exact)


Part = tuple[int, int, datetime, datetime]
"""A piece of a window inside one UTC day: the window's place, the day since 1970, from when to when."""


def _cut(
    windows: Sequence[Interval], closed: date | None, places: Sequence[int] | None = None
) -> tuple[list[tuple[int, date]], list[Part]]:
    """Windows as whole closed days and as pieces of days."""
    whole: list[tuple[int, date]] = []
    parts: list[Part] = []
    for n, (starts, ends) in zip(places or range(len(windows)), windows, strict=True):
        at, end = starts.astimezone(UTC), ends.astimezone(UTC)
        while at < end:
            midnight = datetime.combine(at.date(), time(), UTC)
            after = midnight + timedelta(days=1)
            if closed is not None and at == midnight and after <= end and at.date() <= closed:
                whole.append((n, at.date()))
            else:
                parts.append((n, _day_number(at), at, min(after, end)))
            at = after
    return whole, parts


def _parts(parts: Iterable[Part]) -> dict[str, Any]:
    held = list(parts)
    days = [day for _, day, _, _ in held]
    return {
        "n": [n for n, *_ in held],
        "day": days,
        "starts": [starts for *_, starts, _ in held],
        "ends": [ends for *_, ends in held],
        "low": min(days, default=0) * 1440,
        "high": (max(days, default=0) + 1) * 1440,
    }


def _day_number(at: datetime) -> int:
    return _microseconds(at) // 86_400_000_000


def _microseconds(at: datetime) -> int:
    return (at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def refuse_unknown_service(cursor: Cursor, service: str) -> None:
    """A service is known by its probes or its outages; of any other nothing can be said, not even 100 %."""
    known = services(cursor)
    if service not in known:
        told = (
            f"the services are {', '.join(known)}" if known else "no probe and no outage names a service yet"
        )
        raise Refused(f"--service: there is no service {service!r}; {told}")
