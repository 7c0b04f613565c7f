"""The rows behind a frozen review's numbers: they stay as they were frozen, and what came later is said beside them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import make
import pytest

from tai_ops.behind import Column, Rows, behind
from tai_ops.board import Board
from tai_ops.errors import Refused, StoreDamaged
from tai_ops.kpi import KPIS, measure
from tai_ops.period import Week
from tai_ops.review_rows import changes, rows_in, rows_text
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.weekly_review import rows_behind
from tai_ops.store import Store, reviewing
from tai_ops.store.facts import facts, window

FRIDAY = Week(date(2026, 4, 3))
NOW = datetime(2026, 4, 3, 16, 5, tzinfo=UTC)
MRR = KPIS["mrr"]


def customer(store: Store, name: str, amount: str) -> None:
    make.loaded(store, "customers", f"customer_id,name,status\n{name},Customer {name},live\n", now=NOW)
    head = "subscription_id,customer_id,starts_on,amount,interval\n"
    make.loaded(store, "subscriptions", f"{head}S-{name},{name},2026-02-01,{amount},month\n", now=NOW)


def test_the_rows_of_a_frozen_number_stay_and_what_came_later_is_restated(store: Store) -> None:
    customer(store, "A", "400.00")
    customer(store, "B", "50.00")
    live = rows_behind(store, FRIDAY, MRR, NOW)
    assert (live.frozen, live.rows.total(), live.changes.rows) == (False, 450, ())
    weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    customer(store, "A", "700.00")
    customer(store, "C", "9.00")
    seen = rows_behind(store, FRIDAY, MRR, NOW)
    assert seen.frozen
    assert seen.rows == live.rows
    assert seen.changes.rows == (
        ("A Customer A", "Opening", "400.00", "700.00"),
        ("A Customer A", "MRR", "400.00", "700.00"),
        ("C Customer C", "came later", "–", "9.00, 0.00, 0.00, 0.00, 0.00, 0.00, 9.00"),
    )


def test_every_number_of_the_catalogue_keeps_its_rows(store: Store) -> None:
    make.examples(store)
    board = Board(facts(store, window(store, NOW, week=FRIDAY)))
    tables = {name: behind(board, kpi) for name, kpi in KPIS.items()}
    text = rows_text(tables)
    assert {name: rows_in(text, name) for name in KPIS} == tables
    assert rows_in(text, "profit") is None


def test_what_is_said_in_the_meeting_is_frozen_when_it_ends(store: Store) -> None:
    blockers = KPIS["blockers_open"]
    weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    said = weekly_review.add_note(
        store, LOCAL_OWNER, FRIDAY, "engineering", kind="blocker", body="VPN", now=NOW
    )
    held = rows_behind(store, FRIDAY, blockers, NOW)
    assert (held.frozen, [row[0] for row in held.rows.rows]) == (False, ["VPN"])
    weekly_review.end(store, LOCAL_OWNER, FRIDAY, NOW)
    weekly_review.set_note_state(store, LOCAL_OWNER, said.note_id, "done", NOW)
    ended = rows_behind(store, FRIDAY, blockers, NOW)
    assert (ended.frozen, ended.rows) == (True, held.rows)
    assert [row[0] for row in ended.changes.rows] == ["VPN"]


def test_frozen_rows_that_were_changed_are_refused(store: Store) -> None:
    customer(store, "A", "400.00")
    weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    with store.write(LOCAL_OWNER, "store", "tamper", now=NOW) as write:
        write.sql(
            "update snapshots set body_json = replace(body_json, '400.00', '900.00') where subject = 'review rows'"
        )
    with pytest.raises(StoreDamaged, match="is not what was frozen"):
        rows_behind(store, FRIDAY, MRR, NOW)


def test_a_review_from_before_rows_were_frozen_says_so(store: Store) -> None:
    customer(store, "A", "400.00")
    weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    with store.write(LOCAL_OWNER, "store", "as an older program left it", now=NOW) as write:
        write.sql("delete from snapshots where subject = 'review rows'")
    seen = rows_behind(store, FRIDAY, MRR, NOW + timedelta(days=1))
    assert (seen.frozen, seen.missing, seen.rows.total()) == (False, True, 400)
    weekly_review.end(store, LOCAL_OWNER, FRIDAY, NOW)


def test_rows_without_a_name_of_their_own_are_gone_and_come() -> None:
    columns = (Column("day", "Day", "date"), Column("amount", "Amount", "money"))
    was = Rows("lines", "line", columns, ((date(2026, 4, 1), Decimal(5)), (date(2026, 4, 1), Decimal(7))))
    now = Rows(
        "lines",
        "line",
        columns,
        ((date(2026, 4, 1), Decimal(5)), (date(2026, 4, 1), Decimal(8)), (date(2026, 4, 1), Decimal(9))),
    )
    assert [row[1:] for row in changes(was, now).rows] == [
        ("gone", "7", "–"),
        ("came later", "–", "8"),
        ("came later", "–", "9"),
    ]
    assert changes(was, was).rows == ()


def test_a_number_that_the_catalogue_no_longer_has_keeps_what_was_frozen(store: Store) -> None:
    customer(store, "A", "400.00")
    opened = weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    old = replace(opened.kpis["mrr"], kpi=replace(MRR, id="old_mrr", label="Old MRR"))
    renamed = replace(opened, kpis={**{n: m for n, m in opened.kpis.items() if n != "mrr"}, "old_mrr": old})
    with store.write(LOCAL_OWNER, "review", "as an older program left it", now=NOW) as write:
        reviewing.record(write, FRIDAY, "ended", reviewing.freeze(write, renamed))
    seen = weekly_review.show(store, FRIDAY, NOW)
    assert seen.kpis["old_mrr"].value == 400
    assert "old_mrr" not in {row.kpi for row in seen.restated}
    assert weekly_review.score_card(store, seen, NOW)
    later = weekly_review.agenda(store, FRIDAY.plus(1), NOW + timedelta(days=7))
    assert "old_mrr" not in later.before
    with pytest.raises(Refused, match="Old MRR is no longer a number of the catalogue"):
        rows_behind(store, FRIDAY, old.kpi, NOW)


@pytest.fixture
def whole_again() -> Iterator[None]:
    """Afterwards the catalogue is whole and in its order again, whatever the test took out of it."""
    whole = dict(KPIS)
    yield
    KPIS.clear()
    KPIS.update(whole)


@pytest.mark.usefixtures("whole_again")
def test_the_rows_of_a_number_that_the_catalogue_no_longer_has_stand_as_they_were_frozen(
    store: Store,
) -> None:
    customer(store, "A", "400.00")
    weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW)
    customer(store, "B", "500.00")
    del KPIS["mrr"]
    seen = rows_behind(store, FRIDAY, MRR, NOW)
    assert (seen.frozen, len(seen.rows.rows), seen.changes.rows) == (True, 1, ())


@pytest.mark.parametrize("newest", ["2026-03-20", "2023-05-05"])
def test_bills_too_old_for_any_month_shown_change_no_number(store: Store, newest: str) -> None:
    make.accounts(store)
    head = "bill_id,account,incurred_on,paid_on,payee,amount,category\n"
    old = "".join(
        f"B-{n},OP,2023-0{n}-04,2023-0{n}-04,Ads,{n}00.00,sales and marketing\n" for n in range(1, 9)
    )
    recent = f"B-9,OP,{newest},{newest},Cloud,70.00,cloud infrastructure\n"
    make.loaded(store, "bills", f"{head}{old}{recent}", now=NOW)
    customer(store, "A", "400.00")
    seen = window(store, NOW, week=FRIDAY)
    every, some = (Board(found) for found in (facts(store, seen), weekly_review.facts_read(store, seen)))
    assert len(some.facts.bills) < len(every.facts.bills) == 9
    cash = {name: kpi for name, kpi in KPIS.items() if kpi.area not in {"reliability", "meeting"}}
    assert [measure(some, kpi) for kpi in cash.values()] == [measure(every, kpi) for kpi in cash.values()]


def test_two_who_open_at_once_open_one_meeting(store: Store) -> None:
    customer(store, "A", "400.00")
    with ThreadPoolExecutor(2) as both:
        opened = list(both.map(lambda _: weekly_review.open(store, LOCAL_OWNER, FRIDAY, NOW), range(2)))
    assert opened[0].snapshot_hash == opened[1].snapshot_hash
    assert store.rows("select count(*) from reviews") == [(1,)]
    assert store.rows("select count(*) from snapshots") == [(2,)]
