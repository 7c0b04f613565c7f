"""Runbook 1: the customers' success. How each stands, what an entry gains before it is saved, entering, taking back.

Everything is written through the one table of kinds, so rights, history and the audit hold as for a file.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tai_ops import entries, gains, success
from tai_ops.accuracy import Gain, Measurement
from tai_ops.board import Board
from tai_ops.checklist import Onboarding, onboarding_dates, progress_of, slip_business_days
from tai_ops.errors import Problem, Refused
from tai_ops.gains import FIGURES, Warehouse
from tai_ops.kinds import KINDS, Kind
from tai_ops.kpi import KPIS, target_on
from tai_ops.onboarding_course import Course
from tai_ops.onboarding_plan import Milestone, milestones
from tai_ops.rights import Actor
from tai_ops.scores import Score, latest_answers, ltr_median
from tai_ops.sheet import Sheet, read_values
from tai_ops.store import Store, customer_measures, customers, facts, onboardings
from tai_ops.store.records import Loaded, load, void
from tai_ops.success import BlockDates, CustomerRow, Source
from tai_ops.words import day, number

UNDONE = "taken back right after it was entered"


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement with where it comes from, and who recorded it when; nobody typed what was counted."""

    measurement: Measurement
    source: Source
    recorded_at: datetime | None
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a customer's records: when, by whom (an e-mail), and what."""

    at: datetime
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class CustomerDetail:
    """All that is on record of one customer; measurements, answers and changes newest first."""

    row: CustomerRow
    warehouses: tuple[Warehouse, ...]
    measurements: tuple[Measured, ...]
    answers: tuple[Score, ...]
    plan: Onboarding | None
    blocks: tuple[BlockDates, ...]
    milestones: tuple[Milestone, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an entry would do if it were saved.

    `problems` are the fields that can't be stored as they are; `sentence` says what the entry comes to, None while it
    is not complete; `pair` is the warehouse as it would stand; `notes` say what to know before saving.
    """

    problems: tuple[Problem, ...] = ()
    sentence: str | None = None
    pair: Warehouse | None = None
    notes: tuple[str, ...] = ()

    @property
    def gain(self) -> Gain | None:
        """What the warehouse gains; None while there are no two sides."""
        return self.pair.gain if self.pair else None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was saved: its request's key, by which it can be taken back, what it did, and that in words."""

    request_key: str
    loaded: Loaded
    said: str

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.loaded.added or self.loaded.updated)


# --- How the customers stand


def success_board(store: Store, now: datetime) -> Board:
    """The facts of customer success as of now, which the rows and the numbers of the area `customers` rest on."""
    return Board(customers.success_facts(store, facts.window(store, now)))


def customer_board(store: Store, now: datetime, board: Board | None = None) -> tuple[CustomerRow, ...]:
    """Every customer's line as of now, what wants attention first; made from that board where one is given."""
    own = customers.calendars(store)
    return success.customer_rows(
        board or success_board(store, now),
        {key: _source(one) for key, one in customers.recorded(store, KINDS["measurements"]).items()},
        {person.email: person.name for person in store.people()},
        lambda customer_id: own.get(customer_id, own[None]),
    )


def verdict(board: Board, rows: Iterable[CustomerRow]) -> str:
    """How the customers stand, in one sentence."""
    target, _ = target_on(board.facts.targets, KPIS["accuracy_pct"], board.window.day)
    return success.verdict(tuple(rows), target or Decimal(0))


def customer_detail(
    store: Store, customer_id: str, now: datetime, board: Board | None = None
) -> CustomerDetail:
    """All that is on record of a customer; Refused where there is no such customer."""
    board = board or success_board(store, now)
    row = next((r for r in customer_board(store, now, board) if r.customer_id == customer_id), None)
    if row is None:
        raise Refused(f"there is no customer {customer_id!r}; open the list and choose one")
    on = board.window.day
    plan = _plan(board, customer_id)
    answers = [s for s in board.facts.scores if s.customer_id == customer_id]
    return CustomerDetail(
        row=row,
        warehouses=gains.warehouses(
            board.facts.measurements, customer_id, on, _needed_hours(store, customer_id)
        ),
        measurements=_measured(store, board, customer_id),
        answers=tuple(sorted(answers, key=lambda s: s.answered_on, reverse=True)),
        plan=plan,
        blocks=success.plan_blocks(plan, facts.business_calendar(store, customer_id), on) if plan else (),
        milestones=milestones(plan.kickoff_on, on) if plan else (),
        changes=_changes(store, customer_id),
    )


def _needed_hours(store: Store, customer_id: str) -> Decimal | None:
    cursor = store.cursor()
    try:
        return customer_measures.measures(cursor, customer_id).needed_hours
    finally:
        cursor.close()


def _plan(board: Board, customer_id: str) -> Onboarding | None:
    return next((o for o in board.facts.onboardings if o.customer_id == customer_id), None)


def _source(one: customers.Recorded | None) -> Source:
    if one is None:
        return "counted"
    return "typed" if one.recorded_from == "entered" else "imported"


def _measured(store: Store, board: Board, customer_id: str) -> tuple[Measured, ...]:
    by_key = customers.recorded(store, KINDS["measurements"])
    rows: list[Measured] = []
    for m in board.facts.measurements:
        if m.customer_id == customer_id:
            one = by_key.get((m.customer_id, m.warehouse, m.measured_on, m.kind))
            rows.append(Measured(m, _source(one), one and one.recorded_at, one and one.recorded_by))
    return tuple(sorted(rows, key=lambda r: (r.measurement.measured_on, r.measurement.kind), reverse=True))


def _changes(store: Store, customer_id: str) -> tuple[Change, ...]:
    found: list[Change] = []
    earlier: dict[tuple[str, str], dict[str, Any]] = {}
    for version in customers.versions(store, customer_id):
        key, kind = (version.kind, version.row_key), KINDS[version.kind]
        before = earlier.get(key)
        filled = [name for name in kind.names if name not in kind.key]
        said = (
            entries.differences(before, version.row, kind) if before else entries.entered(version.row, filled)
        )
        what = entries.subject(version.kind, version.row)
        found.append(Change(version.recorded.recorded_at, version.recorded.recorded_by, f"{what}: {said}"))
        earlier[key] = version.row
        if version.ended_at and version.ended_by:
            found.append(Change(version.ended_at, version.ended_by, f"{what}: out ({version.reason})"))
            del earlier[key]
    return tuple(sorted(found, key=lambda c: c.at, reverse=True))


# --- Before saving


def preview(
    store: Store, values: Mapping[str, str], now: datetime, known: Iterable[Measurement] | None = None
) -> Preview:
    """What a warehouse would gain if the measurement were saved; `known` are those on record, where read already.

    The new figures stand beside the newest baseline (or current figures) of the same warehouse. Nothing is written.
    """
    sheet = _checked(store, KINDS["measurements"], values, now)
    if sheet.problems or not _any_figure(values):
        return Preview(tuple(p for p in sheet.problems if values.get(p.field, "").strip()))
    entered = Measurement(*(sheet.columns.get(name, [None])[0] for name in KINDS["measurements"].names))
    if entered.method == "migration":
        return Preview((), "Fidelity to the old records: kept on record, compared with no accuracy")
    rows = tuple(_measurements(store) if known is None else known)
    pair = gains.with_entry(entered, rows, values)
    return Preview((), gains.gain_sentence(pair), pair, tuple(gains.notes(entered, rows)))


def preview_score(values: Mapping[str, str], board: Board) -> Preview:
    """What a customer's answers would come to if the score were saved."""
    sheet = read_values(KINDS["scores"], dict(values))
    if sheet.problems:
        return Preview(tuple(p for p in sheet.problems if values.get(p.field, "").strip()))
    entered = Score(*(sheet.columns.get(name, [None])[0] for name in KINDS["scores"].names))
    answers = [s for s in board.facts.scores if s.customer_id == entered.customer_id]
    latest = latest_answers([*answers, entered])
    word = "promoter" if entered.score >= 9 else "detractor" if entered.score <= 6 else "passive"
    median = number(ltr_median(latest), "score")
    return Preview(
        (), f"{entered.score} is a {word}; the customer's median becomes {median} (n = {len(latest)})"
    )


def preview_progress(store: Store, values: Mapping[str, str], now: datetime) -> Preview:
    """How far the onboarding would be and whether on time, if the progress were saved; and when it goes live."""
    sheet = read_values(KINDS["onboardings"], dict(values))
    if sheet.problems or "kickoff_on" not in sheet.columns:
        return Preview(tuple(p for p in sheet.problems if values.get(p.field, "").strip()))
    told = {name: sheet.columns.get(name, [None])[0] for name in KINDS["onboardings"].names}
    course = _course(store, str(told["customer_id"]))
    plan = Onboarding(told["customer_id"], told["kickoff_on"], told["done_through_day"], course)  # type: ignore[arg-type]
    calendar = facts.business_calendar(store, plan.customer_id)
    live_on = day(onboarding_dates(plan, calendar).cutover_on)
    done = progress_of(plan)
    if done.pct is None:
        return Preview((), f"Nothing done yet; cutover on {live_on}")
    slip = success.slip_words(slip_business_days(plan, calendar.local_date(now), calendar))
    where = done.next_block.phase.name if done.next_block else "all done"
    return Preview((), f"{number(done.pct, 'pct', decimals=0)} done ({where}), {slip}; cutover on {live_on}")


def _course(store: Store, customer_id: str) -> Course | None:
    cursor = store.cursor()
    try:
        return onboardings.courses(cursor, customer_id).get(customer_id)
    finally:
        cursor.close()


def _measurements(store: Store) -> tuple[Measurement, ...]:
    cursor = store.cursor()
    try:
        return facts.measurements(cursor)
    finally:
        cursor.close()


def _any_figure(values: Mapping[str, str]) -> bool:
    return any(values.get(name, "").strip() for name in FIGURES)


# --- Entering and taking back


def record_measurement(
    store: Store, actor: Actor, values: Mapping[str, str], now: datetime, request_key: str
) -> Entry:
    """Save a baseline or current measurement of a warehouse; what is not sent of a row on record stays.

    Raises RowsRefused with the fields that are wrong, NotAllowed where the role may not. A second call with the same
    key changes nothing and answers the same.
    """
    sheet = _checked(store, KINDS["measurements"], values, now)
    if not sheet.problems and not _any_figure(values):
        sheet = replace(sheet, problems=(Problem(1, "accuracy_pct", "enter at least one figure"),))
    gained = preview(store, values, now).sentence
    entry = _record(store, actor, sheet, now, request_key, FIGURES)
    return replace(entry, said=f"{entry.said}. {gained}") if gained else entry


def record_score(
    store: Store, actor: Actor, values: Mapping[str, str], now: datetime, request_key: str
) -> Entry:
    """Save what a respondent answered, 0-10; raises as `record_measurement`."""
    return _record(store, actor, _checked(store, KINDS["scores"], values, now), now, request_key, ("score",))


def record_progress(
    store: Store, actor: Actor, values: Mapping[str, str], now: datetime, request_key: str
) -> Entry:
    """Save the kickoff and the day up to which the checklist is done; raises as `record_measurement`."""
    sheet = read_values(KINDS["onboardings"], dict(values))
    return _record(store, actor, sheet, now, request_key, ("done_through_day", "kickoff_on"))


def record_customer(
    store: Store, actor: Actor, values: Mapping[str, str], now: datetime, request_key: str
) -> Entry:
    """Save a customer, new or changed; raises as `record_measurement`."""
    sheet = read_values(KINDS["customers"], dict(values))
    return _record(store, actor, sheet, now, request_key, ("name", "status", "go_live_on"))


def _checked(store: Store, kind: Kind, values: Mapping[str, str], now: datetime) -> Sheet:
    """The values as a sheet; a day that has not come yet is a problem too."""
    sheet = read_values(kind, dict(values))
    today = now.astimezone(store.company.tz).date()
    early = [
        Problem(1, name, f"{day(found)} has not come yet")
        for name in ("measured_on", "answered_on")
        if isinstance(found := sheet.columns.get(name, [None])[0], date) and found > today
    ]
    return replace(sheet, problems=(*sheet.problems, *early))


def _record(
    store: Store, actor: Actor, sheet: Sheet, now: datetime, request_key: str, shown: tuple[str, ...]
) -> Entry:
    row = {name: values[0] for name, values in sheet.columns.items()}
    row_key = ",".join(entries.typed(row[name]) for name in sheet.kind.key)
    loaded = load(
        store, actor, sheet, now=now, name=row_key, recorded_from="entered", request_key=request_key
    )
    done = "Saved" if loaded.added else "Changed" if loaded.updated else "Already on record"
    what = entries.subject(sheet.kind.name, row)
    return Entry(request_key, loaded, f"{done}: {what} ({entries.entered(row, shown)})")


def is_customer(store: Store, customer_id: str) -> bool:
    """Whether there is a customer with that id."""
    return customers.is_on_record(store, customer_id)


def next_customer_id(taken: Iterable[str]) -> str:
    """The id that a next customer may take: the highest number after `C-`, and one more."""
    numbers = [int(found[1]) for one in taken if (found := re.fullmatch(r"C-(\d{1,9})", one))]
    return f"C-{max(numbers, default=0) + 1:03d}"


def undo(store: Store, actor: Actor, request_key: str, now: datetime) -> str:
    """Take an entry back: a new row is voided, a changed one gets its earlier values again; says what was done.

    A second time changes nothing. Raises Refused where the row was changed since, NotAllowed where the role may not.
    """
    undo_key = f"undo {request_key}"
    cursor = store.cursor()
    try:
        made = customers.made(cursor, request_key)
        if made is None or not (made.added or made.updated):
            raise Refused("there is nothing to take back")
        kind = KINDS[made.kind]
        stands = customers.stored(cursor, kind, made.row_key)
        earlier = customers.before(cursor, made.audit_id)
        done = customers.made(cursor, undo_key) or customers.voided_since(
            cursor, kind, made.row_key, made.done_at
        )
    finally:
        cursor.close()
    said = f"Taken back: the {kind.noun} is {'as it was before' if earlier else 'off the record'}"
    if stands is None or stands[1].recorded_at != made.done_at:
        if done:
            return said
        raise Refused(f"the {kind.noun} was changed since; look at its history before you change it again")
    if earlier is None:
        void(store, actor, kind, _quoted_key(kind, stands[0]), UNDONE, now=now)
        return said
    row = read_values(kind, {name: entries.typed(earlier[name]) for name in kind.names})
    source = earlier["recorded_from"]
    load(store, actor, row, now=now, name=made.row_key, recorded_from=source, request_key=undo_key)
    return said


def take_out(store: Store, actor: Actor, measurement: Measurement, reason: str, now: datetime) -> str:
    """Take a measurement out of every number and list, with the reason; says what was done.

    Raises Refused without a reason or where it is not on record, NotAllowed where the role may not.
    """
    if not reason.strip():
        raise Refused("say why it is taken out; the reason stands in the history")
    kind = KINDS["measurements"]
    row = {name: getattr(measurement, name) for name in kind.names}
    void(store, actor, kind, _quoted_key(kind, row), reason, now=now)
    return f"Taken out: {entries.subject(kind.name, row)} ({reason.strip()})"


def put_back(store: Store, actor: Actor, measurement: Measurement, now: datetime) -> str:
    """Put a measurement that was taken out on record again, as entered; says what was done."""
    kind = KINDS["measurements"]
    row = {name: getattr(measurement, name) for name in kind.names}
    sheet = read_values(kind, {name: entries.typed(value) for name, value in row.items()})
    load(store, actor, sheet, now=now, name=kind.noun, recorded_from="entered")
    return f"On record again: {entries.subject(kind.name, row)}"


def _quoted_key(kind: Kind, row: Mapping[str, Any]) -> str:
    """The row's key as `void` reads it: a part with a comma in it stands in quotes."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([entries.typed(row[name]) for name in kind.key])
    return line.getvalue()
