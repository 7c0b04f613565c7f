"""Which way the money goes: a signed column, columns of money in and out, or a flag, decided for the file as a whole.

Money in is positive. Where an amount's sign and its flag disagree the file is refused, naming the option that decides;
where only the kind of account could tell, the likelier reading is taken and marked as not sure.
Source: finance.md section 3, rule 8.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tai_ops.errors import UnreadableFile
from tai_ops.statements.amounts import AmountColumn, blank
from tai_ops.statements.balance import best_chain, direction
from tai_ops.statements.layout import Positive
from tai_ops.statements.reading import Reading
from tai_ops.statements.words import (
    PURCHASES,
    RECEIPTS,
    flag_sign,
    fold,
    roles_of,
    speaks_of_cards,
    thanks_for_payment,
)


def read_money(reading: Reading) -> None:
    """Read each row's signed amount in cents, and why a row has none."""
    columns = reading.layout.columns
    if columns.amount is not None:
        _read_single(reading, columns.amount)
    else:
        _read_in_and_out(reading)
    for n in columns.deductions:
        _take_off(reading, n)
    if columns.fee is not None and not columns.deductions and columns.balance is not None:
        _settle_fee(reading, columns.fee, columns.balance)


def _read_single(reading: Reading, place: int) -> None:
    texts = reading.column(place)
    amounts = reading.amounts[place]
    reading.money = [amounts.cents[text] for text in texts]
    if amounts.reasons:
        reading.reasons = {
            n: amounts.reasons[text] for n, text in enumerate(texts) if text in amounts.reasons
        }
    if reading.layout.columns.flag is not None:
        _by_flag(reading, reading.layout.columns.flag)
    else:
        _by_evidence(reading, texts, amounts)


def _by_flag(reading: Reading, place: int) -> None:
    flags = reading.column(place)
    meant = {text: flag_sign(text) for text in set(flags)}
    used = [n for n, day in enumerate(reading.days) if day and reading.money[n]]
    signs = {sign for sign in (meant[flags[n]] for n in used) if sign}
    said = reading.said.positive or reading.layout.positive
    if reading.said.positive:
        reading.decide(positive=said)
    if any((reading.money[n] or 0) < 0 for n in used):
        if said is None:
            _agree(reading, flags, used)
        reading.money = [-m if m and said == "out" else m for m in reading.money]
    elif said and len(signs) == 1 and _spoke_of(reading, "in" if 1 in signs else "out"):
        reading.money = [-m if m and said == "out" else m for m in reading.money]
    else:
        _signed_by_flags(reading, place, flags, meant, signs, used)


def _spoke_of(reading: Reading, way: Positive) -> bool:
    """Whether what was said of the sign was said of this flag, where a file has no other."""
    if reading.said.positive:
        reading.decide(only_flag=way)
    return reading.layout.only_flag in {None, way}


def _signed_by_flags(
    reading: Reading,
    place: int,
    flags: Sequence[str],
    meant: Mapping[str, int | None],
    signs: set[int],
    used: Sequence[int],
) -> None:
    """Unsigned amounts take the sign of their flags; a blank beside flags of one kind is the other kind."""
    silent = -next(iter(signs)) if len(signs) == 1 else None
    if len(signs) == 1 and len(used) > 1 and all(flags[n].strip() for n in used) and _generic(reading, place):
        reading.sure_sign = False
        way = "out" if -1 in signs else "in"
        reading.warnings.append(
            f"{reading.heading(place)} marks every amount as money {way}, and all were read so; --positive in or out decides"
        )
    for n, cents in enumerate(reading.money):
        if not cents:
            continue
        sign = meant[flags[n]] or (None if flags[n].strip() else silent)
        reading.money[n] = abs(cents) * sign if sign else None
        if sign is None:
            reading.reasons[n] = f"{' '.join(flags[n].split())[:40]!r} says neither money in nor money out"


def _generic(reading: Reading, place: int) -> bool:
    """Whether the flag stands in a column that might also name a kind of card or product, or anything at all."""
    heading = reading.layout.header[place] if place < len(reading.layout.header) else ""
    unknown = bool(heading.strip()) and not roles_of(heading)
    return unknown or fold(heading) in {"type", "kind", "typ", "tipo"}


def _agree(reading: Reading, flags: Sequence[str], used: Sequence[int]) -> None:
    for n in used:
        sign = flag_sign(flags[n])
        cents = reading.money[n] or 0
        if sign and cents * sign < 0:
            shown = " ".join(reading.cells[n][reading.layout.columns.amount or 0].split())[:40]
            raise UnreadableFile(
                f"{reading.name}: line {reading.lines[n]}: the sign of {shown} and its flag {flags[n].strip()!r} disagree; "
                "say --positive in or --positive out"
            )


def _by_evidence(reading: Reading, texts: Sequence[str], amounts: AmountColumn) -> None:
    """The meaning of the sign of a column without flags."""
    positive = reading.said.positive or reading.layout.positive
    used = [n for n, day in enumerate(reading.days) if day and reading.money[n]]
    if positive is None and _plus_marks_receipts(reading, used, texts, amounts):
        return
    if positive is None:
        positive = _by_kind(reading, used) or _by_card(reading, used)
    if positive == "out":
        reading.money = [None if m is None else -m for m in reading.money]
    if reading.sure_sign:
        reading.decide(positive=positive or "in")


def _plus_marks_receipts(
    reading: Reading, used: Sequence[int], texts: Sequence[str], amounts: AmountColumn
) -> bool:
    """A plus on a few amounts and no minus on any: what has no sign is money out."""
    plus = {text for text, form in amounts.written.items() if form.sign == 1}
    received = [n for n in used if texts[n] in plus]
    if not received or len(received) == len(used) or any((reading.money[n] or 0) < 0 for n in used):
        return False
    reading.money = [
        cents if cents is None or text in plus else -cents
        for cents, text in zip(reading.money, texts, strict=True)
    ]
    reading.sure_sign = False
    reading.warnings.append(
        "amounts with a plus were read as money in and those without a sign as money out; --positive in or out decides"
    )
    return True


def _by_kind(reading: Reading, used: Sequence[int]) -> str | None:
    """What the words of a column such as Type (Sale, Payment, Refund) say of the sign; None where none speaks.

    Only a column of types that names purchases says anything: `Payment` alone is money in on a card and money out of
    a bank.
    """
    for place, heading in enumerate(reading.layout.header):
        if "flag" not in roles_of(heading):
            continue
        kinds = {value: fold(value) for value in {row[place] for row in reading.cells[:2000]}}
        if not PURCHASES & set(kinds.values()):
            continue
        votes: Counter[str] = Counter()
        for n in used:
            kind = kinds.get(reading.cells[n][place], "")
            way = 1 if kind in RECEIPTS else -1 if kind in PURCHASES else 0
            if way:
                votes["in" if way * (reading.money[n] or 0) > 0 else "out"] += 1
        few, many = sorted((votes["in"], votes["out"]))
        if few * 5 <= many and (few + many) * 2 >= len(used):
            return "in" if votes["in"] > votes["out"] else "out"
    return None


def _by_card(reading: Reading, used: Sequence[int]) -> str | None:
    """Card exports often write purchases as positive: taken so where most amounts are positive, and marked not sure."""
    negative = sum(1 for n in used if (reading.money[n] or 0) < 0)
    if not used or negative * 2 > len(used) or (negative * 2 == len(used) and not reading.said.card):
        return None
    proven = _by_balance(reading, used)
    if proven == "out" or (proven and not reading.said.card):
        return proven  # a card's balance may be what is owed, which grows by what is spent
    if reading.said.card and _payments(reading, used, received=1):
        return "in"
    words = [fold(cell) for cell in reading.layout.header] + [
        fold(c) for _, row in reading.around for c in row
    ]
    named = reading.said.card or any(speaks_of_cards(text) for text in words if len(text) < 60)
    if named or _payments(reading, used, received=-1):
        reading.sure_sign = False
        reading.warnings.append(
            "this looks like a card with purchases written as positive, and they were read as money out; --positive in or out decides"
        )
        return "out"
    if not reading.sign_known:
        reading.sure_sign = False
        reading.warnings.append(
            "nothing says whether a positive amount is money in, which was taken; --positive in or out decides"
        )
    return None


def _by_balance(reading: Reading, used: Sequence[int]) -> str | None:
    """What the running balance proves of the sign: it ties one way only, with the rows in the order of their dates."""
    place = reading.layout.columns.balance
    order = direction([day for n in used if (day := reading.days[n])])
    if place is None or order is None:
        return None
    amounts = [reading.money[n] or 0 for n in used]
    balances = [reading.amounts[place].cents[reading.cells[n][place]] for n in used]
    straight = best_chain(amounts, balances, order)
    turned = best_chain([-cents for cents in amounts], balances, order)
    if straight is None or turned is None or not straight.links or straight.ties == turned.ties:
        return None
    return "in" if straight.ties else "out"


def _payments(reading: Reading, used: Sequence[int], *, received: int) -> bool:
    """Whether what a card's bank received is written with that sign."""
    c = reading.layout.columns
    places = [n for n in (c.payee, *c.description) if n is not None]
    taken = [n for n in used if (reading.money[n] or 0) * received > 0]
    return any(thanks_for_payment(reading.cells[n][k]) for n in taken[:500] for k in places)


def _orient(reading: Reading) -> None:
    """Which of two columns without headings is money out: what the caller says, else the first, which is not sure."""
    columns = reading.layout.columns
    if reading.said.positive == "out":
        turned = {"money_in": columns.money_out, "money_out": columns.money_in}
        reading.decide(columns=replace(columns, **turned))
    elif reading.said.positive is None:
        reading.sure_sign = False
        reading.warnings.append(
            "nothing says which of two columns is money out, and the first was taken; --positive in or out decides"
        )


def _read_in_and_out(reading: Reading) -> None:
    if not reading.sign_known:
        _orient(reading)
    columns = reading.layout.columns
    into, out = columns.money_in, columns.money_out
    size = len(reading.cells)
    in_texts = reading.column(into) if into is not None else [""] * size
    out_texts = reading.column(out) if out is not None else [""] * size
    received = reading.amounts[into].cents if into is not None else {"": None}
    spent = reading.amounts[out].cents if out is not None else {"": None}
    bad_in = reading.amounts[into].reasons if into is not None else {}
    bad_out = reading.amounts[out].reasons if out is not None else {}
    way = _sign_of_spent(reading, out_texts, spent)
    if _all_negative(reading, in_texts, received):
        received = {text: None if cents is None else abs(cents) for text, cents in received.items()}
    for n, (a, b) in enumerate(zip(in_texts, out_texts, strict=True)):
        plus, minus = received[a], spent[b]
        if a in bad_in or b in bad_out:
            reading.money.append(None)
            reading.reasons[n] = bad_in.get(a) or bad_out[b]
        elif plus and minus:
            reading.money.append(None)
            reading.reasons[n] = "has both money in and money out"
        elif plus is None and minus is None:
            reading.money.append(None)
        else:
            reading.money.append((plus or 0) + way * (minus or 0))
    if into is None and reading.said.positive == "in":
        reading.money = [None if m is None else -m for m in reading.money]


def _sign_of_spent(reading: Reading, texts: Sequence[str], spent: Mapping[str, int | None]) -> int:
    """-1 where money out is written without its sign, +1 where the column is negative already."""
    return 1 if _all_negative(reading, texts, spent) else -1


def _all_negative(reading: Reading, texts: Sequence[str], cents: Mapping[str, int | None]) -> bool:
    """Whether a column has negative amounts and no positive one, so that its minus says nothing."""
    used = [cents[text] or 0 for text, day in zip(texts, reading.days, strict=True) if day]
    return any(c < 0 for c in used) and not any(c > 0 for c in used)


def _take_off(reading: Reading, place: int) -> None:
    """Take a fee or a refund off each amount, whichever sign it is written with."""
    column = reading.amounts[place]
    texts = reading.column(place)
    for n, (cents, text) in enumerate(zip(reading.money, texts, strict=True)):
        taken = column.cents[text]
        if text in column.reasons and cents is not None:
            reading.money[n] = None
            reading.reasons[n] = column.reasons[text]
        elif cents is not None and taken:
            reading.money[n] = cents - abs(taken)


def _settle_fee(reading: Reading, fee: int, balance: int) -> None:
    """Whether fees move the balance beside the amount: they do where the balances only tie with them."""
    texts, shown = reading.column(fee), reading.column(balance)
    taken = [reading.amounts[fee].cents[text] or 0 for text in texts]
    counts = reading.layout.fee_counts
    if counts is None:
        used = [n for n, day in enumerate(reading.days) if day and reading.money[n] is not None]
        if not any(taken[n] for n in used):
            return
        amounts = [reading.money[n] or 0 for n in used]
        balances = [reading.amounts[balance].cents[shown[n]] for n in used]
        order = direction([day for n in used if (day := reading.days[n])])
        plain = best_chain(amounts, balances, order)
        less = best_chain([a - abs(taken[n]) for a, n in zip(amounts, used, strict=True)], balances, order)
        counts = bool(plain and less and not plain.ties and less.ties)
        reading.decide(fee_counts=counts)
    if counts:
        reading.money = [None if m is None else m - abs(f) for m, f in zip(reading.money, taken, strict=True)]


def no_amount(reading: Reading, n: int) -> bool:
    """Whether the row's money cells are all blank."""
    return all(blank(reading.cells[n][k]) for k in reading.layout.columns.money)
