"""The scorecard on the weekly review's page: every number by owner, six weeks and twelve months side by side, and what varies."""

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from tai_ops.annotations import Annotation
from tai_ops.app import forms, session, widgets, words
from tai_ops.app.annotated import SIGNS, beside_the_days, events
from tai_ops.app.chart_process import process_chart
from tai_ops.app.review_page import PAGE, Seen, kept_records, version_key
from tai_ops.behind import Column, Rows
from tai_ops.kpi import Value
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks import weekly_review as runbook
from tai_ops.scorecard import WEEKS_SHOWN, ScoreRow, numbers
from tai_ops.store import Store

VIEW = "scorecard"
SIGNALS = "signals"
CHOICES = {**ROLE_IN_WORDS, "": "Everybody's", SIGNALS: "With a signal"}


def asked() -> bool:
    """Whether the address asks for the scorecard."""
    return st.query_params.get("view") == VIEW


@st.cache_resource(max_entries=12, show_spinner="Reading thirteen weeks and twelve months…")
def _read(_store: Store, key: str, friday: str, _found: Seen) -> tuple[ScoreRow, ...]:  # noqa: ARG001
    return runbook.score_card(_store, _found.review, session.now(), kept_records)


def _rows(found: Seen) -> tuple[ScoreRow, ...]:
    store = session.store()
    return _read(store, version_key(store), f"{found.week} {found.review.status}", found)


def scorecard(found: Seen) -> None:
    """The signals first, then every number by owner; a ticked row opens the number with its definition and rows."""
    review = found.review
    week = (("week", str(found.week)),)
    widgets.link(PAGE, "Back to the review", week, key="back", icon=":material/arrow_back:")
    rows = _rows(found)
    signals = [row for row in rows if row.signal]
    widgets.verdict(_verdict(signals, len(rows)))
    owners = ["", SIGNALS, *dict.fromkeys(row.owner for row in rows)]
    chosen = st.segmented_control(
        "Which numbers",
        owners,
        format_func=lambda one: CHOICES.get(one, one),
        key="scorecard_owner",
        default="",
    )
    shown = [row for row in rows if chosen in {None, "", row.owner} or (chosen == SIGNALS and row.signal)]
    _table(found, shown)
    _beside_the_days(found)
    st.caption(f"As of {words.instant(review.seen_at, review.tz)}; held weeks as they were frozen.")


def _verdict(signals: Sequence[ScoreRow], count: int) -> str:
    if not signals:
        return f"No number of {count} does anything that its routine variation does not explain."
    does = "does" if len(signals) == 1 else "do"
    return (
        f"{words.counted(len(signals), 'number')} of {count} {does} what routine variation does not explain."
    )


def _table(found: Seen, rows: Sequence[ScoreRow]) -> None:
    review = found.review
    data = [_cells(found, row) for row in rows]
    weeks = [column for column in (data[0] if data else {}) if column.startswith("week_")]
    months = [column for column in (data[0] if data else {}) if column.startswith("month_")]
    heads = {
        **{f"week_{friday}": words.short_day(friday) for friday, _ in (rows[0].weeks if rows else ())},
        **{f"month_{month}": month.name for month, _ in (rows[0].months if rows else ())},
    }
    st.dataframe(
        pd.DataFrame(data),
        hide_index=True,
        key="scorecard_all",
        alt="Every number by owner: now, mark, target, floor, what its variation says, six weeks and twelve months",
        on_select=lambda: _open(found, rows),
        selection_mode="single-row",
        column_order=["number", "owner", "now", "mark", "trend", "says", "target", "floor", *weeks, *months],
        column_config={
            "number": st.column_config.TextColumn("Number", pinned=True),
            "owner": "Owner",
            "now": "This week",
            "mark": "Mark",
            "trend": st.column_config.LineChartColumn("13 weeks"),
            "says": "What it says",
            "target": "Target",
            "floor": "Floor",
            **{name: heads[name] for name in (*weeks, *months)},
        },
    )
    plain = [name for name in (data[0] if data else {}) if name != "trend"]
    st.download_button(
        "Download CSV",
        data=lambda: widgets.as_csv(
            Rows(
                "scorecard",
                "number",
                tuple(Column(name, heads.get(name, name)) for name in plain),
                tuple(tuple(row[name] for name in plain) for row in data),
            )
        ),
        file_name=widgets.file_name("scorecard", str(review.week)),
        mime="text/csv",
        key="scorecard_csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _cells(found: Seen, row: ScoreRow) -> dict[str, object]:
    review, one = found.review, row.measured

    def said(value: Value | None) -> str:
        return words.shown(review.in_words(one, value))

    hidden = words.hides_amounts() and one.kpi.unit in {"money", "money_per_day"}
    return {
        "number": one.kpi.label,
        "owner": ROLE_IN_WORDS[row.owner],
        "now": said(one.value),
        "mark": words.mark(one.mark),
        "trend": [] if hidden else [float(point) for point in numbers([value for _, value in row.weeks])],
        "says": row.says,
        "target": ""
        if one.target is None
        else words.shown(words.aim(one.target, one.kpi.unit, review.currency)),
        "floor": ""
        if one.floor is None
        else words.shown(words.aim(one.floor, one.kpi.unit, review.currency)),
        **{f"week_{friday}": said(value) for friday, value in row.weeks[-WEEKS_SHOWN:]},
        **{f"month_{month}": said(value) for month, value in row.months},
    }


def _open(found: Seen, rows: Sequence[ScoreRow]) -> None:
    ticked = st.session_state["scorecard_all"]["selection"]["rows"]
    if ticked and ticked[0] < len(rows):
        forms.go_on((("week", str(found.week)), ("kpi", rows[ticked[0]].measured.kpi.id)))


def weeks_chart(found: Seen, name: str) -> None:
    """A number's weeks, or months, with their limits and what happened between; nothing where fewer than two are known."""
    row = next((one for one in _rows(found) if one.measured.kpi.id == name), None)
    if row is None or len(row.points) < 2:
        return
    first, last = row.judged[0][0], row.judged[-1][0]
    drawn = process_chart(row, events(first, last, found.review.happened), found.review.currency)
    widgets.chart(drawn, key=f"process_{name}", currency=found.review.currency, period=str(found.week))


# --- What is written beside the days


def _beside_the_days(found: Seen) -> None:
    first, frozen = found.week.friday - timedelta(weeks=13), found.review.happened
    widgets.section("Beside the days", "What the charts of time mark: by the records, and as people wrote it")
    for place, one in enumerate(beside_the_days(first, found.week.friday, frozen)):
        with st.container(horizontal=True, vertical_alignment="center", key=f"beside_{place}"):
            st.markdown(
                words.escape(f"{words.short_day(one.on)} {SIGNS[one.kind]} {one.text}"), width="content"
            )
            if one.annotation_id and runbook.may_note(session.actor()):
                st.button(
                    "Take back",
                    key=f"unsay_{one.annotation_id}",
                    type="tertiary",
                    on_click=_take_back,
                    args=(one,),
                )
    if runbook.may_note(session.actor()):
        with st.popover("Write beside a day", key="write_beside", icon=":material/edit_calendar:"):
            _write(found)


def _write(found: Seen) -> None:
    form = "beside"
    forms.draft(form, {"beside_on": found.week.friday, "beside_text": ""})
    st.date_input("Day", key="beside_on", format="YYYY-MM-DD")
    st.text_input(
        "In a few words",
        key="beside_text",
        max_chars=80,
        placeholder="Price list of spring",
        autocomplete="off",
    )
    st.button("Save", key="beside_save", type="primary", on_click=_save)
    forms.error_line(form)


def _save() -> None:
    on, text = st.session_state["beside_on"], st.session_state["beside_text"]
    forms.run_write(
        "beside",
        lambda: runbook.annotate(session.store(), session.actor(), on, text, session.now()),
        lambda made: f"Written beside {words.short_day(made.on)}: “{made.text}”",
    )


def _take_back(one: Annotation) -> None:
    forms.run_write(
        "beside",
        lambda: runbook.take_back_annotation(session.store(), session.actor(), one, session.now()),
        lambda _: f"“{one.text}” is taken back",
    )
