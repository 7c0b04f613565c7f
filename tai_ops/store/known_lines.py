"""Which rows of a file its account has already, and which of the new ones may not come in any more.

A row is known by its key and how often that key stands in its file. Where rows show the balance after them, that
tells equal rows apart as well: of two files cut in the middle of a day, each may hold one of two equal purchases.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from tai_ops.store.connection import closed_message, closed_months
from tai_ops.store.locks import locked_through
from tai_ops.store.results import finished

_KNOWN = """
    select row_key, occurrence, balance, booked_on, amount from statement_lines where account = $account
    union all
    select r.row_key, r.occurrence, null, null, null
    from duplicate_decisions d
    join possible_duplicates p on p.line_id = d.line_id
    join statement_lines o on o.line_id = p.other_line_id and o.account = $account
    join statement_rows r on r.statement_id || '-' || r.row_number = d.line_id
    where d.decision = 'join'
"""


class LeftOut(NamedTuple):
    """A new row that stays out: its number in the file, and why."""

    row: int
    reason: str


def marked(cursor: duckdb.DuckDBPyConnection, table: Any, account: str, *, balances_tie: bool) -> Any:
    """The file's rows as Arrow, with `is_new` and with the occurrence that each has in the account.

    `balances_tie` says that the file's balances follow from its amounts; others prove nothing.
    """
    finished(cursor).register("file_rows", table.select(["row_number", "row_key", "occurrence"]))
    try:
        found = cursor.execute(
            f"select f.row_number from file_rows f join ({_KNOWN}) l using (row_key, occurrence)",
            {"account": account},
        ).to_arrow_table()
    finally:
        finished(cursor).unregister("file_rows")
    known = set(found["row_number"].to_pylist())
    is_new = [row not in known for row in table["row_number"].to_pylist()]
    if balances_tie and known and table["balance"].null_count < table.num_rows:
        moved = _by_balance(cursor, table, account, is_new)
        if moved:
            numbers = table["occurrence"].to_pylist()
            for place, (new, occurrence) in moved.items():
                is_new[place], numbers[place] = new, occurrence
            table = table.set_column(
                table.schema.get_field_index("occurrence"), "occurrence", pa.array(numbers, pa.int64())
            )
    return table.append_column("is_new", pa.array(is_new, pa.bool_()))


class _Row(NamedTuple):
    """A row with what tells it: its place in the file or its occurrence in the account, and its balance."""

    key: str
    number: int
    day: date | None
    amount: Decimal | None
    balance: Decimal | None


def _by_balance(
    cursor: duckdb.DuckDBPyConnection, table: Any, account: str, is_new: Any
) -> dict[int, tuple[bool, int]]:
    """For rows whose key is known with another balance: whether they are new after all, and their occurrence."""
    finished(cursor).register(
        "file_rows", table.select(["row_number", "row_key", "occurrence", "balance", "bank_id"])
    )
    try:
        disputed = cursor.execute(
            """
            select distinct f.row_key from file_rows f join statement_lines l using (row_key, occurrence)
            where l.account = $account and f.balance <> l.balance and f.bank_id is null
            order by f.row_key
            """,
            {"account": account},
        ).fetchall()
    finally:
        finished(cursor).unregister("file_rows")
    if not disputed:
        return {}
    keys = {key for (key,) in disputed}
    coming = [
        _Row(*row)
        for row in zip(
            table["row_key"].to_pylist(),
            range(table.num_rows),
            table["booked_on"].to_pylist(),
            table["amount"].to_pylist(),
            table["balance"].to_pylist(),
            strict=True,
        )
    ]
    days = {row.day for row in coming if row.key in keys and row.day}
    there = [
        _Row(key, number, day, amount, balance)
        for key, number, balance, day, amount in cursor.execute(
            f"""
            select row_key, occurrence, balance, booked_on, amount from ({_KNOWN})
            where row_key in (select unnest($keys)) or booked_on in (select unnest($days))
            order by row_key, occurrence
            """,
            {"account": account, "keys": sorted(keys), "days": sorted(days)},
        ).fetchall()
    ]
    anew = _days_told_anew(coming, there, days, is_new)
    settled: dict[int, tuple[bool, int]] = {}
    known = _by_key(there)
    for key, mine in _by_key(row for row in coming if row.key in keys).items():
        shift = next((anew[row.day] for row in mine if row.day in anew), None)
        settled |= _paired(mine, known.get(key, ()), shift)
    return settled


def _by_key(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found


def _paired(
    coming: Sequence[_Row], there: Sequence[_Row], shift: Decimal | None
) -> dict[int, tuple[bool, int]]:
    """Equal rows told apart by their balances; one without a balance may be any that is left.

    `shift` is by how much the balances moved where the file tells the whole day once more: then every row that is there
    is one of the file's, whatever its balance.
    """
    left = list(there)
    settled: dict[int, tuple[bool, int]] = {}
    moved = shift or Decimal(0)
    rules = [partial(_same_balance, moved=moved), _one_is_blank, *([] if shift is None else [_any])]
    for by in rules:
        for row in coming:
            twin = None if row.number in settled else next((other for other in left if by(row, other)), None)
            if twin:
                left.remove(twin)
                settled[row.number] = False, twin.number
    fresh = max((row.number for row in there), default=0)
    for row in coming:
        if row.number not in settled:
            fresh += 1
            settled[row.number] = True, fresh
    return settled


def _same_balance(row: _Row, other: _Row, *, moved: Decimal) -> bool:
    return row.balance is not None and other.balance is not None and row.balance - moved == other.balance


def _one_is_blank(row: _Row, other: _Row) -> bool:
    return row.balance is None or other.balance is None


def _any(*_: _Row) -> bool:
    return True


def _days_told_anew(
    coming: Sequence[_Row], there: Sequence[_Row], days: set[date], is_new: Any
) -> dict[date | None, Decimal]:
    """The days that the file tells as a whole once more, and by how much their balances moved.

    All rows of such a day are there again, and the day begins with the balance that it began with, or with one moved
    by what the file has before it that was not known, or by the same sum on several days.
    """
    file_days: dict[date, list[_Row]] = defaultdict(list)
    for row in coming:
        if row.day and row.day in days:
            file_days[row.day].append(row)
    known_days: dict[date, list[_Row]] = defaultdict(list)
    for row in there:
        if row.day and row.day in days:
            known_days[row.day].append(row)
    shifts: dict[date, Decimal] = {}
    for day in days:
        if not Counter(map(_told, known_days[day])) - Counter(map(_told, file_days[day])):
            continue  # every row of the day is there with its own balance: nothing moved
        whole = not Counter(r.key for r in known_days[day]) - Counter(r.key for r in file_days[day])
        first, now = _opening(known_days[day]), _opening(file_days[day])
        if whole and first is not None and now is not None:
            shifts[day] = now - first
    often = {shift for shift, count in Counter(shifts.values()).items() if count > 1}
    known_keys = {row.key for row in coming if not is_new[row.number]}
    unknown = [row for row in coming if row.key not in known_keys]
    return {
        day: shift
        for day, shift in shifts.items()
        if not shift
        or shift in often
        or shift == sum((row.amount or 0 for row in unknown if row.day and row.day < day), Decimal(0))
    }


def _told(row: _Row) -> tuple[str, Decimal | None]:
    return row.key, row.balance


def _opening(rows: Sequence[_Row]) -> Decimal | None:
    """The balance before the first of a day's rows, in whichever order they stand; None where they form no chain."""
    pairs = [(row.balance, row.amount) for row in rows if row.balance is not None and row.amount is not None]
    if len(pairs) < len(rows):
        return None
    after = Counter(balance for balance, _ in pairs)
    before = Counter(balance - amount for balance, amount in pairs)
    first = list((before - after).elements())
    return first[0] if len(first) == 1 else None


def shut_out(cursor: duckdb.DuckDBPyConnection, table: Any, account: str) -> list[LeftOut]:
    """The new rows that fall into a closed month or a reconciled and locked period, with why they stay out."""
    months = closed_months(cursor)
    locked = locked_through(cursor, account)
    if not months and not locked:
        return []
    out: list[LeftOut] = []
    spans = [(month.start, month.end, closed_message(month, *said)) for month, said in sorted(months.items())]
    rows = zip(
        table["is_new"].to_pylist(),
        table["row_number"].to_pylist(),
        table["booked_on"].to_pylist(),
        strict=True,
    )
    for is_new, number, day in rows:
        if not is_new:
            continue
        why = next((said for first, after, said in spans if first <= day < after), None)
        if why is None and locked and day <= locked[0]:
            why = (
                f"account {account} is reconciled and locked through {locked[0]} (by {locked[1]}); "
                "unlock it with a reason first"
            )
        if why:
            out.append(LeftOut(number, f"falls on {day}, and {why}"))
    return out
