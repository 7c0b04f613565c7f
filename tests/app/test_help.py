"""Every page leads to its document; the documents are shown as they are written, and the list of keys is whole."""

import re
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import guide, session
from tai_ops.app.menu import PAGES

ROUTER = Path(session.__file__).with_name("router.py")
APP = ROUTER.parent


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: make.NOW)
    yield store
    session.use(None)


def test_every_page_has_a_document_that_is_there():
    known = guide.documents()
    assert set(guide.GUIDES.values()) <= set(known)
    assert set(guide.GUIDES) <= {path for path, *_ in PAGES}
    assert next(iter(known)) == guide.FIRST
    assert all(known.values())


def test_a_page_leads_to_its_document_and_the_guide_shows_it():
    app = AppTest.from_file(str(ROUTER)).switch_page("../../pages/company.py").run()
    [link] = [one for one in app.get("page_link") if "Guide" in one.label and "this page" in one.label]
    assert "page=company" in link.query_string
    app = AppTest.from_file(str(ROUTER))
    app.query_params["page"] = "company"
    app = app.switch_page("../../pages/help.py").run()
    assert not app.exception
    assert app.header[0].value == "The company"
    assert "A person who leaves is made" in "\n".join(one.value for one in app.markdown)


@pytest.mark.parametrize("name", ["../README", "nothing", "", "a" * 1000])
def test_what_is_no_document_shows_the_first(name):
    app = AppTest.from_file(str(ROUTER))
    app.query_params["page"] = name
    app = app.switch_page("../../pages/help.py").run()
    assert not app.exception
    assert app.header[0].value == guide.documents()[guide.FIRST]


def test_links_lead_into_the_program_and_dollars_are_no_formulas():
    text = "See [the bank](bank.md#formats): $1 and $2, but `$3` and\n\n    tai-ops $4 [x](bank.md)\n"
    assert guide.shown(text) == (
        "See [the bank](/help?page=bank): \\$1 and \\$2, but `$3` and\n\n    tai-ops $4 [x](bank.md)\n"
    )


def test_links_between_documents_name_documents():
    known = guide.documents()
    for name in known:
        for linked in re.findall(r"\]\(([a-z-]+)\.md", (guide.FOLDER / f"{name}.md").read_text("utf-8")):
            assert linked in known, f"{name}: {linked}"


def test_every_key_that_a_page_listens_to_stands_in_the_list():
    told = (guide.FOLDER / "shortcuts.md").read_text("utf-8")
    keys = {
        key
        for file in APP.glob("*.py")
        for key in re.findall(r'(?:shortcut|undo_key)="([^"]+)"', file.read_text("utf-8"))
    }
    assert keys
    assert [key for key in sorted(keys) if f"`{key}`" not in told] == []
