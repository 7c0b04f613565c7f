"""What cash was on a day: of the accounts that were open by then, each by its own best evidence."""

from datetime import UTC, date, datetime
from decimal import Decimal

import make

from tai_ops import cash
from tai_ops.behind import behind
from tai_ops.board import Board
from tai_ops.kpi import KPIS, measure
from tai_ops.period import Month, Week
from tai_ops.store import Store, ledger
from tai_ops.store.facts import accounts, facts, window


def on(store: Store, day: date) -> Board:
    return Board(facts(store, window(store, make.NOW, on=day)))


def test_before_any_account_was_open_cash_and_runway_are_not_known(store: Store) -> None:
    make.accounts(store)
    early = on(store, date(2025, 12, 31))
    cash = measure(early, KPIS["cash"])
    assert (cash.value, cash.reason) == (None, "no account open on Wed 31 Dec 2025")
    assert measure(early, KPIS["runway_months"]).value is None
    assert measure(on(store, date(2026, 1, 1)), KPIS["cash"]).value == Decimal("1000.00")


def test_the_rows_say_of_each_account_which_day_and_what_tells_it(store: Store) -> None:
    make.accounts(store)
    make.loaded(store, "accounts", "account,name,kind,currency,opened_on\nNEW,New,bank,USD,2026-01-01\n")
    make.statement(store, "Date,Description,Amount\n2026-02-06,AD HOUSE,-100.00\n")
    board = on(store, date(2026, 3, 31))
    rows = behind(board, KPIS["cash"])
    at = [column.name for column in rows.columns]
    told = {row[0]: (row[at.index("as_of")], row[at.index("basis")]) for row in rows.rows}
    assert told["OP"] == (date(2026, 2, 6), "statement")
    assert told["SAVE"] == (date(2026, 3, 31), "books")
    assert told["NEW"] == (None, "none")
    runway = behind(board, KPIS["runway_months"]).rows
    assert [row[:2] for row in runway if row[1] is not None] == [
        ("OP", Decimal("900.00")),
        ("SAVE", Decimal("0.00")),
        ("STRIPE", Decimal("0.00")),
    ]
    assert [(row[0], row[2]) for row in runway if row[2] is not None] == [
        ("February 2026", Decimal("100.00"))
    ]
    assert measure(board, KPIS["cash"]).reason == (
        "balances of Fri 6 Feb 2026 to Tue 31 Mar 2026, none of 3 accounts reconciled, 2 by the books alone; without New"
    )


def test_a_week_inside_a_month_reads_the_months_flows_to_its_friday(store: Store) -> None:
    make.accounts(store)
    head = "bill_id,account,incurred_on,paid_on,payee,amount,category\n"
    rows = "".join(
        f"B-{day},OP,2026-03-{day},2026-03-{day},Cloud,{day}.00,cloud\n" for day in ("05", "19", "30")
    )
    make.loaded(store, "bills", head + rows)
    now = datetime(2026, 4, 3, 20, tzinfo=UTC)
    found = facts(store, window(store, now, week=Week(date(2026, 4, 3))))
    burned = [
        cash.burn(found.flows_to(until), Month(2026, 3))
        for until in (date(2026, 3, 7), date(2026, 3, 21), date(2026, 4, 1))
    ]
    assert [one and one.gross for one in burned] == [5, 24, 54]
    earlier = facts(store, window(store, now, week=Week(date(2026, 3, 20))))
    assert measure(Board(earlier), KPIS["gross_burn"]).value == 24


def test_lines_of_before_the_opening_day_are_in_the_opening_balance_already(store: Store) -> None:
    make.loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nOP,Operating,bank,USD,2026-02-10,1000.00\n",
    )
    make.statement(
        store,
        "Date,Description,Amount\n2026-01-20,RENT,-300.00\n2026-02-03,SOLD,50.00\n2026-02-11,AD HOUSE,-100.00\n",
    )
    with store.cursor() as cursor:
        [held] = accounts(cursor)
        on_days = {
            day: ledger.balance_on(cursor, held, date.fromisoformat(day)).amount
            for day in ("2026-01-19", "2026-01-31", "2026-02-09", "2026-02-28")
        }
    assert on_days == {
        "2026-01-19": Decimal("1250.00"),
        "2026-01-31": Decimal("950.00"),
        "2026-02-09": Decimal("1000.00"),
        "2026-02-28": Decimal("900.00"),
    }
