"""The qualify page: answers are typed once, the decision forms beside them, an interrupted call resumes, tasks follow."""

from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path

import make
import offers
import pytest
from icalendar import Calendar
from offers import NOW, VP
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.bant import answers_from_json
from tai_ops.call_script import CALL_MINUTES, FIELDS, SCRIPT, answers_json, changes, part_at, typed_of
from tai_ops.call_worth import call_worth
from tai_ops.errors import NotAllowed, Refused
from tai_ops.exports.sales_tasks import follow_up_eml, tasks_ics
from tai_ops.pipeline import Prospect
from tai_ops.store.message_templates import keep_template, templates
from tai_ops.store.qualifying import qualifications, record_qualification
from tai_ops.store.sales_tasks import sales_tasks, tick

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/qualify.py"


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    make.loaded(
        store,
        "prospects",
        "prospect_id,company,contact,email,created_on\nPR-1,Apex Storage,Elena Marsh,elena@apex.example,2026-03-02\n",
    )
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    yield
    session.use(None)


def page() -> AppTest:
    test = AppTest.from_file(str(ROUTER))
    test.query_params["prospect"] = "PR-1"
    return test.switch_page(PAGE).run()


def told(test: AppTest) -> str:
    assert not test.exception
    return " ".join(one.value for one in [*test.markdown, *test.caption]).replace("\\", "")


def test_r2_27_five_blocks_of_2_5_5_5_3_minutes_in_call_order() -> None:
    assert [part.minutes for part in SCRIPT] == [2, 5, 5, 5, 3]
    assert CALL_MINUTES == 20
    assert [part.name for part in SCRIPT][1:4] == ["Need", "Authority and budget", "Timeline and next steps"]
    assert part_at(0)[0].name == "Opening"
    assert part_at(130) == (SCRIPT[1], 290)
    assert part_at(1260) == (SCRIPT[4], -60)


def test_what_is_typed_reads_back_and_what_is_empty_stays_unknown() -> None:
    typed = {
        "need.accuracy_pct": "80",
        "need.pain": 8,
        "authority.sign_offs": "-",
        "need.happy": False,
        "budget.acv": "",
    }
    made = answers_json(typed, NOW, "Apex", None)
    assert made["need"] == {"accuracy_pct": 80, "pain": 8}
    assert made["authority"] == {"sign_offs": []}
    assert "budget" not in made
    assert typed_of(made) == {"need.accuracy_pct": "80", "need.pain": 8, "authority.sign_offs": "-"}
    assert changes(made, answers_json(typed | {"need.pain": 6}, NOW, "Apex", None)) == (
        ("Pain, 1 to 10", "8", "6"),
    )


def test_the_decision_forms_while_the_call_runs_and_a_new_session_resumes_it(store, monkeypatch) -> None:
    test = page()
    assert "PASS - insufficient evidence" in told(test)
    test.text_input(key="call_PR-1_need_accuracy_pct").set_value("80")
    test.text_input(key="call_PR-1_need_error_cost_per_month").set_value("2000.00").run()
    assert "Need is YES: accuracy of 80 % is below 97 %." in told(test)
    assert "Worth to them: $20,400 a year ($20,400 from fewer errors at 97 %)." in told(test)
    assert "Still to ask: the hours of counting, the cost of an hour and the number of warehouses." in told(
        test
    )
    test.button(key="start_call").click().run()
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    again = page()
    assert again.text_input(key="call_PR-1_need_accuracy_pct").value == "80"
    assert again.button(key="start_call").label == "Start the clock again", (
        "the clock runs on after an interruption"
    )
    again.text_input(key="call_PR-1_budget_acv").set_value("9999.999").run()
    assert "budget.acv" in told(again)
    again.button(key="save_call").click().run()
    assert "budget.acv" in again.error[0].value.replace("\\", "")
    assert again.text_input(key="call_PR-1_need_accuracy_pct").value == "80"
    again.text_input(key="call_PR-1_budget_acv").set_value("9,999.99")
    again.text_input(key="call_PR-1_hour_cost").set_value("thirty").run()
    assert "What an hour of counting costs them: 'thirty' is not a number" in told(again)
    again.text_input(key="call_PR-1_hour_cost").set_value("$35").run()
    again.button(key="save_call").click().run()
    [kept] = qualifications(store, "PR-1")
    assert kept.detail["red_flags"] == ["budget_too_small"]
    assert kept.detail["hour_cost"] == "35.00"
    assert "Calls so far" in " ".join(one.value for one in again.subheader)
    assert again.text_input(key="call_PR-1_need_accuracy_pct").value == "80", (
        "the next call begins with what this one said"
    )
    again.text_input(key="call_PR-1_budget_acv").set_value("45,000").run()
    again.button(key="save_call").click().run()
    newest, _ = qualifications(store, "PR-1")
    assert newest.answers.need.accuracy_pct == 80
    assert "Budget a year: 9999.99 → 45000.00" in told(again)
    assert "Inventory accuracy" not in told(again)


def test_the_follow_up_is_due_twenty_minutes_after_the_call_and_ticked_once(store) -> None:
    offers.called(store)
    listed = sales_tasks(store)
    mail = next(one for one in listed if one.kind == "follow_up_email")
    assert mail.due_at == datetime(2026, 4, 2, 9, 50, tzinfo=UTC)
    assert {one.kind for one in listed} == {"follow_up_email", "proposal_request", "meeting"}
    tick(store, VP, mail.key, done=True, now=NOW)
    assert [one.kind for one in sales_tasks(store) if one.done] == ["follow_up_email"]
    events = Calendar.from_ical(tasks_ics(sales_tasks(store), NOW)).walk("VEVENT")
    assert len(events) == 2
    with pytest.raises(Refused, match="not in the list any more"):
        tick(store, VP, "gone/meeting", done=True, now=NOW)


def test_tasks_of_closed_deals_are_gone_and_a_proposal_asked_for_is_done(store) -> None:
    offers.called(store)
    make.loaded(store, "deals", "deal_id,prospect_id,stage\nD-1,PR-1,discovery\n")
    make.loaded(
        store, "proposals", f"proposal_id,deal_id,requested_at,status\nQ-1,D-1,{NOW.isoformat()},draft\n"
    )
    assert [one.kind for one in sales_tasks(store) if one.done] == ["proposal_request"]
    make.loaded(
        store, "deals", "deal_id,prospect_id,stage,closed_on,lost_reason\nD-1,PR-1,lost,2026-04-02,price\n"
    )
    assert sales_tasks(store) == ()


def test_the_follow_up_e_mail_is_a_draft_in_the_company_s_words_with_those_of_the_call(store) -> None:
    prospect = Prospect(
        "PR-1",
        "O'Neil & Söhne 🚚",
        "Elena Marsh",
        "elena@apex.example",
        None,
        None,
        None,
        NOW.date(),
        None,
        None,
        None,
    )
    offers.called(store)
    [call] = qualifications(store)
    made = message_from_bytes(
        follow_up_eml(prospect, call, templates(store), VP, "TAI", NOW), policy=policy.default
    )
    assert made["Subject"] == "Our call today: O'Neil & Söhne 🚚 and TAI"
    assert made["X-Unsent"] == "1"
    said = made.get_content().replace("\r\n", "\n")
    assert "Hi Elena,\n\nGreat! I'd love to schedule a deeper conversation next week." in said
    assert "Does Thu 9 Apr 2026 suit you for it?" in said
    own = "{contact}: {said} Until {next_date}. {seller}, as with {similar_customer}"
    keep_template(store, VP, "follow_up_qualified", "{prospect}, briefly", own, NOW, "words")
    again = message_from_bytes(
        follow_up_eml(prospect, call, templates(store), VP, "TAI", NOW), policy=policy.default
    )
    assert again["Subject"] == "O'Neil & Söhne 🚚, briefly"
    assert again.get_content().startswith("Elena: Great!")
    with pytest.raises(Refused, match=r"\{price\} is not defined \(in line 2\)"):
        keep_template(store, VP, "follow_up_qualified", "", "Hi {contact}\n{price}", NOW, "wrong")
    with pytest.raises(NotAllowed):
        keep_template(store, make.CSM, "follow_up_qualified", "", "Hi {contact}", NOW, "other")


def test_every_answer_of_the_script_is_one_that_the_decision_reads() -> None:
    from tai_ops.bant import Authority, Budget, Need, Timeline

    models = {"budget": Budget, "authority": Authority, "need": Need, "timeline": Timeline}
    asked = {(path.partition(".")[0], path.partition(".")[2]) for path in FIELDS}
    assert asked == {(block, name) for block, model in models.items() for name in model.model_fields}


def test_b1_a_person_may_decide_otherwise_with_a_reason_and_both_are_kept(store) -> None:
    with pytest.raises(Refused, match="say why it is PURSUE"):
        record_qualification(
            store, VP, "PR-1", answers_from_json({"call_ended_at": NOW.isoformat()}), NOW, otherwise="PURSUE"
        )
    test = page()
    test.text_input(key="call_PR-1_otherwise_why").set_value("Their parent company signs")
    test.session_state["call_PR-1_otherwise"] = "PURSUE"
    test.button(key="save_call").click().run()
    [kept] = qualifications(store, "PR-1")
    assert (kept.decision, kept.detail["decision"]) == ("PURSUE", "PASS")
    assert {"proposal_request", "meeting"} <= {one.kind for one in sales_tasks(store)}
    assert "nurture" not in {one.kind for one in sales_tasks(store)}
    assert kept.detail["message"].startswith("Great!"), "words and tasks are those of the decision that holds"
    assert "Computed PASS, decided otherwise: Their parent company signs" in told(test)
    assert test.session_state["call_PR-1_otherwise"] is None, "the next call begins without it"


def test_what_it_is_worth_is_errors_and_hours_and_says_what_is_still_to_ask() -> None:
    said = {
        "call_ended_at": NOW.isoformat(),
        "budget": {"acv": "40000.00"},
        "need": {"accuracy_pct": 80, "error_cost_per_month": "2000.00", "count_hours": 40},
    }
    worth = call_worth(answers_from_json(said), Decimal(35), 2)
    assert (worth.errors, worth.hours, worth.wanting) == (20400, 3360, ()), (
        "12 hours × 4 quarters × 2 warehouses × 35"
    )
    assert worth.total == 23760
    assert worth.payback_months
    assert round(worth.payback_months, 1) == Decimal("20.2")
    nothing = call_worth(answers_from_json({"call_ended_at": NOW.isoformat()}), None, None)
    assert (nothing.total, nothing.payback_months, len(nothing.wanting)) == (None, None, 5)
