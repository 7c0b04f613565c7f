"""Backups are verified, damaged ones refused by name, and a kill at any moment leaves the old store or the new one."""

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import make
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tai_ops.errors import NotAllowed, Refused, StoreBusy, StoreDamaged
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store, swap
from tai_ops.store.archive import manifest_of
from tai_ops.store.backup import Backup, last_backup, restore, verify, write_backup
from tai_ops.store.digest import digest

PEOPLE = "tables/people.parquet"
WITHOUT_AUDIT = ("audit", "store_facts")
KILLED = """
import os, random, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.backup import restore, write_backup

NOW = datetime(2026, 4, 3, 20, 0, tzinfo=UTC)

def work(what, folder):
    if what == "restore":
        restore(folder / "new.zip", folder / "books.duckdb", now=NOW, replace=True)
    else:
        write_backup(Store.open(folder / "books.duckdb"), LOCAL_OWNER, folder / "made.zip", now=NOW)
    os._exit(0)

children = {}
for what, longest, folder in zip(sys.argv[1::3], sys.argv[2::3], sys.argv[3::3]):
    child = os.fork()
    if child == 0:
        work(what, Path(folder))
    children[child] = time.monotonic() + random.uniform(0.02, float(longest))
for child, until in sorted(children.items(), key=lambda item: item[1]):
    time.sleep(max(0, until - time.monotonic()))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""
forks = pytest.mark.skipif(sys.platform == "win32", reason="forks")


def contents(store: Store) -> str:
    with store.cursor() as cursor:
        return digest(cursor, WITHOUT_AUDIT)


def customers(path: Path) -> list[str]:
    store = Store.open(path)
    try:
        return [row[0] for row in store.rows("select customer_id from customers order by customer_id")]
    finally:
        store.close()


def filled(path: Path, customer: str) -> Store:
    store = Store.open(path, create=True)
    make.loaded(store, "customers", f"customer_id,name,status\n{customer},{customer},live\n")
    return store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Backup, str]]:
    """A store with two rows of every kind and a kept file, its backup, and its digest before that."""
    folder = tmp_path_factory.mktemp("whole")
    store = Store.open(folder / "books.duckdb", create=True)
    make.examples(store)
    with store.cursor() as cursor:
        cursor.execute("insert into files values ('h', 'bank.csv', 3, 'abc'::blob, now(), 'x')")
        before = digest(cursor)
    yield store, write_backup(store, make.CFO, folder / "out" / "whole.zip", now=make.NOW), before
    store.close()


@pytest.fixture
def whole(made: tuple[Store, Backup, str]) -> Path:
    return made[1].path


def test_a_backup_is_verified_named_last_and_remembered(made: tuple[Store, Backup, str]) -> None:
    store, backup, before = made
    assert backup.digest == before
    assert last_backup(store) == backup
    assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600
    assert [entry.name for entry in backup.path.parent.iterdir()] == ["whole.zip"]
    assert store.rows("select done_by from audit where event = 'back up store'") == [(make.CFO.email,)]


def test_a_restore_brings_every_value_back_and_says_whose_it_was(
    made: tuple[Store, Backup, str], tmp_path: Path
) -> None:
    store, backup, before = made
    later = make.NOW + timedelta(hours=1)
    done = restore(backup.path, tmp_path / "again.duckdb", now=later, actor=make.CEO)
    assert (done.digest, done.rows, done.set_aside, done.lost_until) == (before, backup.rows, None, None)
    again = Store.open(tmp_path / "again.duckdb")
    assert contents(again) == contents(store)
    [(by, detail)] = again.rows("select done_by, detail_json from audit where event = 'restore store'")
    assert (by, json.loads(detail)["digest"]) == (make.CEO.email, before)
    again.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["again.duckdb"]


def test_a_backup_is_of_one_instant_while_others_write(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "books.duckdb", create=True)
    begun, stop = threading.Event(), threading.Event()

    def keep_writing() -> None:
        while not stop.wait(0.001):
            with store.write(LOCAL_OWNER, "company", "pair", now=make.NOW, checkpoint=True) as write:
                write.sql("insert into account_layouts values ('x', '{}', now(), 'a')")
                write.sql("insert into investor_notes values ('2026-02', null, null, null, now(), 'a')")
            begun.set()

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        begun.wait()
        write_backup(store, LOCAL_OWNER, tmp_path / "b.zip", now=make.NOW)
    finally:
        stop.set()
        writer.join()
        store.close()
    rows = {part.table: part.rows for part in manifest_of(tmp_path / "b.zip").tables}
    assert rows["account_layouts"] == rows["investor_notes"] > 0


def test_a_backup_goes_where_nothing_else_is_lost(tmp_path: Path) -> None:
    store = filled(tmp_path / "books.duckdb", "A")
    note = tmp_path / "note.txt"
    note.write_text("mine", "utf-8")
    for out, why in (
        (tmp_path / "books.duckdb", "is the store itself"),
        (tmp_path / "books.duckdb.wal", "is the store itself"),
        (note, "is no backup"),
        (tmp_path, "is a folder"),
        (note / "b.zip", "can't be written there"),
    ):
        with pytest.raises(Refused, match=why):
            write_backup(store, LOCAL_OWNER, out, now=make.NOW)
    with pytest.raises(NotAllowed):
        write_backup(store, make.CSM, tmp_path / "b.zip", now=make.NOW)
    assert note.read_text("utf-8") == "mine"
    assert last_backup(store) is None
    store.close()
    assert customers(tmp_path / "books.duckdb") == ["A"]


Members = dict[str, bytes]


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def told(members: Members, change: Callable[[dict[str, Any]], None]) -> None:
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members["manifest.json"] = json.dumps(manifest).encode()


def part_of(manifest: dict[str, Any], member: str = PEOPLE) -> dict[str, Any]:
    return next(part for part in manifest["tables"] if part["member"] == member)


def replaced(members: Members, content: bytes) -> None:
    """Another content of a member, of which the manifest tells size and hash."""
    members[PEOPLE] = content

    def tell(manifest: dict[str, Any]) -> None:
        part_of(manifest).update(size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    told(members, tell)


def parquet_of(members: Members, compression: str = "zstd", **columns: pa.Array) -> bytes:
    table = pq.read_table(io.BytesIO(members[PEOPLE]))
    for name, values in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    out = io.BytesIO()
    pq.write_table(table, out, compression=compression, store_schema=False)
    return out.getvalue()


def one_row_of(members: Members) -> bytes:
    out = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(members[PEOPLE])).slice(0, 1), out, compression="zstd")
    return out.getvalue()


def flipped(members: Members) -> None:
    content = bytearray(members[PEOPLE])
    content[20] ^= 1
    members[PEOPLE] = bytes(content)


def renamed(members: Members) -> None:
    members["tables/persons.parquet"] = members.pop(PEOPLE)

    def tell(manifest: dict[str, Any]) -> None:
        part_of(manifest).update(table="persons", member="tables/persons.parquet")
        manifest["digest"] = "0"

    told(members, tell)


DAMAGES: tuple[tuple[str, Callable[[Members], object], str], ...] = (
    ("a bit", flipped, "tables/people.parquet: its hash is not the manifest's"),
    ("cut", lambda m: m.update({PEOPLE: m[PEOPLE][:-1]}), r"people.parquet: has \d+ bytes, and \d+ in the"),
    ("gone", lambda m: m.pop(PEOPLE), "tables/people.parquet: is missing"),
    ("more", lambda m: m.update({"tables/x.parquet": b""}), "tables/x.parquet: is not in the manifest"),
    ("climbs", lambda m: m.update({"../x": b""}), r"'\.\./x': is no name that a backup gives"),
    ("rooted", lambda m: m.update({"/etc/x": b""}), "'/etc/x': is no name that a backup gives"),
    ("backslash", lambda m: m.update({"a\\b": b""}), "is no name that a backup gives"),
    ("no manifest", lambda m: m.pop("manifest.json"), "manifest.json: is missing"),
    ("other manifest", lambda m: m.update({"manifest.json": b"[]"}), "manifest.json: its text: "),
    (
        "long manifest",
        lambda m: m.update({"manifest.json": b" " * (2**20 + 1)}),
        "larger than a manifest may",
    ),
    ("other key", lambda m: told(m, lambda t: t.update(x=1)), "manifest.json: x: "),
    ("other format", lambda m: told(m, lambda t: t.update(format=2)), "manifest.json: format: "),
    (
        "other digest",
        lambda m: told(m, lambda t: t.update(digest="0")),
        "its digest is not that of its tables",
    ),
    ("other table", renamed, "manifest.json: its digest is not that of its tables"),
    (
        "many",
        lambda m: m.update({f"x{n}": b"" for n in range(500)}),
        r"holds \d+ members, and a backup at most",
    ),
    ("codec", lambda m: replaced(m, parquet_of(m, "brotli")), "people.parquet: is compressed with BROTLI"),
    ("gzip", lambda m: replaced(m, parquet_of(m, "gzip")), "people.parquet: is compressed with GZIP"),
    ("no Parquet", lambda m: replaced(m, b"PAR1" * 20), "people.parquet: "),
    (
        "a name",
        lambda m: replaced(m, parquet_of(m, name=pa.array(["Mara", "Jonas"]))),
        "people.parquet: its rows .2. read otherwise than they were written",
    ),
    (
        "no text",
        lambda m: replaced(m, parquet_of(m, name=pa.array([b"\xff", b"\xfe"]).cast(pa.string(), safe=False))),
        "people.parquet: ",
    ),
    (
        "a type",
        lambda m: replaced(m, parquet_of(m, name=pa.array([1, 2]))),
        "people.parquet: has other columns than the manifest says",
    ),
    (
        "rows",
        lambda m: replaced(m, one_row_of(m)),
        "people.parquet: has 1 row, and 2 in the manifest",
    ),
)


@pytest.mark.parametrize(("damage", "why"), [pytest.param(d, w, id=i) for i, d, w in DAMAGES])
def test_a_damaged_backup_is_refused_in_one_line_that_names_the_member(
    whole: Path, tmp_path: Path, damage: Callable[[Members], object], why: str
) -> None:
    members = members_of(whole)
    damage(members)
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(StoreDamaged, match=why) as refused:
        verify(path)
    assert str(refused.value).startswith("b.zip: ")
    assert "\n" not in str(refused.value)


def test_a_packed_member_a_double_one_and_what_is_no_zip_are_refused(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    members = members_of(whole)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PEOPLE, members[PEOPLE])
    with pytest.raises(StoreDamaged, match="is packed or encrypted"):
        verify(path)
    shutil.copyfile(whole, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(PEOPLE, members[PEOPLE])
    with pytest.raises(StoreDamaged, match="two members of one name"):
        verify(path)
    for content in (b"", b"PK", whole.read_bytes()[:-30]):
        path.write_bytes(content)
        with pytest.raises(StoreDamaged, match=r"b\.zip: the file: "):
            verify(path)
    with pytest.raises(Refused, match="there is no such file"):
        verify(tmp_path / "none.zip")


def test_a_backup_of_a_newer_program_says_so(whole: Path, tmp_path: Path) -> None:
    members = members_of(whole)
    told(members, lambda manifest: manifest.update(schema_version=99))
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(Refused, match="has schema 99 and this program knows"):
        verify(path)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused_or_changes_nothing(
    whole: Path, tmp_path: Path, place: float, bit: int
) -> None:
    content = bytearray(whole.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    path = tmp_path / "b.zip"
    path.write_bytes(content)
    try:
        found = verify(path)
    except StoreDamaged:
        return
    assert found == manifest_of(whole)


def test_a_restore_is_refused_before_it_touches_anything(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "books.duckdb"
    store = filled(path, "A")
    with pytest.raises(StoreBusy, match="open in this program"):
        restore(whole, path, now=make.NOW, replace=True)
    store.close()
    for archive, target, replace, why in (
        (whole, path, False, "is there already; with --replace"),
        (path, path, True, "is the store itself"),
        (tmp_path / "none.zip", path, True, "there is no such file"),
        (whole, tmp_path, True, "is a folder"),
    ):
        with pytest.raises(Refused, match=why):
            restore(archive, target, now=make.NOW, replace=replace)
    with pytest.raises(NotAllowed):
        restore(whole, path, now=make.NOW, replace=True, actor=make.CSM)
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(whole.read_bytes().replace(b"PAR1", b"PAR2"))
    with pytest.raises(StoreDamaged, match=r"^damaged\.zip: tables/.*nothing was changed"):
        restore(damaged, path, now=make.NOW, replace=True)
    assert customers(path) == ["A"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["books.duckdb", "damaged.zip"]


def test_a_restore_over_a_store_that_cannot_be_opened_keeps_it_and_tells_what_is_missing(
    whole: Path, tmp_path: Path
) -> None:
    path = tmp_path / "books.duckdb"
    filled(path, "A").close()
    content = bytearray(path.read_bytes())
    content[4100] ^= 0xFF
    path.write_bytes(content)
    log = path.with_name("books.duckdb.wal")
    log.write_bytes(b"committed last")
    with pytest.raises(StoreDamaged):
        Store.open(path)
    done = restore(whole, path, now=make.NOW, replace=True)
    assert done.set_aside is not None
    assert done.lost_until is not None
    kept_log = done.set_aside.with_name(f"{done.set_aside.name}.wal")
    assert done.lost_until.timestamp() == pytest.approx(kept_log.stat().st_mtime)
    assert kept_log.read_bytes() == b"committed last"
    assert done.set_aside.read_bytes() == content
    assert customers(path) == ["C-001", "C-002"]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with customer A in its file and B in its log alone, and a new one with customer C."""
    folder = tmp_path_factory.mktemp("two")
    store = filled(folder / "alive.duckdb", "A")
    store.checkpoint()
    make.loaded(store, "customers", "customer_id,name,status\nB,B,live\n")
    for part in swap.PARTS:
        shutil.copyfile(f"{store.path}{part}", folder / f"books.duckdb{part}")
    store.close()
    filled(folder / "new.duckdb", "C").close()
    return folder


def stores_after(two: Path, folder: Path, step: int) -> tuple[bool, list[str]]:
    """Swap, killed before its so manyth change of a folder; whether it came to its end, and what is there then."""
    (folder / "restoring").mkdir(parents=True)
    for name, to in (("books.duckdb", ""), ("books.duckdb.wal", ""), ("new.duckdb", "restoring")):
        shutil.copyfile(two / name, folder / to / name)
    child = os.fork()
    if child == 0:
        left = [step]

        def kill_at(event: str, _: object) -> None:
            if event in {"os.rename", "os.remove", "os.link"}:
                left[0] -= 1
                if left[0] == 0:
                    os._exit(9)

        sys.addaudithook(kill_at)
        swap.swap(folder / "restoring" / "new.duckdb", folder / "books.duckdb", now=make.NOW)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return ended, customers(folder / "books.duckdb")


@forks
def test_a_kill_at_every_step_of_the_swap_leaves_the_old_store_with_its_log_or_the_new_one(
    two: Path, tmp_path: Path
) -> None:
    found: list[list[str]] = []
    for step in range(1, 20):
        folder = tmp_path / str(step)
        ended, there = stores_after(two, folder, step)
        found.append(there)
        if there == ["C"]:
            [aside] = folder.glob("books-set-aside-*.duckdb")
            assert customers(aside) == ["A", "B"], step
        assert not swap.intent_of(folder / "books.duckdb").exists()
        if ended:
            break
    assert found == [["A", "B"], *[["C"]] * (len(found) - 1)]
    assert len(found) == 6


@forks
def test_a_kill_at_any_time_of_a_backup_or_a_restore_leaves_a_whole_store(
    made: tuple[Store, Backup, str], tmp_path: Path
) -> None:
    source = filled(tmp_path / "source.duckdb", "A")
    old = contents(source)
    source.close()
    new = contents(made[0])
    arguments: list[str] = []
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copyfile(tmp_path / "source.duckdb", folder / "books.duckdb")
        shutil.copyfile(made[1].path, folder / "new.zip")
        arguments += ["backup", "0.5", str(folder)] if number % 2 else ["restore", "1.2", str(folder)]
    subprocess.run([sys.executable, "-c", KILLED, *arguments], check=True)
    for number in range(6):
        folder = tmp_path / str(number)
        store = Store.open(folder / "books.duckdb")
        found = contents(store)
        store.close()
        assert found in ({old} if number % 2 else {old, new}), number
        if (folder / "made.zip").exists():
            assert verify(folder / "made.zip").rows > 0


def test_a_swap_whose_new_store_was_taken_away_puts_the_old_one_back(two: Path, tmp_path: Path) -> None:
    path = tmp_path / "books.duckdb"
    for part in swap.PARTS:
        shutil.copyfile(two / f"books.duckdb{part}", tmp_path / f"aside.duckdb{part}")
    swap.intent_of(path).write_text('{"new": "gone/new.duckdb", "aside": "aside.duckdb"}', "utf-8")
    assert customers(path) == ["A", "B"]
