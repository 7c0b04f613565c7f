"""What an incident leaves for others to read: its timeline, the values of its messages, its summary and its post-mortem."""

from zoneinfo import ZoneInfo

from tai_ops.board import Note
from tai_ops.incident_playbook import CHECKS, ROLES
from tai_ops.incident_report import ETAS, Report, post_mortem, summary, values
from tai_ops.incident_run import Entry, timeline
from tai_ops.message_templates import DEFAULTS
from tai_ops.runbooks.incident_response.standing import Standing
from tai_ops.words import day

ITEM_TITLES: dict[str, str] = {
    **{key: check.text for key, check in CHECKS.items()},
    **{key: one.name for key, one in DEFAULTS.items()},
    **{key: title for key, (title, _) in ROLES.items()},
}
"""What the items of events are called."""


def entries(found: Standing) -> tuple[Entry, ...]:
    """Everything that happened, the oldest first; timers that ran out stand among it."""
    missed = [(f"{one.severity} {one.timer}", one.due_at) for one in found.timers if one.state == "missed"]
    return timeline(found.run, titles=ITEM_TITLES, names=found.names, missed=missed)


def known_values(found: Standing, customer_id: str, eta: str = ETAS[-1]) -> dict[str, object]:
    """What the messages may say, for one customer and on that customer's clock."""
    run, names = found.run, found.names
    customer = next((one for one in found.customers if one.customer_id == customer_id), None)
    cto, csm = found.person("cto"), found.csm_of(customer_id)
    return values(
        run,
        customer_id,
        company=found.company.name,
        customer=customer.name if customer else "",
        cto=names.get(run.roles.get("commander", "")) or (cto.name if cto else ""),
        csm=names.get(run.roles.get("comms", "")) or (csm.name if csm else ""),
        eta=eta,
        now=found.now,
        zone=ZoneInfo(customer.time_zone) if customer and customer.time_zone else found.company.tz,
        calendar=found.calendar,
    )


def private_names(found: Standing, customer_id: str) -> list[tuple[str, str]]:
    """What a customer's summary must not name: other customers, our people and their addresses, our channel."""
    others = [
        (name, "another customer")
        for one in found.customers
        if one.customer_id != customer_id
        for name in dict.fromkeys((one.name, one.name.partition("(")[0].strip()))
    ]
    people = [(text, "one of our people") for one in found.people for text in (one.name, one.email)]
    return [*others, *people, (found.bridge, "our channel")]


def summary_of(found: Standing, customer_id: str) -> Report:
    """The six-part summary for a customer; Refused names what it lacks or must not say."""
    return summary(found.run, known_values(found, customer_id), private_names(found, customer_id))


def action_words(found: Standing, note: Note) -> str:
    """An action with its owner, its day and its state."""
    owner = found.names.get(note.owner or "", note.owner or "nobody")
    due = day(note.due_on) if note.due_on else "no day"
    return f"{note.body.partition(': ')[2]}, {owner}, by {due}, {note.state}"


def post_mortem_of(found: Standing) -> Report:
    """The post-mortem, for ourselves."""
    return post_mortem(
        found.run,
        company=found.company.name,
        zone=found.company.tz,
        timers=found.timers,
        actions=[action_words(found, one) for one in found.actions],
        entries=entries(found),
        names=found.names,
    )
