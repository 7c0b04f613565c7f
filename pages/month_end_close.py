"""Runbook 6, the month-end close: what stops it, its checklist, close and reopen, and the investor summary."""

import streamlit as st

from tai_ops.app import close_page as page

found = page.seen()
page.title_row(found)
page.notices(found)
if found.nothing:
    page.empty()
    st.stop()
page.verdict(found)
page.stops(found)
page.tiles(found)
page.checklist(found)
page.pictures(found)
page.receivables(found)
page.bank(found)
page.investors(found)
page.history(found)
