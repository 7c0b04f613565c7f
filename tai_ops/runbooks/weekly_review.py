"""Runbook 5: the weekly operations review, Friday 16:00, thirty minutes, presented by the CEO.

`agenda` works the meeting out from the store, `open` freezes it, people note things, `end` freezes
what they noted. `show` gives the frozen review where there is one, the live one where there is none yet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import cast

from tai_ops import review_checks, review_lines
from tai_ops.behind import Rows, behind
from tai_ops.board import Board, Facts, Note, Window
from tai_ops.commitments import due_promises
from tai_ops.comparison import NO_PAST
from tai_ops.customers import Customer
from tai_ops.errors import NotAllowed, Refused
from tai_ops.kpi import KPIS, Kpi, Measured, Value, measure, measure_all
from tai_ops.period import FRIDAY, BusinessCalendar, Week
from tai_ops.reliability import Interval
from tai_ops.review import (
    Block,
    Line,
    NoteKind,
    Promise,
    Restated,
    Review,
)
from tai_ops.review_agenda import (
    AGENDA,
    FINDING_WEEKS,
    OF_LIVE_CUSTOMERS,
    PREPARED_BY_WEEKDAY,
    STATES,
)
from tai_ops.review_rows import RowsBehind, changes, rows_in, rows_text, with_rows
from tai_ops.rights import ROLE_IN_WORDS, Actor, authorize
from tai_ops.store import Store, facts, reviewing
from tai_ops.store.connection import new_id
from tai_ops.words import day, instant, listed, number, several

LONGEST_NOTE = 2000
OWNED = frozenset({"priority", "action"})
"""What is due on a day, and somebody's."""


@dataclass(frozen=True, slots=True)
class Records:
    """What a review rests on but the notes: the facts of its window, and when probes failed in it."""

    facts: Facts
    failing: list[Interval]


def records(store: Store, window: Window) -> Records:
    """The records of a window, read from the store."""
    seen = facts.probed(store, window)
    found = facts.facts(store, window, probes=False)
    return Records(replace(found, coverages=seen.coverages, latency=seen.latency), seen.failing)


Read = Callable[[Store, Window], Records]
"""How the records are read: from the store, or by a page that has kept them since they last changed."""


def agenda(store: Store, week: Week, now: datetime, read: Read = records) -> Review:
    """The review of the week as the store has it now; nothing is written.

    Source: Runbook 5. Raises Refused for a week that has not begun.
    """
    return _worked_out(store, week, now, read)[0]


def _worked_out(store: Store, week: Week, now: datetime, read: Read = records) -> tuple[Review, Board]:
    """The review of the week, and the board that its numbers were read from."""
    calendar = facts.business_calendar(store)
    _refuse_future(week, now, calendar)
    on_record = read(store, facts.window(store, now, week=week))
    found = _with_newest_notes(store, on_record.facts)
    kpis = measure_all(found)
    board = Board(found)
    seen = review_lines.Week(board, kpis)
    entered_by = datetime.combine(found.window.until, time(), tzinfo=calendar.zone)
    cursor = store.cursor()
    try:
        unexplained = review_checks.downtime_unexplained(seen, on_record.failing)
        decisions = reviewing.decisions(cursor)
        frozen = reviewing.earlier_values(cursor, week, FINDING_WEEKS)
        promises = _promises(seen)
        newest = {
            part.id: reviewing.newest_entry(cursor, part.kinds, entered_by) for part in AGENDA if part.kinds
        }
    finally:
        cursor.close()
    people = store.people()
    minutes = review_checks.minutes_of(unexplained)
    review = Review(
        week=week.friday,
        seen_at=found.window.as_of,
        company=found.company.name,
        zone=found.company.zone,
        currency=found.company.currency,
        verdict=review_lines.verdict(seen),
        blocks=_blocks(seen, people, newest, calendar),
        kpis=kpis,
        before=_before(store, found, week, now, frozen),
        promises=promises,
        blockers=_blockers(found.notes, week),
        notes=_notes(found.notes, week),
        wins=review_lines.suggested_wins(seen, frozen.values(), minutes),
        warnings=(
            *_late(week, now, calendar),
            *review_checks.warnings(seen, unexplained, decisions, now),
        ),
        people={person.email: person.name for person in people},
        customers={customer.customer_id: customer.name for customer in found.customers},
        stages=board.stages,
    )
    return review, board


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
    return replace(review, restated=_restated(review, measure_all(_week_facts(store, week, now, read))))


def open(  # noqa: A001  # the verb that the runbook, the command and the button use
    store: Store, actor: Actor, week: Week, now: datetime
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
            review, board = _worked_out(store, week, now)
            judged = _judged(review)
            for note in judged.values():
                reviewing.keep_note(write, note)
            snapshot_id = reviewing.freeze(write, _settled(review, judged))
            reviewing.freeze_rows(write, week, rows_text(_all_rows(board, judged)))
            reviewing.record(write, week, "opened", snapshot_id)
            write.detail = {
                "snapshot": snapshot_id,
                "judged_by_data": {note_id: note.state for note_id, note in judged.items()},
            }
    return show(store, week, now, compare=False)


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
    request_key: str | None = None,
) -> Note:
    """Note a win, blocker, priority, action or remark for the week's review.

    `owner` is a person on record, by e-mail, name or role; a priority and an action need one, and are due next
    Friday unless told otherwise. Raises Refused where the review has ended or the week is not there yet.
    Source: Runbook 5 ("Blockers? → Escalate if any", "Top 3 priorities", "Assign owners").
    """
    calendar = facts.business_calendar(store)
    _refuse_future(week, now, calendar)
    made = _new_note(store, week, block, kind, body, owner, due_on)
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
        write.detail = {"note_id": made.note_id, "week": str(week), "block": block}
    return made


def set_note_state(store: Store, actor: Actor, note_id: str, state: str, now: datetime) -> Note:
    """Say what became of a note: a blocker done, a promise done or missed, anything dropped (taken back).

    A new row is added and none is changed. What is dropped is due on no day; a promise whose day has come can't be
    dropped any more. Raises Refused for an unknown note or a state that its kind does not have.
    """
    today = facts.business_calendar(store).local_date(now)
    with store.write(actor, "notes", f"note {state}", now=now, subject=("review_notes", note_id)) as write:
        note = reviewing.note(write.cursor, note_id)
        allowed = STATES[_kind(note.kind)]
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

    Live where the review was not opened yet; so are, until it ends, the rows of what is said in it.
    """
    cursor = store.cursor()
    try:
        events = reviewing.held(cursor, week)
        text = reviewing.frozen_rows(cursor, week) if "opened" in events else None
    finally:
        cursor.close()
    live = behind(Board(_week_facts(store, week, now, read)), kpi)
    frozen = rows_in(text, kpi.id) if text is not None else None
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
    board = Board(_week_facts(store, week, now))
    return {kpi.id: behind(board, kpi) for kpi in KPIS.values() if kpi.area == "meeting"}


def may_note(actor: Actor) -> bool:
    """Whether the person may note things: everyone on record."""
    try:
        authorize(actor, "notes")
    except NotAllowed:
        return False
    return True


def weeks(store: Store, now: datetime) -> list[Week]:
    """The weeks that a reader can choose: the one under way, the last thirteen, and every one that was held."""
    current = Week.of_instant(now, facts.business_calendar(store).zone)
    cursor = store.cursor()
    try:
        held = {Week(friday) for friday in reviewing.weeks_held(cursor)}
    finally:
        cursor.close()
    return sorted(held | {current.plus(-back) for back in range(FINDING_WEEKS + 1)}, reverse=True)


def newest_week(store: Store, now: datetime) -> Week:
    """The week whose review is next: the one that ends today where it is Friday, else the one under way."""
    return Week.of_day(facts.business_calendar(store).local_date(now))


def newest(store: Store, now: datetime) -> Review:
    """The newest review that was opened, as it was frozen; the week under way where none was yet."""
    cursor = store.cursor()
    try:
        held = reviewing.weeks_held(cursor)
    finally:
        cursor.close()
    return show(store, Week(held[0]) if held else newest_week(store, now), now, compare=False)


def scorecard(store: Store, week: Week, count: int = 6) -> dict[date, Mapping[str, Value | None]]:
    """The frozen numbers of the weeks before, by Friday, oldest first: what was said in each meeting."""
    cursor = store.cursor()
    try:
        return reviewing.earlier_values(cursor, week, count)
    finally:
        cursor.close()


def customers(store: Store) -> tuple[Customer, ...]:
    """The customers that a promise may name."""
    cursor = store.cursor()
    try:
        return facts.of_kind(cursor, "customers", Customer)
    finally:
        cursor.close()


def _week_facts(store: Store, week: Week, now: datetime, read: Read = records) -> Facts:
    return _with_newest_notes(store, read(store, facts.window(store, now, week=week)).facts)


def _with_newest_notes(store: Store, found: Facts) -> Facts:
    cursor = store.cursor()
    try:
        return replace(found, notes=facts.notes(cursor))
    finally:
        cursor.close()


def _blocks(
    week: review_lines.Week,
    people: list[Actor],
    newest: Mapping[str, tuple[datetime, str] | None],
    calendar: BusinessCalendar,
) -> tuple[Block, ...]:
    lines: dict[str, tuple[Line, ...]] = {
        "customer_success": review_lines.customer_lines(week),
        "sales_pipeline": review_lines.pipeline_lines(week),
        "engineering": review_lines.engineering_lines(week),
        "finance": review_lines.finance_lines(week),
        "priorities": review_lines.coming_lines(week),
    }
    watched = bool(review_checks.cutovers_today(week))
    found: list[Block] = []
    minute = 0
    for part in AGENDA:
        role, name = _presenter(part.role, people)
        found.append(
            Block(
                part.id,
                part.title,
                part.minutes,
                minute,
                role,
                name,
                part.questions,
                part.kpis,
                lines.get(part.id, ()),
                _newest_words(week, newest[part.id], people, calendar) if part.kinds else None,
                on_watch=watched and role in {"csm", "cto"},
            )
        )
        minute += part.minutes
    return tuple(found)


def _presenter(role: str, people: list[Actor]) -> tuple[str, str | None]:
    """Who presents: the first with the role; finance falls to the CEO where there is no CFO (requirements.md W1)."""
    named = {person.role: person.name for person in reversed(people)}
    if role == "cfo" and "cfo" not in named:
        role = "ceo"
    return role, named.get(role)


def _newest_words(
    week: review_lines.Week,
    entry: tuple[datetime, str] | None,
    people: list[Actor],
    calendar: BusinessCalendar,
) -> str:
    """When the block's records were last entered, and whether that was in time for the meeting (W8)."""
    if entry is None:
        return "nothing on record"
    entered_at, email = entry
    name = next((person.name for person in people if person.email == email), email)
    words = f"newest entry {instant(entered_at, calendar.zone)} by {name}"
    start, _ = week.board.window.flow
    if entered_at < start:
        return f"nothing entered this week; {words}"
    due_on = week.friday - timedelta(days=FRIDAY - PREPARED_BY_WEEKDAY)
    return f"{words}, after preparation closed" if entered_at > calendar.end_of_day(due_on) else words


def _before(
    store: Store, found: Facts, week: Week, now: datetime, frozen: Mapping[date, Mapping[str, Value | None]]
) -> dict[str, Value]:
    """The numbers of the week before: as its review froze them, else as they read now where that is the same.

    Leaves out what is summed over the month to date: two Fridays of it do not compare.
    """
    last = week.plus(-1)
    if last.friday in frozen:
        values = dict(frozen[last.friday])
    else:
        read = measure_all(_moved(store, found, facts.window(store, now, week=last)))
        hidden = NO_PAST | OF_LIVE_CUSTOMERS
        values = {name: measured.value for name, measured in read.items() if name not in hidden}
    return {
        name: value
        for name, value in values.items()
        if value is not None and name in KPIS and KPIS[name].over != "month"
    }


def _moved(store: Store, found: Facts, window: Window) -> Facts:
    """The same facts for an earlier window, with anew what depends on it: balances, and what the probes say."""
    cursor = store.cursor()
    try:
        return replace(
            found,
            window=window,
            balances=facts.balances_on(cursor, window.day),
            coverages=facts.coverages(cursor, window.flow),
            latency=facts.latency(cursor, window.flow),
        )
    finally:
        cursor.close()


def _promises(week: review_lines.Week) -> tuple[Promise, ...]:
    due = due_promises(week.board.facts.notes, week.friday)
    return tuple(review_checks.checked(note, week) for note in due)


def _blockers(notes: tuple[Note, ...], week: Week) -> tuple[Note, ...]:
    found = [n for n in notes if n.kind == "blocker" and n.state == "open" and n.week <= week.friday]
    return tuple(sorted(found, key=lambda note: note.week))


def _notes(notes: tuple[Note, ...], week: Week) -> tuple[Note, ...]:
    return tuple(note for note in notes if note.week == week.friday)


def _with_notes(store: Store, review: Review, now: datetime) -> Review:
    """The frozen review with what people have said by now, and the two numbers that count it."""
    cursor = store.cursor()
    try:
        notes = facts.notes(cursor)
    finally:
        cursor.close()
    week = Week(review.week)
    newest = {note.note_id: note for note in notes}
    promises = tuple(replace(p, note=newest.get(p.note.note_id, p.note)) for p in review.promises)
    return replace(
        review,
        promises=promises,
        blockers=_blockers(notes, week),
        notes=_notes(notes, week),
        kpis={**review.kpis, **_meeting_numbers(store, week, notes, now)},
    )


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


def _meeting_numbers(store: Store, week: Week, notes: tuple[Note, ...], now: datetime) -> dict[str, Measured]:
    company, calendar = store.company, facts.business_calendar(store)
    board = Board(Facts(company, calendar, facts.window(store, now, week=week), notes=notes))
    return {kpi.id: measure(board, kpi) for kpi in KPIS.values() if kpi.area == "meeting"}


def _restated(review: Review, live: Mapping[str, Measured]) -> tuple[Restated, ...]:
    """The numbers that were frozen and read differently now; those that only say how things stand are left out."""
    found: list[Restated] = []
    for name, was in review.kpis.items():
        now = live.get(name)
        if now is None or name in NO_PAST:
            continue
        if name not in OF_LIVE_CUSTOMERS:
            if was.value != now.value:
                found.append(_change(review, was, was.value, now.value))
            continue
        for customer, (value, _) in (was.by_customer or {}).items():
            newer = (now.by_customer or {}).get(customer, (value, None))[0]
            if newer != value:
                found.append(_change(review, was, value, newer, customer))
    return tuple(found)


def _change(
    review: Review, measured: Measured, was: Value | None, now: Value | None, customer: str | None = None
) -> Restated:
    kpi = measured.kpi
    said = [review.in_words(measured, value) for value in (was, now)]
    if said[0] == said[1]:
        said = [number(value, kpi.unit, review.currency, decimals=4, exact=True) for value in (was, now)]
    label = f"{kpi.label} ({customer})" if customer else kpi.label
    return Restated(kpi.id, label, *said)


def _late(week: Week, now: datetime, calendar: BusinessCalendar) -> tuple[str, ...]:
    days = (calendar.local_date(now) - week.friday).days
    if days <= 0:
        return ()
    return (
        f"Seen {several(days, 'day')} after its Friday: pipeline and customers stand as they are now, not as they were",
    )


def _refuse_future(week: Week, now: datetime, calendar: BusinessCalendar) -> None:
    current = Week.of_instant(now, calendar.zone)
    if week > current:
        raise Refused(f"the week to Friday {week} has not begun; the week under way ends on Friday {current}")


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


def _new_note(
    store: Store, week: Week, block: str, kind: str, body: str, owner: str | None, due_on: date | None
) -> Note:
    text = " ".join(body.split())
    if block not in {part.id for part in AGENDA}:
        raise Refused(
            f"{block!r} is no block of the review; the blocks are {listed([p.id for p in AGENDA], 'or')}"
        )
    known = _kind(kind)
    if not text:
        raise Refused(f"say what the {known} is")
    if len(text) > LONGEST_NOTE:
        raise Refused(f"a note has at most {LONGEST_NOTE} characters; this one has {len(text)}")
    named = _owner(store, owner)
    if known in OWNED:
        due_on = due_on or week.plus(1).friday
        if named is None:
            raise Refused(f"every {known} has an owner; name one")
        if due_on <= week.friday:
            raise Refused(f"a {known} of this week is due after {day(week.friday)}")
    return Note(new_id(), week.friday, block, known, text, named, due_on, STATES[known][0])


def _kind(text: str) -> NoteKind:
    if text not in STATES:
        raise Refused(f"{text!r} is no kind of note; the kinds are {listed(list(STATES), 'or')}")
    return cast("NoteKind", text)


def _owner(store: Store, owner: str | None) -> str | None:
    """The e-mail of the person that was named by e-mail, name or role; any name while nobody is on record."""
    wanted = (owner or "").strip()
    people = store.people()
    if not wanted or not people:
        return wanted or None
    low = wanted.casefold()
    for person in people:
        if low in {person.email.casefold(), person.name.casefold(), person.role}:
            return person.email
    for person in people:
        if low == ROLE_IN_WORDS[person.role].casefold():
            return person.email
    raise Refused(
        f"{wanted} is not an active person of the company; choose one of {listed([p.name for p in people], 'or')}"
    )
