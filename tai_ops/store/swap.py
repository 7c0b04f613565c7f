"""Putting another file in a store's place, so that a kill at any moment leaves the old store or the new one.

What is meant to happen is written down first (`books.duckdb.swap`), then done in steps that may be repeated;
whoever opens the store next finishes what was begun. The old store and its log are moved aside together, never
deleted (hazards.md H7).
"""

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from tai_ops.errors import Refused, StoreBusy

if sys.platform != "win32":
    import fcntl
    import struct

PARTS = ("", ".wal")
"""What a store consists of: its file and the log beside it."""


def intent_of(target: Path) -> Path:
    """Where the swap that is under way is written down."""
    return target.with_name(target.name + ".swap")


def swap(new: Path | None, target: Path, *, now: datetime) -> Path:
    """Move the store at `target` aside and `new`, where there is one, into its place; where the old one went.

    `new` stands in a folder beside the target and is one complete file without a log.
    """
    aside = _aside_of(target, now)
    intent = intent_of(target)
    told = {"new": os.path.relpath(new, target.parent) if new else None, "aside": aside.name}
    written = intent.with_name(intent.name + ".part")
    with written.open("w", encoding="utf-8") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    written.replace(intent)
    sync_folder(target.parent)
    finish(target)
    return aside


def finish(target: Path) -> bool:
    """Finish the swap that a killed program began; False where there is none. StoreBusy while one is under way."""
    intent = intent_of(target)
    if not intent.exists():
        return False
    with held(intent):
        if intent.exists():
            told = json.loads(intent.read_text("utf-8"))
            _carry_out(target, target.parent / told["new"] if told["new"] else None, told["aside"])
            intent.unlink()
    return True


def put(new: Path, target: Path) -> None:
    """Move a new store to where none stands; Refused where one has appeared."""
    try:
        os.link(new, target)
    except FileExistsError:
        raise Refused(f"{target} has appeared meanwhile; nothing was changed") from None
    except OSError:  # a file system without links
        new.rename(target)
    else:
        new.unlink()
    sync_folder(target.parent)


@contextmanager
def held(path: Path) -> Generator[None]:
    """Nobody else has the file while the block runs; StoreBusy names who has it. Nothing where it is not there.

    The lock is the engine's own kind, which a process loses for every handle when it closes any handle of the
    file: never call this for a store that this process has open.
    """
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield
        return
    except PermissionError:
        raise StoreBusy(f"{path} is held by another process, or not yours to change") from None
    if sys.platform == "win32":  # where a file that is open, here or elsewhere, can't be moved
        os.close(handle)
        yield
        return
    try:
        _lock(handle, path)
        yield
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder last through a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _carry_out(target: Path, new: Path | None, aside: str) -> None:
    if new is None or new.exists():
        for part in PARTS:
            old = target.with_name(target.name + part)
            if old.exists():
                old.rename(target.with_name(aside + part))
        if new is not None:
            new.rename(target)
    elif not target.exists():  # the new one was taken away by hand
        for part in PARTS:
            kept = target.with_name(aside + part)
            if kept.exists():
                kept.rename(target.with_name(target.name + part))
    sync_folder(target.parent)


def _aside_of(target: Path, now: datetime) -> Path:
    stem = f"{target.stem}-set-aside-{now:%Y%m%dT%H%M%SZ}"
    names = (f"{stem}{'' if n == 1 else f'-{n}'}{target.suffix}" for n in range(1, 1000))
    free = (
        target.with_name(name)
        for name in names
        if not any(target.with_name(name + part).exists() for part in PARTS)
    )
    return next(free)


def _lock(handle: int, path: Path) -> None:
    if sys.platform == "win32":
        return
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise StoreBusy(f"{path} is held by {_holder(handle)}; stop it and try again") from None


def _holder(handle: int) -> str:
    if sys.platform == "linux":
        layout = "hhqqi4x"
        asked = struct.pack(layout, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        with suppress(OSError, struct.error):
            process = struct.unpack(layout, fcntl.fcntl(handle, fcntl.F_GETLK, asked))[4]
            return f"process {process}"
    return "another process"
