"""Whose statement it is: the accounts and currencies of a file, the balances that it proves or states for each."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from tai_ops.money import ZERO, money_text
from tai_ops.statements.amounts import MixedMarks, blank, read_amounts, written
from tai_ops.statements.balance import Chain, best_chain, direction
from tai_ops.statements.reading import Reading, currency_code
from tai_ops.statements.sorting import Sorted
from tai_ops.statements.statement import AccountInFile, Columns
from tai_ops.statements.words import heading_currency, roles_of, summary_kind

_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_LABEL_WORDS = 3


def accounts_in_file(
    reading: Reading, rows: Sorted, columns: Columns, cents: Sequence[int], balances: Sequence[int | None]
) -> tuple[tuple[AccountInFile, ...], bool | None]:
    """Each account and currency of the file with its balances and its sum, and whether the balances tie."""
    groups: dict[tuple[str | None, str | None], Sequence[int]] = {}
    apart: dict[tuple[str | None, str | None], list[int]] = {}
    if len(set(columns.account)) < 2 and len(set(columns.currency)) < 2:
        if cents:
            groups[columns.account[0], columns.currency[0]] = range(len(cents))
    else:
        for n, owner in enumerate(zip(columns.account, columns.currency, strict=True)):
            apart.setdefault(owner, []).append(n)
        groups |= apart
    made: list[AccountInFile] = []
    ties: list[bool] = []
    for (account, currency), places in groups.items():
        own = cents if len(groups) == 1 else [cents[n] for n in places]
        chain = _chain(columns, places, own, balances if len(groups) == 1 else [balances[n] for n in places])
        opening, closing = stated_balances(reading, rows) if len(groups) == 1 else (None, None)
        tied: bool | None = None
        if chain:
            tied = chain.ties
            if not tied and len(groups) == 1:
                turned = _ties(columns, [-c for c in own], [balances[n] for n in places], places)
                _doubt_sign(reading, turned=turned)
            _warn_of_chain(reading, columns, places, balances, chain, account, currency)
            if chain.ties or chain.links < 1 or direction([columns.date[n] for n in places]):
                opening, closing = chain.opening, chain.closing
        elif opening is not None and closing is not None:
            if _may_be_owed(reading) and closing - opening == -sum(own):
                opening, closing = -opening, -closing
            tied = opening + sum(own) == closing
            if not tied:
                _doubt_sign(reading, turned=sum(own) != 0 and opening - sum(own) == closing)
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
                tied,
            )
        )
        ties += [] if tied is None else [tied]
    return tuple(made), all(ties) if ties else None


def no_lines(reading: Reading, rows: Sorted) -> AccountInFile:
    """What a statement without lines says of its account."""
    opening, closing = (_decimal(cents) for cents in stated_balances(reading, rows))
    return AccountInFile(named_account(reading), file_currency(reading), opening, closing, 0, ZERO)


def _chain(
    columns: Columns, places: Sequence[int], own: Sequence[int], balances: Sequence[int | None]
) -> Chain | None:
    if balances.count(None) == len(balances):
        return None
    days = columns.date if len(own) == len(columns.row) else [columns.date[n] for n in places]
    return best_chain(own, balances, direction(days), days)


def _ties(
    columns: Columns, own: Sequence[int], balances: Sequence[int | None], places: Sequence[int]
) -> bool:
    """Whether the balances follow from these amounts, in the order of the dates."""
    order = direction([columns.date[n] for n in places])
    chain = best_chain(own, balances, order, places=(False,)) if order else None
    return chain is not None and chain.ties and chain.links > 0


def owed_turned(
    reading: Reading, days: Sequence[date], cents: Sequence[int], balances: Sequence[int | None]
) -> list[int | None]:
    """The balances, turned round where they are what a card owes, which grows by what is spent."""
    shown = list(balances)
    if not _may_be_owed(reading):
        return shown
    order = direction(days)
    plain = best_chain(cents, shown, order)
    owed = [None if b is None else -b for b in shown]
    other = best_chain(cents, owed, order)
    turns = plain is not None and other is not None and other.ties and other.links > 0 and not plain.ties
    return owed if turns else shown


def _may_be_owed(reading: Reading) -> bool:
    return reading.said.card or "out" in {reading.said.positive, reading.layout.positive}


def _doubt_sign(reading: Reading, *, turned: bool) -> None:
    """Ask for the sign where balances that do not tie would do so with every amount turned round."""
    columns = reading.layout.columns
    decided = reading.said.positive or reading.saved
    if not turned or decided or columns.amount is None or columns.flag is not None:
        return
    reading.sure_sign = False
    reading.decide(positive=None)
    reading.warnings.append(
        "the balances tie only if a positive amount is money out; --positive in or out decides"
    )


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


def stated_balances(reading: Reading, rows: Sorted) -> tuple[int | None, int | None]:
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


def _decimal(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents).scaleb(-2)


def _shown(cents: int) -> str:
    return money_text(Decimal(cents).scaleb(-2))


def file_currency(reading: Reading) -> str | None:
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


def named_account(reading: Reading) -> str | None:
    """The account that the lines above the table name: an IBAN, or what stands behind a word such as `Account`."""
    cells = [(row, k, cell) for _, row in reading.around for k, cell in enumerate(row)]
    for _, _, cell in cells:
        iban = _IBAN.search(cell)
        if iban and _valid_iban(iban[0]):
            return iban[0].replace(" ", "")
    for row, k, cell in cells:
        label, _, rest = cell.partition(":")
        behind = " ".join(rest.split()) or (" ".join(row[k + 1].split()) if k + 1 < len(row) else "")
        names = len(label.split()) <= _LABEL_WORDS and "account" in roles_of(label.strip())
        if names and any(c.isdigit() for c in behind) and len(behind) < 60:
            return behind
    return None


def _valid_iban(text: str) -> bool:
    plain = text.replace(" ", "")
    digits = "".join(str(int(c, 36)) for c in plain[4:] + plain[:4])
    return 15 <= len(plain) <= 34 and int(digits) % 97 == 1
