"""Reading the current rows of a kind of record, each as its noun's own type."""

from collections.abc import Callable
from typing import TypeVar

import duckdb

from tai_ops.kinds import KINDS

Row = TypeVar("Row")
Cursor = duckdb.DuckDBPyConnection


def of_kind(cursor: Cursor, kind: str, row: Callable[..., Row]) -> tuple[Row, ...]:
    """Every current row of a kind as the noun's own type, in order of key."""
    names = KINDS[kind].names
    found = cursor.execute(
        f"select {', '.join(names)} from {KINDS[kind].table} order by {', '.join(KINDS[kind].key)}"
    ).fetchall()
    return tuple(row(*values) for values in found)
