"""Credits for missed uptime: per customer and month, the minutes behind it and what the agreed ladder gives back.

A credit is proposed of a month that is over and never posted by itself. The uptime is the weighted one of the calendar
month from go-live; the fee is what the customer's subscriptions came to at the end of that month.

Source: requirements.md I16, section 8 (SLA credit); E29, E30.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from tai_ops.availability import Standing, Watched, hardly_watched
from tai_ops.company import Company
from tai_ops.money import cents
from tai_ops.mrr import Subscription, mrr_by_customer
from tai_ops.period import Month
from tai_ops.reliability import CreditStep, sla_credit

State = Literal["kept", "proposed", "posted", "no ladder", "no fee", "unknown", "running"]


@dataclass(frozen=True, slots=True)
class Posted:
    """A credit that a person posted: its note, its amount, when and by whom."""

    customer_id: str
    month: str
    invoice_number: str
    amount: Decimal
    posted_at: datetime
    posted_by: str


@dataclass(frozen=True, slots=True)
class Credit:
    """A customer's month: its uptime in per cent, the weighted minutes down, and what that gives back of the fee.

    `amount` is None where it is not known; `posted` the credit that stands for it.
    """

    customer_id: str
    customer: str
    month: Month
    state: State
    reason: str
    uptime_pct: Decimal | None = None
    downtime_minutes: Decimal | None = None
    budget_minutes: Decimal | None = None
    unknown_minutes: Decimal | None = None
    fee: Decimal | None = None
    credit_pct: Decimal | None = None
    amount: Decimal | None = None
    posted: Posted | None = None

    @property
    def waits(self) -> bool:
        """Whether a person has to decide on it."""
        return self.state == "proposed"


def credits_of(
    watched: Watched,
    month: Month,
    subscriptions: Iterable[Subscription],
    posted: Mapping[tuple[str, str], Posted],
) -> list[Credit]:
    """Each customer whose promise held in the month, with the credit that is due; by name. `watched` is of that month."""
    held = tuple(subscriptions)
    found: list[Credit] = []
    for one in watched.standings():
        if one.scope.customer is None or one.window is None:
            continue
        last = (one.window[1] - timedelta(microseconds=1)).astimezone(watched.zone).date()
        fee = fee_on(held, one.scope.customer, last)
        found.append(_credit(watched, one, month, fee, posted.get((one.scope.customer, str(month)))))
    return found


def fee_on(subscriptions: Iterable[Subscription], customer_id: str, day: date) -> Decimal:
    """What a customer pays a month on that day, in money; 0 where it pays nothing."""
    own = [one for one in subscriptions if one.customer_id == customer_id]
    return cents(mrr_by_customer(own, day).get(customer_id, Decimal(0)))


def _credit(watched: Watched, one: Standing, month: Month, fee: Decimal, posted: Posted | None) -> Credit:
    up, company = one.uptime, watched.company
    state, reason, amount = _decided(watched, one, fee, company)
    if posted is not None:
        state, reason, amount = "posted", f"posted as {posted.invoice_number}", posted.amount
    pct = up.weighted_uptime_pct if up else None
    return Credit(
        one.scope.customer or "",
        one.name,
        month,
        state,
        reason,
        pct,
        up.weighted_downtime_minutes if up else None,
        up.budget_minutes if up else None,
        up.unknown_minutes if up else None,
        fee,
        company.credit_pct(pct),
        amount,
        posted,
    )


def _decided(
    watched: Watched, one: Standing, fee: Decimal, company: Company
) -> tuple[State, str, Decimal | None]:
    pct = one.uptime.weighted_uptime_pct if one.uptime else None
    if watched.now < (one.window or watched.window)[1]:
        return "running", "the month is not over yet", None
    if pct is None or one.met is None:
        return "unknown", one.reason or "the uptime is unknown", None
    if one.uptime and hardly_watched(one.uptime):
        return "unknown", "missed, and less than half of the month was watched: decide by hand", None
    ladder = [CreditStep(step.below_pct, step.credit_pct) for step in company.sla_credits]
    if not ladder:
        missed = one.met is False
        said = "the promise was missed, and no credit ladder is agreed" if missed else "the promise was kept"
        return ("no ladder" if missed else "kept"), said, None if missed else Decimal(0)
    if not fee:
        return "no fee", "the customer pays nothing in that month", Decimal(0)
    amount = cents(sla_credit(fee, pct, ladder).value or Decimal(0))
    if not amount:
        return "kept", "the uptime is above every step of the ladder", amount
    return "proposed", f"{company.credit_pct(pct):f} % of the month's fee", amount
