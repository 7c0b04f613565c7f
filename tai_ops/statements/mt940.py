"""MT940 and MT942, as banks write them: tags at the start of a line, statements one behind the other in a file.

A debit is money out, a credit money in; of the reversals RC takes money out and RD puts it in. A line's date is its
entry date, or its value date where it has none.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from tai_ops.statements.bookings import (
    Booking,
    Part,
    Records,
    closed_up,
    exact_amount,
    recorded,
)
from tai_ops.statements.dates import calendar_day
from tai_ops.statements.layout import Columns as Places
from tai_ops.statements.mt940_details import Details, details_of
from tai_ops.statements.source import Evidence, Source
from tai_ops.statements.statement import Rejected, Statement
from tai_ops.statements.words import CURRENCIES

FIELDS = (":61:", ":86:")
PLACES = Places(date=0, amount=0, description=(1,))

_SIGN = re.compile(
    r"^(?:\{1:\w+|:20:|:25P?:|:28C?:|:60[FM]:|:61:|:62[FM]:|:6[45]:|:86:|:34F:|:13D?:)", re.MULTILINE
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_TAG = re.compile(r"^(?:\{4:)?:(\d{2}[A-Z]?|NS):(.*)$")
_ENTRY = re.compile(
    r"(?P<day>\d{6})(?P<entry>\d{4}| {4})?\s*(?P<mark>[RE]?[CD])(?P<funds>[A-Z])?\s*(?P<amount>\d[\d.]*(?:,\d*)?)"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_NAMED = re.compile(r"(\S{1,16})\s{2,}(\S.*)")
_KIND = re.compile(r"\s*[A-Z][A-Z0-9 ]{3}")
_BALANCE = re.compile(
    r"(?P<mark>R?[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})?\s*(?P<amount>\d[\d.]*(?:,\d*)?)"
)
_STRUCTURED = re.compile(r"\d{3}[?>]\d\d")
_END = re.compile(r"^-\}?[A-Z]{0,4}\s*$|^-$")


class Tag(NamedTuple):
    """A tag of the file with the lines behind it."""

    line: int
    name: str
    text: str


@dataclass(slots=True)
class _Open:
    """The statement that is being read: its part, and the entry that waits for its details."""

    part: Part
    entry: Tag | None = None
    details: list[str] = field(default_factory=list[str])
    numbered: bool = False
    stands: bool = False


def detects(source: Source) -> Evidence | None:
    """Whether the file has one of the tags at the start of a line."""
    found = _SIGN.search(source.head) if source.kind == "text" else None
    return Evidence("certain", f"it has the tag {found[0].strip()}") if found else None


def read(source: Source) -> Statement:
    """The statements of the file; UnreadableFile where it is only a piece of one."""
    records = Records()
    current: _Open | None = None
    for tag in _tags(source.text):
        if tag.name == "20" or current is None:
            _close(current, records)
            current = _Open(Part(tag.line))
        if tag.name == "25" and current.entry and _STRUCTURED.match(tag.text):
            current.details.append(tag.text)  # details under the wrong tag
        elif tag.name == "61":
            _finish(current, records)
            current.entry = tag
        elif tag.name in {"86", "NS"}:
            if current.entry:
                current.details.append(tag.text)
                current.numbered = tag.name == "NS"
        else:
            _finish(current, records)
            _of_statement(current, tag, records)
    _close(current, records)
    return recorded(source, "mt940", records, FIELDS, PLACES, nothing=_NOTHING)


_NOTHING = (
    "is a piece of an MT940 statement: it has no account (:25:) with a balance (:60:, :62:) or lines (:61:); "
    "export the whole statement"
)


def _tags(text: str) -> list[Tag]:
    tags: list[Tag] = []
    name, began, held = "", 0, list[str]()
    for number, raw in enumerate(_LINE_END.split(text), start=1):
        found = _TAG.match(raw)
        if found or _END.match(raw):
            if name:
                tags.append(Tag(began, name, "\n".join(held)))
            name, began, held = (found[1], number, [found[2]]) if found else ("", 0, [])
        elif name:
            held.append(raw)
    if name:
        tags.append(Tag(began, name, "\n".join(held)))
    return tags


def _of_statement(current: _Open, tag: Tag, records: Records) -> None:
    part = current.part
    kind = tag.name[:2]
    if kind == "25" and part.account is None:
        part.account = closed_up(tag.text)
    elif kind in {"60", "62"}:
        current.stands = True
        balance = _balance(tag, records)
        if balance:
            part.currency = part.currency or balance[1]
        if kind == "60" and part.opening is None:
            part.opening = balance[0] if balance else None
        elif kind == "62":
            part.closing = balance[0] if balance else None
    elif kind in {"34", "90"}:
        current.stands = True
        code = re.search(r"[A-Z]{3}", tag.text)
        if code and code[0] in CURRENCIES:
            part.currency = part.currency or code[0]


def _balance(tag: Tag, records: Records) -> tuple[Decimal, str | None] | None:
    found = _BALANCE.match(tag.text.strip())
    if not found:
        records.warnings.append(f"line {tag.line}: the balance {tag.text.strip()[:40]!r} can't be read")
        return None
    amount = exact_amount(found["amount"])
    code = found["currency"]
    return (-amount if found["mark"] == "D" else amount), code if code in CURRENCIES else None


def _close(current: _Open | None, records: Records) -> None:
    """Keep the statement that ends here, unless it is only a piece of one."""
    if current is None:
        return
    _finish(current, records)
    part = current.part
    if part.account and (current.stands or part.bookings):
        records.parts.append(part)
        if part.bookings and part.opening is not None and part.closing is None:
            records.warnings.append(
                f"the statement from line {part.line} on has no closing balance; the file may be cut off"
            )


def _finish(current: _Open, records: Records) -> None:
    """The entry that is open becomes a booking, or is rejected with its line."""
    entry, details = current.entry, current.details
    current.entry, current.details = None, []
    if entry is None:
        return
    try:
        said = details_of(details, numbered=current.numbered)
        current.part.bookings.append(_booking(entry, details, said, records))
    except ValueError as reason:
        records.rejected.append(Rejected(entry.line, str(reason)))


def _booking(entry: Tag, details: list[str], said: Details, records: Records) -> Booking:
    found = _ENTRY.match(entry.text.strip())
    if not found:
        raise ValueError(f"{' '.join(entry.text.split())[:40]!r} is not an entry of MT940")
    booked = _booked_on(entry, found["day"], (found["entry"] or "").strip(), records)
    amount = exact_amount(found["amount"].replace(".", ""))
    out = found["mark"] in {"D", "ED", "RC"}
    rest = found["rest"]
    kind = _KIND.match(rest)
    first, _, below = (rest[kind.end() :] if kind else rest).partition("\n")
    own, _, bank = first.partition("//")
    named = _NAMED.match(own)
    own, name = (named[1], closed_up(named[2])) if named else (own, None)
    reference = said.reference or next((r for r in map(closed_up, (own, bank)) if r and r != "NONREF"), None)
    return Booking(
        entry.line,
        booked,
        -amount if out else amount,
        (entry.text, "\n".join(details)),
        said.payee or name,
        said.text or closed_up(below) or closed_up(own if own.strip() != "NONREF" else None),
        reference,
    )


def _booked_on(entry: Tag, value: str, month_day: str, records: Records) -> date:
    """The entry date in the year that lies next to the value date; else the value date, 30 February as that month's last day."""
    year = int(value[:2]) + (2000 if int(value[:2]) < 70 else 1900)
    month, day = int(value[2:4]), int(value[4:])
    valued = calendar_day(year, month, day)
    if month_day:
        near = valued or calendar_day(year, month, 1) if 1 <= month <= 12 else None
        choices = [
            found
            for y in (year, year - 1, year + 1)
            if (found := calendar_day(y, int(month_day[:2]), int(month_day[2:])))
        ]
        if choices:
            return min(choices, key=lambda d: abs((d - near).days)) if near else choices[0]
    if valued:
        return valued
    if 1 <= month <= 12 and 28 < day <= 31:
        last = calendar_day(year + month // 12, month % 12 + 1, 1)
        if last:
            records.warnings.append(
                f"line {entry.line}: {value} is no day of the calendar; the last day of that month was taken"
            )
            return last - timedelta(days=1)
    raise ValueError(f"{value!r} is not a date")
