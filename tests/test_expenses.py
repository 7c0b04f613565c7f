"""Expenses by the day incurred, net of tax, in groups that add up; and what is flagged as unusual."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.cash import Bill, Entry
from tai_ops.company import CATEGORIES, Company
from tai_ops.expenses import Charge, by_label, charges, month_expenses, unusual
from tai_ops.period import Month

MARCH = Month(2026, 3)


def bill(**more: object) -> Bill:
    fields = {
        "bill_id": "B",
        "account": None,
        "incurred_on": date(2026, 3, 5),
        "due_on": None,
        "paid_on": None,
        "payee": "Cloud Co",
        "amount": Decimal("110.00"),
        "tax_amount": Decimal("10.00"),
        "category": "Hosting",
        "reference": None,
        "reimbursable_to": None,
    }
    return Bill(**(fields | more))


def entry(kind: str, amount: str, account: str = "OP") -> Entry:
    return Entry("E", account, date(2026, 3, 31), Decimal(amount), kind, None, None, None)


def charge(day: date, amount: str, payee: str = "Cloud Co", category: str = "other", key: str = "") -> Charge:
    return Charge(key or f"{payee} {day} {amount}", day, payee, Decimal(amount), category, labelled=True)


def test_a_bill_counts_net_of_tax_in_its_mapped_category() -> None:
    company = Company(categories={"hosting": "cloud infrastructure"})
    [found] = charges([bill()], [], company, {})
    assert (found.amount, found.category, found.labelled) == (Decimal("100.00"), "cloud infrastructure", True)
    [bare] = charges([bill(category=" ", tax_amount=None)], [], company, {})
    assert (bare.amount, bare.category, bare.labelled) == (Decimal("110.00"), "other", False)


@pytest.mark.parametrize(
    ("booked", "expected"),
    [
        (entry("fee", "-15.00"), [(Decimal("15.00"), "other")]),
        (entry("fee", "-15.00", "STRIPE"), [(Decimal("15.00"), "processor fees")]),
        (entry("fee", "5.00"), [(Decimal("-5.00"), "other")]),
        (entry("interest", "-7.00"), [(Decimal("7.00"), "other")]),
        (entry("interest", "7.00"), []),
        (entry("tax", "-90.00"), []),
        (entry("owner", "-90.00"), []),
        (entry("transfer", "-90.00"), []),
    ],
)
def test_fees_and_interest_paid_are_expenses_and_nothing_else_that_is_booked(
    booked: Entry, expected: list[tuple[Decimal, str]]
) -> None:
    found = charges([], [booked], Company(), {"OP": "bank", "STRIPE": "processor"})
    assert [(c.amount, c.category) for c in found] == expected


def test_the_mean_is_over_the_months_of_the_three_before_that_had_any() -> None:
    rows = [charge(date(2026, 1, 9), "100"), charge(date(2026, 2, 9), "50"), charge(date(2026, 3, 9), "90")]
    spent = month_expenses(rows, MARCH)
    assert (spent.total, spent.mean, spent.compared) == (
        Decimal(90),
        Decimal(75),
        (Month(2026, 1), Month(2026, 2)),
    )
    assert [(line.name, line.amount, line.mean) for line in spent.by_payee] == [
        ("Cloud Co", Decimal(90), Decimal(75))
    ]
    assert month_expenses(rows, Month(2026, 1)).mean is None


def test_a_month_to_date_leaves_later_days_out() -> None:
    rows = [charge(date(2026, 3, 9), "10"), charge(date(2026, 3, 10), "20")]
    assert month_expenses(rows, MARCH, date(2026, 3, 10)).total == Decimal(10)


CHARGE = st.builds(
    Charge,
    st.uuids().map(str),
    st.dates(date(2025, 12, 1), date(2026, 3, 31)),
    st.sampled_from(["A", "B", "C"]),
    st.decimals(-1000, 1000, places=2),
    st.sampled_from(CATEGORIES),
    st.booleans(),
)


@given(st.lists(CHARGE, max_size=30))
def test_groups_categories_and_payees_each_add_up_to_the_total(rows: list[Charge]) -> None:
    spent = month_expenses(rows, MARCH)
    for lines in (spent.by_group, spent.by_category, spent.by_payee):
        assert sum((line.amount for line in lines), Decimal(0)) == spent.total


PAST = [
    charge(date(2026, 2, 1) + timedelta(days=n), a) for n, a in enumerate("100 102 98 100 104 96".split())
]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [*PAST, charge(date(2026, 3, 2), "251", "New Co")], ["first time"], id="first time over 250"
        ),
        pytest.param([*PAST, charge(date(2026, 3, 2), "250", "New Co")], [], id="first time at 250"),
        pytest.param([charge(date(2026, 3, 2), "999", "New Co")], [], id="nothing on record before"),
        pytest.param([*PAST, charge(date(2026, 3, 2), "106")], [], id="median 100 + 3 MAD of 2"),
        pytest.param([*PAST, charge(date(2026, 3, 2), "106.01")], ["outside its range"], id="a cent over"),
        pytest.param([*PAST[1:], charge(date(2026, 3, 2), "500")], [], id="five charges are too few"),
        pytest.param(
            [*PAST, charge(date(2026, 3, 2), "100", key="x"), charge(date(2026, 3, 5), "100", key="y")],
            ["possible double charge"],
            id="twice within three days",
        ),
        pytest.param(
            [*PAST, charge(date(2026, 3, 2), "100", key="x"), charge(date(2026, 3, 6), "100", key="y")],
            [],
            id="twice within four days",
        ),
    ],
)
def test_what_is_unusual(rows: list[Charge], expected: list[str]) -> None:
    assert [flag.reason for flag in unusual(rows, MARCH)] == expected


@pytest.mark.parametrize(("amount", "flagged"), [("1250.00", False), ("1250.01", True), ("900", False)])
def test_a_category_is_flagged_above_both_limits(amount: str, flagged: bool) -> None:
    rows = [charge(date(2026, m, 9), "1000", category="payroll") for m in (1, 2)]
    rows.append(charge(date(2026, 3, 9), amount, category="payroll"))
    found = [flag.subject for flag in unusual(rows, MARCH) if flag.reason == "category above its mean"]
    assert found == (["payroll"] if flagged else [])


def test_an_own_category_that_rose_is_named_though_another_of_its_kind_fell():
    def spent(month: int, amounts: dict[str, str]) -> list[Charge]:
        day = date(2026, month, 9)
        return [
            Charge(f"{month} {label}", day, label, Decimal(amount), "other", labelled=True, label=label)
            for label, amount in amounts.items()
        ]

    usual = {"travel": "1000", "software": "1000", "rent": "1000"}
    before = [one for month in (1, 2) for one in spent(month, usual)]
    now = spent(3, {"travel": "1600", "software": "1240", "rent": "400"})
    found = [flag for flag in unusual([*before, *now], MARCH) if flag.reason == "category above its mean"]
    assert [flag.subject for flag in found] == ["travel"]
    assert found[0].words == "travel is $1,600.00, $600.00 above its mean of $1,000.00"


def test_the_companys_own_categories_stand_beside_their_means_with_what_they_count_as():
    def one(day, amount, label, category="other", labelled=True):
        return Charge(f"{day} {amount}", day, "P", Decimal(amount), category, labelled, label)

    found = [
        one(date(2026, 2, 3), "60", "meals"),
        one(date(2026, 3, 3), "90", "meals"),
        one(date(2026, 3, 4), "500", "wages", "payroll"),
        one(date(2026, 3, 5), "7", None, labelled=False),
    ]
    lines = by_label(found, MARCH)
    assert [(line.name, line.category, line.amount, line.mean) for line in lines] == [
        ("wages", "payroll", Decimal(500), Decimal(0)),
        ("meals", "other", Decimal(90), Decimal(60)),
        ("without a category", "other", Decimal(7), Decimal(0)),
    ]
    assert sum(line.amount for line in lines) == month_expenses(found, MARCH).total
