"""One form of a page: its fields with what is wrong below each, what it comes to before it is saved, saving once.

A form is a set of keyed widgets of one subject (a customer, an incident). What was typed outlives a change of page; what
was saved stands below the button, with Undo.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tai_ops.app import forms, session, widgets, words
from tai_ops.entries import field_name, typed
from tai_ops.errors import Problem
from tai_ops.rights import Actor
from tai_ops.runbooks import onboarding as runbook
from tai_ops.runbooks.onboarding import Entry, Preview
from tai_ops.store import Store
from tai_ops.store.records import RowsRefused

Values = dict[str, str]
Record = Callable[[Store, Actor, Mapping[str, str], Any, str], Entry]

STYLE = """<style>
[class*="st-key-entry_"] input, [class*="st-key-entry_"] [data-baseweb="select"] > div { min-height: 2.75rem; font-size: 1rem; }
[class*="st-key-entry_"] [data-testid="stButtonGroup"] button { min-height: 2.75rem; min-width: 2.75rem; }
[class*="st-key-comes_to_"] p { font-size: 1.1rem; line-height: 1.45; }
[class*="st-key-save_"] button { min-height: 3rem; }
[class*="st-key-field_"] { gap: 0.15rem; }
</style>"""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of one customer: its name, under which its draft, its token and its errors stand."""

    way: str
    customer_id: str

    @property
    def name(self) -> str:
        """The form's name."""
        return f"{self.way}_{self.customer_id}"

    def key(self, column: str) -> str:
        """The key of the widget of a column."""
        return f"{self.name}_{column}"

    def value(self, column: str) -> Any:
        """What stands in the widget of a column."""
        return st.session_state.get(self.key(column))

    def text(self, column: str) -> str:
        """The same as a cell of a file."""
        value = self.value(column)
        return typed(Decimal(str(value)) if isinstance(value, float) else value)

    def put(self, column: str, value: Any) -> None:
        """Set a widget, in a callback."""
        st.session_state[self.key(column)] = value


def field(form: Form, column: str, wrong: Mapping[str, str]) -> DeltaGenerator:
    """The place of a field's widget; what is wrong with it stands below."""
    place = st.container(key=f"field_{form.key(column)}")
    widget = place.container()
    if column in wrong:
        place.markdown(f":red[:small[✗ {words.escape(wrong[column])}]]")
    return widget


def named(label: str, known: list[str], key: str, example: str) -> None:
    """A name: chosen among those on record or a new one."""
    if known:
        st.selectbox(
            label,
            known,
            key=key,
            index=None,
            accept_new_options=True,
            placeholder=f"Choose or type, {example}",
        )
    else:
        st.text_input(label, key=key, value=None, placeholder=example)


def number(label: str, key: str, step: float, example: str, help_text: str | None = None) -> None:
    """A number that may be left empty; any may be typed, so that what is wrong is said and not swallowed."""
    st.number_input(
        label, key=key, value=None, step=step, format="%g", placeholder=f"such as {example}", help=help_text
    )


def comes_to(form: Form, seen: Preview, empty: str) -> None:
    """What the entry would come to, before it is saved."""
    st.session_state[_shown_key(form)] = seen.sentence  # only what was shown is saved
    with st.container(key=f"comes_to_{form.way}"):
        if seen.sentence is None:
            st.markdown(f":gray[{words.escape(empty)}]")
            return
        badge = f"{words.badge(seen.gain.mark)} " if seen.gain else ""
        st.markdown(f"{badge}**{words.escape(seen.sentence)}**")
    for note in seen.notes:
        st.markdown(f":orange[:small[≈ {words.escape(note)}]]")
    if st.session_state.pop(_unseen_key(form), None):
        st.info("This is what it comes to. Press Save once more to keep it.", icon=":material/visibility:")


def save_button(form: Form, label: str, save: Callable[[Form], None]) -> None:
    """Why it was not saved, the button, the way to empty a half-filled form, and what was saved."""
    _not_saved(form)
    forms.error_line(form.name)
    st.button(
        label,
        key=f"save_{form.name}",
        type="primary",
        width="stretch",
        icon=":material/save:",
        on_click=save,
        args=(form,),
    )
    if forms.has_draft(form.name):
        st.button("Empty the form", key=f"empty_{form.name}", type="tertiary", on_click=_empty, args=(form,))
    widgets.saved_line(key=f"saved_{form.way}")


def _empty(form: Form) -> None:
    st.session_state.pop(_problems_key(form), None)
    forms.discard(form.name)


def save(
    form: Form,
    read: Callable[[Form], Values],
    record: Record,
    *,
    seen: Preview | None = None,
    then: Callable[[Form, Values], None] | None = None,
) -> None:
    """Save from the button's callback; once, and only what the page has shown before.

    A second click right after the first comes with the same values, or with the emptied form, and changes nothing.
    """
    values, done = read(form), st.session_state.get(_done_key(form), ())
    if values in done:
        return
    if seen and seen.sentence and seen.sentence != st.session_state.get(_shown_key(form)):
        st.session_state[_unseen_key(form)] = True
        return
    st.session_state.pop(_problems_key(form), None)
    try:
        entry = forms.run_write(
            form.name,
            lambda: _written(form, values, record),
            lambda entry: entry.said,
            lambda entry: _back(form, entry),
        )
    except _FieldsWrong as wrong:
        refused(form, wrong.problems)
        return
    if entry:
        if then:
            then(form, values)
        st.session_state[_done_key(form)] = (values, read(form))


def _written(form: Form, values: Values, record: Record) -> Entry:
    try:
        return record(session.store(), session.actor(), values, session.now(), forms.submit_token(form.name))
    except RowsRefused as refusal:
        raise _FieldsWrong(refusal.report.rejected) from None


class _FieldsWrong(Exception):
    """Carries what is wrong with single fields past the place where refusals become the form's line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__()
        self.problems = problems


def _back(form: Form, entry: Entry) -> Callable[[], str] | None:
    """How the entry is taken back; None where it changed nothing."""

    def back() -> str:
        st.session_state.pop(_done_key(form), None)
        return runbook.undo(session.store(), session.actor(), entry.request_key, session.now())

    return back if entry.changed else None


def refused(form: Form, problems: tuple[Problem, ...]) -> None:
    """Keep what is wrong with the fields as they stand."""
    st.session_state[_problems_key(form)] = {p.field: (form.text(p.field), p.reason) for p in problems}


def wrong_fields(form: Form, seen: Preview) -> dict[str, str]:
    """What is wrong by column: what the preview finds now, and what the last try found, as long as it stands there."""
    return _still_wrong(form) | {p.field: p.reason for p in seen.problems}


def _not_saved(form: Form) -> None:
    """Why the last try was not saved, until its fields are changed."""
    for name, reason in _still_wrong(form).items():
        st.error(words.escape(f"Not saved: {field_name(name)}: {reason}"), icon=":material/block:")


def _still_wrong(form: Form) -> dict[str, str]:
    tried: Mapping[str, tuple[str, str]] = st.session_state.get(_problems_key(form), {})
    return {name: reason for name, (text, reason) in tried.items() if form.text(name) == text}


def _problems_key(form: Form) -> str:
    return f"entry.problems.{form.name}"


def _done_key(form: Form) -> str:
    return f"entry.done.{form.name}"


def _shown_key(form: Form) -> str:
    return f"entry.shown.{form.name}"


def _unseen_key(form: Form) -> str:
    return f"entry.unseen.{form.name}"
