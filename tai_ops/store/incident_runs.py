"""Incidents with everything that is kept of them: one, or all; and what is due after those that were run here."""

from datetime import datetime

import duckdb

from tai_ops.customers import Customer
from tai_ops.incident_run import Duty, Run, duties
from tai_ops.period import BusinessCalendar
from tai_ops.recovery import ServiceProbes, recovery_window
from tai_ops.reliability import EVERYONE, Impact, Incident, Interval
from tai_ops.response import KeptTimer
from tai_ops.store import incident_log
from tai_ops.store.kind_rows import of_kind

Cursor = duckdb.DuckDBPyConnection
SERVED = frozenset({"live", "onboarding"})
"""The customers that an impact on everybody hits."""


def run_of(cursor: Cursor, incident_id: str) -> Run | None:
    """Everything that is kept of an incident; None where there is none of that id."""
    found = [one for one in of_kind(cursor, "incidents", Incident) if one.incident_id == incident_id]
    if not found:
        return None
    impacts = tuple(one for one in of_kind(cursor, "impacts", Impact) if one.incident_id == incident_id)
    customers = of_kind(cursor, "customers", Customer)
    return Run(
        found[0],
        incident_log.events(cursor, incident_id),
        incident_log.decisions(cursor, incident_id),
        incident_log.kept_timers(cursor, incident_id),
        impacts,
        affected(impacts, customers),
    )


def affected(impacts: tuple[Impact, ...], customers: tuple[Customer, ...]) -> dict[str, str]:
    """The customers that an incident hit, by id with their names; maintenance hits nobody, `*` all that are served."""
    hit = {one.customer_id for one in impacts if one.level != "maintenance"}
    return {
        c.customer_id: c.name
        for c in customers
        if c.customer_id in hit or (EVERYONE in hit and c.status in SERVED)
    }


def all_runs(cursor: Cursor) -> list[tuple[Run, bool]]:
    """The run of every incident, with whether it was run here and not only loaded from a file."""
    incidents = of_kind(cursor, "incidents", Incident)
    if not incidents:
        return []
    customers = of_kind(cursor, "customers", Customer)
    impacts: dict[str, list[Impact]] = {}
    for one in of_kind(cursor, "impacts", Impact):
        impacts.setdefault(one.incident_id, []).append(one)
    here = set(incident_log.run_here(cursor))
    told = incident_log.events_of(cursor, [one.incident_id for one in incidents])
    kept: dict[str, list[KeptTimer]] = {}
    for timer in incident_log.kept_timers(cursor):
        kept.setdefault(timer.incident_id, []).append(timer)
    return [
        (
            Run(
                one,
                told.get(one.incident_id, ()),
                (),
                tuple(kept.get(one.incident_id, ())),
                tuple(impacts.get(one.incident_id, ())),
                affected(tuple(impacts.get(one.incident_id, ())), customers),
            ),
            one.incident_id in here,
        )
        for one in incidents
    ]


def incident_duties(cursor: Cursor, calendar: BusinessCalendar) -> tuple[tuple[Incident, Duty], ...]:
    """What is or was due after each incident that was run here, in order of the day by which it is."""
    found = [(run.incident, duty) for run, here in all_runs(cursor) if here for duty in duties(run, calendar)]
    return tuple(sorted(found, key=lambda one: one[1].due_at))


def probes_since_fix(
    cursor: Cursor, run: Run, now: datetime
) -> tuple[Interval | None, tuple[ServiceProbes, ...]]:
    """The stretch that recovery is read from, and what probes saw in it: of the services that were hit, where any were named."""
    window = recovery_window(run.incident, now)
    if window is None:
        return None, ()
    services = tuple(sorted({one.service for one in run.impacts if one.service}))
    found = incident_log.probes_seen(cursor, window, services)
    return window, found or incident_log.probes_seen(cursor, window)
