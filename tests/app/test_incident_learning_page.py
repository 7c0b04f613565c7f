"""Learning: the period in the address, the numbers with their n, and the rows behind them; an empty store says what to do."""

from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import session

ROUTER = Path(session.__file__).with_name("router.py")


@pytest.fixture(autouse=True)
def held(store):
    session.use(store)
    yield store
    session.use(None)


def opened(**query):
    page = AppTest.from_file(str(ROUTER))
    for name, value in query.items():
        page.query_params[name] = value
    page = page.switch_page("../../pages/incident_learning.py").run()
    assert not page.exception
    return page


def said(page):
    return "\n".join(e.value for e in (*page.markdown, *page.caption)).replace("\\", "")


def test_an_empty_store_says_what_to_do():
    assert "No incident is on record" in said(opened())


def test_a_period_of_the_address_has_its_numbers_and_rows(store):
    make.loaded(
        store,
        "incidents",
        "incident_id,title,severity,detected_at,acknowledged_at,resolved_at,root_cause\n"
        "I-1,API <b>down</b>,CRITICAL,2026-03-03T09:00Z,2026-03-03T09:04Z,2026-03-03T09:30Z,deployment\n",
    )
    page = opened(period="2026-03")
    assert "March 2026: 1 detected, 1 resolved, half of them within 30 min" in said(page)
    assert "means and medians say little" in said(page)
    table = page.dataframe[0].value.to_dict("records")
    assert [(row["time"], row["n"], row["note"]) for row in table][:2] == [
        ("Detect (MTTD)", 0, "none"),
        ("Acknowledge (MTTA)", 1, "too few to tell (n 1, under 5)"),
    ]
    assert "All time: 1 detected" in said(opened(period="2025-13"))
    assert [frame.value.iloc[0, 0] for frame in opened(part="Where from").dataframe][:1] == ["Deployment"]
