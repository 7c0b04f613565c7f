"""Runbook 1, all onboardings: by phase, what holds them up, hours and kickoffs, accuracy, renewals, the messages."""

import streamlit as st

from tai_ops.app import portfolio_page as page

found, everything = page.seen()
page.title()
if not found.rows:
    page.nobody()
    st.stop()
page.top(found, everything)
page.phases(found, everything)
page.issues(everything)
page.capacity(everything)
page.accuracies(found)
page.ending(found, everything)
page.messages()
