"""kill -9 while monitors send: what was answered 202 stands in the store, and what was not is there whole or not at all."""

import http.client
import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
import types
from datetime import UTC, datetime, timedelta
from pathlib import Path

import make
import pytest

from tai_ops.store import Store
from tai_ops.store.doctor import check
from tai_ops.store.tokens import create

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
import killed

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["killed", "make", "tai_ops.web.intake", "uvicorn", "starlette.applications"])
AT = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
ROWS = 50
KILLS = (1, 4, 12, 30)
"""After so many answers the process is killed, each time a little later in what it does then."""


def batch(number: int) -> list[dict[str, object]]:
    return [
        {"service": "api", "at": (AT + timedelta(seconds=number * ROWS + n)).isoformat(), "source": "eu", "ok": True, "latency_ms": n}
        for n in range(ROWS)
    ]  # fmt: skip


def alert(number: int) -> dict[str, object]:
    at = (AT + timedelta(seconds=number)).isoformat()
    data = {"id": f"Q{number}", "title": "API down", "created_at": at}
    return {
        "event": {"id": f"e{number}", "event_type": "incident.triggered", "occurred_at": at, "data": data}
    }


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_nothing_that_was_answered_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    start = tmp_path / "start.duckdb"
    store = Store.open(start, create=True)
    tokens = {scope: create(store, make.CEO, scope, scope, now=make.NOW) for scope in ("probes", "incidents")}
    store.close()
    answered = 0
    for place, answers in enumerate(KILLS):
        path = tmp_path / f"{place}.duckdb"
        shutil.copy(start, path)
        taken = _killed_while_sending(path, tokens, answers, place * 0.005)
        answered += len(taken["probes"]) + len(taken["incidents"])
        _holds(path, taken)
    assert answered >= sum(KILLS)


def _killed_while_sending(
    path: Path, tokens: dict[str, str], answers: int, later: float
) -> dict[str, list[int]]:
    """Which batches and alerts were answered 202 before the process was killed."""
    process = FORKS.Process(target=killed.taking, args=(path,))
    process.start()
    beside = path.with_suffix(".port")
    until = time.monotonic() + 60
    while not beside.exists() and process.is_alive() and time.monotonic() < until:
        time.sleep(0.01)
    port = int(beside.read_text())
    taken: dict[str, list[int]] = {"probes": [], "incidents": []}
    enough = threading.Event()

    def send(scope: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(10_000):
            body = batch(number) if scope == "probes" else alert(number)
            try:
                connection.request(
                    "POST", f"/api/{scope}", json.dumps(body), {"Authorization": f"Bearer {tokens[scope]}"}
                )
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 202
            taken[scope].append(number)
            if sum(map(len, taken.values())) >= answers:
                enough.set()

    senders = [threading.Thread(target=send, args=(scope,)) for scope in taken]
    for one in senders:
        one.start()
    assert enough.wait(60)
    time.sleep(later)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    for one in senders:
        one.join(60)
    return taken


def _holds(path: Path, taken: dict[str, list[int]]) -> None:
    """The store opens, is sound, has all that was answered, and of the rest each batch whole or not at all."""
    store = Store.open(path)
    wrong = [f for f in check(store, now=make.NOW) if not f.ok and f.check not in {"backup", "free space"}]
    assert wrong == []
    rows = store.rows(
        "select (epoch(seen_at)::bigint - $start) // $rows as batch, count(*) from probes group by batch order by batch",
        {"start": int(AT.timestamp()), "rows": ROWS},
    )
    assert {count for _, count in rows} <= {ROWS}
    batches = {number for number, _ in rows}
    assert set(taken["probes"]) <= batches
    assert len(batches - set(taken["probes"])) <= 1
    incidents = {key for (key,) in store.rows("select incident_id from incidents")}
    assert {f"Q{number}" for number in taken["incidents"]} <= incidents
    assert len(incidents) <= len(taken["incidents"]) + 1
    assert incidents == {key for (key,) in store.rows("select incident_id from alert_events")}
    store.close()
