from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.figure import Figure
from tai_ops.receivables import (
    Credit,
    OpenInvoice,
    Payment,
    WriteOff,
    ageing,
    billed_ahead,
    chase_list,
    credit_sales,
    dso_days,
    residuals,
    short_pay,
    spread,
)
from tai_ops.recognition import Invoice

D = Decimal
ON = date(2026, 3, 31)


def bill(number, amount, due=ON, *, customer="a", issued=date(2026, 1, 1), tax=None, starts=None):
    return Invoice(number, customer, issued, due, D(amount), tax, "licence", starts, starts, None)


def paid(amount, number=None, *, on=ON, key="p1", payer=None):
    return Payment(key, "bank", on, D(amount), number, payer, None)


def ago(days):
    return ON - timedelta(days=days)


@pytest.mark.parametrize(
    ("owed", "received", "short"),
    [
        pytest.param("100", "95", "5", id="W41-odoo"),
        pytest.param("1000", "990", "10", id="W41-oca"),
        pytest.param("4800", "4766.66", "33.34", id="W41-erpnext"),
        pytest.param("45.500", "45.000", "0.500", id="W41-three-decimals"),
        pytest.param("100", "120", "0", id="overpaid"),
    ],
)
def test_short_pay(owed, received, short):
    assert short_pay(D(owed), D(received)) == D(short)


def test_w41_a_write_off_settles_the_rest():
    owed, received = [bill("1", 4800)], [paid("4766.66", "1")]
    assert residuals(owed, received, ON).open_amount == D("33.34")
    settled = residuals(owed, received, ON, [WriteOff("1", ON, D("33.34"))])
    assert (settled.open_invoices, settled.credits) == ((), ())


def test_w42_a_payment_with_less_left_does_not_settle():
    owed = [bill("1", 45), bill("2", 500)]
    left = residuals(owed, [paid(45, "1"), paid(455, "2", key="p2")], ON)
    assert [(item.invoice_number, item.open_amount) for item in left.open_invoices] == [("2", 45)]


@pytest.mark.parametrize(
    ("owed", "received", "open_amount", "unapplied"),
    [
        pytest.param([bill("1", 100, tax=D(20))], [paid(50, "1")], 70, [], id="part-payment-of-gross"),
        pytest.param([bill("1", 100)], [paid(60, "1"), paid(40, "1")], 0, [], id="instalments"),
        pytest.param([bill("1", 100)], [paid(100, "1", on=date(2026, 4, 1))], 100, [], id="received-later"),
        pytest.param([bill("1", 100, issued=date(2026, 4, 1))], [], 0, [], id="issued-later"),
        pytest.param(
            [bill("1", 100)], [paid(130, "1")], 0, [Credit("a", None, D(30), "1", "overpaid")], id="overpaid"
        ),
        pytest.param(
            [bill("1", -40)], [], 0, [Credit("a", None, D(40), "1", "credit note")], id="credit-note"
        ),
        pytest.param([bill("1", -40)], [paid(-40, "1")], 0, [], id="credit-note-paid-out"),
        pytest.param(
            [bill("1", 100)],
            [paid(100, payer="ACME")],
            100,
            [Credit(None, "ACME", D(100), "p1", "names no invoice")],
            id="no-invoice-named",
        ),
        pytest.param(
            [bill("1", 100)],
            [paid(100, "7")],
            100,
            [Credit(None, None, D(100), "p1", "invoice 7 is not there or not issued yet")],
            id="unknown-invoice",
        ),
    ],
)
def test_residuals(owed, received, open_amount, unapplied):
    left = residuals(owed, received, ON)
    assert (left.open_amount, list(left.credits)) == (open_amount, unapplied)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-1, "current"),
        (0, "current"),
        (1, "days_1_30"),
        (30, "days_1_30"),
        (31, "days_31_60"),
        (60, "days_31_60"),
        (61, "days_61_90"),
        (90, "days_61_90"),
        (91, "over_90"),
    ],
)
def test_ageing_counts_from_the_due_date(days, bucket):
    aged = ageing([bill("1", 100, ago(days))], [], ON)
    assert getattr(aged, bucket) == aged.open_amount == 100
    assert aged.over_30 == (100 if days > 30 else 0)
    assert len(chase_list([bill("1", 100, ago(days))], [], ON)) == (days > 30)


def test_without_a_due_date_an_invoice_is_due_on_issue():
    (item,) = residuals([bill("1", 100, None, issued=ago(40))], [], ON).open_invoices
    assert (item.due_on, item.days_past_due) == (ago(40), 40)


def test_ageing_by_customer_keeps_credit_apart():
    owed = [
        bill("1", 100, ago(5)),
        bill("2", 200, ago(45), customer="b"),
        bill("3", 50, ago(95), customer="b"),
    ]
    aged = ageing(owed, [paid(130, "1"), paid(9, payer="?", key="p2")], ON)
    assert [(r.customer_id, r.open_amount, r.over_30, r.unapplied) for r in aged.by_customer] == [
        ("a", 0, 0, 30),
        ("b", 250, 250, 0),
        (None, 0, 0, 9),
    ]
    assert (aged.open_amount, aged.unapplied) == (250, 39)
    assert [item.invoice_number for item in chase_list(owed, [], ON)] == ["3", "2"]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-500, 500), st.integers(-100, 100)), max_size=8),
    st.lists(st.tuples(st.integers(0, 9), st.integers(-100, 300), st.integers(-20, 20)), max_size=8),
)
def test_open_less_credit_is_billed_less_received(bills, receipts):
    owed = [bill(str(n), amount, ago(due), customer=who) for n, (who, amount, due) in enumerate(bills)]
    got = [paid(amount, str(n), on=ago(age)) for n, amount, age in receipts]
    aged = ageing(owed, got, ON)
    received = sum(p.amount for p in got if p.received_on <= ON)
    assert aged.open_amount - aged.unapplied == sum(i.gross for i in owed) - received
    assert sum(row.open_amount for row in aged.by_customer) == aged.open_amount
    assert sum(item.open_amount for item in chase_list(owed, got, ON)) == aged.over_30


def test_dso():
    owed = [bill("1", 900, tax=D(100), issued=date(2026, 3, 1)), bill("2", 500, issued=date(2026, 2, 28))]
    sales = credit_sales(owed, date(2026, 3, 1), ON)
    assert sales == 1000
    assert dso_days(D(500), sales, 31) == Figure(D("15.5"))


def test_dso_without_sales_is_unknown():
    assert dso_days(D(500), D(0), 31) == Figure(None, "no invoices in the period")


def test_billed_ahead_is_the_unpaid_net_of_what_has_not_begun():
    owed = [
        bill("1", 1000, tax=D(200), starts=date(2026, 4, 1)),
        bill("2", 700, starts=ON),
        bill("3", 300),
        bill("4", 80, starts=date(2026, 4, 1), customer="b"),
    ]
    assert billed_ahead(owed, [paid(300, "1"), paid(80, "4")], ON) == {"a": 750}


def test_a_receipt_is_spread_over_what_is_due_first_and_never_beyond_what_is_open():
    owed = [
        OpenInvoice(number, "C-1", date(2026, 1, 1), due, Decimal(100), amount, 0)
        for number, due, amount in (
            ("B", date(2026, 3, 1), Decimal("50.00")),
            ("A", date(2026, 2, 1), Decimal("80.00")),
            ("C", date(2026, 3, 1), Decimal("70.00")),
        )
    ]
    assert spread(Decimal("100.00"), owed) == {"A": Decimal("80.00"), "B": Decimal("20.00")}
    assert spread(Decimal("500.00"), owed) == {
        "A": Decimal("80.00"),
        "B": Decimal("50.00"),
        "C": Decimal("70.00"),
    }
    assert spread(Decimal("0.00"), owed) == {}
