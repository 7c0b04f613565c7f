"""Which proposal stands first for each line where lines compete: entries are dealt out, each one once.

Two payments of one customer over the same amount fit two invoices equally well. Offering both lines the same invoice
first would make one of them wrong, so the first places are dealt out together: the best proposals first, then the lines
that got nothing take over where their rival has something else that fits.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tai_ops.match_delays import unusual
from tai_ops.match_work import Line, Proposal, Side, Work

MOST_EXCHANGES = 6


def dealt_out(work: Work, proposals: Iterable[Proposal]) -> Mapping[Line, Proposal]:
    """For every line at most one proposal, such that no entry is in two of them; a line that gets nothing is absent."""
    of_line: defaultdict[Line, list[Proposal]] = defaultdict(list)
    in_order = sorted(proposals, key=lambda p: _strength(work, p))
    for proposal in in_order:
        of_line[proposal.line].append(proposal)
    dealt: dict[Line, Proposal] = {}
    holder: dict[Side, Line] = {}
    for proposal in in_order:
        if proposal.line not in dealt and not any(side in holder for side in proposal.sides):
            _give(proposal, dealt, holder)
    for line in of_line:
        if line not in dealt:
            _take_over(line, of_line, dealt, holder, set(), MOST_EXCHANGES)
    return dealt


def _strength(work: Work, proposal: Proposal) -> tuple[object, ...]:
    """The strongest first: what names a payee or a number before a payout that names none, then the usual day."""
    line = proposal.line
    far = sum(unusual(work, line, side) for side in proposal.sides)
    return (
        not proposal.in_books,
        proposal.stage == "processor",
        -proposal.score,
        far,
        proposal.order,
        line.day,
        line.fact.line_id,
    )


def _give(proposal: Proposal, dealt: dict[Line, Proposal], holder: dict[Side, Line]) -> None:
    dealt[proposal.line] = proposal
    for side in proposal.sides:
        holder[side] = proposal.line


def _take_over(
    line: Line,
    of_line: Mapping[Line, Sequence[Proposal]],
    dealt: dict[Line, Proposal],
    holder: dict[Side, Line],
    asked: set[Side],
    exchanges: int,
) -> bool:
    """Whether the line gets one of its proposals, others giving way to something else of theirs where need be."""
    for proposal in of_line[line]:
        if len(proposal.parts) != 1 or proposal.parts[0][0] in asked:
            continue
        side = proposal.parts[0][0]
        asked.add(side)
        other = holder.get(side)
        if other is None or (
            exchanges
            and len(dealt[other].parts) == 1
            and _take_over(other, of_line, dealt, holder, asked, exchanges - 1)
        ):
            _give(proposal, dealt, holder)
            return True
    return False
