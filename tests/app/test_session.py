"""What pages stand on, in the frame that every page has: the store, the clock, who acts, and what a failure shows."""

from datetime import UTC, date, datetime
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import session
from tai_ops.app.words import escape
from tai_ops.rights import LOCAL_OWNER

ROUTER = Path(session.__file__).with_name("router.py")
PEOPLE = """email,name,role,active
mara.klein@tai.example,Mara Klein,ceo,true
jonas.feld@tai.example,Jonas Feld,cfo,true
ida.roth@tai.example,Ida Roth,csm,true
gone@tai.example,Gone,cto,false
"""


@pytest.fixture(autouse=True)
def held(store):
    session.use(store)
    yield store
    session.use(None)


@pytest.fixture
def people(store):
    make.loaded(store, "people", PEOPLE)


def see_at(store, instant):
    with store.write(LOCAL_OWNER, "company", "test", now=make.NOW) as write:
        write.sql(
            "insert into store_facts (name, value) values ('demo_clock', $at)", {"at": instant.isoformat()}
        )


def framed():
    return AppTest.from_file(str(ROUTER)).run()


def acts():
    import streamlit as st

    from tai_ops.app import session

    st.session_state.setdefault("as", st.query_params.get("as", ""))
    st.text(session.actor().email)


def test_the_clock_is_the_real_one_for_a_store_of_ones_own():
    before = datetime.now(UTC)
    assert before <= session.now() <= datetime.now(UTC)
    assert session.sample_seen_at() is None


def test_the_sample_is_seen_at_its_own_instant(store):
    see_at(store, datetime(2026, 4, 3, 16, tzinfo=UTC))
    assert session.now() == datetime(2026, 4, 3, 16, tzinfo=UTC)
    assert session.today() == date(2026, 4, 3)


def test_the_day_is_the_companys(store_file):
    store_file.with_name("company.toml").write_text('zone = "America/Los_Angeles"')
    opened = session.Store.open(store_file, create=True)
    session.use(opened)
    see_at(opened, datetime(2026, 4, 4, 2, tzinfo=UTC))
    assert session.today() == date(2026, 4, 3)
    session.close()


def test_the_store_is_opened_from_the_environment_once(store_file, monkeypatch):
    session.use(None)
    monkeypatch.setenv("TAI_OPS_STORE", f"duckdb:{store_file}")
    assert not session.holds_store()
    assert session.store() is session.store()
    assert session.store().path == store_file
    session.close()
    assert not session.holds_store()


def test_the_local_owner_acts_while_there_is_no_ceo(store):
    assert session.choices() == {"Local owner": LOCAL_OWNER}
    make.loaded(store, "people", PEOPLE.replace("ceo", "cto"))
    assert list(session.choices())[:2] == ["Local owner", "Jonas Feld · CFO"]


@pytest.mark.usefixtures("people")
def test_the_ceo_comes_first_and_who_left_does_not_come():
    assert list(session.choices()) == ["Mara Klein · CEO", "Jonas Feld · CFO", "Ida Roth · CSM"]


@pytest.mark.usefixtures("people")
def test_two_of_one_name_and_role_are_told_apart(store):
    make.loaded(store, "people", "email,name,role,active\nida@tai.example,Ida Roth,csm,true\n")
    assert [label for label in session.choices() if "Ida" in label] == [
        "Ida Roth · CSM · ida.roth@tai.example",
        "Ida Roth · CSM · ida@tai.example",
    ]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("chosen", "email"),
    [
        ("", "mara.klein@tai.example"),
        ("Ida Roth · CSM", "ida.roth@tai.example"),
        ("Gone · CTO", "mara.klein@tai.example"),
        ("Local owner", "mara.klein@tai.example"),
    ],
    ids=["nobody", "a csm", "who left", "the local owner beside a ceo"],
)
def test_the_chosen_person_acts_and_an_unknown_one_never(chosen, email):
    page = AppTest.from_function(acts)
    page.query_params["as"] = chosen
    assert page.run().text[0].value == email


@pytest.mark.usefixtures("people")
def test_every_page_asks_who_acts():
    page = framed()
    picker = page.sidebar.selectbox(key="as")
    assert picker.value == "Mara Klein · CEO"
    picker.select("Jonas Feld · CFO").run()
    assert page.session_state["as"] == "Jonas Feld · CFO"


def test_the_sample_strip_stands_on_pages_of_the_sample_alone(store):
    assert not [strip for strip in framed().info if "Sample company" in strip.value]
    see_at(store, datetime(2026, 4, 3, 16, tzinfo=UTC))
    assert "Sample company, seen at Fri 3 Apr 2026 16:00" in [strip.value for strip in framed().info]


def test_a_store_that_fails_is_one_line_and_no_traceback(held):
    held.failed = "the store stopped (I/O error at [data] $5); restart the program"
    page = framed()
    assert len(page.exception) == 0
    assert [line.value for line in page.error] == [escape(held.failed)]
    held.failed = None


def fails():
    from tai_ops.app.failure import show_failure

    try:
        raise RuntimeError("a secret detail")
    except RuntimeError as failure:
        show_failure(failure)


def test_an_error_is_a_reference_on_the_page_and_a_traceback_in_the_log(capsys):
    page = AppTest.from_function(fails).run()
    (line,) = page.error
    assert line.value.startswith("This page hit an error (reference ")
    assert "secret" not in line.value
    log = capsys.readouterr().err
    assert line.value.split("reference ")[1][:4] in log
    assert "RuntimeError: a secret detail" in log
