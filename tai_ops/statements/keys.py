"""Row keys: what tells a line from every other line of its account, from one export to the next.

The key is made of the raw cells, never of what they were read as, so a changed mapping changes no key.
Source: finance.md section 3, rule 3.
"""

import hashlib
from collections.abc import Iterable, Sequence

from tai_ops.statements.layout import KeyColumns

_APART = "\x1f"


def row_keys(rows: Iterable[Sequence[str]], columns: KeyColumns) -> list[str]:
    """A key for each raw row: the bank's own id with the amount cells where there is one, else all cells but the balance."""
    blake = hashlib.blake2b
    keys: list[str] = []
    balance, place = columns.balance, columns.bank_id
    for row in rows:
        if place is not None and place < len(row) and row[place].strip():
            amounts = [row[n].strip() for n in columns.amounts if n < len(row)]
            text = _APART.join(("id", row[place].strip(), *amounts))
        elif balance is not None and balance < len(row):
            text = _APART.join((*row[:balance], *row[balance + 1 :]))
        else:
            text = _APART.join(row)
        keys.append(blake(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest())
    return keys


def occurrences(keys: Sequence[str], accounts: Sequence[str | None]) -> list[int]:
    """The number of each key among equal keys of its account, from 1, in the order of the file."""
    seen: dict[tuple[str, str | None] | str, int] = {}
    numbers: list[int] = []
    one = len(set(accounts)) < 2
    for key, account in zip(keys, accounts, strict=True):
        at = key if one else (key, account)
        number = seen.get(at, 0) + 1
        seen[at] = number
        numbers.append(number)
    return numbers
