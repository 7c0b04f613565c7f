"""After an incident: what is due by when, the summary and the post-mortem with their files, the actions, closing it."""

from collections.abc import Mapping
from datetime import date
from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.incident_view import line, may_note, may_of, may_run, press, text, typed, zoned
from tai_ops.board import Note
from tai_ops.errors import Refused
from tai_ops.exports.incident import actions_asana, report_mail
from tai_ops.exports.incident_files import report_docx, report_md, stem
from tai_ops.incident_playbook import CAUSES
from tai_ops.incident_report import Report
from tai_ops.incident_run import POST_MORTEM_PARTS, SUMMARY_PARTS, lacks_for_close
from tai_ops.message_templates import fill
from tai_ops.period import Week
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.incident_response import afterwards, running
from tai_ops.runbooks.incident_response.reports import known_values, post_mortem_of, summary_of
from tai_ops.runbooks.incident_response.standing import Standing
from tai_ops.runbooks.incident_response.starting import Made
from tai_ops.store import message_templates as stored

MIMES = {
    "md": "text/markdown",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eml": "message/rfc822",
}
ICONS = {"md": ":material/description:", "docx": ":material/article:", "eml": ":material/mail:"}


def show(found: Standing) -> None:
    """Duties, summary, post-mortem, actions, the end."""
    if found.run.incident.resolved_at is None:
        st.markdown(
            "It is not resolved yet. What is written here can be begun already; what is due counts from its resolution."
        )
    _duties(found)
    _summary(found)
    _post_mortem(found)
    _actions(found)
    _close(found)


def _duties(found: Standing) -> None:
    now, zone = found.now, found.company.tz
    if not found.duties and found.run.incident.resolved_at:
        st.markdown(
            ":gray-badge[– nothing due] This severity asks for no summary and no post-mortem; both may be written."
        )
    for one in found.duties:
        if one.done_at:
            late = one.done_at > one.due_at
            badge = ":orange-badge[≈ done late]" if late else ":green-badge[✓ done]"
            said = f"{zoned(one.done_at, zone, now)}, due {zoned(one.due_at, zone, now)}"
        else:
            badge = ":red-badge[✗ late]" if one.due_at < now else ":orange-badge[≈ due]"
            said = f"by {zoned(one.due_at, zone, now)}; {one.left}"
        with st.container(key=f"in_entry_duty_{one.key}"):
            st.markdown(f"{badge} **{words.escape(one.title)}** {line(said)}")


# --- The summary


def _first_summary(found: Standing) -> dict[str, str]:
    """What the parts begin with: the title, the cause as named, the plan of its class."""
    run = found.run
    plan = next(
        (one.body for one in reversed(run.events) if one.event == "step" and one.item == "path" and one.body),
        "",
    )
    done = next(
        (
            one.body
            for one in reversed(run.events)
            if one.event == "step" and one.item == "mitigate" and one.body
        ),
        "",
    )
    return {
        "issue": run.parts.get("issue", run.incident.title),
        "cause": run.parts.get("cause", run.incident.root_cause or ""),
        "resolution": run.parts.get(
            "resolution", done or plan or (CAUSES[run.cause][1] if run.cause else "")
        ),
        "prevention": run.parts.get("prevention", ""),
        "prevention_time": run.parts.get("prevention_time", ""),
    }


def _summary(found: Standing) -> None:
    run = found.run
    widgets.section(
        "Summary for the customer",
        "Six parts; the duration is each customer's own. It names no other customer and nobody of ours.",
    )
    form = f"summary_{run.incident.incident_id}"
    fields = f"{form}_{_written(found, SUMMARY_PARTS)}"
    first = _first_summary(found)
    forms.draft(form, {f"{fields}_{part}": first[part] for part in SUMMARY_PARTS})
    for part, title in SUMMARY_PARTS.items():
        if part in {"issue", "prevention_time"}:
            st.text_input(title, key=f"{fields}_{part}")
        else:
            st.text_area(title, key=f"{fields}_{part}", height=90)
    forms.error_line(form)
    press(
        "Keep the summary",
        form,
        _write,
        run.incident.incident_id,
        _texts(fields, SUMMARY_PARTS),
        allowed=may_of("csm"),
        primary=True,
    )
    if not run.affected:
        st.markdown(
            line(
                "No customer is named as hit, so there is nobody to send it to; add the impact under Customers."
            )
        )
        return
    for customer_id, name in run.affected.items():
        _summary_of(found, customer_id, name)


def _written(found: Standing, parts: Mapping[str, str]) -> int:
    """How many times these parts were written: what was written stands in the fields anew after it was kept."""
    return sum(one.event == "part" and one.item in parts for one in found.run.events)


def _texts(form: str, parts: Mapping[str, str]):  # noqa: ANN202
    return lambda: {part: str(st.session_state.get(f"{form}_{part}") or "") for part in parts}


def _write(incident_id: str, parts: Mapping[str, str], token: str) -> Made:
    return afterwards.write_parts(session.store(), session.actor(), incident_id, parts, session.now(), token)


def _summary_of(found: Standing, customer_id: str, name: str) -> None:
    run = found.run
    sent = run.sent.get(("summary", customer_id))
    known = known_values(found, customer_id)
    try:
        made = summary_of(found, customer_id)
        message = fill(stored.templates(session.store())["summary"], known)
    except Refused as refusal:
        st.markdown(f":gray-badge[– not ready] **{words.escape(name)}** {line(str(refusal))}")
        return
    badge = ":green-badge[✓ sent]" if sent else ":orange-badge[≈ to send]"
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"in_row_summary_{customer_id}"
    ):
        at = (
            f"sent {zoned(sent.happened_at, found.company.tz, found.now)}" if sent else str(known["duration"])
        )
        st.markdown(f"{badge} **{words.escape(name)}** {line(at)}", width="stretch")
        _files(found, made, f"summary_{customer_id}", customer_id)
        if not sent:
            press(
                "Mark as sent",
                f"summary_sent_{run.incident.incident_id}_{customer_id}",
                _sent,
                run.incident.incident_id,
                customer_id,
                message.body,
                allowed=may_of("csm"),
            )


def _sent(incident_id: str, customer_id: str, said: str, token: str) -> Made:
    return running.mark_sent(
        session.store(), session.actor(), incident_id, "summary", (customer_id,), said, session.now(), token
    )


def _files(found: Standing, made: Report, key: str, customer_id: str | None) -> None:
    """The report as files; with amounts hidden, those that can be written without them."""
    mail = partial(report_mail, session.store(), found, made, customer_id, session.actor().email)
    makers = {"md": partial(report_md, made), "docx": partial(report_docx, made), "eml": mail}
    for ending, make in makers.items():
        content = words.document(make, ending)
        if content is None:
            continue
        st.download_button(
            f".{ending}",
            data=content,
            file_name=f"{stem(made)}.{ending}",
            mime=MIMES[ending],
            key=f"{key}_{ending}",
            icon=ICONS[ending],
            on_click="ignore",
        )


# --- The post-mortem


def _post_mortem(found: Standing) -> None:
    run, form = found.run, f"post_mortem_{found.run.incident.incident_id}"
    widgets.section("Post-mortem", "15 minutes, four questions; for us alone.")
    fields = f"{form}_{_written(found, POST_MORTEM_PARTS)}"
    forms.draft(form, {f"{fields}_{part}": run.parts.get(part, "") for part in POST_MORTEM_PARTS})
    for part, title in POST_MORTEM_PARTS.items():
        st.text_area(title, key=f"{fields}_{part}", height=90)
    forms.error_line(form)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="in_post_mortem"):
        press(
            "Keep the answers",
            form,
            _write,
            run.incident.incident_id,
            _texts(fields, POST_MORTEM_PARTS),
            allowed=may_run(),
            primary=True,
        )
        if run.held_at is None:
            press(
                "It was held",
                f"{form}_held",
                _held,
                run.incident.incident_id,
                allowed=may_run(),
                icon=":material/groups:",
            )
        else:
            st.markdown(f":green-badge[✓ held] {line(zoned(run.held_at, found.company.tz, found.now))}")
        made = post_mortem_of(found)
        _files(found, made, "post_mortem", None)
    forms.error_line(f"{form}_held")


def _held(incident_id: str, token: str) -> Made:
    return running.tick(
        session.store(), session.actor(), incident_id, "post_mortem", "tick", session.now(), token
    )


# --- Actions


def _actions(found: Standing) -> None:
    widgets.section(
        "Actions",
        "With an owner and a day; they stand among the review's commitments of the Friday on which they are due.",
    )
    today = found.calendar.local_date(found.now)
    for one in found.actions:
        _action(found, one, today)
    if any(one.state == "open" for one in found.actions):
        content = words.document(partial(actions_asana, found), "csv")
        st.download_button(
            "Open actions for Asana (.csv)",
            data=content or b"",
            file_name=f"{found.run.incident.incident_id.lower()}-actions.asana.csv",
            mime="text/csv",
            key="actions_asana",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
    form = f"action_{found.run.incident.incident_id}"
    keys = {name: f"{form}_{name}" for name in ("body", "owner", "due")}
    forms.draft(form, {keys["body"]: "", keys["owner"]: None, keys["due"]: Week.of_day(today).plus(1).friday})
    with st.grid(3, min_column_width=200):
        st.text_input("What is done so that it does not come back?", key=keys["body"])
        st.selectbox(
            "Owner",
            list(found.names),
            key=keys["owner"],
            index=None,
            format_func=lambda one: found.names.get(one, one),
            accept_new_options=not found.names,
        )
        st.date_input("By", key=keys["due"], format="YYYY-MM-DD")
    forms.error_line(form)
    press("Promise it", form, _promise, found.run.incident.incident_id, text(keys["body"]), text(keys["owner"]), typed(keys["due"]),
          allowed=may_note(), icon=":material/add_task:")  # fmt: skip


def _promise(incident_id: str, body: str, owner: str, due_on: date | None, token: str) -> Made:
    return afterwards.add_action(
        session.store(), session.actor(), incident_id, body, owner, due_on, session.now(), token
    )


def _action(found: Standing, note: Note, today: date) -> None:
    made_at = next(
        (e.happened_at for e in found.run.events if e.event == "action" and e.item == note.note_id), found.now
    )
    age = (today - found.calendar.local_date(made_at)).days
    late = note.state == "open" and note.due_on is not None and note.due_on < today
    badge = {
        "done": ":green-badge[✓ done]",
        "missed": ":red-badge[✗ missed]",
        "dropped": ":gray-badge[– dropped]",
    }.get(note.state, ":red-badge[✗ late]" if late else ":blue-badge[● open]")
    owner = found.names.get(note.owner or "", note.owner or "nobody")
    due = f"by {words.day(note.due_on)}" if note.due_on else ""
    over = f", {words.counted((today - note.due_on).days, 'day')} late" if late and note.due_on else ""
    old = f"{words.counted(age, 'day')} old" if age else "promised today"
    said = f"{owner}, {due}{over}, {old}"
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"in_row_action_{note.note_id}"
    ):
        st.markdown(f"{badge} {words.escape(note.body.partition(': ')[2])}  \n{line(said)}", width="stretch")
        if note.state == "open":
            press(
                "Done",
                f"action_done_{note.note_id}",
                _done,
                note.note_id,
                allowed=may_note(),
                icon=":material/check:",
            )


def _done(note_id: str, token: str) -> Made:  # noqa: ARG001  # the note's newest state tells a second click
    made = weekly_review.set_note_state(session.store(), session.actor(), note_id, "done", session.now())
    return Made(f"Done: {made.body}")


# --- The end


def _close(found: Standing) -> None:
    run, form = found.run, f"close_{found.run.incident.incident_id}"
    if run.closed_at:
        st.markdown(f":green-badge[✓ closed] {line(zoned(run.closed_at, found.company.tz, found.now))}")
        return
    lacks = lacks_for_close(run, found.calendar)
    widgets.section(
        "Close it", f"Still lacking: {words.listed(list(lacks))}." if lacks else "Nothing is left to do."
    )
    forms.error_line(form)
    press(
        "Close the incident",
        form,
        _close_it,
        run.incident.incident_id,
        allowed=may_run() and not lacks,
        icon=":material/lock:",
    )


def _close_it(incident_id: str, token: str) -> Made:
    return afterwards.close(session.store(), session.actor(), incident_id, session.now(), token)
