"""What the data says before the meeting: do the records agree with one another, and were last week's promises kept.

Source: requirements.md section 6 (consistency auditor, commitment ledger), W9, W13, O16.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from tai_ops import reliability
from tai_ops.board import Board, Note, Question
from tai_ops.commitments import CALLS, PLAN_DAY
from tai_ops.kpi import KPIS, Judged, judge
from tai_ops.matters import due_today
from tai_ops.reliability import Interval
from tai_ops.review import Finding, Promise, money_words, number_words
from tai_ops.review_lines import Week
from tai_ops.words import several


@dataclass(frozen=True, slots=True)
class Decision:
    """The newest BANT decision on a prospect."""

    prospect_id: str
    decision: str
    decided_at: datetime


def downtime_unexplained(week: Week, failing: Iterable[Interval]) -> list[Interval]:
    """When probes failed in the week and no impact or incident says why."""
    facts, window = week.board.facts, week.board.window
    found = reliability.unexplained_downtime(failing, facts.impacts, facts.incidents, now=window.as_of)
    return reliability.clip(found, window.flow)


def minutes_of(intervals: Sequence[Interval]) -> Decimal:
    """How long the intervals last together, in minutes."""
    return reliability.minutes(reliability.total(intervals))


def length_words(minutes: Decimal) -> str:
    """A length for people: `45 min`, from three hours on `12.5 h`."""
    return f"{number_words(minutes / 60, 1)} h" if minutes >= 180 else f"{number_words(minutes, 0)} min"


def question_words(asked: Question) -> str:
    """What a promise asks of the data: `Onboarding complete of Customer #2 at 75 % or more`."""
    if asked.kpi == PLAN_DAY:
        return f"Plan of {asked.customer or asked.customer_id} done through day {number_words(asked.at_least, 0)}"
    known = KPIS.get(asked.kpi)
    label = known.label if known else "Discovery calls" if asked.kpi == CALLS else asked.kpi
    unit = known.unit if known else "count"
    wanted = money_words(asked.at_least) if unit == "money" else number_words(asked.at_least, 2)
    of = f" of {asked.customer}" if asked.customer else ""
    bound = "or less" if known and known.good == "down" else "or more"
    return f"{label}{of} at {wanted}{' %' if unit == 'pct' else ''} {bound}"


def checked(note: Note, week: Week) -> Promise:
    """The promise with the data's answer, where there is one; it is judged from its due day on, never before."""
    judged = judge(week.board, note)
    if judged is None:
        return Promise(note)
    asked = question_words(judged.question)
    if judged.value is None:
        return Promise(note, asked, "not measured")
    return Promise(note, asked, f"{_found_words(judged)} now", judged.kept)


def _found_words(judged: Judged) -> str:
    value, question = judged.value or Decimal(0), judged.question
    if question.kpi == CALLS:
        return several(int(value), "call")
    if question.kpi == PLAN_DAY:
        return f"through day {int(value)}"
    unit = KPIS[question.kpi].unit
    if unit == "money":
        return money_words(value)
    return number_words(value, 1, question.at_least) + (" %" if unit == "pct" else "")


FLOWS_IN = frozenset({"month-end-close", "customers", "onboardings", "incidents"})
"""The pages whose work stands beside the promises of the meeting: the close, onboardings, incidents."""


def also_due(board: Board) -> tuple[Finding, ...]:
    """What incidents, closes and onboardings want done by the board's day, today where that is yet to come."""
    window = board.window
    today = min(window.day, board.facts.calendar.local_date(window.as_of))
    seen = Board(replace(board.facts, window=replace(window, until=today + timedelta(days=1))))
    wanted = [m for m in due_today(seen, "ceo") if m.page in FLOWS_IN]
    return tuple(Finding(f"due_{m.state}", m.text, m.owner, (), m.page, m.query) for m in wanted)
