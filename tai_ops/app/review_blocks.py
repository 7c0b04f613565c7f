"""The blocks of the weekly review on its page: the printed lines, what was said, and the notes typed in place."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.review_page import KIND_WORDS, PAGE, Seen, before, plural, presenting
from tai_ops.board import Note
from tai_ops.commitments import promise_test
from tai_ops.exports.review import block_title, blocker_words, note_words, presenter_words, promise_words
from tai_ops.period import Week
from tai_ops.review import Block, Line, Part, Review
from tai_ops.review_checks import question_words
from tai_ops.runbooks import weekly_review as runbook

FIRST_KIND = {"wins": "win", "priorities": "priority", "opening": "note"}
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
    if block.lines:
        with st.container(key=f"lines_{block.id}", gap="xsmall", border=True):
            st.markdown("  \n".join(_line(line) for line in block.lines))
    if block.id == "opening":
        _promises(review)
        _carried(found)
    if block.id == "wins":
        _suggestions(found)
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
    if writes and (asked == "note" or presenting() or forms.has_draft(_form(found, block))):
        with st.container(border=True, key=f"form_{block.id}"):
            _fields(found, block)
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


def _carried(found: Seen) -> None:
    carried = [note for note in found.review.blockers if note.week < found.review.week]
    if carried:
        st.markdown("**Blockers still open**")
    for note in carried:
        said = words.escape(blocker_words(found.review, note))
        _note_row(note, said, ("done",), "carried", enabled=found.review.status != "ended")


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
        _note_row(note, said, ways, "said", enabled=found.review.status != "ended")


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


def _note_row(note: Note, said: str, ways: tuple[str, ...], place: str, *, enabled: bool) -> None:
    with _row(f"note_{place}_{note.note_id}"):
        st.markdown(said, width="stretch")
        if enabled and runbook.may_note(session.actor()):
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
    _add("notes", week, "wins", "win", win, None, None, str(uuid.uuid4()))


# --- Typing a note in place


def _form(found: Seen, block: Block) -> str:
    return f"typed_{found.week}_{block.id}"


def _fields(found: Seen, block: Block) -> None:
    form = _form(found, block)
    kind, body, owner, due = (f"{form}_{name}" for name in ("kind", "body", "owner", "due"))
    forms.draft(
        form,
        {
            kind: FIRST_KIND.get(block.id, "blocker"),
            body: "",
            owner: None if found.review.people else "",
            due: found.week.plus(1).friday,
        },
    )
    st.segmented_control(
        "What it is", list(KIND_WORDS), format_func=lambda one: KIND_WORDS[one], key=kind, required=True
    )
    chosen = st.session_state[kind] or "note"
    st.text_input(
        "In one sentence",
        key=body,
        max_chars=runbook.LONGEST_NOTE,
        placeholder=_example(chosen),
        autocomplete="off",
        live="1s",
    )
    _needed_line(form, chosen, "body")
    if chosen in {"blocker", "priority", "action"}:
        with st.grid(2, min_column_width=180):
            _owner(found.review, owner, chosen)
            if chosen != "blocker":
                st.date_input("Due", key=due, format="YYYY-MM-DD")
        _needed_line(form, chosen, "owner")
    _preview(chosen, st.session_state[body])
    _save_row(found, block, form, chosen)


def _owner(review: Review, key: str, kind: str) -> None:
    """Whose it is: nobody is chosen beforehand; a blocker may do without."""
    label = "Owner" if kind in runbook.OWNED else "Owner (may come later)"
    if review.people:
        people = review.people
        st.selectbox(
            label,
            list(people),
            format_func=lambda one: people[one],
            key=key,
            placeholder="Choose a person",
        )
    else:
        st.text_input(label, key=key, help="Nobody is on record yet: any name will do.")


def _save_row(found: Seen, block: Block, form: str, kind: str) -> None:
    """The button that saves, with what is still needed beside it; below it why the store refused."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{form}_row"):
        st.button(
            f"Save the {KIND_WORDS[kind].lower()}",
            key=f"{form}_save",
            type="primary",
            on_click=_save,
            args=(found.week, block.id, form, forms.submit_token(form)),
        )
        missing = _missing(form, kind)
        if missing:
            needed = words.listed([NEEDED[field][0] for field in missing])
            st.caption(f"Still needed: {needed}", width="content")
    forms.error_line(form)


NEEDED = {
    "body": ("one sentence", "Say in one sentence what the {kind} is."),
    "owner": ("an owner", "Choose an owner: every {kind} has one."),
}
"""What a note needs: as it is asked for beside the button, and as it is said at its field after a click."""


def _missing(form: str, kind: str) -> list[str]:
    """The fields that a note of that kind needs and has not yet."""
    state = st.session_state
    found = [] if state[f"{form}_body"].strip() else ["body"]
    return [*found, "owner"] if kind in runbook.OWNED and not state.get(f"{form}_owner") else found


def _needed_line(form: str, kind: str, field: str) -> None:
    """Under a field that was left empty when the note was to be saved: what belongs into it."""
    if st.session_state.get(f"{form}_refused") and field in _missing(form, kind):
        st.error(NEEDED[field][1].format(kind=KIND_WORDS[kind].lower()), icon=":material/block:")


def _example(kind: str) -> str:
    return {
        "win": "New pipeline hit $500K",
        "blocker": "Firewall rules of Customer #2 are not open",
        "priority": "Customer #2 implementation 75% complete",
        "action": "Send Customer #3 the deployment plan",
    }.get(kind, "")


def _preview(kind: str, body: str) -> None:
    """What next Friday will ask of the data, before it is saved."""
    if kind not in {"priority", "action"} or not body.strip():
        return
    test = promise_test(body, runbook.customers_of(session.store()))
    said = (
        f"The data will be asked: {question_words(test)}."
        if test
        else "Next Friday a person says whether it is done."
    )
    st.caption(words.escape(said))


def _save(week: Week, block: str, form: str, token: str) -> None:
    state = st.session_state
    kind = state[f"{form}_kind"] or "note"
    state[f"{form}_refused"] = bool(_missing(form, kind))
    if state[f"{form}_refused"]:
        return
    owner = state.get(f"{form}_owner") or None
    due = state.get(f"{form}_due") if kind in {"priority", "action"} else None
    _add(
        form,
        week,
        block,
        kind,
        state[f"{form}_body"],
        owner if kind not in {"win", "note"} else None,
        due,
        token,
    )


def _add(
    form: str,
    week: Week,
    block: str,
    kind: str,
    body: str,
    owner: str | None,
    due_on: date | None,
    token: str,
) -> None:
    store, actor = session.store(), session.actor()

    def back(note: Note) -> str:
        runbook.set_note_state(store, actor, note.note_id, "dropped", session.now())
        return f"“{note.body}” is taken back"

    forms.run_write(
        form,
        lambda: runbook.add_note(
            store,
            actor,
            week,
            block,
            kind=kind,
            body=body,
            owner=owner,
            due_on=due_on,
            now=session.now(),
            request_key=token,
        ),
        lambda note: f"{KIND_WORDS[kind]} noted: “{note.body}”",
        lambda note: lambda: back(note),
    )


# --- Numbers


def _numbers(review: Review, block: Block) -> None:
    found = review.measured(block.id)
    widgets.kpi_table(
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
