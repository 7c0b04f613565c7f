"""What the store knows of customers: the facts that their numbers rest on, where each came from, and what changed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from tai_ops.board import Facts, Target, Window
from tai_ops.customers import Customer
from tai_ops.kinds import KINDS, Kind
from tai_ops.period import BusinessCalendar
from tai_ops.scores import Score
from tai_ops.store import facts
from tai_ops.store.connection import Store
from tai_ops.store.onboardings import onboardings
from tai_ops.store.records import MARKS, key_sql

Cursor = duckdb.DuckDBPyConnection
KINDS_OF_CUSTOMER = ("customers", "onboardings", "measurements", "scores")


@dataclass(frozen=True, slots=True)
class Recorded:
    """When a row was recorded, by whom (an e-mail), and from what: `entered` or `imported`."""

    recorded_at: datetime
    recorded_by: str
    recorded_from: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a row: its values, and who put it there when.

    `ended_by` says who took the row out, `ended_at` when and `reason` why; None while it stood or was changed.
    """

    kind: str
    row_key: str
    row: dict[str, Any]
    recorded: Recorded
    ended_at: datetime | None = None
    ended_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What a write with a request's key did: its audit row, and the kind and key of the row that it wrote."""

    audit_id: str
    done_at: datetime
    kind: str
    row_key: str
    added: int
    updated: int


def success_facts(store: Store, window: Window) -> Facts:
    """The facts of customer success alone, read in one transaction; all others are empty."""
    calendar = facts.business_calendar(store)
    cursor = store.cursor()
    try:
        cursor.execute("begin")
        found = Facts(
            store.company,
            calendar,
            window,
            customers=facts.of_kind(cursor, "customers", Customer),
            onboardings=onboardings(cursor),
            measurements=facts.measurements(cursor),
            scores=facts.of_kind(cursor, "scores", Score),
            targets=facts.of_kind(cursor, "targets", Target),
        )
        cursor.execute("commit")
        return found
    finally:
        cursor.close()


def is_on_record(store: Store, customer_id: str) -> bool:
    """Whether there is a customer with that id."""
    return store.row("select 1 from customers where customer_id = $id", {"id": customer_id}) is not None


def contacts(cursor: Cursor, customer_id: str) -> tuple[str, ...]:
    """The customer's contacts, each in one line, by name."""
    rows = cursor.execute(
        "select name, job, email, phone from contacts where customer_id = $customer order by name, contact_id",
        {"customer": customer_id},
    ).fetchall()
    return tuple(", ".join(part for part in row if part) for row in rows)


def calendars(store: Store) -> dict[str | None, BusinessCalendar]:
    """The business calendar of each customer that has holidays of its own; under None the company's."""
    company = store.company
    days: dict[str | None, set[date]] = {None: set()}
    for day, customer in store.rows("select day, customer_id from holidays order by day"):
        days.setdefault(customer, set()).add(day)
    return {c: company.calendar(frozenset(own | days[None])) for c, own in days.items()}


def recorded(store: Store, kind: Kind) -> dict[tuple[Any, ...], Recorded]:
    """Who recorded each current row of a kind, by its key."""
    keys = ", ".join(kind.key)
    rows = store.rows(f"select {keys}, {', '.join(MARKS)} from {kind.table} order by {keys}")
    width = len(kind.key)
    return {row[:width]: Recorded(*row[width:]) for row in rows}


def stored(cursor: Cursor, kind: Kind, row_key: str) -> tuple[dict[str, Any], Recorded] | None:
    """The current row of a key, None where there is none."""
    found = cursor.execute(
        f"select {_json(kind)}, {', '.join(MARKS)} from {kind.table} where {key_sql(kind)} = $key",
        {"key": row_key},
    ).fetchone()
    return (_row(kind, found[0]), Recorded(*found[1:])) if found else None


def versions(store: Store, customer_id: str) -> tuple[Version, ...]:
    """Every version of what was recorded of a customer, now and before, the oldest first."""
    cursor = store.cursor()
    try:
        found = [*_current(cursor, customer_id), *_earlier(cursor, customer_id)]
    finally:
        cursor.close()
    return tuple(sorted(found, key=lambda v: (v.recorded.recorded_at, v.kind, v.row_key)))


def _current(cursor: Cursor, customer_id: str) -> Iterator[Version]:
    for name in KINDS_OF_CUSTOMER:
        kind = KINDS[name]
        rows = cursor.execute(
            f"""
            select {key_sql(kind)}, {_json(kind)}, {", ".join(MARKS)} from {kind.table}
            where customer_id = $id order by {", ".join(kind.key)}
            """,
            {"id": customer_id},
        ).fetchall()
        for row_key, row, *marks in rows:
            yield Version(name, row_key, _row(kind, row), Recorded(*marks))


def _earlier(cursor: Cursor, customer_id: str) -> Iterator[Version]:
    rows = cursor.execute(
        """
        select kind, row_key, row_json, (row_json ->> 'recorded_at')::timestamptz, row_json ->> 'recorded_by',
               row_json ->> 'recorded_from', event, changed_at, changed_by, reason
        from history
        where kind in (select unnest($kinds)) and (row_json ->> 'customer_id') = $id
        order by changed_at, audit_id, row_key
        """,
        {"kinds": list(KINDS_OF_CUSTOMER), "id": customer_id},
    ).fetchall()
    for kind, row_key, row, at, by, from_, event, ended_at, ended_by, reason in rows:
        gone = (ended_at, ended_by, reason) if event == "void" else (None, None, None)
        yield Version(kind, row_key, _row(KINDS[kind], row), Recorded(at, by, from_), *gone)


def made(cursor: Cursor, request_key: str) -> Made | None:
    """What the write with that request's key did; None where there was none."""
    found = cursor.execute(
        """
        select audit_id, done_at, subject_kind, subject_key,
               (detail_json ->> 'added')::bigint, (detail_json ->> 'updated')::bigint
        from audit where request_key = $key limit 1
        """,
        {"key": request_key},
    ).fetchone()
    return Made(*found) if found else None


def before(cursor: Cursor, audit_id: str) -> dict[str, Any] | None:
    """The version of the row that a write changed, as it was before; None where it changed none."""
    found = cursor.execute(
        "select kind, row_json from history where audit_id = $id order by row_key limit 1", {"id": audit_id}
    ).fetchone()
    return _row(KINDS[found[0]], found[1]) if found else None


def voided_since(cursor: Cursor, kind: Kind, row_key: str, since: datetime) -> bool:
    """Whether a row was taken out after that instant."""
    found = cursor.execute(
        """
        select count(*) from history
        where kind = $kind and row_key = $key and event = 'void' and changed_at > $since
        """,
        {"kind": kind.name, "key": row_key, "since": since},
    ).fetchone()
    return bool(found and found[0])


def _json(kind: Kind) -> str:
    fields = ", ".join(f"'{name}': {name}" for name in kind.names)
    return f"to_json({{{fields}}})::varchar"


def _row(kind: Kind, text: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(text, parse_float=Decimal)
    days = {c.name for c in kind.columns if c.type == "date"}
    return {k: date.fromisoformat(v) if k in days and v is not None else v for k, v in row.items()}


def contact_emails(store: Store, customer_id: str) -> tuple[str, ...]:
    """The e-mail addresses of a customer's contacts, in the order of their names."""
    rows = store.rows(
        "select email from contacts where customer_id = $customer and email is not null order by name, contact_id",
        {"customer": customer_id},
    )
    return tuple(row[0] for row in rows)
