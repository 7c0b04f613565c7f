"""A subscription's price steps: what it cost from when on, and the form of the next step."""

from functools import partial
from typing import Any

import streamlit as st

from tai_ops.app import forms, records_fields, records_form, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.entries import typed
from tai_ops.kinds import KINDS
from tai_ops.rights import may
from tai_ops.runbooks import record_keeping as keeping
from tai_ops.store.browse import Seen
from tai_ops.store.records import RowsRefused

SUBSCRIPTIONS = KINDS["subscriptions"]
INTERVALS = SUBSCRIPTIONS.column("interval").choices


def steps(one: Seen) -> None:
    """The steps of the subscription's plan, the oldest first, and the way to the next."""
    store = session.store()
    currency = store.company.currency
    found = keeping.price_steps(store, one.values["customer_id"], one.values["plan"])
    widgets.section(
        "Price steps", "Each step is a subscription of its own: the earlier one ends where the next begins."
    )
    columns = (
        Column("subscription_id", "Subscription"), Column("starts_on", "From", "date"),
        Column("ends_on", "Until, not included", "date"), Column("amount", "Price", "money"), Column("interval", "Per"),
        Column("discount_pct", "Discount %", "pct"), Column("monthly", "A month, after discount", "money"),
    )  # fmt: skip
    cells = tuple(
        (s.step.subscription_id, s.step.starts_on, s.step.ends_on, s.step.amount, s.step.interval, s.step.discount_pct, s.monthly)
        for s in found
    )  # fmt: skip
    widgets.rows_table(
        Rows("price_steps", "step", columns, cells, leads="subscriptions"), key="price_steps",
        alt="The price of this plan, step by step", currency=currency, period=one.key, to_records=True,
    )  # fmt: skip
    if may(session.actor(), SUBSCRIPTIONS.owner) and not words.hides_amounts():
        _next(one)


def _next(one: Seen) -> None:
    form = f"step_{one.key}"
    keys = {name: f"{form}_{name}" for name in ("from_on", "amount", "discount_pct", "interval")}
    with st.popover("Add a price step", icon=":material/trending_up:", key="add_step"):
        forms.draft(
            form,
            {
                keys["from_on"]: None,
                keys["amount"]: "",
                keys["discount_pct"]: "",
                keys["interval"]: one.values["interval"],
            },
        )
        st.markdown("From that day on the new price holds; until then nothing changes.")
        st.date_input("From", key=keys["from_on"], format="YYYY-MM-DD")
        currency = session.store().company.currency
        st.text_input(f"Price per interval ({currency})", key=keys["amount"], placeholder="such as 1,234.50")
        st.selectbox("Paid per", INTERVALS, key=keys["interval"])
        st.text_input("Discount (%)", key=keys["discount_pct"], placeholder="empty: none, such as 10")
        forms.error_line(form)
        st.button(
            "Add the step", key="save_step", type="primary", icon=":material/save:",
            on_click=forms.acted, args=forms.click(form, _save, one.key, form, keys),
        )  # fmt: skip


def _save(key: str, form: str, keys: dict[str, str]) -> None:
    store, actor, token = session.store(), session.actor(), forms.submit_token(form)
    done = forms.run_once(
        form,
        lambda: _told(key, keys, token),
        lambda done: f"Saved: {done.keys[1]} follows {done.keys[0]}",
        lambda done: partial(keeping.take_step_back, store, actor, *done.keys, now=session.now()),
    )
    if done:
        st.query_params["key"] = done.keys[1]


def _told(key: str, keys: dict[str, str], token: str) -> Any:
    """The write's answer; what is wrong is said with the field's own name."""
    values = {name: st.session_state.get(widget) for name, widget in keys.items()}
    try:
        given = {
            "from_on": typed(values["from_on"]),
            "amount": records_fields.number_text(SUBSCRIPTIONS.column("amount"), str(values["amount"] or "")),
            "discount_pct": records_fields.number_text(
                SUBSCRIPTIONS.column("discount_pct"), str(values["discount_pct"] or "")
            ),
            "interval": str(values["interval"] or ""),
        }
        return keeping.add_step(
            session.store(), session.actor(), key, given, now=session.now(), request_key=token
        )
    except RowsRefused as refusal:
        raise records_form.plainly(SUBSCRIPTIONS, refusal) from None
    except ValueError as reason:
        raise records_form.said_of_field("Price or discount", reason) from None
