"""The pipeline page: its first sentence, each of its parts, and a move that is refused and kept."""

from pathlib import Path

import offers
import pytest
from offers import NOW
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/pipeline.py"


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    offers.company(store)
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    yield
    session.use(None)


def page(part: str = "Board") -> AppTest:
    test = AppTest.from_file(str(ROUTER))
    test.query_params["part"] = part
    return test.switch_page(PAGE).run()


def told(test: AppTest) -> str:
    assert not test.exception
    return " ".join(one.value for one in [*test.markdown, *test.caption]).replace("\\", "")


def test_the_first_sentence_says_value_worth_and_spread() -> None:
    assert (
        "$60,000 of Year-1 value is open in 1 deal, worth $24,000 ± $29,394 by probability; none stands too long."
        in told(page())
    )


@pytest.mark.parametrize("part", ["Table", "Movement", "Won and lost", "Forecast"])
def test_every_part_is_shown(part: str) -> None:
    told(page(part))


def test_a_refused_move_says_why_and_keeps_the_reason() -> None:
    test = page()
    test.selectbox(key="move_id").set_value("D-1")
    test.text_input(key="move_reason").set_value("they merged")
    test.button(key="move_now").click().run()
    assert "is no stage" in test.error[0].value
    assert test.text_input(key="move_reason").value == "they merged"
