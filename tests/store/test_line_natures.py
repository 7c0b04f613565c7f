"""The published reconciliations, through the store: what a bank line is by its words or by what a person said of it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import make
import pytest
import small_company
from small_company import MARCH

from tai_ops.errors import PeriodClosed, Refused, WrongUsage
from tai_ops.exports.reconciliation_print import reconciliation_html
from tai_ops.reconciliation import nature_of
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store
from tai_ops.store.line_natures import book_key, say_nature
from tai_ops.store.matches import Reconciliation, lock, standing, type_balance

NOW = datetime(2026, 4, 4, 12, 0, tzinfo=UTC)
LAST = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("text", "amount", "nature"),
    [
        ("NSF CHECK 1204", "-490", "returned"),
        ("RETURNED ITEM HARBOR", "-25", "returned"),
        ("Interest earned", "1.75", "interest"),
        ("Interest on the loan", "-12", "plain"),
        ("MONTHLY SERVICE CHARGE", "-5", "fee"),
        ("Kontoführungsgebühr", "-5", "plain"),
        ("Gebühren Januar", "-5", "fee"),
        ("FEED STORE 12", "-90", "plain"),
        ("COFFEE", "-3", "plain"),
        ("FEE REFUND", "5", "plain"),
    ],
)
def test_a_line_is_what_its_words_say(text: str, amount: str, nature: str) -> None:
    assert nature_of(text, Decimal(amount)) == nature


def books(
    store: Store, bank: str, book: str, in_books: Sequence[str], on_bank: Sequence[tuple[str, str]]
) -> None:
    """One account: what the bank says, what the books say, and what stands on one side alone."""
    entries = sum(map(Decimal, in_books), Decimal(0))
    opening = Decimal(book) - entries
    make.loaded(
        store,
        "accounts",
        f"account,name,kind,currency,opened_on,opening_balance\nOP,Operating,bank,USD,2026-01-01,{opening}\n",
    )
    rows = "".join(f"E-{n},OP,2026-01-20,{amount},other,item {n}\n" for n, amount in enumerate(in_books))
    make.loaded(store, "entries", f"entry_id,account,booked_on,amount,kind,payee\n{rows}")
    if on_bank:
        text = "".join(f"2026-01-2{n},{words},{amount}\n" for n, (words, amount) in enumerate(on_bank))
        make.statement(store, f"Date,Description,Amount\n{text}", "OP")
    type_balance(store, make.CFO, "OP", LAST, Decimal(bank), now=NOW)


CASES = {
    "W1": (
        "510000",
        "520000",
        ["20000", "-30000"],
        [("DEPOSIT", "10000"), ("NSF CHECK", "-25000"), ("BANK FEE", "-5000")],
        "500000",
    ),
    "W2": (
        "360000",
        "359000",
        ["5000", "-9000"],
        [("DEPOSIT", "6000"), ("NSF CHECK", "-8000"), ("BANK FEE", "-1000")],
        "356000",
    ),
    "W6": ("3560.20", "3875.20", ["530", "-730"], [("NSF CHECK", "-490"), ("BANK FEE", "-25")], "3360.20"),
}


@pytest.mark.parametrize("case", CASES)
def test_both_sides_come_to_the_published_balance_and_are_locked(store: Store, case: str) -> None:
    bank, book, in_books, on_bank, adjusted = CASES[case]
    books(store, bank, book, in_books, on_bank)
    both = standing(store, "OP", now=NOW, through=LAST, found=()).two_sided
    assert both
    assert (both.adjusted_bank, both.adjusted_book) == (Decimal(adjusted), Decimal(adjusted))
    assert both.fees == -Decimal(on_bank[-1][1])
    assert both.returned_items == -Decimal(on_bank[-2][1])
    lock(store, make.CFO, "OP", LAST, now=NOW)
    report = close.report(store, MARCH.plus(-2), NOW)
    [frozen] = report.reconciliations
    assert frozen.statement == both
    page = reconciliation_html(report).decode()
    assert "Returned items" in page
    assert ">returned<" in page


def test_w5_an_error_of_the_bank_stands_on_its_own_side_once_a_person_said_so(store: Store) -> None:
    books(
        store,
        "29400",
        "31100",
        ["8000", "-7400"],
        [("CHARGED TWICE", "-580"), ("BANK FEE", "-280"), ("NSF CHECK", "-240")],
    )
    [line] = store.rows("select line_id from statement_lines where amount = -580")
    with pytest.raises(Refused, match="say what is wrong"):
        say_nature(store, make.CFO, line[0], "error", now=NOW)
    with pytest.raises(WrongUsage, match="'gift' is no nature"):
        say_nature(store, make.CFO, line[0], "gift", now=NOW)
    say_nature(store, make.CFO, line[0], "error", now=NOW, note="entered twice, reported")
    both = standing(store, "OP", now=NOW, through=LAST, found=()).two_sided
    assert both
    assert (both.bank_errors, both.adjusted_bank, both.adjusted_book) == (
        Decimal("580.00"),
        Decimal("30580.00"),
        Decimal("30580.00"),
    )
    assert lock(store, make.CFO, "OP", LAST, now=NOW).adjusted_bank == Decimal("30580.00")
    assert close.report(store, MARCH.plus(-2), NOW).cash.ending == Decimal("30580.00")
    with pytest.raises(Refused, match="reconciled and locked through"):
        say_nature(store, make.CFO, line[0], "fee", now=NOW)


def test_an_error_of_the_books_stands_on_its_own_side_once_a_person_said_so(store: Store) -> None:
    books(store, "1000", "1051", ["90", "-40"], [("INTEREST", "1")])

    def standing_now() -> Reconciliation:
        return standing(store, "OP", now=NOW, through=LAST, found=())

    assert not standing_now().explained
    wrong = book_key("OP", "entry E-0")
    with pytest.raises(Refused, match="say what is wrong"):
        say_nature(store, make.CFO, wrong, "error", now=NOW)
    with pytest.raises(Refused, match="an error or none"):
        say_nature(store, make.CFO, wrong, "fee", now=NOW)
    with pytest.raises(Refused, match="not there"):
        say_nature(store, make.CFO, book_key("OP", "entry E-9"), "error", now=NOW, note="typed twice")
    say_nature(store, make.CFO, wrong, "error", now=NOW, note="typed twice")
    found = standing_now()
    assert (found.in_transit, found.explained) == (0, False)  # 960 on the bank's side, 962 in the books
    type_balance(store, make.CFO, "OP", LAST, Decimal(1002), now=NOW + timedelta(minutes=1))
    both = standing_now().two_sided
    assert both
    assert (both.book_errors, both.adjusted_bank, both.adjusted_book) == (
        Decimal("-90.00"),
        Decimal("962.00"),
        Decimal("962.00"),
    )
    assert lock(store, make.CFO, "OP", LAST, now=NOW).explained
    report = close.report(store, MARCH.plus(-2), NOW)
    [frozen] = report.reconciliations
    assert frozen.statement == both
    assert report.cash.ending == Decimal("962.00")
    with pytest.raises(Refused, match="reconciled and locked through"):
        say_nature(store, make.CFO, wrong, "plain", now=NOW)


def test_w9_three_dollars_that_nothing_explains_are_not_locked(store: Store) -> None:
    books(
        store,
        "320.10",
        "698.23",
        ["621.61", "-58.30", "-108.75", "-112.68"],
        [("INTEREST", "1.75"), ("FEE", "-35.00")],
    )
    both = standing(store, "OP", now=NOW, through=LAST, found=()).two_sided
    assert both
    assert (both.adjusted_bank, both.adjusted_book, abs(both.unexplained or 0)) == (
        Decimal("661.98"),
        Decimal("664.98"),
        Decimal("3.00"),
    )
    with pytest.raises(Refused, match="do not add up to it; nothing was locked"):
        lock(store, make.CFO, "OP", LAST, now=NOW)


def test_a_line_of_a_closed_month_keeps_its_nature(tmp_path: Path) -> None:
    store = small_company.copy_of("reconciled", tmp_path)
    close.run(store, make.CFO, MARCH, NOW)
    [line] = store.rows(
        "select line_id from statement_lines where description like '%FEE%' or payee like '%FEE%' limit 1"
    )
    with pytest.raises(PeriodClosed, match="2026-03 is closed"):
        say_nature(store, make.CFO, line[0], "fee", now=NOW)
    store.close()
