"""The instant at which a sample store is seen, whatever the time is; `Store.now` reads it.

It stands still, so that the sample's numbers stay what they are, until somebody lets it run to see timers run down.
"""

from datetime import UTC, datetime

from tai_ops.errors import Refused
from tai_ops.rights import Actor
from tai_ops.store.connection import Store, Write

FACT = "demo_clock"
RUNS_FROM = "demo_clock_runs_from"
RIGHT = "store"


def set_demo_clock(store: Store, actor: Actor, clock: datetime) -> None:
    """Have the store seen at that instant from now on, by pages and commands alike.

    Source: contract.md "Demo clock". Raises NotAllowed where the role may not.
    """
    with store.write(actor, RIGHT, "set demo clock", now=clock, checkpoint=True) as write:
        _keep(write, clock, None)
        write.detail = {"clock": clock.isoformat()}


def runs(store: Store) -> bool:
    """Whether the store carries a demo clock that runs."""
    return store.fact(RUNS_FROM) is not None


def let_run(store: Store, actor: Actor, real_now: datetime) -> datetime:
    """Let the demo clock go on from where it stands, for pages and commands alike; what it shows. It may run already."""
    seen_at = _seen_at(store, real_now)
    if not runs(store):
        with store.write(actor, RIGHT, "let demo clock run", now=seen_at) as write:
            _keep(write, seen_at, real_now)
            write.detail = {"clock": seen_at.isoformat()}
    return seen_at


def stop(store: Store, actor: Actor, real_now: datetime) -> datetime:
    """Have the demo clock stand still at what it shows, so that nothing entered meanwhile lies ahead of it; what it shows."""
    seen_at = _seen_at(store, real_now)
    if runs(store):
        with store.write(actor, RIGHT, "stop demo clock", now=seen_at) as write:
            _keep(write, seen_at, None)
            write.detail = {"clock": seen_at.isoformat()}
    return seen_at


def _seen_at(store: Store, real_now: datetime) -> datetime:
    if store.fact(FACT) is None:
        raise Refused("the store has no demo clock: it is seen at the present")
    return store.now(real_now)


def _keep(write: Write, clock: datetime, runs_from: datetime | None) -> None:
    write.sql("delete from store_facts where name in ($clock, $runs)", {"clock": FACT, "runs": RUNS_FROM})
    for name, value in ((FACT, clock), (RUNS_FROM, runs_from)):
        if value is not None:
            write.sql(
                "insert into store_facts (name, value) values ($name, $value)",
                {"name": name, "value": value.astimezone(UTC).isoformat()},
            )
