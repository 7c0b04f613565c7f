"""Deals in the store: how they stood at an earlier instant, and moving one to another stage."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from tai_ops.deal_history import DealVersion, standing
from tai_ops.deal_value import Measure, Said, Valued, valued
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS, STAGES
from tai_ops.pipeline import Proposal, Prospect
from tai_ops.pipeline_forecast import Then
from tai_ops.pipeline_moves import ORDER
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store.connection import Store
from tai_ops.store.facts import BUDGET_SAID, deal_versions, of_kind
from tai_ops.store.records import put
from tai_ops.words import counted

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PastDeals:
    """Every row ever recorded of each deal, and what was said and offered: from it the deals of any past day in a measure."""

    versions: tuple[DealVersion, ...]
    prospects: tuple[Prospect, ...]
    proposals: tuple[Proposal, ...]
    said: tuple[Said, ...]
    zone: tzinfo

    def at(self, at: datetime, measure: Measure = "year_1") -> tuple[Valued, tuple[str, ...]]:
        """The deals as they stood at that instant, and those of which nobody knows whether they were open."""
        stood = standing(self.versions, self.prospects, at, at.astimezone(self.zone).date(), self.zone)
        return valued(stood.deals, self.proposals, self.said, measure, at), stood.unknown

    def at_end_of(self, day: date, now: datetime, measure: Measure) -> Then:
        """The deals at the end of a day, or at `now` on the day itself."""
        end = datetime.combine(day + timedelta(days=1), time(), tzinfo=self.zone)
        found, unknown = self.at(min(end - MOMENT, now), measure)
        why = f"the stage of {counted(len(unknown), 'deal')} on {day} is not on record" if unknown else None
        return Then(found.deals, why)


def past_deals(store: Store) -> PastDeals:
    """The history of all deals, read once."""
    with store.cursor() as cursor:
        said = cursor.execute(
            f"""
            select prospect_id, {BUDGET_SAID}, decided_at from qualifications
            where {BUDGET_SAID} is not null order by decided_at, prospect_id
            """
        ).fetchall()
        return PastDeals(
            deal_versions(cursor, store.company.tz),
            of_kind(cursor, "prospects", Prospect),
            of_kind(cursor, "proposals", Proposal),
            tuple(Said(*row) for row in said),
            store.company.tz,
        )


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
