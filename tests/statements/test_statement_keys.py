"""Row keys and saved layouts: the same line keeps its key from one export to the next, whatever the mapping says."""

import csv
import io
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from statements.statement_text import amounts, dates, read

from tai_ops.statements import Layout
from tai_ops.statements.keys import occurrences

HEAD = "Date,Description,Amount,Balance\n"
JANUARY = "2026-01-29,Tea,-5.00,95.00\n2026-01-30,Tea,-5.00,90.00\n2026-01-30,Tea,-5.00,85.00\n"


def keys(statement):
    return list(zip(statement.columns.row_key, statement.columns.occurrence, strict=True))


def test_the_running_balance_is_no_part_of_a_key():
    first = read(HEAD + JANUARY)
    later = read(
        HEAD + "2026-01-30,Tea,-5.00,190.00\n2026-01-30,Tea,-5.00,185.00\n2026-01-31,Pay,9.00,194.00\n"
    )
    assert set(keys(first)) & set(keys(later)) == set(keys(first)[1:])
    assert len(set(keys(first))) == 3
    assert first.layout.key.balance == 3


def test_every_other_cell_is_part_of_a_key():
    head = "Date,Description,Amount,Branch\n"
    one = read(head + "2026-01-30,Tea,-5.00,A\n")
    assert keys(one) != keys(read(head + "2026-01-30,Tea,-5.00,B\n"))
    assert keys(one) == keys(read(head + '"2026-01-30","Tea","-5.00","A"\n'))


def test_a_changed_mapping_changes_no_key():
    head = "Date,Description,Amount,Transaction ID,Name\n"
    text = head + "2026-01-30,Tea,-5.00,T1,Shop\n2026-01-31,Pay,9.00,T2,Firm\n"
    first = read(text)
    columns = replace(first.layout.columns, payee=1, description=(4,), bank_id=None, balance=None)
    remapped = read(text, layout=replace(first.layout, columns=columns, positive="out"))
    assert amounts(remapped) == ["5.00", "-9.00"]
    assert keys(remapped) == keys(first)


def test_the_banks_id_with_the_amount_is_the_key():
    head = "Date,Description,Amount,Transaction ID\n"
    first = read(head + "2026-01-30,Tea,-5.00,T1\n2026-01-30,Fee,-0.50,T1\n2026-01-31,Pay,9.00,T2\n")
    renamed = read(head + "2026-01-30,TEA HOUSE,-5.00,T1\n2026-01-30,FEE,-0.50,T1\n2026-01-31,PAY,9.00,T2\n")
    assert keys(first) == keys(renamed)
    assert len(set(keys(first))) == 3
    twice = read(head + "2026-01-30,Tea,-5.00,T1\n2026-01-30,Tea,-5.00,T1\n2026-01-31,Pay,9.00,T2\n")
    assert [n for _, n in keys(twice)] == [1, 2, 1]


def test_a_row_number_is_no_id():
    statement = read("ID,Date,Description,Amount\n1,2026-01-30,Tea,-5.00\n2,2026-01-31,Tea,-5.00\n")
    assert statement.layout.columns.bank_id is None


def test_an_id_that_comes_back_on_another_day_is_no_id():
    text = "Date,Description,Amount,Transaction ID\n2026-01-30,Rent,-5.00,SO-1\n2026-02-28,Rent,-5.00,SO-1\n2026-03-01,Tea,-1.00,X-2\n"
    statement = read(text)
    assert statement.layout.key.bank_id is None
    later = read(
        "Date,Description,Amount,Transaction ID\n2026-03-30,Rent,-5.00,SO-1\n", layout=statement.layout
    )
    assert not set(keys(later)) & set(keys(statement))


def test_occurrences_count_within_an_account():
    assert occurrences(["a", "a", "b", "a"], ["x", "y", "x", "x"]) == [1, 1, 1, 2]


def test_a_saved_layout_survives_json_and_decides_what_a_file_leaves_open():
    first = read("Date,Description,Amount\n04/13/2026,Tea,-5.00\n05/04/2026,Pay,9.00\n")
    saved = Layout.from_json(first.layout.as_json())
    assert saved == first.layout
    short = "Date,Description,Amount\n06/05/2026,Tea,-5.00\n"
    assert read(short).sure is False
    again = read(short, layout=saved)
    assert (again.sure, dates(again)) == (True, ["2026-06-05"])
    assert dates(read(short, layout=saved, date_order="day")) == ["2026-05-06"]


def test_a_saved_layout_that_does_not_fit_is_found_anew():
    saved = read("Date,Description,Amount\n04/13/2026,Tea,-5.00\n").layout
    other = read(
        "Posted,Booking date,Money out,Money in\nx,2026-01-30,5.00,\ny,2026-01-31,,7.00\n", layout=saved
    )
    assert amounts(other) == ["-5.00", "7.00"]
    assert any("does not fit" in warning for warning in other.warnings)
    assert saved.fits(["date", " Description ", "AMOUNT", ""], 4)
    assert not saved.fits(["Date", "Description", "Total"], 3)


def test_what_was_said_once_is_kept():
    text = "Date,Merchant,Card number,Amount\n2026-01-30,Shop,1234,10.00\n2026-01-31,Shop,1234,4.00\n"
    assert read(text).layout.positive is None
    confirmed = read(text, positive="out").layout
    again = read(text, layout=confirmed)
    assert (amounts(again), again.sure_sign) == (["-10.00", "-4.00"], True)
    pair = read("01/13/2026,Rent,100.00,\n01/14/2026,Pay,,50.00\n", positive="out").layout
    assert amounts(read("01/13/2026,Rent,100.00,\n01/14/2026,Pay,,50.00\n", layout=pair)) == [
        "100.00",
        "-50.00",
    ]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


@given(
    st.lists(st.tuples(st.integers(1, 28), CELLS, st.integers(-(10**6), 10**6)), min_size=1, max_size=8),
    st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_keys_depend_on_rows_alone_and_not_on_where_the_export_begins(rows, opening):
    def exported(lines):
        sheet = io.StringIO()
        writer = csv.writer(sheet)
        writer.writerow(("Date", "Description", "Amount", "Balance"))
        balance = opening
        for day, text, cents in lines:
            balance += cents
            writer.writerow((f"2026-01-{day:02d}", text, f"{cents / 100:.2f}", f"{balance / 100:.2f}"))
        return sheet.getvalue()

    layout = read(HEAD + JANUARY).layout
    whole = read(exported(rows), layout=layout)
    assert len(set(keys(whole))) == len(rows)
    tail = read(exported(rows[1:]), layout=layout)
    kept = set(keys(whole))
    assert all(key in kept for key in keys(tail))
