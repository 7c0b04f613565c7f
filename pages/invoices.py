"""Runbook 6, invoicing: what is due to be invoiced, what went out, what was received, and whom to chase."""

import streamlit as st

from tai_ops.app import invoices_make, invoices_money, invoices_page, widgets

seen = invoices_page.title_row()
if seen.nothing:
    invoices_page.empty()
    st.stop()
widgets.verdict(invoices_page.verdict(seen))
widgets.saved_line()
if not widgets.may("money"):
    widgets.who_may_line("money")
invoices_page.tiles(seen)
match invoices_page.part():
    case "Invoices":
        invoices_make.issued(seen)
        invoices_make.send_form(seen)
        invoices_make.credit_form(seen)
    case "Payments and credit":
        invoices_money.payment_form(seen)
        invoices_money.credits(seen)
        invoices_money.moved(seen)
    case "Overdue":
        invoices_money.ageing(seen)
        invoices_money.overdue(seen)
    case _:
        invoices_make.drafts(seen)
