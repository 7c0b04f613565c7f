"""Verified backups of a store, online, and bringing one back.

A restore reads the backup in a child process with limits into a new store beside the old one, compares every
table with the manifest, and swaps the new one in by rename; the old store is kept aside with its log.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

import tai_ops
from tai_ops.errors import Refused, StoreDamaged, TaiOpsError
from tai_ops.rights import LOCAL_OWNER, Actor, authorize
from tai_ops.store import migrate, swap
from tai_ops.store.archive import Manifest, manifest_of, unpack, verify, write_archive
from tai_ops.store.connection import Store, refuse_open_here
from tai_ops.store.file import back_up_before
from tai_ops.store.lockdown import lock_down
from tai_ops.store.tables import pack

__all__ = [
    "Backup",
    "Manifest",
    "Restored",
    "last_backup",
    "manifest_of",
    "restore",
    "restore_open",
    "set_aside",
    "verify",
    "write_backup",
]

LAST_BACKUP = "last_backup"
CHILD_MEMORY = 4 * 2**30
CHILD_SECONDS, CHILD_BYTES_PER_SECOND = 120, 2**20
CHILD_FILE_BYTES, CHILD_GROWTH = 2**30, 50
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL")


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified backup: its file, size in bytes, when it was made, how many rows, the digest of the store then."""

    path: Path
    size_bytes: int
    made_at: datetime
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: the backup's instant, digest and rows, and where the old store went.

    What was written after `made_at` and until `lost_until`, the old store's last change, is in the old one only;
    both `set_aside` and `lost_until` are None where there was no old store.
    """

    target: Path
    made_at: datetime
    rows: int
    digest: str
    set_aside: Path | None
    lost_until: datetime | None


def write_backup(store: Store, actor: Actor, out: Path, *, now: datetime) -> Backup:
    """Write a verified backup of the whole store while others go on reading and writing.

    The store remembers it as its last one. Raises NotAllowed, Refused where the file can't be written or would
    replace what is no backup, StoreDamaged where a value of the store can't be read.
    """
    authorize(actor, "store")
    _refuse_taken(store, out)
    cursor = store.cursor()
    try:
        manifest = write_archive(cursor, out, made_at=now)
    finally:
        cursor.close()
    made = Backup(out.resolve(), out.stat().st_size, now, manifest.rows, manifest.digest)
    _remember(store, actor, made)
    return made


def last_backup(store: Store) -> Backup | None:
    """The last verified backup that the store remembers; None where there was none."""
    fact = store.fact(LAST_BACKUP)
    if fact is None:
        return None
    told = json.loads(fact)
    return Backup(
        Path(told["file"]),
        told["size_bytes"],
        datetime.fromisoformat(told["made_at"]),
        told["rows"],
        told["digest"],
    )


def restore(
    archive: Path, target: Path, *, now: datetime, replace: bool = False, actor: Actor = LOCAL_OWNER
) -> Restored:
    """Bring a backup back as the store at `target`; an old store there is moved aside, and only with `replace`.

    Raises Refused, StoreBusy where a process has the old store, StoreDamaged where the backup is not as it was
    written. Whatever happens on the way, the old store or the complete new one stands there.
    """
    authorize(actor, "store")
    refuse_open_here(target)
    _refuse_unusable(archive, target, replace=replace)
    target.parent.mkdir(parents=True, exist_ok=True)
    swap.finish(target)
    with swap.held(target), _unpacked(archive, target) as (new, manifest):
        lost_until = _last_change(target)
        _sign(new, archive, actor, now, _told(manifest, archive, lost_until))
        aside = _into_place(new, target, now, replace=replace)
    return Restored(target, manifest.made_at, manifest.rows, manifest.digest, aside, lost_until)


def restore_open(
    store: Store, archive: Path, *, now: datetime, replace: bool = False, actor: Actor = LOCAL_OWNER
) -> Restored:
    """Bring a backup back in the place of the store that this process has open, and go on with it.

    The backup is read while everything goes on; then nobody writes, a backup of the present store is made beside it,
    and for the moment of the swap nobody reads. Raises as `restore` does; StoreBusy also where a reader doesn't come
    to its end. The old store or the complete new one stands there whatever happens, and is open.
    """
    authorize(actor, "store")
    target = store.path
    if target is None:
        raise Refused("a store in memory can't be changed for a backup")
    _refuse_unusable(archive, target, replace=replace)
    with _unpacked(archive, target) as (new, manifest), store.still():
        before, lost_until = _backed_up(store, target), _last_change(target)
        told = _told(manifest, archive, lost_until) | {"backup_before": before}
        _sign(new, archive, actor, now, told)
        with store.apart(), swap.held(target):
            aside = swap.swap(new, target, now=now)
    return Restored(target, manifest.made_at, manifest.rows, manifest.digest, aside, lost_until)


def set_aside(path: Path, *, now: datetime) -> Path:
    """Move a store that can't be opened, and its log, aside together; where the store's file went.

    Raises Refused where there is none, StoreBusy where a process has it.
    """
    refuse_open_here(path)
    swap.finish(path)
    if not _stands(path):
        raise Refused(f"{path}: there is no store here")
    with swap.held(path):
        return swap.swap(None, path, now=now)


def _refuse_taken(store: Store, out: Path) -> None:
    if out.is_dir():
        raise Refused(f"{out} is a folder; name the backup's file")
    if store.path is not None and out.resolve() in _files_of(store.path):
        raise Refused(f"{out} is the store itself; name another file")
    if out.exists() and not zipfile.is_zipfile(out):
        raise Refused(f"{out} is there already and is no backup; name another file")


def _remember(store: Store, actor: Actor, made: Backup) -> None:
    told = {
        "file": str(made.path),
        "size_bytes": made.size_bytes,
        "made_at": made.made_at.isoformat(),
        "rows": made.rows,
        "digest": made.digest,
    }
    with store.write(
        actor, "store", "back up store", now=made.made_at, subject=("backup", made.path.name)
    ) as write:
        write.sql("delete from store_facts where name = $name", {"name": LAST_BACKUP})
        write.sql(
            "insert into store_facts (name, value) values ($name, $value)",
            {"name": LAST_BACKUP, "value": json.dumps(told)},
        )
        write.detail = told


def _refuse_unusable(archive: Path, target: Path, *, replace: bool) -> None:
    if target.is_dir():
        raise Refused(f"{target} is a folder, not a store")
    if archive.resolve() in _files_of(target):
        raise Refused(f"{archive} is the store itself, not a backup of it")
    if not archive.is_file() and not archive.is_dir():
        raise Refused(f"{archive}: there is no such file")
    if _stands(target) and not replace:
        raise Refused(
            f"{target} is there already; with --replace it is moved aside and kept (nothing was changed)"
        )


def _stands(target: Path) -> bool:
    return any(part.exists() for part in _files_of(target)) or swap.intent_of(target).exists()


def _files_of(target: Path) -> list[Path]:
    real = target.resolve()
    return [real.with_name(real.name + part) for part in swap.PARTS]


@contextmanager
def _unpacked(archive: Path, target: Path) -> Generator[tuple[Path, Manifest]]:
    """The backup as a new store in a passing folder beside its place, and its manifest."""
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.restoring-", dir=target.parent))
    try:
        new = folder / "new.duckdb"
        yield new, _unpacked_by_child(pack(archive, folder) if archive.is_dir() else archive, new)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _backed_up(store: Store, target: Path) -> str | None:
    """Where a backup of the store as it is went; None where it can't be read, and is set aside only."""
    try:
        with store.cursor() as cursor:
            return str(back_up_before(cursor, target, "restore"))
    except StoreDamaged:
        return None


def _last_change(target: Path) -> datetime | None:
    stamps = [part.stat().st_mtime for part in _files_of(target) if part.exists()]
    return datetime.fromtimestamp(max(stamps), UTC) if stamps else None


def _into_place(new: Path, target: Path, now: datetime, *, replace: bool) -> Path | None:
    if replace and _stands(target):
        return swap.swap(new, target, now=now)
    swap.put(new, target)
    return None


def _told(manifest: Manifest, archive: Path, lost_until: datetime | None) -> dict[str, str | None]:
    return {
        "file": archive.name,
        "made_at": manifest.made_at.isoformat(),
        "digest": manifest.digest,
        "lost_until": lost_until.isoformat() if lost_until else None,
    }


def _sign(new: Path, archive: Path, actor: Actor, now: datetime, told: dict[str, str | None]) -> None:
    """Open the new store as every later start will, and write down whose restore it is."""
    store = Store.open(new)
    try:
        with store.write(
            actor, "store", "restore store", now=now, subject=("backup", archive.name), checkpoint=True
        ) as write:
            write.detail = told
    finally:
        store.close()


def _unpacked_by_child(archive: Path, new: Path) -> Manifest:
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment["PYTHONPATH"] = str(Path(tai_ops.__file__).resolve().parents[1])
    done = subprocess.run(  # noqa: S603 - our own program with our own arguments
        [sys.executable, "-P", "-m", "tai_ops.store.backup", str(archive.resolve()), str(new)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode == 0:
        return Manifest.model_validate_json(done.stdout)
    lines = done.stderr.decode(errors="replace").splitlines()
    if done.returncode == Refused.exit_status and len(lines) == 1:
        raise StoreDamaged(lines[0])
    reason = lines[-1] if lines else f"the reader ended with {done.returncode}"
    raise StoreDamaged(f"{archive.name}: reading it failed ({reason}); nothing was changed")


def _limit_this_process(archive: Path) -> None:
    """Bound what a hostile file can make its reader use, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    size = archive.stat().st_size
    for what, most in (
        (resource.RLIMIT_AS, CHILD_MEMORY),
        (resource.RLIMIT_CPU, CHILD_SECONDS + size // CHILD_BYTES_PER_SECOND),
        (resource.RLIMIT_FSIZE, CHILD_FILE_BYTES + size * CHILD_GROWTH),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))


def unpack_into(new: Path, archive: Path) -> Manifest:
    """Make a new store of what the archive holds, brought up to the newest schema; in this very process."""
    connection = duckdb.connect(str(new), config={"memory_limit": f"{CHILD_MEMORY // 4 // 2**20}MB"})
    try:
        lock_down(connection)
        manifest = unpack(archive, connection, new.parent)
        migrate.bring_up(connection, new, lambda *_: archive)
    finally:
        connection.close()
    return manifest


def main() -> None:
    """The child of a restore: read the backup named first into the new store named second."""
    archive, new = (Path(argument) for argument in sys.argv[1:3])
    try:
        _limit_this_process(archive)
        sys.stdout.write(unpack_into(new, archive).model_dump_json())
    except (TaiOpsError, MemoryError, OSError, duckdb.Error) as reason:
        words = (str(reason).splitlines() or ["it needs more memory than a restore may use"])[0]
        sys.stderr.write(words + "\n")
        sys.exit(Refused.exit_status)


if __name__ == "__main__":
    main()
