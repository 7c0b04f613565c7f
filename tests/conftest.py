"""What every test may ask for: an empty store, the clock, and a check of the store after each test that writes."""

import gc
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import make
import pytest
from hypothesis import HealthCheck, settings

from tai_ops.store import Store

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
"""Machines are noisy: a slow example is no failure. Every run tries the same examples; another profile draws new ones."""
settings.register_profile("explore", settings.get_profile("house"), derandomize=False)
settings.load_profile("house")

_connect = duckdb.connect


def one_thread(
    database: str = ":memory:", *, config: dict[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """The engine with one thread: a run has a process for each core, and the stores of most tests hold a few rows."""
    return _connect(database, config={"threads": 1} | (config or {}))


duckdb.connect = one_thread


@pytest.fixture
def all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine with as many threads as it takes by itself, for tests of what happens between them."""
    monkeypatch.setattr(duckdb, "connect", _connect)


FIRST = (
    "tests/browser/",
    "tests/store/test_kill.py",
    "tests/web/test_intake_killed.py",
    "tests/store/test_restore_open.py",
    "tests/web/",
)
"""What takes longest, or waits: begun last, it would leave the other process of the run with nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first."""
    items.sort(
        key=lambda item: next((n for n, long in enumerate(FIRST) if item.nodeid.startswith(long)), len(FIRST))
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile` the files go out in that order, those that share a browser and its dashboards together."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return FIRST[0] if nodeid.startswith(FIRST[0]) else super()._split_scope(nodeid)

    config.option.loadscopereorder = False
    return Files(config, log)


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays to the end: the search for cycles needn't walk through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory; after the test no key stands twice in it."""
    opened = Store.in_memory()
    yield opened
    make.check_keys(opened)
    opened.close()


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    """Where a store on disk may be made."""
    return tmp_path / "books.duckdb"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The statements that other systems wrote; skips where the folder is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "samples"
    if not folder.is_dir():
        pytest.skip("no sample statements beside the checkout")
    return folder


@pytest.fixture(scope="session")
def sample_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample company, made once for all processes of the run; nobody writes to it."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, made = base / "sample-company", base / "sample-company-is-made"
    try:
        folder.mkdir()
    except FileExistsError:
        _wait_for(made.exists)
    else:
        from tai_ops.demo import make_demo

        make_demo(folder / "demo.duckdb")
        made.touch()  # beside the folder, which the others copy as it is
    return folder


def _wait_for(what: Callable[[], bool], seconds: float = 600) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "another process of the run did not make the sample company"
        time.sleep(0.2)
