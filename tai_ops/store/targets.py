"""The company's own targets and floors: each holds from a day on, until the next one."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.kpi import KPIS
from tai_ops.rights import Actor
from tai_ops.sheet import Sheet
from tai_ops.store.connection import Store
from tai_ops.store.records import Loaded, load


@dataclass(frozen=True, slots=True)
class Aim:
    """What a number is to reach from a day on, and what it must not fall short of; who said so, and when."""

    kpi: str
    from_on: date
    target: Decimal | None
    floor: Decimal | None
    recorded_at: datetime
    recorded_by: str


def aims(store: Store) -> dict[str, list[Aim]]:
    """Every target on record by number, the newest day first."""
    rows = store.rows(
        "select kpi, from_on, target, floor, recorded_at, recorded_by from targets order by kpi, from_on desc"
    )
    found: dict[str, list[Aim]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Aim(*row))
    return found


def set_target(
    store: Store,
    actor: Actor,
    kpi: str,
    from_on: date | None,
    target: Decimal | None,
    floor: Decimal | None,
    *,
    now: datetime,
    request_key: str | None = None,
) -> Loaded:
    """Set what a number is to reach from a day on; neither target nor floor: none from then on.

    Refused where the number has no name in the catalogue, no day is said, or the floor lies beyond the target.
    """
    if kpi not in KPIS:
        raise Refused(f"{kpi!r} is no number of the catalogue")
    if from_on is None:
        raise Refused("from: say from which day on it holds")
    better = KPIS[kpi].good
    if target is not None and floor is not None and (floor > target if better == "up" else floor < target):
        beyond = "above" if better == "up" else "below"
        raise Refused(
            f"floor: {floor.normalize():f} lies {beyond} the target {target.normalize():f}, and {better} is good here"
        )
    sheet = Sheet(
        KINDS["targets"], {"kpi": [kpi], "from_on": [from_on], "target": [target], "floor": [floor]}, 1, ()
    )
    name = f"{kpi},{from_on.isoformat()}"
    return load(store, actor, sheet, now=now, name=name, recorded_from="entered", request_key=request_key)
