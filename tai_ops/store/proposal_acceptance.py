"""A proposal is accepted: the deal is won, and customer, subscription, deposit invoice and onboarding are made with it.

All of it is one transaction: where one part is refused (a closed month, a kickoff on a holiday), nothing is written.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.money import money_text
from tai_ops.onboarding_plan import onboarding_plan
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store.connection import Store, Write
from tai_ops.store.proposal_desk import OUT, Desk, desk
from tai_ops.store.records import put

RIGHT = "sales"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an acceptance made: the keys of its records; no invoice where no deposit is due."""

    customer_id: str
    subscription_id: str
    invoice_number: str | None
    kickoff_on: date


def accept(
    store: Store, actor: Actor, proposal_id: str, *, now: datetime, request_key: str | None = None
) -> Accepted:
    """Accept a proposal that is with the customer. Refused where it isn't, or its thirty days are over."""
    with store.write(
        actor,
        RIGHT,
        "proposal accepted",
        now=now,
        subject=("proposals", proposal_id),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            found = write.repeated
            return Accepted(
                found["customer"],
                found["subscription"],
                found["invoice"],
                date.fromisoformat(found["kickoff"]),
            )
        held = desk(store, proposal_id, now)
        if held.proposal.status not in OUT:
            raise Refused(
                f"{proposal_id} is {held.state}, not with the customer: only what was sent can be accepted"
            )
        if held.expired:
            raise Refused(
                f"{proposal_id} has expired; ask for a revised proposal with a price that holds today"
            )
        made = _made(write, store, held, held.known.calendar.local_date(now))
        write.detail = {
            "customer": made.customer_id,
            "subscription": made.subscription_id,
            "invoice": made.invoice_number,
            "kickoff": made.kickoff_on.isoformat(),
        }
        return made


def _made(write: Write, store: Store, held: Desk, on: date) -> Accepted:
    values = held.values
    for name in ("customer", "services", "licence", "kickoff_on"):
        if name not in values:
            raise Refused(
                f"{held.proposal.proposal_id}: {name} is not known; type it in the proposal's records first"
            )
    kickoff = max(values["kickoff_on"].value, on)
    if not held.known.calendar.is_business_day(kickoff):
        kickoff = held.known.calendar.next_business_day(kickoff)
    onboarding_plan(kickoff, held.known.calendar)
    customer = _customer(write, held, on)
    subscription = _next(write, "subscriptions", "subscription_id", "S-")
    licence = {
        "subscription_id": subscription,
        "customer_id": customer,
        "plan": "Annual license",
        "starts_on": kickoff.isoformat(),
        "amount": money_text(values["licence"].value),
        "interval": "year",
    }
    _put(write, "subscriptions", licence)
    _put(
        write,
        "onboardings",
        {"customer_id": customer, "kickoff_on": kickoff.isoformat(), "done_through_day": "0"},
    )
    deal = {
        "deal_id": held.known.deal.deal_id,
        "stage": "won",
        "entered_stage_on": on.isoformat(),
        "closed_on": on.isoformat(),
    }
    deal["amount"] = money_text(values["services"].value + values["licence"].value)
    _put(write, "deals", deal)
    _put(write, "proposals", {"proposal_id": held.proposal.proposal_id, "status": "accepted"})
    write.sql(
        """
        insert into proposal_events (proposal_id, event, happened_at, content_hash, file_hash, note, recorded_at, recorded_by)
        values ($proposal, 'accepted', $at, $hash, $file, null, $at, $by)
        """,
        {
            "proposal": held.proposal.proposal_id,
            "at": write.now,
            "hash": held.version.content_hash if held.version else None,
            "file": held.sent_file,
            "by": write.by,
        },
    )
    invoice = _deposit(write, store, held, customer, on)
    return Accepted(customer, subscription, invoice, kickoff)


def _customer(write: Write, held: Desk, on: date) -> str:
    """The customer of that name that is on record and not live yet, else a new one."""
    name = str(held.values["customer"].value)
    row = write.sql(
        "select customer_id from customers where lower(trim(name)) = lower($name) order by customer_id limit 1",
        {"name": name.strip()},
    ).fetchone()
    customer = str(row[0]) if row else _next(write, "customers", "customer_id", "C-")
    csm = next((person.email for person in held.known.people if person.role == "csm"), "")
    record: dict[str, Any] = {
        "customer_id": customer,
        "name": name,
        "industry": held.known.prospect.industry or "",
        "signed_on": on.isoformat(),
        "warehouses": str(held.values["warehouses"].value) if "warehouses" in held.values else "",
        "items": str(held.values["items"].value) if "items" in held.values else "",
        "status": "signed",
    }
    if row:
        record = {"customer_id": customer, "name": name, "signed_on": on.isoformat(), "status": "signed"}
    elif csm:
        record["csm_email"] = csm
    _put(write, "customers", {column: text for column, text in record.items() if text})
    return customer


def _deposit(write: Write, store: Store, held: Desk, customer: str, on: date) -> str | None:
    deposit = held.filled.quote.deposit if held.version is None else held.values["deposit"].value
    if not deposit:
        return None
    number = _next(write, "invoices", "invoice_number", "INV-")
    words = f"Deposit at signature, proposal {held.proposal.proposal_id}"
    row = {
        "invoice_number": number,
        "customer_id": customer,
        "issued_on": on.isoformat(),
        "due_on": (on + timedelta(days=store.company.payment_days)).isoformat(),
        "amount": money_text(deposit),
        "kind": "services",
        "memo": words,
    }
    _put(write, "invoices", row)
    write.sql(
        """
        insert into invoice_lines (invoice_number, line_number, source_kind, source_id, description, quantity, rate, amount)
        values ($number, 1, 'deposit', $deal, $words, null, null, $amount)
        """,
        {"number": number, "deal": held.known.deal.deal_id, "words": words, "amount": deposit},
    )
    return number


def _put(write: Write, kind: str, row: dict[str, str]) -> None:
    put(write, read_values(KINDS[kind], row), name=next(iter(row.values())))


def _next(write: Write, kind: str, column: str, first: str) -> str:
    """The key after the greatest of the kind's own series; one that was voided is not given again."""
    table = KINDS[kind].table
    row = write.sql(
        f"""
        with every as (
            select {column} as id, recorded_at from {table}
            union all
            select row_key, changed_at from history where kind = $kind
        ),
        told as (
            select regexp_replace(id, '[0-9]{{1,12}}$', '') as stem, regexp_extract(id, '([0-9]{{1,12}})$', 1) as digits, recorded_at
            from every where regexp_matches(id, '[0-9]{{1,12}}$') and not starts_with(id, 'CN-')
        )
        select stem, max(digits::bigint), arg_max(length(digits), digits::bigint) from told
        group by stem order by count(*) desc, stem limit 1
        """,
        {"kind": kind},
    ).fetchone()
    return f"{row[0]}{row[1] + 1:0{row[2]}d}" if row else f"{first}{1:0{4 if kind == 'invoices' else 3}d}"
