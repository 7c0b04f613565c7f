"""The charts: plotly figures made from result types, each with the sentence that it shows, an alt text and its points.

One house look: no legend where lines can carry their own names, bars from zero, a thin grid, the company's accent for
us and now, grey for comparison, green, amber and red for marks alone. Grounds are transparent and text takes the page's
colour, so that one figure serves light and dark; the fixed colours keep 3 to 1 against both grounds.
"""

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar, cast

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tai_ops.accuracy import CustomerAccuracy
from tai_ops.app.words import counted, money, number, plotly_text, short_day
from tai_ops.behind import Column, Rows
from tai_ops.board import Latency
from tai_ops.money import ZERO
from tai_ops.mrr import Flow, Movements
from tai_ops.period import Month
from tai_ops.pipeline import StageSum
from tai_ops.receivables import Ageing

ACCENT = "#5b74dc"
ACCENT_SOFT = "rgba(91, 116, 220, 0.45)"
ACCENT_CONE = "rgba(91, 116, 220, 0.18)"
GREY = "#858d9b"
GREY_SOFT = "rgba(133, 141, 155, 0.55)"
GRID = "rgba(133, 141, 155, 0.22)"
STATUS = {"met": "#2e9560", "floor": "#b57b12", "missed": "#d4525f", "no_data": "#858d9b"}
TARGET_PCT, FLOOR_PCT = 97, 95
LATENCY_PROMISE_MS = 500
SIGN_SHARE, ROW_PX = 0.025, 14
"""How much of a phone's plot a sign of an event's words takes, and how high a row of them is."""
MOVEMENTS = (
    ("new", "New", 1),
    ("reactivation", "Reactivated", 1),
    ("expansion", "Expansion", 1),
    ("contraction", "Contraction", -1),
    ("churn", "Churn", -1),
)
MOVEMENT_COLOURS = {
    "new": ACCENT,
    "reactivation": "#4f8fa8",
    "expansion": "#8b6fc4",
    "contraction": "#a08a5c",
    "churn": GREY,
}
STAGE_NAMES = {"discovery": "Discovery", "proposal": "Proposal", "closing": "Closing"}
BUCKETS = (
    ("current", "Not due"),
    ("days_1_30", "1–30 days"),
    ("days_31_60", "31–60"),
    ("days_61_90", "61–90"),
    ("over_90", "over 90"),
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure with the sentence that it shows, what a screen reader says of it, and its points as a table."""

    title: str
    alt: str
    figure: go.Figure
    table: Rows


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day and belongs over a chart of time: an incident, a cutover, a price change."""

    on: date
    text: str


FEW_DAYS = 7
"""Days with a figure up to which each has its own mark: a line needs two in a row to be seen."""
Drawing = TypeVar("Drawing", bound=Callable[..., Chart])
KEPT = 64
MOST_DRAWN = 24
"""So many customers a chart draws at most; a screen holds no more, and the rest stands in its table."""


def kept(draw: Drawing) -> Drawing:
    """Draw a chart once for the same results: plotly takes longer over a figure than all the rest of a page."""
    drawn: OrderedDict[bytes, Chart] = OrderedDict()
    lock = threading.Lock()

    @wraps(draw)
    def chart(*results: Any, **options: Any) -> Chart:
        key = pickle.dumps((results, options))
        with lock:
            if key in drawn:
                drawn.move_to_end(key)
                return drawn[key]
        made = draw(*results, **options)
        with lock:
            drawn[key] = made
            while len(drawn) > KEPT:
                drawn.popitem(last=False)
        return made

    return cast("Drawing", chart)


# --- Revenue


def waterfall(steps: Sequence[tuple[str, Decimal, str]], currency: str) -> go.Figure:
    """Amounts that lead from one to another: label, amount, and `absolute`, `relative` or `total`."""
    figure = go.Figure(
        go.Waterfall(
            x=[label for label, _, _ in steps],
            y=[float(amount) for _, amount, _ in steps],
            measure=[kind for _, _, kind in steps],
            text=[money(amount, currency) for _, amount, _ in steps],
            textposition="outside",
            cliponaxis=False,
            hovertext=[f"{label}: {money(amount, currency, exact=True)}" for label, amount, _ in steps],
            hoverinfo="text",
            increasing={"marker": {"color": ACCENT_SOFT}},
            decreasing={"marker": {"color": GREY}},
            totals={"marker": {"color": ACCENT}},
            connector={"line": {"color": GREY_SOFT, "width": 1}},
        )
    )
    house(figure, height=320)
    figure.update_yaxes(visible=False, rangemode="tozero")
    return figure


@kept
def mrr_waterfall(moved: Movements, month: Month, currency: str = "USD") -> Chart:
    """How MRR came from the month's opening to its closing."""
    flow = moved.rounded()
    steps = [("Opening", flow.opening, "absolute")]
    steps += [
        (label, sign * getattr(flow, name), "relative")
        for name, label, sign in MOVEMENTS
        if getattr(flow, name)
    ]
    steps.append(("Closing", flow.closing, "total"))
    figure = waterfall(steps, currency)
    step = flow.closing - flow.opening
    verb = "rose" if step > 0 else "fell"
    title = (
        f"MRR {verb} {money(abs(step), currency)} to {money(flow.closing, currency)} in {month.name}"
        if step
        else f"MRR stayed at {money(flow.closing, currency)} in {month.name}"
    )
    rows = tuple((label, amount) for label, amount, _ in steps)
    return Chart(
        title, f"{title}.", figure, _table("mrr_movements", "step", rows, ("step", "Step"), "amount")
    )


@kept
def mrr_months(
    months: Sequence[tuple[Month, Flow]],
    target: Decimal | None = None,
    currency: str = "USD",
    events: Sequence[Event] = (),
) -> Chart:
    """MRR at each month's end above what moved it, with the target as a line; the last month may be to date."""
    names = _month_names([month for month, _ in months])
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.66, 0.34], vertical_spacing=0.06)
    closing = [flow.closing for _, flow in months]
    figure.add_bar(
        x=names,
        y=[float(amount) for amount in closing],
        marker_color=[GREY_SOFT] * (len(months) - 1) + [ACCENT],
        text=_end_labels(closing, target, currency),
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{month.name}: {money(flow.closing, currency, exact=True)}" for month, flow in months],
        hoverinfo="text",
        row=1,
        col=1,
    )
    for name, label, sign in MOVEMENTS:
        amounts = [sign * getattr(flow, name) for _, flow in months]
        if any(amounts):
            figure.add_bar(
                x=names,
                y=[float(amount) for amount in amounts],
                name=label,
                marker_color=MOVEMENT_COLOURS[name],
                hovertext=[
                    f"{label} in {month.name}: {money(amount, currency, exact=True)}"
                    for (month, _), amount in zip(months, amounts, strict=True)
                ],
                hoverinfo="text",
                row=2,
                col=1,
            )
    house(figure, height=380)
    figure.update_layout(
        barmode="relative",
        showlegend=True,
        legend={"orientation": "h", "y": -0.14, "x": 0, "title": None, "itemclick": False},
        bargap=0.35,
    )
    figure.update_traces(showlegend=False, row=1, col=1)
    figure.update_xaxes(tickangle=0)
    if target is not None:
        _line(figure, float(target), f"target {money(target, currency)}", row=1)
    figure.update_yaxes(
        tickprefix=prefix(currency), tickformat="~s", nticks=4, rangemode="tozero", row=1, col=1
    )
    figure.update_yaxes(
        tickprefix=prefix(currency), tickformat="~s", nticks=3, rangemode="tozero", row=2, col=1
    )
    _mark_months(figure, [month for month, _ in months], names, events)
    title = _mrr_title(months, target, currency)
    rows = tuple(
        (
            month.name,
            flow.opening,
            flow.new,
            flow.reactivation,
            flow.expansion,
            flow.contraction,
            flow.churn,
            flow.closing,
        )
        for month, flow in months
    )
    columns = (
        Column("month", "Month"),
        *(
            Column(name, label, "money")
            for name, label in (
                ("opening", "Opening"),
                ("new", "New"),
                ("reactivation", "Reactivated"),
                ("expansion", "Expansion"),
                ("contraction", "Contraction"),
                ("churn", "Churn"),
                ("closing", "MRR"),
            )
        ),
    )
    return Chart(title, f"{title}.", figure, Rows("mrr_months", "month", columns, rows))


def _end_labels(closing: Sequence[Decimal], target: Decimal | None, currency: str) -> list[str]:
    """The first and the last amount in words, but for one that would stand on the target's line."""
    top = max([*closing, target or ZERO])
    ends = {0, len(closing) - 1}
    return [
        money(amount, currency) if i in ends and (target is None or abs(target - amount) > top / 6) else ""
        for i, amount in enumerate(closing)
    ]


def _month_names(months: Sequence[Month]) -> list[str]:
    """Months for an axis, the year below the first and below each January; each name once."""
    return [
        f"{month.name[:3]}<br>{month.year}" if i == 0 or month.month == 1 else month.name[:3]
        for i, month in enumerate(months)
    ]


def _mrr_title(months: Sequence[tuple[Month, Flow]], target: Decimal | None, currency: str) -> str:
    first, last = months[0][1], months[-1][1]
    step = last.closing - first.opening
    verb = f"{'up' if step > 0 else 'down'} {money(abs(step), currency)}" if step else "unchanged"
    said = f"MRR is {money(last.closing, currency)}, {verb} since the start of {months[0][0].name}"
    if target is None:
        return said
    gap = target - last.closing
    return f"{said}; {money(gap, currency)} short of target" if gap > 0 else f"{said}; the target is reached"


# --- Receivables


@kept
def ageing_bars(aged: Ageing, currency: str = "USD") -> Chart:
    """What customers owe by days past due; more than 30 days stands out."""
    amounts = [getattr(aged, name) for name, _ in BUCKETS]
    colours = [GREY_SOFT, GREY_SOFT, *[ACCENT] * 3]
    figure = go.Figure(
        go.Bar(
            x=[label for _, label in BUCKETS],
            y=[float(amount) for amount in amounts],
            marker_color=colours,
            text=[money(amount, currency) for amount in amounts],
            textposition="outside",
            cliponaxis=False,
            hovertext=[
                f"{label}: {money(amount, currency, exact=True)}"
                for (_, label), amount in zip(BUCKETS, amounts, strict=True)
            ],
            hoverinfo="text",
        )
    )
    house(figure, height=280)
    figure.update_yaxes(visible=False, rangemode="tozero")
    title = (
        f"{money(aged.over_30, currency)} of {money(aged.open_amount, currency)} is more than 30 days past due"
        if aged.over_30
        else f"{money(aged.open_amount, currency)} is open, none of it more than 30 days past due"
    )
    rows = tuple((label, amount) for (_, label), amount in zip(BUCKETS, amounts, strict=True))
    return Chart(title, f"{title}.", figure, _table("ageing", "bucket", rows, ("bucket", "Past due"), "open"))


# --- Sales


@kept
def pipeline_stages(stages: Mapping[str, StageSum], currency: str = "USD") -> Chart:
    """The open pipeline by stage, each with its value and its number of deals."""
    names = list(STAGE_NAMES)
    sums = [stages[name] for name in names]
    values = [one.amount or ZERO for one in sums]
    labels = [f"{number(one.amount, 'money', currency)} · {one.n}" for one in sums]
    figure = go.Figure(
        go.Bar(
            y=[STAGE_NAMES[name] for name in names],
            x=[float(value) for value in values],
            orientation="h",
            marker_color=[ACCENT_SOFT, ACCENT_SOFT, ACCENT],
            text=labels,
            textposition="outside",
            cliponaxis=False,
            hovertext=[
                f"{STAGE_NAMES[name]}: {number(one.amount, 'money', currency, exact=True)} in {counted(one.n, 'deal')}"
                + (f", {one.n_without_amount} without an amount" if one.n_without_amount else "")
                for name, one in zip(names, sums, strict=True)
            ],
            hoverinfo="text",
        )
    )
    house(figure, height=220)
    figure.update_xaxes(
        visible=False, rangemode="tozero", range=[0, max(map(float, values), default=1) * 1.3 or 1]
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    total = stages["total"]
    title = f"{number(total.amount, 'money', currency)} is open in {counted(total.n, 'deal')}"
    if total.amount and sums[2].amount:
        title += f", {number(100 * sums[2].amount / total.amount, 'pct', decimals=0)} of it closing"
    rows = tuple(
        (STAGE_NAMES[name], one.amount, one.n, one.n_without_amount)
        for name, one in zip(names, sums, strict=True)
    )
    columns = (
        Column("stage", "Stage"),
        Column("amount", "Year-1 value", "money"),
        Column("deals", "Deals", "count"),
        Column("without_amount", "Without an amount", "count"),
    )
    return Chart(title, f"{title}.", figure, Rows("pipeline", "stage", columns, rows))


# --- Customers


@kept
def accuracy_dumbbell(customers: Sequence[tuple[str, CustomerAccuracy]]) -> Chart:
    """Each customer's accuracy from baseline to now, beside the floor of 95 and the target of 97 per cent.

    Of many customers the lowest are drawn; the table holds them all.
    """
    lowest = sorted(customers, key=lambda pair: (pair[1].accuracy_pct is None, pair[1].accuracy_pct or 0))
    ordered = sorted(
        lowest[:MOST_DRAWN], key=lambda pair: (pair[1].accuracy_pct is not None, pair[1].accuracy_pct or 0)
    )
    names = [plotly_text(name) for name, _ in ordered]
    figure = go.Figure()
    for name, (_, found) in zip(names, ordered, strict=True):
        if found.baseline_pct is not None and found.accuracy_pct is not None:
            figure.add_scatter(
                x=[float(found.baseline_pct), float(found.accuracy_pct)],
                y=[name, name],
                mode="lines",
                line={"color": GREY_SOFT, "width": 4},
                hoverinfo="skip",
            )
    _dots(figure, names, ordered, "baseline")
    _dots(figure, names, ordered, "current")
    house(figure, height=90 + 38 * max(len(names), 1))
    figure.update_yaxes(categoryorder="array", categoryarray=names, showgrid=False)
    figure.update_xaxes(ticksuffix=" %", range=[_lowest(ordered), 100.6], nticks=4, tickangle=0)
    figure.update_layout(margin={"r": 88})
    for level, word, shift in ((FLOOR_PCT, "floor 95", -2), (TARGET_PCT, "target 97", 2)):
        figure.add_vline(
            x=level, line={"color": GREY, "width": 1, "dash": "dot" if level == FLOOR_PCT else "dash"}
        )
        figure.add_annotation(x=level, y=1, yref="paper", text=word, showarrow=False, yanchor="bottom",
                              xanchor="right" if shift < 0 else "left", xshift=shift, font={"size": 11})  # fmt: skip
    known = [one for _, one in customers if one.accuracy_pct is not None]
    good = sum((one.accuracy_pct or 0) >= TARGET_PCT for one in known)
    title = (
        f"{good} of {counted(len(customers), 'customer')} "
        f"{'is' if 1 in {good, len(customers)} else 'are'} at 97 % or better"
    )
    missing = len(customers) - len(known)
    if missing:
        title += f"; {missing} not measured"
    if len(customers) > len(ordered):
        title += f"; the {len(ordered)} lowest are drawn"
    rows = tuple(
        (name, one.baseline_pct, one.accuracy_pct, one.gain_points, one.measured_on)
        for name, one in customers
    )
    columns = (
        Column("customer", "Customer"),
        Column("baseline_pct", "Baseline %", "pct"),
        Column("accuracy_pct", "Current %", "pct"),
        Column("gain_points", "Gain, points", "number"),
        Column("measured_on", "Measured", "date"),
    )
    return Chart(title, f"{title}.", figure, Rows("accuracy", "customer", columns, rows))


def _dots(
    figure: go.Figure, names: Sequence[str], ordered: Sequence[tuple[str, CustomerAccuracy]], which: str
) -> None:
    now = which == "current"
    values = [one.accuracy_pct if now else one.baseline_pct for _, one in ordered]
    texts = [number(value, "pct") if value is not None else "not measured" for value in values]
    figure.add_scatter(
        x=[None if value is None else float(value) for value in values],
        y=list(names),
        mode="markers" if now else "markers+text",
        marker={"size": 12, "color": ACCENT if now else GREY},
        text=[text if value is not None else "" for text, value in zip(texts, values, strict=True)],
        textposition="middle left",
        cliponaxis=False,
        hovertext=[
            f"{name}: {'now' if now else 'baseline'} {text}" for name, text in zip(names, texts, strict=True)
        ],
        hoverinfo="text",
    )
    if now:
        for name, text in zip(names, texts, strict=True):
            figure.add_annotation(
                x=1, xref="paper", y=name, text=text, showarrow=False, xanchor="left", xshift=8
            )


def _lowest(ordered: Sequence[tuple[str, CustomerAccuracy]]) -> float:
    seen = [float(v) for _, one in ordered for v in (one.baseline_pct, one.accuracy_pct) if v is not None]
    lowest = min([*seen, 90.0])
    return lowest - (100 - lowest) * 0.45  # room for the baseline's figure left of its dot


# --- Reliability


@kept
def latency_lines(days: Sequence[tuple[date, Latency]], events: Sequence[Event] = ()) -> Chart:
    """The median, 95th and 99th percentile of each day beside the promise of 500 ms."""
    figure = go.Figure()
    looks = (("p50_ms", "p50", GREY, 1.5), ("p95_ms", "p95", ACCENT, 2.5), ("p99_ms", "p99", "#8b6fc4", 1.5))
    dates = [on for on, _ in days]
    measured = sum(one.p95_ms is not None for _, one in days)
    for field, name, colour, width in looks:
        values = [getattr(one, field) for _, one in days]
        figure.add_scatter(
            x=dates,
            y=[None if value is None else float(value) for value in values],
            mode="lines" if measured > FEW_DAYS else "lines+markers",
            line={"color": colour, "width": width},
            connectgaps=False,
            hovertext=[
                f"{short_day(on)}: {name} {number(value, 'ms')}"
                for on, value in zip(dates, values, strict=True)
            ],
            hoverinfo="text",
        )
        end = next(
            ((on, v) for on, v in zip(reversed(dates), reversed(values), strict=True) if v is not None), None
        )
        if end:
            figure.add_annotation(
                x=end[0], y=float(end[1]), text=name, showarrow=False, xanchor="left", xshift=6
            )
    house(figure, height=300)
    figure.update_layout(margin={"r": 44})
    figure.update_yaxes(ticksuffix=" ms", rangemode="tozero", nticks=5)
    figure.update_xaxes(type="date", tickformat="%-d %b")
    _line(figure, LATENCY_PROMISE_MS, "promise 500 ms", below=True)
    mark_days(figure, events)
    known = [(on, one.p95_ms) for on, one in days if one.p95_ms is not None]
    over = [on for on, p95 in known if p95 >= LATENCY_PROMISE_MS]
    title = (
        "No latency was measured"
        if not known
        else f"p95 stayed under 500 ms on {len(known) - len(over)} of {counted(len(known), 'day')}"
    )
    rows = tuple(
        (on, one.p50_ms, one.p95_ms, one.p99_ms, one.error_rate_pct, one.samples) for on, one in days
    )
    columns = (
        Column("day", "Day", "date"),
        Column("p50_ms", "p50, ms", "number"),
        Column("p95_ms", "p95, ms", "number"),
        Column("p99_ms", "p99, ms", "number"),
        Column("error_rate_pct", "Errors %", "pct"),
        Column("samples", "Probes", "count"),
    )
    return Chart(title, f"{title}.", figure, Rows("latency", "day", columns, rows))


# --- The house look


def house(figure: go.Figure, *, height: int) -> None:
    """Give a figure the look of the house."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 28, "b": 8},
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"align": "left"},
        bargap=0.35,
    )
    figure.update_traces(constraintext="none", textangle=0, selector={"type": "bar"})
    figure.update_traces(constraintext="none", textangle=0, selector={"type": "waterfall"})
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, automargin=True)
    figure.update_yaxes(
        gridcolor=GRID, gridwidth=1, zeroline=True, zerolinecolor=GREY_SOFT, fixedrange=True, automargin=True
    )


def _line(figure: go.Figure, level: float, text: str, row: int | None = None, *, below: bool = False) -> None:
    """A target as a thin dashed line with its name at its left end, above it unless told."""
    place: dict[str, Any] = {} if row is None else {"row": row, "col": 1}
    figure.add_hline(y=level, line={"color": GREY, "width": 1, "dash": "dash"}, **place)
    figure.add_annotation(
        x=0,
        xref="x domain" if row in {None, 1} else f"x{row} domain",
        y=level,
        yref="y" if row in {None, 1} else f"y{row}",
        text=text,
        showarrow=False,
        xanchor="left",
        yanchor="top" if below else "bottom",
        font={"size": 11},
    )


def mark_days(figure: go.Figure, events: Sequence[Event]) -> None:
    """Events as thin lines with their words above the plot; what would lie over an earlier one's stands a row higher."""
    days = [on for trace in figure.data for on in trace.x or () if isinstance(on, date)]
    span = max((max(days) - min(days)).days, 1) if days else 1
    ends: list[float] = []
    for one in sorted(events, key=lambda event: event.on):
        half = len(one.text) * SIGN_SHARE * span / 2
        at = float(one.on.toordinal())
        row = next((n for n, end in enumerate(ends) if at - half >= end), len(ends))
        ends[row : row + 1] = [at + half]
        figure.add_vline(x=one.on, line={"color": GREY, "width": 1, "dash": "dot"})
        figure.add_annotation(x=one.on, y=1, yref="paper", text=plotly_text(one.text), showarrow=False, xanchor="center",
                              yanchor="bottom", yshift=row * ROW_PX, font={"size": 11})  # fmt: skip
    if len(ends) > 1:
        rise = ROW_PX * (len(ends) - 1)
        figure.update_layout(height=figure.layout.height + rise, margin={"t": figure.layout.margin.t + rise})


def _mark_months(
    figure: go.Figure, months: Sequence[Month], names: Sequence[str], events: Sequence[Event]
) -> None:
    """Events above the bar of their month."""
    for one in events:
        if Month.of(one.on) in months:
            figure.add_annotation(x=names[months.index(Month.of(one.on))], y=1, yref="paper", showarrow=False,
                                  text=plotly_text(one.text), yanchor="bottom", font={"size": 11})  # fmt: skip


def prefix(currency: str) -> str:
    """The currency's sign, as it stands before an amount on an axis."""
    return money(ZERO, currency).removesuffix("0")


def _table(
    kind: str, what: str, rows: tuple[tuple[Any, ...], ...], name: tuple[str, str], amount: str
) -> Rows:
    return Rows(kind, what, (Column(*name), Column(amount, "Amount", "money")), rows)
