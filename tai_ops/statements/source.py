"""A file that is to be read as a statement, with what the caller says of it; its table is made once."""

from dataclasses import dataclass
from functools import cached_property

from tai_ops.errors import UnreadableFile
from tai_ops.statements.amounts import is_amount
from tai_ops.statements.content import file_text
from tai_ops.statements.dates import is_date
from tai_ops.statements.layout import Layout
from tai_ops.statements.reading import Said
from tai_ops.statements.table import Table, filled, read_table

_HEADER_AMONG = 60


@dataclass(frozen=True)
class Source:
    """The file's name for messages, its bytes, and the caller's encoding, saved layout, format and other words."""

    name: str
    data: bytes
    encoding: str | None
    layout: Layout | None
    said: Said
    wanted: str | None = None

    @cached_property
    def _read(self) -> tuple[Table, str, tuple[str, ...]]:
        """The table with the encoding it was read in and what to say of that; the text itself is let go."""
        usual = self.layout.encoding if self.layout else None
        text = file_text(self.data, self.name, self.encoding, usual)
        table = read_table(text.text, self.name)
        if not table.rows:
            raise UnreadableFile(f"{self.name} is empty; export the statement again")
        return table, text.encoding, text.warnings

    @property
    def table(self) -> Table:
        """The rows of the file; UnreadableFile where it has none, or is no text."""
        return self._read[0]

    @property
    def text_encoding(self) -> str:
        """The encoding that the file was read in."""
        return self._read[1]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to say of the encoding."""
        return self._read[2]

    @cached_property
    def headers(self) -> list[list[str]]:
        """The first rows that may be a header: more than one cell, none of them a date or an amount."""
        return [
            row
            for row in self.table.rows[:_HEADER_AMONG]
            if filled(row) > 1 and not any(is_date(cell) or is_amount(cell) for cell in row)
        ]
