"""What an incident does to customers and what they are told: impacts by customer, the messages ready to copy and mark."""

from datetime import datetime
from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.incident_view import (
    earlier_time,
    entered_at,
    line,
    may_of,
    may_run,
    press,
    text,
    typed,
    who,
    zoned,
    zones,
)
from tai_ops.errors import Refused, TaiOpsError
from tai_ops.incident_questions import instant_in
from tai_ops.incident_report import ETAS, hit_times, length_words
from tai_ops.message_templates import DEFAULTS, Template, fill
from tai_ops.reliability import EVERYONE, Impact, total
from tai_ops.runbooks.incident_response import impacts as runbook
from tai_ops.runbooks.incident_response import running
from tai_ops.runbooks.incident_response.impacts import LEVELS
from tai_ops.runbooks.incident_response.reports import known_values
from tai_ops.runbooks.incident_response.standing import Standing
from tai_ops.runbooks.incident_response.starting import Made
from tai_ops.store import message_templates as stored

OWNER = {"investigating": "cto"}
SHOWN_HIT = 6
LEVEL_BADGES = {
    "full": ":red-badge[✗ full outage]",
    "partial": ":orange-badge[≈ partial]",
    "degraded": ":blue-badge[● degraded]",
    "maintenance": ":gray-badge[– maintenance]",
}


def show(found: Standing) -> None:
    """Impacts first, then the messages."""
    _impacts(found)
    _messages(found)


# --- Impacts


def _impacts(found: Standing) -> None:
    run = found.run
    hit = [f"{name} {_length(found, one)}" for one, name in run.affected.items()]
    more = " …" if len(hit) > SHOWN_HIT else ""
    widgets.section(
        "Impacts", f"Hit so far: {', '.join(hit[:SHOWN_HIT])}{more}" if hit else "Nobody is named as hit yet."
    )
    for place, one in enumerate(run.impacts):
        _impact(found, one, place)
    _add(found)


def running_on(found: Standing) -> None:
    """Impacts that go on counting although the incident is resolved, with the one click that ends them."""
    some, over = found.run.runs_on, found.run.incident.resolved_at
    if not some or over is None:
        return
    hit = words.listed(list(dict.fromkeys(_called(found, one.customer_id) for one in some))[:SHOWN_HIT])
    end_them(
        found.run.incident.incident_id, f"for {hit}", len(some), zoned(over, found.company.tz, found.now)
    )


def end_them(incident_id: str, whom: str, count: int, over: str) -> None:
    """The line and the button with which impacts end when their incident did."""
    many = count > 1
    said = (
        f"{incident_id} was resolved {over}, and {words.counted(count, 'impact')} {whom} still "
        f"{'go' if many else 'goes'} on: {'they count' if many else 'it counts'} until {'they are' if many else 'it is'} ended."
    )
    form = f"impacts_end_{incident_id}"
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"in_row_ends_{incident_id}"
    ):
        st.markdown(f":red-badge[✗ runs on] {words.escape(said)}", width="stretch")
        press(
            f"End {'them' if many else 'it'} at {over}",
            form,
            _end_all,
            incident_id,
            allowed=may_run(),
            primary=True,
        )
    forms.error_line(form)


def _end_all(incident_id: str, token: str) -> Made:
    return runbook.end_with_incident(session.store(), session.actor(), incident_id, session.now(), token)


def _length(found: Standing, customer_id: str) -> str:
    length = total(hit_times(found.run, customer_id, found.now))
    return length_words(length) if length else "under a minute"


def _called(found: Standing, customer_id: str) -> str:
    names = {one.customer_id: one.name for one in found.customers}
    return "all customers" if customer_id == EVERYONE else names.get(customer_id, customer_id)


def _impact(found: Standing, one: Impact, place: int) -> None:
    zone, now, incident_id = found.company.tz, found.now, one.incident_id
    form = f"impact_{incident_id}_{place}_{one.began_at:%Y%m%d%H%M%S}"
    began = zoned(one.began_at, zone, now)
    when = f"{began} to {zoned(one.ended_at, zone, now)}" if one.ended_at else f"since {began}, runs on"
    resolved = found.run.incident.resolved_at
    warn = " · it runs on although the incident is resolved" if resolved and one.ended_at is None else ""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"in_row_impact_{place}"
    ):
        st.markdown(
            f"{LEVEL_BADGES[one.level]} **{words.escape(_called(found, one.customer_id))}** "
            f"{words.escape(when)}  \n"
            f"{line((one.service or 'every service') + warn)}",
            width="stretch",
        )
        if one.ended_at is None:
            press(
                "Ended", form, _end, incident_id, one.customer_id, one.began_at, entered_at, allowed=may_run()
            )
        with st.popover("Take out", key=f"{form}_out", disabled=not may_run()):
            st.text_input("Why is it wrong?", key=f"{form}_why")
            press(
                "Take it out",
                f"{form}_gone",
                _take_out,
                incident_id,
                one.customer_id,
                one.began_at,
                text(f"{form}_why"),
                allowed=may_run(),
            )
            forms.error_line(f"{form}_gone")
    forms.error_line(form)


def _end(incident_id: str, customer_id: str, began_at: datetime, at: datetime | None, token: str) -> Made:
    return runbook.end_impact(
        session.store(), session.actor(), incident_id, customer_id, began_at, session.now(), token, at=at
    )


def _take_out(incident_id: str, customer_id: str, began_at: datetime, why: str, token: str) -> Made:
    return runbook.take_out_impact(
        session.store(), session.actor(), incident_id, customer_id, began_at, why, session.now(), token
    )


def _add(found: Standing) -> None:
    incident = found.run.incident
    form = f"impact_new_{incident.incident_id}"
    zone = found.company.tz
    began = (
        (incident.began_at or incident.detected_at)
        .astimezone(zone)
        .replace(tzinfo=None, second=0, microsecond=0)
    )
    keys = {name: f"{form}_{name}" for name in ("customer", "level", "began", "ended", "zone", "service")}
    forms.draft(form, {
        keys["customer"]: None, keys["level"]: "full", keys["began"]: began, keys["ended"]: None,
        keys["zone"]: str(zone), keys["service"]: "",
    })  # fmt: skip
    with st.expander(
        "Add an impact",
        key=f"{form}_box",
        icon=":material/add:",
        expanded=not found.run.impacts,
        on_change="rerun",
    ) as box:
        if not box.open:
            return
        offered = [EVERYONE, *(one.customer_id for one in found.customers if one.status != "churned")]
        with st.grid(2, min_column_width=220):
            st.selectbox(
                "Customer",
                offered,
                key=keys["customer"],
                index=None,
                format_func=partial(_called, found),
                placeholder="Whom does it hit?",
            )
            st.segmented_control(
                "How badly?",
                list(LEVELS),
                key=keys["level"],
                required=True,
                wrap=True,
                format_func=LEVELS.__getitem__,
            )
            st.datetime_input("From", key=keys["began"], format="YYYY-MM-DD", step=60)
            st.datetime_input(
                "To; empty while it lasts", key=keys["ended"], value=None, format="YYYY-MM-DD", step=60
            )
            st.selectbox("On the clock of", zones(found), key=keys["zone"])
            st.text_input("Service, where it is one", key=keys["service"], placeholder="such as api")
        forms.error_line(form)
        press(
            "Keep the impact",
            form,
            _set,
            incident.incident_id,
            *(typed(key) for key in keys.values()),
            allowed=may_run(),
            primary=True,
        )


def _set(
    incident_id: str, customer: str | None, level: str, began: datetime | None, ended: datetime | None, zone: str,
    service: str | None, token: str,
) -> Made:  # fmt: skip
    if not customer:
        raise Refused("choose whom it hits, or all customers")
    return runbook.set_impact(
        session.store(),
        session.actor(),
        incident_id,
        customer,
        level,
        instant_in(began, zone, "from"),
        instant_in(ended, zone, "to") if ended else None,
        service or "",
        session.now(),
        token,
    )


# --- Messages


def _messages(found: Standing) -> None:
    run = found.run
    widgets.section(
        "Messages",
        "Copy one, send it where the customer reads it, and mark it as sent; nothing is sent from here.",
    )
    earlier_time(found)
    everybody = list(run.affected)
    chosen = None
    if everybody:
        key = "in_message_customer"
        if st.session_state.get(key) not in {None, *everybody}:
            st.session_state[key] = None
        chosen = st.selectbox(
            "To", everybody, key=key, index=None if len(everybody) > 1 else 0, format_func=lambda one: run.affected[one],
            placeholder=f"all {len(everybody)} customers that it hits",
        )  # fmt: skip
    st.segmented_control("Expected resolution time", ETAS, key="in_eta", default=ETAS[-1], required=True)
    held = stored.templates(session.store())
    for key, template in held.items():
        if template.matter == "incident":
            _message(found, template, chosen, key)
    _own_words()


def _message(found: Standing, template: Template, chosen: str | None, key: str) -> None:
    run = found.run
    to = (chosen,) if chosen else tuple(run.affected)
    left = [one for one in to if (key, one) not in run.sent]
    sent = [one for (message, _), one in run.sent.items() if message == key]
    done = bool(sent) and not run.left_to_send(key)
    badge = "✓ sent" if done else f"{len(sent)} of {len(run.affected)} sent" if sent else "not sent"
    box_key = f"message_{run.incident.incident_id}_{key}"
    with st.expander(
        f"{template.name} · {template.used} · {badge}",
        key=box_key,
        icon=":material/check_circle:" if done else ":material/chat:",
        on_change="rerun",
        expanded=bool(st.session_state.get(box_key)),
    ) as box:
        if not box.open:
            return
        for one in sent:
            name = run.affected.get(one.customer_id or "", one.customer_id or "all")
            said = f"sent to {name} {zoned(one.happened_at, found.company.tz, found.now)}, {who(one.recorded_by, found.names)}"
            st.markdown(line(said))
        personal = {"customer", "duration", "csm", "resolved_time"} & set(template.variables)
        if chosen is None and personal and len(run.affected) > 1:
            st.markdown("This one differs from customer to customer: choose the customer above.")
            return
        try:
            made = fill(
                template,
                known_values(found, to[0] if to else "", str(st.session_state.get("in_eta") or ETAS[-1])),
            )
        except TaiOpsError as refusal:
            st.info(words.escape(str(refusal)), icon=":material/edit_note:")
            return
        if made.subject:
            st.code(made.subject, language=None, wrap_lines=True)
        st.code(made.body, language=None, wrap_lines=True)
        form = f"sent_{run.incident.incident_id}_{key}_{chosen or 'all'}"
        forms.error_line(form)
        if left or not run.affected:
            press(
                "Mark as sent", form, _sent, run.incident.incident_id, key, tuple(left), made.body, entered_at,
                allowed=may_of(OWNER.get(key, "csm")), primary=True, icon=":material/done_all:",
            )  # fmt: skip


def _sent(
    incident_id: str, message: str, to: tuple[str, ...], said: str, at: datetime | None, token: str
) -> Made:
    return running.mark_sent(
        session.store(), session.actor(), incident_id, message, to, said, session.now(), token, at=at
    )


def _own_words() -> None:
    """The company's own words for a message."""
    with st.expander(
        "Put a message into your own words", key="in_words", icon=":material/edit:", on_change="rerun"
    ) as box:
        if not box.open:
            return
        held = stored.templates(session.store())
        offered = [key for key, one in held.items() if one.matter == "incident"]
        key = st.selectbox(
            "Message", offered, format_func=lambda one: DEFAULTS[one].name, key="in_words_which"
        )
        form = f"in_words_{key}"
        keys = {"subject": f"{form}_subject", "body": f"{form}_body"}
        forms.draft(form, {keys["subject"]: held[key].subject, keys["body"]: held[key].body})
        st.text_input("Subject", key=keys["subject"])
        st.text_area("Words", key=keys["body"], height=160)
        forms.error_line(form)
        with st.container(horizontal=True):
            press(
                "Keep these words",
                form,
                _keep,
                key,
                text(keys["subject"]),
                text(keys["body"]),
                allowed=may_run(),
                primary=True,
            )
            if held[key] != DEFAULTS[key]:
                press("Back to the runbook's words", f"{form}_back", _keep, key, "", None, allowed=may_run())


def _keep(template_id: str, subject: str, body: str | None, token: str) -> Made:
    made = stored.keep_template(
        session.store(), session.actor(), template_id, subject, body, session.now(), token
    )
    for name in ("subject", "body"):
        st.session_state.pop(f"in_words_{template_id}_{name}", None)
    return Made(f"Kept: {made.name}")
