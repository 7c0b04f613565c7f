"""What changed last, and how much there is of what."""

from dataclasses import dataclass
from datetime import datetime

from tai_ops.kinds import KINDS
from tai_ops.store.connection import Store

ENTERED = (*KINDS, "statements", "statement_lines", "review_notes")
"""What people enter, as the audit names it: the kinds of records, bank lines, what is said in a review."""
OF_THE_MEETING = ("review_notes", "reviews", "review_ready", "annotations", "absences")
"""What is done in the weekly review, as the audit names it; no record of any other kind changes by it."""
NOTHING_ENTERED = ("reconcile", "lock reconciliation", "unlock reconciliation")
"""What is done to such records without entering any."""


@dataclass(frozen=True, slots=True)
class LastEntry:
    """The newest entry of the store: when, and by whom (an e-mail)."""

    entered_at: datetime
    entered_by: str


def version(store: Store) -> str:
    """A text that differs whenever a number of the store may: its last entry, its probes, its settings."""
    row = store.present.row(
        """
        select (select max(audit_id) from audit), (select count(*) from audit), (select count(*) from probes),
               (select count(*) from holidays)
        """
    )
    return f"{row}{store.company!r}{store.as_of or ''}"


def records_version(store: Store) -> str:
    """A text that differs whenever a record may: as `version`, but for the probes and for what is done in the meeting itself."""
    row = store.present.row(
        """
        select (select max(audit_id) from audit where not list_contains($aside, coalesce(subject_kind, ''))),
               (select count(*) from audit where not list_contains($aside, coalesce(subject_kind, ''))),
               (select count(*) from holidays)
        """,
        {"aside": list(OF_THE_MEETING)},
    )
    return f"{row}{store.company!r}{store.as_of or ''}"


def probes_version(store: Store) -> str:
    """A text that differs whenever what the probes say may."""
    return f"{store.present.row('select count(*), max(recorded_at) from probes')}{store.as_of or ''}"


def last_entry(store: Store) -> LastEntry | None:
    """The newest write of records; None where there is none. A backup, an opened review or the demo's clock is none."""
    row = store.row(
        """
        select done_at, done_by from audit
        where list_contains($entered, subject_kind) and not list_contains($others, event)
        order by done_at desc, audit_id desc limit 1
        """,
        {"entered": list(ENTERED), "others": list(NOTHING_ENTERED)},
    )
    return LastEntry(*row) if row else None


def amounts(store: Store) -> dict[str, int]:
    """How many rows there are of every kind of record, and how many statements that nobody took out again."""
    counts = ", ".join(f"(select count(*) from {kind.table}) as {kind.name}" for kind in KINDS.values())
    row = store.row(
        f"""
        select {counts}, (select count(*) from statements s
                          where not exists (select 1 from statement_undos u where u.statement_id = s.statement_id))
        """
    )
    return dict(zip([*KINDS, "statements"], row or (), strict=False))
