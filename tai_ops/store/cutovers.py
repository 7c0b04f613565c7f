"""What is kept of a cutover's day: what happened by the minute, and who asks the customer in which hour after it."""

from collections.abc import Mapping
from datetime import datetime

import duckdb

from tai_ops.cutover import CHECK_IN_HOURS, CutoverEvent
from tai_ops.store.connection import Write

Cursor = duckdb.DuckDBPyConnection


def events(cursor: Cursor, customer_id: str) -> tuple[CutoverEvent, ...]:
    """Everything that was recorded of the day, in the order in which it was recorded."""
    rows = cursor.execute(
        """
        select item, event, happened_at, note, recorded_by from cutover_events
        where customer_id = $customer order by recorded_at
        """,
        {"customer": customer_id},
    ).fetchall()
    return tuple(CutoverEvent(*row) for row in rows)


def roster(cursor: Cursor, customer_id: str) -> dict[int, str]:
    """Who has which hour, by its number; an hour that was given to nobody is not there."""
    rows = cursor.execute(
        """
        select hour_number, arg_max(email, recorded_at) as email from cutover_roster where customer_id = $customer
        group by hour_number having email <> '' order by hour_number
        """,
        {"customer": customer_id},
    ).fetchall()
    return dict(rows)


def unmanned_hours(cursor: Cursor, customer_id: str) -> int:
    """How many of the hours after the go have nobody."""
    return CHECK_IN_HOURS - len(roster(cursor, customer_id))


def keep_event(
    write: Write, customer_id: str, item: str, event: str, happened_at: datetime, note: str | None
) -> None:
    """Keep something that happened."""
    write.sql(
        """
        insert into cutover_events (customer_id, item, event, happened_at, note, recorded_at, recorded_by)
        values ($customer, $item, $event, $happened_at, $note, $at, $by)
        """,
        {
            "customer": customer_id,
            "item": item,
            "event": event,
            "happened_at": happened_at,
            "note": note,
            "at": write.now,
            "by": write.by,
        },
    )


def keep_roster(write: Write, customer_id: str, hours: Mapping[int, str]) -> None:
    """Keep who has which hours; an empty e-mail takes an hour back."""
    write.sql(
        """
        insert into cutover_roster (customer_id, hour_number, email, recorded_at, recorded_by)
        select $customer, unnest($hours), unnest($emails), $at, $by
        """,
        {
            "customer": customer_id,
            "hours": list(hours),
            "emails": list(hours.values()),
            "at": write.now,
            "by": write.by,
        },
    )
