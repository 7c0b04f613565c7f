"""The one box that reaches any record by a few letters: in the menu of every page, at hand by the key `/`."""

import re

import streamlit as st

from tai_ops.app import session, widgets, words
from tai_ops.app.records_address import PAGE
from tai_ops.kinds import RECORDS
from tai_ops.store import finding
from tai_ops.store.finding import LEAST_LETTERS, Found

BOX = "find"
STYLE = """<style>
[class*="st-key-found_"] button { padding: 0; min-height: 1.6rem; text-align: left; justify-content: flex-start; }
[class*="st-key-found_"] button p { white-space: normal; overflow-wrap: anywhere; }
</style>"""


@st.fragment
def box() -> None:
    """The box, and below it what holds the letters; what is chosen opens on the records' page.

    The first result opens by Enter (`web.paths.finding_by_slash`): it looks for the class that the letters give.
    """
    st.html(STYLE)
    typed = st.text_input(
        "Find",
        key=BOX,
        type="search",
        live="0.2s",
        placeholder="Find a record  ( / )",
        label_visibility="collapsed",
    )
    wanted = (typed or "").strip()
    if not wanted:
        return
    if len(wanted) < LEAST_LETTERS:
        st.caption(f"{LEAST_LETTERS} letters or more")
        return
    found = finding.found(session.present(), wanted)
    with st.container(key=f"found_{re.sub('[^a-z0-9]', '-', wanted.lower())}", gap="xxsmall"):
        if not found:
            st.caption(words.escape(f"No record holds “{wanted}” in its name or number."))
        last = ""
        for place, one in enumerate(found):
            if one.kind != last:
                st.caption(title(one.kind))
                last = one.kind
            if st.button(words.escape(label(one)), key=f"found_go_{place}", type="tertiary"):
                st.switch_page(widgets.script(PAGE), query_params=_carried() | query(one))


def title(kind: str) -> str:
    """What the results of a kind are headed by."""
    return "Payees" if kind == "payees" else kind.capitalize()


def label(one: Found) -> str:
    """What a result says: its name with its key, or the key alone."""
    return f"{one.name} · {one.key}" if one.name and one.name != one.key else one.key


def query(one: Found) -> dict[str, str]:
    """Where a result leads: to its record, and a payee to their bills."""
    if one.kind == "payees":
        return {"kind": "bills", "where": f"payee:{one.key}"}
    key = one.key if "," not in one.key and '"' not in one.key else '"' + one.key.replace('"', '""') + '"'
    return {"kind": RECORDS[one.kind].name, "key": key}


def _carried() -> dict[str, str]:
    return {name: st.query_params[name] for name in ("as", "period") if name in st.query_params}
