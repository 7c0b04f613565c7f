"""Bank lines matched with what the books hold open: certain pairs are confirmed, likely ones suggested with reasons.

First the stages that need no score (references named, one payee and amount, processor payouts net of fees, own
transfers), then a score of at most 100 points. What is left open decides, never the original amount.
Source: finance.md 3 "Matching", Runbook 6 "Match invoices to bank statements".
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tai_ops.collector import collector_at_rest
from tai_ops.match_delays import learn_delays, unusual, usual_days
from tai_ops.match_facts import (
    AMOUNT_EQUAL,
    DATE_CLOSE,
    DAYS_AFTER,
    DAYS_BEFORE,
    DAYS_NEAR,
    PAYEE_ALIKE,
    PROCESSOR_FEES,
    BankLine,
    Decided,
    Delays,
    EntryKind,
    Match,
    MatchedKind,
    MatchState,
    OpenEntry,
    OwnAccount,
    ProcessorFee,
    Stage,
    tolerance,
)
from tai_ops.match_near import ByDay
from tai_ops.match_score import by_score
from tai_ops.match_work import (
    Key,
    Line,
    Proposal,
    Side,
    Work,
    booked_nearby,
    date_reason,
    days_of_entries,
    equal_reason,
    fee_reason,
    in_window,
    named_reason,
    net_amounts,
    of_another,
    prepared,
    spelled,
    told_otherwise,
)
from tai_ops.money import ZERO
from tai_ops.payee import BANK_WORDS, alias_key, citations, words

__all__ = [
    "PROCESSOR_FEES",
    "BankLine",
    "Decided",
    "EntryKind",
    "Match",
    "MatchState",
    "MatchedKind",
    "OpenEntry",
    "OwnAccount",
    "ProcessorFee",
    "Stage",
    "alias_key",
    "match",
    "tolerance",
]

Thing = TypeVar("Thing")

_TRANSFER_WORDS = frozenset(
    ("TRANSFER", "TRANSFERS", "XFER", "TFR", "TRF", "SWEEP", "TOPUP", "PAYOUT", "PAYOUTS", "AUTOPAY")
)


def match(
    lines: Sequence[BankLine],
    entries: Sequence[OpenEntry],
    *,
    decisions: Sequence[Decided] = (),
    accounts: Sequence[OwnAccount] = (),
    aliases: Mapping[str, str] | None = None,
    fees: Mapping[str, Sequence[ProcessorFee]] = PROCESSOR_FEES,
) -> list[Match]:
    """New matches of the lines with the entries, by line and rank; the order of what is given never matters.

    `lines` are those of every own account (a transfer has two), `aliases` says by `alias_key` which party a bank's
    spelling means. Decisions stay: a confirmed one uses up line and entry, a declined pair is never offered again.
    What an account's books hold goes before documents. Ties, short payments and sums without references are suggested,
    never confirmed. Source: finance.md 3 "Matching".
    """
    with collector_at_rest():
        found = _staged(
            prepared(lines, entries, decisions, accounts=accounts, aliases=aliases or {}, fees=fees),
            decisions,
        )
        # what the stages worked with is gone by now: the collector, awake again, would walk through all of it
        found.sort(key=lambda m: (m.line_id, m.rank, m.entry_kind, m.entry_id))
        return found


def _staged(work: Work, decisions: Sequence[Decided]) -> list[Match]:
    """The stages in their order; what one confirms, the next does not see."""
    for booked in (True, False):
        _by_reference(work, booked=booked)
        learn_delays(work, decisions)
        _by_payee(work, booked=booked)
    _by_processor(work)
    _by_transfer_entry(work)
    _by_transfer_line(work)
    by_score(work, _transfer_proposals(work))
    return work.matches


def _by_reference(work: Work, *, booked: bool) -> None:
    """Every reference named, the sum exact, and no other line that says the same."""
    held = () if booked else [side for side in work.open_sides() if side.account is not None]
    receipts = ByDay.of(((side.party, side.left), side) for side in held)

    def may_be_booked(line: Line) -> bool:
        near = line.day - DAYS_NEAR, line.day + DAYS_NEAR
        alike = (side for party in line.parties for side in receipts.between((party, line.left), *near))
        return any(work.admits(line, side) for side in alike)

    for bare_too in (False, True):
        lines = [line for line in work.open_lines() if line.mentioned and not may_be_booked(line)]
        groups = [(line, _named_exactly(work, line, booked=booked, bare_too=bare_too)) for line in lines]
        claims = Counter(side for _, sides in groups for side in sides)
        for line, sides in groups:
            if sides and all(claims[side] == 1 for side in sides):
                work.confirm(line, sides, "reference", *map(named_reason, sides), equal_reason(sides))


def _named_exactly(work: Work, line: Line, *, booked: bool, bare_too: bool) -> list[Side]:
    """What the line names where it adds up to the line; nothing where a part of it doesn't fit."""
    mentioned = line.mentioned if bare_too else line.named.full
    sides = [s for s in mentioned if (s.account is not None) == booked and work.admits(line, s)]
    if any(of_another(line, s) for s in sides):
        return []
    if not all(in_window(line, s) for s in sides if bare_too or s.party not in line.parties):
        return []
    if sum((s.left for s in sides), ZERO) == line.left:
        return sides
    equal = [s for s in sides if s.left == line.left]
    return equal if len(equal) == 1 and all(_one_reference(s, equal[0]) for s in sides) else []


def _one_reference(side: Side, other: Side) -> bool:
    return side.reference == other.reference or bool(citations(side.reference) & citations(other.reference))


def _by_payee(work: Work, *, booked: bool) -> None:
    """The exact amount and the same party, the only such pair in its window; of what is booked within five days."""
    sides = [side for side in work.open_sides() if side.party and (side.account is not None or not booked)]
    usual = {money_in: usual_days(work, sides, money_in=money_in) for money_in in (True, False)}
    pairs = _only_pairs(
        work,
        lambda line: ((party, line.left) for party in line.parties),
        sides,
        lambda side: ((side.party, side.left),),
        _Window(booked_nearby if booked else in_window, nearby=booked, usual=usual),
    )
    for line, side in pairs:
        if (booked or side.account is None) and not work.named_elsewhere(line, side):
            reasons = (
                equal_reason([side]),
                "payee named in full",
                date_reason(line, side),
                "nothing else of this payee fits",
            )
            work.confirm(line, [side], "payee", *reasons)


def _by_processor(work: Work) -> None:
    """A processor's payout that is one charge less its fee, the only such pair in its whole window."""
    pairs = _only_pairs(
        work,
        lambda line: ((name, line.left) for name in line.processors),
        work.open_sides(),
        lambda side: net_amounts(work, side),
        _Window(in_window),
    )
    for line, side in pairs:
        if work.named_elsewhere(line, side):
            continue
        work.confirm(line, [side], "processor", fee_reason(line, side), date_reason(line, side))


def _by_transfer_entry(work: Work) -> None:
    """A transfer that the books hold, on either of its two accounts."""
    pairs = _only_pairs(
        work,
        lambda line: (("", line.left),),
        [side for side in work.open_sides() if side.is_transfer],
        lambda side: (("", side.left),),
        _Window(booked_nearby, nearby=True),
    )
    for line, side in pairs:
        work.confirm(
            line,
            [side],
            "transfer",
            equal_reason([side]),
            "own transfer in the books",
            date_reason(line, side),
        )


@dataclass(frozen=True, slots=True)
class _Window:
    """Which days of a line and an entry go together, and, more coarsely, where to look for them.

    `nearby` says that five days bound it. `usual` holds, where it also goes by what is usual here, the usual days of
    money in (True) and out as far as they are known.
    """

    holds: Callable[[Line, Side], bool]
    nearby: bool = False
    usual: Mapping[bool, Delays | None] | None = None

    def fits(self, work: Work, line: Line, side: Side) -> bool:
        """Whether the pair lies within it and nothing else speaks against the pair."""
        return (
            work.admits(line, side)
            and self.holds(line, side)
            and not (self.usual is not None and unusual(work, line, side))
            and not told_otherwise(line, side)
        )

    def of_line(self, work: Work, line: Line) -> tuple[int, int]:
        """The days of entries that may go with the line."""
        near = (line.day - DAYS_NEAR, line.day + DAYS_NEAR)
        first, last = near if self.nearby else days_of_entries(work, line)
        usual = self._usual(money_in=line.left > 0)
        return (
            (max(first, line.day - usual.most), min(last, line.day - usual.least)) if usual else (first, last)
        )

    def of_side(self, side: Side) -> tuple[int, int]:
        """The days of lines that may go with the entry."""
        first, last = side.day - DAYS_BEFORE, side.day + DAYS_NEAR if self.nearby else side.until + DAYS_AFTER
        usual = self._usual(money_in=side.left > 0)
        return (
            (max(first, side.day + usual.least), min(last, side.day + usual.most)) if usual else (first, last)
        )

    def _usual(self, *, money_in: bool) -> Delays | None:
        return self.usual.get(money_in) if self.usual is not None else None


def _only_pairs(
    work: Work,
    line_keys: Callable[[Line], Iterable[Key]],
    sides: Iterable[Side],
    side_keys: Callable[[Side], Iterable[Key]],
    window: _Window,
) -> Iterator[tuple[Line, Side]]:
    """Pairs that share a key and have nobody else, on either side, within the window.

    What is found is taken out before the next is looked for, so a pair may become the only one by that.
    """
    keyed_lines = [(line, list(line_keys(line))) for line in work.open_lines()]
    lines_of = ByDay.of((key, line) for line, keys in keyed_lines for key in keys)
    keyed_sides = [(side, [key for key in side_keys(side) if key in lines_of]) for side in sides]
    keys_of = {side: keys for side, keys in keyed_sides if keys}
    sides_of = ByDay.of((key, side) for side, keys in keys_of.items() for key in keys)

    def only_side(line: Line, keys: Iterable[Key]) -> Side | None:
        first, last = window.of_line(work, line)
        near = (side for key in keys for side in sides_of.between(key, first, last))
        return _only(side for side in near if window.fits(work, line, side))

    def only_line(side: Side) -> Line | None:
        first, last = window.of_side(side)
        near = (line for key in keys_of[side] for line in lines_of.between(key, first, last))
        return _only(line for line in near if window.fits(work, line, side))

    waiting = [(line, keys) for line, keys in keyed_lines if any(key in sides_of for key in keys)]
    found = True
    while found:
        found = False
        for line, keys in waiting:
            side = only_side(line, keys)
            if side is not None and only_line(side) is line:
                yield line, side
                found = found or not side.left
        waiting = [(line, keys) for line, keys in waiting if line.left]


def _only(things: Iterator[Thing]) -> Thing | None:
    """The one thing there is, however often it comes; None where there is none or another."""
    first = next(things, None)
    return None if any(thing is not first for thing in things) else first


def _by_transfer_line(work: Work) -> None:
    """Two lines of two own accounts, equal and opposite, that speak of a transfer and name no payee."""
    partners = _transfer_partners(work)
    for line, others in partners.items():
        if len(others) != 1 or partners[others[0]] != [line] or not line.left:
            continue
        other = others[0]
        if _says_transfer(work, line, other) and not line.parties and not other.parties:
            for one, twin in ((line, _twin_of(other)), (other, _twin_of(line))):
                work.record(_transfer_proposal(work, one, twin, 100), "confirmed", 1)


def _transfer_partners(work: Work) -> dict[Line, list[Line]]:
    """Of every open line the lines of other own accounts that are equal and opposite within five days."""
    lines = work.open_lines()
    if len({line.fact.account for line in lines}) < 2:
        return {}
    of_amount = ByDay.of(((line.fact.currency, line.left), line) for line in lines)
    return {
        line: [
            other
            for other in of_amount.between(
                (line.fact.currency, -line.left), line.day - DAYS_NEAR, line.day + DAYS_NEAR
            )
            if other.fact.account != line.fact.account
            and (line.fact.line_id, "line", other.fact.line_id) not in work.decided
        ]
        for line in lines
    }


def _twin_of(line: Line) -> Side:
    """The line as its counterpart's account sees it."""
    fact = line.fact
    return Side(
        "line",
        fact.line_id,
        fact.account,
        line.day,
        line.day,
        -line.left,
        fact.currency,
    )


def _says_transfer(work: Work, line: Line, other: Line) -> bool:
    """Whether one names the other's account, both speak of a transfer, or one does and nobody is named."""
    pairs = ((line, other), (other, line))
    if any(_names_account(work, here, there) for here, there in pairs):
        return True
    if line.processors or other.processors:
        return False
    speaks = [_speaks_of_transfer(work, one) for one in (line, other)]
    nobody = not any(set(spelled(one).split()) - _TRANSFER_WORDS for one in (line, other))
    return all(speaks) or (any(speaks) and nobody)


def _names_account(work: Work, line: Line, other: Line) -> bool:
    known = work.accounts.get(other.fact.account)
    names = [set(words(other.fact.account)), set(words(known.name)) if known else set[str]()]
    said = _said(line)
    return any(name - BANK_WORDS and name <= said for name in names)


def _speaks_of_transfer(work: Work, line: Line) -> bool:
    said = _said(line)
    return bool(said & _TRANSFER_WORDS) or (_kind(work, line.fact.account) == "card" and "PAYMENT" in said)


def _said(line: Line) -> set[str]:
    return set(words(f"{line.fact.payee} {line.fact.description} {line.fact.reference}"))


def _kind(work: Work, account: str | None) -> str:
    known = work.accounts.get(account or "")
    return known.kind if known else ""


def _transfer_proposal(work: Work, line: Line, twin: Side, score: int) -> Proposal:
    account = work.accounts.get(twin.account or "")
    reasons = (
        f"equal and opposite to a line of {account.name if account else twin.account}",
        date_reason(line, twin, "the other line"),
    )
    kinds = {_kind(work, line.fact.account), _kind(work, twin.account)}
    stage: Stage = "processor" if "processor" in kinds else "transfer"
    return Proposal(line, ((twin, twin.left),), stage, score, reasons)


def _transfer_proposals(work: Work) -> Iterator[Proposal]:
    """Equal and opposite lines that may be a transfer, where that is not certain."""
    for line, others in _transfer_partners(work).items():
        for other in others:
            named = PAYEE_ALIKE if _says_transfer(work, line, other) else PAYEE_ALIKE // 2
            yield _transfer_proposal(work, line, _twin_of(other), AMOUNT_EQUAL + named + DATE_CLOSE)
