"""The Blackbox exporter: what one look at a target came to, as the exporter answers it or as Prometheus has kept it.

The exporter's own answer names neither target nor time, so both are asked for. What Prometheus answers to `/federate`
or to a query names the target as `instance`, and carries times. A failed look has the status 0, which is none, and
its duration is how long nobody answered, so it is no latency.
"""

from datetime import datetime
from decimal import Decimal

from tai_ops.foreign.exposition import Value, doubled, speaks_of, values
from tai_ops.foreign.file import File
from tai_ops.foreign.found import Found, Known, Row, parts
from tai_ops.foreign.samples import (
    MS_PER_SECOND,
    counted_notes,
    in_order,
    moment,
    probe,
    services_of,
    snapshot_at,
)

SUCCESS, DURATION, STATUS = "probe_success", "probe_duration_seconds", "probe_http_status_code"
SOURCE = "blackbox"
Beside = dict[tuple[str, tuple[tuple[str, str], ...], datetime | None], Decimal | None]


def is_blackbox(file: File) -> bool:
    """Whether the file tells of looks of that exporter."""
    return speaks_of(file, SUCCESS)


def read(file: File, known: Known) -> Found:
    """Each value of `probe_success` as a probe, with the duration and status of the same target and time."""
    found = values(file, SUCCESS, DURATION, STATUS)
    beside = {(one.name, one.series, one.at): one.value for one in found}
    looks = [one for one in found if one.name == SUCCESS]
    rows = in_order([_row(one, beside, known) for one in looks])
    return Found(
        "probes",
        len(rows),
        parts("probes", rows),
        counted_notes((doubled(file, SUCCESS), "series that stand twice, so the last of each counts")),
        services=services_of(_target(one) for one in looks),
        needs_time=any(one.at is None for one in looks),
    )


def _row(one: Value, beside: Beside, known: Known) -> Row:
    status = beside.get((STATUS, one.series, one.at))
    took = beside.get((DURATION, one.series, one.at))
    code = int(status) if status is not None else 0
    ok = None if one.value is None else one.value == 1
    answered = ok or code > 0
    return probe(
        one.number,
        known,
        service=_target(one),
        at=moment(one.at) if one.at else snapshot_at(known),
        source=SOURCE,
        ok=ok,
        latency_ms=took * MS_PER_SECOND if answered and took is not None else None,
        status=code,
        problem=("ok", "probe_success is neither 1 nor 0") if one.value not in {0, 1} else None,
    )


def _target(one: Value) -> str:
    return one.labels.get("instance") or one.labels.get("target") or ""
