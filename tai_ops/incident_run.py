"""An incident while it is run: what was ticked, said, sent and decided, worked out from its rows; what is due after it.

Rows are only added; what holds is the newest of its kind. Source: Runbook 4; requirements.md R4.6 to R4.13, I4, I10, I11.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from tai_ops.incident_playbook import CAUSES, STEP_STAMPS, STEP_WORDS, Check
from tai_ops.period import BusinessCalendar
from tai_ops.reliability import EVERYONE, Impact, Incident
from tai_ops.response import STAMPS, KeptTimer
from tai_ops.severity import Severity
from tai_ops.words import counted

ALL_CLEAR_AFTER = timedelta(minutes=30)
LONG_HIGH = timedelta(hours=1)
SUMMARY_PARTS: Mapping[str, str] = {
    "issue": "Issue, as the customer may read it",
    "cause": "Root cause, in plain English",
    "resolution": "What we did to fix it",
    "prevention": "What we'll do to prevent recurrence",
    "prevention_time": "When we'll implement prevention",
}
"""The parts of the summary that a person writes; the sixth, the duration, is worked out."""
POST_MORTEM_PARTS: Mapping[str, str] = {
    "happened": "What happened?",
    "why": "Why did it happen?",
    "plan": "What's our action plan to prevent?",
    "timeline": "Timeline for implementation",
}
LONGEST_TEXT = 4000
ALERT_RECEIVED = "alert_received"
"""The item that a monitor's alert ticks by itself."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done or said of an incident: when it happened, and when and by whom it was entered."""

    event_id: str
    event: str
    item: str | None
    customer_id: str | None
    body: str | None
    happened_at: datetime
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A severity, the one that the rules gave, their reasons, the signals, and why it is another one where it is."""

    severity: Severity | None
    computed: Severity | None
    reasons: tuple[str, ...]
    signals: Mapping[str, object]
    why: str | None
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class Tick:
    """How a check item stands: done or skipped or open, by whom and when."""

    state: Literal["done", "skipped", "open"]
    at: datetime | None = None
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """What is due after an incident: by when, and when it was done; `left` says what is missing."""

    key: Literal["all_clear", "summary", "post_mortem"]
    title: str
    owner: str
    due_at: datetime
    done_at: datetime | None
    left: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline: when it happened, when it was entered where that is another minute, by whom, what."""

    at: datetime
    entered_at: datetime | None
    by: str | None
    kind: str
    text: str


@dataclass(frozen=True)
class Run:
    """Everything that is kept of an incident; `affected` are the customers hit, by id with their names."""

    incident: Incident
    events: tuple[Event, ...] = ()
    decisions: tuple[Decision, ...] = ()
    kept: tuple[KeptTimer, ...] = ()
    impacts: tuple[Impact, ...] = ()
    affected: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def ticks(self) -> dict[str, Tick]:
        """How each item stands that a person ticked or skipped; one taken back is open."""
        states: dict[str, Literal["done", "skipped", "open"]] = {
            "tick": "done",
            "skip": "skipped",
            "untick": "open",
        }
        return {
            one.item or "": Tick(states[one.event], one.happened_at, one.recorded_by, one.body)
            for one in self.events
            if one.event in states
        }

    @property
    def roles(self) -> dict[str, str]:
        """Who has which role, by e-mail; one that was given back is not there."""
        said = {one.item or "": one.body for one in self.events if one.event == "role"}
        return {role: email for role, email in said.items() if email}

    @property
    def cause(self) -> str | None:
        """The class of the root cause; None until it is named."""
        return next((one.item for one in reversed(self.events) if one.event == "cause"), None)

    @property
    def sent(self) -> dict[tuple[str, str], Event]:
        """The newest sending of each message to each customer."""
        return {
            (one.item or "", one.customer_id or EVERYONE): one for one in self.events if one.event == "sent"
        }

    @property
    def parts(self) -> dict[str, str]:
        """The parts of summary and post-mortem as last written."""
        said = {one.item or "": one.body or "" for one in self.events if one.event == "part"}
        return {part: text for part, text in said.items() if text}

    @property
    def held_at(self) -> datetime | None:
        """When the post-mortem was held; None before it."""
        found = self.ticks.get("post_mortem")
        return found.at if found and found.state == "done" else None

    @property
    def closed_at(self) -> datetime | None:
        """When the incident was closed; None before it, and after a reopening."""
        last = next((one for one in reversed(self.events) if one.event in {"closed", "reopened"}), None)
        return last.happened_at if last and last.event == "closed" else None

    @property
    def action_ids(self) -> tuple[str, ...]:
        """The notes that are this incident's actions."""
        return tuple(one.item for one in self.events if one.event == "action" and one.item)

    @property
    def runs_on(self) -> tuple[Impact, ...]:
        """The impacts that go on counting although the incident is resolved, as after a monitor's "it is over"."""
        over = self.incident.resolved_at
        return tuple(one for one in self.impacts if over and one.ended_at is None and one.began_at < over)

    def left_to_send(self, message: str) -> tuple[str, ...]:
        """The customers hit that the message did not go to, by id."""
        return tuple(one for one in self.affected if (message, one) not in self.sent)

    def standing(self, check: Check) -> Tick:
        """How an item stands, whatever ticks it: a stamp, a monitor's alert, a message that went to everybody hit, a person."""
        ticked = self.ticks.get(check.key, Tick("open"))
        if check.step:
            at: datetime | None = getattr(self.incident, STEP_STAMPS[check.step])
            told = next(
                (e for e in reversed(self.events) if e.event == "step" and e.item == check.step), None
            )
            by = told.recorded_by if told and told.happened_at == at else None
            return Tick("done", at, by, told.body if told else None) if at else Tick("open")
        if check.cause:
            named = next((e for e in reversed(self.events) if e.event == "cause"), None)
            if named:
                return Tick("done", named.happened_at, named.recorded_by, CAUSES[named.item or "other"][0])
            return Tick("open")
        if check.key == ALERT_RECEIVED and check.key not in self.ticks:
            came = next((e for e in self.events if e.event == "alert"), None)
            if came:
                return Tick("done", came.happened_at, came.recorded_by)
        if check.message and ticked.state == "open":
            went = [one for (message, _), one in self.sent.items() if message == check.message]
            if went and not self.left_to_send(check.message):
                last = max(went, key=lambda one: one.happened_at)
                return Tick("done", last.happened_at, last.recorded_by)
        return ticked


def needs_post_mortem(incident: Incident) -> bool:
    """Whether a summary and a post-mortem are due: CRITICAL, and HIGH that took more than an hour (I10)."""
    if incident.severity == "CRITICAL":
        return True
    took = incident.resolved_at - incident.detected_at if incident.resolved_at else None
    return incident.severity == "HIGH" and took is not None and took > LONG_HIGH


def report_due(resolved_at: datetime, calendar: BusinessCalendar) -> datetime:
    """By when summary and post-mortem are due: the end of the next business day after it was resolved (I4)."""
    return calendar.end_of_day(calendar.next_business_day(calendar.local_date(resolved_at)))


def duties(run: Run, calendar: BusinessCalendar) -> tuple[Duty, ...]:
    """What is due after a resolved incident; nothing before, and nothing where its severity asks for nothing.

    The all-clear is also due where a customer was told that a summary comes in 30 minutes.
    """
    incident, resolved = run.incident, run.incident.resolved_at
    if resolved is None or incident.is_request:
        return ()
    found: list[Duty] = []
    needed = needs_post_mortem(incident)
    by = report_due(resolved, calendar)
    promised = any(message == "back_to_normal" for message, _ in run.sent)
    if run.affected and (incident.severity == "CRITICAL" or promised):
        found.append(
            _message_duty(run, "all_clear", "All-clear to the customers", resolved + ALL_CLEAR_AFTER)
        )
    if run.affected and needed:
        found.append(_message_duty(run, "summary", "Summary to the customers", by))
    if needed:
        left = "" if run.held_at else "not held yet"
        found.append(Duty("post_mortem", "Post-mortem", "cto", by, run.held_at, left))
    return tuple(found)


def _message_duty(run: Run, key: Literal["all_clear", "summary"], title: str, due_at: datetime) -> Duty:
    left = run.left_to_send(key)
    ticked = run.ticks.get(key)
    if ticked and ticked.state == "done":
        return Duty(key, title, "csm", due_at, ticked.at)
    went = [one.happened_at for (message, _), one in run.sent.items() if message == key]
    names = ", ".join(run.affected[one] for one in left[:3])
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    said = f"not sent to {names}{more}" if left else ""
    return Duty(key, title, "csm", due_at, max(went) if went and not left else None, said)


def lacks_for_close(run: Run, calendar: BusinessCalendar) -> tuple[str, ...]:
    """What an incident still lacks before it can be closed."""
    if run.incident.resolved_at is None:
        return ("it is not resolved",)
    found = [f"{one.title}: {one.left}" for one in duties(run, calendar) if one.done_at is None]
    if any(one.ended_at is None for one in run.impacts):
        found.append("an impact has no end")
    if needs_post_mortem(run.incident):
        found += [
            f"not answered: {title}" for part, title in POST_MORTEM_PARTS.items() if part not in run.parts
        ]
    return tuple(found)


def stamp_before_after(
    incident: Incident, stamp: str
) -> tuple[tuple[str, datetime] | None, tuple[str, datetime] | None]:
    """The latest stamp of an earlier step and the earliest of a later one, each with its name; None where there is none."""
    place = STAMPS.index(stamp)
    names = {stamp_name: STEP_WORDS[step].lower() for step, stamp_name in STEP_STAMPS.items()}
    held = {one: getattr(incident, one) for one in STAMPS}
    earlier = [(names[one], held[one]) for one in STAMPS[:place] if held[one]]
    later = [(names[one], held[one]) for one in STAMPS[place + 1 :] if held[one]]
    first: tuple[str, datetime] = ("detected", incident.detected_at)
    before = max([first, *earlier], key=lambda one: one[1])
    return before, min(later, key=lambda one: one[1], default=None)


# --- The timeline

_SENDERS = {
    "pagerduty": "PagerDuty",
    "google": "Google Cloud Monitoring",
    "alertmanager": "Alertmanager",
    "uptime kuma": "Uptime Kuma",
    "gatus": "Gatus",
}
_ALERTS = {"trigger": "it is there", "acknowledge": "somebody acknowledged it", "resolve": "it is over"}
_SAID = {
    "note": "",
    "tick": "done: ",
    "skip": "not needed: ",
    "untick": "open again: ",
    "sent": "sent: ",
}


def timeline(
    run: Run,
    *,
    titles: Mapping[str, str],
    names: Mapping[str, str] | None = None,
    missed: Iterable[tuple[str, datetime]] = (),
) -> tuple[Entry, ...]:
    """Everything that happened in order, the oldest first; what is entered later than it happened says so.

    `titles` name the items of events, `names` people by e-mail; `missed` are the timers that ran out, with when.
    """
    entries = [_entry(one, run, titles, names or {}) for one in run.events if one.event != "part"]
    entries += _written(run)
    told = {one.item for one in run.events if one.event == "step"}
    for step, stamp in STEP_STAMPS.items():
        at = getattr(run.incident, stamp)
        if at and step not in told:
            entries.append(Entry(at, None, None, "step", STEP_WORDS[step]))
    if run.incident.began_at:
        entries.append(Entry(run.incident.began_at, None, None, "state", "Began"))
    entries.append(Entry(run.incident.detected_at, None, None, "state", "Detected"))
    entries += [
        Entry(one.decided_at, None, one.decided_by, "severity", severity_words(one)) for one in run.decisions
    ]
    entries += [Entry(at, None, None, "missed", f"{name} missed") for name, at in missed]
    order = {"state": 0, "severity": 1}
    return tuple(sorted(entries, key=lambda one: (one.at, order.get(one.kind, 2))))


def _written(run: Run) -> list[Entry]:
    """One line for all parts of a report that were written together."""
    together: dict[datetime, list[Event]] = {}
    for one in run.events:
        if one.event == "part":
            together.setdefault(one.recorded_at, []).append(one)
    found: list[Entry] = []
    for at, parts in together.items():
        named = [one.item or "" for one in parts]
        what = "the post-mortem" if set(named) & set(POST_MORTEM_PARTS) else "the summary"
        found.append(
            Entry(at, None, parts[0].recorded_by, "part", f"written: {what} ({counted(len(parts), 'part')})")
        )
    return found


def _entry(one: Event, run: Run, titles: Mapping[str, str], names: Mapping[str, str]) -> Entry:
    apart = one.recorded_at - one.happened_at >= timedelta(minutes=1)
    title = titles.get(one.item or "", one.item or "")
    who = run.affected.get(one.customer_id or "", one.customer_id or "")
    body = f": {one.body}" if one.body and one.event not in {"note", "sent", "role"} else ""
    match one.event:
        case "note":
            text = one.body or ""
        case "sent":
            text = f"sent to {who or 'the customers'}: {title}"
        case "step":
            text = f"{STEP_WORDS.get(one.item or '', title)}{body}"
        case "role":
            text = f"{title}: {names.get(one.body or '', one.body or 'nobody')}"
        case "cause":
            text = f"Root cause: {CAUSES.get(one.item or '', CAUSES['other'])[0]}{body}"
        case "alert":
            text = f"{_SENDERS.get(one.body or '', one.body)}: {_ALERTS.get(one.item or '', one.item)}"
        case "called":
            text = f"told of it: {one.body or title}"
        case "action":
            text = f"action{body}"
        case event if event in _SAID:
            text = f"{_SAID[event]}{title}{body}"
        case event:
            text = f"{event.replace('_', ' ')}{f' {title}' if title else ''}{body}"
    return Entry(one.happened_at, one.recorded_at if apart else None, one.recorded_by, one.event, text)


def severity_words(decision: Decision) -> str:
    """A decision in words, with the computed severity and the reason where a person decided otherwise."""
    named = decision.severity or "no severity"
    if decision.why:
        return f"{named} instead of {decision.computed or 'no severity'}: {decision.why}"
    return " ".join(decision.reasons) or named


def overlapping(impacts: Sequence[Impact], made: Impact) -> tuple[Impact, ...]:
    """The impacts of the same customer and service that share time with this one: time counts once, at the highest level."""

    def shares(one: Impact) -> bool:
        same = EVERYONE in (one.customer_id, made.customer_id) or one.customer_id == made.customer_id
        if (one.customer_id, one.began_at) == (made.customer_id, made.began_at) or not same:
            return False
        until, end = one.ended_at, made.ended_at
        return (until is None or until > made.began_at) and (end is None or end > one.began_at)

    return tuple(one for one in impacts if shares(one))
