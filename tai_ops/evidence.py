"""Evidence beside a record: what a file is by its bytes, a name under which it is safe to save, a link that is one.

What a file is called and what it claims to be decide nothing. Only pictures and plain text are ever shown; everything
else, web pages and vector pictures among it, is text or a download.
"""

import re
import unicodedata
from urllib.parse import urlsplit

from tai_ops.errors import Refused

MAX_BYTES = 10 * 2**20
MAX_NAME = 120
MAX_LINK = 2000
MAX_NOTE = 500
DOWNLOAD = "application/octet-stream"
TEXT = "text/plain"
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_ACTIVE = re.compile(
    r"(html?|xht(ml)?|svgz?|xml|xsl|m?js|jse|vb[es]?|ws[fh]?|hta|ps1|psm1|bat|cmd|com|exe|scr|pif|msi|dll|jar|lnk|url|reg"
    r"|app|sh|bash|command|desktop|py|rb|pl|chm|cpl|inf|docm|xlsm|pptm|iso|img|vhdx?|swf)",
    re.IGNORECASE,
)
"""Endings that a system runs, or that a browser reads as a page, when such a file is opened."""
_UNSAFE = re.compile(r'[<>:"/\\|?*]')


def content_type(data: bytes) -> str:
    """What the bytes are: a picture, a PDF, plain text, or something to download."""
    for magic, found in _MAGIC:
        if data.startswith(magic):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return DOWNLOAD
    controls = sum(
        1 for sign in text[:20_000] if unicodedata.category(sign) == "Cc" and sign not in "\t\r\n\f"
    )
    return DOWNLOAD if controls else TEXT


def checked_file(data: bytes, name: str) -> str:
    """The content type of a file that may be kept; Refused where it is empty or too large."""
    if not data:
        raise Refused(f"{shown_name(name)}: the file is empty")
    if len(data) > MAX_BYTES:
        raise Refused(
            f"{shown_name(name)}: {len(data) / 2**20:.1f} MB is over the limit of {MAX_BYTES // 2**20} MB; "
            "keep it elsewhere and add a link to it"
        )
    return content_type(data)


def checked_link(text: str) -> str:
    """A link as it may be followed; Refused where it is no web address."""
    link = text.strip()
    try:
        parts = urlsplit(link)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web or len(link) > MAX_LINK or any(sign.isspace() or not sign.isprintable() for sign in link):
        raise Refused(
            "link: write a web address that begins with https:// or http:// (at most 2,000 characters)"
        )
    return link


def checked_note(text: str) -> str | None:
    """What somebody says of a piece of evidence; Refused where it is too long."""
    note = text.strip()
    if len(note) > MAX_NOTE:
        raise Refused(f"note: {len(note)} characters are over the limit of {MAX_NOTE}")
    return note or None


def shown_name(name: str) -> str:
    """A file's name on one line, as long as a line may be, without signs that turn the reading around."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    return line if len(line) <= MAX_NAME else f"{line[: MAX_NAME - 1]}…"


def safe_name(name: str, kind: str = DOWNLOAD) -> str:
    """The name under which a file of that content type is saved.

    No folders, no devices of Windows, no signs that a system refuses; an ending that would be run gets another behind it.
    """
    last = re.split(r"[/\\]", name.replace("\x00", ""))[-1]
    plain = "".join(sign if sign.isprintable() else "_" for sign in last)
    plain = _UNSAFE.sub("_", plain).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem, ending = plain, ""
    if _DEVICES.fullmatch(stem.split(".")[0].strip()):
        stem = f"_{stem}"
    ending = ending[:16]
    if _ACTIVE.fullmatch(ending.strip()):
        stem, ending = f"{stem[: MAX_NAME - 24]}.{ending}", "txt" if kind == TEXT else "bin"
    kept = stem[: MAX_NAME - len(ending) - 1]
    return f"{kept}.{ending}" if ending else kept or "file"
