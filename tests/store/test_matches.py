"""Reconciling: what is certain is confirmed, what a person decided stays, both sides add up, the lock holds."""

from datetime import date
from decimal import Decimal

import make
import pytest

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.period import Month
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store, closing
from tai_ops.store import facts as facts_of
from tai_ops.store.bank import undo_import
from tai_ops.store.matches import (
    Reconciliation,
    book_line,
    decide,
    lock,
    pairs,
    reconcile,
    standing,
    type_balance,
    unlock,
)
from tai_ops.store.records import history, void

HEAD = "Date,Description,Amount\n"


@pytest.fixture
def books(store: Store) -> Store:
    make.accounts(store)
    make.loaded(store, "customers", "customer_id,name,status\nA,Acme LLC,live\nB,Beta Foods,live\n")
    make.loaded(
        store,
        "invoices",
        "invoice_number,customer_id,issued_on,due_on,amount,kind\n"
        "INV-1,A,2026-01-05,2026-02-04,500.00,licence\nINV-2,B,2026-01-05,2026-02-04,700.00,licence\n",
    )
    make.loaded(
        store,
        "bills",
        "bill_id,account,incurred_on,paid_on,payee,amount,category,reference\n"
        "B-1,OP,2026-01-20,2026-01-20,Cloud Co,120.00,cloud infrastructure,\n"
        "B-2,OP,2026-01-28,2026-01-28,Landlord,300.00,rent,check 88\n",
    )
    return store


def run(store: Store, account: str = "OP", through: str | None = None) -> Reconciliation:
    day = date.fromisoformat(through) if through else None
    return reconcile(store, LOCAL_OWNER, account, now=make.NOW, through=day)


def test_certain_pairs_are_confirmed_and_the_statement_is_two_sided(books: Store) -> None:
    make.statement(
        books, HEAD + "2026-01-21,CLOUD CO,-120.00\n2026-01-30,ACME LLC INV-1,500.00\n2026-01-31,FEE,-5.00\n"
    )
    found = run(books)
    assert (found.matched, found.newly_confirmed) == (2, 2)
    assert [line.left for line in found.unmatched_bank] == [Decimal("-5.00")]
    assert [(i.item_id, i.amount) for i in found.unmatched_book] == [("bill B-2", Decimal("-300.00"))]
    assert found.bank_balance == Decimal("1375.00")
    assert found.book_balance == Decimal("1080.00")  # 1000 - 120 - 300 + 500 of the matched invoice
    assert found.outstanding == Decimal("300.00")
    assert found.difference == Decimal("-5.00")
    assert found.explained
    assert run(books).newly_confirmed == 0


def test_a_difference_that_no_line_explains_is_not_explained(books: Store) -> None:
    make.statement(books, HEAD + "2026-01-21,CLOUD CO,-120.00\n")
    type_balance(books, make.CFO, "OP", date(2026, 1, 21), Decimal("900.00"), now=make.NOW)
    found = run(books)
    assert found.difference == Decimal("20.00")
    assert not found.explained


def test_a_tie_is_suggested_and_never_confirmed(books: Store) -> None:
    make.loaded(
        books,
        "invoices",
        "invoice_number,customer_id,issued_on,due_on,amount,kind\nINV-3,A,2026-01-05,2026-02-04,500.00,services\n",
    )
    make.statement(books, HEAD + "2026-01-30,ACME LLC,500.00\n")
    found = run(books)
    assert found.newly_confirmed == 0
    [line] = found.unmatched_bank
    assert {m.entry_id for m in line.suggestions} == {"INV-1", "INV-3"}
    assert all(m.reasons for m in line.suggestions)


def test_what_a_person_declined_is_not_offered_again_and_what_she_confirmed_stays(books: Store) -> None:
    make.statement(books, HEAD + "2026-01-30,SOMEONE,500.00\n")
    [line] = standing(books, "OP", now=make.NOW).unmatched_bank
    decide(books, make.CFO, line.line_id, "invoice", "INV-1", "declined", now=make.NOW)
    again = run(books)
    assert all(m.entry_id != "INV-1" for m in again.pairs)
    decide(books, make.CFO, line.line_id, "invoice", "INV-2", "confirmed", now=make.NOW)
    assert run(books).matched == 1
    assert run(books).unmatched_bank == ()


def test_w42_the_residual_decides(books: Store) -> None:
    make.loaded(
        books,
        "payments",
        "payment_id,account,received_on,amount,invoice_number\nP-1,SAVE,2026-01-10,45.00,INV-1\n",
    )
    make.statement(books, HEAD + "2026-01-30,ACME LLC INV-1,500.00\n")
    [line] = standing(books, "OP", now=make.NOW).unmatched_bank
    decide(books, make.CFO, line.line_id, "invoice", "INV-1", "confirmed", now=make.NOW)
    assert [line.left for line in standing(books, "OP", now=make.NOW).unmatched_bank] == [Decimal("45.00")]
    with pytest.raises(Refused, match="INV-1 is settled already"):
        decide(books, make.CFO, line.line_id, "invoice", "INV-1", "confirmed", now=make.NOW)


def test_a_match_is_undone_by_a_row_of_its_own(books: Store) -> None:
    make.statement(books, HEAD + "2026-01-21,CLOUD CO,-120.00\n")
    run(books)
    [(line_id,)] = books.rows("select line_id from statement_lines")
    decide(books, make.CFO, line_id, "bill", "B-1", "undone", now=make.NOW)
    assert standing(books, "OP", now=make.NOW).matched == 0
    assert books.rows(
        "select decision, decided_by from match_decisions order by decided_at, decision_id"
    ) == [
        ("confirmed", "auto"),
        ("undone", make.CFO.email),
    ]
    with pytest.raises(Refused, match="nothing to undo"):
        decide(books, make.CFO, line_id, "bill", "B-1", "undone", now=make.NOW)


def test_a_matched_import_cannot_be_undone(books: Store) -> None:
    imported = make.statement(books, HEAD + "2026-01-21,CLOUD CO,-120.00\n")
    run(books)
    with pytest.raises(Refused, match="1 line of this import is reconciled"):
        undo_import(books, make.CFO, imported.statement_id, now=make.NOW)


def test_an_own_transfer_is_one_transfer_and_no_burn(books: Store) -> None:
    make.statement(books, HEAD + "2026-01-15,TRANSFER TO SAVINGS,-200.00\n2026-01-21,CLOUD CO,-120.00\n")
    make.statement(books, HEAD + "2026-01-16,TRANSFER FROM OPERATING,200.00\n", account="SAVE", name="s.csv")
    assert run(books).matched == 2
    assert standing(books, "SAVE", now=make.NOW).matched == 1
    read = facts_of.facts(books, facts_of.window(books, make.NOW, month=Month(2026, 1)))
    from tai_ops.cash import burn

    flow = burn(read.account_months, Month(2026, 1))
    assert flow is not None
    assert (flow.gross, flow.net) == (Decimal("120.00"), Decimal("120.00"))


def test_money_of_investors_is_no_burn_also_before_anybody_reconciled(books: Store) -> None:
    make.loaded(
        books,
        "entries",
        "entry_id,account,booked_on,amount,kind,payee\nE-1,OP,2026-01-10,40000.00,financing,Seed Fund\n",
    )
    make.statement(books, HEAD + "2026-01-12,WIRE SEED FUND,40000.00\n2026-01-21,CLOUD CO,-120.00\n")
    read = facts_of.facts(books, facts_of.window(books, make.NOW, month=Month(2026, 1)))
    from tai_ops.cash import burn

    flow = burn(read.account_months, Month(2026, 1))
    assert flow is not None
    assert flow.net == Decimal("120.00")


def test_a_fee_is_booked_from_its_line(books: Store) -> None:
    make.statement(books, HEAD + "2026-01-31,MONTHLY FEE,-5.00\n")
    [line] = standing(books, "OP", now=make.NOW).unmatched_bank
    entry = book_line(
        books,
        make.CFO,
        line.line_id,
        "entries",
        {"account": "OP", "kind": "fee"},
        now=make.NOW,
        request_key="k",
    )
    assert books.rows("select kind, amount, payee from entries where entry_id = $e", {"e": entry}) == [
        ("fee", Decimal("-5.00"), "MONTHLY FEE")
    ]
    assert standing(books, "OP", now=make.NOW).unmatched_bank == ()
    again = book_line(
        books,
        make.CFO,
        line.line_id,
        "entries",
        {"account": "OP", "kind": "fee"},
        now=make.NOW,
        request_key="k",
    )
    assert again == entry == "E-2026-01-31-monthly-1"


def booked(store: Store) -> tuple[str, str]:
    """A line and the bill that was booked from it."""
    make.statement(store, HEAD + "2026-01-20,ACME LTD 77,-45.00\n", name="acme.csv")
    line = next(one for one in standing(store, "OP", now=make.NOW).unmatched_bank if one.amount == -45)
    values = {"account": "OP", "category": "other"}
    return line.line_id, book_line(store, make.CFO, line.line_id, "bills", values, now=make.NOW)


def bills(store: Store, key: str) -> int:
    return len(store.rows("select bill_id from bills where bill_id = $key", {"key": key}))


def test_undoing_the_match_takes_out_what_was_booked_from_the_line(books: Store) -> None:
    line, key = booked(books)
    assert key == "B-2026-01-20-acme-1"
    said = decide(books, make.CFO, line, "bill", key, "undone", now=make.NOW)
    assert said == (f"bill {key} is taken out, as it was booked from this line",)
    assert bills(books, key) == 0
    [event] = history(books, KINDS["bills"], key)
    assert (event[0], event[3]) == ("void", "booking from the bank line undone")
    again = book_line(books, make.CFO, line, "bills", {"account": "OP", "category": "other"}, now=make.NOW)
    assert again == "B-2026-01-20-acme-2"


def test_what_was_changed_since_stays_and_that_is_said(books: Store) -> None:
    line, key = booked(books)
    make.loaded(
        books, "bills", f"bill_id,incurred_on,payee,amount,category\n{key},2026-01-20,Acme,45.00,rent\n"
    )
    said = decide(books, make.CFO, line, "bill", key, "undone", now=make.NOW)
    assert said == (f"bill {key} stays: it was changed since it was booked",)
    assert bills(books, key) == 1
    assert line in {one.line_id for one in standing(books, "OP", now=make.NOW).unmatched_bank}


def test_a_match_that_a_person_made_leaves_its_bill_when_it_is_undone(books: Store) -> None:
    line, key = booked(books)
    decide(books, make.CFO, line, "bill", key, "undone", now=make.NOW)
    make.loaded(books, "bills", "bill_id,account,incurred_on,payee,amount\nB-77,OP,2026-01-20,Acme,45.00\n")
    decide(books, make.CFO, line, "bill", "B-77", "confirmed", now=make.NOW)
    assert decide(books, make.CFO, line, "bill", "B-77", "undone", now=make.NOW) == ()
    assert bills(books, "B-77") == 1


def test_the_lock_needs_an_explained_difference_and_then_holds(books: Store) -> None:
    imported = make.statement(
        books, HEAD + "2026-01-21,CLOUD CO,-120.00\n2026-01-29,CHECK 88 LANDLORD,-300.00\n"
    )
    type_balance(books, make.CFO, "OP", date(2026, 1, 31), Decimal("581.00"), now=make.NOW)
    run(books, through="2026-01-31")
    with pytest.raises(Refused, match=r"bank and books differ by 1.00 and the unmatched lines do not add up"):
        lock(books, make.CFO, "OP", date(2026, 1, 31), now=make.NOW)
    type_balance(books, make.CFO, "OP", date(2026, 1, 31), Decimal("580.00"), now=make.NOW)
    locked = lock(books, make.CFO, "OP", date(2026, 1, 31), now=make.NOW)
    assert locked.difference == 0
    [(line_id,)] = books.rows("select line_id from statement_lines where amount = -120")
    with pytest.raises(Refused, match=r"account OP is reconciled and locked through 2026-01-31 \(by jonas"):
        decide(books, make.CFO, line_id, "bill", "B-1", "undone", now=make.NOW)
    with pytest.raises(Refused, match="locked through 2026-01-31"):
        make.statement(books, HEAD + "2026-01-30,LATE,-1.00\n", name="late.csv")
    with pytest.raises(Refused, match="a reason is needed"):
        unlock(books, make.CFO, "OP", " ", now=make.NOW)
    assert unlock(books, make.CFO, "OP", "the bank corrected a line", now=make.NOW) == date(2026, 1, 31)
    decide(books, make.CFO, line_id, "bill", "B-1", "undone", now=make.NOW)
    assert imported.added == 2


def test_cash_is_the_adjusted_bank_once_reconciled(books: Store) -> None:
    make.statement(books, HEAD + "2026-01-21,CLOUD CO,-120.00\n")
    type_balance(books, make.CFO, "OP", date(2026, 1, 31), Decimal("880.00"), now=make.NOW)
    run(books, through="2026-01-31")
    before = facts_of.cash_of(books, date(2026, 1, 31))[0]
    assert [(b.amount, b.basis) for b in before if b.account == "OP"] == [
        (Decimal("880.00"), "statement, unreconciled")
    ]
    lock(books, make.CFO, "OP", date(2026, 1, 31), now=make.NOW)
    after = facts_of.cash_of(books, date(2026, 1, 31))[0]
    assert [(b.amount, b.basis) for b in after if b.account == "OP"] == [(Decimal("580.00"), "reconciled")]


def test_pairs_list_confirmed_suggested_and_declined(books: Store) -> None:
    make.statement(
        books, HEAD + "2026-01-21,CLOUD CO,-120.00\n2026-01-30,ACME LLC,480.00\n2026-01-30,WHO,700.00\n"
    )
    found = run(books)
    lines = {line.amount: line for line in found.unmatched_bank}
    decide(books, make.CFO, lines[Decimal("700.00")].line_id, "invoice", "INV-2", "declined", now=make.NOW)
    listed = {(p["entry_id"], p["state"]) for p in pairs(books, "OP", run(books))}
    assert ("B-1", "confirmed") in listed
    assert ("INV-2", "declined") in listed


def test_a_matched_row_is_not_voided_before_its_match_is_undone(books: Store) -> None:
    make.statement(books, HEAD + "2026-01-21,CLOUD CO,-120.00\n")
    run(books)
    with pytest.raises(Refused, match=r"bill 'B-1' is matched with 1 bank line"):
        void(books, LOCAL_OWNER, KINDS["bills"], "B-1", "wrong", now=make.NOW)
    [(line_id,)] = books.rows("select line_id from statement_lines")
    decide(books, make.CFO, line_id, "bill", "B-1", "undone", now=make.NOW)
    assert void(books, LOCAL_OWNER, KINDS["bills"], "B-1", "wrong", now=make.NOW)["voided"] == "B-1"


def test_a_line_in_another_currency_settles_no_document_of_the_company(books: Store) -> None:
    make.loaded(
        books,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nEURO,Euro,bank,EUR,2026-01-01,0.00\n",
    )
    make.statement(books, HEAD + "2026-01-30,ACME LLC,500.00\n", account="EURO")
    found = run(books, "EURO")
    assert (found.matched, found.pairs) == (0, ())
    [(line_id,)] = books.rows("select line_id from statement_lines")
    with pytest.raises(Refused, match="this line is in EUR and invoice INV-1 in USD"):
        decide(books, make.CFO, line_id, "invoice", "INV-1", "confirmed", now=make.NOW)


def test_what_is_of_before_the_opening_day_stands_in_the_opening_balance(books: Store) -> None:
    make.loaded(books, "accounts", "account,opened_on,opening_balance\nOP,2026-02-01,1000.00\n")
    make.loaded(
        books,
        "payments",
        "payment_id,account,received_on,amount,invoice_number,payer\nP-1,OP,2026-01-30,500.00,INV-1,Acme LLC\n",
    )
    make.statement(
        books,
        HEAD + "2026-01-31,SOMEBODY ELSE,-80.00\n2026-02-02,ACME LLC,500.00\n2026-02-03,OFFICE,-20.00\n",
    )
    found = run(books)
    assert [line.left for line in found.before_opening] == [Decimal("-80.00")]
    assert [line.left for line in found.unmatched_bank] == [Decimal("500.00"), Decimal("-20.00")]
    assert all(m.entry_id != "P-1" for m in found.pairs)  # in the opening balance, as the line is not
    assert found.bank_balance == Decimal("1480.00")
    assert found.book_balance == Decimal("1000.00")
    assert found.explained
    assert found.two_sided is not None
    assert found.two_sided.unexplained == 0
    with books.cursor() as cursor:
        assert [c.lines for c in closing.line_counts(cursor, Month.parse("2026-01"))] == []
