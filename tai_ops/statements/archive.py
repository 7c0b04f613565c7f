"""A zip archive with statements in it: its files, taken out in memory and never by their paths."""

import io
import zipfile
import zlib

from tai_ops.errors import UnreadableFile
from tai_ops.statements.content import MAX_BYTES

_MOST_FILES = 500
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def files_in(data: bytes, name: str) -> list[tuple[str, bytes]]:
    """The files of the archive by their bare names.

    UnreadableFile where it holds none, another archive, a path that leads out of it, a locked file, or too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            entries = [entry for entry in entries if not any(litter in entry.filename for litter in _LITTER)]
            _refuse(entries, name)
            return [(_bare(entry.filename), _content(archive, entry)) for entry in entries]
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError, RuntimeError):
        raise UnreadableFile(f"{name} is a damaged zip archive; download it again") from None


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What a file holds; no more is unpacked than it says of itself, and BadZipFile where that was a lie."""
    with archive.open(entry) as stream:
        return stream.read(entry.file_size + 1)


def _bare(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _refuse(entries: list[zipfile.ZipInfo], name: str) -> None:
    if not entries:
        raise UnreadableFile(f"{name} is an empty zip archive; download it again")
    if len(entries) > _MOST_FILES:
        raise UnreadableFile(
            f"{name} holds more than {_MOST_FILES} files; unpack it and choose the statement"
        )
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        shown = " ".join("".join(c if c.isprintable() else " " for c in entry.filename).split())[:60]
        if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
            raise UnreadableFile(
                f"{name} holds a file whose path leads out of the archive ({shown}); it is not unpacked"
            )
        if entry.filename.lower().endswith((".zip", ".7z", ".rar", ".gz")):
            raise UnreadableFile(
                f"{name} holds another archive ({shown}); unpack it and choose the statement"
            )
        if entry.flag_bits & 1:
            raise UnreadableFile(f"{name} is locked with a password; unpack it and choose the statement")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise UnreadableFile(
            f"{name} unpacks to more than {MAX_BYTES // 1024 // 1024} MB; export a shorter period"
        )
