"""The form for an account's opening balance, where a reconciliation can't go on without it."""

from datetime import date
from decimal import Decimal

import streamlit as st

from tai_ops.app import forms, session, words
from tai_ops.app.reconcile_page import Seen, typed_amount
from tai_ops.errors import Refused
from tai_ops.store.opening import enter_opening

OPENING = "reconcile.opening"
BALANCE, DAY = "opening_balance", "opened_on"


def opening_form(seen: Seen) -> None:
    """Asks for the opening balance where the account has none; nothing where it has one."""
    account = seen.account
    if account.opening_balance is not None:
        return
    form = f"{OPENING}.{account.account}"
    keys = {part: f"{part}_{account.account}" for part in (BALANCE, DAY)}
    forms.draft(form, {keys[BALANCE]: "", keys[DAY]: account.opened_on})
    with st.container(border=True, key="opening"):
        st.markdown(
            f"**{words.escape(account.name)} has no opening balance.** Its books can't be compared with the bank, and it "
            "can't be locked, until you say what it held when its books begin."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                f"Opening balance in {account.currency}", key=keys[BALANCE], placeholder="1234.50", width=220
            )
            st.date_input(
                "At the start of",
                key=keys[DAY],
                format="YYYY-MM-DD",
                width=180,
                help="The day from which its books count: that of its first bank line, or an earlier one.",
            )
            st.button(
                "Save the opening balance",
                key="save_opening",
                type="primary",
                on_click=forms.acted,
                args=forms.click(form, _enter, seen, form, keys[BALANCE], keys[DAY]),
            )
        forms.error_line(form)


def _enter(seen: Seen, form: str, balance_key: str, day_key: str) -> None:
    account = seen.account

    def write() -> tuple[Decimal, date]:
        day = st.session_state[day_key]
        if not isinstance(day, date):
            raise Refused("opened_on: give the day from which its books count")
        amount = typed_amount(st.session_state[balance_key])
        enter_opening(session.store(), session.actor(), account.account, amount, day, now=session.now())
        return amount, day

    forms.run_once(
        form,
        write,
        lambda done: (
            f"Opening balance of {account.name} saved: "
            f"{words.money(done[0], account.currency, exact=True)} at the start of {words.day(done[1])}"
        ),
    )
