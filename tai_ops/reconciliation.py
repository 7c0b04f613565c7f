"""Cash reconciliation: the two-sided statement of an account, card liabilities, what a processor's charge costs.

A difference is a list of items, never a plug entry. Amounts are exact cents in the account's own currency.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tai_ops.money import ZERO, cents

ItemNature = Literal["plain", "interest", "fee", "returned", "error"]

STALE_AFTER_DAYS = 180


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A bank line or a booking without its counterpart; a positive amount is money in.

    `nature` tells how the two-sided statement lists it: an `error` is what was put on its own side by mistake and
    has to come off it again; `interest`, `fee` and `returned` are natures of bank lines.
    """

    item_id: str
    happened_on: date
    amount: Decimal
    nature: ItemNature = "plain"
    text: str = ""


@dataclass(frozen=True, slots=True)
class TwoSidedStatement:
    """Bank against books of one account on one day, in money; the items are positive as their names say.

    Errors are signed corrections: a wrong charge of 580 on the bank's side is +580. A balance is None where it is
    not known; then nothing can be said.
    Source: finance.md 4.6, Runbook 6 Cash Reconciliation.
    """

    bank_balance: Decimal | None
    book_balance: Decimal | None
    deposits_in_transit: Decimal = ZERO
    outstanding_checks: Decimal = ZERO
    bank_errors: Decimal = ZERO
    unrecorded_receipts: Decimal = ZERO
    unrecorded_payments: Decimal = ZERO
    interest: Decimal = ZERO
    fees: Decimal = ZERO
    returned_items: Decimal = ZERO
    book_errors: Decimal = ZERO

    @property
    def adjusted_bank(self) -> Decimal | None:
        """Bank + deposits in transit − outstanding checks ± bank errors, in money; None without a bank balance."""
        if self.bank_balance is None:
            return None
        return self.bank_balance + self.deposits_in_transit - self.outstanding_checks + self.bank_errors

    @property
    def adjusted_book(self) -> Decimal | None:
        """Books ± what the bank has and they have not ± book errors, in money; None without a book balance."""
        if self.book_balance is None:
            return None
        received = self.unrecorded_receipts + self.interest
        paid = self.unrecorded_payments + self.fees + self.returned_items
        return self.book_balance + received - paid + self.book_errors

    @property
    def difference(self) -> Decimal | None:
        """Bank + in transit − outstanding − book, in money: what the listed items have to add up to.

        Source: the contract's rule on `reconcile`. None where a balance is unknown.
        """
        if self.bank_balance is None or self.book_balance is None:
            return None
        return self.bank_balance + self.deposits_in_transit - self.outstanding_checks - self.book_balance

    @property
    def unexplained(self) -> Decimal | None:
        """Adjusted bank − adjusted book, in money: what of the difference no listed item accounts for."""
        if self.adjusted_bank is None or self.adjusted_book is None:
            return None
        return self.adjusted_bank - self.adjusted_book

    @property
    def explained(self) -> bool:
        """Whether the listed items add up to the difference, to the cent; False where a balance is unknown."""
        return self.unexplained == 0


_RETURNED = re.compile(
    r"\b(nsf|returned (item|check|cheque|deposit|payment)|return(ed)? item|insufficient funds|charge ?back|bounced|"
    r"r(ü|u)cklastschrift|reversal of)\b",
    re.IGNORECASE,
)
_INTEREST = re.compile(r"\b(interest|zinsen|dividend earned|apy)\b", re.IGNORECASE)
_FEE = re.compile(
    r"\b(fees?|service charge|maintenance charge|bank charges?|wire charge|geb(ü|u)hr(en)?|commission|overdraft charge)\b",
    re.IGNORECASE,
)


def nature_of(text: str, amount: Decimal) -> ItemNature:
    """What a bank line without a counterpart is by its own words: interest, a fee, a returned item; else plain.

    A fee and a returned item take money out. That the bank erred is said by a person alone.
    """
    if amount < 0 and _RETURNED.search(text):
        return "returned"
    if amount > 0 and _INTEREST.search(text):
        return "interest"
    return "fee" if amount < 0 and _FEE.search(text) else "plain"


def two_sided_statement(
    bank_balance: Decimal | None,
    book_balance: Decimal | None,
    unmatched_bank: Iterable[OpenItem],
    unmatched_book: Iterable[OpenItem],
) -> TwoSidedStatement:
    """The two-sided statement of an account from its balances and what is unmatched on either side.

    Source: finance.md 4.6. Unmatched bookings are in transit (money in) or outstanding (money out); unmatched bank
    lines are what the books lack, by nature. Both lists reach up to the statement's date and leave nothing out.
    """
    bank, book = list(unmatched_bank), list(unmatched_book)
    bookings = [item.amount for item in book if item.nature != "error"]
    receipts = [item.amount for item in bank if item.nature == "plain"]
    return TwoSidedStatement(
        bank_balance=bank_balance,
        book_balance=book_balance,
        deposits_in_transit=_money_in(bookings),
        outstanding_checks=_money_out(bookings),
        bank_errors=-_of_nature(bank, "error"),
        unrecorded_receipts=_money_in(receipts),
        unrecorded_payments=_money_out(receipts),
        interest=_of_nature(bank, "interest"),
        fees=-_of_nature(bank, "fee"),
        returned_items=-_of_nature(bank, "returned"),
        book_errors=-_of_nature(book, "error"),
    )


def stale_checks(unmatched_book: Iterable[OpenItem], as_of: date) -> tuple[OpenItem, ...]:
    """The outstanding payments that were issued more than 180 days before that day, oldest first.

    Source: finance.md 4.6, R6.16.
    """
    issued_before = as_of - timedelta(days=STALE_AFTER_DAYS)
    checks = [item for item in unmatched_book if item.amount < 0 and item.nature != "error"]
    stale = [item for item in checks if item.happened_on < issued_before]
    return tuple(sorted(stale, key=lambda item: (item.happened_on, item.item_id)))


def card_liability(statement_owed: Decimal, later_charges: Iterable[Decimal]) -> Decimal:
    """What is owed on a card, in money: the statement's balance owed plus charges posted and not on it yet.

    Source: finance.md 4.6, R6.15. Charges are positive, payments and refunds negative. A liability: no cash figure
    has it taken off.
    """
    return statement_owed + sum(later_charges, ZERO)


def processor_fee(charge: Decimal, rate_pct: Decimal, fixed: Decimal) -> Decimal:
    """A processor's fee on one charge, in cents: a rate in per cent plus a fixed part.

    Source: finance.md W39.
    """
    return cents(charge * rate_pct / 100 + fixed)


@dataclass(frozen=True, slots=True)
class FeeLine:
    """What a bank line moves on the account (signed money), and the fee that is in it."""

    amount: Decimal
    included_fee: Decimal


def line_with_fees(amount: Decimal, included: Decimal, excluded: Decimal) -> FeeLine:
    """A bank line whose stated amount leaves a fee out: the fee comes off a deposit and onto a withdrawal.

    Source: finance.md W40. ValueError where a fee is negative or larger than the deposit that it comes off.
    """
    if included < 0 or excluded < 0:
        raise ValueError("a fee is not negative")
    if 0 < amount < excluded:
        raise ValueError(f"the fee of {excluded} is larger than the deposit of {amount}")
    return FeeLine(amount - excluded, included + excluded)


def _money_in(amounts: Iterable[Decimal]) -> Decimal:
    return sum((amount for amount in amounts if amount > 0), ZERO)


def _money_out(amounts: Iterable[Decimal]) -> Decimal:
    return -sum((amount for amount in amounts if amount < 0), ZERO)


def _of_nature(items: Iterable[OpenItem], nature: ItemNature) -> Decimal:
    return sum((item.amount for item in items if item.nature == nature), ZERO)
