"""The form of a record of any kind, made from its columns: adding one, changing one, two people at one record.

What is typed is a draft in the store at once. A changing form remembers which version it was opened on: only what was
typed since is written, and where another person was faster both sets of values stand side by side to choose from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import available_timezones

import streamlit as st

from tai_ops import kind_words
from tai_ops.app import forms, records_address, session, words
from tai_ops.entries import typed
from tai_ops.errors import Problem, Refused
from tai_ops.kinds import Column, Kind
from tai_ops.money import parse_money
from tai_ops.runbooks import record_keeping as keeping
from tai_ops.sheet import MAX_TEXT, read_values
from tai_ops.store import browse, corrections
from tai_ops.store.browse import Seen
from tai_ops.store.corrections import Done, Version
from tai_ops.store.records import RowsRefused
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

STYLE = """<style>
[class*="st-key-field_"] { gap: 0.15rem; }
[class*="st-key-save_record_"] button { min-height: 2.75rem; }
</style>"""


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


# --- Adding


def adding(kind: Kind) -> None:
    """The form of a new record."""
    form = Form(kind)
    st.html(STYLE)
    given = {name: value for name, value in st.query_params.items() if name in kind.names}
    first = {column.name: _widget_value(column, given.get(column.name, "")) for column in kind.columns}
    forms.draft(form.name, {form.field(name): value for name, value in first.items()})
    free = browse.next_key(session.store(), kind)
    _fields(form, kind.columns, free)
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
            lambda done: partial(_take_back, form.kind, done.keys[0]),
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
    first = {form.field(c.name): _widget_value(c, text_of(base.values[c.name])) for c in columns} | {
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
    _fields(form, columns, None)
    with _place(form, "why", {}):
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
            text = _text(form, column)
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
        f"**{words.escape(kind_words.label(form.kind, name))}:** {words.escape(_shown(form, name, base.values[name]))} "
        f"→ {words.escape(_shown_text(form, name, text))}"
        for name, text in changes.items()
    ]
    st.markdown("Will change  \n" + "  \n".join(lines))


def _shown(form: Form, name: str, value: Any) -> str:
    company = session.store().company
    return kind_words.said(form.kind.column(name), value, company.currency, company.tz)


def _shown_text(form: Form, name: str, text: str) -> str:
    values = read_values(form.kind, {name: text}).columns.get(name, [None])
    return _shown(form, name, values[0]) if values[0] is not None or not text else text


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
                line = f"{kind_words.label(form.kind, name)}: {_shown(form, name, before)} → {_shown(form, name, after)}"
                if name in own:
                    line += f"; you typed {_shown_text(form, name, own[name])}"
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
            st.session_state[form.field(column.name)] = _widget_value(
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
            lambda _: partial(_take_back, form.kind, form.key),
        )
    except _FieldsWrong as wrong:
        _refused(form, wrong.problems)
        return
    if done:
        _drop(form)
        records_address.go(do=None)


def _take_back(kind: Kind, key: str) -> str:
    return corrections.take_back(session.store(), session.actor(), kind, key, now=session.now())


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


# --- Fields


def _fields(form: Form, columns: Sequence[Column], free: str | None) -> None:
    """The widgets, two beside each other, with what is wrong below each."""
    wrong = _still_wrong(form)
    for column in columns:
        try:
            _text(form, column)
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


def _place(form: Form, column: str, wrong: Mapping[str, str]) -> Any:
    place = st.container(key=f"field_{form.field(column)}")
    widget = place.container()
    if column in wrong:
        place.markdown(f":red[:small[✗ {words.escape(wrong[column])}]]")
    return widget


def _field(form: Form, column: Column, wrong: Mapping[str, str], free: str | None) -> None:
    kind, key = form.kind, form.field(column.name)
    company = session.store().company
    label = words.escape(kind_words.labelled(kind, column, company.currency, str(company.tz)))
    if column.required and not (free and column.name == kind.key[0]):
        label += " \\*"
    help_text = kind_words.HELPS.get(column.name)
    with _place(form, column.name, wrong):
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
        text = _text(form, column)
    except ValueError:
        return
    if raw and raw not in {text, f"{text}.00", f"{text}.0", number_shown(column, text)}:
        st.caption(words.escape(f"= {_shown_text(form, column.name, text)}"))


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


# --- What stands in the widgets


def read(form: Form) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """All fields as a file holds them, and what can't be read of them."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for column in form.kind.columns:
        if form.key and column.name in form.kind.key:
            continue
        try:
            texts[column.name] = _text(form, column)
        except ValueError as reason:
            problems.append(Problem(1, column.name, str(reason)))
            texts[column.name] = ""
    return texts, tuple(problems)


def _text(form: Form, column: Column) -> str:
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


def _widget_value(column: Column, text: str) -> Any:
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
    return bool(column.refers) or column.name in SUGGESTED or column.name in {"csm_email", "owner_email"}


def text_of(value: Any) -> str:
    """A stored value as a file holds it."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else typed(value)


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
