"""Somebody new on the Qualify page: a prospect that isn't on record yet, entered before the call begins."""

import contextlib

import streamlit as st

from tai_ops.app import forms, session, widgets
from tai_ops.app.qualify_page import Seen
from tai_ops.store.new_business import enter_prospect
from tai_ops.typed_amounts import mark_of, plain_number

NEW = "new_prospect"
NEW_FIELDS = {
    "company": "Company",
    "contact": "Whom you talk to",
    "email": "Their e-mail",
    "industry": "Industry",
    "warehouses": "Warehouses",
    "items": "Inventory items",
    "current_system": "Current system",
    "source": "How they came",
}


def somebody_new(found: Seen) -> None:
    """A prospect that isn't on record yet, entered before the call begins."""
    if found.prospect:
        return
    if not widgets.may("sales"):
        widgets.who_may_line("sales")
        return
    with st.expander("Call somebody new", icon=":material/person_add:", expanded=not found.prospects):
        forms.draft(NEW, {f"{NEW}_{name}": "" for name in NEW_FIELDS})
        names = list(NEW_FIELDS)
        for place in range(0, len(names), 2):
            for column, name in zip(st.columns(2), names[place : place + 2], strict=False):
                column.text_input(NEW_FIELDS[name], key=f"{NEW}_{name}", max_chars=120)
        forms.error_line(NEW)
        st.button(
            "Enter and call", key="enter_prospect", type="primary", icon=":material/call:",
            on_click=forms.acted, args=forms.click(NEW, _enter),
        )  # fmt: skip


def _enter() -> None:
    told = {name: str(st.session_state.get(f"{NEW}_{name}") or "") for name in NEW_FIELDS}
    for name in ("warehouses", "items"):
        with contextlib.suppress(ValueError):  # a text that is no number is refused by its name
            told[name] = plain_number(told[name], mark_of(st.context.locale)) if told[name].strip() else ""
    made = forms.run_once(
        NEW,
        lambda: enter_prospect(
            session.store(), session.actor(), told, today=session.today(), now=session.now(),
            request_key=forms.submit_token(NEW),
        ),
        lambda key: f"Entered: {' '.join(told['company'].split())}, {key}",
    )  # fmt: skip
    if made:
        forms.go_on((("prospect", made),))
