"""Reading the facts that a board of KPIs rests on, each kind into its own row type."""

from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

import duckdb

from tai_ops.accuracy import CountLine, Measurement, count_accuracy
from tai_ops.bant import INSIDE_BAND
from tai_ops.board import (
    Facts,
    Latency,
    Note,
    Question,
    Target,
    Window,
    window_of_month,
    window_of_week,
    window_on,
)
from tai_ops.cash import Account, Balance, Bill, Entry, OnTheWay, account_months
from tai_ops.collector import collector_at_rest
from tai_ops.customers import Customer
from tai_ops.deal_history import DealVersion, ToldStage, standing, with_history
from tai_ops.errors import Refused
from tai_ops.expenses import charges
from tai_ops.kinds import KINDS
from tai_ops.mrr import Movements, Subscription, movements
from tai_ops.period import BusinessCalendar, Month, Week
from tai_ops.pipeline import Deal, Proposal, Prospect, StageEntry
from tai_ops.receivables import Payment
from tai_ops.recognition import Invoice, Service
from tai_ops.reliability import (
    WEIGHTS,
    Impact,
    Incident,
    Interval,
    Uptime,
    unknown_time,
    uptime,
)
from tai_ops.scores import Score
from tai_ops.store import ledger, transits
from tai_ops.store.category_rules import entry_labels
from tai_ops.store.connection import Store
from tai_ops.store.incident_log import kept_timers
from tai_ops.store.incident_runs import incident_duties
from tai_ops.store.kind_rows import of_kind
from tai_ops.store.onboardings import onboardings
from tai_ops.store.probes import coverages, latency, refuse_unknown_service
from tai_ops.store.proposal_states import proposal_states
from tai_ops.transit import OwnTransfers

Cursor = duckdb.DuckDBPyConnection
DAILY = timedelta(days=150)
"""So far back flows are kept by day, so that they can be read to any of these days."""
BAND_MIDPOINTS = (
    (Decimal(10000), Decimal(50000), Decimal(30000)),
    (Decimal(50000), Decimal(100000), Decimal(75000)),
)
BUDGET_SAID = f"""
    coalesce(
        ((answers_json -> 'budget') ->> 'acv')::decimal(18, 2),
        case (answers_json -> 'budget') ->> 'band' {" ".join(f"when '{band}' then {amount}" for band, amount in INSIDE_BAND.items())} end
    )
"""
"""The budget a year that a call said, in SQL: the amount, else what stands for its range."""


def business_calendar(store: Store, customer_id: str | None = None) -> BusinessCalendar:
    """The company's business calendar with its holidays, and a customer's beside them where one is named."""
    rows = store.rows(
        "select day from holidays where customer_id is null or customer_id = $customer order by day",
        {"customer": customer_id},
    )
    return store.company.calendar(frozenset(row[0] for row in rows))


def window(
    store: Store,
    now: datetime,
    *,
    on: date | None = None,
    week: Week | None = None,
    month: Month | None = None,
) -> Window:
    """The window that was asked for; today to now where none was."""
    calendar = business_calendar(store)
    if week:
        return window_of_week(week, calendar, now)
    if month:
        return window_of_month(month, calendar, now)
    return window_on(on or calendar.local_date(now), calendar, now)


def facts(
    store: Store,
    window: Window,
    *,
    probes: bool = True,
    like: Facts | None = None,
    bills_from: date | None = None,
) -> Facts:
    """Everything that the KPIs of a window rest on, read in one transaction.

    `like` are the facts of another window that were read just now: what does not depend on the window is theirs.
    `bills_from` leaves out the bills incurred before that day, for whom they are too old to matter.
    """
    with collector_at_rest():
        return _read(store, window, probes, like, bills_from)


def _read(store: Store, window: Window, probes: bool, like: Facts | None, bills_from: date | None) -> Facts:
    company, calendar = store.company, business_calendar(store)
    cursor = store.cursor()
    try:
        cursor.execute("begin")
        seen = window.flow
        foreign = frozenset(a.account for a in accounts(cursor) if a.currency != company.currency)
        every = like.bills + like.bills_apart if like else bills_since(cursor, bills_from)
        apart = tuple(bill for bill in every if bill.account in foreign) if foreign else ()
        bills = tuple(bill for bill in every if bill.account not in foreign) if apart else every
        prospects = like.prospects if like else of_kind(cursor, "prospects", Prospect)
        stood = standing(deal_versions(cursor, company.tz), prospects, window.as_of, window.day, company.tz)
        days = (
            like.account_days if like else ledger.account_days(cursor, company.currency, window.until - DAILY)
        )
        held = cash_on(cursor, window.day, like.own_transfers if like else None)
        found = Facts(
            company,
            calendar,
            window,
            customers=like.customers if like else of_kind(cursor, "customers", Customer),
            subscriptions=like.subscriptions if like else of_kind(cursor, "subscriptions", Subscription),
            invoices=like.invoices if like else of_kind(cursor, "invoices", Invoice),
            services=like.services if like else of_kind(cursor, "services", Service),
            payments=like.payments
            if like
            else of_kind(cursor, "payments", Payment) + matched_receipts(cursor) + applied(cursor),
            sends=dict(sent(cursor)),
            billed_terms=billed_terms(cursor),
            bills=bills,
            bills_apart=apart,
            account_months=account_months(days, window.until),
            account_days=days,
            **held._asdict(),
            charges=like.charges
            if like
            else charges(
                bills,
                [one for one in of_kind(cursor, "entries", Entry) if one.account not in foreign],
                company,
                {account.account: account.kind for account in accounts(cursor)},
                ledger.kept_fees(cursor, company.currency),
                entry_labels(cursor),
            ),
            closed=frozenset(store.closed_months()),
            prospects=prospects,
            deals=stood.deals,
            later_deals=stood.later,
            unknown_deals=stood.unknown,
            stage_entries=stage_entries(cursor, company.tz),
            proposals=of_kind(cursor, "proposals", Proposal),
            proposal_states=proposal_states(cursor, window.as_of),
            lead_estimates=lead_estimates(cursor),
            onboardings=onboardings(cursor),
            measurements=measurements(cursor),
            scores=of_kind(cursor, "scores", Score),
            incidents=of_kind(cursor, "incidents", Incident),
            impacts=of_kind(cursor, "impacts", Impact),
            kept_timers=kept_timers(cursor),
            incident_duties=like.incident_duties if like else incident_duties(cursor, calendar),
            coverages=coverages(cursor, seen) if probes else (),
            latency=latency(cursor, seen, zone=store.company.tz) if probes else None,
            notes=notes(cursor),
            calls=discovery_calls(cursor),
            targets=of_kind(cursor, "targets", Target),
        )
        cursor.execute("commit")
        return found
    finally:
        cursor.close()


def bills_since(cursor: Cursor, first: date | None) -> tuple[Bill, ...]:
    """The bills incurred on that day or later, or all of them; one older bill stays, which tells that there are bills."""
    if first is None:
        return of_kind(cursor, "bills", Bill)
    rows = cursor.execute(
        f"""
        select {", ".join(KINDS["bills"].names)} from bills
        where incurred_on >= $first or bill_id = (select min(bill_id) from bills) order by bill_id
        """,
        {"first": first},
    ).fetchall()
    return tuple(Bill(*values) for values in rows)


def matched_receipts(cursor: Cursor) -> tuple[Payment, ...]:
    """Receipts that no payment records: bank lines that are matched with an invoice itself."""
    rows = cursor.execute(
        f"""
        select m.line_id, l.account, l.booked_on, m.amount, m.entry_id, coalesce(l.payee, l.description), l.reference
        from ({ledger.CONFIRMED}) m join statement_lines l using (line_id)
        where m.entry_kind = 'invoice' order by l.booked_on, m.line_id, m.entry_id
        """
    ).fetchall()
    return tuple(Payment(*row) for row in rows)


def applied(cursor: Cursor) -> tuple[Payment, ...]:
    """Money moved to an invoice, each move as two rows: away from where it was, and to the invoice, on that day."""
    rows = cursor.execute(
        f"""
        with moved as (
            select a.*, case when a.source_kind = 'payment' then p.invoice_number else a.source_id end as home,
                   case when a.source_kind = 'payment' then a.source_id else a.application_id end as payment_id,
                   coalesce(p.account, '') as account, p.payer, p.reference
            from ({ledger.APPLIED}) a
            left join payments p on a.source_kind = 'payment' and p.payment_id = a.source_id
        )
        select payment_id, account, applied_on, -amount, home, payer, reference, application_id, 1 from moved
        union all
        select payment_id, account, applied_on, amount, invoice_number, payer, reference, application_id, 2 from moved
        order by 3, 8, 9
        """
    ).fetchall()
    return tuple(Payment(*row[:7]) for row in rows)


def sent(cursor: Cursor) -> list[tuple[str, date]]:
    """Each invoice that has a sent stamp, with its day."""
    return cursor.execute(
        """
        select invoice_number, sent_on from (
            select * from invoice_sends
            qualify row_number() over (partition by invoice_number order by recorded_at desc) = 1
        ) where sent_on is not null order by invoice_number
        """
    ).fetchall()


def billed_terms(cursor: Cursor) -> dict[str, frozenset[str]]:
    """The subscriptions that each invoice made here bills."""
    rows = cursor.execute(
        """
        select invoice_number, list(source_id order by source_id) from invoice_lines
        where source_kind = 'subscription' group by invoice_number order by invoice_number
        """
    ).fetchall()
    return {number: frozenset(sources) for number, sources in rows}


def stage_entries(cursor: Cursor, zone: tzinfo) -> tuple[StageEntry, ...]:
    """On which day each deal first entered each stage that is on record: by its stored row, its earlier ones, what came with it."""
    rows = cursor.execute(
        """
        select deal_id, stage, min(entered_on), min(entered_at) from (
            select deal_id, stage, entered_stage_on as entered_on,
                   case when entered_stage_on is null then recorded_at end as entered_at from deals
            union all
            select row_key, row_json ->> 'stage', (row_json ->> 'entered_stage_on')::date,
                   case when (row_json ->> 'entered_stage_on') is null then (row_json ->> 'recorded_at')::timestamptz end
            from history where kind = 'deals' and event = 'update'
            union all
            select deal_id, stage, null, entered_at from deal_stages
        ) group by deal_id, stage order by deal_id, stage
        """
    ).fetchall()
    found = [
        StageEntry(deal, stage, min(day for day in (on, at.astimezone(zone).date() if at else None) if day))
        for deal, stage, on, at in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.deal_id, one.entered_on, one.stage)))


def deal_versions(cursor: Cursor, zone: tzinfo) -> tuple[DealVersion, ...]:
    """Every row that was recorded of each deal that is on record, and one for each stage that came along with a history."""
    rows = cursor.execute(
        """
        select deal_id, prospect_id, stage, amount, probability_pct, entered_stage_on, expected_close_on, closed_on,
               lost_reason, recorded_at
        from deals
        union all
        select row ->> 'deal_id', row ->> 'prospect_id', row ->> 'stage', (row ->> 'amount')::decimal(18, 2),
               (row ->> 'probability_pct')::decimal(9, 4), (row ->> 'entered_stage_on')::date,
               (row ->> 'expected_close_on')::date, (row ->> 'closed_on')::date, row ->> 'lost_reason',
               (row ->> 'recorded_at')::timestamptz
        from (select row_json::json as row, row_key from history where kind = 'deals' and event = 'update')
        where row_key in (select deal_id from deals)
        order by deal_id, recorded_at
        """
    ).fetchall()
    told = cursor.execute(
        "select deal_id, entered_at, stage from deal_stages order by deal_id, entered_at"
    ).fetchall()
    versions = tuple(DealVersion(Deal(*row[:-1]), row[-1]) for row in rows)
    return with_history(versions, (ToldStage(*row) for row in told), zone) if told else versions


def lead_estimates(cursor: Cursor) -> dict[str, Decimal]:
    """What a prospect may be worth: the middle of the budget band of its newest BANT answers."""
    rows = cursor.execute(
        f"""
        select prospect_id, arg_max({BUDGET_SAID}, decided_at) as acv
        from qualifications group by prospect_id order by prospect_id
        """
    ).fetchall()
    return {prospect: _midpoint(acv) for prospect, acv in rows if acv is not None}


def _midpoint(acv: Decimal) -> Decimal:
    return next((middle for low, high, middle in BAND_MIDPOINTS if low <= acv < high), acv)


def measurements(cursor: Cursor) -> tuple[Measurement, ...]:
    """What was measured, typed or counted: the newest count of a warehouse stands for a typed figure of that day."""
    typed = of_kind(cursor, "measurements", Measurement)
    known = {(m.customer_id, m.warehouse, m.measured_on) for m in typed if m.accuracy_pct is not None}
    rows = cursor.execute(
        """
        select c.customer_id, c.warehouse, c.counted_on, c.abc_class, c.unit_cost, c.record_qty, c.counted_qty
        from counts c
        join (select customer_id, warehouse, max(counted_on) as counted_on from counts group by all) newest
          using (customer_id, warehouse, counted_on)
        order by c.customer_id, c.warehouse, c.location, c.sku
        """
    ).fetchall()
    counted: dict[tuple[str, str, date], list[CountLine]] = {}
    for customer, warehouse, day, *line in rows:
        counted.setdefault((customer, warehouse, day), []).append(CountLine(*line))
    made = tuple(
        Measurement(customer, warehouse, day, "current", "tai", count_accuracy(lines).ira_pct)
        for (customer, warehouse, day), lines in counted.items()
        if (customer, warehouse, day) not in known
    )
    return typed + made


def notes(cursor: Cursor) -> tuple[Note, ...]:
    """What was said in the reviews, the newest state of each note."""
    rows = cursor.execute(
        """
        select n.note_id, n.week, n.block, n.kind, n.body, n.owner, n.due_on, n.state,
               m.kpi, m.at_least, m.customer_id, c.name
        from (
            select *, min(noted_at) over (partition by note_id) as first_at from review_notes
            qualify row_number() over (partition by note_id order by noted_at desc) = 1
        ) n left join note_measures m using (note_id) left join customers c on c.customer_id = m.customer_id
        order by n.first_at, n.note_id
        """
    ).fetchall()
    return tuple(Note(*row[:8], measure=None if row[8] is None else Question(*row[8:])) for row in rows)


def discovery_calls(cursor: Cursor) -> tuple[datetime, ...]:
    """When each discovery call was decided, the oldest first."""
    rows = cursor.execute("select decided_at from qualifications order by decided_at").fetchall()
    return tuple(row[0] for row in rows)


def accounts(cursor: Cursor) -> tuple[Account, ...]:
    """Every account."""
    return of_kind(cursor, "accounts", Account)


class CashThen(NamedTuple):
    """What accounts hold at the end of a day, the own transfers on their way then, and what these were told by."""

    balances: tuple[Balance, ...]
    on_the_way: OnTheWay
    own_transfers: OwnTransfers | None


def cash_of(store: Store, day: date, like: OwnTransfers | None = None) -> CashThen:
    """What each account holds at the end of the day, and the own transfers on their way then."""
    cursor = store.cursor()
    try:
        return cash_on(cursor, day, like)
    finally:
        cursor.close()


def cash_on(cursor: Cursor, day: date, like: OwnTransfers | None = None) -> CashThen:
    """What each account that was open by then holds at the end of the day, and the own transfers on their way then."""
    there = [account for account in accounts(cursor) if account.opened_on <= day]
    held = tuple(ledger.balance_on(cursor, account, day) for account in there)
    return CashThen(held, *transits.on_the_way(cursor, there, held, day, like))


def movements_of(store: Store, month: Month) -> Movements:
    """MRR movements of a month, straight from the subscriptions."""
    cursor = store.cursor()
    try:
        return movements(of_kind(cursor, "subscriptions", Subscription), month)
    finally:
        cursor.close()


def reliability_of(
    store: Store,
    window: Interval,
    *,
    now: datetime,
    customer: str | None = None,
    service: str | None = None,
    target_pct: Decimal,
) -> tuple[Uptime, Latency]:
    """Uptime and latency over any window, of everyone or one customer, of all services or one."""
    cursor = store.cursor()
    try:
        if customer is not None:
            known = cursor.execute(
                "select count(*) from customers where customer_id = $id", {"id": customer}
            ).fetchone()
            if not known or not known[0]:
                raise Refused(f"--customer: there is no customer {customer!r}")
        if service is not None:
            refuse_unknown_service(cursor, service)
        watched = tuple(c for c in coverages(cursor, window) if service in (None, c.service))
        found = uptime(
            of_kind(cursor, "impacts", Impact),
            window,
            now=now,
            unknown=unknown_time(watched, window, now=now),
            customer=customer,
            service=service,
            weights={**WEIGHTS, "partial": store.company.partial_outage_weight},
            target_pct=target_pct,
        )
        return found, latency(cursor, window, service, zone=store.company.tz)
    finally:
        cursor.close()
