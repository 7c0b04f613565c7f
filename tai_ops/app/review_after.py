"""What stands below the weekly review's blocks: the numbers of the last Fridays, and what comes after the meeting."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from tai_ops.app import session, widgets, words
from tai_ops.app.review_page import PAGE, Seen, version_key
from tai_ops.behind import Column, Rows
from tai_ops.exports.review import team_message
from tai_ops.exports.review_file import WRITERS
from tai_ops.kpi import KPIS
from tai_ops.period import Week
from tai_ops.review_agenda import AFTER_MEETING
from tai_ops.runbooks import weekly_review as runbook
from tai_ops.store import Store

TREND_WEEKS = 6
TREND = ("accuracy_pct", "ltr_median", "pipeline_open", "new_leads", "proposal_slo_pct", "uptime_pct",
         "latency_p95_ms", "mttr_minutes", "cash", "runway_months", "mrr", "commitments_kept_pct")  # fmt: skip

DOCUMENTS = {
    ".html": ("To print (HTML)", "print", "text/html"),
    ".md": ("Markdown", "download", "text/markdown"),
    ".xlsx": ("Excel", "table", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".eml": ("E-mail draft", "mail", "message/rfc822"),
    ".slack.json": ("Slack message", "forum", "application/json"),
    ".asana.csv": ("Actions for Asana", "checklist", "text/csv"),
    ".ics": ("Due days for a calendar", "event", "text/calendar"),
    ".json": ("JSON for programs", "data_object", "application/json"),
}
"""How the review leaves the house, by the ending of its file: what the button says, its sign, the file's type."""


@st.cache_resource(max_entries=24, show_spinner=False)
def _scorecard(_store: Store, key: str, friday: str, _week: Week) -> Mapping[date, Mapping[str, Any]]:  # noqa: ARG001
    return runbook.scorecard(_store, _week, TREND_WEEKS)


def trend(found: Seen) -> None:
    """The frozen numbers of the last Fridays beside this week's: the scorecard of the meeting."""
    review, store = found.review, session.store()
    earlier = _scorecard(store, version_key(store), str(found.week), found.week)
    widgets.section("Scorecard", "What each Friday's review froze, this week first")
    query = (("week", str(found.week)), ("view", "scorecard"))
    widgets.link(
        PAGE,
        "Every number: 6 weeks, 12 months, what varies",
        query,
        key="all_scores",
        icon=":material/monitoring:",
    )
    if not earlier:
        st.caption("No earlier review was opened yet; the first one that is stands here next week.")
        return
    fridays = list(earlier)
    columns = (
        Column("number", "Number"),
        Column("this_week", "This week"),
        Column("mark", "Mark"),
        *(Column(f"week_{friday}", words.short_day(friday)) for friday in reversed(fridays)),
    )
    rows = tuple(
        (
            KPIS[name].label,
            review.in_words(measured, measured.value),
            words.mark(measured.mark),
            *(review.in_words(measured, earlier[friday].get(name)) for friday in reversed(fridays)),
        )
        for name in TREND
        if (measured := review.kpis.get(name))
    )
    widgets.rows_table(
        Rows("scorecard", "number", columns, rows),
        key="scorecard",
        alt="The meeting's numbers this week and as the last reviews froze them",
        period=str(found.week),
    )


def after(found: Seen) -> None:
    """What comes after the meeting: the documents, the team's message, what is left to do."""
    review = found.review
    widgets.section("After the meeting", "; ".join(AFTER_MEETING))
    with st.container(horizontal=True, key="documents"):
        for ending, (label, icon, mime) in DOCUMENTS.items():
            made = words.document(partial(WRITERS[ending], review), ending)
            if made is None:
                st.caption(words.escape(f"{label}: not while amounts are hidden"))
                continue
            st.download_button(
                label,
                data=made,
                file_name=f"weekly-review_{review.week}{ending}",
                mime=mime,
                key=f"download_{ending.strip('.').replace('.', '_')}",
                icon=f":material/{icon}:",
                on_click="ignore",
            )
    with st.expander("The message to the team", key="team_message", on_change="rerun") as box:
        if box.open:
            st.code(words.shown(team_message(review)), language=None, wrap_lines=True)
