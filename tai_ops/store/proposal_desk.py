"""A proposal as it stands in the store: its values with their origins, versions, approvals, events, clock and document.

A version freezes every value. The price is the CEO's to approve, the scope the CTO's, the document the VP Sales'; an approval
holds as long as the content that it was given to.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tai_ops.bant import answers_from_json
from tai_ops.board import Target
from tai_ops.customers import Customer
from tai_ops.errors import Refused
from tai_ops.message_templates import Template
from tai_ops.pipeline import Deal, Proposal, Prospect
from tai_ops.proposal_clock import Clock, clock, label_of, ready_at, valid_until, who_has
from tai_ops.proposal_facts import Call, Filled, Known, filled, stamped
from tai_ops.proposal_template import (
    Document,
    Line,
    content_hash,
    document,
    missing,
    standard_text,
    template_lines,
)
from tai_ops.proposal_values import Value, revived, stored
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.store.capacity import workload
from tai_ops.store.connection import Store
from tai_ops.store.facts import business_calendar, measurements, of_kind
from tai_ops.store.message_templates import templates
from tai_ops.store.proposal_states import arrivals

RIGHT = "proposals"
APPROVERS: Mapping[str, str] = {"price": "ceo", "scope": "cto", "document": "vp_sales"}
"""Each part that is approved, and whose it is."""
OPEN = ("draft", "in_review", "approved")
OUT = ("sent", "viewed")
TEMPLATE_KEY = "== template"
"""Under which a version's content keeps the template's lines."""
TEMPLATE = "proposal.txt"
"""The company's own template, beside the store; without one the program's holds."""


@dataclass(frozen=True, slots=True)
class Version:
    """What was put up for approval: its values, and the template's lines of then (none where an older version kept none)."""

    version: int
    content_hash: str
    values: Mapping[str, Value]
    made_at: datetime
    made_by: str
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision on a part of a content."""

    part: str
    content_hash: str
    decision: str
    note: str | None
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that became of a proposal."""

    event: str
    happened_at: datetime
    content_hash: str | None
    file_hash: str | None
    note: str | None
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A proposal with everything around it, as it stands at an instant.

    `values` are the frozen ones of its version while that holds, else those of now; `changed` says that something was
    typed since the version.
    """

    known: Known
    filled: Filled
    lines: tuple[Line, ...]
    values: Mapping[str, Value]
    missing: tuple[str, ...]
    versions: tuple[Version, ...]
    approvals: Mapping[str, Approval]
    events: tuple[Event, ...]
    arrived: Mapping[str, datetime]
    clock: Clock
    changed: bool
    now: datetime
    wording: Mapping[str, Template]

    @property
    def proposal(self) -> Proposal:
        """The proposal's record."""
        return self.known.proposal

    @property
    def version(self) -> Version | None:
        """The version that holds."""
        return self.versions[-1] if self.versions and not self.changed else None

    @property
    def hash(self) -> str:
        """The hash of the content that holds."""
        return content_hash(self.lines, self.values, self.known.company.currency)

    @property
    def approved(self) -> tuple[str, ...]:
        """The parts that are approved on the content that holds."""
        return tuple(p for p in APPROVERS if p in self.approvals and self.approvals[p].decision == "approved")

    @property
    def unapproved(self) -> tuple[str, ...]:
        """The parts that are not, each with whose it is."""
        return tuple(f"{p} ({ROLE_IN_WORDS[who]})" for p, who in APPROVERS.items() if p not in self.approved)

    @property
    def rounds(self) -> int:
        """How many rounds of changes there were."""
        return sum(event.event == "changes" for event in self.events)

    @property
    def expired(self) -> bool:
        """Whether its thirty days are over and nobody has answered."""
        sent = self.proposal.sent_at
        return (
            self.proposal.status in OUT
            and sent is not None
            and self.now > valid_until(sent, self.known.calendar)
        )

    @property
    def state(self) -> str:
        """Its state, expiry reckoned in."""
        return "expired" if self.expired else self.proposal.status

    @property
    def until(self) -> datetime:
        """When its clocks stop: at its sending, else now."""
        return self.clock.stopped_at or self.now

    @property
    def ready_at(self) -> datetime | None:
        """When the last value that it had waited for was there: the second clock's start; None while one is missing."""
        return ready_at(self.known, self.missing, self.arrived, self.until)

    @property
    def ready_minutes(self) -> int | None:
        """Business minutes from then to its sending, or to now."""
        at = self.ready_at
        return None if at is None else self.known.calendar.business_minutes_between(at, self.until)

    @property
    def sent_file(self) -> str | None:
        """The hash of the file that was sent."""
        return next((e.file_hash for e in self.events if e.event == "sent"), None)

    def document(self, *, draft: bool = False) -> Document:
        """The document as it stands; Refused names what is undefined, what is wrong and what is not approved."""
        if not draft:
            refuse_unready(self)
        on = self.proposal.sent_at or self.now
        values = stamped(self.values, self.known.calendar.local_date(on))
        return document(self.lines, values, self.known.company.currency, draft=draft)


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal in the list: whom it is for, and whether it was asked for as urgent."""

    proposal: Proposal
    company: str
    urgent: bool


def refuse_unready(desk: Desk) -> None:
    """Nothing where every needed variable is known, the sums hold and all three parts are approved; Refused names the rest."""
    wanting = [f"{name} ({label_of(name)}; ask {who_has(name)})" for name in desk.missing]
    reasons = [f"undefined: {', '.join(wanting)}"] if wanting else []
    if desk.version is None:
        reasons += desk.filled.wrong
    if desk.unapproved:
        reasons.append(f"not approved: {', '.join(desk.unapproved)}")
    if reasons:
        raise Refused(f"{desk.proposal.proposal_id} can't go out; {'; '.join(reasons)}")


# --- Reading


def template_of(store: Store) -> tuple[Line, ...]:
    """The template that holds: the company's own beside the store, else the program's."""
    own = store.folder / TEMPLATE if store.path else None
    if own is None or not own.exists():
        return template_lines(standard_text())
    try:
        return template_lines(own.read_text("utf-8-sig"), TEMPLATE)
    except UnicodeDecodeError:
        raise Refused(f"{TEMPLATE}: it is no UTF-8 text; save it as UTF-8") from None


def desk(store: Store, proposal_id: str, now: datetime) -> Desk:
    """A proposal with everything around it; Refused where there is none of that id."""
    known = _known(store, proposal_id, now)
    with store.cursor() as cursor:
        events = _events(cursor, proposal_id)
        versions = _versions(cursor, proposal_id)
        arrived = arrivals(cursor, [proposal_id]).get(proposal_id, {})
        typed_at = typed_at_of(cursor, proposal_id)
        held = approvals_of(cursor, proposal_id, versions[-1].content_hash) if versions else {}
    changed = bool(versions and any(at > versions[-1].made_at for at in typed_at.values()))
    now_filled = filled(known)
    values = versions[-1].values if versions and not changed else now_filled.values
    lines = template_of(store)
    if known.proposal.status not in OPEN and versions and not changed:
        lines = versions[-1].lines or lines  # what went out stays as it was, whatever the template has become
    made_hash = content_hash(lines, values, known.company.currency)
    approvals = held if versions and versions[-1].content_hash == made_hash and not changed else {}
    urgent = any(event.event == "urgent" for event in events)
    return Desk(
        known,
        now_filled,
        lines,
        values,
        missing(lines, values),
        versions,
        approvals,
        events,
        arrived,
        clock(known.proposal, known.calendar, now, urgent=urgent),
        changed,
        now,
        templates(store),
    )


def standing_version(store: Store, cursor: Any, proposal_id: str) -> Version | None:
    """The version that is up for approval, while nothing was typed since and the template still makes the same content of it."""
    versions = _versions(cursor, proposal_id)
    if not versions or any(at > versions[-1].made_at for at in typed_at_of(cursor, proposal_id).values()):
        return None
    last = versions[-1]
    made = content_hash(template_of(store), last.values, store.company.currency)
    return last if made == last.content_hash else None


def _known(store: Store, proposal_id: str, now: datetime) -> Known:
    company, calendar = store.company, business_calendar(store)
    with store.cursor() as cursor:
        proposal = next(
            (p for p in of_kind(cursor, "proposals", Proposal) if p.proposal_id == proposal_id), None
        )
        if proposal is None:
            raise Refused(
                f"there is no proposal {proposal_id!r}; load proposals, or ask for one on the Proposals page"
            )
        deal = next((d for d in of_kind(cursor, "deals", Deal) if d.deal_id == proposal.deal_id), None)
        prospects = of_kind(cursor, "prospects", Prospect)
        prospect = next((p for p in prospects if deal and p.prospect_id == deal.prospect_id), None)
        if deal is None or prospect is None:
            raise Refused(
                f"{proposal_id}: its deal {proposal.deal_id} or that deal's prospect is not on record"
            )
        return Known(
            proposal,
            deal,
            prospect,
            _call(cursor, prospect.prospect_id),
            company,
            calendar,
            calendar.local_date(now),
            store.people(),
            of_kind(cursor, "customers", Customer),
            measurements(cursor),
            workload(store, now),
            of_kind(cursor, "targets", Target),
            typed_of(cursor, proposal_id),
            _carried(cursor, proposal_id),
        )


def _call(cursor: Any, prospect_id: str) -> Call | None:
    row = cursor.execute(
        """
        select answers_json, decision, decided_at, decided_by, (decision_json ->> 'hour_cost')::decimal(18, 2)
        from qualifications where prospect_id = $prospect
        order by decided_at desc, qualification_id desc limit 1
        """,
        {"prospect": prospect_id},
    ).fetchone()
    return Call(answers_from_json(row[0]), *row[1:]) if row else None


def typed_of(cursor: Any, proposal_id: str) -> dict[str, tuple[str, str]]:
    """What is typed for a proposal now: the text and who typed it, by variable."""
    rows = cursor.execute(
        """
        select name, value, recorded_by from (
            select * from proposal_values where proposal_id = $proposal
            qualify row_number() over (partition by name order by recorded_at desc) = 1
        ) where value is not null order by name
        """,
        {"proposal": proposal_id},
    ).fetchall()
    return {name: (value, by) for name, value, by in rows}


def _carried(cursor: Any, proposal_id: str) -> dict[str, tuple[str, str]]:
    rows = cursor.execute(
        """
        select name, arg_max(value, recorded_at), arg_max(proposal_id, recorded_at) from (
            select * from proposal_values where proposal_id <> $proposal
            qualify row_number() over (partition by proposal_id, name order by recorded_at desc) = 1
        ) where value is not null group by name order by name
        """,
        {"proposal": proposal_id},
    ).fetchall()
    return {name: (value, proposal) for name, value, proposal in rows}


def typed_at_of(cursor: Any, proposal_id: str) -> dict[str, datetime]:
    """When each variable of a proposal was last typed, or taken back."""
    rows = cursor.execute(
        "select name, max(recorded_at) from proposal_values where proposal_id = $proposal group by name order by name",
        {"proposal": proposal_id},
    ).fetchall()
    return dict(rows)


def _versions(cursor: Any, proposal_id: str) -> tuple[Version, ...]:
    rows = cursor.execute(
        """
        select version, content_hash, content_json, made_at, made_by from proposal_versions
        where proposal_id = $proposal order by version
        """,
        {"proposal": proposal_id},
    ).fetchall()
    return tuple(_version(*row) for row in rows)


def _version(number: int, made: str, text: str, at: datetime, by: str) -> Version:
    content = json.loads(text)
    lines = tuple(Line(*one) for one in content.pop(TEMPLATE_KEY, ()))
    values = {name: Value(name, revived(name, value), origin) for name, (value, origin) in content.items()}
    return Version(number, made, values, at, by, lines)


def content_text(values: Mapping[str, Value], lines: tuple[Line, ...]) -> str:
    """A version's values with their origins and the template's lines, as the store keeps them."""
    content: dict[str, Any] = {name: [stored(one.value), one.origin] for name, one in values.items()}
    content[TEMPLATE_KEY] = [[one.number, one.page, one.mark, one.text] for one in lines]
    return json.dumps(content, ensure_ascii=False)


def approvals_of(cursor: Any, proposal_id: str, made_hash: str) -> dict[str, Approval]:
    """The newest decision on each part of a content."""
    rows = cursor.execute(
        """
        select part, content_hash, decision, note, decided_at, decided_by from proposal_approvals
        where proposal_id = $proposal and content_hash = $hash
        qualify row_number() over (partition by part order by decided_at desc) = 1 order by part
        """,
        {"proposal": proposal_id, "hash": made_hash},
    ).fetchall()
    return {row[0]: Approval(*row) for row in rows}


def _events(cursor: Any, proposal_id: str) -> tuple[Event, ...]:
    rows = cursor.execute(
        """
        select event, happened_at, content_hash, file_hash, note, recorded_by from proposal_events
        where proposal_id = $proposal order by recorded_at
        """,
        {"proposal": proposal_id},
    ).fetchall()
    return tuple(Event(*row) for row in rows)


def listed(store: Store) -> tuple[Offer, ...]:
    """Every proposal with its deal's company, the newest first."""
    with store.cursor() as cursor:
        proposals = of_kind(cursor, "proposals", Proposal)
        deals = {d.deal_id: d.prospect_id for d in of_kind(cursor, "deals", Deal)}
        names = {p.prospect_id: p.company for p in of_kind(cursor, "prospects", Prospect)}
        rows = cursor.execute(
            "select distinct proposal_id from proposal_events where event = 'urgent' order by proposal_id"
        ).fetchall()
    urgent = {row[0] for row in rows}
    found = [
        Offer(p, names.get(deals.get(p.deal_id, ""), p.deal_id), p.proposal_id in urgent) for p in proposals
    ]
    newest_first = sorted(
        found, key=lambda one: (one.proposal.requested_at, one.proposal.proposal_id), reverse=True
    )
    return tuple(newest_first)
