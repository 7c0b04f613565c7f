"""Every page's frame: who acts, the sample's strip, and the one place that catches a failure."""

from pathlib import Path

import streamlit as st

from tai_ops import measures
from tai_ops.app import asof, auth, finder, guide, session, words
from tai_ops.app.failure import show_failure
from tai_ops.app.menu import PAGES

FOLDER = Path(__file__).resolve().parents[2] / "pages"
ICON = Path(__file__).with_name("icon.svg")
LINK = [st.get_option(f"theme.{mode}.linkColor") for mode in ("light", "dark")]
STYLE = f"""<style>
.stApp {{ font-variant-numeric: tabular-nums lining-nums; }}
[data-testid="stMetricValue"] {{ letter-spacing: -0.01em; }}
.stApp [data-testid="stCaptionContainer"] {{ opacity: 0.7; }}
.stApp kbd {{ opacity: 1; }}
@media (max-width: 640px) {{ [data-testid="stElementToolbar"] {{ display: none; }} }}
.stApp [data-testid="stMarkdownContainer"] span {{ unicode-bidi: isolate; }}
.stApp [role="radio"][data-selected="true"] {{ color: light-dark({", ".join(LINK)}); }}
</style>"""
"""A grid's own tools, which a phone always shows, would cover the line above it there. Small print and a chosen option keep a contrast of 4.5 to 1, which the framework's own colours miss; a sign that turns
the direction of writing turns nothing beyond its own element (`words.escape`)."""

sections: dict[str, list[st.Page]] = {}
for path, title, section, icon in PAGES:
    script = FOLDER / f"{path.replace('-', '_')}.py"
    page = st.Page(script, title=title, icon=icon, url_path=path, default=path == PAGES[0][0])
    sections.setdefault(section, []).append(page)

st.set_page_config(
    page_icon=ICON, layout="wide"
)  # before the menu, or the browser asks elsewhere for its icons
chosen = st.navigation(sections, expanded=True)
st.set_page_config(page_title=f"{chosen.title} · TAI Ops")
st.logo(ICON)
st.html(STYLE)

try:
    with st.sidebar:
        finder.box()
        guide.link(chosen.url_path or PAGES[0][0])
    if auth.signed_in_email() is None:
        st.sidebar.selectbox(
            "Acting for",
            list(session.choices()),
            key=session.ACTING_KEY,
            bind="query-params",
            help="What you enter is recorded under this person's name, with their rights.",
        )
    with st.sidebar:
        asof.control(chosen.url_path or PAGES[0][0])
    st.sidebar.toggle(
        "Hide amounts",
        key=words.HIDE_KEY,
        help="Takes the digits of every amount out of what this window is sent: pages, charts and files.",
    )
    seen_at = session.sample_seen_at()
    if seen_at:
        st.info(
            f"Sample company, seen at {seen_at:%a} {seen_at.day} {seen_at:%b %Y %H:%M}",
            icon=":material/science:",
        )
    asof.strip(chosen.url_path or PAGES[0][0])
    with measures.timed("page", chosen.url_path or PAGES[0][0]):
        chosen.run()
except Exception as failure:  # noqa: BLE001  # the last handler: one page's failure is one line on that page
    show_failure(failure)
