"""The cash position of a month: what each account held before, what moved it, what it holds after.

Starting + in - out + own transfers + change of what is in transit = ending, per account and in total. What does not
add up is a number of its own (`unexplained`), never a plug. Amounts are in each account's own currency.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tai_ops.cash import (
    Account,
    AccountKind,
    AccountMonth,
    Balance,
    BalanceBasis,
    Nature,
    OnTheWay,
    account_names,
)
from tai_ops.money import ZERO
from tai_ops.period import Month

ON_THE_WAY = "Own transfers on their way"
"""What the row beside the accounts is called that holds what their balances lack of own transfers."""
StartBasis = BalanceBasis | Literal["worked back from the ending balance"]


@dataclass(frozen=True, slots=True)
class Held:
    """An account with its balances before and after the month.

    Where a balance is reconciled it holds items in transit; the two `in_transit` amounts say how much of it they are.
    """

    account: Account
    start: Balance
    end: Balance
    start_in_transit: Decimal = ZERO
    end_in_transit: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that moved in the month, every part positive but `in_transit`, the change of what is in transit.

    `financing` holds loans and owner's money too; card payments are operating.
    """

    operating_in: Decimal
    operating_out: Decimal
    financing_in: Decimal
    financing_out: Decimal
    transfers_in: Decimal
    transfers_out: Decimal
    in_transit: Decimal

    @property
    def cash_in(self) -> Decimal:
        """Money in but own transfers."""
        return self.operating_in + self.financing_in

    @property
    def cash_out(self) -> Decimal:
        """Money out but own transfers."""
        return self.operating_out + self.financing_out

    @property
    def transfers(self) -> Decimal:
        """Own transfers in less out; 0 in total unless one is under way or goes to another currency."""
        return self.transfers_in - self.transfers_out

    @property
    def net(self) -> Decimal:
        """All of it: in - out + transfers + change in transit."""
        return self.cash_in - self.cash_out + self.transfers + self.in_transit


@dataclass(frozen=True, slots=True)
class AccountCash(Moved):
    """One account's month; a balance is None where nothing tells it. `as_of` is the day that the ending one is of."""

    account: str
    name: str
    kind: AccountKind
    currency: str
    starting: Decimal | None
    ending: Decimal | None
    starting_basis: StartBasis
    basis: BalanceBasis
    as_of: date | None = None

    @property
    def unexplained(self) -> Decimal | None:
        """Ending - (starting + all that moved); 0 where the month adds up, None where a balance is not known."""
        if self.starting is None or self.ending is None:
            return None
        return self.ending - self.starting - self.net


@dataclass(frozen=True, slots=True)
class CashPosition(Moved):
    """The company's cash in its own currency: bank and processor accounts, in total and one by one.

    Cards are liabilities, other currencies are shown apart; `unknown` names the accounts left out because nothing
    tells their balance. `starting` and `ending` are None where no account's are known.
    """

    starting: Decimal | None
    ending: Decimal | None
    accounts: tuple[AccountCash, ...]
    cards: tuple[AccountCash, ...]
    others: tuple[AccountCash, ...]
    unknown: tuple[str, ...]

    @property
    def unexplained(self) -> Decimal | None:
        """Ending - (starting + all that moved)."""
        if self.starting is None or self.ending is None:
            return None
        return self.ending - self.starting - self.net

    @property
    def impact(self) -> Decimal | None:
        """What the month did to cash: ending - starting. Source: Runbook 6 "Cash impact"."""
        return None if self.starting is None or self.ending is None else self.ending - self.starting


def cash_position(
    held: Iterable[Held],
    flows: Iterable[AccountMonth],
    month: Month,
    currency: str,
    on_the_way: tuple[OnTheWay, OnTheWay] | None = None,
) -> CashPosition:
    """The month of every account. Source: Runbook 6 "Cash position"; finance.md section 6, *Cash*.

    An account whose balance its bank states moves by its bank lines, one that only the books know by the books. A starting
    balance that nothing tells is worked back from the ending one. Leaves out accounts opened later. `on_the_way` are the
    own transfers that were on their way before the month and at its end; where there were any they are a row beside the
    accounts, so that the rows add up to the company's cash.
    """
    rows = [row for row in flows if row.month == month]
    all_accounts = [_account_cash(one, rows) for one in held if one.account.opened_on < month.end]
    called = account_names(all_accounts)
    cash = [a for a in all_accounts if a.kind != "card" and a.currency == currency]
    if on_the_way and any(a.ending is not None for a in cash):
        cash += _under_way(*on_the_way, currency)
    known = [a for a in cash if a.ending is not None]
    return CashPosition(
        **_summed(known),
        starting=_total(a.starting for a in known),
        ending=_total(a.ending for a in known),
        accounts=tuple(cash),
        cards=tuple(a for a in all_accounts if a.kind == "card"),
        others=tuple(a for a in all_accounts if a.kind != "card" and a.currency != currency),
        unknown=tuple(called[a.account] for a in cash if a.ending is None),
    )


def _under_way(before: OnTheWay, after: OnTheWay, currency: str) -> list[AccountCash]:
    start, end = (
        sum((one.amount for one in way.sure if one.currency == currency), ZERO) for way in (before, after)
    )
    if not start and not end:
        return []
    moved = Moved(*(ZERO,) * 6, in_transit=end - start)
    return [
        AccountCash(
            **_summed([moved]),
            account=ON_THE_WAY,
            name=ON_THE_WAY,
            kind="bank",
            currency=currency,
            starting=start,
            ending=end,
            starting_basis="books",
            basis="books",
            as_of=None,
        )
    ]


def _account_cash(held: Held, rows: Sequence[AccountMonth]) -> AccountCash:
    source = "books" if held.end.basis == "books" else "bank"
    own = [r for r in rows if r.account == held.account.account and r.source == source]
    moved = Moved(
        operating_in=_in(own, "operating"),
        operating_out=_out(own, "operating"),
        financing_in=_in(own, "financing", "owner"),
        financing_out=_out(own, "financing", "owner"),
        transfers_in=_in(own, "transfer"),
        transfers_out=_out(own, "transfer"),
        in_transit=held.end_in_transit - held.start_in_transit,
    )
    starting, basis = held.start.amount, held.start.basis
    worked_back = starting is None and held.end.amount is not None
    return AccountCash(
        **_summed([moved]),
        account=held.account.account,
        name=held.account.name,
        kind=held.account.kind,
        currency=held.account.currency,
        starting=held.end.amount - moved.net if worked_back and held.end.amount is not None else starting,
        ending=held.end.amount,
        starting_basis="worked back from the ending balance" if worked_back else basis,
        basis=held.end.basis,
        as_of=None if held.end.amount is None else held.end.as_of,
    )


def _summed(parts: Sequence[Moved]) -> dict[str, Decimal]:
    names = Moved.__dataclass_fields__
    return {name: sum((getattr(part, name) for part in parts), ZERO) for name in names}


def _total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [a for a in amounts if a is not None]
    return sum(known, ZERO) if known else None


def _in(rows: Iterable[AccountMonth], *natures: Nature) -> Decimal:
    return sum((r.cash_in for r in rows if r.nature in natures), ZERO)


def _out(rows: Iterable[AccountMonth], *natures: Nature) -> Decimal:
    return sum((r.cash_out for r in rows if r.nature in natures), ZERO)
