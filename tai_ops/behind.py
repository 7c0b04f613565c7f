"""The rows behind a number: what a reader sees who asks where it comes from.

Every table is made from the same board as the number. Where a table has a column that the number sums, its total is
the number to the cent; cents that rounding leaves over stand in a row of their own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal

from tai_ops import cash, mrr, pipeline, receivables, reliability, scores
from tai_ops.board import Board
from tai_ops.kinds import KINDS
from tai_ops.kpi import KPIS, Kpi, measure
from tai_ops.money import ZERO, cents
from tai_ops.words import number

Type = Literal["text", "money", "pct", "number", "count", "date", "instant", "flag"]
TYPE_OF_KIND: dict[str, Type] = {
    "money": "money",
    "price": "number",
    "number": "number",
    "percent": "pct",
    "whole": "count",
    "flag": "flag",
    "date": "date",
    "instant": "instant",
}
"""How a kind's columns are shown; what is not named here is text."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in a file, its heading, what it holds, and whether the number is its sum."""

    name: str
    label: str
    type: Type = "text"
    summed: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of what stands behind a number; `what` says in a few words what a row is."""

    kind: str
    what: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]

    def total(self) -> Decimal | None:
        """The sum of the column that the number sums; None where there is none."""
        place = next((i for i, column in enumerate(self.columns) if column.summed), None)
        if place is None:
            return None
        return sum((Decimal(row[place]) for row in self.rows if row[place] is not None), Decimal(0))


def listing(kind: str, found: Iterable[object], *, summed: str | None = None) -> Rows:
    """Records of a kind as a table with all their columns."""
    columns = tuple(
        Column(c.name, _label(c.name), TYPE_OF_KIND.get(c.type, "text"), c.name == summed)
        for c in KINDS[kind].columns
    )
    return Rows(kind, KINDS[kind].noun, columns, tuple(_values(record) for record in found))


def behind(board: Board, kpi: Kpi) -> Rows:
    """The rows behind a KPI of the board."""
    return _READERS[kpi.id](board)


def _label(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ").replace(" pct", " %").capitalize()


def _values(record: object) -> tuple[Any, ...]:
    return tuple(getattr(record, field.name) for field in fields(record))  # type: ignore[arg-type]


def _names(board: Board) -> dict[str | None, str]:
    return {c.customer_id: c.name for c in board.facts.customers}


_CUSTOMER = (Column("customer_id", "Id"), Column("customer", "Customer"))


def _who(board: Board, customer_id: str | None) -> tuple[str, str]:
    return customer_id or "", _names(board).get(customer_id, customer_id or "unknown customer")


def _with_rounding(columns: Sequence[Column], rows: list[tuple[Any, ...]], total: Decimal | None) -> None:
    place = next(i for i, column in enumerate(columns) if column.summed)
    left = cents(total or ZERO) - sum((row[place] for row in rows), ZERO)
    if left:
        blank: list[Any] = [None] * len(columns)
        blank[1], blank[place] = "Rounding", left
        rows.append(tuple(blank))


# --- Revenue

_MOVEMENTS = ("opening", "new", "expansion", "reactivation", "contraction", "churn", "closing")


def _mrr_movements(summed: str) -> Callable[[Board], Rows]:
    def read(board: Board) -> Rows:
        columns = (
            *_CUSTOMER,
            *(Column(name, "MRR" if name == "closing" else name.capitalize(), "money", name == summed)
              for name in _MOVEMENTS),
        )  # fmt: skip
        moved = board.movements.rounded().by_customer
        if summed not in {"opening", "closing"}:
            moved = tuple(row for row in moved if getattr(row, summed))
        rows = [
            (*_who(board, row.customer_id), *(getattr(row, name) for name in _MOVEMENTS))
            for row in sorted(moved, key=lambda row: -row.closing)
        ]
        _with_rounding(columns, rows, getattr(board.movements, summed))
        return Rows("mrr", "customer with MRR", columns, tuple(rows))

    return read


def _arr(board: Board) -> Rows:
    columns = (*_CUSTOMER, Column("mrr", "MRR", "money"), Column("arr", "ARR", "money", summed=True))
    paying = sorted(board.paying.items(), key=lambda pair: -pair[1])
    rows: list[tuple[Any, ...]] = [(*_who(board, who), cents(one), cents(12 * one)) for who, one in paying]
    _with_rounding(columns, rows, board.movements.arr)
    return Rows("arr", "customer with MRR", columns, tuple(rows))


def _cohort(board: Board) -> Rows:
    month, subscriptions = board.window.month, board.facts.subscriptions
    then = mrr.mrr_by_customer(subscriptions, month.plus(-11).start)
    columns = (*_CUSTOMER, Column("mrr_then", "MRR then", "money"), Column("mrr_now", "MRR now", "money"))
    rows = tuple(
        (*_who(board, who), cents(amount), cents(board.paying.get(who, ZERO)))
        for who, amount in sorted(then.items(), key=lambda pair: -pair[1])
        if amount
    )
    return Rows("retention", "customer of twelve months ago", columns, rows)


def _recognised(board: Board) -> Rows:
    columns = (
        *_CUSTOMER,
        Column("licence", "Licence", "money"),
        Column("services", "Services", "money"),
        Column("recognised", "Recognised", "money", summed=True),
    )
    rows = [
        (*_who(board, row.customer_id), row.licence, row.services, row.total)
        for row in board.recognised.by_customer
        if row.total
    ]
    _with_rounding(columns, rows, board.recognised.total)
    return Rows("revenue_recognised", "customer", columns, tuple(rows))


def _deferred(board: Board) -> Rows:
    columns = (
        *_CUSTOMER,
        Column("opening", "Opening", "money"),
        Column("billings", "Billed", "money"),
        Column("recognised", "Recognised", "money"),
        Column("deferred", "Deferred", "money", summed=True),
    )
    rows = tuple(
        (*_who(board, row.customer_id), row.opening, row.billings, row.recognised, row.presented)
        for row in board.deferred.by_customer
        if row.presented > 0
    )
    return Rows("deferred_revenue", "contract billed ahead", columns, rows)


# --- Cash


def _balances(board: Board) -> Rows:
    columns = (
        Column("account", "Account"),
        Column("kind", "Kind"),
        Column("currency", "Currency"),
        Column("as_of", "As of", "date"),
        Column("basis", "Known by"),
        Column("amount", "Balance"),
        Column("counted", "In cash", "money", summed=True),
    )
    ours = board.facts.company.currency
    rows = tuple(
        (b.account, b.kind, b.currency, None if b.amount is None else b.as_of, b.basis_words,
         number(b.amount, "money", b.currency, exact=True),
         b.amount if b.kind != "card" and b.currency == ours else None)
        for b in board.facts.balances
    )  # fmt: skip
    return Rows("balances", "account", columns, rows)


def _flows(board: Board) -> Rows:
    columns = (
        Column("month", "Month"),
        Column("cash_in", "Cash in", "money"),
        Column("cash_out", "Cash out (gross burn)", "money"),
        Column("net_burn", "Net burn", "money"),
        Column("basis", "From"),
    )
    flows = cash.operating_flows(board.facts.account_months)
    rows = tuple(
        (month.name, flow.cash_in, flow.cash_out, flow.net_burn, flow.basis)
        for month, flow in sorted(flows.items(), reverse=True)
        if month <= board.window.month
    )
    return Rows("cash_flows", "month", columns, rows)


def _runway(board: Board) -> Rows:
    """The cash by account, each of its own day, then the months that it is divided by."""
    columns = (
        Column("what", "Account or month"),
        Column("cash", "Cash", "money", summed=True),
        Column("net_burn", "Net burn", "money"),
        Column("basis", "From"),
        Column("as_of", "As of", "date"),
    )
    held = [(b.account, b.amount, None, b.basis_words, b.as_of) for b in board.cash.known]
    flows = cash.operating_flows(board.facts.account_months)
    used = [
        (month.name, None, flows[month].net_burn, flows[month].basis, None)
        for month in board.runway.months_used
    ]
    return Rows("runway", "row", columns, (*held, *reversed(used)))


def _open_invoices(*, over_30: bool) -> Callable[[Board], Rows]:
    def read(board: Board) -> Rows:
        f, day = board.facts, board.window.day
        found = receivables.residuals(f.invoices, f.payments, day).open_invoices
        columns = (
            *_CUSTOMER,
            Column("invoice_number", "Invoice"),
            Column("due_on", "Due", "date"),
            Column("days_past_due", "Days past due", "count"),
            Column("gross", "Amount", "money"),
            Column("open_amount", "Open", "money", summed=True),
        )
        rows = tuple(
            (
                *_who(board, i.customer_id),
                i.invoice_number,
                i.due_on,
                max(i.days_past_due, 0),
                i.gross,
                i.open_amount,
            )
            for i in sorted(found, key=lambda i: -i.days_past_due)
            if not over_30 or i.days_past_due > receivables.CHASE_AFTER_DAYS
        )
        return Rows("open_invoices", "open invoice", columns, rows)

    return read


def _invoices_sent(board: Board) -> Rows:
    first, last = board.window.flow_days
    sent = [i for i in board.facts.invoices if first <= i.issued_on <= last]
    return listing("invoices", sent, summed="amount")


def _inputs(*ids: str) -> Callable[[Board], Rows]:
    def read(board: Board) -> Rows:
        found = [measure(board, KPIS[one]) for one in ids]
        currency = board.facts.company.currency
        rows = tuple(
            (m.kpi.label, number(m.value, m.kpi.unit, currency, exact=True), m.window, m.kpi.formula)
            for m in found
        )
        columns = (
            Column("figure", "Figure"),
            Column("value", "Value"),
            Column("window", "Over"),
            Column("formula", "Formula"),
        )
        return Rows("inputs", "input", columns, rows)

    return read


# --- Sales


def _deals(*stages: str, closed: bool = False) -> Callable[[Board], Rows]:
    def read(board: Board) -> Rows:
        company = board.facts.company
        named = {p.prospect_id: p.company for p in board.facts.prospects}
        columns = (
            Column("deal_id", "Deal"),
            Column("company", "Company"),
            Column("stage", "Stage"),
            Column("amount", "Year-1 value", "money", summed=True),
            Column("probability_pct", "Probability %", "pct"),
            Column("expected_close_on", "Expected close", "date"),
            Column("closed_on", "Closed", "date"),
            Column("lost_reason", "Lost because"),
        )
        first, last = board.window.flow_days
        rows = tuple(
            (d.deal_id, named.get(d.prospect_id, d.prospect_id), d.stage, d.amount,
             company.stage_probability_pct.get(d.stage) if d.probability_pct is None else d.probability_pct,
             d.expected_close_on, d.closed_on, d.lost_reason)
            for d in sorted(board.facts.deals, key=lambda d: -(d.amount or 0))
            if d.stage in stages and (not closed or (d.closed_on is not None and first <= d.closed_on <= last))
        )  # fmt: skip
        return Rows("deals", "deal", columns, rows)

    return read


def _weighted(board: Board) -> Rows:
    columns = (
        Column("deal_id", "Deal"),
        Column("stage", "Stage"),
        Column("amount", "Year-1 value", "money"),
        Column("probability_pct", "Probability %", "pct"),
        Column("weighted", "Weighted", "money", summed=True),
    )
    default = board.facts.company.stage_probability_pct
    rows: list[tuple[Any, ...]] = []
    exact = ZERO
    for deal in board.facts.deals:
        chance = default.get(deal.stage) if deal.probability_pct is None else deal.probability_pct
        if deal.stage in pipeline.OPEN_STAGES and deal.amount is not None and chance is not None:
            exact += deal.amount * chance / 100
            rows.append((deal.deal_id, deal.stage, deal.amount, chance, cents(deal.amount * chance / 100)))
    _with_rounding(columns, rows, exact)
    return Rows("deals_weighted", "open deal", columns, tuple(rows))


def _leads(board: Board) -> Rows:
    first, last = board.window.flow_days
    return listing("prospects", [p for p in board.facts.prospects if first <= p.created_on <= last])


def _proposals(board: Board) -> Rows:
    start, end = board.window.flow
    found = [
        p
        for p in board.facts.proposals
        if (p.sent_at is not None and start <= p.sent_at < end)
        or (p.sent_at is None and p.status in {"draft", "in_review", "approved"})
    ]
    return listing("proposals", found)


# --- Customers


def _customers(*statuses: str) -> Callable[[Board], Rows]:
    def read(board: Board) -> Rows:
        return listing("customers", board.in_status(*statuses))

    return read


def _onboardings(board: Board) -> Rows:
    columns = (
        *_CUSTOMER,
        Column("kickoff_on", "Kickoff", "date"),
        Column("done_through_day", "Done through day", "count"),
        Column("complete_pct", "Complete %", "pct"),
        Column("next", "Next"),
    )
    rows = tuple(
        (*_who(board, o.customer_id), o.kickoff_on, o.done_through_day, progress.pct,
         progress.next_block.title if progress.next_block else "")
        for o in board.facts.onboardings
        if (progress := board.progress.get(o.customer_id))
    )  # fmt: skip
    return Rows("onboardings", "customer being onboarded", columns, rows)


def _accuracies(board: Board) -> Rows:
    columns = (
        *_CUSTOMER,
        Column("status", "Status"),
        Column("baseline_pct", "Baseline %", "pct"),
        Column("accuracy_pct", "Current %", "pct"),
        Column("gain_points", "Gain, points", "number"),
        Column("hours_saved_pct", "Hours saved %", "pct"),
        Column("measured_on", "Measured", "date"),
    )
    state = {c.customer_id: c.status for c in board.facts.customers}
    rows = tuple(
        (*_who(board, who), state[who], a.baseline_pct, a.accuracy_pct, a.gain_points, a.hours_saved_pct, a.measured_on)
        for who, a in sorted(board.accuracies.items(), key=lambda pair: (pair[1].accuracy_pct is None, pair[1].accuracy_pct or 0))
    )  # fmt: skip
    return Rows("accuracy", "customer", columns, rows)


def _answers(board: Board) -> Rows:
    return listing("scores", scores.latest_answers(board.facts.scores, board.window.day))


# --- Reliability and the meeting


def _impacts(board: Board) -> Rows:
    start, end = board.window.flow
    found = [
        i for i in board.facts.impacts if i.began_at < end and (i.ended_at is None or i.ended_at > start)
    ]
    return listing("impacts", found)


def _probes(board: Board) -> Rows:
    columns = (
        Column("service", "Service"),
        Column("first_at", "First probe", "instant"),
        Column("last_at", "Last probe", "instant"),
        Column("usual_interval_seconds", "Usual interval, s", "number"),
        Column("samples", "Probes in the window", "count"),
        Column("silent_minutes", "Silent minutes", "number"),
    )
    rows = tuple(
        (c.service, c.first_at, c.last_at, c.usual_interval_seconds, c.samples,
         reliability.minutes(reliability.total(reliability.clip(c.gaps, board.window.flow))))
        for c in board.facts.coverages
    )  # fmt: skip
    return Rows("probes", "service", columns, rows)


def _incidents(board: Board) -> Rows:
    start, end = board.window.flow
    found = [
        i
        for i in board.facts.incidents
        if i.detected_at < end and (i.resolved_at is None or i.resolved_at >= start)
    ]
    return listing("incidents", found)


def _notes(kind: str) -> Callable[[Board], Rows]:
    def read(board: Board) -> Rows:
        columns = (
            Column("body", "What"),
            Column("owner", "Owner"),
            Column("due_on", "Due", "date"),
            Column("state", "State"),
            Column("week", "Raised", "date"),
        )
        found = sorted((n for n in board.facts.notes if n.kind == kind), key=lambda n: n.state != "open")
        rows = tuple((n.body, n.owner, n.due_on, n.state, n.week) for n in found)
        return Rows(f"{kind}s", kind, columns, rows)

    return read


_READERS: dict[str, Callable[[Board], Rows]] = {
    "revenue_recognised": _recognised,
    "deferred_revenue": _deferred,
    "mrr": _mrr_movements("closing"),
    "arr": _arr,
    **{f"{name}_mrr": _mrr_movements(name) for name in _MOVEMENTS[1:-1]},
    "nrr_pct": _cohort,
    "grr_pct": _cohort,
    "logo_churn_pct": _cohort,
    "arpa": _mrr_movements("closing"),
    "cash": _balances,
    "gross_burn": _flows,
    "net_burn": _flows,
    "runway_months": _runway,
    "cash_out_on": _runway,
    "burn_multiple": _inputs("net_burn", "mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr"),
    "ar_open": _open_invoices(over_30=False),
    "ar_over_30": _open_invoices(over_30=True),
    "dso_days": _open_invoices(over_30=False),
    "invoices_sent": _invoices_sent,
    "invoices_sent_value": _invoices_sent,
    "cac": _inputs("cac", "new_mrr", "customers_live"),
    "ltv": _inputs("arpa", "gross_margin_pct", "churn_mrr"),
    "ltv_cac": _inputs("ltv", "cac"),
    "cac_payback_months": _inputs("cac", "new_mrr", "gross_margin_pct"),
    "gross_margin_pct": _inputs("revenue_recognised", "gross_margin_pct"),
    "pipeline_open": _deals(*pipeline.OPEN_STAGES),
    "pipeline_discovery": _deals("discovery"),
    "pipeline_proposal": _deals("proposal"),
    "pipeline_closing": _deals("closing"),
    "pipeline_weighted": _weighted,
    "new_leads": _leads,
    "new_leads_value": _leads,
    "proposals_sent": _proposals,
    "proposals_sent_value": _proposals,
    "proposal_slo_pct": _proposals,
    "deals_won": _deals("won", closed=True),
    "deals_won_value": _deals("won", closed=True),
    "win_rate_pct": _deals("won", "lost"),
    "sales_velocity": _inputs("pipeline_open", "win_rate_pct"),
    "coverage": _inputs("pipeline_open", "arr", "win_rate_pct"),
    "customers_live": _customers("live"),
    "customers_onboarding": _customers("onboarding"),
    "onboarding_complete_pct": _onboardings,
    "accuracy_pct": _accuracies,
    "accuracy_gain_points": _accuracies,
    "hours_saved_pct": _accuracies,
    "nps": _answers,
    "ltr_median": _answers,
    "uptime_pct": _impacts,
    "downtime_minutes": _impacts,
    "budget_left_minutes": _impacts,
    "latency_p95_ms": _probes,
    "error_rate_pct": _probes,
    "incidents_opened": _incidents,
    "incidents_open_critical": _incidents,
    "mttd_minutes": _incidents,
    "mtta_minutes": _incidents,
    "mttr_minutes": _incidents,
    "timers_met_pct": _incidents,
    "commitments_kept_pct": _notes("priority"),
    "blockers_open": _notes("blocker"),
}
