"""Money: exact decimals in one currency, cents, rounded half up in one place."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST = Decimal("9999999999999999.99")  # what DECIMAL(18,2) holds
_PLAIN = re.compile(r"[+-]?\d+(\.\d{1,2})?")


def cents(amount: Decimal) -> Decimal:
    """The amount rounded to cents, half away from zero (finance.md F10)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def parse_money(text: str) -> Decimal:
    """A plain amount such as `-1234.50` as cents.

    Raises ValueError with the reason where the text has three decimals, a thousands separator or no number.
    """
    stripped = text.strip()
    if not _PLAIN.fullmatch(stripped):
        if re.fullmatch(r"[+-]?\d+\.\d{3,}", stripped):
            raise ValueError(f"{stripped!r} has more than two decimals; give whole cents")
        raise ValueError(f"{stripped!r} is not an amount; write it like 1234.50")
    try:
        value = Decimal(stripped)
    except InvalidOperation:  # pragma: no cover - the pattern admits numbers only
        raise ValueError(f"{stripped!r} is not an amount") from None
    if abs(value) > LARGEST:
        raise ValueError(f"{stripped!r} is larger than the store holds")
    return value.quantize(CENT)


def allocate(total: Decimal, weights: Sequence[int | Decimal]) -> list[Decimal]:
    """The total in parts by weight, by cumulative rounding: each part in cents, the parts add up to the total.

    Weights are not negative and not all zero; otherwise ValueError. Source: finance.md F10.
    """
    whole = sum((Decimal(w) for w in weights), Decimal(0))
    if whole <= 0 or any(w < 0 for w in weights):
        raise ValueError("weights must be positive")
    parts: list[Decimal] = []
    seen, given = Decimal(0), ZERO
    for weight in weights:
        seen += Decimal(weight)
        reached = cents(total * seen / whole)
        parts.append(reached - given)
        given = reached
    return parts


def money_text(amount: Decimal) -> str:
    """The amount as JSON and CSV carry it: two decimals, a point, no separators."""
    return f"{cents(amount):.2f}"


def ratio(over: Decimal | int, under: Decimal | int) -> Decimal | None:
    """over / under, unrounded; None where under is 0 (undefined, never 0 or infinite)."""
    return Decimal(over) / Decimal(under) if under else None


def percent(over: Decimal | int, under: Decimal | int) -> Decimal | None:
    """100 × over / under, unrounded; None where under is 0."""
    quotient = ratio(over, under)
    return None if quotient is None else quotient * 100
