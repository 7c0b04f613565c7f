"""A delimited file as rows of cells: which delimiter, which quoting, and the line on which each row begins."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from tai_ops.errors import UnreadableFile
from tai_ops.statements.amounts import is_amount
from tai_ops.statements.dates import is_date
from tai_ops.statements.words import roles_of

Delimiter = Literal[",", ";", "\t", "|"]
Quoting = Literal["double", "backslash", "none"]
DELIMITERS: tuple[Delimiter, ...] = (",", ";", "\t", "|")

_SEP = re.compile(r"\A\s*\"?sep=(.)\"?[^\r\n]*(?:\r\n|\r|\n)", re.IGNORECASE)
_SAMPLE = 400
_WIDEST = 400
_MOST_LINES = 1_000_000


@dataclass(slots=True)
class Table:
    """The rows of a file that have any cell filled, each with the physical line (from 1) on which it begins."""

    rows: list[list[str]]
    lines: list[int]
    delimiter: Delimiter
    quoting: Quoting


class _LongLine(Exception):
    """A cell of that line is longer than one can be."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


def read_table(text: str, name: str, delimiter: Delimiter | None = None) -> Table:
    """The file's rows; UnreadableFile where the text is no table.

    The delimiter is the one under which most rows hold a date and an amount, then most known headings, then the
    largest share of rows with the usual number of cells.
    """
    if max(text.count("\n"), text.count("\r")) > _MOST_LINES:
        raise UnreadableFile(f"{name} has more than {_MOST_LINES:,} lines; export a shorter period")
    try:
        return _read_table(text, name, delimiter)
    except _LongLine as found:
        raise UnreadableFile(
            f"{name}: line {found.line} is longer than a statement's can be; export it again, or take that line out"
        ) from None


def _read_table(text: str, name: str, delimiter: Delimiter | None) -> Table:
    stated = _SEP.match(text)
    skipped = 0
    if stated:
        skipped = 1
        text = text[stated.end() :]
        if stated[1] in DELIMITERS:
            delimiter = next(d for d in DELIMITERS if d == stated[1])
    table = _best_quoting(text, delimiter or _fittest(_head_of(text)))
    if not any(len(row) > 1 for row in table.rows[:_SAMPLE]):
        table = _unwrapped(table, text) or table
    if not any(len(row) > 1 for row in table.rows[:_SAMPLE]):
        raise UnreadableFile(f"{name} is text without columns, not a statement; export it as CSV")
    if modal_width(table.rows[:_SAMPLE]) > _WIDEST:
        raise UnreadableFile(
            f"{name} has more than {_WIDEST} columns, which no bank statement has; export it again"
        )
    if skipped:
        table.lines = [line + skipped for line in table.lines]
    return table


def read_top(text: str) -> Table | None:
    """The first 400 rows of a longer file as `read_table` would read them; None where that takes the whole of it."""
    head = _head_of(text)
    if max(text.count("\n"), text.count("\r")) > _MOST_LINES:
        return None
    if len(head) == len(text) or _SEP.match(text) or '\\"' in text or text.count('"') % 2:
        return None
    try:
        top = Table(*_split(head, delimiter := _fittest(head), "double", _SAMPLE), delimiter, "double")
    except _LongLine:
        return None
    odd = len(top.rows) < _SAMPLE or any("\n" in cell or "\r" in cell for row in top.rows for cell in row)
    return None if odd or not 1 < modal_width(top.rows) <= _WIDEST else top


def _head_of(text: str) -> str:
    """Whole lines of the beginning of a text, enough to tell the delimiter by."""
    head = text[:262_144]
    if len(text) > len(head):
        head = head[: max(head.rfind("\n"), head.rfind("\r")) + 1] or head
    return head


def _fittest(head: str) -> Delimiter:
    return max(DELIMITERS, key=lambda d: _fitness(_split(head, d, "double", _SAMPLE)[0]))


def modal_width(rows: list[list[str]]) -> int:
    """The number of cells that most rows of more than one cell have."""
    widths = Counter(map(len, rows))
    widths.pop(1, None)
    return max(widths, key=lambda w: (widths[w], w), default=0)


def filled(row: list[str]) -> int:
    """The number of cells up to the last that is not blank."""
    size = len(row)
    while size and not row[size - 1].strip():
        size -= 1
    return size


def _split(
    text: str, delimiter: str, quoting: Quoting, limit: int | None = None
) -> tuple[list[list[str]], list[int]]:
    """Rows and first lines under that dialect; blank rows are left out."""
    source = io.StringIO(text, newline="")  # lines end in CR, LF or both, and keep their ends
    if quoting == "none":
        reader = csv.reader(source, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    elif quoting == "backslash":
        reader = csv.reader(source, delimiter=delimiter, escapechar="\\")
    else:
        reader = csv.reader(source, delimiter=delimiter)
    rows: list[list[str]] = []
    lines: list[int] = []
    first = 1
    try:
        if limit is None and '"' not in text:  # a line a row
            every = list(reader)
            lines = [number for number, row in enumerate(every, 1) if any(row)]
            return (every if len(lines) == len(every) else [row for row in every if any(row)]), lines
        for row in reader:
            if any(row):
                rows.append(row)
                lines.append(first)
                if limit and len(rows) >= limit:
                    break
            first = reader.line_num + 1
    except csv.Error:
        if quoting == "none":
            raise _LongLine(reader.line_num) from None
        return _split(text, delimiter, "none", limit)
    return rows, lines


def _fitness(rows: list[list[str]]) -> tuple[int, int, float, int]:
    """How much the rows look like a statement; larger is better."""
    width = modal_width(rows)
    if width < 2:
        return (0, 0, 0.0, 0)
    sample = rows[:60] + rows[-60:] if len(rows) > 120 else rows
    paired = sum(1 for row in sample if _has_date_and_amount(row))
    headings = max((sum(1 for cell in row if roles_of(cell)) for row in rows[:40] if len(row) > 1), default=0)
    share = sum(1 for row in rows if len(row) == width) / len(rows)
    return (paired, headings, share, width)


def _has_date_and_amount(row: list[str]) -> bool:
    cells = row[:_WIDEST]
    dated = next((n for n, cell in enumerate(cells) if is_date(cell)), None)
    return dated is not None and any(is_amount(cell) for n, cell in enumerate(cells) if n != dated)


def _best_quoting(text: str, delimiter: Delimiter) -> Table:
    rows, lines = _split(text, delimiter, "double")
    best = Table(rows, lines, delimiter, "double")
    if '\\"' in text:
        other = Table(*_split(text, delimiter, "backslash"), delimiter, "backslash")
        if _evenness(other) > _evenness(best):
            best = other
    if '"' in text and _swallows(best):
        plain_rows, plain_lines = _split(text, delimiter, "none")
        bare = [[cell.strip().strip('"') for cell in row] for row in plain_rows]
        other = Table(bare, plain_lines, delimiter, "none")
        if sum(map(_has_date_and_amount, other.rows[:2000])) > sum(
            map(_has_date_and_amount, best.rows[:2000])
        ):
            best = other
    return best


def _evenness(table: Table) -> float:
    width = modal_width(table.rows)
    return sum(1 for row in table.rows if len(row) == width) / max(len(table.rows), 1)


def _swallows(table: Table) -> bool:
    """Whether a quotation mark that is never closed seems to have taken whole lines into one cell."""
    width = modal_width(table.rows)
    return any(
        line.count(table.delimiter) >= max(width - 2, 1)
        for row in table.rows
        for cell in row
        if "\n" in cell or "\r" in cell
        for line in re.split(r"\r\n|\r|\n", cell)[1:]
    )


def _unwrapped(table: Table, text: str) -> Table | None:
    """The table in a file whose every line is one quoted cell that holds the delimited line."""
    inner = "\n".join(row[0].replace("\n", " ").replace("\r", " ") for row in table.rows)
    if '"' not in text:
        return None
    delimiter = max(DELIMITERS, key=lambda d: _fitness(_split(inner, d, "double", _SAMPLE)[0]))
    rows, places = _split(inner, delimiter, "double")
    if not any(len(row) > 1 for row in rows):
        return None
    return Table(
        rows, [table.lines[min(place, len(table.lines)) - 1] for place in places], delimiter, "double"
    )
