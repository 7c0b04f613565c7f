"""kill -9 at forty points of import and close: the store opens again, exactly as it was before or as it is after."""

import multiprocessing
import os
import shutil
import signal
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

import make
import pytest

from tai_ops.store import Store
from tai_ops.store.digest import digest
from tai_ops.store.doctor import check

sys.path.insert(0, str(Path(__file__).parent))
import killed

POINTS = 20
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["killed", "make", "tai_ops.store.bank", "tai_ops.runbooks.month_end_close"])
ADDS = (
    "select count(*), coalesce(sum(amount), 0) from statement_lines",
    "select count(*), coalesce(sum(added_count), 0) from statements",
    "select count(*), count(distinct month) from closes",
    "select count(*), count(distinct subject) from snapshots",
    "select count(*), count(distinct event) from audit",
)


def state(path: Path) -> tuple[str, list[object]]:
    store = Store.open(path)
    wrong = [f for f in check(store, now=make.NOW) if not f.ok and f.check not in {"backup", "free space"}]
    assert wrong == []
    cursor = store.cursor()
    found = digest(cursor), [store.row(query) for query in ADDS]
    cursor.close()
    store.close()
    return found


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize("act", [killed.importing, killed.closing], ids=["import", "close"])
def test_a_killed_write_leaves_the_store_before_or_after(
    act: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    for point in range(POINTS):
        path = tmp_path / f"{point}.duckdb"
        shutil.copy(start, path)
        _run(act, path, lasted * (point + 0.5) / POINTS)
        found, counts = state(path)
        if counts == counts_before:
            assert found == before
        else:
            assert counts == counts_after
        seen.add(counts == counts_after)
    assert False in seen


def _run(act: Callable[[Path], None], path: Path, kill_after: float | None) -> None:
    process = FORKS.Process(target=act, args=(path,))
    process.start()
    if kill_after is not None:
        process.join(kill_after)
        if process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    assert kill_after is not None or process.exitcode == 0
