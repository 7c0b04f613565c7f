"""BAI2: records of comma-separated fields, `16` for each transaction, `88` for what goes on from the record before.

Amounts are whole cents without a mark. Codes 100 to 399 and 920 to 959 are credits, 400 to 699 and 960 to 999 debits.
A transaction's date is the as-of date of its group; a value date beside it changes nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tai_ops.money import LARGEST
from tai_ops.statements.bookings import Booking, Part, Records, closed_up, compact_day, own_id, recorded
from tai_ops.statements.layout import Columns as Places
from tai_ops.statements.source import Evidence, Source
from tai_ops.statements.statement import Rejected, Statement
from tai_ops.statements.words import CURRENCIES, THREE_DECIMALS

FIELDS = ("as of", "type", "amount", "funds", "bank reference", "customer reference", "text")
PLACES = Places(date=0, amount=2, flag=1, description=(6,), reference=5, bank_id=4)

_SIGN = re.compile(r"\A\s*01,[^,\n]*,[^,\n]*,\d{6},\d{0,4},")
_START = re.compile(r"(?:^[ \t]*|(?<=/)[ \t]+)(01|02|03|16|49|88|98|99),", re.MULTILINE)
_WITHOUT_CENTS = {"JPY", "KRW", "CLP", "ISK", "VND", "XAF", "XOF", "XPF", "PYG", "UGX", "RWF"}
_OPENING, _CLOSING = "010", "015"


@dataclass(slots=True)
class _Record:
    """A record with those that go on from it: its code, its line, its text without the end mark."""

    code: str
    line: int
    text: str


def detects(source: Source) -> Evidence | None:
    """Whether the file begins with a file header of BAI2."""
    if source.kind == "text" and _SIGN.search(source.head):
        return Evidence("certain", "it begins with a file header (01)")
    return None


def read(source: Source) -> Statement:
    """The accounts of the file; UnreadableFile where it has none."""
    records = Records()
    as_of: date | None = None
    group_currency: str | None = None
    part: Part | None = None
    ended = False
    for record in _records(source.text):
        if record.code == "02":
            fields = record.text.split(",")
            group_currency = _code(_at(fields, 5))
            try:
                as_of = compact_day(_at(fields, 3))
            except ValueError as reason:
                as_of = None
                records.warnings.append(f"line {record.line}: the as-of date {reason}")
        elif record.code == "03":
            part = _account(record, group_currency)
            records.parts.append(part)
        elif record.code == "16" and part is not None:
            try:
                booking = _booking(record, as_of, part)
            except ValueError as reason:
                records.rejected.append(Rejected(record.line, str(reason)))
            else:
                part.bookings.extend([booking] if booking else [])
        ended = ended or record.code == "99"
    if records.parts and not ended:
        records.warnings.append("the file ends without its trailer (99); it may be cut off")
    return recorded(source, "bai2", records, FIELDS, PLACES, nothing=_NOTHING)


_NOTHING = "is a BAI2 file with no account in it (no record 03); export the report again"


def _records(text: str) -> Iterator[_Record]:
    """Each record; a continuation is put behind its record, an end mark and the blanks around it are taken off."""
    starts = list(_START.finditer(text))
    line, seen = 1, 0
    open_record: _Record | None = None
    for n, start in enumerate(starts):
        end = starts[n + 1].start() if n + 1 < len(starts) else len(text)
        line += text.count("\n", seen, start.start(1))
        seen = start.start(1)
        body = re.sub(r"/?\s*\Z", "", text[start.end() : end])
        if start[1] == "88" and open_record:
            apart = "\n" if open_record.code == "16" else ","
            open_record.text += apart + body
        else:
            if open_record:
                yield open_record
            open_record = _Record(start[1], line, body)
    if open_record:
        yield open_record


def _at(fields: list[str], n: int) -> str:
    return fields[n].strip() if n < len(fields) else ""


def _code(text: str) -> str | None:
    return text.upper() if text.upper() in CURRENCIES else None


def _account(record: _Record, group_currency: str | None) -> Part:
    """The account with its ledger balances, among the summary codes of the record."""
    fields = [field.strip() for field in record.text.split(",")]
    part = Part(record.line, closed_up(_at(fields, 0)), _code(_at(fields, 1)) or group_currency)
    n = 2
    while n < len(fields):
        code, amount = fields[n], _at(fields, n + 1)
        if code in {_OPENING, _CLOSING} and re.fullmatch(r"[+-]?\d+", amount):
            value = _money(amount, part.currency)
            part.opening, part.closing = (value, part.closing) if code == _OPENING else (part.opening, value)
        n += 3 + _funds(fields, n + 3)
    return part


def _funds(fields: list[str], n: int) -> int:
    """How many fields a funds type and what belongs to it take."""
    kind = _at(fields, n).upper()
    if kind == "S":
        return 4
    if kind == "V":
        return 3
    if kind == "D":
        count = _at(fields, n + 1)
        return 2 + 2 * int(count) if count.isdigit() and len(count) < 3 else 2
    return 1


def _money(text: str, currency: str | None) -> Decimal:
    """The digits as an amount of that currency; ValueError where they can't be kept."""
    value = Decimal(text).scaleb(0 if currency in _WITHOUT_CENTS else -2)
    if currency in THREE_DECIMALS:
        raise ValueError(f"{currency} has three decimals and amounts are kept in cents")
    if abs(value) > LARGEST:
        raise ValueError(f"{text!r} is larger than an account can hold")
    return value.quantize(Decimal("0.01"))


def _booking(record: _Record, as_of: date | None, part: Part) -> Booking | None:
    """The transaction; None where the record states no money. ValueError says what can't be read."""
    own, _, below = record.text.partition("\n")
    fields = own.split(",")
    code, digits = _at(fields, 0), _at(fields, 1)
    if code == "890":
        return None
    if not re.fullmatch(r"\d{3}", code) or not (100 <= int(code) <= 699 or 920 <= int(code) <= 999):
        raise ValueError(f"the type {code[:20]!r} says neither credit nor debit")
    if not re.fullmatch(r"[+-]?\d+", digits):
        raise ValueError(f"{digits[:40]!r} is not an amount" if digits else "has no amount")
    if as_of is None:
        raise ValueError("its group has no as-of date")
    amount = _money(digits, part.currency)
    n = 2 + _funds(fields, 2)
    bank, customer = _at(fields, n), _at(fields, n + 1)
    text = ",".join(fields[n + 2 :])
    whole = closed_up(f"{text}\n{below}".replace("/\n", "\n"))
    credit = int(code) < 400 or 920 <= int(code) < 960
    cells = (as_of.isoformat(), code, digits, ",".join(fields[2:n]), bank, customer, whole or "")
    return Booking(
        record.line,
        as_of,
        amount if credit else -amount,
        cells,
        _party(below),
        whole,
        closed_up(customer) or closed_up(bank),
        own_id(bank),
    )


def _party(below: str) -> str | None:
    """A counterparty that a continuation names, as some banks label theirs."""
    found = re.search(r"^(?:CRNM|DBNM|IDNM NAME|ORIG CO NAME):\s*(.+)$", below, re.MULTILINE)
    return closed_up(found[1]) if found else None
