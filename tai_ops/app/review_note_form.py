"""Typing a note in place on the weekly review's page: what it is, in one sentence, whose, due when, measured by what."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import streamlit as st

from tai_ops.app import forms, session, words
from tai_ops.app.review_page import KIND_WORDS, Seen
from tai_ops.board import Note, Question
from tai_ops.checklist import LAST_DAY
from tai_ops.commitments import CALLS, PLAN_DAY, YES_NO, promise_test
from tai_ops.kpi import KPIS
from tai_ops.period import Week
from tai_ops.review import Block, Review
from tai_ops.review_checks import question_words
from tai_ops.runbooks import weekly_review as runbook

FIRST_KIND = {"wins": "win", "priorities": "priority", "opening": "note"}
MEASURES = {
    "words": "Its own words",
    "number": "A number",
    "step": "A step of a plan",
    "yes_no": "A person's yes",
}
"""How a promise may be judged, by code."""
NUMBERS = {CALLS: "Discovery calls"} | {kpi.id: kpi.label for kpi in KPIS.values() if kpi.unit != "date"}


def form_of(found: Seen, block: Block) -> str:
    """The name of a block's form."""
    return f"typed_{found.week}_{block.id}"


def fields(found: Seen, block: Block) -> None:
    """The form for a note in a block: it asks for what the chosen kind of note needs."""
    form = form_of(found, block)
    kind, body, owner, due = (f"{form}_{name}" for name in ("kind", "body", "owner", "due"))
    forms.draft(
        form,
        {
            kind: FIRST_KIND.get(block.id, "blocker"),
            body: "",
            owner: None if found.review.people else "",
            due: found.week.plus(1).friday,
            f"{form}_measure": "words",
            f"{form}_kpi": "accuracy_pct",
            f"{form}_value": None,
            f"{form}_customer": None,
            f"{form}_day": 12,
        },
    )
    st.segmented_control(
        "What it is", list(KIND_WORDS), format_func=lambda one: KIND_WORDS[one], key=kind, required=True
    )
    chosen = st.session_state[kind] or "note"
    st.text_input(
        "In one sentence",
        key=body,
        max_chars=runbook.LONGEST_NOTE,
        placeholder=_example(chosen),
        autocomplete="off",
        live="1s",
    )
    _needed_line(form, chosen, "body")
    if chosen in {"blocker", "priority", "action"}:
        with st.grid(2, min_column_width=180):
            _owner(found.review, owner, chosen)
            if chosen != "blocker":
                st.date_input("Due", key=due, format="YYYY-MM-DD")
        _needed_line(form, chosen, "owner")
    if chosen in runbook.OWNED:
        _measure(found.review, form)
    _preview(chosen, st.session_state[body], form)
    _save_row(found, block, form, chosen)


def _owner(review: Review, key: str, kind: str) -> None:
    """Whose it is: nobody is chosen beforehand; a blocker may do without."""
    label = "Owner" if kind in runbook.OWNED else "Owner (may come later)"
    if review.people:
        people = review.people
        st.selectbox(
            label,
            list(people),
            format_func=lambda one: people[one],
            key=key,
            placeholder="Choose a person",
        )
    else:
        st.text_input(label, key=key, help="Nobody is on record yet: any name will do.")


def _measure(review: Review, form: str) -> None:
    """What next Friday judges the promise by: its words, a number and what it has to reach, a step, a person's yes."""
    how = st.segmented_control(
        "Measured by",
        list(MEASURES),
        format_func=lambda one: MEASURES[one],
        key=f"{form}_measure",
        required=True,
    )
    names = review.customers
    if how == "number":
        with st.grid(3, min_column_width=160):
            st.selectbox("Number", list(NUMBERS), format_func=lambda one: NUMBERS[one], key=f"{form}_kpi")
            st.number_input(
                _reach_words(st.session_state[f"{form}_kpi"]), key=f"{form}_value", placeholder="such as 97"
            )
            _customer(names, form, "Of a customer (or of all)")
    elif how == "step":
        with st.grid(2, min_column_width=160):
            _customer(names, form, "Customer")
            st.number_input(f"Done through day (1 to {LAST_DAY})", 1, LAST_DAY, key=f"{form}_day")
    _needed_line(form, "priority", "value")
    _needed_line(form, "priority", "customer")


def _customer(names: Mapping[str, str], form: str, label: str) -> None:
    st.selectbox(
        label,
        list(names),
        format_func=lambda one: names[one],
        key=f"{form}_customer",
        placeholder="Choose a customer",
    )


def _reach_words(kpi: str) -> str:
    """What stands over the value: in which unit, and which side of it keeps the promise."""
    known = KPIS.get(kpi)
    unit = (
        {"pct": "%", "money": "amount", "money_per_day": "amount a day"}.get(known.unit, known.unit)
        if known
        else "calls"
    )
    return f"{'At most' if known and known.good == 'down' else 'At least'} ({unit})"


def _measured(form: str, kind: str) -> Question | None:
    """The measure that was chosen; None where the words say it."""
    state = st.session_state
    how = state.get(f"{form}_measure") or "words"
    if kind not in runbook.OWNED or how == "words":
        return None
    if how == "yes_no":
        return Question(YES_NO, Decimal(0))
    if how == "step":
        return Question(PLAN_DAY, Decimal(state[f"{form}_day"]), state[f"{form}_customer"])
    return Question(state[f"{form}_kpi"], Decimal(str(state[f"{form}_value"])), state[f"{form}_customer"])


def _save_row(found: Seen, block: Block, form: str, kind: str) -> None:
    """The button that saves, with what is still needed beside it; below it why the store refused."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{form}_row"):
        st.button(
            f"Save the {KIND_WORDS[kind].lower()}",
            key=f"{form}_save",
            type="primary",
            on_click=_save,
            args=(found.week, block.id, form, forms.submit_token(form)),
        )
        missing = _missing(form, kind)
        if missing:
            needed = words.listed([NEEDED[field][0] for field in missing])
            st.caption(f"Still needed: {needed}", width="content")
    forms.error_line(form)


NEEDED = {
    "body": ("one sentence", "Say in one sentence what the {kind} is."),
    "owner": ("an owner", "Choose an owner: every {kind} has one."),
    "value": ("what the number has to reach", "Say what the number has to reach."),
    "customer": ("the customer whose plan it is", "Choose the customer whose plan it is."),
}
"""What a note needs: as it is asked for beside the button, and as it is said at its field after a click."""


def _missing(form: str, kind: str) -> list[str]:
    """The fields that a note of that kind needs and has not yet."""
    state = st.session_state
    found = [] if state[f"{form}_body"].strip() else ["body"]
    if kind not in runbook.OWNED:
        return found
    how = state.get(f"{form}_measure")
    if not state.get(f"{form}_owner"):
        found.append("owner")
    if how == "number" and state.get(f"{form}_value") is None:
        found.append("value")
    if how == "step" and not state.get(f"{form}_customer"):
        found.append("customer")
    return found


def _needed_line(form: str, kind: str, field: str) -> None:
    """Under a field that was left empty when the note was to be saved: what belongs into it."""
    if st.session_state.get(f"{form}_refused") and field in _missing(form, kind):
        st.error(NEEDED[field][1].format(kind=KIND_WORDS[kind].lower()), icon=":material/block:")


def _example(kind: str) -> str:
    return {
        "win": "New pipeline hit $500K",
        "blocker": "Firewall rules of Customer #2 are not open",
        "priority": "Customer #2 implementation 75% complete",
        "action": "Send Customer #3 the deployment plan",
    }.get(kind, "")


def _preview(kind: str, body: str, form: str) -> None:
    """What next Friday will ask of the data, before it is saved."""
    if kind not in runbook.OWNED or not body.strip() or {"value", "customer"} & set(_missing(form, kind)):
        return
    measure = _measured(form, kind)
    customers = runbook.customers_of(session.store())
    if measure is None:
        test = promise_test(body, customers)
    else:
        names = {one.customer_id: one.name for one in customers}
        test = (
            None if measure.kpi == YES_NO else replace(measure, customer=names.get(measure.customer_id or ""))
        )
    said = (
        f"The data will be asked: {question_words(test)}."
        if test
        else "Next Friday a person says whether it is done."
    )
    st.caption(words.escape(said))


def _save(week: Week, block: str, form: str, token: str) -> None:
    state = st.session_state
    kind = state[f"{form}_kind"] or "note"
    state[f"{form}_refused"] = bool(_missing(form, kind))
    if state[f"{form}_refused"]:
        return
    owner = state.get(f"{form}_owner") or None
    due = state.get(f"{form}_due") if kind in {"priority", "action"} else None
    add(
        form,
        week,
        block,
        kind,
        state[f"{form}_body"],
        owner if kind not in {"win", "note"} else None,
        due,
        token,
        _measured(form, kind),
    )


def add(
    form: str,
    week: Week,
    block: str,
    kind: str,
    body: str,
    owner: str | None,
    due_on: date | None,
    token: str,
    measure: Question | None = None,
) -> None:
    """Save a note, once for a token; a refusal stands in the form of that name, and Undo takes the note back."""
    store, actor = session.store(), session.actor()

    def back(note: Note) -> str:
        runbook.set_note_state(store, actor, note.note_id, "dropped", session.now())
        return f"“{note.body}” is taken back"

    forms.run_write(
        form,
        lambda: runbook.add_note(
            store,
            actor,
            week,
            block,
            kind=kind,
            body=body,
            owner=owner,
            due_on=due_on,
            measure=measure,
            now=session.now(),
            request_key=token,
        ),
        lambda note: f"{KIND_WORDS[kind]} noted: “{note.body}”",
        lambda note: lambda: back(note),
    )
