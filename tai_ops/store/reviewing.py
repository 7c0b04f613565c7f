"""What the store keeps of the weekly reviews: when each was opened and ended, its frozen text, what people said."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import duckdb

from tai_ops.board import Note, Question
from tai_ops.commitments import PLAN_DAY, YES_NO
from tai_ops.errors import Refused, StoreDamaged
from tai_ops.kpi import Value
from tai_ops.period import Week
from tai_ops.review import Review, Stamp, frozen_text, text_hash, thawed, value_of
from tai_ops.review_checks import Decision
from tai_ops.store.connection import Store, Write, new_id

Cursor = duckdb.DuckDBPyConnection
SUBJECT = "review"
ROWS = "review rows"
STEP = timedelta(microseconds=1)


def held(cursor: Cursor, week: Week) -> dict[str, tuple[Stamp, str]]:
    """Each event of a week's review (`opened`, `ended`), the first of its kind, with its snapshot."""
    rows = cursor.execute(
        """
        select event, done_by, done_at, snapshot_id from reviews where week = $week
        qualify row_number() over (partition by event order by done_at) = 1
        order by event
        """,
        {"week": week.friday},
    ).fetchall()
    return {event: (Stamp(by, at), snapshot_id) for event, by, at, snapshot_id in rows}


def events(cursor: Cursor, week: Week) -> list[tuple[str, datetime]]:
    """Everything that happened to a week's meeting, in order: opened, suspended, continued, ended."""
    rows = cursor.execute(
        "select event, done_at from reviews where week = $week order by done_at", {"week": week.friday}
    ).fetchall()
    return [(event, at) for event, at in rows]


def weeks_held(cursor: Cursor) -> list[date]:
    """The Fridays of the reviews that were opened, newest first."""
    rows = cursor.execute("select distinct week from reviews order by week desc").fetchall()
    return [row[0] for row in rows]


def freeze(write: Write, review: Review) -> str:
    """Keep the review as the next version of its week's snapshot; answers the snapshot's id."""
    return _freeze(write, SUBJECT, review.week.isoformat(), frozen_text(review))


def freeze_rows(write: Write, week: Week, text: str) -> str:
    """Keep the rows behind the review's numbers as the next version; answers the snapshot's id."""
    return _freeze(write, ROWS, str(week), text)


def _freeze(write: Write, subject: str, period: str, text: str) -> str:
    last = write.sql(
        "select coalesce(max(version), 0) from snapshots where subject = $subject and period = $period",
        {"subject": subject, "period": period},
    ).fetchone()
    snapshot_id = new_id()
    write.sql(
        """
        insert into snapshots (snapshot_id, subject, period, version, body_json, body_hash, taken_at, taken_by)
        values ($id, $subject, $period, $version, $body, $hash, $at, $by)
        """,
        {
            "id": snapshot_id,
            "subject": subject,
            "period": period,
            "version": (last[0] if last else 0) + 1,
            "body": text,
            "hash": text_hash(text),
            "at": write.now,
            "by": write.by,
        },
    )
    return snapshot_id


def record(write: Write, week: Week, event: str, snapshot_id: str | None = None) -> None:
    """Write down that the week's review was opened or ended on that snapshot, suspended or continued."""
    write.sql(
        """
        insert into reviews (week, event, snapshot_id, done_at, done_by)
        values ($week, $event, $snapshot, $at, $by)
        """,
        {"week": week.friday, "event": event, "snapshot": snapshot_id, "at": write.now, "by": write.by},
    )


def frozen(cursor: Cursor, snapshot_id: str) -> tuple[Review, str]:
    """The review that a snapshot holds, and its hash; StoreDamaged where the text is not what was frozen."""
    row = cursor.execute(
        "select body_json, body_hash, period from snapshots where snapshot_id = $id", {"id": snapshot_id}
    ).fetchone()
    if row is None:
        raise StoreDamaged(f"the review's snapshot {snapshot_id} is missing; run `tai-ops doctor`")
    _refuse_changed(*row)
    return thawed(row[0]), row[1]


def frozen_rows(cursor: Cursor, week: Week) -> str | None:
    """The rows frozen with the week's review, their newest version; None where there are none.

    StoreDamaged where the text is not what was frozen.
    """
    row = cursor.execute(
        """
        select body_json, body_hash, period from snapshots
        where subject = $subject and period = $period order by version desc limit 1
        """,
        {"subject": ROWS, "period": str(week)},
    ).fetchone()
    if row is None:
        return None
    _refuse_changed(*row)
    return row[0]


def _refuse_changed(body: str, body_hash: str, period: str) -> None:
    if text_hash(body) != body_hash:
        raise StoreDamaged(
            f"the frozen review of {period} is not what was frozen (its hash differs); "
            "restore the last verified backup"
        )


def earlier_values(cursor: Cursor, week: Week, weeks: int = 13) -> dict[date, Mapping[str, Value | None]]:
    """The numbers of the frozen reviews before that week, as they were frozen, by Friday, oldest first."""
    rows = cursor.execute(
        """
        select period, body_json -> 'kpis' from snapshots
        where subject = $subject and period < $week
        qualify row_number() over (partition by period order by version desc) = 1
        order by period desc limit $weeks
        """,
        {"subject": SUBJECT, "week": str(week), "weeks": weeks},
    ).fetchall()
    return {
        date.fromisoformat(period): {name: value_of(row["value"]) for name, row in json.loads(body).items()}
        for period, body in reversed(rows)
    }


def keep_note(write: Write, note: Note) -> None:
    """Add a note's newest state; it is later than the one before, also where the clock stands still."""
    before = write.sql(
        "select max(noted_at) from review_notes where note_id = $id", {"id": note.note_id}
    ).fetchone()
    newest = before[0] if before else None
    write.sql(
        """
        insert into review_notes
            (note_id, week, block, kind, body, owner, due_on, state, noted_at, noted_by)
        values ($id, $week, $block, $kind, $body, $owner, $due, $state, $at, $by)
        """,
        {
            "id": note.note_id,
            "week": note.week,
            "block": note.block,
            "kind": note.kind,
            "body": note.body,
            "owner": note.owner,
            "due": note.due_on,
            "state": note.state,
            "at": max(write.now, newest + STEP) if newest else write.now,
            "by": write.by,
        },
    )


def keep_measure(write: Write, note_id: str, measure: Question) -> None:
    """Keep what a promise is measured by; it is given once, when the promise is made."""
    write.sql(
        """
        insert into note_measures (note_id, measure, kpi, at_least, customer_id)
        values ($id, $measure, $kpi, $at_least, $customer)
        """,
        {
            "id": note_id,
            "measure": "yes_no"
            if measure.kpi == YES_NO
            else "plan_day"
            if measure.kpi == PLAN_DAY
            else "kpi",
            "kpi": measure.kpi,
            "at_least": measure.at_least,
            "customer": measure.customer_id,
        },
    )


def note(cursor: Cursor, note_id: str) -> Note:
    """A note as it stands now; Refused where there is none of that id."""
    row = cursor.execute(
        """
        select note_id, week, block, kind, body, owner, due_on, state from review_notes
        where note_id = $id order by noted_at desc limit 1
        """,
        {"id": note_id},
    ).fetchone()
    if row is None:
        raise Refused(f"there is no note {note_id!r}; nothing was changed")
    return Note(*row)


def note_history(store: Store, note_id: str) -> list[tuple[datetime, str, str]]:
    """A note's states, oldest first: when, by whom, which."""
    rows = store.rows(
        "select noted_at, noted_by, state from review_notes where note_id = $id order by noted_at",
        {"id": note_id},
    )
    return [(at, by, state) for at, by, state in rows]


def decisions(cursor: Cursor) -> list[Decision]:
    """The newest BANT decision on each prospect."""
    rows = cursor.execute(
        """
        select prospect_id, arg_max(decision, decided_at), max(decided_at)
        from qualifications group by prospect_id order by prospect_id
        """
    ).fetchall()
    return [Decision(*row) for row in rows]
