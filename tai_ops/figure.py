"""One answered number, or the reason why there is none."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in the unit that its function names, unrounded.

    `value` is None where the number is undefined or unknown; `reason` then says why. A reason beside a value
    qualifies it ("not burning", "capped at 60 months", "low confidence: 3 customers"). `n` is how many
    customers, months or samples stand behind it, where that matters.
    """

    value: Decimal | None
    reason: str | None = None
    n: int | None = None
