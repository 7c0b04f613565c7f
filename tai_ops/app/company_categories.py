"""The Company page's category map: which labels bills carry, where each leads, and what a change would move."""

import streamlit as st

from tai_ops.app import company_settings, forms, session, widgets, words
from tai_ops.app.company_page import Seen, line
from tai_ops.behind import Column, Rows
from tai_ops.company import CATEGORIES
from tai_ops.errors import TaiOpsError
from tai_ops.settings import SETTINGS
from tai_ops.store import categories as stored
from tai_ops.store.categories import Label

HERE = (("part", "Categories"),)
FORM, NAME = "category_map", "categories"


def categories(seen: Seen) -> None:
    """The map line by line, the form that adds to it or takes out of it, and the labels in use."""
    found = stored.labels(session.store())
    widgets.section("Category map", SETTINGS[NAME].says)
    if seen.may:
        _form(seen, found)
    leads = stored.leads(seen.company)
    if not leads:
        st.markdown(":gray[No label leads anywhere yet: what is none of the six categories counts as other.]")
    for label, to, end in leads:
        over = f" → {end}" if to.strip().lower() != end else ""
        line(
            f"lead_{label}",
            f"**{words.escape(label)}** → {words.escape(to)}{words.escape(over)}",
            "",
            button="Change" if seen.may else None,
            opens=(*HERE, ("label", label)),
        )
    if leads:
        st.markdown(f":small[:gray[{words.escape(company_settings.origin(seen, NAME))}]]")
    _labels(seen, found)


def _labels(seen: Seen, found: list[Label]) -> None:
    widgets.section("Labels in use", "What the bills on record say, the largest sum first.")
    columns = (
        Column("label", "Label"),
        Column("category", "Counts as"),
        Column("bills", "Bills", "count"),
        Column("net", "Net", "money"),
    )
    rows = tuple((one.label, one.category, one.bills, one.net) for one in found)
    widgets.rows_table(
        Rows("labels", "label", columns, rows),
        key="labels",
        alt="Labels of bills with the category that each counts as",
        currency=seen.company.currency,
        period=f"{seen.today}",
    )


def _form(seen: Seen, found: list[Label]) -> None:
    held = dict(seen.company.categories)
    asked = st.query_params.get("label")
    first = {"map_label": asked if asked in held else None, "map_to": held.get(asked or "")}
    if st.session_state.get("map_asked") != asked:
        st.session_state["map_asked"] = asked
        forms.keep_draft(FORM, {})
        for key, value in first.items():
            st.session_state[key] = value
    forms.draft(FORM, first)
    known = sorted({*held, *(one.label for one in found if one.label.strip().lower() not in CATEGORIES)})
    with st.container(border=True, key="entry_category"):
        with st.grid(2, min_column_width=220):
            st.selectbox(
                "A bill's label",
                _with(known, st.session_state["map_label"]),
                index=None,
                key="map_label",
                accept_new_options=True,
                placeholder="Choose or type, AWS",
            )
            st.selectbox(
                "leads to",
                _with([*CATEGORIES, *sorted(held)], st.session_state["map_to"]),
                index=None,
                key="map_to",
                accept_new_options=True,
                placeholder="a category, or another label",
            )
        label, to = st.session_state["map_label"], st.session_state["map_to"]
        if label and to:
            _preview(seen, held | {label.strip(): to.strip()})
        forms.error_line(FORM)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Save",
                key=f"save_{FORM}",
                type="primary",
                icon=":material/save:",
                disabled=not (label and to),
                on_click=_save,
                args=(held, label, to),
            )
            if label in held:
                st.button(
                    "Take it out of the map",
                    key=f"out_{FORM}",
                    type="tertiary",
                    on_click=_save,
                    args=(held, label, None),
                )
                _out_words(held, label)


def _with(options: list[str], value: str | None) -> list[str]:
    return options if not value or value in options else [*options, value]


def _out_words(held: dict[str, str], label: str) -> None:
    try:
        found = stored.moves(session.store(), {k: v for k, v in held.items() if k != label})
    except TaiOpsError as refusal:
        st.markdown(f":red[:small[✗ {words.escape(refusal)}]]")
        return
    count = sum(move.bills for move in found)
    st.markdown(f":small[:gray[would move {words.escape(words.counted(count, 'bill'))}]]")


def _preview(seen: Seen, categories: dict[str, str]) -> None:
    try:
        found = stored.moves(session.store(), categories)
    except TaiOpsError as refusal:
        st.markdown(f":red[:small[✗ {words.escape(refusal)}]]")
        return
    if not found:
        st.markdown(":small[:gray[No bill on record would move; new ones will.]]")
        return
    for move in found[:10]:
        closed = (
            f", {move.in_closed_months} of them in closed months, which keep the numbers they were closed with"
            if move.in_closed_months
            else ""
        )
        net = words.money(move.net, seen.company.currency)
        st.markdown(
            words.escape(
                f"{move.label}: {words.counted(move.bills, 'bill')} ({net} net) {move.category} → {move.to}{closed}"
            )
        )


def _save(held: dict[str, str], label: str, to: str | None) -> None:
    rest = {name: lead for name, lead in held.items() if name.strip().lower() != label.strip().lower()}
    wanted = rest if to is None else rest | {label.strip(): to.strip()}
    company_settings.save(NAME, wanted, FORM, HERE)
