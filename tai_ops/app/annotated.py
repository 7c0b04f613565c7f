"""What happened on the days that a chart of time shows: by the records, and as people wrote it beside them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import streamlit as st

from tai_ops.annotations import Annotation, in_order
from tai_ops.app import session, words
from tai_ops.app.charts import Event
from tai_ops.period import Month
from tai_ops.runbooks import weekly_review as runbook
from tai_ops.store import Store, freshness

SIGNS = {"incident": "⚠", "cutover": "▶", "price": "$", "close": "■", "holiday": "☀", "own": "✎"}
"""The sign of each kind: incident, cutover, price change, close, holiday, somebody's own words."""
WHAT = {
    "incident": "an incident",
    "cutover": "a cutover",
    "price": "a change of price",
    "close": "a month closed",
    "holiday": "a holiday",
    "own": "a note",
}
MOST_BESIDE, LONGEST_BESIDE = 4, 48


def annotations(first: date, last: date) -> tuple[Annotation, ...]:
    """What happened from the first day to the last, in order."""
    store = session.store()
    recorded = _recorded(store, f"{store.path or id(store)} {freshness.records_version(store)}")
    found = [one for one in recorded if first <= one.on <= last]
    return tuple(in_order([*found, *runbook.own_annotations(store, first, last)]))


def beside_the_days(
    first: date, last: date, frozen: Sequence[Annotation] | None = None
) -> Sequence[Annotation]:
    """The same as it was `frozen` with a review, where it was; else as the records say now."""
    if frozen is None:
        return annotations(first, last)
    return [one for one in frozen if first <= one.on <= last]


def events(first: date, last: date, frozen: Sequence[Annotation] | None = None) -> tuple[Event, ...]:
    """The same as a chart of days marks it: the sign, then the words; as it was `frozen` with a review, where it was."""
    return tuple(
        Event(one.on, f"{SIGNS[one.kind]} {one.text}") for one in beside_the_days(first, last, frozen)
    )


def marks(first: date, last: date) -> tuple[Event, ...]:
    """The same for a chart with little room: the sign and the first word; the newest eight."""
    found = [one for one in annotations(first, last) if one.kind != "holiday"]
    return tuple(Event(one.on, f"{SIGNS[one.kind]} {one.text.split()[0]}") for one in found[-8:])


def month_events(first: date, last: date) -> tuple[Event, ...]:
    """The same as a chart of months marks it: the signs of what happened in each, with how often; holidays aside."""
    months: dict[Month, Counter[str]] = {}
    for one in annotations(first, last):
        if one.kind != "holiday":
            months.setdefault(Month.of(one.on), Counter())[SIGNS[one.kind]] += 1
    return tuple(
        Event(month.start, " ".join(f"{sign}{count if count > 1 else ''}" for sign, count in signs.items()))
        for month, signs in months.items()
    )


def signs(happened: Sequence[Event], where: str = "Above the months") -> None:
    """Under a chart: what the signs above its months, or beside its days, stand for."""
    used = [
        f"{sign} {WHAT[kind]}" for kind, sign in SIGNS.items() if any(sign in one.text for one in happened)
    ]
    if used:
        more = "; a figure says how many" if where == "Above the months" else ""
        st.caption(words.escape(f"{where}: {words.listed(used)}{more}."))


def beside(first: date, last: date, frozen: Sequence[Annotation] | None = None) -> None:
    """Under a chart that has no days of its own: what happened in the span that it is about, the newest first.

    As it was `frozen` with a review, where it was.
    """
    found = sorted(beside_the_days(first, last, frozen), key=lambda one: one.on, reverse=True)
    if not found:
        return
    said = [f"{SIGNS[one.kind]} {words.short_day(one.on)} {_short(one.text)}" for one in found[:MOST_BESIDE]]
    more = [f"and {len(found) - MOST_BESIDE} more"] if len(found) > MOST_BESIDE else []
    st.caption(words.escape(f"Meanwhile: {' · '.join([*said, *more])}"))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_BESIDE else f"{text[: LONGEST_BESIDE - 1].rstrip()}…"


@st.cache_resource(max_entries=24, show_spinner=False)
def _recorded(_store: Store, key: str) -> tuple[Annotation, ...]:  # noqa: ARG001
    return tuple(runbook.recorded_annotations(_store, date.min, date.max, session.now()))
