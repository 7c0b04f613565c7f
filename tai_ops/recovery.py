"""Whether the systems have recovered, as probes tell: the p95 and the error rate of the last fifteen minutes after the fix.

Source: Runbook 4, Resolution & Verification; requirements.md I2 (p95 below 500 ms for 15 minutes), R4.9 (errors below 0.5 %).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tai_ops.incident_playbook import Probed
from tai_ops.reliability import SHORTEST_GAP, Incident, Interval, minutes
from tai_ops.words import number

WATCHED = timedelta(minutes=15)
LATENCY_MS = Decimal(500)
ERRORS_PCT = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class ServiceProbes:
    """What the probes of one service say of a stretch; `p95_ms` is None where none has a latency."""

    service: str
    samples: int
    errors: int
    p95_ms: Decimal | None
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """What probes say of one item: holds, holds not, or None where they can't tell yet; and in words why."""

    holds: bool | None
    said: str


def recovery_window(incident: Incident, now: datetime) -> Interval | None:
    """The stretch that recovery is read from: the last 15 minutes since the fix, up to 15 minutes after it was resolved.

    None before a fix (or the resolution) is on record.
    """
    fixed = incident.mitigated_at or incident.resolved_at
    if fixed is None or fixed > now:
        return None
    until = min(now, max(fixed, incident.resolved_at) + WATCHED) if incident.resolved_at else now
    return max(fixed, until - WATCHED), until


def verified(probed: Probed, seen: Sequence[ServiceProbes], window: Interval | None) -> Verified:
    """What the probes of a window say of an item; a service that fails it is named, the worst first."""
    if window is None:
        return Verified(None, "probes tell once the fix is deployed")
    if not seen:
        return Verified(None, "no probes since the fix; a person has to look")
    told = _latency(seen) if probed == "latency" else _errors(seen)
    if not told.holds:
        return told
    silent = [one.service for one in seen if window[1] - one.last_at > SHORTEST_GAP]
    if silent:
        return Verified(None, f"{told.said}; no newer probe of {silent[0]}")
    watched = min(window[1] - window[0], WATCHED)
    if watched < WATCHED:
        left = minutes(WATCHED - watched)
        return Verified(
            None, f"{told.said}; {number(Decimal(int(left) + (left % 1 > 0)), 'minutes')} more to watch"
        )
    return told


def _latency(seen: Sequence[ServiceProbes]) -> Verified:
    known = [(one.p95_ms, one.service) for one in seen if one.p95_ms is not None]
    if not known:
        return Verified(None, "no probe since the fix has a latency; a person has to look")
    worst, service = max(known)
    return Verified(worst < LATENCY_MS, f"p95 {number(worst, 'ms')} on {service}, {_counted(seen)}")


def _errors(seen: Sequence[ServiceProbes]) -> Verified:
    worst, service = max((100 * Decimal(one.errors) / one.samples, one.service) for one in seen)
    return Verified(worst < ERRORS_PCT, f"errors {number(worst, 'pct')} on {service}, {_counted(seen)}")


def _counted(seen: Sequence[ServiceProbes]) -> str:
    count = sum(one.samples for one in seen)
    return f"{count} {'probe' if count == 1 else 'probes'}"
