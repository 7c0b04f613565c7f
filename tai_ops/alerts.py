"""Alerts that other systems send: PagerDuty's webhook (version 3) and Google Cloud Monitoring's, as one shape.

Alerts may come twice and out of order; what an incident's stamps are is worked out from all of them, by when they
happened. Sources: contract.md "HTTP"; requirements.md section 10.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

Action = Literal["trigger", "acknowledge", "resolve"]

_PAGERDUTY: dict[str, Action] = {
    "incident.triggered": "trigger",
    "incident.reopened": "trigger",
    "incident.unacknowledged": "trigger",
    "incident.acknowledged": "acknowledge",
    "incident.resolved": "resolve",
}
_PRIORITY = {"1": "CRITICAL", "2": "HIGH", "3": "MEDIUM", "4": "LOW", "5": "LOW"}
_GOOGLE_SEVERITY = {"CRITICAL": "CRITICAL", "ERROR": "HIGH", "WARNING": "MEDIUM"}
_GOOGLE_STATE: dict[str, Action] = {"open": "trigger", "acknowledged": "acknowledge", "closed": "resolve"}
LONGEST_TITLE = 200
LONGEST_KEY = 120


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `key` is the sender's own for this message; `severity` is None where it says none."""

    sender: Literal["pagerduty", "google"]
    key: str
    incident_id: str
    action: Action
    happened_at: datetime
    detected_at: datetime
    title: str
    severity: str | None


@dataclass(frozen=True, slots=True)
class Stamps:
    """What an incident's alerts come to; each is None where none of them says it."""

    detected_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    title: str
    severity: str | None


def read_alert(document: Any) -> Alert | str:
    """The alert in a webhook's JSON; a reason in words where it is one that changes no incident.

    Raises ValueError, naming the field, where it is of neither shape.
    """
    if isinstance(document, dict):
        if isinstance(document.get("event"), dict):
            return _pagerduty(document["event"])
        if isinstance(document.get("incident"), dict):
            return _google(document["incident"])
    raise ValueError(
        "neither a PagerDuty webhook (an object with `event`) nor one of Google Cloud Monitoring (with `incident`)"
    )


def stamps(alerts: Iterable[Alert]) -> Stamps:
    """When the incident was detected, first acknowledged and, if its last alert ends it, resolved.

    By when they happened, not by when they came. At least one alert is needed.
    """
    told = sorted(alerts, key=lambda a: (a.happened_at, a.action == "resolve", a.action == "acknowledge"))
    last = told[-1]
    detected = min(a.detected_at for a in told)
    acknowledged = min((a.happened_at for a in told if a.action == "acknowledge"), default=None)
    named = [a.severity for a in told if a.severity]
    return Stamps(
        detected,
        None if acknowledged is None else max(acknowledged, detected),
        max(last.happened_at, detected) if last.action == "resolve" else None,
        told[0].title,
        named[-1] if named else None,
    )


def _pagerduty(event: Mapping[str, Any]) -> Alert | str:
    kind = _text(event, "event_type", "event.event_type")
    if kind not in _PAGERDUTY:
        return f"{kind} changes no incident"
    data = event.get("data")
    if not isinstance(data, dict):
        raise ValueError("event.data: the incident is missing")  # noqa: TRY004 - what the sender sent
    happened = _instant(event.get("occurred_at"), "event.occurred_at")
    created = data.get("created_at")
    return Alert(
        "pagerduty",
        _text(event, "id", "event.id"),
        _text(data, "id", "event.data.id"),
        _PAGERDUTY[kind],
        happened,
        min(happened, _instant(created, "event.data.created_at")) if created else happened,
        _title(data.get("title") or data.get("summary")),
        _priority(data.get("priority")),
    )


def _priority(priority: Any) -> str | None:
    named = priority.get("summary") or priority.get("name") if isinstance(priority, dict) else priority
    digits = [c for c in str(named or "") if c.isdigit()]
    return _PRIORITY.get(digits[0]) if len(digits) == 1 else None


def _google(incident: Mapping[str, Any]) -> Alert:
    state = _text(incident, "state", "incident.state").lower()
    if state not in _GOOGLE_STATE:
        raise ValueError(f"incident.state: {state!r} is none of {', '.join(_GOOGLE_STATE)}")
    name = _text(incident, "incident_id", "incident.incident_id")
    started = _epoch(incident.get("started_at"), "incident.started_at")
    action = _GOOGLE_STATE[state]
    happened = started if action == "trigger" else _epoch(incident.get("ended_at"), "incident.ended_at")
    said = incident.get("condition_name") or incident.get("policy_name") or incident.get("summary")
    return Alert(
        "google",
        f"{name} {state} {int(happened.timestamp())}",
        f"GCM-{name}",
        action,
        happened,
        started,
        _title(said),
        _GOOGLE_SEVERITY.get(str(incident.get("severity") or "").upper()),
    )


def _text(values: Mapping[str, Any], name: str, said: str) -> str:
    value = values.get(name)
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
        raise ValueError(f"{said}: missing")
    text = str(value).strip()
    if len(text) > LONGEST_KEY or not text.isprintable():
        raise ValueError(f"{said}: at most {LONGEST_KEY} printable characters")
    return text


def _title(value: Any) -> str:
    said = " ".join(str(value or "").split())
    return said[:LONGEST_TITLE] or "Alert without a title"


def _instant(value: Any, said: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(f"{said}: an instant with its offset is needed, not {value!r}")
    return found


def _epoch(value: Any, said: str) -> datetime:
    try:
        seconds = 0 if isinstance(value, bool) else int(value or 0)
        if seconds > 0:
            return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    raise ValueError(f"{said}: seconds since 1970 are needed, not {value!r}")
