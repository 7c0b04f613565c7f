"""Records as they stood: a list of a past instant holds the rows of then, as they read then, and no others."""

from datetime import UTC, date, datetime

import make
import pytest

from tai_ops.board import Board
from tai_ops.errors import NotAllowed
from tai_ops.kinds import KINDS
from tai_ops.kpi import KPIS, Measured, measure
from tai_ops.period import Week
from tai_ops.rights import LOCAL_OWNER, Actor, may
from tai_ops.runbooks import time_machine
from tai_ops.runbooks import weekly_review as review
from tai_ops.store import Store, browse, then
from tai_ops.store.browse import Asked
from tai_ops.store.facts import facts, window
from tai_ops.store.records import void

HEAD = "customer_id,name,signed_on,status\n"
LATER = datetime(2026, 4, 20, 12, tzinfo=UTC)


def at(day: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def kept(store: Store) -> Store:
    """C-1 goes live on 10 March, C-2 is taken out on 12 March, C-3 comes on record on 16 March, signed on 14 March."""
    make.loaded(
        store, "customers", HEAD + "C-1,Apex,2026-02-01,onboarding\nC-2,Bolt,2026-02-01,live\n", now=at(2)
    )
    make.loaded(store, "customers", HEAD + "C-1,Apex,2026-02-01,live\n", now=at(10))
    void(store, LOCAL_OWNER, KINDS["customers"], "C-2", "a test row", now=at(12))
    make.loaded(store, "customers", HEAD + "C-3,Cove,2026-03-14,live\n", now=at(16))
    return store


@pytest.mark.parametrize(
    ("when", "stood"),
    [
        (at(1), {}),
        (at(5), {"C-1": "onboarding", "C-2": "live"}),
        (at(10), {"C-1": "live", "C-2": "live"}),
        (at(12), {"C-1": "live"}),
        (at(17), {"C-1": "live", "C-3": "live"}),
    ],
)
def test_a_list_holds_the_rows_of_that_instant(store: Store, when: datetime, stood: dict[str, str]) -> None:
    kept(store)
    listed = browse.listed(store, Asked(KINDS["customers"], at=when))
    assert {row.key: row.values["status"] for row in listed.rows} == stood
    assert listed.count == len(stood)
    with store.cursor() as cursor:
        assert then.counts(cursor, when)["customers"] == len(stood)


def test_a_past_list_is_searched_and_narrowed_as_it_read_then(store: Store) -> None:
    kept(store)
    kind = KINDS["customers"]
    where = browse.conditions(kind, ["status:onboarding"])
    assert browse.listed(store, Asked(kind, text="apex", where=where, at=at(5))).count == 1
    assert browse.listed(store, Asked(kind, text="apex", where=where, at=at(11))).count == 0


def on(store: Store, friday: date) -> dict[str, Measured]:
    found = time_machine.facts_then(store, facts(store, window(store, LATER, week=Week(friday))))
    board = Board(found.facts)
    return {one: found.known(measure(board, KPIS[one])) for one in ("customers_live", "customers_onboarding")}


def test_states_of_a_past_friday_are_those_recorded_by_then(store: Store) -> None:
    kept(store)
    first, later = on(store, date(2026, 3, 6)), on(store, date(2026, 3, 20))
    assert (first["customers_live"].value, first["customers_onboarding"].value) == (1, 1)
    assert (later["customers_live"].value, later["customers_onboarding"].value) == (2, 0)


def test_what_came_on_record_later_and_may_have_stood_makes_the_number_unknown_with_a_reason(
    store: Store,
) -> None:
    kept(store)
    make.loaded(store, "customers", HEAD + "C-4,Dune,2026-03-01,live\n", now=at(25))
    found = on(store, date(2026, 3, 6))["customers_live"]
    assert found.value is None
    assert found.mark == "no_data"
    assert found.reason == "1 customer may have been there on Fri 6 Mar 2026 and came on record later"


def test_a_held_friday_reads_as_it_was_frozen_whatever_came_later(store: Store) -> None:
    kept(store)
    week = Week(date(2026, 3, 20))
    review.open(store, LOCAL_OWNER, week, datetime(2026, 3, 20, 20, 1, tzinfo=UTC))
    make.loaded(store, "customers", HEAD + "C-5,Elm,2026-03-01,live\n", now=at(25))
    found = time_machine.facts_then(store, facts(store, window(store, LATER, week=week)))
    frozen = time_machine.frozen(store, week)
    assert time_machine.measured_then(frozen, found, Board(found.facts))["customers_live"].value == 2
    assert time_machine.measured_then(None, found, Board(found.facts))["customers_live"].value is None
    assert time_machine.frozen(store, week.plus(1)) is None


def test_who_looks_back_may_enter_nothing(store: Store) -> None:
    looking = Actor("mara@tai.example", "Mara", "ceo", date(2026, 3, 6))
    assert not may(looking, "money")
    with (
        pytest.raises(NotAllowed, match="2026-03-06; go back to now"),
        store.write(looking, "money", "try", now=at(1)),
    ):
        pass
    assert store.row("select count(*) from audit") == (0,)
