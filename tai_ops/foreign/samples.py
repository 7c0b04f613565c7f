"""A monitor's look at a service as a row of probes, whichever monitor's file it stands in.

A service is called as the monitor calls it, unless somebody has said which service of ours that is. A latency below 0
or absent means that there was no answer to time. Seconds and nanoseconds are made milliseconds here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from tai_ops.errors import Problem
from tai_ops.foreign.found import Known, Row, cut, folded

NO_TIME = "the file says no time: say when it was taken with --at"
NO_SERVICE = "the file names no service: say which it is with --service"
MS_PER_SECOND = Decimal(1000)
NS_PER_MS = Decimal(1_000_000)


def probe(
    number: int,
    known: Known,
    *,
    service: str,
    at: str,
    source: str,
    ok: bool | None,
    latency_ms: Decimal | None = None,
    status: int | None = None,
    problem: tuple[str, str] | None = None,
) -> Row:
    """The row of one look; `problem` is a field and why it can't be one."""
    values = {
        "service": known.service_of(service),
        "seen_at": at,
        "source": cut(source),
        "ok": "" if ok is None else str(ok).lower(),
        "latency_ms": _plain(latency_ms),
        "status": str(status) if status else "",
    }
    if problem is None and not values["service"]:
        problem = ("service", NO_SERVICE)
    if problem is None and not at:
        problem = ("at", NO_TIME)
    return Row(number, values, (Problem(number, *problem),) if problem else ())


def _plain(latency: Decimal | None) -> str:
    return "" if latency is None or latency < 0 else f"{round(latency, 3):f}"


def decimal(text: object) -> Decimal | None:
    """A number as a monitor writes it; None where it is none, not finite or absent."""
    if isinstance(text, bool) or text is None:
        return None
    try:
        found = Decimal(str(text).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def snapshot_at(known: Known) -> str:
    """When a snapshot without a time of its own was taken, as somebody said it; empty where nobody has."""
    return known.taken_at.isoformat() if known.taken_at else ""


def services_of(names: Iterable[str]) -> tuple[str, ...]:
    """The services of a file as the monitor calls them, each once, in the order in which they come."""
    once: dict[str, str] = {}
    for name in names:
        once.setdefault(folded(name), name)
    return tuple(once.values())


def counted_notes(*pairs: tuple[int, str]) -> tuple[str, ...]:
    """The sentences whose number is not 0, each with its number behind it."""
    return tuple(f"{said}: {count}" for count, said in pairs if count)


def in_order(rows: Sequence[Row]) -> list[Row]:
    """The rows as they lie in the file."""
    return sorted(rows, key=lambda row: row.number)


def moment(at: datetime) -> str:
    """An instant as the check of cells takes it."""
    return at.isoformat()
