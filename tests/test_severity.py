from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.errors import Refused
from tai_ops.period import BusinessCalendar
from tai_ops.severity import SEVERITIES, Verdict, channel_name, classify, escalations, signals_from_json

CALENDAR = BusinessCalendar()
DETECTED = "2026-03-03T15:00:00+00:00"
AT = datetime(2026, 3, 3, 15, tzinfo=UTC)


def seen(detected_at: str = DETECTED, calendar: BusinessCalendar = CALENDAR, **signals) -> Verdict:
    return classify(signals_from_json({"detected_at": detected_at} | signals), calendar=calendar)


@pytest.mark.parametrize(
    "signals, severity",
    [
        ({"customers_without_access": 1}, "CRITICAL"),
        ({"customers_without_access": 0}, None),
        ({"data_lost_or_corrupt": True}, "CRITICAL"),
        ({"security_breach": True}, "CRITICAL"),
        ({"api_errors_for_all": True}, "CRITICAL"),
        ({"api_errors_for_all": False}, None),
        ({"customers_with_wrong_data": 1}, "HIGH"),
        ({"customers_with_wrong_data": 3, "customers_without_access": 1}, "CRITICAL"),
        ({"users_degraded_pct": 50}, None),
        ({"users_degraded_pct": 50.1}, "HIGH"),
        ({"api_latency_p95_ms": 499.9}, None),
        ({"api_latency_p95_ms": 500}, "MEDIUM"),
        ({"api_latency_p95_ms": 2000}, "MEDIUM"),
        ({"api_latency_p95_ms": 2000.1}, "HIGH"),
        ({"error_rate_pct": 0.49}, None),
        ({"error_rate_pct": 0.5}, "MEDIUM"),
        ({"error_rate_pct": 5}, "MEDIUM"),
        ({"error_rate_pct": 5.01}, "HIGH"),
        ({"error_rate_30m_pct": 3, "error_rate_6h_pct": 3}, "HIGH"),
        ({"error_rate_30m_pct": 9, "error_rate_6h_pct": 2.9}, None),
        ({"error_rate_30m_pct": 9}, None),
        ({"minutes_over_1_pct": 239}, None),
        ({"minutes_over_1_pct": 240}, "HIGH"),
        ({"dashboard_p75_ms": 1000}, None),
        ({"dashboard_p75_ms": 1001}, "MEDIUM"),
        ({"feature_broken": True}, "MEDIUM"),
        ({"cosmetic": True}, "MEDIUM"),
        ({"request": "training"}, "LOW"),
        ({"request": "training", "cosmetic": True}, "MEDIUM"),
        ({}, None),
    ],
)
def test_the_highest_rule_that_matches_wins(signals, severity):
    assert seen(**signals).severity == severity


def test_the_documents_example_is_high_by_both_windows():
    found = seen(
        began_at="2026-03-03T14:52:00+00:00",
        customers_without_access=0,
        error_rate_pct=3.4,
        error_rate_30m_pct=3.1,
        error_rate_6h_pct=3.0,
    )
    assert found.as_json() == {
        "severity": "HIGH",
        "reasons": [
            "HIGH: error rate is 3 % or more over both 30 minutes and 6 hours.",
            "MEDIUM: error rate of 3.4 % is within 0.5-5 %.",
        ],
        "respond_by": "2026-03-03T16:00:00+00:00",
        "resolve_within_minutes": 60,
        "timers": [{"name": "resolve", "minutes": 60, "due_at": "2026-03-03T16:00:00+00:00"}],
    }


def test_critical_has_four_timers_in_the_offset_as_written():
    found = seen("2026-03-07T23:58:00-05:00", security_breach=True)
    assert [(t.name, t.minutes, t.due_at.isoformat()) for t in found.timers] == [
        ("acknowledge", 5, "2026-03-08T00:03:00-05:00"),
        ("diagnose", 15, "2026-03-08T00:13:00-05:00"),
        ("path", 30, "2026-03-08T00:28:00-05:00"),
        ("resolve", 60, "2026-03-08T00:58:00-05:00"),
    ]
    assert (found.respond_by, found.resolve_within_minutes) == (found.timers[0].due_at, 60)


def test_medium_counts_four_hours_also_at_night():
    found = seen("2026-03-06T22:00:00+00:00", cosmetic=True)
    assert found.respond_by == datetime(2026, 3, 7, 2, tzinfo=UTC)
    assert found.resolve_within_minutes == 240


@pytest.mark.parametrize(
    "detected, due",
    [
        pytest.param("2026-03-03T15:00:00+00:00", "2026-03-04T23:00:00+00:00", id="tuesday"),
        pytest.param("2026-03-06T15:00:00+00:00", "2026-03-10T22:00:00+00:00", id="friday-before-holiday"),
        pytest.param(
            "2026-03-04T03:00:00+00:00", "2026-03-04T23:00:00+00:00", id="still-tuesday-in-new-york"
        ),
    ],
)
def test_low_is_due_at_closing_of_the_next_business_day_in_the_companys_zone(detected, due):
    calendar = BusinessCalendar(ZoneInfo("America/New_York"), holidays=frozenset({date(2026, 3, 9)}))
    found = seen(detected, calendar, request="documentation")
    assert found.respond_by.isoformat() == due
    assert found.resolve_within_minutes is None
    assert [(t.name, t.minutes, t.due_at) for t in found.timers] == [("resolve", None, found.respond_by)]


def test_low_follows_the_companys_closing_time():
    found = seen(calendar=BusinessCalendar(closes=time(17, 0)), request="training")
    assert found.respond_by == datetime(2026, 3, 4, 17, tzinfo=UTC)


def test_no_rule_no_deadline_but_a_reason():
    found = seen(error_rate_pct=0.2)
    assert (found.severity, found.respond_by, found.resolve_within_minutes, found.timers) == (
        None,
        None,
        None,
        (),
    )
    assert found.reasons == ("No rule matches what is known.",)


@pytest.mark.parametrize(
    "signals, line",
    [
        ({"began_at": "2026-03-03T15:00:01+00:00"}, "began_at: must not be after detected_at"),
        ({"customers_without_access": True}, "customers_without_access: must be a whole number, 0 or more"),
        ({"error_rate_pct": 101}, "error_rate_pct: must be a number from 0 to 100"),
        ({"request": "help"}, 'request: must be "documentation", "enhancement"'),
        ({"latency": 3}, "latency: is not a key that is known here"),
    ],
)
def test_refused_by_name(signals, line):
    with pytest.raises(Refused) as refused:
        seen(**signals)
    assert str(refused.value).startswith(line)


numbers = {
    "customers_without_access": st.integers(0, 2),
    "customers_with_wrong_data": st.integers(0, 2),
    "users_degraded_pct": st.integers(0, 100),
    "api_latency_p95_ms": st.integers(0, 4000),
    "error_rate_pct": st.integers(0, 100),
    "error_rate_30m_pct": st.integers(0, 6),
    "error_rate_6h_pct": st.integers(0, 6),
    "minutes_over_1_pct": st.integers(0, 400),
    "dashboard_p75_ms": st.integers(0, 2000),
}


@settings(max_examples=60)
@given(st.fixed_dictionaries({}, optional=numbers), st.sampled_from(sorted(numbers)))
def test_a_worse_signal_never_lowers_the_severity(signals, name):
    order = (None, *reversed(SEVERITIES))
    worse = signals | {name: signals.get(name, 0) * 2}
    worse |= {
        key: min(value, 100) for key, value in worse.items() if key.endswith("_pct") and "minutes" not in key
    }
    assert order.index(seen(**worse).severity) >= order.index(seen(**signals).severity)


def roles(**known) -> list[tuple[str, str]]:
    given_ = {"severity": "CRITICAL", "detected_at": AT, "now": AT + timedelta(minutes=5)} | known
    return [(e.role, e.reason) for e in escalations(**given_)]


@pytest.mark.parametrize(
    "known, expected",
    [
        ({}, []),
        ({"security_breach": True}, [("ceo", "security breach")]),
        ({"data_lost_or_corrupt": True}, [("ceo", "data lost or corrupt")]),
        ({"now": AT + timedelta(minutes=29)}, []),
        ({"now": AT + timedelta(minutes=30)}, [("ceo", "not resolved within 30 minutes")]),
        ({"now": AT + timedelta(hours=2), "resolved_at": AT + timedelta(minutes=20)}, []),
        ({"severity": "HIGH", "now": AT + timedelta(minutes=45)}, []),
        ({"other_criticals_at": [AT - timedelta(days=7)]}, [("ceo", "second CRITICAL within 7 days")]),
        ({"other_criticals_at": [AT - timedelta(days=7, seconds=1)]}, []),
        ({"has_open_proposal": True}, [("vp_sales", "the customer has an open proposal")]),
        ({"renews_on": date(2026, 6, 1)}, [("vp_sales", "renewal within 90 days")]),
        ({"renews_on": date(2026, 6, 2)}, []),
        ({"severity": "MEDIUM", "is_reference": True}, [("vp_sales", "the customer is a reference")]),
        ({"severity": "LOW", "is_reference": True}, []),
        ({"severity": None, "is_reference": True}, []),
    ],
)
def test_escalations(known, expected):
    assert roles(**known) == expected


def test_channel_name():
    assert channel_name(AT) == "incident-20260303-1500"
    assert channel_name(AT, ZoneInfo("America/New_York")) == "incident-20260303-1000"
