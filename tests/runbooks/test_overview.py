"""The overview's numbers beside those before, its tiles per role, its chart's months, and the set-up that ticks itself."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import make
import pytest

from tai_ops.board import Board
from tai_ops.comparison import NO_PAST, period
from tai_ops.kpi import KPIS, measure_all
from tai_ops.period import Month, Week
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import overview, weekly_review
from tai_ops.store import Store
from tai_ops.store.demo_clock import set_demo_clock
from tai_ops.store.facts import business_calendar, facts
from tai_ops.store.freshness import last_entry, records_version, version

D = Decimal
NOW = datetime(2026, 4, 3, 20, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def company():
    """A store with the examples, for tests that only read."""
    opened = Store.in_memory()
    make.examples(opened)
    yield opened
    opened.close()


def looked_at(store, code="now"):
    return period(code, business_calendar(store), NOW)


def seen(store, code="now", actor=make.CEO):
    found = looked_at(store, code)
    board = Board(facts(store, found.window))
    measured = measure_all(board.facts)
    before = overview.previous(store, board.facts, found)
    return overview.overview(store, board, measured, before, found, actor)


def test_every_role_has_eight_numbers_of_the_catalogue():
    assert set(overview.TILES) == {"owner", "ceo", "cfo", "csm", "vp_sales", "cto", "sales_coordinator"}
    for role, shown in overview.TILES.items():
        assert len(set(shown)) == 8, role
        assert set(shown) <= KPIS.keys(), role


def test_the_number_before_is_what_it_was_then(company):
    found = looked_at(company, "2026-03")
    before = overview.previous(company, facts(company, found.window), found)
    assert (before["mrr"].value, before["mrr"].period) == (D("4166.67"), "February 2026")
    assert before["uptime_pct"].period == "February 2026"
    assert not NO_PAST & before.keys()
    again = looked_at(company, "2026-02")
    assert before["cash"].value == measure_all(facts(company, again.window))["cash"].value


@pytest.mark.parametrize("code", ["now", "30-days", "2026-03-27", "2026-03", "2026-04"])
def test_moving_the_facts_gives_what_reading_them_anew_gives(company, code):
    found = looked_at(company, code)
    before = overview.previous(company, facts(company, found.window), found)
    for place in (found.flows, found.states, found.money):
        anew = measure_all(facts(company, place.window))
        for one in KPIS.values():
            if one.id in before and found.before(one) == place:
                assert before[one.id].value == anew[one.id].value, (one.id, place.name)


def test_the_tiles_say_what_they_rest_on(company):
    shown = {tile.measured.kpi.id: tile for tile in seen(company).tiles}
    rests = {name: tile.rests_on for name, tile in shown.items()}
    assert rests["mrr"] == "as of Fri 3 Apr 2026 20:00"
    assert rests["cash"] == rests["runway_months"] == shown["cash"].measured.reason
    assert "accounts reconciled" in rests["cash"] or "not reconciled" in rests["cash"]
    assert rests["accuracy_pct"] == "as of Fri 20 Feb 2026, the newest count"
    assert rests["nps"] == "as of Mon 23 Feb 2026, the newest answer"


def test_the_examples_say_how_they_stand(company):
    found = seen(company)
    assert found.verdict == (
        "1 of 5 targets is met; MRR $7,167 (target $10,417) is missed; no figure for runway (not burning), "
        "uptime (no probe saw the window) and open blockers (no review on record)."
    )
    assert "Harbor Foods counts $3,000 of MRR and its status is onboarding" in [m.text for m in found.wrong]
    assert [m.text for m in found.due if m.owner == "ceo"] == ["Weekly review today at 16:00, 30 minutes"]


def test_mrr_of_twelve_months_begins_where_mrr_does(company):
    board = Board(facts(company, looked_at(company).window))
    months = overview.mrr_year(board)
    assert [str(month) for month, _ in months] == ["2025-12", "2026-01", "2026-02", "2026-03", "2026-04"]
    assert months[0][1].new == months[0][1].closing == D("4166.67")
    month, flow = months[-1]
    of_month = board.movements.rounded()
    assert month == Month(2026, 4)
    assert (flow.opening, flow.new, flow.closing) == (of_month.opening, of_month.new, of_month.closing)
    assert overview.mrr_year(Board(facts(company, looked_at(company, "2025-06").window))) == []


def test_the_steps_tick_themselves(store):
    fresh = overview.set_up(store)
    assert (fresh.empty, fresh.done, fresh.rest_done, len(fresh.rest)) == (True, 0, 0, 10)
    make.loaded(store, "accounts", "account,name,kind,currency,opened_on\nBANK,Bank,bank,USD,2026-01-01\n")
    named = overview.set_up(store)
    assert (named.empty, named.rest_done) == (True, 1)
    assert [step.title for step in named.rest if step.done] == ["Name your accounts"]
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Apex,live\n")
    assert (overview.set_up(store).empty, overview.set_up(store).done) == (False, 0)
    make.loaded(
        store,
        "subscriptions",
        "subscription_id,customer_id,starts_on,amount,interval\nS,C-1,2026-01-01,12.00,month\n",
    )
    assert [step.done for step in overview.set_up(store).steps] == [False, True, False]
    assert {step.page for step in (*fresh.steps, *fresh.rest)} == {"company", "imports"}


def test_the_version_changes_with_every_entry(store):
    seen_versions = {version(store)}
    assert last_entry(store) is None
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Apex,live\n")
    seen_versions.add(version(store))
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Apex,churned\n", actor=make.CSM)
    seen_versions.add(version(store))
    assert len(seen_versions) == 3
    assert last_entry(store).entered_by == make.CSM.email
    assert last_entry(store).entered_at.date() == date(2026, 4, 3)


def test_a_note_in_the_meeting_changes_no_record(store):
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Apex,live\n")
    records, all_of_it = records_version(store), version(store)
    week = Week(date(2026, 4, 3))
    weekly_review.add_note(store, make.CEO, week, "wins", kind="win", body="Go-live", now=make.NOW)
    weekly_review.open(store, make.CEO, week, make.NOW)
    assert (records_version(store) == records, version(store) == all_of_it) == (True, False)
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Apex,churned\n")
    assert records_version(store) != records


def test_the_newest_entry_is_one_of_records_and_no_other_write(store):
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Apex,live\n", actor=make.CSM)
    entered = last_entry(store)
    later = make.NOW + timedelta(days=1)
    weekly_review.open(store, LOCAL_OWNER, Week(date(2026, 4, 3)), later)
    set_demo_clock(store, LOCAL_OWNER, later)
    with store.write(LOCAL_OWNER, "store", "back up store", now=later, subject=("backup", "b.zip")):
        pass
    assert last_entry(store) == entered
    week = Week(date(2026, 4, 3))
    weekly_review.add_note(store, make.CEO, week, "wins", kind="win", body="Go-live", now=later)
    assert last_entry(store).entered_by == make.CEO.email
