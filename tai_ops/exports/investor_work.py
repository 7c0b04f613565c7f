"""What the sheets of the investor workbook share: the work under way, its title and stamp, tables of metrics."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from xlsxwriter.utility import xl_rowcol_to_cell

from tai_ops.exports.sheets import Book, Cell, Column, Formula, Look, Marked, Page, Placed
from tai_ops.exports.text import plain_day
from tai_ops.month_report import Metric, MonthReport

DAY = timedelta(days=1)
METRIC_COLUMNS = (
    Column("This month", "money"),
    Column("Last month", "money"),
    Column("Change", "money"),
    Column("Target", "money"),
    Column("Mark"),
    Column("Remarks", "note"),
)


@dataclass(slots=True)
class Work:
    """A workbook under way, and where on its sheets each thing stands that the checks come back to."""

    report: MonthReport
    book: Book
    at: dict[str, Placed] = field(default_factory=dict[str, Placed])
    metrics: dict[str, str] = field(default_factory=dict[str, str])

    def page(self, name: str, widths: Sequence[int], title: str | None = None) -> Page:
        """A new sheet under the report's title and stamp."""
        report = self.report
        heading = f"{report.company} – {title or name} – {report.month.name}"
        return self.book.page(name, heading, _stamp(report), draft=report.draft, widths=widths)

    def who(self, customer_id: str | None) -> str:
        """A customer's name."""
        return self.report.names.get(customer_id, customer_id) if customer_id else "not tied to a customer"


def _stamp(report: MonthReport) -> str:
    unit = f"amounts in {report.currency}"
    closed = report.closed
    if closed is None:
        return f"DRAFT – the month is open, figures to {plain_day(report.until - DAY)}; {unit}"
    return (
        f"Closed {plain_day(closed.closed_at.date())} by {closed.closed_by}, version {closed.version}, "
        f"snapshot {closed.body_hash}; {unit}"
    )


def metric_row(metric: Metric, row: int) -> Sequence[Cell]:
    """A metric beside last month's, with its change as a formula; it will stand in that row (from 0)."""
    change: Cell = None
    if metric.change is not None:
        change = Formula(f"={xl_rowcol_to_cell(row, 1)}-{xl_rowcol_to_cell(row, 2)}", metric.change)
    target = "" if metric.target is None else metric.target
    mark: Cell = "" if metric.mark is None else Marked(metric.mark)
    return (metric.label, metric.value, metric.previous, change, target, mark, metric.reason or "")


def look_of(metric: Metric) -> Look:
    """How the metric's numbers are drawn."""
    return "pct2" if metric.unit == "pct" and metric.decimals == 2 else metric.unit


def metric_table(work: Work, page: Page, area: str) -> None:
    """A table of every metric of the area."""
    report = work.report
    columns = (Column("Metric"), *METRIC_COLUMNS)
    metrics = [m for m in report.metrics if m.area == area]
    first = page.row + 1
    rows = [metric_row(m, first + n) for n, m in enumerate(metrics)]
    page.table(columns, rows, looks=[look_of(m) for m in metrics])
