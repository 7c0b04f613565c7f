"""Holding the weekly review: open, note, say what became of it, end; and showing it live or frozen."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from tai_ops.annotations import Annotation, in_order
from tai_ops.behind import Rows, behind
from tai_ops.board import Board, Facts, Note, Question
from tai_ops.collector import collector_at_rest
from tai_ops.customers import Customer
from tai_ops.errors import NotAllowed, Refused
from tai_ops.kpi import KPIS, Kpi, kept_rates, measure
from tai_ops.period import BusinessCalendar, Week
from tai_ops.review import Review
from tai_ops.review_agenda import STATES
from tai_ops.review_clock import Clock, clock
from tai_ops.review_notes import checked_measure, new_note, note_kind, owner_named
from tai_ops.review_rows import RowsBehind, changes, rows_in, rows_text, with_rows
from tai_ops.rights import Actor, authorize
from tai_ops.runbooks.weekly_review.agenda import (
    Read,
    agenda,
    blockers,
    notes_of,
    records,
    refuse_future,
    restated,
    week_facts,
    worked_out,
)
from tai_ops.runbooks.weekly_review.numbers import annotations, annotations_from, own_annotations
from tai_ops.store import Store, facts, reviewing
from tai_ops.store.connection import new_id
from tai_ops.words import day, listed


def show(store: Store, week: Week, now: datetime, *, compare: bool = True, read: Read = records) -> Review:
    """The week's review: frozen where it was opened (with what was noted since, until it ended), else live.

    `restated` lists the numbers that read differently now than they were frozen; without `compare` nothing is read
    anew and it stays empty.
    """
    cursor = store.cursor()
    try:
        events = reviewing.held(cursor, week)
        if "opened" not in events:
            return agenda(store, week, now, read)
        ended = events.get("ended")
        review, found_hash = reviewing.frozen(cursor, (ended or events["opened"])[1])
    finally:
        cursor.close()
    review = replace(
        review,
        status="ended" if ended else "open",
        opened=events["opened"][0],
        ended=ended[0] if ended else None,
        snapshot_hash=found_hash,
    )
    if not ended:
        review = _with_notes(store, review, now)
    if not compare:
        return review
    on_record = read(store, facts.window(store, now, week=week))
    return replace(review, restated=restated(review, on_record.kpis))


def open(  # noqa: A001  # the verb that the runbook, the command and the button use
    store: Store, actor: Actor, week: Week, now: datetime, read: Read = records
) -> Review:
    """Open the week's meeting: freeze its numbers and lines, and write down what the data says of the promises due.

    A promise that the data judges is kept or missed from then on, and a person may overrule it; one that it can't
    judge stays open until a person does.

    From its Friday on, in the company's zone. A second opening changes nothing and answers the first. Raises
    NotAllowed without the right, Refused before that Friday.
    Source: Runbook 5; requirements.md section 0 (as-of discipline), W2.
    """
    with store.write(actor, "review", "open review", now=now, subject=("reviews", str(week))) as write:
        if "opened" in reviewing.held(write.cursor, week):
            write.repeated = {}
        else:
            _refuse_early(week, now, facts.business_calendar(store))
            review, rows, judged = _to_freeze(store, week, now, read)
            for note in judged.values():
                reviewing.keep_note(write, note)
            snapshot_id = reviewing.freeze(write, review)
            reviewing.freeze_rows(write, week, rows)
            reviewing.record(write, week, "opened", snapshot_id)
            write.detail = {
                "snapshot": snapshot_id,
                "judged_by_data": {note_id: note.state for note_id, note in judged.items()},
            }
    return show(store, week, now, compare=False)


def _to_freeze(store: Store, week: Week, now: datetime, read: Read) -> tuple[Review, str, dict[str, Note]]:
    """What an opening freezes: the review, the rows behind its numbers, the promises that the data has judged."""
    with collector_at_rest():
        review, board = worked_out(store, week, now, read)
        judged = _judged(review)
        happened = tuple(annotations(store, annotations_from(week), week.friday, now, board.facts))
        review = replace(review, happened=happened)
        return _settled(review, judged), rows_text(_all_rows(board, judged)), judged


def end(store: Store, actor: Actor, week: Week, now: datetime) -> Review:
    """End the week's meeting: what was noted is frozen with the numbers, and the review is read-only from then on.

    A second ending changes nothing. Raises NotAllowed without the right, Refused where the review was not opened.
    """
    with store.write(actor, "review", "end review", now=now, subject=("reviews", str(week))) as write:
        events = reviewing.held(write.cursor, week)
        if "opened" not in events:
            raise Refused(
                f"the review of {week} was not opened yet; open it with `tai-ops review open --week {week}`"
            )
        if "ended" in events:
            write.repeated = {}
        else:
            review, _ = reviewing.frozen(write.cursor, events["opened"][1])
            snapshot_id = reviewing.freeze(write, _with_notes(store, review, now))
            rows = reviewing.frozen_rows(write.cursor, week)
            if rows is not None:
                reviewing.freeze_rows(write, week, with_rows(rows, _said_rows(store, week, now)))
            reviewing.record(write, week, "ended", snapshot_id)
            write.detail = {"snapshot": snapshot_id}
    return show(store, week, now, compare=False)


def suspend(store: Store, actor: Actor, week: Week, now: datetime) -> Clock:
    """Stop the meeting's clock until it goes on. Refused where the meeting is not open; again changes nothing."""
    return _turn(store, actor, week, now, runs=False)


def go_on(store: Store, actor: Actor, week: Week, now: datetime) -> Clock:
    """Let a suspended meeting go on. Refused where the meeting is not open; again changes nothing."""
    return _turn(store, actor, week, now, runs=True)


def _turn(store: Store, actor: Actor, week: Week, now: datetime, *, runs: bool) -> Clock:
    event = "continued" if runs else "suspended"
    with store.write(actor, "review", f"{event} review", now=now, subject=("reviews", str(week))) as write:
        held = reviewing.held(write.cursor, week)
        if "opened" not in held or "ended" in held:
            raise Refused(
                f"the review of {week} is not under way; only an open one is suspended or continued"
            )
        if clock(reviewing.events(write.cursor, week), now).runs == runs:
            write.repeated = {}
        else:
            reviewing.record(write, week, event)
    return clock_of(store, week, now)


def clock_of(store: Store, week: Week, now: datetime) -> Clock:
    """How long the week's meeting has run by now, and whether it runs."""
    cursor = store.cursor()
    try:
        return clock(reviewing.events(cursor, week), now)
    finally:
        cursor.close()


def add_note(
    store: Store,
    actor: Actor,
    week: Week,
    block: str,
    *,
    kind: str,
    body: str,
    now: datetime,
    owner: str | None = None,
    due_on: date | None = None,
    measure: Question | None = None,
    request_key: str | None = None,
) -> Note:
    """Note a win, blocker, priority, action or remark for the week's review.

    `owner` is a person on record, by e-mail, name or role; a priority and an action need one, and are due next
    Friday unless told otherwise. `measure` is what a promise is judged by, its own words unless told. Raises Refused where the review has ended or the week is not there yet.
    Source: Runbook 5 ("Blockers? → Escalate if any", "Top 3 priorities", "Assign owners").
    """
    calendar = facts.business_calendar(store)
    refuse_future(week, now, calendar)
    made = new_note(new_id(), week, block, kind, body, owner, due_on, store.people())
    if measure is not None:
        made = replace(made, measure=checked_measure(made, measure, customers_of(store)))
    with store.write(
        actor,
        "notes",
        f"note {made.kind}",
        now=now,
        subject=("review_notes", made.note_id),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return reviewing.note(write.cursor, str(write.repeated["note_id"]))
        _refuse_ended(write.cursor, week)
        reviewing.keep_note(write, made)
        if made.measure is not None:
            reviewing.keep_measure(write, made.note_id, made.measure)
        write.detail = {"note_id": made.note_id, "week": str(week), "block": block}
    return made


def customers_of(store: Store) -> tuple[Customer, ...]:
    """The customers that a promise may name."""
    cursor = store.cursor()
    try:
        return facts.of_kind(cursor, "customers", Customer)
    finally:
        cursor.close()


def assign(store: Store, actor: Actor, note_id: str, owner: str, now: datetime) -> Note:
    """Give a blocker an owner: from then on it is an issue of somebody's. Refused for another note or a person not known."""
    named = owner_named(owner, store.people())
    if named is None:
        raise Refused("an issue has an owner; name one")
    with store.write(actor, "notes", "assign blocker", now=now, subject=("review_notes", note_id)) as write:
        note = reviewing.note(write.cursor, note_id)
        if note.kind != "blocker" or note.state != "open":
            raise Refused("only a blocker that is open gets an owner this way")
        said = replace(note, owner=named)
        reviewing.keep_note(write, said)
        write.detail = {"note_id": note_id, "owner": named}
    return said


def set_note_state(store: Store, actor: Actor, note_id: str, state: str, now: datetime) -> Note:
    """Say what became of a note: a blocker done, a promise done or missed, anything dropped (taken back).

    A new row is added and none is changed. What is dropped is due on no day; a promise whose day has come can't be
    dropped any more. Raises Refused for an unknown note or a state that its kind does not have.
    """
    today = facts.business_calendar(store).local_date(now)
    with store.write(actor, "notes", f"note {state}", now=now, subject=("review_notes", note_id)) as write:
        note = reviewing.note(write.cursor, note_id)
        allowed = STATES[note_kind(note.kind)]
        if state not in allowed:
            raise Refused(
                f"a {note.kind} is {listed(list(allowed), 'or')}, not {state!r}; nothing was changed"
            )
        if note.state == state:
            write.repeated = {}
            return note
        if state == "dropped":
            _refuse_dropping(write.cursor, note, today)
        said = replace(note, state=state, due_on=None if state == "dropped" else note.due_on)
        reviewing.keep_note(write, said)
        write.detail = {"note_id": note_id, "state": state}
    return said


def rows_behind(store: Store, week: Week, kpi: Kpi, now: datetime, read: Read = records) -> RowsBehind:
    """The rows behind a number of the week's review: as they were frozen with it, and what reads differently since.

    Live where the review was not opened yet; so are, until it ends, the rows of what is said in it. A number that the
    catalogue no longer has keeps its frozen rows; Refused where none were frozen.
    """
    cursor = store.cursor()
    try:
        events = reviewing.held(cursor, week)
        text = reviewing.frozen_rows(cursor, week) if "opened" in events else None
    finally:
        cursor.close()
    frozen = rows_in(text, kpi.id) if text is not None else None
    if kpi.id not in KPIS:
        if frozen is None:
            raise Refused(
                f"{kpi.label} is no longer a number of the catalogue, and no rows were frozen with it"
            )
        return RowsBehind(frozen, frozen=True, changes=changes(frozen, frozen))
    live = behind(Board(week_facts(store, week, now, read)), kpi)
    if frozen is None:
        return RowsBehind(live, frozen=False, changes=changes(live, live), missing="opened" in events)
    if kpi.area == "meeting" and "ended" not in events:
        return RowsBehind(live, frozen=False, changes=changes(live, live))
    return RowsBehind(frozen, frozen=True, changes=changes(frozen, live))


def _all_rows(board: Board, judged: Mapping[str, Note]) -> dict[str, Rows]:
    """The rows behind every number of the catalogue, promises as they were judged."""
    notes = tuple(judged.get(note.note_id, note) for note in board.facts.notes)
    said = Board(replace(board.facts, notes=notes))
    return {kpi.id: behind(said if kpi.area == "meeting" else board, kpi) for kpi in KPIS.values()}


def _said_rows(store: Store, week: Week, now: datetime) -> dict[str, Rows]:
    """The rows behind the numbers of what is said in the meetings, as they stand now."""
    board = Board(week_facts(store, week, now))
    return {kpi.id: behind(board, kpi) for kpi in KPIS.values() if kpi.area == "meeting"}


def may_note(actor: Actor) -> bool:
    """Whether the person may note things: everyone on record."""
    try:
        authorize(actor, "notes")
    except NotAllowed:
        return False
    return True


def _with_notes(store: Store, review: Review, now: datetime) -> Review:
    """The frozen review with what people have said by now, and the two numbers that count it."""
    cursor = store.cursor()
    try:
        notes = facts.notes(cursor)
    finally:
        cursor.close()
    week = Week(review.week)
    board = _said_board(store, week, notes, now)
    numbers = {kpi.id: measure(board, kpi) for kpi in KPIS.values() if kpi.area == "meeting"}
    newest = {note.note_id: note for note in notes}
    promises = tuple(replace(p, note=newest.get(p.note.note_id, p.note)) for p in review.promises)
    return replace(
        review,
        promises=promises,
        blockers=blockers(notes, week),
        notes=notes_of(notes, week),
        kpis={**review.kpis, **numbers},
        kept_rates=kept_rates(board),
        happened=_with_own_words(store, review),
    )


def _with_own_words(store: Store, review: Review) -> tuple[Annotation, ...] | None:
    """What the records said when the meeting began, with what people have written beside the days by now."""
    if review.happened is None:
        return None
    week = Week(review.week)
    recorded = [one for one in review.happened if one.kind != "own"]
    return tuple(in_order([*recorded, *own_annotations(store, annotations_from(week), week.friday)]))


def _judged(review: Review) -> dict[str, Note]:
    """The open promises that the data has judged, as they stand from then on: kept or missed."""
    return {
        promise.note.note_id: replace(promise.note, state="done" if promise.kept else "missed")
        for promise in review.promises
        if promise.kept is not None and promise.note.state == "open"
    }


def _settled(review: Review, judged: Mapping[str, Note]) -> Review:
    """The review with what the data judged said of its promises; its numbers count that already."""
    promises = tuple(replace(p, note=judged.get(p.note.note_id, p.note)) for p in review.promises)
    return replace(review, promises=promises)


def _said_board(store: Store, week: Week, notes: tuple[Note, ...], now: datetime) -> Board:
    """The board of what is said alone: what the data would say of it is written down already."""
    company, calendar = store.company, facts.business_calendar(store)
    return Board(Facts(company, calendar, facts.window(store, now, week=week), notes=notes))


def _refuse_early(week: Week, now: datetime, calendar: BusinessCalendar) -> None:
    today = calendar.local_date(now)
    if week.friday > today:
        raise Refused(f"the review of {week} can be opened on {day(week.friday)}; today is {day(today)}")


def _refuse_ended(cursor: reviewing.Cursor, week: Week) -> None:
    if "ended" in reviewing.held(cursor, week):
        raise Refused(
            f"the review of {week} has ended and is read-only; note it for the next one, {week.plus(1)}"
        )


def _refuse_dropping(cursor: reviewing.Cursor, note: Note, today: date) -> None:
    if note.due_on is not None and note.due_on <= today and note.week < today:
        raise Refused(f"this {note.kind} was due on {day(note.due_on)}; say whether it is done or missed")
    _refuse_ended(cursor, Week(note.week))
