"""Deposits and balances of open proposals by their day, and the range that they make of the runway."""

from datetime import UTC, date, datetime
from decimal import Decimal

import make
import offers
import pytest

from tai_ops.board import Board
from tai_ops.pipeline_cash import Receipt, by_month, cash_ahead, outlook
from tai_ops.store import Store
from tai_ops.store.capacity import workload
from tai_ops.store.facts import facts, window

AS_OF = date(2026, 4, 2)
LATER = datetime(2026, 4, 3, 22, tzinfo=UTC)


def ahead(store: Store, now: datetime = LATER):
    return cash_ahead(Board(facts(store, window(store, now), probes=False)), workload(store, now))


def receipt(on: date | None, amount: str, chance: int, deal: str = "D-1") -> Receipt:
    return Receipt("Q-1", deal, "Apex", "deposit", Decimal(amount), Decimal(chance), on, on, "")


def test_a_receipt_stretches_the_runway_only_if_it_comes_in_time() -> None:
    none = outlook(Decimal(10000), Decimal(5000), AS_OF, ())
    assert (none.months, none.cash_out_on) == (2, date(2026, 6, 2))
    more = outlook(Decimal(10000), Decimal(5000), AS_OF, [(date(2026, 5, 2), Decimal(5000))])
    assert (more.months, more.cash_out_on) == (3, date(2026, 7, 2))
    assert outlook(Decimal(10000), Decimal(5000), AS_OF, [(date(2026, 6, 3), Decimal(5000))]).months == 2
    saved = outlook(
        Decimal(10000),
        Decimal(5000),
        AS_OF,
        [(date(2026, 5, 2), Decimal(5000)), (date(2026, 6, 3), Decimal(5000))],
    )
    assert saved.months == 4, "the first receipt bridges to the second"


def test_the_path_steps_up_at_each_receipt_and_ends_at_nothing() -> None:
    path = outlook(Decimal(10000), Decimal(5000), AS_OF, [(date(2026, 5, 2), Decimal(5000))]).path
    before, after = path[1], path[2]
    assert before[0] == after[0] == date(2026, 5, 2)
    assert after[1] - before[1] == 5000
    assert path[-1] == (date(2026, 7, 2), 0)


def test_without_burn_there_is_no_end_and_receipts_add_up() -> None:
    found = outlook(Decimal(10000), Decimal(-1000), AS_OF, [(date(2026, 5, 2), Decimal(5000))])
    assert (found.months, found.cash_out_on) == (None, None)
    assert found.path[-1][1] > 26000


def test_a_months_range_takes_the_parts_of_one_deal_together() -> None:
    may = date(2026, 5, 4)
    found = by_month(
        [
            receipt(may, "3000", 50),
            receipt(may, "1000", 50),
            receipt(may, "3000", 40, "D-2"),
            receipt(None, "9", 50),
        ]
    )
    assert [(m.weighted, m.every, m.n) for m in found] == [(Decimal(3200), Decimal(7000), 3)]
    assert found[0].spread == Decimal("2481.93"), "√(4000² × ¼ + 3000² × 0.24)"


def test_deposit_and_balance_come_by_signature_and_go_live(store: Store) -> None:
    offers.sent(offers.company(store))
    make.loaded(
        store,
        "deals",
        "deal_id,prospect_id,stage,expected_close_on,probability_pct\nD-1,PR-1,proposal,2026-05-04,60\n",
    )
    balance, deposit = ahead(store).receipts
    assert (deposit.amount, deposit.weighted, deposit.expected_on) == (
        Decimal(6000),
        Decimal(3600),
        date(2026, 6, 3),
    )
    assert deposit.basis == "expected close Mon 4 May 2026 + 30 days to pay"
    assert (balance.amount, balance.invoiced_on) == (Decimal(6000), date(2026, 4, 24)), "the approved go-live"
    assert ahead(store).total == (Decimal(7200), Decimal(12000))
    assert (ahead(store).none, ahead(store).reason) == (None, "no data")


@pytest.mark.parametrize(
    "close, why",
    [("", "the deal has no expected close"), ("2026-04-01", "expected close of Wed 1 Apr 2026 is over")],
)
def test_a_day_that_nobody_knows_is_said_and_left_out_of_the_range(
    store: Store, close: str, why: str
) -> None:
    offers.company(store)
    make.loaded(store, "deals", f"deal_id,prospect_id,stage,expected_close_on\nD-1,PR-1,proposal,{close}\n")
    found = ahead(store)
    assert found.placed == ()
    assert {one.part: one.expected_on for one in found.left_out} == {"deposit": None, "balance": None}
    assert why in found.left_out[0].basis
    assert found.total == (0, 0)


def test_what_is_won_lost_or_past_its_thirty_days_is_not_expected(store: Store) -> None:
    offers.sent(offers.company(store))
    assert len(ahead(store).receipts) == 2
    assert ahead(store, datetime(2026, 5, 3, tzinfo=UTC)).receipts == (), "thirty days are over"
    make.loaded(store, "deals", "deal_id,prospect_id,stage,closed_on\nD-1,PR-1,lost,2026-04-03\n")
    assert ahead(store).receipts == ()


def test_of_two_open_proposals_of_a_deal_the_newest_counts(store: Store) -> None:
    offers.sent(offers.company(store))
    make.loaded(store, "deals", "deal_id,prospect_id,stage,expected_close_on\nD-1,PR-1,proposal,2026-05-04\n")
    make.loaded(
        store,
        "proposals",
        "proposal_id,deal_id,requested_at,services,licence,status\nQ-2,D-1,2026-04-03T09:00:00Z,20000.00,48000.00,draft\n",
    )
    assert [(one.proposal_id, one.amount) for one in ahead(store).receipts] == [
        ("Q-2", 10000),
        ("Q-2", 10000),
    ]
