"""What a processor's export says of a row beside its amount: the kind of movement and what it was before the fee."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from tai_ops.statements.bookings import exact_amount
from tai_ops.statements.layout import Layout
from tai_ops.statements.recognised import GROSS
from tai_ops.statements.words import fold

_KIND = (
    "reporting category",
    "type",
    "transaction type",
    "typ",
    "tipo",
    "soort",
    "balance transaction type",
    "description",
    "beschreibung",
)
_GROSS_OF = {
    "stripe-balance": ("gross", "amount"),
    "stripe-payments": ("converted amount",),
    "paypal": tuple(GROSS.split("|")),
}


@dataclass(frozen=True, slots=True)
class ProcessorCells:
    """Where a layout keeps a movement's kind and its amount before the fee; None where the file has no such column.

    `all_payouts` is whether every row of such a file is a payout.
    """

    kind: int | None
    gross: int | None
    refunded: int | None
    all_payouts: bool = False

    @classmethod
    def of(cls, layout: Layout) -> Self:
        """The places of that layout."""
        headings = [fold(cell) for cell in layout.header]

        def place(names: Sequence[str]) -> int | None:
            return next((headings.index(name) for name in names if name in headings), None)

        refunded = place(("converted amount refunded",)) if layout.format == "stripe-payments" else None
        gross = place(_GROSS_OF.get(layout.format, ()))
        return cls(place(_KIND), gross, refunded, all_payouts=layout.format == "stripe-payouts")

    def kind_in(self, cells: Sequence[str]) -> str:
        """The processor's own word for what the row is; empty where it has none."""
        return cells[self.kind].strip() if self.kind is not None and self.kind < len(cells) else ""

    def gross_in(self, cells: Sequence[str], net: Decimal) -> Decimal:
        """The row's amount before the fee; what the balance moved by where the row doesn't say."""
        return _amount(cells, self.gross, net) if self.refunded is None else net

    def refund_in(self, cells: Sequence[str]) -> Decimal:
        """What of a payment was paid back, in an export that tells it beside the charge; else 0."""
        return _amount(cells, self.refunded, Decimal(0))


def _amount(cells: Sequence[str], place: int | None, unknown: Decimal) -> Decimal:
    if place is None or place >= len(cells):
        return unknown
    try:
        return exact_amount(cells[place])
    except ValueError:
        return unknown
