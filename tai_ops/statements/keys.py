"""Row keys: what tells a line from every other line of its account, from one export to the next.

The key is made of the raw cells, never of what they were read as, so a changed mapping changes no key.
Source: finance.md section 3, rule 3.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from tai_ops.statements.layout import KeyColumns

CELL_BREAK = "\x1f"
"""What stands between the cells of a row that is kept, and hashed, as one text."""


def row_keys(rows: Iterable[Sequence[str]], columns: KeyColumns) -> list[str]:
    """A key for each raw row: the bank's own id with the amount cells where there is one, else all cells but the balance."""
    return text_keys(_telling(rows, columns))


def _telling(rows: Iterable[Sequence[str]], columns: KeyColumns) -> Iterator[str]:
    """What of each row its key is made of."""
    balance, place = columns.balance, columns.bank_id
    for row in rows:
        if place is not None and place < len(row) and row[place].strip():
            amounts = [row[n].strip() for n in columns.amounts if n < len(row)]
            yield CELL_BREAK.join(("id", row[place].strip(), *amounts))
        elif balance is not None and balance < len(row):
            yield CELL_BREAK.join((*row[:balance], *row[balance + 1 :]))
        else:
            yield CELL_BREAK.join(row)


def text_keys(texts: Iterable[str]) -> list[str]:
    """The key of each text: of a row that has neither an id nor a balance its cells as one."""
    return written_keys(text.encode("utf-8", "surrogatepass") for text in texts)


def written_keys(texts: Iterable[bytes]) -> list[str]:
    """The key of each text that is UTF-8 already."""
    fresh = hashlib.blake2b(digest_size=16).copy  # a copy is made in half the time of a new one
    keys: list[str] = []
    for text in texts:
        key = fresh()
        key.update(text)
        keys.append(key.hexdigest())
    return keys


def record_keys(
    cells: Iterable[Sequence[str]], ids: Iterable[str | None], amounts: Iterable[Decimal]
) -> list[str]:
    """A key for each record: the bank's own id with the amount where there is one, else all its fields."""
    texts = (
        ("id", own, f"{amount:.2f}") if own else tuple(fields)
        for fields, own, amount in zip(cells, ids, amounts, strict=True)
    )
    return text_keys(map(CELL_BREAK.join, texts))


def occurrences(keys: Sequence[str], accounts: Sequence[str | None]) -> list[int]:
    """The number of each key among equal keys of its account, from 1, in the order of the file."""
    seen: dict[tuple[str, str | None] | str, int] = {}
    before = seen.get
    each = keys if len(set(accounts)) < 2 else zip(keys, accounts, strict=True)
    numbers: list[int] = []
    for key in each:
        number = seen[key] = before(key, 0) + 1
        numbers.append(number)
    return numbers
