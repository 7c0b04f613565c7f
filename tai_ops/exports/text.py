"""Dates as letters write them, and text from outside made safe for the document that it goes into."""

import re
from datetime import date
from html import escape

_ACTIVE = re.compile(r"([\\`*_\[\]<>#|~])")
_LIST_MARK = re.compile(r"^([-+]|\d+[.)])(?=\s)")


def plain_day(day: date) -> str:
    """The date as a letter writes it: `16 Mar 2026`."""
    return f"{day.day} {day:%b %Y}"


def one_line(text: str) -> str:
    """The text on one line, control characters taken out."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def markdown(text: str) -> str:
    """The text on one line so that Markdown shows it as it was typed."""
    escaped = _ACTIVE.sub(r"\\\1", one_line(text))
    return _LIST_MARK.sub(lambda mark: f"{mark[1][:-1]}\\{mark[1][-1]}", escaped)


def hypertext(text: str) -> str:
    """The text on one line so that HTML shows it as it was typed."""
    return escape(one_line(text), quote=True)


def is_address(text: str) -> bool:
    """Whether the text is one plain e-mail address that may stand in a header."""
    name, at, host = text.partition("@")
    return bool(name and at and host) and text.isascii() and not set(text) & set(' ,;:<>()[]"\\\r\n\t')
