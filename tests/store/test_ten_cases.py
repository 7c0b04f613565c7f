"""What people ask of bringing statements in: the ten cases of finance.md section 2, one after the other."""

from decimal import Decimal

import make
import pytest

from tai_ops.errors import Refused
from tai_ops.statements import read_statement
from tai_ops.store import Store
from tai_ops.store.bank import import_statement, saved_layout, undo_import
from tai_ops.store.duplicates import decide_duplicate, possible_duplicates
from tai_ops.store.matches import book_line, decide, reconcile, standing

HEAD = "Date,Description,Amount\n"


@pytest.fixture
def books(store: Store) -> Store:
    make.accounts(store)
    make.loaded(store, "customers", "customer_id,name,status\nA,Acme LLC,live\nB,Beta Foods,live\n")
    make.loaded(
        store,
        "invoices",
        "invoice_number,customer_id,issued_on,due_on,amount,kind\n"
        "INV-1,A,2026-02-05,2026-03-04,500.00,licence\nINV-2,B,2026-02-05,2026-03-04,500.00,licence\n",
    )
    return store


def lines(store: Store, account: str = "OP") -> list[str]:
    return [
        str(amount)
        for (amount,) in store.rows(
            "select amount from statement_lines where account = $a order by booked_on, line_id",
            {"a": account},
        )
    ]


def ofx(*bookings: tuple[str, str, str, str]) -> bytes:
    body = "".join(
        f"<STMTTRN><DTPOSTED>{day}<TRNAMT>{amount}<FITID>{own}<NAME>{payee}</STMTTRN>\n"
        for own, day, amount, payee in bookings
    )
    return f"<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>9001</BANKACCTFROM>{body}</STMTRS></OFX>".encode()


def taken_in(store: Store, data: bytes, name: str) -> tuple[int, int, int]:
    done = import_statement(store, make.CFO, data, name, "OP", now=make.NOW)
    return done.added, done.duplicates, done.possible_duplicates


def test_1_no_real_row_is_lost(books: Store) -> None:
    twice = HEAD + "2026-02-02,COFFEE,-4.50\n2026-02-02,COFFEE,-4.50\n2026-02-06,COFFEE,-4.50\n"
    assert make.statement(books, twice).added == 3
    same_id = ofx(("T-100", "20260209", "-80.00", "WIRE"), ("T-100", "20260209", "-1.50", "WIRE FEE"))
    assert taken_in(books, same_id, "a.ofx") == (2, 0, 0)


def test_2_no_phantom(books: Store) -> None:
    first = ofx(("T-100", "20260202", "-4.50", "TEA HOUSE"), ("T-101", "20260203", "500.00", "ACME"))
    assert taken_in(books, first, "a.ofx") == (2, 0, 0)
    assert taken_in(books, first, "again.ofx") == (0, 2, 0)
    spelled_anew = ofx(("T-100", "20260202", "-4.50", "Tea House NYC"), ("T-102", "20260204", "7.00", "B"))
    assert taken_in(books, spelled_anew, "later.ofx") == (1, 1, 0)
    as_csv = HEAD + "2026-02-02,Tea House NYC,-4.50\n2026-02-28,NEW,-9.00\n"
    added = make.statement(books, as_csv, name="same.csv")
    assert (added.added, added.possible_duplicates) == (2, 1)
    [flagged] = possible_duplicates(books)
    decide_duplicate(books, make.CFO, flagged["line_id"], "join", now=make.NOW)
    assert lines(books) == ["-4.50", "500.00", "7.00", "-9.00"]
    layout = read_statement(as_csv.encode(), name="x.csv", positive="in").layout
    mapped = make.statement(books, as_csv + "\n", name="mapped.csv", layout=layout)
    assert mapped.added == 0


def test_3_what_will_happen_is_shown_and_is_what_happens(books: Store) -> None:
    make.statement(books, HEAD + "2026-02-02,COFFEE,-4.50\n2026-02-17,ACME LLC,500.00\n")
    later = HEAD + "2026-02-02,COFFEE,-4.50\n2026-02-16,Acme LLC ref,500.00\n2026-02-20,RENT,-900.00\n"
    shown = make.statement(books, later, name="later.csv", dry_run=True, with_rows=True)
    assert [fate.state for fate in shown.rows] == ["duplicate", "possible duplicate", "new"]
    assert len(lines(books)) == 2
    done = make.statement(books, later, name="later.csv")
    counts = ("read", "added", "duplicates", "possible_duplicates", "rejected", "net_total")
    assert {k: done.as_json()[k] for k in counts} == {k: shown.as_json()[k] for k in counts}


def test_4_a_fee_or_a_small_rest_is_booked_from_its_line_in_one_step(books: Store) -> None:
    make.statement(books, HEAD + "2026-02-10,ACME LLC INV-1,505.00\n2026-02-11,WIRE FEE,-15.00\n")
    paid, fee = standing(books, "OP", now=make.NOW).unmatched_bank
    decide(books, make.CFO, paid.line_id, "invoice", "INV-1", "confirmed", now=make.NOW)
    for line, amount in ((paid, "5.00"), (fee, "-15.00")):
        values = {"account": "OP", "kind": "fee"}
        entry = book_line(books, make.CFO, line.line_id, "entries", values, now=make.NOW)
        assert books.rows("select amount from entries where entry_id = $e", {"e": entry}) == [
            (Decimal(amount),)
        ]
    assert standing(books, "OP", now=make.NOW).unmatched_bank == ()


def test_5_the_residual_decides(books: Store) -> None:
    make.statement(books, HEAD + "2026-02-10,ACME LLC,500.00\n")
    make.loaded(
        books,
        "payments",
        "payment_id,account,received_on,amount,invoice_number\nP-1,SAVE,2026-02-09,45.00,INV-1\n",
    )
    [line] = standing(books, "OP", now=make.NOW).unmatched_bank
    decide(books, make.CFO, line.line_id, "invoice", "INV-1", "confirmed", now=make.NOW)
    assert [one.left for one in standing(books, "OP", now=make.NOW).unmatched_bank] == [Decimal("45.00")]


def test_6_what_a_person_decided_the_automatic_run_never_undoes(books: Store) -> None:
    make.statement(books, HEAD + "2026-02-10,SOMEONE,500.00\n")
    [line] = standing(books, "OP", now=make.NOW).unmatched_bank
    decide(books, make.CFO, line.line_id, "invoice", "INV-1", "declined", now=make.NOW)
    decide(books, make.CFO, line.line_id, "invoice", "INV-2", "confirmed", now=make.NOW)
    found = reconcile(books, make.CFO, "OP", now=make.NOW)
    assert (found.matched, found.unmatched_bank) == (1, ())
    assert all(match.entry_id != "INV-1" for match in found.pairs)


def test_7_look_alikes_are_ranked_and_never_confirmed(books: Store) -> None:
    make.loaded(books, "customers", "customer_id,name,status\nC,Gull North,live\nD,Gull South,live\n")
    make.loaded(
        books,
        "invoices",
        "invoice_number,customer_id,issued_on,due_on,amount,kind\n"
        "INV-3,C,2026-02-05,2026-03-04,70.00,licence\nINV-4,D,2026-02-05,2026-03-04,70.00,licence\n",
    )
    make.statement(books, HEAD + "2026-02-10,PAYMENT GULL,70.00\n")
    found = reconcile(books, make.CFO, "OP", now=make.NOW)
    assert found.newly_confirmed == 0
    [line] = found.unmatched_bank
    assert [match.entry_id for match in line.suggestions] == ["INV-3", "INV-4"]
    assert all(match.reasons for match in line.suggestions)


def test_8_a_transfer_between_own_accounts_is_one_transfer(books: Store) -> None:
    make.statement(books, HEAD + "2026-02-11,TRANSFER TO SAVINGS,-200.00\n")
    make.statement(books, HEAD + "2026-02-11,TRANSFER FROM OPERATING,200.00\n", account="SAVE", name="s.csv")
    assert reconcile(books, make.CFO, "OP", now=make.NOW).matched == 1
    assert standing(books, "SAVE", now=make.NOW).matched == 1


def test_9_the_layout_of_a_bank_is_kept_once_confirmed(books: Store) -> None:
    unsure = "Remarks\nDay;Text;Sum\n02.03.2026;A;-1.234,50\n03.03.2026;B;5,00\n"
    make.statement(books, unsure, date_order="day")
    kept = saved_layout(books, "OP")
    assert kept is not None
    assert (kept.delimiter, kept.date_order, kept.decimal, kept.positive, kept.header_row) == (
        ";",
        "day",
        ",",
        "in",
        2,
    )
    later = unsure.replace("02.03.", "04.03.").replace("-1.234,50", "7,00")
    assert make.statement(books, later, name="later.csv").added == 1
    card = HEAD + "2026-02-02,SHOP,4.50\n2026-02-03,SHOP TWO,5.50\n"
    said = import_statement(
        books,
        make.CFO,
        card.encode(),
        "c.csv",
        "CARD",
        now=make.NOW,
        format="csv",
        positive="out",
    )
    assert said.net_total == Decimal("-10.00")
    kept = saved_layout(books, "CARD")
    assert kept is not None
    assert (kept.format, kept.format_said, kept.positive) == ("csv", True, "out")
    between = ofx(("T-900", "20260305", "-1.00", "FEE"))
    assert taken_in(books, between, "between.ofx") == (1, 0, 0)
    unsure_alone = unsure.replace("02.03.", "05.04.").replace("03.03.", "06.04.")
    assert make.statement(books, unsure_alone, name="after.csv").added == 2


def test_10_an_import_can_be_undone_while_none_of_its_lines_is_settled(books: Store) -> None:
    done = make.statement(books, HEAD + "2026-02-10,ACME LLC INV-1,500.00\n2026-02-11,OTHER,-15.00\n")
    assert done.statement_id
    [paid] = [one for one in standing(books, "OP", now=make.NOW).unmatched_bank if one.amount > 0]
    decide(books, make.CFO, paid.line_id, "invoice", "INV-1", "confirmed", now=make.NOW)
    with pytest.raises(Refused, match="1 line of this import is reconciled"):
        undo_import(books, make.CFO, done.statement_id, now=make.NOW)
    decide(books, make.CFO, paid.line_id, "invoice", "INV-1", "undone", now=make.NOW)
    with books.write(make.CFO, "close", "close month", now=make.NOW) as write:
        write.sql(
            "insert into closes (month, version, event, done_at, done_by) values ('2026-02', 1, 'closed', $at, 'cfo')",
            {"at": make.NOW},
        )
    with pytest.raises(Refused, match="2026-02 is closed"):
        undo_import(books, make.CFO, done.statement_id, now=make.NOW)
    with books.write(make.CFO, "close", "reopen month", now=make.NOW) as write:
        write.sql(
            "insert into closes (month, version, event, done_at, done_by) values ('2026-02', 2, 'reopened', $at, 'cfo')",
            {"at": make.NOW.replace(minute=1)},
        )
    assert undo_import(books, make.CFO, done.statement_id, now=make.NOW)["removed"] == 2
    assert lines(books) == []
