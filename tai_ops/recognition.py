"""Revenue recognition: what was billed and delivered becomes revenue day by day, or when it is reached.

It counts days and is never mixed with MRR (finance.md F2). Amounts are net of tax.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from tai_ops.money import CENT, ZERO, allocate, cents
from tai_ops.mrr import DAY, Period, Subscription, subscriptions_by_customer
from tai_ops.period import Month, months_between

Method = Literal["daily", "even", "first_and_last"]


@dataclass(frozen=True, slots=True)
class Invoice:
    """What a customer was billed, net, with its tax; a credit note is negative; kind `invoices`."""

    invoice_number: str
    customer_id: str
    issued_on: date
    due_on: date | None
    amount: Decimal
    tax_amount: Decimal | None
    kind: Literal["licence", "services"]
    service_from: date | None
    service_to: date | None
    memo: str | None

    @property
    def gross(self) -> Decimal:
        """What the customer owes: net and tax."""
        return self.amount + (self.tax_amount or ZERO)

    @property
    def service_period(self) -> Period | None:
        """First and last day that it pays for; None where one is missing or they are the wrong way round."""
        if self.service_from is None or self.service_to is None or self.service_to < self.service_from:
            return None
        return self.service_from, self.service_to


@dataclass(frozen=True, slots=True)
class Service:
    """A line of professional services, by hours or by milestone; kind `services`."""

    service_id: str
    customer_id: str
    delivered_on: date | None
    description: str | None
    hours: Decimal | None
    rate: Decimal | None
    amount: Decimal | None
    basis: Literal["hours", "milestone"]
    reached_on: date | None
    invoice_number: str | None

    @property
    def value(self) -> Decimal | None:
        """Its amount, else hours × rate, in cents; None where neither is known."""
        if self.amount is not None:
            return cents(self.amount)
        return None if self.hours is None or self.rate is None else cents(self.hours * self.rate)

    @property
    def earned_on(self) -> date | None:
        """The day on which it is revenue: delivered, or the milestone reached; None before (finance.md F5)."""
        return self.delivered_on if self.basis == "hours" else self.reached_on


# --- Recognition


def schedule(total: Decimal, first: date, last: date, method: Method = "daily") -> dict[Month, Decimal]:
    """What each month recognises of a total for service from first to last (both included); cents that add up.

    `daily`: by days. `even`: equal months. `first_and_last`: a month covered in part by its days, the whole months
    equally, the last of them taking the odd cents (finance.md W28). ValueError where last is before first.
    Source: finance.md 4.2 (ASC 606 straight line, cumulative rounding).
    """
    if last < first:
        raise ValueError(f"service ends on {last} before it starts on {first}")
    months = months_between(Month.of(first), Month.of(last))
    days = [_days_in(month, first, last) for month in months]
    if method == "first_and_last":
        parts = _prorated_ends(cents(total), months, days)
    else:
        parts = allocate(cents(total), days if method == "daily" else [1] * len(months))
    return dict(zip(months, parts, strict=True))


def _prorated_ends(total: Decimal, months: Sequence[Month], days: Sequence[int]) -> list[Decimal]:
    ends = {0, len(months) - 1} if len(months) > 1 else set[int]()
    by_days = {n: cents(total * days[n] / sum(days)) for n in ends if days[n] < months[n].days}
    if len(by_days) == len(months):
        del by_days[1]
    rest = total - sum(by_days.values())
    whole = len(months) - len(by_days)
    # Whole cents so far, never rounded up: the odd cents fall to the last, and no part turns negative.
    reached = [rest / CENT * n // whole * CENT for n in range(whole + 1)]
    equal = (after - before for before, after in pairwise(reached))
    return [by_days[n] if n in by_days else next(equal) for n in range(len(months))]


def _days_in(month: Month, first: date, last: date) -> int:
    return (min(month.last_day, last) - max(month.start, first)).days + 1


def recognised_to(
    total: Decimal, first: date, last: date, through: date, method: Method = "daily"
) -> Decimal:
    """What is recognised of a total by the end of the day `through`, in cents; the whole from `last` on.

    Within a month that is not over, `even` and `first_and_last` give that month's part by days. Source: finance.md 4.2.
    """
    if through < first:
        return ZERO
    if through >= last:
        return cents(total)
    if method == "daily":
        return cents(total * ((through - first).days + 1) / ((last - first).days + 1))
    now = Month.of(through)
    parts = schedule(total, first, last, method)
    before = sum((part for month, part in parts.items() if month < now), ZERO)
    return before + cents(parts[now] * _days_in(now, first, through) / _days_in(now, first, last))


@dataclass(frozen=True, slots=True)
class Contract:
    """All that one customer bought. Assets and liabilities net within it, never across (finance.md 4.3).

    `loose` are its licence invoices with a day that no single subscription pays for, where that was worked out: only these
    can recognise anything themselves.
    """

    customer_id: str
    subscriptions: tuple[Subscription, ...]
    invoices: tuple[Invoice, ...]
    services: tuple[Service, ...]
    loose: tuple[Invoice, ...] | None = None

    def billed_to(self, through: date) -> Decimal:
        """What was invoiced to it through the day."""
        return sum((i.amount for i in self.invoices if i.issued_on <= through), ZERO)

    def recognised_to(self, through: date, method: Method) -> Decimal:
        """What of it is revenue through the day."""
        return self.licence_to(through, method) + self.services_to(through, method)

    def licence_to(self, through: date, method: Method) -> Decimal:
        """What of its licences is revenue through the day."""
        terms = sum((_terms_to(s, through, method) for s in self.subscriptions), ZERO)
        bills = self.unheld() if self.loose is None else self.loose
        if not bills:
            return terms
        return terms + sum((self.uncovered_to(i, through, method) for i in bills), ZERO)

    def unheld(self) -> tuple[Invoice, ...]:
        """The licence invoices with a service period that no single subscription pays for as a whole."""
        return tuple(
            i
            for i in self.invoices
            if i.kind == "licence" and i.service_period and not self._held_by_one(i.service_period)
        )

    def services_to(self, through: date, method: Method) -> Decimal:
        """What of its services is revenue through the day."""
        if self.services:
            return sum((s.value or ZERO for s in self.services if _earned(s, through)), ZERO)
        if not self.invoices:
            return ZERO
        return sum((period_to(i, through, method) for i in self.invoices if i.kind == "services"), ZERO)

    def uncovered(self, period: Period) -> list[Period]:
        """The runs of days within the period that no subscription pays for, ends included."""
        day, last = period
        runs: list[Period] = []
        paid = [(s.paid_from, s.ends_on or date.max) for s in self.subscriptions if s.ever_paid]
        for start, end in sorted(paid):
            if day < start:
                runs.append((day, min(start - DAY, last)))
            day = max(day, end)
            if day > last:
                return runs
        return [*runs, (day, last)]

    def _held_by_one(self, period: Period) -> bool:
        """Whether one subscription pays for every day of the period: the usual case, told without looking at runs."""
        first, last = period
        return any(
            s.ever_paid and s.paid_from <= first and (s.ends_on is None or s.ends_on > last)
            for s in self.subscriptions
        )

    def uncovered_to(self, invoice: Invoice, through: date, method: Method) -> Decimal:
        """A licence invoice, on the days that no subscription recognises already."""
        period = invoice.service_period
        if period is None or period[0] > through:
            return ZERO

        def reached(day: date) -> Decimal:
            return recognised_to(invoice.amount, *period, min(day, through), method)

        return sum((reached(last) - reached(first - DAY) for first, last in self.uncovered(period)), ZERO)


def _terms_to(subscription: Subscription, through: date, method: Method) -> Decimal:
    stop = min(through, subscription.ends_on - DAY) if subscription.ends_on else through
    if stop < subscription.paid_from:
        return ZERO
    number = subscription.term_number(stop)
    price = cents(subscription.net_amount)
    return price * number + recognised_to(price, *subscription.term(number), stop, method)


def period_to(invoice: Invoice, through: date, method: Method) -> Decimal:
    """What of an invoice with a service period is revenue through the day."""
    period = invoice.service_period
    return ZERO if period is None else recognised_to(invoice.amount, *period, through, method)


def _earned(line: Service, through: date) -> bool:
    return line.earned_on is not None and line.earned_on <= through


def contracts(
    subscriptions: Iterable[Subscription], invoices: Iterable[Invoice], services: Iterable[Service]
) -> list[Contract]:
    """What each customer bought, in order of customer."""
    subscribed = dict(subscriptions_by_customer(subscriptions))
    billed: dict[str, list[Invoice]] = defaultdict(list)
    served: dict[str, list[Service]] = defaultdict(list)
    for invoice in invoices:
        billed[invoice.customer_id].append(invoice)
    for line in services:
        served[line.customer_id].append(line)
    found = (
        Contract(
            who,
            tuple(subscribed.get(who, ())),
            tuple(billed.get(who, ())),
            tuple(served.get(who, ())),
            loose=None if who in billed else (),
        )
        for who in sorted({*subscribed, *billed, *served})
    )
    return [replace(one, loose=one.unheld()) if one.loose is None else one for one in found]


@dataclass(frozen=True, slots=True)
class CustomerRevenue:
    """What one customer's contract recognised in the period, in cents."""

    customer_id: str
    licence: Decimal
    services: Decimal

    @property
    def total(self) -> Decimal:
        """Licence and services."""
        return self.licence + self.services


@dataclass(frozen=True, slots=True)
class Recognised:
    """Revenue recognised in the period, in cents, and each customer that had any.

    `unpriced` names services lines that were earned in the period and have neither an amount nor hours and a rate:
    they are in no sum.
    """

    licence: Decimal
    services: Decimal
    by_customer: tuple[CustomerRevenue, ...]
    unpriced: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """Licence and services."""
        return self.licence + self.services


def recognised(
    subscriptions: Iterable[Subscription],
    invoices: Iterable[Invoice],
    services: Iterable[Service],
    month: Month,
    method: Method = "daily",
    *,
    until: date | None = None,
    held: Sequence[Contract] | None = None,
) -> Recognised:
    """Revenue of the month by customer, in cents; `until` (excluded) cuts it short: month to date.

    Licence: a subscription's terms, day by day until it ends; on days that no subscription of the customer pays for, the
    service period of its licence invoices. Services: hours when delivered, milestones when reached; of a customer
    without any services line, the service period of its services invoices. Leaves out tax, and an invoice without
    a service period: that stays deferred. `held` are the contracts where they are put together already. Source: Runbook 6 "Revenue Recognition"; finance.md 4.2.
    """
    earned = list(services)
    before, last = month.start - DAY, min(until or month.end, month.end) - DAY

    def gained(reached: Callable[[date, Method], Decimal]) -> Decimal:
        return reached(last, method) - reached(before, method)

    rows = (
        CustomerRevenue(c.customer_id, gained(c.licence_to), gained(c.services_to))
        for c in (contracts(subscriptions, invoices, earned) if held is None else held)
    )
    moved = tuple(row for row in rows if row.licence or row.services)
    return Recognised(
        licence=sum((row.licence for row in moved), ZERO),
        services=sum((row.services for row in moved), ZERO),
        by_customer=moved,
        unpriced=tuple(
            sorted(
                s.service_id
                for s in earned
                if s.value is None and s.earned_on is not None and before < s.earned_on <= last
            )
        ),
    )
