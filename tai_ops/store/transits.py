"""Own transfers as the store knows them: booked ones with the bank lines of both sides, and lines matched with each other."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from tai_ops.cash import Account, Balance, OnTheWay
from tai_ops.transit import (
    ARRIVES_WITHIN,
    TRANSFER_WORDS,
    Leg,
    OpenLine,
    OwnTransfers,
    Transfer,
    loose,
    underway,
)

Cursor = duckdb.DuckDBPyConnection
LOOKS_BACK = timedelta(days=92)
"""How old an open line may be that is named for what it may be."""


def known(cursor: Cursor, since: date) -> OwnTransfers:
    """The own transfers from that day on, and the open bank lines that speak of one.

    What of them there is none of costs one look for all three.
    """
    asked = {"since": since, "spoken": rf"\b({'|'.join(TRANSFER_WORDS)})\b"}
    there = cursor.execute(
        f"""
        select exists ({_BOOKED}), exists (select 1 from match_decisions where entry_kind = 'line'),
               exists ({_SPOKEN})
        """,
        asked,
    ).fetchone() or (False, False, False)
    booked = _booked(cursor, since) if there[0] else []
    return OwnTransfers(
        since,
        (*booked, *(_pairs(cursor, since) if there[1] else ())),
        _open_lines(cursor, asked) if there[2] else (),
        _locks(cursor) if booked else (),
    )


def on_the_way(
    cursor: Cursor,
    accounts: Sequence[Account],
    balances: Sequence[Balance],
    day: date,
    like: OwnTransfers | None = None,
) -> tuple[OnTheWay, OwnTransfers | None]:
    """What of own transfers the balances of that day hold on one side alone, and the transfers that this was told by.

    `like` are those that were read for another day; they are read anew where they don't go back far enough.
    """
    held = [b for b in balances if b.kind != "card" and b.amount is not None]
    if len(held) < 2:
        return OnTheWay(), like
    since = min(b.as_of for b in held) - 2 * ARRIVES_WITHIN
    found = like if like and like.since <= since else known(cursor, since - LOOKS_BACK)
    sure = underway(found.transfers, accounts, balances, found.locked(day), day)
    recent = [line for line in found.open_lines if day - LOOKS_BACK <= line.booked_on <= day]
    return OnTheWay(sure, loose(recent, accounts, balances)), found


def _decided(which: str) -> str:
    """The matches that hold, of those decisions that the condition names."""
    return f"""
    select line_id, entry_kind, entry_id, amount from match_decisions
    where {which}
    qualify row_number() over (partition by line_id, entry_kind, entry_id order by decided_at desc, decision_id desc) = 1
        and decision = 'confirmed'
    """


_BOOKED = """
    select e.entry_id, e.account, e.counter_account, e.amount, e.booked_on
    from entries e join accounts a on a.account = e.account join accounts c on c.account = e.counter_account
    where e.kind = 'transfer' and e.counter_account <> e.account and e.amount <> 0 and e.booked_on >= $since
      and a.kind <> 'card' and c.kind <> 'card'
"""
_SPOKEN = """
    select line_id, account, booked_on, amount, concat_ws(' ', payee, description, reference) as text
    from statement_lines
    where booked_on >= $since and regexp_matches(upper(concat_ws(' ', payee, description, reference)), $spoken)
"""


def _locks(cursor: Cursor) -> tuple[tuple[str, date], ...]:
    rows = cursor.execute(
        """
        select account, through_on from (
            select * from reconciliations
            qualify row_number() over (partition by account, through_on order by done_at desc) = 1
        ) where event = 'locked' order by through_on
        """
    ).fetchall()
    return tuple(rows)


def _booked(cursor: Cursor, since: date) -> list[Transfer]:
    """The transfers that the books hold; a side without a matched line takes an equal open one within five days."""
    rows = cursor.execute(
        f"""
        with booked as ({_BOOKED}),
        decided as ({_decided("entry_kind = 'entry' and entry_id in (select entry_id from booked)")})
        select b.entry_id, b.account, b.counter_account, b.amount, b.booked_on, l.account, l.booked_on, d.amount
        from booked b left join decided d using (entry_id) left join statement_lines l using (line_id)
        order by b.booked_on, b.entry_id, l.booked_on
        """,
        {"since": since},
    ).fetchall()
    sides: dict[tuple[str, str], list[tuple[date, Decimal]]] = {}
    entries: dict[str, tuple[str, str, Decimal, date]] = {}
    for entry, account, counter, amount, on, of, seen_on, seen in rows:
        entries[entry] = account, counter, amount, on
        if of is not None:
            sides.setdefault((entry, of), []).append((seen_on, seen))
    bare = [
        (entry, code, signed, on)
        for entry, (account, counter, amount, on) in entries.items()
        for code, signed in ((account, amount), (counter, -amount))
        if (entry, code) not in sides
    ]
    equal, doubtful = _open_near(cursor, bare)
    for entry, code, amount, _ in bare:
        if (entry, code) in equal:
            sides[entry, code] = [(equal[entry, code], amount)]

    def leg(entry: str, code: str, amount: Decimal) -> Leg:
        return Leg(code, amount, tuple(sides.get((entry, code), ())), (entry, code) in doubtful)

    return [
        Transfer((leg(entry, account, amount), leg(entry, counter, -amount)), on)
        for entry, (account, counter, amount, on) in entries.items()
    ]


def _open_near(
    cursor: Cursor, bare: Sequence[tuple[str, str, Decimal, date]]
) -> tuple[dict[tuple[str, str], date], set[tuple[str, str]]]:
    """For each side without a line (its entry and account) the day of the first equal open line within five days of it.

    Each line is taken once. With them the sides beside which another open line of nearly that amount stands: it may be the
    transfer less a fee, so that nothing is sure of them.
    """
    if not bare:
        return {}, set()
    rows = cursor.execute(
        f"""
        with bare as (
            select unnest($accounts::varchar[]) as account, unnest($amounts::decimal(18, 2)[]) as amount,
                   unnest($days::date[]) as booked_on
        ),
        near as (
            select distinct l.line_id, l.account, l.amount, l.booked_on
            from statement_lines l join bare b on b.account = l.account
             and l.booked_on between b.booked_on - $within::integer and b.booked_on + $within::integer
             and abs(l.amount - b.amount) <= abs(b.amount) / 10
        ),
        taken as ({_decided("line_id in (select line_id from near)")})
        select account, amount, booked_on from near anti join taken using (line_id)
        order by account, booked_on, line_id
        """,
        {
            "accounts": [code for _, code, _, _ in bare],
            "amounts": [amount for *_, amount, _ in bare],
            "days": [on for *_, on in bare],
            "within": ARRIVES_WITHIN.days,
        },
    ).fetchall()
    free: dict[str, list[tuple[Decimal, date]]] = {}
    for account, amount, on in rows:
        free.setdefault(account, []).append((amount, on))
    equal: dict[tuple[str, str], date] = {}
    for entry, code, amount, booked in bare:
        for line in free.get(code, []):
            if line[0] == amount and abs(line[1] - booked) <= ARRIVES_WITHIN:
                free[code].remove(line)
                equal[entry, code] = line[1]
                break
    doubtful = {
        (entry, code)
        for entry, code, amount, booked in bare
        if (entry, code) not in equal
        and any(
            abs(line - amount) * 10 <= abs(amount) and abs(on - booked) <= ARRIVES_WITHIN
            for line, on in free.get(code, [])
        )
    }
    return equal, doubtful


def _pairs(cursor: Cursor, since: date) -> list[Transfer]:
    """Bank lines of two accounts that are matched with each other."""
    rows = cursor.execute(
        f"""
        with decided as ({_decided("entry_kind = 'line'")})
        select l.account, d.amount, l.booked_on, o.account, -d.amount, o.booked_on
        from decided d join statement_lines l using (line_id) join statement_lines o on o.line_id = d.entry_id
        where d.line_id < d.entry_id and l.booked_on <> o.booked_on
          and greatest(l.booked_on, o.booked_on) >= $since
        order by l.booked_on, d.line_id, d.entry_id
        """,
        {"since": since},
    ).fetchall()
    return [
        Transfer((Leg(a, amount, ((on, amount),)), Leg(b, other, ((arrived, other),))))
        for a, amount, on, b, other, arrived in rows
    ]


def _open_lines(cursor: Cursor, asked: Mapping[str, Any]) -> tuple[OpenLine, ...]:
    """Bank lines that are matched with nothing and speak of a transfer."""
    rows = cursor.execute(
        f"""
        with said as ({_SPOKEN}),
        taken as ({_decided("line_id in (select line_id from said)")})
        select account, booked_on, amount, text from said anti join taken using (line_id)
        order by booked_on, line_id
        """,
        asked,
    ).fetchall()
    return tuple(OpenLine(*row) for row in rows)
