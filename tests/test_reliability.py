from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.errors import WrongUsage
from tai_ops.reliability import (
    BURN_ALERTS,
    SUGGESTED_LADDER,
    CreditStep,
    Impact,
    Incident,
    ProbeCoverage,
    allowed_minutes,
    bucket_quantile,
    burn_alerts,
    burn_rate,
    burn_rate_spending,
    clip,
    error_rate_pct,
    exhausted_after,
    is_error,
    merge,
    minutes,
    nearest_rank,
    quantile,
    series_pct,
    sla_credit,
    subtract,
    total,
    unexplained_downtime,
    unknown_time,
    uptime,
)

T0 = datetime(2026, 3, 1, tzinfo=UTC)
LATER = T0 + timedelta(days=400)
WEEK = (T0, T0 + timedelta(days=7))
HOUR = (T0, T0 + timedelta(hours=1))


def at(minute):
    return T0 + timedelta(minutes=minute)


def span(start, end):
    return at(start), at(end)


def impact(start, end, level="full", customer="*", service=None):
    return Impact("I-1", customer, at(start), None if end is None else at(end), level, service)


def days(count):
    return T0, T0 + timedelta(days=count)


def near(value, text):
    """Equal to the printed number at the printed number's decimals."""
    printed = Decimal(text)
    return value.quantize(printed) == printed


@pytest.mark.parametrize(
    "length, target, expected",
    [
        pytest.param(timedelta(days=365), "99.5", "2628", id="E1-year-1.83-days"),
        pytest.param(timedelta(days=90), "99.5", "648", id="E1-quarter-10.8-hours"),
        pytest.param(timedelta(days=30), "99.5", "216", id="E1-30-days-3.6-hours"),
        pytest.param(timedelta(days=31), "99.5", "223.2", id="31-days"),
        pytest.param(timedelta(days=7), "99.5", "50.4", id="E1-week"),
        pytest.param(timedelta(days=1), "99.5", "7.20", id="E1-day"),
        pytest.param(timedelta(hours=1), "99.5", "0.3", id="E1-hour-18-seconds"),
        pytest.param(timedelta(days=7), "99.7", "30.24", id="I13-week-at-99.7"),
    ],
)
def test_allowed_minutes(length, target, expected):
    assert allowed_minutes(length, Decimal(target)) == Decimal(expected)


def test_a_missed_budget_is_negative():
    got = uptime([impact(0, 47)], days(30), now=LATER, target_pct=Decimal("99.9"))
    assert (got.budget_minutes, got.budget_left_minutes) == (Decimal("43.2"), Decimal("-3.8"))  # E2


@pytest.mark.parametrize(
    "impacts, window, unweighted, weighted",
    [
        pytest.param(
            [impact(10, 40, "degraded"), impact(40, 60)], HOUR, "66.7", "66.7", id="E3-degraded-is-up"
        ),
        pytest.param(
            [impact(0, 60), impact(100, 200, "partial")], days(90), "99.9537", "99.9306", id="E4-instatus"
        ),
        pytest.param(
            [impact(0, 36), impact(100, 1786), impact(2000, 2024)], days(30), "95.96", "95.96", id="E5-full"
        ),
        pytest.param(
            [impact(0, 36), impact(100, 1786, "partial"), impact(2000, 2024, "degraded")],
            days(30),
            "99.92",
            "98.75",
            id="E5-weighted",
        ),
        pytest.param([impact(0, 30), impact(20, 45)], HOUR, "25", "25", id="E7-overlap-counts-once"),
        pytest.param([impact(0, 60, "partial"), impact(0, 30)], HOUR, "50", "35", id="highest-weight-wins"),
        pytest.param([impact(-600, 15)], HOUR, "75", "75", id="clipped-to-the-window"),
        pytest.param([], HOUR, "100", "100", id="nothing-happened"),
    ],
)
def test_uptime(impacts, window, unweighted, weighted):
    got = uptime(impacts, window, now=LATER)
    assert near(got.uptime_pct, unweighted)
    assert near(got.weighted_uptime_pct, weighted)


def test_an_open_impact_ends_now_and_the_window_too():
    got = uptime([impact(30, None)], HOUR, now=at(40))
    assert (got.downtime_minutes, got.uptime_pct) == (10, 75)
    assert got.budget_minutes == Decimal("0.3")  # of the whole window asked for
    assert got.budget_left_minutes == Decimal("-9.7")


def test_planned_maintenance_ahead_shrinks_the_budget():
    planned = impact(40, 60, "maintenance")
    got = uptime([planned], HOUR, now=at(20))
    assert (got.maintenance_minutes, got.budget_minutes, got.uptime_pct) == (0, Decimal("0.2"), 100)


def test_maintenance_is_on_neither_side():
    got = uptime([impact(0, 20, "maintenance"), impact(20, 30)], HOUR, now=LATER)
    assert (got.maintenance_minutes, got.uptime_pct, got.budget_minutes) == (20, 75, Decimal("0.2"))


def test_an_outage_wins_over_maintenance_and_degradation_does_not():
    hits = [
        impact(0, 30, "maintenance"),
        impact(10, 20),
        impact(20, 25, "partial"),
        impact(0, 10, "degraded"),
    ]
    got = uptime(hits, HOUR, now=LATER)
    assert (got.maintenance_minutes, got.downtime_minutes) == (15, 10)
    assert got.weighted_downtime_minutes == Decimal("11.5")


def test_unknown_time_is_on_neither_side_unless_an_impact_covers_it():
    got = uptime([impact(0, 10)], HOUR, now=LATER, unknown=[span(5, 30)])
    assert (got.unknown_minutes, got.downtime_minutes, got.uptime_pct) == (20, 10, 75)
    assert got.budget_minutes == Decimal("0.2")
    assert near(got.coverage_pct, "66.7")


@pytest.mark.parametrize(
    "who, minutes_down",
    [
        ({}, 30),
        ({"customer": "A"}, 20),
        ({"customer": "B"}, 20),
        ({"customer": "C"}, 10),
        ({"service": "api"}, 20),
        ({"service": "web"}, 30),
        ({"customer": "B", "service": "api"}, 10),
    ],
)
def test_who_and_what_is_hit(who, minutes_down):
    hits = [impact(0, 10), impact(10, 20, customer="A"), impact(20, 30, customer="B", service="web")]
    assert uptime(hits, HOUR, now=LATER, **who).downtime_minutes == minutes_down


@pytest.mark.parametrize(
    "hits, window, now, unknown, reason",
    [
        ([], HOUR, at(-1), None, "no part of the window is over yet"),
        ([], (T0, T0), LATER, None, "no part of the window is over yet"),
        ([], HOUR, LATER, [HOUR], "no probe saw the window"),
        ([impact(0, 60, "maintenance")], HOUR, LATER, [], "the whole window was maintenance"),
    ],
)
def test_nothing_measured_is_none_with_a_reason(hits, window, now, unknown, reason):
    got = uptime(hits, window, now=now, unknown=unknown)
    assert (got.uptime_pct, got.weighted_uptime_pct, got.downtime_minutes) == (None, None, None)
    assert got.budget_left_minutes is None
    assert got.reason == reason


def test_a_window_across_a_clock_change_has_its_true_length():
    zone = ZoneInfo("America/New_York")
    march_8 = datetime(2026, 3, 8, tzinfo=zone), datetime(2026, 3, 9, tzinfo=zone)
    got = uptime([], march_8, now=LATER)
    assert got.budget_minutes == 23 * 60 * Decimal("0.005")


def test_uptime_refuses_what_is_no_window_or_target():
    for window in [(at(1), at(0)), (datetime(2026, 3, 1), at(0))]:  # the second is naive
        with pytest.raises(WrongUsage):
            uptime([], window, now=LATER)
    with pytest.raises(WrongUsage):
        uptime([], HOUR, now=LATER, target_pct=Decimal(101))


def coverage(first, last, *gaps, usual=60):
    usual = None if usual is None else Decimal(usual)
    return ProbeCoverage("api", usual, at(first), at(last), tuple(span(*gap) for gap in gaps), 1)


@pytest.mark.parametrize(
    "coverages, expected",
    [
        pytest.param([], None, id="nobody-watches"),
        pytest.param([coverage(-100, 100)], [], id="watched-throughout"),
        pytest.param([coverage(0, 60, (10, 15), (20, 26))], [(20, 26)], id="only-above-5-minutes"),
        pytest.param([coverage(0, 60, (10, 30), usual=600)], [], id="twice-the-usual-interval"),
        pytest.param([coverage(0, 60, (10, 31), usual=600)], [(10, 31)], id="longer-than-twice"),
        pytest.param([coverage(5, 55, usual=None)], [], id="edges-within-the-limit"),
        pytest.param([coverage(6, 50)], [(0, 6), (50, 60)], id="edges-beyond-the-limit"),
        pytest.param([coverage(-100, 90, (-3, 3), (58, 90))], [(0, 3), (58, 60)], id="gaps-across-edges"),
        pytest.param([coverage(-100, -50)], [(0, 60)], id="monitor-dead-before"),
        pytest.param(
            [coverage(0, 60, (10, 20)), coverage(0, 60, (15, 30))], [(10, 30)], id="union-of-services"
        ),
    ],
)
def test_unknown_time(coverages, expected):
    got = unknown_time(coverages, HOUR, now=LATER)
    assert got == (None if expected is None else [span(*piece) for piece in expected])


def test_the_time_to_come_is_not_unknown():
    assert unknown_time([coverage(0, 38)], HOUR, now=at(40)) == []


def test_coverage_is_none_without_probes_and_100_without_gaps():
    assert uptime([], HOUR, now=LATER, unknown=None).coverage_pct is None
    assert uptime([], HOUR, now=LATER, unknown=[]).coverage_pct == 100


def test_unexplained_downtime():
    incidents = [
        Incident("I-2", "Slow", "HIGH", None, at(30), resolved_at=at(40)),
        Incident("I-3", "Training", "LOW", at(0), at(0)),
    ]
    impacts = [impact(10, 20, service="api"), impact(50, 60, service="web")]
    failing = [span(9, 23), span(30, 40), span(50, 55)]
    got = unexplained_downtime(failing, impacts, incidents, service="api", now=LATER)
    assert got == [span(21, 23), span(50, 55)]


LEVELS = ("full", "partial", "degraded", "maintenance")
POINT = st.integers(-10, 70)
SPANS = st.lists(st.tuples(POINT, POINT).map(lambda pair: span(*sorted(pair))), max_size=6)
IMPACTS = st.lists(
    st.builds(impact, POINT, st.none() | POINT, st.sampled_from(LEVELS)).filter(
        lambda i: i.ended_at is None or i.began_at <= i.ended_at
    ),
    max_size=6,
)
NOW = at(65)


def covers(intervals, minute):
    return any(start <= at(minute) < end for start, end in intervals)


@settings(max_examples=80, deadline=None)
@given(IMPACTS, SPANS)
def test_uptime_agrees_with_counting_minute_by_minute(impacts, unknown):
    weight = {"full": Decimal(1), "partial": Decimal("0.3"), "degraded": Decimal(0)}
    measured = down = weighted = Decimal(0)
    for minute in range(60):
        levels = {i.level for i in impacts if covers([(i.began_at, i.ended_at or NOW)], minute)}
        if "maintenance" in levels and not levels & {"full", "partial"}:
            continue
        if not levels and covers(unknown, minute):
            continue
        measured += 1
        down += "full" in levels
        weighted += max((weight[level] for level in levels - {"maintenance"}), default=Decimal(0))
    got = uptime(impacts, HOUR, now=NOW, unknown=unknown)
    if not measured:
        assert got.uptime_pct is None
        return
    assert (got.downtime_minutes, got.weighted_downtime_minutes) == (down, weighted)
    assert got.unknown_minutes + got.maintenance_minutes == 60 - measured
    assert 0 <= got.weighted_uptime_pct <= got.uptime_pct <= 100


@settings(max_examples=60, deadline=None)
@given(IMPACTS, SPANS, POINT, POINT, st.sampled_from(LEVELS))
def test_one_more_impact_never_raises_uptime(impacts, unknown, one, other, level):
    if level != "full":
        # an impact that is no full outage makes time known or measured that was left out before
        unknown, impacts = [], [i for i in impacts if i.level != "maintenance"]
    added = impact(*sorted((one, other)), level)
    before = uptime(impacts, HOUR, now=NOW, unknown=unknown)
    after = uptime([*impacts, added], HOUR, now=NOW, unknown=unknown)
    if before.uptime_pct is not None and after.uptime_pct is not None:
        assert after.uptime_pct <= before.uptime_pct
        assert after.weighted_uptime_pct <= before.weighted_uptime_pct


@settings(max_examples=60, deadline=None)
@given(IMPACTS, SPANS, st.integers(0, 60))
def test_the_parts_of_a_split_window_add_up(impacts, unknown, cut):
    whole, left, right = (
        uptime(impacts, span(*edges), now=NOW, unknown=unknown) for edges in [(0, 60), (0, cut), (cut, 60)]
    )
    for name in (
        "downtime_minutes",
        "weighted_downtime_minutes",
        "unknown_minutes",
        "maintenance_minutes",
        "budget_minutes",
    ):
        assert (getattr(left, name) or 0) + (getattr(right, name) or 0) == (getattr(whole, name) or 0)


@settings(max_examples=60, deadline=None)
@given(SPANS, SPANS)
def test_interval_arithmetic(some, others):
    merged = merge(some)
    assert merge(merged) == merged
    assert all(a[1] < b[0] for a, b in pairwise(merged))
    inside, left = clip(some, HOUR), subtract(some, others)
    assert all(start >= T0 and end <= HOUR[1] for start, end in inside)
    assert total(subtract(some, [HOUR])) + total(inside) == total(some)
    assert [covers(left, m) for m in range(-10, 70)] == [
        covers(some, m) and not covers(others, m) for m in range(-10, 70)
    ]


def test_minutes_keep_seconds():
    assert minutes(timedelta(seconds=90)) == Decimal("1.5")


def test_series():
    in_a_row = series_pct([Decimal("99.9")] * 3)  # E6
    assert near(in_a_row, "99.7003")
    assert near(allowed_minutes(timedelta(days=30), in_a_row), "129")


@pytest.mark.parametrize(
    "fee, pct, ladder, expected",
    [
        pytest.param(40000, "98.5", SUGGESTED_LADDER, 10000, id="E29"),
        pytest.param(2000, "99.5", (CreditStep(Decimal("99.9"), Decimal(10)),), 200, id="E30"),
        pytest.param(1000, "99.5", SUGGESTED_LADDER, 0, id="met"),
        pytest.param(1000, "99.4999", SUGGESTED_LADDER, 100, id="just-missed"),
        pytest.param(1000, "99", SUGGESTED_LADDER, 100, id="a-bound-is-not-below-it"),
        pytest.param(1000, "97.9", SUGGESTED_LADDER, 500, id="50"),
        pytest.param(1000, "10", SUGGESTED_LADDER, 1000, id="100"),
        pytest.param(1000, "10", (CreditStep(Decimal(99), Decimal(150)),), 1000, id="capped-at-the-fee"),
    ],
)
def test_sla_credit(fee, pct, ladder, expected):
    assert sla_credit(Decimal(fee), Decimal(pct), ladder).value == expected


def test_no_credit_without_ladder_or_uptime():
    assert sla_credit(Decimal(1), Decimal(90), ()).reason == "no credit ladder is confirmed"
    assert sla_credit(Decimal(1), None, SUGGESTED_LADDER).reason == "the uptime is unknown"


def test_burn_rate_of_an_error_rate():
    assert burn_rate_spending(Decimal(5), timedelta(hours=1)) == 36  # E8
    assert burn_rate(Decimal("3.6"), Decimal("99.9")) == 36
    fires = [burn_rate(Decimal(100 * bad) / 60, Decimal("99.9")) >= 36 for bad in (1, 2, 3)]
    assert fires == [False, False, True]
    assert [burn_rate(Decimal(pct)) for pct in ("0.5", "1", "3", "5")] == [1, 2, 6, 10]  # I1
    assert burn_rate(Decimal(1), Decimal(100)) is None


def test_burn_alerts_stand_for_shares_of_the_budget():
    rates = [burn_rate_spending(Decimal(pct), a.long) for pct, a in zip((2, 5, 10), BURN_ALERTS, strict=True)]
    assert rates == [a.rate for a in BURN_ALERTS] == [Decimal("14.4"), 6, 1]  # E9
    assert near(exhausted_after(Decimal("14.4")), "2.08")
    assert exhausted_after(Decimal(0)) is None


@pytest.mark.parametrize(
    "long_pct, short_pct, fires",
    [("7.2", "7.2", True), ("7.19", "50", False), ("50", "7.19", False), ("50", None, False)],
)
def test_an_alert_needs_both_windows(long_pct, short_pct, fires):
    page = BURN_ALERTS[0]
    seen = {page.long: Decimal(long_pct), page.short: None if short_pct is None else Decimal(short_pct)}
    assert burn_alerts(seen) == ([page] if fires else [])


FIVE = [Decimal(n) for n in (35, 15, 50, 20, 40)]


@pytest.mark.parametrize(
    "values, p, expected",
    [
        pytest.param(FIVE, "0.40", 29, id="E10-P40"),
        pytest.param(FIVE, "0.95", 48, id="E10-P95"),
        pytest.param(FIVE, "1", 50, id="E10-P100"),
        pytest.param(FIVE, "0", 15, id="P0"),
        pytest.param([Decimal(n) for n in (1, 2, 3, 4)], "0.75", Decimal("3.25"), id="E11"),
        pytest.param([], "0.5", None, id="no-values"),
    ],
)
def test_quantile(values, p, expected):
    assert quantile(values, Decimal(p)) == expected


@pytest.mark.parametrize(
    "p, expected", [("0.05", 15), ("0.30", 20), ("0.40", 20), ("0.50", 35), ("1", 50), ("0", 15)]
)
def test_nearest_rank(p, expected):
    assert nearest_rank(FIVE, Decimal(p)) == expected  # E10
    assert nearest_rank([], Decimal(p)) is None


def buckets(*pairs):
    return [(Decimal(bound), count) for bound, count in pairs]


HISTOGRAM = buckets(("0", 6), ("0.5", 11), ("1", 14), ("Infinity", 19))


@pytest.mark.parametrize(
    "histogram, p, expected",
    [
        pytest.param(HISTOGRAM, "0.5", "0.35", id="E12"),
        pytest.param(HISTOGRAM, "0.1", "0", id="at-or-below-zero"),
        pytest.param(HISTOGRAM, "0.99", "1", id="beyond-the-last-bound"),
        pytest.param(buckets(("10", 4), ("20", 4)), "0.5", "5", id="first-bucket-starts-at-zero"),
        pytest.param(buckets(("10", 0), ("20", 4)), "0", "10", id="empty-buckets-are-passed"),
        pytest.param(buckets(("10", 0)), "0.5", None, id="no-samples"),
        pytest.param(buckets(("Infinity", 3)), "0.5", None, id="no-finite-bound"),
        pytest.param([], "0.5", None, id="no-buckets"),
    ],
)
def test_bucket_quantile(histogram, p, expected):
    assert bucket_quantile(histogram, Decimal(p)) == (None if expected is None else Decimal(expected))


def test_quantiles_refuse_nonsense():
    with pytest.raises(ValueError, match="share"):
        quantile(FIVE, Decimal(95))
    with pytest.raises(ValueError, match="never fall"):
        bucket_quantile(buckets(("1", 5), ("2", 4)), Decimal("0.5"))


@pytest.mark.parametrize(
    "ok, status, error",
    [
        (True, 200, False),
        (True, None, False),
        (False, 503, True),
        (True, 500, True),
        (False, 404, False),
        (True, 499, False),
        (False, None, True),
        (False, 0, True),
        (False, 200, True),
    ],
)
def test_is_error(ok, status, error):
    assert is_error(ok, status) is error


def test_error_rate():
    assert error_rate_pct(1, 200).value == Decimal("0.5")
    nothing = error_rate_pct(0, 0)
    assert (nothing.value, nothing.reason) == (None, "no samples")
