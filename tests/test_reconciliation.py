"""Reconciliation: published two-sided statements, the contract's difference, cards and processors."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.clearing import ProcessorClearing
from tai_ops.reconciliation import (
    FeeLine,
    OpenItem,
    TwoSidedStatement,
    card_liability,
    line_with_fees,
    processor_fee,
    stale_checks,
    two_sided_statement,
)

ON = date(2026, 2, 28)


def items(*parts):
    """Open items of (amount, nature) or of amounts alone."""
    pairs = [part if isinstance(part, tuple) else (part, "plain") for part in parts]
    return [OpenItem(f"i{n}", ON, Decimal(amount), nature) for n, (amount, nature) in enumerate(pairs)]


@pytest.mark.parametrize(
    "bank, book, on_books_only, on_bank_only, adjusted",
    [
        pytest.param(
            "510000",
            "520000",
            ["20000", "-30000"],
            ["10000", ("-25000", "returned"), ("-5000", "fee")],
            ("500000", "500000"),
            id="W1",
        ),
        pytest.param(
            "360000",
            "359000",
            ["5000", "-9000"],
            ["6000", ("-8000", "returned"), ("-1000", "fee")],
            ("356000", "356000"),
            id="W2",
        ),
        pytest.param(
            "29400",
            "31100",
            ["8000", "-7400"],
            [("-580", "error"), ("-280", "fee"), ("-240", "returned")],
            ("30580", "30580"),
            id="W5",
        ),
        pytest.param(
            "3560.20",
            "3875.20",
            ["530", "-730"],
            [("-490", "returned"), ("-25", "fee")],
            ("3360.20", "3360.20"),
            id="W6",
        ),
        pytest.param(
            "320.10",
            "698.23",
            ["621.61", "-58.30", "-108.75", "-112.68"],
            [("1.75", "interest"), ("-35.00", "fee")],
            ("661.98", "664.98"),
            id="W9",
        ),
    ],
)
def test_two_sided_statement(bank, book, on_books_only, on_bank_only, adjusted):
    found = two_sided_statement(Decimal(bank), Decimal(book), items(*on_bank_only), items(*on_books_only))
    assert (found.adjusted_bank, found.adjusted_book) == tuple(map(Decimal, adjusted))
    assert found.explained == (adjusted[0] == adjusted[1])
    assert abs(found.unexplained) == (0 if found.explained else Decimal("3.00"))


def test_every_item_has_its_place():
    found = two_sided_statement(
        Decimal(1000),
        Decimal(890),
        items("70", "-200", ("3", "interest"), ("-2", "fee"), ("-40", "returned"), ("-8", "error")),
        items("100", "-30", ("-357", "error")),
    )
    assert found == TwoSidedStatement(
        bank_balance=Decimal(1000),
        book_balance=Decimal(890),
        deposits_in_transit=Decimal(100),
        outstanding_checks=Decimal(30),
        bank_errors=Decimal(8),
        unrecorded_receipts=Decimal(70),
        unrecorded_payments=Decimal(200),
        interest=Decimal(3),
        fees=Decimal(2),
        returned_items=Decimal(40),
        book_errors=Decimal(357),
    )
    assert (found.adjusted_bank, found.adjusted_book) == (1078, 1078)
    assert found.explained


@pytest.mark.parametrize(
    "bank, lines, difference, explained",
    [
        ("100", [], "0", True),
        ("95", [("-5", "fee")], "-5", True),
        ("95", [], "-5", False),
        ("100", [("-5", "fee")], "0", False),
        ("100", ["5", "-5"], "0", True),
    ],
)
def test_explained_only_where_the_listed_lines_add_up_to_the_difference(bank, lines, difference, explained):
    found = two_sided_statement(Decimal(bank), Decimal(100), items(*lines), [])
    assert (found.difference, found.explained) == (Decimal(difference), explained)


@pytest.mark.parametrize("bank, book", [(None, Decimal(1)), (Decimal(1), None), (None, None)])
def test_an_unknown_balance_explains_nothing(bank, book):
    found = two_sided_statement(bank, book, [], [])
    assert (found.difference, found.unexplained, found.explained) == (None, None, False)


money = st.decimals(-(10**6), 10**6, places=2)
natures = st.sampled_from(["plain", "interest", "fee", "returned", "error"])


@given(money, st.lists(st.tuples(money, natures), max_size=6), st.lists(money, max_size=6), money)
def test_a_complete_list_always_explains_and_a_cent_missing_never(matched, on_bank, on_books, missing):
    bank = matched + sum(amount for amount, _ in on_bank)
    book = matched + sum(on_books)
    lines, bookings = items(*on_bank), items(*on_books)
    assert two_sided_statement(bank, book, lines, bookings).explained
    short = two_sided_statement(bank + missing, book, lines, bookings)
    assert short.unexplained == missing
    assert short.explained == (missing == 0)


def test_checks_are_stale_after_180_days():
    def issued(days, amount):
        return OpenItem(f"{days}:{amount}", ON - timedelta(days=days), Decimal(amount))

    rows = [issued(180, "-10"), issued(181, "-20"), issued(400, "-30"), issued(400, "40")]
    assert [item.amount for item in stale_checks(rows, ON)] == [-30, -20]


def test_a_card_owes_its_statement_and_what_came_after():
    assert card_liability(Decimal("450.00"), [Decimal("19.99"), Decimal("-5.00")]) == Decimal("464.99")


@pytest.mark.parametrize("fee, net", [pytest.param("3.20", "96.80", id="W39")])
def test_processor_fee(fee, net):
    charge = Decimal(100)
    found = processor_fee(charge, Decimal("2.9"), Decimal("0.30"))
    assert found == Decimal(fee)
    assert ProcessorClearing(Decimal(0), charges=charge, fees=found).closing == Decimal(net)


def test_processor_clearing_closes_at_the_processors_balance():
    found = ProcessorClearing(
        opening=Decimal("50.00"),
        charges=Decimal("1000.00"),
        refunds=Decimal("100.00"),
        fees=Decimal("32.00"),
        disputes=Decimal("15.00"),
        adjustments=Decimal("-3.00"),
        payouts=Decimal("700.00"),
        payouts_in_transit=Decimal("300.00"),
        reported=Decimal("201.00"),
    )
    assert (found.closing, found.difference) == (Decimal("200.00"), Decimal("1.00"))
    assert found.clearing_balance == Decimal("500.00")
    assert ProcessorClearing(Decimal(0)).difference is None


@pytest.mark.parametrize(
    "amount, moved",
    [pytest.param("100", "95", id="W40-deposit"), pytest.param("-100", "-105", id="W40-withdrawal")],
)
def test_fees_beside_a_line(amount, moved):
    assert line_with_fees(Decimal(amount), Decimal(2), Decimal(5)) == FeeLine(Decimal(moved), Decimal(7))


def test_a_fee_may_take_the_whole_deposit():
    assert line_with_fees(Decimal(5), Decimal(0), Decimal(5)) == FeeLine(Decimal(0), Decimal(5))


@pytest.mark.parametrize(
    "amount, included, excluded, reason",
    [
        pytest.param("10", "0", "11", "larger than the deposit", id="W40-refused"),
        pytest.param("10", "-1", "0", "not negative", id="negative"),
    ],
)
def test_fees_that_cannot_be(amount, included, excluded, reason):
    with pytest.raises(ValueError, match=reason):
        line_with_fees(Decimal(amount), Decimal(included), Decimal(excluded))
