"""What the month-end close's page looks at: the month in the address, how its close stands, its accounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import streamlit as st

from tai_ops.app import asof, reading, session, widgets, words
from tai_ops.app.close_rows import Standing, Tables
from tai_ops.board import Board
from tai_ops.errors import WrongUsage
from tai_ops.month_report import MonthReport
from tai_ops.period import Month, months_between
from tai_ops.restatement import ChangedRow
from tai_ops.runbooks import month_end_close as runbook
from tai_ops.runbooks.month_end_close import CloseStatus
from tai_ops.store import Store, closing, facts, freshness, matches

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: a month, how its close stands, and what was wrong with the month in the address."""

    month: Month
    months: tuple[Month, ...]
    closed: frozenset[Month]
    status: CloseStatus
    complaint: str | None
    nothing: bool

    @property
    def report(self) -> MonthReport:
        """The month's numbers: frozen where it is closed."""
        return self.status.report

    @property
    def is_closed(self) -> bool:
        """Whether the month is closed."""
        return self.status.state.closed

    @property
    def over(self) -> bool:
        """Whether the month is over and may be closed."""
        return self.month.end <= session.today()

    @property
    def zone(self) -> tzinfo:
        """The company's zone."""
        return session.store().company.tz

    @property
    def last(self) -> date:
        """The last day whose records count."""
        return self.report.until - DAY

    def day_of(self, moment: datetime) -> str:
        """The company's day of an instant, in words."""
        return words.day(moment.astimezone(self.zone).date())


# --- Which month


def seen() -> Seen:
    """The month in the address and how its close stands; the next one to close where the address has none."""
    store, today = session.store(), session.today()
    closed = frozenset(store.closed_months())
    with_records = _months_with_records(today) | closed
    usual = _next_to_close(with_records - closed, today)
    first, current = min(with_records, default=usual), Month.of(today)
    offered = tuple(reversed(months_between(min(first, usual), current)))
    month, complaint = asked_for(st.query_params.get("month", "") or asof.month_code(), usual, offered)
    stamp = today.isoformat() if month < current else f"{session.now():%Y%m%d%H%M}"
    status = _status(store, f"{_key(store)} {stamp}", str(month), month)
    return Seen(month, offered, closed, status, complaint, nothing=not with_records)


def _months_with_records(today: date) -> frozenset[Month]:
    """The months that have bank lines or invoices, up to the present one."""
    found = reading.board().facts
    lines = {row.month for row in found.account_months if row.source == "bank"}
    invoices = {Month.of(invoice.issued_on) for invoice in found.invoices}
    return frozenset(month for month in lines | invoices if month <= Month.of(today))


def _next_to_close(left: Iterable[Month], today: date) -> Month:
    """The oldest open month that is over; months before the first one that was ever closed are taken as history."""
    last = Month.of(today).plus(-1)
    ever = [Month.parse(event["month"]) for event in closing.close_events(session.store())]
    return min((month for month in left if min(ever, default=month) <= month <= last), default=last)


def asked_for(asked: str, usual: Month, offered: Sequence[Month]) -> tuple[Month, str | None]:
    """The month that the address asks for, else the usual one with what was wrong."""
    if not asked:
        return usual, None
    try:
        month = Month.parse(asked)
    except WrongUsage as reason:
        return usual, f"{reason}. This is {usual.name}."
    if month in offered:
        return month, None
    why = "has not begun" if month > offered[0] else "lies before the first records"
    return usual, f"{month.name} {why}. This is {usual.name}."


def _key(store: Store) -> str:
    """What changes whenever a number may: the store itself, and its version."""
    return f"{store.path or id(store)} {freshness.version(store)}"


@st.cache_resource(max_entries=24, show_spinner="Working out the month …")
def _status(_store: Store, key: str, month: str, _month: Month) -> CloseStatus:  # noqa: ARG001  # the key is what the cache goes by
    return runbook.status(_store, _month, session.now())


def board_of(found: Seen) -> Board:
    """The facts of the month."""
    return reading.board(reading.looked_at(str(found.month)))


def standings(found: Seen) -> tuple[Standing, ...]:
    """Every account as it stands at the month's end."""
    store = session.store()
    return _kept_standings(store, _key(store), str(found.month), found.month)


@st.cache_resource(max_entries=24, show_spinner="Reading the accounts …")
def _kept_standings(_store: Store, key: str, month: str, _month: Month) -> tuple[Standing, ...]:  # noqa: ARG001
    """How each account stands at the month's end; the matcher isn't asked."""
    with _store.cursor() as cursor:
        held = [a for a in facts.accounts(cursor) if a.opened_on <= _month.last_day]
    now, through = session.now(), _month.last_day
    return tuple(
        Standing(a, matches.standing(_store, a.account, now=now, through=through, found=())) for a in held
    )


def since_close(found: Seen) -> tuple[ChangedRow, ...]:
    """What was written of earlier days since the month was closed."""
    if not found.is_closed:
        return ()
    store = session.store()
    return _kept_since(store, _key(store), str(found.month), found.month)


@st.cache_resource(max_entries=24, show_spinner="Looking what was written since …")
def _kept_since(_store: Store, key: str, month: str, _month: Month) -> tuple[ChangedRow, ...]:  # noqa: ARG001
    return runbook.written_since(_store, _month)


# --- What several parts draw


def draw(found: Seen, tables: Tables, key: str, alt: str) -> None:
    """Tables one below the other, each in the currency of its amounts."""
    if not tables:
        st.caption("No rows here.")
    for currency, rows in tables.items():
        has = {column.name for column in rows.columns}
        widgets.rows_table(
            rows,
            key=f"{key}_{currency}",
            alt=alt,
            period=str(found.month),
            currency=currency,
            zone=found.zone,
            opens=("customers", "customer", "customer_id") if "customer_id" in has else None,
        )


def person(email: str | None) -> str:
    """A person's name by their e-mail."""
    return next((p.name for p in session.store().people() if p.email == email), email or "nobody")
