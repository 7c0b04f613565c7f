"""Invoices as CSV files that billing systems take: QuickBooks Online's invoice import, and rows in the terms of Stripe's API.

QuickBooks takes at most 100 invoices of a file, works tax out from a rate, and takes no negative ones: credit notes are left out of both and have to be entered
there. A text that a spreadsheet could take for a formula has an apostrophe before it. Source: finance.md R6.3.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
