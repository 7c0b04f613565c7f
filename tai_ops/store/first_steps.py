"""Whether the first steps of a new company are put away: a fact about the store, for everybody who looks."""

from datetime import UTC, datetime

from tai_ops.rights import Actor
from tai_ops.store.connection import Store

FACT = "first_steps_put_away"


def put_away(store: Store, actor: Actor, *, now: datetime) -> None:
    """Show the first steps no more. Raises NotAllowed where the role may not."""
    with store.write(actor, "notes", "put first steps away", now=now) as write:
        write.sql("delete from store_facts where name = $name", {"name": FACT})
        write.sql(
            "insert into store_facts (name, value) values ($name, $value)",
            {"name": FACT, "value": now.astimezone(UTC).isoformat()},
        )


def show_again(store: Store, actor: Actor, *, now: datetime) -> None:
    """Show the first steps again, as long as one is left. Raises NotAllowed where the role may not."""
    with store.write(actor, "notes", "show first steps again", now=now) as write:
        write.sql("delete from store_facts where name = $name", {"name": FACT})
