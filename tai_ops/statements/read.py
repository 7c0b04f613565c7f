"""A table read by its layout into a statement: lines in columns with their keys, balances checked, accounts told apart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import repeat

from tai_ops.statements.amounts import written
from tai_ops.statements.keys import occurrences, row_keys
from tai_ops.statements.owners import accounts_in_file, file_currency, named_account, no_lines, owed_turned
from tai_ops.statements.reading import Reading, currency_code, read_amount_columns, read_days
from tai_ops.statements.signs import read_money
from tai_ops.statements.sorting import Sorted, sort_rows
from tai_ops.statements.statement import AccountInFile, Columns, Rejected, Statement
from tai_ops.statements.words import THREE_DECIMALS

_NAMED = 3


def statement_of(reading: Reading) -> Statement:
    """The statement that the rows make. UnreadableFile where a whole column fits no reading."""
    read_days(reading)
    read_amount_columns(reading)
    read_money(reading)
    if not reading.saved:
        _distrust_ids(reading)
    rows = sort_rows(reading)
    columns, cents, balances = _columns(reading, rows)
    accounts, ties = accounts_in_file(reading, rows, columns, cents, balances)
    _say_what_was_left_out(reading, rows, columns)
    period = (min(columns.date), max(columns.date)) if columns.date else None
    return statement_with(reading, rows, columns, accounts, period, ties=ties)


def statement_with(
    reading: Reading,
    rows: Sorted,
    columns: Columns,
    accounts: tuple[AccountInFile, ...],
    period: tuple[date, date] | None,
    *,
    ties: bool | None,
) -> Statement:
    """The statement of those lines, with all that was said and found out on the way."""
    only = accounts[0] if len(accounts) == 1 else None if accounts else no_lines(reading, rows)
    if period and reading.dates.sure:
        reading.decide(date_order=reading.dates.order)
    return Statement(
        format=reading.layout.format,
        account=only.account if only else None,
        currency=only.currency if only else None,
        opening_balance=only.opening_balance if only else None,
        closing_balance=only.closing_balance if only else None,
        period=period,
        columns=columns,
        rejected=tuple(sorted(reading.rejected, key=lambda r: r.line)),
        pending=len(rows.pending),
        date_order=reading.dates.order if reading.cells or period else None,
        sure=reading.sure,
        sure_sign=reading.sure_sign,
        warnings=tuple(dict.fromkeys(reading.warnings)),
        accounts=accounts,
        layout=reading.layout,
        balance_ties=ties,
    )


def _distrust_ids(reading: Reading) -> None:
    """A column whose value comes back on another day with the same amount names an order, not a line: it is no id."""
    columns = reading.layout.columns
    if columns.bank_id is None:
        return
    seen: dict[tuple[str, ...], date] = {}
    places = (columns.bank_id, *reading.layout.key.amounts)
    for row, day in zip(reading.cells, reading.days, strict=True):
        if (
            day
            and row[columns.bank_id].strip()
            and seen.setdefault(tuple(row[n] for n in places), day) != day
        ):
            reading.warnings.append(
                f"{reading.heading(columns.bank_id)} names more than one line; it is not taken as the bank's id"
            )
            key = reading.layout.key
            reading.decide(
                columns=replace(columns, bank_id=None),
                key=key if reading.key_known else replace(key, bank_id=None),
            )
            return


def _columns(reading: Reading, rows: Sorted) -> tuple[Columns, list[int], list[int | None]]:
    """The lines in columns, their amounts and their balances in cents."""
    c = reading.layout.columns
    currencies = _currencies(reading, rows.kept)
    kept = _without_odd_decimals(reading, rows.kept, currencies)
    if len(kept) < len(rows.kept):
        chosen = set(kept)
        currencies = [code for n, code in zip(rows.kept, currencies, strict=True) if n in chosen]
    whole = len(kept) == len(reading.cells)
    cells = reading.cells if whole else [reading.cells[n] for n in kept]
    raw = reading.raw if whole else [reading.raw[n] for n in kept]
    if rows.continued:
        raw = [
            [*reading.raw[n], *(x for k in rows.continued.get(n, ()) for x in reading.raw[k])] for n in kept
        ]
    cents = [reading.money[n] or 0 for n in kept]
    exact = {amount: Decimal(amount).scaleb(-2) for amount in set(cents)}
    days = [day for n in kept if (day := reading.days[n])]
    balances = owed_turned(reading, days, cents, _balances(reading, cells))
    accounts = _own_accounts(reading, cells)
    keys = row_keys(raw, reading.layout.key)
    for n in reading.amounts.keys() - {c.fee}:
        reading.amounts.pop(n)  # what the texts of a large file were read as need not stand beside its lines
    columns = Columns(
        row=[reading.lines[n] for n in kept],
        date=days,
        amount=[exact[amount] for amount in cents],
        currency=currencies,
        payee=_payees(reading, cells, cents),
        description=_descriptions(reading, rows, cells, kept),
        reference=_texts(cells, c.reference),
        bank_id=_texts(cells, c.bank_id),
        account=accounts,
        balance=[None if b is None else Decimal(b).scaleb(-2) for b in balances],
        raw=raw,
        row_key=keys,
        occurrence=occurrences(keys, accounts),
    )
    return columns, cents, balances


def _without_odd_decimals(reading: Reading, kept: list[int], currencies: Sequence[str | None]) -> list[int]:
    """Rows in a currency of three decimals are no lines here, unless they are written with two."""
    if not THREE_DECIMALS & {code for code in currencies if code}:
        return kept
    fine: list[int] = []
    for n, code in zip(kept, currencies, strict=True):
        marked = any(
            (w := written(reading.cells[n][k])) and {".", ","} & set(w.body)
            for k in reading.layout.columns.money
        )
        if code in THREE_DECIMALS and not marked:
            reading.rejected.append(
                Rejected(
                    reading.lines[n],
                    f"{code} has three decimals and this amount none; write it with its decimals",
                )
            )
        else:
            fine.append(n)
    return fine


def _texts(cells: Sequence[Sequence[str]], place: int | None) -> list[str | None]:
    """The texts of a column with their spaces closed up; None where the cell is blank."""
    if place is None:
        return list(repeat(None, len(cells)))
    column = [row[place] for row in cells]
    plain = {text: closed_up(text) for text in set(column)}
    return [plain[text] for text in column]


def closed_up(text: str) -> str | None:
    """The text with its spaces closed up, the very same one where it needs no change; None for a blank or a dash."""
    if len(text) > 1 and "  " not in text and text.isprintable() and text[0] != " " != text[-1]:
        return text  # of a large file nearly every one, and told in a third of the time
    closed = " ".join(text.split())
    return None if closed in {"", "-"} else text if closed == text else closed


def _payees(reading: Reading, cells: Sequence[Sequence[str]], cents: Sequence[int]) -> list[str | None]:
    """Who was paid or, where payers stand in a column of their own, who paid."""
    c = reading.layout.columns
    payees = _texts(cells, c.payee)
    if c.payer is None:
        return payees
    payers = _texts(cells, c.payer)
    return [(a or b) if amount > 0 else (b or a) for a, b, amount in zip(payers, payees, cents, strict=True)]


def _own_accounts(reading: Reading, cells: Sequence[Sequence[str]]) -> list[str | None]:
    """The account of each line; one that only some rows name is that of all, where it is the only one."""
    place = reading.layout.columns.account
    if place is None:
        return list(repeat(named_account(reading), len(cells)))
    accounts = [text.strip("'\"") or None if text else None for text in _texts(cells, place)]
    named = {account for account in accounts if account}
    return list(repeat(next(iter(named)), len(cells))) if len(named) == 1 else accounts


def _descriptions(
    reading: Reading, rows: Sorted, cells: Sequence[Sequence[str]], kept: Sequence[int]
) -> list[str | None]:
    places = reading.layout.columns.description
    if not rows.continued:
        columns = [_texts(cells, place) for place in places]
        if not columns:
            return list(repeat(None, len(cells)))
        return (
            columns[0] if len(columns) == 1 else [joined_texts(parts) for parts in zip(*columns, strict=True)]
        )
    every = tuple(n for n in (*places, reading.layout.columns.payee) if n is not None)
    joined: list[str | None] = []
    for n in kept:
        own = [reading.cells[n][k] for k in places]
        more = [reading.cells[k][p] for k in rows.continued.get(n, ()) for p in every]
        joined.append(joined_texts([" ".join(part.split()) or None for part in (*own, *more)]))
    return joined


def joined_texts(parts: Sequence[str | None]) -> str | None:
    """The parts of a text that say something, each once; None where none does."""
    return " ".join(dict.fromkeys(part for part in parts if part)) or None


def _currencies(reading: Reading, kept: Sequence[int]) -> list[str | None]:
    """Each line's currency: that of the amount's heading, of its column, of the amounts' own signs, or of the file."""
    place = reading.layout.columns.currency
    fixed = reading.layout.currency
    if fixed or place is None:
        return list(repeat(fixed, len(kept))) if fixed else _written_currencies(reading, kept)
    texts = [reading.cells[n][place] for n in kept]
    codes = {text: currency_code(text) for text in set(texts)}
    found = [codes[text] for text in texts]
    named = {code for code in found if code}
    return list(repeat(next(iter(named)), len(found))) if len(named) == 1 else found


def _written_currencies(reading: Reading, kept: Sequence[int]) -> list[str | None]:
    marks: list[str | None] = list(repeat(None, len(kept)))
    for place in reading.layout.columns.money:
        forms = reading.amounts[place].written
        if not any(form.currency for form in forms.values()):
            continue
        for k, n in enumerate(kept):
            form = forms.get(reading.cells[n][place])
            marks[k] = marks[k] or (form.currency if form else None)
    named = {mark for mark in marks if mark}
    if not named:
        return list(repeat(file_currency(reading), len(kept)))
    return list(repeat(next(iter(named)), len(kept))) if len(named) == 1 else marks


def _balances(reading: Reading, cells: Sequence[Sequence[str]]) -> list[int | None]:
    place = reading.layout.columns.balance
    if place is None:
        return list(repeat(None, len(cells)))
    cents = reading.amounts[place].cents
    return [cents[row[place]] for row in cells]


def _say_what_was_left_out(reading: Reading, rows: Sorted, columns: Columns) -> None:
    say_zeros(reading, [row for row, amount in zip(columns.row, columns.amount, strict=True) if not amount])
    _count(
        reading,
        [reading.lines[n] for n in rows.pending],
        "is pending and was kept out",
        "are pending and were kept out",
    )
    _count(
        reading,
        [reading.lines[n] for n in rows.failed],
        "failed or was cancelled, and was kept out",
        "failed or were cancelled, and were kept out",
    )
    _count(
        reading,
        [reading.lines[n] for n in rows.balance_rows],
        "states a balance and no amount",
        "state a balance and no amount",
    )
    with_money = [reading.lines[n] for n in rows.remarks if reading.money[n] is not None]
    _count(
        reading,
        with_money,
        "is a total or a balance and was not read as a line",
        "are totals or balances and were not read as lines",
    )


def say_zeros(reading: Reading, lines: Sequence[int]) -> None:
    """That these lines move nothing."""
    _count(reading, lines, "has an amount of 0.00", "have an amount of 0.00")


def _count(reading: Reading, lines: Sequence[int], one: str, many: str) -> None:
    if len(lines) == 1:
        reading.warnings.append(f"line {lines[0]} {one}")
    elif lines:
        shown = ", ".join(map(str, lines[:_NAMED])) + (" …" if len(lines) > _NAMED else "")
        reading.warnings.append(f"{len(lines)} lines {many} (lines {shown})")
