"""Runbook 3, proposals: each with its 24-hour clock, its values and their origins, its approvals and its document."""

import streamlit as st

from tai_ops.app import proposals_detail as detail
from tai_ops.app import proposals_page as page
from tai_ops.app import proposals_steps as steps
from tai_ops.app import sales_messages

found = page.seen()
if found.detail is None:
    page.list_title(found)
    page.waiting(found)
    page.ask(found)
    page.rows(found)
    page.promise()
    sales_messages.own_words(sales_messages.WITH_A_PROPOSAL)
    st.stop()
detail.title(found.detail)
match detail.part():
    case "Quote and ROI":
        detail.quote(found.detail)
    case "Approval":
        steps.approval(found.detail)
    case "Document":
        steps.papers(found.detail)
    case "History":
        steps.history(found.detail)
    case _:
        detail.values(found.detail)
