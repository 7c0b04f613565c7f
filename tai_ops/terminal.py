"""Where a command stands: its folder, the files it names, its standard input and output.

A command speaks to a `Terminal` and not to `sys` or `open`, so that it runs the same in the caller's own process
and, sent over by `tai_ops.instance`, in the process that owns the store: the files stay the caller's.
Only the standard library is imported here, because every start of the command pays for it.
"""

import io
import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

from tai_ops.errors import Refused

MAX_FILE_BYTES = 50 * 10**6
_BYTES_PER_MB = 10**6


class Terminal(Protocol):
    """What a command may ask of the place where it was typed."""

    @property
    def cwd(self) -> Path:
        """The caller's folder: what relative paths start from."""
        ...

    @property
    def is_tty(self) -> bool:
        """Whether a person looks on: standard output and standard error both go to a terminal."""
        ...

    def read_file(self, path: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        """The file's bytes. Refused where there is none, it is a folder, unreadable or larger than allowed."""
        ...

    def write_file(self, path: str, content: bytes) -> None:
        """Put the file there, whole or not at all. Refused where it can't be written or its folder is missing."""
        ...

    def write_files(self, files: Mapping[str, bytes]) -> None:
        """Put all the files there: each is complete beside its place before the first of them moves in.

        Their folder is made where the one above it exists.
        """
        ...

    def read_input(self) -> bytes:
        """All of standard input. Refused where it is larger than `MAX_FILE_BYTES`."""
        ...

    def out(self, text: str) -> None:
        """Write to standard output; a last line without its end gets one."""
        ...

    def err(self, text: str) -> None:
        """Write to standard error; a last line without its end gets one (a carriage return counts as one)."""
        ...


class LocalTerminal:
    """The real one: this process's folder, files and standard streams."""

    def __init__(self) -> None:
        self.cwd = _here()
        self.is_tty = _is_tty(sys.stdout) and _is_tty(sys.stderr)
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8 whatever the machine's own encoding is

    def read_file(self, path: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        """The file's bytes; Refused says why there are none."""
        try:
            if (self.cwd / path).is_dir():
                raise IsADirectoryError
            with (self.cwd / path).open("rb") as file:
                return at_most(file, most_bytes, path)
        except (OSError, ValueError) as reason:
            raise Refused(f"{path or 'the file'}: {_why(reason)}") from None

    def write_file(self, path: str, content: bytes) -> None:
        """Put the file there by a rename, so that nobody ever sees half of it."""
        self._write({path: content}, make_folder=False)

    def write_files(self, files: Mapping[str, bytes]) -> None:
        """Put all the files there: written and flushed beside their places first, then renamed."""
        self._write(files, make_folder=True)

    def _write(self, files: Mapping[str, bytes], *, make_folder: bool) -> None:
        ready: list[tuple[str, Path, Path]] = []
        try:
            for path, content in files.items():
                target = Path(os.path.realpath(self.cwd / path))
                made = _beside(path, target, content, make_folder=make_folder)
                if made:
                    ready.append((path, made, target))
            for path, made, target in ready:
                _move(path, made, target)
        finally:
            for _path, made, _target in ready:
                made.unlink(missing_ok=True)

    def read_input(self) -> bytes:
        """All of standard input."""
        if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by the caller (`<&-`)
            return b""
        return at_most(sys.stdin.buffer, MAX_FILE_BYTES, "standard input")

    def out(self, text: str) -> None:
        """Write to standard output."""
        _say(sys.stdout, text, "standard output")

    def err(self, text: str) -> None:
        """Write to standard error."""
        with suppress(Refused):  # nobody is left to be told
            _say(sys.stderr, text, "standard error")


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # somebody removed the folder; what is named in it is then said to be missing
        return Path(os.environ.get("PWD", "."))


def _is_tty(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def at_most(file: BinaryIO, most_bytes: int, name: str) -> bytes:
    """What the file holds; Refused where that is more than so many bytes. A device without end is no danger."""
    content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise Refused(f"{name}: over {most_bytes // _BYTES_PER_MB} MB, which is the most that is read")
    return content


def with_line_end(text: str) -> str:
    """The text, its last line ended."""
    return text if not text or text[-1] in "\n\r" else text + "\n"


def _why(reason: OSError | ValueError) -> str:
    if isinstance(reason, FileNotFoundError):
        return "no such file"
    if isinstance(reason, IsADirectoryError):
        return "is a folder"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return str(reason)


def _beside(path: str, target: Path, content: bytes, *, make_folder: bool) -> Path | None:
    """The finished file under a passing name; None for a device or pipe, which is written where it is."""
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_bytes(content)
            return None
        if make_folder and not target.parent.exists():
            target.parent.mkdir()
        return _flushed(target, content)
    except FileNotFoundError:
        missing = target.parent.parent if make_folder else target.parent
        raise Refused(f"{path}: there is no folder {missing}; make it first") from None
    except (OSError, ValueError) as reason:
        raise Refused(f"{path}: {_why(reason)}") from None


def _flushed(target: Path, content: bytes) -> Path:
    if target.is_dir():
        raise IsADirectoryError
    made = target.parent / f".tai-ops-{os.getpid()}-{os.urandom(6).hex()}.tmp"
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            made.chmod(stat.S_IMODE(target.stat().st_mode))
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    return made


def _move(path: str, made: Path, target: Path) -> None:
    try:
        made.replace(target)
    except OSError as reason:  # on Windows: the old file is open in another program
        raise Refused(f"{path}: {_why(reason)}") from None


def _say(stream: TextIO | None, text: str, name: str) -> None:
    if stream is None:  # closed by the caller (`>&-`)
        return
    try:
        stream.write(with_line_end(text))
        stream.flush()
    except UnicodeEncodeError:
        encoding = stream.encoding or "utf-8"
        stream.write(with_line_end(text).encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:  # the reader has had enough (`| head`): go on without it
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as reason:
        raise Refused(f"{name}: {_why(reason)}") from None
