"""Where a new company begins: the three first steps, and the list of what makes the numbers whole."""

from collections.abc import Callable, Sequence

import streamlit as st

from tai_ops.app import widgets, words
from tai_ops.runbooks.overview import SetUp, Step


def welcome(found: SetUp) -> None:
    """The three first steps of a new company, each ticking itself once its data is there."""
    st.markdown(
        f"**{found.done} of {len(found.steps)} done.** Each step ticks itself as soon as its data is there."
    )
    _first_steps(found, found.steps)


def still_to_do(found: SetUp, put_away: Callable[[], None]) -> None:
    """What is left of the first steps once some numbers stand; nothing where all are done or they were put away."""
    if not found.left:
        return
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="first_steps_head",
    ):
        st.markdown(
            f"**First steps: {found.done} of {len(found.steps)} done.** What is left makes the numbers below whole.",
            width="stretch",
        )
        st.button("Put these steps away", key="put_steps_away", type="tertiary", on_click=put_away)
    _first_steps(found, found.left)


def _first_steps(found: SetUp, shown: Sequence[Step]) -> None:
    with st.grid(3, min_column_width=260, key="first_steps"):
        for step in shown:
            place = found.steps.index(step) + 1
            with st.container(border=True, height="stretch", key=f"step_{place}"):
                mark = ":green-badge[✓ done]" if step.done else ":gray-badge[– to do]"
                st.markdown(f"#### {place}. {words.escape(step.title)}")
                st.markdown(f"{mark} :small[:gray[{words.escape(step.there)}]]")
                st.markdown(words.escape(step.why))
                st.space("stretch")
                widgets.link(
                    step.page, step.link, step.query, key=f"go_step_{place}", icon=":material/arrow_forward:"
                )


def checklist(found: SetUp, *, opened: bool = False, key: str = "set_up") -> None:
    """The set-up checklist: what else makes the numbers whole, ticked by the data."""
    every = found.rest if found.empty else (*found.steps, *found.rest)
    title = "What makes the numbers whole" if found.empty else "Set-up"
    with st.expander(
        f"{title}: {sum(step.done for step in every)} of {len(every)} done",
        expanded=opened,
        key=key,
        icon=":material/checklist:",
        on_change="rerun",
    ) as box:
        if box.open:
            for place, step in enumerate(every):
                _check(step, f"matter_{key}_{place}")


def _check(step: Step, key: str) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key=key
    ):
        mark = ":green-badge[✓ done]" if step.done else ":gray-badge[– to do]"
        st.markdown(
            f"{mark} **{words.escape(step.title)}** :small[:gray[{words.escape(step.there)}]]  \n"
            f":small[{words.escape(step.why)}]",
            width="stretch",
        )
        widgets.link(step.page, step.link, step.query, key=f"go_{key}")
