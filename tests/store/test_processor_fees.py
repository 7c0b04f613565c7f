"""What a processor keeps is a cost of delivery, however it came into the books, and counts once."""

from decimal import Decimal

import make
import pytest

from tai_ops.kpi import measure_all
from tai_ops.period import Month
from tai_ops.store import Store
from tai_ops.store.facts import facts, window

MARCH = Month(2026, 3)
ENTRY = "entry_id,account,booked_on,amount,kind,counter_account\n"
BILL = "bill_id,account,incurred_on,paid_on,payee,amount,category\n"


@pytest.fixture
def sold(store: Store) -> Store:
    """1,000 of licences a month and a hosting bill of 200 in March."""
    make.accounts(store)
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Northwind,live\n")
    make.loaded(
        store,
        "subscriptions",
        "subscription_id,customer_id,plan,starts_on,amount,interval\nS-1,C-1,Standard,2026-03-01,1000.00,month\n",
    )
    make.loaded(store, "bills", BILL + "B-1,OP,2026-03-05,2026-03-05,Cloud,200.00,cloud infrastructure\n")
    return store


def margin(store: Store) -> Decimal:
    found = measure_all(facts(store, window(store, make.NOW, month=MARCH)))["gross_margin_pct"].value
    assert isinstance(found, Decimal)
    return round(found, 2)


def test_a_fee_entry_of_a_processor_account_takes_off_the_margin_once(sold: Store) -> None:
    assert margin(sold) == Decimal("80.00")
    make.loaded(sold, "entries", ENTRY + "E-1,STRIPE,2026-03-10,-30.00,fee,\nE-2,OP,2026-03-11,-9.00,fee,\n")
    assert margin(sold) == Decimal("77.00")  # the bank's own fee of 9 is no cost of delivery
    make.loaded(sold, "bills", BILL + "B-2,STRIPE,2026-03-10,2026-03-10,Stripe,30.00,processor fees\n")
    assert margin(sold) == Decimal("77.00")


def test_a_line_booked_as_processor_fees_and_what_a_payout_lacks_count(sold: Store) -> None:
    make.loaded(
        sold,
        "payments",
        "payment_id,account,received_on,amount,invoice_number,payer,reference\nP-1,OP,2026-03-12,100.00,,Harbor,ch_1\n",
    )
    make.statement(sold, "Date,Description,Amount\n2026-03-13,STRIPE PAYOUT,96.80\n")
    [[line]] = sold.rows("select line_id from statement_lines")
    with sold.write(make.CFO, "money", "test", now=make.NOW) as write:
        write.sql(
            """
            insert into match_decisions (decision_id, line_id, entry_kind, entry_id, amount, decision, stage, score,
                reasons_json, decided_at, decided_by)
            values ('d', $line, 'payment', 'P-1', 96.80, 'confirmed', 'processor', 100, '[]', $at, 'auto')
            """,
            {"line": line, "at": write.now},
        )
    assert margin(sold) == Decimal("79.68")  # W39: a fee of 3.20 on 100
    make.loaded(sold, "entries", ENTRY + "E-1,STRIPE,2026-03-12,-3.20,fee,\n")
    assert margin(sold) == Decimal("79.68")
