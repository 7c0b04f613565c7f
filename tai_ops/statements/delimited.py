"""Delimited files: by the account's saved layout where it fits, else by a recognised export or as those of any bank."""

from collections.abc import Callable
from dataclasses import replace

from tai_ops.errors import UnreadableFile
from tai_ops.statements.detect import by_header_row, detect, joined, same_header
from tai_ops.statements.layout import Layout, key_of
from tai_ops.statements.others import other_table
from tai_ops.statements.read import statement_of
from tai_ops.statements.reading import Reading, begun, reading_of
from tai_ops.statements.recognised import EXPORTS, Export
from tai_ops.statements.source import Evidence, Source
from tai_ops.statements.statement import Statement
from tai_ops.statements.table import Table

_HEADER_AMONG = 80


def by_saved_layout(source: Source, layout: Layout) -> Statement | None:
    """The statement as the saved layout says; None where the file's header is another."""
    export = next((export for export in EXPORTS if export.id == layout.format), None)
    if layout.format in {"csv", "tsv"} and not layout.format_said:
        layout = replace(layout, format="tsv" if source.top.delimiter == "\t" else "csv")
    body = _below_header(_top(source, export), layout)
    if body is None:
        return None

    def prepared(reading: Reading) -> Reading:
        reading.saved = True
        reading.warnings.extend(source.warnings)
        return reading

    return _read(source, export, layout, body, prepared)[0]


def _below_header(table: Table, layout: Layout) -> int | None:
    """The index of the first row below the header that the layout knows; None where the file has no such header."""
    if not any(cell.strip() for cell in layout.header):
        widest = max((len(row) for row in table.rows[:_HEADER_AMONG]), default=0)
        return 0 if widest == layout.width else None
    for n in range(min(len(table.rows), _HEADER_AMONG)):
        if same_header(table.rows[n], layout.header):
            return n + 1
        if n + 1 < len(table.rows) and same_header(joined(table.rows[n], table.rows[n + 1]), layout.header):
            return n + 2
    return None


def _table(source: Source, export: Export | None) -> Table:
    return export.rewrites(source.table) if export and export.rewrites else source.table


def _top(source: Source, export: Export | None) -> Table:
    """The first rows, to find a layout by; all of them where an export's rows are made anew."""
    return _table(source, export) if export and export.rewrites else source.top


def _read(
    source: Source, export: Export | None, layout: Layout, body: int, prepared: Callable[[Reading], Reading]
) -> tuple[Statement, Reading]:
    """The statement, read column by column where the rows below the header allow it, else row by row."""
    if source.is_long and not (export and export.rewrites):
        from tai_ops.statements.even import even_statement  # Arrow's functions take a while to load

        top = source.top
        reading = prepared(begun(top, layout, body, source.name, source.said))
        statement = even_statement(reading, source.table_text.text, top.lines[body], top.delimiter)
        if statement:
            return statement, reading
    reading = prepared(reading_of(_table(source, export), layout, body, source.name, source.said))
    return statement_of(reading), reading


def is_export(source: Source, export: Export) -> Evidence | None:
    """Whether the file has the header of that export."""
    if source.kind == "zip" or not any(export.recognises(header) for header in source.headers):
        return None
    return Evidence("likely", "it has the headings of that export")


def read_export(source: Source, export: Export) -> Statement:
    """The statement in a recognised export."""
    return _detected(source, export, export.id)


def is_workbook(source: Source) -> Evidence | None:
    """Whether the file is an Excel workbook, new or old."""
    return (
        Evidence("likely", "it is an Excel workbook with a table in it")
        if source.kind in {"xlsx", "xls"}
        else None
    )


def is_tabbed(source: Source) -> Evidence | None:
    """Whether the file's cells are apart by tabs."""
    if source.kind == "text" and source.top.delimiter == "\t":
        return Evidence("likely", "it is a table with its cells apart by tabs")
    return None


def is_delimited(source: Source) -> Evidence | None:
    """Whether the file is text at all: what no other format claims is read as a table."""
    return Evidence("likely", "it is a table with a delimiter") if source.kind == "text" else None


def read_bank(source: Source, format_id: str = "csv") -> Statement:
    """The statement in a delimited file of any bank; UnreadableFile says what a table that is none is."""
    other = next((label for header in source.headers if (label := other_table(header))), None)
    if other:
        raise UnreadableFile(f"{source.name} is {other}, not a bank statement; choose the bank's export")
    return _detected(source, None, format_id)


def _detected(source: Source, export: Export | None, format_id: str) -> Statement:
    table = _top(source, export)
    found = by_header_row(table, source.name) or detect(_table(source, export), source.name)
    columns = export.applied(found.columns, found.header) if export else found.columns
    pair = sorted(n for n in (columns.money_in, columns.money_out) if n is not None)
    unnamed = source.said.card and not found.header and len(pair) > 1
    if unnamed:  # what a card owes tells nothing of its columns
        columns = replace(columns, money_out=pair[0], money_in=pair[1])
    known = next((kept.key for kept in reversed(source.kept) if kept.fits(found.header, found.width)), None)
    layout = Layout(
        format=format_id,
        encoding=source.text_encoding,
        delimiter=table.delimiter,
        quoting=table.quoting,
        header=found.header,
        header_row=None if found.header_index is None else table.lines[found.header_index],
        width=found.width,
        columns=columns,
        key=known or key_of(columns),
        positive=export.positive if export else None,
        currency=found.currency or (export.currency if export else None),
    )

    def prepared(reading: Reading) -> Reading:
        reading.usual_order = export.date_order if export else None
        reading.sign_known = found.sign_known and not unnamed
        reading.key_known = known is not None
        reading.sure = not found.doubts or source.wanted is not None
        reading.warnings.extend((*source.warnings, *found.doubts))
        if source.layout and known is None:
            reading.warnings.append(
                "the saved layout does not fit this file's header; the layout was found anew"
            )
        return reading

    statement, reading = _read(source, export, layout, found.body, prepared)
    return _with_note(statement, reading, export) if export and export.note else statement


def _with_note(statement: Statement, reading: Reading, export: Export) -> Statement:
    """What is to be said of an export's lines, with the sum of their fees."""
    place = reading.layout.columns.fee
    if place is None or not statement.columns.row:
        return statement
    kept = set(statement.columns.row)
    pairs = zip(reading.lines, reading.column(place), strict=True)
    cents = sum(reading.amounts[place].cents[text] or 0 for line, text in pairs if line in kept)
    said = export.note.format(fees=f"{cents // 100}.{cents % 100:02d}")
    return replace(statement, warnings=(*statement.warnings, said))
