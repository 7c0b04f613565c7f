from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.checklist import (
    BLOCKS,
    CUTOVER_DAY,
    PHASES,
    PLAN_DAYS,
    TOTAL_HOURS,
    Onboarding,
    onboarding_plan_dates,
    onboarding_progress,
    slip_business_days,
    slip_mark,
)
from tai_ops.period import BusinessCalendar

CALENDAR = BusinessCalendar()
THURSDAY, MONDAY = date(2026, 2, 5), date(2026, 2, 2)


def test_39_hours_in_four_weeks():
    assert TOTAL_HOURS == 39
    assert [sum(b.hours for b in BLOCKS if b.phase == phase) for phase in PHASES] == [13, 13, 9, 4]


def test_the_blocks_cover_every_day_of_the_plan_once():
    covered = [day for b in BLOCKS for day in range(b.first_day, b.last_day + 1)]
    assert covered == list(PLAN_DAYS)


@pytest.mark.parametrize(
    "done, hours, ahead, week",
    [
        (-3, 0, "Pre-Kickoff", 1),
        (-2, 4, "Kickoff Meeting", 1),
        (0, 4, "Kickoff Meeting", 1),
        (2, 6, "Admin Setup & Training", 1),
        (3, 9, "Environment Setup", 1),
        (5, 13, "Data Loading & Parallel Running", 2),
        (10, 26, "Pre-Cutover Preparation", 3),
        (12, 35, "Stabilization", 3),
        (15, 35, "Measurement & Planning", 4),
        (19, 35, "Measurement & Planning", 4),
    ],
)
def test_progress(done, hours, ahead, week):
    found = onboarding_progress(done)
    assert (found.done_hours, found.next_block.title, found.phase.week) == (hours, ahead, week)
    assert found.pct == Decimal(100 * hours) / 39


@pytest.mark.parametrize("done", [20, 60])
def test_all_is_done(done):
    found = onboarding_progress(done)
    assert (found.pct, found.done_hours, found.next_block, found.phase.week) == (100, 39, None, 4)


def test_progress_that_nobody_recorded_is_not_0():
    found = onboarding_progress(None)
    assert (found.pct, found.done_hours, found.reason) == (None, None, "no progress recorded")


@pytest.mark.parametrize(
    "kickoff, expected, waits",
    [
        pytest.param(
            THURSDAY,
            {-2: "2026-02-03", 1: "2026-02-05", 12: "2026-02-20", 13: "2026-02-23", 20: "2026-03-04"},
            0,
            id="thursday-kickoff",
        ),
        pytest.param(
            MONDAY,
            {-2: "2026-01-29", 11: "2026-02-16", 12: "2026-02-20", 13: "2026-02-23", 20: "2026-03-04"},
            3,
            id="monday-kickoff",
        ),
    ],
)
def test_plan_dates(kickoff, expected, waits):
    plan = onboarding_plan_dates(kickoff, CALENDAR)
    assert {day: plan.dates[day].isoformat() for day in expected} == expected
    assert (plan.waits_days, plan.cutover_on, plan.ends_on) == (waits, plan.dates[12], plan.dates[20])


def test_a_thursday_kickoff_takes_28_days():
    assert (onboarding_plan_dates(THURSDAY, CALENDAR).ends_on - THURSDAY).days + 1 == 28


def test_holidays_move_the_plan_and_cutover_to_the_next_working_friday():
    calendar = BusinessCalendar(holidays=frozenset({date(2026, 2, 20)}))
    plan = onboarding_plan_dates(THURSDAY, calendar)
    assert plan.cutover_on == date(2026, 2, 27)
    on_friday = BusinessCalendar(holidays=frozenset({date(2026, 2, 16), date(2026, 2, 27)}))
    assert onboarding_plan_dates(THURSDAY, on_friday).cutover_on == date(2026, 3, 6)


def test_an_extended_pilot_moves_what_follows_day_10():
    plain, longer = (onboarding_plan_dates(THURSDAY, CALENDAR, extend_days=n) for n in (0, 5))
    assert longer.dates[10] == plain.dates[10]
    assert (longer.dates[11], longer.cutover_on) == (date(2026, 2, 26), date(2026, 2, 27))


days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
calendars = st.builds(lambda off: BusinessCalendar(holidays=frozenset(off)), st.sets(days, max_size=30))


@settings(max_examples=60)
@given(days, calendars, st.sampled_from([0, 5, 10]))
def test_plan_days_rise_and_cutover_is_a_working_friday(kickoff, calendar, extend):
    plan = onboarding_plan_dates(kickoff, calendar, extend_days=extend)
    assert list(plan.dates) == list(PLAN_DAYS)
    assert sorted(set(plan.dates.values())) == list(plan.dates.values())
    assert plan.cutover_on.weekday() == 4
    assert all(calendar.is_business_day(on) for day, on in plan.dates.items() if day != 1)
    assert plan.dates[CUTOVER_DAY] >= plan.dates[11]


@pytest.mark.parametrize(
    "kickoff, done, today, slip",
    [
        pytest.param(THURSDAY, 3, "2026-02-09", 0, id="day-3-is-done-today"),
        pytest.param(THURSDAY, 2, "2026-02-09", 0, id="day-3-may-still-be-done-today"),
        pytest.param(THURSDAY, 2, "2026-02-10", 1, id="day-3-was-yesterday"),
        pytest.param(THURSDAY, 2, "2026-02-12", 3, id="three-days-late"),
        pytest.param(THURSDAY, 1, "2026-02-07", 1, id="late-on-a-saturday"),
        pytest.param(THURSDAY, 1, "2026-02-09", 1, id="still-one-day-on-monday"),
        pytest.param(THURSDAY, 6, "2026-02-10", -2, id="ahead"),
        pytest.param(MONDAY, 11, "2026-02-19", 0, id="waiting-for-friday-is-not-ahead"),
        pytest.param(MONDAY, 10, "2026-02-19", 3, id="late-while-cutover-waits"),
        pytest.param(THURSDAY, 20, "2026-06-01", 0, id="over-and-done"),
        pytest.param(THURSDAY, 15, "2026-03-18", 14, id="never-finished"),
        pytest.param(THURSDAY, -3, "2026-02-01", 0, id="not-begun"),
        pytest.param(THURSDAY, None, "2026-02-10", None, id="nothing-recorded"),
    ],
)
def test_slip(kickoff, done, today, slip):
    assert slip_business_days(Onboarding("C-1", kickoff, done), date.fromisoformat(today), CALENDAR) == slip


@settings(max_examples=60)
@given(days, days, st.integers(-3, 20))
def test_more_done_is_never_later(kickoff, today, done):
    less, more = (
        slip_business_days(Onboarding("C-1", kickoff, n), today, CALENDAR) for n in (done, done + 1)
    )
    assert more <= less


@pytest.mark.parametrize(
    "slip, failed, expected",
    [
        (-1, False, "met"),
        (0, False, "met"),
        (1, False, "floor"),
        (2, False, "floor"),
        (3, False, "missed"),
        (0, True, "missed"),
        (None, False, "no_data"),
        (None, True, "missed"),
    ],
)
def test_slip_mark(slip, failed, expected):
    assert slip_mark(slip, gate_failed=failed) == expected
