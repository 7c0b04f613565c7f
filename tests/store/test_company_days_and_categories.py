"""Holidays come in by country and year with who brought them; a change of the category map says what it would move."""

from datetime import date
from decimal import Decimal

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.public_holidays import countries, parts, public_holidays
from tai_ops.store import Store
from tai_ops.store.calendar import bring_in, holidays
from tai_ops.store.categories import Move, labels, moves
from tai_ops.store.facts import business_calendar
from tai_ops.store.settings import change


def test_the_holidays_of_a_country_and_of_a_part_of_it() -> None:
    assert public_holidays("US", 2026, 2026)[date(2026, 7, 4)] == "Independence Day"
    assert date(2026, 1, 6) not in public_holidays("DE", 2026, 2026)
    assert public_holidays("DE", 2026, 2027, "BY")[date(2026, 1, 6)] == "Epiphany"
    assert countries()["DE"] == "Germany"
    assert "BY" in parts("DE")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("XX", 2026, 2026), "the holidays of 'XX' are not known"),
        (("DE", 2026, 2026, "ZZ"), "'ZZ' is no part of Germany"),
        (("DE", 2027, 2026), "the first not after the last"),
        (("DE", 2026, 2040), "at most 10 years at once"),
    ],
)
def test_what_is_not_known_is_refused(asked: tuple[str, int, int], why: str) -> None:
    with pytest.raises(Refused, match=why):
        public_holidays(*asked)


def test_holidays_come_in_with_who_and_move_deadlines(store: Store) -> None:
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Northwind,live\n")
    days = public_holidays("US", 2026, 2026)
    made = bring_in(store, make.CEO, days, customer_id=None, source="holidays of United States", now=make.NOW)
    assert made.added == len(days)
    again = bring_in(
        store, make.CEO, days, customer_id=None, source="holidays of United States", now=make.NOW
    )
    assert (again.added, again.unchanged) == (0, len(days))
    bring_in(store, make.CEO, {date(2026, 4, 6): "Stocktaking"}, customer_id="C-1", source="x", now=make.NOW)
    found = holidays(store, since=date(2026, 4, 1))
    assert (found[0].customer_id, found[0].name, found[0].recorded_by) == (
        "C-1",
        "Stocktaking",
        make.CEO.email,
    )
    assert business_calendar(store).next_business_day(date(2026, 7, 2)) == date(2026, 7, 6)
    with pytest.raises(NotAllowed):
        bring_in(store, make.CSM, days, customer_id=None, source="x", now=make.NOW)
    with pytest.raises(Refused, match="no customer 'C-9'"):
        bring_in(store, make.CEO, days, customer_id="C-9", source="x", now=make.NOW)


def test_a_map_says_what_it_would_move(store: Store) -> None:
    make.accounts(store)
    head = "bill_id,account,incurred_on,paid_on,payee,amount,tax_amount,category\n"
    rows = (
        "B1,OP,2026-01-05,2026-01-05,AWS,120.00,20.00,Hosting\nB2,OP,2026-02-05,2026-02-05,AWS,240.00,40.00,hosting\n"
        "B3,OP,2026-02-06,2026-02-06,Ads,50.00,,Ads\nB4,OP,2026-02-07,2026-02-07,Us,900.00,,payroll\n"
    )
    make.loaded(store, "bills", head + rows)
    assert [(one.label, one.category, one.bills, one.net) for one in labels(store)] == [
        ("payroll", "payroll", 1, Decimal(900)),
        ("hosting", "other", 1, Decimal(200)),
        ("Hosting", "other", 1, Decimal(100)),
        ("Ads", "other", 1, Decimal(50)),
    ]
    with store.write(make.CFO, "close", "close", now=make.NOW) as write:
        write.sql("insert into closes values ('2026-01', 1, 'closed', null, null, now(), 'x')")
    found = moves(store, {"HOSTING": "Servers", "servers": "cloud infrastructure"})
    assert found == [
        Move("hosting", "other", "cloud infrastructure", 1, Decimal(200), 0),
        Move("Hosting", "other", "cloud infrastructure", 1, Decimal(100), 1),
    ]
    with pytest.raises(Refused, match="comes back to itself"):
        moves(store, {"Hosting": "Servers", "Servers": "hosting"})
    change(store, make.CEO, "categories", {"Hosting": "cloud infrastructure"}, now=make.NOW)
    assert moves(store, {"Hosting": "cloud infrastructure"}) == []
    assert [one.to for one in moves(store, {})] == ["other", "other"]
