"""Whether the promise was kept: months from go-live, days that nobody watched, burn, and outages that no impact tells."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tai_ops.availability import Failing, Scope, Standing, Watched, burned_by_day, days_of, firing
from tai_ops.availability_words import (
    burn_words,
    counted_words,
    left_words,
    standing_mark,
    uncounted_words,
    uptime_words,
)
from tai_ops.board import Latency
from tai_ops.company import Company
from tai_ops.customers import Customer
from tai_ops.latency_spread import Bucket
from tai_ops.reliability import BURN_ALERTS, Impact, Incident, ProbeCoverage, Uptime, minutes, total

D = Decimal
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MARCH = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
AFTER = datetime(2026, 4, 2, tzinfo=UTC)
COUNTS = {length: (0, 0) for alert in BURN_ALERTS for length in (alert.long, alert.short)}


def customer(key: str = "C-1", live: date | None = date(2026, 1, 5), status: str = "live") -> Customer:
    return Customer(key, f"Customer {key}", None, None, None, None, live, 1, 1, status, None)


def impact(
    begins: datetime, length: timedelta, level: str = "full", customer: str = "*", service: str | None = None
) -> Impact:
    return Impact("I-1", customer, begins, begins + length, level, service)  # type: ignore[arg-type]


def seen(
    *impacts: Impact,
    window: tuple[datetime, datetime] = MARCH,
    now: datetime = AFTER,
    customers: tuple[Customer, ...] = (customer(),),
    incidents: tuple[Incident, ...] = (),
    coverages: tuple[ProbeCoverage, ...] | None = None,
    failing: tuple[Failing, ...] = (),
    left_on: dict[str, date] | None = None,
    **settings: object,
) -> Watched:
    whole = (ProbeCoverage("api", D(60), MARCH[0] - DAY, AFTER, (), 44640),)
    return Watched(
        Company.model_validate(settings),
        window,
        now,
        customers,
        impacts,
        incidents,
        whole if coverages is None else coverages,
        failing,
        left_on or {},
    )


def incident(begins: datetime, ends: datetime | None, severity: str = "HIGH") -> Incident:
    return Incident("I-9", "down", severity, begins, begins, resolved_at=ends)  # type: ignore[arg-type]


def up(one: Standing) -> Uptime:
    assert one.uptime is not None
    return one.uptime


def test_the_month_of_a_customer_runs_from_its_go_live_day_and_its_budget_with_it() -> None:
    late = customer("C-2", date(2026, 3, 22))
    found = seen(impact(NOON, HOUR), customers=(customer(), late)).standings()
    by = {one.scope.code: one for one in found}
    assert list(by) == ["all", "customer:C-1", "customer:C-2", "service:api"]
    first, second = by["customer:C-1"], by["customer:C-2"]
    assert (up(first).budget_minutes, first.left_minutes) == (D("223.2"), D("163.2"))
    assert second.window == (datetime(2026, 3, 22, tzinfo=UTC), MARCH[1])
    assert (up(second).budget_minutes, second.left_minutes) == (D("72"), D("72"))
    assert (first.met, second.met) == (True, True)


@pytest.mark.parametrize(
    ("one", "left_on", "window"),
    [
        (customer(live=None), None, None),
        (customer(live=date(2026, 4, 1)), None, None),
        (customer(status="onboarding"), None, None),
        (customer(status="churned"), None, None),
        (customer(status="churned"), date(2026, 3, 10), (MARCH[0], datetime(2026, 3, 11, tzinfo=UTC))),
        (customer(status="churned"), date(2026, 2, 28), None),
    ],
)
def test_who_is_not_live_has_no_promise(one: Customer, left_on: date | None, window: object) -> None:
    found = seen(customers=(one,), left_on={"C-1": left_on} if left_on else None)
    assert found.standing(Scope(customer="C-1")).window == window
    assert (window is None) == (found.standing(Scope(customer="C-1")).met is None)


def test_who_is_live_since_nobody_knows_when_is_listed_with_its_uptime_and_no_promise() -> None:
    found = seen(impact(NOON, HOUR), customers=(customer(live=None), customer("C-2", status="onboarding")))
    listed = [one for one in found.standings() if one.scope.customer]
    assert [one.scope.customer for one in listed] == ["C-1"]
    assert up(listed[0]).downtime_minutes == 60
    assert (listed[0].met, listed[0].left_minutes, listed[0].reason) == (
        None,
        None,
        "no go-live date on record",
    )


def test_the_terminal_says_which_part_of_the_window_a_customers_promise_holds_in() -> None:
    late = customer("C-2", date(2026, 3, 22))
    nothing = Latency(None, None, None, None, 0)
    told = uptime_words(seen(customers=(late,)), Scope(customer="C-2"), nothing, None, whole=False)
    assert "The numbers above are of the whole window" in told
    assert "from go-live on Sun 22 Mar 2026" in told
    unseen = seen(customers=(late,), coverages=(ProbeCoverage("api", D(60), AFTER, AFTER, (), 1),))
    said = uptime_words(unseen, Scope(customer="C-2"), nothing, None, whole=False)
    assert "from go-live on Sun 22 Mar 2026; only 0.0 % of the time was watched" in said
    whole = uptime_words(seen(), Scope(customer="C-1"), nothing, None, whole=False)
    assert "whole window" not in whole


def test_the_weighted_uptime_decides_and_overlaps_count_once_e7() -> None:
    partial = seen(impact(NOON, 10 * HOUR, "partial"), impact(NOON + HOUR, HOUR, "full")).standing(Scope())
    assert up(partial).downtime_minutes == 60
    assert up(partial).weighted_downtime_minutes == 60 + D("0.3") * 540
    assert partial.left_minutes == D("223.2") - 222
    assert partial.met is True
    assert seen(impact(NOON, 13 * HOUR, "partial")).standing(Scope()).met is False
    assert seen(impact(NOON, 13 * HOUR, "partial"), partial_outage_weight=0).standing(Scope()).met is True


def test_what_is_down_for_one_customer_is_down_for_the_company_and_not_for_another() -> None:
    found = seen(impact(NOON, 8 * HOUR, customer="C-1"), customers=(customer(), customer("C-2")))
    assert {one.scope.code: one.met for one in found.standings()} == {
        "all": False,
        "customer:C-1": False,
        "customer:C-2": True,
        "service:api": False,
    }


def test_days_are_the_companys_and_a_clock_change_makes_one_shorter() -> None:
    zone = ZoneInfo("America/New_York")
    window = (datetime(2026, 3, 7, 5, tzinfo=UTC), datetime(2026, 3, 10, 4, tzinfo=UTC))
    assert [minutes(total([day])) for day in days_of(window, zone)] == [1440, 1380, 1440]
    found = seen(
        impact(datetime(2026, 3, 8, 5, tzinfo=UTC), 23 * HOUR), window=window, zone="America/New_York"
    )
    assert [(d.on.day, d.state, d.uptime.uptime_pct) for d in found.days(Scope())] == [
        (7, "met", 100),
        (8, "missed", 0),
        (9, "met", 100),
    ]


def test_a_day_that_nobody_watched_is_never_met() -> None:
    gone = (MARCH[0] + DAY + 2 * HOUR, MARCH[0] + 3 * DAY + 2 * HOUR)
    watched = ProbeCoverage("api", D(60), MARCH[0] - DAY, AFTER, (gone,), 40000)
    found = seen(coverages=(watched,), now=MARCH[0] + 5 * DAY)
    states = [day.state for day in found.days(Scope())]
    assert states[:5] == ["met", "unknown", "unknown", "part", "met"]
    assert set(states[5:]) == {"ahead"}
    down = seen(impact(gone[1], HOUR), coverages=(watched,)).days(Scope())
    assert down[3].state == "missed"
    nothing = seen(coverages=())
    assert {day.state for day in nothing.days(Scope())} == {"unknown"}
    assert (nothing.standing(Scope()).met, standing_mark(nothing.standing(Scope()))) == (None, "– unknown")


def test_a_month_that_was_hardly_watched_is_unknown_unless_it_was_missed_anyway() -> None:
    blind = ProbeCoverage("api", D(60), MARCH[1] - DAY, AFTER, (), 1440)
    short = seen(impact(NOON, 30 * MINUTE), coverages=(blind,)).standing(Scope())
    assert up(short).weighted_uptime_pct is not None
    assert (short.met, short.reason) == (None, "only 3.3 % of the time was watched")
    assert seen(impact(NOON, 4 * HOUR), coverages=(blind,)).standing(Scope()).met is False
    assert seen(coverages=(blind,)).standing(Scope()).met is None


def test_the_budget_is_burned_day_by_day() -> None:
    found = seen(impact(NOON, 112 * MINUTE), now=NOON + 2 * DAY)
    burned = burned_by_day(found.days(Scope()), up(found.standing(Scope())).budget_minutes)
    assert burned[8] == 0
    assert burned[9] == burned[11] == 100 * D(112) / D("223.2")
    assert burned[12:] == [None] * 19


@pytest.mark.parametrize(("bad", "fires"), [(1, False), (2, False), (3, True)])
def test_few_samples_burn_by_the_minute_e8(bad: int, fires: bool) -> None:
    """At 99.9 % and a burn of 36 (3.6 % of an hour) a probe a minute fires at the third bad minute."""
    run = Failing("api", NOON - bad * MINUTE, NOON)
    pairs = seen(failing=(run,), now=NOON, uptime_target_pct="99.9").burns(Scope(), COUNTS)
    hour = pairs[0].long
    assert hour.error_pct == 100 * D(bad) / 60
    assert hour.rate is not None
    assert (hour.rate >= 36) == (bad == 3) == fires


def test_a_bad_probe_in_five_minutes_alone_pages_nobody() -> None:
    """The five minutes burn 40 times as fast as they may; the hour does not, and both must."""
    pairs = seen(failing=(Failing("api", NOON - MINUTE, NOON),), now=NOON).burns(Scope(), COUNTS)
    assert pairs[0].short.rate == 40
    assert firing(pairs) is None
    assert burn_words(pairs).startswith("No burn alert: 0.0×")


@pytest.mark.parametrize(
    ("bad_minutes", "kind"),
    [(5, "page"), (11, "page"), (4, None), (22, "page")],
)
def test_the_three_pairs_page_or_write_a_ticket_e9(bad_minutes: int, kind: str | None) -> None:
    run = Failing("api", NOON - bad_minutes * MINUTE, NOON)
    fires = firing(seen(failing=(run,), now=NOON).burns(Scope(), COUNTS))
    assert (fires.alert.kind if fires else None) == kind


def test_many_samples_burn_by_their_error_rate_and_a_customers_by_its_outages() -> None:
    counts = COUNTS | {HOUR: (1000, 80), 5 * MINUTE: (100, 10)}
    found = seen(now=NOON)
    page = found.burns(Scope(), counts)[0]
    assert (page.long.rate, page.short.rate, page.fires) == (16, 20, True)
    assert not page.long.by_minutes
    assert found.burns(Scope(customer="C-1"), counts)[0].long.rate == 0
    assert "somebody is paged" in burn_words(found.burns(Scope(), counts))


def test_planned_work_burns_nothing_and_unwatched_time_is_unknown() -> None:
    run = Failing("api", NOON - HOUR, NOON)
    planned = impact(NOON - HOUR, HOUR, "maintenance")
    assert seen(planned, failing=(run,), now=NOON).burns(Scope(), COUNTS)[0].long.rate in {0, None}
    blind = ProbeCoverage("api", D(60), MARCH[0], NOON - 4 * DAY, (), 10)
    assert seen(coverages=(blind,), now=NOON).burns(Scope(), COUNTS)[0].long.rate is None


def test_an_outage_that_only_probes_saw_is_listed_until_an_impact_tells_it() -> None:
    run = Failing("api", NOON, NOON + 15 * MINUTE)
    alone = seen(failing=(run,)).uncounted()
    assert [(one.service, one.minutes, one.incident_id) for one in alone] == [("api", 15, None)]
    assert uncounted_words(alone[0], ZoneInfo("UTC")) == (
        "api: probes failed from Tue 10 Mar 2026 12:00 UTC to Tue 10 Mar 2026 12:15 UTC (15 min), "
        "no incident and no impact"
    )
    told = seen(failing=(run,), incidents=(incident(NOON, NOON + HOUR),)).uncounted()
    assert [one.incident_id for one in told] == ["I-9"]
    request = seen(failing=(run,), incidents=(incident(NOON, None, "LOW"),)).uncounted()
    assert [one.incident_id for one in request] == [None]
    assert seen(impact(NOON, 14 * MINUTE), failing=(run,)).uncounted() == []
    other = seen(impact(NOON, HOUR, service="web"), failing=(run,)).uncounted()
    assert len(other) == 1
    part = seen(impact(NOON + 5 * MINUTE, HOUR), failing=(run,)).uncounted()
    assert [(one.began_at, one.minutes) for one in part] == [(NOON, 4)]


def test_what_is_left_is_said_in_minutes() -> None:
    assert left_words(D("12.5")) == "12.5 min of the budget left"
    assert left_words(D(-3)) == "budget exceeded by 3 min"
    assert left_words(None) == "budget unknown"


def test_what_counts_on_after_its_incident_and_what_counts_for_nothing_is_named() -> None:
    over = incident(NOON, NOON + HOUR)
    runs = Impact("I-9", "C-1", NOON, None, "full", None)
    later = Impact("I-9", "C-1", NOON + 2 * HOUR, None, "full", None)
    assert seen(runs, later, incidents=(over,)).running_on() == [(over, (runs,))]
    assert seen(runs, incidents=(incident(NOON, None),)).running_on() == []
    assert seen(runs, incidents=(over,)).without_impact() == []
    assert seen(incidents=(over, incident(NOON, None, "LOW"))).without_impact() == [over]
    assert seen(incidents=(incident(NOON - 30 * DAY, NOON - 29 * DAY),)).without_impact() == []


def test_a_week_of_a_year_says_what_a_window_of_that_week_says() -> None:
    week = (NOON - 3 * DAY, NOON + 4 * DAY)
    year = seen(impact(NOON, HOUR), impact(NOON - 30 * DAY, 9 * HOUR), window=(AFTER - 364 * DAY, AFTER))
    alone = seen(impact(NOON, HOUR), impact(NOON - 30 * DAY, 9 * HOUR), window=week)
    for scope in (Scope(), Scope(customer="C-1"), Scope(service="api")):
        assert year.over(week, scope) == alone.standing(scope)
    assert up(year.over(week, Scope())).downtime_minutes == 60


def test_what_monitors_counted_is_said_with_what_is_at_least_so_much() -> None:
    buckets = {"web": [Bucket(D(0), D(100), 90)], "auth": [Bucket(D(100), None, 10)]}
    said = counted_words(buckets)
    assert (
        said
        == "Monitors counted by latency: p50 56 ms, p95 at least 100 ms, p99 at least 100 ms of 100 answers."
    )
    assert counted_words({}) == ""
