from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.period import BusinessCalendar
from tai_ops.reliability import Incident
from tai_ops.response import KeptTimer, open_critical, opened, response_times, run_timers, timers_met

T0 = datetime(2026, 3, 6, 9, tzinfo=UTC)  # a Friday
START, END = T0 - timedelta(days=3), T0 + timedelta(days=30)
NOW = T0 + timedelta(days=20)


def at(minute):
    return None if minute is None else T0 + timedelta(minutes=minute)


def incident(
    severity="CRITICAL", *, began=None, detected=0, ack=None, diag=None, path=None, fixed=None, done=None
):
    return Incident(
        "I-1",
        "API down",
        severity,
        at(began),
        at(detected),
        at(ack),
        at(diag),
        at(path),
        at(fixed),
        at(done),
    )


def test_mean_and_median_time_to_resolve():
    closes = [incident(done=60 * hours) for hours in (44, 100, 40, 20)]
    got = response_times(closes, START, END).resolve
    assert (got.mean_minutes, got.median_minutes, got.n) == (51 * 60, 42 * 60, 4)  # E13: 2 d 3 h


def test_time_to_detect_counts_from_the_beginning():
    got = response_times([incident(began=0, detected=9, ack=12, done=40)], START, END)
    assert got.detect.mean_minutes == 9  # E14
    assert got.acknowledge.mean_minutes == 3
    assert (got.resolve.mean_minutes, got.outage.mean_minutes) == (31, 40)


def test_each_time_is_of_those_that_carry_it():
    got = response_times([incident(ack=2, done=30), incident(done=50)], START, END)
    assert (got.acknowledge.n, got.resolve.n) == (1, 2)
    assert (got.detect.mean_minutes, got.detect.median_minutes, got.detect.n) == (None, None, 0)


@pytest.mark.parametrize("severity, n", [("LOW", 0), (None, 1), ("MEDIUM", 1)])
def test_requests_are_no_incidents(severity, n):
    one = incident(severity, done=10)
    assert response_times([one], START, END).resolve.n == n
    assert len(opened([one], START, END)) == n


def test_the_period_is_that_of_the_resolution():
    one = incident(done=60)
    assert response_times([one], at(0), at(60)).resolve.n == 0
    assert response_times([one], at(60), at(61)).resolve.n == 1
    assert response_times([incident()], START, END).resolve.n == 0


@pytest.mark.parametrize(
    "one, missed",
    [
        pytest.param(incident(ack=5, diag=15, path=30, done=60), [], id="all-at-the-last-moment"),
        pytest.param(
            incident(ack=6, diag=16, path=31, done=61),
            ["acknowledge", "diagnose", "path", "resolve"],
            id="all-late",
        ),
        pytest.param(incident(ack=3, path=12, done=26), [], id="a-later-step-implies-the-earlier"),
        pytest.param(
            incident(ack=3, fixed=28, done=70), ["diagnose", "resolve"], id="mitigated-implies-path"
        ),
        pytest.param(incident(), ["acknowledge", "diagnose", "path", "resolve"], id="no-stamps"),
        pytest.param(incident("HIGH", done=60), [], id="high"),
        pytest.param(incident("HIGH", done=61), ["resolve"], id="high-late"),
        pytest.param(incident("MEDIUM", done=241), ["resolve"], id="medium-late"),
    ],
)
def test_timers(one, missed):
    got = timers_met([one], START, END, now=NOW)
    assert [timer.timer for timer in got.missed] == missed
    assert got.due == (4 if one.severity == "CRITICAL" else 1)
    assert got.met == got.due - len(missed)
    assert got.pct == Decimal(100 * got.met) / got.due


def test_running_timers_are_left_out():
    got = timers_met([incident(ack=2)], START, END, now=at(14))
    assert (got.met, got.due) == (1, 1)
    assert timers_met([incident(ack=2)], START, END, now=at(15)).due == 2


def test_a_timer_counts_when_its_step_is_reached_or_when_it_runs_out():
    one = incident("HIGH", done=10)
    assert timers_met([one], START, at(11), now=NOW).due == 1
    late = incident("HIGH", done=70)
    assert [timers_met([late], START, at(m), now=NOW).due for m in (60, 61)] == [0, 1]


def test_no_timer_no_percentage():
    none = timers_met([incident("LOW"), incident(None, done=3)], START, END, now=NOW)
    assert (none.due, none.pct) == (0, None)


MONDAY_10H = (3 * 24 + 1) * 60  # Friday 16:00 to 18:00 and Monday 8:00 to 10:00 make four support hours


@pytest.mark.parametrize(
    "severity, done, met",
    [("MEDIUM", MONDAY_10H, 1), ("MEDIUM", MONDAY_10H + 1, 0), ("HIGH", MONDAY_10H, 0)],
)
def test_medium_may_run_in_support_hours_alone(severity, done, met):
    one = incident(severity, detected=7 * 60, done=done)
    assert timers_met([one], START, END, now=NOW, support_hours=BusinessCalendar()).met == met
    assert timers_met([one], START, END, now=NOW).met == 0


@pytest.mark.parametrize("detected", [-120, 0])
def test_support_hours_open_at_eight(detected):
    one = incident("MEDIUM", detected=detected)
    got = timers_met([one], START, END, now=NOW, support_hours=BusinessCalendar())
    assert got.missed[0].due_at == at(180 if detected else 240)


MINUTE = st.integers(0, 300)
STAMP = st.none() | MINUTE


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            incident,
            st.sampled_from(["CRITICAL", "HIGH", "MEDIUM"]),
            detected=MINUTE,
            ack=STAMP,
            diag=STAMP,
            done=STAMP,
        ),
        max_size=4,
    ),
    MINUTE,
)
def test_each_timer_counts_in_one_period_alone(incidents, cut):
    whole, left, right = (
        timers_met(incidents, *edges, now=NOW) for edges in [(START, END), (START, at(cut)), (at(cut), END)]
    )
    assert (left.met + right.met, left.due + right.due) == (whole.met, whole.due)
    assert whole.due == sum(4 if i.severity == "CRITICAL" else 1 for i in incidents)


def test_open_critical_at_an_instant():
    critical = incident(done=30)
    assert [bool(open_critical([critical], at(m))) for m in (-1, 0, 29, 30)] == [False, True, True, False]
    assert open_critical([incident("HIGH"), incident()], at(99)) == [incident()]


def test_opened_goes_by_detection():
    assert opened([incident()], at(0), at(1)) == [incident()]
    assert opened([incident()], at(-1), at(0)) == []


def test_how_a_timer_ended_is_kept_whatever_is_said_of_the_incident_later():
    missed = KeptTimer("I-1", "CRITICAL", "acknowledge", T0 + timedelta(minutes=5), at(7), met=False)
    met = KeptTimer("I-1", "CRITICAL", "diagnose", T0 + timedelta(minutes=15), at(9), met=True)
    lowered = incident("MEDIUM", ack=1, diag=9, done=30)  # its acknowledgement was corrected to minute 1
    found = timers_met([lowered], START, END, now=NOW, kept=(missed, met))
    assert (found.met, found.due) == (2, 3)  # diagnose of CRITICAL and resolve of MEDIUM
    assert [one.timer for one in found.missed] == ["acknowledge"]
    assert timers_met([incident("LOW")], START, END, now=NOW, kept=(missed,)).due == 0


def test_a_met_timer_runs_again_once_its_step_is_not_reached_and_a_missed_one_does_not():
    met = KeptTimer("I-1", "CRITICAL", "resolve", T0 + timedelta(minutes=60), at(40), met=True)
    reopened = incident(ack=2, diag=10, path=20)
    now = T0 + timedelta(minutes=50)
    states = {
        one.timer: one.state for one in run_timers(reopened, (met,), now=now, calendar=BusinessCalendar())
    }
    assert states == {"acknowledge": "met", "diagnose": "met", "path": "met", "resolve": "running"}
    late = KeptTimer("I-1", "CRITICAL", "resolve", T0 + timedelta(minutes=60), at(70), met=False)
    [*_, resolve] = run_timers(reopened, (late,), now=now, calendar=BusinessCalendar())
    assert resolve.state == "missed"
