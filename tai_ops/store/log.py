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
MOST_HEADER_BYTES = 256
_END = 0xFFFF
ENTRY_HEAD = struct.Struct("<QQ")
"""How many bytes the entry has, and its checksum."""


def log_of(path: Path) -> Path:
    """Where the log of that store stands."""
    return path.with_name(path.name + ".wal")


def is_whole(log: Path) -> bool:
    """Whether the log's entries end where the file ends; true of an empty one. Their content is the engine's to check."""
    size = log.stat().st_size
    if size == 0:
        return True
    with log.open("rb") as file:
        place = _header_bytes(file.read(MOST_HEADER_BYTES))
        while place + ENTRY_HEAD.size <= size:
            file.seek(place)
            length, _ = ENTRY_HEAD.unpack(file.read(ENTRY_HEAD.size))
            place += ENTRY_HEAD.size + length
    return place == size


def _header_bytes(start: bytes) -> int:
    """How long the log's first entry is, which has no length of its own: version 2 of the engine adds fields to it.

    A field is its number in two bytes and numbers of seven bits a byte: one, or for 102 (whose log it is) a count and as
    many.
    """
    place = 0
    try:
        while (field := int.from_bytes(start[place : place + 2], "little")) != _END:
            place += 2
            count = 1
            if field == 102:
                count, place = _number(start, place)
            for _ in range(count):
                _, place = _number(start, place)
    except IndexError:
        return HEADER_BYTES
    return place + 2


def _number(start: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (start[place] & 0x7F) << shift
        shift += 7
        place += 1
        if start[place - 1] < 0x80:
            return value, place


def keep_if_torn(path: Path, *, now: datetime) -> Path | None:
    """Where a copy of the store's log went because it ends amid an entry; None where it is whole or not there."""
    log = log_of(path)
    if not log.exists() or is_whole(log):
        return None
    kept = path.parent / "backups" / f"{path.stem}-torn-log-{now:%Y%m%dT%H%M%SZ}.wal"
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(log, kept)
    return kept
