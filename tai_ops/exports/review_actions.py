"""What the meeting left to do, for other programs: a CSV that Asana imports, and a calendar file."""

import csv
import io
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vDuration

from tai_ops.board import Note
from tai_ops.exports.review import NOTE_TITLES, title
from tai_ops.exports.text import one_line
from tai_ops.period import Week
from tai_ops.review import Review
from tai_ops.review_agenda import MEETING_MINUTES
from tai_ops.sheet import safe_cell
from tai_ops.words import day

HEADS = (
    "Name",
    "Section/Column",
    "Assignee",
    "Assignee Email",
    "Start Date",
    "Due Date",
    "Tags",
    "Notes",
    "Projects",
)
"""The columns that Asana's importer knows by these names."""
SECTIONS = {"priority": "Priorities", "action": "Action items", "blocker": "Blockers"}


def left_to_do(review: Review) -> list[Note]:
    """What is open after the meeting: its priorities and actions, earlier ones not done, and the blockers."""
    promised = [promise.note for promise in review.promises if promise.note.state == "open"]
    new = [note for kind in ("priority", "action") for note in review.said(kind) if note.state == "open"]
    return list({note.note_id: note for note in (*new, *promised, *review.blockers)}.values())


def review_asana(review: Review) -> bytes:
    """The open priorities, actions and blockers as CSV, each once; text that a sheet would run stays text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS)
    for note in left_to_do(review):
        known = note.owner if note.owner and "@" in note.owner else ""
        writer.writerow(
            [
                safe_cell(one_line(note.body)),
                SECTIONS[note.kind],
                safe_cell(one_line(review.person(note.owner))) if note.owner else "",
                safe_cell(known),
                note.week.isoformat(),
                note.due_on.isoformat() if note.due_on else "",
                NOTE_TITLES[note.kind].lower(),
                safe_cell(one_line(f"{review.company}, {title(review)}, {note.block.replace('_', ' ')}")),
                safe_cell(one_line(f"{review.company} weekly review")),
            ]
        )
    return out.getvalue().encode()


def review_ics(review: Review) -> bytes:
    """What is due as whole days, and the next meeting at its hour; an event keeps its id when it comes again."""
    calendar = Calendar()
    calendar.add("prodid", "-//TAI Ops//weekly review//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    stamp = (review.ended or review.opened).done_at if review.opened else review.seen_at
    for note in left_to_do(review):
        if note.due_on is not None:
            calendar.add_component(_due(review, note, stamp))
    calendar.add_component(_next_meeting(review, stamp))
    calendar.add_missing_timezones(
        first_date=review.week.replace(month=1, day=1), last_date=review.week + timedelta(days=366)
    )
    return calendar.to_ical()


def _due(review: Review, note: Note, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{note.note_id}@tai-ops")
    event.add("dtstamp", stamp)
    event.add("sequence", 0 if note.state == "open" else 1)
    event.add("summary", one_line(f"{note.body} ({review.person(note.owner)})"))
    due = note.due_on or review.week
    event.add("dtstart", due)
    event.add("dtend", due + timedelta(days=1))
    event.add("description", f"{NOTE_TITLES[note.kind]} of {day(note.week)}")
    event.add("transp", "TRANSPARENT")
    return event


def _next_meeting(review: Review, stamp: datetime) -> Event:
    friday = Week(review.week).plus(1)
    event = Event()
    event.add("uid", f"weekly-review-{friday}@tai-ops")
    event.add("dtstamp", stamp)
    event.add("summary", one_line(f"Weekly operations review, {review.company}"))
    event.add("dtstart", friday.ends_at(review.tz).astimezone(review.tz))
    event.add("duration", vDuration(timedelta(minutes=MEETING_MINUTES)))
    return event
