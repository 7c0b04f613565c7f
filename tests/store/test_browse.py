"""Lists of every kind: searched, filtered, sorted, page by page; what hangs on a record."""

import make
import pytest

from tai_ops.errors import WrongUsage
from tai_ops.kinds import RECORDS
from tai_ops.store.browse import (
    Asked,
    choices,
    conditions,
    hanging_on,
    hanging_rows,
    listed,
    named_by,
    record,
    suggestions,
)


@pytest.fixture
def books(store):
    make.examples(store)
    return store


def keys(store, kind, *, text="", where=(), **more):
    asked = Asked(RECORDS[kind], text=text, where=conditions(RECORDS[kind], where), **more)
    return [row.key for row in listed(store, asked).rows]


@pytest.mark.parametrize("name", RECORDS)
def test_every_kind_and_each_of_its_columns_is_listed_sorted_and_filtered(books, name):
    kind = RECORDS[name]
    everything = listed(books, Asked(kind))
    assert everything.count == (0 if name == "contacts" else 2)
    for column in kind.columns:
        for sort in (column.name, f"-{column.name}"):
            assert len(listed(books, Asked(kind, sort=sort)).rows) == everything.count
        empty = listed(books, Asked(kind, where=conditions(kind, [f"{column.name}:="]))).count
        filled = listed(books, Asked(kind, where=conditions(kind, [f"{column.name}:!="]))).count
        assert empty + filled == everything.count
        for row in everything.rows:
            value = row.values[column.name]
            if value is not None:
                text = (
                    value.isoformat()
                    if hasattr(value, "isoformat")
                    else str(value).lower()
                    if isinstance(value, bool)
                    else str(value)
                )
                assert row.key in keys(books, name, where=[f"{column.name}:{text}"])


def test_a_search_finds_words_in_any_text_and_in_the_names_of_what_is_meant(books):
    assert keys(books, "customers", text="NORTH parts") == ["C-001"]
    assert keys(books, "invoices", text="harbor") == ["INV-0002"]
    assert keys(books, "proposals", text="apex") == ["Q-002", "Q-001"]
    assert keys(books, "bills", text="google 5512") == ["B-0001"]
    assert keys(books, "bills", text="google nothing") == []
    assert keys(books, "customers", text="%' or 1=1 --") == []


def test_filters_of_each_type(books):
    assert keys(books, "customers", where=["status:live"]) == ["C-001"]
    assert keys(books, "customers", where=["status:live|onboarding"]) == ["C-001", "C-002"]
    assert keys(books, "customers", where=["items:20000.."]) == ["C-001"]
    assert keys(books, "customers", where=["signed_on:..2025-12-31"]) == ["C-001"]
    assert keys(books, "customers", where=["signed_on:2026-02-02..2026-02-02"]) == ["C-002"]
    assert keys(books, "customers", where=["name:~port", "industry:food"]) == []
    assert keys(books, "customers", where=["name:~port"]) == []
    assert keys(books, "customers", where=["name:~parts"]) == ["C-001"]
    assert keys(books, "customers", where=["reference_consent:no"]) == ["C-002"]
    assert keys(books, "incidents", where=["detected_at:2026-02-24..2026-02-24"]) == ["I-001"]
    assert keys(books, "incidents", where=["detected_at:2026-02-25.."]) == ["I-002"]
    assert keys(books, "subscriptions", where=["discount_pct:!="]) == ["S-002"]


@pytest.mark.parametrize(
    "text", ["status:gone", "nothing:1", "status", "items:many", "signed_on:2026-13-01.."]
)
def test_a_condition_that_is_none_is_said(text):
    with pytest.raises(WrongUsage):
        conditions(RECORDS["customers"], [text])


def test_pages_of_rows_tile_the_list(store):
    make.loaded(
        store,
        "customers",
        "customer_id,name,status\n" + "".join(f"C-{n:03d},N {n % 7},live\n" for n in range(250)),
    )
    found = []
    for page in (1, 2, 3):
        one = listed(store, Asked(RECORDS["customers"], sort="-name", page=page))
        assert (one.count, one.pages) == (250, 3)
        found.extend(row.key for row in one.rows)
    assert len(found) == len(set(found)) == 250
    assert (
        listed(store, Asked(RECORDS["customers"], page=99)).rows
        == listed(store, Asked(RECORDS["customers"], page=3)).rows
    )


def test_what_a_record_names_and_what_names_it(books):
    invoice = RECORDS["invoices"]
    seen = record(books, invoice, "INV-0002")
    assert [(n.kind.name, n.key, n.name) for n in named_by(books, invoice, seen)] == [
        ("customers", "C-002", "Harbor Foods")
    ]
    assert {(h.kind.name, h.count) for h in hanging_on(books, invoice, seen)} == {
        ("payments", 1),
        ("services", 1),
    }
    customer = record(books, RECORDS["customers"], "C-001")
    hanging = {h.kind.name: h.count for h in hanging_on(books, RECORDS["customers"], customer)}
    assert hanging["invoices"] == 1
    assert hanging["measurements"] == 2


def test_a_person_is_named_by_the_customers_that_they_look_after(books):
    make.loaded(books, "customers", "customer_id,csm_email\nC-001,mara.klein@tai.example\n")
    person = record(books, RECORDS["people"], "mara.klein@tai.example")
    assert [
        (h.kind.name, [r.key for r in hanging_rows(books, h, "mara.klein@tai.example")])
        for h in hanging_on(books, RECORDS["people"], person)
    ] == [("customers", ["C-001"])]


def test_what_a_field_may_name_and_what_stands_in_it_already(books):
    payments = RECORDS["payments"]
    assert choices(books, payments, payments.column("invoice_number")) == {
        "INV-0002": "Harbor Foods", "INV-0001": "Northwind Parts",
    }  # fmt: skip
    assert suggestions(books, RECORDS["bills"], RECORDS["bills"].column("category")) == [
        "cloud infrastructure",
        "payroll",
    ]
    assert choices(books, payments, payments.column("payer")) == {}


def test_hostile_names_are_listed_and_found_as_they_are(store):
    from tai_ops.rights import LOCAL_OWNER
    from tai_ops.store.corrections import add

    hostile = [
        '<b>Co</b> & "Sons"',
        "$Freight$ *Lines* | x",
        "🚚 \u202eevil\u202c",
        "'; drop table customers; --",
        "N" * 1000,
    ]
    for place, name in enumerate(hostile):
        add(
            store, LOCAL_OWNER, RECORDS["customers"], {"customer_id": f"C-{place}", "name": name, "status": "live"},
            now=make.NOW, request_key=str(place),
        )  # fmt: skip
    rows = listed(store, Asked(RECORDS["customers"])).rows
    assert [row.values["name"] for row in rows] == hostile
    assert keys(store, "customers", text="$freight$") == ["C-1"]
    assert keys(store, "customers", where=["name:~<b>co"]) == ["C-0"]
