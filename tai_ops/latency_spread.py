"""Percentiles of answers that were counted by latency: buckets of any bounds, added up and never averaged.

Inside a bucket the answers are taken as spread evenly; of an open last bucket only its lower bound is known, so a
percentile there is "at least". Source: requirements.md section 4 (histograms merge by adding), E12.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tai_ops.reliability import bucket_quantile

INFINITE = Decimal("Infinity")
_PARTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many answers from `low_ms` up to `high_ms` (None: no upper end), in milliseconds."""

    low_ms: Decimal
    high_ms: Decimal | None
    samples: int


def spread_quantile(buckets: Sequence[Bucket], p: Decimal) -> Decimal | None:
    """The p-quantile in milliseconds, p 0-1, of all buckets together; None where they count nothing."""
    edges = sorted(
        {b.low_ms for b in buckets} | {b.high_ms for b in buckets if b.high_ms is not None} | {Decimal(0)}
    )
    counts = [(edge, int(_PARTS * sum((_below(b, edge) for b in buckets), Decimal(0)))) for edge in edges]
    whole = _PARTS * sum(b.samples for b in buckets)
    return bucket_quantile([*counts, (INFINITE, whole)], p) if whole else None


def is_at_least(buckets: Sequence[Bucket], p: Decimal) -> bool:
    """Whether that percentile falls into a bucket without an upper end."""
    whole = sum(b.samples for b in buckets)
    return p * whole > sum(b.samples for b in buckets if b.high_ms is not None)


def _below(bucket: Bucket, edge: Decimal) -> Decimal:
    """How many of a bucket's answers were quicker than the edge, if they are spread evenly."""
    if edge <= bucket.low_ms or bucket.high_ms is None:
        return Decimal(0)
    share = (min(edge, bucket.high_ms) - bucket.low_ms) / (bucket.high_ms - bucket.low_ms)
    return share * bucket.samples
