"""The day of the cutover: what runs over shifts the rest, the go needs fidelity, smoke test and a name, then no way back."""

from datetime import UTC, date, datetime, timedelta

import make
import pytest

from tai_ops.cutover import SMOKE_PARTS, CutoverEvent, review_clash, run_sheet
from tai_ops.errors import NotAllowed, Refused
from tai_ops.runbooks.customer_onboarding import going_live as runbook
from tai_ops.runbooks.customer_onboarding import steps
from tai_ops.runbooks.customer_onboarding.standing import standing
from tai_ops.runbooks.onboarding import customer_board
from tai_ops.store.onboardings import Said

WHO = "C-9"
FRIDAY = date(2026, 4, 24)
TWO = datetime(2026, 4, 24, 14, tzinfo=UTC)


def minute(n):
    return TWO + timedelta(minutes=n)


@pytest.fixture
def day(store):
    make.loaded(
        store, "customers", f"customer_id,name,status,time_zone\n{WHO},Harbor,onboarding,America/Chicago\n"
    )
    make.loaded(store, "people", "email,name,role\nida.roth@tai.example,Ida,csm\n")
    make.loaded(store, "onboardings", f"customer_id,kickoff_on,done_through_day\n{WHO},2026-04-09,11\n")
    return store


def tell(store, item, event, now, key=None, **more):
    return runbook.happened(store, make.CSM, WHO, item, event, now, key or f"{item} {event}", **more)


def seen(store, now):
    return runbook.cutover_day(store, standing(store, WHO, now), now)


def test_as_planned_every_item_stands_at_its_minute():
    sheet = run_sheet(FRIDAY, UTC, (), minute(-60))
    assert [f"{line.begins_at:%H:%M}" for line in sheet.lines][:7] == [
        "14:00",
        "14:02",
        "14:05",
        "14:20",
        "14:30",
        "14:45",
        "15:00",
    ]
    assert f"{sheet.line('wrap_up').begins_at:%H:%M}" == "17:00"
    assert sheet.late_minutes == 0


def test_an_overrun_shifts_what_follows_and_nothing_that_runs_beside():
    told = (
        CutoverEvent("migration", "began", minute(5), None, "x"),
        CutoverEvent("migration", "done", minute(38), None, "x"),
    )
    sheet = run_sheet(FRIDAY, UTC, told, minute(38))
    assert f"{sheet.line('nothing_missing').begins_at:%H:%M}" == "14:38"
    assert f"{sheet.point_at:%H:%M}" == "15:18"
    assert (sheet.line("migration").over_minutes, sheet.late_minutes) == (18, 18)
    assert f"{sheet.line('hyper_support').begins_at:%H:%M}" == "15:00"


def test_one_that_still_runs_pushes_by_the_minute():
    sheet = run_sheet(FRIDAY, UTC, (CutoverEvent("migration", "began", minute(5), None, "x"),), minute(50))
    assert sheet.line("nothing_missing").begins_at == minute(50)


def test_the_go_needs_fidelity_the_whole_smoke_test_and_a_name_and_then_there_is_no_way_back(day):
    now = minute(62)
    with pytest.raises(Refused, match="no migration check is on record; the smoke test is at 0 of 4"):
        runbook.decide(day, make.CSM, WHO, "go", "Ida Roth", now, "1")
    file = ("export.csv", b"location,sku,quantity\nA,1,10\n")
    bad = runbook.try_check(file, ("load.csv", b"location,sku,quantity\nA,1,9\n"))
    runbook.keep_check(day, make.CSM, WHO, file, file, bad, now, "bad")
    assert seen(day, now).fidelity is False
    runbook.keep_check(day, make.CSM, WHO, file, file, runbook.try_check(file, file), now, "good")
    for part, _ in SMOKE_PARTS:
        tell(day, "smoke_test", f"tick:{part}", now)
    with pytest.raises(Refused, match="nobody is named"):
        runbook.decide(day, make.CSM, WHO, "go", " ", now, "2")
    with pytest.raises(NotAllowed):
        runbook.decide(day, make.CFO, WHO, "go", "Jonas", now, "3")
    runbook.decide(day, make.CSM, WHO, "go", "Ida Roth", now, "4")
    runbook.decide(day, make.CSM, WHO, "go", "Ida Roth", now, "4")
    found = seen(day, now)
    assert (found.sheet.decision.decider, found.sheet.branch) == ("Ida Roth", "fix forward")
    assert day.rows("select status, go_live_on from customers") == [("live", FRIDAY)]
    with pytest.raises(Refused, match="fixes forward"):
        runbook.decide(day, make.CSM, WHO, "roll_back", "Ida Roth", now, "5", reason="regret")


def test_the_cutover_was_on_the_day_of_the_go_whatever_of_it_is_still_open(day):
    file = ("export.csv", b"location,sku,quantity\nA,1,10\n")
    runbook.keep_check(day, make.CSM, WHO, file, file, runbook.try_check(file, file), minute(50), "good")
    for part, _ in SMOKE_PARTS:
        tell(day, "smoke_test", f"tick:{part}", minute(58))
    runbook.decide(day, make.CSM, WHO, "go", "Ida Roth", minute(62), "go")
    later = datetime(2026, 5, 6, 12, tzinfo=UTC)
    found = standing(day, WHO, later)
    assert found
    assert found.states["hourly_checkins"].state == "open"
    assert (found.cutover_on, found.coming[13]) == (FRIDAY, date(2026, 5, 6))
    assert runbook.cutover_day(day, found, later).sheet.decision.decider == "Ida Roth"
    row = next(one for one in customer_board(day, later) if one.customer_id == WHO)
    assert (row.status, row.slip_days, row.slip_mark) == ("live", found.slip_days, "missed")
    week = next(one for one in found.weeks[2].criteria if one.step.key == "w3_first_week")
    assert (week.holds, week.said) == (True, "nothing major through Fri 1 May 2026")


def test_who_is_live_by_record_alone_is_neither_declared_live_nor_rolled_back(day):
    make.loaded(day, "customers", f"customer_id,name,status,go_live_on\n{WHO},Harbor,live,2026-04-20\n")
    for decision in ("go", "roll_back"):
        with pytest.raises(Refused, match="Harbor is live by its record already"):
            runbook.decide(day, make.CSM, WHO, decision, "Ida Roth", minute(40), decision, reason="counts")
    assert day.rows("select count(*) from cutover_events") == [(0,)]


def test_a_roll_back_needs_its_reason_and_leaves_the_customer_where_it_was(day):
    with pytest.raises(Refused, match="what failed"):
        runbook.decide(day, make.CSM, WHO, "roll_back", "Ida Roth", minute(40), "1")
    runbook.decide(day, make.CSM, WHO, "roll_back", "Ida Roth", minute(40), "2", reason="counts differ")
    assert seen(day, minute(40)).sheet.branch == "rolled back"
    assert day.rows("select status from customers") == [("onboarding",)]


def test_what_is_done_on_the_sheet_is_ticked_in_the_list(day):
    tell(day, "cutover_message", "done", minute(1))
    assert standing(day, WHO, minute(1)).states["cutover_message"].state == "done"
    with pytest.raises(Refused, match="no line"):
        tell(day, "lunch", "done", minute(2))
    with pytest.raises(Refused, match="not come yet"):
        tell(day, "migration", "done", minute(2), at=minute(9))


def test_a_line_that_a_figure_proves_is_done_with_its_figure(day):
    for item, note in (("migration", "12,500 of 12,500"), ("accuracy_97", "49 of 50 right")):
        with pytest.raises(Refused, match="write it in the note"):
            tell(day, item, "done", minute(80), key=f"no {item}", note="fine")
        tell(day, item, "done", minute(80), note=note)
    file = ("export.csv", b"location,sku,quantity\nA,1,10\n")
    runbook.keep_check(day, make.CSM, WHO, file, file, runbook.try_check(file, file), minute(81), "good")
    tell(day, "nothing_missing", "done", minute(81))
    assert standing(day, WHO, minute(82)).figures["nothing_missing"] == "1 of 1 record arrived whole"


def test_nobody_is_live_by_a_tick_alone(day):
    for key in ("declared_live", "old_closed"):
        with pytest.raises(Refused, match="declared live by the go"):
            steps.record_steps(day, make.CSM, WHO, [Said(key, "ticked")], minute(70), f"t {key}")
    with pytest.raises(Refused, match="declared live by the go"):
        tell(day, "old_closed", "done", minute(71))
    assert day.rows("select count(*) from cutover_events") == [(0,)]


def test_the_roster_is_whole_before_day_11_closes(day):
    now = datetime(2026, 4, 23, 12, tzinfo=UTC)
    with pytest.raises(Refused, match="24 hours"):
        steps.record_steps(day, make.CSM, WHO, [Said("weekend_roster", "ticked")], now, "t")
    with pytest.raises(Refused, match="not an active person"):
        runbook.set_roster(day, make.CSM, WHO, {1: "gone@tai.example"}, now, "r0")
    runbook.set_roster(day, make.CSM, WHO, dict.fromkeys(range(1, 25), make.CSM.email), now, "r")
    steps.record_steps(day, make.CSM, WHO, [Said("weekend_roster", "ticked")], now, "t2")
    hours = seen(day, now).hours
    assert (len(hours), hours[0].at, hours[23].email) == (24, minute(120), make.CSM.email)
    tell(day, "check_in_1", "held", minute(121), note="all fine")
    assert seen(day, minute(121)).hours[0].note == "all fine"
    for ahead, why in (("check_in_3", "its hour has not begun"), ("check_in_25", "no number 25")):
        with pytest.raises(Refused, match=why):
            tell(day, ahead, "held", minute(121))


def test_the_friday_review_clashes():
    assert "16:00" in review_clash(FRIDAY)
    assert review_clash(date(2026, 4, 28)) is None


def test_the_cto_records_the_ctos_lines_and_takes_no_decision(day):
    runbook.happened(day, make.CTO, WHO, "old_read_only", "done", minute(4), "cto")
    assert standing(day, WHO, minute(4)).states["old_read_only"].by == make.CTO.email
    for item in ("smoke_test", "cutover_message"):
        with pytest.raises(NotAllowed, match="CSM or CEO"):
            runbook.happened(day, make.CTO, WHO, item, "done", minute(5), item)
    with pytest.raises(NotAllowed):
        runbook.decide(day, make.CTO, WHO, "roll_back", "Priya", minute(40), "no", reason="slow")
    runbook.set_roster(day, make.CTO, WHO, {1: make.CSM.email}, minute(5), "roster")


def test_a_smoke_test_is_done_when_its_four_parts_are_and_the_line_says_which(day):
    with pytest.raises(Refused, match="0 of 4 are ticked; still open: Inventory manager"):
        tell(day, "smoke_test", "done", minute(50))
    for part, _ in SMOKE_PARTS:
        said = tell(day, "smoke_test", f"tick:{part}", minute(51)).said
    assert said == 'Smoke test by the customer: Customer confirms on Slack: "We\'re good to go"'
    tell(day, "smoke_test", "done", minute(52))
    assert tell(day, "wrap_up", "done", minute(182), note="went well").said.endswith("done (went well)")
    assert standing(day, WHO, minute(182)).states["wrap_up"].note == "went well"


def test_after_a_roll_back_another_day_begins_anew(day):
    for part, _ in SMOKE_PARTS:
        tell(day, "smoke_test", f"tick:{part}", minute(46))
    tell(day, "cutover_message", "done", minute(47))
    runbook.decide(day, make.CSM, WHO, "roll_back", "Ida Roth", minute(50), "back", reason="counts differ")
    assert standing(day, WHO, minute(51)).states["cutover_message"].state == "open"
    assert seen(day, minute(51)).sheet.branch == "rolled back"
    steps.move_cutover(day, make.CSM, WHO, date(2026, 5, 1), "second attempt", minute(60), "move")
    found = seen(day, minute(7 * 24 * 60))
    assert (found.sheet.on, found.sheet.decision, found.sheet.line("smoke_test").ticked) == (
        date(2026, 5, 1),
        None,
        (),
    )
    assert {line.state for line in found.sheet.lines} == {"ahead"}
