"""What moved the pipeline adds up, deals move with reasons, and history is not read out of few deals."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import make
import offers
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.pipeline import Deal, StageEntry
from tai_ops.pipeline_moves import calibration, lost_reasons, movement
from tai_ops.store import Store
from tai_ops.store.dealing import move_deal, past_deals

NOW = datetime(2026, 4, 2, 15, 0, tzinfo=UTC)
TODAY = date(2026, 4, 2)


def deal(deal_id: str, stage: str, amount: int | None = 100, **more: object) -> Deal:
    whole = {
        "probability_pct": None,
        "entered_stage_on": None,
        "expected_close_on": None,
        "closed_on": None,
        "lost_reason": None,
    }
    return Deal(deal_id, "P", stage, None if amount is None else Decimal(amount), **(whole | more))  # type: ignore[arg-type]


def test_opening_and_moves_come_to_the_closing() -> None:
    before = [
        deal("A", "discovery"),
        deal("B", "closing", 200),
        deal("C", "proposal", 300),
        deal("D", "proposal", 50),
        deal("E", "lead"),
        deal("F", "nurture"),
        deal("G", "closing", 70),
    ]
    after = [
        deal("A", "proposal", 150),
        deal("B", "won", 210),
        deal("C", "lost", 300),
        deal("D", "nurture", 50),
        deal("E", "discovery"),
        deal("F", "proposal"),
        deal("G", "proposal", 70),
        deal("H", "discovery", None),
    ]
    moved = movement(before, after)
    assert (moved.opening, moved.closing) == (Decimal(720), Decimal(420))
    assert moved.opening + sum(move.change for move in moved.moves) == moved.closing
    told = {(move.deal_id, move.what): move.change for move in moved.moves}
    assert told == {
        ("A", "moved on"): 0, ("A", "revalued"): 50, ("B", "won"): -200, ("C", "lost"): -300, ("D", "set aside"): -50,
        ("E", "new"): 100, ("F", "back"): 100, ("G", "moved back"): 0, ("H", "new"): 0,
    }  # fmt: skip
    assert moved.unpriced == 1


def test_lost_reasons_are_counted_whatever_their_case() -> None:
    lost = [
        deal("A", "lost", 10, lost_reason="Price"),
        deal("B", "lost", 20, lost_reason=" price"),
        deal("C", "lost", None),
        deal("D", "won"),
    ]
    assert lost_reasons(lost) == (("price", 2, Decimal(30)), ("no reason given", 1, Decimal(0)))


def test_a_stage_s_probability_is_judged_from_twenty_closed_deals_on() -> None:
    closed = [deal(f"D{n}", "won" if n < 5 else "lost") for n in range(20)]
    entries = [StageEntry(one.deal_id, "proposal", TODAY) for one in closed]
    few, told, none = calibration(
        closed, [*entries, StageEntry("D1", "discovery", TODAY)], {"proposal": Decimal(40)}
    )
    assert (few.n, few.won_pct) == (1, None)
    assert (told.n, told.won, told.won_pct, told.set_pct) == (20, 5, Decimal(25), Decimal(40))
    assert none.n == 0


def test_a_deal_moves_with_its_day_and_stands_then_as_it_stood(store: Store) -> None:
    offers.company(store)
    on, at = date(2026, 4, 4), datetime(2026, 4, 4, 15, tzinfo=UTC)
    for _ in ("a click", "the same click again"):
        assert move_deal(store, offers.VP, "D-1", "closing", on=on, now=at, request_key="k") == "proposal"
    assert store.rows("select stage, entered_stage_on from deals") == [("closing", on)]
    assert [one.stage for one in past_deals(store).at(at - timedelta(hours=17))[0].deals] == ["proposal"]
    assert [one.stage for one in past_deals(store).at(at + timedelta(hours=1))[0].deals] == ["closing"]


@pytest.mark.parametrize(
    "stage, reason",
    [
        ("lost", "say why D-1 was lost"),
        ("discovery", "go back from proposal to discovery"),
        ("won", "no accepted proposal"),
        ("proposal", "in proposal already"),
        ("", "is no stage"),
    ],
)
def test_a_move_that_needs_more_says_what(store: Store, stage: str, reason: str) -> None:
    offers.company(store)
    with pytest.raises(Refused, match=reason):
        move_deal(store, offers.VP, "D-1", stage, on=TODAY, now=NOW)
    assert store.rows("select stage from deals") == [("proposal",)]


def test_a_move_back_and_a_loss_go_with_a_reason_by_those_who_may(store: Store) -> None:
    offers.company(store)
    with pytest.raises(NotAllowed):
        move_deal(store, make.CSM, "D-1", "lost", on=TODAY, now=NOW, reason="price")
    move_deal(store, offers.VP, "D-1", "discovery", on=TODAY, now=NOW, reason="new sponsor")
    move_deal(store, offers.VP, "D-1", "lost", on=TODAY, now=NOW, reason="price")
    assert store.rows("select stage, closed_on, lost_reason from deals") == [("lost", TODAY, "price")]
    with pytest.raises(Refused, match="why it is open again"):
        move_deal(store, offers.VP, "D-1", "closing", on=TODAY, now=NOW)
