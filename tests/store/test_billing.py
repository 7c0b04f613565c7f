"""Invoices in the store: made from drafts in one step, credited, stamped, paid in parts and jointly; never in a closed month."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import make
import pytest
import small_company
from small_company import MARCH

from tai_ops.errors import NotAllowed, PeriodClosed, Refused
from tai_ops.kinds import KINDS
from tai_ops.period import Month
from tai_ops.receivables import residuals
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store, billing, receipts
from tai_ops.store.facts import facts, window
from tai_ops.store.matches import reconcile
from tai_ops.store.records import void

NOW = datetime(2026, 4, 4, 12, 0, tzinfo=UTC)
APRIL = Month(2026, 4)
FIRST = date(2026, 4, 1)
CUSTOMERS = "customer_id,name,status\nC-1,Northwind Parts,live\nC-2,Harbor Foods,live\n"
HEAD = "invoice_number,customer_id,issued_on,due_on,amount,tax_amount,kind\n"


@pytest.fixture
def books(store: Store) -> Iterator[Store]:
    """Two customers, an account, three open invoices of 100, 200 (with 20 of tax) and 300."""
    make.accounts(store)
    make.loaded(store, "customers", CUSTOMERS)
    rows = "INV-0007,C-1,2026-03-01,2026-03-31,100.00,,services\nINV-0008,C-1,2026-03-02,2026-04-01,200.00,20.00,services\nINV-0009,C-2,2026-03-03,2026-04-02,300.00,,services\n"
    make.loaded(store, "invoices", HEAD + rows)
    yield store
    make.check_keys(store)


def open_amounts(store: Store, day: date = date(2026, 4, 30)) -> dict[str, Decimal]:
    seen = facts(store, window(store, datetime(2026, 5, 1, 12, tzinfo=UTC), on=day), probes=False)

    return {
        i.invoice_number: i.open_amount for i in residuals(seen.invoices, seen.payments, day).open_invoices
    }


def unapplied(store: Store) -> list[tuple[str | None, str, Decimal]]:
    seen = facts(store, window(store, NOW, on=date(2026, 4, 4)), probes=False)

    return [
        (c.customer_id, c.source, c.amount)
        for c in residuals(seen.invoices, seen.payments, date(2026, 4, 4)).credits
    ]


def test_drafts_become_invoices_in_one_step_numbered_without_a_gap(books: Store) -> None:
    make.loaded(
        books,
        "subscriptions",
        "subscription_id,customer_id,plan,starts_on,amount,interval\nS-1,C-1,Standard,2026-04-01,120.00,month\nS-2,C-2,Standard,2026-04-01,240.00,month\n",
    )
    make.loaded(
        books,
        "services",
        "service_id,customer_id,delivered_on,description,hours,rate,basis\nSV-1,C-2,2026-04-02,Training,2.5,180.00,hours\n",
    )
    due = billing.drafts(books, APRIL)
    assert [(d.customer_id, d.amount) for d in due.drafts] == [
        ("C-1", Decimal("120.00")),
        ("C-2", Decimal("240.00")),
        ("C-2", Decimal("450.00")),
    ]
    keys = [draft.key for draft in due.drafts]
    made = billing.make_invoices(books, make.CFO, APRIL, keys, issued_on=FIRST, now=NOW, request_key="once")
    assert made == ("INV-0010", "INV-0011", "INV-0012")
    assert (
        billing.make_invoices(books, make.CFO, APRIL, keys, issued_on=FIRST, now=NOW, request_key="once")
        == made
    )
    assert billing.drafts(books, APRIL).drafts == ()
    assert books.rows("select invoice_number from services") == [("INV-0012",)]
    assert books.rows(
        "select due_on, service_from, service_to from invoices where invoice_number = 'INV-0010'"
    ) == [(date(2026, 5, 1), FIRST, date(2026, 4, 30))]
    assert [(x.quantity, x.rate, x.amount) for x in billing.lines(books, made)["INV-0012"]] == [
        (Decimal("2.500000"), Decimal("180.00"), Decimal("450.00"))
    ]
    with pytest.raises(Refused, match=r"is not due any more; look again"):
        billing.make_invoices(books, make.CFO, APRIL, keys, issued_on=FIRST, now=NOW)


def test_a_voided_number_is_not_given_again_and_credit_notes_have_their_own_series(books: Store) -> None:
    make.loaded(
        books,
        "subscriptions",
        "subscription_id,customer_id,starts_on,amount,interval\nS-1,C-1,2026-04-01,120.00,month\n",
    )
    void(books, make.CFO, KINDS["invoices"], "INV-0009", "twice", now=NOW)
    assert (
        billing.credit(books, make.CFO, "INV-0007", Decimal("10.00"), "late", issued_on=FIRST, now=NOW)
        == "CN-0001"
    )
    [draft] = billing.drafts(books, APRIL).drafts
    assert billing.make_invoices(books, make.CFO, APRIL, [draft.key], issued_on=FIRST, now=NOW) == (
        "INV-0010",
    )
    assert billing.voided_numbers(books) == ("INV-0009",)
    assert (
        billing.credit(books, make.CFO, "INV-0007", Decimal("10.00"), "late", issued_on=FIRST, now=NOW)
        == "CN-0002"
    )


def test_a_credit_note_settles_what_is_open_and_gives_the_tax_back_in_proportion(books: Store) -> None:
    number = billing.credit(
        books, make.CFO, "INV-0008", Decimal("50.00"), "wrong rate", issued_on=FIRST, now=NOW
    )
    assert books.rows(f"select amount, tax_amount, memo from invoices where invoice_number = '{number}'") == [
        (Decimal("-50.00"), Decimal("-5.00"), "Credit note for INV-0008: wrong rate")
    ]
    assert open_amounts(books)["INV-0008"] == Decimal("165.00")
    assert open_amounts(books, date(2026, 3, 31))["INV-0008"] == Decimal("220.00")
    assert unapplied(books) == []
    with pytest.raises(Refused, match=r"can be credited up to 150.00, not 150.01"):
        billing.credit(books, make.CFO, "INV-0008", Decimal("150.01"), "x", issued_on=FIRST, now=NOW)
    with pytest.raises(Refused, match=r"needs a reason"):
        billing.credit(books, make.CFO, "INV-0008", Decimal("1.00"), " ", issued_on=FIRST, now=NOW)


def test_one_payment_pays_several_invoices_in_parts_and_the_rest_is_the_customers_credit(
    books: Store,
) -> None:
    parts = {"INV-0007": Decimal("100.00"), "INV-0008": Decimal("120.00")}
    paid = receipts.receive(
        books, make.CFO, "OP", FIRST, Decimal("250.00"), parts, now=NOW, payer="NORTHWIND"
    )
    assert paid == "P-0001"
    assert open_amounts(books) == {"INV-0008": Decimal("100.00"), "INV-0009": Decimal("300.00")}
    assert unapplied(books) == [("C-1", "P-0001", Decimal("30.00"))]
    moved = receipts.apply_credit(
        books, make.CFO, "P-0001", "INV-0008", Decimal("30.00"), applied_on=date(2026, 4, 3), now=NOW
    )
    assert open_amounts(books)["INV-0008"] == Decimal("70.00")
    assert open_amounts(books, date(2026, 4, 2))["INV-0008"] == Decimal("100.00")
    assert unapplied(books) == []
    receipts.take_application_back(books, make.CFO, moved, now=NOW)
    assert unapplied(books) == [("C-1", "P-0001", Decimal("30.00"))]
    with pytest.raises(Refused, match=r"taken back already"):
        receipts.take_application_back(books, make.CFO, moved, now=NOW)


def test_w42_the_residual_decides(books: Store) -> None:
    receipts.receive(books, make.CFO, "OP", FIRST, Decimal("45.00"), {"INV-0007": Decimal("45.00")}, now=NOW)
    with pytest.raises(Refused, match=r"INV-0007 has 55.00 open on 2026-04-02, so 100.00 can't be put on it"):
        receipts.receive(
            books,
            make.CFO,
            "OP",
            date(2026, 4, 2),
            Decimal("100.00"),
            {"INV-0007": Decimal("100.00")},
            now=NOW,
        )
    with pytest.raises(Refused, match=r"the parts come to 55.00 and 50.00 was received"):
        receipts.receive(
            books, make.CFO, "OP", date(2026, 4, 2), Decimal("50.00"), {"INV-0007": Decimal("55.00")}, now=NOW
        )


def test_credit_of_one_customer_never_pays_anothers_invoice(books: Store) -> None:
    receipts.receive(
        books, make.CFO, "OP", FIRST, Decimal("130.00"), {"INV-0007": Decimal("100.00")}, now=NOW
    )
    with pytest.raises(Refused, match=r"P-0001 is of customer C-1 and INV-0009 of C-2"):
        receipts.apply_credit(
            books, make.CFO, "P-0001", "INV-0009", Decimal("30.00"), applied_on=FIRST, now=NOW
        )
    with pytest.raises(Refused, match=r"P-0001 has 30.00 left, so 31.00 can't be moved"):
        receipts.apply_credit(
            books, make.CFO, "P-0001", "INV-0008", Decimal("31.00"), applied_on=FIRST, now=NOW
        )


def test_the_matcher_sees_an_invoice_as_far_as_it_is_still_open(books: Store) -> None:
    receipts.receive(
        books,
        make.CFO,
        "SAVE",
        FIRST,
        Decimal("300.00"),
        {"INV-0007": Decimal("100.00"), "INV-0008": Decimal("200.00")},
        now=NOW,
    )
    make.statement(books, "Date,Description,Amount\n2026-04-03,NORTHWIND PARTS INV-0008,20.00\n", "OP")
    found = reconcile(books, make.CFO, "OP", now=NOW)
    assert found.newly_confirmed == 1
    assert "INV-0008" not in open_amounts(books)


def test_a_sent_stamp_says_when_by_what_and_under_which_number_and_is_taken_back(books: Store) -> None:
    billing.stamp_sent(
        books,
        make.CFO,
        ["INV-0007", "INV-0008"],
        sent_on=FIRST,
        channel="Stripe",
        now=NOW,
        external_ids={"INV-0008": "in_1"},
    )
    stamps = billing.sends(books)
    assert [(s.sent_on, s.channel, s.external_id) for s in stamps.values()] == [
        (FIRST, "Stripe", None),
        (FIRST, "Stripe", "in_1"),
    ]
    seen = facts(books, window(books, NOW, on=date(2026, 4, 3)), probes=False)
    assert seen.sends == {"INV-0007": FIRST, "INV-0008": FIRST}
    billing.stamp_sent(books, make.CFO, ["INV-0007"], sent_on=None, channel="other", now=NOW)
    assert set(billing.sends(books)) == {"INV-0008"}
    with pytest.raises(Refused, match=r"was issued on 2026-03-03; it can't have been sent on 2026-03-01"):
        billing.stamp_sent(books, make.CFO, ["INV-0009"], sent_on=date(2026, 3, 1), channel="e-mail", now=NOW)
    with pytest.raises(Refused, match=r"'fax' is no way to send"):
        billing.stamp_sent(books, make.CFO, ["INV-0009"], sent_on=FIRST, channel="fax", now=NOW)


def test_nothing_of_it_reaches_into_a_closed_month(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    close.run(store, make.CFO, MARCH, NOW)
    day, five = date(2026, 3, 31), Decimal("5.00")
    for act in (
        lambda: billing.make_invoices(store, make.CFO, MARCH, ["x"], issued_on=day, now=NOW),
        lambda: billing.credit(store, make.CFO, "INV-2", five, "why", issued_on=day, now=NOW),
        lambda: receipts.receive(store, make.CFO, "OP", day, five, {}, now=NOW),
        lambda: receipts.apply_credit(store, make.CFO, "P-1", "INV-2", five, applied_on=day, now=NOW),
    ):
        with pytest.raises(PeriodClosed, match=r"2026-03 is closed"):
            act()
    billing.credit(store, make.CFO, "INV-3", Decimal("4000.00"), "a discount", issued_on=FIRST, now=NOW)
    billing.credit(store, make.CFO, "INV-2", five, "a discount", issued_on=FIRST, now=NOW)
    assert [found.changes for found in close.recheck(store)] == [()]
    store.close()


def test_deferred_revenue_still_ties_after_a_credit_note_in_part_in_full_and_a_new_invoice(
    tmp_path: Path,
) -> None:
    store = small_company.copy_of("reconciled", tmp_path)

    def ties() -> bool | None:
        rows = close.report(store, APRIL, datetime(2026, 5, 2, tzinfo=UTC)).deferred.by_customer
        return next(row.ties for row in rows if row.customer_id == "C-1")

    assert ties() is True
    billing.credit(store, make.CFO, "INV-1", Decimal("5000.00"), "a discount", issued_on=FIRST, now=NOW)
    assert ties() is True
    billing.credit(store, make.CFO, "INV-1", Decimal("45000.00"), "wrong address", issued_on=FIRST, now=NOW)
    assert ties() is True
    again = "INV-9,C-1,2026-04-02,2026-05-02,50000.00,,licence,2025-12-01,2026-11-30\n"
    make.loaded(store, "invoices", HEAD.strip() + ",service_from,service_to\n" + again)
    assert ties() is True
    store.close()


def test_only_the_cfo_and_the_ceo_invoice(books: Store) -> None:
    with pytest.raises(NotAllowed):
        billing.credit(books, make.CSM, "INV-0007", Decimal(1), "x", issued_on=FIRST, now=NOW)


def test_an_invoice_that_money_was_put_on_or_a_note_credits_is_not_voided(books: Store) -> None:
    parts = {"INV-0007": Decimal("100.00"), "INV-0008": Decimal("20.00")}
    receipts.receive(books, make.CFO, "OP", FIRST, Decimal("120.00"), parts, now=NOW)
    for kind, key in (("invoices", "INV-0007"), ("payments", "P-0001")):
        with pytest.raises(Refused, match="take that back on the Invoices page first"):
            void(books, make.CFO, KINDS[kind], key, "wrong", now=NOW)
    number = billing.credit(books, make.CFO, "INV-0009", Decimal("300.00"), "twice", issued_on=FIRST, now=NOW)
    with pytest.raises(Refused, match=r"take that back|a credit note takes"):
        void(books, make.CFO, KINDS["invoices"], "INV-0009", "wrong", now=NOW)
    for moved in receipts.applications(books):
        receipts.take_application_back(books, make.CFO, moved.application_id, now=NOW)
    void(books, make.CFO, KINDS["invoices"], number, "wrong", now=NOW)
    void(books, make.CFO, KINDS["invoices"], "INV-0009", "wrong", now=NOW)
    void(books, make.CFO, KINDS["payments"], "P-0001", "wrong", now=NOW)
