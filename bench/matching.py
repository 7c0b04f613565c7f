"""Measures the matcher: how much of what it confirms is right, how much it finds, and how long it takes.

    python bench/matching.py [--lines N] [--seed S] [--documents] [--missing PCT] [--growth]
    python bench/matching.py FOLDER ...

Without a folder the books are made up (bench/matching_books.py). A folder holds bank.csv (bank_id, date, amount,
description), entries.csv (entry_id, date, amount, party, reference) and truth.csv (bank_id, entry_id, kind). Entries are
taken as booked in the bank account; with --documents as open invoices and bills. --missing leaves out that share of
them, so that lines have nothing that is theirs: what a matcher confirms then is where it is too sure. --growth measures
a tenth of the lines, the lines, and how many times as long these take, medians of five runs each. Seconds are of
processor time; every run begins with no text read before.
"""

import argparse
import csv
import random
import statistics
import time
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

from matching_books import Books, made

from tai_ops import payee
from tai_ops.matching import BankLine, Match, OpenEntry, match


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def bank_line(row: dict[str, str]) -> BankLine:
    return BankLine(
        line_id=row["bank_id"],
        account="bank",
        booked_on=date.fromisoformat(row["date"]),
        amount=Decimal(row["amount"]),
        currency="USD",
        description=row["description"],
    )


def open_entry(row: dict[str, str], *, documents: bool) -> OpenEntry:
    amount = Decimal(row["amount"])
    return OpenEntry(
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


def from_folder(folder: Path, *, documents: bool, missing_pct: int) -> Books:
    entries = [open_entry(row, documents=documents) for row in rows(folder / "entries.csv")]
    random.Random(5).shuffle(entries)
    entries = entries[len(entries) * missing_pct // 100 :]
    held = {entry.entry_id for entry in entries}
    truth = {(row["bank_id"], row["entry_id"]): row["kind"] for row in rows(folder / "truth.csv")}
    return Books(
        [bank_line(row) for row in rows(folder / "bank.csv")],
        entries,
        {pair: k for pair, k in truth.items() if pair[1] in held},
    )


def timed(books: Books) -> tuple[list[Match], float]:
    for kept in vars(payee).values():
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()
    began = time.process_time()
    found = match(books.lines, books.entries)
    return found, time.process_time() - began


def report(books: Books, found: list[Match]) -> None:
    truth, kinds = books.truth, Counter(books.truth.values())
    confirmed = [(m.line_id, m.entry_id) for m in found if m.state == "confirmed"]
    right = [pair for pair in confirmed if pair in truth]
    offered = Counter(
        truth[pair] for pair in {(m.line_id, m.entry_id) for m in found if m.rank == 1} & truth.keys()
    )
    print(
        f"confirmed {len(confirmed)} pairs, {len(right)} of them right: {100 * len(right) / max(1, len(confirmed)):.3f} %"
    )
    print(f"of {len(truth)} true pairs confirmed {100 * len(right) / len(truth):.2f} %")
    print(f"confirmed or first among the suggestions {100 * sum(offered.values()) / len(truth):.2f} %")
    certain = Counter(truth[pair] for pair in right)
    for kind in sorted(kinds):
        shares = f"{100 * certain[kind] / kinds[kind]:.1f} %, with first suggestions {100 * offered[kind] / kinds[kind]:.1f} %"
        print(f"  {kind}: {kinds[kind]} pairs, confirmed {shares}")
    for stage, count in sorted(Counter((m.stage, m.state) for m in found).items()):
        print(f"  {' '.join(stage)}: {count}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--lines", type=int, default=20_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", action="store_true")
    parser.add_argument("--missing", type=int, default=0, metavar="PCT")
    parser.add_argument("--growth", action="store_true")
    chosen = parser.parse_args()

    def books(lines: int) -> Books:
        if chosen.folder:
            return from_folder(chosen.folder, documents=chosen.documents, missing_pct=chosen.missing)
        return made(lines, chosen.seed, documents=chosen.documents, missing_pct=chosen.missing)

    whole = books(chosen.lines)
    found, took = timed(whole)
    print(f"{len(whole.lines)} lines, {len(whole.entries)} entries: {took:.2f} s")
    if chosen.growth:
        tenth = books(chosen.lines // 10)
        before = statistics.median(timed(tenth)[1] for _ in range(5))
        took = statistics.median([took, *(timed(whole)[1] for _ in range(4))])
        print(
            f"a tenth of the lines: {before:.3f} s, the lines {took:.3f} s, {took / before:.1f} times as long"
        )
    report(whole, found)


if __name__ == "__main__":
    main()
