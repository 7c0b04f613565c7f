"""What follows from a call, for other programs: tasks as a calendar file, the follow-up as an e-mail draft."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from icalendar import Calendar, Event

from tai_ops.exports.text import is_address, one_line
from tai_ops.message_templates import Template, fill
from tai_ops.pipeline import Prospect
from tai_ops.rights import ROLE_IN_WORDS, Actor
from tai_ops.sales_words import SIMILAR_CUSTOMER
from tai_ops.store.qualifying import Qualification
from tai_ops.store.sales_tasks import SalesTask

HALF_HOUR = timedelta(minutes=30)
UNFOLDED = policy.SMTP.clone(max_line_length=990)


def tasks_ics(tasks: Sequence[SalesTask], stamp: datetime) -> bytes:
    """The open tasks as events that end when they are due; one that comes again keeps its id."""
    calendar = Calendar()
    calendar.add("prodid", "-//TAI Ops//sales//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for task in tasks:
        if task.done:
            continue
        event = Event()
        event.add("uid", f"{task.key.replace('/', '-')}@tai-ops")
        event.add("dtstamp", stamp.astimezone(UTC))
        event.add("summary", one_line(f"{task.text} ({ROLE_IN_WORDS.get(task.owner, task.owner)})"))
        event.add("dtstart", task.due_at.astimezone(UTC) - HALF_HOUR)
        event.add("dtend", task.due_at.astimezone(UTC))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()


def follow_up_eml(
    prospect: Prospect,
    call: Qualification,
    wording: Mapping[str, Template],
    sender: Actor,
    us: str,
    now: datetime,
) -> bytes:
    """The e-mail that is due 20 minutes after the call, as a draft: the company's words with those of the wrap-up in them."""
    told = call.detail.get("follow_up_on")
    qualified = call.decision in {"PURSUE", "WARM"}
    written = fill(
        wording["follow_up_qualified" if qualified else "follow_up_not_qualified"],
        {
            "company": one_line(us),
            "prospect": one_line(prospect.company),
            "contact": (one_line(prospect.contact or "").split() or ["there"])[0],
            "similar_customer": SIMILAR_CUSTOMER,
            "said": one_line(str(call.detail["message"])),
            "next_date": date.fromisoformat(told) if told else None,
            "seller": one_line(sender.name),
        },
    )
    made = EmailMessage(policy=policy.SMTP)
    made["Subject"] = one_line(written.subject)
    for field, address in (("From", sender.email), ("To", prospect.email)):
        if address and is_address(address):
            made[field] = address
    made["Date"] = format_datetime(now)
    made["X-Unsent"] = "1"
    made.set_content(written.body + "\n", cte="quoted-printable")
    return made.as_bytes(policy=UNFOLDED)
