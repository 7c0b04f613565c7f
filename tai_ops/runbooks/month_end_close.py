"""Runbook 6, the month-end close: what is open, closing a month, reopening it, and the month's report.

Owner: CFO. Closing freezes the report as an immutable version; a closed month refuses every write that would change
it, and another close after reopening is the next version with a list of what changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tai_ops.board import Board, Facts
from tai_ops.close_checklist import (
    TICKABLE,
    CloseState,
    CloseWindow,
    Evidence,
    Item,
    State,
    blocking,
    checklist,
    close_window,
)
from tai_ops.errors import Refused, StoreDamaged, WrongUsage
from tai_ops.expenses import month_expenses
from tai_ops.exports.close_archive import documents
from tai_ops.kpi import measure_all
from tai_ops.month_report import Books, Change, Closing, MonthReport, Value, changes, exact, month_report
from tai_ops.period import Month
from tai_ops.restatement import ChangedRow, kinds_behind
from tai_ops.rights import Actor
from tai_ops.store import close_files, close_minutes, closing, sla_credits
from tai_ops.store.changed_rows import changed_rows
from tai_ops.store.close_files import ArchivedFile
from tai_ops.store.close_proofs import PROOFS
from tai_ops.store.closing import EXPORTED, SUBJECT, Cursor
from tai_ops.store.connection import Store
from tai_ops.store.doctor import Finding
from tai_ops.store.facts import business_calendar, facts, window
from tai_ops.words import day

RIGHT = "close"
SIGNS: Mapping[State, str] = {
    "done": "✓ done   ",
    "open": "✗ open   ",
    "blocked": "… waits  ",
    "manual": "□ to tick",
    "no data": "– no data",
}
"""How a checklist item's state is drawn in text: shape and word."""
_OF_ITSELF = frozenset({"reconciliations", "settings"})
"""Kinds of rows that are told where they are written: what is locked or set again after a close."""
RECHECKED = frozenset(
    "movements customers mrr_months recognised deferred expenses cash cash_months ageing overdue reconciliations clearings".split()
)
"""The parts of a report that are the books: what a closed month promises. The rest says how things stood that day."""
AFTER_CLOSE = "Reporting & Sharing"
"""The group of the checklist whose items are ticked after the close too: they are about numbers that no longer move."""


@dataclass(frozen=True, slots=True)
class CloseStatus:
    """The month's close as it stands: its checklist, its window, and the report that is frozen or would be."""

    state: CloseState
    closes_between: CloseWindow
    items: tuple[Item, ...]
    report: MonthReport
    minutes: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def blocking(self) -> tuple[Item, ...]:
        """The blocking checks that fail."""
        return blocking(self.items)

    def as_text(self) -> str:
        """The checklist for people: each group with its items, state and evidence."""
        state, between = self.state, self.closes_between
        how = f"closed, version {state.version}, by {state.by}" if state.closed else "open"
        late = ", late" if between.late else ""
        window = f"to be closed from {day(between.first)} to {day(between.last)}{late}"
        lines = [f"{state.month.name}: {how}; {window}"]
        group = ""
        for item in self.items:
            if item.group != group:
                group = item.group
                lines += ["", group]
            lines.append(f"  {SIGNS[item.state]} {item.words}: {item.evidence}")
        stops = "; ".join(item.words for item in self.blocking)
        if not state.closed:
            lines += ["", f"Stops the close: {stops}" if stops else "Nothing stops the close."]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The answer of `close status`."""
        state = self.state
        stamp = self.report.closed
        return {
            "month": str(state.month),
            "state": "closed" if state.closed else "open",
            "version": state.version,
            "closed_by": stamp.closed_by if stamp else None,
            "closed_at": stamp.closed_at.isoformat() if stamp else None,
            "body_hash": stamp.body_hash if stamp else None,
            "reopened": _reopened(state),
            "closes_between": self.closes_between.as_json(),
            "blocking": [item.id for item in self.blocking],
            "minutes": {"by_group": dict(self.minutes), "total": sum(self.minutes.values())},
            "items": [item.as_json() | PROOFS[item.id].as_json() for item in self.items],
        }


@dataclass(frozen=True, slots=True)
class Closed:
    """What a close did: the version it froze, what differs from the version before and the rows behind it, its files."""

    month: Month
    stamp: Closing
    changes: tuple[Change, ...]
    without_data: tuple[str, ...]
    because: tuple[ChangedRow, ...] = ()
    files: tuple[ArchivedFile, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer of `close run`."""
        return {
            "month": str(self.month),
            "state": "closed",
            "version": self.stamp.version,
            "closed_by": self.stamp.closed_by,
            "closed_at": self.stamp.closed_at.isoformat(),
            "body_hash": self.stamp.body_hash,
            "changes": [
                {"number": c.number, "before": _shown(c.before), "after": _shown(c.after)}
                for c in self.changes
            ],
            "because": [
                {
                    "kind": row.kind,
                    "key": row.key,
                    "event": row.event,
                    "at": row.done_at.isoformat(),
                    "by": row.done_by,
                    "words": row.words,
                }
                for row in self.because
            ],
            "without_data": list(self.without_data),
            "files": [file_json(file) for file in self.files],
        }


def file_json(file: ArchivedFile) -> dict[str, Any]:
    """An archived file as the commands print it."""
    return {
        "version": file.version,
        "name": file.name,
        "content_type": file.content_type,
        "size_bytes": file.size_bytes,
        "sha256": file.file_hash,
    }


@dataclass(frozen=True, slots=True)
class Reopened:
    """What a reopening did; `later_closed` are the closed months after it, which stay as they were frozen."""

    month: Month
    version: int
    reason: str
    later_closed: tuple[Month, ...]

    def as_json(self) -> dict[str, Any]:
        """The answer of `close reopen`."""
        later = [str(m) for m in self.later_closed]
        return {
            "month": str(self.month),
            "state": "open",
            "version": self.version,
            "reason": self.reason,
            "later_closed": later,
            "note": f"{', '.join(later)} stay closed as they were frozen" if later else None,
        }


def status(store: Store, month: Month, now: datetime) -> CloseStatus:
    """The month's checklist, ticked from the data as it stands. Source: Runbook 6 "Month-End Closing Checklist"."""
    board, books, live = _live(store, month, now)
    with store.cursor() as cursor:
        found = _evidence(store, cursor, month, now)
        shown = _frozen(store, found.state) or live
    calendar = business_calendar(store)
    done_at = found.state.at if found.state.closed and found.state.at else now
    between = close_window(month, calendar, calendar.local_date(done_at))
    items = checklist(board, books, live, found)
    return CloseStatus(found.state, between, items, shown, close_minutes.minutes_of(store, month))


def _evidence(store: Store, cursor: Cursor, month: Month, now: datetime) -> Evidence:
    credits_due = sla_credits.credits_of_month(cursor, store.company, month, now=now)
    return replace(closing.evidence(cursor, month), credits=tuple(credits_due))


def report(store: Store, month: Month, now: datetime) -> MonthReport:
    """The month's report: as it was frozen where the month is closed, else computed now and a draft."""
    with store.cursor() as cursor:
        state = closing.close_state(cursor, month)
    return _frozen(store, state) or _live(store, month, now)[2]


def run(store: Store, actor: Actor, month: Month, now: datetime, *, request_key: str | None = None) -> Closed:
    """Close the month: freeze its report and lock it.

    Raises Refused where the month is not over, is closed already, or a blocking check fails (each is named).
    """
    with store.write(
        actor,
        RIGHT,
        "close month",
        now=now,
        subject=(SUBJECT, str(month)),
        request_key=request_key,
        checkpoint=True,
    ) as write:
        if write.repeated is not None:
            return _closed_again(store, month, write.repeated)
        found = _evidence(store, write.cursor, month, now)
        _refuse_closed(found.state)
        _refuse_unfinished(store, month, now)
        board, books, live = _live(store, month, now, closes=True)
        items = checklist(board, books, live, found)
        _refuse_failing(month, blocking(items))
        before = _version_before(store, found.state)
        final = replace(live, **_since(write.cursor, before, live))
        made, body = closing.freeze(write, final, (found.state.version or 0) + 1)
        if made.closed is None:
            raise AssertionError
        close_files.keep(
            write, month, made.closed.version, documents(made, closing.investor_notes(store, month), body)
        )
        unknown = tuple(item.id for item in items if item.blocking and item.state == "no data")
        done = Closed(
            month,
            made.closed,
            made.changes,
            unknown,
            made.because,
            close_files.archived_in(write.cursor, month, made.closed.version),
        )
        write.detail = done.as_json()
        return done


def reopen(store: Store, actor: Actor, month: Month, reason: str, now: datetime) -> Reopened:
    """Open a closed month again, with a reason; its frozen version stays. Later closed months stay closed.

    Source: finance.md F8. Raises Refused without a reason and where the month is open.
    """
    if not reason.strip():
        raise Refused(f"a reason is needed to reopen {month}: --reason TEXT")
    with store.write(
        actor, RIGHT, "reopen month", now=now, subject=(SUBJECT, str(month)), checkpoint=True
    ) as write:
        state = closing.close_state(write.cursor, month)
        if not state.closed or state.version is None:
            raise Refused(f"{month} is open; there is nothing to reopen")
        later = tuple(sorted(m for m in store.closed_months() if m > month))
        closing.record(write, month, state.version, "reopened", reason=reason.strip())
        done = Reopened(month, state.version, reason.strip(), later)
        write.detail = done.as_json()
        return done


@dataclass(frozen=True, slots=True)
class Recheck:
    """A closed month worked out anew: the numbers of the books that differ, and the rows written since that explain it."""

    month: Month
    version: int
    changes: tuple[Change, ...]
    because: tuple[ChangedRow, ...]

    @property
    def words(self) -> str:
        """What was found and what to do, in one line."""
        if not self.changes:
            return f"{self.month} (version {self.version}): worked out anew, every number of its books is as it was frozen"
        first = "; ".join(f"{c.number} {_shown(c.before)} → {_shown(c.after)}" for c in self.changes[:3])
        more = f" and {len(self.changes) - 3} more" if len(self.changes) > 3 else ""
        rows = ", ".join(f"{row.kind} {row.key} {row.event}" for row in self.because[:3])
        why = f"; written since: {rows}" if rows else "; no row was written since that explains it"
        return (
            f"{self.month} (version {self.version}): {len(self.changes)} of its numbers come out otherwise now: "
            f"{first}{more}{why}; its frozen report stands, reopen and close it to take them over"
        )


def written_since(store: Store, month: Month, since: datetime | None = None) -> tuple[ChangedRow, ...]:
    """The rows of earlier days that were written since the month was closed (or `since`), the oldest first; none of an open month.

    Its own days refuse them; a month before it that is open takes them, and the frozen numbers stay as they are.
    """
    with store.cursor() as cursor:
        state = closing.close_state(cursor, month)
        if not state.closed or state.at is None:
            return ()
        rows = changed_rows(cursor, month, since or state.at)
        return tuple(row for row in rows if row.kind not in _OF_ITSELF)


def recheck(store: Store) -> Iterator[Recheck]:
    """Each closed month worked out anew from the records and compared with what was frozen, the oldest first."""
    for month in sorted(store.closed_months()):
        with store.cursor() as cursor:
            state = closing.close_state(cursor, month)
        frozen = _frozen(store, state)
        if frozen is None or frozen.closed is None:
            continue
        live = _live(store, month, frozen.closed.closed_at, closes=True)[2]
        if not frozen.clearings:  # closed before processors' clearing accounts were kept
            live = replace(live, clearings=())
        moved = tuple(c for c in changes(frozen, live) if _is_books(c.number))
        with store.cursor() as cursor:
            rows = changed_rows(cursor, month, frozen.closed.closed_at) if moved else ()
        kinds = {kind for c in moved for kind in kinds_behind(c.number)}
        because = tuple(row for row in rows if row.kind in kinds)
        yield Recheck(month, frozen.closed.version, moved, because)


def findings_of_closed_months(store: Store) -> Iterator[Finding]:
    """What the doctor says of the closed months: wrong where a number differs and no row explains it."""
    try:
        for found in recheck(store):
            level = "good" if not found.changes else "advice" if found.because else "wrong"
            yield Finding("closed months", level, found.words)
    except StoreDamaged as reason:
        yield Finding("closed months", "wrong", str(reason))


def _is_books(number: str) -> bool:
    """Whether a closed month keeps the number: not what merely compares it, or checks it against later invoices."""
    parts = number.split(".")
    return (
        parts[0] in RECHECKED and parts[-1] not in {"mean", "days_past_due"} and "unrecognised" not in parts
    )


def tick(
    store: Store,
    actor: Actor,
    month: Month,
    item: str,
    *,
    now: datetime,
    ticked: bool = True,
    note: str | None = None,
) -> None:
    """Tick what only a person can tell, or take the tick back.

    Raises WrongUsage for an item that ticks itself, PeriodClosed where a closed month's numbers rest on it.
    """
    if item not in TICKABLE:
        raise WrongUsage(f"{item!r} is no item that a person ticks; those are {', '.join(TICKABLE)}")
    with store.write(actor, RIGHT, "tick close item", now=now, subject=(SUBJECT, str(month))) as write:
        if TICKABLE[item] != AFTER_CLOSE:
            write.refuse_closed([month.start])
        closing.put_tick(write, month, item, _text(note), ticked=ticked)
        write.detail = {"item": item, "ticked": ticked}


def note(
    store: Store,
    actor: Actor,
    month: Month,
    *,
    now: datetime,
    highlights: str | None = None,
    lowlights: str | None = None,
    asks: str | None = None,
) -> None:
    """Write the notes to the investors about the month, all three parts at once; possible after the close too."""
    with store.write(actor, RIGHT, "write investor notes", now=now, subject=(SUBJECT, str(month))) as write:
        closing.put_notes(write, month, _text(highlights), _text(lowlights), _text(asks))


def letter_written(store: Store, actor: Actor, month: Month, now: datetime) -> None:
    """Keep that the month's investor letter was written out."""
    with store.write(actor, RIGHT, EXPORTED, now=now, subject=(SUBJECT, str(month))):
        pass


def _live(
    store: Store, month: Month, now: datetime, *, closes: bool = False
) -> tuple[Board, Books, MonthReport]:
    seen = window(store, now, month=month)
    found = facts(store, seen)
    if closes:
        found = replace(found, closed=found.closed | {month})
    board = Board(found)
    with store.cursor() as cursor:
        books = closing.books(cursor, found)
        earlier = closing.close_state(cursor, month.plus(-1))
    frozen = _frozen(store, earlier)
    previous = (
        {m.id: m.value for m in frozen.metrics}
        if frozen
        else _computed(store, month.plus(-1), now, books, found)
    )
    books = replace(books, previous=previous, previous_frozen=frozen is not None)
    return board, books, month_report(board, books)


def _computed(
    store: Store, month: Month, now: datetime, books: Books, like: Facts
) -> Mapping[str, Value | None]:
    """The numbers of a month that is open, for comparison."""
    measured = measure_all(facts(store, window(store, now, month=month), like=like))
    values = {name: exact(m.value, m.kpi) for name, m in measured.items()}
    spent = month_expenses(books.charges, month)
    ends = [amount for _, amount in books.month_end_cash[-3:-1]]
    impact = ends[1] - ends[0] if len(ends) == 2 and ends[0] is not None and ends[1] is not None else None
    return values | {"expenses": spent.total if spent.n else None, "cash_impact": impact}


def _since(cursor: Any, before: MonthReport | None, live: MonthReport) -> dict[str, Any]:
    """What differs from the version before, and the rows that were written since; nothing where no number moved."""
    if before is None or before.closed is None:
        return {}
    moved = changes(before, live)
    rows = changed_rows(cursor, live.month, before.closed.closed_at) if moved else ()
    return {"changes": moved, "because": rows}


def _frozen(store: Store, state: CloseState) -> MonthReport | None:
    return _version_before(store, state) if state.closed else None


def _version_before(store: Store, state: CloseState) -> MonthReport | None:
    if state.version is None:
        return None
    with store.cursor() as cursor:
        return closing.frozen(cursor, state.month, state.version)


def _refuse_closed(state: CloseState) -> None:
    if state.closed:
        raise Refused(
            f"{state.month} is closed already (version {state.version}, by {state.by} on {state.at:%Y-%m-%d}); "
            f"reopen it first with `tai-ops close reopen --month {state.month}`"
        )


def _refuse_unfinished(store: Store, month: Month, now: datetime) -> None:
    if business_calendar(store).local_date(now) < month.end:
        raise Refused(f"{month} is not over; it can be closed from {month.end} on")


def _refuse_failing(month: Month, failing: tuple[Item, ...]) -> None:
    if failing:
        named = "; ".join(f"{item.id}: {item.count} ({item.evidence})" for item in failing)
        raise Refused(f"{month} can't be closed: {named}")


def _closed_again(store: Store, month: Month, detail: Mapping[str, Any]) -> Closed:
    with store.cursor() as cursor:
        made = closing.frozen(cursor, month, detail["version"])
    if made is None or made.closed is None:
        raise Refused(f"{month} was closed by this request and its report is not there; run `tai-ops doctor`")
    files = tuple(file for file in close_files.archived(store, month) if file.version == detail["version"])
    return Closed(month, made.closed, made.changes, tuple(detail["without_data"]), made.because, files)


def _reopened(state: CloseState) -> dict[str, Any] | None:
    if state.closed or state.at is None:
        return None
    return {"by": state.by, "at": state.at.isoformat(), "reason": state.reason}


def _shown(value: Decimal | date | None) -> str | None:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if value else None


def _text(text: str | None) -> str | None:
    return text.strip() or None if text else None
