"""A table read by its layout into a statement: lines in columns with their keys, balances checked, accounts told apart."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import repeat

from tai_ops.money import money_text
from tai_ops.statements.amounts import MixedMarks, blank, read_amounts, written
from tai_ops.statements.balance import Chain, best_chain, direction
from tai_ops.statements.keys import occurrences, row_keys
from tai_ops.statements.reading import Reading, currency_code, read_amount_columns, read_days
from tai_ops.statements.signs import read_money
from tai_ops.statements.sorting import Sorted, sort_rows
from tai_ops.statements.statement import AccountInFile, Columns, Rejected, Statement
from tai_ops.statements.words import THREE_DECIMALS, heading_currency, roles_of, summary_kind

_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
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
    accounts, ties = _accounts(reading, rows, columns, cents, balances)
    _say_what_was_left_out(reading, rows, columns)
    only = accounts[0] if len(accounts) == 1 else None
    if columns.date and reading.dates.sure:
        reading.decide(date_order=reading.dates.order)
    return Statement(
        format=reading.layout.format,
        account=only.account if only else None if accounts else _named_account(reading),
        currency=only.currency if only else None if accounts else _file_currency(reading),
        opening_balance=only.opening_balance if only else None,
        closing_balance=only.closing_balance if only else None,
        period=(min(columns.date), max(columns.date)) if columns.date else None,
        columns=columns,
        rejected=tuple(sorted(reading.rejected, key=lambda r: r.line)),
        pending=len(rows.pending),
        date_order=reading.dates.order if reading.cells else None,
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
            reading.decide(
                columns=columns.model_copy(update={"bank_id": None}),
                key=reading.layout.key.model_copy(update={"bank_id": None}),
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
    balances = _balances(reading, cells)
    accounts = _texts(cells, c.account) if c.account is not None else [_named_account(reading)] * len(kept)
    accounts = _filled_in(accounts)
    keys = row_keys(raw, reading.layout.key)
    columns = Columns(
        row=[reading.lines[n] for n in kept],
        date=[day for n in kept if (day := reading.days[n])],
        amount=[exact[amount] for amount in cents],
        currency=currencies,
        payee=_texts(cells, c.payee),
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
    plain = {text: " ".join(text.split()) or None for text in set(column)}
    return [plain[text] for text in column]


def _filled_in(accounts: list[str | None]) -> list[str | None]:
    """An account that only some rows name is that of all, where it is the only one."""
    named = {account for account in accounts if account}
    return [next(iter(named))] * len(accounts) if len(named) == 1 and None in accounts else accounts


def _descriptions(
    reading: Reading, rows: Sorted, cells: Sequence[Sequence[str]], kept: Sequence[int]
) -> list[str | None]:
    places = reading.layout.columns.description
    if not rows.continued:
        columns = [_texts(cells, place) for place in places]
        if not columns:
            return list(repeat(None, len(cells)))
        return columns[0] if len(columns) == 1 else [_joined(parts) for parts in zip(*columns, strict=True)]
    every = tuple(n for n in (*places, reading.layout.columns.payee) if n is not None)
    joined: list[str | None] = []
    for n in kept:
        own = [reading.cells[n][k] for k in places]
        more = [reading.cells[k][p] for k in rows.continued.get(n, ()) for p in every]
        joined.append(_joined([" ".join(part.split()) or None for part in (*own, *more)]))
    return joined


def _joined(parts: Sequence[str | None]) -> str | None:
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
        return list(repeat(_file_currency(reading), len(kept)))
    return list(repeat(next(iter(named)), len(kept))) if len(named) == 1 else marks


def _file_currency(reading: Reading) -> str | None:
    """The currency that the lines above the table or a balance heading name, where it is one."""
    if reading.layout.currency:
        return reading.layout.currency
    balance = reading.layout.columns.balance
    if balance is not None and balance < len(reading.layout.header):
        named = heading_currency(reading.layout.header[balance])
        if named:
            return named
    found: set[str] = set()
    for _, row in reading.around:
        for k, cell in enumerate(row):
            if (
                "currency" in roles_of(cell.strip(" :"))
                and k + 1 < len(row)
                and (code := currency_code(row[k + 1]))
            ):
                found.add(code)
            elif (form := written(cell)) and form.currency:
                found.add(form.currency)
    return found.pop() if len(found) == 1 else None


def _named_account(reading: Reading) -> str | None:
    """The account that the lines above the table name: an IBAN, or what stands behind a word such as `Account`."""
    cells = [(row, k, cell) for _, row in reading.around for k, cell in enumerate(row)]
    for _, _, cell in cells:
        iban = _IBAN.search(cell)
        if iban and _valid_iban(iban[0]):
            return iban[0].replace(" ", "")
    for row, k, cell in cells:
        label, _, rest = cell.partition(":")
        behind = " ".join(rest.split()) or (" ".join(row[k + 1].split()) if k + 1 < len(row) else "")
        if "account" in roles_of(label.strip()) and any(c.isdigit() for c in behind) and len(behind) < 60:
            return behind
    return None


def _valid_iban(text: str) -> bool:
    plain = text.replace(" ", "")
    digits = "".join(str(int(c, 36)) for c in plain[4:] + plain[:4])
    return 15 <= len(plain) <= 34 and int(digits) % 97 == 1


def _balances(reading: Reading, cells: Sequence[Sequence[str]]) -> list[int | None]:
    place = reading.layout.columns.balance
    if place is None:
        return list(repeat(None, len(cells)))
    cents = reading.amounts[place].cents
    return [cents[row[place]] for row in cells]


def _accounts(
    reading: Reading, rows: Sorted, columns: Columns, cents: Sequence[int], balances: Sequence[int | None]
) -> tuple[tuple[AccountInFile, ...], bool | None]:
    """Each account and currency of the file with its balances and its sum, and whether the balances tie."""
    groups: dict[tuple[str | None, str | None], list[int]] = {}
    if len(set(columns.account)) < 2 and len(set(columns.currency)) < 2:
        if cents:
            groups[columns.account[0], columns.currency[0]] = list(range(len(cents)))
    else:
        for n, owner in enumerate(zip(columns.account, columns.currency, strict=True)):
            groups.setdefault(owner, []).append(n)
    made: list[AccountInFile] = []
    ties: list[bool] = []
    for (account, currency), places in groups.items():
        own = [cents[n] for n in places]
        chain = _chain(columns, places, own, [balances[n] for n in places])
        opening, closing = _stated(reading, rows) if len(groups) == 1 else (None, None)
        if chain:
            ties.append(chain.ties)
            _warn_of_chain(reading, columns, places, balances, chain, account, currency)
            if chain.ties or chain.links < 1 or direction([columns.date[n] for n in places]):
                opening, closing = chain.opening, chain.closing
        elif opening is not None and closing is not None:
            ties.append(opening + sum(own) == closing)
            if not ties[-1]:
                reading.warnings.append(
                    f"the stated balances do not tie: {_shown(opening)} and lines of {_shown(sum(own))} make "
                    f"{_shown(opening + sum(own))}, not {_shown(closing)}"
                )
        made.append(
            AccountInFile(
                account,
                currency,
                _decimal(opening),
                _decimal(closing),
                len(own),
                Decimal(sum(own)).scaleb(-2),
            )
        )
    return tuple(made), all(ties) if ties else None


def _chain(
    columns: Columns, places: Sequence[int], own: Sequence[int], balances: Sequence[int | None]
) -> Chain | None:
    days = [columns.date[n] for n in places]
    return best_chain(own, balances, direction(days), days)


def _warn_of_chain(
    reading: Reading,
    columns: Columns,
    places: Sequence[int],
    balances: Sequence[int | None],
    chain: Chain,
    account: str | None,
    currency: str | None,
) -> None:
    if chain.ties or chain.first_break is None or chain.expected is None:
        return
    n = places[chain.first_break]
    whose = " ".join(part for part in (account, currency) if part) if len(places) < len(columns.row) else ""
    reading.warnings.append(
        f"the running balance{' of ' + whose if whose else ''} does not tie: line {columns.row[n]} shows {_shown(balances[n] or 0)} where "
        f"{_shown(chain.expected)} follows; {chain.breaks} of {chain.links} links break, so rows may be missing"
    )


def _stated(reading: Reading, rows: Sorted) -> tuple[int | None, int | None]:
    """Opening and closing balance that lines outside the table, or rows of it that are no lines, state."""
    opening, closing = rows.opening, rows.closing
    outside = [row for _, row in reading.around] + [reading.cells[n] for n in rows.remarks]
    for row in outside:
        for k, cell in enumerate(row):
            kind = summary_kind(cell)
            if kind not in {"opening", "closing"}:
                continue
            stated = _first_amount(row[k + 1 :], cell.partition(":")[2])
            if stated is None:
                continue
            if kind == "opening" and opening is None:
                opening = stated
            elif kind == "closing":
                closing = stated
    return opening, closing


def _first_amount(cells: Sequence[str], behind: str) -> int | None:
    texts = [text for text in (behind, *cells) if not blank(text) and written(text)]
    try:
        column = read_amounts(texts[:1])
    except MixedMarks:
        return None
    return column.cents.get(texts[0]) if texts else None


def _say_what_was_left_out(reading: Reading, rows: Sorted, columns: Columns) -> None:
    zero = [row for row, amount in zip(columns.row, columns.amount, strict=True) if not amount]
    _count(reading, zero, "has an amount of 0.00", "have an amount of 0.00")
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


def _count(reading: Reading, lines: Sequence[int], one: str, many: str) -> None:
    if len(lines) == 1:
        reading.warnings.append(f"line {lines[0]} {one}")
    elif lines:
        shown = ", ".join(map(str, lines[:_NAMED])) + (" …" if len(lines) > _NAMED else "")
        reading.warnings.append(f"{len(lines)} lines {many} (lines {shown})")


def _decimal(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents).scaleb(-2)


def _shown(cents: int) -> str:
    return money_text(Decimal(cents).scaleb(-2))
