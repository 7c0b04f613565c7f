"""The pipeline: published examples E19-E25 and E28, the proposal clock, and what unknown values do."""

from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops import pipeline
from tai_ops.company import Company
from tai_ops.kinds import KINDS
from tai_ops.money import cents
from tai_ops.period import BusinessCalendar, Month, Week
from tai_ops.pipeline import Deal, Proposal, Prospect, StageEntry, StageSum

DEFAULTS = Company().stage_probability_pct
ON = date(2026, 4, 3)
YORK = ZoneInfo("America/New_York")
CALENDAR = BusinessCalendar(YORK, time(8), time(18), frozenset({date(2026, 5, 25)}))
_ids = count(1)


def deal(stage="discovery", amount="10000", **more):
    row = {
        "deal_id": f"D-{next(_ids)}",
        "prospect_id": "PR-1",
        "probability_pct": None,
        "entered_stage_on": None,
    }
    row |= {"expected_close_on": None, "closed_on": None, "lost_reason": None}
    row |= {"stage": stage, "amount": None if amount is None else Decimal(amount)}
    return Deal(**(row | more))


def prospect(prospect_id, created_on):
    return Prospect(prospect_id, "Apex", None, None, None, None, None, created_on, None, None, None)


def proposal(requested_at, sent_at=None, services="12000", licence="50000", *, deal_id="D-0", status="sent"):
    parts = [None if part is None else Decimal(part) for part in (services, licence)]
    return Proposal(f"Q-{next(_ids)}", deal_id, requested_at, sent_at, parts[0], parts[1], status)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=YORK)


def closed(won, lost, on=ON):
    return [deal("won", closed_on=on) for _ in range(won)] + [deal("lost", closed_on=on) for _ in range(lost)]


@pytest.mark.parametrize("kind, row", [("prospects", Prospect), ("deals", Deal), ("proposals", Proposal)])
def test_rows_have_the_columns_of_their_kind(kind, row):
    assert tuple(field.name for field in fields(row)) == KINDS[kind].names


def test_stages_sum_open_deals_only():
    rows = [deal(stage) for stage in ("lead", "discovery", "proposal", "closing", "won", "lost", "nurture")]
    sums = pipeline.by_stage([*rows, deal("closing", None), deal("closing", "5.50")])
    assert list(sums) == ["discovery", "proposal", "closing", "total"]
    assert sums["closing"] == StageSum(Decimal("10005.50"), 3, 1)
    assert sums["total"] == StageSum(Decimal("30005.50"), 5, 1)


def test_a_stage_without_any_amount_is_unknown_and_an_empty_one_is_zero():
    sums = pipeline.by_stage([deal("proposal", None)])
    assert sums["proposal"] == StageSum(None, 1, 1)
    assert sums["closing"] == StageSum(Decimal(0), 0, 0)


@pytest.mark.parametrize(
    "parts, value, spread",
    [
        pytest.param([("120000", 15), ("80000", 40), ("200000", 70)], "190000.00", "108498.85", id="E19"),
        pytest.param([("100000", 10), ("100000", 50), ("100000", 80)], "140000.00", None, id="E20"),
    ],
)
def test_weighted(parts, value, spread):
    found = pipeline.weighted([deal("closing", v, probability_pct=Decimal(p)) for v, p in parts], DEFAULTS)
    assert found.n == 3
    assert cents(found.value) == Decimal(value)
    assert spread is None or cents(found.spread) == Decimal(spread)


@pytest.mark.parametrize("example", [pytest.param(("50000", "50000", "100000"), id="E28")])
def test_forecast_by_month_of_expected_close(example):
    chances = {6: 50, 7: 50, 8: 100}
    rows = [
        deal("proposal", "100000", probability_pct=Decimal(p), expected_close_on=date(2026, m, 15))
        for m, p in chances.items()
    ]
    found = pipeline.forecast([deal("proposal", "1"), *reversed(rows)], DEFAULTS)
    assert list(found) == [Month(2026, 6), Month(2026, 7), Month(2026, 8), None]
    assert [found[Month(2026, m)].value for m in chances] == [Decimal(v) for v in example]


def test_a_deals_own_probability_wins_over_its_stage():
    rows = [
        deal("proposal", "1000"),
        deal("proposal", "1000", probability_pct=Decimal(0)),
        deal("lead", "1000"),
    ]
    found = pipeline.weighted([*rows, deal("proposal", None)], DEFAULTS)
    assert (found.value, found.n, found.n_left_out) == (Decimal(400), 2, 1)
    assert pipeline.weighted([deal("proposal", None)], DEFAULTS).value is None


amounts = st.decimals(0, 10**7, places=2)
chances = st.decimals(0, 100, places=1)


@given(st.lists(st.tuples(amounts, chances), max_size=8))
def test_weighted_lies_between_nothing_and_the_whole_pipeline(parts):
    rows = [deal("closing", value, probability_pct=chance) for value, chance in parts]
    found, total = pipeline.weighted(rows, DEFAULTS), pipeline.by_stage(rows)["total"].amount
    assert 0 <= found.value <= total
    assert (found.spread == 0) == all(value == 0 or chance in {0, 100} for value, chance in parts)


@pytest.mark.parametrize("won, lost, rate", [pytest.param(10, 30, "25", id="E25")])
def test_win_rate(won, lost, rate):
    found = pipeline.win_rate(closed(won, lost), [], [], ON)
    assert (found.value, found.n) == (Decimal(rate), won + lost)
    assert found.reason == "30 lost without a recorded history counted"


def test_win_rate_leaves_out_only_what_is_known_never_to_have_reached_proposal():
    won, passed, proposed, sent, silent = closed(1, 4)
    entries = [
        StageEntry(passed.deal_id, "discovery", date(2026, 3, 1)),
        StageEntry(passed.deal_id, "lost", ON),
        StageEntry(proposed.deal_id, "discovery", date(2026, 3, 1)),
        StageEntry(proposed.deal_id, "proposal", date(2026, 3, 9)),
        StageEntry(sent.deal_id, "discovery", date(2026, 3, 1)),
        StageEntry(silent.deal_id, "lost", ON),
    ]
    quotes = [proposal(local("2026-03-09T10:00"), deal_id=sent.deal_id)]
    found = pipeline.win_rate([won, passed, proposed, sent, silent], entries, quotes, ON)
    assert (found.value, found.n) == (Decimal(25), 4)
    assert found.reason == "few: 4 closed; 1 lost without a recorded history counted"


def test_win_rate_looks_back_twelve_months():
    rows = [*closed(1, 0, date(2025, 4, 4)), *closed(0, 5, date(2025, 4, 3)), *closed(0, 5, date(2026, 4, 4))]
    found = pipeline.win_rate([*rows, deal("lost")], [], [], ON)
    assert (found.value, found.n) == (Decimal(100), 1)
    assert found.reason == "few: 1 closed; 1 closed without a date left out"
    none = pipeline.win_rate([deal()], [], [], ON)
    assert (none.value, none.reason) == (None, "no deal closed in 12 months")


@pytest.mark.parametrize(
    "n, average, rate, days, per_day",
    [
        pytest.param(40, "25000", "25", "90", "2777.78", id="E21"),
        pytest.param(18, "42000", "24", "78", "2326.15", id="E22"),
        pytest.param(18, "42000", "24", "65", "2791.38", id="E22-shorter"),
        pytest.param(50, "12000", "25", "90", "1666.67", id="E23"),
    ],
)
def test_velocity(n, average, rate, days, per_day):
    found = pipeline.velocity(n, Decimal(average), Decimal(rate), Decimal(days))
    assert cents(found.value) == Decimal(per_day)


@pytest.mark.parametrize(
    "n, average, rate, days, reason",
    [
        (0, None, 25, 90, "no open deal with an amount"),
        (2, 100, None, 90, "no win rate"),
        (2, 100, 25, None, "no sales cycle"),
        (2, 100, 25, 0, "no sales cycle"),
    ],
)
def test_velocity_is_undefined_where_a_factor_is(n, average, rate, days, reason):
    factors = [None if factor is None else Decimal(factor) for factor in (average, rate, days)]
    found = pipeline.velocity(n, *factors)
    assert (found.value, found.reason) == (None, reason)


def test_cycle_runs_from_first_stage_or_from_the_prospect():
    history, prospect_only, unknown = (
        deal("won", closed_on=ON, prospect_id=one) for one in ("PR-1", "PR-2", "PR-3")
    )
    entries = [
        StageEntry(history.deal_id, "discovery", date(2026, 3, 4)),
        StageEntry(history.deal_id, "lead", date(2026, 2, 2)),
    ]
    prospects = [prospect("PR-1", date(2020, 1, 1)), prospect("PR-2", date(2026, 3, 4))]
    found = pipeline.cycle_days([history, prospect_only, unknown], entries, prospects, ON)
    assert (found.value, found.n) == (Decimal(45), 2)  # the median of 60 and 30
    assert pipeline.cycle_days([unknown], [], [], ON).value is None


def test_sales_velocity_from_deals():
    won = deal("won", closed_on=ON, prospect_id="PR-9")
    rows = [won, *closed(0, 1), deal("closing", "30000"), deal("discovery", "10000"), deal("proposal", None)]
    found = pipeline.sales_velocity(rows, [], [], [prospect("PR-9", date(2026, 3, 14))], ON)
    assert found.value == Decimal(1000)  # 2 x 20,000 x 50 % / 20 days
    assert found.n == 2
    assert found.reason.startswith("few: 2 closed")
    assert found.reason.endswith("1 without an amount left out")


@pytest.mark.parametrize("example", [pytest.param(("4800000", "1600000", "22"), id="E24")])
def test_coverage(example):
    found = pipeline.coverage(*map(Decimal, example))
    assert found.coverage == 3
    assert round(found.required, 1) == Decimal("4.5")
    assert found.expected == Decimal(1056000)
    assert round(found.expected_pct) == 66


@pytest.mark.parametrize(
    "open_amount, gap, rate, reason",
    [
        (None, 10, 25, "no open amount"),
        (10, None, 25, "no target"),
        (10, 0, 25, "target reached"),
        (10, 10, None, "no win rate"),
        (10, 10, 0, "no deal won"),
    ],
)
def test_coverage_says_what_is_missing(open_amount, gap, rate, reason):
    found = pipeline.coverage(*(None if part is None else Decimal(part) for part in (open_amount, gap, rate)))
    assert found.reason == reason
    assert (found.coverage is None) == (reason in {"no open amount", "no target", "target reached"})


def test_a_deal_rots_at_its_stages_limit_in_business_days():
    rows = [
        deal("proposal", entered_stage_on=date(2026, 5, 18), deal_id="ten"),  # 25 May is a holiday
        deal("proposal", entered_stage_on=date(2026, 5, 19), deal_id="nine"),
        deal("closing", entered_stage_on=date(2026, 5, 11), deal_id="fifteen"),
        deal("closing", deal_id="unknown"),
        deal("closing", entered_stage_on=date(2026, 6, 3), deal_id="later"),
        deal("lead", entered_stage_on=date(2026, 1, 1)),
    ]
    found = pipeline.stage_ages(rows, date(2026, 6, 2), CALENDAR)
    assert [(row.deal_id, row.age_days, row.rotting) for row in found] == [
        ("fifteen", 15, True),
        ("ten", 10, True),
        ("nine", 9, False),
        ("unknown", None, None),
        ("later", None, None),
    ]


def test_new_leads_of_a_week_with_the_estimated_share():
    week = Week(ON)
    days = {"before": -1, "first": 0, "guess": 3, "unknown": 5, "last": 6, "after": 7}
    prospects = [prospect(name, week.first_date + timedelta(days=n)) for name, n in days.items()]
    rows = [deal("lead", "60000", prospect_id="first"), deal("discovery", "15000", prospect_id="last")]
    rows += [deal("lead", None, prospect_id="guess"), deal("lead", "999", prospect_id="before")]
    found = pipeline.new_leads(prospects, rows, week.first_date, week.friday, {"guess": Decimal(25000)})
    assert (found.n, found.value, found.n_without_value, found.estimated_pct) == (
        4,
        Decimal(100000),
        1,
        Decimal(25),
    )
    bare = pipeline.new_leads(prospects, [], week.first_date, week.friday)
    assert (bare.n, bare.value, bare.estimated_pct) == (4, None, None)


def test_proposals_sent_and_outstanding():
    week = Week(ON)
    start, end = week.starts_at(YORK), week.ends_at(YORK)
    asked = start - timedelta(days=3)
    rows = [
        proposal(asked, start),
        proposal(asked, end - timedelta(seconds=1), services=None, status="viewed"),
        proposal(asked, end - timedelta(days=1), None, None, status="declined"),
        proposal(asked, end),
        proposal(asked, status="draft"),
    ]
    sent = pipeline.proposals_sent(rows, start, end)
    assert (sent.n, sent.value, sent.n_without_value) == (3, Decimal(112000), 1)
    assert pipeline.proposals_outstanding(rows).n == 3


def test_deals_won_counts_by_closing_date():
    rows = [*closed(1, 1), deal("won", None, closed_on=ON), *closed(1, 0, date(2026, 4, 4)), deal("won")]
    found = pipeline.deals_won(rows, date(2026, 3, 28), ON)
    assert (found.n, found.value, found.n_without_value) == (2, Decimal(10000), 1)


@pytest.mark.parametrize(
    "asked, due",
    [
        pytest.param("2026-02-06T16:00", "2026-02-09T16:00", id="friday-to-monday"),
        pytest.param("2026-02-02T10:00", "2026-02-03T10:00", id="R3.11"),
        pytest.param("2026-02-02T07:59", "2026-02-03T08:00", id="before-opening"),
        pytest.param("2026-02-02T18:00", "2026-02-04T08:00", id="at-closing"),
        pytest.param("2026-02-07T11:00", "2026-02-10T08:00", id="saturday"),
        pytest.param("2026-03-06T16:00", "2026-03-09T16:00", id="over-the-clock-change"),
        pytest.param("2026-05-22T09:30", "2026-05-26T09:30", id="over-a-holiday"),
        pytest.param("2026-10-30T16:00", "2026-11-02T16:00", id="over-the-clock-change-back"),
    ],
)
def test_proposal_due(asked, due):
    assert pipeline.proposal_due(local(asked).astimezone(UTC), CALENDAR) == local(due)


def test_an_urgent_proposal_is_due_at_closing_time():
    assert pipeline.proposal_due(local("2026-02-06T16:00"), CALENDAR, urgent=True) == local(
        "2026-02-06T18:00"
    )
    assert pipeline.proposal_due(local("2026-02-06T18:30"), CALENDAR, urgent=True) == local(
        "2026-02-09T18:00"
    )


instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@given(instants)
def test_a_proposal_is_due_in_business_hours_of_a_later_business_day(asked):
    due = pipeline.proposal_due(asked, CALENDAR).astimezone(YORK)
    assert CALENDAR.is_business_day(due.date())
    assert CALENDAR.opens <= due.time() < CALENDAR.closes
    assert due.date() > asked.astimezone(YORK).date()


def test_proposal_slo_counts_each_promise_in_the_week_that_decides_it():
    week = Week(date(2026, 2, 6))
    start, end, now = week.starts_at(YORK), week.ends_at(YORK), local("2026-02-06T14:00")
    rows = [
        proposal(local("2026-02-02T10:00"), local("2026-02-03T10:00")),  # kept, to the minute
        proposal(local("2026-02-06T09:00"), local("2026-02-06T13:00")),  # kept, due next week
        proposal(local("2026-02-02T10:00"), local("2026-02-03T10:01")),  # missed
        proposal(local("2026-02-04T10:00")),  # missed, still not sent
        proposal(local("2026-02-05T15:00")),  # due at 15:00, not yet decided
        proposal(local("2026-01-29T10:00"), local("2026-02-02T10:00")),  # missed last week
    ]
    found = pipeline.proposal_slo_pct(rows, start, end, CALENDAR, now)
    assert (found.value, found.n) == (Decimal(50), 4)
    last_week = pipeline.proposal_slo_pct(
        rows, *(at - timedelta(days=7) for at in (start, end)), CALENDAR, now
    )
    assert (last_week.value, last_week.n) == (Decimal(0), 1)
    none = pipeline.proposal_slo_pct(rows[:1], end, end + timedelta(days=7), CALENDAR, now)
    assert (none.value, none.reason) == (None, "no proposal was due")


@given(st.lists(st.tuples(instants, st.none() | st.integers(0, 6000)), max_size=6), instants)
def test_slo_periods_tile(asked, middle):
    rows = [proposal(at, None if wait is None else at + timedelta(minutes=wait)) for at, wait in asked]
    first, last = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    whole, left, right = (
        pipeline.proposal_slo_pct(rows, start, end, CALENDAR, last).n
        for start, end in ((first, last), (first, middle), (middle, last))
    )
    assert left + right == whole == len(rows)


def test_median_business_minutes_to_sending():
    rows = [
        proposal(local("2026-02-06T16:00"), local("2026-02-09T10:00")),
        proposal(local("2026-02-09T10:00"), local("2026-02-09T12:00")),
        proposal(local("2026-02-09T10:00")),
    ]
    found = pipeline.proposal_business_minutes(
        rows, local("2026-02-09T00:00"), local("2026-02-10T00:00"), CALENDAR
    )
    assert (found.value, found.n) == (Decimal(180), 2)  # the median of 240 and 120
    assert pipeline.proposal_business_minutes([], ON, ON, CALENDAR).value is None
