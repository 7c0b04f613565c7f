"""The layout that each account keeps of its bank's files: what a person decided of it, changing and forgetting that.

The columns that row keys are made of never change here: a file that was imported must be known again.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tai_ops.errors import Refused
from tai_ops.rights import Actor
from tai_ops.statements import Layout
from tai_ops.store.connection import Store

DECIDED = ("date_order", "decimal", "positive", "fee_counts")


@dataclass(frozen=True, slots=True)
class Kept:
    """An account's layout of one kind of file, since when it is kept and by whom."""

    account: str
    layout: Layout
    confirmed_at: datetime
    confirmed_by: str

    @property
    def kind(self) -> str:
        """What tells the kind of file from the account's others: its format and its header."""
        return f"{self.layout.format}-{self.layout.fingerprint}"

    @property
    def decided(self) -> bool:
        """Whether anything in it was decided, by a person or by a file that left no doubt."""
        return self.layout != undecided(self.layout)


def kept(store: Store) -> tuple[Kept, ...]:
    """The layouts that accounts keep, one for each kind of file, by account, the newest first."""
    rows = store.rows(
        """
        select account, layout_json, confirmed_at, confirmed_by from account_layouts
        order by account, confirmed_at desc
        """
    )
    found: dict[tuple[str, str], Kept] = {}
    for account, body, at, by in rows:
        one = Kept(account, Layout.from_json(body), at, by)
        found.setdefault((account, one.kind), one)
    return tuple(found.values())


def change(store: Store, actor: Actor, account: str, layout: Layout, *, now: datetime) -> Layout:
    """Let the account's next files of that kind be read by this layout; answers the one before.

    Raises Refused where the account keeps none of that kind, or where the columns that row keys are made of would change.
    """
    with store.write(actor, "money", "change layout", now=now, subject=("accounts", account)) as write:
        rows = write.sql(
            "select layout_json from account_layouts where account = $account order by confirmed_at desc",
            {"account": account},
        ).fetchall()
        kinds = (layout.format, layout.fingerprint)
        held = (Layout.from_json(body) for (body,) in rows)
        before = next((one for one in held if (one.format, one.fingerprint) == kinds), None)
        if before is None:
            raise Refused(f"account {account} keeps no layout of such a file; import a statement first")
        if layout.key != before.key:
            raise Refused("the columns that tell an account's lines apart stay as they are")
        write.sql(
            """
            insert into account_layouts (account, layout_json, confirmed_at, confirmed_by)
            values ($account, $layout, $at, $by)
            """,
            {"account": account, "layout": layout.as_json(), "at": write.now, "by": write.by},
        )
        changed = {name: str(getattr(layout, name)) for name in DECIDED}
        write.detail = {"account": account, **changed}
        return before


def undecided(layout: Layout) -> Layout:
    """The layout with nothing decided: dates, decimal mark and sign are found or asked anew from the next file."""
    nothing: dict[str, Any] = dict.fromkeys(DECIDED)
    return replace(layout, **nothing, format_said=False, only_flag=None)
