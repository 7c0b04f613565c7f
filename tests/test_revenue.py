from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.company import Company
from tai_ops.deferral import deferred
from tai_ops.figure import Figure
from tai_ops.money import CENT, ZERO, cents
from tai_ops.mrr import (
    Cohort,
    Flow,
    Subscription,
    arr,
    cohort,
    contracted_arr,
    grr_pct,
    logo_churn_pct,
    movements,
    mrr,
    mrr_by_customer,
    nrr_pct,
    quick_ratio,
    yearly_churn_pct,
)
from tai_ops.period import Month, months_between
from tai_ops.recognition import CustomerRevenue, Invoice, Service, recognised, recognised_to, schedule

D = Decimal
JAN, MAR = Month(2026, 1), Month(2026, 3)
METHODS = ("daily", "even", "first_and_last")


def day(text):
    return date.fromisoformat(text)


def sub(customer, amount, interval, start, end=None, *, discount=None, trial=None, key="s"):
    return Subscription(
        key, customer, None, day(start), end and day(end), D(amount), interval, discount, trial and day(trial)
    )


def bill(customer, amount, issued, period=None, *, kind="licence", number="INV-1", tax=None):
    first, last = (day(p) for p in period.split("..")) if period else (None, None)
    return Invoice(number, customer, day(issued), None, D(amount), tax, kind, first, last, None)


def line(customer, *, on=None, hours=None, rate=None, amount=None, basis="hours", reached=None, key="ps"):
    number = [None if n is None else D(n) for n in (hours, rate, amount)]
    return Service(key, customer, on and day(on), None, *number, basis, reached and day(reached), None)


def moved(flow):
    names = ("opening", "new", "expansion", "contraction", "churn", "reactivation", "closing")
    return {name: getattr(flow, name) for name in names if getattr(flow, name)}


days = st.dates(day("2025-01-01"), day("2026-12-31"))
money = st.decimals(0, 99_999, places=2)


@st.composite
def subscription(draw):
    start = draw(days)
    return Subscription(
        "s",
        draw(st.sampled_from("abc")),
        None,
        start,
        draw(st.none() | days),
        draw(money),
        draw(st.sampled_from(["month", "quarter", "year"])),
        draw(st.none() | st.decimals(0, 100, places=2)),
        draw(st.none() | st.integers(0, 40).map(lambda n: start + timedelta(days=n))),
    )


subscriptions = st.lists(subscription(), max_size=8)
months = st.sampled_from(months_between(Month(2024, 12), Month(2027, 1)))


# --- MRR

FIVE = [sub("a", 5, "month", "2026-01-01")] * 5


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(FIVE, 25, id="W10"),
        pytest.param([*FIVE, *[sub("b", 30, "month", "2026-01-05")] * 2], 85, id="W10-two-more"),
        pytest.param([sub("a", 1200, "year", "2026-01-01")], 100, id="W11"),
        pytest.param(
            [*[sub("a", 100, "month", "2026-01-01")] * 100, *[sub("b", 600, "year", "2026-01-01")] * 50],
            12_500,
            id="W12",
        ),
        pytest.param([sub("a", 300, "quarter", "2026-01-01")], 100, id="quarter"),
        pytest.param([sub("a", 100, "month", "2026-01-01", discount=D("12.5"))], D("87.5"), id="discount"),
        pytest.param([sub("a", 100, "month", "2026-01-31")], 100, id="counts-on-its-first-day"),
        pytest.param([sub("a", 100, "month", "2026-01-01", "2026-01-31")], 0, id="not-on-its-end"),
        pytest.param([sub("a", 100, "month", "2026-01-01", trial="2026-02-01")], 0, id="trial"),
        pytest.param([sub("a", 100, "month", "2026-01-01", trial="2026-01-31")], 100, id="trial-over"),
    ],
)
def test_mrr(held, expected):
    assert mrr(held, day("2026-01-31")) == expected


def test_w44_w45_runbook_customers():
    held = [sub("1", 50_000, "year", "2026-01-01"), sub("2", 40_000, "year", "2026-01-16")]
    on = JAN.last_day
    target = Company().revenue_target_year / 12
    assert {c: cents(v) for c, v in mrr_by_customer(held, on).items()} == {
        "1": D("4166.67"),
        "2": D("3333.33"),
    }
    assert cents(mrr(held, on)) == D("7500.00")
    assert arr(held, on) == 90_000
    assert (cents(target), cents(target - mrr(held, on))) == (D("10416.67"), D("2916.67"))
    assert recognised(held, [], [], JAN).by_customer[1] == CustomerRevenue("2", D("1753.42"), ZERO)


def test_contracted_arr_is_what_has_not_begun():
    held = [
        sub("a", 12, "year", "2026-01-01"),
        sub("b", 24, "year", "2026-03-01"),
        sub("c", 6, "year", "2026-04-01"),
    ]
    assert contracted_arr(held, day("2026-02-28")) == 30


@given(subscriptions, days)
def test_mrr_in_cents_is_the_exact_figure_rounded_half_up(held, on):
    exact = sum((Fraction(s.annual) / 12 for s in held if s.active(on)), Fraction(0))
    assert cents(mrr(held, on)) == D(int(exact * 100 + Fraction(1, 2))) / 100


def test_mrr_of_customers_that_come_to_half_a_cent():
    held = [sub(c, "50000.02", "year", "2026-01-01") for c in "abc"]
    assert cents(mrr(held, JAN.last_day)) == D("12500.01")


# --- Movements


def test_w13_lifecycle_in_one_month():
    held = [
        sub("a", 2000, "year", "2026-01-02", "2026-01-15"),
        sub("a", 60, "month", "2026-01-05", "2026-01-10"),
        *[sub("a", 50, "month", "2026-01-20")] * 3,
    ]
    flow = movements(held, JAN).rounded()
    assert moved(flow) == {
        "new": D("166.67"),
        "expansion": D(60),
        "contraction": D(60),
        "churn": D("166.67"),
        "reactivation": D(150),
        "closing": D(150),
    }
    assert flow.arr == 1800


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(
            [sub(str(n), 10, "month", "2025-01-01", "2026-01-20") for n in range(15)],
            {"opening": 150, "churn": 150},
            id="W16",
        ),
        pytest.param(
            [sub("a", 10, "month", "2025-01-01", "2026-01-10"), sub("a", 30, "month", "2026-01-10")],
            {"opening": 10, "expansion": 20, "closing": 30},
            id="replaced-on-the-day",
        ),
        pytest.param(
            [sub("a", 10, "month", "2026-01-03", "2026-01-31")],
            {"new": 10, "churn": 10},
            id="start-and-end-show-gross",
        ),
        pytest.param(
            [sub("a", 10, "month", "2025-01-01"), sub("a", 5, "month", "2025-01-01", "2026-01-09")],
            {"opening": 15, "contraction": 5, "closing": 10},
            id="one-of-two-dropped",
        ),
        pytest.param(
            [sub("a", 10, "month", "2019-01-01", "2019-03-01"), sub("a", 10, "month", "2026-01-31")],
            {"reactivation": 10, "closing": 10},
            id="back-after-years",
        ),
        pytest.param(
            [sub("a", 10, "month", "2025-12-01", "2026-02-01"), sub("b", 10, "month", "2026-02-01")],
            {"opening": 10, "closing": 10},
            id="next-month's-changes",
        ),
        pytest.param(
            [sub("a", 10, "month", "2026-01-01", "2026-01-20", trial="2026-01-20")], {}, id="trial-only"
        ),
    ],
)
def test_movements(held, expected):
    assert moved(movements(held, JAN)) == expected


def test_movements_to_date():
    held = [sub("a", 10, "month", "2026-01-03"), sub("b", 20, "month", "2026-01-20")]
    flow = movements(held, JAN, day("2026-01-20"))
    assert (flow.closing, flow.arr) == (10, 120)


@given(subscriptions, months)
def test_movements_explain_mrr_exactly(held, month):
    flow = movements(held, month)
    assert flow.opening == movements(held, month.plus(-1)).closing
    assert flow.closing == mrr(held, month.last_day)
    assert flow.unexplained == 0
    assert all(row.unexplained == 0 for row in flow.by_customer)
    assert all(any(moved(row).values()) for row in flow.by_customer)


amounts = st.decimals(0, 5, places=4)


@given(st.tuples(*[amounts] * 6))
def test_movements_in_cents_keep_the_identity(drawn):
    opening, new, expansion, contraction, churn, reactivation = drawn
    closing = opening + new + expansion + reactivation - contraction - churn
    if closing < 0:
        opening, closing = opening - closing, D(0)
    flow = Flow(opening, new, expansion, contraction, churn, reactivation, closing)
    shown = flow.rounded()
    assert shown.unexplained == 0
    assert (shown.opening, shown.closing) == (cents(opening), cents(closing))
    for name in ("new", "expansion", "contraction", "churn", "reactivation"):
        printed, exact = getattr(shown, name), getattr(flow, name)
        assert printed >= 0
        assert printed == cents(printed)
        assert abs(printed - exact) < CENT


@given(subscriptions, months)
def test_all_rows_keep_the_identity_in_cents(held, month):
    shown = movements(held, month).rounded()
    assert all(row.unexplained == 0 for row in (shown, *shown.by_customer))


# --- Retention

RETAINED = [
    sub("a", 22_000, "month", "2025-01-01", "2026-01-10"),
    sub("a", 30_000, "month", "2026-01-10"),
    sub("b", 5_000, "month", "2025-01-01", "2026-01-20"),
    sub("new", 9_000, "month", "2026-01-05", "2026-01-25"),
    sub("new", 12_000, "month", "2026-01-25"),
]


def test_w19_net_retention_leaves_the_new_out():
    of = cohort(RETAINED, JAN, JAN)
    assert of.opening == 27_000
    assert round(nrr_pct(of).value) == 111
    assert round(grr_pct(of).value, 2) == D("81.48")
    assert logo_churn_pct(of) == Figure(D(50), None, 2)


def test_w20_logo_churn():
    held = [sub(str(n), 1, "month", "2025-01-01", "2026-02-01" if n < 480 else None) for n in range(10_000)]
    assert logo_churn_pct(cohort(held, JAN, MAR)).value == D("4.8")


def test_w21_monthly_churn_in_a_year():
    assert round(yearly_churn_pct(D(5)), 2) == D("45.96")


@pytest.mark.parametrize(
    ("steps", "nrr", "grr"),
    [
        pytest.param([(300, "2026-01-10"), (200, "2026-02-10")], 200, 100, id="lost-what-was-won"),
        pytest.param([(60, "2026-01-10"), (80, "2026-02-10")], 80, 60, id="won-back"),
        pytest.param([(0, "2026-01-10"), (150, "2026-02-10")], 0, 0, id="churned-and-back"),
        pytest.param([(300, "2026-01-10"), (0, "2026-02-10")], 0, 0, id="grew-and-churned"),
    ],
)
def test_retention_over_a_period(steps, nrr, grr):
    levels = [(100, "2025-01-01"), *steps, (None, None)]
    held = [
        sub("a", amount, "month", start, levels[n + 1][1])
        for n, (amount, start) in enumerate(levels[:-1])
        if amount
    ]
    of = cohort(held, JAN, MAR)
    assert (nrr_pct(of).value, grr_pct(of).value) == (nrr, grr)


def test_retention_without_an_opening_is_unknown():
    of = cohort([sub("a", 10, "month", "2026-01-01")], JAN, JAN)
    assert of == Cohort(0, 0, D(0), D(0), D(0))
    assert [f(of).value for f in (nrr_pct, grr_pct, logo_churn_pct)] == [None] * 3
    assert nrr_pct(of).reason == "no MRR at the start of the period"


@given(subscriptions, months)
def test_gross_retention_is_within_bounds(held, month):
    of = cohort(held, month.plus(-11), month)
    assert 0 <= of.kept <= min(of.opening, of.closing)


@pytest.mark.parametrize(
    ("added", "lost", "expected"),
    [
        pytest.param(24, 4, 6, id="W17-a"),
        pytest.param(30, 10, 3, id="W17-b"),
        pytest.param(40, 20, 2, id="W17-c"),
        pytest.param(40, 0, None, id="no-losses"),
    ],
)
def test_quick_ratio(added, lost, expected):
    flow = Flow(D(100), D(added), D(0), D(0), D(lost), D(0), D(100 + added - lost))
    assert quick_ratio(flow) == Figure(expected, None if expected else "no losses")


# --- Recognition


@pytest.mark.parametrize(
    ("total", "first", "last", "method", "expected"),
    [
        pytest.param(400, "2025-08-01", "2025-12-31", "even", ["80"] * 5, id="W27"),
        pytest.param(
            400,
            "2025-08-20",
            "2025-12-19",
            "first_and_last",
            ["39.34", "99.45", "99.45", "99.46", "62.30"],
            id="W28",
        ),
        pytest.param(12_000, "2026-01-01", "2026-12-31", "even", ["1000"] * 12, id="W33"),
        pytest.param(
            12_000, "2026-01-01", "2026-12-31", "first_and_last", ["1000"] * 12, id="whole-months-are-equal"
        ),
        pytest.param(100, "2026-01-30", "2026-02-02", "first_and_last", ["50", "50"], id="two-parts"),
        pytest.param(100, "2026-01-30", "2026-01-30", "first_and_last", ["100"], id="one-day"),
    ],
)
def test_schedule(total, first, last, method, expected):
    assert [*schedule(D(total), day(first), day(last), method).values()] == [D(part) for part in expected]


def test_w30_daily_with_cumulative_rounding():
    parts = schedule(D(12_000), day("2021-01-16"), day("2022-01-15"))
    assert [parts[Month(2021, 1)], parts[Month(2021, 2)], parts[Month(2022, 1)]] == [
        D("526.03"),
        D("920.55"),
        D("493.15"),
    ]
    assert sum(parts.values()) == 12_000
    daily = D(12_000) / 365
    days = [min(m.last_day, day("2022-01-15")) - max(m.start, day("2021-01-16")) for m in parts]
    assert round(daily, 4) == D("32.8767")
    assert sum(cents(daily * (span.days + 1)) for span in days) == D("12000.01"), (
        "what rounding by month would give"
    )


@pytest.mark.parametrize(
    ("month", "to_date", "left"),
    [
        pytest.param(Month(2025, 11), 63, 1032, id="W32-november"),
        pytest.param(Month(2025, 12), 156, 939, id="W32-december"),
    ],
)
def test_w32_the_first_day_counts(month, to_date, left):
    held = [sub("a", 1095, "year", "2025-11-10")]
    rolled = deferred(held, [bill("a", 1095, "2025-11-10", "2025-11-10..2026-11-09")], [], month)
    assert recognised_to(D(1095), day("2025-11-10"), day("2026-11-09"), month.last_day) == to_date
    assert rolled.liability == left


def test_w33_one_twenty_fourth_a_month():
    invoice = bill("a", 24_000, "2026-01-01", "2026-01-01..2027-12-31")
    rolled = deferred([], [invoice], [], JAN, "even")
    assert (rolled.recognised, rolled.liability) == (1_000, 23_000)


def test_w33_prepaid_year():
    rolled = deferred([], [bill("a", 12_000, "2026-01-01", "2026-01-01..2026-12-31")], [], JAN, "even")
    assert (rolled.recognised, rolled.liability) == (1_000, 11_000)


def test_service_that_ends_before_it_starts():
    with pytest.raises(ValueError, match="before it starts"):
        schedule(D(1), day("2026-01-02"), day("2026-01-01"))


@given(money, days, st.integers(0, 800), st.sampled_from(METHODS), st.integers(0, 900))
def test_recognition_grows_to_the_total(total, first, length, method, elapsed):
    last = first + timedelta(days=length)
    parts = schedule(total, first, last, method)
    assert sum(parts.values()) == total
    assert min(parts.values()) >= 0
    reached = [ZERO]
    for month, part in parts.items():
        reached.append(recognised_to(total, first, last, month.last_day, method))
        assert reached[-1] - reached[-2] == part
    through = first + timedelta(days=elapsed)
    now = recognised_to(total, first, last, through, method)
    assert recognised_to(total, first, last, through - timedelta(days=1), method) <= now <= total
    assert recognised_to(-total, first, last, through, method) == -now


# --- Revenue of a month

YEAR = "2026-01-01..2026-12-31"
LICENCE = sub("a", 36_500, "year", "2026-01-01")


@pytest.mark.parametrize(
    ("held", "billed", "licence"),
    [
        pytest.param([LICENCE], [], 3100, id="terms-alone"),
        pytest.param([LICENCE], [bill("a", 36_500, "2026-01-01", YEAR)], 3100, id="billed-counts-once"),
        pytest.param(
            [], [bill("a", 36_500, "2026-01-01", YEAR, tax=D(7300))], 3100, id="invoice-alone-without-tax"
        ),
        pytest.param(
            [sub("a", 36_500, "year", "2026-01-11")],
            [bill("a", 73_000, "2026-01-01", YEAR)],
            10 * 200 + 21 * 100,
            id="invoice-on-uncovered-days",
        ),
        pytest.param([sub("a", 36_500, "year", "2026-01-01", "2026-01-11")], [], 1000, id="stops-at-its-end"),
        pytest.param(
            [sub("a", 36_500, "year", "2026-01-01", trial="2026-01-22")],
            [],
            1000,
            id="trial-is-not-recognised",
        ),
        pytest.param([], [bill("a", 500, "2026-01-01")], 0, id="no-period-stays-deferred"),
        pytest.param([], [bill("a", 500, "2026-01-01", "2026-01-31..2026-01-01")], 0, id="period-backwards"),
        pytest.param(
            [], [bill("a", 310, "2026-02-03", "2026-01-01..2026-01-31")], 310, id="billed-in-arrears"
        ),
        pytest.param(
            [sub("b", 36_500, "year", "2026-01-01")], [bill("a", 310, "2026-01-01", YEAR)], 3126, id="own"
        ),
    ],
)
def test_licence_revenue(held, billed, licence):
    assert round(recognised(held, billed, [], JAN).licence) == licence


@pytest.mark.parametrize(
    ("lines", "billed", "services"),
    [
        pytest.param([line("a", on="2026-01-09", hours=10, rate=150)], [], 1500, id="hours"),
        pytest.param(
            [line("a", on="2026-01-09", hours=10, rate=150, amount=1200)], [], 1200, id="amount-wins"
        ),
        pytest.param([line("a", on="2026-02-01", hours=10, rate=150)], [], 0, id="delivered-later"),
        pytest.param(
            [line("a", on="2026-01-09", amount=900, basis="milestone")], [], 0, id="milestone-not-reached"
        ),
        pytest.param([line("a", amount=900, basis="milestone", reached="2026-01-31")], [], 900, id="reached"),
        pytest.param(
            [], [bill("a", 620, "2026-01-01", "2026-01-01..2026-02-28", kind="services")], 326, id="period"
        ),
        pytest.param([], [bill("a", 620, "2026-01-01", kind="services")], 0, id="neither-lines-nor-period"),
        pytest.param(
            [line("a", on="2026-02-01", amount=5)],
            [bill("a", 620, "2026-01-01", "2026-01-01..2026-02-28", kind="services")],
            0,
            id="lines-decide",
        ),
    ],
)
def test_services_revenue(lines, billed, services):
    assert round(recognised([], billed, lines, JAN).services) == services


def test_a_line_without_a_price_is_named():
    revenue = recognised([], [], [line("a", on="2026-01-09", hours=3, key="ps-7")], JAN)
    assert (revenue.total, revenue.unpriced) == (0, ("ps-7",))
    assert recognised([], [], [line("a", on="2026-01-09", hours=3)], MAR).unpriced == ()


def test_revenue_to_date():
    assert recognised([LICENCE], [], [], JAN, until=day("2026-01-11")).total == 1000


def test_terms_renew_without_an_invoice():
    held = [sub("a", 100, "month", "2025-01-31")]
    whole = sum(
        recognised(held, [], [], month).total for month in months_between(Month(2025, 1), Month(2026, 12))
    )
    assert whole == 23 * 100 + cents(D(100) / 31)


# --- Deferred revenue


def rolled_row(held, billed, lines, month, **kept):
    (row,) = deferred(held, billed, lines, month, **kept).by_customer
    return row


def test_prepayment_rolls_forward():
    row = rolled_row([LICENCE], [bill("a", 36_500, "2026-01-01", YEAR)], [], JAN.plus(1))
    assert (row.opening, row.billings, row.recognised, row.closing) == (33_400, 0, 2800, 30_600)
    assert row.ties


def test_assets_and_liabilities_net_within_a_contract_only():
    lines = [line("a", on="2026-01-09", amount=1000), line("b", on="2026-01-09", amount=700)]
    billed = [bill("a", 36_500, "2026-01-01", YEAR)]
    total = deferred([LICENCE], billed, lines, JAN)
    assert (total.liability, total.unbilled, total.closing) == (32_400, 700, 31_700)
    assert total.ties


def test_unpaid_and_not_begun_is_no_liability():
    billed = [bill("a", 36_500, "2026-01-20", "2026-02-01..2027-01-31")]
    total = deferred([], billed, [], JAN, not_started_unpaid={"a": D(36_500)})
    assert (total.billings, total.closing, total.liability, total.unbilled) == (36_500, 36_500, 0, 0)


@pytest.mark.parametrize(
    ("held", "billed", "ties"),
    [
        pytest.param([LICENCE], [bill("a", 36_500, "2026-01-01", YEAR)], True, id="billed-terms"),
        pytest.param([LICENCE], [bill("a", 40_000, "2026-01-01", YEAR)], False, id="another-price"),
        pytest.param([LICENCE], [], True, id="unbilled"),
        pytest.param([LICENCE], [bill("a", 36_500, "2026-03-01", YEAR)], True, id="billed-later"),
        pytest.param(
            [LICENCE], [bill("a", 9_125, "2026-01-01", "2026-01-01..2026-03-31")], None, id="part-of-a-term"
        ),
        pytest.param([LICENCE], [bill("a", 36_500, "2026-01-01")], None, id="no-period"),
        pytest.param([], [bill("a", 36_500, "2026-01-01")], True, id="no-period-no-subscription"),
        pytest.param(
            [sub("a", 36_500, "year", "2026-01-01", "2026-01-16")],
            [
                bill("a", 36_500, "2026-01-01", YEAR),
                bill("a", -35_000, "2026-01-16", "2026-01-16..2026-12-31"),
            ],
            True,
            id="ended-and-credited",
        ),
        pytest.param(
            [sub("a", 36_500, "year", "2026-01-01", "2026-01-16"), sub("a", 73_000, "year", "2026-01-16")],
            [bill("a", 36_500, "2026-01-01", YEAR)],
            True,
            id="replaced-within-its-term",
        ),
        pytest.param(
            [sub("a", 36_500, "year", "2026-01-01", "2026-01-16"), sub("a", 73_000, "year", "2026-01-16")],
            [bill("a", 40_000, "2026-01-01", YEAR)],
            False,
            id="replaced-and-billed-at-another-price",
        ),
        pytest.param(
            [sub("a", 36_500, "year", "2026-01-01", "2026-01-16"), sub("a", 73_000, "year", "2026-01-16")],
            [bill("a", 36_500, "2026-01-01", YEAR), bill("a", -20_000, "2026-01-20", YEAR)],
            True,
            id="replaced-and-credited-in-part",
        ),
        pytest.param(
            [sub("a", 36_500, "year", "2026-01-01", "2026-01-16"), sub("a", 73_000, "year", "2026-01-20")],
            [bill("a", 36_500, "2026-01-01", YEAR)],
            None,
            id="replaced-after-a-gap",
        ),
        pytest.param(
            [LICENCE, sub("a", 73_000, "year", "2026-01-01", "2026-01-16")],
            [bill("a", 109_500, "2026-01-01", YEAR)],
            True,
            id="one-of-two-on-one-invoice-ended",
        ),
        pytest.param(
            [LICENCE, sub("a", 73_000, "year", "2026-01-01", "2026-01-16")],
            [bill("a", 36_500, "2026-01-01", YEAR)],
            True,
            id="one-of-two-billed-and-one-ended",
        ),
        pytest.param(
            [LICENCE, sub("a", 73_000, "year", "2026-01-01", "2026-01-16")],
            [bill("a", 40_000, "2026-01-01", YEAR)],
            None,
            id="two-billed-at-neither-price-and-one-ended",
        ),
        pytest.param(
            [LICENCE, sub("a", 73_000, "year", "2026-01-01")],
            [bill("a", 73_000, "2026-01-01", YEAR)],
            True,
            id="one-of-two-billed",
        ),
        pytest.param(
            [sub("a", 36_500, "year", "2026-01-01", "2026-01-16")],
            [bill("a", 36_500, "2026-01-01", YEAR), bill("a", -18_250, "2026-01-16", YEAR)],
            True,
            id="ended-and-credited-in-part-over-the-whole-term",
        ),
        pytest.param([LICENCE] * 2, [bill("a", 73_000, "2026-01-01", YEAR)], True, id="two-on-one-invoice"),
        pytest.param(
            [sub("a", 100, "month", "2026-01-01")],
            [bill("a", 100, "2026-01-25", "2026-02-01..2026-02-28")],
            True,
            id="billed-ahead",
        ),
    ],
)
def test_deferred_ties_to_the_invoices(held, billed, ties):
    total = deferred(held, billed, [], JAN)
    assert rolled_row(held, billed, [], JAN).ties is ties
    assert total.ties is (ties is not False)
    assert len(total.unchecked) == (ties is None)


def test_what_cannot_be_compared_is_named():
    total = deferred(
        [LICENCE], [bill("a", 9_125, "2026-01-01", "2026-01-01..2026-03-31", number="INV-9")], [], JAN
    )
    assert total.unchecked == (("a", "invoice INV-9 does not bill a whole term of the subscription"),)


def invoiced(held, through):
    """One invoice for each term that has begun, on its first day."""
    for s in held:
        number = 0
        while (term := s.term(number))[0] <= through and (s.ends_on is None or term[0] < s.ends_on):
            yield Invoice(
                f"{number}", s.customer_id, term[0], None, cents(s.net_amount), None, "licence", *term, None
            )
            number += 1


@given(subscriptions, months, st.sampled_from(METHODS))
def test_roll_forward_chains_and_is_split_without_loss(held, month, method):
    billed = list(invoiced(held, month.last_day))
    total, before = (
        deferred(held, billed, [], month, method),
        deferred(held, billed, [], month.plus(-1), method),
    )
    assert total.opening == before.closing
    assert total.opening + total.billings - total.recognised == total.closing
    assert total.liability - total.unbilled == total.closing
    assert total.recognised == recognised(held, billed, [], month, method).total


@given(subscriptions, months, st.sampled_from(METHODS), st.data())
@settings(max_examples=40, deadline=None)
def test_no_contract_billed_by_whole_terms_is_said_not_to_tie(held, month, method, data):
    """Some terms are billed and some are not, some credited in part; subscriptions overlap, end and follow one another."""
    every = list(invoiced(held, month.last_day))
    billed = [i for i in every if data.draw(st.booleans())]
    credited = [replace(i, amount=-cents(i.amount / 2)) for i in billed if data.draw(st.booleans())]
    assert deferred(held, [*billed, *credited], [], month, method).ties


@given(subscription(), months, st.sampled_from(METHODS))
def test_a_subscription_billed_by_term_ties_and_ends_at_nothing(held, month, method):
    billed = list(invoiced([held], month.last_day))
    assert deferred([held], billed, [], month, method).ties
    if held.ends_on:
        everything = list(invoiced([held], held.ends_on))
        assert deferred([held], everything, [], Month.of(held.ends_on).plus(13), method).closing == 0
