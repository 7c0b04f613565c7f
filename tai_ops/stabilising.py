"""The days after a cutover: the daily questions, the spot check of a random sample, questions that people ask.

Source: Runbook 1, Days 13-15; R1.50 to R1.53; requirements.md O21.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tai_ops.accuracy import Interval, wilson
from tai_ops.errors import Refused
from tai_ops.money import percent
from tai_ops.words import number

SAMPLE_SIZE = 50
CHECK_IN_QUESTIONS = {
    "performance": "How's the system performing?",
    "accuracy": "Any issues with inventory accuracy?",
    "training": "Any user confusion or training needs?",
}
BRANCHES = {
    "discrepancy": ("Data discrepancy", "Investigate, fix, document"),
    "performance": ("Performance", "Optimise, test, deploy"),
    "confusion": ("User confusion", "Train again, update the documents"),
    "blocker": ("Blocker", "Escalate, agree who clears it by when"),
}
"""The branches of an issue: its name and what is done about it; a blocker is what stops the next week (R1.26)."""
SENTIMENTS = {"good": "good", "mixed": "mixed", "bad": "bad"}
EXPANSION_QUESTIONS = {
    "warehouses": "How many other warehouses would benefit from TAI?",
    "manual": "What other pain points are still manual?",
    "process": "How could we help with [related process]?",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One loaded item: where it lies, what it is, and how many the records say there are."""

    location: str
    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class CheckIn:
    """What the customer said on a day, question by question, and how the CSM feels about it."""

    held_on: date
    performance: str
    accuracy: str
    training: str
    sentiment: str | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question that users asked, with its answer once there is one."""

    question_id: str
    question: str
    answer: str | None
    by: str


@dataclass(frozen=True, slots=True)
class ExpansionAnswer:
    """What the customer answered to a question about more, and the deal that came of it."""

    question: str
    answer: str
    amount: Decimal | None
    deal_id: str | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Sampled:
    """One item of a sample and what was counted of it; None where nobody has yet."""

    place: int
    item: Item
    counted_qty: Decimal | None

    @property
    def is_right(self) -> bool | None:
        """Whether the count agrees with the record; None where nobody counted."""
        return None if self.counted_qty is None else self.counted_qty == self.item.quantity


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """A sample that was drawn: of which list by which seed, and its items."""

    spot_check_id: str
    source: str
    seed: int
    population: int
    drawn_at: datetime
    drawn_by: str
    items: tuple[Sampled, ...]

    @property
    def counted(self) -> int:
        """How many of its items were counted."""
        return sum(one.counted_qty is not None for one in self.items)

    @property
    def right(self) -> int:
        """How many of the counted ones agree with the record."""
        return sum(one.is_right is True for one in self.items)

    @property
    def accuracy_pct(self) -> Decimal | None:
        """The share that agrees, in per cent; None where nothing was counted."""
        return percent(self.right, self.counted)

    @property
    def interval_pct(self) -> Interval | None:
        """The 95 % interval of that share: 50 of 50 right still only prove 92.9 % or better (O21)."""
        return wilson(self.right, self.counted)


def draw(items: Sequence[Item], seed: int, size: int = SAMPLE_SIZE) -> tuple[Item, ...]:
    """A random sample of the items, the same for the same list and seed; all of them where there are no more.

    Refused where the list is empty.
    """
    if not items:
        raise Refused("the list has no items to draw from")
    ordered = sorted(items, key=lambda one: (one.location, one.sku))
    chooser = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, no secret
    chosen = chooser.sample(ordered, min(size, len(ordered)))
    return tuple(sorted(chosen, key=lambda one: (one.location, one.sku)))


def spot_check_words(check: SpotCheck) -> str:
    """What a sample came to so far, with how sure that is."""
    if not check.counted or check.interval_pct is None:
        return f"None of {len(check.items)} items counted yet"
    low, high = check.interval_pct
    return (
        f"{check.right} of {check.counted} counted items agree ({number(check.accuracy_pct, 'pct')}); "
        f"with 95 % certainty between {number(low, 'pct')} and {number(high, 'pct')}"
        + (f"; {len(check.items) - check.counted} left to count" if check.counted < len(check.items) else "")
    )
