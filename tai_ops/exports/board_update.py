"""The update for the board and the advisors about a month, on one page of Markdown, from the month's report.

Source: Runbook 6 "Board/advisor update"; finance.md R6.20. The same numbers as the investor summary, each beside the
month before and its target, and what the CFO wrote.
"""

from decimal import Decimal

from tai_ops.exports.investor_workbook import headline
from tai_ops.exports.text import markdown
from tai_ops.month_report import Metric, MonthReport, Value
from tai_ops.store.closing import InvestorNotes
from tai_ops.words import DASH, aim, change, counted, mark, number

METRICS = (
    "mrr",
    "arr",
    "revenue_recognised",
    "deferred_revenue",
    "expenses",
    "net_burn",
    "cash",
    "runway_months",
    "ar_open",
    "ar_over_30",
    "nrr_pct",
    "pipeline_open",
    "customers_live",
    "uptime_pct",
)
"""What a board asks about, in this order."""


def board_md(report: MonthReport, notes: InvestorNotes) -> str:
    """The update as Markdown; the same report and notes give the same text."""
    draft = " (DRAFT)" if report.draft else ""
    parts = [
        f"# {markdown(report.company)}: board update, {report.month.name}{draft}",
        markdown(headline(report)),
        _table(report),
    ]
    for heading, text in (
        ("Went well", notes.highlights),
        ("Did not", notes.lowlights),
        ("We ask for", notes.asks),
    ):
        lines = [line for line in (text or "").splitlines() if line.strip()]
        if lines:
            parts.append(f"## {heading}\n\n" + "\n".join(f"- {markdown(line)}" for line in lines))
    missed = [m for m in report.metrics if m.mark == "missed"]
    if missed:
        told = "\n".join(
            f"- {markdown(m.label)}: {_value(report, m, m.value)}, aim {_aim(report, m)}" for m in missed
        )
        parts.append(f"## {counted(len(missed), 'target')} missed\n\n{told}")
    if report.changes and report.closed:
        parts.append(
            f"{counted(len(report.changes), 'number')} changed since version {report.closed.version - 1}; "
            "the workbook's first sheet lists them."
        )
    parts.append(f"*{markdown(_stamp(report))}*")
    return "\n\n".join(parts) + "\n"


def _table(report: MonthReport) -> str:
    before = report.month.plus(-1).name.split()[0]
    rows = [
        f"| {markdown(m.label)} | {_value(report, m, m.value)} | {_value(report, m, m.previous)} | "
        f"{_change(report, m)} | {_aim(report, m)} | {mark(m.mark) if m.mark else ''} |"
        for m in (report.metric(name) for name in METRICS)
    ]
    head = f"| | {report.month.name} | {before} | Change | Target | |"
    return "\n".join((head, "|:---|---:|---:|---:|---:|:---|", *rows))


def _value(report: MonthReport, metric: Metric, value: Value | None) -> str:
    if isinstance(value, Decimal):
        return number(value, metric.unit, report.currency, decimals=metric.decimals)
    return DASH if value is None else value.isoformat()


def _change(report: MonthReport, metric: Metric) -> str:
    if metric.change is None:
        return ""
    before = report.month.plus(-1).name.split()[0]
    return change(
        metric.value, metric.previous, metric.unit, before, report.currency, decimals=metric.decimals
    )


def _aim(report: MonthReport, metric: Metric) -> str:
    return aim(metric.target, metric.unit, report.currency) if metric.target is not None else ""


def _stamp(report: MonthReport) -> str:
    closed = report.closed
    if closed is None:
        return "The month is open; these numbers may still change."
    return f"Closed by {closed.closed_by} as version {closed.version}; snapshot {closed.body_hash[:12]}."
