"""Opening the Friday meeting of a company three years old: how long it takes, and each block of the page after it.

`python bench/meeting.py [probes] [profile]`: 1,000 customers, 5,000,000 probes and 200,000 bank lines where nothing
is named. The store is made by SQL, as what is measured is the meeting and not the import.
"""

import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from served import folder

from tai_ops.behind import behind
from tai_ops.board import Board
from tai_ops.kpi import KPIS, measure
from tai_ops.period import Week
from tai_ops.review_agenda import AGENDA
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import weekly_review as review
from tai_ops.store import Store, facts, probes, rollups

WEEK = Week(date(2026, 4, 3))
NOW = datetime(2026, 4, 3, 20, 1, tzinfo=UTC)
CUSTOMERS, PROBES, LINES, SERVICES, MONTHS = 1_000, 5_000_000, 200_000, 4, 36
OPENED_SECONDS, BLOCK_SECONDS = 2.0, 0.3
MARKS = "timestamptz '2026-04-01 00:00:00+00', 'bench', 'bench'"


def main() -> None:
    """Make the store, open its meeting, show each block, say how long it took."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else PROBES
    with folder() as place:
        store, *_ = told("store made", lambda: made(place / "meeting.duckdb", samples))
        counts = store.row(
            "select (select count(*) from customers), (select count(*) from probes), "
            "(select count(*) from statement_lines), (select count(*) from invoices)"
        )
        print("  {:,} customers, {:,} probes, {:,} bank lines, {:,} invoices".format(*(counts or ())))
        parts(store)
        profile = cProfile.Profile() if "profile" in sys.argv else None
        opening = lambda: review.open(store, LOCAL_OWNER, WEEK, NOW)  # noqa: E731
        told("meeting opened", (lambda: profile.runcall(opening)) if profile else opening, OPENED_SECONDS)
        if profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        blocks(store)
        store.close()


def parts(store: Store) -> None:
    """What the opening is made of, each part by itself."""
    window = facts.window(store, NOW, week=WEEK)
    told("  probes read", lambda: probes.probed(store, window))
    found = told("  facts read", lambda: facts.facts(store, window, probes=False))[0]
    board = Board(found)
    told("  numbers worked out", lambda: [measure(board, kpi) for kpi in KPIS.values()])
    told("  rows behind them", lambda: [behind(board, kpi) for kpi in KPIS.values()])


def blocks(store: Store) -> None:
    """Each block after the opening: the frozen review read, its block's numbers and lines, and the rows of one number."""
    for part in AGENDA:

        def shown(block: str = part.id) -> Any:
            held = review.show(store, WEEK, NOW, compare=False)
            return held.block(block), held.measured(block)

        told(f"block {part.id}", shown, BLOCK_SECONDS)
    told("page with what was restated", lambda: review.show(store, WEEK, NOW))


def told(label: str, act: Callable[[], Any], limit: float | None = None) -> tuple[Any, float, float]:
    """Do it and print how long it took, on the clock and of the processor; answers all three."""
    began, busy = time.perf_counter(), time.process_time()
    result = act()
    clock, cpu = time.perf_counter() - began, time.process_time() - busy
    print(
        f"  {label:<34} {clock:8.2f} s, {cpu:6.2f} s of CPU{f'   at most {limit:g} s' if limit else ''}",
        flush=True,
    )
    return result, clock, cpu


def made(path: Path, samples: int) -> Store:
    """A store of three years: plans and invoices by the month, a statement line for each payment and many bills."""
    store = Store.open(path, create=True)
    with store.write(LOCAL_OWNER, "money", "make the bench's company", now=NOW) as write:
        write.sql(
            SCRIPT.format(
                n=CUSTOMERS, probes=samples, lines=LINES, services=SERVICES, months=MONTHS, marks=MARKS
            )
        )
    rollups.rebuild(store, LOCAL_OWNER, now=NOW)
    return store


PRICE = "(40 + (c % 60) * 2.5)::decimal(18, 2)"
MONTH = "(date '2023-04-01' + to_months(m::integer))::date"
NUMBER = "lpad((m * {n} + c)::varchar, 7, '0')"
AT = "timestamptz '2026-04-01 00:00:00+00'"
EVERY_SECONDS = "(36 * 30.4 * 86400 * {services} / {probes})"
SCRIPT = f"""
insert into customers
select 'C-' || c, 'Customer ' || c, null, null, null, date '2023-03-20', date '2023-04-01', 1, 100,
       case when c % 20 = 0 then 'churned' else 'live' end, true, {{marks}}
from range({{n}}) t(c);
insert into subscriptions
select 'S-' || c, 'C-' || c, 'Plan', date '2023-04-01' + (c % 700)::integer, case when c % 20 = 0 then date '2026-02-20' end,
       {PRICE}, 'month', null, null, {{marks}}
from range({{n}}) t(c);
insert into invoices
select 'INV-' || {NUMBER}, 'C-' || c, {MONTH}, ({MONTH} + 30)::date, {PRICE}, null, 'licence', {MONTH},
       ({MONTH} + to_months(1))::date - 1, null, {{marks}}
from range({{n}}) t(c), range({{months}}) u(m) where {MONTH} >= date '2023-04-01' + (c % 700)::integer;
insert into payments
select 'P-' || invoice_number, 'OP', issued_on + 20, amount, invoice_number, customer_id, null, {{marks}}
from invoices where hash(invoice_number) % 25 > 0 and issued_on + 20 < date '2026-04-03';
insert into measurements (customer_id, warehouse, measured_on, kind, method, accuracy_pct, recorded_at, recorded_by,
                          recorded_from)
select 'C-' || c, 'Main', date '2023-04-01' + (q * 90 + c % 30)::integer, case when q = 0 then 'baseline' else 'current' end,
       'tai', 80 + q + (c % 7), {{marks}}
from range({{n}}) t(c), range(12) u(q);
insert into accounts select 'OP', 'Operating', 'bank', 'USD', date '2023-04-01', 100000.00, {{marks}};
insert into bills
select 'B-' || b, 'OP', date '2023-04-01' + (b % 1090)::integer, null, date '2023-04-01' + (b % 1090)::integer,
       'Payee ' || b % 400, (1 + b % 30)::decimal(18, 2), null, 'cloud infrastructure', null, null, {{marks}}
from range({{lines}} - (select count(*)::bigint from payments)) t(b);
insert into statement_lines
select 'L-' || payment_id, 'ST', 'OP', 1, received_on, amount, 'USD', payer, payer, null, payment_id, null, payment_id, 1
from payments
union all
select 'L-' || bill_id, 'ST', 'OP', 1, paid_on, -amount, 'USD', payee, payee, null, bill_id, null, bill_id, 1 from bills;
insert into match_decisions
select 'D-' || line_id, line_id, case when amount > 0 then 'payment' else 'bill' end, bank_id, amount, 'confirmed', 'exact', 100,
       '[]', {AT}, 'auto'
from statement_lines;
insert into files values ('x', 'bench.csv', 1, 'x'::blob, {AT}, 'bench');
insert into statements
select 'ST', 'OP', 'csv', '{{{{}}}}', 'x', 'bench.csv', null, 'USD', date '2023-04-01', date '2026-04-02', null, null, count(*),
       count(*), 0, sum(amount), '[]', {AT}, 'bench'
from statement_lines;
insert into statement_balances (account, stated_on, amount, source, stated_at, stated_by)
select 'OP', date '2026-04-02', 100000 + sum(amount), 'entered', {AT}, 'bench' from statement_lines;
insert into probes
select 'service-' || p % {{services}},
       timestamptz '2023-04-03 00:00:00+00' + to_milliseconds(((p // {{services}}) * 1000 * {EVERY_SECONDS})::bigint),
       'bench', p % 9973 > 0, (80 + hash(p) % 140)::decimal(18, 6), case when p % 9973 > 0 then 200 else 503 end, {{marks}}
from range({{probes}}) t(p);
"""
"""The company, table by table."""


if __name__ == "__main__":
    main()
