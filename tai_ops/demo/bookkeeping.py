"""The sample company's books made out of its data: records by the day on which they were entered, statements by month."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from tai_ops.demo import books
from tai_ops.demo.acts import ZONE, Act, Row, header, loads, local, who
from tai_ops.demo.books import CARD, OPERATING, SAVINGS, STRIPE, BankLine, Booked, Regular
from tai_ops.kinds import KINDS
from tai_ops.match_facts import Match
from tai_ops.money import ZERO
from tai_ops.period import BusinessCalendar, Month, months_between
from tai_ops.reconciliation import processor_fee
from tai_ops.store import Store
from tai_ops.store.bank import import_statement
from tai_ops.store.matches import Reconciliation, decide, lock, reconcile, type_balance

LAST_ENTERED = date(2026, 4, 2)
MINUTE = timedelta(minutes=1)
_CALENDAR = BusinessCalendar(
    ZONE, holidays=frozenset((date(2025, 11, 27), date(2025, 12, 25), date(2026, 1, 1)))
)


def money_acts() -> Iterator[Act]:
    """Accounts, contracts, invoices, receipts, bills and entries, and every month's statements."""
    yield loads(local("2025-10-01", "09:00"), "accounts", header(KINDS["accounts"]), books.ACCOUNTS)
    yield loads(
        local(books.SAVED_ON, "09:00"), "accounts", header(KINDS["accounts"]), [books.SAVINGS_ACCOUNT]
    )
    for row, day in zip(books.SUBSCRIPTIONS, ("2025-12-01", "2026-03-16", "2026-03-30"), strict=True):
        yield loads(local(day, "09:30"), "subscriptions", _SUBSCRIPTION, [row])
    yield from _invoices_and_services()
    yield from _records()
    yield from _bank()


_SUBSCRIPTION = "subscription_id customer_id plan starts_on amount interval"


def _invoices_and_services() -> Iterator[Act]:
    """On each invoicing day what was issued and delivered since the last one."""
    written: list[Row] = []
    for day in books.INVOICING_DAYS:
        for kind, rows in (("invoices", books.INVOICES), ("services", books.SERVICES)):
            new = [row for row in rows if row not in written and _known_on(kind, row) <= day]
            written += new
            if new:
                yield loads(
                    local(day, "10:00" if kind == "invoices" else "10:10"), kind, header(KINDS[kind]), new
                )


def _known_on(kind: str, row: Row) -> str:
    """The day on which an invoice was issued, on which services were delivered, reached or first agreed."""
    return str(row[2] if kind == "invoices" else row[2] or row[8] or "2026-03-26")


def _records() -> Iterator[Act]:
    """What was entered on each day: receipts at once by now, the rest in the middle and at the end of a month."""
    by_day: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for one in booked():
        at_once = one.kind == "payments" and one.day.year > 2025
        by_day[one.kind, one.day if at_once else _entered(one.day, one.kind)].append(one.row)
    for (kind, day), rows in by_day.items():
        clock = "17:00" if kind == "payments" else "18:00"
        yield loads(local(day, clock), kind, header(KINDS[kind]), rows)


def _entered(day: date, kind: str) -> date:
    """At the end of the month at first, in its middle too since the reviews began; transfers and fees with the statements.

    A transfer that is on one account's books and not yet on the other's statement would stand in the cash twice.
    """
    in_half = (
        day.replace(day=15)
        if day.day <= 15 and day.year > 2025 and kind != "entries"
        else Month.of(day).last_day
    )
    return min(in_half, LAST_ENTERED)


def booked() -> list[Booked]:
    """Every receipt, bill and entry, in the order of their days."""
    bills = [*_regular_bills(), *_single_bills(), *(fee for fee, _ in _stripe())]
    entries = [*_entries(), *(payout for _, payout in _stripe() if payout), *_card_payments(bills)]
    unpaid = [Booked("bills", date.fromisoformat(day), row) for day, row in books.OPEN_BILLS]
    return [*_receipts(), *unpaid, *_numbered("B", bills), *_numbered("E", entries)]


def _numbered(letter: str, rows: list[Booked]) -> Iterator[Booked]:
    in_order = sorted(rows, key=lambda one: (one.day, str(one.row)))
    for n, one in enumerate(in_order, 1):
        yield Booked(one.kind, one.day, (f"{letter}-{n:04d}", *one.row), one.lines)


def _bill(
    account: str | None, day: date, payee: str, amount: str, category: str | None, *more: str | None
) -> Row:
    """A bill without its number, incurred and paid on one day; `more` are reference and whom to reimburse."""
    reference, reimbursable_to = (*more, None, None)[:2]
    return account, day, None, day, payee, amount, None, category, reference, reimbursable_to


def _regular_bills() -> Iterator[Booked]:
    for regular in books.REGULAR:
        for month, amount in zip(
            months_between(books.FIRST_MONTH, books.UPLOAD), regular.amounts, strict=True
        ):
            day = _pay_day(regular, month)
            row = _bill(regular.account, day, regular.payee, amount, regular.category)
            yield Booked(
                "bills", day, row, _lines_out(regular.account, _cleared(regular, day), amount, regular.text)
            )


def _pay_day(regular: Regular, month: Month) -> date:
    """Payroll on the business day before a day off, everything else on the one after."""
    day = min(month.start + timedelta(days=regular.day - 1), month.last_day)
    if _CALENDAR.is_business_day(day) or regular.account == CARD:
        return day
    return _CALENDAR.add_business_days(day, -1 if regular.category.startswith("payroll") else 1)


def _cleared(regular: Regular, day: date) -> date:
    return _CALENDAR.next_business_day(day) if regular.text.startswith("ACH") else day


def _single_bills() -> Iterator[Booked]:
    for one in books.SINGLE:
        day = date.fromisoformat(one.paid)
        row = _bill(one.account, day, one.payee, one.amount, one.category, one.reference, one.reimbursable_to)
        cleared = date.fromisoformat(one.cleared) if one.cleared else day
        lines = _lines_out(one.account or OPERATING, cleared, one.amount, one.text, one.check)
        yield Booked("bills", day, row, lines)


def _lines_out(account: str, day: date, amount: str, text: str, check: str = "") -> tuple[BankLine, ...]:
    return (BankLine(account, day, -Decimal(amount), text, check),) if text else ()


def _receipts() -> Iterator[Booked]:
    for n, receipt in enumerate(books.RECEIPTS, 1):
        day = date.fromisoformat(receipt.day)
        row = (f"P-{n:04d}", OPERATING, day, receipt.amount, receipt.invoice, "Northwind Parts LLC", None)
        yield Booked("payments", day, row, (BankLine(OPERATING, day, Decimal(receipt.amount), receipt.text),))
    for n, (invoice, amount, paid, _) in enumerate(books.CARD_RECEIPTS, 1):
        day = date.fromisoformat(paid)
        yield Booked(
            "payments", day, (f"P-ST{n:02d}", STRIPE, day, amount, invoice, "Northwind Parts LLC", None)
        )


def _stripe() -> Iterator[tuple[Booked, Booked | None]]:
    """Of each charge its fee, and the payout of the rest where it was sent."""
    for _, amount, paid, arrived in books.CARD_RECEIPTS:
        charge, day = Decimal(amount), date.fromisoformat(paid)
        fee = processor_fee(charge, books.STRIPE_PCT, books.STRIPE_FIXED)
        payout = None
        if arrived:
            on, net = date.fromisoformat(arrived), charge - fee
            row = (STRIPE, on, -net, "transfer", OPERATING, "Stripe", None)
            payout = Booked("entries", on, row, (BankLine(OPERATING, on, net, "ACH IN STRIPE TRANSFER"),))
        yield Booked("bills", day, _bill(STRIPE, day, "Stripe", str(fee), "processor fees")), payout


def _entries() -> Iterator[Booked]:
    for day, name, amount, fee in books.INVESTORS:
        yield _entry(OPERATING, day, amount, "financing", name, f"WIRE IN {name.upper()}", "SAFE")
        yield _entry(OPERATING, day, fee, "fee", "Incoming wire fee", "INCOMING WIRE FEE")
    saved, on = books.SAVED, books.SAVED_ON
    sides = (
        BankLine(OPERATING, on, -saved, "TRANSFER TO SAVINGS 8820"),
        BankLine(SAVINGS, on, saved, "TRANSFER FROM CHECKING 4471"),
    )
    yield Booked("entries", on, (OPERATING, on, -saved, "transfer", SAVINGS, "Savings account", None), sides)
    for day, amount in books.INTEREST:
        yield _entry(SAVINGS, day, amount, "interest", "Interest paid", "INTEREST PAID")
    for month in months_between(books.FIRST_MONTH, Month(2026, 1)):
        day = str(_CALENDAR.add_business_days(month.end, -1))
        yield _entry(OPERATING, day, "-15.00", "fee", "Monthly service fee", "MONTHLY SERVICE FEE")


def _entry(
    account: str, day: str, amount: str, kind: str, payee: str, text: str, reference: str | None = None
) -> Booked:
    on = date.fromisoformat(day)
    row = (account, on, amount, kind, None, payee, reference)
    return Booked("entries", on, row, (BankLine(account, on, Decimal(amount), text),))


def _card_payments(bills: list[Booked]) -> Iterator[Booked]:
    """What is on the card by the 20th is paid on the 25th."""
    for month in months_between(books.FIRST_MONTH, books.UPLOAD):
        owed = sum(
            (Decimal(str(one.row[5])) for one in bills if one.row[0] == CARD and month.holds(one.day)), ZERO
        )
        day = month.start + timedelta(days=24)
        on = day if _CALENDAR.is_business_day(day) else _CALENDAR.next_business_day(day)
        row = (OPERATING, on, -owed, "transfer", CARD, "Company card", None)
        sides = (
            BankLine(OPERATING, on, -owed, "COMPANY CARD AUTOPAY 2207"),
            BankLine(CARD, on, owed, "AUTOPAY PAYMENT - THANK YOU"),
        )
        yield Booked("entries", on, row, sides)


def bank_lines(account: str) -> list[BankLine]:
    """Every line of the account by day, as the bank booked it."""
    known = [line for one in booked() for line in one.lines]
    return sorted(
        (line for line in (*known, *books.ONLY_AT_THE_BANK) if line.account == account),
        key=lambda line: line.day,
    )


def statement(account: str, month: Month) -> bytes:
    """The account's statement of that month, as its bank exports it."""
    balance = books.OPENING if account == OPERATING else ZERO
    with_balance: list[tuple[BankLine, Decimal]] = []
    for line in bank_lines(account):
        balance += line.amount
        if month.holds(line.day):
            with_balance.append((line, balance))
    if account == OPERATING:
        return _operating_csv(month, with_balance)
    return _savings_csv(with_balance) if account == SAVINGS else _card_csv(with_balance)


def _operating_csv(month: Month, lines: list[tuple[BankLine, Decimal]]) -> bytes:
    """Newest first below three lines of heading, debits and credits apart."""
    rows: list[list[str]] = [
        ["Account", "Operating Account ****4471"],
        ["Period", f"{_us(month.start)} to {_us(month.last_day)}"],
        [],
        ["Date", "Description", "Check Number", "Debit", "Credit", "Balance"],
    ]
    for line, balance in reversed(lines):
        out = f"{-line.amount:,.2f}" if line.amount < 0 else ""
        into = f"{line.amount:,.2f}" if line.amount > 0 else ""
        rows.append([_us(line.day), line.text, line.check, out, into, f"{balance:,.2f}"])
    return _csv(rows)


def _savings_csv(lines: list[tuple[BankLine, Decimal]]) -> bytes:
    rows = [["Posted Date", "Description", "Amount", "Running Balance"]]
    rows += [
        [line.day.isoformat(), line.text, f"{line.amount:.2f}", f"{balance:.2f}"] for line, balance in lines
    ]
    return _csv(rows)


def _card_csv(lines: list[tuple[BankLine, Decimal]]) -> bytes:
    rows = [["Transaction Date", "Post Date", "Description", "Type", "Amount"]]
    for line, _ in lines:
        kind = "Payment" if line.amount > 0 else "Sale"
        rows.append(
            [_us(line.day), _us(_CALENDAR.next_business_day(line.day)), line.text, kind, f"{line.amount:.2f}"]
        )
    return _csv(rows)


def _us(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _bank() -> Iterator[Act]:
    """Statements as they came in, and from January on each month's reconciliation."""
    for at, account, month in books.STATEMENTS:
        yield Act(local(at, "10:00"), partial(_import, account, month))
    for at, account, month, locks in books.RECONCILIATIONS:
        yield Act(local(at, "11:00"), partial(_reconcile, account, month.last_day, locks))
    for at, account, stated_on, amount in books.TYPED_BALANCES:
        yield Act(
            local(at, "09:40"),
            partial(_type_balance, account, date.fromisoformat(stated_on), Decimal(amount)),
        )


def _import(account: str, month: Month, store: Store, now: datetime) -> None:
    name = f"{account.lower()}-{month}.csv"
    import_statement(store, who("money"), statement(account, month), name, account, now=now)


def _type_balance(account: str, day: date, amount: Decimal, store: Store, now: datetime) -> None:
    type_balance(store, who("money"), account, day, amount, now=now)


def _reconcile(account: str, through: date, locks: bool, store: Store, now: datetime) -> None:
    """Run the matcher, confirm the best suggestions, run it again for what became certain by that, and lock."""
    cfo = who("money")
    found = reconcile(store, cfo, account, now=now, through=through)
    while best := _best(found):
        for one in best:
            now += MINUTE
            decide(store, cfo, one.line_id, one.entry_kind, one.entry_id, "confirmed", now=now)
        found = reconcile(store, cfo, account, now=now + MINUTE / 2, through=through)
    if locks:
        lock(store, cfo, account, through, now=now + MINUTE)


def _best(found: Reconciliation) -> list[Match]:
    """The best suggestion of each line, of several lines for one entry the first alone."""
    best: dict[tuple[str, str], Match] = {}
    for line in found.unmatched_bank:
        if line.suggestions:
            first = line.suggestions[0]
            best.setdefault((first.entry_kind, first.entry_id), first)
    return list(best.values())
