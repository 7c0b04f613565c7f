"""Looking at records of every kind: a page of a list, one record, what hangs on it, what a field may name.

All by the one table of kinds. A list reads one page of rows with a limit; what is searched, filtered and sorted by
comes from an address, so every column is looked up in its kind, and values are parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tai_ops.errors import WrongUsage
from tai_ops.kind_words import NAMED_BY, NAMED_THROUGH, NEWEST_BY, SOFT, key_part, key_text
from tai_ops.kinds import RECORDS, SQL_TYPE, Column, Kind
from tai_ops.kpi import KPIS
from tai_ops.sheet import read_column
from tai_ops.store.connection import Store
from tai_ops.store.ledger import CONFIRMED
from tai_ops.store.records import MARKS, MATCHED_AS, key_sql, key_where, parse_key
from tai_ops.store.then import AT, table_then

ROWS = 100
MOST_CHOICES = 400
MOST_HANGING = 8
EMPTY, FILLED = "=", "!="
"""What a condition says instead of a value: the field is empty; it holds anything."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What one column must be: equal to one of texts, holding a text, or from and to values, both included."""

    column: str
    text: str

    def __str__(self) -> str:
        """As it stands in the address, such as `status:live|churned` or `issued_on:2026-01-01..`."""
        return f"{self.column}:{self.text}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a kind a list shows: searched by a text, narrowed by conditions, sorted, voided rows instead of current.

    `at` is the past instant at which the rows stood, None for the present.
    """

    kind: Kind
    text: str = ""
    where: tuple[Condition, ...] = ()
    sort: str = ""
    page: int = 1
    voided: bool = False
    at: datetime | None = None

    @property
    def order(self) -> tuple[str, bool]:
        """The column that the list is sorted by, and whether the greatest stands first."""
        wanted = self.sort.removeprefix("-")
        if wanted in self.kind.names:
            return wanted, self.sort.startswith("-")
        newest = NEWEST_BY.get(self.kind.name)
        return (newest, True) if newest else (self.kind.key[0], False)


@dataclass(frozen=True, slots=True)
class Seen:
    """One row: its values by column, the name of what each column means, its key, who recorded it when from what."""

    values: dict[str, Any]
    names: dict[str, str | None]
    key: str
    name: str | None
    currency: str | None
    recorded_at: datetime
    recorded_by: str
    recorded_from: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: its rows, how many there are in all, and how many pages."""

    rows: tuple[Seen, ...]
    count: int
    pages: int


@dataclass(frozen=True, slots=True)
class Named:
    """A record that another one names, or that names it: its kind, key and name, and by which column."""

    kind: Kind
    column: str
    key: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Hanging:
    """The records of one kind that name a record by one column: how many."""

    kind: Kind
    column: str
    count: int


@dataclass(frozen=True, slots=True)
class MatchedLine:
    """A bank line that a record is matched with."""

    line_id: str
    account: str
    booked_on: date
    amount: Decimal
    text: str


# --- Keys


def row_key(kind: Kind, key: str) -> str:
    """The same key as the history holds it."""
    return ",".join(key_part(value) for value in parse_key(kind, key).values())


# --- A list


def listed(store: Store, asked: Asked, *, limit: int = ROWS) -> Listed:
    """One page of a list; WrongUsage where a condition names no column or can't be read."""
    kind = asked.kind
    condition, parameters = _condition(asked)
    source = _voided(kind) if asked.voided else table_then(kind) if asked.at else kind.table
    column, falling = asked.order
    order = (
        f"t.{column} {'desc' if falling else 'asc'} nulls last, {', '.join(f't.{name}' for name in kind.key)}"
    )
    statement = f"""
        with hits as materialized (select * from {source} t where {condition}),
             page as materialized (select * from hits t order by {order} limit $limit offset $offset)
        select {_selected(kind, "t")}, (select count(*) from hits) from page t order by {order}
    """
    if not asked.text and not asked.voided:
        counted = f"(select count(*) from {source} t where {condition})"
        statement = f"""
            with page as materialized (
                select * from {source} t where {condition} order by {order} limit $limit offset $offset
            )
            select {_selected(kind, "t")}, {counted} from page t order by {order}
        """
    page = max(asked.page, 1)
    rows = store.rows(statement, parameters | {"limit": limit, "offset": (page - 1) * limit})
    if not rows and page > 1:  # the address asks for a page behind the last
        counted_rows = store.row(f"select count(*) from {source} t where {condition}", parameters)
        last = -(-(counted_rows[0] if counted_rows else 0) // limit)
        rows = store.rows(statement, parameters | {"limit": limit, "offset": max(last - 1, 0) * limit})
    count = int(rows[0][-1]) if rows else 0
    return Listed(tuple(_seen(kind, row[:-1]) for row in rows), count, max(1, -(-count // limit)))


def conditions(kind: Kind, texts: Sequence[str]) -> tuple[Condition, ...]:
    """The conditions of an address; WrongUsage where one names no column of the kind or can't be read."""
    found: list[Condition] = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or name not in kind.names:
            raise WrongUsage(f"{text!r} is no condition on {kind.name}; write it like {kind.names[0]}:VALUE")
        condition = Condition(name, value)
        _read(kind.column(name), condition)
        found.append(condition)
    return tuple(found)


def _condition(asked: Asked) -> tuple[str, dict[str, Any]]:
    parts: list[str] = ["true"]
    parameters: dict[str, Any] = {AT: asked.at} if asked.at and not asked.voided else {}
    for place, word in enumerate(asked.text.lower().split()):
        parameters[f"word_{place}"] = word
        parts.append(_holds(asked.kind, f"word_{place}"))
    for place, condition in enumerate(asked.where):
        sql, values = _read(asked.kind.column(condition.column), condition, f"v{place}")
        parts.append(sql)
        parameters |= values
    return " and ".join(parts), parameters


def _holds(kind: Kind, parameter: str) -> str:
    """Whether any text of a row, or the name of what it means, holds a word."""
    texts = [c.name for c in kind.columns if c.type in {"text", "email", "choice", "zone"}]
    own = (
        f"contains(lower(concat_ws(' ', {', '.join(f't.{name}' for name in texts)})), ${parameter})"
        if texts
        else "false"
    )
    others = [
        f"t.{column.name} in (select o.{other.key[0]} from {other.table} o "
        f"where contains(lower({_name_sql(other, 'o')}), ${parameter}))"
        for column in kind.columns
        if column.refers and (other := RECORDS[column.refers]).name in NAMED_BY
    ]
    through = _through(kind)
    if through:
        others.append(f"contains(lower({through}), ${parameter})")
    return "(" + " or ".join([own, *others]) + ")"


def _through(kind: Kind) -> str | None:
    """The name behind a reference that has none of its own: a proposal's company, by way of its deal."""
    column = NAMED_THROUGH.get(kind.name)
    if column is None or kind.column(column).refers in NAMED_BY:
        return None
    return _name_sql(kind, "t")


def _read(column: Column, condition: Condition, name: str = "v") -> tuple[str, dict[str, Any]]:
    """A condition in SQL with its parameters."""
    field, text = f"t.{column.name}", condition.text
    if text in {EMPTY, FILLED}:
        return f"{field} is {'not ' if text == FILLED else ''}null", {}
    if ".." in text and column.type not in {"text", "email", "choice", "zone", "flag"}:
        low, high = (part.strip() for part in text.split("..", 1))
        parts, values = ["true"], {}
        for sign, part, end in ((">=", low, "from"), ("<=", high, "to")):
            if part:
                bound = _value(column, part)
                values[f"{name}_{end}"] = bound
                whole_day = column.type == "instant" and len(part) == len("2026-01-01")
                side = f"{field} < ${name}_{end} + interval 1 day" if whole_day and end == "to" else None
                parts.append(side or f"{field} {sign} ${name}_{end}")
        return "(" + " and ".join(parts) + ")", values
    if column.type in {"text", "email", "zone"} and not column.refers and text.startswith("~"):
        return f"contains(lower({field}), ${name})", {name: text[1:].lower()}
    values = (
        [_value(column, part) for part in text.split("|")]
        if column.type == "choice"
        else [_value(column, text)]
    )
    return f"{field} in (select unnest(${name}))", {name: values}


def _value(column: Column, text: str) -> Any:
    if column.type == "instant" and len(text) == len("2026-01-01"):
        text = f"{text}T00:00:00+00:00"
    plain = Column(column.name, column.type, choices=column.choices, any_mark=column.any_mark)
    values, problems = read_column(plain, [text], column.name)
    if problems:
        raise WrongUsage(f"{column.name}: {problems[0].reason}")
    return values[0]


# --- One record


def record(store: Store, kind: Kind, key: str) -> Seen | None:
    """The record of a key, None where there is none now; Refused where the key can't be one."""
    rows = store.rows(
        f"select {_selected(kind, 't')} from {kind.table} t where {key_where(kind)} limit 1",
        parse_key(kind, key),
    )
    return _seen(kind, rows[0]) if rows else None


def last_version(store: Store, kind: Kind, key: str) -> Seen | None:
    """A record as it was when it was voided; None where it never was."""
    rows = store.rows(
        f"select {_selected(kind, 't')} from ({_voided(kind)}) t where {key_where(kind)} limit 1",
        parse_key(kind, key),
    )
    return _seen(kind, rows[0]) if rows else None


def names(store: Store, kind: Kind, keys: Sequence[str]) -> dict[str, str | None]:
    """The names of records by their keys; for kinds with a key of one text."""
    own = kind.key[0]
    rows = store.rows(
        f"select t.{own}, {_name_sql(kind, 't')} from {kind.table} t where t.{own} in (select unnest($keys)) order by 1",
        {"keys": list(keys)},
    )
    return dict(rows)


def named_by(store: Store, kind: Kind, seen: Seen) -> tuple[Named, ...]:
    """The records that a record names."""
    found: list[Named] = []
    for column in kind.columns:
        other = RECORDS.get(column.refers or SOFT.get((kind.name, column.name), ""))
        value = seen.values.get(column.name)
        if other is None or value is None or value == "*":
            continue
        held = names(store, other, [value])
        if value in held:
            found.append(Named(other, column.name, key_text(other, {other.key[0]: value}), held[value]))
    return tuple(found)


def hanging_on(store: Store, kind: Kind, seen: Seen) -> tuple[Hanging, ...]:
    """The records of other kinds that name a record, counted by kind and column."""
    if len(kind.key) != 1:
        return ()
    naming = [
        (other, column.name)
        for other in RECORDS.values()
        for column in other.columns
        if kind.name in {column.refers, SOFT.get((other.name, column.name))}
    ]
    if not naming:
        return ()
    counts = ", ".join(
        f"(select count(*) from {other.table} where {column} = $key)" for other, column in naming
    )
    row = store.row(f"select {counts}", {"key": seen.values[kind.key[0]]}) or ()
    return tuple(Hanging(other, column, n) for (other, column), n in zip(naming, row, strict=True) if n)


def hanging_rows(store: Store, there: Hanging, key: str) -> tuple[Seen, ...]:
    """The newest of the records of one kind that name a record."""
    asked = Asked(there.kind, where=(Condition(there.column, key),))
    return listed(store, asked, limit=MOST_HANGING).rows


def matched_lines(store: Store, kind: Kind, seen: Seen) -> tuple[MatchedLine, ...]:
    """The bank lines that a record of the books is matched with."""
    if kind.name not in MATCHED_AS:
        return ()
    rows = store.rows(
        f"""
        select m.line_id, l.account, l.booked_on, m.amount, coalesce(l.payee, l.description, '')
        from ({CONFIRMED}) m join statement_lines l using (line_id)
        where m.entry_kind = $kind and m.entry_id = $key order by l.booked_on, m.line_id
        """,
        {"kind": MATCHED_AS[kind.name], "key": seen.values[kind.key[0]]},
    )
    return tuple(MatchedLine(*row) for row in rows)


# --- What a field may hold


def choices(store: Store, kind: Kind, column: Column) -> dict[str, str | None]:
    """What a reference may name: keys with names, at most so many, the newest kinds' rows first.

    A target names a number of the catalogue.
    """
    if (kind.name, column.name) == ("targets", "kpi"):
        return {kpi.id: kpi.label for kpi in KPIS.values()}
    other = RECORDS.get(column.refers or SOFT.get((kind.name, column.name), ""))
    if other is None:
        return {}
    own = other.key[0]
    order = f"t.{NEWEST_BY[other.name]} desc nulls last" if other.name in NEWEST_BY else f"t.{own}"
    rows = store.rows(
        f"select t.{own}, {_name_sql(other, 't')} from {other.table} t order by {order}, t.{own} limit $most",
        {"most": MOST_CHOICES},
    )
    return dict(rows)


def suggestions(store: Store, kind: Kind, column: Column) -> list[str]:
    """Texts that stand in a column already, the most frequent first; none where they are of too many kinds to choose."""
    rows = store.rows(
        f"""
        select value from (
            select t.{column.name} as value, count(*) as times from {kind.table} t
            where t.{column.name} is not null group by 1
        ) order by times desc, value limit $most
        """,
        {"most": MOST_CHOICES + 1},
    )
    return [row[0] for row in rows] if len(rows) <= MOST_CHOICES else []


def next_key(store: Store, kind: Kind) -> str | None:
    """The next free key after the greatest that ends in digits, such as `C-004`; None where keys are no such texts."""
    if len(kind.key) != 1 or kind.column(kind.key[0]).type != "text" or kind.column(kind.key[0]).refers:
        return None
    own = kind.key[0]
    found = store.row(
        f"""
        select key from (
            select {own} as key from {kind.table}
            union all select distinct row_key from history where kind = $kind
        ) where regexp_matches(key, '^.*?[0-9]{{1,12}}$')
        order by regexp_extract(key, '([0-9]{{1,12}})$', 1)::bigint desc, key desc limit 1
        """,
        {"kind": kind.name},
    )
    if found is None:
        return None
    stem = found[0].rstrip("0123456789")
    digits = found[0][len(stem) :][-12:]
    stem = found[0][: len(found[0]) - len(digits)]
    return f"{stem}{int(digits) + 1:0{len(digits)}d}"


# --- Rows


def _selected(kind: Kind, alias: str) -> str:
    """The columns of a row, the names of what they mean, its own name and currency, and its marks."""
    values = ", ".join(f"{alias}.{name}" for name in kind.names)
    marks = ", ".join(f"{alias}.{name}" for name in MARKS)
    meant = "".join(f", {_meant_sql(kind, column, alias)}" for column in _meaning(kind))
    return f"{values}, {marks}, {_name_sql(kind, alias)}, {_currency_sql(kind, alias)}{meant}"


def _meaning(kind: Kind) -> list[Column]:
    return [c for c in kind.columns if c.refers or (kind.name, c.name) in SOFT]


def _meant_sql(kind: Kind, column: Column, alias: str) -> str:
    other = RECORDS[column.refers or SOFT[kind.name, column.name]]
    own = other.key[0]
    return (
        f"(select {_name_sql(other, 'o')} from {other.table} o where o.{own} = {alias}.{column.name} limit 1)"
    )


def _name_sql(kind: Kind, alias: str, depth: int = 0) -> str:
    """What a row is called in words: by a column of its own, or by the record that it belongs to."""
    if kind.name in NAMED_BY:
        return f"{alias}.{NAMED_BY[kind.name]}"
    through = NAMED_THROUGH.get(kind.name)
    refers = kind.column(through).refers if through else None
    if through is None or refers is None:
        return "null::varchar"
    other, inner = RECORDS[refers], f"n{depth}"
    name = _name_sql(other, inner, depth + 1)
    return (
        f"(select {name} from {other.table} {inner} where {inner}.{other.key[0]} = {alias}.{through} limit 1)"
    )


def _currency_sql(kind: Kind, alias: str) -> str:
    if "currency" in kind.names:
        return f"{alias}.currency"
    if "account" in kind.names:
        return f"(select a.currency from accounts a where a.account = {alias}.account limit 1)"
    return "null::varchar"


def _seen(kind: Kind, row: tuple[Any, ...]) -> Seen:
    width = len(kind.names)
    values = dict(zip(kind.names, row[:width], strict=True))
    recorded_at, recorded_by, recorded_from, name, currency = row[width : width + 5]
    meant = {c.name: one for c, one in zip(_meaning(kind), row[width + 5 :], strict=True)}
    return Seen(
        values, meant, key_text(kind, values), name, currency, recorded_at, recorded_by, recorded_from
    )


def _voided(kind: Kind) -> str:
    """The rows that were taken out and not put back, as they were; a table by itself."""
    fields = ", ".join(
        f"(row_json ->> '{name}')::{_sql_type(kind, name)} as {name}" for name in (*kind.names, *MARKS)
    )
    return f"""(
        select {fields} from (
            select h.row_key, h.event, h.row_json,
                   row_number() over (partition by h.row_key order by h.changed_at desc, h.audit_id desc) as newest
            from history h where h.kind = '{kind.name}'
        ) h
        where h.newest = 1 and h.event = 'void'
          and not exists (select 1 from {kind.table} c where {key_sql(kind, "c")} = h.row_key)
    )"""


def _sql_type(kind: Kind, name: str) -> str:
    if name in MARKS:
        return "timestamptz" if name == "recorded_at" else "varchar"
    return SQL_TYPE[kind.column(name).type]
