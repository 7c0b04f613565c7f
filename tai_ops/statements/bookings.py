"""Statements that are records rather than tables (OFX, MT940, CAMT, QIF, BAI2): what each says, made one statement.

A reader of such a format gives `Part`s: one account's statement with the balances that it states and its bookings.
The cells of a booking are its own fields as they stand in the file, under the names that the format gives them, so
that a row's key and what is kept of it work as they do for a table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

from tai_ops.errors import UnreadableFile
from tai_ops.money import LARGEST, ZERO, money_text
from tai_ops.statements.dates import Order, calendar_day
from tai_ops.statements.keys import occurrences, record_keys
from tai_ops.statements.layout import Columns as Places
from tai_ops.statements.layout import Layout, key_of
from tai_ops.statements.source import Source
from tai_ops.statements.statement import AccountInFile, Columns, Rejected, Statement

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+(?:\.\d*)?|(?:\.\d{3})+,\d*|(?:\.\d{3}){2,})")
_NO_ID = re.compile(r"(?i)(?:nonref|notprovided|not provided|n/?a|none|0+)?")
_SHORTEST_ID = 4


@dataclass(slots=True)
class Booking:
    """One posted entry: `line` is where it begins in the file, `cells` its fields as they are written there."""

    line: int
    date: date
    amount: Decimal
    cells: tuple[str, ...]
    payee: str | None = None
    description: str | None = None
    reference: str | None = None
    bank_id: str | None = None
    currency: str | None = None


@dataclass(slots=True)
class Part:
    """One account's statement within a file, with the balances that it states; `line` is where it begins.

    `closes_in` is the currency of a closing balance that is another than the account's.
    """

    line: int
    account: str | None = None
    currency: str | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    closes_in: str | None = None
    bookings: list[Booking] = field(default_factory=list[Booking])


@dataclass(slots=True)
class Records:
    """What a reader of records found: its parts, the entries that can't be read, how many are not posted."""

    parts: list[Part] = field(default_factory=list[Part])
    rejected: list[Rejected] = field(default_factory=list[Rejected])
    pending: int = 0
    warnings: list[str] = field(default_factory=list[str])
    date_order: Order = "year"
    sure: bool = True


def exact_amount(text: str) -> Decimal:
    """An amount of a record, exact; ValueError says what is wrong with it.

    A comma or a point marks the decimals; where both stand, the last one does. Decimals beyond cents must be zeros.
    """
    plain = "".join(text.split())
    shown = repr(text.strip()[:40])
    if _GROUPED.fullmatch(plain) and plain.count(",") + plain.count(".") > 1:
        mark = max(",.", key=plain.rfind)
        single = plain.count(mark) == 1
        whole, _, part = plain.rpartition(mark) if single else (plain, "", "")
        plain = re.sub(r"[.,]", "", whole) + (f".{part}" if single else "")
    elif not _NUMBER.fullmatch(plain):
        raise ValueError(f"{shown} is not an amount" if plain else "has no amount")
    value = Decimal(plain.replace(",", "."))
    cents = value.quantize(Decimal("0.01")) if abs(value) <= LARGEST else None
    if cents is None:
        raise ValueError(f"{shown} is larger than an account can hold")
    if cents != value:
        raise ValueError(f"{shown} has more than two decimals; amounts are kept in cents")
    return cents


def compact_day(text: str) -> date:
    """A date written as its digits: YYYYMMDD or YYMMDD, whatever time stands behind it; ValueError says what is wrong."""
    digits = text.strip()[:8]
    if not digits:
        raise ValueError("has no date")
    if re.fullmatch(r"\d{8}", digits):
        found = calendar_day(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    elif re.fullmatch(r"\d{6}", digits[:6]) and len(text.strip()) == 6:
        year = int(digits[:2])
        found = calendar_day(year + (2000 if year < 70 else 1900), int(digits[2:4]), int(digits[4:6]))
    else:
        found = None
    if found is None:
        raise ValueError(f"{text.strip()[:40]!r} is not a date between 1950 and 2100")
    return found


def closed_up(text: str | None) -> str | None:
    """A text with its spaces closed up; None where nothing is left."""
    return " ".join(text.split()) or None if text else None


def own_id(text: str | None) -> str | None:
    """The bank's id of an entry; None where it is a placeholder or so short that it only counts."""
    plain = closed_up(text)
    if plain is None or len(plain) < _SHORTEST_ID or _NO_ID.fullmatch(plain):
        return None
    return plain


def recorded(
    source: Source, format_id: str, records: Records, header: tuple[str, ...], places: Places, *, nothing: str
) -> Statement:
    """The statement that the records make; UnreadableFile with `nothing` where they hold no account's statement."""
    if not records.parts:
        raise UnreadableFile(f"{source.name} {nothing}")
    turned = _turned(source, format_id)
    if turned:
        for part in records.parts:
            for booking in part.bookings:
                booking.amount = -booking.amount
    groups = _grouped(records.parts)
    warnings = list(records.warnings)
    ties: list[bool] = []
    accounts: list[AccountInFile] = []
    for (account, currency), parts in groups.items():
        own = [] if turned else _balances(parts, account if len(groups) > 1 else None, warnings)
        accounts.append(_account(account, currency, parts, all(own) if own else None))
        ties += own
    _say_zero(records, warnings)
    _distrust_ids(records.parts, warnings)
    columns = _columns(records.parts)
    only = accounts[0] if len(accounts) == 1 else None
    layout = Layout(
        format=format_id,
        encoding=source.text_encoding,
        header=header,
        width=len(header),
        columns=places,
        key=key_of(places),
        date_order=records.date_order if records.sure else None,
        positive="out" if turned else None,
    )
    return Statement(
        format=format_id,
        account=only.account if only else None,
        currency=only.currency if only else None,
        opening_balance=only.opening_balance if only else None,
        closing_balance=only.closing_balance if only else None,
        period=(min(columns.date), max(columns.date)) if columns.date else None,
        columns=columns,
        rejected=tuple(sorted(records.rejected, key=lambda r: r.line)),
        pending=records.pending,
        date_order=records.date_order,
        sure=records.sure,
        sure_sign=True,
        warnings=tuple(dict.fromkeys((*source.warnings, *warnings))),
        accounts=tuple(accounts),
        layout=layout,
        balance_ties=all(ties) if ties else None,
    )


def _turned(source: Source, format_id: str) -> bool:
    """Whether a person said, now or for this account's earlier files, that a positive amount is money out."""
    if source.said.positive:
        return source.said.positive == "out"
    saved = source.layout
    return saved is not None and saved.format == format_id and saved.positive == "out"


def _grouped(parts: Sequence[Part]) -> dict[tuple[str | None, str | None], list[Part]]:
    """The parts by account and currency; a part whose bookings name other currencies is one part for each."""
    groups: dict[tuple[str | None, str | None], list[Part]] = {}
    for part in parts:
        for booking in part.bookings:
            booking.currency = booking.currency or part.currency
        own = {booking.currency for booking in part.bookings} or {part.currency}
        for currency in sorted(own, key=lambda code: (code != part.currency, code or "")):
            chosen = part
            if len(own) > 1 or currency != part.currency:
                stated = currency == part.currency
                chosen = Part(
                    part.line,
                    part.account,
                    currency,
                    part.opening if stated else None,
                    part.closing if stated else None,
                    part.closes_in if stated else None,
                    [booking for booking in part.bookings if booking.currency == currency],
                )
            groups.setdefault((part.account, currency), []).append(chosen)
    return groups


def _account(
    account: str | None, currency: str | None, parts: Sequence[Part], ties: bool | None
) -> AccountInFile:
    ordered = list(reversed(parts)) if _newest_first(parts) else parts
    amounts = [booking.amount for part in parts for booking in part.bookings]
    return AccountInFile(
        account, currency, ordered[0].opening, ordered[-1].closing, len(amounts), sum(amounts, ZERO), ties
    )


def _newest_first(parts: Sequence[Part]) -> bool:
    """Whether the statements of one account stand in the file with the newest first, as their balances show."""
    if len(parts) < 2 or all(a.closing == b.opening for a, b in pairwise(parts)):
        return False
    return all(a.opening == b.closing and a.opening is not None for a, b in pairwise(parts))


def _balances(parts: Sequence[Part], whose: str | None, warnings: list[str]) -> list[bool]:
    """Whether each statement's balances agree with its rows; the first that does not, and a gap between two, is said."""
    ties: list[bool] = []
    of = f" of {whose}" if whose else ""
    for part in parts:
        if part.opening is not None and part.closing is None and part.closes_in:
            ties.append(False)
            warnings.append(
                f"the balance{of} does not tie: it opens in {part.currency} and closes in {part.closes_in}"
            )
        if part.opening is None or part.closing is None:
            continue
        moved = sum((booking.amount for booking in part.bookings), ZERO)
        ties.append(part.opening + moved == part.closing)
        if ties[-1] or ties.count(False) > 1:
            continue
        rows = f"{len(part.bookings)} lines" if len(part.bookings) != 1 else "1 line"
        first = part.bookings[0].line if part.bookings else part.line
        warnings.append(
            f"the balance{of} does not tie: {money_text(part.opening)} and the {rows} from line {first} on make "
            f"{money_text(part.opening + moved)}, not {money_text(part.closing)}; rows may be missing"
        )
    chain = list(reversed(parts)) if _newest_first(parts) else parts
    for before, after in pairwise(chain):
        known = before.closing is not None and after.opening is not None
        if known and before.closing != after.opening and all(ties):
            warnings.append(
                f"the balances{of} do not follow one another: the statement from line {after.line} on opens with "
                f"{money_text(after.opening or ZERO)}, and the one before closes with "
                f"{money_text(before.closing or ZERO)}; a statement may be missing between them"
            )
            break
    return ties


def _say_zero(records: Records, warnings: list[str]) -> None:
    zero = [b.line for part in records.parts for b in part.bookings if not b.amount]
    if zero:
        shown = ", ".join(map(str, zero[:3])) + (" …" if len(zero) > 3 else "")
        one = len(zero) == 1
        warnings.append(
            f"line {shown} has an amount of 0.00" if one else f"lines {shown} have an amount of 0.00"
        )
    if records.pending:
        one = records.pending == 1
        warnings.append(
            f"{records.pending} {'entry is' if one else 'entries are'} not booked yet and {'was' if one else 'were'} kept out"
        )


def _distrust_ids(parts: Sequence[Part], warnings: list[str]) -> None:
    """An id that comes back on another day with the same amount names an order, not a line: it tells no line."""
    days: dict[tuple[str | None, str, Decimal], set[date]] = {}
    for part in parts:
        for booking in part.bookings:
            if booking.bank_id:
                told = part.account, booking.bank_id, booking.amount
                days.setdefault(told, set()).add(booking.date)
    again = {told for told, found in days.items() if len(found) > 1}
    if not again:
        return
    for part in parts:
        for booking in part.bookings:
            if booking.bank_id and (part.account, booking.bank_id, booking.amount) in again:
                booking.bank_id = None
    shown = min(told[1] for told in again)[:40]
    warnings.append(f"the id {shown!r} names lines of several days; it is not taken as the bank's id of one")


def _columns(parts: Sequence[Part]) -> Columns:
    """The bookings in columns; each has a line of its own, also where several stand on one."""
    pairs = [(part, booking) for part in parts for booking in part.bookings]
    rows: list[int] = []
    for _, booking in pairs:
        rows.append(max(booking.line, rows[-1] + 1 if rows else 1))
    accounts = [part.account for part, _ in pairs]
    bookings = [booking for _, booking in pairs]
    keys = record_keys(
        [b.cells for b in bookings], [b.bank_id for b in bookings], [b.amount for b in bookings]
    )
    return Columns(
        row=rows,
        date=[b.date for b in bookings],
        amount=[b.amount for b in bookings],
        currency=[b.currency for b in bookings],
        payee=[b.payee for b in bookings],
        description=[b.description for b in bookings],
        reference=[b.reference for b in bookings],
        bank_id=[b.bank_id for b in bookings],
        account=accounts,
        balance=[None] * len(bookings),
        raw=[b.cells for b in bookings],
        row_key=keys,
        occurrence=occurrences(keys, accounts),
    )
