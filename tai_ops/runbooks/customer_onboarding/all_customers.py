"""Every onboarding at a glance: phases, blockers, sentiment, hours against capacity, kickoffs that fit, renewals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tai_ops.capacity import WeekLoad, feasible_kickoffs, loads
from tai_ops.mrr import Subscription
from tai_ops.onboarding_course import with_estimates
from tai_ops.portfolio import RENEWAL_DAYS, Blocker, Renewal, blockers, renewals
from tai_ops.store import Store, facts, stabilising
from tai_ops.store.capacity import workload
from tai_ops.success import CustomerRow


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All onboardings: `sentiments` with their days, the hours asked week by week, what fits, what ends.

    `new_plan_hours` are what the next onboarding asks; `incident_hours` what incidents take of each role a week.
    """

    blockers: tuple[Blocker, ...]
    sentiments: Mapping[str, tuple[str, date]]
    loads: tuple[WeekLoad, ...]
    kickoffs: tuple[date, ...]
    renewals: tuple[Renewal, ...]
    today: date
    new_plan_hours: Decimal
    incident_hours: Mapping[str, Decimal]


def portfolio(store: Store, rows: tuple[CustomerRow, ...], now: datetime) -> Portfolio:
    """Every onboarding as of now; `rows` are the customers' lines, which the customers' page has already."""
    calendar = facts.business_calendar(store)
    today = calendar.local_date(now)
    cursor = store.cursor()
    try:
        issues = stabilising.issues(cursor)
        feelings = stabilising.sentiments(cursor)
        subscriptions = facts.of_kind(cursor, "subscriptions", Subscription)
        severe = {
            row.customer_id: sum(
                hit.severity in {"CRITICAL", "HIGH"} and hit.began_on >= today - timedelta(days=RENEWAL_DAYS)
                for hit in stabilising.hits(cursor, row.customer_id)
            )
            for row in rows
            if row.status == "live"
        }
    finally:
        cursor.close()
    work = workload(store, now)
    return Portfolio(
        blockers(issues, {row.customer_id: row.name for row in rows}, today),
        feelings,
        loads(work),
        feasible_kickoffs(work),
        renewals(subscriptions, rows, severe, today),
        today,
        Decimal(sum(one.minutes for one in with_estimates(work.estimates) if one.weighs)) / 60,
        work.incident_hours,
    )
