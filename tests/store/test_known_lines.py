"""Equal rows of overlapping files: the balance after them tells them apart; closed months stay as they are."""

from collections.abc import Sequence
from decimal import Decimal

import make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.errors import Refused
from tai_ops.store import Store
from tai_ops.store.bank import undo_import

HEAD = "Date,Description,Amount,Balance\n"
DAY = [
    ("2026-02-02", "COFFEE", "-3.00", "97.00"),
    ("2026-02-02", "TEA", "-2.00", "95.00"),
    ("2026-02-02", "COFFEE", "-3.00", "92.00"),
    ("2026-02-02", "TEA", "-2.00", "90.00"),
    ("2026-02-03", "RENT", "-50.00", "40.00"),
]


@pytest.fixture
def books(store: Store) -> Store:
    make.accounts(store)
    return store


def export(rows: Sequence[tuple[str, str, str, str]]) -> str:
    return HEAD + "".join(",".join(row) + "\n" for row in rows)


def lines(store: Store) -> list[tuple[str, str, Decimal | None]]:
    return store.rows(
        "select booked_on::varchar, description, balance from statement_lines order by booked_on, balance desc, line_id"
    )


def test_two_files_cut_in_the_middle_of_a_day_keep_every_equal_row(books: Store) -> None:
    make.statement(books, export(DAY[:2]), name="morning.csv")
    result = make.statement(books, export(DAY[2:]), name="evening.csv")
    assert (result.added, result.duplicates, result.possible_duplicates) == (3, 0, 0)
    assert [balance for *_, balance in lines(books)] == [Decimal(row[3]) for row in DAY]
    assert make.statement(books, export(DAY), name="all.csv").added == 0
    assert make.statement(books, export(DAY[1:4]), name="middle.csv").added == 0


def test_equal_rows_newest_first_keep_their_balances_so_that_the_same_file_adds_nothing_again(
    books: Store,
) -> None:
    first, both = export(DAY[:1]), export([("2026-02-02", "COFFEE", "-3.00", "94.00"), DAY[0]])
    added = [
        make.statement(books, text, name=f"{n}.csv").added
        for n, text in enumerate((first, both, both, first))
    ]
    assert added == [1, 1, 0, 0]
    assert [balance for *_, balance in lines(books)] == [Decimal("97.00"), Decimal("94.00")]


def test_a_whole_day_told_anew_in_another_order_adds_nothing(books: Store) -> None:
    make.statement(
        books, export([("2026-02-02", "A", "-1.00", "99.00"), ("2026-02-02", "B", "-2.00", "97.00")])
    )
    again = export([("2026-02-02", "B", "-2.00", "98.00"), ("2026-02-02", "A", "-1.00", "97.00")])
    assert make.statement(books, again, name="again.csv").added == 0


def test_balances_moved_by_a_row_that_came_in_late_add_that_row_only(books: Store) -> None:
    make.statement(books, export(DAY))
    late = [("2026-02-01", "LATE", "-10.00", "90.00")]
    moved = [(day, text, amount, f"{Decimal(balance) - 10:.2f}") for day, text, amount, balance in DAY]
    result = make.statement(books, export(late + moved), name="late.csv")
    assert (result.added, result.net_total) == (1, Decimal("-10.00"))


def test_balances_moved_alike_on_several_days_add_nothing(books: Store) -> None:
    make.statement(books, export(DAY))
    moved = [(day, text, amount, f"{Decimal(balance) + 7:.2f}") for day, text, amount, balance in DAY]
    assert make.statement(books, export(moved), name="moved.csv").added == 0


def test_balances_that_do_not_tie_prove_nothing(books: Store) -> None:
    make.statement(books, export(DAY))
    constant = [(day, text, amount, "40.00") for day, text, amount, _ in DAY]
    assert make.statement(books, export(constant), name="constant.csv").added == 0


def test_lines_told_apart_by_their_balance_are_rehomed_by_it(books: Store) -> None:
    first = make.statement(books, export(DAY[:2]), name="morning.csv")
    make.statement(books, export(DAY[2:]), name="evening.csv")
    make.statement(books, export(DAY), name="all.csv")
    assert first.statement_id
    undone = undo_import(books, make.CFO, first.statement_id, now=make.NOW)
    assert (undone["removed"], undone["kept"]) == (0, 2)
    assert len(lines(books)) == 5


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ABC")), min_size=2, max_size=9),
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 9)), min_size=1, max_size=4),
    st.data(),
)
@settings(max_examples=40, deadline=None)
def test_any_slices_in_any_order_end_in_the_same_lines(
    rows: list[tuple[int, str]], cuts: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Files that begin and end anywhere, also within a day of equal rows; every import once more adds nothing."""
    price = {"A": Decimal("-3.01"), "B": Decimal("-7.13"), "C": Decimal("-0.57")}
    balance, whole = Decimal("5000.00"), []
    for day, text in sorted(rows, key=lambda row: row[0]):
        balance += price[text]
        whole.append((f"2026-02-{day + 2:02d}", text, str(price[text]), str(balance)))
    slices = [whole[start : start + size] for start, size in cuts if whole[start : start + size]] or [whole]
    expected = sorted({row[3] for part in slices for row in part})
    store = Store.in_memory()
    make.accounts(store)
    files = [(f"{n}.csv", export(part)) for n, part in enumerate(slices)]
    for name, text in data.draw(st.permutations(files)):
        make.statement(store, text, name=name)
    for name, text in files:
        assert make.statement(store, text, name="again " + name).added == 0
    assert sorted(str(balance) for *_, balance in lines(store)) == expected
    store.close()


def close(store: Store, month: str) -> None:
    with store.write(make.CFO, "close", "close month", now=make.NOW) as write:
        write.sql(
            "insert into closes (month, version, event, done_at, done_by) values ($m, 1, 'closed', $at, 'cfo')",
            {"m": month, "at": make.NOW},
        )


OVER_THE_TURN = (
    "Date,Description,Amount\n2026-02-27,OLD,-1.00\n2026-02-28,OLD TOO,-2.00\n2026-03-02,NEW,-4.00\n"
)


def test_of_a_statement_over_a_closed_month_the_open_part_comes_in_and_the_rest_is_listed(
    books: Store,
) -> None:
    close(books, "2026-02")
    tried = make.statement(books, OVER_THE_TURN, dry_run=True, with_rows=True)
    assert [fate.state for fate in tried.rows] == ["closed", "closed", "new"]
    result = make.statement(books, OVER_THE_TURN)
    assert (result.read, result.added, result.duplicates, result.net_total) == (3, 1, 0, Decimal("-4.00"))
    assert [(one["line"], one["reason"][:37]) for one in result.as_json()["rejected"]] == [
        (2, "falls on 2026-02-27, and 2026-02 is c"),
        (3, "falls on 2026-02-28, and 2026-02 is c"),
    ]
    assert "line 2 stayed out" in result.warnings[0]
    again = make.statement(books, OVER_THE_TURN)
    assert (again.added, again.same_as) == (0, result.statement_id)


def test_lines_known_before_the_close_are_duplicates_and_a_file_of_closed_lines_alone_is_refused(
    books: Store,
) -> None:
    make.statement(books, OVER_THE_TURN)
    close(books, "2026-02")
    assert make.statement(books, OVER_THE_TURN + "2026-03-03,MORE,-8.00\n", name="b.csv").added == 1
    with pytest.raises(Refused, match="line 2 falls on 2026-02-03, and 2026-02 is closed"):
        make.statement(books, "Date,Description,Amount\n2026-02-03,LATE,-1.00\n", name="c.csv")
