"""The counted lines of customers' warehouses, count by count."""

from datetime import date

import duckdb

from tai_ops.accuracy import CountLine

Cursor = duckdb.DuckDBPyConnection


def counted_lines(cursor: Cursor, customer_id: str) -> dict[tuple[str, date], list[CountLine]]:
    """Every count of a customer: the lines of each warehouse and day, the newest day first."""
    rows = cursor.execute(
        """
        select warehouse, counted_on, abc_class, unit_cost, record_qty, counted_qty from counts
        where customer_id = $customer order by counted_on desc, warehouse, location, sku
        """,
        {"customer": customer_id},
    ).fetchall()
    found: dict[tuple[str, date], list[CountLine]] = {}
    for warehouse, on, *line in rows:
        found.setdefault((warehouse, on), []).append(CountLine(*line))
    return found


def answers_of_sales(cursor: Cursor, customer_name: str) -> str | None:
    """The newest discovery call of a prospect of that name, as it was recorded; None where there is none."""
    found = cursor.execute(
        """
        select arg_max(q.answers_json, q.decided_at)
        from qualifications q join prospects p using (prospect_id) where lower(p.company) = lower($name)
        """,
        {"name": customer_name},
    ).fetchone()
    return found[0] if found else None
