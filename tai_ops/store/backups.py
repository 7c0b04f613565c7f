"""The backups beside a store: one a day kept fourteen times, those made by hand, those before a change; restoring one.

They stand in `backups/` in the store's folder and carry the store's name. A backup gets its name only when it was read
back and compared, so each one here was verified when it was made.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from tai_ops.errors import Refused, TaiOpsError
from tai_ops.rights import PROGRAM, Actor, authorize
from tai_ops.store.archive import Manifest, manifest_of, verify
from tai_ops.store.backup import Backup, Restored, restore, write_backup
from tai_ops.store.connection import Store

FOLDER = "backups"
KEPT_DAYS = 14
LONGEST_NAME = 60
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_DAILY = re.compile(r"-daily-\d{8}\.zip$")
_BEFORE = re.compile(r"-before-(.+)-\d{8}T\d{6}Z\.zip$")


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in the folder: when and how large, how many rows, why it was made; `damage` where it can't be read."""

    path: Path
    size_bytes: int
    occasion: str
    made_at: datetime | None
    rows: int
    schema: int | None
    digest: str | None
    damage: str | None


def kept(store: Store) -> list[Kept]:
    """The backups of that store in its folder, the newest file first."""
    if store.path is None:
        return []
    found = [
        (path.stat().st_mtime_ns, path) for path in (store.folder / FOLDER).glob(f"{store.path.stem}-*.zip")
    ]
    return [_kept(path, stamp, path.stat().st_size) for stamp, path in sorted(found, reverse=True)]


def back_up_now(store: Store, actor: Actor, *, clock: datetime) -> Backup:
    """Make a verified backup beside the store while others go on; `clock` names the file, the store's own instant dates it."""
    return write_backup(store, actor, _free(store, f"{clock:%Y%m%dT%H%M%SZ}"), now=store.now(clock))


def daily(store: Store, *, clock: datetime) -> Backup | None:
    """Make the day's backup and take away those beyond the newest fourteen; None where it is there already.

    Nothing is made of a store in which nothing was ever written.
    """
    if store.path is None or not store.row("select 1 from audit limit 1"):
        return None
    out = store.folder / FOLDER / f"{store.path.stem}-daily-{clock:%Y%m%d}.zip"
    if out.exists():
        return None
    made = write_backup(store, PROGRAM, out, now=store.now(clock))
    listed = sorted(
        (path for path in out.parent.glob(f"{store.path.stem}-daily-*.zip") if _DAILY.search(path.name)),
        reverse=True,
    )
    for old in listed[KEPT_DAYS:]:
        old.unlink(missing_ok=True)
    return made


def check(store: Store, name: str) -> Manifest:
    """Read a backup of the folder to its last value; StoreDamaged says what is wrong with it."""
    return verify(_named(store, name))


def restore_as(store: Store, actor: Actor, name: str, new: str, *, clock: datetime) -> Restored:
    """Bring a backup of the folder back as a new store beside the running one, which stays as it is.

    Refused where the name can't be one or something of that name is there; StoreDamaged as `restore`; NotAllowed.
    """
    authorize(actor, "store")
    called = new.strip().removesuffix(".duckdb")
    if len(called) > LONGEST_NAME or not _NAME.fullmatch(called):
        raise Refused(f"{new!r} can't be a store's name: letters, digits, - and _ up to {LONGEST_NAME}")
    target = store.folder / f"{called}.duckdb"
    if target.exists():
        raise Refused(f"{target.name} is there already; choose another name")
    return restore(_named(store, name), target, now=clock, actor=actor)


def _named(store: Store, name: str) -> Path:
    found = next((one.path for one in kept(store) if one.path.name == name), None)
    if found is None:
        raise Refused(f"there is no backup {name!r} in {FOLDER}/ any more")
    return found


def _free(store: Store, stamp: str) -> Path:
    if store.path is None:
        raise Refused("a store in memory has no folder for backups")
    folder, stem = store.folder / FOLDER, store.path.stem
    names = (f"{stem}-{stamp}{'' if n == 1 else f'-{n}'}.zip" for n in range(1, 1000))
    return next(path for name in names if not (path := folder / name).exists())


@lru_cache(maxsize=200)
def _kept(path: Path, _stamp: int, size: int) -> Kept:
    """What the manifest says; read anew when the file's time or size is another."""
    before = _BEFORE.search(path.name)
    occasion = (
        "daily"
        if _DAILY.search(path.name)
        else f"before {before[1].replace('-', ' ')}"
        if before
        else "by hand"
    )
    try:
        manifest = manifest_of(path)
    except TaiOpsError as reason:
        return Kept(path, size, occasion, None, 0, None, None, str(reason))
    return Kept(
        path,
        size,
        occasion,
        manifest.made_at,
        manifest.rows,
        manifest.schema_version,
        manifest.digest,
        None,
    )
