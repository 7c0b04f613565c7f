"""The matcher beside other ways to reconcile, each as a whole process over the same made-up books.

    python bench/matching_beside.py [--lines N] [--seed S] [--peers PYTHON]

`rapidfuzz` scores every entry of the amount, `query` asks a database line by line as accounting programs do,
`recordlinkage` and `splink` are libraries that link records; these two run under the interpreter that --peers names
(else TAI_OPS_BENCH_PEERS), where they are installed. Each answers one entry for a line, or several; right is what of its answers is true. For the
matcher both what it confirms and what stands first.
"""

import argparse
import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

PEERS = ("ours", "rapidfuzz", "query", "recordlinkage", "splink")
HEAVY = frozenset(("recordlinkage", "splink"))
Row = dict[str, str]
Pair = tuple[str, str, str]


def rows(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def days_apart(one: str, other: str) -> int:
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days)


def ours(bank: list[Row], entries: list[Row]) -> Iterable[Pair]:
    from matching import bank_line, open_entry

    from tai_ops.matching import match

    found = match([bank_line(row) for row in bank], [open_entry(row, documents=False) for row in entries])
    return [(m.line_id, m.entry_id, m.state) for m in found if m.rank == 1]


def by_rapidfuzz(bank: list[Row], entries: list[Row]) -> Iterable[Pair]:
    """Entries of the amount within ten days, the most alike text first; each entry once, the best pairs first."""
    from rapidfuzz import fuzz

    of_amount: defaultdict[str, list[Row]] = defaultdict(list)
    for entry in entries:
        of_amount[entry["amount"]].append(entry)
    scored: list[tuple[float, str, str]] = []
    for line in bank:
        for entry in of_amount.get(line["amount"], ()):
            apart = days_apart(line["date"], entry["date"])
            if apart <= 10:
                alike = fuzz.token_set_ratio(line["description"], f"{entry['party']} {entry['reference']}")
                named = 50 if entry["reference"] in line["description"] else 0
                scored.append((alike + named - apart, line["bank_id"], entry["entry_id"]))
    taken: set[str] = set()
    for score, line_id, entry_id in sorted(scored, reverse=True):
        if score >= 60 and not {line_id, entry_id} & taken:
            taken |= {line_id, entry_id}
            yield line_id, entry_id, "confirmed"


def by_query(bank: list[Row], entries: list[Row]) -> Iterable[Pair]:
    """One query per line: its reference first, else amount and party, the nearest date; what is matched is taken out."""
    store = sqlite3.connect(":memory:")
    store.execute(
        "create table e (id text primary key, day text, amount text, party text, reference text, open int)"
    )
    store.execute("create index by_amount on e (amount)")
    for row in entries:
        store.execute(
            "insert into e values (?, ?, ?, ?, ?, 1)",
            (row["entry_id"], row["date"], row["amount"], row["party"], row["reference"]),
        )
    for line in bank:
        found = store.execute(
            """
            select id from e where open and amount = :amount
              and (instr(:text, reference) or instr(:text, party)) and abs(julianday(day) - julianday(:day)) <= 10
            order by instr(:text, reference) = 0, abs(julianday(day) - julianday(:day)) limit 1
            """,
            {"amount": line["amount"], "text": line["description"], "day": line["date"]},
        ).fetchone()
        if found:
            store.execute("update e set open = 0 where id = ?", found)
            yield line["bank_id"], found[0], "confirmed"


def by_recordlinkage(bank: list[Row], entries: list[Row]) -> Iterable[Pair]:
    import pandas as pd
    import recordlinkage  # pyright: ignore[reportMissingImports]

    lines = pd.DataFrame(bank).set_index("bank_id")
    books = pd.DataFrame(entries).set_index("entry_id")
    lines["text"], books["text"] = lines["description"], books["party"] + " " + books["reference"]
    lines["day"], books["day"] = (
        pd.to_datetime(one["date"]).map(lambda d: d.toordinal()) for one in (lines, books)
    )
    index = recordlinkage.Index()
    index.block("amount")
    compare = recordlinkage.Compare()
    compare.string("text", "text", method="jarowinkler", label="text")
    compare.numeric("day", "day", method="linear", offset=0, scale=5, label="day")
    scored = compare.compute(index.index(lines, books), lines, books)
    yield from _one_to_one(
        (float(r.text + r.day), *pair) for pair, r in scored.iterrows() if r.day > 0 and r.text > 0.5
    )


def by_splink(bank: list[Row], entries: list[Row]) -> Iterable[Pair]:
    import pandas as pd
    import splink.comparison_library as cl  # pyright: ignore[reportMissingImports]
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # pyright: ignore[reportMissingImports]

    lines = pd.DataFrame(bank).rename(columns={"bank_id": "unique_id", "description": "text"})
    books = pd.DataFrame(entries).rename(columns={"entry_id": "unique_id"})
    books["text"] = books["party"] + " " + books["reference"]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("text", [0.9, 0.8, 0.7]),
            cl.AbsoluteDateDifferenceAtThresholds(
                "date", input_is_string=True, metrics=["day", "day"], thresholds=[3, 10]
            ),
        ],
        blocking_rules_to_generate_predictions=[block_on("amount")],
    )
    frames = [one[["unique_id", "date", "amount", "text"]] for one in (lines, books)]
    api = DuckDBAPI()
    linker = _linker(Linker, frames, settings, api)
    linker.training.estimate_probability_two_random_records_match([block_on("amount", "date")], recall=0.3)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("amount"))
    found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    pairs = found[["match_weight", "unique_id_l", "unique_id_r"]].itertuples(index=False)
    books_ids = set(books["unique_id"])
    yield from _one_to_one((w, *((b, a) if a in books_ids else (a, b))) for w, a, b in pairs)


def _linker(linker: Any, frames: list[Any], settings: Any, api: Any) -> Any:
    """The fifth version takes registered tables, the fourth the frames."""
    if hasattr(api, "register"):
        registered = [
            api.register(frame, table_name=name)
            for frame, name in zip(frames, ("bank", "books"), strict=True)
        ]
        return linker(registered, settings)
    return linker(frames, settings, db_api=api)


def _one_to_one(scored: Iterable[tuple[float, str, str]]) -> Iterable[Pair]:
    taken: set[str] = set()
    for _, line_id, entry_id in sorted(scored, reverse=True):
        if not {line_id, entry_id} & taken:
            taken |= {line_id, entry_id}
            yield line_id, entry_id, "confirmed"


WAYS: dict[str, Callable[[list[Row], list[Row]], Iterable[Pair]]] = {
    "ours": ours,
    "rapidfuzz": by_rapidfuzz,
    "query": by_query,
    "recordlinkage": by_recordlinkage,
    "splink": by_splink,
}


def write_books(folder: Path, lines: int, seed: int) -> None:
    from matching_books import made

    books = made(lines, seed)
    tables = {
        "bank.csv": (
            ("bank_id", "date", "amount", "description"),
            [(x.line_id, x.booked_on.isoformat(), f"{x.amount:.2f}", x.description) for x in books.lines],
        ),
        "entries.csv": (
            ("entry_id", "date", "amount", "party", "reference"),
            [
                (e.entry_id, e.dated_on.isoformat(), f"{e.amount:.2f}", e.party, e.reference)
                for e in books.entries
            ],
        ),
        "truth.csv": (("bank_id", "entry_id", "kind"), [(*pair, kind) for pair, kind in books.truth.items()]),
    }
    for name, (header, found) in tables.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *found])


def one_way(name: str, folder: Path) -> None:
    """Run one way in this process: what it answers goes to a file, as a user's script would write it."""
    found = WAYS[name](rows(folder / "bank.csv"), rows(folder / "entries.csv"))
    with (folder / f"{name}.out").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--peers", default=os.environ.get("TAI_OPS_BENCH_PEERS", sys.executable), metavar="PYTHON"
    )
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        one_way(chosen.one, chosen.folder)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_books(folder, chosen.lines, chosen.seed)
        truth = {(row["bank_id"], row["entry_id"]) for row in rows(folder / "truth.csv")}
        for name in PEERS:
            python = chosen.peers if name in HEAVY else sys.executable
            began = time.perf_counter()
            done = subprocess.run(
                [python, __file__, "--one", name, "--folder", place],
                capture_output=True,
                text=True,
                check=False,
            )
            took = time.perf_counter() - began
            if done.returncode:
                print(f"{name}: not run: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
                continue
            with (folder / f"{name}.out").open(newline="", encoding="utf-8") as file:
                found = [tuple(row) for row in csv.reader(file)]
            sure = {pair[:2] for pair in found if pair[2] == "confirmed"}
            first = {pair[:2] for pair in found}
            print(
                f"{name}: {took:.1f} s, confirmed {len(sure)}, right {100 * len(sure & truth) / len(sure):.2f} %; "
                f"true pairs confirmed or first {100 * len(first & truth) / len(truth):.2f} %"
            )


if __name__ == "__main__":
    main()
