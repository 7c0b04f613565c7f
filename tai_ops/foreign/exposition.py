"""Prometheus: the text that exporters answer with, and the JSON of its own queries, as one list of measured values.

A line may carry the time of its value in milliseconds; most don't. Labels may hold escaped quotes, backslashes and
line ends. A series that stands twice counts once, as it stands last.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tai_ops.errors import UnreadableFile
from tai_ops.foreign.file import File
from tai_ops.foreign.samples import decimal
from tai_ops.foreign.trello import objects
from tai_ops.sheet import decoded

_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})?[ \t]+(\S+)(?:[ \t]+(-?\d+))?[ \t]*$")
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|$)')
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": "\n", '"': '"', "\\": "\\"}
_HEAD_BYTES = 5 * 2**20


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a series: in which line (or at which place of a query's answer) it stands, and when it was taken.

    `at` is None where the file does not say; `value` is None where it is no finite number.
    """

    number: int
    name: str
    labels: Mapping[str, str]
    value: Decimal | None
    at: datetime | None

    @property
    def series(self) -> tuple[tuple[str, str], ...]:
        """Its labels, by which it belongs to the values of other names."""
        return tuple(sorted(self.labels.items()))


def speaks_of(file: File, *names: str) -> bool:
    """Whether the file is such text, or such JSON, with a series of one of these names."""
    if file.looks_like_json:
        return b'"resultType"' in file.data and any(
            str(one.get("metric", {}).get("__name__", "")) in names for one in _results(file.document)
        )
    named = b"|".join(re.escape(name).encode() for name in names)
    return bool(re.search(rb"^(?:" + named + rb")(?:\{|[ \t])", file.data[:_HEAD_BYTES], re.MULTILINE))


def values(file: File, *names: str) -> list[Value]:
    """The values of the series of these names, the last of each series at each time; UnreadableFile names a bad line."""
    found = _queried(file.document) if file.looks_like_json else _lines(file)
    last: dict[tuple[Any, ...], Value] = {}
    for one in found:
        if one.name in names:
            last[one.name, one.series, one.at] = one
    return list(last.values())


def doubled(file: File, *names: str) -> int:
    """How many values stand in the file a second time."""
    found = _queried(file.document) if file.looks_like_json else _lines(file)
    return sum(one.name in names for one in found) - len(values(file, *names))


def _lines(file: File) -> Iterator[Value]:
    for number, line in enumerate(decoded(file.data, file.name).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        labels = _labels(found.group(2)) if found else None
        if found is None or labels is None:
            raise UnreadableFile(f"{file.name}: line {number}: this is no line of Prometheus' text format")
        name, _, value, stamp = found.groups()
        yield Value(number, name, labels, decimal(value), _from_ms(stamp) if stamp else None)


def _labels(text: str | None) -> dict[str, str] | None:
    """The labels between the braces; None where they are not whole."""
    left = (text or "{}")[1:-1].strip()
    found: dict[str, str] = {}
    while left:
        one = _LABEL.match(left)
        if one is None:
            return None
        found[one.group(1)] = _ESCAPED.sub(lambda e: _MEANT.get(e.group(1), e.group(0)), one.group(2))
        left = left[one.end() :]
    return found


def _from_ms(text: str) -> datetime | None:
    return from_seconds(Decimal(text) / 1000)


def from_seconds(seconds: Decimal | None) -> datetime | None:
    """The instant of so many seconds since 1970; None where there is no such instant."""
    try:
        return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _results(document: Any) -> list[dict[str, Any]]:
    data = document.get("data") if isinstance(document, dict) else None
    results = objects(data.get("result")) if isinstance(data, dict) else []
    return [one for one in results if isinstance(one.get("metric"), dict)]


def _queried(document: Any) -> Iterator[Value]:
    """The answer of a query (a value each) or of a query over a range (values each), every value a pair."""
    number = 0
    for one in _results(document):
        labels = {str(k): str(v) for k, v in one["metric"].items() if k != "__name__"}
        name = str(one["metric"].get("__name__", ""))
        pairs = [one["value"]] if "value" in one else one.get("values")
        for pair in pairs if isinstance(pairs, list) else []:
            number += 1
            if isinstance(pair, list) and len(pair) == 2:
                yield Value(number, name, labels, decimal(pair[1]), from_seconds(decimal(pair[0])))
