"""The guide inside the program: the checkout's own documents, shown without a network, and which page each explains."""

import re
from functools import lru_cache
from pathlib import Path

import streamlit as st

from tai_ops.app import forms, reading, widgets, words

FOLDER = Path(__file__).resolve().parents[2] / "docs"
PAGE = "help"
FIRST = "tour"
GUIDES = {
    "overview": "overview",
    "weekly-review": "friday-review",
    "month-end-close": "month-end",
    "customers": "customers",
    "onboardings": "customers",
    "incidents": "incidents",
    "uptime": "uptime",
    "incident-learning": "incidents",
    "qualify": "sales",
    "pipeline": "sales",
    "proposals": "sales",
    "records": "records",
    "audit": "records",
    "imports": "bank",
    "invoices": "invoices",
    "expenses": "expenses",
    "reconcile": "bank",
    "company": "company",
    "health": "operations",
}
"""Which document explains which page, by the page's path; the tour where none does."""
ORDER = (
    "tour",
    "overview",
    "friday-review",
    "month-end",
    "invoices",
    "expenses",
    "bank",
    "customers",
    "incidents",
    "uptime",
    "sales",
    "records",
    "in-and-out",
    "monitors",
    "company",
    "operations",
    "shortcuts",
    "decisions",
)
_CODE = re.compile(r"(`[^`\n]*`|^(?: {4}|\t).*$)", re.MULTILINE)
_HEADING = re.compile(r"^(?=#{2,4} )", re.MULTILINE)
_LINK = re.compile(r"\]\(([a-z-]+)\.md(#[^)]*)?\)")


def documents() -> dict[str, str]:
    """The documents there are, by name, with their titles; in reading order, others after them."""
    there = sorted(path.stem for path in FOLDER.glob("*.md"))
    ordered = [name for name in ORDER if name in there] + [name for name in there if name not in ORDER]
    return {name: _read(name, _stamp(name))[0] for name in ordered}


def title_row(known: dict[str, str]) -> str:
    """The page's title and the picker of the document; answers which is looked at."""
    asked = st.query_params.get("page", FIRST)
    st.session_state["page"] = asked if asked in known else next(iter(known), "")
    with widgets.page_title("Guide", reading.as_of_words()):
        return st.selectbox(
            "Document",
            list(known),
            format_func=lambda name: known[name],
            key="page",
            on_change=_open,
            label_visibility="collapsed",
            width=320,
        )


def document(name: str) -> None:
    """One document."""
    title, text = _read(name, _stamp(name))
    st.header(words.escape(title), anchor=False)
    st.markdown(text)


def nothing() -> None:
    """What stands where the documents were not installed."""
    st.markdown(":gray[The documents stand in the checkout's folder docs, which is not here.]")


def link(page: str) -> None:
    """The way from a page to its document; none on the guide itself."""
    if page != PAGE:
        name = GUIDES.get(page, FIRST)
        widgets.link(
            PAGE, "Guide to this page", (("page", name),), key="to_guide", icon=":material/menu_book:"
        )


def _open() -> None:
    forms.go_on((("page", st.session_state["page"]),))


def _stamp(name: str) -> int:
    return (FOLDER / f"{name}.md").stat().st_mtime_ns


@lru_cache(maxsize=50)
def _read(name: str, _stamp: int) -> tuple[str, str]:
    """A document's title and the rest of it, as the page's Markdown wants it."""
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    first, _, rest = text.partition("\n")
    return first.removeprefix("# ").strip(), shown(rest)


def shown(text: str) -> str:
    """The same text, its links to other documents leading here, its headings below the page's, its dollars no formulas."""
    pieces = _CODE.split(text)
    plain = (
        piece
        if place % 2
        else _HEADING.sub("#", _LINK.sub(rf"](/{PAGE}?page=\1)", piece)).replace("$", r"\$")
        for place, piece in enumerate(pieces)
    )
    return "".join(plain)
