"""Uptime drawn: a calendar of days with a sign in each, and how much of the month's error budget is used."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import plotly.graph_objects as go

from tai_ops.app.charts import ACCENT, ACCENT_CONE, GREY, GREY_SOFT, STATUS, Chart, Event, house, kept
from tai_ops.app.words import counted, day, number, plotly_text
from tai_ops.availability import STATE_WORDS, Day, DayState
from tai_ops.behind import Column, Rows

SIGNS: dict[DayState, str] = {"met": "✓", "part": "≈", "missed": "✗", "unknown": "–", "ahead": ""}
COLOURS: dict[DayState, str] = {
    "met": STATUS["met"],
    "part": STATUS["floor"],
    "missed": STATUS["missed"],
    "unknown": STATUS["no_data"],
    "ahead": "rgba(133, 141, 155, 0.15)",
}
WEEK = timedelta(days=7)


@kept
def uptime_strip(days: Sequence[Day], target_pct: Decimal, events: Sequence[Event] = ()) -> Chart:
    """Each day as a square of a calendar, a column a week: met, met but not watched all day, missed or unknown, by its sign.

    What happened on a day stands in its square by its first sign, all of it in words on hover.
    """
    happened = _by_day(events)
    mondays = [one.on - timedelta(days=one.on.weekday()) for one in days]
    figure = go.Figure()
    figure.add_scatter(
        x=mondays,
        y=[one.on.weekday() for one in days],
        mode="markers+text",
        marker={"symbol": "square", "size": 19, "color": [COLOURS[one.state] for one in days]},
        text=[SIGNS[one.state] + _signs(happened.get(one.on, []))[:1] for one in days],
        textfont={
            "color": [GREY if one.state == "ahead" else "#ffffff" for one in days],
            "size": [10 if one.on in happened else 12 for one in days],
        },
        hovertext=[_hover(one, happened.get(one.on, [])) for one in days],
        hoverinfo="text",
        cliponaxis=False,
    )
    house(figure, height=230)
    shown = sorted(set(mondays))
    figure.update_xaxes(type="date", tickformat="%-d %b", tickvals=shown[:: 1 + len(shown) // 6],
                        range=[min(mondays) - WEEK / 2, max(mondays) + WEEK / 2])  # fmt: skip
    figure.update_yaxes(tickvals=[0, 2, 4, 6], ticktext=["Mon", "Wed", "Fri", "Sun"],
                        range=[6.6, -0.6], showgrid=False, zeroline=False)  # fmt: skip
    title = strip_title([one for one in days if one.state != "ahead"], target_pct)
    rows = tuple(
        (
            one.on,
            STATE_WORDS[one.state],
            one.uptime.uptime_pct,
            one.uptime.weighted_uptime_pct,
            one.uptime.downtime_minutes,
            one.uptime.unknown_minutes,
        )
        for one in days
        if one.state != "ahead"
    )
    columns = (
        Column("day", "Day", "date"),
        Column("state", "State"),
        Column("uptime_pct", "Uptime %", "pct"),
        Column("weighted_uptime_pct", "Weighted %", "pct"),
        Column("downtime_minutes", "Down, min", "number"),
        Column("unknown_minutes", "Unknown, min", "number"),
    )
    return Chart(title, f"{title}.", figure, Rows("uptime_days", "day", columns, rows))


def strip_title(days: Sequence[Day], target_pct: Decimal) -> str:
    """What the calendar shows, in words."""
    states = [one.state for one in days]
    met = states.count("met") + states.count("part")
    parts = [f"{met} of {counted(len(days), 'day')} met {number(target_pct, 'pct')}"]
    counts = {
        "not watched all day": states.count("part"),
        "missed": states.count("missed"),
        "unknown": states.count("unknown"),
    }
    return "; ".join(parts + [f"{count} {said}" for said, count in counts.items() if count])


def _by_day(events: Sequence[Event]) -> dict[date, list[str]]:
    found: dict[date, list[str]] = {}
    for one in events:
        found.setdefault(one.on, []).append(one.text)
    return found


def _signs(texts: Sequence[str]) -> str:
    """The signs that the words of a day begin with, each once, incidents first."""
    found = dict.fromkeys(text.split()[0] for text in texts)
    return "".join(sorted(found, key=lambda sign: sign != "⚠"))


def _hover(one: Day, happened: Sequence[str]) -> str:
    up, said = one.uptime, f"{day(one.on)}: {STATE_WORDS[one.state]}"
    if one.state == "ahead":
        return plotly_text(" · ".join([said, *happened]))
    if up.weighted_uptime_pct is not None:
        said += f", {number(up.weighted_uptime_pct, 'pct', decimals=2)}"
    if up.downtime_minutes:
        said += f", {number(up.downtime_minutes, 'minutes')} down"
    if up.unknown_minutes:
        said += f", {number(up.unknown_minutes, 'minutes')} unknown"
    because = f" ({up.reason})" if up.reason else ""
    return plotly_text(" · ".join([said + because, *happened]))


@kept
def budget_used(
    days: Sequence[Day],
    burned: Sequence[Decimal | None],
    budget_minutes: Decimal | None,
    outages: Sequence[Event] = (),
    events: Sequence[Event] = (),
) -> Chart:
    """How much of the error budget is used by the end of each day, beside the even pace that would just use it up.

    The `outages` that used it stand at their step; what happened besides, as a thin line with its signs, in words on hover.
    """
    figure = go.Figure()
    dates, last = [one.on for one in days], len(days)
    figure.add_scatter(
        x=[dates[0], dates[-1]],
        y=[100 / last, 100],
        mode="lines",
        line={"color": GREY, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    figure.add_annotation(x=dates[-1], y=100, text="even pace", showarrow=False, xanchor="right", yanchor="bottom",
                          font={"size": 11})  # fmt: skip
    figure.add_scatter(
        x=dates,
        y=[None if share is None else float(share) for share in burned],
        mode="lines+markers",
        marker={"size": 4, "color": ACCENT},
        line={"color": ACCENT, "width": 2, "shape": "hv"},
        fill="tozeroy",
        fillcolor=ACCENT_CONE,
        hovertext=[
            f"{day(on)}: {number(share, 'pct', decimals=0)} used"
            for on, share in zip(dates, burned, strict=True)
        ],
        hoverinfo="text",
    )
    house(figure, height=230)
    known = [share for share in burned if share is not None]
    figure.update_xaxes(type="date", tickformat="%-d %b", nticks=6)
    figure.update_yaxes(ticksuffix=" %", nticks=4, range=[0, max(115.0, *(float(s) for s in known or [0]))])
    for on, texts in _by_day([one for one in events if one.on in dates]).items():
        figure.add_vline(x=on, line={"color": GREY_SOFT, "width": 1, "dash": "dot"})
        figure.add_annotation(x=on, y=1, yref="paper", text=_signs(texts), showarrow=False, yanchor="bottom",
                              hovertext=plotly_text(" · ".join([day(on), *texts])), font={"size": 12})  # fmt: skip
    for one in outages:
        if one.on in dates:
            figure.add_annotation(x=one.on, y=float(burned[dates.index(one.on)] or 0), text=plotly_text(one.text),
                                  showarrow=False, yanchor="bottom", font={"size": 11})  # fmt: skip
    used = known[-1] if known else None
    title = (
        "No error budget is known for this month"
        if used is None
        else f"{number(used, 'pct', decimals=0)} of the error budget of {number(budget_minutes, 'minutes')} is used, "
        f"{_pace(used, len(known), last)}"
    )
    rows = tuple(
        (one.on, one.uptime.weighted_downtime_minutes, share)
        for one, share in zip(days, burned, strict=True)
        if share is not None
    )
    columns = (
        Column("day", "Day", "date"),
        Column("weighted_downtime_minutes", "Down, weighted, min", "number"),
        Column("used_pct", "Budget used %", "pct"),
    )
    return Chart(title, f"{title}.", figure, Rows("budget_used", "day", columns, rows))


def _pace(used: Decimal, days: int, of: int) -> str:
    even = Decimal(100 * days) / of
    if used > 100:
        return "more than all of it"
    return "slower than the even pace" if used <= even else "faster than the even pace"
