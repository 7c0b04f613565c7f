"""Bills and fees of an account in another currency stand in no sum of the company's (F9)."""

from datetime import date
from decimal import Decimal

import make

from tai_ops.board import Board
from tai_ops.expenses import in_other_currencies, month_expenses
from tai_ops.kpi import KPIS, measure
from tai_ops.period import Month
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store
from tai_ops.store.facts import accounts, facts, window

MARCH = Month(2026, 3)


def test_f9_expenses_of_an_account_in_another_currency_are_told_apart(store: Store) -> None:
    make.accounts(store)
    make.loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nEURO,Euro,bank,EUR,2026-01-01,500.00\n",
    )
    make.loaded(store, "customers", "customer_id,name,signed_on,status\nA,Acme,2026-03-01,live\n")
    make.loaded(
        store,
        "subscriptions",
        "subscription_id,customer_id,plan,starts_on,amount,interval\nS,A,Pro,2026-03-01,100.00,month\n",
    )
    make.loaded(
        store,
        "bills",
        "bill_id,account,incurred_on,paid_on,payee,amount,tax_amount,category\n"
        "B-1,OP,2026-02-05,2026-02-05,Ads,100.00,,sales and marketing\n"
        "B-2,EURO,2026-02-05,2026-02-05,Werbung,70.00,,sales and marketing\n"
        "B-3,OP,2026-03-05,2026-03-05,Cloud,40.00,,cloud infrastructure\n"
        "B-4,EURO,2026-03-05,2026-03-05,Wolke,33.00,3.00,cloud infrastructure\n",
    )
    make.loaded(
        store,
        "entries",
        "entry_id,account,booked_on,amount,kind,payee\nE-1,EURO,2026-03-31,-9.00,fee,Bank\nE-2,OP,2026-03-31,-2.00,fee,Bank\n",
    )
    found = facts(store, window(store, make.NOW, on=date(2026, 3, 31)))
    again = facts(store, window(store, make.NOW, on=date(2026, 3, 31)), like=found)
    with store.cursor() as cursor:
        currencies = {account.account: account.currency for account in accounts(cursor)}
    for each in (found, again):
        assert month_expenses(each.charges, MARCH).total == Decimal("42.00")
        assert [bill.bill_id for bill in each.bills_apart] == ["B-2", "B-4"]
        assert in_other_currencies(each.bills_apart, currencies, MARCH, MARCH.end) == {
            "EUR": (1, Decimal("30.00"))
        }
    assert measure(Board(found), KPIS["cac"]).value == Decimal("100.00")


def test_a_bill_in_another_currency_still_wants_its_category_and_is_paid_back(store: Store) -> None:
    make.accounts(store)
    make.loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nEURO,Euro,bank,EUR,2026-01-01,500.00\n",
    )
    make.loaded(
        store,
        "bills",
        "bill_id,account,incurred_on,paid_on,payee,amount,category,reimbursable_to\n"
        "B-1,OP,2026-03-05,2026-03-05,Cloud,40.00,cloud infrastructure,\n"
        "B-2,EURO,2026-03-05,2026-03-05,Wolke,33.00,,\n"
        "B-3,EURO,2026-03-06,2026-03-20,Zug,180.00,travel,Dana\n",
    )
    items = {item.id: item for item in close.status(store, MARCH, make.NOW).items}
    assert items["categories"].evidence == "1 bill of 3 without a category"
    assert items["categories"].count == 1
    said = "1 in another currency said to be paid and on no bank line"
    assert (items["out_of_pocket"].evidence, items["out_of_pocket"].state) == (said, "open")
