from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.figure import Figure
from tai_ops.unit_economics import (
    annual_value,
    arpa,
    burn_multiple,
    cac,
    cac_payback_months,
    gross_margin_pct,
    ltv,
    ltv_cac,
    proposal_payback_months,
    proposal_roi_pct,
    rule_of_40,
)

D = Decimal


def figure(value, reason=None):
    return Figure(D(value), reason)


UNKNOWN = Figure(None, "no revenue")


@pytest.mark.parametrize(
    ("burn", "new_arr", "expected"),
    [
        pytest.param(3, 1, figure("3.0"), id="W22-a"),
        pytest.param(4, 5, figure("0.8"), id="W22-b"),
        pytest.param(12, 5, figure("2.4"), id="W22-c"),
        pytest.param(420, 580, figure("0.72"), id="W22-d"),
        pytest.param(500, 250, figure(2), id="W22-e"),
        pytest.param(10, 0, Figure(None, "n/m"), id="no-new-arr"),
        pytest.param(0, 10, figure(0, "not burning"), id="not-burning"),
        pytest.param(-5, -10, figure(0, "not burning"), id="neither"),
    ],
)
def test_burn_multiple(burn, new_arr, expected):
    got = burn_multiple(D(burn), D(new_arr))
    assert (got.value if got.value is None else round(got.value, 2), got.reason) == (
        expected.value,
        expected.reason,
    )


@pytest.mark.parametrize(
    ("cost", "per_month", "margin", "expected"),
    [
        pytest.param(figure(1200), figure(200), figure(80), figure("7.5"), id="W34"),
        pytest.param(figure(1200), figure(200), figure(0), Figure(None, "never"), id="no-margin"),
        pytest.param(figure(1200), figure(-200), figure(-80), Figure(None, "never"), id="two-negatives"),
        pytest.param(figure(1200), figure(200), UNKNOWN, UNKNOWN, id="margin-unknown"),
    ],
)
def test_cac_payback(cost, per_month, margin, expected):
    assert cac_payback_months(cost, per_month, margin) == expected


def test_a_month_without_new_customers_says_that_alone():
    nobody = cac_payback_months(Figure(None, "no new customers"), arpa(D(0), 0), Figure(D(80)))
    assert nobody == Figure(None, "no new customers")


def test_w35_lifetime_value():
    worth, cost = ltv(figure(270), figure(100), figure(3)), figure(550)
    assert worth == Figure(D(9000))
    assert worth.value - cost.value == 8450
    assert round(ltv_cac(worth, cost).value, 1) == D("16.4")


@pytest.mark.parametrize(
    ("growth", "margin", "score"),
    [
        pytest.param(55, -10, 45, id="W38-a"),
        pytest.param(30, 15, 45, id="W38-b"),
        pytest.param(20, 30, 50, id="W38-c"),
        pytest.param(60, -20, 40, id="W38-d"),
    ],
)
def test_rule_of_40(growth, margin, score):
    assert rule_of_40(D(growth), D(margin)).value == score


def test_rule_of_40_needs_a_year():
    assert rule_of_40(D(60), D(0), 11) == Figure(None, "11 of 12 months", 11)


@pytest.mark.parametrize(
    ("spend", "logos", "expected"),
    [
        pytest.param(D(12_000), 12, Figure(D(1000), None, 12), id="enough"),
        pytest.param(D(1000), 1, Figure(D(1000), "low confidence: 1 customer", 1), id="few"),
        pytest.param(D(1000), 0, Figure(None, "no new customers", 0), id="nobody"),
        pytest.param(None, 2, Figure(None, "sales and marketing spend is not known", 2), id="unknown-spend"),
    ],
)
def test_cac(spend, logos, expected):
    assert cac(spend, logos) == expected


@pytest.mark.parametrize(
    ("churn", "kept", "reason"),
    [
        pytest.param(figure(0), {}, "capped at 60 months", id="no-churn"),
        pytest.param(figure(1), {"cap_months": 36}, "capped at 36 months", id="setting"),
        pytest.param(
            figure(2), {"customers": 3, "months": 4}, "low confidence: 3 customers, 4 months", id="few"
        ),
        pytest.param(
            figure(0),
            {"customers": 3, "months": 12},
            "capped at 60 months; low confidence: 3 customers",
            id="both",
        ),
        pytest.param(figure(2), {"customers": 10, "months": 12}, None, id="sure"),
    ],
)
def test_ltv_says_how_far_it_can_be_trusted(churn, kept, reason):
    months = {"capped at 36 months": 36}.get(reason, 50 if churn.value else 60)
    got = ltv(figure(100), figure(80), churn, **kept)
    assert (got.value, got.reason) == (80 * months, reason)


def test_what_is_unknown_stays_unknown():
    worth = ltv(arpa(D(0), 0), gross_margin_pct(D(0), D(5)), figure(2))
    assert worth == Figure(None, "no paying customers; no revenue")
    assert ltv_cac(worth, figure(550)).value is None
    assert ltv_cac(figure(9000), cac(D(100), 0)).reason == "no new customers"
    assert ltv_cac(figure(9000), figure(0)) == Figure(None, "nothing was spent on winning customers")
    assert gross_margin_pct(D(100), None).value is None
    assert burn_multiple(None, D(1)).value is None


def test_labels_travel_with_the_ratio():
    few = "low confidence: 2 customers"
    assert ltv_cac(figure(900, few), figure(300, few)) == figure(3, few)


def test_arpa_and_margin():
    assert arpa(D(7500), 2) == Figure(D(3750), None, 2)
    assert gross_margin_pct(D(1000), D(1250)).value == -25


@given(st.decimals(0, 100, places=2), st.integers(1, 120))
def test_ltv_never_exceeds_the_cap(churn, cap):
    worth = ltv(figure(100), figure(50), Figure(churn), cap_months=cap)
    assert worth.value <= 50 * cap
    assert (worth.reason is None) == (churn * cap >= 100)


def test_a_proposal_pays_back():
    value = annual_value(D(20_000), D(400), D(50), D(32_000))
    assert value == 72_000
    assert proposal_payback_months(D(15_000), D(30_000), value) == Figure(D("7.5"))
    assert proposal_roi_pct(D(15_000), D(30_000), value) == Figure(D(60))


@pytest.mark.parametrize(
    ("value", "months", "reason"),
    [
        pytest.param(D(60_000), 12, "outside the template's 6-9 months", id="slow"),
        pytest.param(D(0), None, "does not pay back", id="worthless"),
        pytest.param(None, None, "the annual value is not known", id="unknown"),
    ],
)
def test_a_proposal_that_breaks_the_promise_says_so(value, months, reason):
    assert proposal_payback_months(D(20_000), D(40_000), value) == Figure(months, reason)


def test_roi_of_a_loss_and_of_nothing():
    assert proposal_roi_pct(D(20_000), D(40_000), D(45_000)).value == -25
    assert proposal_roi_pct(D(20_000), D(40_000), D(0)) == Figure(None, "does not pay back")
    assert proposal_roi_pct(D(0), D(0), D(10)) == Figure(None, "nothing is charged")
