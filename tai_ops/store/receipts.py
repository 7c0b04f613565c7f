"""Money received and what it pays: in parts, for several invoices at once, as a customer's credit that is moved later.

A move is a row of its own with its day, so that what was open on an earlier day stays what it was. Nothing reaches into a
closed month.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.money import ZERO, money_text
from tai_ops.receivables import Payment, Residuals, residuals
from tai_ops.recognition import Invoice
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store import browse
from tai_ops.store.connection import Store, Write, new_id
from tai_ops.store.facts import applied, matched_receipts, of_kind
from tai_ops.store.ledger import APPLIED
from tai_ops.store.records import put

RIGHT = "money"
FIRST_PAYMENT = "P-0001"


@dataclass(frozen=True, slots=True)
class Application:
    """Money moved to an invoice that stands: from which payment or invoice, how much, when."""

    application_id: str
    source_kind: str
    source_id: str
    invoice_number: str
    amount: Decimal
    applied_on: date
    recorded_by: str


def receive(
    store: Store,
    actor: Actor,
    account: str,
    received_on: date,
    amount: Decimal,
    parts: Mapping[str, Decimal],
    *,
    now: datetime,
    payer: str = "",
    reference: str = "",
    request_key: str | None = None,
) -> str:
    """Record money received and what of it pays which invoice; what is left is the customer's credit. Returns its id.

    Refused where the parts exceed the payment or what is open of an invoice (the residual decides), and in a closed month.
    """
    paid = {number: part for number, part in parts.items() if part}
    with store.write(
        actor, RIGHT, "receive payment", now=now, subject=("payments", account), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["payment_id"])
        write.refuse_closed([received_on])
        if amount <= 0:
            raise Refused("amount: what was received is more than nothing")
        total = sum(paid.values(), ZERO)
        if total > amount:
            raise Refused(f"the parts come to {money_text(total)} and {money_text(amount)} was received")
        payment_id = browse.next_key(store, KINDS["payments"]) or FIRST_PAYMENT
        only = next(iter(paid)) if len(paid) == 1 and total == amount else ""
        for number, part in paid.items():
            _refuse_more_than_open(write.cursor, number, part, received_on)
        row = {
            "payment_id": payment_id,
            "account": account,
            "received_on": received_on.isoformat(),
            "amount": money_text(amount),
            "invoice_number": only,
            "payer": payer,
            "reference": reference,
        }
        put(write, read_values(KINDS["payments"], row), name=payment_id)
        if not only:
            for number, part in paid.items():
                apply_money(write, "payment", payment_id, number, part, received_on)
        write.detail = {
            "payment_id": payment_id,
            "amount": money_text(amount),
            "parts": {number: money_text(part) for number, part in paid.items()},
        }
        return payment_id


def apply_credit(
    store: Store,
    actor: Actor,
    source_id: str,
    invoice_number: str,
    amount: Decimal,
    *,
    applied_on: date,
    now: datetime,
    request_key: str | None = None,
) -> str:
    """Move a customer's credit (of a payment, a credit note, an overpaid invoice) to an open invoice; returns the move's id.

    Refused beyond what the source has left or the invoice has open, between two customers, and in a closed month.
    """
    with store.write(
        actor, RIGHT, "apply credit", now=now, subject=("invoices", invoice_number), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["application_id"])
        write.refuse_closed([applied_on])
        held = next(
            (c for c in residuals_of(write.cursor, applied_on).credits if c.source == source_id), None
        )
        if held is None or held.amount < amount or amount <= 0:
            left = held.amount if held else ZERO
            raise Refused(f"{source_id} has {money_text(left)} left, so {money_text(amount)} can't be moved")
        target = invoice_of(write, invoice_number)
        if held.customer_id is not None and held.customer_id != target.customer_id:
            raise Refused(
                f"{source_id} is of customer {held.customer_id} and {invoice_number} of {target.customer_id}"
            )
        _refuse_more_than_open(write.cursor, invoice_number, amount, applied_on)
        is_payment = write.sql(
            "select count(*) from payments where payment_id = $id", {"id": source_id}
        ).fetchone()
        kind = "payment" if is_payment and is_payment[0] else "invoice"
        moved = apply_money(write, kind, source_id, invoice_number, amount, applied_on)
        write.detail = {"application_id": moved, "source": source_id, "amount": money_text(amount)}
        return moved


def take_application_back(store: Store, actor: Actor, application_id: str, *, now: datetime) -> None:
    """Take a move of money back; refused where it is not there or its month is closed."""
    with store.write(
        actor, RIGHT, "take application back", now=now, subject=("applications", application_id)
    ) as write:
        row = write.sql(
            f"select applied_on from ({APPLIED}) where application_id = $id", {"id": application_id}
        ).fetchone()
        if row is None:
            raise Refused("this is taken back already; look again")
        write.refuse_closed([row[0]])
        write.sql(
            "insert into application_undos (application_id, undone_at, undone_by) values ($id, $at, $by)",
            {"id": application_id, "at": write.now, "by": write.by},
        )


def applications(store: Store) -> tuple[Application, ...]:
    """Every move of money to an invoice that stands, the newest first."""
    rows = store.rows(
        f"""
        select application_id, source_kind, source_id, invoice_number, amount, applied_on, recorded_by
        from ({APPLIED}) order by applied_on desc, application_id desc
        """
    )
    return tuple(Application(*row) for row in rows)


def apply_money(
    write: Write, source_kind: str, source_id: str, invoice_number: str, amount: Decimal, applied_on: date
) -> str:
    """Keep a move of money to an invoice, inside a write that has checked it; returns its id."""
    moved = new_id()
    write.sql(
        """
        insert into applications (application_id, source_kind, source_id, invoice_number, amount, applied_on, recorded_at,
                                  recorded_by)
        values ($id, $kind, $source, $invoice, $amount, $day, $at, $by)
        """,
        {
            "id": moved,
            "kind": source_kind,
            "source": source_id,
            "invoice": invoice_number,
            "amount": amount,
            "day": applied_on,
            "at": write.now,
            "by": write.by,
        },
    )
    return moved


def residuals_of(cursor: duckdb.DuckDBPyConnection, on: date) -> Residuals:
    """What is open and what is unapplied at the end of the day, as the store has it."""
    payments = of_kind(cursor, "payments", Payment) + matched_receipts(cursor) + applied(cursor)
    return residuals(of_kind(cursor, "invoices", Invoice), payments, on)


def open_of(cursor: duckdb.DuckDBPyConnection, number: str, on: date) -> Decimal:
    """What is open of an invoice at the end of the day."""
    found = (i.open_amount for i in residuals_of(cursor, on).open_invoices if i.invoice_number == number)
    return next(found, ZERO)


def _refuse_more_than_open(cursor: duckdb.DuckDBPyConnection, number: str, amount: Decimal, on: date) -> None:
    left = open_of(cursor, number, on)
    if amount < 0 or amount > left:
        raise Refused(
            f"{number} has {money_text(left)} open on {on}, so {money_text(amount)} can't be put on it"
        )


def invoice_of(write: Write, number: str) -> Invoice:
    """The invoice of that number; Refused where there is none."""
    names = ", ".join(KINDS["invoices"].names)
    row = write.sql(
        f"select {names} from invoices where invoice_number = $number", {"number": number}
    ).fetchone()
    if row is None:
        raise Refused(f"there is no invoice {number!r}")
    return Invoice(*row)
