"""What people have typed and not saved yet: the newest state of each form, by person.

Drafts are no records: nothing is computed from them, so they are kept beside the audit, without a right and without
an entry there. They stand in the store, so that they outlive a restart.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tai_ops.store.connection import Store

KEPT_DAYS = 60
_TAGGED = "$as"


def kept(store: Store, person: str, form: str) -> dict[str, Any]:
    """What the person typed into the form and did not save; empty where nothing is."""
    found = store.row(
        "select body_json from drafts where person = $person and form = $form order by kept_at desc limit 1",
        {"person": person, "form": form},
    )
    return _read(found[0]) if found else {}


def keep(store: Store, person: str, form: str, typed: Mapping[str, Any], now: datetime) -> None:
    """Keep what is in the form now, or nothing of it where nothing is typed."""
    body = json.dumps(typed, default=_tagged, sort_keys=True)
    with store.still():
        cursor = store.cursor()
        try:
            cursor.execute("begin")
            cursor.execute(
                "delete from drafts where (person = $person and form = $form) or kept_at < $old",
                {"person": person, "form": form, "old": now - timedelta(days=KEPT_DAYS)},
            )
            if typed:
                cursor.execute(
                    "insert into drafts (person, form, body_json, kept_at) values ($person, $form, $body, $now)",
                    {"person": person, "form": form, "body": body, "now": now},
                )
            cursor.execute("commit")
        finally:
            cursor.close()


def can_keep(value: Any) -> bool:
    """Whether a widget's value can stand in the store: texts, numbers, flags, days, times, and lists of them."""
    if isinstance(value, list | tuple):
        return all(can_keep(one) for one in value)
    if isinstance(value, dict):
        return all(isinstance(name, str) and can_keep(one) for name, one in value.items())
    return value is None or isinstance(value, str | int | float | Decimal | date | time)


def _tagged(value: Any) -> dict[str, str]:
    for name, kind in (("datetime", datetime), ("date", date), ("time", time)):
        if isinstance(value, kind):
            return {_TAGGED: name, "value": value.isoformat()}
    return {_TAGGED: "decimal", "value": str(value)}


def _read(body: str) -> dict[str, Any]:
    return json.loads(body, object_hook=_untagged)


def _untagged(found: dict[str, Any]) -> Any:
    match found.get(_TAGGED):
        case "datetime":
            return datetime.fromisoformat(found["value"])
        case "date":
            return date.fromisoformat(found["value"])
        case "time":
            return time.fromisoformat(found["value"])
        case "decimal":
            return Decimal(found["value"])
        case _:
            return found
