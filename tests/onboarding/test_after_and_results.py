"""After the cutover and what it came to: check-ins, issues, the sample, answers about more, messages, the case study."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes

import make
import pytest
from docx import Document
from icalendar import Calendar
from openpyxl import load_workbook

from tai_ops.accuracy import wilson
from tai_ops.errors import NotAllowed, Refused
from tai_ops.exports.onboarding_files import (
    document_docx,
    document_markdown,
    message_eml,
    plan_csv,
    plan_html,
    plan_ics,
    success_plan_sheet,
)
from tai_ops.message_templates import DEFAULTS, fill, own_template
from tai_ops.onboarding_times import times
from tai_ops.portfolio import renewals
from tai_ops.runbooks import onboarding as customers
from tai_ops.runbooks.customer_onboarding import after_cutover as after
from tai_ops.runbooks.customer_onboarding import results
from tai_ops.runbooks.customer_onboarding.all_customers import portfolio
from tai_ops.runbooks.customer_onboarding.standing import standing
from tai_ops.store.message_templates import keep_template, templates

WHO = "C-9"
NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
MEASURED = (
    "customer_id,warehouse,measured_on,kind,method,accuracy_pct,count_hours,counts_per_quarter,error_cost_per_month\n"
    f"{WHO},Main,2026-04-20,baseline,legacy,80,40,1,1000\n{WHO},Main,2026-05-05,current,tai,97,28,1,150\n"
)


@pytest.fixture
def live(store):
    make.loaded(store, "people", "email,name,role\nida.roth@tai.example,Ida Roth,csm\n")
    make.loaded(store, "customers", "customer_id,name,status,csm_email,go_live_on,reference_consent\n"
                f"{WHO},Harbor <Foods>,live,ida.roth@tai.example,2026-04-24,true\n")  # fmt: skip
    make.loaded(store, "onboardings", f"customer_id,kickoff_on,done_through_day\n{WHO},2026-04-09,15\n")
    make.loaded(store, "measurements", MEASURED)
    make.loaded(
        store,
        "scores",
        f"customer_id,respondent,answered_on,score,comment\n{WHO},sponsor,2026-05-05,9,*calm* counts\n",
    )
    return store


def came(store):
    found = standing(store, WHO, NOW)
    return found, results.results(store, found)


def test_the_sentences_are_computed_and_the_unit_follows_the_data(live):
    _, found = came(live)
    assert found.celebrations == (
        "You're up 17 percentage points in accuracy!",
        "You're saving 12 hours per cycle count!",
        "Your inventory is now real-time synchronized!",
    )
    assert found.payback_reason == "no paid subscription on record"
    make.loaded(live, "customers", f"customer_id,name,status\n{WHO},Harbor <Foods>,onboarding\n")
    assert came(live)[1].celebrations == ()


def test_the_list_of_eight_says_what_it_rests_on(live):
    _, found = came(live)
    assert [one.holds for one in found.thirty_days] == [True, None, True, None, True, False, True, None]


def test_five_baselines_stand_beside_now_and_counts_beside_tais_own_figures_alone(live):
    make.loaded(live, "counts", "customer_id,warehouse,counted_on,location,sku,abc_class,record_qty,counted_qty\n"
                f"{WHO},Main,2026-05-04,A,1,A,100,95\n{WHO},Main,2026-05-04,A,2,A,100,105\n")  # fmt: skip
    _, found = came(live)
    assert len(found.baselines) == 5
    rows = {row.kind: row for row in found.beside}
    assert rows["baseline"].counted is None
    count = rows["current"].counted.found
    assert (count.ira_pct, count.net_variance_pct, count.absolute_variance_pct) == (0, 0, 5)


def test_what_was_said_to_sales_stands_beside_what_was_measured(live):
    from tai_ops.bant import answers_from_json
    from tai_ops.store.qualifying import record_qualification

    make.loaded(live, "prospects", "prospect_id,company,created_on\nP-1,harbor <foods>,2026-03-01\n")
    answers = answers_from_json(
        {"call_ended_at": "2026-03-02T15:00:00+00:00", "need": {"accuracy_pct": 85, "count_hours": 30}}
    )
    record_qualification(live, make.CEO, "P-1", answers, NOW)
    _, found = came(live)
    assert found.said_to_sales[:2] == (("Accuracy", "85.0 %", "80.0 %"), ("Counting hours", "30", "40"))


def test_a_case_study_prints_what_rows_support_and_only_with_consent(live):
    found, shown = came(live)
    study = results.document(live, "case_study", found, shown)
    words = "\n".join(p.text for p in Document(io.BytesIO(document_docx(study))).paragraphs)
    assert words.startswith("Harbor <Foods>: +17.0 points of inventory accuracy")
    assert "Main: 97.0 % accurate now, +17.0 points." in words
    assert "“*calm* counts” (sponsor)" in words
    assert "Main, baseline, Mon 20 Apr 2026: the old system's records against the shelf" in words
    assert "\\*calm\\* counts" in document_markdown(study).decode()
    make.loaded(live, "customers", f"customer_id,reference_consent\n{WHO},false\n")
    with pytest.raises(Refused, match="has not agreed"):
        results.document(live, "case_study", *came(live))
    with pytest.raises(Refused, match="who at the customer"):
        results.record_consent(live, make.CSM, WHO, " ", NOW, "c0")
    results.record_consent(live, make.CSM, WHO, "Dana, sponsor", NOW, "c")
    assert results.document(live, "case_study", *came(live)) == study


def test_a_case_study_without_a_comparison_is_refused(store):
    make.loaded(store, "customers", f"customer_id,name,status,reference_consent\n{WHO},Harbor,live,true\n")
    make.loaded(store, "onboardings", f"customer_id,kickoff_on,done_through_day\n{WHO},2026-04-09,15\n")
    with pytest.raises(Refused, match="nothing to show yet"):
        results.study(*came(store))


def test_an_issue_ages_holds_the_gate_and_is_closed_with_what_was_done(live):
    after.raise_issue(
        live,
        make.CSM,
        WHO,
        "discrepancy",
        "Bin 7 is off",
        NOW,
        "i",
        is_major=True,
        raised_on=date(2026, 4, 27),
    )
    rows = customers.customer_board(live, NOW)
    (blocker,) = portfolio(live, rows, NOW).blockers
    assert (blocker.age_days, blocker.issue.title) == (9, "Bin 7 is off")
    week_3 = {c.step.key: c for c in standing(live, WHO, NOW).weeks[2].criteria}
    assert week_3["w3_no_critical"].holds is False
    assert week_3["w3_first_week"].said == "Bin 7 is off"
    with pytest.raises(Refused, match="what was done"):
        after.close_issue(live, make.CSM, WHO, blocker.issue.issue_id, " ", NOW, "c0")
    after.close_issue(live, make.CSM, WHO, blocker.issue.issue_id, "recounted", NOW, "c")
    assert portfolio(live, rows, NOW).blockers == ()
    for wrong, why in ((("lunch", "x"), "an issue is one of"), (("confusion", " "), "what is wrong")):
        with pytest.raises(Refused, match=why):
            after.raise_issue(live, make.CSM, WHO, *wrong, NOW, f"{wrong}")


def test_a_check_in_answers_all_three_questions_once(live):
    answers = {"performance": "fast", "accuracy": "fine", "training": "none"}
    after.record_check_in(live, make.CSM, WHO, date(2026, 5, 6), answers, "good", NOW, "k")
    after.record_check_in(live, make.CSM, WHO, date(2026, 5, 6), answers, "good", NOW, "k")
    assert live.rows("select count(*) from onboarding_checkins") == [(1,)]
    assert portfolio(live, customers.customer_board(live, NOW), NOW).sentiments == {
        WHO: ("good", date(2026, 5, 6))
    }
    with pytest.raises(Refused, match="accuracy"):
        after.record_check_in(live, make.CSM, WHO, date(2026, 5, 6), {"performance": "x"}, None, NOW, "k2")
    with pytest.raises(Refused, match="not come yet"):
        after.record_check_in(live, make.CSM, WHO, date(2026, 5, 7), answers, None, NOW, "k3")
    with pytest.raises(NotAllowed):
        after.record_check_in(live, make.CFO, WHO, date(2026, 5, 6), answers, None, NOW, "k4")


def test_a_sample_keeps_its_seed_and_says_how_sure_it_is(live):
    data = b"location,sku,quantity\n" + b"".join(b"A,%03d,4\n" % n for n in range(300))
    after.draw_sample(live, make.CSM, WHO, "load.csv", data, NOW, "d", seed=11)
    (check,) = after.after_cutover(live, WHO).spot_checks
    assert (check.seed, check.population, len(check.items)) == (11, 300, 50)
    said = after.record_counted(
        live, make.CSM, WHO, check.spot_check_id, dict.fromkeys(range(1, 51), "4"), NOW, "c"
    ).said
    assert said.startswith(
        "50 of 50 counted items agree (100.0 %); with 95 % certainty between 92.9 % and 100.0 %"
    )
    assert wilson(50, 50)[0].quantize(Decimal("0.1")) == Decimal("92.9")
    for wrong in ("-1", "x", "inf", "1,200"):
        with pytest.raises(Refused, match="item 1"):
            after.record_counted(live, make.CSM, WHO, check.spot_check_id, {1: wrong}, NOW, f"w{wrong}")


def test_an_answer_about_more_becomes_a_lead_once(live):
    for _ in range(2):
        after.record_expansion(live, make.CSM, WHO, "warehouses", "two in Ohio", "30000", NOW, "e")
    assert live.rows("select stage, amount, source from deals join prospects using (prospect_id)") == [
        ("lead", Decimal("30000.00"), "expansion (warehouses)")
    ]
    after.record_expansion(live, make.CSM, WHO, "manual", "labels", "", NOW, "e2")
    assert live.rows("select count(*) from deals") == [(1,)]
    with pytest.raises(Refused, match="amount"):
        after.record_expansion(live, make.CSM, WHO, "manual", "labels", "-3", NOW, "e3")


def test_a_users_question_is_kept_answered_and_taken_off(live):
    after.keep_question(live, make.CSM, WHO, "How do I move stock?", "", NOW, "q")
    (asked,) = after.after_cutover(live, WHO).questions
    after.keep_question(
        live, make.CSM, WHO, asked.question, "Scan both bins", NOW, "q2", question_id=asked.question_id
    )
    assert after.after_cutover(live, WHO).questions[0].answer == "Scan both bins"
    after.keep_question(
        live, make.CSM, WHO, asked.question, "", NOW, "q3", question_id=asked.question_id, is_out=True
    )
    assert after.after_cutover(live, WHO).questions == ()


def test_messages_take_typed_values_and_refuse_what_is_not_known(live):
    found, shown = came(live)
    known = results.values(live, found, shown)
    body = results.message(live, "celebrate", known).body
    assert "You're up 17 percentage points in accuracy!\nYou're saving 12 hours per cycle count!" in body
    with pytest.raises(Refused, match=r"not known yet: \{customer_admin\} \(whom .*; in line 7\)"):
        results.message(live, "announcement", known)
    with pytest.raises(Refused, match="is a date"):
        fill(DEFAULTS["announcement"], {**known, "customer_admin": "Ann", "cutover_date": "Friday"})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("Hello\n\nto {nobody}", r"nobody} is not defined \(in line 3\)"),
        ("Hello {customer", r"a brace stands alone \(in line 1\)"),
        ("Hello {questions}", "not defined"),
        (" ", "without words"),
        ("{customer.__class__}", "not defined"),
    ],
)
def test_a_template_of_ones_own_names_only_what_is_defined(body, why):
    with pytest.raises(Refused, match=why):
        own_template("stand_by", "", body)


def test_the_companys_words_hold_until_they_are_taken_back(live):
    keep_template(live, make.CSM, "stand_by", "", "Now, {customer}.", NOW, "m")
    assert templates(live)["stand_by"].body == "Now, {customer}."
    with pytest.raises(NotAllowed):
        keep_template(live, make.CFO, "stand_by", "", "x", NOW, "m2")
    keep_template(live, make.CSM, "stand_by", "", None, NOW, "m3")
    assert templates(live)["stand_by"] == DEFAULTS["stand_by"]


def test_the_customers_files_hold_every_day_and_no_formula(live):
    found, _ = came(live)
    lines = plan_csv(found).decode("utf-8-sig").splitlines()
    assert (len(lines), lines[0].split(",")[:3]) == (len(found.states) + 1, ["day", "date", "week"])
    events = Calendar.from_ical(plan_ics(found, NOW)).walk("VEVENT")
    days = {str(event["UID"]): event.decoded("DTSTART") for event in events}
    assert days[f"{WHO}-day-12@tai-ops"] == date(2026, 4, 24)
    assert len(days) == len(events)


def test_renewals_name_what_is_at_stake_and_how_the_customer_is(live):
    from tai_ops.mrr import Subscription

    rows = customers.customer_board(live, NOW)
    soon = Subscription(
        "S-1", WHO, None, date(2025, 6, 1), date(2026, 6, 1), Decimal(12000), "year", None, None
    )
    late = Subscription(
        "S-2", WHO, None, date(2025, 6, 1), date(2027, 6, 1), Decimal(12000), "year", None, None
    )
    (found,) = renewals([soon, late], rows, {}, NOW.date())
    assert (found.subscription_id, found.mrr, found.state) == ("S-1", 1000, "met")
    assert renewals([soon], rows, {WHO: 2}, NOW.date())[0].state == "missed"


@pytest.mark.parametrize(
    ("title", "body", "why"),
    [
        ("{questions}", "x", r"\{questions\} is a list \(in the subject\)"),
        ("T", "x\nAll: {questions}", r"\{questions\} is a list \(in line 2\)"),
        ("T", "- {nobody}", r"not defined \(in line 1\)"),
        ("", "x", "needs its title"),
    ],
)
def test_a_list_stands_alone_on_its_line_of_a_document(title, body, why):
    with pytest.raises(Refused, match=why):
        own_template("faq", title, body)


def test_a_document_leaves_out_the_heading_of_what_is_not_there(live):
    make.loaded(
        live, "scores", f"customer_id,respondent,answered_on,score,comment\n{WHO},sponsor,2026-05-05,9,\n"
    )
    parts = results.document(live, "case_study", *came(live)).parts
    assert [one.text for one in parts if one.mark == "## "] == [
        "Before",
        "With TAI",
        "What the figures rest on",
    ]


def test_the_faq_is_made_of_the_users_questions_in_the_companys_words(live):
    with pytest.raises(Refused, match="nobody asked anything yet"):
        results.document(live, "faq", *came(live))
    after.keep_question(live, make.CSM, WHO, "How do I move # stock?", "Scan *both* bins", NOW, "q")
    keep_template(live, make.CSM, "faq", "FAQ for {customer}", "Hello\n{questions}\n## End", NOW, "t")
    text = document_markdown(results.document(live, "faq", *came(live))).decode()
    assert text == (
        "# FAQ for Harbor \\<Foods\\>\n\nHello\n\n## How do I move \\# stock?\n\nScan \\*both\\* bins\n"
    )


def test_the_30_day_list_and_the_success_plan_say_what_stands_and_what_does_not(live):
    found, shown = came(live)
    listed = [one.text for one in results.document(live, "thirty_days", found, shown).parts]
    assert listed[0] == "4 of 8 items hold."
    assert "✗ Expansion opportunities identified (no answers)" in listed
    assert "– Data accurately migrated (no migration check on record)" in listed
    plan = results.document(live, "success_plan", found, shown)
    words = [one.text for one in plan.parts]
    assert "Sat 9 May 2026: Day-30 success check" in words
    assert "Main, accuracy of cycle counts: 80.0 % before, 97.0 % now" in words
    assert "Key contacts" not in words
    book = load_workbook(io.BytesIO(success_plan_sheet(found, plan, shown.baselines, "TAI", NOW)))
    assert book.sheetnames == ["Success plan", "Steps", "Baselines"]
    assert book["Steps"].max_row > len(found.states)


def test_a_message_is_a_draft_for_the_mail_program(live):
    found, shown = came(live)
    message = results.message(live, "celebrate", results.values(live, found, shown))
    made = message_from_bytes(message_eml(message, "ida.roth@tai.example", "no address", NOW))
    assert (made["X-Unsent"], made["From"], made["To"]) == ("1", "ida.roth@tai.example", None)
    assert made["Subject"] == "What Harbor <Foods> gained"


def test_a_check_in_and_a_whole_sample_tick_their_steps(live):
    make.loaded(live, "onboardings", f"customer_id,kickoff_on,done_through_day\n{WHO},2026-04-09,12\n")
    answers = {"performance": "fast", "accuracy": "fine", "training": "none"}
    said = after.record_check_in(live, make.CSM, WHO, date(2026, 4, 28), answers, None, NOW, "k").said
    assert said.endswith("ticked: Daily check-in 2 (10 minutes)")
    after.record_check_in(live, make.CSM, WHO, date(2026, 5, 4), answers, None, NOW, "k2")
    data = b"location,sku,quantity\n" + b"".join(b"A,%03d,4\n" % n for n in range(60))
    after.draw_sample(live, make.CSM, WHO, "load.csv", data, NOW, "d", seed=11)
    (check,) = after.after_cutover(live, WHO).spot_checks
    for first, last in ((1, 50), (50, 51)):
        assert standing(live, WHO, NOW).states["spot_check"].state == "open"
        given = dict.fromkeys(range(first, last), "4")
        after.record_counted(live, make.CSM, WHO, check.spot_check_id, given, NOW, f"c{first}")
    states = standing(live, WHO, NOW).states
    assert [states[key].state for key in ("check_in_13", "check_in_14", "check_in_15", "spot_check")] == [
        "open", "done", "open", "done"
    ]  # fmt: skip


def test_how_long_it_took_and_whether_the_claim_of_60_days_holds(live):
    found = came(live)[1].times
    assert (found.to_go_live, found.from_signature, found.to_value, found.claim_holds) == (15, None, 26, True)
    assert found.support_left == 63
    late = times(date(2026, 1, 1), date(2025, 12, 20), None, (), date(2026, 5, 6))
    assert (late.to_go_live, late.to_value, late.claim_holds) == (None, None, False)
    assert late.said[3] == "Included support ended 35 days ago"
    assert times(date(2026, 4, 9), None, None, (), NOW.date()).claim_holds is None


def test_the_plan_as_a_page_holds_no_live_text_and_the_calendar_the_hours(live):
    found, _ = came(live)
    page = plan_html(found).decode()
    assert "Onboarding of Harbor &lt;Foods&gt;" in page
    assert "http" not in page
    events = {str(e["UID"]): e for e in Calendar.from_ical(plan_ics(found, NOW)).walk("VEVENT")}
    assert events[f"{WHO}-kickoff@tai-ops"].decoded("DTSTART") == datetime(2026, 4, 9, 10, tzinfo=UTC)
    assert events[f"{WHO}-cutover@tai-ops"].decoded("DTEND").hour == 17
