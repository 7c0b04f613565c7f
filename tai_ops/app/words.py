"""Words on a page: the house's numbers and dates, and text of others made safe for where it is shown.

A customer may be called `$Freight$ *Lines*` or `<b>Co</b>`: each place where text is shown has its own way of reading
such signs as orders, and each has its own function here that takes the order out and leaves the text.
"""

import re
from html import escape as html_escape

from tai_ops.words import (
    DASH,
    DOWN,
    MARKS,
    MINUS,
    UP,
    aim,
    change,
    counted,
    day,
    instant,
    listed,
    mark,
    money,
    number,
    short_day,
    unknown,
)

__all__ = [
    "DASH",
    "DOWN",
    "MARKS",
    "MINUS",
    "UP",
    "aim",
    "badge",
    "change",
    "counted",
    "csv_text",
    "day",
    "escape",
    "instant",
    "listed",
    "mark",
    "money",
    "number",
    "plotly_text",
    "short_day",
    "unknown",
]

MARK_COLOURS = {"met": "green", "floor": "orange", "missed": "red", "no_data": "gray"}
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACE = re.compile(r"\s+")
_LINKED = r"(?<=www)(?=\.)|(?<=:)(?=//)|(?<=\w)(?=@)"
_REPLACED = r"(?<=-)(?=[->])|(?<=<)(?=[-=])|(?<=[>~])(?==)|(?<=:)(?=streamlit:)"
_SEAM = re.compile(f"{_LINKED}|{_REPLACED}", re.IGNORECASE)
_NOTHING = ":small[]"
_SIGNED = re.compile(f"{MINUS}(?=[^\\d\\s])")
_ORDERS = ("=", "+", "-", "@", "\t", "\r", "\0")


def escape(text: object) -> str:
    """The text for Streamlit's Markdown, which then shows it sign by sign as it is, on one line.

    A minus is joined to the amount that it belongs to: no line ends between them.

    Streamlit makes links and arrows of some signs even where they are escaped; an empty element between them stops it.
    """
    kept = _SIGNED.sub(MINUS + "\u2060", str(text))
    pieces = _SEAM.split(_SPACE.sub(" ", kept).strip())
    return _NOTHING.join(_PUNCTUATION.sub(r"\\\1", piece) for piece in pieces)


def plotly_text(text: object) -> str:
    """The text for a plotly figure, which reads some HTML in names and hover texts."""
    return html_escape(_SPACE.sub(" ", str(text)).strip(), quote=False)


def csv_text(text: str) -> str:
    """The text for a cell of a sheet: what a sheet would run as a formula stays text (hazards: CSV out)."""
    return f"'{text}" if text.startswith(_ORDERS) else text


def badge(state: str | None) -> str:
    """A mark as Markdown: shape, word and colour; empty where nothing is targeted."""
    return f":{MARK_COLOURS[state]}-badge[{mark(state)}]" if state else ""
