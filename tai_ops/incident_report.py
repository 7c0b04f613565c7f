"""What leaves an incident: the values of its messages, the six-part summary for a customer, the post-mortem for us.

A summary names no other customer, no person and no channel of ours: a part that does is refused by name. Source: Runbook 4,
Post-Incident; requirements.md R4.10, R4.11, I4.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from tai_ops.errors import Refused
from tai_ops.incident_run import POST_MORTEM_PARTS, SUMMARY_PARTS, Entry, Run, report_due
from tai_ops.period import BusinessCalendar
from tai_ops.reliability import EVERYONE, Interval, merge, subtract, total
from tai_ops.response import RunTimer
from tai_ops.words import counted, instant, listed

ETAS = ("30 min", "1 hour", "TBD")
SHORTEST_NAME = 3
DOWN = frozenset({"full", "partial"})
HIT = DOWN | {"degraded"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a report: a heading, a labelled text, a text, or a bullet."""

    mark: Literal["heading", "part", "text", "bullet"]
    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A document about an incident: its title, who it is for (`customer` is empty for us), its lines."""

    title: str
    company: str
    customer: str
    lines: tuple[Line, ...]


def hit_times(run: Run, customer_id: str, now: datetime, levels: Collection[str] = HIT) -> list[Interval]:
    """When a customer was affected at one of these levels, by the minutes that a clock shows, overlaps once.

    Announced maintenance is none.
    """
    return merge(
        (_minute(one.began_at), _minute(one.ended_at or max(one.began_at, now)))
        for one in run.impacts
        if one.level in levels and one.customer_id in (EVERYONE, customer_id)
    )


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def duration_words(run: Run, customer_id: str, now: datetime, zone: tzinfo) -> str:
    """How long a customer was down: `30 minutes (10:12 to 10:42 EDT on Tue 31 Mar 2026)`, and how long it was slow besides.

    Full and partial outages are down; empty where the customer was not affected.
    """
    down, every = hit_times(run, customer_id, now, DOWN), hit_times(run, customer_id, now)
    if not every:
        return ""
    if not down:
        return f"{length_words(total(every))} degraded, not down ({_from_to(every, zone)})"
    said = f"{length_words(total(down))} ({_from_to(down, zone)})"
    rest = total(subtract(every, down))
    return f"{said}, and {length_words(rest)} degraded" if rest else said


def _from_to(times: Sequence[Interval], zone: tzinfo) -> str:
    began, ended = times[0][0].astimezone(zone), times[-1][1].astimezone(zone)
    if began.date() != ended.date():
        return f"{instant(began, zone)} to {instant(ended, zone)}"
    return f"{began:%H:%M} to {ended:%H:%M} {zone_words(ended)} on {ended:%a} {ended.day} {ended:%b %Y}"


def length_words(length: timedelta) -> str:
    """`30 minutes`, `2 hours 5 minutes`; less than a minute counts as one."""
    minutes = max(1, round(length.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    parts = [counted(hours, "hour")] if hours else []
    return " ".join([*parts, *([counted(rest, "minute")] if rest else [])])


def zone_words(moment: datetime) -> str:
    """A zone's name at that moment, `UTC+05` where it has no letters."""
    name = moment.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


def values(
    run: Run,
    customer_id: str,
    *,
    company: str,
    customer: str,
    cto: str,
    csm: str,
    eta: str,
    now: datetime,
    zone: tzinfo,
    calendar: BusinessCalendar,
) -> dict[str, object]:
    """What the messages of an incident may name, for one customer; what is not known is left out.

    `zone` is the customer's: times that it reads are on its own clock.
    """
    resolved = run.incident.resolved_at
    known: dict[str, object] = {
        "company": company,
        "customer": customer,
        "cto": cto,
        "csm": csm,
        "eta": eta,
        "issue": run.parts.get("issue", run.incident.title),
        "duration": duration_words(run, customer_id, now, zone),
        "cause": run.parts.get("cause", ""),
        "resolution": run.parts.get("resolution", ""),
        "prevention": run.parts.get("prevention", ""),
        "prevention_time": run.parts.get("prevention_time", ""),
    }
    if resolved:
        known["resolved_time"] = resolved.astimezone(zone)
        known["summary_date"] = report_due(resolved, calendar).astimezone(calendar.zone).date()
    return {name: value for name, value in known.items() if value not in (None, "")}


def refuse_unsafe(texts: Mapping[str, str], private: Iterable[tuple[str, str]]) -> None:
    """Nothing where no text names what a customer must not read; Refused names the part, the name and what it is.

    `private` are names with what each is: another customer, one of our people, an e-mail, a channel.
    """
    for what, text in texts.items():
        for name, kind in private:
            if len(name) >= SHORTEST_NAME and re.search(
                rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE
            ):
                raise Refused(
                    f"{what}: names {kind} ({name}), which a customer must not read; put it otherwise"
                )


def summary(run: Run, known: Mapping[str, object], private: Sequence[tuple[str, str]]) -> Report:
    """The six-part summary for one customer; Refused names the parts that are not written, or what it must not say."""
    parts = {part: str(known.get(part, "")).strip() for part in SUMMARY_PARTS}
    missing = [title.split(",")[0].lower() for part, title in SUMMARY_PARTS.items() if not parts[part]]
    if "duration" not in known:
        missing.append("an impact on this customer, for the duration")
    if missing:
        raise Refused(f"the summary of {run.incident.incident_id} still lacks: {listed(missing)}")
    titles = {part: title.split(",")[0] for part, title in SUMMARY_PARTS.items()}
    refuse_unsafe({titles[part]: text for part, text in parts.items()}, private)
    labelled = (
        ("Issue", parts["issue"]),
        ("Duration", str(known["duration"])),
        ("Root cause", parts["cause"]),
        ("Resolution", parts["resolution"]),
        ("Prevention", parts["prevention"]),
        ("Timeline", parts["prevention_time"]),
    )
    return Report(
        f"Incident summary: {parts['issue']}",
        str(known["company"]),
        str(known["customer"]),
        tuple(Line("part", text, label) for label, text in labelled),
    )


def post_mortem(
    run: Run,
    *,
    company: str,
    zone: tzinfo,
    timers: Sequence[RunTimer],
    actions: Sequence[str],
    entries: Sequence[Entry],
    names: Mapping[str, str],
) -> Report:
    """The post-mortem for ourselves: the facts, the four questions, the actions, the timeline."""
    incident = run.incident
    lines = [Line("heading", "Facts")]
    stamps = [
        ("Severity", incident.severity or "none"),
        ("Began", instant(incident.began_at, zone) if incident.began_at else "not known"),
        ("Detected", instant(incident.detected_at, zone)),
        ("Resolved", instant(incident.resolved_at, zone) if incident.resolved_at else "not yet"),
        ("Root cause", incident.root_cause or "not named"),
        ("Customers hit", listed(list(run.affected.values())) or "nobody on record"),
        ("Timers", listed([f"{one.severity} {one.timer} {one.state}" for one in timers]) or "none ran"),
    ]
    lines += [Line("part", text, label) for label, text in stamps]
    for part, title in POST_MORTEM_PARTS.items():
        lines += [Line("heading", title), Line("text", run.parts.get(part, "Not answered yet."))]
    lines.append(Line("heading", "Actions"))
    lines += [Line("bullet", one) for one in actions] or [Line("text", "None noted.")]
    lines.append(Line("heading", "Timeline"))
    for one in entries:
        at = one.at.astimezone(zone)
        entered = f" (entered {one.entered_at.astimezone(zone):%H:%M})" if one.entered_at else ""
        who = f", {names.get(one.by, one.by.removeprefix('token:'))}" if one.by else ""
        lines.append(Line("bullet", f"{at:%d %b %H:%M} {zone_words(at)}{entered}{who}: {one.text}"))
    return Report(f"Post-mortem {incident.incident_id}: {incident.title}", company, "", tuple(lines))
