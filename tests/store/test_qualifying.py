"""Recording a call: answers and decision kept together, twice is once, only by those who may."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import make
import pytest

from tai_ops.bant import answers_from_json
from tai_ops.errors import NotAllowed, Refused
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.facts import lead_estimates
from tai_ops.store.new_business import ask_after_call, enter_prospect, proposal_since
from tai_ops.store.qualifying import answers_as_json, qualifications, record_qualification

FULL: dict[str, Any] = {
    "call_ended_at": "2026-02-03T10:20:00-05:00",
    "company": "Apex Storage",
    "budget": {"answer": "yes", "acv": "45000.00", "approval": "in_process", "procurement_weeks": 6},
    "authority": {"empowered": "yes", "controls_budget": "yes", "sign_offs": ["CFO"]},
    "need": {
        "accuracy_pct": 80.5,
        "count_hours": 40,
        "error_cost_per_month": "2000.00",
        "pain": 8,
        "urgency": "Q2",
    },
    "timeline": {"decision": "2-4 weeks", "start_week": "week 10"},
}
CALLED = datetime(2026, 2, 3, 15, 40, tzinfo=UTC)
PROSPECTS = "prospect_id,company,created_on\nPR-1,Apex Storage,2026-01-12\n"


def test_answers_and_decision_are_kept_as_they_were_given(store: Store) -> None:
    make.loaded(store, "prospects", PROSPECTS)
    answers = answers_from_json(FULL)
    decision = record_qualification(store, LOCAL_OWNER, "PR-1", answers, CALLED)
    [kept] = qualifications(store, "PR-1")
    assert (decision.decision, kept.decision, kept.detail["decision"]) == ("PURSUE",) * 3
    assert kept.answers == answers
    assert kept.detail["blocks"] == dict.fromkeys(("budget", "authority", "need", "timeline"), "YES")
    assert (kept.decided_at, kept.decided_by) == (CALLED, LOCAL_OWNER.email)
    assert store.rows("select event, subject_key from audit where event = 'qualify prospect'") == [
        ("qualify prospect", "PR-1")
    ]


def test_what_was_not_answered_is_left_out_and_reads_as_unknown() -> None:
    bare = answers_from_json({"call_ended_at": "2026-02-03T10:20:00-05:00", "need": {"happy": False}})
    assert answers_as_json(bare) == {
        "call_ended_at": "2026-02-03T10:20:00-05:00",
        "need": {"happy": False},
    }
    assert answers_from_json(answers_as_json(bare)) == bare


def test_a_second_call_adds_a_row_and_the_newest_counts(store: Store) -> None:
    make.loaded(store, "prospects", PROSPECTS)
    record_qualification(store, LOCAL_OWNER, "PR-1", answers_from_json(FULL), CALLED)
    later = FULL | {"budget": {"answer": "no", "acv": "80000.00"}}
    record_qualification(store, LOCAL_OWNER, "PR-1", answers_from_json(later), CALLED + timedelta(days=30))
    assert [q.decision for q in qualifications(store)] == ["PASS", "PURSUE"]
    assert lead_estimates(store.cursor()) == {"PR-1": Decimal(75000)}


def test_the_same_click_twice_is_recorded_once(store: Store) -> None:
    make.loaded(store, "prospects", PROSPECTS)
    answers = answers_from_json(FULL)
    first, again = (
        record_qualification(store, LOCAL_OWNER, "PR-1", answers, CALLED, request_key="click") for _ in "ab"
    )
    assert first == again
    assert len(qualifications(store)) == 1


def test_the_fiscal_year_of_the_settings_decides_when_to_call_again(store_file: Any) -> None:
    store_file.with_suffix(".toml").write_text("fiscal_start_month = 7\n")
    opened = Store.open(store_file, create=True)
    make.loaded(opened, "prospects", PROSPECTS)
    next_year = answers_from_json(FULL | {"budget": {"next_year": True}})
    decision = record_qualification(opened, LOCAL_OWNER, "PR-1", next_year, CALLED)
    opened.close()
    assert str(decision.follow_up_on) == "2026-07-01"


def test_an_unknown_prospect_or_a_role_without_the_right_is_refused_and_nothing_is_kept(store: Store) -> None:
    make.loaded(store, "prospects", PROSPECTS)
    answers = answers_from_json(FULL)
    with pytest.raises(Refused, match="there is no prospect 'PR-9'"):
        record_qualification(store, LOCAL_OWNER, "PR-9", answers, CALLED)
    with pytest.raises(NotAllowed, match="ask the VP Sales or CEO"):
        record_qualification(store, make.CSM, "PR-1", answers, CALLED)
    assert qualifications(store) == ()


def test_somebody_new_is_entered_once_and_a_second_of_that_name_is_refused(store: Store) -> None:
    told = {"company": " O'Neil  & Söhne 🚚 ", "warehouses": "2"}
    first, again = (
        enter_prospect(store, LOCAL_OWNER, told, today=CALLED.date(), now=CALLED, request_key="one click")
        for _ in "ab"
    )
    assert first == again == "PR-001"
    assert store.rows("select company, warehouses, created_on from prospects") == [
        ("O'Neil & Söhne 🚚", 2, CALLED.date())
    ]
    for wrong, said in (
        ({"company": "o'neil & söhne 🚚"}, "is a prospect already: PR-001"),
        ({"company": " "}, "say which company"),
        ({"company": "B", "warehouses": "two"}, "warehouses"),
    ):
        with pytest.raises(Refused, match=said):
            enter_prospect(store, LOCAL_OWNER, wrong, today=CALLED.date(), now=CALLED, request_key=said)


def test_b12_pursue_opens_a_deal_and_a_proposal_request_and_twice_is_once(store: Store) -> None:
    make.loaded(store, "prospects", PROSPECTS + "PR-2,Bolt,2026-01-12\n")
    make.loaded(store, "deals", "deal_id,prospect_id,stage,amount\nD-7,PR-2,discovery,60000.00\n")

    def asked(prospect: str, click: str) -> str:
        return ask_after_call(
            store, LOCAL_OWNER, prospect, today=CALLED.date(), now=CALLED, request_key=click
        )

    assert [asked("PR-1", "one"), asked("PR-1", "one"), asked("PR-2", "two")] == ["Q-001", "Q-001", "Q-002"]
    assert store.rows(
        "select deal_id, prospect_id, stage, amount, entered_stage_on from deals order by deal_id"
    ) == [
        ("D-008", "PR-1", "proposal", None, CALLED.date()),
        ("D-7", "PR-2", "proposal", Decimal("60000.00"), CALLED.date()),
    ]
    with pytest.raises(Refused, match="Q-001 is in the making"):
        asked("PR-1", "three")
    assert (proposal_since(store, "PR-1", CALLED), proposal_since(store, "PR-9", CALLED)) == ("Q-001", None)
