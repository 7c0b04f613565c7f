"""The view of an onboarding: today's steps first, then its weeks with their gates, the timeline, and what is sent out."""

from datetime import date
from functools import partial

import streamlit as st

from tai_ops.app import annotated, forms, onboarding_measures, session, widgets, words
from tai_ops.app.onboarding_charts import onboarding_timeline
from tai_ops.app.onboarding_view import PAGE, VIEW, holds, line, mine, press, seen
from tai_ops.behind import Column, Rows
from tai_ops.errors import Refused
from tai_ops.exports.onboarding_files import plan_csv, plan_html, plan_ics
from tai_ops.onboarding_course import REMEDIES, StepState, checked_minutes
from tai_ops.onboarding_gates import SUCCESS_CRITERIA
from tai_ops.onboarding_steps import KICKOFF_AGENDA, KICKOFF_ATTENDEES
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.customer_onboarding import steps as runbook
from tai_ops.runbooks.customer_onboarding.standing import Standing, Week, estimates
from tai_ops.runbooks.customer_onboarding.steps import Made
from tai_ops.store.onboardings import Said
from tai_ops.success import slip_words

WHO = {**ROLE_IN_WORDS, "customer": "customer"}
STATE_WORDS = {"done": ":green-badge[✓ done]", "waived": ":gray-badge[– waived]", "open": ""}
MARKS = {
    "met": ":green-badge[✓ on time]",
    "floor": ":orange-badge[≈ late]",
    "missed": ":red-badge[✗ late]",
    "no_data": ":gray-badge[– no progress]",
}
EVIDENCE = {
    "": "",
    "link": "a link proves it",
    "id": "an id proves it",
    "number": "a figure proves it",
    "note": "a note proves it",
    "file": "a file proves it",
    "date": "a date proves it",
}
DATE_FORMAT = "YYYY-MM-DD"
TODAY_AT_ONCE = 12


def show(customer_id: str) -> None:
    """The whole view."""
    widgets.saved_line()
    found = seen(customer_id)
    if found is None:
        mine()
        _make(customer_id, None)
        return
    widgets.verdict(_verdict(found))
    mine()
    asked = st.query_params.get("step", "")
    if asked in found.states:
        _step_form(found, found.states[asked])
    _today(found)
    for week in found.weeks:
        _week(found, week)
    _timeline(found)
    _more(found)


def _verdict(found: Standing) -> str:
    share = words.number(found.effort.pct, "pct", decimals=0)
    slip = slip_words(found.slip_days)
    said = [f"{share} of the hours done", *([f"{slip} against the first plan"] if slip else [])]
    stopped = [week.phase.week for week in found.weeks if found.course.failed(week.phase.week)]
    if stopped:
        said.append(f"the gate of week {stopped[0]} said NO")
    declared = found.states["declared_live"].settled
    said.append(
        f"cutover {'was' if declared else 'is'} on {words.day(found.on(found.states['declared_live']))}"
    )
    said.append(f"Day 20 comes on {words.day(found.coming[20])}")
    return f"{'; '.join(said)}."


# --- Making the plan


def _make(customer_id: str, found: Standing | None) -> None:
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


# --- Steps


def _today(found: Standing) -> None:
    todays = found.todays
    planned = {found.planned.dates[one.step.day] for one in todays}
    if not todays:
        widgets.section("Today", "Every step is done or waived.")
        return
    first = min(planned)
    title = "Today" if first <= found.today else f"Next: {words.day(first)}"
    late = sum(found.planned.dates[one.step.day] < found.today for one in todays)
    widgets.section(
        title, f"{words.counted(len(todays), 'open step')}{f', {late} of earlier days' if late else ''}"
    )
    if any(one.step.gate for one in todays):
        weeks = sorted({one.step.gate for one in todays if one.step.gate})
        st.markdown(
            line(f"What the check of week {weeks[0]} asks for is confirmed with its decision, below.")
        )
    for one in todays[:TODAY_AT_ONCE]:
        _row(found, one, "today")
    if len(todays) > TODAY_AT_ONCE:
        st.caption(f"{len(todays) - TODAY_AT_ONCE} more stand in their weeks below.")


def _row(found: Standing, one: StepState, place: str) -> None:
    who = ", ".join(WHO[owner] for owner in one.step.owners)
    minutes = f", {one.step.minutes} min" if one.step.minutes else ""
    took = f" (took {one.minutes})" if one.minutes is not None else ""
    proof = f", {EVIDENCE[one.step.evidence]}" if one.step.evidence and one.state == "open" else ""
    small = f"Day {one.step.day}, {words.short_day(found.on(one))}, {who}{minutes}{took}{proof}"
    noted = f"  \n:small[{words.escape(one.note)}]" if one.note else ""
    linked = f"  \n:small[[{words.escape(one.link)}]({one.link})]" if one.link else ""
    form = f"tick_{found.customer.customer_id}_{one.step.key}"
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"ob_row_{place}_{one.step.key}"
    ):
        st.markdown(
            f"{STATE_WORDS[one.state]} {words.escape(one.step.title)}  \n{line(small)}{noted}{linked}",
            width="stretch",
        )
        if one.state == "open" and not one.step.gate:
            press(
                "Done",
                form,
                _tick,
                found.customer.customer_id,
                one.step.key,
                icon=":material/check:",
                place=place,
                owners=one.step.owners,
            )
        widgets.link(PAGE, "More", _address(found, one.step.key), key=f"more_{place}_{one.step.key}")
    if place == "today" or one not in found.todays[:TODAY_AT_ONCE]:
        forms.error_line(form)


def _address(found: Standing, key: str | None = None) -> tuple[tuple[str, str], ...]:
    where = (("customer", found.customer.customer_id), (VIEW, "onboarding"))
    return (*where, ("step", key)) if key else where


def _tick(customer_id: str, key: str, token: str) -> Made:
    return runbook.record_steps(
        session.store(), session.actor(), customer_id, [Said(key, "ticked")], session.now(), token
    )


def _step_form(found: Standing, one: StepState) -> None:
    form = f"step_{found.customer.customer_id}_{one.step.key}"
    keys = {name: f"{form}_{name}" for name in ("done_on", "minutes", "note", "link")}
    forms.draft(form, {keys["done_on"]: found.today, keys["minutes"]: "", keys["note"]: "", keys["link"]: ""})
    with st.container(border=True, key=f"entry_{form}"):
        st.markdown(f"{STATE_WORDS[one.state]} **{words.escape(one.step.title)}**")
        if one.step.parts:
            st.markdown("\n".join(f"- {words.escape(part)}" for part in one.step.parts))
        known = [EVIDENCE[one.step.evidence], f"planned {one.step.minutes} min" if one.step.minutes else ""]
        known += [
            f"by {one.by}" if one.by else "",
            f"done on {words.day(one.done_on)}" if one.done_on else "",
        ]
        st.markdown(line("; ".join(filter(None, known))))
        onboarding_measures.of_step(found.customer.customer_id, one.step.key)
        with st.grid(2, min_column_width=220):
            st.date_input("Done on", key=keys["done_on"], format=DATE_FORMAT, max_value=found.today)
            st.text_input(
                "Minutes it took", key=keys["minutes"], placeholder=f"such as {one.step.minutes or 15}"
            )
        st.text_area("Note, or the reason why it is waived", key=keys["note"], height=80)
        st.text_input("Link", key=keys["link"], placeholder="https://")
        forms.error_line(form)
        with st.container(horizontal=True):
            told = partial(_told, keys)
            if one.state == "open":
                press(
                    "Done",
                    form,
                    _say,
                    found.customer.customer_id,
                    one.step.key,
                    "ticked",
                    told,
                    owners=one.step.owners,
                    primary=True,
                    icon=":material/check:",
                )
                press(
                    "Waive with this reason",
                    form,
                    _say,
                    found.customer.customer_id,
                    one.step.key,
                    "waived",
                    told,
                    owners=one.step.owners,
                )
            else:
                press(
                    "Open again",
                    form,
                    _say,
                    found.customer.customer_id,
                    one.step.key,
                    "unticked",
                    told,
                    owners=one.step.owners,
                    icon=":material/undo:",
                )
            press(
                "Keep note, link, minutes",
                form,
                _say,
                found.customer.customer_id,
                one.step.key,
                "noted",
                told,
                owners=one.step.owners,
            )
            widgets.link(PAGE, "Close", _address(found), key="close_step")


def _told(keys: dict[str, str]) -> dict[str, object]:
    return {name: st.session_state.get(key) for name, key in keys.items()}


def _say(customer_id: str, key: str, event, told: dict[str, object], token: str) -> Made:  # noqa: ANN001
    said = Said(
        key,
        event,
        told["done_on"] if event in {"ticked", "waived"} else None,  # type: ignore[arg-type]
        checked_minutes(str(told["minutes"] or "")),
        str(told["note"] or "").strip() or None,
        str(told["link"] or "").strip() or None,
    )
    if event == "noted" and not (said.note or said.link or said.minutes is not None):
        raise Refused("write a note, a link or the minutes first")
    made = runbook.record_steps(session.store(), session.actor(), customer_id, [said], session.now(), token)
    st.query_params.pop("step", None)
    return made


# --- Weeks and gates


def _week(found: Standing, week: Week) -> None:
    number = week.phase.week
    share = words.number(week.effort.pct, "pct", decimals=0)
    decided = found.course.decided(number)
    gate = f", gate {decided.decision.upper()}" if decided else ""
    late = f", {words.counted(week.late_days, 'business day')} late" if week.late_days > 0 else ""
    label = f"Week {number}: {week.phase.name} · {share} done{gate}{late}"
    current = next((w.phase.week for w in found.weeks if any(not s.settled for s in w.steps)), None)
    to_decide = all(one.step.gate for one in week.steps if not one.settled)
    box = st.expander(
        label,
        key=f"week_{number}",
        expanded=number == current and (to_decide or not widgets.is_phone()),
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        spent = week.effort
        took = (
            f"; {spent.actual_minutes} min taken where {spent.compared_minutes} were planned"
            if spent.actual_minutes
            else ""
        )
        room = f"{words.counted(week.float_left_days, 'business day')} of float left"
        st.markdown(
            line(
                f"{words.day(week.first_on)} to {words.day(week.last_on)}, at the latest {words.day(week.latest_on)} ({room}); {week.phase.owner}{took}"
            )
        )
        st.markdown(line(f"Success: {SUCCESS_CRITERIA[number]}"))
        if number == 1:
            signed = found.states["contract"]
            linked = f", {signed.link}" if signed.link else ""
            st.markdown(
                line(
                    f"Customer signed: {'yes' if signed.settled else 'not yet'} (first step of the plan{linked})"
                )
            )
        for one in week.steps:
            if not one.step.gate:
                _row(found, one, f"w{number}")
        _gate(found, week)


def _gate(found: Standing, week: Week) -> None:
    number, customer_id = week.phase.week, found.customer.customer_id
    st.markdown(f"**Week {number} check**")
    for one in week.criteria:
        shown = one.holds if one.holds is not None else (True if one.ticked.settled else None)
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"ob_row_gate_{one.step.key}"
        ):
            st.markdown(f"{holds(shown)} {words.escape(one.step.title)}  \n{line(one.said)}", width="stretch")
            widgets.link(PAGE, "More", _address(found, one.step.key), key=f"more_gate_{one.step.key}")
    for past in [g for g in found.course.gates if g.week == number]:
        what = f"{past.decision.upper()} on {words.instant(past.at, session.store().company.tz)} by {past.by}"
        more = [
            past.reason or "",
            ", ".join(REMEDIES[r] for r in past.remedies),
            f"+{past.extend_days} business days" if past.extend_days else "",
        ]
        st.markdown(f":small[{words.escape('; '.join([what, *filter(None, more)]))}]")
    form = f"gate_{customer_id}_{number}"
    names = {name: f"{form}_{name}" for name in ("decision", "reason", "remedies", "days")}
    forms.draft(form, {names["decision"]: None, names["reason"]: "", names["remedies"]: [], names["days"]: 5})
    with st.container(border=True, key=f"entry_{form}"):
        st.segmented_control(
            "Ready for production?" if number == 2 else "Go on?",
            ["yes", "no"],
            format_func=str.upper,
            key=names["decision"],
        )
        is_no = st.session_state[names["decision"]] == "no"
        if is_no:
            st.pills(
                "What is done about it",
                list(REMEDIES),
                format_func=REMEDIES.__getitem__,
                selection_mode="multi",
                key=names["remedies"],
            )
            if number == 2:
                st.segmented_control(
                    "Extend the pilot by",
                    [5, 10],
                    format_func=lambda n: f"{n} business days",
                    key=names["days"],
                    required=True,
                )
        st.text_input(
            "Why" + ("" if is_no else " (needed where a criterion is not met)"), key=names["reason"]
        )
        forms.error_line(form)
        press(
            "Record the decision",
            form,
            _decide,
            customer_id,
            number,
            partial(_told, names),
            primary=is_no or st.session_state[names["decision"]] == "yes",
        )


def _decide(customer_id: str, number: int, told: dict[str, object], token: str) -> Made:
    if told["decision"] not in {"yes", "no"}:
        raise Refused("choose YES or NO")
    is_no = told["decision"] == "no"
    return runbook.decide_gate(
        session.store(), session.actor(), customer_id, number, str(told["decision"]), session.now(), token,
        reason=str(told["reason"] or ""),
        remedies=tuple(told["remedies"] or ()) if is_no else (),  # type: ignore[arg-type]
        extend_days=int(told["days"] or 0) if is_no and number == 2 else 0,  # type: ignore[call-overload]
    )  # fmt: skip


# --- The timeline, and what goes out


def _timeline(found: Standing) -> None:
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


def _more(found: Standing) -> None:
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
            _make(customer_id, found)
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
    found = estimates(session.store())
    if not found:
        st.caption(
            "Once three onboardings have noted the minutes of a step, a better estimate is proposed here."
        )
    for one in found:
        st.markdown(
            words.escape(
                f"{one.step.title}: {one.estimate_minutes} min planned, {one.proposed_minutes} min is the median of {one.uses} uses"
            )
        )
