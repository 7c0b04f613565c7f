"""Keeping records by hand: what an entry would bring about, and what is refused although each field is right.

Bad input that a single field doesn't show: a subscription beside itself, an invoice for a customer who left, a payment
of more than is owed.
"""

from collections.abc import Mapping
from datetime import datetime

from tai_ops.errors import Problem
from tai_ops.kinds import Kind
from tai_ops.rights import Actor
from tai_ops.store import Store, corrections
from tai_ops.store.corrections import Done


def add(
    store: Store, actor: Actor, kind: Kind, values: Mapping[str, str], *, now: datetime, request_key: str
) -> Done:
    """Add a record; raises as `corrections.add` does."""
    return corrections.add(store, actor, kind, values, now=now, request_key=request_key)


def notes(store: Store, kind: Kind, values: Mapping[str, str], key: str) -> list[str]:  # noqa: ARG001
    """What the entry brings about that one might not expect."""
    return []


__all__ = ["Problem", "add", "notes"]
