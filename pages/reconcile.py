"""Runbook 6, cash reconciliation: an account's bank lines against the books, down to two equal balances and a lock."""

import streamlit as st

from tai_ops.app import (
    account_choice,
    opening_form,
    reading,
    reconcile_learned,
    reconcile_lines,
    reconcile_page,
    reconcile_pairs,
    reconcile_statement,
    widgets,
)

st.html(reconcile_page.style())
codes = reconcile_page.codes()
side = widgets.page_title("Reconcile", reading.as_of_words())
if not codes:
    widgets.verdict("There is nothing to reconcile yet.")
    widgets.empty(
        "Bank against books, account by account",
        "A statement is compared here with what the books of its account hold, and there is no account.",
        "Add an account and bring in its statement",
        "imports",
    )
    st.stop()

with side:
    code = account_choice.choose_looked_at(codes)
    through = st.date_input(
        "Through",
        value=None,
        key="through",
        bind="query-params",
        format="YYYY-MM-DD",
        width=165,
        help="Empty: the newest day that the bank speaks of.",
    )
    seen = reconcile_page.look(code, through)
    reconcile_page.run_button(seen, through)
widgets.verdict(reconcile_page.verdict(seen))
if not widgets.may("money"):
    widgets.who_may_line("money")
opening_form.opening_form(seen)
reconcile_page.standing_bar(seen)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    view = st.segmented_control(
        "View",
        reconcile_page.VIEWS,
        key="show",
        bind="query-params",
        default=reconcile_page.VIEWS[0],
        required=True,
        wrap=True,
        label_visibility="collapsed",
    )
    reconcile_page.balance_form(seen)
match view:
    case "Matched":
        reconcile_pairs.matched(seen)
    case "Only in the books":
        reconcile_page.books_side(seen)
    case "What it learned":
        reconcile_learned.learned(seen)
    case "Statement and lock":
        reconcile_statement.two_sided(seen)
        reconcile_page.lock_step(seen)
    case _:
        reconcile_lines.settle(seen)
