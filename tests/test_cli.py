"""The command line: one JSON document, one line of refusal, exit statuses, and what each command answers."""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import make
import pytest

from tai_ops.cli import COMMANDS, function_of, run
from tai_ops.kinds import KINDS
from tai_ops.sheet import template
from tai_ops.store import Store
from tai_ops.store.migrate import migrations
from tai_ops.words import instant

NEW_YORK = ZoneInfo("America/New_York")


class Said:
    """A terminal that keeps what was said, in a folder of its own."""

    def __init__(self, cwd: Path, typed: str = "") -> None:
        self.cwd = cwd
        self.is_tty = False
        self.typed = typed
        self.output = ""
        self.errors = ""

    def read_file(self, path: str, most_bytes: int = 50 * 2**20) -> bytes:
        from tai_ops.errors import Refused

        try:
            return (self.cwd / path).read_bytes()
        except OSError:
            raise Refused(f"{path}: no such file") from None

    def write_file(self, path: str, content: bytes) -> None:
        (self.cwd / path).write_bytes(content)

    def write_files(self, files: Any) -> None:
        for path, content in files.items():
            self.write_file(path, content)

    def read_input(self) -> bytes:
        return self.typed.encode()

    def out(self, text: str) -> None:
        self.output += text

    def err(self, text: str) -> None:
        self.errors += text + "\n"


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the examples of every kind; nobody opens it."""
    store = Store.open(tmp_path_factory.mktemp("stocked") / "s.duckdb", create=True)
    make.examples(store)
    path = store.path
    store.close()
    assert path
    return path


@pytest.fixture
def shop(stocked: Path, tmp_path: Path) -> Path:
    """A folder with a store that holds the examples of every kind, and their CSV files."""
    shutil.copy(stocked, tmp_path)
    for kind in KINDS.values():
        (tmp_path / f"{kind.name}.csv").write_text(template(kind))
    return tmp_path


UPTIME_FIELDS = [
    "uptime_pct", "weighted_uptime_pct", "downtime_minutes", "unknown_minutes", "coverage_pct", "budget_minutes",
    "budget_left_minutes", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "error_rate_pct", "samples",
]  # fmt: skip
"""What `uptime` answers, and nothing else."""


def call(folder: Path, *words: str, typed: str = "") -> tuple[int, Any, str]:
    """Run a command with --json; its status, its document (None where nothing was printed) and standard error."""
    said = Said(folder, typed)
    status = run(["--store", "duckdb:s.duckdb", "--json", *words], said, None)
    return status, json.loads(said.output) if said.output else None, said.errors


def in_words(cwd: Path, *words: str) -> str:
    """What a person reads on standard output."""
    terminal = Said(cwd)
    run(["--store", "duckdb:s.duckdb", *words], terminal, None)
    return terminal.output


def refused(folder: Path, *words: str, status: int = 1, typed: str = "") -> str:
    got, document, errors = call(folder, *words, typed=typed)
    assert got == status, errors
    assert document is None
    assert errors.count("\n") == 1
    assert errors.startswith("tai-ops: ")
    return errors


def test_init_then_load_then_load_again(tmp_path: Path) -> None:
    status, made, _ = call(tmp_path, "init")
    assert (status, made["schema_before"], made["schema"]) == (0, 0, migrations()[-1][0])
    assert call(tmp_path, "init")[1]["schema_before"] == migrations()[-1][0]
    (tmp_path / "c.csv").write_text(template(KINDS["customers"]))
    assert call(tmp_path, "load", "customers", "c.csv")[1] == {
        "read": 2,
        "added": 2,
        "updated": 0,
        "unchanged": 0,
        "rejected": [],
    }
    assert call(tmp_path, "load", "customers", "c.csv")[1]["unchanged"] == 2


def test_a_bad_row_prints_the_report_and_one_line_and_exits_1(shop: Path) -> None:
    (shop / "bad.csv").write_text("customer_id,name,status\nX,,live\nY,Y,asleep\n")
    status, report, errors = call(shop, "load", "customers", "bad.csv")
    assert status == 1
    assert [(r["row"], r["field"]) for r in report["rejected"]] == [(1, "name"), (2, "status")]
    assert (report["read"], report["added"], report["updated"]) == (2, 0, 0)
    assert errors == (
        "tai-ops: bad.csv: row 1, name: must not be empty (2 problems in all; nothing was loaded)\n"
    )


def test_skip_bad_loads_the_rest_and_notes_what_was_left_out(shop: Path) -> None:
    (shop / "bad.csv").write_text("customer_id,name,status\nX,,live\nY,Y,live\n")
    status, report, errors = call(shop, "load", "customers", "bad.csv", "--skip-bad")
    assert (status, report["added"], len(report["rejected"])) == (0, 1, 1)
    assert errors.startswith("note: bad.csv: 1 row was left out")


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["load", "customers", "none.csv"], 1, "none.csv: no such file"),
        (["load", "pets", "customers.csv"], 2, "'pets' is no kind of record"),
        (["template", "pets"], 2, "'pets' is no kind of record"),
        (["kpis", "--week", "2026-04-02"], 2, "the nearest is 2026-04-03"),
        (["kpis", "--month", "2026-13"], 2, "is not a month"),
        (["kpis", "--month", "2026-03", "--on", "2026-03-03"], 2, "one of --on, --week and --month"),
        (["mrr"], 2, "--month"),
        (["fly"], 2, "invalid choice"),
        (["uptime", "--from", "2026-03-02", "--to", "2026-03-01"], 2, "must end after it starts"),
        (["uptime", "--from", "2026-03-01", "--to", "2026-03-02", "--customer", "Z"], 1, "no customer 'Z'"),
        (["uptime", "--from", "2026-03-01", "--to", "2026-03-02", "--service", "Z"], 1, "no service 'Z'"),
        (["export", "investor", "--month", "2026-03", "--out", "x.pdf"], 2, "written as .xlsx, .eml or .md"),
        (["export", "review", "--week", "2026-03-06", "--out", "x.pdf"], 2, "written as .html, .md, .xlsx"),
        (["--as", "who@x.example", "void", "scores", "x", "--reason", "y"], 1, "not an active person"),
        (["statement", "import", "customers.csv", "--account", "NO"], 1, "there is no account 'NO'"),
        (["accuracy", "customers.csv"], 1, "unknown column"),
        (["restore", "customers.csv"], 1, ""),
    ],
)
def test_refusals_are_one_line(shop: Path, words: list[str], status: int, text: str) -> None:
    assert text in refused(shop, *words, status=status)


def test_a_missing_store_and_a_strange_scheme(tmp_path: Path) -> None:
    assert "make one with `tai-ops init`" in refused(tmp_path, "kpis")
    said = Said(tmp_path)
    assert run(["--store", "sqlite:x.db", "kpis"], said, None) == 2
    assert said.errors == "tai-ops: --store takes duckdb:PATH, not 'sqlite:x.db'\n"


def test_void_takes_out_and_asks_for_a_reason(shop: Path) -> None:
    assert call(shop, "void", "scores", "C-001,sponsor,2026-02-23", "--reason", "typo")[0] == 0
    assert "there is no score" in refused(shop, "void", "scores", "C-001,sponsor,2026-02-23", "--reason", "x")


def test_bant_and_severity_read_standard_input(shop: Path) -> None:
    answers = {
        "call_ended_at": "2026-02-03T10:20:00-05:00",
        "budget": {"answer": "no"},
        "authority": {"empowered": "yes"},
        "need": {"accuracy_pct": 80},
        "timeline": {"decision": "2-4 weeks"},
    }
    status, decision, _ = call(shop, "bant", "decide", "-", typed=json.dumps(answers))
    assert (status, decision["gate"], decision["yes_count"], decision["decision"]) == (0, "budget", 3, "PASS")
    assert decision["count_decision"] == "WARM"
    errors = refused(shop, "bant", "decide", "-", typed='{"budget": {"answer": "maybe"}}')
    assert "budget.answer" in errors
    signals = {"detected_at": "2026-03-03T15:00:00+00:00", "customers_without_access": 1}
    verdict = call(shop, "severity", "-", typed=json.dumps(signals))[1]
    assert (verdict["severity"], verdict["resolve_within_minutes"]) == ("CRITICAL", 60)
    assert verdict["respond_by"] == "2026-03-03T15:05:00+00:00"


def test_accuracy_of_a_counts_file(shop: Path) -> None:
    found = call(shop, "accuracy", "counts.csv")[1]
    assert (found["lines"], found["within_tolerance"], found["ira_pct"]) == (2, 2, 100.0)


def test_mrr_and_its_identity(shop: Path) -> None:
    moved = call(shop, "mrr", "--month", "2026-03")[1]
    assert (moved["opening"], moved["new"], moved["closing"], moved["arr"]) == (
        "4166.67",
        "3000.00",
        "7166.67",
        "86000.00",
    )


def test_uptime_counts_full_outages_and_says_what_it_does_not_know(shop: Path) -> None:
    found = call(shop, "uptime", "--from", "2026-02-24", "--to", "2026-02-25", "--service", "dashboard")[1]
    assert (found["downtime_minutes"], found["coverage_pct"], found["latency_p95_ms"]) == (0, None, None)
    everyone = call(shop, "uptime", "--from", "2026-02-24", "--to", "2026-02-25")[1]
    assert everyone["downtime_minutes"] == 30.0
    assert everyone["budget_minutes"] == pytest.approx(7.2, abs=7.2)
    assert list(found) == UPTIME_FIELDS


def test_uptime_in_words_lists_everyone_and_what_no_impact_tells(shop: Path) -> None:
    said = Said(shop, "")
    assert (
        run(
            ["--store", "duckdb:s.duckdb", "uptime", "--from", "2026-03-02", "--to", "2026-03-03"], said, None
        )
        == 0
    )
    assert "Everyone" in said.output
    assert "api: probes failed from Mon 2 Mar 2026 09:01 UTC" in said.output
    assert "incident I-002 has no impact on it" in said.output


def test_rollups_are_pruned_and_made_anew_by_command(shop: Path) -> None:
    (shop / "later.csv").write_text("service,at,source,ok\napi,2026-03-03T09:00:00+00:00,eu,true\n")
    call(shop, "load", "probes", "later.csv")
    tried = call(shop, "rollups", "prune", "--dry-run")[1]
    assert (tried["samples"], tried["dry_run"]) == (2, True)
    assert call(shop, "rollups", "rebuild")[1] == {"samples": 3}
    assert call(shop, "rollups", "prune")[1] == tried | {"dry_run": False}
    assert call(shop, "rollups", "rebuild")[1] == {"samples": 1}
    assert call(shop, "uptime", "--from", "2026-03-02", "--to", "2026-03-03")[1]["samples"] == 2
    assert "samples are kept for 90 days" in refused(shop, "rollups", "prune", "--before", "2099-01-01")


def test_a_statement_is_inspected_imported_reconciled_and_undone(shop: Path) -> None:
    (shop / "bank.csv").write_text(
        "Date,Description,Amount\n2026-02-27,GOOGLE CLOUD 5512,-1840.22\n2026-02-28,FEE,-3.00\n"
    )
    seen = call(shop, "statement", "inspect", "bank.csv")[1]
    assert [line["amount"] for line in seen["lines"]] == ["-1840.22", "-3.00"]
    tried = call(shop, "statement", "import", "bank.csv", "--account", "OPERATING", "--dry-run")[1]
    done = call(shop, "statement", "import", "bank.csv", "--account", "OPERATING")[1]
    assert tried["added"] == done["added"] == 2
    standing = call(shop, "reconcile", "--account", "OPERATING", "--matches", "m.csv")[1]
    assert (standing["matched"], standing["unmatched_bank"]) == (1, 1)
    assert (shop / "m.csv").read_text().splitlines()[0] == (
        "bank_id,date,amount,description,entry_kind,entry_id,state,rank,score,reasons"
    )
    assert "1 line of this import is reconciled" in refused(shop, "statement", "undo", done["statement_id"])


def test_a_backup_is_restored_and_never_over_a_store_unasked(shop: Path) -> None:
    made = call(shop, "backup", "--out", "b.zip")[1]
    assert made["rows"] > 0
    assert "--replace" in refused(shop, "restore", "b.zip")
    status, done, _ = call(shop, "restore", "b.zip", "--replace")
    assert (status, done["digest"]) == (0, made["digest"])
    assert call(shop, "mrr", "--month", "2026-03")[1]["closing"] == "7166.67"


def test_the_time_of_a_backup_is_said_on_the_companys_clock(shop: Path) -> None:
    (shop / "company.toml").write_text('zone = "America/New_York"\n')
    at = instant(datetime.fromisoformat(call(shop, "backup", "--out", "b.zip")[1]["made_at"]), NEW_YORK)
    assert f"b.zip of {at}, " in in_words(shop, "doctor")
    assert f" as of {at}: " in in_words(shop, "restore", "b.zip", "--replace")


def test_doctor_is_content_with_a_sound_store(shop: Path) -> None:
    status, report, errors = call(shop, "doctor")
    assert status == 0, (report, errors)
    assert report["ok"]


def test_a_month_is_reconciled_and_closed_from_the_command_line(tmp_path: Path) -> None:
    call(tmp_path, "init")
    files = {
        "accounts": "account,name,kind,currency,opened_on,opening_balance\nOP,Bank,bank,USD,2026-01-01,1000.00\n",
        "bills": "bill_id,account,incurred_on,paid_on,payee,amount,category\nB1,OP,2026-01-20,2026-01-20,Cloud Co,120.00,cloud infrastructure\n",
    }
    for kind, text in files.items():
        (tmp_path / f"{kind}.csv").write_text(text)
        assert call(tmp_path, "load", kind, f"{kind}.csv")[0] == 0
    (tmp_path / "jan.csv").write_text("Date,Description,Amount\n2026-01-21,CLOUD CO,-120.00\n")
    call(tmp_path, "statement", "import", "jan.csv", "--account", "OP")
    assert call(tmp_path, "reconcile", "--account", "OP", "--through", "2026-01-31")[1]["explained"]
    assert call(tmp_path, "close", "run", "--month", "2026-01")[0] == 0
    assert call(tmp_path, "close", "status", "--month", "2026-01")[1]["state"] == "closed"
    assert call(tmp_path, "void", "bills", "B1", "--reason", "x")[0] == 1


def test_the_formats_are_listed_by_name(tmp_path: Path) -> None:
    listed = call(tmp_path, "statement", "formats")[1]["formats"]
    assert "csv" in [f["format"] for f in listed]
    assert all(f["label"] for f in listed)


def test_every_listed_command_has_its_function() -> None:
    for command in COMMANDS:
        assert function_of(command).__doc__, command.words


def test_as_a_process_it_prints_one_document_and_no_traceback(shop: Path) -> None:
    tool = [sys.executable, "-m", "tai_ops.cli", "--store", "duckdb:s.duckdb"]
    done = subprocess.run(
        [*tool, "mrr", "--month", "2026-03", "--json"], cwd=shop, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["closing"] == "7166.67"
    bad = subprocess.run([*tool, "load", "customers", "nope.csv"], cwd=shop, capture_output=True, text=True)
    assert (bad.returncode, bad.stdout, bad.stderr.count("\n")) == (1, "", 1)
    environment = os.environ | {"TAI_OPS_STORE": "duckdb:s.duckdb"}
    by_variable = subprocess.run(
        [sys.executable, "-m", "tai_ops.cli", "kpis", "--json"],
        cwd=shop,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert len(json.loads(by_variable.stdout)) == 65


def test_the_board_is_written_into_the_callers_file_or_not_at_all(shop: Path) -> None:
    assert call(shop, "review", "open", "--week", "2026-04-03")[0] == 0
    status, said, _ = call(shop, "quick-reference")
    assert (status, said["file"], said["week"]) == (0, "QUICK_REFERENCE.md", "2026-04-03")
    made = (shop / "QUICK_REFERENCE.md").read_text()
    (shop / "QUICK_REFERENCE.md").write_text(f"Ours\n{made}Theirs\n")
    assert call(shop, "quick-reference")[0] == 0
    assert (shop / "QUICK_REFERENCE.md").read_text() == f"Ours\n{made}Theirs\n"
    (shop / "other.md").write_text("Ours\n")
    assert "is missing" in refused(shop, "quick-reference", "--out", "other.md")
    assert (shop / "other.md").read_text() == "Ours\n"
    assert call(shop, "export", "review", "--week", "2026-04-03", "--out", "r.slack.json")[0] == 0
    assert json.loads((shop / "r.slack.json").read_text())["blocks"]
    (shop / "minutes").mkdir()
    assert call(shop, "export", "review", "--week", "2026-04-03", "--out", "minutes/../minutes/r.md")[0] == 0
    assert (shop / "minutes" / "r.md").exists()
    status, _, note = call(shop, "review", "end", "--week", "2026-04-03")
    assert (status, "no priority is named for next week" in note) == (0, True)
