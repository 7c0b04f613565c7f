"""The small forms of what is measured besides accuracy: types of errors, parallel counts, mood, what hours and results are worth."""

from datetime import date
from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.onboarding_view import PAGE, VIEW, line, press, typed_number
from tai_ops.customer_measures import FIGURES, MOMENTS, USUAL_TYPES
from tai_ops.errors import Refused
from tai_ops.onboarding_course import TYPED_IN_A_NOTE
from tai_ops.runbooks.customer_onboarding import measures as runbook
from tai_ops.runbooks.customer_onboarding.measures import Kept
from tai_ops.runbooks.customer_onboarding.steps import Made
from tai_ops.stabilising import SENTIMENTS

DATE_FORMAT = "YYYY-MM-DD"
ENTERED_ELSEWHERE = {
    "base_accuracy": ("measurement", "Enter the baseline"),
    "base_hours": ("measurement", "Enter the baseline"),
    "base_satisfaction": ("measurement", "Enter the baseline"),
    "now_accuracy": ("measurement", "Enter the current figures"),
    "now_hours": ("measurement", "Enter the current figures"),
    "nps_survey": ("score", "Enter an answer"),
}
"""Steps whose figure is entered by a form of the customer's, and the words of the link to it."""


SHOWN_ELSEWHERE = {
    **dict.fromkeys(sorted(TYPED_IN_A_NOTE), ("migration", "Check a migration")),
    "accuracy_97": ("after", "Do a spot check"),
    "spot_check": ("after", "Do the spot check"),
}
"""Steps whose figure comes from another view of the customer, and the words of the link to it."""


def of_step(customer_id: str, key: str) -> None:
    """The form of the figure that proves a step, where there is one."""
    match key:
        case "base_errors" | "now_errors":
            error_types(customer_id, "baseline" if key == "base_errors" else "current")
        case "base_roi" | "now_roi":
            figures(customer_id)
        case "parallel_count":
            parallel(customer_id)
        case "w1_sponsor" | "w1_debrief":
            sentiment(customer_id)
        case _ if key in SHOWN_ELSEWHERE:
            view, label = SHOWN_ELSEWHERE[key]
            widgets.link(PAGE, label, (("customer", customer_id), (VIEW, view)), key=f"to_{key}")
        case _ if key in ENTERED_ELSEWHERE:
            way, label = ENTERED_ELSEWHERE[key]
            widgets.link(PAGE, label, (("customer", customer_id), ("enter", way)), key=f"to_{key}")


def kept(customer_id: str) -> Kept:
    """What is kept of the customer."""
    return runbook.kept(session.store(), customer_id)


def _told(keys: dict[str, str]) -> dict[str, object]:
    return {name: st.session_state.get(key) for name, key in keys.items()}


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise Refused("choose the day")
    return value


def error_types(customer_id: str, moment: str) -> None:
    """The top types of errors of one moment, and a form for one more."""
    found = kept(customer_id).measures.error_types
    own = [one for one in found if one.moment == moment]
    last = max((one.measured_on for one in own), default=None)
    for one in [one for one in own if one.measured_on == last]:
        often = "" if one.per_month is None else f", {one.per_month.normalize():f} a month"
        form = f"type_out_{customer_id}_{moment}_{one.name}"
        with st.container(horizontal=True, vertical_alignment="center", key=f"ob_row_{form}"):
            st.markdown(
                f"{words.escape(one.name)}{often} {line(words.day(one.measured_on))}", width="stretch"
            )
            press("Take off", form, _take_off, customer_id, moment, one.name, one.measured_on)
    form = f"error_type_{customer_id}_{moment}"
    keys = {name: f"{form}_{name}" for name in ("name", "per_month", "on")}
    known = sorted({one.name for one in found} | set(USUAL_TYPES))
    forms.draft(form, {keys["name"]: None, keys["per_month"]: "", keys["on"]: last or session.today()})
    with st.grid(3, min_column_width=150):
        st.selectbox(
            f"Type of error ({MOMENTS[moment]})",
            known,
            key=keys["name"],
            index=None,
            accept_new_options=True,
            placeholder="choose or write one",
        )
        st.text_input("How often a month", key=keys["per_month"], placeholder="empty: not counted")
        st.date_input("Measured on", key=keys["on"], format=DATE_FORMAT, max_value=session.today())
    forms.error_line(form)
    press(
        "Keep this type", form, _error_type, customer_id, moment, partial(_told, keys), icon=":material/save:"
    )


def _error_type(customer_id: str, moment: str, told: dict, token: str) -> Made:
    return runbook.record_error_type(
        session.store(), session.actor(), customer_id, moment, str(told["name"] or ""), typed_number(told["per_month"], "times a month"),
        _day(told["on"]), session.now(), token,
    )  # fmt: skip


def _take_off(customer_id: str, moment: str, name: str, on: date, token: str) -> Made:
    return runbook.record_error_type(
        session.store(), session.actor(), customer_id, moment, name, "", on, session.now(), token, is_out=True
    )


def figures(customer_id: str) -> None:
    """The customer's own hours, what an hour costs it, and what the result is worth to it."""
    found = kept(customer_id).measures
    form = f"figures_{customer_id}"
    keys = {name: f"{form}_{name}" for name in FIGURES}
    stands = {
        name: f"{found.figures[name].normalize():f}" if name in found.figures else "" for name in FIGURES
    }
    forms.draft(form, {keys[name]: stands[name] for name in FIGURES})
    currency = session.store().company.currency
    with st.grid(3, min_column_width=220):
        for name, (label, unit) in FIGURES.items():
            st.text_input(f"{label}{f', {currency}' if unit == 'money' else ''}", key=keys[name])
    if found.needed_hours is not None and found.need_from != "typed here":
        st.markdown(line(f"The hours it needs come from {found.need_from}."))
    forms.error_line(form)
    press(
        "Keep these figures",
        form,
        _figures,
        customer_id,
        stands,
        partial(_told, keys),
        icon=":material/save:",
    )


def _figures(customer_id: str, stands: dict[str, str], told: dict, token: str) -> Made:
    typed = {
        name: text if text == stands[name] else typed_number(text, FIGURES[name][0])
        for name, text in told.items()
    }
    return runbook.record_figures(session.store(), session.actor(), customer_id, typed, session.now(), token)


def parallel(customer_id: str) -> None:
    """Counts by hand and with TAI of the same day, and a form for one."""
    for one in kept(customer_id).measures.parallel:
        badge = {
            True: ":green-badge[✓ acceptable]",
            False: ":red-badge[✗ too far apart]",
            None: ":gray-badge[–]",
        }
        st.markdown(
            f"{badge[one.is_acceptable]} {words.escape(f'{one.warehouse}, {words.day(one.counted_on)}: {one.said}')}"
        )
    form = f"parallel_{customer_id}"
    keys = {name: f"{form}_{name}" for name in ("warehouse", "on", "hand", "tai")}
    forms.draft(form, {keys["warehouse"]: "", keys["on"]: session.today(), keys["hand"]: "", keys["tai"]: ""})
    with st.grid(2, min_column_width=150):
        st.text_input("Warehouse counted at once", key=keys["warehouse"])
        st.date_input("Counted on", key=keys["on"], format=DATE_FORMAT, max_value=session.today())
        st.text_input("Items counted by hand", key=keys["hand"])
        st.text_input("Items counted with TAI", key=keys["tai"])
    forms.error_line(form)
    press("Keep this count", form, _parallel, customer_id, partial(_told, keys), icon=":material/save:")


def _parallel(customer_id: str, told: dict, token: str) -> Made:
    return runbook.record_parallel_count(
        session.store(), session.actor(), customer_id, str(told["warehouse"] or ""), _day(told["on"]),
        typed_number(told["hand"], "counted by hand"), typed_number(told["tai"], "counted with TAI"), session.now(), token,
    )  # fmt: skip


def sentiment(customer_id: str) -> None:
    """How the customer feels, as the CSM heard it."""
    found = kept(customer_id).measures.sentiments
    if found:
        on, mood, note = found[0]
        st.markdown(line(f"Newest: {mood} on {words.day(on)}{f': {note}' if note else ''}"))
    form = f"sentiment_{customer_id}"
    keys = {name: f"{form}_{name}" for name in ("mood", "note")}
    forms.draft(form, {keys["mood"]: None, keys["note"]: ""})
    st.segmented_control("How the customer feels", list(SENTIMENTS), key=keys["mood"])
    st.text_input("What they said", key=keys["note"])
    forms.error_line(form)
    press("Keep how they feel", form, _sentiment, customer_id, partial(_told, keys), icon=":material/save:")


def _sentiment(customer_id: str, told: dict, token: str) -> Made:
    mood = told["mood"]
    return runbook.record_sentiment(
        session.store(), session.actor(), customer_id, session.today(), str(mood) if mood else None,
        str(told["note"] or ""), session.now(), token,
    )  # fmt: skip
