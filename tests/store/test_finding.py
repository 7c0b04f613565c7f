"""Three letters reach any record."""

import make
import pytest

from tai_ops.store.finding import Found, found


@pytest.fixture
def books(store):
    make.examples(store)
    return store


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("northw", {"customers", "invoices"}), ("inv-0002", {"invoices"}), ("APEX", {"prospects", "deals", "proposals"}),
        ("goo", {"payees"}), ("slow dash", {"incidents"}), ("D-0", {"deals"}), ("q-001", {"proposals"}),
        ("mara", {"people"}), ("dana ruiz", {"prospects", "deals", "proposals"}), ("zzz", set()), ("no", set()),
    ],
)  # fmt: skip
def test_letters_of_a_name_or_number_find_it_and_what_belongs_to_it(books, text, kinds):
    assert {one.kind for one in found(books, text)} == kinds


def test_what_is_called_so_stands_before_what_only_holds_it(store):
    make.loaded(
        store, "customers",
        "customer_id,name,status\nC-1,A harbor,live\nC-2,Harbor Foods,live\nC-3,Harbor,live\nC-4,Old harbors,live\n",
    )  # fmt: skip
    assert [one.key for one in found(store, "harbor")] == ["C-3", "C-2", "C-1", "C-4"]


def test_at_most_a_handful_of_each_kind(store):
    make.loaded(
        store, "customers", "customer_id,name,status\n" + "".join(f"C-{n},Many,live\n" for n in range(30))
    )
    assert len(found(store, "many")) == 5


def test_signs_of_patterns_are_letters_like_others(store):
    make.loaded(store, "customers", "customer_id,name,status\nC-1,100%_x\\y,live\nC-2,100 of x,live\n")
    assert found(store, "100%") == (Found("customers", "C-1", "100%_x\\y"),)
    assert found(store, "_x\\") == (Found("customers", "C-1", "100%_x\\y"),)
