"""The rows behind a number: what a reader sees who asks where it comes from.

Every table is made from the same board as the number. Where a table has a column that the number sums, its total is
the number to the cent; cents that rounding leaves over stand in a row of their own.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tai_ops import behind_sales as sales
from tai_ops import behind_service as service
from tai_ops import cash, mrr, pipeline, receivables
from tai_ops.board import Board
from tai_ops.kpi import KPIS, Kpi, measure
from tai_ops.money import ZERO, cents
from tai_ops.rows import CUSTOMER, TYPE_OF_KIND, Column, How, Rows, Type, listing, with_rounding
from tai_ops.words import number

__all__ = ["TYPE_OF_KIND", "Column", "Rows", "Type", "behind", "listing"]


def behind(board: Board, kpi: Kpi) -> Rows:
    """The rows behind a KPI of the board."""
    return _READERS[kpi.id](board)


def _who(board: Board, customer_id: str | None) -> tuple[str, str]:
    return customer_id or "", board.names.get(customer_id, customer_id or "unknown customer")


# --- Revenue

_MOVEMENTS = ("opening", "new", "expansion", "reactivation", "contraction", "churn", "closing")


def _mrr_movements(summed: str) -> Callable[[Board], Rows]:
    def read(board: Board) -> Rows:
        columns = (
            *CUSTOMER,
            *(Column(name, "MRR" if name == "closing" else name.capitalize(), "money", name == summed)
              for name in _MOVEMENTS),
        )  # fmt: skip
        moved = board.rounded_movements.by_customer
        if summed not in {"opening", "closing"}:
            moved = tuple(row for row in moved if getattr(row, summed))
        rows = [
            (*_who(board, row.customer_id), *(getattr(row, name) for name in _MOVEMENTS))
            for row in sorted(moved, key=lambda row: -row.closing)
        ]
        with_rounding(columns, rows, getattr(board.movements, summed))
        return Rows("mrr", "customer with MRR", columns, tuple(rows), "sum", leads="customers")

    return read


def _arr(board: Board) -> Rows:
    columns = (*CUSTOMER, Column("mrr", "MRR", "money"), Column("arr", "ARR", "money", summed=True))
    paying = sorted(board.paying.items(), key=lambda pair: -pair[1])
    rows: list[tuple[Any, ...]] = [(*_who(board, who), cents(one), cents(12 * one)) for who, one in paying]
    with_rounding(columns, rows, board.movements.arr)
    return Rows("arr", "customer with MRR", columns, tuple(rows), "sum", leads="customers")


def _cohort(board: Board) -> Rows:
    month, subscriptions = board.window.month, board.facts.subscriptions
    then = mrr.mrr_by_customer(subscriptions, month.plus(-11).start)
    columns = (*CUSTOMER, Column("mrr_then", "MRR then", "money"), Column("mrr_now", "MRR now", "money"))
    rows = tuple(
        (*_who(board, who), cents(amount), cents(board.paying.get(who, ZERO)))
        for who, amount in sorted(then.items(), key=lambda pair: -pair[1])
        if amount
    )
    return Rows("retention", "customer of twelve months ago", columns, rows, leads="customers")


def _recognised(board: Board) -> Rows:
    columns = (
        *CUSTOMER,
        Column("licence", "Licence", "money"),
        Column("services", "Services", "money"),
        Column("recognised", "Recognised", "money", summed=True),
    )
    rows = [
        (*_who(board, row.customer_id), row.licence, row.services, row.total)
        for row in board.recognised.by_customer
        if row.total
    ]
    with_rounding(columns, rows, board.recognised.total)
    return Rows("revenue_recognised", "customer", columns, tuple(rows), "sum", leads="customers")


def _deferred(board: Board) -> Rows:
    columns = (
        *CUSTOMER,
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
    return Rows("deferred_revenue", "contract billed ahead", columns, rows, "sum", leads="customers")


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
    rows += tuple(
        (one.awaited, "own transfer on its way", one.currency, one.since, f"line of {one.seen}",
         number(one.amount, "money", one.currency, exact=True), one.amount)
        for one in board.cash.underway
    )  # fmt: skip
    return Rows("balances", "account", columns, rows, "sum", leads="accounts")


def _burn(summed: str) -> Callable[[Board], Rows]:
    """The accounts' operating flows of the month."""

    def read(board: Board) -> Rows:
        columns = (
            Column("account", "Account"),
            Column("cash_in", "Cash in", "money"),
            Column("cash_out", "Cash out (gross burn)", "money", summed == "cash_out"),
            Column("net_burn", "Net burn", "money", summed == "net_burn"),
            Column("basis", "From"),
        )
        there = cash.counted_rows(board.facts.account_months).get(board.window.month, [])
        rows = tuple(
            (one.account or "", one.cash_in, one.cash_out, one.cash_out - one.cash_in, one.source)
            for one in sorted(there, key=lambda one: (one.account or "", one.source))
            if one.nature == "operating"
        )
        return Rows("burn", "account with flows in the month", columns, rows, "sum", leads="accounts")

    return read


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
    held += [
        (f"{one.awaited}: own transfer on its way", one.amount, None, f"line of {one.seen}", one.since)
        for one in board.cash.underway
    ]
    flows = cash.operating_flows(board.facts.account_months)
    used = [
        (month.name, None, flows[month].net_burn, flows[month].basis, None)
        for month in board.runway.months_used
    ]
    return Rows("runway", "row", columns, (*held, *reversed(used)))


def _open_invoices(*, over_30: bool) -> Callable[[Board], Rows]:
    def read(board: Board) -> Rows:
        found = board.residuals.open_invoices
        columns = (
            *CUSTOMER,
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
        return Rows("open_invoices", "open invoice", columns, rows, "sum", leads="invoices")

    return read


def _invoices_sent(how: How) -> Callable[[Board], Rows]:
    def read(board: Board) -> Rows:
        first, last = board.window.flow_days
        sends = board.facts.sends
        sent = [i for i in board.facts.invoices if first <= receivables.sent_day(i, sends) <= last]
        return listing("invoices", sent, summed="amount", how=how)

    return read


def _not_made(read_rows: Callable[[Board], Rows]) -> Callable[[Board], Rows]:
    """The same rows, of which the number is not the sum: they are one of its parts."""

    def read(board: Board) -> Rows:
        return replace(read_rows(board), how="")

    return read


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


_READERS: dict[str, Callable[[Board], Rows]] = {
    "revenue_recognised": _recognised,
    "deferred_revenue": _deferred,
    "mrr": _mrr_movements("closing"),
    "arr": _arr,
    **{f"{name}_mrr": _mrr_movements(name) for name in _MOVEMENTS[1:-1]},
    "nrr_pct": _cohort,
    "grr_pct": _cohort,
    "logo_churn_pct": _cohort,
    "arpa": _not_made(_mrr_movements("closing")),
    "cash": _balances,
    "gross_burn": _burn("cash_out"),
    "net_burn": _burn("net_burn"),
    "runway_months": _runway,
    "cash_out_on": _runway,
    "burn_multiple": _inputs("net_burn", "mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr"),
    "ar_open": _open_invoices(over_30=False),
    "ar_over_30": _open_invoices(over_30=True),
    "dso_days": _not_made(_open_invoices(over_30=False)),
    "invoices_sent": _invoices_sent("count"),
    "invoices_sent_value": _invoices_sent("sum"),
    "cac": _inputs("cac", "new_mrr", "customers_live"),
    "ltv": _inputs("arpa", "gross_margin_pct", "churn_mrr"),
    "ltv_cac": _inputs("ltv", "cac"),
    "cac_payback_months": _inputs("cac", "new_mrr", "gross_margin_pct"),
    "gross_margin_pct": _inputs("revenue_recognised", "gross_margin_pct"),
    "pipeline_open": sales.deals(*pipeline.OPEN_STAGES),
    "pipeline_discovery": sales.deals("discovery"),
    "pipeline_proposal": sales.deals("proposal"),
    "pipeline_closing": sales.deals("closing"),
    "pipeline_weighted": sales.weighted,
    "new_leads": sales.leads,
    "new_leads_value": sales.leads_value,
    "proposals_sent": sales.sent("count"),
    "proposals_sent_value": sales.sent("sum"),
    "proposal_slo_pct": sales.promised,
    "deals_won": sales.deals("won", closed=True, how="count"),
    "deals_won_value": sales.deals("won", closed=True),
    "win_rate_pct": sales.decided,
    "sales_velocity": _inputs("pipeline_open", "win_rate_pct"),
    "coverage": _inputs("pipeline_open", "arr", "win_rate_pct"),
    "customers_live": service.customers("live"),
    "customers_onboarding": service.customers("onboarding"),
    "onboarding_complete_pct": service.onboardings,
    "accuracy_pct": service.accuracies("accuracy_pct"),
    "accuracy_gain_points": service.accuracies("gain_points"),
    "hours_saved_pct": service.accuracies("hours_saved_pct"),
    "nps": service.answers("promoters"),
    "ltr_median": service.answers("median"),
    "uptime_pct": service.outages(""),
    "downtime_minutes": service.outages("sum"),
    "budget_left_minutes": service.outages(""),
    "latency_p95_ms": service.probes,
    "error_rate_pct": service.probes,
    "incidents_opened": service.opened,
    "incidents_open_critical": service.open_critical,
    "mttd_minutes": service.times("began_at", "detected_at"),
    "mtta_minutes": service.times("detected_at", "acknowledged_at"),
    "mttr_minutes": service.times("detected_at", "resolved_at"),
    "timers_met_pct": service.timers,
    "commitments_kept_pct": service.commitments,
    "blockers_open": service.blockers,
}
