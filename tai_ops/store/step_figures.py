"""The figures on record that prove steps of an onboarding: what was measured, counted, checked and answered, by step."""

import duckdb

from tai_ops.customer_measures import CustomerMeasures
from tai_ops.store.customer_measures import measures
from tai_ops.words import counted, day, number

Cursor = duckdb.DuckDBPyConnection
MEASURED = {
    "base_accuracy": ("baseline", "accuracy_pct", "pct"),
    "base_hours": ("baseline", "count_hours", "hours"),
    "base_satisfaction": ("baseline", "satisfaction", "score"),
    "base_roi": ("baseline", "error_cost_per_month", "money"),
    "now_accuracy": ("current", "accuracy_pct", "pct"),
    "now_hours": ("current", "count_hours", "hours"),
    "accuracy_97": ("current", "accuracy_pct", "pct"),
}
"""Steps that a measurement proves: of which kind, by which of its figures, in which unit."""
CHECKED = (
    "export_checked",
    "locations_loaded",
    "staging_checked",
    "migration",
    "nothing_missing",
)
"""Steps that a migration check proves."""


def step_figures(cursor: Cursor, customer_id: str, currency: str) -> dict[str, str]:
    """The figure that proves each step of a customer's onboarding, in words; a step without one is not there."""
    one = {"customer": customer_id}
    kept = measures(cursor, customer_id)
    found = {**_checked(cursor, one), **_counted(cursor, one, kept), **_answered(cursor, one, kept, currency)}
    return {**found, **_measured(cursor, one, currency)}


def _measured(cursor: Cursor, one: dict[str, str], currency: str) -> dict[str, str]:
    """The newest of each figure, with its warehouse and day."""
    rows = cursor.execute(
        """
        select kind, warehouse, measured_on, accuracy_pct, count_hours, satisfaction, error_cost_per_month
        from measurements where customer_id = $customer and method <> 'migration' order by measured_on, warehouse
        """,
        one,
    ).fetchall()
    found: dict[str, str] = {}
    for kind, warehouse, on, accuracy, hours, satisfaction, cost in rows:
        values = {
            "accuracy_pct": accuracy,
            "count_hours": hours,
            "satisfaction": satisfaction,
            "error_cost_per_month": cost,
        }
        for key, (wanted, name, unit) in MEASURED.items():
            if kind == wanted and values[name] is not None:
                said = number(values[name], unit, currency) + (" h" if unit == "hours" else "")
                found[key] = f"{said} ({warehouse}, {day(on)})"
    return found


def _checked(cursor: Cursor, one: dict[str, str]) -> dict[str, str]:
    newest = cursor.execute(
        """
        select faithful_records, export_records from migration_checks where customer_id = $customer
        order by checked_at desc limit 1
        """,
        one,
    ).fetchone()
    if newest is None:
        return {}
    return dict.fromkeys(CHECKED, f"{newest[0]:,} of {counted(newest[1], 'record')} arrived whole")


def _counted(cursor: Cursor, one: dict[str, str], kept: CustomerMeasures) -> dict[str, str]:
    """What single counts prove: the parallel count, the spot check, accuracy from counted lines."""
    found: dict[str, str] = {}
    if kept.parallel:
        newest = kept.parallel[0]
        by_hand, with_tai = number(newest.manual_qty, "count"), number(newest.tai_qty, "count")
        found["parallel_count"] = (
            f"{by_hand} by hand, {with_tai} with TAI ({newest.warehouse}, {day(newest.counted_on)})"
        )
    lines = cursor.execute(
        "select count(*), max(counted_on) from counts where customer_id = $customer", one
    ).fetchone()
    if lines and lines[0]:
        found["now_accuracy"] = f"{counted(lines[0], 'line')} counted, the newest {day(lines[1])}"
    items = cursor.execute(
        """
        select count(distinct (r.spot_check_id, r.place)) from spot_check_results r
        join spot_checks s using (spot_check_id) where s.customer_id = $customer
        """,
        one,
    ).fetchone()
    if items and items[0]:
        found["spot_check"] = found["accuracy_97"] = f"{counted(items[0], 'item')} counted"
    return found


def _answered(cursor: Cursor, one: dict[str, str], kept: CustomerMeasures, currency: str) -> dict[str, str]:
    """What was typed and answered: types of errors, what results are worth, how likely they recommend TAI since going live."""
    found: dict[str, str] = {}
    for moment, key in (("baseline", "base_errors"), ("current", "now_errors")):
        types = [name for name in kept.error_types if name.moment == moment]
        if types:
            found[key] = counted(len(types), "type")
    for figure, key in (("hour_cost", "base_roi"), ("worth_year", "now_roi")):
        if figure in kept.figures:
            found[key] = number(kept.figures[figure], "money", currency)
    answer = cursor.execute(
        """
        select s.score, s.answered_on from scores s
        join customers c using (customer_id) left join onboardings o using (customer_id)
        where s.customer_id = $customer and s.answered_on >= coalesce(c.go_live_on, o.kickoff_on)
        order by s.answered_on desc limit 1
        """,
        one,
    ).fetchone()
    if answer is not None:
        found["nps_survey"] = f"{answer[0]} of 10 ({day(answer[1])})"
    return found
