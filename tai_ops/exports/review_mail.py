"""The weekly review as an e-mail to the team that mail programs open as a draft."""

import hashlib
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from tai_ops.exports.review import review_html, team_message, title
from tai_ops.exports.text import one_line
from tai_ops.review import Review


def review_eml(review: Review) -> bytes:
    """The message to the team with the review in it; the same review gives the same bytes.

    It goes to everybody on record; nothing is sent. Source: Runbook 5, Post-Meeting; requirements.md section 10 (.eml).
    """
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = one_line(f"{review.company}: {title(review)}")
    to = [one_line(email) for email in review.people if _is_address(email)]
    if to:
        message["To"] = ", ".join(to)
    stamp = review.ended or review.opened
    message["Date"] = format_datetime(stamp.done_at if stamp else review.seen_at)
    message["X-Unsent"] = "1"
    plain, html = team_message(review), review_html(review)
    message.set_content(plain, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{hashlib.sha256((plain + html).encode()).hexdigest()[:32]}")
    return message.as_bytes()


def _is_address(text: str) -> bool:
    name, at, host = text.partition("@")
    return bool(name and at and host) and text.isascii() and not set(text) & set(' ,;:<>()[]"\\\r\n\t')
