"""Which rows are lines: what is pending, what is a heading, a total or a remark, what goes on from the row above, what is bad."""

from dataclasses import dataclass, field

from tai_ops.errors import UnreadableFile
from tai_ops.statements.amounts import is_amount
from tai_ops.statements.detect import is_header, same_header, two_tables
from tai_ops.statements.reading import Reading
from tai_ops.statements.signs import no_amount
from tai_ops.statements.statement import Rejected
from tai_ops.statements.states import kept_out
from tai_ops.statements.words import (
    fold,
    may_sum_up,
    summary_kind,
)


@dataclass(slots=True)
class Sorted:
    """The rows by what they are, as indices: lines, their continuations, rows kept out; and balances that rows state."""

    kept: list[int] = field(default_factory=list[int])
    continued: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    pending: list[int] = field(default_factory=list[int])
    failed: list[int] = field(default_factory=list[int])
    remarks: list[int] = field(default_factory=list[int])
    balance_rows: list[int] = field(default_factory=list[int])
    opening: int | None = None
    closing: int | None = None


def sort_rows(reading: Reading) -> Sorted:
    """Every row by what it is; bad rows are added to the reading's rejected ones."""
    states = kept_out(reading)
    summaries = _summaries(reading)
    if None not in reading.days and None not in reading.money and not states and not summaries:
        return Sorted(kept=list(range(len(reading.cells))))
    found = Sorted()
    loose: list[tuple[int, int]] = []
    for n, (day, cents) in enumerate(zip(reading.days, reading.money, strict=True)):
        state = states.get(n)
        if n in summaries:
            _note_summary(reading, found, n, summaries[n])
        elif state:
            (found.pending if state == "pending" else found.failed).append(n)
        elif day is not None and cents is not None:
            found.kept.append(n)
        else:
            _odd_row(reading, found, loose, n)
    _join_loose(found, loose)
    return found


def _summaries(reading: Reading) -> dict[int, str]:
    """Rows that state a balance or a total in the place of a text, dated or not."""
    columns = reading.layout.columns
    texts = [n for n in (columns.payee, *columns.description) if n is not None]
    figures = {columns.date, *columns.other_dates, *reading.amounts}
    named: dict[int, str] = {}
    for place in range(reading.layout.width):
        if place in figures:
            continue
        distinct = set(reading.column(place))
        if not may_sum_up("\n".join(distinct)):
            continue
        kinds = {text: kind for text in distinct if may_sum_up(text) and (kind := exact_summary(text))}
        if not kinds:
            continue
        for n, row in enumerate(reading.cells):
            kind = kinds.get(row[place])
            if kind and not any(row[k].strip() for k in texts if k != place and row[k] != row[place]):
                named.setdefault(n, kind)
    return named


def exact_summary(text: str) -> str | None:
    """The kind of a text that says nothing but `Opening balance`, `Turnover` or the like, perhaps with a date.

    A total is none here: a filling station may bear that name.
    """
    words = [
        w
        for w in fold(text).split()
        if not w.isdigit() and w not in {"as", "of", "at", "on", "am", "per", "zum", "vom", "eur", "usd"}
    ]
    kind = summary_kind(text) if 0 < len(words) <= 3 else None
    return None if kind == "total" else kind


def _note_summary(reading: Reading, found: Sorted, n: int, kind: str) -> None:
    columns = reading.layout.columns
    balance = None
    if columns.balance is not None:
        balance = reading.amounts[columns.balance].cents[reading.cells[n][columns.balance]]
    stated = reading.money[n] if balance is None else balance
    if kind == "opening" and found.opening is None:
        found.opening = stated
    elif kind == "closing":
        found.closing = stated
    found.remarks.append(n)


def _odd_row(reading: Reading, found: Sorted, loose: list[tuple[int, int]], n: int) -> None:
    """A row without a date or without an amount."""
    row, columns = reading.cells[n], reading.layout.columns
    date_text = row[columns.date].strip()
    if reading.days[n] is None and is_header(row):
        if not same_header(row, reading.layout.header):
            raise UnreadableFile(two_tables(reading.name, reading.layout.header_row or 1, reading.lines[n]))
        return
    bare = no_amount(reading, n)
    if reading.days[n] is not None:
        _dated_row(reading, found, n, bare=bare)
    elif bare:
        _undated_text(reading, found, loose, n, date_text)
    elif _sums_up(row) or not (any(c.isdigit() for c in date_text) or reading.money[n] is not None):
        found.remarks.append(n)
    else:
        reason = reading.dates.reasons.get(row[columns.date]) if date_text else "has no date"
        reading.rejected.append(Rejected(reading.lines[n], reason or f"{date_text[:40]!r} is not a date"))


def _dated_row(reading: Reading, found: Sorted, n: int, *, bare: bool) -> None:
    balance = reading.layout.columns.balance
    if not bare:
        reading.rejected.append(Rejected(reading.lines[n], reading.reasons.get(n, "has no amount")))
    elif balance is not None and is_amount(reading.cells[n][balance]):
        found.balance_rows.append(n)
    elif _sums_up(reading.cells[n]):
        found.remarks.append(n)
    else:
        reading.rejected.append(Rejected(reading.lines[n], "has no amount"))


def _undated_text(
    reading: Reading, found: Sorted, loose: list[tuple[int, int]], n: int, date_text: str
) -> None:
    columns, row = reading.layout.columns, reading.cells[n]
    texts = [k for k in (columns.payee, *columns.description) if k is not None]
    below = found.kept[-1] if found.kept else None
    if not date_text and below is not None and any(row[k].strip() for k in texts) and not _sums_up(row):
        loose.append((below, n))
    else:
        found.remarks.append(n)


def _join_loose(found: Sorted, loose: list[tuple[int, int]]) -> None:
    """Text rows below lines belong to them where that is how the file is written; else they are remarks."""
    owners = {owner for owner, _ in loose}
    if len(owners) * 2 >= len(found.kept):
        for owner, n in loose:
            found.continued.setdefault(owner, []).append(n)
    else:
        found.remarks.extend(n for _, n in loose)


def _sums_up(row: list[str]) -> bool:
    """Whether the first text of the row says that it is a total or a balance."""
    first = next((cell for cell in row if any(c.isalpha() for c in cell)), "")
    return bool(first) and summary_kind(first) is not None
