"""The XmR chart: limits that tell a signal from the routine variation of one figure over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

LIMIT_FACTOR = Decimal("2.66")
RANGE_FACTOR = Decimal("3.27")
FEWEST_POINTS = 6
ENOUGH_POINTS = 12


@dataclass(frozen=True, slots=True)
class Limits:
    """Natural process limits in the unit of the points; provisional where fewer than 12 points made them."""

    centre: Decimal
    mean_range: Decimal
    lower: Decimal
    upper: Decimal
    range_limit: Decimal
    n: int
    provisional: bool


@dataclass(frozen=True, slots=True)
class Signals:
    """Which points lie outside the limits, and which are too far from the one before, by position from 0."""

    outside: tuple[int, ...]
    jumps: tuple[int, ...]


def limits(
    points: Sequence[Decimal], *, floor: Decimal | None = None, ceiling: Decimal | None = None
) -> Limits | None:
    """The limits of a series: mean ± 2.66 mean moving ranges, the range limit 3.27 of them; None below 6 points.

    `floor` and `ceiling` are the figure's natural bounds (0 for a count, 100 for a share); no limit passes them.
    Limits are made once and kept; only a declared change of the process is a reason to make them anew.

    Source: Wheeler, Understanding Variation; requirements.md section 8 (XmR); E26, E27.
    """
    if len(points) < FEWEST_POINTS:
        return None
    centre = sum(points, Decimal(0)) / len(points)
    mean_range = sum((abs(b - a) for a, b in pairwise(points)), Decimal(0)) / (len(points) - 1)
    lower = centre - LIMIT_FACTOR * mean_range
    upper = centre + LIMIT_FACTOR * mean_range
    return Limits(
        centre=centre,
        mean_range=mean_range,
        lower=lower if floor is None else max(lower, floor),
        upper=upper if ceiling is None else min(upper, ceiling),
        range_limit=RANGE_FACTOR * mean_range,
        n=len(points),
        provisional=len(points) < ENOUGH_POINTS,
    )


SIDE_RUN = 8
NEAR, NEAR_OF = 3, 4


def signal(points: Sequence[Decimal], within: Limits) -> str | None:
    """What the newest point says that routine variation does not explain, by the rule that says so; None where nothing.

    The three rules: a point outside the limits; eight in a row on one side of the mean; three of four nearer to a limit
    than to the mean. A limit that a natural bound cut short counts there where it would be: a figure that often stands at
    its bound (0 incidents, 100 %) is not near a limit. Source: requirements.md 5C (XmR limits and signal text).
    """
    newest = points[-1]
    if newest > within.upper:
        return "outside the limits: above the upper one"
    if newest < within.lower:
        return "outside the limits: below the lower one"
    run = points[-SIDE_RUN:]
    if len(run) == SIDE_RUN:
        if all(point > within.centre for point in run):
            return f"{SIDE_RUN} in a row above the mean"
        if all(point < within.centre for point in run):
            return f"{SIDE_RUN} in a row below the mean"
    last = points[-NEAR_OF:]
    half_way = LIMIT_FACTOR * within.mean_range / 2
    high, low = within.centre + half_way, within.centre - half_way
    if len(last) == NEAR_OF and newest > high and sum(point > high for point in last) >= NEAR:
        return f"{NEAR} of the last {NEAR_OF} near the upper limit"
    if len(last) == NEAR_OF and newest < low and sum(point < low for point in last) >= NEAR:
        return f"{NEAR} of the last {NEAR_OF} near the lower limit"
    return None


def signals(points: Sequence[Decimal], within: Limits) -> Signals:
    """The points that the limits call exceptional. Source: as `limits`."""
    return Signals(
        outside=tuple(i for i, point in enumerate(points) if not within.lower <= point <= within.upper),
        jumps=tuple(i for i, (a, b) in enumerate(pairwise(points), 1) if abs(b - a) > within.range_limit),
    )
