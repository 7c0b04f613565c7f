"""The digest of a store: one text that is the same where, and only where, every table holds the same values.

It knows no order of rows and no engine version: each value is taken as its canonical text, each row as the lower
half of the MD5 of its values, each table as the count and the sum of its rows, so that twins count twice. It
tells damage and difference; against forgery stand the hashes of the archive's members.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb

TableDigest = tuple[int, str]
"""How many rows a table has, and what they add up to."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table as the engine tells it."""

    name: str
    type: str

    @property
    def quoted(self) -> str:
        """Its name as it stands in SQL."""
        return quoted(self.name)


def quoted(name: str) -> str:
    """A name of the engine's own catalogue as it stands in SQL."""
    return '"' + name.replace('"', '""') + '"'


def columns(cursor: duckdb.DuckDBPyConnection) -> dict[str, tuple[Column, ...]]:
    """Every table of the store with its columns in their order, by name; without temporary tables and views."""
    rows = cursor.execute(
        """
        select c.table_name, c.column_name, c.data_type
        from information_schema.columns c
        join information_schema.tables t using (table_catalog, table_schema, table_name)
        where c.table_catalog = current_database() and c.table_schema = 'main' and t.table_type = 'BASE TABLE'
        order by c.table_name, c.ordinal_position
        """
    ).fetchall()
    found: dict[str, list[Column]] = {}
    for table, name, data_type in rows:
        found.setdefault(table, []).append(Column(name, data_type))
    return {table: tuple(listed) for table, listed in found.items()}


def digest(cursor: duckdb.DuckDBPyConnection, without: Collection[str] = ()) -> str:
    """The digest of every value of every table, those named aside left out; 64 hexadecimal characters."""
    return folded(table_digests(cursor, without))


def table_digests(cursor: duckdb.DuckDBPyConnection, without: Collection[str] = ()) -> dict[str, TableDigest]:
    """Each table's count of rows and digest, those named aside left out."""
    return {
        table: table_digest(cursor, table, listed)
        for table, listed in columns(cursor).items()
        if table not in without
    }


def table_digest(cursor: duckdb.DuckDBPyConnection, table: str, listed: Collection[Column]) -> TableDigest:
    """A table's count of rows and digest."""
    found = cursor.execute(f"select 1 from {quoted(table)} limit 1").fetchone()
    return relation_digest(cursor, quoted(table), listed) if found else empty_digest(listed)


def empty_digest(listed: Collection[Column]) -> TableDigest:
    """What a table without rows has for count and digest."""
    return _table_digest(listed, 0, 0)


def folded(tables: Mapping[str, TableDigest]) -> str:
    """The one digest of the tables' digests."""
    return _hash([[table, *tables[table]] for table in sorted(tables)])


def relation_digest(
    cursor: duckdb.DuckDBPyConnection, relation: str, listed: Collection[Column]
) -> TableDigest:
    """Count and digest of whatever has those columns and can be selected from."""
    found = cursor.execute(
        f"select count(*), coalesce(sum(md5_number_lower({_row_text(listed)})), 0) from {relation}"
    ).fetchone()
    count, total = found or (0, 0)
    return _table_digest(listed, int(count), int(total))


def _table_digest(listed: Collection[Column], count: int, total: int) -> TableDigest:
    return count, _hash([sorted(column.name for column in listed), count, total])


def _row_text(listed: Collection[Column]) -> str:
    """A row as one text that no other row has: values without free text can't hold the bar, texts tell their length."""
    values: list[str] = []
    lengths: list[str] = []
    for column in sorted(listed, key=lambda c: c.name):
        text, is_free = _value_text(column)
        values.append(f"coalesce({text}, '{'' if is_free else '-'}')")
        if is_free:
            lengths.append(f"coalesce(strlen({text}), -1)")
    return f"concat_ws('|', {', '.join(values + lengths)})"


def _value_text(column: Column) -> tuple[str, bool]:
    """A value's canonical text in SQL, and whether it may hold any character."""
    match column.type:
        case "VARCHAR":
            return column.quoted, True
        case "TIMESTAMP WITH TIME ZONE":
            return f"epoch_us({column.quoted})::varchar", False
        case "BLOB":
            return f"sha256({column.quoted})", False
        case "BOOLEAN" | "DATE" | "INTEGER" | "BIGINT":
            return f"{column.quoted}::varchar", False
        case other:
            return f"{column.quoted}::varchar", not other.startswith("DECIMAL")


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()
