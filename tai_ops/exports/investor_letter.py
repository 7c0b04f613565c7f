"""The investor letter of a month, block for block as Runbook 6 prints it: as Markdown and as an e-mail draft."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from tai_ops.exports.text import hypertext, markdown, one_line, plain_day
from tai_ops.money import ZERO, cents
from tai_ops.month_report import CustomerMrr, Metric, MonthReport
from tai_ops.store.closing import InvestorNotes
from tai_ops.words import DASH, counted, money, number

MOST_NAMED = 40
"""How many customers a letter names one by one; the workbook names all."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block: what it is, its value, and what has to be said beside it."""

    label: str
    value: str
    note: str | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A titled block of lines."""

    title: str
    lines: tuple[Line, ...]


def letter_md(report: MonthReport, notes: InvestorNotes) -> str:
    """The letter as Markdown. Source: Runbook 6 "Investor email"."""
    parts = [f"# {markdown(title(report))}"]
    if report.draft:
        parts.append(f"**{markdown(_draft_words(report))}**")
    for block in blocks(report):
        lines = (f"- {markdown(line.label)}: {markdown(_said(line))}" for line in block.lines)
        parts.append(f"{block.title}:\n\n" + "\n".join(lines))
    for heading, written in _written(notes):
        parts.append(f"{heading}:\n\n" + "\n".join(f"- {markdown(line)}" for line in written))
    parts.append("\n".join(f"*{markdown(line)}*  " for line in _footer(report)).rstrip())
    return "\n\n".join(parts) + "\n"


def letter_eml(
    report: MonthReport, notes: InvestorNotes, *, sender: str | None = None, to: Sequence[str] = ()
) -> bytes:
    """The letter as an e-mail that mail programs open as a draft; the same report and notes give the same bytes."""
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = title(report)
    if sender:
        message["From"] = sender
    if to:
        message["To"] = ", ".join(to)
    message["Date"] = format_datetime(report.closed.closed_at if report.closed else report.as_of)
    message["X-Unsent"] = "1"
    plain, html = _plain(report, notes), _html(report, notes)
    message.set_content(plain, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{hashlib.sha256((plain + html).encode()).hexdigest()[:32]}")
    return message.as_bytes()


def title(report: MonthReport) -> str:
    """The letter's title, with DRAFT where the month is open."""
    words = f"Monthly Financial Summary - {report.month.name}"
    return f"{words} (DRAFT)" if report.draft else words


def blocks(report: MonthReport) -> tuple[Block, ...]:
    """The runbook's four blocks. Amounts are in whole units; an unknown one is a dash with its reason."""
    return (
        Block("Revenue", tuple(_revenue(report))),
        Block("Expenses", tuple(_expenses(report))),
        Block("Cash position", tuple(_cash(report))),
        Block("Key metrics", tuple(_key_metrics(report))),
    )


def _revenue(report: MonthReport) -> Iterator[Line]:
    named = _named(report)
    for customer in named:
        yield Line(customer.name, f"{_whole(report, customer.mrr)}/month", _partial(customer))
    if len(named) < len(report.customers):
        others = sum((c.mrr for c in report.customers), ZERO) - sum((c.mrr for c in named), ZERO)
        yield Line(
            counted(len(report.customers) - len(named), "other customer"), f"{_whole(report, others)}/month"
        )
    for name, metric in (("Total MRR", "mrr"), ("Total ARR", "arr")):
        yield _money_line(report, name, report.metric(metric))


def _named(report: MonthReport) -> tuple[CustomerMrr, ...]:
    """The customers that the letter names: all of them, of very many the greatest; in the report's order."""
    if len(report.customers) <= MOST_NAMED:
        return report.customers
    great = sorted(report.customers, key=lambda c: (-c.mrr, c.customer_id))[:MOST_NAMED]
    kept = {c.customer_id for c in great}
    return tuple(c for c in report.customers if c.customer_id in kept)


def _partial(customer: CustomerMrr) -> str | None:
    return f"partial, started {plain_day(customer.partial_from)}" if customer.partial_from else None


def _expenses(report: MonthReport) -> Iterator[Line]:
    known = report.metric("expenses").value is not None
    for spent in report.expenses.by_group:
        yield Line(spent.name.capitalize(), _whole(report, spent.amount) if known else DASH)
    yield _money_line(report, "Total", report.metric("expenses"))


def _cash(report: MonthReport) -> Iterator[Line]:
    cash = report.cash
    if cash.ending is None or cash.starting is None:
        for name in ("Starting balance", "Cash in", "Cash out", "Ending balance"):
            yield Line(name, DASH, "no balance is known")
    else:
        yield Line("Starting balance", _whole(report, cash.starting))
        yield Line("Cash in", _whole(report, cash.cash_in), _of_it(report, cash.financing_in))
        yield Line("Cash out", _whole(report, cash.cash_out), _of_it(report, cash.financing_out))
        yield from _rest(report)
        missing = f"without {', '.join(cash.unknown)}" if cash.unknown else None
        yield Line("Ending balance", _whole(report, cash.ending), missing)
    yield _runway(report)


def _rest(report: MonthReport) -> Iterator[Line]:
    """What else moved cash, where it did: each line is there only when it is not nothing."""
    cash = report.cash
    rest = (
        ("Own transfers under way", cash.transfers),
        ("Change of what is in transit", cash.in_transit),
        ("Not explained", cash.unexplained or ZERO),
    )
    for name, amount in rest:
        if cents(amount):
            yield Line(name, _whole(report, amount))


def _of_it(report: MonthReport, financing: Decimal) -> str | None:
    return f"{_whole(report, financing)} of it financing" if financing else None


def _runway(report: MonthReport) -> Line:
    found = report.runway()
    if found.months is not None:
        return Line("Runway", number(found.months, "months"), found.reason)
    reason = found.reason or "no data"
    if reason.startswith("not burning"):
        few = reason.removeprefix("not burning").lstrip("; ")
        return Line("Runway", "not burning", few or None)
    return Line("Runway", DASH, reason)


def _key_metrics(report: MonthReport) -> Iterator[Line]:
    for name, metric in (("CAC", "cac"), ("LTV", "ltv")):
        line = _money_line(report, name, report.metric(metric))
        yield Line(line.label, line.value, line.note, listed=True)
    payback = report.metric("cac_payback_months")
    if isinstance(payback.value, Decimal):
        value, note = number(payback.value, "months"), payback.reason
    else:
        value, note = ("never", None) if payback.reason == "never" else (DASH, payback.reason)
    yield Line("Payback", value, note, listed=True)


def _money_line(report: MonthReport, label: str, metric: Metric) -> Line:
    value = metric.value if isinstance(metric.value, Decimal) else None
    return Line(label, _whole(report, value), metric.reason)


def _whole(report: MonthReport, amount: Decimal | None) -> str:
    return DASH if amount is None else money(amount, report.currency)


def _said(line: Line) -> str:
    return f"{line.value} ({line.note})" if line.note else line.value


def _written(notes: InvestorNotes) -> Iterator[tuple[str, list[str]]]:
    parts = (("Highlights", notes.highlights), ("Lowlights", notes.lowlights), ("Asks", notes.asks))
    for heading, text in parts:
        lines = [one_line(line) for line in (text or "").splitlines() if line.strip()]
        if lines:
            yield heading, lines


def _draft_words(report: MonthReport) -> str:
    last = plain_day(report.until - timedelta(days=1))
    return f"DRAFT: {report.month.name} is open and these numbers may change; figures to {last}."


def _footer(report: MonthReport) -> list[str]:
    lines = ["Amounts are rounded to whole units; the workbook has the cents and every definition."]
    stamp = report.closed
    if stamp:
        closed = f"Closed {plain_day(stamp.closed_at.date())} by {stamp.closed_by}"
        lines.append(f"{closed}, version {stamp.version}, snapshot {stamp.body_hash[:12]}.")
    if report.changes:
        differ = "1 number differs" if len(report.changes) == 1 else f"{len(report.changes)} numbers differ"
        lines.append(f"{differ} from the version before; the workbook lists them.")
    return lines


def _plain(report: MonthReport, notes: InvestorNotes) -> str:
    parts = [title(report)]
    if report.draft:
        parts.append(_draft_words(report))
    for block in blocks(report):
        lines = (
            f"  {'  - ' if line.listed else ''}{one_line(line.label)}: {_said(line)}" for line in block.lines
        )
        parts.append("\n".join((f"{block.title}:", *lines)))
    for heading, written in _written(notes):
        parts.append("\n".join((f"{heading}:", *(f"  - {line}" for line in written))))
    parts.append("\n".join(_footer(report)))
    return "\n\n".join(parts) + "\n"


_CELL = "padding:2px 24px 2px 0;"
_GREY = "color:#5f6b76;"


def _html(report: MonthReport, notes: InvestorNotes) -> str:
    parts = [f'<h2 style="margin:0 0 12px;color:#1f4e79">{hypertext(title(report))}</h2>']
    if report.draft:
        parts.append(f"<p><strong>{hypertext(_draft_words(report))}</strong></p>")
    for block in blocks(report):
        rows = "".join(_html_row(line) for line in block.lines)
        parts.append(f"<p><strong>{block.title}</strong></p><table>{rows}</table>")
    for heading, written in _written(notes):
        items = "".join(f"<li>{hypertext(line)}</li>" for line in written)
        parts.append(f"<p><strong>{heading}</strong></p><ul>{items}</ul>")
    footer = "<br>".join(hypertext(line) for line in _footer(report))
    parts.append(f'<p style="{_GREY}font-size:12px">{footer}</p>')
    body = "\n".join(parts)
    return f'<html><body style="font-family:sans-serif;font-size:14px">\n{body}\n</body></html>\n'


def _html_row(line: Line) -> str:
    note = f' <span style="{_GREY}">({hypertext(line.note)})</span>' if line.note else ""
    value = f"{hypertext(line.value)}{note}"
    return f'<tr><td style="{_CELL}">{hypertext(line.label)}</td><td style="{_CELL}">{value}</td></tr>'
