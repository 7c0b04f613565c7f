"""Amounts of money as banks print them, in whole cents; the decimal mark is decided over the whole column.

`1,234.56`, `1.234,56`, `1'234.56`, `1 234,56`, `12,34,567.89`, `-5`, `5-`, `(5.00)`, `+5`, `€ 5`, `5.00 DR`. No float.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from tai_ops.money import LARGEST
from tai_ops.statements.words import CURRENCIES, SYMBOLS, THREE_DECIMALS

Mark = Literal[".", ","]

_MOST = int(LARGEST * 100)
_CURRENCY = (
    r"(?:[A-Z]{3}|US\$|A\$|C\$|R\$|[$€£¥₹₽₺₩₪฿₫₴₦]|[Kk]r\.?|[Zz]ł|K[čc]|Ft|Fr\.?|Rs\.?|S/\.?|lei|руб\.?|р\.)"
)
_AMOUNT = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?P<before>{_CURRENCY})?\s*(?P<sign2>[+-])?\s*"
    r"(?P<body>\d{1,3}(?:[ '´`]\d{3})+(?:[.,]\d*)?|\d+(?:[.,]\d+)*[.,]?|[.,]\d+)"
    rf"\s*(?P<sign3>[+-])?\s*(?P<after>{_CURRENCY})?\s*(?P<sign4>[+-]|CR|DR|Cr|Dr|[CDSH])?\s*(?P<close>\))?"
)
_DASH_FOR_CENTS = re.compile(r"(?<=\d)[.,]-{1,2}(?![\d])")
_LONGEST = 40
_WITH_CENTS = re.compile(
    r"-?(?:[0-9]{1,15}|[0-9]{1,3}(?:[.'’ \u00a0\u202f][0-9]{3}){1,4}(?=,)|[0-9]{1,3}(?:[,'’ \u00a0\u202f][0-9]{3}){1,4}(?=\.))"
    r"[.,][0-9]{2}"
)
_MARKS = str.maketrans("", "", ".,'’ \u00a0\u202f")
_PLAIN = re.compile(r"-?\d+(?:[.,]\d\d)?")
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u202f\u2009\u2007\u2002\u2003\u3000\t\r\n", " "),
        **dict.fromkeys(
            "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff", None
        ),
        **dict.fromkeys("’‘ʼ′", "'"),
        **dict.fromkeys("\u2212\u2013\u2012\ufe63\uff0d", "-"),
    }
)
_WESTERN = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})*,\d{3}")
_SIGNS = {"-": -1, "DR": -1, "D": -1, "S": -1, "+": 1, "CR": 1, "C": 1, "H": 1}


@dataclass(frozen=True, slots=True)
class Written:
    """An amount as it is written: its digits with their marks, its sign where one is written, its currency."""

    body: str
    sign: int | None
    currency: str | None


@dataclass(slots=True)
class AmountColumn:
    """The amounts of a column by their text, in cents; a text with a reason is no amount, None is a blank cell.

    `written` has those that are more than digits, a minus and a mark; `marked` says whether any has a mark at all.
    """

    mark: Mark
    sure: bool
    marked: bool = False
    cents: dict[str, int | None] = field(default_factory=dict[str, int | None])
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    written: dict[str, Written] = field(default_factory=dict[str, Written])


class MixedMarks(ValueError):
    """One column writes both a decimal comma and a decimal point; its message shows one of each."""


def cleaned(text: str) -> str:
    """The cell without invisible marks, odd spaces and spreadsheet wrappers such as `="12.50"`."""
    plain = text.translate(_CHARACTERS).strip()
    if plain.startswith('="') and plain.endswith('"'):
        plain = plain[2:-1].strip()
    return plain.removeprefix("'")


def written(text: str) -> Written | None:
    """The amount in the cell as it is written; None where the cell holds no amount."""
    plain = cleaned(text)
    if len(plain) <= _LONGEST and _PLAIN.fullmatch(plain):
        return Written(plain.lstrip("-"), -1 if plain[0] == "-" else None, None)
    if len(plain) > _LONGEST:
        return None
    if ",-" in plain or ".-" in plain:
        plain = _DASH_FOR_CENTS.sub("", plain)
    found = _AMOUNT.fullmatch(plain)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    named = [mark for mark in (found["before"], found["after"]) if mark]
    if any(len(mark) == 3 and mark.isupper() and mark not in CURRENCIES for mark in named):
        return None
    signs = [_SIGNS[s.upper()] for s in found.group("sign", "sign2", "sign3", "sign4") if s]
    if found["open"]:
        signs.append(-1)
    if len(signs) > 1 or len(named) > 1:
        return None
    code = named[0] if named else None
    currency = (code if code in CURRENCIES else SYMBOLS.get(code.lower())) if code else None
    return Written(found["body"], signs.pop() if signs else None, currency)


def is_amount(text: str) -> bool:
    """Whether the cell holds an amount."""
    return written(text) is not None


def blank(text: str) -> bool:
    """Whether the cell says nothing: empty, or a dash in the place of an amount."""
    return cleaned(text) in {"", "-", "--", "---"}


def read_amounts(
    texts: Iterable[str], mark: Mark | None = None, currency: str | None = None, like: Mark | None = None
) -> AmountColumn:
    """Every distinct text of a column as cents.

    `mark` is the decimal mark where it is known, `like` that of a neighbour column where this one leaves it open.
    Not sure where every separated value fits two readings (`1.234`) and no currency settles it.
    Raises MixedMarks where comma and point are both decimal marks. Source: finance.md section 3, rule 7.
    """
    plain: dict[Mark, dict[str, int | None]] = {".": {}, ",": {}}
    forms: dict[str, Written | None] = {}
    for text in set(texts):
        if _WITH_CENTS.fullmatch(text):
            plain["." if text[-3] == "." else ","][text] = int(text.translate(_MARKS))
        else:
            forms[text] = written(text)
    bodies = [form.body for form in forms.values() if form]
    decided, sure = (mark, True) if mark else _decimal_mark(bodies, plain, currency, like)
    marked = any(plain.values()) or any("." in body or "," in body for body in bodies)
    column = AmountColumn(decided, sure, marked)
    forms |= {text: written(text) for text in plain["," if decided == "." else "."]}
    column.cents = plain[decided]
    for text, form in forms.items():
        if form is None:
            column.cents[text] = None
            if not blank(text):
                column.reasons[text] = f"{_short(text)} is not an amount"
            continue
        column.written[text] = form
        read = _cents(form.body, decided)
        if isinstance(read, str):
            column.cents[text] = None
            column.reasons[text] = _reason(text, read, form.currency or currency)
        else:
            column.cents[text] = -read if form.sign == -1 else read
    return column


def _reason(text: str, problem: str, currency: str | None) -> str:
    if "three decimals" in problem and currency in THREE_DECIMALS:
        return f"{_short(text)}: {currency} has three decimals and amounts are kept in cents, so it can't be read exactly"
    return f"{_short(text)} {problem}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return repr(plain if len(plain) <= 40 else plain[:37] + "...")


def _decimal_mark(
    bodies: list[str], plain: dict[Mark, dict[str, int | None]], currency: str | None, like: Mark | None
) -> tuple[Mark, bool]:
    """The decimal mark that the column as a whole shows, and whether it could be no other.

    `plain` has the amounts with two digits behind their last mark, which is certain.
    """
    certain: dict[Mark, int] = {mark: len(amounts) for mark, amounts in plain.items()}
    examples: dict[Mark, str] = {mark: next(iter(amounts)) for mark, amounts in plain.items() if amounts}
    open_to_both: dict[Mark, str] = {}
    for body in bodies:
        seen = _mark_of(body)
        if seen is None:
            continue
        shown, is_certain = seen
        if is_certain:
            certain[shown] += 1
            examples[shown] = body
        else:
            open_to_both[shown] = body
    points, commas = certain["."], certain[","]
    if points and commas:
        few, many = sorted((points, commas))
        if few * 10 > many:
            raise MixedMarks(f"{examples['.']!r} and {examples[',']!r}")
        return (".", True) if points > commas else (",", True)
    if points or commas:
        return (".", True) if points else (",", True)
    if not open_to_both:
        return like or ".", True
    if like:
        return like, True
    if currency in THREE_DECIMALS:
        return next(iter(open_to_both)), True
    if len(open_to_both) == 2:
        raise MixedMarks(" and ".join(repr(body) for body in open_to_both.values()))
    grouping = next(iter(open_to_both))
    return ("," if grouping == "." else "."), currency is not None


def _mark_of(body: str) -> tuple[Mark, bool] | None:
    """The decimal mark that one amount shows: certainly, or only perhaps (`1.234`); None where it shows none."""
    points, commas = body.count("."), body.count(",")
    if points and commas:
        last: Mark = "." if body.rfind(".") > body.rfind(",") else ","
        return (last, True) if body.count(last) == 1 else None
    if not points and not commas:
        return None
    mark: Mark = "." if points else ","
    other: Mark = "," if points else "."
    if points + commas > 1:
        grouped = _WESTERN.fullmatch(body) or _INDIAN.fullmatch(body)
        return (other, True) if grouped else None
    whole, _, fraction = body.partition(mark)
    if len(fraction) == 3 and re.fullmatch(r"[1-9]\d{0,2}", whole):
        return mark, False
    return mark, True


def _cents(body: str, mark: Mark) -> int | str:
    """The digits as cents under that decimal mark, or what is wrong with them."""
    plain = re.sub(r"[ '´`]", "", body)
    whole, _, fraction = plain.rpartition(mark) if mark in plain else (plain, "", "")
    if mark in whole:
        return (
            "is not an amount"
            if mark * 2 in plain
            else f"does not fit the decimal {_named(mark)} of its column"
        )
    if not whole.isdigit() and whole:
        if not (_WESTERN.fullmatch(whole) or (mark == "." and _INDIAN.fullmatch(whole))):
            return f"does not fit the decimal {_named(mark)} of its column"
        whole = re.sub(r"[.,]", "", whole)
    if fraction and not fraction.isdigit():
        return f"does not fit the decimal {_named(mark)} of its column"
    if len(fraction) == 3:
        return "has three decimals; amounts are kept in cents"
    if len(fraction) > 3 and fraction[2:].strip("0"):
        return f"has {len(fraction)} decimals; amounts are kept in cents"
    cents = int(whole or "0") * 100 + int(fraction[:2].ljust(2, "0"))
    return "is larger than an account can hold" if cents > _MOST else cents


def _named(mark: Mark) -> str:
    return "point" if mark == "." else "comma"
