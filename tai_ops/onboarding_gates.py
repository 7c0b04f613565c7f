"""The four weekly checks of an onboarding: each criterion as the data has it, and what may be decided.

Where no data speaks, a person's tick does. A YES against the data needs a reason. Source: R1.26, R1.39, R1.54, 1A
week 4; requirements.md O12, O17, O19, section 0 "Override".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tai_ops.errors import Refused
from tai_ops.onboarding_course import EXTENSIONS, PILOT_WEEK, REMEDIES, Course, StepState
from tai_ops.onboarding_steps import STEPS, Step
from tai_ops.period import BusinessCalendar
from tai_ops.words import counted, day, listed, number

TRAININGS = ("admin_training", "training_1", "refresher")
PILOT_STEPS = ("sample_loaded", "dashboard", "user_accounts")
FIRST_WEEK_DAYS = 5
SATISFIED_FROM = Decimal(8)
SUCCESS_CRITERIA = {
    1: "Customer signed, team aligned, baseline metrics captured",
    2: "Real data loaded, baseline accuracy measured, customer confident",
    3: "Zero data loss, smooth transition, customer operating independently",
    4: "Baseline achieved, expansion identified, customer success confirmed",
}
"""What each week is for, in the runbook's words."""
GATE_NAMES = {1: "Kickoff & Discovery", 2: "Pilot", 3: "Production Launch", 4: "Success"}


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that went wrong for a customer, as it stands now; `branch` says which way it is dealt with."""

    issue_id: str
    branch: str
    title: str
    is_major: bool
    state: str
    note: str | None
    raised_on: date
    by: str

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows that the criteria ask for.

    `incidents` are the titles of open CRITICAL incidents that hit the customer; `severe_days` the days on which a
    CRITICAL or HIGH one began. `fidelity` is whether the newest migration check was whole, None where there is none.
    """

    status: str
    baseline_pct: Decimal | None
    gain_points: Decimal | None
    gain_reason: str | None
    fidelity: bool | None
    issues: tuple[Issue, ...]
    incidents: tuple[str, ...]
    severe_days: tuple[date, ...]
    answers_on_expansion: int
    ltr_median: Decimal | None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One item of a weekly check: `holds` by the data, None where only a person can say; and what that rests on."""

    step: Step
    holds: bool | None
    said: str
    ticked: StepState

    @property
    def met(self) -> bool:
        """Whether it counts as met: by the data where they speak, else by a person's tick."""
        return self.ticked.settled if self.holds is None else self.holds


def criteria(
    week: int,
    known: Known,
    states: Mapping[str, StepState],
    course: Course,
    cutover_on: date,
    today: date,
    calendar: BusinessCalendar,
) -> tuple[Criterion, ...]:
    """The criteria of a week's check, each as it stands today."""
    found: list[Criterion] = []
    for one in STEPS:
        if one.gate == week:
            holds, said = _holds(one.key, known, states, course, cutover_on, today, calendar)
            found.append(Criterion(one, holds, said, states[one.key]))
    return tuple(found)


def _holds(
    key: str,
    known: Known,
    states: Mapping[str, StepState],
    course: Course,
    cutover_on: date,
    today: date,
    calendar: BusinessCalendar,
) -> tuple[bool | None, str]:
    majors = [one for one in known.issues if one.is_open and (one.is_major or one.branch == "blocker")]
    match key:
        case "w1_trained":
            return _all_done(states, TRAININGS[:2])
        case "w1_pilot_ready":
            return _all_done(states, PILOT_STEPS)
        case "w1_no_blockers":
            blockers = [one.title for one in known.issues if one.is_open and one.branch == "blocker"]
            return not blockers, listed(blockers) if blockers else "no blocker is open"
        case "w2_baseline":
            base = known.baseline_pct
            return base is not None, f"baseline {number(base, 'pct')}" if base is not None else "not measured"
        case "w2_no_critical" | "w3_no_critical":
            found = [*known.incidents, *(one.title for one in majors)]
            return not found, listed(found) if found else "no critical incident, no major issue open"
        case "w2_decision":
            decided = course.decided(PILOT_WEEK)
            if decided is None:
                return None, "not decided"
            return decided.decision == "yes", f"{decided.decision.upper()} on record"
        case "w3_live":
            return known.status == "live", f"the customer's status is {known.status}"
        case "w3_integrity":
            if known.fidelity is None:
                return None, "no migration check on record"
            return known.fidelity, "migration check whole" if known.fidelity else "migration check not whole"
        case "w3_trained":
            done = sum(states[name].state == "done" for name in TRAININGS)
            return done == len(TRAININGS), f"{done} of {len(TRAININGS)} training sessions held"
        case "w3_first_week":
            return _first_week(known, cutover_on, today, calendar)
        case "w4_achieved":
            if known.gain_points is None:
                return False, known.gain_reason or "not measured"
            return known.gain_points > 0, f"{known.gain_points:+.1f} points against the baseline"
        case "w4_expansion":
            count = known.answers_on_expansion
            return count > 0, f"{counted(count, 'answer')} on record"
        case "w4_confirmed":
            score = known.ltr_median
            if score is None:
                return None, "nobody answered how likely they recommend TAI"
            return score >= SATISFIED_FROM, f"median answer {number(score, 'score')} of 10"
        case _:
            return None, "a person says so"


def _all_done(states: Mapping[str, StepState], keys: Iterable[str]) -> tuple[bool, str]:
    left = [states[key].step.title for key in keys if not states[key].settled]
    return not left, f"open: {'; '.join(left)}" if left else "all steps behind it are done"


def _first_week(known: Known, cutover_on: date, today: date, calendar: BusinessCalendar) -> tuple[bool, str]:
    """No major issue through the fifth business day after the cutover (O17); not met before that day is over."""
    last = calendar.add_business_days(cutover_on, FIRST_WEEK_DAYS)
    hit = [one.title for one in known.issues if one.is_major and cutover_on <= one.raised_on <= last]
    hit += [f"an incident on {day(on)}" for on in known.severe_days if cutover_on <= on <= last]
    if hit:
        return False, listed(hit)
    if today <= last:
        return False, f"known after {day(last)}, five business days after the cutover"
    return True, f"nothing major through {day(last)}"


def refuse_decision(
    week: int,
    decision: str,
    reason: str,
    remedies: tuple[str, ...],
    extend_days: int,
    found: Iterable[Criterion],
) -> None:
    """Nothing where the decision may be recorded; Refused says what it lacks.

    A NO names its reason and at least one remedy; a NO at the pilot's gate adds 5 or 10 business days, other gates
    none. A YES against what the data says needs a reason; what no data speaks of, the YES itself confirms.
    """
    unknown = [one for one in remedies if one not in REMEDIES]
    if week not in GATE_NAMES or decision not in {"yes", "no"} or unknown:
        raise Refused("a gate is that of week 1 to 4 and answered with yes or no")
    if extend_days not in (0, *EXTENSIONS):
        raise Refused(f"a pilot is extended by 5 or 10 business days (1 or 2 weeks), not by {extend_days}")
    if decision == "no":
        if not reason.strip():
            raise Refused("a NO needs its reason: what was found")
        if not remedies:
            raise Refused("a NO names what is done about it: data cleanup, training or technical adjustments")
        if week == PILOT_WEEK and not extend_days:
            raise Refused("a NO after the pilot extends it by 5 or 10 business days; choose one")
        if week != PILOT_WEEK and extend_days:
            raise Refused("only the pilot is extended; what comes later moves by itself when it is late")
        return
    if extend_days or remedies:
        raise Refused("a YES has no remedies and adds no days")
    left = [one.step.title for one in found if one.holds is False and one.step.key != "w2_decision"]
    if left and not reason.strip():
        raise Refused(f"not met: {'; '.join(left)}; a YES in spite of that needs a reason")
