"""What people change of the company's settings: each change a row with who, when, before and after; the newest holds."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tai_ops.company import company_settings, named_in
from tai_ops.errors import Refused
from tai_ops.rights import Actor
from tai_ops.settings import SETTINGS, as_json
from tai_ops.store.connection import Store, closed_months

OF_CLOSED_MONTHS = frozenset({"revenue_method"})
"""The settings that would work every closed month's revenue out anew: they change while no month is closed."""
NEWEST = "qualify row_number() over (partition by name order by recorded_at desc) = 1"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a setting: its value before and after as the store keeps values; `after` None is back to the file."""

    name: str
    before: Any
    after: Any
    changed_at: datetime
    changed_by: str
    changed_from: str
    is_back: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A setting's value that holds now, and the change that made it; `by_file` where the file says it."""

    value: Any
    change: Change | None
    by_file: bool


def change(
    store: Store,
    actor: Actor,
    name: str,
    value: Any,
    *,
    now: datetime,
    changed_from: str = "entered",
    request_key: str | None = None,
) -> Change:
    """Set a setting; None takes it back to what the file or the default says.

    Raises Refused where there is no such setting, the value can't be one, or nothing would change; PeriodClosed where
    closed months' revenue rests on it; NotAllowed.
    """
    if name not in SETTINGS:
        raise Refused(f"{name!r} is no setting that can be changed here")
    with store.write(
        actor, "company", "change setting", now=now, subject=("settings", name), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return _repeated(name, write.repeated, write.now, write.by)
        before, is_back = as_json(store.company, name), value is None
        others = {n: held.value for n, held in changed(store).items() if n != name}
        tried = company_settings(store.settings_file, others if is_back else others | {name: value})
        after = as_json(tried, name)
        if is_back and name not in changed(store):
            raise Refused("it stands as the file or the default says already; nothing was changed")
        if name in OF_CLOSED_MONTHS and after != before:
            write.refuse_closed(month.start for month in sorted(closed_months(write.cursor), reverse=True))
        if not is_back and after == before and name in changed(store) | dict.fromkeys(named_in_file(store)):
            raise Refused("it is so already; nothing was changed")
        write.sql(
            """
            insert into settings (name, value_json, before_json, recorded_at, recorded_by, recorded_from)
            values ($name, $value, $before, $at, $by, $from)
            """,
            {
                "name": name,
                "value": None if is_back else json.dumps(after),
                "before": json.dumps(before),
                "at": write.now,
                "by": write.by,
                "from": changed_from,
            },
        )
        write.detail = {"setting": name, "before": before, "after": after, "back": is_back}
        made = Change(name, before, after, write.now, write.by, changed_from, is_back)
    store.settings_version += 1
    return made


def held(store: Store) -> dict[str, Held]:
    """Every setting with its value now and where that comes from."""
    company, over, named = store.company, changed(store), named_in_file(store)
    return {
        name: Held(as_json(company, name), over.get(name, _NONE).change, name in named and name not in over)
        for name in SETTINGS
    }


def changes(store: Store, name: str | None = None, most: int = 200) -> list[Change]:
    """The changes, newest first; of one setting or of all."""
    rows = store.rows(
        """
        select name, before_json, value_json, recorded_at, recorded_by, recorded_from from settings
        where $name is null or name = $name order by recorded_at desc limit $most
        """,
        {"name": name, "most": most},
    )
    return [_change(row) for row in rows]


@dataclass(frozen=True, slots=True)
class _Over:
    value: Any
    change: Change | None


_NONE = _Over(None, None)


def changed(store: Store) -> dict[str, _Over]:
    """The settings that stand over the file now, each with the change that put it there."""
    rows = store.rows(
        f"""
        select name, before_json, value_json, recorded_at, recorded_by, recorded_from from settings
        {NEWEST} order by name
        """
    )
    return {row[0]: _Over(json.loads(row[2]), _change(row)) for row in rows if row[2] is not None}


def below(store: Store, name: str) -> Any:
    """What a setting would be without its change: the file's value, or the default."""
    others = {n: over.value for n, over in changed(store).items() if n != name}
    return as_json(company_settings(store.settings_file, others), name)


def named_in_file(store: Store) -> frozenset[str]:
    """The settings that the file beside the store names."""
    return named_in(store.settings_file)


def _change(row: tuple[Any, ...]) -> Change:
    name, before, after, at, by, from_ = row
    return Change(name, _value(before), _value(after), at, by, from_, after is None)


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _repeated(name: str, detail: dict[str, Any], at: datetime, by: str) -> Change:
    return Change(name, detail["before"], detail["after"], at, by, "entered", detail["back"])
