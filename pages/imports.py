"""Runbook 6, bank and books: statements and records come in by file, each shown row by row before it is written."""

import streamlit as st

from tai_ops.app import imports_done, imports_files, imports_page, reading, widgets
from tai_ops.kinds import KINDS

seen = imports_page.standing()
st.html(imports_page.STYLE)
widgets.page_title("Imports", reading.as_of_words())
widgets.verdict(imports_page.verdict(seen, st.query_params.get("kind")))
widgets.saved_line()

if not seen.accounts and st.query_params.get("kind") not in KINDS:
    with st.container(border=True, key="first_account"):
        st.markdown("**Add your first account.** One by one here, or all of them in a file.")
        imports_page.account_form()
        imports_page.template_button("accounts", label="Template of accounts", kind="tertiary")

widgets.section(
    "Bring in files",
    "Statements as your bank exports them, records of any kind told by their headers, and files of HubSpot, Asana, Trello, "
    "PagerDuty and monitors (Uptime Kuma, Gatus, Blackbox, Google Cloud Monitoring, Upptime); several at once.",
)
imports_page.may_load_line()
with st.container(horizontal=True, vertical_alignment="bottom"):
    account = st.selectbox(
        "Statements of",
        list(seen.accounts),
        index=None,
        placeholder="an account (or told by each file)",
        key="account",
        bind="query-params",
        on_change=imports_page.forget,
        args=("kind",),
        width=320,
    )
    kind = st.selectbox(
        "or records of the kind",
        list(KINDS),
        index=None,
        placeholder="told by each file",
        key="kind",
        bind="query-params",
        on_change=imports_page.forget,
        args=("account",),
        width=320,
    )
    if kind:
        imports_page.template_button(kind, label=f"Template of {kind}", kind="tertiary")
uploads = st.file_uploader("Drop files here", accept_multiple_files=True, key="imports_files")
imports_files.panels(uploads, seen, account, kind)

with st.expander(f"Templates of all {len(KINDS)} kinds of records", icon=":material/draft:", key="templates"):
    st.caption("Each has the header and two example rows.")
    with st.grid("auto", min_column_width=150, gap="small"):
        for name in KINDS:
            imports_page.template_button(name)
if seen.accounts or kind:
    with st.expander("Add an account", icon=":material/add_card:", key="another_account"):
        imports_page.account_form()

imports_done.duplicates(seen)
imports_done.history(seen)
