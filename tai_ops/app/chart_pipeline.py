"""The chart of what moved the open pipeline."""

from tai_ops.app.charts import Chart, waterfall
from tai_ops.behind import Column, Rows
from tai_ops.pipeline_moves import STEPS, Movement
from tai_ops.words import money


def pipeline_waterfall(moved: Movement, currency: str = "USD") -> Chart:
    """How the open pipeline came from what it was a week ago to what it is."""
    steps = [("A week ago", moved.opening, "absolute")]
    steps += [(what.capitalize(), moved.step(what), "relative") for what in STEPS if moved.count(what)]
    steps.append(("Now", moved.closing, "total"))
    figure = waterfall(steps, currency)
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
