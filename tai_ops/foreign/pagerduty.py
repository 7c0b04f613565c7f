"""PagerDuty: incidents and log entries as JSON, rows of its analytics, and CSV dumps whose cells hold nested values.

The list of acknowledgements is emptied when an incident is resolved or its acknowledgement runs out: the first
acknowledgement and the resolving come from log entries where there are any. What a file doesn't tell stays as it is.
Whom an incident hit and how badly no such file tells, so no impacts (and no downtime) come out of it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tai_ops.errors import Problem
from tai_ops.foreign.file import File, instant, nested, plain_id
from tai_ops.foreign.found import Found, Known, Row, cut, parts
from tai_ops.foreign.trello import objects, text

DUMP = ("incident_number", "created_at")
LISTS = ("incidents", "log_entries", "data", "incident", "log_entry")
_PRIORITY = re.compile(r"(?:p|sev|severity)?[\s_-]*([1-5])", re.IGNORECASE)
BY_NUMBER = {"1": "CRITICAL", "2": "HIGH", "3": "MEDIUM", "4": "LOW", "5": "LOW"}
BY_WORD = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "moderate": "MEDIUM", "low": "LOW"}
Object = Mapping[str, Any]


def is_pagerduty(file: File) -> bool:
    """Whether the file holds incidents, log entries or analytics rows."""
    if file.looks_like_json:
        return any(_is_incident(one) or _is_entry(one) for one in _items(file.document))
    return file.heads(*DUMP) is not None


def read(file: File, _: Known) -> Found:
    """Each incident with when it was detected, first acknowledged and resolved, as far as the file tells."""
    items = _items(file.document) if file.looks_like_json else _dumped(file)
    incidents = [one for one in items if _is_incident(one)]
    entries = [one for one in items if _is_entry(one)]
    inner = [entry for one in incidents for entry in objects(one.get("log_entries"))]
    logs = _by_incident(entries + inner)
    rows = [_incident(n, one, logs) for n, one in enumerate(incidents, 1)]
    named = {row.values.get("incident_id", "") for row in rows}
    for number, key in _places(items, logs).items():
        if key not in named and (told := _told_by(logs[key])):
            rows.append(Row(number, {"incident_id": key} | told))
    notes: list[str] = []
    open_severity = sum("severity" not in row.values and "title" in row.values for row in rows)
    if open_severity:
        notes.append(f"incidents without a priority that says how severe they are: {open_severity}")
    without = sum(
        1 for one in entries if _key_of(one) not in named and not _told_by(logs.get(_key_of(one), []))
    )
    if without:
        notes.append(f"log entries that neither acknowledge nor resolve, so nothing comes of them: {without}")
    return Found("incidents", len(items), parts("incidents", rows), tuple(notes))


def _items(document: Any) -> list[Object]:
    """The objects of the document, out of the envelopes in which they come."""
    if isinstance(document, list):
        return [inner for one in document for inner in _items(one)]
    if not isinstance(document, dict):
        return []
    if not (_is_incident(document) or _is_entry(document)):
        for name in LISTS:
            if isinstance(document.get(name), list | dict):
                return [inner for key in LISTS if key in document for inner in _items(document[key])]
    return [document]


def _is_incident(one: Object) -> bool:
    return "incident_number" in one and "created_at" in one


def _is_entry(one: Object) -> bool:
    return "log_entry" in text(one.get("type")) and isinstance(one.get("incident"), dict)


def _dumped(file: File) -> list[Object]:
    table = file.table(*DUMP)
    rows = table.rows if table else ()
    headings = [heading.replace(" ", "_") for heading in table.headings] if table else []
    return [dict(zip(headings, map(nested, row), strict=True)) for row in rows]


def _key_of(entry: Object) -> str:
    incident = entry.get("incident")
    return text(incident.get("id")) if isinstance(incident, dict) else ""


def _by_incident(entries: Iterable[Object]) -> dict[str, list[Object]]:
    found: dict[str, list[Object]] = {}
    for entry in entries:
        if _key_of(entry):
            found.setdefault(_key_of(entry), []).append(entry)
    return found


def _places(items: list[Object], logs: Mapping[str, list[Object]]) -> dict[int, str]:
    """Where in the file each incident is first told of by a log entry."""
    found: dict[str, int] = {}
    for number, one in enumerate(items, 1):
        if _is_entry(one) and _key_of(one) in logs:
            found.setdefault(_key_of(one), number)
    return {number: key for key, number in found.items()}


def _told_by(entries: Iterable[Object]) -> dict[str, str]:
    """The first acknowledgement and the last resolving that log entries tell of."""
    times: dict[str, list[str]] = {"acknowledge": [], "resolve": []}
    for entry in entries:
        act = text(entry.get("type")).partition("_log_entry")[0]
        if act in times and text(entry.get("created_at")):
            times[act].append(instant(text(entry.get("created_at"))))
    found = {
        "acknowledged_at": min(times["acknowledge"], default=""),
        "resolved_at": max(times["resolve"], default=""),
    }
    return {name: value for name, value in found.items() if value}


def _incident(number: int, one: Object, logs: Mapping[str, list[Object]]) -> Row:
    problems: list[Problem] = []
    values: dict[str, str] = {}
    try:
        values["incident_id"] = plain_id(text(one.get("id")) or text(one.get("incident_number")))
    except ValueError as reason:
        problems.append(Problem(number, "id", str(reason)))
    values["title"] = cut(text(one.get("title")) or text(one.get("summary")) or text(one.get("description")))
    values["detected_at"] = instant(text(one.get("created_at")))
    severity = _severity(one)
    if severity:
        values["severity"] = severity
    told = _told_by(logs.get(values.get("incident_id", ""), []))
    acknowledged = [instant(text(a.get("at"))) for a in objects(one.get("acknowledgements")) if a.get("at")]
    if acknowledged:
        told.setdefault("acknowledged_at", min(acknowledged))
    told = _by_seconds(one, values["detected_at"]) | _resolved(one) | told
    if text(one.get("status")) in {"triggered", "acknowledged"}:
        told.pop("resolved_at", None)
    return Row(number, values | told, tuple(problems[:1]))


def _severity(one: Object) -> str | None:
    priority = one.get("priority")
    named = priority.get("name") or priority.get("summary") if isinstance(priority, dict) else priority
    name = text(named) or text(one.get("priority_name"))
    found = _PRIORITY.fullmatch(name.strip())
    return BY_NUMBER[found.group(1)] if found else BY_WORD.get(name.strip().lower())


def _resolved(one: Object) -> dict[str, str]:
    at = text(one.get("resolved_at"))
    if not at and text(one.get("status")) == "resolved":
        at = text(one.get("last_status_change_at"))
    return {"resolved_at": instant(at)} if at else {}


def _by_seconds(one: Object, detected: str) -> dict[str, str]:
    """What the analytics give as seconds since the incident was made."""
    found: dict[str, str] = {}
    for name, column in (("seconds_to_first_ack", "acknowledged_at"), ("seconds_to_resolve", "resolved_at")):
        try:
            found[column] = (
                datetime.fromisoformat(detected) + timedelta(seconds=float(str(one[name])))
            ).isoformat()
        except (KeyError, ValueError, OverflowError):
            continue
    return found
