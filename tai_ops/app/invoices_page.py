"""The invoices' page from its title to its tiles: which month, what is due, how it stands in one sentence."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tai_ops.app import reading, session, widgets, words
from tai_ops.app.parts import month_row, months_offered, part_shown
from tai_ops.billing import ToInvoice, gaps, to_invoice
from tai_ops.board import Board
from tai_ops.close_checklist import sold_of
from tai_ops.money import ZERO
from tai_ops.period import Month
from tai_ops.receivables import OpenInvoice, Residuals
from tai_ops.recognition import Invoice
from tai_ops.runbooks.overview import Tile
from tai_ops.store import billing
from tai_ops.store.billing import Sent

PARTS = ("To invoice", "Invoices", "Payments and credit", "Overdue")
TILES = ("ar_open", "ar_over_30", "dso_days", "invoices_sent_value")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: a month, its facts, what is due to be invoiced in it, the sent stamps."""

    month: Month
    board: Board
    due: ToInvoice
    stamps: dict[str, Sent]
    closed: bool

    @property
    def nothing(self) -> bool:
        """Whether there is nobody to invoice."""
        return not self.board.facts.customers

    @property
    def currency(self) -> str:
        """The company's currency."""
        return self.board.facts.company.currency

    @property
    def last(self) -> date:
        """The last day that counts."""
        return self.board.window.day

    @property
    def names(self) -> dict[str, str]:
        """What each customer is called."""
        return {c.customer_id: c.name for c in self.board.facts.customers}

    def who(self, customer_id: str | None) -> str:
        """A customer's name."""
        return self.names.get(customer_id, customer_id) if customer_id else "customer not known"

    @property
    def issued(self) -> list[Invoice]:
        """The invoices of the month, the newest first."""
        found = [
            i for i in self.board.facts.invoices if self.month.holds(i.issued_on) and i.issued_on <= self.last
        ]
        return sorted(found, key=lambda i: (i.issued_on, i.invoice_number), reverse=True)

    @property
    def unsent(self) -> list[Invoice]:
        """The invoices of the month without a sent stamp; a credit note needs none."""
        return [i for i in self.issued if i.invoice_number not in self.stamps and i.amount > 0]

    @property
    def left(self) -> Residuals:
        """What is open and what is unapplied on the last day that counts."""
        return self.board.residuals

    @property
    def overdue(self) -> list[OpenInvoice]:
        """Open invoices more than 30 days past due, the longest first."""
        return list(self.board.overdue)

    def money(self, amount: Decimal) -> str:
        """An amount to the cent."""
        return words.money(amount, self.currency, exact=True)

    def day_of_issue(self) -> date:
        """The day on which invoices of the month are issued: today, or the month's last day once it is over."""
        return min(session.today(), self.month.last_day)


def title_row() -> Seen:
    """The title with the picker of the month; what the page is about."""
    today = session.today()
    current = Month.of(today)
    month = month_row("Invoices", months_offered(current), PARTS[0])
    store = session.store()
    board = reading.board(reading.looked_at(str(month) if month != current else "now"))
    due = to_invoice(sold_of(board.facts), month, deposit_pct=store.company.deposit_pct)
    return Seen(month, board, due, billing.sends(store), month in store.closed_months())


def part() -> str:
    """Which part of the page is shown, kept in the address."""
    return part_shown(PARTS)


def empty() -> None:
    """The page of a company without customers."""
    widgets.verdict("There is nobody to invoice yet.")
    widgets.empty(
        "What is due to be invoiced, what went out, what was paid, and whom to chase",
        "Drafts are made of customers' subscriptions, delivered services and agreed fees, and no customer is on record.",
        "Bring in customers and what they bought",
        "imports",
        (("kind", "customers"),),
    )


def verdict(seen: Seen) -> str:
    """How invoicing stands, in one sentence."""
    due = seen.due
    if due.drafts:
        customers = words.counted(len({d.customer_id for d in due.drafts}), "customer")
        first = (
            f"{words.counted(len(due.drafts), 'invoice')} of {seen.money(due.amount)} net for {customers} "
            f"{'is' if len(due.drafts) == 1 else 'are'} due to be made"
        )
    else:
        rest = " that can be" if due.left_out else ""
        first = f"Everything delivered by the end of {seen.month.name}{rest} is invoiced"
    parts = [first]
    if due.left_out:
        parts.append(f"{words.counted(len(due.left_out), 'delivery', 'deliveries')} without a price can't be")
    made, unsent = len([i for i in seen.issued if i.amount > 0]), len(seen.unsent)
    if made:
        parts.append(_sent_words(made, unsent, seen.month.name))
    late = seen.overdue
    if late:
        total = sum((i.open_amount for i in late), ZERO)
        parts.append(f"{seen.money(total)} {'is' if len(late) == 1 else 'are'} more than 30 days past due")
    missing = gaps(
        (i.invoice_number for i in seen.board.facts.invoices), billing.voided_numbers(session.store())
    )
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        parts.append(f"the numbering has a gap at {', '.join(missing[:3])}{more}")
    return "; ".join(parts) + "."


def _sent_words(made: int, unsent: int, month: str) -> str:
    if not unsent:
        return f"{words.counted(made, 'invoice')} of {month} went out"
    if unsent == made:
        return f"none of {words.counted(made, 'invoice')} of {month} has a sent stamp"
    return f"{unsent} of {words.counted(made, 'invoice')} of {month} {'has' if unsent == 1 else 'have'} no sent stamp"


def tiles(seen: Seen) -> None:
    """Four numbers: what is owed, what is late, how long it takes, what went out."""
    code = str(seen.month) if seen.month != Month.of(session.today()) else "now"
    period = reading.looked_at(code)
    measured, before = reading.measured(period), reading.previous(period)
    shown = [Tile(measured[name], before.get(name), f"as of {words.day(seen.last)}") for name in TILES]
    widgets.tiles(shown, seen.currency, query=(("period", code),))
