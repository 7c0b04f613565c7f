"""The fields of a record's form: one widget for each column by its type, and what stands in it as a file holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

import streamlit as st

from tai_ops import kind_words
from tai_ops.app import session, words
from tai_ops.entries import typed
from tai_ops.errors import Problem
from tai_ops.kinds import Column, Kind
from tai_ops.money import parse_money
from tai_ops.sheet import MAX_TEXT, read_values
from tai_ops.store import browse
from tai_ops.typed_amounts import mark_of, plain_number

NUMBERS = frozenset({"money", "price", "number", "percent", "whole"})
LIVE = "1s"
YES, NO = "yes", "no"
FIRST, LAST = date(1990, 1, 1), date(2100, 12, 31)
FIRST_INSTANT = datetime.combine(FIRST, time(0, 0))
LAST_INSTANT = datetime.combine(LAST, time(23, 59))
SUGGESTED = frozenset(
    "category city counter_account industry job owner payee payer plan project section service source warehouse "
    "current_system".split()
)
"""Texts that are chosen among those on record, or typed anew."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form: of a new record of a kind, or of the record of a key."""

    kind: Kind
    key: str = ""

    @property
    def name(self) -> str:
        """The form's name, under which its draft, its token and its errors stand."""
        return f"record_{self.kind.name}_{self.key}"

    def field(self, column: str) -> str:
        """The key of a column's widget."""
        return f"{self.name}_{column}"

    @property
    def seen(self) -> str:
        """Where it stands which version of the record the form was opened on."""
        return self.field("seen")

    @property
    def why(self) -> str:
        """The key of the widget for the reason of a change."""
        return self.field("why")


# --- The widgets


def fields(form: Form, columns: Sequence[Column], free: str | None, refused: Mapping[str, str]) -> None:
    """The widgets, two beside each other, with what is wrong below each: now, and what the last try refused."""
    wrong = dict(refused)
    for column in columns:
        try:
            field_text(form, column)
        except ValueError as reason:
            wrong[column.name] = str(reason)
    left, right = st.columns(2, gap="medium")
    short = [column for column in columns if column.name not in kind_words.LONG]
    half = (len(short) + 1) // 2
    for place, column in enumerate(short):
        with left if place < half else right:
            _field(form, column, wrong, free)
    for column in columns:
        if column.name in kind_words.LONG:
            _field(form, column, wrong, free)


def place(form: Form, column: str, wrong: Mapping[str, str]) -> Any:
    """The place of a field's widget; what is wrong with it stands below."""
    around = st.container(key=f"field_{form.field(column)}")
    widget = around.container()
    if column in wrong:
        around.markdown(f":red[:small[✗ {words.escape(wrong[column])}]]")
    return widget


def _field(form: Form, column: Column, wrong: Mapping[str, str], free: str | None) -> None:
    kind, key = form.kind, form.field(column.name)
    company = session.store().company
    label = kind_words.labelled(
        kind, column, company.currency, str(company.tz)
    )  # our own words: no sign is an order
    if column.required and not (free and column.name == kind.key[0]):
        label += " *"
    help_text = kind_words.HELPS.get(column.name)
    with place(form, column.name, wrong):
        match column.type:
            case "choice":
                st.selectbox(
                    label, column.choices, key=key, index=None, format_func=kind_words.choice, help=help_text,
                    placeholder="Choose",
                )  # fmt: skip
            case "flag":
                st.selectbox(label, [YES, NO], key=key, index=None, help=help_text, placeholder="Not known")
            case "zone":
                st.selectbox(
                    label,
                    sorted(available_timezones()),
                    key=key,
                    index=None,
                    help=help_text,
                    placeholder="Type to search",
                )
            case "date":
                st.date_input(
                    label,
                    key=key,
                    value=None,
                    min_value=FIRST,
                    max_value=LAST,
                    format="YYYY-MM-DD",
                    help=help_text,
                )
            case "instant":
                st.datetime_input(
                    label, key=key, value=None, format="YYYY-MM-DD", step=60, help=help_text,
                    min_value=FIRST_INSTANT, max_value=LAST_INSTANT,
                )  # fmt: skip
            case _ if column.type in NUMBERS:
                st.text_input(
                    label, key=key, help=help_text, live=LIVE, max_chars=40,
                    placeholder=f"such as {kind_words.EXAMPLES_OF[column.type]}",
                )  # fmt: skip
                _read_as(form, column)
            case _:
                _text_field(form, column, label, help_text, free)


def _text_field(form: Form, column: Column, label: str, help_text: str | None, free: str | None) -> None:
    kind, key, store = form.kind, form.field(column.name), session.store()
    held = browse.choices(store, kind, column)
    if held or column.refers:
        offered = (["*"] if column.any_mark else []) + list(held)
        now = st.session_state.get(key)
        if now and now not in offered:
            offered.append(now)
        st.selectbox(
            label, offered, key=key, index=None, accept_new_options=True, help=help_text,
            format_func=lambda value: "all of them" if value == "*" else _named(value, held.get(value)),
            placeholder="Type to search" if offered else "Type its key",
        )  # fmt: skip
        return
    if column.name in SUGGESTED and (known := browse.suggestions(store, kind, column)):
        now = st.session_state.get(key)
        st.selectbox(
            label, known if not now or now in known else [*known, now], key=key, index=None, accept_new_options=True,
            help=help_text, placeholder="Choose, or type a new one",
        )  # fmt: skip
        return
    if column.name in kind_words.LONG:
        st.text_area(label, key=key, max_chars=MAX_TEXT, height=90, help=help_text)
        return
    example = (
        f"empty: {free}"
        if free and column.name == kind.key[0]
        else kind_words.EXAMPLES_OF.get(column.type, "")
    )
    st.text_input(label, key=key, max_chars=MAX_TEXT, live=LIVE, help=help_text, placeholder=example)


def _named(key: str, name: str | None) -> str:
    return f"{name} · {key}" if name and name != key else key


def _read_as(form: Form, column: Column) -> None:
    """How a number was read, where that is not plain from what is typed."""
    raw = str(st.session_state.get(form.field(column.name)) or "").strip()
    try:
        text = field_text(form, column)
    except ValueError:
        return
    if raw and raw not in {text, f"{text}.00", f"{text}.0", number_shown(column, text)}:
        st.caption(words.escape(f"= {shown_text(form, column.name, text)}"))


def shown(form: Form, name: str, value: Any) -> str:
    """A value of a field as a page says it."""
    company = session.store().company
    return kind_words.said(form.kind.column(name), value, company.currency, company.tz)


def shown_text(form: Form, name: str, text: str) -> str:
    """The same of a value as a file holds it; what can't be read stays as it is."""
    values = read_values(form.kind, {name: text}).columns.get(name, [None])
    return shown(form, name, values[0]) if values[0] is not None or not text else text


# --- What stands in the widgets


def read(form: Form) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """All fields as a file holds them, and what can't be read of them."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for column in form.kind.columns:
        if form.key and column.name in form.kind.key:
            continue
        try:
            texts[column.name] = field_text(form, column)
        except ValueError as reason:
            problems.append(Problem(1, column.name, str(reason)))
            texts[column.name] = ""
    return texts, tuple(problems)


def field_text(form: Form, column: Column) -> str:
    """What stands in a widget, as a file holds it; ValueError where a number is none."""
    value = st.session_state.get(form.field(column.name))
    if column.type in NUMBERS:
        return number_text(column, str(value or ""))
    if column.type == "flag":
        return {YES: "true", NO: "false"}.get(value, "")
    if isinstance(value, datetime):
        return value.replace(tzinfo=session.store().company.tz).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value or "").strip()


def number_text(column: Column, text: str) -> str:
    """A number as it is typed, as a file holds it; ValueError says what is wrong with it."""
    plain = plain_number(text, mark_of(st.context.locale))
    if not plain:
        return ""
    if column.type == "money":
        plain = str(parse_money(plain))
    return typed(Decimal(plain))


def widget_value(column: Column, text: str) -> Any:
    """What a widget holds for a value as a file holds it."""
    if column.type in NUMBERS:
        return number_shown(column, text)
    if not text:
        return "" if column.type in {"text", "email"} and not _chosen(column) else None
    if column.type == "flag":
        return YES if text == "true" else NO
    if column.type == "date":
        return date.fromisoformat(text)
    if column.type == "instant":
        return datetime.fromisoformat(text).astimezone(session.store().company.tz).replace(tzinfo=None)
    return text


def secret(column: Column) -> bool:
    """Whether the column's values are not to be sent to this session."""
    return column.type in {"money", "price"} and words.hides_amounts()


def number_shown(column: Column, text: str) -> str:
    """A number as a file holds it, in the reader's own way of writing."""
    if not text:
        return ""
    shown = f"{Decimal(text):,.2f}" if column.type == "money" else f"{Decimal(text):,f}"
    return shown if mark_of(st.context.locale) == "." else shown.translate(str.maketrans(",.", ".,"))


def _chosen(column: Column) -> bool:
    """Whether the field is a box to choose from, which holds nothing where a text field holds an empty text."""
    return (
        bool(column.refers) or column.name in SUGGESTED or column.name in {"csm_email", "owner_email", "kpi"}
    )


def text_of(value: Any) -> str:
    """A stored value as a file holds it."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else typed(value)
