"""The blocks of the weekly review on its page: the printed lines, what was said, and the notes typed in place."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import streamlit as st

from tai_ops.app import forms, kpi_views, session, widgets, words
from tai_ops.app.review_note_form import add, fields, form_of
from tai_ops.app.review_page import KIND_WORDS, PAGE, Seen, before, plural, presenting
from tai_ops.board import Note
from tai_ops.exports.review import (
    block_title,
    blocker_words,
    kept_words,
    note_words,
    presenter_words,
    promise_words,
)
from tai_ops.period import Week
from tai_ops.review import SCALING, Block, Line, Part, Review, needed_most
from tai_ops.runbooks import weekly_review as runbook

MOST_LINES = 16
"""So many lines of a block stand on the page; of more, those that need it most, and all on demand."""
COLOURS = {"met": "green", "floor": "orange", "missed": "red", "no_data": "gray"}


# --- The blocks


def blocks(found: Seen) -> None:
    """The half hour, block by block."""
    for number, block in enumerate(found.review.blocks, start=1):
        widgets.section(f"{number}. {block_title(block)}", presenter_words(block))
        block_body(found, block)


def block_body(found: Seen, block: Block) -> None:
    """A block's printed lines, what is carried into it, what was said, where to say more, and its numbers."""
    review = found.review
    spoken = review.spoken(block)
    if spoken:
        with st.container(key=f"says_{block.id}"):
            st.markdown(f"“{words.escape(spoken)}”")
    if block.lines:
        with st.container(key=f"lines_{block.id}", gap="xsmall", border=True):
            shown = needed_most(block.lines, MOST_LINES)
            st.markdown("  \n".join(_line(line) for line in shown))
        if len(shown) < len(block.lines):
            with st.expander(
                f"All {len(block.lines)} lines", key=f"all_{block.id}", on_change="rerun"
            ) as box:
                if box.open:
                    st.markdown("  \n".join(_line(line) for line in block.lines))
    if block.id == "opening":
        _promises(review)
        _carried(found)
        _also_due(review)
    if block.id == "wins":
        _suggestions(found)
    if review.status != "ended" and runbook.may_note(session.actor()):
        if block.id == "sales_pipeline":
            _forecast(found)
        if block.id == "engineering":
            _scaling(found)
    with st.container(key=f"asked_{block.id}"):
        st.markdown(f":gray[{words.escape(' '.join(block.questions))}]")
    for kind in KIND_WORDS:
        _said(found, block, kind)
    _more(found, block)


def _more(found: Seen, block: Block) -> None:
    """The block's two drawers, closed until asked for: the form for a note, and the numbers."""
    review = found.review
    numbers = words.counted(len(review.measured(block.id)), "number")
    writes = review.status != "ended" and runbook.may_note(session.actor())
    drawers = {"note": "Note something"} if writes and not presenting() else {}
    drawers |= {"numbers": numbers[0].upper() + numbers[1:]} if block.kpis else {}
    asked = _drawer(block, drawers)
    if writes and (asked == "note" or presenting() or forms.has_draft(form_of(found, block))):
        with st.container(border=True, key=f"form_{block.id}"):
            fields(found, block)
    if asked == "numbers":
        _numbers(review, block)


def _drawer(block: Block, drawers: Mapping[str, str]) -> str | None:
    if not drawers:
        return None
    return st.segmented_control(
        "More of this block",
        list(drawers),
        format_func=lambda one: drawers[one],
        key=f"more_{block.id}",
        label_visibility="collapsed",
    )


def _line(line: Line) -> str:
    said = f" {words.escape('|')} ".join(_part(part) for part in line.parts)
    return f"**{words.escape(line.subject)}:** {said}" if line.subject else said


def _part(part: Part) -> str:
    text = words.escape(str(part))
    return f":{COLOURS[part.mark]}[{text}]" if part.mark else text


def _promises(review: Review) -> None:
    if not review.promises:
        st.caption("No promise of an earlier Friday is due.")
        return
    st.markdown("**Promises that were due**")
    for promise in review.promises:
        said = f":{COLOURS[promise.mark]}[{words.escape(promise_words(review, promise))}]"
        ways = tuple(way for way in ("done", "missed", "open") if way != promise.note.state)
        _note_row(promise.note, said, ways, "promise", enabled=review.status != "ended")
    if review.kept_rates:
        st.caption(words.escape(f"Kept so far: {'; '.join(kept_words(review))}"))


def _also_due(review: Review) -> None:
    """What incidents, the close and onboardings want done by now: the same list, from the records themselves."""
    if review.also_due:
        st.markdown("**Due by the records**")
    for place, one in enumerate(review.also_due):
        with _row(f"note_due_{place}"):
            owner = words.escape(review.owner_of(one))
            st.markdown(f"{words.escape(one.text)} :small[:gray[{owner}]]", width="stretch")
            if one.page:
                widgets.link(one.page, "Open", one.query, key=f"open_due_{place}")


def _forecast(found: Seen) -> None:
    """What is expected of new leads next week: said in the meeting, compared a week later."""
    form = f"forecast_{found.week}"
    expected = found.review.expects_leads
    label = "Say what new leads are expected" if expected is None else "Change what new leads are expected"
    with st.popover(label, key="forecast", icon=":material/trending_up:"):
        forms.draft(form, {f"{form}_amount": None})
        amount = st.number_input(
            f"New leads expected next week ({found.review.currency})",
            0.0,
            step=1000.0,
            key=f"{form}_amount",
            placeholder="such as 45000",
        )
        st.button(
            "Save",
            key=f"{form}_save",
            type="primary",
            on_click=_expect,
            args=(found, form),
            disabled=amount is None,
        )
        forms.error_line(form)


def _expect(found: Seen, form: str) -> None:
    amount = st.session_state[f"{form}_amount"]
    forms.run_write(
        form,
        lambda: runbook.add_note(
            session.store(),
            session.actor(),
            found.week,
            "sales_pipeline",
            kind="forecast",
            body=str(amount),
            now=session.now(),
        ),
        lambda note: (
            f"Expecting {words.money(Decimal(note.body), found.review.currency)} in new leads next week"
        ),
    )


def _scaling(found: Seen) -> None:
    """The runbook's question to the CTO, answered by a press; the answer can be taken back like any note."""
    if any(note.body.startswith(SCALING) for note in found.review.said("note", "engineering")):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="scaling"):
        st.markdown(f"{SCALING.removesuffix(':')}?", width="content")
        for answer in ("yes", "no"):
            st.button(
                answer.capitalize(),
                key=f"scaling_{answer}",
                type="tertiary",
                on_click=_say_scaling,
                args=(found.week, answer),
            )


def _say_scaling(week: Week, answer: str) -> None:
    add("notes", week, "engineering", "note", f"{SCALING} {answer}", None, None, str(uuid.uuid4()))


def _assign(found: Seen, note: Note, place: str) -> None:
    """Make a blocker an issue: choose whose it is."""
    people = found.review.people
    with st.popover("Give it an owner", key=f"assign_{place}_{note.note_id}"):
        key = f"owner_of_{place}_{note.note_id}"
        st.selectbox(
            "Owner",
            list(people),
            format_func=lambda one: people[one],
            key=key,
            index=None,
            placeholder="Choose a person",
        )
        st.button(
            "Save",
            key=f"{key}_save",
            type="primary",
            disabled=not st.session_state[key],
            on_click=_give,
            args=(note.note_id, key),
        )


def _give(note_id: str, key: str) -> None:
    forms.run_write(
        "notes",
        lambda: runbook.assign(
            session.store(), session.actor(), note_id, st.session_state[key], session.now()
        ),
        lambda note: f"“{note.body}” is an issue with an owner",
    )


def _carried(found: Seen) -> None:
    carried = [note for note in found.review.blockers if note.week < found.review.week]
    if carried:
        st.markdown("**Blockers still open**")
    for note in carried:
        said = words.escape(blocker_words(found.review, note))
        _note_row(note, said, ("done",), "carried", enabled=found.review.status != "ended", found=found)


def _suggestions(found: Seen) -> None:
    taken = {note.body for note in found.review.said("win")}
    open_ones = [win for win in found.review.wins if win not in taken]
    if open_ones and found.review.status != "ended":
        st.markdown("**Suggested by the data**")
        for place, win in enumerate(open_ones):
            with _row(f"note_suggested_{place}"):
                st.markdown(words.escape(win), width="stretch")
                st.button(
                    "Celebrate",
                    key=f"celebrate_{place}",
                    type="tertiary",
                    on_click=_celebrate,
                    args=(found.week, win),
                )


def _said(found: Seen, block: Block, kind: str) -> None:
    notes = found.review.said(kind, block.id)
    if notes:
        st.markdown(f"**{words.escape(_heading(kind, len(notes)))}**")
    for place, note in enumerate(notes, start=1):
        first = f"{place}. " if kind == "priority" else ""
        ways = _ways(note)
        said = words.escape(first + note_words(found.review, note))
        _note_row(note, said, ways, "said", enabled=found.review.status != "ended", found=found)


def _heading(kind: str, count: int) -> str:
    several = plural(kind)
    more = f" ({count}; the runbook asks for the top 3)" if kind == "priority" and count > 3 else ""
    return several[0].upper() + several[1:] + more


def _ways(note: Note) -> tuple[str, ...]:
    """What may become of the note from here."""
    if note.kind == "blocker":
        return ("done", "dropped") if note.state == "open" else ("open",)
    return ("dropped",)


WAY_WORDS = {"done": "Done", "missed": "Missed", "dropped": "Take back", "open": "Reopen"}


def _row(key: str) -> Any:
    return st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small", key=key
    )


def _note_row(
    note: Note, said: str, ways: tuple[str, ...], place: str, *, enabled: bool, found: Seen | None = None
) -> None:
    with _row(f"note_{place}_{note.note_id}"):
        st.markdown(said, width="stretch")
        if enabled and runbook.may_note(session.actor()):
            if (
                found
                and found.review.people
                and note.kind == "blocker"
                and note.state == "open"
                and not note.owner
            ):
                _assign(found, note, place)
            for way in ways:
                st.button(
                    WAY_WORDS[way],
                    key=f"{way}_{place}_{note.note_id}",
                    type="tertiary",
                    on_click=_set_state,
                    args=(note.note_id, note.state, way),
                )


def _set_state(note_id: str, was: str, state: str) -> None:
    store, actor = session.store(), session.actor()

    def back() -> str:
        note = runbook.set_note_state(store, actor, note_id, was, session.now())
        return f"“{note.body}” is {was} again"

    forms.run_write(
        "notes",
        lambda: runbook.set_note_state(store, actor, note_id, state, session.now()),
        lambda note: f"“{note.body}” is {'taken back' if state == 'dropped' else state}",
        None if state == "dropped" else lambda _note: back,
    )


def _celebrate(week: Week, win: str) -> None:
    add("notes", week, "wins", "win", win, None, None, str(uuid.uuid4()))


# --- Numbers


def _numbers(review: Review, block: Block) -> None:
    found = review.measured(block.id)
    kpi_views.kpi_table(
        found,
        {m.kpi.id: compared for m in found if (compared := before(review, m.kpi.id))},
        session.store().company.tz,
        review.currency,
        period=str(review.week),
        key=f"kpis_{block.id}",
    )
    with st.container(horizontal=True, key=f"rows_of_{block.id}"):
        st.markdown("Rows behind", width="content")
        for measured in found:
            query = (("week", str(review.week)), ("kpi", measured.kpi.id))
            widgets.link(PAGE, measured.kpi.label, query, key=f"rows_{block.id}_{measured.kpi.id}")
