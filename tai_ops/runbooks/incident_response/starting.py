"""Starting an incident and deciding how severe it is: by the rules, or otherwise with a reason that is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tai_ops.errors import Refused
from tai_ops.incident_run import Decision
from tai_ops.kinds import KINDS
from tai_ops.period import BusinessCalendar
from tai_ops.reliability import Incident
from tai_ops.response import timers_to_keep
from tai_ops.rights import Actor
from tai_ops.severity import SEVERITIES, Verdict, classify, signals_from_json
from tai_ops.sheet import read_values
from tai_ops.store import Store, facts, incident_log
from tai_ops.store.connection import Write
from tai_ops.store.incident_runs import run_of
from tai_ops.store.records import put
from tai_ops.words import instant

RIGHT = "reliability"
SUBJECT = "incidents"
LONGEST_TITLE = 200
NOW_RATE = "error_rate_pct"
PROBED = {
    NOW_RATE: timedelta(minutes=5),
    "error_rate_30m_pct": timedelta(minutes=30),
    "error_rate_6h_pct": timedelta(hours=6),
}
"""The questions on error rates that probes can answer, with the stretch of each."""
HIT_LEVELS = ("full", "partial", "degraded")


@dataclass(frozen=True, slots=True)
class Made:
    """What a write did in one line; `undo` names what takes it back, with what it is given."""

    said: str
    incident_id: str = ""
    undo: tuple[str, tuple[Any, ...]] | None = None


def verdict(signals: Mapping[str, Any], calendar: BusinessCalendar) -> Verdict:
    """The severity that the rules give to what was answered; Refused in one line where an answer can't be read."""
    return classify(signals_from_json(dict(signals)), calendar=calendar)


def decided(
    signals: Mapping[str, Any],
    override: str | None,
    why: str,
    actor: Actor,
    now: datetime,
    calendar: BusinessCalendar,
) -> Decision:
    """The decision on a severity; another one than computed needs a reason."""
    made = verdict(signals, calendar)
    if override is not None and override not in SEVERITIES:
        raise Refused(f"{override!r} is no severity; those are {', '.join(SEVERITIES)}")
    chosen = override or made.severity
    differs = override is not None and override != made.severity
    if differs and not why.strip():
        raise Refused(
            f"say why it is {override} and not {made.severity or 'without a severity'}; the reason is kept"
        )
    return Decision(
        chosen, made.severity, made.reasons, dict(signals), why.strip() if differs else None, now, actor.email
    )


def seen_by_probes(store: Store, now: datetime) -> dict[str, str]:
    """What the probes of the last minutes and hours answer of the questions, by question; nothing where there are none.

    The service with the most errors and the slowest one speak for all; a rate whose first half nobody watched is left
    out. The rate now is of five minutes.
    """
    found: dict[str, str] = {}
    cursor = store.cursor()
    try:
        for path, length in PROBED.items():
            seen = incident_log.probes_seen(cursor, (now - length, now))
            worst = max(seen, key=lambda one: Decimal(one.errors) / one.samples, default=None)
            if worst and worst.first_at <= now - length / 2:
                found[path] = _plain(100 * Decimal(worst.errors) / worst.samples)
            slowest = [one.p95_ms for one in seen if one.p95_ms is not None]
            if path == NOW_RATE and slowest:
                found["api_latency_p95_ms"] = _plain(max(slowest))
    finally:
        cursor.close()
    return found


def _plain(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.1"))
    return f"{rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded:f}"


def start(
    store: Store,
    actor: Actor,
    title: str,
    signals: Mapping[str, Any],
    now: datetime,
    request_key: str,
    *,
    override: str | None = None,
    why: str = "",
    source: str = "",
    customers: Sequence[str] = (),
    level: str = "full",
    service: str = "",
) -> Made:
    """Open an incident with its severity and, where customers are named (`*`: all), what it does to them from its start.

    Whoever starts it is its commander until another is named. The same request again answers the same incident.
    """
    named = " ".join(title.split())
    if not named:
        raise Refused("say in a few words what is wrong; that is the incident's title")
    if len(named) > LONGEST_TITLE:
        raise Refused(f"a title has at most {LONGEST_TITLE} characters; this one has {len(named)}")
    calendar = facts.business_calendar(store)
    decision = decided(signals, override, why, actor, now, calendar)
    detected = datetime.fromisoformat(str(signals["detected_at"]))
    began = datetime.fromisoformat(str(signals["began_at"])) if signals.get("began_at") else None
    if detected > now:
        raise Refused(f"{instant(detected, store.company.tz)} has not come yet; check the time and its zone")
    with store.write(
        actor, RIGHT, "start incident", now=now, subject=(SUBJECT, named), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return Made(
                f"{write.repeated['incident_id']} was started already", str(write.repeated["incident_id"])
            )
        incident_id = incident_log.next_incident_id(write.cursor)
        row = {
            "incident_id": incident_id,
            "title": named,
            "severity": decision.severity or "",
            "began_at": began.isoformat() if began else "",
            "detected_at": detected.isoformat(),
        }
        put(write, read_values(KINDS["incidents"], row), name=incident_id)
        incident_log.keep_decision(write, incident_id, decision)
        incident_log.keep_event(write, incident_id, "started", body=source.strip() or None)
        incident_log.keep_event(
            write, incident_id, "tick", item="alert_received", body=source.strip() or None
        )
        if actor.role != "owner":
            incident_log.keep_event(write, incident_id, "role", item="commander", body=actor.email)
        for customer in customers:
            impact = {
                "incident_id": incident_id,
                "customer_id": customer,
                "began_at": (began or detected).isoformat(),
                "level": level,
                "service": service.strip(),
            }
            put(write, read_values(KINDS["impacts"], impact), name=incident_id)
        write.detail = {
            "incident_id": incident_id,
            "severity": decision.severity,
            "computed": decision.computed,
        }
    return Made(f"{incident_id} started: {decision.severity or 'no severity yet'}", incident_id)


def classify_again(
    store: Store,
    actor: Actor,
    incident_id: str,
    signals: Mapping[str, Any],
    now: datetime,
    request_key: str,
    *,
    override: str | None = None,
    why: str = "",
) -> Made:
    """Decide an incident's severity anew; how the timers of the one before ended is kept."""
    calendar = facts.business_calendar(store)
    decision = decided(signals, override, why, actor, now, calendar)
    with store.write(
        actor, RIGHT, "decide severity", now=now, subject=(SUBJECT, incident_id), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return Made(f"{incident_id} is {write.repeated['severity'] or 'without a severity'}", incident_id)
        incident = keep_ended_timers(store, write, incident_id, now, calendar, is_left=True)
        if decision.severity is None and incident.severity is not None:
            raise Refused(
                f"no rule matches what is answered, and {incident_id} is {incident.severity}; answer more, or decide "
                "otherwise with the reason"
            )
        told = {"incident_id": incident_id, "severity": decision.severity or ""}
        put(write, read_values(KINDS["incidents"], told), name=incident_id)
        incident_log.keep_decision(write, incident_id, decision)
        keep_ended_timers(store, write, incident_id, now, calendar)
        write.detail = {
            "severity": decision.severity,
            "computed": decision.computed,
            "before": incident.severity,
        }
    before = f", {incident.severity} before" if incident.severity not in {None, decision.severity} else ""
    return Made(f"{incident_id} is {decision.severity or 'without a severity'}{before}", incident_id)


def keep_ended_timers(
    store: Store,
    write: Write,
    incident_id: str,
    now: datetime,
    calendar: BusinessCalendar,
    *,
    is_left: bool = False,
) -> Incident:
    """Keep how the timers ended whose step was reached (or that ran out under a severity that is left)."""
    run = run_of(write.cursor, incident_id)
    if run is None:
        raise Refused(f"there is no incident {incident_id!r}")
    ended = timers_to_keep(
        run.incident,
        run.kept,
        now=now,
        calendar=calendar,
        support_hours=store.company.mttr_support_hours_for_medium,
        is_left=is_left,
    )
    incident_log.keep_timers(write, ended)
    return run.incident
