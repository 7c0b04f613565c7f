"""OFX and QFX: SGML without end tags (1.x), XML (2.x) and fragments without their headers, read by one tolerant scan.

Strict readers refuse much of what banks export, so tags are taken as they come: a field is a tag with text behind it,
a booking begins at its tag and ends where the next one begins. Entities are never expanded beyond the five of XML.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tai_ops.errors import UnreadableFile
from tai_ops.statements.bookings import (
    Booking,
    Part,
    Records,
    closed_up,
    compact_day,
    exact_amount,
    own_id,
    recorded,
)
from tai_ops.statements.layout import Columns as Places
from tai_ops.statements.source import Evidence, Source
from tai_ops.statements.statement import Rejected, Statement
from tai_ops.statements.words import CURRENCIES

FIELDS = (
    "DTPOSTED",
    "TRNAMT",
    "FITID",
    "NAME",
    "MEMO",
    "CHECKNUM",
    "REFNUM",
    "TRNTYPE",
    "CURSYM",
)
PLACES = Places(date=0, amount=1, bank_id=2, payee=3, description=(4,), reference=5, currency=8)

_SIGNS = re.compile(
    r"OFXHEADER\s*[:=]|<OFX>|<STMTTRN>|<BANKTRANLIST>|<STMTRS>|<CCSTMTRS>|<INVSTMTRS>|<BANKMSGSRSV1>|<SIGNONMSGSRSV1>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(/?)([A-Za-z0-9._]+)[^<>]*>([^<]*)")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_STATEMENTS = {"STMTRS", "CCSTMTRS"}
_ACCOUNTS = {"BANKACCTFROM", "CCACCTFROM"}
_OTHER_ACCOUNTS = {"BANKACCTTO", "CCACCTTO"}
_END_BOOKING = {"STMTTRN", "BANKTRANLIST", "LEDGERBAL", "AVAILBAL", "STMTRS", "CCSTMTRS", "OFX"}
_KEPT = {*FIELDS, "DTUSER"}


def detects(source: Source) -> Evidence | None:
    """Whether the file is OFX: it has one of its tags near its beginning."""
    found = _SIGNS.search(source.head) if source.kind == "text" else None
    return Evidence("certain", f"it has the mark {found[0].strip()}") if found else None


def read(source: Source) -> Statement:
    """The statements of an OFX file; UnreadableFile says what the file is where it holds none."""
    text = source.text
    if "<!ENTITY" in text[:20_000] or "<!DOCTYPE" in text[:20_000]:
        raise UnreadableFile(
            f"{source.name} defines entities of its own, which no bank's statement does; it is not read"
        )
    text = _COMMENT.sub(_only_breaks, text) if "<!--" in text else text
    text = _CDATA.sub(lambda found: html.escape(found[1], quote=False), text) if "<![CDATA[" in text else text
    scan = _Scan()
    for closes, tag, value, line in _tags(text):
        scan.take(tag, value, line, closes=closes)
    scan.end()
    return recorded(source, "ofx", scan.records, FIELDS, PLACES, nothing=_nothing(scan))


def _only_breaks(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _tags(text: str) -> Iterator[tuple[bool, str, str, int]]:
    """Each tag in upper case, whether it closes, the text behind it, and its line."""
    line, seen = 1, 0
    for found in _TAG.finditer(text):
        line += text.count("\n", seen, found.start())
        seen = found.start()
        value = found[3].strip()
        yield found[1] == "/", found[2].upper(), html.unescape(value) if "&" in value else value, line


@dataclass(slots=True)
class _Scan:
    """Where the scan stands: the statement, the booking and the account element that are open."""

    records: Records = field(default_factory=Records)
    seen: set[str] = field(default_factory=set[str])
    part: Part | None = None
    booking: dict[str, str] | None = None
    began: int = 0
    inside: str = ""
    balance: bool = False
    pending: bool = False
    booking_closed: bool = False
    ends: bool = False
    message: str = ""

    def take(self, tag: str, value: str, line: int, *, closes: bool) -> None:
        """One tag."""
        if closes:
            self._closed(tag)
            return
        if tag in {"STMTTRN", "STMTTRNP"}:
            self._finish()
            self.booking, self.began, self.inside = {}, line, ""
            self.pending = tag == "STMTTRNP"
        elif tag in _STATEMENTS:
            self._finish()
            self.part = Part(line)
            self.records.parts.append(self.part)
        elif tag in _END_BOOKING:
            self._finish()
            self.balance = tag == "LEDGERBAL"
        elif tag in _ACCOUNTS | _OTHER_ACCOUNTS or (
            tag in {"PAYEE", "CURRENCY", "ORIGCURRENCY"} and not value
        ):
            self.inside = tag
        elif tag.endswith("STMTRS") or tag in {"SONRS", "ACCTINFORS", "INTRARS", "INVSTMTRS", "PROFRS"}:
            self.part = None if tag == "INVSTMTRS" else self.part
        else:
            self._field(tag, value)
        self.seen.add(tag)

    def _closed(self, tag: str) -> None:
        if tag in {"STMTTRN", "STMTTRNP"}:
            self.booking_closed = True
            self._finish()
        elif tag in _END_BOOKING:
            self._finish()
            self.balance = False
            self.ends = self.ends or tag == "OFX"
        elif tag in _STATEMENTS:
            self.part = None
        if tag == self.inside:
            self.inside = ""

    def _field(self, tag: str, value: str) -> None:
        if tag == "MESSAGE" and value:
            self.message = " ".join(value.split())[:120]
        if self.booking is not None:
            if tag == "CURSYM" and self.inside == "ORIGCURRENCY":
                return
            if tag in _KEPT and value:
                self.booking.setdefault(tag, value)
        elif self.part is None:
            return
        elif tag == "CURDEF":
            self.part.currency = value.upper() if value.upper() in CURRENCIES else None
        elif tag == "ACCTID" and self.inside in _ACCOUNTS:
            self.part.account = self.part.account or closed_up(value)
        elif tag == "BALAMT" and self.balance and value:
            self._closing(value)

    def _closing(self, value: str) -> None:
        try:
            if self.part:
                self.part.closing = exact_amount(value)
        except ValueError as reason:
            self.records.warnings.append(f"the ledger balance {reason}")

    def _finish(self) -> None:
        """The booking that is open becomes one of its statement, unless it can't be read."""
        fields, self.booking, self.inside = self.booking, None, ""
        if fields is None:
            return
        if self.pending:
            self.records.pending += 1
            return
        part = self.part
        if part is None:
            if "INVSTMTRS" in self.seen:
                return
            part = self.part = Part(self.began)
            self.records.parts.append(part)
        try:
            part.bookings.append(_booking(fields, self.began))
        except ValueError as reason:
            self.records.rejected.append(Rejected(self.began, str(reason)))

    def end(self) -> None:
        """The end of the file: a booking that is still open may be cut off."""
        if self.booking is not None and self.booking_closed and any(p.bookings for p in self.records.parts):
            self.booking = None
            self.records.rejected.append(
                Rejected(self.began, "is cut off: the file ends within it; export the statement again")
            )
        self._finish()
        if self.records.parts and not self.ends and "OFX" in self.seen:
            self.records.warnings.append("the file ends without </OFX>; it may be cut off")
        if "INVSTMTRS" in self.seen and self.records.parts:
            self.records.warnings.append("the investment account in the file was left out")


def _booking(fields: dict[str, str], line: int) -> Booking:
    """ValueError says which field can't be read."""
    if not fields.get("DTPOSTED"):
        raise ValueError("has no posting date (DTPOSTED)")
    payee, memo = closed_up(fields.get("NAME")), closed_up(fields.get("MEMO"))
    code = fields.get("CURSYM", "").upper()
    return Booking(
        line,
        compact_day(fields["DTPOSTED"]),
        exact_amount(fields.get("TRNAMT", "")),
        tuple(fields.get(name, "") for name in FIELDS),
        payee,
        memo,
        closed_up(fields.get("CHECKNUM") or fields.get("REFNUM")),
        own_id(fields.get("FITID")),
        code if code in CURRENCIES else None,
    )


def _nothing(scan: _Scan) -> str:
    """What an OFX file without a statement is."""
    kinds = (
        (
            "INVSTMTRS",
            "is an OFX file of an investment account, which has no bank lines; choose the cash account's export",
        ),
        (
            "ACCTINFORS",
            "is an OFX list of accounts, with no statement in it; export the account's transactions",
        ),
        (
            "INTRARS",
            "is an OFX confirmation of a transfer, with no statement in it; export the account's transactions",
        ),
        ("PROFRS", "is an OFX profile of a bank, with no statement in it; export the account's transactions"),
    )
    for tag, what in kinds:
        if tag in scan.seen:
            return what
    if "STMTTRNRS" in scan.seen or "CCSTMTTRNRS" in scan.seen:
        said = f" ({scan.message})" if scan.message else ""
        return f"is an OFX answer with an error{said} and no statement; export it again"
    if "SONRS" in scan.seen:
        said = f" ({scan.message})" if scan.message else ""
        return f"is an OFX sign-on answer{said}, with no statement in it; export the account's transactions"
    return "is an OFX file with no statement in it; export the account's transactions"
