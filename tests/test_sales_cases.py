"""The settled cases of qualification (B1 to B16) and of proposals that have no test elsewhere, one test each, by their id."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import offers
import pytest
from offers import COORDINATOR, NOW, VP

from tai_ops.bant import Decision, answers_from_json, decide
from tai_ops.call_script import SCRIPT
from tai_ops.errors import Refused
from tai_ops.exports.proposal_mail import case_study_eml
from tai_ops.period import BusinessCalendar
from tai_ops.proposal_clock import ROUND_MINUTES
from tai_ops.proposal_quote import band_words
from tai_ops.store import Store
from tai_ops.store.proposal_desk import desk
from tai_ops.store.proposing import send, submit, type_values
from tai_ops.store.qualifying import qualifications

GOOD: dict[str, Any] = {
    "budget": {"answer": "yes", "acv": "45000.00"},
    "authority": {"empowered": "yes"},
    "need": {"accuracy_pct": 80},
    "timeline": {"decision": "2-4 weeks"},
}


def said(ended: str = "2026-02-03T10:20:00+00:00", **blocks: dict[str, Any]) -> Decision:
    return decide(answers_from_json({"call_ended_at": ended, **(GOOD | blocks)}), calendar=BusinessCalendar())


def kinds(made: Decision) -> list[str]:
    return [task.kind for task in made.tasks]


def test_b2_unsure_is_no_yes_and_makes_the_trees_task(store: Store) -> None:
    made = said(budget={"answer": "unsure"}, authority={}, need={})
    assert made.yes_count == 1
    assert {"ask", "investigate", "discover"} <= set(kinds(made))
    offers.company(store)
    offers.called(store, pain=3)
    assert len(qualifications(store, "PR-1")) == 2, "a second score keeps the first"


@pytest.mark.parametrize(
    "answer, state, priority",
    [
        ("2-4 weeks", "YES", "hot"),
        ("1-2 months", "YES", "warm"),
        ("3-6 months", "UNSURE", "later"),
        (">6 months", "WAIT", None),
        ("tbd", "UNSURE", None),
        ("3+ months", "UNSURE", None),
        ("none", "NO", None),
    ],
)
def test_b4_one_list_of_timelines(answer: str, state: str, priority: str | None) -> None:
    made = said(timeline={"decision": answer})
    assert (made.blocks["timeline"], made.priority) == (state, priority)


@pytest.mark.parametrize(
    "days, state", [(28, "YES"), (29, "YES"), (62, "YES"), (63, "UNSURE"), (183, "UNSURE"), (184, "WAIT")]
)
def test_b5_days_decide_at_their_edges(days: int, state: str) -> None:
    assert said(timeline={"days": days}).blocks["timeline"] == state


def test_b6_bands_begin_where_the_one_below_ends() -> None:
    assert [band_words(Decimal(amount)) for amount in ("9999.99", "10000", "50000", "100000")] == [
        "below 10,000",
        "10,000 to below 50,000",
        "50,000 to below 100,000",
        "100,000 or more",
    ]
    small = said(budget={"answer": "yes", "acv": "9999.99"})
    assert (small.blocks["budget"], small.red_flags) == ("UNSURE", ("budget_too_small",))


def test_b7_an_explicit_not_empowered_is_never_a_yes() -> None:
    assert (
        said(authority={"controls_budget": "yes", "sign_offs": ["a", "b", "c"]}).blocks["authority"] == "YES"
    )
    assert (
        said(authority={"controls_budget": "yes", "sign_offs": list("abcd")}).blocks["authority"] == "UNSURE"
    )
    assert said(authority={"empowered": "no", "controls_budget": "yes"}).blocks["authority"] == "UNSURE"
    assert said(authority={"empowered": "no", "controls_budget": "no"}).blocks["authority"] == "NO"
    assert "many_sign_offs" in said(authority={"empowered": "yes", "sign_offs": list("abcde")}).red_flags


def test_b8_need_by_accuracy_or_by_cost_with_pain() -> None:
    assert said(need={"error_cost_per_month": "1.00", "pain": 6}).blocks["need"] == "YES"
    assert said(need={"error_cost_per_month": "1.00", "pain": 5}).blocks["need"] == "UNSURE"
    assert said(need={"accuracy_pct": 97, "error_cost_per_month": "0.00"}).blocks["need"] == "NO"
    assert said(need={"accuracy_pct": 97}).blocks["need"] == "UNSURE", "a cost that isn't known is not 0"
    assert said(need={"accuracy_pct": 50, "happy": True}).blocks["need"] == "NO"


def test_b9_next_years_budget_is_a_no_until_the_fiscal_start() -> None:
    made = said(budget={"answer": "yes", "next_year": True})
    assert (made.decision, made.gate, made.follow_up_on) == ("PASS", "budget", date(2027, 1, 1))
    assert said(budget={"answer": "yes", "approval": "no"}).blocks["budget"] == "UNSURE"


@pytest.mark.parametrize(
    "quarter, on", [("Q1", date(2027, 1, 1)), ("Q2", date(2026, 4, 1)), (None, date(2026, 7, 1))]
)
def test_b10_wait_until_the_next_quarter_that_was_named(quarter: str | None, on: date) -> None:
    need = {"accuracy_pct": 80} | ({"urgency": quarter} if quarter else {})
    made = said(need=need, timeline={"decision": ">6 months"})
    assert (made.decision, made.follow_up_on) == ("WAIT", on)


def test_b11_the_form_follows_the_talk_and_the_decision_its_own_order() -> None:
    order = [field.path.partition(".")[0] for part in SCRIPT for field in part.fields]
    assert list(dict.fromkeys(order)) == ["need", "authority", "budget", "timeline"]
    both = said(need={"happy": True}, budget={"answer": "no"})
    assert both.gate == "budget"


def test_b12_pursue_asks_for_a_proposal_and_warm_for_a_meeting_alone() -> None:
    assert {"proposal_request", "meeting"} <= set(kinds(said()))
    warm = kinds(said(need={}))
    assert "meeting" in warm
    assert "proposal_request" not in warm


def test_b13_the_score_is_the_count_and_the_decision() -> None:
    assert (said().yes_count, said().decision) == (4, "PURSUE")


def test_b14_the_follow_up_is_due_twenty_minutes_after_the_end() -> None:
    mail = next(task for task in said().tasks if task.kind == "follow_up_email")
    assert mail.due_at == datetime.fromisoformat("2026-02-03T10:40:00+00:00")


def test_b15_weeks_of_the_plan_are_notes_that_decide_nothing() -> None:
    assert (
        said(timeline={"decision": "2-4 weeks", "start_week": "30", "go_live_week": "40"}).decision
        == "PURSUE"
    )


def test_b16_a_red_flag_lowers_its_own_yes_and_nothing_else() -> None:
    made = said(timeline={"decision": "2-4 weeks", "exploring": True})
    assert (made.blocks["timeline"], made.red_flags, made.decision) == ("UNSURE", ("exploring",), "WARM")


# --- Proposals


def test_p3_the_first_sending_stops_the_clock_and_keeps_the_files_hash(store: Store) -> None:
    offers.sent(offers.company(store))
    found = desk(store, "Q-1", NOW + timedelta(days=9))
    assert found.sent_file == "f" * 64
    assert found.clock.kept
    with pytest.raises(Refused, match="is sent already"):
        send(store, COORDINATOR, "Q-1", "e" * 64, now=NOW + timedelta(days=1))


def test_p4_an_unknown_value_is_refused_by_its_name_and_never_printed_as_nothing(store: Store) -> None:
    offers.company(store)
    offers.typed(store, pilot_location="")
    with pytest.raises(Refused, match="still misses Pilot warehouse"):
        submit(store, COORDINATOR, "Q-1", now=NOW)
    assert any("[pilot location]" in line.text for line in desk(store, "Q-1", NOW).document(draft=True).lines)


def texts(store: Store) -> str:
    return "\n".join(line.text for line in desk(store, "Q-1", NOW).document(draft=True).lines)


def test_p7_p14_p15_the_document_says_both_dates_the_percentile_and_both_supports(store: Store) -> None:
    offers.typed(offers.company(store))
    told = texts(store)
    assert "go-live on 24 April 2026; the window of 60 days" in told, "P7"
    assert "<500ms API latency (95th percentile over a calendar month, measured at the server)" in told, "P14"
    assert "launch support included for the first 90 days, then standard support by the license" in told, (
        "P15"
    )
    type_values(store, VP, "Q-1", {"implementation_days": "56"}, now=NOW)
    assert "Implementation duration: 56 days" in texts(store), "an 8-week window is printed as given"


def test_p9_each_round_of_changes_is_twenty_minutes() -> None:
    assert ROUND_MINUTES == 20


def test_p10_p13_the_benefit_cites_the_measured_number_and_the_goal_says_97(store: Store) -> None:
    offers.typed(offers.company(store))
    told = texts(store)
    assert "97.5% accuracy achieved by Northwind Parts in 60 days" in told, "P13: the case study's own number"
    assert "(need 97%+)" in told
    found = desk(store, "Q-1", NOW)
    assert found.filled.case
    assert b"97.5 %" in case_study_eml(found, found.filled.case, NOW).replace(b"=\r\n", b""), (
        "P10: one record, two uses"
    )
