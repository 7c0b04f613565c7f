"""How the deals stood at an earlier instant: from every row that was ever recorded of them, and from the stages that came along.

A deal that was brought in from elsewhere has stages that nobody recorded here at the time; each stands for a row of that day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from itertools import takewhile

from tai_ops.pipeline import Deal, Prospect, Stage

CLOSED = frozenset(("won", "lost"))


@dataclass(frozen=True, slots=True)
class DealVersion:
    """A deal as one of its rows says, and when that row was recorded; `told` where its stage came with a stage history."""

    deal: Deal
    recorded_at: datetime
    told: bool = False

    def holds_from(self, zone: tzinfo) -> date:
        """The day from which the row says how the deal stands: closed, else entered its stage, else recorded."""
        closed_on = self.deal.closed_on if self.deal.stage in CLOSED else None
        return closed_on or self.deal.entered_stage_on or self.recorded_at.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class ToldStage:
    """A stage that a deal entered at an instant, by a stage history that was brought in."""

    deal_id: str
    entered_at: datetime
    stage: Stage


@dataclass(frozen=True, slots=True)
class Standing:
    """The deals as they stood at an instant; `later` are those of now that came after it.

    `unknown` names those of `later` that may have been in the pipeline at that time: nothing on record tells.
    """

    deals: tuple[Deal, ...]
    later: tuple[Deal, ...] = ()
    unknown: tuple[str, ...] = ()


def with_history(
    versions: Iterable[DealVersion], told: Iterable[ToldStage], zone: tzinfo
) -> tuple[DealVersion, ...]:
    """The recorded rows and, for each stage that came along, a row of the instant at which the deal entered it.

    Such a row has the amount that was known then, else the first that was recorded; the chance only of a row of the same
    stage. Stages of deals that are not on record are left out.
    """
    rows: dict[str, list[DealVersion]] = {}
    for version in versions:
        rows.setdefault(version.deal.deal_id, []).append(version)
    made: list[DealVersion] = []
    for one in told:
        recorded = sorted(rows.get(one.deal_id, ()), key=lambda version: version.recorded_at)
        if recorded:
            made.append(DealVersion(_entered(one, recorded, zone), one.entered_at, told=True))
    return (*(version for held in rows.values() for version in held), *made)


def _entered(one: ToldStage, recorded: Sequence[DealVersion], zone: tzinfo) -> Deal:
    then = [version for version in recorded if version.recorded_at <= one.entered_at]
    same = [version for version in recorded if version.deal.stage == one.stage]
    like = then[-1] if then else same[0] if same else recorded[0]
    day, of_stage = one.entered_at.astimezone(zone).date(), like.deal.stage == one.stage
    return replace(
        like.deal,
        stage=one.stage,
        entered_stage_on=day,
        probability_pct=like.deal.probability_pct if of_stage else None,
        closed_on=day if one.stage in CLOSED else None,
        lost_reason=like.deal.lost_reason if of_stage else None,
    )


def standing(
    versions: Iterable[DealVersion], prospects: Iterable[Prospect], at: datetime, day: date, zone: tzinfo
) -> Standing:
    """How the deals stood at an instant, by every row that was ever recorded of them; `day` is its last day.

    The stage is that of the newest row which was recorded by then or speaks of that time; a stage that came along with a
    history counts from its instant to the next row that was recorded here. Amount and chance are those that were known then,
    else the first that were recorded of that stage. A deal that came later and began as a lead, or in discovery on a known
    day, or whose prospect came later, was not there; any other one is unknown.
    """
    created = {prospect.prospect_id: prospect.created_on for prospect in prospects}
    deals: list[Deal] = []
    later: list[Deal] = []
    unknown: list[str] = []
    rows: dict[str, list[DealVersion]] = {}
    for version in versions:
        rows.setdefault(version.deal.deal_id, []).append(version)
    for deal_id, recorded in sorted(rows.items()):
        recorded.sort(key=lambda version: version.recorded_at)
        newest = next(version.deal for version in reversed(recorded) if not version.told)
        there = [v for v in recorded if v.recorded_at <= at or (not v.told and v.holds_from(zone) <= day)]
        if any(version.told for version in recorded):
            there.sort(key=lambda version: _speaks_at(version, at, zone))
            recorded.sort(key=lambda version: version.holds_from(zone))
        if there:
            deals.append(_known_at(there, at))
            continue
        first = recorded[0].deal
        later.append(newest)
        begins = first.stage == "lead" or (first.stage == "discovery" and first.entered_stage_on is not None)
        if not begins and created.get(first.prospect_id, date.min) <= day:
            unknown.append(deal_id)
    return Standing(tuple(deals), tuple(later), tuple(unknown))


def _speaks_at(version: DealVersion, at: datetime, zone: tzinfo) -> datetime:
    """From when a row tells of the time up to `at`: its recording, or the day it speaks of where it was recorded later."""
    if version.recorded_at <= at:
        return version.recorded_at
    return datetime.combine(version.holds_from(zone), time(), tzinfo=zone)


def _known_at(there: Sequence[DealVersion], at: datetime) -> Deal:
    """The newest row of the stage in which the deal stood that was recorded by then, else its first one."""
    stage = there[-1].deal.stage
    of_stage = list(takewhile(lambda version: version.deal.stage == stage, reversed(there)))
    return next((v.deal for v in of_stage if v.recorded_at <= at), of_stage[-1].deal)
