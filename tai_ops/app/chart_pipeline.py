"""The charts of what moved the open pipeline, and of forecasts against what came."""

from collections.abc import Sequence

import plotly.graph_objects as go

from tai_ops.app.charts import ACCENT, GREY, GREY_SOFT, Chart, house, kept, prefix, waterfall
from tai_ops.behind import Column, Rows
from tai_ops.money import ZERO
from tai_ops.pipeline_forecast import BACK_WEEKS, Compared
from tai_ops.pipeline_moves import STEPS, Movement
from tai_ops.words import money


def pipeline_waterfall(moved: Movement, currency: str = "USD", value: str = "") -> Chart:
    """How the open pipeline came from what it was a week ago to what it is; `value` names another measure than Year 1."""
    steps = [("A week ago", moved.opening, "absolute")]
    steps += [(what.capitalize(), moved.step(what), "relative") for what in STEPS if moved.count(what)]
    steps.append(("Now", moved.closing, "total"))
    figure = waterfall(steps, currency)
    step = moved.closing - moved.opening
    now = money(moved.closing, currency)
    verb = "rose" if step > 0 else "fell"
    title = (
        f"The open pipeline{value} {verb} {money(abs(step), currency)} to {now} in a week"
        if step
        else f"The open pipeline{value} stayed at {now}"
    )
    columns = (Column("step", "Step"), Column("amount", "Amount", "money"))
    rows = tuple((label, amount) for label, amount, _ in steps)
    return Chart(title, f"{title}.", figure, Rows("pipeline_moves", "step", columns, rows))


@kept
def forecast_bars(made: Sequence[Compared], value: str, currency: str = "USD") -> Chart:
    """What was forecast for each period some weeks before its end, beside what was won in it."""
    names = [one.span.name for one in made]
    figure = go.Figure()
    for place, weeks in enumerate(BACK_WEEKS):
        amounts = [one.earlier[place].value for one in made]
        figure.add_bar(
            x=names,
            y=[None if amount is None else float(amount) for amount in amounts],
            name=f"{weeks} weeks before",
            marker_color=(GREY_SOFT, GREY)[place],
            hovertext=[
                f"{name}, {weeks} weeks before: {'not known' if amount is None else money(amount, currency)}"
                for name, amount in zip(names, amounts, strict=True)
            ],
            hoverinfo="text",
        )
    figure.add_bar(
        x=names,
        y=[float(one.came) for one in made],
        name="won",
        marker_color=ACCENT,
        hovertext=[f"{one.span.name}: won {money(one.came, currency)} in {one.n_won}" for one in made],
        hoverinfo="text",
    )
    house(figure, height=280)
    figure.update_layout(barmode="group", showlegend=True, legend={"orientation": "h", "y": 1.12, "x": 0})
    figure.update_yaxes(rangemode="tozero", tickprefix=prefix(currency), tickformat="~s", nticks=5)
    title = _forecast_title(made, value, currency)
    columns = (
        Column("period", "Period"),
        *(Column(f"w{n}", f"{n} weeks before", "money") for n in BACK_WEEKS),
        Column("came", "Won", "money"),
    )
    rows = tuple((one.span.name, *(each.value for each in one.earlier), one.came) for one in made)
    return Chart(title, f"{title}.", figure, Rows("forecasts", "period", columns, rows))


def _forecast_title(made: Sequence[Compared], value: str, currency: str) -> str:
    """The newest period that is over and was forecast, else what there is to say of the running one."""
    over = [one for one in made if one.over and one.earlier[-1].value is not None]
    if not over:
        return "No period that is over was forecast: its deals are not on record that far back"
    last = over[-1]
    forecast = money(last.earlier[-1].value or ZERO, currency)
    return f"{last.span.name}: {money(last.came, currency)} of {value} came, {forecast} were forecast {BACK_WEEKS[-1]} weeks before its end"
