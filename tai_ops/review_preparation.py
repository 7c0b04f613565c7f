"""What is ready for the meeting, and what is still missing on whom: preparation closes on Thursday at closing time.

Source: Runbook 5, Preparation (Monday-Thursday); requirements.md W8.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tai_ops.board import Window
from tai_ops.kind_words import plural
from tai_ops.kinds import KINDS
from tai_ops.kpi import Measured
from tai_ops.period import FRIDAY, BusinessCalendar, Week
from tai_ops.review import Prepared, Stamp
from tai_ops.review_agenda import AGENDA, PREPARED_BY_WEEKDAY, Part
from tai_ops.rights import Actor
from tai_ops.words import counted, instant, listed


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered of a block's records: when last, by whom, and how many after preparation closed, by kind."""

    newest: tuple[datetime, str] | None
    late: Mapping[str, int]


def closes_at(week: Week, calendar: BusinessCalendar) -> datetime:
    """When preparation closes: on Thursday at closing time."""
    return calendar.end_of_day(week.friday - timedelta(days=FRIDAY - PREPARED_BY_WEEKDAY))


def presenter(role: str, people: list[Actor]) -> tuple[str, str | None]:
    """Who presents: the first with the role; finance falls to the CEO where there is no CFO (requirements.md W1)."""
    named = {person.role: person.name for person in reversed(people)}
    if role == "cfo" and "cfo" not in named:
        role = "ceo"
    return role, named.get(role)


def prepared(
    kpis: Mapping[str, Measured],
    window: Window,
    people: list[Actor],
    entered: Mapping[str, Entered],
    ready: Mapping[str, Stamp],
) -> tuple[Prepared, ...]:
    """Each owner of a block with records: whether ready, what is missing, what came after preparation closed."""
    found: list[Prepared] = []
    for part in AGENDA:
        if part.kinds:
            role, name = presenter(part.role, people)
            late = entered[part.id].late
            after = tuple(_counted(kind, count) for kind, count in late.items() if count)
            missing = tuple(_missing(part, kpis, window, entered[part.id]))
            found.append(Prepared(part.id, part.title, role, name, ready.get(part.id), missing, after))
    return tuple(found)


def _missing(part: Part, kpis: Mapping[str, Measured], window: Window, entered: Entered) -> Iterator[str]:
    if entered.newest is None:
        yield "nothing on record"
        return
    if entered.newest[0] < window.flow[0]:
        yield "nothing entered this week"
    for name in part.kpis:
        if kpis[name].value is None:
            yield f"{kpis[name].kpi.label}: {kpis[name].reason or 'no data'}"


def _counted(kind: str, count: int) -> str:
    return counted(count, KINDS[kind].noun, plural(KINDS[kind]))


def newest_words(
    week: Week, start: datetime, entered: Entered, people: list[Actor], calendar: BusinessCalendar
) -> str:
    """When the block's records were last entered, and what of them came after preparation closed (W8)."""
    if entered.newest is None:
        return "nothing on record"
    entered_at, email = entered.newest
    name = next((person.name for person in people if person.email == email), email)
    words = f"newest entry {instant(entered_at, calendar.zone)} by {name}"
    if entered_at < start:
        return f"nothing entered this week; {words}"
    if entered_at <= closes_at(week, calendar):
        return words
    late = listed([_counted(kind, count) for kind, count in entered.late.items() if count])
    return f"{words}, after preparation closed" + (f" ({late})" if late else "")
