"""Runbook 2, qualification: the call in five timed blocks, the decision beside it, what follows from it, every call so far."""

import streamlit as st

from tai_ops.app import qualify_after as after
from tai_ops.app import qualify_new, sales_messages
from tai_ops.app import qualify_page as page

found = page.seen()
page.title(found)
qualify_new.somebody_new(found)
if not found.prospects:
    page.empty()
    st.stop()
if found.prospect:
    page.call(found)
after.tasks(found)
after.nurtured(found)
after.history(found)
sales_messages.own_words(sales_messages.ON_THE_CALL)
