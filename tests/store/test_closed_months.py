"""A closed month refuses every write that would change it, where it is written: each kind, the bank, the commands."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import make
import pytest
import small_company
from small_company import MARCH

from tai_ops.errors import PeriodClosed, Refused
from tai_ops.kinds import KINDS
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store, settings
from tai_ops.store.bank import undo_import
from tai_ops.store.billing import credit, make_invoices, stamp_sent
from tai_ops.store.category_rules import correct_bill, correct_entry
from tai_ops.store.corrections import restore, take_back
from tai_ops.store.deciding import book_line, decide, decide_many
from tai_ops.store.line_natures import say_nature
from tai_ops.store.matches import lock, reconcile, type_balance, unlock
from tai_ops.store.opening import enter_opening
from tai_ops.store.receipts import apply_credit, receive, take_application_back
from tai_ops.store.records import RowsRefused, void
from tai_ops.store.splitting import Part, WriteOff, match_and_write_off, split_line

CLOSED_AT, LATER = datetime(2026, 4, 4, 12, 0, tzinfo=UTC), datetime(2026, 4, 5, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The small company and what else a month can rest on, with March closed; no write of these tests may change it."""
    store = small_company.copy_of("matched", tmp_path_factory.mktemp("closed"))
    _more_books(store)
    for account in ("OP", "SAVE"):
        for day in (small_company.FEBRUARY.last_day, MARCH.last_day):
            lock(store, make.CFO, account, day, now=small_company.NOW)
    close.run(store, make.CFO, MARCH, CLOSED_AT)
    yield store
    assert [found.changes for found in close.recheck(store)] == [()]
    store.close()


def _more_books(store: Store) -> None:
    """An earlier invoice that is revenue of March, savings, a transfer that arrives in April, a line kept as no duplicate."""
    make.loaded(store, "customers", "customer_id,name,status\nC-3,Vista,live\n")
    make.loaded(
        store,
        "invoices",
        "invoice_number,customer_id,issued_on,amount,kind,service_from,service_to\n"
        "INV-9,C-3,2026-02-02,365.00,licence,2026-02-02,2027-02-01\n",
    )
    credit(store, make.CFO, "INV-2", Decimal(10), "late", issued_on=date(2026, 3, 20), now=small_company.NOW)
    make.loaded(store, "bills", "bill_id,incurred_on,payee,amount\nB-GONE,2026-03-30,Printer,5.00\n")
    void(store, make.CFO, KINDS["bills"], "B-GONE", "twice", now=small_company.NOW)
    make.loaded(store, "accounts", SAVINGS)
    make.statement(store, small_company.HEAD + "2026-03-31,TRANSFER TO SAVINGS,-70.00\n", "OP", "late.csv")
    make.statement(store, small_company.HEAD + "2026-04-01,TRANSFER FROM OPERATING,70.00\n", "SAVE", "s.csv")
    for day in (small_company.FEBRUARY.last_day, MARCH.last_day):
        type_balance(store, make.CFO, "SAVE", day, Decimal(5), now=small_company.NOW)
    decide(
        store, make.CFO, _line_of(store, -70), "line", _line_of(store, 70), "confirmed", now=small_company.NOW
    )


SAVINGS = "account,name,kind,currency,opened_on,opening_balance\nSAVE,Savings,bank,USD,2026-02-10,5.00\n"
IN_MARCH = {
    "accounts": "account,name,kind,currency,opened_on,opening_balance\nNEW,Savings,bank,USD,2026-03-10,5.00\n",
    "an account of before": "account,name,kind,currency,opened_on,opening_balance\nNEW,Savings,bank,USD,2026-02-10,5.00\n",
    "an opening balance": "account,opening_balance\nOP,250001.00\n",
    "subscriptions": "subscription_id,customer_id,starts_on,amount,interval\nS-9,C-1,2026-03-31,12.00,year\n",
    "a subscription of before": "subscription_id,customer_id,starts_on,amount,interval\nS-9,C-1,2026-01-31,12.00,year\n",
    "a price": "subscription_id,amount\nS-1,50001.00\n",
    "an end": "subscription_id,ends_on\nS-1,2026-03-31\n",
    "invoices": "invoice_number,customer_id,issued_on,amount,kind\nINV-9,C-1,2026-03-31,5.00,services\n",
    "an invoice's amount": "invoice_number,amount\nINV-3,40000.01\n",
    "an invoice moved away": "invoice_number,issued_on,due_on\nINV-3,2026-04-01,2026-05-01\n",
    "payments": "payment_id,account,received_on,amount\nP-9,OP,2026-03-31,5.00\n",
    "a payment's invoice": "payment_id,invoice_number\nP-2,INV-1\n",
    "bills": "bill_id,incurred_on,payee,amount\nB-9,2026-03-31,Printer,5.00\n",
    "a bill paid then": "bill_id,account,incurred_on,paid_on,payee,amount\nB-9,OP,2026-02-27,2026-03-02,Printer,5.00\n",
    "a bill's category": "bill_id,category\nB-RENT,payroll\n",
    "entries": "entry_id,account,booked_on,amount,kind\nE-9,OP,2026-03-31,-5.00,fee\n",
    "services": "service_id,customer_id,delivered_on,description,amount,basis\nSV-9,C-2,2026-03-31,Help,5.00,hours\n",
    "a milestone": "service_id,customer_id,reached_on,description,amount,basis\nSV-9,C-2,2026-03-31,Live,5.00,milestone\n",
}


@pytest.mark.parametrize("what", IN_MARCH)
def test_each_kind_of_record_of_the_books_is_refused(closed: Store, what: str) -> None:
    text = IN_MARCH[what]
    head = text.split(",", 1)[0]
    kind = next(kind.name for kind in KINDS.values() if kind.key == (head,))
    with pytest.raises(RowsRefused, match=r"2026-03 is closed \(by jonas.feld@tai.example on 2026-04-04\)"):
        make.loaded(closed, kind, text, now=LATER)


def test_a_late_invoice_is_refused_only_where_it_would_be_revenue_of_the_closed_month(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    make.loaded(store, "customers", "customer_id,name,status\nC-3,Vista,live\n")
    close.run(store, make.CFO, MARCH, CLOSED_AT)
    head = "invoice_number,customer_id,issued_on,amount,kind,service_from,service_to\n"
    with pytest.raises(RowsRefused, match="its days from 2026-03-10 would be revenue of that month"):
        make.loaded(store, "invoices", head + "INV-9,C-3,2026-04-02,300.00,licence,2026-03-10,2026-04-09\n")
    make.loaded(store, "invoices", head + "INV-8,C-1,2026-04-02,300.00,licence,2026-03-10,2026-04-09\n")
    make.loaded(store, "invoices", head + "INV-9,C-3,2026-04-02,300.00,licence,2026-04-01,2026-04-30\n")
    assert [found.changes for found in close.recheck(store)] == [()]
    store.close()


BANK: dict[str, Callable[[Store], object]] = {
    "a line": lambda s: make.statement(
        s, "Date,Description,Amount\n2026-03-30,LATE,-7.00\n", "OP", "late.csv", now=LATER
    ),
    "an import undone": lambda s: undo_import(s, make.CFO, _march(s), now=LATER),
    "a balance": lambda s: type_balance(s, make.CFO, "OP", date(2026, 3, 31), Decimal(1), now=LATER),
    "a lock": lambda s: lock(s, make.CFO, "CARD", MARCH.last_day, now=LATER),
    "a lock taken off": lambda s: unlock(s, make.CFO, "OP", "why", now=LATER),
    "a match undone": lambda s: decide(s, make.CFO, _line(s), "bill", "B-PAY-03", "undone", now=LATER),
    "an opening balance": lambda s: enter_opening(
        s, make.CFO, "CARD", Decimal(9), date(2025, 12, 1), now=LATER
    ),
    "a void": lambda s: void(s, make.CFO, KINDS["bills"], "B-RENT", "why", now=LATER),
    "a void of a term": lambda s: void(s, make.CFO, KINDS["subscriptions"], "S-1", "why", now=LATER),
    "a void of an account": lambda s: void(s, make.CFO, KINDS["accounts"], "SAVE", "why", now=LATER),
    "a void of an earlier invoice whose days reach into it": lambda s: void(
        s, make.CFO, KINDS["invoices"], "INV-9", "why", now=LATER
    ),
    "an own transfer's match, from the line of the open month": lambda s: decide(
        s, make.CFO, _line_of(s, 70), "line", _line_of(s, -70), "undone", now=LATER
    ),
    "a match of an own transfer declined from there": lambda s: decide(
        s, make.CFO, _line_of(s, 70), "line", _line_of(s, -70), "declined", now=LATER
    ),
    "what a line is": lambda s: say_nature(s, make.CFO, _line(s), "interest", now=LATER),
    "a line booked": lambda s: book_line(
        s, make.CFO, _line(s), "entries", {"account": "OP", "kind": "fee"}, now=LATER
    ),
    "a line split": lambda s: split_line(s, make.CFO, _line(s), [Part(Decimal(-1), "bills")], now=LATER),
    "a difference written off": lambda s: match_and_write_off(
        s, make.CFO, _line(s), [("bill", "B-RENT")], WriteOff("bills", {"account": "OP"}), now=LATER
    ),
    "several matches at once": lambda s: decide_many(
        s, make.CFO, [(_line(s), [("bill", "B-PAY-03")])], "undone", now=LATER
    ),
    "a payment received": lambda s: receive(
        s, make.CFO, "OP", date(2026, 3, 30), Decimal(5), {"INV-2": Decimal(5)}, now=LATER
    ),
    "a credit moved": lambda s: apply_credit(
        s, make.CFO, "P-2", "INV-2", Decimal(1), applied_on=date(2026, 3, 30), now=LATER
    ),
    "a move of money taken back": lambda s: take_application_back(s, make.CFO, _application(s), now=LATER),
    "invoices made from drafts": lambda s: make_invoices(
        s, make.CFO, MARCH, ["any"], issued_on=date(2026, 3, 31), now=LATER
    ),
    "a credit note": lambda s: credit(
        s, make.CFO, "INV-3", Decimal(1), "why", issued_on=date(2026, 3, 31), now=LATER
    ),
    "an invoice stamped as sent in another month": lambda s: stamp_sent(
        s, make.CFO, ["INV-3"], sent_on=date(2026, 4, 1), channel="e-mail", now=LATER
    ),
    "a bill's category by hand": lambda s: correct_bill(
        s, make.CFO, "B-RENT", {"category": "payroll"}, now=LATER, request_key="bill"
    ),
    "a fee's category by hand": lambda s: correct_entry(
        s, make.CFO, "E-FEE", "payroll", now=LATER, request_key="fee"
    ),
    "a record taken out put back": lambda s: restore(
        s, make.CFO, KINDS["bills"], "B-GONE", now=LATER, request_key="restored"
    ),
    "what happened last to a record taken back": lambda s: take_back(
        s, make.CFO, KINDS["bills"], "B-RENT", now=LATER
    ),
    "the way revenue is recognised": lambda s: settings.change(
        s, make.CEO, "revenue_method", "even", now=LATER
    ),
}


def _march(store: Store) -> str:
    return store.rows("select statement_id from statements where file_name = 'march.csv'")[0][0]


def _line_of(store: Store, amount: int) -> str:
    return store.rows("select line_id from statement_lines where amount = $amount", {"amount": amount})[0][0]


def _application(store: Store) -> str:
    return store.rows("select application_id from applications")[0][0]


def _line(store: Store) -> str:
    return store.rows("select line_id from match_decisions where entry_id = 'B-PAY-03' limit 1")[0][0]


@pytest.mark.parametrize("what", BANK)
def test_the_bank_and_what_people_decide_about_it_is_refused(closed: Store, what: str) -> None:
    with pytest.raises((PeriodClosed, Refused), match=r"2026-03 is closed|are reconciled"):
        BANK[what](closed)


def test_the_matcher_leaves_a_closed_month_alone(closed: Store) -> None:
    before = closed.rows("select count(*) from match_decisions")
    reconcile(closed, make.CFO, "OP", now=LATER, through=MARCH.last_day)
    assert closed.rows("select count(*) from match_decisions") == before


def test_what_does_not_change_the_month_is_written(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    make.loaded(
        store,
        "services",
        "service_id,customer_id,delivered_on,description,amount,basis\nSV-2,C-2,2026-03-20,Help,5.00,hours\n",
    )
    close.run(store, make.CFO, MARCH, CLOSED_AT)
    make.loaded(
        store,
        "invoices",
        "invoice_number,customer_id,issued_on,amount,kind\nINV-9,C-2,2026-04-01,5.00,services\n",
        now=LATER,
    )
    make.loaded(store, "services", "service_id,invoice_number\nSV-2,INV-9\n", now=LATER)
    make.loaded(store, "bills", "bill_id,incurred_on,payee,amount\nB-9,2026-04-01,Printer,5.00\n", now=LATER)
    assert [found.changes for found in close.recheck(store)] == [()]
    store.close()


def test_a_balance_that_a_later_statement_states_for_a_closed_month_is_left_out(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    close.run(store, make.CFO, MARCH, CLOSED_AT)
    text = "Date,Description,Amount,Balance\n2026-04-01,SHOP,-10.00,-500.00\n"
    make.statement(store, text, "CARD", "april.csv", positive="in", now=LATER)
    stated = store.rows("select stated_on, amount from statement_balances where account = 'CARD'")
    assert stated == [(date(2026, 4, 1), Decimal("-500.00"))]
    assert [found.changes for found in close.recheck(store)] == [()]
    store.close()


def test_an_undone_import_leaves_the_balance_that_a_closed_month_rests_on(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    text = "Date,Description,Amount,Balance\n2026-04-01,SHOP,-10.00,-35.00\n"
    made = make.statement(store, text, "CARD", "april.csv", positive="in", now=CLOSED_AT)
    close.run(store, make.CFO, MARCH, CLOSED_AT)
    undo_import(store, make.CFO, made.statement_id, now=LATER)
    stated = store.rows("select stated_on, amount from statement_balances where account = 'CARD'")
    assert stated == [(date(2026, 3, 31), Decimal("-25.00"))]
    assert [found.changes for found in close.recheck(store)] == [()]
    store.close()


def test_the_only_service_line_stays_while_its_invoices_periods_would_be_a_closed_months_revenue(
    tmp_path: Path,
) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    make.loaded(store, "customers", "customer_id,name,status\nC-3,Vista,live\n")
    make.loaded(
        store,
        "invoices",
        "invoice_number,customer_id,issued_on,amount,kind,service_from,service_to\n"
        "INV-8,C-3,2026-02-02,300.00,services,2026-03-01,2026-03-31\n",
    )
    make.loaded(
        store,
        "services",
        "service_id,customer_id,delivered_on,description,amount,basis\nSV-8,C-3,2026-04-02,Help,5.00,hours\n",
    )
    close.run(store, make.CFO, MARCH, CLOSED_AT)
    with pytest.raises(PeriodClosed, match="its amounts are part of 2026-03, and 2026-03 is closed"):
        void(store, make.CFO, KINDS["services"], "SV-8", "why", now=LATER)
    make.loaded(
        store,
        "services",
        "service_id,customer_id,delivered_on,description,amount,basis\nSV-9,C-3,2026-04-03,Help,5.00,hours\n",
        now=LATER,
    )
    void(store, make.CFO, KINDS["services"], "SV-8", "twice", now=LATER)
    assert [found.changes for found in close.recheck(store)] == [()]
    store.close()


def test_the_doctor_finds_a_closed_month_that_comes_out_otherwise(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    close.run(store, make.CFO, MARCH, CLOSED_AT)
    with store.write(make.CFO, "money", "test", now=LATER) as write:
        write.sql("update bills set amount = 910.00 where bill_id = 'B-RENT'")
    [finding] = close.findings_of_closed_months(store)
    assert finding.level == "wrong"
    assert "expenses.total 24375.22 → 24385.22" in finding.detail
    assert "no row was written since" in finding.detail
    store.close()


def test_the_doctor_explains_a_difference_by_an_earlier_month_that_was_left_open(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    close.run(store, make.CFO, MARCH, CLOSED_AT)
    assert close.written_since(store, MARCH) == ()
    make.loaded(
        store,
        "invoices",
        "invoice_number,customer_id,issued_on,amount,kind\nINV-0,C-2,2026-02-10,70.00,services\n",
        now=LATER,
    )
    assert [(row.kind, row.key) for row in close.written_since(store, MARCH)] == [("invoices", "INV-0")]
    assert close.written_since(store, MARCH, LATER) == ()
    assert close.written_since(store, small_company.FEBRUARY) == ()
    [finding] = close.findings_of_closed_months(store)
    assert finding.level == "advice"
    assert "invoices INV-0 added" in finding.detail
    store.close()
