"""Upptime: the summary of all sites, and the one file of a site's newest check.

The summary (`history/summary.json`) counts the minutes down of each day, without saying when in the day: they are kept
beside the record for comparison and become no downtime. Its percentages are text. A site's own file
(`history/NAME.yml`) is one check, and becomes one probe.
"""

import re
from typing import Any

from tai_ops.errors import Problem
from tai_ops.foreign.file import File, instant, is_day
from tai_ops.foreign.found import Found, Known, Row, parts
from tai_ops.foreign.samples import decimal, probe, services_of
from tai_ops.foreign.trello import objects, text
from tai_ops.sheet import decoded

SOURCE = "upptime"
_PAIR = re.compile(r"([A-Za-z]+):\s*(.*?)\s*$", re.MULTILINE)
_HEAD_BYTES = 4_096
CHECK = frozenset({"url", "status", "lastUpdated"})
_UP, _DOWN = frozenset({"up", "degraded"}), frozenset({"down"})


def is_summary(file: File) -> bool:
    """Whether the file is the summary of sites."""
    return (
        file.looks_like_json
        and b'"dailyMinutesDown"' in file.data
        and any("dailyMinutesDown" in one for one in objects(file.document))
    )


def is_check(file: File) -> bool:
    """Whether the file is a site's newest check."""
    if file.looks_like_json or len(file.data) > _HEAD_BYTES:
        return False
    head = file.data.decode("utf-8", "replace")
    return {name for name, _ in _PAIR.findall(head)} >= CHECK


def read_summary(file: File, known: Known) -> Found:
    """Each day of each site with its minutes down; row n is the n-th day that the file counts."""
    rows: list[Row] = []
    names: list[str] = []
    for site in objects(file.document):
        names.append(text(site.get("name")) or text(site.get("slug")) or text(site.get("url")))
        days = site.get("dailyMinutesDown")
        if isinstance(days, dict):
            rows += [
                _day(len(rows) + 1 + n, names[-1], str(day), minutes, known)
                for n, (day, minutes) in enumerate(sorted(days.items()))
            ]
    notes = ("minutes of a day without their times: kept for comparison, and no downtime comes of them",)
    return Found("outage_days", len(rows), parts("outage_days", rows), notes, services=services_of(names))


def _day(number: int, site: str, day: str, minutes: Any, known: Known) -> Row:
    found = decimal(minutes)
    problem = None
    if not is_day(day):
        problem = Problem(number, "day", f"{day!r} is no day; it is written like 2026-02-24")
    elif found is None:
        problem = Problem(number, "minutes_down", f"{minutes!r} is no number of minutes")
    values = {
        "service": known.service_of(site),
        "day": day,
        "source": SOURCE,
        "minutes_down": "" if found is None else f"{round(found, 3):f}",
    }
    return Row(number, values, (problem,) if problem else ())


def read_check(file: File, known: Known) -> Found:
    """The one check of the file."""
    said = {name: _unquoted(value) for name, value in _PAIR.findall(decoded(file.data, file.name))}
    code, took = decimal(said.get("code")), decimal(said.get("responseTime"))
    status = said.get("status", "").lower()
    known_status = status in _UP | _DOWN
    row = probe(
        1,
        known,
        service=said.get("url", ""),
        at=instant(said.get("lastUpdated", "")),
        source=SOURCE,
        ok=status in _UP if known_status else None,
        latency_ms=took if took and status in _UP else None,
        status=int(code) if code is not None else 0,
        problem=None if known_status else ("status", f"{status!r} is none of up, degraded, down"),
    )
    return Found("probes", 1, parts("probes", [row]), services=services_of([said.get("url", "")]))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
