"""A backup's file: a zip of one manifest and one Parquet file per table, each with its hash and its digest.

Writing reads every value of the store in one transaction, so it is consistent while others write, and finds damage
that a copy of the file would carry along (hazards.md H8). Reading takes the file for a stranger's: names, counts,
sizes and hashes are checked before anything is parsed, and the engine opens none of it (H12).
"""

import errno
import hashlib
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import duckdb
import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from tai_ops.errors import Refused, StoreDamaged
from tai_ops.store import migrate
from tai_ops.store.digest import (
    Column,
    TableDigest,
    columns,
    empty_digest,
    folded,
    quoted,
    relation_digest,
    table_digest,
)
from tai_ops.store.lockdown import lock_down
from tai_ops.store.results import finished
from tai_ops.store.swap import sync_folder
from tai_ops.words import counted

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MANIFEST = "manifest.json"
MOST_MEMBERS = 500
MOST_MANIFEST_BYTES = 2**20
MOST_MEMBER_BYTES = 4 * 2**30
MOST_BYTES = 16 * 2**30
CODECS = frozenset({"ZSTD", "SNAPPY", "UNCOMPRESSED"})
ROWS_AT_ONCE = 2**15
FILES_AT_ONCE = 16
NO_SPACE = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
UNREADABLE = (
    OSError,
    ValueError,
    EOFError,
    LookupError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    pa.ArrowException,
    duckdb.Error,
)
"""What the readers of zip and Parquet raise when a file is not what it claims to be."""
_CHUNK = 2**20
_ENCRYPTED = 0x1


class Part(BaseModel):
    """One table in the archive: its member, how large and with which hash, and what its rows add up to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    rows: int = Field(ge=0)
    columns: tuple[tuple[str, str], ...]
    member: str
    size_bytes: int = Field(ge=0)
    sha256: str
    digest: str


class Manifest(BaseModel):
    """What an archive holds, when and by which engine it was made, and the digest of the whole store then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    schema_version: int = Field(ge=1)
    engine: str
    made_at: AwareDatetime
    digest: str
    tables: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many rows it holds in all."""
        return sum(part.rows for part in self.tables)


def write_archive(cursor: duckdb.DuckDBPyConnection, out: Path, *, made_at: datetime) -> Manifest:
    """Write every table into a new archive, read it back, and only then give it its name.

    Raises StoreDamaged where a table can't be read or the archive reads back otherwise, Refused where it can't be
    written there.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.part-", dir=out.parent))
        try:
            made = folder / out.name
            manifest = _written(cursor, made, made_at)
            if verify(made, folder) != manifest:
                raise StoreDamaged(f"{out.name}: {MANIFEST}: reads back otherwise than written; try again")
            made.replace(out)
            sync_folder(out.parent)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as reason:
        raise Refused(f"{out}: the backup can't be written there: {reason.strerror or reason}") from None
    return manifest


def manifest_of(path: Path) -> Manifest:
    """What the archive says of itself, its members' names and sizes checked, their content not."""
    with _opened(path) as (_, manifest):
        return manifest


def verify(path: Path, scratch: Path | None = None) -> Manifest:
    """The manifest of an archive whose every value was read and is as it was written.

    Raises StoreDamaged in one line that names the member and what is wrong. `scratch` is a folder with room for
    the largest table.
    """
    with duckdb.connect(":memory:") as empty, _opened(path) as (archive, manifest):
        lock_down(empty)
        tables = _laid(empty, path, manifest)
        for part in manifest.tables:
            with _incoming(empty, path, archive, part, scratch):
                listed = tables[part.table]
                found = relation_digest(empty, "incoming", listed) if part.rows else empty_digest(listed)
            _compare(path, part, found)
    return manifest


def unpack(path: Path, connection: duckdb.DuckDBPyConnection, scratch: Path | None = None) -> Manifest:
    """Fill a fresh store with what the archive holds, at the archive's own schema version.

    Raises StoreDamaged as `verify` does; the store is then to be thrown away.
    """
    with _opened(path) as (archive, manifest):
        tables = _laid(connection, path, manifest)
        connection.execute("begin")
        for part in manifest.tables:
            table, listed = quoted(part.table), _listed(tables[part.table])
            with _incoming(connection, path, archive, part, scratch):
                connection.execute(f"delete from {table}")
                if part.rows:
                    connection.execute(f"insert into {table} ({listed}) select {listed} from incoming")
        connection.execute("commit")
        connection.execute("checkpoint")
        for part in manifest.tables:
            _compare(path, part, table_digest(connection, part.table, tables[part.table]))
    return manifest


def _written(cursor: duckdb.DuckDBPyConnection, made: Path, made_at: datetime) -> Manifest:
    with made.open("xb") as file:
        made.chmod(0o600)
        cursor.execute("begin")
        try:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                parts = tuple(
                    _add_table(cursor, archive, table, listed, made.parent)
                    for table, listed in columns(cursor).items()
                )
                manifest = Manifest(
                    schema_version=migrate.applied(cursor),
                    engine=duckdb.__version__,
                    made_at=made_at,
                    digest=_digest(parts),
                    tables=parts,
                )
                archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        finally:
            with suppress(duckdb.Error):
                cursor.execute("rollback")
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _add_table(
    cursor: duckdb.DuckDBPyConnection,
    archive: zipfile.ZipFile,
    table: str,
    listed: tuple[Column, ...],
    scratch: Path,
) -> Part:
    member = _member(table)
    with tempfile.TemporaryFile(dir=scratch) as file:
        try:
            rows, found = table_digest(cursor, table, listed)
            _write_parquet(cursor, table, listed, file)
        except duckdb.Error as reason:
            raise StoreDamaged(
                f"the table {table} can't be read ({_first_line(reason)}); no backup was made: "
                "restore the last verified one with `tai-ops restore FILE --replace`"
            ) from None
        file.seek(0)
        with archive.open(member, "w", force_zip64=True) as target:
            size, sha256 = _copied(file, target)
    kinds = tuple((column.name, column.type) for column in listed)
    return Part(
        table=table,
        rows=rows,
        columns=kinds,
        member=member,
        size_bytes=size,
        sha256=sha256,
        digest=found,
    )


def _write_parquet(
    cursor: duckdb.DuckDBPyConnection, table: str, listed: tuple[Column, ...], file: IO[bytes]
) -> None:
    import pyarrow.parquet as pq  # not with the module: every command would wait for it

    at_once = FILES_AT_ONCE if any(column.type == "BLOB" for column in listed) else ROWS_AT_ONCE
    batches = cursor.execute(f"select {_listed(listed)} from {quoted(table)}").to_arrow_reader(at_once)
    with pq.ParquetWriter(file, batches.schema, compression="zstd", store_schema=False) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _copied(source: IO[bytes], target: IO[bytes], most: int = MOST_MEMBER_BYTES) -> tuple[int, str]:
    """Copy to the end, or to the first byte too many; how many bytes there were, and their hash."""
    size, sha256 = 0, hashlib.sha256()
    while size <= most and (chunk := source.read(_CHUNK)):
        size += len(chunk)
        sha256.update(chunk)
        target.write(chunk)
    return size, sha256.hexdigest()


@contextmanager
def _opened(path: Path) -> Generator[tuple[zipfile.ZipFile, Manifest]]:
    if not path.is_file():
        raise Refused(f"{path}: there is no such file")
    if path.stat().st_size > MOST_BYTES:
        raise StoreDamaged(f"{path.name}: larger than a backup may be ({MOST_BYTES // 2**30} GiB)")
    with _readable(path, "the file"):
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive, _checked_manifest(path, archive)


def _checked_manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    entries = archive.infolist()
    if len(entries) > MOST_MEMBERS:
        raise _damaged(path, "the file", f"holds {len(entries)} members, and a backup at most {MOST_MEMBERS}")
    for entry in entries:
        _check_entry(path, entry)
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise _damaged(path, "the file", f"unpacks to more than {MOST_BYTES // 2**30} GiB")
    sizes = {entry.filename: entry.file_size for entry in entries}
    if len(sizes) < len(entries):
        raise _damaged(path, "the file", "holds two members of one name")
    manifest = _read_manifest(path, archive, sizes)
    _check_members(path, manifest, sizes)
    return manifest


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    if name != entry.filename or ".." in name or name.startswith("/") or any(c in name for c in "\\:\n\r"):
        raise _damaged(path, repr(name), "is no name that a backup gives")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type != zipfile.ZIP_STORED:
        raise _damaged(path, name, "is packed or encrypted, which a backup's members are not")
    if entry.file_size > MOST_MEMBER_BYTES:
        raise _damaged(path, name, f"is larger than a member may be ({MOST_MEMBER_BYTES // 2**30} GiB)")


def _read_manifest(path: Path, archive: zipfile.ZipFile, sizes: dict[str, int]) -> Manifest:
    if MANIFEST not in sizes:
        raise _damaged(path, MANIFEST, "is missing; this is no backup of TAI Ops")
    if sizes[MANIFEST] > MOST_MANIFEST_BYTES:
        raise _damaged(path, MANIFEST, "is larger than a manifest may be")
    with _readable(path, MANIFEST):
        text = archive.read(MANIFEST)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as reason:
        first = reason.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "its text"
        raise _damaged(path, MANIFEST, f"{where}: {first['msg']}") from None


def _check_members(path: Path, manifest: Manifest, sizes: dict[str, int]) -> None:
    newest = migrate.migrations()[-1][0]
    if manifest.schema_version > newest:
        raise Refused(
            f"{path.name}: the backup has schema {manifest.schema_version} and this program knows {newest}; "
            "use the newer program"
        )
    named = {part.member for part in manifest.tables}
    for unknown in sorted(sizes.keys() - named - {MANIFEST}):
        raise _damaged(path, unknown, "is not in the manifest")
    for part in manifest.tables:
        if part.member != _member(part.table):
            raise _damaged(path, MANIFEST, f"names the member {part.member!r} for the table {part.table!r}")
        if part.member not in sizes:
            raise _damaged(path, part.member, "is missing")
        if part.size_bytes != sizes[part.member]:
            raise _damaged(
                path, part.member, f"has {sizes[part.member]} bytes, and {part.size_bytes} in the manifest"
            )
    if len(named) < len(manifest.tables) or manifest.digest != _digest(manifest.tables):
        raise _damaged(path, MANIFEST, "its digest is not that of its tables")


def _laid(
    connection: duckdb.DuckDBPyConnection, path: Path, manifest: Manifest
) -> dict[str, tuple[Column, ...]]:
    """The tables of the archive's schema version, made empty; StoreDamaged where the archive has others."""
    migrate.lay(connection, manifest.schema_version)
    tables = columns(connection)
    known = {table: tuple((c.name, c.type) for c in listed) for table, listed in tables.items()}
    for part in manifest.tables:
        if part.table not in known:
            raise _damaged(path, part.member, f"is no table of schema {manifest.schema_version}")
        if part.columns != known[part.table]:
            raise _damaged(path, part.member, f"has other columns than schema {manifest.schema_version}")
    for missing in sorted(known.keys() - {part.table for part in manifest.tables}):
        raise _damaged(path, _member(missing), "is missing")
    return tables


@contextmanager
def _incoming(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    archive: zipfile.ZipFile,
    part: Part,
    scratch: Path | None,
) -> Generator[None]:
    """A member's rows, where it has any, to be read once as `incoming`; its hash is checked before it is parsed."""
    import pyarrow.parquet as pq

    with tempfile.TemporaryFile(dir=scratch) as file, _readable(path, part.member):
        with archive.open(part.member) as member:
            size, sha256 = _copied(member, file, most=part.size_bytes)
        if (size, sha256) != (part.size_bytes, part.sha256):
            raise _damaged(path, part.member, "its hash is not the manifest's")
        file.seek(0)
        empty = connection.execute(f"select * from {quoted(part.table)} limit 0").to_arrow_table()
        parquet = pq.ParquetFile(file)
        _check_parquet(path, part, parquet, empty.schema)
        if not part.rows:
            yield
            return
        rows = pa.RecordBatchReader.from_batches(empty.schema, _valid_batches(parquet))
        finished(connection).register("incoming", rows)
        try:
            yield
        finally:
            finished(connection).unregister("incoming")


def _check_parquet(path: Path, part: Part, parquet: "pq.ParquetFile", schema: Any) -> None:
    metadata = parquet.metadata
    if metadata.num_rows != part.rows:
        raise _damaged(
            path, part.member, f"has {counted(metadata.num_rows, 'row')}, and {part.rows} in the manifest"
        )
    groups = (metadata.row_group(n) for n in range(metadata.num_row_groups))
    codecs = {group.column(n).compression for group in groups for n in range(group.num_columns)}
    for codec in sorted(codecs - CODECS):
        raise _damaged(path, part.member, f"is compressed with {codec}, which is not read")
    if not parquet.schema_arrow.equals(schema):
        raise _damaged(path, part.member, "has other columns than the manifest says")


def _valid_batches(parquet: "pq.ParquetFile") -> Iterator[Any]:
    at_once = FILES_AT_ONCE if pa.binary() in parquet.schema_arrow.types else ROWS_AT_ONCE
    for batch in parquet.iter_batches(batch_size=at_once, use_threads=False):
        batch.validate(full=True)
        yield batch


def _compare(path: Path, part: Part, found: TableDigest) -> None:
    if found != (part.rows, part.digest):
        raise _damaged(path, part.member, f"its rows ({found[0]}) read otherwise than they were written")


@contextmanager
def _readable(path: Path, member: str) -> Generator[None]:
    """Whatever a reader raises inside becomes one line about the member."""
    try:
        yield
    except UNREADABLE as reason:
        if isinstance(reason, OSError) and reason.errno in NO_SPACE:
            raise Refused(f"{path.name}: there is no room to read it: {reason.strerror}") from None
        raise _damaged(path, member, _first_line(reason)) from None


def _damaged(path: Path, member: str, what: str) -> StoreDamaged:
    return StoreDamaged(f"{path.name}: {member}: {what}; use another backup (nothing was changed)")


def _first_line(reason: BaseException) -> str:
    return (str(reason).splitlines() or [type(reason).__name__])[0]


def _digest(parts: tuple[Part, ...]) -> str:
    return folded({part.table: (part.rows, part.digest) for part in parts})


def _member(table: str) -> str:
    return f"tables/{table}.parquet"


def _listed(listed: tuple[Column, ...]) -> str:
    return ", ".join(column.quoted for column in listed)
