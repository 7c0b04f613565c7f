"""The view of an onboarding: today's steps first, then its weeks with their gates, the timeline, and what is sent out."""

from functools import partial

import streamlit as st

from tai_ops.app import (
    forms,
    onboarding_calendar,
    onboarding_measures,
    onboarding_messages,
    session,
    widgets,
    words,
)
from tai_ops.app.onboarding_view import PAGE, VIEW, holds, line, mine, person, press, seen
from tai_ops.errors import Refused
from tai_ops.onboarding_course import REMEDIES, TYPED_IN_A_NOTE, StepState, checked_minutes, is_proved
from tai_ops.onboarding_gates import SUCCESS_CRITERIA
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.customer_onboarding import steps as runbook
from tai_ops.runbooks.customer_onboarding.standing import Standing, Week
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
    "link": "a link can stand as proof",
    "id": "an id can stand as proof",
    "number": "a figure proves it",
    "note": "a note can stand as proof",
    "file": "a file can stand as proof",
    "date": "a date can stand as proof",
}
DATE_FORMAT = "YYYY-MM-DD"
TODAY_AT_ONCE = 12


def show(customer_id: str) -> None:
    """The whole view."""
    widgets.saved_line()
    found = seen(customer_id)
    if found is None:
        mine()
        onboarding_calendar.make(customer_id, None)
        return
    widgets.verdict(_verdict(found))
    mine()
    asked = st.query_params.get("step", "")
    if asked in found.states:
        _step_form(found, found.states[asked])
    _today(found)
    for week in found.weeks:
        _week(found, week)
    onboarding_calendar.timeline(found)
    onboarding_calendar.more(found)


def _verdict(found: Standing) -> str:
    share = words.number(found.effort.pct, "pct", decimals=0)
    slip = slip_words(found.slip_days)
    stopped = found.course.stopped_week
    said = [f"{share} of the hours done"]
    if slip and (found.slip_days or not stopped):
        said.append(f"{slip} against the first plan")
    if stopped:
        said.append(f"the gate of week {stopped} said NO")
    declared = found.states["declared_live"].settled
    cutover_on, first_on = found.on(found.states["declared_live"]), found.first[12]
    moved = "" if cutover_on == first_on else f" ({words.short_day(first_on)} in the first plan)"
    said.append(f"cutover {'was' if declared else 'is'} on {words.day(cutover_on)}{moved}")
    comes = "came" if found.coming[20] < found.today else "comes"
    said.append(f"Day 20 {comes} on {words.day(found.coming[20])}")
    return f"{'; '.join(said)}."


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
    proof = f", {_proof(found, one)}" if one.step.evidence and one.state == "open" else ""
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
        if one.state == "open" and not is_proved(one.step.key, one.note, found.figures):
            widgets.link(PAGE, "Enter the figure", _address(found, one.step.key), key=f"figure_{place}_{one.step.key}", icon=":material/edit:")  # fmt: skip
        elif one.state == "open" and not one.step.gate:
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


def _proof(found: Standing, one: StepState) -> str:
    figure = found.figures.get(one.step.key) if one.step.evidence == "number" else None
    return f"proved by {figure}" if figure else EVIDENCE[one.step.evidence]


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
        known = [
            _proof(found, one) if one.step.evidence else "",
            f"planned {one.step.minutes} min" if one.step.minutes else "",
        ]
        known += [
            f"by {person(one.by)}" if one.by else "",
            f"done on {words.day(one.done_on)}" if one.done_on else "",
        ]
        st.markdown(line("; ".join(filter(None, known))))
        if one.state == "open" and not is_proved(one.step.key, one.note, found.figures):
            way = "in the note below, or where the link leads" if one.step.key in TYPED_IN_A_NOTE else "here"
            st.markdown(f"No figure is on record yet; enter it {way}.")
        onboarding_measures.of_step(found.customer.customer_id, one.step.key)
        onboarding_messages.of_step(found, one.step.key)
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
        what = f"{past.decision.upper()} on {words.instant(past.at, session.store().company.tz)} by {person(past.by)}"
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
