"""What persons taught by confirming matches: whose payee a bank's spelling is; how often, when last, and forgetting it.

A spelling means the party that it was confirmed with most often, the newest of those that were so equally often. What
was forgotten counts anew from then on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from tai_ops.errors import Refused
from tai_ops.payee import alias_key
from tai_ops.rights import Actor
from tai_ops.store.connection import Store
from tai_ops.store.ledger import AUTO, NEWEST

FORGOTTEN = "payee_forgotten:"


@dataclass(frozen=True, slots=True)
class Learned:
    """A spelling of the bank's and the party that it means: how often a person confirmed it, and when last.

    `others` are parties that the same spelling was confirmed with less often, with how often.
    """

    key: str
    spelling: str
    party: str
    count: int
    last_at: datetime
    others: tuple[tuple[str, int], ...] = ()


def aliases(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The party that each spelling means, by the spelling's key."""
    return {one.key: one.party for one in learned(cursor)}


def learned(cursor: duckdb.DuckDBPyConnection) -> list[Learned]:
    """Everything that was learned and not forgotten since, by spelling."""
    rows = cursor.execute(
        f"""
        select coalesce(l.payee, ''), coalesce(l.description, ''),
               coalesce(b.payee, c.name, p.payer, e.payee), d.decided_at
        from ({NEWEST}) d
        join statement_lines l using (line_id)
        left join bills b on d.entry_kind = 'bill' and b.bill_id = d.entry_id
        left join invoices i on d.entry_kind = 'invoice' and i.invoice_number = d.entry_id
        left join customers c on c.customer_id = i.customer_id
        left join payments p on d.entry_kind = 'payment' and p.payment_id = d.entry_id
        left join entries e on d.entry_kind = 'entry' and e.entry_id = d.entry_id
        where d.decision = 'confirmed' and d.decided_by <> $auto and d.stage <> 'booked'
        order by d.decided_at
        """,
        {"auto": AUTO},
    ).fetchall()
    forgotten = _forgotten(cursor)
    taught: dict[str, list[tuple[str, str, datetime]]] = {}
    for payee, description, party, at in rows:
        key = alias_key(payee, description)
        if party and key and not (key in forgotten and at <= forgotten[key]):
            taught.setdefault(key, []).append((payee or description, party, at))
    return sorted((_learned(key, found) for key, found in taught.items()), key=lambda one: one.spelling)


def _learned(key: str, found: Sequence[tuple[str, str, datetime]]) -> Learned:
    times = Counter(party for _, party, _ in found)
    newest = {party: at for _, party, at in found}
    party = max(times, key=lambda one: (times[one], newest[one]))
    others = tuple((one, count) for one, count in times.most_common() if one != party)
    return Learned(key, found[-1][0], party, times[party], newest[party], others)


def _forgotten(cursor: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    rows = cursor.execute(
        "select name, value from store_facts where starts_with(name, $mark) order by name",
        {"mark": FORGOTTEN},
    ).fetchall()
    return {name.removeprefix(FORGOTTEN): datetime.fromisoformat(value) for name, value in rows}


def forget(store: Store, actor: Actor, key: str, *, now: datetime) -> Learned:
    """Let a spelling mean nothing until it is confirmed anew; its matches stay. Answers what was forgotten.

    Raises Refused where nothing is known of it.
    """
    with store.write(actor, "money", "forget payee", now=now, subject=("payees", key)) as write:
        found = next((one for one in learned(write.cursor) if one.key == key), None)
        if found is None:
            raise Refused("nothing is known of this spelling (any more); nothing was changed")
        name, at = FORGOTTEN + key, max(write.now, found.last_at).astimezone(UTC)
        write.sql("delete from store_facts where name = $name", {"name": name})
        write.sql(
            "insert into store_facts (name, value) values ($name, $value)",
            {"name": name, "value": at.isoformat()},
        )
        write.detail = {"spelling": found.spelling, "party": found.party, "count": found.count}
        return found


def recall(store: Store, actor: Actor, key: str, *, now: datetime) -> None:
    """Take a forgetting back: what was learned before counts again."""
    with store.write(actor, "money", "recall payee", now=now, subject=("payees", key)) as write:
        write.sql("delete from store_facts where name = $name", {"name": FORGOTTEN + key})
