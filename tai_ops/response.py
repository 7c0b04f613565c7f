"""How quickly incidents were answered: times to detect, acknowledge and resolve, and the playbook's timers.

Requests (severity LOW) are in none of these figures; an incident without a severity is in all but the timers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from tai_ops.money import percent
from tai_ops.period import BusinessCalendar
from tai_ops.reliability import Incident, minutes, quantile
from tai_ops.severity import TIMERS, Severity, Timer, timers_of

STAMPS = ("acknowledged_at", "diagnosed_at", "path_at", "mitigated_at", "resolved_at")
"""The steps of a response in the order in which they are reached; a later one implies the earlier ones."""

STAMP_OF = {
    "acknowledge": "acknowledged_at",
    "diagnose": "diagnosed_at",
    "path": "path_at",
    "resolve": "resolved_at",
}


@dataclass(frozen=True, slots=True)
class Times:
    """Mean and median in minutes over the n incidents that carry both stamps; None where there is none."""

    mean_minutes: Decimal | None
    median_minutes: Decimal | None
    n: int


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """Began to detected (MTTD), detected to each later step (MTTA, …, MTTR), and began to resolved (the outage)."""

    detect: Times
    acknowledge: Times
    diagnose: Times
    path: Times
    resolve: Times
    outage: Times


@dataclass(frozen=True, slots=True)
class MissedTimer:
    """One timer of the playbook that ran out before its step was reached."""

    incident_id: str
    timer: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class KeptTimer:
    """How a timer ended, as it was kept while the incident was run; None where it runs again since a reopening."""

    incident_id: str
    severity: Severity
    timer: str
    due_at: datetime
    reached_at: datetime | None
    met: bool | None


@dataclass(frozen=True, slots=True)
class RunTimer:
    """A timer of a running incident as it stands: running, met or missed; `severity` is the one that it belongs to."""

    severity: Severity
    timer: str
    minutes: int | None
    due_at: datetime
    state: Literal["running", "met", "missed"]
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class TimersMet:
    """How many timers were decided, how many of them in time; `pct` 0-100, None where none was decided."""

    met: int
    due: int
    pct: Decimal | None
    missed: tuple[MissedTimer, ...]


def response_times(incidents: Iterable[Incident], start: datetime, end: datetime) -> ResponseTimes:
    """Response times in minutes of the incidents resolved in the period; each mean is of those that have its stamps.

    Source: requirements.md section 8 (MTTD, MTTA, MTTR), I9, I11; E13, E14.
    """
    done = resolved(incidents, start, end)
    return ResponseTimes(
        detect=_times((i.began_at, i.detected_at) for i in done),
        acknowledge=_times((i.detected_at, i.acknowledged_at) for i in done),
        diagnose=_times((i.detected_at, i.diagnosed_at) for i in done),
        path=_times((i.detected_at, i.path_at) for i in done),
        resolve=_times((i.detected_at, i.resolved_at) for i in done),
        outage=_times((i.began_at, i.resolved_at) for i in done),
    )


def _times(pairs: Iterable[tuple[datetime | None, datetime | None]]) -> Times:
    lengths = [minutes(until - since) for since, until in pairs if since and until]
    mean = sum(lengths, Decimal(0)) / len(lengths) if lengths else None
    return Times(mean, quantile(lengths, Decimal("0.5")), len(lengths))


def timers_met(
    incidents: Iterable[Incident],
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    support_hours: BusinessCalendar | None = None,
    kept: Iterable[KeptTimer] = (),
) -> TimersMet:
    """The playbook's timers that were decided in the period, and the share of them that was met.

    A timer is decided when its step is reached in time, or else when it runs out; it counts in the period of that
    instant, so a past period never changes because time goes by. Running timers are left out. A step without a stamp
    was reached when the next later step was; without such a step the timer is missed. Given `support_hours`, the
    timer of MEDIUM runs in these alone. What was `kept` of a timer holds, whatever is said of the incident since.

    Source: Runbook 4, Incident Response Playbook; requirements.md section 8 (playbook adherence), I3, I8, I11.
    """
    decided = decided_timers(incidents, start, end, now=now, support_hours=support_hours, kept=kept)
    met = sum(in_time for _, in_time in decided)
    missed = tuple(timer for timer, in_time in decided if not in_time)
    return TimersMet(met, len(decided), percent(met, len(decided)), missed)


def decided_timers(
    incidents: Iterable[Incident],
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    support_hours: BusinessCalendar | None = None,
    kept: Iterable[KeptTimer] = (),
) -> list[tuple[MissedTimer, bool]]:
    """Each timer that `timers_met` counts, with whether it was met."""
    held: dict[str, list[KeptTimer]] = {}
    for one in kept:
        held.setdefault(one.incident_id, []).append(one)
    return [
        (timer, met)
        for incident in incidents
        for timer, decided_at, met in _decided(incident, support_hours, held.get(incident.incident_id, ()))
        if start <= decided_at < end and decided_at <= now
    ]


def resolved(incidents: Iterable[Incident], start: datetime, end: datetime) -> list[Incident]:
    """The incidents resolved in the period, whose times `response_times` takes; requests are none."""
    return [i for i in incidents if i.resolved_at and start <= i.resolved_at < end and not i.is_request]


def _decided(
    incident: Incident, support_hours: BusinessCalendar | None, kept: Iterable[KeptTimer] = ()
) -> Iterator[tuple[MissedTimer, datetime, bool]]:
    """Each timer of the incident, when it is decided, and whether it is met then."""
    if incident.is_request:
        return
    held = _held(kept, incident)
    for one in held.values():
        ended = one.reached_at if one.met and one.reached_at else one.due_at
        yield MissedTimer(incident.incident_id, one.timer, one.due_at), ended, bool(one.met)
    if incident.severity is None:
        return
    for name, allowed in TIMERS[incident.severity]:
        if allowed is None or (incident.severity, name) in held:
            continue
        if support_hours and incident.severity == "MEDIUM":
            due_at = _after_support_time(incident.detected_at, timedelta(minutes=allowed), support_hours)
        else:
            due_at = incident.detected_at + timedelta(minutes=allowed)
        reached_at = _reached_at(incident, STAMP_OF[name])
        met = reached_at is not None and reached_at <= due_at
        timer = MissedTimer(incident.incident_id, name, due_at)
        yield timer, reached_at if reached_at and met else due_at, met


def _held(kept: Iterable[KeptTimer], incident: Incident) -> dict[tuple[Severity, str], KeptTimer]:
    """What holds of each timer: the newest row; a met one of the severity that holds runs again once its step is not reached."""
    newest: dict[tuple[Severity, str], KeptTimer] = {(one.severity, one.timer): one for one in kept}
    return {
        key: one
        for key, one in newest.items()
        if one.met is not None
        and not (
            one.met
            and one.severity == incident.severity
            and _reached_at(incident, STAMP_OF[one.timer]) is None
        )
    }


def run_timers(
    incident: Incident,
    kept: Iterable[KeptTimer],
    *,
    now: datetime,
    calendar: BusinessCalendar,
    support_hours: bool = False,
) -> tuple[RunTimer, ...]:
    """Every timer of one incident: those kept under an earlier severity, then those of the severity that holds.

    Source: requirements.md I3, I8; Runbook 4. With `support_hours` MEDIUM's runs in business hours alone.
    """
    held = _held(kept, incident)
    earlier = [
        RunTimer(one.severity, one.timer, _minutes_of(one.severity, one.timer), one.due_at,
                 "met" if one.met else "missed", one.reached_at)
        for one in held.values() if one.severity != incident.severity
    ]  # fmt: skip
    if incident.severity is None:
        return tuple(earlier)
    own: list[RunTimer] = []
    for timer in timers_of(incident.severity, incident.detected_at, calendar):
        found = held.get((incident.severity, timer.name))
        due = found.due_at if found else _due(incident, timer, calendar, support_hours=support_hours)
        reached = found.reached_at if found else _reached_at(incident, STAMP_OF[timer.name])
        met = found.met if found else reached is not None and reached <= due
        state = "met" if met else "missed" if found or reached or now > due else "running"
        own.append(RunTimer(incident.severity, timer.name, timer.minutes, due, state, reached))
    return (*earlier, *own)


def timers_to_keep(
    incident: Incident,
    kept: Iterable[KeptTimer],
    *,
    now: datetime,
    calendar: BusinessCalendar,
    support_hours: bool = False,
    is_left: bool = False,
) -> tuple[KeptTimer, ...]:
    """The timers whose end is to be kept now: their step was reached or, where the severity `is_left`, they ran out."""
    held = _held(kept, incident)
    return tuple(
        KeptTimer(
            incident.incident_id, one.severity, one.timer, one.due_at, one.reached_at, one.state == "met"
        )
        for one in run_timers(incident, kept, now=now, calendar=calendar, support_hours=support_hours)
        if (one.severity, one.timer) not in held and (one.reached_at or (is_left and one.state == "missed"))
    )


def _minutes_of(severity: Severity, timer: str) -> int | None:
    return dict(TIMERS[severity]).get(timer)


def _due(incident: Incident, timer: Timer, calendar: BusinessCalendar, *, support_hours: bool) -> datetime:
    if support_hours and incident.severity == "MEDIUM" and timer.minutes is not None:
        return _after_support_time(incident.detected_at, timedelta(minutes=timer.minutes), calendar)
    return timer.due_at


def _reached_at(incident: Incident, step: str) -> datetime | None:
    stamps: list[datetime | None] = [getattr(incident, name) for name in STAMPS[STAMPS.index(step) :]]
    return next((stamp for stamp in stamps if stamp), None)


def _after_support_time(since: datetime, left: timedelta, hours: BusinessCalendar) -> datetime:
    """The instant at which so much support time has passed."""
    day = since.astimezone(hours.zone).date()
    while True:
        if hours.is_business_day(day):
            opens = datetime.combine(day, hours.opens, tzinfo=hours.zone).astimezone(UTC)
            begin, closes = max(since, opens), hours.end_of_day(day)
            if closes - begin >= left:
                return begin + left
            left -= max(closes - begin, timedelta())
        day += timedelta(days=1)


def opened(incidents: Iterable[Incident], start: datetime, end: datetime) -> Sequence[Incident]:
    """The incidents detected in the period. Source: requirements.md I9."""
    return [i for i in incidents if start <= i.detected_at < end and not i.is_request]


def open_critical(incidents: Iterable[Incident], at: datetime) -> Sequence[Incident]:
    """The CRITICAL incidents detected by that instant and not resolved by then. Source: requirements.md W6."""
    return [
        i
        for i in incidents
        if i.severity == "CRITICAL" and i.detected_at <= at and (i.resolved_at is None or i.resolved_at > at)
    ]
