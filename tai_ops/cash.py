"""Cash: accounts, bills, entries; what flows in and out of operations, burn, runway, and what is in hand.

Bank lines are the truth for an account and month that has them; the books (bills by payment date, payments,
entries) stand in elsewhere. Transfers between own accounts, financing and owner entries are no burn. A card is a
liability and never cash: its charges count when the card is paid from a bank account. All rows given to one call
are in one currency.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from tai_ops.money import ZERO
from tai_ops.period import Month, add_months
from tai_ops.words import counted, day, money

AccountKind = Literal["bank", "card", "processor"]
EntryKind = Literal["transfer", "financing", "loan", "tax", "interest", "fee", "owner", "other"]
Nature = Literal["operating", "transfer", "financing", "owner"]
Source = Literal["bank", "books"]
FlowBasis = Literal["bank", "books", "bank and books"]
BalanceBasis = Literal["reconciled", "statement, unreconciled", "books"]

DAYS_PER_MONTH = Decimal("30.4375")
FAR_MONTHS = 1200  # a cash-out date a century away says nothing
_BASIS_WORDS: Mapping[BalanceBasis, str] = {
    "reconciled": "reconciled",
    "statement, unreconciled": "statement",
    "books": "books",
}
_WEAKEST_FIRST: tuple[BalanceBasis, ...] = ("books", "statement, unreconciled", "reconciled")


@dataclass(frozen=True, slots=True)
class Account:
    """A bank, card or processor account of the company."""

    account: str
    name: str
    kind: AccountKind
    currency: str
    opened_on: date
    opening_balance: Decimal | None


class Named(Protocol):
    """An account, or a row of one, that has a code and a name."""

    @property
    def account(self) -> str:
        """Its code."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...


def account_names(rows: Iterable[Named]) -> dict[str, str]:
    """What sentences call each account, by its code: its name, with the code in brackets where two share one."""
    names = {row.account: row.name or row.account for row in rows}
    times = Counter(names.values())
    return {code: name if times[name] == 1 else f"{name} ({code})" for code, name in names.items()}


@dataclass(frozen=True, slots=True)
class Bill:
    """Something to pay or paid; `amount` is gross, a negative one is a credit."""

    bill_id: str
    account: str | None
    incurred_on: date
    due_on: date | None
    paid_on: date | None
    payee: str
    amount: Decimal
    tax_amount: Decimal | None
    category: str | None
    reference: str | None
    reimbursable_to: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking that is neither invoice, payment nor bill; a positive amount is money into `account`."""

    entry_id: str
    account: str
    booked_on: date
    amount: Decimal
    kind: EntryKind
    counter_account: str | None
    payee: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class AccountMonth:
    """What went in and out of one account in one month, by source and nature; both sums are positive.

    `account` is None for bills paid from no named account.
    """

    account: str | None
    account_kind: AccountKind | None
    month: Month
    source: Source
    nature: Nature
    cash_in: Decimal
    cash_out: Decimal


@dataclass(frozen=True, slots=True)
class AccountDay:
    """The same of a single day; of days long gone the whole month's, on its first day."""

    account: str | None
    account_kind: AccountKind | None
    on: date
    source: Source
    nature: Nature
    cash_in: Decimal
    cash_out: Decimal


def account_months(days: Iterable[AccountDay], until: date) -> tuple[AccountMonth, ...]:
    """What went in and out of each account in each month before that day: a month that it lies in is cut short there."""
    sums: dict[tuple[str | None, AccountKind | None, Month, Source, Nature], tuple[Decimal, Decimal]] = {}
    for one in days:
        if one.on < until:
            key = (one.account, one.account_kind, Month.of(one.on), one.source, one.nature)
            into, out = sums.get(key, (ZERO, ZERO))
            sums[key] = into + one.cash_in, out + one.cash_out
    found = [
        AccountMonth(account, kind, month, source, nature, into, out)
        for (account, kind, month, source, nature), (into, out) in sums.items()
    ]
    return tuple(
        sorted(
            found, key=lambda row: (row.month, row.account is None, row.account or "", row.source, row.nature)
        )
    )


@dataclass(frozen=True, slots=True)
class Flow:
    """A month's operating cash in and out, in money; positive `net_burn` is burning."""

    cash_in: Decimal
    cash_out: Decimal
    net_burn: Decimal
    basis: FlowBasis


@dataclass(frozen=True, slots=True)
class Burn:
    """A month's burn in money: gross is operating cash out, net is that less operating cash in."""

    gross: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Runway:
    """How many months the cash lasts at the average net burn (money a month) of `months_used`."""

    months: Decimal | None
    average_net_burn: Decimal | None
    cash_out_on: date | None
    months_used: tuple[Month, ...]
    closed: tuple[Month, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What one account holds, in its own currency; `amount` is None where nothing tells."""

    account: str
    kind: AccountKind
    currency: str
    as_of: date
    amount: Decimal | None
    basis: BalanceBasis
    name: str = ""

    @property
    def basis_words(self) -> str:
        """What tells the balance, in a word: reconciled, statement, books, or none."""
        return basis_words(self.amount, self.basis)


@dataclass(frozen=True, slots=True)
class Underway:
    """An own transfer that the balance of `seen` holds and that of `awaited` not yet: by how much the latter is off."""

    seen: str
    awaited: str
    amount: Decimal
    since: date
    currency: str


@dataclass(frozen=True, slots=True)
class Loose:
    """A bank line that reads like an own transfer with `other`, whose statement is older; nothing confirms it."""

    account: str
    other: str
    amount: Decimal
    on: date
    currency: str


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Own transfers that the accounts' balances hold on one side alone: the sure ones, and lines that read like some."""

    sure: tuple[Underway, ...] = ()
    loose: tuple[Loose, ...] = ()


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash in hand in one currency, in money, with the weakest basis and the oldest date among its parts.

    `others` are the cash balances in other currencies, shown apart; `unknown` names the accounts left out because
    nothing tells their balance. `underway` are own transfers that one of the balances lacks; the total holds them once.
    """

    total: Decimal | None
    bank: Decimal | None
    processor: Decimal | None
    basis: BalanceBasis | None
    as_of: date | None
    others: tuple[Balance, ...]
    unknown: tuple[str, ...]
    known: tuple[Balance, ...] = ()
    underway: tuple[Underway, ...] = ()
    loose: tuple[Loose, ...] = ()

    @property
    def words(self) -> str:
        """What the figure rests on, the same wherever it is shown: its accounts' days and how many are reconciled."""
        called = account_names((*self.known, *self.others))
        transfers = [transfer_words(one, called) for one in self.underway]
        perhaps = [
            f"{money(abs(one.amount), one.currency, exact=True)} {'from' if one.amount > 0 else 'to'} "
            f"{called[one.other]} on {day(one.on)} is counted {'twice' if one.amount > 0 else 'nowhere'} until "
            f"the statement of {called[one.other]} comes, or it is booked as a transfer"
            for one in self.loose
        ]
        apart = ", ".join(f"{called[one.account]} {one.currency}" for one in self.others)
        return "; ".join(
            filter(
                None,
                (
                    rests_on((one.as_of, one.basis) for one in self.known),
                    f"without {', '.join(self.unknown)}" if self.unknown else "",
                    *transfers,
                    *perhaps,
                    f"other currencies apart: {apart}" if apart else "",
                ),
            )
        )


def transfer_words(one: Underway, called: Mapping[str, str]) -> str:
    """An own transfer on its way, counted once: such as `$50.00 on its way from Operating to Savings since ...`."""
    from_, to = (one.seen, one.awaited) if one.amount > 0 else (one.awaited, one.seen)
    how = money(abs(one.amount), one.currency, exact=True)
    return f"{how} on its way from {called.get(from_, from_)} to {called.get(to, to)} since {day(one.since)} counts once"


def basis_words(amount: Decimal | None, basis: BalanceBasis) -> str:
    """What tells a balance, in a word: reconciled, statement, books, or none where nothing does."""
    return "none" if amount is None else _BASIS_WORDS[basis]


def rests_on(balances: Iterable[tuple[date | None, BalanceBasis]]) -> str:
    """The days that balances are of and how many of them are reconciled; empty where there is no balance.

    Such as `balances of Sat 28 Feb 2026 to Fri 3 Apr 2026, 1 of 3 accounts reconciled`.
    """
    held = list(balances)
    if not held:
        return ""
    days = sorted({on for on, _ in held if on is not None})
    when = " to ".join(dict.fromkeys((day(days[0]), day(days[-1])))) if days else ""
    n, sure = len(held), sum(basis == "reconciled" for _, basis in held)
    share = "all" if sure == n else f"{sure or 'none'} of"
    how = (
        f"{share} {counted(n, 'account')} reconciled" if n > 1 else "reconciled" if sure else "not reconciled"
    )
    books = sum(basis == "books" for _, basis in held)
    alone = f"{books if 0 < books < n else ''} by the books alone".strip() if books else ""
    return ", ".join(filter(None, (f"balance{'s' if n > 1 else ''} of {when}" if when else "", how, alone)))


def nature_of(entry_kind: EntryKind, counter_account_kind: AccountKind | None) -> Nature:
    """What an entry means for burn.

    Source: the contract's rule on burn, finance.md 4.4. A transfer to a card is the card being paid, so operating;
    a loan's principal is financing (its interest is booked as interest, so operating).
    """
    if entry_kind == "transfer":
        return "operating" if counter_account_kind == "card" else "transfer"
    if entry_kind in {"financing", "loan"}:
        return "financing"
    return "owner" if entry_kind == "owner" else "operating"


def operating_flows(rows: Iterable[AccountMonth]) -> dict[Month, Flow]:
    """Operating cash in, cash out and net burn, in money, of every month that has rows, in order.

    Source: the contract's rule on burn, finance.md 4.4. Where an account has bank rows in a month, its book rows
    are left out; book rows of no account are left out of a month in which any account has bank rows, as the bank
    line holds them already. Leaves out cards, and all that is not operating; a month that holds only such
    non-operating lines has flows of 0, one with card rows alone is not there.
    """
    by_month = counted_rows(rows)
    return {month: _flow(by_month[month]) for month in sorted(by_month)}


def counted_rows(rows: Iterable[AccountMonth]) -> dict[Month, list[AccountMonth]]:
    """The rows by month that burn counts, each account by its bank where that has lines; cards left out."""
    cash_rows = [row for row in rows if row.account_kind != "card"]
    banked = {(row.account, row.month) for row in cash_rows if row.source == "bank"}
    banked |= {(None, month) for _, month in banked}
    by_month: dict[Month, list[AccountMonth]] = {}
    for row in cash_rows:
        if row.source == "bank" or (row.account, row.month) not in banked:
            by_month.setdefault(row.month, []).append(row)
    return by_month


def burn(rows: Iterable[AccountMonth], month: Month) -> Burn | None:
    """Gross and net burn of a month in money; None where the month has no rows.

    Source: finance.md 4.4. Leaves out what `operating_flows` leaves out.
    """
    flow = operating_flows(rows).get(month)
    return None if flow is None else Burn(flow.cash_out, flow.net_burn)


def net_burn_of_balances(opening: Decimal, closing: Decimal, financing: Decimal = ZERO) -> Decimal:
    """Net burn in money from two cash balances: −(change in cash − net financing received between them).

    Source: finance.md 4.4 (the check on net burn), W23.
    """
    return -(closing - opening - financing)


def runway(
    cash: Decimal | None,
    rows: Iterable[AccountMonth],
    as_of: date,
    closed: AbstractSet[Month],
    window: int = 3,
) -> Runway:
    """Months of runway: cash / average net burn of the last `window` whole months with rows, closed or not.

    Source: the contract's rule on runway, finance.md 4.4. A month is whole once its last day is not after `as_of`;
    months without rows are passed over. None without such a month ("no data"), where the average is not positive
    ("not burning") and where cash is unknown; 0 where cash is used up. Fewer months than asked for are averaged as
    they are and said ("2 of 3 months").
    """
    flows = operating_flows(rows)
    used = tuple(month for month in flows if month.last_day <= as_of)[-window:]
    shut = tuple(month for month in used if month in closed)
    if not used:
        return Runway(None, None, None, (), (), "no data")
    burned = sum((flows[month].net_burn for month in used), ZERO)
    average = burned / len(used)
    few = f"{len(used)} of {window} months" if len(used) < window else None
    stop = "not burning" if average <= 0 else "cash is not known" if cash is None else None
    if cash is None or stop is not None:
        return Runway(None, average, None, used, shut, "; ".join(filter(None, (stop, few))))
    months = max(cash, ZERO) * len(used) / burned
    return Runway(months, average, cash_out_on(as_of, months), used, shut, few)


def cash_out_on(as_of: date, months: Decimal) -> date | None:
    """The date on which cash runs out after so many months.

    The whole months by calendar, then the rest at 30.4375 days a month, whole days, never past the next whole
    month. None beyond a hundred years.
    """
    if months > FAR_MONTHS:
        return None
    whole = int(months)
    reached = add_months(as_of, whole) + timedelta(days=int((months - whole) * DAYS_PER_MONTH))
    return min(reached, add_months(as_of, whole + 1))


def total_cash(balances: Iterable[Balance], currency: str, on_the_way: OnTheWay | None = None) -> Cash:
    """Cash in money: bank plus processor balances in that currency, and what own transfers on their way lack in them.

    Source: the contract's rule on cash, finance.md 4.6. Leaves out cards (liabilities, never netted) and other
    currencies (listed apart, never summed). None where no bank or processor balance is known.
    """
    held = [balance for balance in balances if balance.kind != "card"]
    ours = [balance for balance in held if balance.currency == currency]
    known = [balance for balance in ours if balance.amount is not None]
    called = account_names(held)
    bases = {balance.basis for balance in known}
    way = on_the_way or OnTheWay()
    underway = tuple(one for one in way.sure if one.currency == currency)
    held_in_all = _sum_of(known, "bank", "processor")
    return Cash(
        total=None if held_in_all is None else held_in_all + sum((one.amount for one in underway), ZERO),
        bank=_sum_of(known, "bank"),
        processor=_sum_of(known, "processor"),
        basis=next((basis for basis in _WEAKEST_FIRST if basis in bases), None),
        as_of=min((balance.as_of for balance in known), default=None),
        others=tuple(balance for balance in held if balance.currency != currency),
        unknown=tuple(called[balance.account] for balance in ours if balance.amount is None),
        known=tuple(known),
        underway=underway,
        loose=tuple(one for one in way.loose if one.currency == currency),
    )


def _flow(rows: Iterable[AccountMonth]) -> Flow:
    used = list(rows)
    cash_in = sum((row.cash_in for row in used if row.nature == "operating"), ZERO)
    cash_out = sum((row.cash_out for row in used if row.nature == "operating"), ZERO)
    return Flow(cash_in, cash_out, cash_out - cash_in, _basis({row.source for row in used}))


def _basis(sources: AbstractSet[Source]) -> FlowBasis:
    if len(sources) > 1:
        return "bank and books"
    return "bank" if "bank" in sources else "books"


def _sum_of(balances: Iterable[Balance], *kinds: AccountKind) -> Decimal | None:
    amounts = [one.amount for one in balances if one.kind in kinds and one.amount is not None]
    return sum(amounts, ZERO) if amounts else None
