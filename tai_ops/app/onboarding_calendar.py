"""When an onboarding comes: making its plan, its timeline, its files, moving kickoff and cutover, what the runbook learned."""

from datetime import date
from functools import partial

import streamlit as st

from tai_ops.app import annotated, forms, session, widgets, words
from tai_ops.app.onboarding_charts import onboarding_timeline
from tai_ops.app.onboarding_view import line, press
from tai_ops.behind import Column, Rows
from tai_ops.errors import Refused
from tai_ops.exports.onboarding_files import plan_csv, plan_html, plan_ics
from tai_ops.onboarding_steps import KICKOFF_AGENDA, KICKOFF_ATTENDEES, step
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.customer_onboarding import steps as runbook
from tai_ops.runbooks.customer_onboarding.standing import Standing, learned
from tai_ops.runbooks.customer_onboarding.steps import Made

WHO = {**ROLE_IN_WORDS, "customer": "customer"}
DATE_FORMAT = "YYYY-MM-DD"


def make(customer_id: str, found: Standing | None) -> None:
    """The form that makes the plan, or moves its kickoff."""
    form = f"plan_{customer_id}"
    key = f"{form}_kickoff"
    offer = None if found else runbook.offered_kickoffs(session.store(), customer_id, session.now())
    offered = found.onboarding.kickoff_on if found else offer and next(iter(offer.days), None)
    if found is None:
        widgets.verdict("No kickoff is on record yet; one click makes the whole dated plan.")
    forms.draft(form, {key: offered})
    with st.container(border=True, key=f"entry_{form}"):
        st.date_input("Kickoff (Day 1)", key=key, format=DATE_FORMAT, width=240,
                      help="A Thursday makes Day 12 a Friday, the day of the cutover.")  # fmt: skip
        if offer and offer.days:
            why = (
                "two business days to prepare, a cutover that need not wait, and hours of CSM and CTO"
                if offer.has_room
                else "by the calendar alone: CSM and CTO have no hours left, or are not on record"
            )
            others = words.listed([words.day(on) for on in offer.days[1:]])
            st.markdown(
                line(
                    f"{words.day(offer.days[0])} is the next Thursday that fits ({why})"
                    + (f"; so do {others}." if others else ".")
                )
            )
        forms.error_line(form)
        press(
            "Make the plan" if found is None else "Move the kickoff",
            form,
            _plan,
            customer_id,
            partial(_value, key),
            primary=True,
            icon=":material/event:",
        )


def _value(key: str):  # noqa: ANN202
    return st.session_state.get(key)


def _plan(customer_id: str, kickoff: date | None, token: str) -> Made:
    if kickoff is None:
        raise Refused("choose the day of the kickoff")
    return runbook.make_plan(session.store(), session.actor(), customer_id, kickoff, session.now(), token)


# --- When it comes, and what goes out


def timeline(found: Standing) -> None:
    """Each week as first planned and as it comes now, with today and the cutover drawn."""
    ends = {1: (-2, 5), 2: (6, 10), 3: (11, 15), 4: (16, 20)}
    bars = tuple(
        (
            f"W{week.phase.week} {week.phase.name}" if not widgets.is_phone() else f"Week {week.phase.week}",
            found.first[ends[week.phase.week][0]],
            found.first[ends[week.phase.week][1]],
            week.first_on,
            week.last_on,
            "missed" if week.late_days > 2 else "met" if week.effort.pct == 100 else "floor",
        )
        for week in found.weeks
    )
    moved = found.calendar.business_days_between(found.first[20], found.coming[20])
    said = (
        "The plan stands as first made"
        if moved <= 0
        else f"The end comes {words.counted(moved, 'business day')} later than first planned"
    )
    first, last = min(bar[1] for bar in bars), max(bar[4] for bar in bars)
    widgets.chart(
        onboarding_timeline(bars, found.cutover_on, found.today, said, annotated.events(first, last)),
        key="timeline",
        period=found.customer.customer_id,
    )
    annotated.beside(first, last)


def more(found: Standing) -> None:
    """The plan as a table and as files, the agenda, the dates after it, moving it, and what the runbook learned."""
    customer_id = found.customer.customer_id
    with st.expander(
        "The whole plan as a table", key="plan_table", icon=":material/table:", on_change="rerun"
    ) as box:
        if box.open:
            _table(found)
    with st.container(horizontal=True, key="plan_files"):
        st.download_button(
            "Plan as CSV",
            data=lambda: plan_csv(found),
            file_name=f"onboarding_{customer_id}.csv",
            mime="text/csv",
            key="plan_csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Plan for a calendar",
            data=lambda: plan_ics(found, session.now()),
            file_name=f"onboarding_{customer_id}.ics",
            mime="text/calendar",
            key="plan_ics",
            icon=":material/event:",
            on_click="ignore",
        )
        st.download_button(
            "Plan as a web page",
            data=lambda: plan_html(found),
            file_name=f"onboarding_{customer_id}.html",
            mime="text/html",
            key="plan_html",
            icon=":material/download:",
            on_click="ignore",
        )
    with st.expander(
        "Kickoff agenda, 10:00 to 12:00",
        key="agenda",
        icon=":material/format_list_numbered:",
        on_change="rerun",
    ) as box:
        if box.open:
            minute = 0
            for minutes, title in KICKOFF_AGENDA:
                st.markdown(
                    f"{10 + minute // 60}:{minute % 60:02d} {words.escape(title)} {line(f'{minutes} min')}"
                )
                minute += minutes
            st.markdown(line(f"There: {', '.join(KICKOFF_ATTENDEES)}"))
    whole = (found.coming[20] - found.on(found.states["kickoff"])).days + 1
    st.markdown(
        line(f"Day 1 to Day 20 take {words.counted(whole, 'calendar day')}; 28 where nothing is late.")
    )
    st.markdown("**Dates after the plan**")
    st.markdown("  \n".join(words.escape(f"{words.day(m.on)}: {m.name}") for m in found.milestones))
    with st.expander(
        "Move the kickoff or the cutover", key="move", icon=":material/edit_calendar:", on_change="rerun"
    ) as box:
        if box.open:
            make(customer_id, found)
            _move(found)
    with st.expander(
        "What the runbook learned", key="learned", icon=":material/school:", on_change="rerun"
    ) as box:
        if box.open:
            _learned()


def _table(found: Standing) -> None:
    columns = (
        Column("step", "Step"),
        Column("on", "Date", "date"),
        Column("state", "State"),
        Column("day", "Day", "count"),
        Column("who", "Who"),
        Column("minutes", "Minutes", "count"),
        Column("took", "Took", "count"),
        Column("gate", "Gate"),
        Column("evidence", "Evidence"),
        Column("first", "First planned", "date"),
    )
    rows = tuple(
        (
            one.step.title,
            found.on(one),
            one.state,
            one.step.day,
            ", ".join(WHO[owner] for owner in one.step.owners),
            one.step.minutes,
            one.minutes,
            f"week {one.step.gate}" if one.step.gate else "",
            one.link or one.note or one.step.evidence,
            found.first[one.step.day],
        )
        for one in found.states.values()
    )
    widgets.rows_table(
        Rows("plan", "step", columns, rows),
        key="plan_rows",
        alt="Every step of the plan with its day, date, owner, minutes and gate",
        period=found.customer.customer_id,
        file=False,
    )


def _move(found: Standing) -> None:
    form = f"cutover_day_{found.customer.customer_id}"
    keys = {"on": f"{form}_on", "reason": f"{form}_reason"}
    forms.draft(form, {keys["on"]: found.cutover_on, keys["reason"]: ""})
    with st.container(border=True, key=f"entry_{form}"):
        st.date_input("Cutover (a Friday is recommended)", key=keys["on"], format=DATE_FORMAT, width=240)
        st.text_input("Why on that day", key=keys["reason"])
        forms.error_line(form)
        press("Move the cutover", form, _move_to, found.customer.customer_id, partial(_told, keys))


def _move_to(customer_id: str, told: dict[str, object], token: str) -> Made:
    if not isinstance(told["on"], date):
        raise Refused("choose the day of the cutover")
    return runbook.move_cutover(
        session.store(),
        session.actor(),
        customer_id,
        told["on"],
        str(told["reason"] or ""),
        session.now(),
        token,
    )


def _learned() -> None:
    found = learned(session.store())
    if not found.proposed:
        st.caption(
            "Once three onboardings have noted the minutes of a step, a better estimate is proposed here."
        )
    else:
        st.caption("What is accepted holds for the plans made from then on; plans made already keep theirs.")
    for one in found.proposed:
        said = f"{one.step.title}: {one.estimate_minutes} min planned, {one.proposed_minutes} min is the median of {one.uses} uses"
        _estimate(one.step.key, said, f"Accept {one.proposed_minutes} min", one.proposed_minutes)
    for key, minutes in found.held.items():
        named = step(key)
        said = f"{named.title}: {minutes} min in new plans, {named.minutes} min in the runbook"
        _estimate(key, said, f"Back to {named.minutes} min", None)


def _estimate(key: str, said: str, label: str, minutes: int | None) -> None:
    form = f"estimate_{key}_{'back' if minutes is None else 'new'}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"ob_row_{form}"):
        st.markdown(words.escape(said), width="stretch")
        press(label, form, _set_estimate, key, minutes)
    forms.error_line(form)


def _set_estimate(key: str, minutes: int | None, token: str) -> Made:
    return runbook.set_estimate(session.store(), session.actor(), key, minutes, session.now(), token)


def _told(keys: dict[str, str]) -> dict[str, object]:
    return {name: st.session_state.get(key) for name, key in keys.items()}
