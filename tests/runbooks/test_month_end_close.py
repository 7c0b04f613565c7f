"""Runbook 6: the checklist ticks itself, blocks what is not done, freezes what is, and says what changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import make
import pytest
import small_company
from small_company import FEBRUARY, MARCH, NOW

from tai_ops.errors import NotAllowed, PeriodClosed, Refused, WrongUsage
from tai_ops.month_report import Closing
from tai_ops.period import Month
from tai_ops.runbooks import month_end_close as close
from tai_ops.runbooks.month_end_close import CloseStatus
from tai_ops.store import Store
from tai_ops.store.billing import credit
from tai_ops.store.close_proofs import PROOFS, rows_of
from tai_ops.store.line_natures import say_nature
from tai_ops.store.matches import decide, type_balance, unlock
from tai_ops.store.records import RowsRefused

ONE_MORE_BILL = "bill_id,incurred_on,payee,amount\nB-NEW,2026-03-11,Printer,50.00\n"


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Store]:
    """The small company, reconciled through March."""
    with_books = small_company.copy_of("reconciled", tmp_path)
    yield with_books
    make.check_keys(with_books)
    with_books.close()


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[Store]:
    """The small company before anybody matched or locked anything."""
    with_books = small_company.copy_of("loaded", tmp_path)
    yield with_books
    with_books.close()


def states(status: CloseStatus) -> dict[str, str]:
    return {item.id: item.state for item in status.items}


def test_the_checklist_stands_in_the_runbooks_groups_and_words(ready: Store) -> None:
    items = close.status(ready, MARCH, NOW).items
    groups = list(dict.fromkeys(item.group for item in items))
    assert groups == [
        "Invoicing",
        "Revenue Recognition",
        "Expense Tracking",
        "Cash Reconciliation",
        "Financial Summary",
        "Reporting & Sharing",
    ]
    assert items[0].words == "Generate invoices for all services delivered"
    assert {item.id for item in items if item.blocking} == {
        "mrr_identity",
        "deferred_revenue",
        "card_lines",
        "bank_lines",
        "reconciled",
        "duplicates",
    }
    assert all(item.evidence for item in items)


def test_a_reconciled_month_ticks_itself_with_its_numbers(ready: Store) -> None:
    status = close.status(ready, MARCH, NOW)
    found = states(status)
    assert [name for name, state in found.items() if state == "open"] == [
        "past_due",
        "expense_trends",
        "letter",
        "archive",
    ]
    assert found["processor_balances"] == "no data"
    evidence = {item.id: item.evidence for item in status.items}
    assert evidence["mrr_identity"].endswith("= $7,500.00")
    assert evidence["mrr"] == "$7,500.00 (target $10,417)"
    assert evidence["reconciled"] == "Operating account $327,734.78 on both sides"
    assert evidence["outstanding_checks"] == "1 outstanding, $900.00"
    assert "INV-2" in evidence["past_due"]
    assert status.blocking == ()
    printed = status.as_json()
    assert (printed["state"], printed["version"], printed["blocking"]) == ("open", None, [])
    assert "Nothing stops the close." in status.as_text()


def test_an_empty_store_ticks_nothing(store: Store) -> None:
    status = close.status(store, MARCH, NOW)
    assert "done" not in states(status).values()
    assert all(item.tick is None for item in status.items)


def test_lines_without_a_match_and_an_open_reconciliation_block_and_the_refusal_names_them(
    loaded: Store,
) -> None:
    status = close.status(loaded, MARCH, NOW)
    assert [(i.id, i.count) for i in status.blocking] == [
        ("card_lines", 2),
        ("bank_lines", 6),
        ("reconciled", 1),
    ]
    assert states(status)["archive"] == "blocked"
    with pytest.raises(Refused) as refused:
        close.run(loaded, make.CFO, MARCH, NOW)
    words = str(refused.value)
    assert words.startswith("2026-03 can't be closed: card_lines: 2 (")
    assert "bank_lines: 6 (" in words
    assert "reconciled: 1 (Operating account is not reconciled through Tue 31 Mar 2026)" in words
    assert "\n" not in words
    assert loaded.rows("select * from closes") == []
    assert loaded.rows("select * from snapshots") == []


def test_a_possible_duplicate_blocks_until_a_person_decided(ready: Store) -> None:
    [line] = ready.rows("select min(line_id) from statement_lines where booked_on = date '2026-03-27'")
    with ready.write(make.CFO, "money", "test", now=NOW) as write:
        write.sql("insert into possible_duplicates values ($a, $a, 90, $at)", {"a": line[0], "at": NOW})
    assert [(i.id, i.count) for i in close.status(ready, MARCH, NOW).blocking] == [("duplicates", 1)]
    assert close.status(ready, FEBRUARY, NOW).blocking == ()
    with ready.write(make.CFO, "money", "test", now=NOW) as write:
        write.sql(
            "insert into duplicate_decisions values ($a, 'keep', $at, 'me')", {"a": line[0], "at": write.now}
        )
    assert close.status(ready, MARCH, NOW).blocking == ()


def test_an_unlocked_account_blocks_again(ready: Store) -> None:
    unlock(ready, make.CFO, "OP", "wrong balance", now=NOW)
    assert [i.id for i in close.status(ready, MARCH, NOW).blocking] == ["reconciled"]
    assert close.status(ready, FEBRUARY, NOW).blocking == ()


def test_deferred_revenue_that_does_not_tie_out_blocks_and_names_the_customer(ready: Store) -> None:
    make.loaded(
        ready,
        "invoices",
        "invoice_number,customer_id,issued_on,amount,kind,service_from,service_to\n"
        "INV-9,C-1,2026-03-20,100.00,licence,2025-12-01,2026-11-30\n",
    )
    [item] = close.status(ready, MARCH, NOW).blocking
    assert item.id == "deferred_revenue"
    assert "does not tie out: Northwind Parts" in item.evidence


def test_the_close_window_runs_from_the_last_friday_to_the_fifth_business_day(ready: Store) -> None:
    def window(now: datetime) -> dict[str, object]:
        return close.status(ready, MARCH, now).as_json()["closes_between"]

    assert window(NOW) == {"from": "2026-03-27", "to": "2026-04-07", "late": False}
    assert window(datetime(2026, 4, 8, tzinfo=UTC))["late"] is True
    make.loaded(ready, "holidays", "day,name\n2026-04-06,Easter Monday\n")
    assert window(datetime(2026, 4, 8, tzinfo=UTC)) == {
        "from": "2026-03-27",
        "to": "2026-04-08",
        "late": False,
    }


def test_closing_freezes_one_version_and_locks_the_month(ready: Store) -> None:
    done = close.run(ready, make.CFO, MARCH, NOW)
    assert (done.stamp.version, done.stamp.closed_by, done.changes) == (1, make.CFO.email, ())
    status = close.status(ready, MARCH, NOW)
    printed = status.as_json()
    assert (printed["state"], printed["version"], printed["closed_by"]) == ("closed", 1, make.CFO.email)
    assert printed["body_hash"] == done.stamp.body_hash
    assert states(status)["archive"] == "done"
    with pytest.raises(RowsRefused, match="2026-03 is closed"):
        make.loaded(ready, "bills", ONE_MORE_BILL)
    with pytest.raises(Refused, match="2026-03 is closed already"):
        close.run(ready, make.CFO, MARCH, NOW)


def test_a_closed_months_report_never_changes(ready: Store) -> None:
    close.run(ready, make.CFO, MARCH, NOW)
    before = close.report(ready, MARCH, NOW)
    make.loaded(ready, "deals", "deal_id,amount\nD-1,99000.00\n")
    make.loaded(ready, "customers", "customer_id,name\nC-1,Northwind Renamed\n")
    after = close.report(ready, MARCH, NOW + timedelta(days=400))
    assert after == before
    assert isinstance(after.closed, Closing)


def test_a_double_click_closes_once(ready: Store) -> None:
    first = close.run(ready, make.CFO, MARCH, NOW, request_key="once")
    assert close.run(ready, make.CFO, MARCH, NOW, request_key="once") == first
    assert ready.rows("select count(*) from snapshots") == [(1,)]


def test_a_month_that_is_not_over_can_not_be_closed(ready: Store) -> None:
    with pytest.raises(Refused, match="2026-04 is not over; it can be closed from 2026-05-01 on"):
        close.run(ready, make.CFO, Month(2026, 4), NOW)


def test_only_cfo_and_ceo_close_reopen_and_tick(ready: Store) -> None:
    for act in (
        lambda: close.run(ready, make.CSM, MARCH, NOW),
        lambda: close.reopen(ready, make.CSM, MARCH, "why", NOW),
        lambda: close.tick(ready, make.CSM, MARCH, "past_due", now=NOW),
        lambda: close.note(ready, make.CSM, MARCH, now=NOW, highlights="x"),
    ):
        with pytest.raises(NotAllowed, match="ask the CFO or CEO"):
            act()


def test_the_next_close_after_reopening_is_the_next_version_and_lists_what_changed(ready: Store) -> None:
    close.run(ready, make.CFO, MARCH, NOW)
    with pytest.raises(Refused, match="a reason is needed"):
        close.reopen(ready, make.CEO, MARCH, "  ", NOW)
    reopened = close.reopen(ready, make.CEO, MARCH, "a bill was missing", NOW)
    assert (reopened.version, reopened.later_closed) == (1, ())
    printed = close.status(ready, MARCH, NOW).as_json()
    assert (printed["state"], printed["version"]) == ("open", 1)
    assert printed["reopened"]["reason"] == "a bill was missing"
    make.loaded(ready, "bills", ONE_MORE_BILL)
    done = close.run(ready, make.CFO, MARCH, NOW)
    assert done.stamp.version == 2
    changed = {c.number: (c.before, c.after) for c in done.changes}
    assert changed["expenses.total"] == (Decimal("24375.22"), Decimal("24425.22"))
    assert changed["metrics.expenses.value"] == (Decimal("24375.22"), Decimal("24425.22"))
    assert not any(name.startswith("movements") for name in changed)
    assert close.report(ready, MARCH, NOW).changes == done.changes
    assert ready.rows("select version from snapshots order by version") == [(1,), (2,)]


def test_reopening_says_which_later_months_stay_closed(ready: Store) -> None:
    close.run(ready, make.CFO, FEBRUARY, NOW)
    close.run(ready, make.CFO, MARCH, NOW)
    done = close.reopen(ready, make.CFO, FEBRUARY, "late invoice", NOW)
    assert done.later_closed == (MARCH,)
    assert done.as_json()["note"] == "2026-03 stay closed as they were frozen"
    with pytest.raises(Refused, match="2026-02 is open; there is nothing to reopen"):
        close.reopen(ready, make.CFO, FEBRUARY, "again", NOW)


def test_a_person_ticks_what_no_data_can_and_takes_it_back(ready: Store) -> None:
    close.tick(ready, make.CFO, MARCH, "past_due", now=NOW, note="called on 1 April")
    item = next(i for i in close.status(ready, MARCH, NOW).items if i.id == "past_due")
    assert item.state == "done"
    assert item.tick
    assert (item.tick.note, item.tick.ticked_by) == ("called on 1 April", make.CFO.email)
    close.tick(ready, make.CFO, MARCH, "past_due", now=NOW, ticked=False)
    assert states(close.status(ready, MARCH, NOW))["past_due"] == "open"
    with pytest.raises(WrongUsage, match="'reconciled' is no item that a person ticks"):
        close.tick(ready, make.CFO, MARCH, "reconciled", now=NOW)


def test_a_tick_never_lifts_a_blocking_check() -> None:
    assert all(not row.blocking for row in close_rows() if row.tickable)


def close_rows() -> tuple[object, ...]:
    from tai_ops import close_checklist

    return close_checklist._ROWS


def test_after_the_close_only_reporting_is_ticked(ready: Store) -> None:
    close.run(ready, make.CFO, MARCH, NOW)
    with pytest.raises(PeriodClosed, match="2026-03 is closed"):
        close.tick(ready, make.CFO, MARCH, "expense_trends", now=NOW)
    close.tick(ready, make.CFO, MARCH, "board_update", now=NOW)
    assert states(close.status(ready, MARCH, NOW))["board_update"] == "done"


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        pytest.param(lambda r: r.metric("mrr").value, Decimal("7500.00"), id="W44"),
        pytest.param(lambda r: r.metric("arr").value, Decimal("90000.00"), id="W44 ARR"),
        pytest.param(
            lambda r: r.metric("mrr").target - r.metric("mrr").value, Decimal("2916.67"), id="W44 gap"
        ),
        pytest.param(lambda r: round(r.customers[1].mrr, 2), Decimal("3333.33"), id="W45"),
        pytest.param(lambda r: r.recognised.by_customer[1].total, Decimal("1753.42"), id="W45 recognised"),
        pytest.param(lambda r: r.customers[1].partial_from, date(2026, 3, 16), id="F2"),
    ],
)
def test_the_runbooks_example_month(report: object, read: object, expected: object) -> None:
    assert read(report) == expected


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> object:
    store = small_company.copy_of("reconciled", tmp_path_factory.mktemp("report"))
    found = close.report(store, MARCH, NOW)
    store.close()
    return found


def test_every_check_of_the_report_holds(report: close.MonthReport) -> None:
    assert {c.difference for c in report.checks} == {Decimal("0.00")}
    assert report.draft


def test_cash_adds_up_with_what_is_in_transit_and_financing_apart(report: close.MonthReport) -> None:
    cash = report.cash
    assert (cash.starting, cash.cash_in, cash.cash_out) == (
        Decimal("247360.00"),
        Decimal("104750.00"),
        Decimal("23475.22"),
    )
    assert (cash.financing_in, cash.in_transit) == (Decimal("100000.00"), Decimal("-900.00"))
    assert (cash.ending, cash.unexplained) == (Decimal("327734.78"), Decimal("0.00"))
    assert [c.account for c in cash.cards] == ["CARD"]


def test_what_a_month_without_any_balance_did_to_cash_is_unknown(ready: Store) -> None:
    impact = close.report(ready, MARCH.plus(1), NOW).metric("cash_impact")
    assert (impact.value, impact.reason) == (None, "no account has a balance of April 2026 yet")


def test_last_month_is_its_frozen_version_and_the_present_state_is_not_read_back(ready: Store) -> None:
    live = close.report(ready, MARCH, NOW)
    assert live.metric("customers_live").previous is None
    assert live.metric("mrr").previous == Decimal("4166.67")
    close.run(ready, make.CFO, FEBRUARY, NOW)
    frozen = close.report(ready, FEBRUARY, NOW)
    after = close.report(ready, MARCH, NOW)
    assert after.metric("customers_live").previous == frozen.metric("customers_live").value == Decimal(1)
    assert after.metric("cash_impact").previous == frozen.metric("cash_impact").value == Decimal("-29340.00")


def test_a_processor_without_a_statement_is_never_done(ready: Store) -> None:
    make.loaded(
        ready,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nSTRIPE,Stripe,processor,USD,2026-01-01,0.00\n",
    )
    item = next(i for i in close.status(ready, MARCH, NOW).items if i.id == "processor_balances")
    assert (item.state, item.evidence) == ("no data", "no statement yet for Stripe")
    make.statement(ready, "Date,Description,Amount\n2026-03-20,Charge,100.00\n", "STRIPE", "stripe.csv")
    item = next(i for i in close.status(ready, MARCH, NOW).items if i.id == "processor_balances")
    assert (item.state, item.evidence) == ("done", "Stripe $100.00")


def test_what_has_no_price_is_not_counted_as_nothing(ready: Store) -> None:
    def evidence() -> str:
        return next(i.evidence for i in close.status(ready, MARCH, NOW).items if i.id == "invoices_made")

    head = "service_id,customer_id,delivered_on,description,hours,amount,basis\n"
    customer = ready.row("select min(customer_id) from customers")[0]
    make.loaded(ready, "services", f"{head}PS-A,{customer},2026-03-20,Bare,3,,hours\n")
    assert "1 delivery of 1 customer not invoiced, without a price" in evidence()
    make.loaded(ready, "services", f"{head}PS-B,{customer},2026-03-21,Priced,3,250.00,hours\n")
    assert "2 deliveries of 1 customer not invoiced, $250.00 and 1 without a price" in evidence()


def test_each_item_names_its_rule_and_the_rows_of_its_query_are_those_that_stop_it(ready: Store) -> None:
    make.loaded(
        ready,
        "bills",
        "bill_id,account,incurred_on,payee,amount,category,reimbursable_to\nB-OPEN,,2026-03-09,Bistro,20.00,,\n",
    )
    make.statement(
        ready, "Date,Description,Amount\n2026-03-20,UNKNOWN SHOP,-7.00\n", "CARD", "late.csv", positive="in"
    )
    status = close.status(ready, MARCH, NOW)
    stopped = {"card_lines": 1, "categories": 1, "invoices_sent": 1, "bank_lines": 0, "duplicates": 0}
    found: dict[str, int] = {}
    with ready.cursor() as cursor:
        for item in status.items:
            rows = rows_of(cursor, PROOFS[item.id], MARCH, "USD")
            if PROOFS[item.id].stops and item.state not in {"no data", "blocked"}:
                assert len(rows) == item.count, item.id
                found[item.id] = len(rows)
    assert found.items() >= stopped.items()
    told = status.as_json()["items"]
    assert all(one["rule"] and one["query"].lower().startswith(("select", "with")) for one in told)


def test_expenses_in_another_currency_are_in_no_trend_and_in_no_query_of_it(ready: Store) -> None:
    make.loaded(
        ready,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nEUR,Euro account,bank,EUR,2026-01-01,0.00\n",
    )
    head = "bill_id,account,incurred_on,payee,amount,category\n"
    make.loaded(
        ready,
        "bills",
        f"{head}B-EUR,EUR,2026-03-09,Messe,900.00,travel\nB-NONE,,2026-03-09,Trade fair,900.00,travel\n",
    )
    make.loaded(
        ready, "entries", "entry_id,account,booked_on,amount,kind\nE-EUR,EUR,2026-03-10,-400.00,fee\n"
    )
    trends = next(i for i in close.status(ready, MARCH, NOW).items if i.id == "expense_trends")
    assert "Trade fair" in trends.evidence
    assert "Messe" not in trends.evidence
    with ready.cursor() as cursor:
        for item in ("expense_trends", "expenses"):
            named = {row[0] for row in rows_of(cursor, PROOFS[item], MARCH, "USD")}
            assert "B-NONE" in named
            assert not named & {"B-EUR", "E-EUR"}


def test_a_line_that_is_the_banks_own_error_waits_for_no_counterpart(ready: Store) -> None:
    unlock(ready, make.CFO, "OP", "a late line", now=NOW)
    make.statement(ready, "Date,Description,Amount\n2026-03-30,CHARGED TWICE,-58.00\n", "OP", "late.csv")
    [line] = ready.rows("select line_id from statement_lines where amount = -58")

    def item() -> tuple[str, int, int]:
        found = next(i for i in close.status(ready, MARCH, NOW).items if i.id == "bank_lines")
        with ready.cursor() as cursor:
            return found.state, found.count, len(rows_of(cursor, PROOFS["bank_lines"], MARCH, "USD"))

    assert item() == ("open", 1, 1)
    say_nature(ready, make.CFO, line[0], "error", now=NOW, note="reported to the bank")
    assert item() == ("done", 0, 0)
    later = NOW + timedelta(minutes=1)
    say_nature(ready, make.CFO, line[0], "plain", now=later)
    assert item() == ("open", 1, 1)


def test_a_card_owes_what_is_posted_and_not_on_its_statement_and_cash_does_not_know_it(ready: Store) -> None:
    def owed() -> tuple[Decimal | None, Decimal | None, str]:
        item = next(i for i in close.status(ready, MARCH, NOW).items if i.id == "card_balances")
        cash = close.report(ready, MARCH, NOW).cash
        [card] = cash.cards
        return card.ending, cash.ending, item.evidence

    type_balance(ready, make.CFO, "CARD", MARCH.last_day, Decimal("-500.00"), now=NOW)
    before = owed()
    assert before[0] == Decimal("-500.00")
    make.loaded(
        ready,
        "bills",
        "bill_id,account,incurred_on,paid_on,payee,amount,category\n"
        "B-LATE,CARD,2026-03-30,2026-03-30,Books,120.00,other\n",
    )
    words = "Company card −$620.00 (−$120.00 of it posted and not on the statement), a liability"
    assert owed() == (Decimal("-620.00"), before[1], words)


def test_what_somebody_paid_in_another_currency_is_in_no_sum_of_reimbursements(ready: Store) -> None:
    make.loaded(
        ready, "accounts", "account,name,kind,currency,opened_on\nEUR,Euro account,bank,EUR,2026-01-01\n"
    )
    make.loaded(
        ready,
        "bills",
        "bill_id,account,incurred_on,payee,amount,category,reimbursable_to\n"
        "B-USD,,2026-03-09,Hotel,240.00,travel,Mara Klein\nB-EUR,EUR,2026-03-09,Messe,900.00,travel,Mara Klein\n",
    )
    item = next(i for i in close.status(ready, MARCH, NOW).items if i.id == "out_of_pocket")
    assert item.evidence == (
        "1 reimbursement over $100.00 not paid, $240.00; 1 expense in another currency not paid back"
    )


def test_a_reimbursement_that_is_only_said_to_be_paid_stays_open(ready: Store) -> None:
    head = "bill_id,account,incurred_on,paid_on,payee,amount,category,reimbursable_to\n"
    make.loaded(ready, "bills", f"{head}B-OWN,,2026-03-02,,Hotel,240.00,travel,Mara Klein\n")

    def item() -> close.Item:
        return next(i for i in close.status(ready, MARCH, NOW).items if i.id == "out_of_pocket")

    assert (item().state, item().evidence) == ("open", "1 reimbursement over $100.00 not paid, $240.00")
    make.loaded(ready, "bills", f"{head}B-OWN,CARD,2026-03-02,2026-03-20,Hotel,240.00,travel,Mara Klein\n")
    assert (item().state, item().evidence) == ("open", "1 said to be paid and on no bank line, $240.00")
    make.statement(
        ready,
        "Date,Description,Amount\n2026-03-20,MARA KLEIN HOTEL,-240.00\n",
        "CARD",
        "own.csv",
        positive="in",
    )
    (line,) = ready.rows("select line_id from statement_lines where amount = -240")
    decide(ready, make.CFO, line[0], "bill", "B-OWN", "confirmed", now=NOW)
    assert item().state == "done"


def test_a_credit_note_is_told_apart_from_the_invoices_that_went_out(ready: Store) -> None:
    before = next(item for item in close.status(ready, MARCH, NOW).items if item.id == "invoices_sent")
    credit(ready, make.CFO, "INV-2", Decimal(10), "late", issued_on=date(2026, 3, 20), now=NOW)
    after = next(item for item in close.status(ready, MARCH, NOW).items if item.id == "invoices_sent")
    asked = before.evidence.split(" issued")[0]
    assert after.evidence.startswith(f"{asked} and 1 credit note issued")
    assert after.count == before.count
