"""The chart of what moved the open pipeline."""

import plotly.graph_objects as go

from tai_ops.app.charts import ACCENT, ACCENT_SOFT, GREY, GREY_SOFT, Chart, house
from tai_ops.behind import Column, Rows
from tai_ops.pipeline_moves import STEPS, Movement
from tai_ops.words import money


def pipeline_waterfall(moved: Movement, currency: str = "USD") -> Chart:
    """How the open pipeline came from what it was a week ago to what it is."""
    steps = [("A week ago", moved.opening, "absolute")]
    steps += [(what.capitalize(), moved.step(what), "relative") for what in STEPS if moved.count(what)]
    steps.append(("Now", moved.closing, "total"))
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
    step = moved.closing - moved.opening
    now = money(moved.closing, currency)
    verb = "rose" if step > 0 else "fell"
    title = (
        f"The open pipeline {verb} {money(abs(step), currency)} to {now} in a week"
        if step
        else f"The open pipeline stayed at {now}"
    )
    columns = (Column("step", "Step"), Column("amount", "Amount", "money"))
    rows = tuple((label, amount) for label, amount, _ in steps)
    return Chart(title, f"{title}.", figure, Rows("pipeline_moves", "step", columns, rows))
