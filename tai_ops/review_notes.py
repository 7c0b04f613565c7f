"""What may be noted in a review, and what a note must say to be one."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import cast

from tai_ops.board import Note, Question
from tai_ops.checklist import LAST_DAY
from tai_ops.commitments import CALLS, PLAN_DAY, YES_NO
from tai_ops.customers import Customer
from tai_ops.errors import Refused
from tai_ops.kpi import KPIS
from tai_ops.money import cents
from tai_ops.period import Week
from tai_ops.review import NoteKind
from tai_ops.review_agenda import AGENDA, STATES
from tai_ops.rights import ROLE_IN_WORDS, Actor
from tai_ops.typed_amounts import plain_number
from tai_ops.words import day, listed

LONGEST_NOTE = 2000
OWNED = frozenset({"priority", "action"})
"""What is due on a day, and somebody's."""
LARGEST_FORECAST = Decimal(10) ** 12


def new_note(
    note_id: str,
    week: Week,
    block: str,
    kind: str,
    body: str,
    owner: str | None,
    due_on: date | None,
    people: Sequence[Actor],
) -> Note:
    """The note, its owner and due day settled; Refused where something is missing or not known.

    `owner` is a person by e-mail, name or role; a priority and an action need one, and are due next Friday unless told
    otherwise. A forecast is an amount of money.
    """
    text = " ".join(body.split())
    if block not in {part.id for part in AGENDA}:
        blocks = listed([part.id for part in AGENDA], "or")
        raise Refused(f"{block!r} is no block of the review; the blocks are {blocks}")
    known = note_kind(kind)
    if not text:
        raise Refused(f"say what the {known} is")
    if len(text) > LONGEST_NOTE:
        raise Refused(f"a note has at most {LONGEST_NOTE} characters; this one has {len(text)}")
    if known == "forecast":
        text = _amount(text)
    named = owner_named(owner, people)
    if known in OWNED:
        due_on = due_on or week.plus(1).friday
        if named is None:
            raise Refused(f"every {known} has an owner; name one")
        if due_on <= week.friday:
            raise Refused(f"a {known} of this week is due after {day(week.friday)}")
    return Note(note_id, week.friday, block, known, text, named, due_on, STATES[known][0])


def note_kind(text: str) -> NoteKind:
    """The kind of that name; Refused names the kinds."""
    if text not in STATES:
        raise Refused(f"{text!r} is no kind of note; the kinds are {listed(list(STATES), 'or')}")
    return cast("NoteKind", text)


def owner_named(owner: str | None, people: Sequence[Actor]) -> str | None:
    """The e-mail of the person that was named by e-mail, name or role; any name while nobody is on record."""
    wanted = (owner or "").strip()
    if not wanted or not people:
        return wanted or None
    low = wanted.casefold()
    for person in people:
        if low in {person.email.casefold(), person.name.casefold(), person.role}:
            return person.email
    for person in people:
        if low == ROLE_IN_WORDS[person.role].casefold():
            return person.email
    names = listed([person.name for person in people], "or")
    raise Refused(f"{wanted} is not an active person of the company; choose one of {names}")


_TWO_WAYS = re.compile(r"\D*\d{1,3}\.\d{3}\D*")


def _amount(text: str) -> str:
    """An amount of money as it is kept: `45000.00`."""
    try:
        amount = Decimal(plain_number(text))
    except (ValueError, InvalidOperation):
        raise Refused(f"{text!r} is not an amount; write it like 45000") from None
    if amount != cents(amount) or (len(text.rpartition(".")[2]) == len("000") and "." in text):
        raise Refused(f"{text!r} fits two readings; write it like 45000 or 45000.00")
    if not 0 <= amount < LARGEST_FORECAST:
        raise Refused(f"{text} is not an amount of new leads; write it like 45000")
    return str(cents(amount))


def checked_measure(note: Note, measure: Question, customers: Sequence[Customer]) -> Question:
    """The measure of a promise, its customer named; Refused where it can't be asked of the data."""
    if note.kind not in OWNED:
        raise Refused(f"a {note.kind} is measured by nothing; a priority or an action is")
    if measure.kpi == YES_NO:
        return Question(YES_NO, Decimal(0))
    named = next((one for one in customers if one.customer_id == measure.customer_id), None)
    if measure.customer_id is not None and named is None:
        raise Refused(f"there is no customer {measure.customer_id!r} to measure")
    if measure.kpi == PLAN_DAY:
        if named is None:
            raise Refused("a step of a plan is a customer's; choose one")
        if (
            not (1 <= measure.at_least <= LAST_DAY)
            or measure.at_least != measure.at_least.to_integral_value()
        ):
            raise Refused(f"a plan has the days 1 to {LAST_DAY}; {measure.at_least:f} is none of them")
    elif measure.kpi != CALLS and measure.kpi not in KPIS:
        raise Refused(f"{measure.kpi!r} is no number of the catalogue")
    elif measure.kpi in KPIS and KPIS[measure.kpi].unit == "date":
        raise Refused(f"{KPIS[measure.kpi].label} is a date and can't be promised as an amount")
    if not measure.at_least.is_finite() or abs(measure.at_least) >= LARGEST_FORECAST:
        raise Refused("say what the number has to reach")
    return Question(measure.kpi, measure.at_least, measure.customer_id, named.name if named else None)
