"""What a person said is no match, and whom the books know: what the reconcile page lists of what was learned."""

from tai_ops.money import ZERO
from tai_ops.store.connection import Store
from tai_ops.store.ledger import NEWEST
from tai_ops.store.match_lists import ENTRIES, Entry, Pair


def declined(store: Store, account: str, *, limit: int, offset: int = 0) -> tuple[int, tuple[Pair, ...]]:
    """How many pairs of the account's lines a person said are no match, and a page of them, the newest first."""
    rows = store.rows(
        f"""
        with said as materialized (
            select l.line_id, l.booked_on, l.amount, concat_ws(' ', l.payee, l.description) as words, d.entry_kind,
                   d.entry_id, e.account, e.dated_on, e.party, e.reference, e.amount::decimal(18, 2) as entry_amount,
                   d.decided_at, d.decided_by
            from ({NEWEST}) d
            join statement_lines l using (line_id)
            left join ({ENTRIES}) e on e.entry_kind = d.entry_kind and e.entry_id = d.entry_id
            where d.decision = 'declined' and l.account = $account
        )
        select *, (select count(*) from said) from said
        order by decided_at desc, line_id, entry_kind, entry_id
        limit $limit offset $offset
        """,
        {"account": account, "limit": limit, "offset": offset},
    )
    found = tuple(
        Pair(
            row[0],
            row[1],
            row[2],
            row[3],
            Entry(row[4], row[5], row[6], row[7] or row[1], row[8] or "", row[9] or "", row[10] or ZERO),
            ZERO,
            "person",
            (),
            row[11],
            row[12],
        )
        for row in rows
    )
    return (rows[0][13] if rows else 0), found


def parties(store: Store) -> list[str]:
    """Everybody whom the books name: customers and the payees of bills, payments and entries."""
    rows = store.rows(
        """
        select name as party from customers
        union select payee from bills
        union select payer from payments where payer is not null
        union select payee from entries where payee is not null
        order by party
        """
    )
    return [party for (party,) in rows if party]
