"""A decision on a line that may be there twice can be taken back, until something rests on it."""

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.store.bank import undo_import
from tai_ops.store.duplicates import decide_duplicate, decided, possible_duplicates, undo_decision
from tai_ops.store.matches import decide as match

HEAD = "Date,Description,Amount\n"
FEB = HEAD + "2026-02-17,ACME LLC,500.00\n2026-02-18,SHOP,-1.00\n2026-02-19,TAXI,-2.00\n"
AGAIN = HEAD + "2026-02-18,Acme LLC ref,500.00\n2026-02-14,Z,1.00\n2026-02-13,Y,1.00\n"


@pytest.fixture
def flagged(store):
    """A store with a line that may repeat an earlier one, and that line's id."""
    make.accounts(store)
    make.statement(store, FEB)
    make.statement(store, AGAIN, name="b.csv")
    [found] = possible_duplicates(store)
    return store, found["line_id"]


def every_line(store):
    return store.rows("select * from statement_lines order by line_id")


def decide(store, line_id, decision):
    decide_duplicate(store, make.CFO, line_id, decision, now=make.NOW)


def undo(store, line_id, actor=make.CFO):
    return undo_decision(store, actor, line_id, now=make.NOW)


@pytest.mark.parametrize("decision", ["keep", "join"])
def test_a_decision_is_listed_taken_back_and_asked_again(flagged, decision):
    store, line_id = flagged
    before = every_line(store)
    decide(store, line_id, decision)
    [one] = decided(store)
    assert (one.line_id, one.account, str(one.amount), one.text, one.decision, one.decided_by) == (
        line_id, "OP", "500.00", "Acme LLC ref", decision, make.CFO.email,
    )  # fmt: skip
    assert len(every_line(store)) == len(before) - (decision == "join")
    assert undo(store, line_id) == decision
    assert every_line(store) == before
    assert decided(store) == []
    assert [found["line_id"] for found in possible_duplicates(store)] == [line_id]


def test_there_is_nothing_to_take_back_twice_nor_for_others(flagged):
    store, line_id = flagged
    with pytest.raises(Refused, match="no decision on this line"):
        undo(store, line_id)
    decide(store, line_id, "join")
    with pytest.raises(NotAllowed):
        undo(store, line_id, make.CSM)
    undo(store, line_id)
    with pytest.raises(Refused, match="no decision on this line"):
        undo(store, line_id)


def test_a_kept_line_that_is_matched_stays_decided(flagged):
    store, line_id = flagged
    decide(store, line_id, "keep")
    make.loaded(
        store,
        "entries",
        "entry_id,account,booked_on,amount,kind,payee\nE,OP,2026-02-18,500.00,other,Acme LLC ref\n",
    )
    match(store, make.CFO, line_id, "entry", "E", "confirmed", now=make.NOW)
    with pytest.raises(Refused, match="is matched; undo the match first"):
        undo(store, line_id)


def test_a_closed_month_keeps_the_decision(flagged):
    store, line_id = flagged
    decide(store, line_id, "join")
    with store.write(make.CFO, "close", "test", now=make.NOW) as write:
        write.sql(
            "insert into closes by name select '2026-02' as month, 1 as version, 'closed' as event, $at as done_at, 'me' as done_by",
            {"at": make.NOW},
        )
    with pytest.raises(Refused, match="2026-02 is closed"):
        undo(store, line_id)


def test_a_line_of_an_import_that_was_undone_does_not_come_back(flagged):
    store, line_id = flagged
    decide(store, line_id, "join")
    undo_import(store, make.CFO, line_id.rpartition("-")[0], now=make.NOW)
    assert decided(store) == []
    with pytest.raises(Refused, match="no decision on this line"):
        undo(store, line_id)
