"""All onboardings beside each other, and the subscriptions that end soon with how their customers are.

Source: requirements.md 1C "Risk", "Hours estimate vs actual"; Runbook 1 for 39 hours an onboarding.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tai_ops.accuracy import FLOOR_PCT, TARGET_PCT
from tai_ops.mrr import Subscription, mrr
from tai_ops.onboarding_gates import SATISFIED_FROM, Issue
from tai_ops.success import CustomerRow
from tai_ops.words import counted, day, listed, number

RENEWAL_DAYS = 90


@dataclass(frozen=True, slots=True)
class Renewal:
    """A subscription that ends within 90 days: what is at stake a month, and how its customer is."""

    customer_id: str
    customer: str
    subscription_id: str
    ends_on: date
    mrr: Decimal
    health: str
    state: str


@dataclass(frozen=True, slots=True)
class Blocker:
    """An open issue of an onboarding with its age in days."""

    customer_id: str
    customer: str
    issue: Issue
    age_days: int


def is_under_way(row: CustomerRow) -> bool:
    """Whether a customer is being onboarded: also after it went live, until its plan is through."""
    if row.status in {"signed", "onboarding"}:
        return True
    return row.status == "live" and row.progress.pct is not None and row.progress.next_block is not None


def blockers(
    issues: Mapping[str, Sequence[Issue]], names: Mapping[str, str], on: date
) -> tuple[Blocker, ...]:
    """Every open issue, the oldest first."""
    found = [
        Blocker(who, names[who], one, (on - one.raised_on).days)
        for who, listed_ in issues.items()
        if who in names
        for one in listed_
        if one.is_open
    ]
    return tuple(sorted(found, key=lambda one: (-one.age_days, one.customer, one.issue.title)))


def renewals(
    subscriptions: Iterable[Subscription],
    rows: Iterable[CustomerRow],
    severe: Mapping[str, int],
    on: date,
) -> tuple[Renewal, ...]:
    """The subscriptions that end within 90 days, the soonest first; `severe` counts each customer's severe incidents.

    A customer is missed where its accuracy is under the floor, its median answer under 8, or two severe incidents hit
    it in these 90 days; floor where one of these is close or not known.
    """
    by_id = {row.customer_id: row for row in rows}
    found: list[Renewal] = []
    for one in subscriptions:
        if one.ends_on is None or not on <= one.ends_on <= on + timedelta(days=RENEWAL_DAYS):
            continue
        row = by_id.get(one.customer_id)
        worth = mrr([one], on)
        if row is None or not worth:
            continue
        state, health = _health(row, severe.get(one.customer_id, 0))
        found.append(
            Renewal(one.customer_id, row.name, one.subscription_id, one.ends_on, worth, health, state)
        )
    return tuple(sorted(found, key=lambda r: (r.ends_on, r.customer)))


def _health(row: CustomerRow, severe: int) -> tuple[str, str]:
    accuracy, score = row.accuracy.accuracy_pct, row.ltr_median
    said = [
        f"accuracy {number(accuracy, 'pct')}" if accuracy is not None else "accuracy not measured",
        f"answers {number(score, 'score')} of 10" if score is not None else "nobody asked",
        counted(severe, "severe incident"),
    ]
    bad = (
        (accuracy is not None and accuracy < FLOOR_PCT)
        or (score is not None and score < SATISFIED_FROM)
        or severe > 1
    )
    fine = accuracy is not None and accuracy >= TARGET_PCT and score is not None and severe == 0
    return "missed" if bad else "met" if fine else "floor", listed(said)


def verdict(
    rows: Sequence[CustomerRow], open_issues: int, ending: Sequence[Renewal], fits: Sequence[date]
) -> str:
    """How the onboardings stand, in one sentence."""
    under = [row for row in rows if is_under_way(row)]
    late = [row for row in under if row.slip_days and row.slip_days > 0]
    parts = [f"{counted(len(under), 'onboarding')} under way" + (f", {len(late)} late" if late else "")]
    if open_issues:
        parts.append(f"{counted(open_issues, 'issue')} open")
    if ending:
        parts.append(
            f"{counted(len(ending), 'subscription')} {'ends' if len(ending) == 1 else 'end'} within 90 days"
        )
    parts.append(
        f"the next kickoff that fits is {day(fits[0])}"
        if fits
        else "no kickoff fits the hours of CSM and CTO"
    )
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}."
