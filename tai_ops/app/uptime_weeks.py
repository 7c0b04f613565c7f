"""The 52 weeks on the Uptime page, one by one: promise, uptime, minutes down, latency and errors of each."""

import streamlit as st

from tai_ops.app import uptime_reading, widgets
from tai_ops.app.uptime_page import rounded, unwatched_words
from tai_ops.app.uptime_reading import Seen
from tai_ops.availability import Standing
from tai_ops.availability_words import standing_mark
from tai_ops.behind import Column, Rows
from tai_ops.board import Latency
from tai_ops.period import Week


def weeks(seen: Seen) -> None:
    """The 52 reporting weeks one by one, read when they are asked for."""
    box = st.expander("52 weeks, one by one", key="weeks", on_change="rerun")
    if not box.open:
        return
    columns = (
        Column("friday", "Week that ends", "date"),
        Column("promise", "Promise"),
        Column("weighted_uptime_pct", "Weighted %", "number"),
        Column("uptime_pct", "Uptime %", "number"),
        Column("downtime_minutes", "Down, min", "number"),
        Column("left", "Budget left, min", "number"),
        Column("unknown_minutes", "Unknown, min", "number"),
        Column("p50_ms", "p50, ms", "number"),
        Column("p95_ms", "p95, ms", "number"),
        Column("p99_ms", "p99, ms", "number"),
        Column("error_rate_pct", "Errors %", "number"),
        Column("samples", "Probes", "count"),
        Column("note", "Note"),
    )
    with box:
        st.caption(
            "Friday 16:00 to Friday 16:00 on the company's clock, as in the weekly review; the newest on top."
            + unwatched_words(seen)
        )
        widgets.rows_table(
            Rows(
                "uptime_weeks",
                "week",
                columns,
                tuple(_week_row(seen, *one) for one in uptime_reading.weeks(seen)),
            ),
            key="week_rows",
            alt="Uptime and latency of 52 weeks",
            period=str(seen.month),
        )


def _week_row(seen: Seen, week: Week, one: Standing, latency: Latency) -> tuple[object, ...]:
    up = one.uptime
    running = "not over yet" if week.ends_at(seen.watched.zone) > seen.now else ""
    return (
        week.friday,
        standing_mark(one),
        rounded(up and up.weighted_uptime_pct, 3),
        rounded(up and up.uptime_pct, 3),
        rounded(up and up.downtime_minutes, 1),
        rounded(one.left_minutes, 1),
        rounded(up and up.unknown_minutes, 1),
        rounded(latency.p50_ms, 1),
        rounded(latency.p95_ms, 1),
        rounded(latency.p99_ms, 1),
        rounded(latency.error_rate_pct, 3),
        latency.samples,
        one.reason or running,
    )
