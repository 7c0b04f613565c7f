"""Bringing bank statements into the store: preview, import, undo, the layout that an account keeps.

A line is known by its row key and how often that key stands in its file, per account (finance.md section 3); the
same file, or an overlapping later one, adds only what is new, and no real row is lost.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from tai_ops.errors import Refused
from tai_ops.money import ZERO, money_text
from tai_ops.period import Month
from tai_ops.rights import Actor
from tai_ops.statements import AccountInFile, Layout, Statement, read_statement, warnings_of
from tai_ops.statements.amounts import Mark
from tai_ops.statements.dates import Order
from tai_ops.statements.keys import CELL_BREAK
from tai_ops.statements.layout import Positive
from tai_ops.statements.statement import Columns, Packed, PackedRows
from tai_ops.store.connection import Store, Write, closed_months, new_id
from tai_ops.store.held_rows import keep_rows, rehome
from tai_ops.store.kept_files import keep_file
from tai_ops.store.known_lines import LeftOut, marked, shut_out
from tai_ops.store.locks import refuse_locked
from tai_ops.store.near_duplicates import keep_near, near_duplicates
from tai_ops.store.refusals import noted
from tai_ops.store.results import finished
from tai_ops.store.statement_account import chosen_account, currency_of, refuse_another, refuse_unsure
from tai_ops.words import counted

_STORED = {"row": "row_number", "date": "booked_on"}
ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Fate:
    """What an import does with one row of the file: new, duplicate, possible duplicate, closed or rejected, and why."""

    line: int
    state: str
    booked_on: date | None
    amount: Decimal | None
    payee: str | None
    description: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do; `rows` is filled for a preview.

    `left_out` are lines of closed months and locked periods: the rest of their file comes in without them.
    """

    statement_id: str | None
    format: str
    read: int
    added: int
    duplicates: int
    possible_duplicates: int
    rejected: tuple[tuple[int, str], ...]
    net_total: Decimal
    warnings: tuple[str, ...] = ()
    same_as: str | None = None
    rows: tuple[Fate, ...] = field(default=())
    left_out: tuple[LeftOut, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer of `statement import`."""
        return {
            "statement_id": self.statement_id,
            "format": self.format,
            "read": self.read,
            "added": self.added,
            "duplicates": self.duplicates,
            "possible_duplicates": self.possible_duplicates,
            "rejected": [
                {"line": line, "reason": reason} for line, reason in sorted((*self.rejected, *self.left_out))
            ],
            "net_total": money_text(self.net_total),
        }


def read_for_account(
    store: Store,
    data: bytes,
    name: str,
    account: str,
    *,
    format: str | None = None,  # noqa: A002 - the option's own name
    date_order: Order | None = None,
    positive: Positive | None = None,
    decimal: Mark | None = None,
    encoding: str | None = None,
    layout: Layout | None = None,
) -> Statement:
    """The statement as this account reads it: with the given layout, else the account's own where it fits."""
    kept = [layout] if layout else saved_layouts(store, account)
    kind = store.row("select kind from accounts where account = $account", {"account": account})
    return read_statement(
        data,
        name=name,
        format=format,
        layout=kept[0] if kept else None,
        older=kept[1:],
        date_order=date_order,
        positive=positive,
        decimal=decimal,
        encoding=encoding,
        card=kind == ("card",),
    )


def saved_layout(store: Store, account: str) -> Layout | None:
    """The layout that the account keeps of its newest kind of file; None before its first import."""
    return next(iter(saved_layouts(store, account)), None)


def saved_layouts(store: Store, account: str) -> list[Layout]:
    """The layouts that the account keeps, one for each kind of file that it had, the newest first."""
    rows = store.rows(
        "select layout_json from account_layouts where account = $account order by confirmed_at desc limit 50",
        {"account": account},
    )
    kept: dict[tuple[str, str], Layout] = {}
    for (text,) in rows:
        layout = Layout.from_json(text)
        kept.setdefault((layout.format, layout.fingerprint), layout)
    return list(kept.values())


@noted("statements")
def import_statement(
    store: Store,
    actor: Actor,
    data: bytes,
    name: str,
    account: str,
    *,
    now: datetime,
    format: str | None = None,  # noqa: A002 - the option's own name
    date_order: Order | None = None,
    positive: Positive | None = None,
    decimal: Mark | None = None,
    encoding: str | None = None,
    account_in_file: str | None = None,
    layout: Layout | None = None,
    skip_bad: bool = False,
    dry_run: bool = False,
    with_rows: bool = False,
    request_key: str | None = None,
) -> Imported:
    """Add a statement's new lines to the account, all in one transaction; `dry_run` says the same and writes nothing.

    Raises UnreadableFile where the file is no statement or fits two readings, Refused where a row is bad (unless
    `skip_bad`), the account or its currency is another, or every new line falls into a closed or reconciled period.
    """
    currency = currency_of(store, account)
    statement = read_for_account(
        store,
        data,
        name,
        account,
        format=format,
        date_order=date_order,
        positive=positive,
        decimal=decimal,
        encoding=encoding,
        layout=layout,
    )
    refuse_unsure(name, statement, confirmed=layout is not None)
    chosen = chosen_account(name, statement, account_in_file, currency)
    in_file = chosen.account if chosen else statement.account
    written_in = chosen.currency if chosen else statement.currency
    refuse_another(store, name, in_file, written_in, account, currency, given=account_in_file is not None)
    if statement.rejected and not (skip_bad or dry_run):
        first, count = statement.rejected[0], len(statement.rejected)
        more = f" ({count} bad rows in all)" if count > 1 else ""
        raise Refused(
            f"{name}: line {first.line}: {first.reason}{more}; nothing was imported, --skip-bad leaves bad rows out"
        )
    file_hash = hashlib.sha256(data).hexdigest()
    lines = [statement.columns]
    several = len(statement.accounts) > 1
    statement = replace(statement, columns=Columns())  # a large file need not stand in memory twice
    rows_in_file = _rows_of(lines, chosen if several else None)
    try:
        with store.write(
            actor,
            "money",
            "import statement",
            now=now,
            subject=("accounts", account),
            request_key=request_key,
            checkpoint=not dry_run,
        ) as write:
            if write.repeated is not None:
                return _again(write.repeated)
            target = _Target(account, name, file_hash, in_file, currency, chosen)
            result = _import(write, statement, rows_in_file, target, data, with_rows=with_rows)
            write.detail = result.as_json() | {"file": name, "file_hash": file_hash}
            if dry_run:
                raise _OnlyTried(replace(result, statement_id=result.same_as))
            return result
    except _OnlyTried as tried:
        return tried.result


class _OnlyTried(Exception):
    """Takes the transaction of a preview back."""

    def __init__(self, result: Imported) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True, slots=True)
class _Target:
    account: str
    name: str
    file_hash: str
    account_in_file: str | None
    currency: str
    chosen: AccountInFile | None


def undo_import(store: Store, actor: Actor, statement_id: str, *, now: datetime) -> dict[str, Any]:
    """Take an import out again; lines that a later import holds too stay, as that one's.

    Raises Refused where there is no such import, it was undone before, or one of its lines is matched, reconciled
    or in a closed month.
    """
    with store.write(
        actor, "money", "undo import", now=now, subject=("statements", statement_id), checkpoint=True
    ) as write:
        found = write.sql(
            "select account, file_name from statements where statement_id = $id", {"id": statement_id}
        ).fetchone()
        if not found:
            raise Refused(f"there is no import {statement_id!r}; the Imports page lists them")
        undone = write.sql(
            "select undone_by, undone_at from statement_undos where statement_id = $id", {"id": statement_id}
        ).fetchone()
        if undone:
            raise Refused(f"import {statement_id} was undone by {undone[0]} on {undone[1]:%Y-%m-%d} already")
        _refuse_settled(write, statement_id, found[0])
        kept = rehome(write, statement_id, found[0])
        removed = write.sql(
            "delete from statement_lines where statement_id = $id", {"id": statement_id}
        ).fetchone()
        write.sql(
            """
            delete from possible_duplicates
            where line_id like $id || '-%' and line_id not in (select line_id from statement_lines)
            """,
            {"id": statement_id},
        )
        _drop_balances(write, statement_id)
        write.sql(
            "insert into statement_undos (statement_id, undone_at, undone_by) values ($id, $at, $by)",
            {"id": statement_id, "at": write.now, "by": write.by},
        )
        count = int(removed[0]) if removed else 0
        write.detail = {"statement_id": statement_id, "file": found[1], "removed": count, "kept": kept}
        return {"statement_id": statement_id, "account": found[0], "removed": count, "kept": kept}


def _import(
    write: Write, statement: Statement, rows_in_file: Any, target: _Target, data: bytes, *, with_rows: bool
) -> Imported:
    statement_id = new_id()
    same = write.sql(
        """
        select statement_id from statements s
        where account = $account and file_hash = $hash and account_in_file is not distinct from $in_file
          and not exists (select 1 from statement_undos u where u.statement_id = s.statement_id)
        order by imported_at limit 1
        """,
        {"account": target.account, "hash": target.file_hash, "in_file": target.account_in_file},
    ).fetchone()
    ties = target.chosen.balance_ties if target.chosen else statement.balance_ties
    left_out = _stage(write.cursor, rows_in_file, target, balances_tie=ties is True)
    try:
        counts = write.sql(
            """
            select count(*), count(*) filter (is_new), coalesce(sum(amount) filter (is_new), 0)::decimal(18, 2)
            from incoming_lines
            """
        ).fetchone()
        read, added, net_total = counts or (0, 0, ZERO)
        near = {} if not added else near_duplicates(write.cursor, target.account, statement.format)
        rows = _fates(write.cursor, statement, near, left_out) if with_rows else ()
        if left_out and not added and not same:
            first = left_out[0]
            more = f" ({len(left_out)} such lines)" if len(left_out) > 1 else ""
            raise Refused(f"{target.name}: line {first.row} {first.reason}{more}; nothing was imported")
        rejected = tuple((r.line, r.reason) for r in statement.rejected)
        if added or not same:
            counts = read, added, read - added - len(left_out), net_total
            _keep(write, statement, target, statement_id, data, counts, near)
        else:
            statement_id = same[0]
        return Imported(
            statement_id,
            statement.format,
            read,
            added,
            read - added - len(left_out),
            len(near),
            rejected,
            net_total,
            _said_of(left_out, (*_far_ahead(statement, write.now), *warnings_of(statement, target.chosen))),
            same[0] if same else None,
            rows,
            tuple(left_out),
        )
    finally:
        finished(write.cursor).unregister("incoming_lines")


def _said_of(left_out: list[LeftOut], warnings: tuple[str, ...]) -> tuple[str, ...]:
    """The warnings, with what stayed out in front of them."""
    if not left_out:
        return warnings
    first, count = left_out[0], len(left_out)
    more = f"; {count} such lines in all" if count > 1 else ""
    return f"line {first.row} stayed out: it {first.reason}{more}", *warnings


def _far_ahead(statement: Statement, now: datetime) -> tuple[str, ...]:
    """What to say of lines that lie more than a year ahead: a mistyped year, most likely."""
    last = statement.period[1] if statement.period else None
    if last is None or last <= now.date() + timedelta(days=366):
        return ()
    return (f"its lines go as far as {last}, more than a year ahead; check the dates before they count",)


def _rows_of(lines: list[Columns], chosen: AccountInFile | None) -> Any:
    """The lines, taken out of the list, as an Arrow table; those of the chosen account where there are several.

    Each column is let go once it is copied: of a large file the two never stand in memory as a whole.
    """
    columns = lines.pop()
    left: dict[str, Sequence[Any]] = {each.name: getattr(columns, each.name) for each in fields(columns)}
    del columns
    texts, money = pa.string(), pa.decimal128(18, 2)
    raw = left.pop("raw")
    made: dict[str, Any] = {"raw": _joined(raw)}
    del raw
    kinds = {
        "row": pa.int64(),
        "date": pa.date32(),
        "amount": money,
        "balance": money,
        "occurrence": pa.int64(),
    }
    for name in list(left):
        column = left.pop(name)
        made[name] = column.array if isinstance(column, Packed) else pa.array(column, kinds.get(name, texts))
    table = pa.table({_STORED.get(name, name): made[name] for name in made if name != "account"})
    if chosen is None:
        return table
    owners = zip(made["account"].to_pylist(), made["currency"].to_pylist(), strict=True)
    return table.filter(
        pa.array([owner == (chosen.account, chosen.currency) for owner in owners], pa.bool_())
    )


def _joined(raw: Sequence[Sequence[str]]) -> Any:
    """Each row's cells as one text."""
    if isinstance(raw, PackedRows):
        return raw.joined.array
    pieces = [
        pa.array([CELL_BREAK.join(cells) for cells in raw[n : n + ROWS_AT_ONCE]], pa.string())
        for n in range(0, len(raw), ROWS_AT_ONCE)
    ]
    return pa.chunked_array(pieces, pa.string())


def _stage(
    cursor: duckdb.DuckDBPyConnection, table: Any, target: _Target, *, balances_tie: bool
) -> list[LeftOut]:
    """The file's rows as `incoming_lines`, each marked whether the account lacks it; those that stay out.

    They stay in Arrow's memory and are read from there: a copy in the engine's would cost as much again.
    """
    table = marked(cursor, table, target.account, balances_tie=balances_tie)
    left_out = shut_out(cursor, table, target.account)
    if left_out:
        staying = {one.row for one in left_out}
        place = table.schema.get_field_index("is_new")
        rows = zip(table["row_number"].to_pylist(), table["is_new"].to_pylist(), strict=True)
        is_new = pa.array([new and number not in staying for number, new in rows], pa.bool_())
        table = table.set_column(place, "is_new", is_new)
    finished(cursor).register("incoming_lines", table)
    return left_out


def _fates(
    cursor: duckdb.DuckDBPyConnection,
    statement: Statement,
    near: dict[int, tuple[str, int]],
    left_out: list[LeftOut],
) -> tuple[Fate, ...]:
    rows = cursor.execute(
        "select row_number, is_new, booked_on, amount, payee, description from incoming_lines order by row_number"
    ).fetchall()
    closed = dict(left_out)
    fates = [
        Fate(
            row,
            "closed"
            if row in closed
            else "possible duplicate"
            if row in near
            else "new"
            if is_new
            else "duplicate",
            booked_on,
            amount,
            payee,
            description,
            f"{near[row][1]} % like an earlier line of the same amount" if row in near else closed.get(row),
        )
        for row, is_new, booked_on, amount, payee, description in rows
    ]
    fates += [Fate(r.line, "rejected", None, None, None, None, r.reason) for r in statement.rejected]
    return tuple(sorted(fates, key=lambda fate: fate.line))


def _keep(
    write: Write,
    statement: Statement,
    target: _Target,
    statement_id: str,
    data: bytes,
    counts: tuple[int, int, int, Decimal],
    near: dict[int, tuple[str, int]],
) -> None:
    read, added, duplicates, net_total = counts
    keep_file(write, target.name, data)
    period = write.sql("select min(booked_on), max(booked_on) from incoming_lines").fetchone() or (None, None)
    own = target.chosen
    opening = own.opening_balance if own else statement.opening_balance
    closing = own.closing_balance if own else statement.closing_balance
    layout_json = statement.layout.as_json()
    write.sql(
        """
        insert into statements (statement_id, account, format, layout_json, file_hash, file_name, account_in_file,
            currency, period_start, period_end, opening_balance, closing_balance, read_count, added_count,
            duplicate_count, net_total, warnings_json, imported_at, imported_by)
        values ($id, $account, $format, $layout, $hash, $name, $in_file, $currency, $first, $last, $opening, $closing,
            $read, $added, $duplicates, $net, $warnings, $at, $by)
        """,
        {
            "id": statement_id,
            "account": target.account,
            "format": statement.format,
            "layout": layout_json,
            "hash": target.file_hash,
            "name": target.name,
            "in_file": target.account_in_file,
            "currency": target.currency,
            "first": period[0],
            "last": period[1],
            "opening": opening,
            "closing": closing,
            "read": read,
            "added": added,
            "duplicates": duplicates,
            "net": net_total,
            "warnings": json.dumps(list(statement.warnings), ensure_ascii=False),
            "at": write.now,
            "by": write.by,
        },
    )
    keep_rows(write, statement_id, target.account)
    write.sql(
        """
        insert into statement_lines (line_id, statement_id, account, row_number, booked_on, amount, currency, payee,
            description, reference, bank_id, balance, row_key, occurrence)
        select $id || '-' || row_number, $id, $account, row_number, booked_on, amount, coalesce(currency, $currency),
            payee, description, reference, bank_id, balance, row_key, occurrence
        from incoming_lines where is_new
        """,
        {"id": statement_id, "account": target.account, "currency": target.currency},
    )
    keep_near(write, statement_id, near)
    _keep_balances(write, target, statement_id, period, (opening, closing))
    _keep_layout(write, target.account, layout_json)


def _keep_balances(
    write: Write,
    target: _Target,
    statement_id: str,
    period: tuple[date | None, date | None],
    balances: tuple[Decimal | None, Decimal | None],
) -> None:
    if period[0] is None or period[1] is None:
        return
    closed = closed_months(write.cursor)
    for day, amount in zip((period[0] - timedelta(days=1), period[1]), balances, strict=True):
        if amount is not None and Month.of(day) not in closed:
            state_balance(write, target.account, day, amount, "imported", statement_id)


def _drop_balances(write: Write, statement_id: str) -> None:
    """Take out what the undone import said that the account held; what a closed month rests on stays."""
    closed = closed_months(write.cursor)
    days = write.sql(
        "select distinct stated_on from statement_balances where statement_id = $id order by stated_on",
        {"id": statement_id},
    ).fetchall()
    write.sql(
        "delete from statement_balances where statement_id = $id and stated_on in (select unnest($days::date[]))",
        {"id": statement_id, "days": [day for (day,) in days if Month.of(day) not in closed]},
    )


def state_balance(
    write: Write, account: str, day: date, amount: Decimal, source: str, statement_id: str | None = None
) -> None:
    """Record what the bank says that the account holds at the end of a day."""
    write.sql(
        """
        insert into statement_balances (account, stated_on, amount, source, statement_id, stated_at, stated_by)
        values ($account, $day, $amount, $source, $statement, $at, $by)
        """,
        {
            "account": account,
            "day": day,
            "amount": amount,
            "source": source,
            "statement": statement_id,
            "at": write.now,
            "by": write.by,
        },
    )


def _keep_layout(write: Write, account: str, layout_json: str) -> None:
    newest = write.sql(
        "select layout_json from account_layouts where account = $account order by confirmed_at desc limit 1",
        {"account": account},
    ).fetchone()
    if newest and newest[0] == layout_json:
        return
    write.sql(
        """
        insert into account_layouts (account, layout_json, confirmed_at, confirmed_by)
        values ($account, $layout, $at, $by)
        """,
        {"account": account, "layout": layout_json, "at": write.now, "by": write.by},
    )


def _refuse_settled(write: Write, statement_id: str, account: str) -> None:
    from tai_ops.store.ledger import CONFIRMED

    matched = write.sql(
        f"""
        select count(distinct l.line_id) from statement_lines l join ({CONFIRMED}) m using (line_id)
        where l.statement_id = $id
        """,
        {"id": statement_id},
    ).fetchone()
    if matched and matched[0]:
        one = matched[0] == 1
        raise Refused(
            f"{counted(matched[0], 'line')} of this import {'is' if one else 'are'} reconciled; "
            f"undo {'its match' if one else 'their matches'} first"
        )
    days = write.sql(
        "select distinct booked_on from statement_lines where statement_id = $id order by booked_on",
        {"id": statement_id},
    ).fetchall()
    write.refuse_closed(day for (day,) in days)
    for (day,) in days[:1]:
        refuse_locked(write.cursor, account, day)


def _again(detail: dict[str, Any]) -> Imported:
    return Imported(
        detail["statement_id"],
        detail["format"],
        detail["read"],
        detail["added"],
        detail["duplicates"],
        detail["possible_duplicates"],
        tuple((r["line"], r["reason"]) for r in detail["rejected"]),
        Decimal(detail["net_total"]),
    )


def account_of(store: Store, account_in_file: str) -> str | None:
    """The one account that earlier files of that bank account went to; None where there is none, or several."""
    rows = store.rows(
        """
        select distinct s.account from statements s
        where s.account_in_file = $name
          and not exists (select 1 from statement_undos u where u.statement_id = s.statement_id)
        order by s.account
        """,
        {"name": account_in_file},
    )
    return str(rows[0][0]) if len(rows) == 1 else None


def imports(store: Store, account: str | None = None) -> list[dict[str, Any]]:
    """Every import, newest first: account, file, period, counts, who and when, and whether it was undone."""
    rows = store.rows(
        """
        select s.statement_id, s.account, s.format, s.file_name, s.period_start, s.period_end, s.opening_balance,
               s.closing_balance, s.read_count, s.added_count, s.duplicate_count, s.net_total, s.imported_at,
               s.imported_by, u.undone_at, u.undone_by
        from statements s left join statement_undos u using (statement_id)
        where $account is null or s.account = $account
        order by s.imported_at desc, s.statement_id desc
        """,
        {"account": account},
    )
    names = (
        "statement_id account format file_name period_start period_end opening_balance closing_balance read added "
        "duplicates net_total imported_at imported_by undone_at undone_by"
    ).split()
    return [dict(zip(names, row, strict=True)) for row in rows]
