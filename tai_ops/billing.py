"""What is to be invoiced, as drafts: subscription terms, delivered hours, reached milestones, deposits, balances at go-live.

A draft is worked out anew from the records each time and kept nowhere until it is made into an invoice. Amounts are net.
Source: Runbook 6 "Generate invoices for all services delivered"; the proposal's "Deposit due upon signature, balance upon
go-live"; finance.md R6.2.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tai_ops.customers import Customer
from tai_ops.invoicing import NotInvoiced, not_invoiced, paid_periods
from tai_ops.money import ZERO, cents
from tai_ops.mrr import Period, Subscription
from tai_ops.period import Month, add_months
from tai_ops.pipeline import Deal, Proposal, Prospect
from tai_ops.recognition import Invoice, Service

Why = Literal["subscription period", "hours", "milestone", "deposit", "balance at go-live"]
SourceKind = Literal["subscription", "service", "deposit", "balance"]
DAY = timedelta(days=1)
BACK_MONTHS = 12
"""How far back a term without an invoice is still proposed."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of a draft, and what it bills."""

    source_kind: SourceKind
    source_id: str
    description: str
    amount: Decimal
    quantity: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice that could be made: for whom, what for, its lines; `key` names it among the drafts of a day.

    `names` are service lines that it settles without billing them apart: they are in the fixed fee that it bills.
    """

    key: str
    customer_id: str
    kind: Literal["licence", "services"]
    why: tuple[Why, ...]
    lines: tuple[DraftLine, ...]
    service_from: date | None = None
    service_to: date | None = None
    names: tuple[str, ...] = ()

    @property
    def amount(self) -> Decimal:
        """The sum of its lines, net."""
        return sum((line.amount for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A fixed fee for services that a customer agreed to: the accepted proposal of a won deal."""

    deal_id: str
    proposal_id: str
    customer_id: str
    signed_on: date | None
    go_live_on: date | None
    fee: Decimal


@dataclass(frozen=True, slots=True)
class ToInvoice:
    """The drafts of a day, and what was delivered and can't be drafted, each with the reason."""

    drafts: tuple[Draft, ...]
    left_out: tuple[tuple[str, str, str], ...]
    """Customer, what, why not."""

    @property
    def amount(self) -> Decimal:
        """All drafts, net."""
        return sum((draft.amount for draft in self.drafts), ZERO)


@dataclass(frozen=True, slots=True)
class Sold:
    """The records that drafts rest on; `billed_terms` names the subscriptions that an invoice made here bills."""

    customers: Sequence[Customer]
    subscriptions: Sequence[Subscription]
    invoices: Sequence[Invoice]
    services: Sequence[Service]
    agreements: Sequence[Agreement] = ()
    billed_terms: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


def agreements(
    customers: Iterable[Customer],
    prospects: Iterable[Prospect],
    deals: Iterable[Deal],
    proposals: Iterable[Proposal],
) -> tuple[Agreement, ...]:
    """The fixed fees that customers agreed to: accepted proposals of won deals whose company is a customer's name.

    What stands in brackets behind a customer's name is no part of it. Signed on the customer's day, else when the deal was won.
    """
    known = {_plain(c.name): c for c in customers}
    company = {p.prospect_id: p.company for p in prospects}
    won = {d.deal_id: d for d in deals if d.stage == "won"}
    found: list[Agreement] = []
    for proposal in proposals:
        deal = won.get(proposal.deal_id)
        if deal is None or proposal.status != "accepted" or not proposal.services:
            continue
        customer = known.get(_plain(company.get(deal.prospect_id, "")))
        if customer:
            signed = customer.signed_on or deal.closed_on
            found.append(
                Agreement(
                    deal.deal_id,
                    proposal.proposal_id,
                    customer.customer_id,
                    signed,
                    customer.go_live_on,
                    cents(proposal.services),
                )
            )
    return tuple(sorted(found, key=lambda a: (a.customer_id, a.deal_id)))


def _plain(name: str) -> str:
    return name.partition("(")[0].strip().casefold()


def to_invoice(sold: Sold, month: Month, *, deposit_pct: Decimal, until: date | None = None) -> ToInvoice:
    """Everything that is due to be invoiced by the month's end; `until` (excluded) cuts the month short.

    A term is due when it begins. Delivered hours and reached milestones are due when they are no part of a fixed fee; of a
    fixed fee the deposit is due at signature and the rest at go-live, never more than the fee in all.
    """
    last = min(until or month.end, month.end) - DAY
    drafts = [*_terms(sold, month, last), *_services(sold, last, deposit_pct)]
    return ToInvoice(
        tuple(sorted(drafts, key=lambda d: (d.customer_id, d.key))), tuple(_left_out(sold, last))
    )


def not_yet_invoiced(
    sold: Sold, month: Month, *, deposit_pct: Decimal, until: date | None = None
) -> tuple[NotInvoiced, ...]:
    """What is delivered or agreed by the month's end and not invoiced: days of subscriptions, lines, deposits, balances.

    Service lines inside a fixed fee are invoiced with the fee and are not listed apart.
    """
    last = min(until or month.end, month.end) - DAY
    due = list(_services(sold, last, deposit_pct))
    fees = [
        NotInvoiced(draft.customer_id, "services", line.source_id, line.description, line.amount)
        for draft in due
        for line in draft.lines
        if line.source_kind in {"deposit", "balance"}
    ]
    apart = {line.source_id for draft in due for line in draft.lines if line.source_kind == "service"}
    found = not_invoiced(sold.subscriptions, sold.invoices, sold.services, month, until, sold.billed_terms)
    lines = [one for one in found if one.kind != "services" or one.key in apart or one.amount is None]
    return tuple(sorted([*lines, *fees], key=lambda n: (n.customer_id, n.kind, n.key)))


# --- Subscription terms


def _terms(sold: Sold, month: Month, last: date) -> Iterator[Draft]:
    first = add_months(month.start, -BACK_MONTHS)
    periods: dict[tuple[str, Period], list[DraftLine]] = defaultdict(list)
    paid = paid_periods(sold.subscriptions, sold.invoices, sold.billed_terms)
    for subscription in sold.subscriptions:
        found = paid[subscription.subscription_id]
        for term, days, whole in _open_terms(subscription, found, first, last):
            price = cents(subscription.net_amount)
            amount = price if days == whole else cents(price * days / whole)
            words = f"{subscription.plan or 'Licence'}, {term[0]} to {term[1]}"
            line = DraftLine("subscription", subscription.subscription_id, words, amount)
            if amount:
                periods[subscription.customer_id, term].append(line)
    for (customer, term), lines in periods.items():
        yield Draft(
            f"{customer}/licence/{term[0]}/{term[1]}",
            customer,
            "licence",
            ("subscription period",),
            tuple(lines),
            *term,
        )


def _open_terms(
    subscription: Subscription, paid: Sequence[Period], first: date, last: date
) -> Iterator[tuple[Period, int, int]]:
    """Each term that began by `last` and has days that no invoice pays for.

    With the period from the first to the last of those days, how many they are, and how many the term has.
    """
    if not subscription.ever_paid:
        return
    number = max(0, subscription.term_number(first))
    while (term := subscription.term(number))[0] <= last:
        number += 1
        if subscription.ends_on and term[0] >= subscription.ends_on:
            return
        end = min(term[1], subscription.ends_on - DAY) if subscription.ends_on else term[1]
        missing = _missing((term[0], end), paid)
        if missing:
            days = sum((b - a).days + 1 for a, b in missing)
            yield (missing[0][0], missing[-1][1]), days, (term[1] - term[0]).days + 1


def _missing(period: Period, paid: Sequence[Period]) -> list[Period]:
    """The runs of days of the period that none of the others holds."""
    day, last = period
    runs: list[Period] = []
    for start, end in sorted(paid):
        if end < day:
            continue
        if start > last:
            break
        if start > day:
            runs.append((day, start - DAY))
        day = max(day, end + DAY)
        if day > last:
            return runs
    return [*runs, (day, last)]


# --- Services


def _services(sold: Sold, last: date, deposit_pct: Decimal) -> Iterator[Draft]:
    earned: dict[str, list[Service]] = defaultdict(list)
    for line in sold.services:
        if line.earned_on is not None and line.earned_on <= last and line.value is not None:
            earned[line.customer_id].append(line)
    agreed: dict[str, list[Agreement]] = defaultdict(list)
    for agreement in sold.agreements:
        agreed[agreement.customer_id].append(agreement)
    billed = _services_billed(sold, last)
    for customer in sorted({*earned, *agreed}):
        lines = sorted(earned[customer], key=lambda s: (s.earned_on or date.max, s.service_id))
        inside = _inside(lines, sum((a.fee for a in agreed[customer]), ZERO))
        left = _of_fee(billed[customer], inside)
        yield from _fee(left, customer, agreed[customer], (lines, inside), last, deposit_pct)
        loose = [s for s in lines if s.service_id not in inside and s.invoice_number is None and s.value]
        if loose:
            yield _delivered(customer, loose)


def _inside(lines: Sequence[Service], fee: Decimal) -> frozenset[str]:
    """The service lines that the fixed fee covers: in the order of delivery, as long as they fit into it."""
    found: set[str] = set()
    used = ZERO
    for line in lines:
        used += line.value or ZERO
        if used > fee:
            break
        found.add(line.service_id)
    return frozenset(found)


def _fee(
    left: Decimal,
    customer: str,
    agreed: Sequence[Agreement],
    delivered: tuple[Sequence[Service], frozenset[str]],
    last: date,
    deposit_pct: Decimal,
) -> Iterator[Draft]:
    lines, inside = delivered
    for agreement in agreed:
        billed = min(left, agreement.fee)
        left -= billed
        rest = agreement.fee - billed
        if rest <= 0:
            continue
        if agreement.go_live_on and agreement.go_live_on <= last:
            words = f"Balance at go-live, proposal {agreement.proposal_id}"
            bill = DraftLine("balance", agreement.deal_id, words, rest)
            names = tuple(s.service_id for s in lines if s.service_id in inside and s.invoice_number is None)
            yield Draft(
                f"{customer}/services/balance/{agreement.deal_id}",
                customer,
                "services",
                ("balance at go-live",),
                (bill,),
                names=names,
            )
        elif agreement.signed_on and agreement.signed_on <= last and not billed and deposit_pct:
            amount = cents(agreement.fee * deposit_pct / 100)
            words = f"Deposit at signature, {deposit_pct.normalize():f} % of {agreement.fee:,.2f}, proposal {agreement.proposal_id}"
            line = DraftLine("deposit", agreement.deal_id, words, amount)
            key = f"{customer}/services/deposit/{agreement.deal_id}"
            yield Draft(key, customer, "services", ("deposit",), (line,))


def _services_billed(sold: Sold, last: date) -> dict[str, list[tuple[Decimal, frozenset[str]]]]:
    """By customer, what each services invoice billed, with the service lines that name it."""
    named: dict[str, set[str]] = defaultdict(set)
    for line in sold.services:
        if line.invoice_number:
            named[line.invoice_number].add(line.service_id)
    found: dict[str, list[tuple[Decimal, frozenset[str]]]] = defaultdict(list)
    for invoice in sold.invoices:
        if invoice.kind == "services" and invoice.issued_on <= last:
            lines = frozenset(named.get(invoice.invoice_number, ()))
            found[invoice.customer_id].append((invoice.amount, lines))
    return found


def _of_fee(billed: Iterable[tuple[Decimal, frozenset[str]]], inside: frozenset[str]) -> Decimal:
    """What services invoices took of the fixed fees so far: all but those that bill lines beyond the fee alone."""
    return max(ZERO, sum((amount for amount, lines in billed if not lines or lines & inside), ZERO))


def _delivered(customer: str, lines: Sequence[Service]) -> Draft:
    why: list[Why] = []
    if any(s.basis == "hours" for s in lines):
        why.append("hours")
    if any(s.basis == "milestone" for s in lines):
        why.append("milestone")
    made = tuple(
        DraftLine(
            "service",
            s.service_id,
            f"{s.description or s.service_id}, {s.earned_on}",
            s.value or ZERO,
            None if s.amount is not None else s.hours,
            None if s.amount is not None else s.rate,
        )
        for s in lines
    )
    return Draft(f"{customer}/services/delivered", customer, "services", tuple(why), made)


def _left_out(sold: Sold, last: date) -> Iterator[tuple[str, str, str]]:
    for line in sorted(sold.services, key=lambda s: (s.customer_id, s.service_id)):
        if (
            line.value is None
            and line.invoice_number is None
            and line.earned_on is not None
            and line.earned_on <= last
        ):
            what = f"service line {line.service_id}: {line.description or 'no description'}"
            yield line.customer_id, what, "it has neither an amount nor hours and a rate"


def gaps(numbers: Iterable[str], voided: Iterable[str] = ()) -> tuple[str, ...]:
    """The invoice numbers that are missing within their series: between its least and its greatest, and not voided.

    A series is what stands before the last digits. Empty where the numbering has no gap.
    """
    series: dict[str, set[int]] = defaultdict(set)
    widths: dict[str, int] = {}
    for number in numbers:
        stem = number.rstrip("0123456789")
        digits = number[len(stem) :]
        if digits and len(digits) <= 12:
            series[stem].add(int(digits))
            widths[stem] = max(widths.get(stem, 0), len(digits)) if digits[0] == "0" else len(digits)
    gone = set(voided)
    missing: list[str] = []
    for stem, held in sorted(series.items()):
        if max(held) - min(held) > 100 * len(held) + 1000:
            continue
        every = (f"{stem}{n:0{widths[stem]}d}" for n in range(min(held), max(held)) if n not in held)
        missing += [number for number in every if number not in gone]
    return tuple(missing)
