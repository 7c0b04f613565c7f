"""The sample company: the runbook's own figures, the whole story in, the same company every time."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import make
import pytest

from tai_ops.demo import CLOCK, make_demo
from tai_ops.errors import Refused
from tai_ops.kpi import measure_all
from tai_ops.period import Month, Week
from tai_ops.pipeline import proposals_outstanding
from tai_ops.rights import acting
from tai_ops.runbooks import month_end_close, weekly_review
from tai_ops.store import Store
from tai_ops.store.bank import import_statement
from tai_ops.store.digest import table_digests
from tai_ops.store.facts import facts, window
from tai_ops.store.matches import reconcile, standing
from tai_ops.store.qualifying import qualifications

MADE_ANEW = {
    "audit",
    "history",
    "incident_events",
    "match_decisions",
    "qualifications",
    "sales_ticks",
    "review_notes",
    "reviews",
    "schema_versions",
    "snapshots",
    "closes",
    "statement_balances",
    "statement_lines",
    "statement_repeats",
    "statement_rows",
    "statements",
}
"""The tables whose rows carry an id that is fresh every time."""


@pytest.fixture(scope="module")
def folder(sample_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the sample was made: another process may look at the shared one."""
    return shutil.copytree(sample_company, tmp_path_factory.mktemp("sample") / "data")


@pytest.fixture
def sample(folder: Path) -> Iterator[Store]:
    """The sample store, open; no test writes to it but in a transaction that it takes back."""
    opened = Store.open(folder / "demo.duckdb")
    yield opened
    make.check_keys(opened)
    opened.close()


def kpis(store: Store, **more: Any) -> dict[str, dict[str, Any]]:
    """The whole catalogue as it prints."""
    read = measure_all(facts(store, window(store, store.now(), **more)))
    return {name: measured.as_json() for name, measured in read.items()}


@pytest.fixture(scope="module")
def printed(folder: Path) -> dict[str, dict[str, Any]]:
    """The catalogue at the clock."""
    opened = Store.open(folder / "demo.duckdb")
    read = kpis(opened)
    opened.close()
    return read


def test_it_is_seen_on_friday_the_third_of_april_at_four(sample: Store) -> None:
    assert sample.now(datetime(2030, 1, 1, tzinfo=UTC)) == CLOCK
    assert CLOCK.astimezone(sample.company.tz).isoformat() == "2026-04-03T16:00:00-04:00"


@pytest.mark.parametrize(
    ("kpi", "value"),
    [
        ("mrr", "7500.00"),
        ("arr", "90000.00"),
        ("accuracy_pct", 95.0),
        ("accuracy_gain_points", 15.0),
        ("hours_saved_pct", 30.0),
        ("ltr_median", 9.0),
        ("uptime_pct", 99.7024),
        ("downtime_minutes", 30.0),
        ("latency_p95_ms", 380.0),
        ("onboarding_complete_pct", 48.7179),
        ("incidents_open_critical", 0),
        ("customers_live", 1),
        ("customers_onboarding", 1),
        ("deals_won", 1),
        ("proposal_slo_pct", 100.0),
        ("win_rate_pct", 30.0),
        ("ar_over_30", "6390.00"),
        ("blockers_open", 2),
    ],
)
def test_the_figures_that_the_runbook_prints(
    printed: dict[str, dict[str, Any]], kpi: str, value: float | str
) -> None:
    assert printed[kpi]["value"] == value


def test_every_number_but_those_of_a_longer_past_has_a_value(sample: Store) -> None:
    unknown = {
        name: row["reason"]
        for name, row in kpis(sample, month=Month(2026, 3)).items()
        if row["value"] is None
    }
    assert set(unknown) == {"nrr_pct", "grr_pct", "logo_churn_pct"}
    assert set(unknown.values()) == {"nobody paid twelve months ago"}


def test_the_review_prints_the_runbooks_lines(sample: Store) -> None:
    review = weekly_review.agenda(sample, Week(date(2026, 4, 3)), sample.now())
    customers = [str(line) for line in review.block("customer_success").lines]
    assert customers == [
        "Northwind Parts (Customer #1): 95% accuracy ≈ | NPS 9 ✓",
        "Quillon Foods (Customer #2): 49% implementation | on-track",
        "Ambermoor Medical (Customer #3): contract signed, kickoff next week",
    ]
    engineering = [str(line) for line in review.block("engineering").lines]
    assert engineering[:2] == ["Uptime this week: 99.7% ✓", "API latency p95: 380ms ✓"]
    assert not any("Unexplained" in warning for warning in review.warnings)


def test_cash_lasts_about_a_year_at_a_burn_of_about_forty_thousand(
    sample: Store, printed: dict[str, dict[str, Any]]
) -> None:
    assert 10 <= printed["runway_months"]["value"] <= 14
    for month in (Month(2026, 1), Month(2026, 2), Month(2026, 3)):
        assert 35000 <= Decimal(kpis(sample, month=month)["net_burn"]["value"]) <= 45000


def test_prospects_stand_in_every_stage_and_calls_came_to_every_outcome(sample: Store) -> None:
    stages = {stage for (stage,) in sample.rows("select distinct stage from deals")}
    assert stages == {"lead", "discovery", "proposal", "closing", "won", "lost", "nurture"}
    assert sample.row("select count(*) from prospects") == (25,)
    calls = qualifications(sample)
    assert {call.decision for call in calls} == {"PURSUE", "WARM", "WAIT", "PASS"}
    gates = {call.detail["gate"] for call in calls if call.decision == "PASS"}
    assert {"budget", "authority", "need", None} <= gates
    assert {flag for call in calls for flag in call.detail["red_flags"]} >= {
        "many_sign_offs",
        "exploring",
        "happy",
    }
    found = facts(sample, window(sample, sample.now()), probes=False)
    assert proposals_outstanding(found.proposals).n == 3
    assert {entry.stage for entry in found.stage_entries if entry.deal_id == "D-002"} == {
        *("lead", "discovery", "proposal", "closing", "won"),
    }


def test_a_proposal_missed_its_clock_and_the_others_kept_it(sample: Store) -> None:
    weeks = [Week(date(2026, 3, 13)), Week(date(2026, 3, 27)), Week(date(2026, 4, 3))]
    assert [kpis(sample, week=week)["proposal_slo_pct"]["value"] for week in weeks] == [0.0, 100.0, 100.0]


def test_thirteen_weeks_were_watched_every_minute_but_for_one_gap(sample: Store) -> None:
    assert sample.row("select count(*), count(distinct seen_at) from probes") == (130998, 130998)
    gap = kpis(sample, week=Week(date(2026, 2, 13)))["uptime_pct"]
    assert gap["reason"] == "99.6 % of the time was watched"
    assert sample.rows("select severity, count(*) from incidents group by severity order by severity") == [
        *(("CRITICAL", 2), ("HIGH", 2), ("LOW", 2), ("MEDIUM", 2)),
    ]


def test_january_is_closed_and_february_waits_for_one_line(sample: Store) -> None:
    now = sample.now()
    january = month_end_close.status(sample, Month(2026, 1), now)
    february = month_end_close.status(sample, Month(2026, 2), now)
    assert (january.state.closed, january.state.version) == (True, 1)
    assert (february.state.closed, [item.id for item in february.blocking]) == (False, ["bank_lines"])
    through = standing(sample, "OPERATING", now=now, through=date(2026, 2, 28))
    assert through.locked == (date(2026, 2, 28), "jonas.feld@tai.example")
    assert [line.description for line in through.unmatched_bank] == ["MONTHLY SERVICE FEE"]
    assert [item.amount for item in through.unmatched_book] == [Decimal("-1250.00")]


def test_the_reviews_so_far_are_frozen_and_their_promises_settled(sample: Store) -> None:
    held = weekly_review.scorecard(sample, Week(date(2026, 4, 3)))
    assert list(held)[-1] == date(2026, 3, 27)
    assert len(held) >= 4
    assert all(row["uptime_pct"] is not None for row in held.values())
    last = weekly_review.show(sample, Week(date(2026, 3, 27)), sample.now())
    assert last.status == "ended"
    states = {p.note.body: p.note.state for p in last.promises}
    assert states == {
        "Kickoff of Quillon Foods held": "done",
        "2+ discovery calls": "done",
        "Northwind Parts (Customer #1) at 95% accuracy": "done",
    }


def test_march_lies_beside_it_and_holds_what_is_to_be_found(sample: Store, folder: Path) -> None:
    assert sorted(file.name for file in folder.iterdir()) == [
        *("demo.duckdb", "demo.toml", "march-savings.csv", "march.csv"),
    ]
    assert sample.row("select max(booked_on) from statement_lines") == (date(2026, 2, 28),)
    cfo = acting(sample.people(), None, "money")
    for name, account, lines in (("march.csv", "OPERATING", 19), ("march-savings.csv", "SAVINGS", 1)):
        tried = import_statement(
            sample, cfo, (folder / name).read_bytes(), name, account, now=sample.now(), dry_run=True
        )
        assert (tried.read, tried.added, tried.rejected, tried.possible_duplicates) == (lines, lines, (), 0)


def test_march_reconciles_with_a_charge_made_twice_and_a_short_payment_open(
    folder: Path, tmp_path: Path
) -> None:
    for suffix in (".duckdb", ".toml"):
        shutil.copy(folder / f"demo{suffix}", tmp_path / f"copy{suffix}")
    store = Store.open(tmp_path / "copy.duckdb")
    cfo, now = acting(store.people(), None, "money"), store.now()
    import_statement(store, cfo, (folder / "march.csv").read_bytes(), "march.csv", "OPERATING", now=now)
    found = reconcile(store, cfo, "OPERATING", now=now)
    store.close()
    texts = [line.description for line in found.unmatched_bank if line.suggestions]
    assert found.explained
    assert texts.count("ACH TALLYBOARD SOFTWARE ANNUAL") == 2
    assert "WIRE IN QUILLON FOODS INV-1008" in texts
    assert found.newly_confirmed == 12


def test_what_is_there_already_is_never_overwritten(folder: Path) -> None:
    with pytest.raises(Refused, match=r"demo.duckdb is there already"):
        make_demo(folder / "demo.duckdb")
    assert sorted(file.suffix for file in folder.iterdir()) == [".csv", ".csv", ".duckdb", ".toml"]


def test_made_again_it_is_the_same_company(sample: Store, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    own = tmp_path / "march.csv"
    own.write_text("mine")
    make_demo(tmp_path / "again.duckdb", progress=lambda done, of: told.append((done, of)))
    again = Store.open(tmp_path / "again.duckdb")
    for more in ({}, {"month": Month(2026, 2)}, {"week": Week(date(2026, 2, 13))}):
        assert json.dumps(kpis(again, **more)) == json.dumps(kpis(sample, **more))
    kept = "select month, version, file_name, file_hash from close_files order by all"
    assert again.rows(kept) == sample.rows(kept)
    same = [table_digests(store.cursor(), MADE_ANEW) for store in (sample, again)]
    again.close()
    assert same[0] == same[1]
    assert told[-1][0] == told[-1][1] == len(told)
    assert own.read_text() == "mine"
