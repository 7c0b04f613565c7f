"""One valid example of everything a test needs, with what the test wants different."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import Any

import anyio
import pyarrow as pa

from tai_ops.kinds import KINDS
from tai_ops.rights import LOCAL_OWNER, Actor
from tai_ops.sheet import read_sheet, template
from tai_ops.store import Store
from tai_ops.store.records import Loaded, load

NOW = datetime(2026, 4, 3, 20, 0, tzinfo=UTC)
CEO = Actor("mara.klein@tai.example", "Mara Klein", "ceo")
CFO = Actor("jonas.feld@tai.example", "Jonas Feld", "cfo")
CSM = Actor("ida.roth@tai.example", "Ida Roth", "csm")
CTO = Actor("priya.anand@tai.example", "Priya Anand", "cto")
TWICE = " union all ".join(
    f"select '{kind.name}', concat_ws(' ', {', '.join(kind.key)}), count(*) from {kind.table} "
    f"group by {', '.join(kind.key)} having count(*) > 1"
    for kind in KINDS.values()
)
"""Every key that stands twice: kind, key, how often."""
TABLES = "select table_name from information_schema.tables where table_schema = 'main' order by table_name"


def loaded(store: Store, kind: str, text: str, actor: Actor = LOCAL_OWNER, **more: Any) -> Loaded:
    """Load CSV text of a kind."""
    sheet = read_sheet(KINDS[kind], text.encode(), f"{kind}.csv")
    return load(store, actor, sheet, now=more.pop("now", NOW), name=f"{kind}.csv", **more)


def examples(store: Store) -> None:
    """The two example rows of every kind, as loading them leaves a new store."""
    with store.cursor() as cursor:
        cursor.execute("begin")
        for table, rows in _example_rows().items():
            cursor.register("example_rows", rows)
            cursor.execute(f"insert into {table} by name select * from example_rows")
        cursor.execute("commit")
    store._writes += 1  # whoever keeps what was read looks again


def load_examples(store: Store) -> None:
    """Load the two example rows of every kind."""
    for kind in KINDS.values():
        loaded(store, kind.name, template(kind))


@cache
def _example_rows() -> dict[str, pa.Table]:
    """What the examples leave in each table, loaded once for all tests of the process."""
    made = Store.in_memory()
    empty = {table for (table,) in made.rows(TABLES) if made.row(f"select count(*) from {table}") == (0,)}
    load_examples(made)
    with made.cursor() as cursor:
        rows = {table: cursor.execute(f"select * from {table}").to_arrow_table() for table in sorted(empty)}
    made.close()
    return {table: found for table, found in rows.items() if found.num_rows}


def check_keys(store: Store) -> None:
    """No key of any kind stands twice."""
    assert store.rows(TWICE) == []


def accounts(store: Store) -> None:
    """A bank account, a savings account, a card and a processor, in dollars."""
    loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\n"
        "OP,Operating,bank,USD,2026-01-01,1000.00\nSAVE,Savings,bank,USD,2026-01-01,0.00\n"
        "CARD,Card,card,USD,2026-01-01,0.00\nSTRIPE,Stripe,processor,USD,2026-01-01,0.00\n",
    )


def statement(store: Store, text: str, account: str = "OP", name: str = "bank.csv", **more: Any) -> Any:
    """Import CSV text as a statement."""
    from tai_ops.store.bank import import_statement

    actor = more.pop("actor", LOCAL_OWNER)
    now = more.pop("now", NOW)
    return import_statement(store, actor, text.encode(), name, account, now=now, **more)


def run(function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """What an asynchronous function answers, run in a thread of its own: in this one a browser's loop may run."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(anyio.run, function, *arguments).result()
