"""How the program and its store are: version, size, room, backups and restoring one, refused imports, the checks."""

import streamlit as st

from tai_ops.app import health_backups, health_page, widgets

st.html(health_page.STYLE)
seen = health_page.look()
with widgets.page_title("Health", health_page.as_of(seen)):
    health_backups.back_up_button(seen)
widgets.verdict(health_page.verdict(seen))
widgets.saved_line()
health_page.tiles(seen)
health_backups.listed(seen)
health_page.refused(seen)
health_page.checks(seen)
health_page.measured()
