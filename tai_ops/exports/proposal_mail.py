"""The two e-mails of a proposal, as drafts that mail programs open: the one with the document, and the case study's.

Nothing is sent from here. Source: Runbook 3, Step 4; requirements.md P10 and P13.
"""

import hashlib
import re
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from tai_ops.exports.proposal_word import proposal_docx
from tai_ops.exports.text import hypertext, one_line
from tai_ops.proposal_quote import CaseStudy
from tai_ops.proposal_template import Document
from tai_ops.proposal_values import plain_number, printed
from tai_ops.store.proposal_desk import Desk

WORD = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")
UNFOLDED = policy.SMTP.clone(max_line_length=990)
"""A long name in a subject stays whole: the library loses spaces where it folds."""


def sending_eml(desk: Desk, document: Document, now: datetime) -> bytes:
    """The e-mail that the proposal goes out with: four values, the question for a call, the document attached."""
    message = _message(desk, f"Inventory Intelligence Implementation Proposal - {document.customer}", now)
    lines = [
        f"Hi {_first_name(desk)},",
        (
            f"Thanks again for the great conversation on {_shown(desk, 'call_on')}. Based on what I learned about "
            f"{document.customer}'s challenges, I've put together a proposal for how {_us(document)} can help you achieve "
            "real-time inventory visibility."
        ),
        "Key highlights:",
        f"• {_shown(desk, 'accuracy_need')}% inventory accuracy (from current {_shown(desk, 'accuracy_now')}%)",
        f"• {_shown(desk, 'implementation_days')}-day implementation, go-live by {_shown(desk, 'go_live_on')}",
        f"• {_shown(desk, 'year_1')} investment, ROI in {_shown(desk, 'payback')} months",
    ]
    questions = f"I'm happy to answer any questions. How does {_shown(desk, 'questions_on')} look for a brief questions call?"
    if desk.filled.case:
        questions += (
            f" I'll also send over a case study from {_shown(desk, 'case_customer')} in a separate email."
        )
    lines += [questions]
    lines += ["Looking forward to working together!", _shown(desk, "vp_name")]
    _text(message, lines)
    message.add_attachment(
        proposal_docx(document), WORD[0], WORD[1], filename=f"{file_stem(document.customer)}.docx"
    )
    _bounded(message, lines)
    return message.as_bytes(policy=UNFOLDED)


def case_study_eml(desk: Desk, case: CaseStudy, now: datetime) -> bytes:
    """The second e-mail: what the consenting customer measured, each figure with its day."""
    name = case.name.partition("(")[0].strip() or case.name
    message = _message(desk, f"How {name} got to {plain_number(case.after)} % inventory accuracy", now)
    gained = case.after - case.before
    lines = [
        f"Hi {_first_name(desk)},",
        f"As promised, here is what {name} measured with us:",
        f"• Inventory accuracy before: {plain_number(case.before)} % ({case.baseline_on.day} {case.baseline_on:%B %Y})",
        f"• Inventory accuracy after {case.days} days: {plain_number(case.after)} % ({case.measured_on.day} {case.measured_on:%B %Y})",
        f"• That is {plain_number(gained)} percentage points more; both figures are counts of {case.warehouse}.",
        "Would you like to talk to them? We are glad to make the introduction.",
        _shown(desk, "vp_name"),
    ]
    _text(message, lines)
    _bounded(message, lines)
    return message.as_bytes(policy=UNFOLDED)


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


def _us(document: Document) -> str:
    """Our name as the runbook's e-mail says it."""
    return document.company or "we"


def _first_name(desk: Desk) -> str:
    return (_shown(desk, "contact").split() or ["there"])[0]


def _message(desk: Desk, subject: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = one_line(subject)
    for field, name in (("From", "vp_email"), ("To", "email")):
        address = desk.values.get(name)
        if address and _is_address(str(address.value)):
            message[field] = one_line(str(address.value))
    message["Date"] = format_datetime(now)
    message["X-Unsent"] = "1"
    return message


def _text(message: EmailMessage, lines: list[str]) -> None:
    shown = [one_line(line) for line in lines]
    plain = "\n\n".join(shown).replace("\n\n•", "\n•") + "\n"
    html = "".join(f"<p>{hypertext(line)}</p>" for line in shown)
    message.set_content(plain, cte="quoted-printable")
    message.add_alternative(f"<html><body>{html}</body></html>", subtype="html", cte="quoted-printable")


def _bounded(message: EmailMessage, lines: list[str]) -> None:
    made = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    for place, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{place}{made}")


def _is_address(text: str) -> bool:
    name, at, host = text.partition("@")
    return bool(name and at and host) and text.isascii() and not set(text) & set(' ,;:<>()[]"\\\r\n\t')
