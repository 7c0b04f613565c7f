"""What a load would do row by row, before it does it: what is new, what each changed cell says now and will say."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import streamlit as st

from tai_ops.app import imports_page, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.errors import Problem
from tai_ops.kinds import Kind, csv_name
from tai_ops.sheet import Sheet
from tai_ops.store.incoming import Seen

PAGE_ROWS = 500
STATES = ("changed", "new", "unchanged")


def counts(seen: Sequence[Seen], refused: int, read: int, what: str = "row") -> None:
    """New, changed, unchanged, refused and left out: the rows of the file together, unless one row becomes several."""
    counted = [
        (sum(len(one.new) for one in seen), "new", "blue"),
        (sum(len(one.changed) for one in seen), "changed", "blue"),
        (sum(len(one.unchanged) for one in seen), "unchanged", "gray"),
        (refused, "refused", "red"),
    ]
    left = read - sum(count for count, *_ in counted)
    if left > 0:
        counted.append((left, "left out", "gray"))
    shown = " ".join(imports_page.count_badge(*one) for one in counted)
    sign = "=" if left >= 0 else "out of"
    st.markdown(f"{shown} {sign} **{words.counted(read, what)}** in the file")


def refused_rows(problems: Sequence[Problem], key: str, period: str) -> None:
    """The rows that are refused, with field and reason."""
    if not problems:
        return
    page = imports_page.paged(len(problems), PAGE_ROWS, f"refused_page_{key}")
    widgets.rows_table(
        Rows(
            "refused",
            "refused row",
            (Column("row", "Row", "count"), Column("field", "Field"), Column("reason", "Why")),
            tuple((p.row, p.field, p.reason) for p in problems[page]),
        ),
        key=f"refused_{key}",
        alt="The rows that are refused, with field and reason",
        period=period,
    )


Shown = tuple[Sheet, Seen, Sequence[int] | None]
"""A sheet with what happens to its rows, and their places in the file where these differ from those in the sheet."""


def rows(shown: Sequence[Shown], key: str, period: str) -> None:
    """The rows of the sheets of one kind by what happens to them."""
    many = {
        "changed": sum(len(seen.changed) for _, seen, _ in shown),
        "new": sum(len(seen.new) for _, seen, _ in shown),
        "unchanged": sum(len(seen.unchanged) for _, seen, _ in shown),
    }
    there = [state for state in STATES if many[state]]
    if not there:
        return
    state = st.segmented_control(
        "Show",
        there,
        default=there[0],
        required=True,
        format_func=lambda one: f"{one} ({many[one]:,})",
        key=f"state_{key}",
        label_visibility="collapsed",
    )
    table, count = _changed(shown, key) if state == "changed" else _whole(shown, state, key)
    widgets.rows_table(
        table,
        key=f"rows_{state}_{key}",
        alt=f"{count:,} {state} {'cells' if state == 'changed' else 'rows'} of the file",
        period=period,
    )


def _changed(shown: Sequence[Shown], key: str) -> tuple[Rows, int]:
    cells = [
        (sheet, numbers, row, change)
        for sheet, seen, numbers in shown
        for row, changes in seen.changed.items()
        for change in changes
    ]
    page = imports_page.paged(len(cells), PAGE_ROWS, f"changed_page_{key}")
    columns = (
        Column("cell", "Which cell"),
        Column("before", "Stands there"),
        Column("after", "Comes"),
        Column("row", "Row of the file", "count"),
    )
    listed = tuple(
        (
            f"{_key(sheet, row)} · {_label(sheet.kind, change.column).lower()}",
            _text(change.before),
            _text(change.after),
            numbers[row - 1] if numbers else row,
        )
        for sheet, numbers, row, change in cells[page]
    )
    return Rows("changes", "changed cell", columns, listed), len(cells)


def _whole(shown: Sequence[Shown], state: str, key: str) -> tuple[Rows, int]:
    kind = shown[0][0].kind
    named = [name for name in kind.names if any(name in sheet.columns for sheet, _, _ in shown)]
    places = [
        (sheet, numbers, row)
        for sheet, seen, numbers in shown
        for row in (seen.new if state == "new" else seen.unchanged)
    ]
    page = imports_page.paged(len(places), PAGE_ROWS, f"{state}_page_{key}")
    columns = (
        *(Column(name, _label(kind, name)) for name in named),
        Column("row_of_file", "Row of the file", "count"),
    )
    listed = tuple(
        (
            *(_text(sheet.columns[name][row - 1] if name in sheet.columns else None) for name in named),
            numbers[row - 1] if numbers else row,
        )
        for sheet, numbers, row in places[page]
    )
    return Rows(f"{state}_rows", f"{state} row", columns, listed), len(places)


def _key(sheet: Sheet, row: int) -> str:
    parts = (sheet.columns[name][row - 1] for name in sheet.kind.key if name in sheet.columns)
    return ", ".join(_text(part) for part in parts if part is not None)


def _label(kind: Kind, name: str) -> str:
    return csv_name(kind, name).replace("_pct", " %").replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if value is None:
        return words.DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return (
            plain.rstrip("0").rstrip(".")
            if value.as_tuple().exponent not in {0, -2} and "." in plain
            else plain
        )
    if isinstance(value, datetime):
        return words.instant(value, session.store().company.tz)
    return words.day(value) if isinstance(value, date) else str(value)
