"""The Company page's tokens: which other programs may ask this one, for what; a new one is shown once."""

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.company_page import Seen, buttons, line
from tai_ops.store import tokens as stored
from tai_ops.store.tokens import SCOPES, Token

HERE = (("part", "Tokens"),)
FORM, SHOWN = "token", "company.token"


def tokens(seen: Seen) -> None:
    """The tokens on record, the new one while it can be read, and the form that makes another."""
    widgets.section(
        "Tokens",
        "By a token another program may ask this one over HTTP, and for nothing but what its scope says. The store "
        "keeps a token's hash alone, so that nobody can read it again.",
    )
    _new()
    found = stored.tokens(session.store())
    if not found:
        st.markdown(":gray[There are none, so no other program may ask anything.]")
    for token in found:
        _token(seen, token)
    if seen.may:
        _form()


def _new() -> None:
    made = st.session_state.get(SHOWN)
    if not made:
        return
    with st.container(border=True, key="entry_new_token"):
        st.markdown(f"**{words.escape(made[0])}**: copy it now, it is shown this once.")
        st.code(made[1], language=None, wrap_lines=True)
        st.button("I have it", key="token_seen", on_click=lambda: st.session_state.pop(SHOWN, None))


def _token(seen: Seen, token: Token) -> None:
    made = f"{SCOPES[token.scope]} · made {words.instant(token.made_at, seen.zone)} by {seen.called(token.made_by)}"
    if token.revoked_at and token.revoked_by:
        made += f" · revoked {words.instant(token.revoked_at, seen.zone)} by {seen.called(token.revoked_by)}"
    state = "" if token.is_good else " :gray-badge[revoked]"
    asked = st.query_params.get("token") == token.name
    line(
        f"token_{token.name}",
        f"**{words.escape(token.name)}** {words.escape(token.scope)}{state}",
        f":gray[{words.escape(made)}]",
        button="Revoke" if seen.may and token.is_good and not asked else None,
        opens=(*HERE, ("token", token.name)),
    )
    if asked and seen.may and token.is_good:
        with st.container(border=True, key=f"entry_token_{token.name}"):
            st.markdown(
                f"The program that has **{words.escape(token.name)}** is turned away from then on. "
                "This can't be taken back."
            )
            form = f"revoke_{token.name}"
            buttons(form, "Revoke it", lambda: _revoke(token, form), HERE)


def _revoke(token: Token, form: str) -> None:
    done = forms.run_write(
        form,
        lambda: stored.revoke(session.store(), session.actor(), token.name, now=session.now()),
        lambda gone: f"The token {gone.name} opens nothing any more",
    )
    if done:
        forms.go_on(HERE)


def _form() -> None:
    forms.draft(FORM, {"token_name": "", "token_scope": "metrics"})
    with st.container(border=True, key="entry_token"):
        with st.grid(2, min_column_width=220):
            st.text_input("Name", key="token_name", placeholder="the program that will have it")
            st.selectbox(
                "Scope",
                list(SCOPES),
                format_func=lambda scope: f"{scope}: {SCOPES[scope]}",
                key="token_scope",
            )
        buttons(FORM, "Make a token", _make, HERE)


def _make() -> None:
    name, scope, key = (
        st.session_state["token_name"],
        st.session_state["token_scope"],
        forms.submit_token(FORM),
    )
    made = forms.run_write(
        FORM,
        lambda: stored.create(
            session.store(), session.actor(), name, scope, now=session.now(), request_key=key
        ),
        lambda _: f"The token {name.strip()} is made",
    )
    if made:
        st.session_state[SHOWN] = (name.strip(), made)
