"""An own transfer between accounts whose statements end on different days is in the company's cash once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import make
import pytest
import small_company
from small_company import MARCH

from tai_ops.behind import behind
from tai_ops.board import Board
from tai_ops.cash import Cash, total_cash
from tai_ops.kpi import KPIS, measure_all
from tai_ops.period import Month
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store
from tai_ops.store.bank import undo_import
from tai_ops.store.deciding import book_line, decide
from tai_ops.store.facts import cash_of, facts, window
from tai_ops.store.matches import lock, reconcile, type_balance

HEAD = "Date,Description,Amount,Balance\n"
OUT = HEAD + "2026-03-31,SHOP,-10.00,990.00\n2026-04-02,TRANSFER TO SAVINGS,-400.00,590.00\n"
IN = HEAD + "2026-03-31,INTEREST,1.00,501.00\n2026-04-02,FROM OPERATING,400.00,901.00\n"
OLD_OUT = HEAD + "2026-03-31,SHOP,-10.00,990.00\n"
OLD_IN = HEAD + "2026-03-31,INTEREST,1.00,501.00\n"
BOOKED = "entry_id,account,booked_on,amount,kind,counter_account\nE-T,OP,2026-04-02,-400.00,transfer,SAVE\n"
TODAY = date(2026, 4, 3)


@pytest.fixture
def books(store: Store) -> Store:
    make.loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\n"
        "OP,Operating,bank,USD,2026-01-01,1000.00\nSAVE,Savings,bank,USD,2026-01-01,500.00\n",
    )
    return store


def cash(store: Store, day: date = TODAY) -> Cash:
    held, way, _ = cash_of(store, day)
    return total_cash(held, "USD", way)


def line(store: Store, amount: int) -> str:
    return store.rows("select line_id from statement_lines where amount = $amount", {"amount": amount})[0][0]


def test_a_booked_transfer_counts_once_while_the_receiving_statement_is_older(books: Store) -> None:
    make.statement(books, OUT, "OP", "op.csv")
    make.statement(books, OLD_IN, "SAVE", "save.csv")
    before = cash(books)
    assert (before.total, before.underway) == (Decimal("1091.00"), ()), "nothing says yet that it is one"
    book_line(
        books, make.CFO, line(books, -400), "entries",
        {"account": "OP", "kind": "transfer", "counter_account": "SAVE"}, now=make.NOW,
    )  # fmt: skip
    found = cash(books)
    assert (found.total, found.bank) == (Decimal("1491.00"), Decimal("1091.00"))
    assert found.words.endswith(
        "; $400.00 on its way from Operating to Savings since Thu 2 Apr 2026 counts once"
    )
    board = Board(facts(books, window(books, make.NOW)))
    for number in ("cash", "runway_months"):
        rows = behind(board, KPIS[number])
        assert sum(row[-1 if number == "cash" else 1] or 0 for row in rows.rows) == board.cash.total, number
    make.statement(books, IN, "SAVE", "later.csv")
    assert (cash(books).total, cash(books).underway) == (Decimal("1491.00"), ()), "its line has come"


def test_a_booked_transfer_counts_once_while_the_paying_statement_is_older(books: Store) -> None:
    make.loaded(books, "entries", BOOKED)
    make.statement(books, OLD_OUT, "OP", "op.csv")
    make.statement(books, IN, "SAVE", "save.csv")
    assert cash(books).total == Decimal("1491.00"), "not 1,891.00: the operating account still shows it"
    reconcile(books, make.CFO, "SAVE", now=make.NOW)
    assert cash(books).total == Decimal("1491.00"), "matched or equal and open, it is the same line"
    [one] = cash(books).underway
    assert (one.seen, one.awaited, one.amount) == ("SAVE", "OP", Decimal("-400.00"))


def test_a_transfer_between_two_statements_of_the_same_day_changes_nothing(books: Store) -> None:
    make.statement(books, OUT, "OP", "op.csv")
    make.statement(books, IN, "SAVE", "save.csv")
    make.loaded(books, "entries", BOOKED)
    assert (cash(books).total, cash(books).underway) == (Decimal("1491.00"), ())


def test_a_transfer_whose_other_side_should_have_come_is_not_added(books: Store) -> None:
    make.loaded(books, "entries", BOOKED)
    make.statement(books, OUT, "OP", "op.csv")
    make.statement(books, HEAD + "2026-04-09,SHOP,-1.00,500.00\n", "SAVE", "save.csv")
    found = cash(books, date(2026, 4, 9))
    assert (found.total, found.underway) == (Decimal("1090.00"), ())


def test_a_line_less_a_fee_may_be_the_other_side_so_nothing_is_added(books: Store) -> None:
    make.loaded(books, "entries", BOOKED)
    make.statement(books, OUT, "OP", "op.csv")
    make.statement(books, IN.replace("400.00,901.00", "385.00,886.00"), "SAVE", "save.csv")
    assert (cash(books).total, cash(books).underway) == (Decimal("1476.00"), ())
    decide(books, make.CFO, line(books, 385), "entry", "E-T", "confirmed", now=make.NOW)
    assert cash(books).total == Decimal("1476.00"), "it has come; what it lacks is no money on its way"


def test_cards_other_currencies_and_what_an_opening_balance_holds_are_left_out(books: Store) -> None:
    make.loaded(
        books,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\n"
        "CARD,Card,card,USD,2026-01-01,0.00\nEUR,Euros,bank,EUR,2026-01-01,0.00\nNEW,New,bank,USD,2026-04-03,400.00\n",
    )
    make.loaded(
        books,
        "entries",
        BOOKED.replace("SAVE", "CARD")
        + "E-2,OP,2026-04-02,-400.00,transfer,EUR\nE-3,OP,2026-04-02,-400.00,transfer,NEW\n",
    )
    make.statement(books, OUT, "OP", "op.csv")
    for account in ("CARD", "EUR"):
        type_balance(books, make.CFO, account, date(2026, 3, 31), Decimal(0), now=make.NOW)
    assert cash(books).underway == ()


def test_lines_matched_with_each_other_are_on_their_way_between_their_days(books: Store) -> None:
    make.statement(books, OUT.replace("2026-04-02", "2026-03-31"), "OP", "op.csv")
    make.statement(books, IN, "SAVE", "save.csv")
    decide(books, make.CFO, line(books, -400), "line", line(books, 400), "confirmed", now=make.NOW)
    assert cash(books, date(2026, 3, 31)).total == Decimal("1491.00")
    assert cash(books, date(2026, 3, 31)).bank == Decimal("1091.00")
    assert (cash(books).total, cash(books).underway) == (Decimal("1491.00"), ())


@pytest.mark.parametrize(
    ("op", "save", "total", "said"),
    [
        (OUT, OLD_IN, "1091.00", "$400.00 to Savings on Thu 2 Apr 2026 is counted nowhere until the statement of Savings comes"),
        (OLD_OUT, IN, "1891.00", "$400.00 from Operating on Thu 2 Apr 2026 is counted twice until the statement of Operating"),
    ],
)  # fmt: skip
def test_a_line_that_only_reads_like_a_transfer_is_named_beside_the_number(
    books: Store, op: str, save: str, total: str, said: str
) -> None:
    make.statement(books, op, "OP", "op.csv")
    made = make.statement(books, save.replace("FROM", "TRANSFER FROM"), "SAVE", "save.csv")
    found = cash(books)
    assert found.total == Decimal(total)
    assert said in found.words
    assert found.words in (measure_all(facts(books, window(books, make.NOW)))["cash"].reason or "")
    undo_import(books, make.CFO, made.statement_id, now=make.NOW)
    assert "counted" not in cash(books).words, (
        "without a balance of the other account there is nothing to miss"
    )


def test_cash_runway_close_and_workbook_tell_the_same_of_a_transfer_over_the_months_end(
    tmp_path: Path,
) -> None:
    store = small_company.copy_of("matched", tmp_path)
    make.loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nSAVE,Savings,bank,USD,2026-02-10,5.00\n",
    )
    make.statement(store, small_company.HEAD + "2026-03-31,TRANSFER TO SAVINGS,-70.00\n", "OP", "late.csv")
    make.statement(
        store, small_company.HEAD + "2026-04-01,TRANSFER FROM OPERATING,70.00\n", "SAVE", "save.csv"
    )
    type_balance(store, make.CFO, "SAVE", MARCH.last_day, Decimal(5), now=small_company.NOW)
    decide(store, make.CFO, line(store, -70), "line", line(store, 70), "confirmed", now=small_company.NOW)
    for account in ("OP", "SAVE"):
        lock(store, make.CFO, account, MARCH.last_day, now=small_company.NOW)
    close.run(store, make.CFO, MARCH, datetime(2026, 4, 4, 12, tzinfo=UTC))
    report = close.report(store, MARCH, small_company.NOW)
    assert report.metric("cash").value == report.cash.ending == Decimal("327739.78")
    assert [(a.account, a.ending) for a in report.cash.accounts] == [
        ("OP", Decimal("327664.78")),
        ("SAVE", Decimal("5.00")),
        ("Own transfers on their way", Decimal("70.00")),
    ]
    assert report.cash.transfers + report.cash.in_transit == Decimal("-900.00"), "the rent check alone"
    assert all(not check.difference for check in report.checks)
    assert report.cash_months[-1].ending == Decimal("327739.78")
    april = close.report(store, Month(2026, 4), datetime(2026, 5, 2, tzinfo=UTC))
    assert (april.cash.starting, april.cash.unexplained) == (Decimal("327739.78"), Decimal(0))
    assert [found.changes for found in close.recheck(store)] == [()]
    store.close()
