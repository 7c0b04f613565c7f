"""A message of the onboarding filled in and ready to copy, and as a draft where it is an e-mail."""

import streamlit as st

from tai_ops.app import session, words
from tai_ops.app.onboarding_view import message_text
from tai_ops.errors import Refused
from tai_ops.exports.onboarding_files import message_eml
from tai_ops.message_templates import DEFAULTS
from tai_ops.runbooks.customer_onboarding import results
from tai_ops.runbooks.customer_onboarding.standing import Standing

OF_STEPS = {
    "announcement": ("announcement", "help"),
    "celebrate": ("celebrate",),
    "qbr": ("qbr_agenda",),
}
"""The messages that go out with a step of the plan."""


def of_step(found: Standing, key: str) -> None:
    """The messages that go out with a step, each to be opened."""
    for template in OF_STEPS.get(key, ()):
        show(found, template, f"step_{key}")


def show(found: Standing, template: str, place: str) -> None:
    """One message: what it still lacks, or its words to copy."""
    name = DEFAULTS[template].name
    with st.expander(
        f"Message: {name}",
        key=f"{place}_{template}",
        icon=":material/mail:" if DEFAULTS[template].subject else ":material/chat:",
        on_change="rerun",
        type="compact",
    ) as box:
        if box.open:
            _open(found, template, place)


def _open(found: Standing, template: str, place: str) -> None:
    store = session.store()
    known = results.values(store, found, results.results(store, found))
    more: dict[str, object] = {}
    if "customer_admin" in results.template(store, template).variables:
        more["customer_admin"] = st.text_input(
            "Whom do we write to at the customer?",
            key=f"admin_{found.customer.customer_id}_{place}_{template}",
            persist_state="session",
        )
    try:
        message = results.message(store, template, known, **more)
    except Refused as refusal:
        st.info(words.escape(str(refusal)), icon=":material/edit_note:")
        return
    message_text(f"{message.subject}\n\n{message.body}" if message.subject else message.body)
    if message.subject:
        st.download_button(
            "As a draft for the mail program",
            data=lambda: message_eml(message, found.customer.csm_email, None, session.now()),
            file_name=f"{template}_{found.customer.customer_id}.eml",
            mime="message/rfc822",
            key=f"eml_{place}_{template}",
            icon=":material/drafts:",
            on_click="ignore",
            type="tertiary",
        )
