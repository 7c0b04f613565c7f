"""What is measured besides accuracy: types of errors, parallel counts, mood, the customer's own hours, its list of items."""

from datetime import UTC, date, datetime
from decimal import Decimal

import make
import pytest

from tai_ops.customer_measures import ErrorType, ParallelCount, error_changes
from tai_ops.errors import NotAllowed, Refused
from tai_ops.kinds import KINDS
from tai_ops.runbooks import onboarding
from tai_ops.runbooks.customer_onboarding import going_live, results
from tai_ops.runbooks.customer_onboarding import measures as runbook
from tai_ops.runbooks.customer_onboarding.all_customers import portfolio
from tai_ops.runbooks.customer_onboarding.standing import standing
from tai_ops.runbooks.onboarding import customer_board
from tai_ops.sheet import read_sheet
from tai_ops.store.records import RowsRefused, load

WHO = "C-9"
NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
TODAY = NOW.date()
COUNTS = "customer_id,warehouse,counted_on,location,sku,record_qty,counted_qty\n"


@pytest.fixture
def live(store):
    make.loaded(store, "customers", f"customer_id,name,status\n{WHO},Harbor,live\n")
    make.loaded(store, "onboardings", f"customer_id,kickoff_on,done_through_day\n{WHO},2026-04-09,15\n")
    make.loaded(
        store, "measurements",
        "customer_id,warehouse,measured_on,kind,method,accuracy_pct,count_hours,counts_per_quarter\n"
        f"{WHO},Main,2026-04-20,baseline,legacy,80,40,1\n{WHO},Main,2026-05-05,current,tai,97,30,1\n",
    )  # fmt: skip
    return store


def came(store):
    return results.results(store, standing(store, WHO, NOW))


def counted(store, rows):
    return load(
        store,
        make.CSM,
        read_sheet(KINDS["counts"], (COUNTS + rows).encode(), "counts.csv"),
        now=NOW,
        name="counts.csv",
    )


def test_goal_and_own_need_are_two_things_o9(live):
    runbook.record_figures(live, make.CSM, WHO, {"needed_hours": "30"}, NOW, "f")
    (one,) = came(live).warehouses
    assert (one.gain.hours_saved_pct, one.gain.hours_goal_met, one.gain.hours_need_met) == (25, False, True)
    runbook.record_figures(live, make.CSM, WHO, {"needed_hours": ""}, NOW, "f2")
    assert came(live).warehouses[0].gain.hours_need_met is None


def test_the_need_that_a_proposal_promised_holds_until_another_is_typed(live):
    make.loaded(live, "prospects", "prospect_id,company,created_on\nP-1,HARBOR,2026-03-01\n")
    make.loaded(live, "deals", "deal_id,prospect_id,stage,entered_stage_on\nD-1,P-1,won,2026-03-01\n")
    make.loaded(
        live,
        "proposals",
        "proposal_id,deal_id,requested_at,status\nQ-1,D-1,2026-03-01T10:00:00+00:00,accepted\n",
    )
    with live.write(make.CEO, "sales", "x", now=NOW) as write:
        write.sql("insert into proposal_values values ('Q-1', 'count_hours_need', '28', now(), 'x')")
    found = runbook.kept(live, WHO).measures
    assert (found.needed_hours, found.need_from) == (28, "proposal Q-1")
    runbook.record_figures(live, make.CSM, WHO, {"needed_hours": "26"}, NOW, "f")
    assert runbook.kept(live, WHO).measures.needed_hours == 26


def test_hours_count_in_the_payback_where_an_hour_has_a_price(live):
    make.loaded(live, "subscriptions", "subscription_id,customer_id,starts_on,amount,interval\n"
                f"S-1,{WHO},2026-04-24,100,month\n")  # fmt: skip
    assert "hour of counting" in came(live).payback_reason
    runbook.record_figures(live, make.CSM, WHO, {"hour_cost": "30", "worth_year": "9000"}, NOW, "f")
    found = came(live)
    assert (found.payback_months, found.cost_before) == (12, (("Counting", Decimal(4800)),))


@pytest.mark.parametrize("typed", ["-1", "x", "1e12", "inf", "1,5"])
def test_a_figure_that_is_none_is_refused_by_its_name(live, typed):
    with pytest.raises(Refused, match="What an hour of counting costs"):
        runbook.record_figures(live, make.CSM, WHO, {"hour_cost": typed}, NOW, "f")


def test_types_of_errors_are_gone_only_where_they_were_counted_again(live):
    for n, (name, often) in enumerate((("Lost items", "60"), ("Location errors", "40"), ("Data entry", ""))):
        runbook.record_error_type(
            live, make.CSM, WHO, "baseline", name, often, date(2026, 4, 20), NOW, f"b{n}"
        )
    assert {one.said for one in came(live).errors} == {"not measured again yet"}
    for n, (name, often) in enumerate((("lost  items", "0"), ("Location errors", "10"))):
        runbook.record_error_type(live, make.CSM, WHO, "current", name, often, TODAY, NOW, f"c{n}")
    assert [(one.name, one.gone, one.said) for one in came(live).errors] == [
        ("Lost items", True, "eliminated"),
        ("Location errors", False, "30 fewer a month"),
        ("Data entry", None, "not counted now"),
    ]
    runbook.record_error_type(
        live, make.CSM, WHO, "baseline", "Data entry", "", date(2026, 4, 20), NOW, "o", is_out=True
    )
    assert len(came(live).errors) == 2


def test_at_most_five_types_and_none_of_a_day_to_come(live):
    for n in range(5):
        runbook.record_error_type(live, make.CSM, WHO, "baseline", f"T{n}", "1", TODAY, NOW, f"{n}")
    for args, why in (
        (("baseline", "T9", "1", TODAY), "top 3 to 5"),
        (("baseline", " ", "1", TODAY), "name the type"),
        (("baseline", "T1", "-4", TODAY), "times a month"),
        (("later", "T1", "1", TODAY), "baseline or of now"),
        (("current", "T1", "1", date(2026, 5, 7)), "has not come yet"),
    ):
        with pytest.raises(Refused, match=why):
            runbook.record_error_type(live, make.CSM, WHO, *args, NOW, why)
    with pytest.raises(NotAllowed):
        runbook.record_error_type(live, make.CFO, WHO, "baseline", "T1", "1", TODAY, NOW, "cfo")


def test_a_type_that_only_now_names_is_not_hidden():
    found = error_changes([ErrorType(TODAY, "current", "Mislabelled", Decimal(3))])
    assert [(one.name, one.said) for one in found] == [("Mislabelled", "not among the baseline's types")]


@pytest.mark.parametrize(
    ("manual", "tai", "fine"), [(1000, 951, True), (1000, 950, False), (1000, 1050, False), (0, 3, None)]
)
def test_a_parallel_count_is_acceptable_under_five_per_cent(manual, tai, fine):
    one = ParallelCount("Main", TODAY, Decimal(manual), Decimal(tai))
    assert one.is_acceptable is fine


def test_a_parallel_count_is_kept_and_corrected_by_the_newer(live):
    for n, tai in enumerate(("1100", "990")):
        said = runbook.record_parallel_count(
            live, make.CSM, WHO, "Main", TODAY, "1000", tai, NOW, f"p{n}"
        ).said
    assert "1.00 % apart, under 5 %" in said
    assert [one.tai_qty for one in runbook.kept(live, WHO).measures.parallel] == [990]
    for hand, why in (("", "enter a number"), ("-3", "from 0 to a billion")):
        with pytest.raises(Refused, match=why):
            runbook.record_parallel_count(live, make.CSM, WHO, "Main", TODAY, hand, "1", NOW, why)


def test_mood_is_known_from_week_one_on_and_the_newest_holds(live):
    runbook.record_sentiment(live, make.CSM, WHO, date(2026, 5, 4), "bad", "sponsor left", NOW, "s1")
    runbook.record_sentiment(live, make.CSM, WHO, TODAY, "mixed", "", NOW, "s2")
    assert portfolio(live, customer_board(live, NOW), NOW).sentiments == {WHO: ("mixed", TODAY)}
    with pytest.raises(Refused, match="good, mixed or bad"):
        runbook.record_sentiment(live, make.CSM, WHO, TODAY, None, "", NOW, "s3")


def test_counts_of_an_item_that_the_customer_does_not_have_are_refused_with_row_and_list(live):
    assert counted(live, f"{WHO},Main,2026-05-05,A,ANY,10,10\n").added == 1
    file = ("export.csv", b"location,sku,quantity\nA,S-1,10\nB,S-2,4\n")
    going_live.keep_check(live, make.CTO, WHO, file, file, going_live.try_check(file, file), NOW, "check")
    with pytest.raises(RowsRefused, match=r"row 2, sku: 'S-3' is not among the items of C-9 \(export.csv\)"):
        counted(live, f"{WHO},Main,2026-05-06,A,S-1,10,10\n{WHO},Main,2026-05-06,A,S-3,1,1\n")
    assert counted(live, f"{WHO},Main,2026-05-06,A,S-1,10,10\n").added == 1
    runbook.keep_items(live, make.CSM, WHO, "new.csv", b"location,sku,quantity\nA,S-3,1\n", NOW, "items")
    assert counted(live, f"{WHO},Main,2026-05-06,A,S-3,1,1\n").added == 1
    assert live.rows("select count(*) from customer_items") == [(1,)]


def test_a_negative_count_and_one_twice_in_a_file_are_refused_and_the_same_file_again_changes_nothing(live):
    row = f"{WHO},Main,2026-05-05,A,S-1,10,10\n"
    for rows, why in ((f"{WHO},Main,2026-05-05,A,S-1,10,-1\n", "counted_qty"), (row + row, "row 2")):
        with pytest.raises(RowsRefused, match=why):
            counted(live, rows)
    assert counted(live, row).added == 1
    again = counted(live, row)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 1)


@pytest.mark.parametrize(
    ("pct", "why"), [("970", "accuracy_pct"), ("-1", "accuracy_pct"), ("97%", "accuracy_pct")]
)
def test_an_accuracy_that_cannot_be_is_refused(live, pct, why):
    values = {
        "customer_id": WHO,
        "warehouse": "Main",
        "measured_on": "2026-05-06",
        "kind": "current",
        "method": "tai",
    }
    with pytest.raises(RowsRefused, match=why):
        onboarding.record_measurement(live, make.CSM, values | {"accuracy_pct": pct}, NOW, "m")


def test_a_current_figure_before_its_baseline_is_not_compared_and_the_reason_is_said(live):
    values = {"customer_id": WHO, "warehouse": "Main", "measured_on": "2026-04-10", "kind": "current", "method": "tai",
              "accuracy_pct": "97"}  # fmt: skip
    sentence = onboarding.preview(live, values, NOW).sentence
    assert sentence == "No gain to show: not comparable: the current was measured before the baseline"
