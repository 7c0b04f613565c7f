"""The run of one incident: the clocks, the playbook's items by phase, whom to call, who does what, the timeline."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import streamlit as st

from tai_ops.app import forms, incident_beside, incident_timeline, reading, session, widgets, words
from tai_ops.app import incident_start as starting_page
from tai_ops.app.incident_view import (
    PAGE,
    VIEW,
    clock,
    earlier_time,
    entered_at,
    form_of,
    line,
    may_of,
    may_run,
    open_for,
    press,
    span,
    text,
    ticked,
    typed,
    zoned,
)
from tai_ops.incident_playbook import CAUSES, PHASES, STEP_WORDS, Check, Phase, Step, phase_now
from tai_ops.incident_run import Duty
from tai_ops.recovery import WATCHED, verified
from tai_ops.response import RunTimer
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.incident_response import running
from tai_ops.runbooks.incident_response.standing import Standing, with_probes
from tai_ops.runbooks.incident_response.starting import Made
from tai_ops.store import incident_log

STATES = {
    "done": ":green-badge[✓ done]",
    "skipped": ":gray-badge[– not needed]",
    "open": ":gray-badge[○ open]",
}
TIMER_TITLES = {
    "acknowledge": "Acknowledge",
    "diagnose": "Diagnose",
    "path": "Path clear",
    "resolve": "Resolve",
}
PROMPTS = {
    "diagnose": "What is the diagnosis?",
    "path": "What is the plan?",
    "mitigate": "What was deployed? (may stay empty)",
    "resolve": "How was it resolved? (may stay empty)",
}
PROBES_SECONDS = 10
PHASE_HELP = {"after": "What is due by when stands under After."}


def title(found: Standing) -> None:
    """The title row of a running incident."""
    incident = found.run.incident
    side = widgets.page_title(
        words.escape(f"{incident.incident_id} {incident.title}"[:90]), reading.as_of_words()
    )
    with side:
        widgets.link(PAGE, "All incidents", key="all_incidents", icon=":material/arrow_back:")
    widgets.saved_line()


def nobody(incident_id: str) -> None:
    """An address that names no incident."""
    widgets.page_title("Incidents", reading.as_of_words())
    widgets.problem_line(f"There is no incident {incident_id} on record; it may have been taken out.")
    widgets.link(PAGE, "All incidents", key="all_incidents", icon=":material/arrow_back:")


# --- The clocks


def clocks(found: Standing) -> None:
    """The verdict and the timers; they run by themselves, and what others enter shows by itself."""
    incident_id = found.run.incident.incident_id
    with session.store().cursor() as cursor:
        version = incident_log.version(cursor, incident_id)
    is_open = found.run.incident.resolved_at is None
    waiting = any(duty.done_at is None for duty in found.duties)
    with st.container(key="in_clocks"):
        st.fragment(_clocks, run_every=1 if is_open else 5 if waiting else None)(found, version)


def _clocks(found: Standing, version: str) -> None:
    now = session.now()
    with session.store().cursor() as cursor:
        if incident_log.version(cursor, found.run.incident.incident_id) != version:
            st.rerun()
    if _crossed(found, now):
        st.rerun()
    widgets.verdict(_verdict(found, now))
    if found.timers or found.duties:
        with st.grid(4, min_column_width=150, key="in_timers"):
            for one in found.timers:
                _timer(found, one, now)
            for duty in found.duties:
                _duty(found, duty, now)


def _crossed(found: Standing, now: datetime) -> bool:
    """Whether something ran out since the page was drawn: a timer, a duty, the half hour of the escalation."""
    half_hour = found.run.incident.detected_at + timedelta(minutes=30)
    phases = [found.run.incident.detected_at + timedelta(minutes=m) for m in (5, 15, 30)]
    edges = [one.due_at for one in found.timers] + [one.due_at for one in found.duties] + [half_hour, *phases]
    return any(found.now <= edge < now for edge in edges)


def _verdict(found: Standing, now: datetime) -> str:
    incident, zone = found.run.incident, found.company.tz
    named = incident.severity or "Without a severity"
    if incident.resolved_at:
        took = span((incident.resolved_at - incident.detected_at).total_seconds())
        said = f"{named}: resolved {zoned(incident.resolved_at, zone, now)}, {took} after it was detected"
        if found.run.closed_at:
            return f"{said}; closed {zoned(found.run.closed_at, zone, now)}."
        left = [one for one in found.duties if one.done_at is None]
        due = words.listed([f"{one.title.lower()} by {zoned(one.due_at, zone, now)}" for one in left])
        return f"{said}; still due: {due}." if left else f"{said}."
    missed = sum(_state(one, now) == "missed" for one in found.timers)
    nxt = min(
        (one for one in found.timers if _state(one, now) == "running"),
        key=lambda one: one.due_at,
        default=None,
    )
    said = f"{named}: {open_for(incident.detected_at, zone, now)}"
    if nxt:
        said += f"; next: {TIMER_TITLES[nxt.timer].lower()} by {zoned(nxt.due_at, zone, now)}"
    if missed:
        said += f"; {words.counted(missed, 'timer')} missed"
    return f"{said}."


def _state(one: RunTimer, now: datetime) -> str:
    return "missed" if one.state == "running" and one.due_at < now else one.state


def _timer(found: Standing, one: RunTimer, now: datetime) -> None:
    zone, state = found.company.tz, _state(one, now)
    own = one.severity == found.run.incident.severity
    due = f"due {zoned(one.due_at, zone, now)}"
    if state == "running":
        big, badge = span((one.due_at - now).total_seconds()), ":blue-badge[● left]"
    elif state == "met":
        big, badge = clock(one.reached_at or one.due_at, zone, now), ":green-badge[✓ met]"
    else:
        until = one.reached_at or (found.run.incident.resolved_at if one.reached_at is None else None) or now
        big, badge = f"+{span(max(0.0, (until - one.due_at).total_seconds()))}", ":red-badge[✗ missed]"
    length = f", {one.minutes} min" if one.minutes else ""
    named = TIMER_TITLES[one.timer] if own else f"{TIMER_TITLES[one.timer]} (as {one.severity})"
    with st.container(
        border=True, gap="xxsmall", height="stretch", key=f"in_timer_{one.severity}_{one.timer}"
    ):
        st.markdown(f"{words.escape(named)}")
        with st.container(key=f"in_big_{one.severity}_{one.timer}"):
            st.markdown(words.escape(big))
        st.markdown(f"{badge} {line(due + length)}")


def _duty(found: Standing, duty: Duty, now: datetime) -> None:
    zone = found.company.tz
    if duty.done_at:
        big = clock(duty.done_at, zone, now)
        badge = ":orange-badge[≈ done late]" if duty.done_at > duty.due_at else ":green-badge[✓ done]"
    elif duty.due_at < now:
        big, badge = f"+{span((now - duty.due_at).total_seconds())}", ":red-badge[✗ late]"
    else:
        big, badge = span((duty.due_at - now).total_seconds()), ":blue-badge[● left]"
    with st.container(border=True, gap="xxsmall", height="stretch", key=f"in_timer_{duty.key}"):
        st.markdown(words.escape(duty.title.partition(" to ")[0]))
        with st.container(key=f"in_big_{duty.key}"):
            st.markdown(words.escape(big))
        st.markdown(f"{badge} {line(f'due {zoned(duty.due_at, zone, now)}')}")


# --- The run


def run(found: Standing) -> None:
    """The playbook on the left; bridge, roles, calls, severity and the newest entries on the right."""
    if found.run.incident.is_request:
        _request(found)
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        if not may_run():
            widgets.who_may_line("reliability")
        if not found.is_run_here:
            st.markdown(
                line(
                    "It came by a file and was run elsewhere: nothing is due after it. What is known can be ticked."
                )
            )
        earlier_time(found)
        places = [place for place, one in enumerate(PHASES) if not _whole(found, one)]
        current = _current(found, min(places, default=len(PHASES) - 1))
        reached = max(PHASES.index(current), min(places, default=0))
        for place, phase in enumerate(PHASES):
            _phase(found, phase, is_now=phase.key == current.key, is_reached=place <= reached)
    with right:
        incident_beside.show(found)


def _current(found: Standing, first_open: int) -> Phase:
    """The phase that it should be in: by the clock where CRITICAL, for which the playbook's minutes are, else by the work."""
    incident = found.run.incident
    over = incident.resolved_at is not None
    if incident.severity != "CRITICAL" and not over:
        return PHASES[first_open]
    return phase_now(int((found.now - incident.detected_at).total_seconds() // 60), is_resolved=over)


def _done(found: Standing, check: Check) -> bool:
    """Whether an item is ticked, skipped, or told by probes."""
    if found.run.standing(check).state != "open":
        return True
    return bool(check.probed and verified(check.probed, found.probes, found.window).holds)


def _whole(found: Standing, phase: Phase) -> bool:
    return all(_done(found, check) for check in phase.checks)


def _phase(found: Standing, phase: Phase, *, is_now: bool, is_reached: bool) -> None:
    """A phase's items; it opens by itself once the clock or the work has reached it, and never shuts by itself."""
    done = sum(_done(found, check) for check in phase.checks)
    timed = phase.minutes if found.run.incident.severity == "CRITICAL" else None
    minutes = f"Minute {timed[0]}-{timed[1]}: " if timed else ""
    whole = done == len(phase.checks)
    key = f"phase_{phase.key}_{is_reached}_{found.run.incident.incident_id}"
    opens = is_reached and (is_now or (not whole and found.run.incident.resolved_at is None))
    with st.expander(
        f"{minutes}{phase.title} · {done} of {len(phase.checks)}{' · now' if is_now else ''}",
        expanded=bool(st.session_state.get(key, opens)),
        key=key,
        icon=":material/check_circle:" if whole else ":material/radio_button_unchecked:",
        on_change="rerun",
    ) as box:
        if box.open:
            if phase.key in PHASE_HELP:
                st.markdown(line(PHASE_HELP[phase.key]))
            for check in phase.checks:
                _check(found, check)


def _check(found: Standing, check: Check) -> None:
    tick = found.run.standing(check)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"in_row_{check.key}"):
        if check.probed and found.window:
            live = found.now < found.window[1] + WATCHED
            st.fragment(_by_probes, run_every=PROBES_SECONDS if live else None)(found, check)
        else:
            _words(found, check)
        if check.message and tick.state == "open":
            query = (("incident", found.run.incident.incident_id), (VIEW, "customers"))
            widgets.link(PAGE, "The message", query, key=f"to_message_{check.key}")
        if not check.step and not check.cause:
            _tick_buttons(
                found, check, tick.state, partial(_probes_say, found, check) if check.probed else str
            )
        elif check.step and tick.state == "done":
            _take_back(found, check.step)
        elif check.step and check.step not in PROMPTS:
            _step_button(found, check.step)
    forms.error_line(form_of(found, check.key))
    if check.step in PROMPTS and tick.state == "open":
        _step(found, check.step)
    if check.cause:
        _cause(found)


def _by_probes(found: Standing, check: Check) -> None:
    """The words of an item that probes tell, read anew while they come in."""
    _words(with_probes(session.store(), found, session.now()), check)


def _words(found: Standing, check: Check) -> None:
    """What an item says: how it stands, whose it is, who ticked it and what probes tell."""
    tick = found.run.standing(check)
    probes = verified(check.probed, found.probes, found.window) if check.probed else None
    badge, more = STATES[tick.state], ticked(tick, found)
    if probes is not None:
        told = {True: ":green-badge[✓ by probes]", False: ":red-badge[✗ probes say no]", None: ""}[
            probes.holds
        ]
        if tick.state == "open" or probes.holds is False:
            badge = told or badge
            more = " ".join(filter(None, (more, line(probes.said))))
    small = " :small[:gray[·]] ".join(filter(None, (line(_owner(found, check, tick.state)), more)))
    label = f"{check.text}: #{found.bridge}" if check.key == "bridge" else check.text
    st.markdown(f"{badge} {words.escape(label)}  \n{small}".rstrip(), width="stretch")


def _probes_say(found: Standing, check: Check) -> str:
    """What probes say of an item when it is ticked."""
    seen = with_probes(session.store(), found, session.now())
    return verified(check.probed, seen.probes, seen.window).said if check.probed else ""


def _owner(found: Standing, check: Check, state: str) -> str:
    """Whose an item is where it is not the CTO's, and to whom its message still has to go."""
    said = "" if check.owner == "cto" else ROLE_IN_WORDS[check.owner]
    if not check.message or state != "open":
        return said
    left = words.listed([found.run.affected[one] for one in found.run.left_to_send(check.message)])
    to = f"to {left}" if left else "nobody is named as hit yet; say whom under Customers"
    return " · ".join(filter(None, (said, to)))


def _tick_buttons(found: Standing, check: Check, state: str, said: Callable[[], str]) -> None:
    allowed, form, key = may_of(check.owner), form_of(found, check.key), found.run.incident.incident_id
    with st.container(horizontal=True, width="content", gap="small", key=f"in_both_{check.key}"):
        if state == "open":
            press(
                "Done",
                form,
                _tick,
                key,
                check.key,
                "tick",
                said,
                entered_at,
                allowed=allowed,
                icon=":material/check:",
            )
            if check.may_skip:
                press("Not needed", form, _tick, key, check.key, "skip", "", entered_at, allowed=allowed)
        elif check.key in found.run.ticks:
            press(
                "Take back",
                form,
                _tick,
                key,
                check.key,
                "untick",
                "",
                (lambda: None),
                allowed=allowed,
                icon=":material/undo:",
            )


def _tick(incident_id: str, item: str, state: str, said: str, at: datetime | None, token: str) -> Made:
    note = f"probes: {said}" if said else ""
    return running.tick(
        session.store(), session.actor(), incident_id, item, state, session.now(), token, note=note, at=at
    )


def _step(found: Standing, step: Step) -> None:
    form = form_of(found, step)
    forms.draft(form, {f"{form}_said": ""})
    runs = sum(one.ended_at is None for one in found.run.impacts)
    if step == "resolve" and runs:
        ends = (
            f"{words.counted(runs, 'impact')} that still {'runs' if runs == 1 else 'run'} will end with it."
        )
        st.markdown(line(ends))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"in_step_{step}"):
        st.text_input(PROMPTS[step], key=f"{form}_said")
        _step_button(found, step)


def _step_button(found: Standing, step: Step) -> None:
    form = form_of(found, step)
    label = "Investigating: acknowledge" if step == "acknowledge" else STEP_WORDS[step]
    press(
        label, form, _reach, found.run.incident.incident_id, step, text(f"{form}_said"), entered_at,
        allowed=may_run(), primary=True, icon=":material/flag:",
    )  # fmt: skip


def _reach(incident_id: str, step: Step, said: str, at: datetime | None, token: str) -> Made:
    return running.reach(
        session.store(), session.actor(), incident_id, step, session.now(), token, at=at, note=said
    )


def _take_back(found: Standing, step: Step) -> None:
    form = form_of(found, f"back_{step}")
    with st.popover("Reopen" if step == "resolve" else "Not yet", key=f"{form}_box", disabled=not may_run()):
        st.text_input("Why?", key=f"{form}_why")
        forms.error_line(form)
        press(
            "It was not",
            form,
            _back,
            found.run.incident.incident_id,
            step,
            text(f"{form}_why"),
            allowed=may_run(),
        )


def _back(incident_id: str, step: Step, why: str, token: str) -> Made:
    return running.take_back(
        session.store(), session.actor(), incident_id, step, session.now(), token, reason=why
    )


def _cause(found: Standing) -> None:
    form, key = form_of(found, "cause"), found.run.incident.incident_id
    named = sum(one.event == "cause" for one in found.run.events)
    keys = {"class": f"{form}_class_{named}", "words": f"{form}_words_{named}"}
    said = next((one.body for one in reversed(found.run.events) if one.event == "cause"), None)
    forms.draft(form, {keys["class"]: found.run.cause, keys["words"]: said or ""})
    st.segmented_control(
        "Class of the root cause",
        list(CAUSES),
        key=keys["class"],
        format_func=lambda one: CAUSES[one][0],
        wrap=True,
    )
    chosen = st.session_state.get(keys["class"])
    if chosen:
        st.markdown(f"Plan: **{words.escape(CAUSES[chosen][1])}**")
    st.text_input("In words", key=keys["words"], placeholder="such as connection pool leaked")
    press(
        "Name the cause" if found.run.cause is None else "Name another", form, _name_cause, key, typed(keys["class"]),
        text(keys["words"]), allowed=may_run(), icon=":material/troubleshoot:",
    )  # fmt: skip


def _name_cause(incident_id: str, cause: str | None, said: str, token: str) -> Made:
    return running.name_cause(
        session.store(), session.actor(), incident_id, cause or "", said, session.now(), token
    )


def _request(found: Standing) -> None:
    """A ticket: when it is done, and what was noted."""
    st.markdown("A request is a ticket: it has no playbook, and no incident figure counts it.")
    if found.run.incident.resolved_at is None:
        _step(found, "resolve")
    incident_timeline.show(found)


def severity_again(found: Standing) -> None:
    """The questions of the severity, asked anew."""
    widgets.link(
        PAGE,
        "Back to the run",
        (("incident", found.run.incident.incident_id),),
        key="back_to_run",
        icon=":material/arrow_back:",
    )
    starting_page.again(found)
