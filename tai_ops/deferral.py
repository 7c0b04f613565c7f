"""Deferred revenue: what is billed and not recognised yet, rolled forward over a month, per contract and in total."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tai_ops.figure import Figure
from tai_ops.money import CENT, ZERO, cents
from tai_ops.mrr import DAY, Period, Subscription
from tai_ops.period import Month
from tai_ops.recognition import Contract, Invoice, Method, Service, contracts, period_to, recognised_to

MOST_TRIED = 12
"""Of how many subscriptions every choice is tried that one invoice may bill."""


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
    held: Sequence[Contract] | None = None,
) -> Deferred:
    """Deferred revenue rolled forward over the month, per contract (customer) and in total, in cents.

    Billings are the net of the invoices issued, credit notes included. `not_started_unpaid` gives by customer
    what `receivables.billed_ahead` finds: it stays a receivable and is left out of the liability, so that
    nothing counts in both. `held` are the contracts where they are put together already. `until` (excluded) cuts the month short. Source: Runbook 6 "Deferred revenue
    (prepayments) adjusted"; finance.md 4.3.
    """
    end = min(until or month.end, month.end)
    ahead = not_started_unpaid or {}
    rows = tuple(
        row
        for contract in (contracts(subscriptions, invoices, services) if held is None else held)
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
    contract: Contract, period: Period, method: Method, ahead: Mapping[str, Decimal]
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


def _unrecognised(contract: Contract, through: date, method: Method) -> Figure:
    """The unrecognised parts of the invoices issued, less what is recognised of terms without an invoice."""
    licences = [i for i in contract.invoices if i.kind == "licence"]
    terms = list(
        _terms(contract, through, max([through, *(i.service_from or through for i in licences)]), method)
    )
    payable = {period for term in terms for period in term.periods}
    left = contract.billed_to(through) - contract.services_to(through, method)
    credited = {
        i.service_period
        for i in licences
        if i.amount < 0 and i.service_period in payable and i.issued_on <= through
    }
    replaced = {term.replaced for term in terms if term.replaced}
    if len(contract.subscriptions) > 1:
        replaced |= _shared(licences, terms, through)
    for period in credited - replaced:
        left -= _of_credited(period, licences, terms, (through, method))
        if any(period in term.periods and term.ended for term in terms):
            own = (i for i in licences if i.service_period == period)
            left -= sum((contract.uncovered_to(i, through, method) for i in own), ZERO)
    for period in replaced:
        found = _of_replaced(period, licences, terms, (through, method), credited=period in credited)
        if found.value is None:
            return found
        left -= found.value
    for invoice in licences:
        if invoice.service_period in credited | replaced:
            continue
        period, issued = invoice.service_period, invoice.issued_on <= through
        if period is None and contract.subscriptions and issued:
            return Figure(None, f"invoice {invoice.invoice_number} has no usable service period")
        if period and period not in payable and contract.uncovered(period) != [period]:
            return Figure(
                None, f"invoice {invoice.invoice_number} does not bill a whole term of the subscription"
            )
        if issued or period not in payable:
            left -= period_to(invoice, through, method)
        elif period:
            left -= contract.uncovered_to(invoice, through, method)
    billed = {i.service_period for i in licences if i.issued_on <= through}
    return Figure(left - sum((term.earned for term in terms if not term.periods & billed), ZERO))


def _of_credited(
    period: Period | None, licences: Iterable[Invoice], terms: Iterable["_Term"], at: tuple[date, Method]
) -> Decimal:
    """What is recognised of a term that a credit note takes back in part or in full: the term's, billed or not.

    More than that only where its invoices still come to more than its price.
    """
    through, method = at
    net = sum((i.amount for i in licences if i.service_period == period and i.issued_on <= through), ZERO)
    earned = sum((term.earned for term in terms if period in term.periods), ZERO)
    if any(period in term.periods and term.ended for term in terms):
        return earned
    return max(earned, recognised_to(net, *period, through, method) if period else ZERO)


def _of_replaced(
    period: Period,
    licences: Iterable[Invoice],
    terms: Iterable["_Term"],
    at: tuple[date, Method],
    *,
    credited: bool,
) -> Figure:
    """What is recognised of a period that several subscriptions have, or one that ended and was replaced on the days left.

    Billed or not, it is what their terms come to. The invoice of a single one is recognised up to its end and no further;
    the rest stays deferred until it is credited. None, with the reason, where the invoices of that period come to none of
    the subscriptions' prices.
    """
    through, method = at
    bills = [i for i in licences if i.service_period == period and i.issued_on <= through]
    mine = [term for term in terms if period in term.periods]
    total = sum((i.amount for i in bills), ZERO)
    if not bills:
        return Figure(ZERO)
    if credited or _sum_of_some(total, [term.price for term in mine]):
        return Figure(sum((term.earned for term in mine), ZERO))
    if len(mine) == 1:
        return Figure(recognised_to(total, *period, min(through, mine[0].served_to), method))
    return Figure(
        None, f"invoice {bills[0].invoice_number} bills several subscriptions, one of them replaced since"
    )


def _shared(licences: Iterable[Invoice], terms: Iterable["_Term"], through: date) -> set[Period]:
    """The periods of which several subscriptions have the same term, all of it, and invoices come to some of their prices."""
    prices: dict[Period, list[Decimal]] = defaultdict(list)
    for term in terms:
        for period in term.periods if not term.ended else ():
            prices[period].append(term.price)
    billed: dict[Period | None, Decimal] = defaultdict(lambda: ZERO)
    for invoice in licences:
        if invoice.issued_on <= through:
            billed[invoice.service_period] += invoice.amount
    return {
        period
        for period, several in prices.items()
        if len(several) > 1 and period in billed and _sum_of_some(billed[period], several)
    }


def _sum_of_some(total: Decimal, prices: Sequence[Decimal]) -> bool:
    """Whether some of the prices, or all, add up to the total; of more than a dozen, whether all or one do."""
    if len(prices) > MOST_TRIED:
        return total == sum(prices, ZERO) or total in prices
    sums = {ZERO}
    for price in prices:
        sums |= {reached + price for reached in sums if reached + price <= total}
    return total in sums


@dataclass(frozen=True, slots=True)
class _Term:
    """A term, the service periods that an invoice for it may carry, its price, and what is recognised of it.

    `served_to` is the last day that its subscription serves, `ended` whether that is before its end; `replaced` the whole term where other subscriptions serve
    all of its later days.
    """

    periods: frozenset[Period]
    price: Decimal
    earned: Decimal
    served_to: date
    ended: bool
    replaced: Period | None


def _terms(contract: Contract, through: date, horizon: date, method: Method) -> Iterator[_Term]:
    for subscription in contract.subscriptions:
        end, price = subscription.ends_on or date.max, cents(subscription.net_amount)
        number = 0
        while (term := subscription.term(number))[0] < min(end, horizon + DAY):
            first, last = term
            served = (first, min(last, end - DAY))
            rest = (served[1] + DAY, last)
            free = [] if served == term else contract.uncovered(rest)
            whole, replaced = served == term or free == [rest], served != term and not free
            earned = recognised_to(price, *term, min(through, served[1]), method)
            periods = frozenset({served, term} if whole or replaced else {served})
            yield _Term(periods, price, earned, served[1], served != term, term if replaced else None)
            number += 1
