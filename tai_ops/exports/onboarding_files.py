"""What a customer gets of its onboarding: the plan as CSV and for a calendar, the case study as Word and Markdown."""

import csv
import io
from datetime import datetime, timedelta

from docx import Document
from icalendar import Calendar, Event

from tai_ops.exports.text import markdown, one_line
from tai_ops.onboarding_plan import phase_of
from tai_ops.outcome import CaseStudy
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.customer_onboarding.standing import Standing
from tai_ops.sheet import safe_cell

HEADS = ("day", "date", "week", "step", "who", "minutes", "gate", "state", "first planned")
OURS = {**ROLE_IN_WORDS, "customer": "customer"}


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
    return calendar.to_ical()


def study_docx(study: CaseStudy) -> bytes:
    """The case study as a Word document."""
    document = Document()
    document.core_properties.title = study.title
    document.add_heading(one_line(study.title), level=1)
    for heading, lines in (("Before", study.situation), ("With TAI", study.results)):
        document.add_heading(heading, level=2)
        for line in lines:
            document.add_paragraph(one_line(line))
    if study.quotes:
        document.add_heading("What its people say", level=2)
        for quote, who in study.quotes:
            document.add_paragraph(f"“{one_line(quote)}” ({one_line(who)})", style="Quote")
    document.add_heading("What the figures rest on", level=2)
    for line in study.sources:
        document.add_paragraph(one_line(line), style="List Bullet")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def study_markdown(study: CaseStudy) -> bytes:
    """The case study as Markdown."""
    lines = [f"# {markdown(study.title)}", "", "## Before", ""]
    lines += [markdown(line) + "\n" for line in study.situation]
    lines += ["## With TAI", "", *(markdown(line) + "\n" for line in study.results)]
    if study.quotes:
        lines += ["## What its people say", ""]
        lines += [f"> “{markdown(quote)}” ({markdown(who)})\n" for quote, who in study.quotes]
    lines += ["## What the figures rest on", "", *(f"- {markdown(line)}" for line in study.sources), ""]
    return "\n".join(lines).encode()
