"""What follows from a call, for other programs: tasks as a calendar file, the follow-up as an e-mail draft."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from icalendar import Calendar, Event

from tai_ops.exports.text import one_line
from tai_ops.pipeline import Prospect
from tai_ops.rights import ROLE_IN_WORDS
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


def follow_up_eml(prospect: Prospect, message: str, sender: str | None, us: str, now: datetime) -> bytes:
    """The e-mail that is due 20 minutes after the call: the words of the wrap-up, as a draft."""
    made = EmailMessage(policy=policy.SMTP)
    made["Subject"] = one_line(f"Our call today: {prospect.company} and {us}")
    for field, address in (("From", sender), ("To", prospect.email)):
        if address and address.isascii() and "@" in address and not set(address) & set(' ,;:<>()[]"\\\r\n\t'):
            made[field] = address
    made["Date"] = format_datetime(now)
    made["X-Unsent"] = "1"
    name = (one_line(prospect.contact or "").split() or ["there"])[0]
    made.set_content(
        f"Hi {name},\n\n{one_line(message)}\n\nKind regards\n{one_line(us)}\n", cte="quoted-printable"
    )
    return made.as_bytes(policy=UNFOLDED)
