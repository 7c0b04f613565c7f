"""Loading, changing and voiding records: all or nothing, versions kept, closed months and rights respected."""

import json
from datetime import date
from pathlib import Path

import make
import pytest

from tai_ops.errors import NotAllowed, PeriodClosed, Refused, WrongUsage
from tai_ops.kinds import KINDS
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.records import RowsRefused, history, void

CUSTOMERS = "customer_id,name,status\nA,Alpha,live\nB,Beta,signed\n"


def closed(store: Store, month: str) -> None:
    with store.write(make.CFO, "close", "close month", now=make.NOW) as write:
        write.sql(
            "insert into closes (month, version, event, done_at, done_by) values ($m, 1, 'closed', $at, $by)",
            {"m": month, "at": make.NOW, "by": make.CFO.email},
        )


def test_new_changed_and_unchanged_rows_are_told_apart_and_the_earlier_version_is_kept(store: Store) -> None:
    make.loaded(store, "customers", CUSTOMERS)
    result = make.loaded(store, "customers", "customer_id,name\nA,Alpha Ltd\nB,Beta\n", make.CSM)
    assert (result.added, result.updated, result.unchanged) == (0, 1, 1)
    [(event, at, by, reason, row)] = history(store, KINDS["customers"], "A")
    assert (event, at.replace(microsecond=0), by, reason) == ("update", make.NOW, make.CSM.email, None)
    assert json.loads(row)["name"] == "Alpha"
    assert store.rows("select name, status from customers where customer_id = 'A'") == [("Alpha Ltd", "live")]


def test_an_empty_cell_clears_a_value(store: Store) -> None:
    make.loaded(store, "customers", "customer_id,name,status,industry\nA,Alpha,live,retail\n")
    make.loaded(store, "customers", "customer_id,industry\nA,\n")
    assert store.rows("select industry, status from customers") == [(None, "live")]


def test_one_bad_row_refuses_the_file_and_nothing_is_written(store: Store) -> None:
    with pytest.raises(RowsRefused) as refused:
        make.loaded(store, "customers", CUSTOMERS + "C,Gamma,asleep\nD,,live\n")
    assert [(p.row, p.field) for p in refused.value.report.rejected] == [(3, "status"), (4, "name")]
    assert str(refused.value).startswith("customers.csv: row 3, status: 'asleep' is none of")
    assert store.rows("select * from customers") == []
    assert store.rows("select event from audit") == [("refuse import",)]


def test_skip_bad_loads_the_good_rows_and_reports_the_others(store: Store) -> None:
    result = make.loaded(store, "customers", CUSTOMERS + "C,Gamma,asleep\n", skip_bad=True)
    assert (result.read, result.added, [p.row for p in result.rejected]) == (3, 2, [3])


def test_a_new_row_needs_what_cannot_be_empty(store: Store) -> None:
    with pytest.raises(RowsRefused, match="row 1, name: a new customer needs it"):
        make.loaded(store, "customers", "customer_id,status\nA,live\n")


def test_a_row_that_names_what_is_not_there_is_refused_by_name(store: Store) -> None:
    with pytest.raises(RowsRefused, match="there is no customer 'Z'"):
        make.loaded(store, "scores", "customer_id,respondent,answered_on,score\nZ,me,2026-02-03,9\n")


def test_an_end_before_its_start_is_refused_also_when_only_the_end_is_in_the_file(store: Store) -> None:
    make.loaded(store, "customers", CUSTOMERS)
    head = "subscription_id,customer_id,starts_on,amount,interval\n"
    make.loaded(store, "subscriptions", head + "S,A,2026-02-01,100.00,month\n")
    with pytest.raises(RowsRefused, match="must be later than starts_on 2026-02-01"):
        make.loaded(store, "subscriptions", "subscription_id,ends_on\nS,2026-02-01\n")


def test_void_takes_a_row_out_and_keeps_it_in_the_history(store: Store) -> None:
    make.loaded(store, "customers", CUSTOMERS)
    void(store, LOCAL_OWNER, KINDS["customers"], "A", "entered twice", now=make.NOW)
    assert store.rows("select customer_id from customers") == [("B",)]
    [(event, _, _, reason, row)] = history(store, KINDS["customers"], "A")
    assert (event, reason, json.loads(row)["status"]) == ("void", "entered twice", "live")


def test_void_refuses_what_is_not_there_what_others_name_and_a_key_of_the_wrong_shape(store: Store) -> None:
    make.loaded(store, "customers", CUSTOMERS)
    make.loaded(store, "scores", "customer_id,respondent,answered_on,score\nA,me,2026-02-03,9\n")
    with pytest.raises(Refused, match="there is no customer 'Z'"):
        void(store, LOCAL_OWNER, KINDS["customers"], "Z", "x", now=make.NOW)
    with pytest.raises(Refused, match="named by 1 of scores"):
        void(store, LOCAL_OWNER, KINDS["customers"], "A", "x", now=make.NOW)
    with pytest.raises(WrongUsage, match="customer_id,respondent,answered_on"):
        void(store, LOCAL_OWNER, KINDS["scores"], "A", "x", now=make.NOW)
    with pytest.raises(Refused, match="a reason is needed"):
        void(store, LOCAL_OWNER, KINDS["scores"], "A,me,2026-02-03", " ", now=make.NOW)


def test_a_role_that_may_not_is_refused_where_the_row_is_written(store: Store) -> None:
    with pytest.raises(
        NotAllowed, match=r"Ida Roth \(CSM\) may not change the books and the bank; ask the CFO or CEO"
    ):
        make.loaded(store, "accounts", make.template(KINDS["accounts"]), make.CSM)
    assert store.rows("select * from accounts") == []


def test_a_closed_month_refuses_new_changed_and_voided_rows_and_names_who_closed_it(store: Store) -> None:
    make.examples(store)
    closed(store, "2026-02")
    with pytest.raises(RowsRefused, match=r"2026-02 is closed \(by jonas.feld@tai.example on 2026-04-03\)"):
        make.loaded(store, "bills", "bill_id,incurred_on,payee,amount\nB-9,2026-02-11,X,5.00\n")
    with pytest.raises(RowsRefused, match="2026-02 is closed"):
        make.loaded(store, "bills", "bill_id,incurred_on\nB-0001,2026-03-01\n")
    with pytest.raises(PeriodClosed):
        void(store, LOCAL_OWNER, KINDS["bills"], "B-0001", "x", now=make.NOW)
    assert make.loaded(store, "bills", "bill_id,incurred_on,payee,amount\nB-9,2026-03-11,X,5.00\n").added == 1


def test_a_bill_of_a_closed_month_can_be_paid_in_an_open_one(store: Store) -> None:
    make.examples(store)
    make.loaded(store, "bills", "bill_id,incurred_on,payee,amount\nB-7,2026-02-20,Cloud Co,80.00\n")
    closed(store, "2026-02")
    assert make.loaded(store, "bills", "bill_id,paid_on,account\nB-7,2026-03-04,OPERATING\n").updated == 1
    with pytest.raises(RowsRefused, match="2026-02 is closed"):
        make.loaded(store, "bills", "bill_id,paid_on\nB-7,2026-02-27\n")
    with pytest.raises(RowsRefused, match="2026-02 is closed"):
        make.loaded(store, "bills", "bill_id,paid_on,amount\nB-7,2026-03-05,90.00\n")


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ("subscription_id,ends_on\nS-001,2026-03-01\n", False),
        ("subscription_id,ends_on\nS-001,2026-02-20\n", True),
        ("subscription_id,amount\nS-001,60000.00\n", True),
        ("subscription_id,amount\nS-002,60000.00\n", False),
        ("subscription_id,customer_id,starts_on,amount,interval\nS-9,C-001,2026-03-01,1.00,month\n", False),
        ("subscription_id,customer_id,starts_on,amount,interval\nS-9,C-001,2026-01-01,1.00,month\n", True),
    ],
)
def test_a_subscription_changes_only_where_no_closed_month_would_change(
    store: Store, change: str, refused: bool
) -> None:
    make.examples(store)
    closed(store, "2026-02")
    if refused:
        with pytest.raises(RowsRefused, match="2026-02 is closed"):
            make.loaded(store, "subscriptions", change)
    else:
        result = make.loaded(store, "subscriptions", change)
        assert result.added + result.updated == 1


def test_the_same_request_twice_writes_once(store: Store) -> None:
    first = make.loaded(store, "customers", CUSTOMERS, request_key="click-1")
    again = make.loaded(store, "customers", CUSTOMERS, request_key="click-1")
    assert first == again
    assert store.rows("select count(*) from audit") == [(1,)]


def test_a_trial_says_the_same_and_writes_nothing(store: Store) -> None:
    tried = make.loaded(store, "customers", CUSTOMERS, dry_run=True)
    assert tried.added == 2
    assert store.rows("select * from customers") == []
    assert make.loaded(store, "customers", CUSTOMERS) == tried


def test_a_holiday_of_the_company_and_of_a_customer_on_one_day_are_two(store: Store) -> None:
    make.loaded(store, "customers", CUSTOMERS)
    text = "day,customer_id,name\n2026-05-25,,Memorial Day\n2026-05-25,A,Stocktaking\n"
    assert make.loaded(store, "holidays", text).added == 2
    assert make.loaded(store, "holidays", text).unchanged == 2
    void(store, LOCAL_OWNER, KINDS["holidays"], "2026-05-25,", "moved", now=make.NOW)
    assert store.rows("select day, customer_id from holidays") == [(date(2026, 5, 25), "A")]


def test_a_write_that_is_done_is_not_called_refused_because_the_log_could_not_be_folded(
    tmp_path: Path,
) -> None:
    store = Store.open(tmp_path / "s.duckdb", create=True)
    make.loaded(store, "customers", CUSTOMERS)
    make.loaded(store, "customers", "customer_id,name\nA,Alpha Ltd\n")
    with store.write(make.CFO, "money", "note", now=make.NOW, checkpoint=True) as write:
        write.detail = {"done": True}
    assert store.rows("select count(*) from audit where event = 'note'") == [(1,)]
    store.close()
