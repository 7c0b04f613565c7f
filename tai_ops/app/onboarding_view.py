"""What every view of one customer's onboarding shares: which view is open, what is on record, and how a click writes."""

from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.errors import Refused
from tai_ops.rights import ROLE_IN_WORDS, called
from tai_ops.runbooks.customer_onboarding.standing import Standing, standing
from tai_ops.runbooks.customer_onboarding.steps import Made, take_back
from tai_ops.store import Store, freshness
from tai_ops.typed_amounts import mark_of, plain_number

PAGE = "customers"
VIEW, STANDING = "view", "standing"
VIEWS = {
    STANDING: "Standing",
    "onboarding": "Onboarding",
    "cutover": "Cutover day",
    "migration": "Migration check",
    "after": "After cutover",
    "results": "Results",
}
RIGHT, OWN_STEPS = "success", "onboarding"
MAY, OWN = "onboarding.may", "onboarding.own"
SHARED = ("csm", "cto")
"""Whose the things are that CSM and CTO both do: issues, the roster, the migration check."""
STYLE = """<style>
[class*="st-key-ob_row_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding: 0.3rem 0; }
[class*="st-key-ob_row_"] > :first-child { min-width: 0; flex: 1 1 12rem; }
[class*="st-key-ob_do_"] button { min-height: 2.75rem; min-width: 2.75rem; }
[class*="st-key-ob_row_"] p { line-height: 1.45; }
</style>"""


def choice() -> str:
    """Which view of the customer is open, kept in the address; entering something is done where it stands."""
    asked = st.query_params.get(VIEW, STANDING)
    st.session_state[VIEW] = asked if asked in VIEWS and "enter" not in st.query_params else STANDING
    with st.container(key="views"):
        st.segmented_control(
            "View",
            list(VIEWS),
            format_func=VIEWS.__getitem__,
            key=VIEW,
            required=True,
            wrap=True,
            on_change=_chosen,
            label_visibility="collapsed",
        )
    return st.session_state[VIEW]


def _chosen() -> None:
    for name in ("step", "enter"):
        st.query_params.pop(name, None)
    forms.into_address(VIEW, STANDING)


def person(email: str) -> str:
    """How whoever did something is called: by name where one is on record."""
    return called(email, {one.email: one.name for one in session.store().people()})


def typed_number(text: object, what: str) -> str:
    """A number as the reader types it (`1,234.5`, `1.234,5`) as plain digits, empty where none is; Refused says what is wrong."""
    try:
        return plain_number(str(text or ""), mark_of(st.context.locale))
    except ValueError as reason:
        raise Refused(f"{what}: {reason}") from None


def seen(customer_id: str) -> Standing | None:
    """How the onboarding stands; None without a kickoff on record."""
    return _seen(session.store(), kept_key(customer_id), customer_id, session.now())


def kept_key(customer_id: str) -> str:
    """What changes whenever anything of a customer's onboarding may."""
    store = session.store()
    return f"{store.path or id(store)} {freshness.version(store)} {session.now():%Y%m%d%H%M} {customer_id}"


@st.cache_resource(max_entries=24, show_spinner=False)
def _seen(_store: Store, key: str, customer_id: str, _now: datetime) -> Standing | None:  # noqa: ARG001
    return standing(_store, customer_id, _now)


def press(
    label: str,
    form: str,
    act: Callable[..., Made],
    *given: object,
    primary: bool = False,
    icon: str | None = None,
    width: str | int = "content",
    help: str | None = None,  # noqa: A002  # Streamlit's own word
    place: str = "",
    owners: Sequence[str] = (),
) -> None:
    """A button that does something once and says what it did; `act` is given what follows, then a key.

    `owners` are roles besides the CSM that may press it.
    """
    with st.container(
        width="stretch" if width == "stretch" else "content", key=f"ob_do_{place}{form}_{label}"
    ):
        st.button(
            label,
            key=f"press_{place}{form}_{label}",
            type="primary" if primary else "secondary",
            icon=icon,
            help=help,
            width=width,
            disabled=not (st.session_state.get(MAY, False) or st.session_state.get(OWN) in owners),
            on_click=forms.acted,
            args=forms.click(form, write, form, act, *given),
        )


def write(form: str, act: Callable[..., Made], *given: object) -> None:
    """Carry an act out, in a callback."""
    values = [one() if callable(one) else one for one in given]
    token = forms.submit_token(form)
    forms.run_once(form, lambda: act(*values, token), lambda made: made.said, _back)


def _back(made: Made) -> Callable[[], str] | None:
    if not made.ticked:
        return None
    return lambda: take_back(session.store(), session.actor(), made, session.now())


def no_plan() -> None:
    """What stands where the plan is made first."""
    st.markdown("There is no plan yet. Make it under *Onboarding*: one click, with the kickoff that fits.")
    widgets.link(
        PAGE,
        "Make the plan",
        (("customer", st.query_params.get("customer", "")), (VIEW, "onboarding")),
        key="to_plan",
    )


def mine() -> None:
    """Whether the acting person may do what the view offers, asked once for all its buttons; who may, where not."""
    st.session_state[MAY] = widgets.may(RIGHT)
    role = session.actor().role
    st.session_state[OWN] = role if widgets.may(OWN_STEPS) else None
    if st.session_state[MAY]:
        return
    if st.session_state[OWN]:
        who = ROLE_IN_WORDS[role]
        st.markdown(
            f":blue-badge[● yours] What is the {who}'s is yours to do here; the rest is for the CSM or CEO."
        )
    else:
        widgets.who_may_line(RIGHT)


def message_text(text: str) -> None:
    """A message ready to copy, sign by sign."""
    st.code(text, language=None, wrap_lines=True)


def holds(found: bool | None) -> str:
    """Whether something holds, as a badge."""
    if found is None:
        return ":gray-badge[– open]"
    return ":green-badge[✓ yes]" if found else ":red-badge[✗ no]"


def line(text: str) -> str:
    """Small grey print."""
    return f":small[:gray[{words.escape(text)}]]" if text else ""
