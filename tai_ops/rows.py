"""A table of what stands behind a number: its columns, its rows, and how the number comes out of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal

from tai_ops.kinds import RECORDS
from tai_ops.money import ZERO, cents

Type = Literal["text", "money", "pct", "number", "count", "date", "instant", "flag"]
How = Literal["", "sum", "count", "mean", "median", "share", "promoters"]
TYPE_OF_KIND: dict[str, Type] = {
    "money": "money",
    "price": "number",
    "number": "number",
    "percent": "pct",
    "whole": "count",
    "flag": "flag",
    "date": "date",
    "instant": "instant",
}
"""How a kind's columns are shown; what is not named here is text."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in a file, its heading, what it holds, and whether the number is its sum."""

    name: str
    label: str
    type: Type = "text"
    summed: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of what stands behind a number; `what` says in a few words what a row is.

    `how` says how the number comes out of the rows, for `mean`, `median`, `share` and `promoters` out of the column
    `of`; empty where it rests on several figures, which are then the rows. `leads` is the kind of record that each
    row stands for: the columns of its key are there, and an empty one leads nowhere.
    """

    kind: str
    what: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    how: How = ""
    of: str = ""
    leads: str = ""

    def total(self) -> Decimal | None:
        """The sum of the column that the number sums; None where there is none."""
        place = next((i for i, column in enumerate(self.columns) if column.summed), None)
        if place is None:
            return None
        return sum((Decimal(row[place]) for row in self.rows if row[place] is not None), Decimal(0))

    def values(self) -> list[Any]:
        """What the rows hold in the column that the number is made of, empty ones left out."""
        place = next(i for i, column in enumerate(self.columns) if column.name == self.of)
        return [row[place] for row in self.rows if row[place] is not None]

    def record_keys(self) -> list[tuple[Any, ...] | None]:
        """The key of the record that each row stands for; None where it stands for none."""
        if not self.leads:
            return [None] * len(self.rows)
        places = {column.name: place for place, column in enumerate(self.columns)}
        kind = RECORDS[self.leads]
        found: list[tuple[Any, ...] | None] = []
        for row in self.rows:
            key = tuple(row[places[name]] for name in kind.key)
            whole = all(
                part not in {None, ""}
                for part, name in zip(key, kind.key, strict=True)
                if kind.column(name).required
            )
            found.append(key if whole else None)
        return found

    def answer(self) -> Decimal | None:
        """The number that the rows make, unrounded; None where they make none by themselves."""
        if self.how in {"", "sum"}:
            return self.total() if self.how else None
        if self.how == "count":
            return Decimal(len(self.rows))
        values = self.values()
        if not values:
            return None
        if self.how == "mean":
            return sum(map(Decimal, values), Decimal(0)) / len(values)
        if self.how == "median":
            return _median(sorted(map(Decimal, values)))
        if self.how == "share":
            return 100 * Decimal(sum(map(bool, values))) / len(values)
        promoters, detractors = sum(v >= PROMOTES for v in values), sum(v <= DETRACTS for v in values)
        return 100 * Decimal(promoters - detractors) / len(values)


PROMOTES, DETRACTS = 9, 6
CUSTOMER = (Column("customer_id", "Id"), Column("customer", "Customer"))
"""The columns that name a customer."""


def with_rounding(columns: Sequence[Column], rows: list[tuple[Any, ...]], total: Decimal | None) -> None:
    """Add a row for the cents that rounding leaves between the rows and their total."""
    place = next(i for i, column in enumerate(columns) if column.summed)
    left = cents(total or ZERO) - sum((row[place] for row in rows), ZERO)
    if left:
        blank: list[Any] = [None] * len(columns)
        blank[1], blank[place] = "Rounding", left
        rows.append(tuple(blank))


def listing(
    kind: str, found: Iterable[object], *, summed: str | None = None, how: How = "", of: str = ""
) -> Rows:
    """Records of a kind as a table with all their columns."""
    columns = tuple(
        Column(c.name, label(c.name), TYPE_OF_KIND.get(c.type, "text"), c.name == summed)
        for c in RECORDS[kind].columns
    )
    cells = tuple(_values(record) for record in found)
    return Rows(kind, RECORDS[kind].noun, columns, cells, how or ("sum" if summed else ""), of, kind)


def label(name: str) -> str:
    """A column's heading made of its name."""
    return name.removesuffix("_id").replace("_", " ").replace(" pct", " %").capitalize()


def _values(record: object) -> tuple[Any, ...]:
    return tuple(getattr(record, field.name) for field in fields(record))  # type: ignore[arg-type]


def _median(values: list[Decimal]) -> Decimal:
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
