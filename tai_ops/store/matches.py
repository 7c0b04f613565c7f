"""Reconciling an account: what matches, what a person decided, the two-sided statement, and its lock.

The matcher proposes; certain pairs are recorded as confirmed by `auto`, and whatever a person decided stays. Every
decision is a new row: undoing one adds a row and deletes none.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from tai_ops.cash import Account
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.match_facts import BankLine, Decided, Match, OpenEntry, OwnAccount
from tai_ops.matching import match
from tai_ops.money import ZERO, money_text
from tai_ops.period import Month
from tai_ops.reconciliation import ItemNature, OpenItem, TwoSidedStatement, nature_of, two_sided_statement
from tai_ops.rights import Actor
from tai_ops.store.aliases import aliases
from tai_ops.store.bank import state_balance
from tai_ops.store.connection import Store, Write, closed_months, new_id
from tai_ops.store.deciding import LineState, book_line, decide, decide_together
from tai_ops.store.facts import accounts as all_accounts
from tai_ops.store.ledger import AUTO, BOOKED, CONFIRMED, NEWEST, PAID, book_balance
from tai_ops.store.line_natures import book_key, natures
from tai_ops.store.locks import is_locked_on, locked_through, refuse_locked
from tai_ops.store.results import finished

__all__ = [
    "LineState",
    "Reconciliation",
    "book_line",
    "decide",
    "decide_together",
    "lock",
    "pairs",
    "reconcile",
    "standing",
    "type_balance",
    "unlock",
]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """An account's standing through a day, both sides and what is in between; money in the account's currency."""

    account: str
    currency: str
    through: date
    matched: int
    suggested: int
    unmatched_bank: tuple[LineState, ...]
    unmatched_book: tuple[OpenItem, ...]
    bank_balance: Decimal | None
    bank_balance_on: date | None
    book_balance: Decimal | None
    in_transit: Decimal
    outstanding: Decimal
    difference: Decimal | None
    explained: bool
    locked: tuple[date, str] | None
    locked_here: bool = False
    newly_confirmed: int = 0
    natures: Mapping[str, ItemNature] = field(default_factory=dict[str, ItemNature])
    pairs: tuple[Match, ...] = field(default=())
    before_opening: tuple[LineState, ...] = field(default=())
    """Open lines of before the day from which the account's books count: its opening balance holds them."""

    @property
    def adjusted_bank(self) -> Decimal | None:
        """Bank balance plus deposits in transit less outstanding checks, the bank's errors put right."""
        if self.bank_balance is None:
            return None
        items = map(self.bank_item, self.unmatched_bank)
        errors = sum((item.amount for item in items if item.nature == "error"), ZERO)
        return self.bank_balance + self.in_transit - self.outstanding - errors

    @property
    def two_sided(self) -> TwoSidedStatement | None:
        """The two-sided statement; None where a balance is not known."""
        if self.bank_balance is None or self.book_balance is None:
            return None
        bank = [self.bank_item(line) for line in self.unmatched_bank]
        return two_sided_statement(self.bank_balance, self.book_balance, bank, self.unmatched_book)

    def bank_item(self, line: LineState) -> OpenItem:
        """An open line as the two-sided statement lists it: as a person said, else by its own words."""
        text = line.payee or line.description or ""
        told = " ".join(filter(None, (line.payee, line.description, line.reference)))
        nature = self.natures.get(line.line_id) or nature_of(told, line.left)
        return OpenItem(line.line_id, line.booked_on, line.left, nature, text)

    def as_json(self) -> dict[str, Any]:
        """The answer of `reconcile`."""
        return {
            "account": self.account,
            "through": self.through.isoformat(),
            "matched": self.matched,
            "suggested": self.suggested,
            "unmatched_bank": len(self.unmatched_bank),
            "unmatched_book": len(self.unmatched_book),
            "bank_balance": _text(self.bank_balance),
            "book_balance": _text(self.book_balance),
            "deposits_in_transit": money_text(self.in_transit),
            "outstanding_checks": money_text(self.outstanding),
            "difference": _text(self.difference),
            "explained": self.explained,
        }


def reconcile(
    store: Store, actor: Actor, account: str, *, now: datetime, through: date | None = None
) -> Reconciliation:
    """Run the matcher for the account, record the certain pairs, and say how it stands."""
    held = _account(store, account)
    with store.write(actor, "money", "reconcile", now=now, subject=("accounts", account)) as write:
        day = through or _last_day(write.cursor, account, now)
        found = _matches(write.cursor, held, day, store.company.currency)
        sure = _open_to_auto(write, [m for m in found if m.state == "confirmed"])
        if sure:
            _record_all(write, sure)
        result = _standing(write.cursor, held, day, found, len(sure))
        write.detail = result.as_json() | {"newly_confirmed": len(sure)}
        return result


def standing(
    store: Store,
    account: str,
    *,
    now: datetime,
    through: date | None = None,
    found: Sequence[Match] | None = None,
) -> Reconciliation:
    """How the account stands, with suggestions; writes nothing.

    `found` stands in for a run of the matcher: what an earlier one found, less what was decided since.
    """
    held = _account(store, account)
    cursor = store.cursor()
    try:
        day = through or _last_day(cursor, account, now)
        pairs = _matches(cursor, held, day, store.company.currency) if found is None else list(found)
        return _standing(cursor, held, day, pairs, 0)
    finally:
        cursor.close()


def type_balance(
    store: Store, actor: Actor, account: str, day: date, amount: Decimal, *, now: datetime
) -> None:
    """Record the balance that a person read off the bank's statement."""
    _account(store, account)
    with store.write(actor, "money", "type balance", now=now, subject=("accounts", account)) as write:
        write.refuse_closed([day])
        refuse_locked(write.cursor, account, day)
        state_balance(write, account, day, amount, "entered")
        write.detail = {"stated_on": day.isoformat(), "amount": money_text(amount)}


def lock(store: Store, actor: Actor, account: str, through: date, *, now: datetime) -> Reconciliation:
    """Lock the account through the day. Refused where a balance is unknown or the difference is not explained.

    Before a later lock it keeps the statement of that day, which the close of its month asks for.
    """
    held = _account(store, account)
    with store.write(
        actor, "money", "lock reconciliation", now=now, subject=("accounts", account), checkpoint=True
    ) as write:
        locked = locked_through(write.cursor, account)
        write.refuse_closed([through])
        if locked and is_locked_on(write.cursor, account, through):
            raise Refused(f"account {account} is locked through {locked[0]} (by {locked[1]}) already")
        result = _standing(write.cursor, held, through, [], 0)
        if result.bank_balance is None or result.bank_balance_on != through:
            raise Refused(
                f"the bank's balance of {account} on {through} is not known; type it off the statement"
            )
        if result.book_balance is None or result.difference is None:
            raise Refused(f"the books of {account} have no opening balance; load it with the account")
        if not result.explained:
            raise Refused(
                f"account {account}: bank and books differ by {money_text(result.difference)} and the unmatched lines "
                "do not add up to it; nothing was locked"
            )
        _record_lock(write, result, "locked", None)
        write.detail = result.as_json()
        return result


def unlock(store: Store, actor: Actor, account: str, reason: str, *, now: datetime) -> date:
    """Open the account's last locked period again, with a reason; returns the day through which it was locked."""
    if not reason.strip():
        raise Refused("a reason is needed to unlock")
    held = _account(store, account)
    with store.write(
        actor, "money", "unlock reconciliation", now=now, subject=("accounts", account)
    ) as write:
        locked = locked_through(write.cursor, account)
        if locked is None:
            raise Refused(f"account {account} is not locked")
        write.refuse_closed([locked[0]])
        result = _standing(write.cursor, held, locked[0], [], 0)
        _record_lock(write, result, "unlocked", reason.strip())
        write.detail = {"through": locked[0].isoformat(), "reason": reason.strip()}
        return locked[0]


def pairs(store: Store, account: str, found: Reconciliation) -> list[dict[str, Any]]:
    """Every pair of the account's lines: confirmed, suggested, declined; for `--matches`."""
    rows = store.rows(
        f"""
        select coalesce(l.bank_id, l.line_id), l.booked_on, l.amount, concat_ws(' ', l.payee, l.description),
               d.entry_kind, d.entry_id, d.decision, 1, d.score, d.reasons_json
        from ({NEWEST}) d join statement_lines l using (line_id)
        where l.account = $account and d.decision in ('confirmed', 'declined') and l.booked_on <= $through
        order by l.booked_on, l.line_id, d.entry_kind, d.entry_id
        """,
        {"account": account, "through": found.through},
    )
    names = "bank_id date amount description entry_kind entry_id state rank score reasons".split()
    listed = [
        dict(zip(names, row, strict=True)) | {"reasons": "; ".join(json.loads(row[-1]))} for row in rows
    ]
    lines = {line.line_id: line for line in found.unmatched_bank}
    for m in found.pairs:
        line = lines.get(m.line_id)
        if m.state == "suggested" and line is not None:
            text = " ".join(filter(None, (line.payee, line.description)))
            listed.append(
                dict(
                    zip(
                        names,
                        (
                            line.bank_id or line.line_id,
                            line.booked_on,
                            line.amount,
                            text,
                            m.entry_kind,
                            m.entry_id,
                            "suggested",
                            m.rank,
                            m.score,
                            "; ".join(m.reasons),
                        ),
                        strict=True,
                    )
                )
            )
    return listed


def _account(store: Store, account: str) -> Account:
    cursor = store.cursor()
    try:
        held = next((a for a in all_accounts(cursor) if a.account == account), None)
        known = ", ".join(a.account for a in all_accounts(cursor))
    finally:
        cursor.close()
    if held is None:
        raise Refused(
            f"there is no account {account!r}; the accounts are {known}"
            if known
            else KINDS["accounts"].not_there(account)
        )
    return held


def _last_day(cursor: duckdb.DuckDBPyConnection, account: str, now: datetime) -> date:
    """The newest day that the bank speaks of: its last line or stated balance."""
    row = cursor.execute(
        """
        select greatest((select max(booked_on) from statement_lines where account = $account),
                        (select max(stated_on) from statement_balances where account = $account))
        """,
        {"account": account},
    ).fetchone()
    return row[0] if row and row[0] else now.date()


def _matches(
    cursor: duckdb.DuckDBPyConnection, held: Account, through: date, company_currency: str
) -> list[Match]:
    accounts = {a.account: a for a in all_accounts(cursor)}
    lines = _bank_lines(cursor, held, through, accounts)
    mine = {line.line_id for line in lines if line.account == held.account}
    found = match(
        lines,
        _open_entries(cursor, accounts, held.currency, company_currency),
        decisions=_decisions(cursor),
        accounts=[
            OwnAccount(a.account, a.name, a.kind, a.opened_on if a.opening_balance is not None else None)
            for a in accounts.values()
        ],
        aliases=aliases(cursor),
    )
    return [m for m in found if m.line_id in mine]


def _bank_lines(
    cursor: duckdb.DuckDBPyConnection, held: Account, through: date, accounts: dict[str, Account]
) -> list[BankLine]:
    rows = cursor.execute(
        """
        select line_id, account, booked_on, amount, coalesce(currency, $currency), coalesce(payee, ''),
               coalesce(description, ''), coalesce(reference, '')
        from statement_lines
        where booked_on <= $through and (account = $account or account in (select unnest($others)))
        order by line_id
        """,
        {
            "currency": held.currency,
            "through": through,
            "account": held.account,
            "others": [a.account for a in accounts.values() if a.currency == held.currency],
        },
    ).fetchall()
    return [BankLine(*row) for row in rows]


def _open_entries(
    cursor: duckdb.DuckDBPyConnection, accounts: dict[str, Account], currency: str, company_currency: str
) -> list[OpenEntry]:
    """What the books hold: receipts, paid and unpaid bills, entries, and invoices as far as no receipt covers them.

    A document that no account books is in the company's currency.
    """
    found = cursor.execute(
        f"""
        select 'payment', p.payment_id, p.account, p.received_on, null, p.amount, p.amount,
               coalesce(p.payer, c.name, ''), concat_ws(',', p.reference, p.invoice_number), null
        from payments p left join invoices i using (invoice_number) left join customers c using (customer_id)
        union all
        select 'bill', bill_id, case when paid_on is null then null else account end, coalesce(paid_on, incurred_on),
               due_on, -amount, -amount, payee, coalesce(reference, ''), null
        from bills
        union all
        select 'entry', entry_id, account, booked_on, null, amount, amount, coalesce(payee, ''),
               coalesce(reference, ''), counter_account
        from entries
        union all
        select 'invoice', i.invoice_number, null, i.issued_on, i.due_on, i.amount + coalesce(i.tax_amount, 0),
               i.amount + coalesce(i.tax_amount, 0) - coalesce(p.paid, 0), c.name, i.invoice_number, null
        from invoices i join customers c using (customer_id)
        left join (select invoice_number, sum(amount)::decimal(18, 2) as paid from ({PAID}) group by all) p
          using (invoice_number)
        order by 1, 2
        """
    ).fetchall()
    return [
        OpenEntry(kind, entry_id, account, dated, due, amount, residual, currency, party, reference, counter)
        for kind, entry_id, account, dated, due, amount, residual, party, reference, counter in found
        if residual and (accounts[account].currency if account else company_currency) == currency
    ]


def _decisions(cursor: duckdb.DuckDBPyConnection) -> list[Decided]:
    rows = cursor.execute(
        f"""
        select d.line_id, d.entry_kind, d.entry_id, d.amount, d.decision, l.account
        from ({NEWEST}) d join statement_lines l using (line_id)
        where d.decision in ('confirmed', 'declined') order by d.line_id, d.entry_kind, d.entry_id
        """
    ).fetchall()
    return [Decided(*row) for row in rows]


def _open_to_auto(write: Write, found: list[Match]) -> list[Match]:
    """The certain pairs whose lines, on both sides, lie in no locked and no closed period."""
    locked = {
        a: locked_through(write.cursor, a) for (a,) in write.sql("select account from accounts").fetchall()
    }
    closed = closed_months(write.cursor)
    days = {
        line: (held, day)
        for line, held, day in write.sql("select line_id, account, booked_on from statement_lines").fetchall()
    }

    def is_open(line_id: str) -> bool:
        held, day = days[line_id]
        until = locked.get(held)
        return Month.of(day) not in closed and (until is None or day > until[0])

    return [m for m in found if is_open(m.line_id) and (m.entry_kind != "line" or is_open(m.entry_id))]


def _record_all(write: Write, found: list[Match]) -> None:
    """Record pairs that the matcher is certain of, all in one statement; a transfer's two lines get a row each."""
    rows = [(m, m.line_id, m.entry_id, m.amount) for m in found]
    rows += [(m, m.entry_id, m.line_id, -m.amount) for m in found if m.entry_kind == "line"]
    table = pa.table(
        {
            "decision_id": [new_id() for _ in rows],
            "line_id": [line for _, line, _, _ in rows],
            "entry_kind": [m.entry_kind for m, *_ in rows],
            "entry_id": [entry for _, _, entry, _ in rows],
            "amount": pa.array([amount for *_, amount in rows], pa.decimal128(18, 2)),
            "stage": [m.stage for m, *_ in rows],
            "score": pa.array([m.score for m, *_ in rows], pa.int64()),
            "reasons_json": [json.dumps(list(m.reasons), ensure_ascii=False) for m, *_ in rows],
        }
    )
    finished(write.cursor).register("certain_pairs", table)
    try:
        write.sql(
            """
            insert into match_decisions (decision_id, line_id, entry_kind, entry_id, amount, decision, stage, score,
                reasons_json, decided_at, decided_by)
            select decision_id, line_id, entry_kind, entry_id, amount, 'confirmed', stage, score, reasons_json, $at, $by
            from certain_pairs
            """,
            {"at": write.now, "by": AUTO},
        )
    finally:
        finished(write.cursor).unregister("certain_pairs")


def _standing(
    cursor: duckdb.DuckDBPyConnection, held: Account, through: date, found: list[Match], newly: int
) -> Reconciliation:
    left = _open_lines(cursor, held.account, through, found)
    begun = date.min if held.opening_balance is None else held.opened_on
    open_lines = tuple(line for line in left if line.booked_on >= begun)
    before = tuple(line for line in left if line.booked_on < begun)
    early = {line.line_id for line in before}
    said = natures(cursor, held.account)
    items = _book_items(cursor, held, through, said)
    bookings = [item.amount for item in items if item.nature != "error"]
    wrong = sum((item.amount for item in items if item.nature == "error"), ZERO)
    bank, bank_on = _bank_balance(cursor, held, through)
    book = book_balance(cursor, held, through)
    in_transit = sum((amount for amount in bookings if amount > 0), ZERO)
    outstanding = -sum((amount for amount in bookings if amount < 0), ZERO)
    difference = None if bank is None or book is None else bank + in_transit - outstanding - book
    loose = sum((line.left for line in open_lines), ZERO)
    return Reconciliation(
        account=held.account,
        currency=held.currency,
        through=through,
        matched=_matched_lines(cursor, held.account, through),
        suggested=len({m.line_id for m in found if m.state == "suggested"} - early),
        unmatched_bank=open_lines,
        unmatched_book=items,
        bank_balance=bank,
        bank_balance_on=bank_on,
        book_balance=book,
        in_transit=in_transit,
        outstanding=outstanding,
        difference=difference,
        explained=difference is not None and difference == loose - wrong,
        locked=locked_through(cursor, held.account),
        locked_here=is_locked_on(cursor, held.account, through),
        newly_confirmed=newly,
        natures=said,
        pairs=tuple(m for m in found if m.state != "suggested" or m.line_id not in early),
        before_opening=before,
    )


def posted_not_stated(cursor: duckdb.DuckDBPyConnection, card: Account, day: date) -> Decimal:
    """What a card's books hold up to the day and its statement lacks, signed as the books; it makes the card's liability.

    Nothing while a line of the card waits for its match: which of the two it is missing from is not known then.
    Source: finance.md 4.6, R6.15.
    """
    begun = date.min if card.opening_balance is None else card.opened_on
    if any(line.booked_on >= begun for line in _open_lines(cursor, card.account, day, [])):
        return ZERO
    items = _book_items(cursor, card, day, natures(cursor, card.account))
    return sum((item.amount for item in items if item.nature != "error"), ZERO)


def _matched_lines(cursor: duckdb.DuckDBPyConnection, account: str, through: date) -> int:
    row = cursor.execute(
        f"""
        select count(distinct line_id) from ({CONFIRMED}) join statement_lines l using (line_id)
        where l.account = $account and l.booked_on <= $through
        """,
        {"account": account, "through": through},
    ).fetchone()
    return row[0] if row else 0


def _open_lines(
    cursor: duckdb.DuckDBPyConnection, account: str, through: date, found: list[Match]
) -> list[LineState]:
    suggestions: dict[str, list[Match]] = {}
    for m in found:
        if m.state == "suggested":
            suggestions.setdefault(m.line_id, []).append(m)
    rows = cursor.execute(
        f"""
        select l.line_id, l.booked_on, l.amount, l.payee, l.description, l.reference, l.bank_id,
               l.amount - coalesce(sum(m.amount), 0),
               list({{'k': m.entry_kind, 'e': m.entry_id, 'a': m.amount, 'b': m.decided_by}}
                    order by m.entry_kind, m.entry_id) filter (m.entry_id is not null)
        from statement_lines l
        left join (select * from ({NEWEST}) where decision = 'confirmed') m using (line_id)
        where l.account = $account and l.booked_on <= $through
        group by l.line_id, l.booked_on, l.amount, l.payee, l.description, l.reference, l.bank_id
        having l.amount <> coalesce(sum(m.amount), 0)
        order by l.booked_on, l.line_id
        """,
        {"account": account, "through": through},
    ).fetchall()
    return [
        LineState(
            *row[:8],
            matched=tuple((m["k"], m["e"], m["a"], m["b"]) for m in row[8] or ()),
            suggestions=tuple(suggestions.get(row[0], ())),
        )
        for row in rows
    ]


def _book_items(
    cursor: duckdb.DuckDBPyConnection, held: Account, through: date, said: Mapping[str, ItemNature]
) -> tuple[OpenItem, ...]:
    """What the books of the account hold and no bank line covers yet; an error where a person said so."""
    rows = cursor.execute(
        f"""
        with mine as (
            select entry_kind, entry_id, min(booked_on) as booked_on, sum(amount) as amount,
                   min(party) as party, min(reference) as reference
            from ({BOOKED}) where account = $account and booked_on <= $through and booked_on >= $opened
            group by entry_kind, entry_id
        ),
        covered as (
            select m.entry_kind, m.entry_id, sum(m.amount) as amount
            from ({CONFIRMED}) m join statement_lines l using (line_id)
            where l.account = $account and l.booked_on <= $through group by m.entry_kind, m.entry_id
        )
        select b.entry_kind, b.entry_id, b.booked_on, (b.amount - coalesce(c.amount, 0))::decimal(18, 2),
               b.party, b.reference
        from mine b left join covered c using (entry_kind, entry_id)
        where b.amount <> coalesce(c.amount, 0)
        order by b.booked_on, b.entry_kind, b.entry_id
        """,
        {"account": held.account, "through": through, "opened": held.opened_on},
    ).fetchall()
    return tuple(
        OpenItem(
            f"{kind} {entry_id}",
            day,
            amount,
            said.get(book_key(held.account, f"{kind} {entry_id}"), "plain"),
            " ".join(filter(None, (party, reference))),
        )
        for kind, entry_id, day, amount, party, reference in rows
    )


def _bank_balance(
    cursor: duckdb.DuckDBPyConnection, held: Account, through: date
) -> tuple[Decimal | None, date | None]:
    """The bank's balance on the day: stated, or carried there from the newest stated one by the lines in between."""
    stated = cursor.execute(
        """
        select stated_on, arg_max(amount, stated_at) from statement_balances
        where account = $account and stated_on <= $through group by stated_on order by stated_on desc limit 1
        """,
        {"account": held.account, "through": through},
    ).fetchone()
    if stated is not None:
        since, amount = stated
    elif held.opening_balance is not None:
        since, amount = held.opened_on - timedelta(days=1), held.opening_balance
    else:
        return None, None
    row = cursor.execute(
        """
        select count(*), coalesce(sum(amount), 0)::decimal(18, 2) from statement_lines
        where account = $account and booked_on > $since and booked_on <= $through
        """,
        {"account": held.account, "since": since, "through": through},
    ).fetchone()
    count, moved = row or (0, ZERO)
    if stated is None and not count:
        return None, None
    return amount + moved, through


def _record_lock(write: Write, result: Reconciliation, event: str, reason: str | None) -> None:
    body = result.as_json() | {
        "adjusted_bank": _text(result.adjusted_bank),
        "currency": result.currency,
        "unmatched_bank_lines": [
            {
                "date": line.booked_on.isoformat(),
                "text": item.text,
                "amount": money_text(item.amount),
                "nature": item.nature,
            }
            for line in result.unmatched_bank
            for item in (result.bank_item(line),)
        ],
        "unmatched_book_items": [
            {
                "item": i.item_id,
                "date": i.happened_on.isoformat(),
                "text": i.text,
                "amount": money_text(i.amount),
            }
            | ({"nature": i.nature} if i.nature != "plain" else {})
            for i in result.unmatched_book
        ],
    }
    write.sql(
        """
        insert into reconciliations (account, through_on, bank_balance, book_balance, difference, explained,
            statement_json, event, reason, done_at, done_by)
        values ($account, $through, $bank, $book, $difference, $explained, $body, $event, $reason, $at, $by)
        """,
        {
            "account": result.account,
            "through": result.through,
            "bank": result.bank_balance or ZERO,
            "book": result.book_balance or ZERO,
            "difference": result.difference or ZERO,
            "explained": result.explained,
            "body": json.dumps(body, ensure_ascii=False, sort_keys=True),
            "event": event,
            "reason": reason,
            "at": write.now,
            "by": write.by,
        },
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else money_text(amount)
