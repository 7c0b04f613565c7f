"""What the store keeps of a close: events, frozen reports that can't be changed unseen, ticks, notes."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import make
import pytest
import small_company
from small_company import FEBRUARY, MARCH, NOW

from tai_ops.errors import Refused, StoreDamaged
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store
from tai_ops.store import closing as closing_of
from tai_ops.store.locks import locked_through
from tai_ops.store.matches import lock


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


def test_the_newest_lock_at_or_before_the_day_is_the_statement(ready: Store) -> None:
    with ready.cursor() as cursor:
        held = [a for a in closing_of.accounts(cursor) if a.account == "OP"]
        february = closing_of.reconciliations(cursor, held, FEBRUARY.last_day)[0]
        march = closing_of.reconciliations(cursor, held, MARCH.last_day)[0]
        april = closing_of.reconciliations(cursor, held, MARCH.plus(1).last_day)[0]
    assert (february.through_on, march.through_on, april.through_on) == (
        FEBRUARY.last_day,
        MARCH.last_day,
        MARCH.last_day,
    )
    assert march.reaches(MARCH.last_day)
    assert not april.reaches(MARCH.plus(1).last_day)
    assert march.statement
    assert (march.statement.outstanding_checks, march.statement.unexplained) == (
        Decimal("900.00"),
        Decimal(0),
    )
    assert [(i.item_id, i.text) for i in march.book_items] == [("bill B-RENT", "Landlord")]


def test_a_later_lock_says_nothing_of_the_month_before_which_can_still_be_locked(tmp_path: Path) -> None:
    matched = small_company.copy_of("matched", tmp_path)
    lock(matched, make.CFO, "OP", MARCH.last_day, now=NOW)
    made = close.report(matched, FEBRUARY, NOW)
    [bank] = [r for r in made.reconciliations if r.account == "OP"]
    assert (bank.statement, bank.through_on) == (None, None)
    note = next(c.note for c in made.checks if c.id == "reconciliation/OP")
    assert note == "not reconciled through the month's last day"
    assert [a.basis for a in made.cash.accounts] == ["statement, unreconciled"]
    items = {item.id: item.evidence for item in close.status(matched, FEBRUARY, NOW).blocking}
    assert items["reconciled"].startswith("Operating account is not reconciled through Sat 28 Feb 2026")

    lock(matched, make.CFO, "OP", FEBRUARY.last_day, now=NOW)
    with pytest.raises(Refused, match="already"):
        lock(matched, make.CFO, "OP", FEBRUARY.last_day, now=NOW)
    after = close.report(matched, FEBRUARY, NOW)
    [bank] = [r for r in after.reconciliations if r.account == "OP"]
    assert bank.statement
    assert bank.statement.bank_balance == after.cash.ending == made.cash.ending
    with matched.cursor() as cursor:
        assert locked_through(cursor, "OP") == (MARCH.last_day, make.CFO.email)
    matched.close()


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
