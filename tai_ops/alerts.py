"""Alerts that other systems send as one shape: the webhooks of PagerDuty (version 3), Google Cloud Monitoring,
Prometheus' Alertmanager (version 4), Uptime Kuma and Gatus.

Alerts may come twice and out of order; what an incident's stamps are is worked out from all of them, by when they
happened. Sources: contract.md "HTTP"; requirements.md section 10.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
_LABELLED = {
    "critical": "CRITICAL",
    "page": "CRITICAL",
    "high": "HIGH",
    "error": "HIGH",
    "medium": "MEDIUM",
    "warning": "MEDIUM",
    "low": "LOW",
    "info": "LOW",
}
_ALERTMANAGER: dict[str, Action] = {"firing": "trigger", "resolved": "resolve"}
_KUMA: dict[Any, Action] = {0: "trigger", 1: "resolve"}
_GATUS: dict[str, Action] = {
    "triggered": "trigger",
    "false": "trigger",
    "resolved": "resolve",
    "true": "resolve",
}
BY_MONITOR = frozenset({"uptime kuma", "gatus"})
"""The senders that name what they watch and no outage: which alert belongs to which is worked out by when they happened."""
MOST_ALERTS = 1_000
AHEAD = timedelta(minutes=5)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_GOOGLE_SEVERITY = {"CRITICAL": "CRITICAL", "ERROR": "HIGH", "WARNING": "MEDIUM"}
_GOOGLE_STATE: dict[str, Action] = {"open": "trigger", "acknowledged": "acknowledge", "closed": "resolve"}
LONGEST_TITLE = 200
LONGEST_KEY = 120
LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `key` is the sender's own for this message; `severity` is None where it says none.

    Uptime Kuma and Gatus name no outage but what they watch alone: `incident_id` then begins with `monitor` for the time at
    which this alert would open one, and `outage` finds to which it belongs.
    """

    sender: Literal["pagerduty", "google", "alertmanager", "uptime kuma", "gatus"]
    key: str
    incident_id: str
    action: Action
    happened_at: datetime
    detected_at: datetime
    title: str
    severity: str | None

    @property
    def monitor(self) -> str:
        """How the outages of what this alert's sender watches begin to be called; its own name where it names the outage."""
        return self.incident_id.rpartition("-")[0] + "-" if self.sender in BY_MONITOR else self.incident_id


@dataclass(frozen=True, slots=True)
class Stamps:
    """What an incident's alerts come to; each is None where none of them says it."""

    detected_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    title: str
    severity: str | None


def read_alerts(document: Any, now: datetime) -> tuple[Alert, ...] | str:
    """The alerts in a webhook's JSON; a reason in words where it is one that changes no incident.

    Raises ValueError, naming the field, where it is of none of the shapes, or tells of a time more than five minutes
    ahead of `now`: an incident can't be seen before it is there.
    """
    found = _read(document, now)
    if isinstance(found, str):
        return found
    for alert in found:
        for name, at in (("the alert", alert.happened_at), ("its start", alert.detected_at)):
            if at > now + AHEAD:
                raise ValueError(
                    f"{name} lies in the future, at {at.isoformat()} (is the sender's clock right?)"
                )
            if at < EARLIEST:
                raise ValueError(f"{name} lies before {EARLIEST.year}, at {at.isoformat()}")
    return found


def _read(document: Any, now: datetime) -> tuple[Alert, ...] | str:
    if isinstance(document, dict):
        if isinstance(document.get("event"), dict):
            one = _pagerduty(document["event"])
            return one if isinstance(one, str) else (one,)
        if isinstance(document.get("incident"), dict):
            return (_google(document["incident"]),)
        if isinstance(document.get("alerts"), list):
            return _alertmanager(document["alerts"])
        if "heartbeat" in document and "monitor" in document:
            return _kuma(document)
        if "endpoint_name" in document and "resolved" in document:
            return _gatus(document, now)
    raise ValueError(
        "neither a webhook of PagerDuty (an object with `event`), nor of Google Cloud Monitoring (with `incident`), "
        "nor of Alertmanager (with `alerts`), nor of Uptime Kuma (with `heartbeat` and `monitor`), nor of Gatus (with "
        "`endpoint_name` and `resolved`)"
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


def _alertmanager(alerts: Sequence[Any]) -> tuple[Alert, ...] | str:
    """Each alert of a notification; one that fires again after it was resolved has a new start, and is a new incident."""
    if len(alerts) > MOST_ALERTS:
        raise ValueError(f"alerts: at most {MOST_ALERTS} are taken at once; these are {len(alerts)}")
    found = tuple(_labelled(one, f"alerts[{n}]") for n, one in enumerate(alerts))
    return found or "a notification without alerts changes no incident"


def _labelled(one: Any, said: str) -> Alert:
    if not isinstance(one, dict):
        raise ValueError(f"{said}: an object is needed")  # noqa: TRY004 - what the sender sent
    status = _text(one, "status", f"{said}.status").lower()
    if status not in _ALERTMANAGER:
        raise ValueError(f"{said}.status: {status!r} is none of {', '.join(_ALERTMANAGER)}")
    action = _ALERTMANAGER[status]
    started = _instant(one.get("startsAt"), f"{said}.startsAt")
    happened = started if action == "trigger" else _instant(one.get("endsAt"), f"{said}.endsAt")
    name = _text(one, "fingerprint", f"{said}.fingerprint")
    labels, notes = (_mapping(one.get(part)) for part in ("labels", "annotations"))
    return Alert(
        "alertmanager",
        f"{name} {status} {happened.astimezone(UTC).isoformat()}",
        f"AM-{name}-{started.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        action,
        happened,
        started,
        _title(notes.get("summary") or labels.get("alertname") or notes.get("description")),
        _LABELLED.get(str(labels.get("severity") or "").lower()),
    )


def _kuma(document: Mapping[str, Any]) -> tuple[Alert, ...] | str:
    """The alert of a heartbeat that is down or up; its time without an offset is UTC."""
    beat, monitor = (document.get(part) for part in ("heartbeat", "monitor"))
    if beat is None or monitor is None:
        return "a test of Uptime Kuma changes no incident"
    if not isinstance(beat, dict) or not isinstance(monitor, dict):
        raise ValueError("heartbeat, monitor: objects are needed")  # noqa: TRY004 - what the sender sent
    status = beat.get("status")
    if type(status) is not int or status not in _KUMA:
        return f"a heartbeat of the status {_shown(status)} changes no incident"
    said = _text(beat, "time", "heartbeat.time").replace(" ", "T")
    happened = _instant(said if said[-1:] == "Z" or "+" in said else f"{said}+00:00", "heartbeat.time")
    key = _text(monitor, "id", "monitor.id")
    if not key.isdecimal():
        raise ValueError(f"monitor.id: a number is needed, not {_shown(key)}")
    return (
        Alert(
            "uptime kuma",
            f"{key} {status} {happened.isoformat()}",
            f"KUMA-{key}-{happened:%Y%m%dT%H%M%SZ}",
            _KUMA[status],
            happened,
            happened,
            _title(f"{monitor.get('name') or f'Monitor {key}'} is down"),
            None,
        ),
    )


def _gatus(document: Mapping[str, Any], now: datetime) -> tuple[Alert, ...]:
    """The alert of an endpoint. It tells no time, so that it happened as it came."""
    name = _text(document, "endpoint_name", "endpoint_name")
    group = str(document.get("endpoint_group") or "").strip()
    state = str(document.get("resolved")).strip().lower()
    if state not in _GATUS:
        raise ValueError(f"resolved: {_shown(document.get('resolved'))} is none of {', '.join(_GATUS)}")
    told = document.get("alert_description")
    named = f"{group} {name}".strip()
    slug = "_".join(re.findall(r"\w+", named.casefold()))[:LONGEST_SLUG] or "endpoint"
    return (
        Alert(
            "gatus",
            f"{slug} {state} {now.astimezone(UTC).isoformat()}",
            f"GATUS-{slug}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            _GATUS[state],
            now,
            now,
            _title(f"{named}: {told}" if isinstance(told, str) and told.strip() else f"{named} is down"),
            None,
        ),
    )


def outage(alert: Alert, others: Iterable[Alert]) -> str:
    """To which outage an alert belongs whose sender names what it watches alone, given its others: the one under way then.

    A monitor that is down once more, or up, goes on with or ends the outage before it; one that is down opens an outage,
    which an `up` that came before it may have opened already.
    """
    told = sorted(others, key=lambda one: one.happened_at)
    before = [one for one in told if one.happened_at <= alert.happened_at]
    after = [one for one in told if one.happened_at > alert.happened_at]
    if before and before[-1].action == "trigger":
        return before[-1].incident_id
    if alert.action == "trigger" and after and after[0].action == "resolve":
        return after[0].incident_id
    return alert.incident_id


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(values: Mapping[str, Any], name: str, said: str) -> str:
    value = values.get(name)
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
        raise ValueError(f"{said}: missing")
    text = str(value).strip()
    if len(text) > LONGEST_KEY or not text.isprintable():
        raise ValueError(f"{said}: at most {LONGEST_KEY} printable characters")
    return text


def _title(value: Any) -> str:
    said = "".join(c for c in " ".join(str(value or "").split()) if c.isprintable())
    return said[:LONGEST_TITLE] or "Alert without a title"


def _instant(value: Any, said: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(f"{said}: an instant with its offset is needed, not {_shown(value)}")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{said}: {_shown(value)} is no instant that a calendar has") from None


def _epoch(value: Any, said: str) -> datetime:
    try:
        seconds = 0 if isinstance(value, bool) else int(value or 0)
        if seconds > 0:
            return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    raise ValueError(f"{said}: seconds since 1970 are needed, not {_shown(value)}")


def _shown(value: Any) -> str:
    """What came, as far as a line holds it."""
    said = ascii(value)
    return said if len(said) <= LONGEST_KEY else f"{said[:LONGEST_KEY]}…"
