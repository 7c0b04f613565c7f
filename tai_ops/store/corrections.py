"""Adding, changing, voiding and restoring single records by hand, and taking the last of it back.

Who changes a record says which version of it they saw: where another person was faster, nothing is written and the
other's change is told, so that the second one chooses. All goes through `records`, so that the checks of a file hold.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tai_ops.entries import typed
from tai_ops.errors import Problem, Refused
from tai_ops.kind_words import key_text
from tai_ops.kinds import Kind
from tai_ops.rights import Actor
from tai_ops.sheet import Sheet, read_values
from tai_ops.store import browse
from tai_ops.store.browse import row_key
from tai_ops.store.connection import Store, Write
from tai_ops.store.records import MARKS, Loaded, RowsRefused, key_where, parse_key, put, void
from tai_ops.words import instant

TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record: its values, when and by whom it was recorded and from what, and how it ended.

    `ended_by` an `update` or a `void`, when, by whom and why; None while it stands.
    """

    values: dict[str, Any]
    recorded_at: datetime
    recorded_by: str
    recorded_from: str
    ended: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a person saw of a record and what stands there now, put there by another."""

    key: str
    by: str
    when: datetime
    theirs: dict[str, tuple[Any, Any]]


class ChangedMeanwhile(Refused):
    """Somebody else changed what is to be changed, since it was looked at; carries what they changed."""

    def __init__(self, kind: Kind, moved: Sequence[Moved], zone: Any) -> None:
        first = moved[0]
        more = f" (and {len(moved) - 1} more)" if len(moved) > 1 else ""
        super().__init__(
            f"{first.by} changed {kind.noun} {first.key}{more} on {instant(first.when, zone)}, after you opened it; "
            "choose whose values hold"
        )
        self.moved = tuple(moved)


@dataclass(frozen=True, slots=True)
class Done:
    """What was written: the keys of the rows, and what the load counted."""

    keys: tuple[str, ...]
    loaded: Loaded

    @property
    def changed(self) -> bool:
        """Whether anything is other than before."""
        return bool(self.loaded.added or self.loaded.updated)


def add(
    store: Store, actor: Actor, kind: Kind, values: Mapping[str, str], *, now: datetime, request_key: str
) -> Done:
    """Add a record; an empty key becomes the next free one.

    Raises RowsRefused where a value is bad, Refused where the key is taken, NotAllowed where the role may not.
    """
    given, own = dict(values), kind.key[0]
    with store.still():
        if not given.get(own, "").strip() and (free := browse.next_key(store, kind)):
            given[own] = free
        sheet = _checked(read_values(kind, given))
        key = key_text(kind, {name: values[0] for name, values in sheet.columns.items()})
        with store.write(
            actor, kind.owner, f"add {kind.noun}", now=now, subject=(kind.name, key), request_key=request_key
        ) as write:
            if write.repeated is not None:
                return _repeated(write.repeated)
            if write.sql(
                f"select 1 from {kind.table} where {key_where(kind)}", parse_key(kind, key)
            ).fetchone():
                raise Refused(
                    f"there is a {kind.noun} {key!r} already; open it to change it, or take another key"
                )
            return _answer(write, (key,), put(write, sheet, name=key))


def change(
    store: Store,
    actor: Actor,
    kind: Kind,
    changes: Mapping[str, Mapping[str, str]],
    seen_at: Mapping[str, datetime],
    *,
    now: datetime,
    request_key: str,
    reason: str = "",
) -> Done:
    """Change fields of records, by key, all in one transaction; fields that are not named stay as they are.

    `seen_at` says when each record was recorded that the person saw. Raises ChangedMeanwhile where another version
    stands now, RowsRefused where a value is bad (row n is the n-th of `changes`), NotAllowed where the role may not.
    """
    keys = tuple(changes)
    subject = keys[0] if len(keys) == 1 else f"{len(keys)} rows"
    with store.write(
        actor,
        kind.owner,
        f"change {kind.noun}",
        now=now,
        subject=(kind.name, subject),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return _repeated(write.repeated)
        _refuse_moved(store, kind, seen_at)
        columns = [c.name for c in kind.columns if any(c.name in one for one in changes.values())]
        rows = [_filled(store, kind, key, columns, changes[key]) for key in keys]
        loaded = put(write, _sheet(kind, rows), name=subject)
        if reason.strip():
            write.sql(
                "update history set reason = $reason where audit_id = $id and event = 'update'",
                {"reason": reason.strip(), "id": write.audit_id},
            )
        done = _answer(write, keys, loaded)
        write.detail |= {"fields": columns} | ({"reason": reason.strip()} if reason.strip() else {})
        return done


def restore(
    store: Store, actor: Actor, kind: Kind, key: str, *, now: datetime, request_key: str, reason: str = ""
) -> Done:
    """Put a voided record on record again, as it was; checked like a new one."""
    with store.write(
        actor, kind.owner, f"restore {kind.noun}", now=now, subject=(kind.name, key), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return _repeated(write.repeated)
        seen = browse.last_version(store, kind, key)
        if seen is None:
            raise Refused(f"{kind.name}: no {kind.noun} {key!r} was taken out; there is nothing to restore")
        sheet = _checked(read_values(kind, _texts(kind, seen.values)))
        done = _answer(write, (key,), put(write, sheet, name=key, recorded_from=seen.recorded_from))
        write.detail |= {"reason": reason.strip()} if reason.strip() else {}
        return done


def take_back(
    store: Store, actor: Actor, kind: Kind, key: str, *, now: datetime, seen_at: datetime | None = None
) -> str:
    """Take the last thing back that happened to a record: says in words what was done.

    What was added is voided, what was changed gets its earlier values, what was voided is restored. `seen_at` is when
    that last thing happened (`last_moved`): where another came since, nothing is taken back. Raises as `change`,
    `void` and `restore` do.
    """
    known = versions(store, kind, key)
    if not known:
        raise Refused(f"{kind.name}: there is no {kind.noun} {key!r}; nothing was changed")
    request_key = f"take back {kind.name} {key} {known[0].ended_at or known[0].recorded_at}"
    if seen_at is not None and seen_at != (known[0].ended_at or known[0].recorded_at):
        raise Refused(f"{kind.noun} {key} was changed since; look at its history before you change it again")
    if known[0].ended == "void":
        restore(store, actor, kind, key, now=now, request_key=request_key, reason=TAKEN_BACK)
        return f"Restored: {kind.noun} {key} is on record again"
    current = known[0]
    if len(known) > 1 and known[1].ended == "update":
        back = _texts(kind, known[1].values)
        changed = {
            name: back[name]
            for name in kind.names
            if name not in kind.key and known[1].values[name] != current.values[name]
        }
        change(
            store, actor, kind, {key: changed}, {key: current.recorded_at},
            now=now, request_key=request_key, reason=TAKEN_BACK,
        )  # fmt: skip
        return f"Taken back: {kind.noun} {key} is as it was before"
    void(store, actor, kind, key, TAKEN_BACK, now=now)
    return f"Taken back: {kind.noun} {key} is off the record"


def last_moved(store: Store, kind: Kind, key: str) -> datetime | None:
    """When the last thing happened to a record; None where nothing ever did."""
    known = versions(store, kind, key)
    return (known[0].ended_at or known[0].recorded_at) if known else None


def take_back_all(store: Store, actor: Actor, kind: Kind, keys: Sequence[str], *, now: datetime) -> Done:
    """Give rows that were changed together their earlier values again, all in one transaction."""
    changes: dict[str, dict[str, str]] = {}
    seen_at: dict[str, datetime] = {}
    for key in keys:
        known = versions(store, kind, key)
        if len(known) < 2 or known[1].ended != "update":
            raise Refused(f"{kind.name}: {kind.noun} {key!r} was changed since; look at its history")
        back, seen_at[key] = _texts(kind, known[1].values), known[0].recorded_at
        changes[key] = {
            name: back[name]
            for name in kind.names
            if name not in kind.key and known[1].values[name] != known[0].values[name]
        }
    request_key = f"take back {kind.name} {sorted((key, str(at)) for key, at in seen_at.items())}"
    return change(store, actor, kind, changes, seen_at, now=now, request_key=request_key, reason=TAKEN_BACK)


def versions(store: Store, kind: Kind, key: str) -> tuple[Version, ...]:
    """Every version of a record, the newest first; the newest is the current one unless it was voided."""
    current = browse.record(store, kind, key)
    earlier = store.rows(
        """
        select row_json, event, changed_at, changed_by, reason from history
        where kind = $kind and row_key = $key order by changed_at desc, audit_id desc
        """,
        {"kind": kind.name, "key": row_key(kind, key)},
    )
    found = (
        [Version(current.values, current.recorded_at, current.recorded_by, current.recorded_from)]
        if current
        else []
    )
    return (*found, *(_version(kind, *row) for row in earlier))


def moved_since(store: Store, kind: Kind, seen_at: Mapping[str, datetime]) -> tuple[Moved, ...]:
    """Which records are another version now than the one that was seen, and what of them others changed."""
    found: list[Moved] = []
    for key, when in seen_at.items():
        known = versions(store, kind, key)
        if not known or known[0].ended or known[0].recorded_at != when:
            found.append(_moved(kind, key, known, when))
    return tuple(found)


def _refuse_moved(store: Store, kind: Kind, seen_at: Mapping[str, datetime]) -> None:
    moved = moved_since(store, kind, seen_at)
    gone = next((one for one in moved if not one.theirs), None)
    if gone:
        raise Refused(
            f"{gone.by} took {kind.noun} {gone.key} out on {instant(gone.when, store.company.tz)}; restore it first"
        )
    if moved:
        raise ChangedMeanwhile(kind, moved, store.company.tz)


def _moved(kind: Kind, key: str, known: Sequence[Version], seen_at: datetime) -> Moved:
    if not known:
        return Moved(key, "somebody", seen_at, {})
    now = known[0]
    if now.ended:
        return Moved(key, now.ended_by or "somebody", now.ended_at or seen_at, {})
    before = next((v for v in known if v.recorded_at <= seen_at), known[-1])
    theirs = {
        name: (before.values[name], now.values[name])
        for name in kind.names
        if before.values[name] != now.values[name]
    }
    return Moved(key, now.recorded_by, now.recorded_at, theirs or {"": (None, None)})


def _filled(
    store: Store, kind: Kind, key: str, columns: Sequence[str], changed: Mapping[str, str]
) -> dict[str, str]:
    """The fields of a row that any row changes: as changed, else as they are; and its key."""
    seen = browse.record(store, kind, key)
    if seen is None:
        raise Refused(f"{kind.name}: there is no {kind.noun} {key!r}; nothing was changed")
    texts = _texts(kind, seen.values)
    return {
        name: changed.get(name, texts[name]) for name in kind.names if name in kind.key or name in columns
    }


def _sheet(kind: Kind, rows: Sequence[Mapping[str, str]]) -> Sheet:
    columns: dict[str, list[Any]] = {}
    problems: list[Problem] = []
    for place, row in enumerate(rows, 1):
        read = read_values(kind, dict(row))
        for name, values in read.columns.items():
            columns.setdefault(name, []).append(values[0])
        problems.extend(Problem(place, p.field, p.reason) for p in read.problems)
    return _checked(Sheet(kind, columns, len(rows), tuple(problems)))


def _checked(sheet: Sheet) -> Sheet:
    """The same; RowsRefused where a value of it is bad, so that a row without a key is never looked up."""
    if sheet.problems:
        raise RowsRefused(sheet.kind.name, Loaded(sheet.count, 0, 0, 0, sheet.problems))
    return sheet


def _texts(kind: Kind, values: Mapping[str, Any]) -> dict[str, str]:
    """A row as a file holds it."""
    return {
        name: value.isoformat() if isinstance(value := values[name], datetime) else typed(value)
        for name in kind.names
    }


def _version(kind: Kind, row: str, event: str, at: datetime, by: str, reason: str | None) -> Version:
    found: dict[str, Any] = json.loads(row, parse_float=Decimal)
    recorded = [found.pop(mark) for mark in MARKS]
    values = {name: _typed_value(kind, name, found.get(name)) for name in kind.names}
    return Version(
        values, datetime.fromisoformat(recorded[0]), recorded[1], recorded[2], event, at, by, reason
    )


def _typed_value(kind: Kind, name: str, value: Any) -> Any:
    if value is None:
        return None
    match kind.column(name).type:
        case "date":
            return date.fromisoformat(value)
        case "instant":
            return datetime.fromisoformat(value)
        case "money" | "price" | "number" | "percent":
            return Decimal(str(value))
        case _:
            return value


def _answer(write: Write, keys: tuple[str, ...], loaded: Loaded) -> Done:
    write.detail = loaded.as_json() | {"keys": list(keys), "from": "entered"}
    return Done(keys, loaded)


def _repeated(detail: dict[str, Any]) -> Done:
    return Done(
        tuple(detail["keys"]), Loaded(detail["read"], detail["added"], detail["updated"], detail["unchanged"])
    )
