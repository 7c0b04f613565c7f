"""The one process that owns a store, and how a command typed elsewhere reaches it.

The owner listens on a Unix socket beside the store that its user alone may open. Where there are no such sockets
(Windows) or the path is too long for one, it listens on loopback, and a file beside the store that its user alone
may read holds the port and a random token: both sides prove that they know it before anything else is said.
The command's files, input and output stay on the caller's side (`tai_ops.terminal`).

Only the standard library is imported here, because every start of the command pays for it.
"""

import json
import os
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tai_ops.errors import Refused
from tai_ops.terminal import MAX_FILE_BYTES, Terminal

if TYPE_CHECKING:  # the store's engine takes longer to import than a forwarded command to run
    from tai_ops.store import Store

PROTOCOL = 1
HELLO_SECONDS = 10.0
ANSWER_SECONDS = 300.0
CLOSE_SECONDS = 5.0
MOST_CALLERS = 64
LOOPBACK = "127.0.0.1"
_LENGTHS = struct.Struct("!IQ")
_MOST_HEADER_BYTES = 2**24
_MOST_GREETING_BYTES = 2**16
_OWNER_ALONE = 0o600
_OTHERS = 0o077
_CALLER_GONE = "the caller went away before the command was done"

Run = Callable[[list[str], Terminal, "Store | None"], int]
"""The command itself: arguments, terminal, open store; its exit status."""
Header = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that serves a store, and the address of its pages (None where it serves none)."""

    pid: int
    address: str | None


def socket_path(store_path: Path) -> Path:
    """Where the owner of that store listens."""
    real = Path(os.path.realpath(store_path))
    return real.with_name(real.name + ".sock")


def token_path(store_path: Path) -> Path:
    """Where the owner of that store leaves its port and token when it listens on loopback."""
    real = Path(os.path.realpath(store_path))
    return real.with_name(real.name + ".port")


def forward(store_path: Path, argv: list[str], terminal: Terminal) -> int | None:
    """Have the store's owner run the command for this terminal; its exit status.

    None where nobody listens (or does not answer): the caller then opens the file itself, and is told by the
    engine who holds it. Raises Refused where the terminal fails (a full disk behind standard output).
    """
    met = _meet(store_path)
    if met is None:
        return None
    channel, owner, request = met
    with channel:
        if request is None:
            terminal.err(
                f"{store_path} is served by process {owner.pid} with another version of this program; "
                "stop that one and try again"
            )
            return 1
        try:
            channel.send(request | {"argv": argv, "cwd": str(terminal.cwd), "is_tty": terminal.is_tty})
            return _attend(channel, terminal)
        except OSError:
            terminal.err(
                f"process {owner.pid}, which serves {store_path}, stopped before it was done; "
                "what it wrote is whole or not there at all: look, then try again"
            )
            return 1


def owner_of(store_path: Path) -> Owner | None:
    """Who serves that store; None where nobody listens."""
    met = _meet(store_path)
    if met is None:
        return None
    channel, owner, _request = met
    channel.close()
    return owner


def listen(store: "Store", store_path: Path, run: Run, *, address: str | None = None) -> "Listener":
    """Take commands for the open store from now on. Refused where another process does already."""
    return Listener(store, _open_door(store_path), run, address)


class Channel:
    """A connection that carries frames: a header of JSON and bytes that belong to it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_reason: object) -> None:
        self.close()

    def send(self, header: Header, body: bytes = b"") -> None:
        """Send one frame. OSError where the other side is gone."""
        head = json.dumps(header).encode()
        self._connection.sendall(_LENGTHS.pack(len(head), len(body)) + head)
        if body:
            self._connection.sendall(body)

    def receive(
        self, *, most_body: int | None = None, most_header: int = _MOST_HEADER_BYTES
    ) -> tuple[Header, bytes]:
        """The next frame. OSError where the other side is gone, late or does not keep to the protocol."""
        head_length, body_length = _LENGTHS.unpack(self._exactly(_LENGTHS.size))
        if head_length > most_header or (most_body is not None and body_length > most_body):
            raise ConnectionError("a frame is larger than allowed")
        try:
            header = json.loads(self._exactly(head_length))
        except ValueError:
            raise ConnectionError("a frame's header is not JSON") from None
        if not isinstance(header, dict):
            raise ConnectionError("a frame's header is not an object")
        return header, self._exactly(body_length)

    def _exactly(self, length: int) -> bytes:
        parts: list[bytes] = []
        while length:
            part = self._connection.recv(min(length, 2**20))
            if not part:
                raise ConnectionError("the other side is gone")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def patience(self, seconds: float | None) -> None:
        """How long one step may take; None: as long as it takes."""
        self._connection.settimeout(seconds)

    def break_off(self) -> None:
        """Make whoever waits on this channel fail at once."""
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # it is gone already
            return

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


# The caller's side.


def _meet(store_path: Path) -> tuple[Channel, Owner, Header | None] | None:
    """A channel to the owner, who it is, and how a request begins (None: it speaks another protocol)."""
    reached = _by_socket(socket_path(store_path)) or _by_port(token_path(store_path))
    if reached is None:
        return None
    channel, token = reached
    nonce = os.urandom(16).hex()
    try:
        channel.patience(HELLO_SECONDS)
        channel.send({"protocol": PROTOCOL, "nonce": nonce})
        hello, _ = channel.receive(most_body=0, most_header=_MOST_GREETING_BYTES)
        owner = Owner(int(hello["pid"]), hello["address"])
        _check(hello["proof"], token, "owner", nonce)
        request = {"proof": _proof(token, "caller", str(hello["nonce"]))}
        channel.patience(None)
    except (OSError, KeyError, ValueError, TypeError):
        channel.close()
        return None
    return channel, owner, request if hello.get("protocol") == PROTOCOL else None


def _by_socket(path: Path) -> tuple[Channel, bytes] | None:
    try:
        found = path.stat()
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.getuid():
            return None
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    except (OSError, AttributeError):  # nobody there, or a system without such sockets
        return None
    try:
        connection.connect(str(path))
    except OSError:  # its owner is dead
        connection.close()
        return None
    return Channel(connection), b""


def _by_port(path: Path) -> tuple[Channel, bytes] | None:
    try:
        found = path.stat()
        if os.name != "nt" and (found.st_uid != os.getuid() or found.st_mode & _OTHERS):
            return None
        said = json.loads(path.read_bytes()[:_MOST_GREETING_BYTES])
        token = bytes.fromhex(said["token"])
        return Channel(socket.create_connection((LOOPBACK, int(said["port"])), timeout=HELLO_SECONDS)), token
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _proof(token: bytes, side: str, nonce: str) -> str:
    """What shows that this side knows the token; empty where the socket's own permissions guard it."""
    if not token:
        return ""
    import hmac

    return hmac.digest(token, f"{side} {nonce}".encode(), "sha256").hex()


def _check(proof: object, token: bytes, side: str, nonce: str) -> None:
    """Nothing where the proof holds; ConnectionError otherwise."""
    if not token:
        return
    import hmac

    if not hmac.compare_digest(str(proof).encode(), _proof(token, side, nonce).encode()):
        raise ConnectionError("the other side does not know the token")


def _attend(channel: Channel, terminal: Terminal) -> int:
    """Do for the running command what only this side can, until it ends."""
    while True:
        asked, body = channel.receive()
        match asked.get("do"):
            case "exit":
                return int(asked["status"])
            case "out":
                terminal.out(_text(body))
            case "err":
                terminal.err(_text(body))
            case wish:
                channel.send(*_answer(str(wish), asked, body, terminal))


def _answer(wish: str, asked: Header, body: bytes, terminal: Terminal) -> tuple[Header, bytes]:
    try:
        match wish:
            case "read":
                return {}, terminal.read_file(asked["path"], asked["most_bytes"])
            case "write":
                terminal.write_files(_split(asked["files"], body))
                return {}, b""
            case "write one":
                terminal.write_file(asked["path"], body)
                return {}, b""
            case "input":
                return {}, terminal.read_input()
            case _:
                raise ConnectionError(f"unknown wish {wish}")
    except Refused as refusal:
        return {"refused": str(refusal)}, b""


def _split(sizes: list[tuple[str, int]], body: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    start = 0
    for path, size in sizes:
        files[path] = body[start : start + size]
        start += size
    return files


def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")


# The owner's side.


class RemoteTerminal:
    """The caller's terminal, as the command sees it in the owner's process.

    Once the caller is gone, output goes nowhere, and a file or an answer that is still needed is Refused.
    """

    def __init__(self, channel: Channel, cwd: Path, *, is_tty: bool) -> None:
        self.cwd = cwd
        self.is_tty = is_tty
        self._channel = channel
        self._gone = False

    def read_file(self, path: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        """The caller's file."""
        return self._ask({"do": "read", "path": path, "most_bytes": most_bytes}, most_body=most_bytes)

    def write_file(self, path: str, content: bytes) -> None:
        """Put a file into the caller's folder."""
        self._ask({"do": "write one", "path": path}, content)

    def write_files(self, files: Mapping[str, bytes]) -> None:
        """Put files into the caller's folder."""
        sizes = [(path, len(content)) for path, content in files.items()]
        self._ask({"do": "write", "files": sizes}, b"".join(files.values()))

    def read_input(self) -> bytes:
        """The caller's standard input; waits as long as the caller does."""
        return self._ask({"do": "input"}, most_body=MAX_FILE_BYTES, seconds=None)

    def out(self, text: str) -> None:
        """Write to the caller's standard output."""
        self._tell("out", text)

    def err(self, text: str) -> None:
        """Write to the caller's standard error."""
        self._tell("err", text)

    def _ask(
        self,
        wish: Header,
        body: bytes = b"",
        *,
        most_body: int = 0,
        seconds: float | None = ANSWER_SECONDS,
    ) -> bytes:
        if self._gone:
            raise Refused(_CALLER_GONE)
        try:
            self._channel.patience(seconds)
            self._channel.send(wish, body)
            answer, content = self._channel.receive(most_body=most_body)
        except OSError:
            self._gone = True
            raise Refused(_CALLER_GONE) from None
        if "refused" in answer:
            raise Refused(str(answer["refused"]))
        return content

    def _tell(self, stream: str, text: str) -> None:
        if self._gone:
            return
        try:
            self._channel.patience(ANSWER_SECONDS)
            self._channel.send({"do": stream}, text.encode("utf-8", "surrogateescape"))
        except OSError:
            self._gone = True


@dataclass(frozen=True, slots=True)
class _Door:
    """Where the owner listens: its socket, the file that stands for it, and what a caller must know."""

    listening: socket.socket
    path: Path
    token: bytes


class Listener:
    """The owner's ear: a thread that accepts callers, and a thread for each of them."""

    def __init__(self, store: "Store", door: _Door, run: Run, address: str | None) -> None:
        self._store = store
        self._door = door
        self._run = run
        self._address = address
        self._callers: dict[threading.Thread, Channel] = {}
        self._lock = threading.Lock()
        self._closing = False
        threading.Thread(target=self._accept, name="tai-ops-listener", daemon=True).start()

    @property
    def path(self) -> Path:
        """The file by which callers find this process."""
        return self._door.path

    def close(self, wait_seconds: float = CLOSE_SECONDS) -> None:
        """Take no more commands; let those that run end, or fail cleanly where they wait for their caller."""
        self._closing = True
        self._door.path.unlink(missing_ok=True)
        Channel(self._door.listening).break_off()
        self._door.listening.close()
        self._join(wait_seconds)
        for channel in self._running().values():
            channel.break_off()
        self._join(wait_seconds)

    def _join(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for thread in self._running():
            thread.join(max(0.0, until - time.monotonic()))

    def _running(self) -> dict[threading.Thread, Channel]:
        with self._lock:
            return dict(self._callers)

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._door.listening.accept()
            except OSError:
                if self._closing:
                    return
                time.sleep(0.1)  # out of file handles: some will come back
                continue
            if len(self._running()) >= MOST_CALLERS:
                connection.close()
                continue
            channel = Channel(connection)
            thread = threading.Thread(target=self._serve, args=(channel,), name="tai-ops-caller", daemon=True)
            with self._lock:
                self._callers[thread] = channel
                thread.start()

    def _serve(self, channel: Channel) -> None:
        try:
            with channel:
                terminal, argv = self._greet(channel)
                status = self._status(argv, terminal)
                channel.patience(ANSWER_SECONDS)
                channel.send({"do": "exit", "status": status})
        except (OSError, KeyError, TypeError):  # the caller is gone or is no caller of ours
            return
        finally:
            with self._lock:
                self._callers.pop(threading.current_thread(), None)

    def _greet(self, channel: Channel) -> tuple[RemoteTerminal, list[str]]:
        channel.patience(HELLO_SECONDS)
        hello, _ = channel.receive(most_body=0, most_header=_MOST_GREETING_BYTES)
        nonce = os.urandom(16).hex()
        channel.send(
            {
                "protocol": PROTOCOL,
                "pid": os.getpid(),
                "address": self._address,
                "nonce": nonce,
                "proof": _proof(self._door.token, "owner", str(hello["nonce"])),
            }
        )
        request, _ = channel.receive(most_body=0)
        _check(request["proof"], self._door.token, "caller", nonce)
        terminal = RemoteTerminal(channel, Path(request["cwd"]), is_tty=bool(request["is_tty"]))
        return terminal, [str(argument) for argument in request["argv"]]

    def _status(self, argv: list[str], terminal: RemoteTerminal) -> int:
        try:
            return self._run(argv, terminal, self._store)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:  # noqa: BLE001  # the last handler: one bad command must not end the pages
            reference = os.urandom(3).hex()
            import traceback

            sys.stderr.write(f"tai-ops: a forwarded command failed (reference {reference})\n")
            traceback.print_exc(file=sys.stderr)
            terminal.err(
                f"the command hit an error (reference {reference}); nothing half was written, "
                f"and process {os.getpid()}, which serves the store, has the details in its log"
            )
            return 1


def _open_door(store_path: Path) -> _Door:
    path = socket_path(store_path)
    try:
        door = _unix_door(path)
    except (OSError, AttributeError):  # too long a path, or no such sockets on this system or file system
        return _loopback_door(token_path(store_path))
    token_path(store_path).unlink(missing_ok=True)
    return door


def _unix_door(path: Path) -> _Door:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path)
        listening.bind(str(path))
        path.chmod(_OWNER_ALONE)  # nobody can connect before `listen`
        if path.stat().st_mode & _OTHERS:
            path.unlink()
            raise Refused(f"{path.parent} keeps no file permissions, so no command can be forwarded here")
        listening.listen()
    except BaseException:
        listening.close()
        raise
    return _Door(listening, path, b"")


def _clear(path: Path) -> None:
    """Take away the socket of an owner that is dead; Refused where it lives, OSError where it is no socket."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(f"{path} is another file")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(HELLO_SECONDS)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise Refused(f"another process serves this store already (it listens at {path})")


def _loopback_door(path: Path) -> _Door:
    token = os.urandom(32)
    listening = socket.create_server((LOOPBACK, 0))
    content = json.dumps({"port": listening.getsockname()[1], "token": token.hex()})
    made = path.with_name(f"{path.name}.{os.urandom(6).hex()}.tmp")
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE), "w") as file:
            file.write(content)
        if os.name != "nt" and made.stat().st_mode & _OTHERS:
            raise Refused(f"{path.parent} keeps no file permissions, so no command can be forwarded here")
        made.replace(path)
    except BaseException:
        listening.close()
        made.unlink(missing_ok=True)
        raise
    return _Door(listening, path, token)
