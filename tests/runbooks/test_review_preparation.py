"""Before the meeting: who is ready, what is missing on whom, what came too late, who is away, what clashes a week ahead."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.period import BusinessCalendar, Week
from tai_ops.review import needed_most
from tai_ops.review_preparation import closes_at
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.weekly_review import add_note, agenda, mark_absent, mark_ready, show, take_back_absence
from tai_ops.store import Store

FRIDAY = Week(date(2026, 4, 3))
NOW = datetime(2026, 4, 3, 15, 0, tzinfo=UTC)
THURSDAY = datetime(2026, 4, 2, 18, 0, tzinfo=UTC)
CTO = "cto@tai.example"


def people(store: Store) -> None:
    rows = [f"{p.email},{p.name},{p.role}\n" for p in (make.CEO, make.CSM)]
    make.loaded(store, "people", "email,name,role\n" + "".join(rows), now=THURSDAY - timedelta(days=30))


def prepared(store: Store, block: str):
    return next(one for one in agenda(store, FRIDAY, NOW).preparation if one.block == block)


def test_a_week_has_168_hours_and_167_or_169_where_the_clock_changes() -> None:
    zone = ZoneInfo("Europe/Berlin")
    hours = {
        friday: (Week(friday).ends_at(zone) - Week(friday).starts_at(zone)) / timedelta(hours=1)
        for friday in (date(2026, 3, 27), date(2026, 4, 3), date(2026, 10, 30))
    }
    assert list(hours.values()) == [168, 167, 169]


def test_preparation_closes_on_thursday_at_closing_time_of_the_company() -> None:
    zone = ZoneInfo("America/New_York")
    assert (
        closes_at(FRIDAY, BusinessCalendar(zone)).astimezone(zone).isoformat() == "2026-04-02T18:00:00-04:00"
    )


def test_what_is_missing_on_whom_and_what_came_after_preparation_closed(store: Store) -> None:
    people(store)
    assert prepared(store, "customer_success").missing == ("nothing on record",)
    head = "customer_id,name,status\n"
    make.loaded(store, "customers", head + "A,Alpha,live\n", now=THURSDAY)
    seen = prepared(store, "customer_success")
    assert (seen.role, seen.name, seen.after) == ("csm", make.CSM.name, ())
    assert "Inventory accuracy: 0 of 1 live customers measured" in " ".join(seen.missing).replace(
        "customer m", "customers m"
    )
    make.loaded(store, "customers", head + "B,Beta,live\n", now=THURSDAY + timedelta(minutes=1))
    assert prepared(store, "customer_success").after == ("1 customer",)
    line = agenda(store, FRIDAY, NOW).block("customer_success").newest
    assert line is not None
    assert line.endswith("after preparation closed (1 customer)")
    next_week = agenda(store, FRIDAY.plus(1), NOW + timedelta(days=7)).preparation[0]
    assert next_week.missing[0] == "nothing entered this week"


def test_owners_say_that_they_are_ready_each_for_the_own_block(store: Store) -> None:
    people(store)
    mark_ready(store, make.CSM, FRIDAY, "customer_success", True, THURSDAY)
    stamp = prepared(store, "customer_success").ready
    assert stamp is not None
    assert (stamp.by, stamp.done_at) == (make.CSM.email, THURSDAY)
    with pytest.raises(NotAllowed, match="engineering is the CTO's to prepare"):
        mark_ready(store, make.CSM, FRIDAY, "engineering", True, THURSDAY)
    mark_ready(store, make.CEO, FRIDAY, "engineering", True, THURSDAY)
    mark_ready(store, make.CSM, FRIDAY, "customer_success", False, THURSDAY)
    assert prepared(store, "customer_success").ready is None
    with pytest.raises(Refused, match="'wins' is no block that somebody prepares"):
        mark_ready(store, make.CEO, FRIDAY, "wins", True, THURSDAY)
    weekly_review.open(store, make.CEO, FRIDAY, NOW)
    with pytest.raises(Refused, match="is open already"):
        mark_ready(store, make.CSM, FRIDAY, "customer_success", True, NOW)


def test_clashes_are_said_a_week_ahead(store: Store) -> None:
    people(store)
    make.loaded(store, "customers", "customer_id,name,status\nA,Alpha,onboarding\n")
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nA,2026-03-25,6\n")
    make.loaded(store, "holidays", "day,name\n2026-04-03,Good Friday\n")
    gone = mark_absent(store, make.CSM, make.CSM.email, date(2026, 4, 9), date(2026, 4, 17), NOW)
    assert agenda(store, FRIDAY, NOW).warnings == (
        "This Friday: a holiday; move the review or hold it without those who are off",
        "Next Friday, Fri 10 Apr: the cutover of Alpha runs 14:00-17:00; CSM and CTO are on watch, their parts come from the data",
        f"Next Friday, Fri 10 Apr: {make.CSM.name} is away",
    )
    take_back_absence(store, make.CSM, gone.absence_id, NOW)
    assert not any("away" in said for said in agenda(store, FRIDAY, NOW).warnings)
    month_end = agenda(store, Week(date(2026, 3, 20)), NOW)
    assert "Next Friday, Fri 27 Mar: the month-end close falls on the day of the review" in month_end.warnings


def test_days_away_that_are_none_are_refused(store: Store) -> None:
    people(store)
    with pytest.raises(Refused, match="ends on Wed 8 Apr 2026, before it begins"):
        mark_absent(store, make.CSM, "csm", date(2026, 4, 9), date(2026, 4, 8), NOW)
    with pytest.raises(Refused, match="is not an active person"):
        mark_absent(store, make.CSM, "Nobody", date(2026, 4, 9), date(2026, 4, 9), NOW)
    with pytest.raises(Refused, match="there is no absence 'x'"):
        take_back_absence(store, make.CSM, "x", NOW)


def test_expected_leads_are_kept_and_compared_next_week(store: Store) -> None:
    say = {"block": "sales_pipeline", "kind": "forecast", "now": NOW}
    with pytest.raises(Refused, match="'many' is not an amount; write it like 45000"):
        add_note(store, LOCAL_OWNER, FRIDAY, body="many", **say)
    with pytest.raises(Refused, match=r"'45\.000' fits two readings"):
        add_note(store, LOCAL_OWNER, FRIDAY, body="45.000", **say)
    for body in ("$45,000", "60000"):
        add_note(store, LOCAL_OWNER, FRIDAY, body=body, **say)
    seen = agenda(store, FRIDAY, NOW)
    assert (seen.expected_leads, seen.expects_leads) == (None, Decimal("60000.00"))
    assert seen.spoken(seen.block("sales_pipeline")).endswith("Expecting $60,000 in new leads next week.")
    make.loaded(store, "prospects", "prospect_id,company,created_on\nP,Apex,2026-04-08\n")
    make.loaded(store, "deals", "deal_id,prospect_id,stage,amount,entered_stage_on\nD,P,discovery,50000.00,2026-04-08\n",
                now=NOW + timedelta(days=5))  # fmt: skip
    week = agenda(store, FRIDAY.plus(1), NOW + timedelta(days=7))
    assert week.expected_leads == Decimal("60000.00")
    assert "New leads expected: $60,000, came: $50,000 ✗" in [
        str(line) for line in week.block("sales_pipeline").lines
    ]


def test_the_presenters_sentences_of_the_runbook(store: Store) -> None:
    make.loaded(
        store,
        "customers",
        "customer_id,name,status\nA,Customer #1,live\nB,Customer #2,onboarding\nC,Customer #3,signed\n",
    )
    make.loaded(
        store,
        "measurements",
        "customer_id,warehouse,measured_on,kind,method,accuracy_pct\nA,M,2026-04-01,current,tai,95\n",
    )
    make.loaded(store, "scores", "customer_id,respondent,answered_on,score\nA,lead,2026-04-02,9\n")
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nB,2026-03-26,6\n")
    seen = agenda(store, FRIDAY, NOW)
    assert seen.spoken(seen.block("customer_success")) == (
        "Customer #1 is at 95% accuracy, happy with system. "
        "Customer #2 onboarding started Thu 26 Mar, on track for Week 2 completion. "
        "Customer #3 still negotiating timeline."
    )
    assert seen.spoken(seen.block("engineering")) == (
        "Customer #2 integrations in progress. Incidents not measured. "
        "No blockers for Customer #2 deployment next week. Infrastructure scaling on track: not said yet."
    )
    body = "Infrastructure scaling on track: yes"
    add_note(store, LOCAL_OWNER, FRIDAY, "engineering", kind="note", body=body, now=NOW)
    seen = show(store, FRIDAY, NOW)
    assert seen.spoken(seen.block("engineering")).endswith(f"{body}.")
    weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    for said in ("Firewall of Customer #2 is closed", "Customer #3 wants a call"):
        add_note(store, LOCAL_OWNER, FRIDAY, "customer_success", kind="blocker", body=said, now=NOW)
    seen = show(store, FRIDAY, NOW)
    assert "1 blocker for Customer #2 deployment next week." in seen.spoken(seen.block("engineering"))


def test_what_was_frozen_and_reads_differently_is_restated_in_the_next_week_with_its_rows(
    store: Store,
) -> None:
    make.loaded(store, "customers", "customer_id,name,status\nA,Alpha,live\n", now=NOW)
    head = "subscription_id,customer_id,starts_on,amount,interval\n"
    make.loaded(store, "subscriptions", head + "S1,A,2026-03-01,1000.00,month\n", now=NOW)
    weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    weekly_review.end(store, LOCAL_OWNER, FRIDAY, NOW)
    make.loaded(store, "subscriptions", head + "S1,A,2026-03-01,1500.00,month\n", now=NOW + timedelta(days=1))
    later = agenda(store, FRIDAY.plus(1), NOW + timedelta(days=7))
    mrr = next(row for row in later.restatements if row.kpi == "mrr")
    assert (mrr.was, mrr.reads_now) == ("$1,000", "$1,500")
    assert mrr.why == "A Alpha, Opening: 1,000.00 → 1,500.00; A Alpha, MRR: 1,000.00 → 1,500.00"
    opened = weekly_review.open(store, LOCAL_OWNER, FRIDAY.plus(1), NOW + timedelta(days=7))
    assert mrr in opened.restatements


def test_a_week_under_way_is_seen_as_of_today_and_not_of_its_friday(store: Store) -> None:
    make.loaded(store, "customers", "customer_id,name,status\nB,Beta,onboarding\nC,Gamma,signed\n")
    make.loaded(
        store, "onboardings", "customer_id,kickoff_on,done_through_day\nB,2026-03-26,6\nC,2026-04-09,\n"
    )
    seen = agenda(store, FRIDAY.plus(1), NOW + timedelta(hours=2))
    assert [str(line) for line in seen.block("customer_success").lines] == [
        "Beta: 49% implementation | on-track",
        "Gamma: contract signed, kickoff next week",
    ]
    assert not any("behind its plan" in one.text for one in seen.also_due)


def test_of_many_customers_those_that_need_it_are_spoken_of(store: Store) -> None:
    ids = range(30)
    rows = "".join(f"C-{n},Company {n},live\n" for n in ids)
    make.loaded(store, "customers", f"customer_id,name,status\n{rows}")
    head = "customer_id,warehouse,measured_on,kind,method,accuracy_pct\n"
    made = "".join(f"C-{n},M,2026-04-01,current,tai,{90 + n if n < 3 else 98}\n" for n in ids)
    make.loaded(store, "measurements", f"{head}{made}")
    block = agenda(store, FRIDAY, NOW).block("customer_success")
    assert block.says.startswith("Company 0 is at 90% accuracy. Company 1 is at 91% accuracy. Company 2 ")
    assert block.says.endswith("Of 22 other live customers 22 meet their accuracy target.")
    shown = needed_most(block.lines, 16)
    assert (len(block.lines), len(shown)) == (30, 16)
    assert {"Company 0", "Company 1", "Company 2"} <= {line.subject for line in shown}
    assert needed_most(block.lines[:16], 16) == block.lines[:16]
