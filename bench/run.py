"""Speed, each figure beside what it is compared with in the same minutes: medians with the spread of the runs.

`python bench/run.py [processes|import|scripts|switches|sessions|closing]`; all of them where none is named.
"""

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from served import CHROMIUM, CHROMIUM_FLAGS, ROOT, demo_store, folder, free_port, served, wait_for

PAGES = ("overview", "weekly-review", "month-end-close", "customers", "imports", "invoices", "reconcile")
GENERATOR = ROOT.parent / "shared" / "tools" / "gen.py"


def main() -> None:
    """Run what was asked for."""
    asked = sys.argv[1:] or ["processes", "import", "scripts", "switches", "sessions", "closing"]
    with folder() as place:
        began = time.perf_counter()
        demo = demo_store(place)
        print(f"sample company made in {time.perf_counter() - began:.1f} s")
        for name in asked:
            print(f"\n{name}")
            {
                "processes": processes,
                "import": imports,
                "scripts": scripts,
                "switches": switches,
                "sessions": sessions,
                "closing": closing,
            }[name](demo, place)


def said(label: str, times: list[float], limit: str = "") -> float:
    """Print a median with its spread; returns it."""
    middle = statistics.median(times)
    print(f"  {label:<46} {middle:8.3f} s   {min(times):.3f} to {max(times):.3f}, n = {len(times)}   {limit}")
    return middle


def timed(act: Callable[[], Any], times: int) -> list[float]:
    """How long each of so many runs took."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return took


def processes(demo: Path, _: Path) -> None:
    """Whole processes: help, the whole catalogue, an interpreter that does nothing."""
    tool = Path(sys.executable).with_name("tai-ops")

    def call(*words: str) -> Callable[[], Any]:
        return lambda: subprocess.run(
            [tool, "--store", f"duckdb:{demo}", *words], check=True, capture_output=True
        )

    bare = lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)  # noqa: E731
    said("python -c pass", timed(bare, 7))
    said("tai-ops --help", timed(call("--help"), 7), "at most 0.3")
    said("tai-ops kpis", timed(call("kpis"), 7), "at most 1.0")


def closing(_: Path, __: Path) -> None:
    """The close of a month of 10,000 customers; also by itself: `python bench/closing.py`."""
    from closing import main as closed

    closed()


PANDAS = """
import pandas as pd, sys
old, new = (pd.read_csv(p, dtype=str) for p in sys.argv[1:3])
for frame in (old, new):
    frame["twin"] = frame.groupby(list(frame.columns)).cumcount()
both = new.merge(old, on=list(new.columns), how="left", indicator=True)
fresh = both[both["_merge"] == "left_only"]
print(len(fresh), fresh["Amount"].str.replace(".", "", regex=False).astype(int).sum())
"""


def imports(_: Path, place: Path) -> None:
    """100,000 bank lines into an account that has 100,000, beside a bare pandas script that anti-joins."""
    if not GENERATOR.exists():
        print("  skipped: the generator of bank files is not beside the checkout")
        return
    made = place / "bank"
    subprocess.run([sys.executable, GENERATOR, "bank", "100000", made], check=True, capture_output=True)
    store = place / "bank.duckdb"
    accounts = place / "accounts.csv"
    accounts.write_text(
        "account,name,kind,currency,opened_on,opening_balance\nOP,Bank,bank,USD,2024-01-01,0.00\n"
    )
    tool = [Path(sys.executable).with_name("tai-ops"), "--store", f"duckdb:{store}"]
    for words in (["init"], ["load", "accounts", accounts]):
        subprocess.run([*tool, *words], check=True, capture_output=True)
    bank, later = made / "bank.csv", made / "later.csv"
    header, *lines = bank.read_text().splitlines(keepends=True)
    overlap = (made / "overlap.csv").read_text().splitlines(keepends=True)[1:]
    first_day = overlap[0][:10]
    later.write_text("".join([header, *(line for line in lines if line[:10] < first_day), *overlap]))
    importing = [*tool, "statement", "import", bank, "--account", "OP"]
    first = timed(lambda: subprocess.run(importing, check=True, capture_output=True), 1)
    said("import into an empty account", first)
    importing[-3] = later
    script = [sys.executable, "-c", PANDAS, bank, later]
    mine, peaks, theirs = [], [], []
    for n in range(5):  # in turns, so that both meet the same minutes
        copy = place / f"copy{n}.duckdb"
        copy.write_bytes(store.read_bytes())
        importing[2] = f"duckdb:{copy}"
        seconds, peak = _seconds_and_peak(importing)
        mine.append(seconds)
        peaks.append(peak)
        theirs.append(_seconds_and_peak(script)[0])
    ours = said("import into an account that has 100,000", mine)
    bare = said("pandas: read, number twins, anti-join", theirs)
    print(f"  ratio {ours / bare:.2f} (at most 2); peak {max(peaks):.0f} MiB (at most 400)")


def _seconds_and_peak(command: list[Any]) -> tuple[float, float]:
    """How long a process took, and its memory at most in MiB; started by a small one, whose memory counts for it else."""
    code = (
        "import resource, subprocess, sys, time; began = time.perf_counter(); "
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, command)], check=True, capture_output=True, text=True
    )
    seconds, kib = done.stdout.split()
    return float(seconds), int(kib) / 1024


def scripts(demo: Path, _: Path) -> None:
    """CPU of each page's script on the sample company, warm, through Streamlit's own test runner."""
    os.environ["TAI_OPS_STORE"] = f"duckdb:{demo}"
    from streamlit.testing.v1 import AppTest

    from tai_ops.app import session
    from tai_ops.store import Store

    store = Store.open(demo)
    session.use(store)
    try:
        gc.collect()
        gc.freeze()
        bare = AppTest.from_string("import streamlit as st\nst.title('x')")
        said("a page with a title alone", _cpu(bare.run))
        for name in PAGES:
            test = AppTest.from_file(str(ROOT / "tai_ops" / "app" / "router.py"), default_timeout=60)
            test.run()
            if name != "overview":
                test.switch_page(str(Path("..") / ".." / "pages" / f"{name.replace('-', '_')}.py"))
            test.run()
            if test.exception:
                print(f"  {name}: {test.exception[0].value}")
            said(name, _cpu(test.run), "at most 0.060, with plotly 0.120")
    finally:
        session.use(None)
        store.close()


def _cpu(act: Callable[[], Any], times: int = 9) -> list[float]:
    took = []
    for _ in range(times):
        began = time.process_time()
        act()
        took.append(time.process_time() - began)
    return took


TITLES = """
import streamlit as st
a = st.Page(lambda: st.title("One"), title="One", url_path="one", default=True)
b = st.Page(lambda: st.title("Two"), title="Two", url_path="two")
st.navigation([a, b]).run()
"""


def switches(demo: Path, place: Path) -> None:
    """Warm switches between pages in Chromium, beside two pages that have a title alone."""
    if CHROMIUM is None:
        print("  skipped: no Chromium")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        script = place / "titles.py"
        script.write_text(TITLES)
        port = free_port()
        bare = subprocess.Popen(
            [
                sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), "--server.headless", "true",
                "--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=place,
        )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}", bare, "/_stcore/health")
            _goto(page, f"http://127.0.0.1:{port}")
            took = [_switch(page, name) for name in ("two", "") * 5]
        finally:
            bare.terminate()
            bare.wait()
        title = said("two pages with a title alone", took[2:])
        with served(demo) as address:
            _goto(page, address)
            for name in PAGES[1:] + PAGES[:1]:
                _switch(page, "" if name == "overview" else name)
            found: dict[str, list[float]] = {name: [] for name in PAGES}
            for _ in range(5):
                for name in PAGES[1:] + PAGES[:1]:
                    found[name].append(_switch(page, "" if name == "overview" else name))
            for name, times in found.items():
                middle = said(f"to {name}", times, f"at most 0.6 or {4 * title:.2f}")
                if middle > max(0.6, 4 * title):
                    print(f"  over the limit: {name}")
        browser.close()


def _goto(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-testid=stSidebarNavLink]", timeout=60_000)
    _settle(page)


def _settle(page: Any) -> None:
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state') === 'notRunning'"
        " && !document.querySelector('[data-stale=true]') && !document.querySelector('[data-testid=stSkeleton]')",
        timeout=60_000,
        polling=10,
    )


def _switch(page: Any, path: str) -> float:
    link = page.locator(f"[data-testid=stSidebarNavLink][href*='/{path}']").first
    began = time.perf_counter()
    link.click()
    page.wait_for_function(
        "path => location.pathname.replace(/^\\//, '') === path", arg=path, timeout=30_000, polling=10
    )
    page.wait_for_timeout(30)
    _settle(page)
    return time.perf_counter() - began


def sessions(demo: Path, _: Path) -> None:
    """Twenty sessions that each act every two seconds on the overview: how long an act takes."""
    with served(demo) as address:
        times = asyncio.run(_twenty(address.replace("http", "ws") + "/_stcore/stream", address))
    times.sort()
    middle = statistics.median(times)
    late = times[int(len(times) * 0.95) - 1]
    print(f"  {len(times)} acts of 20 sessions: median {middle:.3f} s, p95 {late:.3f} s (at most 1)")


async def _twenty(stream: str, origin: str) -> list[float]:
    found = await asyncio.gather(*(_session(stream, origin, n / 10) for n in range(20)))
    return [took for one in found for took in one]


async def _session(stream: str, origin: str, wait: float) -> list[float]:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.asyncio.client import connect

    await asyncio.sleep(wait)
    took: list[float] = []
    async with connect(stream, origin=origin, subprotocols=["streamlit"], max_size=None) as line:  # type: ignore[arg-type]
        for act in range(8):
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
            if act:
                took.append(spent)
            await asyncio.sleep(max(0.0, 2 - spent))
    return took


if __name__ == "__main__":
    main()
