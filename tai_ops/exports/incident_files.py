"""An incident's summary and post-mortem as Markdown, as a Word document and as an e-mail that opens as a draft."""

import hashlib
import io
import re
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from docx import Document

from tai_ops.exports.proposal_mail import UNFOLDED, WORD
from tai_ops.exports.proposal_word import EPOCH
from tai_ops.exports.text import hypertext, markdown, one_line
from tai_ops.incident_report import Line, Report
from tai_ops.message_templates import Message

_ADDRESS = re.compile(r"[^\s,;:<>()\[\]\"\\@]+@[^\s,;:<>()\[\]\"\\@]+", re.ASCII)


def report_md(report: Report) -> bytes:
    """The report as Markdown; what people typed shows sign by sign."""
    lines = [f"# {markdown(report.title)}", ""]
    if report.customer:
        lines += [f"{markdown(report.company)} to {markdown(report.customer)}", ""]
    for line in report.lines:
        match line.mark:
            case "heading":
                lines += ["", f"## {markdown(line.text)}", ""]
            case "part":
                lines.append(f"- **{markdown(line.label)}:** {markdown(line.text)}")
            case "bullet":
                lines.append(f"- {markdown(line.text)}")
            case "text":
                lines += [markdown(one) + "\n" for one in line.text.splitlines() if one.strip()]
    return ("\n".join(lines).rstrip() + "\n").encode()


def report_docx(report: Report) -> bytes:
    """The report as a Word document."""
    document = Document()
    properties = document.core_properties
    properties.title, properties.author = one_line(report.title)[:255], one_line(report.company)[:255]
    properties.created = properties.modified = EPOCH.replace(tzinfo=None)
    document.add_heading(one_line(report.title), level=1)
    if report.customer:
        document.add_paragraph(one_line(f"{report.company} to {report.customer}"))
    for line in report.lines:
        match line.mark:
            case "heading":
                document.add_heading(one_line(line.text), level=2)
            case "part":
                paragraph = document.add_paragraph()
                paragraph.add_run(f"{one_line(line.label)}: ").bold = True
                paragraph.add_run(one_line(line.text))
            case "bullet":
                document.add_paragraph(one_line(line.text), style="List Bullet")
            case "text":
                for one in line.text.splitlines():
                    if one.strip():
                        document.add_paragraph(one_line(one))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def report_eml(
    report: Report, now: datetime, *, sender: str, to: tuple[str, ...] = (), message: Message | None = None
) -> bytes:
    """The report as an e-mail, a draft that nobody has sent; the document is attached.

    `message` are the words of the e-mail where the company has its own; else the report's lines.
    """
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = one_line(message.subject if message and message.subject else report.title)
    if _ADDRESS.fullmatch(sender):
        mail["From"] = sender
    known = [one for one in to if _ADDRESS.fullmatch(one)]
    if known:
        mail["To"] = ", ".join(known)
    mail["Date"] = format_datetime(now)
    mail["X-Unsent"] = "1"
    lines = _lines(message, report)
    mail.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    html = "".join(f"<p>{hypertext(line)}</p>" if line else "" for line in lines)
    mail.add_alternative(f"<html><body>{html}</body></html>", subtype="html", cte="quoted-printable")
    mail.add_attachment(report_docx(report), WORD[0], WORD[1], filename=f"{stem(report)}.docx")
    made = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    for place, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{place}{made}")
    return mail.as_bytes(policy=UNFOLDED)


def stem(report: Report) -> str:
    """A file's name for the report that every system takes."""
    text = f"{report.title} {report.customer}".lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:80].rstrip("-") or "incident"


def _lines(message: Message | None, report: Report) -> list[str]:
    if message is not None:
        return [one_line(line) for line in message.body.splitlines()]
    return [_plain(line) for line in report.lines]


def _plain(line: Line) -> str:
    match line.mark:
        case "part":
            return one_line(f"{line.label}: {line.text}")
        case "bullet":
            return f"• {one_line(line.text)}"
        case _:
            return one_line(line.text)
