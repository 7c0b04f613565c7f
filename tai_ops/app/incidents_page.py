"""The list of incidents: the open ones with their running timers first, then what is left after others, then the past."""

from datetime import timedelta

import streamlit as st

from tai_ops.app import forms, reading, session, widgets, words
from tai_ops.app.incident_view import (
    INCIDENT,
    PAGE,
    SEVERITY_WORDS,
    STYLE,
    line,
    may_run,
    open_for,
    sample_clock,
    span,
    zoned,
)
from tai_ops.behind import Column, Rows
from tai_ops.reliability import minutes
from tai_ops.runbooks.incident_response.standing import Row, listed

START = "start"
TIMER_WORDS = {"acknowledge": "Acknowledge", "diagnose": "Diagnose", "path": "Path", "resolve": "Resolve"}


def rows() -> tuple[Row, ...]:
    """Every incident, those that are open first."""
    return listed(session.store(), session.now())


def title() -> None:
    """The title row, with the one thing to do here."""
    st.html(STYLE)
    side = widgets.page_title("Incidents", reading.as_of_words())
    with side:
        if START not in st.query_params:
            st.button(
                "Start an incident",
                key="start_incident",
                type="primary",
                disabled=session.looks_at() is not None,
                icon=":material/emergency_home:",
                on_click=forms.go_on,
                args=(((START, "1"),),),
            )


def verdict(found: tuple[Row, ...]) -> str:
    """What is open and what is left to do after others, in one sentence."""
    opened = [row for row in found if row.is_open and not row.incident.is_request]
    requests = sum(row.is_open and row.incident.is_request for row in found)
    left = [row for row in found if row.next_duty is not None or row.runs_on]
    late = sum(duty.due_at < session.now() for row in left for duty in row.duties if duty.done_at is None)
    said = (
        f"{words.counted(len(opened), 'incident')} {'is' if len(opened) == 1 else 'are'} open: "
        + words.listed([f"{row.incident.incident_id} {row.incident.title}" for row in opened[:3]])
        if opened
        else "Nothing is open"
    )
    if requests:
        said += f"; {words.counted(requests, 'request')} {'waits' if requests == 1 else 'wait'}"
    if left:
        said += (
            f"; after {words.listed([row.incident.incident_id for row in left[:3]])} something is left to do"
        )
        said += f", {late} of it late" if late else ""
    return f"{said}."


def top(found: tuple[Row, ...]) -> None:
    """The verdict and what was saved."""
    widgets.verdict(verdict(found))
    widgets.saved_line()


def empty() -> None:
    """A company without incidents."""
    widgets.empty(
        "Incidents with their timers, messages and what was learned",
        "No incident is on record: start one here, load a file, or let your monitor post alerts.",
        "Load incidents from a file",
        "imports",
        (("kind", "incidents"),),
    )


def opened(found: tuple[Row, ...]) -> None:
    """The open incidents; their clocks run by themselves."""
    some = [row for row in found if row.is_open]
    if some:
        widgets.section("Open")
        with st.container(key="in_clocks_open"):
            _running(tuple(some))
        sample_clock()


@st.fragment(run_every=5)
def _running(some: tuple[Row, ...]) -> None:
    now, zone = session.now(), session.store().company.tz
    for row in some:
        one, timer = row.incident, row.next_timer
        missed = [
            TIMER_WORDS[t.timer].lower()
            for t in row.timers
            if t.state == "missed" or (t.due_at < now and t.state == "running")
        ]
        said = [open_for(one.detected_at, zone, now)]
        if timer and timer.due_at > now:
            said.append(
                f"{TIMER_WORDS[timer.timer].lower()} by {zoned(timer.due_at, zone, now)}, {span((timer.due_at - now).total_seconds())} left"
            )
        badge = f":red-badge[✗ missed: {', '.join(dict.fromkeys(missed))}]" if missed else ""
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"in_row_open_{one.incident_id}"
        ):
            st.markdown(
                f"{SEVERITY_WORDS[one.severity]} **{words.escape(one.incident_id)}** {words.escape(one.title)} {badge}  \n"
                f"{line(' · '.join(said))}",
                width="stretch",
            )
            widgets.link(
                PAGE,
                "Run it",
                ((INCIDENT, one.incident_id),),
                key=f"run_{one.incident_id}",
                icon=":material/arrow_forward:",
            )


def left(found: tuple[Row, ...]) -> None:
    """What is due after incidents that are over: all-clear, summary, post-mortem, the end of impacts that run on."""
    some = [row for row in found if row.next_duty is not None or row.runs_on]
    if not some:
        return
    widgets.section("Left to do after others")
    now, zone = session.now(), session.store().company.tz
    for row in some:
        one = row.incident
        due = [duty for duty in row.duties if duty.done_at is None]
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"in_row_left_{one.incident_id}"
        ):
            said = [
                f"{'✗ ' if duty.due_at < now else ''}{duty.title} by {zoned(duty.due_at, zone, now)}"
                for duty in due
            ]
            if row.runs_on:
                said.append(f"✗ {words.counted(row.runs_on, 'impact')} still counted as going on")
            badge = (
                ":red-badge[✗ late]" if any(duty.due_at < now for duty in due) else ":orange-badge[≈ to do]"
            )
            st.markdown(
                f"{badge} **{words.escape(one.incident_id)}** {words.escape(one.title)}  \n{line('; '.join(said))}",
                width="stretch",
            )
            widgets.link(
                PAGE,
                "Go on",
                ((INCIDENT, one.incident_id), ("view", "after")),
                key=f"left_{one.incident_id}",
                icon=":material/arrow_forward:",
            )


def past(found: tuple[Row, ...]) -> None:
    """Incidents that are over, the newest first; a row opens its run."""
    over = [row for row in found if not row.is_open]
    if not over:
        return
    widgets.section("Past incidents", "A row opens its run.")
    columns = (
        Column("incident_id", "Incident"),
        Column("title", "What"),
        Column("severity", "Severity"),
        Column("detected_at", "Detected", "instant"),
        Column("took", "Minutes to resolve", "number"),
        Column("timers", "Timers met"),
        Column("state", "State"),
        Column("root_cause", "Root cause"),
    )
    table = tuple(
        (
            row.incident.incident_id,
            row.incident.title,
            "request" if row.incident.is_request else row.incident.severity,
            row.incident.detected_at,
            _took(row),
            _met(row),
            "closed" if row.is_closed else "to do" if row.next_duty else "over",
            row.incident.root_cause,
        )
        for row in over
    )
    widgets.rows_table(
        Rows("incidents", "incident", columns, table),
        zone=session.store().company.tz,
        period=f"{session.today()}",
        alt="Incidents that are over",
        opens=(PAGE, INCIDENT, "incident_id"),
        key="past_incidents",
    )


def _took(row: Row) -> object:
    resolved = row.incident.resolved_at
    return round(minutes(max(resolved - row.incident.detected_at, timedelta())), 1) if resolved else None


def _met(row: Row) -> str:
    decided = [timer for timer in row.timers if timer.state != "running"]
    if row.incident.is_request or not decided:
        return ""
    met = sum(timer.state == "met" for timer in decided)
    return f"{met} of {len(decided)}"


def not_yours() -> None:
    """Who may start and run incidents, for those who may not."""
    if not may_run():
        widgets.who_may_line("reliability")
