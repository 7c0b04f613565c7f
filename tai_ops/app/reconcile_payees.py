"""What was learned of payees on the reconcile page: whose payee a bank's spelling is, saying it and forgetting it."""

from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.reconcile_page import paged
from tai_ops.store import aliases, declines
from tai_ops.store.aliases import Learned

PAGE_PAYEES = 50
SAY = "reconcile.say"


def payees() -> None:
    """Every spelling that a person taught, by confirming a match or by saying so, and the form to say one."""
    cursor = session.store().cursor()
    try:
        found = aliases.learned(cursor)
    finally:
        cursor.close()
    widgets.section(
        "Payees",
        "The matcher reads these spellings of the bank as the party beside them, in every account.",
    )
    may = widgets.may("money")
    if not found:
        st.caption("Nothing yet: confirming a suggestion teaches whose payee a spelling is.")
    for one in found[paged(len(found), PAGE_PAYEES, "payees_page")]:
        _payee(one, may=may)
    if may:
        with st.expander(
            "Say what a spelling means", icon=":material/edit:", key="say_box", on_change="rerun"
        ) as box:
            if box.open:
                _say_form()


def _payee(one: Learned, *, may: bool) -> None:
    form = f"reconcile.payee.{one.key}"
    last = words.day(one.last_at.astimezone(session.store().company.tz).date())
    rest = words.listed([f"{party} ({words.counted(count, 'time')})" for party, count in one.others])
    times = f"confirmed {words.counted(one.count, 'time')}"
    said = f"said on {last}" + (f", {times}" if one.count else "") if one.said else f"{times}, last on {last}"
    if not one.party:
        said = f"confirmed as often with {rest}: it means neither until you say which"
    elif one.others:
        said += f"; also with {rest}"
    means = f"**{words.escape(one.party)}**" if one.party else ":orange-badge[≈ two payees]"
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"pair_payee_{one.key}",
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"{words.escape(one.spelling)} → {means}  \n:small[:gray[{words.escape(said)}]]")
            forms.error_line(form)
        for party in [] if one.party else [party for party, _ in one.others]:
            st.button(
                words.escape(f"It is {party}"),
                key=f"choose_{one.key}_{party}",
                disabled=not may,
                on_click=forms.acted,
                args=forms.click(form, _choose, form, one.spelling, party),
            )
        st.button(
            "Change",
            key=f"change_{one.key}",
            type="tertiary",
            help="Fills in the form below, where another party can be chosen.",
            disabled=not may,
            on_click=_begin,
            args=(one,),
        )
        st.button(
            words.escape(f"Forget {one.spelling[:30]}"),
            key=f"forget_{one.key}",
            type="tertiary",
            help="Its matches stay; the spelling means nothing until it is confirmed anew.",
            disabled=not may,
            on_click=forms.acted,
            args=forms.click(form, _forget, form, one),
        )


def _begin(one: Learned) -> None:
    """Open the form with that spelling and whom it means now."""
    st.session_state.update({"say_box": True, "say_spelling": one.spelling, "say_party": one.party or None})


def _say_form() -> None:
    forms.draft(SAY, {"say_spelling": "", "say_party": None})
    with st.grid(2, min_column_width=220):
        st.text_input("As the bank spells it", key="say_spelling", placeholder="AMZN MKTP US")
        st.selectbox(
            "It means",
            declines.parties(session.store()),
            key="say_party",
            index=None,
            placeholder="a customer or payee",
            accept_new_options=True,
        )
    forms.error_line(SAY)
    st.button(
        "Save the spelling", key="say_save", type="primary", on_click=forms.acted, args=forms.click(SAY, _say)
    )


def _say() -> None:
    _choose(SAY, st.session_state["say_spelling"], st.session_state["say_party"] or "")


def _choose(form: str, spelling: str, party: str) -> None:
    forms.run_once(
        form,
        lambda: aliases.say(session.store(), session.actor(), spelling, party, now=session.now()),
        lambda done: f"{done.spelling} means {done.party}",
        lambda done: partial(_unsay, done),
    )


def _unsay(done: Learned) -> str:
    aliases.forget(session.store(), session.actor(), done.key, now=session.now())
    return f"{done.spelling} means nobody again"


def _forget(form: str, one: Learned) -> None:
    forms.run_once(
        form,
        lambda: aliases.forget(session.store(), session.actor(), one.key, now=session.now()),
        lambda done: f"{done.spelling} no longer means {done.party or 'anybody'}",
        lambda done: partial(_recall, done),
    )


def _recall(done: Learned) -> str:
    aliases.recall(session.store(), session.actor(), done, now=session.now())
    return f"{done.spelling} means {done.party} again" if done.party else f"{done.spelling} is known again"
