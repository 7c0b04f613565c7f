"""What was forecast for a month or a quarter some weeks before its end, against what came.

A forecast of an instant is what was won in the period by then and the weighted value of the deals that were open then and
expected to close in it, from the deals as they stood. Source: requirements.md 2C, E28; look.md (forecast against last forecasts).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tai_ops.money import ZERO, cents, percent
from tai_ops.period import Month
from tai_ops.pipeline import OPEN_STAGES, Deal, Weighted, weighted

BACK_WEEKS = (13, 4)
"""How many weeks before its end (or before today, while it runs) a period's forecasts are looked at."""


@dataclass(frozen=True, slots=True)
class Span:
    """A month or a quarter: its name, its first and last day."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Then:
    """The deals as they stood at the end of a day; `unknown` says why that is not known, where it isn't."""

    deals: tuple[Deal, ...]
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A deal in a forecast: its stage then, value and chance, and what it counts for, in money."""

    deal_id: str
    stage: str
    value: Decimal | None
    chance_pct: Decimal | None
    counts: Decimal | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A period's forecast on a day: won by then + weighted open, in money, with the spread of the open part.

    `value` is None where the deals of that day are not known, or where there were none; `reason` says which.
    """

    on: date
    value: Decimal | None
    spread: Decimal | None
    won: Decimal | None
    parts: tuple[Part, ...] = ()
    reason: str | None = None

    @property
    def n(self) -> int:
        """How many deals are in it."""
        return sum(part.counts is not None for part in self.parts)


@dataclass(frozen=True, slots=True)
class Compared:
    """A period with its earlier forecasts, that of now, and what came so far; `over` once its last day has passed."""

    span: Span
    earlier: tuple[Forecast, ...]
    now: Forecast
    came: Decimal
    n_won: int
    over: bool

    def came_pct(self, forecast: Forecast) -> Decimal | None:
        """What came in per cent of a forecast, once the period is over."""
        return percent(self.came, forecast.value) if self.over and forecast.value is not None else None


def months_around(today: date, back: int = 3, ahead: int = 2) -> tuple[Span, ...]:
    """The months before today's, its own and those after."""
    this = Month.of(today)
    return tuple(_span(this.plus(n), 1, this.plus(n).name) for n in range(-back, ahead + 1))


def quarters_around(today: date, back: int = 2, ahead: int = 1) -> tuple[Span, ...]:
    """The calendar quarters before today's, its own and those after."""
    this = Month(today.year, (today.month - 1) // 3 * 3 + 1)
    firsts = [this.plus(3 * n) for n in range(-back, ahead + 1)]
    return tuple(_span(first, 3, f"Q{(first.month + 2) // 3} {first.year}") for first in firsts)


def _span(first: Month, months: int, name: str) -> Span:
    return Span(name, first.start, first.plus(months).start - timedelta(days=1))


def forecast_on(deals: Sequence[Deal], span: Span, on: date, default_pct: Mapping[str, Decimal]) -> Forecast:
    """The forecast for a period from the deals of a day."""
    if not deals:
        return Forecast(on, None, None, None, (), "no deal on record then")
    won = [
        deal
        for deal in deals
        if deal.stage == "won" and deal.closed_on and span.first <= deal.closed_on <= min(span.last, on)
    ]
    still = [
        deal
        for deal in deals
        if deal.stage in OPEN_STAGES
        and deal.expected_close_on
        and span.first <= deal.expected_close_on <= span.last
    ]
    ahead: Weighted = weighted(still, default_pct)
    taken = sum((deal.amount or ZERO for deal in won), ZERO)
    left = f"{ahead.n_left_out} without a value or a chance left out" if ahead.n_left_out else None
    parts = [Part(one.deal_id, one.stage, one.amount, Decimal(100), one.amount) for one in won]
    parts += [_open_part(one, default_pct) for one in still]
    return Forecast(on, taken + (ahead.value or ZERO), ahead.spread, taken, tuple(parts), left)


def _open_part(deal: Deal, default_pct: Mapping[str, Decimal]) -> Part:
    chance = default_pct.get(deal.stage) if deal.probability_pct is None else deal.probability_pct
    counts = None if deal.amount is None or chance is None else cents(deal.amount * chance / 100)
    return Part(deal.deal_id, deal.stage, deal.amount, chance, counts)


def against_forecasts(
    spans: Sequence[Span],
    then: Callable[[date], Then],
    today: date,
    default_pct: Mapping[str, Decimal],
) -> tuple[Compared, ...]:
    """Each period's forecasts of 13 and 4 weeks before its end (before today while it runs) against what came.

    `then` gives the deals as they stood at the end of a day.
    """
    now = then(today).deals
    found: list[Compared] = []
    for span in spans:
        until = min(span.last, today)
        won = [
            deal
            for deal in now
            if deal.stage == "won" and deal.closed_on and span.first <= deal.closed_on <= span.last
        ]
        found.append(
            Compared(
                span,
                tuple(
                    _earlier(
                        then(until - timedelta(weeks=weeks)),
                        span,
                        until - timedelta(weeks=weeks),
                        default_pct,
                    )
                    for weeks in BACK_WEEKS
                ),
                forecast_on(now, span, today, default_pct),
                sum((deal.amount or ZERO for deal in won), ZERO),
                len(won),
                span.last < today,
            )
        )
    return tuple(found)


def _earlier(then: Then, span: Span, on: date, default_pct: Mapping[str, Decimal]) -> Forecast:
    if then.unknown:
        return Forecast(on, None, None, None, (), then.unknown)
    return forecast_on(then.deals, span, on, default_pct)
