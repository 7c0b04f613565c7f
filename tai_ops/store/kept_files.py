"""Files as they came or left, each once, known by the hash of its bytes."""

import hashlib

import pyarrow as pa

from tai_ops.store.connection import Write
from tai_ops.store.results import finished


def keep_file(write: Write, name: str, data: bytes) -> str:
    """Keep a file's bytes where they are not kept already; the SHA-256 by which they are found.

    The engine reads the bytes from where they are: as a parameter it would copy a large file several times.
    """
    file_hash = hashlib.sha256(data).hexdigest()
    finished(write.cursor).register("coming_file", pa.table({"content": pa.array([data], pa.large_binary())}))
    try:
        write.sql(
            """
            insert into files (file_hash, file_name, size_bytes, content, kept_at, kept_by)
            select $hash, $name, $size, content, $at, $by
            from coming_file where not exists (select 1 from files where file_hash = $hash)
            """,
            {"hash": file_hash, "name": name, "size": len(data), "at": write.now, "by": write.by},
        )
    finally:
        finished(write.cursor).unregister("coming_file")
    return file_hash
