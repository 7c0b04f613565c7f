"""What a person said of a bank line without a counterpart: interest, a fee, a returned item, the bank's own error.

Of a booking that no bank line covers a person may say that it is an error of the books.
"""

from datetime import date, datetime
from typing import cast, get_args

import duckdb

from tai_ops.errors import Refused, WrongUsage
from tai_ops.reconciliation import ItemNature
from tai_ops.rights import Actor
from tai_ops.store.connection import Store, Write
from tai_ops.store.ledger import BOOKED
from tai_ops.store.locks import refuse_locked

SAID = """
    select line_id, nature from line_natures
    qualify row_number() over (partition by line_id order by noted_at desc) = 1
"""
"""What was said last of each line."""
ERRED = f"select line_id from ({SAID}) where nature = 'error'"
"""The lines that are the bank's own errors: the bank puts them right, and nothing in the books settles them."""
NATURES: tuple[ItemNature, ...] = get_args(ItemNature)


def natures(cursor: duckdb.DuckDBPyConnection, account: str) -> dict[str, ItemNature]:
    """What was said last of each line of the account, and of each of its bookings by its `book_key`."""
    rows = cursor.execute(
        f"""
        select line_id, nature from ({SAID}) left join statement_lines using (line_id)
        where account = $account or starts_with(line_id, $account || '/') order by line_id
        """,
        {"account": account},
    ).fetchall()
    return {line: cast("ItemNature", nature) for line, nature in rows}


def book_key(account: str, item_id: str) -> str:
    """How what was said of a booking is kept: by its account and what it is."""
    return f"{account}/{item_id}"


def say_nature(
    store: Store, actor: Actor, line_id: str, nature: str, *, now: datetime, note: str = ""
) -> ItemNature:
    """Keep what a bank line, or a booking by its `book_key`, is; refused where it is gone, reconciled, or in a closed month.

    An error needs a note; a booking is an error or nothing of the kind.
    """
    if nature not in NATURES:
        raise WrongUsage(f"{nature!r} is no nature of a bank line; those are {', '.join(NATURES)}")
    if nature == "error" and not note.strip():
        raise Refused("say what is wrong, so that it can be followed up")
    with store.write(
        actor, "money", "say what a line is", now=now, subject=("statement_lines", line_id)
    ) as write:
        row = write.sql(
            "select booked_on, account from statement_lines where line_id = $id", {"id": line_id}
        ).fetchone()
        if row is None:
            row = _booking(write, line_id)
            if nature not in {"plain", "error"}:
                raise Refused(
                    "a booking is an error or none; interest, fees and returned items are bank lines"
                )
        write.refuse_closed([row[0]])
        refuse_locked(write.cursor, row[1], row[0])
        write.sql(
            """
            insert into line_natures (line_id, nature, note, noted_at, noted_by)
            values ($line, $nature, $note, $at, $by)
            """,
            {
                "line": line_id,
                "nature": nature,
                "note": note.strip() or None,
                "at": write.now,
                "by": write.by,
            },
        )
        write.detail = {"nature": nature}
    return nature


def _booking(write: Write, key: str) -> tuple[date, str]:
    row = write.sql(
        f"""
        select min(booked_on), account from ({BOOKED})
        where account || '/' || entry_kind || ' ' || entry_id = $key group by account
        """,
        {"key": key},
    ).fetchone()
    if row is None:
        raise Refused("this line is not there (any more); reload the page")
    return row[0], row[1]
