"""When things will be done: the dates that follow from what is done late, and the Thursdays that suit a kickoff.

Source: requirements.md O1, O2, O5 (dates cascade from actuals) and R1.3.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from tai_ops.checklist import (
    CUTOVER_DAY,
    PLAN_DAYS,
    Onboarding,
    onboarding_dates,
    onboarding_plan_dates,
)
from tai_ops.errors import Refused
from tai_ops.onboarding_course import StepState, open_days, step_states
from tai_ops.period import BusinessCalendar

THURSDAY = 3
DAYS_BEFORE_KICKOFF = 2
WEEKS_LOOKED_AHEAD = 26
DECLARED_LIVE = "declared_live"
"""The step that says on which day the cutover was."""


def forecast(onboarding: Onboarding, calendar: BusinessCalendar, today: date) -> Mapping[int, date]:
    """The date of every day of the plan, as it comes now: late days push those after them, early ones pull nothing.

    A day that is done has the date on which it was done, where people said so. An open one comes no earlier than
    planned, than today, and than the business day after the one before it; cutover waits for its Friday again. Once the
    customer was declared live, the cutover was on that day, whatever else of it is still open.
    """
    planned = onboarding_dates(onboarding, calendar).dates
    left = open_days(onboarding.course, onboarding.done_through_day)
    states = step_states(onboarding.course, onboarding.done_through_day)
    done_on, live_on = _done_on(states.values()), states[DECLARED_LIVE].done_on
    found: dict[int, date] = {}
    before: date | None = None
    for day in PLAN_DAYS:
        if day == CUTOVER_DAY and live_on is not None:
            on = live_on
        elif day not in left:
            on = done_on.get(day, planned[day])
        else:
            on = max(planned[day], _workday(today, calendar))
            if before is not None and on <= before:
                on = calendar.next_business_day(before)
            if day == CUTOVER_DAY and on > planned[day]:
                on = _friday(on, calendar)
        found[day] = on
        before = on if before is None else max(before, on)
    return found


def _done_on(states: Iterable[StepState]) -> dict[int, date]:
    last: dict[int, date] = {}
    for state in states:
        if state.done_on is not None:
            last[state.step.day] = max(state.done_on, last.get(state.step.day, state.done_on))
    return last


def _workday(day: date, calendar: BusinessCalendar) -> date:
    return day if calendar.is_business_day(day) else calendar.next_business_day(day)


def _friday(earliest: date, calendar: BusinessCalendar) -> date:
    on = earliest + timedelta(days=(4 - earliest.weekday()) % 7)
    while not calendar.is_business_day(on):
        on += timedelta(weeks=1)
    return on


# --- Kickoffs


def refuse_kickoff(kickoff_on: date, calendar: BusinessCalendar) -> None:
    """Nothing where people work on that day; Refused names the next business day otherwise."""
    if not calendar.is_business_day(kickoff_on):
        raise Refused(
            f"{kickoff_on} is a {kickoff_on:%A} on which nobody works (weekend or holiday); "
            f"the next business day is {calendar.next_business_day(kickoff_on)}"
        )


def fitting_kickoffs(today: date, calendar: BusinessCalendar) -> Iterator[date]:
    """The Thursdays ahead whose cutover needs no waiting, and for which there are two business days to prepare."""
    first = calendar.add_business_days(today, DAYS_BEFORE_KICKOFF)
    thursday = first + timedelta(days=(THURSDAY - first.weekday()) % 7)
    for week in range(WEEKS_LOOKED_AHEAD):
        on = thursday + timedelta(weeks=week)
        if calendar.is_business_day(on) and onboarding_plan_dates(on, calendar).waits_days == 0:
            yield on
