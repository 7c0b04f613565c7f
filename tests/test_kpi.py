"""The catalogue against the contract, and how a KPI is read, marked and printed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import make
import pytest

from tai_ops.board import Target
from tai_ops.kpi import KPIS, mark, measure_all, target_on
from tai_ops.period import Month, Week
from tai_ops.store import Store, settings
from tai_ops.store.facts import facts, window

CATALOGUE = {
    "revenue": "revenue_recognised deferred_revenue mrr arr new_mrr expansion_mrr contraction_mrr churn_mrr "
    "reactivation_mrr nrr_pct grr_pct logo_churn_pct arpa",
    "cash": "cash gross_burn net_burn runway_months cash_out_on burn_multiple ar_open ar_over_30 dso_days "
    "invoices_sent invoices_sent_value",
    "unit economics": "cac ltv ltv_cac cac_payback_months gross_margin_pct",
    "sales": "pipeline_open pipeline_discovery pipeline_proposal pipeline_closing pipeline_weighted new_leads "
    "new_leads_value proposals_sent proposals_sent_value proposal_slo_pct deals_won deals_won_value win_rate_pct "
    "sales_velocity coverage",
    "customers": "customers_live customers_onboarding onboarding_complete_pct accuracy_pct accuracy_gain_points "
    "hours_saved_pct nps ltr_median",
    "reliability": "uptime_pct downtime_minutes budget_left_minutes latency_p95_ms error_rate_pct incidents_opened "
    "incidents_open_critical mttd_minutes mtta_minutes mttr_minutes timers_met_pct",
    "meeting": "commitments_kept_pct blockers_open",
}


def test_the_catalogue_names_what_the_contract_names() -> None:
    for area, ids in CATALOGUE.items():
        assert [k.id for k in KPIS.values() if k.area == area] == ids.split()


def test_an_empty_store_knows_nothing_and_says_why(store: Store) -> None:
    for measured in measure_all(facts(store, window(store, make.NOW))).values():
        assert measured.value is None, measured.kpi.id
        assert measured.mark == "no_data"
        assert measured.reason, measured.kpi.id


def test_every_kpi_says_window_source_and_unit(store: Store) -> None:
    make.examples(store)
    for measured in measure_all(facts(store, window(store, make.NOW))).values():
        printed = measured.as_json()
        assert printed["window"]
        assert printed["source"] in {"computed", "entered", "imported"}
        assert (printed["value"] is not None) or printed["reason"], measured.kpi.id
        assert datetime.fromisoformat(printed["as_of"]).tzinfo is not None


def test_a_window_is_said_on_the_company_s_clock(store: Store) -> None:
    settings.change(store, make.CEO, "zone", "America/New_York", now=make.NOW)
    measured = measure_all(facts(store, window(store, make.NOW)))
    assert measured["mrr"].window == "at Fri 3 Apr 2026 16:00 EDT"
    assert measured["net_burn"].window == "1 to 3 Apr 2026"
    assert measured["win_rate_pct"].window == "twelve months to Fri 3 Apr 2026"
    assert measured["new_leads"].window == "seven days to Fri 3 Apr 2026"


@pytest.mark.parametrize(
    ("kpi", "value", "expected"),
    [
        ("accuracy_pct", Decimal(97), "met"),
        ("accuracy_pct", Decimal("96.9"), "floor"),
        ("accuracy_pct", Decimal(95), "floor"),
        ("accuracy_pct", Decimal("94.9"), "missed"),
        ("accuracy_pct", None, "no_data"),
        ("latency_p95_ms", Decimal(499), "met"),
        ("latency_p95_ms", Decimal(500), "missed"),
        ("uptime_pct", Decimal("99.5"), "met"),
        ("incidents_open_critical", 0, "met"),
        ("incidents_open_critical", 1, "missed"),
        ("customers_live", 3, None),
    ],
)
def test_marks(kpi: str, value: Decimal | int | None, expected: str | None) -> None:
    row = KPIS[kpi]
    assert mark(row, value, row.target, row.floor) == expected


def test_the_newest_target_of_the_company_up_to_the_day_wins() -> None:
    own = (
        Target("mrr", date(2026, 1, 1), Decimal(8000), None),
        Target("mrr", date(2026, 3, 1), Decimal(9000), Decimal(8500)),
    )
    assert target_on(own, KPIS["mrr"], date(2026, 2, 28)) == (Decimal(8000), None)
    assert target_on(own, KPIS["mrr"], date(2026, 3, 1)) == (Decimal(9000), Decimal(8500))
    assert target_on(own, KPIS["mrr"], date(2025, 12, 31))[0] == Decimal("10416.67")


def test_w44_the_runbooks_mrr_and_arr(store: Store) -> None:
    make.loaded(store, "customers", "customer_id,name,status\nA,One,live\nB,Two,live\n")
    head = "subscription_id,customer_id,starts_on,amount,interval\n"
    make.loaded(store, "subscriptions", head + "1,A,2026-01-01,50000.00,year\n2,B,2026-03-16,40000.00,year\n")
    read = measure_all(facts(store, window(store, make.NOW, month=Month(2026, 3))))
    assert read["mrr"].as_json()["value"] == "7500.00"
    assert read["arr"].as_json()["value"] == "90000.00"
    assert read["new_mrr"].as_json()["value"] == "3333.33"
    assert read["revenue_recognised"].by_customer is not None
    assert read["revenue_recognised"].by_customer["B"][0] == Decimal("1753.42")


def test_windows_of_day_week_and_month(store: Store) -> None:
    now = datetime(2026, 4, 3, 16, tzinfo=UTC)
    today = window(store, now)
    assert (today.as_of, today.day, today.flow[0]) == (
        now,
        date(2026, 4, 3),
        datetime(2026, 3, 27, 16, tzinfo=UTC),
    )
    past = window(store, now, on=date(2026, 2, 28))
    assert past.as_of == datetime(2026, 3, 1, tzinfo=UTC)
    week = window(store, now, week=Week(date(2026, 3, 27)))
    assert week.flow == (datetime(2026, 3, 20, 16, tzinfo=UTC), datetime(2026, 3, 27, 16, tzinfo=UTC))
    assert week.flow_days == (date(2026, 3, 21), date(2026, 3, 27))
    month = window(store, now, month=Month(2026, 3))
    assert (month.day, month.as_of) == (date(2026, 3, 31), datetime(2026, 4, 1, tzinfo=UTC))
    running = window(store, now, month=Month(2026, 4))
    assert (running.day, running.as_of) == (date(2026, 4, 3), now)
