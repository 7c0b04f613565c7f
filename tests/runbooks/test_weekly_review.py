"""Runbook 5 against the user's own words: the printed lines, the freeze, the notes, the promises, the checks."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import make
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.commitments import promise_test
from tai_ops.customers import Customer
from tai_ops.errors import NotAllowed, Refused, StoreDamaged
from tai_ops.kpi import KPIS
from tai_ops.period import Week
from tai_ops.review import Review, frozen_text, number_words, thawed
from tai_ops.review_agenda import AGENDA, MEETING_MINUTES
from tai_ops.review_checks import question_words
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.weekly_review import (
    add_note,
    agenda,
    newest_week,
    scorecard,
    set_note_state,
    show,
    weeks,
)
from tai_ops.store import Store
from tai_ops.store.onboardings import keep_gate
from tai_ops.store.reviewing import note_history

FRIDAY = Week(date(2026, 4, 3))
NOW = datetime(2026, 4, 3, 16, 5, tzinfo=UTC)
START = FRIDAY.starts_at(UTC)
HEAD = "customer_id,name,status\n"


def lines(review: Review, block: str) -> list[str]:
    return [str(line) for line in review.block(block).lines]


def people(store: Store) -> None:
    rows = ["email,name,role", *(f"{p.email},{p.name},{p.role}" for p in (make.CEO, make.CSM))]
    make.loaded(store, "people", "\n".join(rows))


def probes(store: Store, latency: int = 380, *, until: datetime = NOW, bad: range = range(0)) -> None:
    """A probe every five minutes of the week; those in `bad` failed."""
    rows = ["service,at,source,ok,latency_ms,status"]
    at, number = START, 0
    while at <= until:
        ok = number not in bad
        rows.append(f"api,{at.isoformat()},eu,{str(ok).lower()},{latency},{200 if ok else 503}")
        at, number = at + timedelta(minutes=5), number + 1
    make.loaded(store, "probes", "\n".join(rows))


def outage(store: Store, minutes: float, severity: str = "HIGH") -> None:
    began = START + timedelta(days=1)
    ended = began + timedelta(minutes=minutes)
    make.loaded(
        store,
        "incidents",
        f"incident_id,title,severity,detected_at,resolved_at\nI-9,API down,{severity},{began},{ended}\n".replace(
            " 16:", "T16:"
        ),
    )
    head = "incident_id,customer_id,began_at,ended_at,level\n"
    make.loaded(store, "impacts", f"{head}I-9,*,{began},{ended},full\n".replace(" 16:", "T16:"))


def test_the_agenda_is_the_runbooks_half_hour() -> None:
    assert [(part.title, part.minutes) for part in AGENDA] == [
        ("CEO Opening", 2),
        ("Customer Success Review", 8),
        ("Sales Pipeline Review", 8),
        ("Engineering Status", 5),
        ("Financial & Cash", 3),
        ("Wins Celebration", 2),
        ("Next Week Priorities", 2),
    ]
    assert sum(part.minutes for part in AGENDA) == MEETING_MINUTES
    assert {kpi for part in AGENDA for kpi in part.kpis} <= KPIS.keys()


def test_the_lines_of_live_customers_o8_o11(store: Store) -> None:
    expected = {
        ("95", 9): "95% accuracy ≈ | NPS 9 ✓",
        ("97", 9): "97% accuracy ✓ | NPS 9 ✓",
        ("96.97", 8): "96.97% accuracy ≈ | NPS 8 ✓",
        ("94.9", 7): "94.9% accuracy ✗ | NPS 7 ✗",
    }
    customers, measured, scores = HEAD, "customer_id,warehouse,measured_on,kind,method,accuracy_pct\n", ""
    for number, (accuracy, score) in enumerate(expected, start=1):
        customers += f"C{number},Customer #{number},live\n"
        measured += f"C{number},Main,2026-04-01,current,tai,{accuracy}\n"
        scores += f"C{number},lead,2026-04-02,{score}\n"
    make.loaded(store, "customers", customers + "C9,Customer #9,live\n")
    make.loaded(store, "measurements", measured)
    make.loaded(store, "scores", "customer_id,respondent,answered_on,score\n" + scores)
    assert lines(agenda(store, FRIDAY, NOW), "customer_success") == [
        *(f"Customer #{number}: {words}" for number, words in enumerate(expected.values(), start=1)),
        "Customer #9: accuracy not measured – | NPS not measured –",
    ]


def test_the_lines_of_customers_on_the_way_w7(store: Store) -> None:
    expected = [
        ("onboarding", "2026-03-26,6", "49% implementation | on-track"),
        ("onboarding", "2026-03-26,5", "33% implementation | 1 business day late ≈"),
        ("onboarding", "2026-03-26,4", "23% implementation | 2 business days late ≈"),
        ("onboarding", "2026-03-26,1", "15% implementation | 5 business days late ✗"),
        ("onboarding", "2026-03-26,", "implementation not measured – | kicked off Thu 26 Mar 2026"),
        ("signed", "2026-04-09,", "contract signed, kickoff next week"),
        ("signed", "2026-04-23,", "contract signed, kickoff Thu 23 Apr 2026"),
        ("signed", None, "contract signed, kickoff not planned –"),
    ]
    customers, plans = HEAD, "customer_id,kickoff_on,done_through_day\n"
    for number, (status, plan, _) in enumerate(expected, start=1):
        customers += f"C{number},Customer #{number},{status}\n"
        plans += f"C{number},{plan}\n" if plan else ""
    make.loaded(store, "customers", customers)
    make.loaded(store, "onboardings", plans)
    assert lines(agenda(store, FRIDAY, NOW), "customer_success") == [
        f"Customer #{number}: {words}" for number, (_, _, words) in enumerate(expected, start=1)
    ]


def test_the_pipeline_lines(store: Store) -> None:
    prospects = "".join(f"P{n},Prospect {n},2026-0{n}-01\n" for n in (1, 2, 3))
    make.loaded(store, "prospects", "prospect_id,company,created_on\n" + prospects)
    make.loaded(
        store,
        "deals",
        "deal_id,prospect_id,stage,amount,entered_stage_on\nD1,P1,discovery,45000.00,2026-03-30\n"
        "D2,P1,discovery,,2026-03-30\nD3,P2,proposal,60000.50,2026-03-30\nD4,P3,lead,9000.00,2026-03-30\n",
    )
    assert lines(agenda(store, FRIDAY, NOW), "sales_pipeline") == [
        "Discovery phase: $45,000 (1 customer), 1 without an amount",
        "Proposal phase: $60,000.50 (1 customer)",
        "Closing phase: $0 (0 customers)",
        "Total pipeline: $105,000.50, 1 without an amount",
        "Added this week: $0 (0 new leads)",
        "Deals closed this week: $0 (0 deals)",
    ]


def test_the_engineering_lines_of_the_runbook(store: Store) -> None:
    probes(store)
    outage(store, 30.24)
    assert lines(agenda(store, FRIDAY, NOW), "engineering") == [
        "Uptime this week: 99.7% ✓",
        "API latency p95: 380ms ✓",
        "No critical issues ✓",
        "Incident I-9 (HIGH): API down, resolved after 30 min",
    ]


def test_a_promise_missed_by_a_hair_is_not_rounded_into_kept(store: Store) -> None:
    probes(store, latency=500)
    outage(store, 50.42, "CRITICAL")
    assert lines(agenda(store, FRIDAY, NOW), "engineering")[:3] == [
        "Uptime this week: 99.4998% ✗",
        "API latency p95: 500ms ✗",
        "No critical issues open ✓ | 1 resolved this week",
    ]


@given(st.decimals(90, 100, places=6), st.sampled_from([Decimal(95), Decimal(97), Decimal("99.5")]))
def test_a_printed_number_stands_on_the_same_side_of_its_edge(value: Decimal, edge: Decimal) -> None:
    assert Decimal(number_words(value, 1, edge)).compare(edge) == value.quantize(Decimal("0.00001")).compare(
        edge
    )


def test_an_empty_store_is_not_measured_anywhere(store: Store) -> None:
    review = agenda(store, FRIDAY, NOW)
    said = [line for block in review.blocks for line in lines(review, block.id)]
    assert said
    assert all(line.endswith(" –") for line in said)
    assert (review.wins, review.checks, review.promises) == ((), [], ())
    assert "not measured" in review.verdict


def test_finance_falls_to_the_ceo_without_a_cfo(store: Store) -> None:
    people(store)
    presenters = {b.id: (b.role, b.name) for b in agenda(store, FRIDAY, NOW).blocks}
    assert presenters["finance"] == ("ceo", make.CEO.name)
    assert presenters["customer_success"] == ("csm", make.CSM.name)
    assert presenters["engineering"] == ("cto", None)


def test_a_review_survives_being_frozen(store: Store) -> None:
    make.examples(store)
    text = frozen_text(agenda(store, FRIDAY, NOW))
    again = thawed(text)
    assert frozen_text(again) == text
    assert again.kpis["mrr"].value == Decimal("7166.67")
    assert again.kpis["mrr"].kpi.formula == KPIS["mrr"].formula


def test_what_was_frozen_stays_and_late_facts_are_restated(store: Store) -> None:
    people(store)
    make.loaded(store, "customers", HEAD + "A,Alpha,live\n")
    subscription = "subscription_id,customer_id,starts_on,amount,interval\n"
    make.loaded(store, "subscriptions", subscription + "S1,A,2026-03-01,1000.00,month\n")
    opened = weekly_review.open(store, make.CEO, FRIDAY, NOW)
    assert (opened.status, opened.restated) == ("open", ())
    make.loaded(store, "subscriptions", subscription + "S2,A,2026-04-01,500.00,month\n")
    make.loaded(store, "customers", HEAD + "B,Beta,live\n")
    later = show(store, FRIDAY, NOW + timedelta(days=3))
    assert later.kpis["mrr"].value == Decimal("1000.00")
    assert "MRR: $1,000 when frozen, $1,500 now" in [str(row) for row in later.restated]
    assert "customers_live" not in {row.kpi for row in later.restated}
    assert agenda(store, FRIDAY, NOW).kpis["mrr"].value == Decimal("1500.00")


def test_opening_and_ending_twice_answers_the_first(store: Store) -> None:
    people(store)
    first = weekly_review.open(store, make.CEO, FRIDAY, NOW)
    audits = store.rows("select count(*) from audit")
    again = weekly_review.open(store, make.CEO, FRIDAY, NOW + timedelta(hours=1))
    assert (again.opened, again.snapshot_hash) == (first.opened, first.snapshot_hash)
    assert store.rows("select count(*) from audit") == audits
    ended = weekly_review.end(store, make.CEO, FRIDAY, NOW)
    assert weekly_review.end(store, make.CEO, FRIDAY, NOW + timedelta(days=1)).ended == ended.ended
    assert store.rows("select event from reviews order by event") == [("ended",), ("opened",)]
    kept = store.rows("select version from snapshots where subject = 'review' order by version")
    assert kept == [(1,), (2,)]


def test_only_the_ceo_opens_and_everybody_notes(store: Store) -> None:
    people(store)
    with pytest.raises(NotAllowed, match="may not hold the weekly review; ask the CEO"):
        weekly_review.open(store, make.CSM, FRIDAY, NOW)
    assert add_note(store, make.CSM, FRIDAY, "wins", kind="win", body="Go-live", now=NOW).state == "noted"


def test_a_review_opens_on_its_friday_or_later(store: Store) -> None:
    wednesday = datetime(2026, 4, 8, 9, tzinfo=UTC)
    with pytest.raises(Refused, match="can be opened on Fri 10 Apr 2026; today is Wed 8 Apr 2026"):
        weekly_review.open(store, LOCAL_OWNER, FRIDAY.plus(1), wednesday)
    with pytest.raises(Refused, match="has not begun; the week under way ends on Friday 2026-04-10"):
        show(store, FRIDAY.plus(2), wednesday)
    assert store.rows("select * from snapshots") == []
    assert weekly_review.open(store, LOCAL_OWNER, FRIDAY, wednesday).status == "open"
    morning = wednesday + timedelta(days=2)
    early = weekly_review.open(store, LOCAL_OWNER, FRIDAY.plus(1), morning)
    assert (early.status, early.seen_at) == ("open", morning)


def test_ending_needs_an_opening_and_makes_the_week_read_only(store: Store) -> None:
    with pytest.raises(Refused, match="not opened yet"):
        weekly_review.end(store, LOCAL_OWNER, FRIDAY, NOW)
    weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    said = add_note(store, LOCAL_OWNER, FRIDAY, "engineering", kind="blocker", body="VPN", now=NOW)
    assert show(store, FRIDAY, NOW).kpis["blockers_open"].value == 1
    weekly_review.end(store, LOCAL_OWNER, FRIDAY, NOW)
    with pytest.raises(Refused, match="read-only; note it for the next one, 2026-04-10"):
        add_note(store, LOCAL_OWNER, FRIDAY, "wins", kind="win", body="late", now=NOW)
    set_note_state(store, LOCAL_OWNER, said.note_id, "done", NOW)
    ended = show(store, FRIDAY, NOW)
    assert [note.state for note in ended.blockers] == ["open"]
    assert agenda(store, FRIDAY.plus(1), NOW).blockers == ()


def test_a_snapshot_that_was_changed_is_refused(store: Store) -> None:
    weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    with store.write(LOCAL_OWNER, "store", "tamper", now=NOW) as write:
        write.sql("update snapshots set body_json = replace(body_json, 'not measured', 'perfect')")
    with pytest.raises(StoreDamaged, match="is not what was frozen"):
        show(store, FRIDAY, NOW)


def test_states_of_a_note_only_grow_also_while_the_clock_stands_still(store: Store) -> None:
    said = add_note(store, LOCAL_OWNER, FRIDAY, "engineering", kind="blocker", body="VPN", now=NOW)
    set_note_state(store, LOCAL_OWNER, said.note_id, "done", NOW)
    set_note_state(store, LOCAL_OWNER, said.note_id, "open", NOW)
    set_note_state(store, LOCAL_OWNER, said.note_id, "open", NOW)
    assert [state for _, _, state in note_history(store, said.note_id)] == ["open", "done", "open"]
    assert [note.body for note in agenda(store, FRIDAY, NOW).blockers] == ["VPN"]
    with pytest.raises(Refused, match="a blocker is open, done or dropped, not 'missed'"):
        set_note_state(store, LOCAL_OWNER, said.note_id, "missed", NOW)
    with pytest.raises(Refused, match="there is no note 'x'"):
        set_note_state(store, LOCAL_OWNER, "x", "done", NOW)


def test_one_submission_is_one_note(store: Store) -> None:
    both = [
        add_note(store, LOCAL_OWNER, FRIDAY, "wins", kind="win", body="Go-live", now=NOW, request_key="k")
        for _ in range(2)
    ]
    assert both[0] == both[1]
    assert store.rows("select count(*) from review_notes") == [(1,)]


REFUSED_NOTES: list[tuple[dict[str, object], str]] = [
    ({"block": "lunch"}, "'lunch' is no block"),
    ({"kind": "idea"}, "'idea' is no kind of note"),
    ({"body": " \n "}, "say what the priority is"),
    ({"body": "x" * 2001}, "at most 2000 characters"),
    ({"owner": None}, "every priority has an owner"),
    (
        {"owner": "Nobody"},
        "Nobody is not an active person of the company; choose one of Mara Klein or Ida Roth",
    ),
    ({"due_on": date(2026, 4, 3)}, "is due after Fri 3 Apr 2026"),
    ({"week": FRIDAY.plus(2)}, "has not begun"),
]


def test_what_a_note_needs(store: Store) -> None:
    people(store)
    right = {"week": FRIDAY, "block": "priorities", "kind": "priority", "body": "Plan", "owner": "csm"}
    for more, said in REFUSED_NOTES:
        with pytest.raises(Refused, match=said):
            add_note(store, make.CSM, now=NOW, **(right | more))  # type: ignore[arg-type]
    assert store.rows("select * from review_notes") == []


def test_a_priority_is_due_next_friday_and_names_a_person(store: Store) -> None:
    people(store)
    for owner in ("ida.roth@tai.example", "IDA ROTH", "csm", "CSM"):
        made = add_note(
            store, make.CEO, FRIDAY, "priorities", kind="priority", body="Plan  it", owner=owner, now=NOW
        )
        assert (made.owner, made.due_on, made.body) == (make.CSM.email, date(2026, 4, 10), "Plan it")


CUSTOMERS = tuple(
    Customer(f"C-{n}", f"Customer #{n}", None, None, None, None, None, None, None, "live", None)
    for n in (1, 2, 12)
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Customer #2 implementation 75% complete", "Onboarding complete of Customer #2 at 75 % or more"),
        ("Customer #12 implementation 75% complete", "Onboarding complete of Customer #12 at 75 % or more"),
        ("Get customer #1 to 97% accuracy", "Inventory accuracy of Customer #1 at 97 % or more"),
        ("Sales: Schedule 10+ discovery calls", "Discovery calls at 10 or more"),
        ("Ben: 10+ calls", "Discovery calls at 10 or more"),
        ("Answer 10 API calls", None),
        ("Pipeline at $500K", "Open pipeline at $500,000 or more"),
        ("Expecting $45,000 in new leads", "New leads, value at $45,000 or more"),
        ("Send 2 proposals", "Proposals sent at 2 or more"),
        ("uptime 99.9%", "Uptime at 99.9 % or more"),
        ("Customer #3 deployment planning", None),
        ("Call 10 leads about $5 parts", None),
        ("75% of the team trained", None),
    ],
)
def test_what_the_data_can_be_asked_about_a_promise(body: str, expected: str | None) -> None:
    found = promise_test(body, CUSTOMERS)
    assert (question_words(found) if found else None) == expected


@pytest.mark.parametrize(
    ("body", "who"),
    [
        ("Customer #2 implementation 75% complete", "A"),
        ("Quillon Foods onboarding 75% complete", "A"),
        ("Get Quillon to 75% complete", "A"),
        ("Customer #3 implementation 75% complete", "B"),
        ("Northwind rollout 75% complete", None),
        ("Customer #9 at 97% accuracy", None),
        ("Foods onboarding 75% complete", None),
    ],
)
def test_a_promise_names_a_customer_as_people_call_it(body: str, who: str | None) -> None:
    names = {"A": "Quillon Foods (Customer #2)", "B": "Northwind Parts (Customer #3)", "C": "Northwind Toys"}
    called = [
        Customer(one, name, None, None, None, None, None, None, None, "live", None)
        for one, name in names.items()
    ]
    found = promise_test(body, called)
    assert (found.customer_id if found else None) == who
    assert promise_test("Customer #9 at 97% accuracy", CUSTOMERS[:1]) is None


def promise(store: Store, body: str) -> str:
    week, now = FRIDAY.plus(-1), NOW - timedelta(days=7)
    made = add_note(store, LOCAL_OWNER, week, "priorities", kind="priority", body=body, owner="me", now=now)
    return made.note_id


def test_last_fridays_promises_are_judged_by_one_query_before_and_after_opening(store: Store) -> None:
    make.loaded(store, "customers", HEAD + "C2,Customer #2,onboarding\n")
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nC2,2026-03-12,11\n")
    promise(store, "Customer #2 implementation 74% complete")
    promise(store, "Customer #2 implementation 75% complete")
    asked = promise(store, "Customer #3 deployment planning")
    live = agenda(store, FRIDAY, NOW)
    assert [(p.found, p.kept, p.mark) for p in live.promises] == [
        ("74.4 % now", True, "met"),
        ("74.4 % now", False, "missed"),
        (None, None, "no_data"),
    ]
    opened = weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    assert [p.note.state for p in opened.promises] == ["done", "missed", "open"]
    for seen in (live, opened, show(store, FRIDAY, NOW), agenda(store, FRIDAY, NOW)):
        rate = seen.kpis["commitments_kept_pct"]
        assert (rate.value, rate.reason) == (50, "1 of 2; 1 due and not judged yet")
    set_note_state(store, LOCAL_OWNER, asked, "done", NOW)
    ended = weekly_review.end(store, LOCAL_OWNER, FRIDAY, NOW)
    assert ended.kpis["commitments_kept_pct"].reason == "2 of 3"
    assert [p.mark for p in ended.promises] == ["met", "missed", "met"]
    assert agenda(store, FRIDAY.plus(1), NOW + timedelta(days=7)).promises == ()


def test_a_promise_about_an_implementation_is_judged_after_the_customer_went_live_too(store: Store) -> None:
    make.loaded(store, "customers", HEAD + "C2,Customer #2,live\n")
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nC2,2026-03-12,12\n")
    promise(store, "Customer #2 implementation 75% complete")
    (found,) = agenda(store, FRIDAY, NOW).promises
    assert (found.found, found.mark) == ("89.7 % now", "met")


def test_what_nobody_can_judge_is_open_and_not_missed(store: Store) -> None:
    promise(store, "Customer #3 deployment planning")
    promise(store, "uptime 99.9%")
    rate = agenda(store, FRIDAY, NOW).kpis["commitments_kept_pct"]
    assert (rate.value, rate.reason) == (None, "2 due and not judged yet")
    opened = weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    assert [p.note.state for p in opened.promises] == ["open", "open"]
    assert opened.kpis["commitments_kept_pct"].value is None


def test_a_promise_is_judged_from_its_day_on_and_over_the_week_that_it_was_due_in(store: Store) -> None:
    make.loaded(store, "prospects", "prospect_id,company,created_on\nP,Apex,2026-04-03\n")
    promise(store, "1 new leads")
    wednesday = agenda(store, FRIDAY, NOW - timedelta(days=2))
    assert [(p.found, p.mark) for p in wednesday.promises] == [("1 now", "no_data")]
    assert wednesday.kpis["commitments_kept_pct"].reason == "no commitment was due yet"
    assert agenda(store, FRIDAY.plus(1), NOW + timedelta(days=7)).promises[0].mark == "met"


def test_a_promise_can_be_taken_back_until_its_day(store: Store) -> None:
    made = add_note(store, LOCAL_OWNER, FRIDAY, "priorities", kind="priority", body="x", owner="me", now=NOW)
    due = promise(store, "y")
    with pytest.raises(Refused, match="was due on Fri 3 Apr 2026; say whether it is done or missed"):
        set_note_state(store, LOCAL_OWNER, due, "dropped", NOW)
    set_note_state(store, LOCAL_OWNER, made.note_id, "dropped", NOW)
    assert agenda(store, FRIDAY, NOW).said("priority") == []
    assert agenda(store, FRIDAY.plus(1), NOW + timedelta(days=6)).promises[0].note.body == "y"


def test_zero_incidents_is_claimed_only_where_probes_saw_the_week(store: Store) -> None:
    make.loaded(store, "incidents", "incident_id,title,detected_at\nI,old,2026-01-01T00:00:00+00:00\n")
    assert agenda(store, FRIDAY, NOW).wins == ()
    probes(store)
    review = agenda(store, FRIDAY, NOW)
    assert review.wins == ("Zero incidents, infrastructure stable",)
    assert lines(review, "engineering")[3] == "No incidents this week"


def test_a_gate_that_passed_in_the_week_is_a_win_and_one_before_or_refused_is_none(store: Store) -> None:
    make.loaded(store, "customers", "customer_id,name,status\nA,Alpha,onboarding\nB,Bolt,onboarding\n")
    make.loaded(store, "onboardings", "customer_id,kickoff_on\nA,2026-03-16\nB,2026-03-16\n")
    for at, who, week, decision in (
        (NOW - timedelta(days=9), "A", 1, "yes"),
        (NOW - timedelta(days=1), "A", 2, "yes"),
        (NOW - timedelta(days=1), "B", 2, "no"),
    ):
        with store.write(LOCAL_OWNER, "success", "decide", now=at) as write:
            keep_gate(write, who, week, decision, None, (), 0)
    assert agenda(store, FRIDAY, NOW).wins == ("Alpha passed the week-2 gate (Pilot)",)


def test_wins_come_from_deals_go_lives_and_accuracy(store: Store) -> None:
    make.loaded(store, "customers", "customer_id,name,status,go_live_on\nA,Alpha,live,2026-04-03\n")
    make.loaded(
        store,
        "measurements",
        "customer_id,warehouse,measured_on,kind,method,accuracy_pct\nA,M,2026-03-01,current,tai,96\n"
        "A,M,2026-04-02,current,tai,97.5\n",
    )
    make.loaded(store, "prospects", "prospect_id,company,created_on\nP,Apex,2026-01-01\n")
    make.loaded(store, "deals", "deal_id,prospect_id,stage,amount,closed_on\nD,P,won,62000.00,2026-03-28\n")
    assert agenda(store, FRIDAY, NOW).wins == (
        "Apex signed: $62,000",
        "Alpha onboarding successful: live since Fri 3 Apr 2026",
        "Alpha reached 97.5% accuracy",
    )


def test_a_record_is_one_against_the_frozen_weeks(store: Store) -> None:
    make.loaded(store, "prospects", "prospect_id,company,created_on\nP,Apex,2026-01-01\n")
    head = "deal_id,prospect_id,stage,amount,entered_stage_on\n"
    make.loaded(store, "deals", head + "D1,P,discovery,400000.00,2026-03-20\n")
    weekly_review.open(store, LOCAL_OWNER, FRIDAY.plus(-1), NOW)
    assert agenda(store, FRIDAY, NOW).wins == ()
    make.loaded(store, "deals", head + "D2,P,discovery,100000.00,2026-04-01\n")
    review = agenda(store, FRIDAY, NOW)
    assert review.wins == ("Open pipeline at a new high: $500,000",)
    assert review.before["pipeline_open"] == Decimal("400000.00")
    assert scorecard(store, FRIDAY)[date(2026, 3, 27)]["pipeline_open"] == Decimal("400000.00")


def test_new_pipeline_is_what_the_week_added_and_not_all_of_it(store: Store) -> None:
    make.loaded(store, "prospects", "prospect_id,company,created_on\nP,Apex,2026-03-20\nQ,Bay,2026-04-01\n")
    head = "deal_id,prospect_id,stage,amount,entered_stage_on\n"
    make.loaded(store, "deals", head + "D1,P,discovery,400000.00,2026-03-20\n")
    weekly_review.open(store, LOCAL_OWNER, FRIDAY.plus(-1), NOW)
    make.loaded(store, "deals", head + "D2,Q,discovery,45000.00,2026-04-01\n")
    review = agenda(store, FRIDAY, NOW)
    assert "Added this week: $45,000 (1 new lead)" in lines(review, "sales_pipeline")
    assert review.wins == ("New pipeline hit $45,000", "Open pipeline at a new high: $445,000")


def test_downtime_that_no_incident_explains_is_a_warning(store: Store) -> None:
    probes(store, bad=range(288, 291))
    [found] = agenda(store, FRIDAY, NOW).findings
    assert found.text.startswith(
        "Unexplained downtime: probes failed for 15 min without an incident (first Sat 28 Mar"
    )
    assert (found.owner, found.rows) == (
        "cto",
        ("probes failed from Sat 28 Mar 2026 16:00 UTC to Sat 28 Mar 2026 16:15 UTC",),
    )
    outage(store, 15)
    assert agenda(store, FRIDAY, NOW).findings == ()


def test_records_that_disagree_are_warnings(store: Store) -> None:
    make.loaded(
        store,
        "customers",
        "customer_id,name,status,go_live_on\nA,Alpha,onboarding,2026-03-20\nB,Beta,live,2026-03-20\n",
    )
    subscription = "subscription_id,customer_id,starts_on,amount,interval\nS,A,2026-03-01,1000.00,month\n"
    make.loaded(store, "subscriptions", subscription)
    make.loaded(store, "prospects", "prospect_id,company,created_on\nP,Apex,2026-01-01\nQ,Cedar,2026-01-01\n")
    make.loaded(store, "deals", "deal_id,prospect_id,stage\nD,Q,proposal\n")
    with store.write(LOCAL_OWNER, "sales", "qualify", now=NOW) as write:
        for prospect, decision in (("P", "PURSUE"), ("Q", "PASS")):
            write.sql(
                """
                insert into qualifications values
                ($id, $p, '{}', '{}', $d, timestamptz '2026-03-31 10:00:00+00', 'x')
                """,
                {"id": prospect, "p": prospect, "d": decision},
            )
    assert tuple(one.text for one in agenda(store, FRIDAY, NOW).findings) == (
        "Apex is to be pursued and has no proposal; it was due Wed 1 Apr 2026 10:00 UTC",
        "Cedar stands in proposal, its last qualification says PASS",
        "Alpha: go-live was Fri 20 Mar 2026, the status still says onboarding",
        "Beta is live since Fri 20 Mar 2026 and no invoice was issued from then on",
        "Alpha pays $1,000 a month and is not live (onboarding)",
    )


def test_a_cutover_friday_puts_csm_and_cto_on_watch(store: Store) -> None:
    make.loaded(store, "customers", HEAD + "A,Alpha,onboarding\n")
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nA,2026-03-12,16\n")
    friday = Week(date(2026, 3, 27))
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nA,2026-03-12,11\n")
    review = agenda(store, friday, NOW)
    assert {b.id for b in review.blocks if b.on_watch} == {"customer_success", "engineering"}
    assert review.warnings[-3:] == (
        "This Friday: the cutover of Alpha runs 14:00-17:00; CSM and CTO are on watch, their parts come from the data",
        "This Friday: the month-end close falls on the day of the review",
        "This Friday: Alpha goes live while the month is closed; the CFO needs the CEO for both",
    )


def test_the_week_ahead_stands_in_the_priorities_block(store: Store) -> None:
    make.loaded(store, "customers", HEAD + "A,Alpha,signed\nB,Beta,onboarding\n")
    make.loaded(
        store,
        "onboardings",
        "customer_id,kickoff_on,done_through_day\nA,2026-04-09,\nB,2026-03-26,6\n",
    )
    make.loaded(store, "holidays", "day,name\n2026-04-06,Easter Monday\n")
    assert lines(agenda(store, FRIDAY, NOW), "priorities") == [
        "Mon 6 Apr 2026: holiday",
        "Thu 9 Apr 2026: kickoff of Alpha",
    ]


def test_the_weeks_to_choose_from(store: Store) -> None:
    weekly_review.open(store, LOCAL_OWNER, Week(date(2025, 6, 6)), NOW)
    found = weeks(store, NOW)
    assert (found[0], found[-1], len(found)) == (FRIDAY.plus(1), Week(date(2025, 6, 6)), 15)
    assert newest_week(store, NOW) == FRIDAY
    assert newest_week(store, NOW + timedelta(days=1)) == FRIDAY.plus(1)
