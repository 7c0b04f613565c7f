"""What a person picks from: open entries near a line, many at once, and the pairs that hold."""

from datetime import date
from decimal import Decimal

import make
import pytest

from tai_ops.errors import Refused
from tai_ops.store import Store
from tai_ops.store.match_lists import Entry, candidates, entries, left_after, pairs_that_hold
from tai_ops.store.matches import decide, decide_together, reconcile, standing

HEAD = "Date,Description,Amount\n"
INVOICES = """invoice_number,customer_id,issued_on,due_on,amount,kind
INV-1,A,2026-01-05,2026-02-04,500.00,licence
INV-2,B,2026-01-05,2026-02-04,700.00,licence
INV-3,A,2026-01-06,2026-02-05,150.00,services
INV-4,A,2026-01-07,2026-02-06,50.00,services
"""
BILLS = """bill_id,account,incurred_on,paid_on,payee,amount,category,reference
B-1,OP,2026-01-20,2026-01-20,Cloud Co,120.00,cloud infrastructure,
B-2,SAVE,2026-01-28,2026-01-28,Landlord,120.00,rent,check 88
B-3,,2026-01-22,,Printer Co,120.00,office,PR-7
"""


@pytest.fixture
def books(store: Store) -> Store:
    make.accounts(store)
    make.loaded(store, "customers", "customer_id,name,status\nA,Acme LLC,live\nB,Beta Foods,live\n")
    make.loaded(store, "invoices", INVOICES)
    make.loaded(store, "bills", BILLS)
    return store


def line_of(books: Store, text: str, amount: str, account: str = "OP") -> str:
    make.statement(books, HEAD + f"2026-01-30,{text},{amount}\n", account=account, name=f"{text}.csv")
    [(line_id,)] = books.rows("select line_id from statement_lines where description = $t", {"t": text})
    return line_id


def ids(found: tuple[Entry, ...]) -> list[str]:
    return [entry.entry_id for entry in found]


def test_what_goes_the_lines_way_is_offered_nearest_in_amount_first(books: Store) -> None:
    assert ids(candidates(books, line_of(books, "SOMEONE", "160.00"))) == ["INV-3", "INV-4", "INV-1", "INV-2"]


def test_what_the_books_hold_on_another_account_is_not_offered(books: Store) -> None:
    assert ids(candidates(books, line_of(books, "SHOP", "-120.00"))) == ["B-3", "B-1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("beta", ["INV-2"]),
        ("inv-3", ["INV-3"]),
        ("$700.00", ["INV-2"]),
        ("50", ["INV-3", "INV-4", "INV-1"]),
        ("%", []),
    ],
    ids=["a party", "an id", "an amount", "a part of an amount", "a sign that means nothing"],
)
def test_a_text_narrows_them(books: Store, text: str, found: list[str]) -> None:
    assert ids(candidates(books, line_of(books, "SOMEONE", "160.00"), text)) == found


def test_only_what_is_left_of_an_entry_is_offered(books: Store) -> None:
    decide(books, make.CFO, line_of(books, "PART", "45.00"), "invoice", "INV-1", "confirmed", now=make.NOW)
    line_id = line_of(books, "REST", "455.00")
    assert candidates(books, line_id, "INV-1")[0].left == Decimal("455.00")
    decide(books, make.CFO, line_id, "invoice", "INV-1", "confirmed", now=make.NOW)
    assert candidates(books, line_of(books, "MORE", "455.00"), "INV-1") == ()


def test_an_equal_and_opposite_line_of_another_account_is_offered_until_it_is_matched(books: Store) -> None:
    there = line_of(books, "IN", "90.00", account="SAVE")
    here = line_of(books, "OUT", "-90.00")
    assert [entry.entry_id for entry in candidates(books, here) if entry.entry_kind == "line"] == [there]
    assert candidates(books, here, "IN")[0].account == "SAVE"
    decide(books, make.CFO, there, "invoice", "INV-1", "confirmed", now=make.NOW)
    assert "line" not in {entry.entry_kind for entry in candidates(books, here)}


def test_several_are_matched_together_or_not_at_all(books: Store) -> None:
    line_id = line_of(books, "THREE AT ONCE", "700.00")
    three = [("invoice", "INV-1"), ("invoice", "INV-3"), ("invoice", "INV-4")]
    with pytest.raises(Refused, match="there is no invoice 'INV-9'"):
        decide_together(books, make.CFO, line_id, [*three, ("invoice", "INV-9")], "confirmed", now=make.NOW)
    assert standing(books, "OP", now=make.NOW).matched == 0
    decide_together(books, make.CFO, line_id, three, "confirmed", now=make.NOW)
    assert standing(books, "OP", now=make.NOW).unmatched_bank == ()
    assert pairs_that_hold(books, "OP", date(2026, 1, 31), limit=9)[0] == 3
    decide_together(books, make.CFO, line_id, three, "undone", now=make.NOW)
    assert standing(books, "OP", now=make.NOW).matched == 0


def test_what_stays_of_a_line_is_what_no_entry_takes(books: Store) -> None:
    found = {entry.entry_id: entry for entry in candidates(books, line_of(books, "MANY", "600.00"))}
    assert left_after(Decimal("600.00"), []) == Decimal("600.00")
    assert left_after(Decimal("600.00"), [found["INV-1"], found["INV-4"]]) == Decimal("50.00")
    assert left_after(Decimal("600.00"), [found["INV-1"], found["INV-3"]]) == 0
    assert left_after(Decimal("-600.00"), []) == Decimal("-600.00")


def test_the_pairs_that_hold_come_newest_first_by_pages(books: Store) -> None:
    make.statement(books, HEAD + "2026-01-21,CLOUD CO,-120.00\n2026-01-31,ACME LLC INV-1,500.00\n")
    reconcile(books, make.CFO, "OP", now=make.NOW)
    count, [first] = pairs_that_hold(books, "OP", date(2026, 1, 31), limit=1)
    assert (count, first.entry.entry_id, first.entry.party) == (2, "INV-1", "Acme LLC")
    assert (first.settles, first.decided_by, bool(first.reasons)) == (Decimal("500.00"), "auto", True)
    assert pairs_that_hold(books, "OP", date(2026, 1, 31), limit=1, offset=1)[1][0].entry.entry_id == "B-1"
    assert pairs_that_hold(books, "OP", date(2026, 1, 31), limit=9, text="cloud")[0] == 1
    assert pairs_that_hold(books, "OP", date(2026, 1, 20), limit=9) == (0, ())


def test_entries_are_found_by_kind_and_id(books: Store) -> None:
    found = entries(books, [("bill", "B-3"), ("invoice", "INV-2"), ("bill", "INV-2")])
    assert {key: (entry.party, entry.left) for key, entry in found.items()} == {
        ("bill", "B-3"): ("Printer Co", Decimal("-120.00")),
        ("invoice", "INV-2"): ("Beta Foods", Decimal("700.00")),
    }
    assert entries(books, []) == {}


def test_a_line_that_is_gone_is_refused(books: Store) -> None:
    with pytest.raises(Refused, match="this bank line is not there"):
        candidates(books, "gone")
