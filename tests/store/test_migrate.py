"""Migrations: the schema that readers see, what a kill in between leaves, and the backup before a change."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import duckdb
import make
import pytest

from tai_ops.errors import Refused, StoreDamaged
from tai_ops.store import Store, migrate
from tai_ops.store.archive import manifest_of, verify
from tai_ops.store.backup import unpack_into
from tai_ops.store.digest import columns, digest

KILLED = """
import os, sys
import duckdb
from tai_ops.store import migrate

class KilledAt:
    def __init__(self, connection, words, nth):
        self.connection, self.words, self.left = connection, words, nth

    def execute(self, sql, parameters=None):
        if self.words in sql:
            self.left -= 1
            if not self.left:
                os._exit(9)
        return self.connection.execute(sql, parameters) if parameters else self.connection.execute(sql)

def store(path, laid):
    connection = duckdb.connect(path)
    steps = [step for step in migrate.migrations() if step[0] <= laid]
    if steps:
        migrate.lay(connection, laid)
        migrate._record(connection, steps, "recorded")
    return connection

for number, (laid, words, nth) in enumerate(zip(sys.argv[2::3], sys.argv[3::3], sys.argv[4::3])):
    child = os.fork()
    if child == 0:
        path = f"{sys.argv[1]}/{number}.duckdb"
        killed = KilledAt(store(path, int(laid)), words, int(nth))
        migrate.bring_up(killed, path, lambda connection, path, change: path)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
"""
SCHEMA_CHANGES = """
import os, sys
import duckdb

for number, change in enumerate(sys.argv[2:]):
    child = os.fork()
    if child == 0:
        connection = duckdb.connect(f"{sys.argv[1]}/{number}.duckdb")
        connection.execute("create table t (a integer not null, b varchar)")
        connection.execute("insert into t select i, 'x' || i from range(500) r(i)")
        connection.execute("checkpoint")
        connection.execute("begin")
        connection.execute(change)
        connection.execute("commit")
        os._exit(9)
    os.waitpid(child, 0)
"""
SAFE_CHANGES = (
    "create table u (a bigint not null)",
    "create table u as select a, b from t",
    "alter table t add column c varchar",
    "alter table t add column c integer default 7",
    "alter table t add column c varchar; update t set c = b",
    "alter table t alter a set data type bigint",
    "alter table t rename a to z",
    "alter table t rename to u",
    "alter table t drop column b",
    "create table n as select a, b from t; drop table t; alter table n rename to t",
    "drop table t",
)
NEWEST = migrate.migrations()[-1][0]
RECORD = "insert into schema_versions"
RECORDED = f"{RECORD} values ($version, 'x', $event, version()[2:], now())"
NEXT = "create table extras (name varchar not null); alter table customers add column region varchar;"


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that knows one migration more than this one."""
    more = [*migrate.migrations(), (NEWEST + 1, "extras", NEXT)]
    monkeypatch.setattr(migrate, "migrations", lambda: more)


def test_the_schema_for_readers_is_the_one_that_the_migrations_make(store: Store) -> None:
    kept = (resources.files("tai_ops.store") / "schema.sql").read_text("utf-8")
    with store.cursor() as cursor:
        assert migrate.schema_text(cursor) == kept, "run `make schema`"


def test_there_is_no_index_and_no_key_that_could_lose_entries(store: Store) -> None:
    assert store.rows("select index_name from duckdb_indexes() order by index_name") == []
    kinds = store.rows("select distinct constraint_type from duckdb_constraints() order by constraint_type")
    assert kinds == [("NOT NULL",)]


def test_migrations_change_no_type_by_an_expression() -> None:
    for _, name, sql in migrate.migrations():
        assert not re.search(r"\balter\b[^;]*\busing\b", sql, re.IGNORECASE), name


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_every_change_that_a_migration_may_make_survives_a_kill_before_the_checkpoint(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", SCHEMA_CHANGES, str(tmp_path), *SAFE_CHANGES], check=True)
    for number, change in enumerate(SAFE_CHANGES):
        path = tmp_path / f"{number}.duckdb"
        assert path.with_name(path.name + ".wal").exists(), change
        with duckdb.connect(str(path)) as connection:
            kept = connection.execute("select sum(estimated_size) from duckdb_tables()").fetchone()
        assert kept is not None, change
        assert (kept[0] or 0) >= (0 if change == "drop table t" else 500), change


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_kill_at_any_step_of_a_migration_leaves_a_store_that_opens(tmp_path: Path) -> None:
    steps = {
        f"{what}, schema {laid} before": (str(laid), *at)
        for laid in (0, NEWEST - 1)
        for what, at in {
            "before it is committed": ("commit", "1"),
            "not folded in": ("checkpoint", "1"),
            "not recorded": (RECORD, "2"),
        }.items()
    }
    told = [word for step in steps.values() for word in step]
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), *told], check=True)
    for number, step in enumerate(steps):
        path = tmp_path / f"{number}.duckdb"
        store = Store.open(path)
        make.loaded(store, "customers", "customer_id,name,status\nA,Alpha,live\n")
        store.close()
        store = Store.open(path)
        found = store.migrated, store.rows("select name from customers")
        store.close()
        assert found == (migrate.Migrated(NEWEST, NEWEST), [("Alpha",)]), step


def test_an_ordinary_start_changes_nothing(store_file: Path) -> None:
    Store.open(store_file, create=True).close()
    before = store_file.read_bytes()
    Store.open(store_file).close()
    assert store_file.read_bytes() == before


def test_a_store_with_data_is_not_changed_without_a_backup(store_file: Path, one_more: None) -> None:
    with duckdb.connect(str(store_file)) as connection:
        migrate.lay(connection, NEWEST)
        connection.execute(RECORDED, {"version": NEWEST, "event": "recorded"})
        with pytest.raises(StoreDamaged, match="no backup could be made"):
            migrate.bring_up(connection, store_file)
        assert "extras" not in columns(connection)


def test_an_upgrade_makes_a_verified_backup_first_which_an_upgraded_program_can_bring_back(
    store_file: Path, request: pytest.FixtureRequest
) -> None:
    old = Store.open(store_file, create=True)
    make.loaded(old, "customers", "customer_id,name,status\nA,Alpha,live\n")
    with old.cursor() as cursor:
        before = digest(cursor)
    old.close()
    request.getfixturevalue("one_more")

    new = Store.open(store_file)
    try:
        assert new.migrated is not None
        backup = new.migrated.backup
        assert (new.migrated.before, new.migrated.after) == (NEWEST, NEWEST + 1)
        assert new.rows("select name, region from customers") == [("Alpha", None)]
    finally:
        new.close()
    assert backup is not None
    assert re.fullmatch(rf"books-before-schema-{NEWEST + 1}-\d{{8}}T\d{{6}}Z\.zip", backup.name)
    assert (verify(backup).digest, manifest_of(backup).schema_version) == (before, NEWEST)

    restored = store_file.with_name("restored.duckdb")
    unpack_into(restored, backup)
    store = Store.open(restored)
    try:
        assert store.migrated == migrate.Migrated(NEWEST + 1, NEWEST + 1)
        assert store.rows("select name, region from customers") == [("Alpha", None)]
    finally:
        store.close()


def test_an_upgrade_that_was_killed_before_it_was_recorded_is_backed_up_as_it_stands_and_ended(
    store_file: Path, request: pytest.FixtureRequest
) -> None:
    old = Store.open(store_file, create=True)
    with old.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute(NEXT)
        cursor.execute(RECORDED, {"version": NEWEST + 1, "event": "applied"})
        cursor.execute("commit")
    old.close()
    request.getfixturevalue("one_more")
    new = Store.open(store_file)
    new.close()
    assert new.migrated is not None
    assert new.migrated.backup is not None
    assert verify(new.migrated.backup).schema_version == NEWEST + 1


def test_another_version_of_the_engine_takes_a_store_over_after_a_backup_only(store_file: Path) -> None:
    store = Store.open(store_file, create=True)
    with store.cursor() as cursor:
        cursor.execute("update schema_versions set engine = '1.4.0'")
    store.close()
    store = Store.open(store_file)
    try:
        assert store.migrated is not None
        assert store.migrated.backup is not None
        assert f"before-engine-{duckdb.__version__}" in store.migrated.backup.name
        with store.cursor() as cursor:
            assert migrate.engine(cursor) == duckdb.__version__
            assert migrate.version(cursor) == NEWEST
    finally:
        store.close()
    again = Store.open(store_file)
    again.close()
    assert again.migrated == migrate.Migrated(NEWEST, NEWEST)


def test_a_newer_store_and_a_foreign_one_are_refused_unchanged(store_file: Path, tmp_path: Path) -> None:
    store = Store.open(store_file, create=True)
    with store.cursor() as cursor:
        cursor.execute(
            "insert into schema_versions values (99, '0099_later', 'recorded', '9.9.9', $at)",
            {"at": datetime(2030, 1, 1, tzinfo=UTC)},
        )
    store.close()
    with pytest.raises(Refused, match="schema 99 and this program knows"):
        Store.open(store_file)
    foreign = tmp_path / "foreign.duckdb"
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("create table invoices (a integer)")
    with pytest.raises(Refused, match="another program"):
        Store.open(foreign)
    with duckdb.connect(str(foreign)) as connection:
        assert list(columns(connection)) == ["invoices"]
