"""A payment processor's clearing account: what each movement of its balance is, and the month on two sides.

Between a customer's card and the bank the money stands at the processor. The clearing account holds the processor's
balance and the payouts that left it and have not reached the bank. Amounts are in the account's own currency.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tai_ops.money import ZERO
from tai_ops.reconciliation import OpenItem
from tai_ops.words import day

Part = Literal["charge", "refund", "fee", "dispute", "adjustment", "payout"]

_KINDS_OF: tuple[tuple[Part, str], ...] = (
    ("charge", "charge payment charge_failure payment_failure_refund partial_capture_reversal"),
    ("refund", "refund payment_refund refund_failure"),
    ("fee", "fee stripe_fee stripe_fx_fee tax_fee network_cost application_fee platform_fee payout_fee"),
    ("dispute", "dispute dispute_reversal chargeback"),
    ("payout", "payout payout_cancel payout_failure payout_reversal payout_minimum_balance_hold"),
    (
        "adjustment",
        "topup topup_reversal adjustment other_adjustment conversion reserve reserved_funds transfer",
    ),
)
_KINDS: dict[str, Part] = {kind: part for part, kinds in _KINDS_OF for kind in kinds.split()}
"""What a processor's own word for a movement means."""
_WORDS_OF: tuple[tuple[Part, str], ...] = (
    (
        "adjustment",
        r"(?:currency )?conversion|conversion de devise\w*|w(?:ä|ae)hrungsumrechnung|conversione\w*|top-?up",
    ),
    (
        "fee",
        r"(?:chargeback|dispute|stripe|payout|processing|billing|radar) fees?|fees?|geb(?:ü|u|ue)hr(?:en)?|frais",
    ),
    (
        "dispute",
        r"charge ?backs?|disputes?|litige|contestation|r(?:ü|u|ue)cklastschrift|contestazione|disputa",
    ),
    (
        "refund",
        r"refund(?:ed)?s?|r(?:ü|u|ue)ckzahlung|r(?:ü|u|ue)ckerstattung|remboursement|rimborso|reembolso|terugbetaling",
    ),
    (
        "payout",
        r"payouts?|withdrawals?|(?:transfer to (?:your )?)?bank deposit|transfer to (?:your )?bank|abbuchung|auszahlung|virement|retrait|prelievo|reti(?:rada|ro)|opname",
    ),
)
_WORDS: tuple[tuple[Part, re.Pattern[str]], ...] = tuple(
    (part, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for part, words in _WORDS_OF
)
"""What tells a movement by the words of its line, in the order in which they are asked."""


def part_of(kind: str, words: str, gross: Decimal) -> Part:
    """What a movement of a processor's balance is: by the processor's own kind, else by its words, else by its sign.

    Money in that nothing else tells is a charge, money out an adjustment. Stripe's adjustments say in words that
    they are of a dispute.
    """
    known = _KINDS.get(re.sub(r"[ -]+", "_", kind.strip().lower()))
    if known and known != "adjustment":
        return known
    told = words if known or not kind.strip() else kind
    for part, pattern in _WORDS:
        if pattern.search(told):
            return part
    return known or ("charge" if gross > 0 else "adjustment")


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of a processor's balance; money in is positive, `net` is what the balance moved by.

    `gross` is the amount before the processor's fee. `arrived_on` is the day on which a payout reached the bank.
    """

    item_id: str
    moved_on: date
    part: Part
    gross: Decimal
    net: Decimal
    text: str = ""
    arrived_on: date | None = None

    @property
    def fee(self) -> Decimal:
        """What the processor took of it; negative where it gave a fee back."""
        return self.gross - self.net


@dataclass(frozen=True, slots=True)
class ProcessorClearing:
    """A processor's clearing account over a period, in money; every part positive but the signed adjustments.

    `payouts` were sent by the processor in the period; the two `in_transit` are those that had left it and had not
    reached the bank when it began and ended. `reported` is the balance that the processor states.
    Source: finance.md 4.6, R6.17. A balance that is not known is None, and so is what is made of it.
    """

    opening: Decimal | None
    charges: Decimal = ZERO
    refunds: Decimal = ZERO
    fees: Decimal = ZERO
    disputes: Decimal = ZERO
    adjustments: Decimal = ZERO
    payouts: Decimal = ZERO
    payouts_in_transit: Decimal = ZERO
    reported: Decimal | None = None
    in_transit_before: Decimal = ZERO

    @property
    def closing(self) -> Decimal | None:
        """Opening + charges − refunds − fees − disputes ± adjustments − payouts: the processor's balance."""
        taken = self.refunds + self.fees + self.disputes + self.payouts
        return None if self.opening is None else self.opening + self.charges + self.adjustments - taken

    @property
    def payouts_arrived(self) -> Decimal:
        """Payouts that reached the bank in the period, whenever they were sent."""
        return self.in_transit_before + self.payouts - self.payouts_in_transit

    @property
    def clearing_before(self) -> Decimal | None:
        """What the clearing account held when the period began: the balance and the payouts in transit."""
        return None if self.opening is None else self.opening + self.in_transit_before

    @property
    def clearing_balance(self) -> Decimal | None:
        """What the clearing account holds by its movements: the closing balance and the payouts in transit."""
        return None if self.closing is None else self.closing + self.payouts_in_transit

    @property
    def adjusted_processor(self) -> Decimal | None:
        """What it holds by the processor: its balance as stated and the payouts in transit."""
        return None if self.reported is None else self.reported + self.payouts_in_transit

    @property
    def difference(self) -> Decimal | None:
        """By the processor − by the movements; must be 0.00. None where a balance is not known."""
        if self.adjusted_processor is None or self.clearing_balance is None:
            return None
        return self.adjusted_processor - self.clearing_balance


@dataclass(frozen=True, slots=True)
class Clearing:
    """A processor account's month: its two sides and the payouts on their way; `reported_on` is the stated balance's day."""

    account: str
    name: str
    currency: str
    first_day: date
    last_day: date
    sums: ProcessorClearing
    reported_on: date | None = None
    in_transit: tuple[OpenItem, ...] = ()

    @property
    def reason(self) -> str | None:
        """Why nothing can be said, in words; None where both sides are known."""
        if self.sums.opening is None:
            return f"the balance at the start of {day(self.first_day)} is not known: enter the account's opening balance"
        if self.sums.reported is None:
            return f"the processor's balance of {day(self.last_day)} is not known: type it off its report (Reconcile, Bank's balance)"
        return None


def clearing(
    movements: Iterable[Movement],
    first_day: date,
    last_day: date,
    *,
    opening: Decimal | None,
    reported: Decimal | None,
) -> tuple[ProcessorClearing, tuple[OpenItem, ...]]:
    """The sums of the period, and the payouts that are in transit at its end.

    `movements` are those of the period, with the earlier payouts that had not arrived when it began.
    """
    found = list(movements)
    here = [m for m in found if first_day <= m.moved_on <= last_day]
    payouts = [m for m in found if m.part == "payout" and m.moved_on <= last_day]
    under_way = [m for m in payouts if m.arrived_on is None or m.arrived_on > last_day]
    before = [
        m for m in payouts if m.moved_on < first_day and (m.arrived_on is None or m.arrived_on >= first_day)
    ]

    def gross(part: Part) -> Decimal:
        return sum((m.gross for m in here if m.part == part), ZERO)

    of_fees = sum((m.fee for m in here if m.part != "fee"), ZERO) - sum(
        (m.net for m in here if m.part == "fee"), ZERO
    )
    sums = ProcessorClearing(
        opening=opening,
        charges=gross("charge"),
        refunds=-gross("refund"),
        fees=of_fees,
        disputes=-gross("dispute"),
        adjustments=gross("adjustment"),
        payouts=-gross("payout"),
        payouts_in_transit=-sum((m.gross for m in under_way), ZERO),
        reported=reported,
        in_transit_before=-sum((m.gross for m in before), ZERO),
    )
    items = (OpenItem(m.item_id, m.moved_on, -m.gross, "plain", m.text) for m in under_way)
    return sums, tuple(sorted(items, key=lambda item: (item.happened_on, item.item_id)))


Line = tuple[str, Decimal | None, bool]
"""A line of a side: its words with their sign, its amount, and whether it is a balance."""


def two_sides(found: ProcessorClearing) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The clearing account by the processor and by its movements, each down to what it holds."""
    processor: tuple[Line, ...] = (
        ("Balance by the processor", found.reported, True),
        ("+ Payouts in transit", found.payouts_in_transit, False),
        ("Clearing account by the processor", found.adjusted_processor, True),
    )
    books: tuple[Line, ...] = (
        ("Clearing account at the start", found.clearing_before, True),
        ("+ Charges", found.charges, False),
        ("− Refunds", found.refunds, False),
        ("− Fees", found.fees, False),
        ("− Disputes", found.disputes, False),
        ("± Adjustments", found.adjustments, False),
        ("− Payouts that reached the bank", found.payouts_arrived, False),
        ("Clearing account by its movements", found.clearing_balance, True),
    )
    return processor, books
