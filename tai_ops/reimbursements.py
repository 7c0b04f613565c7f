"""Reimbursements: what people paid out of their own pocket, and whether they have it back.

Source: Runbook 6 "Record any out-of-pocket expenses (reimburse if > $100)"; the threshold is a setting, and an expense
of exactly that much is not above it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tai_ops.cash import Bill
from tai_ops.money import ZERO

State = Literal["to pay back", "below the threshold", "paid, not on the bank", "paid back"]
ORDER: tuple[State, ...] = ("to pay back", "paid, not on the bank", "below the threshold", "paid back")


@dataclass(frozen=True, slots=True)
class Reimbursement:
    """An expense that somebody paid themselves: what they are owed, and how far its paying back is.

    `days_open` counts from the day it was spent while it is not paid back; `on_bank` is the day of the bank line that
    proves the payment.
    """

    bill_id: str
    person: str
    payee: str
    amount: Decimal
    incurred_on: date
    paid_on: date | None
    on_bank: date | None
    state: State
    days_open: int | None


def reimbursements(
    bills: Iterable[Bill], on_bank: Mapping[str, date], least: Decimal, day: date
) -> tuple[Reimbursement, ...]:
    """Every such expense up to the day: those to pay back first, each group by the day it was spent.

    `on_bank` are bills that bank lines settle in full, with the day of the last line.
    """
    found: list[Reimbursement] = []
    for bill in bills:
        if not bill.reimbursable_to or bill.incurred_on > day:
            continue
        seen = on_bank.get(bill.bill_id)
        seen = seen if seen and seen <= day else None
        paid = bill.paid_on if bill.paid_on and bill.paid_on <= day else None
        state = _state(bill.amount, paid, seen, least)
        waits = state in {"to pay back", "below the threshold"}
        found.append(
            Reimbursement(
                bill.bill_id,
                bill.reimbursable_to,
                bill.payee,
                bill.amount,
                bill.incurred_on,
                paid or seen,
                seen,
                state,
                (day - bill.incurred_on).days if waits else None,
            )
        )
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.state), one.incurred_on, one.bill_id)))


def _state(amount: Decimal, paid: date | None, seen: date | None, least: Decimal) -> State:
    if seen:
        return "paid back"
    if paid:
        return "paid, not on the bank"
    return "to pay back" if amount > least else "below the threshold"


def owed(found: Iterable[Reimbursement]) -> Decimal:
    """What is to be paid back."""
    return sum((one.amount for one in found if one.state == "to pay back"), ZERO)
