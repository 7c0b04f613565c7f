"""Latency as monitors counted it: percentiles of answers by bucket, added up and never averaged, as a table."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tai_ops.app import session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.latency_spread import Bucket, is_at_least, spread_quantile

PERCENTILES = (Decimal("0.5"), Decimal("0.95"), Decimal("0.99"))
P95 = Decimal("0.95")
WHAT = "Percentiles of answers that monitors counted by latency, added up and never averaged; single probes stand beside them."
COLUMNS = (
    Column("service", "Service"),
    Column("samples", "Answers", "count"),
    Column("p50", "p50, ms", "number"),
    Column("p95", "p95, ms", "number"),
    Column("p99", "p99, ms", "number"),
    Column("note", "Note"),
)


def table(spreads: Mapping[str, Sequence[Bucket]], *, key: str, period: str) -> None:
    """Each service with its answers and percentiles; where there are several, all of them together on top."""
    every = tuple(bucket for buckets in spreads.values() for bucket in buckets)
    shown = {"all together": every, **spreads} if len(spreads) > 1 else dict(spreads)
    widgets.rows_table(
        Rows("spreads", "service", COLUMNS, tuple(_row(*one) for one in shown.items())),
        key=key,
        alt="Latency percentiles of answers counted by monitors",
        period=period,
        zone=session.store().company.tz,
    )


def _row(service: str, buckets: Sequence[Bucket]) -> tuple[object, ...]:
    values = [spread_quantile(buckets, p) for p in PERCENTILES]
    beyond = [f"p{100 * p:.0f}" for p in PERCENTILES if is_at_least(buckets, p)]
    note = f"{words.listed(beyond)} at least so much" if beyond else ""
    rounded = (None if value is None else round(value, 1) for value in values)
    return (service, sum(b.samples for b in buckets), *rounded, note)


def p95_words(spreads: Mapping[str, Sequence[Bucket]]) -> str:
    """The 95th percentile of all services together in words; empty where nothing was counted."""
    every = [bucket for buckets in spreads.values() for bucket in buckets]
    value = spread_quantile(every, P95)
    if value is None:
        return ""
    least = "at least " if is_at_least(every, P95) else ""
    return f"monitors counted {least}{words.number(value, 'ms')}, below"
