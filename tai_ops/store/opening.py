"""The opening balance of an account, from which its books count: entered where a reconciliation lacks it."""

from datetime import date, datetime
from decimal import Decimal

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.money import money_text
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store.connection import Store
from tai_ops.store.locks import locked_through
from tai_ops.store.records import put


def enter_opening(
    store: Store,
    actor: Actor,
    account: str,
    balance: Decimal,
    opened_on: date,
    *,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Say what the account held at the start of the day that its books begin on; both stand on its record.

    Raises Refused where there is no such account, where the day is later than its first bank line, and where the
    account is locked: unlock it first.
    """
    with store.write(
        actor,
        "money",
        "enter opening balance",
        now=now,
        subject=("accounts", account),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return
        held = write.sql(
            "select name, kind, currency from accounts where account = $account", {"account": account}
        ).fetchone()
        if held is None:
            raise Refused(f"there is no account {account!r}")
        locked = locked_through(write.cursor, account)
        if locked:
            raise Refused(
                f"account {account} is locked through {locked[0]} (by {locked[1]}); unlock it first"
            )
        first = write.sql(
            "select min(booked_on) from statement_lines where account = $account", {"account": account}
        ).fetchone()
        if first and first[0] and opened_on > first[0]:
            raise Refused(
                f"opened_on: {opened_on} is after the first bank line of {account} on {first[0]}; "
                "give the balance before that line and its day or an earlier one"
            )
        row = {
            "account": account,
            "name": held[0],
            "kind": held[1],
            "currency": held[2],
            "opened_on": opened_on.isoformat(),
            "opening_balance": money_text(balance),
        }
        put(write, read_values(KINDS["accounts"], row), name="the opening balance")
        write.detail = {"opened_on": opened_on.isoformat(), "opening_balance": money_text(balance)}
