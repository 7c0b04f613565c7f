"""How long an onboarding took: to go-live, to value, to the 95 % that is promised within 60 days; and what support is left.

Source: requirements.md 1A "computed figures", O3, section 8 "Time to go-live / value". Days are calendar days.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tai_ops.accuracy import FLOOR_PCT, TARGET_PCT, Measurement
from tai_ops.onboarding_plan import MILESTONES
from tai_ops.words import counted, day

CLAIM_DAYS, SUPPORT_DAYS = MILESTONES[1][0], MILESTONES[2][0]


@dataclass(frozen=True, slots=True)
class Times:
    """The days of an onboarding; each is None where its end has not come, with what is known in `said`."""

    to_go_live: int | None
    from_signature: int | None
    to_value: int | None
    claim_holds: bool | None
    support_left: int
    said: tuple[str, ...]


def times(
    kickoff_on: date,
    signed_on: date | None,
    live_on: date | None,
    measured: Iterable[Measurement],
    today: date,
) -> Times:
    """How long it took from the kickoff (and the signature) to the go-live and to the first 97 %.

    An accuracy is the mean of a day's warehouses, TAI's records against the shelf alone. The claim is 95 % or better
    within 60 days of the kickoff: open until then, missed afterwards where no such day is on record.
    """
    days = dict(_by_day(measured))
    reached = [on for on, accuracy in days.items() if accuracy >= TARGET_PCT]
    value = min(reached, default=None)
    claim_ends = kickoff_on + timedelta(days=CLAIM_DAYS)
    holds = any(accuracy >= FLOOR_PCT and on <= claim_ends for on, accuracy in days.items())
    claim = True if holds else None if today <= claim_ends else False
    left = (kickoff_on + timedelta(days=SUPPORT_DAYS) - today).days
    to_live = _days(kickoff_on, live_on)
    from_signature = _days(signed_on, live_on)
    to_value = _days(kickoff_on, value)
    said = (
        f"Kickoff to go-live: {_counted(to_live)}"
        + (f", {counted(from_signature, 'day')} from the signature" if from_signature is not None else ""),
        f"Kickoff to the first 97 %: {_counted(to_value)}" + (f" ({day(value)})" if value else ""),
        f"95 % within {CLAIM_DAYS} days: {_claim_words(claim, claim_ends)}",
        f"Included support: {counted(left, 'day')} left"
        if left >= 0
        else f"Included support ended {counted(-left, 'day')} ago",
    )
    return Times(to_live, from_signature, to_value, claim, left, said)


def _by_day(measured: Iterable[Measurement]) -> Iterator[tuple[date, Decimal]]:
    own = [m for m in measured if m.kind == "current" and m.method == "tai" and m.accuracy_pct is not None]
    for on in sorted({m.measured_on for m in own}):
        found = [m.accuracy_pct for m in own if m.measured_on == on and m.accuracy_pct is not None]
        yield on, sum(found, Decimal(0)) / len(found)


def _days(first: date | None, last: date | None) -> int | None:
    return (last - first).days if first and last else None


def _counted(days: int | None) -> str:
    return "not yet" if days is None else counted(days, "day")


def _claim_words(claim: bool | None, ends: date) -> str:
    if claim is None:
        return f"open until {day(ends)}"
    return "reached" if claim else "missed"
