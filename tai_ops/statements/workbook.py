"""Excel workbooks as tables of text: cells of .xlsx keep the decimals of their XML, dates come in ISO form.

Excel writes a number with up to 17 digits, of which it shows 15: an amount such as 19.989999999999998 is 19.99, as it
is there. Old .xls files hold their numbers as binary fractions; these are read to the same 15 digits.
"""

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from tai_ops.errors import UnreadableFile
from tai_ops.statements.amounts import is_amount
from tai_ops.statements.dates import is_date
from tai_ops.statements.table import Table
from tai_ops.statements.xml_scan import Node, scan_xml

_MOST_UNPACKED = 250 * 1024 * 1024
_WIDEST = 400
_MOST_ROWS = 1_048_576
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_DIGITS = Context(prec=15)
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def read_workbook(data: bytes, name: str) -> tuple[Table, tuple[str, ...]]:
    """The sheet of an .xlsx that looks most like a statement, and what to say of the others."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED:
                raise UnreadableFile(f"{name} unpacks to too much for a statement; export a shorter period")
            book = _Book(archive, name)
            sheets = [(title, *book.sheet(path)) for title, path in book.sheets()]
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, RuntimeError, NotImplementedError):
        raise UnreadableFile(f"{name} is a damaged Excel workbook; save it again") from None
    return _chosen(sheets, name)


def read_old_workbook(data: bytes, name: str) -> tuple[Table, tuple[str, ...]]:
    """The sheet of an .xls that looks most like a statement, and what to say of the others."""
    if _LOCKED in data:
        raise UnreadableFile(_locked(name))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets: list[tuple[str, list[list[str]], list[int]]] = []
        for title in book.sheet_names:
            rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
            kept = [
                (n, [_python_text(cell) for cell in row[:_WIDEST]]) for n, row in enumerate(rows, start=1)
            ]
            kept = [(n, row) for n, row in kept if any(row)]
            sheets.append((title, [row for _, row in kept], [n for n, _ in kept]))
    except PasswordError:
        raise UnreadableFile(_locked(name)) from None
    except (CalamineError, ValueError, OSError):
        raise UnreadableFile(
            f"{name} is an old Office file (.doc or damaged .xls) and no workbook that can be read; save it as .xlsx"
        ) from None
    return _chosen(sheets, name)


def _locked(name: str) -> str:
    return f"{name} is locked with a password; save it without one"


def _chosen(sheets: list[tuple[str, list[list[str]], list[int]]], name: str) -> tuple[Table, tuple[str, ...]]:
    filled = [sheet for sheet in sheets if sheet[1]]
    if not filled:
        raise UnreadableFile(f"{name} is an empty workbook; export the statement again")
    scores = [sum(map(_looks_booked, rows[:2000])) for _, rows, _ in filled]
    best = max(range(len(filled)), key=lambda n: (scores[n], -n))
    title, rows, lines = filled[best]
    others = [filled[n][0] for n in range(len(filled)) if n != best and scores[n] > 1]
    said = f"the sheet {title[:40]!r} was read; {', '.join(repr(t[:40]) for t in others)} may hold lines too: save each as its own file"
    return Table(rows, lines, ",", "double"), (said,) if others else ()


def _looks_booked(row: list[str]) -> bool:
    dated = next((n for n, cell in enumerate(row) if is_date(cell)), None)
    return dated is not None and any(is_amount(cell) for n, cell in enumerate(row) if n != dated)


class _Book:
    """The parts of an .xlsx that its cells need: shared texts, which styles are dates, where its days begin."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._files = {entry.lower(): entry for entry in archive.namelist()}
        self._since = dt.datetime(1899, 12, 30)  # noqa: DTZ001  # a day of the calendar, in no zone
        self._texts = [_joined(node) for node in self._nodes("xl/sharedstrings.xml", {"si"})]
        self._dates = self._date_styles()

    def sheets(self) -> list[tuple[str, str]]:
        """The title and the path of each sheet, in their order."""
        relations = {
            node.attributes.get("Id", ""): node.attributes.get("Target", "")
            for node in self._nodes("xl/_rels/workbook.xml.rels", {"Relationship"})
        }
        found: list[tuple[str, str]] = []
        for node in self._nodes("xl/workbook.xml", {"sheet", "workbookPr"}):
            if node.name == "workbookPr":
                if node.attributes.get("date1904", "") in {"1", "true"}:
                    self._since = dt.datetime(1904, 1, 1)  # noqa: DTZ001  # as above
                continue
            target = relations.get(node.attributes.get("id", ""), "")
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if path.lower() in self._files and "worksheets/" in path:
                found.append((node.attributes.get("name", ""), path))
        return found or [
            (path, path) for path in sorted(self._files.values()) if path.startswith("xl/worksheets/sheet")
        ]

    def sheet(self, path: str) -> tuple[list[list[str]], list[int]]:
        """The rows that have any text, and the number of each."""
        rows: list[list[str]] = []
        lines: list[int] = []

        def take(node: Node) -> None:
            said = node.attributes.get("r", "")
            number = int(said) if said.isdigit() else (lines[-1] + 1 if lines else 1)
            if number > _MOST_ROWS:
                raise UnreadableFile(
                    f"{self._name} has more than {_MOST_ROWS:,} rows; export a shorter period"
                )
            cells = self._row(node)
            if any(cells):
                rows.append(cells)
                lines.append(number)

        with self._archive.open(self._files[path.lower()]) as stream:
            scan_xml(stream, self._name, wanted={"row"}, take=take)
        return rows, lines

    def _nodes(self, path: str, wanted: set[str]) -> Iterator[Node]:
        entry = self._files.get(path)
        if entry is None:
            return iter(())
        found: list[Node] = []
        with self._archive.open(entry) as stream:
            scan_xml(stream, self._name, wanted=wanted, take=found.append)
        return iter(found)

    def _date_styles(self) -> set[int]:
        """The styles whose number format is a date."""
        own: dict[int, str] = {}
        styles: list[int] = []
        for node in self._nodes("xl/styles.xml", {"numFmt", "cellXfs"}):
            if node.name == "numFmt":
                own[_number(node.attributes.get("numFmtId", ""))] = node.attributes.get("formatCode", "")
            else:
                styles = [_number(xf.attributes.get("numFmtId", "")) for xf in node.all("xf")]
        dated = {
            n for n, code in own.items() if re.search(r"[dy]|m{3}", _QUOTED.sub("", code), re.IGNORECASE)
        }
        return {
            n for n, code in enumerate(styles) if code in dated or (code in _DATE_FORMATS and code not in own)
        }

    def _row(self, row: Node) -> list[str]:
        cells: list[str] = []
        for cell in row.all("c"):
            place = _CELL.fullmatch(cell.attributes.get("r", ""))
            n = _column(place[1]) if place else len(cells)
            if n >= _WIDEST:
                raise UnreadableFile(
                    f"{self._name} has more than {_WIDEST} columns, which no bank statement has; export it again"
                )
            if n >= len(cells):
                cells.extend([""] * (n + 1 - len(cells)))
            cells[n] = self._text(cell)
        return cells

    def _text(self, cell: Node) -> str:
        kind, value = cell.attributes.get("t", "n"), cell.said("v")
        if kind == "s":
            n = _number(value)
            return self._texts[n] if 0 <= n < len(self._texts) else ""
        if kind == "inlineStr":
            inline = cell.first("is")
            return _joined(inline) if inline else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if kind != "n":
            return value
        if value and _number(cell.attributes.get("s", "0")) in self._dates:
            return _day_text(value, self._since)
        return number_text(value)


def number_text(value: str) -> str:
    """The digits of a numeric cell, as its XML says them: no exponent, and no more of a fraction than Excel shows."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return value
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        shown = _DIGITS.create_decimal(number).normalize()
        number = shown if len(number.as_tuple().digits) > 15 else number.normalize()
    plain = f"{number:f}"
    whole, point, part = plain.partition(".")
    if not point or not part.strip("0"):
        return whole
    # three decimals get a fourth: the text of a number must not look like thousands
    return f"{whole}.{part.ljust(4 if len(part) == 3 else 2, '0')}"


def _day_text(value: str, since: dt.datetime) -> str:
    """A day's number as a date, with its time where it has one."""
    try:
        days = Decimal(value)
        moment = since + dt.timedelta(seconds=int((days * 86_400).to_integral_value()))
    except (InvalidOperation, OverflowError, ValueError):
        return value
    return moment.date().isoformat() if moment.time() == dt.time() else moment.isoformat(" ")


def _python_text(cell: Any) -> str:
    """A cell of an old workbook as text."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        return number_text(repr(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return "" if cell is None else str(cell)


def _joined(node: Node) -> str:
    """The text of a shared or an inline string, with its runs one behind the other; phonetic marks are left out."""
    if node.children:
        return "".join(t.text for t in (*node.all("t"), *node.all("r/t")))
    return node.text


def _column(letters: str) -> int:
    n = 0
    for letter in letters:
        n = n * 26 + ord(letter) - 64
    return n - 1


def _number(text: str) -> int:
    return int(text) if text.isdigit() else -1
