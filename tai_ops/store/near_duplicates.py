"""New rows of a statement that may repeat an earlier line which another export spelled otherwise."""

from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from tai_ops.store.connection import Write
from tai_ops.store.results import finished

NEAR_DAYS = 3
ALIKE_PCT = 60
PAIRS_AT_ONCE = 100_000


def near_duplicates(
    cursor: duckdb.DuckDBPyConnection, account: str, format_id: str
) -> dict[int, tuple[str, int]]:
    """New rows that may repeat an earlier line spelled anew: row number to (line, likeness in per cent).

    Only where no bank id tells (one has none, or the ids are of two formats), against earlier imports whose period
    overlaps: same amount, at most three days apart, payees alike, another key. Source: finance.md section 3, rule 4.
    """
    found = cursor.execute(
        """
        with overlapping as (
            select s.statement_id, s.format from statements s, (select min(booked_on) as a, max(booked_on) as b from incoming_lines) f
            where s.account = $account and s.period_start <= f.b and s.period_end >= f.a
        )
        select i.row_number, l.rowid as line
        from incoming_lines i join statement_lines l
          on l.amount = i.amount and l.booked_on between i.booked_on - $days and i.booked_on + $days
        join overlapping s on s.statement_id = l.statement_id
        where i.is_new and (i.bank_id is null or l.bank_id is null or s.format <> $format)
          and l.account = $account and l.row_key <> i.row_key
        order by i.row_number, abs(date_diff('day', l.booked_on, i.booked_on)), l.line_id
        """,
        {"account": account, "days": NEAR_DAYS, "format": format_id},
    ).to_arrow_table()
    if not found.num_rows:
        return {}
    from rapidfuzz.fuzz import token_set_ratio

    spelled: dict[str, str] = {}
    coming = _texts(cursor, "incoming_lines", "row_number", found["row_number"], spelled)
    there = _texts(cursor, "statement_lines", "rowid", found["line"], spelled)
    near: dict[int, tuple[int, int]] = {}
    for batch in found.to_batches(PAIRS_AT_ONCE):
        for row, line in zip(batch["row_number"].to_pylist(), batch["line"].to_pylist(), strict=True):
            if row in near:
                continue
            likeness = token_set_ratio(coming[row], there[line], score_cutoff=ALIKE_PCT)
            if likeness:
                near[row] = line, int(likeness + 0.5)
    ids = _line_ids(cursor, (line for line, _ in near.values()))
    return {row: (ids[line], alike_pct) for row, (line, alike_pct) in near.items()}


def _texts(
    cursor: duckdb.DuckDBPyConnection, table: str, number: str, wanted: Any, spelled: dict[str, str]
) -> dict[int, str]:
    """What the wanted rows of a table say of their payee, by their number; each text is spelled once."""
    from tai_ops.payee import spelling

    finished(cursor).register("wanted_rows", pa.table({"number": wanted}))
    try:
        rows = cursor.execute(
            f"""
            select t.{number}, concat_ws(' ', t.payee, t.description)
            from {table} t where t.{number} in (select number from wanted_rows)
            """
        ).fetchall()
    finally:
        finished(cursor).unregister("wanted_rows")
    for _, text in rows:
        if text not in spelled:
            spelled[text] = spelling(text)
    return {row: spelled[text] for row, text in rows}


def _line_ids(cursor: duckdb.DuckDBPyConnection, lines: Iterable[int]) -> dict[int, str]:
    rows = cursor.execute(
        "select l.rowid, l.line_id from statement_lines l where l.rowid in (select unnest($lines))",
        {"lines": list(lines)},
    ).fetchall()
    return dict(rows)


def keep_near(write: Write, statement_id: str, near: dict[int, tuple[str, int]]) -> None:
    """Flag new lines of an import as possible duplicates: row number to (earlier line, likeness in per cent)."""
    if not near:
        return
    flagged = pa.table(
        {
            "line_id": [f"{statement_id}-{row}" for row in near],
            "other_line_id": [other for other, _ in near.values()],
            "similarity": [alike for _, alike in near.values()],
        }
    )
    finished(write.cursor).register("flagged_lines", flagged)
    try:
        write.sql(
            """
            insert into possible_duplicates (line_id, other_line_id, similarity, found_at)
            select line_id, other_line_id, similarity, $at from flagged_lines
            """,
            {"at": write.now},
        )
    finally:
        finished(write.cursor).unregister("flagged_lines")
