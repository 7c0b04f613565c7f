"""What persons taught by confirming matches: whose payee a bank's spelling is; how often, when last, and forgetting it.

What a person said that a spelling means holds before everything. Otherwise it means the party that it was confirmed
with most often; of two confirmed as often neither, until a person says which. What was forgotten counts anew from then.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from tai_ops.errors import Refused
from tai_ops.payee import alias_key
from tai_ops.rights import Actor
from tai_ops.store.connection import Store, Write
from tai_ops.store.ledger import AUTO, NEWEST

FORGOTTEN = "payee_forgotten:"


@dataclass(frozen=True, slots=True)
class Learned:
    """A spelling of the bank's and the party that it means: how often a person confirmed it, and when last.

    `party` is empty where it was confirmed with two parties as often. `others` are the other parties that the spelling
    was confirmed with, with how often. `said` is whether a person typed the meaning.
    """

    key: str
    spelling: str
    party: str
    count: int
    last_at: datetime
    others: tuple[tuple[str, int], ...] = ()
    said: bool = False


def aliases(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The party that each spelling means, by the spelling's key."""
    return {one.key: one.party for one in learned(cursor) if one.party}


def learned(cursor: duckdb.DuckDBPyConnection) -> list[Learned]:
    """Everything that was learned and not forgotten since, by spelling."""
    rows = cursor.execute(
        f"""
        select coalesce(l.payee, ''), coalesce(l.description, ''),
               coalesce(b.payee, c.name, p.payer, e.payee), d.decided_at
        from ({NEWEST}) d
        join statement_lines l using (line_id)
        left join bills b on b.bill_id = case when d.entry_kind = 'bill' then d.entry_id end
        left join invoices i on i.invoice_number = case when d.entry_kind = 'invoice' then d.entry_id end
        left join customers c on c.customer_id = i.customer_id
        left join payments p on p.payment_id = case when d.entry_kind = 'payment' then d.entry_id end
        left join entries e on e.entry_id = case when d.entry_kind = 'entry' then d.entry_id end
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
            told = payee if alias_key(payee, "") else description
            taught.setdefault(key, []).append((told, party, at))
    known = {key: _learned(key, found) for key, found in taught.items()}
    for key, spelling, party, at in _said(cursor):
        counted = known.get(key)
        times = dict(counted.others) | {counted.party: counted.count} if counted else {}
        others = tuple((one, count) for one, count in times.items() if one and one != party)
        known[key] = Learned(key, spelling, party, times.get(party, 0), at, others, said=True)
    return sorted(known.values(), key=lambda one: (bool(one.party), one.spelling))


def _said(cursor: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, datetime]]:
    return cursor.execute(
        """
        select spelling_key, spelling, party, said_at from payee_names
        qualify row_number() over (partition by spelling_key order by said_at desc) = 1 and party is not null
        order by spelling_key
        """
    ).fetchall()


def _learned(key: str, found: Sequence[tuple[str, str, datetime]]) -> Learned:
    times = Counter(party for _, party, _ in found)
    newest = {party: at for _, party, at in found}
    most = max(times.values())
    leading = [one for one in times if times[one] == most]
    party = leading[0] if len(leading) == 1 else ""
    last_at = max(newest.values())
    others = tuple((one, count) for one, count in times.most_common() if one != party)
    return Learned(key, found[-1][0], party, times[party] if party else 0, last_at, others)


def _forgotten(cursor: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    rows = cursor.execute(
        "select name, value from store_facts where starts_with(name, $mark) order by name",
        {"mark": FORGOTTEN},
    ).fetchall()
    return {name.removeprefix(FORGOTTEN): datetime.fromisoformat(value) for name, value in rows}


def say(store: Store, actor: Actor, spelling: str, party: str, *, now: datetime) -> Learned:
    """Let a spelling mean a party from now on, whatever was confirmed; answers what is known of it then.

    Raises Refused where the text spells nobody, or no party is named.
    """
    key = alias_key(spelling, "")
    if not key:
        raise Refused(
            "spelling: this text names nobody (only the bank's own words or numbers); type what it calls the payee"
        )
    if not party.strip():
        raise Refused("party: choose or type whom it means")
    with store.write(actor, "money", "say payee", now=now, subject=("payees", key)) as write:
        _write_saying(write, key, spelling.strip(), party.strip())
        write.detail = {"spelling": spelling.strip(), "party": party.strip()}
        return next(one for one in learned(write.cursor) if one.key == key)


def _write_saying(write: Write, key: str, spelling: str, party: str | None) -> None:
    write.sql(
        """
        insert into payee_names (spelling_key, spelling, party, said_at, said_by)
        values ($key, $spelling, $party, $at, $by)
        """,
        {"key": key, "spelling": spelling, "party": party, "at": write.now, "by": write.by},
    )


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
        if found.said:
            _write_saying(write, key, found.spelling, None)
        write.detail = {"spelling": found.spelling, "party": found.party, "count": found.count}
        return found


def recall(store: Store, actor: Actor, done: Learned, *, now: datetime) -> None:
    """Take a forgetting back: what was learned or said before counts again."""
    with store.write(actor, "money", "recall payee", now=now, subject=("payees", done.key)) as write:
        write.sql("delete from store_facts where name = $name", {"name": FORGOTTEN + done.key})
        if done.said:
            _write_saying(write, done.key, done.spelling, done.party)
