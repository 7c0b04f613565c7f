"""Cash: which flows are burn, how long the money lasts, what is in hand."""

from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops import cash
from tai_ops.cash import Account, AccountMonth, Balance, Bill, Burn, Entry
from tai_ops.kinds import KINDS
from tai_ops.period import Month

JAN, FEB, MAR, APR = (Month(2026, n) for n in (1, 2, 3, 4))
NONE_CLOSED = frozenset()


def row(
    month=FEB,
    cash_out="0",
    *,
    cash_in="0",
    account="OPERATING",
    kind="bank",
    source="bank",
    nature="operating",
):
    return AccountMonth(account, kind, month, source, nature, Decimal(cash_in), Decimal(cash_out))


def balance(account, amount, kind="bank", currency="USD", *, as_of=date(2026, 2, 28), basis="reconciled"):
    return Balance(account, kind, currency, as_of, None if amount is None else Decimal(amount), basis)


@pytest.mark.parametrize("kind, shape", [("accounts", Account), ("bills", Bill), ("entries", Entry)])
def test_rows_have_the_columns_of_their_kind(kind, shape):
    assert tuple(field.name for field in fields(shape)) == KINDS[kind].names


@pytest.mark.parametrize(
    "kind, counter, nature",
    [
        ("transfer", "bank", "transfer"),
        ("transfer", "processor", "transfer"),
        ("transfer", None, "transfer"),
        ("transfer", "card", "operating"),
        ("financing", None, "financing"),
        ("loan", None, "financing"),
        ("owner", None, "owner"),
        *((kind, None, "operating") for kind in ("tax", "interest", "fee", "other")),
    ],
)
def test_nature_of_entries(kind, counter, nature):
    assert cash.nature_of(kind, counter) == nature


def test_bank_lines_are_the_truth_for_an_account_and_month_that_has_them():
    rows = [
        row(cash_out="900", cash_in="200"),
        row(cash_out="5000", source="books"),  # the same account and month, in the books
        row(cash_out="70", account="SECOND", source="books"),
        row(MAR, "40", source="books"),
    ]
    flows = cash.operating_flows(rows)
    feb, mar = flows[FEB], flows[MAR]
    assert (feb.cash_in, feb.cash_out, feb.net_burn, feb.basis) == (200, 970, 770, "bank and books")
    assert (mar.net_burn, mar.basis) == (40, "books")


def test_a_bill_of_no_account_counts_only_where_no_bank_line_could_hold_it():
    bill = {"account": None, "kind": None, "source": "books"}
    flows = cash.operating_flows([row(cash_out="900"), row(cash_out="30", **bill), row(MAR, "40", **bill)])
    assert [flow.cash_out for flow in flows.values()] == [900, 40]


@pytest.mark.parametrize("nature", ["transfer", "financing", "owner"])
def test_what_is_not_operating_is_no_burn_but_is_data(nature):
    assert cash.burn([row(cash_in="400000", cash_out="10", nature=nature)], FEB) == Burn(
        Decimal(0), Decimal(0)
    )


def test_a_card_counts_when_it_is_paid():
    rows = [
        row(cash_out="800", account="CARD", kind="card"),
        row(cash_out="800", account="CARD", kind="card", source="books"),
        row(MAR, "800", nature=cash.nature_of("transfer", "card")),
    ]
    assert cash.burn(rows, FEB) is None
    assert cash.burn(rows, MAR) == Burn(Decimal(800), Decimal(800))


def test_burn_of_a_month_without_rows_is_unknown():
    assert cash.burn([row()], JAN) is None


sums = st.decimals(0, 10**6, places=2)
account_months = st.builds(
    AccountMonth,
    st.sampled_from(["A", "B"]),
    st.just("bank"),
    st.sampled_from([JAN, FEB]),
    st.sampled_from(["bank", "books"]),
    st.sampled_from(["operating", "transfer", "financing", "owner"]),
    sums,
    sums,
)


@given(st.lists(account_months, max_size=8))
def test_a_months_burn_is_the_sum_of_its_accounts(rows):
    flows = cash.operating_flows(rows)
    alone = [cash.operating_flows(one for one in rows if one.account == account) for account in "AB"]
    for month, flow in flows.items():
        assert flow.net_burn == sum(part[month].net_burn for part in alone if month in part)


@pytest.mark.parametrize("balances", [pytest.param(("300000", "275000", "250000"), id="W23")])
def test_burn_from_balances(balances):
    opening, middle, closing = map(Decimal, balances)
    burned = [cash.net_burn_of_balances(opening, middle), cash.net_burn_of_balances(middle, closing)]
    assert burned == [Decimal(25000), Decimal(25000)]
    rows = [row(month, str(burn)) for month, burn in zip((JAN, FEB), burned, strict=True)]
    found = cash.runway(closing, rows, date(2026, 2, 28), NONE_CLOSED)
    assert (found.months, found.average_net_burn, found.reason) == (10, 25000, "2 of 3 months")
    assert cash.net_burn_of_balances(opening, Decimal(675000), Decimal(400000)) == 25000


@pytest.mark.parametrize(
    "held, burned, months, out_on",
    [
        pytest.param("4200000", "350000", "12", date(2027, 3, 31), id="W24-a"),
        pytest.param("4200000", "280000", "15", date(2027, 6, 30), id="W24-b"),
        pytest.param("500000", "40000", "12.5", date(2027, 4, 15), id="W26"),
    ],
)
def test_runway(held, burned, months, out_on):
    rows = [row(month, burned) for month in (JAN, FEB, MAR)]
    found = cash.runway(Decimal(held), rows, date(2026, 3, 31), frozenset({JAN}))
    assert (found.months, found.cash_out_on, found.reason) == (Decimal(months), out_on, None)
    assert (found.months_used, found.closed) == ((JAN, FEB, MAR), (JAN,))


def test_runway_averages_the_last_whole_months_that_have_rows():
    rows = [row(Month(2025, 11), "9"), row(JAN, "30"), row(FEB, "10"), row(APR, "1000")]
    found = cash.runway(Decimal(100), rows, date(2026, 4, 29), NONE_CLOSED)
    assert (found.months_used, found.months) == ((Month(2025, 11), JAN, FEB), Decimal(300) / 49)
    assert cash.runway(Decimal(100), rows, date(2026, 4, 30), NONE_CLOSED).months_used == (JAN, FEB, APR)
    assert cash.runway(Decimal(100), rows, date(2026, 3, 3), NONE_CLOSED, window=1).months == 10
    six = cash.runway(Decimal(100), rows, date(2026, 3, 3), NONE_CLOSED, window=6)
    assert (six.months_used, six.reason) == ((Month(2025, 11), JAN, FEB), "3 of 6 months")


@pytest.mark.parametrize(
    "held, rows, months, reason",
    [
        ("100", [], None, "no data"),
        ("100", [row(cash_out="10", cash_in="10")], None, "not burning; 1 of 3 months"),
        ("-5", [row(m, cash_in="10") for m in (JAN, FEB, MAR)], None, "not burning"),
        (None, [row(m, "10") for m in (JAN, FEB, MAR)], None, "cash is not known"),
        ("0", [row(m, "10") for m in (JAN, FEB, MAR)], 0, None),
        ("-5", [row(m, "10") for m in (JAN, FEB, MAR)], 0, None),
    ],
)
def test_runway_where_it_is_no_number(held, rows, months, reason):
    found = cash.runway(None if held is None else Decimal(held), rows, date(2026, 3, 31), NONE_CLOSED)
    assert (found.months, found.reason) == (months, reason)
    assert found.cash_out_on == (date(2026, 3, 31) if months == 0 else None)


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.decimals(0, 60, places=3), st.decimals(0, 3, places=3)
)
def test_more_runway_never_ends_sooner(as_of, months, more):
    assert as_of <= cash.cash_out_on(as_of, months) <= cash.cash_out_on(as_of, months + more)


def test_a_part_of_a_month_never_passes_the_next_whole_one():
    assert cash.cash_out_on(date(2026, 1, 31), Decimal("0.99")) == date(2026, 2, 28)
    assert cash.cash_out_on(date(2026, 1, 31), Decimal(1)) == date(2026, 2, 28)


def test_a_cash_out_date_beyond_a_century_is_left_out():
    assert cash.cash_out_on(date(2026, 1, 1), Decimal(1200)) == date(2126, 1, 1)
    assert cash.cash_out_on(date(2026, 1, 1), Decimal("1200.1")) is None


def test_total_cash_nets_no_card_and_sums_no_second_currency():
    euros = balance("EUR", "500", currency="EUR")
    found = cash.total_cash(
        [
            balance("OPERATING", "1000.50"),
            balance("SAVINGS", "200", as_of=date(2026, 1, 31), basis="statement, unreconciled"),
            balance("STRIPE", "30", "processor"),
            balance("CARD", "-450", "card", basis="books"),
            balance("EURCARD", "-9", "card", "EUR"),
            balance("NEW", None, basis="books"),
            euros,
        ],
        "USD",
    )
    assert (found.total, found.bank, found.processor) == (Decimal("1230.50"), Decimal("1200.50"), Decimal(30))
    assert (found.basis, found.as_of) == ("statement, unreconciled", date(2026, 1, 31))
    assert (found.others, found.unknown) == ((euros,), ("NEW",))
    assert found.words == (
        "balances of Sat 31 Jan 2026 to Sat 28 Feb 2026, 2 of 3 accounts reconciled; without NEW; "
        "other currencies apart: EUR EUR"
    )
    assert [one.basis_words for one in found.known] == ["reconciled", "statement", "reconciled"]
    assert balance("NEW", None).basis_words == "none"


def test_what_cash_rests_on_is_said_in_one_way():
    friday, february = date(2026, 4, 3), date(2026, 2, 28)
    assert cash.rests_on([]) == ""
    assert cash.rests_on([(friday, "reconciled")]) == "balance of Fri 3 Apr 2026, reconciled"
    assert (
        cash.rests_on([(friday, "books")]) == "balance of Fri 3 Apr 2026, not reconciled, by the books alone"
    )
    assert cash.rests_on([(february, "reconciled")] * 2) == (
        "balances of Sat 28 Feb 2026, all 2 accounts reconciled"
    )
    assert cash.rests_on([(friday, "books"), (february, "statement, unreconciled")]) == (
        "balances of Sat 28 Feb 2026 to Fri 3 Apr 2026, none of 2 accounts reconciled, 1 by the books alone"
    )


def test_cash_is_unknown_without_a_known_balance():
    found = cash.total_cash([balance("CARD", "-450", "card"), balance("NEW", None)], "USD")
    assert (found.total, found.bank, found.processor, found.basis, found.as_of) == (None,) * 5


def test_an_account_is_called_by_its_name_and_by_its_code_too_where_two_share_it():
    def named(account, name):
        return cash.Account(account, name, "bank", "USD", date(2026, 1, 1), None)

    held = [named("OP", "Operating"), named("EU", "Savings"), named("US", "Savings"), named("NEW", "")]
    assert cash.account_names(held) == {
        "OP": "Operating",
        "EU": "Savings (EU)",
        "US": "Savings (US)",
        "NEW": "NEW",
    }
