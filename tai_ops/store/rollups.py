"""The rollups of the probes: counts and latencies by minute and by day, made in the transaction that brings samples in.

A batch appends what it adds up to; a corrected or voided sample has its minute made anew. A UTC day is closed when a
sample of a later day arrives: its rows of a key become one, its busy minutes keep their latencies by bin, and the day
gets its sums. Samples before the pruned day are gone, and what was rolled up of them stands for good.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import duckdb

from tai_ops.errors import Problem, Refused
from tai_ops.latency_bins import GAMMA, ZERO_BIN
from tai_ops.probe_samples import AHEAD, too_old
from tai_ops.rights import Actor
from tai_ops.store.connection import Store, Write
from tai_ops.words import counted

RIGHT = "reliability"
PRUNED = "probes_pruned_before"
"""The store's fact that names the first day (UTC) of which raw samples may still be there."""
EPOCH = date(1970, 1, 1)
MINUTES_A_DAY = 1440
DENSE = 60
"""A minute of a service with more samples than this keeps its latencies by bin once its day is over."""
ERROR = "(not ok and coalesce(status, 0) < 400) or coalesce(status, 0) >= 500"
"""`reliability.is_error` in SQL: a 5xx, or not ok without a 4xx."""
BIN = f"""
    case when latency_ms is null then null when latency_ms <= 0 then {ZERO_BIN}
         else ceil(ln(latency_ms::double) / ln({GAMMA}::double)) end::bigint
"""
"""`latency_bins.bin_of` in SQL."""
MINUTE = "epoch_us(seen_at) // 60000000"


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning did, or would do: samples before that day (UTC) are dropped, so many of so many days."""

    before: date
    samples: int
    days: int


@dataclass(frozen=True, slots=True)
class Differing:
    """A day of a service whose rollups are not what its samples add up to."""

    service: str
    day: date
    samples: int
    rolled: int


# --- As samples arrive


def append(
    write: Write, samples: str, days: tuple[date, date], parameters: Mapping[str, Any] | None = None
) -> None:
    """Add samples that are new to the rollups: `samples` selects them, `days` are the first and last of theirs (UTC)."""
    write.sql(
        f"""
        insert into probe_minutes (service, minute, ok, bin, latency_ms, samples, errors, first_at, last_at)
        select service, {MINUTE} as minute, ok, {BIN} as bin, latency_ms, count(*),
               count(*) filter ({ERROR}), min(seen_at), max(seen_at)
        from ({samples}) group by service, minute, ok, bin, latency_ms order by minute, service, ok, latency_ms
        """,
        parameters,
    )
    _close_days(write, *days)


def follow_load(write: Write, updated: int) -> None:
    """Bring the rollups to what a load has just written: samples with the write's own instant."""
    written, at = "select * from probes where recorded_at = $at", {"at": write.now}
    row = write.sql(f"select count(*), min(seen_at), max(seen_at) from ({written})", at).fetchone()
    if not row or not row[0]:
        return
    days = (_day(row[1]), _day(row[2]))
    if updated:
        _make_anew(write, f"select distinct service, {MINUTE} as minute from ({written})", days, at)
    else:
        append(write, written, days, at)


def follow_void(write: Write, service: str, seen_at: datetime) -> None:
    """Make the minute of a sample that was taken out anew."""
    minute = (seen_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(minutes=1)
    named = {"service": service, "minute": minute}
    _make_anew(
        write, "select $service as service, $minute::bigint as minute", (_day(seen_at), _day(seen_at)), named
    )


def _make_anew(write: Write, minutes: str, days: tuple[date, date], parameters: Mapping[str, Any]) -> None:
    """Put what the samples add up to in the place of the rollups of these minutes of services."""
    write.sql(f"create or replace temp table touched as {minutes}", parameters)
    write.sql(
        """
        delete from probe_minutes p using touched t where p.service = t.service and p.minute = t.minute
        """
    )
    append(
        write,
        """
        select p.* from probes p join touched t on p.service = t.service and epoch_us(p.seen_at) // 60000000 = t.minute
        where p.seen_at >= $first and p.seen_at < $last
        """,
        days,
        {"first": first_instant(days[0]), "last": first_instant(days[1] + timedelta(days=1))},
    )
    write.sql("drop table touched")


def _close_days(write: Write, first: date, last: date) -> None:
    """Close the days that are over now, and close those anew of the given ones that were closed before."""
    row = write.sql("select max(day) from probe_days").fetchone()
    closed = row[0] if row and row[0] else None
    if closed is None or last > closed + timedelta(days=1):
        start = closed + timedelta(days=1) if closed else None
        row = write.sql(
            """
            select min(minute) // 1440, max(minute) // 1440 from probe_minutes
            where $start is null or minute >= $start
            """,
            {"start": None if start is None else _minute(start)},
        ).fetchone()
        oldest, newest = row or (None, None)
        if newest is not None and (oldest < newest or (closed is not None and first <= closed)):
            _close(write, min(start, first) if start else None, EPOCH + timedelta(days=int(newest)), closed)
    elif first <= closed:
        _close(write, first, min(last, closed) + timedelta(days=1), closed)


def _close(write: Write, start: date | None, end: date, closed: date | None) -> None:
    """Close every day from `start` (None: the very first) up to before `end`."""
    span = {"start": _minute(start) if start else None, "end": _minute(end)}
    inside = "minute < $end and ($start is null or minute >= $start)"
    write.sql(
        f"""
        create or replace temp table settled as
        with busy as (
            select service, minute, sum(samples) > {DENSE} as is_busy from probe_minutes where {inside}
            group by service, minute
        ),
        kept as (
            select m.* replace (case when b.is_busy then null else latency_ms end as latency_ms)
            from probe_minutes m join busy b using (service, minute) where {inside}
        )
        select service, minute, ok, bin, latency_ms, sum(samples)::bigint as samples, sum(errors)::bigint as errors,
               min(first_at) as first_at, max(last_at) as last_at
        from kept group by service, minute, ok, bin, latency_ms
        """,
        span,
    )
    row = write.sql(
        f"select (select count(*) from settled) = (select count(*) from probe_minutes where {inside})", span
    ).fetchone()
    if row and not row[0]:
        write.sql(f"delete from probe_minutes where {inside}", span)
        write.sql(
            """
            insert into probe_minutes (service, minute, ok, bin, latency_ms, samples, errors, first_at, last_at)
            select service, minute, ok, bin, latency_ms, samples, errors, first_at, last_at from settled
            order by minute, service, ok, bin, latency_ms
            """
        )
    if closed is not None and (start is None or start <= closed):
        write.sql(
            "delete from probe_days where day < $end and ($start is null or day >= $start)",
            {"start": start, "end": end},
        )
    write.sql(
        """
        insert into probe_days (service, day, ok, bin, samples, errors, first_at, last_at)
        select service, date '1970-01-01' + (minute // 1440)::integer as day, ok, bin, sum(samples)::bigint,
               sum(errors)::bigint, min(first_at), max(last_at)
        from settled group by service, day, ok, bin order by day, service, ok, bin
        """
    )
    write.sql("drop table settled")


def problems(write: Write, now: datetime) -> Iterator[Problem]:
    """What is wrong with samples that are about to be loaded: they are of pruned days, or of the future."""
    before = pruned_before(write.cursor)
    rows = write.sql(
        """
        select row_number, seen_at > greatest($late, now() + interval 5 minute),
               strftime(seen_at at time zone 'UTC', '%Y-%m-%d %H:%M:%S') from incoming
        where seen_at > greatest($late, now() + interval 5 minute) or seen_at < $first order by row_number
        """,
        {"late": now + AHEAD, "first": first_instant(before)},
    ).fetchall()
    for number, is_late, text in rows:
        if is_late:
            yield Problem(number, "at", f"{text} UTC lies in the future (is the monitor's clock right?)")
        else:
            yield Problem(number, "at", too_old(first_instant(before)).removeprefix("at: "))


# --- Pruning and mending


def pruned_before(cursor: duckdb.DuckDBPyConnection) -> date | None:
    """The first day (UTC) of which raw samples may still be there; None where nothing was ever pruned."""
    row = cursor.execute("select value from store_facts where name = $name", {"name": PRUNED}).fetchone()
    return date.fromisoformat(row[0]) if row else None


def samples_from(store: Store) -> datetime | None:
    """The instant before which samples are pruned; None where nothing was ever pruned."""
    value = store.fact(PRUNED)
    return first_instant(date.fromisoformat(value)) if value else None


def first_instant(before: date | None) -> datetime:
    """The instant from which raw samples are there."""
    return datetime.combine(before or date(1, 1, 2), time(), UTC)


def may_prune(store: Store, now: datetime, before: date | None = None) -> Pruned:
    """What pruning would drop now: the samples of closed days older than the setting says, or before a day of choice.

    Refused for a day that the setting still keeps.
    """
    kept = store.company.probe_raw_days
    latest = now.astimezone(UTC).date() - timedelta(days=kept)
    wanted = before or latest
    if wanted > latest:
        raise Refused(
            f"samples are kept for {counted(kept, 'day')}, so those before {latest} may go and none before {wanted}; "
            "the setting stands on the Company page"
        )
    closed = store.row("select max(day) from probe_days")
    until = min(wanted, closed[0] + timedelta(days=1)) if closed and closed[0] else EPOCH
    row = store.row(
        """
        select count(*), count(distinct day)
        from (select epoch_us(seen_at) // 86400000000 as day from probes where seen_at < $end)
        """,
        {"end": first_instant(until)},
    )
    samples, days = row or (0, 0)
    return Pruned(until if samples else wanted, int(samples), int(days))


def prune(store: Store, actor: Actor, *, now: datetime, before: date | None = None) -> Pruned:
    """Drop the raw samples of closed days older than the setting says; their rollups stay and answer from then on.

    One transaction, and none of it where a rollup is not what its samples add up to.
    """
    with store.write(
        actor, RIGHT, "prune probes", now=now, subject=("probe_rollups", "pruned"), checkpoint=True
    ) as write:
        found = may_prune(store, now, before)
        if not found.samples:
            write.detail = {"before": found.before.isoformat(), "samples": 0}
            return found
        wrong = differing(write.cursor, until=found.before)
        if wrong:
            raise Refused(
                f"the rollups of {wrong[0].service} on {wrong[0].day} are not what its samples add up to; make them anew "
                "first with `tai-ops rollups rebuild` (nothing was dropped)"
            )
        write.sql("delete from probes where seen_at < $end", {"end": first_instant(found.before)})
        write.sql("delete from store_facts where name = $name", {"name": PRUNED})
        write.sql(
            "insert into store_facts (name, value) values ($name, $value)",
            {"name": PRUNED, "value": found.before.isoformat()},
        )
        write.detail = {
            "before": found.before.isoformat(),
            "samples": found.samples,
            "days": found.days,
        }
        return found


def rebuild(store: Store, actor: Actor, *, now: datetime) -> int:
    """Make the rollups of every day whose samples are there anew from them; returns of how many samples."""
    with store.write(
        actor, RIGHT, "rebuild rollups", now=now, subject=("probe_rollups", "rebuilt"), checkpoint=True
    ) as write:
        before = pruned_before(write.cursor)
        write.sql(
            "delete from probe_minutes where minute >= $first", {"first": _minute(before or date(1, 1, 2))}
        )
        write.sql("delete from probe_days where day >= $first", {"first": before or date(1, 1, 2)})
        row = write.sql("select count(*), min(seen_at), max(seen_at) from probes").fetchone()
        count = int(row[0]) if row else 0
        if row and count:
            append(write, "select * from probes", (_day(row[1]), _day(row[2])))
        write.detail = {"samples": count}
        return count


def differing(cursor: duckdb.DuckDBPyConnection, until: date | None = None) -> list[Differing]:
    """Each day of a service whose rollups are not what its samples add up to; days that are pruned are left out."""
    rows = cursor.execute(
        f"""
        with raw as (
            select service, epoch_us(seen_at) // 86400000000 as day, ok, count(*) as samples,
                   count(*) filter ({ERROR}) as errors, coalesce(sum({BIN}), 0) as bins, count(latency_ms) as answered,
                   min(seen_at) as first_at, max(seen_at) as last_at
            from probes where $until is null or seen_at < $end group by all
        ),
        minutes as (
            select service, minute // 1440 as day, ok, sum(samples) as samples, sum(errors) as errors,
                   coalesce(sum(bin * samples), 0) as bins, coalesce(sum(samples) filter (bin is not null), 0) as answered,
                   min(first_at) as first_at, max(last_at) as last_at
            from probe_minutes where minute >= $first and ($until is null or minute < $last) group by all
        ),
        days as (
            select service, day - date '1970-01-01' as day, ok, sum(samples) as samples, sum(errors) as errors,
                   coalesce(sum(bin * samples), 0) as bins, coalesce(sum(samples) filter (bin is not null), 0) as answered,
                   min(first_at) as first_at, max(last_at) as last_at
            from probe_days where ($from is null or day >= $from) and ($until is null or day < $until) group by all
        ),
        off as (
            (from raw except from minutes) union all (from minutes except from raw)
            union all (
                (from minutes where day <= (select max(day) - date '1970-01-01' from probe_days)) except from days
            )
            union all (from days except from minutes)
        )
        select o.service, o.day,
               coalesce((select sum(r.samples) from raw r where r.service = o.service and r.day = o.day), 0) as samples,
               coalesce((select sum(m.samples) from minutes m where m.service = o.service and m.day = o.day), 0) as rolled
        from (select distinct service, day from off) o order by o.day, o.service
        """,
        {
            "from": (before := pruned_before(cursor)),
            "first": _minute(before or date(1, 1, 2)),
            "until": until,
            "end": first_instant(until),
            "last": _minute(until or date(9999, 1, 1)),
        },
    ).fetchall()
    return [
        Differing(service, EPOCH + timedelta(days=int(day)), int(samples), int(rolled))
        for service, day, samples, rolled in rows
    ]


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _minute(day: date) -> int:
    return (day - EPOCH).days * MINUTES_A_DAY
