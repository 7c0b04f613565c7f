"""Exports with rules of their own, told by their headings: what a column means where the general rule would misread it.

A row here is a format in the table of formats. Everything not said here is found as for any bank.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tai_ops.statements.dates import Order
from tai_ops.statements.layout import Columns, Positive
from tai_ops.statements.table import Table
from tai_ops.statements.words import fold


@dataclass(frozen=True, slots=True)
class Export:
    """An export: the headings it is known by (one of each group), which column holds what, what positive means.

    `columns` gives the headings, folded, that may hold a role; `exactly` says that no other heading may stand beside.
    """

    id: str
    label: str
    needs: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict[str, str])
    deductions: str = ""
    without: tuple[str, ...] = ()
    positive: Positive | None = None
    currency: str | None = None
    date_order: Order | None = None
    exactly: bool = False
    note: str = ""
    rewrites: Callable[[Table], Table] | None = None

    def recognises(self, header: Sequence[str]) -> bool:
        """Whether the header is that of this export."""
        headings = {fold(cell) for cell in header if cell.strip()}
        if self.exactly and len(headings) != len(self.needs):
            return False
        return all(any(name.strip() in headings for name in group.split("|")) for group in self.needs)

    def applied(self, columns: Columns, header: Sequence[str]) -> Columns:
        """The columns with what this export says of them."""
        headings = [fold(cell) for cell in header]
        said: dict[str, int | tuple[int, ...] | None] = dict.fromkeys(self.without)
        for role, names in self.columns.items():
            place = _place(headings, names)
            if place is not None:
                said[role] = (place,) if role == "description" else place
        if "amount" in said:
            said |= {"money_in": None, "money_out": None}
        taken = _place(headings, self.deductions) if self.deductions else None
        said["deductions"] = () if taken is None else (taken,)
        if "date" in said:
            others = [n for n in (columns.date, *columns.other_dates) if n != said["date"]]
            said["other_dates"] = tuple(others)
        return replace(columns, **said)


def _place(headings: Sequence[str], names: str) -> int | None:
    for name in names.split("|"):
        if name.strip() in headings:
            return headings.index(name.strip())
    return None


_LEGS = ("Moved", "Moved currency", "Moved fee")


def _wise_legs(table: Table) -> Table:
    """Wise's history with three cells more: what each row moved. A conversion is two rows, one for each balance."""
    headings: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    for row, line in zip(table.rows, table.lines, strict=True):
        cells = dict(zip(headings, row, strict=False))
        way = cells.get("direction", "").strip().upper()
        legs: list[tuple[str, str, str]] = []
        if not headings and "direction" in (folded := [fold(cell) for cell in row]):
            headings, legs = folded, [_LEGS]
        if way in {"OUT", "NEUTRAL"}:
            spent = cells.get("source amount after fees", "").strip()
            legs.append(("-" + spent, cells.get("source currency", ""), cells.get("source fee amount", "")))
        if way in {"IN", "NEUTRAL"}:
            legs.append((cells.get("target amount after fees", ""), cells.get("target currency", ""), ""))
        for leg in legs or [("", "", "")]:
            rows.append([*row, *leg] if headings else row)
            lines.append(line)
    return Table(rows, lines, table.delimiter, table.quoting)


GROSS = "gross|brut|brutto|bruto|lordo|avant commission|bruttobetrag|importe bruto"
_FEE = "fee|fees|frais|commission|gebuhr|entgelt|tarifa|comision|tariffa|commissione|kosten|taxa|avgift|gebyr|tarief|oplata"
_NET = "net|netto|neto|liquido|netto betrag|net amount"
_ZONE = "time zone|timezone|fuseau horaire|zeitzone|huso horario|zona horaria|fuso orario|fuso horario|tijdzone|tidszon|tidszone|tidssone|strefa czasowa|aikavyohyke"

EXPORTS: tuple[Export, ...] = (
    Export(
        "stripe-payments",
        "Stripe payments: charges less refunds, before fees",
        (
            "id",
            "amount",
            "amount refunded",
            "converted amount",
            "converted amount refunded",
            "fee",
            "currency",
        ),
        {
            "date": "created|created utc|created date utc|created date",
            "amount": "converted amount",
            "currency": "converted currency",
            "bank_id": "id",
            "description": "description",
            "payee": "card name|customer description|customer email",
            "fee": "fee",
            "status": "status",
        },
        deductions="converted amount refunded",
        without=("flag", "pending", "account"),
        positive="in",
        note="Stripe's fees ({fees}) are not taken off these lines",
    ),
    Export(
        "stripe-balance",
        "Stripe balance report: every movement of the balance, net of fees",
        (
            "balance transaction id|id",
            "gross|amount",
            "fee",
            "net",
            "created|created utc",
            "available on|available on utc",
        ),
        {
            "date": "created|created utc",
            "amount": "net",
            "bank_id": "balance transaction id|id",
            "description": "description",
            "reference": "source id|source|charge id",
        },
        without=("flag", "fee"),
        positive="in",
    ),
    Export(
        "stripe-payouts",
        "Stripe payouts: what Stripe sent to the bank",
        (
            "id|payout id",
            "amount",
            "arrival date|arrival date utc",
            "created|created utc",
            "destination|destination name|method",
        ),
        {
            "date": "arrival date|arrival date utc",
            "amount": "amount",
            "bank_id": "id|payout id",
            "description": "description|statement descriptor|type",
            "status": "status",
        },
        without=("flag", "fee", "account"),
        positive="out",
    ),
    Export(
        "paypal",
        "PayPal activity: net amounts by currency",
        (GROSS, _FEE, _NET, _ZONE),
        {"amount": _NET, "fee": _FEE},
        without=("flag", "fee", "account"),
        positive="in",
    ),
    Export(
        "revolut",
        "Revolut account statement: amounts less their fees",
        (
            "product|produkt",
            "started date|datum des beginns",
            "completed date|datum des abschlusses",
            "amount|betrag",
            "fee|gebuhr",
            "balance|kontostand",
        ),
        {"date": "completed date|datum des abschlusses", "status": "state|status"},
        deductions="fee|gebuhr",
        without=("flag", "fee", "account"),
        positive="in",
    ),
    Export(
        "mercury",
        "Mercury transactions: several accounts in one file",
        ("date utc", "source account", "bank description", "amount", "status"),
        {
            "account": "source account",
            "payee": "description",
            "description": "bank description",
            "reference": "reference",
        },
        without=("flag", "currency", "bank_id"),
        positive="in",
        currency="USD",
        date_order="month",
    ),
    Export(
        "wise",
        "Wise balance statement: amounts with their fees in them",
        (
            "transfer wise id|transferwise id|wise id|id",
            "amount",
            "running balance",
            "payee name",
            "merchant",
            "total fees",
        ),
        {
            "bank_id": "transfer wise id|transferwise id|wise id|id",
            "payee": "payee name",
            "description": "description",
        },
        without=("fee", "flag", "account"),
        positive="in",
        date_order="day",
    ),
    Export(
        "wise-history",
        "Wise transaction history: what each balance gave and received, with fees",
        (
            "id",
            "direction",
            "created on",
            "source amount after fees",
            "source fee amount",
            "target amount after fees",
            "target currency",
        ),
        {
            "date": "finished on|created on",
            "amount": "moved",
            "currency": "moved currency",
            "bank_id": "id",
            "payee": "target name",
            "reference": "reference",
            "status": "status",
        },
        deductions="moved fee",
        without=("flag", "fee", "account", "balance"),
        positive="in",
        rewrites=_wise_legs,
    ),
    Export(
        "plaid",
        "Plaid transactions: positive means money out",
        (
            "iso currency code",
            "transaction id",
            "account id",
            "category id|personal finance category primary",
            "pending",
        ),
        {
            "date": "date",
            "account": "account id",
            "bank_id": "transaction id",
            "payee": "merchant name",
            "description": "name",
            "currency": "iso currency code",
            "pending": "pending",
        },
        without=("flag", "status", "balance"),
        positive="out",
    ),
    Export(
        "amex",
        "American Express card: purchases are positive",
        ("date", "description", "card member", "account", "amount"),
        positive="out",
    ),
    Export(
        "discover",
        "Discover card: purchases are positive",
        ("trans date", "post date", "description", "amount", "category"),
        positive="out",
        exactly=True,
    ),
    Export(
        "pc-financial",
        "PC Financial Mastercard: purchases are positive",
        ("merchant name", "card used for transaction", "date", "time", "amount"),
        {"payee": "merchant name"},
        positive="out",
    ),
)
