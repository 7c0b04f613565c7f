"""The store as it stood at a past instant: each table's rows of then, nothing written."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.kinds import RECORDS
from tai_ops.period import Week
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import weekly_review
from tai_ops.store import Store, records
from tai_ops.store.facts import facts, window
from tai_ops.store.freshness import version
from tai_ops.store.past import ALWAYS, BELONGS, Past, recorded_by_column

MARCH, AT, LATER = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (2, 20, 25))
HEAD = "customer_id,name,status\n"


def past(store: Store) -> Past:
    return Past(store, AT)


def test_every_table_is_told_of_a_past_instant(store: Store) -> None:
    columns = store.rows(
        """
        select table_name, list(column_name order by column_index) from duckdb_columns()
        where schema_name = 'main' and not internal and database_name = current_database() group by all
        """
    )
    kinds = {kind.table for kind in RECORDS.values()}
    untold = [
        table
        for table, names in columns
        if table not in kinds | set(BELONGS) | ALWAYS and recorded_by_column(table, names) is None
    ]
    assert untold == [], "say in store/past.py when their rows came, or what they belong to"


def test_a_record_reads_as_it_stood_and_what_came_later_is_not_there(store: Store) -> None:
    make.loaded(store, "customers", f"{HEAD}C-1,Apex,signed\nC-2,Brio,live\n", now=MARCH)
    make.loaded(store, "customers", f"{HEAD}C-1,Apex,live\nC-3,Corv,live\n", now=LATER)
    records.void(store, LOCAL_OWNER, RECORDS["customers"], "C-2", "entered twice", now=LATER)
    then = past(store)
    said = "select customer_id, status from customers order by 1"
    assert then.rows(said) == [("C-1", "signed"), ("C-2", "live")]
    assert store.rows(said) == [("C-1", "live"), ("C-3", "live")]
    assert [c.status for c in facts(then, window(then, AT)).customers] == ["signed", "live"]


def test_what_is_told_row_by_row_ends_at_the_instant(store: Store) -> None:
    make.accounts(store)
    week = Week(date(2026, 3, 6))
    for at, body in ((MARCH, "Early"), (LATER, "Late")):
        weekly_review.add_note(store, LOCAL_OWNER, week, "wins", kind="win", body=body, now=at)
    make.statement(store, "Date,Amount,Description\n2026-03-03,-9.00,Cloud\n", now=LATER)
    then = past(store)
    assert [one.body for one in facts(then, window(then, AT)).notes] == ["Early"]
    assert then.rows("select * from statement_lines") == then.rows("select * from statement_rows") == []
    assert len(store.rows("select * from statement_lines")) == 1


def test_nothing_is_written_into_the_past(store: Store) -> None:
    week, then = Week(date(2026, 3, 20)), past(store)
    with pytest.raises(Refused, match="as it stood 2026-03-20"):
        weekly_review.add_note(then, LOCAL_OWNER, week, "wins", kind="win", body="x", now=AT)
    who_looks_back = replace(LOCAL_OWNER, looks_at=week.friday)
    with pytest.raises(NotAllowed):
        weekly_review.add_note(then, who_looks_back, week, "wins", kind="win", body="x", now=AT)
    assert store.rows("select * from review_notes") == []


def test_a_late_entry_makes_the_past_be_read_anew(store: Store) -> None:
    before = version(past(store))
    make.loaded(store, "customers", f"{HEAD}C-1,Apex,live\n", now=LATER)
    assert version(past(store)) != before
    assert version(Past(store, AT - timedelta(days=7))) != version(past(store))
