"""Runbook 1, customers' success: how each customer stands, its baseline and current figures, its onboarding."""

import streamlit as st

from tai_ops.app import customers_page as page
from tai_ops.app import onboarding_page, onboarding_view

found = page.seen()
if found.detail:
    page.detail_title(found.detail)
    view = onboarding_view.choice()
    if view == onboarding_view.STANDING:
        page.detail_top(found, found.detail)
        page.detail_body(found, found.detail)
    else:
        onboarding_page.show(view, found.detail.row.customer_id)
    st.stop()

page.list_title(found)
if not found.rows:
    page.nobody(found)
    st.stop()
page.list_top(found)
page.tiles(found)
page.chart(found)
page.rows(found)
