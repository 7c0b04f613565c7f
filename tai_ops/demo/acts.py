"""What the sample company's people did, one act after the other, each by the function that its page or command calls."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from tai_ops.kinds import KINDS, Kind, csv_name
from tai_ops.rights import Actor, acting
from tai_ops.sheet import Sheet, read_sheet
from tai_ops.store import Store
from tai_ops.store.records import load

ZONE = ZoneInfo("America/New_York")

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done at that instant, and how it is done to a store."""

    at: datetime
    do: Callable[[Store, datetime], object]


def local(day: date | str, clock: str = "09:00") -> datetime:
    """The instant of that wall-clock time in the sample company's zone, UTC."""
    on = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(on, time.fromisoformat(clock), tzinfo=ZONE).astimezone(UTC)


PEOPLE = (
    Actor("mara.klein@tai.example", "Mara Klein", "ceo"),
    Actor("jonas.feld@tai.example", "Jonas Feld", "cfo"),
    Actor("ida.roth@tai.example", "Ida Roth", "csm"),
    Actor("theo.brandt@tai.example", "Theo Brandt", "vp_sales"),
    Actor("priya.anand@tai.example", "Priya Anand", "cto"),
    Actor("ben.okoro@tai.example", "Ben Okoro", "sales_coordinator"),
)


def who(right: str) -> Actor:
    """The person whose work it is."""
    return acting(PEOPLE, None, right)


def loads(at: datetime, kind: str, columns: str, rows: Iterable[Row]) -> Act:
    """A CSV file of that kind, uploaded by the person whose records these are."""
    text = csv_text(columns.split(), rows)
    return Act(at, lambda store, now: _load(store, read_sheet(KINDS[kind], text, f"{kind}.csv"), now))


def loads_columns(at: datetime, sheet: Callable[[], Sheet]) -> Act:
    """Rows that come in columns, as a monitor sends them; made only when their turn comes."""
    return Act(at, lambda store, now: _load(store, sheet(), now))


def _load(store: Store, sheet: Sheet, now: datetime) -> None:
    load(store, who(sheet.kind.owner), sheet, now=now, name=f"{sheet.kind.name}.csv")


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The rows as a CSV file in UTF-8; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def header(kind: Kind) -> str:
    """The kind's columns as its files name them."""
    return " ".join(csv_name(kind, name) for name in kind.names)


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, date) else str(cell)
