"""The 24-hour clock of a proposal: due by P1 in business time, elapsed and left, and who was waited for how long.

Source: Runbook 3 (24 hours, one business day); requirements.md P1, P2, P3, P9, P11, P12. The clock starts at the request and
never pauses; the first sending stops it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tai_ops.period import BusinessCalendar
from tai_ops.pipeline import Proposal, proposal_due
from tai_ops.proposal_facts import VALID_DAYS, Known
from tai_ops.proposal_values import DERIVED, VARIABLES, Value
from tai_ops.rights import ROLE_IN_WORDS

ROUND_MINUTES = 20
A_MOMENT = timedelta(seconds=1)
"""Writes of one instant are told apart by less than this."""
_FRIDAY = 4
BUDGET = "Budget range, and a price for it"
_NEEDS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Customer, company and industry", ("customer", "contact", "industry"), "vp_sales"),
    ("Problem in figures", ("accuracy_now", "count_hours_now", "resolution_hours", "error_cost"), "vp_sales"),
    (BUDGET, ("services", "licence"), "ceo"),
    ("Timeline", ("kickoff_on", "go_live_on"), "cto"),
    ("Scope", ("warehouses", "items", "pilot_location", "implementation_hours"), "cto"),
    ("Success metrics", ("accuracy_need", "count_hours_need"), "ceo"),
)
"""The prerequisites of Runbook 3 with the variables that tell that they are met; the seventh, the template, is always there."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How a proposal stands against its promise; minutes are business minutes, hours are raw ones.

    `left_minutes` is below 0 where it is late; after sending it is what was left then.
    """

    due_at: datetime
    stopped_at: datetime | None
    elapsed_minutes: int
    elapsed_hours: float
    left_minutes: int
    kept: bool | None

    @property
    def late(self) -> bool:
        """Whether the promise is missed."""
        return self.left_minutes < 0 or self.kept is False


@dataclass(frozen=True, slots=True)
class Wait:
    """What a proposal waits for, or waited: what, whom it is asked of, for how many business minutes, whether it came."""

    what: str
    who: str
    minutes: int
    came: bool


def clock(proposal: Proposal, calendar: BusinessCalendar, now: datetime, *, urgent: bool = False) -> Clock:
    """A proposal's clock at that instant (P1, P3)."""
    due = proposal_due(proposal.requested_at, calendar, urgent=urgent)
    sent = proposal.sent_at if proposal.sent_at and proposal.sent_at <= now + A_MOMENT else None
    until = sent or now
    late = until > due
    left = (
        calendar.business_minutes_between(due, until)
        if late
        else calendar.business_minutes_between(until, due)
    )
    return Clock(
        due,
        sent,
        calendar.business_minutes_between(proposal.requested_at, until),
        round(max(0.0, (until - proposal.requested_at).total_seconds()) / 3600, 1),
        -max(left, 1) if late else left,
        (not late) if sent else (False if late else None),
    )


def waits(
    known: Known,
    missing: Sequence[str],
    arrived: Mapping[str, datetime],
    calendar: BusinessCalendar,
    until: datetime,
) -> tuple[Wait, ...]:
    """What the proposal waits for and what it waited for, the longest first (P2): missing variables, and those that came late.

    `arrived` says when each variable was first there.
    """
    asked = known.proposal.requested_at
    open_ones = [
        Wait(label_of(name), who_has(name), calendar.business_minutes_between(asked, until), came=False)
        for name in missing
    ]
    came = [
        Wait(label_of(name), who_has(name), calendar.business_minutes_between(asked, at), came=True)
        for name, at in arrived.items()
        if asked < at <= until + A_MOMENT and name not in missing and name in VARIABLES
    ]
    return tuple(sorted([*open_ones, *came], key=lambda one: (one.came, -one.minutes, one.what)))


def by_person(found: Sequence[Wait]) -> tuple[tuple[str, int, int, int], ...]:
    """Whom the proposal waited for: who, how many values are open, how many came, business minutes to the last of them.

    All waits begin with the request, so a person's are one stretch of time and no sum.
    """
    people: dict[str, list[Wait]] = {}
    for one in found:
        people.setdefault(one.who, []).append(one)
    rows = [
        (who, sum(not w.came for w in held), sum(w.came for w in held), max(w.minutes for w in held))
        for who, held in people.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-bool(row[1]), -row[3], row[0])))


def ready_at(
    known: Known, missing: Sequence[str], arrived: Mapping[str, datetime], until: datetime
) -> datetime | None:
    """When the last value that the proposal had waited for was there (P2); None while one is missing."""
    if missing:
        return None
    return max([known.proposal.requested_at, *(at for at in arrived.values() if at <= until + A_MOMENT)])


def prerequisites(
    values: Mapping[str, Value], *, budget_known: bool
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The runbook's prerequisites: name, who has them, what is missing (nothing where it is met)."""
    return tuple(
        (
            name,
            ROLE_IN_WORDS[who],
            (("their budget from the call",) if name == BUDGET and not budget_known else ())
            + tuple(label_of(v) for v in needed if v not in values),
        )
        for name, needed, who in _NEEDS
    )


def label_of(name: str) -> str:
    """What people call a variable."""
    return (VARIABLES.get(name) or DERIVED[name]).label


def who_has(name: str) -> str:
    """Who has a variable, in words; what follows from others is asked of nobody."""
    who = VARIABLES[name].who if name in VARIABLES else ""
    return ROLE_IN_WORDS.get(who, "follows from the others")


def valid_until(sent_at: datetime, calendar: BusinessCalendar) -> datetime:
    """The last instant at which a proposal may be accepted: 30 calendar days after sending, 23:59 company time (P12)."""
    day = calendar.local_date(sent_at) + timedelta(days=VALID_DAYS)
    return datetime.combine(day, time(23, 59), tzinfo=calendar.zone).astimezone(UTC)


def check_in_on(sent_on: date, calendar: BusinessCalendar) -> date:
    """The day to ask again: the first Friday at least two business days after sending (P11)."""
    day = calendar.add_business_days(sent_on, 2)
    return day + timedelta(days=(_FRIDAY - day.weekday()) % 7)
