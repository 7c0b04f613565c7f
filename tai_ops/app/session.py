"""What a page stands on: the open store, the clock, and the person who acts. No other module of the app reads these.

The process holds one store. Threads share it: every read takes a cursor of its own, writers take turns.
"""

import os
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import streamlit as st

from tai_ops.app import auth
from tai_ops.period import Week
from tai_ops.rights import LOCAL_OWNER, ROLE_IN_WORDS, Actor, acting
from tai_ops.store import Store
from tai_ops.store.connection import store_path
from tai_ops.store.past import Past

STORE_VARIABLE = "TAI_OPS_STORE"
DEFAULT_STORE = f"duckdb:{Path(__file__).resolve().parents[2] / 'data' / 'tai_ops.duckdb'}"
ACTING_KEY = "as"
_LOOKS_AT, _SEES_THEN, _STOOD = "session.looks_at", "session.sees_then", "session.stood"

_opening = threading.Lock()
_held: list[Store] = []
_pasts: dict[tuple[int, datetime], Past] = {}


def store() -> Store:
    """The store that the page is seen in: the present one, or the one that stood on the past Friday that is looked at."""
    return stood() if st.session_state.get(_STOOD) else present()


def stood() -> Store:
    """The store as it stood on the past Friday that the page shows, also where its numbers are worked out; else the present one."""
    week, now_store = then(), present()
    if week is None:
        return now_store
    at = week.ends_at(now_store.company.tz)
    with _opening:
        key = (id(now_store), at)
        if key not in _pasts:
            _pasts[key] = Past(now_store, at)
        return _pasts[key]


def present() -> Store:
    """The process's store, opened (and made, where there is none) when first asked for."""
    with _opening:
        if not _held:
            _held.append(Store.open(store_file(), create=True))
        return _held[0]


def store_file() -> Path:
    """Where the store stands that is opened when none was given."""
    return store_path(os.environ.get(STORE_VARIABLE) or DEFAULT_STORE)


def holds_store() -> bool:
    """Whether the process has its store already."""
    return bool(_held)


def use(opened: Store | None) -> None:
    """Make that store the process's own; None: hold none, and leave the one that was held open."""
    with _opening:
        _pasts.clear()
        _held[:] = [opened] if opened else []


def close() -> None:
    """Let go of the store, its log folded into the file."""
    with _opening:
        _pasts.clear()
        while _held:
            _held.pop().close()


def wall_clock() -> datetime:
    """The time on this machine, in UTC, whatever the store is seen at."""
    return datetime.now(UTC)


def real_now() -> datetime:
    """The present, in UTC: the real one, or the sample company's."""
    return present().now(wall_clock())


def now() -> datetime:
    """The instant that the page is seen at: the present, or the end of the past week that the visitor looks at."""
    week = looks_at()
    return week.ends_at(present().company.tz) if week and st.session_state.get(_SEES_THEN) else real_now()


def look_at(week: Week | None, *, sees_then: bool, stood: bool = False) -> None:
    """Look at a past Friday, or at the present again.

    `sees_then`: the page can show that day; `stood`: it does so by reading the store as it stood.
    """
    st.session_state[_LOOKS_AT] = week
    st.session_state[_SEES_THEN], st.session_state[_STOOD] = sees_then, stood


def looks_at() -> Week | None:
    """The week whose Friday the visitor looks at; None for the present."""
    return st.session_state.get(_LOOKS_AT)


def then() -> Week | None:
    """The same where the page shows the numbers of that day; None where it shows those of the present."""
    return looks_at() if st.session_state.get(_SEES_THEN) else None


def today() -> date:
    """The company's day at that instant."""
    return now().astimezone(store().company.tz).date()


def sample_seen_at() -> datetime | None:
    """The sample company's instant on the company's own clock; None for a store of one's own."""
    return real_now().astimezone(present().company.tz) if present().fact("demo_clock") else None


def actor() -> Actor:
    """Who acts: the person signed in, else the one chosen in the sidebar, else the first choice there is.

    While a past Friday is looked at, nobody has a right.
    """
    week = looks_at()
    return replace(_person(), looks_at=week.friday) if week else _person()


def _person() -> Actor:
    email = auth.signed_in_email()
    if email:
        return acting(present().people(), email, None)
    people = choices()
    return people.get(st.session_state.get(ACTING_KEY, ""), next(iter(people.values())))


def choices() -> dict[str, Actor]:
    """Whom one may act for at this machine, by what the sidebar calls them; the one taken unasked comes first.

    That is the CEO; while no CEO is active, the local owner.
    """
    people = present().people()
    first = [] if any(person.role == "ceo" for person in people) else [LOCAL_OWNER]
    offered = [*first, *sorted(people, key=lambda person: person.role != "ceo")]
    times = Counter(map(_called, offered))
    return {
        _called(person) if times[_called(person)] == 1 else f"{_called(person)} · {person.email}": person
        for person in offered
    }


def _called(person: Actor) -> str:
    if person == LOCAL_OWNER:
        return person.name
    return f"{person.name or person.email} · {ROLE_IN_WORDS[person.role]}"
