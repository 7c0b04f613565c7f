"""The onboarding's timeline: each week of the plan as it was first planned and as it comes now, with today drawn."""

from datetime import date, timedelta

import plotly.graph_objects as go

from tai_ops.app.charts import ACCENT, GREY, GREY_SOFT, STATUS, Chart, Event, house, kept
from tai_ops.app.words import day, plotly_text, short_day
from tai_ops.behind import Column, Rows

Bar = tuple[str, date, date, date, date, str]
"""A week's name, its first and last day as first planned, the same as they come now, and its mark."""


@kept
def onboarding_timeline(
    bars: tuple[Bar, ...], cutover_on: date, today: date, said: str, events: tuple[Event, ...] = ()
) -> Chart:
    """The weeks as bars: a thin one as first planned, a thick one as it comes now; cutover and today as lines, and what happened."""
    figure = go.Figure()
    names = [plotly_text(bar[0]) for bar in bars]
    for width, colour, shift, place in ((0.18, GREY_SOFT, 0.34, 1), (0.42, None, 0.0, 3)):
        figure.add_bar(
            y=[len(bars) - n + shift for n in range(len(bars))],
            base=[bar[place].isoformat() for bar in bars],
            x=[((bar[place + 1] - bar[place]).days + 1) * 86_400_000 for bar in bars],
            width=width,
            orientation="h",
            marker_color=[
                colour or (STATUS[bar[5]] if bar[5] in {"met", "missed"} else ACCENT) for bar in bars
            ],
            hovertext=[
                f"{name}: {'first planned' if place == 1 else 'now'} {short_day(bar[place])} to {short_day(bar[place + 1])}"
                for name, bar in zip(names, bars, strict=True)
            ],
            hoverinfo="text",
        )
    house(figure, height=70 + 52 * len(bars))
    figure.update_layout(barmode="overlay", margin={"t": 42})
    figure.update_xaxes(type="date", tickformat="%d %b", nticks=5)
    figure.update_yaxes(
        tickvals=[len(bars) - n for n in range(len(bars))], ticktext=names, showgrid=False, zeroline=False
    )
    for on, word, colour, level in ((cutover_on, "cutover", GREY, 1.0), (today, "today", ACCENT, 1.1)):
        middle = (on + timedelta(days=0)).isoformat() + "T12:00"
        figure.add_vline(
            x=middle, line={"color": colour, "width": 2 if word == "today" else 1, "dash": "dash"}
        )
        figure.add_annotation(x=middle, y=level, yref="paper", text=word, showarrow=False, yanchor="bottom",
                              font={"size": 11})  # fmt: skip
    for one in events:
        figure.add_vline(x=f"{one.on}T12:00", line={"color": GREY_SOFT, "width": 1, "dash": "dot"})
        figure.add_annotation(x=f"{one.on}T12:00", y=0, yref="paper", text=plotly_text(one.text.split()[0]),
                              hovertext=plotly_text(f"{short_day(one.on)}: {one.text}"), showarrow=False, yanchor="bottom",
                              font={"size": 11})  # fmt: skip
    columns = (
        Column("week", "Week"),
        Column("first_from", "First planned from", "date"),
        Column("first_to", "to", "date"),
        Column("now_from", "Now from", "date"),
        Column("now_to", "To", "date"),
    )
    rows = tuple(bar[:5] for bar in bars)
    alt = f"{said}. Cutover {day(cutover_on)}, today {day(today)}."
    return Chart(said, alt, figure, Rows("onboarding", "week", columns, rows))
