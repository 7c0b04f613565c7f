"""Customer success as people read it: how each customer stands, what is missing, and what comes next.

Worked out from a board of facts, in plain text. Source: Runbook 1; requirements.md 1A', section 8, W7.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tai_ops.accuracy import CustomerAccuracy, customer_accuracy
from tai_ops.board import Board
from tai_ops.checklist import (
    BLOCKS,
    CUTOVER_DAY,
    LAST_DAY,
    Block,
    Onboarding,
    PlanDates,
    Progress,
    onboarding_dates,
    onboarding_progress,
    progress_of,
    slip_business_days,
    slip_mark,
    stopped_words,
)
from tai_ops.customers import Customer
from tai_ops.gains import points, possessive
from tai_ops.kpi import KPIS, Mark, mark, target_on
from tai_ops.onboarding_plan import milestones
from tai_ops.period import BusinessCalendar
from tai_ops.scores import Nps, latest_answers, ltr_median, nps
from tai_ops.words import counted, day, listed, number

Source = Literal["typed", "imported", "counted"]
MeasurementKey = tuple[str, str, date, str]
BASELINE_DAY = 8
STATUS_ORDER = ("live", "onboarding", "signed", "churned")
NAMED = 2

_RANK: Mapping[Mark, int] = {"missed": 0, "no_data": 1, "floor": 2, "met": 3}
_NOT_BEGUN, _GONE = 4, 5


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """How one customer stands on a day.

    `slip_days` are business days late, None where nothing is due yet or no progress is recorded; `slip_mark` is None
    where nothing is due yet, `stopped` says which gate's NO holds the onboarding up. `missing` says what should be on record
    and is not, `source` where the newest measurement comes from. `rank` orders the rows: 0 wants attention first.
    """

    customer_id: str
    name: str
    status: str
    csm: str | None
    go_live_on: date | None
    kickoff_on: date | None
    progress: Progress
    slip_days: int | None
    slip_mark: Mark | None
    accuracy: CustomerAccuracy
    accuracy_mark: Mark
    ltr_median: Decimal | None
    nps: Nps
    measured_on: date | None
    source: Source | None
    missing: tuple[str, ...]
    next_step: str | None
    next_on: date | None
    rank: int
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class BlockDates:
    """One block of the checklist with its dates and where it stands."""

    block: Block
    first_on: date
    last_on: date
    state: Literal["done", "late", "now", "ahead"]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What one customer's line is worked out from."""

    customer: Customer
    plan: Onboarding | None
    dates: PlanDates | None
    accuracy: CustomerAccuracy
    answers: int
    on: date

    @property
    def live(self) -> bool:
        return self.customer.status == "live"

    @property
    def done(self) -> int | None:
        return self.plan.done_through_day if self.plan else None

    @property
    def recorded(self) -> bool:
        """Whether any progress is on record."""
        return self.plan is not None and (self.plan.by_steps or self.plan.done_through_day is not None)

    def is_done(self, day: int) -> bool:
        """Whether the plan's days up to that one are done."""
        return self.plan is not None and self.plan.is_done(day)

    @property
    def begun(self) -> bool:
        """Whether a step of the plan is done or its first day is over."""
        first = self.dates and min(self.dates.dates.values())
        return self.done is not None or bool(first and first < self.on)

    @property
    def baseline_due(self) -> bool:
        due = self.dates and self.dates.dates[BASELINE_DAY] < self.on
        return self.live or bool(due) or self.is_done(BASELINE_DAY)


def customer_rows(
    board: Board,
    sources: Mapping[MeasurementKey, Source],
    people: Mapping[str, str],
    calendar: Callable[[str], BusinessCalendar],
) -> tuple[CustomerRow, ...]:
    """Every customer's line, what wants attention first.

    `sources` say where each stored measurement comes from (one that is not there was counted), `people` name the
    CSMs by e-mail, `calendar` gives a customer's business days.
    """
    rows = [_row(board, c, sources, people, calendar(c.customer_id)) for c in board.facts.customers]
    return tuple(sorted(rows, key=_attention))


def _attention(row: CustomerRow) -> tuple[int, int, Decimal, str]:
    reached = row.accuracy.accuracy_pct
    return row.rank, -(row.slip_days or 0), Decimal(101) if reached is None else reached, row.name


def _row(
    board: Board,
    customer: Customer,
    sources: Mapping[MeasurementKey, Source],
    people: Mapping[str, str],
    calendar: BusinessCalendar,
) -> CustomerRow:
    on, facts = board.window.day, board.facts
    own = [m for m in facts.measurements if m.customer_id == customer.customer_id and m.measured_on <= on]
    newest = max(own, key=lambda m: m.measured_on, default=None)
    answers = [s for s in latest_answers(facts.scores, on) if s.customer_id == customer.customer_id]
    plan = next((o for o in facts.onboardings if o.customer_id == customer.customer_id), None)
    standing = _Standing(
        customer=customer,
        plan=plan,
        dates=onboarding_dates(plan, calendar) if plan else None,
        accuracy=customer_accuracy(own, customer.customer_id, on),
        answers=len(answers),
        on=on,
    )
    target, floor = target_on(facts.targets, KPIS["accuracy_pct"], on)
    reached = mark(KPIS["accuracy_pct"], standing.accuracy.accuracy_pct, target, floor) or "met"
    slip, slipped = _slip(standing, calendar)
    missing = tuple(_missing(standing))
    step, step_on = _next(standing)
    return CustomerRow(
        customer_id=customer.customer_id,
        name=customer.name,
        status=customer.status,
        csm=people.get(customer.csm_email or "", customer.csm_email),
        go_live_on=customer.go_live_on,
        kickoff_on=plan.kickoff_on if plan else None,
        progress=progress_of(plan) if plan else onboarding_progress(None),
        slip_days=slip,
        slip_mark=slipped,
        accuracy=standing.accuracy,
        accuracy_mark=reached,
        ltr_median=ltr_median(answers),
        nps=nps(answers),
        measured_on=newest.measured_on if newest else None,
        source=sources.get((newest.customer_id, newest.warehouse, newest.measured_on, newest.kind), "counted")
        if newest
        else None,
        missing=missing,
        next_step=step,
        next_on=step_on,
        rank=_rank(standing, [m for m in (slipped, reached if standing.live else None) if m], missing),
        stopped=stopped_words(plan) if plan and slipped else "",
    )


def _slip(standing: _Standing, calendar: BusinessCalendar) -> tuple[int | None, Mark | None]:
    plan = standing.plan
    if plan is None or not standing.begun or not _asks_on(standing.customer.status, plan):
        return None, None
    slip = slip_business_days(plan, standing.on, calendar)
    return slip, slip_mark(slip, gate_failed=bool(stopped_words(plan)))


def _asks_on(status: str, plan: Onboarding) -> bool:
    """Whether a plan goes on: until the customer is live, and after that until its steps are through."""
    if status in {"signed", "onboarding"}:
        return True
    return status == "live" and plan.by_steps and progress_of(plan).next_block is not None


def _missing(standing: _Standing) -> Iterator[str]:
    if standing.customer.status == "churned":
        return
    if not standing.live and standing.plan is None:
        yield "kickoff date not set"
    if not standing.live and standing.begun and not standing.recorded:
        yield "no progress recorded"
    if standing.accuracy.baseline_pct is None and standing.baseline_due:
        yield "baseline not measured"
    if not standing.live:
        return
    if standing.accuracy.accuracy_pct is None:
        yield "current accuracy not measured"
    if not standing.answers:
        yield "nobody asked for a score"
    if standing.customer.go_live_on is None:
        yield "go-live date not recorded"


def _next(standing: _Standing) -> tuple[str | None, date | None]:
    if standing.customer.status == "churned":
        return None, None
    if standing.live:
        return _next_of_live(standing)
    if standing.plan is None or standing.dates is None:
        return "Set the kickoff date", None
    if standing.accuracy.baseline_pct is None and standing.baseline_due:
        return "Measure the baseline", standing.dates.dates[BASELINE_DAY]
    if standing.is_done(CUTOVER_DAY):
        return "Set the status to live", standing.dates.cutover_on
    ahead = (progress_of(standing.plan).next_block if standing.recorded else None) or BLOCKS[0]
    return ahead.title, standing.dates.dates[ahead.last_day]


def _next_of_live(standing: _Standing) -> tuple[str | None, date | None]:
    if standing.accuracy.baseline_pct is None:
        return "Record the baseline", None
    if standing.accuracy.accuracy_pct is None:
        return "Measure the current accuracy", None
    if standing.plan is None:
        return None, None
    coming = next(m for m in milestones(standing.plan.kickoff_on, standing.on) if m.on >= standing.on)
    return coming.name, coming.on


def _rank(standing: _Standing, marks: Sequence[Mark], missing: Sequence[str]) -> int:
    if standing.customer.status == "churned":
        return _GONE
    ranks = [_RANK[m] for m in marks] + ([_RANK["no_data"]] if missing else [])
    return min(ranks, default=_RANK["met"] if standing.live else _NOT_BEGUN)


# --- In one sentence


def verdict(rows: Sequence[CustomerRow], target: Decimal) -> str:
    """How the customers stand, in one sentence; `target` is the accuracy to reach, in per cent."""
    if not rows:
        return "No customers on record yet."
    live = [row for row in rows if row.status == "live"]
    parts = [_reached(live, target) if live else _none_live(rows), *_lacking(rows), *_late(rows)]
    return f"{'; '.join(parts)}."


def _none_live(rows: Sequence[CustomerRow]) -> str:
    others = [(status, sum(row.status == status for row in rows)) for status in STATUS_ORDER]
    return f"No customer is live yet: {listed([f'{count} {status}' for status, count in others if count])}"


def _reached(live: Sequence[CustomerRow], target: Decimal) -> str:
    wanted = _goal(target)
    if len(live) == 1:
        return _the_one(live[0], target)
    met = sum(row.accuracy_mark == "met" for row in live)
    said = (
        f"{met or 'None'} of {len(live)} live customers {'is' if met == 1 else 'are'} at {wanted} or better"
    )
    below = sorted((row for row in live if row.accuracy_mark in {"missed", "floor"}), key=_attention)[:NAMED]
    return "; ".join(
        [said, *(f"{row.name} is at {number(row.accuracy.accuracy_pct, 'pct')}" for row in below)]
    )


def _the_one(row: CustomerRow, target: Decimal) -> str:
    value = row.accuracy.accuracy_pct
    if value is None:
        return f"{row.name} is the one live customer"
    goal = f"the goal of {_goal(target)}"
    stands = f"{points(target - value)} below {goal}" if value < target else f"{goal} is met"
    return f"{row.name}, the one live customer, is at {number(value, 'pct')}: {stands}"


def _lacking(rows: Sequence[CustomerRow]) -> Iterator[str]:
    said_already: list[CustomerRow] = []
    for what, said in (
        ("baseline not measured", "baseline is not measured"),
        ("current accuracy not measured", "current accuracy is not measured"),
        ("no progress recorded", "progress is not recorded"),
    ):
        named = [row for row in rows if what in row.missing and row not in said_already]
        said_already.extend(named)
        names = [possessive(row.name) for row in named]
        if names:
            more = [f"{len(names) - NAMED} others'"] if len(names) > NAMED else []
            yield f"{listed(names[:NAMED] + more)} {said}"


def _late(rows: Sequence[CustomerRow]) -> Iterator[str]:
    late = [row for row in rows if row.slip_days and row.slip_days > 0]
    if len(late) > NAMED:
        yield f"{len(late)} onboardings are late, {late[0].name} by {counted(late[0].slip_days or 0, 'business day')}"
    elif late:
        yield listed([f"{row.name} is {slip_words(row.slip_days)}" for row in late])


def stands(row: CustomerRow, target: Decimal) -> str:
    """How one customer stands, in one sentence; `target` is the accuracy to reach, in per cent."""
    parts = [_accuracy_stands(row, target) if row.status == "live" else progress_words(row), *row.missing]
    if row.next_step:
        parts.append(f"next: {next_words(row)}")
    sentence = "; ".join(part for part in parts if part)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else "Nothing is on record yet."


def next_words(row: CustomerRow) -> str:
    """What comes next and when, such as `Pre-Kickoff by Tue 7 Apr 2026`; empty where nothing does."""
    if not row.next_step or row.next_on is None:
        return row.next_step or ""
    return f"{row.next_step} {'on' if row.status == 'live' else 'by'} {day(row.next_on)}"


def _accuracy_stands(row: CustomerRow, target: Decimal) -> str:
    now, gained = row.accuracy.accuracy_pct, row.accuracy.gain_points
    if now is None:
        return ""
    goal = f"the goal of {_goal(target)}"
    said = f"at {number(now, 'pct')}, {f'{points(target - now)} below {goal}' if now < target else f'{goal} met'}"
    return said if gained is None else f"{said}; {gain_words(gained)} since the baseline"


def gain_words(gained: Decimal) -> str:
    """How far an accuracy moved, such as `up 17.0 points`."""
    return f"{'down' if gained < 0 else 'up'} {points(abs(gained))}"


def progress_words(row: CustomerRow) -> str:
    """How far an onboarding is and whether on time, such as `33 % done, Pilot Execution, 2 business days late`."""
    progress = row.progress
    if progress.pct is None:
        return f"kickoff on {day(row.kickoff_on)}" if row.kickoff_on and row.slip_mark is None else ""
    where = [progress.phase.name] if progress.next_block and progress.phase else []
    late = (
        [slip_words(row.slip_days)]
        if row.slip_days is not None and (row.slip_days or not row.stopped)
        else []
    )
    late = [row.stopped, *late] if row.stopped else late
    return ", ".join([f"{number(progress.pct, 'pct', decimals=0)} done", *where, *late])


def _goal(target: Decimal) -> str:
    return number(target, "pct", decimals=0 if target == target.to_integral_value() else 1)


def slip_words(slip: int | None) -> str:
    """How late an onboarding is, such as `2 business days late`; empty where that is not known."""
    if slip is None:
        return ""
    if slip == 0:
        return "on time"
    return f"{counted(abs(slip), 'business day')} {'late' if slip > 0 else 'ahead'}"


# --- The plan, block by block


def plan_blocks(plan: Onboarding, calendar: BusinessCalendar, on: date) -> tuple[BlockDates, ...]:
    """The checklist's blocks with their dates and where each stands on that day."""
    dates = onboarding_dates(plan, calendar).dates
    return tuple(
        BlockDates(b, dates[b.first_day], dates[b.last_day], _state(b, dates, plan, on)) for b in BLOCKS
    )


def _state(
    block: Block, dates: Mapping[int, date], plan: Onboarding, on: date
) -> Literal["done", "late", "now", "ahead"]:
    if plan.is_done(block.last_day):
        return "done"
    if dates[block.last_day] < on:
        return "late"
    return "now" if dates[block.first_day] <= on else "ahead"


def plan_days() -> Mapping[int, str]:
    """Each day of the checklist with the block that it lies in."""
    return {
        day: block.title
        for block in BLOCKS
        for day in range(block.first_day, block.last_day + 1)
        if day <= LAST_DAY
    }
