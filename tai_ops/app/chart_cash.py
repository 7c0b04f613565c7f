"""The chart of cash and its runway, with the range that open proposals make of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import plotly.graph_objects as go

from tai_ops.app.charts import ACCENT, ACCENT_CONE, Chart, Event, house, kept, mark_days, prefix
from tai_ops.app.words import day, money, number
from tai_ops.behind import Column, Rows
from tai_ops.cash import Runway
from tai_ops.pipeline_cash import CashAhead, Outlook

PROPOSALS = "#4f8fa8"
PROPOSALS_BAND = "rgba(79, 143, 168, 0.25)"
_FEW_DAYS = timedelta(days=62)


@kept
def cash_runway(
    balances: Sequence[tuple[date, Decimal]],
    expected: Runway,
    pessimistic: Runway | None = None,
    currency: str = "USD",
    events: Sequence[Event] = (),
    ahead: CashAhead | None = None,
) -> Chart:
    """Cash so far, and where it goes: a cone between the pessimistic and the expected day on which it runs out.

    A runway without an end (not burning, no data) draws no cone; the title gives its reason. `ahead` lays what open
    proposals may bring over it: by chance as a line, up to all of them signed as a band.
    """
    days = [on for on, _ in balances]
    figure = go.Figure()
    figure.add_scatter(
        x=days,
        y=[float(amount) for _, amount in balances],
        mode="lines+markers",
        line={"color": ACCENT, "width": 2.5},
        marker={"size": 5},
        hovertext=[f"{day(on)}: {money(amount, currency, exact=True)}" for on, amount in balances],
        hoverinfo="text",
    )
    last_on, last = balances[-1]
    _proposals_over(figure, last_on, last, expected, ahead, currency)
    ends = [(expected, "expected", "dash"), (pessimistic, "pessimistic", "dot")]
    for runway, name, dash in ends:
        if runway is None or runway.cash_out_on is None:
            continue
        figure.add_scatter(
            x=[last_on, runway.cash_out_on],
            y=[float(last), 0],
            mode="lines",
            line={"color": ACCENT, "width": 1.5, "dash": dash},
            fill="tonexty" if name == "pessimistic" and expected.cash_out_on else None,
            fillcolor=ACCENT_CONE,
            hovertext=[
                f"{name}: {money(last, currency)} today",
                f"{name}: out of cash on {day(runway.cash_out_on)}",
            ],
            hoverinfo="text",
        )
        figure.add_annotation(
            x=runway.cash_out_on,
            y=0,
            text=f"{name}<br>{runway.cash_out_on:%b %Y}",
            showarrow=False,
            yanchor="top",
            yshift=-20,
            xanchor="right" if name == "pessimistic" else "center",
            xshift=12 if name == "pessimistic" else 0,
            font={"size": 11},
        )
    figure.add_annotation(
        x=last_on,
        y=float(last),
        text=money(last, currency),
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
        xshift=6,
    )
    house(figure, height=350)
    figure.update_layout(margin={"b": 48})
    figure.update_yaxes(rangemode="tozero", tickprefix=prefix(currency), tickformat="~s", nticks=5)
    reached = [one.cash_out_on for one, _, _ in ends if one and one.cash_out_on]
    last_day = max([last_on, *reached, *(one.path[-1][0] for one in _drawn(ahead))])
    room = (last_day - days[0]) / 7
    figure.update_xaxes(type="date", tickformat="%b %Y", range=[days[0], last_day + room])
    if last_day - days[0] < _FEW_DAYS:  # else its ticks would name one month again and again
        figure.update_xaxes(
            tickvals=days, range=[days[0] - timedelta(days=7), last_day + max(room, timedelta(days=21))]
        )
    mark_days(figure, events)
    title = _runway_title(last, expected, pessimistic, currency)
    if ahead is not None and _drawn(ahead):
        title = f"{title}; {_ahead_words(ahead, currency)}"
    rows = tuple((on, amount) for on, amount in balances)
    table = Rows("cash", "balance", (Column("day", "Day", "date"), Column("cash", "Cash", "money")), rows)
    return Chart(title, f"{title}.", figure, table)


def _runway_title(last: Decimal, expected: Runway, pessimistic: Runway | None, currency: str) -> str:
    if expected.months is None:
        return f"{money(last, currency)} in cash; runway: {expected.reason or 'not known'}"
    said = f"{money(last, currency)} lasts {number(expected.months, 'months')}"
    if pessimistic is not None and pessimistic.months is not None:
        return f"{said}, {number(pessimistic.months, 'months')} at the worst"
    return said


def _drawn(ahead: CashAhead | None) -> list[Outlook]:
    """The two outlooks over the runway, by chance and all signed; none where no receipt is placed."""
    if ahead is None or not ahead.placed or ahead.weighted is None or ahead.every is None:
        return []
    return [ahead.weighted, ahead.every]


def _proposals_over(
    figure: go.Figure, last_on: date, last: Decimal, expected: Runway, ahead: CashAhead | None, currency: str
) -> None:
    """The band between the runway as it is and with every open proposal signed, and the line by chance in it."""
    drawn = _drawn(ahead)
    if not drawn:
        return
    by_chance, every = drawn
    ends = expected.cash_out_on
    below = [(last_on, last), (ends, Decimal(0))] if ends else [(last_on, last), *by_chance.path[-1:]]
    figure.add_scatter(
        x=[on for on, _ in below], y=[float(amount) for _, amount in below], mode="lines", line={"width": 0}, hoverinfo="skip"
    )  # fmt: skip
    _outlook(figure, [(last_on, last), *every.path[1:]], "every open proposal signed", currency, band=True)
    _outlook(figure, [(last_on, last), *by_chance.path[1:]], "open proposals by chance", currency)
    top_on, top = every.path[-2]
    figure.add_annotation(
        x=top_on, y=float(top), text="with open proposals", showarrow=False, xanchor="left", yanchor="bottom",
        xshift=4, font={"size": 11},
    )  # fmt: skip


def _outlook(
    figure: go.Figure, points: Sequence[tuple[date, Decimal]], name: str, currency: str, *, band: bool = False
) -> None:
    figure.add_scatter(
        x=[on for on, _ in points],
        y=[float(amount) for _, amount in points],
        mode="lines",
        line={"color": PROPOSALS, "width": 1 if band else 1.5, "dash": "solid" if band else "dashdot"},
        fill="tonexty" if band else None,
        fillcolor=PROPOSALS_BAND if band else None,
        hovertext=[f"{name}: {day(on)}, {money(amount, currency)}" for on, amount in points],
        hoverinfo="text",
    )


def _ahead_words(ahead: CashAhead, currency: str) -> str:
    by_chance, every = ahead.total
    months = [one.months for one in _drawn(ahead)]
    if months[0] is None or months[1] is None:
        return f"open proposals add {money(by_chance, currency)} by chance, up to {money(every, currency)}"
    return (
        f"{number(months[0], 'months')} with open proposals by chance, "
        f"{number(months[1], 'months')} if all are signed"
    )
