"""The expenses' page from its title to the month's view: what was spent on what, beside the months before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, partial
from uuid import uuid4

import streamlit as st

from tai_ops.app import forms, reading, session, widgets, words
from tai_ops.app.parts import month_row, months_offered, part_shown
from tai_ops.board import Board
from tai_ops.cash import Bill
from tai_ops.category_rules import Item, Preview, Rule, preview
from tai_ops.errors import Refused
from tai_ops.expenses import (
    Charge,
    MonthExpenses,
    Unusual,
    by_label,
    in_other_currencies,
    month_expenses,
    unusual,
)
from tai_ops.money import ZERO
from tai_ops.period import Month
from tai_ops.reimbursements import Reimbursement, owed, reimbursements
from tai_ops.rows import Column, Rows
from tai_ops.store import category_rules as stored
from tai_ops.store import in_use
from tai_ops.store.facts import accounts

PARTS = ("Month", "Unusual", "Reimbursements", "Rules")
CORRECT, OFFER = "expenses.correct", "expenses.offer"


@dataclass(frozen=True)
class Seen:
    """What the page is about: a month, its facts, and whether it is closed."""

    month: Month
    board: Board
    closed: bool

    @property
    def nothing(self) -> bool:
        """Whether no money was ever spent."""
        return not self.board.facts.charges

    @property
    def currency(self) -> str:
        """The company's currency."""
        return self.board.facts.company.currency

    @property
    def last(self) -> date:
        """The last day that counts."""
        return self.board.window.day

    @property
    def until(self) -> date:
        """The day after it."""
        return self.last + timedelta(days=1)

    @cached_property
    def spent(self) -> MonthExpenses:
        """The month's expenses by category and payee."""
        return month_expenses(self.board.facts.charges, self.month, self.until)

    @cached_property
    def unusual(self) -> tuple[Unusual, ...]:
        """What of the month a person should look at."""
        return unusual(self.board.facts.charges, self.month, self.until, self.currency)

    @cached_property
    def charges(self) -> list[Charge]:
        """The month's expenses, the dearest first."""
        found = [c for c in self.board.facts.charges if self.month.start <= c.incurred_on < self.until]
        return sorted(found, key=lambda c: (c.labelled, -c.amount, c.charge_id))

    @cached_property
    def own_money(self) -> tuple[Reimbursement, ...]:
        """What people paid themselves in the company's currency, up to the last day that counts."""
        return self._own(self.board.facts.bills, self.board.facts.company.reimbursement_threshold)

    @cached_property
    def own_money_apart(self) -> tuple[Reimbursement, ...]:
        """The same in other currencies: the threshold is not theirs, so all of it is to be paid back."""
        return self._own(self.board.facts.bills_apart, ZERO)

    def _own(self, bills: Sequence[Bill], least: Decimal) -> tuple[Reimbursement, ...]:
        with session.store().cursor() as cursor:
            proved = stored.on_bank(cursor)
        return reimbursements(bills, proved, least, self.last)

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules that hold, in their order."""
        return stored.rules(session.store())

    @cached_property
    def items(self) -> list[Item]:
        """What persons and rules may give a category to; bank lines where there are rules."""
        return stored.items(session.store(), lines=bool(self.rules))

    @property
    def would(self) -> Preview:
        """What the rules that hold would change now."""
        return preview(self.rules, self.items if self.rules else ())

    def money(self, amount: Decimal) -> str:
        """An amount to the cent."""
        return words.money(amount, self.currency, exact=True)


def title_row() -> Seen:
    """The title with the picker of the month; what the page is about."""
    current = Month.of(session.today())
    month = month_row("Expenses", months_offered(current), PARTS[0])
    board = reading.board(reading.looked_at(str(month) if month != current else "now"))
    return Seen(month, board, month in session.store().closed_months())


def part() -> str:
    """Which part of the page is shown, kept in the address."""
    return part_shown(PARTS)


def empty() -> None:
    """The page of a company that has spent nothing yet."""
    widgets.verdict("No expense is on record yet.")
    widgets.empty(
        "What was spent on what, what looks unusual, whom to pay back, and the rules that give a category",
        "Expenses are bills, fees and interest paid, and there are none.",
        "Bring in bills",
        "imports",
        (("kind", "bills"),),
    )


def verdict(seen: Seen) -> str:
    """The month in one sentence: how much, against what is usual, and what is left to do."""
    spent = seen.spent
    if not spent.n:
        first = f"{seen.month.name} has no expense yet"
    elif seen.last < seen.month.last_day:
        usual = f"; the mean of whole months before is {seen.money(spent.mean)}" if spent.mean else ""
        first = f"{seen.month.name} has cost {seen.money(spent.total)} so far{usual}"
    else:
        first = f"{seen.month.name} cost {seen.money(spent.total)}{_against(seen)}"
    parts = [first]
    if spent.unlabelled:
        parts.append(f"{spent.unlabelled} of {words.counted(spent.n, 'expense')} without a category")
    if seen.unusual:
        count = len(seen.unusual)
        parts.append(f"{words.counted(count, 'item')} {'looks' if count == 1 else 'look'} unusual")
    waiting = owed(seen.own_money)
    if waiting:
        parts.append(f"{seen.money(waiting)} is to be paid back to people")
    if seen.closed:
        parts.append("the month is closed and stays as it is")
    return "; ".join(parts) + "."


def _against(seen: Seen) -> str:
    spent = seen.spent
    if spent.mean is None:
        return " (no month before to compare with)"
    months = words.counted(len(spent.compared), "month")
    over = spent.total - spent.mean
    if not over:
        return f", exactly the mean of the {months} before"
    side = "above" if over > 0 else "below"
    return f", {seen.money(abs(over))} {side} the mean of the {months} before ({seen.money(spent.mean)})"


# --- The month


def month_view(seen: Seen) -> None:
    """The month by category beside its mean, what a person can put right, and every expense."""
    _rules_line(seen)
    widgets.section(
        "By category",
        "Net of tax, in the month in which it was incurred; the mean is over the three months before that had any expense.",
    )
    columns = (
        Column("category", "Category"),
        Column("amount", "Amount", "money", summed=True),
        Column("mean", "Mean of 3 months", "money"),
        Column("over", "Above the mean", "money"),
        Column("over_pct", "In %", "pct"),
        Column("counts_as", "Counts as"),
    )
    rows = tuple(
        (line.name, line.amount, line.mean, line.over, line.over_pct, line.category)
        for line in by_label(seen.board.facts.charges, seen.month, seen.until)
        if line.amount or line.mean
    )
    widgets.rows_table(
        Rows("expenses_by_category", "category", columns, rows, "sum"),
        key="by_category",
        alt="The month's expenses by category beside the mean of the months before",
        period=str(seen.month),
        currency=seen.currency,
    )
    _apart(seen)
    if widgets.may("money") and not seen.closed:
        _correct_form(seen)
    _every(seen)


def _apart(seen: Seen) -> None:
    """The bills of accounts in another currency, which no sum here holds."""
    apart = seen.board.facts.bills_apart
    if not apart:
        return
    with session.store().cursor() as cursor:
        currencies = {account.account: account.currency for account in accounts(cursor)}
    found = in_other_currencies(apart, currencies, seen.month, seen.until)
    if found:
        said = words.listed(
            [
                f"{words.counted(count, 'bill')} of {words.money(net, currency, exact=True)} net"
                for currency, (count, net) in found.items()
            ]
        )
        st.caption(
            words.escape(
                f"Apart, as their accounts are in another currency and nothing is converted: {said}."
            )
        )


def _rules_line(seen: Seen) -> None:
    would = seen.would
    records, lines = len(would.records), len(would.lines)
    if not records and not lines:
        return
    said = " and ".join(
        text
        for count, text in (
            (records, f"would give {words.counted(records, 'record')} another category"),
            (lines, f"{'name' if records else 'can name'} {words.counted(lines, 'open bank line')}"),
        )
        if count
    )
    with st.container(horizontal=True, vertical_alignment="center", key="rules_line"):
        st.markdown(words.escape(f"The rules {said}."), width="content")
        widgets.link(
            "expenses", "Look at it", (("month", str(seen.month)), ("part", "Rules")), key="to_rules"
        )


def _every(seen: Seen) -> None:
    widgets.section("Every expense", "Those without a category first, then the dearest.")
    columns = (
        Column("payee", "Payee"),
        Column("amount", "Net", "money", summed=True),
        Column("label", "Category"),
        Column("category", "Counts as"),
        Column("on", "Incurred", "date"),
        Column("bill_id", "Bill"),
        Column("record", "Entry or bank line"),
    )
    bills = {bill.bill_id for bill in seen.board.facts.bills}
    rows = tuple(
        (
            c.payee,
            c.amount,
            c.label or ("–" if not c.labelled else c.category),
            c.category,
            c.incurred_on,
            *((c.charge_id, None) if c.charge_id in bills else (None, c.charge_id)),
        )
        for c in seen.charges
    )
    widgets.rows_table(
        Rows("month_expenses", "expense", columns, rows, "sum", leads="bills"),
        key="every",
        alt="Every expense of the month",
        period=str(seen.month),
        currency=seen.currency,
        to_records=True,
    )


# --- Correcting by hand


def _correct_form(seen: Seen) -> None:
    found = {
        f"{one.subject} {one.item_id}": one
        for one in sorted(
            (one for one in seen.items if _correctable(seen, one)),
            key=lambda one: (one.category is not None, -one.amount, one.item_id),
        )
    }
    if not found:
        return
    forms.draft(CORRECT, {"correct_which": None, "correct_to": None})
    if st.session_state["correct_which"] not in found:
        st.session_state["correct_which"] = None
    with st.container(border=True, key="correct_form"):
        st.markdown("**Give an expense its category by hand**")
        with st.grid(2, min_column_width=220, key="correct_grid"):
            st.selectbox(
                "Expense",
                list(found),
                key="correct_which",
                index=None,
                format_func=lambda key: words.in_a_cell(_line(found[key])) if key in found else key,
                placeholder="Choose; those without a category stand first",
            )
            category_box("Category", "correct_to")
        forms.error_line(CORRECT)
        st.button(
            "Save the category",
            key="correct",
            type="primary",
            icon=":material/save:",
            disabled=not (st.session_state["correct_which"] and st.session_state["correct_to"]),
            on_click=forms.acted,
            args=forms.click(CORRECT, _correct, found),
        )


def category_box(label: str, key: str) -> None:
    """The box in which a category is chosen, or one's own word typed."""
    known = in_use.category_labels(session.store())
    held = st.session_state[key]
    st.selectbox(
        label,
        known if not held or held in known else [*known, held],
        key=key,
        index=None,
        accept_new_options=True,
        placeholder="payroll, rent, …",
    )


def _correctable(seen: Seen, one: Item) -> bool:
    inside = seen.month.start <= one.day < seen.until
    return inside and not one.shut and one.subject != "line"


def _line(one: Item) -> str:
    return f"{words.short_day(one.day)} · {one.words} · {one.category or 'no category'}"


def _correct(found: dict[str, Item]) -> None:
    state = st.session_state
    one, category = found.get(state["correct_which"] or ""), (state["correct_to"] or "").strip()

    def write() -> Item:
        if one is None or not category:
            raise Refused("choose the expense and its category")
        store, actor, key = session.store(), session.actor(), forms.submit_token(CORRECT)
        if one.subject == "entry":
            stored.correct_entry(store, actor, one.item_id, category, now=session.now(), request_key=key)
            return one
        stored.correct_bill(
            store, actor, one.item_id, {"category": category}, now=session.now(), request_key=key
        )
        return one

    done = forms.run_once(
        CORRECT,
        write,
        lambda done: f"{done.words} counts as {category}",
        lambda done: partial(_uncorrect, done),
    )
    if done:
        state[OFFER] = (done.text, category)


def _uncorrect(one: Item) -> str:
    store, actor, now, key = session.store(), session.actor(), session.now(), str(uuid4())
    if one.subject == "entry":
        stored.correct_entry(store, actor, one.item_id, one.category, now=now, request_key=key)
    else:
        values = {"category": one.category or ""}
        stored.correct_bill(store, actor, one.item_id, values, now=now, request_key=key)
    st.session_state.pop(OFFER, None)
    return f"{one.words} has {one.category or 'no category'} again"
