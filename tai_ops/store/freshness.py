"""What changed last, and how much there is of what."""

import math
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from tai_ops.kinds import KINDS
from tai_ops.store.connection import Store

ENTERED = (*KINDS, "statements", "statement_lines", "review_notes")
"""What people enter, as the audit names it: the kinds of records, bank lines, what is said in a review."""
OF_THE_MEETING = ("review_notes", "reviews", "review_ready", "annotations", "absences")
"""What is done in the weekly review, as the audit names it; no record of any other kind changes by it."""
SAMPLES_SENT = "receive probes"
"""What the audit calls a batch of samples that a monitor sent."""
SETTLING_SECONDS = 5.0
_held: WeakKeyDictionary[Store, tuple[float, str]] = WeakKeyDictionary()
_lock = threading.Lock()
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
        select (select max(audit_id) from audit where event <> $sent),
               (select count(*) from audit where event <> $sent), (select count(*) from holidays)
        """,
        {"sent": SAMPLES_SENT},
    )
    return f"{row}{_samples_version(store)}{store.company!r}{store.as_of or ''}"


def records_version(store: Store) -> str:
    """A text that differs whenever a record may: as `version`, but for the probes and for what is done in the meeting itself."""
    row = store.present.row(
        """
        select (select max(audit_id) from audit
                where event <> $sent and not list_contains($aside, coalesce(subject_kind, ''))),
               (select count(*) from audit
                where event <> $sent and not list_contains($aside, coalesce(subject_kind, ''))),
               (select count(*) from holidays)
        """,
        {"aside": list(OF_THE_MEETING), "sent": SAMPLES_SENT},
    )
    return f"{row}{store.company!r}{store.as_of or ''}"


def probes_version(store: Store) -> str:
    """A text that differs whenever what the probes say may."""
    row = store.present.row(
        """
        select max(audit_id), count(*) from audit where subject_kind in ('probes', 'probe_rollups') and event <> $sent
        """,
        {"sent": SAMPLES_SENT},
    )
    return f"{row}{_samples_version(store)}{store.as_of or ''}"


def _samples_version(store: Store) -> str:
    """What changes when monitors have sent samples, taken anew every few seconds while they go on sending.

    Batches may come twenty a second, and pages that were worked out anew after each would do nothing else.
    """
    present, now = store.present, time.monotonic()
    found = str(present.row("select count(*) from probes"))
    with _lock:
        taken_at, held = _held.get(present, (-math.inf, ""))
        if found != held and now - taken_at >= SETTLING_SECONDS:
            _held[present] = (now, found)
            return found
        return held or found


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
