"""What a deal is worth in one of two measures that are never mixed: its Year-1 value, or its annual contract value (ACV).

Year 1 is the deal's amount. ACV is the newest proposal's licence, else the budget a
year that was said on the call, which is an estimate and marked as one. A deal of which neither is known has no value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tai_ops.money import ZERO
from tai_ops.pipeline import OPEN_STAGES, Deal, Proposal

Measure = Literal["year_1", "acv"]
MEASURES: Mapping[Measure, str] = {"year_1": "Year 1", "acv": "ACV"}
"""Each measure and what people call it."""


@dataclass(frozen=True, slots=True)
class Said:
    """The budget a year that a prospect said on a call, in money, and when."""

    prospect_id: str
    acv: Decimal
    said_at: datetime


@dataclass(frozen=True, slots=True)
class DealValue:
    """A deal's value in money (None where it has none), where it comes from, and whether it is an estimate."""

    amount: Decimal | None
    basis: str
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Valued:
    """Deals with their amounts in one measure, and where each amount comes from."""

    measure: Measure
    deals: tuple[Deal, ...]
    values: Mapping[str, DealValue]

    @property
    def name(self) -> str:
        """What people call the measure."""
        return MEASURES[self.measure]

    @property
    def estimated(self) -> tuple[int, Decimal]:
        """How many open deals have an estimate for a value, and what these add up to."""
        found = [
            self.values[deal.deal_id].amount or ZERO
            for deal in self.deals
            if deal.stage in OPEN_STAGES and self.values[deal.deal_id].estimated
        ]
        return len(found), sum(found, ZERO)


def valued(
    deals: Iterable[Deal],
    proposals: Iterable[Proposal],
    said: Iterable[Said],
    measure: Measure,
    at: datetime,
) -> Valued:
    """The deals as they were at that instant with their amounts in a measure; later proposals and calls don't count."""
    newest: dict[str, Proposal] = {}
    for one in sorted(proposals, key=lambda p: (p.requested_at, p.proposal_id)):
        if one.requested_at <= at:
            newest[one.deal_id] = one
    budgets: dict[str, Decimal] = {}
    for call in sorted(said, key=lambda c: c.said_at):
        if call.said_at <= at:
            budgets[call.prospect_id] = call.acv
    rows = tuple(deals)
    worth = _year_1 if measure == "year_1" else _acv
    values = {
        deal.deal_id: worth(deal, newest.get(deal.deal_id), budgets.get(deal.prospect_id)) for deal in rows
    }
    made = tuple(replace(deal, amount=values[deal.deal_id].amount) for deal in rows)
    return Valued(measure, made, values)


def _year_1(deal: Deal, _proposal: Proposal | None, _budget: Decimal | None) -> DealValue:
    return DealValue(deal.amount, "no amount" if deal.amount is None else "the deal's amount")


def _acv(_deal: Deal, proposal: Proposal | None, budget: Decimal | None) -> DealValue:
    if proposal is not None and proposal.licence is not None:
        return DealValue(proposal.licence, f"licence of proposal {proposal.proposal_id}")
    if budget is not None:
        return DealValue(budget, "budget said on the call", estimated=True)
    return DealValue(None, "neither a licence nor a budget is known")
