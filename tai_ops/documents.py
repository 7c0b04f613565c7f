"""Documents of an onboarding filled in, line by line: what a template says with the lists and values that are known."""

from collections.abc import Mapping
from dataclasses import dataclass

from tai_ops.document_words import HEADING
from tai_ops.errors import Refused
from tai_ops.message_templates import VARIABLES, Template, filled, list_of, mark_of, refuse_missing, shown


@dataclass(frozen=True, slots=True)
class Part:
    """A line of a document: a heading, an item of a list, a quote or a text, by its mark."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A document filled in: its title and its lines."""

    title: str
    parts: tuple[Part, ...]


def write(template: Template, values: Mapping[str, object]) -> Written:
    """The document of a template; Refused names what has no value yet, with its line, and what is of another type.

    A list without items leaves nothing behind: its heading goes with it where nothing else stands below that.
    """
    single = [name for name in template.variables if VARIABLES[name][0] != "list"]
    unknown = [
        name
        for name in template.variables
        if name not in values or (name in single and values[name] in (None, ""))
    ]
    refuse_missing(template, unknown)
    known = {name: shown(name, values[name]) for name in single}
    parts: list[Part] = []
    for line in template.body.splitlines():
        mark = mark_of(line)
        text = line[len(mark) :].strip()
        name = list_of(text)
        if name:
            parts += _items(name, values[name], mark)
        elif text:
            parts.append(Part(mark, filled(text, known)))
    return Written(filled(template.subject, known), tuple(_with_words(parts)))


def _with_words(parts: list[Part]) -> list[Part]:
    """The lines without headings that nothing stands below."""
    followed = [*parts[1:], Part(HEADING, "")]
    return [
        one
        for one, after in zip(parts, followed, strict=True)
        if one.mark != HEADING or after.mark != HEADING
    ]


def _items(name: str, value: object, mark: str) -> list[Part]:
    """A list's items as lines; an item of two is a heading and its text."""
    if not isinstance(value, tuple):
        raise Refused(f"{{{name}}} is a list, not {value!r}")
    parts: list[Part] = []
    for item in value:  # pyright: ignore[reportUnknownVariableType]
        match item:
            case str():
                parts.append(Part(mark, item))
            case (str() as head, str() as text):
                parts += [Part(HEADING, head), Part(mark, text)]
            case _:
                raise Refused(f"{{{name}}} holds what is no text")
    return parts
