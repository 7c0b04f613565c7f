"""What the store keeps around a review beside its notes: who is ready, who is away, what a promise is measured by."""

from datetime import date, datetime, timedelta

import duckdb

from tai_ops.annotations import Annotation
from tai_ops.kinds import KINDS
from tai_ops.period import Month, Week
from tai_ops.review import Stamp
from tai_ops.review_clashes import Absence
from tai_ops.review_preparation import Entered
from tai_ops.store.connection import Write

Cursor = duckdb.DuckDBPyConnection
STEP = timedelta(microseconds=1)


def ready(cursor: Cursor, week: Week) -> dict[str, Stamp]:
    """The blocks of the week whose owner is ready, with who said so and when."""
    rows = cursor.execute(
        """
        select block, marked_by, marked_at, ready from review_ready where week = $week
        qualify row_number() over (partition by block order by marked_at desc) = 1
        order by block
        """,
        {"week": week.friday},
    ).fetchall()
    return {block: Stamp(by, at) for block, by, at, is_ready in rows if is_ready}


def mark_ready(write: Write, week: Week, block: str, *, is_ready: bool) -> None:
    """Add whether a block's owner is ready, later than what was said before."""
    newest = write.sql(
        "select max(marked_at) from review_ready where week = $week and block = $block",
        {"week": week.friday, "block": block},
    ).fetchone()
    before = newest[0] if newest else None
    write.sql(
        """
        insert into review_ready (week, block, ready, marked_at, marked_by)
        values ($week, $block, $ready, $at, $by)
        """,
        {
            "week": week.friday,
            "block": block,
            "ready": is_ready,
            "at": max(write.now, before + STEP) if before else write.now,
            "by": write.by,
        },
    )


def entered(cursor: Cursor, kinds: tuple[str, ...], late_from: datetime, until: datetime) -> Entered:
    """When a record of these kinds was last entered up to an instant, and how many after preparation closed."""
    union = " union all ".join(
        f"select '{kind}' as kind, recorded_at, recorded_by from {KINDS[kind].table} where recorded_at <= $until"
        for kind in kinds
    )
    rows = cursor.execute(
        f"""
        select kind, max(recorded_at), arg_max(recorded_by, recorded_at), count(*) filter (recorded_at > $late)
        from ({union}) group by kind order by kind
        """,
        {"until": until, "late": late_from},
    ).fetchall()
    newest = max(((at, by) for _, at, by, _ in rows), default=None)
    late = {kind: count for kind, _, _, count in rows}
    return Entered(newest, {kind: late.get(kind, 0) for kind in kinds})


def absences(cursor: Cursor, first: date, last: date) -> list[Absence]:
    """Who is away between two days, as last said."""
    rows = cursor.execute(
        """
        select a.absence_id, a.email, coalesce(p.name, a.email), a.first_on, a.last_on from (
            select * from absences
            qualify row_number() over (partition by absence_id order by noted_at desc) = 1
        ) a left join people p using (email)
        where a.state = 'noted' and a.first_on <= $last and a.last_on >= $first
        order by a.first_on, a.email
        """,
        {"first": first, "last": last},
    ).fetchall()
    return [Absence(*row) for row in rows]


def every_absence(cursor: Cursor) -> list[Absence]:
    """Everybody's days away, as last said."""
    return absences(cursor, date.min, date.max)


def keep_absence(write: Write, absence: Absence, state: str) -> None:
    """Add that a person is away, or that the person is not after all."""
    write.sql(
        """
        insert into absences (absence_id, email, first_on, last_on, state, noted_at, noted_by)
        values ($id, $email, $first, $last, $state, $at, $by)
        """,
        {
            "id": absence.absence_id,
            "email": absence.email,
            "first": absence.first_on,
            "last": absence.last_on,
            "state": state,
            "at": write.now,  # two writes never share an instant
            "by": write.by,
        },
    )


def annotations(cursor: Cursor, first: date, last: date) -> list[Annotation]:
    """What people wrote beside the days from first to last, as last said."""
    rows = cursor.execute(
        """
        select noted_on, text, annotation_id from (
            select * from annotations
            qualify row_number() over (partition by annotation_id order by noted_at desc) = 1
        ) where state = 'noted' and noted_on between $first and $last order by noted_on, annotation_id
        """,
        {"first": first, "last": last},
    ).fetchall()
    return [Annotation(on, "own", text, annotation_id) for on, text, annotation_id in rows]


def keep_annotation(write: Write, annotation: Annotation, state: str) -> None:
    """Add words beside a day, or take them back."""
    write.sql(
        """
        insert into annotations (annotation_id, noted_on, text, state, noted_at, noted_by)
        values ($id, $on, $text, $state, $at, $by)
        """,
        {
            "id": annotation.annotation_id,
            "on": annotation.on,
            "text": annotation.text,
            "state": state,
            "at": write.now,
            "by": write.by,
        },
    )


def closed_on(cursor: Cursor) -> dict[Month, date]:
    """On which day each closed month was closed, as UTC has it."""
    rows = cursor.execute(
        """
        select month, max(done_at)::date from closes
        group by month having arg_max(event, done_at) = 'closed' order by month
        """
    ).fetchall()
    return {Month.parse(month): on for month, on in rows}


def holidays(cursor: Cursor) -> dict[date, str]:
    """The company's holidays with their names."""
    rows = cursor.execute("select day, name from holidays where customer_id is null order by day").fetchall()
    return dict(rows)
