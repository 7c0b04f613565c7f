"""Google Cloud Monitoring: time series, as `timeSeries.list` answers with them.

Points come newest first, whole numbers as text. Uptime checks (`check_passed`, with the latency and the code of the same
check beside it) become probes, one for each place that checked. A distribution says how many answers fell between two
bounds: it becomes counts by latency, never single probes. Counts that add up since a start (CUMULATIVE) are told apart
by what each point adds to the one before it; those below the first bound and above the last keep no inner bound.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tai_ops.errors import Problem
from tai_ops.foreign.file import File
from tai_ops.foreign.found import Found, Known, Row, cut, parts
from tai_ops.foreign.samples import counted_notes, decimal, in_order, probe, services_of
from tai_ops.foreign.trello import objects, text

SOURCE = "google"
PASSED, TOOK, CODE = "check_passed", "request_latency", "http_code"
MS_PER: Mapping[str, Decimal] = {
    "s": Decimal(1000),
    "ms": Decimal(1),
    "us": Decimal("0.001"),
    "ns": Decimal("0.000001"),
}
MOST_BUCKETS = 2_000
_SERVICE_LABELS = ("service_name", "service", "job", "host", "check_id", "url_map_name", "function_name")
Object = Mapping[str, Any]
Bounds = Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many answers a point counts, from one instant to another, by bucket."""

    start: datetime
    end: datetime
    bounds: tuple[Decimal, ...]
    samples: tuple[int, ...]


def is_series(file: File) -> bool:
    """Whether the file holds time series."""
    return file.looks_like_json and b'"points"' in file.data and bool(_series(file.document))


def read(file: File, known: Known) -> Found:
    """Uptime checks as probes and distributions as counts by latency; row n is the n-th point of the file."""
    numbered = _numbered(_series(file.document))
    checks = [one for one in numbered if _metric(one[0]).endswith(PASSED)]
    spread = [one for one in numbered if any(_distribution(p) is not None for _, p in one[1])]
    beside = _beside(numbered)
    probes = [_probe(n, one, point, beside, known) for one, points in checks for n, point in points]
    counts = _together([row for one, points in spread for row in _counted(one, points, known)])
    used = {id(one) for one, _ in (*checks, *spread)}
    left = [one for one, _ in numbered if id(one) not in used and not _metric(one).endswith((TOOK, CODE))]
    notes = counted_notes(
        (len(left), "series that are neither an uptime check nor a distribution, so nothing comes of them"),
    )
    return Found(
        "probes" if checks else "latency_counts",
        sum(len(points) for _, points in numbered),
        parts("latency_counts", counts) + parts("probes", probes),
        notes,
        services=services_of(_service(one) for one, _ in (*checks, *spread)),
    )


def _series(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, dict):
        return _series(document.get("timeSeries", [document]))
    return [
        one
        for one in objects(document)
        if isinstance(one.get("points"), list) and isinstance(one.get("metric"), dict)
    ]


def _numbered(series: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], list[tuple[int, Object]]]]:
    """Each series with its points and their places in the file."""
    found: list[tuple[dict[str, Any], list[tuple[int, Object]]]] = []
    place = 0
    for one in series:
        points = objects(one["points"])
        found.append((one, [(place + n, point) for n, point in enumerate(points, 1)]))
        place += len(points)
    return found


def _metric(one: Object) -> str:
    return text(one["metric"].get("type"))


def _labels(one: Object) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in ("resource", "metric"):
        labels = one[part].get("labels") if isinstance(one.get(part), dict) else None
        found |= {str(k): text(v) for k, v in labels.items()} if isinstance(labels, dict) else {}
    return found


def _service(one: Object) -> str:
    labels = _labels(one)
    if _metric(one).endswith(PASSED):
        return labels.get("check_id") or labels.get("host") or ""
    return next((labels[name] for name in _SERVICE_LABELS if labels.get(name)), _metric(one))


def _distribution(point: Object) -> Object | None:
    value = point.get("value")
    found = value.get("distributionValue") if isinstance(value, dict) else None
    return found if isinstance(found, dict) else None


def _interval(point: Object) -> tuple[datetime | None, datetime | None]:
    """From when to when a point counts; a gauge's has no start."""
    found = point.get("interval")
    inside = found if isinstance(found, dict) else {}
    return _at(inside.get("startTime")), _at(inside.get("endTime"))


def _at(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# --- Uptime checks


def _beside(numbered: Iterable[tuple[Object, list[tuple[int, Object]]]]) -> dict[tuple[str, ...], Any]:
    """The latencies and codes of uptime checks, by measure, check, place and instant."""
    return {
        (_metric(one).rpartition("/")[2], *_whose(one), str(_interval(point)[1])): point
        for one, points in numbered
        if _metric(one).endswith((TOOK, CODE))
        for _, point in points
    }


def _whose(one: Object) -> tuple[str, str]:
    labels = _labels(one)
    return labels.get("check_id", ""), labels.get("checker_location", "")


def _number(point: Object | None) -> Decimal | None:
    value = point.get("value") if point else None
    if not isinstance(value, dict):
        return None
    return decimal(value.get("doubleValue", value.get("int64Value")))


def _probe(
    number: int, one: Object, point: Object, beside: Mapping[tuple[str, ...], Any], known: Known
) -> Row:
    at = _interval(point)[1]
    value = point.get("value")
    passed = value.get("boolValue") if isinstance(value, dict) else None
    key = (*_whose(one), str(at))
    took, code = _number(beside.get((TOOK, *key))), _number(beside.get((CODE, *key)))
    problem = None
    if not isinstance(passed, bool):
        problem = ("value", "boolValue: true or false is needed")
    elif at is None:
        problem = ("interval", "endTime: an instant is needed")
    return probe(
        number,
        known,
        service=_service(one),
        at=at.isoformat() if at else "",
        source=f"{SOURCE} {_whose(one)[1]}".strip(),
        ok=passed if isinstance(passed, bool) else None,
        latency_ms=took if passed is True or code else None,
        status=int(code) if code is not None else None,
        problem=problem,
    )


# --- Distributions


def _counted(one: Object, points: Sequence[tuple[int, Object]], known: Known) -> list[Row]:
    """The counts of each point, the oldest first; a point that can't be read is named and the others stay."""
    factor = MS_PER.get(text(one.get("unit")))
    cumulative = text(one.get("metricKind")) == "CUMULATIVE"
    rows: list[Row] = []
    before: Counts | None = None
    for number, point in sorted(points, key=lambda p: str(_interval(p[1])[1])):
        try:
            if factor is None:
                raise _Bad("unit", f"{text(one.get('unit'))!r} is no time; the units are {', '.join(MS_PER)}")
            found = _counts(point, factor)
            told = _added(found, before) if cumulative else found
            before = found
            rows += _rows(number, one, told, known) if told else []
        except _Bad as reason:
            rows.append(_refused(number, one, point, known, reason))
    return rows


class _Bad(ValueError):
    """Why a point can't be read: the field and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def _refused(number: int, one: Object, point: Object, known: Known, reason: _Bad) -> Row:
    end = _interval(point)[1]
    values = {
        "service": known.service_of(_service(one)),
        "ended_at": end.isoformat() if end else "",
        "source": SOURCE,
        "low_ms": "0",
        "samples": "",
    }
    return Row(number, values, (Problem(number, reason.field, str(reason)),))


def _counts(point: Object, factor: Decimal) -> Counts:
    start, end = _interval(point)
    if start is None or end is None:
        raise _Bad("interval", "startTime and endTime are needed")
    if end <= start:
        raise _Bad("interval", f"ends at {end.isoformat()}, not after it starts; no time lies in it")
    spread = _distribution(point) or {}
    bounds = tuple(bound * factor for bound in _bounds(spread.get("bucketOptions")))
    listed = spread.get("bucketCounts")
    counts = [decimal(n) for n in listed] if isinstance(listed, list) else []
    if any(n is None or n < 0 or n != int(n) for n in counts) or len(counts) > len(bounds) + 1:
        raise _Bad("bucketCounts", f"at most {len(bounds) + 1} whole numbers, from 0 up, are needed")
    whole = [int(n) for n in counts if n is not None] + [0] * (len(bounds) + 1 - len(counts))
    said = decimal(spread.get("count"))
    if said is not None and said != sum(whole):
        raise _Bad("count", f"says {said}, and the buckets hold {sum(whole)}")
    return Counts(start, end, bounds, tuple(whole))


def _bounds(options: Any) -> tuple[Decimal, ...]:
    """The bounds between buckets: as they are listed, at equal steps, or each so many times the one before."""
    found = options if isinstance(options, dict) else {}
    explicit, linear, growing = (
        found.get(name) for name in ("explicitBuckets", "linearBuckets", "exponentialBuckets")
    )
    if isinstance(explicit, dict) and isinstance(explicit.get("bounds"), list):
        read = [decimal(one) for one in explicit["bounds"]]
        bounds = [one for one in read if one is not None]
        whole = len(bounds) == len(read)
    else:
        bounds, whole = _stepped(linear) if isinstance(linear, dict) else _grown(growing)
    if not whole or not bounds or any(a >= b for a, b in pairwise(bounds)):
        raise _Bad("bucketOptions", "explicit, linear or exponential buckets with rising bounds are needed")
    return tuple(bounds)


def _stepped(options: Object) -> tuple[list[Decimal], bool]:
    count, width, offset = (decimal(options.get(n, 0)) for n in ("numFiniteBuckets", "width", "offset"))
    if count is None or width is None or offset is None or not 0 < count <= MOST_BUCKETS:
        return [], False
    return [offset + width * n for n in range(int(count) + 1)], True


def _grown(options: Any) -> tuple[list[Decimal], bool]:
    found = options if isinstance(options, dict) else {}
    count, factor, scale = (decimal(found.get(n, 0)) for n in ("numFiniteBuckets", "growthFactor", "scale"))
    if count is None or factor is None or scale is None or not 0 < count <= MOST_BUCKETS or factor <= 1:
        return [], False
    try:
        return [scale * factor**n for n in range(int(count) + 1)], True
    except ArithmeticError:
        return [], False


def _added(found: Counts, before: Counts | None) -> Counts | None:
    """What a point adds to the one before it; all of it where the count began anew."""
    if before is None or before.start != found.start or before.bounds != found.bounds:
        return found
    new = tuple(a - b for a, b in zip(found.samples, before.samples, strict=True))
    if any(n < 0 for n in new):
        raise _Bad("bucketCounts", "counts less than the point before it, without a new start")
    return Counts(before.end, found.end, found.bounds, new) if before.end < found.end else None


def _rows(number: int, one: Object, told: Counts, known: Known) -> list[Row]:
    """A row for each bucket that counts something; below 0 there is no latency."""
    edges = [Decimal(0), *(max(bound, Decimal(0)) for bound in told.bounds), None]
    rows: list[Row] = []
    for (low, high), samples in zip(pairwise(edges), told.samples, strict=True):
        if not samples or low is None:
            continue
        if high is not None and high <= low:
            raise _Bad("bucketCounts", f"{samples} answers took less than no time")
        rows.append(
            Row(
                number,
                {
                    "service": known.service_of(_service(one)),
                    "ended_at": told.end.isoformat(),
                    "source": cut(SOURCE),
                    "low_ms": _ms(low),
                    "started_at": told.start.isoformat(),
                    "high_ms": "" if high is None else _ms(high),
                    "samples": str(samples),
                },
            )
        )
    return rows


def _together(rows: Sequence[Row]) -> list[Row]:
    """The rows, with one for each bucket where several series of a service count the same time (by code, by place)."""
    found: dict[tuple[str, ...], Row] = {}
    apart: list[Row] = []
    for row in rows:
        key = tuple(value for name, value in row.values.items() if name != "samples")
        if row.problems:
            apart.append(row)
            continue
        if key not in found:
            found[key] = row
            continue
        both = int(found[key].values["samples"]) + int(row.values["samples"])
        found[key] = Row(found[key].number, {**row.values, "samples": str(both)})
    return in_order([*found.values(), *apart])


def _ms(bound: Decimal) -> str:
    return f"{round(bound, 6).normalize():f}"
