"""The company's own estimates of the steps of an onboarding: those that hold for new plans, and those of each plan made."""

from collections import defaultdict
from collections.abc import Mapping

import duckdb

from tai_ops.store.connection import Write

Cursor = duckdb.DuckDBPyConnection


def estimates_held(cursor: Cursor) -> dict[str, int]:
    """The minutes of each step that has others than the runbook's, as the next plan takes them."""
    rows = cursor.execute(
        """
        select step_key, minutes from step_estimates
        qualify row_number() over (partition by step_key order by decided_at desc) = 1
        order by step_key
        """
    ).fetchall()
    return {key: minutes for key, minutes in rows if minutes is not None}


def estimates_of_plans(cursor: Cursor) -> Mapping[str, tuple[tuple[str, int], ...]]:
    """The same for each customer as of the instant at which its first plan was made."""
    rows = cursor.execute(
        """
        with made as materialized (
            select customer_id, min(made_at) as made_at from onboarding_first_plans group by customer_id
        )
        select m.customer_id, e.step_key, e.minutes
        from made m join step_estimates e on e.decided_at <= m.made_at
        qualify row_number() over (partition by m.customer_id, e.step_key order by e.decided_at desc) = 1
        order by m.customer_id, e.step_key
        """
    ).fetchall()
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for customer, key, minutes in rows:
        if minutes is not None:
            found[customer].append((key, minutes))
    return {customer: tuple(listed) for customer, listed in found.items()}


def keep_estimate(write: Write, step_key: str, minutes: int | None) -> None:
    """Keep a step's minutes for the plans made from now on; None goes back to the runbook's."""
    write.sql(
        "insert into step_estimates (step_key, minutes, decided_at, decided_by) values ($key, $minutes, $at, $by)",
        {"key": step_key, "minutes": minutes, "at": write.now, "by": write.by},
    )
