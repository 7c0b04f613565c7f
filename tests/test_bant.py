from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tai_ops.bant import Decision, answers_from_json, decide
from tai_ops.errors import Refused
from tai_ops.period import BusinessCalendar

CALENDAR = BusinessCalendar()
TUESDAY = "2026-02-03T10:20:00-05:00"
YES = {
    "budget": {"answer": "yes", "acv": "45000.00", "approval": "in_process"},
    "authority": {"empowered": "yes"},
    "need": {"accuracy_pct": 80},
    "timeline": {"decision": "2-4 weeks"},
}
NO = {
    "budget": {"answer": "no"},
    "authority": {"empowered": "no", "controls_budget": "no"},
    "need": {"accuracy_pct": 98, "error_cost_per_month": "0.00"},
    "timeline": {"decision": "none"},
}
UNSURE = {name: {} for name in YES}
WAIT = {"decision": ">6 months"}


def decided(ended: str = TUESDAY, *, fiscal_start=(1, 1), calendar=CALENDAR, **blocks) -> Decision:
    answers = answers_from_json({"call_ended_at": ended, "company": "Acme"} | blocks)
    return decide(answers, fiscal_start=fiscal_start, calendar=calendar)


def state(block: str, **answers) -> str:
    return decided(**{block: answers}).blocks[block]


def kinds(decision: Decision) -> set[str]:
    return {task.kind for task in decision.tasks}


def due(decision: Decision, kind: str) -> datetime:
    return next(task.due_at for task in decision.tasks if task.kind == kind)


@pytest.mark.parametrize(
    "blocks, expected",
    [
        pytest.param(YES | {"budget": NO["budget"]}, ("budget", 3, "WARM", "PASS"), id="B1-budget-no-3-yes"),
        pytest.param(YES | {"need": {}}, (None, 3, "WARM", "WARM"), id="B1-3-yes-and-unsure"),
        pytest.param(YES, (None, 4, "PURSUE", "PURSUE"), id="B1-4-yes"),
        pytest.param(
            YES | {"timeline": WAIT}, ("timeline", 3, "WARM", "WAIT"), id="B1-3-yes-and-over-6-months"
        ),
        pytest.param(UNSURE | {"need": YES["need"]}, (None, 1, "PASS", "PASS"), id="B3-1-yes-3-unsure"),
        pytest.param(YES | {"budget": {}, "need": {}}, (None, 2, "WARM", "WARM"), id="B3-2-yes-2-unsure"),
        pytest.param({}, (None, 0, "PASS", "PASS"), id="nothing-known"),
        pytest.param(NO, ("budget", 0, "PASS", "PASS"), id="budget-closes-first"),
        pytest.param(
            NO | {"budget": {}, "timeline": WAIT}, ("authority", 0, "PASS", "PASS"), id="authority-second"
        ),
        pytest.param(
            UNSURE | {"need": NO["need"], "timeline": WAIT}, ("need", 0, "PASS", "PASS"), id="need-third"
        ),
    ],
)
def test_gates_in_order_then_the_count(blocks, expected):
    found = decided(**blocks)
    assert (found.gate, found.yes_count, found.count_decision, found.decision) == expected


@pytest.mark.parametrize(
    "answers, expected",
    [
        ({"answer": "yes"}, "YES"),
        ({"answer": "yes", "acv": "10000.00"}, "YES"),
        ({"answer": "yes", "acv": "9999.99"}, "UNSURE"),
        ({"answer": "yes", "approval": "no"}, "UNSURE"),
        ({"answer": "yes", "approval": "yes"}, "YES"),
        ({"answer": "yes", "next_year": True}, "NO"),
        ({"answer": "unsure", "next_year": True}, "NO"),
        ({"answer": "yes", "next_year": False}, "YES"),
        ({"answer": "no", "acv": "5000.00"}, "NO"),
        ({"answer": "unsure"}, "UNSURE"),
        ({"acv": "45000.00", "approval": "yes"}, "UNSURE"),
    ],
)
def test_budget(answers, expected):
    assert state("budget", **answers) == expected


@pytest.mark.parametrize(
    "answers, expected",
    [
        ({"empowered": "yes"}, "YES"),
        ({"empowered": "yes", "controls_budget": "no", "sign_offs": ["a", "b", "c", "d"]}, "YES"),
        ({"empowered": "yes", "sign_offs": ["a", "b", "c", "d", "e"]}, "UNSURE"),
        ({"empowered": "yes", "puts_off": True}, "UNSURE"),
        ({"controls_budget": "yes", "sign_offs": ["CFO", "CEO", "IT"]}, "YES"),
        ({"empowered": "unsure", "controls_budget": "yes", "sign_offs": []}, "YES"),
        ({"controls_budget": "yes", "sign_offs": ["a", "b", "c", "d"]}, "UNSURE"),
        pytest.param({"controls_budget": "yes"}, "UNSURE", id="sign-offs-not-known-are-not-none"),
        ({"empowered": "no", "controls_budget": "yes", "sign_offs": []}, "UNSURE"),
        ({"empowered": "no", "controls_budget": "no"}, "NO"),
        ({"empowered": "no"}, "UNSURE"),
        ({"empowered": "no", "controls_budget": "unsure"}, "UNSURE"),
        ({"controls_budget": "no"}, "UNSURE"),
        ({}, "UNSURE"),
    ],
)
def test_authority(answers, expected):
    assert state("authority", **answers) == expected


@pytest.mark.parametrize(
    "answers, expected",
    [
        ({"accuracy_pct": 96.9}, "YES"),
        ({"accuracy_pct": 97}, "UNSURE"),
        ({"accuracy_pct": 97, "error_cost_per_month": "0.00"}, "NO"),
        ({"accuracy_pct": 97, "error_cost_per_month": "0.01", "pain": 6}, "YES"),
        ({"error_cost_per_month": "2000.00", "pain": 5}, "UNSURE"),
        ({"error_cost_per_month": "2000.00"}, "UNSURE"),
        ({"error_cost_per_month": "0.00", "pain": 9}, "UNSURE"),
        ({"accuracy_pct": 80, "happy": True}, "NO"),
        ({"accuracy_pct": 80, "no_timeline": True}, "UNSURE"),
        ({"accuracy_pct": 80, "too_small": True}, "UNSURE"),
        ({"accuracy_pct": 99, "error_cost_per_month": "0.00", "too_small": True}, "NO"),
        ({"pain": 10}, "UNSURE"),
    ],
)
def test_need(answers, expected):
    assert state("need", **answers) == expected


@pytest.mark.parametrize(
    "answers, expected, priority",
    [
        ({"decision": "2-4 weeks"}, "YES", "hot"),
        ({"decision": "1-2 months"}, "YES", "warm"),
        ({"decision": "3-6 months"}, "UNSURE", "later"),
        ({"decision": "3+ months"}, "UNSURE", None),
        ({"decision": "tbd"}, "UNSURE", None),
        ({"decision": ">6 months"}, "WAIT", None),
        ({"decision": "none"}, "NO", None),
        ({"days": 28}, "YES", "hot"),
        ({"days": 29}, "YES", "warm"),
        ({"days": 62}, "YES", "warm"),
        ({"days": 63}, "UNSURE", "later"),
        ({"days": 183}, "UNSURE", "later"),
        ({"days": 184}, "WAIT", None),
        pytest.param({"days": 20, "decision": "none"}, "YES", "hot", id="days-decide-over-none"),
        pytest.param({"days": 200, "decision": "2-4 weeks"}, "WAIT", None, id="days-decide-over-weeks"),
        ({"decision": "2-4 weeks", "exploring": True}, "UNSURE", "hot"),
        ({"decision": ">6 months", "next_year": True}, "WAIT", None),
        ({"next_year": True}, "UNSURE", None),
        ({}, "UNSURE", None),
    ],
)
def test_timeline(answers, expected, priority):
    found = decided(timeline=answers)
    assert (found.blocks["timeline"], found.priority) == (expected, priority)


@pytest.mark.parametrize(
    "block, answers, flag",
    [
        ("budget", {"answer": "no"}, "no_budget"),
        ("budget", {"next_year": True}, "budget_next_year"),
        ("budget", {"answer": "unsure"}, "budget_unknown"),
        ("budget", {"acv": "500.00"}, "budget_too_small"),
        ("authority", {"sign_offs": ["a", "b", "c", "d", "e"]}, "many_sign_offs"),
        ("authority", {"puts_off": True}, "puts_off"),
        ("need", {"happy": True}, "happy"),
        ("need", {"no_timeline": True}, "need_no_timeline"),
        ("need", {"too_small": True}, "problem_too_small"),
        ("timeline", {"next_year": True}, "timeline_next_year"),
        ("timeline", {"exploring": True}, "exploring"),
        ("timeline", {"decision": "none"}, "no_timeline"),
    ],
)
def test_each_red_flag_is_listed_by_its_code(block, answers, flag):
    assert decided(**{block: answers}).red_flags == (flag,)


def test_a_red_flag_lowers_its_own_block_alone():
    found = decided(**YES | {"timeline": {"decision": "2-4 weeks", "exploring": True}})
    assert found.blocks == {"budget": "YES", "authority": "YES", "need": "YES", "timeline": "UNSURE"}
    assert (found.decision, found.yes_count) == ("WARM", 3)


@pytest.mark.parametrize(
    "blocks, expected",
    [
        (YES, {"follow_up_email", "meeting", "proposal_request"}),
        (YES | {"budget": {}}, {"follow_up_email", "meeting", "ask"}),
        (
            YES | {"authority": {}, "timeline": {}},
            {"follow_up_email", "meeting", "investigate", "clarify_timeline"},
        ),
        (YES | {"need": {}}, {"follow_up_email", "meeting", "discover"}),
        (YES | {"authority": NO["authority"]}, {"follow_up_email", "refer", "nurture"}),
        (YES | {"timeline": WAIT}, {"follow_up_email", "nurture"}),
        ({}, {"follow_up_email", "ask", "investigate", "discover", "clarify_timeline", "nurture"}),
    ],
)
def test_tasks(blocks, expected):
    found = decided(**blocks)
    assert kinds(found) == expected
    assert len(found.tasks) == len(expected)


@pytest.mark.parametrize(
    "ended, meeting",
    [
        pytest.param("2026-02-03T10:20:00-05:00", "2026-02-04T10:20:00-05:00", id="next-day"),
        pytest.param("2026-02-06T16:00:00+00:00", "2026-02-09T16:00:00+00:00", id="friday-to-monday"),
        pytest.param("2026-02-03T19:30:00+01:00", "2026-02-05T09:00:00+01:00", id="after-closing"),
    ],
)
def test_email_is_due_in_20_minutes_and_the_rest_a_business_day_later(ended, meeting):
    found = decided(ended, **YES)
    assert due(found, "follow_up_email") == datetime.fromisoformat(ended) + timedelta(minutes=20)
    assert due(found, "meeting").isoformat() == meeting


def test_what_is_open_behind_a_closed_gate_waits_for_the_follow_up():
    found = decided(budget={"answer": "no"})
    assert due(found, "discover") == due(found, "nurture")
    assert due(found, "nurture").date() == found.follow_up_on == date(2026, 8, 3)


@pytest.mark.parametrize(
    "ended, blocks, fiscal_start, expected",
    [
        (TUESDAY, {"budget": {"next_year": True}}, (1, 1), date(2027, 1, 1)),
        (TUESDAY, {"budget": {"next_year": True}}, (4, 1), date(2026, 4, 1)),
        ("2026-04-01T12:00:00+00:00", {"budget": {"next_year": True}}, (4, 1), date(2027, 4, 1)),
        (TUESDAY, {"budget": {"answer": "no"}, "timeline": {"next_year": True}}, (1, 1), date(2026, 8, 3)),
        (TUESDAY, {}, (1, 1), date(2026, 3, 5)),
        ("2026-08-31T12:00:00+00:00", {"timeline": {"decision": "none"}}, (1, 1), date(2027, 2, 28)),
        (TUESDAY, {"timeline": WAIT}, (1, 1), date(2026, 7, 1)),
        (TUESDAY, {"timeline": WAIT, "need": {"urgency": "Q1"}}, (1, 1), date(2027, 1, 1)),
        (TUESDAY, {"timeline": WAIT, "need": {"urgency": "Q2"}}, (1, 1), date(2026, 4, 1)),
        ("2026-07-01T00:30:00+02:00", {"timeline": WAIT}, (1, 1), date(2027, 7, 1)),
        ("2026-06-30T23:30:00-05:00", {"timeline": WAIT}, (1, 1), date(2026, 7, 1)),
        (TUESDAY, YES, (1, 1), date(2026, 2, 10)),
    ],
)
def test_follow_up_on(ended, blocks, fiscal_start, expected):
    assert decided(ended, fiscal_start=fiscal_start, **blocks).follow_up_on == expected


def test_the_proposed_meeting_is_on_a_business_day():
    holiday = BusinessCalendar(holidays=frozenset({date(2026, 2, 10)}))
    assert decided(calendar=holiday, **YES).follow_up_on == date(2026, 2, 11)


@pytest.mark.parametrize(
    "blocks, words",
    [
        (YES, "I'd love to schedule a deeper conversation next week"),
        ({"budget": {"answer": "no"}}, "Let's reconnect when budget is allocated"),
        ({"authority": NO["authority"]}, "decision maker"),
        ({"need": {"happy": True}}, "it doesn't sound like the timing is right right now"),
        ({"timeline": WAIT}, "feel free to reach out in Q3"),
        ({"timeline": WAIT, "need": {"urgency": "Q1"}}, "feel free to reach out in Q1"),
    ],
)
def test_message_in_the_runbooks_words(blocks, words):
    assert words in decided(**blocks).message


def test_pass_by_count_says_insufficient_evidence_and_a_gate_does_not():
    assert any("insufficient evidence" in reason for reason in decided().reasons)
    assert not any("insufficient evidence" in reason for reason in decided(**NO).reasons)


def test_a_gate_and_a_count_that_disagree_are_both_said():
    reasons = " ".join(decided(**YES | {"budget": NO["budget"]}).reasons)
    assert "budget gate closed: PASS" in reasons
    assert "would say WARM" in reasons


def test_as_json_has_the_contracts_keys():
    said = decided(**YES).as_json()
    assert list(said) == [
        "gate",
        "yes_count",
        "count_decision",
        "decision",
        "priority",
        "tasks",
        "red_flags",
        "message",
        "follow_up_on",
        "reasons",
    ]
    assert said["tasks"][0] == {
        "kind": "follow_up_email",
        "owner": "vp_sales",
        "due_at": "2026-02-03T10:40:00-05:00",
        "text": "Send Acme the follow-up e-mail",
    }
    assert said["follow_up_on"] == "2026-02-10"


@pytest.mark.parametrize(
    "blocks, line",
    [
        ({"budget": {"answer": "YES"}}, 'budget.answer: must be "yes", "no" or "unsure"'),
        ({"budget": {"anwser": "yes"}}, "budget.anwser: is not a key that is known here"),
        ({"budget": {"acv": 45000}}, 'budget.acv: must be money as text, like "45000.00"'),
        ({"budget": {"acv": "-1.00"}}, "budget.acv: must be 0.00 or more"),
        ({"budget": {"next_year": "no"}}, "budget.next_year: must be true or false"),
        ({"need": {"pain": 11}}, "need.pain: must be a number from 1 to 10"),
        ({"timeline": {"days": -1}}, "timeline.days: must be a whole number, 0 or more"),
        ({"authority": {"sign_offs": ["CFO", " "]}}, "authority.sign_offs.1: must not be blank"),
        ({"call_ended_at": None}, "call_ended_at: must be an instant with an offset"),
        ({"call_ended_at": "2026-02-03"}, "call_ended_at: must carry an offset"),
    ],
)
def test_refused_by_the_dotted_path(blocks, line):
    with pytest.raises(Refused) as refused:
        answers_from_json({"call_ended_at": TUESDAY} | blocks)
    assert str(refused.value).startswith(line)


def test_recorded_answers_decide_nothing():
    recorded = {
        "contact": "Dana",
        "budget": {"approver": "CFO", "procurement_weeks": 6},
        "authority": {"title": "VP", "controls_implementation": "no"},
        "need": {"current_system": "paper", "count_hours": 40, "errors_per_month": 12},
        "timeline": {"start_week": 10, "go_live_week": "11-12"},
    }
    assert decided(**recorded) == decided()


yes_no = st.sampled_from([None, "yes", "no", "unsure"])
flag = st.sampled_from([None, True, False])
money = st.sampled_from([None, "0.00", "9999.99", "45000.00"])
any_blocks = st.fixed_dictionaries(
    {
        "budget": st.fixed_dictionaries(
            {
                "answer": yes_no,
                "next_year": flag,
                "acv": money,
                "approval": st.sampled_from([None, "yes", "no"]),
            }
        ),
        "authority": st.fixed_dictionaries(
            {
                "empowered": yes_no,
                "controls_budget": yes_no,
                "puts_off": flag,
                "sign_offs": st.none() | st.lists(st.just("CFO"), max_size=6),
            }
        ),
        "need": st.fixed_dictionaries(
            {
                "accuracy_pct": st.none() | st.integers(94, 100),
                "error_cost_per_month": money,
                "pain": st.none() | st.integers(1, 10),
                "happy": flag,
                "too_small": flag,
                "urgency": st.sampled_from([None, "Q1", "Q4"]),
            }
        ),
        "timeline": st.fixed_dictionaries(
            {
                "decision": st.sampled_from([None, "2-4 weeks", "3+ months", ">6 months", "none"]),
                "days": st.none() | st.sampled_from([0, 28, 62, 183, 400]),
                "exploring": flag,
            }
        ),
    }
)
RANK = {"PASS": 0, "WAIT": 1, "WARM": 2, "PURSUE": 3}


@settings(max_examples=60)
@given(any_blocks, st.sampled_from(sorted(YES)))
def test_a_no_or_unsure_turned_yes_never_lowers_the_decision(blocks, block):
    before, after = decided(**blocks), decided(**blocks | {block: YES[block]})
    assume(before.blocks[block] != "WAIT")
    assert RANK[after.decision] >= RANK[before.decision]


@settings(max_examples=60)
@given(any_blocks, st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_every_decision_holds_together(blocks, ended):
    found = decided(ended.isoformat() + "+05:30", **blocks)
    assert found.yes_count == list(found.blocks.values()).count("YES")
    assert (found.gate is None) == (
        found.decision == found.count_decision and "NO" not in found.blocks.values()
    )
    assert ("nurture" in kinds(found)) == (found.decision in {"WAIT", "PASS"})
    assert found.follow_up_on > ended.date()
    assert all(task.due_at > datetime.fromisoformat(ended.isoformat() + "+05:30") for task in found.tasks)


def test_times_stand_in_the_offset_of_the_call():
    found = decided("2026-02-03T10:20:00+09:00", calendar=BusinessCalendar(opens=time(0)), **NO)
    assert {task.due_at.utcoffset() for task in found.tasks} == {timedelta(hours=9)}


def test_a_day_to_reconnect_keeps_the_wall_clock_over_a_clock_change() -> None:
    york = BusinessCalendar(ZoneInfo("America/New_York"))
    made = decided("2026-02-03T10:20:00-05:00", calendar=york, **YES | {"timeline": WAIT})
    [later] = [task.due_at for task in made.tasks if task.kind == "nurture"]
    assert later.astimezone(york.zone).isoformat() == "2026-07-01T10:20:00-04:00"
    assert later.isoformat() == "2026-07-01T09:20:00-05:00", "told with the offset of the call"
    elsewhere = decided("2026-02-03T10:20:00+01:00", calendar=york, **YES | {"timeline": WAIT})
    assert [task.due_at.isoformat() for task in elsewhere.tasks if task.kind == "nurture"] == [
        "2026-07-01T10:20:00+01:00"
    ]


def test_the_range_of_a_budget_does_where_no_amount_is_said() -> None:
    small = decided(**YES | {"budget": {"answer": "yes", "band": "<10K"}})
    assert (small.blocks["budget"], small.red_flags) == ("UNSURE", ("budget_too_small",))
    assert decided(**YES | {"budget": {"answer": "yes", "band": "10-50K"}}).decision == "PURSUE"
    both = decided(**YES | {"budget": {"answer": "yes", "band": "<10K", "acv": "10000.00"}})
    assert both.blocks["budget"] == "YES", "the amount decides"
    with pytest.raises(Refused, match=r"budget\.band"):
        decided(budget={"answer": "yes", "band": "5-10K"})
