"""The address of the records' page: which kind, what of it the list shows, which record is open, what is being done.

Everything that a visitor chose stands there, so that an address can be shared and Back finds the same filters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from tai_ops.app import forms, session
from tai_ops.errors import WrongUsage
from tai_ops.kinds import RECORDS, Kind
from tai_ops.store.browse import Asked, Condition, conditions

PAGE = "records"
DOING = ("add", "change", "grid")
"""What may be done at a kind (`add`, `grid`) or at a record (`change`)."""


@dataclass(frozen=True, slots=True)
class Address:
    """What the address asks for; `wrong` says in one line what of it could not be read."""

    kind: Kind | None
    asked: Asked | None
    key: str
    doing: str
    wrong: str | None = None


def address() -> Address:
    """What the page's address asks for."""
    query = st.query_params
    name = query.get("kind", "")
    kind = RECORDS.get(name)
    if kind is None:
        wrong = f"{name!r} is no kind of record; choose one below" if name else None
        return Address(None, None, "", "", wrong)
    doing = query.get("do", "")
    try:
        where, wrong = conditions(kind, query.get_all("where")), None
    except WrongUsage as refusal:
        where, wrong = (), str(refusal)
    page, week = query.get("page", "1"), session.then()
    asked = Asked(
        kind,
        text=query.get("q", "").strip(),
        where=where,
        sort=query.get("sort", ""),
        page=int(page) if page.isdecimal() and len(page) < 7 else 1,
        voided=query.get("voided", "") == "1" and week is None,
        at=session.now() if week else None,
    )
    return Address(kind, asked, query.get("key", ""), doing if doing in DOING and week is None else "", wrong)


def go(**changed: str | Sequence[str] | None) -> None:
    """Change parts of the address and keep the rest, in a callback; None or nothing takes a part out."""
    for name, value in changed.items():
        if not value:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value if isinstance(value, str) else list(value)


def turn(key: str) -> None:
    """Turn to the page that a pager of that key shows, in its callback."""
    page = st.session_state[key]
    go(page=str(page) if page > 1 else None)


def open_record(kind: str, key: str) -> None:
    """Open a record, in a callback; what the list showed stays in the address where it is of the same kind."""
    if st.query_params.get("kind") == kind:
        go(key=key, do=None)
    else:
        forms.go_on((("kind", kind), ("key", key)))


def narrowed(where: Sequence[Condition]) -> None:
    """Show only what these conditions let through, from the first page on; in a callback."""
    go(where=[str(one) for one in where], page=None)


def record_query(kind: str, key: str) -> tuple[tuple[str, str], ...]:
    """The parameters of a record's address."""
    return (("kind", kind), ("key", key))


def list_query(kind: str, where: Mapping[str, str] | None = None) -> tuple[tuple[str, str], ...]:
    """The parameters of a list's address, narrowed by at most one condition."""
    narrowing = tuple(("where", f"{column}:{value}") for column, value in (where or {}).items())
    return (("kind", kind), *narrowing)
