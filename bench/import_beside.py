"""Importing a bank's lines beside other ways to do so, each as a whole process over the same made-up exports.

    python bench/import_beside.py [--lines N] [--seed S] [--peers PYTHON] [--patience SECONDS]

An account holds one export; a later one of it repeats all of that and adds a tenth, with genuine twins of one day among
its lines. Right is who adds exactly the lines that the second file has more. `pandas` is a bare script that numbers
twins and anti-joins; `beangulp` runs under the interpreter that --peers names, where it is installed, over a ledger of
beancount's; `hledger` where it is on the path, with the mark that its own first import left.
"""

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from run import GENERATOR, PANDAS

TIMES = 3
RULES = "skip 1\nfields date, description, amount\ndate-format %Y-%m-%d\ncurrency USD\naccount1 assets:bank\n"
BEANGULP = """
import sys
from beancount.core import data
from beancount.loader import load_file
from beancount.parser import printer
from beangulp import extract
from beangulp.importers import csvbase

class Bank(csvbase.Importer):
    date = csvbase.Date("Date", "%Y-%m-%d")
    narration = csvbase.Columns("Description")
    amount = csvbase.Amount("Amount")

    def identify(self, filepath):
        return True

    def finalize(self, txn, row):
        against = data.Posting("Equity:Unknown", -txn.postings[0].units, None, None, None, None)
        return txn._replace(postings=[*txn.postings, against])

what, ledger, file = sys.argv[1:]
bank = Bank("Assets:Bank", "USD")
if what == "first":
    with open(ledger, "w") as out:
        out.write("2000-01-01 open Assets:Bank\\n2000-01-01 open Equity:Unknown\\n")
        printer.print_entries(bank.extract(file, []), file=out)
else:
    existing, errors, options = load_file(ledger)
    found = bank.extract(file, existing)
    bank.deduplicate(found, existing)
    new = [one for one in found if not one.meta.get(extract.DUPLICATE)]
    with open(ledger, "a") as out:
        printer.print_entries(new, file=out)
    print(len(new))
"""


@dataclass(frozen=True, slots=True)
class Exports:
    """Two exports of one account, and how many lines the later one adds."""

    first: Path
    later: Path
    adds: int


def main() -> None:
    """Make the files, run everybody who is there, print a table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--lines", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--peers", default=sys.executable)
    asked.add_argument("--patience", type=int, default=120)
    given = asked.parse_args()
    if not GENERATOR.exists():
        sys.exit("the generator of bank files is not beside the checkout")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        made = exports(place, given.lines, given.seed)
        print(f"{given.lines} lines held, {made.adds} to be added; medians of {TIMES} whole processes")
        for name, peer in PEERS.items():
            where = place / name
            where.mkdir()
            report(name, lambda peer=peer, where=where: peer(made, where, given), made.adds)


def exports(place: Path, lines: int, seed: int) -> Exports:
    """The first export, and a later one that begins as it does and goes on."""
    made = place / "bank"
    subprocess.run(
        [sys.executable, GENERATOR, "bank", str(lines), made, "--seed", str(seed)],
        check=True,
        capture_output=True,
    )
    first, later = made / "bank.csv", place / "later.csv"
    header, *held = first.read_text().splitlines(keepends=True)
    overlap = (made / "overlap.csv").read_text().splitlines(keepends=True)[1:]
    later.write_text("".join([header, *(line for line in held if line[:10] < overlap[0][:10]), *overlap]))
    return Exports(first, later, sum((_rows(later) - _rows(first)).values()))


def _rows(path: Path) -> Counter[tuple[str, ...]]:
    with path.open(newline="", encoding="utf-8") as file:
        return Counter(map(tuple, csv.reader(file)))


def report(name: str, run: Callable[[], list[tuple[float, int]] | str], adds: int) -> None:
    """A line of the table: how long it took, how many lines it added, whether that is right."""
    found = run()
    if isinstance(found, str):
        print(f"  {name:<10} {found}")
        return
    took = [seconds for seconds, _ in found]
    added = {count for _, count in found}
    right = "right" if added == {adds} else f"wrong by {', '.join(f'{n - adds:+d}' for n in sorted(added))}"
    middle = statistics.median(took)
    print(f"  {name:<10} {middle:8.3f} s   {min(took):.3f} to {max(took):.3f}   added {max(added)}, {right}")


def timed(command: list[Any], patience: int, **more: Any) -> tuple[float, str]:
    """How long the process took, and what it said."""
    began = time.perf_counter()
    done = subprocess.run(
        [str(part) for part in command],
        check=True,
        capture_output=True,
        text=True,
        timeout=patience,
        **more,
    )
    return time.perf_counter() - began, done.stdout


def ours(made: Exports, where: Path, given: argparse.Namespace) -> list[tuple[float, int]]:
    """`tai-ops statement import` into a store that holds the first export."""
    store, accounts = where / "held.duckdb", where / "accounts.csv"
    accounts.write_text(
        "account,name,kind,currency,opened_on,opening_balance\nOP,Bank,bank,USD,2024-01-01,0.00\n"
    )
    tool = Path(sys.executable).with_name("tai-ops")
    importing = ["statement", "import"]
    for words in (["init"], ["load", "accounts", accounts], [*importing, made.first, "--account", "OP"]):
        timed([tool, "--store", f"duckdb:{store}", *words], given.patience)
    found: list[tuple[float, int]] = []
    for n in range(TIMES):
        copy = where / f"copy{n}.duckdb"
        shutil.copy(store, copy)
        words = [tool, "--store", f"duckdb:{copy}", "--json", *importing, made.later, "--account", "OP"]
        seconds, said = timed(words, given.patience)
        found.append((seconds, int(json.loads(said)["added"])))
    return found


def by_pandas(made: Exports, _: Path, given: argparse.Namespace) -> list[tuple[float, int]]:
    """Two files read and anti-joined; nothing is kept."""
    words = [sys.executable, "-c", PANDAS, made.first, made.later]
    return [(seconds, int(said)) for seconds, said in (timed(words, given.patience) for _ in range(TIMES))]


def by_beangulp(made: Exports, where: Path, given: argparse.Namespace) -> list[tuple[float, int]] | str:
    """beangulp's own CSV importer and deduplication over a ledger that its first extraction wrote."""
    try:
        timed([given.peers, "-c", "import beangulp"], given.patience)
    except subprocess.CalledProcessError:
        return "skipped: not installed under --peers"
    ledger = where / "held.beancount"
    found: list[tuple[float, int]] = []
    try:
        timed([given.peers, "-c", BEANGULP, "first", ledger, made.first], given.patience)
        for n in range(TIMES):
            copy = where / f"copy{n}.beancount"
            shutil.copy(ledger, copy)
            seconds, said = timed([given.peers, "-c", BEANGULP, "later", copy, made.later], given.patience)
            found.append((seconds, int(said)))
    except subprocess.TimeoutExpired:
        return f"not done after {given.patience} s"
    return found


def by_hledger(made: Exports, where: Path, given: argparse.Namespace) -> list[tuple[float, int]] | str:
    """`hledger import` of the later file over the journal and the mark that the first import left."""
    tool = shutil.which("hledger")
    if tool is None:
        return "skipped: not installed"
    held = where / "held"
    held.mkdir()
    (held / "bank.rules").write_text(RULES)
    (held / "books.journal").touch()
    importing = [tool, "-f", "books.journal", "import", "--rules-file", "bank.rules", "bank.csv"]
    shutil.copy(made.first, held / "bank.csv")
    timed(importing, given.patience, cwd=held)
    before = _booked(held / "books.journal")
    found: list[tuple[float, int]] = []
    for n in range(TIMES):
        copy = where / f"copy{n}"
        shutil.copytree(held, copy)
        shutil.copy(made.later, copy / "bank.csv")
        seconds, _ = timed(importing, given.patience, cwd=copy)
        found.append((seconds, _booked(copy / "books.journal") - before))
    return found


def _booked(journal: Path) -> int:
    return sum(line[:1].isdigit() for line in journal.read_text("utf-8").splitlines())


PEERS: dict[str, Callable[..., list[tuple[float, int]] | str]] = {
    "ours": ours,
    "pandas": by_pandas,
    "beangulp": by_beangulp,
    "hledger": by_hledger,
}

if __name__ == "__main__":
    main()
