"""Overlapping exports of one account in any format, taken in in any order and twice, end in the same set of lines."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements.test_statement_roundtrip import bai2, camt, mt940, ofx, qif, tsv, workbook

from tai_ops.store import Store
from tai_ops.store.bank import import_statement

Lines = list[tuple[date, int, str]]
ROWS = st.lists(
    st.tuples(
        st.integers(1, 9), st.integers(-900, 900).filter(bool), st.sampled_from(["SHOP", "RENT", "ACME"])
    ),
    min_size=1,
    max_size=10,
)
WRITERS: dict[str, Callable[[Lines], bytes]] = {
    "mt940": mt940,
    "camt": camt,
    "qif": qif,
    "bai2": bai2,
    "tsv": tsv,
    "xlsx": workbook,
}


@pytest.mark.parametrize("format_id", [*WRITERS, "ofx"])
@given(rows=ROWS, data=st.data())
@settings(max_examples=5, deadline=None)
def test_any_order_of_overlapping_exports(
    format_id: str, rows: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    """Exports of whole days, as a bank makes them: from any day through any later one."""
    whole = sorted((date(2026, 2, day), cents, text) for day, cents, text in rows)
    days = sorted({line[0] for line in whole})
    first = data.draw(st.integers(0, len(days) - 1))
    last = data.draw(st.integers(first, len(days) - 1))
    spans = [(days[0], days[last]), (days[first], days[-1]), (days[first], days[last])]
    parts = [[line for line in whole if start <= line[0] <= end] for start, end in spans]
    store = Store.in_memory()
    currency = "EUR" if format_id in {"mt940", "camt"} else "USD"
    make.loaded(
        store,
        "accounts",
        f"account,name,kind,currency,opened_on,opening_balance\nOP,Operating,bank,{currency},2026-01-01,0.00\n",
    )
    for n, part in enumerate([*data.draw(st.permutations(parts)), *parts]):
        written = _ofx(whole, part) if format_id == "ofx" else WRITERS[format_id](part)
        done = import_statement(
            store,
            make.CFO,
            written,
            f"{n}.x",
            "OP",
            now=make.NOW,
            date_order="month" if format_id == "qif" else None,
        )
        assert n < len(parts) or done.added == 0
    found = store.rows("select booked_on, amount, description from statement_lines")
    assert sorted(found) == sorted((day, Decimal(cents) / 100, text) for day, cents, text in whole)
    store.close()


def _ofx(whole: Lines, part: Lines) -> bytes:
    """OFX names each booking by an id of the bank's, which it has in every export."""
    text = ofx(part, xml=False).decode()
    begin = next(n for n in range(len(whole)) if whole[n : n + len(part)] == part)
    for n in reversed(range(len(part))):
        text = text.replace(f"<FITID>id-{n}\n", f"<FITID>bank-{begin + n}\n")
    return text.encode()
