"""The customers' page: the gain is seen before it is saved, what is wrong says so at its field, once means once."""

from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.kinds import KINDS
from tai_ops.sheet import template

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/customers.py"
PEOPLE = """email,name,role,active
mara.klein@tai.example,Mara Klein,ceo,true
jonas.feld@tai.example,Jonas Feld,cfo,true
ida.roth@tai.example,Ida Roth,csm,true
"""
CSM, CFO = "Ida Roth · CSM", "Jonas Feld · CFO"
FORM = "measurement_C-002"
GAIN = "Up 17.0 points: 80.0 % → 97.0 %, errors down 85 %; 12 of 40 hours saved (30 %): goal met"


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: make.NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    yield store
    session.use(None)


@pytest.fixture
def customers(store):
    make.loaded(store, "people", PEOPLE)
    for kind in ("customers", "onboardings", "measurements", "scores"):
        make.loaded(store, kind, template(KINDS[kind]))


def shown(**query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(PAGE).run()


def entering(way="measurement", customer="C-002", who=CSM):
    app = shown(**{"customer": customer, "enter": way, "as": who})
    assert not app.exception
    return app


def plain(elements):
    return [element.value.replace(":small[]", "").replace("\\", "") for element in elements]


def said(app, text):
    """Whether the page shows the text, Markdown's own signs aside."""
    return text in "\n".join(plain([*app.markdown, *app.caption, *app.error, *app.info, *app.success]))


def typed(app, kind, accuracy, hours, warehouse="Main"):
    """Type a measurement as a person does: what it is first, then the figures."""
    app.segmented_control(key=f"{FORM}_kind").set_value(kind).run()
    field = next(w for w in (*app.text_input, *app.selectbox) if w.key == f"{FORM}_warehouse")
    field.set_value(warehouse)
    app.number_input(key=f"{FORM}_accuracy_pct").set_value(accuracy)
    app.number_input(key=f"{FORM}_count_hours").set_value(hours)
    return app.run()


def save(app, form=FORM):
    return app.button(key=f"save_{form}").click().run()


def measured(store):
    return store.rows(
        "select kind, method, accuracy_pct, count_hours, recorded_by, recorded_from from measurements "
        "where customer_id = 'C-002' order by kind"
    )


@pytest.mark.usefixtures("customers")
def test_baseline_and_current_the_gain_seen_before_it_is_saved_then_saved_then_taken_back(store):
    app = typed(entering(), "baseline", 80.0, 40.0)
    assert said(app, "The gain shows once Main's current figures are on record")
    app = save(app)
    assert said(app, "Saved: Baseline of Main, Fri 3 Apr 2026 (accuracy 80 %, 40 count hours)")
    app = typed(app, "current", 97.0, 28.0)
    assert said(app, GAIN)
    assert len(measured(store)) == 1
    app = save(app)
    assert said(
        app, f"Saved: Current figures of Main, Fri 3 Apr 2026 (accuracy 97 %, 28 count hours). {GAIN}"
    )
    by = "ida.roth@tai.example"
    both = [("baseline", "legacy", 80, 40, by, "entered"), ("current", "tai", 97, 28, by, "entered")]
    assert measured(store) == both
    app = app.button(key="saved_measurement_undo").click().run()
    assert said(app, "Taken back: the measurement is off the record")
    assert measured(store) == both[:1]
    app = save(typed(app, "current", 97.0, 28.0))
    assert measured(store) == both


@pytest.mark.usefixtures("customers")
def test_a_wrong_figure_is_refused_at_its_field_and_keeps_what_was_typed(store):
    app = typed(entering(), "current", 197.0, 28.0)
    assert said(app, "✗ 197 is above 100")
    app = save(app)
    assert plain(app.error) == ["Not saved: accuracy: 197 is above 100"]
    assert app.number_input(key=f"{FORM}_accuracy_pct").value == 197
    assert app.number_input(key=f"{FORM}_count_hours").value == 28
    assert measured(store) == []
    app = app.number_input(key=f"{FORM}_accuracy_pct").set_value(97.0).run()
    assert not said(app, "197 is above 100")


@pytest.mark.usefixtures("customers")
def test_what_is_needed_is_asked_for_when_it_is_saved_and_not_before(store):
    app = entering()
    assert not said(app, "must not be empty")
    app = save(app.number_input(key=f"{FORM}_accuracy_pct").set_value(97.0).run())
    assert said(app, "✗ must not be empty")
    assert plain(app.error) == ["Not saved: warehouse: must not be empty"]


@pytest.mark.usefixtures("customers")
def test_a_gain_that_was_not_shown_is_shown_and_not_saved(store):
    app = save(typed(entering(), "baseline", 80.0, 40.0))
    app = typed(app, "current", 97.0, 28.0)
    app.number_input(key=f"{FORM}_accuracy_pct").set_value(79.0)
    app = save(app)
    assert said(app, "Down 1.0 points: 80.0 % → 79.0 %")
    assert said(app, "Press Save once more to keep it")
    assert len(measured(store)) == 1
    assert not said(save(app), "Press Save once more to keep it")
    assert [row[2] for row in measured(store)] == [80, 79]


@pytest.mark.usefixtures("customers")
@pytest.mark.parametrize("second", ["with the same figures", "with the emptied form"])
def test_a_double_click_saves_once_and_keeps_undo(store, second):
    app = save(typed(entering(), "current", 97.0, 28.0))
    if second == "with the same figures":
        app = typed(app, "current", 97.0, 28.0)
    app = save(app)
    assert len(measured(store)) == 1
    assert not app.error
    assert said(app, "Saved: Current figures of Main")
    assert app.button(key="saved_measurement_undo")
    assert store.row("select count(*) from audit where subject_key like 'C-002,Main%'") == (1,)


@pytest.mark.usefixtures("customers")
def test_who_may_not_reads_beforehand_who_may_and_finds_no_form(store):
    app = entering(who=CFO)
    assert not app.error
    assert said(app, "The CSM or CEO may change customers, measurements and scores.")
    assert "enter" not in [control.key for control in app.segmented_control]
    assert not [b for b in app.button if b.key.startswith("save_")]


@pytest.mark.usefixtures("customers")
def test_a_half_filled_form_survives_a_change_of_page(store):
    typed(entering(), "current", 97.0, 28.0)
    app = shown(**{"as": CSM})
    assert said(app, "A measurement of Harbor Foods is typed and not saved.")
    app = entering()
    assert app.number_input(key=f"{FORM}_accuracy_pct").value == 97
    assert app.segmented_control(key=f"{FORM}_kind").value == "current"
    app = app.button(key=f"empty_{FORM}").click().run()
    assert app.number_input(key=f"{FORM}_accuracy_pct").value is None
    assert not said(app, "typed and not saved")


@pytest.mark.usefixtures("customers")
def test_the_list_says_how_all_stand_and_what_is_missing(store):
    app = shown()
    assert app.title[0].value == "Customers"
    assert said(
        app, "Northwind Parts, the one live customer, is at 97.0 %: the goal of 97 % is met; Harbor Foods'"
    )
    assert said(app, "– baseline not measured")
    assert said(app, "**97.0 %** accuracy · up 17.0 points")
    assert [m.label for m in app.metric][:3] == [
        "Live customers",
        "Customers onboarding",
        "Inventory accuracy",
    ]
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.usefixtures("customers")
def test_one_customer_has_all_on_record(store):
    app = shown(customer="C-001")
    assert app.title[0].value == "Northwind Parts"
    assert said(
        app, f"**Main** :green-badge[✓ met]  \n{GAIN.replace('hours saved (30 %', 'hours saved (30 %')}"
    )
    assert [m.value for m in app.metric] == ["97\\.0 \\%", "17 points", "30\\.0 \\%", "9\\.5"]
    assert said(app, "Kickoff on Thu 6 Nov 2025; 100 % done")


@pytest.mark.usefixtures("customers")
def test_an_unknown_customer_leads_to_the_list_with_the_reason(store):
    app = shown(customer="C-404")
    assert app.title[0].value == "Customers"
    assert plain(app.info) == ["there is no customer 'C-404'; open the list and choose one"]


@pytest.mark.usefixtures("customers")
def test_score_and_progress_say_what_they_come_to(store):
    app = entering("score")
    app.text_input(key="score_C-002_respondent").set_value("sponsor")
    app = app.segmented_control(key="score_C-002_score").set_value(9).run()
    assert said(app, "9 is a promoter; the customer's median becomes 9 (n = 1)")
    app = save(app, "score_C-002")
    assert store.rows("select respondent, score from scores where customer_id = 'C-002'") == [("sponsor", 9)]
    app = entering("progress")
    app = app.selectbox(key="progress_C-002_done_through_day").set_value(12).run()
    assert said(app, "90 % done (Production Launch)")
    app = save(app, "progress_C-002")
    assert said(app, "Changed: Onboarding (done through Day 12, kickoff on Thu 5 Feb 2026)")
    assert app.selectbox(key="progress_C-002_done_through_day").value == 12
    app.button(key="saved_progress_undo").click().run()
    assert store.rows("select done_through_day from onboardings where customer_id = 'C-002'") == [(10,)]


def test_an_empty_store_says_what_will_stand_here_and_adds_the_first_customer(store):
    app = shown()
    assert said(app, "No customer is on record yet")
    assert not app.metric
    assert app.text_input(key="customer__customer_id").value == "C-001"
    app.text_input(key="customer__name").set_value("Harbor Foods")
    app = save(app, "customer_")
    assert store.rows("select customer_id, name, status from customers") == [
        ("C-001", "Harbor Foods", "signed")
    ]
    assert said(app, "Harbor Foods")
    assert said(app, "Saved: Customer (name Harbor Foods, status signed)")
    assert not app.exception


@pytest.mark.usefixtures("customers")
def test_a_customer_is_changed_and_a_new_one_takes_no_others_id(store):
    app = entering("customer")
    app.segmented_control(key="customer_C-002_status").set_value("live")
    app = save(app.run(), "customer_C-002")
    assert store.rows("select status, industry from customers where customer_id = 'C-002'") == [
        ("live", "food")
    ]
    app = shown(**{"enter": "customer", "as": CSM})
    assert app.text_input(key="customer__customer_id").value == "C-003"
    app.text_input(key="customer__customer_id").set_value("C-001")
    app.text_input(key="customer__name").set_value("Twin")
    app = save(app.run(), "customer_")
    assert said(app, "✗ C-001 is a customer already; choose another id")
    assert store.rows("select name from customers where customer_id = 'C-001'") == [("Northwind Parts",)]


def test_names_are_shown_as_they_are(store):
    nasty = "<img src=x onerror=alert(1)> $x$ [a](http://x.example) **b**"
    make.loaded(store, "customers", f'customer_id,name,status\nA,"{nasty}",live\n')
    make.loaded(
        store,
        "measurements",
        'customer_id,warehouse,measured_on,kind,method,accuracy_pct\nA,"*W* <b>",2026-04-01,baseline,legacy,80\n',
    )
    app = shown(customer="A")
    assert not app.exception
    assert app.title[0].value.replace(":small[]", "").replace("\\", "") == nasty
    assert "**\\*W\\* \\<b\\>**" in "\n".join(m.value for m in app.markdown)


@pytest.mark.usefixtures("customers")
def test_a_kickoff_ahead_is_said_once_under_the_onboarding(store):
    make.loaded(store, "customers", "customer_id,name,status\nC-009,Ambermoor,signed\n")
    make.loaded(store, "onboardings", "customer_id,kickoff_on\nC-009,2026-04-09\n")
    captions = plain(shown(customer="C-009").caption)
    assert [text for text in captions if "ickoff" in text] == ["Kickoff on Thu 9 Apr 2026"]


def test_a_warehouse_without_current_figures_is_not_said_to_miss_the_goal(store):
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Acme,onboarding\n")
    head = "customer_id,warehouse,measured_on,kind,method,accuracy_pct\n"
    make.loaded(store, "measurements", f"{head}C-1,Main,2026-03-20,baseline,legacy,83\n")
    app = shown(customer="C-1")
    assert said(app, "**No current accuracy is measured yet**")
    make.loaded(store, "measurements", f"{head}C-1,Main,2026-04-01,current,tai,95\n")
    assert said(shown(customer="C-1"), "**The warehouse is not yet at the goal**")
