"""Uptime Kuma: its table of heartbeats (CSV or JSON), and the snapshot at `/metrics`.

A heartbeat is 0 down, 1 up, 2 pending, 3 maintenance. Pending is a retry under way: neither up nor down, so it becomes
no probe. A run of maintenance becomes maintenance on record, which no figure counts, and no probe. A response time of
-1 is none. Times without an offset are UTC, as the program stores them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from tai_ops.foreign.exposition import Value, doubled, speaks_of, values
from tai_ops.foreign.file import File, instant
from tai_ops.foreign.found import Found, Known, Row, cut, parts
from tai_ops.foreign.samples import counted_notes, decimal, moment, probe, services_of, snapshot_at
from tai_ops.foreign.trello import objects, text

SOURCE = "uptime kuma"
COLUMNS = ("monitor_id", "time", "status", "ping")
STATUS, RESPONSE = "monitor_status", "monitor_response_time"
DOWN, UP, PENDING, MAINTENANCE = 0, 1, 2, 3
_CODE = re.compile(r"^(\d{3}) - |status code (\d{3})\b")


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat: the row it stands in, what the monitor is called, and what it says. `status` None: no number."""

    number: int
    monitor: str
    at: str
    status: int | None
    ping: Decimal | None
    code: int | None
    seconds: float

    @property
    def instant(self) -> datetime | None:
        """When it was; None where the text is no instant."""
        try:
            return datetime.fromisoformat(self.at)
        except ValueError:
            return None


def is_heartbeats(file: File) -> bool:
    """Whether the file holds heartbeats."""
    if file.looks_like_json:
        return b'"monitor' in file.data and any(_beats_of(file.document))
    return file.heads(*COLUMNS) is not None


def is_metrics(file: File) -> bool:
    """Whether the file is the answer of `/metrics`."""
    return speaks_of(file, STATUS)


def read_heartbeats(file: File, known: Known) -> Found:
    """Each heartbeat up or down as a probe, and each run of maintenance as an impact of its own."""
    beats = _beats(file)
    rows = [_probe(one, known) for one in beats if one.status not in {PENDING, MAINTENANCE}]
    incidents, impacts = _maintenance(beats, known)
    notes = counted_notes(
        (
            sum(one.status == PENDING for one in beats),
            "heartbeats that are pending (a retry under way), so neither up nor down, and left out",
        ),
        (
            sum(one.status == MAINTENANCE for one in beats),
            "heartbeats under maintenance, so no probes come of them",
        ),
        (len(impacts), "times of maintenance that go on record and count in no uptime"),
    )
    return Found(
        "probes",
        len(beats),
        parts("incidents", incidents) + parts("impacts", impacts) + parts("probes", rows),
        notes,
        services=services_of(one.monitor for one in beats),
    )


def read_metrics(file: File, known: Known) -> Found:
    """Each monitor's state as one probe; the answer is a snapshot and says no time, so that is asked for."""
    found = values(file, STATUS, RESPONSE)
    took = {one.series: one.value for one in found if one.name == RESPONSE}
    states = [one for one in found if one.name == STATUS]
    looks = [one for one in states if one.value not in {PENDING, MAINTENANCE}]
    rows = [_state(one, took, known) for one in looks]
    notes = counted_notes(
        (doubled(file, STATUS), "series that stand twice, so the last of each counts"),
        (
            sum(one.value == PENDING for one in states),
            "monitors that are pending, so neither up nor down, and left out",
        ),
        (sum(one.value == MAINTENANCE for one in states), "monitors under maintenance, so left out"),
    )
    return Found(
        "probes",
        len(states),
        parts("probes", rows),
        notes,
        services=services_of(_monitor(one) for one in looks),
        needs_time=any(one.at is None for one in looks),
    )


def _state(one: Value, took: Mapping[Any, Decimal | None], known: Known) -> Row:
    return probe(
        one.number,
        known,
        service=_monitor(one),
        at=moment(one.at) if one.at else snapshot_at(known),
        source=SOURCE,
        ok=one.value == UP,
        latency_ms=took.get(one.series),
        problem=None if one.value in {UP, DOWN} else ("status", f"{one.value} is none of 0, 1, 2, 3"),
    )


def _monitor(one: Value) -> str:
    return one.labels.get("monitor_name", "")


def _beats(file: File) -> list[Beat]:
    if file.looks_like_json:
        return [_beat(n, one) for n, one in enumerate(_beats_of(file.document), 1)]
    table = file.table(*COLUMNS)
    if table is None:
        return []
    names = [heading.replace(" ", "_") for heading in table.headings]
    return [_beat(n, dict(zip(names, row, strict=True))) for n, row in enumerate(table.rows, 1)]


def _beats_of(document: Any) -> Iterator[dict[str, Any]]:
    """The heartbeats of a list, or of a list by monitor such as the program's own API gives."""
    if isinstance(document, dict):
        inside = document.get("heartbeatList") or document.get("heartbeats") or document
        lists = list(inside.values()) if isinstance(inside, dict) else [inside]
    else:
        lists = [document]
    for one in lists:
        for beat in objects(one):
            if "status" in beat and "time" in beat and ("monitor_id" in beat or "monitorID" in beat):
                yield beat


def _beat(number: int, one: Mapping[str, Any]) -> Beat:
    named = text(one.get("monitor_name")) or text(one.get("name"))
    key = text(one.get("monitor_id")) or text(one.get("monitorID"))
    status = decimal(one.get("status"))
    found = _CODE.search(text(one.get("msg")))
    return Beat(
        number,
        named or (f"monitor {key}" if key else ""),
        instant(text(one.get("time"))),
        int(status) if status is not None and status == int(status) else None,
        decimal(one.get("ping")),
        int(found.group(1) or found.group(2)) if found else None,
        float(decimal(one.get("duration")) or 0),
    )


def _probe(one: Beat, known: Known) -> Row:
    right = one.status in {UP, DOWN}
    return probe(
        one.number,
        known,
        service=one.monitor,
        at=one.at,
        source=SOURCE,
        ok=one.status == UP if right else None,
        latency_ms=one.ping,
        status=one.code,
        problem=None if right else ("status", "a heartbeat's status is 0, 1, 2 or 3"),
    )


def _maintenance(beats: list[Beat], known: Known) -> tuple[list[Row], list[Row]]:
    """The runs of maintenance of each monitor: from its first such heartbeat to the next of another kind.

    A run at the file's end is taken as long as its last heartbeat tells; a later file makes it longer.
    """
    incidents: list[Row] = []
    impacts: list[Row] = []
    timed = [(one.monitor, at, one) for one in beats if (at := one.instant)]
    for monitor, group in groupby(sorted(timed, key=lambda t: (t[0], t[1])), key=lambda t: t[0]):
        series = [(at, one) for _, at, one in group]
        for run, until in _runs(series):
            first_at, first = run[0]
            service = known.service_of(monitor)
            key = f"KUMA-{service}-{first_at:%Y%m%dT%H%M%SZ}"
            span = {"began_at": moment(first_at), "detected_at": moment(first_at)}
            incidents.append(
                Row(
                    first.number,
                    {"incident_id": cut(key), "title": cut(f"Maintenance of {service}"), "severity": "LOW"}
                    | span
                    | {"resolved_at": moment(until)},
                )
            )
            impacts.append(
                Row(
                    first.number,
                    {
                        "incident_id": cut(key),
                        "customer_id": "*",
                        "began_at": moment(first_at),
                        "ended_at": moment(until),
                        "level": "maintenance",
                        "service": service,
                    },
                )
            )
    return incidents, impacts


def _runs(series: list[tuple[datetime, Beat]]) -> Iterator[tuple[list[tuple[datetime, Beat]], datetime]]:
    run: list[tuple[datetime, Beat]] = []
    for at, one in series:
        if one.status == MAINTENANCE:
            run.append((at, one))
        elif run:
            yield run, at
            run = []
    if run:
        last_at, last = run[-1]
        until = last_at + timedelta(seconds=max(last.seconds, 0))
        if until > run[0][0]:
            yield run, until
