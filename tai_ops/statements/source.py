"""A file that is to be read as a statement, with what the caller says of it; its text or table is made once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tai_ops.errors import UnreadableFile
from tai_ops.statements.amounts import is_amount
from tai_ops.statements.content import Kind, Text, file_text, head_of, kind_of, plain_text
from tai_ops.statements.dates import is_date
from tai_ops.statements.layout import Layout
from tai_ops.statements.reading import Said
from tai_ops.statements.table import Table, filled, read_table, read_top

LARGE = 512 * 1024
"""The bytes from which a delimited file is read column by column where it is even."""
_HEADER_AMONG = 60


@dataclass(frozen=True, slots=True)
class Evidence:
    """How sure it is that a file has a format, and what says so."""

    sure: Literal["certain", "likely", "a guess"]
    why: str


@dataclass(frozen=True)
class Source:
    """The file's name for messages, its bytes, and the caller's encoding, saved layout, format and other words.

    `kept` are all layouts of the account: a file of the same headings tells its lines apart by the same columns.
    """

    name: str
    data: bytes
    encoding: str | None
    layout: Layout | None
    said: Said
    wanted: str | None = None
    kept: tuple[Layout, ...] = ()

    @cached_property
    def kind(self) -> Kind:
        """Whether the bytes are text, a workbook, an old workbook or an archive; UnreadableFile names what else they are."""
        return kind_of(self.data, self.name)

    @cached_property
    def head(self) -> str:
        """The beginning of the text, to tell formats by; empty where the file is no text."""
        return head_of(self.data, self.encoding) if self.kind == "text" else ""

    @property
    def text(self) -> str:
        """The whole text of the file. It is made anew each time: a large one need not stand in memory twice."""
        return plain_text(self.data, self.name, self.encoding, self._usual).text

    @property
    def _usual(self) -> str | None:
        return self.layout.encoding if self.layout else None

    @cached_property
    def _read(self) -> tuple[Table, str, tuple[str, ...]]:
        """The table with the encoding it was read in and what to say of that; the text itself is let go."""
        if self.kind in {"xlsx", "xls"}:
            from tai_ops.statements.workbook import read_old_workbook, read_workbook

            reads = read_workbook if self.kind == "xlsx" else read_old_workbook
            table, warnings = reads(self.data, self.name)
            return table, "utf-8", warnings
        text = self.table_text
        table = read_table(text.text, self.name)
        if not table.rows:
            raise UnreadableFile(f"{self.name} is empty; export the statement again")
        self.__dict__.pop("table_text", None)
        return table, text.encoding, text.warnings

    @cached_property
    def table_text(self) -> Text:
        """The text of a delimited file; UnreadableFile says what the file is where it is none."""
        return file_text(self.data, self.name, self.encoding, self._usual)

    @property
    def top(self) -> Table:
        """The first rows of the table, enough to find its layout by; all of them where the file is not large."""
        return self._top or self.table

    @property
    def is_long(self) -> bool:
        """Whether there is more than `top` shows."""
        return self._top is not None

    @cached_property
    def _top(self) -> Table | None:
        large = self.kind == "text" and len(self.data) >= LARGE
        return read_top(self.table_text.text) if large else None

    @property
    def table(self) -> Table:
        """The rows of the file; UnreadableFile where it has none, or is no text."""
        return self._read[0]

    @cached_property
    def _encoding(self) -> tuple[str, tuple[str, ...]]:
        if "_read" in self.__dict__:
            return self._read[1:]
        if "table_text" in self.__dict__:
            return self.table_text.encoding, self.table_text.warnings
        if self.kind == "zip":
            return "utf-8", ()
        text = plain_text(self.data, self.name, self.encoding, self._usual)
        return text.encoding, text.warnings

    @property
    def text_encoding(self) -> str:
        """The encoding that the file was read in."""
        return self._encoding[0]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to say of the encoding, or of the sheets of a workbook."""
        return self._encoding[1]

    @cached_property
    def headers(self) -> list[list[str]]:
        """The first rows that may be a header: more than one cell, none of them a date or an amount."""
        return [
            row
            for row in self.top.rows[:_HEADER_AMONG]
            if filled(row) > 1 and not any(is_date(cell) or is_amount(cell) for cell in row)
        ]
