"""Runbook 6, the month-end close: what stops it, its checklist, close and reopen, and the investor summary."""

import streamlit as st

from tai_ops.app import close_books, close_investors, close_items, close_month, close_page

found = close_month.seen()
close_page.title_row(found)
close_page.notices(found)
if found.nothing:
    close_page.empty()
    st.stop()
close_page.verdict(found)
close_items.stops(found)
close_page.tiles(found)
close_items.checklist(found)
close_books.pictures(found)
close_books.deferred(found)
close_books.receivables(found)
close_books.bank(found)
close_investors.investors(found)
close_page.history(found)
