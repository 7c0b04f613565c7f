"""The checks of customers' migrations: what each comparison of an export with its load report found, who made it when."""

import json
from dataclasses import dataclass
from datetime import datetime

import duckdb

from tai_ops.migration_check import MigrationCheck, check_from_json
from tai_ops.store.connection import Write, new_id

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Checked:
    """A check that is on record."""

    check_id: str
    check: MigrationCheck
    at: datetime
    by: str


def checks(cursor: Cursor, customer_id: str) -> tuple[Checked, ...]:
    """The customer's checks, newest first."""
    rows = cursor.execute(
        """
        select check_id, export_name, load_name, export_records, load_records, faithful_records, body_json, checked_at,
               checked_by
        from migration_checks where customer_id = $customer order by checked_at desc
        """,
        {"customer": customer_id},
    ).fetchall()
    return tuple(
        Checked(key, check_from_json((export, load, sent, got, whole), json.loads(body)), at, by)
        for key, export, load, sent, got, whole, body, at, by in rows
    )


def newest_whole(cursor: Cursor, customer_id: str) -> bool | None:
    """Whether the newest check found everything there; None where there is none."""
    found = cursor.execute(
        "select is_whole from migration_checks where customer_id = $customer order by checked_at desc limit 1",
        {"customer": customer_id},
    ).fetchone()
    return bool(found[0]) if found else None


def keep_check(write: Write, customer_id: str, check: MigrationCheck, hashes: tuple[str, str]) -> str:
    """Keep a check with the hashes of the two files; its id."""
    check_id = new_id()
    write.sql(
        """
        insert into migration_checks (check_id, customer_id, export_name, export_sha256, load_name, load_sha256,
            export_records, load_records, faithful_records, is_whole, body_json, checked_at, checked_by)
        values ($id, $customer, $export, $export_hash, $load, $load_hash, $sent, $got, $faithful, $whole, $body, $at, $by)
        """,
        {
            "id": check_id,
            "customer": customer_id,
            "export": check.export_name,
            "export_hash": hashes[0],
            "load": check.load_name,
            "load_hash": hashes[1],
            "sent": check.export_records,
            "got": check.load_records,
            "faithful": check.faithful_records,
            "whole": check.is_whole,
            "body": json.dumps(check.as_json(), ensure_ascii=False),
            "at": write.now,
            "by": write.by,
        },
    )
    return check_id
