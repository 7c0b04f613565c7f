"""The rows that were written after a close and reach into its month: what the next version's changes rest on."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb

from tai_ops.kinds import RECORDS, Kind
from tai_ops.period import Month
from tai_ops.restatement import ChangedRow, Event
from tai_ops.store.records import MARKS, key_sql

OF_THE_BOOKS = ("subscriptions", "invoices", "services", "payments", "bills", "entries", "accounts")
AT_MOST = 500


def changed_rows(cursor: duckdb.DuckDBPyConnection, month: Month, since: datetime) -> tuple[ChangedRow, ...]:
    """Records, bank lines, matches, locks, applications and settings written after `since` that reach into the month.

    The oldest first, at most 500. A record of an earlier month counts too: balances rest on it.
    """
    found = [row for name in OF_THE_BOOKS for row in _records(cursor, RECORDS[name], month, since)]
    found += _around(cursor, month, since)
    found.sort(key=lambda row: (row.done_at, row.kind, row.key))
    return tuple(found[:AT_MOST])


def _records(
    cursor: duckdb.DuckDBPyConnection, kind: Kind, month: Month, since: datetime
) -> Iterator[ChangedRow]:
    days = kind.months or (kind.span or ("", ""))[:1]
    fields = ", ".join(f"'{name}': t.{name}" for name in kind.names)
    key = key_sql(kind, "t")
    rows = cursor.execute(
        f"""
        with earlier as (
            select row_key, arg_min(row_json, changed_at) as row_json from history
            where kind = $kind and changed_at > $since and (row_json ->> 'recorded_at')::timestamptz <= $since
            group by row_key
        ),
        taken as (
            select row_key, max(changed_at) as done_at, arg_max(changed_by, changed_at) as done_by,
                   arg_max(reason, changed_at) as reason
            from history where kind = $kind and event = 'void' and changed_at > $since group by row_key
        ),
        fresh as (
            select {key} as row_key, to_json({{{fields}}})::varchar as row_json, t.recorded_at as done_at,
                   t.recorded_by as done_by,
                   {" or ".join(f"coalesce(t.{day} < $after, false)" for day in days)} as reaches
            from {kind.table} t where t.recorded_at > $since
        )
        select row_key, n.done_at, n.done_by, h.row_json, n.row_json, null,
               n.reaches or {_reached(days)} from fresh n left join earlier h using (row_key)
        union all
        select row_key, g.done_at, g.done_by, h.row_json, null, g.reason, {_reached(days)}
        from taken g join earlier h using (row_key) where row_key not in (select row_key from fresh)
        order by 2, 1
        """,
        {"kind": kind.name, "since": since, "after": month.end},
    ).fetchall()
    for row_key, at, by, before, after, reason, reaches in rows:
        if reaches:
            event: Event = "voided" if after is None else "added" if before is None else "changed"
            yield ChangedRow(kind.name, row_key, event, at, by, _words(before, after, reason))


def _reached(days: tuple[str, ...]) -> str:
    return (
        "(" + " or ".join(f"coalesce((h.row_json ->> '{day}')::date < $after, false)" for day in days) + ")"
    )


def _words(before: str | None, after: str | None, reason: str | None) -> str:
    old: dict[str, Any] = json.loads(before, parse_float=str) if before else {}
    new: dict[str, Any] = json.loads(after, parse_float=str) if after else {}
    if after is None:
        return f"{_told(old)}; {reason}" if reason else _told(old)
    if before is None:
        return _told(new)
    moved = [name for name in new if old.get(name) != new[name] and name not in MARKS]
    return "; ".join(f"{name} {_cell(old.get(name))} → {_cell(new[name])}" for name in moved) or "as it was"


def _told(row: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in row.items() if value not in {None, ""} and name not in MARKS
    )


def _cell(value: Any) -> str:
    return "–" if value is None else str(value)


_AROUND = """
    select 'bank lines' as kind, s.statement_id as key, 'added' as event, s.imported_at as done_at, s.imported_by as done_by,
           s.file_name || ': ' || count(*) || ' lines of ' || l.account || ', ' || min(l.booked_on) || ' to '
           || max(l.booked_on) as words
    from statements s join statement_lines l using (statement_id)
    where s.imported_at > $since and l.booked_on < $after
    group by s.statement_id, s.imported_at, s.imported_by, s.file_name, l.account
    union all
    select 'bank lines', s.statement_id, 'undone', u.undone_at, u.undone_by, s.file_name || ' of ' || s.account
    from statement_undos u join statements s using (statement_id)
    where u.undone_at > $since and s.imported_at <= $since and coalesce(s.period_start, date '0001-01-01') < $after
    union all
    select 'matches', d.line_id, case when d.decision = 'confirmed' then 'matched' else 'undone' end, d.decided_at, d.decided_by,
           l.booked_on || ' ' || l.amount || ' of ' || l.account || ' with ' || d.entry_kind || ' ' || d.entry_id
    from match_decisions d join statement_lines l using (line_id)
    where d.decided_at > $since and l.booked_on < $after and d.decision in ('confirmed', 'undone')
    union all
    select 'reconciliations', account, case when event = 'locked' then 'locked' else 'undone' end, done_at, done_by,
           account || ' through ' || through_on || coalesce(': ' || reason, '')
    from reconciliations where done_at > $since and through_on < $after
    union all
    select 'applications', a.application_id, 'added', a.recorded_at, a.recorded_by,
           a.amount || ' of ' || a.source_id || ' to ' || a.invoice_number
    from applications a where a.recorded_at > $since and a.applied_on < $after
    union all
    select 'applications', a.application_id, 'undone', u.undone_at, u.undone_by,
           a.amount || ' of ' || a.source_id || ' to ' || a.invoice_number
    from application_undos u join applications a using (application_id)
    where u.undone_at > $since and a.applied_on < $after
    union all
    select 'settings', name, 'set', recorded_at, recorded_by, name || ' = ' || coalesce(value_json, 'as in the file')
    from settings where recorded_at > $since
    order by done_at, kind, key
"""


def _around(cursor: duckdb.DuckDBPyConnection, month: Month, since: datetime) -> list[ChangedRow]:
    rows = cursor.execute(_AROUND, {"since": since, "after": month.end}).fetchall()
    return [ChangedRow(*row) for row in rows]
