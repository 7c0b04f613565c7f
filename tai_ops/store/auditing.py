"""Who did what: the audit by record, person, kind and day. It is read here and written by `Store.write` alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from tai_ops.errors import Refused, WrongUsage
from tai_ops.kinds import RECORDS
from tai_ops.store.connection import Store
from tai_ops.store.corrections import versions

ROWS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the audit is asked for: whose acts, of what kind of act, about which kind and key, from and to which day."""

    by: str = ""
    event: str = ""
    kind: str = ""
    key: str = ""
    first: date | None = None
    last: date | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Act:
    """One write: when, who in which role, what, about what, and what it says of itself."""

    audit_id: str
    when: datetime
    by: str
    role: str
    event: str
    kind: str | None
    key: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Acts:
    """A page of the audit, the newest first; how many acts there are in all, and pages."""

    acts: tuple[Act, ...]
    count: int
    pages: int


def acts(store: Store, asked: Asked, zone: tzinfo, *, limit: int = ROWS) -> Acts:
    """The acts that were asked for; days are the company's own."""
    condition, parameters = _condition(asked, zone, _moments(store, asked))
    found = store.row(f"select count(*) from audit where {condition}", parameters)
    count = int(found[0]) if found else 0
    pages = max(1, -(-count // limit))
    page = min(max(asked.page, 1), pages)
    rows = store.rows(
        f"""
        select audit_id, done_at, done_by, role, event, subject_kind, subject_key, detail_json
        from audit where {condition} order by done_at desc, audit_id desc limit $limit offset $offset
        """,
        {**parameters, "limit": limit, "offset": (page - 1) * limit},
    )
    return Acts(tuple(_act(row) for row in rows), count, pages)


def _act(row: tuple[Any, ...]) -> Act:
    audit_id, when, by, role, event, kind, key, detail = row
    return Act(audit_id, when, by, role, event, kind, key, json.loads(detail))


def people(store: Store) -> dict[str, str | None]:
    """Everybody who ever did something, with the name where the person is on record."""
    return dict(
        store.rows(
            """
            select distinct a.done_by, (select name from people p where p.email = a.done_by limit 1)
            from audit a order by a.done_by
            """
        )
    )


def kinds(store: Store) -> list[str]:
    """What acts were about."""
    rows = store.rows(
        "select distinct subject_kind from audit where subject_kind is not null order by subject_kind"
    )
    return [row[0] for row in rows]


def events(store: Store) -> list[str]:
    """What kinds of act there are."""
    return [row[0] for row in store.rows("select distinct event from audit order by event")]


_COINED = frozenset({"block", "fields", "names"})
"""What the program itself has named: on a page its names stand without underscores."""


def said(detail: Mapping[str, Any]) -> str:
    """What an act says of itself, in one line: counts that are not 0, reason, file."""
    parts: list[str] = []
    for name, value in detail.items():
        if value in (None, "", 0, [], {}) or name in {"read", "unchanged", "from"}:
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if value is True:
            shown = "yes"
        elif name in _COINED:
            shown = shown.replace("_", " ")
        parts.append(f"{name.replace('_', ' ')}: {shown}")
    return "; ".join(parts)


def _moments(store: Store, asked: Asked) -> list[datetime]:
    """When each version of the record was recorded that is asked for: a file's load names no single record."""
    kind = RECORDS.get(asked.kind)
    if kind is None or not asked.key:
        return []
    try:
        return [version.recorded_at for version in versions(store, kind, asked.key)]
    except (Refused, WrongUsage):  # the key is none of that kind: nothing was recorded under it
        return []


def _condition(asked: Asked, zone: tzinfo, moments: list[datetime]) -> tuple[str, dict[str, Any]]:
    parts, parameters = ["true"], {}
    for column, name, value in (
        ("done_by", "by", asked.by),
        ("event", "event", asked.event),
        ("subject_kind", "kind", asked.kind),
    ):
        if value:
            parts.append(f"{column} = ${name}")
            parameters[name] = value
    if asked.key:
        parts.append(
            "(subject_key = $key or list_contains(coalesce((detail_json -> 'keys')::varchar[], []), $key) "
            "or audit_id in (select audit_id from history where row_key = $key and ($kind_of = '' or kind = $kind_of)) "
            "or done_at in (select unnest($moments::timestamptz[])))"
        )
        parameters |= {"key": asked.key, "kind_of": asked.kind, "moments": moments}
    if asked.first:
        parts.append("done_at >= $first")
        parameters["first"] = datetime.combine(asked.first, time(0), tzinfo=zone)
    if asked.last:
        parts.append("done_at < $after")
        parameters["after"] = datetime.combine(asked.last + timedelta(days=1), time(0), tzinfo=zone)
    return " and ".join(parts), parameters
