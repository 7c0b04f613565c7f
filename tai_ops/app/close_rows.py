"""The rows behind the close's checklist: made from the month's report, its board and its accounts, by currency.

They select and name what the results hold; an amount is never worked out here. Accounts of another currency stand in
a table of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tai_ops import close_checklist
from tai_ops.behind import Column, Rows, listing
from tai_ops.board import Board
from tai_ops.cash import Account, basis_words
from tai_ops.cash_position import AccountCash
from tai_ops.expenses import Charge, unusual
from tai_ops.money import ZERO
from tai_ops.month_report import Change, MonthReport
from tai_ops.period import Month
from tai_ops.reconciliation import OpenItem, TwoSidedStatement
from tai_ops.restatement import ChangedRow, behind
from tai_ops.store.matches import LineState, Reconciliation

Tables = Mapping[str, Rows]
"""Tables by the currency of their amounts."""
Printed = tuple[str, Decimal | None, bool]
"""A line of the two-sided statement: its words, its amount, and whether it is a balance."""

NATURES = {
    "plain": "",
    "interest": "interest",
    "fee": "fee",
    "returned": "returned item",
    "error": "error",
}
"""How the statement calls what a line is."""
_WHO = (Column("customer_id", "Id"), Column("customer", "Customer"))
_LINES = (
    Column("account", "Account"),
    Column("text", "Text"),
    Column("left", "Open", "money", summed=True),
    Column("date", "Date", "date"),
    Column("amount", "Amount", "money"),
)
_CASH = (
    Column("account", "Account"),
    Column("ending", "Ending", "money"),
    Column("starting", "Starting", "money"),
    Column("cash_in", "In", "money"),
    Column("cash_out", "Out", "money"),
    Column("transfers", "Own transfers", "money"),
    Column("in_transit", "In transit", "money"),
    Column("unexplained", "Not explained", "money"),
    Column("kind", "Kind"),
    Column("as_of", "Ending balance of", "date"),
    Column("basis", "Known by"),
)
_BANK_SIDE = (
    ("Deposits in transit", "deposits_in_transit", "+"),
    ("Outstanding checks", "outstanding_checks", "−"),
    ("Bank errors", "bank_errors", "±"),
)
_BOOK_SIDE = (
    ("Receipts the books lack", "unrecorded_receipts", "+"),
    ("Payments the books lack", "unrecorded_payments", "−"),
    ("Interest", "interest", "+"),
    ("Fees", "fees", "−"),
    ("Returned items", "returned_items", "−"),
    ("Book errors", "book_errors", "±"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """An account and how its bank stands against its books at the month's end."""

    account: Account
    found: Reconciliation


# --- Invoicing and revenue


def uninvoiced(report: MonthReport, board: Board) -> Rows:
    """What was delivered and has no invoice."""
    found = close_checklist.uninvoiced(board, report)
    columns = (
        *_WHO,
        Column("amount", "Amount", "money", summed=True),
        Column("what", "Delivered"),
        Column("kind", "From"),
        Column("key", "Record"),
    )
    rows = tuple((*_who(report, n.customer_id), n.amount, n.words, n.kind, n.key) for n in found)
    return Rows("not_invoiced", "uninvoiced delivery", columns, rows)


def roll_forward(report: MonthReport) -> Rows:
    """Deferred revenue rolled forward contract by contract; what is not billed yet stands apart."""
    columns = (
        *_WHO,
        Column("closing", "Closing", "money", summed=True),
        Column("opening", "Opening", "money"),
        Column("billed", "Billed", "money"),
        Column("recognised", "Recognised", "money"),
        Column("unrecognised", "Unrecognised parts of invoices", "money"),
        Column("ties", "Ties"),
        Column("not_begun", "Unpaid, not begun", "money"),
        Column("liability", "Deferred revenue", "money"),
        Column("asset", "Contract asset", "money"),
    )
    said = {True: "✓ ties", False: "✗ off"}
    rows = tuple(
        (
            *_who(report, r.customer_id),
            r.closing,
            r.opening,
            r.billings,
            r.recognised,
            r.unrecognised.value,
            said[r.ties] if r.ties is not None else f"– {r.unrecognised.reason}",
            r.not_started_unpaid,
            max(r.presented, ZERO),
            max(-r.presented, ZERO),
        )
        for r in report.deferred.by_customer
    )
    return Rows("deferred_roll_forward", "contract", columns, rows, "sum")


def issued(report: MonthReport, board: Board) -> Rows:
    """The invoices issued in the month."""
    found = [
        i for i in board.facts.invoices if report.month.holds(i.issued_on) and i.issued_on < report.until
    ]
    return listing("invoices", found)


def chase(report: MonthReport) -> Rows:
    """The invoices more than 30 days past due, the longest first."""
    columns = (
        Column("customer", "Customer"),
        Column("open", "Open", "money", summed=True),
        Column("days_past_due", "Days late", "count"),
        Column("due", "Due", "date"),
        Column("invoice", "Invoice"),
        Column("customer_id", "Id"),
    )
    rows = tuple(
        (name, i.open_amount, i.days_past_due, i.due_on, i.invoice_number, customer)
        for i in report.overdue
        for customer, name in [_who(report, i.customer_id)]
    )
    return Rows("past_due", "late invoice", columns, rows)


def _who(report: MonthReport, customer_id: str) -> tuple[str, str]:
    return customer_id, report.names.get(customer_id, customer_id)


# --- Expenses


def unlabelled(report: MonthReport, board: Board) -> Rows:
    """The month's bills without a category."""
    found = [
        bill
        for bill in board.facts.every_bill
        if _in_month(report, bill.incurred_on) and not (bill.category and bill.category.strip())
    ]
    return listing("bills", found)


def out_of_pocket(report: MonthReport, board: Board) -> Rows:
    """What people paid themselves: what is not paid back by the month's end, and what was spent or paid back in it."""
    last = board.window.day
    found = [
        bill
        for bill in board.facts.every_bill
        if bill.reimbursable_to
        and bill.incurred_on <= last
        and (
            bill.paid_on is None
            or bill.paid_on > last
            or _in_month(report, bill.paid_on)
            or _in_month(report, bill.incurred_on)
        )
    ]
    return listing("bills", found)


def _in_month(report: MonthReport, day: Any) -> bool:
    return report.month.holds(day) and day < report.until


def unusual_charges(report: MonthReport, charges: Iterable[Charge]) -> Rows:
    """What of the month's expenses a person should look at."""
    columns = (
        Column("subject", "Payee or category"),
        Column("amount", "Amount", "money"),
        Column("why", "Why"),
        Column("words", "In words"),
        Column("charge", "Record"),
    )
    rows = tuple(
        (u.subject, u.amount, u.reason, u.words, u.charge_id or "")
        for u in unusual(charges, report.month, report.until, report.currency)
    )
    return Rows("unusual", "unusual item", columns, rows)


def expenses(report: MonthReport) -> Rows:
    """The month's expenses by category and payee, beside the mean of the months before."""
    columns = (
        Column("payee", "Payee"),
        Column("amount", "Amount", "money", summed=True),
        Column("category", "Category"),
        Column("mean", "Mean of the months before", "money"),
    )
    rows = tuple((line.name, line.amount, line.category, line.mean) for line in report.expenses.by_payee)
    return Rows("expenses", "payee", columns, rows)


# --- The bank


def open_lines(standings: Iterable[Standing], month: Month, *, receipts: bool = False) -> Tables:
    """The month's bank lines that nothing settles, by currency; money in alone where `receipts` says so.

    What a person said to be the bank's own error waits for nothing.
    """
    found: dict[str, list[tuple[Any, ...]]] = {}
    for one in standings:
        for line in one.found.unmatched_bank:
            erred = one.found.natures.get(line.line_id) == "error"
            if month.holds(line.booked_on) and (line.amount > 0 or not receipts) and not erred:
                row = (one.account.account, _text(line), line.left, line.booked_on, line.amount)
                found.setdefault(one.account.currency, []).append(row)
    return {
        currency: Rows("open_bank_lines", "open bank line", _LINES, tuple(rows))
        for currency, rows in found.items()
    }


def _text(line: LineState) -> str:
    return " ".join(filter(None, (line.payee, line.description))) or line.reference or "no text"


def reconciled(report: MonthReport) -> Tables:
    """How each account stands against its bank, by currency."""
    columns = (
        Column("account", "Account"),
        Column("difference", "Not explained", "money"),
        Column("through", "Reconciled through", "date"),
        Column("bank", "Adjusted bank", "money"),
        Column("books", "Adjusted books", "money"),
    )
    found: dict[str, list[tuple[Any, ...]]] = {}
    for one in report.reconciliations:
        both = one.statement
        sides = (
            (both.unexplained, one.through_on, both.adjusted_bank, both.adjusted_book)
            if both
            else (None,) * 4
        )
        found.setdefault(one.currency, []).append((one.name, *sides))
    return {
        currency: Rows("reconciliations", "account", columns, tuple(rows)) for currency, rows in found.items()
    }


def outstanding(items: Mapping[str, Sequence[OpenItem]]) -> Rows:
    """What the books of each account have paid and the bank has not cleared."""
    columns = (
        Column("text", "Text"),
        Column("amount", "Amount", "money", summed=True),
        Column("date", "Date", "date"),
        Column("account", "Account"),
        Column("entry", "Entry"),
    )
    rows = tuple(
        (item.text or item.item_id, item.amount, item.happened_on, account, item.item_id)
        for account, own in items.items()
        for item in own
        if item.amount < 0 and item.nature != "error"
    )
    return Rows("outstanding_checks", "outstanding check", columns, rows)


def accounts_cash(report: MonthReport, kind: str | None = None) -> Tables:
    """Each account's month from its starting to its ending balance, by currency; of one kind where that is told."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for one in (*report.cash.accounts, *report.cash.others, *report.cash.cards):
        if kind in {None, one.kind}:
            found.setdefault(one.currency, []).append(_account(one))
    return {currency: Rows("cash", "account", _CASH, tuple(rows)) for currency, rows in found.items()}


def _account(row: AccountCash) -> tuple[Any, ...]:
    name = row.name if row.name == row.account else f"{row.account} · {row.name}"
    if row.ending is None:
        return (name, *(None,) * 7, row.kind, None, basis_words(None, row.basis))
    amounts = (row.starting, row.cash_in, row.cash_out, row.transfers, row.in_transit, row.unexplained)
    return name, row.ending, *amounts, row.kind, row.as_of, basis_words(row.ending, row.basis)


def two_sides(both: TwoSidedStatement) -> tuple[list[Printed], list[Printed]]:
    """The two-sided statement, line by line: the bank down to its adjusted balance, and the books down to theirs."""
    bank: list[Printed] = [("Balance by the bank", both.bank_balance, True)]
    bank += _parts(both, _BANK_SIDE, always=2)
    bank.append(("Adjusted bank balance", both.adjusted_bank, True))
    books: list[Printed] = [("Balance by the books", both.book_balance, True)]
    books += _parts(both, _BOOK_SIDE, always=2)
    books.append(("Adjusted book balance", both.adjusted_book, True))
    return bank, books


def _parts(
    both: TwoSidedStatement, side: Sequence[tuple[str, str, str]], *, always: int
) -> Iterable[Printed]:
    """The items of a side; the first ones always, the others where there is something."""
    for place, (words, name, sign) in enumerate(side):
        amount = getattr(both, name)
        if amount or place < always:
            yield f"{sign} {words}", amount, False


def bank_items(standing: Standing) -> list[OpenItem]:
    """The account's open bank lines as the two-sided statement lists them."""
    return [
        replace(standing.found.bank_item(line), text=_text(line)) for line in standing.found.unmatched_bank
    ]


def between(bank_items: Iterable[OpenItem], book_items: Iterable[OpenItem]) -> Rows:
    """What the two sides differ by, item by item."""
    columns = (
        Column("text", "Text"),
        Column("amount", "Amount", "money"),
        Column("date", "Date", "date"),
        Column("where", "Where"),
        Column("nature", "Is"),
    )
    rows = tuple(
        (item.text or item.item_id, item.amount, item.happened_on, where, NATURES[item.nature])
        for where, items in (("in the books alone", book_items), ("on the bank alone", bank_items))
        for item in items
    )
    return Rows("between_bank_and_books", "item", columns, rows)


# --- Versions


def changed(changes: Iterable[Change], because: Sequence[ChangedRow] = ()) -> Rows:
    """What differs from the version before, each number with the rows that may have moved it."""
    columns = (
        Column("number", "Number"),
        Column("before", "Before"),
        Column("after", "Now"),
        Column("rows", "Rows behind it"),
    )
    rows = tuple(
        (_called(c.number), _plain(c.before), _plain(c.after), _rows_words(behind(c.number, because)))
        for c in changes
    )
    return Rows("changes", "changed number", columns, rows)


def _rows_words(rows: Sequence[ChangedRow]) -> str:
    if not rows:
        return "another number of this list"
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    return ", ".join(f"{row.kind} {row.key}" for row in rows[:3]) + more


def written_since(because: Iterable[ChangedRow]) -> Rows:
    """The rows that were written between two versions and reach into the month."""
    columns = (
        Column("key", "Row"),
        Column("event", "What happened"),
        Column("words", "In words"),
        Column("kind", "Kind"),
        Column("by", "By"),
        Column("at", "When", "instant"),
    )
    rows = tuple((r.key, r.event, r.words, r.kind, r.done_by, r.done_at) for r in because)
    return Rows("written_since", "row", columns, rows)


def _called(path: str) -> str:
    """A number of the report by its path, in words: `metrics.net_burn.value` is `Net burn`."""
    words = path.removeprefix("metrics.").removesuffix(".value").replace("_", " ").replace(".", " › ")
    return words[:1].upper() + words[1:]


def _plain(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,f}" if isinstance(value, Decimal) else str(value)
