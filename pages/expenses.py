"""Runbook 6, expenses: what the month cost by category, what looks unusual, whom to pay back, and the category rules."""

import streamlit as st

from tai_ops.app import expenses_money, expenses_page, expenses_rules, widgets

seen = expenses_page.title_row()
if seen.nothing:
    expenses_page.empty()
    st.stop()
widgets.verdict(expenses_page.verdict(seen))
widgets.saved_line()
expenses_rules.offer(seen)
if not widgets.may("money"):
    widgets.who_may_line("money")
match expenses_page.part():
    case "Unusual":
        expenses_money.unusual_view(seen)
    case "Reimbursements":
        expenses_money.reimbursements_view(seen)
    case "Rules":
        expenses_rules.rules_view(seen)
    case _:
        expenses_page.month_view(seen)
