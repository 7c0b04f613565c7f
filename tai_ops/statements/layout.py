"""How one bank lays its file out: what an account keeps once it is confirmed, and passes back for the next file."""

import hashlib
from collections.abc import Sequence
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tai_ops.statements.amounts import Mark
from tai_ops.statements.dates import Order
from tai_ops.statements.table import Delimiter, Quoting
from tai_ops.statements.words import fold

Positive = Literal["in", "out"]
Index = int


class Columns(BaseModel):
    """Which column (from 0) holds what. Money is either `amount`, with or without `flag`, or `money_in` / `money_out`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: Index = Field(ge=0)
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


class KeyColumns(BaseModel):
    """The columns that row keys are made of: fixed at an account's first file and kept when the mapping changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bank_id: Index | None = None
    amounts: tuple[Index, ...] = ()
    balance: Index | None = None


def key_of(columns: Columns) -> KeyColumns:
    """The columns that keys are made of, where these columns are an account's first."""
    return KeyColumns(bank_id=columns.bank_id, amounts=columns.money, balance=columns.balance)


class Layout(BaseModel):
    """The layout of a file: JSON-serialisable, so that the account keeps it (`model_dump_json`, `model_validate_json`).

    What is None is decided anew from each file: `date_order`, `decimal`, `positive`, `fee_counts`. `only_flag` is which way
    the flag goes that stood alone in the file of which `positive` was said. `format_said` is
    whether a person chose the format; that choice stands for the account's next files that can be read so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = "csv"
    encoding: str = "utf-8"
    delimiter: Delimiter = ","
    quoting: Quoting = "double"
    header: tuple[str, ...] = ()
    header_row: int | None = None
    width: int = Field(2, ge=1)
    columns: Columns
    key: KeyColumns = KeyColumns()
    date_order: Order | None = None
    decimal: Mark | None = None
    positive: Positive | None = None
    only_flag: Positive | None = None
    fee_counts: bool | None = None
    currency: str | None = None
    format_said: bool = False

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        said = [*self.columns.model_dump().values(), *self.key.model_dump().values()]
        places = [
            n for value in said for n in (value if isinstance(value, tuple) else (value,)) if n is not None
        ]
        if any(not 0 <= n < self.width for n in places):
            raise ValueError(f"a column lies outside the {self.width} columns of the file")
        if self.columns.amount is None and self.columns.money_in is None and self.columns.money_out is None:
            raise ValueError("no column holds the amounts")
        return self

    @property
    def fingerprint(self) -> str:
        """A short hash of the header and the number of columns: equal where a saved layout fits another file."""
        return fingerprint(self.header, self.width)

    def fits(self, header: Sequence[str], width: int) -> bool:
        """Whether a file with that header and that many columns is laid out as this one."""
        return self.fingerprint == fingerprint(header, width)


def fingerprint(header: Sequence[str], width: int) -> str:
    """A short hash of a header, or of the number of columns where there is no header."""
    named = [fold(cell) for cell in header]
    while named and not named[-1]:
        named.pop()
    text = "\x1f".join(named) if named else f"{width} columns"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
