"""What a file of another system holds, as rows of our own kinds, and what has to be known to read it so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tai_ops.errors import Problem
from tai_ops.kinds import KINDS
from tai_ops.sheet import MAX_TEXT, Sheet, read_column


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows that a file speaks of; names are folded by `folded`.

    `companies` are prospects by company, `deals` each deal's prospect and stage, `customers` ids by name, `people`
    e-mails by name and e-mail, `stages` our stage by another system's name or id of it, `services` our service by a
    monitor's name for it. `service` is what a file is about that names none, `taken_at` when a snapshot was taken
    that says no time; somebody says both.
    """

    companies: Mapping[str, str] = field(default_factory=dict[str, str])
    deals: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    customers: Mapping[str, str] = field(default_factory=dict[str, str])
    people: Mapping[str, str] = field(default_factory=dict[str, str])
    stages: Mapping[str, str] = field(default_factory=dict[str, str])
    currency: str = "USD"
    zone: str = "UTC"
    services: Mapping[str, str] = field(default_factory=dict[str, str])
    service: str = ""
    taken_at: datetime | None = None

    def service_of(self, name: str) -> str:
        """What we call a monitor's service: as somebody said, or else as the monitor does."""
        return cut(self.services.get(folded(name), name) if name.strip() else self.service)

    def customer_in(self, text: str) -> str | None:
        """The customer whose name stands in a text such as a project's name; None where none or several do."""
        words = f" {folded(text)} "
        found = {key for name, key in self.customers.items() if name and f" {name} " in words}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one of our kinds as text by column, and where in the file it stands; or why it can't be one."""

    number: int
    values: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one kind as a sheet, with the place in the file of each."""

    sheet: Sheet
    numbers: tuple[int, ...]

    def in_file(self, problem: Problem) -> Problem:
        """A problem of the sheet's row as one of the file's row."""
        return Problem(self.numbers[problem.row - 1], problem.field, problem.reason)


@dataclass(frozen=True, slots=True)
class Found:
    """All that a file holds: how many rows it has, the rows of each kind in the order of loading, what to say of it.

    `main` is the kind that the file is about; `unknown_stages` are names for which no stage of ours is known,
    `services` the services that it speaks of as the monitor calls them (an empty one: it names none), `needs_time`
    whether it is a snapshot that says no time.
    """

    main: str
    read: int
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    unknown_stages: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    needs_time: bool = False


def parts(kind_name: str, rows: Sequence[Row]) -> tuple[Part, ...]:
    """Rows of a kind, checked cell by cell exactly as a CSV's are.

    Rows that say the same columns make a part of their own: what a row leaves out stays as it is in the store.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    key = KINDS[kind_name].key
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        its_key = tuple(row.values.get(name, "") for name in key)
        problems = row.problems
        if all(its_key) and its_key in first and not problems:
            shown = ", ".join(its_key)
            problems = (Problem(row.number, key[0], f"{shown!r} stands in row {first[its_key]} already"),)
        first.setdefault(its_key, row.number)
        groups.setdefault(tuple(sorted(row.values)), []).append(Row(row.number, row.values, problems))
    return tuple(_part(kind_name, group) for group in groups.values())


def _part(kind_name: str, rows: list[Row]) -> Part:
    kind = KINDS[kind_name]
    columns: dict[str, list[Any]] = {}
    bad = {at for at, row in enumerate(rows, 1) if row.problems}
    problems = [Problem(at, p.field, p.reason) for at, row in enumerate(rows, 1) for p in row.problems]
    for column in kind.columns:
        if column.name in rows[0].values or column.name in kind.key:
            texts = [row.values.get(column.name, "") for row in rows]
            columns[column.name], found = read_column(column, texts, column.name)
            problems.extend(p for p in found if p.row not in bad)
    problems.sort(key=lambda p: p.row)
    sheet = Sheet(kind, columns, len(rows), tuple(problems))
    return Part(sheet, tuple(row.number for row in rows))


def folded(text: str) -> str:
    """A name as it is compared: small letters and digits, one space between words."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def cut(text: str) -> str:
    """A long text as far as the store takes it."""
    plain = text.replace("\x00", "").strip()
    return plain if len(plain) <= MAX_TEXT else plain[: MAX_TEXT - 1] + "…"
