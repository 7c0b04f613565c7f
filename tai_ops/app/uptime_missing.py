"""Failures that only probes saw: listed with a form that makes their impact, and the incident where there is none."""

from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.uptime_reading import Seen
from tai_ops.availability import Uncounted
from tai_ops.availability_words import uncounted_words
from tai_ops.errors import Refused
from tai_ops.reliability import EVERYONE
from tai_ops.store import explaining

FORM = "uptime.explain"
SHOWN = 8
LEVELS = {
    "full": "Full outage: counts whole",
    "partial": "Partial: counts by its weight",
    "degraded": "Degraded: counts nothing",
    "maintenance": "Announced maintenance: left out",
}
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM")


def missing(seen: Seen) -> None:
    """The failures that no uptime counts, the longest first, and the form below them; nothing where there are none."""
    found = seen.uncounted
    if not found:
        return
    widgets.section(
        "Failures that only probes saw",
        "Probes failed and no impact says for whom, so no uptime counts this time yet.",
    )
    for one in found[:SHOWN]:
        st.markdown(f":red-badge[✗ not counted] {words.escape(uncounted_words(one, seen.watched.zone))}")
    if len(found) > SHOWN:
        st.caption(f"{len(found) - SHOWN} more, shorter ones.")
    if widgets.may(explaining.RIGHT):
        _form(seen, {f"{one.service} {one.began_at.isoformat()}": one for one in found})
    else:
        widgets.who_may_line(explaining.RIGHT)


def _form(seen: Seen, found: dict[str, Uncounted]) -> None:
    customers = {EVERYONE: "Everyone", **seen.watched.names}
    first = next(iter(found))
    forms.draft(
        FORM,
        {
            "explain_which": first,
            "explain_level": "full",
            "explain_customer": EVERYONE,
            "explain_title": "",
            "explain_severity": "CRITICAL",
        },
    )
    if st.session_state["explain_which"] not in found:
        st.session_state["explain_which"] = first
    with st.container(border=True, key="explain_form"):
        st.markdown("**Make it an impact**")
        with st.grid(2, min_column_width=240, key="explain_grid"):
            st.selectbox(
                "Which failure",
                list(found),
                key="explain_which",
                format_func=lambda key: (
                    words.shown(uncounted_words(found[key], seen.watched.zone)) if key in found else key
                ),
            )
            st.selectbox(
                "For whom",
                list(customers),
                key="explain_customer",
                format_func=lambda key: words.shown(customers.get(key, key)),
            )
            st.selectbox("How bad", list(LEVELS), key="explain_level", format_func=lambda key: LEVELS[key])
            one = found[st.session_state["explain_which"]]
            if one.incident_id is None:
                st.text_input(
                    "Title of the new incident",
                    key="explain_title",
                    placeholder=f"{one.service} did not answer",
                )
                st.selectbox("Severity", SEVERITIES, key="explain_severity")
        said = (
            f"It becomes an impact of {one.incident_id}."
            if one.incident_id
            else "It becomes an incident with this impact."
        )
        st.caption(words.escape(said))
        forms.error_line(FORM)
        st.button(
            "Save the impact",
            key="explain",
            type="primary",
            icon=":material/save:",
            on_click=forms.acted,
            args=forms.click(FORM, _save, found),
        )


def _save(found: dict[str, Uncounted]) -> None:
    state = st.session_state
    one = found.get(state["explain_which"] or "")

    def write() -> explaining.Explained:
        if one is None:
            raise Refused("choose the failure")
        return explaining.explain(
            session.store(),
            session.actor(),
            one,
            customer_id=state["explain_customer"],
            level=state["explain_level"],
            title=state["explain_title"] or f"{one.service} did not answer",
            severity=state["explain_severity"],
            now=session.now(),
            request_key=forms.submit_token(FORM),
        )

    forms.run_once(
        FORM,
        write,
        lambda done: f"Saved: an impact of {'the new incident ' if done.is_new else ''}{done.incident_id}",
        lambda done: partial(_undo, done),
    )


def _undo(done: explaining.Explained) -> str:
    return explaining.take_back(session.store(), session.actor(), done, now=session.now())
