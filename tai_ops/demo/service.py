"""The sample company's service: seven incidents as they were reported, and a monitor's look at it every minute."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from tai_ops.demo.acts import ZONE, Act, Row, header, loads, loads_columns, local
from tai_ops.kinds import KINDS
from tai_ops.reliability import Interval
from tai_ops.sheet import Sheet

CLOCK = local("2026-04-03", "16:00")
MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)
HISTORY = 13 * WEEK
CONNECTED, HISTORY_SENT = local("2026-02-13", "16:00"), local("2026-03-30", "09:00")
"""Since when the monitor reports every week, and when what it had seen before that was sent."""

SEED = 20260403

WEEKLY_P95_MS = (402, 455, 418, 396, 431, 388, 405, 379, 412, 395, 368, 391, 380)
"""What the 95th percentile of each week comes to, the week that ends at the clock last."""

MONITOR_DOWN = (local("2026-02-10", "03:14"), local("2026-02-10", "03:56"))

_STAMPS = "incident_id title severity began_at detected_at acknowledged_at diagnosed_at path_at mitigated_at resolved_at root_cause"


def _incident(key: str, severity: str, title: str, day: str, clocks: str, cause: str | None) -> Row:
    """One incident; the clocks are began, detected, acknowledged, diagnosed, path, mitigated, resolved, `-` where none."""
    stamps = [None if clock == "-" else local(day, clock) for clock in clocks.split()]
    return key, title, severity, *stamps, cause


def _impact(key: str, customer: str, level: str, service: str, day: str, clocks: str) -> Row:
    """What an incident did to a customer (`*`: to all), from when to when."""
    began, ended = (local(day, clock) for clock in clocks.split())
    return key, customer, began, ended, level, service


INCIDENTS: tuple[tuple[Row, Row | None], ...] = (
    (
        _incident("I-001", "HIGH", "API answers slowly for everyone", "2026-01-13",
                  "11:02 11:06 11:09 11:22 11:30 11:41 11:52", "missing index on the movements query"),
        _impact("I-001", "*", "degraded", "api", "2026-01-13", "11:02 11:52"),
    ),
    (
        _incident("I-002", "MEDIUM", "Dashboard takes seconds to load", "2026-01-22",
                  "09:30 09:41 09:50 10:35 10:50 11:40 12:06", "report cache was too small"),
        _impact("I-002", "C-001", "degraded", "dashboard", "2026-01-22", "09:30 12:06"),
    ),
    (
        _incident("I-003", "CRITICAL", "API errors for all customers after a deployment", "2026-02-05",
                  "15:12 15:14 15:18 15:31 15:38 15:39 15:40", "deployment without its migration; rolled back"),
        _impact("I-003", "*", "full", "api", "2026-02-05", "15:12 15:40"),
    ),
    (
        _incident("I-004", "LOW", "Request: export of the count history", "2026-02-12", "- 10:05 10:40 - - - 16:20", None),
        None,
    ),
    (
        _incident("I-005", "HIGH", "Northwind sees wrong quantities after a sync", "2026-02-20",
                  "10:02 10:10 10:16 10:41 10:52 11:20 11:28", "duplicate delivery of one batch"),
        _impact("I-005", "C-001", "partial", "api", "2026-02-20", "10:02 11:28"),
    ),
    (
        _incident("I-006", "MEDIUM", "Scan screen of the mobile app does not open", "2026-03-05",
                  "13:05 13:20 13:28 14:10 14:20 15:30 15:45", "certificate of the image host ran out"),
        _impact("I-006", "C-001", "degraded", "mobile", "2026-03-05", "13:05 15:45"),
    ),
    (
        _incident("I-007", "LOW", "Planned upgrade of the database", "2026-03-14", "02:00 02:00 02:00 - - - 03:30", None),
        _impact("I-007", "*", "maintenance", "api", "2026-03-14", "02:00 03:30"),
    ),
)  # fmt: skip

REPORTS = (
    (0, 2, local("2026-01-22", "12:40")),
    (2, 4, local("2026-02-12", "16:45")),
    (4, 5, local("2026-02-20", "12:10")),
    (5, 6, local("2026-03-05", "16:20")),
    (6, 7, local("2026-03-14", "03:50")),
)
"""Which incidents each report was about, and when it was written; the newest incident was run here."""

_FAILING: tuple[Interval, ...] = (
    (local("2026-02-05", "15:12"), local("2026-02-05", "15:40")),
    (local("2026-03-14", "02:05"), local("2026-03-14", "02:31")),
    (local("2026-03-31", "10:12"), local("2026-03-31", "10:42")),
)
_SLOW: tuple[Interval, ...] = ((local("2026-01-13", "11:02"), local("2026-01-13", "11:52")),)


def service_acts() -> Iterator[Act]:
    """The incidents by report, the monitor's week every Friday at 16:00, and its weeks before it was connected."""
    for first, last, at in REPORTS:
        told = INCIDENTS[first:last]
        yield loads(at, "incidents", _STAMPS, [incident for incident, _ in told])
        yield loads(
            at + MINUTE, "impacts", header(KINDS["impacts"]), [impact for _, impact in told if impact]
        )
    for number in range(len(WEEKLY_P95_MS)):
        ends = local((CLOCK - (len(WEEKLY_P95_MS) - 1 - number) * WEEK).astimezone(ZONE).date(), "16:00")
        starts = local((ends - WEEK).astimezone(ZONE).date(), "16:00") if number else CLOCK - HISTORY
        sent = ends if ends > CONNECTED else HISTORY_SENT + number * MINUTE
        yield loads_columns(sent, partial(probes, (starts, ends), WEEKLY_P95_MS[number], SEED + number))


def probes(window: Interval, p95_ms: int, seed: int) -> Sheet:
    """One look a minute in the window; the latencies are drawn by the seed and scaled so that their p95 is as given."""
    start = window[0]
    count = int((window[1] - start) / MINUTE)
    ok = [True] * count
    for span in _FAILING:
        _fill(ok, False, window, span)
    raw = _latencies(window, count, seed)
    scale = p95_ms / _p95(sorted(ms for ms, fine in zip(raw, ok, strict=True) if fine))
    exact = {ms: Decimal(ms) for ms in range(12 * p95_ms)}
    columns: dict[str, list[Any]] = {
        "service": ["api"] * count,
        "seen_at": [start + n * MINUTE for n in range(count)],
        "source": ["synthetic"] * count,
        "ok": ok,
        "latency_ms": [exact[round(ms * scale)] if fine else None for ms, fine in zip(raw, ok, strict=True)],
        "status": [200 if fine else 503 for fine in ok],
    }
    unseen = _indices(window, MONITOR_DOWN)
    for column in columns.values():
        del column[unseen]
    return Sheet(KINDS["probes"], columns, len(ok), ())


def _latencies(window: Interval, count: int, seed: int) -> list[float]:
    """Milliseconds before scaling: most near the middle, a long tail, slower while the warehouses work."""
    draw = random.Random(seed).random  # noqa: S311 - sample data, no secret
    busy = [1.0] * count
    for hour in range(count // 60):
        at = (window[0] + hour * 60 * MINUTE).astimezone(ZONE)
        if 7 <= at.hour < 18 and at.weekday() < 5:
            busy[hour * 60 : hour * 60 + 60] = [1.22] * 60
    for span in _SLOW:
        _fill(busy, 7.0, window, span)
    return [factor * (120 + 90 * drawn + 16 / (1.04 - drawn)) for factor in busy for drawn in (draw(),)]


def _fill(values: list[Any], value: Any, window: Interval, span: Interval) -> None:
    """Put the value wherever the span lies in the window."""
    where = _indices(window, span)
    values[where] = [value] * len(values[where])


def _indices(window: Interval, span: Interval) -> slice:
    """Which minutes of the window the span covers."""
    first, last = (int((max(min(edge, window[1]), window[0]) - window[0]) / MINUTE) for edge in span)
    return slice(first, last)


def _p95(answered: Sequence[float]) -> float:
    rank = (len(answered) - 1) * 0.95
    below = int(rank)
    return answered[below] + (rank - below) * (answered[below + 1] - answered[below])
