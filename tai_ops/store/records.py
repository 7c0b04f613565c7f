"""Loading, changing and voiding records of every kind, all by the one table of kinds.

A load is set-based: the rows of a file become one temporary table that is compared with the stored rows; what is
new is inserted, what differs is updated, and its earlier version goes to `history` with who and when.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from tai_ops.errors import Problem, Refused, WrongUsage
from tai_ops.kinds import KINDS, RECORDS, SQL_TYPE, Kind, csv_name
from tai_ops.period import Month
from tai_ops.rights import Actor
from tai_ops.sheet import Sheet, read_column
from tai_ops.store import closed_effects, duties, rollups
from tai_ops.store.connection import Store, Write, closed_message, closed_months
from tai_ops.store.customer_measures import unknown_items
from tai_ops.store.ledger import APPLIED, CONFIRMED
from tai_ops.store.onboardings import said_of
from tai_ops.store.refusals import noted
from tai_ops.store.results import finished
from tai_ops.words import counted

SEEN_AT = {"latency_counts": "ended_at"}
"""What a monitor can't have seen yet, by the kind."""
MARKS = ("recorded_at", "recorded_by", "recorded_from")
_ARROW = {
    "whole": pa.int64(),
    "flag": pa.bool_(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
    "money": pa.decimal128(18, 2),
    "price": pa.decimal128(18, 6),
    "number": pa.decimal128(18, 6),
    "percent": pa.decimal128(9, 4),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did, or would have done: counts of rows, and the rows that were refused."""

    read: int
    added: int
    updated: int
    unchanged: int
    rejected: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The report of contract.md."""
        return {
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [{"row": p.row, "field": p.field, "reason": p.reason} for p in self.rejected],
        }


class RowsRefused(Refused):
    """A file whose bad rows refuse the whole of it; carries the report."""

    def __init__(self, name: str, report: Loaded) -> None:
        first, count = report.rejected[0], len(report.rejected)
        more = f" ({count} problems in all; nothing was loaded)" if count > 1 else " (nothing was loaded)"
        super().__init__(f"{name}: {first}{more}")
        self.report = report


def kind_named(name: str) -> Kind:
    """The kind of that name; WrongUsage lists the kinds otherwise."""
    if name not in KINDS:
        raise WrongUsage(f"{name!r} is no kind of record; the kinds are {', '.join(KINDS)}")
    return KINDS[name]


@noted("records")
def load(
    store: Store,
    actor: Actor,
    sheet: Sheet,
    *,
    now: datetime,
    name: str,
    skip_bad: bool = False,
    dry_run: bool = False,
    recorded_from: str = "imported",
    request_key: str | None = None,
) -> Loaded:
    """Add the new rows of a sheet and update the changed ones, all in one transaction.

    Raises RowsRefused where a row is bad and `skip_bad` is off, NotAllowed where the role may not.
    """
    kind = sheet.kind
    try:
        with store.write(
            actor,
            kind.owner,
            f"load {kind.name}",
            now=now,
            subject=(kind.name, name),
            request_key=request_key,
        ) as write:
            if write.repeated is not None:
                return _reported(write.repeated)
            result = merge(write, sheet, skip_bad=skip_bad, recorded_from=recorded_from)
            if result.rejected and not skip_bad:
                raise RowsRefused(name, result)
            write.detail = result.as_json() | {"file": name, "from": recorded_from}
            if dry_run:
                raise _OnlyTried(result)
            return result
    except _OnlyTried as tried:
        return tried.result


class _OnlyTried(Exception):
    """Takes the transaction of a trial back."""

    def __init__(self, result: Loaded) -> None:
        super().__init__()
        self.result = result


def put(write: Write, sheet: Sheet, *, name: str, recorded_from: str = "entered") -> Loaded:
    """Add or change the rows of a sheet inside a write that is under way; RowsRefused where one is bad."""
    result = merge(write, sheet, skip_bad=False, recorded_from=recorded_from)
    if result.rejected:
        raise RowsRefused(name, result)
    return result


def void(
    store: Store, actor: Actor, kind: Kind, key_text: str, reason: str, *, now: datetime
) -> dict[str, Any]:
    """Take a row out of every number and list; it stays in the history with the reason.

    The key's parts are separated by commas, in the kind's order. Raises Refused where there is no such row, where
    other records still name it, or where its month is closed.
    """
    if not reason.strip():
        raise Refused("a reason is needed: --reason TEXT")
    parse_key(kind, key_text)
    with store.write(actor, kind.owner, f"void {kind.noun}", now=now, subject=(kind.name, key_text)) as write:
        take_out(write, kind, key_text, reason.strip())
        write.detail = {"key": key_text, "reason": reason.strip()}
    return {"voided": key_text, "kind": kind.name, "reason": reason.strip()}


def take_out(write: Write, kind: Kind, key_text: str, reason: str) -> None:
    """Void a row inside a write that is under way; raises what `void` raises."""
    key, where = parse_key(kind, key_text), key_where(kind)
    found = write.sql(f"select count(*) from {kind.table} where {where}", key).fetchone()
    if not found or not found[0]:
        raise Refused(f"{kind.name}: there is no {kind.noun} {key_text!r}; nothing was changed")
    _refuse_named(write, kind, key_text, key)
    _refuse_matched(write, kind, key_text)
    _refuse_applied(write, kind, key_text)
    still = _still_has(write, str(key["email"])) if kind.name == "people" else None
    if still:
        raise Refused(f"people: {key_text} {still}; nothing was changed")
    _refuse_closed_rows(write, kind, where, key)
    closed_effects.refuse_void(write.cursor, kind, where, key)
    _remember(write, kind, f"select * from {kind.table} where {where}", "void", reason, parameters=key)
    write.sql(f"delete from {kind.table} where {where}", key)
    if kind.name == "probes":
        rollups.follow_void(write, key["service"], key["seen_at"])


def history(store: Store, kind: Kind, key_text: str) -> list[tuple[Any, ...]]:
    """Earlier versions of a row, newest first: (event, changed_at, changed_by, reason, row as JSON)."""
    return store.rows(
        """
        select event, changed_at, changed_by, reason, row_json from history
        where kind = $kind and row_key = $key order by changed_at desc, audit_id desc
        """,
        {"kind": kind.name, "key": key_text},
    )


def merge(
    write: Write,
    sheet: Sheet,
    *,
    skip_bad: bool,
    recorded_from: str,
    before: Callable[[], None] | None = None,
) -> Loaded:
    """Bring a sheet's rows in inside a write that is under way; nothing of it where one is bad and `skip_bad` is off.

    `before` is called when the good rows stand in `incoming` and nothing is changed yet.
    """
    kind = sheet.kind
    _stage(write.cursor, sheet)
    try:
        bad = {p.row for p in sheet.problems}
        problems = list(sheet.problems) + [p for p in _found_in_store(write, sheet) if p.row not in bad]
        problems.sort(key=lambda p: p.row)
        if problems and not skip_bad:
            return Loaded(sheet.count, 0, 0, 0, tuple(problems))
        refused = sorted({p.row for p in problems})
        if refused:
            write.sql("delete from incoming where row_number in (select unnest($rows))", {"rows": refused})
        if before:
            before()
        return _apply(write, kind, sheet, problems, recorded_from)
    finally:
        write.sql("drop table if exists incoming")


def _stage(cursor: duckdb.DuckDBPyConnection, sheet: Sheet) -> None:
    kind = sheet.kind
    arrays: dict[str, pa.Array] = {"row_number": pa.array(range(1, sheet.count + 1), pa.int64())}
    bad = {p.row for p in sheet.problems}
    for column in kind.columns:
        values = sheet.columns.get(column.name)
        kept = [None] * sheet.count if values is None else values
        arrays[column.name] = pa.array(kept, _ARROW.get(column.type, pa.string()))
    finished(cursor).register("incoming_rows", pa.table(arrays))
    try:
        listed = ", ".join(f"{c.name}::{SQL_TYPE[c.type]} as {c.name}" for c in kind.columns)
        cursor.execute(
            f"create or replace temp table incoming as select row_number, {listed} from incoming_rows"
        )
    finally:
        finished(cursor).unregister("incoming_rows")
    if bad:
        cursor.execute(
            "delete from incoming where row_number in (select unnest($rows))", {"rows": sorted(bad)}
        )


def _found_in_store(write: Write, sheet: Sheet) -> list[Problem]:
    """What only the stored rows can tell: unknown references, missing fields of new rows, order, closed months."""
    kind = sheet.kind
    problems: list[Problem] = []
    for column in kind.columns:
        if column.refers and column.name in sheet.columns:
            problems.extend(_unknown_references(write, kind, column.name, column.refers))
        if column.required and column.name not in kind.key:
            problems.extend(_missing_in_new(write, kind, sheet, column.name))
    problems.extend(_out_of_order(write, kind, sheet))
    problems.extend(_in_closed_months(write, kind, sheet))
    problems.extend(closed_effects.problems(write.cursor, sheet, differs_sql(kind, sheet), join_sql(kind)))
    if kind.name == "people":
        problems.extend(_leavers(write))
    if kind.name == "probes":
        problems.extend(rollups.problems(write, write.now))
    if kind.name in SEEN_AT:
        problems.extend(_ahead(write, kind, SEEN_AT[kind.name]))
    if kind.name == "counts":
        problems.extend(_unknown_items(write))
    first: dict[int, Problem] = {}
    for problem in problems:
        first.setdefault(problem.row, problem)
    return list(first.values())


def _unknown_references(write: Write, kind: Kind, column: str, refers: str) -> list[Problem]:
    other = KINDS[refers]
    rows = write.sql(
        f"""
        select i.row_number, i.{column} from incoming i
        where i.{column} is not null and i.{column} <> '*'
          and not exists (select 1 from {other.table} o where o.{other.key[0]} = i.{column})
        order by i.row_number
        """
    ).fetchall()
    own = kind.table == other.table
    return [Problem(n, csv_name(kind, column), other.not_there(value)) for n, value in rows if not own]


def _unknown_items(write: Write) -> list[Problem]:
    """Counts of an item that is not among those of its customer, where a list of these is on record."""
    return [
        Problem(
            row,
            "sku",
            f"{sku!r} is not among the items of {customer} ({source}); mend it, or keep a newer list under "
            "Migration check on the customer's page",
        )
        for row, sku, customer, source in unknown_items(write.cursor)
    ]


def _leavers(write: Write) -> list[Problem]:
    """People who would leave while something that is theirs is open."""
    rows = write.sql(
        """
        select i.row_number, i.email from incoming i join people o on i.email = o.email
        where not i.active and coalesce(o.active, true) order by i.row_number
        """
    ).fetchall()
    return [
        Problem(n, "active", f"{email} {still}") for n, email in rows if (still := _still_has(write, email))
    ]


def _still_has(write: Write, email: str) -> str | None:
    found = duties.duties(write.cursor, email)
    has = duties.in_words(duties.counted(found))
    return f"still has {has}; hand that over on the Company page first" if found else None


def _ahead(write: Write, kind: Kind, column: str) -> list[Problem]:
    """What a monitor says it saw more than five minutes from now."""
    rows = write.sql(
        f"""
        select row_number, {column} from incoming
        where {column} > greatest($now, now()) + interval 5 minute order by row_number
        """,
        {"now": write.now},
    ).fetchall()
    return [
        Problem(
            n, csv_name(kind, column), f"{at.isoformat()} lies in the future (is the monitor's clock right?)"
        )
        for n, at in rows
    ]


def _missing_in_new(write: Write, kind: Kind, sheet: Sheet, column: str) -> list[Problem]:
    if column in sheet.columns:
        return []
    rows = write.sql(
        f"""
        select i.row_number from incoming i left join {kind.table} o on {join_sql(kind)}
        where o.recorded_at is null order by i.row_number
        """
    ).fetchall()
    return [Problem(n, csv_name(kind, column), f"a new {kind.noun} needs it") for (n,) in rows]


def _out_of_order(write: Write, kind: Kind, sheet: Sheet) -> list[Problem]:
    problems: list[Problem] = []
    for first, second in kind.order:
        strict, later = second.endswith("<"), second.rstrip("<")
        if first not in sheet.columns and later not in sheet.columns:
            continue
        a, b = _merged(sheet, first), _merged(sheet, later)
        rows = write.sql(
            f"""
            select i.row_number, ({a})::varchar, ({b})::varchar
            from incoming i left join {kind.table} o on {join_sql(kind)}
            where {b} {"<=" if strict else "<"} {a} order by i.row_number
            """
        ).fetchall()
        word = "must be later than" if strict else "is earlier than"
        problems.extend(
            Problem(n, csv_name(kind, later), f"{late} {word} {csv_name(kind, first)} {early}")
            for n, early, late in rows
        )
    return problems


def _merged(sheet: Sheet, column: str) -> str:
    return f"i.{column}" if column in sheet.columns else f"o.{column}"


def _in_closed_months(write: Write, kind: Kind, sheet: Sheet) -> list[Problem]:
    closed = closed_months(write.cursor)
    if not closed or not (kind.months or kind.span):
        return []
    changed = f"(o.recorded_at is null or {differs_sql(kind, sheet)})"
    problems: list[Problem] = []
    for month, (by, when) in sorted(closed.items()):
        touches = _span_touches(kind, sheet) if kind.span else _dates_touch(kind, sheet)
        rows = write.sql(
            f"""
            select i.row_number from incoming i left join {kind.table} o on {join_sql(kind)}
            where {changed} and ({touches}) order by i.row_number
            """,
            {"first": month.start, "after": month.end},
        ).fetchall()
        shown = csv_name(kind, kind.months[0] if kind.months else kind.key[0])
        problems.extend(Problem(n, shown, closed_message(month, by, when)) for (n,) in rows)
    return problems


def _dates_touch(kind: Kind, sheet: Sheet) -> str:
    """A row touches a closed month by a date there that is new or moves, or by a date that stays while a value changes.

    A bill of a closed month can so be paid in an open one: its own month stays as it was.
    """
    touched = [
        f"(({_new_value(kind, sheet, column)}) and {_falls(side, column)})"
        for column in kind.months
        for side in ("i", "o")
        if side == "o" or column in sheet.columns
    ]
    touched += [
        f"(i.{column} is distinct from o.{column} and ({_falls('i', column)} or {_falls('o', column)}))"
        for column in kind.months
        if column in sheet.columns
    ]
    return " or ".join(touched)


def _new_value(kind: Kind, sheet: Sheet, date_column: str) -> str:
    follows = dict(kind.follows)
    values = [
        c
        for c in sheet.columns
        if c not in (*kind.key, *kind.months, *kind.beside) and follows.get(c, date_column) == date_column
    ]
    return " or ".join(["o.recorded_at is null", *(f"i.{c} is distinct from o.{c}" for c in values)])


def _falls(side: str, column: str) -> str:
    return f"coalesce({side}.{column} >= $first and {side}.{column} < $after, false)"


def _span_touches(kind: Kind, sheet: Sheet) -> str:
    """A row that runs over months touches a closed one where its change takes effect by that month's end."""
    first, last = kind.span or ("", "")
    start = (
        f"least(coalesce({_merged(sheet, first)}, o.{first}), coalesce(o.{first}, {_merged(sheet, first)}))"
    )
    others = [c for c in sheet.columns if c not in kind.key and c != last]
    only_end = " and ".join(f"i.{c} is not distinct from o.{c}" for c in others) or "true"
    end_new, end_old = _merged(sheet, last), f"o.{last}"
    far = "date '9999-12-31'"
    earlier_end = f"least(coalesce({end_new}, {far}), coalesce({end_old}, {far}))"
    takes_effect = f"case when o.recorded_at is not null and {only_end} then {earlier_end} else {start} end"
    over = f"greatest(coalesce({end_new}, {far}), coalesce({end_old}, date '0001-01-01'))"
    return f"{takes_effect} < $after and {over} > $first"


def _apply(write: Write, kind: Kind, sheet: Sheet, problems: list[Problem], recorded_from: str) -> Loaded:
    columns = [c for c in sheet.columns if c not in kind.key]
    changed = (
        f"select o.* from {kind.table} o join incoming i on {join_sql(kind)} where {differs_sql(kind, sheet)}"
    )
    marks = {"at": write.now, "by": write.by, "from": recorded_from}
    kept = write.sql("select count(*) from incoming").fetchone()
    updated = _remember(write, kind, changed, "update", None, parameters={})
    if updated:
        sets = ", ".join(f"{c} = i.{c}" for c in columns)
        write.sql(
            f"""
            update {kind.table} as o
            set {sets}, recorded_at = $at, recorded_by = $by, recorded_from = $from
            from incoming i where {join_sql(kind)} and {differs_sql(kind, sheet)}
            """,
            marks,
        )
    listed = ", ".join(kind.names)
    added = write.sql(
        f"""
        insert into {kind.table} ({listed}, {", ".join(MARKS)})
        select {", ".join("i." + c for c in kind.names)}, $at, $by, $from
        from incoming i where not exists (select 1 from {kind.table} o where {join_sql(kind)})
        order by i.row_number
        """,
        marks,
    ).fetchone()
    new = int(added[0]) if added else 0
    if kind.name == "probes" and (new or updated):
        rollups.follow_load(write, updated)
    total = int(kept[0]) if kept else 0
    return Loaded(sheet.count, new, updated, total - new - updated, tuple(problems))


def differs_sql(kind: Kind, sheet: Sheet) -> str:
    """Whether an incoming row `i` says something else than the stored row `o`."""
    columns = [c for c in sheet.columns if c not in kind.key]
    return "(" + (" or ".join(f"i.{c} is distinct from o.{c}" for c in columns) or "false") + ")"


def join_sql(kind: Kind) -> str:
    """An incoming row `i` and a stored row `o` have one key."""
    return " and ".join(
        f"i.{k} = o.{k}" if kind.column(k).required else f"i.{k} is not distinct from o.{k}" for k in kind.key
    )


def key_where(kind: Kind) -> str:
    """The condition that finds a row by its key, each part a parameter of its column's name."""
    return " and ".join(
        f"{k} = ${k}" if kind.column(k).required else f"{k} is not distinct from ${k}" for k in kind.key
    )


def key_sql(kind: Kind, alias: str = "") -> str:
    """The key of a row as the text that `void` and the history use."""
    dot = f"{alias}." if alias else ""
    parts = [f"coalesce({_key_text(kind, k, dot)}, '')" for k in kind.key]
    return " || ',' || ".join(parts)


def _key_text(kind: Kind, column: str, dot: str) -> str:
    if kind.column(column).type == "instant":
        value = f"{dot}{column} at time zone 'UTC'"
        return (
            f"case when date_trunc('second', {value}) = {value} then strftime({value}, '%Y-%m-%dT%H:%M:%S+00:00') "
            f"else strftime({value}, '%Y-%m-%dT%H:%M:%S.%f+00:00') end"
        )
    if kind.column(column).type == "number":  # 5 is kept as 5.000000 and said as 5
        return f"rtrim(rtrim({dot}{column}::varchar, '0'), '.')"
    return f"{dot}{column}::varchar"


def _remember(
    write: Write, kind: Kind, rows: str, event: str, reason: str | None, *, parameters: dict[str, Any]
) -> int:
    fields = ", ".join(f"'{name}': h.{name}" for name in (*kind.names, *MARKS))
    done = write.sql(
        f"""
        insert into history (kind, row_key, row_json, event, reason, changed_at, changed_by, audit_id)
        select '{kind.name}', {key_sql(kind, "h")}, to_json({{{fields}}})::varchar,
               $event, $reason, $at, $by, $audit_id
        from ({rows}) h
        """,
        parameters
        | {"event": event, "reason": reason, "at": write.now, "by": write.by, "audit_id": write.audit_id},
    ).fetchone()
    return int(done[0]) if done else 0


def parse_key(kind: Kind, text: str) -> dict[str, Any]:
    """A key as it is typed, its parts apart by commas, as values by column; Refused where a part can't be one."""
    parts = next(csv.reader(io.StringIO(text)), [])
    if len(parts) != len(kind.key):
        raise WrongUsage(f"the key of {kind.name} is {','.join(kind.key)}; {text!r} has {len(parts)} part(s)")
    key: dict[str, Any] = {}
    for name, part in zip(kind.key, parts, strict=True):
        values, problems = read_column(kind.column(name), [part], csv_name(kind, name))
        if problems:
            raise Refused(f"{kind.name}: {problems[0].field}: {problems[0].reason}")
        key[name] = values[0]
    return key


def _refuse_named(write: Write, kind: Kind, key_text: str, key: dict[str, Any]) -> None:
    """A row that others name stays until they are voided."""
    for other in RECORDS.values():
        for column in other.columns:
            if column.refers != kind.name:
                continue
            found = write.sql(
                f"select count(*) from {other.table} where {column.name} = $key", {"key": key[kind.key[0]]}
            ).fetchone()
            if found and found[0]:
                archived = (
                    "set its status to churned instead, which keeps them, or "
                    if kind.name == "customers"
                    else ""
                )
                raise Refused(
                    f"{kind.name}: {kind.noun} {key_text!r} is named by {found[0]} of {other.name}; {archived}void those first"
                )
    if kind.name == "customers" and said_of(write, str(key["customer_id"])):
        raise Refused(
            f"customers: {key_text!r} has an onboarding on record; set its status to churned instead, which keeps it"
        )


MATCHED_AS = {"payments": "payment", "bills": "bill", "entries": "entry", "invoices": "invoice"}


def _refuse_matched(write: Write, kind: Kind, key_text: str) -> None:
    """A row that a bank line is matched with stays until that match is undone."""
    if kind.name not in MATCHED_AS:
        return
    found = write.sql(
        f"select count(*) from ({CONFIRMED}) where entry_kind = $kind and entry_id = $key",
        {"kind": MATCHED_AS[kind.name], "key": key_text},
    ).fetchone()
    if found and found[0]:
        raise Refused(
            f"{kind.name}: {kind.noun} {key_text!r} is matched with {counted(found[0], 'bank line')}; "
            "undo the match on the Reconcile page first"
        )


def _refuse_applied(write: Write, kind: Kind, key_text: str) -> None:
    """An invoice or a payment stays whose money was put on an invoice, or that a credit note takes back."""
    if kind.name not in {"invoices", "payments"}:
        return
    found = write.sql(
        f"""
        select count(*) from ({APPLIED})
        where source_id = $key or ($invoice and invoice_number = $key)
        """,
        {"key": key_text, "invoice": kind.name == "invoices"},
    ).fetchone()
    if found and found[0]:
        raise Refused(
            f"{kind.name}: money of or for {kind.noun} {key_text!r} was put on an invoice; take that back on the Invoices "
            "page first"
        )
    noted = write.sql(
        """
        select count(*) from credit_notes join invoices i using (invoice_number)
        where $invoice and credits = $key
        """,
        {"key": key_text, "invoice": kind.name == "invoices"},
    ).fetchone()
    if noted and noted[0]:
        raise Refused(f"{kind.name}: a credit note takes {kind.noun} {key_text!r} back; void that note first")


def _refuse_closed_rows(write: Write, kind: Kind, where: str, key: dict[str, Any]) -> None:
    closed = closed_months(write.cursor)
    if not closed:
        return
    if kind.months:
        row = write.sql(f"select {', '.join(kind.months)} from {kind.table} where {where}", key).fetchone()
        write.refuse_closed(day for day in row or () if day)
    if kind.span:
        row = write.sql(f"select {', '.join(kind.span)} from {kind.table} where {where}", key).fetchone()
        starts, ends = row or (None, None)
        write.refuse_closed(_closed_days(closed, starts, ends))


def _closed_days(closed: Iterable[Month], starts: date | None, ends: date | None) -> Iterable[date]:
    for month in closed:
        if starts and starts < month.end and (ends is None or ends > month.start):
            yield month.start


def _reported(detail: dict[str, Any]) -> Loaded:
    return Loaded(
        detail["read"],
        detail["added"],
        detail["updated"],
        detail["unchanged"],
        tuple(Problem(p["row"], p["field"], p["reason"]) for p in detail["rejected"]),
    )
