"""The export of every table: read back by other programs, safe in a spreadsheet, and as good as a backup."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import make
import pyarrow.parquet as pq
import pytest

from tai_ops.cli import run
from tai_ops.errors import Refused, StoreDamaged
from tai_ops.instance import listen
from tai_ops.store import Store
from tai_ops.store.backup import restore
from tai_ops.store.digest import columns, digest, table_digests
from tai_ops.store.tables import export_tables

FORMULA = "=cmd|' /C calc'!A0"
NAMES = ['"quoted", with\nlines', "'apostrophe", "@sum", "+1", "-1", "\u202eright to left", "plain", "ünï 🦊"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    store = Store.open(tmp_path_factory.mktemp("books") / "books.duckdb", create=True)
    make.examples(store)
    rows = "".join(
        f'X-{n},"{name.replace(chr(34), chr(34) * 2)}",live\n' for n, name in enumerate([FORMULA, *NAMES])
    )
    make.loaded(store, "customers", "customer_id,name,status\n" + rows)
    make.accounts(store)
    make.statement(store, "Date,Description,Amount\n2026-02-02,COFFEE,-4.50\n")
    yield store
    store.close()


@pytest.fixture(scope="module")
def out(filled, tmp_path_factory):
    """An export of it."""
    folder = tmp_path_factory.mktemp("exports") / "out"
    export_tables(filled, folder, now=make.NOW)
    return folder


def read_csv(path):
    """Null where a cell is empty without quotes: what Python's reader can't tell, the file's text can."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_an_export_holds_every_table_twice_with_schema_and_hashes(filled, tmp_path):
    made = export_tables(filled, tmp_path / "out", now=make.NOW)
    with filled.cursor() as cursor:
        tables = columns(cursor)
        assert made.digest == digest(cursor)
    for table in tables:
        parquet = pq.read_table(tmp_path / "out" / "tables" / f"{table}.parquet")
        assert len(read_csv(tmp_path / "out" / "csv" / f"{table}.csv")) == parquet.num_rows
    sums = [line.split("  ") for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines()]
    assert len(sums) == 2 * len(tables) + 2 + made.files
    for told, name in sums:
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == told
    assert "create table customers (" in (tmp_path / "out" / "schema.sql").read_text()


def test_numbers_dates_and_instants_stand_plain_and_unknown_is_not_empty(out):
    bills = (out / "csv" / "bills.csv").read_text().splitlines()
    assert bills[1].startswith(
        '"B-0001","OPERATING",2026-02-01,2026-02-28,2026-02-27,"Google Cloud",1840.22,0.00,'
    )
    assert bills[2].startswith('"B-0002","OPERATING",2026-02-28,,2026-02-28,"Payroll February",21500.00,,')
    incident = read_csv(out / "csv" / "incidents.csv")[0]
    assert incident["detected_at"] == "2026-02-24T15:00:00.000000+00:00"
    entries = read_csv(out / "csv" / "entries.csv")
    assert Decimal(entries[1]["amount"]) == Decimal("-15.00")


def test_no_text_is_a_formula_and_one_apostrophe_less_is_what_was_typed(filled, out):
    for path in (out / "csv").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        for cell in cells:
            is_number = cell[:1] in {"-", "+"} and cell[1:].replace(".", "").isdigit()
            assert is_number or cell[:1] not in {"=", "+", "-", "@", "\t", "\r", "\0"}, (path.name, cell)
    names = [row["name"].removeprefix("'") for row in read_csv(out / "csv" / "customers.csv")]
    stored = [name for (name,) in filled.rows("select name from customers")]
    assert sorted(names) == sorted(stored)
    assert FORMULA in names


def test_kept_files_stand_by_their_hash(filled, out):
    [(key, content)] = filled.rows("select file_hash, content from files")
    assert (out / "files" / key).read_bytes() == content
    assert read_csv(out / "csv" / "files.csv")[0]["content"] == hashlib.sha256(content).hexdigest()


def test_a_store_made_of_an_export_has_the_same_digest(filled, tmp_path):
    made = export_tables(filled, tmp_path / "out", now=make.NOW)
    done = restore(tmp_path / "out", tmp_path / "new.duckdb", now=make.NOW)
    assert (done.digest, done.rows) == (made.digest, made.rows)
    new = Store.open(tmp_path / "new.duckdb")
    with new.cursor() as theirs, filled.cursor() as ours:
        were = table_digests(ours)
        differing = {t for t, d in table_digests(theirs).items() if d != were[t]}
    new.close()
    assert differing == {"audit"}  # the restore is signed there


def test_a_changed_export_is_refused_and_nothing_is_made(out, tmp_path):
    shutil.copytree(out, tmp_path / "out")
    parquet = tmp_path / "out" / "tables" / "customers.parquet"
    parquet.write_bytes(parquet.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreDamaged, match=r"tables/customers\.parquet: its hash is not the manifest's"):
        restore(tmp_path / "out", tmp_path / "new.duckdb", now=make.NOW)
    parquet.unlink()
    parquet.symlink_to("/etc/hostname")
    with pytest.raises(StoreDamaged, match=r"tables/customers\.parquet: is missing"):
        restore(tmp_path / "out", tmp_path / "new.duckdb", now=make.NOW)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match=r"a folder without manifest\.json"):
        restore(tmp_path / "empty", tmp_path / "new.duckdb", now=make.NOW)
    assert not (tmp_path / "new.duckdb").exists()


@pytest.mark.parametrize("name", ["CON", "a'b\"c", "n" * 200, "$(x) `y`"])
def test_a_strange_folder_name_is_a_name(filled, tmp_path, name):
    made = export_tables(filled, tmp_path / name, now=make.NOW)
    assert made.folder == (tmp_path / name).resolve()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_what_stands_there_is_never_replaced(filled, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(Refused, match="holds something already"):
        export_tables(filled, tmp_path / "out", now=make.NOW)
    with pytest.raises(Refused, match="is no folder"):
        export_tables(filled, tmp_path / "out" / "mine.txt", now=make.NOW)
    with pytest.raises(Refused, match="there is no folder"):
        export_tables(filled, tmp_path / "no" / "out", now=make.NOW)
    (tmp_path / "empty").mkdir()
    export_tables(filled, tmp_path / "empty", now=make.NOW)


def test_the_command_works_while_the_store_is_served(filled, tmp_path):
    listener = listen(filled, filled.path, run)
    try:
        words = ["--store", f"duckdb:{filled.path}", "--json", "export", "tables", "--out", "out"]
        done = subprocess.run(
            [sys.executable, "-m", "tai_ops.cli", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(Path(__file__).parents[2])},
        )
    finally:
        listener.close()
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["folder"] == str((tmp_path / "out").resolve())
    assert (tmp_path / "out" / "manifest.json").is_file()
    assert told["digest"] == json.loads((tmp_path / "out" / "manifest.json").read_text())["digest"]
