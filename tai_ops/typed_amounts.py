"""Numbers as people type them in a form, in the local ways of writing, as plain text such as `1234.50`.

`1,234.50`, `1.234,50`, `1 234,50`, `1'234.5`, `$1,234.50`, `1234,5 EUR`, `(12.00)`, `-12`. What may be read in two ways
(`1,234`) follows the reader's own language, and the form shows how it was read. No float.
"""

import re
from typing import Literal

Mark = Literal[".", ","]

_COMMA_LANGUAGES = frozenset(
    "de fr es it pt nl pl cs sk da sv nb nn no fi ru uk bg hr hu ro sl sr tr el et lv lt id vi is ca eu gl".split()
)
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']|’")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_CURRENCY = re.compile(r"^(?:[A-Za-z]{1,3}\$?|[$€£¥₹₽₺₩₪%])|(?:[A-Za-z]{3}|[$€£¥₹₽₺₩₪%])$")
_MINUS = str.maketrans("−–‒﹣－", "-----")
_GROUPED = {
    ".": re.compile(r"[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}(\.[0-9]*)?"),
    ",": re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?"),
}
_PLAIN = {".": re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)"), ",": re.compile(r"([0-9]+,?[0-9]*|,[0-9]+)")}


def mark_of(language: str | None) -> Mark:
    """The decimal mark of a language such as `de-DE`; Switzerland writes a point."""
    code = (language or "en").lower().replace("_", "-")
    return "," if code.split("-")[0] in _COMMA_LANGUAGES and not code.endswith("-ch") else "."


def plain_number(text: str, mark: Mark = ".") -> str:
    """The number as plain digits with a point; empty where nothing is typed. ValueError says what is wrong.

    `mark` is the reader's own decimal mark: it decides where a single mark can be read in two ways.
    """
    given = text.strip()
    if not given:
        return ""
    body = _INVISIBLE.sub("", given).translate(_MINUS)
    negative = body.startswith("(") and body.endswith(")")
    body = body[1:-1] if negative else body
    body = _SPACES.sub("", body)
    sign, body = _signed(body)
    stripped = _CURRENCY.sub("", body, count=1)
    inner, stripped = _signed(stripped) if stripped != body and sign == 1 else (1, stripped)
    for one in (mark, "," if mark == "." else "."):
        digits = _digits(stripped, one)
        if digits is not None:
            return ("-" if negative != (sign * inner < 0) else "") + digits
    raise ValueError(f"{given!r} is not a number; write it like {'1,234.50' if mark == '.' else '1.234,50'}")


def _signed(body: str) -> tuple[int, str]:
    if body[:1] in {"-", "+"}:
        return (-1 if body[0] == "-" else 1), body[1:]
    return (-1, body[:-1]) if body[-1:] == "-" else (1, body)


def _digits(body: str, mark: Mark) -> str | None:
    if _PLAIN[mark].fullmatch(body):
        digits = body.replace(",", ".").rstrip(".")
        return f"0{digits}" if digits.startswith(".") else digits
    if _GROUPED[mark].fullmatch(body):
        return body.replace("," if mark == "." else ".", "").replace(",", ".").rstrip(".")
    return None
