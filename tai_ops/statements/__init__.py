"""Bank, card and processor statements: bytes in, lines and problems out. Nothing here knows a store or a page.

`read_statement` is the way in, `FORMATS` the one table of what can be read. A layout that a person has confirmed is
kept by the caller (`Statement.layout`, as JSON) and passed back with the next file of that account.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tai_ops.errors import UnreadableFile, WrongUsage
from tai_ops.statements import bai2, camt, mt940, ofx, qif
from tai_ops.statements.amounts import Mark
from tai_ops.statements.archive import files_in
from tai_ops.statements.content import MAX_BYTES
from tai_ops.statements.dates import Order, shape_of
from tai_ops.statements.delimited import (
    by_saved_layout,
    is_delimited,
    is_export,
    is_tabbed,
    is_workbook,
    read_bank,
    read_export,
)
from tai_ops.statements.layout import Columns, KeyColumns, Layout, Positive
from tai_ops.statements.reading import Said
from tai_ops.statements.recognised import EXPORTS
from tai_ops.statements.source import Evidence, Source
from tai_ops.statements.statement import (
    AccountInFile,
    Line,
    Rejected,
    Statement,
    Taken,
    as_json,
    choices,
    warnings_of,
)
from tai_ops.statements.words import forget_texts

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "AccountInFile",
    "Columns",
    "Evidence",
    "Format",
    "KeyColumns",
    "Layout",
    "Line",
    "Rejected",
    "Source",
    "Statement",
    "Taken",
    "as_json",
    "choices",
    "formats",
    "read_statement",
    "warnings_of",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A row of the table of formats: its id, what it is, whether a file is one and how sure that is, how it is read.

    `table` says whether it is rows and columns with a layout to be found; the others are records that name their fields.
    """

    id: str
    label: str
    detects: Callable[[Source], Evidence | None]
    reads: Callable[[Source], Statement]
    table: bool = True


FORMATS: tuple[Format, ...] = (
    Format(
        "ofx",
        "OFX and QFX (Quicken, Money): 1.x, 2.x and fragments of them",
        ofx.detects,
        ofx.read,
        table=False,
    ),
    Format(
        "camt",
        "CAMT.052, 053 and 054 (ISO 20022): each alone, or several in a zip",
        camt.detects,
        camt.read,
        table=False,
    ),
    Format("mt940", "MT940 and MT942 (SWIFT)", mt940.detects, mt940.read, table=False),
    Format("qif", "QIF (Quicken Interchange Format)", qif.detects, qif.read, table=False),
    Format("bai2", "BAI2 (US cash management)", bai2.detects, bai2.read, table=False),
    *(Format(e.id, e.label, partial(is_export, export=e), partial(read_export, export=e)) for e in EXPORTS),
    Format(
        "xlsx",
        "Excel workbook (.xlsx, .xls) of any bank: its layout is found, shown and kept",
        is_workbook,
        partial(read_bank, format_id="xlsx"),
    ),
    Format(
        "tsv",
        "TSV (cells apart by tabs) of any bank: its layout is found, shown and kept",
        is_tabbed,
        partial(read_bank, format_id="tsv"),
    ),
    Format("csv", "CSV of any bank: its layout is found, shown and kept", is_delimited, read_bank),
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
    card: bool = False,
    older: Sequence[Layout] = (),
) -> Statement:
    """The statement in the file's bytes.

    UnreadableFile says in one line what the file is where it is no statement, or what must be decided first. What the
    caller says (`date_order`, `positive`: which way a positive amount goes, `decimal`) goes before the saved layout,
    and the layout before what the file shows; a `format` that is named is taken as sure. An account that has files of
    several kinds keeps a layout of each: `older` are those beside the newest. WrongUsage for a format that is not in FORMATS.
    """
    try:
        layouts = (layout, *older) if layout else tuple(older)
        return _read(data, name, format, layouts, Said(date_order, positive, decimal, card), encoding)
    finally:
        if len(data) > _LARGE:
            forget_texts()
            shape_of.cache_clear()


def _read(
    data: bytes,
    name: str,
    format_id: str | None,
    layouts: Sequence[Layout],
    said: Said,
    encoding: str | None,
) -> Statement:
    newest = layouts[0] if layouts else None
    source = _unpacked(Source(_plain(name), data, encoding, newest, said, format_id, tuple(layouts)))
    rows = [row for row in FORMATS if format_id in {None, row.id}]
    if not rows:
        raise WrongUsage(
            f"{format_id!r} is no statement format; the formats are {', '.join(row.id for row in FORMATS)}"
        )
    found = _claim(source, [row for row in rows if not row.table])
    if found:
        own = next((layout for layout in layouts if layout.format == found[0].id), None)
        source = replace(source, layout=own)
    else:
        tables = [layout for layout in layouts if _is_table(layout.format) and _alike(source, layout.format)]
        for layout in tables:
            saved = by_saved_layout(source, layout) if format_id in {None, layout.format} else None
            if saved:
                kept = Evidence("certain", "the account keeps its layout")
                return _taken(saved, kept, said=layout.format_said, kept=True)
        if not tables and newest:
            source = replace(source, layout=None)  # what is kept of records says nothing of a table
        found = _claim(source, _preferred([row for row in rows if row.table], newest))
    if found is None:
        raise UnreadableFile(_unclaimed(source, format_id))
    chosen, evidence = found
    statement = chosen.reads(source)
    guessed = not (statement.sure and statement.sure_sign)
    return _taken(
        statement, Evidence("a guess", evidence.why) if guessed else evidence, said=format_id is not None
    )


_LARGE = 2 * 1024 * 1024


def _is_table(format_id: str) -> bool:
    return any(row.id == format_id and row.table for row in FORMATS)


def _alike(source: Source, format_id: str) -> bool:
    """Whether a layout of that format may be the file's: a workbook writes its numbers in its own way."""
    book = source.kind in {"xlsx", "xls"}
    return source.kind != "zip" and (format_id not in {"csv", "tsv", "xlsx"} or book == (format_id == "xlsx"))


def _claim(source: Source, rows: Sequence[Format]) -> tuple[Format, Evidence] | None:
    """The first of the formats that claims the file, with what says so."""
    return next(((row, found) for row in rows if (found := row.detects(source))), None)


def _preferred(rows: Sequence[Format], layout: Layout | None) -> list[Format]:
    """The formats in the order to try: one that a person chose for the account goes first."""
    said = layout.format if layout and layout.format_said else None
    return sorted(rows, key=lambda row: row.id != said)


def _taken(statement: Statement, evidence: Evidence, *, said: bool, kept: bool = False) -> Statement:
    """The statement with what its file was taken for; a format that a person chose is kept in the layout."""
    label = next(row.label for row in FORMATS if row.id == statement.format)
    sure, why = ("said", "a person chose it") if said else (evidence.sure, evidence.why)
    layout = replace(statement.layout, format_said=True) if said else statement.layout
    return replace(statement, taken=Taken(label.partition(":")[0], sure, why, kept), layout=layout)


def _unclaimed(source: Source, format_id: str | None) -> str:
    """The refusal of a file that the named format, or none, fits."""
    if source.kind == "zip":
        return f"{source.name} holds several files that are not all CAMT messages; unpack it and choose the statement"
    found = _claim(source, FORMATS)
    is_one = f" but as {found[0].id}" if found else ""
    return f"{source.name} is not laid out as {format_id}{is_one}; leave the format out"


def _unpacked(source: Source) -> Source:
    """A file that lies alone in a zip archive, in its place."""
    if source.kind != "zip":
        return source
    files = files_in(source.data, source.name)
    if len(files) > 1:
        return source
    inner = replace(source, name=f"{source.name} ({_plain(files[0][0])})", data=files[0][1])
    if inner.kind == "zip":
        raise UnreadableFile(f"{source.name} holds another archive; unpack it and choose the statement")
    return inner


def _plain(name: str) -> str:
    """The file's name as one short printable line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return line[:120] or "the file"
