"""Money: half up in one place, parts that add up, text that is an amount and text that is none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.money import allocate, cents, money_text, parse_money, percent, ratio

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("1.005", "1.01"), ("-1.005", "-1.01"), ("4166.6666", "4166.67"), ("0.004", "0.00")],
)
def test_f10_half_up_away_from_zero(exact: str, rounded: str) -> None:
    assert cents(Decimal(exact)) == Decimal(rounded)


@given(AMOUNTS, st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_parts_are_cents_and_add_up_to_the_whole(total: Decimal, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert all(part == cents(part) for part in parts)


@given(AMOUNTS)
def test_money_written_and_read_is_unchanged(amount: Decimal) -> None:
    assert parse_money(money_text(amount)) == amount


@pytest.mark.parametrize(
    "text", ["", "1,000.00", "1.234,56", "abc", "1.005", "NaN", "1e3", "$5", "99999999999999999.00"]
)
def test_what_is_no_amount_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals|larger"):
        parse_money(text)


def test_a_ratio_over_nothing_is_unknown() -> None:
    assert ratio(1, 0) is None
    assert percent(1, 0) is None
    assert percent(1, 4) == 25
