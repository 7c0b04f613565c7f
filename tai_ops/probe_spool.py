"""The file that keeps samples from when they are measured until somebody has taken them: JSON lines, oldest first.

A sample is in the file, flushed to disk, before anybody is asked to take it, and leaves it only once it was taken. Sent
twice it counts once, so nothing is lost and nothing doubled, whenever the program ends.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from tai_ops.errors import Refused
from tai_ops.probe_samples import Sample

try:
    import fcntl
except ImportError:  # Windows: two programs on one file are not kept apart there
    fcntl = None

MOST_KEPT = 500_000


class Spool:
    """The samples that nobody has taken yet. Refused where the file can't be kept, or another program keeps it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held = _held(path)
        self._waiting = _kept(path)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, samples: Sequence[Sample]) -> None:
        """Keep more; Refused where there is no room for them, and then they are not taken at all."""
        if len(self._waiting) + len(samples) > MOST_KEPT:
            raise Refused(
                f"{self.path}: {MOST_KEPT:,} samples wait and nobody takes them; see why, then start again"
            )
        self._append(samples)
        self._waiting.extend(samples)

    def first(self, count: int) -> list[Sample]:
        """The oldest so many."""
        return self._waiting[:count]

    def taken(self, count: int) -> None:
        """Let go of the oldest so many: somebody has them."""
        left = self._waiting[count:]
        beside = self.path.with_name(self.path.name + ".new")
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.writelines(map(line, left))
                _flush(file)
            beside.replace(self.path)
        except OSError as reason:
            raise _unkept(self.path, reason) from None
        self._waiting = left

    def close(self) -> None:
        """Let go of the file; it goes away where nothing is in it."""
        with suppress(OSError):
            if not self.path.stat().st_size:
                self.path.unlink()
        if self._held is not None:
            self._held.close()
            with suppress(OSError):
                lock_path(self.path).unlink(missing_ok=True)

    def _append(self, samples: Sequence[Sample]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.writelines(map(line, samples))
                _flush(file)
        except OSError as reason:
            raise _unkept(self.path, reason) from None


def line(sample: Sample) -> str:
    """A sample as a line of JSON, as `POST /api/probes` takes it."""
    return json.dumps(asdict(sample) | {"at": sample.at.isoformat()}) + "\n"


def lock_path(path: Path) -> Path:
    """The file by which a second program sees that the first one keeps its samples there."""
    return path.with_name(path.name + ".lock")


def _held(path: Path) -> IO[str] | None:
    if fcntl is None:
        return None
    try:
        file = lock_path(path).open("w", encoding="utf-8")
    except OSError as reason:
        raise _unkept(path, reason) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Refused(
            f"{path}: another `tai-ops probe` keeps its samples there; give this one a file of its own with --buffer"
        ) from None
    return file


def _kept(path: Path) -> list[Sample]:
    """What waits from before; a last line that was cut off while it was written is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as reason:
        raise _unkept(path, reason) from None
    lines = text.split("\n")
    found: list[Sample] = []
    for number, one in enumerate(lines[:-1], 1):
        try:
            read: dict[str, Any] = json.loads(one)
            read["at"] = datetime.fromisoformat(read["at"])
            found.append(Sample(**read))
        except (ValueError, TypeError, KeyError):
            raise Refused(
                f"{path}: line {number} is no sample; move the file away, or name another with --buffer"
            ) from None
    if lines[-1]:
        path.write_text("".join(map(line, found)), encoding="utf-8")
    return found


def _flush(file: IO[str]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _unkept(path: Path, reason: Exception) -> Refused:
    said = reason.strerror.lower() if isinstance(reason, OSError) and reason.strerror else str(reason)
    return Refused(f"{path}: samples can't be kept there: {said}; name another file with --buffer")
