"""A store's file before and while it is opened: whether it is one, who has it, how much room is beside it, its backup."""

import re
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from tai_ops.errors import StoreBusy, StoreDamaged
from tai_ops.store import log, migrate, swap
from tai_ops.store.lockdown import lock_down

LEAST_FREE_BYTES = 256 * 2**20
_PID = re.compile(r"PID (\d+)")
_HELD = ("Could not set lock on file", "used by another process")


def room(path: Path) -> tuple[int, int]:
    """How many bytes are free beside a store, and how many must be for a write."""
    size = path.stat().st_size if path.exists() else 0
    return shutil.disk_usage(path.parent).free, max(LEAST_FREE_BYTES, 3 * size)


def holder(message: str) -> str | None:
    """The process that holds the store, out of the engine's own words: `process 1234`."""
    found = _PID.search(message)
    return f"process {found.group(1)}" if found else None


def back_up_before(connection: duckdb.DuckDBPyConnection, path: Path, change: str) -> Path:
    """Write a verified backup of the store beside it, named after the change that comes; where it went."""
    from tai_ops.store.archive import write_archive  # a backup is rare, and what writes it is heavy

    now = datetime.now(UTC)
    out = path.parent / "backups" / f"{path.stem}-before-{change}-{now:%Y%m%dT%H%M%SZ}.zip"
    write_archive(connection, out, made_at=now)
    return out


def refuse_lone_log(path: Path) -> None:
    """Nothing where no log stands without its store; StoreDamaged says what to do with it otherwise."""
    if log.log_of(path).exists():
        raise StoreDamaged(
            f"{log.log_of(path)} is the log of a store that is not there; move it elsewhere and keep it, "
            "then restore the last verified backup with `tai-ops restore FILE`"
        )


def kept_torn_log(path: Path) -> Path | None:
    """Where a copy of the store's log went because it ends amid an entry; None where it is whole or another's."""
    if not log.log_of(path).exists():
        return None
    try:
        with swap.held(path):
            return log.keep_if_torn(path, now=datetime.now(UTC))
    except StoreBusy:  # whoever has the store is writing its log
        return None


def is_duckdb(path: Path) -> bool:
    """Whether the file begins as the engine's files do."""
    with path.open("rb") as file:
        return file.read(12)[8:12] == b"DUCK"


def opened(path: Path, wait_seconds: float) -> tuple[duckdb.DuckDBPyConnection, migrate.Migrated]:
    """The file's connection, locked down, its tables as this program makes them; and what that took."""
    connection = _connect(path, wait_seconds)
    try:
        lock_down(connection)
        return connection, migrate.bring_up(connection, path, back_up_before)
    except BaseException:
        connection.close()
        raise


def _connect(path: Path, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    until = time.monotonic() + wait_seconds
    while True:
        try:
            return duckdb.connect(str(path), config={"allow_unsigned_extensions": "false"})
        except duckdb.IOException as reason:
            words = str(reason)
            if not any(sign in words for sign in _HELD):
                raise StoreDamaged(_unopenable(path, words)) from None
            if time.monotonic() >= until:
                who = holder(words) or "another process"
                raise StoreBusy(f"{path} is held by {who}; stop it, or try again when it is done") from None
            time.sleep(0.1)
        except duckdb.Error as reason:
            raise StoreDamaged(_unopenable(path, str(reason))) from None


def _unopenable(path: Path, words: str) -> str:
    return (
        f"{path} can't be opened ({words.splitlines()[0]}); nothing was changed: keep it and its .wal file, "
        "and restore the last verified backup with `tai-ops restore FILE --replace`"
    )
