"""Customers' success: how each stands, what an entry gains before it is saved, and that it is saved once and right."""

from datetime import date, timedelta
from decimal import Decimal

import make
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.accuracy import Measurement
from tai_ops.errors import NotAllowed, Refused
from tai_ops.gains import gain_sentence, warehouse_of
from tai_ops.kinds import KINDS
from tai_ops.onboarding_plan import milestones
from tai_ops.runbooks import onboarding as runbook
from tai_ops.sheet import template
from tai_ops.store import Store
from tai_ops.store.records import RowsRefused

BASELINE = {
    "customer_id": "C-002",
    "warehouse": "Hall 1, north",
    "measured_on": "2026-02-16",
    "kind": "baseline",
    "method": "legacy",
    "accuracy_pct": "80",
    "count_hours": "40",
}
CURRENT = BASELINE | {
    "measured_on": "2026-04-03",
    "kind": "current",
    "method": "tai",
    "accuracy_pct": "97",
    "count_hours": "28",
}


@pytest.fixture
def store(store: Store) -> Store:
    for kind in ("customers", "onboardings", "holidays", "measurements", "scores"):
        make.loaded(store, kind, template(KINDS[kind]))
    return store


def save(store, values, key="one", actor=make.CSM, now=make.NOW):
    return runbook.record_measurement(store, actor, values, now, key)


def on_record(store, kind="current"):
    return store.rows(
        "select accuracy_pct, count_hours, recorded_from, recorded_by from measurements where customer_id = 'C-002' "
        "and kind = $kind order by measured_on",
        {"kind": kind},
    )


def pair(before: Decimal | None, now: Decimal | None, hours=(None, None), counts=(None, None)):
    one = Measurement("A", "W", date(2026, 1, 1), "baseline", "legacy", before, hours[0], counts[0])
    two = Measurement("A", "W", date(2026, 3, 1), "current", "tai", now, hours[1], counts[1])
    return warehouse_of("W", [one, two])


# --- What an entry gains


@pytest.mark.parametrize(
    ("before", "now", "hours", "counts", "said"),
    [
        pytest.param(
            "80", "97", ("40", "28"), (None, None),
            "Up 17.0 points: 80.0 % → 97.0 %, errors down 85 %; 12 of 40 hours saved (30 %): goal met",
            id="17 points, errors down 85 %, 12 of 40 hours",
        ),
        pytest.param(
            "80", "97", ("40", "30"), (None, None),
            "Up 17.0 points: 80.0 % → 97.0 %, errors down 85 %; 10 of 40 hours saved (25 %): goal of 30 % missed",
            id="40 to 30 hours misses the goal",
        ),
        pytest.param(
            "90", "85.5", ("40", "44"), (None, None),
            "Down 4.5 points: 90.0 % → 85.5 %, errors up 45 %; 4 hours more than the 40 before: goal of 30 % missed",
            id="worse",
        ),
        pytest.param(
            "97", "97", ("40", None), (None, None),
            "No change: 97.0 % → 97.0 %; current hours not measured", id="unchanged, hours not known",
        ),
        pytest.param(
            "100", "100", ("40", "20"), ("4", "4"),
            "No change: 100.0 % → 100.0 %; 20 of 40 hours saved (50 %, 5 a count): goal met", id="per count",
        ),
        pytest.param(
            None, "97", ("40", "28"), (None, None),
            "Baseline accuracy not measured; 12 of 40 hours saved (30 %): goal met", id="hours alone",
        ),
    ],
)  # fmt: skip
def test_a_gain_in_one_sentence(before, now, hours, counts, said):
    values = [None if v is None else Decimal(v) for v in (before, now, *hours, *counts)]
    assert gain_sentence(pair(values[0], values[1], values[2:4], values[4:6])) == said


@given(st.decimals(0, 100, places=1), st.decimals(0, 100, places=1))
def test_the_sentence_says_the_points_that_the_figures_differ_by(before, now):
    said = gain_sentence(pair(before, now))
    word = "Up" if now > before else "Down" if now < before else "No change"
    assert said.startswith(word)
    assert f"{before:.1f} % → {now:.1f} %" in said
    assert now == before or f"{word} {abs(now - before):.1f} points" in said


def test_the_gain_is_known_before_anything_is_saved(store):
    save(store, BASELINE)
    seen = runbook.preview(store, CURRENT, make.NOW)
    assert seen.gain
    assert (seen.gain.points, seen.gain.hours_saved) == (17, 12)
    assert seen.sentence
    assert seen.sentence.startswith("Up 17.0 points: 80.0 % → 97.0 %")
    assert on_record(store) == []


def test_the_baseline_may_come_after_the_current_figures(store):
    save(store, CURRENT)
    seen = runbook.preview(store, BASELINE, make.NOW)
    assert seen.gain
    assert seen.gain.points == 17


def test_the_first_of_two_sides_says_what_is_missing(store):
    assert runbook.preview(store, BASELINE, make.NOW).sentence == (
        "The gain shows once Hall 1, north's current figures are on record"
    )


def test_an_older_entry_is_compared_as_of_its_day_and_says_that_a_newer_counts(store):
    save(store, BASELINE)
    save(store, CURRENT, "two")
    older = CURRENT | {"measured_on": "2026-03-20", "accuracy_pct": "93", "count_hours": ""}
    seen = runbook.preview(store, older, make.NOW)
    assert seen.sentence
    assert seen.sentence.startswith("Up 13.0 points")
    assert seen.notes == ("The newer current figures of Fri 3 Apr 2026 go on counting",)


def test_figures_of_the_same_day_are_changed_and_said_to_be(store):
    save(store, BASELINE)
    save(store, CURRENT, "two")
    sent = {k: v for k, v in CURRENT.items() if k != "count_hours"} | {"accuracy_pct": "96"}
    seen = runbook.preview(store, sent, make.NOW)
    assert seen.notes == ("Changes what is on record for that day: 97.0 % and 28 hours",)
    assert seen.sentence == (
        "Up 16.0 points: 80.0 % → 96.0 %, errors down 80 %; 12 of 40 hours saved (30 %): goal met"
    )


def test_migration_fidelity_is_compared_with_nothing(store):
    save(store, BASELINE)
    seen = runbook.preview(store, CURRENT | {"method": "migration", "accuracy_pct": "100"}, make.NOW)
    assert seen.gain is None
    assert seen.sentence
    assert "fidelity" in seen.sentence.lower()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"accuracy_pct": "197"}, "accuracy_pct"),
        ({"count_hours": "-1"}, "count_hours"),
        ({"satisfaction": "11"}, "satisfaction"),
        ({"measured_on": "2026-04-04"}, "measured_on"),
        ({"error_cost_per_month": "1.234"}, "error_cost_per_month"),
        ({"warehouse": " "}, "warehouse"),
        ({"customer_id": "C-404"}, "customer_id"),
        ({"accuracy_pct": "", "count_hours": ""}, "accuracy_pct"),
    ],
    ids=[
        "over 100",
        "below 0",
        "over 10",
        "tomorrow",
        "mills",
        "no warehouse",
        "nobody's",
        "nothing measured",
    ],
)
def test_what_can_not_be_is_refused_at_its_field(store, changed, field):
    with pytest.raises(RowsRefused) as refused:
        save(store, CURRENT | changed)
    assert [p.field for p in refused.value.report.rejected] == [field]
    assert on_record(store) == []


def test_the_preview_names_the_field_that_is_wrong_and_is_silent_about_what_is_still_empty(store):
    typed = {"customer_id": "C-002", "warehouse": "", "accuracy_pct": "197"}
    assert [p.field for p in runbook.preview(store, typed, make.NOW).problems] == ["accuracy_pct"]


# --- Saving and taking back


def test_an_entry_is_saved_under_its_name_and_as_typed(store):
    entry = save(store, BASELINE)
    assert entry.said == (
        "Saved: Baseline of Hall 1, north, Mon 16 Feb 2026 (accuracy 80 %, 40 count hours). "
        "The gain shows once Hall 1, north's current figures are on record"
    )
    assert on_record(store, kind="baseline") == [(80, 40, "entered", make.CSM.email)]
    row = next(r for r in runbook.customer_board(store, make.NOW) if r.customer_id == "C-002")
    assert (row.accuracy.baseline_pct, row.source, row.measured_on) == (80, "typed", date(2026, 2, 16))


def test_the_same_request_is_saved_once(store):
    first, second = save(store, CURRENT), save(store, CURRENT)
    assert first.said == second.said
    assert store.row("select count(*) from audit where request_key = 'one'") == (1,)
    assert len(on_record(store)) == 1


def test_who_may_not_is_refused(store):
    with pytest.raises(NotAllowed, match="may not change customers, measurements and scores"):
        save(store, CURRENT, actor=make.CFO)
    save(store, CURRENT)
    with pytest.raises(NotAllowed):
        runbook.undo(store, make.CFO, "one", make.NOW)
    assert len(on_record(store)) == 1


def test_a_new_row_is_taken_back_once(store):
    save(store, CURRENT)
    said = runbook.undo(store, make.CSM, "one", make.NOW)
    assert said == "Taken back: the measurement is off the record"
    assert on_record(store) == []
    assert runbook.undo(store, make.CSM, "one", make.NOW) == said
    assert len(store.rows("select 1 from history where event = 'void'")) == 1


def test_a_changed_row_gets_its_earlier_values_and_source_again(store):
    make.loaded(
        store,
        "measurements",
        "customer_id,warehouse,measured_on,kind,method,accuracy_pct,error_cost_per_month\n"
        'C-002,"Hall 1, north",2026-04-03,current,tai,93.25,1200.10\n',
    )
    save(store, CURRENT)
    assert on_record(store) == [(97, 28, "entered", make.CSM.email)]
    for _ in range(2):
        assert (
            runbook.undo(store, make.CSM, "one", make.NOW)
            == "Taken back: the measurement is as it was before"
        )
        assert on_record(store) == [(Decimal("93.25"), None, "imported", make.CSM.email)]
    assert store.rows("select error_cost_per_month from measurements where customer_id = 'C-002'") == [
        (Decimal("1200.10"),)
    ]


def test_what_was_changed_since_is_not_taken_back(store):
    save(store, CURRENT)
    save(store, CURRENT | {"accuracy_pct": "98"}, "two")
    with pytest.raises(Refused, match="was changed since"):
        runbook.undo(store, make.CSM, "one", make.NOW)
    assert on_record(store)[0][0] == 98


@pytest.mark.parametrize("key", ["never", "same"])
def test_what_changed_nothing_can_not_be_taken_back(store, key):
    save(store, CURRENT)
    assert not save(store, CURRENT, "same").changed
    with pytest.raises(Refused, match="nothing to take back"):
        runbook.undo(store, make.CSM, key, make.NOW)


def test_a_wrong_measurement_is_taken_out_with_a_reason_and_put_back(store):
    save(store, CURRENT)
    measurement = runbook.customer_detail(store, "C-002", make.NOW).measurements[0].measurement
    with pytest.raises(Refused, match="say why"):
        runbook.take_out(store, make.CSM, measurement, " ", make.NOW)
    said = runbook.take_out(store, make.CSM, measurement, "wrong hall", make.NOW)
    assert said == "Taken out: Current figures of Hall 1, north, Fri 3 Apr 2026 (wrong hall)"
    assert on_record(store) == []
    runbook.put_back(store, make.CSM, measurement, make.NOW)
    assert on_record(store) == [(97, 28, "entered", make.CSM.email)]


def test_score_progress_and_customer_are_saved_and_taken_back(store):
    score = {"customer_id": "C-002", "respondent": "sponsor", "answered_on": "2026-04-02", "score": "9"}
    assert "9 is a promoter" in (
        runbook.preview_score(score, runbook.success_board(store, make.NOW)).sentence or ""
    )
    entry = runbook.record_score(store, make.CSM, score, make.NOW, "s")
    assert entry.said == "Saved: Score of sponsor, Thu 2 Apr 2026 (9 of 10)"
    entry = runbook.record_progress(
        store, make.CSM, {"customer_id": "C-002", "done_through_day": "12"}, make.NOW, "p"
    )
    assert entry.said == "Changed: Onboarding (done through Day 12)"
    entry = runbook.record_customer(
        store, make.CSM, {"customer_id": "C-9", "name": "Nine", "status": "signed"}, make.NOW, "c"
    )
    assert entry.said == "Saved: Customer (name Nine, status signed)"
    for key in ("s", "p", "c"):
        runbook.undo(store, make.CSM, key, make.NOW)
    assert store.rows("select done_through_day from onboardings where customer_id = 'C-002'") == [(10,)]
    assert store.rows("select 1 from customers where customer_id = 'C-9' union all select 1 from scores s "
                      "where s.customer_id = 'C-002'") == []  # fmt: skip


def test_progress_is_known_before_it_is_saved_by_the_customers_own_calendar(store):
    values = {"customer_id": "C-002", "kickoff_on": "2026-03-26", "done_through_day": "6"}
    seen = runbook.preview_progress(store, values, make.NOW)
    assert seen.sentence == "49 % done (Pilot Execution), on time; cutover on Fri 17 Apr 2026"
    assert runbook.preview_progress(store, values | {"done_through_day": ""}, make.NOW).sentence == (
        "Nothing done yet; cutover on Fri 17 Apr 2026"
    )


# --- How the customers stand


def test_the_rows_stand_by_what_wants_attention_with_what_is_missing(store):
    late, fine = runbook.customer_board(store, make.NOW)
    assert (late.customer_id, late.slip_mark, late.missing) == ("C-002", "missed", ("baseline not measured",))
    assert (late.next_step, late.progress.phase and late.progress.phase.name) == (
        "Measure the baseline",
        "Production Launch",
    )
    assert (fine.accuracy.gain_points, fine.accuracy_mark, fine.source) == (17, "met", "imported")
    assert (fine.ltr_median, fine.nps.n, fine.missing) == (Decimal("9.5"), 2, ())


def test_the_verdict_counts_the_live_ones_and_names_what_is_wrong(store):
    board = runbook.success_board(store, make.NOW)
    assert runbook.verdict(board, runbook.customer_board(store, make.NOW, board)) == (
        "Northwind Parts, the one live customer, is at 97.0 %: the goal of 97 % is met; "
        "Harbor Foods' baseline is not measured; Harbor Foods is 31 business days late."
    )
    make.loaded(
        store, "customers", "customer_id,name,status\nC-003,Customer #3,live\nC-002,Harbor Foods,live\n"
    )
    save(store, BASELINE)
    save(store, CURRENT | {"accuracy_pct": "93"}, "two")
    board = runbook.success_board(store, make.NOW)
    assert runbook.verdict(board, runbook.customer_board(store, make.NOW, board)) == (
        "1 of 3 live customers is at 97 % or better; Harbor Foods is at 93.0 %; "
        "Customer #3's baseline is not measured."
    )


def test_the_companys_own_target_decides(store):
    make.loaded(store, "targets", "kpi,from_on,target,floor\naccuracy_pct,2026-02-01,98.5,97\n")
    board = runbook.success_board(store, make.NOW)
    rows = runbook.customer_board(store, make.NOW, board)
    assert next(r for r in rows if r.customer_id == "C-001").accuracy_mark == "floor"
    assert "1.5 points below the goal of 98.5 %" in runbook.verdict(board, rows)


def test_what_was_counted_says_so_and_nothing_is_missing_of_who_left(store):
    make.loaded(store, "customers", "customer_id,name,status\nC-003,Gone,churned\nC-004,New,signed\n")
    make.loaded(
        store,
        "counts",
        "customer_id,warehouse,counted_on,location,sku,record_qty,counted_qty\nC-001,Main,2026-04-01,A,S,1,1\n",
    )
    rows = {r.customer_id: r for r in runbook.customer_board(store, make.NOW)}
    assert (rows["C-001"].source, rows["C-001"].measured_on) == ("counted", date(2026, 4, 1))
    assert (rows["C-003"].missing, rows["C-003"].next_step) == ((), None)
    assert (rows["C-004"].missing, rows["C-004"].next_step) == (
        ("kickoff date not set",),
        "Set the kickoff date",
    )
    assert list(rows)[-1] == "C-003"


def test_a_plan_that_has_not_begun_is_not_late_and_its_own_holidays_count(store):
    make.loaded(store, "customers", "customer_id,name,status\nC-004,New,signed\n")
    make.loaded(store, "onboardings", "customer_id,kickoff_on\nC-004,2026-04-09\n")
    make.loaded(store, "holidays", "day,customer_id,name\n2026-04-08,C-004,stocktaking\n")
    row = next(r for r in runbook.customer_board(store, make.NOW) if r.customer_id == "C-004")
    assert (row.slip_mark, row.missing, row.next_step) == (None, (), "Pre-Kickoff")
    assert row.next_on == date(2026, 4, 6)


def test_a_customers_records_tell_their_history(store):
    save(store, CURRENT)
    save(store, CURRENT | {"accuracy_pct": "96"}, "two", now=make.NOW + timedelta(minutes=1))
    runbook.undo(store, make.CSM, "two", make.NOW + timedelta(minutes=2))
    detail = runbook.customer_detail(store, "C-002", make.NOW)
    said = [c.what for c in detail.changes if c.by == make.CSM.email]
    assert said == [
        "Current figures of Hall 1, north, Fri 3 Apr 2026: accuracy 96 → 97 %",
        "Current figures of Hall 1, north, Fri 3 Apr 2026: accuracy 97 → 96 %",
        "Current figures of Hall 1, north, Fri 3 Apr 2026: method tai, accuracy 97 %, 28 count hours",
    ]
    assert [b.state for b in detail.blocks][6:8] == ["done", "late"]
    assert detail.measurements[0].recorded_by == make.CSM.email


def test_an_unknown_customer_is_refused_by_name(store):
    with pytest.raises(Refused, match="'C-404'"):
        runbook.customer_detail(store, "C-404", make.NOW)


def test_no_customers_no_numbers():
    empty = Store.in_memory()
    board = runbook.success_board(empty, make.NOW)
    rows = runbook.customer_board(empty, make.NOW, board)
    assert (rows, runbook.verdict(board, rows)) == ((), "No customers on record yet.")


def test_the_dates_after_the_checklist_are_calendar_days_and_reviews_go_on():
    found = {m.name: m.on for m in milestones(date(2026, 2, 5), date(2026, 4, 3))}
    assert found == {
        "Day-30 success check": date(2026, 3, 7),
        "Quarterly review 1": date(2026, 4, 2),
        "Day-60 implementation complete": date(2026, 4, 6),
        "Day-90 support ends": date(2026, 5, 6),
        "Quarterly review 2": date(2026, 7, 2),
    }
    assert len(milestones(date(2026, 2, 5), date(2026, 2, 5))) == 4
