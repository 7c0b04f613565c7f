"""A month of a company of 10,000 customers with twelve months of subscriptions each, closed: how long each part takes.

`python bench/closing.py [customers]`; the store is made by SQL, as what is measured is the close and not the import.
"""

import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from served import folder

from tai_ops.period import Month
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store
from tai_ops.store.matches import lock

MARCH = Month(2026, 3)
NOW = datetime(2026, 4, 3, 12, tzinfo=UTC)
LIMIT_SECONDS = 10
MARKS = "timestamptz '2026-04-01 00:00:00+00', 'bench', 'bench'"


def main() -> None:
    """Make the store, close its month, say how long it took."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 10_000
    with folder() as place:
        store = told("store made", lambda: made(place / "closing.duckdb", customers))
        counts = store.rows(
            "select (select count(*) from invoices), (select count(*) from payments), (select count(*) from statement_lines)"
        )[0]
        print(
            f"  {customers:,} customers, {counts[0]:,} invoices, {counts[1]:,} payments, {counts[2]:,} bank lines"
        )
        told("account locked", lambda: lock(store, LOCAL_OWNER, "OP", MARCH.last_day, now=NOW))
        told("close status", lambda: close.status(store, MARCH, NOW))
        profile = cProfile.Profile() if "profile" in sys.argv else None
        run = lambda: close.run(store, LOCAL_OWNER, MARCH, NOW)  # noqa: E731
        done = told(
            f"close run, at most {LIMIT_SECONDS} s", (lambda: profile.runcall(run)) if profile else run
        )
        for file in done.files:
            print(f"  {file.name}: {file.size_bytes:,} bytes")
        told("closed month worked out anew", lambda: list(close.recheck(store)))
        if profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(32)
        store.close()


def told(label: str, act: Callable[[], Any]) -> Any:
    """Do it and print how long it took, on the clock and of the processor."""
    began, busy = time.perf_counter(), time.process_time()
    result = act()
    print(f"  {label:<34} {time.perf_counter() - began:8.2f} s, {time.process_time() - busy:6.2f} s of CPU")
    return result


def made(path: Path, customers: int) -> Store:
    """A store of that many customers: monthly plans from April 2025, an invoice a month, all but some of them paid."""
    store = Store.open(path, create=True)
    with store.write(LOCAL_OWNER, "money", "make the bench's company", now=NOW) as write:
        write.sql(SCRIPT.format(n=customers, marks=MARKS))
    return store


PRICE = "(40 + (c % 60) * 2.5)::decimal(18, 2)"
NET = f"({PRICE} * case when c % 7 = 0 then 0.9 else 1 end)::decimal(18, 2)"
MONTH = "(date '2025-04-01' + to_months(m::integer))::date"
NUMBER = "lpad((m * {n} + c)::varchar, 7, '0')"
AT = "timestamptz '2026-04-01 00:00:00+00'"
SCRIPT = f"""
insert into customers
select 'C-' || c, 'Customer ' || c, null, null, null, date '2025-03-20', date '2025-04-01', 1, 100, 'live', true, {{marks}}
from range({{n}}) t(c);
insert into subscriptions
select 'S-' || c, 'C-' || c, 'Plan', date '2025-04-01', case when c % 50 = 0 then date '2026-03-20' end, {PRICE}, 'month',
       case when c % 7 = 0 then 10 end, null, {{marks}}
from range({{n}}) t(c);
insert into invoices
select 'INV-' || {NUMBER}, 'C-' || c, {MONTH}, ({MONTH} + 30)::date, {NET}, null, 'licence', {MONTH},
       ({MONTH} + to_months(1))::date - 1, null, {{marks}}
from range({{n}}) t(c), range(12) u(m);
insert into payments
select 'P-' || {NUMBER}, 'OP', ({MONTH} + (c % 28)::integer)::date, {NET}, 'INV-' || {NUMBER}, 'Customer ' || c, null, {{marks}}
from range({{n}}) t(c), range(12) u(m) where not (m = 11 and c % 10 = 0);
insert into accounts select 'OP', 'Operating', 'bank', 'USD', date '2026-03-01', 100000.00, {{marks}};
insert into bills
select 'B-' || b, 'OP', date '2026-03-01' + (b % 30)::integer, null, date '2026-03-01' + (b % 30)::integer, 'Payee ' || b % 40,
       (100 + b)::decimal(18, 2), null, 'cloud infrastructure', null, null, {{marks}}
from range(1000) t(b);
insert into statement_lines
select 'L-' || payment_id, 'ST', 'OP', 1, received_on, amount, 'USD', payer, payer, null, payment_id, null, payment_id, 1
from payments where received_on >= date '2026-03-01'
union all
select 'L-' || bill_id, 'ST', 'OP', 1, paid_on, -amount, 'USD', payee, payee, null, bill_id, null, bill_id, 1 from bills;
insert into match_decisions
select 'D-' || line_id, line_id, case when amount > 0 then 'payment' else 'bill' end, bank_id, amount, 'confirmed', 'exact', 100,
       '[]', {AT}, 'auto'
from statement_lines;
insert into files values ('x', 'bench.csv', 1, 'x'::blob, {AT}, 'bench');
insert into statements
select 'ST', 'OP', 'csv', '{{{{}}}}', 'x', 'bench.csv', null, 'USD', date '2026-03-01', date '2026-03-31', null, null, count(*),
       count(*), 0, sum(amount), '[]', {AT}, 'bench'
from statement_lines;
insert into statement_balances (account, stated_on, amount, source, stated_at, stated_by)
select 'OP', date '2026-03-31', 100000 + sum(amount), 'entered', {AT}, 'bench' from statement_lines;
"""
"""The company, table by table."""


if __name__ == "__main__":
    main()
