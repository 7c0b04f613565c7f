"""The clock of a sample store: set by those who look after the store, one at a time."""

from datetime import UTC, datetime, timedelta, timezone

import make
import pytest

from tai_ops.errors import NotAllowed
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.demo_clock import set_demo_clock

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
