"""Records by hand: every kind added, changed, voided and restored; two people at one record; the last change back."""

import csv
from datetime import timedelta
from itertools import count

import make
import pytest

from tai_ops.errors import NotAllowed, PeriodClosed, Refused
from tai_ops.kind_words import key_text
from tai_ops.kinds import KINDS, RECORDS
from tai_ops.rights import LOCAL_OWNER
from tai_ops.sheet import read_sheet
from tai_ops.store import Store
from tai_ops.store.browse import Asked, last_version, listed, next_key, record
from tai_ops.store.corrections import (
    ChangedMeanwhile,
    add,
    change,
    last_moved,
    moved_since,
    restore,
    take_back,
    versions,
)
from tai_ops.store.records import RowsRefused, history, void

NUMBERS = count()


def fresh():
    return f"request {next(NUMBERS)}"


def example(kind, place=0):
    """An example row of a kind as texts by column."""
    return dict(zip(kind.names, next(csv.reader([kind.examples[place]])), strict=True))


def filled(store):
    """The example rows of every kind."""
    make.examples(store)
    for kind in RECORDS.values():
        if kind.name not in KINDS:
            for place in (0, 1):
                add(store, LOCAL_OWNER, kind, example(kind, place), now=make.NOW, request_key=fresh())


def other_value(kind):
    """A column that may be changed, and a text that it may be changed to."""
    for column in kind.columns:
        if column.name in kind.key or column.refers:
            continue
        if (
            column.type in {"text", "number", "whole", "money", "percent", "price", "flag"}
            and column.name != "currency"
        ):
            return column.name, {"text": "Other", "flag": "false"}.get(column.type, "7")
        if column.type == "choice":
            return column.name, column.choices[-1]
    raise AssertionError(kind.name)


@pytest.mark.parametrize("name", RECORDS)
def test_every_kind_is_added_changed_voided_and_restored(store, name):
    kind = RECORDS[name]
    filled(store)
    new = example(kind)
    for part in kind.key:
        column = kind.column(part)
        if not column.refers:
            new[part] = {"date": "2026-03-30", "instant": "2026-02-20T10:00:00+00:00", "number": "5"}.get(
                column.type, "baseline" if column.type == "choice" else "new@x.example" if column.type == "email" else "NEW-1"
            )  # fmt: skip
    if name == "latency_counts":
        new["ended_at"] = "2026-03-20T10:00:00+00:00"
    if name == "onboardings":
        void(store, LOCAL_OWNER, kind, "C-002", "x", now=make.NOW)
        new["customer_id"] = "C-002"
    added = add(store, LOCAL_OWNER, kind, new, now=make.NOW, request_key=fresh())
    key = added.keys[0]
    seen = record(store, kind, key)
    assert seen.recorded_from == "entered"
    column, text = other_value(kind)
    before = seen.values[column]
    change(
        store, LOCAL_OWNER, kind, {key: {column: text}}, {key: seen.recorded_at},
        now=make.NOW, request_key=fresh(), reason="a slip",
    )  # fmt: skip
    changed = record(store, kind, key)
    assert changed.values[column] != before
    assert versions(store, kind, key)[1].values[column] == before
    assert versions(store, kind, key)[1].reason == "a slip"
    void(store, LOCAL_OWNER, kind, key, "entered twice", now=make.NOW)
    assert record(store, kind, key) is None
    assert last_version(store, kind, key).values == changed.values
    assert [one.key for one in listed(store, Asked(kind, voided=True)).rows] == [key]
    restore(store, LOCAL_OWNER, kind, key, now=make.NOW, request_key=fresh(), reason="it was right")
    assert record(store, kind, key).values == changed.values
    assert listed(store, Asked(kind, voided=True)).count == 0


def test_a_key_is_read_back_as_it_is_written(store):
    filled(store)
    for kind in RECORDS.values():
        for seen in listed(store, Asked(kind)).rows:
            assert record(store, kind, key_text(kind, seen.values)).values == seen.values


def test_a_key_with_a_comma_or_a_fraction_of_a_second_names_its_own_row(store):
    kind = RECORDS["customers"]
    add(
        store,
        LOCAL_OWNER,
        kind,
        {"customer_id": 'C,1 "x"', "name": "A", "status": "live"},
        now=make.NOW,
        request_key="a",
    )
    seen = listed(store, Asked(kind)).rows[0]
    assert record(store, kind, seen.key).values["name"] == "A"
    make.loaded(store, "incidents", "incident_id,title,detected_at\nI-1,x,2026-01-01T00:00:00+00:00\n")
    impacts = RECORDS["impacts"]
    for when in ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.250000+00:00"):
        add(
            store, LOCAL_OWNER, impacts,
            {"incident_id": "I-1", "customer_id": "*", "began_at": when, "level": "full"}, now=make.NOW, request_key=when,
        )  # fmt: skip
    rows = listed(store, Asked(impacts)).rows
    assert len(rows) == 2
    void(store, LOCAL_OWNER, impacts, rows[0].key, "x", now=make.NOW)
    assert [one.key for one in listed(store, Asked(impacts)).rows] == [rows[1].key]
    restore(store, LOCAL_OWNER, impacts, rows[0].key, now=make.NOW, request_key="r")
    assert listed(store, Asked(impacts)).count == 2


@pytest.fixture
def customers(store: Store) -> Store:
    make.loaded(store, "customers", "customer_id,name,status\nC-001,Northwind,live\nC-002,Harbor,live\n")
    return store


CUSTOMERS = RECORDS["customers"]


def changed(store, actor, key, texts, seen, **more):
    return change(
        store, actor, CUSTOMERS, {key: texts}, {key: seen}, now=make.NOW, request_key=fresh(), **more
    )


def test_the_second_of_two_people_sees_the_first_ones_change_and_chooses(customers):
    opened = record(customers, CUSTOMERS, "C-001").recorded_at
    changed(customers, make.CSM, "C-001", {"name": "Northwind Parts", "items": "48000"}, opened)
    with pytest.raises(ChangedMeanwhile) as told:
        changed(customers, make.CEO, "C-001", {"status": "churned"}, opened)
    assert str(told.value) == (
        "ida.roth@tai.example changed customer C-001 on Fri 3 Apr 2026 20:00 UTC, after you opened it; "
        "choose whose values hold"
    )
    moved = told.value.moved[0]
    assert moved.theirs == {"name": ("Northwind", "Northwind Parts"), "items": (None, 48000)}
    assert record(customers, CUSTOMERS, "C-001").values["status"] == "live"
    changed(customers, make.CEO, "C-001", {"status": "churned"}, moved.when)
    row = record(customers, CUSTOMERS, "C-001").values
    assert (row["name"], row["items"], row["status"]) == ("Northwind Parts", 48000, "churned")


def test_what_was_voided_meanwhile_is_not_made_anew(customers):
    opened = record(customers, CUSTOMERS, "C-002").recorded_at
    void(customers, make.CEO, CUSTOMERS, "C-002", "double", now=make.NOW)
    with pytest.raises(Refused, match=r"took customer C-002 out on .* restore it first"):
        changed(customers, make.CSM, "C-002", {"name": "Other"}, opened)
    assert record(customers, CUSTOMERS, "C-002") is None
    assert (
        moved_since(customers, CUSTOMERS, {"C-001": record(customers, CUSTOMERS, "C-001").recorded_at}) == ()
    )


def test_the_same_request_writes_once(customers):
    values = {"customer_id": "", "name": "Third", "status": "live"}
    first = add(customers, make.CSM, CUSTOMERS, values, now=make.NOW, request_key="once")
    assert add(customers, make.CSM, CUSTOMERS, values, now=make.NOW, request_key="once") == first
    assert listed(customers, Asked(CUSTOMERS)).count == 3
    assert first.keys == ("C-003",)


def test_a_taken_key_and_a_bad_value_are_refused(customers):
    with pytest.raises(Refused, match="there is a customer 'C-001' already"):
        add(customers, make.CSM, CUSTOMERS, example(CUSTOMERS), now=make.NOW, request_key=fresh())
    with pytest.raises(RowsRefused, match="status: 'gone' is none of"):
        add(
            customers,
            make.CSM,
            CUSTOMERS,
            {"customer_id": "C-9", "name": "N", "status": "gone"},
            now=make.NOW,
            request_key="b",
        )
    with pytest.raises(NotAllowed):
        add(customers, make.CFO, CUSTOMERS, {"name": "N", "status": "live"}, now=make.NOW, request_key="c")
    with pytest.raises(RowsRefused, match="customer_id: must not be empty"):
        add(
            Store.in_memory(),
            make.CSM,
            CUSTOMERS,
            {"customer_id": "", "name": "N", "status": "live"},
            now=make.NOW,
            request_key="d",
        )


def test_the_next_key_comes_after_the_greatest_also_of_voided_ones(customers):
    assert next_key(customers, CUSTOMERS) == "C-003"
    void(customers, make.CEO, CUSTOMERS, "C-002", "x", now=make.NOW)
    assert next_key(customers, CUSTOMERS) == "C-003"
    make.loaded(customers, "customers", "customer_id,name,status\nC-0998,Big,live\nacme,No digits,live\n")
    assert next_key(customers, CUSTOMERS) == "C-0999"
    assert next_key(customers, RECORDS["scores"]) is None


def test_the_last_change_is_taken_back_step_by_step(customers):
    opened = record(customers, CUSTOMERS, "C-001").recorded_at
    changed(customers, make.CSM, "C-001", {"items": "5"}, opened)
    now = make.NOW + timedelta(hours=1)
    assert (
        take_back(customers, make.CSM, CUSTOMERS, "C-001", now=now)
        == "Taken back: customer C-001 is as it was before"
    )
    assert record(customers, CUSTOMERS, "C-001").values["items"] is None
    void(customers, make.CSM, CUSTOMERS, "C-001", "x", now=now)
    assert take_back(customers, make.CSM, CUSTOMERS, "C-001", now=now).startswith("Restored")
    added = add(
        customers, make.CSM, CUSTOMERS, {"name": "New", "status": "live"}, now=now, request_key=fresh()
    ).keys[0]
    assert (
        take_back(customers, make.CSM, CUSTOMERS, added, now=now)
        == "Taken back: customer C-003 is off the record"
    )
    assert history(customers, CUSTOMERS, added)[0][3] == "taken back"
    with pytest.raises(Refused, match="there is no customer 'C-9'"):
        take_back(customers, make.CSM, CUSTOMERS, "C-9", now=now)


def test_undo_takes_back_one_s_own_act_alone(customers):
    opened = record(customers, CUSTOMERS, "C-001").recorded_at
    changed(customers, make.CSM, "C-001", {"items": "5"}, opened)
    mine = last_moved(customers, CUSTOMERS, "C-001")
    changed(customers, make.CEO, "C-001", {"items": "6"}, mine)
    with pytest.raises(Refused, match="was changed since"):
        take_back(customers, make.CSM, CUSTOMERS, "C-001", now=make.NOW, seen_at=mine)
    assert record(customers, CUSTOMERS, "C-001").values["items"] == 6
    void(customers, make.CSM, CUSTOMERS, "C-002", "x", now=make.NOW)
    gone = last_moved(customers, CUSTOMERS, "C-002")
    restore(customers, make.CEO, CUSTOMERS, "C-002", now=make.NOW, request_key="again")
    with pytest.raises(Refused, match="was changed since"):
        take_back(customers, make.CSM, CUSTOMERS, "C-002", now=make.NOW, seen_at=gone)
    assert last_moved(customers, CUSTOMERS, "C-9") is None


def test_many_rows_change_in_one_transaction_or_not_at_all(customers):
    seen = {one.key: one.recorded_at for one in listed(customers, Asked(CUSTOMERS)).rows}
    changes = {"C-001": {"items": "12"}, "C-002": {"name": "Harbor Foods", "items": "x"}}
    with pytest.raises(RowsRefused, match=r"row 2, items: 'x' is not a whole number"):
        change(customers, make.CSM, CUSTOMERS, changes, seen, now=make.NOW, request_key=fresh())
    assert record(customers, CUSTOMERS, "C-001").values["items"] is None
    changes["C-002"]["items"] = "13"
    done = change(customers, make.CSM, CUSTOMERS, changes, seen, now=make.NOW, request_key=fresh())
    assert (done.loaded.updated, done.keys) == (2, ("C-001", "C-002"))
    rows = {one.key: one.values for one in listed(customers, Asked(CUSTOMERS)).rows}
    assert (rows["C-001"]["name"], rows["C-001"]["items"]) == ("Northwind", 12)
    assert (rows["C-002"]["name"], rows["C-002"]["items"]) == ("Harbor Foods", 13)


def test_a_closed_month_refuses_by_hand_as_in_a_file(store):
    make.loaded(store, "bills", "bill_id,incurred_on,payee,amount\nB-AD-02,2026-02-05,Ad House,6000.00\n")
    with store.write(make.CEO, "close", "close", now=make.NOW) as write:
        write.sql(
            "insert into closes (month, version, event, done_at, done_by) values ('2026-02', 1, 'closed', now(), 'x@y.z')"
        )
    bills = RECORDS["bills"]
    values = {"bill_id": "B-X", "incurred_on": "2026-02-10", "payee": "Late", "amount": "10.00"}
    with pytest.raises(RowsRefused, match="2026-02 is closed"):
        add(store, make.CFO, bills, values, now=make.NOW, request_key="x")
    with pytest.raises(PeriodClosed):
        void(store, make.CFO, bills, "B-AD-02", "x", now=make.NOW)


def test_a_template_row_is_what_a_file_holds():
    for kind in RECORDS.values():
        text = ",".join(kind.names) + "\n" + "\n".join(kind.examples)
        if kind.name != "probes":
            assert read_sheet(kind, text.encode(), "x").problems == ()
