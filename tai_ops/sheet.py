"""A CSV file of one kind of record, read and checked column by column.

A cell is checked once for each different text in its column; a hundred thousand rows cost no objects of their own.
Nothing here knows the store: whether a customer exists is asked there.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tai_ops.errors import Problem, UnreadableFile
from tai_ops.kinds import KINDS, Column, Kind, Type, csv_name
from tai_ops.money import parse_money
from tai_ops.period import parse_date, parse_instant, zone_named

MAX_BYTES = 50 * 2**20
MAX_TEXT = 2000
_HEAD_BYTES = 64_000
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG photo"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet file"),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file by column: typed values (None for an empty cell), with the problems found in them.

    `columns` holds the columns that the file has, in the kind's order; row n is the n-th row of data, from 1.
    """

    kind: Kind
    columns: dict[str, list[Any]]
    count: int
    problems: tuple[Problem, ...]

    def keys(self) -> list[tuple[Any, ...]]:
        """Each row's key."""
        return list(zip(*(self.columns[name] for name in self.kind.key), strict=True))


def template(kind: Kind) -> str:
    """The header and two example rows of the kind, as CSV."""
    header = ",".join(csv_name(kind, name) for name in kind.names)
    return "\n".join((header, *kind.examples)) + "\n"


def decoded(data: bytes, name: str) -> str:
    """The text of a UTF-8 file (a BOM is fine); UnreadableFile says what it is otherwise."""
    if not data.strip():
        raise UnreadableFile(f"{name}: the file is empty")
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"{name}: {len(data) // 2**20} MB is over the limit of 50 MB; split the file")
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise UnreadableFile(f"{name}: this is {what}, not a CSV file; export the data as CSV (UTF-8)")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        line = data.count(b"\n", 0, reason.start) + 1
        raise UnreadableFile(f"{name}: line {line} is not UTF-8 text; save the file as CSV (UTF-8)") from None
    if "\x00" in text:
        raise UnreadableFile(f"{name}: the file holds NUL bytes, so it is not a CSV file in UTF-8")
    return text


def read_sheet(kind: Kind, data: bytes, name: str) -> Sheet:
    """The rows of a CSV file of that kind.

    Raises UnreadableFile where the file as a whole can't be read: not text, an unknown, repeated or missing
    column, a row longer than its header. Everything wrong in single cells is in `problems`.
    """
    rows = _rows(decoded(data, name), name)
    header, body = [cell.strip() for cell in rows[0]], rows[1:]
    positions = _positions(kind, header, name)
    width = len(header)
    problems: list[Problem] = []
    for number, row in enumerate(body, 1):
        if len(row) != width:
            first = next(iter(positions)) if not row else header[min(len(row), width) - 1]
            problems.append(
                Problem(
                    number,
                    first,
                    f"the row has {len(row)} {'cell' if len(row) == 1 else 'cells'} and the header {width}; quote cells with commas",
                )
            )
    texts = [row + [""] * (width - len(row)) for row in body]
    columns: dict[str, list[Any]] = {}
    for column in kind.columns:
        if column.name in positions:
            at = positions[column.name]
            values, found = read_column(column, [row[at] for row in texts], csv_name(kind, column.name))
            columns[column.name] = values
            problems.extend(found)
    problems.extend(_repeated_keys(kind, columns, len(body)))
    return Sheet(kind, columns, len(body), tuple(sorted(problems, key=lambda p: p.row)))


def read_values(kind: Kind, values: dict[str, str]) -> Sheet:
    """One row typed in a form, checked exactly as a file's row is."""
    columns: dict[str, list[Any]] = {}
    problems: list[Problem] = []
    for column in kind.columns:
        if column.name in values:
            got, found = read_column(column, [values[column.name]], csv_name(kind, column.name))
            columns[column.name] = got
            problems.extend(found)
    return Sheet(kind, columns, 1, tuple(problems))


def read_column(column: Column, texts: Sequence[str], shown: str) -> tuple[list[Any], list[Problem]]:
    """The typed values of a column, and a problem for each cell that can't be one."""
    parse = _PARSERS[column.type]
    known: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for text in set(texts):
        try:
            known[text] = _value(column, text.strip(), parse)
        except ValueError as reason:
            wrong[text] = str(reason)
            known[text] = None
    values = [known[text] for text in texts]
    if not wrong:
        return values, []
    return values, [Problem(n, shown, wrong[text]) for n, text in enumerate(texts, 1) if text in wrong]


def safe_cell(text: str) -> str:
    """Text as a CSV cell that no spreadsheet takes for a formula: an apostrophe goes before = + - @, tab, CR and NUL.

    Source: OWASP, CSV injection. Numbers are written as numbers and don't come here.
    """
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\x00"} and text else text


def _value(column: Column, text: str, parse: Callable[[Column, str], Any]) -> Any:
    if not text:
        if column.required:
            raise ValueError("must not be empty")
        return None
    if column.any_mark and text == "*":
        return text
    return parse(column, text)


def kinds_of(data: bytes) -> tuple[Kind, ...]:
    """The kinds of record that a file's first row fits: all keys are there, and no column is another's.

    Where some of them have all that a new row needs, these alone. Empty where the file is none of ours.
    """
    head = data[:_HEAD_BYTES].decode("utf-8-sig", "replace")
    try:
        row = next((row for row in csv.reader(io.StringIO(head, newline="")) if any(map(str.strip, row))), [])
    except csv.Error:
        return ()
    cells = {cell.strip().lower() for cell in row}
    fitting = [kind for kind in KINDS.values() if _fits(kind, cells)]
    whole = [
        kind for kind in fitting if {csv_name(kind, c.name) for c in kind.columns if c.required} <= cells
    ]
    return tuple(whole or fitting)


def _fits(kind: Kind, cells: set[str]) -> bool:
    keys = {csv_name(kind, key) for key in kind.key if kind.column(key).required}
    return keys < cells <= {csv_name(kind, name) for name in kind.names}


def _text(column: Column, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(f"has {len(text)} characters; the limit is {MAX_TEXT}")
    if column.name == "currency" and not re.fullmatch("[A-Za-z]{3}", text):
        raise ValueError(f"{text!r} is not a currency; write its three letters, like USD")
    return text.upper() if column.name == "currency" else text


def _email(_: Column, text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{text!r} is not an e-mail address")
    return text.lower()


def _zone(_: Column, text: str) -> str:
    return zone_named(text).key


def _choice(column: Column, text: str) -> str:
    folded = {choice.lower(): choice for choice in column.choices}
    if text.lower() not in folded:
        raise ValueError(f"{text!r} is none of {', '.join(column.choices)}")
    return folded[text.lower()]


def _flag(_: Column, text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError(f"{text!r} is not true or false")
    return _FLAGS[text.lower()]


def _money(column: Column, text: str) -> Decimal:
    return _within(column, parse_money(text), text)


def _decimal(column: Column, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number; write it like 97.5 (at most six decimals)")
    return _within(column, Decimal(text), text)


def _percent(column: Column, text: str) -> Decimal:
    value = _decimal(column, text)
    if value != round(value, 4):
        raise ValueError(f"{text!r} has more than four decimals")
    return value


def _whole(column: Column, text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,15}", text):
        raise ValueError(f"{text!r} is not a whole number")
    return int(_within(column, Decimal(text), text))


def _within(column: Column, value: Decimal, text: str) -> Decimal:
    if column.low is not None and value < column.low:
        raise ValueError(f"{text} is below {column.low}")
    if column.high is not None and value > column.high:
        raise ValueError(f"{text} is above {column.high}")
    return value


def _date(_: Column, text: str) -> date:
    day = parse_date(text)
    if not 1990 <= day.year <= 2100:
        raise ValueError(f"{text} lies outside 1990 to 2100; check the year")
    return day


def _instant(_: Column, text: str) -> datetime:
    instant = parse_instant(text)
    if not 1990 <= instant.year <= 2100:
        raise ValueError(f"{text} lies outside 1990 to 2100; check the year")
    return instant


_PARSERS: dict[Type, Callable[[Column, str], Any]] = {
    "text": _text,
    "email": _email,
    "zone": _zone,
    "choice": _choice,
    "flag": _flag,
    "money": _money,
    "price": _decimal,
    "number": _decimal,
    "percent": _percent,
    "whole": _whole,
    "date": _date,
    "instant": _instant,
}


def _rows(text: str, name: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(row for row in reader if any(cell.strip() for cell in row))
    except csv.Error as reason:
        raise UnreadableFile(f"{name}: line {reader.line_num}: {reason}; check the quotes there") from None
    if not rows:
        raise UnreadableFile(f"{name}: the file has no rows")
    return rows


def _positions(kind: Kind, header: list[str], name: str) -> dict[str, int]:
    known = {csv_name(kind, column): column for column in kind.names}
    unknown = [cell for cell in header if cell.lower() not in known]
    if unknown:
        listed = ", ".join(repr(cell) for cell in unknown[:5])
        raise UnreadableFile(f"{name}: header: unknown column {listed}; {kind.name} has {', '.join(known)}")
    lowered = [cell.lower() for cell in header]
    twice = next((cell for cell in lowered if lowered.count(cell) > 1), None)
    if twice:
        raise UnreadableFile(f"{name}: header: column {twice!r} stands twice")
    positions = {known[cell]: at for at, cell in enumerate(lowered)}
    missing = [csv_name(kind, key) for key in kind.key if key not in positions and kind.column(key).required]
    if missing:
        raise UnreadableFile(f"{name}: header: the key column {missing[0]!r} is missing")
    return positions


def _repeated_keys(kind: Kind, columns: dict[str, list[Any]], count: int) -> list[Problem]:
    parts = [columns.get(name, [None] * count) for name in kind.key]
    keys = list(zip(*parts, strict=True))
    if len(set(keys)) == count:
        return []
    first: dict[tuple[Any, ...], int] = {}
    problems: list[Problem] = []
    for number, key in enumerate(keys, 1):
        if any(part is None for part, name in zip(key, kind.key, strict=True) if kind.column(name).required):
            continue
        if key in first:
            shown = ", ".join(str(part) for part in key if part is not None)
            problems.append(
                Problem(
                    number,
                    csv_name(kind, kind.key[0]),
                    f"the key {shown!r} stands in row {first[key]} already",
                )
            )
        else:
            first[key] = number
    return problems
