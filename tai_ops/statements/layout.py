"""How one bank lays its file out: what an account keeps once it is confirmed, and passes back for the next file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any, Literal, Self

from tai_ops.statements.amounts import Mark
from tai_ops.statements.dates import Order
from tai_ops.statements.table import Delimiter, Quoting
from tai_ops.statements.words import fold

Positive = Literal["in", "out"]
Index = int


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column (from 0) holds what. Money is either `amount`, with or without `flag`, or `money_in` / `money_out`."""

    date: Index
    other_dates: tuple[Index, ...] = ()
    amount: Index | None = None
    money_in: Index | None = None
    money_out: Index | None = None
    flag: Index | None = None
    deductions: tuple[Index, ...] = ()
    fee: Index | None = None
    payee: Index | None = None
    payer: Index | None = None
    description: tuple[Index, ...] = ()
    reference: Index | None = None
    bank_id: Index | None = None
    currency: Index | None = None
    balance: Index | None = None
    account: Index | None = None
    status: Index | None = None
    pending: Index | None = None

    @property
    def money(self) -> tuple[Index, ...]:
        """The columns that amounts are made of, those taken off them included."""
        signed = (self.amount, self.money_in, self.money_out)
        return tuple(n for n in signed if n is not None) + self.deductions


@dataclass(frozen=True, slots=True)
class KeyColumns:
    """The columns that row keys are made of: fixed at an account's first file and kept when the mapping changes."""

    bank_id: Index | None = None
    amounts: tuple[Index, ...] = ()
    balance: Index | None = None


def key_of(columns: Columns) -> KeyColumns:
    """The columns that keys are made of, where these columns are an account's first."""
    return KeyColumns(bank_id=columns.bank_id, amounts=columns.money, balance=columns.balance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The layout of a file, which the account keeps as JSON. ValueError where a column lies outside the file, or none holds amounts.

    What is None is decided anew from each file: `date_order`, `decimal`, `positive`, `fee_counts`. `only_flag` is which way
    the flag goes that stood alone in the file of which `positive` was said. `format_said` is
    whether a person chose the format; that choice stands for the account's next files that can be read so.
    """

    format: str = "csv"
    encoding: str = "utf-8"
    delimiter: Delimiter = ","
    quoting: Quoting = "double"
    header: tuple[str, ...] = ()
    header_row: int | None = None
    width: int = 2
    columns: Columns
    key: KeyColumns = KeyColumns()
    date_order: Order | None = None
    decimal: Mark | None = None
    positive: Positive | None = None
    only_flag: Positive | None = None
    fee_counts: bool | None = None
    currency: str | None = None
    format_said: bool = False

    def __post_init__(self) -> None:
        said = [*astuple(self.columns), *astuple(self.key)]
        places = [
            n for value in said for n in (value if isinstance(value, tuple) else (value,)) if n is not None
        ]
        if any(not 0 <= n < self.width for n in places):
            raise ValueError(f"a column lies outside the {self.width} columns of the file")
        if self.columns.amount is None and self.columns.money_in is None and self.columns.money_out is None:
            raise ValueError("no column holds the amounts")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The layout that `as_json` wrote."""
        said = _in_tuples(json.loads(text))
        columns, key = (
            Columns(**_in_tuples(said.pop("columns"))),
            KeyColumns(**_in_tuples(said.pop("key", {}))),
        )
        return cls(columns=columns, key=key, **said)

    def as_json(self) -> str:
        """The layout as the account keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """A short hash of the header and the number of columns: equal where a saved layout fits another file."""
        return fingerprint(self.header, self.width)

    def fits(self, header: Sequence[str], width: int) -> bool:
        """Whether a file with that header and that many columns is laid out as this one."""
        return self.fingerprint == fingerprint(header, width)


def _in_tuples(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}


def fingerprint(header: Sequence[str], width: int) -> str:
    """A short hash of a header, or of the number of columns where there is no header."""
    named = [fold(cell) for cell in header]
    while named and not named[-1]:
        named.pop()
    text = "\x1f".join(named) if named else f"{width} columns"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
