"""Invoices as CSV files that billing systems take: QuickBooks Online's invoice import, and rows in the terms of Stripe's API.

QuickBooks takes at most 100 invoices and 1,000 rows of a file, so more of them are several files, each with whole invoices. It works tax out from a rate, and
takes no negative invoices: credit notes are left out of both and have to be entered there. A text that a spreadsheet could take for a formula has an apostrophe
before it. Source: finance.md R6.3.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from tai_ops.money import ZERO, cents, money_text
from tai_ops.recognition import Invoice
from tai_ops.sheet import safe_cell

QUICKBOOKS = (
    "*InvoiceNo",
    "*Customer",
    "*InvoiceDate",
    "*DueDate",
    "Terms",
    "Location",
    "Memo",
    "Item(Product/Service)",
    "ItemDescription",
    "ItemQuantity",
    "ItemRate",
    "*ItemAmount",
    "Taxable",
    "TaxRate",
    "Service Date",
)
STRIPE = (
    "number",
    "customer_name",
    "customer_email",
    "currency",
    "description",
    "quantity",
    "unit_amount",
    "amount",
    "tax_amount",
    "period_start",
    "period_end",
    "days_until_due",
    "due_date",
    "collection_method",
)
MOST_AT_ONCE = 100
"""The invoices that QuickBooks takes of a file."""
MOST_ROWS = 999
"""The lines that QuickBooks takes of a file: a sheet of 1,000 rows with the heads."""
RATE_PLACES = 6
ITEMS = {"licence": "Licence", "services": "Professional services"}


class Line(Protocol):
    """A line of an invoice."""

    @property
    def description(self) -> str:
        """What is billed."""
        ...

    @property
    def quantity(self) -> Decimal | None:
        """How many, where it is counted."""
        ...

    @property
    def rate(self) -> Decimal | None:
        """The price of one."""
        ...

    @property
    def amount(self) -> Decimal:
        """What it comes to, net."""
        ...


@dataclass(frozen=True, slots=True)
class ToSend:
    """What the files need beside the invoices: lines by invoice, names and addresses by customer, the currency."""

    invoices: Sequence[Invoice]
    lines: Mapping[str, Sequence[Line]]
    names: Mapping[str, str]
    emails: Mapping[str, str]
    currency: str

    @property
    def positive(self) -> list[Invoice]:
        """The invoices that can be imported: credit notes can't."""
        return [i for i in self.invoices if i.amount > 0]


def quickbooks_parts(what: ToSend) -> list[ToSend]:
    """What goes into each file for QuickBooks: all in one where it takes that many, else whole invoices in the order of their numbers.

    An invoice that alone has more lines than QuickBooks takes stands in a file of its own.
    """
    invoices = what.positive
    if len(invoices) <= MOST_AT_ONCE and _rows_of(what, invoices) <= MOST_ROWS:
        return [what]
    parts: list[list[Invoice]] = [[]]
    rows = 0
    for invoice in sorted(invoices, key=_by_number):
        its = _rows_of(what, [invoice])
        if parts[-1] and (len(parts[-1]) == MOST_AT_ONCE or rows + its > MOST_ROWS):
            parts.append([])
            rows = 0
        parts[-1].append(invoice)
        rows += its
    return [replace(what, invoices=part) for part in parts]


def quickbooks_zip(parts: Sequence[ToSend], name: str, now: datetime) -> bytes:
    """The files for QuickBooks in one archive, numbered in the order in which they are imported."""
    out, wide = io.BytesIO(), len(str(len(parts)))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, part in enumerate(parts, 1):
            called = f"{name}_{place:0{wide}d}-of-{len(parts)}.csv"
            archive.writestr(zipfile.ZipInfo(called, date_time=now.timetuple()[:6]), quickbooks_csv(part))
    return out.getvalue()


def quickbooks_csv(what: ToSend) -> bytes:
    """The invoices as QuickBooks Online imports them, a row a line; dates as MM/DD/YYYY."""
    rows: list[Sequence[str]] = []
    for invoice in what.positive:
        lines = what.lines.get(invoice.invoice_number, ())
        for line in lines:
            counted = line.quantity is not None and line.rate is not None
            rows.append(
                (
                    invoice.invoice_number,
                    what.names.get(invoice.customer_id, invoice.customer_id),
                    f"{invoice.issued_on:%m/%d/%Y}",
                    f"{invoice.due_on or invoice.issued_on:%m/%d/%Y}",
                    "",
                    "",
                    invoice.memo or "",
                    ITEMS[invoice.kind],
                    line.description,
                    f"{(line.quantity or Decimal(1)).normalize():f}" if counted else "1",
                    money_text(line.rate or ZERO) if counted else money_text(line.amount),
                    money_text(line.amount),
                    "Y" if invoice.tax_amount else "N",
                    _tax_rate(invoice),
                    f"{invoice.service_from:%m/%d/%Y}" if invoice.service_from else "",
                )
            )
    return _csv(QUICKBOOKS, rows)


def stripe_csv(what: ToSend) -> bytes:
    """The invoices as rows named like the fields of Stripe's API, a row a line; amounts in the smallest unit."""
    rows: list[Sequence[str]] = []
    for invoice in what.positive:
        due = invoice.due_on or invoice.issued_on
        for place, line in enumerate(what.lines.get(invoice.invoice_number, ())):
            counted = line.quantity is not None and line.rate is not None and line.quantity % 1 == 0
            rows.append(
                (
                    invoice.invoice_number,
                    what.names.get(invoice.customer_id, invoice.customer_id),
                    what.emails.get(invoice.customer_id, ""),
                    what.currency.lower(),
                    line.description,
                    f"{line.quantity:.0f}" if counted else "1",
                    _smallest(line.rate or ZERO) if counted else _smallest(line.amount),
                    _smallest(line.amount),
                    _smallest(invoice.tax_amount or ZERO) if place == 0 else "0",
                    invoice.service_from.isoformat() if invoice.service_from else "",
                    invoice.service_to.isoformat() if invoice.service_to else "",
                    str((due - invoice.issued_on).days),
                    due.isoformat(),
                    "send_invoice",
                )
            )
    return _csv(STRIPE, rows)


def _rows_of(what: ToSend, invoices: Iterable[Invoice]) -> int:
    return sum(len(what.lines.get(i.invoice_number, ())) for i in invoices)


def _by_number(invoice: Invoice) -> tuple[str, int, str]:
    """Where an invoice stands among the others: INV-9 before INV-10."""
    number = invoice.invoice_number
    stem = number.rstrip("0123456789")
    return stem, int(number[len(stem) :] or 0), number


def _tax_rate(invoice: Invoice) -> str:
    """The tax in per cent of the net amount: the shortest that gives the invoice's tax to the cent."""
    tax = invoice.tax_amount or ZERO
    exact = tax * 100 / invoice.amount
    rates = (round(exact, places) for places in range(RATE_PLACES))
    rate = next((r for r in rates if cents(invoice.amount * r / 100) == tax), round(exact, RATE_PLACES))
    return f"{rate.normalize():f}%"


def _smallest(amount: Decimal) -> str:
    return f"{amount * 100:.0f}"


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()
