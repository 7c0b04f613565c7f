"""The proposals page: what waits comes first, a value is typed once, and what was typed stays when it is refused."""

from pathlib import Path

import offers
import pytest
from offers import NOW, VP
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.store import Store
from tai_ops.store.proposing import type_values

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/proposals.py"


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    offers.company(store)
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    yield
    session.use(None)


def page(**query: str) -> AppTest:
    test = AppTest.from_file(str(ROUTER))
    for name, value in query.items():
        test.query_params[name] = value
    return test.switch_page(PAGE).run()


def told(test: AppTest) -> str:
    assert not test.exception
    return " ".join(one.value for one in test.markdown).replace("\\", "").replace(":small[]", "")


def test_the_list_says_what_waits_and_how_long_it_has(store: Store) -> None:
    said = told(page())
    assert "1 proposal waits to go out" in said
    assert "8 h 0 min left" not in said
    assert "5 h 0 min left" in said


def test_a_value_is_typed_and_a_wrong_one_stays_in_its_field(store: Store) -> None:
    test = page(proposal="Q-1")
    assert "13 values missing" in told(test)
    test.text_input(key="pv_Q-1_implementation_rate").set_value("a lot")
    test.button(key="save_values").click().run()
    assert "is not an amount" in test.error[0].value
    assert test.text_input(key="pv_Q-1_implementation_rate").value == "a lot"
    test.text_input(key="pv_Q-1_implementation_rate").set_value("$150")
    test.button(key="save_values").click().run()
    assert "12 values missing" in told(test)
    assert store.rows("select name, value from proposal_values") == [("implementation_rate", "150")]


@pytest.mark.parametrize("part", ["Quote and ROI", "Approval", "Document", "History"])
def test_every_part_of_a_proposal_that_was_sent_is_shown(store: Store, part: str) -> None:
    offers.sent(store)
    said = told(page(proposal="Q-1", part=part))
    assert "With the customer, sent in time; it is valid until" in said


def test_an_unknown_proposal_leads_to_the_list(store: Store) -> None:
    test = page(proposal="Q-9")
    assert "there is no proposal" in test.info[0].value
    assert "1 proposal waits" in told(test)


def test_what_somebody_else_gave_meanwhile_is_said_and_nothing_typed_is_lost(store: Store) -> None:
    test = page(proposal="Q-1")
    test.text_input(key="pv_Q-1_pilot_location").set_value("Dallas")
    type_values(store, VP, "Q-1", {"pilot_location": "Reno"}, now=NOW)
    test.button(key="save_values").click().run()
    assert "changed it meanwhile to “Reno”" in test.error[0].value
    assert test.text_input(key="pv_Q-1_pilot_location").value == "Dallas"
    said = " ".join(one.value for one in test.caption).replace("\\", "")
    assert "typed “Reno” meanwhile: save to put yours over it" in said
    test.button(key="save_values").click().run()
    assert store.rows("select arg_max(value, recorded_at) from proposal_values") == [("Dallas",)]


def test_a_change_shows_what_somebody_else_changed_meanwhile(store: Store) -> None:
    type_values(store, VP, "Q-1", {"pilot_location": "Reno"}, now=NOW)
    test = page(proposal="Q-1")
    test.selectbox(key="change_name").set_value("pilot_location").run()
    key = "change_pv_Q-1_pilot_location"
    assert test.text_input(key=key).value == "Reno"
    type_values(store, VP, "Q-1", {"pilot_location": "Columbus"}, now=NOW)
    test.run()
    assert test.text_input(key=key).value == "Columbus", "nothing was typed here, so it shows what stands now"
    test.text_input(key=key).set_value("Dallas").run()
    type_values(store, VP, "Q-1", {"pilot_location": "Tulsa"}, now=NOW)
    test.run()
    assert "typed “Tulsa” meanwhile" in " ".join(one.value for one in test.caption).replace("\\", "")
    assert test.text_input(key=key).value == "Dallas"


def test_a_case_study_is_picked_among_those_that_may_be_told(store: Store) -> None:
    test = page(proposal="Q-1")
    test.selectbox(key="change_name").set_value("case_study").run()
    picker = test.selectbox(key="change_pv_Q-1_case_study")
    assert picker.options == [
        "The nearest one",
        "Northwind Parts: 80.0 % to 97.5 % in 60 days; same industry (spare parts), began at 80 % and similar size (48,000 items)",
    ]
    picker.set_value("C-1").run()
    test.button(key="save_change").click().run()
    assert store.rows("select name, value from proposal_values") == [("case_study", "C-1")]
