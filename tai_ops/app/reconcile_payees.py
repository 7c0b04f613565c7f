"""What was learned of payees on the reconcile page: whose payee a bank's spelling is, how often confirmed, and forgetting it."""

from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.reconcile_page import paged
from tai_ops.store import aliases
from tai_ops.store.aliases import Learned

PAGE_PAYEES = 50


def learned() -> None:
    """Every spelling that a person taught by confirming a match, folded away; nothing where none was taught."""
    cursor = session.store().cursor()
    try:
        found = aliases.learned(cursor)
    finally:
        cursor.close()
    if not found:
        return
    box = st.expander(
        f"Payees learned from what was confirmed ({len(found)})",
        icon=":material/school:",
        key="payees",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        st.caption(
            "The matcher reads these spellings of the bank as the party beside them, in every account."
        )
        for one in found[paged(len(found), PAGE_PAYEES, "payees_page")]:
            _payee(one)


def _payee(one: Learned) -> None:
    form = f"reconcile.payee.{one.key}"
    last = words.day(one.last_at.astimezone(session.store().company.tz).date())
    said = f"confirmed {words.counted(one.count, 'time')}, last on {last}"
    if one.others:
        rest = words.listed([f"{party} ({count})" for party, count in one.others])
        said += f"; less often or earlier with {rest}"
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"pair_payee_{one.key}",
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(
                f"{words.escape(one.spelling)} → **{words.escape(one.party)}**  \n:small[:gray[{words.escape(said)}]]"
            )
            forms.error_line(form)
        st.button(
            words.escape(f"Forget {one.spelling[:30]}"),
            key=f"forget_{one.key}",
            type="tertiary",
            help="Its matches stay; the spelling means nothing until it is confirmed anew.",
            disabled=not widgets.may("money"),
            on_click=forms.acted,
            args=forms.click(form, _forget, form, one),
        )


def _forget(form: str, one: Learned) -> None:
    forms.run_once(
        form,
        lambda: aliases.forget(session.store(), session.actor(), one.key, now=session.now()),
        lambda done: f"{done.spelling} no longer means {done.party}",
        lambda done: partial(_recall, done),
    )


def _recall(done: Learned) -> str:
    aliases.recall(session.store(), session.actor(), done, now=session.now())
    return f"{done.spelling} means {done.party} again"
