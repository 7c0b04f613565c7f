"""How long people spent on a month's close, by group of its checklist: what they say, the newest of each person holds."""

from collections.abc import Mapping
from datetime import datetime

from tai_ops.errors import WrongUsage
from tai_ops.period import Month
from tai_ops.rights import Actor
from tai_ops.store.connection import Store

RIGHT = "close"
MOST = 24 * 60
AT_BEST_HOURS, AT_WORST_HOURS = 4, 8
"""How long the runbook gives a close."""


def note_minutes(store: Store, actor: Actor, month: Month, step: str, minutes: int, *, now: datetime) -> None:
    """Keep how many minutes the acting person spent on a group of the checklist, in all so far."""
    if not 0 <= minutes <= MOST:
        raise WrongUsage(f"minutes: {minutes} is not between 0 and {MOST}")
    with store.write(actor, RIGHT, "note close minutes", now=now, subject=("close", str(month))) as write:
        write.sql(
            """
            insert into close_minutes (month, step, person, minutes, noted_at)
            values ($month, $step, $person, $minutes, $at)
            """,
            {"month": str(month), "step": step, "person": write.by, "minutes": minutes, "at": write.now},
        )
        write.detail = {"step": step, "minutes": minutes}


def minutes_of(store: Store, month: Month) -> Mapping[str, int]:
    """The minutes of each group of the month's checklist, everybody's together."""
    rows = store.rows(
        """
        select step, sum(minutes)::bigint from (
            select * from close_minutes where month = $month
            qualify row_number() over (partition by step, person order by noted_at desc) = 1
        ) group by step order by step
        """,
        {"month": str(month)},
    )
    return {step: int(minutes) for step, minutes in rows if minutes}


def own_minutes(store: Store, month: Month, person: str) -> Mapping[str, int]:
    """The minutes that one person noted, by group."""
    rows = store.rows(
        """
        select step, minutes from close_minutes where month = $month and person = $person
        qualify row_number() over (partition by step order by noted_at desc) = 1 order by step
        """,
        {"month": str(month), "person": person},
    )
    return dict(rows)
