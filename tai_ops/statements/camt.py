"""CAMT.052, 053 and 054 (ISO 20022) of every version: entries booked, one line each, whatever details lie in them.

Elements are told by their names, not by their namespace, which banks leave out and misspell. Several files of one
archive are one statement.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from tai_ops.errors import UnreadableFile
from tai_ops.statements.archive import files_in
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
from tai_ops.statements.content import head_of, kind_of
from tai_ops.statements.layout import Columns as Places
from tai_ops.statements.source import Evidence, Source
from tai_ops.statements.statement import Rejected, Statement
from tai_ops.statements.words import CURRENCIES

if TYPE_CHECKING:
    from tai_ops.statements.xml_scan import Node

FIELDS = (
    "BookgDt",
    "Amt",
    "CdtDbtInd",
    "AcctSvcrRef",
    "Nm",
    "Ustrd",
    "EndToEndId",
    "AddtlNtryInf",
    "Ccy",
)
PLACES = Places(date=0, amount=1, flag=2, bank_id=3, payee=4, description=(5, 7), reference=6, currency=8)

_SIGN = re.compile(r"camt\.05[234]|<(?:\w+:)?(?:BkToCstmr\w+|Stmt|Ntry)>")
_MESSAGE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.\d{3})")
_STATEMENTS = {"Stmt", "Rpt", "Ntfctn"}
_ROOTS = {"BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn"}
_NOT_PROVIDED = {"NOTPROVIDED", "NONREF", "NOT PROVIDED"}
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def detects(source: Source) -> Evidence | None:
    """Whether the file, or each file of the archive, is such a message."""
    if source.kind == "zip":
        names = files_in(source.data, source.name)
        found = names and all(kind_of(d, n) == "text" and _SIGN.search(head_of(d)) for n, d in names)
        return Evidence("certain", "every file of the archive is such a message") if found else None
    found = _SIGN.search(source.head) if source.kind == "text" else None
    return Evidence("certain", f"it has the mark {found[0]}") if found else None


def read(source: Source) -> Statement:
    """The statements of the message; UnreadableFile says what it is where it holds none."""
    files = files_in(source.data, source.name) if source.kind == "zip" else [("", source.data)]
    reader = _Reader(source.name)
    for name, data in files:
        reader.read(f"{source.name} ({name})" if name else source.name, data)
    return recorded(source, "camt", reader.records, FIELDS, PLACES, nothing=_NOTHING)


_NOTHING = "is a CAMT message with no statement in it (no Stmt, Rpt or Ntfctn element); export the account's statement again"


@dataclass(slots=True)
class _Reader:
    """The statement that is open while the message streams by."""

    name: str
    records: Records = field(default_factory=Records)
    part: Part | None = None
    notice: bool = False
    base: int = 0

    def read(self, name: str, data: bytes) -> None:
        """One message; its lines are counted on from those of the one before."""
        from tai_ops.statements.xml_scan import scan_xml

        self.name = name
        self.part = None
        scan_xml(
            io.BytesIO(_as_utf8(data)),
            name,
            wanted={"Acct", "Bal", "Ntry"},
            take=self._take,
            opens=self._opens,
        )
        self.base += data.count(b"\n") + 1

    def _opens(self, local: str, space: str, line: int) -> None:
        if local == "Document":
            message = _MESSAGE.match(space)
            if message and not message[1].startswith("camt.05"):
                raise UnreadableFile(
                    f"{self.name} is an ISO 20022 message {message[1]}, not a statement (camt.052, 053 or 054); "
                    "export the account's statement"
                )
            if space and not message:
                self.records.warnings.append(
                    f"the namespace {space[:60]!r} is not that of a CAMT message; it was read by its elements' names"
                )
        elif local in _ROOTS:
            self.notice = local == "BkToCstmrDbtCdtNtfctn"
        elif local in _STATEMENTS:
            self.part = Part(self.base + line)
            self.records.parts.append(self.part)

    def _take(self, node: "Node") -> None:
        if self.part is None:
            if node.name != "Ntry":
                return
            self.part = Part(self.base + node.line)
            self.records.parts.append(self.part)
        if node.name == "Acct":
            self.part.account = closed_up(node.said("Id/IBAN", "Id/Othr/Id", "Id/PrtryAcct/Id", "Id"))
            self.part.currency = _code(node.said("Ccy"))
        elif node.name == "Bal":
            self._balance(self.part, node)
        else:
            self._entry(self.part, node)

    def _balance(self, part: Part, node: "Node") -> None:
        kind = node.said("Tp/CdOrPrtry/Cd", "Tp/Cd")
        if kind not in _OPENING + _CLOSING:
            return
        amount = node.first("Amt")
        try:
            value = exact_amount(amount.text if amount else "")
        except ValueError as reason:
            self.records.warnings.append(f"line {self.base + node.line}: the balance {reason}")
            return
        code = _code(amount.attributes.get("Ccy", "")) if amount else None
        part.currency = part.currency or code
        if code and part.currency != code:
            part.closes_in = code if kind in _CLOSING else part.closes_in
            return
        signed = -value if node.said("CdtDbtInd") == "DBIT" else value
        if kind in _CLOSING:
            part.closing = signed
        elif kind == "OPBD" or part.opening is None:
            part.opening = signed

    def _entry(self, part: Part, node: "Node") -> None:
        status = node.said("Sts/Cd", "Sts/Prtry", "Sts")
        if status and status != "BOOK":
            self.records.pending += 1
            return
        line = self.base + node.line
        try:
            part.bookings.append(_booking(node, line))
        except ValueError as reason:
            self.records.rejected.append(Rejected(line, str(reason)))


def _as_utf8(data: bytes) -> bytes:
    """The bytes without what may not stand before a document; those that claim UTF-8 and are not, made so."""
    plain = data.strip(b"\x00 \t\r\n")
    head = plain[:200].lower()
    named = re.search(rb"encoding\s*=\s*[\"']([\w-]+)", head)
    if (named is None or named[1] in {b"utf-8", b"utf8"}) and plain[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
        try:
            plain.decode("utf-8")
        except UnicodeDecodeError:
            return plain.decode("cp1252", "replace").encode()
    return plain


def _code(text: str) -> str | None:
    plain = text.strip().upper()
    return plain if plain in CURRENCIES else None


def _booking(node: "Node", line: int) -> Booking:
    """ValueError says which element can't be read."""
    amount = node.first("Amt")
    value = exact_amount(amount.text if amount else "")
    way = node.said("CdtDbtInd")
    if way not in {"CRDT", "DBIT"}:
        raise ValueError(f"{way!r} says neither credit (CRDT) nor debit (DBIT)")
    when = node.said("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    booked = compact_day(when[:10].replace("-", ""))
    details = list(node.all("NtryDtls/TxDtls")) or list(node.all("TxDtls"))
    payee = _payee(details, money_in=way == "CRDT")
    reference = closed_up(_reference(details))
    text = _texts(details)
    more = closed_up(node.said("AddtlNtryInf"))
    ref = closed_up(node.said("AcctSvcrRef")) or (
        closed_up(details[0].said("Refs/AcctSvcrRef")) if len(details) == 1 else None
    )
    code = _code(amount.attributes.get("Ccy", "")) if amount else None
    several = f"{len(details)} payments" if len(details) > 1 else None
    description = " ".join(dict.fromkeys(part for part in (several, text, more) if part)) or None
    cells = (
        when,
        amount.text.strip() if amount else "",
        way,
        ref or "",
        payee or "",
        text or "",
        reference or "",
        more or "",
        code or "",
    )
    signed: Decimal = value if way == "CRDT" else -value
    return Booking(line, booked, signed, cells, payee, description, reference, own_id(ref), code)


def _payee(details: "Sequence[Node]", *, money_in: bool) -> str | None:
    """Who stands on the other side: the debtor of what came in, the creditor of what went out, all of them where several."""
    sides = (
        ("Dbtr", "UltmtDbtr", "Cdtr", "UltmtCdtr") if money_in else ("Cdtr", "UltmtCdtr", "Dbtr", "UltmtDbtr")
    )
    paths = [f"RltdPties/{side}{inner}/Nm" for side in sides for inner in ("", "/Pty")]
    names = dict.fromkeys(name for tx in details if (name := closed_up(tx.said(*paths))))
    return ", ".join(list(names)[:3]) + (" …" if len(names) > 3 else "") if names else None


def _reference(details: "Sequence[Node]") -> str | None:
    """The reference of the one payment: its structured remittance, else its end-to-end id."""
    if len(details) != 1:
        return None
    structured = details[0].said("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef")
    end_to_end = details[0].said("Refs/EndToEndId")
    return structured or (None if end_to_end in _NOT_PROVIDED else end_to_end)


def _texts(details: "Sequence[Node]") -> str | None:
    said = [node.text for tx in details for node in tx.all("RmtInf/Ustrd")]
    said += [] if said else [node.text for tx in details for node in tx.all("AddtlTxInf")]
    return closed_up(" ".join(dict.fromkeys(text.strip() for text in said)))
