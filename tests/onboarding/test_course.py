"""An onboarding walked through the store: the plan, its steps, the gates straight and with a NO, slip, and who may what."""

from datetime import UTC, date, datetime
from decimal import Decimal

import make
import pytest

from tai_ops.checklist import progress_of
from tai_ops.errors import NotAllowed, Refused
from tai_ops.onboarding_course import Course, StepEvent, new_estimates
from tai_ops.onboarding_steps import STEPS
from tai_ops.period import Week
from tai_ops.runbooks.customer_onboarding import measures
from tai_ops.runbooks.customer_onboarding import steps as runbook
from tai_ops.runbooks.customer_onboarding.standing import learned, standing
from tai_ops.runbooks.onboarding import customer_board
from tai_ops.runbooks.weekly_review import agenda
from tai_ops.store.onboardings import Said
from tai_ops.success import progress_words

WHO = "C-9"
KICKOFF = date(2026, 4, 9)  # a Thursday


def at(day: int, month: int = 4, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture
def signed(store):
    make.loaded(
        store, "customers", f"customer_id,name,status,signed_on\n{WHO},Harbor <Foods>,signed,2026-04-01\n"
    )
    return store


@pytest.fixture
def planned(signed):
    runbook.make_plan(signed, make.CSM, WHO, KICKOFF, at(3), "plan")
    return signed


def tick(store, keys, now, event="ticked", **more):
    said = [Said(key, event, **more) for key in keys]
    return runbook.record_steps(store, make.CSM, WHO, said, now, f"{event} {keys} {now}")


def through(day, after=-3):
    return [one.key for one in STEPS if after < one.day <= day and not one.gate]


def seen(store, now):
    found = standing(store, WHO, now)
    assert found
    return found


def test_the_offered_kickoff_is_the_next_thursday_whose_cutover_is_its_friday(signed):
    alone = runbook.offered_kickoffs(signed, WHO, at(3))
    assert (alone.days[0], alone.has_room) == (KICKOFF, False)
    assert runbook.offered_kickoffs(signed, WHO, at(8)).days[0] == date(2026, 4, 16)
    make.loaded(signed, "people", "email,name,role\nida@tai.example,Ida,csm\npriya@tai.example,Priya,cto\n")
    assert runbook.offered_kickoffs(signed, WHO, at(3)) == runbook.Offer(
        (KICKOFF, date(2026, 4, 16), date(2026, 4, 23)), has_room=True
    )


def test_one_click_makes_the_plan_and_again_changes_nothing(planned):
    runbook.make_plan(planned, make.CSM, WHO, KICKOFF, at(3), "plan")
    now = seen(planned, at(3))
    assert (now.cutover_on, now.coming[20], now.slip_days) == (date(2026, 4, 24), date(2026, 5, 6), 0)
    assert planned.rows("select count(*) from onboarding_first_plans") == [(21,)]
    assert [m.name for m in now.milestones][:1] == ["Day-30 success check"]


@pytest.mark.parametrize(
    ("status", "signed_on", "kickoff", "why"),
    [
        ("signed", "2026-04-01", date(2026, 4, 11), "the next business day is 2026-04-13"),
        ("signed", "2026-04-01", date(2026, 4, 10), "the next business day is 2026-04-13"),
        ("live", "2026-04-01", KICKOFF, "C-9 is live"),
        ("churned", "", KICKOFF, "C-9 is churned"),
        ("signed", "2026-05-01", KICKOFF, "signs on 2026-05-01"),
    ],
    ids=["weekend", "holiday", "live", "churned", "not signed yet"],
)
def test_no_plan_for_such_a_day_or_customer(store, status, signed_on, kickoff, why):
    make.loaded(store, "customers", f"customer_id,name,status,signed_on\n{WHO},Harbor,{status},{signed_on}\n")
    make.loaded(store, "holidays", f"day,customer_id,name\n2026-04-10,{WHO},founders' day\n")
    with pytest.raises(Refused, match=why):
        runbook.make_plan(store, make.CSM, WHO, kickoff, at(3), "plan")
    assert store.rows("select count(*) from onboardings") == [(0,)]


def test_no_plan_for_who_is_no_customer_and_none_by_who_may_not(signed):
    with pytest.raises(Refused, match="no customer 'X'"):
        runbook.make_plan(signed, make.CSM, "X", KICKOFF, at(3), "a")
    with pytest.raises(NotAllowed):
        runbook.make_plan(signed, make.CFO, WHO, KICKOFF, at(3), "b")


def test_the_kickoff_waits_for_what_comes_before_it_and_then_the_customer_is_being_onboarded(planned):
    with pytest.raises(Refused, match="Contract signed and executed"):
        tick(planned, ["kickoff"], at(9))
    tick(planned, through(-2), at(7))
    tick(planned, ["kickoff"], at(9), minutes=115)
    assert planned.rows("select status from customers") == [("onboarding",)]
    state = seen(planned, at(9)).states["kickoff"]
    assert (state.state, state.minutes, state.done_on) == ("done", 115, date(2026, 4, 9))


def test_a_step_is_ticked_taken_back_and_waived_with_a_reason_alone(planned):
    tick(planned, ["contract"], at(7), link="https://sign.example/1")
    tick(planned, ["contract"], at(7, hour=13), event="unticked")
    assert seen(planned, at(7)).states["contract"].state == "open"
    with pytest.raises(Refused, match="needs its reason"):
        tick(planned, ["firestore"], at(7), event="waived", note=" ")
    tick(planned, ["firestore"], at(7), event="waived", note="shared namespace")
    found = seen(planned, at(7))
    assert found.effort.total_minutes == 39 * 60 - 20
    assert found.states["firestore"].note == "shared namespace"
    for wrong, why in (({"minutes": -1}, "no whole number"), ({"link": "javascript:x"}, "link"), ({"done_on": date(2026, 4, 30)}, "not come yet")):  # fmt: skip
        with pytest.raises(Refused, match=why):
            tick(planned, ["contract"], at(7, hour=14), **wrong)
    with pytest.raises(NotAllowed):
        runbook.record_steps(planned, make.CFO, WHO, [Said("contract", "ticked")], at(7), "no")


BASELINE = "customer_id,warehouse,measured_on,kind,method,accuracy_pct,count_hours,satisfaction,error_cost_per_month\n"


def figures(store, accuracy="80"):
    make.loaded(
        store, "measurements", f"{BASELINE}{WHO},Main,2026-04-17,baseline,legacy,{accuracy},40,5,1500\n"
    )
    measures.record_error_type(
        store, make.CSM, WHO, "baseline", "Data entry", "9", date(2026, 4, 17), at(20), "e"
    )
    measures.record_parallel_count(store, make.CSM, WHO, "Main", date(2026, 4, 16), "500", "492", at(20), "p")


def pilot(store, accuracy="80"):
    tick(store, through(-2), at(7))
    tick(store, through(5), at(15))
    runbook.decide_gate(store, make.CSM, WHO, 1, "yes", at(15, hour=20), "w1")
    figures(store, accuracy)
    tick(store, [key for key in through(10, 5) if accuracy or key != "base_accuracy"], at(22), note="12,500")


def test_a_step_that_a_figure_proves_is_done_when_the_figure_is_there(planned):
    tick(planned, through(-2), at(7))
    for key in (
        "parallel_count",
        "base_accuracy",
        "base_hours",
        "base_errors",
        "base_satisfaction",
        "base_roi",
    ):
        with pytest.raises(Refused, match="none is on record; enter it first"):
            tick(planned, [key], at(20), note="97 %")
    with pytest.raises(Refused, match="write it in the note"):
        tick(planned, ["export_checked"], at(20), note="all there")
    tick(planned, ["export_checked"], at(20, hour=13), note="12,500 records, none twice")
    tick(planned, ["base_hours"], at(20, hour=13), event="waived", note="they count by the piece")
    figures(planned)
    found = seen(planned, at(20)).figures
    assert found["base_accuracy"] == "80.0 % (Main, Fri 17 Apr 2026)"
    assert found["parallel_count"] == "500 by hand, 492 with TAI (Main, Thu 16 Apr 2026)"
    assert found["base_errors"] == "1 type"
    tick(
        planned,
        ["parallel_count", "base_accuracy", "base_errors", "base_satisfaction", "base_roi"],
        at(20, hour=14),
    )
    make.loaded(planned, "scores", f"customer_id,respondent,answered_on,score\n{WHO},sponsor,2026-04-01,9\n")
    assert "nps_survey" not in seen(planned, at(20)).figures
    make.loaded(planned, "scores", f"customer_id,respondent,answered_on,score\n{WHO},sponsor,2026-04-20,9\n")
    assert seen(planned, at(20)).figures["nps_survey"] == "9 of 10 (Mon 20 Apr 2026)"


def test_straight_through_the_hours_count_and_production_waits_for_the_yes(planned):
    pilot(planned, accuracy="")
    with pytest.raises(Refused, match="YES at the week-2 gate"):
        tick(planned, ["staging_checked"], at(22, hour=13), note="12,500 of 12,500")
    with pytest.raises(Refused, match="Baseline accuracy documented"):
        runbook.decide_gate(planned, make.CSM, WHO, 2, "yes", at(22, hour=14), "w2")
    figures(planned)
    tick(planned, ["base_accuracy"], at(22, hour=14))
    runbook.decide_gate(planned, make.CSM, WHO, 2, "yes", at(22, hour=15), "w2", reason="users asked for it")
    found = seen(planned, at(22, hour=16))
    assert found.effort.done_minutes == 26 * 60
    assert round(found.effort.pct, 2) == Decimal("66.67")
    tick(planned, ["staging_checked"], at(22, hour=17), note="12,500 of 12,500")


def test_a_no_after_the_pilot_names_a_remedy_moves_what_follows_and_keeps_the_first_plan(planned):
    pilot(planned)
    now = at(22, hour=14)
    for wrong, why in (({}, "reason"), ({"reason": "x"}, "data cleanup"), ({"reason": "x", "remedies": ("cleanup",)}, "5 or 10"),
                       ({"reason": "x", "remedies": ("cleanup",), "extend_days": 7}, "not by 7")):  # fmt: skip
        with pytest.raises(Refused, match=why):
            runbook.decide_gate(planned, make.CSM, WHO, 2, "no", now, "n", **wrong)
    runbook.decide_gate(
        planned, make.CSM, WHO, 2, "no", now, "no", reason="duplicates", remedies=("cleanup",), extend_days=5
    )
    found = seen(planned, now)
    assert (found.cutover_on, found.first[12]) == (date(2026, 5, 1), date(2026, 4, 24))
    assert found.mark == "missed"
    week = found.weeks[1]
    assert (week.effort.pct, week.effort.is_held) == (99, True)
    assert seen(planned, at(30)).slip_days == 6
    row = next(one for one in customer_board(planned, at(22, hour=15)) if one.customer_id == WHO)
    assert (row.slip_mark, progress_words(row)) == (
        "missed",
        "67 % done, Pilot Execution, gate of week 2: NO",
    )
    held = agenda(planned, Week(date(2026, 4, 24)), at(22, hour=15)).block("customer_success")
    assert [str(one) for one in held.lines] == ["Harbor <Foods>: 67% implementation | gate of week 2: NO ✗"]
    assert "gate of week 2: NO." in held.says
    runbook.decide_gate(planned, make.CSM, WHO, 2, "yes", at(30), "yes", reason="cleaned up")
    assert not seen(planned, at(30)).course.failed(2)


def test_late_steps_push_what_follows_and_the_cutover_to_its_next_friday(planned):
    tick(planned, through(-2), at(7))
    tick(planned, through(5), at(15))
    runbook.decide_gate(planned, make.CSM, WHO, 1, "yes", at(15, hour=20), "w1")
    late = seen(planned, at(24))
    assert late.coming[6] == date(2026, 4, 24)
    assert late.cutover_on == date(2026, 5, 8)
    assert late.weeks[0].late_days == 0
    assert late.weeks[2].late_days > 5


def test_a_cutover_on_another_day_needs_a_reason_and_never_comes_before_day_12(planned):
    with pytest.raises(Refused, match="no Friday"):
        runbook.move_cutover(planned, make.CSM, WHO, date(2026, 4, 28), "", at(9), "a")
    with pytest.raises(Refused, match="earliest"):
        runbook.move_cutover(planned, make.CSM, WHO, date(2026, 4, 17), "hurry", at(9), "b")
    runbook.move_cutover(planned, make.CSM, WHO, date(2026, 4, 28), "stock-taking on Friday", at(9), "c")
    assert seen(planned, at(9)).cutover_on == date(2026, 4, 28)


def test_a_cutover_is_not_moved_to_a_day_that_open_steps_push_it_past(planned):
    with pytest.raises(
        Refused, match=r"Day -2 is still open, so the cutover comes on Fri 15 May 2026; tick or waive"
    ):
        runbook.move_cutover(planned, make.CSM, WHO, date(2026, 4, 24), "it is today", at(24), "late")
    assert seen(planned, at(24)).onboarding.course.cutover_on is None


def test_an_overdue_cutover_is_moved_to_today_where_all_before_it_is_done(signed):
    make.loaded(signed, "onboardings", f"customer_id,kickoff_on,done_through_day\n{WHO},2026-04-09,11\n")
    assert seen(signed, at(28)).cutover_on == date(2026, 5, 1)
    runbook.move_cutover(signed, make.CSM, WHO, date(2026, 4, 28), "it is today", at(28), "now")
    assert seen(signed, at(28)).cutover_on == date(2026, 4, 28)


def test_a_files_day_stays_valid_unless_an_event_says_otherwise(signed):
    make.loaded(signed, "onboardings", f"customer_id,kickoff_on,done_through_day\n{WHO},2026-04-09,10\n")
    before = seen(signed, at(22))
    assert progress_of(before.onboarding).done_hours == 26
    tick(signed, ["findings"], at(22), event="unticked")
    found = seen(signed, at(22))
    assert progress_of(found.onboarding).done_hours == 25
    assert found.states["findings"].state == "open"
    tick(signed, ["staging_checked"], at(22, hour=13), note="12,500 of 12,500")


def test_after_three_uses_the_runbook_proposes_the_median():
    def took(minutes):
        return Course(events=(StepEvent("workshop", "ticked", KICKOFF, minutes, None, None, at(9), "x"),))

    assert new_estimates([took(80), took(95)]) == ()
    (found,) = new_estimates([took(80), took(95), took(92)])
    assert (found.step.key, found.estimate_minutes, found.proposed_minutes, found.uses) == (
        "workshop",
        60,
        90,
        3,
    )


def test_no_new_estimates_in_an_empty_store(store):
    assert (learned(store).proposed, learned(store).held) == ((), {})


def test_an_accepted_estimate_holds_for_the_plans_made_from_then_on(planned):
    took = {"C-1": 80, "C-2": 92, "C-3": 95}
    make.loaded(
        planned, "customers", "customer_id,name,status\n" + "".join(f"{c},{c},onboarding\n" for c in took)
    )
    make.loaded(
        planned, "onboardings", "customer_id,kickoff_on\n" + "".join(f"{c},2026-01-08\n" for c in took)
    )
    for who, minutes in took.items():
        said = [Said("workshop", "ticked", note="held", minutes=minutes)]
        runbook.record_steps(planned, make.CSM, who, said, at(3), f"t {who}")
    (found,) = learned(planned).proposed
    assert (found.step.key, found.proposed_minutes) == ("workshop", 90)
    for wrong in (0, 6001):
        with pytest.raises(Refused, match="from 1 to 6000"):
            runbook.set_estimate(planned, make.CSM, "workshop", wrong, at(4), f"w {wrong}")
    with pytest.raises(NotAllowed):
        runbook.set_estimate(planned, make.CFO, "workshop", 90, at(4), "w")
    made = runbook.set_estimate(planned, make.CSM, "workshop", 90, at(4), "e")
    assert (
        made.said == "Customer workshop (1 hour, on site if possible): 90 min in the plans made from now on"
    )
    assert (learned(planned).proposed, learned(planned).held) == ((), {"workshop": 90})
    make.loaded(planned, "customers", "customer_id,name,status\nC-4,Fox,signed\n")
    runbook.make_plan(planned, make.CSM, "C-4", KICKOFF, at(5), "plan 4")
    new = standing(planned, "C-4", at(5))
    assert new
    assert new.states["workshop"].step.minutes == 90
    assert new.effort.total_minutes == 39 * 60 + 30
    old = seen(planned, at(5))
    assert (old.states["workshop"].step.minutes, old.effort.total_minutes) == (60, 39 * 60)
    assert runbook.set_estimate(planned, make.CSM, "workshop", None, at(6), "b").said.endswith(
        ": 60 min in the plans made from now on"
    )
    assert learned(planned).held == {}
    again = standing(planned, "C-4", at(7))
    assert again
    assert again.states["workshop"].step.minutes == 90


def test_a_customer_whose_onboarding_is_on_record_is_not_deleted(planned):
    from tai_ops.kinds import KINDS
    from tai_ops.store.records import void

    tick(planned, ["contract"], at(7))
    with pytest.raises(Refused, match="named by 1 of onboardings"):
        void(planned, make.CSM, KINDS["customers"], WHO, "mistake", now=at(7))
    with pytest.raises(Refused, match="set its status to churned instead, which keeps them"):
        void(planned, make.CSM, KINDS["customers"], WHO, "mistake", now=at(7))
    void(planned, make.CSM, KINDS["onboardings"], WHO, "mistake", now=at(7))
    with pytest.raises(Refused, match="status to churned"):
        void(planned, make.CSM, KINDS["customers"], WHO, "mistake", now=at(7))


@pytest.mark.parametrize(("pct", "told"), [("9.7", "if 97.0 % was meant"), ("97", ""), ("0", "")])
def test_an_accuracy_that_is_no_accuracy_is_asked_about_before_it_is_saved(planned, pct, told):
    from tai_ops.runbooks import onboarding

    values = {
        "customer_id": WHO,
        "warehouse": "Main",
        "measured_on": "2026-04-03",
        "kind": "baseline",
        "method": "legacy",
        "accuracy_pct": pct,
    }
    notes = " ".join(onboarding.preview(planned, values, at(7)).notes)
    assert (told in notes) if told else "meant" not in notes


def test_the_cto_records_the_ctos_steps_and_no_others(planned):
    said = [Said("auth0_admin", "ticked", note="org_77"), Said("firestore", "ticked")]
    runbook.record_steps(planned, make.CTO, WHO, said, at(7), "cto")
    assert seen(planned, at(7)).states["firestore"].by == make.CTO.email
    with pytest.raises(NotAllowed, match=r"'Contract signed and executed' is for the CSM or CEO"):
        runbook.record_steps(
            planned, make.CTO, WHO, [Said("firestore", "noted"), Said("contract", "ticked")], at(7), "x"
        )
    assert seen(planned, at(7)).states["contract"].state == "open"
    for act in (
        lambda: runbook.decide_gate(planned, make.CTO, WHO, 1, "yes", at(15), "gate"),
        lambda: runbook.make_plan(planned, make.CTO, WHO, KICKOFF, at(3), "again"),
        lambda: runbook.move_cutover(planned, make.CTO, WHO, date(2026, 5, 1), "later", at(9), "move"),
    ):
        with pytest.raises(NotAllowed, match="ask the CSM or CEO"):
            act()


def test_a_kickoff_and_what_follows_the_go_are_not_done_before_their_day(planned):
    pilot_days = through(-2)
    tick(planned, pilot_days, at(7))
    with pytest.raises(Refused, match="the kickoff is on Thu 9 Apr 2026"):
        tick(planned, ["kickoff"], at(8))
    pilot(planned)
    runbook.decide_gate(planned, make.CSM, WHO, 2, "yes", at(22, hour=14), "w2", reason="no baseline wanted")
    with pytest.raises(Refused, match="the cutover is on Fri 24 Apr 2026"):
        tick(planned, ["cutover_message"], at(23))
    with pytest.raises(Refused, match="declared live by the go"):
        tick(planned, ["check_in_13"], at(27))
