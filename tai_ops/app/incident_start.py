"""Starting an incident, and deciding its severity anew: answers typed once, the decision forming beside them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.incident_view import INCIDENT, PAGE, SEVERITY_WORDS, line, may_run, press, seen, zoned
from tai_ops.call_script import Field
from tai_ops.customers import Customer
from tai_ops.errors import TaiOpsError
from tai_ops.incident_questions import FIELDS, GROUPS, instant_in, signals_json, typed_of
from tai_ops.reliability import EVERYONE
from tai_ops.runbooks.incident_response import starting
from tai_ops.runbooks.incident_response.impacts import LEVELS
from tai_ops.runbooks.incident_response.standing import Standing, listed
from tai_ops.runbooks.incident_response.starting import HIT_LEVELS, Made
from tai_ops.severity import SEVERITIES, Verdict, channel_name
from tai_ops.store import facts
from tai_ops.store.kind_rows import of_kind

FORM = "incident_start"
SOURCES = ("PagerDuty", "customer email", "error log", "somebody saw it")
MINUTE = 60


def show() -> None:
    """The form of a new incident, with its severity beside the answers."""
    widgets.back("All incidents", PAGE)
    widgets.verdict(
        "Type what is known; the severity forms beside it. What is left empty counts as not known."
    )
    widgets.saved_line()
    _open_already()
    with session.store().cursor() as cursor:
        customers = of_kind(cursor, "customers", Customer)
    zone = str(session.store().company.tz)
    forms.draft(FORM, _first(FORM, {}) | _times(zone) | {
        f"{FORM}_title": "", f"{FORM}_source": None, f"{FORM}_customers": [], f"{FORM}_level": "full",
        f"{FORM}_service": "",
    })  # fmt: skip
    if forms.has_draft(FORM):
        st.caption("What you typed is kept until you start it, also over a restart.")
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.text_input(
            "What is wrong?", key=f"{FORM}_title", placeholder="such as API down for all customers", live=True
        )
        _when(customers)
        st.segmented_control("How did you hear of it?", SOURCES, key=f"{FORM}_source", wrap=True)
        _affected(customers)
        _from_probes()
        questions(FORM)
    with right:
        _beside()


def _open_already() -> None:
    """What is open, so that nobody starts it twice."""
    for row in listed(session.store(), session.now()):
        one = row.incident
        if not row.is_open or one.is_request:
            continue
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"in_row_is_{one.incident_id}"
        ):
            since = zoned(one.detected_at, session.store().company.tz, session.now())
            st.markdown(
                f":orange-badge[≈ open] {words.escape(f'{one.incident_id} {one.title}')} {line(f'since {since}; is it the same?')}",
                width="stretch",
            )
            widgets.link(PAGE, "Run that one", ((INCIDENT, one.incident_id),), key=f"same_{one.incident_id}")


def _times(zone: str) -> dict[str, Any]:
    return {
        f"{FORM}_detected": None,
        f"{FORM}_began": None,
        f"{FORM}_zone": zone,
    }


def _when(customers: tuple[Customer, ...]) -> None:
    zone = str(session.store().company.tz)
    offered = list(dict.fromkeys([zone, *(c.time_zone for c in customers if c.time_zone), "UTC"]))
    with st.grid(3, min_column_width=180):
        st.datetime_input(
            "Detected; empty means now",
            key=f"{FORM}_detected",
            value=None,
            format="YYYY-MM-DD",
            step=MINUTE,
            help="The timers count from here.",
        )
        st.datetime_input(
            "Began, where known", key=f"{FORM}_began", value=None, format="YYYY-MM-DD", step=MINUTE,
            help="Downtime counts from here; leave it empty where it is not known.",
        )  # fmt: skip
        st.selectbox("Both on the clock of", offered, key=f"{FORM}_zone")


def _affected(customers: tuple[Customer, ...]) -> None:
    served = {c.customer_id: c.name for c in customers if c.status != "churned"}
    if not served:
        st.caption("No customer is on record, so whom it hits can't be said yet.")
        return
    st.multiselect(
        "Whom does it hit?",
        [EVERYONE, *served],
        format_func=lambda one: "all customers" if one == EVERYONE else words.in_a_cell(served.get(one, one)),
        key=f"{FORM}_customers",
        placeholder="Nobody named yet",
        help="An impact begins with the incident; each can be changed and ended later.",
    )
    if st.session_state.get(f"{FORM}_customers"):
        with st.grid(2, min_column_width=200):
            st.segmented_control(
                "How badly?", HIT_LEVELS, key=f"{FORM}_level", required=True, format_func=LEVELS.__getitem__
            )
            st.text_input("Service, where it is one", key=f"{FORM}_service", placeholder="such as api")


def _from_probes() -> None:
    """What probes say now, to be taken over with one click."""
    seen = starting.seen_by_probes(session.store(), session.now())
    if not seen:
        return
    named = [(*FIELDS[path].label.rsplit(", ", 1), value) for path, value in seen.items()]
    said = ", ".join(f"{what} {value} {unit}" for what, unit, value in named)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="in_row_probes"):
        st.markdown(line(f"Probes say: {said}"), width="stretch")
        st.button("Take these", key="take_probes", icon=":material/sensors:", on_click=_take, args=(seen,))


def _take(seen: Mapping[str, str]) -> None:
    for path, value in seen.items():
        st.session_state[f"{FORM}_{path}"] = value


def questions(form: str) -> None:
    """The questions that the severity is decided from."""
    for name, fields in GROUPS:
        widgets.section(name)
        with st.grid(2, min_column_width=220):
            for field in fields:
                _widget(form, field)


def _widget(form: str, field: Field) -> None:
    key = f"{form}_{field.path}"
    match field.kind:
        case "flag":
            st.checkbox(field.label, key=key)
        case "choice":
            st.segmented_control(
                field.label, field.choices, key=key, format_func=lambda one: one.replace("_", " "), wrap=True
            )
        case _:
            st.text_input(field.label, key=key, placeholder=field.hint, live="0.4s")


def _first(form: str, signals: Mapping[str, Any]) -> dict[str, Any]:
    held = typed_of(signals)
    blank = {"flag": False, "choice": None}
    fields = {
        f"{form}_{field.path}": held.get(field.path, blank.get(field.kind, ""))
        for _, group in GROUPS
        for field in group
    }
    return fields | {f"{form}_otherwise": None, f"{form}_why": ""}


def _answers(form: str) -> dict[str, Any]:
    return {
        field.path: st.session_state.get(f"{form}_{field.path}") for _, group in GROUPS for field in group
    }


def _signals() -> dict[str, Any]:
    zone = str(st.session_state.get(f"{FORM}_zone") or session.store().company.tz)
    typed = st.session_state.get(f"{FORM}_detected")
    detected = instant_in(typed, zone, "detected") if typed else session.now()
    began_local = st.session_state.get(f"{FORM}_began")
    began = instant_in(began_local, zone, "began") if began_local else None
    return signals_json(_answers(FORM), detected, began)


def _beside() -> None:
    widgets.section("The severity as it stands")
    try:
        signals = _signals()
        made = starting.verdict(signals, facts.business_calendar(session.store()))
    except TaiOpsError as wrong:
        st.markdown(f":red-badge[✗ not readable] {words.escape(str(wrong))}")
        signals, made = None, None
    if made is not None and signals is not None:
        detected = datetime.fromisoformat(str(signals["detected_at"]))
        decision(made, f"#{channel_name(detected, session.store().company.tz)}")
    otherwise(FORM)
    if not may_run():
        widgets.who_may_line("reliability")
        return
    forms.error_line(FORM)
    with st.container(key="start_now"):
        st.button(
            "Start the incident",
            key="press_start_incident",
            type="primary",
            icon=":material/emergency_home:",
            width="stretch",
            on_click=forms.acted,
            args=forms.click(FORM, _start),
        )


def decision(made: Verdict, bridge: str = "") -> None:
    """A severity with its reasons and its deadlines."""
    zone, now = session.store().company.tz, session.now()
    st.markdown(f"### {SEVERITY_WORDS[made.severity]}")
    for reason in made.reasons:
        st.markdown(f"- {words.escape(reason)}")
    for timer in made.timers:
        length = f" ({timer.minutes} min)" if timer.minutes else ""
        st.markdown(
            f"{words.escape(timer.name.capitalize())} by **{words.escape(zoned(timer.due_at, zone, now))}**{length}"
        )
    if made.severity == "LOW":
        st.markdown(line("A request or a small thing: a ticket, counted in no incident figure."))
    elif made.severity is None:
        st.markdown(line("Without a severity no timer runs. Answer what you know, or decide it yourself."))
    if bridge and made.severity in {"CRITICAL", "HIGH"}:
        st.markdown(f"Bridge: **{words.escape(bridge)}**")


def otherwise(form: str) -> None:
    """A severity of one's own, with the reason."""
    with st.expander("Decide otherwise", icon=":material/gavel:", key=f"{form}_otherwise_box"):
        st.segmented_control("Your severity", SEVERITIES, key=f"{form}_otherwise", wrap=True)
        st.text_input("Why", key=f"{form}_why", help="The computed severity is kept beside yours.")


def _start() -> None:
    chosen = st.session_state

    def write() -> Made:
        return starting.start(
            session.store(),
            session.actor(),
            str(chosen.get(f"{FORM}_title") or ""),
            _signals(),
            session.now(),
            forms.submit_token(FORM),
            override=chosen.get(f"{FORM}_otherwise"),
            why=str(chosen.get(f"{FORM}_why") or ""),
            source=str(chosen.get(f"{FORM}_source") or ""),
            customers=tuple(chosen.get(f"{FORM}_customers") or ()),
            level=str(chosen.get(f"{FORM}_level") or "full"),
            service=str(chosen.get(f"{FORM}_service") or ""),
        )

    made = forms.run_once(FORM, write, lambda made: made.said)
    if made is not None:
        forms.go_on(((INCIDENT, made.incident_id),))


# --- Anew, while it is run


def again(found: Standing) -> None:
    """Decide the severity of a running incident anew: its last answers stand in the form."""
    incident = found.run.incident
    form = f"severity_{incident.incident_id}_{len(found.run.decisions)}"
    signals = found.run.decisions[-1].signals if found.run.decisions else {}
    forms.draft(form, _first(form, signals))
    left, right = st.columns([3, 2], gap="large")
    with left:
        questions(form)
    with right:
        try:
            made = starting.verdict(
                signals_json(_answers(form), incident.detected_at, incident.began_at), found.calendar
            )
            decision(made)
        except TaiOpsError as wrong:
            st.markdown(f":red-badge[✗ not readable] {words.escape(str(wrong))}")
        otherwise(form)
        forms.error_line(form)
        press(
            "Keep this severity", form, _again, incident.incident_id, form, allowed=may_run(), primary=True,
            icon=":material/gavel:",
        )  # fmt: skip


def _again(incident_id: str, form: str, token: str) -> Made:
    found = seen(incident_id)
    incident = found.run.incident if found else None
    detected = incident.detected_at if incident else session.now()
    made = starting.classify_again(
        session.store(),
        session.actor(),
        incident_id,
        signals_json(_answers(form), detected, incident.began_at if incident else None),
        session.now(),
        token,
        override=st.session_state.get(f"{form}_otherwise"),
        why=str(st.session_state.get(f"{form}_why") or ""),
    )
    forms.go_on(((INCIDENT, incident_id),))
    return made
