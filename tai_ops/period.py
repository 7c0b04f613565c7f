"""Periods and the business calendar: months, Friday weeks, business days and minutes.

One convention everywhere: a range includes its start and excludes its end. Instants are aware and in UTC;
local time is for wall-clock rules (Friday 16:00, business hours) and for showing.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tai_ops.errors import WrongUsage

FRIDAY = 4
REVIEW_AT = time(16, 0)


def parse_date(text: str) -> date:
    """An ISO calendar date `YYYY-MM-DD`; ValueError with the reason otherwise."""
    stripped = text.strip()
    try:
        if len(stripped) != 10:
            raise ValueError
        return date.fromisoformat(stripped)
    except ValueError:
        raise ValueError(f"{stripped!r} is not a date; write it like 2026-02-20") from None


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with an offset (or Z), as UTC; ValueError with the reason otherwise."""
    stripped = text.strip()
    try:
        instant = datetime.fromisoformat(stripped)
    except ValueError:
        raise ValueError(f"{stripped!r} is not an instant; write it like 2026-02-20T16:00:00+00:00") from None
    if instant.tzinfo is None:
        raise ValueError(f"{stripped!r} has no offset; write it like 2026-02-20T16:00:00+00:00")
    return instant.astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name; ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone; write it like America/New_York") from None


@lru_cache(maxsize=1 << 16)
def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """`YYYY-MM`; WrongUsage otherwise."""
        try:
            if len(text) != 7:
                raise ValueError
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            raise WrongUsage(f"{text!r} is not a month; write it like 2026-02") from None
        return cls(first.year, first.month)

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that holds the day."""
        return cls(day.year, day.month)

    @property
    def start(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """The first day after it."""
        return self.plus(1).start

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def name(self) -> str:
        """For people: `February 2026`."""
        return f"{calendar.month_name[self.month]} {self.year}"

    def plus(self, months: int) -> "Month":
        """The month so many months later (earlier where negative)."""
        return Month.of(add_months(self.start, months))

    def holds(self, day: date) -> bool:
        """Whether the day is in it."""
        return self.start <= day < self.end

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def months_between(first: Month, last: Month) -> list[Month]:
    """Every month from first to last, both included, in order."""
    found: list[Month] = []
    while first <= last:
        found.append(first)
        first = first.plus(1)
    return found


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A reporting week: Friday 16:00 to Friday 16:00 in the company's zone, named by the Friday it ends on."""

    friday: date

    @classmethod
    def parse(cls, text: str) -> "Week":
        """`YYYY-MM-DD` of a Friday; WrongUsage names the nearest Friday otherwise."""
        try:
            day = parse_date(text)
        except ValueError as reason:
            raise WrongUsage(str(reason)) from None
        if day.weekday() != FRIDAY:
            ahead = (FRIDAY - day.weekday()) % 7
            nearest = day + timedelta(days=ahead if ahead <= 3 else ahead - 7)
            raise WrongUsage(f"{text} is no Friday; the nearest is {nearest.isoformat()}")
        return cls(day)

    @classmethod
    def of_day(cls, day: date) -> "Week":
        """The week of a fact that has only a date: it ends on or next after that date."""
        return cls(day + timedelta(days=(FRIDAY - day.weekday()) % 7))

    @classmethod
    def of_instant(cls, instant: datetime, zone: tzinfo) -> "Week":
        """The week that holds the instant (a Friday at 16:00 sharp opens the next week)."""
        local = instant.astimezone(zone)
        week = cls.of_day(local.date())
        return week.plus(1) if local.weekday() == FRIDAY and local.time() >= REVIEW_AT else week

    def starts_at(self, zone: tzinfo) -> datetime:
        """Its first instant, UTC."""
        return self.plus(-1).ends_at(zone)

    def ends_at(self, zone: tzinfo) -> datetime:
        """The instant at which it is over, UTC: Friday 16:00 local."""
        return datetime.combine(self.friday, REVIEW_AT, tzinfo=zone).astimezone(UTC)

    @property
    def first_date(self) -> date:
        """The first date whose date-only facts belong to it: the Saturday before."""
        return self.friday - timedelta(days=6)

    def holds_date(self, day: date) -> bool:
        """Whether a date-only fact of that day belongs to it."""
        return self.first_date <= day <= self.friday

    def plus(self, weeks: int) -> "Week":
        """The week so many weeks later."""
        return Week(self.friday + timedelta(weeks=weeks))

    def __str__(self) -> str:
        return self.friday.isoformat()


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Business days (Monday to Friday less holidays) and business hours in one zone."""

    zone: tzinfo = UTC
    opens: time = time(8, 0)
    closes: time = time(18, 0)
    holidays: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Whether people work that day."""
        return day.weekday() < 5 and day not in self.holidays

    def next_business_day(self, day: date) -> date:
        """The first business day after the day."""
        return self.add_business_days(day, 1)

    def add_business_days(self, day: date, count: int) -> date:
        """The count-th business day after the day (before it where negative); 0 gives the day itself."""
        step = timedelta(days=1 if count >= 0 else -1)
        left = abs(count)
        while left:
            day += step
            left -= self.is_business_day(day)
        return day

    def business_day_number(self, first: date, number: int) -> date:
        """Day n of a plan: Day 1 is `first`, Day -2 two business days before it; there is no Day 0."""
        if number == 0:
            raise ValueError("a plan has no Day 0")
        return self.add_business_days(first, number - 1 if number > 0 else number)

    def business_days_between(self, start: date, end: date) -> int:
        """How many business days lie in start (excluded) to end (included); negative where end is earlier."""
        if end < start:
            return -self.business_days_between(end, start)
        return sum(self.is_business_day(start + timedelta(days=n + 1)) for n in range((end - start).days))

    def business_minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of business time in the range; 0 where end is not after start."""
        if end <= start:
            return 0
        seconds = 0.0
        day = start.astimezone(self.zone).date()
        last = end.astimezone(self.zone).date()
        while day <= last:
            if self.is_business_day(day):
                opens = datetime.combine(day, self.opens, tzinfo=self.zone).astimezone(UTC)
                closes = datetime.combine(day, self.closes, tzinfo=self.zone).astimezone(UTC)
                seconds += max(0.0, (min(end, closes) - max(start, opens)).total_seconds())
            day += timedelta(days=1)
        return int(seconds // 60)

    def end_of_day(self, day: date) -> datetime:
        """Closing time of that day, UTC."""
        return datetime.combine(day, self.closes, tzinfo=self.zone).astimezone(UTC)

    def local_date(self, instant: datetime) -> date:
        """The calendar date of the instant in this zone."""
        return instant.astimezone(self.zone).date()
