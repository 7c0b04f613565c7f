"""A number over its weeks with the limits of its routine variation, and what happened on the days between."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import plotly.graph_objects as go

from tai_ops.app.charts import ACCENT, GREY, GREY_SOFT, Chart, Event, house, kept, prefix
from tai_ops.app.words import plotly_text
from tai_ops.behind import Column, Rows
from tai_ops.scorecard import ScoreRow
from tai_ops.words import number, short_day

SHORT = 16


@kept
def process_chart(row: ScoreRow, events: Sequence[Event] = (), currency: str = "USD") -> Chart:
    """The number's weeks, or its months, as a line, mean and limits drawn once there are enough, the target dashed."""
    kpi = row.measured.kpi
    seen = [
        (friday, Decimal(value))
        for friday, value in row.judged
        if value is not None and not isinstance(value, date)
    ]

    def said(value: Decimal) -> str:
        if kpi.unit == "count" and value != value.to_integral_value():
            return f"{value:.1f}"
        return number(value, kpi.unit, currency, decimals=kpi.decimals)

    figure = go.Figure()
    figure.add_scatter(
        x=[friday for friday, _ in seen],
        y=[float(value) for _, value in seen],
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"color": ACCENT, "size": 7},
        hovertext=[f"{short_day(friday)}: {said(value)}" for friday, value in seen],
        hoverinfo="text",
    )
    if row.limits is not None:
        levels = (
            (row.limits.upper, "upper limit"),
            (row.limits.centre, "mean"),
            (row.limits.lower, "lower limit"),
        )
        for level, name in levels:
            _level(figure, level, f"{name} {said(level)}", GREY_SOFT if name != "mean" else GREY)
    if isinstance(row.measured.target, Decimal | int):
        _level(
            figure,
            Decimal(row.measured.target),
            f"target {said(Decimal(row.measured.target))}",
            GREY,
            dash="dash",
        )
    house(figure, height=340)
    figure.update_layout(margin={"l": 8, "r": 12, "t": 48, "b": 8})
    shown = {friday for friday, _ in seen}
    mark_happened(figure, [one for one in events if shown and min(shown) <= one.on <= max(shown)])
    of_money = kpi.unit in {"money", "money_per_day"}
    figure.update_xaxes(type="date", tickformat="%-d %b")
    if of_money:
        figure.update_yaxes(tickprefix=prefix(currency), tickformat="~s")
    elif kpi.unit in {"pct", "ms", "minutes"}:
        figure.update_yaxes(ticksuffix={"pct": " %", "ms": " ms", "minutes": " min"}[kpi.unit])
    title = f"{kpi.label}: {row.says}"
    table = Rows(
        f"{kpi.id}_{row.span}s",
        row.span,
        (
            Column("friday", f"{row.span.capitalize()} to", "date"),
            Column("value", kpi.label, "money" if of_money else "text"),
        ),
        tuple((friday, value if of_money else said(value)) for friday, value in seen),
    )
    newest = said(seen[-1][1]) if seen else "not known"
    return Chart(
        title, f"{kpi.label} over {len(seen)} {row.span}s, newest {newest}; {row.says}", figure, table
    )


def mark_happened(figure: go.Figure, events: Sequence[Event]) -> None:
    """What happened, as a thin line with its sign and first word; the rest shows on hover, neighbours stand apart."""
    for place, one in enumerate(events):
        figure.add_vline(x=one.on, line={"color": GREY_SOFT, "width": 1, "dash": "dot"})
        words = one.text.split()
        figure.add_annotation(
            x=one.on,
            y=1 + 0.06 * (place % 2),
            yref="paper",
            text=plotly_text(" ".join(words[:2])[:SHORT]),
            hovertext=plotly_text(f"{short_day(one.on)}: {one.text}"),
            showarrow=False,
            xanchor="center",
            yanchor="bottom",
            font={"size": 10},
        )


def _level(figure: go.Figure, level: Decimal, text: str, colour: str, *, dash: str = "dot") -> None:
    figure.add_hline(y=float(level), line={"color": colour, "width": 1, "dash": dash})
    figure.add_annotation(
        x=1,
        xref="x domain",
        y=float(level),
        text=text,
        showarrow=False,
        xanchor="right",
        yanchor="bottom",
        font={"size": 11},
    )
