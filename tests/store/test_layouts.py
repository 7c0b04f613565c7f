"""The layouts that an account keeps: one of each kind of file, each to change and to forget by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

import make
import pytest

from tai_ops.errors import Refused
from tai_ops.store import Store
from tai_ops.store.bank import import_statement
from tai_ops.store.layouts import change, kept, undecided

LONG = "Date,Description,Amount\n01/30/2026,TEA,-5.00\n02/03/2026,PAY,9.00\n"
WIDE = "Booking date;Details;Paid out;Paid in\n13.02.2026;RENT;7,00;\n"


def at(minutes: int) -> datetime:
    return make.NOW + timedelta(minutes=minutes)


def taken_in(store: Store, text: str, name: str, minutes: int) -> None:
    import_statement(store, make.CFO, text.encode(), name, "OP", now=at(minutes))


def test_every_kind_of_file_is_listed_and_changed_by_itself(store: Store) -> None:
    make.accounts(store)
    taken_in(store, LONG, "long.csv", 0)
    taken_in(store, WIDE, "wide.csv", 1)
    orders = {one.layout.header[0]: one.layout.date_order for one in kept(store)}
    assert orders == {"Date": "month", "Booking date": "day"}
    old = next(one for one in kept(store) if one.layout.header[0] == "Date")
    change(store, make.CFO, "OP", undecided(old.layout), now=at(2))
    assert {one.layout.header[0]: one.decided for one in kept(store)} == {"Date": False, "Booking date": True}
    unsure = "Date,Description,Amount\n03/04/2026,TEA,-6.00\n"
    with pytest.raises(Refused, match="date"):
        taken_in(store, unsure, "march.csv", 3)
    change(store, make.CFO, "OP", replace(old.layout, date_order="day"), now=at(4))
    taken_in(store, unsure, "march.csv", 5)
    assert store.row("select booked_on::text from statement_lines where amount = -6") == ("2026-04-03",)


def test_a_kind_of_file_that_the_account_never_had_is_refused(store: Store) -> None:
    make.accounts(store)
    taken_in(store, LONG, "long.csv", 0)
    [one] = kept(store)
    with pytest.raises(Refused, match="keeps no layout of such a file"):
        change(store, make.CFO, "OP", replace(one.layout, format="tsv"), now=at(1))
