"""Bringing a store up to the newest schema: numbered SQL files, each in a transaction of its own.

After each one the log is folded into the file before the version is recorded (hazards.md H1), and a store that
holds data is backed up and the backup verified before the first of them runs, or before another version of the
engine writes to it (H9). A new store gets all of them in one transaction. An ordinary start runs no DDL.

A migration must not change a column's type by an expression (`alter ... type ... using`): DuckDB 1.5.5 can't
replay that after an unclean end. A table is made anew beside the old one instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import duckdb

from tai_ops.errors import Refused, StoreDamaged

BackUp = Callable[[duckdb.DuckDBPyConnection, Path, str], Path]
"""What makes the verified backup before a change: connection, store, the change in words for a file name."""
Step = tuple[int, str, str]
"""A migration: its number, its name, its SQL."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What bringing a store up did: the versions before and after, and the backup made in between."""

    before: int
    after: int
    backup: Path | None = None


def migrations() -> list[Step]:
    """Every migration: number, name, SQL; in order."""
    folder = resources.files("tai_ops.store") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(n.split("_")[0]), n.removesuffix(".sql"), (folder / n).read_text("utf-8")) for n in names]


def version(connection: duckdb.DuckDBPyConnection) -> int:
    """The schema's version; 0 for a file that holds nothing of ours."""
    return _recorded(connection, _tables(connection))


def _recorded(connection: duckdb.DuckDBPyConnection, tables: set[str]) -> int:
    if "schema_versions" not in tables:
        return 0
    found = connection.execute(
        "select coalesce(max(version), 0) from schema_versions where event = 'recorded'"
    ).fetchone()
    return int(found[0]) if found else 0


def applied(connection: duckdb.DuckDBPyConnection) -> int:
    """The newest migration whose tables stand, also where a kill kept it from being recorded; 0 where none do."""
    if "schema_versions" not in _tables(connection):
        return 0
    found = connection.execute("select coalesce(max(version), 0) from schema_versions").fetchone()
    return int(found[0]) if found else 0


def engine(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The version of the engine that last changed the store's schema or took the store over."""
    found = connection.execute(
        "select engine from schema_versions order by ran_at desc, version desc limit 1"
    ).fetchone()
    return found[0] if found else None


def lay(connection: duckdb.DuckDBPyConnection, through: int) -> None:
    """Make the empty tables of that schema version in a fresh file, and record nothing."""
    for number, _, sql in migrations():
        if number <= through:
            connection.execute("begin")
            connection.execute(sql)
            connection.execute("commit")


def bring_up(
    connection: duckdb.DuckDBPyConnection, path: Path | None, back_up: BackUp | None = None
) -> Migrated:
    """Run what is missing. Refused where the store is newer than the program or is somebody else's file.

    A store that holds data is backed up first; StoreDamaged where nothing was given that could.
    """
    steps = migrations()
    newest = steps[-1][0]
    tables = _tables(connection)
    if not tables:
        _lay_new(connection, steps, on_disk=path is not None)
        return Migrated(0, newest)
    before = _recorded(connection, tables)
    if before > newest:
        raise Refused(f"the store has schema {before} and this program knows {newest}; use the newer program")
    if before == 0 and _foreign_tables(connection):
        raise Refused(f"{path} is a DuckDB file of another program; name a store of TAI Ops with --store")
    taken_over = bool(before) and engine(connection) != duckdb.__version__
    if before == newest and not taken_over:
        return Migrated(before, before)
    backup = None
    if before and path is not None:
        if back_up is None:
            raise StoreDamaged("no backup could be made before the upgrade; nothing was changed")
        change = f"schema-{newest}" if before < newest else f"engine-{duckdb.__version__}"
        backup = back_up(connection, path, change)
    for step in steps:
        if step[0] > before:
            _run(connection, step, on_disk=path is not None)
    if taken_over:
        _record(connection, steps[-1:], "engine")
    return Migrated(before, newest, backup)


def _lay_new(connection: duckdb.DuckDBPyConnection, steps: Sequence[Step], *, on_disk: bool) -> None:
    connection.execute("begin")
    try:
        connection.execute("\n".join(sql for _, _, sql in steps))
        _record(connection, steps, "applied")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    if on_disk:
        connection.execute("checkpoint")
    _record(connection, steps, "recorded")


def _run(connection: duckdb.DuckDBPyConnection, step: Step, *, on_disk: bool) -> None:
    number, _, sql = step
    if not _applied(connection, number):
        connection.execute("begin")
        try:
            connection.execute(sql)
            _record(connection, [step], "applied")
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
    if on_disk:
        connection.execute("checkpoint")
    _record(connection, [step], "recorded")


def _record(connection: duckdb.DuckDBPyConnection, steps: Sequence[Step], event: str) -> None:
    connection.execute(
        """
        insert into schema_versions (version, name, event, engine, ran_at)
        select unnest($numbers::integer[]), unnest($names::varchar[]), $event, $engine, now()
        """,
        {
            "numbers": [number for number, _, _ in steps],
            "names": [name for _, name, _ in steps],
            "event": event,
            "engine": duckdb.__version__,
        },
    )


def _applied(connection: duckdb.DuckDBPyConnection, number: int) -> bool:
    if "schema_versions" not in _tables(connection):
        return False
    found = connection.execute(
        "select count(*) from schema_versions where version = $n and event = 'applied'", {"n": number}
    ).fetchone()
    return bool(found and found[0])


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        """
        select table_name from information_schema.tables
        where table_catalog = current_database() and table_schema = 'main' order by table_name
        """
    ).fetchall()
    return {row[0] for row in rows}


def _foreign_tables(connection: duckdb.DuckDBPyConnection) -> bool:
    tables = _tables(connection)
    return bool(tables) and not tables >= {"schema_versions", "store_facts"}


def schema_text(connection: duckdb.DuckDBPyConnection) -> str:
    """The whole schema as SQL, table by table in order of name: what `schema.sql` keeps for readers."""
    rows = connection.execute(
        """
        select table_name, column_name, lower(data_type), is_nullable
        from information_schema.columns where table_schema = 'main' order by table_name, ordinal_position
        """
    ).fetchall()
    tables: dict[str, list[str]] = {}
    for table, column, data_type, nullable in rows:
        short = data_type.replace("timestamp with time zone", "timestamptz")
        tables.setdefault(table, []).append(f"    {column} {short}{'' if nullable == 'YES' else ' not null'}")
    made = [f"create table {table} (\n" + ",\n".join(columns) + "\n);\n" for table, columns in tables.items()]
    return "-- Generated from the migrations; `make schema` writes it anew.\n\n" + "\n".join(made)


def main() -> None:
    """Write `schema.sql` anew from the migrations."""
    connection = duckdb.connect(":memory:")
    bring_up(connection, None)
    (Path(__file__).parent / "schema.sql").write_text(schema_text(connection), "utf-8")


if __name__ == "__main__":
    main()
