"""A dashboard of its own for a bench or a picture: a store, a process, an address; gone when done."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = next(
    (
        p
        for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
        if Path(p).exists()
    ),
    None,
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def tai_ops(store: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a store."""
    tool = [sys.executable, "-m", "tai_ops.cli", "--store", f"duckdb:{store}", *words]
    return subprocess.run(tool, cwd=ROOT, capture_output=True, text=True, check=True)


def demo_store(folder: Path) -> Path:
    """The sample company in that folder."""
    from tai_ops.demo import make_demo

    path = folder / "demo.duckdb"
    make_demo(path)
    return path


def empty_store(folder: Path) -> Path:
    """A store with nothing in it in that folder."""
    path = folder / "empty.duckdb"
    tai_ops(path, "init")
    return path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as ear:
        ear.bind(("127.0.0.1", 0))
        return int(ear.getsockname()[1])


@contextlib.contextmanager
def served(store: Path, *, log: Path | None = None) -> Iterator[str]:
    """The address of a dashboard on that store; what it writes to standard error goes into `log`."""
    port = free_port()
    with open(log or os.devnull, "wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tai_ops.cli", "--store", f"duckdb:{store}", "serve", "--port", str(port)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="tai-ops-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def wait_for(address: str, process: subprocess.Popen[bytes], path: str = "/healthz") -> None:
    """Nothing, once the server answers; RuntimeError where it stops first or takes over two minutes."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the dashboard stopped with status {process.returncode}")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}{path}", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("the dashboard did not come up in 120 s")
