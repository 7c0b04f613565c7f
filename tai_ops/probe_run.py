"""The command `probe`: what its arguments mean, whom it brings samples to, and how it ends."""

import os
import signal
import socket
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tai_ops import cli
from tai_ops.errors import WrongUsage
from tai_ops.probe_rounds import Deliver, Rounds, Sums, to_server, to_store, token_from
from tai_ops.probe_samples import LONGEST_NAME
from tai_ops.probe_spool import Spool
from tai_ops.probing import split, targets

TOKEN_VARIABLE = "TAI_OPS_TOKEN"  # noqa: S105 - the variable's name
FASTEST_SECONDS = 1.0
SLOWEST_SECONDS = 86_400.0


def run(call: cli.Call) -> Sums:
    """Look until it is stopped, or once. WrongUsage, Refused where the arguments, the token or the buffer won't do."""
    arguments, terminal = call.arguments, call.terminal
    found = targets(arguments.targets)
    every = _within(arguments.every, "--every", FASTEST_SECONDS, SLOWEST_SECONDS)
    timeout = _within(arguments.timeout, "--timeout", 0.1, 300.0)
    if timeout >= every and not arguments.once:
        raise WrongUsage(f"--timeout {timeout:g} must be shorter than --every {every:g}")
    source = (arguments.source or socket.gethostname() or "probe").strip()
    if not source or len(source) > LONGEST_NAME or not source.isprintable():
        raise WrongUsage(f"--source: a name has at most {LONGEST_NAME} printable characters")
    deliver = _deliver(call)
    spool = Spool(_buffer(call, source))
    try:
        tell = _nothing if call.as_json else terminal.out
        rounds = Rounds(
            found,
            source,
            timeout,
            spool,
            deliver,
            tell,
            lambda text: terminal.err(f"note: {text}"),
            once=arguments.once,
        )
        with _stopping(rounds.stop):
            return rounds.run(every)
    finally:
        spool.close()


def _nothing(_: str) -> None:
    return


def _within(value: float, option: str, low: float, high: float) -> float:
    if not low <= value <= high:
        raise WrongUsage(f"{option}: from {low:g} to {high:g} seconds")
    return value


def _buffer(call: cli.Call, source: str) -> Path:
    if call.arguments.buffer:
        return call.terminal.cwd / call.arguments.buffer
    store = cli.store_file(call)
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in source)
    return store.with_name(f"{store.name}.probes-{name}.jsonl")


def _deliver(call: cli.Call) -> Deliver:
    """To the server that was named, by token; else to the store, in whatever process holds it."""
    if call.arguments.to:
        address = split(call.arguments.to)
        return to_server(address, _token(call), lambda text: call.terminal.err(f"note: {text}"))
    if call.arguments.token_file:
        raise WrongUsage("--token-file is for --to; the store itself needs no token")
    options = [f"--store={call.store_url}", *(["--as", call.acting] if call.acting else []), "--json"]

    def load(content: bytes) -> tuple[int, str, str]:
        kept = _Kept(call.terminal.cwd, content)
        status = cli.run([*options, "load", "probes", "-", "--skip-bad"], kept, None)
        return status, "".join(kept.said), " ".join(kept.warned)

    return to_store(load)


def _token(call: cli.Call) -> str:
    given = call.arguments.token_file
    if given:
        return token_from(call.terminal.read_file(given).decode("utf-8", "replace"), given)
    text = os.environ.get(TOKEN_VARIABLE, "")
    if not text.strip():
        raise WrongUsage(
            f"--to needs a token: set {TOKEN_VARIABLE}, or name the file that holds it with --token-file "
            "(`tai-ops token create --scope probes --name N` makes one)"
        )
    return token_from(text, TOKEN_VARIABLE)


@contextmanager
def _stopping(stop: threading.Event) -> Generator[None]:
    """Let the first Ctrl-C, or SIGTERM, end it between two steps, and the second one at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.default_int_handler)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Kept:
    """The terminal of the load inside: its input is the samples, and what it says is kept."""

    is_tty = False

    def __init__(self, cwd: Path, content: bytes) -> None:
        self.cwd = cwd
        self.said: list[str] = []
        self.warned: list[str] = []
        self._content = content

    def read_file(self, path: str, most_bytes: int = 0) -> bytes:  # noqa: ARG002 - the terminal's signature
        """No file is read."""
        return b""

    def write_file(self, path: str, content: bytes) -> None:
        """No file is written."""

    def write_files(self, files: Mapping[str, bytes]) -> None:
        """No files are written."""

    def read_input(self) -> bytes:
        """The samples."""
        return self._content

    def out(self, text: str) -> None:
        """Keep what is said."""
        self.said.append(text)

    def err(self, text: str) -> None:
        """Keep what went wrong."""
        self.warned.append(text)
