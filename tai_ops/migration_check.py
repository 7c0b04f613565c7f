"""Whether a customer's data arrived: its export beside the report of what was loaded, record by record.

A record is faithful where it stands in both exactly once with every value alike; fidelity is the share of all records
that both files hold with the same quantity. It is no accuracy: nobody looked at a shelf (requirements.md O7). Source: R1.28, R1.29, R1.40, R1.44.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import compress, count
from sys import intern
from typing import Any

from tai_ops.collector import collector_at_rest
from tai_ops.errors import Refused, UnreadableFile
from tai_ops.money import percent
from tai_ops.sheet import decoded
from tai_ops.stabilising import Item

KEY = ("location", "sku")
CITY = "city"
REQUIRED = ("location", "sku", "quantity")
NAMES: Mapping[str, str] = {
    "location": "location", "warehouse": "location", "bin": "location", "site": "location", "loc": "location",
    "sku": "sku", "item": "sku", "item_id": "sku", "item_number": "sku", "part_number": "sku", "product_code": "sku",
    "quantity": "quantity", "qty": "quantity", "on_hand": "quantity", "record_qty": "quantity", "stock": "quantity", "town": "city",
}  # fmt: skip
"""What other systems call the three columns that are needed; all others are compared by their own names."""
MOST_EXAMPLES = 100
MOST_RECORDS = 2_000_000
DELIMITERS = ",;\t|"

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """A file's records: by key their values in the order of `columns`; what stands twice, what lacks a field."""

    name: str
    columns: tuple[str, ...]
    records: Mapping[Key, tuple[str, ...]]
    count: int
    repeated: Mapping[Key, int]
    lacking: tuple[tuple[int, str], ...]
    lacking_count: int
    by_location: Mapping[str, int]
    cities: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """How many records of a location the export and the load hold."""

    location: str
    exported: int
    loaded: int
    city: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs between the export and the load."""

    location: str
    sku: str
    column: str
    exported: str
    loaded: str


@dataclass(frozen=True, slots=True)
class MigrationCheck:
    """What the comparison found; lists hold the first hundred, the counts all."""

    export_name: str
    load_name: str
    export_records: int
    load_records: int
    faithful_records: int
    places: tuple[Place, ...]
    export_repeated: int
    load_repeated: int
    lacking: int
    missing: int
    added: int
    differing: int
    not_compared: tuple[str, ...]
    examples_missing: tuple[Key, ...]
    examples_added: tuple[Key, ...]
    examples_repeated: tuple[Key, ...]
    examples_lacking: tuple[tuple[int, str], ...]
    differences: tuple[Difference, ...]
    alike: int = 0
    keys: int = 0

    @property
    def fidelity_pct(self) -> Decimal | None:
        """Records that both files hold with the same quantity, in per cent of those that either holds.

        None where both are empty. Source: requirements.md section 8, "Migration fidelity".
        """
        return percent(self.alike, self.keys)

    @property
    def is_whole(self) -> bool:
        """Whether every record arrived once and alike, and nothing else did: what the go/no-go asks for."""
        return (
            self.export_records > 0
            and self.faithful_records == self.export_records == self.load_records
            and not self.lacking
        )

    def as_json(self) -> dict[str, Any]:
        """The check as it is kept."""
        return {
            "places": [[p.location, p.exported, p.loaded, p.city] for p in self.places],
            "alike": self.alike,
            "keys": self.keys,
            "export_repeated": self.export_repeated,
            "load_repeated": self.load_repeated,
            "lacking": self.lacking,
            "missing": self.missing,
            "added": self.added,
            "differing": self.differing,
            "not_compared": list(self.not_compared),
            "examples_missing": [list(key) for key in self.examples_missing],
            "examples_added": [list(key) for key in self.examples_added],
            "examples_repeated": [list(key) for key in self.examples_repeated],
            "examples_lacking": [list(one) for one in self.examples_lacking],
            "differences": [[d.location, d.sku, d.column, d.exported, d.loaded] for d in self.differences],
        }


def check_from_json(head: tuple[str, str, int, int, int], body: Mapping[str, Any]) -> MigrationCheck:
    """A kept check again; `head` are the names of the two files, their records, and how many are faithful."""
    return MigrationCheck(
        *head,
        places=tuple(Place(*one) for one in body["places"]),
        export_repeated=body["export_repeated"],
        load_repeated=body["load_repeated"],
        lacking=body["lacking"],
        missing=body["missing"],
        added=body["added"],
        differing=body["differing"],
        not_compared=tuple(body["not_compared"]),
        examples_missing=_keys(body["examples_missing"]),
        examples_added=_keys(body["examples_added"]),
        examples_repeated=_keys(body["examples_repeated"]),
        examples_lacking=tuple((row, field) for row, field in body["examples_lacking"]),
        differences=tuple(Difference(*one) for one in body["differences"]),
        alike=body.get("alike", head[4]),
        keys=body.get("keys", head[2]),
    )


def _keys(pairs: Iterable[Iterable[str]]) -> tuple[Key, ...]:
    return tuple((location, sku) for location, sku in pairs)


# --- Reading


def read_listing(data: bytes, name: str) -> Listing:
    """The records of a CSV file by location and sku; UnreadableFile names what is wrong with it as a whole."""
    text = decoded(data, name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        with collector_at_rest():
            return _listed(reader, _columns(next(reader, []), name), name)
    except csv.Error as reason:
        raise UnreadableFile(
            f"{name}: line {reader.line_num}: not a CSV file that can be read ({reason})"
        ) from None


def _delimiter(text: str) -> str:
    first = text[:65536].split("\n", 1)[0]
    return max(DELIMITERS, key=first.count)


def _columns(header: list[str], name: str) -> list[str]:
    found = ["_".join(cell.strip().lower().replace("-", " ").split()) for cell in header]
    named: list[str] = []
    for cell in found:
        meant = NAMES.get(cell, cell)
        named.append(cell if meant in named else meant)
    missing = [one for one in REQUIRED if one not in named]
    if missing:
        raise UnreadableFile(
            f"{name}: no column for {' and '.join(missing)}; the first line names location, sku and quantity"
        )
    return named


def _listed(reader: Iterator[list[str]], columns: list[str], name: str) -> Listing:
    """The listing, worked out column by column: half a million rows take two seconds this way, not ten."""
    whole, width = list(reader), len(columns)
    filled = list(map(any, whole))
    rows = list(compress(count(1), filled))
    if len(rows) > MOST_RECORDS:
        raise Refused(f"{name}: more than {MOST_RECORDS:,} records; check it by location")
    if len(rows) < len(whole):
        whole = list(compress(whole, filled))
    if set(map(len, whole)) - {width}:
        _refuse_longer(whole, rows, width, name)
        whole = [(cells + [""] * width)[:width] for cells in whole]
    held = [_held(column) for column in zip(*whole, strict=True)] or [[] for _ in columns]
    del whole
    at_location, at_sku, at_quantity = (columns.index(one) for one in REQUIRED)
    others = [n for n in range(width) if n not in {at_location, at_sku} and columns[n]]
    keys = list(zip(held[at_location], held[at_sku], strict=True))
    values = list(zip(*(held[n] for n in others), strict=True))
    records = dict(zip(keys, values, strict=True))
    repeated: dict[Key, int] = {}
    if len(records) < len(keys):
        repeated = {key: times - 1 for key, times in Counter(keys).items() if times > 1}
        records = dict(zip(reversed(keys), reversed(values), strict=True))  # the first of a key holds
    lacking = [
        (rows[place], field)
        for field, at in zip(REQUIRED, (at_location, at_sku, at_quantity), strict=True)
        if "" in held[at]
        for place, value in enumerate(held[at])
        if not value
    ]
    no_numbers = {text for text in set(held[at_quantity]) if text and _as_number(text) is None}
    if no_numbers:
        lacking += [
            (rows[place], f"quantity ({text[:20]!r} is no number)")
            for place, text in enumerate(held[at_quantity])
            if text in no_numbers
        ]
    return Listing(
        name,
        tuple(columns[n] for n in others),
        records,
        len(keys),
        repeated,
        tuple(sorted(lacking)[:MOST_EXAMPLES]),
        len({row for row, _ in lacking}),
        Counter(held[at_location]),
        _cities(held[at_location], held[columns.index(CITY)]) if CITY in columns else {},
    )


def _refuse_longer(whole: list[list[str]], rows: list[int], width: int, name: str) -> None:
    """Nothing where what a row has beyond the header is empty; else a delimiter stands unquoted within a value."""
    for row, cells in zip(rows, whole, strict=True):
        if any(cells[width:]):
            raise UnreadableFile(
                f"{name}: row {row} has {len(cells)} cells where the first line names {width}; put quotes around a value "
                "that holds the delimiter, such as 1,200"
            )


def _held(column: tuple[str, ...]) -> list[str]:
    """A column's values, what comes again being kept once: locations and quantities are few, records many."""
    return list(map(intern, map(str.strip, column)))


def _cities(locations: list[str], cities: list[str]) -> dict[str, str]:
    """The city of each location: the first that is named for it."""
    found: dict[str, str] = {}
    for location, city in dict.fromkeys(zip(locations, cities, strict=True)):
        if city:
            found.setdefault(location, city)
    return found


def items(listing: Listing) -> list[Item]:
    """A listing's items with their quantities, for a sample; what has no number for one is left out."""
    place = listing.columns.index("quantity")
    found: list[Item] = []
    for (location, sku), values in listing.records.items():
        quantity = _as_number(values[place])
        if quantity is not None:
            found.append(Item(location, sku, quantity))
    return found


def skus_of(*listings: Listing) -> tuple[str, ...]:
    """The items that those files name, each once and in order."""
    return tuple(sorted({sku for one in listings for _, sku in one.records if sku}))


# --- Comparing


def check_migration(export: Listing, load: Listing) -> MigrationCheck:
    """What of an export arrived; values are alike where their texts are, or their numbers."""
    shared = [name for name in export.columns if name in load.columns]
    pairs = [(name, export.columns.index(name), load.columns.index(name)) for name in shared]
    same = export.columns == load.columns
    faithful = differing = missing = matched = 0
    at_export, at_load = export.columns.index("quantity"), load.columns.index("quantity")
    absent: list[Key] = []
    differences: list[Difference] = []
    for key, values in export.records.items():
        other = load.records.get(key)
        if other is None:
            missing += 1 + export.repeated.get(key, 0)
            if len(absent) < MOST_EXAMPLES:
                absent.append(key)
            continue
        matched += values[at_export] == other[at_load] or _same_number(values[at_export], other[at_load])
        if same and values == other:
            alike = True
        else:
            found = [
                Difference(*key, name, values[a], other[b])
                for name, a, b in pairs
                if values[a] != other[b] and not _same_number(values[a], other[b])
            ]
            alike = not found
            differences.extend(found[: max(0, MOST_EXAMPLES - len(differences))])
        differing += not alike
        faithful += alike and key not in export.repeated and key not in load.repeated
    added = [key for key in load.records if key not in export.records]
    places = sorted({*export.by_location, *load.by_location})
    return MigrationCheck(
        export.name,
        load.name,
        export.count,
        load.count,
        faithful,
        tuple(
            Place(
                one,
                export.by_location.get(one, 0),
                load.by_location.get(one, 0),
                export.cities.get(one) or load.cities.get(one, ""),
            )
            for one in places
        ),
        sum(export.repeated.values()),
        sum(load.repeated.values()),
        export.lacking_count,
        missing,
        len(added),
        differing,
        tuple(sorted({*export.columns} ^ {*load.columns})),
        tuple(absent),
        tuple(added[:MOST_EXAMPLES]),
        tuple(
            [*export.repeated, *(key for key in load.repeated if key not in export.repeated)][:MOST_EXAMPLES]
        ),
        export.lacking,
        tuple(differences),
        matched,
        len(export.records) + len(added),
    )


def _same_number(one: str, other: str) -> bool:
    left, right = _as_number(one), _as_number(other)
    return left is not None and left == right


def _as_number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
