"""What is done to a proposal: asked for, typed, put up for approval, decided on, sent, and what became of it.

Typing anything makes the proposal a draft again: the approvals fall with the content that they were given to.
"""

from collections.abc import Mapping
from datetime import date, datetime

from tai_ops.errors import NotAllowed, Refused
from tai_ops.kinds import KINDS
from tai_ops.money import money_text
from tai_ops.proposal_clock import label_of, valid_until
from tai_ops.proposal_template import (
    content_hash,
    missing,
)
from tai_ops.proposal_values import STAMPS, read_value
from tai_ops.rights import ROLE_IN_WORDS, Actor
from tai_ops.sheet import read_values
from tai_ops.store.connection import Store, Write
from tai_ops.store.facts import business_calendar
from tai_ops.store.proposal_desk import (
    APPROVERS,
    OPEN,
    OUT,
    RIGHT,
    Version,
    approvals_of,
    content_text,
    desk,
    refuse_unready,
    standing_version,
    typed_of,
)
from tai_ops.store.records import put


def ask_for(
    store: Store,
    actor: Actor,
    deal_id: str,
    *,
    now: datetime,
    urgent: bool = False,
    request_key: str | None = None,
) -> str:
    """Ask for a deal's proposal: the clock starts. Refused where one is in the making already; returns its id."""
    with store.write(
        actor, RIGHT, "ask for proposal", now=now, subject=("deals", deal_id), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["proposal"])
        proposal_id = start_clock(write, deal_id, urgent=urgent)
        write.detail = {"proposal": proposal_id, "urgent": urgent}
        return proposal_id


def start_clock(write: Write, deal_id: str, *, urgent: bool = False) -> str:
    """Ask for a deal's proposal inside a write that is under way; Refused as `ask_for` does."""
    if not write.sql("select 1 from deals where deal_id = $deal", {"deal": deal_id}).fetchone():
        raise Refused(KINDS["deals"].not_there(deal_id))
    row = write.sql(
        """
        select proposal_id from proposals where deal_id = $deal and status in ('draft', 'in_review', 'approved')
        order by proposal_id limit 1
        """,
        {"deal": deal_id},
    ).fetchone()
    if row:
        raise Refused(f"{row[0]} is in the making for that deal already")
    proposal_id = _next_id(write)
    values = {
        "proposal_id": proposal_id,
        "deal_id": deal_id,
        "requested_at": write.now.isoformat(),
        "status": "draft",
    }
    put(write, read_values(KINDS["proposals"], values), name=proposal_id)
    if urgent:
        _event(write, proposal_id, "urgent")
    return proposal_id


def _next_id(write: Write) -> str:
    row = write.sql(
        """
        select max(regexp_extract(id, '([0-9]{1,9})$', 1)::bigint) from (
            select proposal_id as id from proposals union all select row_key from history where kind = 'proposals'
        ) where regexp_matches(id, '^Q-[0-9]{1,9}$')
        """
    ).fetchone()
    return f"Q-{(row[0] or 0) + 1 if row else 1:03d}"


def type_values(
    store: Store,
    actor: Actor,
    proposal_id: str,
    values: Mapping[str, str],
    *,
    now: datetime,
    seen: Mapping[str, str] | None = None,
    request_key: str | None = None,
) -> tuple[str, ...]:
    """Keep what was typed for a proposal; an empty text takes the typed one back. Returns the names that changed.

    Approvals fall and the proposal is a draft again. `seen` are the texts that the form showed ("" for none). Refused after
    sending, where a text can't be read, and where a variable isn't any more what was seen.
    """
    for name, text in values.items():
        if text.strip():
            read_value(name, text)
    with store.write(
        actor, RIGHT, "type proposal", now=now, subject=("proposals", proposal_id), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return tuple(write.repeated["names"])
        status = _status(write, proposal_id)
        if status not in OPEN:
            raise Refused(
                f"{proposal_id} is {status}: what was sent stays as it is; ask for a revised proposal"
            )
        before = typed_of(write.cursor, proposal_id)
        changed = [n for n, text in values.items() if " ".join(text.split()) != before.get(n, ("", ""))[0]]
        for name in changed:
            text, who = before.get(name, ("", "somebody"))
            if seen is not None and text != seen.get(name, ""):
                stands = f"to “{text}”" if text else "and took it back"
                raise Refused(
                    f"{label_of(name)}: {who} changed it meanwhile {stands}; look at it and save yours again"
                )
            _keep(write, proposal_id, name, values[name])
        if changed:
            row = {"proposal_id": proposal_id, "status": "draft"}
            row |= {
                n: _money(values[n]) for n in ("services", "licence") if n in changed and values[n].strip()
            }
            put(write, read_values(KINDS["proposals"], row), name=proposal_id)
        write.detail = {"names": changed}
        return tuple(changed)


def _money(text: str) -> str:
    return money_text(read_value("services", text))


def _keep(write: Write, proposal_id: str, name: str, text: str) -> None:
    write.sql(
        """
        insert into proposal_values (proposal_id, name, value, recorded_at, recorded_by)
        values ($proposal, $name, $value, $at, $by)
        """,
        {
            "proposal": proposal_id,
            "name": name,
            "value": " ".join(text.split()) or None,
            "at": write.now,
            "by": write.by,
        },
    )


def submit(
    store: Store, actor: Actor, proposal_id: str, *, now: datetime, request_key: str | None = None
) -> Version:
    """Freeze a version and put it up for approval. Refused where something is undefined or a sum doesn't hold."""
    with store.write(
        actor, RIGHT, "submit proposal", now=now, subject=("proposals", proposal_id), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return desk(store, proposal_id, now).versions[-1]
        found = desk(store, proposal_id, now)
        status = _status(write, proposal_id)
        if status not in OPEN:
            raise Refused(f"{proposal_id} is {status}; a revised proposal is a new one")
        values = found.filled.values
        wanting = missing(found.lines, values)
        if wanting:
            raise Refused(f"{proposal_id} still misses {', '.join(label_of(name) for name in wanting)}")
        if found.filled.wrong:
            raise Refused(f"{proposal_id}: {'; '.join(found.filled.wrong)}")
        made = Version(
            len(found.versions) + 1,
            content_hash(found.lines, values, found.known.company.currency),
            {n: v for n, v in values.items() if n not in STAMPS},
            write.now,
            write.by,
            found.lines,
        )
        write.sql(
            """
            insert into proposal_versions (proposal_id, version, content_hash, content_json, made_at, made_by)
            values ($proposal, $version, $hash, $content, $at, $by)
            """,
            {
                "proposal": proposal_id,
                "version": made.version,
                "hash": made.content_hash,
                "content": content_text(made.values, found.lines),
                "at": write.now,
                "by": write.by,
            },
        )
        row = {"proposal_id": proposal_id, "status": "in_review"}
        row |= {n: money_text(values[n].value) for n in ("services", "licence") if n in values}
        put(write, read_values(KINDS["proposals"], row), name=proposal_id)
        write.detail = {"version": made.version, "hash": made.content_hash}
        return made


def decide(
    store: Store,
    actor: Actor,
    proposal_id: str,
    part: str,
    *,
    approve: bool,
    content: str,
    now: datetime,
    note: str = "",
    request_key: str | None = None,
) -> str:
    """Approve a part of the content that was looked at, or ask for changes with a note; returns the proposal's status.

    NotAllowed where the part is another's; Refused where the content has changed since.
    """
    whose = APPROVERS.get(part)
    if whose is None:
        raise Refused(f"{part!r} is no part that is approved; those are {', '.join(APPROVERS)}")
    if actor.role not in {whose, "owner"}:
        raise NotAllowed(f"{part} is the {ROLE_IN_WORDS[whose]}'s to approve, not {actor.name}'s")
    if not approve and not note.strip():
        raise Refused("say what has to change")
    with store.write(
        actor,
        "notes",
        "decide on proposal",
        now=now,
        subject=("proposals", proposal_id),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["status"])
        version, status = standing_version(store, write.cursor, proposal_id), _status(write, proposal_id)
        if status not in {"in_review", "approved"}:
            raise Refused(f"{proposal_id} is {status}: no version is up for approval")
        if version is None or version.content_hash != content:
            raise Refused(f"{proposal_id} has changed since you looked at it; look again and then decide")
        write.sql(
            """
            insert into proposal_approvals (proposal_id, content_hash, part, decision, note, decided_at, decided_by)
            values ($proposal, $hash, $part, $decision, $note, $at, $by)
            """,
            {
                "proposal": proposal_id,
                "hash": content,
                "part": part,
                "decision": "approved" if approve else "changes",
                "note": note.strip() or None,
                "at": write.now,
                "by": write.by,
            },
        )
        if not approve:
            _event(write, proposal_id, "changes", note=f"{part}: {note.strip()}", content=content)
        given = approvals_of(write.cursor, proposal_id, content)
        every = all(p in given and given[p].decision == "approved" for p in APPROVERS)
        to = "approved" if every else "in_review" if approve else "draft"
        put(
            write,
            read_values(KINDS["proposals"], {"proposal_id": proposal_id, "status": to}),
            name=proposal_id,
        )
        write.detail = {"part": part, "approve": approve, "status": to}
        return to


def send(
    store: Store,
    actor: Actor,
    proposal_id: str,
    file_hash: str,
    *,
    now: datetime,
    request_key: str | None = None,
) -> date:
    """Keep that the approved document went out, with the file's hash; returns the last day that it is valid on.

    The first sending stops the clock. Refused without all three approvals on the content that holds.
    """
    with store.write(
        actor, RIGHT, "send proposal", now=now, subject=("proposals", proposal_id), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return date.fromisoformat(write.repeated["valid_until"])
        status = _status(write, proposal_id)
        if status not in OPEN:
            raise Refused(f"{proposal_id} is {status} already")
        version = standing_version(store, write.cursor, proposal_id)
        given = approvals_of(write.cursor, proposal_id, version.content_hash) if version else {}
        if version is None or any(p not in given or given[p].decision != "approved" for p in APPROVERS):
            refuse_unready(desk(store, proposal_id, now))
            raise Refused(f"{proposal_id} has changed since it was looked at; look again and then send it")
        row = {"proposal_id": proposal_id, "status": "sent", "sent_at": write.now.isoformat()}
        put(write, read_values(KINDS["proposals"], row), name=proposal_id)
        _event(write, proposal_id, "sent", content=version.content_hash, file=file_hash)
        calendar = business_calendar(store)
        last = calendar.local_date(valid_until(write.now, calendar))
        write.detail = {"file": file_hash, "hash": version.content_hash, "valid_until": last.isoformat()}
        return last


def note_outcome(
    store: Store, actor: Actor, proposal_id: str, outcome: str, *, now: datetime, note: str = ""
) -> None:
    """Keep that a sent proposal was viewed, declined or has expired. Refused where it is not out with the customer."""
    if outcome not in {"viewed", "declined", "expired"}:
        raise Refused(f"{outcome!r} is nothing that becomes of a proposal here")
    if outcome == "declined" and not note.strip():
        raise Refused("say why it was declined")
    with store.write(
        actor, RIGHT, f"proposal {outcome}", now=now, subject=("proposals", proposal_id)
    ) as write:
        status = _status(write, proposal_id)
        if status not in OUT:
            raise Refused(f"{proposal_id} is {status}, not with the customer")
        put(
            write,
            read_values(KINDS["proposals"], {"proposal_id": proposal_id, "status": outcome}),
            name=proposal_id,
        )
        _event(write, proposal_id, outcome, note=note)
        write.detail = {"outcome": outcome, "note": note.strip()}


def _status(write: Write, proposal_id: str) -> str:
    row = write.sql("select status from proposals where proposal_id = $id", {"id": proposal_id}).fetchone()
    if row is None:
        raise Refused(f"there is no proposal {proposal_id!r}")
    return str(row[0])


def _event(
    write: Write,
    proposal_id: str,
    event: str,
    *,
    note: str = "",
    content: str | None = None,
    file: str | None = None,
) -> None:
    write.sql(
        """
        insert into proposal_events (proposal_id, event, happened_at, content_hash, file_hash, note, recorded_at, recorded_by)
        values ($proposal, $event, $at, $content, $file, $note, $at, $by)
        """,
        {
            "proposal": proposal_id,
            "event": event,
            "at": write.now,
            "content": content,
            "file": file,
            "note": note.strip() or None,
            "by": write.by,
        },
    )
