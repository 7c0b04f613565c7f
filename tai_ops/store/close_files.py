"""The files that a close archived: kept once by their hash, listed by month and version, given back as they were."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import duckdb

from tai_ops.errors import Refused, StoreDamaged
from tai_ops.period import Month
from tai_ops.store.connection import Store, Write
from tai_ops.store.kept_files import keep_file

ORDER = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "message/rfc822",
    "text/markdown",
    "text/html",
    "application/json",
)
"""The types in the order in which people look for them."""


class Content(Protocol):
    """A file to keep."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def content_type(self) -> str:
        """Its media type."""
        ...

    @property
    def content(self) -> bytes:
        """What it holds."""
        ...


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file of a closed version: its name and type, its hash, its size in bytes."""

    month: Month
    version: int
    name: str
    content_type: str
    file_hash: str
    size_bytes: int


def keep(write: Write, month: Month, version: int, files: Iterable[Content]) -> None:
    """Keep the files of that version, inside the write that closes the month."""
    for file in files:
        told = {
            "month": str(month),
            "version": version,
            "name": file.name,
            "type": file.content_type,
            "hash": keep_file(write, file.name, file.content),
        }
        write.sql(
            """
            insert into close_files (month, version, file_name, content_type, file_hash)
            values ($month, $version, $name, $type, $hash)
            """,
            told,
        )


def archived(store: Store, month: Month) -> tuple[ArchivedFile, ...]:
    """Every file of the month's versions, the newest version first, in the order in which they were written."""
    with store.cursor() as cursor:
        return archived_in(cursor, month)


def archived_in(
    cursor: duckdb.DuckDBPyConnection, month: Month, version: int | None = None
) -> tuple[ArchivedFile, ...]:
    """The same inside a write that is under way; of one version where that is told."""
    rows = cursor.execute(
        """
        select c.version, c.file_name, c.content_type, c.file_hash, f.size_bytes
        from close_files c join files f using (file_hash)
        where c.month = $month and ($version is null or c.version = $version)
        order by c.version desc, list_position($order, c.content_type), c.file_name
        """,
        {"month": str(month), "version": version, "order": list(ORDER)},
    ).fetchall()
    return tuple(ArchivedFile(month, *row) for row in rows)


def content(store: Store, file: ArchivedFile) -> bytes:
    """What the file holds; StoreDamaged where that is not what was archived."""
    row = store.row("select content from files where file_hash = $hash", {"hash": file.file_hash})
    if row is None:
        raise Refused(f"{file.name} is not in the store; run `tai-ops doctor`")
    data = bytes(row[0])
    if hashlib.sha256(data).hexdigest() != file.file_hash:
        raise StoreDamaged(
            f"{file.name} is not the file that was archived; bring the last verified backup back with "
            "`tai-ops restore FILE --replace`"
        )
    return data
