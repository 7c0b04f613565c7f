"""Two proposals of the sample company from the inside: one that went out after a round of changes, one that misses a value."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

from tai_ops.demo.acts import PEOPLE, Act, local
from tai_ops.exports.proposal_file import proposal_file
from tai_ops.rights import Actor
from tai_ops.store import Store
from tai_ops.store.proposal_desk import desk, standing_version
from tai_ops.store.proposing import ask_for, decide, send, submit, type_values

MADE_HERE = 14
"""The proposal that no file brings: it is asked for, made and sent here."""
_BY_ROLE = {person.role: person for person in PEOPLE}
_WHO = {
    "vp_phone": "+1 555 0142",
    "booking_link": "https://calendly.example/theo-brandt",
    "bio_vp": "Theo Brandt, VP Sales. He has spent ten years selling software to warehouses and answers within the day.",
    "bio_cto": "Priya Anand, CTO. She built the integration that keeps stock and system in step, and runs every cutover herself.",
    "bio_csm": "Ida Roth, CSM. She is with you from the kickoff to the first quarterly review.",
}
_RATES = {"implementation_rate": "150.00", "training_rate": "120.00", "support_rate": "100.00"}


COORDINATOR, VP, CTO, CEO = (_BY_ROLE[role] for role in ("sales_coordinator", "vp_sales", "cto", "ceo"))


def proposal_acts() -> Iterator[Act]:
    """Q-014 from its request to its sending, Q-016 as far as it is by Friday afternoon (one value is missing), and a
    second offer to a customer who has one, which waits for the CEO.
    """
    yield from _sent(f"Q-{MADE_HERE:03d}")
    known = {"pilot_location": "Tulsa, bay 3", "error_cost": "8400.00"}
    hours = {"implementation_hours": "66", "training_hours": "20", "support_hours": "27"}
    yield _typed("2026-04-03", "11:05", "Q-016", VP, known | hours)
    yield from _second("Q-017")


def _sent(one: str) -> Iterator[Act]:
    monday, tuesday = "2026-03-30", "2026-03-31"
    told = {
        "pilot_location": "Columbus",
        "resolution_hours": "36",
        "error_cost": "11200.00",
        "labour_rate": "38.00",
    }
    hours = {"implementation_hours": "84", "training_hours": "20", "support_hours": "30"}
    yield Act(local(monday, "11:00"), lambda store, now: ask_for(store, COORDINATOR, "D-021", now=now))
    yield _typed(monday, "14:50", one, COORDINATOR, _WHO | told | hours)
    yield _typed(monday, "15:35", one, CEO, _RATES | {"services": "18000.00", "licence": "66000.00"})
    yield _put_up(monday, "15:50", one)
    yield _decided(monday, "16:05", one, "document", VP, note="Name the dock where the pilot runs")
    yield _typed(monday, "16:20", one, COORDINATOR, {"pilot_location": "Columbus, dock 2"})
    yield _put_up(monday, "16:25", one)
    yield _decided(monday, "16:30", one, "document", VP)
    yield _decided(monday, "17:10", one, "scope", CTO)
    yield _decided(tuesday, "09:45", one, "price", CEO)
    yield Act(local(tuesday, "10:10"), partial(_send, one))


def _second(one: str) -> Iterator[Act]:
    """What D-020 asked for after it had seen Q-013: fewer hours, the same licence."""
    friday = "2026-04-03"
    told = {
        "pilot_location": "Fresno",
        "resolution_hours": "30",
        "error_cost": "6900.00",
        "labour_rate": "36.00",
    }
    hours = {"implementation_hours": "52", "training_hours": "16", "support_hours": "20"}
    yield Act(local(friday, "10:20"), lambda store, now: ask_for(store, COORDINATOR, "D-020", now=now))
    yield _typed(
        friday, "13:10", one, COORDINATOR, told | hours | {"services": "11720.00", "licence": "45000.00"}
    )
    yield _put_up(friday, "13:30", one)
    yield _decided(friday, "14:05", one, "document", VP)
    yield _decided(friday, "14:40", one, "scope", CTO)


def _typed(day: str, clock: str, proposal: str, who: Actor, values: Mapping[str, str]) -> Act:
    return Act(local(day, clock), lambda store, now: type_values(store, who, proposal, values, now=now))


def _put_up(day: str, clock: str, proposal: str) -> Act:
    return Act(local(day, clock), lambda store, now: submit(store, COORDINATOR, proposal, now=now))


def _decided(day: str, clock: str, proposal: str, part: str, who: Actor, note: str = "") -> Act:
    return Act(local(day, clock), partial(_decide, proposal, part, who, note))


def _decide(proposal: str, part: str, who: Actor, note: str, store: Store, now: datetime) -> None:
    with store.cursor() as cursor:
        version = standing_version(store, cursor, proposal)
    content = version.content_hash if version else ""
    decide(store, who, proposal, part, approve=not note, content=content, note=note, now=now)


def _send(proposal: str, store: Store, now: datetime) -> None:
    file = hashlib.sha256(proposal_file(desk(store, proposal, now), f"{proposal}.md", now)).hexdigest()
    send(store, COORDINATOR, proposal, file, now=now)
