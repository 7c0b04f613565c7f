"""How incidents stand: one with everything that is kept of it, and the list of all, open ones first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import duckdb

from tai_ops.board import Note
from tai_ops.company import Company
from tai_ops.customers import Customer
from tai_ops.incident_run import Duty, Run, duties
from tai_ops.mrr import Subscription
from tai_ops.period import BusinessCalendar
from tai_ops.pipeline import Deal, Proposal, Prospect
from tai_ops.recovery import ServiceProbes
from tai_ops.reliability import Incident, Interval
from tai_ops.response import RunTimer, run_timers
from tai_ops.rights import Actor
from tai_ops.severity import Escalation, channel_name, escalations
from tai_ops.store import Store, facts, incident_log
from tai_ops.store.incident_runs import all_runs, probes_since_fix, run_of

Cursor = duckdb.DuckDBPyConnection
OPEN_PROPOSALS = frozenset({"draft", "in_review", "approved", "sent", "viewed"})


@dataclass(frozen=True)
class Standing:
    """An incident as it stands at that instant: its run, timers, duties, whom to call, what probes saw since the fix."""

    run: Run
    now: datetime
    calendar: BusinessCalendar
    company: Company
    people: tuple[Actor, ...]
    customers: tuple[Customer, ...]
    timers: tuple[RunTimer, ...]
    duties: tuple[Duty, ...]
    calls: tuple[Escalation, ...]
    actions: tuple[Note, ...]
    window: Interval | None
    probes: tuple[ServiceProbes, ...]
    is_run_here: bool

    @property
    def bridge(self) -> str:
        """The name of the incident's channel, by the company's clock."""
        return channel_name(self.run.incident.detected_at, self.company.tz)

    @property
    def names(self) -> dict[str, str]:
        """Every person's name by e-mail."""
        return {person.email: person.name for person in self.people}

    def person(self, role: str) -> Actor | None:
        """The first active person of that role."""
        return next((one for one in self.people if one.role == role), None)

    def csm_of(self, customer_id: str) -> Actor | None:
        """Who looks after a customer: the CSM named with it, else the first CSM."""
        named = next((c.csm_email for c in self.customers if c.customer_id == customer_id), None)
        return next((one for one in self.people if named and one.email == named), self.person("csm"))


@dataclass(frozen=True)
class Known:
    """What is read of an incident and what stands around it; how it stands at an instant is worked out of it."""

    run: Run
    calendar: BusinessCalendar
    company: Company
    people: tuple[Actor, ...]
    customers: tuple[Customer, ...]
    actions: tuple[Note, ...]
    other_criticals_at: tuple[datetime, ...]
    offered: frozenset[str]
    ends: Mapping[str, tuple[date, ...]]
    is_run_here: bool


def standing(store: Store, incident_id: str, now: datetime) -> Standing | None:
    """How an incident stands; None where there is none of that id."""
    known = read(store, incident_id)
    return standing_at(store, known, now) if known else None


def read(store: Store, incident_id: str) -> Known | None:
    """Everything that an incident's standing rests on but its probes; None where there is none of that id."""
    company, calendar = store.company, facts.business_calendar(store)
    cursor = store.cursor()
    try:
        run = run_of(cursor, incident_id)
        if run is None:
            return None
        notes = {note.note_id: note for note in facts.notes(cursor)} if run.action_ids else {}
        return Known(
            run,
            calendar,
            company,
            tuple(store.people()),
            facts.of_kind(cursor, "customers", Customer),
            tuple(notes[one] for one in run.action_ids if one in notes),
            tuple(
                one.detected_at
                for one in facts.of_kind(cursor, "incidents", Incident)
                if one.severity == "CRITICAL" and one.incident_id != incident_id
            ),
            _with_proposals(cursor),
            _ends(cursor),
            incident_id in incident_log.run_here(cursor),
        )
    finally:
        cursor.close()


def standing_at(store: Store, known: Known, now: datetime) -> Standing:
    """How an incident stands at that instant; the probes are read then."""
    run, company, calendar = known.run, known.company, known.calendar
    timers = run_timers(
        run.incident,
        run.kept,
        now=now,
        calendar=calendar,
        support_hours=company.mttr_support_hours_for_medium,
    )
    found = Standing(
        run,
        now,
        calendar,
        company,
        known.people,
        known.customers,
        timers,
        duties(run, calendar) if known.is_run_here else (),
        _calls(known, now),
        known.actions,
        None,
        (),
        known.is_run_here,
    )
    return with_probes(store, found, now)


def _calls(known: Known, now: datetime) -> tuple[Escalation, ...]:
    """Who must hear of it by I7; a customer's standing is that of its prospect by name, its subscriptions, its consent."""
    incident, today = known.run.incident, known.calendar.local_date(now)
    signals = known.run.decisions[-1].signals if known.run.decisions else {}
    found: dict[tuple[str, str], Escalation] = {}
    hit: list[Customer | None] = [c for c in known.customers if c.customer_id in known.run.affected] or [None]
    for customer in hit:
        ends = [on for on in known.ends.get(customer.customer_id, ()) if on >= today] if customer else []
        for one in escalations(
            severity=incident.severity,
            detected_at=incident.detected_at,
            now=now,
            resolved_at=incident.resolved_at,
            security_breach=bool(signals.get("security_breach")),
            data_lost_or_corrupt=bool(signals.get("data_lost_or_corrupt")),
            other_criticals_at=known.other_criticals_at,
            has_open_proposal=customer is not None and customer.name.casefold() in known.offered,
            renews_on=min(ends, default=None),
            is_reference=bool(customer and customer.reference_consent),
        ):
            named = one
            if customer and one.role == "vp_sales":
                said = one.reason.replace("the customer", customer.name)
                named = replace(one, reason=said.replace("renewal", f"renewal of {customer.name}"))
            found.setdefault((named.role, named.reason), named)
    return tuple(found.values())


def _with_proposals(cursor: Cursor) -> frozenset[str]:
    """The companies with an open proposal, by their names in small letters."""
    companies = {p.prospect_id: p.company for p in facts.of_kind(cursor, "prospects", Prospect)}
    deals = {d.deal_id: companies.get(d.prospect_id) for d in facts.of_kind(cursor, "deals", Deal)}
    named = [
        deals.get(p.deal_id)
        for p in facts.of_kind(cursor, "proposals", Proposal)
        if p.status in OPEN_PROPOSALS
    ]
    return frozenset(name.casefold() for name in named if name)


def _ends(cursor: Cursor) -> dict[str, tuple[date, ...]]:
    """The days on which each customer's subscriptions end."""
    found: dict[str, tuple[date, ...]] = {}
    for one in facts.of_kind(cursor, "subscriptions", Subscription):
        if one.ends_on:
            found[one.customer_id] = (*found.get(one.customer_id, ()), one.ends_on)
    return found


def with_probes(store: Store, found: Standing, now: datetime) -> Standing:
    """The same with what probes say by now."""
    cursor = store.cursor()
    try:
        window, probes = probes_since_fix(cursor, found.run, now)
    finally:
        cursor.close()
    return replace(found, now=now, window=window, probes=probes)


# --- All of them


@dataclass(frozen=True, slots=True)
class Row:
    """An incident in the list: its timers, what is due after it, and how many impacts run on though it is resolved."""

    incident: Incident
    timers: tuple[RunTimer, ...]
    duties: tuple[Duty, ...]
    is_closed: bool
    runs_on: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.incident.resolved_at is None

    @property
    def next_timer(self) -> RunTimer | None:
        """The timer that runs out next; None where none runs."""
        running = [one for one in self.timers if one.state == "running"]
        return min(running, key=lambda one: one.due_at, default=None)

    @property
    def next_duty(self) -> Duty | None:
        """What is due next after it."""
        left = [one for one in self.duties if one.done_at is None]
        return min(left, key=lambda one: one.due_at, default=None)


def listed(store: Store, now: datetime) -> tuple[Row, ...]:
    """Every incident: those that are open first, the worst and oldest of them on top, then the others, newest first."""
    calendar, company = facts.business_calendar(store), store.company
    cursor = store.cursor()
    try:
        runs = all_runs(cursor)
    finally:
        cursor.close()
    rows = [
        Row(
            run.incident,
            run_timers(
                run.incident,
                run.kept,
                now=now,
                calendar=calendar,
                support_hours=company.mttr_support_hours_for_medium,
            ),
            duties(run, calendar) if here else (),
            run.closed_at is not None,
            len(run.runs_on),
        )
        for run, here in runs
    ]
    worst = {"CRITICAL": 0, "HIGH": 1, None: 2, "MEDIUM": 3, "LOW": 4}
    return (
        *sorted(
            (r for r in rows if r.is_open), key=lambda r: (worst[r.incident.severity], r.incident.detected_at)
        ),
        *sorted((r for r in rows if not r.is_open), key=lambda r: r.incident.detected_at, reverse=True),
    )
