"""Probe samples as monitors send them: a batch of JSON lines or one JSON array, each row checked by itself.

A sample is `service`, `at` (ISO 8601 with its offset), `source`, `ok`, and where they are known `latency_ms` and
`status`. One bad row does not lose the others. Source: contract.md "HTTP".
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.json

from tai_ops.kinds import MOST_LATENCY_MS
from tai_ops.words import counted

MOST_ROWS = 10_000
LONGEST_NAME = 200
AHEAD = timedelta(minutes=5)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LONGEST_SHOWN = 60
NAMES = frozenset({"service", "at", "source", "ok", "latency_ms", "status"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a service. `latency_ms` and `status` are None where the monitor does not tell them."""

    service: str
    at: datetime
    source: str
    ok: bool
    latency_ms: float | None
    status: int | None


@dataclass(frozen=True, slots=True)
class Batch:
    """The good samples of a batch and the bad rows: the n-th of the batch, and why it is left out."""

    samples: tuple[Sample, ...]
    rejected: tuple[tuple[int, str], ...]


class _Bad(ValueError):
    """Why a row can't be a sample."""


class TooMany(ValueError):
    """A batch holds more rows than are taken at once."""


def read_batch(body: bytes, now: datetime, pruned_before: datetime | None = None) -> Batch:
    """The samples of a request's body; those before `pruned_before` are rejected, as what came twice can't be told there.

    Raises ValueError where the body is no text, or an array that is not whole; TooMany beyond 10,000 rows. Rows that
    lie more than five minutes in the future, have an impossible latency, or lack what they need are rejected by name.
    """
    rows = list(_rows(body))
    if len(rows) > MOST_ROWS:
        raise TooMany(f"a batch holds at most {MOST_ROWS} samples; this one holds {len(rows)}")
    samples: list[Sample] = []
    rejected: list[tuple[int, str]] = []
    for number, row in enumerate(rows, 1):
        try:
            sample = _sample(json.loads(row) if isinstance(row, str) else row, now)
            if pruned_before is not None and sample.at < pruned_before:
                raise _Bad(too_old(pruned_before))
            samples.append(sample)
        except json.JSONDecodeError as reason:
            rejected.append((number, f"no JSON: {reason.msg} at character {reason.pos + 1}"))
        except _Bad as reason:
            rejected.append((number, str(reason)))
        except ValueError:
            rejected.append((number, "no JSON: a number in it is too long"))
        except RecursionError:
            rejected.append((number, "no JSON: nested too deeply"))
    return Batch(tuple(samples), tuple(rejected))


_FIELDS = pa.schema(
    [
        ("service", pa.string()),
        ("at", pa.string()),
        ("source", pa.string()),
        ("ok", pa.bool_()),
        ("latency_ms", pa.float64()),
        ("status", pa.int64()),
    ]
)
_compute: Any = pyarrow.compute  # its functions are made at run time


def read_quickly(body: bytes, now: datetime, pruned_before: datetime | None = None) -> Any | None:
    """The samples of JSON lines as `columns` makes them, all at once; None where `read_batch` must look row by row.

    That is where any row is not plainly good: what is wrong with it, and with it alone, is said there.
    """
    start = body.lstrip()[:1]
    if start != b"{" or body.count(b"\n") >= MOST_ROWS:
        return None
    try:
        body.decode()
        table = pyarrow.json.read_json(
            pa.BufferReader(body),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(body) + 1),
            parse_options=pyarrow.json.ParseOptions(
                explicit_schema=_FIELDS, unexpected_field_behavior="error"
            ),
        )
        at = table["at"].cast(pa.timestamp("us", "UTC"))
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    if any(table[name].null_count for name in ("service", "at", "source", "ok")):
        return None
    names = {value for name in ("service", "source") for value in table[name].unique().to_pylist()}
    if any(value != value.strip() or not _is_name(value) for value in names):
        return None
    seen = _compute.min_max(at).as_py()
    if seen["max"] > now + AHEAD or (pruned_before is not None and seen["min"] < pruned_before):
        return None
    if not (_within(table["latency_ms"], MOST_LATENCY_MS) and _within(table["status"], 999)):
        return None
    if _compute.any(_compute.is_nan(table["latency_ms"])).as_py():
        return None
    return pa.table(
        {
            "place": pa.array(range(table.num_rows), pa.int64()),
            "service": table["service"],
            "seen_at": at,
            "source": table["source"],
            "ok": table["ok"],
            "latency_ms": table["latency_ms"],
            "status": table["status"],
        }
    )


def _within(column: Any, most: int) -> bool:
    found = _compute.min_max(column).as_py()
    return found["min"] is None or (found["min"] >= 0 and found["max"] <= most)


def _is_name(value: str) -> bool:
    return bool(value.strip()) and len(value) <= LONGEST_NAME and value.isprintable()


def too_old(pruned_before: datetime) -> str:
    """Why a sample of a pruned day is not taken."""
    return f"at: the samples before {pruned_before.date()} are pruned; what was rolled up of them stands for good"


def columns(samples: Sequence[Sample]) -> Any:
    """The samples as an Arrow table, each with its place in the batch."""
    return pa.table(
        {
            "place": pa.array(range(len(samples)), pa.int64()),
            "service": pa.array([s.service for s in samples], pa.string()),
            "seen_at": pa.array([s.at for s in samples], pa.timestamp("us", "UTC")),
            "source": pa.array([s.source for s in samples], pa.string()),
            "ok": pa.array([s.ok for s in samples], pa.bool_()),
            "latency_ms": pa.array([s.latency_ms for s in samples], pa.float64()),
            "status": pa.array([s.status for s in samples], pa.int64()),
        }
    )


def _rows(body: bytes) -> Iterable[Any]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise ValueError(f"the body is not UTF-8 (byte {reason.start + 1})") from None
    if not text.lstrip().startswith("["):
        return [line for line in text.split("\n") if line.strip()]
    try:
        found = json.loads(text)
    except json.JSONDecodeError as reason:
        raise ValueError(f"the array is not whole JSON: {reason.msg} at character {reason.pos + 1}") from None
    except RecursionError:
        raise ValueError("the array is nested too deeply") from None
    except ValueError:
        raise ValueError("the array holds a number that is too long") from None
    return found


def _sample(row: Any, now: datetime) -> Sample:
    if not isinstance(row, dict):
        raise _Bad("a sample is an object with service, at, source, ok")
    unknown = sorted(map(str, row.keys() - NAMES))
    if unknown:
        raise _Bad(f"unknown field {_shown(unknown[0])}; the fields are {', '.join(sorted(NAMES))}")
    ok = row.get("ok")
    if not isinstance(ok, bool):
        raise _Bad("ok: true or false is needed")
    return Sample(
        _name(row, "service"),
        _at(row, now),
        _name(row, "source"),
        ok,
        _latency(row.get("latency_ms")),
        _status(row),
    )


def _name(row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise _Bad(f"{field}: a name is needed")
    if not _is_name(value):
        raise _Bad(f"{field}: a name has at most {LONGEST_NAME} printable characters")
    return value.strip()


def _at(row: dict[str, Any], now: datetime) -> datetime:
    text = row.get("at")
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _Bad("at: an instant with its offset is needed, like 2026-04-03T16:00:00+00:00")
    if at > now + AHEAD:
        ahead = _length(at - now)
        raise _Bad(
            f"at: {text} lies {ahead} in the future (is the monitor's clock right? here it is {now:%H:%M} UTC)"
        )
    if at < EARLIEST:
        raise _Bad(f"at: {text} lies before {EARLIEST.year}")
    return at


def _length(ahead: timedelta) -> str:
    minutes = round(ahead.total_seconds() / 60)
    if minutes < 2 * 60:
        return counted(minutes, "minute")
    return counted(round(minutes / 60), "hour") if minutes < 2 * 24 * 60 else counted(minutes // 1440, "day")


def _latency(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - no number
        raise _Bad("latency_ms: a number of milliseconds, or nothing where there was no answer")
    if not 0 <= value <= MOST_LATENCY_MS:
        raise _Bad(f"latency_ms: {_shown(value)} lies outside 0 to {MOST_LATENCY_MS} (a day)")
    return float(value)


def _status(row: dict[str, Any]) -> int | None:
    value = row.get("status")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 999:
        raise _Bad("status: a whole number from 0 to 999")
    return value


def _shown(value: object) -> str:
    """What came, as far as a line holds it."""
    said = repr(value)
    return said if len(said) <= LONGEST_SHOWN else f"{said[:LONGEST_SHOWN]}…"
