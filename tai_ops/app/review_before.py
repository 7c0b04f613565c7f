"""What stands before the weekly review on its page: what to check, who is ready, who is away, what is restated."""

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.review_page import Seen
from tai_ops.review import Finding, Prepared, Restated, Review
from tai_ops.review_preparation import closes_at
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks import weekly_review as runbook
from tai_ops.store import facts as stored

STYLE = """<style>
[class*="st-key-check_"], [class*="st-key-ready_"] { padding-bottom: 0.4rem; border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
[class*="st-key-check_"] a, [class*="st-key-check_"] button { padding: 0; min-height: 1.5rem; }
@media (min-width: 640px) { [class*="st-key-check_"], [class*="st-key-ready_"] { flex-wrap: nowrap !important; } }
</style>"""


def checks(found: Seen) -> None:
    """Where the records disagree, each with its rows and who can mend it; then what else falls on these Fridays."""
    review = found.review
    st.html(STYLE)
    if review.findings or review.warnings:
        with st.container(border=True, key="warnings"):
            st.markdown("**Check before the meeting**")
            for place, finding in enumerate(review.findings):
                _finding(review, finding, place)
            for said in review.warnings:
                st.markdown(f":orange-badge[≈ check] {words.escape(said)}")
    _restated(review.restatements, "restated from the review before", "restatements")
    _restated(review.restated, "restated since the review was frozen", "restated")


def _finding(review: Review, finding: Finding, place: int) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key=f"check_{place}"
    ):
        owner = words.escape(review.owner_of(finding))
        st.markdown(
            f":orange-badge[≈ check] {words.escape(finding.text)} :small[:gray[{owner}]]", width="stretch"
        )
        if finding.rows:
            rows = words.counted(len(finding.rows), "row")
            with st.popover(rows, key=f"rows_check_{place}", type="tertiary"):
                for row in finding.rows:
                    st.markdown(words.escape(row))
        if finding.page:
            widgets.link(finding.page, "Mend it", finding.query, key=f"mend_{place}")


def _restated(rows: tuple[Restated, ...], what: str, key: str) -> None:
    if rows:
        with st.expander(f"{words.counted(len(rows), 'number')} {what}", key=key):
            for row in rows:
                st.markdown(words.escape(str(row)))


# --- Preparation


def preparation(found: Seen) -> None:
    """Who is ready for the meeting, and what is missing on whom, until it is opened."""
    review = found.review
    if review.status != "not_opened" or not review.preparation:
        return
    closes = words.instant(
        closes_at(found.week, stored.business_calendar(session.store())), session.store().company.tz
    )
    ready = sum(one.ready is not None for one in review.preparation)
    widgets.section("Preparation", f"{ready} of {len(review.preparation)} ready; preparation closes {closes}")
    for one in review.preparation:
        _prepared(found, one)
    forms.error_line("ready")
    _away(found)


def _prepared(found: Seen, one: Prepared) -> None:
    who = f"{one.name or 'nobody on record'}, {ROLE_IN_WORDS[one.role]}"
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"ready_{one.block}",
    ):
        state = ":green-badge[✓ ready]" if one.ready else ":gray-badge[– not ready]"
        st.markdown(
            f"{state} **{words.escape(one.title)}** :gray[{words.escape(who)}]  \n{_still(found, one)}",
            width="stretch",
        )
        if session.actor().role in {one.role, "ceo", "owner"}:
            st.button(
                "Not ready after all" if one.ready else "Ready",
                key=f"mark_{one.block}",
                type="tertiary",
                on_click=_mark,
                args=(found, one.block, one.ready is None),
            )


def _still(found: Seen, one: Prepared) -> str:
    """What is missing, what came after preparation closed, and since when its owner is ready; in small print."""
    parts = []
    if one.ready:
        at = words.instant(one.ready.done_at, session.store().company.tz)
        parts.append(f"ready since {at}, said by {found.review.person(one.ready.by)}")
    if one.missing:
        parts.append(f"missing: {'; '.join(one.missing)}")
    if one.after:
        parts.append(f"after preparation closed: {words.listed(list(one.after))}")
    return f":small[{words.escape('. '.join(parts) or 'nothing is missing')}]"


def _mark(found: Seen, block: str, is_ready: bool) -> None:  # Streamlit hands it on by place
    forms.run_write(
        "ready",
        lambda: runbook.mark_ready(
            session.store(), session.actor(), found.week, block, is_ready, session.now()
        ),
        lambda _: f"{found.review.block(block).title} is {'ready' if is_ready else 'not ready after all'}",
    )


# --- Who is away


def _away(found: Seen) -> None:
    store, week = session.store(), found.week
    absences = runbook.absences(store, week.friday, week.plus(4).friday)
    with st.container(horizontal=True, vertical_alignment="center", key="away"):
        for one in absences:
            said = f"{one.name} is away {words.short_day(one.first_on)} to {words.short_day(one.last_on)}"
            st.markdown(words.escape(said), width="content")
            st.button(
                "Take back",
                key=f"back_{one.absence_id}",
                type="tertiary",
                on_click=_take_back,
                args=(one.absence_id,),
            )
        if found.review.people and runbook.may_note(session.actor()):
            with st.popover("Somebody is away", key="say_away", icon=":material/event_busy:"):
                _away_form(found)


def _away_form(found: Seen) -> None:
    form = "away"
    who, first, last = (f"{form}_{name}" for name in ("who", "first", "last"))
    friday = found.week.plus(1).friday
    forms.draft(form, {who: None, first: friday, last: friday})
    people = found.review.people
    st.selectbox(
        "Who", list(people), format_func=lambda one: people[one], key=who, placeholder="Choose a person"
    )
    st.date_input("From", key=first, format="YYYY-MM-DD")
    st.date_input("To, included", key=last, format="YYYY-MM-DD")
    st.button(
        "Save", key="away_save", type="primary", on_click=_save_away, disabled=not st.session_state[who]
    )
    forms.error_line(form)


def _save_away() -> None:
    state = st.session_state
    who, first, last = state["away_who"], state["away_first"], state["away_last"]
    forms.run_write(
        "away",
        lambda: runbook.mark_absent(session.store(), session.actor(), who, first, last, session.now()),
        lambda made: (
            f"{made.name} is away {words.short_day(made.first_on)} to {words.short_day(made.last_on)}"
        ),
    )


def _take_back(absence_id: str) -> None:
    forms.run_write(
        "away",
        lambda: runbook.take_back_absence(session.store(), session.actor(), absence_id, session.now()),
        lambda _: "The time away is taken back",
    )
