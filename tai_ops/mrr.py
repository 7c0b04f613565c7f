"""Recurring revenue: subscriptions, MRR and what moved it, and what the customers of a year ago pay now.

A subscription counts in full from its paid start (finance.md F2). Amounts are net of tax.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from functools import lru_cache
from typing import Literal, Self

from tai_ops.figure import Figure
from tai_ops.money import CENT, cents, percent, ratio
from tai_ops.period import Month, add_months

Interval = Literal["month", "quarter", "year"]
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
        trial = self.trial_ends_on
        return self.starts_on if trial is None or trial < self.starts_on else trial

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
        return _term(self.paid_from, self.months, number)

    def term_number(self, day: date) -> int:
        """The number of the term that holds the day; negative before the paid start."""
        return _term_number(self.paid_from, self.months, day)


@lru_cache(maxsize=65536)
def _term(start: date, months: int, number: int) -> Period:
    return add_months(start, months * number), add_months(start, months * (number + 1)) - DAY


@lru_cache(maxsize=65536)
def _term_number(start: date, months: int, day: date) -> int:
    number = ((day.year - start.year) * 12 + day.month - start.month) // months
    return number if _term(start, months, number)[0] <= day else number - 1


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


Levels = tuple[tuple[str, tuple[tuple[date, Decimal], ...]], ...]
"""Each customer with the days on which its MRR changes and the MRR from then on: what every month's movements rest on."""


def levels(subscriptions: Iterable[Subscription]) -> Levels:
    """The levels of every customer, in order; worked out once where several months are asked for."""
    return tuple((who, tuple(_levels(owned))) for who, owned in subscriptions_by_customer(subscriptions))


def flow_of(known: Levels, month: Month, until: date | None = None) -> Flow:
    """What `movements` adds up to in a month, without a row for each customer."""
    start, end = month.start, min(until or month.end, month.end)
    parts: dict[str, Decimal] = dict.fromkeys((*_ADDED, *_LOST), Decimal(0))
    opening = closing = Decimal(0)
    for _, steps in known:
        if steps and steps[-1][0] < start:
            opening += steps[-1][1]
            closing += steps[-1][1]
            continue
        before, level = _walked(steps, start, end, parts)
        opening += before
        closing += level
    return Flow(opening=opening, closing=closing, **parts)


def movements(
    subscriptions: Iterable[Subscription],
    month: Month,
    until: date | None = None,
    *,
    known: Levels | None = None,
) -> Movements:
    """MRR at the end of the day before the month, what moved it in the month, and MRR at its end; unrounded.

    Customer by customer and day by day: changes on one day net, a start and an end on two days of the month both
    show (gross). New is a customer's first MRR ever; reactivation is MRR after churn, however long ago;
    churn is the day on which service ends. `until` (excluded) cuts the month short: month to date. `known` are the
    subscriptions' levels where they are worked out already.
    Source: finance.md 4.1 (ChartMogul's movements).
    """
    rows = list(subscriptions)
    end = min(until or month.end, month.end)
    held = levels(rows) if known is None else known
    flows = [_flow(customer, steps, month.start, end) for customer, steps in held]
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


def _flow(
    customer_id: str, steps: Sequence[tuple[date, Decimal]], start: date, end: date
) -> CustomerMovement:
    parts: dict[str, Decimal] = dict.fromkeys((*_ADDED, *_LOST), Decimal(0))
    if steps and steps[-1][0] < min(start, end):  # nothing moved since: of a large company nearly everybody
        return CustomerMovement(opening=steps[-1][1], closing=steps[-1][1], customer_id=customer_id, **parts)
    opening, level = _walked(steps, start, end, parts)
    return CustomerMovement(opening=opening, closing=level, customer_id=customer_id, **parts)


def _walked(
    steps: Iterable[tuple[date, Decimal]], start: date, end: date, parts: dict[str, Decimal]
) -> tuple[Decimal, Decimal]:
    """One customer's MRR before the period and at its end; what moved it is added to the parts."""
    opening = level = Decimal(0)
    known = False
    for day, after in steps:
        if day >= end:
            break
        if day < start:
            opening = after
        else:
            parts[_movement(level, after, known=known)] += abs(after - level)
        level = after
        known = known or after > 0
    return opening, level


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


def subscriptions_by_customer(subscriptions: Iterable[Subscription]) -> list[tuple[str, list[Subscription]]]:
    """Each customer with its subscriptions, in order."""
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
    subscriptions: Iterable[Subscription],
    first: Month,
    last: Month,
    until: date | None = None,
    *,
    known: Levels | None = None,
) -> Cohort:
    """The customers with MRR at the end of the day before `first`, followed through `last` (or before `until`).

    One month: first = last. Trailing twelve: first = last.plus(-11). Customers that are new in the period are in no figure.
    `known` are the subscriptions' levels where they are worked out already.
    """
    end = min(until or last.end, last.end)
    held = levels(subscriptions) if known is None else known
    fates = [_fate(steps, first.start, end) for _, steps in held]
    members = [fate for fate in fates if fate[0] > 0]
    return Cohort(
        customers=len(members),
        lost=sum(closing <= 0 for _, _, closing in members),
        opening=_total(opening for opening, _, _ in members),
        kept=_total(kept for _, kept, _ in members),
        closing=_total(closing for _, _, closing in members),
    )


def _fate(steps: Iterable[tuple[date, Decimal]], start: date, end: date) -> tuple[Decimal, Decimal, Decimal]:
    opening = kept = level = Decimal(0)
    for day, after in steps:
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
