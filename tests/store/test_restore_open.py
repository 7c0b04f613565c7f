"""A backup takes the place of a store that is being read and written, and the same open store goes on with it."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import make
import pytest

from tai_ops import cli, instance
from tai_ops.errors import Refused, StoreBusy, StoreDamaged
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.backup import restore_open, verify, write_backup
from tai_ops.terminal import LocalTerminal

IDS = "select customer_id from customers order by customer_id"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with the customer OLD, and beside it a backup of when that customer was called NEW."""
    opened = Store.open(tmp_path / "books.duckdb", create=True)
    make.loaded(opened, "customers", "customer_id,name,status\nNEW,N,live\n")
    write_backup(opened, make.CFO, tmp_path / "new.zip", now=make.NOW)
    with opened.write(LOCAL_OWNER, "company", "rename", now=make.NOW) as write:
        write.sql("update customers set customer_id = 'OLD'")
    yield opened
    opened.close()


def put_back(store: Store, name: str = "new.zip"):
    return restore_open(store, store.folder / name, now=make.NOW, replace=True)


def test_readers_and_writers_go_on_over_the_change(store: Store) -> None:
    seen: set[str] = set()
    wrong: list[str] = []
    stop, begun = threading.Event(), threading.Barrier(4)

    def reads() -> None:
        begun.wait()
        while not stop.wait(0.002):
            cursor = store.cursor()
            seen.add(str(cursor.execute(IDS).fetchall() + store.rows(IDS)))
            cursor.close()

    def writes() -> None:
        begun.wait()
        while not stop.wait(0.002):
            try:
                with store.write(LOCAL_OWNER, "company", "note", now=make.NOW) as write:
                    write.sql("insert into account_layouts values ('x', '{}', now(), 'a')")
            except Refused as refusal:
                wrong.append(str(refusal))

    threads = [threading.Thread(target=work) for work in (reads, reads, writes)]
    for thread in threads:
        thread.start()
    begun.wait()
    try:
        done = put_back(store)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert seen <= {str([("OLD",)] * 2), str([("NEW",)] * 2)}
    assert set(wrong) <= {"a backup has taken the store's place meanwhile; look again (nothing was written)"}
    assert store.rows(IDS) == [("NEW",)]
    make.loaded(store, "customers", "customer_id,name,status\nAFTER,A,live\n")
    assert store.rows(IDS) == [("AFTER",), ("NEW",)]

    assert done.set_aside is not None
    aside = Store.open(done.set_aside)
    assert aside.rows(IDS) == [("OLD",)]
    aside.close()


def test_the_present_store_is_backed_up_first_and_the_change_is_signed(store: Store) -> None:
    put_back(store)
    [(told,)] = store.rows("select detail_json from audit where event = 'restore store'")
    before = Path(json.loads(told)["backup_before"])
    assert before.parent == store.folder / "backups"
    assert verify(before).rows > 0
    assert sorted(p.name for p in store.folder.iterdir() if "set-aside" not in p.name) == [
        "backups",
        "books.duckdb",
        "new.zip",
    ]


def test_it_is_still_the_file_after_closing_and_opening(store: Store) -> None:
    put_back(store)
    make.loaded(store, "customers", "customer_id,name,status\nAFTER,A,live\n")
    store.close()
    again = Store.open(store.folder / "books.duckdb")
    assert again.rows(IDS) == [("AFTER",), ("NEW",)]
    again.close()


def test_a_reader_that_does_not_end_stops_the_change_and_reads_on(store: Store) -> None:
    let_go, has = threading.Event(), threading.Event()
    read: list[object] = []

    def holds() -> None:
        cursor = store.cursor()
        has.set()
        let_go.wait(60)
        read.extend(cursor.execute(IDS).fetchall())
        cursor.close()

    reader = threading.Thread(target=holds)
    reader.start()
    has.wait(60)
    with pytest.raises(StoreBusy, match="still reading the store"), store.apart(0.1):
        pytest.fail("the file was let go of under a reader")
    assert store.rows(IDS) == [("OLD",)]
    let_go.set()
    reader.join(60)
    assert read == [("OLD",)]


class Turns:
    """The store's lock, that tells when somebody else comes to it."""

    def __init__(self, store: Store) -> None:
        self.lock, self.mine, self.waited_for = store._lock, threading.get_ident(), threading.Event()

    def __enter__(self) -> None:
        if threading.get_ident() != self.mine:
            self.waited_for.set()
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def test_a_write_that_waited_is_refused_rather_than_put_into_another_store(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []
    turns = Turns(store)
    monkeypatch.setattr(store, "_lock", turns)

    def writes() -> None:
        try:
            make.loaded(store, "customers", "customer_id,name,status\nLATE,L,live\n")
        except Refused as refusal:
            refused.append(str(refusal))

    writer = threading.Thread(target=writes)
    with store.still():
        writer.start()
        assert turns.waited_for.wait(60)
        with store.apart():
            pass
    writer.join(60)
    assert refused
    assert refused[0].startswith("a backup has taken the store's place")
    assert store.rows(IDS) == [("OLD",)]


@pytest.mark.parametrize("failure", ["damaged", "missing", "without --replace"])
def test_what_is_refused_changes_nothing(store: Store, failure: str) -> None:
    (store.folder / "bad.zip").write_bytes((store.folder / "new.zip").read_bytes().replace(b"PAR1", b"PAR2"))
    name = {"damaged": "bad.zip", "missing": "none.zip"}.get(failure, "new.zip")
    with pytest.raises((Refused, StoreDamaged)):
        restore_open(store, store.folder / name, now=make.NOW, replace=failure != "without --replace")
    assert store.rows(IDS) == [("OLD",)]
    assert sorted(p.name.split(".")[0] for p in store.folder.glob("*")) in (
        ["bad", "books", "books", "new"],
        ["bad", "books", "new"],
    )


def test_a_command_answers_the_same_whether_the_store_is_served_or_not(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    argv = ["--store", "duckdb:books.duckdb", "--json", "restore", "new.zip", "--replace"]
    ear = instance.listen(store, tmp_path / "books.duckdb", cli.run)
    try:
        assert cli.run(argv[:-1], LocalTerminal(), None) == 1
        unasked = capsys.readouterr()
        assert cli.run(argv, LocalTerminal(), None) == 0
        served = capsys.readouterr()
        assert store.rows(IDS) == [("NEW",)]
    finally:
        ear.close()
        store.close()
    assert cli.run(argv[:-1], LocalTerminal(), None) == 1
    assert capsys.readouterr() == unasked
    assert cli.run(argv, LocalTerminal(), None) == 0
    alone = capsys.readouterr()
    assert (served.err, alone.err) == ("", "")
    there, here = json.loads(served.out), json.loads(alone.out)
    assert there.keys() == here.keys()
    same = ("store", "made_at", "rows", "digest")
    assert [there[name] for name in same] == [here[name] for name in same]
    assert Path(there["set_aside"]).is_file()
