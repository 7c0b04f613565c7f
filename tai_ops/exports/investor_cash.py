"""The investor workbook's sheets of cash with its runway, receivables, and reconciliation."""

from collections.abc import Sequence
from decimal import Decimal

from xlsxwriter.utility import xl_rowcol_to_cell

from tai_ops.cash_position import AccountCash
from tai_ops.clearing import Clearing
from tai_ops.exports.investor_work import Work
from tai_ops.exports.sheets import Cell, Column, Formula, Line, Page, Placed
from tai_ops.money import ZERO
from tai_ops.month_report import Reconciled
from tai_ops.reconciliation import OpenItem, stale_checks
from tai_ops.words import money, number

PROJECTED_MONTHS = 18


def cash(work: Work) -> None:
    """*Cash*: each account from its starting to its ending balance, runway, cash ahead, twelve months."""
    position = work.report.cash
    page = work.page("Cash", (26, 15, 14, 14, 14, 14, 14, 14, 15, 14, 38))
    page.heading("Bank and processor accounts")
    work.at["cash"] = page.table(
        _CASH, [_account(row, page.row + 1 + n) for n, row in enumerate(position.accounts)], total="Total"
    )
    if position.unknown:
        page.words(f"Left out of every total, as no balance is known: {', '.join(position.unknown)}.")
    page.words(
        "Starting + in - out + own transfers + change in transit = ending; what is left is shown as not explained."
    )
    for title, rows in (
        ("Cards (liabilities, never netted)", position.cards),
        ("Accounts in other currencies", position.others),
    ):
        if rows:
            page.heading(title)
            columns = (
                Column("Account"),
                Column("Currency"),
                Column("Starting", "money"),
                Column("Ending", "money"),
            )
            page.table(columns, [(f"{r.account} {r.name}", r.currency, r.starting, r.ending) for r in rows])
    _runway(work, page)
    _cash_months(work, page)


_CASH = (
    Column("Account"),
    *(
        Column(head, "money", total=True)
        for head in ("Starting", "Cash in", "of it financing", "Cash out", "of it financing", "Own transfers", "In transit", "Ending", "Not explained")
    ),
    Column("Ending balance is", "note"),
)  # fmt: skip


def _account(row: AccountCash, at: int) -> Sequence[Cell]:
    n = at + 1
    off: Cell = None
    if row.unexplained is not None:
        off = Formula(f"=ROUND(I{n}-B{n}-C{n}+E{n}-G{n}-H{n},2)", row.unexplained)
    back = f"; starting {row.starting_basis}" if row.starting_basis.startswith("worked") else ""
    called = row.name if row.name == row.account else f"{row.account} {row.name}"
    if row.ending is None:
        return (called, *(None,) * 9, "not known")
    return (
        called,
        row.starting,
        row.cash_in,
        row.financing_in,
        row.cash_out,
        row.financing_out,
        row.transfers,
        row.in_transit,
        row.ending,
        off,
        f"{row.basis}{back}",
    )


def _runway(work: Work, page: Page) -> None:
    report = work.report
    page.heading("Runway")
    columns = (
        Column("Average of"),
        Column("Cash", "money"),
        Column("Net burn a month", "money"),
        Column("Months", "months"),
        Column("Cash-out date", "date"),
        Column("Remarks", "note"),
    )
    cash = report.metric("cash").value
    rows: list[Sequence[Cell]] = []
    for each in report.runways:
        runway, at = each.runway, page.row + 2 + len(rows)
        lasts: Cell = None if runway.months is None else Formula(f"=MAX(0,B{at})/C{at}", runway.months)
        words = f"{each.over_months} month{'s' if each.over_months > 1 else ''}"
        rows.append((words, cash, runway.average_net_burn, lasts, runway.cash_out_on, runway.reason or ""))
    placed = page.table(columns, rows)
    if any(each.runway.months is not None for each in report.runways) and isinstance(cash, Decimal):
        _projection(work, page, placed, cash)


def _projection(work: Work, page: Page, runways: Placed, cash: Decimal) -> None:
    """Cash in the months to come at each average burn: what the runway means, drawn."""
    report = work.report
    known = [(n, each) for n, each in enumerate(report.runways) if each.runway.months is not None]
    page.heading("Cash ahead, at each average burn")
    columns = [Column("Month", "month"), *(Column(f"{e.over_months}-month burn", "money") for _, e in known)]
    rows: list[Sequence[Cell]] = []
    for ahead in range(PROJECTED_MONTHS + 1):
        cells: list[Cell] = [report.month.plus(ahead).start]
        for n, each in known:
            row = runways.first + n + 1
            burn = each.runway.average_net_burn or ZERO
            value = max(ZERO, cash - ahead * burn)
            cells.append(Formula(f"=MAX(0,$B${row}-{ahead}*$C${row})", value))
        rows.append(cells)
    placed = page.table(columns, rows)
    runway = report.runway()
    lasts = number(runway.months, "months") if runway.months is not None else runway.reason
    how: dict[int, Line] = {1: "round_dot", 3: "accent", 6: "dash"}
    series = {at: how[each.over_months] for at, (_, each) in enumerate(known, 1)}
    title = f"At the average burn of 3 months cash lasts {lasts}"
    page.lines(placed, series, title, row=placed.first - 1, column=6)


def _cash_months(work: Work, page: Page) -> None:
    report = work.report
    page.heading("Twelve months of operating cash")
    columns = (
        Column("Month", "month"),
        Column("Cash in", "money"),
        Column("Cash out", "money"),
        Column("Net burn", "money"),
        Column("Cash at its end", "money"),
    )
    rows = [
        (
            m.month.start,
            m.cash_in,
            m.cash_out,
            None if m.net_burn is None else Formula(f"=C{page.row + 2 + n}-B{page.row + 2 + n}", m.net_burn),
            m.ending,
        )
        for n, m in enumerate(report.cash_months)
    ]
    placed = page.table(columns, rows)
    last = report.cash.ending
    if last is not None:
        title = f"Cash is {money(last, report.currency)} at the end of {report.month.name}"
        page.bars(placed, 4, title, "Cash", row=placed.first - 1, column=6)


def receivables(work: Work) -> None:
    """*Receivables*: what customers owe, by days past due, and what is more than 30 days late."""
    report = work.report
    page = work.page("Receivables", (30, 14, 14, 14, 14, 14, 14, 16))
    page.heading("Open invoices by days past their due date, tax included; credits are not deducted")
    columns = (
        Column("Customer"),
        *(Column(head, "money", total=True) for head in ("Current", "1-30", "31-60", "61-90", "Over 90", "Open", "Unapplied credit")),
    )  # fmt: skip
    first = page.row + 1
    rows = [
        (
            work.who(r.customer_id),
            r.current,
            r.days_1_30,
            r.days_31_60,
            r.days_61_90,
            r.over_90,
            Formula(f"=SUM(B{first + n + 1}:F{first + n + 1})", r.open_amount),
            r.unapplied,
        )
        for n, r in enumerate(report.ageing.by_customer)
    ]
    work.at["ageing"] = page.table(columns, rows, total="Total")
    page.heading("More than 30 days past due")
    overdue = (
        Column("Invoice"),
        Column("Due", "date"),
        Column("Days past due", "count"),
        Column("Open", "money", total=True),
        Column("Customer", "note"),
    )
    late = [
        (i.invoice_number, i.due_on, i.days_past_due, i.open_amount, work.who(i.customer_id))
        for i in report.overdue
    ]
    page.table(overdue, late, total="Total")


_SIDES: tuple[tuple[str, str], ...] = (
    ("Balance by the bank", "bank_balance"),
    ("+ deposits in transit", "deposits_in_transit"),
    ("- outstanding checks", "outstanding_checks"),
    ("± bank errors", "bank_errors"),
    ("Adjusted bank", "adjusted_bank"),
    ("Balance by the books", "book_balance"),
    ("+ receipts not recorded", "unrecorded_receipts"),
    ("- payments not recorded", "unrecorded_payments"),
    ("+ interest", "interest"),
    ("- fees", "fees"),
    ("- returned items", "returned_items"),
    ("± book errors", "book_errors"),
    ("Adjusted books", "adjusted_book"),
    ("Difference", "unexplained"),
)


_WORKED_OUT = frozenset({"adjusted_bank", "adjusted_book", "unexplained"})


def reconciliation(work: Work) -> None:
    """*Reconciliation*: the two-sided statement of each account, and the items between the two sides."""
    accounts = work.report.reconciliations
    page = work.page("Reconciliation", (32, *(18,) * max(3, len(accounts))))
    page.heading("Bank against books on the day to which each account is reconciled")
    columns = (Column("Account"), *(Column(r.account, "money") for r in accounts))
    first = page.row + 1
    about: list[Sequence[Cell]] = [
        ("Name", *(r.name for r in accounts)),
        ("Currency", *(r.currency for r in accounts)),
        ("Reconciled through", *(r.through_on or "not reconciled" for r in accounts)),
        ("Locked by", *(r.locked_by or "–" for r in accounts)),
    ]
    start = first + len(about)
    rows = [(label, *(_side(r, part, start, n) for n, r in enumerate(accounts, 1))) for label, part in _SIDES]
    strong = [len(about) + n for n, (_, part) in enumerate(_SIDES) if part in _WORKED_OUT]
    placed = page.table(columns, [*about, *rows] if accounts else [], strong=strong)
    work.at["reconciliation"] = placed
    _items(page, accounts)
    _clearings(work, page)


_CLEARING: tuple[tuple[str, str], ...] = (
    ("Balance by the processor", "reported"),
    ("+ payouts in transit", "payouts_in_transit"),
    ("Clearing account by the processor", "adjusted_processor"),
    ("Clearing account at the start", "clearing_before"),
    ("+ charges", "charges"),
    ("- refunds", "refunds"),
    ("- fees", "fees"),
    ("- disputes", "disputes"),
    ("± adjustments", "adjustments"),
    ("- payouts that reached the bank", "payouts_arrived"),
    ("Clearing account by its movements", "clearing_balance"),
    ("Difference", "difference"),
)
_CLEARED = frozenset({"adjusted_processor", "clearing_balance", "difference"})


def _clearings(work: Work, page: Page) -> None:
    """Each processor's clearing account on two sides, and the payouts that are on their way."""
    found = work.report.clearings
    if not found:
        return
    page.heading("Processors through their clearing account: the month on two sides")
    columns = (Column("Account"), *(Column(c.account, "money") for c in found))
    about: list[Sequence[Cell]] = [
        ("Name", *(c.name for c in found)),
        ("Currency", *(c.currency for c in found)),
        ("Balance stated on", *(c.reported_on or "not stated" for c in found)),
    ]
    start = page.row + 1 + len(about)
    rows = [
        (label, *(_cleared(c, part, start, n) for n, c in enumerate(found, 1))) for label, part in _CLEARING
    ]
    strong = [len(about) + n for n, (_, part) in enumerate(_CLEARING) if part in _CLEARED]
    work.at["clearing"] = page.table(columns, [*about, *rows], strong=strong)
    under_way = [
        (c.account, item.happened_on, item.amount, item.text) for c in found for item in c.in_transit
    ]
    if under_way:
        page.heading("Payouts in transit: sent by the processor, not on the bank by the month's end")
        columns = (
            Column("Account"),
            Column("Sent", "date"),
            Column("Amount", "money"),
            Column("Text", "note"),
        )
        page.table(columns, under_way)


def _cleared(row: Clearing, part: str, start: int, column: int) -> Cell:
    def cell(n: int) -> str:
        return xl_rowcol_to_cell(start + n, column)

    formulas = {
        "adjusted_processor": f"={cell(0)}+{cell(1)}",
        "clearing_balance": f"={cell(3)}+{cell(4)}-{cell(5)}-{cell(6)}-{cell(7)}+{cell(8)}-{cell(9)}",
        "difference": f"=ROUND({cell(2)}-{cell(10)},2)",
    }
    value = getattr(row.sums, part)
    return Formula(formulas[part], value) if part in formulas and value is not None else value


def _side(row: Reconciled, part: str, start: int, column: int) -> Cell:
    if row.statement is None:
        return None

    def cell(n: int) -> str:
        return xl_rowcol_to_cell(start + n, column)

    formulas = {
        "adjusted_bank": f"={cell(0)}+{cell(1)}-{cell(2)}+{cell(3)}",
        "adjusted_book": f"={cell(5)}+{cell(6)}-{cell(7)}+{cell(8)}-{cell(9)}-{cell(10)}+{cell(11)}",
        "unexplained": f"=ROUND({cell(4)}-{cell(12)},2)",
    }
    value = getattr(row.statement, part)
    return Formula(formulas[part], value) if part in formulas and value is not None else value


def _is(row: Reconciled, item: OpenItem) -> str:
    """What has to be said of an item: its nature, and that a check is stale."""
    if item.nature != "plain":
        return f", {item.nature}"
    return ", stale" if row.through_on and stale_checks([item], row.through_on) else ""


def _items(page: Page, accounts: Sequence[Reconciled]) -> None:
    sides = (("in the books alone", "book_items"), ("on the bank alone", "bank_items"))
    rows = [
        (r.account, item.happened_on, item.amount, f"{item.text or item.item_id} ({where}{_is(r, item)})")
        for r in accounts
        for where, name in sides
        for item in getattr(r, name)
    ]
    if rows:
        page.heading("What the two sides differ by, item by item")
        columns = (
            Column("Account"),
            Column("Date", "date"),
            Column("Amount", "money"),
            Column("Text", "note"),
        )
        page.table(columns, rows)
