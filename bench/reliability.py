"""Five million probe samples of a year: weekly uptime and percentiles of 20 services, and samples coming in under load.

`python bench/reliability.py [samples] [rollups|raw|beside|intake]`; all of them where none is named. What is compared
runs on the same samples in the same minutes: DuckDB's own one query on the same table, pandas, SQLite, and polars where
it can be imported.
"""

import asyncio
import http.client
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from run import GENERATOR, said, timed
from served import demo_store, folder, served, tai_ops

from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store, probes, rollups

SAMPLES, SERVICES, WEEKS = 5_000_000, 20, 52
START = datetime(2025, 11, 24, tzinfo=UTC)
WINDOWS = [(START + timedelta(weeks=n), START + timedelta(weeks=n + 1)) for n in range(WEEKS)]
NOW = START + timedelta(weeks=WEEKS)
FROM_ROLLUPS_SECONDS, RAW_RATIO, A_SECOND = 0.2, 1.2, 20_000
BATCH, BATCHES, SENDERS, SESSIONS = 1_000, 60, 4, 10
OWN_QUERY = """
select service, (epoch_us(seen_at) - 1763942400000000) // 604800000000 as week, avg(ok::integer) as up,
       quantile_cont(latency_ms, [0.5, 0.95, 0.99]) as latency
from probes group by service, week order by service, week
"""
TRUNCATED = OWN_QUERY.replace(
    "(epoch_us(seen_at) - 1763942400000000) // 604800000000", "date_trunc('week', seen_at)"
)
IN_SQLITE = """
with placed as (
    select service, week, ok, latency_ms,
           row_number() over (partition by service, week order by latency_ms) as place,
           count(*) over (partition by service, week) as n
    from samples
)
select service, week, avg(ok), max(case when place <= 1 + (n - 1) * 0.5 then latency_ms end),
       max(case when place <= 1 + (n - 1) * 0.95 then latency_ms end),
       max(case when place <= 1 + (n - 1) * 0.99 then latency_ms end)
from placed group by service, week order by service, week
"""


def main() -> None:
    """Run what was asked for."""
    count = next((int(word) for word in sys.argv[1:] if word.isdigit()), SAMPLES)
    asked = [word for word in sys.argv[1:] if not word.isdigit()] or ["rollups", "raw", "beside", "intake"]
    with folder() as place:
        if {"rollups", "raw", "beside"} & set(asked):
            reading(place, count, asked)
        if "intake" in asked:
            intake(place)


def reading(place: Path, count: int, asked: list[str]) -> None:
    """Weekly figures from the rollups and from the raw samples, beside others on the same samples."""
    if not GENERATOR.exists():
        print("skipped: the generator of samples is not beside the checkout")
        return
    subprocess.run([sys.executable, GENERATOR, "probes", str(count), place], check=True, capture_output=True)
    table = pq.read_table(place / "probes.parquet")
    store = filled(place / "year.duckdb", table)
    counts = store.row(
        "select (select count(*) from probes), (select count(*) from probe_minutes), (select count(*) from probe_days)"
    )
    print("{:,} samples, {:,} rows by minute, {:,} rows by day".format(*(counts or ())))
    with store.cursor() as cursor:
        if "rollups" in asked:
            rough = lambda: probes.latencies(cursor, WINDOWS, by_service=True, exact_up_to=0)  # noqa: E731
            said(
                "52 weeks × 20 services from the rollups", timed(rough, 7), f"at most {FROM_ROLLUPS_SECONDS}"
            )
            checked(rough(), exactly(cursor))
        if "raw" in asked or "beside" in asked:
            own = lambda: cursor.execute(OWN_QUERY).fetchall()  # noqa: E731
            mine = lambda: exactly(cursor)  # noqa: E731
            pairs = [
                (timed(mine, 1)[0], timed(own, 1)[0]) for _ in range(5)
            ]  # in turns: both meet the same minutes
            ours = said("the same from the raw samples", [pair[0] for pair in pairs])
            theirs = said("DuckDB's own one query, week as a number", [pair[1] for pair in pairs])
            print(
                f"  ratio {ours / theirs:.2f} (at most {RAW_RATIO}); CPU {cpu(mine):.3f} s beside {cpu(own):.3f} s"
            )
            said("DuckDB's own with date_trunc", timed(lambda: cursor.execute(TRUNCATED).fetchall(), 3))
    store.close()
    if "beside" in asked:
        beside(table)


def cpu(act: Callable[[], Any]) -> float:
    """The CPU that an act takes at least, of all its threads: what other work on the machine moves less."""
    taken = []
    for _ in range(5):
        began = time.process_time()
        act()
        taken.append(time.process_time() - began)
    return min(taken)


def exactly(cursor: Any) -> dict[probes.Group, Any]:
    """The weeks from the raw samples."""
    return probes.from_samples(cursor, dict(enumerate(WINDOWS)), by_service=True)


def filled(path: Path, table: Any) -> Store:
    """A store with those samples, their rollups made from them."""
    store = Store.open(path, create=True)
    began = time.perf_counter()
    with store.write(LOCAL_OWNER, "reliability", "bench", now=NOW) as write:
        write.cursor.register("arriving", table)
        write.sql(
            """
            insert into probes
            select service, "at", source, ok, latency_ms::decimal(18, 6), status, $now, 'bench', 'bench' from arriving
            """,
            {"now": NOW},
        )
        write.cursor.unregister("arriving")
    print(f"samples stored in {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    rollups.rebuild(store, LOCAL_OWNER, now=NOW)
    print(f"rolled up in {time.perf_counter() - began:.1f} s")
    return store


def checked(rough: dict[probes.Group, Any], exact: dict[probes.Group, Any]) -> None:
    """How far the rollups are off, at worst."""
    worst = max(
        abs(float(getattr(rough[group], name) / getattr(one, name)) - 1)
        for group, one in exact.items()
        for name in ("p50_ms", "p95_ms", "p99_ms")
    )
    same = all(rough[group].good == one.good for group, one in exact.items())
    print(f"  at worst {100 * worst:.2f} % off the exact percentiles (at most 1 %); counts the same: {same}")


def beside(table: Any) -> None:
    """The same figures with pandas, polars where it is there, and SQLite."""
    import pandas as pd

    frame = table.to_pandas()
    frame["service"] = frame["service"].astype("category")

    def with_pandas() -> Any:
        week = (frame["at"] - pd.Timestamp(START)).dt.days // 7
        groups = frame.groupby([frame["service"], week], observed=True)
        return groups["ok"].mean(), groups["latency_ms"].quantile([0.5, 0.95, 0.99])

    said("pandas", timed(with_pandas, 3))
    try:
        import polars as pl  # type: ignore[import-not-found]
    except ImportError:
        print("  polars is not installed here, so it is not measured")
    else:
        held = pl.from_arrow(table)
        week = (pl.col("at").dt.epoch("us") - 1763942400000000) // 604800000000
        figures = [pl.col("latency_ms").quantile(p, "linear").alias(str(p)) for p in (0.5, 0.95, 0.99)]
        said(
            "polars",
            timed(lambda: held.group_by("service", week.alias("w")).agg(pl.col("ok").mean(), *figures), 3),
        )
    base = sqlite3.connect(":memory:")
    base.execute("create table samples (service text, week integer, ok integer, latency_ms real)")
    weeks = ((frame["at"] - pd.Timestamp(START)).dt.days // 7).tolist()
    rows = zip(
        frame["service"].tolist(), weeks, frame["ok"].tolist(), frame["latency_ms"].tolist(), strict=True
    )
    base.executemany("insert into samples values (?, ?, ?, ?)", rows)
    said("SQLite, in memory", timed(lambda: base.execute(IN_SQLITE).fetchall(), 1))
    base.close()


# --- Intake


def intake(place: Path) -> None:
    """Samples posted in batches of 1,000 while ten sessions of the overview act every two seconds."""
    store = demo_store(place)
    done = tai_ops(store, "--json", "token", "create", "--scope", "probes", "--name", "bench")
    token = json.loads(done.stdout)["token"]
    with served(store) as address:
        for sessions in (0, SESSIONS):
            asyncio.run(posted(address, token, sessions))


async def posted(address: str, token: str, sessions: int) -> None:
    """Post for a while and say how many samples a second were answered 202."""
    ending = threading.Event()
    acts = asyncio.gather(
        *(
            act(address.replace("http", "ws") + "/_stcore/stream", address, ending, n / 5)
            for n in range(sessions)
        )
    )
    counts, done_at = [0] * SENDERS, [0.0] * SENDERS
    senders = [
        threading.Thread(
            target=send, args=(address, token, bodies(n + SENDERS * sessions), counts, done_at, n, ending)
        )
        for n in range(SENDERS)
    ]
    await asyncio.sleep(4 if sessions else 0)
    began = time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        await asyncio.to_thread(sender.join)
    ending.set()
    took = max(done_at) - began
    times = [one for session in await acts for one in session]
    rate = sum(counts) / took
    acted = f"; {len(times)} acts, median {statistics.median(times):.2f} s" if times else ""
    print(f"intake with {sessions} sessions: {rate:,.0f} samples a second (at least {A_SECOND:,}){acted}")


def bodies(seed: int) -> list[bytes]:
    """What one sender posts, made before the clock runs; each sample once."""
    draw, at = random.Random(seed), datetime.now(UTC) - timedelta(days=1)
    return [batch(draw, at + timedelta(seconds=n), seed) for n in range(BATCHES)]


def send(
    address: str,
    token: str,
    batches: list[bytes],
    counts: list[int],
    done_at: list[float],
    place: int,
    ending: threading.Event,
) -> None:
    """Post batch after batch over one connection, and note when the last was answered."""
    line = http.client.HTTPConnection(address.removeprefix("http://"))
    for body in batches:
        if ending.is_set():
            break
        line.request("POST", "/api/probes", body, {"Authorization": f"Bearer {token}"})
        counts[place] += json.loads(line.getresponse().read())["accepted"]
        done_at[place] = time.perf_counter()
    line.close()


def batch(draw: random.Random, at: datetime, seed: int) -> bytes:
    """A thousand samples of twenty services within a second."""
    rows = [
        json.dumps(
            {
                "service": f"service-{n % SERVICES:02}",
                "at": (at + timedelta(milliseconds=n)).isoformat(),
                "source": f"bench-{seed}",
                "ok": draw.random() > 0.001,
                "latency_ms": round(draw.lognormvariate(4.8, 0.4), 1),
                "status": 200,
            }
        )
        for n in range(BATCH)
    ]
    return "\n".join(rows).encode()


async def act(stream: str, origin: str, ending: threading.Event, wait: float) -> list[float]:
    """A session that runs its page anew every two seconds; how long each run took."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.asyncio.client import connect

    await asyncio.sleep(wait)
    took: list[float] = []
    async with connect(stream, origin=origin, subprotocols=["streamlit"], max_size=None) as line:  # type: ignore[arg-type]
        while not ending.is_set():
            message = BackMsg()
            message.rerun_script.query_string = ""
            began = time.perf_counter()
            await line.send(message.SerializeToString())
            while True:
                answer = ForwardMsg()
                answer.ParseFromString(await line.recv())  # type: ignore[arg-type]
                if answer.WhichOneof("type") == "script_finished":
                    break
            spent = time.perf_counter() - began
            took.append(spent)
            await asyncio.sleep(max(0.0, 2 - spent))
    return took


if __name__ == "__main__":
    main()
