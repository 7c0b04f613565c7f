"""Bank lines and what the books hold open: the stages, the score, and what is never done."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import matching_books
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.match_work import Line, Side, Work
from tai_ops.matching import (
    PROCESSOR_FEES,
    BankLine,
    Decided,
    Match,
    OpenEntry,
    OwnAccount,
    alias_key,
    match,
    tolerance,
)

MARCH_4 = date(2026, 3, 4)
ACCOUNTS = [
    OwnAccount("chk", "Checking", "bank"),
    OwnAccount("sav", "Savings", "bank"),
    OwnAccount("amex", "Amex", "card"),
    OwnAccount("stripe", "Stripe", "processor"),
]


def line(amount: str, description: str = "", line_id: str = "L1", **changes) -> BankLine:
    fact = BankLine(line_id, "chk", MARCH_4, Decimal(amount), "USD", "", description, "")
    return replace(fact, **changes)


def invoice(number: str, amount: str, party: str = "Acme Inc", **changes) -> OpenEntry:
    money = Decimal(amount)
    issued, due = date(2026, 2, 1), date(2026, 3, 3)
    entry = OpenEntry("invoice", number, None, issued, due, money, money, "USD", party, number)
    return replace(entry, **changes)


def booked(entry_id: str, amount: str, party: str = "Acme Inc", **changes) -> OpenEntry:
    money = Decimal(amount)
    kind = "payment" if money > 0 else "bill"
    entry = OpenEntry(kind, entry_id, "chk", date(2026, 3, 3), None, money, money, "USD", party, "")
    return replace(entry, **changes)


def pairs(found: list[Match], state: str = "confirmed") -> list[tuple[str, str]]:
    return [(m.line_id, m.entry_id) for m in found if m.state == state]


def certain(lines: list[BankLine], entries: list[OpenEntry], **given) -> list[tuple[str, str]]:
    return pairs(match(lines, entries, **given))


# references


def test_an_invoice_named_and_paid_exactly_is_confirmed_with_its_reason():
    (found,) = match([line("500.00", "WIRE INV-0012")], [invoice("INV-0012", "500.00")])
    assert (found.state, found.stage, found.amount, found.left_open) == ("confirmed", "reference", 500, 0)
    assert found.reasons == ("invoice INV-0012 named in the text", "amount equal to the cent")


def test_one_line_may_pay_every_invoice_that_it_names():
    invoices = [invoice("INV-1001", "100.00"), invoice("INV-1002", "250.50"), invoice("INV-1003", "9.00")]
    found = match([line("350.50", "Acme INV-1001, INV-1002")], invoices)
    assert pairs(found) == [("L1", "INV-1001"), ("L1", "INV-1002")]
    assert {m.rank for m in found} == {1}
    assert sum(m.amount for m in found) == Decimal("350.50")


def test_named_invoices_that_miss_the_sum_are_suggested_with_what_stays_open():
    invoices = [invoice("INV-1001", "100.00"), invoice("INV-1002", "250.50")]
    found = match([line("340.50", "INV-1001 INV-1002")], invoices)
    assert pairs(found) == []
    assert [m.left_open for m in found] == [0, 10]
    assert "10.00 short of the open 350.50: that much stays open" in found[0].reasons


def test_of_two_receipts_for_one_invoice_the_one_of_that_amount_is_meant():
    entries = [
        booked("p1", "200.00", "", reference="A1,INV-0012"),
        booked("p2", "300.00", "", reference="INV-0012"),
    ]
    assert certain([line("200.00", "INV-0012")], entries) == [("L1", "p1")]


def test_a_named_invoice_of_another_payee_is_not_certain():
    found = match(
        [line("500.00", "Beta LLC INV-0012")],
        [invoice("INV-0012", "500.00"), invoice("INV-7", "9.00", "Beta LLC")],
    )
    assert pairs(found) == []
    assert ("L1", "INV-0012") in pairs(found, "suggested")


def test_an_invoice_paid_twice_is_not_certain_for_either():
    lines = [line("500.00", "INV-0012", "L1"), line("500.00", "INV-0012", "L2")]
    found = match(lines, [invoice("INV-0012", "500.00")])
    assert pairs(found) == []
    assert pairs(found, "suggested") == [("L1", "INV-0012"), ("L2", "INV-0012")]
    assert any(r == "not certain: the bank line of 2026-03-04 fits as well" for r in found[0].reasons)


@pytest.mark.parametrize(
    ("charge", "bank"),
    [
        ("Charge INV-2041", "Acme Inc INV-2041"),
        ("Charge of Beta LLC, INV-2041", "Acme Inc payment"),
    ],
)
def test_an_invoice_named_by_a_processors_line_is_not_confirmed_for_an_equal_bank_line(
    charge: str, bank: str
):
    lines = [line("120", charge, "S", account="stripe"), line("120", bank, "B")]
    entries = [invoice("INV-2041", "120"), invoice("INV-2042", "700", "Beta LLC")]
    found = match(lines, entries, accounts=ACCOUNTS)
    assert ("B", "INV-2041") not in pairs(found)
    assert ("B", "INV-2041") in pairs(found, "suggested")


def test_an_invoice_that_is_named_before_its_window_is_not_confirmed_for_another_line():
    lines = [line("120", "Charge INV-2041", "S", account="stripe"), line("120", "Acme Inc payment", "B")]
    lines[1] = replace(lines[1], booked_on=MARCH_4 + timedelta(1))
    entry = invoice("INV-2041", "120", dated_on=MARCH_4 + timedelta(6), due_on=None)
    assert pairs(match(lines, [entry], accounts=ACCOUNTS)) == []
    assert certain(lines[1:], [entry], accounts=ACCOUNTS) == [("B", "INV-2041")]


def test_a_number_without_its_prefix_counts_where_the_sum_is_exact():
    assert certain([line("-75.00", "CHECK 1043")], [booked("b1", "-75.00", reference="1043")]) == [
        ("L1", "b1")
    ]


def test_a_named_invoice_is_found_long_after_its_window_only_by_its_payee():
    late = MARCH_4 + timedelta(days=300)
    entries = [invoice("INV-0012", "500.00")]
    assert certain([line("500.00", "INV-0012", booked_on=late)], entries) == []
    assert certain([line("500.00", "Acme INV-0012", booked_on=late)], entries) == [("L1", "INV-0012")]


def test_too_much_for_a_named_invoice_is_suggested_as_a_credit():
    (found,) = match([line("600.00", "Acme INV-0012")], [invoice("INV-0012", "500.00")])
    assert (found.state, found.amount, found.left_open) == ("suggested", 500, 0)
    assert "100.00 more than is open: a credit of the payer" in found.reasons


def test_an_instalment_is_suggested_with_the_rest_open():
    (found,) = match([line("200.00", "Acme INV-0012")], [invoice("INV-0012", "500.00")])
    assert (found.state, found.stage, found.amount, found.left_open) == ("suggested", "reference", 200, 300)


# payee and amount


def test_the_only_entry_of_a_payee_with_that_amount_is_confirmed():
    (found,) = match(
        [line("500.00", "ACH ACME INC")], [invoice("INV-0012", "500.00"), invoice("INV-2", "7.00")]
    )
    assert (found.state, found.stage) == ("confirmed", "payee")
    assert "1 day after the due date" in found.reasons


def test_a_tie_is_suggested_both_ways_and_says_so():
    found = match([line("500.00", "ACME")], [invoice("INV-0012", "500.00"), invoice("INV-0013", "500.00")])
    assert pairs(found) == []
    assert [(m.entry_id, m.rank) for m in found] == [("INV-0012", 1), ("INV-0013", 2)]
    assert found[0].reasons[-1] == "not certain: INV-0013 fits as well"


def test_look_alikes_of_several_customers_are_never_confirmed():
    entries = [invoice("INV-0012", "500.00", "Acme Inc"), invoice("INV-0013", "500.00", "Acme LLC")]
    assert certain([line("500.00", "ACME")], entries) == []
    assert certain([line("500.00", "ACME LLC")], entries) == [("L1", "INV-0013")]


def test_a_payee_that_is_only_alike_is_suggested():
    (found,) = match(
        [line("500.00", "ACNE LOGISTICS")], [invoice("INV-0012", "500.00", "Acme Logistics Inc")]
    )
    assert (found.state, found.stage, found.score) == ("suggested", "score", 76)
    assert found.reasons == ("amount equal to the cent", "payee 92 % alike", "1 day after the due date")


def test_an_amount_alone_suggests_nothing():
    assert match([line("500.00", "DEPOSIT")], [invoice("INV-0012", "500.00")]) == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"currency": "EUR"}, id="another currency"),
        pytest.param({"amount": Decimal(-500)}, id="the other direction"),
        pytest.param({"booked_on": date(2026, 1, 26)}, id="six days before its date"),
        pytest.param({"booked_on": date(2026, 3, 3) + timedelta(days=121)}, id="121 days after it was due"),
    ],
)
def test_what_is_never_a_candidate(changes: dict):
    entries = [invoice("INV-0012", "500.00")]
    assert match([replace(line("500.00", "ACME INC"), **changes)], entries) == []


@pytest.mark.parametrize("day", [date(2026, 1, 27), date(2026, 3, 3) + timedelta(days=120)])
def test_the_window_includes_its_ends(day: date):
    assert certain([line("500.00", "ACME", booked_on=day)], [invoice("INV-0012", "500.00")]) == [
        ("L1", "INV-0012")
    ]


def test_a_text_that_cites_another_invoice_is_not_certain():
    found = match([line("500.00", "ACME INV-0099")], [invoice("INV-0012", "500.00")])
    assert pairs(found) == []
    assert pairs(found, "suggested") == [("L1", "INV-0012")]


# the account's own books


def test_the_receipt_in_the_books_goes_before_the_invoice():
    entries = [invoice("INV-0012", "500.00"), booked("p1", "500.00")]
    assert certain([line("500.00", "ACME INV-0012")], entries) == [("L1", "p1")]


def test_two_receipts_that_fit_keep_the_invoice_from_being_confirmed():
    entries = [invoice("INV-0012", "500.00"), booked("p1", "500.00"), booked("p2", "500.00")]
    found = match([line("500.00", "ACME INV-0012")], entries)
    assert pairs(found) == []
    assert [m.entry_id for m in found] == ["p1", "p2", "INV-0012"]


def test_of_two_receipts_the_one_within_five_days_is_meant():
    entries = [booked("near", "500.00"), booked("far", "500.00", dated_on=date(2026, 2, 3))]
    assert certain([line("500.00", "ACME")], entries) == [("L1", "near")]


def test_what_another_account_holds_is_not_this_accounts():
    assert match([line("500.00", "ACME")], [booked("p1", "500.00", account="sav")]) == []


def test_an_outstanding_check_that_clears_late_is_certain_by_its_number_only():
    late = {"dated_on": date(2026, 1, 5), "reference": "1043"}
    found = match([line("-75.00", "CHECK PAPER CO")], [booked("b1", "-75.00", "Paper Co", **late)])
    assert pairs(found, "suggested") == [("L1", "b1")]
    assert certain([line("-75.00", "CHECK 1043")], [booked("b1", "-75.00", "Paper Co", **late)]) == [
        ("L1", "b1")
    ]


# what is open decides


def test_a_payment_partly_used_does_not_settle_the_whole():
    entry = booked("p1", "500.00", residual=Decimal("455.00"))
    assert certain([line("500.00", "ACME")], [entry]) == []
    assert certain([line("455.00", "ACME")], [entry]) == [("L1", "p1")]


@pytest.mark.parametrize("used", [pytest.param("45.00", id="W42")])
def test_what_a_decision_used_up_is_gone(used: str):
    payment = booked("p1", "500.00")
    before = [Decided("L0", "payment", "p1", Decimal(used), "confirmed")]
    assert certain([line("500.00", "ACME")], [payment], decisions=before) == []
    (found,) = match([line("455.00", "ACME")], [payment], decisions=before)
    assert (found.state, found.amount, found.left_open) == ("confirmed", 455, 0)


def test_a_confirmed_line_and_entry_are_left_alone():
    decided = [Decided("L1", "invoice", "INV-0012", Decimal("500.00"), "confirmed")]
    lines = [line("500.00", "ACME INV-0012"), line("500.00", "ACME INV-0012", "L2")]
    assert match(lines, [invoice("INV-0012", "500.00")], decisions=decided) == []


def test_what_was_used_beyond_its_amount_is_used_up_and_never_turns_around():
    before = [Decided("L0", "payment", "p1", Decimal("600.00"), "confirmed")]
    lines = [line("-100.00", "ACME"), line("500.00", "ACME", "L2")]
    assert match(lines, [booked("p1", "500.00")], decisions=before) == []


def test_a_line_partly_used_is_matched_with_the_rest():
    decided = [Decided("L1", "invoice", "INV-0012", Decimal("500.00"), "confirmed")]
    entries = [invoice("INV-0012", "500.00"), invoice("INV-0013", "80.00")]
    assert certain([line("580.00", "ACME")], entries, decisions=decided) == [("L1", "INV-0013")]


def test_a_declined_pair_is_never_offered_again():
    declined = [Decided("L1", "invoice", "INV-0012", Decimal(0), "declined")]
    assert match([line("500.00", "ACME INV-0012")], [invoice("INV-0012", "500.00")], decisions=declined) == []


def test_declining_one_of_two_leaves_the_other_certain():
    entries = [invoice("INV-0012", "500.00"), invoice("INV-0013", "500.00")]
    declined = [Decided("L1", "invoice", "INV-0012", Decimal(0), "declined")]
    assert certain([line("500.00", "ACME")], entries, decisions=declined) == [("L1", "INV-0013")]


def test_a_spelling_declined_for_a_payee_costs_its_next_line_thirty_points():
    entries = [
        invoice("INV-0012", "500.00", "Acme Logistics Inc"),
        invoice("INV-0013", "40.00", "Acme Logistics Inc"),
    ]
    lines = [line("500.00", "ACNE LOGISTICS", "L1"), line("40.00", "ACNE LOGISTICS", "L2")]
    assert pairs(match(lines, entries), "suggested") == [("L1", "INV-0012"), ("L2", "INV-0013")]
    declined = [Decided("L1", "invoice", "INV-0012", Decimal(0), "declined")]
    assert match(lines, entries, decisions=declined) == []


def test_a_learned_spelling_is_suggested_as_the_payee_and_never_certain_alone():
    aliases = {alias_key("", "SQ *XJ9 XJCAFE"): "Acme, Inc."}
    (found,) = match([line("500.00", "SQ *XJ9 XJCAFE")], [invoice("INV-0012", "500.00")], aliases=aliases)
    assert (found.state, found.score) == ("suggested", 90)
    assert "payee learned from an earlier match" in found.reasons


def test_a_text_that_spells_nobody_means_nobody():
    assert match([line("500.00", "DEPOSIT 77")], [invoice("INV-1", "500.00")], aliases={"": "Acme Inc"}) == []


# short payments


@pytest.mark.parametrize(
    ("open_amount", "expected"),
    [("10.00", "1.00"), ("200.00", "1.00"), ("1000.00", "5.00"), ("-1000.00", "5.00"), ("50000.00", "50.00")],
)
def test_tolerance(open_amount: str, expected: str):
    assert tolerance(Decimal(open_amount)) == Decimal(expected)


@pytest.mark.parametrize(
    ("owed", "received", "missing"),
    [
        pytest.param("100", "95", "5", id="W41"),
        pytest.param("1000", "990", "10", id="W41-990"),
        pytest.param("4800", "4766.66", "33.34", id="W41-4766.66"),
        pytest.param("45.500", "45.000", "0.500", id="W41-three-decimals"),
    ],
)
def test_a_short_payment_is_suggested_with_the_difference_and_never_confirmed(
    owed: str, received: str, missing: str
):
    (found,) = match([line(received, "ACME INC INV-0012")], [invoice("INV-0012", owed)])
    assert found.state == "suggested"
    assert found.left_open == Decimal(missing)


def test_a_short_payment_with_every_other_sign_scores_full_and_stays_a_suggestion():
    aliases = {alias_key("", "ACME INC"): "Acme Inc"}
    (found,) = match([line("999.00", "ACME INC INV-0012")], [invoice("INV-0012", "1000.00")], aliases=aliases)
    assert (found.score, found.state, found.stage) == (100, "suggested", "score")


def test_a_payment_above_what_is_open_is_not_within_the_tolerance():
    (found,) = match([line("1001.00", "ACME INC INV-0012")], [invoice("INV-0012", "1000.00")])
    assert found.stage == "reference"


# several entries without references


def test_entries_of_one_payee_that_add_up_are_suggested_together():
    entries = [invoice("INV-1", "100.10"), invoice("INV-2", "250.25"), invoice("INV-3", "9.00")]
    found = match([line("350.35", "ACME INC")], entries)
    assert [(m.entry_id, m.state, m.rank) for m in found] == [
        ("INV-1", "suggested", 1),
        ("INV-2", "suggested", 1),
    ]
    assert found[0].score == 70


def test_two_ways_to_add_up_are_two_proposals():
    entries = [invoice("INV-1", "100.00"), invoice("INV-2", "200.00"), invoice("INV-3", "200.00")]
    found = match([line("300.00", "ACME INC")], entries)
    assert [(m.entry_id, m.rank) for m in found] == [("INV-1", 1), ("INV-2", 1), ("INV-1", 2), ("INV-3", 2)]
    assert found[0].reasons[-1] == "not certain: INV-1 + INV-3 fits as well"


def test_entries_of_two_payees_never_add_up():
    entries = [invoice("INV-1", "100.10"), invoice("INV-2", "250.25", "Beta LLC")]
    assert match([line("350.35", "ACME INC")], entries) == []


def test_at_most_twelve_entries_are_added_up_the_nearest_ones():
    def dated(n: int) -> OpenEntry:
        return invoice(f"INV-{n}", f"{2**n}.00", dated_on=MARCH_4 - timedelta(days=n), due_on=None)

    entries = [dated(n) for n in range(14)]
    assert len(match([line("4095.00", "ACME INC")], entries)) == 12
    assert match([line("12288.00", "ACME INC")], entries) == []


# processors


@pytest.mark.parametrize(("charge", "fee"), [pytest.param("100.00", "3.20", id="W39"), ("80.51", "2.63")])
def test_a_payout_is_a_charge_less_the_fee(charge: str, fee: str):
    assert PROCESSOR_FEES["STRIPE"][0].of(Decimal(charge)) == Decimal(fee)
    net = str(Decimal(charge) - Decimal(fee))
    (found,) = match([line(net, "STRIPE TRANSFER ST-1")], [invoice("INV-0012", charge)])
    assert (found.state, found.stage, found.amount, found.left_open) == (
        "confirmed",
        "processor",
        Decimal(net),
        Decimal(fee),
    )
    assert found.reasons[0] == f"amount equal to the cent after the processor's fee of {fee}"


def test_the_fee_of_a_payout_is_not_open_for_another_line():
    lines = [line("96.80", "STRIPE", "L1"), line("3.20", "ACME INC", "L2")]
    assert [m.line_id for m in match(lines, [invoice("INV-0012", "100.00")])] == ["L1"]


def test_a_fee_is_taken_off_only_where_the_processor_is_named():
    assert match([line("96.80", "ACH ACME INC")], [invoice("INV-0012", "100.00")]) == []
    assert match([line("96.80", "PINSTRIPE LTD")], [invoice("INV-0012", "100.00")]) == []


def test_a_payout_that_fits_two_charges_is_suggested_for_both():
    found = match([line("96.80", "STRIPE")], [invoice("INV-1", "100.00"), invoice("INV-2", "100.00", "Beta")])
    assert pairs(found) == []
    assert pairs(found, "suggested") == [("L1", "INV-1"), ("L1", "INV-2")]
    assert found[0].reasons[-1] == "not certain: INV-2 fits as well"


def test_a_payout_of_the_processors_own_account_is_the_bank_line():
    lines = [
        line("4250.00", "STRIPE TRANSFER ST-1", "L1"),
        line("-4250.00", "payout po_1", "L2", account="stripe", booked_on=date(2026, 3, 2)),
    ]
    found = match(lines, [], accounts=ACCOUNTS)
    assert pairs(found) == [("L1", "L2"), ("L2", "L1")]
    assert {m.stage for m in found} == {"processor"}
    assert found[0].reasons == ("equal and opposite to a line of Stripe", "2 days after the other line")


# own transfers


def transfer(here: str, there: str, days: int = 1, **changes) -> list[BankLine]:
    other = line("1000.00", there, "L2", account="sav", booked_on=MARCH_4 + timedelta(days=days))
    return [line("-1000.00", here, "L1"), replace(other, **changes)]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("Online transfer to savings", "Online transfer from checking"),
        ("XFER OUT 88", "DEPOSIT"),
        ("JOHN", "from Checking"),
    ],
)
def test_two_own_lines_equal_and_opposite_are_one_transfer(here: str, there: str):
    found = match(transfer(here, there), [], accounts=ACCOUNTS)
    assert pairs(found) == [("L1", "L2"), ("L2", "L1")]
    assert [(m.amount, m.entry_kind, m.stage) for m in found] == [
        (-1000, "line", "transfer"),
        (1000, "line", "transfer"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(transfer("OFFICE RENT", "REFUND"), id="nothing speaks of a transfer"),
        pytest.param(
            transfer("ZELLE TRANSFER JOHN SMITH", "REFUND"), id="one speaks of it and names somebody"
        ),
        pytest.param(transfer("TRANSFER ACME INC", "TRANSFER"), id="a known payee"),
    ],
)
def test_equal_and_opposite_lines_without_a_sign_are_suggested(lines: list[BankLine]):
    found = match(lines, [invoice("INV-1", "5.00")], accounts=ACCOUNTS)
    assert pairs(found) == []
    assert pairs(found, "suggested") == [("L1", "L2"), ("L2", "L1")]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(transfer("TRANSFER", "TRANSFER", days=6), id="six days apart"),
        pytest.param(transfer("TRANSFER", "TRANSFER", currency="EUR"), id="two currencies"),
        pytest.param(transfer("TRANSFER", "TRANSFER", account="chk"), id="one account"),
    ],
)
def test_what_is_no_own_transfer(lines: list[BankLine]):
    assert match(lines, [], accounts=ACCOUNTS) == []


def test_a_transfer_with_two_possible_counterparts_is_not_certain():
    lines = [*transfer("TRANSFER", "TRANSFER"), line("1000.00", "TRANSFER", "L3", account="amex")]
    found = match(lines, [], accounts=ACCOUNTS)
    assert pairs(found) == []
    assert [(m.line_id, m.entry_id) for m in found] == [
        ("L1", "L3"),
        ("L1", "L2"),
        ("L2", "L1"),
        ("L3", "L1"),
    ]
    assert "not certain" in found[2].reasons[-1]


def test_a_card_payment_is_a_transfer():
    lines = transfer("AMEX EPAYMENT", "PAYMENT THANK YOU", account="amex")
    assert pairs(match(lines, [], accounts=ACCOUNTS)) == [("L1", "L2"), ("L2", "L1")]


def test_a_payout_of_an_outside_processor_is_no_transfer_of_a_card():
    lines = [line("96.80", "STRIPE TRANSFER", "L1"), line("-96.80", "TRANSFER", "L2", account="amex")]
    assert certain(lines, [], accounts=ACCOUNTS) == []


def test_a_declined_transfer_is_not_offered_from_either_side():
    declined = [Decided("L2", "line", "L1", Decimal(0), "declined")]
    assert match(transfer("TRANSFER", "TRANSFER"), [], accounts=ACCOUNTS, decisions=declined) == []


def test_a_confirmed_transfer_uses_up_both_lines():
    decided = [Decided("L1", "line", "L2", Decimal("-1000.00"), "confirmed")]
    assert match(transfer("TRANSFER", "TRANSFER"), [invoice("INV-1", "1000.00")], decisions=decided) == []


def test_a_transfer_in_the_books_is_matched_on_both_accounts():
    entry = booked("t1", "-1000.00", "", kind="entry", counter_account="sav")
    found = match(transfer("OUT", "IN"), [entry], accounts=ACCOUNTS)
    assert [(m.line_id, m.entry_id, m.amount) for m in found] == [("L1", "t1", -1000), ("L2", "t1", 1000)]


def test_the_two_sides_of_a_transfer_in_the_books_are_used_up_apart():
    entry = booked("t1", "-1000.00", "", kind="entry", counter_account="sav")
    one_side = [Decided("L1", "entry", "t1", Decimal("-1000.00"), "confirmed", "chk")]
    assert certain(transfer("OUT", "IN"), [entry], decisions=one_side) == [("L2", "t1")]
    other_side = [Decided("L2", "entry", "t1", Decimal("1000.00"), "confirmed", "sav")]
    assert certain(transfer("OUT", "IN"), [entry], decisions=other_side) == [("L1", "t1")]


# the score


def test_an_exact_named_invoice_beside_another_named_one_is_certain_by_score():
    entries = [invoice("INV-1001", "100.00"), invoice("INV-1002", "250.50")]
    found = match([line("100.00", "Acne INV-1001 INV-1002")], entries)
    assert [(m.entry_id, m.state, m.stage) for m in found] == [("INV-1001", "confirmed", "score")]


def test_a_runner_up_less_than_fifteen_points_behind_is_a_doubt():
    entries = [invoice("INV-1001", "100.00"), invoice("INV-1002", "100.00")]
    found = match([line("100.00", "Acne INV-1001 INV-1002")], entries)
    assert pairs(found) == []
    assert [(m.entry_id, m.score) for m in found if m.stage == "score"] == [
        ("INV-1001", 97),
        ("INV-1002", 97),
    ]


@pytest.mark.parametrize(
    ("days_late", "score"), [(0, 80), (5, 80), (7, 80), (8, 79), (32, 71), (35, 70), (90, 70)]
)
def test_a_date_close_by_counts_ten_points(days_late: int, score: int):
    entries = [invoice("INV-1001", "100.00"), invoice("INV-1002", "100.00")]
    day = date(2026, 3, 3) + timedelta(days=days_late)
    assert match([line("100.00", "ACME", booked_on=day)], entries)[0].score == score


def test_at_most_five_proposals_are_made_for_a_line():
    found = match([line("100.00", "ACME")], [invoice(f"INV-{n}", "100.00") for n in range(1000, 1009)])
    assert [m.rank for m in found] == [1, 2, 3, 4, 5]


# always


SMALL = st.sampled_from(["10.00", "20.00", "30.00", "96.80", "100.00", "-10.00", "-20.00"]).map(Decimal)
DAYS = st.integers(0, 40).map(lambda n: date(2026, 2, 1) + timedelta(days=n))
TEXTS = st.sampled_from(
    [
        "ACME INC",
        "BETA",
        "ACNE INC INV-1001",
        "INV-1001 INV-1002",
        "STRIPE",
        "TRANSFER",
        "TRANSFER SAVINGS",
        "1003",
    ]
)
PARTIES = st.sampled_from(["Acme Inc", "Beta LLC", ""])


# lines that compete


def test_two_equal_payments_are_offered_two_invoices_first():
    lines = [line("500.00", "ACME INC", "L1"), line("500.00", "ACME INC", "L2")]
    found = match(lines, [invoice("INV-1001", "500.00"), invoice("INV-1002", "500.00")])
    assert {m.state for m in found} == {"suggested"}
    first = {m.line_id: m.entry_id for m in found if m.rank == 1}
    assert first == {"L1": "INV-1001", "L2": "INV-1002"}


def test_a_line_gives_way_where_it_has_something_else_and_its_rival_has_not():
    payouts = [line("96.80", "STRIPE PAYOUT", "P1"), line("96.80", "STRIPE PAYOUT", "P2")]
    late = replace(payouts[1], booked_on=date(2026, 7, 5))
    charges = [invoice("INV-1", "100.00"), invoice("INV-2", "100.00", "Bolt Co", due_on=date(2026, 6, 3))]
    found = match([payouts[0], late], charges)
    first = {m.line_id: m.entry_id for m in found if m.rank == 1}
    assert first == {"P1": "INV-1", "P2": "INV-2"}


# garbled


def test_a_garbled_name_and_number_are_suggested_and_say_how_far_off_they_are():
    one = line("321.45", "WIRE NORTHWND TRADERS INV-0001X34")
    entries = [
        invoice("INV-0001234", "321.45", "Northwind Traders"),
        invoice("INV-0001299", "321.45", "Bolt Co"),
    ]
    (found,) = match([one], entries)
    assert (found.entry_id, found.state) == ("INV-0001234", "suggested")
    assert "reference INV-0001234 named with 1 sign off" in found.reasons


def test_the_next_invoices_number_is_no_garbled_one():
    (found,) = match([line("500.00", "ACME INC 0001235")], [invoice("0001234", "500.00")])
    assert not [reason for reason in found.reasons if "off" in reason]


def test_a_bare_number_written_like_the_references_own_speaks_against_another():
    assert certain([line("500.00", "ACME INC 0001235")], [invoice("INV-0001234", "500.00")]) == []
    assert certain([line("500.00", "ACME INC 4711")], [invoice("INV-0001234", "500.00")])


# what is usual here


def _paid_within_days(count: int) -> tuple[list[BankLine], list[OpenEntry]]:
    numbers = [f"INV-{n:05d}" for n in range(1, count + 1)]
    entries = [invoice(number, "10.00", "Bolt Co", dated_on=MARCH_4, due_on=None) for number in numbers]
    lines = [
        line("10.00", number, f"U{number}", booked_on=MARCH_4 + timedelta(place % 4))
        for place, number in enumerate(numbers)
    ]
    return lines, entries


@pytest.mark.parametrize(("pairs_known", "sure"), [(99, True), (100, False)])
def test_where_a_hundred_payments_took_days_one_that_took_a_month_is_not_certain(
    pairs_known: int, sure: bool
):
    lines, entries = _paid_within_days(pairs_known)
    lines.append(line("500.00", "ACME INC", booked_on=date(2026, 4, 4)))
    entries.append(invoice("INV-90001", "500.00", dated_on=MARCH_4, due_on=None))
    found = [m for m in match(lines, entries) if m.line_id == "L1"]
    assert [(m.entry_id, m.state) for m in found] == [("INV-90001", "confirmed" if sure else "suggested")]


@pytest.mark.parametrize("documents", [False, True])
@pytest.mark.parametrize("seed", [1, 4])
def test_made_up_books_are_matched_right_and_nearly_all(documents: bool, seed: int):
    books = matching_books.made(4000, seed, documents=documents)
    found = match(books.lines, books.entries)
    confirmed = {(m.line_id, m.entry_id) for m in found if m.state == "confirmed"}
    first = {(m.line_id, m.entry_id) for m in found if m.rank == 1}
    assert len(confirmed - books.truth.keys()) <= len(confirmed) / 1000
    assert len(first & books.truth.keys()) >= 0.993 * len(books.truth)


def test_where_a_third_of_the_documents_is_missing_what_is_confirmed_is_right():
    books = matching_books.made(6000, 3, documents=True, missing_pct=30)
    confirmed = {(m.line_id, m.entry_id) for m in match(books.lines, books.entries) if m.state == "confirmed"}
    assert len(confirmed) > 0.85 * len(books.truth)
    assert len(confirmed - books.truth.keys()) <= len(confirmed) / 1000


@st.composite
def books(draw) -> tuple[list[BankLine], list[OpenEntry], list[Decided]]:
    lines = [
        BankLine(
            f"L{n}", draw(st.sampled_from(["chk", "sav"])), draw(DAYS), draw(SMALL), "USD", "", draw(TEXTS)
        )
        for n in range(draw(st.integers(0, 7)))
    ]
    entries = [
        OpenEntry(
            draw(st.sampled_from(["invoice", "entry"])),
            f"E{n}",
            draw(st.sampled_from([None, "chk"])),
            draw(DAYS),
            None,
            amount := draw(SMALL),
            draw(st.sampled_from([amount, amount / 2])),
            "USD",
            draw(PARTIES),
            f"INV-{1000 + n}",
            draw(st.sampled_from([None, None, "sav"])),
        )
        for n in range(draw(st.integers(0, 7)))
    ]
    decisions = [
        Decided(
            one.line_id,
            entry.kind,
            entry.entry_id,
            entry.amount / 2,
            draw(st.sampled_from(["confirmed", "declined"])),
        )
        for one in lines
        for entry in entries
        if one.amount * entry.amount > 0 and draw(st.integers(0, 9)) == 0
    ]
    return lines, entries, decisions


@settings(max_examples=150, deadline=None)
@given(books(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_never_matters(given_books, rng: random.Random):
    lines, entries, decisions = given_books
    expected = match(lines, entries, decisions=decisions, accounts=ACCOUNTS)
    for one in (lines, entries, decisions):
        rng.shuffle(one)
    assert match(lines, entries, decisions=decisions, accounts=ACCOUNTS) == expected


@settings(max_examples=150, deadline=None)
@given(books())
def test_nothing_is_used_beyond_what_it_has_and_no_decided_pair_comes_back(given_books):
    lines, entries, decisions = given_books
    found = match(lines, entries, decisions=decisions, accounts=ACCOUNTS)
    account = {one.line_id: one.account for one in lines}
    of_line: defaultdict[str, Decimal] = defaultdict(Decimal)
    of_entry: defaultdict[tuple, Decimal] = defaultdict(Decimal)
    for d in decisions:
        if d.state == "confirmed":
            of_line[d.line_id] += abs(d.amount)
            of_entry[d.entry_id, None] += abs(d.amount)
    for m in found:
        if m.state == "confirmed":
            of_line[m.line_id] += abs(m.amount)
            of_entry[m.entry_id, account[m.line_id] if account[m.line_id] == "sav" else None] += abs(m.amount)
    matched = {m.line_id for m in found if m.state == "confirmed"}
    assert all(of_line[one.line_id] <= abs(one.amount) for one in lines if one.line_id in matched)
    used = {m.entry_id for m in found if m.state == "confirmed" and account[m.line_id] == "chk"}
    assert all(of_entry[e.entry_id, None] <= abs(e.residual) for e in entries if e.entry_id in used)
    assert not {(m.line_id, m.entry_id) for m in found} & {(d.line_id, d.entry_id) for d in decisions}
    assert all(30 <= m.score <= 100 and m.reasons for m in found)


def test_what_a_line_is_compared_with_does_not_grow_with_the_lines_of_a_day(monkeypatch: pytest.MonkeyPatch):
    looked_at: list[int] = []
    admits = Work.admits

    def counted(work: Work, one: Line, other: Side) -> bool:
        looked_at.append(1)
        return admits(work, one, other)

    monkeypatch.setattr(Work, "admits", counted)
    for account in (None, "chk"):
        per_line: list[float] = []
        for each_day in (4, 40):
            looked_at.clear()
            lines, entries = crowded(each_day, account)
            match(lines, entries)
            per_line.append(len(looked_at) / len(lines))
        assert per_line[1] <= 1.1 * per_line[0]


def crowded(each_day: int, account: str | None) -> tuple[list[BankLine], list[OpenEntry]]:
    """Sixty days on which one customer pays one price so many times; every other line names what it pays."""
    lines: list[BankLine] = []
    entries: list[OpenEntry] = []
    for number in range(60 * each_day):
        day = MARCH_4 + timedelta(number // each_day)
        reference = f"INV-{number:05d}"
        issued = day - timedelta(number % 3)
        entries.append(
            invoice(reference, "99.00", account=account, dated_on=issued, due_on=issued, entry_id=reference)
        )
        named = reference if number % 2 else ""
        lines.append(line("99.00", f"Acme Inc {named}", f"L{number}", booked_on=day))
    return lines, entries
