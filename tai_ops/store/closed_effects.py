"""What would change a closed month although its own date lies in an open one: refused where it is written.

An account's opening balance moves every balance after it; a late invoice is revenue of the days that it pays for where no
subscription and no service line recognises them already; a customer's first service line takes the place of the service
periods of its services invoices.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import duckdb

from tai_ops.errors import PeriodClosed, Problem
from tai_ops.kinds import Kind
from tai_ops.mrr import Subscription
from tai_ops.period import Month
from tai_ops.recognition import Contract
from tai_ops.sheet import Sheet
from tai_ops.store.connection import closed_message, closed_months

Closed = dict[Month, tuple[str, datetime]]


def problems(cursor: duckdb.DuckDBPyConnection, sheet: Sheet, differs: str, joined: str) -> list[Problem]:
    """Rows of `incoming` that reach into a closed month by what they mean; each with the month and who closed it."""
    closed = closed_months(cursor)
    if not closed:
        return []
    match sheet.kind.name:
        case "accounts":
            return _accounts(cursor, closed, sheet)
        case "invoices":
            return _invoices(cursor, closed, differs, joined)
        case "services":
            return _services(cursor, closed)
        case _:
            return []


def refuse_void(cursor: duckdb.DuckDBPyConnection, kind: Kind, where: str, key: Mapping[str, Any]) -> None:
    """Nothing where taking the row out leaves every closed month as it is; PeriodClosed names the month otherwise."""
    closed = closed_months(cursor)
    if not closed or kind.name not in {"accounts", "invoices", "services"}:
        return
    last = max(closed)
    month: Month | None = None
    if kind.name == "accounts":
        opened = cursor.execute(f"select opened_on from accounts where {where}", key).fetchone()
        month = last if opened and opened[0] < last.end else None
    elif kind.name == "invoices":
        names = "customer_id, kind, service_from, service_to"
        row = cursor.execute(f"select {names} from invoices where {where}", key).fetchone()
        if row and row[2] and row[3]:
            month = _month_recognised(cursor, closed, row[0], row[1], row[2], row[3])
    elif _is_only_service_of_periods(cursor, where, key, last):
        month = last
    if month:
        raise PeriodClosed(f"its amounts are part of {month}, and {_said(month, closed)}")


def _is_only_service_of_periods(
    cursor: duckdb.DuckDBPyConnection, where: str, key: Mapping[str, Any], last: Month
) -> bool:
    """Whether the customer's services invoices would be recognised by their periods again, were this line gone."""
    row = cursor.execute(
        f"""
        with gone as (select customer_id from services where {where})
        select (select count(*) from services s join gone using (customer_id)),
               (select count(*) from invoices v join gone using (customer_id)
                where v.kind = 'services' and v.service_from < $after and v.service_to is not null)
        """,
        {**key, "after": last.end},
    ).fetchone()
    return row is not None and row[0] == 1 and row[1] > 0


def _accounts(cursor: duckdb.DuckDBPyConnection, closed: Closed, sheet: Sheet) -> list[Problem]:
    last = max(closed)
    told = [name for name in ("opened_on", "opening_balance", "currency", "kind") if name in sheet.columns]
    moved = " or ".join(f"i.{name} is distinct from o.{name}" for name in told) or "false"
    rows = cursor.execute(
        f"""
        select i.row_number from incoming i left join accounts o using (account)
        where least(coalesce(i.opened_on, o.opened_on), coalesce(o.opened_on, i.opened_on)) < $after
          and case when o.account is null then coalesce(i.opening_balance, 0) <> 0 else {moved} end
        order by i.row_number
        """,
        {"after": last.end},
    ).fetchall()
    return [
        Problem(n, "opening_balance", f"every balance after it moves, and {_said(last, closed)}")
        for (n,) in rows
    ]


def _invoices(cursor: duckdb.DuckDBPyConnection, closed: Closed, differs: str, joined: str) -> list[Problem]:
    rows = cursor.execute(
        f"""
        select i.row_number, coalesce(i.customer_id, o.customer_id), coalesce(i.kind, o.kind),
               least(coalesce(i.service_from, o.service_from), coalesce(o.service_from, i.service_from)),
               greatest(coalesce(i.service_to, o.service_to), coalesce(o.service_to, i.service_to))
        from incoming i left join invoices o on {joined}
        where (o.recorded_at is null or {differs})
          and coalesce(i.service_from, o.service_from) is not null
          and coalesce(i.service_to, o.service_to) is not null
        order by i.row_number
        """
    ).fetchall()
    found: list[Problem] = []
    for number, customer, kind, first, last in rows:
        month = _month_recognised(cursor, closed, customer, kind, first, last)
        if month:
            found.append(
                Problem(
                    number,
                    "service_from",
                    f"its days from {max(first, month.start)} would be revenue of that month, and {_said(month, closed)}",
                )
            )
    return found


def _month_recognised(
    cursor: duckdb.DuckDBPyConnection, closed: Closed, customer: str, kind: str, first: date, last: date
) -> Month | None:
    """The first closed month that the days reach into, where an invoice of the customer is its revenue on one of them."""
    month = next((m for m in sorted(closed) if first < m.end and last >= m.start), None)
    if month and _recognised(cursor, customer, kind, max(first, month.start), min(last, month.last_day)):
        return month
    return None


def _recognised(cursor: duckdb.DuckDBPyConnection, customer: str, kind: str, first: date, last: date) -> bool:
    """Whether an invoice of the customer is what recognises revenue on one of those days."""
    if kind == "services":
        lines = cursor.execute(
            "select count(*) from services where customer_id = $customer", {"customer": customer}
        ).fetchone()
        return not (lines and lines[0])
    names = "subscription_id customer_id plan starts_on ends_on amount interval discount_pct trial_ends_on"
    held = cursor.execute(
        f"select {names.replace(' ', ', ')} from subscriptions where customer_id = $customer order by subscription_id",
        {"customer": customer},
    ).fetchall()
    contract = Contract(customer, tuple(Subscription(*row) for row in held), (), ())
    return bool(contract.uncovered((first, last)))


def _services(cursor: duckdb.DuckDBPyConnection, closed: Closed) -> list[Problem]:
    last = max(closed)
    rows = cursor.execute(
        """
        select min(i.row_number), i.customer_id, min(v.service_from) from incoming i
        join invoices v on v.customer_id = i.customer_id
        where v.kind = 'services' and v.service_from < $after and v.service_to is not null
          and not exists (select 1 from services s where s.customer_id = i.customer_id)
        group by i.customer_id order by 1
        """,
        {"after": last.end},
    ).fetchall()
    return [
        Problem(
            n,
            "customer_id",
            f"a first service line of {customer!r} takes the place of its invoices' service periods, and {_said(last, closed)}",
        )
        for n, customer, _ in rows
    ]


def _said(month: Month, closed: Closed) -> str:
    return closed_message(month, *closed[month])
