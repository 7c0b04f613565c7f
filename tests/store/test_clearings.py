"""Stripe and PayPal through their clearing account: out of their own exports, on the page, in print, in the workbook."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import make
import openpyxl

from tai_ops.exports.investor_workbook import workbook
from tai_ops.exports.reconciliation_print import reconciliation_html
from tai_ops.period import Month
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store
from tai_ops.store.clearings import clearings
from tai_ops.store.facts import accounts as all_accounts
from tai_ops.store.matches import reconcile, type_balance

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
STRIPE = """balance_transaction_id,created,available_on,currency,gross,fee,net,reporting_category,description
txn_0001,2026-03-02 10:00:00,2026-03-04,usd,1000.00,29.30,970.70,charge,Acme LLC INV-1
txn_0002,2026-03-05 10:00:00,2026-03-05,usd,-100.00,0.00,-100.00,refund,REFUND FOR CHARGE
txn_0003,2026-03-08 10:00:00,2026-03-08,usd,-200.00,15.00,-215.00,dispute,Dispute of ch_9
txn_0004,2026-03-10 10:00:00,2026-03-12,usd,-300.00,0.00,-300.00,payout,STRIPE PAYOUT
txn_0005,2026-03-20 10:00:00,2026-03-20,usd,-2.00,0.00,-2.00,fee,Radar for fraud teams
txn_0006,2026-03-30 10:00:00,2026-04-01,usd,-250.00,0.00,-250.00,payout,STRIPE PAYOUT
"""
PAYPAL = """"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Transaction ID","Balance"
"03/03/2026","10:00:00","PST","Beta Foods","Express Checkout Payment","Completed","USD","100.00","-3.20","96.80","PP000001","96.80"
"03/14/2026","10:00:00","PST","Beta Foods","Payment Refund","Completed","USD","-40.00","0.00","-40.00","PP000002","56.80"
"03/28/2026","10:00:00","PST","","General Withdrawal","Completed","USD","-50.00","0.00","-50.00","PP000003","6.80"
"""


def books(store: Store) -> Store:
    make.accounts(store)
    make.loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nPAYPAL,PayPal,processor,USD,2026-01-01,0.00\n",
    )
    make.statement(store, STRIPE, "STRIPE", "stripe.csv")
    make.statement(store, PAYPAL, "PAYPAL", "paypal.csv", date_order="month")
    make.statement(store, "Date,Description,Amount\n2026-03-12,STRIPE TRANSFER PAYOUT,300.00\n", "OP")
    type_balance(store, make.CFO, "STRIPE", LAST, Decimal("103.70"), now=make.NOW)
    for account in ("OP", "STRIPE"):
        reconcile(store, make.CFO, account, now=make.NOW, through=LAST)
    return store


def test_each_part_stands_apart_and_both_sides_agree(store: Store) -> None:
    books(store)
    with store.cursor() as cursor:
        paypal, stripe = clearings(cursor, store.company, all_accounts(cursor), FIRST, LAST)
    sums = stripe.sums
    assert (sums.charges, sums.refunds, sums.disputes, sums.payouts) == (1000, 100, 200, 550)
    assert sums.fees == Decimal("46.30")
    assert (sums.payouts_arrived, sums.payouts_in_transit) == (300, 250)
    assert (sums.adjusted_processor, sums.difference) == (Decimal("353.70"), 0)
    assert [(item.item_id, item.happened_on, item.amount) for item in stripe.in_transit] == [
        ("txn_0006", date(2026, 3, 30), 250)
    ]
    assert [item.text for item in paypal.in_transit] == ["General Withdrawal"]
    assert (paypal.sums.charges, paypal.sums.fees, paypal.sums.refunds) == (100, Decimal("3.20"), 40)
    assert (paypal.sums.payouts_in_transit, paypal.sums.difference) == (50, 0)  # the file states its balance


def test_a_payout_arrives_when_its_bank_line_is_matched(store: Store) -> None:
    books(store)
    make.statement(
        store, "Date,Description,Amount\n2026-04-02,STRIPE TRANSFER PAYOUT,250.00\n", "OP", "april.csv"
    )
    reconcile(store, make.CFO, "OP", now=make.NOW)
    with store.cursor() as cursor:
        march = clearings(cursor, store.company, all_accounts(cursor), FIRST, LAST)[1].sums
        april = clearings(cursor, store.company, all_accounts(cursor), date(2026, 4, 1), date(2026, 4, 30))[1]
    assert (march.payouts_in_transit, march.difference) == (250, 0)
    assert (april.sums.in_transit_before, april.sums.payouts_arrived, april.in_transit) == (250, 250, ())


def test_an_account_without_a_stated_balance_says_so(store: Store) -> None:
    make.accounts(store)
    make.statement(store, STRIPE, "STRIPE", "stripe.csv")
    with store.cursor() as cursor:
        (found,) = clearings(cursor, store.company, all_accounts(cursor), FIRST, LAST)
    assert found.sums.difference is None
    assert "Tue 31 Mar 2026 is not known" in (found.reason or "")


def test_books_stand_in_where_no_export_came_in(store: Store) -> None:
    make.accounts(store)
    make.loaded(
        store, "payments", "payment_id,account,received_on,amount,payer\nP-1,STRIPE,2026-03-02,100.00,Acme\n"
    )
    make.loaded(
        store,
        "bills",
        "bill_id,account,incurred_on,paid_on,payee,amount,category\n"
        "B-1,STRIPE,2026-03-02,2026-03-02,Stripe,3.20,processor fees\n",
    )
    make.loaded(
        store,
        "entries",
        "entry_id,account,booked_on,amount,kind,counter_account\nE-1,STRIPE,2026-03-30,-96.80,transfer,OP\n",
    )
    type_balance(store, make.CFO, "STRIPE", LAST, Decimal("0.00"), now=make.NOW)
    with store.cursor() as cursor:
        (found,) = clearings(cursor, store.company, all_accounts(cursor), FIRST, LAST)
    sums = found.sums
    assert (sums.charges, sums.fees, sums.payouts) == (100, Decimal("3.20"), Decimal("96.80"))
    assert (sums.payouts_in_transit, sums.difference) == (Decimal("96.80"), 0)  # no bank line has it yet


def test_print_workbook_and_checks_show_it(store: Store) -> None:
    report = close.report(books(store), Month(2026, 3), make.NOW)
    printed = reconciliation_html(report).decode()
    for words in (
        "Stripe (STRIPE) through its clearing account",
        "Payouts in transit",
        "− Disputes",
        "$353.70",
    ):
        assert words in printed
    assert {c.id: c.difference for c in report.checks if c.id.startswith("clearing")} == {
        "clearing/PAYPAL": 0,
        "clearing/STRIPE": 0,
    }
    made = workbook(report)
    shown = openpyxl.load_workbook(BytesIO(made), data_only=True)["Reconciliation"]
    rows = {row[0].value: [cell.value for cell in row[1:3]] for row in shown.iter_rows()}
    assert rows["Clearing account by the processor"] == [56.80, 353.70]
    assert rows["Clearing account by its movements"] == [56.80, 353.70]
    formulas = openpyxl.load_workbook(BytesIO(made))["Reconciliation"]
    totals = [
        row[1].value for row in formulas.iter_rows() if row[0].value == "Clearing account by its movements"
    ]
    assert str(totals[0]).startswith("=")


def test_stripes_export_of_payments_tells_charges_and_refunds_apart(store: Store) -> None:
    make.accounts(store)
    head = "id,description,created,amount,amount_refunded,currency,converted_amount,converted_amount_refunded,fee,converted_currency,status\n"
    rows = (
        "ch_00001,Acme INV-1,2026-03-02 10:00,100.00,0.00,usd,100.00,0.00,3.20,usd,Paid\n"
        "ch_00002,Beta INV-2,2026-03-03 10:00,50.00,20.00,usd,50.00,20.00,1.75,usd,Paid\n"
    )
    make.statement(store, head + rows, "STRIPE", "payments.csv")
    with store.cursor() as cursor:
        (found,) = clearings(cursor, store.company, all_accounts(cursor), FIRST, LAST)
    assert (found.sums.charges, found.sums.refunds, found.sums.closing) == (150, 20, 130)
