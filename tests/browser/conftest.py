"""The system's Chromium, and the dashboards that it looks at."""

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from dashboards import DESK, PATIENCE_MS, PHONE, Dashboard, Visitor, dashboard_of
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from served import CHROMIUM, CHROMIUM_FLAGS, empty_store

WINDOWS = {
    DESK: {"viewport": {"width": DESK, "height": 900}},
    PHONE: {
        "viewport": {"width": PHONE, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/140.0 Mobile Safari/537.36",
    },
}
FLAGS = [
    *CHROMIUM_FLAGS,
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
]
"""Nothing to draw with, and one process for all pages: what one page has compiled the next one finds."""


_open = ExitStack()
"""What all these tests look at and with."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """After the last of these tests all is closed: until then Chromium's event loop holds the thread that others run in."""
    yield
    if nextitem is None or not nextitem.path.is_relative_to(Path(__file__).parent):
        _open.close()


@pytest.fixture(scope="session")
def browser() -> Browser:
    """One Chromium for all tests."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; the system's package has one")
    playwright = _open.enter_context(sync_playwright())
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    _open.callback(started.close)
    return started


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Callable[[int, str], BrowserContext]:
    """A desk's or a phone's window, in light or dark; what was fetched once is kept."""
    made: dict[tuple[int, str], BrowserContext] = {}

    def context(width: int, scheme: str) -> BrowserContext:
        if (width, scheme) not in made:
            one = browser.new_context(color_scheme=scheme, service_workers="block", **WINDOWS[width])
            one.set_default_timeout(PATIENCE_MS)
            one.new_page()  # stays open, and with it the process that has the front end compiled
            _open.callback(one.close)
            made[width, scheme] = one
        return made[width, scheme]

    return context


@pytest.fixture
def visit(contexts: Callable[[int, str], BrowserContext]) -> Iterator[Visitor]:
    """Opens pages; the test fails where one asked another host, failed, opened a dialog or broke on the server."""
    visitor = Visitor(contexts)
    yield visitor
    assert visitor.leave() == []


@pytest.fixture(scope="session")
def demo(browser: Browser, sample_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Dashboard:
    """The sample company, served; for reading."""
    folder = shutil.copytree(sample_company, tmp_path_factory.mktemp("demo") / "data")
    return _open.enter_context(dashboard_of(folder / "demo.duckdb"))


@pytest.fixture(scope="session")
def empty(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Dashboard:
    """An empty store, served; for reading."""
    return _open.enter_context(dashboard_of(empty_store(tmp_path_factory.mktemp("empty"))))
