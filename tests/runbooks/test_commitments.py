"""What is promised for a Friday: measured by a number, a step of a plan or a person's yes, and kept or missed by its owner."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import make
import pytest

from tai_ops.board import Question
from tai_ops.commitments import CALLS, PLAN_DAY, YES_NO, KeptRate
from tai_ops.errors import Refused
from tai_ops.period import Week
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.weekly_review import add_note, agenda, assign, set_note_state, show
from tai_ops.store import Store

FRIDAY = Week(date(2026, 4, 3))
NOW = datetime(2026, 4, 3, 16, 5, tzinfo=UTC)
D = Decimal


@pytest.fixture
def company(store: Store) -> Store:
    rows = "".join(f"{p.email},{p.name},{p.role}\n" for p in (make.CEO, make.CSM))
    make.loaded(store, "people", "email,name,role\n" + rows, now=NOW - timedelta(days=30))
    make.loaded(store, "customers", "customer_id,name,status\nC2,Customer #2,onboarding\n")
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nC2,2026-03-12,11\n")
    return store


def promised(store: Store, body: str, measure: Question | None = None, owner: str = "csm") -> str:
    said = {
        "kind": "priority",
        "body": body,
        "owner": owner,
        "measure": measure,
        "now": NOW - timedelta(days=7),
    }
    return add_note(store, make.CEO, FRIDAY.plus(-1), "priorities", **said).note_id


def test_a_promise_is_judged_by_its_measure_and_not_by_its_words(company: Store) -> None:
    promised(company, "Customer #2 done with training", Question(PLAN_DAY, D(11), "C2"))
    promised(company, "Go-live done", Question(PLAN_DAY, D(12), "C2"))
    promised(company, "Fewer blockers", Question("blockers_open", D(0)))
    promised(company, "10+ discovery calls held well", Question(YES_NO, D(0)))
    promised(company, "Talk to people", Question(CALLS, D(0)), "ceo")
    found = {p.note.body: (p.test, p.found, p.kept) for p in agenda(company, FRIDAY, NOW).promises}
    assert found == {
        "Customer #2 done with training": (
            "Plan of Customer #2 done through day 11",
            "through day 11 now",
            True,
        ),
        "Go-live done": ("Plan of Customer #2 done through day 12", "through day 11 now", False),
        "Fewer blockers": ("Open blockers at 0 or less", "0 now", True),
        "10+ discovery calls held well": (None, None, None),
        "Talk to people": ("Discovery calls at 0 or more", "0 calls now", True),
    }


def test_a_measure_survives_the_freeze_and_the_next_state(company: Store) -> None:
    note_id = promised(company, "Go-live done", Question(PLAN_DAY, D(12), "C2"))
    opened = weekly_review.open(company, make.CEO, FRIDAY, NOW)
    [promise] = opened.promises
    assert promise.note.measure == Question(PLAN_DAY, D(12), "C2", "Customer #2")
    assert (promise.note.state, promise.found) == ("missed", "through day 11 now")
    set_note_state(company, make.CEO, note_id, "done", NOW)
    assert show(company, FRIDAY, NOW).promises[0].note.state == "done"


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (Question("profit", D(1)), "'profit' is no number of the catalogue"),
        (Question("mrr", D(1), "C9"), "there is no customer 'C9' to measure"),
        (Question(PLAN_DAY, D(5)), "a step of a plan is a customer's; choose one"),
        (Question(PLAN_DAY, D(21), "C2"), "a plan has the days 1 to 20; 21 is none of them"),
        (Question("cash_out_on", D(1)), "is a date and can't be promised"),
        (Question("mrr", D("Infinity")), "say what the number has to reach"),
    ],
)
def test_a_measure_that_the_data_can_not_be_asked_is_refused(
    company: Store, measure: Question, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        promised(company, "x", measure)
    assert company.rows("select count(*) from review_notes") == [(0,)]


def test_the_kept_rate_stands_by_owner(company: Store) -> None:
    promised(company, "Customer #2 implementation 74% complete")
    promised(company, "Customer #2 implementation 75% complete")
    asked = promised(company, "Plan it", owner="ceo")
    csm, ceo = KeptRate(make.CSM.email, 1, 2, 0), KeptRate(make.CEO.email, 0, 0, 1)
    assert agenda(company, FRIDAY, NOW).kept_rates == (csm, ceo)
    weekly_review.open(company, make.CEO, FRIDAY, NOW)
    set_note_state(company, make.CEO, asked, "done", NOW)
    kept = KeptRate(make.CEO.email, 1, 1, 0)
    assert weekly_review.end(company, make.CEO, FRIDAY, NOW).kept_rates == (csm, kept)


def test_what_incidents_closes_and_onboardings_want_done_stands_beside_the_promises(company: Store) -> None:
    make.loaded(
        company,
        "incidents",
        "incident_id,title,severity,detected_at\nI,API down,CRITICAL,2026-04-01T10:00:00+00:00\n",
    )
    due = {(one.owner, one.page) for one in agenda(company, FRIDAY, NOW).also_due}
    assert ("cto", "incidents") in due
    assert ("csm", "customers") in due


def test_a_blocker_becomes_an_issue_of_somebodys(company: Store) -> None:
    said = add_note(company, make.CEO, FRIDAY, "engineering", kind="blocker", body="VPN", now=NOW)
    assert assign(company, make.CEO, said.note_id, "csm", NOW).owner == make.CSM.email
    assert [note.owner for note in agenda(company, FRIDAY, NOW).blockers] == [make.CSM.email]
    with pytest.raises(Refused, match="an issue has an owner"):
        assign(company, make.CEO, said.note_id, " ", NOW)
    set_note_state(company, make.CEO, said.note_id, "done", NOW)
    with pytest.raises(Refused, match="only a blocker that is open"):
        assign(company, LOCAL_OWNER, said.note_id, "csm", NOW)
