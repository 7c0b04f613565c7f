"""What the pages of several parts share: which part is shown and which month is meant, both kept in the address."""

from collections.abc import Sequence

import streamlit as st

from tai_ops.app import forms, reading, session, widgets
from tai_ops.errors import WrongUsage
from tai_ops.period import Month, months_between
from tai_ops.store import in_use


def part_shown(parts: Sequence[str]) -> str:
    """Which part of the page is shown; the first where the address names none of them."""
    asked = st.query_params.get("part", parts[0])
    st.session_state["part"] = asked if asked in parts else parts[0]
    chosen = st.segmented_control(
        "Part",
        parts,
        key="part",
        required=True,
        wrap=True,
        on_change=forms.into_address,
        args=("part", parts[0]),
        label_visibility="collapsed",
    )
    return chosen or parts[0]


def months_offered(current: Month, at_least: int = 12) -> tuple[Month, ...]:
    """The months that a page offers, newest first: a year back, and as far as the records reach."""
    first = in_use.first_month(session.store())
    usual = current.plus(-at_least)
    return tuple(reversed(months_between(min(first or usual, usual), current)))


def month_asked(offered: Sequence[Month]) -> Month:
    """The month that the address names; the first of those offered where it names none of them."""
    try:
        month = Month.parse(st.query_params.get("month", ""))
    except WrongUsage:
        return offered[0]
    return month if month in offered else offered[0]


def month_row(title: str, offered: Sequence[Month], first_part: str) -> Month:
    """The title with the picker of the month at its side; the month that is meant."""
    side = widgets.page_title(title, reading.as_of_words())
    month = month_asked(offered)
    st.session_state["month"] = str(month)
    with side:
        st.selectbox(
            "Month",
            [str(one) for one in offered],
            format_func=lambda code: Month.parse(code).name,
            key="month",
            on_change=_choose_month,
            args=(first_part,),
            label_visibility="collapsed",
            width=200,
        )
    return month


def _choose_month(first_part: str) -> None:
    forms.go_on((("month", st.session_state["month"]), ("part", st.query_params.get("part", first_part))))
