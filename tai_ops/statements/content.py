"""What a file is by its bytes, and its text: formats that are no table are named, encodings are told apart.

A file's name says nothing here: an `.xls` may hold CSV and a `.csv` may hold a picture.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Literal

from tai_ops.errors import UnreadableFile
from tai_ops.statements.words import roles_of

MAX_BYTES = 50 * 1024 * 1024
Kind = Literal["text", "xlsx", "xls", "zip"]

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a bitmap picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\xd0\xcf\x11\xe0", "a damaged old Office file (.xls or .doc)"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
)
_PRINTABLE_MAGIC = (b"BM", b"MZ", b"PAR1", b"BZh", b"GIF8", b"Rar!")
_OTHER_FORMATS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "a web page (HTML)",
        re.compile(
            r"\A\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|table)\b", re.IGNORECASE | re.DOTALL
        ),
    ),
    ("an XML document", re.compile(r"\A\s*<\?xml|\A\s*<[A-Za-z_][\w:.-]*(?:\s[^<>]*)?>")),
    ("a JSON document", re.compile(r'\A\s*(?:\{\s*["}]|\[\s*[\[{"\]\d])')),
)
_CHOOSE = "choose the bank's own export (`tai-ops statement formats` lists what is read)"
_KINDS: dict[Kind, str] = {"xlsx": "an Excel workbook", "xls": "an old Office file", "zip": "a zip archive"}
_CODECS = re.compile(r"[A-Za-z0-9][\w.\-]{1,30}")
_CYRILLIC = re.compile(rb"[\xc0-\xff]{3,}")
_HIGH = re.compile(rb"[\x80-\xff]")
_SIGN_IN_WORD = re.compile(r"[a-zA-Z][¹³¿¼¾º²¯±][a-zA-Z\s;,\"]|[¹³¿¼¾¯±][a-z]{2}")


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text, the encoding that it was read in, and what to say about it."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def kind_of(data: bytes, name: str) -> Kind:
    """Whether the bytes are text, a workbook or an archive; UnreadableFile says in one line what else they are."""
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"{name} is larger than {MAX_BYTES // 1024 // 1024} MB; export a shorter period")
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(f"{name} is empty; export the statement again")
    start = data[:1024].lstrip(b"\x00\xef\xbb\xbf \t\r\n")
    if data[:4] == b"PK\x05\x06":
        raise UnreadableFile(f"{name} is an empty zip archive; download it again")
    if data[:4] == b"PK\x03\x04":
        return _zipped(data, name)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "xls"
    for magic, label in _MAGIC:
        if start.startswith(magic) and (magic not in _PRINTABLE_MAGIC or _control_bytes(start)):
            raise UnreadableFile(f"{name} is {label}, not a statement that can be read; {_CHOOSE}")
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        raise UnreadableFile(f"{name} is a picture, sound or film, not a statement; {_CHOOSE}")
    return "text"


def head_of(data: bytes, encoding: str | None = None) -> str:
    """The beginning of a text, as well as it can be read; enough to tell formats by."""
    start = data[: 64 * 1024]
    marked = _marked(data[:4])
    codec = encoding or (
        marked[0] if marked else _utf16_by_nuls(start) if b"\x00" in start.strip(b"\x00") else None
    )
    try:
        return (
            start.decode(codec or "utf-8", "ignore" if codec else "surrogateescape")
            .replace("\x00", "")
            .lstrip("\ufeff")
        )
    except LookupError:
        return ""


def plain_text(data: bytes, name: str, encoding: str | None = None, usual: str | None = None) -> Text:
    """The text of a file, whatever format it has; UnreadableFile where it is none.

    `encoding` is what the caller says, `usual` what the account's saved layout says. Else: a byte-order mark, the
    NUL pattern of UTF-16, UTF-8 without a fault, then cp1252, or cp1250 and cp1251 where the letters show them.
    """
    kind = kind_of(data, name)
    if kind != "text":
        raise UnreadableFile(f"{name} is {_KINDS[kind]}, not text; leave the format out")
    found = _decoded(data, name, encoding, usual)
    return Text(found.text.replace("\x00", "").lstrip("\ufeff"), found.encoding, found.warnings)


def file_text(data: bytes, name: str, encoding: str | None = None, usual: str | None = None) -> Text:
    """The text of a delimited file; UnreadableFile says in one line what the file is where it is none."""
    found = plain_text(data, name, encoding, usual)
    text = found.text
    for label, pattern in _OTHER_FORMATS:
        if pattern.search(text[:20_000]):
            raise UnreadableFile(f"{name} is {label}, not a table of a bank's lines; {_CHOOSE}")
    strange = sum(
        1
        for c in text[:100_000]
        if (c < " " and c not in "\t\r\n\x0b\x0c\x1a") or c == "\ufffd" or "\x7f" <= c <= "\x9f"
    )
    if strange * 12 > min(len(text), 100_000):
        raise UnreadableFile(f"{name} is not text; choose the file that the bank exports")
    return found


def _control_bytes(start: bytes) -> bool:
    return any(byte < 32 and byte not in b"\t\r\n" for byte in start[:256])


def _zipped(data: bytes, name: str) -> Kind:
    """What a zip archive is, by the names in it (nothing in it is unpacked)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()[:1000]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        what = "Excel workbook" if b"xl/" in data[:65_536] else "zip archive"
        raise UnreadableFile(f"{name} is a damaged {what}; download it again") from None
    if any(entry.startswith("xl/") for entry in names):
        return "xlsx"
    kinds = (("word/", "a Word document"), ("ppt/", "a presentation"))
    for start, label in kinds:
        if any(entry.startswith(start) for entry in names):
            raise UnreadableFile(f"{name} is {label}, not a statement that can be read; {_CHOOSE}")
    if "mimetype" in names:
        raise UnreadableFile(f"{name} is an OpenDocument file, which is not read; save it as .xlsx or CSV")
    return "zip"


def _decoded(data: bytes, name: str, encoding: str | None, usual: str | None) -> Text:
    if encoding:
        return _decoded_as(data, name, encoding)
    marked = _marked(data)
    if marked:
        codec, size = marked
        return Text(data[size:].decode(codec, "replace"), codec)
    stripped = data.strip(b"\x00")
    if b"\x00" in stripped:
        codec = _utf16_by_nuls(data)
        if codec:
            return Text(data.decode(codec, "replace"), codec)
    try:
        return Text(stripped.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    if usual and usual.lower().replace("_", "-") not in {"utf-8", "utf-8-sig"}:
        try:
            return Text(stripped.decode(usual), usual)
        except (UnicodeDecodeError, LookupError):
            pass
    return _single_byte(stripped)


def _decoded_as(data: bytes, name: str, encoding: str) -> Text:
    try:
        if not _CODECS.fullmatch(encoding):
            raise LookupError
        text = data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise UnreadableFile(
            f"{name} is not written in {encoding} (byte {fault.start + 1}); leave the encoding out"
        ) from None
    except (LookupError, ValueError, TypeError, AttributeError):
        raise UnreadableFile(
            f"{encoding[:40]!r} is no text encoding; say one such as cp1252 or utf-8"
        ) from None
    return Text(text, encoding)


def _marked(data: bytes) -> tuple[str, int] | None:
    for mark, codec in (
        (b"\xff\xfe\x00\x00", "utf-32-le"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            if codec == "utf-8":
                try:
                    data.decode("utf-8")
                except UnicodeDecodeError:
                    return None
                return "utf-8-sig", 0
            return codec, len(mark)
    return None


def _utf16_by_nuls(data: bytes) -> str | None:
    """UTF-16 without a mark: nearly every second byte is NUL, on one side only."""
    sample = data[: min(len(data), 65_536) // 2 * 2]
    half = max(len(sample) // 2, 1)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.6 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd < 0.1 else None


def _single_byte(data: bytes) -> Text:
    """Text in one of the Windows code pages: cp1252 unless its letters show cp1251 or its words cp1250."""
    high = len(_HIGH.findall(data[:200_000]))
    runs = sum(len(run) for run in _CYRILLIC.findall(data[:200_000]))
    if runs > 12 and runs * 10 > high * 8:
        return Text(
            data.decode("cp1251", "replace"),
            "cp1251",
            ("read as cp1251 (Cyrillic)",),
        )
    western = data.decode("cp1252", "replace")
    central = data.decode("cp1250", "replace")
    shown = len(_SIGN_IN_WORD.findall(western[:200_000]))
    if _known_headings(central) > _known_headings(western) or shown > 2:
        return Text(central, "cp1250", ("read as cp1250 (Central European)",))
    return Text(western, "cp1252")


def _known_headings(text: str) -> int:
    """How many cells of the first lines are headings that the vocabulary knows whole."""
    cells = re.split(r"[;,\t|\r\n]", text[:4000])
    return sum(
        1
        for cell in cells
        if not cell.isascii() and max(roles_of(cell.strip(' "')).values(), default=0) >= 100
    )
