"""The e-mails of a proposal, as drafts that mail programs open: the one with the document, the case study's, the check-in's.

Nothing is sent from here. Source: Runbook 3, Step 4; requirements.md P10 and P13.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from tai_ops.exports.proposal_word import proposal_docx
from tai_ops.exports.text import hypertext, is_address, one_line
from tai_ops.message_templates import fill, without_unknown
from tai_ops.proposal_clock import valid_until
from tai_ops.proposal_quote import CaseStudy
from tai_ops.proposal_template import Document
from tai_ops.proposal_values import plain_number, printed
from tai_ops.store.proposal_desk import Desk

WORD = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")
UNFOLDED = policy.SMTP.clone(max_line_length=990)
"""A long name in a subject stays whole: the library loses spaces where it folds."""

_FROM: Mapping[str, str] = {
    "customer": "customer",
    "call_date": "call_on",
    "accuracy_now": "accuracy_now",
    "accuracy_need": "accuracy_need",
    "implementation_days": "implementation_days",
    "go_live_date": "go_live_on",
    "year_1": "year_1",
    "payback": "payback",
    "questions_date": "questions_on",
    "seller": "vp_name",
}
"""Which value of the proposal stands for a variable of its e-mails."""


def sending_eml(desk: Desk, document: Document, now: datetime) -> bytes:
    """The e-mail that the proposal goes out with, in the company's words: the document is attached."""
    case = desk.filled.case
    message, body = _written(desk, "proposal_mail", now, {"case_customer": _case_name(case)} if case else {})
    message.add_attachment(
        proposal_docx(document), WORD[0], WORD[1], filename=f"{file_stem(document.customer)}.docx"
    )
    return _bounded(message, body)


def case_study_eml(desk: Desk, case: CaseStudy, now: datetime) -> bytes:
    """The second e-mail: what the consenting customer measured, each figure with its day."""
    told = {
        "case_customer": _case_name(case),
        "case_before": plain_number(case.before),
        "case_before_date": _day(case.baseline_on),
        "case_after": plain_number(case.after),
        "case_after_date": _day(case.measured_on),
        "case_days": str(case.days),
        "case_gain": plain_number(case.after - case.before),
        "case_warehouse": case.warehouse,
    }
    return _bounded(*_written(desk, "case_study_mail", now, told))


def check_in_eml(desk: Desk, now: datetime) -> bytes:
    """The e-mail of the Friday check-in, for a proposal that is with the customer."""
    return _bounded(*_written(desk, "check_in_mail", now, {}))


def _case_name(case: CaseStudy) -> str:
    return case.name.partition("(")[0].strip() or case.name


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def _written(
    desk: Desk, template_id: str, now: datetime, told: Mapping[str, str]
) -> tuple[EmailMessage, str]:
    """A proposal's message in the company's words, and its text; what isn't known yet stands in square brackets."""
    sent, calendar = desk.proposal.sent_at, desk.known.calendar
    known: dict[str, str] = {name: _shown(desk, value) for name, value in _FROM.items()}
    known |= {"company": _us(desk), "contact": _first_name(desk)}
    if sent:
        known |= {
            "sent_date": _day(calendar.local_date(sent)),
            "valid_date": _day(calendar.local_date(valid_until(sent, calendar))),
        }
    known |= told
    wording = without_unknown(desk.wording[template_id], known)
    lacking = {name: f"[{name.replace('_', ' ')}]" for name in wording.variables if not known.get(name)}
    made = fill(wording, {name: one_line(text) for name, text in (known | lacking).items()})
    message = _message(desk, made.subject, now)
    _text(message, made.body)
    return message, made.body


def file_stem(customer: str) -> str:
    """A file's name for a customer that every system takes, such as `proposal-northwind-parts`."""
    return f"proposal-{re.sub(r'[^a-z0-9]+', '-', customer.lower()).strip('-')[:60] or 'customer'}"


def _shown(desk: Desk, name: str) -> str:
    value = desk.values.get(name)
    return (
        one_line(printed(name, value.value, desk.known.company.currency))
        if value
        else f"[{name.replace('_', ' ')}]"
    )


def _us(desk: Desk) -> str:
    """Our name as the runbook's e-mail says it."""
    return _shown(desk, "company") if "company" in desk.values else "we"


def _first_name(desk: Desk) -> str:
    return (_shown(desk, "contact").split() or ["there"])[0]


def _message(desk: Desk, subject: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = one_line(subject)
    for field, name in (("From", "vp_email"), ("To", "email")):
        address = desk.values.get(name)
        if address and is_address(str(address.value)):
            message[field] = one_line(str(address.value))
    message["Date"] = format_datetime(now)
    message["X-Unsent"] = "1"
    return message


def _text(message: EmailMessage, body: str) -> None:
    shown = "".join(
        f"<p>{'<br>'.join(hypertext(line) for line in part.splitlines())}</p>" for part in body.split("\n\n")
    )
    message.set_content(body + "\n", cte="quoted-printable")
    message.add_alternative(f"<html><body>{shown}</body></html>", subtype="html", cte="quoted-printable")


def _bounded(message: EmailMessage, body: str) -> bytes:
    """The message with boundaries that its text decides, so that the same text is the same file."""
    made = hashlib.sha256(body.encode()).hexdigest()[:32]
    for place, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{place}{made}")
    return message.as_bytes(policy=UNFOLDED)
