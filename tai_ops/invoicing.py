"""What was delivered and is not invoiced yet: service lines, and days of a subscription that no invoice pays for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tai_ops.money import ZERO, cents
from tai_ops.mrr import Subscription
from tai_ops.period import Month
from tai_ops.recognition import Invoice, Service

DAY = timedelta(days=1)
EARLY_DAYS = 31
"""How long before a term an invoice without a service period may be issued and still be taken to pay for it."""


@dataclass(frozen=True, slots=True)
class NotInvoiced:
    """Something delivered by the month's end without an invoice; the amount is net, None where it has no price."""

    customer_id: str
    kind: Literal["services", "subscriptions"]
    key: str
    words: str
    amount: Decimal | None


def not_invoiced(
    subscriptions: Iterable[Subscription],
    invoices: Iterable[Invoice],
    services: Iterable[Service],
    month: Month,
    until: date | None = None,
) -> tuple[NotInvoiced, ...]:
    """Service lines earned by the month's end that name no invoice, and the month's subscription days without one.

    A subscription's days count as invoiced where a licence invoice of the customer has them in its service
    period, whenever it was issued; one without a service period pays for the term in which, or up to 31 days before
    which, it was issued. `until` (excluded) cuts the month short. Source: Runbook 6 "Generate invoices for all
    services delivered"; finance.md R6.2. Leaves out agreed deposits, which nothing on record tells.
    """
    last = min(until or month.end, month.end) - DAY
    lines = [
        NotInvoiced(s.customer_id, "services", s.service_id, s.description or s.service_id, s.value)
        for s in services
        if s.invoice_number is None and s.earned_on is not None and s.earned_on <= last
    ]
    billed = [i for i in invoices if i.kind == "licence" and i.amount > 0]
    days = (_days_open(s, billed, month.start, last) for s in subscriptions)
    return tuple(sorted([*lines, *(d for d in days if d)], key=lambda n: (n.customer_id, n.kind, n.key)))


def _days_open(
    subscription: Subscription, billed: Sequence[Invoice], first: date, last: date
) -> NotInvoiced | None:
    own = [i for i in billed if i.customer_id == subscription.customer_id]
    paid = [period for invoice in own if (period := paid_period(invoice, subscription))]
    missing = [
        day
        for day in _paid_days(subscription, first, last)
        if not any(start <= day <= end for start, end in paid)
    ]
    if not missing:
        return None
    words = f"subscription {subscription.subscription_id}, {missing[0]} to {missing[-1]}"
    amount = cents(sum((_a_day(subscription, day) for day in missing), ZERO))
    return NotInvoiced(subscription.customer_id, "subscriptions", subscription.subscription_id, words, amount)


def _paid_days(subscription: Subscription, first: date, last: date) -> Iterator[date]:
    day = max(first, subscription.paid_from)
    while day <= last and subscription.active(day):
        yield day
        day += DAY


def _a_day(subscription: Subscription, day: date) -> Decimal:
    start, end = subscription.term(subscription.term_number(day))
    return subscription.net_amount / ((end - start).days + 1)


def paid_period(invoice: Invoice, subscription: Subscription) -> tuple[date, date] | None:
    """The days that a licence invoice pays for: its service period, else the term of the subscription that it is near."""
    if invoice.service_period:
        return invoice.service_period
    number = subscription.term_number(invoice.issued_on)
    _, end = subscription.term(number)
    ahead = (end - invoice.issued_on).days < EARLY_DAYS and subscription.months > 1
    number = number + 1 if number < 0 or ahead else number
    return subscription.term(number) if number >= 0 else None
