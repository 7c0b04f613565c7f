from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.checklist import BLOCKS, onboarding_plan_dates
from tai_ops.errors import Refused
from tai_ops.onboarding_plan import onboarding_plan
from tai_ops.onboarding_steps import KICKOFF_AGENDA, STEPS, step
from tai_ops.period import BusinessCalendar

CALENDAR = BusinessCalendar()
THURSDAY, MONDAY = date(2026, 2, 5), date(2026, 2, 2)


def test_the_minutes_of_a_blocks_steps_are_its_hours():
    for block in BLOCKS:
        steps = [s for s in STEPS if block.first_day <= s.day <= block.last_day and s.weighs]
        assert sum(s.minutes for s in steps) == 60 * block.hours, block.title


def test_the_kickoffs_agenda_fills_its_two_hours():
    assert sum(minutes for minutes, _ in KICKOFF_AGENDA) == 120
    assert len(step("kickoff").parts) == 8


def test_a_step_has_one_key():
    assert len({s.key for s in STEPS}) == len(STEPS)


def test_four_gates_each_after_the_work_of_its_week():
    assert {s.gate for s in STEPS if s.gate} == {1, 2, 3, 4}
    assert {s.day for s in STEPS if s.gate == 3} == {17}, "five business days after cutover"


def test_a_thursday_kickoff_is_done_in_28_days():
    plan = onboarding_plan(THURSDAY, CALENDAR)
    assert (plan.cutover_on, plan.ends_on, plan.waits_days) == (date(2026, 2, 20), date(2026, 3, 4), 0)
    assert (plan.ends_on - plan.kickoff_on).days + 1 == 28
    by_key = {one.step.key: one.on for one in plan.steps}
    assert (by_key["contract"], by_key["kickoff"]) == (date(2026, 2, 3), THURSDAY)
    assert by_key["check_in_13"] == date(2026, 2, 23)


def test_weeks_have_two_days_of_float():
    first, *_, last = onboarding_plan(THURSDAY, CALENDAR).phases
    assert (first.first_on, first.last_on, first.latest_on) == (
        THURSDAY,
        date(2026, 2, 11),
        date(2026, 2, 13),
    )
    assert last.latest_on == date(2026, 3, 6)


def test_a_monday_kickoff_waits_three_days_for_its_friday():
    assert onboarding_plan(MONDAY, CALENDAR).waits_days == 3


def test_an_extended_pilot_moves_what_follows():
    plan, longer = onboarding_plan(THURSDAY, CALENDAR), onboarding_plan(THURSDAY, CALENDAR, extend_days=5)
    assert longer.cutover_on == date(2026, 2, 27)
    moved = [a.step.day for a, b in zip(plan.steps, longer.steps, strict=True) if a.on != b.on]
    assert min(moved) == 11


@pytest.mark.parametrize(
    "day, named",
    [(date(2026, 2, 7), "2026-02-09"), (date(2026, 2, 6), "2026-02-09")],
    ids=["saturday", "holiday"],
)
def test_a_kickoff_when_nobody_works_names_the_next_day(day, named):
    with pytest.raises(Refused, match=named):
        onboarding_plan(day, BusinessCalendar(holidays=frozenset({date(2026, 2, 6)})))


def test_a_pilot_is_extended_by_one_or_two_weeks():
    with pytest.raises(Refused, match="5 or 10"):
        onboarding_plan(THURSDAY, CALENDAR, extend_days=3)


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.sampled_from([0, 5, 10]))
def test_steps_follow_the_order_of_the_days(day, extend_days):
    kickoff = CALENDAR.next_business_day(day)
    plan = onboarding_plan(kickoff, CALENDAR, extend_days=extend_days)
    dates = onboarding_plan_dates(kickoff, CALENDAR, extend_days=extend_days).dates
    assert all(one.on == dates[one.step.day] for one in plan.steps)
    assert sorted(dates.values()) == [dates[n] for n in sorted(dates)]
    assert plan.cutover_on.weekday() == 4
