"""The pairs that hold on the reconcile page, each with who decided and a way to take it back."""

from collections.abc import Mapping

import streamlit as st

from tai_ops.app import forms, reconcile_page, session, widgets, words
from tai_ops.app.reconcile_page import PAGE_LINES, Seen
from tai_ops.app.reconcile_words import named
from tai_ops.store import deciding, match_lists
from tai_ops.store.ledger import AUTO
from tai_ops.store.match_lists import Pair


def matched(seen: Seen) -> None:
    """The pairs that hold, newest first, each with who decided and Undo."""
    text = st.text_input(
        "Search", key="matched_search", placeholder="name, number or amount", live=True, width=420
    )
    account, through = seen.account.account, seen.found.through
    count = match_lists.pairs_that_hold(session.store(), account, through, limit=1, text=text)[0]
    if not count:
        st.caption("No matched line fits that." if text else "No line is matched yet. Run the matcher first.")
        return
    st.caption(words.counted(count, "pair"))
    place = reconcile_page.paged(count, PAGE_LINES, "matched_page")
    _, found = match_lists.pairs_that_hold(
        session.store(), account, through, limit=PAGE_LINES, offset=place.start, text=text
    )
    people = {person.email: person.name for person in session.store().people()}
    may = widgets.may("money")
    for pair in found:
        _pair(seen, pair, people, may=may)


def _pair(seen: Seen, pair: Pair, people: Mapping[str, str], *, may: bool) -> None:
    entry = pair.entry
    by = "the matcher" if pair.decided_by == AUTO else people.get(pair.decided_by, pair.decided_by)
    when = words.day(pair.decided_at.astimezone(session.store().company.tz).date())
    part = "" if pair.settles == pair.amount else f" ({seen.money(pair.settles)} of it)"
    why = f" · {' · '.join(pair.reasons)}" if pair.reasons else ""
    key = f"{pair.line_id}_{entry.entry_kind}_{entry.entry_id}"
    form = f"reconcile.pair.{key}"
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key=f"pair_{key}"
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(
                f"**{seen.money(pair.amount)}** {words.escape(pair.text)} :gray[{words.escape(words.day(pair.booked_on))}]"
                f"{part} → **{words.escape(named(entry.entry_kind, entry.entry_id, entry))}**  \n"
                f":small[:gray[{words.escape(f'by {by}, {when}{why}')}]]"
            )
            forms.error_line(form)
        with st.container(horizontal=True, width="content", gap="small"):
            st.button(
                "Undo",
                key=f"undo_{key}",
                disabled=not may,
                icon=":material/undo:",
                help="Both are open again; a certain pair is confirmed by the matcher's next run.",
                on_click=forms.acted,
                args=forms.click(form, _undo_pair, seen, pair, "undone"),
            )
            st.button(
                "Not a match",
                key=f"apart_{key}",
                disabled=not may,
                type="tertiary",
                help="Both are open again, and the pair is never offered again.",
                on_click=forms.acted,
                args=forms.click(form, _undo_pair, seen, pair, "declined"),
            )


def _undo_pair(seen: Seen, pair: Pair, decision: str) -> None:
    entry = pair.entry
    key = f"{pair.line_id}_{entry.entry_kind}_{entry.entry_id}"
    form = f"reconcile.pair.{key}"
    amount = words.money(pair.settles, seen.account.currency, exact=True)
    said = named(entry.entry_kind, entry.entry_id, None)

    def write() -> tuple[str, ...]:
        one = (session.store(), session.actor(), pair.line_id, entry.entry_kind, entry.entry_id)
        return deciding.decide(*one, decision, now=session.now())

    def again() -> str:
        one = (session.store(), session.actor(), pair.line_id, entry.entry_kind, entry.entry_id)
        deciding.decide(*one, "confirmed", now=session.now())
        return f"Matched again: {pair.text} {amount} with {said}"

    forms.run_once(
        form,
        write,
        lambda booked: (
            f"Match undone: {pair.text} {amount} is open again; {words.listed(list(booked))}"
            if booked
            else f"Match undone: {pair.text} {amount} and {said} are open again"
        ),
        lambda booked: None if booked else again,
    )
