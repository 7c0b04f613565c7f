"""The incidents page: severity forms as answers are typed, one click starts one incident, the run is written as rights allow."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, incident_view, session
from tai_ops.rights import Actor
from tai_ops.runbooks.incident_response import running, starting
from tai_ops.runbooks.incident_response.standing import standing
from tai_ops.store import Store

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/incidents.py"
CTO = Actor("priya.anand@tai.example", "Priya Anand", "cto")
AT = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
CLOCK = {"now": AT}


@pytest.fixture(autouse=True)
def company(store: Store, monkeypatch):
    rows = "".join(f"{p.email},{p.name},{p.role}\n" for p in (make.CEO, make.CSM, CTO))
    make.loaded(store, "people", "email,name,role\n" + rows, now=AT - timedelta(days=30))
    make.loaded(
        store, "customers", "customer_id,name,status\nC1,<b>North</b> $1,live\nC2,Quillon Foods,live\n"
    )
    session.use(store)
    CLOCK["now"] = AT
    monkeypatch.setattr(session, "now", lambda: CLOCK["now"])
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    yield store
    session.use(None)


def page(who: Actor = CTO, **query: str) -> AppTest:
    test = AppTest.from_file(str(ROUTER))
    for name, value in ({"as": f"{who.name} · {who.role.upper()}"} | query).items():
        test.query_params[name] = value
    return test.run().switch_page(PAGE).run()


def told(test: AppTest) -> str:
    assert not test.exception
    return " ".join(one.value for one in [*test.markdown, *test.caption, *test.error]).replace("\\", "")


def down(store: Store, **more) -> None:
    signals = {"detected_at": AT.isoformat(), "customers_without_access": 1}
    starting.start(store, CTO, "API <i>down</i> $5", signals, AT, "start", customers=("C1",), **more)


def test_the_severity_forms_as_answers_are_typed_and_one_start_makes_one_incident(company: Store) -> None:
    test = page(start="1")
    assert "no severity" in told(test)
    test.text_input(key="incident_start_error_rate_pct").set_value("3.4").run()
    assert "MEDIUM: error rate of 3.4 % is within 0.5-5 %." in told(test)
    test.text_input(key="incident_start_customers_without_access").set_value("two").run()
    assert "customers_without_access: must be a whole number" in told(test)
    test.text_input(key="incident_start_customers_without_access").set_value("2").run()
    assert "Acknowledge by **15:05 UTC** (5 min)" in told(test)
    test.button(key="press_start_incident").click().run()
    assert "say in a few words what is wrong" in told(test)
    assert test.text_input(key="incident_start_customers_without_access").value == "2"
    test.text_input(key="incident_start_title").set_value("API down")
    test.multiselect(key="incident_start_customers").set_value(["*"]).run()
    test.button(key="press_start_incident").click().run()
    assert test.query_params["incident"] == "I-001"
    found = standing(company, "I-001", AT)
    assert found
    assert (found.run.incident.severity, list(found.run.affected)) == ("CRITICAL", ["C1", "C2"])


def test_the_run_says_who_may_and_a_refused_step_keeps_what_was_typed(company: Store) -> None:
    down(company)
    CLOCK["now"] = AT + timedelta(minutes=7)
    test = page(incident="I-001")
    assert "+2:00" in told(test)
    assert ":red-badge[✗ missed]" in told(test)
    assert "<i>down</i> $5" in test.title[0].value.replace("\\", "")
    test.button(key="press_in_I-001_diagnose_Diagnosed").click().run()
    assert "say what the diagnosis is" in told(test)
    test.text_input(key="in_I-001_diagnose_said").set_value("pool is empty").run()
    test.button(key="press_in_I-001_diagnose_Diagnosed").click().run()
    assert "diagnosed Tue 3 Mar 2026 15:07 UTC" in " ".join(
        one.value.replace("\\", "") for one in test.success
    )
    csm = page(make.CSM, incident="I-001")
    assert "The CTO or CEO may change incidents" in told(csm)
    assert csm.button(key="press_in_I-001_logs_Done").disabled
    assert not csm.button(key="press_in_I-001_note_Note it").disabled


def test_an_earlier_time_is_entered_in_its_zone_and_a_future_one_refused(company: Store) -> None:
    down(company)
    CLOCK["now"] = AT + timedelta(minutes=20)
    test = page(incident="I-001")
    test.toggle(key=incident_view.EARLIER).set_value(True).run()
    test.datetime_input(key=incident_view.EARLIER_AT).set_value(datetime(2026, 3, 3, 15, 40)).run()
    test.button(key="press_in_I-001_acknowledge_Investigating: acknowledge").click().run()
    assert "has not come yet" in told(test)
    test.datetime_input(key=incident_view.EARLIER_AT).set_value(datetime(2026, 3, 3, 15, 4)).run()
    test.button(key="press_in_I-001_acknowledge_Investigating: acknowledge").click().run()
    found = standing(company, "I-001", CLOCK["now"])
    assert found
    assert found.run.incident.acknowledged_at == AT + timedelta(minutes=4)
    assert [one.state for one in found.timers] == ["met", "missed", "running", "running"]


def test_messages_name_what_they_lack_and_go_to_whom_was_not_told(company: Store) -> None:
    down(company)
    test = page(make.CSM, incident="I-001", view="customers")
    for message in ("aware", "all_clear"):
        test.session_state[f"message_I-001_{message}"] = True
    test.run()
    assert any("Expected resolution time: TBD" in one.value for one in test.code)
    assert any("All-clear: not known yet" in one.value.replace("\\", "") for one in test.info)
    test.button(key="press_sent_I-001_aware_C1_Mark as sent").click().run()
    run = standing(company, "I-001", AT).run  # type: ignore[union-attr]
    assert ("aware", "C1") in run.sent


def test_after_it_the_summary_names_what_it_lacks_and_files_are_offered_once_it_lacks_nothing(
    company: Store,
) -> None:
    down(company)
    CLOCK["now"] = AT + timedelta(minutes=50)
    running.reach(company, CTO, "I-001", "resolve", CLOCK["now"], "r")
    test = page(incident="I-001", view="after")
    assert "All-clear to the customers" in told(test)
    assert "still lacks: root cause, what we did to fix it" in told(test)
    said = {
        "issue": "API down",
        "cause": "a leak",
        "resolution": "mended",
        "prevention": "an alert",
        "prevention_time": "Friday",
    }
    for part, text in said.items():
        widget = test.text_input if part in {"issue", "prevention_time"} else test.text_area
        widget(key=f"summary_I-001_0_{part}").set_value(text)
    test.button(key="press_summary_I-001_Keep the summary").click().run()
    assert test.text_area(key="summary_I-001_5_cause").value == "a leak"
    assert "50 minutes (15:00 to 15:50 UTC on Tue 3 Mar 2026)" in told(test)
    assert {one.key for one in test.get("download_button")} >= {
        "summary_C1_md",
        "summary_C1_docx",
        "summary_C1_eml",
    }


def test_an_unknown_incident_and_a_request_have_pages_too(company: Store) -> None:
    assert "There is no incident nonsense on record" in told(page(incident="nonsense"))
    signals = {"detected_at": AT.isoformat(), "request": "training"}
    starting.start(company, CTO, "Training for East", signals, AT, "low")
    assert "A request is a ticket" in told(page(incident="I-001"))
    assert "1 request waits" in told(page())
