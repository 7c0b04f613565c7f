"""Measures the matcher on a folder with bank.csv, entries.csv and truth.csv: precision, recall, seconds.

    python bench/matching.py FOLDER [--documents] [--missing PCT]

bank.csv has bank_id, date, amount, description; entries.csv entry_id, date, amount, party, reference; truth.csv bank_id,
entry_id, kind. Entries are taken as booked in the bank account; with --documents as open invoices and bills. --missing leaves out that share of them, so that lines have nothing that is
theirs: what a matcher confirms then is where it is too sure.
"""

import argparse
import csv
import random
import time
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

from tai_ops.matching import BankLine, Match, OpenEntry, match


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def bank_lines(folder: Path) -> list[BankLine]:
    return [
        BankLine(
            line_id=row["bank_id"],
            account="bank",
            booked_on=date.fromisoformat(row["date"]),
            amount=Decimal(row["amount"]),
            currency="USD",
            description=row["description"],
        )
        for row in rows(folder / "bank.csv")
    ]


def open_entries(folder: Path, *, documents: bool) -> list[OpenEntry]:
    entries: list[OpenEntry] = []
    for row in rows(folder / "entries.csv"):
        amount = Decimal(row["amount"])
        entries.append(
            OpenEntry(
                kind="entry" if not documents else "invoice" if amount > 0 else "bill",
                entry_id=row["entry_id"],
                account=None if documents else "bank",
                dated_on=date.fromisoformat(row["date"]),
                due_on=None,
                amount=amount,
                residual=amount,
                currency="USD",
                party=row["party"],
                reference=row["reference"],
            )
        )
    return entries


def report(found: list[Match], folder: Path, given: set[str]) -> None:
    pairs = rows(folder / "truth.csv")
    truth = {(row["bank_id"], row["entry_id"]): row["kind"] for row in pairs if row["entry_id"] in given}
    kinds = Counter(truth.values())
    confirmed = [(m.line_id, m.entry_id) for m in found if m.state == "confirmed"]
    first = [(m.line_id, m.entry_id) for m in found if m.rank == 1]
    right = [pair for pair in confirmed if pair in truth]
    print(f"confirmed {len(confirmed)} pairs, right {len(right)}")
    print(f"precision {100 * len(right) / max(1, len(confirmed)):.3f} %")
    print(f"recall {100 * len(right) / len(truth):.2f} % (of {len(truth)} pairs)")
    offered = Counter(truth[pair] for pair in set(first) if pair in truth)
    print(f"recall with the first suggestion {100 * sum(offered.values()) / len(truth):.2f} %")
    certain = Counter(truth[pair] for pair in right)
    for kind in sorted(kinds):
        done = f"confirmed {100 * certain[kind] / kinds[kind]:.1f} %"
        print(
            f"  {kind}: {kinds[kind]} pairs, {done}, with suggestions {100 * offered[kind] / kinds[kind]:.1f} %"
        )
    for stage, count in sorted(Counter((m.stage, m.state) for m in found).items()):
        print(f"  {' '.join(stage)}: {count}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", action="store_true")
    parser.add_argument("--missing", type=int, default=0, metavar="PCT")
    chosen = parser.parse_args()
    lines = bank_lines(chosen.folder)
    entries = open_entries(chosen.folder, documents=chosen.documents)
    random.Random(5).shuffle(entries)
    entries = entries[len(entries) * chosen.missing // 100 :]
    began = time.perf_counter()
    found = match(lines, entries)
    took = time.perf_counter() - began
    print(f"{len(lines)} lines, {len(entries)} entries: {took:.2f} s")
    report(found, chosen.folder, {entry.entry_id for entry in entries})


if __name__ == "__main__":
    main()
