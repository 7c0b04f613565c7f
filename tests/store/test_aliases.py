"""What persons taught of payees: the spelling confirmed most often holds, and what was forgotten counts anew."""

from datetime import timedelta

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.store.aliases import aliases, forget, learned, recall
from tai_ops.store.matches import decide

BILLS = """bill_id,account,incurred_on,paid_on,payee,amount
B-1,OP,2026-02-01,2026-02-01,Cloud Co,10.00
B-2,OP,2026-02-02,2026-02-02,Cloud Co,20.00
B-3,OP,2026-02-03,2026-02-03,Other Inc,30.00
"""
LINES = "Date,Description,Amount\n2026-02-01,CLD* SVC,-10.00\n2026-02-02,CLD* SVC,-20.00\n2026-02-03,CLD* SVC,-30.00\n"


@pytest.fixture
def taught(store):
    """Three lines spelled alike: two were confirmed with Cloud Co, then one with Other Inc."""
    make.accounts(store)
    make.loaded(store, "bills", BILLS)
    make.statement(store, LINES)
    ids = store.rows("select line_id from statement_lines order by booked_on")
    for hours, ((line_id,), bill) in enumerate(zip(ids, ("B-1", "B-2", "B-3"), strict=True)):
        decide(store, make.CFO, line_id, "bill", bill, "confirmed", now=make.NOW + timedelta(hours=hours))
    return store


def known(store):
    cursor = store.cursor()
    try:
        return learned(cursor), aliases(cursor)
    finally:
        cursor.close()


def test_what_was_confirmed_most_often_holds_and_the_rest_is_named(taught):
    (one,), meant = known(taught)
    assert (one.spelling, one.party, one.count, one.others) == (
        "CLD* SVC",
        "Cloud Co",
        2,
        (("Other Inc", 1),),
    )
    assert list(meant.values()) == ["Cloud Co"]


def test_of_two_confirmed_as_often_the_newer_holds(taught):
    line_id = taught.row("select line_id from statement_lines order by booked_on")[0]
    decide(taught, make.CFO, line_id, "bill", "B-1", "undone", now=make.NOW + timedelta(hours=5))
    (one,), _ = known(taught)
    assert (one.party, one.others) == ("Other Inc", (("Cloud Co", 1),))


def test_what_was_forgotten_counts_anew_and_can_be_recalled(taught):
    (one,), meant = known(taught)
    later = make.NOW + timedelta(hours=6)
    with pytest.raises(NotAllowed):
        forget(taught, make.CSM, one.key, now=later)
    forget(taught, make.CFO, one.key, now=later)
    assert known(taught) == ([], {})
    with pytest.raises(Refused, match="nothing is known of this spelling"):
        forget(taught, make.CFO, one.key, now=later)
    line_id = taught.row("select line_id from statement_lines order by booked_on")[0]
    decide(taught, make.CFO, line_id, "bill", "B-1", "undone", now=later + timedelta(hours=1))
    decide(taught, make.CFO, line_id, "bill", "B-1", "confirmed", now=later + timedelta(hours=2))
    assert [(anew.party, anew.count) for anew in known(taught)[0]] == [("Cloud Co", 1)]
    recall(taught, make.CFO, one.key, now=later + timedelta(hours=3))
    assert known(taught)[1] == meant
