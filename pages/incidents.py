"""Runbook 4, incident response: what is open, starting one, and the run of one from minute 0 to its post-mortem."""

import streamlit as st

from tai_ops.app import incident_after, incident_customers, incident_start, incident_timeline, incident_view
from tai_ops.app import incident_run_page as run_page
from tai_ops.app import incidents_page as page

st.html(incident_view.STYLE)
incident_view.mine()
asked = incident_view.asked()
if not asked:
    page.title()
    if "start" in st.query_params:
        incident_start.show()
        st.stop()
    rows = page.rows()
    page.top(rows)
    page.not_yours()
    if not rows:
        page.empty()
    page.opened(rows)
    page.left(rows)
    page.past(rows)
    st.stop()
found = incident_view.seen(asked)
if found is None:
    run_page.nobody(asked)
    st.stop()
run_page.title(found)
run_page.clocks(found)
if found.run.incident.resolved_at is None:
    incident_view.sample_clock()
incident_customers.running_on(found)
if "severity" in st.query_params:
    run_page.severity_again(found)
    st.stop()
view = incident_view.view_chosen()
if view == "run":
    run_page.run(found)
elif view == "customers":
    incident_customers.show(found)
elif view == "timeline":
    incident_timeline.show(found)
else:
    incident_after.show(found)
