"""What uptime does not count rightly yet: impacts that run on after their incident, incidents without an impact, and
failures that only probes saw, these with a form that makes their impact, and the incident where there is none.
"""

from functools import partial

import streamlit as st

from tai_ops.app import forms, incident_customers, incident_view, session, widgets, words
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


def running_on(seen: Seen) -> None:
    """Impacts that go on counting although their incident is resolved, each incident with the click that ends them."""
    some = seen.running_on
    if not some:
        return
    st.html(incident_view.STYLE)
    incident_view.mine()
    for one, impacts in some[:SHOWN]:
        if one.resolved_at is None:
            continue
        hit = {
            "all customers"
            if i.customer_id == EVERYONE
            else seen.watched.names.get(i.customer_id, i.customer_id)
            for i in impacts
        }
        over = incident_view.zoned(one.resolved_at, seen.watched.zone, seen.now)
        incident_customers.end_them(
            one.incident_id, f"for {words.listed(sorted(hit)[:SHOWN])}", len(impacts), over
        )


def without_impact(seen: Seen) -> None:
    """The incidents of which no impact is on record, so that nothing of their time counts."""
    some = seen.without_impact
    if not some:
        return
    many = len(some) > 1
    st.caption(
        words.escape(
            f"{words.counted(len(some), 'incident')} of this time {'have' if many else 'has'} no impact on record, so no "
            f"downtime comes of {'them' if many else 'it'}. Say whom {'each' if many else 'it'} hit, if anybody:"
        )
    )
    with st.container(horizontal=True, gap="small", key="no_impact"):
        for one in some[:SHOWN]:
            severity = one.severity or "no severity"
            query = ((incident_view.INCIDENT, one.incident_id), (incident_view.VIEW, "customers"))
            widgets.link(
                incident_view.PAGE,
                f"{one.incident_id}, {severity}: {one.title}"[:70],
                query,
                key=f"hit_{one.incident_id}",
                icon=":material/arrow_forward:",
            )
    if len(some) > SHOWN:
        st.caption(f"{len(some) - SHOWN} more, on the page Incidents.")


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
                format_func=lambda key: words.in_a_cell(customers.get(key, key)),
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
