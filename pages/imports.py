"""Runbook 6, bank and books: statements and records come in by file, each shown row by row before it is written."""

import streamlit as st

from tai_ops.app import imports_files, imports_page, reading, widgets
from tai_ops.kinds import KINDS

seen = imports_page.standing()
st.html(imports_page.STYLE)
widgets.page_title("Imports", reading.as_of_words())
widgets.verdict(imports_page.verdict(seen))
widgets.saved_line()

if not seen.accounts:
    with st.container(border=True, key="first_account"):
        st.markdown("**Add your first account.** One by one here, or all of them in a file.")
        imports_page.account_form()
        imports_page.template_button("accounts", label="Template of accounts", kind="tertiary")

widgets.section(
    "Bring in files", "Statements as your bank exports them (CSV), and records of any kind; several at once."
)
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
uploads = st.file_uploader("Drop files here", accept_multiple_files=True, key="imports_files")
imports_files.drop_others(uploads)
for upload in uploads:
    imports_files.file_panel(upload, seen, account, kind)

with st.expander(f"Templates of all {len(KINDS)} kinds of records", icon=":material/draft:", key="templates"):
    st.caption("Each has the header and two example rows.")
    with st.grid("auto", min_column_width=150, gap="small"):
        for name in KINDS:
            imports_page.template_button(name)
if seen.accounts:
    with st.expander("Add an account", icon=":material/add_card:", key="another_account"):
        imports_page.account_form()

if seen.duplicates:
    widgets.section(
        "Possible duplicates",
        "Lines that may repeat an earlier one spelled anew. They count until they are joined.",
    )
    for found in seen.duplicates[
        imports_page.paged(len(seen.duplicates), imports_page.PAGE_DUPLICATES, "duplicates_page")
    ]:
        imports_page.duplicate_row(found, seen)

widgets.section("Imported so far")
if not seen.imports:
    st.caption("Nothing yet. Each import will stand here with its counts, and can be undone.")
names = imports_page.names()
for done in seen.imports[imports_page.paged(len(seen.imports), imports_page.PAGE_IMPORTS, "imports_page")]:
    imports_page.import_row(done, seen, names)
