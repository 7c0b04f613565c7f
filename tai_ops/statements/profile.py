"""What the cells of a column look like: how many are dates, amounts, currencies, flags, statuses or words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tai_ops.statements.amounts import written
from tai_ops.statements.dates import is_date, is_day_and_month
from tai_ops.statements.words import (
    CURRENCIES,
    FAILED,
    FALSE_WORDS,
    PENDING,
    SETTLED,
    SYMBOLS,
    TRUE_WORDS,
    flag_sign,
    fold,
)

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9 ]{10,36}")


@dataclass(slots=True)
class Profile:
    """What the cells of one column look like, in counts of the sampled rows."""

    rows: int = 0
    filled: int = 0
    dates: int = 0
    yearless: int = 0
    amounts: int = 0
    decimals: int = 0
    negatives: int = 0
    nonzero: int = 0
    codes: int = 0
    states: int = 0
    booleans: int = 0
    letters: int = 0
    values: set[str] = field(default_factory=set[str])
    signs: set[int] = field(default_factory=set[int])
    flags: int = 0
    ibans: int = 0

    def mostly(self, count: int) -> bool:
        """Whether at least half of the filled cells, and any at all, are of that kind."""
        return count > 0 and count * 2 >= self.filled

    @property
    def numeric(self) -> bool:
        """Whether the column holds amounts (a blank column may)."""
        return self.filled == 0 or self.mostly(self.amounts)

    @property
    def text(self) -> bool:
        """Whether the column holds words."""
        return self.letters > 0 and not self.mostly(self.amounts) and not self.mostly(self.dates)


def profiles(rows: Sequence[Sequence[str]], width: int) -> list[Profile]:
    """The profile of each column over the sampled rows."""
    return [_profile([row[n] if n < len(row) else "" for row in rows]) for n in range(width)]


def _profile(cells: list[str]) -> Profile:
    p = Profile(rows=len(cells))
    for cell in cells:
        text = cell.strip()
        if not text:
            continue
        p.filled += 1
        p.values.add(text)
        folded = fold(text)
        p.dates += is_date(text)
        p.yearless += is_day_and_month(text)
        amount = written(text)
        if amount:
            p.amounts += 1
            p.decimals += "." in amount.body or "," in amount.body
            p.negatives += amount.sign == -1
            p.nonzero += amount.body.strip("0.,") != ""
        p.codes += text.upper() in CURRENCIES or text.lower() in SYMBOLS
        p.states += folded in PENDING or folded in FAILED or folded in SETTLED
        p.booleans += folded in TRUE_WORDS or folded in FALSE_WORDS
        p.ibans += _IBAN.fullmatch(text) is not None
        p.letters += any(c.isalpha() for c in text)
        sign = flag_sign(text)
        if sign:
            p.flags += 1
            p.signs.add(sign)
    return p
