"""What stands beside a run: the severity with its reasons, the bridge, whom to call, who does what, the newest entries."""

from datetime import datetime

import streamlit as st

from tai_ops.app import forms, incident_timeline, session, widgets, words
from tai_ops.app.incident_view import (
    PAGE,
    SEVERITY_WORDS,
    entered_at,
    form_of,
    line,
    may_note,
    may_run,
    press,
    text,
    who,
)
from tai_ops.incident_playbook import ROLES
from tai_ops.incident_questions import answered
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.incident_response import running
from tai_ops.runbooks.incident_response.reports import entries
from tai_ops.runbooks.incident_response.standing import Standing
from tai_ops.runbooks.incident_response.starting import Made


def show(found: Standing) -> None:
    """All of it."""
    incident = found.run.incident
    st.markdown(f"{SEVERITY_WORDS[incident.severity]} Bridge **{words.escape('#' + found.bridge)}**")
    newest = found.run.decisions[-1] if found.run.decisions else None
    for reason in newest.reasons if newest else ():
        st.markdown(line(reason))
    seen = answered(newest.signals) if newest else ()
    if seen:
        st.markdown(line(f"answered: {'; '.join(seen)}"))
    if newest and newest.why:
        st.markdown(line(f"decided {newest.severity} instead of {newest.computed or 'none'}: {newest.why}"))
    if not found.run.decisions and incident.severity:
        st.markdown(line("The severity came with the record or the alert; decide it here from what is seen."))
    _calls(found)
    _roles(found)
    widgets.link(
        PAGE,
        "Decide the severity anew",
        (("incident", incident.incident_id), ("severity", "1")),
        key="to_severity",
        icon=":material/gavel:",
    )
    incident_timeline.note(found)
    widgets.section("Newest")
    for place, one in enumerate(reversed(entries(found)[-8:])):
        incident_timeline.entry(found, one, f"new_{place}")


def _calls(found: Standing) -> None:
    if not found.calls:
        st.markdown(line("Nobody beside the CTO has to hear of it by the rules."))
        return
    told = {one.item for one in found.run.events if one.event == "called"}
    for role in ("ceo", "vp_sales"):
        reasons = [one.reason for one in found.calls if one.role == role]
        if not reasons:
            continue
        person = found.person(role)
        named = (
            f"{ROLE_IN_WORDS[role]} {person.name}, {person.email}"
            if person
            else f"{ROLE_IN_WORDS[role]} (nobody on record)"
        )
        done = role in told
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"in_row_call_{role}"
        ):
            over = found.run.incident.resolved_at is not None
            badge = (
                ":green-badge[✓ told]"
                if done
                else ":gray-badge[– not told]"
                if over
                else ":red-badge[▲ call]"
            )
            st.markdown(
                f"{badge} **{words.escape(named)}**  \n{line(words.listed(reasons))}", width="stretch"
            )
            if not done:
                press("Told", form_of(found, f"call_{role}"), _told, found.run.incident.incident_id, role,
                      person.name if person else ROLE_IN_WORDS[role], entered_at, allowed=may_note())  # fmt: skip


def _told(incident_id: str, role: str, name: str, at: datetime | None, token: str) -> Made:
    return running.call_made(
        session.store(), session.actor(), incident_id, role, name, session.now(), token, at=at
    )


def _roles(found: Standing) -> None:
    names, box_key = found.names, f"roles_{found.run.incident.incident_id}"
    with st.expander(
        " · ".join(f"{title}: {who(found.run.roles.get(role), names) or 'nobody'}" for role, (title, _) in ROLES.items()),
        key=box_key, expanded=bool(st.session_state.get(box_key)), icon=":material/group:", on_change="rerun",
    ) as box:  # fmt: skip
        if not box.open:
            return
        for role, (named, usual) in ROLES.items():
            form = form_of(found, f"role_{role}")
            person = found.person(usual) if usual else None
            first = found.run.roles.get(role) or (person.email if person else None)
            key = f"{form}_who_{len(found.run.events)}"
            forms.draft(form, {key: first})
            with st.container(
                horizontal=True, vertical_alignment="bottom", gap="small", key=f"in_row_role_{role}"
            ):
                st.selectbox(
                    named,
                    list(names),
                    format_func=lambda one: names.get(one, one),
                    key=key,
                    index=None,
                )
                press(
                    "Give",
                    form,
                    _give,
                    found.run.incident.incident_id,
                    role,
                    text(key),
                    allowed=may_run(),
                )
            forms.error_line(form)


def _give(incident_id: str, role: str, email: str, token: str) -> Made:
    return running.give_role(session.store(), session.actor(), incident_id, role, email, session.now(), token)
