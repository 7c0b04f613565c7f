"""Which row is the header and which column holds what; a table that is no statement is refused by what it lacks."""

from collections.abc import Sequence

from tai_ops.errors import UnreadableFile
from tai_ops.statements.amounts import is_amount
from tai_ops.statements.by_cells import by_cells
from tai_ops.statements.by_headings import Choice
from tai_ops.statements.dates import is_date, is_day_and_month
from tai_ops.statements.found import Found, money_currency
from tai_ops.statements.profile import profiles
from tai_ops.statements.table import Table, filled, modal_width
from tai_ops.statements.words import fold, roles_of

_HEADER_AMONG = 80
_SAMPLE = 300


def detect(table: Table, name: str) -> Found:
    """Header and columns of the table; UnreadableFile where it has no column of dates or none of amounts."""
    found = by_header_row(table, name) or by_cells(table)
    if found:
        return found
    raise UnreadableFile(_no_statement(table, name))


def is_header(row: Sequence[str]) -> bool:
    """Whether the row names columns, among them one of dates and one of money."""
    return _heads(row) and not any(is_date(cell) or is_amount(cell) for cell in row)


def same_header(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a row repeats the header."""
    return _folded(row) == _folded(header)


def _heads(headings: Sequence[str]) -> bool:
    named = [roles_of(cell) for cell in headings if cell.strip()]
    dated = sum("date" in roles for roles in named)
    money = sum(bool(roles.keys() & {"amount", "money_in", "money_out"}) for roles in named)
    both = sum(
        "date" in roles and bool(roles.keys() & {"amount", "money_in", "money_out"}) for roles in named
    )
    return len(named) >= 2 and dated > 0 and money > 0 and dated + money - both >= 2


def by_header_row(table: Table, name: str) -> Found | None:
    """What a header says of the table, which its first 400 rows tell; None where none of them is a header."""
    rows = table.rows
    candidates: list[tuple[int, int, tuple[str, ...]]] = []
    for n, row in enumerate(rows[:_HEADER_AMONG]):
        if any(is_date(cell) or is_amount(cell) for cell in row) or sum(1 for c in row if c.strip()) < 2:
            continue
        if _heads(row):
            candidates.append((n, n + 1, tuple(row)))
        elif n + 1 < len(rows) and not any(is_date(c) or is_amount(c) for c in rows[n + 1]):
            both = tuple(joined(row, rows[n + 1]))
            if _heads(both) and not _heads(rows[n + 1]):
                candidates.append((n, n + 2, both))
    judged: list[tuple[int, int, int, Found]] = []
    for start, body, header in candidates:
        found = _assigned(rows, start, body, header)
        if found:
            judged.append((_hits(rows, found), sum(1 for c in header if roles_of(c)), -start, found))
    if not judged:
        return None
    best = max(judged, key=lambda j: j[:3])[3]
    same = [j[3] for j in judged if _folded(j[3].header) == _folded(best.header)]
    chosen = min(same, key=lambda f: f.body)
    for hits, _, start, other in judged:
        before = -start < (chosen.header_index or 0) and _hits(rows[: chosen.header_index], other)
        if hits and before and _folded(other.header) != _folded(chosen.header):
            raise UnreadableFile(two_tables(name, table.lines[-start], table.lines[chosen.header_index or 0]))
    return chosen


def two_tables(name: str, first: int, second: int) -> str:
    """The refusal of a file that holds two tables with different headers."""
    return f"{name} holds two different tables (headers on lines {first} and {second}); save each as its own file"


def _folded(header: Sequence[str]) -> tuple[str, ...]:
    folded = [fold(cell) for cell in header]
    while folded and not folded[-1]:
        folded.pop()
    return tuple(folded)


def joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Two header rows as one, cell by cell."""
    size = max(len(upper), len(lower))
    pairs = ((upper[n] if n < len(upper) else "", lower[n] if n < len(lower) else "") for n in range(size))
    return [f"{a.strip()} {b.strip()}".strip() for a, b in pairs]


def _hits(rows: Sequence[Sequence[str]], found: Found) -> int:
    """How many of the rows below a header have a date and an amount where it says."""
    dates = (found.columns.date, *found.columns.other_dates)
    return sum(
        1
        for row in rows[found.body : found.body + 120]
        if any(n < len(row) and (is_date(row[n]) or is_day_and_month(row[n])) for n in dates)
        and any(n < len(row) and is_amount(row[n]) for n in found.columns.money)
    )


def _sample(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """Rows to look at: the first ones with a date, without totals and remarks; all where none has one."""
    head = rows[:_SAMPLE]
    dated = [row for row in head if any(map(is_date, row))]
    short = dated or [row for row in head if any(map(is_day_and_month, row))]
    return short or head


def _assigned(rows: list[list[str]], start: int, body: int, header: tuple[str, ...]) -> Found | None:
    below = rows[body : body + _SAMPLE]
    width = max(filled(list(header)), modal_width(below))
    sample = _sample(below)
    looks = profiles(sample, width)
    named = filled(list(header))
    header = (header + ("",) * width)[:width]
    choice = Choice(header, [roles_of(cell) for cell in header], looks)
    columns = choice.columns()
    if columns is None:
        return None
    found = Found(header, start, body, width, columns, money_currency(columns, header), choice.doubts)
    if named < modal_width(below):
        _mind_split_decimals(found, sample, named)
    return found


def _mind_split_decimals(found: Found, sample: Sequence[Sequence[str]], named: int) -> None:
    """Rows with more cells than the header: perhaps an amount was cut at its decimal comma."""
    amount = found.columns.amount
    extra = [row for row in sample if any(cell.strip() for cell in row[named:])]
    if not extra or amount is None:
        return
    cut = [
        row
        for row in extra
        if amount + 1 < len(row) and row[amount + 1].isdigit() and len(row[amount + 1]) == 2
    ]
    if len(cut) * 2 > len(extra) and all(row[amount].lstrip("+-").isdigit() for row in cut):
        raise UnreadableFile(
            f"the amounts are cut in two by their decimal comma ({cut[0][amount]},{cut[0][amount + 1]}): "
            "rows have more cells than the header; export with another delimiter"
        )


def _no_statement(table: Table, name: str) -> str:
    header = next((row for row in table.rows if filled(row) > 1), table.rows[0])
    odd = _odd_amount(table)
    if odd:
        return f"{name}: {odd}; choose the bank's export"
    named = ", ".join(" ".join(cell.split())[:30] for cell in header[:6] if cell.strip())
    sample = table.rows[1:_SAMPLE]
    dated = any(is_date(cell) for row in sample for cell in row)
    lacks = "amounts" if dated else "dates"
    return (
        f"{name} is no bank statement: a list of {named} has no column of {lacks}; choose the bank's export"
    )


def _odd_amount(table: Table) -> str | None:
    """The first cell below a heading of amounts that is none, where the table has a header and dates."""
    start = next((n for n, row in enumerate(table.rows[:_HEADER_AMONG]) if _heads(row)), None)
    if start is None:
        return None
    header = table.rows[start]
    places = [
        n for n, cell in enumerate(header) if "amount" in roles_of(cell) and "date" not in roles_of(cell)
    ]
    for row, line in zip(table.rows[start + 1 : _SAMPLE], table.lines[start + 1 : _SAMPLE], strict=False):
        for n in places:
            cell = row[n].strip() if n < len(row) else ""
            if any(map(is_date, row)) and cell and not is_amount(cell):
                return f"line {line}: most of {header[n].strip()!r} are no amounts, the first {cell[:40]!r}"
    return None
