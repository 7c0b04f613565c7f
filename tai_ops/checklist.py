"""The onboarding checklist: its eleven blocks with hours and owners, how much is done, the dates, and the slip.

Days are business days: Day 1 is the kickoff, Day -2 two business days before it, there is no Day 0. Cutover
(Day 12) is a Friday: the first on or after the twelfth day (requirements.md O1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tai_ops.money import percent
from tai_ops.onboarding_course import Course, effort, open_days, step_states
from tai_ops.period import FRIDAY, BusinessCalendar

CUTOVER_DAY = 12
LAST_DAY = 20
PLAN_DAYS: tuple[int, ...] = (-2, *range(1, LAST_DAY + 1))
SLIP_ALLOWED_DAYS = 2

Mark = Literal["met", "floor", "missed", "no_data"]


@dataclass(frozen=True, slots=True)
class Phase:
    """One of the four weeks: its number, name and owners, in the runbook's words."""

    week: int
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch of the checklist, from its first to its last day; `hours` are staff hours."""

    first_day: int
    last_day: int
    title: str
    hours: int
    owners: tuple[str, ...]
    phase: Phase


_DISCOVERY = Phase(1, "Kickoff & Discovery", "CSM (with CTO support)")
_PILOT = Phase(2, "Pilot Execution", "CSM + Inventory Manager (customer)")
_LAUNCH = Phase(3, "Production Launch", "CSM + CTO")
_SUCCESS = Phase(4, "Success Metrics & Expansion", "CSM")
PHASES = (_DISCOVERY, _PILOT, _LAUNCH, _SUCCESS)

BLOCKS: tuple[Block, ...] = (
    Block(-2, -2, "Pre-Kickoff", 4, ("csm", "cto"), _DISCOVERY),
    Block(1, 1, "Kickoff Meeting", 2, ("csm",), _DISCOVERY),
    Block(2, 3, "Admin Setup & Training", 3, ("csm", "cto"), _DISCOVERY),
    Block(4, 5, "Environment Setup", 4, ("csm", "cto"), _DISCOVERY),
    Block(6, 6, "Data Loading & Parallel Running", 6, ("csm",), _PILOT),
    Block(7, 8, "Baseline Metrics", 4, ("csm",), _PILOT),
    Block(9, 10, "Refinement & Go/No-Go", 3, ("csm", "cto"), _PILOT),
    Block(11, 11, "Pre-Cutover Preparation", 3, ("csm", "cto"), _LAUNCH),
    Block(12, 12, "Cutover Day (Production Go-Live)", 6, ("csm", "cto"), _LAUNCH),
    Block(13, 15, "Stabilization", 0, ("csm", "cto"), _LAUNCH),
    Block(16, 20, "Measurement & Planning", 4, ("csm",), _SUCCESS),
)
"""The blocks in order. Source: Runbook 1, time estimates; the daily check-ins of Days 13-15 carry none."""

TOTAL_HOURS = sum(block.hours for block in BLOCKS)


@dataclass(frozen=True, slots=True)
class Onboarding:
    """A customer's onboarding (kind `onboardings`); `done_through_day` is None where no progress is recorded.

    `course` is what people ticked, waived and decided since; None where nobody did.
    """

    customer_id: str
    kickoff_on: date
    done_through_day: int | None = None
    course: Course | None = None

    @property
    def by_steps(self) -> bool:
        """Whether progress is kept step by step."""
        return self.course is not None and self.course.recorded

    def is_done(self, day: int) -> bool:
        """Whether a day of the plan and all before it are done."""
        if self.by_steps:
            return all(one > day for one in open_days(self.course, self.done_through_day))
        return self.done_through_day is not None and self.done_through_day >= day


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of an onboarding is done, in per cent of its estimated staff hours.

    `phase` is where the next block stands, the last one where all is done. `reason` says why `pct` is None.
    """

    pct: Decimal | None
    done_hours: Decimal | int | None
    total_hours: Decimal | int
    phase: Phase | None
    next_block: Block | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PlanDates:
    """The date of each day of a plan; `waits_days` are the business days by which cutover waits for its Friday."""

    dates: Mapping[int, date]
    waits_days: int

    @property
    def cutover_on(self) -> date:
        """Day 12."""
        return self.dates[CUTOVER_DAY]

    @property
    def ends_on(self) -> date:
        """Day 20."""
        return self.dates[LAST_DAY]


def onboarding_progress(done_through_day: int | None) -> Progress:
    """How much of the checklist is done when every day up to that one is; a block counts when its last day is over.

    Source: requirements.md O22. What it leaves out: single items, waived items and failed gates. None where no
    progress is recorded.
    """
    if done_through_day is None:
        return Progress(None, None, TOTAL_HOURS, None, None, "no progress recorded")
    done = sum(block.hours for block in BLOCKS if block.last_day <= done_through_day)
    ahead = next((block for block in BLOCKS if block.last_day > done_through_day), None)
    phase = ahead.phase if ahead else PHASES[-1]
    return Progress(percent(done, TOTAL_HOURS), done, TOTAL_HOURS, phase, ahead)


def progress_of(onboarding: Onboarding) -> Progress:
    """How much of an onboarding is done: by its steps where people keep them, else by its file's day.

    Source: requirements.md O22: hours of done steps of all that are not waived; at most 99 % while a gate is not passed.
    """
    if not onboarding.by_steps:
        return onboarding_progress(onboarding.done_through_day)
    states = step_states(onboarding.course, onboarding.done_through_day).values()
    spent = effort(states, onboarding.course)
    left = [one.step.day for one in states if not one.settled]
    ahead = next((block for block in BLOCKS if any(day <= block.last_day for day in left)), None)
    return Progress(
        spent.pct,
        Decimal(spent.done_minutes) / 60,
        Decimal(spent.total_minutes) / 60,
        ahead.phase if ahead else PHASES[-1],
        ahead,
        None if spent.total_minutes else "every step is waived",
    )


def onboarding_dates(onboarding: Onboarding, calendar: BusinessCalendar) -> PlanDates:
    """The plan as it stands: from the kickoff, with what NOs at the gate added and the cutover's own day, if it has one."""
    course = onboarding.course
    if course is None:
        return onboarding_plan_dates(onboarding.kickoff_on, calendar)
    return onboarding_plan_dates(
        onboarding.kickoff_on, calendar, extend_days=course.extend_days, cutover_on=course.cutover_on
    )


def first_dates(onboarding: Onboarding, calendar: BusinessCalendar) -> Mapping[int, date]:
    """The plan as it was first made, which slip is counted against; worked out from the kickoff where none was kept."""
    if onboarding.course and onboarding.course.first_days:
        return dict(onboarding.course.first_days)
    return onboarding_plan_dates(onboarding.kickoff_on, calendar).dates


def onboarding_plan_dates(
    kickoff_on: date, calendar: BusinessCalendar, *, extend_days: int = 0, cutover_on: date | None = None
) -> PlanDates:
    """The date of every day of the plan that a kickoff starts.

    Cutover is the first Friday on or after Day 12 that is a business day, or the day that was chosen for it, unless
    that comes before Day 12; the days after it follow on. A pilot that is extended puts `extend_days` business days
    before Day 11. Source: requirements.md O1 and O5.
    """
    dates = {
        day: calendar.business_day_number(kickoff_on, day + (extend_days if day > 10 else 0))
        for day in PLAN_DAYS
        if day <= CUTOVER_DAY
    }
    earliest = dates[CUTOVER_DAY]
    chosen = cutover_on is not None and cutover_on >= earliest
    cutover = cutover_on if chosen and cutover_on else _cutover_friday(earliest, calendar)
    dates |= {
        day: calendar.add_business_days(cutover, day - CUTOVER_DAY)
        for day in range(CUTOVER_DAY, LAST_DAY + 1)
    }
    return PlanDates(dates, calendar.business_days_between(earliest, cutover))


def slip_business_days(onboarding: Onboarding, today: date, calendar: BusinessCalendar) -> int | None:
    """By how many business days an onboarding is late; 0 on time, negative by the plan days done ahead of today.

    Late counts from the date that the first undone day was planned for; a day is due when it is over. The plan is
    the original one, without extensions. None where no progress is recorded.
    Source: requirements.md O2, O5, W7.
    """
    if onboarding.done_through_day is None and not onboarding.by_steps:
        return None
    dates = first_dates(onboarding, calendar)
    undone = [dates[day] for day in _undone(onboarding)]
    yesterday = today - timedelta(days=1)
    if undone and undone[0] <= yesterday:
        return calendar.business_days_between(undone[0] - timedelta(days=1), yesterday)
    to_come = [day for day in dates.values() if day > today]
    return min(0, len(undone) - len(to_come))


def _undone(onboarding: Onboarding) -> list[int]:
    if onboarding.by_steps:
        return sorted(open_days(onboarding.course, onboarding.done_through_day))
    done = onboarding.done_through_day
    return [day for day in PLAN_DAYS if done is None or day > done]


def stopped_words(onboarding: Onboarding) -> str:
    """What stops an onboarding whatever its dates say: `gate of week 2: NO`; empty where no gate does."""
    week = onboarding.course.stopped_week if onboarding.course else None
    return f"gate of week {week}: NO" if week else ""


def slip_mark(slip: int | None, *, gate_failed: bool = False) -> Mark:
    """Whether an onboarding is on track: no slip met, up to two business days floor, more or a failed gate missed.

    Source: requirements.md W7.
    """
    if gate_failed:
        return "missed"
    if slip is None:
        return "no_data"
    if slip <= 0:
        return "met"
    return "floor" if slip <= SLIP_ALLOWED_DAYS else "missed"


def _cutover_friday(earliest: date, calendar: BusinessCalendar) -> date:
    friday = earliest + timedelta(days=(FRIDAY - earliest.weekday()) % 7)
    while not calendar.is_business_day(friday):
        friday += timedelta(weeks=1)
    return friday
