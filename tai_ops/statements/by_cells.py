"""Which column holds what, by the cells alone: for files without a header, or with one in unknown words."""

from tai_ops.statements.amounts import MixedMarks, is_amount, read_amounts, written
from tai_ops.statements.balance import Direction, best_chain, direction
from tai_ops.statements.dates import is_date, read_dates
from tai_ops.statements.found import Found, money_currency
from tai_ops.statements.layout import Columns
from tai_ops.statements.profile import Profile, profiles
from tai_ops.statements.table import Table, filled, modal_width
from tai_ops.statements.words import flag_sign, roles_of

_SAMPLE = 300


def by_cells(table: Table) -> Found | None:
    """Columns by what their cells look like, for a file without a header or with an unknown one."""
    width = modal_width(table.rows[:_SAMPLE])
    body = next(
        (n for n, row in enumerate(table.rows) if len(row) == width > 1 and any(map(is_date, row))), None
    )
    if body is None:
        return None
    below = [row for row in table.rows[body : body + _SAMPLE] if len(row) > 1 and any(map(is_date, row))]
    width = max(width, modal_width(below))
    sample = [row + [""] * (width - len(row)) for row in below]
    looks = profiles(sample, width)
    dates = [n for n, p in enumerate(looks) if p.filled * 10 >= p.rows * 8 and p.dates * 10 >= p.filled * 8]
    if not dates:
        return None
    upper = table.rows[body - 1] if body else []
    named = len(upper) >= width - 1 and filled(upper) > 1 and not any(map(is_amount, upper))
    header = tuple((upper + [""] * width)[:width]) if named else ()
    return _by_looks(header, body, dates, looks, sample)


def _by_looks(
    header: tuple[str, ...],
    body: int,
    dates: list[int],
    looks: list[Profile],
    sample: list[list[str]],
) -> Found | None:
    named = [roles_of(header[n]) if header else {} for n in range(len(looks))]
    money = [
        n
        for n, p in enumerate(looks)
        if n not in dates and not named[n].keys() & {"other", "fee", "balance"} and _money_like(p, sample, n)
    ]
    told = next((n for n, p in enumerate(looks) if "balance" in named[n] and p.mostly(p.amounts)), None)
    if not money:
        return None
    doubts = ["the header is not known; columns were told by their cells"] if header else []
    pair = _complementary(money, sample)
    days = read_dates([row[dates[0]] for row in sample])
    order = direction([day for row in sample if (day := days.dates[row[dates[0]]])])
    flag = None
    sign_known = True
    balance = None
    if pair:
        rest = [n for n in money if n not in pair]
        into, out, balance, sign_known = _in_and_out(pair, rest, looks, sample, order)
        chosen = {"money_in": into, "money_out": out}
    else:
        flag = next((n for n, p in enumerate(looks) if _flags(p) and n not in {*dates, *money}), None)
        amount, balance, certain = _amount_and_balance(money, flag, looks, sample, order)
        if not certain:
            doubts.append(f"several columns could be the amount; column {amount + 1} was taken")
        chosen = {"amount": amount}
        sign_known = looks[amount].negatives > 0 or flag is not None
    balance = told if balance is None else balance
    taken = {*dates, *money, flag}
    currency = next(
        (n for n, p in enumerate(looks) if n not in taken and p.filled and p.codes == p.filled), None
    )
    status = next(
        (n for n, p in enumerate(looks) if n not in taken and p.filled and p.states == p.filled), None
    )
    texts = [
        n for n, p in enumerate(looks) if n not in taken | {currency, status} and p.text and len(p.values) > 1
    ]
    words = texts or [n for n, p in enumerate(looks) if n not in taken | {currency, status} and p.text]
    columns = Columns(
        date=dates[0],
        other_dates=tuple(dates[1:]),
        amount=chosen.get("amount"),
        money_in=chosen.get("money_in"),
        money_out=chosen.get("money_out"),
        flag=flag,
        balance=balance,
        currency=currency,
        status=status,
        description=tuple(words),
    )
    index = body - 1 if header else None
    return Found(
        header, index, body, len(looks), columns, money_currency(columns, header), doubts, sign_known
    )


def _flags(look: Profile) -> bool:
    return look.filled > 0 and look.flags == look.filled and (len(look.signs) == 2 or look.filled < look.rows)


def _money_like(look: Profile, sample: list[list[str]], n: int) -> bool:
    """Whether the cells are amounts rather than numbers that name something."""
    if not look.mostly(look.amounts) or look.amounts * 10 < look.filled * 8:
        return False
    if look.decimals or look.negatives:
        return True
    longest = max(len(row[n].strip()) for row in sample if n < len(row))
    zero = any(value.startswith("0") and len(value) > 1 for value in look.values)
    return longest <= 7 and not zero and len(look.values) > 1


def _nonzero(row: list[str], n: int) -> bool:
    found = written(row[n]) if n < len(row) else None
    return found is not None and found.body.strip("0.,") != ""


def _complementary(money: list[int], sample: list[list[str]]) -> tuple[int, int] | None:
    """Two columns of which each row fills one."""
    for k, first in enumerate(money):
        for second in money[k + 1 :]:
            both = sum(1 for row in sample if _nonzero(row, first) and _nonzero(row, second))
            either = sum(1 for row in sample if _nonzero(row, first) or _nonzero(row, second))
            alone = (
                sum(1 for row in sample if not _nonzero(row, first)),
                sum(1 for row in sample if not _nonzero(row, second)),
            )
            if not both and min(alone) and either * 10 >= len(sample) * 8:
                return first, second
    return None


def _cents(sample: list[list[str]], n: int) -> list[int | None]:
    texts = [row[n] if n < len(row) else "" for row in sample]
    try:
        column = read_amounts(texts)
    except MixedMarks:
        return [None] * len(texts)
    return [column.cents[text] for text in texts]


def _in_and_out(
    pair: tuple[int, int],
    rest: list[int],
    looks: list[Profile],
    sample: list[list[str]],
    order: Direction | None,
) -> tuple[int, int, int | None, bool]:
    first, second = ([abs(c or 0) for c in _cents(sample, n)] for n in pair)
    for balance in rest:
        shown = _cents(sample, balance)
        ascending = [b - a for a, b in zip(first, second, strict=True)]
        places = (False, True) if order else (False,)
        straight = best_chain(ascending, shown, order, places=places)
        turned = best_chain([-a for a in ascending], shown, order, places=places)
        if straight and turned and straight.ties != turned.ties:
            return (pair[1], pair[0], balance, True) if straight.ties else (pair[0], pair[1], balance, True)
    left = rest[0] if rest and looks[rest[0]].filled == looks[rest[0]].rows else None
    negative = [n for n in pair if looks[n].negatives]
    if len(negative) == 1:
        return next(n for n in pair if n not in negative), negative[0], left, True
    return pair[1], pair[0], left, False


def _amount_and_balance(
    money: list[int],
    flag: int | None,
    looks: list[Profile],
    sample: list[list[str]],
    order: Direction | None,
) -> tuple[int, int | None, bool]:
    """The column of amounts, that of running balances, and whether that is certain."""
    if len(money) == 1:
        return money[0], None, True
    cents = {n: _cents(sample, n) for n in money}
    ways = [1 if flag is None else flag_sign(row[flag]) or 1 for row in sample]
    for amount in money:
        for balance in money:
            if amount == balance or any(c is None for c in cents[amount]):
                continue
            signed = [(c or 0) * way for c, way in zip(cents[amount], ways, strict=True)]
            chain = best_chain(signed, cents[balance], order)
            if chain and chain.ties and chain.links > 0:
                return amount, balance, True
    likely = [n for n in money if looks[n].negatives] or [n for n in money if looks[n].decimals] or money
    return likely[0], None, False
