"""QIF: blocks of lines that begin with a letter each and end with `^`, under headers such as `!Type:Bank`.

Only sections of bank, cash, card and other accounts hold lines; investments, categories, classes and securities are
left out. The dates' order is decided over the whole file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tai_ops.errors import UnreadableFile
from tai_ops.statements.bookings import Booking, Part, Records, closed_up, exact_amount, recorded
from tai_ops.statements.dates import DateColumn, conflicting, read_dates
from tai_ops.statements.layout import Columns as Places
from tai_ops.statements.source import Evidence, Source
from tai_ops.statements.statement import Rejected, Statement

FIELDS = ("D", "T", "P", "M", "N", "L", "A")
PLACES = Places(date=0, amount=1, payee=2, description=(3,), reference=4)

_SIGN = re.compile(r"^!(?:Type|Account|Option|Clear)\b", re.MULTILINE | re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")
_OF_LINES = {"bank", "cash", "ccard", "oth a", "oth l"}


@dataclass(slots=True)
class _Block:
    """One block: its section, the account that it belongs to, its first line and its fields."""

    section: str
    account: str | None
    line: int
    fields: dict[str, str] = field(default_factory=dict[str, str])


def detects(source: Source) -> Evidence | None:
    """Whether the file has a header of QIF."""
    found = _SIGN.search(source.head) if source.kind == "text" else None
    return Evidence("certain", f"it has the header {found[0]}") if found else None


def read(source: Source) -> Statement:
    """The lines of the file's bank sections; UnreadableFile where it has none."""
    blocks = [block for block in _blocks(source.text) if block.fields]
    lines = [b for b in blocks if b.section in _OF_LINES and {"D", "T", "U"} & b.fields.keys()]
    records = Records()
    if lines:
        _read_lines(source, lines, records)
    if lines and any(block.section == "invst" for block in blocks):
        records.warnings.append("the investment section of the file was left out")
    return recorded(source, "qif", records, FIELDS, PLACES, nothing=_NOTHING)


_NOTHING = (
    "is a QIF file of lists (accounts, categories, securities or investments), with no bank lines in it; "
    "export the account's transactions"
)


def _blocks(text: str) -> Iterator[_Block]:
    """Each block with its fields; the parts of a split are left to their whole."""
    section, account = "", None
    block: _Block | None = None
    for number, raw in enumerate(_LINE_END.split(text), start=1):
        line = raw.rstrip()
        if line.startswith("!"):
            if block:
                yield block
            block = None
            head, _, kind = line[1:].partition(":")
            if head.strip().lower() == "account":
                section = "account"
            elif head.strip().lower() == "type":
                section = kind.strip().lower()
        elif line.startswith("^"):
            if block:
                if section == "account" and block.fields.get("N"):
                    account = closed_up(block.fields["N"])
                yield block
            block = None
        elif line:
            block = block or _Block(section, account, number)
            key, value = line[0].upper(), line[1:].strip()
            if key == "A" and key in block.fields:
                block.fields[key] += f" {value}"
            elif key not in {"S", "E", "$", "%"}:
                block.fields.setdefault(key, value)
    if block:
        yield block


def _read_lines(source: Source, blocks: Sequence[_Block], records: Records) -> None:
    written = {b.fields.get("D", ""): _plain_date(b.fields.get("D", "")) for b in blocks}
    dates = _dates(source, list(written.values()))
    records.date_order, records.sure = dates.order, dates.sure
    if not dates.sure:
        records.warnings.append(
            f"the dates fit more than one order, and {dates.order} first was taken; --date-order year, month or day decides"
        )
    parts: dict[str | None, Part] = {}
    for block in blocks:
        fields = block.fields
        part = parts.setdefault(block.account, Part(block.line, block.account))
        text = written[fields.get("D", "")]
        day = dates.dates.get(text)
        try:
            if day is None:
                raise ValueError(dates.reasons.get(text, "has no date"))
            amount = exact_amount(_plain_amount(fields.get("T") or fields.get("U", ""), source))
        except ValueError as reason:
            records.rejected.append(Rejected(block.line, str(reason)))
            continue
        part.bookings.append(
            Booking(
                block.line,
                day,
                amount,
                tuple(fields.get(name, "") for name in FIELDS),
                closed_up(fields.get("P")),
                closed_up(fields.get("M")) or closed_up(fields.get("L")),
                closed_up(fields.get("N")),
            )
        )
    records.parts.extend(parts.values())


def _plain_date(text: str) -> str:
    """`1/ 1'00` as 1/1/2000: an apostrophe stands before the years from 2000, and days are padded with blanks."""
    plain = re.sub(r"\s+", "", text)
    return re.sub(r"'\s*(\d{4}|\d{2})$", lambda m: "/" + (m[1] if len(m[1]) == 4 else "20" + m[1]), plain)


def _plain_amount(text: str, source: Source) -> str:
    """The amount without its thousands, which QIF groups by commas where its decimals stand behind a point."""
    mark = source.said.decimal or (source.layout.decimal if source.layout else None)
    if mark == ",":
        return text.replace(".", "")
    grouped = re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+", text.strip())
    return text.replace(",", "") if grouped or mark == "." else text


def _dates(source: Source, texts: list[str]) -> DateColumn:
    order = source.said.date_order
    clash = None if order else conflicting(texts)
    if clash:
        raise UnreadableFile(
            f"{source.name} holds {clash[0]!r} and {clash[1]!r}, which no one date order fits; "
            "say --date-order day or month to read the rest"
        )
    usual = source.layout.date_order if source.layout and source.layout.format == "qif" else None
    return read_dates(texts, order, usual=usual)
