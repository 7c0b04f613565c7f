"""What is kept of an incident while it is run: its events, its severities, how its timers ended; and what probes saw."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb

from tai_ops.incident_run import Decision, Event
from tai_ops.recovery import ServiceProbes
from tai_ops.reliability import Interval
from tai_ops.response import KeptTimer
from tai_ops.store.connection import Write, new_id

Cursor = duckdb.DuckDBPyConnection


def events(cursor: Cursor, incident_id: str) -> tuple[Event, ...]:
    """Everything that was done and said of an incident, in the order in which it was entered."""
    return events_of(cursor, (incident_id,)).get(incident_id, ())


def events_of(cursor: Cursor, incident_ids: Sequence[str]) -> dict[str, tuple[Event, ...]]:
    """The events and alerts of several incidents, by incident, each in the order in which it was entered."""
    rows = cursor.execute(
        """
        select incident_id, event_id, event, item, customer_id, body, happened_at, recorded_at, recorded_by
        from incident_events where incident_id in (select unnest($ids))
        union all
        select incident_id, event_key, 'alert', action, null, sender, happened_at, received_at, received_by
        from alert_events where incident_id in (select unnest($ids))
        order by recorded_at, event_id
        """,
        {"ids": list(incident_ids)},
    ).fetchall()
    found: dict[str, list[Event]] = {}
    for incident_id, *values in rows:
        found.setdefault(incident_id, []).append(Event(*values))
    return {incident_id: tuple(listed) for incident_id, listed in found.items()}


def decisions(cursor: Cursor, incident_id: str) -> tuple[Decision, ...]:
    """The severities that were decided, in the order of time."""
    rows = cursor.execute(
        """
        select severity, computed, reasons_json, signals_json, why, decided_at, decided_by
        from incident_severities where incident_id = $id order by decided_at
        """,
        {"id": incident_id},
    ).fetchall()
    return tuple(
        Decision(severity, computed, tuple(json.loads(reasons)), json.loads(signals), why, at, by)
        for severity, computed, reasons, signals, why, at, by in rows
    )


def kept_timers(cursor: Cursor, incident_id: str | None = None) -> tuple[KeptTimer, ...]:
    """How timers ended, the newest row of each last; of one incident or of all."""
    rows = cursor.execute(
        """
        select incident_id, severity, timer, due_at, reached_at, met from incident_timers
        where $id is null or incident_id = $id order by recorded_at, timer
        """,
        {"id": incident_id},
    ).fetchall()
    return tuple(KeptTimer(*row) for row in rows)


def run_here(cursor: Cursor) -> tuple[str, ...]:
    """The incidents that were started or opened by an alert or worked on here, and not only loaded from a file."""
    rows = cursor.execute(
        """
        select incident_id from incident_events where event in ('started', 'step')
        union select incident_id from alert_events order by incident_id
        """
    ).fetchall()
    return tuple(row[0] for row in rows)


def next_incident_id(cursor: Cursor) -> str:
    """The id of a new incident: the number after the highest of those named `I-001`."""
    row = cursor.execute(
        r"""
        select coalesce(max(try_cast(regexp_extract(incident_id, '^I-(\d+)$', 1) as bigint)), 0) + 1 from (
            select incident_id from incidents
            union all select row_key from history where kind = 'incidents'
        )
        """
    ).fetchone()
    return f"I-{row[0] if row else 1:03d}"


def keep_event(
    write: Write,
    incident_id: str,
    event: str,
    *,
    item: str | None = None,
    customer_id: str | None = None,
    body: str | None = None,
    happened_at: datetime | None = None,
) -> str:
    """Add something that happened; answers its id."""
    event_id = new_id()
    write.sql(
        """
        insert into incident_events
            (event_id, incident_id, event, item, customer_id, body, happened_at, recorded_at, recorded_by)
        values ($id, $incident, $event, $item, $customer, $body, $happened, $at, $by)
        """,
        {
            "id": event_id,
            "incident": incident_id,
            "event": event,
            "item": item,
            "customer": customer_id,
            "body": body,
            "happened": happened_at or write.now,
            "at": write.now,
            "by": write.by,
        },
    )
    return event_id


def keep_decision(write: Write, incident_id: str, decided: Decision) -> None:
    """Add a severity with what it was decided from."""
    write.sql(
        """
        insert into incident_severities
            (incident_id, severity, computed, reasons_json, signals_json, why, decided_at, decided_by)
        values ($incident, $severity, $computed, $reasons, $signals, $why, $at, $by)
        """,
        {
            "incident": incident_id,
            "severity": decided.severity,
            "computed": decided.computed,
            "reasons": json.dumps(decided.reasons),
            "signals": json.dumps(decided.signals, default=str, sort_keys=True),
            "why": decided.why,
            "at": write.now,
            "by": write.by,
        },
    )


def keep_timers(write: Write, ended: Sequence[KeptTimer]) -> None:
    """Add how timers ended, or that they run again."""
    for one in ended:
        write.sql(
            """
            insert into incident_timers
                (incident_id, severity, timer, due_at, reached_at, met, recorded_at, recorded_by)
            values ($incident, $severity, $timer, $due, $reached, $met, $at, $by)
            """,
            {
                "incident": one.incident_id,
                "severity": one.severity,
                "timer": one.timer,
                "due": one.due_at,
                "reached": one.reached_at,
                "met": one.met,
                "at": write.now,
                "by": write.by,
            },
        )


def probes_seen(cursor: Cursor, window: Interval, services: Sequence[str] = ()) -> tuple[ServiceProbes, ...]:
    """What probes saw of each service in the window; of all services where none is named."""
    rows: list[Any] = cursor.execute(
        """
        select service, count(*),
               count(*) filter (coalesce(status, 0) >= 500 or (not ok and coalesce(status, 0) not between 400 and 499)),
               quantile_cont(latency_ms, 0.95)::decimal(18, 6), min(seen_at), max(seen_at)
        from probes where seen_at >= $start and seen_at <= $end
          and (len($services) = 0 or list_contains($services, service))
        group by service order by service
        """,
        {"start": window[0], "end": window[1], "services": list(services)},
    ).fetchall()
    return tuple(ServiceProbes(*row) for row in rows)


def version(cursor: Cursor, incident_id: str) -> str:
    """A text that differs whenever something of the incident was entered; probes are none of it."""
    row = cursor.execute(
        """
        select (select max(event_id) from incident_events where incident_id = $id),
               (select count(*) from alert_events where incident_id = $id),
               (select recorded_at from incidents where incident_id = $id),
               (select max(recorded_at) from impacts where incident_id = $id),
               (select count(*) from impacts where incident_id = $id),
               (select max(decided_at) from incident_severities where incident_id = $id)
        """,
        {"id": incident_id},
    ).fetchone()
    return str(row)
