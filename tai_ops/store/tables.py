"""Every table as files that any program reads: Parquet and CSV, with the schema, a manifest and the hash of each file.

The Parquet files and the manifest are those of a backup, read back and compared before the folder gets its name, so
that a store can be made of an export as well. The CSV files are made of the Parquet files. In a CSV an empty cell is
unknown and `""` is an empty text; a text that a spreadsheet could take for a formula has an apostrophe before it, and so
has a text that begins with one: taking one apostrophe off the front of a text gives back what it was. What `files`
holds stands as files by their hashes, and its CSV names the hash.
"""

import hashlib
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from tai_ops.errors import Refused
from tai_ops.store import migrate
from tai_ops.store.archive import MANIFEST, ROWS_AT_ONCE, write_archive
from tai_ops.store.connection import Store

SCHEMA, SUMS = "schema.sql", "SHA256SUMS"
TABLES, CSV, FILES = "tables", "csv", "files"
BLOBS_AT_ONCE = 16
_compute: Any = pyarrow.compute  # its functions are made at run time
FORMULA = "^[=+\\-@\t\r\\x00']"


@dataclass(frozen=True, slots=True)
class Exported:
    """An export: its folder, how many tables, rows and kept files it holds, how large it is, the store's digest then."""

    folder: Path
    tables: int
    rows: int
    files: int
    size_bytes: int
    digest: str


def export_tables(store: Store, out: Path, *, now: datetime) -> Exported:
    """Write every table into a new folder while others go on reading and writing; whole or not at all.

    Raises Refused where something stands there already or it can't be written, StoreDamaged where a value can't be read.
    """
    _refuse_taken(out)
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{out.name[:100]}.part-", dir=out.parent))
        try:
            return _moved(_written(store, made, now), made, out)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as reason:
        raise Refused(f"{out}: the export can't be written there: {reason.strerror or reason}") from None


def pack(folder: Path, scratch: Path) -> Path:
    """The backup that an export's manifest and Parquet files make, put into `scratch`.

    Nothing is trusted here: what makes a store of it checks every name, size and hash.
    """
    if not (folder / MANIFEST).is_file():
        raise Refused(
            f"{folder} is a folder without {MANIFEST}; name a backup, or a folder that `export tables` made"
        )
    made = scratch / (folder.resolve().name[:100] or "export")
    try:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
            for part in (folder / MANIFEST, *sorted((folder / TABLES).glob("*.parquet"))):
                if part.is_file() and not part.is_symlink():
                    archive.write(part, part.relative_to(folder).as_posix())
    except OSError as reason:
        raise Refused(f"{folder}: the export can't be read: {reason.strerror or reason}") from None
    return made


def _refuse_taken(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise Refused(f"{out} is there already and is no folder; name a new folder")
    if out.is_dir() and any(out.iterdir()):
        raise Refused(f"{out} holds something already; name a new or an empty folder (nothing was written)")
    if not out.parent.is_dir():
        raise Refused(f"{out}: there is no folder {out.parent} to make it in")


def _written(store: Store, made: Path, now: datetime) -> Exported:
    cursor = store.cursor()
    try:
        manifest = write_archive(cursor, made / "export.zip", made_at=now)
        (made / SCHEMA).write_text(migrate.schema_text(cursor), "utf-8")
    finally:
        cursor.close()
    with zipfile.ZipFile(made / "export.zip") as archive:
        archive.extractall(made)
    (made / "export.zip").unlink()
    (made / CSV).mkdir()
    kept = 0
    for part in manifest.tables:
        parquet = made / TABLES / f"{part.table}.parquet"
        _write_csv(parquet, made / CSV / f"{part.table}.csv")
        kept += _write_files(parquet, made / FILES)
    size = _write_sums(made)
    return Exported(made, len(manifest.tables), manifest.rows, kept, size, manifest.digest)


def _moved(done: Exported, made: Path, out: Path) -> Exported:
    if out.is_dir():
        out.rmdir()
    made.replace(out)
    return Exported(out.resolve(), done.tables, done.rows, done.files, done.size_bytes, done.digest)


def _write_csv(parquet: Path, target: Path) -> None:
    with pq.ParquetFile(parquet) as source:
        shown = pa.schema([(field.name, _shown_type(field.type)) for field in source.schema_arrow])
        at_once = BLOBS_AT_ONCE if pa.binary() in source.schema_arrow.types else ROWS_AT_ONCE
        with pa_csv.CSVWriter(target, shown) as writer:
            for batch in source.iter_batches(batch_size=at_once, use_threads=False):
                cells = [
                    _shown(column).cast(kind) for column, kind in zip(batch.columns, shown.types, strict=True)
                ]
                writer.write_batch(pa.record_batch(cells, schema=shown))


def _shown_type(kind: Any) -> Any:
    """Numbers, dates and flags are written as they are; everything else as text, which stands in quotes."""
    types = pa.types
    plain = types.is_integer(kind) or types.is_boolean(kind) or types.is_date(kind) or types.is_decimal(kind)
    return kind if plain else pa.string()


def _shown(column: Any) -> Any:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        quoted = _compute.binary_join_element_wise(pa.scalar("'"), column, pa.scalar(""))
        return _compute.if_else(_compute.match_substring_regex(column, FORMULA), quoted, column)
    if pa.types.is_timestamp(kind):
        return _compute.strftime(column, format="%Y-%m-%dT%H:%M:%S+00:00")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        hashes = [None if one is None else hashlib.sha256(one).hexdigest() for one in column.to_pylist()]
        return pa.array(hashes, pa.string())
    return column


def _write_files(parquet: Path, folder: Path) -> int:
    """The contents that a table holds, each as a file by its hash."""
    count = 0
    with pq.ParquetFile(parquet) as source:
        blobs = [field.name for field in source.schema_arrow if field.type == pa.binary()]
        for batch in source.iter_batches(batch_size=BLOBS_AT_ONCE, columns=blobs) if blobs else ():
            for content in (one for column in batch.columns for one in column.to_pylist() if one is not None):
                folder.mkdir(exist_ok=True)
                (folder / hashlib.sha256(content).hexdigest()).write_bytes(content)
                count += 1
    return count


def _write_sums(made: Path) -> int:
    """The hash of every file, as `sha256sum -c` reads it; how many bytes they have in all."""
    lines: list[str] = []
    size = 0
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            lines.append(
                f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(made).as_posix()}\n"
            )
            size += os.fstat(file.fileno()).st_size
    (made / SUMS).write_text("".join(lines), "utf-8")
    return size
