"""The score of a pair and what a run suggests where no stage was certain; the reasons are for a person to read."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from tai_ops.match_deal import dealt_out
from tai_ops.match_facts import (
    ALIAS_LEARNED,
    AMOUNT_EQUAL,
    AMOUNT_SUM,
    AMOUNT_WITHIN_TOLERANCE,
    CLEAR_GAP,
    CONFIRM_FROM,
    DATE_CLOSE,
    DAYS_NEAR,
    DECLINED_BEFORE,
    GARBLED_SIGN,
    MOST_IN_SUM,
    MOST_NEAR,
    MOST_PROPOSALS,
    NOT_ALIKE_PCT,
    PAYEE_ALIKE,
    REFERENCE_GARBLED,
    REFERENCE_NAMED,
    SUGGEST_FROM,
    Stage,
    tolerance,
)
from tai_ops.match_near import ByDay
from tai_ops.match_work import (
    Line,
    Proposal,
    Side,
    Work,
    booked_nearby,
    date_reason,
    days_of_entries,
    days_off,
    equal_reason,
    fee_reason,
    in_window,
    named_reason,
    net_amounts,
    of_another,
    short_reason,
    signs_off,
    spelled,
    split,
    told_otherwise,
)
from tai_ops.money import ZERO, money_text
from tai_ops.payee import likeness_pct, spelling


def by_score(work: Work, transfers: Iterable[Proposal]) -> None:
    """Confirms what is certain by score and alone, and suggests the rest, the best five of each line."""
    single = list(_scored_pairs(work))
    likely = [p for p in single if p.score >= SUGGEST_FROM]
    rivals = _Rivals.of(likely)
    for proposal in likely:
        if (
            proposal.may_confirm
            and proposal.score >= CONFIRM_FROM
            and not rivals.fitting_as_well(proposal, 1)
            and not any(work.named_elsewhere(proposal.line, side) for side in proposal.sides)
        ):
            work.record(proposal, "confirmed", 1)
    exact = {p.line for p in likely if p.line.left == p.parts[0][0].left}
    others = [*_named_otherwise(work), *_payouts(work), *_sums(work, exact), *transfers]
    mattering = _mattering([*single, *others])
    _suggest(work, [p for p in _best_of_each(mattering) if p.line.left and all(s.left for s, _ in p.parts)])


def _mattering(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Those that can be offered, and those that share a line or an entry with one and may put it in doubt."""
    offered = [p for p in proposals if p.score >= _offered_from(p.stage)]
    lines = {p.line for p in offered}
    sides = {side.key for p in offered for side in p.sides}
    return [p for p in proposals if p.line in lines or any(side.key in sides for side in p.sides)]


def _suggest(work: Work, proposals: Sequence[Proposal]) -> None:
    rivals = _Rivals.of(proposals)
    dealt = dealt_out(work, [p for p in proposals if p.score >= _offered_from(p.stage)])
    for line, of_line in rivals.by_line.items():
        offered = [p for p in of_line if p.score >= _offered_from(p.stage)]
        offered.sort(key=lambda proposal: proposal is not dealt.get(line))  # else the best first, as they are
        for rank, proposal in enumerate(offered[:MOST_PROPOSALS], start=1):
            doubts = rivals.fitting_as_well(proposal, 2)
            unsure = (
                (f"not certain: {' and '.join(doubts)} fit{'s' * (len(doubts) == 1)} as well",)
                if doubts
                else ()
            )
            work.record(replace(proposal, reasons=proposal.reasons + unsure), "suggested", rank)


def _offered_from(stage: Stage) -> int:
    """What names its entries, or adds up to the cent, is a case of its own and need not reach the score of a guess."""
    return REFERENCE_NAMED if stage in {"reference", "sum"} else SUGGEST_FROM


@dataclass(frozen=True, slots=True)
class _Rivals:
    """Proposals by their line and by what they pair it with; the best first where a line has any to offer."""

    by_line: Mapping[Line, list[Proposal]]
    by_side: Mapping[tuple[str, str, str], list[Proposal]]

    @classmethod
    def of(cls, proposals: Iterable[Proposal]) -> "_Rivals":
        by_line: defaultdict[Line, list[Proposal]] = defaultdict(list)
        by_side: defaultdict[tuple[str, str, str], list[Proposal]] = defaultdict(list)
        for proposal in proposals:
            by_line[proposal.line].append(proposal)
            for side, _ in proposal.parts:
                by_side[side.key].append(proposal)
        for of_line in by_line.values():
            if len(of_line) > 1 and any(p.score >= _offered_from(p.stage) for p in of_line):
                of_line.sort(key=lambda proposal: proposal.order)
        return cls(by_line, by_side)

    def fitting_as_well(self, proposal: Proposal, most: int) -> list[str]:
        """What is less than 15 points behind, at most so many: other entries for its line, then other lines for its entries."""
        found = list(islice(self._other_entries(proposal), most))
        return found if len(found) == most else [*found, *self._other_lines(proposal)[: most - len(found)]]

    def _other_entries(self, proposal: Proposal) -> Iterator[str]:
        for other in self.by_line[proposal.line]:  # the best first
            if other is not proposal and _rivals(other, proposal):
                yield " + ".join(side.label for side, _ in other.parts)

    def _other_lines(self, proposal: Proposal) -> list[str]:
        contending = [
            p for side, _ in proposal.parts for p in self.by_side[side.key] if p.line is not proposal.line
        ]
        facts = {p.line.fact for p in contending if _close_behind(p, proposal)}
        in_order = sorted(facts, key=lambda fact: (fact.booked_on, fact.line_id))
        return [f"the bank line of {fact.booked_on.isoformat()}" for fact in in_order]


def _rivals(other: Proposal, proposal: Proposal) -> bool:
    """Whether it puts the proposal for the same line in doubt.

    A document that fits no better doesn't where the account's books hold the line; what they hold always does.
    """
    if proposal.in_books and not other.in_books:
        return other.score > proposal.score
    if other.in_books and not proposal.in_books and other.score >= SUGGEST_FROM:
        return True
    return _close_behind(other, proposal)


def _close_behind(other: Proposal, proposal: Proposal) -> bool:
    return other.score > proposal.score - CLEAR_GAP


def _scored_pairs(work: Work) -> Iterator[Proposal]:
    """Open pairs of one line and one side whose amounts agree, exactly or within the tolerance, with their score.

    Left out are those too low to be suggested or to put another in doubt.
    """
    held = work.open_sides()
    by_amount = ByDay.of((side.left, side) for side in held)
    of_party = ByDay.of(((side.party, side.left), side) for side in held if side.party)
    by_party = ByDay.of((side.party, side) for side in held if side.party)
    for line in work.open_lines():
        fits = _fitting(work, line)
        window = (line.day, days_of_entries(work, line), MOST_NEAR, fits)
        near = by_amount.nearest(line.left, *window)
        for party in sorted(line.payees):
            near += of_party.nearest((party, line.left), *window)
        if line.learned:
            near += by_party.nearest(line.learned, *window)
        near += filter(fits, line.mentioned)
        for side in dict.fromkeys(near):
            proposal = _scored_pair(work, line, side)
            if proposal and proposal.score > SUGGEST_FROM - CLEAR_GAP:
                yield proposal


def _fitting(work: Work, line: Line) -> Callable[[Side], bool]:
    return lambda side: work.admits(line, side) and in_window(line, side)


def _scored_pair(work: Work, line: Line, side: Side) -> Proposal | None:
    """The pair with its score; None where the amount is too much or falls short by more than the tolerance."""
    parts = ((side, line.left),)
    short = abs(side.left) - abs(line.left)
    if not short:
        found = _scored(work, line, parts, "score", (AMOUNT_EQUAL, equal_reason([side])))
        certain = found.score >= CONFIRM_FROM and not told_otherwise(line, side)
        return replace(found, may_confirm=True) if certain else found
    if 0 < short <= tolerance(side.left):
        return _scored(work, line, parts, "score", (AMOUNT_WITHIN_TOLERANCE, short_reason([side], short)))
    return None


def _named_otherwise(work: Work) -> Iterator[Proposal]:
    """What a line names in full and no stage took: an instalment, a short payment, too much, or a payment made twice."""
    for line in work.open_lines():
        sides = [s for s in line.named.full if work.admits(line, s) and not of_another(line, s)]
        booked = [s for s in sides if s.account is not None]
        sides = sorted(booked or sides, key=lambda side: side.order)
        if sides:
            yield _scored(work, line, split(line.left, sides), "reference", _met(line, sides))


def _met(line: Line, sides: Sequence[Side]) -> tuple[int, str]:
    short = sum((abs(side.left) for side in sides), ZERO) - abs(line.left)
    if short > 0:
        return 0, short_reason(sides, short)
    if short < 0:
        return 0, f"{money_text(-short)} more than is open: a credit of the payer"
    return AMOUNT_EQUAL, equal_reason(sides)


def _payouts(work: Work) -> Iterator[Proposal]:
    """Charges that fit a processor's payout net of the fee, where there are several."""
    lines = [line for line in work.open_lines() if line.processors]
    charges = work.open_sides() if lines else ()
    by_net = ByDay.of((key, side) for side in charges for key in net_amounts(work, side))
    for line in lines:
        window = (line.day, days_of_entries(work, line), MOST_NEAR, _fitting(work, line))
        sides = [s for name in line.processors for s in by_net.nearest((name, line.left), *window)]
        for side in [s for s in sides if booked_nearby(line, s)] or sides:
            score = AMOUNT_EQUAL + PAYEE_ALIKE + _closeness(line, side)
            reasons = (fee_reason(line, side), date_reason(line, side))
            yield Proposal(line, ((side, line.left),), "processor", score, reasons)


def _sums(work: Work, exact: set[Line]) -> Iterator[Proposal]:
    """Several open entries of one payee, out of the twelve nearest in time, that add up to a line to the cent."""
    held = work.open_sides()
    by_party = ByDay.of(((side.party, side.account is not None), side) for side in held)
    waiting = [line for line in work.open_lines() if line not in exact and not line.named.full]
    groups = [
        (line, (party, booked))
        for line in waiting
        for party in sorted(line.payees)
        for booked in (True, False)
    ]
    for line, group in groups:
        within, fits = days_of_entries(work, line), _fitting(work, line)
        fitting = by_party.nearest(group, line.day, within, MOST_IN_SUM, fits)
        for chosen in islice(_adding_up(line, fitting), MOST_PROPOSALS):
            amount = (AMOUNT_SUM, f"{len(chosen)} open entries of this payee add up to it to the cent")
            yield _scored(work, line, split(line.left, chosen), "sum", amount)


def _adding_up(line: Line, sides: Iterable[Side]) -> Iterator[list[Side]]:
    """Every choice of two or more that adds up to the line."""
    target = abs(line.left)
    large_first = sorted(sides, key=lambda side: (-abs(side.left), side.order))
    behind = [sum((abs(side.left) for side in large_first[i:]), ZERO) for i in range(len(large_first))]

    def choices(start: int, missing: Decimal) -> Iterator[list[Side]]:
        if not missing:
            yield []
            return
        for i in range(start, len(large_first)):
            if behind[i] < missing:
                return
            amount = abs(large_first[i].left)
            if amount <= missing:
                yield from ([large_first[i], *others] for others in choices(i + 1, missing - amount))

    found = (sorted(choice, key=lambda side: side.order) for choice in choices(0, target) if len(choice) > 1)
    yield from found


def _scored(
    work: Work,
    line: Line,
    parts: tuple[tuple[Side, Decimal], ...],
    stage: Stage,
    amount: tuple[int, str],
) -> Proposal:
    """The proposal with its points added up, 0-100. Source: finance.md 3 "Matching".

    What is too low to be offered only puts others in doubt: nobody reads its reasons, and it has none.
    """
    sides = [side for side, _ in parts]
    first = furthest = sides[0]
    alike_pct = _alike_pct(line, first)
    if len(sides) > 1:
        furthest = max(sides, key=lambda side: abs(days_off(line, side)))
        alike_pct = min(_alike_pct(line, side) for side in sides)
    named = all(side in line.mentioned for side in sides)
    off = 0 if named or len(sides) > 1 else signs_off(line, first)
    score = amount[0] + _closeness(line, furthest)
    if named:
        score += REFERENCE_NAMED
    elif off:
        score += REFERENCE_GARBLED - (off - 1) * GARBLED_SIGN
    if alike_pct > NOT_ALIKE_PCT:
        score += PAYEE_ALIKE * (alike_pct - NOT_ALIKE_PCT) // (100 - NOT_ALIKE_PCT)
    if line.learned and all(side.party == line.learned for side in sides):
        score += ALIAS_LEARNED
    declined = work.declined_spellings and any(
        (spelled(line), side.party) in work.declined_spellings for side in sides
    )
    score = max(0, min(100, score + DECLINED_BEFORE if declined else score))
    if score < _offered_from(stage):
        return Proposal(line, parts, stage, score, ())
    reasons = [amount[1]]
    if named:
        reasons += map(named_reason, sides)
    elif off:
        reasons.append(f"reference {first.label} named with {off} sign{'s' * (off > 1)} off")
    if alike_pct > NOT_ALIKE_PCT:
        reasons.append(_alike_reason(line, first, alike_pct))
    reasons.append(date_reason(line, furthest))
    if declined:
        reasons.append("this spelling was declined for this payee before")
    return Proposal(line, parts, stage, score, tuple(reasons))


def _alike_reason(line: Line, side: Side, alike_pct: int) -> str:
    if side.party in line.parties:
        return "payee named in full"
    return (
        "payee learned from an earlier match" if side.party == line.learned else f"payee {alike_pct} % alike"
    )


def _closeness(line: Line, side: Side) -> int:
    """10 points within five days of the entry's term, one less for every three days more."""
    return max(0, DATE_CLOSE - max(0, abs(days_off(line, side)) - DAYS_NEAR) // 3)


def _alike_pct(line: Line, side: Side) -> int:
    if side.party in line.payees:
        return 100
    if line.parties:
        return 0
    return max(likeness_pct(spelling(line.fact.payee), side.party), likeness_pct(spelled(line), side.party))


def _best_of_each(proposals: Iterable[Proposal]) -> list[Proposal]:
    """One proposal, the best, of every line and set of sides."""
    best: dict[tuple[Line, Hashable], Proposal] = {}
    for proposal in proposals:
        entries = [(side.kind, side.entry_id) for side in proposal.sides]
        key = (proposal.line, frozenset(entries) if len(entries) > 1 else entries[0])
        held = best.get(key)
        if held is None or proposal.score > held.score:
            best[key] = proposal
    return list(best.values())
