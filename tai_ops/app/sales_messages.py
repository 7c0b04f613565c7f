"""What sales says and writes, in the company's own words: the form on the Qualify and the Proposals page."""

from collections.abc import Sequence

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.message_templates import DEFAULTS, VARIABLES_OF
from tai_ops.store.message_templates import RIGHT_OF, keep_template, templates

ON_THE_CALL, WITH_A_PROPOSAL = ("call", "follow_up"), ("proposal",)
"""The matters whose messages each page puts into words."""


def own_words(matters: Sequence[str]) -> None:
    """The messages of these matters, each to be put into the company's words; variables stand in braces."""
    with st.expander(
        "Put the messages into your own words", key="sales_words", icon=":material/edit:", on_change="rerun"
    ) as box:
        if not box.open:
            return
        key = st.selectbox(
            "Message",
            [one.template_id for one in DEFAULTS.values() if one.matter in matters],
            format_func=lambda one: f"{DEFAULTS[one].name} ({DEFAULTS[one].used})",
            key="sales_words_which",
        )
        known, held = DEFAULTS[key], templates(session.store())[key]
        form = f"sales_words_{key}"
        subject, body = f"{form}_subject", f"{form}_body"
        forms.draft(form, {subject: held.subject, body: held.body})
        if known.subject:
            st.text_input("Subject", key=subject)
        st.text_area("Words", key=body, height=220)
        named = "; ".join(
            f"{{{name}}} {what} ({kind})" for name, (kind, what) in VARIABLES_OF[known.matter].items()
        )
        st.caption(words.escape(f"Variables: {named}. What is not defined is refused with its line."))
        right = RIGHT_OF[known.matter]
        if not widgets.may(right):
            widgets.who_may_line(right)
            return
        forms.error_line(form)
        with st.container(horizontal=True, key="sales_words_buttons"):
            st.button(
                "Keep these words", key="keep_words", type="primary", icon=":material/save:",
                on_click=forms.acted, args=forms.click(form, _keep, form, key, subject, body),
            )  # fmt: skip
            if held != known:
                st.button(
                    "Back to the program's words", key="words_back",
                    on_click=forms.acted, args=forms.click(form, _keep, form, key, subject, None),
                )  # fmt: skip


def _keep(form: str, template_id: str, subject: str, body: str | None) -> None:
    made = forms.run_once(
        form,
        lambda: keep_template(
            session.store(),
            session.actor(),
            template_id,
            str(st.session_state.get(subject) or ""),
            None if body is None else str(st.session_state[body] or ""),
            session.now(),
            forms.submit_token(form),
        ),
        lambda kept: f"Kept: {kept.name}" if body else f"{kept.name}: the program's words hold again",
    )
    if made is not None:  # the form begins anew with what holds now
        for part in ("subject", "body"):
            st.session_state.pop(f"{form}_{part}", None)
