"""Invoices in the store: made from drafts with numbers that leave no gap, credited, stamped as sent, chased.

Each act is one transaction by the CFO's right, and none of them reaches into a closed month.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb

from tai_ops.billing import Draft, Sold, ToInvoice, agreements, to_invoice
from tai_ops.customers import Customer
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.money import ZERO, cents, money_text
from tai_ops.mrr import Subscription
from tai_ops.period import Month
from tai_ops.pipeline import Deal, Proposal, Prospect
from tai_ops.recognition import Invoice, Service
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store.connection import Store, Write
from tai_ops.store.facts import billed_terms, of_kind, sent
from tai_ops.store.receipts import apply_money, invoice_of, open_of
from tai_ops.store.records import put

RIGHT = "money"
FIRST_NUMBER, FIRST_CREDIT = "INV-0001", "CN-0001"
CHANNELS = ("QuickBooks", "Stripe", "e-mail", "post", "other")
"""How an invoice goes out, and a customer is asked to pay."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An invoice's sent stamp: the day, by what, and the number that the other system gave it."""

    invoice_number: str
    sent_on: date
    channel: str
    external_id: str | None
    recorded_by: str


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line of an invoice."""

    invoice_number: str
    description: str
    quantity: Decimal | None
    rate: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Chase:
    """When a customer was last asked to pay, how, and what was said."""

    customer_id: str
    chased_on: date
    channel: str
    note: str | None
    recorded_by: str


# --- Drafts


def drafts(store: Store, month: Month, *, until: date | None = None) -> ToInvoice:
    """What is due to be invoiced by the month's end and is not."""
    with store.cursor() as cursor:
        return to_invoice(sold(cursor), month, deposit_pct=store.company.deposit_pct, until=until)


def sold(cursor: duckdb.DuckDBPyConnection) -> Sold:
    """The records that drafts rest on."""
    customers = of_kind(cursor, "customers", Customer)
    agreed = agreements(
        customers,
        of_kind(cursor, "prospects", Prospect),
        of_kind(cursor, "deals", Deal),
        of_kind(cursor, "proposals", Proposal),
    )
    return Sold(
        customers,
        of_kind(cursor, "subscriptions", Subscription),
        of_kind(cursor, "invoices", Invoice),
        of_kind(cursor, "services", Service),
        agreed,
        billed_terms(cursor),
    )


def make_invoices(
    store: Store,
    actor: Actor,
    month: Month,
    keys: Sequence[str],
    *,
    issued_on: date,
    now: datetime,
    due_on: date | None = None,
    request_key: str | None = None,
) -> tuple[str, ...]:
    """Make the drafts of those keys into invoices, numbered one after the other; returns their numbers.

    Refused where a draft is not there any more (somebody made it meanwhile), and where the month of issue is closed.
    """
    with store.write(
        actor, RIGHT, "make invoices", now=now, subject=("invoices", str(month)), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return tuple(write.repeated["numbers"])
        write.refuse_closed([issued_on])
        known = {
            d.key: d
            for d in to_invoice(sold(write.cursor), month, deposit_pct=store.company.deposit_pct).drafts
        }
        gone = [key for key in keys if key not in known]
        if gone or not keys:
            raise Refused(
                f"draft {gone[0]} is not due any more; look again" if gone else "choose what to invoice"
            )
        due = due_on or issued_on + timedelta(days=store.company.payment_days)
        number, numbers = _invoice_number(write), []
        for key in keys:
            _make(write, known[key], number, issued_on, due)
            numbers.append(number)
            number = _after(number)
        write.detail = {"numbers": numbers, "drafts": list(keys), "issued_on": issued_on.isoformat()}
        return tuple(numbers)


def _make(write: Write, draft: Draft, number: str, issued_on: date, due_on: date) -> None:
    row = {
        "invoice_number": number,
        "customer_id": draft.customer_id,
        "issued_on": issued_on.isoformat(),
        "due_on": due_on.isoformat(),
        "amount": money_text(draft.amount),
        "kind": draft.kind,
        "service_from": draft.service_from.isoformat() if draft.service_from else "",
        "service_to": draft.service_to.isoformat() if draft.service_to else "",
        "memo": "; ".join(line.description for line in draft.lines)[:300],
    }
    put(write, read_values(KINDS["invoices"], row), name=number)
    for place, line in enumerate(draft.lines, 1):
        write.sql(
            """
            insert into invoice_lines (invoice_number, line_number, source_kind, source_id, description, quantity, rate,
                                       amount)
            values ($invoice, $place, $kind, $source, $description, $quantity, $rate, $amount)
            """,
            {
                "invoice": number,
                "place": place,
                "kind": line.source_kind,
                "source": line.source_id,
                "description": line.description,
                "quantity": line.quantity,
                "rate": line.rate,
                "amount": line.amount,
            },
        )
    billed = [line.source_id for line in draft.lines if line.source_kind == "service"]
    for service in (*billed, *draft.names):
        put(
            write,
            read_values(KINDS["services"], {"service_id": service, "invoice_number": number}),
            name=service,
        )


def _invoice_number(write: Write) -> str:
    """The number after the greatest of the newest series; a voided one is not given again, and credit notes have their own."""
    row = write.sql(
        """
        with every as (
            select invoice_number as number, issued_on from invoices
            union all
            select row_key, (row_json ->> 'issued_on')::date from history where kind = 'invoices'
        ),
        told as (
            select regexp_replace(number, '[0-9]{1,12}$', '') as stem, regexp_extract(number, '([0-9]{1,12})$', 1) as digits,
                   issued_on
            from every
            where regexp_matches(number, '[0-9]{1,12}$') and not starts_with(number, 'CN-')
        )
        select stem, max(digits::bigint), arg_max(length(digits), digits::bigint) from told
        group by stem order by max(issued_on) desc, max(digits::bigint) desc limit 1
        """
    ).fetchone()
    return f"{row[0]}{row[1] + 1:0{row[2]}d}" if row else FIRST_NUMBER


def _after(number: str) -> str:
    stem = number.rstrip("0123456789")
    digits = number[len(stem) :]
    return f"{stem}{int(digits) + 1:0{len(digits)}d}"


# --- Credit notes


def credit(
    store: Store,
    actor: Actor,
    invoice_number: str,
    amount: Decimal,
    reason: str,
    *,
    issued_on: date,
    now: datetime,
    request_key: str | None = None,
) -> str:
    """Credit an invoice, in part or in full (net), and settle what is open of it with that; returns the note's number.

    The tax goes back in proportion. Refused without a reason, for more than the invoice's net less earlier credits, before
    its issue, and in a closed month.
    """
    if not reason.strip():
        raise Refused("a credit note needs a reason")
    with store.write(
        actor,
        RIGHT,
        "credit invoice",
        now=now,
        subject=("invoices", invoice_number),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["number"])
        number, settled = credited(write, invoice_number, amount, reason, issued_on=issued_on)
        write.detail = {"number": number, "amount": money_text(amount), "settled": money_text(settled)}
        return number


def credited(
    write: Write, invoice_number: str, amount: Decimal, reason: str, *, issued_on: date
) -> tuple[str, Decimal]:
    """Credit an invoice inside a write that is under way: the note's number, and what of it settled the invoice.

    Raises what `credit` raises.
    """
    write.refuse_closed([issued_on])
    invoice = invoice_of(write, invoice_number)
    earlier = write.sql(
        """
        select coalesce(sum(-i.amount), 0)::decimal(18, 2) from credit_notes c join invoices i using (invoice_number)
        where c.credits = $invoice
        """,
        {"invoice": invoice_number},
    ).fetchone()
    left = invoice.amount - (earlier[0] if earlier else ZERO)
    if amount <= 0 or amount > left:
        raise Refused(
            f"{invoice_number} can be credited up to {money_text(max(left, ZERO))}, not {money_text(amount)}"
        )
    if issued_on < invoice.issued_on:
        raise Refused(f"{invoice_number} was issued on {invoice.issued_on}; a credit note comes after it")
    number = _credit_number(write)
    tax = cents((invoice.tax_amount or ZERO) * amount / invoice.amount)
    row = {
        "invoice_number": number,
        "customer_id": invoice.customer_id,
        "issued_on": issued_on.isoformat(),
        "amount": money_text(-amount),
        "tax_amount": money_text(-tax) if invoice.tax_amount else "",
        "kind": invoice.kind,
        "service_from": invoice.service_from.isoformat() if invoice.service_from else "",
        "service_to": invoice.service_to.isoformat() if invoice.service_to else "",
        "memo": f"Credit note for {invoice_number}: {reason.strip()}"[:300],
    }
    put(write, read_values(KINDS["invoices"], row), name=number)
    write.sql(
        """
        insert into credit_notes (invoice_number, credits, reason, recorded_at, recorded_by)
        values ($number, $credits, $reason, $at, $by)
        """,
        {
            "number": number,
            "credits": invoice_number,
            "reason": reason.strip(),
            "at": write.now,
            "by": write.by,
        },
    )
    still_open = open_of(write.cursor, invoice_number, issued_on)
    settled = min(still_open, amount + tax)
    if settled > 0:
        apply_money(write, "invoice", number, invoice_number, settled, issued_on)
    return number, settled


def _credit_number(write: Write) -> str:
    row = write.sql(
        """
        select max(regexp_extract(number, '([0-9]{1,12})$', 1)::bigint) from (
            select invoice_number as number from credit_notes
            union all select row_key from history where kind = 'invoices'
        ) where regexp_matches(number, '^CN-[0-9]{1,12}$')
        """
    ).fetchone()
    return f"CN-{row[0] + 1:04d}" if row and row[0] is not None else FIRST_CREDIT


# --- Sent stamps


def stamp_sent(
    store: Store,
    actor: Actor,
    numbers: Sequence[str],
    *,
    sent_on: date | None,
    channel: str,
    now: datetime,
    external_ids: Mapping[str, str] | None = None,
    request_key: str | None = None,
) -> int:
    """Keep that invoices went out, on which day and by what; without a day the stamps are taken back. Returns how many.

    An invoice counts in the month that it was sent in, before a stamp in that of its issue: refused where that would take
    it out of a closed month or into one.
    """
    if channel not in CHANNELS:
        raise Refused(f"{channel!r} is no way to send an invoice; those are {', '.join(CHANNELS)}")
    with store.write(
        actor,
        RIGHT,
        "stamp sent" if sent_on else "take sent stamp back",
        now=now,
        subject=("invoices", numbers[0] if len(numbers) == 1 else f"{len(numbers)} invoices"),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return int(write.repeated["count"])
        stamped = dict(sent(write.cursor))
        for number in numbers:
            invoice = invoice_of(write, number)
            counted_on = stamped.get(number, invoice.issued_on), sent_on or invoice.issued_on
            if len({Month.of(day) for day in counted_on}) > 1:
                write.refuse_closed(counted_on)
            if sent_on and sent_on < invoice.issued_on:
                raise Refused(
                    f"{number} was issued on {invoice.issued_on}; it can't have been sent on {sent_on}"
                )
            write.sql(
                """
                insert into invoice_sends (invoice_number, sent_on, channel, external_id, recorded_at, recorded_by)
                values ($number, $day, $channel, $external, $at, $by)
                """,
                {
                    "number": number,
                    "day": sent_on,
                    "channel": channel,
                    "external": (external_ids or {}).get(number) or None,
                    "at": write.now,
                    "by": write.by,
                },
            )
        write.detail = {
            "count": len(numbers),
            "numbers": list(numbers),
            "sent_on": sent_on.isoformat() if sent_on else None,
            "channel": channel,
        }
        return len(numbers)


def sends(store: Store) -> dict[str, Sent]:
    """The sent stamp of each invoice that has one."""
    rows = store.rows(
        """
        select invoice_number, sent_on, channel, external_id, recorded_by from (
            select * from invoice_sends
            qualify row_number() over (partition by invoice_number order by recorded_at desc) = 1
        ) where sent_on is not null order by invoice_number
        """
    )
    return {row[0]: Sent(*row) for row in rows}


# --- Chasing, and what the files of other systems need


def note_chase(
    store: Store, actor: Actor, customer_id: str, *, chased_on: date, channel: str, note: str, now: datetime
) -> None:
    """Keep that a customer was asked to pay."""
    with store.write(actor, RIGHT, "chase customer", now=now, subject=("customers", customer_id)) as write:
        write.sql(
            """
            insert into chases (customer_id, chased_on, channel, note, recorded_at, recorded_by)
            values ($customer, $day, $channel, $note, $at, $by)
            """,
            {
                "customer": customer_id,
                "day": chased_on,
                "channel": channel,
                "note": note.strip() or None,
                "at": write.now,
                "by": write.by,
            },
        )
        write.detail = {"chased_on": chased_on.isoformat(), "channel": channel}


def last_chases(store: Store) -> dict[str, Chase]:
    """The last time that each customer was asked to pay."""
    rows = store.rows(
        """
        select customer_id, chased_on, channel, note, recorded_by from chases
        qualify row_number() over (partition by customer_id order by chased_on desc, recorded_at desc) = 1
        order by customer_id
        """
    )
    return {row[0]: Chase(*row) for row in rows}


def addresses(store: Store) -> dict[str, str]:
    """The e-mail address to which a customer's invoices go: of its contact for invoices, else of its first contact."""
    rows = store.rows(
        """
        select customer_id, email from contacts where email is not null
        qualify row_number() over (
            partition by customer_id
            order by coalesce(regexp_matches(lower(job), 'account|financ|billing|payable|invoice'), false) desc, contact_id
        ) = 1 order by customer_id
        """
    )
    return dict(rows)


def lines(store: Store, numbers: Iterable[str]) -> dict[str, tuple[InvoiceLine, ...]]:
    """The lines of those invoices; one line of its memo and amount for an invoice that was not made here."""
    wanted = list(numbers)
    rows = store.rows(
        """
        select i.invoice_number, coalesce(l.description, i.memo, i.kind), l.quantity, l.rate, coalesce(l.amount, i.amount)
        from invoices i left join invoice_lines l using (invoice_number)
        where list_contains($wanted, i.invoice_number) order by i.invoice_number, l.line_number
        """,
        {"wanted": wanted},
    )
    found: dict[str, tuple[InvoiceLine, ...]] = dict.fromkeys(wanted, ())
    for row in rows:
        found[row[0]] += (InvoiceLine(*row),)
    return found


def voided_numbers(store: Store) -> tuple[str, ...]:
    """The numbers of invoices that were taken out."""
    rows = store.rows(
        "select distinct row_key from history where kind = 'invoices' and event = 'void' order by row_key"
    )
    return tuple(row[0] for row in rows)
