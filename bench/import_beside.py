"""Importing a bank's lines beside other ways to do so, each as a whole process over the same made-up exports.

    python bench/import_beside.py [--lines N] [--seed S] [--peers PYTHON] [--patience SECONDS]

An account holds one export; a later one of it repeats all of that and adds a tenth, with genuine twins of one day among
its lines. Right is who adds exactly the lines that the second file has more, by count and by net to the cent. All take
their turns, so that they meet the same minutes; what takes long runs once.

`pandas bare` reads two files, numbers twins, anti-joins and keeps nothing: it is no import and stands here as a measure.
`pandas kept` keeps what it finds: into a DuckDB file go the new lines with their days, exact amounts and cells as they
stood, and the file itself, in one transaction. `pandas whole` does the rest of the job too: the same file again adds
nothing, and a new line that an earlier one of the same amount, within three days and spelled alike may be is marked. All
are told the columns and how days are written; the product finds out.
`beangulp` runs under the interpreter that --peers names (else TAI_OPS_BENCH_PEERS), where it is installed, over a ledger
of beancount's; `hledger` where it is on the path, with the mark that its own first import left.
"""

import argparse
import csv
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from run import GENERATOR, PANDAS

TIMES = 5
LONG = 15
RULES = "skip 1\nfields date, description, amount\ndate-format %Y-%m-%d\ncurrency USD\naccount1 assets:bank\n"
PANDAS_KEPT = """
import sys
import duckdb, pandas as pd
what, store, file = sys.argv[1:]
rows = pd.read_csv(file, dtype=str, keep_default_na=False)
rows["day"] = pd.to_datetime(rows["Date"], format="%Y-%m-%d")
cells = ["Date", "Description", "Amount"]
rows["occurrence"] = rows.groupby(cells).cumcount()
con = duckdb.connect(store)
con.begin()
if what == "first":
    con.execute("create table files (content blob)")
    con.execute("create table lines (day date, exact decimal(18, 2), occurrence int, "
                "Date varchar, Description varchar, Amount varchar)")
    new = rows
else:
    held = con.execute("select Date, Description, Amount, occurrence from lines").df()
    both = rows.merge(held, on=[*cells, "occurrence"], how="left", indicator=True)
    new = both[both["_merge"] == "left_only"]
con.execute("insert into lines select day, Amount::decimal(18, 2), occurrence, Date, Description, Amount from new")
con.execute("insert into files values (?)", [open(file, "rb").read()])
con.commit()
con.close()
print(len(new), new["Amount"].str.replace(".", "", regex=False).astype("int64").sum())
"""
PANDAS_WHOLE = """
import hashlib, sys
import duckdb, pandas as pd
what, store, file = sys.argv[1:]
data = open(file, "rb").read()
name = hashlib.sha256(data).hexdigest()
con = duckdb.connect(store)
con.begin()
con.execute("create table if not exists files (hash varchar, content blob)")
con.execute("create table if not exists possible (day date, Description varchar, Amount varchar, other varchar, alike int)")
con.execute("create table if not exists lines (day date, exact decimal(18, 2), occurrence int, "
            "Date varchar, Description varchar, Amount varchar)")
if con.execute("select 1 from files where hash = ?", [name]).fetchone():
    print(0, 0, 0)
    sys.exit()
rows = pd.read_csv(file, dtype=str, keep_default_na=False)
rows["day"] = pd.to_datetime(rows["Date"], format="%Y-%m-%d")
cells = ["Date", "Description", "Amount"]
rows["occurrence"] = rows.groupby(cells).cumcount()
new, near = rows, []
if what == "later":
    from rapidfuzz.fuzz import token_set_ratio
    held = con.execute("select Date, Description, Amount, occurrence from lines").df()
    both = rows.merge(held, on=[*cells, "occurrence"], how="left", indicator=True)
    new = both[both["_merge"] == "left_only"]
    pairs = con.execute(
        "select n.day, n.occurrence, n.Description, n.Amount, l.Description from new n join lines l on l.Amount = n.Amount "
        "and l.day between n.day::date - 3 and n.day::date + 3 where l.Date <> n.Date or l.Description <> n.Description"
    ).fetchall()
    marked = {}
    for day, occurrence, text, amount, other in pairs:
        alike = token_set_ratio(text, other, score_cutoff=60)
        if alike:
            marked.setdefault((day, occurrence, text, amount), (day, text, amount, other, int(alike)))
    near = pd.DataFrame(marked.values(), columns=["day", "text", "amount", "other", "alike"])
    con.execute("insert into possible select * from near")
con.execute("insert into lines select day, Amount::decimal(18, 2), occurrence, Date, Description, Amount from new")
con.execute("insert into files values (?, ?)", [name, data])
con.commit()
con.close()
print(len(new), new["Amount"].str.replace(".", "", regex=False).astype("int64").sum(), len(near))
"""
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
    print(len(new), int(100 * sum(one.postings[0].units.number for one in new)))
"""


@dataclass(frozen=True, slots=True)
class Exports:
    """Two exports of one account, how many lines the later one adds, and their net in cents."""

    first: Path
    later: Path
    adds: int
    net: int


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: seconds by the wall and of processor time, lines added, their net in cents, and how many it marks."""

    wall: float
    cpu: float
    added: int
    net: int
    marked: int = 0


Once = Callable[[int], Ran]
"""One run over a copy of the store that holds the first export, by the number of the run."""


class Absent(Exception):
    """That a way is not here, or did not come to its end."""


def main() -> None:
    """Make the files, run everybody who is there, print a table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--lines", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--peers", default=os.environ.get("TAI_OPS_BENCH_PEERS", sys.executable))
    asked.add_argument("--patience", type=int, default=120)
    given = asked.parse_args()
    if not GENERATOR.exists():
        sys.exit("the generator of bank files is not beside the checkout")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        made = exports(place, given.lines, given.seed)
        print(f"{given.lines} lines held, {made.adds} to be added; medians of {TIMES} whole processes")
        ready: dict[str, Once] = {}
        absent: dict[str, str] = {}
        for name, peer in PEERS.items():
            where = place / name.replace(" ", "-")
            where.mkdir()
            try:
                ready[name] = peer(made, where, given)
            except Absent as why:
                absent[name] = str(why)
        found = in_turns(ready, absent)
        for name in PEERS:
            report(name, found.get(name, []), absent.get(name), made)


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
    more = _rows(later) - _rows(first)
    return Exports(first, later, more.total(), sum(_cents(row[2]) * n for row, n in more.items()))


def _rows(path: Path) -> Counter[tuple[str, ...]]:
    with path.open(newline="", encoding="utf-8") as file:
        return Counter(map(tuple, csv.reader(file)))


def _cents(amount: str) -> int:
    return int(Decimal(amount).scaleb(2))


def in_turns(ready: dict[str, Once], absent: dict[str, str]) -> dict[str, list[Ran]]:
    """Everybody's runs, one of each after another; whoever takes long has one."""
    found: dict[str, list[Ran]] = {name: [] for name in ready}
    for n in range(TIMES):
        for name, once in ready.items():
            if name in absent or (n and found[name][0].wall > LONG):
                continue
            try:
                found[name].append(once(n))
            except Absent as why:
                absent[name] = str(why)
    return found


def report(name: str, runs: list[Ran], absent: str | None, made: Exports) -> None:
    """A line of the table: how long it took, how many lines it added, whether that is right."""
    if absent or not runs:
        print(f"  {name:<12} {absent}")
        return
    walls, added = [run.wall for run in runs], {(run.added, run.net) for run in runs}
    right = (
        "right"
        if added == {(made.adds, made.net)}
        else f"wrong: {made.adds} and {made.net / 100:.2f} were due"
    )
    cpu = statistics.median(run.cpu for run in runs)
    print(
        f"  {name:<12} {statistics.median(walls):8.3f} s   {min(walls):.3f} to {max(walls):.3f}   processor {cpu:.3f} s   "
        f"added {runs[0].added}, net {runs[0].net / 100:.2f}, {right}{'; keeps nothing' * (name == BARE)}"
        f"{f'; marks {runs[0].marked} as possible duplicates' * bool(runs[0].marked)}"
    )


def timed(command: list[Any], patience: int, **more: Any) -> tuple[float, float, str]:
    """How long the process took by the wall and on the processor, and what it said."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        done = subprocess.run(
            [str(part) for part in command],
            check=True,
            capture_output=True,
            text=True,
            timeout=patience,
            **more,
        )
    except subprocess.TimeoutExpired:
        raise Absent(f"not done after {patience} s") from None
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def ours(made: Exports, where: Path, given: argparse.Namespace) -> Once:
    """`tai-ops statement import` into a store that holds the first export."""
    store, accounts = where / "held.duckdb", where / "accounts.csv"
    accounts.write_text(
        "account,name,kind,currency,opened_on,opening_balance\nOP,Bank,bank,USD,2024-01-01,0.00\n"
    )
    tool = Path(sys.executable).with_name("tai-ops")
    importing = ["statement", "import"]
    for words in (["init"], ["load", "accounts", accounts], [*importing, made.first, "--account", "OP"]):
        timed([tool, "--store", f"duckdb:{store}", *words], given.patience)

    def once(n: int) -> Ran:
        copy = where / f"copy{n}.duckdb"
        shutil.copy(store, copy)
        words = [tool, "--store", f"duckdb:{copy}", "--json", *importing, made.later, "--account", "OP"]
        wall, cpu, said = timed(words, given.patience)
        answer = json.loads(said)
        return Ran(
            wall, cpu, int(answer["added"]), _cents(answer["net_total"]), answer["possible_duplicates"]
        )

    return once


def pandas_bare(made: Exports, _: Path, given: argparse.Namespace) -> Once:
    """Two files read and anti-joined; nothing is kept."""

    def once(_: int) -> Ran:
        wall, cpu, said = timed([sys.executable, "-c", PANDAS, made.first, made.later], given.patience)
        return Ran(wall, cpu, *map(int, said.split()))

    return once


def pandas_kept(made: Exports, where: Path, given: argparse.Namespace) -> Once:
    """A script that keeps lines and files in a DuckDB file of its own."""
    return _script(sys.executable, PANDAS_KEPT, where / "held.duckdb", made, given)


def pandas_whole(made: Exports, where: Path, given: argparse.Namespace) -> Once:
    """A script that knows a file again and marks lines that may be there already, spelled otherwise."""
    return _script(sys.executable, PANDAS_WHOLE, where / "held.duckdb", made, given)


def by_beangulp(made: Exports, where: Path, given: argparse.Namespace) -> Once:
    """beangulp's own CSV importer and deduplication over a ledger that its first extraction wrote."""
    try:
        timed([given.peers, "-c", "import beangulp"], given.patience)
    except subprocess.CalledProcessError:
        raise Absent("skipped: not installed under --peers") from None
    return _script(given.peers, BEANGULP, where / "held.beancount", made, given)


def _script(python: str, code: str, held: Path, made: Exports, given: argparse.Namespace) -> Once:
    """A script that is called with `first` and `later`, what it keeps, and the file; it prints the lines added and their net."""
    timed([python, "-c", code, "first", held, made.first], given.patience)

    def once(n: int) -> Ran:
        copy = held.with_name(f"copy{n}{held.suffix}")
        shutil.copy(held, copy)
        wall, cpu, said = timed([python, "-c", code, "later", copy, made.later], given.patience)
        return Ran(wall, cpu, *map(int, said.split()))

    return once


def by_hledger(made: Exports, where: Path, given: argparse.Namespace) -> Once:
    """`hledger import` of the later file over the journal and the mark that the first import left."""
    tool = shutil.which("hledger")
    if tool is None:
        raise Absent("skipped: not installed")
    held = where / "held"
    held.mkdir()
    (held / "bank.rules").write_text(RULES)
    (held / "books.journal").touch()
    importing = [tool, "-f", "books.journal", "import", "--rules-file", "bank.rules", "bank.csv"]
    shutil.copy(made.first, held / "bank.csv")
    timed(importing, given.patience, cwd=held)
    before = _booked(held / "books.journal")

    def once(n: int) -> Ran:
        copy = where / f"copy{n}"
        shutil.copytree(held, copy)
        shutil.copy(made.later, copy / "bank.csv")
        wall, cpu, _ = timed(importing, given.patience, cwd=copy)
        after = _booked(copy / "books.journal")
        return Ran(wall, cpu, after[0] - before[0], after[1] - before[1])

    return once


def _booked(journal: Path) -> tuple[int, int]:
    """How many lines the journal has in the bank's account, and their net in cents."""
    found = re.findall(r"^\s+assets:bank\s+(?:USD)?(-?[\d.]+)", journal.read_text("utf-8"), re.MULTILINE)
    return len(found), sum(map(_cents, found))


BARE = "pandas bare"
PEERS: dict[str, Callable[[Exports, Path, argparse.Namespace], Once]] = {
    "ours": ours,
    "pandas whole": pandas_whole,
    "pandas kept": pandas_kept,
    "beangulp": by_beangulp,
    "hledger": by_hledger,
    BARE: pandas_bare,
}

if __name__ == "__main__":
    main()
