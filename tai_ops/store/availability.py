"""Reading what uptime rests on, over any window: customers, impacts, incidents, and what the probes say."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from tai_ops.availability import Scope, Watched
from tai_ops.company import Company
from tai_ops.customers import Customer
from tai_ops.reliability import BURN_ALERTS, Impact, Incident, Interval
from tai_ops.store.connection import Store
from tai_ops.store.facts import of_kind
from tai_ops.store.probes import Cursor, coverages, failing, latencies


def watched(store: Store, window: Interval, *, now: datetime, target_pct: Decimal | None = None) -> Watched:
    """What the uptime of the window rests on, read in one transaction; at the company's target unless told."""
    company = store.company
    if target_pct is not None:
        company = company.model_copy(update={"uptime_target_pct": target_pct})
    cursor = store.cursor()
    try:
        cursor.execute("begin")
        found = watched_by(cursor, company, window, now=now)
        cursor.execute("commit")
        return found
    finally:
        cursor.close()


def watched_by(cursor: Cursor, company: Company, window: Interval, *, now: datetime) -> Watched:
    """What the uptime of the window rests on, by a cursor that is inside a transaction already."""
    return Watched(
        company,
        window,
        now,
        of_kind(cursor, "customers", Customer),
        of_kind(cursor, "impacts", Impact),
        of_kind(cursor, "incidents", Incident),
        coverages(cursor, window),
        tuple(failing(cursor, (window[0], min(window[1], max(now, window[0]))))),
        _left(cursor),
    )


def counts_before(store: Store, scope: Scope, now: datetime) -> dict[timedelta, tuple[int, int]]:
    """Samples and errors of each window of the burn alerts, up to now."""
    lengths = sorted({length for alert in BURN_ALERTS for length in (alert.long, alert.short)})
    cursor = store.cursor()
    try:
        found = latencies(
            cursor, [(now - length, now) for length in lengths], service=scope.service, exact_up_to=0
        )
    finally:
        cursor.close()
    return {
        length: (one.samples, one.errors) if (one := found.get((n, None))) else (0, 0)
        for n, length in enumerate(lengths)
    }


def _left(cursor: Cursor) -> dict[str, date]:
    """The last day of service of each customer that left, where a subscription tells it."""
    rows = cursor.execute(
        """
        select customer_id, max(s.ends_on) from subscriptions s join customers c using (customer_id)
        where c.status = 'churned' and s.ends_on is not null group by customer_id order by customer_id
        """
    ).fetchall()
    return dict(rows)
