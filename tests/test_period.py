"""Months, Friday weeks, business days and minutes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.errors import WrongUsage
from tai_ops.period import (
    BusinessCalendar,
    Month,
    Week,
    add_months,
    months_between,
    parse_date,
    parse_instant,
)

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
NEW_YORK = ZoneInfo("America/New_York")


@given(DAYS)
def test_months_tile_without_a_gap(day: date) -> None:
    month = Month.of(day)
    assert month.holds(day)
    assert month.end == month.plus(1).start
    assert month.last_day + timedelta(days=1) == month.end
    assert Month.parse(str(month)) == month


@given(DAYS)
def test_every_date_belongs_to_exactly_one_week_and_it_ends_on_or_next_after_it(day: date) -> None:
    week = Week.of_day(day)
    assert week.holds_date(day)
    assert not week.plus(1).holds_date(day)
    assert 0 <= (week.friday - day).days <= 6
    assert week.friday.weekday() == 4


def test_weeks_run_from_friday_to_friday_at_four_also_when_clocks_change() -> None:
    week = Week.parse("2026-03-13")
    assert week.ends_at(NEW_YORK) == datetime(2026, 3, 13, 20, tzinfo=UTC)
    assert week.ends_at(NEW_YORK) - week.starts_at(NEW_YORK) == timedelta(hours=167)
    autumn = Week.parse("2026-11-06")
    assert autumn.ends_at(NEW_YORK) - autumn.starts_at(NEW_YORK) == timedelta(hours=169)
    assert Week.of_instant(datetime(2026, 3, 13, 19, 59, tzinfo=UTC), NEW_YORK) == week
    assert Week.of_instant(datetime(2026, 3, 13, 20, 0, tzinfo=UTC), NEW_YORK) == week.plus(1)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("2026-04-02", "2026-04-03"), ("2026-04-05", "2026-04-03"), ("2026-04-07", "2026-04-10")],
)
def test_another_weekday_names_the_nearest_friday(text: str, nearest: str) -> None:
    with pytest.raises(WrongUsage, match=nearest):
        Week.parse(text)


@pytest.mark.parametrize("text", ["2026-13", "26-01", "2026-1", "x", "2026-01-01"])
def test_what_is_no_month_is_wrong_usage(text: str) -> None:
    with pytest.raises(WrongUsage, match="is not a month"):
        Month.parse(text)


def test_business_days_skip_weekends_and_holidays_and_there_is_no_day_zero() -> None:
    calendar = BusinessCalendar(holidays=frozenset({date(2026, 2, 16)}))
    assert calendar.add_business_days(date(2026, 2, 13), 1) == date(2026, 2, 17)
    assert calendar.business_day_number(date(2026, 2, 12), 1) == date(2026, 2, 12)
    assert calendar.business_day_number(date(2026, 2, 12), -2) == date(2026, 2, 10)
    with pytest.raises(ValueError, match="no Day 0"):
        calendar.business_day_number(date(2026, 2, 12), 0)


@given(DAYS, st.integers(-60, 60))
def test_business_days_there_and_back(day: date, count: int) -> None:
    calendar = BusinessCalendar()
    start = calendar.next_business_day(day)
    assert calendar.business_days_between(start, calendar.add_business_days(start, count)) == count


def test_business_minutes_count_open_time_alone() -> None:
    calendar = BusinessCalendar(NEW_YORK, time(8), time(18))
    friday = datetime(2026, 2, 13, 22, 0, tzinfo=UTC)  # 17:00 in New York
    monday = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)  # 09:00
    assert calendar.business_minutes_between(friday, monday) == 120
    assert calendar.business_minutes_between(monday, friday) == 0


def test_months_are_added_to_the_last_day_where_one_is_shorter() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_between(Month(2025, 11), Month(2026, 2))[-1] == Month(2026, 2)


@pytest.mark.parametrize("text", ["2026-02-30", "31/02/2026", "2026-2-3", "today", "20260203"])
def test_what_is_no_date_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="2026-02-20"):
        parse_date(text)


def test_an_instant_needs_its_offset() -> None:
    assert parse_instant("2026-02-20T16:00:00-05:00") == datetime(2026, 2, 20, 21, tzinfo=UTC)
    with pytest.raises(ValueError, match="no offset"):
        parse_instant("2026-02-20T16:00:00")
