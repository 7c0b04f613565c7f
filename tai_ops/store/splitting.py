"""One bank line settled by several things at once: open entries, what is made from the line, a difference written off.

All of it or nothing: the parts come to what is left of the line, to the cent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tai_ops.errors import Refused
from tai_ops.money import ZERO, money_text
from tai_ops.rights import Actor
from tai_ops.store.connection import Store, Write
from tai_ops.store.deciding import (
    SINGULAR,
    LineState,
    book_part,
    entry_left,
    line_in_hand,
    record_decision,
    refuse_other_currency,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line, signed like the bank: an open entry (its kind and id), or a new row of a kind with its values."""

    amount: Decimal
    kind: str
    entry_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def new(self) -> bool:
        """Whether it is made from the line."""
        return self.kind in SINGULAR


@dataclass(frozen=True, slots=True)
class WriteOff:
    """Where a fee or a small difference goes: a row of a kind with its values, such as a bill with a category."""

    kind: str
    values: Mapping[str, str]


Pairs = tuple[tuple[str, str], ...]


def split_line(
    store: Store,
    actor: Actor,
    line_id: str,
    parts: Sequence[Part],
    *,
    now: datetime,
    request_key: str | None = None,
) -> Pairs:
    """Settle a line with several parts, which come to what is left of it; returns each part's kind and id.

    Raises Refused where they don't add up, where one takes more than is open, or where the period is locked or closed.
    """
    with store.write(
        actor, "money", "split line", now=now, subject=("statement_lines", line_id), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return tuple((kind, entry_id) for kind, entry_id in write.repeated["parts"])
        line = line_in_hand(write, line_id)
        _refuse_uneven(line, parts)
        done = tuple(_settle(write, store, line, part) for part in parts)
        write.detail = {
            "parts": [list(one) for one in done],
            "amounts": [money_text(p.amount) for p in parts],
        }
        return done


def match_and_write_off(
    store: Store,
    actor: Actor,
    line_id: str,
    entries: Sequence[tuple[str, str]],
    rest: WriteOff,
    *,
    now: datetime,
    request_key: str | None = None,
) -> Pairs:
    """Match a line with entries in full and write off what it falls short of them, or goes beyond them, in one step.

    Refused where nothing is left to write off, or as much as the line itself (finance.md W40, W41).
    """
    with store.write(
        actor,
        "money",
        "write off difference",
        now=now,
        subject=("statement_lines", line_id),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return tuple((kind, entry_id) for kind, entry_id in write.repeated["parts"])
        line = line_in_hand(write, line_id)
        parts = [Part(entry_left(write, line, *one), *one) for one in entries]
        difference = line.left - sum((part.amount for part in parts), ZERO)
        if not difference:
            raise Refused("nothing is left to write off; accept the match")
        if abs(difference) >= abs(line.left):
            raise Refused(
                f"the difference of {money_text(abs(difference))} is no small part of the line's "
                f"{money_text(abs(line.left))}; match them apart"
            )
        parts.append(Part(difference, rest.kind, values=rest.values))
        done = tuple(_settle(write, store, line, part) for part in parts)
        write.detail = {"parts": [list(one) for one in done], "written_off": money_text(difference)}
        return done


def _refuse_uneven(line: LineState, parts: Sequence[Part]) -> None:
    if not line.left:
        raise Refused("this line is matched already; undo the match first")
    if not parts or any(not part.amount for part in parts):
        raise Refused("every part needs an amount")
    named = [(part.kind, part.entry_id) for part in parts if not part.new]
    if len(set(named)) < len(named):
        raise Refused("an entry stands twice among the parts; add its amounts up")
    total = sum((part.amount for part in parts), ZERO)
    if total != line.left:
        raise Refused(
            f"the parts come to {money_text(total)} and the line has {money_text(line.left)}: "
            f"{money_text(line.left - total)} is missing"
        )


def _settle(write: Write, store: Store, line: LineState, part: Part) -> tuple[str, str]:
    if part.new:
        return book_part(write, line, part.kind, part.amount, part.values)
    refuse_other_currency(write, line.line_id, part.kind, part.entry_id, store.company.currency)
    left = entry_left(write, line, part.kind, part.entry_id)
    if left * part.amount <= 0:
        raise Refused(f"{part.kind} {part.entry_id} is settled already, or goes the other way than this part")
    if abs(part.amount) > abs(left):
        raise Refused(
            f"{part.kind} {part.entry_id} has {money_text(abs(left))} open, less than {money_text(abs(part.amount))}"
        )
    record_decision(write, line.line_id, part.kind, part.entry_id, part.amount, "confirmed")
    if part.kind == "line":
        record_decision(write, part.entry_id, "line", line.line_id, -part.amount, "confirmed")
    return part.kind, part.entry_id
