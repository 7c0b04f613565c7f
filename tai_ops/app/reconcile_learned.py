"""What the matcher and the imports learned, on the reconcile page: payees, declined pairs and layouts, each to change or drop."""

from dataclasses import replace
from functools import partial

import streamlit as st

from tai_ops.app import account_choice, forms, imports_format, reconcile_page, session, widgets, words
from tai_ops.app.reconcile_page import PAGE_LINES, Seen
from tai_ops.app.reconcile_payees import payees
from tai_ops.app.reconcile_words import named
from tai_ops.statements import Layout
from tai_ops.store import deciding, declines, layouts
from tai_ops.store.layouts import Kept
from tai_ops.store.match_lists import Pair

FOUND_ANEW = "found in each file"
ORDERS = {
    None: FOUND_ANEW,
    "year": "year first",
    "month": "month first (02/03 is 3 February)",
    "day": "day first",
}
SIGNS = {None: FOUND_ANEW, "in": "a positive amount is money in", "out": "a positive amount is money out"}
MARKS = {None: FOUND_ANEW, ".": "point (1,234.50)", ",": "comma (1.234,50)"}
DECISIONS = {
    "date_order": ("Dates", ORDERS),
    "positive": ("Sign", SIGNS),
    "decimal": ("Decimal mark", MARKS),
}
"""What a person may decide of a layout: its label and the choices, by the layout's field."""


def learned(seen: Seen) -> None:
    """Everything that was learned, with a way to change and to drop each."""
    payees()
    _declines(seen)
    _layouts()


# --- Declined pairs


def _declines(seen: Seen) -> None:
    account = seen.account.account
    widgets.section(
        "Declined", "Pairs that somebody said are no match. They are not offered for their line again."
    )
    count = declines.declined(session.store(), account, limit=1)[0]
    if not count:
        st.caption(f"None on {words.escape(seen.account.name)}.")
        return
    place = reconcile_page.paged(count, PAGE_LINES, "declined_page")
    people = {person.email: person.name for person in session.store().people()}
    may = widgets.may("money")
    for pair in declines.declined(session.store(), account, limit=PAGE_LINES, offset=place.start)[1]:
        _decline(seen, pair, people.get(pair.decided_by, pair.decided_by), may=may)


def _decline(seen: Seen, pair: Pair, by: str, *, may: bool) -> None:
    entry = pair.entry
    key = f"{pair.line_id}_{entry.entry_kind}_{entry.entry_id}"
    form = f"reconcile.declined.{key}"
    when = words.day(pair.decided_at.astimezone(session.store().company.tz).date())
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"pair_declined_{key}",
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(
                f"**{seen.money(pair.amount)}** {words.escape(pair.text)} "
                f":gray[{words.escape(words.day(pair.booked_on))}] is not "
                f"**{words.escape(named(entry.entry_kind, entry.entry_id, entry))}**  \n"
                f":small[:gray[{words.escape(f'by {by}, {when}')}]]"
            )
            forms.error_line(form)
        st.button(
            "Offer again",
            key=f"offer_{key}",
            type="tertiary",
            disabled=not may,
            on_click=forms.acted,
            args=forms.click(form, _offer_again, form, pair),
        )


def _offer_again(form: str, pair: Pair) -> None:
    entry = pair.entry
    one = (session.store(), session.actor(), pair.line_id, entry.entry_kind, entry.entry_id)

    def again() -> str:
        deciding.decide(*one, "declined", now=session.now())
        return f"{entry.entry_kind} {entry.entry_id} is not offered for {pair.text} again"

    forms.run_once(
        form,
        lambda: deciding.decide(*one, "undone", now=session.now()),
        lambda _: f"{entry.entry_kind} {entry.entry_id} may be offered for {pair.text} again",
        lambda _: again,
    )


# --- Layouts


def _layouts() -> None:
    widgets.section(
        "Layouts of statements",
        "How each account's files are read, kind by kind. What is changed here counts from the next file on; lines that are in stay.",
    )
    found = layouts.kept(session.store())
    if not found:
        st.caption("Nothing yet: an account keeps the layout of its first file.")
    for one in found:
        _layout(one)


def _layout(one: Kept) -> None:
    layout, called = one.layout, account_choice.called().get(one.account, one.account)
    form = f"reconcile.layout.{one.account}.{one.kind}"
    decided = [
        told[getattr(layout, name)]
        for name, (_, told) in DECISIONS.items()
        if getattr(layout, name) is not None
    ]
    since = words.day(one.confirmed_at.astimezone(session.store().company.tz).date())
    said = " · ".join(
        [*(decided or ["nothing decided: dates, sign and decimals are found anew"]), f"since {since}"]
    )
    header = ", ".join(cell for cell in layout.header if cell) or f"{layout.width} columns"
    with st.container(key=f"pair_layout_{one.account}_{one.kind}"):
        st.markdown(
            f"**{words.escape(called)}**: {words.escape(layout.format.upper())}, "
            f"{words.escape(header)}  \n:small[:gray[{words.escape(said)}]]"
        )
        forms.error_line(form)
        with st.expander(
            "Change or forget", key=f"layout_{one.account}_{one.kind}", on_change="rerun"
        ) as box:
            if box.open:
                imports_format.layout_words(layout)
                _layout_form(form, one)


def _layout_form(form: str, one: Kept) -> None:
    version = f"{one.account}_{one.kind}_{one.confirmed_at:%Y%m%d%H%M%S%f}"  # what was changed is shown anew
    fields = {name: f"layout_{name}_{version}" for name in DECISIONS}
    forms.draft(form, {key: getattr(one.layout, name) for name, key in fields.items()})
    with st.grid(3, min_column_width=200):
        for name, (label, told) in DECISIONS.items():
            st.selectbox(
                label, list(told), format_func=told.__getitem__, key=fields[name], placeholder=FOUND_ANEW
            )
    with st.container(horizontal=True):
        st.button(
            "Save the layout",
            key=f"layout_save_{one.account}_{one.kind}",
            type="primary",
            disabled=not widgets.may("money"),
            on_click=forms.acted,
            args=forms.click(form, _save, form, one, fields),
        )
        st.button(
            "Forget what was decided",
            key=f"layout_forget_{one.account}_{one.kind}",
            type="tertiary",
            disabled=not (widgets.may("money") and one.decided),
            help="Dates, sign and decimal mark are found, or asked, anew from the next file.",
            on_click=forms.acted,
            args=forms.click(form, _change, form, one, layouts.undecided(one.layout), "forgotten"),
        )


def _save(form: str, one: Kept, fields: dict[str, str]) -> None:
    typed = {name: st.session_state[key] for name, key in fields.items()}
    _change(form, one, replace(one.layout, **typed), "changed")


def _change(form: str, one: Kept, layout: Layout, what: str) -> None:
    forms.run_once(
        form,
        lambda: layouts.change(session.store(), session.actor(), one.account, layout, now=session.now()),
        lambda _: (
            f"Layout of {account_choice.called().get(one.account, one.account)} {what}; it counts from the next file on"
        ),
        lambda before: partial(_back, one.account, before),
    )


def _back(account: str, before: Layout) -> str:
    layouts.change(session.store(), session.actor(), account, before, now=session.now())
    return f"Layout of {account_choice.called().get(account, account)} as it was before"
