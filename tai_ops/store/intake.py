"""What monitors send in: probe samples in batches, alerts that open, acknowledge and resolve incidents.

Each request is one transaction with its audit row, under the token's name. A batch that was cut off and is sent again
adds only what is new; an alert that comes again, or late, leaves the incident as all its alerts together say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute

from tai_ops.alerts import BY_MONITOR, Alert, outage, stamps
from tai_ops.kinds import KINDS
from tai_ops.probe_samples import Sample, columns
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store import rollups
from tai_ops.store.connection import Store, Write
from tai_ops.store.records import put

_compute: Any = pyarrow.compute  # its functions are made at run time
SENT = "sent"
"""Where a row comes from that monitors alone have written."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came of an alert: the incident, what it does to it, and whether the alert had come before."""

    incident_id: str
    action: str
    duplicate: bool


def monitor(token_name: str) -> Actor:
    """Who acts where a token does."""
    return Actor(f"token:{token_name}", token_name, "monitor")


def receive_samples(
    store: Store, actor: Actor, samples: Sequence[Sample], *, now: datetime
) -> tuple[int, int]:
    """As `receive_columns`, for samples that come as rows."""
    return receive_columns(store, actor, columns(samples), now=now)


def receive_columns(store: Store, actor: Actor, table: Any, *, now: datetime) -> tuple[int, int]:
    """Add the samples that are not there yet; how many were added, and how many were there (or twice in the batch).

    A sample is the same by service, instant and source; what is there is never changed by one that comes again. The
    rollups follow in the same transaction. `table` is one as `probe_samples.columns` makes it.
    """
    span = _compute.min_max(table["seen_at"]).as_py()
    with store.write(actor, "intake", "receive probes", now=now, subject=("probes", "batch")) as write:
        write.cursor.register("arriving_rows", table)
        try:
            added = write.sql(
                """
                create or replace temp table arriving as
                with there as (
                    select service, seen_at, source from probes where seen_at between $first and $last
                )
                select service, seen_at, source, ok, latency_ms::decimal(18, 6) as latency_ms, status
                from arriving_rows a
                where not exists (
                    select 1 from there t
                    where t.service = a.service and t.seen_at = a.seen_at and t.source = a.source
                )
                qualify row_number() over (partition by service, seen_at, source order by place) = 1
                order by seen_at, service, source
                """,
                {"first": span["min"], "last": span["max"]},
            ).fetchone()
        finally:
            write.cursor.unregister("arriving_rows")
        count = int(added[0]) if added else 0
        if count:
            write.sql(
                """
                insert into probes
                    (service, seen_at, source, ok, latency_ms, status, recorded_at, recorded_by, recorded_from)
                select service, seen_at, source, ok, latency_ms, status, $at, $by, 'sent' from arriving
                """,
                {"at": write.now, "by": write.by},
            )
            days = (span["min"].astimezone(UTC).date(), span["max"].astimezone(UTC).date())
            rollups.append(write, "select * from arriving", days)
        write.sql("drop table arriving")
        write.detail = {"accepted": count, "duplicates": table.num_rows - count}
        return count, table.num_rows - count


def receive_alerts(
    store: Store, actor: Actor, alerts: Sequence[Alert], *, now: datetime
) -> tuple[Received, ...]:
    """Keep the alerts of one message and bring their incidents to what all their alerts say, all of it or nothing.

    A title or severity that stands is left alone, and so are an acknowledgement and a resolve that a person entered,
    unless the monitor triggered again after it: people know more than monitors.
    """
    subject = ("incidents", ", ".join(dict.fromkeys(one.incident_id for one in alerts))[:200])
    with store.write(actor, "intake", "receive alert", now=now, subject=subject) as write:
        done = tuple(_receive(write, one) for one in alerts)
        write.detail = {
            "alerts": [
                {"sender": one.sender, "key": one.key, "action": one.action, "again": did.duplicate}
                for one, did in zip(alerts, done, strict=True)
            ]
        }
        for incident in dict.fromkeys(one.incident_id for one in done if not one.duplicate):
            _bring_up(write, incident, _alerts(write, incident))
        return done


def _receive(write: Write, alert: Alert) -> Received:
    known = write.sql(
        "select incident_id from alert_events where sender = $sender and event_key = $key",
        {"sender": alert.sender, "key": alert.key},
    ).fetchone()
    if known:
        return Received(known[0], alert.action, duplicate=True)
    placed = _placed(write, alert)
    if placed is None:
        last = _alerts(write, alert.monitor, begins=True)
        return Received(last[-1].incident_id if last else alert.incident_id, alert.action, duplicate=True)
    alert = placed
    write.sql(
        """
        insert into alert_events (sender, event_key, incident_id, action, happened_at, detected_at, title, severity,
            received_at, received_by)
        values ($sender, $key, $incident, $action, $happened, $detected, $title, $severity, $at, $by)
        """,
        {
            "sender": alert.sender,
            "key": alert.key,
            "incident": alert.incident_id,
            "action": alert.action,
            "happened": alert.happened_at,
            "detected": alert.detected_at,
            "title": alert.title,
            "severity": alert.severity,
            "at": write.now,
            "by": write.by,
        },
    )
    return Received(alert.incident_id, alert.action, duplicate=False)


def _placed(write: Write, alert: Alert) -> Alert | None:
    """The alert under the incident that it belongs to; None where it says nothing new.

    Gatus tells no time, so that an alert that comes once more can't be told by its key but by what is under way.
    """
    if alert.sender not in BY_MONITOR:
        return alert
    others = _alerts(write, alert.monitor, begins=True)
    if alert.sender == "gatus" and (others[-1].action if others else "resolve") == alert.action:
        return None
    return replace(alert, incident_id=outage(alert, others))


def _alerts(write: Write, incident_id: str, *, begins: bool = False) -> list[Alert]:
    """The alerts of an incident, or of all that begin so, by when they happened."""
    rows = write.sql(
        """
        select sender, event_key, incident_id, action, happened_at, detected_at, title, severity
        from alert_events where incident_id = $id or ($begins and starts_with(incident_id, $id))
        order by happened_at, event_key
        """,
        {"id": incident_id, "begins": begins},
    ).fetchall()
    return [Alert(*row) for row in rows]


def _bring_up(write: Write, incident_id: str, alerts: Sequence[Alert]) -> None:
    there = write.sql(
        """
        select title, severity, began_at, detected_at, acknowledged_at, resolved_at, recorded_from
        from incidents where incident_id = $id
        """,
        {"id": incident_id},
    ).fetchone()
    if there is None and _was_taken_out(write, incident_id):
        return
    title, severity, began, detected, acknowledged, resolved, source = there or (None,) * 7
    told = stamps(alerts)
    first = min(at for at in (detected, told.detected_at) if at)
    triggered = max((one.happened_at for one in alerts if one.action == "trigger"), default=None)
    stands = resolved and source != SENT and (triggered is None or resolved >= triggered)
    values = {
        "incident_id": incident_id,
        "title": title or told.title,
        "severity": severity or told.severity or "",
        "detected_at": _said(max(first, began) if began else first),
        "acknowledged_at": _said(acknowledged or told.acknowledged_at),
        "resolved_at": _said(resolved if stands else told.resolved_at),
    }
    put(write, read_values(KINDS["incidents"], values), name="alert", recorded_from=source or SENT)


def _was_taken_out(write: Write, incident_id: str) -> bool:
    """Whether somebody took the incident out: what its monitor says later does not bring it back."""
    row = write.sql(
        "select 1 from history where kind = 'incidents' and row_key = $id and event = 'void'",
        {"id": incident_id},
    ).fetchone()
    return row is not None


def _said(at: datetime | None) -> str:
    return at.isoformat() if at else ""
