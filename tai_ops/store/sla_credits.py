"""Credits for missed uptime in the store: what is proposed of a month, and posting one as a credit note by a person.

A credit is posted once: the write looks whether the customer's month has one whose note still stands.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import duckdb

from tai_ops.availability import month_window
from tai_ops.company import Company
from tai_ops.errors import Refused
from tai_ops.money import ZERO, money_text
from tai_ops.mrr import Subscription
from tai_ops.period import Month
from tai_ops.recognition import Invoice
from tai_ops.rights import Actor
from tai_ops.sla_credits import Credit, Posted, credits_of
from tai_ops.store.availability import watched_by
from tai_ops.store.billing import credited
from tai_ops.store.connection import Store, Write
from tai_ops.store.facts import of_kind
from tai_ops.words import number

Cursor = duckdb.DuckDBPyConnection
RIGHT = "money"
MONTHS_BACK = 3
"""Months that are over whose credits the review asks about."""


def credits_of_month(cursor: Cursor, company: Company, month: Month, *, now: datetime) -> list[Credit]:
    """Each customer's credit of the month, proposed, posted or none."""
    window = month_window(month, company.tz)
    watched = watched_by(cursor, company, window, now=now)
    if not watched.known:
        return []
    return credits_of(watched, month, of_kind(cursor, "subscriptions", Subscription), posted(cursor))


def waiting(cursor: Cursor, company: Company, *, now: datetime) -> list[Credit]:
    """Credits of the last months that are over which nobody has posted, and missed promises that no ladder is agreed for.

    A month without any outage is not worked out.
    """
    current = Month.of(now.astimezone(company.tz).date())
    found: list[Credit] = []
    for back in range(1, MONTHS_BACK + 1):
        month = current.plus(-back)
        start, end = month_window(month, company.tz)
        down = cursor.execute(
            """
            select 1 from impacts
            where level in ('full', 'partial') and began_at < $end and coalesce(ended_at, $now) > $start limit 1
            """,
            {"start": start, "end": end, "now": now},
        ).fetchone()
        if down:
            found += [
                one
                for one in credits_of_month(cursor, company, month, now=now)
                if one.state in {"proposed", "no ladder"}
            ]
    return found


def posted(cursor: Cursor) -> dict[tuple[str, str], Posted]:
    """The credit that stands of each customer and month: its note was not voided."""
    rows = cursor.execute(
        """
        select c.customer_id, c.month, c.invoice_number, c.amount, c.recorded_at, c.recorded_by
        from sla_credits c join invoices i using (invoice_number)
        order by c.customer_id, c.month, c.recorded_at
        """
    ).fetchall()
    return {(row[0], row[1]): Posted(*row) for row in rows}


def post(
    store: Store,
    actor: Actor,
    customer_id: str,
    month: Month,
    *,
    amount: Decimal,
    issued_on: date,
    now: datetime,
    request_key: str | None = None,
) -> str:
    """Post a proposed credit as a credit note on the customer's licence invoice of that time; returns the note's number.

    `amount` is what the person saw. Refused where it is another now, where the month is not over, has been credited
    already, or where no licence invoice of the customer has so much left to credit.
    """
    with store.write(
        actor,
        RIGHT,
        "post SLA credit",
        now=now,
        subject=("sla_credits", f"{customer_id} {month}"),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["number"])
        one = _due(write, store.company, customer_id, month, now)
        if one.amount != amount:
            raise Refused(
                f"the credit of {one.customer} for {month} is {money_text(one.amount or ZERO)} now and not "
                f"{money_text(amount)}; look again (nothing was posted)"
            )
        invoice = _invoice_for(write, customer_id, month, amount, issued_on)
        note, settled = credited(write, invoice, amount, why(one), issued_on=issued_on)
        write.sql(
            """
            insert into sla_credits (customer_id, month, invoice_number, uptime_pct, downtime_minutes, budget_minutes, fee,
                                     credit_pct, amount, recorded_at, recorded_by)
            values ($customer, $month, $note, $uptime, $down, $budget, $fee, $pct, $amount, $at, $by)
            """,
            {
                "customer": customer_id,
                "month": str(month),
                "note": note,
                "uptime": one.uptime_pct,
                "down": one.downtime_minutes,
                "budget": one.budget_minutes,
                "fee": one.fee,
                "pct": one.credit_pct,
                "amount": amount,
                "at": write.now,
                "by": write.by,
            },
        )
        write.detail = {
            "number": note,
            "amount": money_text(amount),
            "credits": invoice,
            "settled": money_text(settled),
        }
        return note


def why(one: Credit) -> str:
    """What a credit note says it is for."""
    return (
        f"uptime {number(one.uptime_pct, 'pct', decimals=3)} in {one.month.name}, "
        f"{number(one.downtime_minutes, 'minutes')} down of {number(one.budget_minutes, 'minutes')} allowed: "
        f"{number(one.credit_pct, 'pct')} of the month's fee"
    )


def _due(write: Write, company: Company, customer_id: str, month: Month, now: datetime) -> Credit:
    found = {one.customer_id: one for one in credits_of_month(write.cursor, company, month, now=now)}
    one = found.get(customer_id)
    if one is None:
        raise Refused(f"customer {customer_id!r} had no promise in {month}; nothing was posted")
    if one.posted is not None:
        raise Refused(
            f"the credit of {one.customer} for {month} is posted already, as {one.posted.invoice_number} by "
            f"{one.posted.posted_by}; nothing was posted"
        )
    if not one.waits:
        raise Refused(f"no credit of {one.customer} for {month} is due: {one.reason} (nothing was posted)")
    return one


def _invoice_for(write: Write, customer_id: str, month: Month, amount: Decimal, issued_on: date) -> str:
    """The licence invoice to credit: the one whose service covers the month, else the newest; with so much left to credit."""
    own = [
        i
        for i in of_kind(write.cursor, "invoices", Invoice)
        if i.customer_id == customer_id and i.kind == "licence" and i.amount > 0 and i.issued_on <= issued_on
    ]
    taken: dict[str, Decimal] = dict(
        write.sql(
            """
            select c.credits, sum(-i.amount)::decimal(18, 2) from credit_notes c join invoices i using (invoice_number)
            group by c.credits order by c.credits
            """
        ).fetchall()
    )
    for invoice in _nearest(own, month):
        if invoice.amount - taken.get(invoice.invoice_number, ZERO) >= amount:
            return invoice.invoice_number
    raise Refused(
        f"customer {customer_id} has no licence invoice with {money_text(amount)} left to credit by {issued_on}; "
        "make its invoice on the Invoices page first (nothing was posted)"
    )


def _nearest(invoices: Sequence[Invoice], month: Month) -> list[Invoice]:
    def covers(invoice: Invoice) -> bool:
        period = invoice.service_period
        return period is not None and period[0] < month.end and month.start <= period[1]

    return sorted(invoices, key=lambda i: (not covers(i), -i.issued_on.toordinal(), i.invoice_number))
