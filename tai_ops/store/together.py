"""Several files of records loaded at once, in the order that their references need, all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tai_ops.errors import Problem
from tai_ops.kinds import KINDS
from tai_ops.rights import Actor, authorize
from tai_ops.sheet import Sheet
from tai_ops.store.connection import Store
from tai_ops.store.records import Loaded, RowsRefused, merge
from tai_ops.store.refusals import noted


@dataclass(frozen=True, slots=True)
class File:
    """A file of records as it was read, by its name."""

    name: str
    sheet: Sheet


def in_order(files: Sequence[File]) -> tuple[int, ...]:
    """The places of the files in the order in which they load: customers before what names a customer."""
    kinds = list(KINDS)
    return tuple(sorted(range(len(files)), key=lambda place: kinds.index(files[place].sheet.kind.name)))


@noted("records")
def load_together(
    store: Store,
    actor: Actor,
    files: Sequence[File],
    *,
    now: datetime,
    skip_bad: bool = False,
    dry_run: bool = False,
    request_key: str | None = None,
) -> tuple[Loaded, ...]:
    """Load the files in one transaction; the answers stand in the order of the files as they were given.

    A row may name what an earlier of the files brings. `dry_run` says the same and writes nothing. Raises RowsRefused
    where a row is bad and `skip_bad` is off, NotAllowed where the role may not load one of the kinds.
    """
    for file in files:
        authorize(actor, file.sheet.kind.owner)
    order = in_order(files)
    kinds = ", ".join(dict.fromkeys(files[place].sheet.kind.name for place in order))
    try:
        with store.write(
            actor,
            files[order[0]].sheet.kind.owner,
            f"load {kinds}",
            now=now,
            subject=("files", ", ".join(files[place].name for place in order)),
            request_key=request_key,
        ) as write:
            if write.repeated is not None:
                return tuple(_reported(one) for one in write.repeated["files"])
            done: dict[int, Loaded] = {}
            for place in order:
                file = files[place]
                done[place] = merge(write, file.sheet, skip_bad=skip_bad, recorded_from="imported")
                if done[place].rejected and not skip_bad:
                    raise RowsRefused(file.name, done[place])
            answers = tuple(done[place] for place in range(len(files)))
            write.detail = {
                "files": [
                    answer.as_json() | {"file": file.name, "kind": file.sheet.kind.name}
                    for file, answer in zip(files, answers, strict=True)
                ]
            }
            if dry_run:
                raise _OnlyTried(answers)
            return answers
    except _OnlyTried as tried:
        return tried.answers


class _OnlyTried(Exception):
    """Takes the transaction of a trial back."""

    def __init__(self, answers: tuple[Loaded, ...]) -> None:
        super().__init__()
        self.answers = answers


def _reported(detail: dict[str, Any]) -> Loaded:
    problems = tuple(Problem(p["row"], p["field"], p["reason"]) for p in detail["rejected"])
    return Loaded(detail["read"], detail["added"], detail["updated"], detail["unchanged"], problems)
