"""The sales pipeline: stages and their value, weighting, win rate, velocity, leads, and the proposal clock.

A deal's amount is its Year-1 value and its stage is what is stored. Open means discovery, proposal or closing:
a lead is not in the pipeline yet, nurture has left it, won and lost are closed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from statistics import median
from typing import Literal

from tai_ops.figure import Figure
from tai_ops.money import ZERO, percent, ratio
from tai_ops.period import BusinessCalendar, Month, add_months

Stage = Literal["lead", "discovery", "proposal", "closing", "won", "lost", "nurture"]
ProposalStatus = Literal[
    "draft", "in_review", "approved", "sent", "viewed", "accepted", "declined", "expired"
]

OPEN_STAGES: tuple[Stage, ...] = ("discovery", "proposal", "closing")
ROTTING_DAYS: Mapping[str, int] = {"discovery": 15, "proposal": 10, "closing": 15}
FEW_CLOSED = 10


@dataclass(frozen=True, slots=True)
class Prospect:
    """A company that may become a customer."""

    prospect_id: str
    company: str
    contact: str | None
    email: str | None
    industry: str | None
    source: str | None
    owner_email: str | None
    created_on: date
    warehouses: int | None
    items: int | None
    current_system: str | None


@dataclass(frozen=True, slots=True)
class Deal:
    """One sale in the making; `amount` is its Year-1 value, `stage` where it stands now."""

    deal_id: str
    prospect_id: str
    stage: Stage
    amount: Decimal | None
    probability_pct: Decimal | None
    entered_stage_on: date | None
    expected_close_on: date | None
    closed_on: date | None
    lost_reason: str | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal that was asked for; `sent_at` is its first sending."""

    proposal_id: str
    deal_id: str
    requested_at: datetime
    sent_at: datetime | None
    services: Decimal | None
    licence: Decimal | None
    status: ProposalStatus

    @property
    def year_1(self) -> Decimal | None:
        """Year-1 value in money: services + licence (P5); a part not priced adds nothing, None where neither is."""
        priced = [part for part in (self.services, self.licence) if part is not None]
        return sum(priced, ZERO) if priced else None


@dataclass(frozen=True, slots=True)
class Promise:
    """A proposal's promise of 24 hours that was decided: when it was due, and whether it was kept."""

    proposal: Proposal
    due_at: datetime
    kept: bool


@dataclass(frozen=True, slots=True)
class StageEntry:
    """A recorded step of a deal's history: the stage that it entered, and when."""

    deal_id: str
    stage: Stage
    entered_on: date


@dataclass(frozen=True, slots=True)
class StageSum:
    """Deals of a stage: their amount in money (None where deals are there and none has an amount), and how many."""

    amount: Decimal | None
    n: int
    n_without_amount: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and their value in money (None where there are some and none has a value)."""

    n: int
    value: Decimal | None
    n_without_value: int


@dataclass(frozen=True, slots=True)
class LeadTally:
    """New leads: how many, their value in money, and what share of that value is an estimate (per cent)."""

    n: int
    value: Decimal | None
    n_without_value: int
    estimated_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class Weighted:
    """An expected value and its spread (one standard deviation), in money, over `n` deals.

    Both are None where deals are there and none of them could be weighted.
    """

    value: Decimal | None
    spread: Decimal | None
    n: int
    n_left_out: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the open pipeline covers a gap: times covered, times required, value expected of it, per cent of gap."""

    coverage: Decimal | None
    required: Decimal | None
    expected: Decimal | None
    expected_pct: Decimal | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StageAge:
    """How long an open deal has stood in its stage (business days), and whether it is rotting there."""

    deal_id: str
    stage: Stage
    age_days: int | None
    limit_days: int
    rotting: bool | None


def by_stage(deals: Iterable[Deal]) -> dict[str, StageSum]:
    """Amount in money and number of the open deals: discovery, proposal, closing, and `total`.

    Source: Runbook 5, Sales Pipeline Review. Leaves out lead, nurture, won and lost. A deal without an amount
    counts as a deal and adds no money.
    """
    rows = [deal for deal in deals if deal.stage in OPEN_STAGES]
    sums = {stage: _stage_sum([deal for deal in rows if deal.stage == stage]) for stage in OPEN_STAGES}
    return {**sums, "total": _stage_sum(rows)}


def weighted(deals: Iterable[Deal], default_pct: Mapping[str, Decimal]) -> Weighted:
    """Expected value of the open pipeline, and its spread, in money.

    Source: requirements.md section 8, E19, E20: value = Σ v·p, spread = √Σ v²·p·(1−p). A deal's own probability
    wins over its stage's default. Leaves out what is not open and, counted in `n_left_out`, the deals without an
    amount or a probability.
    """
    open_deals = [deal for deal in deals if deal.stage in OPEN_STAGES]
    known = [pair for deal in open_deals if (pair := _value_and_chance(deal, default_pct)) is not None]
    left_out = len(open_deals) - len(known)
    if left_out and not known:
        return Weighted(None, None, 0, left_out)
    value = sum((v * p for v, p in known), ZERO)
    variance = sum((v * v * p * (1 - p) for v, p in known), ZERO)
    return Weighted(value, variance.sqrt(), len(known), left_out)


def forecast(deals: Iterable[Deal], default_pct: Mapping[str, Decimal]) -> dict[Month | None, Weighted]:
    """The weighted pipeline by the month in which the deals are expected to close, in order.

    Source: E28. Deals without an expected date stand last, under None. Leaves out what `weighted` leaves out.
    """
    months: dict[Month | None, list[Deal]] = {}
    dated = (deal for deal in deals if deal.stage in OPEN_STAGES)
    for deal in sorted(
        dated, key=lambda deal: (deal.expected_close_on is None, deal.expected_close_on or date.min)
    ):
        month = Month.of(deal.expected_close_on) if deal.expected_close_on else None
        months.setdefault(month, []).append(deal)
    return {month: weighted(rows, default_pct) for month, rows in months.items()}


def win_rate(
    deals: Iterable[Deal], stage_entries: Iterable[StageEntry], proposals: Iterable[Proposal], on: date
) -> Figure:
    """Win rate in per cent: won / (won + lost) of the deals closed in the twelve months up to and with that day.

    Source: requirements.md section 8, E25. Leaves out a lost deal whose recorded history shows earlier stages, none
    of them proposal or closing, and that has no proposal: it never reached Proposal (a PASS at BANT). A lost deal
    without history counts, and the reason says so. Closed deals without a date can't be placed and are left out.
    None where nothing closed; fewer than ten are marked `few`.
    """
    rows = list(deals)
    counted, unrecorded = _decided(rows, stage_entries, proposals, on)
    undated = sum(deal.stage in {"won", "lost"} and deal.closed_on is None for deal in rows)
    n = len(counted)
    reason = _joined(
        "no deal closed in 12 months" if n == 0 else f"few: {n} closed" if n < FEW_CLOSED else None,
        f"{len(unrecorded)} lost without a recorded history counted" if unrecorded else None,
        f"{undated} closed without a date left out" if undated else None,
    )
    return Figure(percent(sum(deal.stage == "won" for deal in counted), n), reason, n)


def decided(
    deals: Iterable[Deal], stage_entries: Iterable[StageEntry], proposals: Iterable[Proposal], on: date
) -> list[Deal]:
    """The deals that the win rate counts: won or lost in the twelve months up to and with that day."""
    return _decided(list(deals), stage_entries, proposals, on)[0]


def cycle_days(
    deals: Iterable[Deal], stage_entries: Iterable[StageEntry], prospects: Iterable[Prospect], on: date
) -> Figure:
    """Median sales cycle in calendar days of the deals won in the twelve months up to and with that day.

    Source: requirements.md section 8 (velocity). A cycle runs to the closing date from the first recorded entry into
    lead or discovery, else from the day the prospect was created. Leaves out won deals with neither; None where no
    deal is left.
    """
    began = {prospect.prospect_id: prospect.created_on for prospect in prospects}
    entered: dict[str, date] = {}
    for entry in stage_entries:
        if entry.stage in {"lead", "discovery"}:
            entered[entry.deal_id] = min(entry.entered_on, entered.get(entry.deal_id, entry.entered_on))
    days: list[Decimal] = []
    for deal in _closed_in_year(deals, on):
        start = entered.get(deal.deal_id) or began.get(deal.prospect_id)
        if deal.stage == "won" and deal.closed_on and start and start <= deal.closed_on:
            days.append(Decimal((deal.closed_on - start).days))
    return (
        Figure(median(days), None, len(days)) if days else Figure(None, "no won deal with a known start", 0)
    )


def velocity(
    open_n: int, average: Decimal | None, win_rate_pct: Decimal | None, cycle_days: Decimal | None
) -> Figure:
    """Sales velocity in money per day: open deals × average value × win rate / cycle days.

    Source: requirements.md section 8, E21-E23. None where a factor is unknown or the cycle takes no day.
    """
    if open_n == 0 or average is None:
        return Figure(None, "no open deal with an amount", open_n)
    if win_rate_pct is None:
        return Figure(None, "no win rate", open_n)
    if not cycle_days:
        return Figure(None, "no sales cycle", open_n)
    return Figure(open_n * average * win_rate_pct / 100 / cycle_days, None, open_n)


def sales_velocity(
    deals: Iterable[Deal],
    stage_entries: Iterable[StageEntry],
    proposals: Iterable[Proposal],
    prospects: Iterable[Prospect],
    on: date,
) -> Figure:
    """Sales velocity in money per day from the deals themselves: `velocity` of open deals, `win_rate`, `cycle_days`.

    Source: requirements.md section 8. Qualified means open (discovery, proposal, closing). Leaves out open deals
    without an amount, and says how many. None where a factor is; the reason carries what limits the win rate.
    """
    rows, entries = list(deals), list(stage_entries)
    amounts = [deal.amount for deal in rows if deal.stage in OPEN_STAGES and deal.amount is not None]
    without = sum(deal.stage in OPEN_STAGES and deal.amount is None for deal in rows)
    rate = win_rate(rows, entries, proposals, on)
    cycle = cycle_days(rows, entries, prospects, on)
    found = velocity(len(amounts), ratio(sum(amounts, ZERO), len(amounts)), rate.value, cycle.value)
    left_out = f"{without} without an amount left out" if without else None
    return Figure(found.value, _joined(found.reason, rate.reason, left_out), found.n)


def coverage(
    open_amount: Decimal | None, target_gap: Decimal | None, win_rate_pct: Decimal | None
) -> Coverage:
    """Pipeline coverage: open / gap (times), required = 1 / win rate (times), expected = open × win rate (money).

    Source: requirements.md section 8, E24; `expected_pct` is the expected value as a share of the gap. Coverage is
    None where the pipeline or the gap is unknown, or the target is reached already; required is None without wins.
    """
    required = None if win_rate_pct is None else ratio(100, win_rate_pct)
    expected = None if open_amount is None or win_rate_pct is None else open_amount * win_rate_pct / 100
    if open_amount is None:
        return Coverage(None, required, expected, None, "no open amount")
    if target_gap is None:
        return Coverage(None, required, expected, None, "no target")
    if target_gap <= 0:
        return Coverage(None, required, expected, None, "target reached")
    expected_pct = None if expected is None else percent(expected, target_gap)
    reason = "no win rate" if win_rate_pct is None else "no deal won" if required is None else None
    return Coverage(open_amount / target_gap, required, expected, expected_pct, reason)


def stage_age(deal: Deal, on: date, calendar: BusinessCalendar) -> int | None:
    """Business days that a deal has stood in its stage, to the end of that day.

    Source: requirements.md section 8. None where its entry is unknown or later than the day.
    """
    if deal.entered_stage_on is None or deal.entered_stage_on > on:
        return None
    return calendar.business_days_between(deal.entered_stage_on, on)


def stage_ages(
    deals: Iterable[Deal], on: date, calendar: BusinessCalendar, limits: Mapping[str, int] = ROTTING_DAYS
) -> tuple[StageAge, ...]:
    """The age of every open deal in business days, oldest first, those of unknown age last.

    Source: requirements.md section 8: a deal rots once it has stood its stage's limit (15, 10 and 15 business days).
    """
    found: list[StageAge] = []
    for deal in deals:
        if deal.stage in OPEN_STAGES:
            age, limit = stage_age(deal, on, calendar), limits[deal.stage]
            found.append(
                StageAge(deal.deal_id, deal.stage, age, limit, None if age is None else age >= limit)
            )
    return tuple(sorted(found, key=lambda row: -1 if row.age_days is None else row.age_days, reverse=True))


def new_leads(
    prospects: Iterable[Prospect],
    deals: Iterable[Deal],
    first: date,
    last: date,
    estimates: Mapping[str, Decimal] | None = None,
) -> LeadTally:
    """New leads of the days first to last, both included: how many prospects were created, and their value.

    Source: Runbook 5, Preparation; requirements.md W4. A lead's value is the amount of its deals, else its estimate
    (`estimates`, by prospect: the midpoint of its BANT band), else unknown; `estimated_pct` is the estimates' share
    of the value, None where there is no value.
    """
    amounts = amount_by_prospect(deals)
    guesses = estimates or {}
    created = [prospect.prospect_id for prospect in prospects if first <= prospect.created_on <= last]
    known = [amounts[one] for one in created if one in amounts]
    guessed = [guesses[one] for one in created if one not in amounts and one in guesses]
    tally = _tally([*known, *guessed], len(created))
    share = None if tally.value is None else percent(sum(guessed, ZERO), tally.value)
    return LeadTally(tally.n, tally.value, tally.n_without_value, share)


def proposals_sent(proposals: Iterable[Proposal], start: datetime, end: datetime) -> Tally:
    """Proposals first sent in the range (start included, end not): how many, and their Year-1 value in money.

    Source: Runbook 5, Preparation. A revised proposal is a proposal of its own.
    """
    sent = [one for one in proposals if one.sent_at is not None and start <= one.sent_at < end]
    return _tally([one.year_1 for one in sent], len(sent))


def proposals_outstanding(proposals: Iterable[Proposal]) -> Tally:
    """Proposals that wait for the customer's answer (sent or viewed): how many, and their Year-1 value in money.

    Source: Runbook 5, Sales Pipeline Review ("3 proposals outstanding").
    """
    waiting = [one for one in proposals if one.status in {"sent", "viewed"}]
    return _tally([one.year_1 for one in waiting], len(waiting))


def deals_won(deals: Iterable[Deal], first: date, last: date) -> Tally:
    """Deals won on the days first to last, both included: how many, and their Year-1 value in money.

    Source: Runbook 5, Preparation. Leaves out won deals without a closing date.
    """
    won = [
        one
        for one in deals
        if one.stage == "won" and one.closed_on is not None and first <= one.closed_on <= last
    ]
    return _tally([one.amount for one in won], len(won))


def proposal_due(requested_at: datetime, calendar: BusinessCalendar, *, urgent: bool = False) -> datetime:
    """The instant, UTC, by which a requested proposal is to be sent.

    Source: Runbook 3 (24 hours, one business day), requirements.md P1: the same clock time on the next business day
    (Friday 16:00 is due Monday 16:00). A request outside business hours counts from the next opening. An urgent one
    is due at closing time of the day that it counts from.
    """
    day, clock = _counts_from(requested_at, calendar)
    if urgent:
        return calendar.end_of_day(day)
    return datetime.combine(calendar.next_business_day(day), clock, tzinfo=calendar.zone).astimezone(UTC)


def proposal_slo_pct(
    proposals: Iterable[Proposal],
    start: datetime,
    end: datetime,
    calendar: BusinessCalendar,
    now: datetime,
    urgent: Collection[str] = (),
) -> Figure:
    """Share of proposals sent by their due time, in per cent, among those decided in the range (start included).

    Source: Runbook 3, requirements.md section 8 and P3. A promise is decided once: kept at the first sending if that
    is not after the due time, else missed at the due time. So a proposal belongs to one period only, that of the
    earlier of the two. Leaves out what is neither sent nor due by now. None where nothing was decided.
    """
    promised = promises(proposals, start, end, calendar, now, urgent)
    n = len(promised)
    return Figure(percent(sum(one.kept for one in promised), n), None if n else "no proposal was due", n)


def promises(
    proposals: Iterable[Proposal],
    start: datetime,
    end: datetime,
    calendar: BusinessCalendar,
    now: datetime,
    urgent: Collection[str] = (),
) -> list[Promise]:
    """The promises that were decided in the range, in the proposals' order; as `proposal_slo_pct` counts.

    `urgent` are the ids of those that were promised for the same day.
    """
    found: list[Promise] = []
    for proposal in proposals:
        due = proposal_due(proposal.requested_at, calendar, urgent=proposal.proposal_id in urgent)
        sent = proposal.sent_at if proposal.sent_at is not None and proposal.sent_at <= now else None
        on_time = sent is not None and sent <= due
        decided_at = sent if on_time and sent is not None else due
        if decided_at <= now and start <= decided_at < end:
            found.append(Promise(proposal, due, on_time))
    return found


def proposal_business_minutes(
    proposals: Iterable[Proposal], start: datetime, end: datetime, calendar: BusinessCalendar
) -> Figure:
    """Median business minutes from request to first sending, of the proposals sent in the range.

    Source: requirements.md section 8. None where none was sent.
    """
    minutes = [
        Decimal(calendar.business_minutes_between(one.requested_at, one.sent_at))
        for one in proposals
        if one.sent_at is not None and start <= one.sent_at < end
    ]
    return Figure(median(minutes), None, len(minutes)) if minutes else Figure(None, "no proposal was sent", 0)


def _stage_sum(deals: Sequence[Deal]) -> StageSum:
    tally = _tally([deal.amount for deal in deals], len(deals))
    return StageSum(tally.value, tally.n, tally.n_without_value)


def _tally(values: Iterable[Decimal | None], n: int) -> Tally:
    known = [value for value in values if value is not None]
    return Tally(n, None if n and not known else sum(known, ZERO), n - len(known))


def _value_and_chance(deal: Deal, default_pct: Mapping[str, Decimal]) -> tuple[Decimal, Decimal] | None:
    chance = default_pct.get(deal.stage) if deal.probability_pct is None else deal.probability_pct
    return None if deal.amount is None or chance is None else (deal.amount, chance / 100)


def _closed_in_year(deals: Iterable[Deal], on: date) -> list[Deal]:
    after = add_months(on, -12)
    return [
        deal
        for deal in deals
        if deal.stage in {"won", "lost"} and deal.closed_on is not None and after < deal.closed_on <= on
    ]


def _decided(
    deals: Sequence[Deal], stage_entries: Iterable[StageEntry], proposals: Iterable[Proposal], on: date
) -> tuple[list[Deal], set[str]]:
    """The deals that count as won or lost, and the lost ones of which no history says how far they came."""
    closed = _closed_in_year(deals, on)
    never_proposed, unrecorded = _lost_deals(closed, stage_entries, proposals)
    return [deal for deal in closed if deal.deal_id not in never_proposed], unrecorded


def _lost_deals(
    closed: Iterable[Deal], stage_entries: Iterable[StageEntry], proposals: Iterable[Proposal]
) -> tuple[set[str], set[str]]:
    """Lost deals by id: those that never reached Proposal, and those of which no history says."""
    proposed = {proposal.deal_id for proposal in proposals}
    history: dict[str, set[Stage]] = {}
    for entry in stage_entries:
        if entry.stage not in {"won", "lost"}:
            history.setdefault(entry.deal_id, set()).add(entry.stage)
    lost = {deal.deal_id for deal in closed if deal.stage == "lost"} - proposed
    recorded = lost & history.keys()
    return {one for one in recorded if not history[one] & {"proposal", "closing"}}, lost - recorded


def amount_by_prospect(deals: Iterable[Deal]) -> dict[str, Decimal]:
    """What the deals of each prospect are worth in Year 1, of those that have an amount."""
    amounts: dict[str, Decimal] = {}
    for deal in deals:
        if deal.amount is not None:
            amounts[deal.prospect_id] = amounts.get(deal.prospect_id, ZERO) + deal.amount
    return amounts


def _counts_from(requested_at: datetime, calendar: BusinessCalendar) -> tuple[date, time]:
    """The business day and clock time from which a request counts."""
    local = requested_at.astimezone(calendar.zone)
    day, clock = local.date(), local.time()
    if not calendar.is_business_day(day) or clock >= calendar.closes:
        return calendar.next_business_day(day), calendar.opens
    return day, max(clock, calendar.opens)


def _joined(*reasons: str | None) -> str | None:
    return "; ".join(reason for reason in reasons if reason) or None
