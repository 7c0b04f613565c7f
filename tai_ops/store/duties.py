"""What a person has open: customers, prospects, tasks and promises that are theirs, and that somebody must take over."""

from dataclasses import dataclass

import duckdb

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that a person has open: its kind of record, its key and how it is called."""

    kind: str
    key: str
    title: str


OWNED: dict[str, tuple[str, str]] = {
    "customers": ("customer", "csm_email"),
    "prospects": ("prospect", "owner_email"),
    "tasks": ("task", "owner_email"),
    "review_notes": ("promise of the review", "owner"),
}
"""Each kind that belongs to somebody: what one is called, and the column that says whose it is."""

_OPEN = """
    select 'customers' as kind, customer_id as key, name as title, csm_email as whose
    from customers where status <> 'churned'
    union all
    select 'prospects', p.prospect_id, p.company, p.owner_email from prospects p
    where not exists (select 1 from deals d where d.prospect_id = p.prospect_id)
       or exists (select 1 from deals d where d.prospect_id = p.prospect_id and d.stage not in ('won', 'lost'))
    union all
    select 'tasks', task_id, title, owner_email from tasks where state = 'open'
    union all
    select 'review_notes', note_id, body, owner from (
        select note_id, body, owner, state from review_notes
        qualify row_number() over (partition by note_id order by noted_at desc) = 1
    ) where state = 'open'
"""


def duties(cursor: Cursor, email: str) -> list[Duty]:
    """What the person with that e-mail has open, by kind and title."""
    rows = cursor.execute(
        f"select kind, key, title from ({_OPEN}) where lower(whose) = lower($email) order by kind, title, key",
        {"email": email},
    ).fetchall()
    return [Duty(*row) for row in rows]


def duties_of_all(cursor: Cursor) -> dict[str, dict[str, int]]:
    """How many open things of each kind each person has, by e-mail in small letters."""
    rows = cursor.execute(
        f"select lower(whose), kind, count(*) from ({_OPEN}) where whose is not null group by all order by all"
    ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for email, kind, count in rows:
        found.setdefault(email, {})[kind] = count
    return found


def in_words(counts: dict[str, int]) -> str:
    """Such as `2 customers, 1 task`."""
    return ", ".join(
        f"{count} {noun if count == 1 else noun.replace('promise', 'promises') if 'promise' in noun else noun + 's'}"
        for kind, count in counts.items()
        if (noun := OWNED[kind][0])
    )


def counted(found: list[Duty]) -> dict[str, int]:
    """How many there are of each kind."""
    counts: dict[str, int] = {}
    for duty in found:
        counts[duty.kind] = counts.get(duty.kind, 0) + 1
    return counts
