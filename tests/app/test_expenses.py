"""The expenses' page: the month in one sentence, a correction that offers its rule, a preview before a rule is saved."""

from pathlib import Path

import make
import pytest
import small_company
from small_company import NOW
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.store import category_rules as stored

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/expenses.py"
PEOPLE = f"email,name,role\n{make.CFO.email},{make.CFO.name},cfo\n{make.CSM.email},{make.CSM.name},csm\n"
CFO, CSM = "Jonas Feld · CFO", "Ida Roth · CSM"
BILLS = (
    "bill_id,account,incurred_on,paid_on,payee,amount,category,reimbursable_to\n"
    "B-1,OP,2026-04-01,2026-04-01,=Host <b>1</b>,400.00,,\nB-2,OP,2026-04-02,2026-04-02,=Host <b>1</b>,41.00,,\n"
    "B-OWN,,2026-03-30,,Taxi,120.00,travel,mara@tai.example\n"
)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(session, "now", lambda: NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    yield
    session.use(None)


@pytest.fixture
def books(tmp_path):
    held = small_company.copy_of("matched", tmp_path)
    make.loaded(held, "people", PEOPLE)
    make.loaded(held, "bills", BILLS)
    session.use(held)
    yield held
    make.check_keys(held)
    held.close()


def shown(**query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in {"as": CFO, **query}.items():
        app.query_params[name] = value
    app = app.switch_page(PAGE).run()
    assert not app.exception
    return app


def text(app):
    elements = [*app.markdown, *app.caption, *app.error, *app.info, *app.success]
    return "\n".join(e.value.replace("\\", "") for e in elements)


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def test_an_empty_store_says_what_will_stand_here(store):
    session.use(store)
    assert "No expense is on record yet." in text(shown())


def test_a_correction_offers_a_rule_that_shows_what_it_would_change_and_is_taken_back(books):
    app = shown()
    assert "April 2026 has cost $441.00 so far" in text(app)
    assert "2 of 2 expenses without a category" in text(app)
    assert "$120.00 is to be paid back to people" in text(app)
    app.selectbox(key="correct_which").set_value("bill B-1").run()
    app.selectbox(key="correct_to").set_value("cloud infrastructure").run()
    press(app, "correct")
    press(app, "saved_undo")
    assert books.row("select category from bills where bill_id = 'B-1'") == (None,)
    app.selectbox(key="correct_which").set_value("bill B-1").run()
    app.selectbox(key="correct_to").set_value("cloud infrastructure").run()
    press(app, "correct")
    assert books.row("select category from bills where bill_id = 'B-1'") == ("cloud infrastructure",)
    assert "it would change 1 other record now" in text(app)
    assert stored.rules(books) == []
    press(app, "offer_take")
    assert app.text_input(key="rule_text").value == "=Host <b>1</b>"
    assert "It would change 1 record of open months." in text(app)
    app.text_input(key="rule_from").set_value("1,000").run()
    assert "It would change no records of open months." in text(app)
    app.text_input(key="rule_from").set_value("a lot").run()
    assert app.button(key="rule_save").disabled
    app.text_input(key="rule_from").set_value("").run()
    press(app, "rule_save")
    assert "The rule is saved; 1 record changed" in text(app)
    assert books.row("select category from bills where bill_id = 'B-2'") == ("cloud infrastructure",)
    press(app, "saved_undo")
    assert books.row("select category from bills where bill_id = 'B-2'") == (None,)
    assert "The rules would change" not in text(app)
    press(app, "rules_apply")
    press(app, "rule_out_R1")
    assert stored.rules(books) == []


def test_another_month_is_chosen_and_the_part_stays(books):
    app = shown(part="Unusual")
    app.selectbox(key="month").set_value("2026-03").run()
    assert not app.exception
    assert "March 2026 cost $" in text(app)
    assert app.query_params["part"] == "Unusual"


def test_own_money_is_tracked_until_it_is_paid_back(books):
    app = shown(part="Reimbursements")
    assert "$120.00 is to be paid back to mara" in text(app)
    app.selectbox(key="paid_which").set_value("B-OWN").run()
    press(app, "paid")
    assert "Nobody waits for money." in text(app)
    assert books.row("select paid_on::varchar, account from bills where bill_id = 'B-OWN'") == (
        "2026-04-03",
        "OP",
    )


def test_unusual_items_say_why_and_who_may_not_write_sees_no_form(books):
    app = shown(part="Unusual", **{"as": CSM})
    [table] = app.dataframe
    assert "first charge of =Host <b>1</b>: $400.00" in list(table.value["words"])
    app = shown(part="Rules", **{"as": CSM})
    assert not [button for button in app.button if button.key == "rule_save"]
