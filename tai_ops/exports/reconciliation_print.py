"""The reconciliation of a month for the printer: one HTML page that needs nothing else, an account after the other.

Source: finance.md 4.6, R6.14-R6.17. Both sides of every account down to their adjusted balances, the items between them,
checks that are stale, cards as liabilities, and processors through their clearing account; each in its own currency.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from decimal import Decimal

from tai_ops.clearing import Clearing, Line, two_sides
from tai_ops.exports.text import hypertext, plain_day
from tai_ops.month_report import MonthReport, Reconciled
from tai_ops.reconciliation import STALE_AFTER_DAYS, OpenItem, TwoSidedStatement, stale_checks
from tai_ops.words import DASH, money

DAY = timedelta(days=1)
BANK_SIDE = (
    ("Balance by the bank", "bank_balance", ""),
    ("Deposits in transit", "deposits_in_transit", "+"),
    ("Outstanding checks", "outstanding_checks", "−"),
    ("Bank errors", "bank_errors", "±"),
    ("Adjusted bank balance", "adjusted_bank", "="),
)
BOOK_SIDE = (
    ("Balance by the books", "book_balance", ""),
    ("Receipts not recorded", "unrecorded_receipts", "+"),
    ("Payments not recorded", "unrecorded_payments", "−"),
    ("Interest", "interest", "+"),
    ("Fees", "fees", "−"),
    ("Returned items", "returned_items", "−"),
    ("Book errors", "book_errors", "±"),
    ("Adjusted book balance", "adjusted_book", "="),
)
STYLE = """
@page { size: A4; margin: 18mm; }
body { font: 11pt/1.45 system-ui, sans-serif; color: #111; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; break-after: avoid; }
section { break-inside: avoid; } p.said { color: #555; margin: .2rem 0 .8rem; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; align-items: start; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 1rem; } th, td { padding: .18rem .4rem; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr { border-bottom: 1px solid #ddd; } tr.sum { font-weight: 600; border-top: 1px solid #111; }
.ok { color: #146c2e; } .off { color: #b3261e; }
@media (max-width: 40rem) { .sides { grid-template-columns: 1fr; } }
"""


def reconciliation_html(report: MonthReport) -> bytes:
    """The page as a file; the same report gives the same bytes."""
    title = f"{report.company}: reconciliation of {report.month.name}"
    body = "".join(_body(report))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{hypertext(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{hypertext(title)}</h1>{body}</body></html>\n"
    ).encode()


def _body(report: MonthReport) -> Iterator[str]:
    yield f'<p class="said">{hypertext(_stamp(report))}</p>'
    for account in report.reconciliations:
        yield from _account(report, account)
    if not report.reconciliations:
        yield "<p>No account was reconciled.</p>"
    yield from _processors(report)
    yield from _cards(report)


def _stamp(report: MonthReport) -> str:
    closed = report.closed
    if closed is None:
        return f"DRAFT: the month is open, figures to {plain_day(report.until - DAY)}."
    at = f"{closed.closed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"Version {closed.version}, closed by {closed.closed_by} on {at}; snapshot {closed.body_hash}."


def _account(report: MonthReport, row: Reconciled) -> Iterator[str]:
    yield f"<section><h2>{hypertext(row.name)} ({hypertext(row.account)}), {hypertext(row.currency)}</h2>"
    if row.currency != report.currency:
        yield '<p class="said">In its own currency; it stands in no sum of the company.</p>'
    if row.statement is None:
        yield '<p class="off">Not reconciled: no statement is locked.</p></section>'
        return
    yield f'<p class="said">{hypertext(_through(report, row))}</p>'
    yield '<div class="sides">'
    yield _side(row.statement, BANK_SIDE, "Bank", row.currency)
    yield _side(row.statement, BOOK_SIDE, "Books", row.currency)
    yield f"</div>{_verdict(row)}"
    yield _items("In the books alone", row.book_items, row.currency)
    yield _items("On the bank alone", row.bank_items, row.currency)
    stale = stale_checks(row.book_items, row.through_on or report.month.last_day)
    if stale:
        yield _items(f"Stale: issued more than {STALE_AFTER_DAYS} days before", stale, row.currency)
    yield "</section>"


def _through(report: MonthReport, row: Reconciled) -> str:
    who = f" by {row.locked_by}" if row.locked_by else ""
    day = plain_day(row.through_on) if row.through_on else DASH
    short = "" if row.reaches(report.month.last_day) else "; the month's last day is not reached"
    return f"Reconciled through {day}{who}{short}."


def _side(both: TwoSidedStatement, side: Iterable[tuple[str, str, str]], head: str, currency: str) -> str:
    rows = "".join(
        f"<tr{' class=sum' if sign == '=' else ''}><td>{sign}</td><td>{label}</td>"
        f'<td class="n">{_amount(getattr(both, part), currency)}</td></tr>'
        for label, part, sign in side
    )
    return f'<table><tr><th></th><th>{head}</th><th class="n">{hypertext(currency)}</th></tr>{rows}</table>'


def _verdict(row: Reconciled) -> str:
    off = row.statement.unexplained if row.statement else None
    if off is None:
        return '<p class="off">A balance is not known, so nothing can be said.</p>'
    if off == 0:
        return f'<p class="ok">✓ Both sides agree: difference {_amount(off, row.currency)}.</p>'
    return f'<p class="off">✗ A difference of {_amount(off, row.currency)} is not explained.</p>'


def _items(head: str, items: Iterable[OpenItem], currency: str) -> str:
    rows = "".join(
        f"<tr><td>{plain_day(i.happened_on)}</td><td>{hypertext(i.text or i.item_id)}</td>"
        f'<td>{"" if i.nature == "plain" else i.nature}</td><td class="n">{_amount(i.amount, currency)}</td></tr>'
        for i in items
    )
    return f"<table><tr><th colspan=4>{hypertext(head)}</th></tr>{rows}</table>" if rows else ""


def _processors(report: MonthReport) -> Iterator[str]:
    for row in report.clearings:
        head = f"{row.name} ({row.account}) through its clearing account, {row.currency}"
        yield f"<section><h2>{hypertext(head)}</h2>"
        days = f"{plain_day(row.first_day)} to {plain_day(row.last_day)}"
        stated = (
            f"; the processor's balance is as stated on {plain_day(row.reported_on)}"
            if row.reported_on
            else ""
        )
        yield f'<p class="said">{hypertext(days + stated)}</p><div class="sides">'
        for title, lines in zip(("Processor", "Movements"), two_sides(row.sums), strict=True):
            yield _clearing_side(title, lines, row.currency)
        yield f"</div>{_clearing_verdict(row)}"
        yield _items("Payouts in transit: sent, and not on the bank yet", row.in_transit, row.currency)
        yield "</section>"


def _clearing_side(title: str, lines: Iterable[Line], currency: str) -> str:
    rows = "".join(
        f"<tr{' class=sum' if strong else ''}><td>{hypertext(words)}</td>"
        f'<td class="n">{_amount(amount, currency)}</td></tr>'
        for words, amount, strong in lines
    )
    return f'<table><tr><th>{title}</th><th class="n">{hypertext(currency)}</th></tr>{rows}</table>'


def _clearing_verdict(row: Clearing) -> str:
    off = row.sums.difference
    if off is None:
        return f'<p class="off">Not known: {hypertext(row.reason or "")}.</p>'
    if off == 0:
        return f'<p class="ok">✓ Both sides agree: difference {_amount(off, row.currency)}.</p>'
    return f'<p class="off">✗ The two sides differ by {_amount(off, row.currency)}.</p>'


def _cards(report: MonthReport) -> Iterator[str]:
    if not report.cash.cards:
        return
    yield '<section><h2>Cards: liabilities, never taken off cash</h2><table><tr><th>Card</th><th class="n">Owed</th></tr>'
    for card in report.cash.cards:
        owed = None if card.ending is None else -card.ending
        yield (
            f"<tr><td>{hypertext(card.name)} ({hypertext(card.currency)})</td>"
            f'<td class="n">{_amount(owed, card.currency)}</td></tr>'
        )
    yield "</table></section>"


def _amount(value: Decimal | None, currency: str) -> str:
    return DASH if value is None else hypertext(money(value, currency, exact=True))
