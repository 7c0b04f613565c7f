"""Onboardings in the store: the records with all that was ticked, waived, noted and decided, and writing these."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from tai_ops.checklist import Onboarding
from tai_ops.onboarding_course import Course, GateDecision, Happened, StepEvent
from tai_ops.store.connection import Write
from tai_ops.store.step_estimates import estimates_of_plans

Cursor = duckdb.DuckDBPyConnection
OF_CUSTOMERS = (
    "onboarding_first_plans",
    "onboarding_steps",
    "onboarding_gates",
    "onboarding_cutovers",
    "cutover_events",
    "cutover_roster",
    "migration_checks",
    "spot_checks",
    "onboarding_checkins",
    "onboarding_issues",
    "onboarding_questions",
    "expansion_answers",
    "customer_figures",
    "customer_error_types",
    "customer_sentiments",
    "parallel_counts",
    "customer_item_lists",
)
"""The tables of what was said and decided of a customer's onboarding."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of a step: the event, the day it was done on, its minutes, a note, a link."""

    step_key: str
    event: Happened
    done_on: date | None = None
    minutes: int | None = None
    note: str | None = None
    link: str | None = None


def onboardings(cursor: Cursor) -> tuple[Onboarding, ...]:
    """Every onboarding on record with its course, by customer."""
    told = courses(cursor)
    rows = cursor.execute(
        "select customer_id, kickoff_on, done_through_day from onboardings order by customer_id"
    ).fetchall()
    return tuple(Onboarding(who, kickoff, done, told.get(who)) for who, kickoff, done in rows)


def courses(cursor: Cursor, customer_id: str | None = None) -> dict[str, Course]:
    """The course of each customer of whose onboarding anything was said; of one where it is named."""
    one = {"customer": customer_id}
    first: dict[str, list[tuple[int, date]]] = defaultdict(list)
    for customer, day, on in cursor.execute(
        """
        select customer_id, plan_day, planned_on from onboarding_first_plans
        where $customer is null or customer_id = $customer order by customer_id, plan_day
        """,
        one,
    ).fetchall():
        first[customer].append((day, on))
    events: dict[str, list[StepEvent]] = defaultdict(list)
    for customer, *said in cursor.execute(
        """
        select customer_id, step_key, event, done_on, minutes, note, link, recorded_at, recorded_by
        from onboarding_steps where $customer is null or customer_id = $customer
        order by recorded_at, customer_id, step_key
        """,
        one,
    ).fetchall():
        events[customer].append(StepEvent(*said))
    gates: dict[str, list[GateDecision]] = defaultdict(list)
    for customer, week, decision, reason, remedies, days, at, by in cursor.execute(
        """
        select customer_id, week, decision, reason, remedies, extend_days, decided_at, decided_by
        from onboarding_gates where $customer is null or customer_id = $customer order by decided_at, week
        """,
        one,
    ).fetchall():
        named = tuple(part for part in remedies.split(",") if part)
        gates[customer].append(GateDecision(week, decision, reason, named, days, at, by))
    days = {
        customer: (on, reason)
        for customer, on, reason in cursor.execute(
            """
            select customer_id, arg_max(cutover_on, decided_at), arg_max(reason, decided_at)
            from onboarding_cutovers where $customer is null or customer_id = $customer
            group by customer_id order by customer_id
            """,
            one,
        ).fetchall()
    }
    estimates = estimates_of_plans(cursor)
    return {
        customer: Course(
            tuple(first[customer]),
            tuple(events[customer]),
            tuple(gates[customer]),
            *days.get(customer, (None, None)),
            estimates.get(customer, ()),
        )
        for customer in sorted({*first, *events, *gates, *days})
    }


# --- Writing


def keep_first_plan(write: Write, customer_id: str, dates: Mapping[int, date]) -> bool:
    """Keep a plan's dates as the first of its customer, unless one is kept already; whether it was."""
    known = write.sql(
        "select 1 from onboarding_first_plans where customer_id = $customer limit 1",
        {"customer": customer_id},
    ).fetchone()
    if known:
        return False
    write.sql(
        """
        insert into onboarding_first_plans (customer_id, plan_day, planned_on, made_at, made_by)
        select $customer, unnest($days), unnest($dates), $at, $by
        """,
        {
            "customer": customer_id,
            "days": list(dates),
            "dates": list(dates.values()),
            "at": write.now,
            "by": write.by,
        },
    )
    return True


def keep_steps(write: Write, customer_id: str, said: Iterable[Said]) -> None:
    """Keep what was said of steps."""
    for one in said:
        write.sql(
            """
            insert into onboarding_steps (customer_id, step_key, event, done_on, minutes, note, link, recorded_at,
                recorded_by)
            values ($customer, $key, $event, $done_on, $minutes, $note, $link, $at, $by)
            """,
            {
                "customer": customer_id,
                "key": one.step_key,
                "event": one.event,
                "done_on": one.done_on,
                "minutes": one.minutes,
                "note": one.note,
                "link": one.link,
                "at": write.now,
                "by": write.by,
            },
        )


def keep_gate(
    write: Write,
    customer_id: str,
    week: int,
    decision: str,
    reason: str | None,
    remedies: Iterable[str],
    extend_days: int,
) -> None:
    """Keep what was decided at a gate."""
    write.sql(
        """
        insert into onboarding_gates (customer_id, week, decision, reason, remedies, extend_days, decided_at,
            decided_by)
        values ($customer, $week, $decision, $reason, $remedies, $days, $at, $by)
        """,
        {
            "customer": customer_id,
            "week": week,
            "decision": decision,
            "reason": reason,
            "remedies": ",".join(remedies),
            "days": extend_days,
            "at": write.now,
            "by": write.by,
        },
    )


def keep_cutover_day(write: Write, customer_id: str, on: date, reason: str) -> None:
    """Keep a day of its own for the cutover."""
    write.sql(
        """
        insert into onboarding_cutovers (customer_id, cutover_on, reason, decided_at, decided_by)
        values ($customer, $on, $reason, $at, $by)
        """,
        {"customer": customer_id, "on": on, "reason": reason, "at": write.now, "by": write.by},
    )


def status_of(write: Write, customer_id: str) -> tuple[str, date | None] | None:
    """A customer's status and the day it signed on; None where there is no such customer."""
    found = write.sql(
        "select status, signed_on from customers where customer_id = $customer", {"customer": customer_id}
    ).fetchone()
    return (found[0], found[1]) if found else None


def said_of(write: Write, customer_id: str) -> int:
    """How many rows the program keeps of a customer's onboarding."""
    counts = " union all ".join(
        f"select count(*) as n from {table} where customer_id = $customer" for table in OF_CUSTOMERS
    )
    found = write.sql(f"select sum(n) from ({counts})", {"customer": customer_id}).fetchone()
    return int(found[0] or 0) if found else 0
