"""What may be entered of customers: a measurement, a score, progress, a customer; each says what it comes to first.

A form is a set of keyed widgets of one customer. What was typed outlives a change of page; a wrong field says so below
itself; what was saved stands below the button, with Undo.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tai_ops.app import forms, session, widgets, words
from tai_ops.board import Board
from tai_ops.checklist import Onboarding
from tai_ops.customers import Customer
from tai_ops.entries import typed
from tai_ops.errors import NotAllowed, Problem, Refused
from tai_ops.gains import FIGURES
from tai_ops.rights import Actor, authorize
from tai_ops.runbooks import onboarding as runbook
from tai_ops.runbooks.onboarding import CustomerDetail, Entry, Preview
from tai_ops.store import Store
from tai_ops.store.records import RowsRefused
from tai_ops.success import CustomerRow, plan_days

Values = dict[str, str]
Record = Callable[[Store, Actor, Mapping[str, str], Any, str], Entry]

PAGE = "customers"
ENTER = "enter"
WAYS = {
    "measurement": ":material/straighten: Measurement",
    "score": ":material/thumb_up: Score",
    "progress": ":material/checklist: Progress",
    "customer": ":material/domain: Customer",
}
WAY_NOUNS = {
    "measurement": "measurement",
    "score": "score",
    "progress": "progress",
    "customer": "change",
}
METHODS = {
    "legacy": "Old system's records against the shelf",
    "tai": "TAI's records against the shelf",
    "migration": "TAI's records against the old system (fidelity)",
}
METHOD_OF = {"baseline": "legacy", "current": "tai"}
KIND_WORDS = {"baseline": "Baseline", "current": "Current"}
STATUS_WORDS = {"signed": "Signed", "onboarding": "Onboarding", "live": "Live", "churned": "Churned"}
DATE_FORMAT = "YYYY-MM-DD"
FIELD_WIDTH = 240

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


# --- Which form is open


def choice(place: DeltaGenerator) -> None:
    """The ways to enter something, in the title row; the chosen one stands in the address."""
    wanted = st.query_params.get(ENTER)
    st.session_state[ENTER] = wanted if wanted in WAYS else None
    place.segmented_control(
        "Enter",
        list(WAYS),
        format_func=lambda way: way.capitalize() if widgets.is_phone() else WAYS[way],
        key=ENTER,
        on_change=_chosen,
        wrap=True,
        label_visibility="collapsed",
        help="What you enter says what it comes to before it is saved.",
    )


def _chosen() -> None:
    way = st.session_state.get(ENTER)
    if way in WAYS:
        st.query_params[ENTER] = way
    else:
        st.query_params.pop(ENTER, None)


def form(board: Board, rows: tuple[CustomerRow, ...], detail: CustomerDetail | None) -> None:
    """The form that is open, where one is; else what was saved last."""
    way = st.session_state.get(ENTER)
    if way not in WAYS:
        widgets.saved_line()
        _unsaved(rows, detail)
        return
    st.html(STYLE)
    with st.container(border=True, key=f"entry_{way}"):
        if _may_not():
            return
        if way == "customer":
            _customer_form(board, detail.row.customer_id if detail else "")
            return
        customer_id = detail.row.customer_id if detail else _whose(rows)
        {"measurement": _measurement_form, "score": _score_form, "progress": _progress_form}[way](
            board, customer_id
        )


def _unsaved(rows: tuple[CustomerRow, ...], detail: CustomerDetail | None) -> None:
    """What was typed and not saved, with the way back to it."""
    for row in [detail.row] if detail else rows:
        for way in WAYS:
            if forms.has_draft(Form(way, row.customer_id).name):
                with st.container(
                    horizontal=True, vertical_alignment="center", key=f"unsaved_{way}_{row.customer_id}"
                ):
                    said = f"A {WAY_NOUNS[way]} of {row.name} is typed and not saved."
                    st.markdown(f":orange-badge[≈ draft] {words.escape(said)}", width="content")
                    widgets.link(PAGE, "Go on", (("customer", row.customer_id), (ENTER, way)))


def first_customer(board: Board) -> None:
    """The form of a new customer by itself."""
    st.html(STYLE)
    with st.container(border=True, key="entry_customer"):
        if not _may_not():
            _customer_form(board, "")


def _may_not() -> bool:
    """Whether the acting person may not enter anything here; then one line says so and who may."""
    try:
        authorize(session.actor(), "success")
    except NotAllowed as refusal:
        st.error(words.escape(refusal), icon=":material/block:")
        return True
    return False


def _whose(rows: tuple[CustomerRow, ...]) -> str:
    names = {row.customer_id: row.name for row in rows if row.status != "churned"} or {
        row.customer_id: row.name for row in rows
    }
    chosen = st.selectbox(
        "Customer",
        list(names),
        format_func=lambda one: names.get(one, one),
        key="entry_whose",
        persist_state="session",
    )
    return chosen or next(iter(names))


# --- A measurement


def _measurement_form(board: Board, customer_id: str) -> None:
    own = [m for m in board.facts.measurements if m.customer_id == customer_id]
    known = sorted({m.warehouse for m in own})
    last = max(own, key=lambda m: m.measured_on).warehouse if own else None
    form = Form("measurement", customer_id)
    kind = "current" if any(m.kind == "baseline" for m in own) else "baseline"
    forms.draft(
        form.name,
        {
            form.key("kind"): kind,
            form.key("warehouse"): last,
            form.key("measured_on"): session.today(),
            form.key("method"): METHOD_OF[kind],
            **{form.key(name): None for name in FIGURES},
        },
    )
    seen = runbook.preview(session.store(), _measurement(form), session.now(), board.facts.measurements)
    wrong = _wrong(form, seen)
    st.segmented_control(
        "What was measured",
        list(KIND_WORDS),
        format_func=lambda one: KIND_WORDS[one],
        key=form.key("kind"),
        required=True,
        on_change=_kind_changed,
        args=(form,),
        help="Baseline: how it was before TAI. Current: how it is now.",
    )
    with st.grid(2, min_column_width=FIELD_WIDTH):
        with _field(form, "warehouse", wrong):
            _named("Warehouse", known, form.key("warehouse"), "such as Main")
        with _field(form, "measured_on", wrong):
            st.date_input(
                "Measured on", key=form.key("measured_on"), format=DATE_FORMAT, max_value=session.today()
            )
        with _field(form, "accuracy_pct", wrong):
            _number("Accuracy, %", form.key("accuracy_pct"), 0.1, "97",
                    "Counted lines that agree with the record, in per cent of all lines counted.")  # fmt: skip
        with _field(form, "count_hours", wrong):
            _number("Counting time, hours per warehouse and quarter", form.key("count_hours"), 1.0, "28",
                    "What all cycle counts of this warehouse take in a quarter. The goal is 30 % less.")  # fmt: skip
    more = ("counts_per_quarter", "errors_per_month", "error_cost_per_month", "satisfaction")
    opened = (
        any(form.value(name) is not None for name in more) or form.value("method") != METHOD_OF[_kind(form)]
    )
    with (
        st.expander(
            "More: method, counts, errors, cost, satisfaction", key=f"{form.name}_more", expanded=opened
        ),
        st.grid(2, min_column_width=FIELD_WIDTH),
    ):
        with _field(form, "method", wrong):
            st.selectbox(
                "How it was measured",
                list(METHODS),
                format_func=lambda one: METHODS[one],
                key=form.key("method"),
            )
        with _field(form, "counts_per_quarter", wrong):
            _number("Counts per quarter", form.key("counts_per_quarter"), 1.0, "1")
        with _field(form, "errors_per_month", wrong):
            _number("Errors per month", form.key("errors_per_month"), 1.0, "18")
        with _field(form, "error_cost_per_month", wrong):
            _number(
                f"Error cost, {board.facts.company.currency} per month",
                form.key("error_cost_per_month"),
                100.0,
                "300",
            )
        with _field(form, "satisfaction", wrong):
            _number("Users' satisfaction, 0 to 10", form.key("satisfaction"), 1.0, "9")
    _comes_to(form, seen, "Enter the accuracy or the hours: what is gained stands here before you save.")
    _save_button(form, "Save the measurement", _save_measurement)
    widgets.link(
        "imports",
        "Counted lines as a CSV file instead",
        (("kind", "counts"),),
        icon=":material/upload_file:",
        help="The accuracy is then worked out from the counted lines.",
    )


def _kind(form: Form) -> str:
    return form.value("kind") or "current"


def _kind_changed(form: Form) -> None:
    form.put("method", METHOD_OF[_kind(form)])


def _measurement(form: Form) -> Values:
    """What the form holds, as columns; a figure that was left empty is not sent."""
    names = ("warehouse", "measured_on", "kind", "method")
    figures = {name: form.text(name) for name in FIGURES if form.value(name) is not None}
    return {"customer_id": form.customer_id, **{name: form.text(name) for name in names}, **figures}


def _save_measurement(form: Form) -> None:
    seen = runbook.preview(session.store(), _measurement(form), session.now())
    _save(form, _measurement, runbook.record_measurement, seen=seen, then=_measured)


def _measured(form: Form, values: Values) -> None:
    """After a measurement: the same warehouse stays chosen, and its current figures come next."""
    form.put("warehouse", values["warehouse"].strip())
    form.put("kind", "current")
    form.put("method", METHOD_OF["current"])


# --- A score


def _score_form(board: Board, customer_id: str) -> None:
    form = Form("score", customer_id)
    known = sorted({s.respondent for s in board.facts.scores if s.customer_id == customer_id})
    forms.draft(
        form.name,
        {
            form.key("respondent"): None,
            form.key("answered_on"): session.today(),
            form.key("score"): None,
            form.key("comment"): "",
        },
    )
    seen = runbook.preview_score(_score(form), board)
    wrong = _wrong(form, seen)
    with st.grid(2, min_column_width=FIELD_WIDTH):
        with _field(form, "respondent", wrong):
            _named("Who answered", known, form.key("respondent"), "such as warehouse lead")
        with _field(form, "answered_on", wrong):
            st.date_input(
                "Answered on", key=form.key("answered_on"), format=DATE_FORMAT, max_value=session.today()
            )
    with _field(form, "score", wrong):
        st.segmented_control(
            "How likely to recommend us, 0 (never) to 10 (surely)",
            list(range(11)),
            key=form.key("score"),
            wrap=True,
        )
    with _field(form, "comment", wrong):
        st.text_area("Comment, in their words", key=form.key("comment"), height=80)
    _comes_to(
        form, seen, "Choose a score: what it makes of the customer's median stands here before you save."
    )
    _save_button(form, "Save the score", _save_score)


def _score(form: Form) -> Values:
    names = ("respondent", "answered_on", "score", "comment")
    return {"customer_id": form.customer_id} | {name: form.text(name) for name in names}


def _save_score(form: Form) -> None:
    _save(form, _score, runbook.record_score)


# --- Progress


def _progress_form(board: Board, customer_id: str) -> None:
    form = Form("progress", customer_id)
    plan = next((o for o in board.facts.onboardings if o.customer_id == customer_id), None)
    days = plan_days()
    forms.draft(
        form.name,
        {
            form.key("kickoff_on"): plan.kickoff_on if plan else None,
            form.key("done_through_day"): _known_day(plan),
        },
    )
    seen = runbook.preview_progress(session.store(), _progress(form), session.now())
    wrong = _wrong(form, seen)
    with st.grid(2, min_column_width=FIELD_WIDTH):
        with _field(form, "kickoff_on", wrong):
            st.date_input("Kickoff (Day 1)", key=form.key("kickoff_on"), format=DATE_FORMAT, value=None,
                          help="A Thursday makes Day 12 a Friday, the day of the cutover.")  # fmt: skip
        with _field(form, "done_through_day", wrong):
            st.selectbox(
                "Everything is done through",
                [None, *days],
                format_func=lambda one: "nothing yet" if one is None else f"Day {one}: {days.get(one, '')}",
                key=form.key("done_through_day"),
            )
    _comes_to(
        form, seen, "Enter the kickoff: the share done and the cutover's date stand here before you save."
    )
    _save_button(form, "Save the progress", _save_progress)


def _known_day(plan: Onboarding | None) -> int | None:
    """The last day done that the choices have; a later one than the plan's last is the last."""
    if plan is None or plan.done_through_day is None:
        return None
    return max((day for day in plan_days() if day <= plan.done_through_day), default=None)


def _progress(form: Form) -> Values:
    return {
        "customer_id": form.customer_id,
        "kickoff_on": form.text("kickoff_on"),
        "done_through_day": form.text("done_through_day"),
    }


def _save_progress(form: Form) -> None:
    _save(form, _progress, runbook.record_progress, then=_as_stored)


def _as_stored(form: Form, values: Values) -> None:
    """After a change of what is on record: the form shows the record again."""
    for name in values:
        st.session_state.pop(form.key(name), None)


# --- A customer


def _customer_form(board: Board, customer_id: str) -> None:
    form = Form("customer", customer_id)
    stored = next((c for c in board.facts.customers if c.customer_id == customer_id), None)
    people = {p.email: p.name for p in session.store().people() if p.role == "csm"}
    forms.draft(form.name, _customer_fields(form, board, stored))
    seen = Preview(())
    wrong = _wrong(form, seen)
    with st.grid(2, min_column_width=FIELD_WIDTH):
        with _field(form, "name", wrong):
            st.text_input("Name", key=form.key("name"), placeholder="such as Harbor Foods")
        with _field(form, "customer_id", wrong):
            st.text_input("Id", key=form.key("customer_id"), disabled=stored is not None,
                          help="Files and invoices name the customer by it; it stays as it is.")  # fmt: skip
        with _field(form, "status", wrong):
            st.segmented_control(
                "Status", list(STATUS_WORDS), format_func=lambda one: STATUS_WORDS[one], key=form.key("status"),
                required=True, wrap=True,
            )  # fmt: skip
        with _field(form, "csm_email", wrong):
            offered = sorted({*people, *([stored.csm_email] if stored and stored.csm_email else [])})
            st.selectbox(
                "CSM",
                [None, *offered],
                format_func=lambda one: people.get(one, one) if one else "nobody yet",
                key=form.key("csm_email"),
            )
        with _field(form, "signed_on", wrong):
            st.date_input("Signed on", key=form.key("signed_on"), format=DATE_FORMAT, value=None)
        with _field(form, "go_live_on", wrong):
            st.date_input("Went live on", key=form.key("go_live_on"), format=DATE_FORMAT, value=None)
    _save_button(form, "Save the customer" if stored else "Add the customer", _save_customer)


def _customer_fields(form: Form, board: Board, stored: Customer | None) -> dict[str, Any]:
    people = [p.email for p in session.store().people() if p.role == "csm"]
    if stored:
        first: dict[str, Any] = {
            name: getattr(stored, name)
            for name in ("customer_id", "name", "status", "csm_email", "signed_on", "go_live_on")
        }
    else:
        first = {
            "customer_id": runbook.next_customer_id([c.customer_id for c in board.facts.customers]),
            "name": "",
            "status": "signed",
            "csm_email": people[0] if len(people) == 1 else None,
            "signed_on": None,
            "go_live_on": None,
        }
    return {form.key(name): value for name, value in first.items()}


def _customer(form: Form) -> Values:
    names = ("customer_id", "name", "status", "csm_email", "signed_on", "go_live_on")
    return {name: form.text(name) for name in names}


def _save_customer(form: Form) -> None:
    wanted = form.text("customer_id").strip()
    if not form.customer_id and runbook.is_customer(session.store(), wanted):
        _refused(form, (Problem(1, "customer_id", f"{wanted} is a customer already; choose another id"),))
        return
    _save(form, _customer, runbook.record_customer, then=_as_stored)


# --- What all forms share


def _field(form: Form, column: str, wrong: Mapping[str, str]) -> DeltaGenerator:
    """The place of a field; what is wrong with it stands above its widget's lower edge, inside."""
    place = st.container(key=f"field_{form.key(column)}")
    widget = place.container()
    if column in wrong:
        place.markdown(f":red[:small[✗ {words.escape(wrong[column])}]]")
    return widget


def _named(label: str, known: list[str], key: str, example: str) -> None:
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


def _number(label: str, key: str, step: float, example: str, help_text: str | None = None) -> None:
    st.number_input(
        label, key=key, value=None, step=step, format="%g", placeholder=f"such as {example}", help=help_text
    )


def _comes_to(form: Form, seen: Preview, empty: str) -> None:
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


def _save_button(form: Form, label: str, save: Callable[[Form], None]) -> None:
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


def _save(
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
    entry = forms.run_write(
        form.name,
        lambda: _written(form, values, record),
        lambda entry: entry.said,
        lambda entry: _back(form, entry),
    )
    if entry:
        if then:
            then(form, values)
        st.session_state[_done_key(form)] = (values, read(form))


def _written(form: Form, values: Values, record: Record) -> Entry:
    st.session_state.pop(_problems_key(form), None)
    try:
        return record(session.store(), session.actor(), values, session.now(), forms.submit_token(form.name))
    except RowsRefused as refusal:
        first = refusal.report.rejected[0]
        _refused(form, refusal.report.rejected)
        raise Refused(f"Not saved: {first.field.replace('_', ' ')}: {first.reason}") from None


def _back(form: Form, entry: Entry) -> Callable[[], str] | None:
    """How the entry is taken back; None where it changed nothing."""

    def back() -> str:
        st.session_state.pop(_done_key(form), None)
        return runbook.undo(session.store(), session.actor(), entry.request_key, session.now())

    return back if entry.changed else None


def _refused(form: Form, problems: tuple[Problem, ...]) -> None:
    st.session_state[_problems_key(form)] = {p.field: (form.text(p.field), p.reason) for p in problems}


def _wrong(form: Form, seen: Preview) -> dict[str, str]:
    """What is wrong by column: what the preview finds now, and what the last try found, as long as it stands there."""
    tried: Mapping[str, tuple[str, str]] = st.session_state.get(_problems_key(form), {})
    still = {name: reason for name, (text, reason) in tried.items() if form.text(name) == text}
    return still | {p.field: p.reason for p in seen.problems}


def _problems_key(form: Form) -> str:
    return f"entry.problems.{form.name}"


def _done_key(form: Form) -> str:
    return f"entry.done.{form.name}"


def _shown_key(form: Form) -> str:
    return f"entry.shown.{form.name}"


def _unseen_key(form: Form) -> str:
    return f"entry.unseen.{form.name}"
