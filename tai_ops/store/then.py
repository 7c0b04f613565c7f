"""Records as they stood at a past instant: the current row where it was on record by then, else the earlier row that was.

Every change and every taking out keeps the row before it in `history` with its marks, so a row stood from when it was
recorded to when it was changed. What stood in an open review is a history by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

import duckdb

from tai_ops.board import Note, Question
from tai_ops.checklist import Onboarding
from tai_ops.kinds import KINDS, RECORDS, SQL_TYPE, Kind
from tai_ops.onboarding_course import Course
from tai_ops.store.onboardings import courses
from tai_ops.store.records import MARKS, key_sql

Row = TypeVar("Row")
Cursor = duckdb.DuckDBPyConnection
AT = "then_at"
"""The parameter of the instant in the SQL of `table_then`."""
RECORDED = "(h.row_json ->> 'recorded_at')::timestamptz"


@dataclass(frozen=True, slots=True)
class Stood(Generic[Row]):
    """The rows of a kind that stood at an instant, and those of now that were first recorded after it."""

    rows: tuple[Row, ...]
    later: tuple[Row, ...]


def table_then(kind: Kind) -> str:
    """The rows of a kind that stood at `$then_at`, with their marks, as a table to select from."""
    return f"({kind_then(kind, f'${AT}', kind.table, 'history')})"


def kind_then(kind: Kind, moment: str, table: str, history: str) -> str:
    """The same as a query: the moment in SQL, and where the rows of now and the earlier ones stand."""
    names = (*kind.names, *MARKS)
    kept = ", ".join(f"(h.row_json ->> '{name}')::{_sql_type(kind, name)} as {name}" for name in names)
    return f"""
        select {", ".join(f"c.{name}" for name in names)} from {table} c where c.recorded_at <= {moment}
        union all
        select {kept} from {history} h
        where h.kind = '{kind.name}' and h.changed_at > {moment} and {RECORDED} <= {moment}
    """


def counts(cursor: Cursor, at: datetime) -> dict[str, int]:
    """How many records of each kind stood at an instant."""
    current = " union all ".join(
        f"select '{kind.name}', count(*) from {kind.table} where recorded_at <= ${AT}"
        for kind in RECORDS.values()
    )
    rows = cursor.execute(
        f"""
        select kind, sum(many)::bigint from (
            select col0 as kind, col1 as many from ({current}) current_rows (col0, col1)
            union all
            select h.kind, count(*) from history h
            where h.changed_at > ${AT} and {RECORDED} <= ${AT} group by h.kind
        ) group by kind order by kind
        """,
        {AT: at},
    ).fetchall()
    return {kind: int(many) for kind, many in rows}


def _sql_type(kind: Kind, name: str) -> str:
    if name in MARKS:
        return "timestamptz" if name == "recorded_at" else "varchar"
    return SQL_TYPE[kind.column(name).type]


def stood(cursor: Cursor, name: str, row: Callable[..., Row], at: datetime) -> Stood[Row]:
    """The rows of a kind at an instant as the noun's own type, and the current ones that nobody had recorded by then."""
    kind = KINDS[name]
    names, order = ", ".join(f"t.{column}" for column in kind.names), ", ".join(kind.key)
    there = cursor.execute(f"select {names} from {table_then(kind)} t order by {order}", {AT: at}).fetchall()
    after = cursor.execute(
        f"""
        select {names} from {kind.table} t
        where {key_sql(kind, "t")} not in (select {key_sql(kind, "o")} from {table_then(kind)} o) order by {order}
        """,
        {AT: at},
    ).fetchall()
    return Stood(tuple(row(*one) for one in there), tuple(row(*one) for one in after))


def onboardings_then(cursor: Cursor, at: datetime) -> Stood[Onboarding]:
    """The onboardings at an instant, each with what was ticked and decided by then."""
    told = courses(cursor)

    def onboarding(*values: Any) -> Onboarding:
        one = Onboarding(*values)
        course = told.get(one.customer_id)
        return replace(one, course=_course_then(course, at) if course else None)

    return stood(cursor, "onboardings", onboarding, at)


def _course_then(course: Course, at: datetime) -> Course:
    return replace(
        course,
        events=tuple(one for one in course.events if one.at <= at),
        gates=tuple(one for one in course.gates if one.at <= at),
    )


def notes_then(cursor: Cursor, at: datetime) -> tuple[Note, ...]:
    """What was said in the reviews by an instant, each note as it stood then."""
    rows = cursor.execute(
        """
        select n.note_id, n.week, n.block, n.kind, n.body, n.owner, n.due_on, n.state,
               m.kpi, m.at_least, m.customer_id, c.name
        from (
            select *, min(noted_at) over (partition by note_id) as first_at from review_notes
            where noted_at <= $at
            qualify row_number() over (partition by note_id order by noted_at desc) = 1
        ) n left join note_measures m using (note_id) left join customers c on c.customer_id = m.customer_id
        order by n.first_at, n.note_id
        """,
        {"at": at},
    ).fetchall()
    return tuple(Note(*row[:8], measure=None if row[8] is None else Question(*row[8:])) for row in rows)
