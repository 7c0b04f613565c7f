"""The rows behind a number add up to it."""

from datetime import date
from decimal import Decimal

import make
import pytest

from tai_ops.behind import behind, listing
from tai_ops.board import Board
from tai_ops.comparison import period
from tai_ops.kpi import KPIS, measure
from tai_ops.money import cents
from tai_ops.store import Store
from tai_ops.store.facts import business_calendar, facts

SUMMED = [
    "revenue_recognised", "deferred_revenue", "mrr", "arr", "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr",
    "reactivation_mrr", "cash", "ar_open", "ar_over_30", "invoices_sent_value", "pipeline_open", "pipeline_discovery",
    "pipeline_proposal", "pipeline_closing", "pipeline_weighted", "deals_won_value",
]  # fmt: skip


@pytest.fixture(scope="module")
def board():
    store = Store.in_memory()
    make.examples(store)
    make.loaded(store, "subscriptions", "subscription_id,customer_id,starts_on,amount,interval\n"
                + "".join(f"X-{i},C-00{i},2026-03-0{i},100.00,quarter\n" for i in (1, 2)))  # fmt: skip
    make.loaded(store, "customers", "customer_id,name,status\nC-003,Third,live\n")
    make.loaded(
        store,
        "subscriptions",
        "subscription_id,customer_id,starts_on,amount,interval\nX-3,C-003,2026-03-05,100.00,quarter\n",
    )
    looked_at = period("2026-03", business_calendar(store), make.NOW)
    yield Board(facts(store, looked_at.window))
    store.close()


@pytest.mark.parametrize("one", SUMMED)
def test_the_rows_add_up_to_the_number_to_the_cent(board, one):
    assert behind(board, KPIS[one]).total() == cents(Decimal(measure(board, KPIS[one]).value))


def test_cents_left_over_by_rounding_have_a_row_of_their_own(board):
    rows = behind(board, KPIS["mrr"])
    assert [(row[1], row[-1]) for row in rows.rows] == [
        ("Northwind Parts", Decimal("4200.00")),
        ("Harbor Foods", Decimal("3033.33")),
        ("Third", Decimal("33.33")),
        ("Rounding", Decimal("0.01")),
    ]
    assert rows.total() == measure(board, KPIS["mrr"]).value == Decimal("7266.67")


def test_every_number_has_rows_of_one_width(board):
    for kpi in KPIS.values():
        rows = behind(board, kpi)
        assert rows.what, kpi.id
        assert {len(row) for row in rows.rows} <= {len(rows.columns)}, kpi.id


def test_records_are_listed_with_the_columns_of_their_kind(board):
    rows = listing("customers", board.facts.customers)
    assert [column.label for column in rows.columns][:3] == ["Customer", "Name", "Industry"]
    assert rows.rows[0][:2] == ("C-001", "Northwind Parts")
    assert rows.rows[0][5] == date(2025, 11, 3)
