"""The timeline of an incident: everything that happened, with its time and when it was entered, and a note to add."""

from datetime import datetime

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.incident_view import (
    clock,
    earlier_time,
    entered_at,
    form_of,
    line,
    may_note,
    press,
    text,
    who,
)
from tai_ops.incident_run import Entry
from tai_ops.runbooks.incident_response import running
from tai_ops.runbooks.incident_response.reports import entries
from tai_ops.runbooks.incident_response.standing import Standing
from tai_ops.runbooks.incident_response.starting import Made

KINDS_SHOWN = {
    "note": ":blue-badge[note]",
    "sent": ":violet-badge[message]",
    "step": ":green-badge[step]",
    "missed": ":red-badge[✗ missed]",
    "severity": ":orange-badge[severity]",
    "state": ":gray-badge[state]",
    "impact": ":orange-badge[impact]",
    "reopened": ":red-badge[reopened]",
    "called": ":violet-badge[call]",
    "action": ":blue-badge[action]",
    "alert": ":red-badge[▲ alert]",
}


def show(found: Standing) -> None:
    """The timeline with a note to add; the newest on top."""
    earlier_time(found)
    note(found)
    told = entries(found)
    widgets.section(
        "Timeline",
        f"{words.counted(len(told), 'entry', 'entries')}, the newest on top; a time entered later says so.",
    )
    for place, one in enumerate(reversed(told)):
        entry(found, one, f"all_{place}")


def entry(found: Standing, one: Entry, key: str) -> None:
    """A line of the timeline."""
    zone = found.company.tz
    entered = f", entered {clock(one.entered_at, zone, found.now)}" if one.entered_at else ""
    name = who(one.by, found.names)
    badge = KINDS_SHOWN.get(one.kind, "")
    with st.container(key=f"in_entry_{key}"):
        st.markdown(
            f"**{words.escape(clock(one.at, zone, found.now))}** {badge} {words.escape(one.text)} {line(f'{name}{entered}')}"
        )


def note(found: Standing) -> None:
    """A note to add; everybody may."""
    form = form_of(found, "note")
    forms.draft(form, {f"{form}_said": ""})
    st.text_area("Note for the timeline", key=f"{form}_said", height=80)
    forms.error_line(form)
    press("Note it", form, _noted, found.run.incident.incident_id, text(f"{form}_said"), entered_at,
          allowed=may_note(), icon=":material/edit_note:")  # fmt: skip


def _noted(incident_id: str, said: str, at: datetime | None, token: str) -> Made:
    return running.note(session.store(), session.actor(), incident_id, said, session.now(), token, at=at)
