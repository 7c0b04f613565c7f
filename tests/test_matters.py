"""What is due, what is wrong, and the sentence on top."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tai_ops.board import Board, Facts, Note, window_on
from tai_ops.cash import AccountMonth, Balance, Bill
from tai_ops.checklist import Onboarding
from tai_ops.company import Company
from tai_ops.customers import Customer
from tai_ops.kpi import KPIS, measure, measure_all
from tai_ops.matters import due_today, verdict, wrong
from tai_ops.mrr import Subscription
from tai_ops.period import Month
from tai_ops.pipeline import Deal, Proposal
from tai_ops.recognition import Invoice
from tai_ops.reliability import Impact, Incident, ProbeCoverage

D = Decimal
NOW = datetime(2026, 4, 3, 15, 0, tzinfo=UTC)
COMPANY = Company()
CALENDAR = COMPANY.calendar()
EMPTY = Facts(COMPANY, CALENDAR, window_on(date(2026, 4, 3), CALENDAR, NOW))


def board(**facts):
    return Board(replace(EMPTY, **facts))


def customer(**more):
    given = {"customer_id": "C-1", "name": "Apex", "status": "live", "go_live_on": None} | more
    blank = dict.fromkeys(
        ("industry", "time_zone", "csm_email", "signed_on", "warehouses", "items", "reference_consent")
    )
    return Customer(**blank | given)


def licence(customer_id="C-1"):
    return Subscription("S-1", customer_id, None, date(2026, 1, 1), None, D(1200), "year", None, None)


def said_due(role="ceo", reviewed=(), **facts):
    return [(m.state, m.text) for m in due_today(board(**facts), role, reviewed=reviewed)]


def said_wrong(role="ceo", failing=(), **facts):
    found = board(**facts)
    measured = {"mrr": measure(found, KPIS["mrr"])}
    return [(m.state, m.text) for m in wrong(found, measured, role, failing=failing)]


def test_on_a_friday_the_review_is_due_until_it_is_held():
    assert said_due() == [("no_data", "Weekly review today at 16:00, 30 minutes")]
    assert said_due(reviewed=[date(2026, 4, 3), date(2026, 3, 27)]) == []
    assert said_due(reviewed=[date(2026, 4, 3), date(2026, 3, 20)]) == []
    assert ("missed", "The review of Fri 27 Mar 2026 was not held") in said_due(reviewed=[date(2026, 3, 20)])


@pytest.mark.parametrize(
    ("months", "closed", "said"),
    [
        ([3], [], ("no_data", "Close of March 2026 is due by Tue 7 Apr 2026")),
        ([2, 3], [], ("no_data", "Close of March 2026 is due by Tue 7 Apr 2026")),
        ([1, 2], [1], ("missed", "Close of February 2026 was due on Fri 6 Mar 2026")),
        ([1, 2, 3], [1], ("missed", "Close of February 2026 was due on Fri 6 Mar 2026, and 1 later month")),
        ([1, 2, 3], [2, 3], None),
        ([2, 3], [2, 3], None),
        ([4], [], None),
    ],
)
def test_a_month_is_closed_by_the_fifth_business_day(months, closed, said):
    rows = tuple(AccountMonth("A", "bank", Month(2026, m), "bank", "operating", D(1), D(1)) for m in months)
    found = said_due(account_months=rows, closed=frozenset(Month(2026, m) for m in closed))
    assert [one for one in found if "review" not in one[1]] == ([said] if said else [])


def test_what_was_promised_what_is_owed_and_what_should_have_closed():
    note = Note(
        "n", date(2026, 3, 27), "priorities", "priority", "Ten calls", "v@x.example", date(2026, 4, 2), "open"
    )
    bill = Bill(
        "B", "A", date(2026, 3, 1), date(2026, 4, 3), None, "Payroll", D(9000), None, None, None, None
    )
    deal = Deal("D", "P", "closing", D(38000), None, None, date(2026, 4, 1), None, None)
    incident = Incident("I", "API down", "CRITICAL", None, NOW - timedelta(minutes=20))
    proposal = Proposal("Q-1", "D", datetime(2026, 4, 1, 9, 0, tzinfo=UTC), None, None, None, "draft")
    found = said_due(
        reviewed=[date(2026, 4, 3)],
        notes=(note, replace(note, note_id="m", state="done")),
        bills=(bill, replace(bill, bill_id="C", paid_on=date(2026, 4, 2))),
        deals=(deal, replace(deal, deal_id="E", stage="won")),
        incidents=(incident,),
        proposals=(proposal,),
    )
    assert found == [
        ("floor", "CRITICAL: API down is open, to be resolved by Fri 3 Apr 2026 15:40 UTC"),
        ("missed", "Ten calls (v@x.example), promised for Thu 2 Apr 2026"),
        ("missed", "1 deal worth $38,000 should have closed by now, the first on Wed 1 Apr 2026"),
        ("missed", "Proposal Q-1 was due Thu 2 Apr 2026 09:00 UTC"),
        ("floor", "1 bill to pay, $9,000: the oldest is Payroll's of Fri 3 Apr 2026"),
    ]


def test_an_onboarding_says_its_day_and_how_late_it_is():
    facts = {
        "customers": (customer(status="onboarding"),),
        "onboardings": (Onboarding("C-1", date(2026, 3, 30), 3),),
    }
    assert said_due(reviewed=[date(2026, 4, 3)], **facts) == [
        ("floor", "Apex is 1 business day behind its plan"),
        ("no_data", "Apex: Day 5, Environment Setup"),
    ]


def test_ones_own_matters_stand_before_those_of_others():
    deal = Deal("D", "P", "closing", D(1), None, None, date(2026, 4, 1), None, None)
    bill = Bill("B", "A", date(2026, 3, 1), date(2026, 4, 1), None, "Rent", D(1), None, None, None, None)
    for role, first in (("cfo", "bill"), ("vp_sales", "deal")):
        assert first in due_today(board(deals=(deal,), bills=(bill,)), role)[0].text


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param(
            {"customers": (customer(status="onboarding", go_live_on=date(2026, 3, 1)),)},
            ("missed", "Apex went live on Sun 1 Mar 2026 and its status is still onboarding"),
            id="live by date, not by status",
        ),
        pytest.param(
            {"customers": (customer(status="churned"),), "subscriptions": (licence(),)},
            ("missed", "Apex counts $100 of MRR and its status is churned"),
            id="pays and is not live",
        ),
        pytest.param(
            {"customers": (customer(),), "subscriptions": (licence("C-9"),)},
            ("floor", "Apex is live and has no running subscription"),
            id="live and pays nothing",
        ),
        pytest.param(
            {"invoices": (Invoice("I-9", "C-1", date(2026, 1, 5), date(2026, 2, 4), D(8000), None, "licence", None, None, None),),
             "customers": (customer(status="churned"),)},
            ("missed", "1 invoice more than 30 days past due, $8,000: the oldest is Apex's I-9, 58 days"),
            id="overdue",
        ),
        pytest.param(
            {"coverages": (ProbeCoverage("api", D(60), NOW - timedelta(days=9), NOW - timedelta(minutes=6), (), 9),)},
            ("missed", "Probes of api stopped: none since Fri 3 Apr 2026 14:54 UTC"),
            id="probes stopped",
        ),
        pytest.param(
            {"balances": (Balance("BANK", "bank", "USD", date(2026, 2, 28), D(1), "statement, unreconciled"),)},
            ("floor", "BANK: no statement since Sat 28 Feb 2026"),
            id="statement late",
        ),
        pytest.param(
            {"balances": (Balance("BANK", "bank", "USD", date(2026, 4, 3), D(1), "books"),)},
            ("no_data", "BANK: no statement yet, its balance is from the books"),
            id="no statement",
        ),
        pytest.param(
            {"customers": (customer(),), "subscriptions": (licence(),)},
            ("missed", "MRR $100, target $10,417"),
            id="mark missed",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_together(facts, said):
    assert said in said_wrong(**facts)


def test_nothing_is_wrong_where_nothing_is_recorded():
    assert said_wrong() == []
    fresh = (Balance("BANK", "bank", "USD", date(2026, 3, 31), D(1), "reconciled"),)
    assert said_wrong(balances=fresh) == []


def test_failing_probes_want_an_incident():
    seen = (ProbeCoverage("api", D(60), NOW - timedelta(days=9), NOW, (), 9),)
    failing = [(NOW - timedelta(hours=2), NOW - timedelta(hours=1, minutes=54))]
    text = "Probes failed for 6 min that no incident explains, the first at Fri 3 Apr 2026 13:00 UTC"
    assert ("missed", text) in said_wrong(failing=failing, coverages=seen)
    explained = (Impact("I", "*", failing[0][0], failing[0][1], "full"),)
    assert said_wrong(failing=failing, coverages=seen, impacts=explained) == []


def test_the_verdict_counts_targets_and_names_what_misses_them():
    found = board(customers=(customer(),), subscriptions=(licence(),))
    measured = measure_all(found.facts)
    shown = [measured[one] for one in ("cash", "mrr", "ar_over_30", "uptime_pct")]
    assert verdict(shown, COMPANY) == (
        "None of 3 targets are met; MRR $100 (target $10,417) is missed; "
        "no figure for receivables over 30 days past due (no invoices) and uptime (no probes and no incidents on record)."
    )
    billed = board(
        invoices=(Invoice("I", "C-1", date(2026, 4, 1), None, D(10), None, "licence", None, None, None),)
    )
    assert verdict([measure(billed, KPIS["ar_over_30"])], COMPANY) == "1 of 1 target is met."
    assert verdict([measure(billed, KPIS["ar_open"])], COMPANY) == "Receivables $10."


def test_where_nothing_is_known_the_verdict_says_no_data_and_not_that_targets_are_missed():
    measured = measure_all(board().facts)
    assert verdict([measured[one] for one in ("cash", "mrr", "uptime_pct")], COMPANY) == (
        "No data yet to judge the 2 targets by: "
        "no figure for MRR (no subscriptions) and uptime (no probes and no incidents on record)."
    )
    assert verdict([measured["mrr"]], COMPANY) == (
        "No data yet to judge the target by: no figure for MRR (no subscriptions)."
    )


def test_an_impact_that_runs_on_after_its_incident_is_named():
    began = NOW - timedelta(hours=3)
    incidents = (
        Incident("I-1", "API down", "CRITICAL", began, began, resolved_at=began + timedelta(minutes=40)),
        Incident("I-2", "Still open", "HIGH", began, began),
    )
    impacts = (Impact("I-1", "C1", began, None, "full"), Impact("I-2", "C1", began, None, "full"))
    text = "An impact of I-1 (API down) runs on although it is resolved"
    said = said_wrong(incidents=incidents, impacts=impacts)
    assert [one for one in said if "runs on" in one[1]] == [("missed", text)]


def test_a_bill_in_another_currency_is_due_too_and_in_no_sum():
    bill = Bill("B", "A", date(2026, 3, 1), date(2026, 4, 3), None, "Rent", D(10), None, None, None, None)
    abroad = replace(bill, bill_id="C", payee="Miete", due_on=date(2026, 4, 1))
    both = due_today(board(bills=(bill,), bills_apart=(abroad,)), "cfo")[0].text
    assert (
        both
        == "1 bill to pay, $10 and 1 bill to pay in another currency: the oldest is Miete's of Wed 1 Apr 2026"
    )
    alone = due_today(board(bills_apart=(abroad,)), "cfo")[0].text
    assert alone == "1 bill to pay in another currency: the oldest is Miete's of Wed 1 Apr 2026"
