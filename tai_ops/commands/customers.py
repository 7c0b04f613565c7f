"""An onboarding planned, and what a customer gained in accuracy."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tai_ops import kinds, readable
from tai_ops.cli import Call
from tai_ops.commands.command import Answer, answered, calendar_of, content_of, date_of, file_name
from tai_ops.errors import Refused
from tai_ops.sheet import read_sheet


def _estimates(call: Call) -> Mapping[str, int]:
    """The company's own minutes of the steps of an onboarding; none without a store."""
    if call.opened is None:
        return {}
    from tai_ops.store.step_estimates import estimates_held

    cursor = call.opened.cursor()
    try:
        return estimates_held(cursor)
    finally:
        cursor.close()


def onboarding_plan(call: Call) -> Answer:
    """The dated plan that a kickoff starts."""
    from tai_ops.onboarding_course import with_estimates
    from tai_ops.onboarding_plan import onboarding_plan

    kickoff_on = date_of(call.arguments.kickoff, "--kickoff")
    plan = onboarding_plan(kickoff_on, calendar_of(call), extend_days=call.arguments.extend_days)
    minutes = {one.key: one.minutes for one in with_estimates(_estimates(call))}
    hours = Decimal(sum(minutes[one.step.key] for one in plan.steps if one.step.weighs)) / 60
    steps: list[dict[str, Any]] = [
        {
            "key": one.step.key,
            "day": one.step.day,
            "date": one.on.isoformat(),
            "week": one.phase.week,
            "title": one.step.title,
            "owners": list(one.step.owners),
            "minutes": minutes[one.step.key],
            "gate": one.step.gate,
            "evidence": one.step.evidence or None,
            "parts": list(one.step.parts),
        }
        for one in plan.steps
    ]
    answer = {
        "kickoff_on": plan.kickoff_on.isoformat(),
        "cutover_on": plan.cutover_on.isoformat(),
        "ends_on": plan.ends_on.isoformat(),
        "waits_days": plan.waits_days,
        "extend_days": plan.extend_days,
        "hours": int(hours) if hours == int(hours) else float(round(hours, 2)),
        "steps": steps,
        "phases": [
            {
                "week": one.phase.week,
                "name": one.phase.name,
                "owner": one.phase.owner,
                "first_on": one.first_on.isoformat(),
                "last_on": one.last_on.isoformat(),
                "latest_on": one.latest_on.isoformat(),
            }
            for one in plan.phases
        ],
        "milestones": [{"name": one.name, "date": one.on.isoformat()} for one in plan.milestones],
    }
    rows = [
        [
            s["day"],
            s["date"],
            " ".join(s["owners"]),
            s["minutes"],
            f"week {s['gate']}" if s["gate"] else "",
            s["title"],
        ]
        for s in steps
    ]
    head = {
        key: answer[key]
        for key in ("kickoff_on", "cutover_on", "ends_on", "waits_days", "extend_days", "hours")
    }
    text = "\n\n".join(
        (
            readable.readable(head),
            readable.table(["day", "date", "owners", "minutes", "gate", "step"], rows),
            readable.readable({"phases": answer["phases"], "milestones": answer["milestones"]}),
        )
    )
    return Answer(answer, text)


def accuracy(call: Call) -> Answer:
    """Inventory accuracy of a counts file."""
    from tai_ops.accuracy import CountLine, count_accuracy
    from tai_ops.store.records import Loaded, RowsRefused

    name = file_name(call.arguments.file)
    sheet = read_sheet(kinds.KINDS["counts"], content_of(call, call.arguments.file), name)
    needed = [c for c in ("record_qty", "counted_qty") if c not in sheet.columns]
    if needed:
        raise Refused(f"{name}: header: the column {needed[0]!r} is missing")
    if sheet.problems:
        report = Loaded(sheet.count, 0, 0, 0, sheet.problems)
        raise Refused(str(RowsRefused(name, report)).replace("nothing was loaded", "nothing was computed"))
    none: list[Any] = [None] * sheet.count
    lines = zip(
        sheet.columns.get("abc_class", none),
        sheet.columns.get("unit_cost", none),
        sheet.columns["record_qty"],
        sheet.columns["counted_qty"],
        strict=True,
    )
    return answered(count_accuracy(CountLine(*line) for line in lines).as_json())
