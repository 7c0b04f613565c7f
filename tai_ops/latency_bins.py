"""Latencies as a histogram of logarithmic bins: what many samples are kept as, and the quantiles that it gives back.

A bin's bounds are 1.9 % apart, so that its middle is within 1 % of every value in it. Histograms of different times or
services merge by adding their counts; quantiles are never averaged.
"""

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache

GAMMA = 1.019
"""A bin's upper bound over its lower one; its middle is off by at most (GAMMA - 1) / (GAMMA + 1) = 0.94 %."""
ZERO_BIN = -32000
"""The bin of an answer in no time at all."""
_SIX_DIGITS = Context(prec=6, rounding=ROUND_HALF_EVEN)


def bin_of(latency_ms: float | Decimal) -> int:
    """The bin n of a latency in ms: the one above GAMMA^(n-1) and up to GAMMA^n."""
    return ZERO_BIN if latency_ms <= 0 else math.ceil(math.log(latency_ms) / math.log(GAMMA))


@cache
def middle_of(bin_number: int) -> Decimal:
    """The latency in ms that stands for a bin: equally far, in per cent, from both of its bounds."""
    if bin_number == ZERO_BIN:
        return Decimal(0)
    return _SIX_DIGITS.create_decimal_from_float(2 * GAMMA**bin_number / (GAMMA + 1))


def between_ranks(lower: Decimal, upper: Decimal, count: int, p: Decimal) -> Decimal:
    """The p-quantile, p 0-1, of that many values, given those at the ranks around it (Hyndman and Fan 1996, type 7)."""
    rank = (count - 1) * p
    return lower + (rank - int(rank)) * (upper - lower)


def quantile_of(bins: Mapping[int, int], p: Decimal) -> Decimal | None:
    """The p-quantile, p 0-1, of a histogram (bin, count): within 1 % of that of the samples; None without any.

    Both ranks around the quantile are answered by the middles of their bins, so that the bound holds in gaps too.
    """
    count = sum(bins.values())
    if not count:
        return None
    rank, found, upto = (count - 1) * p, [Decimal(0), Decimal(0)], 0
    for number in sorted(bins):
        before, upto = upto, upto + bins[number]
        for place, wanted in enumerate((math.floor(rank), math.ceil(rank))):
            if before <= wanted < upto:
                found[place] = middle_of(number)
    return between_ranks(found[0], found[1], count, p)
