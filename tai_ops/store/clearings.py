"""Processors' clearing accounts out of the store: each movement of a month, from the processor's lines or the books.

A processor whose exports came in moves by its lines; one that only the books know by what they hold of it. A payout
has arrived when a line of another account is matched with it, or with the transfer that stands for it.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import duckdb

from tai_ops.cash import Account
from tai_ops.clearing import Clearing, Movement, Part, clearing, part_of
from tai_ops.company import Company
from tai_ops.expenses import PROCESSOR_FEES
from tai_ops.money import ZERO
from tai_ops.statements import Layout
from tai_ops.statements.keys import CELL_BREAK
from tai_ops.statements.processor_cells import ProcessorCells
from tai_ops.store.ledger import BOOKED, CONFIRMED, book_balance

Cursor = duckdb.DuckDBPyConnection

_ARRIVED = f"""
    select m.line_id, o.booked_on
    from ({CONFIRMED}) m join statement_lines l using (line_id) join statement_lines o on o.line_id = m.entry_id
    where m.entry_kind = 'line' and o.account <> l.account
    union all
    select m.line_id, o.booked_on
    from ({CONFIRMED}) m join statement_lines l using (line_id)
    join ({CONFIRMED}) n on n.entry_kind = m.entry_kind and n.entry_id = m.entry_id and n.line_id <> m.line_id
    join statement_lines o on o.line_id = n.line_id
    where m.entry_kind = 'entry' and o.account <> l.account
"""
"""The lines of an account whose other side stands on another account's statement, and the day on which it does."""


def clearings(
    cursor: Cursor, company: Company, held: Iterable[Account], first: date, last: date
) -> tuple[Clearing, ...]:
    """The clearing account of each processor over the days from `first` to `last`."""
    found = [account for account in held if account.kind == "processor" and account.opened_on <= last]
    return tuple(_clearing(cursor, company, account, first, last) for account in found)


def _clearing(cursor: Cursor, company: Company, account: Account, first: date, last: date) -> Clearing:
    has_lines = bool(
        cursor.execute(
            "select 1 from statement_lines where account = $account and booked_on <= $last limit 1",
            {"account": account.account, "last": last},
        ).fetchone()
    )
    moved = (
        _by_lines(cursor, account, first, last) if has_lines else _by_books(cursor, company, account, last)
    )
    reported, reported_on = _stated(cursor, account, last)
    if reported is not None and reported_on is not None and reported_on >= first:
        reported += _moved_after(cursor, account, reported_on, last, has_lines=has_lines)
    else:
        reported = reported_on = None
    opening = _opening(cursor, account, first, has_lines=has_lines)
    sums, under_way = clearing(moved, first, last, opening=opening, reported=reported)
    return Clearing(
        account.account, account.name, account.currency, first, last, sums, reported_on, under_way
    )


def _by_lines(cursor: Cursor, account: Account, first: date, last: date) -> Iterator[Movement]:
    """The lines of the period, and the earlier ones of money out whose other side had not arrived when it began."""
    rows = cursor.execute(
        f"""
        with cells as (
            select r.row_key, r.occurrence, any_value(r.raw_cells) as raw, any_value(s.layout_json) as layout
            from statement_rows r join statements s using (statement_id)
            where s.account = $account and r.raw_cells <> ''
            group by r.row_key, r.occurrence
        ),
        arrived as (select line_id, min(booked_on) as booked_on from ({_ARRIVED}) group by line_id)
        select coalesce(l.bank_id, left(l.row_key, 16) || '-' || l.occurrence), l.booked_on, l.amount, coalesce(l.payee, ''), coalesce(l.description, ''),
               coalesce(c.raw, ''), c.layout, a.booked_on
        from statement_lines l
        left join cells c on c.row_key = l.row_key and c.occurrence = l.occurrence
        left join arrived a on a.line_id = l.line_id
        where l.account = $account and l.booked_on <= $last
          and (l.booked_on >= $first or (l.amount < 0 and (a.booked_on is null or a.booked_on >= $first)))
        order by l.booked_on, l.line_id
        """,
        {"account": account.account, "first": first, "last": last},
    ).fetchall()
    for name, day, net, payee, description, raw, layout, arrived_on in rows:
        places = _places(layout)
        cells = raw.split(CELL_BREAK)
        refund = places.refund_in(cells) if places else ZERO
        gross = places.gross_in(cells, net) if places else net
        words = " ".join(filter(None, (payee, description)))
        known: Part | None = "payout" if arrived_on else None
        if places and places.all_payouts:
            known = "payout"
        kind = places.kind_in(cells) if places else ""
        part, text = known or part_of(kind, words, gross + refund), words or kind
        yield Movement(name, day, part, gross + refund, net + refund, text, arrived_on)
        if refund:
            yield Movement(f"{name} refund", day, "refund", -refund, -refund, text)


@cache
def _places(layout: str | None) -> ProcessorCells | None:
    return ProcessorCells.of(Layout.from_json(layout)) if layout else None


def _by_books(cursor: Cursor, company: Company, account: Account, last: date) -> Iterator[Movement]:
    """What the books hold of an account without lines: receipts, bills of its fees, entries."""
    rows = cursor.execute(
        f"""
        with arrived as (
            select m.entry_id, min(l.booked_on) as booked_on
            from ({CONFIRMED}) m join statement_lines l using (line_id)
            where m.entry_kind = 'entry' and l.account <> $account group by m.entry_id
        )
        select b.entry_kind, b.entry_id, b.booked_on, b.amount, b.party, e.kind, i.category, a.booked_on
        from ({BOOKED}) b
        left join entries e on e.entry_id = case when b.entry_kind = 'entry' then b.entry_id end
        left join bills i on i.bill_id = case when b.entry_kind = 'bill' then b.entry_id end
        left join arrived a on a.entry_id = e.entry_id
        where b.account = $account and b.booked_on <= $last and b.booked_on >= $opened
        order by b.booked_on, b.entry_kind, b.entry_id
        """,
        {"account": account.account, "last": last, "opened": account.opened_on},
    ).fetchall()
    for kind, entry_id, day, amount, party, entry_kind, category, arrived_on in rows:
        part: Part = "adjustment"
        if kind in {"payment", "invoice"}:
            part = "charge" if amount > 0 else "refund"
        elif entry_kind == "transfer":
            part = "payout"
        elif entry_kind == "fee" or (kind == "bill" and company.category_of(category) == PROCESSOR_FEES):
            part = "fee"
        yield Movement(f"{kind} {entry_id}", day, part, amount, amount, party, arrived_on)


def _stated(cursor: Cursor, account: Account, day: date) -> tuple[Decimal | None, date | None]:
    row = cursor.execute(
        """
        select arg_max(amount, stated_at), stated_on from statement_balances
        where account = $account and stated_on <= $day group by stated_on order by stated_on desc limit 1
        """,
        {"account": account.account, "day": day},
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)


def _opening(cursor: Cursor, account: Account, first: date, *, has_lines: bool) -> Decimal | None:
    """What the processor held before the period: stated, or carried there; the opening balance and what moved since."""
    before = first - timedelta(days=1)
    stated, stated_on = _stated(cursor, account, before)
    if stated is not None and stated_on is not None:
        return stated + _moved_after(cursor, account, stated_on, before, has_lines=has_lines)
    if account.opening_balance is None:
        return None
    if not has_lines:
        return book_balance(cursor, account, before)
    since = account.opened_on - timedelta(days=1)
    return account.opening_balance + _moved_after(cursor, account, since, before, has_lines=True)


def _moved_after(cursor: Cursor, account: Account, since: date, last: date, *, has_lines: bool) -> Decimal:
    of = "statement_lines" if has_lines else f"({BOOKED})"
    row = cursor.execute(
        f"""
        select coalesce(sum(amount), 0)::decimal(18, 2) from {of}
        where account = $account and booked_on > $since and booked_on <= $last
        """,
        {"account": account.account, "since": since, "last": last},
    ).fetchone()
    return row[0] if row else ZERO
