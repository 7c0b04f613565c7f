"""The investor workbook's sheets of MRR, revenue and expenses."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from xlsxwriter.utility import xl_rowcol_to_cell

from tai_ops.expenses import GROUPS, Spent
from tai_ops.exports.investor_work import Work
from tai_ops.exports.sheets import Cell, Column, Formula, Page
from tai_ops.exports.text import plain_day
from tai_ops.money import ZERO
from tai_ops.words import counted, money


def mrr(work: Work) -> None:
    """*MRR*: each customer from opening to closing by what moved it, and twelve months."""
    report = work.report
    page = work.page("MRR", (30, 13, 13, 13, 13, 13, 13, 13, 30))
    columns = (
        Column("Customer"),
        *(Column(head, "money", total=True) for head in _FLOW.values()),
        Column("Remarks", "note"),
    )
    started = {c.customer_id: c.partial_from for c in report.customers}
    rows = [
        (
            work.who(row.customer_id),
            *(getattr(row, name) for name in _FLOW),
            f"started {plain_day(since)}, in full" if (since := started.get(row.customer_id)) else "",
        )
        for row in report.movements.by_customer
    ]
    work.at["mrr"] = placed = page.table(columns, rows, total="Total")
    if placed.total is not None:
        closing = xl_rowcol_to_cell(placed.total, 7)
        arr = sum((row.closing for row in report.movements.by_customer), Decimal(0)) * 12
        page.put(page.row, 0, "ARR (closing × 12)", "text")
        page.put(page.row, 7, Formula(f"={closing}*12", arr), "money")
        page.row += 1
    page.words(
        "Opening + new + reactivated + expansion - contraction - churn = closing; every movement is a positive amount."
    )
    page.heading("Twelve months")
    months = (Column("Month", "month"), *columns[1:-1])
    history = page.table(
        [Column(c.head, c.look) for c in months],
        [(m.month.start, *(getattr(m, name) for name in _FLOW)) for m in report.mrr_months],
    )
    if any(m.closing for m in report.mrr_months):
        title = f"MRR is {money(report.movements.closing, report.currency)} at the end of {report.month.name}"
        page.bars(history, 7, title, "MRR", row=history.last + 2)


_FLOW = {
    "opening": "Opening",
    "new": "New",
    "reactivation": "Reactivated",
    "expansion": "Expansion",
    "contraction": "Contraction",
    "churn": "Churn",
    "closing": "Closing",
}


def revenue(work: Work) -> None:
    """*Revenue*: recognised by customer and kind, and deferred revenue rolled forward."""
    report = work.report
    page = work.page("Revenue", (30, 14, 14, 14, 14, 14, 12, 12, 14, 14, 14, 40))
    page.heading("Recognised in the month, net of tax")
    columns = (
        Column("Customer"),
        Column("Licence", "money", total=True),
        Column("Services", "money", total=True),
        Column("Total", "money", total=True),
    )
    first = page.row + 1
    rows = [
        (work.who(r.customer_id), r.licence, r.services, _plus(first + n, "B", "C", value=r.total))
        for n, r in enumerate(report.recognised.by_customer)
    ]
    work.at["recognised"] = page.table(columns, rows, total="Total")
    if report.recognised.unpriced:
        page.words(f"Without a price and left out: {', '.join(report.recognised.unpriced)}.")
    _deferred(work, page)


def _deferred(work: Work, page: Page) -> None:
    report = work.report
    page.heading("Deferred revenue rolled forward, contract by contract")
    columns = (
        Column("Customer"),
        *(Column(head, "money", total=True) for head in ("Opening", "Billed", "Recognised", "Closing")),
        Column("Recomputed from invoices", "money"),
        Column("Tolerance", "money"),
        Column("Off by", "money", total=True),
        Column("Unpaid, not begun", "money", total=True),
        Column("Deferred revenue", "money", total=True),
        Column("Unbilled", "money", total=True),
        Column("Remarks", "note"),
    )
    rows: list[Sequence[Cell]] = []
    for r in report.deferred.by_customer:
        at = page.row + 2 + len(rows)
        off = ZERO if r.ties is not False else abs(r.difference or ZERO)
        tie = f"=IF(ISNUMBER(F{at}),IF(ABS(ROUND(E{at}-F{at},2))<=G{at},0,ABS(ROUND(E{at}-F{at},2))),0)"
        rows.append(
            (
                work.who(r.customer_id),
                r.opening,
                r.billings,
                r.recognised,
                r.closing,
                r.unrecognised.value,
                r.tolerance,
                Formula(tie, off),
                r.not_started_unpaid,
                Formula(f"=MAX(0,ROUND(E{at}-I{at},2))", max(ZERO, r.presented)),
                Formula(f"=MAX(0,ROUND(I{at}-E{at},2))", max(ZERO, -r.presented)),
                r.unrecognised.reason or "",
            )
        )
    work.at["deferred"] = page.table(columns, rows, total="Total")
    page.words(
        "Opening + billed - recognised = closing; a negative closing is work not billed yet, shown apart."
    )


def _plus(row: int, *letters: str, value: Decimal) -> Formula:
    return Formula("=" + "+".join(f"{letter}{row + 1}" for letter in letters), value)


def expenses(work: Work) -> None:
    """*Expenses*: the letter's lines, categories and payees, each against its mean of the months before."""
    report, spent = work.report, work.report.expenses
    page = work.page("Expenses", (32, 24, 18, 18, 18))
    page.heading("By the day incurred, net of tax, whenever paid")
    groups, categories, payees = len(spent.by_group), len(spent.by_category), len(spent.by_payee)
    first_payee = page.row + (1 + groups + 1) + 2 + (1 + categories + 1) + 2 + 1
    last_payee = first_payee + max(payees, 1) - 1

    def of(column: str, *names: str) -> str:
        span = f"$B${first_payee + 1}:$B${last_payee + 1}"
        values = f"${column}${first_payee + 1}:${column}${last_payee + 1}"
        return "=" + "+".join(f'SUMIF({span},"{name}",{values})' for name in names)

    others = [line.name for line in spent.by_category if line.name not in GROUPS[:-1]]

    def summed(lines: Sequence[Spent], names: Callable[[str], Sequence[str]]) -> list[Sequence[Cell]]:
        return [
            (
                line.name.capitalize(),
                Formula(of("C", *names(line.name)), line.amount),
                None if line.mean is None else Formula(of("D", *names(line.name)), line.mean),
                _above(page.row + 1 + n, line),
            )
            for n, line in enumerate(lines)
        ]

    mean = (
        f"Mean of the {counted(len(spent.compared), 'month')} before"
        if spent.compared
        else "Mean of 3 months before"
    )
    columns = (
        Column("Line"),
        Column("This month", "money", total=True),
        Column(mean, "money", total=bool(spent.compared)),
        Column("Above the mean", "money", total=bool(spent.compared)),
    )
    work.at["groups"] = page.table(
        columns,
        summed(spent.by_group, lambda name: others if name == GROUPS[-1] else [name]),
        total="Total",
    )
    page.heading("By category")
    work.at["categories"] = page.table(columns, summed(spent.by_category, lambda name: [name]), total="Total")
    page.heading("By payee")
    work.at["payees"] = page.table(
        (Column("Payee"), Column("Category"), *columns[1:]),
        [
            (line.name, line.category, line.amount, line.mean, _above(page.row + 1 + n, line, "C", "D"))
            for n, line in enumerate(spent.by_payee)
        ],
        total="Total",
    )
    if spent.unlabelled:
        page.words(f"{spent.unlabelled} of {spent.n} have no category of their own and count as other.")
    if report.expenses.n == 0:
        page.words("No bills are on record for this month.")


def _above(row: int, line: Spent, now: str = "B", mean: str = "C") -> Cell:
    if line.mean is None:
        return None
    return Formula(f"={now}{row + 1}-{mean}{row + 1}", line.amount - line.mean)
