"""One record of any kind: what is on record in plain words, what hangs on it, its history, and what can be done to it."""

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from tai_ops import kind_words
from tai_ops.app import (
    evidence,
    forms,
    reading,
    records_address,
    records_fields,
    records_form,
    records_list,
    records_steps,
    session,
    widgets,
    words,
)
from tai_ops.app.records_address import PAGE
from tai_ops.behind import Column, Rows
from tai_ops.kinds import RECORDS, Kind
from tai_ops.record_history import Happened, happened
from tai_ops.rights import RIGHT_IN_WORDS, RIGHTS, ROLE_IN_WORDS, called, may
from tai_ops.runbooks import record_keeping as keeping
from tai_ops.store import browse, corrections, records
from tai_ops.store.browse import Hanging, Seen

STYLE = """<style>
[class*="st-key-fields_"] p { margin-bottom: 0.35rem; overflow-wrap: anywhere; }
[class*="st-key-fields_"] a, [class*="st-key-fields_"] button[kind="tertiary"] { padding: 0; min-height: 1.4rem; }
[class*="st-key-fields_"] [data-testid="stButton"], [class*="st-key-fields_"] [data-testid="stPageLink"] { margin-bottom: -0.65rem; }
.stMain h1 { overflow-wrap: anywhere; }
</style>"""
OPEN_AT_ONCE = 3
OWN_PAGE = {"customers": ("customers", "customer", "How this customer stands")}
"""Kinds whose records have a page of their own: its path, parameter, and what the link says."""


def add_title(kind: Kind) -> None:
    """The title of the form of a new record."""
    widgets.link(
        PAGE, kind_words.title(kind), (("kind", kind.name),), key="back", icon=":material/arrow_back:"
    )
    widgets.page_title(f"New {kind.noun}", reading.as_of_words())
    widgets.saved_line()
    if not may(session.actor(), kind.owner):
        holders = " or ".join(ROLE_IN_WORDS[role] for role in RIGHTS[kind.owner])
        widgets.problem_line(
            f"Only the {holders} may {RIGHT_IN_WORDS[kind.owner]}; nothing typed here can be saved."
        )


def shown(kind: Kind, key: str, doing: str) -> None:
    """The record of that key: as it is now, or as it was when it was taken out."""
    st.html(STYLE)
    store = session.store()
    seen = browse.record(store, kind, key)
    gone = None if seen else browse.last_version(store, kind, key)
    st.button(
        f":blue[{words.escape(f'All {kind_words.plural(kind)}')}]",
        key="back", type="tertiary", icon=":material/arrow_back:",
        on_click=records_address.go, kwargs={"key": None, "do": None},
    )  # fmt: skip
    one = seen or gone
    if one is None:
        widgets.page_title(f"No such {kind.noun}", reading.as_of_words())
        widgets.saved_line()
        widgets.problem_line(f"There is no {kind.noun} {key!r}, and none was taken out; look in the list.")
        return
    zone = store.company.tz
    name = kind_words.called(kind, one.values, one.name, zone)
    own = f"{kind.noun} {kind_words.key_words(kind, one.values, zone)}"
    about = own if name == one.name else (one.name or kind.noun)
    versions = corrections.versions(store, kind, key)
    events = happened(versions)
    who = browse.names(store, RECORDS["people"], [one.recorded_by, *(event.by for event in events)])
    with widgets.page_title(words.escape(name), f"{about}; {reading.as_of_words()}"):
        _acts(kind, one, gone=gone is not None, undo=len(events) > 1 or one.recorded_from == "entered")
    widgets.saved_line()
    hanging = browse.hanging_on(store, kind, one)
    widgets.verdict(_stands(one, hanging, events[0], who) if seen else _gone(kind))
    if doing == "change" and seen:
        records_form.changing(kind, seen)
    else:
        _fields(kind, one)
    if kind.name == "incidents" and seen:
        widgets.link(
            "incidents",
            "Run this incident",
            (("incident", one.values["incident_id"]),),
            key="run_incident",
            icon=":material/emergency_home:",
        )
    if kind.name == "subscriptions" and seen:
        records_steps.steps(one)
    if kind.name == "customers" and (credit := keeping.credit_words(store, one.values["customer_id"])):
        st.markdown(f":blue-badge[credit] {words.escape(credit)}")
    _named_and_hanging(kind, one, hanging)
    if seen:
        _more(kind, one, hanging)
    evidence.panel(kind.name, one.key, gone=gone is not None)
    _history(kind, key, events, who)


def _gone(kind: Kind) -> str:
    return f"This {kind.noun} was taken out: it is in no number and no list. It can be restored."


def _stands(one: Seen, hanging: Sequence[Hanging], newest: Happened, who: Mapping[str, str | None]) -> str:
    """Who brought the record to what it is, and what names it."""
    zone = session.store().company.tz
    by = called(newest.by, who)
    what = newest.what[:1].upper() + newest.what[1:]
    recorded = f"{what} by {by} on {words.instant(one.recorded_at, zone)}"
    said = words.listed([words.counted(h.count, h.kind.noun, kind_words.plural(h.kind)) for h in hanging])
    verb = "names" if len(hanging) == 1 and hanging[0].count == 1 else "name"
    return f"{recorded}. {said[:1].upper()}{said[1:]} {verb} it." if said else f"{recorded}."


# --- What can be done


def _acts(kind: Kind, one: Seen, *, gone: bool, undo: bool) -> None:
    if not may(session.actor(), kind.owner):
        holders = " or ".join(ROLE_IN_WORDS[role] for role in RIGHTS[kind.owner])
        st.caption(words.escape(f"The {holders} may change it."))
        return
    if gone:
        st.button(
            "Restore", key="restore", type="primary", icon=":material/restore_from_trash:",
            on_click=forms.acted, args=forms.click(_form("restore", kind, one), _restore, kind, one.key),
        )  # fmt: skip
        return
    half = forms.has_draft(records_fields.Form(kind, one.key).name)
    st.button(
        "Go on with the change" if half else "Change", key="change", type="primary",
        icon=":material/edit_note:" if half else ":material/edit:",
        on_click=records_address.go, kwargs={"do": "change"},
    )  # fmt: skip
    if undo:
        st.button(
            "Undo the last change", key="take_back", icon=":material/undo:",
            help="What was changed last gets its earlier values; what was only entered is taken out.",
            on_click=forms.acted, args=forms.click(_form("undo", kind, one), _undo, kind, one),
        )  # fmt: skip
    with st.popover("Take out", icon=":material/delete:", key="void"):
        st.markdown(
            words.escape(
                f"Takes {kind.noun} {one.key} out of every number and list. It stays in the history and can be restored."
            )
        )
        name = _form("void", kind, one)
        forms.draft(name, {f"{name}_why": ""})
        st.text_input("Why", key=f"{name}_why", max_chars=300, placeholder="such as: entered twice")
        forms.error_line(name)
        st.button(
            "Take it out", key="void_it", type="primary",
            on_click=forms.acted, args=forms.click(name, _void, kind, one.key, name),
        )  # fmt: skip
    for act in ("undo", "restore"):
        forms.error_line(_form(act, kind, one))


def _form(act: str, kind: Kind, one: Seen) -> str:
    return f"{act}_{kind.name}_{one.key}"


def _undo(kind: Kind, one: Seen) -> None:
    name = _form("undo", kind, one)
    forms.run_once(
        name,
        lambda: corrections.take_back(
            session.store(), session.actor(), kind, one.key, now=session.now(), seen_at=one.recorded_at
        ),
        str,
        lambda _: records_form.undoing(kind, one.key),
    )


def _restore(kind: Kind, key: str) -> None:
    name = f"restore_{kind.name}_{key}"
    token = forms.submit_token(name)
    forms.run_once(
        name,
        lambda: corrections.restore(
            session.store(), session.actor(), kind, key, now=session.now(), request_key=token
        ),
        lambda _: f"Restored: {kind.noun} {key} is on record again",
        lambda _: records_form.undoing(kind, key),
    )


def _void(kind: Kind, key: str, name: str) -> None:
    why = str(st.session_state.get(f"{name}_why") or "")
    forms.run_once(
        name,
        lambda: records.void(session.store(), session.actor(), kind, key, why, now=session.now()),
        lambda _: f"Taken out: {kind.noun} {key} ({why.strip()})",
        lambda _: records_form.undoing(kind, key),
    )


# --- What is on record


def _fields(kind: Kind, one: Seen) -> None:
    """Every field in plain words, with units and currency; what it names is a link."""
    company = session.store().company
    currency = one.values.get("currency") or one.currency or company.currency
    named = {n.column: n for n in browse.named_by(session.store(), kind, one)}
    left, right = st.columns(2, gap="large")
    half = (len(kind.columns) + 1) // 2
    for place, column in enumerate(kind.columns):
        with (
            left if place < half else right,
            st.container(
                horizontal=True, gap="xsmall", vertical_alignment="top", key=f"fields_{column.name}"
            ),
        ):
            st.markdown(f":gray[{words.escape(kind_words.label(kind, column.name))}]", width=170)
            link = named.get(column.name)
            if link:
                widgets.link(
                    PAGE, _named(link.key, link.name), records_address.record_query(link.kind.name, link.key),
                    key=f"names_{column.name}",
                )  # fmt: skip
            else:
                value = one.values[column.name]
                said = (
                    "all of them"
                    if column.any_mark and value == "*"
                    else kind_words.said(column, value, currency, company.tz)
                )
                st.markdown(words.escape(said), width="stretch")
    if kind.name in OWN_PAGE:
        page, parameter, label = OWN_PAGE[kind.name]
        widgets.link(page, label, ((parameter, one.key),), key="own_page", icon=":material/arrow_forward:")


def _named(key: str, name: str | None) -> str:
    return f"{name} · {key}" if name and name != key else key


def _named_and_hanging(kind: Kind, one: Seen, hanging: Sequence[Hanging]) -> None:
    """The records of other kinds that name this one, and the bank lines that it is matched with.

    Many kinds stand folded, each with its count, and are read when they are opened.
    """
    store = session.store()
    zone, currency = store.company.tz, store.company.currency
    for there in hanging:
        label = f"{kind_words.title(there.kind)} · {there.count:,}"
        box = st.expander(
            label, expanded=len(hanging) <= OPEN_AT_ONCE, key=f"box_{there.kind.name}_{there.column}",
            on_change="rerun",
        )  # fmt: skip
        if box.open:
            with box:
                _hanging(kind, one, there)
    lines = browse.matched_lines(store, kind, one)
    if lines:
        widgets.section("Matched bank lines")
        cells = tuple((line.booked_on, line.text, line.amount, line.account) for line in lines)
        matched = (
            Column("booked_on", "Booked", "date"),
            Column("text", "Text"),
            Column("amount", "Amount", "money"),
            Column("account", "Account"),
        )
        widgets.rows_table(
            Rows("matched_lines", "bank line", matched, cells), key="matched_lines",
            alt="Bank lines that this record is matched with", currency=one.currency or currency, zone=zone, period=one.key,
        )  # fmt: skip


def _hanging(kind: Kind, one: Seen, there: Hanging) -> None:
    """The newest records of one kind that name this one, the way to all of them, and to one more."""
    company, key = session.store().company, str(one.values[kind.key[0]])
    rows = browse.hanging_rows(session.store(), there, key)
    if there.count > len(rows):
        st.caption(f"The newest {len(rows)} of {there.count:,}.")
    hang = f"hang_{there.kind.name}_{there.column}"
    records_list.frame_of(
        records_list.as_rows(there.kind, rows),
        [row.key for row in rows],
        there.kind,
        hang,
        company.tz,
        company.currency,
        without=there.column,
    )
    with st.container(horizontal=True, key=f"below_{hang}"):
        widgets.link(
            PAGE, "Show them in their list", records_address.list_query(there.kind.name, {there.column: key}),
            key=f"list_{hang}", icon=":material/arrow_forward:",
        )  # fmt: skip
        if may(session.actor(), there.kind.owner):
            widgets.link(
                PAGE, f"Add {kind_words.one_more(there.kind)}",
                (("kind", there.kind.name), ("do", "add"), (there.column, key)),
                key=f"add_{hang}", icon=":material/add:",
            )  # fmt: skip


def _more(kind: Kind, one: Seen, hanging: Iterable[Hanging]) -> None:
    """What else may be added to the record, of which there is none yet."""
    if len(kind.key) != 1:
        return
    there = {(h.kind.name, h.column) for h in hanging}
    offered = [
        (other, column.name)
        for other in RECORDS.values()
        for column in other.columns
        if column.refers == kind.name
        and (other.name, column.name) not in there
        and may(session.actor(), other.owner)
    ]
    if not offered:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="more"):
        st.caption("None yet:", width="content")
        for other, column in offered:
            query = (("kind", other.name), ("do", "add"), (column, str(one.values[kind.key[0]])))
            widgets.link(
                PAGE,
                kind_words.one_more(other),
                query,
                key=f"more_{other.name}_{column}",
                icon=":material/add:",
            )


# --- What happened


def _history(kind: Kind, key: str, events: Sequence[Happened], who: Mapping[str, str | None]) -> None:
    """Who entered, changed, took out and put back what, when and why; the newest first."""
    company = session.store().company
    widgets.section("History", f"{words.counted(len(events), 'event')}, the newest first")
    cells = []
    for event in events:
        before, after = [], []
        for name, old, new in event.changed:
            label = kind_words.label(kind, name)
            before.append(f"{label}: {kind_words.said(kind.column(name), old, company.currency, company.tz)}")
            after.append(f"{label}: {kind_words.said(kind.column(name), new, company.currency, company.tz)}")
        cells.append(
            (
                event.when,
                called(event.by, who),
                event.what,
                "; ".join(before),
                "; ".join(after),
                event.why,
            )
        )
    columns = (
        Column("when", "When", "instant"), Column("by", "Who"), Column("what", "What"), Column("before", "Before"),
        Column("after", "After"), Column("why", "Why"),
    )  # fmt: skip
    widgets.rows_table(
        Rows("history", "event", columns, tuple(cells)),
        key="history",
        alt="What happened to this record, by whom and when",
        zone=company.tz,
        period=key,
    )
    widgets.link(
        "audit", "Its entries in the audit", (("kind", kind.name), ("key", key)), key="to_audit",
        icon=":material/arrow_forward:",
    )  # fmt: skip
