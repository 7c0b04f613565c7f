"""The cash that open proposals may bring: deposits and balances by the day they are expected, and what that makes of the runway.

Source: Runbook 3 (deposit on signature, balance on go-live); requirements.md section 6, cash-aware pipeline. The licence is
invoiced when its term begins and is no part of this. Amounts are in the company's currency.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Literal

from tai_ops.board import Board
from tai_ops.capacity import Workload, feasible_kickoffs
from tai_ops.cash import cash_out_on
from tai_ops.checklist import onboarding_plan_dates
from tai_ops.money import ZERO, cents
from tai_ops.period import Month
from tai_ops.pipeline import OPEN_STAGES, Deal, Proposal
from tai_ops.proposal_state import ProposalState
from tai_ops.words import counted, day

OPEN_PROPOSALS = ("draft", "in_review", "approved", "sent", "viewed")
VALID_DAYS = 30
Part = Literal["deposit", "balance"]
PARTS: tuple[Part, Part] = ("deposit", "balance")


@dataclass(frozen=True, slots=True)
class Receipt:
    """One payment that an open proposal may bring: amount (None where it has no price), chance in per cent, its days.

    `basis` says where the day comes from; where there is none, why.
    """

    proposal_id: str
    deal_id: str
    company: str
    part: Part
    amount: Decimal | None
    chance_pct: Decimal | None
    invoiced_on: date | None
    expected_on: date | None
    basis: str

    @property
    def weighted(self) -> Decimal | None:
        """Amount × chance, in money."""
        return (
            None
            if self.amount is None or self.chance_pct is None
            else cents(self.amount * self.chance_pct / 100)
        )

    @property
    def placed(self) -> bool:
        """Whether amount, chance and day are all known."""
        return self.expected_on is not None and self.weighted is not None


@dataclass(frozen=True, slots=True)
class MonthAhead:
    """The receipts expected in a month: by chance with one standard deviation, and if every proposal is signed (at least 0)."""

    month: Month
    weighted: Decimal
    spread: Decimal
    every: Decimal
    n: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """How long the cash lasts with some receipts: months and day, None where nothing burns; `path` is cash by day, in money."""

    months: Decimal | None
    cash_out_on: date | None
    path: tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class CashAhead:
    """The range that open proposals make of the runway: none signed, each by its chance, every one signed.

    The three are None where cash or burn is not known; `reason` then says which.
    """

    receipts: tuple[Receipt, ...]
    as_of: date
    none: Outlook | None
    weighted: Outlook | None
    every: Outlook | None
    reason: str | None

    @property
    def placed(self) -> tuple[Receipt, ...]:
        """The receipts that have amount, chance and day: those that the range counts."""
        return tuple(one for one in self.receipts if one.placed)

    @property
    def left_out(self) -> tuple[Receipt, ...]:
        """The receipts that the range leaves out: their day, amount or chance is not known."""
        return tuple(one for one in self.receipts if not one.placed)

    @property
    def total(self) -> tuple[Decimal, Decimal]:
        """All placed receipts in money: by chance, and if every proposal is signed."""
        return _sums(self.placed)


def cash_ahead(board: Board, work: Workload | None) -> CashAhead:
    """What the open proposals of a board may bring in cash, and how far it stretches the runway.

    `work` are the hours that kickoffs need, for proposals whose kickoff nobody has typed yet.
    """
    receipts = expected_receipts(board, work)
    as_of, cash, burn = board.window.day, board.cash.total, board.runway.average_net_burn
    placed = [one for one in receipts if one.placed]
    if cash is None or burn is None:
        why = board.runway.reason if burn is None else "cash is not known"
        return CashAhead(receipts, as_of, None, None, None, why or "no data")
    by_chance = [(one.expected_on, one.weighted) for one in placed if one.expected_on and one.weighted]
    all_of_it = [(one.expected_on, one.amount) for one in placed if one.expected_on and one.amount]
    return CashAhead(
        receipts,
        as_of,
        outlook(cash, burn, as_of, ()),
        outlook(cash, burn, as_of, by_chance),
        outlook(cash, burn, as_of, all_of_it),
        None if burn > 0 else "not burning",
    )


def outlook(
    cash: Decimal, average_net_burn: Decimal, as_of: date, receipts: Iterable[tuple[date, Decimal]]
) -> Outlook:
    """How long that cash lasts at that burn a month, with receipts on their days; one that comes too late doesn't count."""
    ordered = sorted(receipts)
    total = max(cash, ZERO)
    if average_net_burn <= 0:
        ends = max([as_of + timedelta(days=365), *(on for on, _ in ordered)])
        return Outlook(None, None, _path(total, average_net_burn, as_of, ordered, ends))
    arrived: list[tuple[date, Decimal]] = []
    for on, amount in ordered:
        out = cash_out_on(as_of, total / average_net_burn)
        if out is not None and on > out:
            break
        arrived.append((on, amount))
        total += amount
    months = total / average_net_burn
    out = cash_out_on(as_of, months)
    return Outlook(
        months,
        out,
        _path(
            max(cash, ZERO),
            average_net_burn,
            as_of,
            arrived,
            out or as_of + timedelta(days=365),
            runs_out=out is not None,
        ),
    )


def _path(
    cash: Decimal,
    burn: Decimal,
    as_of: date,
    receipts: Sequence[tuple[date, Decimal]],
    ends: date,
    *,
    runs_out: bool = False,
) -> tuple[tuple[date, Decimal], ...]:
    """Cash by day: even burning, a step at each receipt."""
    total = cash + sum((amount for _, amount in receipts), ZERO)
    days = (ends - as_of).days
    a_day = total / days if runs_out and days else burn / Decimal("30.4375")
    found, level = [(as_of, cash)], cash
    for on, amount in receipts:
        before = level - a_day * (on - as_of).days
        found += [(on, cents(before)), (on, cents(before + amount))]
        level += amount
    last = level - a_day * days
    return (*found, (ends, ZERO if runs_out else cents(last)))


def by_month(receipts: Iterable[Receipt]) -> tuple[MonthAhead, ...]:
    """The placed receipts by the month they are expected in; the parts of one deal stand or fall together."""
    months: dict[Month, list[Receipt]] = {}
    for one in receipts:
        if one.placed and one.expected_on:
            months.setdefault(Month.of(one.expected_on), []).append(one)
    found: list[MonthAhead] = []
    for month, held in sorted(months.items()):
        weighted, every = _sums(held)
        deals: dict[str, list[Receipt]] = {}
        for one in held:
            deals.setdefault(one.deal_id, []).append(one)
        variance = sum((_variance(parts) for parts in deals.values()), ZERO)
        found.append(MonthAhead(month, weighted, cents(variance.sqrt()), every, len(held)))
    return tuple(found)


def _variance(parts: Sequence[Receipt]) -> Decimal:
    amount, chance = sum((one.amount or ZERO for one in parts), ZERO), (parts[0].chance_pct or ZERO) / 100
    return amount * amount * chance * (1 - chance)


def _sums(receipts: Iterable[Receipt]) -> tuple[Decimal, Decimal]:
    held = list(receipts)
    return sum((one.weighted or ZERO for one in held), ZERO), sum((one.amount or ZERO for one in held), ZERO)


# --- What is expected, and when


def expected_receipts(board: Board, work: Workload | None) -> tuple[Receipt, ...]:
    """Deposit and balance of each open proposal whose deal is open, the first expected first, those without a day last.

    Of several open proposals of a deal the newest counts. One whose thirty days are over counts no more.
    """
    f, on = board.facts, board.window.day
    deals = {deal.deal_id: deal for deal in f.deals if deal.stage in (*OPEN_STAGES, "lead")}
    names = {one.prospect_id: one.company for one in f.prospects}
    newest: dict[str, Proposal] = {}
    for one in sorted(f.proposals, key=lambda p: (p.requested_at, p.proposal_id)):
        if one.deal_id in deals and one.status in OPEN_PROPOSALS and not _is_over(board, one):
            newest[one.deal_id] = one
    slip, slipped = go_live_slip(board)
    found: list[Receipt] = []
    for deal_id, one in newest.items():
        deal = deals[deal_id]
        state = f.proposal_states.get(one.proposal_id, ProposalState(one.proposal_id))
        chance = (
            f.company.stage_probability_pct.get(deal.stage)
            if deal.probability_pct is None
            else deal.probability_pct
        )
        deposit = state.deposit
        if deposit is None and one.services is not None:
            deposit = cents(one.services * f.company.deposit_pct / 100)
        rest = None if deposit is None or one.services is None else one.services - deposit
        signed, why = _signature(deal, on)
        live, how = _go_live(board, work, state, signed)
        if live is not None and slip:
            live, how = live + timedelta(days=slip), f"{how} + {counted(slip, 'day')}, {slipped}"
        company = names.get(deal.prospect_id, deal_id)
        for part, amount, comes in zip(PARTS, (deposit, rest), ((signed, why), (live, how)), strict=True):
            if amount != 0:
                invoiced, paid, basis = _terms(board, *comes, priced=amount is not None)
                found.append(
                    Receipt(one.proposal_id, deal_id, company, part, amount, chance, invoiced, paid, basis)
                )
    return tuple(
        sorted(found, key=lambda one: (one.expected_on or date.max, one.proposal_id, one.part != "deposit"))
    )


def _terms(
    board: Board, due: date | None, basis: str, *, priced: bool
) -> tuple[date | None, date | None, str]:
    """The day of the invoice, the day it is paid by its terms, and where they come from; no day once it is over."""
    days = board.facts.company.payment_days
    if due is not None and due < board.window.day:
        due, basis = None, f"{basis} is over"
    paid = due + timedelta(days=days) if due else None
    said = f"{basis} + {counted(days, 'day')} to pay" if paid else basis
    return due, paid, said if priced else f"no price yet; {said}"


def _is_over(board: Board, one: Proposal) -> bool:
    sent = one.sent_at
    return (
        sent is not None
        and board.facts.calendar.local_date(sent) + timedelta(days=VALID_DAYS) < board.window.day
    )


def _signature(deal: Deal, on: date) -> tuple[date | None, str]:
    close = deal.expected_close_on
    if close is None:
        return None, "no signature is expected on a day: the deal has no expected close"
    if close < on:
        return None, f"the deal's expected close of {day(close)} is over"
    return close, f"expected close {day(close)}"


def _go_live(
    board: Board, work: Workload | None, state: ProposalState, signed: date | None
) -> tuple[date | None, str]:
    """The go-live: as the proposal has it, else the cutover of its kickoff's plan, else of the first kickoff with room."""
    calendar = board.facts.calendar
    if state.go_live_on is not None:
        return state.go_live_on, f"go-live {day(state.go_live_on)} of the proposal"
    kickoff, whose = state.kickoff_on, "of the proposal"
    if kickoff is None or not calendar.is_business_day(kickoff):
        if signed is None:
            return None, "no go-live: neither a kickoff nor an expected close is known"
        offers = feasible_kickoffs(work, count=1, after=signed) if work else ()
        if not offers:
            return None, "no go-live: CSM and CTO have no hours for a kickoff"
        kickoff, whose = offers[0], "has room"
    live = onboarding_plan_dates(kickoff, calendar).cutover_on
    return live, f"go-live {day(live)} (kickoff {day(kickoff)} {whose})"


def go_live_slip(board: Board) -> tuple[int, str]:
    """By how many days go-lives came later than their plan's cutover: the median, never below 0, and of how many."""
    live = {one.customer_id: one.go_live_on for one in board.facts.customers if one.go_live_on}
    late = [
        (live[one.customer_id] - onboarding_plan_dates(one.kickoff_on, board.facts.calendar).cutover_on).days
        for one in board.facts.onboardings
        if live.get(one.customer_id, date.max) <= board.window.day
        and board.facts.calendar.is_business_day(one.kickoff_on)
    ]
    if not late:
        return 0, ""
    return max(0, int(median(late))), f"the median slip of {counted(len(late), 'onboarding')}"
