"""What the audit's page draws: who did what, by record, person, kind of act and day; all in the address, all as a file."""

from collections.abc import Mapping
from datetime import date
from functools import partial

import streamlit as st

from tai_ops.app import forms, reading, records_address, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.kinds import RECORDS
from tai_ops.rights import PROGRAM, ROLE_IN_WORDS, called
from tai_ops.store import auditing
from tai_ops.store.auditing import Acts, Asked

PAGE = "audit"
MOST_IN_FILE = 100_000
ANYBODY, ANYTHING, ANY_ACT = "Anybody", "Anything", "Any act"


def asked() -> Asked:
    """What the address asks for; what it can't say is left out."""
    query = st.query_params
    page = query.get("page", "1")
    return Asked(
        by=query.get("by", ""),
        event=query.get("event", ""),
        kind=query.get("kind", ""),
        key=query.get("key", "").strip(),
        first=_day(query.get("from", "")),
        last=_day(query.get("to", "")),
        page=int(page) if page.isdecimal() and len(page) < 7 else 1,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def top(wanted: Asked) -> Acts:
    """Title, what the list counts, and the filters; answers the acts."""
    widgets.page_title("Audit", reading.as_of_words())
    store = session.store()
    found = auditing.acts(store, wanted, store.company.tz)
    people = auditing.people(store)
    if not people:
        widgets.verdict("Nobody has entered or changed anything yet.")
        st.caption(
            "Every write will stand here with who, what, which record and when; nothing can change or delete it."
        )
        return found
    widgets.verdict(_counted(wanted, found, people))
    with st.container(horizontal=True, vertical_alignment="bottom", key="audit_filters"):
        _choice("by", ANYBODY, list(people), wanted.by, lambda one: called(one, people))
        _choice("kind", ANYTHING, auditing.kinds(store), wanted.kind, lambda one: one.replace("_", " "))
        _choice("event", ANY_ACT, auditing.events(store), wanted.event, str)
        st.session_state["audit_key"] = wanted.key
        st.text_input(
            "Record", key="audit_key", type="search", placeholder="A record's key, such as C-001", on_change=_typed,
            label_visibility="collapsed", width=220,
        )  # fmt: skip
        for name, label, day in (("from", "From day", wanted.first), ("to", "To day", wanted.last)):
            st.session_state[f"audit_{name}"] = day
            st.date_input(
                label, key=f"audit_{name}", format="YYYY-MM-DD", on_change=_dated, args=(name,), width=160,
            )  # fmt: skip
        if wanted != Asked(page=wanted.page):
            st.button("Show all", key="audit_all", type="tertiary", on_click=forms.go_on, args=((),))
    return found


def _choice(name: str, everything: str, options: list[str], value: str, shown: object) -> None:
    key = f"audit_{name}"
    offered = ["", *options, *([value] if value and value not in options else [])]
    st.session_state[key] = value
    st.selectbox(
        everything, offered, key=key, format_func=lambda one: shown(one) if one else everything,  # type: ignore[operator]
        on_change=_chosen, args=(name,), label_visibility="collapsed", width=190,
    )  # fmt: skip


def _chosen(name: str) -> None:
    records_address.go(**{name: st.session_state[f"audit_{name}"] or None, "page": None})


def _typed() -> None:
    records_address.go(key=st.session_state["audit_key"].strip() or None, page=None)


def _dated(name: str) -> None:
    day = st.session_state[f"audit_{name}"]
    records_address.go(**{name: day.isoformat() if day else None, "page": None})


def _counted(wanted: Asked, found: Acts, people: dict[str, str | None]) -> str:
    parts = [
        f"by {called(wanted.by, people)}" if wanted.by else "",
        f"“{wanted.event}”" if wanted.event else "",
        f"about {wanted.kind.replace('_', ' ')}" if wanted.kind else "",
        f"about {wanted.key}" if wanted.key else "",
        f"from {words.day(wanted.first)}" if wanted.first else "",
        f"to {words.day(wanted.last)}" if wanted.last else "",
    ]
    said = ", ".join(filter(None, parts))
    acts = words.counted(found.count, "act")
    return f"{acts[:1].upper()}{acts[1:]}{f' {said}' if said else ' on record'}; nothing can change or delete them."


def rows(wanted: Asked, found: Acts) -> None:
    """The acts, the newest first, with the pages and all of them as a file."""
    if not found.acts:
        if wanted != Asked(page=wanted.page):
            st.caption("Nobody did such a thing. Take a filter away.")
        return
    store = session.store()
    zone = store.company.tz
    widgets.rows_table(
        _table(found, auditing.people(store)),
        key="audit",
        alt="Who did what, the newest first",
        zone=zone,
        file=False,
    )
    with st.container(horizontal=True, vertical_alignment="center", key="below_audit"):
        if found.pages > 1:
            page = min(max(wanted.page, 1), found.pages)
            key = f"audit_page_{page}"
            st.pagination(found.pages, default=page, key=key, on_change=records_address.turn, args=(key,))
        st.download_button(
            "Download CSV",
            data=partial(_file, wanted, hidden=words.hides_amounts()),
            file_name=widgets.file_name("audit", "_".join(filter(None, (wanted.kind, wanted.key)))),
            mime="text/csv", key="audit_csv", icon=":material/download:", type="tertiary", on_click="ignore",
        )  # fmt: skip
        if wanted.kind in RECORDS and wanted.key:
            query = records_address.record_query(wanted.kind, wanted.key)
            widgets.link(
                "records", f"Open {wanted.key}", query, key="audit_record", icon=":material/arrow_forward:"
            )


def _file(wanted: Asked, *, hidden: bool) -> str:
    store = session.store()
    found = auditing.acts(store, _first(wanted), store.company.tz, limit=MOST_IN_FILE)
    return widgets.as_csv(_table(found, {}), hidden=hidden)


def _first(wanted: Asked) -> Asked:
    return Asked(wanted.by, wanted.event, wanted.kind, wanted.key, wanted.first, wanted.last)


def _table(found: Acts, people: Mapping[str, str | None]) -> Rows:
    columns = (
        Column("when", "When", "instant"), Column("by", "Who"), Column("event", "What"), Column("kind", "Kind"),
        Column("key", "Record"), Column("detail", "More"), Column("role", "As"), Column("audit_id", "Entry"),
    )  # fmt: skip
    cells = tuple(
        (act.when, called(act.by, people), act.event, (act.kind or "").replace("_", " "), act.key or "", auditing.said(act.detail),
         "" if act.by == PROGRAM.email else ROLE_IN_WORDS.get(act.role, act.role), act.audit_id)
        for act in found.acts
    )  # fmt: skip
    return Rows("audit", "act", columns, cells)
