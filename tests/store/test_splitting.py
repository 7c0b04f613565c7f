"""One line settled by several things at once: splits add up, small differences go to a chosen account, undo takes all back."""

from decimal import Decimal

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.store import Store, facts, ledger
from tai_ops.store.deciding import decide
from tai_ops.store.matches import book_line, standing
from tai_ops.store.splitting import Part, WriteOff, match_and_write_off, split_line

HEAD = "Date,Description,Amount\n"
FEE = WriteOff("entries", {"account": "OP", "kind": "fee", "payee": "Bank"})


def books(store: Store, invoiced: str, line: str) -> str:
    """An invoice of A over that much and one bank line; answers the line's id."""
    make.accounts(store)
    make.loaded(store, "customers", "customer_id,name,status\nA,Acme LLC,live\n")
    head = "invoice_number,customer_id,issued_on,due_on,amount,kind\n"
    make.loaded(store, "invoices", f"{head}INV-1,A,2026-01-05,2026-02-04,{invoiced},licence\n")
    make.statement(store, f"{HEAD}2026-01-30,ACME LLC INV-1,{line}\n")
    return store.row("select line_id from statement_lines")[0]


def held(store: Store) -> list[tuple[str, Decimal]]:
    return store.rows(f"select entry_kind, amount from ({ledger.CONFIRMED}) order by entry_kind, amount")


def left(store: Store) -> list[Decimal]:
    return [line.left for line in standing(store, "OP", now=make.NOW).unmatched_bank]


@pytest.mark.parametrize(
    ("invoiced", "received", "written_off"),
    [
        pytest.param("100.00", "95.00", "-5.00", id="W41, 95 of 100"),
        pytest.param("1000.00", "990.00", "-10.00", id="W41, 990 of 1000"),
        pytest.param("4800.00", "4766.66", "-33.34", id="W41, 4766.66 of 4800"),
        pytest.param("45.50", "45.00", "-0.50", id="W41, 45.00 of 45.50"),
        pytest.param("100.00", "101.00", "1.00", id="too much"),
    ],
)
def test_a_small_difference_is_written_off_and_the_invoice_is_settled_in_full(
    store: Store, invoiced: str, received: str, written_off: str
) -> None:
    line_id = books(store, invoiced, received)
    done = match_and_write_off(store, make.CFO, line_id, [("invoice", "INV-1")], FEE, now=make.NOW)
    assert [kind for kind, _ in done] == ["invoice", "entry"]
    assert held(store) == [("entry", Decimal(written_off)), ("invoice", Decimal(invoiced))]
    assert left(store) == []
    entry = store.row("select account, amount, kind, booked_on::varchar from entries")
    assert entry == ("OP", Decimal(written_off), "fee", "2026-01-30")
    cursor = store.cursor()
    account = next(a for a in facts.accounts(cursor) if a.account == "OP")
    day = standing(store, "OP", now=make.NOW).through
    assert account.opening_balance is not None
    assert ledger.book_balance(cursor, account, day) == account.opening_balance + Decimal(received)
    cursor.close()


def test_w40_a_fee_as_large_as_the_line_is_refused(store: Store) -> None:
    line_id = books(store, "21.00", "10.00")
    with pytest.raises(Refused, match="no small part"):
        match_and_write_off(store, make.CFO, line_id, [("invoice", "INV-1")], FEE, now=make.NOW)
    assert held(store) == []
    assert store.rows("select * from entries") == []


def test_undoing_the_match_takes_out_what_was_written_off_with_it(store: Store) -> None:
    line_id = books(store, "100.00", "95.00")
    match_and_write_off(store, make.CFO, line_id, [("invoice", "INV-1")], FEE, now=make.NOW)
    (said,) = decide(store, make.CFO, line_id, "invoice", "INV-1", "undone", now=make.NOW)
    assert "taken out" in said
    assert held(store) == []
    assert store.rows("select * from entries") == []


def test_the_same_request_writes_off_once(store: Store) -> None:
    line_id = books(store, "100.00", "95.00")
    twice = [
        match_and_write_off(
            store, make.CFO, line_id, [("invoice", "INV-1")], FEE, now=make.NOW, request_key="k"
        )
        for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert len(store.rows("select * from entries")) == 1


def test_a_line_is_split_over_categories_and_a_document(store: Store) -> None:
    make.accounts(store)
    make.loaded(
        store, "bills", "bill_id,account,incurred_on,payee,amount\nB-1,,2026-01-10,Office Depot,40.00\n"
    )
    make.statement(store, f"{HEAD}2026-01-30,OFFICE DEPOT,-100.00\n")
    line_id = store.row("select line_id from statement_lines")[0]
    parts = [
        Part(Decimal("-40.00"), "bill", "B-1"),
        Part(Decimal("-35.50"), "bills", values={"account": "OP", "category": "rent"}),
        Part(Decimal("-24.50"), "bills", values={"account": "OP", "category": "payroll"}),
    ]
    with pytest.raises(NotAllowed):
        split_line(store, make.CSM, line_id, parts, now=make.NOW)
    split_line(store, make.CFO, line_id, parts, now=make.NOW)
    made = store.rows("select category, amount from bills where category is not null order by amount")
    assert made == [("payroll", Decimal("24.50")), ("rent", Decimal("35.50"))]
    assert left(store) == []


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        (("-40.00", "-59.00"), "the parts come to -99.00 and the line has -100.00: -1.00 is missing"),
        (("-41.00", "-59.00"), "has 40.00 open, less than 41.00"),
        (("-100.00", "0.00"), "every part needs an amount"),
        (("40.00", "-140.00"), "settled already, or goes the other way"),
    ],
)
def test_a_split_that_does_not_add_up_is_refused_whole(
    store: Store, amounts: tuple[str, str], why: str
) -> None:
    make.accounts(store)
    make.loaded(
        store, "bills", "bill_id,account,incurred_on,payee,amount\nB-1,,2026-01-10,Office Depot,40.00\n"
    )
    make.statement(store, f"{HEAD}2026-01-30,OFFICE DEPOT,-100.00\n")
    line_id = store.row("select line_id from statement_lines")[0]
    first, second = map(Decimal, amounts)
    parts = [
        Part(second, "bills", values={"account": "OP", "category": "rent"}),
        Part(first, "bill", "B-1"),
    ]
    with pytest.raises(Refused, match=why):
        split_line(store, make.CFO, line_id, parts, now=make.NOW)
    assert held(store) == []
    assert len(store.rows("select * from bills")) == 1


def test_the_missing_payment_is_made_from_the_line_and_counts_for_its_invoice(store: Store) -> None:
    line_id = books(store, "100.00", "60.00")
    values = {"account": "OP", "payee": "Acme LLC", "invoice_number": "INV-1"}
    made = book_line(store, make.CFO, line_id, "payments", values, now=make.NOW)
    assert made.startswith("P-2026-01-30-acme-")
    assert store.row("select amount, payer, invoice_number from payments") == (
        Decimal("60.00"),
        "Acme LLC",
        "INV-1",
    )
    assert left(store) == []
    decide(store, make.CFO, line_id, "payment", made, "undone", now=make.NOW)
    assert store.rows("select * from payments") == []
