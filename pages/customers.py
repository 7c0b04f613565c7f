"""Runbook 1, customers' success: how each customer stands, its baseline and current figures, its onboarding."""

import streamlit as st

from tai_ops.app import customers_page as page

found = page.seen()
if found.detail:
    page.detail_title(found.detail)
    page.detail_top(found, found.detail)
    page.detail_body(found, found.detail)
    st.stop()

page.list_title(found)
if not found.rows:
    page.nobody(found)
    st.stop()
page.list_top(found)
page.tiles(found)
page.chart(found)
page.rows(found)
