"""Evidence on pages: a file or a link is added, shown, saved and removed; names and texts of others are never orders."""

from pathlib import Path

import make
import pytest
from small_company import NOW, copy_of
from streamlit.testing.v1 import AppTest

from tai_ops.app import session
from tai_ops.store import evidence

ROUTER = Path(session.__file__).with_name("router.py")
HOSTILE = "../CON\"'<img src=x onerror=alert(1)>|$" + "n" * 300 + ".txt"


def opened(page, store, **address):
    session.use(store)
    at = AppTest.from_file(str(ROUTER)).switch_page(f"../../pages/{page}.py")
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


@pytest.fixture
def customer(store):
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Acme,live\n")
    page = opened("customers", store, customer="C-1")
    yield page, store
    session.use(None)


def keyed(elements, start):
    return next(one for one in elements if (one.key or "").startswith(start))


def opened_box(page, start):
    page.session_state[keyed(page.expander, start).key] = True
    return page.run()


def press(page, start):
    keyed(page.button, start).click()
    return page.run()


def added(page, name=None, data=b"", link="", note=""):
    opened_box(page, "evidence_add_")
    if name:
        keyed(page.file_uploader, "evidence_file_").upload(name, data)
    keyed(page.text_input, "evidence_link_").set_value(link)
    keyed(page.text_input, "evidence_note_").set_value(note)
    return press(page, "evidence_put_")


def text_of(page):
    assert not page.exception
    return (
        "\n".join(e.value for e in (*page.markdown, *page.caption)).replace("\\", "").replace(":small[]", "")
    )


def test_a_file_is_added_shown_literally_and_removed_with_a_reason(customer):
    page, store = customer
    text = "<b>not bold</b> $x$ [a](http://b)"
    page = added(page, HOSTILE, text.encode(), note="of *Friday*")
    assert page.success
    assert "of *Friday*" in text_of(page)
    [one] = evidence.of(store, "customers", "C-1")
    assert one.file_name == HOSTILE
    opened_box(page, "evidence_show_")
    assert [code.value for code in page.code] == [text]
    page = press(page, "evidence_remove_")
    assert "say why it is removed" in " ".join(e.value for e in page.error)
    keyed(page.text_input, "evidence_reason_").set_value("wrong one")
    page = press(page, "evidence_remove_")
    assert evidence.of(store, "customers", "C-1") == ()
    assert "1 piece removed" in text_of(page)
    assert "wrong one" in text_of(page)


def test_a_link_is_added_and_undone_and_a_script_is_no_link(customer):
    page, store = customer
    page = added(page, link="javascript:alert(1)")
    assert "write a web address" in " ".join(e.value for e in page.error)
    assert keyed(page.text_input, "evidence_link_").value == "javascript:alert(1)"
    page = added(page, link="https://board.example/1")
    assert [one.link for one in evidence.of(store, "customers", "C-1")] == ["https://board.example/1"]
    page = press(page, "saved_undo")
    assert evidence.of(store, "customers", "C-1") == ()


def test_neither_and_both_are_refused(customer):
    page, store = customer
    page = added(page)
    assert "choose a file or write a link" in " ".join(e.value for e in page.error)
    page = added(page, "a.txt", b"a", link="https://a.example")
    assert evidence.of(store, "customers", "C-1") == ()


def test_a_broken_picture_is_said_and_not_a_failure(customer):
    page, _ = customer
    page = added(page, "a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 100)
    opened_box(page, "evidence_show_")
    assert "damaged or too large" in text_of(page)


def test_an_item_of_the_checklist_takes_evidence(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "now", lambda: NOW)
    store = copy_of("reconciled", tmp_path)
    session.use(store)
    try:
        at = AppTest.from_file(str(ROUTER))
        at.query_params["month"], at.query_params["evidence"] = "2026-03", "reconciled"
        page = at.switch_page("../../pages/month_end_close.py").run()
        page = added(page, "statement.txt", b"as the bank says")
        assert not page.exception
        assert evidence.counts(store, evidence.CLOSE) == {"2026-03/reconciled": 1}
    finally:
        session.use(None)
        store.close()
