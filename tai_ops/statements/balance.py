"""The running-balance check: does the bank's balance column follow from the amounts, and in which order of rows?

A balance may stand after its row or before it, and the rows may run forwards or backwards in time. Everything here
is in whole cents. Source: finance.md section 3, rule 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

Direction = Literal["ascending", "descending"]


@dataclass(frozen=True, slots=True)
class Chain:
    """One way to read a balance column: the order of the rows, before or after, the links and those that break.

    `first_break` is the index of the first row whose balance does not follow, with what was expected there.
    """

    direction: Direction
    before: bool
    links: int
    breaks: int
    first_break: int | None
    expected: int | None
    opening: int
    closing: int

    @property
    def ties(self) -> bool:
        """Whether every balance follows from the one next to it."""
        return self.breaks == 0


def direction(days: Sequence[date]) -> Direction | None:
    """Whether the dates only rise or only fall; None where they do neither, or stand still."""
    if not days or all(day == days[0] for day in days):
        return None
    if all(a <= b for a, b in pairwise(days)):
        return "ascending"
    return "descending" if all(a >= b for a, b in pairwise(days)) else None


def best_chain(
    amounts: Sequence[int],
    balances: Sequence[int | None],
    order: Direction | None,
    days: Sequence[date] = (),
    *,
    places: tuple[bool, ...] = (False, True),
) -> Chain | None:
    """The reading of the balances with the fewest breaks; None where no row has a balance.

    `order` is that of the rows' dates where they show one; else both orders are tried, and, where neither ties,
    the rows sorted by `days`. `places` are those a balance may have: after its row (False), before it (True).
    """
    if not any(b is not None for b in balances):
        return None
    orders: tuple[Direction, ...] = (order,) if order else ("ascending", "descending")
    tried = [_chain(amounts, balances, o, before=before) for before in places for o in orders]
    best = min(tried, key=lambda chain: chain.breaks)
    if best.ties or order or not days:
        return best
    forward = sorted(range(len(days)), key=days.__getitem__)
    backward = sorted(range(len(days) - 1, -1, -1), key=days.__getitem__)
    for place in (forward, backward):
        again = _chain([amounts[n] for n in place], [balances[n] for n in place], "ascending", before=False)
        if again.ties:
            return again
    return best


def _chain(
    amounts: Sequence[int], balances: Sequence[int | None], order: Direction, *, before: bool
) -> Chain:
    """Each balance less the amounts up to its row is the opening balance: where that changes, a link is broken."""
    size = len(amounts)
    summed, shown, breaks = 0, 0, 0
    opening = last = 0
    first: int | None = None
    expected: int | None = None
    for n in range(size) if order == "ascending" else range(size - 1, -1, -1):
        amount, balance = amounts[n], balances[n]
        summed += amount
        if balance is None:
            continue
        found = balance - summed + (amount if before else 0)
        if not shown:
            opening = found
        elif found != last:
            breaks += 1
            if first is None:
                first, expected = n, balance - found + last
        last = found
        shown += 1
    return Chain(order, before, shown - 1, breaks, first, expected, opening, last + sum(amounts))
