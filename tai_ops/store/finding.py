"""Finding a record by a few letters of its name or number: customers, prospects, invoices, payees and the like.

One query over the current rows, a handful of each kind; a scan of columns is fast enough for half a million records, so
there is no index that could go stale.
"""

from dataclasses import dataclass

from tai_ops.store.connection import Store

LEAST_LETTERS = 3
MOST_OF_A_KIND = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found: its kind (`payees` beside the kinds of record), its key, and what it is called."""

    kind: str
    key: str
    name: str


_OWN = (
    ("customers", "customer_id", "name", "customers", ()),
    ("prospects", "prospect_id", "company", "prospects", ("contact",)),
    ("incidents", "incident_id", "title", "incidents", ()),
    ("contacts", "contact_id", "name", "contacts", ("email",)),
    ("people", "email", "name", "people", ()),
    ("payees", "payee", "payee", "(select distinct payee from bills)", ()),
)
"""What is found by a text of its own: the kind, its key, its name, where it stands, further texts."""

_BELONGING = (
    ("invoices", "invoice_number", "customers", "invoices", "customer_id"),
    ("deals", "deal_id", "prospects", "deals", "prospect_id"),
    ("proposals", "proposal_id", "prospects", "(proposals join deals using (deal_id))", "prospect_id"),
)
"""What is found by its number, or because it belongs to something found: the kind, its key, to what, where, by which column."""


def found(store: Store, text: str) -> tuple[Found, ...]:
    """What holds the text in its name or number, the best of each kind first; nothing for less than three letters.

    What is called exactly so stands first, then what begins so, then what holds it anywhere.
    """
    wanted = " ".join(text.lower().split())
    if len(wanted) < LEAST_LETTERS:
        return ()
    patterns = {"text": wanted, "most": MOST_OF_A_KIND}
    own = store.rows(" union all ".join(map(_own_sql, _OWN)), patterns)
    rows = list(own)
    for kind, key, owner, source, column in _BELONGING:
        owners = {row[1]: row[2] for row in own if row[0] == owner}
        held = store.rows(_belonging_sql(key, source, column), patterns | {"owners": list(owners)})
        names = _names(store, owner, [row[1] for row in held]) if held else {}
        rows.extend((kind, number, names.get(belongs) or "", rank) for number, belongs, rank in held)
    order = [kind for kind, *_ in (*_OWN, *_BELONGING)]
    best = {kind: min(row[3] for row in rows if row[0] == kind) for kind in {row[0] for row in rows}}
    rows.sort(key=lambda row: (best[row[0]], order.index(row[0]), row[3]))
    return tuple(Found(kind, key, name) for kind, key, name, _ in rows)


def _own_sql(source: tuple[str, str, str, str, tuple[str, ...]]) -> str:
    kind, key, name, table, more = source
    holds = " or ".join(f"contains(lower({column}), $text)" for column in dict.fromkeys((key, name, *more)))
    return (
        f"(select '{kind}' as kind, {key} as key, {name} as name, {_rank(key, name)} as rank from {table} "
        f"where {holds} order by rank, name, key limit $most)"
    )


def _belonging_sql(key: str, source: str, column: str) -> str:
    return (
        f"select {key}, {column}, {_rank(key, key)} as rank from {source} "
        f"where contains(lower({key}), $text) or {column} in (select unnest($owners)) "
        f"order by rank, {key} limit $most"
    )


def _rank(key: str, name: str) -> str:
    return (
        f"case when lower({key}) = $text or lower({name}) = $text then 0 "
        f"when starts_with(lower({key}), $text) or starts_with(lower({name}), $text) then 1 else 2 end"
    )


def _names(store: Store, owner: str, keys: list[str]) -> dict[str, str]:
    own, name = ("customer_id", "name") if owner == "customers" else ("prospect_id", "company")
    table = "customers" if owner == "customers" else "prospects"
    return dict(
        store.rows(
            f"select {own}, {name} from {table} where {own} in (select unnest($keys)) order by {own}",
            {"keys": keys},
        )
    )
