"""A processor's clearing account: what its movements are, and both sides of a month."""

from datetime import date
from decimal import Decimal

import pytest

from tai_ops.clearing import Movement, ProcessorClearing, clearing, part_of, two_sides

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


@pytest.mark.parametrize(
    ("kind", "words", "gross", "part"),
    [
        ("charge", "Invoice INV-1", "100", "charge"),
        ("payment", "", "100", "charge"),
        ("refund", "REFUND FOR CHARGE", "-100", "refund"),
        ("payout", "STRIPE PAYOUT", "-500", "payout"),
        ("payout_failure", "STRIPE PAYOUT", "500", "payout"),
        ("stripe_fee", "Radar", "-2", "fee"),
        ("dispute", "", "-100", "dispute"),
        ("adjustment", "Chargeback withdrawal for ch_1", "-100", "dispute"),
        ("adjustment", "something else", "-3", "adjustment"),
        ("Express Checkout Payment", "Acme", "40", "charge"),
        ("General Withdrawal", "", "-40", "payout"),
        ("Payment Refund", "", "-40", "refund"),
        ("Chargeback Fee", "", "-20", "fee"),
        ("Chargeback", "", "-40", "dispute"),
        ("General Currency Conversion", "", "40", "adjustment"),
        ("Conversion de devise standard", "", "59.30", "adjustment"),
        ("Von Nutzer eingeleitete Abbuchung", "", "-10", "payout"),
        ("Rückzahlung", "", "-10", "refund"),
        ("", "Acme order 7", "10", "charge"),
        ("", "Domain renewal", "-10", "adjustment"),
    ],
)
def test_what_a_movement_is(kind: str, words: str, gross: str, part: str) -> None:
    assert part_of(kind, words, Decimal(gross)) == part


def move(day: str, part: str, gross: str, net: str | None = None, arrived: str | None = None) -> Movement:
    on = date.fromisoformat(day)
    arrived_on = date.fromisoformat(arrived) if arrived else None
    return Movement(
        f"{day} {part} {gross}", on, part, Decimal(gross), Decimal(net or gross), part, arrived_on
    )  # type: ignore[arg-type]


MOVES = [
    move("2026-02-27", "payout", "-80.00", arrived="2026-03-02"),
    move("2026-03-02", "charge", "1000.00", "970.70"),
    move("2026-03-05", "refund", "-100.00", "-100.00"),
    move("2026-03-08", "dispute", "-200.00", "-215.00"),
    move("2026-03-09", "fee", "-2.00"),
    move("2026-03-10", "payout", "-300.00", arrived="2026-03-12"),
    move("2026-03-20", "adjustment", "5.00"),
    move("2026-03-30", "payout", "-250.00", arrived="2026-04-02"),
]


def test_both_sides_of_a_month_agree() -> None:
    sums, under_way = clearing(MOVES, FIRST, LAST, opening=Decimal("20.00"), reported=Decimal("128.70"))
    assert (sums.charges, sums.refunds, sums.disputes, sums.adjustments) == (1000, 100, 200, 5)
    assert sums.fees == Decimal("46.30")  # 29.30 of the charge, 15.00 of the dispute, 2.00 by itself
    assert (sums.payouts, sums.payouts_arrived) == (550, 380)
    assert (sums.in_transit_before, sums.payouts_in_transit) == (80, 250)
    assert sums.closing == Decimal("128.70")
    assert sums.adjusted_processor == sums.clearing_balance == Decimal("378.70")
    assert sums.difference == 0
    assert [item.amount for item in under_way] == [250]
    processor, movements = two_sides(sums)
    assert processor[-1][1] == sum(amount or 0 for _, amount, _ in processor[:-1])
    signs = {"+": 1, "−": -1, "±": 1}
    assert movements[-1][1] == movements[0][1] + sum(signs[w[0]] * a for w, a, _ in movements[1:-1])


def test_a_cent_off_is_told() -> None:
    sums, _ = clearing(MOVES, FIRST, LAST, opening=Decimal("20.00"), reported=Decimal("128.69"))
    assert sums.difference == Decimal("-0.01")


def test_what_is_not_known_stays_unknown() -> None:
    assert ProcessorClearing(None, reported=Decimal(1)).difference is None
    assert ProcessorClearing(Decimal(1)).difference is None
    assert ProcessorClearing(Decimal(1)).clearing_balance == 1
