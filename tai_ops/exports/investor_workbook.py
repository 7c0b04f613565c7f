"""The investor summary workbook of a month: eleven sheets from one report, totals live, every identity checked.

Source: finance.md section 6. Values are inputs; totals, differences and checks are formulas over the rows shown, each
written with what it comes to.
"""

from collections.abc import Callable, Sequence
from datetime import UTC
from decimal import Decimal

from tai_ops.exports.investor_cash import cash, receivables, reconciliation
from tai_ops.exports.investor_checks import checks
from tai_ops.exports.investor_revenue import expenses, mrr, revenue
from tai_ops.exports.investor_work import METRIC_COLUMNS, Work, look_of, metric_row, metric_table
from tai_ops.exports.sheets import Book, Cell, Column, Look, Page
from tai_ops.month_report import MonthReport
from tai_ops.words import counted, money, number

SUMMARY = {
    "Revenue": "mrr arr revenue_recognised deferred_revenue new_mrr expansion_mrr contraction_mrr churn_mrr "
    "nrr_pct grr_pct arpa",
    "Cash": "expenses gross_burn net_burn cash cash_impact runway_months cash_out_on burn_multiple ar_open ar_over_30 "
    "dso_days",
    "Unit economics": "cac ltv ltv_cac cac_payback_months gross_margin_pct",
    "Sales and customers": "pipeline_open deals_won deals_won_value win_rate_pct customers_live accuracy_pct nps",
    "Reliability": "uptime_pct latency_p95_ms incidents_opened",
}
"""The metric table of the first sheet: its groups and their metrics, in order."""
SHOWN_CHANGES = 200
UNITS = {
    "pct": "per cent",
    "ms": "milliseconds",
    "money_per_day": "money a day",
    "points": "percentage points",
}


def workbook(report: MonthReport) -> bytes:
    """The workbook as a file; the same report gives the same bytes."""
    title = f"Investor summary {report.month.name}"
    work = Work(report, Book(title, report.company, report.as_of))
    for sheet in _SHEETS:
        sheet(work)
    return work.book.content()


def _summary(work: Work) -> None:
    report = work.report
    page = work.page("Summary", (30, 15, 15, 15, 13, 12, 60), "Monthly financial summary")
    page.words(headline(report), "text")
    page.row += 1
    columns = (Column(report.month.name), *METRIC_COLUMNS)
    rows: list[Sequence[Cell]] = []
    looks: list[Look | None] = []
    names: list[str | None] = []
    first = page.row + 1
    for group, ids in SUMMARY.items():
        rows.append((group, "", "", "", "", "", ""))
        looks.append("group")
        names.append(None)
        for name in ids.split():
            metric = report.metric(name)
            rows.append(metric_row(metric, first + len(rows)))
            looks.append(look_of(metric))
            names.append(name)
    placed = page.table(columns, rows, looks=looks)
    for n, name in enumerate(names):
        if name and report.metric(name).value is not None:
            address = placed.cell(1, placed.first + n)
            work.metrics[name] = address
            work.book.name(name, address)
    _changes(work, page)


def headline(report: MonthReport) -> str:
    """The month in one sentence."""
    parts = [
        _moved(report, "mrr", "MRR"),
        _moved(report, "net_burn", "net burn"),
        _moved(report, "cash", "cash"),
    ]
    parts.append(_lasts(report))
    marked = [m for m in report.metrics if m.mark in {"met", "floor", "missed"}]
    missed = sum(m.mark == "missed" for m in marked)
    targets = (
        f"{missed} of {counted(len(marked), 'target')} missed" if marked else "no target can be marked yet"
    )
    return f"{', '.join(parts)}; {targets}."


def _lasts(report: MonthReport) -> str:
    runway = report.runway()
    if runway.months is not None:
        return f"runway {number(runway.months, 'months')}"
    reason = runway.reason or "no data"
    return reason if reason.startswith("not burning") else f"runway not known ({reason})"


def _moved(report: MonthReport, name: str, label: str) -> str:
    metric = report.metric(name)
    if not isinstance(metric.value, Decimal):
        return f"{label} not known ({metric.reason})"
    change = metric.change
    before = report.month.plus(-1).name.split()[0]
    sign = "+" if change and change > 0 else ""
    moved = f" ({sign}{money(change, report.currency)} on {before})" if change else ""
    return f"{label} {money(metric.value, report.currency)}{moved}"


def _changes(work: Work, page: Page) -> None:
    changes, closed = work.report.changes, work.report.closed
    if not changes or closed is None:
        return
    page.heading(f"Changed since version {closed.version - 1}")
    columns = (Column("Number"), Column("Before", "money"), Column("Now", "money"))
    page.table(columns, [(c.number, c.before, c.after) for c in changes[:SHOWN_CHANGES]])
    if len(changes) > SHOWN_CHANGES:
        page.words(f"and {len(changes) - SHOWN_CHANGES} more")
    page.heading("The rows that were written in between")
    behind = (
        Column("Record"),
        Column("Kind"),
        Column("Event"),
        Column("When (UTC)", "instant"),
        Column("By"),
        Column(""),
        Column("What", "note"),
    )
    page.table(
        behind,
        [
            (r.key, r.kind, r.event, r.done_at.astimezone(UTC), r.done_by, "", r.words)
            for r in work.report.because[:SHOWN_CHANGES]
        ],
    )


def _pipeline(work: Work) -> None:
    page = work.page("Pipeline", (34, 15, 15, 15, 13, 12, 50))
    report = work.report
    page.heading(f"Open deals as they stood at the end of {report.month.name}")
    columns = (
        Column("Stage"),
        Column("Deals", "count", total=True),
        Column("Year-1 value", "money", total=True),
        Column("Without a value", "count", total=True),
    )
    if all(stage.n is None for stage in report.stages):
        page.words(f"Not known: {report.metric('pipeline_open').reason}.")
    else:
        rows = [(s.stage, s.n, s.amount, s.n_without_amount) for s in report.stages]
        page.table(columns, rows, total="Total")
    page.heading("Sales")
    metric_table(work, page, "sales")


def _reliability(work: Work) -> None:
    page = work.page("Reliability", (34, 15, 18, 18, 13, 12, 50))
    page.heading("The service in the month")
    metric_table(work, page, "reliability")
    page.heading("Incidents detected in the month")
    columns = (
        Column("Incident"),
        Column("Severity"),
        Column("Detected (UTC)", "instant"),
        Column("Resolved (UTC)", "instant"),
        Column("Minutes", "minutes"),
        Column(""),
        Column("Title", "wrapped"),
    )
    rows = [
        (
            i.incident_id,
            i.severity or "–",
            i.detected_at.astimezone(UTC),
            i.resolved_at.astimezone(UTC) if i.resolved_at else None,
            i.minutes,
            "",
            i.title,
        )
        for i in work.report.incidents
    ]
    page.table(columns, rows)


def _definitions(work: Work) -> None:
    page = work.page("Definitions", (34, 16, 110))
    columns = (Column("Number"), Column("Unit"), Column("What it is and what it leaves out", "wrapped"))
    page.table(columns, [(d.label, UNITS.get(d.unit, d.unit), d.formula) for d in work.report.definitions])


_SHEETS: tuple[Callable[[Work], None], ...] = (
    _summary,
    mrr,
    revenue,
    expenses,
    cash,
    receivables,
    reconciliation,
    _pipeline,
    _reliability,
    _definitions,
    checks,
)
