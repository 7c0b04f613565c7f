"""A proposal's money: the quote's sums to the cent, what it saves, its payback, its price against the budget; and its claims.

Source: Runbook 3; requirements.md P5, P6, P13, P16. Nothing here is rounded but to cents, nothing is made up: what is not
known is None with who has it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tai_ops.accuracy import Measurement
from tai_ops.customers import Customer
from tai_ops.gains import warehouses
from tai_ops.money import ZERO, cents, money_text, ratio
from tai_ops.proposal_values import Value, plain_number

PARTS = ("implementation", "training", "support")
PAYBACK_MONTHS = (Decimal(6), Decimal(9))
BANDS = ((Decimal(10000), Decimal(50000)), (Decimal(50000), Decimal(100000)), (Decimal(100000), None))
"""Budget bands a year: from, and below which."""
SIZE_POINTS, INDUSTRY_POINTS, PROBLEM_POINTS = 2, 4, 3
_CLAIM = re.compile(
    r"\d+(?:\.\d+)?\s?%\+?[^.;\n]{0,80}?\b(?:in|within)\s+\d+\s+(?:days|weeks|months)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A line of the services: hours × rate = amount."""

    part: str
    hours: Decimal
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """The quote as far as it is known; `wrong` says which sums don't hold."""

    lines: tuple[QuoteLine, ...]
    services: Decimal | None
    licence: Decimal | None
    deposit: Decimal | None
    balance: Decimal | None
    year_1: Decimal | None
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseStudy:
    """A consenting customer's measured gain: its warehouse, before and after, days between, how near it is to a prospect."""

    customer_id: str
    name: str
    industry: str | None
    warehouse: str
    before: Decimal
    after: Decimal
    baseline_on: date
    measured_on: date
    near: int
    why: tuple[str, ...]

    @property
    def days(self) -> int:
        """Days from the baseline to the measured figure."""
        return (self.measured_on - self.baseline_on).days


def quote(values: Mapping[str, Value]) -> Quote:
    """The quote of a proposal's values, each sum checked to the cent (P5).

    Services must be the sum of hours × rate; deposit and balance the services; Year 1 is services and licence.
    """
    lines = tuple(
        QuoteLine(part, hours, rate, cents(hours * rate))
        for part in PARTS
        if (hours := _of(values, f"{part}_hours")) is not None
        and (rate := _of(values, f"{part}_rate")) is not None
    )
    services, licence, deposit = (_of(values, name) for name in ("services", "licence", "deposit"))
    wrong: list[str] = []
    total = sum((line.amount for line in lines), ZERO)
    if services is not None and len(lines) == len(PARTS) and total != services:
        wrong.append(
            f"hours × rate come to {money_text(total)}, the services to {money_text(services)}: "
            f"{money_text(abs(total - services))} {'more' if total > services else 'less'}"
        )
    if services is not None and deposit is not None and deposit > services:
        wrong.append(
            f"the deposit of {money_text(deposit)} is more than the services of {money_text(services)}"
        )
    balance = None if services is None or deposit is None else services - deposit
    year_1 = None if services is None or licence is None else services + licence
    return Quote(lines, services, licence, deposit, balance, year_1, tuple(wrong))


def error_savings(cost_a_month: Decimal, now_pct: Decimal, need_pct: Decimal) -> Decimal | None:
    """What fewer errors save in a year: the cost of errors × the share of them that goes.

    From 80 % to 97 % accuracy 17 of 20 wrong lines in a hundred go, which is 85 %. None where nothing is wrong now.
    """
    wrong = 100 - now_pct
    if wrong <= 0:
        return None
    return cents(cost_a_month * 12 * max(ZERO, need_pct - now_pct) / wrong)


def hours_value(now: Decimal, need: Decimal, warehouses_counted: int, rate: Decimal) -> Decimal:
    """What fewer hours of counting are worth in a year: hours a quarter and warehouse × 4 × warehouses × rate."""
    return cents(max(ZERO, now - need) * 4 * warehouses_counted * rate)


def payback_months(year_1: Decimal, annual_value: Decimal) -> Decimal | None:
    """Months until the value has paid Year 1 back: Year 1 / (annual value / 12). None where there is no value (P6)."""
    return ratio(year_1 * 12, annual_value)


def payback_warning(months: Decimal | None) -> str | None:
    """What to say where the payback is outside the 6 to 9 months that the runbook prints."""
    low, high = PAYBACK_MONTHS
    if months is None or low <= months <= high:
        return None
    return f"payback is {months:.1f} months, outside the usual 6 to 9; it is printed as it is"


def band_words(acv: Decimal | None) -> str | None:
    """The band of a budget a year (B6); None where it is not known."""
    if acv is None:
        return None
    for low, high in BANDS:
        if acv >= low and (high is None or acv < high):
            return f"{low:,.0f} or more" if high is None else f"{low:,.0f} to below {high:,.0f}"
    return f"below {BANDS[0][0]:,.0f}"


def price_warning(licence: Decimal | None, acv: Decimal | None) -> str | None:
    """What to say where the licence a year is outside the band of the customer's budget, or nobody knows that (P16)."""
    if licence is None:
        return None
    if acv is None:
        return "no call has said their budget a year: whether the licence fits it is not known"
    mine, theirs = band_words(licence), band_words(acv)
    return (
        None if mine == theirs else f"the licence of {licence:,.2f} is outside their budget ({theirs} a year)"
    )


def case_studies(
    customers: Iterable[Customer],
    measurements: Sequence[Measurement],
    on: date,
    *,
    industry: str | None,
    items: int | None,
    accuracy_now: Decimal | None,
) -> tuple[CaseStudy, ...]:
    """The gains that may be told of, the nearest to the prospect first: consenting customers with a baseline and a current row.

    Near is the same industry, half to twice the items, a baseline within five points. Leaves out who has not consented
    and who has gained nothing.
    """
    found: list[CaseStudy] = []
    for customer in customers:
        if customer.reference_consent is not True:
            continue
        for pair in warehouses(measurements, customer.customer_id, on):
            before, after = pair.baseline, pair.current
            if before is None or after is None or before.accuracy_pct is None or after.accuracy_pct is None:
                continue
            if after.accuracy_pct <= before.accuracy_pct:
                continue
            near, why = _near(customer, before.accuracy_pct, industry, items, accuracy_now)
            found.append(
                CaseStudy(
                    customer.customer_id, customer.name, customer.industry, pair.warehouse, before.accuracy_pct,
                    after.accuracy_pct, before.measured_on, after.measured_on, near, why,
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.near, -one.after, one.customer_id, one.warehouse)))


def _near(
    customer: Customer, before: Decimal, industry: str | None, items: int | None, accuracy: Decimal | None
) -> tuple[int, tuple[str, ...]]:
    near, why = 0, list[str]()
    if industry and customer.industry and industry.casefold() == customer.industry.casefold():
        near, why = near + INDUSTRY_POINTS, [*why, f"same industry ({industry})"]
    if accuracy is not None and abs(before - accuracy) <= 5:
        near, why = near + PROBLEM_POINTS, [*why, f"began at {plain_number(before)} %"]
    if items and customer.items and items <= 2 * customer.items and customer.items <= 2 * items:
        near, why = near + SIZE_POINTS, [*why, f"similar size ({customer.items:,} items)"]
    return near, tuple(why)


def claims(texts: Mapping[str, str], case: CaseStudy | None) -> tuple[str, ...]:
    """The typed sentences that claim a result in some time and that no measured row of the case study supports."""
    return tuple(
        f"{name}: “{found.strip()}” is a claim that no consenting customer's measured row supports; take it out"
        for name, text in texts.items()
        for found in _CLAIM.findall(text)
        if case is None or not _supported(found, case)
    )


def _supported(claim: str, case: CaseStudy) -> bool:
    numbers = [Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", claim)]
    days = numbers[-1] * {"d": 1, "w": 7, "m": 30}[claim.rsplit(maxsplit=1)[-1][0].lower()]
    return numbers[0] <= case.after and days >= case.days


def _of(values: Mapping[str, Value], name: str) -> Any:
    return values[name].value if name in values else None
