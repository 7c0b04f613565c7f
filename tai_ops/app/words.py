"""Words on a page: the house's numbers and dates, and text of others made safe for where it is shown.

A customer may be called `$Freight$ *Lines*` or `<b>Co</b>`: each place where text is shown has its own way of reading
such signs as orders, and each has its own function here that takes the order out and leaves the text.
"""

import re
from collections.abc import Callable
from html import escape as html_escape

import streamlit as st
from babel.numbers import list_currencies

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
    "document",
    "escape",
    "hides_amounts",
    "instant",
    "listed",
    "mark",
    "money",
    "number",
    "plotly_text",
    "short_day",
    "shown",
    "unknown",
]

MARK_COLOURS = {"met": "green", "floor": "orange", "missed": "red", "no_data": "gray"}
HIDE_KEY = "hide_amounts"
HIDDEN = "•••"
TEXTS = ("html", "md", "json", "csv", "ics")
_DIGITS = r"\d(?:[\d,.\u00a0\u202f']*\d)?[KMB]?"
_CODES = "|".join(sorted(list_currencies()))
_BY_CURRENCY = re.compile(rf"(?P<sign>[$€£¥₹₽₺₩₪]\s?|\b(?:{_CODES})\s|±\s?){_DIGITS}")
_CENTS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})*\.\d{2}(?![\d.]|\s?%)|(?<![\d.,])\d+\.\d{2}(?![\d.]|\s?%)")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_OVERRIDING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACE = re.compile(r"\s+")
_LINKED = r"(?<=www)(?=\.)|(?<=:)(?=//)|(?<=\w)(?=@)"
_REPLACED = r"(?<=-)(?=[->])|(?<=<)(?=[-=])|(?<=[>~])(?==)|(?<=:)(?=streamlit:)"
_SEAM = re.compile(f"{_LINKED}|{_REPLACED}", re.IGNORECASE)
_NOTHING = ":small[]"
_SIGNED = re.compile(f"{MINUS}(?=[^\\d\\s])")
_ORDERS = ("=", "+", "-", "@", "\t", "\r", "\0")


def hides_amounts() -> bool:
    """Whether the visitor has amounts hidden: a switch of the session, asked while its script runs."""
    return bool(st.session_state.get(HIDE_KEY, False))


def shown(text: object, *, hidden: bool | None = None) -> str:
    """The text as this session may see it: where amounts are hidden their digits are taken out, here and nowhere else.

    An amount is what stands by a currency's sign or code, or has cents, and is no percentage.
    """
    said = str(text)
    if not (hides_amounts() if hidden is None else hidden):
        return said
    return _CENTS.sub(HIDDEN, _BY_CURRENCY.sub(rf"\g<sign>{HIDDEN}", said))


def document(make: Callable[[], bytes | str], ending: str) -> Callable[[], bytes | str] | None:
    """What makes a document for this session: without the amounts where they are hidden; None where it then can't be.

    A page's HTML holds drawings too, whose numbers have two decimals and are no amounts.
    """
    if not hides_amounts():
        return make
    if not ending.endswith(TEXTS):
        return None

    def without() -> bytes:
        made = make()
        text = made.decode("utf-8") if isinstance(made, bytes) else made
        kept = (
            _BY_CURRENCY.sub(rf"\g<sign>{HIDDEN}", text)
            if ending.endswith("html")
            else shown(text, hidden=True)
        )
        return kept.encode()

    return without


def escape(text: object) -> str:
    """The text for Streamlit's Markdown, which then shows it sign by sign as it is, on one line.

    A minus is joined to the amount that it belongs to: no line ends between them.

    Streamlit makes links and arrows of some signs even where they are escaped; an empty element between them stops it.
    A text with signs that turn the direction of writing is set apart, so that it turns nothing but itself. A sign that
    opens another direction stands in an element of its own, which the router's style sets apart as well: in a name it
    would turn the rest of the name's sentence.
    """
    kept = _SPACE.sub(" ", _SIGNED.sub(MINUS + "\u2060", shown(text))).strip()
    pieces = _SEAM.split(kept)
    escaped = _NOTHING.join(_PUNCTUATION.sub(r"\\\1", piece) for piece in pieces)
    apart = _OVERRIDING.sub(r":small[\g<0>]", escaped)
    return f"\u2068{apart}\u2069" if _TURNING.search(apart) else apart


def in_a_cell(text: object) -> str:
    """The text for a cell of a grid, which sets nothing apart: signs that turn the direction of writing are left out."""
    return _OVERRIDING.sub("", shown(text))


def set_apart(text: str) -> str:
    """A name inside a line of plain text: where it turns the direction of writing it turns nothing but itself."""
    return f"\u2068{text}\u2069" if _TURNING.search(text) else text


def plotly_text(text: object) -> str:
    """The text for a plotly figure, which reads some HTML in names and hover texts."""
    return html_escape(_SPACE.sub(" ", str(text)).strip(), quote=False)


def csv_text(text: str) -> str:
    """The text for a cell of a sheet: what a sheet would run as a formula stays text (hazards: CSV out)."""
    return f"'{text}" if text.startswith(_ORDERS) else text


def badge(state: str | None) -> str:
    """A mark as Markdown: shape, word and colour; empty where nothing is targeted."""
    return f":{MARK_COLOURS[state]}-badge[{mark(state)}]" if state else ""
