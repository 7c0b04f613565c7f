"""The store as it stood at a past instant: every table with the rows that were on record by then, to be read only.

The tables are views in a catalog of the engine's memory beside the store's own, so that whatever reads the store reads the
past unchanged. What keeps no instant of its own goes with the row that it belongs to. Not told: a statement's import that
was undone since, and files beside the store (its settings file).
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb

from tai_ops.errors import Refused
from tai_ops.kinds import RECORDS
from tai_ops.rights import Actor, authorize
from tai_ops.store import digest
from tai_ops.store.connection import Store, Write
from tai_ops.store.then import kind_then

BELONGS: dict[str, tuple[str, str]] = {
    "close_files": ("closes", "month, version"),
    "customer_items": ("customer_item_lists", "customer_id"),
    "invoice_lines": ("invoices", "invoice_number"),
    "note_measures": ("review_notes", "note_id"),
    "spot_check_items": ("spot_checks", "spot_check_id"),
    "statement_lines": ("statements", "statement_id"),
    "statement_repeats": ("statements", "statement_id"),
    "statement_rows": ("statements", "statement_id"),
}
"""Tables whose rows were there once a row of another table was, by the columns that both share."""
ALWAYS = frozenset({"schema_versions", "store_facts"})
"""What is about the file and not about the company."""
ALONE = {
    "close_minutes": "noted_at",
    "drafts": "kept_at",
    "possible_duplicates": "found_at",
    "probe_days": "last_at",
    "probe_minutes": "last_at",
    "probes": "seen_at",
}
"""Tables that say when a row came without saying by whom; probes and what they add up to are told by when they were seen."""

_making = threading.Lock()


class Past(Store):
    """A store as it stood at an instant. Reads as the store does; every write is refused, as nobody has a right then."""

    def __init__(self, present: Store, at: datetime) -> None:
        with present.uncounted_cursor() as unused:  # every reader's cursor comes from the present store
            super().__init__(unused, present.path)
        self._present = present
        self.as_of = self._at = at.astimezone(UTC)
        self._catalog = f"then_{self._at:%Y%m%d_%H%M%S}"

    def uncounted_cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one reader, on the tables as they stood."""
        cursor = self.present.uncounted_cursor()
        try:
            cursor.execute(f"use {self._catalog}")
        except duckdb.CatalogException:
            self._make(cursor)
            cursor.execute(f"use {self._catalog}")
        return cursor

    @contextmanager
    def write(self, actor: Actor, right: str, event: str, **_more: Any) -> Generator[Write]:
        """Nobody writes into the past. NotAllowed for who looks back, Refused for anybody else."""
        authorize(actor, right)
        raise Refused(f"{event}: this is the store as it stood {self._at:%Y-%m-%d}; nothing was changed")
        yield  # type: ignore[unreachable]  # a context manager has to

    def _make(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with _making:
            there = cursor.execute(
                "select count(*) from duckdb_databases() where database_name = $name", {"name": self._catalog}
            ).fetchone()
            if there and there[0]:
                return
            cursor.execute(f"attach ':memory:' as {self._catalog}")
            for table, sql in self._views(cursor).items():
                cursor.execute(f'create view {self._catalog}.main."{table}" as {sql}')

    def _views(self, cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
        named = cursor.execute("select current_database()").fetchone()
        home = f"{digest.quoted(str(named[0]))}.main" if named else "main"
        columns = {table: [one.name for one in listed] for table, listed in digest.columns(cursor).items()}
        moment = f"timestamptz '{self._at:%Y-%m-%d %H:%M:%S.%f}+00'"
        return {table: stood_sql(table, names, columns, home, moment) for table, names in columns.items()}


def stood_sql(table: str, columns: list[str], others: dict[str, list[str]], home: str, moment: str) -> str:
    """The rows of a table that were on record at a moment; `others` are the columns of every table, `home` where they stand."""
    of = f'{home}."{table}"'
    kind = next((one for one in RECORDS.values() if one.table == table), None)
    if kind is not None and table not in ALONE:
        return kind_then(kind, moment, of, f"{home}.history")
    if table in BELONGS:
        parent, shared = BELONGS[table]
        there = stood_sql(parent, others[parent], others, home, moment)
        return f"select * from {of} where ({shared}) in (select ({shared}) from ({there}))"
    known = recorded_by_column(table, columns)
    return f"select * from {of} where {known} <= {moment}" if known else f"select * from {of}"


def recorded_by_column(table: str, columns: list[str]) -> str | None:
    """The column that says when a row of a table came on record: the one beside which stands by whom; None where none does."""
    if table in ALWAYS:
        return None
    if table in ALONE:
        return ALONE[table]
    found = [name for name in columns if name.endswith("_at") and f"{name[:-3]}_by" in columns]
    return found[-1] if found else None
