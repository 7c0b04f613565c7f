"""A click that interrupts its own first one, beside it or after it: one write, one saved line."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.store import Store


@pytest.fixture(autouse=True)
def own_store():
    """Drafts stand in a store: this one's, never the company's own."""
    store = Store.in_memory()
    session.use(store)
    yield
    session.use(None)
    store.close()


def clicks(*, interrupted):
    import streamlit as st

    from tai_ops.app import forms

    class Interrupted(BaseException):
        pass

    def act():
        def write():
            st.session_state["written"] = st.session_state.get("written", 0) + 1
            return st.session_state["written"]

        forms.run_once("form", write, lambda n: f"written {n}")

    def interrupting(*_):
        raise Interrupted

    drawn = forms.click("form", act)
    if interrupted:
        finishing, forms.discard = forms.discard, interrupting
        try:
            forms.acted(*drawn)
        except Interrupted:
            forms.discard = finishing
    else:
        forms.acted(*drawn)
    forms.acted(*drawn)
    forms.acted(*drawn)
    st.text(f"{st.session_state['written']}, {forms.last_saved().text}")


def test_a_second_click_writes_nothing():
    assert AppTest.from_function(clicks, kwargs={"interrupted": False}).run().text[0].value == "1, written 1"


def test_a_click_that_was_interrupted_after_its_write_is_finished_by_the_second():
    discard = forms.discard
    assert AppTest.from_function(clicks, kwargs={"interrupted": True}).run().text[0].value == "1, written 1"
    assert forms.discard is discard


def test_a_click_beside_the_first_waits_for_its_answer(monkeypatch):
    monkeypatch.setattr(forms, "submit_token", lambda _: "beside")
    monkeypatch.setattr(forms, "run_write", lambda _form, write, _said, _undo: answers.append(write()))
    answers, written, going = [], [], threading.Event()

    def write():
        going.wait(60)
        written.append(1)
        return len(written)

    threads = [threading.Thread(target=forms.run_once, args=("form", write, str)) for _ in range(2)]
    for thread in threads:
        thread.start()
    going.set()
    for thread in threads:
        thread.join(60)
    assert answers == [1, 1]
