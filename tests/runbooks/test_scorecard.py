"""The scorecard and what stands beside the days: weeks as they were frozen or read, months, limits, signals, annotations."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import make
import pytest

from tai_ops.errors import Refused
from tai_ops.kpi import KPIS
from tai_ops.period import Month, Week
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.weekly_review import annotate, annotations, score_card, show, take_back_annotation
from tai_ops.store import Store

FRIDAY = Week(date(2026, 4, 3))
NOW = datetime(2026, 4, 3, 16, 5, tzinfo=UTC)
D = Decimal


@pytest.fixture(scope="module")
def company() -> Store:
    """Thirteen weeks of leads and nine months of MRR; the review of 27 March was held and its MRR changed since."""
    store = Store.in_memory()
    make.loaded(store, "customers", "customer_id,name,status,go_live_on\nA,Alpha,live,2026-02-06\n", now=NOW)
    head = "subscription_id,customer_id,starts_on,ends_on,amount,interval\n"
    make.loaded(store, "subscriptions", head + "S1,A,2025-07-01,2026-02-28,1000.00,month\n", now=NOW)
    leads = (2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 9)
    rows = [
        f"P{week}-{n},Prospect {week}-{n},{FRIDAY.plus(week - 12).friday}"
        for week, count in enumerate(leads)
        for n in range(count)
    ]
    make.loaded(store, "prospects", "prospect_id,company,created_on\n" + "\n".join(rows), now=NOW)
    weekly_review.open(store, LOCAL_OWNER, FRIDAY.plus(-1), NOW)
    make.loaded(store, "subscriptions", head + "S2,A,2026-03-01,,1500.00,month\n", now=NOW)
    head = "incident_id,title,severity,detected_at\n"
    make.loaded(
        store,
        "incidents",
        head + "I-1,API down,CRITICAL,2026-03-10T02:00:00+00:00\nI-2,Typo,LOW,2026-03-11T02:00:00+00:00\n",
        now=NOW,
    )
    make.loaded(store, "holidays", "day,name\n2026-01-01,New Year\n", now=NOW)
    return store


def rows(company: Store):
    return {row.measured.kpi.id: row for row in score_card(company, show(company, FRIDAY, NOW), NOW)}


def test_six_weeks_and_twelve_months_of_every_number_by_owner(company: Store) -> None:
    card = score_card(company, show(company, FRIDAY, NOW), NOW)
    assert {row.measured.kpi.id for row in card} == set(KPIS)
    owners = list(dict.fromkeys(row.owner for row in card))
    assert owners == ["ceo", "csm", "vp_sales", "sales_coordinator", "cto", "cfo"]
    mrr = rows(company)["mrr"]
    assert [friday for friday, _ in mrr.weeks] == [FRIDAY.plus(-back).friday for back in range(12, -1, -1)]
    assert mrr.weeks[-2:] == ((date(2026, 3, 27), D("0.00")), (date(2026, 4, 3), D("1500.00")))
    assert [month for month, _ in mrr.months][::11] == [Month(2025, 5), Month(2026, 4)]
    assert dict(mrr.months)[Month(2025, 6)] == 0
    assert [dict(mrr.months)[Month(2026, month)] for month in (1, 3, 4)] == [1000, 1500, 1500]


def test_a_held_week_reads_as_it_was_frozen(company: Store) -> None:
    frozen = show(company, FRIDAY.plus(-1), NOW).kpis["arr"].value
    assert dict(rows(company)["arr"].weeks)[date(2026, 3, 27)] == frozen
    assert dict(rows(company)["arr"].weeks)[date(2026, 3, 20)] == 18000


def test_what_varies_is_said_by_its_rule(company: Store) -> None:
    leads = rows(company)["new_leads"]
    assert leads.points == [2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 9]
    assert leads.says == "signal: outside the limits: above the upper one"
    assert leads.limits is not None
    assert (leads.limits.lower, leads.limits.provisional) == (0, False)
    assert rows(company)["nps"].says == "fewer than 6 weeks on record"


def test_what_adds_up_over_the_month_is_judged_by_its_whole_months(company: Store) -> None:
    revenue = rows(company)["revenue_recognised"]
    assert [day for day, _ in revenue.judged][:: len(revenue.judged) - 1] == [
        date(2025, 5, 31),
        date(2026, 3, 31),
    ]
    assert (revenue.span, revenue.points[-2:]) == ("month", [D("964.29"), D("1500.00")])
    assert revenue.limits is not None
    assert (revenue.limits.n, revenue.says) == (
        11,
        "signal: outside the limits: above the upper one, limits provisional from 11 months",
    )


def test_a_week_that_is_not_known_is_no_signal(company: Store) -> None:
    card = show(company, FRIDAY, NOW)
    unknown = replace(card, kpis={**card.kpis, "new_leads": replace(card.kpis["new_leads"], value=None)})
    leads = next(r for r in score_card(company, unknown, NOW) if r.measured.kpi.id == "new_leads")
    assert (leads.signal, leads.says) == (None, "not known of the newest week")


def test_a_held_review_keeps_what_stood_beside_the_days_when_it_began(company: Store) -> None:
    held = FRIDAY.plus(-1)
    assert show(company, FRIDAY, NOW).happened is None
    assert [one.text for one in show(company, held, NOW).happened or ()] == ["Alpha live"]
    later = [one.text for one in annotations(company, date(2025, 4, 1), held.friday, NOW)]
    assert later == ["New Year", "Alpha live", "Alpha: new price", "I-1 API down"]
    said = annotate(company, make.CSM, date(2026, 3, 20), "Fair", NOW)
    assert [one.text for one in show(company, held, NOW).happened or ()] == ["Alpha live", "Fair"]
    take_back_annotation(company, make.CSM, said, NOW + timedelta(minutes=1))


def test_the_records_write_beside_the_days_by_themselves(company: Store) -> None:
    found = annotations(company, date(2026, 1, 1), date(2026, 4, 3), NOW)
    assert [(one.on, one.kind, one.text) for one in found] == [
        (date(2026, 1, 1), "holiday", "New Year"),
        (date(2026, 2, 6), "cutover", "Alpha live"),
        (date(2026, 3, 1), "price", "Alpha: new price"),
        (date(2026, 3, 10), "incident", "I-1 API down"),
    ]
    assert annotations(company, date(2026, 4, 1), date(2026, 4, 3), NOW) == []


def test_people_write_beside_a_day_and_take_it_back(store: Store) -> None:
    said = annotate(store, make.CSM, date(2026, 4, 1), " Price list \n of spring ", NOW)
    assert [one.text for one in annotations(store, date(2026, 4, 1), date(2026, 4, 1), NOW)] == [
        "Price list of spring"
    ]
    take_back_annotation(store, make.CSM, said, NOW + timedelta(minutes=1))
    assert annotations(store, date(2026, 4, 1), date(2026, 4, 1), NOW) == []
    for text, why in (("  ", "say what happened"), ("x" * 81, "at most 80 characters; these have 81")):
        with pytest.raises(Refused, match=why):
            annotate(store, make.CSM, date(2026, 4, 1), text, NOW)
    with pytest.raises(Refused, match="is no day of a chart"):
        annotate(store, make.CSM, date(1026, 4, 1), "x", NOW)
