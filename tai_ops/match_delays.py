"""How long money usually takes here: the days between an entry and its bank line, learned from the pairs that hold.

A window of months fits terms of every kind. Where a hundred pairs show that this company's customers pay within days,
one that would have taken months is no longer certain.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from tai_ops.match_facts import DELAYS_LEFT_OUT_PCT, DELAYS_SPARE_DAYS, LEAST_TO_LEARN, Decided, Delays
from tai_ops.match_work import Line, Side, Work


def days_between(line: Line, side: Side) -> int:
    """Days from the entry's date to the line's; negative where the line came first."""
    return line.day - side.day


def learn_delays(work: Work, decisions: Iterable[Decided]) -> None:
    """How many days lie between a line and its entry here, by what holds already: documents and books, in and out.

    Unknown below `LEAST_TO_LEARN` pairs. The first and last per cent are left out, and a day to spare added at each end.
    """
    seen: defaultdict[tuple[bool, bool], list[int]] = defaultdict(list)
    for line, side in chain(work.confirmed, _decided_before(work, decisions)):
        if not side.is_transfer:
            seen[_sort_of(line, side)].append(days_between(line, side))
    for sort, days in seen.items():
        if len(days) >= LEAST_TO_LEARN:
            days.sort()
            cut = len(days) * DELAYS_LEFT_OUT_PCT // 100
            work.delays[sort] = Delays(days[cut] - DELAYS_SPARE_DAYS, days[-1 - cut] + DELAYS_SPARE_DAYS)


def _decided_before(work: Work, decisions: Iterable[Decided]) -> Iterator[tuple[Line, Side]]:
    held = [d for d in decisions if d.state == "confirmed"]
    if held:
        lines = {line.fact.line_id: line for line in work.lines}
        sides = {(side.kind, side.entry_id): side for side in work.sides}
        for d in held:
            if d.line_id in lines and (d.entry_kind, d.entry_id) in sides:
                yield lines[d.line_id], sides[d.entry_kind, d.entry_id]


def _sort_of(line: Line, side: Side) -> tuple[bool, bool]:
    return side.account is not None, line.fact.amount > 0


def usual_days(work: Work, sides: Iterable[Side], *, money_in: bool) -> Delays | None:
    """What is usual for all of the entries together; None where that is not known for each of them."""
    kinds = {side.account is not None for side in sides}
    known = [work.delays.get((booked, money_in)) for booked in kinds]
    usual = [delays for delays in known if delays]
    if not usual or len(usual) < len(known):
        return None
    return Delays(min(delays.least for delays in usual), max(delays.most for delays in usual))


def unusual(work: Work, line: Line, side: Side) -> bool:
    """Whether the days between the two are outside of what is usual here; False where that is not known."""
    usual = work.delays.get(_sort_of(line, side))
    return usual is not None and not usual.least <= days_between(line, side) <= usual.most
