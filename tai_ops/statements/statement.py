"""A statement that has been read: its lines in columns, what was rejected and left out, balances, accounts."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar, overload

from tai_ops.money import money_text
from tai_ops.statements.dates import Order
from tai_ops.statements.keys import CELL_BREAK
from tai_ops.statements.layout import Layout

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Line:
    """One posted line: `amount` is signed, money in is positive; `row` is the physical line on which it begins."""

    row: int
    date: dt.date
    amount: Decimal
    currency: str | None
    payee: str | None
    description: str | None
    reference: str | None
    bank_id: str | None
    account: str | None
    balance: Decimal | None
    raw: tuple[str, ...]
    row_key: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class Packed(Sequence[Value], Generic[Value]):
    """A column of a large file in Arrow's memory (`array`); each value is made when it is asked for."""

    array: Any

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Value]: ...
    def __getitem__(self, index: int | slice) -> Value | Sequence[Value]:
        return (
            self.array[index].as_py()
            if isinstance(index, int)
            else self.array.take(range(len(self))[index]).to_pylist()
        )

    def __iter__(self) -> Iterator[Value]:
        return iter(self.array.to_pylist())


@dataclass(frozen=True, slots=True)
class PackedRows(Sequence[Sequence[str]]):
    """The raw cells of a large file's rows, each row one text with `CELL_BREAK` between its cells."""

    joined: Packed[str]

    def __len__(self) -> int:
        return len(self.joined)

    @overload
    def __getitem__(self, index: int) -> Sequence[str]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[str]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[str] | Sequence[Sequence[str]]:
        if isinstance(index, int):
            return self.joined[index].split(CELL_BREAK)
        return [text.split(CELL_BREAK) for text in self.joined[index]]

    def __iter__(self) -> Iterator[Sequence[str]]:
        return (text.split(CELL_BREAK) for text in self.joined)


@dataclass(frozen=True, slots=True)
class Columns:
    """The lines of a statement column by column, all of one length, in the order of the file.

    `row_key` with `occurrence` (from 1, among equal keys of one account in this file) tells a line from all others.
    """

    row: Sequence[int] = ()
    date: Sequence[dt.date] = ()
    amount: Sequence[Decimal] = ()
    currency: Sequence[str | None] = ()
    payee: Sequence[str | None] = ()
    description: Sequence[str | None] = ()
    reference: Sequence[str | None] = ()
    bank_id: Sequence[str | None] = ()
    account: Sequence[str | None] = ()
    balance: Sequence[Decimal | None] = ()
    raw: Sequence[Sequence[str]] = ()
    row_key: Sequence[str] = ()
    occurrence: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Lines(Sequence[Line]):
    """The lines as objects, each made when it is asked for."""

    columns: Columns

    def __len__(self) -> int:
        return len(self.columns.row)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, index: int | slice) -> Line | tuple[Line, ...]:
        if isinstance(index, slice):
            return tuple(self[n] for n in range(*index.indices(len(self))))
        c = self.columns
        return Line(
            c.row[index],
            c.date[index],
            c.amount[index],
            c.currency[index],
            c.payee[index],
            c.description[index],
            c.reference[index],
            c.bank_id[index],
            c.account[index],
            c.balance[index],
            tuple(c.raw[index]),
            c.row_key[index],
            c.occurrence[index],
        )

    def __iter__(self) -> Iterator[Line]:
        return (self[n] for n in range(len(self)))


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that can't be read: the physical line on which it begins, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class AccountInFile:
    """One account (and currency) of a file: its balances where the file proves or states them, its lines and their sum.

    `balance_ties` says whether its balances follow from its lines; None where it has none that could be checked.
    """

    account: str | None
    currency: str | None
    opening_balance: Decimal | None
    closing_balance: Decimal | None
    lines: int
    net_total: Decimal
    balance_ties: bool | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file was taken for: the format in words, how sure that is (certain, likely, a guess, said), and what says so.

    `kept` is whether it was read by a layout that the account keeps.
    """

    label: str
    sure: str
    why: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """What a statement says. `sure` is False where dates or layout fit two readings, `sure_sign` where the sign does.

    `account`, `currency` and the balances are None where the file holds several accounts or doesn't say;
    `pending` counts rows that are not posted and were kept out.
    """

    format: str
    account: str | None
    currency: str | None
    opening_balance: Decimal | None
    closing_balance: Decimal | None
    period: tuple[dt.date, dt.date] | None
    columns: Columns
    rejected: tuple[Rejected, ...]
    pending: int
    date_order: Order | None
    sure: bool
    sure_sign: bool
    warnings: tuple[str, ...]
    accounts: tuple[AccountInFile, ...]
    layout: Layout
    balance_ties: bool | None = None
    taken: Taken | None = None

    @property
    def lines(self) -> Lines:
        """The posted lines, in the order of the file."""
        return Lines(self.columns)


def choices(accounts: Sequence[AccountInFile]) -> dict[str, AccountInFile]:
    """The accounts of a file by what each is chosen by: its name, with its currency where that alone tells two apart."""
    names = [a.account for a in accounts]
    labels = [
        a.account
        if a.account and names.count(a.account) == 1
        else " ".join(part for part in (a.account, a.currency) if part) or "without a name"
        for a in accounts
    ]
    return dict(zip(labels, accounts, strict=True))


def warnings_of(statement: Statement, chosen: AccountInFile | None) -> tuple[str, ...]:
    """What is to be said of the file, without what concerns the balances of its other accounts."""
    if chosen is None or len(statement.accounts) < 2:
        return statement.warnings
    others = {f" of {a.account} " for a in statement.accounts if a.account and a.account != chosen.account}
    return tuple(
        w
        for w in statement.warnings
        if "balance" not in w.partition(" of ")[0] or not any(o in w for o in others)
    )


def as_json(statement: Statement) -> dict[str, Any]:
    """The answer of `statement inspect`: amounts as strings with two decimals, dates in ISO form, unknown as null.

    With several accounts each line carries its own account and currency, and `accounts` lists them.
    """
    several = len(statement.accounts) > 1
    period = statement.period
    answer: dict[str, Any] = {
        "format": statement.format,
        "account": statement.account,
        "currency": statement.currency,
        "opening_balance": _money(statement.opening_balance),
        "closing_balance": _money(statement.closing_balance),
        "period": {
            "start": period[0].isoformat() if period else None,
            "end": period[1].isoformat() if period else None,
        },
        "lines": [_line(line, several=several) for line in statement.lines],
        "rejected": [{"line": r.line, "reason": r.reason} for r in statement.rejected],
        "date_order": statement.date_order,
        "sure": statement.sure and statement.sure_sign,
        "warnings": list(statement.warnings),
    }
    if statement.taken:
        taken = statement.taken
        answer["taken_for"] = {"label": taken.label, "sure": taken.sure, "why": taken.why}
    if several:
        answer["accounts"] = [
            {
                "account": a.account,
                "currency": a.currency,
                "opening_balance": _money(a.opening_balance),
                "closing_balance": _money(a.closing_balance),
                "lines": a.lines,
                "net_total": _money(a.net_total),
            }
            for a in statement.accounts
        ]
    return answer


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else money_text(amount)


def _line(line: Line, *, several: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "date": line.date.isoformat(),
        "amount": money_text(line.amount),
        "payee": line.payee,
        "description": line.description,
        "reference": line.reference,
        "bank_id": line.bank_id,
    }
    return said | {"account": line.account, "currency": line.currency} if several else said
