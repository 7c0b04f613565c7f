"""kill -9 at forty points of import, close and restore: the store opens again, exactly as it was before or as it is after."""

import multiprocessing
import os
import shutil
import signal
import sys
import time
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import make
import pytest

from tai_ops.store import Store
from tai_ops.store.digest import digest
from tai_ops.store.doctor import check

sys.path.insert(0, str(Path(__file__).parent))
import killed

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["killed", "make", "tai_ops.store.bank", "tai_ops.store.backup", "tai_ops.runbooks.month_end_close"]
)
ADDS = (
    "select count(*), coalesce(sum(amount), 0) from statement_lines",
    "select count(*), coalesce(sum(added_count), 0) from statements",
    "select count(*), count(distinct month) from closes",
    "select count(*), count(distinct subject) from snapshots",
    "select count(*), count(distinct event) from audit",
    "select count(*) from customers",
)
SIGNED = ("audit", "store_facts")


def state(path: Path, without: tuple[str, ...] = ()) -> tuple[str, list[object]]:
    store = Store.open(path)
    wrong = [f for f in check(store, now=make.NOW) if not f.ok and f.check not in {"backup", "free space"}]
    assert wrong == []
    cursor = store.cursor()
    found = digest(cursor, without), [store.row(query) for query in ADDS]
    cursor.close()
    store.close()
    return found


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize(
    ("act", "points"), [(killed.importing, 14), (killed.closing, 13)], ids=["import", "close"]
)
def test_a_killed_write_leaves_the_store_before_or_after(
    act: Callable[[Path], None], points: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A new process runs the main script first; a page's test leaves its script there.
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    start = tmp_path / "start.duckdb"
    killed.prepared(start)
    before, counts_before = state(start)
    whole = tmp_path / "whole.duckdb"
    shutil.copy(start, whole)
    began = time.monotonic()
    _run(act, whole, None)
    lasted = time.monotonic() - began
    _, counts_after = state(whole)
    assert counts_after != counts_before
    seen = set()
    for point in range(points):
        path = tmp_path / f"{point}.duckdb"
        shutil.copy(start, path)
        _run(act, path, lasted * (point + 0.5) / points)
        found, counts = state(path)
        if counts == counts_before:
            assert found == before
        else:
            assert counts == counts_after
        seen.add(counts == counts_after)
    assert False in seen


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_restore_leaves_exactly_the_old_store_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    points = 13
    start = tmp_path / "start.duckdb"
    killed.prepared(start)
    killed.backed_up(start)
    whole = tmp_path / "whole.duckdb"
    shutil.copy(start, whole)
    began = time.monotonic()
    _run(killed.restoring, whole, None)
    lasted = time.monotonic() - began
    before, after = state(start, SIGNED)[0], state(whole, SIGNED)[0]
    assert before != after
    moments = {
        tmp_path / f"{point}.duckdb": lasted * (0.05 + 1.55 * point / points) for point in range(points)
    }
    for path in moments:
        shutil.copy(start, path)
    with ThreadPoolExecutor(3) as three_at_once:
        list(three_at_once.map(lambda path: _run(killed.restoring, path, moments[path]), moments))
    found = {state(path, SIGNED)[0] for path in moments}
    assert found <= {before, after}
    assert before in found


def _run(act: Callable[[Path], None], path: Path, kill_after: float | None) -> None:
    process = FORKS.Process(target=act, args=(path,))
    process.start()
    if kill_after is not None:
        process.join(kill_after)
        if process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    assert kill_after is not None or process.exitcode == 0
