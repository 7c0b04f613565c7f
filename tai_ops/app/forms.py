"""What every form shares: drafts that outlive a page, a token against double entry, one place that catches a refusal.

A form here is a set of keyed widgets under one name, outside `st.form` (which holds back what is typed until it is
sent). `draft` stands before its widgets, `error_line` below them, and the button's callback calls `run_write`, or
`run_once` where two fast clicks must not write twice.

A second click starts a script of its own beside the first one's, which is stopped at its next look into the session:
that can be right after its write. So `run_once` takes turns, and what each write answered is kept outside the session,
for the second click to say.
"""

import contextlib
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import streamlit as st

from tai_ops.app import session, words
from tai_ops.errors import TaiOpsError
from tai_ops.store import drafts

Result = TypeVar("Result")
CARRIED = ("as", "asof", "period")
"""The parameters of the address that go along from page to page."""
MOST_DRAFTS = 500
MOST_ANSWERS = 50
_SAVED = "forms.saved"

_lock = threading.Lock()
_drafts: OrderedDict[tuple[str, str, str], dict[str, Any]] = OrderedDict()
_turn = threading.RLock()
_answers: OrderedDict[str, Any] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Saved:
    """What the last write did, in one line; how to take it back; whether taking back failed.

    `place` is the part of the pages that it belongs to (the first word of its form's name), `before` what was saved there
    before it, where that can be taken back too.
    """

    text: str
    undo: Callable[[], str] | None = None
    failed: bool = False
    place: str = ""
    before: "Saved | None" = None


# --- Drafts


def draft(form: str, fields: Mapping[str, Any]) -> None:
    """Put back what was typed into the form's widgets, and keep what is in them now.

    `fields` are the widgets' keys with what each holds at first. The draft belongs to the acting person, stands in the
    store and outlives a change of page, a reload and a restart of the server. Call it before the widgets.
    """
    kept = draft_of(form)
    for key, first in fields.items():
        if key not in st.session_state:
            st.session_state[key] = kept.get(key, first)
    typed = {key: st.session_state[key] for key, first in fields.items() if st.session_state[key] != first}
    keep_draft(form, typed)
    st.session_state[_fields_key(form)] = dict(fields)


def keep_draft(form: str, typed: Mapping[str, Any]) -> None:
    """Keep what was typed into a form, by its fields; nothing typed is no draft."""
    if session.looks_at() or typed == draft_of(form):
        return
    _hold(_owner(form), dict(typed))
    lasting = {key: value for key, value in typed.items() if drafts.can_keep(value)}
    with contextlib.suppress(TaiOpsError):  # a store that can't be written says so where a record is saved
        drafts.keep(session.store(), session.actor().email, form, lasting, session.now())


def has_draft(form: str) -> bool:
    """Whether something is typed into the form and not saved."""
    return bool(draft_of(form))


def discard(form: str) -> None:
    """Empty the form: in a callback alone, since widgets that stand already can't be set."""
    keep_draft(form, {})
    for key, first in st.session_state.get(_fields_key(form), {}).items():
        st.session_state[key] = first
    st.session_state.pop(_error_key(form), None)


def draft_of(form: str) -> dict[str, Any]:
    """What was typed into the form and not saved, by field."""
    owner = _owner(form)
    with _lock:
        held = _drafts.get(owner)
    if held is None:
        held = drafts.kept(session.present(), session.actor().email, form)
        _hold(owner, held)
    return dict(held)


def _hold(owner: tuple[str, str, str], typed: dict[str, Any]) -> None:
    """Keep a draft at hand; what is pushed out of here still stands in the store."""
    with _lock:
        _drafts.pop(owner, None)
        _drafts[owner] = typed
        while len(_drafts) > MOST_DRAFTS:
            _drafts.popitem(last=False)


def _owner(form: str) -> tuple[str, str, str]:
    return str(session.present().path or id(session.present())), session.actor().email, form


def _fields_key(form: str) -> str:
    return f"forms.fields.{form}"


# --- Writing once


def submit_token(form: str) -> str:
    """The key of this filling of the form: the same until it is saved, so that a second click writes nothing."""
    key = f"forms.token.{form}"
    if key not in st.session_state:
        st.session_state[key] = str(uuid.uuid4())
    return st.session_state[key]


def run_write(
    form: str,
    write: Callable[[], Result],
    said: Callable[[Result], str],
    undo: Callable[[Result], Callable[[], str] | None] | None = None,
) -> Result | None:
    """Carry out a write from a button's callback.

    A refusal becomes the form's error line and what was typed stays. After saving, the form is empty, its token is
    new, and the saved line says what `said` says, with Undo where `undo` makes one.
    """
    try:
        result = write()
    except TaiOpsError as refusal:
        st.session_state[_error_key(form)] = str(refusal)
        return None
    discard(form)
    st.session_state.pop(f"forms.token.{form}", None)
    saved(said(result), undo(result) if undo else None, place=form.partition(".")[0])
    return result


def click(form: str, act: Callable[..., object], *given: Any) -> tuple[Any, ...]:
    """The `args` of a button whose `on_click` is `acted`: the act and what it is given, for this filling of the form."""
    return form, submit_token(form), act, given


def acted(form: str, token: str, act: Callable[..., object], given: tuple[Any, ...]) -> None:
    """Do the act, unless the form was saved since the button was drawn: then this is the same click again."""
    if submit_token(form) == token:
        act(*given)


def run_once(
    form: str,
    write: Callable[[], Result],
    said: Callable[[Result], str],
    undo: Callable[[Result], Callable[[], str] | None] | None = None,
) -> Result | None:
    """Carry out a form's write as `run_write` does; where this filling was written already, say so again."""
    token = submit_token(form)

    def once() -> Result:
        with _turn:
            if token not in _answers:
                _answers[token] = write()
                if len(_answers) > MOST_ANSWERS:
                    _answers.popitem(last=False)
            return _answers[token]

    return run_write(form, once, said, undo)


def error_line(form: str) -> None:
    """Why the form was not saved, where it stands; nothing where it was not refused."""
    refusal = st.session_state.get(_error_key(form))
    if refusal:
        st.error(words.escape(refusal), icon=":material/block:")


def _error_key(form: str) -> str:
    return f"forms.error.{form}"


# --- What was saved


def saved(text: str, undo: Callable[[], str] | None = None, *, place: str = "") -> None:
    """Say on every page until the next write what was saved; `undo` takes it back and answers what it did."""
    last = last_saved()
    before = last if last and last.undo and place and last.place == place else None
    st.session_state[_SAVED] = Saved(text, undo, place=place, before=before)


def last_saved() -> Saved | None:
    """What the last write of this session did."""
    return st.session_state.get(_SAVED)


def dismiss_saved() -> None:
    """Take the saved line away."""
    st.session_state.pop(_SAVED, None)


def undo_last(seen: Saved, *, step_by_step: bool = False) -> None:
    """Take back the last write, which the button stood for: a callback of the saved line's button.

    With `step_by_step` the line then offers what was saved before it in the same place, so that several are taken back
    one after another. A second click on the same button does nothing.
    """
    last = last_saved()
    if last is None or last != seen or last.undo is None:
        return
    try:
        text = last.undo()
        before = last.before if step_by_step else None
        if before is None:
            st.session_state[_SAVED] = Saved(text)
        else:
            st.session_state[_SAVED] = replace(before, text=f"{text}. Undo goes on with: {before.text}")
        st.toast(words.escape(text), icon=":material/undo:")
    except TaiOpsError as refusal:
        st.session_state[_SAVED] = Saved(str(refusal), failed=True)


# --- The address


def into_address(key: str, default: str) -> None:
    """Put a widget's value into the address under its key; the default leaves no trace there."""
    value = str(st.session_state[key])
    if value == default:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = value


def go_on(query: tuple[tuple[str, str], ...]) -> None:
    """Go on to another state of the page that is open; what belongs to all pages stays in the address."""
    wanted = dict(query)
    for name in list(st.query_params):
        if name not in wanted and name not in CARRIED:
            del st.query_params[name]
    st.query_params.update(wanted)


def open_row(key: str, parameter: str, values: tuple[str, ...]) -> None:
    """Open what the ticked row of a table stands for, on the page that is open."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(values):
        go_on(((parameter, values[rows[0]]),))
