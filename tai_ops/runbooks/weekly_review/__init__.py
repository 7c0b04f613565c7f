"""Runbook 5: the weekly operations review, Friday 16:00, thirty minutes, presented by the CEO.

`agenda` works the meeting out from the store, `open` freezes it, people note things, `end` freezes
what they noted. `show` gives the frozen review where there is one, the live one where there is none yet.
"""

from tai_ops.review_notes import LONGEST_NOTE, OWNED
from tai_ops.runbooks.weekly_review.agenda import Read, Records, agenda, facts_read, records
from tai_ops.runbooks.weekly_review.history import held_weeks, newest, newest_week, scorecard, weeks
from tai_ops.runbooks.weekly_review.meeting import (
    add_note,
    assign,
    clock_of,
    customers_of,
    end,
    go_on,
    may_note,
    open,  # noqa: A004  # the verb that the runbook, the command and the button use
    rows_behind,
    set_note_state,
    show,
    suspend,
)
from tai_ops.runbooks.weekly_review.numbers import (
    annotate,
    annotations,
    own_annotations,
    recorded_annotations,
    score_card,
    take_back_annotation,
)
from tai_ops.runbooks.weekly_review.preparation import absences, mark_absent, mark_ready, take_back_absence

__all__ = [
    "LONGEST_NOTE",
    "OWNED",
    "Read",
    "Records",
    "absences",
    "add_note",
    "agenda",
    "annotate",
    "annotations",
    "assign",
    "clock_of",
    "customers_of",
    "end",
    "facts_read",
    "go_on",
    "held_weeks",
    "mark_absent",
    "mark_ready",
    "may_note",
    "newest",
    "newest_week",
    "open",
    "own_annotations",
    "recorded_annotations",
    "records",
    "rows_behind",
    "score_card",
    "scorecard",
    "set_note_state",
    "show",
    "suspend",
    "take_back_absence",
    "take_back_annotation",
    "weeks",
]
