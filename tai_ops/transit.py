"""Own transfers on their way: the balance of one account holds them and the other's not yet, so that cash counts them once.

Accounts' balances are of different days. A transfer out of an account whose bank shows it, to one whose statement has not
come, is in neither balance; one that came in is in both. What the missing side lacks is added to the sum of the balances
where a person or a certain match says that both sides belong together; a line that only reads like one is named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tai_ops.cash import Account, Balance, Loose, Underway
from tai_ops.money import ZERO
from tai_ops.payee import BANK_WORDS, words

ARRIVES_WITHIN = timedelta(days=5)
"""How far apart the two lines of an own transfer are at most (finance.md section 3)."""
TRANSFER_WORDS = ("TRANSFER", "TRANSFERS", "XFER", "TFR", "TRF", "SWEEP", "TOPUP")
"""What a bank line says that speaks of a transfer."""
_NO_NAMES = BANK_WORDS | {"ACCOUNT", "ACCT"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an own transfer: its account, amount as that account feels it, and the bank lines that show it.

    It is `doubtful` where none does and an open line of nearly the amount may be it.
    """

    account: str
    amount: Decimal
    seen: tuple[tuple[date, Decimal], ...] = ()
    doubtful: bool = False

    def shown_by(self, day: date) -> Decimal:
        """What of it the bank shows by that day."""
        return sum((amount for on, amount in self.seen if on <= day), ZERO)


@dataclass(frozen=True, slots=True)
class Transfer:
    """An own transfer: its two sides; `booked_on` is None where two lines were matched with each other, without an entry."""

    legs: tuple[Leg, Leg]
    booked_on: date | None = None


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A bank line that speaks of a transfer and is matched with nothing."""

    account: str
    booked_on: date
    amount: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class OwnTransfers:
    """What holds for every day since then: own transfers, open lines that speak of one, the days of accounts' locks."""

    since: date
    transfers: tuple[Transfer, ...] = ()
    open_lines: tuple[OpenLine, ...] = ()
    locks: tuple[tuple[str, date], ...] = ()

    def locked(self, day: date) -> dict[str, date]:
        """Each account's newest lock by that day."""
        return {account: through for account, through in self.locks if through <= day}


def underway(
    transfers: Iterable[Transfer],
    accounts: Iterable[Account],
    balances: Iterable[Balance],
    locked: Mapping[str, date],
    day: date,
) -> tuple[Underway, ...]:
    """The own transfers that the balances of the day hold on one side alone, the oldest first.

    Leaves out cards, transfers between two currencies, those booked before an account was opened (its opening balance
    holds them), those whose other side should have come (its statement goes on for more than five days without it), and
    those whose other side came in part, less a fee, or may be a line that nobody has matched yet.
    `locked` are the days through which accounts are reconciled: their adjusted balance holds what is booked by then.
    """
    known = {b.account: b for b in balances if b.kind != "card" and b.amount is not None}
    opened = {account.account: account.opened_on for account in accounts}
    found: list[Underway] = []
    for transfer in transfers:
        pair = [known.get(leg.account) for leg in transfer.legs]
        one, other = pair
        if one is None or other is None or one.currency != other.currency:
            continue
        booked = transfer.booked_on
        if booked and any(booked < opened[leg.account] for leg in transfer.legs):
            continue
        held = [
            _held(leg, booked, b, locked, day) for leg, b in zip(transfer.legs, (one, other), strict=True)
        ]
        lacking = -sum(held, ZERO)
        if not lacking:
            continue
        there = 0 if abs(held[0]) > abs(held[1]) else 1
        since = min((on for on, _ in transfer.legs[there].seen if on <= day), default=booked or day)
        awaited = (one, other)[1 - there]
        late = booked is not None and awaited.as_of > since + ARRIVES_WITHIN
        other_side = transfer.legs[1 - there]
        if late or other_side.doubtful or other_side.shown_by(day):
            continue
        seen = (one, other)[there]
        found.append(Underway(seen.account, awaited.account, lacking, since, awaited.currency))
    return tuple(sorted(found, key=lambda each: (each.since, each.seen, each.awaited, each.amount)))


def _held(leg: Leg, booked: date | None, balance: Balance, locked: Mapping[str, date], day: date) -> Decimal:
    """What the account's balance holds of its side."""
    through = (
        day
        if balance.basis == "books"
        else locked.get(leg.account)
        if balance.basis == "reconciled"
        else None
    )
    if booked and through and booked <= through:
        return leg.amount
    return leg.shown_by(day)


def other_account(text: str, account: str, names: Mapping[str, str]) -> str | None:
    """The one other account of the company's own that a bank line names which speaks of a transfer; None where it doesn't.

    `names` says what each account is called, by its code.
    """
    said = set(words(text))
    if not said & set(TRANSFER_WORDS):
        return None
    cores = {code: [set(words(one)) - _NO_NAMES for one in (code, name)] for code, name in names.items()}
    named = [
        code
        for code, spoken in cores.items()
        if code != account and any(core and core <= said for core in spoken)
    ]
    return named[0] if len(named) == 1 else None


def loose(
    lines: Sequence[OpenLine], accounts: Sequence[Account], balances: Iterable[Balance]
) -> tuple[Loose, ...]:
    """Lines that read like an own transfer to or from an account whose statement has not come yet: each with that account."""
    known = {b.account: b for b in balances if b.kind != "card" and b.amount is not None}
    names = {a.account: a.name for a in accounts if a.account in known}
    found: list[Loose] = []
    for line in lines:
        own, code = known.get(line.account), other_account(line.text, line.account, names)
        other = known.get(code) if code else None
        if own and other and own.currency == other.currency and other.as_of < line.booked_on:
            found.append(Loose(line.account, other.account, line.amount, line.booked_on, own.currency))
    return tuple(sorted(found, key=lambda each: (each.on, each.account, each.amount)))
