from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.statements.balance import best_chain

CENTS = st.integers(-(10**9), 10**9)


def test_a_broken_link_names_its_row_and_what_was_expected():
    chain = best_chain([100, -50, 25], [1100, 1050, 1080], "ascending")
    assert (chain.ties, chain.breaks, chain.first_break, chain.expected) == (False, 1, 2, 1075)


def test_rows_without_a_balance_are_passed_over():
    chain = best_chain([100, -50, 25], [1100, None, 1075], "ascending")
    assert (chain.ties, chain.opening, chain.closing) == (True, 1000, 1075)


def test_no_balance_no_chain():
    assert best_chain([1, 2], [None, None], None) is None


def test_rows_out_of_order_tie_once_they_are_sorted():
    amounts, balances = [2000, -10300, -5727, -7500], [87847, 85847, 103647, 96147]
    days = [date(2022, 8, n) for n in (17, 17, 4, 9)]
    chain = best_chain(amounts, balances, None, days)
    assert (chain.ties, chain.opening, chain.closing) == (True, 109374, 87847)


@given(st.lists(CENTS, min_size=2, max_size=30), CENTS, st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_order_and_place_of_the_balance_is_recognised(amounts, opening, backwards, before):
    running, balances = opening, []
    for amount in amounts:
        balances.append(running if before else running + amount)
        running += amount
    if backwards:
        amounts, balances = amounts[::-1], balances[::-1]
    chain = best_chain(amounts, balances, "descending" if backwards else "ascending")
    assert chain.ties
    if any(amounts) and chain.before != before:
        return
    assert (chain.opening, chain.closing) == (opening, running)
