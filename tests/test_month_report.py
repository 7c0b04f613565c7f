"""The report goes to JSON and back, and two versions are compared number by number."""

import json
from dataclasses import replace
from decimal import Decimal

import make
import pytest
import small_company
from small_company import MARCH, NOW

from tai_ops.month_report import Change, MonthReport, changes, from_json, to_json
from tai_ops.period import Month
from tai_ops.runbooks.month_end_close import report
from tai_ops.store import Store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MonthReport:
    store = small_company.copy_of("reconciled", tmp_path_factory.mktemp("report"))
    found = report(store, MARCH, NOW)
    store.close()
    return found


def test_json_is_canonical_and_comes_back_unchanged(made: MonthReport) -> None:
    body = to_json(made)
    assert from_json(body) == made
    assert to_json(from_json(body)) == body
    assert json.dumps(json.loads(body), sort_keys=True, ensure_ascii=False, separators=(",", ":")) == body
    assert json.loads(body)["expenses"]["total"] == "24375.22"


def test_every_kind_of_row_comes_back(store: Store) -> None:
    make.examples(store)
    for month in (Month(2025, 12), Month(2026, 2), MARCH, Month(2026, 4)):
        found = report(store, month, NOW)
        assert from_json(to_json(found)) == found


def test_changes_name_each_number_and_nothing_that_stayed(made: MonthReport) -> None:
    assert changes(made, made) == ()
    line = made.expenses.by_group[0]
    other = replace(
        made.expenses, by_group=(replace(line, amount=Decimal(1), mean=None), *made.expenses.by_group[1:])
    )
    after = replace(made, expenses=other, as_of=NOW, company="Renamed")
    assert changes(made, after) == (
        Change("expenses.by_group.payroll.amount", Decimal("21500.00"), Decimal(1)),
        Change("expenses.by_group.payroll.mean", Decimal("21500.00"), None),
    )


def test_a_row_that_is_gone_or_new_is_a_change(made: MonthReport) -> None:
    fewer = replace(made, stages=made.stages[1:])
    assert {c.number for c in changes(made, fewer)} == {c.number for c in changes(fewer, made)}
    assert all(c.number.startswith("stages.Discovery") and c.after is None for c in changes(made, fewer))


def test_no_two_numbers_share_a_name(made: MonthReport) -> None:
    from tai_ops.month_report import _numbers

    names = [name for name, _ in _numbers(made, "")]
    assert len(names) == len(set(names))
