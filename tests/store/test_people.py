"""A person who has something open leaves only when somebody takes it over; all of it in one write."""

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.kinds import KINDS
from tai_ops.store import Store, people
from tai_ops.store.records import RowsRefused, void
from tai_ops.store.reviewing import note

IDA, MARA = "ida.roth@tai.example", "mara.klein@tai.example"


@pytest.fixture
def staffed(store: Store) -> Store:
    """Ida has a live customer, an open prospect, an open task and a promise; what is over is hers too."""
    make.loaded(
        store,
        "people",
        f"email,name,role,active\n{MARA},Mara Klein,ceo,true\n{IDA},Ida Roth,csm,true\n"
        "jo@tai.example,Jo,csm,true\ngone@tai.example,Gone,csm,false\n",
    )
    make.loaded(
        store,
        "customers",
        f"customer_id,name,status,csm_email\nC-1,Northwind,live,{IDA}\nC-2,Left,churned,{IDA}\n",
    )
    make.loaded(
        store,
        "prospects",
        f"prospect_id,company,owner_email,created_on\nP-1,Apex,{IDA},2026-01-05\nP-2,Old,{IDA},2026-01-05\n",
    )
    make.loaded(store, "deals", "deal_id,prospect_id,stage\nD-1,P-1,proposal\nD-2,P-2,won\n")
    make.loaded(
        store,
        "tasks",
        f"task_id,title,state,owner_email\nT-1,Call,open,{IDA}\nT-2,Done,done,{IDA}\n",
    )
    with store.write(make.CEO, "notes", "note", now=make.NOW) as write:
        write.sql(
            """
            insert into review_notes values
            ('N-1', '2026-04-03', 'opening', 'action', 'Send the plan', $ida, '2026-04-10', 'open', now(), 'x'),
            ('N-2', '2026-04-03', 'opening', 'action', 'Sent', $ida, '2026-04-10', 'done', now(), 'x')
            """,
            {"ida": IDA},
        )
    return store


def test_what_is_open_is_said_and_what_is_over_is_not(staffed: Store) -> None:
    found = people.open_of(staffed, IDA)
    assert [(one.kind, one.key) for one in found] == [
        ("customers", "C-1"),
        ("prospects", "P-1"),
        ("review_notes", "N-1"),
        ("tasks", "T-1"),
    ]
    [ida] = [p for p in people.people(staffed) if p.email == IDA]
    assert ida.has_open == {"customers": 1, "prospects": 1, "review_notes": 1, "tasks": 1}


@pytest.mark.parametrize("to", [None, IDA, "gone@tai.example", "nobody@tai.example"])
def test_nobody_leaves_with_something_open_but_to_an_active_person(staffed: Store, to: str | None) -> None:
    with pytest.raises(Refused, match="1 customer, 1 prospect, 1 promise of the review, 1 task"):
        people.leave(staffed, make.CEO, IDA, to, now=make.NOW)
    assert len(people.open_of(staffed, IDA)) == 4
    assert [p.active for p in people.people(staffed) if p.email == IDA] == [True]


def test_everything_open_is_handed_over_in_one_write(staffed: Store) -> None:
    moved = people.leave(staffed, make.CEO, IDA, MARA, now=make.NOW, request_key="k")
    assert len(moved) == 4
    assert people.open_of(staffed, IDA) == []
    assert {one.key for one in people.open_of(staffed, MARA)} == {"C-1", "P-1", "N-1", "T-1"}
    assert staffed.rows("select csm_email from customers order by customer_id") == [(MARA,), (IDA,)]
    with staffed.cursor() as cursor:
        assert (note(cursor, "N-1").owner, note(cursor, "N-2").owner) == (MARA, IDA)
    assert staffed.rows("select count(*) from audit where event = 'person leaves'") == [(1,)]
    assert people.leave(staffed, make.CEO, IDA, MARA, now=make.NOW, request_key="k") == moved


def test_no_file_and_no_void_goes_round_that(staffed: Store) -> None:
    with pytest.raises(RowsRefused, match="still has 1 customer, 1 prospect"):
        make.loaded(staffed, "people", f"email,active\n{IDA},false\n")
    with pytest.raises(Refused, match="still has 1 customer"):
        void(staffed, make.CEO, KINDS["people"], IDA, "left", now=make.NOW)
    make.loaded(staffed, "people", "email,active\njo@tai.example,false\n")
    void(staffed, make.CEO, KINDS["people"], "jo@tai.example", "typed twice", now=make.NOW)


def test_the_last_ceo_stays(staffed: Store) -> None:
    with pytest.raises(Refused, match="the only active CEO"):
        people.leave(staffed, make.CEO, MARA, None, now=make.NOW)
    with pytest.raises(Refused, match="the only active CEO"):
        people.enter(staffed, make.CEO, {"email": MARA, "role": "cfo"}, now=make.NOW)
    people.enter(staffed, make.CEO, {"email": "jo@tai.example", "role": "ceo"}, now=make.NOW)
    people.enter(staffed, make.CEO, {"email": MARA, "role": "cfo"}, now=make.NOW)
    assert [(p.email, p.role) for p in people.people(staffed) if p.active][1:] == [
        ("jo@tai.example", "ceo"),
        (MARA, "cfo"),
    ]


def test_a_person_is_added_and_a_wrong_field_is_named(staffed: Store) -> None:
    new = {"email": "New@tai.example", "name": "<b>New</b>", "role": "cto"}
    assert people.enter(staffed, make.CEO, new, now=make.NOW, request_key="n").added == 1
    assert people.enter(staffed, make.CEO, new, now=make.NOW, request_key="n").added == 1
    with pytest.raises(RowsRefused, match="email"):
        people.enter(staffed, make.CEO, {"email": "no", "name": "N", "role": "cto"}, now=make.NOW)
    with pytest.raises(RowsRefused, match="role"):
        people.enter(staffed, make.CEO, {"email": "a@b.example", "name": "N", "role": "king"}, now=make.NOW)
    with pytest.raises(NotAllowed):
        people.enter(staffed, make.CFO, new, now=make.NOW)
