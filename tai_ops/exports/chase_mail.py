"""A reminder to a customer whose invoices are more than 30 days past due, as an e-mail that mail programs open as a draft.

Source: Runbook 6 "Follow up on past-due accounts (>30 days)"; finance.md R6.4. Nothing is sent.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from tai_ops.exports.text import hypertext, is_address, one_line, plain_day
from tai_ops.money import ZERO
from tai_ops.receivables import OpenInvoice
from tai_ops.words import counted, money, several


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a customer is reminded of: its overdue invoices, the longest first, and when it was last asked."""

    company: str
    customer: str
    to: str | None
    sender: str | None
    invoices: Sequence[OpenInvoice]
    on: date
    currency: str
    last_asked: date | None = None

    @property
    def total(self) -> Decimal:
        """What is open of them in all."""
        return sum((i.open_amount for i in self.invoices), ZERO)


def reminder_eml(about: Reminder, now: datetime) -> bytes:
    """The message; the same reminder at the same instant gives the same bytes."""
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = one_line(
        f"{about.company}: {counted(len(about.invoices), 'invoice')} past due, {money(about.total, about.currency, exact=True)}"
    )
    if about.sender and is_address(about.sender):
        message["From"] = one_line(about.sender)
    if about.to and is_address(about.to):
        message["To"] = one_line(about.to)
    message["Date"] = format_datetime(now)
    message["X-Unsent"] = "1"
    plain, html = _plain(about), _html(about)
    message.set_content(plain, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{hashlib.sha256((plain + html).encode()).hexdigest()[:32]}")
    return message.as_bytes()


def reminders_zip(about: Sequence[Reminder], now: datetime) -> bytes:
    """All reminders in one file, each by its customer's name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, one in enumerate(about, 1):
            name = re.sub(r"[^A-Za-z0-9]+", "-", one.customer).strip("-").lower() or "customer"
            entry = zipfile.ZipInfo(f"reminder-{place:02d}-{name}.eml", date_time=now.timetuple()[:6])
            archive.writestr(entry, reminder_eml(one, now))
    return out.getvalue()


def _opening(about: Reminder) -> str:
    asked = f" We last wrote about it on {plain_day(about.last_asked)}." if about.last_asked else ""
    several_of_them = len(about.invoices) > 1
    return (
        f"our books show {several(len(about.invoices), 'invoice')} to {one_line(about.customer)} "
        f"{'that are' if several_of_them else 'that is'} more than 30 days past due as of {plain_day(about.on)}, "
        f"{money(about.total, about.currency, exact=True)} in all.{asked}"
    )


_CLOSING = (
    "Please tell us when we can expect the payment, or what keeps it. "
    "If you have paid meanwhile, please take this as settled and send us the day and the amount."
)


def _plain(about: Reminder) -> str:
    rows = "\n".join(
        f"  {i.invoice_number}: issued {plain_day(i.issued_on)}, due {plain_day(i.due_on)}, "
        f"{several(i.days_past_due, 'day')} late, open {money(i.open_amount, about.currency, exact=True)}"
        for i in about.invoices
    )
    return f"Hello,\n\n{_opening(about)}\n\n{rows}\n\n{_CLOSING}\n\nKind regards\n{one_line(about.company)}\n"


def _html(about: Reminder) -> str:
    rows = "".join(
        f"<tr><td>{hypertext(i.invoice_number)}</td><td>{plain_day(i.issued_on)}</td><td>{plain_day(i.due_on)}</td>"
        f'<td align="right">{several(i.days_past_due, "day")}</td>'
        f'<td align="right">{hypertext(money(i.open_amount, about.currency, exact=True))}</td></tr>'
        for i in about.invoices
    )
    head = "".join(f"<th align=left>{name}</th>" for name in ("Invoice", "Issued", "Due", "Late", "Open"))
    return (
        f'<html><body><p>Hello,</p><p>{hypertext(_opening(about))}</p><table cellpadding="4"><tr>{head}</tr>{rows}</table>'
        f"<p>{_CLOSING}</p><p>Kind regards<br>{hypertext(about.company)}</p></body></html>"
    )
