"""What a person decides about a bank line: confirm, decline or undo its pairs, and book what it lacks.

Every decision is a new row: undoing one adds a row and deletes none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.match_facts import Match
from tai_ops.money import money_text
from tai_ops.rights import Actor
from tai_ops.sheet import read_values
from tai_ops.store.booked import KIND_OF, booked_id, undo_booking
from tai_ops.store.connection import Store, Write, new_id
from tai_ops.store.ledger import CONFIRMED, NEWEST, PAID
from tai_ops.store.locks import refuse_locked
from tai_ops.store.records import put

SINGULAR = {kind: singular for singular, kind in KIND_OF.items()}
"""What a pair calls a row of each kind that a line can be booked as."""


@dataclass(frozen=True, slots=True)
class LineState:
    """A bank line with what it is matched with, and how much of it is left."""

    line_id: str
    booked_on: date
    amount: Decimal
    payee: str | None
    description: str | None
    reference: str | None
    bank_id: str | None
    left: Decimal
    matched: tuple[tuple[str, str, Decimal, str], ...] = ()
    suggestions: tuple[Match, ...] = ()


def decide(
    store: Store,
    actor: Actor,
    line_id: str,
    entry_kind: str,
    entry_id: str,
    decision: str,
    *,
    now: datetime,
    request_key: str | None = None,
) -> tuple[str, ...]:
    """Confirm, decline or undo a pair. A confirmed pair settles as much as both sides have left.

    Undoing or declining the pair of what was booked from the line takes that out again; the answer says so, or why it
    stays.

    Raises Refused where nothing is left to settle, where there is no such pair, or where the period is locked.
    """
    return decide_together(
        store, actor, line_id, [(entry_kind, entry_id)], decision, now=now, request_key=request_key
    )


def decide_together(
    store: Store,
    actor: Actor,
    line_id: str,
    entries: Sequence[tuple[str, str]],
    decision: str,
    *,
    now: datetime,
    request_key: str | None = None,
) -> tuple[str, ...]:
    """Confirm, decline or undo a line's pairs with several entries (each a kind and an id), all of them or none.

    Raises Refused as `decide` does.
    """
    if decision not in {"confirmed", "declined", "undone"}:
        raise Refused(f"{decision!r} is none of confirmed, declined, undone")
    with store.write(
        actor,
        "money",
        f"match {decision}",
        now=now,
        subject=("statement_lines", line_id),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return tuple(write.repeated.get("bookings", ()))
        if decision == "confirmed":
            for kind, entry_id in entries:
                refuse_other_currency(write, line_id, kind, entry_id, store.company.currency)
        if decision != "confirmed":
            entries = [*entries, *_written_off_with(write, line_id, entries)]
        booked = [one for one in entries if decision != "confirmed" and _was_booked(write, line_id, *one)]
        done = [_decide(write, line_id, kind, entry_id, decision) for kind, entry_id in entries]
        said = tuple(undo_booking(write, kind, entry_id) for kind, entry_id in booked)
        write.detail = done[0] if len(done) == 1 else {"entries": done}
        if said:
            write.detail |= {"bookings": list(said)}
        return said


def decide_many(
    store: Store,
    actor: Actor,
    chosen: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    decision: str,
    *,
    now: datetime,
) -> None:
    """Confirm or undo the pairs of several lines (each with its entries) in one write, all of them or none.

    Raises Refused as `decide` does.
    """
    if decision not in {"confirmed", "undone"}:
        raise Refused(f"{decision!r} is none of confirmed, undone")
    with store.write(actor, "money", f"matches {decision}", now=now) as write:
        for line_id, entries in chosen:
            for kind, entry_id in entries:
                if decision == "confirmed":
                    refuse_other_currency(write, line_id, kind, entry_id, store.company.currency)
                _decide(write, line_id, kind, entry_id, decision)
        write.detail = {"lines": [line_id for line_id, _ in chosen]}


def _decide(write: Write, line_id: str, entry_kind: str, entry_id: str, decision: str) -> dict[str, Any]:
    line = line_in_hand(write, line_id)
    if entry_kind == "line":
        line_in_hand(write, entry_id)
    amount = line.left
    if decision == "confirmed":
        amount = _settles(write, line, entry_kind, entry_id)
    elif decision == "undone":
        amount = _standing_pair(write, line_id, entry_kind, entry_id)
    record_decision(write, line_id, entry_kind, entry_id, amount, decision)
    if entry_kind == "line":
        record_decision(write, entry_id, "line", line_id, -amount, decision)
    return {"entry_kind": entry_kind, "entry_id": entry_id, "amount": money_text(amount)}


def book_line(
    store: Store,
    actor: Actor,
    line_id: str,
    kind: str,
    values: Mapping[str, str],
    *,
    now: datetime,
    request_key: str | None = None,
) -> str:
    """Create the bill, payment or entry that a bank line lacks, from the line, and confirm the pair; returns its id."""
    with store.write(
        actor, "money", "book line", now=now, subject=("statement_lines", line_id), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return str(write.repeated["entry_id"])
        line = line_in_hand(write, line_id)
        if line.left == 0:
            raise Refused("this line is matched already; undo the match first")
        entry_kind, entry_id = book_part(write, line, kind, line.left, values)
        write.detail = {"entry_kind": entry_kind, "entry_id": entry_id, "amount": money_text(line.left)}
        return entry_id


def book_part(
    write: Write,
    line: LineState,
    kind: str,
    amount: Decimal,
    values: Mapping[str, str],
    *,
    recorded_from: str = "entered",
) -> tuple[str, str]:
    """Create a row over a part of the line inside a write under way and confirm the pair; returns its kind and id."""
    if kind not in SINGULAR:
        raise Refused(f"a line can be booked as bills, payments or entries, not {kind!r}")
    payee = values.get("payee") or line.payee or line.description or "bank"
    entry_id = booked_id(write, kind, line.booked_on, payee)
    row = booked_row(line, kind, entry_id, amount, values)
    put(write, read_values(KINDS[kind], row), name="this line", recorded_from=recorded_from)
    record_decision(write, line.line_id, SINGULAR[kind], entry_id, amount, "confirmed", stage="booked")
    return SINGULAR[kind], entry_id


def record_decision(
    write: Write,
    line_id: str,
    entry_kind: str,
    entry_id: str,
    amount: Decimal,
    decision: str,
    *,
    stage: str = "person",
) -> None:
    """Write down what was decided about a pair, within a write under way."""
    write.sql(
        """
        insert into match_decisions (decision_id, line_id, entry_kind, entry_id, amount, decision, stage, score,
            reasons_json, decided_at, decided_by)
        values ($id, $line, $kind, $entry, $amount, $decision, $stage, $score, $reasons, $at, $by)
        """,
        {
            "id": new_id(),
            "line": line_id,
            "kind": entry_kind,
            "entry": entry_id,
            "amount": amount,
            "decision": decision,
            "stage": stage,
            "score": 100,
            "reasons": "[]",
            "at": write.now,
            "by": write.by,
        },
    )


def line_in_hand(write: Write, line_id: str) -> LineState:
    """The line and what is left of it; refused where it is gone, in a closed month or locked."""
    row = write.sql(
        f"""
        select l.line_id, l.booked_on, l.amount, l.payee, l.description, l.reference, l.bank_id,
               l.amount - coalesce((select sum(amount) from ({CONFIRMED}) m where m.line_id = l.line_id), 0), l.account
        from statement_lines l where l.line_id = $id
        """,
        {"id": line_id},
    ).fetchone()
    if row is None:
        raise Refused("this bank line is not there (any more); reload the page")
    write.refuse_closed([row[1]])
    refuse_locked(write.cursor, row[8], row[1])
    return LineState(*row[:8])


def refuse_other_currency(
    write: Write, line_id: str, entry_kind: str, entry_id: str, company_currency: str
) -> None:
    """A line settles what is in its own currency; what no account books is in the company's."""
    row = write.sql(
        """
        select l.currency, coalesce(a.currency, $company)
        from (select a.currency from statement_lines l join accounts a using (account) where l.line_id = $line) l,
             (select (select account from payments where $kind = 'payment' and payment_id = $id
                      union all select account from bills where $kind = 'bill' and bill_id = $id
                      union all select account from entries where $kind = 'entry' and entry_id = $id
                      union all select account from statement_lines where $kind = 'line' and line_id = $id
                      limit 1) as account) e
             left join accounts a on a.account = e.account
        """,
        {"company": company_currency, "line": line_id, "kind": entry_kind, "id": entry_id},
    ).fetchone()
    if row and row[0] != row[1]:
        raise Refused(
            f"this line is in {row[0]} and {entry_kind} {entry_id} in {row[1]}; they don't settle each other"
        )


def _settles(write: Write, line: LineState, entry_kind: str, entry_id: str) -> Decimal:
    """How much a pair settles: what both have left, in the line's direction."""
    left = entry_left(write, line, entry_kind, entry_id)
    if line.left == 0:
        raise Refused("this line is matched in full already; undo a match first")
    if left == 0:
        raise Refused(f"{entry_kind} {entry_id} is settled already; undo its match first")
    if (left > 0) != (line.left > 0):
        raise Refused(f"{entry_kind} {entry_id} goes the other way than this line")
    return line.left if abs(line.left) <= abs(left) else left


def entry_left(write: Write, line: LineState, entry_kind: str, entry_id: str) -> Decimal:
    """What is open of an entry, signed as the line's account feels it; refused where there is none."""
    if entry_kind == "line":
        other = line_in_hand(write, entry_id)
        return -other.left
    account = write.sql(
        "select account from statement_lines where line_id = $id", {"id": line.line_id}
    ).fetchone()
    row = write.sql(
        f"""
        select e.residual * (case when e.counter = $account then -1 else 1 end)
               - coalesce((select sum(m.amount) from ({CONFIRMED}) m join statement_lines l using (line_id)
                  where m.entry_kind = $kind and m.entry_id = $id
                    and ($kind <> 'entry' or l.account = $account)), 0)
        from (
            select 'payment' as kind, payment_id as entry_id, amount as residual, null as counter from payments
            union all select 'bill', bill_id, -amount, null from bills
            union all select 'entry', entry_id, amount, counter_account from entries
            union all
            select 'invoice', i.invoice_number,
                   i.amount + coalesce(i.tax_amount, 0) - coalesce(
                       (select sum(p.amount) from ({PAID}) p where p.invoice_number = i.invoice_number), 0), null
            from invoices i
        ) e where e.kind = $kind and e.entry_id = $id
        """,
        {"kind": entry_kind, "id": entry_id, "account": account[0] if account else None},
    ).fetchone()
    if row is None:
        raise Refused(f"there is no {entry_kind} {entry_id!r}")
    return Decimal(row[0])


def _was_booked(write: Write, line_id: str, entry_kind: str, entry_id: str) -> bool:
    """Whether the pair stands because the entry was booked from the line."""
    row = write.sql(
        f"""
        select stage, decision from ({NEWEST})
        where line_id = $line and entry_kind = $kind and entry_id = $entry
        """,
        {"line": line_id, "kind": entry_kind, "entry": entry_id},
    ).fetchone()
    return row == ("booked", "confirmed")


def _written_off_with(
    write: Write, line_id: str, entries: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """What was written off from the line against its own direction: it makes no sense without the pair beside it."""
    rows = write.sql(
        f"""
        select d.entry_kind, d.entry_id from ({NEWEST}) d join statement_lines l using (line_id)
        where line_id = $line and d.decision = 'confirmed' and d.stage = 'booked' and d.amount * l.amount < 0
        order by d.entry_kind, d.entry_id
        """,
        {"line": line_id},
    ).fetchall()
    return [(kind, entry_id) for kind, entry_id in rows if (kind, entry_id) not in entries]


def _standing_pair(write: Write, line_id: str, entry_kind: str, entry_id: str) -> Decimal:
    row = write.sql(
        f"""
        select amount, decision from ({NEWEST})
        where line_id = $line and entry_kind = $kind and entry_id = $entry
        """,
        {"line": line_id, "kind": entry_kind, "entry": entry_id},
    ).fetchone()
    if row is None or row[1] == "undone":
        raise Refused("there is nothing to undo for this pair")
    return Decimal(row[0])


def booked_row(
    line: LineState, kind: str, entry_id: str, amount: Decimal, values: Mapping[str, str]
) -> dict[str, str]:
    """The row of that kind over the amount, signed like the bank, that is booked from the line.

    Raises Refused where money of that direction can't be such a row.
    """
    payee = values.get("payee") or line.payee or line.description or "bank"
    day = line.booked_on.isoformat()
    reference = values.get("reference", "")
    if kind == "bills":
        if amount > 0:
            raise Refused("money that came in is no bill; book it as an entry or a payment")
        return {
            "bill_id": entry_id,
            "account": values["account"],
            "incurred_on": values.get("incurred_on") or day,
            "paid_on": day,
            "payee": payee,
            "amount": money_text(-amount),
            "category": values.get("category", ""),
            "reference": reference,
        }
    if kind == "payments":
        if amount < 0:
            raise Refused("money that went out is no customer's payment; book it as a bill or an entry")
        return {
            "payment_id": entry_id,
            "account": values["account"],
            "received_on": day,
            "amount": money_text(amount),
            "invoice_number": values.get("invoice_number", ""),
            "payer": payee,
            "reference": reference,
        }
    return {
        "entry_id": entry_id,
        "account": values["account"],
        "booked_on": day,
        "amount": money_text(amount),
        "kind": values.get("kind", "other"),
        "counter_account": values.get("counter_account", ""),
        "payee": payee,
        "reference": reference,
    }
