"""The period that is looked at, and what each number is compared with."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tai_ops.comparison import period, periods
from tai_ops.errors import WrongUsage
from tai_ops.kpi import KPIS
from tai_ops.period import BusinessCalendar, Month

CALENDAR = BusinessCalendar(ZoneInfo("America/New_York"))
NOW = datetime(2026, 4, 3, 20, 0, tzinfo=UTC)


def names(code):
    found = period(code, CALENDAR, NOW)
    return {one: found.before(KPIS[one]).name for one in ("uptime_pct", "nps", "mrr", "new_mrr")}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("now", ["the 7 days before", "a week ago", "March", "1–3 Mar"]),
        ("90-days", ["the 90 days before", "90 days ago", "90 days ago", "1–3 Mar"]),
        ("2026-03-27", ["week to Fri 20 Mar", "Fri 20 Mar", "Fri 20 Mar", "1–27 Feb"]),
        ("2026-02", ["January 2026", "January 2026", "January 2026", "January 2026"]),
        ("2026-04", ["1–3 Mar", "March 2026", "March 2026", "1–3 Mar"]),
    ],
)
def test_what_a_number_is_compared_with_has_a_name(code, said):
    assert list(names(code).values()) == said


@pytest.mark.parametrize("days", [7, 30, 90])
def test_the_days_before_end_where_the_days_begin(days):
    found = period("now" if days == 7 else f"{days}-days", CALENDAR, NOW)
    assert found.window.flow == (NOW - timedelta(days=days), NOW)
    assert found.flows.window.flow == (NOW - timedelta(days=2 * days), NOW - timedelta(days=days))
    assert found.flows.window.flow_days[1] + timedelta(days=1) == found.window.flow_days[0]


def test_the_sums_of_a_month_are_compared_up_to_the_same_day():
    sums = period("now", CALENDAR, NOW).sums.window
    assert (sums.month, sums.until) == (Month(2026, 3), date(2026, 3, 4))
    end = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
    short = period("now", CALENDAR, end).sums.window
    assert (short.month, short.until) == (Month(2026, 2), date(2026, 3, 1))


def test_the_choice_holds_days_fridays_and_whole_months():
    found = periods(CALENDAR, NOW)
    assert found["now"] == "Now (last 7 days)"
    assert found["2026-03-27"] == "Week to Fri 27 Mar 2026"
    assert found["2026-03"] == "March 2026"
    assert "2026-04" not in found
    assert all(period(code, CALENDAR, NOW).code == code for code in found)


@pytest.mark.parametrize("code", ["soon", "0-days", "2026-03-26", "2026-13", "-days"])
def test_what_is_no_period_is_refused(code):
    with pytest.raises(WrongUsage):
        period(code, CALENDAR, NOW)
