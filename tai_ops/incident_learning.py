"""What incidents teach: how quickly they were answered, where they come from and whom they hit, and what changed around them.

Every figure is of one span (a month, a quarter, all). Times are of the incidents resolved in it, counts of those detected
in it, minutes of full outage are clipped to it. Requests (severity LOW) are in none. Source: requirements.md section 8
(MTTD, MTTA, MTTR, playbook adherence), section 6 (before and after an incident).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from statistics import median

from tai_ops.accuracy import Measurement
from tai_ops.board import Facts
from tai_ops.customers import Customer
from tai_ops.errors import WrongUsage
from tai_ops.incident_playbook import CAUSES
from tai_ops.money import percent
from tai_ops.period import Month, months_between
from tai_ops.reliability import EVERYONE, Impact, Incident, Interval, minutes, outages, total
from tai_ops.response import (
    STAMP_OF,
    MissedTimer,
    ResponseTimes,
    Times,
    decided_timers,
    opened,
    resolved,
    response_times,
)
from tai_ops.scores import Score

FEW = 5
"""Of fewer than so many incidents a mean or a median says little, and that is said beside it."""
AROUND_DAYS = 90
ALL = "all"
MOST_MONTHS = 24
NO_CAUSE, NO_SERVICE, NOBODY = "not named yet", "no service named", "nobody on record"
ALL_CUSTOMERS = "all customers"
MEASURES: Mapping[str, tuple[str, str, str]] = {
    "detect": ("Detect (MTTD)", "began_at", "detected_at"),
    "acknowledge": ("Acknowledge (MTTA)", "detected_at", "acknowledged_at"),
    "diagnose": ("Diagnose", "detected_at", "diagnosed_at"),
    "path": ("Path clear", "detected_at", "path_at"),
    "resolve": ("Resolve (MTTR)", "detected_at", "resolved_at"),
    "outage": ("Whole outage", "began_at", "resolved_at"),
}
"""Each time that is measured: what it is called, from which stamp to which."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time by its code in the address (`2026-03`, `2026-Q1`, `all`) and its name."""

    code: str
    name: str
    start: datetime
    end: datetime

    @property
    def interval(self) -> Interval:
        """From when to when; the end is not part of it."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class TimerLine:
    """How one timer of the playbook was kept: so many met of so many decided."""

    timer: str
    met: int
    due: int

    @property
    def pct(self) -> Decimal | None:
        """The share that was met, 0-100; None where none was decided."""
        return percent(self.met, self.due)


@dataclass(frozen=True, slots=True)
class Group:
    """The incidents of one cause, service or customer, with the minutes of full outage and their times to resolve."""

    name: str
    incidents: tuple[Incident, ...]
    outage_minutes: Decimal
    resolve: Times


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month of the span: how many were detected and resolved, and the medians of the latter."""

    month: Month
    detected: int
    times: ResponseTimes
    met: int
    due: int


@dataclass(frozen=True, slots=True)
class AccuracyAround:
    """A warehouse's accuracy before and after an incident, in per cent; the change in points where they compare."""

    incident: Incident
    customer_id: str
    warehouse: str
    before: Measurement
    after: Measurement | None
    note: str

    @property
    def change_points(self) -> Decimal | None:
        """After less before, in points; None where one is missing or they were measured in two ways."""
        if self.after is None or self.after.method != self.before.method:
            return None
        if self.after.accuracy_pct is None or self.before.accuracy_pct is None:
            return None
        return self.after.accuracy_pct - self.before.accuracy_pct


@dataclass(frozen=True, slots=True)
class ScoresAround:
    """A customer's scores (0-10) before and after an incident, each person's nearest answer.

    `compared` are those who answered both times, with the days of both answers; `change` is the mean of theirs.
    """

    incident: Incident
    customer_id: str
    before_mean: Decimal | None
    before_n: int
    after_mean: Decimal | None
    after_n: int
    change: Decimal | None
    compared: frozenset[tuple[str, date, date]]
    note: str

    @property
    def pairs(self) -> int:
        """How many people answered both times."""
        return len(self.compared)


@dataclass(frozen=True, slots=True)
class Learned:
    """All that a span's incidents teach."""

    span: Span
    now: datetime
    detected: tuple[Incident, ...]
    resolved: tuple[Incident, ...]
    times: ResponseTimes
    timers: tuple[TimerLine, ...]
    decided: tuple[tuple[MissedTimer, bool], ...]
    months: tuple[MonthLine, ...]
    causes: tuple[Group, ...]
    services: tuple[Group, ...]
    customers: tuple[Group, ...]
    accuracy: tuple[AccuracyAround, ...]
    scores: tuple[ScoresAround, ...]

    @property
    def met(self) -> int:
        """How many timers were met."""
        return sum(line.met for line in self.timers)

    @property
    def due(self) -> int:
        """How many timers were decided."""
        return sum(line.due for line in self.timers)


# --- Spans


def spans(
    incidents: Iterable[Incident], now: datetime, zone: tzinfo, since: datetime | None = None
) -> tuple[Span, ...]:
    """All time, then the quarters and months since the first incident, or since another instant, the newest first."""
    first = min((one.began_at or one.detected_at for one in incidents), default=since or now)
    first = min(first, since or first)
    last = Month.of(now.astimezone(zone).date())
    months = months_between(max(Month.of(first.astimezone(zone).date()), last.plus(1 - MOST_MONTHS)), last)
    quarters = sorted({(month.year, (month.month - 1) // 3 + 1) for month in months}, reverse=True)
    whole = Span(ALL, "All time", min(first, now), now + timedelta(microseconds=1))
    return (
        whole,
        *(_quarter(year, number, zone) for year, number in quarters),
        *(_month(month, zone) for month in reversed(months)),
    )


def span_of(code: str, offered: Sequence[Span]) -> Span:
    """The span of that code; WrongUsage where it is none of those offered."""
    found = next((one for one in offered if one.code == code), None)
    if found is None:
        raise WrongUsage(f"{code!r} is no period here; it is written like 2026-03, 2026-Q1 or {ALL}")
    return found


def _month(month: Month, zone: tzinfo) -> Span:
    return Span(str(month), month.name, _first(month.start, zone), _first(month.end, zone))


def _quarter(year: int, number: int, zone: tzinfo) -> Span:
    first = Month(year, 3 * number - 2)
    return Span(
        f"{year}-Q{number}", f"Q{number} {year}", _first(first.start, zone), _first(first.plus(3).start, zone)
    )


def _first(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


# --- What they teach


def learned(facts: Facts, span: Span) -> Learned:
    """All that the incidents of a span teach, as of the facts' own instant."""
    now, zone = facts.window.as_of, facts.calendar.zone
    detected = tuple(opened(facts.incidents, *span.interval))
    decided = _decided(facts, span)
    return Learned(
        span,
        now,
        detected,
        tuple(resolved(facts.incidents, *span.interval)),
        response_times(facts.incidents, *span.interval),
        tuple(
            TimerLine(name, sum(met for one, met in decided if one.timer == name), count)
            for name in STAMP_OF
            if (count := sum(one.timer == name for one, _ in decided))
        ),
        decided,
        _by_month(facts, span, zone),
        _groups(facts, span, detected, lambda one: [cause_of(one)]),
        _groups(facts, span, detected, lambda one: _services(facts, one), by_service=True),
        _customers(facts, span, detected),
        tuple(row for one in detected for row in _accuracy_around(facts, one)),
        tuple(row for one in detected for row in _scores_around(facts, one)),
    )


def _decided(facts: Facts, span: Span) -> tuple[tuple[MissedTimer, bool], ...]:
    hours = facts.calendar if facts.company.mttr_support_hours_for_medium else None
    return tuple(
        decided_timers(
            facts.incidents,
            *span.interval,
            now=facts.window.as_of,
            support_hours=hours,
            kept=facts.kept_timers,
        )
    )


def _by_month(facts: Facts, span: Span, zone: tzinfo) -> tuple[MonthLine, ...]:
    first = Month.of(span.start.astimezone(zone).date())
    last = Month.of(min(span.end - timedelta(microseconds=1), facts.window.as_of).astimezone(zone).date())
    lines: list[MonthLine] = []
    for month in months_between(max(first, last.plus(1 - MOST_MONTHS)), last):
        one = _month(month, zone)
        decided = _decided(facts, one)
        lines.append(
            MonthLine(
                month,
                len(opened(facts.incidents, *one.interval)),
                response_times(facts.incidents, *one.interval),
                sum(met for _, met in decided),
                len(decided),
            )
        )
    return tuple(reversed(lines))


def cause_of(one: Incident) -> str:
    """The class of a root cause where its text begins with one, else the text; a fixed word where none is named."""
    said = (one.root_cause or "").strip()
    if not said:
        return NO_CAUSE
    return next(
        (label for label, _ in CAUSES.values() if said.casefold().startswith(label.casefold())),
        said[:1].upper() + said[1:],
    )


def _impacts(facts: Facts, one: Incident) -> list[Impact]:
    """What an incident did to customers, planned maintenance left out."""
    return [i for i in facts.impacts if i.incident_id == one.incident_id and i.level != "maintenance"]


def _services(facts: Facts, one: Incident) -> list[str]:
    named = {i.service for i in _impacts(facts, one) if i.service}
    return sorted(named) or [NO_SERVICE]


def _groups(
    facts: Facts,
    span: Span,
    detected: Iterable[Incident],
    names_of: Callable[[Incident], Sequence[str]],
    *,
    by_service: bool = False,
) -> tuple[Group, ...]:
    """The incidents by what they are called, the most frequent first; one with several names stands in each group."""
    found: dict[str, list[Incident]] = {}
    for one in detected:
        for name in names_of(one):
            found.setdefault(name, []).append(one)
    return _ordered(
        _group(
            facts,
            span,
            name,
            some,
            lambda i, name=name: not by_service or (i.service or NO_SERVICE) == name,
        )
        for name, some in found.items()
    )


def _customers(facts: Facts, span: Span, detected: Iterable[Incident]) -> tuple[Group, ...]:
    """The incidents by whom they hit: each customer that one names, with those that hit all; and those that hit all."""
    hit = {one.incident_id: _impacts(facts, one) for one in detected}
    named = sorted({i.customer_id for some in hit.values() for i in some if i.customer_id != EVERYONE})
    called = {c.customer_id: c.name for c in facts.customers}
    groups: list[Group] = []
    for customer in named:
        some = [one for one in detected if any(i.touches(customer, None) for i in hit[one.incident_id])]
        name = called.get(customer, customer)
        groups.append(_group(facts, span, name, some, lambda i, c=customer: i.touches(c, None)))
    for name, wanted in ((ALL_CUSTOMERS, EVERYONE), (NOBODY, "")):
        some = [
            one
            for one in detected
            if (
                any(i.customer_id == wanted for i in hit[one.incident_id])
                if wanted
                else not hit[one.incident_id]
            )
        ]
        if some:
            groups.append(_group(facts, span, name, some, lambda i, w=wanted: i.customer_id == w))
    return _ordered(groups)


def _group(
    facts: Facts, span: Span, name: str, some: Sequence[Incident], counts: Callable[[Impact], bool]
) -> Group:
    now = facts.window.as_of
    ids = {one.incident_id for one in some}
    theirs = [i for i in facts.impacts if i.incident_id in ids and counts(i)]
    down = minutes(total(outages(theirs, (span.start, max(span.start, min(span.end, now))), now=now)))
    return Group(name, tuple(some), down, response_times(some, *span.interval).resolve)


def _ordered(groups: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(sorted(groups, key=lambda g: (-len(g.incidents), -g.outage_minutes, g.name)))


# --- Before and after


def _affected(facts: Facts, one: Incident) -> list[Customer]:
    """The customers whom an incident hit; one that hit all hit those that were live then."""
    hit = {i.customer_id for i in _impacts(facts, one)}
    day = facts.calendar.local_date(one.began_at or one.detected_at)
    return [
        c
        for c in facts.customers
        if c.customer_id in hit or (EVERYONE in hit and c.go_live_on is not None and c.go_live_on <= day)
    ]


def _edges(facts: Facts, one: Incident) -> tuple[date, date | None]:
    """The day on which an incident began, and that on which it was resolved; what is of these days is on neither side."""
    began = facts.calendar.local_date(one.began_at or one.detected_at)
    return began, facts.calendar.local_date(one.resolved_at) if one.resolved_at else None


def _accuracy_around(facts: Facts, one: Incident) -> list[AccuracyAround]:
    """Each affected warehouse that was measured before: the last time before, and the first time after."""
    began, over = _edges(facts, one)
    rows: list[AccuracyAround] = []
    for customer in _affected(facts, one):
        theirs = [
            m
            for m in facts.measurements
            if m.customer_id == customer.customer_id and m.accuracy_pct is not None
        ]
        for warehouse in sorted({m.warehouse for m in theirs}):
            here = sorted((m for m in theirs if m.warehouse == warehouse), key=lambda m: m.measured_on)
            before = next((m for m in reversed(here) if _is_near(m.measured_on, began, before=True)), None)
            after = next((m for m in here if over and _is_near(m.measured_on, over, before=False)), None)
            if before is None:
                continue
            note = _note(
                facts, one, customer.customer_id, before.measured_on, after.measured_on if after else None
            )
            if after and after.method != before.method:
                note = f"not comparable: {before.method} before, {after.method} after"
            rows.append(AccuracyAround(one, customer.customer_id, warehouse, before, after, note))
    return rows


def _is_near(day: date, edge: date, *, before: bool) -> bool:
    apart = (edge - day).days if before else (day - edge).days
    return 0 < apart <= AROUND_DAYS


def _note(facts: Facts, one: Incident, customer: str, since: date, until: date | None) -> str:
    """What stands in the way of a comparison: nothing after yet, or other incidents between the two."""
    if until is None:
        if one.resolved_at is None:
            return "still open"
        is_over = facts.window.as_of > one.resolved_at + timedelta(days=AROUND_DAYS + 1)
        return f"nothing within {AROUND_DAYS} days after" if is_over else "nothing after it yet"
    ids = {i.incident_id for i in facts.impacts if i.touches(customer, None) and i.level != "maintenance"}
    others = [
        other
        for other in facts.incidents
        if other.incident_id in ids
        and other.incident_id != one.incident_id
        and not other.is_request
        and since <= facts.calendar.local_date(other.began_at or other.detected_at) <= until
    ]
    return f"other incidents between: {', '.join(o.incident_id for o in others)}" if others else ""


def _scores_around(facts: Facts, one: Incident) -> list[ScoresAround]:
    """Each affected customer that answered before: everybody's last answer before, and first one after."""
    began, over = _edges(facts, one)
    rows: list[ScoresAround] = []
    for customer in _affected(facts, one):
        theirs = sorted(
            (s for s in facts.scores if s.customer_id == customer.customer_id), key=lambda s: s.answered_on
        )
        before = {s.respondent: s for s in theirs if _is_near(s.answered_on, began, before=True)}
        after: dict[str, Score] = {}
        for score in theirs:
            if over and _is_near(score.answered_on, over, before=False):
                after.setdefault(score.respondent, score)
        if not before:
            continue
        both = [after[who].score - before[who].score for who in before if who in after]
        note = _note(
            facts,
            one,
            customer.customer_id,
            min(s.answered_on for s in before.values()),
            max((s.answered_on for s in after.values()), default=None),
        )
        rows.append(
            ScoresAround(
                one,
                customer.customer_id,
                _mean([s.score for s in before.values()]),
                len(before),
                _mean([s.score for s in after.values()]),
                len(after),
                _mean(both),
                frozenset(
                    (who, before[who].answered_on, after[who].answered_on) for who in before if who in after
                ),
                note if after and both else (note or "nobody answered both times"),
            )
        )
    return rows


def _mean(values: Sequence[int]) -> Decimal | None:
    return Decimal(sum(values)) / len(values) if values else None


def accuracy_in_words(found: Sequence[AccuracyAround]) -> str:
    """How accuracy went around incidents; two measurements between which several incidents lie count once."""
    pairs = {
        (one.customer_id, one.warehouse, one.before.measured_on, one.after.measured_on): change
        for one in found
        if one.after is not None and (change := one.change_points) is not None
    }
    return _changes_in_words("Accuracy", list(pairs.values()), "points")


def scores_in_words(found: Sequence[ScoresAround]) -> str:
    """How scores went around incidents, of those who answered both times; the same answers count once."""
    pairs = {(one.customer_id, one.compared): one.change for one in found if one.change is not None}
    return _changes_in_words("Scores", list(pairs.values()), "of 10")


def _changes_in_words(what: str, changes: Sequence[Decimal], unit: str) -> str:
    if not changes:
        return f"{what}: nothing compares yet."
    fell, rose = sum(one < 0 for one in changes), sum(one > 0 for one in changes)
    pairs = f"{len(changes)} comparison{'s' if len(changes) > 1 else ''}"
    said = f"{what} in {pairs}: {rose} rose, {fell} fell, {len(changes) - fell - rose} stayed"
    middle = f"median {median(changes):+.1f} {unit}".replace("-", "−")
    few = f"; too few to tell (under {FEW})" if len(changes) < FEW else ""
    return f"{said}; {middle}{few}."


def few_words(n: int) -> str:
    """What stands beside a figure of few incidents; empty where there are enough."""
    if not n:
        return "none"
    return f"too few to tell (n {n}, under {FEW})" if n < FEW else ""


def verdict(found: Learned) -> str:
    """What the span's incidents teach, in one or two sentences."""
    if not found.detected and not found.resolved:
        return f"{found.span.name}: no incident."
    said: list[str] = []
    count = len(found.resolved)
    times = found.times
    said.append(
        f"{found.span.name}: {len(found.detected)} detected, {count} resolved"
        + (
            f", half of them within {_minutes(times.resolve.median_minutes)}"
            if times.resolve.median_minutes is not None
            else ""
        )
    )
    if times.acknowledge.median_minutes is not None:
        said.append(f"acknowledged within {_minutes(times.acknowledge.median_minutes)} (median)")
    if found.due:
        said.append(f"{found.met} of {found.due} timers met")
    often = next(
        (group for group in found.causes if group.name != NO_CAUSE and len(group.incidents) > 1), None
    )
    if often:
        said.append(f"most often: {often.name} ({len(often.incidents)})")
    few = f" With {count} resolved, means and medians say little." if 0 < count < FEW else ""
    return "; ".join(said) + "." + few


def _minutes(value: Decimal | None) -> str:
    return "–" if value is None else f"{round(value, 1):f}".removesuffix(".0") + " min"
