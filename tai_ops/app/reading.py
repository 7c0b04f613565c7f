"""The numbers that the pages show, read once and kept until the store changes.

Every page asks here. What is kept is keyed by the store's version, so that a rerun costs one small query and an entry
shows at once, and by the period with its minute, so that an open page of a live store moves on.
"""

from dataclasses import replace
from datetime import datetime

import streamlit as st

from tai_ops import kpi
from tai_ops.app import asof, forms, session
from tai_ops.behind import Rows, behind
from tai_ops.board import Board, Window
from tai_ops.comparison import Compared, Period, period, period_name, periods
from tai_ops.errors import WrongUsage
from tai_ops.kpi import Kpi, Measured
from tai_ops.period import Week
from tai_ops.rights import Actor
from tai_ops.runbooks import overview as runbook
from tai_ops.runbooks import time_machine
from tai_ops.runbooks.overview import Overview, Probed, SetUp
from tai_ops.runbooks.time_machine import Then
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
    """The period of a code as it stands in the address; the present, or the week looked at, where the code is none."""
    calendar, usual = _calendar(session.store(), _key()), asof.period_code()
    try:
        return period(usual if code == "now" else code, calendar, now())
    except WrongUsage:
        return period(usual, calendar, now())


def choices() -> dict[str, str]:
    """The periods that a page offers, by code, with their names."""
    offered, week = periods(_calendar(session.store(), _key()), now()), session.then()
    if week is None:
        return offered
    ahead = {str(week.plus(on)) for on in (0, 1)}
    earlier = {code: name for code, name in offered.items() if code not in ahead}
    return earlier | {"now": period_name(str(week))}


def board(seen: Period | None = None) -> Board:
    """The facts of a period, with what several numbers share worked out once."""
    wanted = seen or looked_at()
    return _board(session.store(), _key(), _minute(wanted), wanted)


def then_board(seen: Period) -> Board:
    """The facts of a period with customers, onboardings and proposals as they stood at its end."""
    found = board(seen)
    if session.then() or seen.code == "now":
        return found
    return Board(_then(session.store(), _key(), _minute(seen), found).facts)


def store_key() -> str:
    """What changes whenever a number may, for what other modules keep."""
    return _key()


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
    found = _overview(session.store(), _key(), _minute(seen), actor.role, seen, actor)
    rests_on = frozen_words(seen)
    if not rests_on:
        return found
    return replace(found, tiles=tuple(replace(tile, rests_on=rests_on) for tile in found.tiles))


def was_held(seen: Period) -> bool:
    """Whether the period is a week whose review was opened: its numbers stand as they were frozen there."""
    return seen.code in _held(session.store(), _key())


def set_up() -> SetUp:
    """How far the company is set up."""
    return _set_up(session.store(), _key())


def rows_behind(seen: Period, one: Kpi) -> Rows:
    """The rows behind a number: of a Friday that is looked at as they were frozen, where they were; else worked out."""
    week = _frozen_week(seen)
    if week is None:
        return behind(board(seen), one)
    return time_machine.rows_then(session.store(), week, one, board(seen))


def frozen_words(seen: Period) -> str:
    """When the numbers of the Friday that is looked at were frozen; empty where they were not."""
    week = _frozen_week(seen)
    review = time_machine.frozen(session.store(), week) if week else None
    return f"frozen {instant(review.seen_at, session.store().company.tz)}" if review else ""


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
    zone, newest = session.store().company.tz, None if session.then() else last_entry()
    said = f"as of {instant(seen.window.as_of if seen else now(), zone)}"
    return f"{said}, newest entry {instant(newest.entered_at, zone)}" if newest else said


def _frozen_week(seen: Period) -> Week | None:
    """The week that is looked at, where the period is just that and its review was opened."""
    week = session.then()
    return week if week and seen.code == str(week) and was_held(seen) else None


def _minute(seen: Period) -> str:
    """The period, and the minute that it is seen at."""
    return f"{seen.code} {seen.window.as_of:{MINUTE}}"


def _key() -> str:
    """What changes whenever a number may: the store itself, and its version."""
    store = session.store()
    return f"{store.path or id(store)} {freshness.version(store)} {session.then() or ''}"


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
    found = replace(facts, coverages=coverages, latency=latency)
    return Board(time_machine.facts_then(_store, found).facts if session.then() else found)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _then(_store: Store, key: str, minute: str, _board: Board) -> Then:  # noqa: ARG001
    return time_machine.facts_then(_store, _board.facts)


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
    if session.then():
        week = _frozen_week(_seen)
        review = time_machine.frozen(_store, week) if week else None
        return time_machine.measured_then(review, _then(_store, key, minute, found), found)
    return {one.id: kpi.measure(found, one) for one in kpi.KPIS.values()}


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _previous(_store: Store, key: str, minute: str, _seen: Period) -> dict[str, Compared]:
    found = runbook.previous(_store, _board(_store, key, minute, _seen).facts, _seen, _read_probes)
    week = _frozen_week(_seen)
    review = time_machine.frozen(_store, week) if week else None
    return (
        found
        if review is None
        else time_machine.before_then(review, found, lambda one: _seen.before(one).name)
    )


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
