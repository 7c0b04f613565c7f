"""Lists, records and finding over half a million records: how long a page of a list, a search, a filter and a find take."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tai_ops.kinds import RECORDS
from tai_ops.store import Store
from tai_ops.store.browse import Asked, conditions, hanging_on, listed, record
from tai_ops.store.finding import found

MARKS = "now(), 'bench@tai.example', 'imported'"
FILL = (
    f"""
    insert into customers select 'C-' || lpad(i::varchar, 6, '0'), 'Company ' || md5(i::varchar)[:12], 'retail', 'UTC', null,
        date '2024-01-01' + (i % 700)::int, null, 1, i, 'live', true, {MARKS} from range(100000) t(i)
    """,
    f"""
    insert into prospects select 'PR-' || lpad(i::varchar, 6, '0'), 'Prospect ' || md5((i * 3)::varchar)[:12], 'Contact ' || i,
        null, 'food', 'web', null, date '2024-01-01' + (i % 700)::int, 1, 1, null, {MARKS} from range(50000) t(i)
    """,
    f"""
    insert into invoices select 'INV-' || lpad(i::varchar, 6, '0'), 'C-' || lpad((i % 100000)::varchar, 6, '0'),
        date '2024-01-01' + (i % 800)::int, null, 100 + i % 5000, 0, 'licence', null, null, 'Memo ' || i, {MARKS}
    from range(150000) t(i)
    """,
    f"""
    insert into bills select 'B-' || lpad(i::varchar, 6, '0'), null, date '2024-01-01' + (i % 800)::int, null, null,
        'Payee ' || md5((i % 9000)::varchar)[:10], 10 + i % 900, 0, 'cloud infrastructure', 'ref ' || i, null, {MARKS}
    from range(100000) t(i)
    """,
    f"""
    insert into incidents select 'I-' || lpad(i::varchar, 6, '0'), 'Trouble ' || md5(i::varchar)[:16], 'HIGH', null,
        timestamptz '2025-01-01 00:00:00+00' + i * interval 1 minute, null, null, null, null, null, null, {MARKS}
    from range(20000) t(i)
    """,
    f"""
    insert into deals select 'D-' || lpad(i::varchar, 6, '0'), 'PR-' || lpad((i % 50000)::varchar, 6, '0'), 'proposal',
        1000 + i, 40, date '2025-01-01', null, null, null, {MARKS} from range(50000) t(i)
    """,
    f"""
    insert into proposals select 'Q-' || lpad(i::varchar, 6, '0'), 'D-' || lpad((i % 50000)::varchar, 6, '0'), now(), null, 1,
        2, 'draft', {MARKS} from range(30000) t(i)
    """,
)
ROUNDS = 9


def main() -> None:
    """Make the store and print the figures."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "records.duckdb", create=True)
        cursor = store.cursor()
        for statement in FILL:
            cursor.execute(statement)
        cursor.close()
        customers, invoices = RECORDS["customers"], RECORDS["invoices"]
        timed("list of 100,000 customers, first page", lambda: listed(store, Asked(customers)))
        timed("the same, searched", lambda: listed(store, Asked(customers, text="abc")))
        where = conditions(customers, ["items:50000..60000"])
        timed("the same, filtered", lambda: listed(store, Asked(customers, where=where)))
        timed("list of 150,000 invoices, first page", lambda: listed(store, Asked(invoices)))
        where = conditions(invoices, ["amount:1000..2000", "issued_on:2025-01-01.."])
        timed(
            "the same, filtered and sorted",
            lambda: listed(store, Asked(invoices, where=where, sort="-amount")),
        )
        timed("the same, searched", lambda: listed(store, Asked(invoices, text="abc")))
        one = record(store, customers, "C-000777")
        assert one is not None
        timed("what hangs on a customer", lambda: hanging_on(store, customers, one))
        for text in ("abc", "inv-000777", "company", "zzzzz"):
            timed(f"find {text!r} among 500,000 records", lambda text=text: found(store, text))
        store.close()


def timed(what: str, act: Callable[[], object]) -> None:
    """Print the quickest and the middle of several rounds, in ms."""
    act()
    taken: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    print(f"{what:45} least {min(taken):6.1f} ms   median {statistics.median(taken):6.1f} ms")


if __name__ == "__main__":
    main()
