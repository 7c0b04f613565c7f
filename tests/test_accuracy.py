from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.accuracy import (
    Count,
    CountLine,
    Measurement,
    celebration,
    count_accuracy,
    customer_accuracy,
    gain,
    mark,
    wilson,
)

BASELINE_ON, CURRENT_ON = date(2026, 2, 13), date(2026, 3, 4)


def line(record, counted, abc=None, cost=None) -> CountLine:
    return CountLine(abc, None if cost is None else Decimal(cost), Decimal(record), Decimal(counted))


def baseline(pct=80, hours=40, **more) -> Measurement:
    return measured(pct, hours, {"kind": "baseline", "method": "legacy", "measured_on": BASELINE_ON} | more)


def current(pct=97, hours=28, **more) -> Measurement:
    return measured(pct, hours, {"kind": "current", "method": "tai", "measured_on": CURRENT_ON} | more)


def measured(pct, hours, values) -> Measurement:
    return Measurement(
        **({"customer_id": "C-1", "warehouse": "Main"} | values),
        accuracy_pct=None if pct is None else Decimal(pct),
        count_hours=None if hours is None else Decimal(hours),
    )


def test_e15():
    found = count_accuracy([line(10, 10)] * 485 + [line(10, 9)] * 15)
    assert (found.ira_pct, found.lines, found.within_tolerance) == (97, 500, 485)
    assert 99 - found.ira_pct == 2


@pytest.mark.parametrize(
    "abc, ira",
    [
        pytest.param("A", 0, id="E16-A"),
        pytest.param("B", 0, id="E16-B"),
        pytest.param("C", 100, id="E16-C"),
        pytest.param(None, 0, id="E16-no-class"),
    ],
)
def test_e16(abc, ira):
    found = count_accuracy([line(100, 95, abc), line(100, 105, abc)])
    assert (found.net_variance_pct, found.absolute_variance_pct, found.ira_pct) == (0, 5, ira)


@pytest.mark.parametrize(
    "counted, abc, within",
    [
        ("99", "A", 1),
        ("98.99", "A", 0),
        ("103", "B", 1),
        ("103.01", "B", 0),
        ("94.99", "C", 0),
        ("100", None, 1),
    ],
)
def test_tolerance_includes_its_edge(counted, abc, within):
    assert count_accuracy([line(100, counted, abc)]).within_tolerance == within


def test_a_record_of_0_admits_no_unit():
    assert count_accuracy([line(0, 1, "C"), line(0, 0, "C")]).within_tolerance == 1


def test_value_accuracy_counts_the_lines_with_a_cost():
    found = count_accuracy([line(100, 90, cost="2.00"), line(50, 0), line(10, 12, cost="10.00")])
    assert found.value_accuracy_pct == 100 - Decimal(4000) / 300
    assert count_accuracy([line(100, 90)]).value_accuracy_pct is None


def test_no_lines_know_nothing():
    assert count_accuracy([]).as_json() == {
        "ira_pct": None,
        "lines": 0,
        "within_tolerance": 0,
        "value_accuracy_pct": None,
        "net_variance_pct": None,
        "absolute_variance_pct": None,
        "interval_pct": None,
    }


def test_records_of_nothing_have_no_variance():
    found = count_accuracy([line(0, 3, cost="1.00")])
    assert (found.ira_pct, found.net_variance_pct, found.value_accuracy_pct) == (0, None, None)


def test_a_loaded_count_reads_like_a_line():
    row = Count("C-1", "Main", CURRENT_ON, "A-1", "SKU", "A", Decimal("12.5"), Decimal(100), Decimal(99))
    assert count_accuracy([row]) == count_accuracy([line(100, 99, "A", "12.5")])


def test_wilson_of_50_of_50():
    low, high = wilson(50, 50)
    assert (round(low, 1), high) == (Decimal("92.9"), 100)


@given(st.integers(0, 300), st.integers(1, 300))
def test_wilson_holds_the_share_and_stays_within_0_and_100(hits, n):
    hits = min(hits, n)
    low, high = wilson(hits, n)
    assert 0 <= low <= Decimal(100 * hits) / n <= high <= 100
    assert wilson(n - hits, n) == pytest.approx((100 - high, 100 - low))


lines = st.lists(
    st.builds(
        line,
        st.integers(0, 500),
        st.integers(0, 500),
        st.sampled_from([None, "A", "B", "C"]),
        st.none() | st.decimals(0, 100, places=2),
    ),
    max_size=12,
)


@given(lines)
def test_net_never_exceeds_absolute_and_exact_counts_are_perfect(counted):
    found = count_accuracy(counted)
    if found.net_variance_pct is not None:
        assert abs(found.net_variance_pct) <= found.absolute_variance_pct
    exact = count_accuracy([each._replace(counted_qty=each.record_qty) for each in counted])
    assert exact.ira_pct in {None, Decimal(100)}
    assert exact.value_accuracy_pct in {None, Decimal(100)}


@pytest.mark.parametrize(
    "value, expected",
    [(None, "no_data"), ("97", "met"), ("96.99", "floor"), ("95", "floor"), ("94.99", "missed")],
)
def test_mark(value, expected):
    assert mark(None if value is None else Decimal(value)) == expected


def test_97_less_80_is_17_points_and_85_pct_fewer_errors():
    found = gain(baseline(), current())
    assert (found.points, found.error_reduction_pct, found.mark, found.reason) == (17, 85, "met", None)


@pytest.mark.parametrize(
    "hours, saved, pct, goal, need",
    [pytest.param(28, 12, 30, True, True, id="40-28"), pytest.param(30, 10, 25, False, True, id="40-30")],
)
def test_hours_goal_and_need(hours, saved, pct, goal, need):
    found = gain(baseline(), current(hours=hours), needed_hours=Decimal(30))
    assert (found.hours_saved, found.hours_saved_pct) == (saved, pct)
    assert (found.hours_goal_met, found.hours_need_met) == (goal, need)


@pytest.mark.parametrize(
    "before, after, reason",
    [
        (baseline(), current(method="migration"), "migration is fidelity"),
        (baseline(method="migration"), current(), "migration is fidelity"),
        (baseline(method="tai"), current(method="legacy"), "measured by tai, then by legacy"),
        (baseline(), current(warehouse="East"), "different warehouses"),
        (baseline(), current(measured_on=date(2026, 2, 1)), "before the baseline"),
        (current(), baseline(), "needs a baseline and a current"),
    ],
)
def test_not_comparable_has_no_figures(before, after, reason):
    found = gain(before, after)
    assert found.reason.startswith("not comparable: ")
    assert reason in found.reason
    assert (found.points, found.error_reduction_pct, found.hours_saved, found.hours_goal_met) == (None,) * 4


def test_the_same_method_compares():
    assert gain(baseline(method="tai"), current()).points == 17


def test_what_was_not_measured_is_said():
    found = gain(baseline(pct=None), current(hours=None))
    assert (found.points, found.reason) == (None, "baseline accuracy not measured")
    assert (found.hours_saved, found.hours_reason) == (None, "current hours not measured")


def test_a_perfect_baseline_has_no_errors_to_reduce():
    assert gain(baseline(pct=100), current()).error_reduction_pct is None


@pytest.mark.parametrize(
    "before, after, sentence",
    [
        (baseline(counts_per_quarter=Decimal(1)), current(), "You're saving 12 hours per cycle count!"),
        (baseline(), current(counts_per_quarter=Decimal(3)), "You're saving 4 hours per cycle count!"),
        (baseline(), current(), "You're saving 12 hours per warehouse per quarter!"),
        (
            baseline(counts_per_quarter=Decimal(1)),
            current(counts_per_quarter=Decimal(2)),
            "You're saving 12 hours per warehouse per quarter!",
        ),
        (baseline(), current(hours=39), "You're saving 1 hour per warehouse per quarter!"),
    ],
)
def test_celebration_takes_its_unit_from_the_data(before, after, sentence):
    assert celebration(gain(before, after)) == (
        "You're up 17 percentage points in accuracy!",
        sentence,
        "Your inventory is now real-time synchronized!",
    )


def test_a_loss_is_not_celebrated():
    assert celebration(gain(baseline(), current(pct=79, hours=41))) == (
        "Your inventory is now real-time synchronized!",
    )


def test_customer_accuracy_is_the_mean_of_each_warehouses_latest():
    rows = [
        baseline(80, 40),
        baseline(90, 20, warehouse="East"),
        current(90, 36, measured_on=date(2026, 3, 1)),
        current(97, 28),
        current(99, 20, warehouse="East"),
        current(50, 1, measured_on=date(2026, 3, 5)),
        current(100, 1, method="migration"),
        current(10, 1, customer_id="C-2"),
    ]
    found = customer_accuracy(rows, "C-1", CURRENT_ON)
    assert (found.accuracy_pct, found.baseline_pct, found.gain_points, found.hours_saved_pct) == (
        98,
        85,
        13,
        20,
    )
    assert (found.warehouses, found.measured_on, found.reason) == (2, CURRENT_ON, None)


def test_a_customer_not_measured_has_a_reason():
    found = customer_accuracy([baseline()], "C-1", CURRENT_ON)
    assert (found.accuracy_pct, found.baseline_pct, found.gain_points) == (None, 80, None)
    assert found.reason == "no accuracy measured up to 2026-03-04"
