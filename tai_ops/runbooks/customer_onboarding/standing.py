"""How one customer's onboarding stands: plan, steps, gates, dates as they come now, today's work; and all courses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tai_ops.accuracy import customer_accuracy
from tai_ops.checklist import (
    PHASES,
    Onboarding,
    Phase,
    PlanDates,
    first_dates,
    onboarding_dates,
    slip_business_days,
    slip_mark,
)
from tai_ops.customers import Customer
from tai_ops.errors import Refused
from tai_ops.kpi import Mark
from tai_ops.onboarding_course import (
    NOTHING,
    Course,
    Effort,
    NewEstimate,
    StepState,
    effort,
    new_estimates,
    step_states,
)
from tai_ops.onboarding_dates import forecast
from tai_ops.onboarding_gates import Criterion, Issue, Known, criteria
from tai_ops.onboarding_plan import (
    FLOAT_DAYS,
    PHASE_ENDS,
    Milestone,
    milestones,
    phase_of,
)
from tai_ops.period import BusinessCalendar
from tai_ops.scores import Score, latest_answers, ltr_median
from tai_ops.store import Store, facts, onboardings, stabilising
from tai_ops.store.checked_migrations import newest_whole
from tai_ops.store.step_estimates import estimates_held
from tai_ops.store.step_figures import step_figures

NOTHING_MEASURED = "no current accuracy beside a baseline"


@dataclass(frozen=True, slots=True)
class Week:
    """One week of an onboarding: its steps, effort, gate, dates, and by how many business days its end is late.

    `latest_on` is its end with the two days of float that each week has.
    """

    phase: Phase
    steps: tuple[StepState, ...]
    effort: Effort
    criteria: tuple[Criterion, ...]
    first_on: date
    last_on: date
    latest_on: date
    late_days: int

    @property
    def float_left_days(self) -> int:
        """The business days of float that are left; none below zero."""
        return max(0, FLOAT_DAYS - max(0, self.late_days))


@dataclass(frozen=True, slots=True)
class Standing:
    """An onboarding as it stands today; `figures` are those on record that prove its steps, in words."""

    customer: Customer
    onboarding: Onboarding
    course: Course
    states: Mapping[str, StepState]
    weeks: tuple[Week, ...]
    effort: Effort
    first: Mapping[int, date]
    planned: PlanDates
    coming: Mapping[int, date]
    slip_days: int | None
    mark: Mark
    milestones: tuple[Milestone, ...]
    issues: tuple[Issue, ...]
    known: Known
    today: date
    calendar: BusinessCalendar
    figures: Mapping[str, str]

    @property
    def cutover_on(self) -> date:
        """The day of the cutover as it comes now."""
        return self.coming[12]

    def on(self, one: StepState) -> date:
        """The day of a step: when it was done, else when it comes."""
        return one.done_on or self.coming[one.step.day]

    @property
    def todays(self) -> tuple[StepState, ...]:
        """The open steps of today and those left from earlier days, oldest first; the next day's where none is left."""
        open_steps = [one for one in self.states.values() if not one.settled]
        due = [one for one in open_steps if self.planned.dates[one.step.day] <= self.today]
        if due or not open_steps:
            return tuple(due)
        first = min(self.planned.dates[one.step.day] for one in open_steps)
        return tuple(one for one in open_steps if self.planned.dates[one.step.day] == first)


def standing(store: Store, customer_id: str, now: datetime) -> Standing | None:
    """How a customer's onboarding stands; None without a kickoff on record. Refused where there is no such customer."""
    calendar = facts.business_calendar(store, customer_id)
    today = calendar.local_date(now)
    cursor = store.cursor()
    try:
        cursor.execute("begin")
        customer = next(
            (c for c in facts.of_kind(cursor, "customers", Customer) if c.customer_id == customer_id), None
        )
        if customer is None:
            raise Refused(f"there is no customer {customer_id!r}; open the list and choose one")
        found = next((o for o in onboardings.onboardings(cursor) if o.customer_id == customer_id), None)
        known = known_of(cursor, customer, today)
        figures = step_figures(cursor, customer_id, store.company.currency)
        cursor.execute("commit")
    finally:
        cursor.close()
    return _standing(customer, found, known, today, calendar, figures) if found else None


def known_of(cursor: facts.Cursor, customer: Customer, today: date) -> Known:
    """What the store knows of a customer that the weekly checks ask for."""
    measured = customer_accuracy(facts.measurements(cursor), customer.customer_id, today)
    answers = latest_answers(facts.of_kind(cursor, "scores", Score), today)
    hits = stabilising.hits(cursor, customer.customer_id)
    return Known(
        status=customer.status,
        baseline_pct=measured.baseline_pct,
        gain_points=measured.gain_points,
        gain_reason=None if measured.gain_points is not None else measured.reason or NOTHING_MEASURED,
        fidelity=newest_whole(cursor, customer.customer_id),
        issues=stabilising.issues(cursor, customer.customer_id).get(customer.customer_id, ()),
        incidents=tuple(one.title for one in hits if one.is_open and one.severity == "CRITICAL"),
        severe_days=tuple(one.began_on for one in hits if one.severity in {"CRITICAL", "HIGH"}),
        answers_on_expansion=len(stabilising.expansion(cursor, customer.customer_id)),
        ltr_median=ltr_median([one for one in answers if one.customer_id == customer.customer_id]),
    )


def _standing(
    customer: Customer,
    found: Onboarding,
    known: Known,
    today: date,
    calendar: BusinessCalendar,
    figures: Mapping[str, str],
) -> Standing:
    course = found.course or NOTHING
    states = step_states(course, found.done_through_day)
    planned = onboarding_dates(found, calendar)
    coming = forecast(found, calendar, today)
    first = first_dates(found, calendar)
    slip = slip_business_days(found, today, calendar)
    stopped = any(course.failed(phase.week) for phase in PHASES)
    weeks = tuple(
        _week(phase, states, course, known, (first, planned.dates, coming), today, calendar)
        for phase in PHASES
    )
    return Standing(
        customer,
        found,
        course,
        states,
        weeks,
        effort(states.values(), course),
        first,
        planned,
        coming,
        slip,
        slip_mark(slip, gate_failed=stopped),
        milestones(found.kickoff_on, today),
        known.issues,
        known,
        today,
        calendar,
        figures,
    )


def _week(
    phase: Phase,
    states: Mapping[str, StepState],
    course: Course,
    known: Known,
    dates: tuple[Mapping[int, date], Mapping[int, date], Mapping[int, date]],
    today: date,
    calendar: BusinessCalendar,
) -> Week:
    first, _, coming = dates
    own = tuple(one for one in states.values() if phase_of(one.step).week == phase.week)
    end = PHASE_ENDS[phase.week]
    begins = -2 if phase.week == 1 else PHASE_ENDS[phase.week - 1] + 1
    return Week(
        phase,
        own,
        effort(own, course, phase.week),
        criteria(phase.week, known, states, course, coming[12], today, calendar),
        coming[begins],
        coming[end],
        calendar.add_business_days(first[end], FLOAT_DAYS),
        calendar.business_days_between(first[end], coming[end]),
    )


@dataclass(frozen=True, slots=True)
class Learned:
    """What uses of the runbook taught: estimates that are proposed, and the minutes by step that were accepted before."""

    proposed: tuple[NewEstimate, ...]
    held: Mapping[str, int]


def learned(store: Store) -> Learned:
    """The steps whose minutes in three onboardings or more ask for another estimate, and those that have another already."""
    cursor = store.cursor()
    try:
        held = estimates_held(cursor)
        return Learned(new_estimates(onboardings.courses(cursor).values(), held), held)
    finally:
        cursor.close()
