"""The days on which nobody works: the company's and each customer's, brought in by country or one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.rights import Actor
from tai_ops.sheet import Sheet
from tai_ops.store.connection import Store
from tai_ops.store.records import Loaded, load

KIND = KINDS["holidays"]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day off: whose (None: the company's), its name, and who put it on record, when and from what."""

    day: date
    customer_id: str | None
    name: str
    recorded_at: datetime
    recorded_by: str
    recorded_from: str


def holidays(store: Store, *, since: date | None = None) -> list[Holiday]:
    """The holidays on record from a day on (all of them unless told), by day."""
    rows = store.rows(
        """
        select day, customer_id, name, recorded_at, recorded_by, recorded_from from holidays
        where $since is null or day >= $since order by day, customer_id nulls first
        """,
        {"since": since},
    )
    return [Holiday(*row) for row in rows]


def bring_in(
    store: Store,
    actor: Actor,
    days: Mapping[date, str],
    *,
    customer_id: str | None,
    source: str,
    now: datetime,
    request_key: str | None = None,
) -> Loaded:
    """Put days with their names on record, for the company or one customer; a name that differs is updated.

    `source` says where they come from, such as `holidays of Germany`. Refused where there are none; NotAllowed.
    """
    if not days:
        raise Refused("there are no holidays in these years")
    listed = sorted(days)
    columns: dict[str, list[object]] = {
        "day": list(listed),
        "customer_id": [customer_id] * len(listed),
        "name": [days[day] for day in listed],
    }
    sheet = Sheet(KIND, columns, len(listed), ())
    return load(store, actor, sheet, now=now, name=source, recorded_from=source, request_key=request_key)
