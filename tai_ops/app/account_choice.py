"""Accounts where one is chosen: called as sentences call them, kept in the address by their code."""

from collections.abc import Sequence

import streamlit as st

from tai_ops.app import forms, session, words
from tai_ops.cash import account_names
from tai_ops.store import facts


def called() -> dict[str, str]:
    """What each account is called, by its code; the code stands beside it where two share a name."""
    with session.store().cursor() as cursor:
        held = facts.accounts(cursor)
    return {code: words.shown(name) for code, name in account_names(held).items()}


def choose_looked_at(codes: Sequence[str]) -> str:
    """Which account is looked at; the first where the address names none of them."""
    asked = st.query_params.get("account")
    st.session_state["account"] = asked if asked in codes else codes[0]
    return st.selectbox(
        "Account",
        codes,
        key="account",
        format_func=called().__getitem__,
        on_change=forms.into_address,
        args=("account", codes[0]),
        width=240,
    )
