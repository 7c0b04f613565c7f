"""The Reconcile page's statement of an account on two sides, and of a processor's clearing account."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import streamlit as st

from tai_ops import clearing
from tai_ops.app import session, words
from tai_ops.app.reconcile_page import Seen, difference_words
from tai_ops.clearing import Clearing
from tai_ops.reconciliation import ItemNature, OpenItem
from tai_ops.store.clearings import clearings

LISTED_ITEMS = 100
Printed = tuple[str, Decimal | None, bool]


def two_sided(seen: Seen) -> None:
    """Both sides, line by line, down to the two adjusted balances."""
    found, both = seen.found, seen.found.two_sided
    if seen.account.kind == "processor":
        _clearing(seen)
        if not (found.matched or found.unmatched_bank):
            return
    if both is None:
        st.markdown(f":gray-badge[– not known] {words.escape(difference_words(seen).capitalize())}.")
        return
    lines = [found.bank_item(line) for line in found.unmatched_bank]
    booked = [item for item in found.unmatched_book if item.nature != "error"]
    wrong = [item for item in found.unmatched_book if item.nature == "error"]

    def of(nature: ItemNature, *, money_in: bool | None = None) -> list[OpenItem]:
        return [i for i in lines if i.nature == nature and money_in in {None, i.amount > 0}]

    bank: list[Printed] = [("Balance by the bank", found.bank_balance, True)]
    bank += _part("Deposits in transit", both.deposits_in_transit, [i for i in booked if i.amount > 0])
    bank += _part("Outstanding checks", -both.outstanding_checks, [i for i in booked if i.amount < 0])
    if of("error"):
        bank += _part("Bank errors to be put right", both.bank_errors, of("error"))
    bank.append(("Adjusted bank balance", both.adjusted_bank, True))
    books: list[Printed] = [("Balance by the books", found.book_balance, True)]
    books += _part("Receipts the books lack", both.unrecorded_receipts, of("plain", money_in=True))
    books += _part("Payments the books lack", -both.unrecorded_payments, of("plain", money_in=False))
    for title, amount, nature in (
        ("Interest", both.interest, "interest"),
        ("Fees", -both.fees, "fee"),
        ("Returned items", -both.returned_items, "returned"),
    ):
        if of(nature):
            books += _part(title, amount, of(nature))
    if wrong:
        books += _part("Book errors to be put right", both.book_errors, wrong)
    books.append(("Adjusted book balance", both.adjusted_book, True))
    with st.container(key="two_sided"):
        sides(("Bank", bank), ("Books", books), seen.account.currency)


def clearing_sides(found: Clearing) -> None:
    """A processor's clearing account by the processor and by its movements, and the payouts on their way."""
    processor, movements = clearing.two_sides(found.sums)
    days = f"{words.day(found.first_day)} to {words.day(found.last_day)}"
    st.markdown(f"**Clearing account** :small[:gray[{words.escape(days)}]]")
    with st.container(key=f"clearing_{found.account}"):
        sides(("Processor", processor), ("Movements", movements), found.currency)
    off = found.sums.difference
    if off is None:
        st.markdown(f":gray-badge[– not known] {words.escape(_reason(found))}")
    elif off == 0:
        st.markdown(":green-badge[✓ both sides agree]")
    else:
        amount = words.escape(words.money(off, found.currency, exact=True))
        st.markdown(f":red-badge[✗ the two sides differ by {amount}]")
    if found.in_transit:
        total: list[Printed] = list(
            _part("Payouts in transit", found.sums.payouts_in_transit, found.in_transit)
        )
        st.markdown(_table("Sent, and not on the bank yet", total, found.currency))


def _reason(found: Clearing) -> str:
    reason = found.reason or ""
    return f"{reason[:1].upper()}{reason[1:]}."


def sides(left: tuple[str, Sequence[Printed]], right: tuple[str, Sequence[Printed]], currency: str) -> None:
    """Two sides beside each other, one below the other on a phone."""
    for place, (title, printed) in zip(st.columns(2, gap="medium"), (left, right), strict=True):
        with place:
            st.markdown(_table(title, printed, currency))


def _clearing(seen: Seen) -> None:
    last = seen.found.through
    store = session.store()
    with store.cursor() as cursor:
        found = clearings(cursor, store.company, [seen.account], date(last.year, last.month, 1), last)
    for one in found:
        clearing_sides(one)


def _part(title: str, total: Decimal, items: Sequence[OpenItem]) -> list[Printed]:
    """A total and the items that it is made of; of very many the first, with where the rest is."""
    shown: list[Printed] = [
        (f"{words.day(item.happened_on)} · {item.text or item.item_id}", item.amount, False)
        for item in items[:LISTED_ITEMS]
    ]
    rest = len(items) - len(shown)
    if rest > 0:
        shown.append((f"and {rest} more, listed under the other headings", None, False))
    return [(f"{title} ({len(items)})", total, True), *shown]


def _table(title: str, printed: Sequence[Printed], currency: str) -> str:
    rows = [
        f"| {_strong(words.escape(text), strong=strong)} | "
        f"{_strong(_amount(amount, currency, strong=strong), strong=strong)} |"
        for text, amount, strong in printed
    ]
    return "\n".join((f"| {title} | {currency} |", "|:---|---:|", *rows))


def _amount(amount: Decimal | None, currency: str, *, strong: bool) -> str:
    if amount is None:
        return words.DASH if strong else ""
    return words.escape(words.money(amount, currency, exact=True))


def _strong(text: str, *, strong: bool) -> str:
    return f"**{text}**" if strong and text else text
