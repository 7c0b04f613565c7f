"""Values as Year 1 or ACV and never both, and forecasts of earlier weeks against what came."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import make
import offers
from test_pipeline_moves import deal

from tai_ops.app.chart_pipeline import forecast_bars
from tai_ops.deal_value import Said, valued
from tai_ops.pipeline import Proposal
from tai_ops.pipeline_forecast import Then, against_forecasts, forecast_on, months_around, quarters_around
from tai_ops.store import Store
from tai_ops.store.dealing import move_deal, past_deals

NOW = datetime(2026, 4, 2, 15, tzinfo=UTC)
TODAY = date(2026, 4, 2)
CHANCES = {"discovery": Decimal(20), "proposal": Decimal(50), "closing": Decimal(80)}
MARCH = next(one for one in months_around(TODAY) if one.name == "March 2026")


def offer(number: int, licence: int | None, at: datetime = NOW) -> Proposal:
    return Proposal(
        f"Q-{number}", "A", at, None, Decimal(10), None if licence is None else Decimal(licence), "draft"
    )


def test_year_1_and_acv_are_two_measures_and_an_estimate_is_marked() -> None:
    deals = [deal("A", "proposal", 100), deal("B", "discovery", 50)]
    said = [Said("P", Decimal(70), NOW - timedelta(days=9)), Said("P", Decimal(40), NOW + timedelta(days=1))]
    proposals = [offer(1, 60, NOW - timedelta(days=3)), offer(2, 80), offer(3, 90, NOW + timedelta(days=1))]
    year = valued(deals, proposals, said, "year_1", NOW)
    assert [one.amount for one in year.deals] == [100, 50]
    acv = valued(deals, proposals, said, "acv", NOW)
    assert {key: (one.amount, one.estimated) for key, one in acv.values.items()} == {
        "A": (80, False),
        "B": (70, True),
    }
    assert acv.estimated == (1, 70)
    earlier = valued(deals, proposals, said, "acv", NOW - timedelta(days=5))
    assert earlier.values["A"].estimated, "the proposal came later"
    assert valued(deals, [], [], "acv", NOW).deals[0].amount is None, (
        "a Year-1 value is never taken for an ACV"
    )


def test_a_forecast_is_what_was_won_by_then_and_the_weighted_rest_of_the_period() -> None:
    deals = [
        deal("A", "won", 100, closed_on=date(2026, 3, 5)),
        deal("B", "closing", 200, expected_close_on=date(2026, 3, 30)),
        deal("C", "proposal", 300, expected_close_on=date(2026, 4, 1)),
        deal("D", "discovery", None, expected_close_on=date(2026, 3, 9)),
        deal("E", "won", 70, closed_on=date(2026, 2, 28)),
    ]
    found = forecast_on(deals, MARCH, date(2026, 3, 10), CHANCES)
    assert (found.value, found.won, found.n) == (260, 100, 2)
    assert found.reason == "1 without a value or a chance left out"
    assert sum(part.counts or 0 for part in found.parts) == found.value
    assert forecast_on(deals, MARCH, date(2026, 3, 4), CHANCES).won == 0, "not won by then"
    assert forecast_on([], MARCH, TODAY, CHANCES).value is None


def test_each_period_stands_against_what_was_forecast_4_and_13_weeks_before_its_end() -> None:
    asked: list[date] = []

    def then(day: date) -> Then:
        asked.append(day)
        if day < date(2026, 1, 1):
            return Then((), "the stage of 1 deal is not on record")
        if day < date(2026, 3, 20):
            return Then((deal("A", "closing", 100, expected_close_on=date(2026, 3, 30)),))
        return Then((deal("A", "won", 120, closed_on=date(2026, 3, 25)),))

    made = {
        one.span.name: one
        for one in against_forecasts((MARCH, *quarters_around(TODAY)), then, TODAY, CHANCES)
    }
    march = made["March 2026"]
    assert date(2026, 3, 3) in asked
    assert date(2025, 12, 30) in asked
    assert (march.over, march.came, march.n_won) == (True, 120, 1)
    assert [one.value for one in march.earlier] == [None, 80]
    assert march.earlier[0].reason == "the stage of 1 deal is not on record"
    assert march.came_pct(march.earlier[1]) == 150
    running = made["Q2 2026"]
    assert (running.over, running.came_pct(running.earlier[1])) == (False, None)
    assert running.earlier[1].on == TODAY - timedelta(weeks=4), "while it runs, before today"


def test_quarters_and_months_tile() -> None:
    for spans in (months_around(TODAY), quarters_around(TODAY)):
        assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(spans))
    assert [one.name for one in quarters_around(TODAY)] == ["Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026"]


def test_past_deals_are_read_from_what_was_recorded(store: Store) -> None:
    offers.company(store)
    at = make.NOW + timedelta(days=1)
    move_deal(store, offers.VP, "D-1", "closing", on=at.date(), now=at)
    past = past_deals(store)
    assert [one.stage for one in past.at_end_of(make.NOW.date(), at, "year_1").deals] == ["proposal"]
    assert [one.stage for one in past.at_end_of(at.date(), at, "year_1").deals] == ["closing"]
    acv = past.at(at, "acv")[0]
    assert acv.deals[0].amount == 48000, "the proposal's licence"


def test_a_history_that_came_along_tells_the_stage_of_past_days() -> None:
    store = Store.in_memory()
    make.loaded(store, "prospects", "prospect_id,company,created_on\nPR-9,Apex,2026-01-05\n", now=NOW)
    make.loaded(
        store,
        "deals",
        "deal_id,prospect_id,stage,amount,probability_pct,entered_stage_on,expected_close_on\n"
        "D-9,PR-9,closing,1000.00,90,2026-03-20,2026-04-30\n",
        now=NOW,
    )
    early, march = date(2026, 2, 20), date(2026, 3, 5)
    past = past_deals(store)
    assert "is not on record" in (past.at_end_of(early, NOW, "year_1").unknown or "")
    make.loaded(
        store,
        "deal_stages",
        "deal_id,entered_at,stage\nD-9,2026-02-10T09:00:00Z,discovery\nD-9,2026-03-01T09:00:00Z,proposal\n"
        "D-9,2026-03-20T09:00:00Z,closing\n",
        now=NOW,
    )
    past = past_deals(store)

    def stood(day: date) -> tuple[str, Decimal | None, Decimal | None] | None:
        then = past.at_end_of(day, NOW, "year_1")
        assert then.unknown is None
        found = next((one for one in then.deals if one.deal_id == "D-9"), None)
        return found and (found.stage, found.amount, found.probability_pct)

    assert stood(date(2026, 2, 1)) is None, "its history begins in discovery on 10 February"
    assert stood(early) == ("discovery", 1000, None), (
        "the chance of another stage is not taken for this one's"
    )
    assert stood(march) == ("proposal", 1000, None)
    assert stood(date(2026, 3, 25)) == ("closing", 1000, 90)
    april = next(one for one in months_around(TODAY) if one.name == "April 2026")
    assert forecast_on(past.at_end_of(march, NOW, "year_1").deals, april, march, CHANCES).value == 500
    later = NOW + timedelta(days=1)
    move_deal(store, offers.VP, "D-9", "proposal", on=later.date(), now=later, reason="their CFO left")
    held = past_deals(store).at_end_of(later.date(), later, "year_1").deals
    assert next(one.stage for one in held if one.deal_id == "D-9") == "proposal", "what is stored holds"


def test_a_period_for_which_nothing_was_forecast_is_drawn_and_said() -> None:
    deals = (deal("A", "closing", 100, expected_close_on=date(2026, 1, 30)),)
    made = against_forecasts(months_around(TODAY), lambda _: Then(deals), TODAY, CHANCES)
    assert forecast_bars(made, "Year 1").title == (
        "March 2026: $0 of Year 1 came, $0 were forecast 4 weeks before its end"
    )
