"""What a dropped statement was taken for and how it is laid out, in words; a person may say that it is something else."""

from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from tai_ops.app import words
from tai_ops.statements import FORMATS, Layout, Statement, formats

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
ORDERS = {"day": "day first", "month": "month first", "year": "year first"}
WAYS = {"in": "money in", "out": "money out"}
MARKS = {".": "a point", ",": "a comma"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Western European (cp1252)",
    "cp1250": "Central European (cp1250)",
    "cp1251": "Cyrillic (cp1251)",
    "cp1253": "Greek (cp1253)",
    "cp1254": "Turkish (cp1254)",
    "cp1257": "Baltic (cp1257)",
    "cp850": "DOS, Western (cp850)",
    "cp852": "DOS, Central European (cp852)",
    "utf-16": "UTF-16",
}
"""The encodings that a person can choose where letters look wrong."""
ROLES = {
    "date": "date",
    "amount": "amount",
    "money_in": "money in",
    "money_out": "money out",
    "flag": "in or out",
    "deductions": "taken off",
    "fee": "fee",
    "payee": "payee",
    "description": "text",
    "reference": "reference",
    "bank_id": "the bank's id",
    "currency": "currency",
    "balance": "balance",
    "account": "account",
    "status": "status",
    "pending": "pending",
}
"""What a column of a layout holds, in a reader's words, in the order in which it is said."""

_SURE = {
    "certain": ":green-badge[✓ certain]",
    "likely": ":blue-badge[likely]",
    "a guess": ":orange-badge[≈ a guess]",
    "said": ":violet-badge[chosen by you]",
}
_LABELS = {row.id: row.label.partition(":")[0] for row in FORMATS}
_RECORDS = {row.id for row in FORMATS if not row.table}


def chosen(upload: UploadedFile) -> tuple[tuple[str, Any], ...]:
    """What a person says of the file, by option: its format, its encoding; nothing where its own marks decide."""
    said = {option: st.session_state.get(f"{option}_{upload.file_id}") for option in ("format", "encoding")}
    return tuple((option, value) for option, value in said.items() if value)


def format_line(upload: UploadedFile, statement: Statement | None, *, kept_layout: bool) -> None:
    """What the file was taken for, how sure that is and why, and the choice of another format."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"taken_{upload.file_id}"):
        if statement and statement.taken:
            taken = statement.taken
            why = (
                "read by the layout that the account keeps"
                if kept_layout and taken.sure != "said"
                else taken.why
            )
            st.markdown(
                f"Taken for **{words.escape(taken.label)}** {_SURE[taken.sure]} "
                f":small[:gray[{words.escape(why)}]]",
                width="content",
            )
        with st.popover("Something else?", icon=":material/rule:", type="tertiary"):
            st.selectbox(
                "Read the file as",
                [row.id for row in formats()],
                index=None,
                format_func=lambda code: _LABELS[code],
                placeholder="what it shows by itself",
                key=f"format_{upload.file_id}",
                help="The choice is kept with the account and used for its next files that can be read so.",
            )
            st.selectbox(
                "Its letters are written in",
                list(ENCODINGS),
                index=None,
                format_func=ENCODINGS.get,
                placeholder="what it shows by itself",
                key=f"encoding_{upload.file_id}",
                help="For names whose accents or letters look wrong. The account keeps it.",
            )


def is_table(statement: Statement) -> bool:
    """Whether the statement has a layout that was found, rather than fields that its format names."""
    return statement.format not in _RECORDS


def keeps_layout(statement: Statement) -> bool:
    """Whether a table was read by a layout that its account keeps."""
    return is_table(statement) and statement.taken is not None and statement.taken.kept


def layout_words(layout: Layout) -> None:
    """How a file is laid out, in words: separators, dates, sign, and which column is what."""
    columns = layout.columns
    parts: list[str] = []
    if layout.format not in _RECORDS and layout.format != "xlsx":
        parts.append(f"cells apart by {DELIMITERS[layout.delimiter]}")
    if layout.header_row:
        parts.append(f"header in {'row' if layout.format == 'xlsx' else 'line'} {layout.header_row}")
    if layout.date_order and (layout.format not in _RECORDS or layout.format == "qif"):
        parts.append(f"dates {ORDERS[layout.date_order]}")
    if layout.decimal and layout.format != "xlsx":
        parts.append(f"decimals behind {MARKS[layout.decimal]}")
    if columns.amount is not None and columns.flag is None and layout.positive:
        parts.append(f"a positive amount is {WAYS[layout.positive]}")
    if layout.encoding.replace("-sig", "") not in {"utf-8", "ascii"}:
        parts.append(f"written in {layout.encoding}")
    if parts:
        st.markdown(words.escape(", ".join(parts).capitalize() + "."))
    held = [
        f":blue-badge[{label}] {words.escape(_heading(layout, place))}"
        for role, label in ROLES.items()
        for place in _places(getattr(columns, role))
    ]
    st.markdown(" &nbsp; ".join(held))


def _places(value: int | tuple[int, ...] | None) -> tuple[int, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _heading(layout: Layout, place: int) -> str:
    title = layout.header[place].strip()[:40] if place < len(layout.header) else ""
    return title or f"column {place + 1}"
