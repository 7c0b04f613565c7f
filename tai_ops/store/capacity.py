"""The onboardings under way with whose they are, beside the hours that CSM and CTO have a week."""

from datetime import datetime, timedelta

from tai_ops.capacity import (
    BUSY_ROLES,
    INCIDENT_WEEKS,
    Booking,
    Carrier,
    Workload,
    incident_hours,
    is_under_way,
)
from tai_ops.onboarding_dates import forecast
from tai_ops.store import customers
from tai_ops.store.connection import Store
from tai_ops.store.onboardings import onboardings
from tai_ops.store.step_estimates import estimates_held


def workload(store: Store, now: datetime) -> Workload:
    """What is asked of CSM and CTO as of now, by onboardings and by incidents, and the hours that each of them has."""
    calendars = customers.calendars(store)
    today = calendars[None].local_date(now)
    cursor = store.cursor()
    try:
        known = {
            customer: (status, csm)
            for customer, status, csm in cursor.execute(
                "select customer_id, status, csm_email from customers order by customer_id"
            ).fetchall()
        }
        found = [one for one in onboardings(cursor) if one.customer_id in known]
        incidents = cursor.execute(
            """
            select severity, detected_at, resolved_at from incidents
            where detected_at <= $now and (resolved_at is null or resolved_at >= $since)
            order by detected_at, incident_id
            """,
            {"now": now, "since": now - timedelta(weeks=INCIDENT_WEEKS)},
        ).fetchall()
        estimates = estimates_held(cursor)
    finally:
        cursor.close()
    bookings = tuple(
        Booking(
            one.customer_id,
            known[one.customer_id][1],
            forecast(one, calendars.get(one.customer_id, calendars[None]), today),
            dict(one.course.estimates) if one.course else {},
        )
        for one in found
        if is_under_way(known[one.customer_id][0], one)
    )
    company = store.company
    carriers = tuple(
        Carrier(person.email, person.name, person.role, company.hours_for_onboardings(person.email))
        for person in store.people()
        if person.role in BUSY_ROLES
    )
    took = incident_hours(incidents, now, company.tz)
    return Workload(bookings, carriers, today, calendars[None], took, estimates)
