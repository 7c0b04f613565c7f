"""What incidents teach: the same numbers as the catalogue's, groups with their minutes, and what changed around each."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import make
import pytest

from tai_ops.errors import WrongUsage
from tai_ops.incident_learning import (
    ALL,
    ALL_CUSTOMERS,
    NO_CAUSE,
    NO_SERVICE,
    NOBODY,
    accuracy_in_words,
    few_words,
    learned,
    scores_in_words,
    span_of,
    spans,
    verdict,
)
from tai_ops.kpi import measure_all
from tai_ops.latency_spread import Bucket, is_at_least, spread_quantile
from tai_ops.period import Month
from tai_ops.store import facts as stored
from tai_ops.store.monitor_totals import first_at, outage_days, spreads

HEAD = "incident_id,title,severity,began_at,detected_at,acknowledged_at,diagnosed_at,path_at,resolved_at,root_cause\n"
ROWS = (
    # three of March, one of February, a request that counts nowhere
    "I-1,API down,CRITICAL,{3}T09:00Z,{3}T09:09Z,{3}T09:12Z,{3}T09:20Z,{3}T09:30Z,{3}T09:49Z,Database quota: too many\n"
    "I-2,Slow,HIGH,,{10}T09:00Z,{10}T09:30Z,,,{10}T11:00Z,database quota\n"
    "I-3,Wrong,MEDIUM,,{17}T09:00Z,,,,{17}T10:00Z,\n"
    "I-4,Old,CRITICAL,,2026-02-05T09:00Z,2026-02-05T09:30Z,,,2026-02-05T12:00Z,Deployment\n"
    "I-5,Wish,LOW,,{18}T09:00Z,,,,{19}T09:00Z,\n"
)
IMPACTS = (
    "incident_id,customer_id,began_at,ended_at,level,service\n"
    "I-1,*,{3}T09:00Z,{3}T09:30Z,full,api\n"
    "I-1,C-1,{3}T09:20Z,{3}T09:50Z,full,api\n"
    "I-1,C-1,{3}T09:00Z,{3}T10:00Z,partial,dashboard\n"
    "I-2,C-2,{10}T09:00Z,{10}T09:10Z,full,\n"
)


def march(text):
    for day in (3, 10, 17, 18, 19):
        text = text.replace(f"{{{day}}}", f"2026-03-{day:02d}")
    return text


@pytest.fixture
def facts(store):
    make.loaded(
        store,
        "customers",
        "customer_id,name,status,go_live_on\nC-1,Acme,live,2025-01-01\nC-2,Bell,live,2025-01-01\n",
    )
    make.loaded(store, "incidents", march(HEAD + ROWS))
    make.loaded(store, "impacts", march(IMPACTS))
    make.loaded(
        store,
        "measurements",
        "customer_id,warehouse,measured_on,kind,method,accuracy_pct\n"
        "C-1,Main,2026-01-02,current,tai,99\n"
        "C-1,Main,2026-02-28,current,tai,97\n"
        "C-1,Main,2026-03-03,current,tai,50\n"  # the day itself: on neither side
        "C-1,Main,2026-03-20,current,tai,96\n"
        "C-1,East,2026-02-28,baseline,legacy,80\n"
        "C-1,East,2026-03-20,current,tai,97\n"
        "C-2,Main,2025-06-01,current,tai,90\n",  # too long ago
    )
    make.loaded(
        store,
        "scores",
        "customer_id,respondent,answered_on,score\n"
        "C-1,ann,2026-02-01,5\nC-1,ann,2026-02-20,9\nC-1,bob,2026-02-20,8\n"
        "C-1,ann,2026-03-10,7\nC-1,ann,2026-03-25,10\nC-1,cy,2026-03-10,4\n",
    )

    def read(**more):
        return stored.facts(store, stored.window(store, make.NOW, **more))

    return read


def of(facts, code, **more):
    found = facts(**more)
    return learned(found, span_of(code, spans(found.incidents, found.window.as_of, found.calendar.zone)))


def test_a_months_numbers_are_the_catalogues(facts):
    found = of(facts, "2026-03")
    kpis = measure_all(facts(month=Month(2026, 3)))
    assert found.times.detect.median_minutes == kpis["mttd_minutes"].value == 9  # E14
    assert found.times.acknowledge.median_minutes == kpis["mtta_minutes"].value == Decimal("16.5")
    assert found.times.resolve.median_minutes == kpis["mttr_minutes"].value == 60
    assert found.times.resolve.mean_minutes == Decimal(220) / 3
    assert (found.times.detect.n, found.times.acknowledge.n, found.times.resolve.n) == (1, 2, 3)
    assert len(found.detected) == kpis["incidents_opened"].value == 3
    assert Decimal(100 * found.met) / found.due == kpis["timers_met_pct"].value
    assert sum(g.outage_minutes for g in found.causes) == kpis["downtime_minutes"].value == 60


def test_a_quarter_and_all_time_hold_their_months(facts):
    assert len(of(facts, "2026-Q1").resolved) == 4
    assert len(of(facts, ALL).resolved) == 4
    assert [str(line.month) for line in of(facts, "2026-Q1").months] == ["2026-03", "2026-02", "2026-01"]
    assert [(line.detected, line.times.resolve.n) for line in of(facts, "2026-Q1").months] == [
        (3, 3),
        (1, 1),
        (0, 0),
    ]


def test_periods_begin_with_the_first_incident_and_on_the_companys_clock(facts):
    found = facts()
    offered = spans(found.incidents, found.window.as_of, found.calendar.zone)
    assert [one.code for one in offered] == ["all", "2026-Q2", "2026-Q1", "2026-04", "2026-03", "2026-02"]
    with pytest.raises(WrongUsage, match="written like 2026-03, 2026-Q1 or all"):
        span_of("2026-13", offered)


def test_timers_stand_in_the_playbooks_order(facts):
    lines = [(one.timer, one.met, one.due) for one in of(facts, "2026-03").timers]
    assert lines == [("acknowledge", 1, 1), ("diagnose", 1, 1), ("path", 1, 1), ("resolve", 2, 3)]


def test_causes_of_one_class_stand_together_and_an_unnamed_one_is_said(facts):
    found = {g.name: g for g in of(facts, "2026-03").causes}
    assert {name: len(g.incidents) for name, g in found.items()} == {"Database quota": 2, NO_CAUSE: 1}
    assert found["Database quota"].outage_minutes == 60  # 09:00 to 09:50 once, and 10 minutes
    assert (found["Database quota"].resolve.mean_minutes, found["Database quota"].resolve.n) == (80, 2)


def test_one_incident_stands_under_every_service_that_it_hit(facts):
    found = {g.name: (len(g.incidents), g.outage_minutes) for g in of(facts, "2026-03").services}
    assert found == {"api": (1, 50), "dashboard": (1, 0), NO_SERVICE: (2, 10)}


def test_a_customers_line_holds_what_hit_it_alone_and_what_hit_all(facts):
    found = {g.name: (len(g.incidents), g.outage_minutes) for g in of(facts, "2026-03").customers}
    assert found == {"Acme": (1, 50), "Bell": (2, 40), ALL_CUSTOMERS: (1, 30), NOBODY: (1, 0)}


def test_accuracy_before_and_after_compares_the_nearest_days_of_one_method(facts):
    found = {
        (a.customer_id, a.warehouse): a
        for a in of(facts, "2026-03").accuracy
        if a.incident.incident_id == "I-1"
    }
    main, east = found["C-1", "Main"], found["C-1", "East"]
    assert (main.before.measured_on, main.after.measured_on) == (date(2026, 2, 28), date(2026, 3, 20))
    assert main.change_points == -1
    assert (east.change_points, east.note) == (None, "not comparable: legacy before, tai after")
    assert ("C-2", "Main") not in found
    assert accuracy_in_words(of(facts, "2026-03").accuracy) == (
        "Accuracy in 1 comparison: 0 rose, 1 fell, 0 stayed; median −1.0 points; too few to tell (under 5)."
    )
    assert accuracy_in_words(()) == "Accuracy: nothing compares yet."


def test_scores_compare_who_answered_both_times(facts):
    [row] = [s for s in of(facts, "2026-03").scores if s.incident.incident_id == "I-1"]
    assert (row.before_mean, row.before_n) == (Decimal("8.5"), 2)  # ann 9, bob 8
    assert (row.after_mean, row.after_n) == (Decimal("5.5"), 2)  # ann 7, cy 4
    assert (row.change, row.pairs) == (-2, 1)
    assert "1 fell" in scores_in_words([row])


def test_another_incident_between_is_said(store, facts):
    make.loaded(
        store, "impacts", "incident_id,customer_id,began_at,level\nI-3,C-1,2026-03-17T09:00Z,degraded\n"
    )
    notes = {
        a.note
        for a in of(facts, "2026-03").accuracy
        if a.incident.incident_id == "I-1" and a.warehouse == "Main"
    }
    assert notes == {"other incidents between: I-3"}


def test_few_incidents_are_said_to_be_few(facts):
    assert [few_words(n) for n in (0, 2, 5)] == ["none", "too few to tell (n 2, under 5)", ""]
    assert verdict(of(facts, "2026-03")) == (
        "March 2026: 3 detected, 3 resolved, half of them within 60 min; acknowledged within 16.5 min (median); 5 of 6 timers met; "
        "most often: Database quota (2). With 3 resolved, means and medians say little."
    )
    assert verdict(of(facts, "2026-04")) == "April 2026: no incident."


def bucket(low, high, samples):
    return Bucket(Decimal(low), None if high is None else Decimal(high), samples)


def test_percentiles_of_counts_add_buckets_and_never_average():
    one = [bucket(0, 10, 10), bucket(10, 20, 10)]
    assert spread_quantile(one, Decimal("0.5")) == 10
    assert spread_quantile(one, Decimal("0.75")) == 15
    other = [bucket(0, 5, 20)]  # other bounds: 40 answers in all, half of them under 5
    assert spread_quantile([*one, *other], Decimal("0.25")) == Decimal("2.5") / Decimal("1.25") * Decimal(1)
    assert spread_quantile([], Decimal("0.5")) is None


def test_a_percentile_in_the_open_bucket_is_at_least_its_lower_bound():
    found = [bucket(0, 100, 90), bucket(100, None, 10)]
    assert (spread_quantile(found, Decimal("0.95")), is_at_least(found, Decimal("0.95"))) == (100, True)
    assert not is_at_least(found, Decimal("0.9"))


def test_what_a_monitor_counted_stands_beside_the_record(store, facts):
    make.loaded(
        store,
        "outage_days",
        "service,day,source,minutes_down\napi,2026-03-03,upptime,62\nweb,2026-03-04,upptime,5\n",
    )
    found = facts()
    span = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    days = outage_days(store, found.impacts, span, make.NOW)
    assert [(d.service, d.recorded_minutes, d.missing_minutes) for d in days] == [
        ("api", 50, 12),
        ("web", 0, 5),
    ]


def test_totals_begin_the_periods_where_they_are_older_than_every_incident(store, facts):
    assert first_at(store) is None
    make.loaded(store, "outage_days", "service,day,source,minutes_down\napi,2026-01-07,upptime,3\n")
    assert first_at(store) == datetime(2026, 1, 7, tzinfo=UTC)
    found = facts()
    offered = spans(found.incidents, found.window.as_of, found.calendar.zone, first_at(store))
    assert [one.code for one in offered][-1] == "2026-01"


def test_counts_of_a_span_are_added_up_by_service(store):
    rows = "".join(
        f"api,2026-03-02T{h:02d}:00Z,google,{low},2026-03-02T{h - 1:02d}:00Z,{high},10\n"
        for h in (9, 10) for low, high in ((0, 200), (200, ""))
    )  # fmt: skip
    make.loaded(store, "latency_counts", "service,ended_at,source,low_ms,started_at,high_ms,samples\n" + rows)
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    found = spreads(store, (start, start + timedelta(hours=1)))
    assert [b.samples for b in found["api"]] == [10, 10]
    assert [b.samples for b in spreads(store, (start, start + timedelta(hours=2)))["api"]] == [20, 20]
