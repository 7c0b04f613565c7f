"""The rows behind each number of the catalogue make it, say what they count, and lead to their records."""

from datetime import date
from decimal import Decimal

import make
import pytest

from tai_ops.behind import behind, listing
from tai_ops.board import Board, Note
from tai_ops.comparison import period
from tai_ops.kind_words import key_text
from tai_ops.kinds import RECORDS
from tai_ops.kpi import KPIS, measure
from tai_ops.money import cents
from tai_ops.store import Store
from tai_ops.store.browse import record
from tai_ops.store.facts import business_calendar, facts
from tai_ops.store.reviewing import keep_note

PARTS = {
    "nrr_pct", "grr_pct", "logo_churn_pct", "arpa", "runway_months", "cash_out_on", "burn_multiple", "dso_days", "cac", "ltv",
    "ltv_cac", "cac_payback_months", "gross_margin_pct", "sales_velocity", "coverage", "uptime_pct", "budget_left_minutes",
    "latency_p95_ms", "error_rate_pct",
}  # fmt: skip
"""Numbers that several sums make: their rows are the parts, or what one of the parts is made of."""


MORE = {
    "subscriptions": "subscription_id,customer_id,starts_on,amount,interval\n"
    "X-1,C-001,2026-03-01,100.00,quarter\nX-2,C-002,2026-03-02,100.00,quarter\nX-3,C-003,2026-03-05,100.00,quarter\n",
    "invoices": "invoice_number,customer_id,issued_on,due_on,amount,kind\nINV-9,C-003,2026-03-10,2026-03-20,333.33,licence\n"
    "INV-8,C-001,2025-12-10,2025-12-20,120.10,services\n",
    "prospects": "prospect_id,company,created_on\nPR-3,Third,2026-03-03\nPR-4,Fourth,2026-03-04\n",
    "deals": "deal_id,prospect_id,stage,amount,probability_pct,entered_stage_on,closed_on\n"
    "D-3,PR-3,won,20000.50,,2026-03-20,2026-03-20\nD-4,PR-4,discovery,1000.10,33,2026-03-05,\n"
    "D-5,PR-4,closing,1000.10,77,2026-03-05,\nD-6,PR-3,lost,5.00,,2026-03-09,2026-03-09\n",
    "proposals": "proposal_id,deal_id,requested_at,sent_at,services,licence,status\n"
    "Q-3,D-3,2026-03-02T15:00:00+00:00,2026-03-03T10:00:00+00:00,100.10,200.20,sent\n"
    "Q-4,D-4,2026-03-09T15:00:00+00:00,2026-03-12T10:00:00+00:00,,700.00,sent\n"
    "Q-6,D-6,2026-03-09T15:00:00+00:00,,,,draft\n",
    "measurements": "customer_id,warehouse,measured_on,kind,method,accuracy_pct,count_hours,counts_per_quarter\n"
    "C-003,Main,2026-03-01,baseline,legacy,81.5,40,1\nC-003,Main,2026-03-20,current,tai,96.25,30,1\n",
    "scores": "customer_id,respondent,answered_on,score\nC-003,a,2026-03-03,6\nC-003,b,2026-03-03,8\nC-003,b,2026-03-09,10\n",
    "incidents": "incident_id,title,severity,began_at,detected_at,acknowledged_at,resolved_at\n"
    "I-3,Down,CRITICAL,2026-03-10T10:00:00+00:00,2026-03-10T10:04:00+00:00,2026-03-10T10:10:00+00:00,2026-03-10T11:00:00+00:00\n"
    "I-4,Slow,HIGH,2026-03-11T10:00:00+00:00,2026-03-11T10:02:30+00:00,2026-03-11T10:03:00+00:00,2026-03-11T12:00:00+00:00\n"
    "I-5,Down again,CRITICAL,,2026-03-31T22:00:00+00:00,,\n",
    "impacts": "incident_id,customer_id,began_at,ended_at,level\nI-3,C-001,2026-03-10T10:00:00+00:00,2026-03-10T10:30:00+00:00,full\n"
    "I-3,C-002,2026-03-10T10:20:00+00:00,2026-03-10T11:00:00+00:00,full\nI-4,*,2026-03-11T10:00:00+00:00,2026-03-11T12:00:00+00:00,partial\n",
    "bills": "bill_id,account,incurred_on,paid_on,payee,amount,category\n"
    "B-3,OPERATING,2026-03-05,2026-03-05,Ads,100.10,sales and marketing\nB-4,STRIPE,2026-03-06,2026-03-06,Fees,1.05,processor fees\n"
    "B-5,OPERATING,2026-02-05,2026-02-05,Ads,250.10,sales and marketing\n",
    "payments": "payment_id,account,received_on,amount,invoice_number\nP-9,OPERATING,2026-03-11,100.01,INV-9\n",
}


@pytest.fixture(scope="module")
def store():
    store = Store.in_memory()
    make.examples(store)
    make.loaded(store, "customers", "customer_id,name,status\nC-003,Third,live\n")
    for kind, text in MORE.items():
        make.loaded(store, kind, text)
    with store.write(make.CEO, "review", "note", now=make.NOW) as write:
        for note_id, kind, state, due in (
            ("1", "blocker", "open", None), ("2", "blocker", "cleared", None), ("3", "priority", "done", date(2026, 3, 20)),
            ("4", "priority", "missed", date(2026, 3, 20)), ("5", "priority", "open", date(2026, 3, 20)),
        ):  # fmt: skip
            keep_note(
                write, Note(note_id, date(2026, 3, 13), "done", kind, f"note {note_id}", "ceo", due, state)
            )
    yield store
    store.close()


@pytest.fixture(scope="module")
def board(store):
    looked_at = period("2026-03", business_calendar(store), make.NOW)
    return Board(facts(store, looked_at.window))


@pytest.mark.parametrize("name", KPIS)
def test_the_rows_make_the_number_to_the_cent_and_the_count_is_theirs(board, name):
    kpi = KPIS[name]
    rows, value = behind(board, kpi), kpi.read(board).value
    assert rows.what
    assert {len(row) for row in rows.rows} <= {len(rows.columns)}
    if name in PARTS:
        assert rows.how == ""
        return
    assert rows.how, "each number is made of its rows, or says that it has parts"
    made = rows.answer()
    if value is None:
        assert made in {None, 0}
    elif kpi.unit == "money":
        assert made == cents(Decimal(value)) == measure(board, kpi).value
    else:
        assert made == Decimal(value)


@pytest.mark.parametrize("name", KPIS)
def test_the_rows_lead_to_records_that_are_there(board, store, name):
    rows = behind(board, KPIS[name])
    if rows.leads:
        kind = RECORDS[rows.leads]
        for key in [key for key in rows.record_keys() if key is not None][:3]:
            text = key_text(kind, dict(zip(kind.key, key, strict=True)))
            assert record(store, kind, text) is not None


def test_the_example_has_rows_behind_most_numbers(board):
    """So that the tests above compare more than nothing with nothing."""
    made = [kpi.id for kpi in KPIS.values() if kpi.read(board).value not in {None, 0}]
    assert len(made) > 45, sorted(set(KPIS) - set(made))


def test_what_leads_nowhere_has_no_key(board):
    rows = behind(board, KPIS["mrr"])
    assert rows.record_keys() == [("C-001",), ("C-002",), ("C-003",), None]


def test_cents_left_over_by_rounding_have_a_row_of_their_own(board):
    rows = behind(board, KPIS["mrr"])
    assert [(row[1], row[-1]) for row in rows.rows] == [
        ("Northwind Parts", Decimal("4200.00")),
        ("Harbor Foods", Decimal("3033.33")),
        ("Third", Decimal("33.33")),
        ("Rounding", Decimal("0.01")),
    ]
    assert rows.total() == measure(board, KPIS["mrr"]).value == Decimal("7266.67")


def test_records_are_listed_with_the_columns_of_their_kind(board):
    rows = listing("customers", board.facts.customers)
    assert [column.label for column in rows.columns][:3] == ["Customer", "Name", "Industry"]
    assert rows.rows[0][:2] == ("C-001", "Northwind Parts")
    assert rows.rows[0][5] == date(2025, 11, 3)
