"""What is due to be invoiced: terms, hours, milestones, deposit at signature, balance at go-live; numbers without gaps."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tai_ops.billing import Agreement, Sold, agreements, gaps, to_invoice
from tai_ops.customers import Customer
from tai_ops.mrr import Subscription
from tai_ops.period import Month
from tai_ops.pipeline import Deal, Proposal, Prospect
from tai_ops.recognition import Invoice, Service

MARCH = Month(2026, 3)
HALF = Decimal(50)


def term(**other: Any) -> Subscription:
    given: dict[str, Any] = {
        "subscription_id": "S-1",
        "customer_id": "C-1",
        "plan": "Standard",
        "starts_on": date(2026, 3, 16),
        "ends_on": None,
        "amount": Decimal("40000.00"),
        "interval": "year",
        "discount_pct": None,
        "trial_ends_on": None,
    }
    return Subscription(**given | other)


def invoice(number: str, issued: date, amount: str, kind: Any = "services", **other: Any) -> Invoice:
    given: dict[str, Any] = {
        "customer_id": "C-1",
        "due_on": None,
        "tax_amount": None,
        "service_from": None,
        "service_to": None,
        "memo": None,
    }
    return Invoice(
        invoice_number=number, issued_on=issued, amount=Decimal(amount), kind=kind, **given | other
    )  # type: ignore[arg-type]


def line(number: str, day: date | None, amount: str | None, **other: Any) -> Service:
    given: dict[str, Any] = {
        "customer_id": "C-1",
        "description": "Set-up",
        "hours": None,
        "rate": None,
        "basis": "hours",
        "reached_on": None,
        "invoice_number": None,
    }
    worth = None if amount is None else Decimal(amount)
    return Service(service_id=number, delivered_on=day, amount=worth, **given | other)


def due(**what: Any) -> list[tuple[str, Decimal, tuple[str, ...]]]:
    given: dict[str, Any] = {"customers": (), "subscriptions": (), "invoices": (), "services": ()}
    found = to_invoice(Sold(**given | what), MARCH, deposit_pct=HALF)
    return [(d.key, d.amount, d.why) for d in found.drafts]


def test_a_term_is_due_when_it_begins_and_no_more_once_it_is_invoiced() -> None:
    assert due(subscriptions=[term()]) == [
        ("C-1/licence/2026-03-16/2027-03-15", Decimal("40000.00"), ("subscription period",))
    ]
    billed = invoice(
        "INV-1",
        date(2026, 3, 16),
        "40000",
        "licence",
        service_from=date(2026, 3, 16),
        service_to=date(2027, 3, 15),
    )
    assert due(subscriptions=[term()], invoices=[billed]) == []
    assert due(subscriptions=[term(starts_on=date(2026, 4, 1))]) == []


def test_every_month_without_an_invoice_is_a_draft_of_its_own_and_a_part_of_one_is_billed_by_days() -> None:
    monthly = term(
        starts_on=date(2026, 1, 1), interval="month", amount=Decimal("310.00"), ends_on=date(2026, 3, 11)
    )
    february = invoice(
        "INV-1",
        date(2026, 2, 1),
        "310",
        "licence",
        service_from=date(2026, 2, 1),
        service_to=date(2026, 2, 28),
    )
    assert due(subscriptions=[monthly], invoices=[february]) == [
        ("C-1/licence/2026-01-01/2026-01-31", Decimal("310.00"), ("subscription period",)),
        ("C-1/licence/2026-03-01/2026-03-10", Decimal("100.00"), ("subscription period",)),
    ]


def test_two_subscriptions_of_one_term_come_on_one_invoice_and_one_made_here_pays_for_what_it_names() -> None:
    both = [term(), term(subscription_id="S-2", amount=Decimal("1000.00"))]
    assert due(subscriptions=both) == [
        ("C-1/licence/2026-03-16/2027-03-15", Decimal("41000.00"), ("subscription period",))
    ]
    billed = invoice(
        "INV-1",
        date(2026, 3, 16),
        "40000",
        "licence",
        service_from=date(2026, 3, 16),
        service_to=date(2027, 3, 15),
    )
    left = due(subscriptions=both, invoices=[billed], billed_terms={"INV-1": frozenset({"S-1"})})
    assert [amount for _, amount, _ in left] == [Decimal("1000.00")]


def test_a_trial_is_never_billed() -> None:
    tried = term(starts_on=date(2026, 3, 1), trial_ends_on=date(2026, 4, 2))
    assert due(subscriptions=[tried]) == []


def test_hours_and_milestones_are_due_once_delivered_and_a_line_without_a_price_is_named() -> None:
    lines = [
        line("SV-1", date(2026, 3, 4), None, hours=Decimal("6.5"), rate=Decimal("180.00")),
        line("SV-2", None, "4000", basis="milestone", reached_on=date(2026, 3, 31)),
        line("SV-3", None, "900", basis="milestone"),
        line("SV-4", date(2026, 4, 1), "700"),
        line("SV-5", date(2026, 3, 5), None),
        line("SV-6", date(2026, 3, 5), "50", invoice_number="INV-7"),
    ]
    found = to_invoice(Sold((), (), (), lines), MARCH, deposit_pct=HALF)
    [draft] = found.drafts
    assert (draft.amount, draft.why) == (Decimal("5170.00"), ("hours", "milestone"))
    assert [(x.source_id, x.quantity, x.rate) for x in draft.lines] == [
        ("SV-1", Decimal("6.5"), Decimal("180.00")),
        ("SV-2", None, None),
    ]
    assert found.left_out == (
        ("C-1", "service line SV-5: Set-up", "it has neither an amount nor hours and a rate"),
    )


FEE = Agreement("D-1", "Q-1", "C-1", date(2026, 3, 2), None, Decimal("10000.00"))
LIVE = Agreement("D-1", "Q-1", "C-1", date(2026, 1, 2), date(2026, 3, 20), Decimal("10000.00"))


def test_half_of_the_fee_is_due_at_signature_once() -> None:
    assert due(agreements=[FEE]) == [("C-1/services/deposit/D-1", Decimal("5000.00"), ("deposit",))]
    assert due(agreements=[FEE], invoices=[invoice("INV-1", date(2026, 3, 3), "5000")]) == []


def test_the_rest_of_the_fee_is_due_at_go_live_and_takes_the_lines_inside_it_along() -> None:
    lines = [
        line("SV-1", date(2026, 2, 4), "4000", invoice_number="INV-1"),
        line("SV-2", date(2026, 3, 4), "6000"),
        line("SV-3", date(2026, 3, 25), "300"),
    ]
    deposit = invoice("INV-1", date(2026, 1, 3), "5000")
    found = to_invoice(Sold((), (), [deposit], lines, [LIVE]), MARCH, deposit_pct=HALF)
    assert [(d.why, d.amount, d.names) for d in found.drafts] == [
        (("balance at go-live",), Decimal("5000.00"), ("SV-2",)),
        (("hours",), Decimal("300.00"), ()),
    ]


def test_never_more_than_the_fee_is_billed_for_it() -> None:
    billed = [invoice("INV-1", date(2026, 1, 3), "5000"), invoice("INV-2", date(2026, 3, 21), "5000")]
    assert due(agreements=[LIVE], invoices=billed) == []
    assert [a for _, a, _ in due(agreements=[LIVE])] == [Decimal("10000.00")]


def test_what_was_billed_beyond_the_fee_does_not_shrink_it() -> None:
    lines = [
        line("SV-1", date(2026, 1, 4), "10000", invoice_number="INV-1"),
        line("SV-2", date(2026, 2, 4), "900", invoice_number="INV-2"),
    ]
    billed = [invoice("INV-1", date(2026, 1, 3), "5000"), invoice("INV-2", date(2026, 2, 5), "900")]
    assert [a for _, a, _ in due(agreements=[LIVE], invoices=billed, services=lines)] == [Decimal("5000.00")]


def test_a_fee_is_agreed_by_the_accepted_proposal_of_a_won_deal() -> None:
    customer = Customer(
        "C-1",
        "Quillon Foods (Customer #2)",
        None,
        None,
        None,
        date(2026, 3, 12),
        None,
        None,
        None,
        "signed",
        None,
    )
    prospect = Prospect(
        "PR-1", "quillon foods", None, None, None, None, None, date(2026, 1, 1), None, None, None
    )
    deal = Deal("D-1", "PR-1", "won", Decimal(50000), None, None, None, date(2026, 3, 10), None)
    asked = date(2026, 3, 1)
    offer = Proposal("Q-1", "D-1", asked, asked, Decimal(10000), Decimal(40000), "accepted")  # type: ignore[arg-type]
    [found] = agreements([customer], [prospect], [deal], [offer])
    assert (found.customer_id, found.signed_on, found.fee) == ("C-1", date(2026, 3, 12), Decimal("10000.00"))
    declined = Proposal("Q-1", "D-1", asked, asked, Decimal(10000), None, "declined")  # type: ignore[arg-type]
    assert agreements([customer], [prospect], [deal], [declined]) == ()


@pytest.mark.parametrize(
    ("numbers", "voided", "missing"),
    [
        pytest.param(["INV-1", "INV-2", "INV-3"], [], (), id="none"),
        pytest.param(["INV-0009", "INV-0012"], [], ("INV-0010", "INV-0011"), id="two"),
        pytest.param(
            ["INV-0009", "INV-0012"], ["INV-0010"], ("INV-0011",), id="a voided number is explained"
        ),
        pytest.param(["A-1", "B-3", "CN-0001"], [], (), id="each series by itself"),
        pytest.param(["free text", "X"], [], (), id="no number"),
        pytest.param(["99-10"], [], (), id="one"),
    ],
)
def test_gaps_in_the_numbers(numbers: list[str], voided: list[str], missing: tuple[str, ...]) -> None:
    assert gaps(numbers, voided) == missing


def test_a_monthly_extra_is_due_although_the_years_licence_is_invoiced() -> None:
    both = [
        term(),
        term(subscription_id="S-2", starts_on=date(2026, 3, 1), interval="month", amount=Decimal("90.00")),
    ]
    year = invoice(
        "INV-1",
        date(2026, 3, 16),
        "40000",
        "licence",
        service_from=date(2026, 3, 16),
        service_to=date(2027, 3, 15),
    )
    assert due(subscriptions=both, invoices=[year]) == [
        ("C-1/licence/2026-03-01/2026-03-31", Decimal("90.00"), ("subscription period",))
    ]
    odd = invoice(
        "INV-1",
        date(2026, 3, 1),
        "40090",
        "licence",
        service_from=date(2026, 3, 1),
        service_to=date(2027, 3, 15),
    )
    assert due(subscriptions=both, invoices=[odd]) == []
