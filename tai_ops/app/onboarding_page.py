"""The views of one customer's onboarding, each drawn by a module of its own."""

import streamlit as st

from tai_ops.app import (
    onboarding_after,
    onboarding_cutover,
    onboarding_migration,
    onboarding_plan,
    onboarding_results,
)
from tai_ops.app.entry_form import STYLE as ENTRY_STYLE
from tai_ops.app.onboarding_view import STYLE

SHOWN = {
    "onboarding": onboarding_plan.show,
    "cutover": onboarding_cutover.show,
    "migration": onboarding_migration.show,
    "after": onboarding_after.show,
    "results": onboarding_results.show,
}


def show(view: str, customer_id: str) -> None:
    """One view of a customer."""
    st.html(STYLE)
    st.html(ENTRY_STYLE)
    SHOWN[view](customer_id)
