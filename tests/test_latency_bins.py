"""Latencies as bins: every value within 1 % of its bin's middle, and every quantile within 1 % of the exact one."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.latency_bins import GAMMA, ZERO_BIN, between_ranks, bin_of, middle_of, quantile_of
from tai_ops.reliability import quantile

D = Decimal
ONE_PCT = D("0.01")
LATENCIES = st.decimals(min_value=D("0.000001"), max_value=D("86400000"), places=6)


@given(LATENCIES)
def test_a_bins_middle_is_within_one_per_cent_of_each_value_in_it(value: Decimal) -> None:
    assert abs(middle_of(bin_of(value)) - value) <= ONE_PCT * value


def test_an_answer_in_no_time_has_a_bin_of_its_own() -> None:
    assert (bin_of(0), middle_of(ZERO_BIN)) == (ZERO_BIN, 0)
    assert bin_of(GAMMA) in {1, 2}
    assert bin_of(1.0) == 0


@given(st.lists(LATENCIES, min_size=1, max_size=60), st.sampled_from(["0", "0.5", "0.95", "0.99", "1"]))
def test_a_quantile_of_bins_is_within_one_per_cent_of_the_exact_one(values: list[Decimal], p: str) -> None:
    exact = quantile(values, D(p))
    found = quantile_of(Counter(bin_of(value) for value in values), D(p))
    assert exact is not None
    assert found is not None
    assert abs(found - exact) <= ONE_PCT * exact


@given(st.lists(LATENCIES, min_size=1, max_size=30), st.lists(LATENCIES, min_size=1, max_size=30))
def test_histograms_of_two_times_add_up_to_that_of_both(first: list[Decimal], second: list[Decimal]) -> None:
    parts = Counter(map(bin_of, first)) + Counter(map(bin_of, second))
    assert quantile_of(parts, D("0.95")) == quantile_of(Counter(map(bin_of, [*first, *second])), D("0.95"))


def test_quantiles_of_parts_are_never_averaged() -> None:
    slow, quick = [D(1000)] * 10, [D(100)] * 990
    merged = quantile_of(Counter(map(bin_of, slow + quick)), D("0.95"))
    assert merged == middle_of(bin_of(100))


@pytest.mark.parametrize(("p", "expected"), [("0.4", 29), ("0.5", 35), ("0.05", 16), ("1", 50)])
def test_between_ranks_e10(p: str, expected: int) -> None:
    ordered = [D(v) for v in (15, 20, 35, 40, 50)]
    rank = 4 * D(p)
    upper = ordered[min(int(rank) + 1, 4)]
    assert between_ranks(ordered[int(rank)], upper, 5, D(p)) == expected


def test_no_samples_have_no_quantile() -> None:
    assert quantile_of({}, D("0.5")) is None
