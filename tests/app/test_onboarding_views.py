"""The onboarding's views: one click makes the plan, a tick is undone, who may not is told, a NO keeps what was typed."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.runbooks.customer_onboarding import after_cutover

ROUTER = Path(session.__file__).with_name("router.py")
NOW = datetime(2026, 4, 3, 12, tzinfo=UTC)
CSM, CFO = "Ida Roth · CSM", "Jonas Feld · CFO"


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    make.loaded(store, "people", "email,name,role\nmara@tai.example,Mara,ceo\nida.roth@tai.example,Ida Roth,csm\n"
                "jonas.feld@tai.example,Jonas Feld,cfo\npriya@tai.example,Priya,cto\n")  # fmt: skip
    make.loaded(
        store, "customers", "customer_id,name,status,signed_on\nC-9,Harbor <Foods>,signed,2026-04-01\n"
    )
    yield store
    session.use(None)


def shown(page="customers", **query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in query.items():
        app.query_params[name] = value
    found = app.switch_page(f"../../pages/{page}.py").run()
    assert not found.exception
    return found


def view(name, who=CSM):
    return shown(customer="C-9", view=name, **{"as": who})


def said(app, text):
    there = [*app.markdown, *app.caption, *app.error, *app.info, *app.success]
    return text in "\n".join(one.value for one in there).replace("\\", "")


def press(app, start):
    return next(b for b in app.button if b.key and b.key.startswith(start)).click().run()


def test_one_click_makes_the_plan_today_stands_first_and_a_tick_can_be_undone(store):
    app = view("onboarding")
    assert said(app, "Thu 9 Apr 2026 is the next Thursday that fits")
    app = press(app, "press_plan_C-9_Make")
    assert said(app, "Plan made: kickoff Thu 9 Apr 2026, cutover Fri 24 Apr 2026")
    assert said(app, "0 % of the hours done")
    app = press(app, "press_todaytick_C-9_contract")
    assert said(app, "Done: Contract signed and executed")
    app = press(app, "saved_undo")
    assert said(app, "Open again: Contract signed and executed")
    assert store.rows("select event from onboarding_steps order by recorded_at") == [
        ("ticked",),
        ("unticked",),
    ]


def test_a_refused_decision_says_why_and_keeps_what_was_typed(store):
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nC-9,2026-03-26,6\n")
    app = view("onboarding")
    app.segmented_control(key="gate_C-9_2_decision").set_value("no").run()
    app.text_input(key="gate_C-9_2_reason").set_value("duplicates").run()
    app = press(app, "press_gate_C-9_2_Record")
    assert said(app, "a NO names what is done about it")
    assert app.text_input(key="gate_C-9_2_reason").value == "duplicates"
    assert store.rows("select count(*) from onboarding_gates") == [(0,)]


def test_who_may_not_is_told_and_has_no_live_button(store):
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nC-9,2026-03-26,6\n")
    app = view("onboarding", CFO)
    assert said(app, "The CSM or CEO may change customers")
    assert all(b.disabled for b in app.button if b.key and b.key.startswith("press_"))


@pytest.mark.parametrize("name", ["onboarding", "cutover", "migration", "after", "results"])
def test_every_view_stands_with_a_plan_and_without_one(store, name):
    view(name)
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nC-9,2026-03-26,12\n")
    view(name)


def test_numbers_are_typed_in_the_readers_way_and_people_called_by_name(store):
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nC-9,2026-03-26,12\n")
    app = view("results")
    app.text_input(key="expansion_C-9_answer").set_value("a third warehouse")
    app.text_input(key="expansion_C-9_amount").set_value("12,000")
    app.button(key="press_expansion_C-9_Save the answer").click().run()
    assert store.rows("select stage, amount from deals") == [("lead", Decimal("12000.00"))]
    items = b"location,sku,quantity\n" + b"".join(b"A,%03d,1200\n" % n for n in range(60))
    after_cutover.draw_sample(store, make.CSM, "C-9", "load.csv", items, NOW, "d", seed=11)
    (check,) = after_cutover.after_cutover(store, "C-9").spot_checks
    app = view("after")
    assert said(app, f"by {make.CSM.name}")
    app.text_input(key=f"count_{check.spot_check_id}_1").set_value("1,200")
    app.button(key=f"press_count_{check.spot_check_id}_Save what was counted").click().run()
    assert said(app, "1 of 1 counted item")


def test_all_onboardings_stand_on_their_page(store):
    app = shown("onboardings")
    assert said(app, "1 onboarding under way")
    assert said(app, "No plan yet")
    assert said(app, "Kickoffs that fit, to be offered in proposals: **Thu 9 Apr 2026")


@pytest.mark.parametrize("step", ["announcement", "parallel_count", "base_errors", "now_roi", "w1_debrief"])
def test_a_step_holds_the_form_and_the_messages_that_belong_to_it(store, step):
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nC-9,2026-03-26,12\n")
    app = shown(customer="C-9", view="onboarding", step=step, **{"as": CSM})
    wanted = {
        "announcement": "Message: How to get help",
        "parallel_count": "Warehouse counted at once",
        "base_errors": "Type of error (before TAI)",
        "now_roi": "What an hour of counting costs, USD",
        "w1_debrief": "How the customer feels",
    }[step]
    fields = [*app.text_input, *app.selectbox, *app.segmented_control, *app.expander, *app.button]
    assert wanted in [one.label for one in fields]
