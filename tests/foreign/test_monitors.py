"""Files of monitors: Uptime Kuma, Blackbox and Prometheus, Gatus, Google Cloud Monitoring, Upptime, kept webhooks."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import make
import pytest

from tai_ops.errors import UnreadableFile
from tai_ops.foreign import File, detect
from tai_ops.store import incoming
from tai_ops.store.facts import reliability_of
from tai_ops.store.incoming import NOTHING_SAID, Said
from tai_ops.store.records import RowsRefused

AT = datetime(2026, 1, 16, 15, 58, tzinfo=UTC)
TAKEN = Said(taken_at=AT)


def after(minutes):
    return AT + timedelta(minutes=minutes)


def brought(store, content, said=NOTHING_SAID, name="monitor", **more):
    """What loading the file did; a document is written as JSON."""
    data = content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else None
    file = File(json.dumps(content).encode() if data is None else data, name)
    found = incoming.recognised(file).reads(file, incoming.known(store, said))
    return incoming.bring_in(store, make.LOCAL_OWNER, found, now=make.NOW, name=name, said=said, **more)


def probes(store):
    return store.rows(
        "select service, seen_at, source, ok, latency_ms, status from probes order by seen_at, service"
    )


# --- Uptime Kuma

HEAD = "monitor_id,time,status,ping,important,duration,msg\n"


def test_heartbeats_of_the_sample_become_probes_and_one_maintenance(store, samples):
    data = (samples / "ops" / "SYNTHETIC_uptime_kuma_heartbeats.csv").read_bytes()
    told = brought(store, data)
    assert [row[1:] for row in probes(store)] == [
        (after(0), "uptime kuma", True, Decimal(212), 200),
        (after(2), "uptime kuma", False, None, None),
        (after(3), "uptime kuma", False, None, None),
        (after(4), "uptime kuma", True, Decimal(305), 200),
        (after(62), "uptime kuma", True, Decimal(198), 200),
    ]
    assert store.rows("select customer_id, began_at, ended_at, level, service from impacts") == [
        ("*", after(32), after(62), "maintenance", "monitor 1")
    ]
    assert store.rows("select severity, detected_at, resolved_at from incidents") == [
        ("LOW", after(32), after(62))
    ]
    assert (told.main.read, told.main.added) == (7, 5)
    assert {kind: one.added for kind, one in told.also.items()} == {"incidents": 1, "impacts": 1}
    again = brought(store, data)
    assert (again.main.added, again.main.updated, again.main.unchanged) == (0, 0, 5)


def test_a_pending_heartbeat_is_neither_up_nor_down(store):
    told = brought(store, HEAD + "1,2026-01-16 15:59:00.000,2,,0,60,timeout (retry 1)\n")
    assert probes(store) == []
    assert "pending" in told.notes[0]


def test_maintenance_is_in_no_uptime_and_a_longer_file_makes_it_longer(store):
    rows = [
        f"1,2026-01-16 {15 + (n + 58) // 60}:{(n + 58) % 60:02d}:00,{3 if 10 <= n < 40 else 1},9,0,60,x"
        for n in range(60)
    ]
    brought(store, HEAD + "\n".join(rows[:20]))
    assert store.row("select ended_at from impacts") == (after(20),)
    brought(store, HEAD + "\n".join(rows))
    assert store.row("select count(*), max(ended_at) from impacts") == (1, after(40))
    found, _ = reliability_of(
        store, (after(0), after(59)), now=make.NOW, service="monitor 1", target_pct=Decimal("99.5")
    )
    assert (found.maintenance_minutes, found.unknown_minutes, found.uptime_pct) == (30, 1, 100)
    # the minute between the last heartbeat and the first under maintenance belongs to neither


def test_a_monitors_name_can_mean_a_service_of_ours_and_the_answer_is_kept(store):
    row = "1,2026-01-16 15:59:00.000,1,12,0,60,200 - OK\n"
    brought(store, HEAD + row, Said(services={"monitor 1": "api"}))
    brought(store, HEAD + row.replace("59", "58"))
    assert {row[0] for row in probes(store)} == {"api"}
    assert store.rows("select name, service from service_names") == [("monitor 1", "api")]
    brought(store, HEAD + row.replace("59", "57"), Said(services={"monitor 1": "api"}))
    assert store.row("select count(*) from service_names") == (1,)


def test_heartbeats_as_json_and_a_code_in_the_message(store):
    beats = {
        "1": [
            {"monitorID": 1, "name": "API", "status": 0, "time": "2026-01-16 15:58:00.000", "ping": None,
             "msg": "Request failed with status code 503"},
        ]
    }  # fmt: skip
    brought(store, {"heartbeatList": beats})
    assert probes(store) == [("API", AT, "uptime kuma", False, None, 503)]


def test_a_bad_heartbeat_is_named_and_the_others_stay(store):
    text = HEAD + "1,yesterday,1,9,0,60,\n1,2026-01-16 15:58:00,7,9,0,60,\n1,2026-01-16 15:59:00,1,9,0,60,\n"
    told = brought(store, text, skip_bad=True)
    assert [(p.row, p.field) for p in told.main.rejected] == [(1, "seen_at"), (2, "status")]
    assert told.main.added == 1


def test_the_metrics_are_a_snapshot_that_needs_a_time(store, samples):
    data = (samples / "ops" / "SYNTHETIC_uptime_kuma_metrics.prom").read_bytes()
    with pytest.raises(RowsRefused, match="the file says no time: say when it was taken with --at"):
        brought(store, data)
    told = brought(store, data, TAKEN)
    assert probes(store) == [
        ("API", AT, "uptime kuma", True, Decimal("123.4"), None),
        ("DB", AT, "uptime kuma", False, None, None),  # -1 ms is no latency
    ]
    assert told.notes == ("monitors under maintenance, so left out: 1",)  # Dashboard "EU", its quotes escaped
    assert brought(store, data, TAKEN).main.unchanged == 2


def test_of_a_series_that_stands_twice_the_last_counts(store):
    line = 'monitor_status{monitor_name="A \\"x\\" \\\\ y",monitor_type="http"} %s\n'
    told = brought(store, line % "0" + line % "1", TAKEN)
    assert probes(store)[0][:4] == ('A "x" \\ y', AT, "uptime kuma", True)
    assert told.notes == ("series that stand twice, so the last of each counts: 1",)


def test_a_line_that_is_no_line_of_prometheus_is_named():
    file = File(b'monitor_status{monitor_name="A} 1\n', "m.prom")
    with pytest.raises(UnreadableFile, match=r"m\.prom: line 1"):
        detect(file).reads(file, None)


# --- The Blackbox exporter


@pytest.mark.parametrize(
    "name, looked",
    [
        ("blackbox_probe_success.prom", (True, Decimal("461.619"), 200)),
        (
            "blackbox_probe_failure.prom",
            (False, None, None),
        ),  # status 0 is no status, its duration no latency
    ],
)
def test_the_samples_of_the_blackbox_exporter(store, samples, name, looked):
    data = (samples / "ops" / name).read_bytes()
    with pytest.raises(RowsRefused, match="names no service: say which it is with --service"):
        brought(store, data, TAKEN)
    brought(store, data, Said(service="api", taken_at=AT))
    assert probes(store) == [("api", AT, "blackbox", *looked)]


def test_federated_values_carry_their_times_and_targets(store):
    stamp = int(AT.timestamp() * 1000)
    text = (
        f'probe_success{{instance="https://a",job="blackbox"}} 1 {stamp}\n'
        f'probe_duration_seconds{{instance="https://a",job="blackbox"}} 0.25 {stamp}\n'
        f'probe_success{{instance="https://b",job="blackbox"}} NaN {stamp}\n'
    )
    told = brought(store, text, skip_bad=True)
    assert probes(store) == [("https://a", AT, "blackbox", True, Decimal(250), None)]
    assert [(p.row, p.field) for p in told.main.rejected] == [(3, "ok")]


def test_a_long_answer_of_prometheus_is_recognised_by_a_line_far_in_it():
    other = b'node_cpu_seconds_total{cpu="0"} 1\n' * 10_000
    found = detect(File(other + b"probe_success 1\n", "f.prom"))
    assert found.id == "blackbox"
    assert detect(File(other, "f.prom")) is None


def test_a_query_over_a_range_is_history(store):
    def series(name, values):
        return {"metric": {"__name__": name, "instance": "api"}, "values": values}

    at = AT.timestamp()
    answer = {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [
                series("probe_success", [[at, "1"], [at + 60, "0"]]),
                series("probe_duration_seconds", [[at, "0.1"], [at + 60, "9.5"]]),
                series("probe_http_status_code", [[at, "200"], [at + 60, "503"]]),
            ],
        },
    }
    brought(store, answer)
    assert [row[1:] for row in probes(store)] == [
        (after(0), "blackbox", True, Decimal(100), 200),
        (after(1), "blackbox", False, Decimal(9500), 503),
    ]


# --- Gatus


def gatus(**more):
    return {
        "status": 200,
        "duration": 150_000_000,
        "success": True,
        "timestamp": "2026-01-16T15:58:00.123456789Z",
    } | more


def test_the_sample_of_gatus_was_never_looked_at(store, samples):
    with pytest.raises(RowsRefused, match=r"row 1, timestamp: .*never looked at"):
        brought(store, (samples / "ops" / "gatus_endpoint_statuses.json").read_bytes())


def test_gatus_counts_nanoseconds_and_a_slow_200_is_down(store):
    results = [gatus(), gatus(success=False, duration=750_000_000, timestamp="2026-01-16T15:59:00Z"),
               gatus(success=False, status=0, errors=["dial"], timestamp="2026-01-16T16:00:00Z")]  # fmt: skip
    brought(store, [{"name": "web", "group": "core", "key": "core_web", "results": results}])
    rows = probes(store)
    assert [row[0] for row in rows] == ["core/web"] * 3
    assert [row[3:] for row in rows] == [
        (True, Decimal(150), 200), (False, Decimal(750), 200), (False, None, None)
    ]  # fmt: skip


def test_gatus_names_newer_groups_and_no_group(store):
    brought(
        store,
        [{"name": "a", "groups": ["x", "y"], "results": [gatus()]}, {"name": "b", "results": [gatus()]}],
    )
    assert [row[0] for row in probes(store)] == ["b", "x/y/a"]


# --- Google Cloud Monitoring


def spread(counts, start=0, end=60, options=None, **more):
    return {
        "interval": {"startTime": after(start).isoformat(), "endTime": after(end).isoformat()},
        "value": {
            "distributionValue": {
                "count": str(sum(counts)),
                "bucketOptions": options or {"explicitBuckets": {"bounds": [0, 1, 2]}},
                "bucketCounts": [str(n) for n in counts],
            }
            | more
        },
    }


def series(*points, kind="DELTA", unit="s"):
    return {
        "timeSeries": [
            {
                "metric": {"type": "run.googleapis.com/request_latencies"},
                "resource": {"labels": {"service_name": "api"}},
                "metricKind": kind,
                "unit": unit,
                "points": list(points),
            }
        ]
    }


def counts(store):
    return store.rows(
        "select ended_at, low_ms, high_ms, samples from latency_counts order by ended_at, low_ms"
    )


def test_the_sample_distribution_covers_no_time(store, samples):
    with pytest.raises(RowsRefused, match=r"row 1, interval: ends at 1970-01-01"):
        brought(store, (samples / "ops" / "gcp_timeseries_distribution.json").read_bytes())


def test_a_distribution_becomes_counts_whose_last_bucket_has_no_end(store):
    told = brought(store, series(spread([0, 3, 0, 2])))
    assert counts(store) == [(after(60), 0, 1000, 3), (after(60), 2000, None, 2)]
    assert probes(store) == []
    assert (told.main.read, told.main.added) == (1, 2)
    assert brought(store, series(spread([0, 3, 0, 2]))).main.unchanged == 2


def test_points_newest_first_that_add_up_are_told_apart(store):
    document = series(spread([0, 9, 4, 1], end=120), spread([0, 6, 4, 0], end=60), kind="CUMULATIVE")
    brought(store, document)
    assert counts(store) == [
        (after(60), 0, 1000, 6), (after(60), 1000, 2000, 4),
        (after(120), 0, 1000, 3), (after(120), 2000, None, 1),
    ]  # fmt: skip
    starts = store.rows("select distinct started_at from latency_counts order by 1")
    assert [at for (at,) in starts] == [after(0), after(60)]


@pytest.mark.parametrize(
    "options, edges",
    [
        (
            {"linearBuckets": {"numFiniteBuckets": 2, "width": 10, "offset": 0}},
            [(0, 10), (10, 20), (20, None)],
        ),
        (
            {"exponentialBuckets": {"numFiniteBuckets": 2, "growthFactor": 2, "scale": 1}},
            [(0, 1), (1, 2), (2, 4)],
        ),
    ],
    ids=["linear", "exponential"],
)
def test_buckets_by_steps_and_by_growth(store, options, edges):
    brought(
        store,
        series(spread([0, 1, 1, 1] if "linearBuckets" in options else [1, 1, 1], options=options), unit="ms"),
    )
    assert [(row[1], row[2]) for row in counts(store)] == edges


@pytest.mark.parametrize(
    "point, field",
    [
        (spread([1, 1, 1, 1]), "bucketCounts"),  # an answer in less than no time
        (spread([0, 1], count="7"), "count"),
        (spread([0, 1], options={"explicitBuckets": {"bounds": [2, 1]}}), "bucketOptions"),
        (spread([0, 1, 1, 1, 1, 1]), "bucketCounts"),
        (spread([0, 1], end=0), "interval"),
    ],
)
def test_a_bad_point_is_named_and_the_others_stay(store, point, field):
    told = brought(store, series(point, spread([0, 1], start=60, end=120)), skip_bad=True)
    assert [(p.row, p.field) for p in told.main.rejected] == [(1, field)]
    assert told.main.added == 1


def test_counts_of_what_is_no_time_are_refused(store):
    with pytest.raises(RowsRefused, match="unit: 'By' is no time"):
        brought(store, series(spread([0, 1]), unit="By"))


def test_series_of_one_service_by_code_count_together(store):
    both = series(spread([0, 3]))["timeSeries"] + series(spread([0, 2, 1]))["timeSeries"]
    brought(store, {"timeSeries": both})
    assert counts(store) == [(after(60), 0, 1000, 5), (after(60), 1000, 2000, 1)]


def test_uptime_checks_become_probes_of_each_place(store):
    def check(metric, value, place="usa-iowa"):
        return {
            "metric": {
                "type": f"monitoring.googleapis.com/uptime_check/{metric}",
                "labels": {"check_id": "api", "checker_location": place},
            },
            "resource": {"labels": {"host": "api.example.com"}},
            "metricKind": "GAUGE",
            "points": [{"interval": {"endTime": AT.isoformat()}, "value": value}],
        }

    brought(
        store,
        {
            "timeSeries": [
                check("check_passed", {"boolValue": True}),
                check("request_latency", {"doubleValue": 87.5}),
                check("http_code", {"int64Value": "200"}),
                check("check_passed", {"boolValue": False}, "eur-belgium"),
            ]
        },
    )
    assert sorted(row[2:] for row in probes(store)) == [
        ("google eur-belgium", False, None, None),
        ("google usa-iowa", True, Decimal("87.5"), 200),
    ]


# --- Upptime


def test_minutes_of_a_day_are_kept_beside_the_record_and_are_no_downtime(store):
    site = {"name": "API", "slug": "api", "status": "up", "uptime": "99.93%", "time": 412,
            "dailyMinutesDown": {"2026-01-15": 12, "2026-01-16": "3"}}  # fmt: skip
    told = brought(store, [site])
    assert store.rows("select service, day, source, minutes_down from outage_days order by day") == [
        ("API", date(2026, 1, 15), "upptime", 12),
        ("API", date(2026, 1, 16), "upptime", 3),
    ]
    assert store.row("select count(*) from impacts") == (0,)
    assert "no downtime comes of them" in told.notes[0]
    site["dailyMinutesDown"] = {"2026-01-16": "a lot", "16.1.": 1}
    bad = brought(store, [site], skip_bad=True).main.rejected
    assert [(p.row, p.field) for p in bad] == [(1, "day"), (2, "minutes_down")]


def test_a_sites_own_file_is_one_check(store):
    text = "url: https://api.example.com\nstatus: down\ncode: 0\nresponseTime: 0\nlastUpdated: 2026-01-16T15:58:00.000Z\nstartTime: 2025-01-01T00:00:00Z\ngenerator: Upptime\n"
    brought(store, text, Said(services={"https://api.example.com": "api"}))
    assert probes(store) == [("api", AT, "upptime", False, None, None)]


# --- Webhooks that were kept


def test_the_kept_webhook_of_google_is_a_resolved_incident(store, samples):
    brought(store, (samples / "ops" / "gcp_alert_incident_webhook.json").read_bytes())
    assert store.rows("select incident_id, title, detected_at, resolved_at from incidents") == [
        (
            "GCM-0.m2d61b3s6d5d",
            "test condition",
            datetime(2021, 5, 11, 17, 35, 33, tzinfo=UTC),
            datetime(2021, 5, 18, 17, 35, 36, tzinfo=UTC),
        )
    ]


@pytest.mark.parametrize("ended", [None, 0])
def test_an_open_incident_of_google_has_no_end(store, ended):
    incident = {"incident_id": "0.a", "state": "open", "started_at": int(AT.timestamp()), "ended_at": ended}
    brought(
        store,
        [{"incident": incident, "version": "1.2"}, {"incident": incident | {"state": "odd"}}],
        skip_bad=True,
    )
    assert store.rows("select detected_at, resolved_at from incidents") == [(AT, None)]


def test_what_a_monitor_cannot_have_seen_yet_is_refused(store):
    with pytest.raises(RowsRefused, match=r"row 1, at: 2099.*lies in the future"):
        brought(store, HEAD + "1,2099-01-16 15:59:00.000,1,12,0,60,200 - OK\n")
    with pytest.raises(RowsRefused, match=r"row 1, at: 2099.*lies in the future"):
        make.loaded(store, "probes", "service,at,source,ok\napi,2099-01-01T00:00:00Z,me,true\n")
    with pytest.raises(RowsRefused, match="latency_ms: 86400001 is above 86400000"):
        make.loaded(
            store,
            "probes",
            "service,at,source,ok,latency_ms\napi,2026-01-01T00:00:00Z,me,true,86400001\n",
        )
