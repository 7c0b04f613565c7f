"""What the Qualify page shows after the call: the list of what is to be done, the files of it, and every call so far."""

from functools import partial

import streamlit as st

from tai_ops import call_script
from tai_ops.app import forms, reading, session, widgets, words
from tai_ops.app.qualify_page import STATES, WORDS, Seen
from tai_ops.exports.sales_tasks import follow_up_eml, tasks_ics
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.store import sales_tasks
from tai_ops.store.qualifying import answers_as_json

SHOWN_TASKS = 8


def tasks(found: Seen) -> None:
    """What is left to do, with a tick each, and the calendar file of it."""
    mine = found.tasks
    if found.prospect:
        mine = tuple(one for one in mine if one.subject == found.prospect.prospect_id)
    if not mine:
        return
    widgets.section("To do after calls and sendings")
    zone = session.store().company.tz
    for one in mine[: None if found.prospect else SHOWN_TASKS]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"matter_{one.key}"):
            late = not one.done and one.due_at < reading.now()
            mark = (
                ":green-badge[✓ done]"
                if one.done
                else ":red-badge[✗ late]"
                if late
                else ":gray-badge[– to do]"
            )
            due = words.instant(one.due_at, zone)
            st.markdown(
                f"{mark} {words.escape(f'{one.text}, {ROLE_IN_WORDS.get(one.owner, one.owner)}, by {due}')}"
            )
            st.button(
                "Not done" if one.done else "Done",
                key=f"tick_{one.key}",
                type="tertiary",
                disabled=not widgets.may("proposals"),
                on_click=_tick,
                args=(one.key, not one.done),
            )
    more = 0 if found.prospect else sum(not one.done for one in mine[SHOWN_TASKS:])
    if more > 0:
        st.caption(f"{words.counted(more, 'more task')}; all of them are in the calendar file.")
    forms.error_line("sales_task")
    with st.container(horizontal=True, key="after_call"):
        st.download_button(
            "Calendar (.ics)",
            data=partial(tasks_ics, mine, reading.now()),
            file_name="sales-tasks.ics",
            mime="text/calendar",
            key="tasks_ics",
            icon=":material/event:",
            on_click="ignore",
        )
        if found.prospect and found.calls:
            st.download_button(
                "Follow-up e-mail (.eml)",
                data=partial(
                    follow_up_eml,
                    found.prospect,
                    str(found.calls[0].detail["message"]),
                    session.actor().email,
                    session.store().company.name,
                    reading.now(),
                ),
                file_name=f"follow-up-{found.prospect.prospect_id}.eml",
                mime="message/rfc822",
                key="follow_up_eml",
                icon=":material/mail:",
                on_click="ignore",
            )
            if found.calls[0].decision == "PURSUE":
                widgets.link("proposals", "Ask for the proposal", icon=":material/request_quote:")


def _tick(key: str, done: bool) -> None:
    forms.run_write(
        "sales_task",
        lambda: sales_tasks.tick(session.store(), session.actor(), key, done=done, now=session.now()),
        lambda _: "Task done" if done else "Task is open again",
    )


def history(found: Seen) -> None:
    """Every call of the prospect, and what each said otherwise than the one before."""
    if not found.calls:
        return
    widgets.section("Calls so far")
    zone = session.store().company.tz
    for place, one in enumerate(found.calls):
        when = words.instant(one.answers.call_ended_at, zone)
        st.markdown(f"{WORDS[one.decision]} {words.escape(f'{when}, {one.decided_by}')}")
        against = one.detail.get("otherwise")
        if against:
            computed = one.detail["decision"]
            st.markdown(
                f"- Computed {words.escape(computed)}, decided otherwise: {words.escape(against['why'])}"
            )
        if place + 1 == len(found.calls):
            continue
        earlier = found.calls[place + 1]
        for block, state in one.detail.get("blocks", {}).items():
            before = earlier.detail.get("blocks", {}).get(block)
            if before and before != state:
                st.markdown(f"- {block.capitalize()}: {STATES[before]} → {STATES[state]}")
        for label, before, after in call_script.changes(
            answers_as_json(earlier.answers), answers_as_json(one.answers)
        ):
            st.markdown(f"- {words.escape(f'{label}: {before} → {after}')}")
