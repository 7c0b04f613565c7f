"""What a customer gets of its onboarding: the plan as CSV and for a calendar, documents, drafts of messages."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from docx import Document
from icalendar import Calendar, Event

from tai_ops.document_words import HEADING, ITEM, QUOTE
from tai_ops.documents import Written
from tai_ops.exports.sheets import Book, Column
from tai_ops.exports.text import hypertext, is_address, markdown, one_line, plain_day
from tai_ops.message_templates import Message
from tai_ops.onboarding_plan import phase_of
from tai_ops.outcome import Baseline
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.customer_onboarding.standing import Standing
from tai_ops.sheet import safe_cell

HEADS = ("day", "date", "week", "step", "who", "minutes", "gate", "state", "first planned")
OURS = {**ROLE_IN_WORDS, "customer": "customer"}
STYLES = {ITEM: "List Bullet", QUOTE: "Quote"}


def plan_csv(seen: Standing) -> bytes:
    """Every step with its day as it comes now and as it was first planned; notes and links stay with us."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS)
    for one in seen.states.values():
        writer.writerow(
            [
                one.step.day,
                seen.on(one).isoformat(),
                phase_of(one.step).week,
                safe_cell(one.step.title),
                ", ".join(OURS[owner] for owner in one.step.owners),
                one.step.minutes,
                f"week {one.step.gate}" if one.step.gate else "",
                one.state,
                seen.first[one.step.day].isoformat(),
            ]
        )
    return out.getvalue().encode("utf-8-sig")


def plan_ics(seen: Standing, stamp: datetime) -> bytes:
    """The days of the plan and its milestones as whole days; an event keeps its id when the plan is sent again."""
    calendar = Calendar()
    calendar.add("prodid", "-//TAI Ops//onboarding//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    by_day: dict[int, list[str]] = {}
    for one in seen.states.values():
        if not one.step.gate and one.state != "waived":
            by_day.setdefault(one.step.day, []).append(one.step.title)
    told = [
        (f"day-{day}", seen.coming[day], f"Onboarding Day {day}: {titles[0]}", "\n".join(titles))
        for day, titles in by_day.items()
    ]
    told += [(m.name.lower().replace(" ", "-"), m.on, m.name, "") for m in seen.milestones]
    for key, on, summary, text in told:
        event = Event()
        event.add("uid", f"{seen.customer.customer_id}-{key}@tai-ops")
        event.add("dtstamp", stamp)
        event.add("summary", one_line(f"{summary} ({seen.customer.name})"))
        event.add("dtstart", on)
        event.add("dtend", on + timedelta(days=1))
        if text:
            event.add("description", text)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    for key, name, begins, ends in _appointments(seen):
        event = Event()
        event.add("uid", f"{seen.customer.customer_id}-{key}@tai-ops")
        event.add("dtstamp", stamp)
        event.add("summary", one_line(f"{name} ({seen.customer.name})"))
        event.add("dtstart", begins)
        event.add("dtend", ends)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _appointments(seen: Standing) -> Iterator[tuple[str, str, datetime, datetime]]:
    """What has its hour, on the company's clock: the kickoff, the cutover, the check-in of the business day after it."""
    zone = seen.calendar.zone
    after = seen.calendar.next_business_day(seen.cutover_on)
    for key, name, on, begins, ends in (
        ("kickoff", "Kickoff meeting", seen.on(seen.states["kickoff"]), time(10), time(12)),
        ("cutover", "Cutover", seen.cutover_on, time(14), time(17)),
        ("check-in", "Check-in after the cutover", after, time(10), time(10, 10)),
    ):
        yield key, name, datetime.combine(on, begins, tzinfo=zone), datetime.combine(on, ends, tzinfo=zone)


def plan_html(seen: Standing) -> bytes:
    """The plan as one page that any browser shows and prints; it loads nothing from elsewhere."""
    rows = "".join(
        f"<tr><td>{one.step.day}</td><td>{plain_day(seen.on(one))}</td><td>{hypertext(one.step.title)}</td>"
        f"<td>{hypertext(', '.join(OURS[owner] for owner in one.step.owners))}</td><td>{one.step.minutes}</td>"
        f"<td>{f'week {one.step.gate}' if one.step.gate else ''}</td><td>{one.state}</td></tr>"
        for one in seen.states.values()
    )
    later = "".join(f"<li>{plain_day(m.on)}: {hypertext(m.name)}</li>" for m in seen.milestones)
    title = hypertext(f"Onboarding of {seen.customer.name}")
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body {{ font: 16px/1.4 sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }} th, td {{ border-bottom: 1px solid #ccc; padding: .3rem .5rem; text-align: left; }}
</style></head><body><h1>{title}</h1>
<p>Kickoff {plain_day(seen.on(seen.states["kickoff"]))}, go-live {plain_day(seen.cutover_on)}. As of {plain_day(seen.today)}.</p>
<table><thead><tr><th>Day</th><th>Date</th><th>Step</th><th>Who</th><th>Minutes</th><th>Check</th><th>State</th></tr></thead>
<tbody>{rows}</tbody></table><h2>Afterwards</h2><ul>{later}</ul></body></html>
""".encode()


def document_docx(written: Written) -> bytes:
    """A document of the onboarding for Word."""
    document = Document()
    document.core_properties.title = one_line(written.title)
    document.add_heading(one_line(written.title), level=1)
    for part in written.parts:
        if part.mark == HEADING:
            document.add_heading(one_line(part.text), level=2)
        else:
            document.add_paragraph(one_line(part.text), style=STYLES.get(part.mark))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def document_markdown(written: Written) -> bytes:
    """A document of the onboarding as Markdown; what people typed stands as they typed it."""
    lines = [f"# {markdown(written.title)}"]
    before = HEADING
    for part in written.parts:
        if part.mark != ITEM or before != ITEM:
            lines.append("")
        lines.append(f"{part.mark}{markdown(part.text)}")
        before = part.mark
    return ("\n".join(lines) + "\n").encode()


def message_eml(message: Message, sender: str | None, to: str | None, now: datetime) -> bytes:
    """A message as a draft that mail programs open; nothing is sent."""
    made = EmailMessage(policy=policy.SMTP)
    made["Subject"] = one_line(message.subject)
    for field, address in (("From", sender), ("To", to)):
        if address and is_address(address):
            made[field] = one_line(address)
    made["Date"] = format_datetime(now)
    made["X-Unsent"] = "1"
    made.set_content(message.body + "\n", cte="quoted-printable")
    return made.as_bytes()


def success_plan_sheet(
    seen: Standing, written: Written, baselines: Sequence[Baseline], company: str, stamp: datetime
) -> bytes:
    """The success plan as a workbook to share: its words, every step with its day, the baselines beside now."""
    book = Book(one_line(written.title), company, stamp)
    said = f"As of {plain_day(seen.today)}"
    page = book.page("Success plan", written.title, said, draft=False, widths=(110,))
    for part in written.parts:
        if part.mark == HEADING:
            page.heading(part.text)
        else:
            page.words(part.text, "text")
    page = book.page("Steps", "Every step", said, draft=False, widths=(6, 14, 62, 24, 10, 14))
    steps = [
        (
            str(one.step.day),
            seen.on(one),
            one.step.title,
            ", ".join(OURS[owner] for owner in one.step.owners),
            one.state,
            seen.first[one.step.day],
        )
        for one in seen.states.values()
    ]
    page.table(
        (Column("Day"), Column("Date", "date"), Column("Step"), Column("Who"), Column("State"), Column("First planned", "date")),
        steps,
    )  # fmt: skip
    page = book.page("Baselines", "Before and now", said, draft=False, widths=(20, 44, 14, 14, 14, 14))
    page.table(
        (Column("Warehouse"), Column("What"), Column("Before", "score"), Column("Measured", "date"), Column("Now", "score"), Column("Now measured", "date")),
        [(one.warehouse, one.name, one.before, one.before_on, one.now, one.now_on) for one in baselines],
    )  # fmt: skip
    return book.content()
