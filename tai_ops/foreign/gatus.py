"""Gatus: what its API answers of its endpoints, each with its newest results.

A result took so many nanoseconds. It counts as up where every condition held: one that answered 200 too slowly is down,
as Gatus says it. An endpoint stands in a `group`, in newer versions in `groups`; a result that was never taken carries
the year 1.
"""

from typing import Any

from tai_ops.foreign.file import File, instant
from tai_ops.foreign.found import Found, Known, Row, parts
from tai_ops.foreign.samples import NS_PER_MS, decimal, probe, services_of
from tai_ops.foreign.trello import objects, text

SOURCE = "gatus"
_NEVER = "0001-"


def is_gatus(file: File) -> bool:
    """Whether the file holds endpoints with results."""
    return file.looks_like_json and b'"results"' in file.data and bool(_endpoints(file.document))


def read(file: File, known: Known) -> Found:
    """Each result as a probe; row n is the n-th result of the file."""
    rows: list[Row] = []
    names: list[str] = []
    for endpoint in _endpoints(file.document):
        names.append(_name(endpoint))
        rows += [
            _row(len(rows) + 1 + n, one, names[-1], known)
            for n, one in enumerate(objects(endpoint["results"]))
        ]
    return Found("probes", len(rows), parts("probes", rows), services=services_of(names))


def _endpoints(document: Any) -> list[dict[str, Any]]:
    found = objects(document if isinstance(document, list) else [document])
    return [one for one in found if isinstance(one.get("results"), list) and ("name" in one or "key" in one)]


def _name(endpoint: dict[str, Any]) -> str:
    groups = endpoint.get("groups")
    inside = [text(one) for one in groups] if isinstance(groups, list) else [text(endpoint.get("group"))]
    return "/".join(
        part for part in (*inside, text(endpoint.get("name")) or text(endpoint.get("key"))) if part
    )


def _row(number: int, one: dict[str, Any], service: str, known: Known) -> Row:
    stamp = text(one.get("timestamp"))
    took, code = decimal(one.get("duration")), decimal(one.get("status"))
    status = int(code) if code is not None else 0
    success = one.get("success")
    problem = None
    if not isinstance(success, bool):
        problem = ("success", "true or false is needed")
    elif stamp.startswith(_NEVER):
        problem = ("timestamp", f"{stamp} means that this was never looked at; there is nothing to load")
    return probe(
        number,
        known,
        service=service,
        at=instant(stamp),
        source=SOURCE,
        ok=success if isinstance(success, bool) else None,
        latency_ms=took / NS_PER_MS if took is not None and (status > 0 or success is True) else None,
        status=status,
        problem=problem,
    )
