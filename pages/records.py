"""Every record of the company: found, opened, added, changed, taken out and put back."""

import streamlit as st

from tai_ops.app import records_detail as detail
from tai_ops.app import records_form as form
from tai_ops.app import records_grid as grid
from tai_ops.app import records_list as listing
from tai_ops.app.records_address import address

found = address()
if found.kind is None:
    listing.kinds(found)
    st.stop()
if found.key:
    detail.shown(found.kind, found.key, found.doing)
    st.stop()
if found.doing == "add":
    detail.add_title(found.kind)
    form.adding(found.kind)
    st.stop()
listing.title(found.kind)
if found.doing == "grid":
    grid.shown(found.kind, found.asked)
    st.stop()
listing.shown(found.kind, found.asked, found.wrong)
