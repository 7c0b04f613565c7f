"""The proposals' promise of 24 hours over a window: the share kept, the two medians, the rounds of changes.

Source: Runbook 3 (24-hour SLO); requirements.md P1, P2, P9 and section 8. Minutes are business minutes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median

from tai_ops.board import Board
from tai_ops.figure import Figure
from tai_ops.money import percent
from tai_ops.pipeline import Promise, Proposal, promises
from tai_ops.words import counted


@dataclass(frozen=True, slots=True)
class PromisesKept:
    """The promises decided in a window and how long the proposals sent in it took.

    `asked_to_sent` and `ready_to_sent` are medians in business minutes: from the request, and from when the last missing
    value was there. `rounds` are the rounds of changes of what was sent.
    """

    promised: tuple[Promise, ...]
    sent: tuple[Proposal, ...]
    kept_pct: Figure
    asked_to_sent: Figure
    ready_to_sent: Figure
    rounds: int

    @property
    def kept(self) -> int:
        """How many were kept."""
        return sum(one.kept for one in self.promised)

    @property
    def sentence(self) -> str:
        """The window's answer: `2 of 3 proposals kept the 24 hours; half were out within 9 h 10 min of business time`."""
        if not self.promised:
            return "No promise of a proposal fell due"
        share = f"{self.kept} of {counted(len(self.promised), 'proposal')} kept the 24 hours"
        if self.asked_to_sent.value is None:
            return f"{share}; none was sent"
        ready = self.ready_to_sent
        second = (
            f", {span(int(ready.value))} after everything was there (n = {ready.n})"
            if ready.value is not None
            else ""
        )
        asked = span(int(self.asked_to_sent.value))
        return f"{share}; median {asked} of business time from request to sending (n = {self.asked_to_sent.n}){second}"


def promises_kept(board: Board, window: tuple[datetime, datetime] | None = None) -> PromisesKept:
    """How the promise stood over the board's weekly window, or over another one (start included, end not)."""
    f, now = board.facts, board.window.as_of
    start, end = window or board.window.flow
    promised = tuple(promises(f.proposals, start, end, f.calendar, now, f.urgent))
    sent = tuple(p for p in f.proposals if p.sent_at is not None and start <= p.sent_at < end)
    ready = {key: state.ready_at for key, state in f.proposal_states.items() if state.ready_at is not None}
    between = f.calendar.business_minutes_between
    return PromisesKept(
        promised,
        sent,
        Figure(
            percent(sum(one.kept for one in promised), len(promised)),
            None if promised else "no proposal was due",
            len(promised),
        ),
        _median((between(p.requested_at, p.sent_at) for p in sent if p.sent_at), "no proposal was sent"),
        _median(
            (
                between(min(ready[p.proposal_id], p.sent_at), p.sent_at)
                for p in sent
                if p.sent_at and p.proposal_id in ready
            ),
            "no proposal that was sent was made here",
        ),
        sum(f.proposal_states[p.proposal_id].rounds for p in sent if p.proposal_id in f.proposal_states),
    )


def span(minutes: int) -> str:
    """Business minutes as hours and minutes: `9 h 10 min`."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _median(minutes: Iterable[int], reason: str) -> Figure:
    found = [Decimal(one) for one in minutes]
    return Figure(median(found), None, len(found)) if found else Figure(None, reason, 0)
