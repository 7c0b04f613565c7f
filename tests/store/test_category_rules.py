"""Category rules: what they fit, what they would change before they are saved, and what they never touch."""

from datetime import date
from decimal import Decimal

import make
import pytest
import small_company
from small_company import NOW

from tai_ops.category_rules import Item, Rule, checked, deciding
from tai_ops.errors import NotAllowed, Refused
from tai_ops.expenses import month_expenses
from tai_ops.kinds import KINDS
from tai_ops.period import Month
from tai_ops.reimbursements import owed, reimbursements
from tai_ops.store import Store, corrections
from tai_ops.store import category_rules as stored
from tai_ops.store import facts as reading

APRIL = Month(2026, 4)
CLOUD, TRAVEL = "cloud infrastructure", "travel"
BILLS = (
    "bill_id,account,incurred_on,paid_on,payee,amount,category,reimbursable_to\n"
    "B-1,OP,2026-04-01,2026-04-01,Hetzner Online,40.00,,\n"
    "B-2,OP,2026-04-02,2026-04-02,HETZNER  online,900.00,,\n"
    "B-3,OP,2026-04-02,2026-04-02,Hetzner Online,41.00,hosting,\n"
    "B-4,CARD,2026-04-02,2026-04-02,Hetzner Online,-5.00,,\n"
    "B-OLD,OP,2026-01-15,2026-01-15,Hetzner Online,40.00,,\n"
    "B-OWN,,2026-03-30,,Taxi,100.01,travel,mara@tai.example\n"
    "B-OWN2,,2026-03-30,,Taxi,100.00,travel,mara@tai.example\n"
    "B-OWN3,OP,2026-03-30,2026-04-02,Taxi,250.00,travel,mara@tai.example\n"
)
LINES = "Date,Description,Amount\n2026-04-02,HETZNER ONLINE GMBH,-12.50\n2026-04-02,REFUND HETZNER,3.00\n"


@pytest.fixture
def books(tmp_path):
    held = small_company.copy_of("matched", tmp_path)
    make.loaded(held, "bills", BILLS)
    make.loaded(
        held,
        "entries",
        "entry_id,account,booked_on,amount,kind,payee\nE-4,OP,2026-04-02,-9.00,fee,Hetzner wire\n",
    )
    make.statement(held, LINES, "OP", "april.csv")
    yield held
    make.check_keys(held)
    held.close()


def rule(text="hetzner", category=CLOUD, **more):
    return Rule(more.pop("rule_id", "R1"), more.pop("place", 1), category, text=text, **more)


def saved(store, one, actor=make.CFO):
    return stored.save(store, actor, one, now=NOW)


def category(store, bill_id):
    return store.row("select category, recorded_from from bills where bill_id = $id", {"id": bill_id})


def close(store, month):
    with store.write(make.CFO, "close", "close", now=NOW) as write:
        write.sql(
            "insert into closes (month, version, event, done_at, done_by) values ($m, 1, 'closed', $at, $by)",
            {"m": month, "at": write.now, "by": write.by},
        )


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({"text": "online"}, True),
        ({"text": "online", "text_is": "starts"}, False),
        ({"text": "  HETZNER online ", "text_is": "starts"}, True),
        ({"text": None, "amount_from": Decimal(40), "amount_to": Decimal(40)}, True),
        ({"text": None, "amount_from": Decimal("40.01")}, False),
        ({"text": None, "amount_to": Decimal("39.99")}, False),
        ({"text": "hetz", "account": "CARD"}, False),
        ({"text": "hetz", "account": "OP", "direction": "out"}, True),
        ({"text": "hetz", "direction": "in"}, False),
        ({"text": "a.c"}, False),
    ],
)
def test_every_condition_must_hold(conditions, fits):
    item = Item(
        "bill", "B", date(2026, 4, 1), ("Hetzner  Online", ""), Decimal(40), "USD", "OP", None, True, False
    )
    assert checked(rule(**conditions)).fits(item) is fits


def test_the_first_rule_that_fits_decides():
    item = Item("bill", "B", date(2026, 4, 1), ("Hetzner",), Decimal(40), "USD", "OP", None, True, False)
    small = rule(category="other", rule_id="R2", place=2)
    assert deciding([rule(), small], item).rule_id == "R1"


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (rule(text=" "), "would fit every expense"),
        (rule(text=None, direction="out"), "would fit every expense"),
        (rule(category=" "), "category: choose"),
        (rule(amount_from=Decimal(9), amount_to=Decimal(8)), "fits nothing"),
        (rule(amount_from=Decimal(-9)), "without a sign"),
        (rule(account="NONE"), "no account 'NONE'"),
        (rule(text="x" * 201), "at most 200"),
    ],
)
def test_what_is_no_rule_is_refused_and_nothing_is_kept(books, one, says):
    with pytest.raises(Refused, match=says):
        saved(books, one)
    assert stored.rules(books) == []


def test_who_has_no_right_to_the_books_writes_nothing(books):
    for act in (
        lambda: saved(books, rule(), make.CSM),
        lambda: stored.apply(books, make.CSM, now=NOW),
        lambda: stored.book_lines(books, make.CSM, [], now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_preview_is_what_saving_changes(books):
    close(books, "2026-01")
    seen = stored.would_change(books, rule())
    assert [c.item.item_id for c in seen.records] == ["B-1", "B-2", "B-4", "E-4"]
    assert [c.item.text for c in seen.lines] == ["HETZNER ONLINE GMBH"]
    assert seen.shut == 1  # January is closed
    assert stored.rules(books) == []
    assert category(books, "B-1")[0] is None
    done = saved(books, rule())
    assert done.changes == seen.records
    assert category(books, "B-1") == (CLOUD, "rule R1")
    assert category(books, "B-3")[0] == "hosting"  # the file's own label holds
    assert category(books, "B-OLD")[0] is None
    assert stored.would_change(books).records == ()
    ((detail,),) = books.rows(
        "select detail_json from audit where event = 'save category rule' order by done_at"
    )
    assert '"records": 4' in detail or '"records":4' in detail


def test_a_booked_fee_counts_where_its_rule_says(books):
    saved(books, rule())
    found = reading.facts(books, reading.window(books, NOW, month=APRIL), probes=False)
    by = {line.name: line.amount for line in month_expenses(found.charges, APRIL).by_category}
    assert by[CLOUD] == Decimal("40.00") + 900 - 5 + 9


def test_a_later_rule_takes_over_and_a_person_holds_against_all(books):
    saved(books, rule())
    seen_at = {"B-2": books.row("select recorded_at from bills where bill_id = 'B-2'")[0]}
    corrections.change(
        books, make.CFO, KINDS["bills"], {"B-2": {"category": "equipment"}}, seen_at, now=NOW, request_key="k"
    )
    stored.correct_entry(books, make.CFO, "E-4", "processor fees", now=NOW, request_key="e")
    dearer = rule(category="other", rule_id="R2", place=0, amount_from=Decimal(30))
    assert [c.item.item_id for c in stored.would_change(books, dearer).records] == ["B-OLD", "B-1"]
    saved(books, dearer)
    assert category(books, "B-1") == ("other", "rule R2")
    assert category(books, "B-2") == ("equipment", "entered")
    assert stored.entry_labels(books.cursor()) == {"E-4": "processor fees"}


def test_rules_move_go_and_come_back(books):
    saved(books, rule())
    saved(books, rule("taxi", TRAVEL, rule_id="R2", place=2))
    stored.move_up(books, make.CFO, "R2", now=NOW)
    assert [one.rule_id for one in stored.rules(books)] == ["R2", "R1"]
    first = stored.rules(books)[0]
    stored.take_out(books, make.CFO, first, now=NOW)
    assert [one.rule_id for one in stored.rules(books)] == ["R1"]
    with pytest.raises(Refused, match="taken out before"):
        stored.take_out(books, make.CFO, first, now=NOW)
    assert stored.new_rule_id(stored.rules(books), books) == "R3"  # a number is never used twice
    stored.put_back(books, make.CFO, first, now=NOW)
    assert stored.rules(books)[0] == first


def test_what_was_applied_is_taken_back_where_it_still_stands(books):
    done = saved(books, rule())
    seen_at = {"B-2": books.row("select recorded_at from bills where bill_id = 'B-2'")[0]}
    corrections.change(
        books, make.CFO, KINDS["bills"], {"B-2": {"category": TRAVEL}}, seen_at, now=NOW, request_key="k"
    )
    assert stored.take_back(books, make.CFO, done, now=NOW) == done.count - 1
    assert category(books, "B-1")[0] is None
    assert category(books, "B-2")[0] == TRAVEL
    assert stored.apply(books, make.CFO, now=NOW).count == done.count - 1


def test_open_lines_become_bills_with_the_rules_category(books):
    saved(books, rule())
    (change,) = stored.would_change(books).lines
    ((line, bill),) = stored.book_lines(books, make.CFO, [change.item.item_id], now=NOW, request_key="once")
    assert stored.book_lines(books, make.CFO, [line], now=NOW, request_key="once") == ((line, bill),)
    assert category(books, bill) == (CLOUD, "rule R1")
    assert stored.would_change(books).lines == ()
    with pytest.raises(Refused, match="matched meanwhile"):
        stored.book_lines(books, make.CFO, [line], now=NOW)
    assert stored.suggestion(books, ["Hetzner Cloud"], Decimal(7), "OP").category == CLOUD


def test_own_money_is_owed_above_the_threshold_until_it_is_paid(books):
    bills = reading.facts(books, reading.window(books, NOW), probes=False).bills
    found = reimbursements(bills, {"B-OWN3": date(2026, 4, 2)}, Decimal(100), date(2026, 4, 3))
    assert [(one.bill_id, one.state, one.days_open) for one in found] == [
        ("B-OWN", "to pay back", 4),
        ("B-OWN2", "below the threshold", 4),
        ("B-OWN3", "paid back", None),
    ]
    assert owed(found) == Decimal("100.01")
    before = reimbursements(bills, {}, Decimal(100), date(2026, 4, 1))
    assert [one.state for one in before if one.bill_id == "B-OWN3"] == ["to pay back"]
    assert stored.on_bank(books.cursor()).keys() >= {"B-CLOUD-03"}


def test_a_line_whose_payee_has_an_open_bill_is_left_to_the_matching(books):
    make.loaded(
        books,
        "bills",
        "bill_id,account,incurred_on,payee,amount,category\n"
        "B-A,OP,2026-04-01,Print Shop,30.00,office\nB-B,OP,2026-04-01,Print Shop,31.00,office\n",
    )
    make.statement(
        books,
        "Date,Description,Amount\n2026-04-03,PRINT SHOP,-61.00\n2026-04-03,PRINT SHOP DOWNTOWN,-4.00\n",
        "OP",
        "print.csv",
    )
    found = stored.would_change(books, rule("print shop", "office")).lines
    assert [change.item.amount for change in found] == [Decimal("4.00")]


def test_an_expense_is_paid_back_from_an_account_in_the_companys_currency(store: Store) -> None:
    make.loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on\nEUR,Euro account,bank,EUR,2026-01-01\n"
        "OP,Operating,bank,USD,2026-01-01\nCARD,Card,card,USD,2026-01-01\nA-PAY,PayPal,processor,USD,2026-01-01\n",
    )
    assert stored.paying_accounts(store) == ["OP", "A-PAY"]
