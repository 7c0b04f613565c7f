"""Serving the pages in this process: `tai-ops serve`, and what it refuses before it starts.

Source: contract.md "serve", "Every command also works while the dashboard is running".
"""

import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
import webbrowser
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from tai_ops.errors import Refused, StoreBusy, WrongUsage
from tai_ops.instance import owner_of
from tai_ops.store import Store
from tai_ops.terminal import Terminal

HOME = Path(__file__).resolve().parents[1] / "Home.py"
STORE_VARIABLE = "TAI_OPS_STORE"
START_SECONDS = 60.0
GRACE_SECONDS = 5
"""How long the end waits for a browser that neither reads nor hangs up, such as a tab that is put to sleep."""
STOPPED_SECONDS = 30.0
"""How long pages and `/healthz` say that a restart is needed before the process ends, for whoever restarts it."""
SETTINGS: dict[str, Any] = {
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.maxUploadSize": 50,
    "server.allowedHosts": ["localhost", "127.0.0.1", "::1"],
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.baseUrlPath": "",
    "runner.magicEnabled": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "browser.gatherUsageStats": False,
    "logger.hideWelcomeMessage": True,
    "global.developmentMode": False,
}
"""What this program relies on, whatever the user's own settings of the framework say."""


def serve(
    store_path: Path,
    *,
    address: str = "127.0.0.1",
    port: int = 8501,
    open_browser: bool = True,
    terminal: Terminal,
) -> int:
    """Serve the store until Ctrl-C or SIGTERM; 0 then, the log folded into the file.

    1 where the store's engine has stopped: pages and `/healthz` say so for `STOPPED_SECONDS`, then the process ends.

    Raises Refused where the address is not loopback, the port is taken or the pages are not installed, StoreBusy
    where another process has the store.
    """
    _refuse_outside(address)
    refuse_second(store_path)
    _refuse_port(address, port)
    if not HOME.is_file():
        raise Refused(f"the pages are not here ({HOME}); run this from a checkout of TAI Ops")
    store = _opened(store_path)
    try:
        _run(store, address=address, port=port, open_browser=open_browser, terminal=terminal)
    except KeyboardInterrupt:
        pass
    finally:
        store.close()
    if store.failed:
        terminal.err(f"tai-ops: {store.failed}")
        return 1
    return 0


def page_address(address: str, port: int) -> str:
    """The address to type into a browser."""
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def refuse_second(store_path: Path) -> None:
    """Nothing where nobody serves that store; StoreBusy says where it is served otherwise."""
    owner = owner_of(store_path)
    if owner and owner.address:
        raise StoreBusy(f"{store_path} is served already, at {owner.address} (process {owner.pid})")
    if owner:
        raise StoreBusy(f"{store_path} is held by process {owner.pid}; stop that one first")


def _refuse_outside(address: str) -> None:
    from tai_ops.web.guard import is_loopback_address

    if address != "localhost" and not is_loopback_address(address):
        raise Refused(
            f"--address {address} could be reached by other machines, and there is no sign-in yet; "
            "use 127.0.0.1"
        )


def _refuse_port(address: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise WrongUsage(f"--port takes a number from 1 to 65535, not {port}")
    if not _is_free(address, port):
        free = next((p for p in range(port + 1, min(port + 100, 65536)) if _is_free(address, p)), None)
        advice = f"; --port {free} is free" if free else "; choose another with --port"
        raise Refused(f"port {port} on {address} is taken by another program, or not allowed{advice}")


def _is_free(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _opened(store_path: Path) -> Store:
    try:
        return Store.open(store_path, create=True)
    except StoreBusy:
        refuse_second(store_path)  # it may have begun to listen while we waited
        raise


def _run(store: Store, *, address: str, port: int, open_browser: bool, terminal: Terminal) -> None:
    import uvicorn.config

    _stop_on_signals()
    patient = uvicorn.Config  # the framework leaves no way to say it
    uvicorn.Config = partial(patient, timeout_graceful_shutdown=GRACE_SECONDS)  # pyright: ignore[reportAttributeAccessIssue]
    os.environ[STORE_VARIABLE] = f"duckdb:{store.path}"
    for logger in uvicorn.config.LOGGING_CONFIG["loggers"].values():
        logger["level"] = "WARNING"
    sys.argv = [str(HOME)]
    sys.path.insert(0, str(HOME.parent))
    home = _home(store)
    where = page_address(address, port)
    threading.Thread(target=_announce, args=(where, open_browser, terminal), daemon=True).start()
    threading.Thread(target=_end_once_stopped, args=(store,), daemon=True).start()
    home.run(config=SETTINGS | {"server.address": address, "server.port": port})


def _home(store: Store) -> Any:
    from importlib import import_module

    import_module("tai_ops.app.session").use(store)
    return import_module("Home").app


def _end_once_stopped(store: Store) -> None:
    """End this process some time after the store's engine has given up (hazards.md H5)."""
    while not store.failed:
        time.sleep(1.0)
    time.sleep(STOPPED_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _announce(where: str, open_browser: bool, terminal: Terminal) -> None:
    """Say where the pages are once they answer."""
    until = time.monotonic() + START_SECONDS
    while not _answers(where):
        if time.monotonic() > until:
            return
        time.sleep(0.05)
    terminal.out(f"TAI Ops is at {where} (Ctrl-C stops it)")
    if open_browser and terminal.is_tty and _has_display():
        webbrowser.open(where)


def _answers(where: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{where}/healthz", timeout=5) as answer:
            return "version" in json.load(answer)
    except (OSError, ValueError):
        return False


def _has_display() -> bool:
    on_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in {"win32", "darwin"} or bool(on_screen)


def _stop_on_signals() -> None:
    """Let SIGTERM, and the end of the terminal, end the server as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, _as_terminate)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _as_terminate(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGTERM)
