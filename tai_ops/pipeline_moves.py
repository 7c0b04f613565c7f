"""What moved the open pipeline between two instants, why deals were lost, and how stage probabilities compare with history.

The open pipeline is what stands in discovery, proposal or closing; its value is Year 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tai_ops.money import ZERO, percent
from tai_ops.pipeline import OPEN_STAGES, Deal, StageEntry

What = Literal["new", "back", "revalued", "moved on", "moved back", "won", "lost", "set aside"]
STEPS: tuple[What, ...] = ("new", "back", "revalued", "won", "lost", "set aside")
ENOUGH_CLOSED = 20
ORDER: Mapping[str, int] = {stage: place for place, stage in enumerate(("lead", *OPEN_STAGES, "won"))}


@dataclass(frozen=True, slots=True)
class Move:
    """What a deal did: from which stage to which, and by how much it changed the open pipeline."""

    deal_id: str
    what: What
    before: str | None
    after: str
    change: Decimal


@dataclass(frozen=True, slots=True)
class Movement:
    """The open pipeline at both instants in money, and every move between; deals without an amount count as nothing.

    `unpriced` are the moves of deals without an amount at one of the instants.
    """

    opening: Decimal
    closing: Decimal
    moves: tuple[Move, ...]
    unpriced: int

    def step(self, what: What) -> Decimal:
        """By how much the moves of a kind changed the open pipeline."""
        return sum((move.change for move in self.moves if move.what == what), ZERO)

    def count(self, what: What) -> int:
        """How many deals made a move of a kind."""
        return sum(move.what == what for move in self.moves)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How often deals that reached a stage were won: of `n` closed ones `won`, against the probability that is set.

    `won_pct` is None below twenty closed deals.
    """

    stage: str
    n: int
    won: int
    won_pct: Decimal | None
    set_pct: Decimal | None


def movement(before: Iterable[Deal], after: Iterable[Deal]) -> Movement:
    """The moves between two standings: opening + new + back + revalued − won − lost − set aside = closing.

    A lead or a deal that was not there and is open now is new; one that was won, lost or set aside and is open now is back.
    """
    then, now = {d.deal_id: d for d in before}, {d.deal_id: d for d in after}
    moves: list[Move] = []
    unpriced = 0
    for deal_id, deal in sorted(now.items()):
        was = then.get(deal_id)
        found = list(_moves(was, deal))
        moves.extend(found)
        unpriced += bool(found) and (deal.amount is None or (was is not None and was.amount is None))
    for deal_id in sorted(then.keys() - now.keys()):
        gone = then[deal_id]
        if _is_open(gone):
            moves.append(Move(deal_id, "set aside", gone.stage, "gone", -_amount(gone)))
    return Movement(_value(then.values()), _value(now.values()), tuple(moves), unpriced)


def _moves(was: Deal | None, deal: Deal) -> Iterable[Move]:
    stage = was.stage if was else None
    if was is None or not _is_open(was):
        if _is_open(deal):
            what: What = "new" if stage in {None, "lead"} else "back"
            yield Move(deal.deal_id, what, stage, deal.stage, _amount(deal))
        return
    if not _is_open(deal):
        left: What = "won" if deal.stage == "won" else "lost" if deal.stage == "lost" else "set aside"
        yield Move(deal.deal_id, left, stage, deal.stage, -_amount(was))
        return
    if deal.stage != was.stage:
        ahead: What = "moved on" if ORDER[deal.stage] > ORDER[was.stage] else "moved back"
        yield Move(deal.deal_id, ahead, stage, deal.stage, ZERO)
    if _amount(deal) != _amount(was):
        yield Move(deal.deal_id, "revalued", stage, deal.stage, _amount(deal) - _amount(was))


def lost_reasons(deals: Iterable[Deal]) -> tuple[tuple[str, int, Decimal], ...]:
    """Why deals were lost: reason, how many, their Year-1 value; the most frequent first."""
    found: dict[str, list[Decimal]] = {}
    for deal in deals:
        if deal.stage == "lost":
            found.setdefault((deal.lost_reason or "no reason given").strip().lower(), []).append(
                _amount(deal)
            )
    rows = [(reason, len(amounts), sum(amounts, ZERO)) for reason, amounts in found.items()]
    return tuple(sorted(rows, key=lambda row: (-row[1], -row[2], row[0])))


def calibration(
    closed: Sequence[Deal], entries: Iterable[StageEntry], set_pct: Mapping[str, Decimal]
) -> tuple[Calibration, ...]:
    """The share of closed deals that were won, of those whose recorded history reached each open stage.

    Source: requirements.md 2C: said from twenty closed deals on.
    """
    reached: dict[str, set[str]] = {}
    for entry in entries:
        reached.setdefault(entry.stage, set()).add(entry.deal_id)
    found: list[Calibration] = []
    for stage in OPEN_STAGES:
        there = [deal for deal in closed if deal.deal_id in reached.get(stage, set())]
        won = sum(deal.stage == "won" for deal in there)
        share = percent(won, len(there)) if len(there) >= ENOUGH_CLOSED else None
        found.append(Calibration(stage, len(there), won, share, set_pct.get(stage)))
    return tuple(found)


def _is_open(deal: Deal) -> bool:
    return deal.stage in OPEN_STAGES


def _amount(deal: Deal) -> Decimal:
    return deal.amount or ZERO


def _value(deals: Iterable[Deal]) -> Decimal:
    return sum((_amount(deal) for deal in deals if _is_open(deal)), ZERO)
