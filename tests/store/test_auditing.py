"""Who did what: by record, person, kind and day; what is there stays as it is."""

from datetime import date, timedelta

import make
import pytest

from tai_ops.kinds import RECORDS
from tai_ops.store.auditing import Asked, acts, events, kinds, people, said
from tai_ops.store.browse import record
from tai_ops.store.corrections import add, change
from tai_ops.store.records import void

CUSTOMERS = RECORDS["customers"]


@pytest.fixture
def books(store):
    make.loaded(store, "people", "email,name,role\nida.roth@tai.example,Ida Roth,csm\n", actor=make.CEO)
    make.loaded(store, "customers", "customer_id,name,status\nC-1,One,live\nC-2,Two,live\n", actor=make.CSM)
    later = make.NOW + timedelta(days=2)
    add(
        store,
        make.CSM,
        CUSTOMERS,
        {"customer_id": "C-3", "name": "Three", "status": "live"},
        now=later,
        request_key="a",
    )
    seen = {key: record(store, CUSTOMERS, key).recorded_at for key in ("C-1", "C-2")}
    change(
        store, make.CEO, CUSTOMERS, {"C-1": {"items": "1"}, "C-2": {"items": "2"}}, seen, now=later, request_key="b", reason="why",
    )  # fmt: skip
    void(store, make.CSM, CUSTOMERS, "C-3", "twice", now=later)
    return store


def found(store, **asked):
    zone = store.company.tz
    return [act.event for act in acts(store, Asked(**asked), zone).acts]


def test_acts_are_found_by_person_kind_record_act_and_day(books):
    assert found(books) == [
        "void customer",
        "change customer",
        "add customer",
        "load customers",
        "load people",
    ]
    assert found(books, by="mara.klein@tai.example") == ["change customer", "load people"]
    assert found(books, kind="people") == ["load people"]
    assert found(books, kind="customers", key="C-3") == ["void customer", "add customer"]
    assert found(books, key="C-2") == ["change customer"]
    assert found(books, kind="customers", key="C-2") == ["change customer", "load customers"]
    assert found(books, kind="scores", key="C-2") == []
    assert found(books, event="add customer") == ["add customer"]
    assert found(books, first=date(2026, 4, 4)) == ["void customer", "change customer", "add customer"]
    assert found(books, last=date(2026, 4, 3)) == ["load customers", "load people"]
    assert found(books, key="'; drop table audit; --") == []


def test_pages_and_what_may_be_asked_for(books):
    page = acts(books, Asked(page=2), books.company.tz, limit=2)
    assert (page.count, page.pages, [act.event for act in page.acts]) == (
        5,
        3,
        ["add customer", "load customers"],
    )
    assert people(books) == {"ida.roth@tai.example": "Ida Roth", "mara.klein@tai.example": None}
    assert kinds(books) == ["customers", "people"]
    assert "void customer" in events(books)


def test_an_act_says_what_it_did(books):
    change_of = acts(books, Asked(event="change customer"), books.company.tz).acts[0]
    assert said(change_of.detail) == "fields: items; keys: C-1, C-2; reason: why; updated: 2"


def test_no_module_but_the_connection_writes_the_audit():
    from pathlib import Path

    import tai_ops

    for path in Path(tai_ops.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8").lower()
        assert "update audit" not in text
        assert "delete from audit" not in text
        if "insert into audit" in text:
            assert path.name == "connection.py"
