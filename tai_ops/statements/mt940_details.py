"""What an MT940 entry says of itself under :86:, in the ways in which banks structure that text; any other text is kept as it is."""

import re
from typing import NamedTuple

from tai_ops.statements.bookings import closed_up

_MARKED = re.compile(r"\s*(\d{3})?([?>])(?=\d\d)")
_NUMBERED = re.compile(r"^(\d\d)(.*)$")
_SLASHED = re.compile(
    r"/(EREF|REMI|NAME|BENM|ORDP|IBAN|BIC|TRTP|CSID|MARF|KREF|ISDT|PREF|RTRN|SVCL|INFO|TYPE|ADDR|ID|CNTP|PURP|ULTC|ULTD|OCMT|CHGS|PT|PY|TRCD)/"
)
_SEPA = re.compile(r"\b(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|RREF)\+")
_WIDTH = 27
_NOT_PROVIDED = {"NOTPROVIDED", "NONREF", "NOT PROVIDED"}


class Details(NamedTuple):
    """The payee, the text and the reference that the details name."""

    payee: str | None = None
    text: str | None = None
    reference: str | None = None


def details_of(texts: list[str], *, numbered: bool = False) -> Details:
    """What the texts under one entry say together; a text that follows no structure is the description.

    `numbered` says that they stood under :NS:, whose lines begin with the number of their field.
    """
    whole = "\n".join(texts).strip("\n")
    if not whole.strip():
        return Details()
    mark = _MARKED.match(whole)
    if mark:
        return _marked(whole, mark[2])
    fields = [_NUMBERED.match(line) for line in whole.splitlines()] if numbered else []
    if fields and all(fields):
        return _numbered({}, [(m[1], m[2]) for m in fields if m])
    slashed = list(_SLASHED.finditer(whole.replace("\n", "")))
    if slashed:
        return _slashed(whole.replace("\n", ""), slashed)
    return Details(None, closed_up(whole))


def _marked(whole: str, mark: str) -> Details:
    """`?20…?32…`: lines broken at a fixed width are joined as they were."""
    joined = whole.replace("\n", "")
    pieces = re.split(rf"{re.escape(mark)}(?=\d\d)", joined)
    return _numbered({"": pieces[0]}, [(piece[:2], piece[2:]) for piece in pieces[1:]])


def _numbered(fields: dict[str, str], pieces: list[tuple[str, str]]) -> Details:
    """Purpose in 20 to 29 and 60 to 65, the party in 32 and 33, the booking's kind in 00; in :NS: from 01, 15 and 17."""
    own_kind = "" not in fields
    purpose: list[str] = []
    names: list[str] = []
    kind = ""
    for code, text in pieces:
        number = int(code)
        if own_kind:
            if 1 <= number <= 14:
                purpose.append(text + " ")
            elif number in {15, 16}:
                names.append(text)
            elif number == 17:
                kind = text
        elif 20 <= number <= 29 or 60 <= number <= 65:
            purpose.append(_cut(text))
        elif number in {32, 33}:
            names.append(_cut(text))
        elif number == 0:
            kind = text
    text, reference = _sepa("".join(purpose))
    return Details(closed_up("".join(names)), text or closed_up(kind), reference)


def _cut(text: str) -> str:
    """A field as it goes on: one of full width was cut within a word perhaps, a shorter one ends where it ends."""
    return text if len(text) >= _WIDTH else text + " "


def _sepa(purpose: str) -> tuple[str | None, str | None]:
    """The purpose and the end-to-end reference of a text with `EREF+…SVWZ+…`; else the text itself."""
    marks = list(_SEPA.finditer(purpose))
    if not marks:
        return closed_up(purpose), None
    said: dict[str, str] = {}
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        said.setdefault(mark[1], purpose[mark.end() : after.start() if after else len(purpose)])
    text = closed_up(said.get("SVWZ")) or closed_up(purpose[: marks[0].start()]) or closed_up(purpose)
    reference = next((r for key in ("EREF", "KREF", "MREF") if (r := closed_up(said.get(key)))), None)
    return text, None if reference in _NOT_PROVIDED else reference


def _slashed(whole: str, marks: list[re.Match[str]]) -> Details:
    said: dict[str, str] = {}
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        # keys that follow one another at once name a group: what lies in it belongs to the last of them
        said.setdefault(mark[1], whole[mark.end() : after.start() if after else len(whole)].strip("/"))
    reference = closed_up(said.get("EREF"))
    return Details(
        closed_up(said.get("NAME")),
        closed_up(said.get("REMI")) or closed_up(said.get("INFO")) or closed_up(whole),
        None if reference in _NOT_PROVIDED else reference,
    )
