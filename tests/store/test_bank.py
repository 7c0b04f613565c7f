"""Bringing statements in: no real row lost, no phantom, preview equals result, undo, refusals."""

from datetime import date
from decimal import Decimal

import make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.errors import NotAllowed, Refused, UnreadableFile
from tai_ops.store import Store
from tai_ops.store.bank import import_statement, imports, saved_layout, undo_import
from tai_ops.store.duplicates import decide_duplicate, possible_duplicates

HEAD = "Date,Description,Amount\n"
FEB = HEAD + "2026-02-02,COFFEE,-4.50\n2026-02-02,COFFEE,-4.50\n2026-02-17,ACME LLC,500.00\n"


@pytest.fixture
def books(store: Store) -> Store:
    make.accounts(store)
    return store


def amounts(store: Store, account: str = "OP") -> list[tuple[date, Decimal]]:
    return store.rows(
        "select booked_on, amount from statement_lines where account = $a order by booked_on, line_id",
        {"a": account},
    )


def test_two_equal_purchases_on_one_day_stay_two(books: Store) -> None:
    result = make.statement(books, FEB)
    assert (result.read, result.added, result.duplicates, result.net_total) == (3, 3, 0, Decimal("491.00"))
    assert [a for _, a in amounts(books)] == [Decimal("-4.50"), Decimal("-4.50"), Decimal("500.00")]


def test_the_same_file_again_adds_nothing_and_names_the_first_import(books: Store) -> None:
    first = make.statement(books, FEB)
    again = make.statement(books, FEB, name="copy.csv")
    assert (again.added, again.duplicates, again.same_as) == (0, 3, first.statement_id)
    assert again.net_total == 0
    assert len(amounts(books)) == 3


def test_w43_three_rows_imported_twice_are_three_rows(books: Store) -> None:
    rows = HEAD + "2026-02-02,SHOP,-1.00\n2026-02-08,SHOP,-1.00\n2026-02-11,SHOP,-1.00\n"
    make.statement(books, rows)
    make.statement(books, rows + "\n", name="again.csv")
    assert len(amounts(books)) == 3


def test_an_overlapping_later_export_adds_only_what_is_new(books: Store) -> None:
    make.statement(books, FEB)
    later = (
        HEAD
        + "2026-02-02,COFFEE,-4.50\n2026-02-02,COFFEE,-4.50\n2026-02-02,COFFEE,-4.50\n2026-02-20,RENT,-900.00\n"
    )
    result = make.statement(books, later, name="later.csv")
    assert (result.added, result.duplicates) == (2, 2)
    assert result.net_total == Decimal("-904.50")


def test_a_payee_spelled_anew_is_added_flagged_and_joined_in_one_step(books: Store) -> None:
    make.statement(books, FEB)
    result = make.statement(
        books, HEAD + "2026-02-18,Acme LLC ref,500.00\n2026-02-17,ZEBRA,-7.00\n", name="b.csv"
    )
    assert (result.added, result.possible_duplicates) == (2, 1)
    [flagged] = possible_duplicates(books)
    assert (flagged["amount"], flagged["other_on"]) == (Decimal("500.00"), date(2026, 2, 17))
    decide_duplicate(books, make.CFO, flagged["line_id"], "join", now=make.NOW)
    assert possible_duplicates(books) == []
    assert [a for _, a in amounts(books)].count(Decimal("500.00")) == 1


def test_a_joined_line_does_not_come_back_with_its_file(books: Store) -> None:
    make.statement(books, FEB)
    respelled = HEAD + "2026-02-17,ZEBRA,-7.00\n2026-02-18,Acme LLC ref,500.00\n"
    make.statement(books, respelled, name="b.csv")
    [flagged] = possible_duplicates(books)
    decide_duplicate(books, make.CFO, flagged["line_id"], "join", now=make.NOW)
    again = make.statement(books, respelled + "2026-02-19,NEW,-1.00\n", name="c.csv")
    assert (again.added, again.duplicates) == (1, 2)


def test_a_kept_possible_duplicate_stays_and_is_not_asked_again(books: Store) -> None:
    make.statement(books, FEB)
    make.statement(books, HEAD + "2026-02-17,ZEBRA,-7.00\n2026-02-18,Acme LLC ref,500.00\n", name="b.csv")
    [flagged] = possible_duplicates(books)
    decide_duplicate(books, make.CFO, flagged["line_id"], "keep", now=make.NOW)
    assert possible_duplicates(books) == []
    assert len(amounts(books)) == 5


def test_a_row_equal_to_another_within_a_week_is_flagged_only_against_earlier_imports(books: Store) -> None:
    result = make.statement(books, HEAD + "2026-02-02,SHOP,-1.00\n2026-02-04,SHOP,-1.00\n")
    assert (result.added, result.possible_duplicates) == (2, 0)


def test_the_preview_says_what_the_import_does_row_by_row_and_writes_nothing(books: Store) -> None:
    make.statement(books, FEB)
    later = FEB + "2026-02-18,ACME LLC INC,500.00\n2026-02-30,BAD DAY,1.00\n2026-02-21,TAXI,-12.00\n"
    seen = make.statement(books, later, name="l.csv", dry_run=True, with_rows=True, skip_bad=True)
    assert [fate.state for fate in seen.rows] == [
        "duplicate",
        "duplicate",
        "duplicate",
        "possible duplicate",
        "rejected",
        "new",
    ]
    assert len(amounts(books)) == 3
    done = make.statement(books, later, name="l.csv", skip_bad=True)
    assert (done.added, done.duplicates, done.possible_duplicates, len(done.rejected)) == (
        seen.added,
        seen.duplicates,
        seen.possible_duplicates,
        len(seen.rejected),
    )


def test_a_bad_row_refuses_the_file_naming_its_line(books: Store) -> None:
    with pytest.raises(Refused, match=r"bank.csv: line 3: .*nothing was imported"):
        make.statement(books, HEAD + "2026-02-02,OK,1.00\n31/02/2026,BAD,2.00\n")
    assert amounts(books) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "%PDF-1.7\n",
        "title,director,year\nAlien,Scott,1979\n",
        HEAD + '2026-02-02,A,"1,234.56"\n2026-02-03,B,"1.234,56"\n2026-02-04,C,abc\n',
        "Date,Description,Amount\n2026-02-02,A,1.00\nValue date,Text,Debit,Credit\n2026-02-03,B,1.00,\n",
    ],
)
def test_what_is_no_statement_is_refused_in_one_line_and_nothing_is_written(books: Store, text: str) -> None:
    with pytest.raises(Refused) as refused:
        make.statement(books, text)
    assert "\n" not in str(refused.value)
    assert amounts(books) == []
    assert books.rows("select * from files") == []


def test_dates_that_fit_two_readings_are_refused_until_an_option_decides_and_the_account_keeps_it(
    books: Store,
) -> None:
    text = HEAD + "02/03/2026,SHOP,-1.00\n04/03/2026,SHOP,-2.00\n"
    with pytest.raises(UnreadableFile, match="date-order"):
        make.statement(books, text)
    make.statement(books, text, date_order="day")
    assert [d for d, _ in amounts(books)] == [date(2026, 3, 2), date(2026, 3, 4)]
    assert saved_layout(books, "OP") is not None
    make.statement(books, HEAD + "05/03/2026,SHOP,-3.00\n", name="next.csv")
    assert amounts(books)[-1] == (date(2026, 3, 5), Decimal("-3.00"))


def test_a_statement_in_another_currency_is_refused(books: Store) -> None:
    with pytest.raises(Refused, match="the statement is in EUR and account OP in USD"):
        make.statement(books, "Date,Description,Amount,Currency\n2026-02-02,A,1.00,EUR\n")


def test_a_statement_of_another_account_is_refused_by_name(books: Store) -> None:
    head = "Account Number,Date,Description,Amount\n"
    make.statement(books, head + "111-222,2026-02-02,A,1.00\n111-222,2026-02-03,B,2.00\n")
    with pytest.raises(Refused, match="333-444"):
        make.statement(
            books, head + "333-444,2026-02-04,A,1.00\n333-444,2026-02-05,B,2.00\n", name="other.csv"
        )
    with pytest.raises(Refused, match="was imported as OP, not SAVE"):
        make.statement(books, head + "111-222,2026-02-06,A,1.00\n111-222,2026-02-07,B,2.00\n", account="SAVE")


def test_an_import_can_be_undone_once_and_lines_of_a_later_import_stay(books: Store) -> None:
    first = make.statement(books, FEB)
    second = make.statement(books, FEB + "2026-02-20,RENT,-900.00\n", name="later.csv")
    undone = undo_import(books, make.CFO, first.statement_id, now=make.NOW)
    assert (undone["removed"], undone["kept"]) == (0, 3)
    assert len(amounts(books)) == 4
    with pytest.raises(Refused, match="was undone by"):
        undo_import(books, make.CFO, first.statement_id, now=make.NOW)
    undo_import(books, make.CFO, second.statement_id, now=make.NOW)
    assert amounts(books) == []
    assert make.statement(books, FEB).added == 3
    assert [i["undone_by"] is not None for i in imports(books, "OP")] == [False, True, True]


def test_balances_of_the_file_are_kept_and_go_with_the_import(books: Store) -> None:
    text = "Date,Description,Amount,Balance\n2026-02-02,A,-10.00,990.00\n2026-02-05,B,60.00,1050.00\n"
    result = make.statement(books, text)
    stated = "select stated_on, amount, source from statement_balances order by stated_on"
    assert books.rows(stated) == [
        (date(2026, 2, 1), Decimal("1000.00"), "imported"),
        (date(2026, 2, 5), Decimal("1050.00"), "imported"),
    ]
    undo_import(books, make.CFO, result.statement_id, now=make.NOW)
    assert books.rows(stated) == []


def test_a_role_that_may_not_and_an_unknown_account_are_refused(books: Store) -> None:
    with pytest.raises(NotAllowed):
        make.statement(books, FEB, actor=make.CSM)
    with pytest.raises(Refused, match="there is no account 'X'; the accounts are CARD, OP, SAVE, STRIPE"):
        make.statement(books, FEB, account="X")


def test_a_closed_month_refuses_new_lines_naming_the_line(books: Store) -> None:
    with books.write(make.CFO, "close", "close month", now=make.NOW) as write:
        write.sql(
            "insert into closes (month, version, event, done_at, done_by) values ('2026-02', 1, 'closed', $at, 'cfo')",
            {"at": make.NOW},
        )
    with pytest.raises(
        Refused, match=r"line 2 falls on 2026-02-02, and 2026-02 is closed .*\(3 such lines\)"
    ):
        make.statement(books, FEB)


def test_the_same_click_twice_imports_once(books: Store) -> None:
    first = make.statement(books, FEB, request_key="k")
    again = make.statement(books, FEB + "2026-02-20,X,1.00\n", request_key="k")
    assert first.statement_id == again.statement_id
    assert len(amounts(books)) == 3


_LINES = st.lists(
    st.tuples(
        st.integers(1, 28), st.sampled_from(["SHOP", "RENT", "ACME"]), st.integers(-900, 900).filter(bool)
    ),
    min_size=1,
    max_size=12,
)


@given(_LINES, st.data())
@settings(max_examples=25, deadline=None)
def test_any_overlapping_exports_end_in_the_same_lines(
    lines: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    """Whole-day exports of one account, overlapping in any way and in any order, add up to the account."""
    store = Store.in_memory()
    make.accounts(store)
    lines.sort(key=lambda line: line[0])
    days = sorted({line[0] for line in lines})
    cut = data.draw(st.integers(0, len(days) - 1))
    back = data.draw(st.integers(0, cut))
    parts = [[x for x in lines if x[0] <= days[cut]], [x for x in lines if x[0] >= days[back]]]
    for n, part in enumerate(data.draw(st.permutations(parts))):
        text = HEAD + "".join(f"2026-02-{d:02d},{who},{a / 100:.2f}\n" for d, who, a in part)
        make.statement(store, text, name=f"{n}.csv")
    found = [(d.day, a) for d, a in amounts(store)]
    assert sorted(found) == sorted((d, Decimal(a) / 100) for d, _, a in lines)
    store.close()


def test_lines_more_than_a_year_ahead_are_said(books: Store) -> None:
    head = "Date,Description,Amount\n"
    assert make.statement(books, head + "2026-01-13,Shop,-10.00\n", dry_run=True).warnings == ()
    found = make.statement(books, head + "2026-01-13,Shop,-10.00\n2099-01-01,Far,-1.00\n", dry_run=True)
    assert "2099-01-01, more than a year ahead" in found.warnings[0]


def test_a_card_is_asked_for_its_sign_and_keeps_the_answer(books: Store) -> None:
    text = "Date,Payee,Amount\n2026-01-13,Shop,10.00\n2026-01-14,Tea,5.00\n2026-01-15,Back,-2.00\n"
    with pytest.raises(UnreadableFile, match="--positive in or out decides; nothing was imported"):
        make.statement(books, text, "CARD", positive=None)
    assert make.statement(books, text, "CARD", positive="out").net_total == Decimal("-13.00")
    later = text + "2026-01-16,Book,7.00\n"
    assert make.statement(books, later, "CARD").net_total == Decimal("-7.00")


def test_a_heading_nobody_knows_is_asked_for_by_what_was_taken(books: Store) -> None:
    text = "Q1,Q2,Q3\n2026-01-13,Shop,-10.00\n2026-01-14,Pay,20.00\n"
    with pytest.raises(UnreadableFile, match=r"dates from 'Q1', amounts from 'Q3'; .* say --format csv"):
        make.statement(books, text)
    assert make.statement(books, text, format="csv").added == 2
    with pytest.raises(UnreadableFile, match=r"line 2: '13\.01' has no year, .* above the table"):
        make.statement(books, "Date,Text,Amount\n13.01,Shop,-10.00\n", "CARD")


def test_a_format_that_a_person_chooses_later_adds_no_line_again(books: Store) -> None:
    head = "id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC)\n"
    january = head + "t1,charge,c1,100.00,3.20,96.80,usd,2026-01-13 10:00,2026-01-15 00:00\n"
    more = january + "t2,charge,c2,50.00,1.75,48.25,usd,2026-01-14 10:00,2026-01-16 00:00\n"
    assert make.statement(books, january).format == "stripe-balance"
    chosen = make.statement(books, more, format="csv")
    assert (chosen.format, chosen.added, chosen.duplicates) == ("csv", 1, 1)
    back = more + "t3,charge,c3,7.00,0.50,6.50,usd,2026-01-15 10:00,2026-01-17 00:00\n"
    again = make.statement(books, back, format="stripe-balance")
    assert (again.added, again.duplicates, again.net_total) == (1, 2, Decimal("6.50"))


def test_an_encoding_that_is_said_is_kept_with_the_layout(books: Store) -> None:
    text = "Дата;Описание;Сумма\n13.01.2026;Магазин;-10,00\n14.01.2026;Зарплата;20,00\n"
    with pytest.raises(UnreadableFile, match="header is not known"):
        import_statement(books, make.CFO, text.encode("koi8-r"), "a.csv", "OP", now=make.NOW)
    said = import_statement(
        books, make.CFO, text.encode("koi8-r"), "a.csv", "OP", now=make.NOW, encoding="koi8-r"
    )
    more = text + "15.01.2026;Чай;-1,00\n"
    again = import_statement(books, make.CFO, more.encode("koi8-r"), "b.csv", "OP", now=make.NOW)
    assert (said.added, again.added, again.duplicates) == (2, 1, 2)
    with pytest.raises(UnreadableFile, match="'nonsense' is no text encoding"):
        import_statement(books, make.CFO, text.encode(), "c.csv", "OP", now=make.NOW, encoding="nonsense")


def test_rows_that_are_there_with_their_balances_have_not_moved_by_what_stands_before_them(
    books: Store,
) -> None:
    head = "Date,Description,Amount,Balance\n"
    before = "2026-01-14,Rent,12.00,1012.00\n"
    first = "2026-01-15,Coffee,-5.00,1007.00\n2026-01-15,Coffee,-7.00,1000.00\n"
    late = "2026-01-15,Coffee,-5.00,995.00\n2026-01-15,Coffee,-5.00,990.00\n"
    assert make.statement(books, head + late).added == 2
    assert make.statement(books, head + before + first + late).added == 3
    assert make.statement(books, head + first).added == 0
    balances = [b for (b,) in books.rows("select balance from statement_lines order by balance")]
    assert balances == [Decimal(n) for n in (990, 995, 1000, 1007, 1012)]
