"""Which import holds which row: stretches of a file that repeat earlier lines, and where lines go when one is undone."""

import make
import pytest

from tai_ops.store import Store
from tai_ops.store.bank import undo_import

HEAD = "Date,Description,Amount\n"
DAYS = [f"2026-02-{day:02d},SHOP {day},-{day}.00\n" for day in range(1, 29)]


@pytest.fixture
def books(store: Store) -> Store:
    make.accounts(store)
    return store


def stretches(store: Store, statement_id: str) -> list[tuple[int, int, int]]:
    return store.rows(
        "select first_row, last_row, of_row from statement_repeats where statement_id = $id order by first_row",
        {"id": statement_id},
    )


def test_a_repeated_stretch_is_one_row_however_long(books: Store) -> None:
    make.statement(books, HEAD + "".join(DAYS[:20]))
    later = make.statement(books, HEAD + "".join(DAYS[10:]), name="later.csv")
    assert (later.added, later.duplicates) == (8, 10)
    assert stretches(books, str(later.statement_id)) == [(2, 11, 12)]
    kept = books.rows(
        "select count(*) from statement_rows where statement_id = $id", {"id": later.statement_id}
    )
    assert kept == [(8,)]


def test_new_lines_in_between_and_another_order_break_a_stretch(books: Store) -> None:
    make.statement(books, HEAD + "".join(DAYS[:3] + DAYS[4:6]))
    later = make.statement(books, HEAD + "".join(DAYS[:6]), name="later.csv")
    assert stretches(books, str(later.statement_id)) == [(2, 4, 2), (6, 7, 5)]
    turned = make.statement(books, HEAD + "".join(reversed(DAYS[:3])), name="turned.csv")
    assert stretches(books, str(turned.statement_id)) == [(2, 2, 4), (3, 3, 3), (4, 4, 2)]


def test_lines_of_an_undone_import_go_to_the_next_that_holds_them(books: Store) -> None:
    first = make.statement(books, HEAD + "".join(DAYS[:10]))
    second = make.statement(books, HEAD + "".join(DAYS[3:14]), name="second.csv")
    third = make.statement(books, HEAD + "".join(DAYS[8:12]) + "2026-02-28,LAST,-1.00\n", name="third.csv")
    undone = undo_import(books, make.CFO, str(first.statement_id), now=make.NOW)
    assert (undone["removed"], undone["kept"]) == (3, 7)
    undone = undo_import(books, make.CFO, str(second.statement_id), now=make.NOW)
    assert (undone["removed"], undone["kept"]) == (7, 4)  # two of its own, two that it had from the first
    undone = undo_import(books, make.CFO, str(third.statement_id), now=make.NOW)
    assert (undone["removed"], undone["kept"]) == (5, 0)


def test_rows_kept_one_by_one_as_earlier_versions_did_still_hold_their_lines(books: Store) -> None:
    first = make.statement(books, HEAD + "".join(DAYS[:4]))
    second = make.statement(books, HEAD + "".join(DAYS[:4]), name="s.csv", skip_bad=True)
    assert second.same_as == first.statement_id
    second = make.statement(books, HEAD + "".join(DAYS[1:5]), name="second.csv")
    with books.write(make.CFO, "money", "rows as they were kept", now=make.NOW) as write:
        write.sql("delete from statement_repeats")
        write.sql(
            """
            insert into statement_rows (statement_id, row_number, row_key, occurrence, raw_cells)
            select $id, row_number, row_key, occurrence, '' from statement_rows
            where statement_id = $first and row_number > 2
            """,
            {"id": second.statement_id, "first": first.statement_id},
        )
    undone = undo_import(books, make.CFO, str(first.statement_id), now=make.NOW)
    assert (undone["removed"], undone["kept"]) == (1, 3)
