"""What may be entered of customers: a measurement, a score, progress, a customer; each says what it comes to first.

A form is a set of keyed widgets of one customer. What was typed outlives a change of page; a wrong field says so below
itself; what was saved stands below the button, with Undo.
"""

from typing import Any
from zoneinfo import available_timezones

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tai_ops.accuracy import Measurement
from tai_ops.app import entry_form, forms, session, widgets, words
from tai_ops.app.entry_form import (
    Form,
    Values,
    comes_to,
    field,
    named,
    number,
    refused,
    save,
    save_button,
    wrong_fields,
)
from tai_ops.board import Board
from tai_ops.checklist import Onboarding
from tai_ops.customers import Customer
from tai_ops.errors import Problem
from tai_ops.gains import FIGURES, figures
from tai_ops.runbooks import onboarding as runbook
from tai_ops.runbooks.onboarding import CustomerDetail, Preview
from tai_ops.success import CustomerRow, plan_days

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
ENTERED_BY = {
    "kickoff date not set": ("progress", "Set the kickoff"),
    "no progress recorded": ("progress", "Enter the progress"),
    "baseline not measured": ("measurement", "Enter the baseline"),
    "current accuracy not measured": ("measurement", "Enter the current figures"),
    "nobody asked for a score": ("score", "Enter a score"),
    "go-live date not recorded": ("customer", "Enter the go-live date"),
}
"""The form by which each lack is made good, and what the way to it is called."""
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


# --- Which form is open


def choice(place: DeltaGenerator) -> None:
    """The ways to enter something, in the title row; the chosen one stands in the address."""
    if not widgets.may("success"):
        st.session_state[ENTER] = None
        if st.query_params.get("view", "standing") == "standing":  # the other views say it themselves
            with place:
                widgets.who_may_line("success")
        return
    wanted = st.query_params.get(ENTER)
    st.session_state[ENTER] = wanted if wanted in WAYS else None
    place.segmented_control(
        "Enter",
        list(WAYS),
        format_func=lambda way: way.capitalize() if widgets.is_phone() else WAYS[way],
        key=ENTER,
        on_change=_chosen,
        wrap=True,
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
    st.html(entry_form.STYLE)
    with st.container(border=True, key=f"entry_{way}"):
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
    st.html(entry_form.STYLE)
    with st.container(border=True, key="entry_customer"):
        if widgets.may("success"):
            _customer_form(board, "")
        else:
            widgets.who_may_line("success")


def _whose(rows: tuple[CustomerRow, ...]) -> str:
    names = {row.customer_id: row.name for row in rows if row.status != "churned"} or {
        row.customer_id: row.name for row in rows
    }
    chosen = st.selectbox(
        "Customer",
        list(names),
        format_func=lambda one: words.in_a_cell(names.get(one, one)),
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
    wrong = wrong_fields(form, seen)
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
        with field(form, "warehouse", wrong):
            named("Warehouse", known, form.key("warehouse"), "such as Main")
        with field(form, "measured_on", wrong):
            st.date_input(
                "Measured on", key=form.key("measured_on"), format=DATE_FORMAT, max_value=session.today()
            )
        with field(form, "accuracy_pct", wrong):
            number("Accuracy, %", form.key("accuracy_pct"), 0.1, "97",
                    "Counted lines that agree with the record, in per cent of all lines counted.")  # fmt: skip
        with field(form, "count_hours", wrong):
            number("Counting time, hours per warehouse and quarter", form.key("count_hours"), 1.0, "28",
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
        with field(form, "method", wrong):
            st.selectbox(
                "How it was measured",
                list(METHODS),
                format_func=lambda one: METHODS[one],
                key=form.key("method"),
            )
        with field(form, "counts_per_quarter", wrong):
            number("Counts per quarter", form.key("counts_per_quarter"), 1.0, "1")
        with field(form, "errors_per_month", wrong):
            number("Errors per month", form.key("errors_per_month"), 1.0, "18")
        with field(form, "error_cost_per_month", wrong):
            number(
                f"Error cost, {board.facts.company.currency} per month",
                form.key("error_cost_per_month"),
                100.0,
                "300",
            )
        with field(form, "satisfaction", wrong):
            number("Users' satisfaction, 0 to 10", form.key("satisfaction"), 1.0, "9")
    comes_to(form, seen, "Enter the accuracy or the hours: what is gained stands here before you save.")
    save_button(form, "Save the measurement", _save_measurement)
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
    save(form, _measurement, runbook.record_measurement, seen=seen, then=_measured)


def _measured(form: Form, values: Values) -> None:
    """After a measurement: the same warehouse stays chosen, and its current figures come next."""
    form.put("warehouse", values["warehouse"].strip())
    form.put("kind", "current")
    form.put("method", METHOD_OF["current"])


def take_out(detail: CustomerDetail) -> None:
    """Take a wrong measurement out of every number, with a reason; it stays in the history."""
    typed_in = [one.measurement for one in detail.measurements if one.source != "counted"]
    if not typed_in or not widgets.may("success"):
        return
    form = Form("out", detail.row.customer_id)
    with st.expander("Take a wrong measurement out", key=f"{form.name}_box", icon=":material/remove_circle:",
                     on_change="rerun") as box:  # fmt: skip
        if not box.open:
            return
        forms.draft(form.name, {form.key("which"): None, form.key("reason"): ""})
        st.selectbox(
            "Which one",
            list(range(len(typed_in))),
            format_func=lambda place: measurement_words(typed_in[place]),
            key=form.key("which"),
            index=None,
            placeholder="Choose a measurement",
        )
        st.text_input("Reason", key=form.key("reason"), placeholder="such as wrong warehouse")
        chosen = form.value("which")
        if chosen is not None:
            st.markdown(
                f":orange[≈ {words.escape(measurement_words(typed_in[chosen]))} leaves every number and list; "
                "the history keeps it with your reason.]"
            )
        forms.error_line(form.name)
        st.button(
            "Take it out",
            key=f"save_{form.name}",
            disabled=chosen is None,
            on_click=_take_out,
            args=(form, typed_in[chosen] if chosen is not None else None),
        )
    widgets.saved_line(key="saved_out")


def _take_out(form: Form, measurement: Measurement | None) -> None:
    if measurement is None:
        return
    reason = form.text("reason")
    forms.run_write(
        form.name,
        lambda: runbook.take_out(session.store(), session.actor(), measurement, reason, session.now()),
        lambda said: said,
        lambda _said: lambda: runbook.put_back(session.store(), session.actor(), measurement, session.now()),
    )


def measurement_words(m: Measurement) -> str:
    """A measurement in a few words, such as `Baseline of Main, Fri 20 Feb 2026: 80.0 % and 40 hours`."""
    return f"{KIND_WORDS[m.kind]} of {m.warehouse}, {words.day(m.measured_on)}: {figures(m)}"


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
    wrong = wrong_fields(form, seen)
    with st.grid(2, min_column_width=FIELD_WIDTH):
        with field(form, "respondent", wrong):
            named("Who answered", known, form.key("respondent"), "such as warehouse lead")
        with field(form, "answered_on", wrong):
            st.date_input(
                "Answered on", key=form.key("answered_on"), format=DATE_FORMAT, max_value=session.today()
            )
    with field(form, "score", wrong):
        st.segmented_control(
            "How likely to recommend us, 0 (never) to 10 (surely)",
            list(range(11)),
            key=form.key("score"),
            wrap=True,
        )
    with field(form, "comment", wrong):
        st.text_area("Comment, in their words", key=form.key("comment"), height=80)
    comes_to(
        form, seen, "Choose a score: what it makes of the customer's median stands here before you save."
    )
    save_button(form, "Save the score", _save_score)


def _score(form: Form) -> Values:
    names = ("respondent", "answered_on", "score", "comment")
    return {"customer_id": form.customer_id} | {name: form.text(name) for name in names}


def _save_score(form: Form) -> None:
    save(form, _score, runbook.record_score)


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
    wrong = wrong_fields(form, seen)
    with st.grid(2, min_column_width=FIELD_WIDTH):
        with field(form, "kickoff_on", wrong):
            st.date_input("Kickoff (Day 1)", key=form.key("kickoff_on"), format=DATE_FORMAT, value=None,
                          help="A Thursday makes Day 12 a Friday, the day of the cutover.")  # fmt: skip
        with field(form, "done_through_day", wrong):
            st.selectbox(
                "Everything is done through",
                ["", *days],
                format_func=lambda one: f"Day {one}: {days[one]}" if one in days else "nothing yet",
                key=form.key("done_through_day"),
            )
    comes_to(
        form, seen, "Enter the kickoff: the share done and the cutover's date stand here before you save."
    )
    save_button(form, "Save the progress", _save_progress)


def _known_day(plan: Onboarding | None) -> int | str:
    """The last day done that the choices have, empty where nothing is done."""
    done = plan.done_through_day if plan else None
    return "" if done is None else max((day for day in plan_days() if day <= done), default="")


def _progress(form: Form) -> Values:
    return {
        "customer_id": form.customer_id,
        "kickoff_on": form.text("kickoff_on"),
        "done_through_day": form.text("done_through_day"),
    }


def _save_progress(form: Form) -> None:
    save(form, _progress, runbook.record_progress, then=_as_stored)


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
    wrong = wrong_fields(form, Preview())
    with st.grid(2, min_column_width=FIELD_WIDTH):
        with field(form, "name", wrong):
            st.text_input("Name", key=form.key("name"), placeholder="such as Harbor Foods")
        with field(form, "customer_id", wrong):
            st.text_input("Id", key=form.key("customer_id"), disabled=stored is not None,
                          help="Files and invoices name the customer by it; it stays as it is.")  # fmt: skip
        with field(form, "status", wrong):
            st.segmented_control(
                "Status", list(STATUS_WORDS), format_func=lambda one: STATUS_WORDS[one], key=form.key("status"),
                required=True, wrap=True,
            )  # fmt: skip
        with field(form, "csm_email", wrong):
            offered = sorted({*people, *([stored.csm_email] if stored and stored.csm_email else [])})
            st.selectbox(
                "CSM",
                ["", *offered],
                format_func=lambda one: people.get(one, one) if one else "nobody yet",
                key=form.key("csm_email"),
            )
        with field(form, "signed_on", wrong):
            st.date_input("Signed on", key=form.key("signed_on"), format=DATE_FORMAT, value=None)
        with field(form, "go_live_on", wrong):
            st.date_input("Went live on", key=form.key("go_live_on"), format=DATE_FORMAT, value=None)
    _customer_more(form, wrong)
    save_button(form, "Save the customer" if stored else "Add the customer", _save_customer)


def _customer_more(form: Form, wrong: dict[str, str]) -> None:
    """What the cutover's clock and the case study need: zone, size, industry, consent."""
    with (
        st.expander("More: industry, zone, size, reference", key=f"{form.name}_more"),
        st.grid(2, min_column_width=FIELD_WIDTH),
    ):
        with field(form, "industry", wrong):
            st.text_input("Industry", key=form.key("industry"), placeholder="such as food wholesale")
        with field(form, "time_zone", wrong):
            st.selectbox(
                "Time zone of its warehouses",
                ["", *sorted(available_timezones())],
                format_func=lambda one: one or "like the company's",
                key=form.key("time_zone"),
            )
        with field(form, "warehouses", wrong):
            number("Warehouses", form.key("warehouses"), 1.0, "2")
        with field(form, "items", wrong):
            number("Items", form.key("items"), 100.0, "12000")
        with field(form, "reference_consent", wrong):
            st.toggle(
                "May be named as a reference",
                key=form.key("reference_consent"),
                help="The customer agreed; a case study needs it.",
            )


def _customer_fields(form: Form, board: Board, stored: Customer | None) -> dict[str, Any]:
    people = [p.email for p in session.store().people() if p.role == "csm"]
    if stored:
        first: dict[str, Any] = {
            name: getattr(stored, name)
            for name in ("customer_id", "name", "status", "signed_on", "go_live_on")
        } | {
            "csm_email": stored.csm_email or "",
            "industry": stored.industry or "",
            "time_zone": stored.time_zone or "",
            "warehouses": None if stored.warehouses is None else float(stored.warehouses),
            "items": None if stored.items is None else float(stored.items),
            "reference_consent": bool(stored.reference_consent),
        }
    else:
        first = {
            "customer_id": runbook.next_customer_id([c.customer_id for c in board.facts.customers]),
            "name": "",
            "status": "signed",
            "csm_email": people[0] if len(people) == 1 else "",
            "signed_on": None,
            "go_live_on": None,
            "industry": "",
            "time_zone": "",
            "warehouses": None,
            "items": None,
            "reference_consent": False,
        }
    return {form.key(name): value for name, value in first.items()}


def _customer(form: Form) -> Values:
    names = (
        "customer_id",
        "name",
        "status",
        "csm_email",
        "signed_on",
        "go_live_on",
        "industry",
        "time_zone",
        "warehouses",
        "items",
        "reference_consent",
    )
    return {name: form.text(name) for name in names}


def _save_customer(form: Form) -> None:
    wanted = form.text("customer_id").strip()
    if not form.customer_id and runbook.is_customer(session.store(), wanted):
        refused(form, (Problem(1, "customer_id", f"{wanted} is a customer already; choose another id"),))
        return
    save(form, _customer, runbook.record_customer, then=_as_stored)
