"""The time machine in the pages: a Friday in the address shows that Friday, says out of what, and takes no entry."""

from datetime import UTC, datetime
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import session
from tai_ops.app.menu import PAGES

ROUTER = Path(session.__file__).with_name("router.py")
HEAD = "customer_id,name,signed_on,status\n"
FRIDAY = "2026-03-20"


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    session.use(store)
    monkeypatch.setattr(session, "real_now", lambda: make.NOW)
    make.loaded(
        store, "customers", HEAD + "C-1,Apex,2026-02-01,onboarding\n", now=datetime(2026, 3, 2, tzinfo=UTC)
    )
    make.loaded(
        store, "customers", HEAD + "C-1,Apex,2026-02-01,live\n", now=datetime(2026, 3, 25, tzinfo=UTC)
    )
    yield store
    session.use(None)


def shown(page, **query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page(f"../../pages/{page}.py").run() if page != "overview" else app


def metric(app, label):
    return next(one.value for one in app.metric if one.label == label)


def test_a_past_friday_shows_the_states_of_that_day_and_now_those_of_now(store):
    then = shown("customers", asof=FRIDAY)
    assert (metric(then, "Live customers"), metric(then, "Customers onboarding")) == ("0", "1")
    assert "As of Friday 20 Mar 2026" in then.warning[0].value
    then.button(key="asof_back").click()
    then.run()
    assert (metric(then, "Live customers"), metric(then, "Customers onboarding")) == ("1", "0")
    assert not then.warning


def test_an_answer_of_a_later_day_counts_in_no_number_of_a_past_friday(store):
    make.loaded(
        store,
        "scores",
        "customer_id,respondent,answered_on,score\nC-1,Ann,2026-03-10,6\nC-1,Bob,2026-03-27,10\n",
    )
    then = shown("customers", asof=FRIDAY, customer="C-1")
    assert not then.exception
    assert metric(then, "Likely to recommend") == "6"


def test_under_a_past_friday_a_list_reads_as_then_and_offers_no_entry(store):
    then = shown("records", asof=FRIDAY, kind="customers")
    assert not then.exception
    assert "1 customer on record on that Friday" in then.markdown[0].value + "".join(
        m.value for m in then.markdown
    )
    assert not [one for one in then.button if one.key in {"add", "to_grid"}]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("2026-03-19", "no Friday; the nearest is 2026-03-20"),
        ("2031-01-03", "not over yet"),
        ("x", "This is now"),
    ],
)
def test_a_day_that_cannot_be_shown_is_said_in_one_line(store, asked, said):
    app = shown("overview", asof=asked)
    assert not app.exception
    assert any(said in one.value.replace("\\", "") for one in app.info)
    assert not app.warning


def test_every_page_says_that_it_shows_a_past_friday_or_why_it_shows_today(store):
    app = shown("overview", asof=FRIDAY)
    said = {}
    for path, *_ in PAGES[1:]:
        app.switch_page(f"../../pages/{path.replace('-', '_')}.py").run()
        assert not app.exception
        assert not app.error
        said[path] = app.warning[0].value.replace("\\", "")
        assert said[path].startswith("**As of Friday 20 Mar 2026.**")
        assert app.button(key="asof_back")
    today = {path for path, words in said.items() if "today" in words}
    assert today == {"health", "help", "company"}


def test_a_page_reads_the_store_as_it_stood(store):
    prospect = "prospect_id,company,created_on\nP-1,Brio,2026-03-01\nP-2,Corv,2026-03-01\n"
    make.loaded(store, "prospects", prospect, now=datetime(2026, 3, 2, tzinfo=UTC))
    for day, stage in ((2, "discovery"), (25, "closing")):
        deals = f"deal_id,prospect_id,stage,amount\nD-1,P-1,{stage},5000.00\n"
        make.loaded(store, "deals", deals, now=datetime(2026, 3, day, tzinfo=UTC))
    make.loaded(store, "deals", "deal_id,prospect_id,stage,amount\nD-2,P-2,discovery,9000.00\n")
    then = shown("pipeline", asof=FRIDAY)
    assert metric(then, "Open pipeline") == r"\$5\,000"
    then.button(key="asof_back").click().run()
    assert metric(then, "Open pipeline") == r"\$14\,000"
