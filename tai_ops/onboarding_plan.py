"""The dated plan that a kickoff starts: every step with its date, the gates, the room each week has, the milestones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tai_ops.checklist import LAST_DAY, PHASES, Phase, onboarding_plan_dates
from tai_ops.errors import Refused
from tai_ops.onboarding_steps import STEPS, Step
from tai_ops.period import BusinessCalendar

EXTENSIONS_DAYS = (0, 5, 10)
FLOAT_DAYS = 2
PHASE_ENDS: Mapping[int, int] = {1: 5, 2: 10, 3: 15, 4: LAST_DAY}
"""Each week's last day of the plan."""
FIRST_REVIEW, NEXT_REVIEW = timedelta(weeks=8), timedelta(weeks=13)
MILESTONES = (
    (30, "Day-30 success check"),
    (60, "Day-60 implementation complete"),
    (90, "Day-90 support ends"),
)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A date that a kickoff sets after the checklist."""

    name: str
    on: date


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step with its date and the week of the plan that it belongs to."""

    step: Step
    on: date
    phase: Phase


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """A week of the plan: its first and last date, and the latest date on which it may end (its float)."""

    phase: Phase
    first_on: date
    last_on: date
    latest_on: date


@dataclass(frozen=True, slots=True)
class Plan:
    """A dated plan. `waits_days`: business days by which cutover waits for its Friday; `extend_days`: the pilot's more."""

    kickoff_on: date
    cutover_on: date
    ends_on: date
    waits_days: int
    extend_days: int
    steps: tuple[PlannedStep, ...]
    phases: tuple[PlannedPhase, ...]
    milestones: tuple[Milestone, ...]


def onboarding_plan(kickoff_on: date, calendar: BusinessCalendar, *, extend_days: int = 0) -> Plan:
    """The plan of a kickoff. Refused where that day is no business day, or the extension not 0, 5 or 10 days.

    Source: requirements.md O1 to O5: Day n is the n-th business day, cutover the first Friday on or after Day 12,
    each week up to two business days of float, milestones in calendar days from the kickoff.
    """
    if not calendar.is_business_day(kickoff_on):
        raise Refused(
            f"{kickoff_on} is a {kickoff_on:%A} on which nobody works (weekend or holiday); "
            f"the next business day is {calendar.next_business_day(kickoff_on)}"
        )
    if extend_days not in EXTENSIONS_DAYS:
        raise Refused(f"a pilot is extended by 5 or 10 business days (1 or 2 weeks), not by {extend_days}")
    planned = onboarding_plan_dates(kickoff_on, calendar, extend_days=extend_days)
    dates = planned.dates
    return Plan(
        kickoff_on,
        planned.cutover_on,
        planned.ends_on,
        planned.waits_days,
        extend_days,
        tuple(PlannedStep(step, dates[step.day], phase_of(step)) for step in STEPS),
        tuple(_phase(phase, dates, calendar) for phase in PHASES),
        milestones(kickoff_on, kickoff_on),
    )


def phase_of(step: Step) -> Phase:
    """The week that a step belongs to; a gate's item belongs to the week that it ends."""
    week = step.gate or next(week for week, last in PHASE_ENDS.items() if step.day <= last)
    return PHASES[week - 1]


def milestones(kickoff_on: date, on: date) -> tuple[Milestone, ...]:
    """The dates that a kickoff sets after the checklist, in order, up to the first quarterly review after that day.

    Calendar days from the kickoff; the first review after eight weeks, the next every thirteen.
    Source: requirements.md O3 and O4.
    """
    first = kickoff_on + FIRST_REVIEW
    held = max(0, (on - first) // NEXT_REVIEW + 1)
    fixed = [Milestone(name, kickoff_on + timedelta(days=days)) for days, name in MILESTONES]
    reviews = [Milestone(f"Quarterly review {n + 1}", first + n * NEXT_REVIEW) for n in range(held + 1)]
    return tuple(sorted(fixed + reviews, key=lambda m: m.on))


def _phase(phase: Phase, dates: Mapping[int, date], calendar: BusinessCalendar) -> PlannedPhase:
    first = 1 if phase.week == 1 else PHASE_ENDS[phase.week - 1] + 1
    last = dates[PHASE_ENDS[phase.week]]
    return PlannedPhase(phase, dates[first], last, calendar.add_business_days(last, FLOAT_DAYS))
