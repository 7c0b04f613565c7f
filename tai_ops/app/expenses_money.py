"""The expenses' page where something is to be looked at or paid: unusual items and what people are to have back."""

from datetime import date

import streamlit as st

from tai_ops.app import account_choice, forms, session, widgets, words
from tai_ops.app.expenses_page import Seen
from tai_ops.errors import Refused
from tai_ops.reimbursements import Reimbursement, owed
from tai_ops.rows import Column, Rows
from tai_ops.store import category_rules as stored

PAID = "expenses.paid"


def unusual_view(seen: Seen) -> None:
    """What of the month a person should look at, each with the reason in words."""
    widgets.section(
        "Unusual in this month",
        "A payee's first charge over 250; an amount outside the payee's usual range (median ± 3 times the median "
        "deviation, from 6 earlier charges on); a category more than 25 % and 250 above its mean; the same payee and "
        "amount twice within 3 days.",
    )
    if not seen.unusual:
        st.markdown(":green-badge[✓] Nothing unusual.")
        return
    bills = {bill.bill_id for bill in seen.board.facts.bills}
    columns = (
        Column("subject", "Payee or category"),
        Column("amount", "Amount", "money"),
        Column("words", "Why"),
        Column("reason", "Kind"),
        Column("bill_id", "Bill"),
    )
    rows = tuple(
        (u.subject, u.amount, u.words, u.reason, u.charge_id if u.charge_id in bills else None)
        for u in seen.unusual
    )
    widgets.rows_table(
        Rows("unusual", "unusual item", columns, rows, leads="bills"),
        key="unusual",
        alt="Unusual expenses of the month with the reason",
        period=str(seen.month),
        currency=seen.currency,
        to_records=True,
    )


def reimbursements_view(seen: Seen) -> None:
    """What people paid themselves, from the day it was spent to the bank line that proves it was paid back."""
    least = seen.board.facts.company.reimbursement_threshold
    found = seen.own_money
    widgets.section(
        "Paid out of people's own pockets",
        f"Above {seen.money(least)} it is to be paid back; as of {words.day(seen.last)}. A bill counts here once it "
        "names whom to pay back.",
    )
    called = {person.email: person.name for person in session.store().people()}
    waiting = [one for one in found if one.state == "to pay back"]
    apart = [one for one in seen.own_money_apart if one.state == "to pay back"]
    if waiting:
        people = words.listed(sorted({called.get(one.person, one.person) for one in waiting}))
        st.markdown(words.escape(f"{seen.money(owed(found))} is to be paid back to {people}."))
    elif found and not apart:
        st.markdown(":green-badge[✓] Nobody waits for money.")
    if apart:
        listed = words.listed([f"{called.get(one.person, one.person)} ({one.bill_id})" for one in apart])
        said = f"Apart, as it is in another currency: {words.counted(len(apart), 'expense')} to be paid back to {listed}."
        st.caption(words.escape(said))
    columns = (
        Column("person", "Who"),
        Column("amount", "Amount", "money", summed=True),
        Column("state", "State"),
        Column("days", "Days open", "count"),
        Column("payee", "Spent at"),
        Column("on", "Spent on", "date"),
        Column("paid_on", "Paid back", "date"),
        Column("on_bank", "On the bank", "date"),
        Column("bill_id", "Bill"),
    )
    rows = tuple(
        (
            called.get(one.person, one.person),
            one.amount,
            one.state,
            one.days_open,
            one.payee,
            one.incurred_on,
            one.paid_on,
            one.on_bank,
            one.bill_id,
        )
        for one in found
    )
    widgets.rows_table(
        Rows("reimbursements", "reimbursement", columns, rows, "sum", leads="bills"),
        key="reimbursements",
        alt="What people paid themselves and how far its paying back is",
        period=str(seen.month),
        currency=seen.currency,
        to_records=True,
    )
    open_ones = {one.bill_id: one for one in found if one.days_open is not None}
    if open_ones and widgets.may("money"):
        _paid_form(seen, open_ones)
    widgets.link("records", "Enter an expense that somebody paid", (("kind", "bills"),), key="enter_own")


def _paid_form(seen: Seen, found: dict[str, Reimbursement]) -> None:
    accounts = stored.paying_accounts(session.store())
    forms.draft(
        PAID,
        {
            "paid_which": None,
            "paid_account": accounts[0] if accounts else None,
            "paid_on": session.today(),
        },
    )
    if st.session_state["paid_which"] not in found:
        st.session_state["paid_which"] = None
    with st.container(border=True, key="paid_form"):
        st.markdown("**It was paid back**")
        with st.grid(3, min_column_width=180, key="paid_grid"):
            st.selectbox(
                "Expense",
                list(found),
                key="paid_which",
                index=None,
                format_func=lambda key: words.in_a_cell(_line(seen, found[key])) if key in found else key,
                placeholder="Choose what was paid back",
            )
            st.selectbox(
                "From the account",
                accounts,
                key="paid_account",
                format_func=account_choice.called().__getitem__,
            )
            st.date_input("Paid on", key="paid_on", format="YYYY-MM-DD")
        st.caption("It counts as paid at once, and as proved when the bank's line is matched with it.")
        forms.error_line(PAID)
        st.button(
            "Save",
            key="paid",
            type="primary",
            disabled=not st.session_state["paid_which"],
            on_click=forms.acted,
            args=forms.click(PAID, _pay, seen, found),
        )


def _line(seen: Seen, one: Reimbursement) -> str:
    return f"{one.person} · {one.payee} · {seen.money(one.amount)} · {words.short_day(one.incurred_on)}"


def _pay(seen: Seen, found: dict[str, Reimbursement]) -> None:
    state = st.session_state
    one = found.get(state["paid_which"] or "")

    def write() -> Reimbursement:
        day = state["paid_on"]
        if one is None or not isinstance(day, date):
            raise Refused("paid_on: choose the expense and the day it was paid back")
        if day < one.incurred_on:
            raise Refused(f"paid_on: {day} is before the day it was spent ({one.incurred_on})")
        stored.correct_bill(
            session.store(),
            session.actor(),
            one.bill_id,
            {"paid_on": day.isoformat(), "account": state["paid_account"] or ""},
            now=session.now(),
            request_key=forms.submit_token(PAID),
        )
        return one

    forms.run_once(PAID, write, lambda done: f"{seen.money(done.amount)} was paid back to {done.person}")
