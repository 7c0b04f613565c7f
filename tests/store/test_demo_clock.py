"""The clock of a sample store: set by those who look after the store, one at a time."""

from datetime import UTC, datetime, timedelta, timezone

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.demo_clock import let_run, set_demo_clock, stop

FRIDAY = datetime(2026, 4, 3, 16, tzinfo=timezone(timedelta(hours=-4)))


def test_the_clock_replaces_the_time_and_a_later_one_replaces_it(store: Store) -> None:
    assert store.now(make.NOW) == make.NOW
    set_demo_clock(store, LOCAL_OWNER, FRIDAY)
    set_demo_clock(store, LOCAL_OWNER, FRIDAY + timedelta(days=7))
    assert store.now(datetime(2031, 1, 1, tzinfo=UTC)) == FRIDAY + timedelta(days=7)
    assert store.now().utcoffset() == timedelta(0)
    assert store.row("select count(*) from store_facts where name = 'demo_clock'") == (1,)


def test_who_does_not_look_after_the_store_may_not_set_it(store: Store) -> None:
    with pytest.raises(NotAllowed):
        set_demo_clock(store, make.CSM, FRIDAY)
    assert store.fact("demo_clock") is None


def test_it_stands_until_it_is_let_run_and_stops_where_it_is(store: Store) -> None:
    real = datetime(2031, 1, 1, tzinfo=UTC)
    with pytest.raises(Refused, match="no demo clock"):
        let_run(store, make.CEO, real)
    set_demo_clock(store, LOCAL_OWNER, FRIDAY)
    with pytest.raises(NotAllowed):
        let_run(store, make.CSM, real)
    for later in (real, real + timedelta(minutes=2)):
        assert let_run(store, make.CEO, later) == FRIDAY + (later - real)
    assert store.now(real + timedelta(minutes=7)) == FRIDAY + timedelta(minutes=7)
    assert store.now(real - timedelta(hours=1)) == FRIDAY
    for later in (7, 30):
        assert stop(store, make.CEO, real + timedelta(minutes=later)) == FRIDAY + timedelta(minutes=7)
    assert store.now(real + timedelta(days=1)) == FRIDAY + timedelta(minutes=7)
    make.check_keys(store)
