"""What detection says of a table, and what is not certain about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tai_ops.statements.layout import Columns
from tai_ops.statements.words import heading_currency


@dataclass(slots=True)
class Found:
    """What detection says of a table: the header (as an index of its rows), the columns, and what is not certain."""

    header: tuple[str, ...]
    header_index: int | None
    body: int
    width: int
    columns: Columns
    currency: str | None
    doubts: list[str] = field(default_factory=list[str])
    sign_known: bool = True


def money_currency(columns: Columns, header: Sequence[str]) -> str | None:
    """The currency that the heading of the amounts names."""
    places = (n for n in columns.money if n < len(header))
    return next((code for n in places if (code := heading_currency(header[n]))), None)
