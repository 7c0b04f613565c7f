"""The auditor before the meeting: each disagreement of the records is found, with its rows and who can mend it."""

from datetime import UTC, date, datetime, timedelta

import make
import pytest

from tai_ops.period import Week
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks.customer_onboarding import steps
from tai_ops.runbooks.weekly_review import add_note, agenda
from tai_ops.store import Store

FRIDAY = Week(date(2026, 4, 3))
NOW = datetime(2026, 4, 3, 15, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=4)


def load(store: Store, kind: str, text: str) -> None:
    make.loaded(store, kind, text, now=BEFORE)


def found(store: Store, check: str) -> tuple[str, str, tuple[str, ...]]:
    """The one finding of that check: its text, who can mend it, its rows."""
    [one] = [finding for finding in agenda(store, FRIDAY, NOW).findings if finding.check == check]
    assert one.rows
    assert one.page
    return one.text, one.owner, one.rows


def test_zero_incidents_against_the_rows(store: Store) -> None:
    load(
        store,
        "incidents",
        "incident_id,title,severity,detected_at\nI-9,API down,HIGH,2026-04-01T10:00:00+00:00\n",
    )
    assert [one.check for one in agenda(store, FRIDAY, NOW).findings] == []
    add_note(store, LOCAL_OWNER, FRIDAY, "wins", kind="win", body="Zero incidents, all stable", now=NOW)
    assert found(store, "claimed_quiet") == (
        "“Zero incidents, all stable” is noted, and 1 incident began this week",
        "cto",
        ("I-9 (HIGH): API down",),
    )


def test_pursue_without_a_proposal_sent_in_24_hours(store: Store) -> None:
    load(store, "prospects", "prospect_id,company,created_on\nP,Apex,2026-01-01\n")
    load(
        store, "deals", "deal_id,prospect_id,stage,amount,entered_stage_on\nD,P,proposal,5000.00,2026-03-30\n"
    )
    with store.write(LOCAL_OWNER, "sales", "qualify", now=BEFORE) as write:
        write.sql(
            "insert into qualifications values ('Q', 'P', '{}', '{}', 'PURSUE', timestamptz '2026-03-31 10:00:00+00', 'x')"
        )
    head = "proposal_id,deal_id,requested_at,sent_at,status\n"
    assert found(store, "pursued_without_proposal")[0] == (
        "Apex is to be pursued and has no proposal; it was due Wed 1 Apr 2026 10:00 UTC"
    )
    load(store, "proposals", head + "R,D,2026-03-31T10:00:00+00:00,,draft\n")
    text, owner, _ = found(store, "pursued_without_proposal")
    assert (text[:60], owner) == (
        "Apex is to be pursued and its proposal R is not sent; it was"[:60],
        "sales_coordinator",
    )
    load(store, "proposals", head + "R,D,2026-03-31T10:00:00+00:00,2026-03-31T12:00:00+00:00,sent\n")
    assert agenda(store, FRIDAY, NOW).findings == ()


def test_a_go_live_without_the_invoice_of_the_balance(store: Store) -> None:
    load(store, "customers", "customer_id,name,status,go_live_on\nA,Alpha,live,2026-03-20\n")
    load(
        store,
        "invoices",
        "invoice_number,customer_id,issued_on,amount,kind\nI-1,A,2026-02-01,900.00,services\n",
    )
    assert found(store, "go_live_without_invoice") == (
        "Alpha is live since Fri 20 Mar 2026 and no invoice was issued from then on",
        "cfo",
        ("invoice I-1 of Sun 1 Feb 2026: $900",),
    )


def test_a_nine_beside_an_open_critical_incident(store: Store) -> None:
    load(store, "customers", "customer_id,name,status\nA,Alpha,live\n")
    load(store, "scores", "customer_id,respondent,answered_on,score\nA,lead,2026-03-01,9\n")
    load(
        store,
        "incidents",
        "incident_id,title,severity,detected_at\nI-9,API down,CRITICAL,2026-04-01T10:00:00+00:00\n",
    )
    load(store, "impacts", "incident_id,customer_id,began_at,level\nI-9,A,2026-04-01T10:00:00+00:00,full\n")
    assert found(store, "content_in_an_outage") == (
        "Alpha scored 9 and has an open CRITICAL incident",
        "csm",
        ("I-9: API down",),
    )


@pytest.mark.parametrize(
    ("accuracy", "said"), [("", "is not measured"), ("94.9", "stands at 94.9%"), ("95", None)]
)
def test_all_of_the_plan_done_and_its_gate_failed(store: Store, accuracy: str, said: str | None) -> None:
    load(store, "customers", "customer_id,name,status\nA,Alpha,onboarding\n")
    load(store, "onboardings", "customer_id,kickoff_on,done_through_day\nA,2026-03-02,20\n")
    if accuracy:
        head = "customer_id,warehouse,measured_on,kind,method,accuracy_pct\n"
        load(store, "measurements", f"{head}A,M,2026-03-27,current,tai,{accuracy}\n")
    texts = [
        one.text for one in agenda(store, FRIDAY, NOW).findings if one.check == "complete_with_failed_gate"
    ]
    assert [said in text for text in texts] == ([True] if said else [])


def test_all_of_the_plan_done_beside_a_gate_that_said_no(store: Store) -> None:
    load(store, "customers", "customer_id,name,status\nA,Alpha,onboarding\n")
    load(store, "onboardings", "customer_id,kickoff_on,done_through_day\nA,2026-03-02,20\n")
    load(
        store,
        "measurements",
        "customer_id,warehouse,measured_on,kind,method,accuracy_pct\nA,M,2026-03-27,current,tai,97\n",
    )
    steps.decide_gate(store, make.CSM, "A", 4, "no", NOW, "no", reason="scores", remedies=("training",))
    assert found(store, "complete_with_failed_gate") == (
        "Alpha: every step of the onboarding is done beside a gate of week 4: NO",
        "csm",
        ("kickoff Mon 2 Mar 2026, gate of week 4: NO",),
    )


def test_sums_that_disagree(store: Store) -> None:
    load(store, "customers", "customer_id,name,status\nA,Alpha,live\n")
    load(
        store,
        "invoices",
        "invoice_number,customer_id,issued_on,amount,kind\nI-1,A,2026-02-01,900.00,services\n",
    )
    load(store, "accounts", "account,name,kind,currency,opened_on\nBANK,Bank,bank,USD,2026-01-01\n")
    head = "payment_id,account,received_on,amount,invoice_number\n"
    load(store, "payments", head + "P-1,BANK,2026-02-10,900.00,I-1\nP-2,BANK,2026-02-11,900.00,I-1\n")
    assert found(store, "paid_over_invoice")[:2] == (
        "Invoice I-1 asks for $900 and $1,800 is booked on it",
        "cfo",
    )
    load(store, "prospects", "prospect_id,company,created_on\nP,Apex,2026-01-01\n")
    load(
        store, "deals", "deal_id,prospect_id,stage,amount,entered_stage_on\nD,P,closing,5000.00,2026-03-30\n"
    )
    load(
        store,
        "proposals",
        "proposal_id,deal_id,requested_at,sent_at,services,licence,status\n"
        "R,D,2026-03-31T10:00:00+00:00,2026-03-31T12:00:00+00:00,1000.00,3000.00,sent\n",
    )
    assert found(store, "deal_against_proposal") == (
        "Apex: the deal says $5,000, its proposal $4,000",
        "vp_sales",
        ("deal D: $5,000", "proposal R: $4,000"),
    )


def test_mrr_of_a_customer_who_is_not_live(store: Store) -> None:
    load(store, "customers", "customer_id,name,status\nA,Alpha,onboarding\n")
    load(
        store,
        "subscriptions",
        "subscription_id,customer_id,starts_on,amount,interval\nS,A,2026-03-01,1000.00,month\n",
    )
    assert found(store, "mrr_not_live") == (
        "Alpha pays $1,000 a month and is not live (onboarding)",
        "csm",
        ("subscription S from Sun 1 Mar 2026: $1,000 a month",),
    )
