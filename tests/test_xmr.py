from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.xmr import limits, signal, signals

WHEELER = [
    *map(Decimal, (19, 27, 20, 16, 18, 25, 22, 24, 17, 25, 15, 17)),
    *map(Decimal, (20, 22, 19, 16, 22, 19, 25, 22, 18, 20, 16, 17)),
    *map(Decimal, (20, 15, 27, 25, 17, 19, 28)),
]
NIST = [Decimal(n) / 10 for n in (496, 476, 499, 513, 478, 512, 526, 524, 536, 521)]


@pytest.mark.parametrize(
    "points, printed",
    [
        pytest.param(WHEELER, ("20.39", "4.70", "7.89", "32.89", "15.37"), id="E26"),
        pytest.param(NIST, ("50.81", "1.8778", "45.8151", "55.8049", "6.1403"), id="E27"),
    ],
)
def test_limits(points, printed):
    got = limits(points)
    values = (got.centre, got.mean_range, got.lower, got.upper, got.range_limit)
    assert tuple(str(v.quantize(Decimal(p))) for v, p in zip(values, printed, strict=True)) == printed
    assert got.n == len(points)


@pytest.mark.parametrize("n, provisional", [(5, None), (6, True), (11, True), (12, False)])
def test_few_points_make_provisional_limits_or_none(n, provisional):
    got = limits(WHEELER[:n])
    assert (got.provisional if got else None) is provisional


def test_limits_stay_within_the_natural_bounds():
    share = [Decimal(n) for n in (0, 100, 0, 100, 50, 100, 0)]
    got = limits(share, floor=Decimal(0), ceiling=Decimal(100))
    assert (got.lower, got.upper) == (0, 100)


def test_signals_name_their_points():
    kept = limits(WHEELER)
    got = signals([Decimal(n) for n in (20, 33, 32, 7, 20)], kept)
    assert (got.outside, got.jumps) == ((1, 3), (3,))
    assert signals(WHEELER, kept).outside == ()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 1000).map(Decimal), min_size=6, max_size=30), st.integers(-500, 500))
def test_moving_the_points_moves_the_limits(points, by):
    here, there = limits(points), limits([point + by for point in points])
    assert abs(there.upper - here.upper - by) < Decimal("1e-20")
    assert there.mean_range == here.mean_range


FLAT = [Decimal(n) for n in (10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12)]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((11,), None),
        ((17,), "outside the limits: above the upper one"),
        ((5,), "outside the limits: below the lower one"),
        ((12, 12, 12, 12, 12, 12, 12), "8 in a row above the mean"),
        ((10.5, 10, 10, 10.5, 10, 10, 10, 10), "8 in a row below the mean"),
        ((14, 12, 14), None),
        ((15, 15, 15), "3 of the last 4 near the upper limit"),
        ((7, 11, 7, 7), "3 of the last 4 near the lower limit"),
        ((7, 7, 7, 11), None),
    ],
)
def test_a_signal_is_said_by_one_of_three_rules_and_nothing_else(more, said):
    within = limits(FLAT)
    assert (within.lower, within.centre, within.upper) == (Decimal("5.68"), 11, Decimal("16.32"))
    assert signal([*FLAT, *(Decimal(str(n)) for n in more)], within) == said


def test_a_figure_that_stands_at_its_natural_bound_is_near_no_limit():
    calls = [Decimal(n) for n in (0, 0, 3, 0, 0, 0, 2, 0, 0, 1, 0, 0)]
    assert signal(calls, limits(calls, floor=Decimal(0))) is None
    share = [Decimal(n) for n in (100, 100, 100, 100, 0, 100, 100, 100)]
    assert signal(share, limits(share, floor=Decimal(0), ceiling=Decimal(100))) is None


def test_what_never_changes_is_routine():
    assert signal([Decimal(5)] * 13, limits([Decimal(5)] * 13)) is None
