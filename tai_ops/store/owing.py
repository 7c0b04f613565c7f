"""What one record owes to others: what is open of an invoice, a customer's credit, subscriptions that run beside each other."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tai_ops.store.connection import Store
from tai_ops.store.ledger import CONFIRMED

SETTLED = f"""
    select invoice_number, amount, payment_id from payments where invoice_number is not null
    union all
    select entry_id, amount, '' from ({CONFIRMED}) where entry_kind = 'invoice'
"""
"""What was received for invoices: by payments, and by bank lines that are matched with the invoice itself."""


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice's gross amount, what was received for it, and whose it is."""

    gross: Decimal
    received: Decimal
    customer: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A subscription of the same customer and plan that runs at the same time as another."""

    subscription_id: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Step:
    """A subscription of a customer's plan: from when to when, at which price a month after its discount."""

    subscription_id: str
    starts_on: date
    ends_on: date | None
    amount: Decimal
    interval: str
    discount_pct: Decimal | None


def owed(store: Store, invoice_number: str, without_payment: str = "") -> Owed | None:
    """How an invoice stands, one payment left aside; None where there is no such invoice."""
    row = store.row(
        f"""
        select i.amount + coalesce(i.tax_amount, 0),
               coalesce((select sum(s.amount) from ({SETTLED}) s
                         where s.invoice_number = i.invoice_number and s.payment_id <> $without), 0),
               coalesce(c.name, i.customer_id)
        from invoices i left join customers c using (customer_id) where i.invoice_number = $number
        """,
        {"number": invoice_number, "without": without_payment},
    )
    return Owed(*row) if row else None


def credit(store: Store, customer_id: str) -> Decimal:
    """What a customer paid beyond its invoices, each invoice for itself; 0 where nothing."""
    row = store.row(
        f"""
        select coalesce(sum(greatest(received - gross, 0)), 0) from (
            select i.amount + coalesce(i.tax_amount, 0) as gross,
                   coalesce((select sum(s.amount) from ({SETTLED}) s where s.invoice_number = i.invoice_number), 0) as received
            from invoices i where i.customer_id = $id
        )
        """,
        {"id": customer_id},
    )
    return Decimal(row[0]) if row else Decimal(0)


def status(store: Store, customer_id: str) -> tuple[str, str] | None:
    """A customer's name and status; None where there is no such one."""
    row = store.row("select name, status from customers where customer_id = $id", {"id": customer_id})
    return (row[0], row[1]) if row else None


def beside(
    store: Store, customer_id: str, plan: str, starts_on: date, ends_on: date | None, without: str = ""
) -> Beside | None:
    """The first subscription of the same customer and plan that covers a day of that span; an end is not covered."""
    row = store.row(
        """
        select subscription_id, starts_on, ends_on from subscriptions
        where customer_id = $customer and coalesce(plan, '') = $plan and subscription_id <> $without
          and starts_on < coalesce($ends, date '9999-12-31') and coalesce(ends_on, date '9999-12-31') > $starts
        order by starts_on, subscription_id limit 1
        """,
        {"customer": customer_id, "plan": plan, "without": without, "starts": starts_on, "ends": ends_on},
    )
    return Beside(*row) if row else None


def steps(store: Store, customer_id: str, plan: str | None) -> tuple[Step, ...]:
    """A customer's subscriptions of one plan in the order of their start: its price steps."""
    rows = store.rows(
        """
        select subscription_id, starts_on, ends_on, amount, interval, discount_pct from subscriptions
        where customer_id = $customer and coalesce(plan, '') = $plan order by starts_on, subscription_id
        """,
        {"customer": customer_id, "plan": plan or ""},
    )
    return tuple(Step(*row) for row in rows)
