"""Starting + in - out + transfers + change in transit = ending; what does not add up is a number of its own."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tai_ops.cash import Account, AccountMonth, Balance, BalanceBasis, Nature
from tai_ops.cash_position import Held, cash_position
from tai_ops.period import Month

MARCH = Month(2026, 3)


def account(name: str, kind: str = "bank", currency: str = "USD") -> Account:
    return Account(name, name, kind, currency, date(2026, 1, 1), None)


def held(
    of: Account,
    start: str | None,
    end: str | None,
    basis: BalanceBasis = "statement, unreconciled",
    **more: Decimal,
) -> Held:
    def balance(amount: str | None) -> Balance:
        known = None if amount is None else Decimal(amount)
        return Balance(of.account, of.kind, of.currency, MARCH.last_day, known, basis)

    return Held(of, balance(start), balance(end), **more)


def moved(of: str, nature: Nature, cash_in: str, cash_out: str, source: str = "bank") -> AccountMonth:
    return AccountMonth(of, "bank", MARCH, source, nature, Decimal(cash_in), Decimal(cash_out))


OP, SAVE = account("OP"), account("SAVE")


def test_own_transfers_cancel_in_total_and_financing_is_part_of_cash_in() -> None:
    found = cash_position(
        [held(OP, "1000", "1250"), held(SAVE, "0", "300")],
        [
            moved("OP", "operating", "100", "50"),
            moved("OP", "financing", "500", "0"),
            moved("OP", "transfer", "0", "300"),
            moved("SAVE", "transfer", "300", "0"),
            moved("OP", "operating", "7777", "0", "books"),
        ],
        MARCH,
        "USD",
    )
    assert (found.starting, found.cash_in, found.financing_in, found.cash_out) == (1000, 600, 500, 50)
    assert (found.transfers, found.ending, found.unexplained, found.impact) == (0, 1550, 0, 550)
    assert [a.unexplained for a in found.accounts] == [0, 0]


def test_what_is_in_transit_counts_by_its_change() -> None:
    reconciled = held(
        OP, "950", "880", "reconciled", start_in_transit=Decimal(-50), end_in_transit=Decimal(-20)
    )
    found = cash_position([reconciled], [moved("OP", "operating", "0", "100")], MARCH, "USD")
    assert (found.in_transit, found.unexplained) == (30, 0)


def test_a_month_that_does_not_add_up_says_by_how_much() -> None:
    found = cash_position([held(OP, "1000", "997.50")], [moved("OP", "operating", "0", "10")], MARCH, "USD")
    assert found.accounts[0].unexplained == found.unexplained == Decimal("7.50")


def test_an_account_known_by_the_books_alone_moves_by_the_books() -> None:
    flows = [moved("OP", "operating", "0", "40", "books")]
    found = cash_position([held(OP, "100", "60", "books")], flows, MARCH, "USD")
    assert (found.cash_out, found.unexplained) == (40, 0)


def test_a_starting_balance_that_nothing_tells_is_worked_back_and_says_so() -> None:
    found = cash_position([held(OP, None, "60")], [moved("OP", "operating", "0", "40")], MARCH, "USD")
    assert found.accounts[0].starting == 100
    assert found.accounts[0].starting_basis == "worked back from the ending balance"


def test_unknown_cards_other_currencies_and_later_accounts_stay_out_of_the_total() -> None:
    later = held(replace(account("LATER"), opened_on=date(2026, 4, 1)), "5", "5")
    rows = [
        held(OP, "10", "10"),
        held(SAVE, None, None),
        held(account("CARD", "card"), "-7", "-7"),
        held(account("EUR", currency="EUR"), "99", "99"),
        later,
    ]
    found = cash_position(rows, [], MARCH, "USD")
    assert (found.ending, found.unknown) == (10, ("SAVE",))
    assert ([c.account for c in found.cards], [o.account for o in found.others]) == (["CARD"], ["EUR"])
    assert cash_position([], [], MARCH, "USD").ending is None
