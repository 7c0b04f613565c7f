"""Webhooks that were kept as files: what PagerDuty, Google Cloud Monitoring and Alertmanager send, read as if they came now.

One payload, a list of them, or one a line. The payloads of one incident make one row, by when they happened; an incident
of Google's that is still open has no end (null, or 0).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tai_ops.alerts import Alert, read_alerts, stamps
from tai_ops.errors import Problem
from tai_ops.foreign.file import File
from tai_ops.foreign.found import Found, Known, Row, parts
from tai_ops.foreign.samples import counted_notes

FAR = datetime(2100, 1, 1, tzinfo=UTC)


def is_alerts(file: File) -> bool:
    """Whether the file holds such payloads."""
    if not file.looks_like_json:
        return False
    document = file.document
    listed: list[Any] = document if isinstance(document, list) else [document]
    return any(isinstance(one, dict) and _is_payload(one) for one in listed)


def _is_payload(one: Mapping[str, Any]) -> bool:
    event, incident, alerts = one.get("event"), one.get("incident"), one.get("alerts")
    return (
        (isinstance(event, dict) and "event_type" in event)
        or (isinstance(incident, dict) and "incident_id" in incident and "state" in incident)
        or (isinstance(alerts, list) and "groupKey" in one)
    )


def read(file: File, _: Known) -> Found:
    """Each incident that the payloads tell of; row n is the n-th payload."""
    document = file.document
    listed: list[Any] = document if isinstance(document, list) else [document]
    told: dict[str, list[tuple[int, Alert]]] = {}
    rows: list[Row] = []
    idle = 0
    for number, one in enumerate(listed, 1):
        try:
            found = read_alerts(one, FAR)
        except ValueError as reason:
            field, _colon, why = str(reason).partition(": ")
            rows.append(Row(number, {"incident_id": ""}, (Problem(number, field, why or field),)))
            continue
        if isinstance(found, str):
            idle += 1
            continue
        if any(alert.sender == "gatus" for alert in found):
            why = "what Gatus sends tells no time, so it is taken only as it comes, by /api/incidents"
            rows.append(Row(number, {"incident_id": ""}, (Problem(number, "endpoint_name", why),)))
            continue
        for alert in found:
            told.setdefault(alert.incident_id, []).append((number, alert))
    rows += [_row(incident, pairs) for incident, pairs in told.items()]
    notes = counted_notes((idle, "payloads that change no incident, so nothing comes of them"))
    return Found("incidents", len(listed), parts("incidents", rows), notes)


def _row(incident: str, pairs: list[tuple[int, Alert]]) -> Row:
    found = stamps(alert for _, alert in pairs)
    values = {
        "incident_id": incident,
        "title": found.title,
        "detected_at": found.detected_at.isoformat(),
        "severity": found.severity or "",
        "acknowledged_at": found.acknowledged_at.isoformat() if found.acknowledged_at else "",
        "resolved_at": found.resolved_at.isoformat() if found.resolved_at else "",
    }
    return Row(pairs[0][0], {name: value for name, value in values.items() if value})
