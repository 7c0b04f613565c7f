"""What was booked from a bank line: how it is called, and taking it out again with the match that made it."""

import re
import unicodedata
from datetime import date

from tai_ops.errors import PeriodClosed
from tai_ops.kinds import KINDS
from tai_ops.store.connection import Write
from tai_ops.store.ledger import CONFIRMED
from tai_ops.store.records import take_out

KIND_OF = {"bill": "bills", "payment": "payments", "entry": "entries"}
"""The kind of record of what a line can be booked as."""
LONGEST_NAME = 16


def booked_id(write: Write, kind: str, day: date, payee: str) -> str:
    """The id of what is booked from a line, such as `B-2026-03-17-acme-1`.

    B for a bill, P for a payment and E for an entry, the line's day, the payee's first word, and the first number that was never used.
    """
    letter, key = {"bills": ("B", "bill_id"), "payments": ("P", "payment_id"), "entries": ("E", "entry_id")}[
        kind
    ]
    stem = f"{letter}-{day.isoformat()}-{_first_word(payee)}-"
    rows = write.sql(
        f"""
        select {key} from {KINDS[kind].table} where starts_with({key}, $stem)
        union
        select row_key from history where kind = $kind and starts_with(row_key, $stem)
        """,
        {"stem": stem, "kind": kind},
    ).fetchall()
    taken = {row[0] for row in rows}
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _first_word(payee: str) -> str:
    plain = unicodedata.normalize("NFKD", payee).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]{2,}", plain)
    return words[0][:LONGEST_NAME] if words else "line"


def undo_booking(write: Write, entry_kind: str, entry_id: str) -> str:
    """Take out what was booked from a line whose match is undone; says that it did, or why the row stays.

    It stays where somebody changed it since, where another match uses it, and where its month is closed.
    """
    kind = KINDS[KIND_OF[entry_kind]]
    named = f"{entry_kind} {entry_id}"
    row = write.sql(
        f"select count(*) from {kind.table} where {kind.key[0]} = $id", {"id": entry_id}
    ).fetchone()
    if not row or not row[0]:
        return f"{named} was taken out before"
    changed = write.sql(
        "select count(*) from history where kind = $kind and row_key = $id and event = 'update'",
        {"kind": kind.name, "id": entry_id},
    ).fetchone()
    if changed and changed[0]:
        return f"{named} stays: it was changed since it was booked"
    used = write.sql(
        f"select count(*) from ({CONFIRMED}) where entry_kind = $kind and entry_id = $id",
        {"kind": entry_kind, "id": entry_id},
    ).fetchone()
    if used and used[0]:
        return f"{named} stays: another bank line is matched with it"
    try:
        take_out(write, kind, entry_id, "booking from the bank line undone")
    except PeriodClosed as closed:
        return f"{named} stays: {closed}"
    return f"{named} is taken out, as it was booked from this line"
