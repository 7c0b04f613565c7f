"""Made-up bank lines and the entries behind them, with the answers: what a matcher is measured on.

Of a hundred lines 90 pay one entry, 3 pay two to four of one party, 2 are garbled in name and number, 2 are a
processor's payouts less its fee, and 3 have no entry. Half the amounts come from a short price list, so that equal
amounts of one party on neighbouring days are common. The same seed gives the same books.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tai_ops.match_facts import BankLine, OpenEntry

FIRST = date(2024, 11, 1)
DAYS = 730
PRICES = [
    Decimal(p) for p in ("499", "999", "1499", "1999", "2499", "2999", "4166.67", "4999", "8333.33", "12500")
]
TOWNS = "OSLO BERGEN MALMO TURKU VAASA UMEA BODO NARVIK TAMPERE AALBORG ESBJERG VIBORG KOLDING RANDERS LULEA GAVLE".split()
TRADES = (
    "FREIGHT PAPER TIMBER SUPPLY DAIRY MOTORS TEXTILES STORAGE OPTICS TOOLS BAKERY MARINE GLASS SEEDS".split()
)
FORMS = "INC LLC CORP CO GROUP LTD".split()
OPENINGS = ["ACH CREDIT ", "WIRE IN ", "POS DEBIT ", "CHECKCARD ", "", "SQ *", "PAYMENT FROM ", "ZELLE "]


@dataclass(frozen=True, slots=True)
class Books:
    """Lines, entries, and which belong together: (line, entry) with the kind of case."""

    lines: list[BankLine]
    entries: list[OpenEntry]
    truth: dict[tuple[str, str], str]


def made(count: int, seed: int, *, documents: bool = False, missing_pct: int = 0) -> Books:
    """Books of that many lines; `missing_pct` of the entries are left out, and their pairs with them."""
    rng = random.Random(seed)
    towns = [f"{town} {trade} {form}" for town in TOWNS for trade in TRADES for form in FORMS]
    parties = [rng.choice(towns) for _ in range(max(50, count // 40))]
    books = Books([], [], {})
    for number in range(count):
        _one_line(rng, books, number, parties, documents=documents)
    rng.shuffle(books.lines)
    rng.shuffle(books.entries)
    if missing_pct:
        del books.entries[: len(books.entries) * missing_pct // 100]
        held = {entry.entry_id for entry in books.entries}
        for pair in [pair for pair in books.truth if pair[1] not in held]:
            del books.truth[pair]
    return books


def _one_line(rng: random.Random, books: Books, number: int, parties: list[str], *, documents: bool) -> None:
    (kind,) = rng.choices(("plain", "garbled", "several", "payout", "none"), (90, 2, 3, 2, 3))
    line_id, day = f"L{number:07d}", FIRST + timedelta(rng.randrange(3, DAYS - 3))
    off = rng.randint(-3, 3)
    if kind == "none":
        books.lines.append(_line(line_id, day, -Decimal(rng.randint(100, 9000)) / 100, "MONTHLY SERVICE FEE"))
        return
    party = parties[min(int((rng.paretovariate(1.2) - 1) * len(parties) / 8), len(parties) - 1)]
    sign = 1 if kind in {"several", "payout"} or rng.random() < 0.6 else -1
    total, references = Decimal(0), []
    for place in range(rng.randint(2, 4) if kind == "several" else 1):
        serial = len(books.entries) + 1
        reference = f"{'INV' if sign > 0 else 'BILL'}-{serial:07d}"
        amount = sign * _amount(rng)
        entry = _entry(
            f"E{serial:07d}", day - timedelta(place), amount, party, reference, documents=documents
        )
        books.entries.append(entry)
        books.truth[line_id, entry.entry_id] = kind
        total += amount
        references.append(reference)
    if kind == "payout":
        total -= (total * Decimal("0.029") + Decimal("0.305")).quantize(Decimal("0.01"), "ROUND_DOWN")
    text = rng.choice(OPENINGS) + _text(rng, kind, party, references, line_id)
    books.lines.append(_line(line_id, day + timedelta(abs(off) if kind == "several" else off), total, text))


def _text(rng: random.Random, kind: str, party: str, references: list[str], line_id: str) -> str:
    said = rng.random()
    if kind == "payout":
        return f"STRIPE TRANSFER ST-{line_id}"
    if kind == "garbled":
        return f"{_garbled(rng, party)} {_garbled(rng, references[0])}"
    if kind == "several":
        return " ".join([party, *references]) if said < 0.4 else party
    if said < 0.5:
        return f"{party} {references[0]}"
    return f"{party} {references[0][-7:]}" if said < 0.6 else party


def _garbled(rng: random.Random, text: str) -> str:
    signs = list(text)
    for _ in range(2):
        at = rng.randrange(len(signs))
        signs[at] = rng.choice((chr(rng.randint(65, 90)), "", signs[at] * 2))
    return "".join(signs)


def _amount(rng: random.Random) -> Decimal:
    return rng.choice(PRICES) if rng.random() < 0.5 else Decimal(int(rng.lognormvariate(8.5, 1.3)) + 99) / 100


def _line(line_id: str, day: date, amount: Decimal, text: str) -> BankLine:
    return BankLine(line_id, "bank", day, amount, "USD", description=text)


def _entry(
    entry_id: str, day: date, amount: Decimal, party: str, reference: str, *, documents: bool
) -> OpenEntry:
    kind = "entry" if not documents else "invoice" if amount > 0 else "bill"
    account = None if documents else "bank"
    return OpenEntry(kind, entry_id, account, day, None, amount, amount, "USD", party, reference)
