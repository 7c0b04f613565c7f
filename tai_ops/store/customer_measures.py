"""What is kept of a customer besides its accuracy: figures, types of errors, parallel counts, mood, and its list of items."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa

from tai_ops.customer_measures import CustomerMeasures, ErrorType, ParallelCount
from tai_ops.store.connection import Write
from tai_ops.store.results import finished

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class ItemList:
    """The list of items that a customer has: which file it came from, how many, when and by whom."""

    source: str
    items: int
    at: datetime
    by: str


def measures(cursor: Cursor, customer_id: str) -> CustomerMeasures:
    """Everything that is kept of a customer, the newest of each subject."""
    one = {"customer": customer_id}
    figures = {
        name: amount
        for name, amount in cursor.execute(
            """
            select figure, amount from customer_figures where customer_id = $customer
            qualify row_number() over (partition by figure order by recorded_at desc) = 1 order by figure
            """,
            one,
        ).fetchall()
        if amount is not None
    }
    said = "typed here"
    if "needed_hours" not in figures:
        sold = needed_by_proposal(cursor, customer_id)
        if sold is not None:
            figures["needed_hours"], said = sold[0], f"proposal {sold[1]}"
    types = cursor.execute(
        """
        select measured_on, moment, error_type, per_month from customer_error_types where customer_id = $customer
        qualify row_number() over (
            partition by measured_on, moment, lower(error_type) order by recorded_at desc
        ) = 1 and state <> 'out'
        order by measured_on, moment, per_month desc nulls last, error_type
        """,
        one,
    ).fetchall()
    parallel = cursor.execute(
        """
        select warehouse, counted_on, manual_qty, tai_qty from parallel_counts where customer_id = $customer
        qualify row_number() over (partition by warehouse, counted_on order by recorded_at desc) = 1
        order by counted_on desc, warehouse
        """,
        one,
    ).fetchall()
    moods = cursor.execute(
        """
        select felt_on, sentiment, note from customer_sentiments where customer_id = $customer
        order by felt_on desc, recorded_at desc
        """,
        one,
    ).fetchall()
    return CustomerMeasures(
        figures,
        said,
        tuple(ErrorType(*row) for row in types),
        tuple(ParallelCount(*row) for row in parallel),
        tuple((on, mood, note) for on, mood, note in moods),
    )


def needed_by_proposal(cursor: Cursor, customer_id: str) -> tuple[Decimal, str] | None:
    """The hours that a proposal to the customer promised as needed, and its id; of several the newest."""
    rows = cursor.execute(
        """
        select v.value, v.proposal_id
        from proposal_values v join proposals p using (proposal_id) join deals d using (deal_id)
        join prospects s using (prospect_id) join customers c on lower(c.name) = lower(s.company)
        where c.customer_id = $customer and v.name = 'count_hours_need' and v.value is not null
        order by v.recorded_at desc
        """,
        {"customer": customer_id},
    ).fetchall()
    for value, proposal_id in rows:
        try:
            return Decimal(value), proposal_id
        except ArithmeticError:
            continue
    return None


def keep_figure(write: Write, customer_id: str, figure: str, amount: Decimal | None) -> None:
    """Keep a figure; None takes it back."""
    write.sql(
        """
        insert into customer_figures (customer_id, figure, amount, recorded_at, recorded_by)
        values ($customer, $figure, $amount, $at, $by)
        """,
        {"customer": customer_id, "figure": figure, "amount": amount, "at": write.now, "by": write.by},
    )


def keep_error_type(write: Write, customer_id: str, one: ErrorType, *, is_out: bool = False) -> None:
    """Keep a type of error; `is_out` takes it off the list of its day."""
    write.sql(
        """
        insert into customer_error_types (customer_id, measured_on, moment, error_type, per_month, state, recorded_at,
            recorded_by)
        values ($customer, $on, $moment, $type, $per_month, $state, $at, $by)
        """,
        {
            "customer": customer_id,
            "on": one.measured_on,
            "moment": one.moment,
            "type": one.name,
            "per_month": one.per_month,
            "state": "out" if is_out else "kept",
            "at": write.now,
            "by": write.by,
        },
    )


def keep_parallel_count(write: Write, customer_id: str, one: ParallelCount) -> None:
    """Keep a parallel count; of a warehouse's day the newest holds."""
    write.sql(
        """
        insert into parallel_counts (customer_id, warehouse, counted_on, manual_qty, tai_qty, recorded_at, recorded_by)
        values ($customer, $warehouse, $on, $manual, $tai, $at, $by)
        """,
        {
            "customer": customer_id,
            "warehouse": one.warehouse,
            "on": one.counted_on,
            "manual": one.manual_qty,
            "tai": one.tai_qty,
            "at": write.now,
            "by": write.by,
        },
    )


def keep_sentiment(write: Write, customer_id: str, felt_on: date, sentiment: str, note: str | None) -> None:
    """Keep how the customer feels on a day."""
    write.sql(
        """
        insert into customer_sentiments (customer_id, felt_on, sentiment, note, recorded_at, recorded_by)
        values ($customer, $on, $sentiment, $note, $at, $by)
        """,
        {
            "customer": customer_id,
            "on": felt_on,
            "sentiment": sentiment,
            "note": note,
            "at": write.now,
            "by": write.by,
        },
    )


# --- The list of items


def item_list(cursor: Cursor, customer_id: str) -> ItemList | None:
    """The customer's list of items, None where none is on record."""
    found = cursor.execute(
        """
        select source, items, recorded_at, recorded_by from customer_item_lists where customer_id = $customer
        order by recorded_at desc limit 1
        """,
        {"customer": customer_id},
    ).fetchone()
    return ItemList(*found) if found else None


def keep_items(write: Write, customer_id: str, source: str, source_sha256: str, skus: Sequence[str]) -> None:
    """Put a list of items in the place of the customer's earlier one."""
    write.sql("delete from customer_items where customer_id = $customer", {"customer": customer_id})
    finished(write.cursor).register("incoming_items", pa.table({"sku": pa.array(skus, pa.string())}))
    try:
        write.sql(
            "insert into customer_items (customer_id, sku) select $customer, sku from incoming_items",
            {"customer": customer_id},
        )
    finally:
        finished(write.cursor).unregister("incoming_items")
    write.sql(
        """
        insert into customer_item_lists (customer_id, source, source_sha256, items, recorded_at, recorded_by)
        values ($customer, $source, $hash, $items, $at, $by)
        """,
        {
            "customer": customer_id,
            "source": source,
            "hash": source_sha256,
            "items": len(skus),
            "at": write.now,
            "by": write.by,
        },
    )


def unknown_items(cursor: Cursor) -> list[tuple[int, str, str, str]]:
    """The staged counts of items that their customer's list doesn't have: row, sku, customer, the list's file.

    Of a customer without a list every item is taken.
    """
    return cursor.execute(
        """
        with lists as (
            select customer_id, arg_max(source, recorded_at) as source from customer_item_lists group by customer_id
        )
        select i.row_number, i.sku, i.customer_id, l.source
        from incoming i join lists l using (customer_id)
        where not exists (
            select 1 from customer_items c where c.customer_id = i.customer_id and c.sku = i.sku
        )
        order by i.row_number
        """
    ).fetchall()
