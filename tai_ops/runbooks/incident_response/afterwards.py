"""After an incident: the summary's and the post-mortem's words, the actions with owner and day, and closing it."""

from collections.abc import Mapping
from datetime import date, datetime

from tai_ops.errors import Refused
from tai_ops.incident_run import LONGEST_TEXT, POST_MORTEM_PARTS, SUMMARY_PARTS, lacks_for_close
from tai_ops.period import Week
from tai_ops.review_notes import new_note
from tai_ops.rights import Actor
from tai_ops.runbooks.incident_response.running import right_of, written
from tai_ops.runbooks.incident_response.starting import RIGHT, Made
from tai_ops.store import Store, facts, incident_log, reviewing
from tai_ops.store.connection import new_id
from tai_ops.words import day, listed

BLOCK = "engineering"


def write_parts(
    store: Store,
    actor: Actor,
    incident_id: str,
    parts: Mapping[str, str],
    now: datetime,
    request_key: str,
) -> Made:
    """Keep parts of the summary and the post-mortem; what reads as before is not kept again."""
    known = {**SUMMARY_PARTS, **POST_MORTEM_PARTS}
    texts = {part: text.strip() for part, text in parts.items()}
    for part, text in texts.items():
        if part not in known:
            raise Refused(f"{part!r} is no part of the summary or the post-mortem")
        if len(text) > LONGEST_TEXT:
            raise Refused(f"{known[part]} at most {LONGEST_TEXT:,} characters; this has {len(text):,}")
    ours = set(texts) <= set(SUMMARY_PARTS)
    right = right_of(actor, "csm" if ours else "cto")
    with written(store, actor, right, "incident report", incident_id, now, request_key) as (write, run):
        before = run.parts
        changed = {part: text for part, text in texts.items() if text != before.get(part, "")}
        if write.repeated is not None or not changed:
            write.repeated = write.repeated or {}
        for part, text in changed.items() if write.repeated is None else ():
            incident_log.keep_event(write, incident_id, "part", item=part, body=text or None)
        write.detail = {"parts": sorted(changed)}
    return Made(f"Kept: {'the summary' if ours else 'the post-mortem'} of {incident_id}", incident_id)


def add_action(
    store: Store,
    actor: Actor,
    incident_id: str,
    body: str,
    owner: str,
    due_on: date | None,
    now: datetime,
    request_key: str,
) -> Made:
    """Promise what keeps it from coming back: with an owner and a day, among the commitments of the weekly review.

    It is noted in the week's review; due by that week's own Friday, in that of the Friday before, so that it is asked
    for when it is due.
    """
    calendar = facts.business_calendar(store)
    today = calendar.local_date(now)
    if not " ".join(body.split()):
        raise Refused("say what is to be done")
    if due_on is None:
        raise Refused("give the day by which it is done")
    if due_on < today:
        raise Refused(f"{day(due_on)} has passed; an action is due today or later")
    week = Week.of_instant(now, store.company.tz)
    if due_on <= week.friday:
        week = Week.of_day(due_on).plus(-1)
    made = new_note(
        new_id(),
        week,
        BLOCK,
        "action",
        f"{incident_id}: {' '.join(body.split())}",
        owner,
        due_on,
        store.people(),
    )
    named = next((one.name for one in store.people() if one.email == made.owner), made.owner)
    with written(store, actor, "notes", "incident action", incident_id, now, request_key) as (write, _):
        if write.repeated is None:
            reviewing.keep_note(write, made)
            incident_log.keep_event(
                write,
                incident_id,
                "action",
                item=made.note_id,
                body=f"{' '.join(body.split())}, {named}, by {day(due_on)}",
            )
            write.detail = {"note_id": made.note_id}
    return Made(f"Promised for {day(due_on)}: {' '.join(body.split())}", incident_id)


def close(store: Store, actor: Actor, incident_id: str, now: datetime, request_key: str) -> Made:
    """Close an incident once nothing is left to do; Refused says what is. Closed already, nothing changes."""
    calendar = facts.business_calendar(store)
    with written(store, actor, RIGHT, "close incident", incident_id, now, request_key) as (write, run):
        if write.repeated is not None or run.closed_at is not None:
            write.repeated = write.repeated or {}
            return Made(f"{incident_id} is closed already", incident_id)
        lacking = lacks_for_close(run, calendar)
        if lacking:
            raise Refused(f"{incident_id} can't be closed yet: {listed(list(lacking))}")
        incident_log.keep_event(write, incident_id, "closed")
        write.detail = {"actions": len(run.action_ids)}
    return Made(f"{incident_id} is closed", incident_id)
