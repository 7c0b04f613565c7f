"""The proposal's template: text of marked lines with named variables, and the document that it becomes.

A variable that no proposal has is named with its line; one that isn't known is never printed as nothing.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from tai_ops.errors import Refused
from tai_ops.proposal_values import DERIVED, FOLLOWS, STAMPS, VARIABLES, Value, known_names, printed

Mark = Literal["title", "heading", "subheading", "bullet", "tick", "step", "small", "paragraph"]
_MARKS: tuple[tuple[str, Mark], ...] = (
    ("### ", "subheading"),
    ("## ", "heading"),
    ("# ", "title"),
    ("- ", "bullet"),
    ("* ", "tick"),
    ("1. ", "step"),
    ("> ", "small"),
)
_NAMED = re.compile(r"\{\{(.*?)\}\}")
_PAGE, _NOTE = "== page", "//"
PAGES = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the template: its number there, its page (1 is the first), its mark, its text with variables."""

    number: int
    page: int
    mark: Mark
    text: str

    @property
    def names(self) -> tuple[str, ...]:
        """The variables in it, in order."""
        return tuple(name.strip() for name in _NAMED.findall(self.text))


@dataclass(frozen=True, slots=True)
class Printed:
    """A line of the document."""

    page: int
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """The document as every format writes it: its customer, its lines, the hash of what is approved."""

    customer: str
    company: str
    lines: tuple[Printed, ...]
    content_hash: str
    draft: bool = False

    def pages(self) -> Iterator[tuple[int, tuple[Printed, ...]]]:
        """Its lines page by page."""
        for page in sorted({line.page for line in self.lines}):
            yield page, tuple(line for line in self.lines if line.page == page)


def standard_text() -> str:
    """The template that the program brings along."""
    return (resources.files("tai_ops") / "proposal.txt").read_text("utf-8")


def template_lines(text: str, name: str = "proposal template") -> tuple[Line, ...]:
    """The template's lines; Refused names the line and what is wrong with it."""
    lines: list[Line] = []
    page = 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith(_NOTE):
            continue
        if line == _PAGE:
            page += 1
            continue
        mark, rest = _marked(line)
        found = Line(number, max(page, 1), mark, rest)
        _check(found, name)
        lines.append(found)
    if page != PAGES:
        raise Refused(f"{name}: it has {page} pages ('{_PAGE}' begins one), a proposal has {PAGES}")
    return tuple(lines)


def _marked(line: str) -> tuple[Mark, str]:
    for sign, mark in _MARKS:
        if line.startswith(sign):
            return mark, line[len(sign) :].strip()
    return "paragraph", line


def _check(line: Line, name: str) -> None:
    place = f"{name}, line {line.number} (page {line.page})"
    for variable in line.names:
        if variable not in known_names():
            raise Refused(f"{place}: there is no variable {{{{{variable}}}}}; known are {_names()}")
    if "{{" in _NAMED.sub("", line.text) or "}}" in _NAMED.sub("", line.text):
        raise Refused(f"{place}: a variable is written {{{{name}}}}, and one here isn't closed")


def _names() -> str:
    return ", ".join(sorted(known_names()))


def missing(lines: tuple[Line, ...], values: Mapping[str, Value]) -> tuple[str, ...]:
    """The variables that the template needs and nobody has given, in the template's order.

    What follows from others is named only where those are all there.
    """
    found: dict[str, None] = {}
    for line in lines:
        for name in line.names:
            variable = VARIABLES.get(name) or DERIVED[name]
            if name not in values and not variable.optional and name not in STAMPS:
                found[name] = None
    given = [
        name
        for name in found
        if name in VARIABLES and not any(source in found for source in FOLLOWS.get(name, ()))
    ]
    return tuple(given or found)


def document(
    lines: tuple[Line, ...], values: Mapping[str, Value], currency: str, *, draft: bool = False
) -> Document:
    """The document of those values. Refused where a needed one is unknown, unless it is a draft, which shows the gap."""
    gaps = missing(lines, values)
    if gaps and not draft:
        raise Refused(f"the proposal needs {', '.join(gaps)}")
    made = [Printed(one.page, one.mark, text) for one in lines if (text := _text(one, values, currency))]
    kept = [line for place, line in enumerate(made) if not _is_bare(made, place)]
    return Document(
        str(values["customer"].value) if "customer" in values else "[customer]",
        str(values["company"].value) if "company" in values else "",
        tuple(kept),
        content_hash(lines, values, currency),
        draft,
    )


def content_hash(lines: tuple[Line, ...], values: Mapping[str, Value], currency: str) -> str:
    """The hash of everything that is approved: the template and every printed value but the day of sending."""
    shown = {
        name: printed(name, one.value, currency) for name, one in sorted(values.items()) if name not in STAMPS
    }
    said = json.dumps([[line.text for line in lines], shown], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _text(line: Line, values: Mapping[str, Value], currency: str) -> str | None:
    for name in line.names:
        variable = VARIABLES.get(name) or DERIVED[name]
        if name not in values and variable.optional:
            return None

    def shown(match: re.Match[str]) -> str:
        name = match[1].strip()
        value = values.get(name)
        return printed(name, value.value, currency) if value else f"[{name.replace('_', ' ')}]"

    text = _NAMED.sub(shown, line.text)
    return text.replace(" 1 warehouses", " 1 warehouse")


def _is_bare(lines: list[Printed], place: int) -> bool:
    """Whether a smaller heading has lost all its lines."""
    if lines[place].mark != "subheading":
        return False
    following = lines[place + 1] if place + 1 < len(lines) else None
    return following is None or following.mark in {"heading", "subheading"}
