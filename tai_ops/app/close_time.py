"""How long the close took so far, by group of its checklist, against what the runbook gives it."""

from collections.abc import Mapping, Sequence

import streamlit as st

from tai_ops.app import forms, session, words
from tai_ops.app.close_month import Seen
from tai_ops.period import Month
from tai_ops.rights import may
from tai_ops.runbooks import month_end_close as runbook
from tai_ops.store import close_minutes
from tai_ops.store.close_minutes import AT_BEST_HOURS, AT_WORST_HOURS

LONGEST = AT_WORST_HOURS * 60


def time_spent(found: Seen, groups: Sequence[str], spent: Mapping[str, int]) -> None:
    """The hours so far beside the runbook's, and the form that keeps what one spent on a group."""
    with st.container(horizontal=True, vertical_alignment="center", key="time_spent"):
        st.markdown(_said(sum(spent.values())), width="stretch")
        if may(session.actor(), runbook.RIGHT):
            with st.popover("Note minutes", icon=":material/timer:", key="minutes_ask", type="tertiary"):
                _form(found, groups)


def _said(minutes: int) -> str:
    given = f"the runbook gives a close {AT_BEST_HOURS} to {AT_WORST_HOURS} hours"
    if not minutes:
        return f":small[:gray[No time is noted yet; {given}.]]"
    mark = ":red-badge[✗ over]" if minutes > LONGEST else ":green-badge[✓ within]"
    return f"{mark} :small[{words.escape(f'{_hours(minutes)} noted; {given}.')}]"


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def _form(found: Seen, groups: Sequence[str]) -> None:
    form = f"close.minutes.{found.month}"
    keys = {group: f"minutes_{found.month}_{group}" for group in groups}
    mine = close_minutes.own_minutes(session.store(), found.month, session.actor().email)
    forms.draft(form, {key: mine.get(group, 0) for group, key in keys.items()})
    st.caption("Minutes that you spent on each part, in all so far.")
    for group, key in keys.items():
        st.number_input(group, key=key, min_value=0, max_value=close_minutes.MOST, step=5)
    forms.error_line(form)
    st.button(
        "Keep the minutes",
        key="keep_minutes",
        type="primary",
        on_click=forms.acted,
        args=forms.click(form, _keep, form, found.month, keys, dict(mine)),
    )


def _keep(form: str, month: Month, keys: Mapping[str, str], before: Mapping[str, int]) -> None:
    typed = {group: int(st.session_state[key]) for group, key in keys.items()}
    moved = {group: minutes for group, minutes in typed.items() if minutes != before.get(group, 0)}

    def write() -> int:
        for group, minutes in moved.items():
            close_minutes.note_minutes(
                session.store(), session.actor(), month, group, minutes, now=session.now()
            )
        return len(moved)

    forms.run_once(
        form, write, lambda n: f"Minutes of {words.counted(n, 'part')} of the close of {month.name} kept"
    )
