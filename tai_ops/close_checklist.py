"""The month-end checklist, ticked by the data: each item with its state, its evidence and what stops it.

Source: Runbook 6 "Month-End Closing Checklist"; the blocking checks of finance.md section 3, Close.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from tai_ops.billing import Sold, agreements, not_yet_invoiced
from tai_ops.board import Board, Facts
from tai_ops.cash import AccountKind, account_names
from tai_ops.cash_position import AccountCash
from tai_ops.expenses import Unusual, unusual
from tai_ops.invoicing import NotInvoiced
from tai_ops.money import ZERO, cents
from tai_ops.month_report import Books, MonthReport, Reconciled
from tai_ops.period import FRIDAY, BusinessCalendar, Month
from tai_ops.reconciliation import stale_checks
from tai_ops.reimbursements import Reimbursement, reimbursements
from tai_ops.sla_credits import Credit
from tai_ops.words import day, money

State = Literal["done", "open", "blocked", "no data", "manual"]
FINAL_BUSINESS_DAY = 5


@dataclass(frozen=True, slots=True)
class LineCount:
    """An account's bank lines of the month: how many, and those that no confirmed match covers to the cent.

    `open_receipts` are those of the uncovered that are money in.
    """

    account: str
    kind: AccountKind
    lines: int
    open_lines: int
    open_amount: Decimal
    open_receipts: int


@dataclass(frozen=True, slots=True)
class Tick:
    """What a person ticked, or took back, and when."""

    item: str
    ticked: bool
    note: str | None
    ticked_at: datetime
    ticked_by: str


@dataclass(frozen=True, slots=True)
class CloseState:
    """Whether the month is closed, and its newest event: who closed or reopened which version, when and why.

    `version` is None before the first close.
    """

    month: Month
    closed: bool
    version: int | None = None
    by: str | None = None
    at: datetime | None = None
    reason: str | None = None
    snapshot_id: str | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """When the month's investor letter was last written, and by whom."""

    exported_at: datetime
    exported_by: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the store knows about the close beside the board and the books.

    `with_statement` are the accounts whose bank spoke of some day up to the month's end: by a line or a balance;
    `on_bank` the bills that bank lines settle in full, with the day of the last one; `credits` the customers' months of
    uptime with what that gives back; `books_moved` by how much the books of a locked account are other than when it was locked.
    """

    state: CloseState
    lines: tuple[LineCount, ...]
    duplicates: int
    ticks: Mapping[str, Tick]
    exported: Exported | None
    body_hash: str | None
    with_statement: frozenset[str] = frozenset()
    on_bank: Mapping[str, date] = field(default_factory=dict[str, date])
    credits: tuple[Credit, ...] = ()
    books_moved: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])


@dataclass(frozen=True, slots=True)
class Link:
    """Where the rows behind an item are: a kind of record (or `bank_lines`, `reconcile`, `review`) and a filter."""

    kind: str
    filter: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist.

    `count` is how many rows stop it. `blocked` waits for other items, `manual` for a person's tick, and `no data` is
    never a tick: nothing is on record that could hold or fail.
    """

    id: str
    group: str
    words: str
    state: State
    blocking: bool
    evidence: str
    count: int
    link: Link | None
    tickable: bool
    tick: Tick | None

    @property
    def fails(self) -> bool:
        """Whether it keeps the month from being closed."""
        return self.blocking and self.state == "open"

    def as_json(self) -> dict[str, Any]:
        """The item as `close status` prints it."""
        return {
            "id": self.id,
            "group": self.group,
            "words": self.words,
            "state": self.state,
            "blocking": self.blocking,
            "evidence": self.evidence,
            "count": self.count,
            "link": None if self.link is None else {"kind": self.link.kind, "filter": dict(self.link.filter)},
            "tickable": self.tickable,
            "note": self.tick.note if self.tick else None,
            "ticked_by": self.tick.ticked_by if self.tick else None,
            "ticked_at": self.tick.ticked_at.isoformat() if self.tick else None,
        }


@dataclass(frozen=True, slots=True)
class CloseWindow:
    """When the month is to be closed: from its last Friday to the fifth business day after it (finance.md F1)."""

    first: date
    last: date
    late: bool

    def as_json(self) -> dict[str, Any]:
        """As `close status` prints it."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "late": self.late}


def close_window(month: Month, calendar: BusinessCalendar, done_on: date) -> CloseWindow:
    """The days between which the month is closed; late where `done_on` (today while it is open) is after them.

    Source: Runbook 6 "Last Friday of Month" and "First Week of Month (Closes Previous Month)"; finance.md F1.
    """
    friday = month.last_day - timedelta(days=(month.last_day.weekday() - FRIDAY) % 7)
    last = calendar.add_business_days(month.last_day, FINAL_BUSINESS_DAY)
    return CloseWindow(friday, last, done_on > last)


@dataclass(frozen=True, slots=True)
class _Look:
    """All that the items look at."""

    board: Board
    books: Books
    report: MonthReport
    evidence: Evidence
    uninvoiced: tuple[NotInvoiced, ...]
    unusual: tuple[Unusual, ...]
    accounts: Mapping[str, str]

    @property
    def month(self) -> Month:
        return self.report.month

    def m(self, amount: Decimal | date | None, currency: str | None = None) -> str:
        """An amount to the cent with its currency, the company's where none is named; a dash where it is unknown."""
        if not isinstance(amount, Decimal):
            return "–"
        return money(amount, currency or self.report.currency, exact=True)

    def called(self, *codes: str) -> str:
        """Those accounts as a sentence lists them."""
        return ", ".join(self.accounts.get(code, code) for code in codes)


Answer = tuple[State, str, int, Link | None]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the checklist: who answers it, whether it blocks, whether a person may tick it."""

    id: str
    group: str
    words: str
    look: Callable[[_Look], Answer]
    blocking: bool = False
    tickable: bool = False


def checklist(board: Board, books: Books, report: MonthReport, evidence: Evidence) -> tuple[Item, ...]:
    """Every item of the month's checklist, in the runbook's order."""
    month = report.month
    look = _Look(
        board,
        books,
        report,
        evidence,
        uninvoiced(board, report),
        unusual(books.charges, month, report.until, report.currency),
        account_names(held.account for held in books.held),
    )
    items = [_item(row, look) for row in _ROWS]
    waiting = [item.words for item in items if item.fails]
    return tuple(_archive(item, look, waiting) if item.id == "archive" else item for item in items)


def uninvoiced(board: Board, report: MonthReport) -> tuple[NotInvoiced, ...]:
    """What the month's board knows to be delivered or agreed and not invoiced."""
    return not_yet_invoiced(
        sold_of(board.facts), report.month, deposit_pct=board.facts.company.deposit_pct, until=report.until
    )


def sold_of(facts: Facts) -> Sold:
    """What was sold and what of it is billed, out of a board's facts."""
    agreed = agreements(facts.customers, facts.prospects, facts.deals, facts.proposals)
    return Sold(
        facts.customers, facts.subscriptions, facts.invoices, facts.services, agreed, facts.billed_terms
    )


def _item(row: _Row, look: _Look) -> Item:
    state, evidence, count, link = row.look(look)
    found = look.evidence.ticks.get(row.id)
    tick = found if found and found.ticked else None
    if row.tickable and tick and state in {"open", "manual", "no data"}:
        state = "done"
    return Item(row.id, row.group, row.words, state, row.blocking, evidence, count, link, row.tickable, tick)


def _archive(item: Item, look: _Look, waiting: Sequence[str]) -> Item:
    state = look.evidence.state
    found: State = "done" if state.closed else "blocked" if waiting else "open"
    words = (
        f"version {state.version} frozen by {state.by}, hash {(look.evidence.body_hash or '')[:12]}"
        if state.closed
        else f"waits for: {'; '.join(waiting)}"
        if waiting
        else "close the month to freeze its report"
    )
    return Item(
        item.id,
        item.group,
        item.words,
        found,
        False,
        words,
        0 if state.closed else len(waiting),
        None,
        False,
        None,
    )


# --- Invoicing


def _invoices_made(look: _Look) -> Answer:
    missing = look.uninvoiced
    if not missing:
        facts = look.board.facts
        if not (facts.subscriptions or facts.services):
            return "no data", "no subscriptions and no services on record", 0, None
        return "done", "everything delivered is invoiced", 0, None
    priced = [cents(m.amount) for m in missing if m.amount is not None]
    bare = len(missing) - len(priced)
    value = look.m(sum(priced, ZERO)) if priced else "without a price"
    value = f"{value} and {bare} without a price" if priced and bare else value
    customers = len({m.customer_id for m in missing})
    first = f"{look.report.names.get(missing[0].customer_id, missing[0].customer_id)}: {missing[0].words}"
    words = f"{_n(len(missing), 'delivery', 'deliveries')} of {_n(customers, 'customer')} not invoiced, {value} ({first})"
    return "open", words, len(missing), Link(missing[0].kind, {"invoiced": "no", "month": str(look.month)})


def _invoices_sent(look: _Look) -> Answer:
    first, last = look.month.start, look.board.window.day
    issued = [i for i in look.board.facts.invoices if first <= i.issued_on <= last]
    link = Link("invoices", {"issued_in": str(look.month)})
    if not issued:
        return "no data", f"no invoice was issued in {look.month.name}", 0, link
    value = sum((i.gross for i in issued), ZERO)
    asked = sum(i.amount > 0 for i in issued)
    notes = f" and {_n(len(issued) - asked, 'credit note')}" if asked < len(issued) else ""
    said = f"{_n(asked, 'invoice')}{notes} issued, {look.m(value)}"
    sends = look.board.facts.sends
    left = [i for i in issued if i.invoice_number not in sends and i.amount > 0]
    if not left:
        every = "every invoice" if notes else "every one"
        return "done", f"{said}, {every} with its sent stamp", len(issued), link
    if len(left) == asked:
        return "manual", f"{said}; stamp or tick them when they are sent", len(left), link
    first = ", ".join(i.invoice_number for i in left[:3])
    return (
        "manual",
        f"{said}; {len(left)} without a sent stamp ({first}): stamp or tick them",
        len(left),
        link,
    )


def _past_due(look: _Look) -> Answer:
    facts = look.board.facts
    if not facts.invoices:
        return "no data", "no invoices on record", 0, None
    late = look.board.overdue
    link = Link("invoices", {"days_past_due": ">30"})
    if not late:
        return "done", "nothing is more than 30 days past due", 0, link
    value = sum((i.open_amount for i in late), ZERO)
    oldest = late[0]
    words = (
        f"{_n(len(late), 'invoice')} more than 30 days past due, {look.m(value)}; "
        f"{oldest.invoice_number} the longest, {_n(oldest.days_past_due, 'day')}"
    )
    return "open", words, len(late), link


def _payments_recorded(look: _Look) -> Answer:
    banks = [c for c in look.evidence.lines if c.kind != "card"]
    if not banks:
        return "no data", f"no bank lines in {look.month.name}", 0, None
    left = sum(c.open_receipts for c in banks)
    link = Link("bank_lines", {"month": str(look.month), "state": "unmatched", "sign": "in"})
    if left:
        return (
            "open",
            f"{_n(left, 'receipt')} on the bank not tied to a payment, invoice or entry",
            left,
            link,
        )
    return "done", "every receipt on the bank is recorded", 0, link


def _credits(look: _Look) -> Answer:
    found, month = look.evidence.credits, str(look.month)
    if not found:
        return "no data", "no customer's uptime is known for the month", 0, None
    link = Link("sla_credits", {"month": month})
    waits = [one for one in found if one.waits]
    if waits:
        value = sum((one.amount or ZERO for one in waits), ZERO)
        first = waits[0]
        words = (
            f"{_n(len(waits), 'credit')} for missed uptime to decide, {look.m(value)} ({first.customer}: "
            f"{first.uptime_pct:.2f} %, {first.downtime_minutes:.1f} min down of {first.budget_minutes:.1f} allowed)"
        )
        return "open", words, len(waits), link
    bare = [one for one in found if one.state == "no ladder"]
    if bare:
        return (
            "open",
            f"{bare[0].customer} missed its promise, and no credit ladder is agreed",
            len(bare),
            link,
        )
    if any(one.state == "running" for one in found):
        return "blocked", "the month is not over yet", 0, link
    unknown = [one for one in found if one.state == "unknown"]
    if unknown:
        return (
            "manual",
            f"the uptime of {unknown[0].customer} is unknown: {unknown[0].reason}",
            len(unknown),
            link,
        )
    done = [one for one in found if one.posted]
    value = sum((one.amount or ZERO for one in done), ZERO)
    return (
        "done",
        f"{_n(len(done), 'credit')} posted, {look.m(value)}" if done else "no credit is due",
        0,
        link,
    )


# --- Revenue recognition


def _mrr(look: _Look) -> Answer:
    flow = look.report.movements
    if not look.board.facts.subscriptions:
        return "no data", "no subscriptions on record", 0, None
    r = flow.rounded()
    words = (
        f"{look.m(r.opening)} + new {look.m(r.new)} + reactivated {look.m(r.reactivation)} + expansion {look.m(r.expansion)} "
        f"− contraction {look.m(r.contraction)} − churn {look.m(r.churn)} = {look.m(r.closing)}"
    )
    off = cents(flow.unexplained)
    link = Link("subscriptions", {"month": str(look.month)})
    return ("open", f"{words}: off by {look.m(off)}", 1, link) if off else ("done", words, 0, link)


def _services_revenue(look: _Look) -> Answer:
    found, facts = look.report.recognised, look.board.facts
    if not (facts.services or any(i.kind == "services" for i in facts.invoices)):
        return "no data", "no services on record", 0, None
    link = Link("services", {"month": str(look.month)})
    if found.unpriced:
        words = f"{_n(len(found.unpriced), 'line')} without a price: {', '.join(found.unpriced)}"
        return "open", words, len(found.unpriced), link
    return "done", f"{look.m(found.services)} of services recognised", 0, link


def _deferred(look: _Look) -> Answer:
    d = look.report.deferred
    if not d.by_customer:
        return "no data", "nothing billed and nothing recognised yet", 0, None
    words = f"{look.m(d.opening)} + billed {look.m(d.billings)} - recognised {look.m(d.recognised)} = {look.m(d.closing)}"
    unsure = "; ".join(f"{look.report.names.get(who, who)} not checked: {why}" for who, why in d.unchecked)
    words = f"{words}; {unsure}" if unsure else words
    off = [row for row in d.by_customer if row.ties is False]
    link = Link("invoices", {"customer_id": off[0].customer_id} if off else {})
    if off:
        names = ", ".join(
            f"{look.report.names.get(r.customer_id, r.customer_id)} {look.m(r.difference)}" for r in off
        )
        return "open", f"{words}; does not tie out: {names}", len(off), link
    return "done", words, 0, link


def _model(look: _Look) -> Answer:
    if not look.board.facts.subscriptions:
        return "no data", "no subscriptions on record", 0, None
    flow = look.report.movements
    return (
        "done",
        f"MRR {look.m(flow.closing)}, ARR {look.m(flow.arr)} go to the review and the letter",
        0,
        None,
    )


# --- Expense tracking


def _lines_of(kind: AccountKind, none: str) -> Callable[[_Look], Answer]:
    def answer(look: _Look) -> Answer:
        counts = [c for c in look.evidence.lines if c.kind == kind]
        if not counts:
            return "no data", f"{none} in {look.month.name}", 0, None
        left, total = sum(c.open_lines for c in counts), sum(c.lines for c in counts)
        where = [c.account for c in counts if c.open_lines]
        link = Link(
            "bank_lines", {"month": str(look.month), "state": "unmatched", "accounts": ",".join(where)}
        )
        if not left:
            every = "the one line is" if total == 1 else f"all {total} lines are"
            return "done", f"{every} matched or booked", 0, link
        amount = sum((c.open_amount for c in counts), ZERO)
        words = (
            f"{left} of {_n(total, 'line')} not matched or booked, {look.m(amount)} in {look.called(*where)}"
        )
        return "open", words, left, link

    return answer


def _labels(look: _Look) -> Answer:
    spent, last = look.report.expenses, look.board.window.day
    apart = [b for b in look.board.facts.bills_apart if look.month.start <= b.incurred_on <= last]
    n = spent.n + len(apart)
    if not n:
        return "no data", f"no bills in {look.month.name}", 0, None
    link = Link("bills", {"month": str(look.month), "category": ""})
    bare = spent.unlabelled + sum(not (b.category or "").strip() for b in apart)
    if bare:
        return "open", f"{_n(bare, 'bill')} of {n} without a category", bare, link
    return "done", f"all {n} have a category" if n > 1 else "the one bill has a category", 0, link


def _out_of_pocket(look: _Look) -> Answer:
    least, last = look.board.facts.company.reimbursement_threshold, look.board.window.day
    found = reimbursements(look.board.facts.bills, look.evidence.on_bank, least, last)
    others = reimbursements(look.board.facts.bills_apart, look.evidence.on_bank, ZERO, last)
    link = Link("bills", {"reimbursable": "yes"})
    owing, apart = ([one for one in those if one.state == "to pay back"] for those in (found, others))
    unproved = [one for one in found if one.amount > least and _unproved(one, look.month)]
    unproved_apart = [one for one in others if _unproved(one, look.month)]
    if owing or unproved or apart or unproved_apart:
        parts: list[str] = []
        if owing:
            value = look.m(sum((one.amount for one in owing), ZERO))
            parts.append(f"{_n(len(owing), 'reimbursement')} over {look.m(least)} not paid, {value}")
        if unproved:
            value = look.m(sum((one.amount for one in unproved), ZERO))
            parts.append(f"{len(unproved)} said to be paid and on no bank line, {value}")
        if apart:
            parts.append(f"{_n(len(apart), 'expense')} in another currency not paid back")
        if unproved_apart:
            parts.append(f"{len(unproved_apart)} in another currency said to be paid and on no bank line")
        count = len(owing) + len(unproved) + len(apart) + len(unproved_apart)
        return "open", "; ".join(parts), count, link
    here = [one for one in (*found, *others) if look.month.holds(one.incurred_on)]
    if here:
        words = f"{_n(len(here), 'expense')} recorded, none over {look.m(least)} left to reimburse"
        return "done", words, 0, link
    return "manual", "none recorded this month; tick when that is right", 0, link


def _unproved(one: Reimbursement, month: Month) -> bool:
    """Whether it is said to be paid back in the month, and no bank line says so."""
    return one.state == "paid, not on the bank" and one.paid_on is not None and month.holds(one.paid_on)


def _trends(look: _Look) -> Answer:
    if not look.report.expenses.n:
        return "no data", f"no bills in {look.month.name}", 0, None
    link = Link("bills", {"month": str(look.month), "unusual": "yes"})
    if look.unusual:
        words = "; ".join(u.words for u in look.unusual[:3])
        more = f" and {len(look.unusual) - 3} more" if len(look.unusual) > 3 else ""
        return "open", f"{words}{more}", len(look.unusual), link
    return "done", "nothing unusual", 0, link


# --- Cash reconciliation


def _must_reconcile(look: _Look) -> list[Reconciled]:
    moved = {c.account for c in look.evidence.lines}
    return [
        r
        for r in look.report.reconciliations
        if r.kind == "bank" or (r.kind == "processor" and r.account in moved)
    ]


def _reconciled(look: _Look) -> Answer:
    wanted = _must_reconcile(look)
    if not wanted:
        return "no data", "no bank account on record", 0, Link("accounts")
    left = [r for r in wanted if not _stands(look, r)]
    if left:
        bare = {h.account.account for h in look.books.held if h.account.opening_balance is None}
        words = "; ".join(
            _no_opening(look.called(r.account)) if r.account in bare else _why_not(look, r) for r in left
        )
        return "open", words, len(left), Link("reconcile", {"account": left[0].account})
    words = "; ".join(
        f"{look.called(r.account)} {look.m(r.statement.adjusted_bank, r.currency)} on both sides"
        for r in wanted
        if r.statement
    )
    return "done", words, 0, Link("reconcile", {"account": wanted[0].account})


def _stands(look: _Look, row: Reconciled) -> bool:
    """Whether the account is locked through the month's last day, explained, and its books are what they were then."""
    if row.statement is None or not row.reaches(look.month.last_day):
        return False
    return row.statement.explained and row.account not in look.evidence.books_moved


def _why_not(look: _Look, row: Reconciled) -> str:
    last = look.month.last_day
    if row.statement is None or not row.reaches(last):
        upto = f", {day(row.through_on)} is the newest lock" if row.through_on else ""
        return f"{look.called(row.account)} is not reconciled through {day(last)}{upto}"
    moved = look.evidence.books_moved.get(row.account)
    if moved is not None:
        return (
            f"the books of {look.called(row.account)} moved by {look.m(moved, row.currency)} since it was locked through "
            f"{day(row.through_on or last)}: unlock it on the Reconcile page and lock it anew"
        )
    off = look.m(row.statement.unexplained, row.currency)
    return f"{look.called(row.account)}: a difference of {off} is not explained"


def _no_opening(account: str) -> str:
    return (
        f"{account} has no opening balance, so it can't be reconciled: enter it on the Reconcile page, or load it with "
        "the account"
    )


def _cards(look: _Look) -> Answer:
    cards = look.report.cash.cards
    if not cards:
        return "no data", "no card account on record", 0, None
    told = look.evidence.with_statement
    unknown = [c.account for c in cards if c.ending is None or c.basis == "books" or c.account not in told]
    if unknown:
        words = f"no statement yet for {look.called(*unknown)}"
        return "open", words, len(unknown), Link("reconcile", {"account": unknown[0]})
    posted = {one.account.account: one.end_in_transit for one in look.books.held}

    def owed(card: AccountCash) -> str:
        late = posted.get(card.account, ZERO)
        more = f" ({look.m(late, card.currency)} of it posted and not on the statement)" if late else ""
        return f"{look.called(card.account)} {look.m(card.ending, card.currency)}{more}"

    words = "; ".join(map(owed, cards))
    return "done", f"{words}, a liability", 0, Link("reconcile", {"account": cards[0].account})


def _outstanding(look: _Look) -> Answer:
    banks = [r for r in look.report.reconciliations if r.kind == "bank"]
    if not banks:
        return "no data", "no bank account on record", 0, None
    waiting = [r.account for r in banks if not r.reaches(look.month.last_day)]
    if waiting:
        return "blocked", f"waits for the reconciliation of {look.called(*waiting)}", len(waiting), None
    items = [i for r in banks for i in r.book_items if i.amount < 0 and i.nature != "error"]
    stale = stale_checks(items, look.month.last_day)
    value = -sum((i.amount for i in items), ZERO)
    words = f"{len(items)} outstanding, {look.m(value)}" if items else "none outstanding"
    if stale:
        return "open", f"{words}; {len(stale)} of them stale after 180 days", len(stale), Link("reconcile")
    return "done", words, 0, Link("reconcile")


def _processors(look: _Look) -> Answer:
    rows = [a for a in (*look.report.cash.accounts, *look.report.cash.others) if a.kind == "processor"]
    if not rows:
        return "no data", "no processor account on record", 0, None
    told = look.evidence.with_statement
    unknown = [a.account for a in rows if a.ending is None or a.basis == "books" or a.account not in told]
    if unknown:
        state: State = "no data" if len(unknown) == len(rows) else "open"
        words = f"no statement yet for {look.called(*unknown)}"
        return state, words, len(unknown), Link("reconcile", {"account": unknown[0]})
    words = "; ".join(f"{look.called(a.account)} {look.m(a.ending, a.currency)}" for a in rows)
    cleared = look.report.clearings
    under_way = [c for c in cleared if c.sums.payouts_in_transit]
    if under_way:
        sums = ", ".join(
            f"{look.called(c.account)} {look.m(c.sums.payouts_in_transit, c.currency)}" for c in under_way
        )
        words = f"{words}; payouts in transit: {sums}"
    off = [c for c in cleared if c.sums.difference]
    if off:
        sums = ", ".join(f"{look.called(c.account)} by {look.m(c.sums.difference, c.currency)}" for c in off)
        words = f"{words}; the two sides of the clearing account differ: {sums}"
        return "open", words, len(off), Link("reconcile", {"account": off[0].account})
    return "done", words, 0, Link("reconcile", {"account": rows[0].account})


def _duplicates(look: _Look) -> Answer:
    found = look.evidence.duplicates
    if not look.evidence.lines:
        return "no data", f"no bank lines in {look.month.name}", 0, None
    link = Link("bank_lines", {"month": str(look.month), "state": "possible_duplicate"})
    if found:
        return "open", f"{_n(found, 'possible duplicate')} to keep or join", found, link
    return "done", "none", 0, link


# --- Summary and reporting


def _metric(name: str, words: str) -> Callable[[_Look], Answer]:
    def answer(look: _Look) -> Answer:
        metric = look.report.metric(name)
        link = Link("kpi", {"id": name})
        if metric.value is None:
            return "no data", metric.reason or "no data", 0, link
        value = look.m(metric.value)
        whole = money(metric.target, look.report.currency) if metric.target is not None else ""
        target = f" (target {whole})" if whole else ""
        reason = f"; {metric.reason}" if metric.reason else ""
        return "done", f"{words.format(value)}{target}{reason}", 0, link

    return answer


def _runway(look: _Look) -> Answer:
    found = look.report.runway()
    link = Link("kpi", {"id": "runway_months"})
    if found.months is None:
        burning = found.reason is None or not found.reason.startswith("not burning")
        return ("no data" if burning else "done"), found.reason or "no data", 0, link
    until = f", to {day(found.cash_out_on)}" if found.cash_out_on else ""
    few = f" ({found.reason})" if found.reason else ""
    return "done", f"{found.months:,.1f} months{until}{few}", 0, link


def _letter(look: _Look) -> Answer:
    sent = look.evidence.exported
    if sent:
        return "done", f"written on {day(sent.exported_at.date())} by {sent.exported_by}", 0, Link("export")
    return "open", "not written yet", 0, Link("export")


def _board(look: _Look) -> Answer:
    return (
        "manual",
        f"tick when the board or the advisors have the numbers of {look.month.name}",
        0,
        Link("export"),
    )


def _frozen(look: _Look) -> Answer:
    return "open", look.month.name, 0, None


def _n(count: int, noun: str, plural: str | None = None) -> str:
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


_INVOICING, _REVENUE, _EXPENSES = "Invoicing", "Revenue Recognition", "Expense Tracking"
_CASH, _SUMMARY, _REPORTING = "Cash Reconciliation", "Financial Summary", "Reporting & Sharing"
# fmt: off
_ROWS: tuple[_Row, ...] = (
    _Row("invoices_made", _INVOICING, "Generate invoices for all services delivered", _invoices_made),
    _Row("invoices_sent", _INVOICING, "Send via QuickBooks/Stripe", _invoices_sent, tickable=True),
    _Row("past_due", _INVOICING, "Follow up on past-due accounts (>30 days)", _past_due, tickable=True),
    _Row("payments_recorded", _INVOICING, "Record payment when received", _payments_recorded),
    _Row("sla_credits", _INVOICING, "Credits for missed uptime decided (SLA)", _credits, tickable=True),
    _Row("mrr_identity", _REVENUE, "Monthly recurring revenue (MRR) calculated", _mrr, blocking=True),
    _Row("services_revenue", _REVENUE, "Professional services revenue (if not milestone-based)", _services_revenue),
    _Row("deferred_revenue", _REVENUE, "Deferred revenue (prepayments) adjusted", _deferred, blocking=True),
    _Row("financial_model", _REVENUE, "Update financial model (MRR, ARR)", _model),
    _Row("card_lines", _EXPENSES, "Categorize all credit card expenses", _lines_of("card", "no card lines"), blocking=True),
    _Row("bank_lines", _EXPENSES, "Match invoices to bank statements", _lines_of("bank", "no bank lines"), blocking=True),
    _Row("categories", _EXPENSES, "Every bill has a category", _labels),
    _Row("out_of_pocket", _EXPENSES, "Record any out-of-pocket expenses (reimburse if > $100)", _out_of_pocket, tickable=True),
    _Row("expense_trends", _EXPENSES, "Review expense trends (any unusual items?)", _trends, tickable=True),
    _Row("reconciled", _CASH, "Bank balance matches accounting records", _reconciled, blocking=True),
    _Row("duplicates", _CASH, "No possible duplicate unreviewed", _duplicates, blocking=True),
    _Row("card_balances", _CASH, "Credit card balances recorded", _cards),
    _Row("outstanding_checks", _CASH, "Outstanding checks tracked", _outstanding),
    _Row("processor_balances", _CASH, "PayPal/Stripe balances included", _processors),
    _Row("mrr", _SUMMARY, "MRR", _metric("mrr", "{}")),
    _Row("expenses", _SUMMARY, "Monthly expenses", _metric("expenses", "{}")),
    _Row("burn", _SUMMARY, "Monthly burn rate", _metric("net_burn", "{} net")),
    _Row("runway", _SUMMARY, "Cash runway", _runway),
    _Row("cash_impact", _SUMMARY, "Cash impact", _metric("cash_impact", "{} this month")),
    _Row("letter", _REPORTING, "Investor email", _letter),
    _Row("board_update", _REPORTING, "Board/advisor update", _board, tickable=True),
    _Row("archive", _REPORTING, "Archive: Save monthly financial report for future reference", _frozen),
)
# fmt: on
TICKABLE: Mapping[str, str] = {row.id: row.group for row in _ROWS if row.tickable}
"""The items that a person may tick, with their group."""


def blocking(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items that keep the month from being closed."""
    return tuple(item for item in items if item.fails)
