"""What the store keeps of a close: events, frozen reports that can't be changed unseen, ticks, notes."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import make
import pytest
import small_company
from small_company import FEBRUARY, MARCH, NOW

from tai_ops.errors import StoreDamaged
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store
from tai_ops.store import closing as closing_of


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Store]:
    """The small company, reconciled through March."""
    with_books = small_company.copy_of("reconciled", tmp_path)
    yield with_books
    with_books.close()


def test_events_are_kept_newest_first_with_reason_and_hash(ready: Store) -> None:
    first = close.run(ready, make.CFO, MARCH, NOW)
    close.reopen(ready, make.CEO, MARCH, "late bill", NOW)
    second = close.run(ready, make.CFO, MARCH, NOW)
    events = closing_of.close_events(ready, MARCH)
    assert [(e["event"], e["version"], e["reason"], e["body_hash"]) for e in events] == [
        ("closed", 2, None, second.stamp.body_hash),
        ("reopened", 1, "late bill", None),
        ("closed", 1, None, first.stamp.body_hash),
    ]
    with ready.cursor() as cursor:
        assert closing_of.close_state(cursor, MARCH).closed
        assert not closing_of.close_state(cursor, FEBRUARY).closed
        earlier = closing_of.frozen(cursor, MARCH, 1)
    assert earlier
    assert earlier.closed == first.stamp


def test_a_frozen_report_that_was_changed_is_refused(ready: Store) -> None:
    close.run(ready, make.CFO, MARCH, NOW)
    with ready.write(make.CFO, "money", "test", now=NOW) as write:
        write.sql("update snapshots set body_json = replace(body_json, '24375.22', '14375.22')")
    with pytest.raises(StoreDamaged, match=r"report of 2026-03 \(version 1\) is not what was frozen"):
        close.report(ready, MARCH, NOW)


def test_a_line_counts_as_open_until_its_matches_cover_it_to_the_cent(ready: Store) -> None:
    with ready.cursor() as cursor:
        [card, bank] = closing_of.line_counts(cursor, MARCH)
    assert (card.account, card.lines, card.open_lines) == ("CARD", 2, 0)
    assert (bank.account, bank.lines, bank.open_lines, bank.open_amount) == ("OP", 6, 0, Decimal("0.00"))
    [decision] = ready.rows(
        "select decision_id from match_decisions where entry_id = 'B-PAY-03' and decision = 'confirmed'"
    )
    with ready.write(make.CFO, "money", "test", now=NOW) as write:
        write.sql(
            "update match_decisions set amount = -21499.99 where decision_id = $id", {"id": decision[0]}
        )
    with ready.cursor() as cursor:
        bank = closing_of.line_counts(cursor, MARCH)[1]
    assert (bank.open_lines, bank.open_amount, bank.open_receipts) == (1, Decimal("0.01"), 0)


def test_the_nearest_lock_that_reaches_the_day_is_the_statement(ready: Store) -> None:
    with ready.cursor() as cursor:
        held = [a for a in closing_of.accounts(cursor) if a.account == "OP"]
        february = closing_of.reconciliations(cursor, held, FEBRUARY.last_day)[0]
        march = closing_of.reconciliations(cursor, held, MARCH.last_day)[0]
        april = closing_of.reconciliations(cursor, held, MARCH.plus(1).last_day)[0]
    assert (february.through_on, march.through_on, april.through_on) == (
        FEBRUARY.last_day,
        MARCH.last_day,
        None,
    )
    assert march.statement
    assert (march.statement.outstanding_checks, march.statement.unexplained) == (
        Decimal("900.00"),
        Decimal(0),
    )
    assert [(i.item_id, i.text) for i in march.book_items] == [("bill B-RENT", "Landlord")]
    assert april.statement is None


def test_the_newest_tick_and_the_newest_notes_hold(store: Store) -> None:
    close.tick(store, make.CFO, MARCH, "past_due", now=NOW)
    close.tick(store, make.CFO, MARCH, "past_due", now=NOW, ticked=False, note="too early")
    with store.cursor() as cursor:
        assert {t.item: (t.ticked, t.note) for t in closing_of.ticks(cursor, MARCH).values()} == {
            "past_due": (False, "too early")
        }
    assert closing_of.investor_notes(store, MARCH) == closing_of.InvestorNotes()
    close.note(store, make.CFO, MARCH, now=NOW, highlights="one")
    close.note(store, make.CFO, MARCH, now=NOW + timedelta(days=1), highlights=" ", asks="two")
    notes = closing_of.investor_notes(store, MARCH)
    assert (notes.highlights, notes.lowlights, notes.asks, notes.noted_by) == (
        None,
        None,
        "two",
        make.CFO.email,
    )
