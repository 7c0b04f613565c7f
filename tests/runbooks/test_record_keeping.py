"""Bad input that no single field shows, and price steps."""

from datetime import date
from decimal import Decimal

import make
import pytest

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.kpi import KPIS
from tai_ops.mrr import Subscription, mrr_by_customer
from tai_ops.runbooks import record_keeping as keeping
from tai_ops.store.browse import choices, record
from tai_ops.store.facts import of_kind
from tai_ops.store.records import RowsRefused

SUBSCRIPTIONS, PAYMENTS, INVOICES = KINDS["subscriptions"], KINDS["payments"], KINDS["invoices"]


@pytest.fixture
def books(store):
    make.examples(store)
    make.loaded(store, "customers", "customer_id,name,status\nC-009,Gone Co,churned\n")
    return store


def subscription(**more):
    return {
        "subscription_id": "", "customer_id": "C-001", "plan": "Standard", "starts_on": "2026-05-01", "ends_on": "",
        "amount": "100.00", "interval": "month",
    } | more  # fmt: skip


def add(store, **more):
    key = str(more)
    return keeping.add(store, make.CFO, SUBSCRIPTIONS, subscription(**more), now=make.NOW, request_key=key)


@pytest.mark.parametrize(
    "dates", [{}, {"starts_on": "2020-01-01"}, {"starts_on": "2020-01-01", "ends_on": "2025-12-02"}]
)
def test_a_subscription_beside_itself_is_refused_by_name(books, dates):
    with pytest.raises(RowsRefused, match="starts_on: runs beside S-001 of the same customer and plan"):
        add(books, **dates)


def test_what_follows_or_is_another_plan_or_customer_is_not_beside(books):
    assert add(books, starts_on="2020-01-01", ends_on="2025-12-01").loaded.added == 1
    assert add(books, plan="Add-on").loaded.added == 1
    assert add(books, customer_id="C-009").loaded.added == 1


def test_a_subscription_that_ends_before_it_starts_is_refused(books):
    with pytest.raises(RowsRefused, match="ends_on: 2026-05-01 must be later than starts_on 2026-05-01"):
        add(books, ends_on="2026-05-01", plan="Other")
    seen = record(books, SUBSCRIPTIONS, "S-001")
    with pytest.raises(RowsRefused, match="must be later than starts_on"):
        keeping.change(
            books, make.CFO, SUBSCRIPTIONS, "S-001", {"ends_on": "2025-01-01"}, seen.recorded_at,
            now=make.NOW, request_key="x", reason="",
        )  # fmt: skip


def test_a_change_that_runs_into_another_is_refused(books):
    first = add(books, starts_on="2020-01-01", ends_on="2025-12-01").keys[0]
    seen = record(books, SUBSCRIPTIONS, first)
    with pytest.raises(RowsRefused, match="runs beside S-001"):
        keeping.change(
            books, make.CFO, SUBSCRIPTIONS, first, {"ends_on": "2026-01-01"}, seen.recorded_at,
            now=make.NOW, request_key="x", reason="",
        )  # fmt: skip


def test_a_payment_of_more_than_is_open_says_whose_credit_it_becomes(books):
    values = {
        "account": "OPERATING",
        "received_on": "2026-04-01",
        "amount": "250.00",
        "invoice_number": "INV-0002",
    }
    assert keeping.notes(books, PAYMENTS, values, "") == [
        "$0.00 is open of INV-0002: $250.00 more becomes a credit of Harbor Foods"
    ]
    assert keeping.notes(books, PAYMENTS, values | {"amount": "9750.00"}, "P-0002") == []
    assert keeping.notes(books, PAYMENTS, values | {"amount": "9751.00"}, "P-0002") == [
        "$9,750.00 is open of INV-0002: $1.00 more becomes a credit of Harbor Foods"
    ]
    assert keeping.credit_words(books, "C-002") == ""
    make.loaded(
        books,
        "payments",
        "payment_id,account,received_on,amount,invoice_number\nP-3,OPERATING,2026-04-01,250.00,INV-0002\n",
    )
    assert (
        keeping.credit_words(books, "C-002")
        == "$250.00 was paid beyond its invoices: a credit of the customer."
    )


def test_an_invoice_for_a_customer_who_left_is_noticed(books):
    values = {"customer_id": "C-009", "issued_on": "2026-04-01", "amount": "1.00", "kind": "services"}
    assert keeping.notes(books, INVOICES, values, "") == [
        "Gone Co is a customer who left: save the invoice only if it is a final one"
    ]
    assert keeping.notes(books, INVOICES, values | {"customer_id": "C-001"}, "") == []


def mrr(store, on):
    cursor = store.cursor()
    found = of_kind(cursor, "subscriptions", Subscription)
    cursor.close()
    return {who: round(amount, 2) for who, amount in mrr_by_customer(found, on).items()}


def test_a_price_step_ends_the_old_price_and_begins_the_new_one_on_that_day(books):
    step = {"from_on": "2026-06-01", "amount": "60000.00", "discount_pct": "10", "interval": "year"}
    done = keeping.add_step(books, make.CFO, "S-001", step, now=make.NOW, request_key="step")
    assert done.keys == ("S-001", "S-003")
    assert (
        keeping.add_step(books, make.CFO, "S-001", step, now=make.NOW, request_key="step").keys == done.keys
    )
    assert mrr(books, date(2026, 5, 31))["C-001"] == Decimal("4166.67")
    assert mrr(books, date(2026, 6, 1))["C-001"] == Decimal("4500.00")
    steps = keeping.price_steps(books, "C-001", "Standard")
    assert [(one.step.subscription_id, one.monthly) for one in steps] == [
        ("S-001", Decimal("4166.67")), ("S-003", Decimal("4500.00")),
    ]  # fmt: skip
    assert keeping.take_step_back(books, make.CFO, "S-001", "S-003", now=make.NOW).startswith("Taken back")
    assert mrr(books, date(2026, 6, 1))["C-001"] == Decimal("4166.67")
    assert record(books, SUBSCRIPTIONS, "S-003") is None


@pytest.mark.parametrize("from_on", ["2025-12-01", "2025-01-01"])
def test_a_step_before_the_subscription_is_refused_and_nothing_is_written(books, from_on):
    with pytest.raises(RowsRefused, match="a step begins after"):
        keeping.add_step(
            books, make.CFO, "S-001", {"from_on": from_on, "amount": "1.00"}, now=make.NOW, request_key="x"
        )
    with pytest.raises(RowsRefused, match="must not be empty"):
        keeping.add_step(books, make.CFO, "S-001", {"from_on": "2026-06-01"}, now=make.NOW, request_key="y")
    with pytest.raises(Refused, match="there is no subscription"):
        keeping.add_step(books, make.CFO, "S-9", {"from_on": "2026-06-01"}, now=make.NOW, request_key="z")
    assert record(books, SUBSCRIPTIONS, "S-001").values["ends_on"] is None


def test_a_target_names_a_number_of_the_catalogue_and_offers_them_by_name(books):
    targets = KINDS["targets"]
    offered = choices(books, targets, targets.column("kpi"))
    assert offered["accuracy_pct"] == KPIS["accuracy_pct"].label
    values = {"kpi": "accuracy", "from_on": "2026-05-01", "target": "97", "floor": "95"}
    with pytest.raises(RowsRefused, match="kpi: 'accuracy' is no number of the catalogue"):
        keeping.add(books, make.CEO, targets, values, now=make.NOW, request_key="a")
    assert record(books, targets, "accuracy,2026-05-01") is None
    named = values | {"kpi": "accuracy_pct"}
    assert keeping.add(books, make.CEO, targets, named, now=make.NOW, request_key="b").loaded.added == 1
