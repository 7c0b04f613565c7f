"""Many cells of a list edited at once, like in a sheet: nothing is lost, what changes is shown, one press saves it all.

The grid's rows stay as they were when it was opened: what is typed never feeds back into what the grid is given, or it
would lose cells. What was typed is a draft in the store; after a reload the grid begins with it. Numbers are typed as
text, in the local ways, so that no cent passes through a float.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from tai_ops import kind_words
from tai_ops.app import forms, records_address, session, widgets, words
from tai_ops.app.records_fields import NO, NUMBERS, YES, number_shown, number_text, secret, text_of
from tai_ops.behind import Column as Shown
from tai_ops.behind import Rows
from tai_ops.errors import Refused
from tai_ops.kinds import Column, Kind
from tai_ops.sheet import read_values
from tai_ops.store import browse, corrections
from tai_ops.store.browse import Asked
from tai_ops.store.records import RowsRefused

BASE = "grid.base"
SEEN = "$seen"


@dataclass(frozen=True, slots=True)
class Base:
    """What the grid was opened on: the rows' values and versions, the frame that it was given, the editor's key."""

    kind: Kind
    subject: str
    texts: dict[str, dict[str, str]]
    seen_at: dict[str, datetime]
    frame: pd.DataFrame
    editor: str


def shown(kind: Kind, asked: Asked) -> None:
    """The list's page of rows as a grid, what will change, and the button that saves it."""
    base = _base(kind, asked)
    form = _form(kind)
    widgets.verdict(
        f"{words.counted(len(base.texts), kind.noun, kind_words.plural(kind))} to edit, as the list showed them. "
        "Nothing is written until it is saved."
    )
    edited = st.data_editor(
        base.frame,
        key=base.editor,
        hide_index=True,
        num_rows="fixed",
        placeholder=words.DASH,
        disabled=["key", *kind.key, "about"],
        column_config=_columns(kind),
        alt=f"{kind_words.title(kind)} to edit",
    )
    changes, wrong = _changes(base, edited)
    forms.keep_draft(
        form,
        _raw(base, edited) | ({SEEN: {key: base.seen_at[key] for key in changes}} if changes else {}),
    )
    _preview(base, changes, wrong)
    forms.error_line(form)
    _moved(base, changes)
    cells = sum(len(values) for values in changes.values())
    with st.container(horizontal=True, key="grid_save_row"):
        st.button(
            f"Save {words.counted(cells, 'cell')} in {words.counted(len(changes), 'row')}"
            if cells
            else "Nothing to save",
            key="grid_save",
            type="primary",
            icon=":material/save:",
            disabled=not cells or bool(wrong),
            on_click=forms.acted,
            args=forms.click(form, partial(_save, base, changes)),
        )
        st.button("Back to the list", key="grid_close", on_click=records_address.go, kwargs={"do": None})
        if cells or wrong:
            st.button("Drop what is typed", key="grid_drop", type="tertiary", on_click=_drop, args=(form,))


def _form(kind: Kind) -> str:
    return f"grid_{kind.name}"


def _base(kind: Kind, asked: Asked) -> Base:
    """What the grid stands on: kept as long as the grid is on the page, else made anew with the draft put in."""
    subject = f"{session.store().path} {session.actor().email} {kind.name} {asked} {words.hides_amounts()}"
    base: Base | None = st.session_state.get(BASE)
    if base is not None and base.subject == subject and base.editor in st.session_state:
        return base
    listed = browse.listed(session.store(), asked)
    texts = {row.key: {name: text_of(row.values[name]) for name in kind.names} for row in listed.rows}
    seen_at = {row.key: row.recorded_at for row in listed.rows}
    draft = forms.draft_of(_form(kind))
    for key, when in draft.get(SEEN, {}).items():
        if key in seen_at:
            seen_at[key] = when
    frame = _frame(kind, listed.rows, texts, draft)
    number = st.session_state.get("grid.number", 0) + 1
    st.session_state["grid.number"] = number
    base = Base(kind, subject, texts, seen_at, frame, f"grid_{kind.name}_{number}")
    st.session_state[BASE] = base
    return base


def _frame(
    kind: Kind, rows: Any, texts: Mapping[str, Mapping[str, str]], draft: Mapping[str, Any]
) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {"key": [row.key for row in rows]}
    if any(row.name for row in rows) and kind_words.NAMED_BY.get(kind.name) is None:
        columns["about"] = [row.name for row in rows]
    for column in kind.columns:
        if secret(column):
            continue
        columns[column.name] = [
            draft.get(row.key, {}).get(column.name, _cell(column, texts[row.key][column.name]))
            for row in rows
        ]
    frame = pd.DataFrame(columns)
    for column in (
        c for c in kind.columns if c.name in frame
    ):  # an empty column keeps its kind, so that it can be typed into
        frame[column.name] = frame[column.name].astype(
            "datetime64[us]" if column.type == "instant" else object
        )
    return frame


def _cell(column: Column, text: str) -> Any:
    """A value as the grid holds it."""
    if not text:
        return None
    if column.type in NUMBERS:
        return number_shown(column, text)
    if column.type == "flag":
        return YES if text == "true" else NO
    if column.type == "date":
        return date.fromisoformat(text)
    if column.type == "instant":
        return datetime.fromisoformat(text).astimezone(session.store().company.tz).replace(tzinfo=None)
    return text


def _columns(kind: Kind) -> dict[str, Any]:
    company = session.store().company
    shown_as: dict[str, Any] = {"key": None, "about": st.column_config.TextColumn("About", disabled=True)}
    for column in kind.columns:
        name = kind_words.labelled(kind, column, company.currency, str(company.tz))
        required = column.required
        match column.type:
            case "choice":
                made = st.column_config.SelectboxColumn(name, options=list(column.choices), required=required)
            case "flag":
                made = st.column_config.SelectboxColumn(name, options=[YES, NO])
            case "date":
                made = st.column_config.DateColumn(name, format="YYYY-MM-DD", required=required)
            case "instant":
                made = st.column_config.DatetimeColumn(name, format="YYYY-MM-DD HH:mm:ss", required=required)
            case _ if column.type in NUMBERS:
                made = st.column_config.TextColumn(
                    name, alignment="right", help="Typed in your own way, such as 1,234.50"
                )
            case _:
                made = st.column_config.TextColumn(name)
        shown_as[column.name] = made
    return shown_as


def _raw(base: Base, edited: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What was typed, by row and column, as the grid holds it."""
    found: dict[str, dict[str, Any]] = {}
    for row in edited.to_dict("records"):
        for column in base.kind.columns:
            if column.name not in row:
                continue
            value = _plain(row[column.name])
            if column.name not in base.kind.key and value != _cell(
                column, base.texts[row["key"]][column.name]
            ):
                found.setdefault(row["key"], {})[column.name] = value
    return found


def _plain(value: Any) -> Any:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value


def _changes(
    base: Base, edited: pd.DataFrame
) -> tuple[dict[str, dict[str, str]], list[tuple[str, str, str]]]:
    """What was typed as a file holds it, by row; and each cell that can't be read, with why."""
    changes: dict[str, dict[str, str]] = {}
    wrong: list[tuple[str, str, str]] = []
    for key, values in _raw(base, edited).items():
        for name, value in values.items():
            column = base.kind.column(name)
            try:
                text = _as_text(column, value)
            except ValueError as reason:
                wrong.append((key, name, str(reason)))
                changes.setdefault(key, {})[name] = str(value)
                continue
            problems = read_values(base.kind, {name: text}).problems
            if problems:
                wrong.append((key, name, problems[0].reason))
            if text != base.texts[key][name]:
                changes.setdefault(key, {})[name] = text
    return changes, wrong


def _as_text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.type in NUMBERS:
        return number_text(column, str(value))
    if column.type == "flag":
        return "true" if value == YES else "false"
    if isinstance(value, datetime):
        return value.replace(tzinfo=session.store().company.tz).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def _preview(base: Base, changes: Mapping[str, Mapping[str, str]], wrong: list[tuple[str, str, str]]) -> None:
    """Each changed cell before and after; what can't be read in one line each."""
    for key, name, reason in wrong:
        st.error(
            words.escape(f"{base.kind.noun} {key}, {kind_words.label(base.kind, name)}: {reason}"),
            icon=":material/block:",
        )
    if not changes:
        return
    company = session.store().company
    cells = []
    for key, values in changes.items():
        for name, text in values.items():
            column = base.kind.column(name)
            old = _said(base.kind, column, base.texts[key][name], company)
            cells.append(
                (key, kind_words.label(base.kind, name), old, _said(base.kind, column, text, company))
            )
    columns = (
        Shown("key", base.kind.noun.capitalize()),
        Shown("field", "Field"),
        Shown("before", "Before"),
        Shown("after", "After"),
    )
    widgets.section("What will change")
    widgets.rows_table(
        Rows("changes", "cell", columns, tuple(cells)),
        key="grid_changes",
        alt="Each cell that will change, before and after",
    )


def _said(kind: Kind, column: Column, text: str, company: Any) -> str:
    values = read_values(kind, {column.name: text}).columns.get(column.name, [None])
    return (
        kind_words.said(column, values[0], company.currency, company.tz)
        if values[0] is not None
        else text or words.DASH
    )


def _moved(base: Base, changes: Mapping[str, Any]) -> None:
    """Which rows another person changed meanwhile, and what to do about it."""
    moved = corrections.moved_since(session.store(), base.kind, {key: base.seen_at[key] for key in changes})
    if not moved:
        return
    zone, company = session.store().company.tz, session.store().company
    with st.container(border=True, key="moved"):
        for one in moved:
            st.markdown(
                f":orange-badge[≈ changed meanwhile] "
                f"{words.escape(f'{one.by} changed {base.kind.noun} {one.key} on {words.instant(one.when, zone)}:')}"
            )
            for name, (before, after) in one.theirs.items():
                if name:
                    column = base.kind.column(name)
                    said = f"{kind_words.label(base.kind, name)}: {kind_words.said(column, before, company.currency, zone)} → {kind_words.said(column, after, company.currency, zone)}"
                    st.markdown(f"- {words.escape(said)}")
        with st.container(horizontal=True):
            st.button(
                "Go on with mine", key="grid_keep_mine", on_click=_keep_mine, args=(base, {one.key: one.when for one in moved}),
                help="Your cells stay; all others are taken as they stand now. Save then keeps them.",
            )  # fmt: skip
            st.button(
                "Take theirs", key="grid_take_theirs", on_click=_take_theirs, args=(base, [one.key for one in moved]),
                help="Your cells of these rows are dropped.",
            )  # fmt: skip


def _keep_mine(base: Base, when: Mapping[str, datetime]) -> None:
    form = _form(base.kind)
    draft = forms.draft_of(form)
    forms.keep_draft(form, draft | {SEEN: {**draft.get(SEEN, {}), **when}})
    st.session_state.pop(BASE, None)


def _take_theirs(base: Base, keys: list[str]) -> None:
    form = _form(base.kind)
    draft = {key: value for key, value in forms.draft_of(form).items() if key not in keys}
    draft[SEEN] = {key: at for key, at in draft.get(SEEN, {}).items() if key not in keys}
    forms.keep_draft(form, draft if len(draft) > 1 else {})
    st.session_state.pop(BASE, None)


def _drop(form: str) -> None:
    forms.discard(form)
    st.session_state.pop(BASE, None)


def _save(base: Base, changes: dict[str, dict[str, str]]) -> None:
    form, kind, token = _form(base.kind), base.kind, forms.submit_token(_form(base.kind))
    seen_at = {key: base.seen_at[key] for key in changes}
    cells = sum(len(values) for values in changes.values())
    done = forms.run_once(
        form,
        lambda: _told(base, changes, seen_at, token),
        lambda done: (
            f"Saved: {words.counted(cells, 'cell')} in {words.counted(done.loaded.updated, kind.noun, kind_words.plural(kind))}"
        ),
        lambda done: partial(_back, kind, tuple(done.keys)),
    )
    if done:
        st.session_state.pop(BASE, None)


def _told(
    base: Base, changes: dict[str, dict[str, str]], seen_at: dict[str, datetime], token: str
) -> corrections.Done:
    """The write's answer; what is refused names the row by its key, not by its number."""
    try:
        return corrections.change(
            session.store(),
            session.actor(),
            base.kind,
            changes,
            seen_at,
            now=session.now(),
            request_key=token,
        )
    except RowsRefused as refusal:
        problem = refusal.report.rejected[0]
        key = list(changes)[problem.row - 1]
        raise Refused(
            f"{base.kind.noun} {key}, {kind_words.label(base.kind, problem.field)}: {problem.reason} (nothing was saved)"
        ) from None


def _back(kind: Kind, keys: tuple[str, ...]) -> str:
    corrections.take_back_all(session.store(), session.actor(), kind, keys, now=session.now())
    return f"Taken back: {words.counted(len(keys), kind.noun, kind_words.plural(kind))} as before"
