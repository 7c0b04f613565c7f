"""Two stores have one digest where, and only where, their tables hold the same values."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.store import Store
from tai_ops.store.digest import columns, digest, table_digests

AT = datetime(2026, 2, 3, 10, 20, tzinfo=UTC)
ROW = ("a", None, Decimal("1.50"), 7, True, date(2026, 2, 3), AT, b"\x00\xff")
TABLE = """
    create table t (
        name varchar, note varchar, amount decimal(18,2), "interval" bigint, ok boolean, day date,
        seen_at timestamptz, content blob
    )
"""


def of(*rows: Iterable[Any]) -> str:
    with duckdb.connect(":memory:") as connection:
        connection.execute(TABLE)
        for row in rows:
            connection.execute("insert into t values (?, ?, ?, ?, ?, ?, ?, ?)", list(row))
        return digest(connection)


def hashed(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()


def changed(place: int, value: Any) -> tuple[Any, ...]:
    return (*ROW[:place], value, *ROW[place + 1 :])


def test_the_order_of_rows_does_not_matter_and_twins_count() -> None:
    other = changed(0, "b")
    assert of(ROW, other) == of(other, ROW)
    assert len({of(), of(ROW), of(ROW, ROW), of(ROW, ROW, ROW)}) == 4


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(changed(1, ""), id="empty is not unknown"),
        pytest.param(changed(0, None), id="another column is unknown"),
        pytest.param(changed(2, Decimal("1.51")), id="a cent"),
        pytest.param(changed(3, None), id="a number unknown"),
        pytest.param(changed(4, False), id="a flag"),
        pytest.param(changed(5, date(2026, 2, 4)), id="a day"),
        pytest.param(changed(6, AT + timedelta(microseconds=1)), id="a microsecond"),
        pytest.param(changed(7, b"\x00\xfe"), id="a bit"),
        pytest.param(changed(7, b""), id="no bytes"),
    ],
)
def test_any_value_matters(other: tuple[Any, ...]) -> None:
    assert of(ROW) != of(other)


@pytest.fixture(scope="module")
def two_texts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("create table t (a varchar, b varchar)")
        yield connection


TEXT = st.none() | st.text("a|-\x1f1", max_size=3)


@settings(max_examples=60, deadline=None)
@given(one=st.tuples(TEXT, TEXT), two=st.tuples(TEXT, TEXT))
def test_text_cannot_imitate_another_row(
    two_texts: duckdb.DuckDBPyConnection, one: tuple[str | None, ...], two: tuple[str | None, ...]
) -> None:
    found: list[str] = []
    for row in (one, two):
        two_texts.execute("delete from t")
        two_texts.execute("insert into t values (?, ?)", list(row))
        found.append(digest(two_texts))
    assert (found[0] == found[1]) == (one == two)


def test_the_digest_of_known_rows_is_what_anybody_can_work_out_without_the_engine() -> None:
    seen_at = int(AT.timestamp()) * 1_000_000
    content = hashlib.sha256(b"\x00\xff").hexdigest()
    text = f"1.50|{content}|2026-02-03|7|a||true|{seen_at}|1|-1"
    half = int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little")
    names = ["amount", "content", "day", "interval", "name", "note", "ok", "seen_at"]
    table = ["t", 2, hashed([names, 2, 2 * half])]
    assert of(ROW, ROW) == hashed([table])


def test_every_table_is_in_it_and_those_named_are_left_out(store: Store) -> None:
    make.examples(store)
    with store.cursor() as cursor:
        tables = table_digests(cursor)
        assert tables.keys() == columns(cursor).keys()
        assert tables["people"][0] == 2
        before = digest(cursor, without=("store_facts",)), digest(cursor)
        cursor.execute("insert into store_facts (name, value) values ('a', 'b')")
        after = digest(cursor, without=("store_facts",)), digest(cursor)
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_temporary_tables_and_views_are_no_part_of_it(store: Store) -> None:
    with store.cursor() as cursor:
        before = digest(cursor)
        cursor.execute("create temp table incoming as select 1 as n")
        cursor.execute("create temp view seen as select * from people")
        assert digest(cursor) == before
