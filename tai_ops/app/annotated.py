"""What happened on the days that a chart of time shows: by the records, and as people wrote it beside them."""

from collections import Counter
from datetime import date

import streamlit as st

from tai_ops.annotations import Annotation
from tai_ops.app import session
from tai_ops.app.charts import Event
from tai_ops.period import Month
from tai_ops.runbooks import weekly_review as runbook
from tai_ops.store import Store, freshness

SIGNS = {"incident": "⚠", "cutover": "▶", "price": "$", "close": "■", "holiday": "☀", "own": "✎"}
"""The sign of each kind: incident, cutover, price change, close, holiday, somebody's own words."""


def annotations(first: date, last: date) -> tuple[Annotation, ...]:
    """What happened from the first day to the last, in order."""
    store = session.store()
    return _kept(store, f"{store.path or id(store)} {freshness.version(store)}", first, last)


def events(first: date, last: date) -> tuple[Event, ...]:
    """The same as a chart of days marks it: the sign, then the words."""
    return tuple(Event(one.on, f"{SIGNS[one.kind]} {one.text}") for one in annotations(first, last))


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


@st.cache_resource(max_entries=24, show_spinner=False)
def _kept(_store: Store, key: str, first: date, last: date) -> tuple[Annotation, ...]:  # noqa: ARG001
    return tuple(runbook.annotations(_store, first, last, session.now()))
