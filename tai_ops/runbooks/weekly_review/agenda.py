"""The agenda of the weekly review: the meeting worked out from the store, nothing written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property

from tai_ops import review_lines, review_says
from tai_ops.behind import behind
from tai_ops.board import Board, Facts, Note, Window
from tai_ops.commitments import due_promises
from tai_ops.comparison import NO_PAST
from tai_ops.errors import Refused
from tai_ops.kpi import KPIS, Measured, Value, kept_rates, measure
from tai_ops.period import BusinessCalendar, Week
from tai_ops.reliability import Interval
from tai_ops.review import Block, Line, Promise, Restated, Review
from tai_ops.review_agenda import AGENDA, FINDING_WEEKS, OF_LIVE_CUSTOMERS
from tai_ops.review_audit import findings
from tai_ops.review_checks import also_due, checked, downtime_unexplained, minutes_of
from tai_ops.review_clashes import clashes, cutovers_on
from tai_ops.review_preparation import Entered, closes_at, newest_words, prepared, presenter
from tai_ops.review_rows import changes, rows_in
from tai_ops.review_wins import suggested_wins
from tai_ops.rights import Actor
from tai_ops.scorecard import MONTHS_SHOWN
from tai_ops.sla_credits import Credit
from tai_ops.store import Store, facts, meeting, probes, reviewing, sla_credits
from tai_ops.words import number, several

ROWS_IN_A_REASON = 3


@dataclass(frozen=True)
class Records:
    """What a review rests on but the notes: the facts of its window, and when probes failed in it."""

    facts: Facts
    failing: list[Interval]

    @cached_property
    def kpis(self) -> dict[str, Measured]:
        """Every number of the catalogue as these facts read, worked out once."""
        board = Board(self.facts)
        return {kpi.id: measure(board, kpi) for kpi in KPIS.values()}


def records(store: Store, window: Window) -> Records:
    """The records of a window, read from the store."""
    seen = probes.probed(store, window)
    return Records(
        replace(facts_read(store, window), coverages=seen.coverages, latency=seen.latency), seen.failing
    )


def facts_read(store: Store, window: Window) -> Facts:
    """The facts of a window without its probes, and without the bills that are older than any month on the scorecard asks for."""
    months = MONTHS_SHOWN + store.company.cac_lag_months + 1
    return facts.facts(store, window, probes=False, bills_from=window.month.plus(-months).start)


Read = Callable[[Store, Window], Records]
"""How the records are read: from the store, or by a page that has kept them since they last changed."""


def agenda(store: Store, week: Week, now: datetime, read: Read = records) -> Review:
    """The review of the week as the store has it now; nothing is written.

    Source: Runbook 5. Raises Refused for a week that has not begun.
    """
    return worked_out(store, week, now, read)[0]


def worked_out(store: Store, week: Week, now: datetime, read: Read = records) -> tuple[Review, Board]:
    """The review of the week, and the board that its numbers were read from."""
    calendar = facts.business_calendar(store)
    refuse_future(week, now, calendar)
    on_record = read(store, facts.window(store, now, week=week))
    found = with_newest_notes(store, on_record.facts)
    board = Board(found)
    kpis = {kpi.id: measure(board, kpi) for kpi in KPIS.values()}
    seen = review_lines.Week(board, kpis, _credits(store, found.window.as_of))
    entered_by = datetime.combine(found.window.until, time(), tzinfo=calendar.zone)
    cursor = store.cursor()
    try:
        unexplained = downtime_unexplained(seen, on_record.failing)
        decisions = reviewing.decisions(cursor)
        frozen = reviewing.earlier_values(cursor, week, FINDING_WEEKS)
        entered = {
            part.id: meeting.entered(cursor, part.kinds, closes_at(week, calendar), entered_by)
            for part in AGENDA
            if part.kinds
        }
        ready = meeting.ready(cursor, week)
        away = meeting.absences(cursor, week.friday, week.plus(1).friday)
    finally:
        cursor.close()
    people = store.people()
    expected = forecast(notes_of(found.notes, week.plus(-1)))
    review = Review(
        week=week.friday,
        seen_at=found.window.as_of,
        company=found.company.name,
        zone=found.company.zone,
        currency=found.company.currency,
        verdict=review_lines.verdict(seen),
        blocks=_blocks(seen, people, entered, calendar, expected),
        kpis=kpis,
        before=_before(store, found, week, now, frozen),
        promises=_promises(seen),
        blockers=blockers(found.notes, week),
        notes=notes_of(found.notes, week),
        wins=suggested_wins(seen, frozen.values(), minutes_of(unexplained)),
        warnings=(*_late(week, now, calendar), *clashes(seen, away)),
        people={person.email: person.name for person in people},
        customers={customer.customer_id: customer.name for customer in found.customers},
        stages=board.stages,
        findings=findings(seen, unexplained, decisions, now),
        preparation=prepared(kpis, found.window, people, entered, ready),
        restatements=_restatements(store, found, week, now),
        expected_leads=expected,
        kept_rates=kept_rates(board),
        also_due=also_due(board),
    )
    return review, board


def _credits(store: Store, now: datetime) -> tuple[Credit, ...]:
    """Credits for missed uptime of the months before that wait for a person."""
    cursor = store.cursor()
    try:
        return tuple(sla_credits.waiting(cursor, store.company, now=now))
    finally:
        cursor.close()


def restated(
    review: Review, live: Mapping[str, Measured], why: Mapping[str, str] | None = None
) -> tuple[Restated, ...]:
    """The numbers that were frozen and read differently now; those that only say how things stand are left out."""
    found: list[Restated] = []
    for name, was in review.kpis.items():
        now = live.get(name)
        if now is None or name in NO_PAST:
            continue
        because = (why or {}).get(name, "")
        if name not in OF_LIVE_CUSTOMERS:
            if was.value != now.value:
                found.append(_change(review, was, was.value, now.value, because))
            continue
        for customer, (value, _) in (was.by_customer or {}).items():
            newer = (now.by_customer or {}).get(customer, (value, None))[0]
            if newer != value:
                found.append(_change(review, was, value, newer, because, customer))
    return tuple(found)


def _change(
    review: Review,
    measured: Measured,
    was: Value | None,
    now: Value | None,
    why: str,
    customer: str | None = None,
) -> Restated:
    kpi = measured.kpi
    said = [review.in_words(measured, value) for value in (was, now)]
    if said[0] == said[1]:
        said = [number(value, kpi.unit, review.currency, decimals=4, exact=True) for value in (was, now)]
    label = f"{kpi.label} ({customer})" if customer else kpi.label
    return Restated(kpi.id, label, said[0], said[1], why)


def _restatements(store: Store, found: Facts, week: Week, now: datetime) -> tuple[Restated, ...]:
    """What the last review before this one froze and reads differently by now: was, is, and which rows changed."""
    cursor = store.cursor()
    try:
        earlier = [friday for friday in reviewing.weeks_held(cursor) if friday < week.friday]
        if not earlier:
            return ()
        last = Week(earlier[0])
        events = reviewing.held(cursor, last)
        review, _ = reviewing.frozen(cursor, events.get("ended", events["opened"])[1])
        text = reviewing.frozen_rows(cursor, last)
    finally:
        cursor.close()
    board = Board(moved(store, found, facts.window(store, now, week=last)))
    differ = restated(review, {kpi.id: measure(board, kpi) for kpi in KPIS.values() if kpi.id not in NO_PAST})
    if text is None or not differ:
        return differ
    why = {one.kpi: _why(text, board, one.kpi) for one in differ}
    return tuple(replace(one, why=why[one.kpi]) for one in differ)


def _why(text: str, board: Board, name: str) -> str:
    """Which rows behind a number changed since they were frozen; the first few."""
    was = rows_in(text, name)
    if was is None or name not in KPIS:
        return ""
    rows = changes(was, behind(board, KPIS[name])).rows
    said = [
        f"{row}: {what}" if old == new else f"{row}, {what}: {old} → {new}" for row, what, old, new in rows
    ]
    more = (
        f" and {several(len(said) - ROWS_IN_A_REASON, 'change')} more" if len(said) > ROWS_IN_A_REASON else ""
    )
    return "; ".join(said[:ROWS_IN_A_REASON]) + more


def forecast(notes: tuple[Note, ...]) -> Decimal | None:
    """The new leads that were expected for the week after, in money; None where nobody said."""
    said = [note for note in notes if note.kind == "forecast" and note.state != "dropped"]
    return Decimal(said[-1].body) if said else None


def week_facts(store: Store, week: Week, now: datetime, read: Read = records) -> Facts:
    """The facts of a week, with the newest notes."""
    return with_newest_notes(store, read(store, facts.window(store, now, week=week)).facts)


def with_newest_notes(store: Store, found: Facts) -> Facts:
    """The facts with the notes as they stand now."""
    cursor = store.cursor()
    try:
        return replace(found, notes=facts.notes(cursor))
    finally:
        cursor.close()


def _blocks(
    week: review_lines.Week,
    people: list[Actor],
    entered: Mapping[str, Entered],
    calendar: BusinessCalendar,
    expected: Decimal | None,
) -> tuple[Block, ...]:
    lines: dict[str, tuple[Line, ...]] = {
        "customer_success": review_lines.customer_lines(week),
        "sales_pipeline": review_lines.pipeline_lines(week, expected),
        "engineering": review_lines.engineering_lines(week),
        "finance": review_lines.finance_lines(week),
        "priorities": review_lines.coming_lines(week),
    }
    spoken = review_says.says(week)
    watched = bool(cutovers_on(week, week.friday))
    start, friday = week.board.window.flow[0], Week(week.friday)
    found: list[Block] = []
    minute = 0
    for part in AGENDA:
        role, name = presenter(part.role, people)
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
                newest_words(friday, start, entered[part.id], people, calendar) if part.kinds else None,
                on_watch=watched and role in {"csm", "cto"},
                says=spoken.get(part.id, ""),
            )
        )
        minute += part.minutes
    return tuple(found)


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
        board = Board(moved(store, found, facts.window(store, now, week=last)))
        shown = {name for part in AGENDA for name in part.kpis} - NO_PAST - OF_LIVE_CUSTOMERS
        values = {name: measure(board, KPIS[name]).value for name in shown if KPIS[name].over != "month"}
    return {
        name: value
        for name, value in values.items()
        if value is not None and name in KPIS and KPIS[name].over != "month"
    }


def moved(store: Store, found: Facts, window: Window) -> Facts:
    """The same facts for an earlier window, with anew what depends on it: balances, and what the probes say."""
    cursor = store.cursor()
    try:
        held = facts.cash_on(cursor, window.day, found.own_transfers)
        return replace(
            found,
            window=window,
            account_months=found.flows_to(window.until),
            **held._asdict(),
            coverages=probes.coverages(cursor, window.flow),
            latency=probes.latency(cursor, window.flow, zone=store.company.tz),
        )
    finally:
        cursor.close()


def _promises(week: review_lines.Week) -> tuple[Promise, ...]:
    due = due_promises(week.board.facts.notes, week.friday)
    return tuple(checked(note, week) for note in due)


def blockers(notes: tuple[Note, ...], week: Week) -> tuple[Note, ...]:
    """The blockers that are open, raised in the week or before, the oldest first."""
    found = [n for n in notes if n.kind == "blocker" and n.state == "open" and n.week <= week.friday]
    return tuple(sorted(found, key=lambda note: note.week))


def notes_of(notes: tuple[Note, ...], week: Week) -> tuple[Note, ...]:
    """What was said in the week's review."""
    return tuple(note for note in notes if note.week == week.friday)


def _late(week: Week, now: datetime, calendar: BusinessCalendar) -> tuple[str, ...]:
    days = (calendar.local_date(now) - week.friday).days
    if days <= 0:
        return ()
    return (
        f"Seen {several(days, 'day')} after its Friday: pipeline and customers stand as they are now, not as they were",
    )


def refuse_future(week: Week, now: datetime, calendar: BusinessCalendar) -> None:
    """Refused for a week that has not begun."""
    current = Week.of_instant(now, calendar.zone)
    if week > current:
        raise Refused(f"the week to Friday {week} has not begun; the week under way ends on Friday {current}")
