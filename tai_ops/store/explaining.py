"""What probes alone saw made an impact: with the incident that it belongs to, or with a new one, in one write."""

from dataclasses import dataclass
from datetime import datetime

from tai_ops.availability import Uncounted
from tai_ops.errors import Refused
from tai_ops.kind_words import key_text
from tai_ops.kinds import KINDS
from tai_ops.reliability import Level
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store import browse
from tai_ops.store.connection import Store
from tai_ops.store.records import put, take_out

RIGHT = "reliability"
FIRST_INCIDENT = "I-001"


@dataclass(frozen=True, slots=True)
class Explained:
    """What was written: the incident, whether it is new, and the key of its impact."""

    incident_id: str
    is_new: bool
    impact_key: str


def explain(
    store: Store,
    actor: Actor,
    found: Uncounted,
    *,
    customer_id: str,
    level: Level,
    title: str,
    severity: str,
    now: datetime,
    request_key: str,
) -> Explained:
    """Write the impact of a time in which probes failed, and the incident where there is none yet.

    An outage that lasts until now is left open. Refused where the incident has an impact of that customer and start, or
    a new incident has no title.
    """
    still = found.ended_at >= now
    ended = "" if still else found.ended_at.isoformat()
    with store.still():
        key = found.incident_id or browse.next_key(store, KINDS["incidents"]) or FIRST_INCIDENT
        with store.write(
            actor,
            RIGHT,
            "explain downtime",
            now=now,
            subject=("incidents", key),
            request_key=request_key,
        ) as write:
            if write.repeated is not None:
                again = write.repeated
                return Explained(again["incident_id"], again["is_new"], again["impact"])
            if found.incident_id is None:
                if not title.strip():
                    raise Refused("the new incident needs a title")
                incident = {
                    "incident_id": key,
                    "title": title.strip(),
                    "severity": severity,
                    "began_at": found.began_at.isoformat(),
                    "detected_at": found.began_at.isoformat(),
                    "resolved_at": ended,
                }
                put(write, read_values(KINDS["incidents"], incident), name=key)
            values = {
                "incident_id": key,
                "customer_id": customer_id,
                "began_at": found.began_at.isoformat(),
            }
            impact = key_text(KINDS["impacts"], values)
            if write.sql(
                "select 1 from impacts where incident_id = $i and customer_id = $c and began_at = $b",
                {"i": key, "c": customer_id, "b": found.began_at},
            ).fetchone():
                raise Refused(
                    f"incident {key} has an impact of that customer from then on; change it on the Records page"
                )
            more = {"ended_at": ended, "level": level, "service": found.service}
            put(write, read_values(KINDS["impacts"], values | more), name=impact)
            write.detail = {
                "incident_id": key,
                "is_new": found.incident_id is None,
                "impact": impact,
                "level": level,
            }
            return Explained(key, found.incident_id is None, impact)


def take_back(store: Store, actor: Actor, done: Explained, *, now: datetime) -> str:
    """Take the impact out again, and the incident that came with it; says so in words."""
    with store.write(
        actor, RIGHT, "take explanation back", now=now, subject=("incidents", done.incident_id)
    ) as write:
        take_out(write, KINDS["impacts"], done.impact_key, "taken back")
        if done.is_new:
            take_out(write, KINDS["incidents"], done.incident_id, "taken back")
        write.detail = {"impact": done.impact_key, "incident_too": done.is_new}
    return f"Taken back: the impact of {done.incident_id} is off the record"
