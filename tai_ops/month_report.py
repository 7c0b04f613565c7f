"""The month's report: every number of the investor summary, from the same functions as the pages and commands.

A report is frozen when its month is closed and read back from there, so that a letter never changes; of an open
month it is computed anew and is a draft. It goes to JSON and back unchanged.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, cast

from pydantic import TypeAdapter

from tai_ops import deferral, mrr, receivables, recognition, response
from tai_ops.board import Board
from tai_ops.cash import AccountKind, AccountMonth, OnTheWay, Runway, account_names, operating_flows, runway
from tai_ops.cash_position import CashPosition, Held, cash_position
from tai_ops.clearing import Clearing
from tai_ops.comparison import NO_PAST, OF_PIPELINE
from tai_ops.expenses import Charge, MonthExpenses, month_expenses
from tai_ops.kpi import KPIS, Kpi, Mark, Measured, Unit, measure
from tai_ops.money import ZERO, cents
from tai_ops.period import Month
from tai_ops.reconciliation import OpenItem, TwoSidedStatement
from tai_ops.restatement import ChangedRow

MONTHS = 12
RUNWAY_WINDOWS = (1, 3, 6)
STAGES = {"discovery": "Discovery", "proposal": "Proposal", "closing": "Closing"}

Value = Decimal | date


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of the month beside the month before, its target and mark; None with the reason where unknown."""

    id: str
    area: str
    label: str
    unit: Unit
    good: Literal["up", "down"]
    value: Value | None
    previous: Value | None
    target: Decimal | None
    floor: Decimal | None
    mark: Mark | None
    decimals: int
    window: str
    reason: str | None

    @property
    def change(self) -> Decimal | None:
        """The month less the month before; None where either is unknown or a date."""
        if isinstance(self.value, Decimal) and isinstance(self.previous, Decimal):
            return self.value - self.previous
        return None


@dataclass(frozen=True, slots=True)
class CustomerMrr:
    """A paying customer's MRR, unrounded; `partial_from` is the day on which it began, where that is mid-month."""

    customer_id: str
    name: str
    mrr: Decimal
    partial_from: date | None


@dataclass(frozen=True, slots=True)
class MonthFlow(mrr.Flow):
    """One month's MRR movements, unrounded."""

    month: Month


@dataclass(frozen=True, slots=True)
class MonthCash:
    """One month's operating cash and the cash at its end; None where nothing is on record."""

    month: Month
    cash_in: Decimal | None
    cash_out: Decimal | None
    net_burn: Decimal | None
    ending: Decimal | None


@dataclass(frozen=True, slots=True)
class RunwayOver:
    """The runway at the average burn of that many months."""

    over_months: int
    runway: Runway


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How an account stood against its bank on the day of its newest lock; the statement is None where it has none."""

    account: str
    name: str
    kind: AccountKind
    currency: str
    through_on: date | None
    statement: TwoSidedStatement | None
    bank_items: tuple[OpenItem, ...] = ()
    book_items: tuple[OpenItem, ...] = ()
    locked_by: str | None = None
    locked_at: datetime | None = None

    def reaches(self, day: date) -> bool:
        """Whether it is reconciled through that day."""
        return self.statement is not None and self.through_on is not None and self.through_on >= day


@dataclass(frozen=True, slots=True)
class StageRow:
    """The open deals of one stage at the month's end: Year-1 value (None where none has one) and how many.

    Where the stages of that time are not known all three are None.
    """

    stage: str
    amount: Decimal | None
    n: int | None
    n_without_amount: int | None


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident detected in the month, and its minutes from detection to resolution."""

    incident_id: str
    title: str
    severity: str | None
    detected_at: datetime
    resolved_at: datetime | None
    minutes: Decimal | None


@dataclass(frozen=True, slots=True)
class Definition:
    """How a number is made and what it leaves out."""

    label: str
    unit: str
    formula: str


@dataclass(frozen=True, slots=True)
class Check:
    """An identity of the report: `difference` is 0 where it holds, None where it can't be checked (`note` says why)."""

    id: str
    words: str
    difference: Decimal | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A number of the report that differs from the version before."""

    number: str
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class Closing:
    """Which frozen version this is: its number, hash, who froze it and when."""

    version: int
    body_hash: str
    closed_by: str
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class MonthReport:
    """A month in numbers. `until` is the day after the last that counts; `closed` is None for a draft.

    `changes` are the numbers that differ from the version before, `because` the rows that were written in between.
    """

    company: str
    currency: str
    month: Month
    until: date
    as_of: datetime
    names: Mapping[str, str]
    metrics: tuple[Metric, ...]
    movements: mrr.Movements
    customers: tuple[CustomerMrr, ...]
    mrr_months: tuple[MonthFlow, ...]
    recognised: recognition.Recognised
    deferred: deferral.Deferred
    expenses: MonthExpenses
    cash: CashPosition
    cash_months: tuple[MonthCash, ...]
    runways: tuple[RunwayOver, ...]
    ageing: receivables.Ageing
    overdue: tuple[receivables.OpenInvoice, ...]
    reconciliations: tuple[Reconciled, ...]
    stages: tuple[StageRow, ...]
    incidents: tuple[IncidentRow, ...]
    definitions: tuple[Definition, ...]
    checks: tuple[Check, ...]
    clearings: tuple[Clearing, ...] = ()
    changes: tuple[Change, ...] = ()
    because: tuple[ChangedRow, ...] = ()
    closed: Closing | None = None

    @property
    def draft(self) -> bool:
        """Whether the month is open and the numbers may still change."""
        return self.closed is None

    def metric(self, name: str) -> Metric:
        """The metric of that id."""
        return next(m for m in self.metrics if m.id == name)

    def runway(self, over_months: int = 3) -> Runway:
        """The runway at the average burn of that many months."""
        return next(r.runway for r in self.runways if r.over_months == over_months)


@dataclass(frozen=True, slots=True)
class Books:
    """What the report rests on beside the board: accounts with balances, flows of all currencies, charges, statements.

    `on_the_way` are the own transfers on their way before the month and at its end; `month_end_cash` holds the cash at the end of each of the twelve months to this one; `previous` the numbers of
    the month before, from its snapshot where it is closed (`previous_frozen`).
    """

    held: tuple[Held, ...] = ()
    flows: tuple[AccountMonth, ...] = ()
    charges: tuple[Charge, ...] = ()
    reconciliations: tuple[Reconciled, ...] = ()
    clearings: tuple[Clearing, ...] = ()
    month_end_cash: tuple[tuple[Month, Decimal | None], ...] = ()
    on_the_way: tuple[OnTheWay, OnTheWay] | None = None
    previous: Mapping[str, Value | None] | None = None
    previous_frozen: bool = False


def month_report(board: Board, books: Books) -> MonthReport:
    """The report of the board's month, not closed. Source: Runbook 6; finance.md section 6."""
    facts, window = board.facts, board.window
    month, until = window.month, min(window.until, window.month.end)
    names = {c.customer_id: c.name for c in facts.customers}
    position = cash_position(books.held, books.flows, month, facts.company.currency, books.on_the_way)
    spent = month_expenses(books.charges, month, until)
    made = MonthReport(
        company=facts.company.name,
        currency=facts.company.currency,
        month=month,
        until=until,
        as_of=window.as_of,
        names=names,
        metrics=_metrics(board, books, position, spent),
        movements=board.movements,
        customers=_customers(board, names),
        mrr_months=_mrr_months(board, until),
        recognised=board.recognised,
        deferred=board.deferred,
        expenses=spent,
        cash=position,
        cash_months=_cash_months(board, books),
        runways=tuple(RunwayOver(n, _runway(board, n)) for n in RUNWAY_WINDOWS),
        ageing=board.ageing,
        overdue=board.overdue,
        reconciliations=books.reconciliations,
        stages=_stages(board),
        incidents=_incidents(board),
        definitions=_definitions(),
        checks=(),
        clearings=books.clearings,
    )
    return replace(made, checks=tuple(checks(made)))


def _runway(board: Board, over_months: int) -> Runway:
    return runway(
        board.cash.total, board.facts.account_months, board.window.day, board.facts.closed, over_months
    )


def _metrics(board: Board, books: Books, position: CashPosition, spent: MonthExpenses) -> tuple[Metric, ...]:
    previous = dict(books.previous or {})
    if not books.previous_frozen:
        previous |= dict.fromkeys(NO_PAST - OF_PIPELINE)
    found = [_metric(measure(board, kpi), previous.get(kpi.id)) for kpi in KPIS.values()]
    at = next(n for n, m in enumerate(found) if m.id == "gross_burn")
    return (*found[:at], _spent(board, previous, spent), _impact(board, previous, position), *found[at:])


def _metric(measured: Measured, previous: Value | None) -> Metric:
    kpi = measured.kpi
    return Metric(
        kpi.id,
        kpi.area,
        kpi.label,
        kpi.unit,
        kpi.good,
        exact(measured.value, kpi),
        previous,
        measured.target,
        measured.floor,
        measured.mark,
        kpi.decimals,
        measured.window,
        measured.reason,
    )


def exact(value: Decimal | int | date | None, kpi: Kpi) -> Value | None:
    """A KPI's value as the report keeps it: money in cents, everything else to six decimals."""
    if value is None or isinstance(value, date):
        return value
    number = Decimal(value)
    return cents(number) if kpi.unit in {"money", "money_per_day"} else round(number, 6)


def _spent(board: Board, previous: Mapping[str, Value | None], spent: MonthExpenses) -> Metric:
    reason = None if spent.n else "no bills in this month"
    value = spent.total if spent.n else None
    before = previous.get("expenses")
    return _own("expenses", "Expenses", "down", value, before, board.window.money_words, reason)


def _impact(board: Board, previous: Mapping[str, Value | None], position: CashPosition) -> Metric:
    month, before, words = board.window.month, previous.get("cash_impact"), board.window.money_words
    days = [row.as_of for row in position.accounts if row.as_of is not None]
    impact, reason = position.impact, None if position.impact is not None else "no balance is known"
    if days and max(days) < month.start:
        impact, reason = None, f"no account has a balance of {month.name} yet"
    return _own("cash_impact", "Cash impact", "up", impact, before, words, reason)


def _own(
    name: str,
    label: str,
    good: Literal["up", "down"],
    value: Decimal | None,
    previous: Value | None,
    window: str,
    reason: str | None,
) -> Metric:
    mark: Mark | None = "no_data" if value is None else None
    return Metric(name, "cash", label, "money", good, value, previous, None, None, mark, 2, window, reason)


def _customers(board: Board, names: Mapping[str, str]) -> tuple[CustomerMrr, ...]:
    paying = [row for row in board.movements.by_customer if row.closing > 0]
    return tuple(
        CustomerMrr(
            row.customer_id,
            names.get(row.customer_id, row.customer_id),
            row.closing,
            _partial_from(board, row),
        )
        for row in paying
    )


def _partial_from(board: Board, row: mrr.CustomerMovement) -> date | None:
    """The day on which the customer's MRR began, where that is in this month and not its first day."""
    month = board.window.month
    if row.opening > 0:
        return None
    starts = [
        s.paid_from
        for s in board.facts.subscriptions
        if s.customer_id == row.customer_id and s.active(board.window.day) and month.holds(s.paid_from)
    ]
    first = min(starts, default=None)
    return first if first and first > month.start else None


def _mrr_months(board: Board, until: date) -> tuple[MonthFlow, ...]:
    rows: list[MonthFlow] = []
    for back in range(MONTHS - 1, -1, -1):
        month = board.window.month.plus(-back)
        flow = mrr.flow_of(board.levels, month, until if back == 0 else None)
        parts = {f.name: getattr(flow, f.name) for f in fields(mrr.Flow)}
        rows.append(MonthFlow(**parts, month=month))
    return tuple(rows)


def _cash_months(board: Board, books: Books) -> tuple[MonthCash, ...]:
    flows = operating_flows(board.facts.account_months)
    rows: list[MonthCash] = []
    for month, ending in books.month_end_cash:
        flow = flows.get(month)
        parts = (flow.cash_in, flow.cash_out, flow.net_burn) if flow else (None, None, None)
        rows.append(MonthCash(month, *parts, ending))
    return tuple(rows)


def _stages(board: Board) -> tuple[StageRow, ...]:
    if board.no_pipeline:
        return tuple(StageRow(name, None, None, None) for name in STAGES.values())
    found = {name: board.stages[stage] for stage, name in STAGES.items()}
    return tuple(StageRow(name, row.amount, row.n, row.n_without_amount) for name, row in found.items())


def _incidents(board: Board) -> tuple[IncidentRow, ...]:
    found = response.opened(board.facts.incidents, *board.window.flow)
    return tuple(
        IncidentRow(
            i.incident_id,
            i.title,
            i.severity,
            i.detected_at,
            i.resolved_at,
            None
            if i.resolved_at is None
            else round(Decimal((i.resolved_at - i.detected_at).total_seconds()) / 60, 1),
        )
        for i in sorted(found, key=lambda i: (i.detected_at, i.incident_id))
    )


def _definitions() -> tuple[Definition, ...]:
    own = (
        Definition(
            "Expenses",
            "money",
            "Bills by the day they were incurred, net of tax, with fees and interest booked without a bill; "
            "whenever they are paid. Other is all that is neither payroll nor cloud infrastructure.",
        ),
        Definition(
            "Cash position",
            "money",
            "Bank and processor accounts in the company's currency. Cash in and out leave out own transfers and hold "
            "financing; in transit is what the reconciliations add to or take from the banks' balances.",
        ),
        Definition("Cash impact", "money", "Ending less starting balance."),
    )
    return (*(Definition(k.label, k.unit, k.formula) for k in KPIS.values()), *own)


def checks(report: MonthReport) -> Iterator[Check]:
    """Every identity that the report has to hold. Source: finance.md section 6, *Checks*."""
    flow, deferred = report.movements, report.deferred
    yield Check("mrr_identity", "MRR: opening + movements = closing", cents(flow.unexplained))
    by_customer = sum((row.closing for row in flow.by_customer), Decimal(0))
    yield Check("mrr_detail", "MRR: customers add up to the total", cents(by_customer) - cents(flow.closing))
    rolled = deferred.opening + deferred.billings - deferred.recognised - deferred.closing
    yield Check("deferred_roll", "Deferred revenue: opening + billings - recognised = closing", rolled)
    off = sum((abs(r.difference or ZERO) for r in deferred.by_customer if r.ties is False), ZERO)
    unchecked = "; ".join(f"{report.names.get(who, who)}: {why}" for who, why in deferred.unchecked)
    yield Check(
        "deferred_ties", "Deferred revenue: closing = unrecognised parts of invoices", off, unchecked or None
    )
    yield _same(
        report, "revenue_summary", "Revenue: summary = detail", "revenue_recognised", report.recognised.total
    )
    yield _same(report, "mrr_summary", "MRR: summary = detail", "mrr", cents(flow.closing))
    groups = sum((line.amount for line in report.expenses.by_group), ZERO)
    yield Check("expense_groups", "Expenses: letter's lines = payees", groups - _payees(report))
    categories = sum((line.amount for line in report.expenses.by_category), ZERO)
    yield Check("expense_categories", "Expenses: categories = payees", categories - _payees(report))
    yield _same(report, "expense_summary", "Expenses: summary = detail", "expenses", _payees(report))
    yield from _cash_checks(report)
    called = _called(report)
    yield _same(report, "receivables", "Receivables: summary = ageing", "ar_open", report.ageing.open_amount)
    for row in report.reconciliations:
        missing = None if row.reaches(report.month.last_day) else _unreached(row)
        words = f"Reconciliation of {called.get(row.account, row.name)}: adjusted bank = adjusted books"
        yield Check(
            f"reconciliation/{row.account}",
            words,
            row.statement.unexplained if row.statement else None,
            missing,
        )
    for row in report.clearings:
        words = (
            f"Clearing account of {called.get(row.account, row.name)}: by the processor = by its movements"
        )
        yield Check(f"clearing/{row.account}", words, row.sums.difference, row.reason)


def _called(report: MonthReport) -> dict[str, str]:
    return account_names((*report.cash.accounts, *report.cash.others, *report.cash.cards))


def _unreached(row: Reconciled) -> str:
    upto = f"; {row.through_on} is the newest" if row.through_on else ""
    return f"not reconciled through the month's last day{upto}"


def _cash_checks(report: MonthReport) -> Iterator[Check]:
    called = _called(report)
    for row in report.cash.accounts:
        words = f"Cash of {called[row.account]}: starting + in - out = ending"
        note = "a balance is not known" if row.unexplained is None else None
        yield Check(f"cash/{row.account}", words, row.unexplained, note)
    total = report.cash.unexplained
    note = "no balance is known" if total is None else None
    yield Check("cash", "Cash: starting + in - out = ending", total, note)
    yield _same(report, "cash_summary", "Cash: summary = accounts", "cash", report.cash.ending)


def _same(report: MonthReport, name: str, words: str, metric: str, detail: Decimal | None) -> Check:
    value = report.metric(metric).value
    if not isinstance(value, Decimal) or detail is None:
        return Check(name, words, None, report.metric(metric).reason or "no data")
    return Check(name, words, value - detail)


def _payees(report: MonthReport) -> Decimal:
    return sum((line.amount for line in report.expenses.by_payee), ZERO)


# --- JSON and versions


@cache
def _adapter() -> TypeAdapter[MonthReport]:
    return TypeAdapter(MonthReport)


def to_json(report: MonthReport) -> str:
    """The report as canonical JSON: keys sorted, no blanks, money as text; the stamp of its version is left out."""
    body = _adapter().dump_python(replace(report, closed=None), mode="json")
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def from_json(body: str) -> MonthReport:
    """The report that `to_json` wrote."""
    return _adapter().validate_json(body)


_LEFT_OUT = frozenset(
    {"as_of", "names", "definitions", "changes", "because", "closed", "until", "over_months", "decimals"}
)
_KEYS = (
    "id",
    "customer_id",
    "account",
    "category",
    "name",
    "month",
    "over_months",
    "stage",
    "invoice_number",
    "incident_id",
    "item_id",
)


def changes(before: MonthReport, after: MonthReport) -> tuple[Change, ...]:
    """Every number in which two versions of a month differ, in the report's order."""
    old, new = dict(_numbers(before, "")), dict(_numbers(after, ""))
    paths = [*new, *(path for path in old if path not in new)]
    return tuple(
        Change(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)
    )


def _numbers(value: Any, path: str) -> Iterator[tuple[str, Value]]:
    if isinstance(value, Month):
        return
    if is_dataclass(value):
        for f in fields(value):
            if f.name not in _LEFT_OUT:
                yield from _numbers(getattr(value, f.name), f"{path}.{f.name}" if path else f.name)
    elif isinstance(value, tuple):
        for n, item in enumerate(cast("Iterable[Any]", value)):
            yield from _numbers(item, f"{path}.{_key(item) or n}")
    elif isinstance(value, Decimal | date) and not isinstance(value, datetime):
        yield path, value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, Decimal(value)


def _key(item: Any) -> str:
    return "/".join(str(getattr(item, name)) for name in _KEYS if hasattr(item, name))
