"""Dashboards that tests look at with a real Chromium, and an eye on all that a page asks for and complains of."""

import io
import json
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.sync_api import BrowserContext, Dialog, Page, WebSocket
from pyarrow import parquet
from served import ROOT, served
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tai_ops.app.menu import PAGES

DESK, PHONE = 1440, 390
PATHS = tuple(path for path, *_ in PAGES)
TITLES = {path: title for path, title, *_ in PAGES}
PATIENCE_MS = 60_000
RUN = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
GO = """address => {
  history.pushState({}, '', '/' + address);
  dispatchEvent(new PopStateEvent('popstate'));
  document.body.tabIndex = -1;
  document.body.focus();
}"""
DRAWN = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
FRESH = "() => !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')"


sessions: WeakKeyDictionary[Page, WebSocket] = WeakKeyDictionary()
"""What each page talks over with its server."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A served store: its address, its file, what the server complains of."""

    address: str
    store: Path
    log: Path

    def tai_ops(self, *words: str) -> Any:
        """What a command answers on the store while the dashboard holds it."""
        tool = [sys.executable, "-m", "tai_ops.cli", "--store", f"duckdb:{self.store}", "--json", *words]
        done = subprocess.run(tool, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def tables(self, folder: Path, *names: str) -> list[list[dict[str, Any]]]:
        """The rows of tables as they are now, out of a backup that the running dashboard makes."""
        backup = folder / f"{uuid.uuid4()}.zip"
        self.tai_ops("backup", "--out", str(backup))
        with zipfile.ZipFile(backup) as archive:
            read = [io.BytesIO(archive.read(f"tables/{name}.parquet")) for name in names]
        return [parquet.read_table(table).to_pylist() for table in read]


@contextmanager
def dashboard_of(store: Path) -> Iterator[Dashboard]:
    """A store, served."""
    log = store.with_suffix(".log")
    with served(store, log=log) as address:
        yield Dashboard(address, store, log)


@dataclass(slots=True)
class Visitor:
    """Opens pages as a person does, and notes what no page may do."""

    contexts: Callable[[int, str], BrowserContext]
    complaints: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    logs: dict[Path, int] = field(default_factory=dict)

    def __call__(
        self, dashboard: Dashboard, path: str = "", *, width: int = DESK, scheme: str = "light"
    ) -> Page:
        """The page at that address, its script run to the end."""
        page = self.contexts(width, scheme).new_page()
        self.pages.append(page)
        self.logs.setdefault(dashboard.log, dashboard.log.stat().st_size)
        self._watch(page, urlsplit(dashboard.address).netloc)
        page.goto(f"{dashboard.address}/{path}")
        settle(page)
        return page

    def leave(self) -> list[str]:
        """Close the pages; everything that one of them did and no page may do."""
        for page in self.pages:
            page.close()
        logged = [log.read_text("utf-8")[start:] for log, start in self.logs.items()]
        return self.complaints + [text for text in logged if text]

    def _watch(self, page: Page, host: str) -> None:
        def asked(url: str) -> None:
            if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != host:
                self.complaints.append(f"asked {url}")

        def opened(dialog: Dialog) -> None:
            self.complaints.append(f"opened a dialog: {dialog.message}")
            dialog.dismiss()

        page.on("request", lambda request: asked(request.url))
        page.on("websocket", lambda socket: asked(socket.url) or sessions.update({page: socket}))
        page.on("dialog", opened)
        page.on("pageerror", lambda error: self.complaints.append(f"failed: {error}"))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(f"said {said.text}"))


def settle(page: Page) -> None:
    """Wait until the page's script has run, nothing of an earlier run is left, and all of it is drawn."""
    page.wait_for_selector("[data-testid=stMain]")
    page.wait_for_function(RUN)
    page.evaluate(DRAWN)
    page.wait_for_function(FRESH)


@contextmanager
def answered(page: Page) -> Iterator[None]:
    """What is done in the block has been sent, and the server has said that the script ran on it to its end."""
    settle(page)
    with sessions[page].expect_event("framereceived", _tells_the_end):
        yield
    settle(page)


def _tells_the_end(message: str | bytes) -> bool:
    return isinstance(message, bytes) and ForwardMsg.FromString(message).HasField("script_finished")


def follow(page: Page, address: str) -> None:
    """Go on to an address of the same dashboard as a link does; the front end stays."""
    page.evaluate(GO, address)


def go(page: Page, address: str, sign: str) -> None:
    """Go on to an address of the same dashboard until that text stands there."""
    follow(page, address)
    page.wait_for_function("title => document.title.startsWith(title)", arg=TITLES[address.partition("?")[0]])
    page.get_by_test_id("stMain").get_by_text(sign).first.wait_for()
    settle(page)


def titled(page: Page, title: str) -> None:
    """Wait until the page of that title stands."""
    page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
    settle(page)


def main_text(page: Page) -> str:
    """All that stands on the page, without the menu."""
    return page.get_by_test_id("stMain").inner_text()
