"""A file of another system as a table or as JSON, whichever it is; what it is called decides nothing."""

import ast
import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tai_ops.errors import UnreadableFile
from tai_ops.sheet import decoded

HEADER_AMONG = 20
LONGEST_REPR = 200_000
_DAMAGED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_WITH_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{1,2}:\d{2}.*")
_EPOCH_SECONDS_DIGITS, _EPOCH_MS_DIGITS = 10, 13


@dataclass(frozen=True, slots=True)
class Table:
    """The rows below a header; row n is the n-th row of data, from 1. Headings are small and without signs."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def has(self, *names: str) -> bool:
        """Whether all of these headings are there."""
        return all(_heading(name) in self.headings for name in names)

    def place(self, *names: str) -> int | None:
        """The column with the first of these headings that is there."""
        return next((self.headings.index(_heading(n)) for n in names if _heading(n) in self.headings), None)

    def column(self, *names: str) -> list[str] | None:
        """The cells of that column; None where there is none."""
        at = self.place(*names)
        return None if at is None else [row[at].strip() for row in self.rows]


class File:
    """The bytes of a file, read as what they turn out to be."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.name = name

    @cached_property
    def looks_like_json(self) -> bool:
        """Whether its first sign is one with which JSON begins."""
        return self.data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}

    @cached_property
    def document(self) -> Any:
        """The JSON in it, or the list of its JSON lines; UnreadableFile names the line that is none."""
        text = decoded(self.data, self.name)
        try:
            return json.loads(text)
        except RecursionError:
            raise UnreadableFile(f"{self.name}: the JSON is nested too deeply to be an export") from None
        except ValueError as reason:
            lines = [line for line in text.splitlines() if line.strip()]
            try:
                return [json.loads(line) for line in lines] if len(lines) > 1 else self._no_json(reason)
            except (ValueError, RecursionError):
                return self._no_json(reason)

    def _no_json(self, reason: ValueError) -> Any:
        where = f"line {reason.lineno}: " if isinstance(reason, json.JSONDecodeError) else ""
        raise UnreadableFile(f"{self.name}: {where}not readable as JSON; export the file again") from None

    def heads(self, *signs: str) -> tuple[str, int] | None:
        """How its cells are apart and in which row a header with all these headings stands; None where none does."""
        if self.looks_like_json:
            return None
        for delimiter in (",", ";", "\t"):
            at = _header_place(_rows(self.data[:200_000], delimiter, cut=len(self.data) > 200_000), signs)
            if at is not None:
                return delimiter, at
        return None

    def table(self, *signs: str) -> Table | None:
        """The table whose header has all these headings; rows of spacing or titles may stand above it."""
        found = self.heads(*signs)
        return self._read(*found) if found else None

    def _read(self, delimiter: str, at: int) -> Table:
        text = decoded(self.data, self.name)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            rows = list(reader)
        except csv.Error as reason:
            raise UnreadableFile(
                f"{self.name}: line {reader.line_num}: {reason}; check the quotes there"
            ) from None
        headings = tuple(_heading(cell) for cell in rows[at])
        width = len(headings)
        body = [row for row in rows[at + 1 :] if any(cell.strip() for cell in row)]
        return Table(headings, tuple(tuple((row + [""] * width)[:width]) for row in body))


def _rows(data: bytes, delimiter: str, *, cut: bool) -> list[list[str]]:
    text = data.decode("utf-8-sig", "replace").replace("\x00", "")
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            found.append(row)
            if len(found) > HEADER_AMONG:
                break
    except csv.Error:
        return found
    return found[:-1] if cut and len(found) <= HEADER_AMONG else found


def _header_place(rows: Sequence[Sequence[str]], signs: Sequence[str]) -> int | None:
    wanted = {_heading(sign) for sign in signs}
    return next((n for n, row in enumerate(rows) if wanted <= {_heading(cell) for cell in row}), None)


def _heading(cell: str) -> str:
    return " ".join("".join(c if c.isalnum() or c == "_" else " " for c in cell.casefold()).split())


# --- Cells


def plain_id(text: str) -> str:
    """An id as it was exported; ValueError where a spreadsheet has turned it into a number and lost its digits."""
    stripped = text.strip().lstrip("'")
    if _DAMAGED.fullmatch(stripped):
        raise ValueError(
            f"{stripped!r} is an id that a spreadsheet has damaged; export the file again and don't save it there"
        )
    return stripped.removesuffix(".0") if re.fullmatch(r"\d+\.0", stripped) else stripped


def day(text: str) -> str:
    """The day of a date or of a date with a time, as ISO; other text as it is, for the check to refuse."""
    found = _WITH_TIME.fullmatch(text.strip())
    return found.group(1) if found else text.strip()


def instant(text: str, zone: str = "UTC") -> str:
    """An instant as ISO with offset: of ISO text (without offset: of that zone) or of Unix seconds or milliseconds."""
    stripped = text.strip()
    if stripped.isdigit() and len(stripped) in {_EPOCH_SECONDS_DIGITS, _EPOCH_MS_DIGITS}:
        seconds = int(stripped) / (1000 if len(stripped) == _EPOCH_MS_DIGITS else 1)
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    padded = re.sub(r"^(\d{4}-\d{2}-\d{2})[T ](\d):", r"\1T0\2:", stripped)
    try:
        read = datetime.fromisoformat(padded)
    except ValueError:
        return stripped
    return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).isoformat()


def local_day(text: str, zone: str) -> str:
    """The day of an instant in that zone; other text as it is, for the check to refuse."""
    try:
        return datetime.fromisoformat(instant(text, zone)).astimezone(ZoneInfo(zone)).date().isoformat()
    except ValueError:
        return text


def amount(text: str) -> str:
    """Money without currency signs and thousands separators; ValueError where the signs fit two readings."""
    plain = re.sub(r"[\s\u00a0\u202f'$€£]", "", text)
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        return plain.replace(",", "")
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+,\d+", plain) or re.fullmatch(r"-?\d{1,3}(\.\d{3}){2,}", plain):
        return plain.replace(".", "").replace(",", ".")
    if re.fullmatch(r"-?\d+,\d{1,2}", plain):
        return plain.replace(",", ".")
    if re.fullmatch(r"-?\d{1,3}\.\d{3}", plain):
        raise ValueError(
            f"{text!r} can be read as thousands or as three decimals; export it with two decimals"
        )
    whole = re.fullmatch(r"(-?\d+)\.(\d{2})0+", plain)
    return f"{whole.group(1)}.{whole.group(2)}" if whole else plain


def nested(cell: str) -> Any:
    """What a cell holds that was dumped as JSON or as a Python literal; the text itself where it is neither."""
    text = cell.strip()
    if text[:1] not in {"{", "["} or len(text) > LONGEST_REPR:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text


def is_day(text: str) -> bool:
    """Whether the text is an ISO date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
