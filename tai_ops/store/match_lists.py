"""What a person picks from when reconciling by hand: what a line may be matched with, and the pairs that hold.

Amounts are signed as the line's account feels them, in its currency.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tai_ops.errors import Refused
from tai_ops.money import ZERO
from tai_ops.store.connection import Store
from tai_ops.store.ledger import CONFIRMED, NEWEST, PAID

MOST_CANDIDATES = 20
TRANSFER_DAYS = 30

ENTRIES = f"""
    select 'payment' as entry_kind, p.payment_id as entry_id, p.account, null as counter_account,
           p.received_on as dated_on, p.amount, coalesce(p.payer, c.name, '') as party,
           concat_ws(' ', p.reference, p.invoice_number) as reference
    from payments p left join invoices i using (invoice_number) left join customers c using (customer_id)
    union all
    select 'bill', bill_id, case when paid_on is not null then account end, null, coalesce(paid_on, incurred_on),
           -amount, payee, coalesce(reference, '')
    from bills
    union all
    select 'entry', entry_id, account, counter_account, booked_on, amount, coalesce(payee, kind),
           coalesce(reference, '')
    from entries
    union all
    select 'invoice', i.invoice_number, null, null, i.issued_on,
           i.amount + coalesce(i.tax_amount, 0) - coalesce(
               (select sum(p.amount) from ({PAID}) p where p.invoice_number = i.invoice_number), 0),
           c.name, coalesce(i.memo, '')
    from invoices i join customers c using (customer_id)
    union all
    select 'line', line_id, account, null, booked_on, -amount, coalesce(payee, description, ''),
           coalesce(reference, '')
    from statement_lines
"""
"""Everything a bank line can be matched with, each as far as the books' own receipts leave it open."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line is or may be matched with; `left` is what is open of it."""

    entry_kind: str
    entry_id: str
    account: str | None
    dated_on: date
    party: str
    reference: str
    left: Decimal


@dataclass(frozen=True, slots=True)
class Pair:
    """A bank line and an entry whose match holds, and how much it settles; `decided_by` is `auto` or a person."""

    line_id: str
    booked_on: date
    amount: Decimal
    text: str
    entry: Entry
    settles: Decimal
    stage: str
    reasons: tuple[str, ...]
    decided_at: datetime
    decided_by: str


def candidates(store: Store, line_id: str, text: str = "") -> tuple[Entry, ...]:
    """What is open and goes the line's way, nearest in amount and then in time first; at most 20.

    `text` narrows them to what holds it in its id, party, reference or amount. Lines of other accounts count where
    they are equal and opposite within 30 days. Refused where there is no such line.
    """
    line = _line(store, line_id)
    rows = store.rows(
        f"""
        with used as (
            select m.entry_kind, m.entry_id, l.account, sum(m.amount) as amount
            from ({CONFIRMED}) m join statement_lines l using (line_id) where m.entry_kind <> 'line' group by all
            union all
            select 'line', line_id, null, -sum(amount) from ({CONFIRMED}) group by line_id
        ),
        open as (
            select e.entry_kind, e.entry_id, e.account, e.dated_on, e.party, e.reference,
                   (case when e.counter_account = $account then -e.amount else e.amount end) - coalesce(
                       (select sum(u.amount) from used u
                        where u.entry_kind = e.entry_kind and u.entry_id = e.entry_id
                          and (e.entry_kind <> 'entry' or u.account = $account)), 0) as left_open
            from ({ENTRIES}) e left join accounts a on a.account = e.account
            where coalesce(a.currency, $currency) = $currency
              and case when e.entry_kind = 'line' then
                           e.account <> $account and abs(date_diff('day', e.dated_on, $day)) <= $days
                       else e.account is null or e.account = $account or e.counter_account = $account end
              and (e.account is distinct from $account or a.opening_balance is null
                   or (e.dated_on < a.opened_on) = ($day < a.opened_on))
        )
        select entry_kind, entry_id, account, dated_on, party, reference, left_open::decimal(18, 2)
        from open
        where left_open <> 0 and (left_open > 0) = ($left > 0) and (entry_kind <> 'line' or left_open = $left)
          and contains(lower(concat_ws(' ', entry_id, party, reference, abs(left_open)::varchar)), $text)
        order by abs(left_open - $left), abs(date_diff('day', dated_on, $day)), entry_kind, entry_id
        limit {MOST_CANDIDATES}
        """,
        line | {"text": _searched(text), "days": TRANSFER_DAYS},
    )
    return tuple(Entry(*row) for row in rows)


def left_after(left: Decimal, chosen: Iterable[Entry]) -> Decimal:
    """What stays open of a line's `left` once the entries are matched with it in turn, in money."""
    for entry in chosen:
        left -= entry.left if abs(entry.left) < abs(left) else left
    return left


def entries(store: Store, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Entry]:
    """The entries of those kinds and ids, by both; `left` is what the books have, before any match."""
    if not wanted:
        return {}
    rows = store.rows(
        f"""
        with wanted as (select distinct unnest($kinds) as entry_kind, unnest($ids) as entry_id)
        select e.entry_kind, e.entry_id, e.account, e.dated_on, e.party, e.reference, e.amount::decimal(18, 2)
        from ({ENTRIES}) e join wanted using (entry_kind, entry_id) order by e.entry_kind, e.entry_id
        """,
        {"kinds": [kind for kind, _ in wanted], "ids": [entry_id for _, entry_id in wanted]},
    )
    return {(row[0], row[1]): Entry(*row) for row in rows}


def pairs_that_hold(
    store: Store, account: str, through: date, *, limit: int, offset: int = 0, text: str = ""
) -> tuple[int, tuple[Pair, ...]]:
    """How many matches of the account's lines hold, and a page of them, the newest lines first."""
    rows = store.rows(
        f"""
        with held as materialized (
            select l.line_id, l.booked_on, l.amount, concat_ws(' ', l.payee, l.description) as words, d.entry_kind,
                   d.entry_id, e.account, e.dated_on, e.party, e.reference, e.amount::decimal(18, 2) as entry_amount,
                   d.amount as settled, d.stage, d.reasons_json, d.decided_at, d.decided_by
            from ({NEWEST}) d
            join statement_lines l using (line_id)
            left join ({ENTRIES}) e on e.entry_kind = d.entry_kind and e.entry_id = d.entry_id
            where d.decision = 'confirmed' and l.account = $account and l.booked_on <= $through
              and contains(lower(concat_ws(' ', l.payee, l.description, l.reference, d.entry_id, e.party,
                                           abs(l.amount)::varchar)), $text)
        )
        select *, (select count(*) from held) from held
        order by booked_on desc, line_id, entry_kind, entry_id
        limit $limit offset $offset
        """,
        {
            "account": account,
            "through": through,
            "text": _searched(text),
            "limit": limit,
            "offset": offset,
        },
    )
    found = tuple(
        Pair(
            row[0],
            row[1],
            row[2],
            row[3],
            Entry(row[4], row[5], row[6], row[7] or row[1], row[8] or "", row[9] or "", row[10] or ZERO),
            row[11],
            row[12],
            tuple(json.loads(row[13])),
            row[14],
            row[15],
        )
        for row in rows
    )
    return (rows[0][16] if rows else 0), found


def _line(store: Store, line_id: str) -> dict[str, object]:
    row = store.row(
        f"""
        select l.account, coalesce(l.currency, a.currency), l.booked_on, (l.amount - coalesce(
               (select sum(amount) from ({CONFIRMED}) m where m.line_id = l.line_id), 0))::decimal(18, 2)
        from statement_lines l left join accounts a using (account) where l.line_id = $id
        """,
        {"id": line_id},
    )
    if row is None:
        raise Refused("this bank line is not there (any more); reload the page")
    return dict(zip(("account", "currency", "day", "left"), row, strict=True))


def _searched(text: str) -> str:
    """The text as it is looked for: an amount may be typed with its sign of dollars and its commas."""
    plain = text.strip().lower()
    amount = plain.replace("$", "").replace(",", "").lstrip("-")
    return amount if amount.replace(".", "", 1).isdigit() else plain
