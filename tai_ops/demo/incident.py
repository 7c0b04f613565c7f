"""The sample company's newest incident, run from the first minute to its end: the API without connections on 31 March."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial

from tai_ops.demo.acts import PEOPLE, Act, local
from tai_ops.incident_playbook import Step
from tai_ops.incident_report import length_words
from tai_ops.rights import Actor
from tai_ops.runbooks.incident_response import afterwards, running, starting
from tai_ops.runbooks.incident_response.standing import standing
from tai_ops.store import Store

ID = "I-008"
DAY, NEXT, AFTER = "2026-03-31", "2026-04-01", "2026-04-02"
CTO = next(person for person in PEOPLE if person.role == "cto")
CSM = next(person for person in PEOPLE if person.role == "csm")
BEGAN, DETECTED, RESOLVED = local(DAY, "10:12"), local(DAY, "10:14"), local(DAY, "10:42")
CAUSE = "connection pool leaked after a driver update"
SUMMARY = {
    "issue": "The API did not answer",
    "cause": "An update of the database driver left connections open until none was free.",
    "resolution": "We went back to the driver of before and restarted the service.",
    "prevention": "An alert on used connections, and a load test for every update of a driver.",
    "prevention_time": "The alert by 10 April, the load test by 17 April",
}
POST_MORTEM = {
    "happened": "From 10:12 on every request to the API ended in a 503; the pool had no free connection.",
    "why": "The new driver does not give a connection back after a timeout, and no alert watches the pool.",
    "plan": "Alert at 80 % of the pool; a load test of an hour before a driver goes to production.",
    "timeline": "Alert by 10 April, load test by 17 April.",
}
STEPS: tuple[tuple[Step, str, str], ...] = (
    ("acknowledge", "10:17", ""),
    ("diagnose", "10:25", "Pool at 100 of 100 connections, all idle in transaction"),
    ("path", "10:34", "Back to the driver of before"),
    ("mitigate", "10:40", "Release of Monday rolled back"),
    ("resolve", "10:42", "All requests answered again"),
)
TICKS = (
    ("cto_paged", DAY, "10:15"), ("bridge", DAY, "10:18"), ("logs", DAY, "10:19"), ("load_balancer", DAY, "10:20"),
    ("endpoints", DAY, "10:20"), ("monitoring", DAY, "10:22"), ("database", DAY, "10:23"), ("rollback", DAY, "10:38"),
    ("staging", DAY, "10:38"), ("access", DAY, "10:41"), ("integrity", DAY, "10:42"), ("post_mortem", NEXT, "15:01"),
    ("asana", NEXT, "15:20"), ("follow_up", NEXT, "16:00"),
)  # fmt: skip
MESSAGES = (("investigating", DAY, "10:17"), ("aware", DAY, "10:21"), ("back_to_normal", DAY, "10:43"),
            ("all_clear", DAY, "11:11"), ("summary", NEXT, "11:20"))  # fmt: skip
ACTIONS = (
    ("Alert at 80 % of the connection pool", date(2026, 4, 10)),
    ("Load test of an hour for every driver update", date(2026, 4, 17)),
)


def incident_acts() -> Iterator[Act]:
    """Everything that was done from the alert to the end of the incident, each at its minute."""
    yield Act(DETECTED, _start)
    for step, clock, said in STEPS:
        yield _done(DAY, clock, partial(_reach, step, said))
    for item, day, clock in TICKS:
        yield _done(day, clock, partial(_tick, item))
    yield _done(
        DAY,
        "10:30",
        lambda store, at: running.call_made(store, CTO, ID, "vp_sales", "Theo Brandt", at, f"{ID} told"),
    )
    yield _done(
        DAY,
        "10:32",
        lambda store, at: running.name_cause(store, CTO, ID, "deployment", CAUSE, at, f"{ID} cause"),
    )
    yield _done(
        DAY,
        "10:29",
        lambda store, at: running.note(
            store, CSM, ID, "Northwind's scanners show an empty list", at, f"{ID} note"
        ),
    )
    for message, day, clock in MESSAGES:
        yield _done(day, clock, partial(_send, message))
    yield _done(
        DAY, "16:30", lambda store, at: afterwards.write_parts(store, CSM, ID, SUMMARY, at, f"{ID} summary")
    )
    yield _done(
        NEXT,
        "15:00",
        lambda store, at: afterwards.write_parts(store, CTO, ID, POST_MORTEM, at, f"{ID} post-mortem"),
    )
    for body, due in ACTIONS:
        yield _done(NEXT, "15:10", partial(_promise, body, due))
    yield _done(AFTER, "09:30", lambda store, at: afterwards.close(store, CTO, ID, at, f"{ID} close"))


def _done(day: str, clock: str, do: Callable[[Store, datetime], object]) -> Act:
    return Act(local(day, clock), do)


def _start(store: Store, at: datetime) -> None:
    signals = {"detected_at": at.isoformat(), "began_at": BEGAN.isoformat(), "api_errors_for_all": True}
    title = "API down: database out of connections"
    starting.start(
        store, CTO, title, signals, at, f"{ID} start", source="PagerDuty", customers=("*",), service="api"
    )


def _reach(step: Step, said: str, store: Store, at: datetime) -> None:
    running.reach(store, CTO, ID, step, at, f"{ID} {step}", note=said)


def _tick(item: str, store: Store, at: datetime) -> None:
    running.tick(store, CTO, ID, item, "skip" if item == "staging" else "tick", at, f"{ID} {item}")


def _send(message: str, store: Store, at: datetime) -> None:
    found = standing(store, ID, at)
    who: Actor = CTO if message == "investigating" else CSM
    hit = tuple(found.run.affected) if found else ()
    length = length_words(RESOLVED - BEGAN)
    running.mark_sent(
        store, who, ID, message, hit, f"{SUMMARY['issue']}, {length}", at, f"{ID} sent {message}"
    )


def _promise(body: str, due: date, store: Store, at: datetime) -> None:
    afterwards.add_action(store, CTO, ID, body, "cto", due, at, f"{ID} {body}")
