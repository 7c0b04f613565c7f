"""Closing a month in the store: its events and frozen reports, what the checklist asks, ticks and investor notes."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import duckdb

from tai_ops.board import Facts
from tai_ops.cash import Account, AccountMonth, Balance, total_cash
from tai_ops.cash_position import Held
from tai_ops.close_checklist import CloseState, Evidence, Exported, LineCount, Tick
from tai_ops.errors import StoreDamaged
from tai_ops.money import ZERO
from tai_ops.month_report import MONTHS, Books, Closing, MonthReport, Reconciled, from_json, to_json
from tai_ops.period import Month, months_between
from tai_ops.reconciliation import ItemNature, OpenItem, two_sided_statement
from tai_ops.store import ledger, transits
from tai_ops.store.category_rules import on_bank
from tai_ops.store.clearings import clearings
from tai_ops.store.connection import Store, Write, new_id
from tai_ops.store.facts import accounts
from tai_ops.store.line_natures import ERRED
from tai_ops.store.locks import NEWEST_LOCK, newest_locks
from tai_ops.store.matches import posted_not_stated
from tai_ops.transit import OwnTransfers

Cursor = duckdb.DuckDBPyConnection
SUBJECT = "close"
EXPORTED = "export investor letter"


@dataclass(frozen=True, slots=True)
class InvestorNotes:
    """What the CFO wrote for the investors about a month; a part that is not written is None."""

    highlights: str | None = None
    lowlights: str | None = None
    asks: str | None = None
    noted_at: datetime | None = None
    noted_by: str | None = None


# --- Events and frozen reports


def close_state(cursor: Cursor, month: Month) -> CloseState:
    """Whether the month is closed, and its newest event."""
    row = cursor.execute(
        """
        select event = 'closed', version, done_by, done_at, reason, snapshot_id from closes
        where month = $month order by done_at desc, version desc limit 1
        """,
        {"month": str(month)},
    ).fetchone()
    return CloseState(month, *row) if row else CloseState(month, closed=False)


def close_events(store: Store, month: Month | None = None) -> list[dict[str, Any]]:
    """Every close and reopening, newest first: month, version, event, reason, done_at, done_by, body_hash."""
    rows = store.rows(
        """
        select c.month, c.version, c.event, c.reason, c.done_at, c.done_by, s.body_hash
        from closes c left join snapshots s using (snapshot_id)
        where $month is null or c.month = $month order by c.done_at desc, c.month desc
        """,
        {"month": str(month) if month else None},
    )
    names = "month version event reason done_at done_by body_hash".split()
    return [dict(zip(names, row, strict=True)) for row in rows]


def frozen(cursor: Cursor, month: Month, version: int) -> MonthReport | None:
    """The report as that version froze it; None where there is none.

    Raises StoreDamaged where it is not what was frozen.
    """
    row = cursor.execute(
        """
        select body_json, body_hash, version, taken_by, taken_at from snapshots
        where subject = $subject and period = $month and version = $version
        """,
        {"subject": SUBJECT, "month": str(month), "version": version},
    ).fetchone()
    if row is None:
        return None
    body, body_hash, number, by, at = row
    if _hash(body) != body_hash:
        raise StoreDamaged(
            f"the frozen report of {month} (version {number}) is not what was frozen; "
            "bring the last verified backup back with `tai-ops restore FILE --replace`"
        )
    return replace(from_json(body), closed=Closing(number, body_hash, by, at))


def freeze(write: Write, report: MonthReport, version: int) -> tuple[MonthReport, str]:
    """Keep the report as that version and mark its month closed; returns it with its stamp, and its JSON."""
    body, snapshot_id, month = to_json(report), new_id(), str(report.month)
    body_hash = _hash(body)
    write.sql(
        """
        insert into snapshots (snapshot_id, subject, period, version, body_json, body_hash, taken_at, taken_by)
        values ($id, $subject, $month, $version, $body, $hash, $at, $by)
        """,
        {
            "id": snapshot_id,
            "subject": SUBJECT,
            "month": month,
            "version": version,
            "body": body,
            "hash": body_hash,
            "at": write.now,
            "by": write.by,
        },
    )
    record(write, report.month, version, "closed", snapshot_id=snapshot_id)
    return replace(report, closed=Closing(version, body_hash, write.by, write.now)), body


def record(
    write: Write,
    month: Month,
    version: int,
    event: str,
    *,
    reason: str | None = None,
    snapshot_id: str | None = None,
) -> None:
    """Keep that the month was closed or reopened."""
    write.sql(
        """
        insert into closes (month, version, event, snapshot_id, reason, done_at, done_by)
        values ($month, $version, $event, $snapshot, $reason, $at, $by)
        """,
        {
            "month": str(month),
            "version": version,
            "event": event,
            "snapshot": snapshot_id,
            "reason": reason,
            "at": write.now,
            "by": write.by,
        },
    )


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


# --- What the checklist asks


def evidence(cursor: Cursor, month: Month) -> Evidence:
    """What the store knows about closing the month, beside the records."""
    state = close_state(cursor, month)
    return Evidence(
        state=state,
        lines=line_counts(cursor, month),
        duplicates=_duplicates(cursor, month),
        ticks=ticks(cursor, month),
        exported=_exported(cursor, month),
        body_hash=_body_hash(cursor, state),
        with_statement=_with_statement(cursor, month.last_day),
        on_bank=on_bank(cursor),
        books_moved=books_moved(cursor, month.last_day),
    )


def line_counts(cursor: Cursor, month: Month) -> tuple[LineCount, ...]:
    """For each account with bank lines in the month: how many, and those not covered to the cent by what holds now.

    Lines of before the day from which an account's books count are left out: its opening balance holds them. What is the
    bank's own error by a person's word waits for no counterpart.
    """
    rows = cursor.execute(
        f"""
        with open_lines as (
            select l.account, l.line_id, l.amount,
                   case when l.line_id in ({ERRED}) then 0 else l.amount - coalesce(sum(m.amount), 0) end as rest
            from statement_lines l left join ({ledger.CONFIRMED}) m using (line_id)
            where l.booked_on >= $first and l.booked_on < $after and not exists (
                select 1 from accounts a
                where a.account = l.account and a.opening_balance is not null and l.booked_on < a.opened_on)
            group by l.account, l.line_id, l.amount
        )
        select o.account, a.kind, count(*), count(*) filter (o.rest <> 0),
               coalesce(sum(abs(o.rest)), 0)::decimal(18, 2), count(*) filter (o.rest <> 0 and o.amount > 0)
        from open_lines o join accounts a using (account)
        group by o.account, a.kind order by o.account
        """,
        {"first": month.start, "after": month.end},
    ).fetchall()
    return tuple(LineCount(*row) for row in rows)


def books_moved(cursor: Cursor, day: date) -> dict[str, Decimal]:
    """By how much the books of an account are other now than its newest lock by that day says, where they are."""
    rows = cursor.execute(
        f"""
        with locks as ({NEWEST_LOCK}), booked as ({ledger.BOOKED})
        select k.account,
               (a.opening_balance + coalesce(sum(b.amount), 0) - any_value(k.book_balance))::decimal(18, 2) as moved
        from locks k join accounts a using (account)
        left join booked b on b.account = k.account and b.booked_on between a.opened_on and k.through_on
        where a.opening_balance is not null
        group by k.account, a.opening_balance having moved <> 0 order by k.account
        """,
        {"last": day},
    ).fetchall()
    return dict(rows)


def _with_statement(cursor: Cursor, day: date) -> frozenset[str]:
    """The accounts of which the bank told a line or a balance by that day."""
    rows = cursor.execute(
        """
        select account from statement_lines where booked_on <= $day
        union
        select account from statement_balances where stated_on <= $day
        order by account
        """,
        {"day": day},
    ).fetchall()
    return frozenset(row[0] for row in rows)


def _duplicates(cursor: Cursor, month: Month) -> int:
    row = cursor.execute(
        """
        select count(distinct d.line_id) from possible_duplicates d join statement_lines l using (line_id)
        where l.booked_on >= $first and l.booked_on < $after
          and not exists (select 1 from duplicate_decisions x where x.line_id = d.line_id)
        """,
        {"first": month.start, "after": month.end},
    ).fetchone()
    return int(row[0]) if row else 0


def _exported(cursor: Cursor, month: Month) -> Exported | None:
    row = cursor.execute(
        """
        select done_at, done_by from audit where event = $event and subject_key = $month
        order by done_at desc limit 1
        """,
        {"event": EXPORTED, "month": str(month)},
    ).fetchone()
    return Exported(*row) if row else None


def _body_hash(cursor: Cursor, state: CloseState) -> str | None:
    row = cursor.execute(
        "select body_hash from snapshots where snapshot_id = $id", {"id": state.snapshot_id}
    ).fetchone()
    return row[0] if row else None


# --- What the report rests on beside the facts


def books(cursor: Cursor, found: Facts) -> Books:
    """Balances, flows, statements and expenses beside the facts of a month, to its last day that counts."""
    last = found.window.day
    held = [a for a in accounts(cursor) if a.opened_on <= last]
    balances = tuple(_held(cursor, account, found.window.month, last) for account in held)
    known = transits.known(cursor, found.window.month.plus(1 - MONTHS).start - transits.LOOKS_BACK)
    before = found.window.month.start - timedelta(days=1)
    starts = [one.start for one in balances if one.account.opened_on <= before]
    return Books(
        held=balances,
        flows=_flows(cursor, held, found),
        charges=found.charges,
        reconciliations=reconciliations(cursor, held, last),
        clearings=clearings(cursor, found.company, held, found.window.month.start, last),
        month_end_cash=_month_end_cash(cursor, held, found, known),
        on_the_way=(
            transits.on_the_way(cursor, held, starts, before, known)[0],
            transits.on_the_way(cursor, held, [one.end for one in balances], last, known)[0],
        ),
    )


def reconciliations(cursor: Cursor, held: Iterable[Account], last: date) -> tuple[Reconciled, ...]:
    """Each account's newest locked statement of that day or before it; cards only where they have one."""
    locks = {row[0]: row[1:] for row in newest_locks(cursor, last)}
    return tuple(
        _statement(account, locks.get(account.account))
        for account in held
        if account.kind != "card" or account.account in locks
    )


def _statement(account: Account, lock: tuple[Any, ...] | None) -> Reconciled:
    if lock is None:
        return Reconciled(account.account, account.name, account.kind, account.currency, None, None)
    through, bank, book, body, by, at = lock
    told = json.loads(body)
    bank_items = _items(told.get("unmatched_bank_lines", ()))
    book_items = _items(told.get("unmatched_book_items", ()))
    return Reconciled(
        account.account,
        account.name,
        account.kind,
        account.currency,
        through,
        two_sided_statement(bank, book, bank_items, book_items),
        bank_items,
        book_items,
        by,
        at,
    )


def _items(rows: Iterable[Mapping[str, str]]) -> tuple[OpenItem, ...]:
    return tuple(
        OpenItem(
            row.get("item") or f"line {n}",
            date.fromisoformat(row["date"]),
            Decimal(row["amount"]),
            cast("ItemNature", row.get("nature") or "plain"),
            row["text"],
        )
        for n, row in enumerate(rows, 1)
    )


def _held(cursor: Cursor, account: Account, month: Month, last: date) -> Held:
    before = month.start - timedelta(days=1)
    start, start_in_transit = _balance(cursor, account, before)
    end, end_in_transit = _balance(cursor, account, last)
    return Held(account, start, end, start_in_transit, end_in_transit)


def _balance(cursor: Cursor, account: Account, day: date) -> tuple[Balance, Decimal]:
    """What the account holds at the end of the day, and how much of it is not on the bank yet.

    A card owes what is posted and not on its statement too, locked or not.
    """
    found = ledger.balance_on(cursor, account, day)
    if account.kind != "card" or found.basis != "statement, unreconciled" or found.amount is None:
        return found, _in_transit(cursor, found, day)
    posted = posted_not_stated(cursor, account, day)
    return replace(found, amount=found.amount + posted), posted


def _in_transit(cursor: Cursor, balance: Balance, day: date) -> Decimal:
    """What of a reconciled balance is not on the bank yet: adjusted less stated."""
    if balance.basis != "reconciled" or balance.amount is None:
        return ZERO
    row = cursor.execute(
        """
        select bank_balance from (
            select * from reconciliations where account = $account and through_on between $since and $day
            qualify row_number() over (partition by through_on order by done_at desc) = 1
        ) where event = 'locked' order by through_on desc limit 1
        """,
        {"account": balance.account, "since": balance.as_of, "day": day},
    ).fetchone()
    return balance.amount - row[0] if row else ZERO


def _flows(cursor: Cursor, held: Iterable[Account], found: Facts) -> tuple[AccountMonth, ...]:
    """The flows of the company's currency and, apart, of each other one."""
    others = {account.currency for account in held} - {found.company.currency}
    apart = (row for each in sorted(others) for row in ledger.account_months(cursor, each) if row.account)
    return (*found.account_months, *apart)


def _month_end_cash(
    cursor: Cursor, held: Iterable[Account], found: Facts, known: OwnTransfers
) -> tuple[tuple[Month, Decimal | None], ...]:
    month, currency = found.window.month, found.company.currency
    ends: list[tuple[Month, Decimal | None]] = []
    for each in months_between(month.plus(1 - MONTHS), month):
        day = min(each.last_day, found.window.day)
        there = [a for a in held if a.kind != "card" and a.currency == currency and a.opened_on <= day]
        balances = [ledger.balance_on(cursor, account, day) for account in there]
        way, _ = transits.on_the_way(cursor, there, balances, day, known)
        ends.append((each, total_cash(balances, currency, way).total))
    return tuple(ends)


# --- Ticks and notes


def ticks(cursor: Cursor, month: Month) -> dict[str, Tick]:
    """The newest tick of each item that a person has touched."""
    rows = cursor.execute(
        """
        select item, ticked, note, ticked_at, ticked_by from close_ticks where month = $month
        qualify row_number() over (partition by item order by ticked_at desc) = 1 order by item
        """,
        {"month": str(month)},
    ).fetchall()
    return {row[0]: Tick(*row) for row in rows}


def put_tick(write: Write, month: Month, item: str, note: str | None, *, ticked: bool) -> None:
    """Keep that a person ticked an item or took the tick back."""
    write.sql(
        """
        insert into close_ticks (month, item, note, ticked, ticked_at, ticked_by)
        values ($month, $item, $note, $ticked, $at, $by)
        """,
        {"month": str(month), "item": item, "note": note, "ticked": ticked, "at": write.now, "by": write.by},
    )


def investor_notes(store: Store, month: Month) -> InvestorNotes:
    """The newest notes to the investors about the month; empty where nobody wrote any."""
    row = store.row(
        """
        select highlights, lowlights, asks, noted_at, noted_by from investor_notes
        where month = $month order by noted_at desc limit 1
        """,
        {"month": str(month)},
    )
    return InvestorNotes(*row) if row else InvestorNotes()


def put_notes(
    write: Write, month: Month, highlights: str | None, lowlights: str | None, asks: str | None
) -> None:
    """Keep notes to the investors as the newest."""
    write.sql(
        """
        insert into investor_notes (month, highlights, lowlights, asks, noted_at, noted_by)
        values ($month, $highlights, $lowlights, $asks, $at, $by)
        """,
        {
            "month": str(month),
            "highlights": highlights,
            "lowlights": lowlights,
            "asks": asks,
            "at": write.now,
            "by": write.by,
        },
    )
