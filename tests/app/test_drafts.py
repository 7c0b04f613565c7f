"""A half-filled form outlives the page, the session and the server."""

from datetime import UTC, date, datetime
from decimal import Decimal

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.store import Store, drafts

FORM = """
import streamlit as st
from tai_ops.app import forms
forms.draft("f", {"note": "", "on": None})
st.text_input("Note", key="note")
st.date_input("On", key="on")
st.button("Empty", key="empty", on_click=forms.discard, args=("f",))
"""


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(session, "now", lambda: make.NOW)
    yield
    session.use(None)


def restarted(monkeypatch):
    """Forget all that the server's memory holds."""
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())


def test_what_was_typed_is_there_after_a_restart_of_the_server(store_file, monkeypatch):
    store = Store.open(store_file, create=True)
    session.use(store)
    app = AppTest.from_string(FORM).run()
    app.text_input("note").set_value("half a sentence").run()
    app.date_input("on").set_value(date(2026, 3, 2)).run()
    store.close()
    restarted(monkeypatch)
    session.use(Store.open(store_file))
    again = AppTest.from_string(FORM).run()
    assert again.text_input("note").value == "half a sentence"
    assert again.date_input("on").value == date(2026, 3, 2)
    again.button("empty").click().run()
    restarted(monkeypatch)
    assert AppTest.from_string(FORM).run().text_input("note").value == ""
    assert session.store().rows("select * from drafts") == []
    session.store().close()


def test_a_draft_is_no_entry(store):
    session.use(store)
    before = store.row("select count(*) from audit")
    AppTest.from_string(FORM).run().text_input("note").set_value("x").run()
    assert store.row("select count(*) from drafts") == (1,)
    assert store.row("select count(*) from audit") == before


def test_a_draft_is_one_person_s(store):
    drafts.keep(store, "a@x.example", "f", {"n": "a"}, make.NOW)
    drafts.keep(store, "b@x.example", "f", {"n": "b"}, make.NOW)
    drafts.keep(store, "a@x.example", "g", {"n": "c"}, make.NOW)
    assert drafts.kept(store, "a@x.example", "f") == {"n": "a"}
    drafts.keep(store, "a@x.example", "f", {}, make.NOW)
    assert drafts.kept(store, "a@x.example", "f") == {}
    assert drafts.kept(store, "b@x.example", "f") == {"n": "b"}


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 2.5, "“x” $ |", ["a", "b"], date(2026, 1, 2), datetime(2026, 1, 2, 3, 4), Decimal("12.50"),
        datetime(2026, 1, 2, 3, 4, tzinfo=UTC), {"B-1": {"amount": "12"}},
    ],
)  # fmt: skip
def test_every_widget_s_value_comes_back_as_it_was(store, value):
    assert drafts.can_keep(value)
    drafts.keep(store, "a@x.example", "f", {"v": value}, make.NOW)
    kept = drafts.kept(store, "a@x.example", "f")["v"]
    assert kept == value
    assert type(kept) is type(value)


def test_what_no_widget_holds_is_not_kept():
    assert not drafts.can_keep(object())
    assert not drafts.can_keep([object()])
