"""The rollups of the probes: made with the samples, corrected with them, the same when made anew, there when these go."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import make
import pytest

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.probe_samples import Sample
from tai_ops.reliability import Interval, is_error, quantile
from tai_ops.store import Store, corrections, freshness, intake, migrate, probes, rollups
from tai_ops.store import settings as stored_settings
from tai_ops.store.doctor import check
from tai_ops.store.records import RowsRefused, void

D = Decimal
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
START = datetime(2026, 3, 30, tzinfo=UTC)
MONITOR = intake.monitor("kuma")


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store.in_memory()
    yield made
    made.close()


def sample(
    minute: float, ms: float | None = 200, service: str = "api", *, ok: bool = True, by: str = "eu"
) -> Sample:
    return Sample(service, START + minute * MINUTE, by, ok, ms, 200 if ok else 503)


def sent(store: Store, samples: list[Sample]) -> None:
    intake.receive_samples(store, MONITOR, samples, now=make.NOW)


def four_days(store: Store) -> list[Sample]:
    """Four days of two services, an odd one every few minutes, in batches that cut days apart; the last day is open."""
    draw = random.Random(7)
    rows = [
        sample(
            4 * n + (draw.random() if service == "web" else 0),
            None if n % 97 == 0 else round(draw.lognormvariate(5, 1), 3),
            service,
            ok=n % 97 != 0,
        )
        for n in range(1400)
        for service in ("api", "web")
    ]
    for first in range(0, len(rows), 900):
        sent(store, rows[first : first + 900])
    return rows


def window(days: float, start: datetime = START) -> Interval:
    return start, start + days * DAY


def everything(store: Store) -> Sequence[object]:
    """What the probes say about several windows, exactly and by histogram."""
    spans = [window(4), window(1), window(0.5, START + DAY), (START + DAY, START + 3 * DAY)]
    with store.cursor() as cursor:
        return [
            [
                probes.coverages(cursor, span),
                probes.failing(cursor, span),
                probes.latency(cursor, span, "web"),
            ]
            for span in spans
        ] + [
            probes.latencies(cursor, spans, by_service=True),
            probes.latencies(cursor, spans, exact_up_to=0),
        ]


def held(store: Store) -> list[object]:
    """The rollups with the rows of a key added up."""
    return [
        store.rows(
            """
            select service, minute, ok, bin, latency_ms, sum(samples), sum(errors), min(first_at), max(last_at)
            from probe_minutes group by all order by all
            """
        ),
        store.rows("select * from probe_days order by all"),
    ]


def test_rollups_are_made_as_samples_arrive_and_are_the_same_when_made_anew(store: Store) -> None:
    four_days(store)
    before, said = held(store), everything(store)
    assert store.rows("select distinct day from probe_days order by day") == [
        ((START + n * DAY).date(),) for n in range(3)
    ]
    assert rollups.rebuild(store, make.CEO, now=make.NOW) == 2800
    assert (held(store), everything(store)) == (before, said)
    with store.cursor() as cursor:
        assert rollups.differing(cursor) == []


def test_percentiles_are_those_of_the_samples_and_within_one_per_cent_by_histogram(store: Store) -> None:
    rows = four_days(store)
    with store.cursor() as cursor:
        exact = probes.latencies(cursor, [window(4), window(1)], by_service=True)
        rough = probes.latencies(cursor, [window(4), window(1)], by_service=True, exact_up_to=0)
        raw = probes.from_samples(cursor, {0: window(4)}, by_service=True)
    for (n, service), found in exact.items():
        inside = [r for r in rows if r.service == service and r.at < START + (4, 1)[n] * DAY]
        values = [D(str(r.latency_ms)) for r in inside if r.latency_ms is not None]
        assert (found.samples, found.answered, found.exact) == (len(inside), len(values), True)
        assert found.error_rate_pct == 100 * D(len(inside) - len(values)) / len(inside)
        for p, name in zip(probes.QUANTILES, ("p50_ms", "p95_ms", "p99_ms"), strict=True):
            wanted = quantile(values, p)
            assert wanted is not None
            assert getattr(found, name) == wanted
            assert abs(getattr(rough[n, service], name) - wanted) <= wanted / 100
            if n == 0:
                assert getattr(raw[n, service], name) == pytest.approx(wanted, abs=D("0.000002"))
        assert not rough[n, service].exact


def test_a_file_a_correction_and_a_void_move_the_rollups_too(store: Store) -> None:
    four_days(store)
    make.loaded(
        store,
        "probes",
        "service,at,source,ok,latency_ms,status\n"
        "api,2026-03-30T00:00:00+00:00,eu,true,90,200\napi,2026-03-31T00:00:30+00:00,us,false,,500\n",
    )
    key = "api,2026-03-30T00:04:00+00:00,eu"
    void(store, make.CEO, KINDS["probes"], key, "a test of the monitor", now=make.NOW)
    with store.cursor() as cursor:
        assert rollups.differing(cursor) == []
        assert probes.latency(cursor, (START, START + 5 * MINUTE), "api").p50_ms == 90
        assert probes.latency(cursor, window(4)).samples == 2800
    corrections.restore(store, make.CEO, KINDS["probes"], key, now=make.NOW, request_key="r")
    before = held(store)
    with store.cursor() as cursor:
        assert rollups.differing(cursor) == []
        assert probes.latency(cursor, window(4)).samples == 2801
    rollups.rebuild(store, make.CEO, now=make.NOW)
    assert held(store) == before


def test_a_late_sample_of_a_day_that_is_over_counts_there(store: Store) -> None:
    four_days(store)
    sent(store, [sample(1.5, 9000, "api", by="late")])
    with store.cursor() as cursor:
        assert rollups.differing(cursor) == []
        assert probes.latencies(cursor, [window(1)], exact_up_to=0, service="api")[0, None].samples == 361


def test_numbers_stay_when_samples_are_pruned(store: Store) -> None:
    four_days(store)
    before = everything(store)
    stored_settings.change(store, make.CEO, "probe_raw_days", 2, now=make.NOW)
    done = rollups.prune(store, make.CEO, now=make.NOW)
    assert (str(done.before), done.days) == ("2026-04-01", 2)
    assert store.row("select count(*), min(seen_at) from probes") == (2800 - done.samples, START + 2 * DAY)
    assert everything(store) == before
    again = rollups.prune(store, make.CEO, now=make.NOW)
    assert again.samples == 0
    rollups.rebuild(store, make.CEO, now=make.NOW)
    assert everything(store) == before
    assert [f.level for f in check(store, now=make.NOW) if f.check == "rollups"] == ["good"]
    audit = store.rows("select detail_json from audit where event = 'prune probes' order by done_at")
    assert f'"samples": {done.samples}' in audit[0][0]


def test_a_sample_of_a_pruned_day_is_refused_by_name(store: Store) -> None:
    four_days(store)
    stored_settings.change(store, make.CEO, "probe_raw_days", 2, now=make.NOW)
    rollups.prune(store, make.CEO, now=make.NOW)
    with pytest.raises(RowsRefused, match="row 1, at: the samples before 2026-04-01 are pruned"):
        make.loaded(store, "probes", "service,at,source,ok\napi,2026-03-30T00:00:00+00:00,eu,true\n")


def test_what_the_setting_keeps_is_not_pruned(store: Store) -> None:
    four_days(store)
    assert rollups.prune(store, make.CEO, now=make.NOW).samples == 0
    with pytest.raises(Refused, match="samples are kept for 90 days, so those before 2026-01-03 may go"):
        rollups.prune(store, make.CEO, now=make.NOW, before=START.date())


def test_a_rollup_that_is_wrong_is_found_mended_and_keeps_samples_from_being_pruned(store: Store) -> None:
    four_days(store)
    sound = held(store)
    with store.cursor() as cursor:
        cursor.execute(
            "update probe_minutes set samples = samples + 1 where minute = (select min(minute) from probe_minutes)"
        )
        cursor.execute("delete from probe_days where service = 'web' and day = '2026-03-31' and bin is null")
    found = [f.detail for f in check(store, now=make.NOW) if f.check == "rollups"]
    assert "the rollups of api on 2026-03-30 hold 361 of 360 samples" in found[0]
    assert "tai-ops rollups rebuild" in found[0]
    assert len(found) == 3
    stored_settings.change(store, make.CEO, "probe_raw_days", 2, now=make.NOW)
    with pytest.raises(Refused, match="nothing was dropped"):
        rollups.prune(store, make.CEO, now=make.NOW)
    rollups.rebuild(store, make.CEO, now=make.NOW)
    assert held(store) == sound


def test_a_busy_minute_keeps_bins_once_its_day_is_over_and_is_still_read_exactly(store: Store) -> None:
    busy = [sample(n / 200, 100 + n, by=str(n)) for n in range(150)]
    sent(store, busy)
    values = [D(str(r.latency_ms)) for r in busy]
    with store.cursor() as cursor:
        before = probes.latency(cursor, window(1))
        sent(store, [sample(2000)])
        assert store.row("select count(*) from probe_minutes where latency_ms is null") != (0,)
        assert rollups.differing(cursor) == []
        after = probes.latency(cursor, window(1))
        rough = probes.latencies(cursor, [window(1)], exact_up_to=0)[0, None]
        assert before.p95_ms == quantile(values, D("0.95"))
        assert after.p95_ms == pytest.approx(before.p95_ms, abs=D("0.000002"))
        assert after.exact
        stored_settings.change(store, make.CEO, "probe_raw_days", 2, now=make.NOW)
        rollups.prune(store, make.CEO, now=make.NOW)
        assert replace(probes.latency(cursor, window(1)), exact=False).samples == 150
        left = probes.latency(cursor, window(1)).p95_ms
        assert left is not None
        assert before.p95_ms is not None
        assert abs(left - before.p95_ms) <= before.p95_ms / 100
        assert left == pytest.approx(rough.p95_ms, rel=D("0.0001"))


def test_a_loaded_sample_of_the_future_is_refused(store: Store) -> None:
    with pytest.raises(RowsRefused, match="2099-04-03 23:00:00 UTC lies in the future"):
        make.loaded(store, "probes", "service,at,source,ok\napi,2099-04-03T23:00:00+00:00,eu,true\n")


@pytest.mark.parametrize("ms", ["-1", "NaN", "1000000000000", "inf"])
def test_a_latency_that_cannot_be_is_refused_by_name(store: Store, ms: str) -> None:
    with pytest.raises(RowsRefused, match="row 1, latency_ms"):
        make.loaded(
            store, "probes", f"service,at,source,ok,latency_ms\napi,2099-04-03T10:00:00+00:00,eu,true,{ms}\n"
        )


def test_pages_take_streaming_samples_anew_every_few_seconds_and_records_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(freshness.time, "monotonic", lambda: clock[0])
    sent(store, [sample(0)])
    first = freshness.version(store), freshness.probes_version(store)
    sent(store, [sample(1)])
    assert (freshness.version(store), freshness.probes_version(store)) == first
    make.loaded(store, "probes", "service,at,source,ok\napi,2026-03-30T05:00:00+00:00,eu,true\n")
    loaded = freshness.version(store), freshness.probes_version(store)
    assert loaded[0] != first[0]
    assert loaded[1] != first[1]
    clock[0] += freshness.SETTLING_SECONDS
    assert freshness.version(store) != loaded[0]


def test_an_error_is_told_alike_by_the_rollups_the_samples_and_the_rule(store: Store) -> None:
    looks = [
        (True, 200),
        (True, 500),
        (False, None),
        (False, 200),
        (False, 404),
        (False, 503),
        (True, 404),
        (True, None),
        (False, 0),
    ]
    sent(
        store,
        [Sample("api", START + n * MINUTE, "eu", ok, None, status) for n, (ok, status) in enumerate(looks)],
    )
    wanted = sum(is_error(ok, status) for ok, status in looks)
    with store.cursor() as cursor:
        assert probes.latency(cursor, window(1)).errors == wanted == 5
        assert probes.from_samples(cursor, {0: window(1)})[0, None].errors == wanted


def test_a_store_from_before_the_rollups_gets_the_same_ones(store: Store) -> None:
    four_days(store)
    with store.cursor() as cursor, duckdb.connect(":memory:") as old:
        rows = cursor.execute("select * from probes").to_arrow_table()
        for number, _, sql in migrate.migrations():
            if number < 16:
                old.execute(sql)
        old.register("rows_before", rows)
        old.execute("insert into probes select * from rows_before")
        old.execute(next(sql for number, _, sql in migrate.migrations() if number == 16))
        rollups.rebuild(store, make.CEO, now=make.NOW)
        for table in ("probe_minutes", "probe_days"):
            query = f"select * from {table} order by all"
            assert old.execute(query).fetchall() == store.rows(query), table
