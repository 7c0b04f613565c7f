"""Running an onboarding: making its plan, ticking and waiving steps, deciding at gates, moving the cutover."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from tai_ops import evidence
from tai_ops.capacity import feasible_kickoffs
from tai_ops.checklist import CUTOVER_DAY, Onboarding, onboarding_dates, onboarding_plan_dates
from tai_ops.cutover import decided
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.onboarding_course import (
    NOTHING,
    checked_minutes,
    refuse_early,
    refuse_step,
    refuse_unproved,
    step_states,
)
from tai_ops.onboarding_dates import fitting_kickoffs, forecast, refuse_kickoff
from tai_ops.onboarding_gates import criteria, refuse_decision
from tai_ops.onboarding_steps import step
from tai_ops.period import FRIDAY
from tai_ops.rights import Actor, authorize, refuse_not_own
from tai_ops.runbooks.customer_onboarding.standing import standing
from tai_ops.sheet import read_values
from tai_ops.store import Store, cutovers, facts, onboardings
from tai_ops.store.capacity import workload
from tai_ops.store.connection import Write
from tai_ops.store.onboardings import Said
from tai_ops.store.records import put
from tai_ops.store.step_estimates import keep_estimate
from tai_ops.store.step_figures import step_figures
from tai_ops.words import counted, day

RIGHT, OWN_STEPS = "success", "onboarding"
SUBJECT = "onboardings"
MAY_BEGIN = ("signed", "onboarding")
AFTER_GO = ("declared_live", "old_closed")
MOST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Made:
    """What a write did, in words; `ticked` are the steps of the customer that it settled, for taking that back."""

    said: str
    customer_id: str = ""
    ticked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """Kickoffs that may be chosen with one click; `has_room` is false where they are Thursdays that suit and no more."""

    days: tuple[date, ...]
    has_room: bool


def offered_kickoffs(store: Store, customer_id: str, now: datetime) -> Offer:
    """The next Thursdays with two business days to prepare, a cutover that needs no waiting, and hours of CSM and CTO.

    Where no such day is in sight the Thursdays that suit by the calendar alone.
    """
    calendar = facts.business_calendar(store, customer_id)
    fit = feasible_kickoffs(workload(store, now), calendar=calendar)
    if fit:
        return Offer(fit, has_room=True)
    return Offer(tuple(islice(fitting_kickoffs(calendar.local_date(now), calendar), 3)), has_room=False)


def make_plan(
    store: Store, actor: Actor, customer_id: str, kickoff_on: date, now: datetime, request_key: str
) -> Made:
    """Make the dated plan of a signed customer, or move it to another kickoff; the first plan is kept for ever.

    Refused for a customer that is not signed, and for a day on which nobody works.
    """
    calendar = facts.business_calendar(store, customer_id)
    refuse_kickoff(kickoff_on, calendar)
    dates = onboarding_plan_dates(kickoff_on, calendar)
    with _write(store, actor, "make onboarding plan", customer_id, now, request_key) as write:
        if write.repeated is None:
            _refuse_unsigned(write, customer_id, calendar.local_date(now))
            _put(write, "onboardings", {"customer_id": customer_id, "kickoff_on": kickoff_on.isoformat()})
            first = onboardings.keep_first_plan(write, customer_id, dates.dates)
            write.detail = {"kickoff_on": kickoff_on, "first": first}
    waits = (
        f"; cutover waits {counted(dates.waits_days, 'business day')} for its Friday"
        if dates.waits_days
        else ""
    )
    return Made(
        f"Plan made: kickoff {day(kickoff_on)}, cutover {day(dates.cutover_on)}, last day {day(dates.ends_on)}{waits}"
    )


def _refuse_unsigned(write: Write, customer_id: str, today: date) -> None:
    found = onboardings.status_of(write, customer_id)
    if found is None:
        raise Refused(f"there is no customer {customer_id!r}; a plan is made for a customer that has signed")
    status, signed_on = found
    if status not in MAY_BEGIN:
        raise Refused(
            f"{customer_id} is {status}; a plan is made for a customer that has signed and is not live yet"
        )
    if signed_on is not None and signed_on > today:
        raise Refused(f"{customer_id} signs on {signed_on}; the plan is made once the contract is signed")


def record_steps(
    store: Store,
    actor: Actor,
    customer_id: str,
    said: Iterable[Said],
    now: datetime,
    request_key: str,
) -> Made:
    """Keep what is said of steps: ticked, unticked, waived with a reason, or a note, link or minutes alone.

    CSM and CEO record every step, the CTO those that are the CTO's. Refused where the step may not be ticked yet,
    where a waiver has no reason, where the day has not come, where the figure that proves it is missing.
    """
    listed = list(said)
    for one in listed:
        refuse_not_own(actor, RIGHT, step(one.step_key).owners, step(one.step_key).title)
    calendar = facts.business_calendar(store, customer_id)
    today = calendar.local_date(now)
    with _write(store, actor, "record onboarding steps", customer_id, now, request_key, OWN_STEPS) as write:
        if write.repeated is None:
            onboarding = _onboarding(write, customer_id)
            course = onboarding.course or NOTHING
            states = step_states(course, onboarding.done_through_day)
            cutover_on = onboarding_dates(onboarding, calendar).cutover_on
            figures = step_figures(write.cursor, customer_id, store.company.currency)
            for one in listed:
                _refuse_said(one, today)
                refuse_step(one.step_key, one.event, states, course)
                if one.step_key == "weekend_roster" and one.event == "ticked":
                    _refuse_no_roster(write, customer_id)
                after_go = one.step_key in AFTER_GO or (
                    step(one.step_key).day > CUTOVER_DAY and not step(one.step_key).gate
                )
                if after_go and one.event == "ticked":
                    refuse_no_go(write, customer_id)
                if one.event == "ticked":
                    refuse_unproved(one.step_key, one.note or states[one.step_key].note, figures)
                    refuse_early(one.step_key, one.done_on or today, onboarding.kickoff_on, cutover_on)
            if not onboarding.by_steps:
                first = onboarding_plan_dates(onboarding.kickoff_on, calendar)
                onboardings.keep_first_plan(write, customer_id, first.dates)
            onboardings.keep_steps(write, customer_id, [_clean(one, today) for one in listed])
            _follow(write, customer_id, listed)
            write.detail = {"steps": [f"{one.event} {one.step_key}" for one in listed]}
    ticked = tuple(one.step_key for one in listed if one.event in {"ticked", "waived"})
    return Made(_said(listed), customer_id, ticked)


def take_back(store: Store, actor: Actor, made: Made, now: datetime) -> str:
    """Open the steps again that a write settled; says so."""
    again = [Said(key, "unticked") for key in made.ticked]
    record_steps(
        store, actor, made.customer_id, again, now, f"take back {made.customer_id} {now.isoformat()}"
    )
    return (
        f"Open again: {step(made.ticked[0]).title}"
        if len(again) == 1
        else f"{counted(len(again), 'step')} open again"
    )


def _said(listed: list[Said]) -> str:
    words = {"ticked": "Done", "unticked": "Open again", "waived": "Waived", "noted": "Noted"}
    if len(listed) != 1:
        return f"{counted(len(listed), 'step')} recorded"
    one = listed[0]
    extra = [f"{one.minutes} min"] if one.minutes is not None else []
    extra += [one.note] if one.note else []
    told = f" ({', '.join(extra)})" if extra else ""
    return f"{words[one.event]}: {step(one.step_key).title}{told}"


def _refuse_said(one: Said, today: date) -> None:
    step(one.step_key)
    if one.event == "waived" and not (one.note or "").strip():
        raise Refused("a waived step needs its reason; it leaves what is counted as done")
    if one.done_on is not None and one.done_on > today:
        raise Refused(f"{day(one.done_on)} has not come yet; a step is done today or was done before")
    if one.minutes is not None:
        checked_minutes(str(one.minutes))
    if one.link:
        evidence.checked_link(one.link)
    if len(one.note or "") > MOST_NOTE:
        raise Refused(
            f"a note has at most {MOST_NOTE} characters; keep longer texts as a file beside the customer"
        )


def _clean(one: Said, today: date) -> Said:
    link = evidence.checked_link(one.link) if one.link else None
    done_on = one.done_on or (today if one.event in {"ticked", "waived"} else None)
    return Said(one.step_key, one.event, done_on, one.minutes, (one.note or "").strip() or None, link)


def _refuse_no_roster(write: Write, customer_id: str) -> None:
    left = cutovers.unmanned_hours(write.cursor, customer_id)
    if left:
        raise Refused(
            f"{counted(left, 'hour')} of the first 24 have nobody on the roster; fill it on the cutover's page first"
        )


def refuse_no_go(write: Write, customer_id: str) -> None:
    """Nothing where the go was given, or the customer is live by its record; Refused says where it is given (O13)."""
    found = onboardings.status_of(write, customer_id)
    given = decided(cutovers.events(write.cursor, customer_id))
    if not (given and given.decision == "go") and not (found and found[0] == "live"):
        raise Refused(
            "the customer is declared live by the go of the cutover's day, which needs fidelity, the smoke test and a name"
        )


def _follow(write: Write, customer_id: str, said: list[Said]) -> None:
    """What a tick says of the customer itself: being onboarded from the kickoff on."""
    found = onboardings.status_of(write, customer_id)
    began = any(one.step_key == "kickoff" and one.event == "ticked" for one in said)
    if began and found and found[0] == "signed":
        _put(write, "customers", {"customer_id": customer_id, "status": "onboarding"})


def decide_gate(
    store: Store,
    actor: Actor,
    customer_id: str,
    week: int,
    decision: str,
    now: datetime,
    request_key: str,
    *,
    reason: str = "",
    remedies: tuple[str, ...] = (),
    extend_days: int = 0,
) -> Made:
    """Record the decision at a week's gate; a NO after the pilot moves what follows by 5 or 10 business days."""
    authorize(actor, RIGHT)
    seen = standing(store, customer_id, now)
    if seen is None:
        raise Refused("there is no plan yet; make it first")
    found = criteria(week, seen.known, seen.states, seen.course, seen.cutover_on, seen.today, seen.calendar)
    refuse_decision(week, decision, reason, remedies, extend_days, found)
    with _write(store, actor, "decide onboarding gate", customer_id, now, request_key) as write:
        if write.repeated is None:
            if not seen.onboarding.by_steps:
                onboardings.keep_first_plan(write, customer_id, seen.first)
            onboardings.keep_gate(
                write, customer_id, week, decision, reason.strip() or None, remedies, extend_days
            )
            if decision == "yes":
                ticked = [Said(c.step.key, "ticked", seen.today) for c in found if not c.ticked.settled]
                onboardings.keep_steps(write, customer_id, ticked)
            write.detail = {"week": week, "decision": decision, "extend_days": extend_days}
    moved = standing(store, customer_id, now)
    where = f"; cutover now {day(moved.cutover_on)}" if moved and extend_days else ""
    return Made(f"Week {week}: {decision.upper()}{where}")


def move_cutover(
    store: Store, actor: Actor, customer_id: str, on: date, reason: str, now: datetime, request_key: str
) -> Made:
    """Give the cutover a day of its own: another Friday, or with a reason another weekday (O1)."""
    authorize(actor, RIGHT)
    seen = standing(store, customer_id, now)
    if seen is None:
        raise Refused("there is no plan yet; make it first")
    if not seen.calendar.is_business_day(on):
        refuse_kickoff(on, seen.calendar)
    if not reason.strip():
        friday = (
            "" if on.weekday() == FRIDAY else f"{day(on)} is no Friday, the day that the runbook recommends: "
        )
        raise Refused(f"{friday}say why the cutover is on that day")
    earliest = seen.calendar.business_day_number(seen.onboarding.kickoff_on, 12 + seen.course.extend_days)
    if on < earliest:
        raise Refused(f"Day 12 is {day(earliest)} at the earliest; the cutover can't come before it")
    moved = replace(seen.onboarding, course=replace(seen.course, cutover_on=on))
    comes = forecast(moved, seen.calendar, seen.today)[CUTOVER_DAY]
    if comes > on:
        first = min(one.step.day for one in seen.states.values() if not one.settled)
        raise Refused(
            f"Day {first} is still open, so the cutover comes on {day(comes)}; tick or waive what is open before it first"
        )
    with _write(store, actor, "move cutover", customer_id, now, request_key) as write:
        if write.repeated is None:
            onboardings.keep_cutover_day(write, customer_id, on, reason.strip())
            write.detail = {"cutover_on": on, "reason": reason.strip()}
    return Made(f"Cutover on {day(on)}: {reason.strip()}")


def set_estimate(
    store: Store, actor: Actor, step_key: str, minutes: int | None, now: datetime, request_key: str
) -> Made:
    """Plan a step with other minutes from the next plan on, or (None) with the runbook's again; plans made keep theirs.

    Refused for minutes that are no whole number from 1 to 6,000. Source: R1.5.
    """
    named = step(step_key)
    if minutes is not None and not 1 <= minutes <= 6000:
        raise Refused(f"minutes: {minutes} is no whole number from 1 to 6000")
    subject = ("step_estimates", step_key)
    with store.write(actor, RIGHT, "set step estimate", now=now, subject=subject, request_key=request_key) as write:  # fmt: skip
        if write.repeated is None:
            keep_estimate(write, step_key, None if minutes == named.minutes else minutes)
            write.detail = {"step": step_key, "minutes": minutes}
    said = f"{named.minutes if minutes is None else minutes} min"
    return Made(f"{named.title}: {said} in the plans made from now on")


def _onboarding(write: Write, customer_id: str) -> Onboarding:
    found = next((o for o in onboardings.onboardings(write.cursor) if o.customer_id == customer_id), None)
    if found is None:
        raise Refused(f"{customer_id} has no plan yet; make it first")
    return found


def _put(write: Write, kind: str, values: dict[str, str]) -> None:
    put(write, read_values(KINDS[kind], values), name=values["customer_id"])


def _write(
    store: Store,
    actor: Actor,
    event: str,
    customer_id: str,
    now: datetime,
    request_key: str,
    right: str = RIGHT,
) -> Any:
    return store.write(actor, right, event, now=now, subject=(SUBJECT, customer_id), request_key=request_key)
