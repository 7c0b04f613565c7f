"""The investor workbook's last sheet: every identity recomputed by a formula over the other sheets."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from tai_ops.exports.investor_work import Work
from tai_ops.exports.sheets import Cell, Column, Formula
from tai_ops.money import ZERO, cents


def checks(work: Work) -> None:
    """*Checks*: each identity's difference as a formula, 0 where it holds, and a flag where it does not."""
    page = work.page("Checks", (64, 16, 12, 60))
    first = page.row + 2
    last = first + len(work.report.checks) - 1
    known = [c for c in work.report.checks if c.difference is not None]
    off = sum((abs(c.difference or ZERO) for c in known), ZERO)
    good, bad = "Every identity that can be checked holds.", "An identity does not hold: see below."
    page.put(
        page.row,
        0,
        Formula(f'=IF(SUM(C{first + 1}:C{last + 1})=0,"{good}","{bad}")', bad if off else good),
        "text",
    )
    page.row += 1
    columns = (
        Column("Identity"),
        Column("Difference", "money"),
        Column("Off", "count"),
        Column("Remarks", "note"),
    )
    rows: list[Sequence[Cell]] = []
    for n, check in enumerate(work.report.checks):
        formula = None if check.difference is None else _formula(work, check.id)
        difference: Cell = check.difference
        if formula and check.difference is not None:
            difference = Formula(formula, cents(check.difference))
        at = first + n + 1
        flag = Formula(f"=IF(ISNUMBER(B{at}),IF(B{at}=0,0,1),0)", Decimal(bool(check.difference)))
        rows.append((check.words, difference, flag, check.note or ""))
    placed = page.table(columns, rows)
    work.book.name("checks", f"{page.name}!$B${placed.first + 1}:$B${placed.last + 1}")


def _formula(work: Work, name: str) -> str | None:
    """The identity as a formula over the sheets; None where its rows are not in the workbook."""
    kind, _, account = name.partition("/")
    if kind in {"cash", "reconciliation", "clearing"} and account:
        return _account_formula(work, kind, account)
    made = _IDENTITIES[kind](work)
    return f"={made}" if made else None


def _account_formula(work: Work, kind: str, account: str) -> str | None:
    report = work.report
    if kind == "cash":
        at = next(n for n, row in enumerate(report.cash.accounts) if row.account == account)
        placed = work.at["cash"]
        return f"={placed.cell(9, placed.first + at)}"
    held = report.clearings if kind == "clearing" else report.reconciliations
    at = next(n for n, row in enumerate(held) if row.account == account)
    placed = work.at[kind]
    return f"={placed.cell(at + 1, placed.last)}"


def _flow_identity(work: Work) -> str | None:
    placed = work.at["mrr"]
    if placed.total is None:
        return None
    b, c, d, e, f, g, h = (placed.cell(n) for n in range(1, 8))
    return f"ROUND({b}+{c}+{d}+{e}-{f}-{g}-{h},2)"


def _customer_identities(work: Work) -> str | None:
    placed = work.at["mrr"]
    if placed.total is None:
        return None
    b, c, d, e, f, g, h = (placed.span(n) for n in range(1, 8))
    return f"SUMPRODUCT(ABS(ROUND({b}+{c}+{d}+{e}-{f}-{g}-{h},2)))"


def _deferred_identity(work: Work) -> str | None:
    placed = work.at["deferred"]
    if placed.total is None:
        return None
    b, c, d, e = (placed.span(n) for n in range(1, 5))
    return f"SUMPRODUCT(ABS(ROUND({b}+{c}-{d}-{e},2)))"


def _total_of(table: str, column: int) -> Callable[[Work], str | None]:
    def made(work: Work) -> str | None:
        placed = work.at[table]
        return None if placed.total is None else placed.cell(column)

    return made


def _against(metric: str, table: str, column: int) -> Callable[[Work], str | None]:
    def made(work: Work) -> str | None:
        total = _total_of(table, column)(work)
        own = work.metrics.get(metric)
        return f"ROUND({own}-ROUND({total},2),2)" if own and total else None

    return made


def _between(one: tuple[str, int], other: tuple[str, int]) -> Callable[[Work], str | None]:
    def made(work: Work) -> str | None:
        left, right = _total_of(*one)(work), _total_of(*other)(work)
        return f"ROUND({left}-{right},2)" if left and right else None

    return made


_IDENTITIES: dict[str, Callable[[Work], str | None]] = {
    "mrr_identity": _flow_identity,
    "mrr_detail": _customer_identities,
    "mrr_summary": _against("mrr", "mrr", 7),
    "deferred_roll": _deferred_identity,
    "deferred_ties": _total_of("deferred", 7),
    "revenue_summary": _against("revenue_recognised", "recognised", 3),
    "expense_groups": _between(("groups", 1), ("payees", 2)),
    "expense_categories": _between(("categories", 1), ("payees", 2)),
    "expense_summary": _against("expenses", "payees", 2),
    "cash": _total_of("cash", 9),
    "cash_summary": _against("cash", "cash", 8),
    "receivables": _against("ar_open", "ageing", 6),
}
