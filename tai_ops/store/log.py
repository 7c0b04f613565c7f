"""The log beside a store that nobody closed: whether it is whole, and a copy of it where it is not.

The engine replays a log up to the first entry that is cut short, says nothing of the rest and cuts it off at the
next write. The rest is mostly what was never answered as written, but nobody could tell afterwards
(hazards.md H7), so it is kept.
"""

import shutil
import struct
from datetime import datetime
from pathlib import Path

HEADER_BYTES = 8
ENTRY_HEAD = struct.Struct("<QQ")
"""How many bytes the entry has, and its checksum."""


def log_of(path: Path) -> Path:
    """Where the log of that store stands."""
    return path.with_name(path.name + ".wal")


def is_whole(log: Path) -> bool:
    """Whether the log's entries end where the file ends; true of an empty one. Their content is the engine's to check."""
    size, place = log.stat().st_size, HEADER_BYTES
    if size == 0:
        return True
    with log.open("rb") as file:
        while place + ENTRY_HEAD.size <= size:
            file.seek(place)
            length, _ = ENTRY_HEAD.unpack(file.read(ENTRY_HEAD.size))
            place += ENTRY_HEAD.size + length
    return place == size


def keep_if_torn(path: Path, *, now: datetime) -> Path | None:
    """Where a copy of the store's log went because it ends amid an entry; None where it is whole or not there."""
    log = log_of(path)
    if not log.exists() or is_whole(log):
        return None
    kept = path.parent / "backups" / f"{path.stem}-torn-log-{now:%Y%m%dT%H%M%SZ}.wal"
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(log, kept)
    return kept
