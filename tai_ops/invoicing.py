"""What was delivered and is not invoiced yet: service lines, and days of a subscription that no invoice pays for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tai_ops.money import ZERO, cents
from tai_ops.mrr import Period, Subscription
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
    named: Mapping[str, frozenset[str]] | None = None,
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
    sold = tuple(subscriptions)
    paid = paid_periods(sold, invoices, named)
    days = (_days_open(s, paid[s.subscription_id], month.start, last) for s in sold)
    return tuple(sorted([*lines, *(d for d in days if d)], key=lambda n: (n.customer_id, n.kind, n.key)))


def paid_periods(
    subscriptions: Iterable[Subscription],
    invoices: Iterable[Invoice],
    named: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, list[Period]]:
    """By subscription, the days that licence invoices of its customer pay for.

    An invoice whose lines name subscriptions (`named`) pays for those alone; one whose service period is exactly a term of
    some of the customer's subscriptions pays for these; any other one pays for all of them.
    """
    told = named or {}
    held: dict[str, list[Subscription]] = defaultdict(list)
    paid: dict[str, list[Period]] = {}
    for subscription in subscriptions:
        held[subscription.customer_id].append(subscription)
        paid[subscription.subscription_id] = []
    for invoice in invoices:
        if invoice.kind != "licence" or invoice.amount <= 0:
            continue
        own = held.get(invoice.customer_id, [])
        mine = told.get(invoice.invoice_number)
        if mine is None and len(own) > 1 and invoice.service_period:
            exact = frozenset(s.subscription_id for s in own if _has_term(s, invoice.service_period))
            mine = exact or None
        for subscription in own:
            if mine is None or subscription.subscription_id in mine:
                period = paid_period(invoice, subscription)
                if period:
                    paid[subscription.subscription_id].append(period)
    return paid


def _has_term(subscription: Subscription, period: Period) -> bool:
    number = subscription.term_number(period[0])
    return number >= 0 and subscription.term(number) == period


def _days_open(
    subscription: Subscription, paid: Sequence[Period], first: date, last: date
) -> NotInvoiced | None:
    near = [period for period in paid if period[0] <= last and period[1] >= first]
    if any(start <= first and last <= end for start, end in near):
        return None
    missing = [
        day
        for day in _paid_days(subscription, first, last)
        if not any(start <= day <= end for start, end in near)
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
