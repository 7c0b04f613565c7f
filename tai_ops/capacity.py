"""Hours that onboardings ask of CSM and CTO against the hours that these people have, and the kickoffs that fit in.

An onboarding asks for 39 staff hours and its days of stabilising; each person's hours a week are a setting. What
incidents took of a role in an average week of the last thirteen is kept free in every week that comes.
Source: requirements.md 1A ([D] effort), 1C "Hours estimate vs actual", section 6 "Capacity check".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from tai_ops.checklist import Onboarding, onboarding_plan_dates, progress_of
from tai_ops.onboarding_course import with_estimates
from tai_ops.onboarding_dates import fitting_kickoffs
from tai_ops.period import BusinessCalendar
from tai_ops.reliability import merge

BUSY_ROLES = ("csm", "cto")
WEEKS = 8
INCIDENT_WEEKS = 13
HOURS_OF_A_DAY = Decimal(8)
BY_ROLE = {"csm": frozenset({"CRITICAL", "HIGH"}), "cto": frozenset({"CRITICAL", "HIGH", "MEDIUM"})}
"""Whose incidents of which severity are: the CTO mends them, the CSM talks to customers in the severe ones."""

Asked = dict[tuple[date, str], Decimal]
"""Hours by Monday and role."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """Somebody who carries onboardings, with the hours a week that they have for them."""

    email: str
    name: str
    role: str
    hours: Decimal


@dataclass(frozen=True, slots=True)
class Booking:
    """An onboarding under way: the CSM whose customer it is, None where nobody is named, and its days as they come now.

    `estimates` are the minutes of its steps where they are not the runbook's.
    """

    customer_id: str
    csm_email: str | None
    dates: Mapping[int, date]
    estimates: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Workload:
    """All onboardings under way beside the people who carry them, as of a day.

    `incident_hours` are what incidents take of each role in an average week; `estimates` are a new plan's.
    """

    bookings: tuple[Booking, ...]
    carriers: tuple[Carrier, ...]
    today: date
    calendar: BusinessCalendar
    incident_hours: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    estimates: Mapping[str, int] = field(default_factory=dict[str, int])

    def incidents_of(self, role: str) -> Decimal:
        """The hours a week that incidents take of each person of a role, who share them."""
        people = sum(one.role == role for one in self.carriers)
        return self.incident_hours.get(role, Decimal(0)) / people if people else Decimal(0)


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """The hours asked of a person in the week that begins on that Monday, and those there are.

    `email` is None for what nobody is named for: that counts against the role, and `capacity_hours` is None. `hours` are
    those of onboardings; `incident_hours` come on top.
    """

    monday: date
    role: str
    email: str | None
    name: str
    hours: Decimal
    capacity_hours: Decimal | None
    incident_hours: Decimal = Decimal(0)

    @property
    def is_over(self) -> bool:
        """Whether more is asked than there is, incidents counted in."""
        return self.capacity_hours is not None and self.hours + self.incident_hours > self.capacity_hours


def is_under_way(status: str, onboarding: Onboarding) -> bool:
    """Whether an onboarding still asks for hours: until its plan is through, also once its customer is live."""
    if status in {"signed", "onboarding"}:
        return True
    done = progress_of(onboarding)
    return status == "live" and done.pct is not None and done.next_block is not None


def incident_hours(
    incidents: Iterable[tuple[str, datetime, datetime | None]], now: datetime, zone: tzinfo
) -> dict[str, Decimal]:
    """The hours that incidents (severity, detected, resolved) took of each role in an average week of the last thirteen.

    From their detection to their resolution or now, at the same time once, at most eight hours of a day. Requests and
    LOW ones take none. Source: requirements.md section 6 "Capacity check" (with incident load).
    """
    listed = list(incidents)
    since = now - timedelta(weeks=INCIDENT_WEEKS)
    found: dict[str, Decimal] = {}
    for role, severities in BY_ROLE.items():
        spans = merge(
            (max(detected, since), min(resolved or now, now))
            for severity, detected, resolved in listed
            if severity in severities
        )
        days: dict[date, Decimal] = {}
        for start, end in spans:
            while start < end:
                local = start.astimezone(zone)
                midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
                until = min(end, midnight)
                hours = Decimal(str((until - start).total_seconds())) / 3600
                days[local.date()] = days.get(local.date(), Decimal(0)) + hours
                start = until  # noqa: PLW2901  # the span is eaten up day by day
        found[role] = sum((min(one, HOURS_OF_A_DAY) for one in days.values()), Decimal(0)) / INCIDENT_WEEKS
    return found


def planned_hours(dates: Mapping[int, date], estimates: Mapping[str, int] | None = None) -> Asked:
    """The hours that a plan asks of CSM and CTO by week: each step's minutes, shared by those of the two who do it."""
    asked: Asked = {}
    for one in with_estimates(estimates or {}):
        roles = [role for role in one.owners if role in BUSY_ROLES] or ["csm"]
        monday = _monday(dates[one.day])
        for role in roles:
            asked[monday, role] = asked.get((monday, role), Decimal(0)) + Decimal(one.minutes) / 60 / len(
                roles
            )
    return asked


def loads(work: Workload, weeks: int = WEEKS) -> tuple[WeekLoad, ...]:
    """What is asked of each person, week by week from this one on; what nobody is named for stands apart."""
    asked = _by_person(work)
    monday = _monday(work.today)
    found: list[WeekLoad] = []
    for start in (monday + timedelta(weeks=n) for n in range(weeks)):
        for role in BUSY_ROLES:
            found += [
                WeekLoad(
                    start,
                    role,
                    one.email,
                    one.name,
                    asked.get((start, role, one.email), Decimal(0)),
                    one.hours,
                    work.incidents_of(role),
                )
                for one in work.carriers
                if one.role == role
            ]
            nobody = asked.get((start, role, None), Decimal(0))
            if nobody:
                found.append(WeekLoad(start, role, None, "nobody named", nobody, None))
    return tuple(found)


def feasible_kickoffs(
    work: Workload,
    *,
    count: int = 3,
    after: date | None = None,
    calendar: BusinessCalendar | None = None,
) -> tuple[date, ...]:
    """The next Thursdays on which one more onboarding fits into the hours of a CSM and of a CTO; at most `count`.

    `after` is the day from which it can be prepared, such as the expected signature: today where it is left out or
    past. `calendar` is the customer's where it has holidays of its own. Each week must have room for the role as a
    whole, and one person of the role must have room for all of them. Empty where nobody has the role.
    """
    asked = _by_person(work)
    days = calendar or work.calendar
    found: list[date] = []
    for kickoff in fitting_kickoffs(max(work.today, after or work.today), days):
        more = planned_hours(onboarding_plan_dates(kickoff, days).dates, work.estimates)
        if all(_has_room(work, role, asked, more) for role in BUSY_ROLES):
            found.append(kickoff)
        if len(found) == count:
            break
    return tuple(found)


def _has_room(
    work: Workload, role: str, asked: Mapping[tuple[date, str, str | None], Decimal], more: Asked
) -> bool:
    carriers = [one for one in work.carriers if one.role == role]
    weeks = {monday: hours for (monday, whose), hours in more.items() if whose == role}
    aside = work.incidents_of(role)
    there = sum((one.hours - aside for one in carriers), Decimal(0))
    whole = {
        monday: sum(
            (hours for (start, whose, _), hours in asked.items() if (start, whose) == (monday, role)),
            Decimal(0),
        )
        for monday in weeks
    }
    if any(whole[monday] + hours > there for monday, hours in weeks.items()):
        return False
    return any(
        all(
            asked.get((monday, role, one.email), Decimal(0)) + hours <= one.hours - aside
            for monday, hours in weeks.items()
        )
        for one in carriers
    )


def _by_person(work: Workload) -> dict[tuple[date, str, str | None], Decimal]:
    asked: dict[tuple[date, str, str | None], Decimal] = {}
    for one in work.bookings:
        for (monday, role), hours in planned_hours(one.dates, one.estimates).items():
            key = (monday, role, _whose(one, role, work.carriers))
            asked[key] = asked.get(key, Decimal(0)) + hours
    return asked


def _whose(booking: Booking, role: str, carriers: Sequence[Carrier]) -> str | None:
    """Whose hours a booking takes: the customer's own CSM, the only one of the role, or nobody's by name."""
    own = _emails(carriers, role)
    if role == "csm" and booking.csm_email and booking.csm_email.lower() in own:
        return own[booking.csm_email.lower()]
    return next(iter(own.values())) if len(own) == 1 else None


def _emails(carriers: Iterable[Carrier], role: str) -> dict[str, str]:
    return {one.email.lower(): one.email for one in carriers if one.role == role}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
