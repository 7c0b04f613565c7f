"""Overlapping exports of one account in any format, taken in in any order and twice, end in the same set of lines."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import count, pairwise

import make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements.export_files import TABLES, Line, Written
from statements.test_statement_roundtrip import bai2, camt, mt940, mt942, ofx, qif, tsv, workbook

from tai_ops.store import Store
from tai_ops.store.bank import import_statement

ROWS = st.lists(
    st.tuples(
        st.integers(1, 5), st.integers(-900, 900).filter(bool), st.sampled_from(["SHOP", "RENT", "ACME"])
    ),
    min_size=1,
    max_size=6,
).flatmap(lambda rows: st.lists(st.sampled_from(rows), min_size=1, max_size=10))
"""A few lines, most of them several times."""
NUMBERS = count()


def _record(write: Callable[..., bytes]) -> Callable[..., bytes]:
    return lambda lines, ids, opening: write(lines)


def _ofx(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """OFX names each booking by an id of the bank's, which it has in every export."""
    text = ofx(lines, xml=False).decode()
    for n, own in reversed(list(enumerate(ids))):
        text = text.replace(f"<FITID>id-{n}\n", f"<FITID>bank-{own}\n")
    return text.encode()


def _tabbed(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    return TABLES["balanced"].write(lines, ids, opening).replace(b",", b"\t")


FORMATS = TABLES | {
    "ofx": Written("ofx", _ofx, ids=True),
    "mt940": Written("mt940", _record(mt940), currency="EUR", account="1/2"),
    "mt942": Written("mt940", _record(mt942), currency="EUR", account="1/2"),
    "camt": Written("camt", _record(camt), currency="EUR"),
    "qif": Written("qif", _record(qif), date_order="month"),
    "bai2": Written("bai2", _record(bai2), account="1"),
    "tsv": Written("tsv", _record(tsv)),
    "xlsx": Written("xlsx", _record(workbook)),
    "tsv with balances": Written("tsv", _tabbed, balances=True),
}
"""Every format that is written in tests."""


@pytest.fixture(scope="module")
def books() -> Iterator[Store]:
    store = Store.in_memory()
    yield store
    store.close()


def _spans(data: st.DataObject, ends: Sequence[int]) -> list[tuple[int, int]]:
    """Stretches of the lines between those places that cover them all, each reaching into its neighbours or not."""
    inner = sorted(set(data.draw(st.lists(st.sampled_from(ends), max_size=2)))) if len(ends) > 1 else []
    cuts = sorted({0, *inner, ends[-1]})
    spans: list[tuple[int, int]] = []
    for start, end in pairwise(cuts):
        first = data.draw(st.sampled_from([n for n in (0, *ends) if n <= start]))
        last = data.draw(st.sampled_from([n for n in ends if n >= end]))
        spans.append((first, last))
    return data.draw(st.permutations(spans))


def _taken_in(
    store: Store, written: Written, whole: Sequence[Line], spans: Sequence[tuple[int, int]], opening: int
) -> None:
    """The exports come in one after the other, then all of them again; what the account then holds is the whole."""
    account = f"A{next(NUMBERS)}"
    make.loaded(
        store,
        "accounts",
        f"account,name,kind,currency,opened_on\n{account},Account,bank,{written.currency},2026-01-01\n",
    )
    whole = [(day, written.told(cents), text) for day, cents, text in whole]
    ids = [f"{n:04d}" for n in range(len(whole))]
    held = 0
    for n, (start, end) in enumerate([*spans, *spans]):
        before = opening + sum(cents for _, cents, _ in whole[:start])
        file = written.write(whole[start:end], ids[start:end], before)
        done = import_statement(
            store,
            make.CFO,
            file,
            f"{n}.x",
            account,
            now=make.NOW,
            date_order=written.date_order,
            account_in_file=written.account,
        )
        held += done.added
        assert n < len(spans) or done.added == 0
    found = store.rows(
        f"select booked_on, amount, {'payee' if written.payee else 'description'} from statement_lines "
        f"where account = '{account}'"
    )
    assert held == len(found)
    assert sorted(found) == sorted((day, Decimal(cents) / 100, text) for day, cents, text in whole)


@pytest.mark.parametrize("name", FORMATS)
@given(rows=ROWS, data=st.data())
@settings(max_examples=3)
def test_any_order_of_overlapping_exports(
    books: Store, name: str, rows: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    """Exports of whole days, as a bank makes them; cut in the middle of a day where ids or balances tell equal rows apart.

    Two equal rows with the same balance after them can't be told apart, so no day that holds such is cut.
    """
    whole = sorted(((date(2026, 2, day), cents, text) for day, cents, text in rows), key=lambda row: row[0])
    opening = data.draw(st.integers(-9999, 9999))
    left = [opening + sum(cents for _, cents, _ in whole[: n + 1]) for n in range(len(whole))]
    alike = len(set(zip(whole, left, strict=True))) < len(whole)
    cut = FORMATS[name].apart and (FORMATS[name].ids or not alike)
    ends = [n for n in range(1, len(whole) + 1) if cut or n == len(whole) or whole[n][0] != whole[n - 1][0]]
    _taken_in(books, FORMATS[name], whole, _spans(data, ends), opening)
