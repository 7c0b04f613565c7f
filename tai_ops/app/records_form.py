"""The form of a record of any kind, made from its columns: adding one, changing one, two people at one record.

What is typed is a draft in the store at once. A changing form remembers which version it was opened on: only what was
typed since is written, and where another person was faster both sets of values stand side by side to choose from.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

import streamlit as st

from tai_ops import kind_words
from tai_ops.app import forms, records_address, session, words
from tai_ops.app.records_fields import (
    LIVE,
    NUMBERS,
    Form,
    field_text,
    fields,
    place,
    read,
    secret,
    shown,
    shown_text,
    text_of,
    widget_value,
)
from tai_ops.entries import typed
from tai_ops.errors import Problem, Refused
from tai_ops.kinds import Column, Kind
from tai_ops.runbooks import record_keeping as keeping
from tai_ops.store import browse, corrections
from tai_ops.store.browse import Seen
from tai_ops.store.corrections import Done, Version
from tai_ops.store.records import RowsRefused

STYLE = """<style>
[class*="st-key-field_"] { gap: 0.15rem; }
[class*="st-key-save_record_"] button { min-height: 2.75rem; }
</style>"""


# --- Adding


def adding(kind: Kind) -> None:
    """The form of a new record."""
    form = Form(kind)
    st.html(STYLE)
    given = {name: value for name, value in st.query_params.items() if name in kind.names}
    first = {column.name: widget_value(column, given.get(column.name, "")) for column in kind.columns}
    forms.draft(form.name, {form.field(name): value for name, value in first.items()})
    free = browse.next_key(session.store(), kind)
    fields(form, kind.columns, free, _still_wrong(form))
    _notes(form)
    _buttons(form, "Save", partial(_add, form))


def _add(form: Form) -> None:
    store, token = session.store(), forms.submit_token(form.name)
    texts, problems = read(form)
    if problems:
        _refused(form, problems)
        return
    try:
        done = forms.run_once(
            form.name,
            lambda: _told(
                lambda: keeping.add(
                    store, session.actor(), form.kind, texts, now=session.now(), request_key=token
                )
            ),
            lambda done: f"Saved: {form.kind.noun} {done.keys[0]}",
            lambda done: undoing(form.kind, done.keys[0]),
        )
    except _FieldsWrong as wrong:
        _refused(form, wrong.problems)
        return
    if done:
        forms.go_on(records_address.record_query(form.kind.name, done.keys[0]))


# --- Changing


def changing(kind: Kind, seen: Seen) -> None:
    """The form of a record that stands, with what another person changed meanwhile, to choose."""
    form = Form(kind, seen.key)
    st.html(STYLE)
    base = _base(form, seen)
    columns = [column for column in kind.columns if column.name not in kind.key and not secret(column)]
    if any(map(secret, kind.columns)):
        st.caption("Amounts are hidden; show them to change one.")
    first = {form.field(c.name): widget_value(c, text_of(base.values[c.name])) for c in columns} | {
        form.why: ""
    }
    typed_any = any(st.session_state.get(key, value) != value for key, value in first.items()) or bool(
        forms.draft_of(form.name)
    )
    forms.draft(form.name, first | {form.seen: "" if typed_any else base.recorded_at.isoformat()})
    if not mine(form, base) and not st.session_state.get(form.why):
        forms.keep_draft(form.name, {})
    moved = corrections.moved_since(session.store(), kind, {seen.key: base.recorded_at})
    if moved:
        _choose(form, moved[0], base)
    fields(form, columns, None, _still_wrong(form))
    with place(form, "why", {}):
        st.text_input("Why (stands in the history)", key=form.why, max_chars=300, live=LIVE)
    _notes(form)
    changes = mine(form, base)
    _what_changes(form, base, changes)
    _buttons(form, "Save the change", partial(_change, form), disabled=not changes)


def _base(form: Form, seen: Seen) -> Version:
    """The version that the form was opened on: the current one until something is typed."""
    current = Version(seen.values, seen.recorded_at, seen.recorded_by, seen.recorded_from)
    kept = st.session_state.get(form.seen) or forms.draft_of(form.name).get(form.seen)
    if not kept or kept == seen.recorded_at.isoformat():
        return current
    if not forms.has_draft(form.name):
        for column in form.kind.names:
            st.session_state.pop(form.field(column), None)
        st.session_state[form.seen] = seen.recorded_at.isoformat()
        return current
    known = corrections.versions(session.store(), form.kind, form.key)
    return next((one for one in known if one.recorded_at.isoformat() == kept), current)


def mine(form: Form, base: Version) -> dict[str, str]:
    """The fields that the person typed something else into than stood there, as a file holds them."""
    found: dict[str, str] = {}
    for column in form.kind.columns:
        if column.name in form.kind.key or form.field(column.name) not in st.session_state:
            continue
        try:
            text = field_text(form, column)
        except ValueError:
            text = str(st.session_state.get(form.field(column.name)) or "")
        stored = base.values[column.name]
        if isinstance(stored, datetime) and text == text_of(stored.replace(second=0, microsecond=0)):
            continue  # the widget knows no seconds
        if text != _canonical(column, text_of(stored)):
            found[column.name] = text
    return found


def _canonical(column: Column, text: str) -> str:
    return typed(Decimal(text)) if column.type in NUMBERS and text else text


def _what_changes(form: Form, base: Version, changes: Mapping[str, str]) -> None:
    """What will be other than before, shown before it is saved."""
    if not changes:
        st.caption("Nothing is changed yet.")
        return
    lines = [
        f"**{words.escape(kind_words.label(form.kind, name))}:** {words.escape(shown(form, name, base.values[name]))} "
        f"→ {words.escape(shown_text(form, name, text))}"
        for name, text in changes.items()
    ]
    st.markdown("Will change  \n" + "  \n".join(lines))


def _choose(form: Form, moved: corrections.Moved, base: Version) -> None:
    """What the other person changed meanwhile; whose values shall hold."""
    zone = session.store().company.tz
    with st.container(border=True, key="moved"):
        st.markdown(
            f":orange-badge[≈ changed meanwhile] {words.escape(moved.by)} changed this {form.kind.noun} on "
            f"{words.escape(words.instant(moved.when, zone))}, after you opened it:"
        )
        own = mine(form, base)
        for name, (before, after) in moved.theirs.items():
            if name:
                line = f"{kind_words.label(form.kind, name)}: {shown(form, name, before)} → {shown(form, name, after)}"
                if name in own:
                    line += f"; you typed {shown_text(form, name, own[name])}"
                st.markdown(f"- {words.escape(line)}")
        with st.container(horizontal=True):
            st.button(
                "Go on with mine", key="keep_mine", icon=":material/edit:",
                help="What you typed stays; everything else is taken as it stands now. Save then keeps it.",
                on_click=_keep_mine, args=(form, tuple(own), moved.when),
            )  # fmt: skip
            st.button(
                "Take theirs", key="take_theirs", help="What you typed is dropped.",
                on_click=_drop, args=(form,),
            )  # fmt: skip


def _keep_mine(form: Form, own: tuple[str, ...], when: datetime) -> None:
    """Put the form onto the newest version, with what was typed on top; in a callback."""
    seen = browse.record(session.store(), form.kind, form.key)
    if seen is None or seen.recorded_at != when:
        return
    for column in form.kind.columns:
        if column.name not in form.kind.key and column.name not in own:
            st.session_state[form.field(column.name)] = widget_value(
                column, text_of(seen.values[column.name])
            )
    st.session_state[form.seen] = when.isoformat()
    forms.keep_draft(form.name, forms.draft_of(form.name) | {form.seen: when.isoformat()})


def _drop(form: Form) -> None:
    """Empty the form; it then shows the newest version."""
    forms.discard(form.name)
    for column in form.kind.names:
        st.session_state.pop(form.field(column), None)
    st.session_state.pop(form.seen, None)
    st.session_state.pop(form.why, None)
    st.session_state.pop(_problems_key(form), None)


def _change(form: Form) -> None:
    store, token = session.store(), forms.submit_token(form.name)
    seen = browse.record(store, form.kind, form.key)
    texts, problems = read(form)
    if problems:
        _refused(form, problems)
        return
    if seen is None:
        base = Version(dict.fromkeys(form.kind.names), session.now(), "", "")
    else:
        base = _base(form, seen)
    changes = {name: texts[name] for name in mine(form, base)}
    why = str(st.session_state.get(form.why) or "")
    try:
        done = forms.run_once(
            form.name,
            lambda: _told(
                lambda: keeping.change(
                    store,
                    session.actor(),
                    form.kind,
                    form.key,
                    changes,
                    base.recorded_at,
                    now=session.now(),
                    request_key=token,
                    reason=why,
                )
            ),
            lambda _: (
                f"Changed: {form.kind.noun} {form.key} ({', '.join(kind_words.label(form.kind, n).lower() for n in changes)})"
            ),
            lambda _: undoing(form.kind, form.key),
        )
    except _FieldsWrong as wrong:
        _refused(form, wrong.problems)
        return
    if done:
        _drop(form)
        records_address.go(do=None)


def undoing(kind: Kind, key: str) -> Callable[[], str]:
    """What takes back what was just done to a record, unless somebody did another thing to it since."""
    seen_at = corrections.last_moved(session.store(), kind, key)

    def undo() -> str:
        return corrections.take_back(
            session.store(), session.actor(), kind, key, now=session.now(), seen_at=seen_at
        )

    return undo


class _FieldsWrong(Exception):
    """Carries what is wrong with single fields past the place where refusals become the form's line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems


def _told(write: Callable[[], Done]) -> Done:
    """The write's answer; what is wrong with single fields goes to the fields."""
    try:
        return write()
    except RowsRefused as refusal:
        raise _FieldsWrong(refusal.report.rejected) from None


def plainly(kind: Kind, refusal: RowsRefused) -> Refused:
    """The first thing wrong with a row as a line that names its field as the page does."""
    problem = refusal.report.rejected[0]
    return Refused(f"{kind_words.label(kind, problem.field)}: {problem.reason}")


def said_of_field(label: str, reason: ValueError) -> Refused:
    """What is wrong with what was typed, as a line."""
    return Refused(f"{label}: {reason}")


def _notes(form: Form) -> None:
    """What the entry brings about that one might not expect, before it is saved."""
    texts, problems = read(form)
    wrong = {problem.field for problem in problems}
    for note in keeping.notes(
        session.store(),
        form.kind,
        {name: text for name, text in texts.items() if name not in wrong},
        form.key,
    ):
        st.markdown(f":orange[≈ {words.escape(note)}]")


def _buttons(form: Form, label: str, save: Callable[[], None], *, disabled: bool = False) -> None:
    for name, reason in _still_wrong(form).items():
        st.error(
            words.escape(f"Not saved: {kind_words.label(form.kind, name)}: {reason}"), icon=":material/block:"
        )
    forms.error_line(form.name)
    with st.container(horizontal=True, key=f"save_{form.name}_row"):
        st.button(
            label, key=f"save_{form.name}", type="primary", icon=":material/save:", disabled=disabled,
            on_click=forms.acted, args=forms.click(form.name, save),
        )  # fmt: skip
        st.button(
            "Close, keep what is typed" if forms.has_draft(form.name) else "Close",
            key="close_form", on_click=records_address.go, kwargs={"do": None},
        )  # fmt: skip
        if forms.has_draft(form.name):
            st.button("Empty the form", key="empty_form", type="tertiary", on_click=_drop, args=(form,))


# --- What was refused


def _refused(form: Form, problems: Sequence[Problem]) -> None:
    st.session_state[_problems_key(form)] = {
        problem.field: (str(st.session_state.get(form.field(problem.field))), problem.reason)
        for problem in problems
    }


def _still_wrong(form: Form) -> dict[str, str]:
    """What the last try found wrong, as long as it stands there."""
    tried: Mapping[str, tuple[str, str]] = st.session_state.get(_problems_key(form), {})
    return {
        name: reason
        for name, (text, reason) in tried.items()
        if str(st.session_state.get(form.field(name))) == text
    }


def _problems_key(form: Form) -> str:
    return f"record.problems.{form.name}"
