"""What an incident does to whom: an interval per customer with its level, ended, corrected or taken out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo

from tai_ops.customers import Customer
from tai_ops.errors import Refused
from tai_ops.incident_run import Run, overlapping
from tai_ops.kind_words import key_text
from tai_ops.kinds import KINDS
from tai_ops.reliability import EVERYONE, Impact
from tai_ops.rights import Actor
from tai_ops.runbooks.incident_response.running import written
from tai_ops.runbooks.incident_response.starting import RIGHT, Made
from tai_ops.sheet import read_values
from tai_ops.store import Store, incident_log
from tai_ops.store.connection import Write
from tai_ops.store.kind_rows import of_kind
from tai_ops.store.records import put, take_out
from tai_ops.words import counted, instant

LEVELS = {
    "full": "Full outage",
    "partial": "Partial outage",
    "degraded": "Degraded",
    "maintenance": "Announced maintenance",
}


def set_impact(
    store: Store,
    actor: Actor,
    incident_id: str,
    customer_id: str,
    level: str,
    began_at: datetime,
    ended_at: datetime | None,
    service: str,
    now: datetime,
    request_key: str,
) -> Made:
    """Add an impact, or change the one of that customer that began then. Without an end it runs on.

    Refused where it ends before it begins, begins or ends in the future (maintenance may), or its level is not known.
    Where it shares time with another of the customer, that is said: time counts once, at the higher level.
    """
    zone = store.company.tz
    if level not in LEVELS:
        raise Refused(f"{level!r} is no level; those are {', '.join(LEVELS)}")
    if ended_at is not None and ended_at <= began_at:
        raise Refused(
            f"it ends {instant(ended_at, zone)}, and that is not after it began, {instant(began_at, zone)}"
        )
    future = [one for one in (began_at, ended_at) if one and one > now]
    if level != "maintenance" and future:
        raise Refused(f"{instant(future[0], zone)} has not come yet; leave the end empty while it lasts")
    with written(store, actor, RIGHT, "incident impact", incident_id, now, request_key) as (write, run):
        names = _names(write)
        made = Impact(incident_id, customer_id, began_at, ended_at, level, service.strip() or None)  # type: ignore[arg-type]
        if write.repeated is None:
            _put(write, made)
            _begin_earlier(write, run, made)
            incident_log.keep_event(
                write, incident_id, "impact", customer_id=_id(customer_id), body=_words(made, names, zone)
            )
            write.detail = {"customer_id": customer_id, "level": level}
    also = overlapping(run.impacts, made)
    more = ""
    if also:
        more = f"; it shares time with {len(also)} other of this incident, and that time counts once, at the higher level"
    return Made(f"Kept: {_words(made, names, zone)}{more}", incident_id)


def end_impact(
    store: Store,
    actor: Actor,
    incident_id: str,
    customer_id: str,
    began_at: datetime,
    now: datetime,
    request_key: str,
    *,
    at: datetime | None = None,
) -> Made:
    """End an impact that runs, now or at an earlier time; one that has ended keeps its end."""
    zone, when = store.company.tz, at or now
    with written(store, actor, RIGHT, "end impact", incident_id, now, request_key) as (write, run):
        names = _names(write)
        found = _found(run, customer_id, began_at)
        if write.repeated is not None or found.ended_at is not None:
            write.repeated = write.repeated or {}
            return Made(f"It has ended already, {instant(found.ended_at or when, zone)}", incident_id)
        if when <= found.began_at:
            raise Refused(f"{instant(when, zone)} is not after it began, {instant(found.began_at, zone)}")
        if when > now:
            raise Refused(f"{instant(when, zone)} has not come yet; check the time and its zone")
        ended = Impact(incident_id, customer_id, found.began_at, when, found.level, found.service)
        _put(write, ended)
        incident_log.keep_event(
            write,
            incident_id,
            "impact",
            customer_id=_id(customer_id),
            body=_words(ended, names, zone),
            happened_at=when,
        )
        write.detail = {"customer_id": customer_id, "ended_at": when.isoformat()}
    return Made(f"Ended: {_words(ended, names, zone)}", incident_id)


def end_with_incident(store: Store, actor: Actor, incident_id: str, now: datetime, request_key: str) -> Made:
    """End the impacts that run on although the incident is resolved, at the instant at which it was.

    A monitor that says "it is over" resolves the incident and ends no impact: for whom it is over is a person's to say.
    """
    zone = store.company.tz
    with written(store, actor, RIGHT, "end impacts", incident_id, now, request_key) as (write, run):
        over = run.incident.resolved_at
        if over is None:
            raise Refused(f"{incident_id} is not resolved; its impacts end with it, or each by itself")
        if write.repeated is not None or not run.runs_on:
            write.repeated = write.repeated or {}
            return Made(f"{incident_id}: no impact runs on", incident_id)
        names = _names(write)
        for one in run.runs_on:
            ended = replace(one, ended_at=over)
            _put(write, ended)
            incident_log.keep_event(
                write,
                incident_id,
                "impact",
                customer_id=_id(one.customer_id),
                body=_words(ended, names, zone),
                happened_at=over,
            )
        count = len(run.runs_on)
        write.detail = {"impacts_ended": count, "ended_at": over.isoformat()}
    return Made(
        f"{incident_id}: {counted(count, 'impact')} ended {instant(over, zone)}, with it", incident_id
    )


def take_out_impact(
    store: Store,
    actor: Actor,
    incident_id: str,
    customer_id: str,
    began_at: datetime,
    reason: str,
    now: datetime,
    request_key: str,
) -> Made:
    """Take a wrong impact out of every number; it stays in the history with the reason."""
    if not reason.strip():
        raise Refused("say why it is taken out; the reason is kept")
    zone = store.company.tz
    with written(store, actor, RIGHT, "take out impact", incident_id, now, request_key) as (write, run):
        names = _names(write)
        if write.repeated is not None:
            return Made("It was taken out already", incident_id)
        found = _found(run, customer_id, began_at)
        kind = KINDS["impacts"]
        key = {
            "incident_id": incident_id,
            "customer_id": customer_id,
            "began_at": found.began_at,
        }
        take_out(write, kind, key_text(kind, key), reason.strip())
        incident_log.keep_event(
            write,
            incident_id,
            "impact taken out",
            customer_id=_id(customer_id),
            body=f"{_words(found, names, zone)} ({reason.strip()})",
        )
        write.detail = {"customer_id": customer_id, "reason": reason.strip()}
    return Made(f"Taken out: {_words(found, names, zone)}", incident_id)


def _put(write: Write, made: Impact) -> None:
    told = {
        "incident_id": made.incident_id,
        "customer_id": made.customer_id,
        "began_at": made.began_at.isoformat(),
        "ended_at": made.ended_at.isoformat() if made.ended_at else "",
        "level": made.level,
        "service": made.service or "",
    }
    put(write, read_values(KINDS["impacts"], told), name=made.incident_id)


def _begin_earlier(write: Write, run: Run, made: Impact) -> None:
    """The incident began no later than what it did to somebody; announced maintenance says nothing of that."""
    began, detected = run.incident.began_at, run.incident.detected_at
    if made.level != "maintenance" and made.began_at <= detected and (began is None or made.began_at < began):
        told = {"incident_id": made.incident_id, "began_at": made.began_at.isoformat()}
        put(write, read_values(KINDS["incidents"], told), name=made.incident_id)


def _found(run: Run, customer_id: str, began_at: datetime) -> Impact:
    found = next((i for i in run.impacts if (i.customer_id, i.began_at) == (customer_id, began_at)), None)
    if found is None:
        raise Refused("there is no such impact any more; look again")
    return found


def _names(write: Write) -> dict[str, str]:
    return {one.customer_id: one.name for one in of_kind(write.cursor, "customers", Customer)}


def _id(customer_id: str) -> str | None:
    return None if customer_id == EVERYONE else customer_id


def _words(one: Impact, names: Mapping[str, str], zone: tzinfo) -> str:
    who = "everybody" if one.customer_id == EVERYONE else names.get(one.customer_id, one.customer_id)
    until = f" to {instant(one.ended_at, zone)}" if one.ended_at else ", runs on"
    return f"{LEVELS[one.level]} for {who} from {instant(one.began_at, zone)}{until}"
