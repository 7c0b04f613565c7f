"""What the matcher is given and what it answers, with the thresholds of its score.

Source: finance.md 3 "Matching".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tai_ops.money import cents

EntryKind = Literal["invoice", "payment", "bill", "entry"]
MatchedKind = Literal["invoice", "payment", "bill", "entry", "line"]
MatchState = Literal["confirmed", "suggested"]
Stage = Literal["reference", "payee", "processor", "transfer", "score", "sum"]

SUGGEST_FROM = 70
CONFIRM_FROM = 95
CLEAR_GAP = 15
MOST_PROPOSALS = 5
MOST_IN_SUM = 12
MOST_NEAR = 20
DAYS_BEFORE = 5
DAYS_AFTER = 120
DAYS_NEAR = 5
LEAST_TO_LEARN, DELAYS_LEFT_OUT_PCT, DELAYS_SPARE_DAYS = 100, 1, 1

AMOUNT_EQUAL, AMOUNT_WITHIN_TOLERANCE, AMOUNT_SUM = 50, 35, 40
REFERENCE_NAMED, PAYEE_ALIKE, DATE_CLOSE, ALIAS_LEARNED, DECLINED_BEFORE = 30, 20, 10, 10, -30
REFERENCE_GARBLED, GARBLED_SIGN, MOST_GARBLED_SIGNS = 20, 5, 2
NOT_ALIKE_PCT = 60

TOLERANCE_LEAST, TOLERANCE_PCT, TOLERANCE_MOST = Decimal("1.00"), Decimal("0.5"), Decimal("50.00")


@dataclass(frozen=True, slots=True)
class ProcessorFee:
    """A processor's published price: so many per cent of the charge and a fixed part, in money."""

    pct: Decimal
    fixed: Decimal

    def of(self, charge: Decimal) -> Decimal:
        """The fee on a charge, in cents (finance.md W39)."""
        return cents(charge * self.pct / 100 + self.fixed)


PROCESSOR_FEES: Mapping[str, tuple[ProcessorFee, ...]] = {
    "STRIPE": (ProcessorFee(Decimal("2.9"), Decimal("0.30")),),
    "PAYPAL": (
        ProcessorFee(Decimal("2.99"), Decimal("0.49")),
        ProcessorFee(Decimal("3.49"), Decimal("0.49")),
    ),
}


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line of a bank's, card's or processor's statement; a positive amount is money in."""

    line_id: str
    account: str
    booked_on: date
    amount: Decimal
    currency: str
    payee: str = ""
    description: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """What the books hold open: amounts are signed as they hit the bank (a receipt is positive, a bill negative).

    `residual` is what is open before the decisions that are given with it. An `account` says that the books record
    it there already (a receipt, a paid bill); without one it is a document that any account may settle.
    `reference` may hold several, apart by comma. `counter_account` is the other side of an own transfer.
    """

    kind: EntryKind
    entry_id: str
    account: str | None
    dated_on: date
    due_on: date | None
    amount: Decimal
    residual: Decimal
    currency: str
    party: str = ""
    reference: str = ""
    counter_account: str | None = None


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """One of the company's own accounts; its kind is bank, card or processor.

    From `books_begin` on its books count; what is booked before stands in its opening balance.
    """

    account: str
    name: str
    kind: str
    books_begin: date | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What stands decided about a pair already: a match that holds, or a pair that a person declined.

    `account` is the line's, wanted only for a transfer's entry, whose two sides are used up apart.
    """

    line_id: str
    entry_kind: MatchedKind
    entry_id: str
    amount: Decimal
    state: Literal["confirmed", "declined"]
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A pair of bank line and entry, new in this run; the rows of one line with one rank are one proposal.

    `amount` is what the line settles of the entry and `left_open` what stays open of it, both signed like the bank;
    of a payout net of fees that is the fee. `score` is 100 where a stage needs none.
    """

    line_id: str
    entry_kind: MatchedKind
    entry_id: str
    amount: Decimal
    left_open: Decimal
    state: MatchState
    rank: int
    score: int
    stage: Stage
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delays:
    """The usual days from an entry's date to its line, both ends included."""

    least: int
    most: int


def tolerance(open_amount: Decimal) -> Decimal:
    """How much a payment may fall short and still count as this one's, in money: 0.5 %, at least 1, at most 50.

    Source: finance.md 3 "Matching". Underpayment only; what is too much is never within it.
    """
    return min(max(TOLERANCE_LEAST, cents(abs(open_amount) * TOLERANCE_PCT / 100)), TOLERANCE_MOST)
