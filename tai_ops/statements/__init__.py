"""Bank, card and processor statements: bytes in, lines and problems out. Nothing here knows a store or a page.

`read_statement` is the way in, `FORMATS` the one table of what can be read. A layout that a person has confirmed is
kept by the caller (`Statement.layout`, as JSON) and passed back with the next file of that account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tai_ops.errors import UnreadableFile, WrongUsage
from tai_ops.statements.amounts import Mark
from tai_ops.statements.content import MAX_BYTES
from tai_ops.statements.dates import Order
from tai_ops.statements.delimited import by_saved_layout, is_export, read_bank, read_export
from tai_ops.statements.layout import Columns, KeyColumns, Layout, Positive
from tai_ops.statements.reading import Said
from tai_ops.statements.recognised import EXPORTS
from tai_ops.statements.source import Source
from tai_ops.statements.statement import AccountInFile, Line, Rejected, Statement, as_json

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "AccountInFile",
    "Columns",
    "Format",
    "KeyColumns",
    "Layout",
    "Line",
    "Rejected",
    "Source",
    "Statement",
    "as_json",
    "formats",
    "read_statement",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A row of the table of formats: its id, what it is, whether a file is one, and how it is read."""

    id: str
    label: str
    detects: Callable[[Source], bool]
    reads: Callable[[Source], Statement]


FORMATS: tuple[Format, ...] = (
    *(Format(e.id, e.label, partial(is_export, export=e), partial(read_export, export=e)) for e in EXPORTS),
    Format("csv", "CSV or TSV of any bank: its layout is found, shown and kept", lambda _: True, read_bank),
)


def formats() -> list[Format]:
    """The formats that can be read, in the order in which they are tried."""
    return list(FORMATS)


def read_statement(
    data: bytes,
    *,
    name: str,
    format: str | None = None,  # noqa: A002  # the word of the command line
    layout: Layout | None = None,
    date_order: Order | None = None,
    encoding: str | None = None,
    positive: Positive | None = None,
    decimal: Mark | None = None,
) -> Statement:
    """The statement in the file's bytes.

    UnreadableFile says in one line what the file is where it is no statement, or what must be decided first. What the
    caller says (`date_order`, `positive`: which way a positive amount goes, `decimal`) goes before the saved layout,
    and the layout before what the file shows; a `format` that is named is taken as sure. WrongUsage for a format that is not in FORMATS.
    """
    source = Source(_plain(name), data, encoding, layout, Said(date_order, positive, decimal), format)
    rows = [row for row in FORMATS if format in {None, row.id}]
    if not rows:
        raise WrongUsage(
            f"{format!r} is no statement format; the formats are {', '.join(row.id for row in FORMATS)}"
        )
    if layout and format in {None, layout.format}:
        saved = by_saved_layout(source, layout)
        if saved:
            return saved
    chosen = next((row for row in rows if row.detects(source)), None)
    if chosen is None:
        raise UnreadableFile(f"{source.name} is not laid out as {format}; leave the format out")
    return chosen.reads(source)


def _plain(name: str) -> str:
    """The file's name as one short printable line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return line[:120] or "the file"
