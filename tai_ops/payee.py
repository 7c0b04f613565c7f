"""Payees and references as banks print them: names made comparable, and found again in a line's text."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import Generic, TypeVar

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

Thing = TypeVar("Thing", bound=Hashable)

_LEGAL_FORMS = {
    **{
        form: form
        for form in ("INC", "CORP", "CO", "LTD", "LLC", "LLP", "LP", "PLC", "PBC", "PTY", "GMBH", "AG", "KG")
    },
    **{form: form for form in ("UG", "BV", "NV", "SA", "SAS", "SARL", "SRL", "AB", "OY", "APS")},
    "INCORPORATED": "INC",
    "CORPORATION": "CORP",
    "COMPANY": "CO",
    "LIMITED": "LTD",
}
BANK_WORDS = frozenset(
    re.findall(
        r"\w+",
        """ACH BACS BANK BILL CARD CHECK CHECKCARD CHEQUE CHK CREDIT DEBIT DEP DEPOSIT DES DIRECT FROM ID IN INCOMING
        INDN INV INVOICE OF ONLINE ORIG OUT OUTGOING PAYMENT PMT POS PURCHASE REF RTP SEPA SQ THE TO TRANSFER TRF TRN
        WIRE WITHDRAWAL ZELLE""",
    )
)
_SHORTEST_NAME = 3
_SHORTEST_REFERENCE = 4
_SHORTEST_GARBLED = 6
_SINGLE_LETTER_DOT = re.compile(r"(?<=\b[^\W\d_])\.")
_WITH_A_DIGIT = re.compile(r"\S*\d\S*")
_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"[^\W\d_]+|\d+")
_DIGIT = re.compile(r"\d")
_BETWEEN_REFERENCES = re.compile(r"[,;|]")


def words(text: str) -> tuple[str, ...]:
    """The text's words in capitals, without accents and punctuation; `L.L.C.` is one word."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in apart if not unicodedata.combining(sign))
    text = text.replace("'", "")
    if "." in text:
        text = _SINGLE_LETTER_DOT.sub("", text)
    return tuple(_WORD.findall(text.upper()))


@lru_cache(maxsize=65536)
def party_name(text: str) -> str:
    """The name in its comparable form: capitals, no punctuation, legal forms abbreviated in one way."""
    return " ".join(_one_form(words(text)))


@lru_cache(maxsize=4096)
def spelling(text: str) -> str:
    """What a bank's text says of a payee: without the bank's own words, legal forms and whatever holds a digit."""
    spoken = _WITH_A_DIGIT.sub(" ", text)
    return " ".join(w for w in words(spoken) if w not in BANK_WORDS and w not in _LEGAL_FORMS)


def alias_key(payee: str, description: str) -> str:
    """The key under which a payee's spelling is learned: the payee, or the description where there is none."""
    return spelling(payee) or spelling(description)


@lru_cache(maxsize=65536)
def likeness_pct(spelled: str, name: str) -> int:
    """How alike a `spelling` and a name are, 0-100 per cent: token-set ratio without legal forms.

    Source: finance.md 3 "Matching". 0 where either says nothing.
    """
    core = _core_text(name)
    return int(fuzz.token_set_ratio(spelled, core)) if spelled and core else 0


def garbled_signs(said: Iterable[str], reference: str, most: int) -> int:
    """By how many signs, at most `most`, one of the `reference_words` said misses the reference; 0 where none is near.

    A number alone is never near another: the next invoice's is one sign off.
    """
    own = _without_separators(reference)
    if len(own) < _SHORTEST_GARBLED or own.isdigit():
        return 0
    near = [Levenshtein.distance(word, own, score_cutoff=most) for word in said]
    return min((off for off in near if 0 < off <= most), default=0)


@lru_cache(maxsize=4096)
def reference_words(text: str) -> tuple[str, ...]:
    """The text's words that may be references a bank garbled: letters and digits, without separators."""
    plain = ("".join(_WORD.findall(word)) for word in text.upper().split() if _WITH_A_DIGIT.match(word))
    return tuple(word for word in plain if len(word) >= _SHORTEST_GARBLED)


@dataclass(frozen=True, slots=True)
class Names:
    """Known names, found in text word by word. A legal form in the text tells companies of one name apart."""

    by_core: Mapping[tuple[str, ...], frozenset[str]]
    longest: Mapping[str, int]  # words of the longest name by its first word

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        """The index over names in their comparable form; a name of bank words alone is left out."""
        by_core: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        longest: dict[str, int] = {}
        for name in names:
            core = _core(tuple(name.split()))
            if len("".join(core)) >= _SHORTEST_NAME and not BANK_WORDS.issuperset(core):
                by_core[core].add(name)
                longest[core[0]] = max(longest.get(core[0], 0), len(core))
        return cls({core: frozenset(found) for core, found in by_core.items()}, longest)

    def named_in(self, text: str) -> frozenset[str]:
        """The names that the text holds in full, but for a legal form that it leaves out."""
        said = _one_form(words(text)) if text else ()
        found: frozenset[str] = frozenset()
        covered = 0
        for start, word in enumerate(said):
            longest = self.longest.get(word)
            if longest is None:
                continue
            for end in range(min(start + longest, len(said)), start, -1):
                names = self.by_core.get(said[start:end])
                if names and end > covered:
                    following = said[end] if end < len(said) else ""
                    named = _of_form(names, following) if following in _LEGAL_FORMS else names
                    found = found | named if found else named
                    covered = end
                    break
        return found


@dataclass(frozen=True, slots=True)
class Found(Generic[Thing]):
    """What a text names: in full (`INV-0012`), by its bare number (`0012`), and every number with a known prefix or bare."""

    full: tuple[Thing, ...]
    bare: tuple[Thing, ...]
    cited: frozenset[tuple[str, str]]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class References(Generic[Thing]):
    """Known references, found in text however it splits them: `INV-0012`, `inv 12` and `INV0012` are one."""

    by_pieces: Mapping[tuple[str, ...], Sequence[Thing]]
    by_number: Mapping[str, Sequence[Thing]]
    longest: Mapping[str, int]  # pieces of the longest reference by its first piece
    prefixes: frozenset[str]

    @classmethod
    def of(cls, things: Iterable[tuple[str, Thing]]) -> "References[Thing]":
        """The index over (reference, thing); one reference field may hold several, apart by comma or semicolon."""
        by_pieces: defaultdict[tuple[str, ...], list[Thing]] = defaultdict(list)
        by_number: defaultdict[str, list[Thing]] = defaultdict(list)
        longest: dict[str, int] = {}
        for field, thing in things:
            for reference in _references(field):
                pieces = _PIECE.findall(reference)
                for key in _full_keys(reference, pieces):
                    by_pieces[key].append(thing)
                    longest[key[0]] = max(longest.get(key[0], 0), len(key))
                if number := _only_number(pieces):
                    by_number[number].append(thing)
        prefixes = frozenset(pieces[0] for pieces in by_pieces if pieces[0].isalpha())
        return cls(by_pieces, by_number, longest, prefixes)

    def named_in(self, text: str) -> Found[Thing]:
        """What the text names, in the order of the text, each thing once."""
        if not _DIGIT.search(text):  # every reference holds one
            return Found((), (), frozenset(), ())
        text = text.upper()
        said = _PIECE.findall(text)
        plain = tuple([_without_zeros(piece) if piece[0] == "0" else piece for piece in said])
        full: dict[Thing, None] = {}
        numbers: list[str] = []
        cited: set[tuple[str, str]] = set()
        covered = 0
        for i, piece in enumerate(plain):
            hit = self._longest_at(plain, i) if piece in self.longest else i
            if hit > i:
                full.update(dict.fromkeys(self.by_pieces[plain[i:hit]]))
                covered = max(covered, hit)
            elif (
                i >= covered
                and piece.isdigit()
                and len(said[i]) >= _SHORTEST_REFERENCE
                and not (i and plain[i - 1] in self.prefixes)
                and _stands_alone(text, i)
            ):
                numbers.append(said[i])
            if piece in self.prefixes and plain[i + 1 : i + 2] and plain[i + 1].isdigit():
                cited.add((piece, plain[i + 1]))
        bare = dict.fromkeys(thing for number in numbers for thing in self.by_number.get(number, ()))
        return Found(
            full=tuple(full),
            bare=tuple(thing for thing in bare if thing not in full),
            cited=frozenset(cited),
            numbers=tuple(numbers),
        )

    def _longest_at(self, plain: tuple[str, ...], start: int) -> int:
        last = min(start + self.longest[plain[start]], len(plain))
        return next((end for end in range(last, start, -1) if plain[start:end] in self.by_pieces), start)


@lru_cache(maxsize=65536)
def citations(field: str) -> frozenset[tuple[str, str]]:
    """The (prefix, number) pairs of a reference field: `INV-0012` is (INV, 12)."""
    plain = [_pieces(reference) for reference in _references(field)]
    return frozenset((p[0], p[1]) for p in plain if len(p) > 1 and p[0].isalpha() and p[1].isdigit())


def _references(field: str) -> list[str]:
    return [part for part in _BETWEEN_REFERENCES.split(field.upper()) if part.strip()]


def _pieces(reference: str) -> list[str]:
    return [_without_zeros(piece) for piece in _PIECE.findall(reference)]


def _full_keys(reference: str, pieces: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """The reference in pieces as it stands and with its separators left out; none where it is a bare number."""
    told = len(pieces) > 1 and any(map(str.isdigit, pieces))
    if not told or sum(map(len, pieces)) < _SHORTEST_REFERENCE:
        return ()
    key = tuple(map(_without_zeros, pieces))
    if all(one.isdigit() != other.isdigit() for one, other in pairwise(pieces)):
        return (key,)
    joined = tuple(_pieces("".join(_WORD.findall(reference))))
    return {key, joined} if len(joined) > 1 else (key,)


def bare_number(reference: str) -> str:
    """The reference's only number as it is written; none where there are several or it is short."""
    return _only_number(_PIECE.findall(reference))


def _only_number(pieces: Sequence[str]) -> str:
    numbers = [piece for piece in pieces if piece.isdigit()]
    return numbers[0] if len(numbers) == 1 and len(numbers[0]) >= _SHORTEST_REFERENCE else ""


def _stands_alone(text: str, place: int) -> bool:
    """Whether no letter or digit touches the text's piece of that place."""
    start, end = next(islice(_PIECE.finditer(text), place, None)).span()
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def _without_zeros(piece: str) -> str:
    return (piece.lstrip("0") or "0") if piece.isdigit() else piece


def _one_form(said: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([_LEGAL_FORMS.get(word, word) for word in said])


def _core(name: tuple[str, ...]) -> tuple[str, ...]:
    end = len(name)
    while end > 1 and name[end - 1] in _LEGAL_FORMS:
        end -= 1
    return name[:end]


@lru_cache(maxsize=65536)
def _core_of(name: str) -> tuple[str, ...]:
    return _core(tuple(name.split()))


@lru_cache(maxsize=65536)
def _core_text(name: str) -> str:
    return " ".join(_core_of(name))


def _without_separators(reference: str) -> str:
    return "".join(_WORD.findall(reference.upper()))


@lru_cache(maxsize=65536)
def _of_form(names: frozenset[str], form: str) -> frozenset[str]:
    """Of companies with one name those that the legal form after it does not rule out."""
    endings = {name: tuple(name.split())[len(_core_of(name)) :] for name in names}
    return frozenset(name for name, ending in endings.items() if not ending or ending[0] == form)
