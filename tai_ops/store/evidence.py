"""Files and links beside records: kept once by their hash, with who and when, never deleted, removed with a reason."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tai_ops import evidence
from tai_ops.errors import Refused, StoreDamaged
from tai_ops.kinds import RECORDS
from tai_ops.period import Month
from tai_ops.rights import Actor
from tai_ops.store.browse import key_text
from tai_ops.store.connection import Store, Write, new_id
from tai_ops.store.kept_files import keep_file
from tai_ops.store.records import key_where, parse_key

CLOSE = "close"
"""The subject of what is put beside an item of a month's checklist; its key is `YYYY-MM/item`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file or a link beside a record: one of `link` and `file_name` is there; `voided_*` where it was removed."""

    evidence_id: str
    note: str | None
    link: str | None
    file_hash: str | None
    file_name: str | None
    content_type: str | None
    size_bytes: int | None
    added_at: datetime
    added_by: str
    voided_at: datetime | None
    voided_by: str | None
    reason: str | None


def right_of(subject: str) -> str:
    """The right that puts evidence beside such a record and removes it: the one that writes the record."""
    return "close" if subject == CLOSE else RECORDS[subject].owner


def of(store: Store, subject: str, key: str, *, removed: bool = False) -> tuple[Evidence, ...]:
    """What stands beside a record, newest first; what was removed instead, where asked."""
    rows = store.rows(
        """
        select e.evidence_id, e.note, e.link, e.file_hash, e.file_name, e.content_type, e.size_bytes, e.added_at,
               e.added_by, v.voided_at, v.voided_by, v.reason
        from evidence e left join evidence_voids v on v.evidence_id = e.evidence_id
        where e.subject_kind = $subject and e.subject_key = $key and (v.evidence_id is not null) = $removed
        order by e.added_at desc, e.evidence_id desc
        """,
        {"subject": subject, "key": _canonical(subject, key), "removed": removed},
    )
    return tuple(Evidence(*row) for row in rows)


def counts(store: Store, subject: str, prefix: str = "") -> Mapping[str, int]:
    """How many pieces stand beside each record of a kind whose key begins so."""
    return dict(
        store.rows(
            """
            select e.subject_key, count(*) as n from evidence e
            where e.subject_kind = $subject and starts_with(e.subject_key, $prefix)
              and not exists (select 1 from evidence_voids v where v.evidence_id = e.evidence_id)
            group by e.subject_key order by e.subject_key
            """,
            {"subject": subject, "prefix": prefix},
        )
    )


def content(store: Store, evidence_id: str) -> bytes:
    """The bytes of a file; Refused where there is none, StoreDamaged where it is not the one that was kept."""
    found = store.row(
        """
        select f.content, f.file_hash from evidence e join files f on f.file_hash = e.file_hash
        where e.evidence_id = $id
        """,
        {"id": evidence_id},
    )
    if found is None:
        raise Refused("there is no such file; reload the page")
    data = bytes(found[0])
    if hashlib.sha256(data).hexdigest() != found[1]:
        raise StoreDamaged(
            "the file is not the one that was kept; bring the last verified backup back with `tai-ops restore FILE`"
        )
    return data


def add_file(
    store: Store,
    actor: Actor,
    subject: str,
    key: str,
    data: bytes,
    name: str,
    *,
    now: datetime,
    note: str = "",
    request_key: str | None = None,
) -> str:
    """Put a file beside a record; its id. Refused where it is empty, too large or there already."""
    told = {
        "note": evidence.checked_note(note),
        "content_type": evidence.checked_file(data, name),
        "file_name": name.replace("\x00", ""),
        "file_hash": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
        "link": None,
    }
    return _add(store, actor, subject, key, told, data, now=now, request_key=request_key)


def add_link(
    store: Store,
    actor: Actor,
    subject: str,
    key: str,
    link: str,
    *,
    now: datetime,
    note: str = "",
    request_key: str | None = None,
) -> str:
    """Put a link beside a record; its id. Refused where it is no web address or there already."""
    told: dict[str, Any] = dict.fromkeys(("content_type", "file_name", "file_hash", "size_bytes"))
    told |= {"note": evidence.checked_note(note), "link": evidence.checked_link(link)}
    return _add(store, actor, subject, key, told, None, now=now, request_key=request_key)


def void(store: Store, actor: Actor, evidence_id: str, reason: str, *, now: datetime) -> str:
    """Remove a piece of evidence; it stays in the history with the reason. What it was called."""
    if not reason.strip():
        raise Refused("reason: say why it is removed; it stays in the history")
    found = store.row(
        "select subject_kind, subject_key, coalesce(file_name, link) from evidence where evidence_id = $id",
        {"id": evidence_id},
    )
    if found is None:
        raise Refused("there is no such evidence; reload the page")
    subject, key, name = found
    with store.write(actor, right_of(subject), "remove evidence", now=now, subject=(subject, key)) as write:
        if write.sql("select 1 from evidence_voids where evidence_id = $id", {"id": evidence_id}).fetchone():
            raise Refused(f"{evidence.shown_name(name)} was removed already; reload the page")
        write.sql(
            """
            insert into evidence_voids (evidence_id, reason, voided_at, voided_by)
            values ($id, $reason, $at, $by)
            """,
            {"id": evidence_id, "reason": reason.strip(), "at": write.now, "by": write.by},
        )
        write.detail = {"evidence": evidence_id, "name": name, "reason": reason.strip()}
    return name


def _add(
    store: Store,
    actor: Actor,
    subject: str,
    key: str,
    told: dict[str, Any],
    data: bytes | None,
    *,
    now: datetime,
    request_key: str | None,
) -> str:
    name = told["file_name"] or told["link"]
    where = (subject, _canonical(subject, key))
    with store.write(
        actor, right_of(subject), "add evidence", now=now, subject=where, request_key=request_key
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["evidence"])
        _refuse_missing(write, *where)
        _refuse_twice(write, where, told)
        if data is not None:
            keep_file(write, told["file_name"], data)
        evidence_id = new_id()
        write.sql(
            """
            insert into evidence (evidence_id, subject_kind, subject_key, note, link, file_hash, file_name,
                                  content_type, size_bytes, added_at, added_by)
            values ($id, $subject, $key, $note, $link, $file_hash, $file_name, $content_type, $size_bytes, $at, $by)
            """,
            told | {"id": evidence_id, "subject": where[0], "key": where[1], "at": write.now, "by": write.by},
        )
        write.detail = {"evidence": evidence_id, "name": name, "sha256": told["file_hash"]}
    return evidence_id


def _canonical(subject: str, key: str) -> str:
    """The key as every caller writes it."""
    if subject == CLOSE:
        month, _, item = key.partition("/")
        if not item:
            raise Refused("an item of the checklist is named YYYY-MM/item")
        return f"{Month.parse(month)}/{item}"
    if subject not in RECORDS:
        raise Refused(f"{subject!r} is no kind of record")
    kind = RECORDS[subject]
    return key_text(kind, parse_key(kind, key))


def _refuse_missing(write: Write, subject: str, key: str) -> None:
    if subject == CLOSE:
        return
    kind = RECORDS[subject]
    if not write.sql(f"select 1 from {kind.table} where {key_where(kind)}", parse_key(kind, key)).fetchone():
        raise Refused(f"{kind.name}: there is no {kind.noun} {key!r}; nothing was kept")


def _refuse_twice(write: Write, where: tuple[str, str], told: Mapping[str, Any]) -> None:
    found = write.sql(
        """
        select added_by, added_at from evidence e
        where subject_kind = $subject and subject_key = $key
          and link is not distinct from $link and file_hash is not distinct from $hash
          and not exists (select 1 from evidence_voids v where v.evidence_id = e.evidence_id)
        limit 1
        """,
        {"subject": where[0], "key": where[1], "link": told["link"], "hash": told["file_hash"]},
    ).fetchone()
    if found:
        raise Refused(f"it is there already: added by {found[0]} on {found[1]:%Y-%m-%d}")
