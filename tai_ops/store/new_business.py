"""Somebody new on the phone, and the deal that a call opens: a prospect entered on the spot, a proposal asked for right after the call."""

from collections.abc import Mapping
from datetime import date, datetime

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store.connection import Store, Write
from tai_ops.store.proposing import start_clock
from tai_ops.store.records import RowsRefused, put

TOLD = ("company", "contact", "email", "industry", "source", "warehouses", "items", "current_system")
"""What may be said of somebody new before the call."""


def enter_prospect(
    store: Store, actor: Actor, told: Mapping[str, str], *, today: date, now: datetime, request_key: str
) -> str:
    """Enter a prospect; returns its id. Refused without a company and where one of that name is there, and names the first bad field."""
    said = {name: " ".join(told.get(name, "").split()) for name in TOLD}
    if not said["company"]:
        raise Refused("say which company it is")
    with store.write(
        actor,
        "sales",
        "enter prospect",
        now=now,
        subject=("prospects", said["company"]),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["prospect"])
        there = write.sql(
            "select prospect_id from prospects where lower(company) = lower($company) order by prospect_id limit 1",
            {"company": said["company"]},
        ).fetchone()
        if there:
            raise Refused(f"{said['company']} is a prospect already: {there[0]}")
        key = _next(write, "prospects", "prospect_id", "PR-")
        values = {"prospect_id": key, "created_on": today.isoformat(), "owner_email": _address(actor)}
        try:
            put(write, read_values(KINDS["prospects"], values | said), name=said["company"])
        except RowsRefused as refusal:
            first = refusal.report.rejected[0]
            raise Refused(f"{first.field}: {first.reason}") from None
        write.detail = {"prospect": key}
        return key


def ask_after_call(
    store: Store, actor: Actor, prospect_id: str, *, today: date, now: datetime, request_key: str
) -> str:
    """Ask for the proposal of a prospect that is pursued; returns its id. The clock starts.

    The prospect's open deal moves to the stage proposal; where there is none, one is opened there. Source: Runbook 2 (PURSUE:
    move to proposal stage), requirements.md B12. Refused where a proposal is in the making.
    """
    with store.write(
        actor,
        "sales",
        "ask for proposal",
        now=now,
        subject=("prospects", prospect_id),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["proposal"])
        if not write.sql("select 1 from prospects where prospect_id = $id", {"id": prospect_id}).fetchone():
            raise Refused(KINDS["prospects"].not_there(prospect_id))
        row = write.sql(
            """
            select deal_id, stage from deals
            where prospect_id = $id and stage in ('lead', 'discovery', 'proposal', 'closing')
            order by entered_stage_on desc nulls last, deal_id limit 1
            """,
            {"id": prospect_id},
        ).fetchone()
        deal_id = row[0] if row else _next(write, "deals", "deal_id", "D-")
        if row is None or row[1] in {"lead", "discovery"}:
            values = {
                "deal_id": deal_id,
                "prospect_id": prospect_id,
                "stage": "proposal",
                "entered_stage_on": today.isoformat(),
            }
            put(write, read_values(KINDS["deals"], values), name=deal_id)
        proposal_id = start_clock(write, deal_id)
        write.detail = {"proposal": proposal_id, "deal": deal_id}
        return proposal_id


def proposal_since(store: Store, prospect_id: str, call_at: datetime) -> str | None:
    """The newest proposal of a prospect that is in the making, or was asked for since that instant; None where there is none."""
    row = store.row(
        """
        select p.proposal_id from proposals p join deals d using (deal_id)
        where d.prospect_id = $id and (p.status in ('draft', 'in_review', 'approved') or p.requested_at >= $at)
        order by p.requested_at desc, p.proposal_id limit 1
        """,
        {"id": prospect_id, "at": call_at},
    )
    return str(row[0]) if row else None


def _address(actor: Actor) -> str:
    return actor.email if actor.role != "owner" else ""


def _next(write: Write, kind: str, column: str, stem: str) -> str:
    """The key after the greatest of its form, those of rows that were taken out included."""
    table = KINDS[kind].table
    row = write.sql(
        f"""
        select max(regexp_extract(id, '([0-9]{{1,9}})$', 1)::bigint) from (
            select {column} as id from {table} union all select row_key from history where kind = $kind
        ) where regexp_matches(id, '^' || $stem || '[0-9]{{1,9}}$')
        """,
        {"kind": kind, "stem": stem},
    ).fetchone()
    return f"{stem}{(row[0] or 0) + 1 if row else 1:03d}"
