"""The Company page: people come, change and leave; a setting says what it changes and its change is seen with who."""

from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session, words
from tai_ops.store import people, settings
from tai_ops.store.calendar import holidays
from tai_ops.store.targets import aims
from tai_ops.store.tokens import holder

ROUTER = Path(session.__file__).with_name("router.py")
PEOPLE = """email,name,role,active
mara.klein@tai.example,Mara Klein,ceo,true
jonas.feld@tai.example,Jonas Feld,cfo,true
ida.roth@tai.example,Ida <b>Roth</b> $x$,csm,true
"""
IDA, JONAS = "ida.roth@tai.example", "jonas.feld@tai.example"


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: make.NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    make.loaded(store, "people", PEOPLE)
    yield store
    session.use(None)


def shown(part, **query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in {"part": part, **query}.items():
        app.query_params[name] = value
    app = app.switch_page("../../pages/company.py").run()
    assert not app.exception
    return app


def text(app):
    found = [*app.markdown, *app.caption, *app.error, *app.success, *app.info]
    return "\n".join(one.value.replace(":small[]", "").replace("\\", "") for one in found)


def press(app, key):
    app = app.button(key=key).click().run()
    assert not app.exception
    return app


def test_a_person_comes_and_what_is_wrong_keeps_what_was_typed(store):
    app = shown("People", person="new")
    app.text_input(key="new_email").set_value("no mail")
    app.text_input(key="new_name").set_value("Priya")
    app = press(app, "save_person_add")
    assert "email" in app.error[0].value
    assert people.people(store)[0].name != "Priya"
    assert app.text_input(key="new_name").value == "Priya"
    app.text_input(key="new_email").set_value("priya@tai.example")
    app.selectbox(key="new_role").set_value("cto")
    app = press(app, "save_person_add")
    assert "Priya is on record as CTO" in text(app)
    assert [p.role for p in people.people(store) if p.name == "Priya"] == ["cto"]


def test_a_person_with_open_things_leaves_only_when_somebody_takes_them_over(store):
    make.loaded(store, "customers", f"customer_id,name,status,csm_email\nC-1,Northwind,live,{IDA}\n")
    app = shown("People", person=IDA)
    assert "1 customer must go to somebody: Northwind" in text(app)
    leave = f"save_person_leave_{IDA}"
    app = press(app, leave)
    assert "choose who takes that over" in text(app)
    app.selectbox(key=f"person_leave_{IDA}_to").set_value(JONAS)
    app = press(app, leave)
    assert "1 customer handed over" in text(app)
    assert store.rows("select csm_email from customers") == [(JONAS,)]


def test_names_are_shown_as_they_are_typed(store):
    assert "Ida <b>Roth</b> $x$" in text(shown("People"))


def test_a_setting_is_changed_shown_with_who_taken_back_and_listed(store):
    app = shown("Thresholds", change="uptime_target_pct")
    assert "The error budget is what this leaves of a month" in text(app)
    key = "setting_uptime_target_pct"
    app.number_input(key=key).set_value(101.0)
    app = press(app, f"save_{key}")
    assert "Company page: uptime_target_pct" in text(app)
    assert app.number_input(key=key).value == 101.0
    app.number_input(key=key).set_value(99.9)
    app = press(app, f"save_{key}")
    assert "Uptime promised: 99.5 % → 99.9 %" in text(app)
    assert "set by Mara Klein, Fri 3 Apr 2026 20:00 UTC" in text(app)
    app = press(app, "saved_undo")
    assert "Uptime promised is 99.5 % again" in text(app)
    listed = shown("Changes").dataframe[0].value
    assert listed[["changed_by", "setting", "before", "after"]].values.tolist() == [
        ["Mara Klein", "Uptime promised", "99.9 %", "as the file says"],
        ["Mara Klein", "Uptime promised", "99.5 %", "99.9 %"],
    ]


def test_the_currency_is_shown_with_why_it_is_not_changed_here(store):
    app = shown("Calendar")
    assert "Currency: **USD**" in text(app)
    assert "It is not changed here, as every amount on record would change its name" in text(app)
    assert not [b for b in app.button if b.key == "open_setting_currency"]


@pytest.mark.parametrize("name", ["zone", "business_opens", "plan_week_1", "fiscal_start_month", "name"])
def test_every_form_of_the_calendar_saves_what_it_shows(store, name):
    before = store.company
    app = press(shown("Calendar", change=name), f"save_setting_{name}")
    assert store.company == before.model_copy(update={"zone_chosen": name == "zone"})
    assert len(app.error) == (1 if name == "plan_week_1" else 0)


@pytest.mark.parametrize(
    "name",
    [n for n, s in settings.SETTINGS.items() if s.group in {"thresholds", "stages", "credits"}],
)
def test_every_form_of_the_thresholds_saves_what_it_shows(store, name):
    app = press(shown("Thresholds", change=name), f"save_setting_{name}")
    assert not app.error
    assert [change.name for change in settings.changes(store)] == [name]


def test_a_role_that_may_not_sees_everything_and_no_control(store):
    for part in ("People", "Calendar", "Targets", "Thresholds", "Categories", "Tokens", "Changes"):
        app = shown(part, **{"as": "Jonas Feld · CFO", "change": "zone", "number": "mrr", "person": IDA})
        assert "The CEO may change the company's people, targets and holidays" in text(app)
        assert not [b for b in app.button if b.key and b.key.startswith(("save_", "open_", "add_"))]


def test_a_country_s_holidays_are_counted_before_they_are_loaded(store):
    app = shown("Calendar")
    app.segmented_control(key="holidays_way").set_value("Load a country's").run()
    app.selectbox(key="hol_country").set_value("DE").run()
    app = app.selectbox(key="hol_part").set_value("BY").run()
    assert "24 holidays, 24 of them new: Thu 1 Jan 2026 New Year's Day" in text(app)
    app = press(app, "save_holidays_country")
    assert "Holidays of Germany: 24 added" in text(app)
    assert len(holidays(store)) == 24


def test_a_target_holds_from_its_day_and_a_floor_beyond_it_is_refused(store):
    app = shown("Targets", number="accuracy_pct")
    app.number_input(key="target_accuracy_pct_floor").set_value(99.0)
    app = press(app, "save_target_accuracy_pct")
    assert "floor: 99 lies above the target 97" in text(app)
    app.number_input(key="target_accuracy_pct_floor").set_value(96.0)
    app = press(app, "save_target_accuracy_pct")
    assert "Inventory accuracy: target 97 %, floor 96 % from Fri 3 Apr 2026" in text(app)
    [aim] = aims(store)["accuracy_pct"]
    assert (aim.target, aim.floor) == (97, 96)


def test_a_map_shows_what_it_moves_and_refuses_a_loop(store):
    make.accounts(store)
    bills = "bill_id,account,incurred_on,paid_on,payee,amount,category\nB1,OP,2026-02-05,2026-02-05,AWS,120.00,Hosting\n"
    bills += "B2,OP,2026-02-05,2026-02-05,Box,1.00,Servers\n"
    make.loaded(store, "bills", bills)
    app = shown("Categories")
    app.selectbox(key="map_label").set_value("Hosting").run()
    app = app.selectbox(key="map_to").set_value("cloud infrastructure").run()
    assert "Hosting: 1 bill ($120 net) other → cloud infrastructure" in text(app)
    app = press(app, "save_category_map")
    assert store.company.category_of("hosting") == "cloud infrastructure"
    app.selectbox(key="map_label").set_value("Servers").run()
    app.selectbox(key="map_to").set_value("Hosting").run()
    app = press(app, "save_category_map")
    app = shown("Categories", label="Hosting")
    app = app.selectbox(key="map_to").set_value("Servers").run()
    assert "it comes back to itself" in text(app)
    app = press(app, "save_category_map")
    assert "it comes back to itself" in app.error[0].value
    assert store.company.category_of("hosting") == "cloud infrastructure"


def test_a_token_is_shown_once(store):
    app = shown("Tokens")
    app.text_input(key="token_name").set_value("grafana")
    app = press(app, "save_token")
    token = app.code[0].value
    assert holder(store, token, "metrics") == "grafana"
    app = press(app, "token_seen")
    assert not app.code
    app = press(shown("Tokens", token="grafana"), "save_revoke_grafana")
    assert holder(store, token, "metrics") is None


@pytest.mark.parametrize(
    ("part", "query"),
    [("Thresholds", {"change": "reimbursement_threshold"}), ("Targets", {"number": "mrr"})],
    ids=["setting", "target"],
)
def test_an_amount_that_is_hidden_stands_in_no_field(store, monkeypatch, part, query):
    assert shown(part, **query).number_input
    monkeypatch.setattr(words, "hides_amounts", lambda: True)
    app = shown(part, **query)
    assert not app.number_input
    assert "Amounts are hidden; show them to change one." in text(app)
