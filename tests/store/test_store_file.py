"""The store's file: who has it, when it can't be opened, and what a full disk does (hazards.md H4 to H7)."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import make
import pytest

from tai_ops.errors import Refused, StoreBusy, StoreDamaged
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.backup import set_aside

HOLD = """
import sys
import duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""
HEADER = 4100
"""A byte of the file's first header."""
NO_ROOM = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from tai_ops.errors import Refused, StoreDamaged
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store

path, checkpoint = Path(sys.argv[1]), sys.argv[2] == "checkpoint"
store = Store.open(path, create=True)
now = datetime(2026, 4, 3, tzinfo=UTC)

def write(count):
    with store.write(LOCAL_OWNER, "company", "fill", now=now, checkpoint=checkpoint) as write:
        write.sql(
            "insert into store_facts select gen_random_uuid(), repeat(gen_random_uuid()::varchar, 20) "
            f"from range({count})"
        )

write(5000)
store.checkpoint()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
room = path.stat().st_size + 300_000 if checkpoint else 1_000_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    for count in range(6000, 99000, 1000):
        write(1000)
        print(count, flush=True)
except (Refused, StoreDamaged) as refused:
    print(type(refused).__name__, refused)
    try:
        print(*store.row("select count(*) from store_facts"))
    except StoreDamaged:
        print("stopped")
"""


@contextmanager
def another_process(path: Path) -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder.pid
        holder.communicate()


def test_a_store_that_another_process_has_is_busy_and_the_process_is_named(store_file: Path) -> None:
    Store.open(store_file, create=True).close()
    with another_process(store_file) as pid:
        with pytest.raises(StoreBusy, match=f"process {pid}"):
            Store.open(store_file, wait_seconds=0)
        with pytest.raises(StoreBusy, match=f"process {pid}"):
            set_aside(store_file, now=make.NOW)
    Store.open(store_file).close()


def test_a_store_opened_twice_in_one_program_is_refused_before_its_file_is_touched(store_file: Path) -> None:
    first = Store.open(store_file, create=True)
    alias = store_file.with_name("alias.duckdb")
    alias.symlink_to(store_file)
    for path in (store_file, alias):
        with pytest.raises(StoreBusy, match="open in this program already"):
            Store.open(path)
    with pytest.raises(subprocess.CalledProcessError):  # the first one still has it
        subprocess.run([sys.executable, "-c", HOLD, str(store_file)], check=True, capture_output=True)
    first.close()
    Store.open(store_file).close()


def test_a_store_that_nobody_closed_can_be_opened_again(store_file: Path) -> None:
    Store.open(store_file, create=True)
    Store.open(store_file).close()


def test_a_damaged_file_is_told_as_damaged_not_as_busy_and_nothing_is_deleted(store_file: Path) -> None:
    Store.open(store_file, create=True).close()
    content = bytearray(store_file.read_bytes())
    content[HEADER] ^= 0xFF
    store_file.write_bytes(content)
    log = store_file.with_name(store_file.name + ".wal")
    log.write_bytes(b"what was committed last")
    with pytest.raises(StoreDamaged, match=r"keep it and its \.wal file"):
        Store.open(store_file)
    assert (store_file.read_bytes(), log.read_bytes()) == (content, b"what was committed last")

    aside = set_aside(store_file, now=make.NOW)
    assert aside.name == "books-set-aside-20260403T200000Z.duckdb"
    assert aside.read_bytes() == content
    assert aside.with_name(aside.name + ".wal").read_bytes() == b"what was committed last"
    assert not store_file.exists()
    assert not log.exists()
    with pytest.raises(Refused, match="there is no store here"):
        set_aside(store_file, now=make.NOW)


def after_a_kill(store_file: Path) -> Path:
    """The log of a store with two customers, as a kill leaves both."""
    store = Store.open(store_file.with_name("alive.duckdb"), create=True)
    for name in ("A", "B"):
        make.loaded(store, "customers", f"customer_id,name,status\n{name},{name},live\n")
    for part in ("", ".wal"):
        shutil.copyfile(f"{store.path}{part}", f"{store_file}{part}")
    store.close()
    return store_file.with_name(store_file.name + ".wal")


def opened_with_customers(store_file: Path) -> tuple[int, Path | None]:
    store = Store.open(store_file)
    count = len(store.rows("select customer_id from customers order by customer_id"))
    store.close()
    return count, store.torn_log


def test_a_whole_log_is_replayed_and_no_copy_is_made(store_file: Path) -> None:
    after_a_kill(store_file)
    assert opened_with_customers(store_file) == (2, None)


@pytest.mark.parametrize(
    ("kept", "customers"),
    [pytest.param(-10, 1, id="cut short"), pytest.param(12, 0, id="all but the header lost")],
)
def test_a_log_that_ends_amid_an_entry_is_kept_before_the_engine_cuts_it_off(
    store_file: Path, kept: int, customers: int
) -> None:
    log = after_a_kill(store_file)
    torn = log.read_bytes()[:kept]
    log.write_bytes(torn)
    count, copy = opened_with_customers(store_file)
    assert count == customers
    assert copy is not None
    assert copy.read_bytes() == torn
    assert not log.exists()


def test_no_new_store_is_made_beside_the_log_of_one_that_is_gone(store_file: Path) -> None:
    log = store_file.with_name(store_file.name + ".wal")
    log.write_bytes(b"x")
    with pytest.raises(StoreDamaged, match="is the log of a store that is not there"):
        Store.open(store_file, create=True)
    assert not store_file.exists()


def test_a_nearly_full_disk_refuses_a_write_and_tells_how_much_is_missing(
    store_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(store_file, create=True)
    usage = shutil.disk_usage(store_file.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=255 * 2**20))
    with (
        pytest.raises(Refused, match=r"only 255 MB are free beside books\.duckdb and writing needs 256 MB"),
        store.write(LOCAL_OWNER, "company", "x", now=make.NOW),
    ):
        pytest.fail("the write began")
    assert store.rows("select event from audit") == []
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="limits file sizes")
@pytest.mark.parametrize(
    ("at", "told", "after"),
    [
        pytest.param("checkpoint", "StoreDamaged the store stopped", "stopped", id="checkpoint"),
        pytest.param("commit", "Refused nothing was written", "as before", id="commit"),
    ],
)
def test_a_disk_that_fills_up_loses_nothing_that_was_committed(
    store_file: Path, at: str, told: str, after: str
) -> None:
    filled = subprocess.run(
        [sys.executable, "-c", NO_ROOM, str(store_file), at], capture_output=True, text=True, check=False
    )
    *counts, refused, state = filled.stdout.splitlines()
    assert filled.stderr == ""
    assert refused.startswith(told)
    committed = int(counts[-1]) if counts else 5000
    assert state == (after if after == "stopped" else str(committed))
    store = Store.open(store_file)
    [(count, whole)] = store.rows("select count(*), count(*) filter (length(value) = 720) from store_facts")
    store.close()
    assert count == whole
    assert count in {committed, committed + 1000}
