"""The sample company's meetings: the Friday reviews so far with what was said in them, and the close of January."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from tai_ops.demo.acts import Act, local, who
from tai_ops.period import Month, Week
from tai_ops.review import NoteKind
from tai_ops.runbooks import month_end_close, weekly_review
from tai_ops.store import Store

CLOSED = Month(2026, 1)


@dataclass(frozen=True, slots=True)
class Said:
    """A note of a review; `became` is what a person said of it in the next one, None where the data tells or nobody has."""

    block: str
    kind: NoteKind
    body: str
    owner: str | None = None
    became: str | None = None


MEETINGS: dict[str, tuple[Said, ...]] = {
    "2026-02-20": (
        Said("wins", "win", "Northwind's East warehouse counts with TAI for the fourth week"),
        Said(
            "engineering",
            "blocker",
            "The sync can deliver a batch twice, and no alert says so",
            "cto",
            "done",
        ),
        Said("priorities", "priority", "Alert for duplicate batches in place", "cto", "done"),
        Said("priorities", "priority", "2+ discovery calls", "vp_sales"),
        Said("priorities", "priority", "Second reminder for INV-1005 is out", "cfo", "done"),
    ),
    "2026-02-27": (
        Said("wins", "win", "Northwind at 94% accuracy over both warehouses"),
        Said(
            "engineering",
            "blocker",
            "The sync can deliver a batch twice, and no alert says so",
            "cto",
            "done",
        ),
        Said("priorities", "priority", "Contract for Quillon Foods out for signature", "vp_sales", "done"),
        Said("priorities", "priority", "send 1 proposal", "sales_coordinator"),
        Said("priorities", "priority", "Restore of a backup rehearsed", "cto", "missed"),
    ),
    "2026-03-06": (
        Said("wins", "win", "The scan screen was back two and a half hours after the first report"),
        Said("priorities", "priority", "Certificates are renewed by a job, not by hand", "cto", "done"),
        Said("priorities", "priority", "Restore of a backup rehearsed", "cto", "done"),
        Said("priorities", "priority", "close 1 deal", "vp_sales"),
    ),
    "2026-03-13": (
        Said("wins", "win", "Quillon Foods signed"),
        Said("priorities", "priority", "Kickoff with Quillon Foods agreed for 26 March", "csm", "done"),
        Said("priorities", "priority", "Database upgraded on Saturday night", "cto", "done"),
        Said("priorities", "priority", "pipeline at $600K", "vp_sales", "missed"),
    ),
    "2026-03-20": (
        Said(
            "sales_pipeline",
            "blocker",
            "Vossmere's legal department has the contract since 10 March",
            "vp_sales",
        ),
        Said("priorities", "priority", "Kickoff of Quillon Foods held", "csm", "done"),
        Said("priorities", "priority", "2+ discovery calls", "vp_sales"),
        Said("priorities", "priority", "Northwind Parts (Customer #1) at 95% accuracy", "csm"),
    ),
    "2026-03-27": (
        Said("wins", "win", "Northwind Parts at 95% accuracy, 28 instead of 40 hours a count"),
        Said("sales_pipeline", "forecast", "60000"),
        Said("finance", "blocker", "Northwind's accounts payable does not answer about INV-1005", "cfo"),
        Said("customer_success", "action", "Send Ambermoor Medical the agenda of the kickoff", "csm"),
        Said("priorities", "priority", "Quillon Foods (Customer #2) implementation 45% complete", "csm"),
        Said("priorities", "priority", "4+ discovery calls", "vp_sales"),
        Said("priorities", "priority", "Northwind Parts (Customer #1) at 97% accuracy", "csm"),
    ),
}


def meeting_acts() -> Iterator[Act]:
    """Every review from opening to end, and January's close on the fifth business day of February."""
    before: tuple[Said, ...] = ()
    for friday, said in MEETINGS.items():
        yield Act(local(friday, "16:01"), partial(_review, Week(date.fromisoformat(friday)), before, said))
        before = said
    for block, role in (("customer_success", "csm"), ("sales_pipeline", "vp_sales"), ("engineering", "cto")):
        yield Act(local("2026-04-02", "17:30"), partial(_ready, block, role))
    yield Act(local("2026-02-06", "17:00"), _close)


def _review(
    week: Week, before: tuple[Said, ...], said: tuple[Said, ...], store: Store, now: datetime
) -> None:
    ceo = who("review")
    opened = weekly_review.open(store, ceo, week, now)
    became = {one.body: one.became for one in before}
    standing = {p.note.note_id: p.note for p in opened.promises} | {n.note_id: n for n in opened.blockers}
    for note_id, note in standing.items():
        state = became.get(note.body)
        if note.state == "open" and state:
            weekly_review.set_note_state(store, ceo, note_id, state, now + timedelta(minutes=2))
    for minute, one in enumerate(said, 8):
        at = now + timedelta(minutes=minute)
        weekly_review.add_note(
            store, ceo, week, one.block, kind=one.kind, body=one.body, owner=one.owner, now=at
        )
    weekly_review.end(store, ceo, week, now + timedelta(minutes=28))


def _ready(block: str, role: str, store: Store, now: datetime) -> None:
    owner = next(person for person in store.people() if person.role == role)
    weekly_review.mark_ready(store, owner, Week(date(2026, 4, 3)), block, True, now)


def _close(store: Store, now: datetime) -> None:
    cfo = who("close")
    for item, note in (
        ("invoices_sent", "INV-1005 sent on 15 January"),
        ("expense_trends", "Imani Field Services set up the scanners in East, as planned"),
    ):
        month_end_close.tick(store, cfo, CLOSED, item, now=now, note=note)
    month_end_close.run(store, cfo, CLOSED, now + timedelta(minutes=20))
    month_end_close.note(
        store,
        cfo,
        CLOSED,
        now=now + timedelta(minutes=35),
        highlights="Northwind's second warehouse is live; accuracy over both is 92 %.",
        lowlights="Two deals lost, one on price, one without a decision.",
        asks="Introductions to food distributors with one to three warehouses.",
    )
    month_end_close.letter_written(store, cfo, CLOSED, now + timedelta(minutes=50))
    month_end_close.tick(
        store, cfo, CLOSED, "board_update", now=now + timedelta(minutes=55), note="sent with the letter"
    )
