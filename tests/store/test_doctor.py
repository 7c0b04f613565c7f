"""The doctor finds each kind of damage, names it and says what to do; a sound store has nothing wrong."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import make
import pyarrow as pa
import pytest

from tai_ops.errors import StoreDamaged
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.backup import write_backup
from tai_ops.store.digest import columns
from tai_ops.store.doctor import Finding, check

HEADERS, BLOCK = 3 * 4096, 256 * 1024
LINE = """
    insert into statement_lines
    values ($line, 'S', 'OPERATING', 1, '2026-02-03', -100, 'USD', 'x', null, null, null, null, $row_key, 1)
"""
HASH = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
STATEMENT = f"""
    insert into statements
    values ('S', 'OPERATING', 'csv', '{{}}', '{HASH}', 'bank.csv', null, 'USD', null, null, null, null, 1, 1, 0, -100, '[]', now(), 'x')
"""
FILE = f"insert into files values ('{HASH}', 'bank.csv', 3, 'abc'::blob, now(), 'x')"
MATCH = "insert into match_decisions values ($id, $line, $kind, $entry, $amount, $decision, 'score', 100, '[]', $at, 'x')"


@pytest.fixture(scope="module")
def sound_rows() -> dict[str, pa.Table]:
    """The rows of a store with two records of every kind, a matched bank line and a closed month."""
    store = Store.in_memory()
    make.examples(store)
    with store.cursor() as cursor:
        cursor.execute(FILE)
        cursor.execute(STATEMENT)
        cursor.execute(LINE, {"line": "L", "row_key": "k"})
        decided(cursor, "1", amount=-60)
        decided(cursor, "2", amount=-40, entry="B-0002")
        cursor.execute(
            "insert into snapshots values ('N', 'close', '2026-02', 1, '{}', sha256('{}'), now(), 'x')"
        )
        cursor.execute("insert into closes values ('2026-02', 1, 'closed', 'N', null, now(), 'x')")
        rows = {table: cursor.execute(f"select * from {table}").to_arrow_table() for table in columns(cursor)}
    store.close()
    return {table: found for table, found in rows.items() if found.num_rows and table != "schema_versions"}


@pytest.fixture
def sound(sound_rows: dict[str, pa.Table]) -> Iterator[Store]:
    store = Store.in_memory()
    with store.cursor() as cursor:
        for table, rows in sound_rows.items():
            cursor.register("rows_of_table", rows)
            cursor.execute(f"insert into {table} select * from rows_of_table")
            cursor.unregister("rows_of_table")
    yield store
    store.close()


def decided(cursor: duckdb.DuckDBPyConnection, decision_id: str, **told: object) -> None:
    usual = {"id": decision_id, "line": "L", "kind": "bill", "entry": "B-0001", "amount": -60}
    cursor.execute(MATCH, usual | {"decision": "confirmed", "at": make.NOW} | told)


def wrong(store: Store, *, full: bool = False) -> list[Finding]:
    return [finding for finding in check(store, now=make.NOW, full=full) if not finding.ok]


def test_nothing_is_wrong_with_a_sound_store_and_each_check_is_told(sound: Store) -> None:
    findings = check(sound, now=make.NOW, full=True)
    assert [finding for finding in findings if not finding.ok] == []
    assert {f.check for f in findings} >= {
        "keys",
        "references",
        "matches",
        "snapshots",
        "every value",
        "lock-down",
    }
    assert check(Store.in_memory(), now=make.NOW)[-1].ok


Damages = tuple[tuple[str, str, str], ...]
TWINS_AND_TABLES: Damages = (
    (
        "insert into customers select * from customers where customer_id = 'C-001'",
        "keys",
        "customers: 'C-001'",
    ),
    ("insert into holidays select * from holidays", "keys", "holidays: '2026-04-03,C-002', '2026-05-25,'"),
    (
        "insert into statement_lines select 'M', * exclude (line_id) from statement_lines",
        "keys",
        "'OPERATING,k,1'",
    ),
    ("insert into audit select * from audit limit 1", "keys", "audit: "),
    ("update schema_versions set engine = '1.4.0'", "engine", "runs and the store is of 1.4.0"),
    (
        "alter table people add column nick varchar",
        "tables",
        "the table people is not as this program makes it",
    ),
    ("create index by_name on people (name)", "tables", "the index by_name may lose entries"),
)
ORPHANS_AND_CHANGES: Damages = (
    (
        "delete from customers where customer_id = 'C-002'",
        "references",
        "customer_id 'C-002' names no customer",
    ),
    ("delete from incidents where incident_id = 'I-001'", "references", "impacts: incident_id 'I-001'"),
    ("delete from files", "references", f"statements: file_hash '{HASH}' is not in files"),
    ("insert into statement_undos values ('S', now(), 'x')", "undone statements", "still there: 'S'"),
    ("delete from bills where bill_id = 'B-0001'", "matches", "bills that are not there: 'B-0001'"),
    ("update statement_lines set amount = -99.99", "matches", "L come to -100.00 and the line to -99.99"),
    ("update snapshots set body_json = '[]'", "snapshots", "the frozen close of 2026-02 (version 1)"),
)
LOST_OWNERS: Damages = (
    (
        "delete from accounts where account = 'OPERATING'",
        "references",
        "account 'OPERATING' names no account",
    ),
    ("delete from statements", "references", "statement_lines: statement_id 'S' is not in statements"),
    ("delete from snapshots", "references", "closes: snapshot_id 'N' is not in snapshots"),
    ("update statement_lines set amount = 100", "matches", "L come to -100.00 and the line to 100.00"),
)
LOST_LINES: Damages = (
    ("delete from statement_lines", "matches", "bank lines that are not there: 'L'"),
    (
        "update match_decisions set entry_kind = 'cheque'",
        "matches",
        "a kind of record that there is not: 'cheque'",
    ),
    ("drop table scores", "tables", "the table scores is not as"),
)


@pytest.mark.parametrize("damages", [TWINS_AND_TABLES, ORPHANS_AND_CHANGES, LOST_OWNERS, LOST_LINES])
def test_each_damage_is_found_where_it_is(sound: Store, damages: Damages) -> None:
    with sound.cursor() as cursor:
        for damage, _, _ in damages:
            cursor.execute(damage)
    found = wrong(sound)
    for _, where, why in damages:
        assert any(finding.check == where and why in finding.detail for finding in found), (why, found)
    assert all("\n" not in finding.detail for finding in found)


def test_a_match_that_was_taken_back_is_no_match(sound: Store) -> None:
    with sound.cursor() as cursor:
        decided(cursor, "3", decision="declined", at=make.NOW + timedelta(seconds=1))
        decided(cursor, "4", amount=-60, entry="B-0002", at=make.NOW + timedelta(seconds=1))
        cursor.execute("delete from bills where bill_id = 'B-0001'")
    assert wrong(sound) == []


def test_the_mark_for_all_customers_is_no_orphan(sound: Store) -> None:
    assert sound.row("select count(*) from impacts where customer_id = '*'") == (1,)
    with sound.cursor() as cursor:
        cursor.execute("update impacts set customer_id = '*'")
        cursor.execute("update scores set customer_id = '*' where respondent = 'sponsor'")
    assert [f.detail.split(" names")[0] for f in wrong(sound)] == ["scores: customer_id '*'"]


def test_possible_duplicates_wait_for_a_decision(sound: Store) -> None:
    def waiting() -> list[str]:
        return [f.detail for f in check(sound, now=make.NOW) if f.check == "possible duplicates"]

    with sound.cursor() as cursor:
        cursor.execute("insert into possible_duplicates values ('L', 'K', 90, now())")
        assert waiting() == ["1 bank line may stand twice; decide on the Imports page"]
        cursor.execute("insert into duplicate_decisions values ('L', 'distinct', now(), 'x')")
    assert waiting() == ["nothing found"]


def test_the_last_backup_is_told_with_its_age_and_read_again(store_file: Path) -> None:
    store = Store.open(store_file, create=True)

    def told(after_days: int = 0) -> str:
        later = make.NOW + timedelta(days=after_days)
        return next(f"{f.level}: {f.detail}" for f in check(store, now=later) if f.check == "last backup")

    assert told().startswith("advice: there is no verified backup yet")
    made = write_backup(store, LOCAL_OWNER, store_file.with_name("b.zip"), now=make.NOW)
    assert told(7) == f"good: b.zip of Fri 3 Apr 2026 20:00 UTC, {made.rows} rows"
    assert told(8).startswith("advice: the last verified backup is 8 days old")
    assert wrong(store, full=True) == []
    made.path.write_bytes(made.path.read_bytes()[:-40])
    assert [f.check for f in wrong(store, full=True)] == ["backup's content"]
    made.path.unlink()
    assert "is no longer at" in told()
    store.close()


def test_settings_space_and_left_overs_are_looked_at(store_file: Path) -> None:
    store = Store.open(store_file, create=True)
    store_file.with_suffix(".toml").write_text("zone = 'Mars'", "utf-8")
    left = store_file.with_name(".books.duckdb.restoring-x")
    left.mkdir()
    os.utime(left, (0, 0))
    found = {f.check: f for f in check(store, now=make.NOW)}
    assert (found["settings"].level, "zone" in found["settings"].detail) == ("wrong", True)
    assert (found["left-overs"].level, str(left) in found["left-overs"].detail) == ("advice", True)
    assert found["free space"].ok
    store.close()


def test_a_value_that_was_damaged_on_the_disk_is_found_when_every_value_is_read(store_file: Path) -> None:
    store = Store.open(store_file, create=True)
    with store.cursor() as cursor:
        cursor.execute("insert into store_facts select uuid(), repeat(uuid()::varchar, 9) from range(9000)")
        cursor.execute("checkpoint")
        [(block,)] = cursor.execute("select max(block_id) from pragma_storage_info('store_facts')").fetchall()
    store.close()
    content = bytearray(store_file.read_bytes())
    content[HEADERS + block * BLOCK + 99] ^= 0xFF
    store_file.write_bytes(content)
    store = Store.open(store_file)
    found = {f.check: f.detail for f in wrong(store, full=True)}
    with pytest.raises(StoreDamaged, match="can't be read"):
        store.rows("select value from store_facts order by value")
    with pytest.raises(StoreDamaged, match="the table store_facts can't be read"):
        write_backup(store, LOCAL_OWNER, store_file.with_name("b.zip"), now=make.NOW)
    assert not store_file.with_name("b.zip").exists()
    store.close()
    assert "can't be looked at" in found["every value"]
    assert "tai-ops restore FILE --replace" in found["every value"]
