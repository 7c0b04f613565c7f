"""A file that is to be read as a statement, with what the caller says of it; its text and its table are made once."""

from dataclasses import dataclass
from functools import cached_property

from tai_ops.errors import UnreadableFile
from tai_ops.statements.amounts import is_amount
from tai_ops.statements.content import Text, file_text
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
    def text(self) -> Text:
        """The text of the file; UnreadableFile where it is none."""
        return file_text(self.data, self.name, self.encoding, self.layout.encoding if self.layout else None)

    @cached_property
    def table(self) -> Table:
        """The rows of the file; UnreadableFile where it has none."""
        table = read_table(self.text.text, self.name)
        if not table.rows:
            raise UnreadableFile(f"{self.name} is empty; export the statement again")
        return table

    @cached_property
    def headers(self) -> list[list[str]]:
        """The first rows that may be a header: more than one cell, none of them a date or an amount."""
        return [
            row
            for row in self.table.rows[:_HEADER_AMONG]
            if filled(row) > 1 and not any(is_date(cell) or is_amount(cell) for cell in row)
        ]
