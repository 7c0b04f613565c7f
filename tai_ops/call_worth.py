"""What a solution would be worth to a prospect, from the figures of the call: fewer errors and fewer hours of counting, in a year.

Source: Runbook 2 ("what would that be worth to you?"); requirements.md B8: error cost + hours × rate.
"""

from dataclasses import dataclass
from decimal import Decimal

from tai_ops.bant import ACCURACY_WANTED_PCT, Answers
from tai_ops.money import ZERO
from tai_ops.proposal_quote import error_savings, hours_value, payback_months

HOURS_FEWER_PCT = Decimal(30)
"""How much less counting the runbook aims at."""


@dataclass(frozen=True, slots=True)
class Worth:
    """Money a year: from fewer errors, from fewer hours, both together; each None where the call gave no figure for it.

    `payback_months` is the budget a year over that value. `wanting` names what the call has not said yet.
    """

    errors: Decimal | None
    hours: Decimal | None
    payback_months: Decimal | None
    wanting: tuple[str, ...]

    @property
    def total(self) -> Decimal | None:
        """Both together; None where neither is known."""
        known = [one for one in (self.errors, self.hours) if one is not None]
        return sum(known, ZERO) if known else None


def call_worth(answers: Answers, hour_cost: Decimal | None, warehouses: int | None) -> Worth:
    """What 97 % accuracy and 30 % less counting would be worth in a year, by what the call has said so far."""
    need = answers.need
    cost, accuracy, counting = need.error_cost_per_month, need.accuracy_pct, need.count_hours
    errors = (
        error_savings(cost, accuracy, ACCURACY_WANTED_PCT)
        if cost is not None and accuracy is not None
        else None
    )
    hours = None
    if counting is not None and hour_cost is not None and warehouses:
        fewer = counting * (100 - HOURS_FEWER_PCT) / 100
        hours = hours_value(counting, fewer, warehouses, hour_cost)
    asked = (
        ("the accuracy", accuracy),
        ("the cost of errors", cost),
        ("the hours of counting", counting),
        ("the cost of an hour", hour_cost),
        ("the number of warehouses", warehouses),
    )
    made = Worth(errors, hours, None, tuple(name for name, value in asked if value is None))
    acv = answers.budget.acv
    if made.total is None or acv is None:
        return made
    return Worth(errors, hours, payback_months(acv, made.total), made.wanting)
