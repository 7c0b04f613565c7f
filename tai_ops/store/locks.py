"""Reconciled periods: an account is locked through a day until somebody unlocks it with a reason."""

from datetime import date
from typing import Any

import duckdb

from tai_ops.errors import Refused

NEWEST_LOCK = """
    select account, through_on, explained, book_balance from (
        select * from reconciliations where through_on <= $last
        qualify row_number() over (partition by account, through_on order by done_at desc) = 1
    ) where event = 'locked'
    qualify row_number() over (partition by account order by through_on desc) = 1
"""
"""Each account's newest lock at or before the day `$last`."""


def locked_through(cursor: duckdb.DuckDBPyConnection, account: str) -> tuple[date, str] | None:
    """The last day through which the account is locked, and by whom; None where it is open."""
    row = cursor.execute(
        """
        select through_on, done_by from (
            select through_on, done_by, event from reconciliations where account = $account
            qualify row_number() over (partition by through_on order by done_at desc) = 1
        ) where event = 'locked' order by through_on desc limit 1
        """,
        {"account": account},
    ).fetchone()
    return (row[0], row[1]) if row else None


def newest_locks(cursor: duckdb.DuckDBPyConnection, day: date) -> list[tuple[Any, ...]]:
    """The newest lock of each account at or before the day; a later one says nothing of that day.

    Each with its account, day, the bank's balance, the books', the statement as JSON, by whom and when.
    """
    return cursor.execute(
        """
        select account, through_on, bank_balance, book_balance, statement_json, done_by, done_at from (
            select * from reconciliations where through_on <= $day
            qualify row_number() over (partition by account, through_on order by done_at desc) = 1
        ) where event = 'locked'
        qualify row_number() over (partition by account order by through_on desc) = 1 order by account
        """,
        {"day": day},
    ).fetchall()


def is_locked_on(cursor: duckdb.DuckDBPyConnection, account: str, day: date) -> bool:
    """Whether the account has a lock of that very day."""
    return any(row[0] == account and row[1] == day for row in newest_locks(cursor, day))


def refuse_locked(
    cursor: duckdb.DuckDBPyConnection, account: str, day: date, *, what: str | None = None
) -> None:
    """Nothing where the day is open; Refused names through when and by whom the account is locked."""
    locked = locked_through(cursor, account)
    if locked and day <= locked[0]:
        said = f"{what}: " if what else ""
        raise Refused(
            f"{said}account {account} is reconciled and locked through {locked[0]} (by {locked[1]}), "
            f"and this falls on {day}; unlock it with a reason first"
        )
