"""One verified backup a day, fourteen of them kept; each comes back as a new store and never over the running one."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import make
import pytest

from tai_ops.errors import NotAllowed, Refused, StoreDamaged
from tai_ops.store import Store, backups
from tai_ops.store.backup import last_backup
from tai_ops.store.backups import back_up_now, check, daily, kept, restore_as
from tai_ops.store.health import health

CLOCK = datetime(2026, 4, 3, 20, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "books.duckdb", create=True)
    yield opened
    opened.close()


def filled(store: Store) -> Store:
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Northwind,live\n")
    return store


def test_a_store_without_a_single_entry_is_not_backed_up(store: Store) -> None:
    assert daily(store, clock=CLOCK) is None
    assert kept(store) == []


def test_one_a_day_and_fourteen_of_them(store: Store) -> None:
    filled(store)
    for day in (0, 13, 14, 15, 16):
        made = daily(store, clock=CLOCK + timedelta(days=day))
        assert made
        assert daily(store, clock=CLOCK + timedelta(days=day, minutes=5)) is None
        for between in range(1, 13) if day == 0 else ():
            then = CLOCK + timedelta(days=between)
            shutil.copy(made.path, made.path.with_name(f"books-daily-{then:%Y%m%d}.zip"))
    names = sorted(one.path.name for one in kept(store))
    assert len(names) == 14
    assert (names[0], names[-1]) == ("books-daily-20260406.zip", "books-daily-20260419.zip")
    assert all(one.damage is None and one.occasion == "daily" for one in kept(store))
    newest = last_backup(store)
    assert newest
    assert newest.path.name == "books-daily-20260419.zip"


def test_only_the_day_s_own_are_taken_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "KEPT_DAYS", 2)
    filled(store)
    by_hand = [back_up_now(store, make.CFO, clock=CLOCK).path.name for _ in range(2)]
    assert by_hand == ["books-20260403T200000Z.zip", "books-20260403T200000Z-2.zip"]
    other = store.folder / "backups" / "other-daily-20200101.zip"
    other.write_bytes(b"of another store")
    for day in range(3):
        daily(store, clock=CLOCK + timedelta(days=day))
    assert other.exists()
    assert {one.occasion for one in kept(store)} == {"daily", "by hand"}
    assert len(kept(store)) == 4


def test_a_backup_comes_back_as_a_new_store(store: Store) -> None:
    filled(store)
    name = back_up_now(store, make.CEO, clock=CLOCK).path.name
    make.loaded(store, "customers", "customer_id,name,status\nC-2,Later,live\n")
    done = restore_as(store, make.CEO, name, "look-here", clock=CLOCK)
    assert done.target == store.folder / "look-here.duckdb"
    assert len(store.rows("select * from customers")) == 2
    again = Store.open(done.target)
    assert again.rows("select customer_id from customers") == [("C-1",)]
    again.close()
    for new in ("look-here", "books", "../up", "a/b", "", "CON .", "x" * 61, "books.duckdb"):
        with pytest.raises(Refused):
            restore_as(store, make.CEO, name, new, clock=CLOCK)
    with pytest.raises(NotAllowed):
        restore_as(store, make.CSM, name, "mine", clock=CLOCK)
    with pytest.raises(Refused, match="no backup"):
        restore_as(store, make.CEO, "../books.duckdb", "mine", clock=CLOCK)
    assert len(store.rows("select * from customers")) == 2


def test_a_damaged_one_is_listed_with_what_is_wrong(store: Store) -> None:
    filled(store)
    made = back_up_now(store, make.CEO, clock=CLOCK)
    assert check(store, made.path.name).rows == made.rows
    made.path.write_bytes(made.path.read_bytes().replace(b"PAR1", b"PAR2"))
    with pytest.raises(StoreDamaged, match="tables/"):
        check(store, made.path.name)
    made.path.write_bytes(b"no zip")
    [one] = kept(store)
    assert one.damage
    assert one.made_at is None


def test_health_says_size_room_backup_and_what_was_refused(store: Store) -> None:
    filled(store)
    with pytest.raises(Refused):
        make.loaded(store, "customers", "customer_id,name,status\nC-9,X,sold\n")
    found = health(store, make.NOW + timedelta(days=1))
    assert (found.imports, found.refused, found.refused_lately, found.backup) == (1, 1, 1, None)
    assert found.size_bytes > 0
    assert found.has_room
    made = back_up_now(store, make.CEO, clock=CLOCK)
    assert health(store, make.NOW + timedelta(days=9)).backup == made
    assert health(store, make.NOW + timedelta(days=9)).refused_lately == 0
