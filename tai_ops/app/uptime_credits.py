"""Credits for missed uptime on the Uptime page: who gets what of the month's fee and why, and the step that posts one."""

from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.uptime_reading import Seen
from tai_ops.behind import Column, Rows
from tai_ops.errors import Refused
from tai_ops.money import ZERO
from tai_ops.settings import SETTINGS, as_json, shown
from tai_ops.sla_credits import Credit
from tai_ops.store import sla_credits as stored

FORM = "uptime.credit"
STATES = {
    "kept": "✓ none due",
    "proposed": "≈ to decide",
    "posted": "✓ posted",
    "no ladder": "✗ no ladder agreed",
    "no fee": "✓ no fee",
    "unknown": "– unknown",
    "running": "– month not over",
}


def credits_due(seen: Seen) -> None:
    """What each customer of the month gets back, and the form that posts a proposed credit."""
    found = seen.credits
    if not found:
        return
    company = seen.watched.company
    ladder = shown(SETTINGS["sla_credits"], as_json(company, "sla_credits"), company.currency)
    widgets.section(
        "Credit for missed uptime",
        f"Of the month's fee, by the weighted uptime; the ladder: {ladder}. Proposed here, posted by a person alone.",
    )
    if not company.sla_credits:
        widgets.link("company", "Agree a ladder", (("part", "Thresholds"),), key="to_ladder")
    columns = (
        Column("customer", "Customer"),
        Column("state", "State"),
        Column("amount", "Credit", "money"),
        Column("uptime_pct", "Weighted %", "number"),
        Column("downtime_minutes", "Down, weighted, min", "number"),
        Column("budget_minutes", "Allowed, min", "number"),
        Column("unknown_minutes", "Unknown, min", "number"),
        Column("credit_pct", "Ladder %", "number"),
        Column("fee", "Fee of the month", "money"),
        Column("reason", "Why"),
        Column("note", "Credit note"),
        Column("customer_id", "Id"),
    )
    rows = tuple(_row(one) for one in found)
    widgets.rows_table(
        Rows("sla_credits", "customer", columns, rows),
        key="credits",
        alt="Credits for missed uptime of the month",
        period=str(seen.month),
        currency=company.currency,
    )
    due = {one.customer_id: one for one in found if one.waits}
    if due and widgets.may(stored.RIGHT):
        _form(seen, due)
    elif due:
        widgets.who_may_line(stored.RIGHT)


def _row(one: Credit) -> tuple[object, ...]:
    places = (one.uptime_pct, one.downtime_minutes, one.budget_minutes, one.unknown_minutes)
    pct, down, budget, unknown = (None if v is None else round(v, 3) for v in places)
    return (
        one.customer,
        STATES[one.state],
        one.amount,
        pct,
        down,
        budget,
        unknown,
        one.credit_pct,
        one.fee,
        one.reason,
        one.posted.invoice_number if one.posted else None,
        one.customer_id,
    )


def _form(seen: Seen, due: dict[str, Credit]) -> None:
    first = next(iter(due))
    forms.draft(FORM, {"credit_who": first, "credit_on": session.today()})
    if st.session_state["credit_who"] not in due:
        st.session_state["credit_who"] = first
    currency = seen.watched.company.currency
    with st.container(border=True, key="credit_form"):
        st.markdown("**Post a credit note**")
        with st.grid(2, min_column_width=220, key="credit_grid"):
            st.selectbox(
                "Customer",
                list(due),
                key="credit_who",
                format_func=lambda key: words.in_a_cell(due[key].customer) if key in due else key,
            )
            st.date_input("Issued on", key="credit_on", format="YYYY-MM-DD")
        one = due[st.session_state["credit_who"]]
        amount = words.money(one.amount or ZERO, currency, exact=True)
        st.markdown(words.escape(f"{amount} back to {one.customer}: {stored.why(one)}."))
        st.caption("It becomes a credit note on the customer's licence invoice of that time, once only.")
        forms.error_line(FORM)
        st.button(
            "Post the credit",
            key="post_credit",
            type="primary",
            icon=":material/receipt_long:",
            on_click=forms.acted,
            args=forms.click(FORM, _post, seen, due),
        )


def _post(seen: Seen, due: dict[str, Credit]) -> None:
    state = st.session_state
    one = due.get(state["credit_who"] or "")

    def write() -> str:
        if one is None or one.amount is None or not state["credit_on"]:
            raise Refused("choose the customer and the day of issue")
        return stored.post(
            session.store(),
            session.actor(),
            one.customer_id,
            seen.month,
            amount=one.amount,
            issued_on=state["credit_on"],
            now=session.now(),
            request_key=forms.submit_token(FORM),
        )

    forms.run_once(FORM, write, partial(_said, one))


def _said(one: Credit | None, note: str) -> str:
    return f"Posted as credit note {note} for {one.customer if one else ''}; void that note on the Records page to take it back"
