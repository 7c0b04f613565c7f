"""Preparing the weekly review: owners say that they are ready, and who is away on which days."""

from datetime import date, datetime

from tai_ops.errors import NotAllowed, Refused
from tai_ops.period import Week
from tai_ops.review_agenda import AGENDA
from tai_ops.review_clashes import Absence
from tai_ops.review_notes import owner_named
from tai_ops.review_preparation import presenter
from tai_ops.rights import ROLE_IN_WORDS, Actor
from tai_ops.store import Store, meeting, reviewing
from tai_ops.store.connection import new_id
from tai_ops.words import day


def mark_ready(
    store: Store,
    actor: Actor,
    week: Week,
    block: str,
    is_ready: bool,  # the one thing that is said
    now: datetime,
) -> None:
    """Say that a block is prepared, or that it is not after all; its owner says it, or the CEO for anybody.

    Refused for a block without records, and once the meeting is open. Source: requirements.md W8.
    """
    part = next((one for one in AGENDA if one.id == block and one.kinds), None)
    if part is None:
        raise Refused(f"{block!r} is no block that somebody prepares")
    role, _ = presenter(part.role, store.people())
    if actor.role not in {role, "ceo", "owner"}:
        raise NotAllowed(f"{block.replace('_', ' ')} is the {ROLE_IN_WORDS[role]}'s to prepare")
    with store.write(
        actor, "notes", "mark ready", now=now, subject=("review_ready", f"{week} {block}")
    ) as write:
        if "opened" in reviewing.held(write.cursor, week):
            raise Refused(f"the review of {week} is open already; nothing is prepared for it any more")
        meeting.mark_ready(write, week, block, is_ready=is_ready)
        write.detail = {"block": block, "ready": is_ready}


def mark_absent(
    store: Store, actor: Actor, who: str, first_on: date, last_on: date, now: datetime
) -> Absence:
    """Say that a person is away from one day to another, both included; the reviews of these days say so a week ahead."""
    if last_on < first_on:
        raise Refused(f"the time away ends on {day(last_on)}, before it begins on {day(first_on)}")
    people = store.people()
    email = owner_named(who, people)
    if email is None:
        raise Refused("say who is away")
    name = next((person.name for person in people if person.email == email), email)
    made = Absence(new_id(), email, name, first_on, last_on)
    with store.write(actor, "notes", "mark absent", now=now, subject=("absences", made.absence_id)) as write:
        meeting.keep_absence(write, made, "noted")
        write.detail = {"email": email, "first_on": first_on.isoformat(), "last_on": last_on.isoformat()}
    return made


def take_back_absence(store: Store, actor: Actor, absence_id: str, now: datetime) -> None:
    """Say that a person is not away after all. Refused where there is no such absence."""
    with store.write(actor, "notes", "take back absence", now=now, subject=("absences", absence_id)) as write:
        found = next(
            (one for one in meeting.every_absence(write.cursor) if one.absence_id == absence_id), None
        )
        if found is None:
            raise Refused(f"there is no absence {absence_id!r}; nothing was changed")
        meeting.keep_absence(write, found, "dropped")


def absences(store: Store, first: date, last: date) -> list[Absence]:
    """Who is away between two days."""
    cursor = store.cursor()
    try:
        return meeting.absences(cursor, first, last)
    finally:
        cursor.close()
