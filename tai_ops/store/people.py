"""The company's people: who is on record with which role, and how one of them leaves.

Nobody leaves while something is theirs that is still open: it is handed over in the same write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tai_ops.board import Note
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store import duties, reviewing
from tai_ops.store.connection import Store, Write
from tai_ops.store.duties import OWNED, Duty
from tai_ops.store.records import Loaded, put


@dataclass(frozen=True, slots=True)
class Person:
    """One person on record, and what they have open, by kind."""

    email: str
    name: str
    role: str
    active: bool
    recorded_at: datetime
    recorded_by: str
    has_open: Mapping[str, int]


def people(store: Store) -> list[Person]:
    """Everybody on record: the active ones first, by name."""
    cursor = store.cursor()
    try:
        rows = cursor.execute(
            """
            select email, name, role, coalesce(active, true) as here, recorded_at, recorded_by from people
            order by here desc, name, email
            """
        ).fetchall()
        owned = duties.duties_of_all(cursor)
    finally:
        cursor.close()
    return [
        Person(email, name, role, here, at, by, owned.get(email.lower(), {}))
        for email, name, role, here, at, by in rows
    ]


def open_of(store: Store, email: str) -> list[Duty]:
    """What that person has open."""
    with store.cursor() as cursor:
        return duties.duties(cursor, email)


def enter(
    store: Store, actor: Actor, values: Mapping[str, str], *, now: datetime, request_key: str | None = None
) -> Loaded:
    """Add a person, or change the one with that e-mail; RowsRefused says which field is wrong.

    The last active CEO stays CEO: else nobody could change the company's settings any more.
    """
    with store.write(
        actor,
        "company",
        "enter person",
        now=now,
        subject=("people", values.get("email", "").strip()),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return Loaded(1, write.repeated["added"], write.repeated["updated"], 0)
        done = put(write, read_values(KINDS["people"], dict(values)), name="person")
        _refuse_no_ceo(write)
        write.detail = {"added": done.added, "updated": done.updated, "person": dict(values)}
        return done


def leave(
    store: Store,
    actor: Actor,
    email: str,
    to: str | None,
    *,
    now: datetime,
    request_key: str | None = None,
) -> list[Duty]:
    """Make a person inactive; what they have open goes to `to` in the same write. What was handed over.

    Refused where they have something open and nobody was named, or who was named is not active; NotAllowed.
    """
    with store.write(
        actor, "company", "person leaves", now=now, subject=("people", email), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return [Duty(*one) for one in write.repeated["handed_over"]]
        if not _is_active(write, email):
            raise Refused(f"{email} is not an active person of the company")
        found = duties.duties(write.cursor, email)
        if found:
            _refuse_taker(write, email, to, found)
            _hand_over(write, found, str(to))
        put(write, read_values(KINDS["people"], {"email": email, "active": "false"}), name="person")
        _refuse_no_ceo(write)
        write.detail = {
            "handed_over": [(one.kind, one.key, one.title) for one in found],
            "to": to if found else None,
        }
        return found


def _is_active(write: Write, email: str) -> bool:
    found = write.sql(
        "select count(*) from people where email = $email and coalesce(active, true)", {"email": email}
    ).fetchone()
    return bool(found and found[0])


def _refuse_taker(write: Write, email: str, to: str | None, found: list[Duty]) -> None:
    has = duties.in_words(duties.counted(found))
    if not to:
        raise Refused(f"{email} still has {has}; choose who takes that over")
    if to == email or not _is_active(write, to):
        raise Refused(f"{to} can't take over {has}: choose another active person")


def _hand_over(write: Write, found: list[Duty], to: str) -> None:
    for one in found:
        if one.kind == "review_notes":
            note = reviewing.note(write.cursor, one.key)
            reviewing.keep_note(
                write,
                Note(note.note_id, note.week, note.block, note.kind, note.body, to, note.due_on, note.state),
            )
            continue
        kind = KINDS[one.kind]
        put(write, read_values(kind, {kind.key[0]: one.key, OWNED[one.kind][1]: to}), name=kind.name)


def _refuse_no_ceo(write: Write) -> None:
    rows = write.sql(
        """
        select count(*) filter (where role = 'ceo' and coalesce(active, true)),
               (select count(*) from history where kind = 'people' and audit_id = $audit
                and (row_json ->> 'role') = 'ceo' and coalesce((row_json ->> 'active')::boolean, true))
        from people
        """,
        {"audit": write.audit_id},
    ).fetchone()
    left, went = rows or (0, 0)
    if went and not left:
        raise Refused(
            "this is the only active CEO, and without one anybody at this machine may do everything; make "
            "somebody else CEO first"
        )
