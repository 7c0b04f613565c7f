"""Runbook 4, what incidents teach: times with mean, median and number, timers met, causes, and what changed around them."""

import streamlit as st

from tai_ops import incident_learning
from tai_ops.app import incident_learning_page as page
from tai_ops.app import widgets

found = page.title_row()
if found is None:
    page.empty()
    st.stop()
widgets.verdict(incident_learning.verdict(found))
match page.part():
    case "Where from":
        page.where(found)
    case "Before and after":
        page.around(found)
    case "Monitors' totals":
        page.totals(found)
    case _:
        page.response(found)
