"""What customers owe: open invoices after payments, their ageing, days sales outstanding, whom to chase.

Amounts are gross (net and tax), in cents, in the company's currency.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from tai_ops.figure import Figure
from tai_ops.money import ZERO, cents, ratio
from tai_ops.recognition import Invoice

CHASE_AFTER_DAYS = 30
_BUCKETS = ("current", "days_1_30", "days_31_60", "days_61_90", "over_90")


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received from a customer (negative: paid back), for one invoice or none; kind `payments`."""

    payment_id: str
    account: str
    received_on: date
    amount: Decimal
    invoice_number: str | None
    payer: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class WriteOff:
    """What settles a part of an invoice without cash: a bank fee, a discount, a difference given up."""

    invoice_number: str
    booked_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice with something left to pay; days past due are 0 or less until the day after it is due."""

    invoice_number: str
    customer_id: str
    issued_on: date
    due_on: date
    gross: Decimal
    open_amount: Decimal
    days_past_due: int


@dataclass(frozen=True, slots=True)
class Credit:
    """Money of a customer that no invoice has used: the customer where an invoice tells it, the payer, and why."""

    customer_id: str | None
    payer: str | None
    amount: Decimal
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Residuals:
    """What is open and what is unapplied at the end of a day, by due date and by source."""

    open_invoices: tuple[OpenInvoice, ...]
    credits: tuple[Credit, ...]

    @property
    def open_amount(self) -> Decimal:
        """The sum of the open parts; credits are not deducted."""
        return sum((item.open_amount for item in self.open_invoices), ZERO)

    @property
    def unapplied(self) -> Decimal:
        """The sum of the credits."""
        return sum((credit.amount for credit in self.credits), ZERO)


def residuals(
    invoices: Iterable[Invoice], payments: Iterable[Payment], on: date, write_offs: Iterable[WriteOff] = ()
) -> Residuals:
    """The open part of every invoice issued by the end of that day, after what was received by then.

    What exceeds an invoice, a credit note not yet paid out, and a payment that names no invoice (or one that is
    unknown or not issued yet) are unapplied credits, never deducted from another invoice. An invoice without
    a due date is due on its issue. A payment that was split over invoices comes as several rows of its id, and what is left
    of it is one credit, of the customer whose invoices it pays. Source: finance.md 4.7 and section 2, case 5 (the residual decides).
    """
    issued = {i.invoice_number: i for i in invoices if i.issued_on <= on}
    settled: dict[str, Decimal] = defaultdict(lambda: ZERO)
    loose: dict[str, Credit] = {}
    owners: dict[str, str] = {}
    for payment in payments:
        if payment.received_on > on:
            continue
        if payment.invoice_number in issued:
            settled[payment.invoice_number] += payment.amount
            owners[payment.payment_id] = issued[payment.invoice_number].customer_id
        else:
            credit, before = _unapplied(payment), loose.get(payment.payment_id)
            loose[payment.payment_id] = (
                replace(before, amount=before.amount + credit.amount) if before else credit
            )
    found = [
        replace(credit, customer_id=owners.get(source)) for source, credit in loose.items() if credit.amount
    ]
    for write_off in write_offs:
        if write_off.booked_on <= on:
            settled[write_off.invoice_number] += write_off.amount
    left = [
        (invoice, rest)
        for number, invoice in issued.items()
        if (rest := cents(invoice.gross) - settled.get(number, ZERO))
    ]
    still_open = (_open(invoice, rest, on) for invoice, rest in left if rest > 0)
    found += [_overpaid(invoice, -rest) for invoice, rest in left if rest < 0]
    return Residuals(
        tuple(sorted(still_open, key=lambda item: (item.due_on, item.invoice_number))),
        tuple(sorted(found, key=lambda credit: credit.source)),
    )


def _unapplied(payment: Payment) -> Credit:
    number = payment.invoice_number
    reason = f"invoice {number} is not there or not issued yet" if number else "names no invoice"
    return Credit(None, payment.payer, payment.amount, payment.payment_id, reason)


def _overpaid(invoice: Invoice, amount: Decimal) -> Credit:
    reason = "credit note" if invoice.gross < 0 else "overpaid"
    return Credit(invoice.customer_id, None, amount, invoice.invoice_number, reason)


def _open(invoice: Invoice, rest: Decimal, on: date) -> OpenInvoice:
    due = invoice.due_on or invoice.issued_on
    return OpenInvoice(
        invoice_number=invoice.invoice_number,
        customer_id=invoice.customer_id,
        issued_on=invoice.issued_on,
        due_on=due,
        gross=cents(invoice.gross),
        open_amount=rest,
        days_past_due=(on - due).days,
    )


def short_pay(open_amount: Decimal, received: Decimal) -> Decimal:
    """What a receipt leaves of an open amount, to be written off or left open; 0 where it covers it.

    Source: finance.md section 2, case 4.
    """
    return max(open_amount - received, Decimal(0))


@dataclass(frozen=True, slots=True)
class Aged:
    """Open amounts by days past the due date, and the unapplied credit beside them."""

    current: Decimal
    days_1_30: Decimal
    days_31_60: Decimal
    days_61_90: Decimal
    over_90: Decimal
    unapplied: Decimal

    @property
    def open_amount(self) -> Decimal:
        """All buckets; unapplied credit is not deducted."""
        return self.current + self.days_1_30 + self.over_30

    @property
    def over_30(self) -> Decimal:
        """More than 30 days past due: 31-60 and older."""
        return self.days_31_60 + self.days_61_90 + self.over_90


@dataclass(frozen=True, slots=True)
class CustomerAged(Aged):
    """One customer's row; `customer_id` is None for credit that no invoice ties to a customer."""

    customer_id: str | None


@dataclass(frozen=True, slots=True)
class Ageing(Aged):
    """The total, and a row for each customer that owes or is owed; credit of unknown customers stands last."""

    by_customer: tuple[CustomerAged, ...]


def ageing(
    invoices: Iterable[Invoice], payments: Iterable[Payment], on: date, write_offs: Iterable[WriteOff] = ()
) -> Ageing:
    """Receivables by days past the DUE date at the end of that day: current (0 or less), 1-30, 31-60, 61-90, 90+.

    Source: Runbook 6 "Follow up on past-due accounts (>30 days)"; finance.md 4.7. The 90th day is in 61-90.
    Leaves out what is not issued yet. Unapplied credit has its own column and is in no bucket.
    """
    return aged(residuals(invoices, payments, on, write_offs))


def aged(left: Residuals) -> Ageing:
    """The ageing of what is open and unapplied on a day."""
    owed: dict[str | None, list[OpenInvoice]] = defaultdict(list)
    held: dict[str | None, list[Credit]] = defaultdict(list)
    for item in left.open_invoices:
        owed[item.customer_id].append(item)
    for credit in left.credits:
        held[credit.customer_id].append(credit)
    customers = sorted({*owed, *held}, key=lambda name: (name is None, name or ""))
    rows = (CustomerAged(**_aged(owed[who], held[who]), customer_id=who) for who in customers)
    return Ageing(**_aged(left.open_invoices, left.credits), by_customer=tuple(rows))


def _aged(owed: Iterable[OpenInvoice], held: Iterable[Credit]) -> dict[str, Decimal]:
    buckets: dict[str, Decimal] = dict.fromkeys(_BUCKETS, ZERO)
    for item in owed:
        buckets[_bucket(item.days_past_due)] += item.open_amount
    return buckets | {"unapplied": sum((credit.amount for credit in held), ZERO)}


def _bucket(days_past_due: int) -> str:
    if days_past_due <= 0:
        return "current"
    if days_past_due <= 30:
        return "days_1_30"
    if days_past_due <= 60:
        return "days_31_60"
    return "days_61_90" if days_past_due <= 90 else "over_90"


def chase_list(
    invoices: Iterable[Invoice], payments: Iterable[Payment], on: date, write_offs: Iterable[WriteOff] = ()
) -> tuple[OpenInvoice, ...]:
    """Open invoices more than 30 days past due at the end of that day, longest overdue first.

    Source: Runbook 6 "Follow up on past-due accounts (>30 days)"; calendar days. Sums to `ageing(...).over_30`.
    """
    return late_of(residuals(invoices, payments, on, write_offs))


def late_of(left: Residuals) -> tuple[OpenInvoice, ...]:
    """The chase list of what is open on a day."""
    return tuple(item for item in left.open_invoices if item.days_past_due > CHASE_AFTER_DAYS)


def sent_day(invoice: Invoice, sends: Mapping[str, date]) -> date:
    """The day on which an invoice counts as sent: that of its stamp, its issue where it has none."""
    return sends.get(invoice.invoice_number, invoice.issued_on)


def spread(received: Decimal, owed: Iterable[OpenInvoice]) -> dict[str, Decimal]:
    """What a receipt pays of each open invoice: the one due first is paid first, the last in part. The rest is credit."""
    parts: dict[str, Decimal] = {}
    left = received
    for item in sorted(owed, key=lambda i: (i.due_on, i.invoice_number)):
        part = min(left, item.open_amount)
        if part > 0:
            parts[item.invoice_number] = part
            left -= part
    return parts


def credit_sales(invoices: Iterable[Invoice], first: date, last: date) -> Decimal:
    """Gross invoices issued from first to last (both included), less credit notes."""
    return sum((cents(i.gross) for i in invoices if first <= i.issued_on <= last), ZERO)


def dso_days(receivable: Decimal, sales: Decimal, days: int) -> Figure:
    """Days sales outstanding: receivables / credit sales of the period × days in the period.

    Both gross. Source: finance.md 4.7. None where the period has no sales.
    """
    per_day = ratio(receivable, sales) if sales > 0 else None
    return Figure(None, "no invoices in the period") if per_day is None else Figure(per_day * days)


def billed_ahead(
    invoices: Iterable[Invoice], payments: Iterable[Payment], on: date, write_offs: Iterable[WriteOff] = ()
) -> dict[str, Decimal]:
    """By customer, the unpaid net part of invoices whose service period has not begun at the end of that day.

    Such an amount stays a receivable and is not deferred revenue as well: `deferral.deferred` takes it as
    `not_started_unpaid`. An invoice without a service period counts as begun. Source: finance.md 4.3.
    """
    billed = list(invoices)
    return ahead_of(residuals(billed, payments, on, write_offs), billed, on)


def ahead_of(left: Residuals, billed: Iterable[Invoice], on: date) -> dict[str, Decimal]:
    """The same from what is open on that day."""
    ahead = {i.invoice_number: i for i in billed if i.service_from is not None and i.service_from > on}
    found: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for item in left.open_invoices:
        if invoice := ahead.get(item.invoice_number):
            found[item.customer_id] += cents(invoice.amount * item.open_amount / item.gross)
    return dict(found)
