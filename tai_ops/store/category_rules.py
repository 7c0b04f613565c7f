"""The category rules in the store: keeping them, what they would change, applying them, and correcting by hand.

A rule's history only grows. What it gave carries its name as the record's origin, so that another rule may take its
place; what a person or a file said is never touched, nor is anything in a closed month.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from tai_ops.category_rules import GIVEN_BY_RULE, Change, Item, Preview, Rule, checked, preview
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.money import money_text
from tai_ops.period import Month
from tai_ops.rights import Actor
from tai_ops.sheet import Sheet
from tai_ops.store import corrections
from tai_ops.store.connection import Store, Write, closed_months, new_id
from tai_ops.store.deciding import book_part, line_in_hand
from tai_ops.store.ledger import CONFIRMED
from tai_ops.store.locks import newest_locks
from tai_ops.store.records import put

MOST_BOOKED = 500
MOST_NAMED = 200

_NEWEST = """
    select * from category_rules
    qualify row_number() over (partition by rule_id order by recorded_at desc) = 1
"""
_ENTRY_NEWEST = """
    select * from entry_categories
    qualify row_number() over (partition by entry_id order by recorded_at desc) = 1
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """What rules changed: each bill or entry with the category before and the one it has now."""

    changes: tuple[Change, ...]

    @property
    def count(self) -> int:
        """How many records changed."""
        return len(self.changes)


def rules(store: Store) -> list[Rule]:
    """The rules that hold, in the order in which they are asked."""
    with store.cursor() as cursor:
        return _rules(cursor)


def _rules(cursor: duckdb.DuckDBPyConnection) -> list[Rule]:
    rows = cursor.execute(
        f"""
        select rule_id, place, category, text_is, text, amount_from, amount_to, account, direction
        from ({_NEWEST}) where category is not null order by place, rule_id
        """
    ).fetchall()
    return [Rule(*row) for row in rows]


def entry_labels(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The category that was given to booked entries, by a rule or a person."""
    rows = cursor.execute(
        f"select entry_id, category from ({_ENTRY_NEWEST}) where category is not null order by entry_id"
    ).fetchall()
    return dict(rows)


# --- What rules may speak of


def items(store: Store, *, lines: bool = True) -> list[Item]:
    """Every bill, fee, paid interest and, with `lines`, open outgoing bank line, with whether a rule may decide it.

    A line that an open bill of the same amount or of the same payee may stand for is left to the matching.
    """
    with store.cursor() as cursor:
        return _items(cursor, store.company.currency, lines=lines)


def _items(cursor: duckdb.DuckDBPyConnection, currency: str, *, lines: bool = True) -> list[Item]:
    closed = closed_months(cursor)

    def shut(*days: date | None) -> bool:
        return any(day is not None and Month.of(day) in closed for day in days)

    found: list[Item] = []
    for bill_id, incurred, paid, payee, reference, amount, money, account, category, origin in cursor.execute(
        """
        select b.bill_id, b.incurred_on, b.paid_on, b.payee, b.reference, b.amount, coalesce(a.currency, $currency),
               b.account, nullif(trim(b.category), ''), b.recorded_from
        from bills b left join accounts a using (account) order by b.incurred_on, b.bill_id
        """,
        {"currency": currency},
    ).fetchall():
        free = category is None or origin.startswith(GIVEN_BY_RULE)
        texts = (payee, reference or "")
        found.append(
            Item(
                "bill",
                bill_id,
                incurred,
                texts,
                amount,
                money,
                account,
                category,
                free,
                shut(incurred, paid),
            )
        )
    for entry_id, day, payee, reference, amount, money, account, category, free in cursor.execute(
        f"""
        select e.entry_id, e.booked_on, coalesce(e.payee, a.name, e.account), e.reference, -e.amount,
               coalesce(a.currency, $currency), e.account, n.category,
               n.category is null or n.rule_id is not null
        from entries e left join accounts a using (account) left join ({_ENTRY_NEWEST}) n using (entry_id)
        where e.kind = 'fee' or (e.kind = 'interest' and e.amount < 0)
        order by e.booked_on, e.entry_id
        """,
        {"currency": currency},
    ).fetchall():
        texts = (payee, reference or "")
        found.append(Item("entry", entry_id, day, texts, amount, money, account, category, free, shut(day)))
    if not lines:
        return found
    locked = {row[0]: row[1] for row in newest_locks(cursor, date.max)}
    for line_id, day, payee, description, amount, money, account in cursor.execute(
        f"""
        select l.line_id, l.booked_on, l.payee, l.description, -l.amount, a.currency, l.account
        from statement_lines l join accounts a using (account)
        where l.amount < 0 and not exists (select 1 from ({CONFIRMED}) m where m.line_id = l.line_id)
          and not exists (
            select 1 from bills b
            where b.amount = -l.amount and (b.account is null or b.account = l.account)
              and coalesce(b.paid_on, b.incurred_on) between l.booked_on - 120 and l.booked_on + 5
              and not exists (select 1 from ({CONFIRMED}) m where m.entry_kind = 'bill' and m.entry_id = b.bill_id)
          )
          and not exists (
            select 1 from bills b
            where lower(trim(b.payee)) = lower(trim(coalesce(l.payee, l.description)))
              and (b.account is null or b.account = l.account)
              and coalesce(b.paid_on, b.incurred_on) between l.booked_on - 120 and l.booked_on + 5
              and not exists (select 1 from ({CONFIRMED}) m where m.entry_kind = 'bill' and m.entry_id = b.bill_id)
          )
        order by l.booked_on, l.line_id
        """
    ).fetchall():
        texts = (payee or "", description or "")
        fast = shut(day) or (account in locked and day <= locked[account])
        found.append(Item("line", line_id, day, texts, amount, money, account, None, True, fast))
    return found


def would_change(store: Store, draft: Rule | None = None) -> Preview:
    """What the rules would change now; with a draft, what that new or changed rule would, the others beside it.

    Raises Refused where the draft can't be a rule.
    """
    held = rules(store)
    if draft is None:
        return preview(held, items(store))
    draft = checked(draft)
    return preview(_with(held, draft), items(store), only=draft.rule_id)


def _with(held: Sequence[Rule], draft: Rule) -> list[Rule]:
    return [*(rule for rule in held if rule.rule_id != draft.rule_id), draft]


# --- Keeping rules


def new_rule_id(held: Iterable[Rule], store: Store) -> str:
    """The id of the next rule: R and the first number that was never used."""
    taken = {row[0] for row in store.rows("select distinct rule_id from category_rules order by rule_id")}
    taken |= {rule.rule_id for rule in held}
    number = 1
    while f"R{number}" in taken:
        number += 1
    return f"R{number}"


def next_place(held: Iterable[Rule]) -> int:
    """The place after the last rule."""
    return max((rule.place for rule in held), default=0) + 1


def save(
    store: Store, actor: Actor, draft: Rule, *, now: datetime, request_key: str | None = None
) -> Applied:
    """Keep a new or changed rule and give its category to what it decides, all in one transaction.

    Raises Refused where it can't be a rule or names an account that is not on record, NotAllowed without `money`.
    """
    rule = checked(draft)
    if rule.account and not store.rows(
        "select 1 from accounts where account = $account", {"account": rule.account}
    ):
        raise Refused(f"account: there is no account {rule.account!r}")
    with store.write(
        actor,
        "money",
        "save category rule",
        now=now,
        subject=("category_rules", rule.rule_id),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return Applied(())
        _keep(write, rule, rule.category)
        found = preview(
            _with(_rules(write.cursor), rule), _items(write.cursor, store.company.currency), only=rule.rule_id
        )
        _give(write, found.records)
        write.detail = {"rule": rule.words, "category": rule.category} | _named(found.records)
        return Applied(found.records)


def take_out(store: Store, actor: Actor, rule: Rule, *, now: datetime) -> None:
    """Take a rule out; what it gave stays as it is."""
    with store.write(
        actor, "money", "take out category rule", now=now, subject=("category_rules", rule.rule_id)
    ) as write:
        if rule.rule_id not in {one.rule_id for one in _rules(write.cursor)}:
            raise Refused("this rule was taken out before; nothing was changed")
        _keep(write, rule, None)
        write.detail = {"rule": rule.words, "category": rule.category}


def put_back(store: Store, actor: Actor, rule: Rule, *, now: datetime) -> None:
    """Let a rule hold again as it was; nothing is changed by that until the rules are applied."""
    with store.write(
        actor, "money", "put back category rule", now=now, subject=("category_rules", rule.rule_id)
    ) as write:
        _keep(write, rule, rule.category)
        write.detail = {"rule": rule.words, "category": rule.category}


def move_up(store: Store, actor: Actor, rule_id: str, *, now: datetime) -> None:
    """Ask a rule before the one that stands before it now; the first stays where it is."""
    with store.write(
        actor, "money", "move category rule", now=now, subject=("category_rules", rule_id)
    ) as write:
        held = _rules(write.cursor)
        at = next((n for n, rule in enumerate(held) if rule.rule_id == rule_id), None)
        if at is None:
            raise Refused("this rule was taken out before; nothing was changed")
        ordered = list(held)
        if at:
            ordered[at - 1], ordered[at] = ordered[at], ordered[at - 1]
        for place, rule in enumerate(ordered, start=1):
            if rule.place != place:
                _keep(write, replace(rule, place=place), rule.category)
        write.detail = {"order": [rule.rule_id for rule in ordered]}


def _keep(write: Write, rule: Rule, category: str | None) -> None:
    write.sql(
        """
        insert into category_rules (rule_id, place, text_is, text, amount_from, amount_to, account, direction,
            category, recorded_at, recorded_by)
        values ($rule, $place, $text_is, $text, $low, $high, $account, $direction, $category, $at, $by)
        """,
        {
            "rule": rule.rule_id,
            "place": rule.place,
            "text_is": rule.text_is,
            "text": rule.text,
            "low": rule.amount_from,
            "high": rule.amount_to,
            "account": rule.account,
            "direction": rule.direction,
            "category": category,
            "at": write.now,
            "by": write.by,
        },
    )


# --- Applying them


def apply(store: Store, actor: Actor, *, now: datetime, request_key: str | None = None) -> Applied:
    """Give every bill and entry of open months that a rule decides its category."""
    with store.write(
        actor,
        "money",
        "apply category rules",
        now=now,
        subject=("category_rules", "all"),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return Applied(())
        found = preview(_rules(write.cursor), _items(write.cursor, store.company.currency))
        _give(write, found.records)
        write.detail = _named(found.records)
        return Applied(found.records)


def take_back(store: Store, actor: Actor, done: Applied, *, now: datetime) -> int:
    """Give back what applying changed, where it still stands as the rule gave it; answers how many."""
    with store.write(
        actor, "money", "take back categories", now=now, subject=("category_rules", "all")
    ) as write:
        standing = {
            (one.subject, one.item_id): one
            for one in _items(write.cursor, store.company.currency)
            if one.free and not one.shut
        }
        back = [
            Change(change.item, change.item.category or "", change.rule_id)
            for change in done.changes
            if (one := standing.get((change.item.subject, change.item.item_id)))
            and one.category == change.category
        ]
        _give(write, back)
        write.detail = {"records": len(back)}
        return len(back)


def _give(write: Write, changes: Iterable[Change]) -> None:
    by_rule: dict[str, list[Change]] = {}
    for change in changes:
        if change.item.subject == "bill":
            by_rule.setdefault(change.rule_id, []).append(change)
        else:
            _say_entry(write, change.item.item_id, change.category or None, change.rule_id)
    for rule_id, given in by_rule.items():
        columns: dict[str, list[Any]] = {
            "bill_id": [change.item.item_id for change in given],
            "category": [change.category or None for change in given],
        }
        sheet = Sheet(KINDS["bills"], columns, len(given), ())
        put(write, sheet, name="category rules", recorded_from=GIVEN_BY_RULE + rule_id)


def _say_entry(write: Write, entry_id: str, category: str | None, rule_id: str | None) -> None:
    write.sql(
        """
        insert into entry_categories (entry_id, category, rule_id, recorded_at, recorded_by)
        values ($entry, $category, $rule, $at, $by)
        """,
        {"entry": entry_id, "category": category, "rule": rule_id, "at": write.now, "by": write.by},
    )


def _named(changes: Sequence[Change]) -> dict[str, Any]:
    named = [[c.item.item_id, c.item.category, c.category] for c in changes[:MOST_NAMED]]
    return {"records": len(changes), "changed": named}


def book_lines(
    store: Store, actor: Actor, line_ids: Iterable[str], *, now: datetime, request_key: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Make a bill of each open bank line, with the category that the rules give it; returns pairs of line and bill.

    One transaction; Refused where no rule names a line (any more), or there are more than 500.
    """
    wanted = list(dict.fromkeys(line_ids))
    if len(wanted) > MOST_BOOKED:
        raise Refused(f"at most {MOST_BOOKED} lines are booked at once, not {len(wanted)}")
    with store.write(
        actor, "money", "book lines by rule", now=now, subject=("statement_lines", f"{len(wanted)} lines"),
        request_key=request_key,
    ) as write:  # fmt: skip
        if write.repeated is not None:
            return tuple((line, bill) for line, bill in write.repeated["booked"])
        named = {
            change.item.item_id: change
            for change in preview(_rules(write.cursor), _items(write.cursor, store.company.currency)).lines
        }
        booked: list[tuple[str, str]] = []
        for line_id in wanted:
            change = named.get(line_id)
            if change is None:
                raise Refused("a line is matched meanwhile, or no rule names it any more; look again")
            line = line_in_hand(write, line_id)
            values = {
                "account": change.item.account or "",
                "payee": change.item.text,
                "category": change.category,
            }
            origin = GIVEN_BY_RULE + change.rule_id
            booked.append(
                (line_id, book_part(write, line, "bills", line.left, values, recorded_from=origin)[1])
            )
        total = sum((named[line_id].item.amount for line_id in wanted), Decimal(0))
        write.detail = {"booked": booked, "amount": money_text(total)}
        return tuple(booked)


# --- By hand


def correct_bill(
    store: Store, actor: Actor, bill_id: str, values: Mapping[str, str], *, now: datetime, request_key: str
) -> None:
    """Change fields of a bill as it stands now: its category, or when and from which account it was paid."""
    row = store.row("select recorded_at from bills where bill_id = $id", {"id": bill_id})
    if row is None:
        raise Refused(f"there is no bill {bill_id!r} any more; nothing was changed")
    corrections.change(
        store,
        actor,
        KINDS["bills"],
        {bill_id: values},
        {bill_id: row[0]},
        now=now,
        request_key=request_key,
    )


def account_codes(store: Store) -> list[str]:
    """The accounts on record."""
    return [row[0] for row in store.rows("select account from accounts order by account")]


def paying_accounts(store: Store) -> list[str]:
    """The accounts that an expense in the company's currency may be paid back from: banks first, no card.

    From one in another currency the same amount would be other money (F9).
    """
    rows = store.rows(
        "select account from accounts where kind <> 'card' and currency = $currency order by kind, account",
        {"currency": store.company.currency},
    )
    return [row[0] for row in rows]


def correct_entry(
    store: Store, actor: Actor, entry_id: str, category: str | None, *, now: datetime, request_key: str
) -> None:
    """Say what category a booked entry has; without one, its kind tells it again. No rule touches what a person said."""
    with store.write(
        actor, "money", "categorise entry", now=now, subject=("entries", entry_id), request_key=request_key
    ) as write:
        if write.repeated is not None:
            return
        row = write.sql("select booked_on from entries where entry_id = $id", {"id": entry_id}).fetchone()
        if row is None:
            raise Refused(f"there is no entry {entry_id!r}; nothing was changed")
        write.refuse_closed([row[0]])
        _say_entry(write, entry_id, (category or "").strip() or None, None)
        write.detail = {"category": category}


def suggestion(store: Store, texts: Iterable[str | None], amount: Decimal, account: str) -> Rule | None:
    """The rule that would decide an expense which is about to be entered; None where none fits."""
    held = rules(store)
    item = Item(
        "line", new_id(), date.min, tuple(t or "" for t in texts), amount, "", account, None, True, False
    )
    return next((rule for rule in held if rule.fits(item)), None)


# --- Reimbursements


def on_bank(cursor: duckdb.DuckDBPyConnection) -> Mapping[str, date]:
    """The bills that bank lines settle in full, each with the day of the last of those lines."""
    rows = cursor.execute(
        f"""
        select b.bill_id, max(l.booked_on)
        from bills b join ({CONFIRMED}) m on m.entry_kind = 'bill' and m.entry_id = b.bill_id
        join statement_lines l using (line_id)
        group by b.bill_id, b.amount having abs(sum(m.amount)) >= abs(b.amount) order by b.bill_id
        """
    ).fetchall()
    return dict(rows)
