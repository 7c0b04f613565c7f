"""The numbers that the pages show, read once and kept until the store changes.

Every page asks here. What is kept is keyed by the store's version, so that a rerun costs one small query and an entry
shows at once, and by the period with its minute, so that an open page of a live store moves on.
"""

from dataclasses import replace
from datetime import datetime

import streamlit as st

from tai_ops import kpi
from tai_ops.app import forms, session
from tai_ops.board import Board, Window
from tai_ops.comparison import Compared, Period, period, periods
from tai_ops.errors import WrongUsage
from tai_ops.kpi import Measured
from tai_ops.rights import Actor
from tai_ops.runbooks import overview as runbook
from tai_ops.runbooks.overview import Overview, Probed, SetUp
from tai_ops.runbooks.weekly_review import held_weeks
from tai_ops.store import Store, first_steps, freshness
from tai_ops.store import facts as stored
from tai_ops.store.freshness import LastEntry
from tai_ops.words import instant

KEPT = 24
MINUTE = "%Y-%m-%dT%H:%M"


def now() -> datetime:
    """The instant that everything is seen at."""
    return session.now()


def looked_at(code: str = "now") -> Period:
    """The period of a code as it stands in the address; the present where the code is none."""
    calendar = _calendar(session.store(), _key())
    try:
        return period(code, calendar, now())
    except WrongUsage:
        return period("now", calendar, now())


def choices() -> dict[str, str]:
    """The periods that a page offers, by code, with their names."""
    return periods(_calendar(session.store(), _key()), now())


def board(seen: Period | None = None) -> Board:
    """The facts of a period, with what several numbers share worked out once."""
    wanted = seen or looked_at()
    return _board(session.store(), _key(), _minute(wanted), wanted)


def measured(seen: Period | None = None) -> dict[str, Measured]:
    """Every number of the catalogue, read over the period."""
    wanted = seen or looked_at()
    return _measured(session.store(), _key(), _minute(wanted), wanted)


def previous(seen: Period | None = None) -> dict[str, Compared]:
    """The same numbers of the period before, those whose past is known."""
    wanted = seen or looked_at()
    return _previous(session.store(), _key(), _minute(wanted), wanted)


def overview(seen: Period, actor: Actor) -> Overview:
    """What the overview shows of the period to that person."""
    return _overview(session.store(), _key(), _minute(seen), actor.role, seen, actor)


def was_held(seen: Period) -> bool:
    """Whether the period is a week whose review was opened: its numbers stand as they were frozen there."""
    return seen.code in _held(session.store(), _key())


def set_up() -> SetUp:
    """How far the company is set up."""
    return _set_up(session.store(), _key())


def put_first_steps_away() -> None:
    """Show the first steps no more, until somebody takes that back: a button's callback."""

    def write() -> bool:
        first_steps.put_away(session.store(), session.actor(), now=session.now())
        return True

    def back() -> str:
        first_steps.show_again(session.store(), session.actor(), now=session.now())
        return "The first steps are shown again"

    said = "First steps put away; Set-up still lists what is left"
    forms.run_write("overview.steps", write, lambda _: said, lambda _: back)


def last_entry() -> LastEntry | None:
    """The newest entry of the store."""
    return freshness.last_entry(session.store())


def as_of_words(seen: Period | None = None) -> str:
    """When the page's numbers hold, and when the newest entry behind them was made."""
    zone, newest = session.store().company.tz, last_entry()
    said = f"as of {instant(seen.window.as_of if seen else now(), zone)}"
    return f"{said}, newest entry {instant(newest.entered_at, zone)}" if newest else said


def _minute(seen: Period) -> str:
    """The period, and the minute that it is seen at."""
    return f"{seen.code} {seen.window.as_of:{MINUTE}}"


def _key() -> str:
    """What changes whenever a number may: the store itself, and its version."""
    store = session.store()
    return f"{store.path or id(store)} {freshness.version(store)}"


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _calendar(_store: Store, key: str):  # noqa: ANN202, ARG001  # the key is what the cache goes by
    return stored.business_calendar(_store)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _held(_store: Store, key: str) -> frozenset[str]:  # noqa: ARG001
    return frozenset(str(week) for week in held_weeks(_store))


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _board(_store: Store, key: str, minute: str, _seen: Period) -> Board:  # noqa: ARG001
    coverages, latency = _read_probes(_store, _seen.window)
    facts = stored.facts(_store, _seen.window, probes=False)
    return Board(replace(facts, coverages=coverages, latency=latency))


def _read_probes(store: Store, window: Window) -> Probed:
    """What the probes of a window say, kept apart from the rest: most entries are none of theirs."""
    key = f"{store.path or id(store)} {freshness.probes_version(store)}"
    start, end = window.flow
    return _probed(store, key, f"{start:{MINUTE}} {end:{MINUTE}}", window)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _probed(_store: Store, key: str, minutes: str, _window: Window) -> Probed:  # noqa: ARG001
    return runbook.probed(_store, _window)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _measured(_store: Store, key: str, minute: str, _seen: Period) -> dict[str, Measured]:
    found = _board(_store, key, minute, _seen)
    return {one.id: kpi.measure(found, one) for one in kpi.KPIS.values()}


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _previous(_store: Store, key: str, minute: str, _seen: Period) -> dict[str, Compared]:
    return runbook.previous(_store, _board(_store, key, minute, _seen).facts, _seen, _read_probes)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _overview(_store: Store, key: str, minute: str, role: str, _seen: Period, _actor: Actor) -> Overview:  # noqa: ARG001
    return runbook.overview(
        _store,
        _board(_store, key, minute, _seen),
        _measured(_store, key, minute, _seen),
        _previous(_store, key, minute, _seen),
        _seen,
        _actor,
    )


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _set_up(_store: Store, key: str) -> SetUp:  # noqa: ARG001
    return runbook.set_up(_store)
