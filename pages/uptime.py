"""Whether the promised uptime was kept, by month: the answer, the minutes left, why, and the rows behind it."""

import streamlit as st

from tai_ops.app import uptime_credits, uptime_missing, uptime_page, uptime_weeks, widgets

seen = uptime_page.title_row()
if not seen.watched.known:
    uptime_page.empty()
    uptime_page.counted(seen)
    st.stop()
widgets.verdict(uptime_page.verdict(seen))
widgets.saved_line()
uptime_missing.running_on(seen)
uptime_page.numbers(seen)
uptime_missing.missing(seen)
uptime_page.charts(seen)
uptime_page.counted(seen)
uptime_page.standings(seen)
uptime_weeks.weeks(seen)
uptime_credits.credits_due(seen)
uptime_page.behind(seen)
uptime_missing.without_impact(seen)
