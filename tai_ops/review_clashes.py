"""What else falls on the Friday of a review, this week's and the next: cutovers, the close, holidays, people away.

Source: requirements.md O16, W13, section 6 (12).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tai_ops.checklist import CUTOVER_DAY
from tai_ops.period import FRIDAY, Month
from tai_ops.review_lines import Week, cutover_on, is_done
from tai_ops.words import listed, short_day

A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Absence:
    """The days on which a person is away, both included; `email` names the person."""

    absence_id: str
    email: str
    name: str
    first_on: date
    last_on: date

    def holds(self, on: date) -> bool:
        """Whether the person is away on that day."""
        return self.first_on <= on <= self.last_on


def clashes(week: Week, absences: Iterable[Absence]) -> tuple[str, ...]:
    """What falls on the week's Friday, then what will on the next one, a sentence each."""
    away = list(absences)
    ahead = week.friday + A_WEEK
    return (
        *_on(week, week.friday, "This Friday", away),
        *_on(week, ahead, f"Next Friday, {short_day(ahead)}", away),
    )


def cutovers_on(week: Week, friday: date) -> list[str]:
    """The customers that go live on that Friday, while the review is held."""
    return [
        customer.name
        for customer in week.board.in_status("onboarding", "signed")
        if (plan := week.plans.get(customer.customer_id))
        and not is_done(plan, CUTOVER_DAY)
        and cutover_on(week, plan) == friday
    ]


def _on(week: Week, friday: date, when: str, away: list[Absence]) -> Iterator[str]:
    cutovers = cutovers_on(week, friday)
    closes = friday.weekday() == FRIDAY and friday + A_WEEK >= Month.of(friday).end
    for name in cutovers:
        yield f"{when}: the cutover of {name} runs 14:00-17:00; CSM and CTO are on watch, their parts come from the data"
    if closes:
        yield f"{when}: the month-end close falls on the day of the review"
    if cutovers and closes:
        yield f"{when}: {listed(cutovers)} goes live while the month is closed; the CFO needs the CEO for both"
    if friday in week.board.facts.calendar.holidays:
        yield f"{when}: a holiday; move the review or hold it without those who are off"
    absent = list(dict.fromkeys(one.name for one in away if one.holds(friday)))
    if absent:
        yield f"{when}: {listed(absent)} {'is' if len(absent) == 1 else 'are'} away"
