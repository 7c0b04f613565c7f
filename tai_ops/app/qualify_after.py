"""What the Qualify page shows after the call: the list of what is to be done, the files of it, and every call so far."""

from datetime import datetime
from functools import partial

import streamlit as st

from tai_ops import call_script
from tai_ops.app import forms, reading, session, widgets, words
from tai_ops.app.qualify_page import STATES, WORDS, Seen
from tai_ops.behind import Column, Rows
from tai_ops.exports.sales_tasks import follow_up_eml, tasks_ics
from tai_ops.rights import LOCAL_OWNER, ROLE_IN_WORDS
from tai_ops.store import Store, sales_tasks
from tai_ops.store.message_templates import templates
from tai_ops.store.new_business import ask_after_call, proposal_since
from tai_ops.store.qualifying import answers_as_json

SHOWN_TASKS, ASK = 8, "ask_after_call"


def tasks(found: Seen) -> None:
    """What is left to do, with a tick each, and the calendar file of it."""
    mine = found.tasks
    if found.prospect:
        mine = tuple(one for one in mine if one.subject == found.prospect.prospect_id)
    if not mine:
        return
    widgets.section("To do after calls and sendings")
    zone = session.store().company.tz
    todo = sum(not one.done for one in mine)
    all_shown = found.prospect is not None or len(mine) <= SHOWN_TASKS
    if not all_shown:
        all_shown = st.toggle(f"All {len(mine)}, {todo} of them to do", key="all_tasks")
    for one in mine[: None if all_shown else SHOWN_TASKS]:
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
    forms.error_line("sales_task")
    with st.container(horizontal=True, vertical_alignment="center", key="after_call"):
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
                    found.calls[0],
                    templates(session.store()),
                    session.actor(),
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
                _proposal(found.prospect.prospect_id, found.calls[0].answers.call_ended_at)
    forms.error_line(ASK)


def _proposal(prospect_id: str, call_at: datetime) -> None:
    """The way to the proposal that the call asked for, or the button that asks for it."""
    made = proposal_since(session.store(), prospect_id, call_at)
    if made:
        widgets.link("proposals", f"Open {made}", (("proposal", made),), icon=":material/request_quote:")
        return
    st.button(
        "Ask for the proposal: its 24 hours start",
        key="ask_after_call",
        icon=":material/request_quote:",
        disabled=not widgets.may("sales"),
        help="Its open deal moves to the stage proposal; where there is none, one is opened there.",
        on_click=forms.acted,
        args=forms.click(ASK, _ask, prospect_id),
    )


def _ask(prospect_id: str) -> None:
    forms.run_once(
        ASK,
        lambda: ask_after_call(
            session.store(),
            session.actor(),
            prospect_id,
            today=session.today(),
            now=session.now(),
            request_key=forms.submit_token(ASK),
        ),
        lambda made: f"{made} is asked for; its 24 hours run",
    )


def _tick(key: str, done: bool) -> None:
    forms.run_write(
        "sales_task",
        lambda: sales_tasks.tick(session.store(), session.actor(), key, done=done, now=session.now()),
        lambda _: "Task done" if done else "Task is open again",
    )


NURTURE_COLUMNS = (
    Column("prospect_id", "Prospect", "text"),
    Column("company", "Company", "text"),
    Column("on", "Call again", "date"),
    Column("decision", "Decision", "text"),
    Column("why", "Why", "text"),
    Column("called_on", "Called", "date"),
)


@st.cache_resource(max_entries=4, show_spinner=False)
def _queue(_store: Store, key: str) -> tuple[sales_tasks.Nurtured, ...]:  # noqa: ARG001  # the cache goes by it
    return sales_tasks.nurture_queue(_store)


def nurtured(found: Seen) -> None:
    """Whom to call again and when: who is to wait or has passed, with the reason."""
    if found.prospect:
        return
    rows = tuple(
        (one.prospect_id, one.company, one.on, one.decision, one.why, one.called_on)
        for one in _queue(session.store(), reading.store_key())
    )
    if not rows:
        return
    due = sum(row[2] <= reading.now().date() for row in rows)
    widgets.section(
        "Whom to call again",
        f"{words.counted(len(rows), 'prospect')} that wait or have passed, {due} of them due. Tick one to open the call.",
    )
    widgets.rows_table(
        Rows("nurture_queue", "prospect", NURTURE_COLUMNS, rows, "count"),
        key="nurture_queue",
        alt="Each prospect that waits or has passed, with the day to call again and the reason",
        opens=("qualify", "prospect", "prospect_id"),
    )


def history(found: Seen) -> None:
    """Every call of the prospect, and what each said otherwise than the one before."""
    if not found.calls:
        return
    widgets.section("Calls so far")
    zone = session.store().company.tz
    called = {person.email: person.name for person in (LOCAL_OWNER, *session.store().people())}
    for place, one in enumerate(found.calls):
        when = words.instant(one.answers.call_ended_at, zone)
        st.markdown(
            f"{WORDS[one.decision]} {words.escape(f'{when}, {called.get(one.decided_by, one.decided_by)}')}"
        )
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
