"""The KPI catalogue: the only place that names the numbers, with label, unit, formula, target and how each is read.

`kpis`, the overview, the review, the close, the workbook and the README's table all read `KPIS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal

from tai_ops import cash, mrr, pipeline, receivables, reliability, response, scores, unit_economics
from tai_ops.board import Board, Facts, Note, Question, Target, Window, window_of_week
from tai_ops.commitments import CALLS, PLAN_DAY, KeptRate, question_of
from tai_ops.figure import Figure
from tai_ops.money import ZERO, cents, money_text
from tai_ops.period import Week
from tai_ops.words import counted, day, instant, money

Unit = Literal[
    "money",
    "money_per_day",
    "pct",
    "points",
    "months",
    "days",
    "minutes",
    "ms",
    "count",
    "ratio",
    "score",
    "date",
]
Mark = Literal["met", "floor", "missed", "no_data"]
Value = Decimal | int | date


@dataclass(frozen=True, slots=True)
class Reading:
    """What a KPI reads: its value, or None with the reason; the same by customer where it has customers."""

    value: Value | None
    reason: str | None = None
    by_customer: Mapping[str, Value | None] | None = None
    source: Literal["computed", "entered", "imported"] = "computed"
    n: int | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kpi:
    """One row of the catalogue.

    `good` is the direction that is good. `target` and `floor` hold until the company sets its own. `strict`: the
    target itself is not met. `over` says which window it reads: now, the week's flow, the month to date, a year.
    `rows` names the kind of record behind it, where a reader goes from the number.
    """

    id: str
    area: str
    label: str
    unit: Unit
    good: Literal["up", "down"]
    over: Literal["now", "flow", "month", "year"]
    formula: str
    rows: str
    read: Callable[["Board"], Reading]
    target: Decimal | None = None
    floor: Decimal | None = None
    strict: bool = False
    decimals: int = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """A KPI with its reading, target and mark."""

    kpi: Kpi
    value: Value | None
    target: Decimal | None
    floor: Decimal | None
    mark: Mark | None
    as_of: datetime
    window: str
    source: str
    reason: str | None
    by_customer: Mapping[str, tuple[Value | None, Mark | None]] | None = None

    def as_json(self) -> dict[str, Any]:
        """The KPI as contract.md prints it."""
        answer: dict[str, Any] = {
            "label": self.kpi.label,
            "value": json_value(self.value, self.kpi.unit),
            "unit": self.kpi.unit,
            "target": json_value(self.target, self.kpi.unit),
            "floor": json_value(self.floor, self.kpi.unit),
            "mark": self.mark,
            "good": self.kpi.good,
            "as_of": self.as_of.isoformat(),
            "window": self.window,
            "source": self.source,
            "reason": self.reason,
        }
        if self.by_customer is not None:
            answer["by_customer"] = {
                name: {"value": json_value(value, self.kpi.unit), "mark": mark}
                for name, (value, mark) in sorted(self.by_customer.items())
            }
        return answer


def json_value(value: Value | None, unit: Unit) -> str | float | int | None:
    """A value as JSON carries it: money as text with two decimals, dates ISO, other numbers as numbers."""
    if value is None:
        return None
    if isinstance(value, date):
        return value.isoformat()
    if unit in {"money", "money_per_day"}:
        return money_text(Decimal(value))
    if isinstance(value, int):
        return value
    return int(value) if unit == "count" else float(round(value, 4))


def _read(figure: Figure) -> Reading:
    return Reading(figure.value, figure.reason, n=figure.n)


def _no_subscriptions(board: Board) -> str | None:
    return None if board.facts.subscriptions else "no subscriptions"


def _movement(name: str) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        missing = _no_subscriptions(board)
        return Reading(None, missing) if missing else Reading(getattr(board.movements, name))

    return read


def _mrr(board: Board) -> Reading:
    missing = _no_subscriptions(board)
    if missing:
        return Reading(None, missing)
    return Reading(board.movements.closing, by_customer=board.paying)


def _revenue_recognised(board: Board) -> Reading:
    f = board.facts
    if not (f.subscriptions or f.invoices or f.services):
        return Reading(None, "no subscriptions, invoices or services")
    unpriced = board.recognised.unpriced
    reason = f"{counted(len(unpriced), 'services line')} without a price left out" if unpriced else None
    by = {row.customer_id: row.total for row in board.recognised.by_customer}
    return Reading(board.recognised.total, reason, by)


def _deferred_revenue(board: Board) -> Reading:
    if not board.facts.invoices:
        return Reading(None, "no invoices")
    return Reading(board.deferred.liability)


def _cash(board: Board) -> Reading:
    found = board.cash
    if found.total is None:
        why = "no balance is known" if board.facts.balances else f"no account open on {day(board.window.day)}"
        return Reading(None, why)
    return Reading(found.total, found.words)


def _burn(name: Literal["gross", "net"]) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        burn = cash.burn(board.facts.account_months, board.window.month)
        if burn is None:
            return Reading(None, f"no bank lines or bills in {board.window.month.name}")
        return Reading(burn.gross if name == "gross" else burn.net)

    return read


def _runway(board: Board) -> Reading:
    runway = board.runway
    words = [runway.reason] if runway.reason else []
    if runway.months_used:
        closed = len(runway.closed)
        words.append(
            "average of "
            + ", ".join(f"{m.start:%b %Y}" for m in runway.months_used)
            + f" ({closed} of {len(runway.months_used)} closed)"
        )
    if runway.months is not None:
        words.append(f"cash: {board.cash.words}")
    return Reading(runway.months, "; ".join(words) or None)


def _cash_out(board: Board) -> Reading:
    return Reading(board.runway.cash_out_on, board.runway.reason)


def _burn_multiple(board: Board) -> Reading:
    burn = cash.burn(board.facts.account_months, board.window.month)
    if burn is None:
        return Reading(None, f"no bank lines or bills in {board.window.month.name}")
    if not board.facts.subscriptions:
        return Reading(None, "no subscriptions")
    new_arr = 12 * (board.movements.closing - board.movements.opening)
    return _read(unit_economics.burn_multiple(burn.net, new_arr))


def _receivable(name: Literal["total", "over_30"]) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        if not board.facts.invoices:
            return Reading(None, "no invoices")
        aged = board.ageing
        credit = f"unapplied credit of {aged.unapplied:,.2f} apart" if aged.unapplied else None
        return Reading(aged.open_amount if name == "total" else aged.over_30, credit)

    return read


def _dso(board: Board) -> Reading:
    if not board.facts.invoices:
        return Reading(None, "no invoices")
    month = board.window.month
    sales = receivables.credit_sales(board.facts.invoices, month.start, board.window.day)
    days = (board.window.until - month.start).days
    return _read(receivables.dso_days(board.ageing.open_amount, sales, days))


def _invoices_sent(value: Literal["count", "money"]) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        if not board.facts.invoices:
            return Reading(None, "no invoices")
        first, last = board.window.flow_days
        sends = board.facts.sends
        sent = [i for i in board.facts.invoices if first <= receivables.sent_day(i, sends) <= last]
        return Reading(len(sent) if value == "count" else sum((i.amount for i in sent), ZERO))

    return read


def _ltv_cac(board: Board) -> Reading:
    return _read(unit_economics.ltv_cac(board.ltv, board.cac))


def _payback(board: Board) -> Reading:
    new = [row for row in board.movements.by_customer if row.new > 0]
    arpa = unit_economics.arpa(sum((row.new for row in new), Decimal(0)), len(new))
    return _read(unit_economics.cac_payback_months(board.cac, arpa, board.gross_margin))


def _stage(name: str) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        if board.no_pipeline:
            return Reading(None, board.no_pipeline)
        found = board.stages[name]
        left = f"{found.n_without_amount} without an amount" if found.n_without_amount else None
        return Reading(found.amount, left, n=found.n)

    return read


def _pipeline_weighted(board: Board) -> Reading:
    if board.no_pipeline:
        return Reading(None, board.no_pipeline)
    found = pipeline.weighted(board.facts.deals, board.facts.company.stage_probability_pct)
    spread = None
    if found.spread is not None:
        said = money(found.spread, board.facts.company.currency)
        spread = f"± {said} over {counted(found.n, 'deal')}"
    left = f"{found.n_left_out} without an amount left out" if found.n_left_out else None
    return Reading(found.value, "; ".join(filter(None, (spread, left))) or None, n=found.n)


def _new_leads(board: Board) -> Reading:
    return Reading(board.leads.n) if board.facts.prospects else Reading(None, "no prospects")


def _new_leads_value(board: Board) -> Reading:
    if not board.facts.prospects:
        return Reading(None, "no prospects")
    words = []
    if board.leads.estimated_pct:
        words.append(f"{board.leads.estimated_pct:.0f} % of it estimated")
    if board.leads.n_without_value:
        words.append(f"{board.leads.n_without_value} without a value")
    return Reading(board.leads.value, "; ".join(words) or None)


def _tally(
    name: Literal["sent", "won"], part: Literal["n", "value"], rows: str
) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        if not getattr(board.facts, rows) and not (rows == "deals" and board.facts.later_deals):
            return Reading(None, f"no {rows}")
        tally: pipeline.Tally = getattr(board, name)
        if part == "n":
            return Reading(tally.n)
        left = f"{tally.n_without_value} without a value" if tally.n_without_value else None
        return Reading(tally.value, left)

    return read


def _proposal_slo(board: Board) -> Reading:
    if not board.facts.proposals:
        return Reading(None, "no proposals")
    start, end = board.window.flow
    f = board.facts
    return _read(pipeline.proposal_slo_pct(f.proposals, start, end, f.calendar, board.window.as_of, f.urgent))


def _velocity(board: Board) -> Reading:
    f = board.facts
    if f.unknown_deals:
        return Reading(None, board.no_pipeline)
    return _read(
        pipeline.sales_velocity(f.deals, f.stage_entries, f.proposals, f.prospects, board.window.day)
    )


def _coverage(board: Board) -> Reading:
    if board.no_pipeline:
        return Reading(None, board.no_pipeline)
    gap = board.facts.company.revenue_target_year - board.movements.arr if board.facts.subscriptions else None
    found = pipeline.coverage(board.stages["total"].amount, gap, board.win_rate.value)
    needed = f"{found.required:.1f}× needed" if found.required is not None else None
    return Reading(found.coverage, "; ".join(filter(None, (found.reason, needed))) or None)


def _customers(*statuses: str) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        if not board.facts.customers:
            return Reading(None, "no customers")
        return Reading(len(board.in_status(*statuses)))

    return read


def _onboarding(board: Board) -> Reading:
    by: dict[str, Value | None] = {name: p.pct for name, p in board.progress.items()}
    known = [p.pct for p in board.progress.values() if p.pct is not None]
    if not known:
        return Reading(None, "no progress recorded" if by else "no onboarding on record", by)
    return Reading(
        sum(known, Decimal(0)) / len(known), f"mean of {len(known)}" if len(known) > 1 else None, by
    )


def _accuracy(board: Board) -> Reading:
    by: dict[str, Value | None] = {name: a.accuracy_pct for name, a in board.accuracies.items()}
    live = [board.accuracies[c.customer_id] for c in board.in_status("live")]
    return _mean([a.accuracy_pct for a in live], "live customers", "measured", by)


def _accuracy_gain(board: Board) -> Reading:
    by: dict[str, Value | None] = {name: a.gain_points for name, a in board.accuracies.items()}
    live = [board.accuracies[c.customer_id] for c in board.in_status("live")]
    return _mean([a.gain_points for a in live], "live customers", "measured before and after", by)


def _hours_saved(board: Board) -> Reading:
    by: dict[str, Value | None] = {name: a.hours_saved_pct for name, a in board.accuracies.items()}
    live = [board.accuracies[c.customer_id] for c in board.in_status("live")]
    return _mean([a.hours_saved_pct for a in live], "live customers", "with hours before and after", by)


def _mean(values: list[Decimal | None], of: str, what: str, by: dict[str, Value | None]) -> Reading:
    known = [v for v in values if v is not None]
    if not values:
        return Reading(None, f"no {of}", by)
    if not known:
        return Reading(None, f"0 of {len(values)} {of} {what}", by)
    missing = f"{len(known)} of {len(values)} {of} {what}" if len(known) < len(values) else None
    return Reading(sum(known, Decimal(0)) / len(known), missing, by, n=len(known))


def _nps(board: Board) -> Reading:
    nps = board.nps
    if nps.value is None:
        return Reading(None, "no scores")
    return Reading(nps.value, f"n = {nps.n}: {nps.counts}" if nps.n < 10 else f"n = {nps.n}", n=nps.n)


def _ltr(board: Board) -> Reading:
    newest = scores.latest_answers(board.facts.scores, board.window.day)
    answers: dict[str, list[scores.Score]] = {}
    for one in newest:
        answers.setdefault(one.customer_id, []).append(one)
    by: dict[str, Value | None] = {name: scores.ltr_median(answers[name]) for name in sorted(answers)}
    return Reading(scores.ltr_median(newest), None if newest else "no scores", by, n=len(newest))


def _reliability_known(board: Board) -> str | None:
    f = board.facts
    known = f.coverages or f.impacts or f.incidents
    return None if known else "no probes and no incidents on record"


def _uptime(board: Board) -> Reading:
    missing = _reliability_known(board)
    if missing:
        return Reading(None, missing)
    each = {c.customer_id: board.uptime_of(c) for c in board.in_status("live")}
    by: dict[str, Value | None] = {name: one.uptime_pct if one else None for name, one in each.items()}
    platform = board.platform
    return Reading(platform.uptime_pct, platform.reason or _coverage_words(platform), by)


def _coverage_words(uptime: reliability.Uptime) -> str | None:
    if uptime.coverage_pct is None:
        return "no probes: from incidents alone"
    return f"{uptime.coverage_pct:.1f} % of the time was watched" if uptime.unknown_minutes else None


def _platform(name: str) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        missing = _reliability_known(board)
        return (
            Reading(None, missing)
            if missing
            else Reading(getattr(board.platform, name), board.platform.reason)
        )

    return read


def _latency(name: str) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        latency = board.facts.latency
        if latency is None or not latency.samples:
            return Reading(None, (latency and latency.reason) or "no probes in this window")
        return Reading(getattr(latency, name), n=latency.samples)

    return read


def _incidents_opened(board: Board) -> Reading:
    if not board.facts.incidents:
        return Reading(None, _reliability_known(board)) if _reliability_known(board) else Reading(0)
    return Reading(len(response.opened(board.facts.incidents, *board.window.flow)))


def _open_critical(board: Board) -> Reading:
    missing = _reliability_known(board)
    if missing:
        return Reading(None, missing)
    return Reading(len(response.open_critical(board.facts.incidents, board.window.as_of)))


def _response(name: str) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        times: response.Times = getattr(board.responses, name)
        if times.median_minutes is None:
            return Reading(None, "no incident with these stamps was resolved in this window")
        return Reading(times.median_minutes, f"median of {times.n}; mean {times.mean_minutes:.1f}", n=times.n)

    return read


def _timers(board: Board) -> Reading:
    start, end = board.window.flow
    hours = board.facts.calendar if board.facts.company.mttr_support_hours_for_medium else None
    found = response.timers_met(
        board.facts.incidents,
        start,
        end,
        now=board.window.as_of,
        support_hours=hours,
        kept=board.facts.kept_timers,
    )
    if found.pct is None:
        return Reading(None, _reliability_known(board) or "no timer was due in this window")
    return Reading(found.pct, f"{found.met} of {found.due}", n=found.due)


def _commitments(board: Board) -> Reading:
    due = [n for n in board.facts.notes if n.kind == "priority" and is_due(board, n)]
    if not due:
        return Reading(None, "no commitment was due yet")
    verdicts = [verdict_on(board, note) for note in due]
    kept, missed = verdicts.count(True), verdicts.count(False)
    still_open = f"{len(due) - kept - missed} due and not judged yet" if None in verdicts else None
    if not kept + missed:
        return Reading(None, still_open)
    said = "; ".join(filter(None, (f"{kept} of {kept + missed}", still_open)))
    return Reading(100 * Decimal(kept) / (kept + missed), said, n=kept + missed)


def _blockers(board: Board) -> Reading:
    if not board.facts.notes:
        return Reading(None, "no review on record")
    return Reading(sum(n.kind == "blocker" and n.state == "open" for n in board.facts.notes))


def _arr(board: Board) -> Reading:
    missing = _no_subscriptions(board)
    return Reading(None, missing) if missing else Reading(board.movements.arr)


def _cohort(read_figure: Callable[[mrr.Cohort], Figure]) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        missing = _no_subscriptions(board)
        if missing:
            return Reading(None, missing)
        figure = read_figure(board.year)
        if figure.value is None and board.year.customers == 0:
            return Reading(None, "nobody paid twelve months ago")
        return _read(figure)

    return read


def _figure(name: str) -> Callable[[Board], Reading]:
    def read(board: Board) -> Reading:
        return _read(getattr(board, name))

    return read


_D = Decimal
# fmt: off
_ROWS: tuple[Kpi, ...] = (
    Kpi("revenue_recognised", "revenue", "Revenue recognised", "money", "up", "month", "Licences day by day over their service period, services when delivered or reached; without tax.", "invoices", _revenue_recognised),
    Kpi("deferred_revenue", "revenue", "Deferred revenue", "money", "up", "now", "Billed and not yet recognised, per contract; unbilled contracts are apart.", "invoices", _deferred_revenue),
    Kpi("mrr", "revenue", "MRR", "money", "up", "now", "Net recurring price of active subscriptions per month; without services, tax and trials.", "subscriptions", _mrr, target=_D("10416.67")),
    Kpi("arr", "revenue", "ARR", "money", "up", "now", "MRR × 12.", "subscriptions", _arr, target=_D(125000)),
    Kpi("new_mrr", "revenue", "New MRR", "money", "up", "month", "MRR of customers that never had any before.", "subscriptions", _movement("new")),
    Kpi("expansion_mrr", "revenue", "Expansion MRR", "money", "up", "month", "Rises of MRR of customers that had some.", "subscriptions", _movement("expansion")),
    Kpi("contraction_mrr", "revenue", "Contraction MRR", "money", "down", "month", "Falls of MRR of customers that keep some.", "subscriptions", _movement("contraction")),
    Kpi("churn_mrr", "revenue", "Churned MRR", "money", "down", "month", "MRR of customers whose service ended.", "subscriptions", _movement("churn")),
    Kpi("reactivation_mrr", "revenue", "Reactivated MRR", "money", "up", "month", "MRR of customers that come back after churn.", "subscriptions", _movement("reactivation")),
    Kpi("nrr_pct", "revenue", "Net revenue retention", "pct", "up", "year", "What the customers of twelve months ago pay now / what they paid then.", "subscriptions", _cohort(mrr.nrr_pct), target=_D(100)),
    Kpi("grr_pct", "revenue", "Gross revenue retention", "pct", "up", "year", "The same without expansion; at most 100 %.", "subscriptions", _cohort(mrr.grr_pct), target=_D(90)),
    Kpi("logo_churn_pct", "revenue", "Customer churn", "pct", "down", "year", "Customers of twelve months ago that left / all of them.", "subscriptions", _cohort(mrr.logo_churn_pct)),
    Kpi("arpa", "revenue", "MRR per customer", "money", "up", "now", "MRR / paying customers.", "subscriptions", _figure("arpa")),
    Kpi("cash", "cash", "Cash", "money", "up", "now", "Bank plus processor balances in the company's currency, an own transfer on its way once; cards are liabilities and never netted.", "accounts", _cash),
    Kpi("gross_burn", "cash", "Gross burn", "money", "down", "month", "Operating cash out; without own transfers, financing and owner money.", "bank_lines", _burn("gross")),
    Kpi("net_burn", "cash", "Net burn", "money", "down", "month", "Operating cash out less operating cash in; positive is burning.", "bank_lines", _burn("net")),
    Kpi("runway_months", "cash", "Runway", "months", "up", "now", "Cash / average net burn of the last three whole months that have bank lines or bills.", "bank_lines", _runway, target=_D(12), floor=_D(6)),
    Kpi("cash_out_on", "cash", "Cash-out date", "date", "up", "now", "The day on which the runway ends.", "bank_lines", _cash_out),
    Kpi("burn_multiple", "cash", "Burn multiple", "ratio", "down", "month", "Net burn / net new ARR of the month; 0 where nothing burns.", "bank_lines", _burn_multiple, target=_D(2)),
    Kpi("ar_open", "cash", "Receivables", "money", "down", "now", "Open part of issued invoices, tax included.", "invoices", _receivable("total")),
    Kpi("ar_over_30", "cash", "Receivables over 30 days past due", "money", "down", "now", "Open part of invoices more than 30 days past their due date.", "invoices", _receivable("over_30"), target=_D(0)),
    Kpi("dso_days", "cash", "Days sales outstanding", "days", "down", "month", "Receivables / invoiced in the month × its days.", "invoices", _dso),
    Kpi("invoices_sent", "cash", "Invoices sent", "count", "up", "flow", "Invoices sent in the window: by their sent stamp, by their issue where they have none.", "invoices", _invoices_sent("count")),
    Kpi("invoices_sent_value", "cash", "Invoices sent, value", "money", "up", "flow", "Net amount of the invoices sent in the window.", "invoices", _invoices_sent("money")),
    Kpi("cac", "unit economics", "Customer acquisition cost", "money", "down", "month", "Sales and marketing bills of the month before / new customers of this month.", "bills", _figure("cac")),
    Kpi("ltv", "unit economics", "Lifetime value", "money", "up", "month", "MRR per customer × gross margin / monthly churn, at most 60 months.", "subscriptions", _figure("ltv")),
    Kpi("ltv_cac", "unit economics", "LTV : CAC", "ratio", "up", "month", "Lifetime value / acquisition cost.", "subscriptions", _ltv_cac, target=_D(3)),
    Kpi("cac_payback_months", "unit economics", "CAC payback", "months", "down", "month", "CAC / (MRR per new customer × gross margin).", "subscriptions", _payback),
    Kpi("gross_margin_pct", "unit economics", "Gross margin", "pct", "up", "month", "(Revenue − delivery, cloud and processor fees, billed, booked or kept back) / revenue.", "bills", _figure("gross_margin")),
    Kpi("pipeline_open", "sales", "Open pipeline", "money", "up", "now", "Year-1 value of deals in discovery, proposal and closing.", "deals", _stage("total")),
    Kpi("pipeline_discovery", "sales", "Pipeline: discovery", "money", "up", "now", "Year-1 value of deals in discovery.", "deals", _stage("discovery")),
    Kpi("pipeline_proposal", "sales", "Pipeline: proposal", "money", "up", "now", "Year-1 value of deals in proposal.", "deals", _stage("proposal")),
    Kpi("pipeline_closing", "sales", "Pipeline: closing", "money", "up", "now", "Year-1 value of deals in closing.", "deals", _stage("closing")),
    Kpi("pipeline_weighted", "sales", "Weighted pipeline", "money", "up", "now", "Value × probability of open deals; the spread is one standard deviation.", "deals", _pipeline_weighted),
    Kpi("new_leads", "sales", "New leads", "count", "up", "flow", "Prospects created.", "prospects", _new_leads),
    Kpi("new_leads_value", "sales", "New leads, value", "money", "up", "flow", "Amount of their deals, else the middle of their budget band.", "prospects", _new_leads_value),
    Kpi("proposals_sent", "sales", "Proposals sent", "count", "up", "flow", "Proposals first sent.", "proposals", _tally("sent", "n", "proposals")),
    Kpi("proposals_sent_value", "sales", "Proposals sent, value", "money", "up", "flow", "Services and licence of the proposals first sent.", "proposals", _tally("sent", "value", "proposals")),
    Kpi("proposal_slo_pct", "sales", "Proposals inside 24 hours", "pct", "up", "flow", "Sent by the same time of the next business day / decided.", "proposals", _proposal_slo, target=_D(100), floor=_D(80)),
    Kpi("deals_won", "sales", "Deals won", "count", "up", "flow", "Deals closed as won.", "deals", _tally("won", "n", "deals")),
    Kpi("deals_won_value", "sales", "Deals won, value", "money", "up", "flow", "Their Year-1 value.", "deals", _tally("won", "value", "deals")),
    Kpi("win_rate_pct", "sales", "Win rate", "pct", "up", "year", "Won / (won + lost) of deals closed in twelve months that reached a proposal.", "deals", _figure("win_rate")),
    Kpi("sales_velocity", "sales", "Sales velocity", "money_per_day", "up", "year", "Open deals × average value × win rate / median cycle.", "deals", _velocity),
    Kpi("coverage", "sales", "Pipeline coverage", "ratio", "up", "now", "Open pipeline / what is missing to the year's revenue target.", "deals", _coverage),
    Kpi("customers_live", "customers", "Live customers", "count", "up", "now", "Customers with status live.", "customers", _customers("live")),
    Kpi("customers_onboarding", "customers", "Customers onboarding", "count", "up", "now", "Customers with status onboarding.", "customers", _customers("onboarding")),
    Kpi("onboarding_complete_pct", "customers", "Onboarding complete", "pct", "up", "now", "Hours of finished steps / hours of all steps.", "onboardings", _onboarding),
    Kpi("accuracy_pct", "customers", "Inventory accuracy", "pct", "up", "now", "Mean of the live customers' newest current accuracy.", "measurements", _accuracy, target=_D(97), floor=_D(95)),
    Kpi("accuracy_gain_points", "customers", "Accuracy gained", "points", "up", "now", "Current less baseline, in percentage points.", "measurements", _accuracy_gain, target=_D(17)),
    Kpi("hours_saved_pct", "customers", "Counting hours saved", "pct", "up", "now", "(Baseline − current hours) / baseline, per warehouse and quarter.", "measurements", _hours_saved, target=_D(30), floor=_D(25)),
    Kpi("nps", "customers", "Net promoter score", "score", "up", "now", "100 × (promoters − detractors) / answers, newest answer of each person.", "scores", _nps),
    Kpi("ltr_median", "customers", "Likely to recommend", "score", "up", "now", "Median of the newest answers, 0 to 10.", "scores", _ltr, target=_D(8)),
    Kpi("uptime_pct", "reliability", "Uptime", "pct", "up", "flow", "1 − full outages of anyone / (window − maintenance − unknown time); of each customer from its go-live day on.", "incidents", _uptime, target=_D("99.5"), decimals=2),
    Kpi("downtime_minutes", "reliability", "Downtime", "minutes", "down", "flow", "Minutes of full outage of anyone.", "incidents", _platform("downtime_minutes")),
    Kpi("budget_left_minutes", "reliability", "Error budget left", "minutes", "up", "flow", "(1 − target) × window less the downtime.", "incidents", _platform("budget_left_minutes"), target=_D(0)),
    Kpi("latency_p95_ms", "reliability", "API latency p95", "ms", "down", "flow", "95th percentile of all probes, linear interpolation; exact up to 25,000 answers, beyond from a histogram within 1 %.", "probes", _latency("p95_ms"), target=_D(500), strict=True, decimals=0),
    Kpi("error_rate_pct", "reliability", "Error rate", "pct", "down", "flow", "Server errors and timeouts / probes.", "probes", _latency("error_rate_pct"), target=_D("0.5"), decimals=2),
    Kpi("incidents_opened", "reliability", "Incidents opened", "count", "down", "flow", "Incidents detected; requests are none.", "incidents", _incidents_opened),
    Kpi("incidents_open_critical", "reliability", "Open CRITICAL incidents", "count", "down", "now", "CRITICAL incidents not resolved.", "incidents", _open_critical, target=_D(0)),
    Kpi("mttd_minutes", "reliability", "Time to detect", "minutes", "down", "flow", "Median of detected − began, incidents resolved in the window.", "incidents", _response("detect")),
    Kpi("mtta_minutes", "reliability", "Time to acknowledge", "minutes", "down", "flow", "Median of acknowledged − detected.", "incidents", _response("acknowledge"), target=_D(5)),
    Kpi("mttr_minutes", "reliability", "Time to resolve", "minutes", "down", "flow", "Median of resolved − detected.", "incidents", _response("resolve"), target=_D(60)),
    Kpi("timers_met_pct", "reliability", "Playbook timers met", "pct", "up", "flow", "Timers met / timers due: acknowledge 5, diagnose 15, path 30, resolve 60 minutes.", "incidents", _timers, target=_D(100), floor=_D(80)),
    Kpi("commitments_kept_pct", "meeting", "Commitments kept", "pct", "up", "year", "Friday's promises kept / those judged, by a person or by the data; what is due and judged by neither is open.", "review_notes", _commitments, target=_D(90)),
    Kpi("blockers_open", "meeting", "Open blockers", "count", "down", "now", "Blockers raised and not cleared.", "review_notes", _blockers, target=_D(0)),
)
# fmt: on
KPIS: dict[str, Kpi] = {kpi.id: kpi for kpi in _ROWS}
"""Every KPI by its id, in the catalogue's order."""


def mark(kpi: Kpi, value: Value | None, target: Decimal | None, floor: Decimal | None) -> Mark | None:
    """How the value stands against target and floor; `no_data` without a value, None where nothing is targeted."""
    if value is None:
        return "no_data"
    if target is None or isinstance(value, date):
        return None
    sign = 1 if kpi.good == "up" else -1
    ahead = sign * (Decimal(value) - target)
    if ahead > 0 or (ahead == 0 and not kpi.strict):
        return "met"
    if floor is not None and sign * (Decimal(value) - floor) >= 0:
        return "floor"
    return "missed"


def measure(board: Board, kpi: Kpi) -> Measured:
    """One KPI read, with the target that holds on its day and its mark."""
    reading = kpi.read(board)
    target, floor = target_on(board.facts.targets, kpi, board.window.day)
    value = _rounded(kpi, reading.value)
    by: dict[str, tuple[Value | None, Mark | None]] | None = None
    if reading.by_customer is not None:
        shared = kpi.unit == "money"  # a company's target for money is no single customer's
        ones = {name: _rounded(kpi, one) for name, one in reading.by_customer.items()}
        by = {name: (one, None if shared else mark(kpi, one, target, floor)) for name, one in ones.items()}
    return Measured(
        kpi,
        value,
        target,
        floor,
        mark(kpi, value, target, floor),
        reading.as_of or board.window.as_of,
        window_words(board.window, kpi, board.facts.company.tz),
        reading.source,
        reading.reason,
        by,
    )


def measure_all(facts: Facts) -> dict[str, Measured]:
    """The whole catalogue, read from one set of facts."""
    board = Board(facts)
    return {kpi.id: measure(board, kpi) for kpi in KPIS.values()}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the data says of a promise: what it was asked, what it answered, and whether that keeps the promise.

    `value` is None where the number is not known, `kept` also until the promise's day has come.
    """

    question: Question
    value: Decimal | None
    kept: bool | None


def is_due(board: Board, note: Note) -> bool:
    """Whether a promise's day has come at the board's instant."""
    today = min(board.window.day, board.facts.calendar.local_date(board.window.as_of))
    return note.due_on is not None and note.due_on <= today and note.state != "dropped"


def verdict_on(board: Board, note: Note) -> bool | None:
    """Whether a promise that is due was kept: as a person said, else as the data says, else None: it is open."""
    if note.state in {"done", "missed"}:
        return note.state == "done"
    judged = judge(board, note)
    return judged.kept if judged else None


def judge(board: Board, note: Note) -> Judged | None:
    """What the data says of a promise, over the week that it was due in; None where only a person can tell.

    A board of another week answers only for numbers whose past its facts tell.
    """
    question = question_of(note, board.facts.customers)
    if question is None or note.due_on is None:
        return None
    value = _answer(board, question, Week.of_day(note.due_on))
    kept = reaches(question, value) if value is not None and is_due(board, note) else None
    return Judged(question, value, kept)


def reaches(question: Question, value: Decimal) -> bool:
    """Whether a value is what was promised: at least so much, at most where down is good."""
    falls = question.kpi in KPIS and KPIS[question.kpi].good == "down"
    return value <= question.at_least if falls else value >= question.at_least


def kept_rates(board: Board) -> tuple[KeptRate, ...]:
    """How each owner keeps promises, those with the most judged first. Source: requirements.md W9, section 8."""
    verdicts: dict[str, list[bool | None]] = {}
    for note in board.facts.notes:
        if note.kind in {"priority", "action"} and note.owner and is_due(board, note):
            verdicts.setdefault(note.owner, []).append(verdict_on(board, note))
    rates = [
        KeptRate(owner, said.count(True), len(said) - said.count(None), said.count(None))
        for owner, said in verdicts.items()
    ]
    return tuple(sorted(rates, key=lambda rate: (-rate.judged, rate.owner)))


_TOLD_LATER = frozenset(
    {CALLS, "new_leads", "new_leads_value", "proposals_sent", "deals_won", "mrr", "arr", "accuracy_pct"}
)
"""What may be asked about a week that has gone: its rows carry their own dates."""


def _answer(board: Board, question: Question, week: Week) -> Decimal | None:
    facts, asked = board.facts, board
    if board.window.day != week.friday:
        if board.window.day > week.friday and question.kpi not in _TOLD_LATER:
            return None
        if board.window.day > week.friday:
            asked = Board(replace(facts, window=window_of_week(week, facts.calendar, board.window.as_of)))
    if question.kpi == CALLS:
        start, end = asked.window.flow
        return Decimal(sum(start <= at < end for at in facts.calls))
    if question.kpi == PLAN_DAY:
        plans = {plan.customer_id: plan.done_through_day for plan in facts.onboardings}
        done = plans.get(question.customer_id or "")
        return None if done is None else Decimal(done)
    if question.kpi not in KPIS:
        return None
    if question.kpi == "onboarding_complete_pct" and question.customer_id:
        return asked.progress_through_go_live(question.customer_id)
    reading = KPIS[question.kpi].read(asked)
    value = (
        reading.value
        if question.customer_id is None
        else (reading.by_customer or {}).get(question.customer_id)
    )
    return None if value is None or isinstance(value, date) else Decimal(value)


def target_on(targets: tuple[Target, ...], kpi: Kpi, day: date) -> tuple[Decimal | None, Decimal | None]:
    """The company's newest target and floor for the KPI on that day, else the catalogue's."""
    own = [t for t in targets if t.kpi == kpi.id and t.from_on <= day]
    if not own:
        return kpi.target, kpi.floor
    newest = max(own, key=lambda t: t.from_on)
    return newest.target, newest.floor


def window_words(window: Window, kpi: Kpi, zone: tzinfo) -> str:
    """Which window the KPI was read over, for people, on the company's clock."""
    if kpi.over == "now":
        return f"at {instant(window.as_of, zone)}"
    if kpi.over == "month":
        return window.money_words
    if kpi.over == "year":
        return f"twelve months to {day(window.day)}"
    return window.words


def _rounded(kpi: Kpi, value: Value | None) -> Value | None:
    if isinstance(value, Decimal) and kpi.unit in {"money", "money_per_day"}:
        return cents(value)
    return value
