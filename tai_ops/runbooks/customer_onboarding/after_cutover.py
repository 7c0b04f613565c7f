"""The days after a cutover: check-ins, issues, users' questions, spot checks; and what the customer says of more."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256

from tai_ops.checklist import CUTOVER_DAY, Onboarding, onboarding_dates
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.migration_check import items, read_listing
from tai_ops.money import money_text, parse_money
from tai_ops.onboarding_course import NOTHING, step_states
from tai_ops.onboarding_gates import Issue
from tai_ops.onboarding_steps import step
from tai_ops.rights import Actor
from tai_ops.runbooks.customer_onboarding.steps import OWN_STEPS, RIGHT, SUBJECT, Made
from tai_ops.sheet import read_values
from tai_ops.stabilising import (
    BRANCHES,
    CHECK_IN_QUESTIONS,
    EXPANSION_QUESTIONS,
    SAMPLE_SIZE,
    SENTIMENTS,
    CheckIn,
    ExpansionAnswer,
    Question,
    SpotCheck,
    draw,
    spot_check_words,
)
from tai_ops.store import Store, customers, facts, onboardings, stabilising
from tai_ops.store.connection import Write
from tai_ops.store.onboardings import Said
from tai_ops.store.records import put
from tai_ops.words import counted, day

SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class After:
    """All that is kept of the days after a customer's cutover."""

    check_ins: tuple[CheckIn, ...]
    issues: tuple[Issue, ...]
    questions: tuple[Question, ...]
    spot_checks: tuple[SpotCheck, ...]
    expansion: tuple[ExpansionAnswer, ...]


def after_cutover(store: Store, customer_id: str) -> After:
    """What is kept of the days after a customer's cutover, newest first."""
    cursor = store.cursor()
    try:
        return After(
            stabilising.check_ins(cursor, customer_id),
            stabilising.issues(cursor, customer_id).get(customer_id, ()),
            stabilising.questions(cursor, customer_id),
            stabilising.spot_checks(cursor, customer_id),
            stabilising.expansion(cursor, customer_id),
        )
    finally:
        cursor.close()


def record_check_in(
    store: Store,
    actor: Actor,
    customer_id: str,
    held_on: date,
    answers: Mapping[str, str],
    sentiment: str | None,
    now: datetime,
    request_key: str,
) -> Made:
    """Keep what the customer answered to the three questions of a day, and how it feels."""
    today = now.astimezone(store.company.tz).date()
    if held_on > today:
        raise Refused(f"{day(held_on)} has not come yet")
    if sentiment is not None and sentiment not in SENTIMENTS:
        raise Refused("the sentiment is good, mixed or bad")
    missing = [text for key, text in CHECK_IN_QUESTIONS.items() if not answers.get(key, "").strip()]
    if missing:
        raise Refused(f"no answer to: {missing[0]}")
    told = {key: answers[key].strip() for key in CHECK_IN_QUESTIONS}
    with _write(store, actor, "record check-in", customer_id, now, request_key) as write:
        if write.repeated is None:
            _refuse_unknown(store, customer_id)
            stabilising.keep_check_in(write, customer_id, told | {"held_on": held_on, "sentiment": sentiment})
            ticked = _check_in_step(store, write, customer_id, held_on)
            write.detail = {"ticked": ticked}
    done = (write.repeated or write.detail).get("ticked")
    return Made(f"Check-in of {day(held_on)} kept" + (f"; ticked: {step(done).title}" if done else ""))


def _check_in_step(store: Store, write: Write, customer_id: str, held_on: date) -> str | None:
    """Tick the daily check-in of that day, counted from the cutover, where it is one of the three and still open."""
    found = next((o for o in onboardings.onboardings(write.cursor) if o.customer_id == customer_id), None)
    if found is None:
        return None
    calendar = facts.business_calendar(store, customer_id)
    cutover_on = next(
        (
            one.done_on
            for one in (found.course or NOTHING).events
            if one.step_key == "declared_live" and one.done_on
        ),
        onboarding_dates(found, calendar).cutover_on,
    )
    key = f"check_in_{CUTOVER_DAY + calendar.business_days_between(cutover_on, held_on)}"
    return _tick(write, customer_id, found, key, held_on) if held_on > cutover_on else None


def _tick(write: Write, customer_id: str, found: Onboarding, key: str, on: date) -> str | None:
    state = step_states(found.course, found.done_through_day).get(key)
    if state is None or state.settled:
        return None
    onboardings.keep_steps(write, customer_id, [Said(key, "ticked", on)])
    return key


def raise_issue(
    store: Store,
    actor: Actor,
    customer_id: str,
    branch: str,
    title: str,
    now: datetime,
    request_key: str,
    *,
    is_major: bool = False,
    raised_on: date | None = None,
) -> Made:
    """Put an issue on record: a discrepancy, a performance issue, confusion, or what blocks the next week."""
    if branch not in BRANCHES:
        raise Refused(f"an issue is one of {', '.join(name for name, _ in BRANCHES.values())}")
    if not title.strip():
        raise Refused("say in a line what is wrong")
    today = now.astimezone(store.company.tz).date()
    issue = Issue(request_key, branch, title.strip(), is_major, "open", None, raised_on or today, actor.email)
    if issue.raised_on > today:
        raise Refused(f"{day(issue.raised_on)} has not come yet")
    with _write(store, actor, "raise onboarding issue", customer_id, now, request_key, OWN_STEPS) as write:
        if write.repeated is None:
            _refuse_unknown(store, customer_id)
            stabilising.keep_issue(write, customer_id, issue)
    name, what = BRANCHES[branch]
    return Made(f"{name}: {issue.title}. {what}")


def close_issue(
    store: Store, actor: Actor, customer_id: str, issue_id: str, note: str, now: datetime, request_key: str
) -> Made:
    """Close an issue with what was done about it."""
    if not note.strip():
        raise Refused("say what was done about it; the next one who meets it looks here")
    with _write(store, actor, "close onboarding issue", customer_id, now, request_key, OWN_STEPS) as write:
        found = stabilising.issues(write.cursor, customer_id).get(customer_id, ())
        issue = next((one for one in found if one.issue_id == issue_id), None)
        if issue is None:
            raise Refused("there is no such issue of this customer")
        if write.repeated is None:
            stabilising.keep_issue(write, customer_id, replace(issue, state="closed", note=note.strip()))
    return Made(f"Closed: {issue.title} ({note.strip()})")


def keep_question(
    store: Store,
    actor: Actor,
    customer_id: str,
    question: str,
    answer: str,
    now: datetime,
    request_key: str,
    *,
    question_id: str | None = None,
    is_out: bool = False,
) -> Made:
    """Keep a question that users asked, or its answer; `is_out` takes it off the list."""
    if not question.strip():
        raise Refused("write the question")
    with _write(store, actor, "keep users' question", customer_id, now, request_key) as write:
        if write.repeated is None:
            _refuse_unknown(store, customer_id)
            stabilising.keep_question(
                write, customer_id, question_id or request_key, question.strip(), answer.strip() or None,
                "out" if is_out else "kept",
            )  # fmt: skip
    return Made(f"{'Taken off' if is_out else 'Kept'}: {question.strip()}")


# --- The spot check


def draw_sample(
    store: Store,
    actor: Actor,
    customer_id: str,
    name: str,
    data: bytes,
    now: datetime,
    request_key: str,
    *,
    seed: int | None = None,
) -> Made:
    """Draw a sample from the list of loaded items and keep it with its seed, so that the draw can be made again."""
    listing = read_listing(data, name)
    found = items(listing)
    chosen_seed = secrets.randbelow(SEEDS) if seed is None else seed
    chosen = draw(found, chosen_seed)
    with _write(store, actor, "draw spot check", customer_id, now, request_key) as write:
        if write.repeated is None:
            _refuse_unknown(store, customer_id)
            stabilising.keep_spot_check(
                write, customer_id, name, sha256(data).hexdigest(), chosen_seed, len(found), chosen
            )
            write.detail = {"seed": chosen_seed, "population": len(found), "sample": len(chosen)}
    return Made(f"{counted(len(chosen), 'item')} of {len(found):,} drawn")


def record_counted(
    store: Store,
    actor: Actor,
    customer_id: str,
    spot_check_id: str,
    quantities: Mapping[int, str],
    now: datetime,
    request_key: str,
) -> Made:
    """Keep what was counted of a sample's items, by their places; nothing of it where one quantity is wrong."""
    given = {place: _quantity(place, text) for place, text in quantities.items() if text.strip()}
    if not given:
        raise Refused("enter what was counted of at least one item")
    with _write(store, actor, "record spot check", customer_id, now, request_key) as write:
        checks = stabilising.spot_checks(write.cursor, customer_id)
        check = next((one for one in checks if one.spot_check_id == spot_check_id), None)
        if check is None or any(place > len(check.items) or place < 1 for place in given):
            raise Refused("there is no such sample, or no such item in it")
        if write.repeated is None:
            stabilising.keep_counted(write, spot_check_id, given)
            left = sum(one.counted_qty is None and one.place not in given for one in check.items)
            if not left and len(check.items) >= SAMPLE_SIZE:
                _spot_checked(store, write, customer_id, now)
    now_known = next(
        one for one in after_cutover(store, customer_id).spot_checks if one.spot_check_id == spot_check_id
    )
    return Made(spot_check_words(now_known))


def _spot_checked(store: Store, write: Write, customer_id: str, now: datetime) -> None:
    """Tick the spot check of the plan once a whole sample is counted."""
    found = next((o for o in onboardings.onboardings(write.cursor) if o.customer_id == customer_id), None)
    if found is not None:
        _tick(write, customer_id, found, "spot_check", now.astimezone(store.company.tz).date())


def _quantity(place: int, text: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise Refused(f"item {place}: {text!r} is no quantity") from None
    if not value.is_finite() or value < 0:
        raise Refused(f"item {place}: a counted quantity is 0 or more, not {text}")
    return value


# --- More


def record_expansion(
    store: Store,
    actor: Actor,
    customer_id: str,
    question: str,
    answer: str,
    amount: str,
    now: datetime,
    request_key: str,
) -> Made:
    """Keep what the customer answered about more; with an amount it becomes a lead of the pipeline.

    The lead is a prospect with the customer's name and a deal at stage lead, for sales to take up.
    """
    if question not in EXPANSION_QUESTIONS:
        raise Refused("the questions are about warehouses, what is still manual, and related processes")
    if not answer.strip():
        raise Refused("write what the customer answered")
    try:
        worth = parse_money(amount) if amount.strip() else None
    except ValueError as reason:
        raise Refused(f"amount: {reason}") from None
    if worth is not None and worth <= 0:
        raise Refused(
            "amount: what it may be worth in a year is more than 0; leave it empty where nobody knows"
        )
    with _write(store, actor, "record expansion answer", customer_id, now, request_key) as write:
        deal_id = None
        if write.repeated is None:
            _refuse_unknown(store, customer_id)
            if worth is not None:
                deal_id = _lead(store, write, customer_id, question, worth, now)
            stabilising.keep_expansion(write, customer_id, question, answer.strip(), worth, deal_id)
            write.detail = {"question": question, "deal_id": deal_id}
        else:
            deal_id = write.repeated.get("deal_id")
    return Made(
        f"Kept: {EXPANSION_QUESTIONS[question]}" + (f" Lead {deal_id} is in the pipeline." if deal_id else "")
    )


def _lead(store: Store, write: Write, customer_id: str, question: str, worth: Decimal, now: datetime) -> str:
    name, industry, count = stabilising.for_a_lead(write, customer_id)
    key = f"EXP-{customer_id}-{count + 1}"
    today = now.astimezone(store.company.tz).date().isoformat()
    prospect = {
        "prospect_id": key,
        "company": name,
        "industry": industry or "",
        "source": f"expansion ({question})",
        "created_on": today,
    }
    deal = {
        "deal_id": key,
        "prospect_id": key,
        "stage": "lead",
        "amount": money_text(worth),
        "entered_stage_on": today,
    }
    put(write, read_values(KINDS["prospects"], prospect), name=key)
    put(write, read_values(KINDS["deals"], deal), name=key)
    return key


def _refuse_unknown(store: Store, customer_id: str) -> None:
    if not customers.is_on_record(store, customer_id):
        raise Refused(f"there is no customer {customer_id!r}; open the list and choose one")


def _write(  # noqa: ANN202
    store: Store,
    actor: Actor,
    event: str,
    customer_id: str,
    now: datetime,
    request_key: str,
    right: str = RIGHT,
):
    return store.write(actor, right, event, now=now, subject=(SUBJECT, customer_id), request_key=request_key)
