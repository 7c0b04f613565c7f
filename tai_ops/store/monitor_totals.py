"""What monitors told as totals: answers counted by latency, and minutes down by day beside the minutes on record."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from tai_ops.latency_spread import Bucket
from tai_ops.reliability import Impact, Interval, minutes, outages, total
from tai_ops.store.connection import Store


@dataclass(frozen=True, slots=True)
class OutageDay:
    """A day (UTC) of a service: the minutes down that a monitor counted, and those of full outage on record."""

    service: str
    day: date
    source: str
    counted_minutes: Decimal
    recorded_minutes: Decimal

    @property
    def missing_minutes(self) -> Decimal:
        """What the monitor counted more than the record has; negative where the record has more."""
        return self.counted_minutes - self.recorded_minutes


def first_at(store: Store) -> datetime | None:
    """From when the first of these totals is; None where there are none."""
    row = store.row(
        """
        select least((select min(started_at) from latency_counts), (select min(day)::timestamp from outage_days) at time zone 'UTC')
        """
    )
    return row[0].astimezone(UTC) if row and row[0] else None


def spreads(store: Store, span: Interval) -> dict[str, list[Bucket]]:
    """The answers counted by latency in a span, by service; what reaches over its edges is left out."""
    rows = store.rows(
        """
        select service, low_ms, high_ms, sum(samples)::bigint from latency_counts
        where started_at >= $start and ended_at <= $end
        group by service, low_ms, high_ms order by service, low_ms, high_ms nulls last
        """,
        {"start": span[0], "end": span[1]},
    )
    found: dict[str, list[Bucket]] = {}
    for service, *bucket in rows:
        found.setdefault(service, []).append(Bucket(*bucket))
    return found


def outage_days(store: Store, impacts: tuple[Impact, ...], span: Interval, now: datetime) -> list[OutageDay]:
    """The days of a span that a monitor counted, those with the most minutes missing on record first."""
    rows = store.rows(
        """
        select service, day, source, minutes_down from outage_days
        where day >= $first and day <= $last order by day desc, service, source
        """,
        {"first": span[0].astimezone(UTC).date(), "last": min(span[1], now).astimezone(UTC).date()},
    )
    found = [
        OutageDay(service, day, source, counted, _recorded(impacts, service, day, now))
        for service, day, source, counted in rows
    ]
    return sorted(found, key=lambda one: (-one.missing_minutes, -one.day.toordinal(), one.service))


def _recorded(impacts: tuple[Impact, ...], service: str, day: date, now: datetime) -> Decimal:
    start = datetime.combine(day, time(), UTC)
    window = (start, max(start, min(start + timedelta(days=1), now)))
    return minutes(total(outages((i for i in impacts if i.touches(None, service)), window, now=now)))
