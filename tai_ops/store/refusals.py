"""Imports that were refused: each leaves a row of the audit with the file and the reason, though nothing was imported."""

import inspect
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from tai_ops.errors import TaiOpsError
from tai_ops.rights import Actor
from tai_ops.store.connection import Store

EVENT = "refuse import"
LONGEST_REASON = 500
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An import that was refused: what kind of file, its name, why, when and for whom."""

    what: str
    file: str
    reason: str
    refused_at: datetime
    refused_by: str


def keep(store: Store, actor: Actor, what: str, file: str, reason: TaiOpsError, *, now: datetime) -> None:
    """Note a refused import, once; a store that can't be written keeps nothing and says so elsewhere."""
    if reason.is_noted:
        return
    reason.is_noted = True
    with suppress(TaiOpsError), store.write(actor, "notes", EVENT, now=now, subject=(what, file)) as write:
        write.detail = {"reason": str(reason)[:LONGEST_REASON]}


def refusals(store: Store, most: int = 20) -> list[Refusal]:
    """The newest refused imports, the newest first."""
    rows = store.rows(
        """
        select subject_kind, subject_key, detail_json, done_at, done_by from audit
        where event = $event order by done_at desc, audit_id desc limit $most
        """,
        {"event": EVENT, "most": most},
    )
    return [Refusal(what, file, json.loads(told)["reason"], at, by) for what, file, told, at, by in rows]


def noted(what: str) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer]]:
    """Makes an import note that it was refused; a trial, and what is typed in a form, is no import.

    The import's own arguments tell: `store`, `actor`, `now`, `name` (or `files` that have names), and where it has
    them `dry_run` and `recorded_from`.
    """

    def around(load: Callable[Given, Answer]) -> Callable[Given, Answer]:
        shape = inspect.signature(load)

        @wraps(load)
        def noting(*args: Given.args, **more: Given.kwargs) -> Answer:
            try:
                return load(*args, **more)
            except TaiOpsError as reason:
                _note(what, shape, args, more, reason)
                raise

        return noting

    return around


def _note(what: str, shape: inspect.Signature, args: Any, more: Any, reason: TaiOpsError) -> None:
    bound = shape.bind(*args, **more)
    bound.apply_defaults()
    given = bound.arguments
    if given.get("dry_run") or given.get("recorded_from", "imported") != "imported":
        return
    name = given.get("name") or ", ".join(file.name for file in given.get("files", ()))
    keep(given["store"], given["actor"], what, name, reason, now=given["now"])
