"""SQL on an open store reaches no file, network or extension, cannot change that back, and thinks in UTC (H11)."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tai_ops.errors import StoreDamaged
from tai_ops.store import Store
from tai_ops.store.lockdown import is_locked_down

REACHING_OUT = (
    "select * from read_text('{file}')",
    "select * from read_blob('{file}')",
    "select * from read_csv('{file}')",
    "select * from read_json('{file}')",
    "select * from read_parquet('{file}')",
    "select * from sniff_csv('{file}')",
    "select * from '{file}'",
    "select * from glob('/etc/*')",
    "select * from read_csv('https://files.example/rows.csv')",
    "copy people to '{folder}/out.csv'",
    "copy people from '{file}'",
    "export database '{folder}/out'",
    "import database '{folder}'",
    "attach '{folder}/other.duckdb'",
    "select * from read_duckdb('{folder}/other.duckdb')",
    "install httpfs",
    "load httpfs",
    "load '{folder}/evil.duckdb_extension'",
    "create secret s (type s3)",
)
CHANGING_BACK = (
    "set enable_external_access = true",
    "set global enable_external_access = true",
    "set lock_configuration = false",
    "reset lock_configuration",
    "set allowed_directories = ['/']",
    "set allowed_paths = ['/etc/passwd']",
    "set autoload_known_extensions = true",
    "set temp_directory = '/tmp/elsewhere'",
    "set log_query_path = '/tmp/log'",
    "set timezone = 'America/New_York'",
    "pragma enable_profiling = 'json'",
)
REFUSALS = (duckdb.PermissionException, duckdb.InvalidInputException)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("lockdown")
    (folder / "rows.csv").write_text("email,name\na@b,A\n", "utf-8")
    store = Store.open(folder / "books.duckdb", create=True)
    yield store
    store.close()


@pytest.mark.parametrize("statement", REACHING_OUT)
def test_no_statement_reaches_a_file_or_a_network(opened: Store, statement: str) -> None:
    before = set(opened.folder.iterdir())
    told = statement.format(file=opened.folder / "rows.csv", folder=opened.folder)
    with opened.cursor() as cursor, pytest.raises(duckdb.PermissionException):
        cursor.execute(told)
    assert set(opened.folder.iterdir()) == before


@pytest.mark.parametrize("statement", CHANGING_BACK)
def test_no_statement_changes_the_configuration_back(opened: Store, statement: str) -> None:
    with opened.cursor() as cursor, pytest.raises(REFUSALS):
        cursor.execute(statement)
    with opened.cursor() as cursor:
        assert is_locked_down(cursor)


def test_days_are_those_of_utc_on_a_machine_in_another_zone() -> None:
    asked = """
from tai_ops.store import Store
print(Store.in_memory().row("select (timestamptz '2026-01-01 01:00:00+00')::date::varchar")[0])
"""
    told = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {"TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "2026-01-01\n"


def test_a_file_that_would_read_others_while_it_is_looked_into_is_locked_down_first(tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.duckdb"
    with duckdb.connect(str(hostile)) as connection:
        connection.execute(
            "create view schema_versions as select 1 as version, 'recorded' as event, content as engine "
            "from read_text('/etc/hostname')"
        )
    with pytest.raises(duckdb.PermissionException):
        Store.open(hostile)


def test_a_file_of_another_kind_is_never_given_to_the_engine(tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    with sqlite3.connect(other) as connection:
        connection.execute("create table t (a)")
    connection.close()
    with pytest.raises(StoreDamaged, match="is not a DuckDB file"):
        Store.open(other)
