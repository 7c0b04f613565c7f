"""A past window shows the pipeline of that time: by stage and amount as they stood, or why that is not known."""

from datetime import UTC, date, datetime
from decimal import Decimal

import make

from tai_ops.kpi import Measured, measure_all
from tai_ops.period import Month
from tai_ops.runbooks.month_end_close import report
from tai_ops.store import Store
from tai_ops.store.facts import facts, window

HEAD = "deal_id,prospect_id,stage,amount,probability_pct,entered_stage_on,closed_on\n"
APRIL = datetime(2026, 4, 10, 12, tzinfo=UTC)


def at(day: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def sold(store: Store) -> Store:
    """Three deals: one moves from discovery to closing in April, one is won in April, one begins in April."""
    make.loaded(
        store,
        "prospects",
        "prospect_id,company,created_on\nP-1,Apex,2026-02-01\nP-2,Bolt,2026-02-01\nP-3,Cove,2026-04-02\n",
        now=at(2),
    )
    make.loaded(
        store,
        "deals",
        HEAD + "D-1,P-1,discovery,50000,20,2026-03-02,\nD-2,P-2,proposal,60000,40,2026-03-02,\n",
        now=at(3),
    )
    make.loaded(
        store,
        "deals",
        HEAD
        + "D-1,P-1,closing,70000,80,2026-04-06,\nD-2,P-2,won,60000,,2026-04-07,2026-04-07\n"
        + "D-3,P-3,discovery,90000,20,2026-04-03,\n",
        now=at(8, 4),
    )
    return store


def read(store: Store, **asked: object) -> dict[str, Measured]:
    return measure_all(facts(store, window(store, APRIL, **asked)))  # type: ignore[arg-type]


def test_a_past_month_reads_the_stages_and_amounts_of_its_own_end(store: Store) -> None:
    sold(store)
    march, now = read(store, month=Month(2026, 3)), read(store)
    assert march["pipeline_open"].value == Decimal(110000)
    assert march["pipeline_discovery"].value == Decimal(50000)
    assert march["pipeline_weighted"].value == Decimal(34000)  # 50,000 x 20 % + 60,000 x 40 %
    assert now["pipeline_open"].value == Decimal(160000)
    assert now["pipeline_closing"].value == Decimal(70000)
    assert read(store, on=date(2026, 4, 6))["pipeline_open"].value == Decimal(70000 + 60000 + 90000)
    assert now["deals_won"].value == 1


def test_the_months_report_and_its_change_take_the_stages_of_each_months_end(store: Store) -> None:
    sold(store)
    made = report(store, Month(2026, 3), APRIL)
    assert [(s.stage, s.n, s.amount) for s in made.stages] == [
        ("Discovery", 1, Decimal(50000)),
        ("Proposal", 1, Decimal(60000)),
        ("Closing", 0, Decimal(0)),
    ]
    april = report(store, Month(2026, 4), APRIL).metric("pipeline_open")
    assert (april.value, april.previous) == (Decimal(160000), Decimal(110000))


def test_what_nobody_recorded_of_the_past_is_not_known_and_says_so(store: Store) -> None:
    sold(store)
    february = read(store, month=Month(2026, 2))["pipeline_open"]
    assert (february.value, february.reason) == (
        None,
        "the stage of 1 deal on 2026-02-28 is not on record",
    )
    assert [s.n for s in report(store, Month(2026, 2), APRIL).stages] == [None, None, None]
    january = read(store, month=Month(2026, 1))["pipeline_open"]
    assert (january.value, january.reason) == (None, "no deals on record by 2026-01-31")
