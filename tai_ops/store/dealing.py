"""Deals in the store: how they stood at an earlier instant, and moving one to another stage."""

from datetime import date, datetime

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS, STAGES
from tai_ops.pipeline import Deal, Prospect, standing
from tai_ops.pipeline_moves import ORDER
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store.connection import Store
from tai_ops.store.facts import deal_versions, of_kind
from tai_ops.store.records import put


def deals_at(store: Store, at: datetime) -> tuple[Deal, ...]:
    """The deals as they stood at that instant, by every row that was recorded of them."""
    zone = store.company.tz
    with store.cursor() as cursor:
        versions, prospects = deal_versions(cursor), of_kind(cursor, "prospects", Prospect)
    return standing(versions, prospects, at, at.astimezone(zone).date(), zone).deals


def move_deal(
    store: Store,
    actor: Actor,
    deal_id: str,
    stage: str,
    *,
    on: date,
    now: datetime,
    reason: str = "",
    request_key: str | None = None,
) -> str:
    """Move a deal to another stage; returns the stage that it came from.

    Refused without a reason where it is lost or goes back, and where it would be won without an accepted proposal.
    """
    if stage not in STAGES:
        raise Refused(f"{stage!r} is no stage; those are {', '.join(STAGES)}")
    with store.write(
        actor, "sales", "move deal", now=now, subject=("deals", deal_id), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["before"])
        row = write.sql("select stage from deals where deal_id = $deal", {"deal": deal_id}).fetchone()
        if row is None:
            raise Refused(f"there is no deal {deal_id!r}")
        before = str(row[0])
        if before == stage:
            raise Refused(f"{deal_id} is in {stage} already")
        _refuse_move(before, stage, deal_id, reason)
        accepted = write.sql(
            "select 1 from proposals where deal_id = $deal and status = 'accepted' limit 1", {"deal": deal_id}
        ).fetchone()
        if stage == "won" and not accepted:
            raise Refused(
                f"{deal_id} has no accepted proposal; accept it on the Proposals page, which wins the deal"
            )
        closed = stage in {"won", "lost"}
        values = {
            "deal_id": deal_id,
            "stage": stage,
            "entered_stage_on": on.isoformat(),
            "closed_on": on.isoformat() if closed else "",
            "lost_reason": reason.strip() if stage == "lost" else "",
        }
        put(write, read_values(KINDS["deals"], values), name=deal_id)
        write.detail = {"before": before, "after": stage, "reason": reason.strip() or None}
        return before


def _refuse_move(before: str, stage: str, deal_id: str, reason: str) -> None:
    if reason.strip():
        return
    if stage == "lost":
        raise Refused(f"say why {deal_id} was lost")
    if before in {"won", "lost"}:
        raise Refused(f"{deal_id} is {before}; say why it is open again")
    if stage in ORDER and ORDER[stage] < ORDER.get(before, 0):
        raise Refused(f"{deal_id} would go back from {before} to {stage}; say why")
