"""The view of a cutover's day: the clock, the run sheet by the minute, the go or the roll-back, the hours after it."""

from datetime import datetime, tzinfo
from functools import partial

import streamlit as st

from tai_ops.app import forms, onboarding_messages, session, widgets, words
from tai_ops.app.onboarding_view import PAGE, SHARED, VIEW, holds, line, mine, no_plan, press, seen
from tai_ops.cutover import Line
from tai_ops.errors import Refused
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.customer_onboarding import going_live as runbook
from tai_ops.runbooks.customer_onboarding.going_live import CutoverDay
from tai_ops.runbooks.customer_onboarding.standing import Standing
from tai_ops.runbooks.customer_onboarding.steps import Made

WHO = {**ROLE_IN_WORDS, "customer": "customer"}
STATES = {
    "ahead": "",
    "running": ":blue-badge[● running]",
    "done": ":green-badge[✓ done]",
    "skipped": ":gray-badge[– skipped]",
}


def show(customer_id: str) -> None:
    """The whole view."""
    widgets.saved_line()
    found = seen(customer_id)
    if found is None:
        no_plan()
        return
    now = session.now()
    day = runbook.cutover_day(session.store(), found, now)
    if runbook.live_by_record(found, day):
        _live_already(found)
        return
    widgets.verdict(_verdict(day))
    mine()
    if day.clash:
        st.markdown(f":orange-badge[≈ clash] {words.escape(day.clash)}.")
    _clock(day)
    for one in day.sheet.lines:
        _line(found, day, one)
    _decision(found, day)
    _hours(found, day)


def _live_already(found: Standing) -> None:
    """A customer whose cutover was not held with this sheet: nothing to decide any more."""
    on = found.customer.go_live_on
    since = f" since {words.day(on)}" if on else ""
    widgets.verdict(f"Live{since} by its record; from here on one fixes forward.")
    st.markdown("Its day was not kept by the minute here. What comes up stands under *After cutover*.")
    query = (("customer", found.customer.customer_id), (VIEW, "after"))
    widgets.link(PAGE, "After cutover", query, key="to_after")


def _verdict(day: CutoverDay) -> str:
    on = words.day(day.sheet.on)
    decided = day.sheet.decision
    if decided:
        word = "Live" if decided.decision == "go" else "Rolled back"
        return f"{word} since {words.instant(decided.at, day.company_zone)}, decided by {decided.decider}; from here on: {day.sheet.branch}."
    late = day.sheet.late_minutes
    said = f"Cutover on {on}, 14:00 to 17:00" + (
        f"; what follows comes {late} min later than planned" if late else ""
    )
    lacks = (
        f"; the go still lacks: {words.listed([one.split(':')[0] for one in day.lacks])}"
        if day.lacks
        else "; nothing is lacking for the go"
    )
    return f"{said}{lacks}. Until the go one may {day.sheet.branch}; after it only fix forward."


@st.fragment(run_every=20)
def _clock(day: CutoverDay) -> None:
    now = session.now()
    ours, theirs = now.astimezone(day.company_zone), now.astimezone(day.customer_zone)
    said = f"**{ours:%H:%M}** {ours.tzname()} here"
    if ours.utcoffset() != theirs.utcoffset():
        said += f" · **{theirs:%H:%M}** {theirs.tzname()} at the customer"
    left = int((day.sheet.point_at - now).total_seconds() // 60)
    if day.sheet.decision is None and 0 <= left < 24 * 60:
        said += f" · {left} min to the go or no-go"
    st.markdown(said)


def _time(moment: datetime, day: CutoverDay) -> str:
    ours, theirs = moment.astimezone(day.company_zone), moment.astimezone(day.customer_zone)
    both = ours.utcoffset() != theirs.utcoffset()
    return f"{ours:%H:%M}" + (f" ({theirs:%H:%M} theirs)" if both else "")


def _line(found: Standing, day: CutoverDay, one: Line) -> None:
    customer_id, key = found.customer.customer_id, one.item.key
    owners = one.item.owner.split()
    who = ", ".join(WHO[owner] for owner in owners)
    moved = f", planned {_zoned(one.planned_at, day.company_zone)}" if one.begins_at != one.planned_at else ""
    over = f", {one.over_minutes} min over" if one.over_minutes else ""
    small = f"{who}, {one.item.minutes} min{moved}{over}{f'; {one.note}' if one.note else ''}"
    form = f"sheet_{customer_id}_{key}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"ob_row_sheet_{key}"):
        st.markdown(
            f"**{_time(one.begins_at, day)}** {STATES[one.state]} {words.escape(one.item.title)}  \n{line(small)}",
            width="stretch",
        )
        if key == "declared_live":
            pass
        elif one.state == "ahead":
            with st.container(horizontal=True, width="content", gap="small", key=f"ob_both_{key}"):
                press(
                    "Begin",
                    form,
                    _tell,
                    customer_id,
                    key,
                    "began",
                    icon=":material/play_arrow:",
                    owners=owners,
                )
                press("Done", form, _tell, customer_id, key, "done", icon=":material/check:", owners=owners)
        elif one.state == "running":
            press(
                "Done",
                form,
                _tell,
                customer_id,
                key,
                "done",
                primary=True,
                icon=":material/check:",
                owners=owners,
            )
        else:
            press(
                "Not done", form, _tell, customer_id, key, "not done", icon=":material/undo:", owners=owners
            )
    forms.error_line(form)
    if one.item.parts:
        for part, title in one.item.parts:
            ticked = part in one.ticked
            with st.container(horizontal=True, vertical_alignment="center", key=f"ob_row_part_{part}"):
                st.markdown(f"{holds(ticked or None)} {words.escape(title)}", width="stretch")
                press(
                    "Take back" if ticked else "Yes",
                    f"{form}_{part}",
                    _tell,
                    customer_id,
                    key,
                    f"{'untick' if ticked else 'tick'}:{part}",
                )
    if one.item.asks and one.state != "done":
        st.text_input(one.item.asks, key=f"{form}_note", persist_state="session")
    if key == "accuracy_97" and day.spot_check:
        st.markdown(line(f"Spot check on record: {day.spot_check}"))
    if one.item.message and one.state != "done":
        onboarding_messages.show(found, one.item.message, form)


def _zoned(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _tell(customer_id: str, item: str, event: str, token: str) -> Made:
    typed = str(st.session_state.get(f"sheet_{customer_id}_{item}_note") or "")
    note = typed if event in {"done", "held"} else ""
    return runbook.happened(
        session.store(), session.actor(), customer_id, item, event, session.now(), token, note=note
    )


# --- The go


def _decision(found: Standing, day: CutoverDay) -> None:
    widgets.section(
        "Go or no-go",
        "The go needs every record there, the smoke test at 4 of 4, and a name. It closes the old system.",
    )
    for said, fine in (
        ("Migration check whole", day.fidelity),
        ("Smoke test 4 of 4", len(day.sheet.line("smoke_test").ticked) == 4 or None),
    ):
        st.markdown(f"{holds(fine)} {said}")
    decided = day.sheet.decision
    if decided and decided.decision == "go":
        st.markdown(
            "The old system is closed: from here on one fixes forward. Put what is wrong on record under *After cutover*."
        )
        return
    form = f"go_{found.customer.customer_id}"
    keys = {"who": f"{form}_who", "why": f"{form}_why"}
    forms.draft(form, {keys["who"]: "", keys["why"]: ""})
    with st.container(border=True, key=f"entry_{form}"):
        st.text_input("Who decides (name)", key=keys["who"])
        st.text_input("Why one rolls back (for a roll-back)", key=keys["why"])
        forms.error_line(form)
        with st.container(horizontal=True):
            told = partial(_read, keys)
            press(
                "Go: declare live",
                form,
                _decide,
                found.customer.customer_id,
                "go",
                told,
                primary=True,
                icon=":material/rocket_launch:",
            )
            press(
                "Roll back",
                form,
                _decide,
                found.customer.customer_id,
                "roll_back",
                told,
                icon=":material/undo:",
            )


def _read(keys: dict[str, str]) -> dict[str, str]:
    return {name: str(st.session_state.get(key) or "") for name, key in keys.items()}


def _decide(customer_id: str, decision: str, told: dict[str, str], token: str) -> Made:
    return runbook.decide(
        session.store(),
        session.actor(),
        customer_id,
        decision,
        told["who"],
        session.now(),
        token,
        reason=told["why"],
    )


# --- The hours after


def _hours(found: Standing, day: CutoverDay) -> None:
    unmanned = sum(hour.email is None for hour in day.hours)
    held = sum(hour.held_at is not None for hour in day.hours)
    note = (
        f"{held} of 24 held; {words.counted(unmanned, 'hour')} without a person"
        if unmanned
        else f"{held} of 24 held"
    )
    widgets.section("Hourly check-ins of the first 24 hours", note)
    names = {person.email: person.name for person in session.store().people()}
    form = f"roster_{found.customer.customer_id}"
    keys = {"who": f"{form}_who", "from": f"{form}_from", "to": f"{form}_to"}
    first = next((hour.number for hour in day.hours if hour.email is None), 1)
    forms.draft(form, {keys["who"]: next(iter(names), ""), keys["from"]: first, keys["to"]: 24})
    with st.expander(
        "Who has which hours",
        key=f"{form}_box",
        icon=":material/group:",
        on_change="rerun",
        expanded=bool(unmanned),
    ) as box:
        if box.open:
            with st.grid(3, min_column_width=150):
                st.selectbox(
                    "Who", list(names), format_func=lambda email: names.get(email, email), key=keys["who"]
                )
                st.number_input("From hour", min_value=1, max_value=24, key=keys["from"])
                st.number_input("To hour", min_value=1, max_value=24, key=keys["to"])
            forms.error_line(form)
            press(
                "Put on the roster",
                form,
                _roster,
                found.customer.customer_id,
                partial(_told, keys),
                owners=SHARED,
            )
    with st.expander(
        "The 24 hours",
        key="hours",
        icon=":material/schedule:",
        on_change="rerun",
        expanded=day.sheet.decision is not None,
    ) as box:
        if box.open:
            waiting = next((hour for hour in day.hours if not hour.held_at), None)
            for hour in day.hours:
                one = f"hour_{found.customer.customer_id}_{hour.number}"
                with st.container(
                    horizontal=True, vertical_alignment="center", key=f"ob_row_hour_{hour.number}"
                ):
                    who = names.get(hour.email or "", hour.email or "nobody yet")
                    state = ":green-badge[✓ held]" if hour.held_at else ""
                    st.markdown(
                        f"**{_time(hour.at, day)}** {words.escape(who)} {state} {line(hour.note or '')}",
                        width="stretch",
                    )
                    if not hour.held_at and hour is waiting:
                        st.text_input(
                            "What they said",
                            key=f"sheet_{found.customer.customer_id}_check_in_{hour.number}_note",
                            placeholder="what they said",
                            label_visibility="collapsed",
                            width=220,
                        )
                    if not hour.held_at:
                        press(
                            "Held",
                            one,
                            _tell,
                            found.customer.customer_id,
                            f"check_in_{hour.number}",
                            "held",
                            owners=SHARED,
                        )
                forms.error_line(one)


def _told(keys: dict[str, str]) -> dict[str, object]:
    return {name: st.session_state.get(key) for name, key in keys.items()}


def _roster(customer_id: str, told: dict[str, object], token: str) -> Made:
    hours = range(int(told["from"] or 1), int(told["to"] or 24) + 1)  # type: ignore[call-overload]
    if not hours or not told["who"]:
        raise Refused("choose a person, and hours from the first to the last")
    return runbook.set_roster(
        session.store(),
        session.actor(),
        customer_id,
        dict.fromkeys(hours, str(told["who"])),
        session.now(),
        token,
    )
