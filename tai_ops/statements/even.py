"""A large table whose every row is a plain line, read column by column in Arrow's memory.

Most long exports are even: below the header each row has a date, an amount with its cents, and texts, and nothing in it
asks for a judgement. What is not even is left to `read.py`, row by row. Of a table that both can read both say the
same, which is what this module's tests hold it to.
"""

import csv
from decimal import Decimal
from itertools import repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as pa_csv

from tai_ops.statements.amounts import Mark
from tai_ops.statements.keys import CELL_BREAK, occurrences, row_keys, written_keys
from tai_ops.statements.owners import accounts_in_file, file_currency, named_account, owed_turned
from tai_ops.statements.read import closed_up, joined_texts, say_zeros, statement_with
from tai_ops.statements.reading import Reading, read_date_texts
from tai_ops.statements.sorting import Sorted, exact_summary
from tai_ops.statements.statement import Columns, Packed, PackedRows, Statement
from tai_ops.statements.table import Delimiter
from tai_ops.statements.words import SUMMARY_HINTS, may_sum_up, roles_of

_compute: Any = pyarrow.compute  # its functions are made at run time
_MONEY = pa.decimal128(18, 2)
_SPACES = r"'’ \x{00a0}\x{202f}"
_GROUPED = rf"^-?(?:[0-9]{{1,15}}|[0-9]{{1,3}}(?:[%s{_SPACES}][0-9]{{3}}){{1,4}})[%s][0-9]{{2}}$"
_WITH_CENTS: dict[Mark, str] = {".": _GROUPED % (",", "."), ",": _GROUPED % (".", ",")}
_CLOSED_UP = r"^[!-~]+(?: ?[!-~]+)+$"
_SUMMARIES = "|".join(SUMMARY_HINTS)


def even_statement(reading: Reading, text: str, first_line: int, delimiter: Delimiter) -> Statement | None:
    """The statement in the rows from that line of the text on; None where not every row is a plain line.

    The reading has been changed by then: to read the file in another way takes a new one.
    """
    cells = _cells(text, first_line, reading.layout.width, delimiter) if _is_plain(reading) else None
    if cells is None or _sums_up(reading, cells):
        return None
    days = _days(reading, cells)
    amounts = _amounts(reading, cells) if days is not None else None
    if days is None or amounts is None:
        return None
    cents = _in_cents(amounts[reading.layout.columns.money[0]])
    balances = _balances(reading, amounts, days, cents)
    columns = _columns(reading, cells, days, amounts, balances, first_line)
    lines = Sorted()
    accounts, ties = accounts_in_file(reading, lines, columns, cents, balances)
    say_zeros(reading, [row for row, amount in zip(columns.row, cents, strict=True) if not amount])
    known = [day for day in reading.dates.dates.values() if day]
    return statement_with(reading, lines, columns, accounts, (min(known), max(known)), ties=ties)


def _is_plain(reading: Reading) -> bool:
    """Whether the layout has a date, one signed amount and texts, and nothing beside them but a balance and an id."""
    c = reading.layout.columns
    others = (c.money_in, c.money_out, c.flag, c.fee, c.payer, c.currency, c.account, c.status, c.pending)
    if c.amount is None or c.other_dates or c.deductions or any(place is not None for place in others):
        return False
    if c.bank_id is not None and not reading.saved:
        return False  # whether it is an id takes a look at every row
    known = reading.said.positive or reading.layout.positive
    return bool(known) or not any("flag" in roles_of(heading) for heading in reading.layout.header)


def _cells(text: str, first_line: int, width: int, delimiter: Delimiter) -> list[Any] | None:
    """The cells of each column; None where a row has more or fewer of them, or is not one line of the text."""
    if CELL_BREAK in text or text.count("\r") != text.count("\r\n"):
        return None
    start = 0
    for _ in range(first_line - 1):
        start = text.find("\n", start) + 1
    lines = text.count("\n", start) + (not text.endswith("\n"))
    names = [str(place) for place in range(width)]
    try:
        data = text[start:].encode()  # read as one block: a second would cut a quoted line end in two
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            pa_csv.ReadOptions(column_names=names, block_size=len(data) + 1),
            pa_csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except (UnicodeEncodeError, pa.ArrowInvalid):
        return None
    cells = [table.column(name).combine_chunks() for name in names]
    if len(table) != lines or any(_longest(cell) > csv.field_size_limit() for cell in cells):
        return None
    return cells


def _longest(cell: Any) -> int:
    return _compute.max(_compute.binary_length(cell)).as_py() or 0


def _sums_up(reading: Reading, cells: list[Any]) -> bool:
    """Whether a row may state a balance or a turnover in the place of a text."""
    c = reading.layout.columns
    for place, cell in enumerate(cells):
        if place in {c.date, c.amount, c.balance}:
            continue
        hinting = cell.filter(_compute.match_substring_regex(cell, _SUMMARIES, ignore_case=True))
        if any(may_sum_up(text) and exact_summary(text) for text in hinting.unique().to_pylist()):
            return True
    return False


def _days(reading: Reading, cells: list[Any]) -> Any:
    """The day of each row; None where one has none. UnreadableFile where the column's dates fit no one order."""
    encoded = cells[reading.layout.columns.date].dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    read_date_texts(reading, texts)
    days = [reading.dates.dates[text] for text in texts]
    return None if None in days else pa.array(days, pa.date32()).take(encoded.indices)


def _amounts(reading: Reading, cells: list[Any]) -> dict[int, Any] | None:
    """The signed amounts and the balances by their columns, as decimals; None where they take a judgement."""
    c = reading.layout.columns
    places = [place for place in (c.amount, c.balance) if place is not None]
    shown = cells[places[0]][0].as_py()[-3:-2]
    mark: Mark = "," if shown == "," else "."
    if (reading.said.decimal or reading.layout.decimal) not in {None, mark}:
        return None
    if not all(_all(_compute.match_substring_regex(cells[place], _WITH_CENTS[mark])) for place in places):
        return None
    read = {place: _decimals(cells[place], mark) for place in places}
    amount = read[places[0]]
    positive = reading.said.positive or reading.layout.positive
    nothing = pa.scalar(0, amount.type)
    negative = _compute.sum(_compute.less(amount, nothing)).as_py()
    used = _compute.sum(_compute.not_equal(amount, nothing)).as_py()
    if positive is None and negative * 2 < used + reading.said.card:  # of a card, halves are in doubt too
        return None
    if positive == "out":
        read[places[0]] = _compute.negate(amount)
    reading.decide(decimal=mark, positive=positive or "in")
    return read


def _all(matches: Any) -> bool:
    return bool(_compute.all(matches).as_py())


def _decimals(cell: Any, mark: Mark) -> Any:
    """Texts of digits, a mark and two digits as amounts of money."""
    plain = _compute.match_substring_regex(cell, f"^-?[0-9]+[{mark}]")
    if not _all(plain):
        cell = _compute.replace_substring_regex(cell, f"[{_SPACES}{'.' if mark == ',' else ','}]", "")
    if mark == ",":
        cell = _compute.replace_substring(cell, ",", ".")
    return cell.cast(_MONEY)


def _balances(reading: Reading, amounts: dict[int, Any], days: Any, cents: list[int]) -> list[int | None]:
    """What the file shows as the balance of each line, in cents."""
    place = reading.layout.columns.balance
    if place is None:
        return list(repeat(None, len(cents)))
    return owed_turned(reading, days.to_pylist(), cents, _in_cents(amounts[place]))


def _in_cents(amounts: Any) -> list[int]:
    """Amounts in whole cents."""
    return _compute.multiply(amounts, pa.scalar(100, pa.decimal128(3, 0))).cast(pa.int64()).to_pylist()


def _columns(
    reading: Reading,
    cells: list[Any],
    days: Any,
    amounts: dict[int, Any],
    balances: list[int | None],
    first_line: int,
) -> Columns:
    """The lines in columns."""
    c, key = reading.layout.columns, reading.layout.key
    size = len(days)
    joined = _compute.binary_join_element_wise(*cells, CELL_BREAK)
    if key.bank_id is None and key.balance is None:
        keys = written_keys(joined.cast(pa.binary()).to_pylist())
    else:
        keys = row_keys(zip(*(cell.to_pylist() for cell in cells), strict=True), key)
    accounts = list(repeat(named_account(reading), size))
    descriptions = [_texts(cells, place) for place in c.description or (None,)]
    return Columns(
        row=range(first_line, first_line + size),
        date=Packed(days) if c.balance is None else days.to_pylist(),
        amount=Packed(amounts[c.money[0]]),
        currency=list(repeat(file_currency(reading), size)),
        payee=_texts(cells, c.payee),
        description=descriptions[0]
        if len(descriptions) == 1
        else [joined_texts(parts) for parts in zip(*descriptions, strict=True)],
        reference=_texts(cells, c.reference),
        bank_id=_texts(cells, c.bank_id),
        account=accounts,
        balance=Packed(pa.nulls(size, _MONEY))
        if c.balance is None
        else [None if cents is None else Decimal(cents).scaleb(-2) for cents in balances],
        raw=PackedRows(Packed(joined)),
        row_key=keys,
        occurrence=occurrences(keys, accounts),
    )


def _texts(cells: list[Any], place: int | None) -> Packed[str | None]:
    """The texts of a column with their spaces closed up; None where the cell is blank."""
    if place is None:
        return Packed(pa.nulls(len(cells[0]), pa.string()))
    loose = _compute.invert(_compute.match_substring_regex(cells[place], _CLOSED_UP))
    closed = [closed_up(text) for text in cells[place].filter(loose).to_pylist()]
    return Packed(_compute.replace_with_mask(cells[place], loose, pa.array(closed, pa.string())))
