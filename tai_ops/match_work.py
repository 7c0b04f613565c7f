"""What a matching run works on: lines with what is left of them and what their text says, entries as accounts see them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from tai_ops.match_facts import (
    DAYS_AFTER,
    DAYS_BEFORE,
    DAYS_NEAR,
    MOST_GARBLED_SIGNS,
    BankLine,
    Decided,
    Delays,
    Match,
    MatchedKind,
    MatchState,
    OpenEntry,
    OwnAccount,
    ProcessorFee,
    Stage,
)
from tai_ops.match_near import in_order
from tai_ops.money import ZERO, money_text
from tai_ops.payee import (
    Found,
    Names,
    References,
    alias_key,
    bare_number,
    citations,
    garbled_signs,
    party_name,
    reference_words,
    spelling,
    words,
)

Key = tuple[str, Decimal]


@dataclass(slots=True, eq=False)
class Side:
    """An entry as one account sees it (a transfer's entry has two), or the other line of an own transfer.

    `day` is its date and `until` the end of its term, as days since the year 1.
    """

    kind: MatchedKind
    entry_id: str
    account: str | None
    day: int
    until: int
    left: Decimal
    currency: str
    reference: str = ""
    party: str = ""
    is_transfer: bool = False

    @property
    def label(self) -> str:
        """What a person calls it: its reference, else its id."""
        return self.reference or self.entry_id

    @property
    def key(self) -> tuple[str, str, str]:
        """Which it is: the two sides of a transfer's entry are two."""
        return self.kind, self.entry_id, self.account or ""

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Earlier terms first, then by id, so that the order of the input never shows."""
        return self.until, self.kind, self.entry_id, self.account or ""


@dataclass(slots=True, eq=False)
class Line:
    """A bank line, what is left of it, the parties that its text names, and the one its spelling is learned to mean.

    `day` is its date as days since the year 1.
    """

    fact: BankLine
    day: int
    left: Decimal
    parties: frozenset[str]
    learned: str
    named: Found[Side]
    processors: tuple[str, ...]

    @property
    def payees(self) -> frozenset[str]:
        """Whom it may be about: named or learned."""
        return self.parties | {self.learned} if self.learned else self.parties

    @property
    def mentioned(self) -> tuple[Side, ...]:
        """What the text names, in full or by its number alone."""
        return self.named.full + self.named.bare


@dataclass(slots=True, eq=False)
class Proposal:
    """A line with one side or several, how much of each, and why."""

    line: Line
    parts: tuple[tuple[Side, Decimal], ...]
    stage: Stage
    score: int
    reasons: tuple[str, ...]
    may_confirm: bool = False

    @property
    def sides(self) -> list[Side]:
        """What it pairs the line with, each once."""
        return [side for side, _ in self.parts]

    @property
    def in_books(self) -> bool:
        """Whether the account's own books hold it, rather than a document that any account may settle."""
        return self.parts[0][0].account == self.line.fact.account

    @property
    def order(self) -> tuple[bool, int, int, list[tuple[int, str, str, str]]]:
        """The best first: the account's books before documents, then by score, fewer entries before more."""
        return not self.in_books, -self.score, len(self.parts), [side.order for side in self.sides]


@dataclass(slots=True)
class Work:
    """Lines and sides in a fixed order, what may not be paired, and the matches found so far."""

    lines: list[Line]
    sides: list[Side]
    accounts: Mapping[str, OwnAccount]
    fees: Mapping[str, Sequence[ProcessorFee]]
    decided: frozenset[tuple[str, str, str]]
    declined_spellings: frozenset[tuple[str, str]]
    matches: list[Match]
    confirmed: list[tuple[Line, Side]]
    delays: dict[tuple[bool, bool], Delays]
    longest_term: int
    books_begin: Mapping[str, int]
    lines_left: list[Line]
    sides_left: list[Side]
    named_by: Mapping[Side, Sequence[Line]]

    def open_lines(self) -> list[Line]:
        """Lines with something left, by date and id."""
        self.lines_left = [line for line in self.lines_left if line.left]
        return self.lines_left

    def open_sides(self) -> list[Side]:
        """Sides with something left, by term and id."""
        self.sides_left = [side for side in self.sides_left if side.left]
        return self.sides_left

    def admits(self, line: Line, side: Side) -> bool:
        """Whether the pair may be looked at at all: both open, one currency, direction and account, not decided."""
        return (
            line.left * side.left > 0
            and side.account in {None, line.fact.account}
            and side.currency == line.fact.currency
            and not (self.books_begin and side.account is not None and self._opening_between(line, side))
            and not (self.decided and (line.fact.line_id, side.kind, side.entry_id) in self.decided)
        )

    def named_elsewhere(self, line: Line, side: Side) -> bool:
        """Whether another open line names the entry in full: then it is not certain to be this one's.

        Where this line names it too, only one of the entry's own amount is as good.
        """
        others = [other for other in self.named_by.get(side, ()) if other is not line]
        if others and side in line.named.full:
            others = [other for other in others if other.left == side.left]
        return any(self.admits(other, side) for other in others)

    def _opening_between(self, line: Line, side: Side) -> bool:
        """Whether the account's books begin between the two: the opening balance holds the earlier one."""
        begins = self.books_begin.get(line.fact.account)
        return begins is not None and (line.day < begins) != (side.day < begins)

    def confirm(self, line: Line, sides: Iterable[Side], stage: Stage, *reasons: str) -> None:
        """Confirms the line with the sides, without a score."""
        self.record(Proposal(line, split(line.left, sides), stage, 100, reasons), "confirmed", 1)

    def record(self, proposal: Proposal, state: MatchState, rank: int) -> None:
        """Writes the proposal's matches down; a confirmed one uses up its line and sides, of a payout the fee too."""
        line, stage = proposal.line, proposal.stage
        for side, amount in proposal.parts:
            found = Match(
                line_id=line.fact.line_id,
                entry_kind=side.kind,
                entry_id=side.entry_id,
                amount=amount,
                left_open=side.left - amount,
                state=state,
                rank=rank,
                score=proposal.score,
                stage=stage,
                reasons=proposal.reasons,
            )
            self.matches.append(found)
            if state == "confirmed":
                self.confirmed.append((line, side))
                line.left -= amount
                side.left = ZERO if stage == "processor" else found.left_open


def prepared(
    lines: Sequence[BankLine],
    entries: Sequence[OpenEntry],
    decisions: Sequence[Decided],
    *,
    accounts: Sequence[OwnAccount],
    aliases: Mapping[str, str],
    fees: Mapping[str, Sequence[ProcessorFee]],
) -> Work:
    """The facts made ready: sorted, less what decisions used up, each line's text read once."""
    held = [d for d in decisions if d.state == "confirmed"]
    decided = frozenset((d.line_id, d.entry_kind, d.entry_id) for d in decisions)
    sides = in_order(_sides(entries, held), lambda side: side.until, lambda side: side.key)
    parties = {key: party_name(party) for key, party in aliases.items()}
    reader = _Reader(
        names=Names.of({side.party for side in sides}.union(parties.values())),
        references=References.of((side.reference, side) for side in sides if side.left),
        aliases=parties,
        processors=tuple(fees),
    )
    used = _used_of_lines(held)
    sorted_lines = in_order(lines, lambda line: line.booked_on.toordinal(), lambda line: (line.line_id,))
    read = [reader.read(line, _left(line.amount, used.get(line.line_id))) for line in sorted_lines]
    named_by: defaultdict[Side, list[Line]] = defaultdict(list)
    for line in read:
        for side in line.named.full:
            named_by[side].append(line)
    return Work(
        lines=read,
        sides=sides,
        accounts={account.account: account for account in accounts},
        fees=fees,
        decided=decided | {(other, "line", line) for line, kind, other in decided if kind == "line"},
        declined_spellings=_declined_spellings(decisions, read, sides),
        matches=[],
        confirmed=[],
        delays={},
        longest_term=max((side.until - side.day for side in sides), default=0),
        books_begin={a.account: a.books_begin.toordinal() for a in accounts if a.books_begin is not None},
        lines_left=read,
        sides_left=sides,
        named_by=named_by,
    )


def _sides(entries: Iterable[OpenEntry], held: Iterable[Decided]) -> Iterator[Side]:
    """Every entry's side or sides, less what confirmed decisions used up."""
    used: defaultdict[tuple[str, str, str | None], Decimal] = defaultdict(lambda: ZERO)
    two_sided = {(e.kind, e.entry_id): e.counter_account for e in entries if e.counter_account}
    for d in held:
        counter = two_sided.get((d.entry_kind, d.entry_id))
        used[d.entry_kind, d.entry_id, d.account if d.account == counter else None] += d.amount
    for e in entries:
        day = e.dated_on.toordinal()
        term = (day, max(day, e.due_on.toordinal()) if e.due_on else day)
        text = (e.currency, e.reference, party_name(e.party), e.counter_account is not None)
        left = _left(e.residual, used.get((e.kind, e.entry_id, None)) if used else None)
        yield Side(e.kind, e.entry_id, e.account, *term, left, *text)
        if e.counter_account:
            left = _left(-e.amount, used.get((e.kind, e.entry_id, e.counter_account)))
            yield Side(e.kind, e.entry_id, e.counter_account, *term, left, *text)


def _used_of_lines(held: Sequence[Decided]) -> Mapping[str, Decimal]:
    """How much of each line confirmed decisions used up; a transfer decided from one side counts on both."""
    used: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    from_both = {(d.line_id, d.entry_id) for d in held if d.entry_kind == "line"}
    for d in held:
        used[d.line_id] += d.amount
        if d.entry_kind == "line" and (d.entry_id, d.line_id) not in from_both:
            used[d.entry_id] -= d.amount
    return used


@dataclass(frozen=True, slots=True)
class _Reader:
    """What can be found in a line's text."""

    names: Names
    references: References[Side]
    aliases: Mapping[str, str]
    processors: tuple[str, ...]

    def read(self, line: BankLine, left: Decimal) -> Line:
        """The line with what its text says; nothing is read of a line that is used up."""
        day = line.booked_on.toordinal()
        if not left:
            return Line(line, day, left, frozenset(), "", Found((), (), frozenset(), ()), ())
        return Line(
            fact=line,
            day=day,
            left=left,
            parties=self._parties(line),
            learned=self._learned(line),
            named=self.references.named_in(f"{line.payee} | {line.description} | {line.reference}"),
            processors=self._processors(line) if left > 0 else (),
        )

    def _parties(self, line: BankLine) -> frozenset[str]:
        payee, described = self.names.named_in(line.payee), self.names.named_in(line.description)
        return payee | described if payee and described else payee or described

    def _learned(self, line: BankLine) -> str:
        key = alias_key(line.payee, line.description) if self.aliases else ""
        return self.aliases.get(key, "") if key else ""

    def _processors(self, line: BankLine) -> tuple[str, ...]:
        text = f"{line.payee} {line.description}".upper()
        named = [name for name in self.processors if name in text]
        return tuple(name for name in named if name in words(text)) if named else ()


def _declined_spellings(
    decisions: Iterable[Decided], lines: Iterable[Line], sides: Iterable[Side]
) -> frozenset[tuple[str, str]]:
    """Spellings that a person said do not mean a party; of one that names it, the entry was wrong, not the party."""
    declined = [d for d in decisions if d.state == "declined"]
    if not declined:
        return frozenset()
    line_of = {line.fact.line_id: line for line in lines}
    party_of = {(side.kind, side.entry_id): side.party for side in sides}
    known = [d for d in declined if d.line_id in line_of]
    pairs = [(line_of[d.line_id], party_of.get((d.entry_kind, d.entry_id), "")) for d in known]
    return frozenset((spelled(line), party) for line, party in pairs if party and party not in line.parties)


def _left(whole: Decimal, used: Decimal | None) -> Decimal:
    """What is left, never beyond zero."""
    if used is None:
        return whole
    left = whole - used
    return left if left * whole > 0 else ZERO


def split(amount: Decimal, sides: Iterable[Side]) -> tuple[tuple[Side, Decimal], ...]:
    """The amount over the sides in their order, none more than it has open."""
    parts: list[tuple[Side, Decimal]] = []
    for side in sides:
        part = min(amount, side.left, key=abs)
        if part:
            parts.append((side, part))
        amount -= part
    return tuple(parts)


def spelled(line: Line) -> str:
    """What the line's text says of its payee."""
    return spelling(f"{line.fact.payee} {line.fact.description}")


def told_otherwise(line: Line, side: Side) -> bool:
    """Whether the text names another payee, or another number of the reference's own kind."""
    return of_another(line, side) or _cites_another(line, side)


def of_another(line: Line, side: Side) -> bool:
    """Whether the text names payees, and not this one's."""
    return bool(line.parties and side.party and side.party not in line.parties)


def _cites_another(line: Line, side: Side) -> bool:
    if not side.reference:
        return False
    if line.named.numbers and _bare_rival(line, side):
        return True
    if not line.named.cited:
        return False
    own = citations(side.reference)
    rivals = {prefix for prefix, _ in own} & {prefix for prefix, _ in line.named.cited}
    return bool(rivals) and not own & line.named.cited


def _bare_rival(line: Line, side: Side) -> bool:
    """Whether the text holds, bare, a number written like the reference's own, with its leading noughts, and not it."""
    own = bare_number(side.reference)
    if not own.startswith("0"):
        return False
    alike = {n for n in line.named.numbers if len(n) == len(own) and n.startswith("0")}
    return bool(alike) and own not in alike


def in_window(line: Line, side: Side) -> bool:
    """Whether the line lies between five days before the entry's date and 120 days after it was due."""
    return side.day - line.day <= DAYS_BEFORE and line.day - side.until <= DAYS_AFTER


def days_of_entries(work: Work, line: Line) -> tuple[int, int]:
    """The first and last day of entries that may lie in the line's window, whatever their term."""
    return line.day - DAYS_AFTER - work.longest_term, line.day + DAYS_BEFORE


def booked_nearby(line: Line, side: Side) -> bool:
    """Whether the account's own books hold it within five days of the line."""
    return side.account is not None and abs(line.day - side.day) <= DAYS_NEAR


def signs_off(line: Line, side: Side) -> int:
    """By how many signs the text misses the entry's reference; 0 where it does not nearly name it."""
    if not side.reference:
        return 0
    said = reference_words(f"{line.fact.payee} {line.fact.description} {line.fact.reference}")
    return garbled_signs(said, side.reference, MOST_GARBLED_SIGNS) if said else 0


def net_amounts(work: Work, side: Side) -> list[Key]:
    """What a charge leaves after each processor's fee; nothing for money out."""
    if side.left <= 0 or side.kind == "bill":
        return []
    return [(name, side.left - fee.of(side.left)) for name, fees in work.fees.items() for fee in fees]


def days_off(line: Line, side: Side) -> int:
    """Days by which the line lies before the entry's date (negative) or after its due date; 0 within."""
    return min(line.day - side.day, 0) or max(line.day - side.until, 0)


def equal_reason(sides: Sequence[Side]) -> str:
    """That the amount is met."""
    return "amount equal to the cent" if len(sides) == 1 else f"{len(sides)} amounts add up to the cent"


def short_reason(sides: Sequence[Side], short: Decimal) -> str:
    """By how much the amount is missed, and that it stays open."""
    whole = sum((abs(side.left) for side in sides), ZERO)
    return f"{money_text(short)} short of the open {money_text(whole)}: that much stays open"


def named_reason(side: Side) -> str:
    """That the text names it."""
    noun = side.kind if side.kind in {"invoice", "bill"} else "reference"
    return f"{noun} {side.label} named in the text"


def fee_reason(line: Line, side: Side) -> str:
    """Which fee lies between the charge and the payout."""
    return f"amount equal to the cent after the processor's fee of {money_text(side.left - line.left)}"


def date_reason(line: Line, side: Side, noun: str = "") -> str:
    """How the line's date lies to the entry's, in words."""
    return _days_reason(days_off(line, side), side.until != side.day, noun)


@lru_cache(maxsize=4096)
def _days_reason(days: int, due: bool, noun: str) -> str:
    if not days:
        return "dated before its due date" if due else f"on the same day{' as ' + noun if noun else ''}"
    much = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    if days < 0:
        return f"{much} before {noun or 'its date'}"
    return f"{much} after {noun or ('the due date' if due else 'its date')}"
