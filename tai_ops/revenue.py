"""Recurring revenue and its movements, revenue recognition, and what is deferred.

Two views that are never mixed (finance.md F2): MRR counts a subscription in full from its paid start; recognised
revenue counts the days. Amounts are net of tax throughout.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from itertools import pairwise
from typing import Literal, Self

from tai_ops.figure import Figure
from tai_ops.money import CENT, ZERO, allocate, cents, percent, ratio
from tai_ops.period import Month, add_months, months_between

Interval = Literal["month", "quarter", "year"]
Method = Literal["daily", "even", "first_and_last"]
Period = tuple[date, date]

TERM_MONTHS: dict[Interval, int] = {"month": 1, "quarter": 3, "year": 12}
DAY = timedelta(days=1)
_FINEST = Decimal("0.000000000001")
_ADDED = ("new", "reactivation", "expansion")
_LOST = ("contraction", "churn")


@dataclass(frozen=True, slots=True)
class Subscription:
    """A recurring price from its start until its end (excluded), renewed term by term; kind `subscriptions`."""

    subscription_id: str
    customer_id: str
    plan: str | None
    starts_on: date
    ends_on: date | None
    amount: Decimal
    interval: Interval
    discount_pct: Decimal | None
    trial_ends_on: date | None

    @property
    def paid_from(self) -> date:
        """The first paid day: the start, or the day on which the trial is over."""
        return max(self.starts_on, self.trial_ends_on or self.starts_on)

    @property
    def months(self) -> int:
        """Months in one term."""
        return TERM_MONTHS[self.interval]

    @property
    def net_amount(self) -> Decimal:
        """The price of one term after discount, unrounded."""
        return self.amount * (100 - (self.discount_pct or 0)) / 100

    @property
    def annual(self) -> Decimal:
        """The price of twelve months after discount, exact."""
        return self.net_amount * (12 // self.months)

    @property
    def ever_paid(self) -> bool:
        """Whether it has a paid day at all (a trial that ended with the subscription has none)."""
        return self.ends_on is None or self.ends_on > self.paid_from

    def active(self, on: date) -> bool:
        """Whether it is paid for on that day; the day of `ends_on` is not."""
        return self.paid_from <= on and (self.ends_on is None or on < self.ends_on)

    def term(self, number: int) -> Period:
        """First and last day of the term with that number, 0 being the first."""
        start = add_months(self.paid_from, self.months * number)
        return start, add_months(self.paid_from, self.months * (number + 1)) - DAY

    def term_number(self, day: date) -> int:
        """The number of the term that holds the day; negative before the paid start."""
        start = self.paid_from
        number = ((day.year - start.year) * 12 + day.month - start.month) // self.months
        return number if self.term(number)[0] <= day else number - 1


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


# --- MRR and its movements


def mrr(subscriptions: Iterable[Subscription], on: date) -> Decimal:
    """Monthly recurring revenue at the end of that day, unrounded, in the company's currency.

    Every active subscription counts in full from its paid start: annual price / 12, quarterly / 3, less
    discount. Source: finance.md 4.1 (ChartMogul's and Stripe's MRR). Leaves out tax, services, trials.
    """
    return sum(mrr_by_customer(subscriptions, on).values(), Decimal(0))


def mrr_by_customer(subscriptions: Iterable[Subscription], on: date) -> dict[str, Decimal]:
    """MRR of each customer that has any at the end of that day, unrounded, by customer id."""
    annual: dict[str, Decimal] = defaultdict(Decimal)
    for subscription in subscriptions:
        if subscription.active(on):
            annual[subscription.customer_id] += subscription.annual
    return {customer: _monthly(annual[customer]) for customer in sorted(annual) if annual[customer]}


def arr(subscriptions: Iterable[Subscription], on: date) -> Decimal:
    """Annual recurring revenue at the end of that day: MRR × 12, exact. Source: finance.md 4.1."""
    return sum((s.annual for s in subscriptions if s.active(on)), Decimal(0))


def contracted_arr(subscriptions: Iterable[Subscription], on: date) -> Decimal:
    """Annual value of subscriptions that are entered and not yet paid for on that day; shown beside ARR.

    Source: finance.md 4.1 (contracted, not live). Leaves out what ends before it ever starts to be paid.
    """
    return sum((s.annual for s in subscriptions if s.ever_paid and s.paid_from > on), Decimal(0))


@dataclass(frozen=True, slots=True)
class Flow:
    """How MRR came from opening to closing; every movement is a positive amount.

    opening + new + reactivation + expansion - contraction - churn = closing, exactly.
    """

    opening: Decimal
    new: Decimal
    expansion: Decimal
    contraction: Decimal
    churn: Decimal
    reactivation: Decimal
    closing: Decimal

    @property
    def added(self) -> Decimal:
        """New, reactivated and expanded MRR."""
        return self.new + self.reactivation + self.expansion

    @property
    def lost(self) -> Decimal:
        """Contracted and churned MRR."""
        return self.contraction + self.churn

    @property
    def unexplained(self) -> Decimal:
        """What the identity is off by: 0."""
        return self.opening + self.added - self.lost - self.closing

    def rounded(self) -> Self:
        """The same in cents with the identity intact.

        Opening and closing are the unrounded figures to the nearest cent. A cent that is left over goes to the
        movement that rounding had pushed furthest the other way, so each stays within a cent of its true
        value and none turns negative.
        """
        off = {name: self._rounding(name) for name in (*_ADDED, *_LOST)}
        parts = {name: cents(getattr(self, name)) for name in off}
        change = cents(self.closing) - cents(self.opening)
        short = change - sum(parts[n] for n in _ADDED) + sum(parts[n] for n in _LOST)
        step = CENT.copy_sign(short)
        for _ in range(int(abs(short) / CENT)):
            chosen = max(off, key=lambda name: (-off[name] * step, getattr(self, name)))
            off[chosen] += step
            parts[chosen] += step if chosen in _ADDED else -step
        return replace(self, opening=cents(self.opening), closing=cents(self.closing), **parts)

    def _rounding(self, name: str) -> Decimal:
        exact: Decimal = getattr(self, name)
        error = cents(exact) - exact
        return error if name in _ADDED else -error


@dataclass(frozen=True, slots=True)
class CustomerMovement(Flow):
    """One customer's MRR movements in the period."""

    customer_id: str


@dataclass(frozen=True, slots=True)
class Movements(Flow):
    """All customers' MRR movements in the period, ARR at its end, and each customer that had any MRR."""

    arr: Decimal
    by_customer: tuple[CustomerMovement, ...]

    def rounded(self) -> Self:
        """The same in cents, the identity intact in the total and in each customer's row.

        Totals are rounded sums of unrounded values (finance.md F3): they may differ from the sum of the rounded
        rows by cents.
        """
        # The decorator makes a slotted class anew, and super() without arguments would miss that.
        flow = super(Movements, self).rounded()
        return replace(
            flow, arr=cents(self.arr), by_customer=tuple(row.rounded() for row in self.by_customer)
        )


def movements(subscriptions: Iterable[Subscription], month: Month, until: date | None = None) -> Movements:
    """MRR at the end of the day before the month, what moved it in the month, and MRR at its end; unrounded.

    Customer by customer and day by day: changes on one day net, a start and an end on two days of the month both
    show (gross). New is a customer's first MRR ever; reactivation is MRR after churn, however long ago;
    churn is the day on which service ends. `until` (excluded) cuts the month short: month to date.
    Source: finance.md 4.1 (ChartMogul's movements).
    """
    rows = list(subscriptions)
    end = min(until or month.end, month.end)
    flows = [_flow(customer, owned, month.start, end) for customer, owned in _by_customer(rows)]
    moved = tuple(f for f in flows if f.opening or f.closing or f.added or f.lost)
    return Movements(
        opening=_total(f.opening for f in moved),
        new=_total(f.new for f in moved),
        expansion=_total(f.expansion for f in moved),
        contraction=_total(f.contraction for f in moved),
        churn=_total(f.churn for f in moved),
        reactivation=_total(f.reactivation for f in moved),
        closing=_total(f.closing for f in moved),
        arr=arr(rows, end - DAY),
        by_customer=moved,
    )


def _flow(customer_id: str, owned: Sequence[Subscription], start: date, end: date) -> CustomerMovement:
    parts: dict[str, Decimal] = dict.fromkeys((*_ADDED, *_LOST), Decimal(0))
    opening = level = Decimal(0)
    known = False
    for day, after in _levels(owned):
        if day >= end:
            break
        if day < start:
            opening = after
        else:
            parts[_movement(level, after, known=known)] += abs(after - level)
        level = after
        known = known or after > 0
    return CustomerMovement(opening=opening, closing=level, customer_id=customer_id, **parts)


def _movement(before: Decimal, after: Decimal, *, known: bool) -> str:
    if before <= 0 < after:
        return "reactivation" if known else "new"
    if after <= 0 < before:
        return "churn"
    return "expansion" if after > before else "contraction"


def _levels(owned: Iterable[Subscription]) -> Iterator[tuple[date, Decimal]]:
    """Each day on which one customer's MRR changes, in order, with the MRR from that day on."""
    changes: dict[date, Decimal] = defaultdict(Decimal)
    for subscription in owned:
        if subscription.ever_paid:
            changes[subscription.paid_from] += subscription.annual
            if subscription.ends_on:
                changes[subscription.ends_on] -= subscription.annual
    annual = Decimal(0)
    for day in sorted(changes):
        annual += changes[day]
        yield day, _monthly(annual)


def _monthly(annual: Decimal) -> Decimal:
    # Twelve decimals keep every sum and difference exact. Rounding the last one up, never down, keeps a total of
    # exactly half a cent on the side that half up sends it to.
    return (annual / 12).quantize(_FINEST, rounding=ROUND_UP)


def _by_customer(subscriptions: Iterable[Subscription]) -> list[tuple[str, list[Subscription]]]:
    owned: dict[str, list[Subscription]] = defaultdict(list)
    for subscription in subscriptions:
        owned[subscription.customer_id].append(subscription)
    return sorted(owned.items())


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


# --- Retention


@dataclass(frozen=True, slots=True)
class Cohort:
    """The customers that paid at the opening of a period and what became of their MRR, unrounded.

    `kept` is how much of the opening MRR was never lost on the way; `closing` is what they pay at the end. A
    customer that churned counts 0 in both, even when it came back: that is reactivation, not retention.
    """

    customers: int
    lost: int
    opening: Decimal
    kept: Decimal
    closing: Decimal


def cohort(
    subscriptions: Iterable[Subscription], first: Month, last: Month, until: date | None = None
) -> Cohort:
    """The customers with MRR at the end of the day before `first`, followed through `last` (or before `until`).

    One month: first = last. Trailing twelve: first = last.plus(-11). Customers that are new in the period are in no figure.
    """
    end = min(until or last.end, last.end)
    fates = [_fate(owned, first.start, end) for _, owned in _by_customer(subscriptions)]
    members = [fate for fate in fates if fate[0] > 0]
    return Cohort(
        customers=len(members),
        lost=sum(closing <= 0 for _, _, closing in members),
        opening=_total(opening for opening, _, _ in members),
        kept=_total(kept for _, kept, _ in members),
        closing=_total(closing for _, _, closing in members),
    )


def _fate(owned: Sequence[Subscription], start: date, end: date) -> tuple[Decimal, Decimal, Decimal]:
    opening = kept = level = Decimal(0)
    for day, after in _levels(owned):
        if day >= end:
            break
        if day < start:
            opening = kept = level = after
        elif after <= 0:
            return opening, Decimal(0), Decimal(0)
        else:
            level, kept = after, min(kept, after)
    return opening, kept, level


def nrr_pct(of: Cohort) -> Figure:
    """Net revenue retention, per cent: (opening + expansion - contraction - churn) / opening.

    Source: finance.md 4.1 (SMSB, Baremetrics). Leaves out new and reactivated MRR and all that follows it. None
    where nobody paid at the opening.
    """
    return _share(of.closing, of)


def grr_pct(of: Cohort) -> Figure:
    """Gross revenue retention, per cent, 0 to 100: (opening - contraction - churn) / opening.

    A loss counts as far as it cuts into the opening MRR, so MRR won and lost again within the period is no
    loss, and MRR won back is still one. Source: finance.md 4.1 (SMSB). None where nobody paid at the opening.
    """
    return _share(of.kept, of)


def logo_churn_pct(of: Cohort) -> Figure:
    """Customers lost / customers at the opening, per cent.

    Source: finance.md 4.1 (a16z). New ones are in neither. None where there were no customers.
    """
    if not of.customers:
        return Figure(None, "no customers at the start of the period", 0)
    return Figure(percent(of.lost, of.customers), None, of.customers)


def _share(kept: Decimal, of: Cohort) -> Figure:
    if not of.customers:
        return Figure(None, "no MRR at the start of the period", 0)
    return Figure(percent(kept, of.opening), None, of.customers)


def quick_ratio(flow: Flow) -> Figure:
    """(new + expansion + reactivation) / (contraction + churn), times.

    Source: finance.md 4.1 (ProfitWell). None, "no losses", where nothing was lost.
    """
    value = ratio(flow.added, flow.lost)
    return Figure(value, "no losses" if value is None else None)


def yearly_churn_pct(monthly_pct: Decimal) -> Decimal:
    """What a monthly churn, per cent, comes to in twelve months: 100 × (1 - (1 - m)^12). Source: finance.md W21."""
    return 100 * (1 - (1 - monthly_pct / 100) ** 12)


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
class _Contract:
    """All that one customer bought. Assets and liabilities net within it, never across (finance.md 4.3)."""

    customer_id: str
    subscriptions: tuple[Subscription, ...]
    invoices: tuple[Invoice, ...]
    services: tuple[Service, ...]

    def billed_to(self, through: date) -> Decimal:
        return sum((i.amount for i in self.invoices if i.issued_on <= through), ZERO)

    def recognised_to(self, through: date, method: Method) -> Decimal:
        return self.licence_to(through, method) + self.services_to(through, method)

    def licence_to(self, through: date, method: Method) -> Decimal:
        terms = sum((_terms_to(s, through, method) for s in self.subscriptions), ZERO)
        bills = (i for i in self.invoices if i.kind == "licence")
        return terms + sum((self._uncovered_to(i, through, method) for i in bills), ZERO)

    def services_to(self, through: date, method: Method) -> Decimal:
        if self.services:
            return sum((s.value or ZERO for s in self.services if _earned(s, through)), ZERO)
        return sum((_period_to(i, through, method) for i in self.invoices if i.kind == "services"), ZERO)

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

    def _uncovered_to(self, invoice: Invoice, through: date, method: Method) -> Decimal:
        """A licence invoice, on the days that no subscription recognises already."""
        period = invoice.service_period
        if period is None:
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


def _period_to(invoice: Invoice, through: date, method: Method) -> Decimal:
    period = invoice.service_period
    return ZERO if period is None else recognised_to(invoice.amount, *period, through, method)


def _earned(line: Service, through: date) -> bool:
    return line.earned_on is not None and line.earned_on <= through


def _contracts(
    subscriptions: Iterable[Subscription], invoices: Iterable[Invoice], services: Iterable[Service]
) -> list[_Contract]:
    subscribed = dict(_by_customer(subscriptions))
    billed: dict[str, list[Invoice]] = defaultdict(list)
    served: dict[str, list[Service]] = defaultdict(list)
    for invoice in invoices:
        billed[invoice.customer_id].append(invoice)
    for line in services:
        served[line.customer_id].append(line)
    return [
        _Contract(who, tuple(subscribed.get(who, ())), tuple(billed.get(who, ())), tuple(served.get(who, ())))
        for who in sorted({*subscribed, *billed, *served})
    ]


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
) -> Recognised:
    """Revenue of the month by customer, in cents; `until` (excluded) cuts it short: month to date.

    Licence: a subscription's terms, day by day until it ends; on days that no subscription of the customer pays for, the
    service period of its licence invoices. Services: hours when delivered, milestones when reached; of a customer
    without any services line, the service period of its services invoices. Leaves out tax, and an invoice without
    a service period: that stays deferred. Source: Runbook 6 "Revenue Recognition"; finance.md 4.2.
    """
    earned = list(services)
    before, last = month.start - DAY, min(until or month.end, month.end) - DAY

    def gained(reached: Callable[[date, Method], Decimal]) -> Decimal:
        return reached(last, method) - reached(before, method)

    rows = (
        CustomerRevenue(c.customer_id, gained(c.licence_to), gained(c.services_to))
        for c in _contracts(subscriptions, invoices, earned)
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


# --- Deferred revenue


@dataclass(frozen=True, slots=True)
class CustomerDeferred:
    """One contract's roll-forward, in cents: opening + billings - recognised = closing; negative is unbilled.

    `not_started_unpaid` is the part of closing that is still a receivable for service that has not begun.
    `unrecognised` is closing computed again from the invoices alone; None, with the reason, where an invoice
    can't be laid beside a term.
    """

    customer_id: str
    opening: Decimal
    billings: Decimal
    recognised: Decimal
    closing: Decimal
    not_started_unpaid: Decimal
    unrecognised: Figure
    tolerance: Decimal

    @property
    def presented(self) -> Decimal:
        """Closing without what is unpaid and not begun: a liability where positive, unbilled where negative."""
        return self.closing - self.not_started_unpaid

    @property
    def difference(self) -> Decimal | None:
        """Closing less its recomputation; None where that is not possible."""
        return None if self.unrecognised.value is None else self.closing - self.unrecognised.value

    @property
    def ties(self) -> bool | None:
        """Whether both agree, to a cent per subscription; None where they can't be compared."""
        return None if self.difference is None else abs(self.difference) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Deferred:
    """All contracts' roll-forward, in cents: opening + billings - recognised = closing.

    `liability` (deferred revenue) sums the contracts that are billed ahead, `unbilled` (contract assets) those
    that are behind; liability - unbilled = closing - not_started_unpaid.
    """

    opening: Decimal
    billings: Decimal
    recognised: Decimal
    closing: Decimal
    not_started_unpaid: Decimal
    liability: Decimal
    unbilled: Decimal
    by_customer: tuple[CustomerDeferred, ...]

    @property
    def ties(self) -> bool:
        """Whether no contract that can be recomputed differs from its recomputation."""
        return all(row.ties is not False for row in self.by_customer)

    @property
    def unchecked(self) -> tuple[tuple[str, str], ...]:
        """Customers whose balance can't be recomputed, each with the reason."""
        return tuple((r.customer_id, r.unrecognised.reason or "") for r in self.by_customer if r.ties is None)


def deferred(
    subscriptions: Iterable[Subscription],
    invoices: Iterable[Invoice],
    services: Iterable[Service],
    month: Month,
    method: Method = "daily",
    *,
    until: date | None = None,
    not_started_unpaid: Mapping[str, Decimal] | None = None,
) -> Deferred:
    """Deferred revenue rolled forward over the month, per contract (customer) and in total, in cents.

    Billings are the net of the invoices issued, credit notes included. `not_started_unpaid` gives by customer
    what `receivables.billed_ahead` finds: it stays a receivable and is left out of the liability, so that
    nothing counts in both. `until` (excluded) cuts the month short. Source: Runbook 6 "Deferred revenue
    (prepayments) adjusted"; finance.md 4.3.
    """
    end = min(until or month.end, month.end)
    ahead = not_started_unpaid or {}
    rows = tuple(
        row
        for contract in _contracts(subscriptions, invoices, services)
        if (row := _rolled(contract, (month.start, end - DAY), method, ahead))
    )
    return Deferred(
        opening=sum((r.opening for r in rows), ZERO),
        billings=sum((r.billings for r in rows), ZERO),
        recognised=sum((r.recognised for r in rows), ZERO),
        closing=sum((r.closing for r in rows), ZERO),
        not_started_unpaid=sum((r.not_started_unpaid for r in rows), ZERO),
        liability=sum((r.presented for r in rows if r.presented > 0), ZERO),
        unbilled=-sum((r.presented for r in rows if r.presented < 0), ZERO),
        by_customer=rows,
    )


def _rolled(
    contract: _Contract, period: Period, method: Method, ahead: Mapping[str, Decimal]
) -> CustomerDeferred | None:
    before, last = period[0] - DAY, period[1]
    earlier, earned = contract.recognised_to(before, method), contract.recognised_to(last, method)
    billed_earlier, billed = contract.billed_to(before), contract.billed_to(last)
    if not any((earlier, earned, billed_earlier, billed)):
        return None
    return CustomerDeferred(
        customer_id=contract.customer_id,
        opening=billed_earlier - earlier,
        billings=billed - billed_earlier,
        recognised=earned - earlier,
        closing=billed - earned,
        not_started_unpaid=ahead.get(contract.customer_id, ZERO),
        unrecognised=_unrecognised(contract, last, method),
        tolerance=CENT * len(contract.subscriptions),
    )


def _unrecognised(contract: _Contract, through: date, method: Method) -> Figure:
    """The unrecognised parts of the invoices issued, less what is recognised of terms without an invoice."""
    licences = [i for i in contract.invoices if i.kind == "licence"]
    terms = list(
        _terms(contract, through, max([through, *(i.service_from or through for i in licences)]), method)
    )
    payable = {period for term in terms for period in term.periods}
    left = contract.billed_to(through) - contract.services_to(through, method)
    for invoice in licences:
        period, issued = invoice.service_period, invoice.issued_on <= through
        if period is None and contract.subscriptions and issued:
            return Figure(None, f"invoice {invoice.invoice_number} has no usable service period")
        if period and period not in payable and contract.uncovered(period) != [period]:
            return Figure(
                None, f"invoice {invoice.invoice_number} does not bill a whole term of the subscription"
            )
        if issued or period not in payable:
            left -= _period_to(invoice, through, method)
    billed = {i.service_period for i in licences if i.issued_on <= through}
    return Figure(left - sum((term.earned for term in terms if not term.periods & billed), ZERO))


@dataclass(frozen=True, slots=True)
class _Term:
    """A term, the service periods that an invoice for it may carry, and what is recognised of it."""

    periods: frozenset[Period | None]
    earned: Decimal


def _terms(contract: _Contract, through: date, horizon: date, method: Method) -> Iterator[_Term]:
    for subscription in contract.subscriptions:
        end = subscription.ends_on or date.max
        number = 0
        while (term := subscription.term(number))[0] < min(end, horizon + DAY):
            first, last = term
            served = (first, min(last, end - DAY))
            rest = (served[1] + DAY, last)
            whole = served == term or contract.uncovered(rest) == [rest]
            earned = recognised_to(cents(subscription.net_amount), *term, min(through, served[1]), method)
            yield _Term(frozenset({served, term} if whole else {served}), earned)
            number += 1
