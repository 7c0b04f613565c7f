"""How an onboarding went so far: what people ticked, waived and noted of its steps, what they decided at its gates.

Events only grow; the newest tick, untick or waiver of a step holds. Steps up to the day that a file says is done count
as done unless an event says otherwise. Source: requirements.md O5, O12, O22, section 0 "Override".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Literal

from tai_ops.errors import Refused
from tai_ops.onboarding_steps import STEPS, Step, step
from tai_ops.words import day as day_words

Happened = Literal["ticked", "unticked", "waived", "noted"]
State = Literal["done", "waived", "open"]

REMEDIES: Mapping[str, str] = {
    "cleanup": "Data cleanup",
    "training": "Additional training",
    "technical": "Technical adjustments",
}
"""What may be done after a NO at a gate; the first of its three steps is to find out which."""
EXTENSIONS = (5, 10)
GATE_WEEKS = (1, 2, 3, 4)
PILOT_WEEK = 2
CUTOVER_DAY = 12
USES_FOR_AN_ESTIMATE = 3
ROUNDED_TO_MINUTES = 5


@dataclass(frozen=True, slots=True)
class StepEvent:
    """One thing that a person said of a step; `done_on` is the day on which it was done, `minutes` what it took."""

    step_key: str
    event: Happened
    done_on: date | None
    minutes: int | None
    note: str | None
    link: str | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class GateDecision:
    """What was decided at a week's gate: yes, or no with remedies and the business days that it adds."""

    week: int
    decision: Literal["yes", "no"]
    reason: str | None
    remedies: tuple[str, ...]
    extend_days: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class StepState:
    """How a step stands; `by` is None where only the file's day says that it is done."""

    step: Step
    state: State
    done_on: date | None = None
    minutes: int | None = None
    note: str | None = None
    link: str | None = None
    at: datetime | None = None
    by: str | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self.state != "open"


@dataclass(frozen=True, slots=True)
class Course:
    """All that was said of an onboarding, oldest first; `first_days` is the plan as it was first made, day by day.

    `estimates` are the minutes of the steps that had others than the runbook's when it was made.
    """

    first_days: tuple[tuple[int, date], ...] = ()
    events: tuple[StepEvent, ...] = ()
    gates: tuple[GateDecision, ...] = ()
    cutover_on: date | None = None
    cutover_reason: str | None = None
    estimates: tuple[tuple[str, int], ...] = ()

    @property
    def recorded(self) -> bool:
        """Whether progress is kept step by step, or by a file's day alone."""
        return bool(self.first_days or self.events)

    @property
    def extend_days(self) -> int:
        """The business days that all NOs at the pilot's gate put before Day 11."""
        return sum(one.extend_days for one in self.gates)

    def decided(self, week: int) -> GateDecision | None:
        """The newest decision of a week's gate."""
        return next((one for one in reversed(self.gates) if one.week == week), None)

    def failed(self, week: int) -> bool:
        """Whether the newest decision of the week is NO."""
        newest = self.decided(week)
        return newest is not None and newest.decision == "no"

    @property
    def stopped_week(self) -> int | None:
        """The first week whose newest decision is NO; None where nothing stands against going on."""
        return next((week for week in GATE_WEEKS if self.failed(week)), None)


NOTHING = Course()


def step_states(course: Course | None, done_through_day: int | None) -> dict[str, StepState]:
    """How every step stands, by key and in the runbook's order."""
    told: dict[str, list[StepEvent]] = {}
    for event in (course or NOTHING).events:
        told.setdefault(event.step_key, []).append(event)
    steps = with_estimates(dict((course or NOTHING).estimates))
    return {one.key: _state(one, told.get(one.key, []), done_through_day) for one in steps}


def with_estimates(estimates: Mapping[str, int]) -> tuple[Step, ...]:
    """The runbook's steps with other minutes where a company estimates them otherwise."""
    if not estimates:
        return STEPS
    return tuple(replace(one, minutes=estimates.get(one.key, one.minutes)) for one in STEPS)


def _state(one: Step, told: list[StepEvent], done_through_day: int | None) -> StepState:
    said = next((e for e in reversed(told) if e.event != "noted"), None)
    if said is None:
        by_file = done_through_day is not None and one.day <= done_through_day
        state: State = "done" if by_file else "open"
    else:
        state = "done" if said.event == "ticked" else "waived" if said.event == "waived" else "open"
    return StepState(
        one,
        state,
        said.done_on if said and state != "open" else None,
        next((e.minutes for e in reversed(told) if e.minutes is not None), None),
        next((e.note for e in reversed(told) if e.note), None),
        next((e.link for e in reversed(told) if e.link), None),
        told[-1].at if told else None,
        said.by if said else None,
    )


def open_days(course: Course | None, done_through_day: int | None) -> frozenset[int]:
    """The days of the plan that still have an open step."""
    states = step_states(course, done_through_day).values()
    return frozenset(one.step.day for one in states if not one.settled)


# --- How much is done


@dataclass(frozen=True, slots=True)
class Effort:
    """The minutes of a set of steps: done and in all by the estimates (what is waived is in neither), and as they were.

    `compared_minutes` are the estimates of the steps whose actual minutes are known. `is_held` says that a gate is
    open or was answered with NO, so that no more than 99 % are done.
    """

    done_minutes: int
    total_minutes: int
    actual_minutes: int
    compared_minutes: int
    is_held: bool

    @property
    def pct(self) -> Decimal | None:
        """Done minutes of all, in per cent; None where everything was waived.

        Source: requirements.md O22: at most 99 while the gate is not passed.
        """
        if not self.total_minutes:
            return None
        share = Decimal(100 * self.done_minutes) / self.total_minutes
        return min(share, Decimal(99)) if self.is_held else share


def effort(states: Iterable[StepState], course: Course | None, week: int | None = None) -> Effort:
    """The effort of those steps; `week` names the phase where they are one."""
    listed = list(states)
    weighed = [one for one in listed if one.step.weighs and one.state != "waived"]
    timed = [one for one in listed if one.minutes is not None]
    gate_open = any(one.step.gate and not one.settled for one in listed)
    weeks = GATE_WEEKS if week is None else (week,)
    return Effort(
        sum(one.step.minutes for one in weighed if one.state == "done"),
        sum(one.step.minutes for one in weighed),
        sum(one.minutes or 0 for one in timed),
        sum(one.step.minutes for one in timed),
        gate_open or any((course or NOTHING).failed(one) for one in weeks),
    )


# --- What may be said of a step


def refuse_step(key: str, event: Happened, states: Mapping[str, StepState], course: Course) -> None:
    """Nothing where the event may be recorded; Refused says what comes first.

    The kickoff needs what is done before it (O12), production needs the pilot's YES (R1.37).
    """
    wanted = step(key)
    if event != "ticked":
        return
    if wanted.key == "kickoff":
        left = [one.step.title for one in states.values() if one.step.day < 0 and not one.settled]
        if left:
            raise Refused(
                f"the kickoff comes after the pre-kickoff list; still open: {'; '.join(left)} (tick or waive them)"
            )
    if wanted.day > 10 and not passed_pilot(states, course):
        raise Refused(
            "production starts after a YES at the week-2 gate; record that decision first (Gates, week 2)"
        )


TYPED_IN_A_NOTE = frozenset({"export_checked", "locations_loaded", "staging_checked", "migration", "nothing_missing", "accuracy_97"})  # fmt: skip
"""Steps whose figure may stand in their note: no form of its own holds it where the customer's files are not compared."""


def is_proved(key: str, note: str | None, figures: Mapping[str, str]) -> bool:
    """Whether the figure is there that a step asks for: on record, or in its note where that may hold it.

    True for a step that asks for none. Source: requirements.md 1A (R1.28 to R1.32, R1.48, R1.51, R1.55), O20.
    """
    if step(key).evidence != "number" or key in figures:
        return True
    return key in TYPED_IN_A_NOTE and any(sign.isdigit() for sign in note or "")


def refuse_unproved(key: str, note: str | None, figures: Mapping[str, str]) -> None:
    """Nothing where a step's figure is there; Refused says where it is entered."""
    if is_proved(key, note, figures):
        return
    way = "write it in the note" if key in TYPED_IN_A_NOTE else "enter it first"
    raise Refused(
        f"{step(key).title}: a figure proves this step and none is on record; {way}, or waive the step with a reason"
    )


def refuse_early(key: str, done_on: date, kickoff_on: date, cutover_on: date) -> None:
    """Nothing where a step may have been done on that day; Refused for a kickoff or a cutover before its own day."""
    day = step(key).day
    if key == "kickoff" and done_on < kickoff_on:
        raise Refused(
            f"the kickoff is on {day_words(kickoff_on)}; move it first if it was held on {day_words(done_on)}"
        )
    if day == CUTOVER_DAY and done_on < cutover_on:
        raise Refused(
            f"the cutover is on {day_words(cutover_on)}; move it first if it was on {day_words(done_on)}"
        )


def passed_pilot(states: Mapping[str, StepState], course: Course) -> bool:
    """Whether week 3 may begin: a YES at the pilot's gate, or a file that says that the pilot's days are done."""
    newest = course.decided(PILOT_WEEK)
    if newest is not None:
        return newest.decision == "yes"
    decision = states["w2_decision"]
    return decision.state == "done" and decision.by is None


def checked_minutes(text: str) -> int | None:
    """Minutes as typed, None where empty; Refused where they are no whole number from 0 to 6,000."""
    if not text.strip():
        return None
    if not text.strip().isdecimal() or int(text) > 6000:
        raise Refused(f"minutes: {text.strip()!r} is no whole number from 0 to 6000")
    return int(text)


# --- What the runbook learns


@dataclass(frozen=True, slots=True)
class NewEstimate:
    """A step's minutes as plans are made with and as they turned out: the median of its uses."""

    step: Step
    estimate_minutes: int
    proposed_minutes: int
    uses: int


def new_estimates(
    courses: Iterable[Course], held: Mapping[str, int] | None = None
) -> tuple[NewEstimate, ...]:
    """The steps whose actual minutes, known from three onboardings or more, ask for another estimate; largest first.

    The median to the next five minutes; `held` are the estimates that differ from the runbook's already.
    Source: R1.5 (the runbook is reviewed after each use).
    """
    planned = {one.key: one.minutes for one in with_estimates(held or {})}
    taken: dict[str, list[int]] = {}
    for course in courses:
        for key, state in step_states(course, None).items():
            if state.minutes is not None:
                taken.setdefault(key, []).append(state.minutes)
    found = [
        NewEstimate(step(key), planned[key], _rounded(median(minutes)), len(minutes))
        for key, minutes in taken.items()
        if len(minutes) >= USES_FOR_AN_ESTIMATE
    ]
    differ = [one for one in found if one.proposed_minutes != one.estimate_minutes]
    return tuple(sorted(differ, key=lambda one: -abs(one.proposed_minutes - one.estimate_minutes)))


def _rounded(minutes: float) -> int:
    return max(ROUNDED_TO_MINUTES, round(minutes / ROUNDED_TO_MINUTES) * ROUNDED_TO_MINUTES)
