"""Every number of the catalogue, and where recurring revenue came from."""

from typing import Any

from tai_ops import readable
from tai_ops.cli import Call
from tai_ops.commands.command import Answer, answered, date_of, now_of, opened_store
from tai_ops.errors import WrongUsage
from tai_ops.money import money_text
from tai_ops.period import Month, Week


def kpis(call: Call) -> Answer:
    """Every number of the catalogue."""
    from tai_ops.kpi import measure_all
    from tai_ops.store.facts import facts, window

    store, arguments = opened_store(call), call.arguments
    asked = [a for a in (arguments.on, arguments.week, arguments.month) if a]
    if len(asked) > 1:
        raise WrongUsage("give one of --on, --week and --month")
    about = window(
        store,
        now_of(store),
        on=date_of(arguments.on, "--on") if arguments.on else None,
        week=Week.parse(arguments.week) if arguments.week else None,
        month=Month.parse(arguments.month) if arguments.month else None,
    )
    measured = measure_all(facts(store, about))
    answer = {name: one.as_json() for name, one in measured.items()}
    rows = [
        (
            name,
            one["value"],
            one["unit"],
            one["mark"] or "",
            one["target"],
            one["window"],
            one["reason"] or "",
        )
        for name, one in answer.items()
    ]
    return Answer(
        answer, readable.table(("kpi", "value", "unit", "mark", "target", "window", "reason"), rows)
    )


def mrr(call: Call) -> Answer:
    """MRR of a month, what moved it, by customer."""
    from tai_ops.store.facts import movements_of

    moved = movements_of(opened_store(call), Month.parse(call.arguments.month)).rounded()
    parts = ("opening", "new", "expansion", "contraction", "churn", "reactivation", "closing")
    answer: dict[str, Any] = {name: money_text(getattr(moved, name)) for name in parts}
    answer["arr"] = money_text(moved.arr)
    answer["by_customer"] = [
        {"customer_id": row.customer_id} | {name: money_text(getattr(row, name)) for name in parts}
        for row in moved.by_customer
    ]
    return answered(answer)
