"""What persons taught of payees: the spelling confirmed most often holds, and what was forgotten counts anew."""

from datetime import timedelta

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.store.aliases import aliases, forget, learned, recall, say
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


def test_of_two_confirmed_as_often_neither_holds_until_a_person_says(taught):
    line_id = taught.row("select line_id from statement_lines order by booked_on")[0]
    decide(taught, make.CFO, line_id, "bill", "B-1", "undone", now=make.NOW + timedelta(hours=5))
    (one,), meant = known(taught)
    assert (one.party, sorted(one.others), meant) == ("", [("Cloud Co", 1), ("Other Inc", 1)], {})
    said = say(taught, make.CFO, "CLD* SVC", "Other Inc", now=make.NOW + timedelta(hours=6))
    assert (said.party, said.count, said.others, said.said) == ("Other Inc", 1, (("Cloud Co", 1),), True)
    assert known(taught)[1] == {one.key: "Other Inc"}


def test_what_a_person_said_holds_until_it_is_forgotten(taught):
    (one,), before = known(taught)
    say(taught, make.CFO, "CLD* SVC", "Third Ltd", now=make.NOW + timedelta(hours=6))
    assert known(taught)[1] == {one.key: "Third Ltd"}
    done = forget(taught, make.CFO, one.key, now=make.NOW + timedelta(hours=7))
    assert known(taught) == ([], {})
    recall(taught, make.CFO, done, now=make.NOW + timedelta(hours=8))
    assert known(taught)[1] == {one.key: "Third Ltd"} != before


@pytest.mark.parametrize(
    ("spelling", "party", "why"),
    [("POS DEBIT 123", "Cloud Co", "names nobody"), ("CLD", " ", "whom it means")],
)
def test_a_saying_needs_a_name_and_a_party(taught, spelling, party, why):
    with pytest.raises(Refused, match=why):
        say(taught, make.CFO, spelling, party, now=make.NOW)


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
    recall(taught, make.CFO, one, now=later + timedelta(hours=3))
    assert known(taught)[1] == meant
