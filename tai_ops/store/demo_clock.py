"""The instant at which a sample store is seen, whatever the time is; `Store.now` reads it."""

from datetime import UTC, datetime

from tai_ops.rights import Actor
from tai_ops.store.connection import Store

FACT = "demo_clock"


def set_demo_clock(store: Store, actor: Actor, clock: datetime) -> None:
    """Have the store seen at that instant from now on, by pages and commands alike.

    Source: contract.md "Demo clock". Raises NotAllowed where the role may not.
    """
    with store.write(actor, "store", "set demo clock", now=clock, checkpoint=True) as write:
        write.sql("delete from store_facts where name = $name", {"name": FACT})
        write.sql(
            "insert into store_facts (name, value) values ($name, $value)",
            {"name": FACT, "value": clock.astimezone(UTC).isoformat()},
        )
        write.detail = {"clock": clock.isoformat()}
