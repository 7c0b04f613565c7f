"""The weekly review as people read it and as it is frozen: blocks, printed lines, promises, notes, numbers."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import PlainSerializer, PlainValidator, TypeAdapter

from tai_ops import words
from tai_ops.annotations import Annotation
from tai_ops.board import Board, Note
from tai_ops.commitments import KeptRate, is_about
from tai_ops.kpi import Kpi, Mark, Measured, Reading, Value
from tai_ops.pipeline import StageSum
from tai_ops.rights import ROLE_IN_WORDS

BlockId = Literal[
    "opening", "customer_success", "sales_pipeline", "engineering", "finance", "wins", "priorities"
]
NoteKind = Literal["win", "blocker", "priority", "note", "action", "forecast"]
Status = Literal["not_opened", "open", "ended"]

PRIORITIES_WANTED = 3
SCALING = "Infrastructure scaling on track:"
"""How a note begins that answers the runbook's question to the CTO."""
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def sign(mark: Mark) -> str:
    """A mark's shape alone: `✓`."""
    return words.MARKS[mark][0]


@dataclass(frozen=True, slots=True)
class Part:
    """One statement of a line, with its mark where a rule gives it one."""

    text: str
    mark: Mark | None = None

    def __str__(self) -> str:
        return f"{self.text} {sign(self.mark)}" if self.mark else self.text


BY_NEED: tuple[Mark | None, ...] = ("missed", "floor", "no_data", "met", None)
"""The marks, what needs talking about first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line of a block: `Customer #1: 95% accuracy ≈ | NPS 9 ✓`."""

    parts: tuple[Part, ...]
    subject: str | None = None

    def __str__(self) -> str:
        said = " | ".join(str(part) for part in self.parts)
        return f"{self.subject}: {said}" if self.subject else said


def line(text: str, mark: Mark | None = None, subject: str | None = None) -> Line:
    """A line of one statement."""
    return Line((Part(text, mark),), subject)


def needed_most(lines: Sequence[Line], most: int) -> tuple[Line, ...]:
    """The lines where there are at most so many; else those about nobody and, of the others, the worst, in their order."""
    if len(lines) <= most:
        return tuple(lines)
    worst = sorted(
        (n for n, one in enumerate(lines) if one.subject),
        key=lambda n: min(BY_NEED.index(part.mark) for part in lines[n].parts),
    )
    kept = set(worst[:most])
    return tuple(one for n, one in enumerate(lines) if not one.subject or n in kept)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the half hour; `starts_at_minute` counts from the start of the meeting.

    `name` is the person who presents it, None where nobody on record has the role. `newest` says when its data was
    last entered. `on_watch`: the presenter watches a cutover at the same time, so the data speaks. `says` is what the
    runbook has the presenter say, the figures filled in.
    """

    id: BlockId
    title: str
    minutes: int
    starts_at_minute: int
    role: str
    name: str | None
    questions: tuple[str, ...]
    kpis: tuple[str, ...]
    lines: tuple[Line, ...]
    newest: str | None = None
    on_watch: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """A priority or action of an earlier week that is due, and what the data says of it.

    `test` says what the data is asked, None where only a person can tell; `kept` is its answer, `found` in words.
    """

    note: Note
    test: str | None = None
    found: str | None = None
    kept: bool | None = None

    @property
    def mark(self) -> Mark:
        """What the person says, else what the data says."""
        if self.note.state == "done":
            return "met"
        if self.note.state == "missed":
            return "missed"
        return "no_data" if self.kept is None else "met" if self.kept else "missed"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who did something, and when."""

    by: str
    done_at: datetime


@dataclass(frozen=True, slots=True)
class Restated:
    """A number of the week that reads differently now than it was frozen; `why` says which rows changed, where known."""

    kpi: str
    label: str
    was: str
    reads_now: str
    why: str = ""

    def __str__(self) -> str:
        because = f" ({self.why})" if self.why else ""
        return f"{self.label}: {self.was} when frozen, {self.reads_now} now{because}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where the records disagree: its rows, the role that can mend it, and the page where that is done."""

    check: str
    text: str
    owner: str
    rows: tuple[str, ...] = ()
    page: str = ""
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """How the owner of a block has prepared it: ready (by whom, when), what is missing, what came too late."""

    block: BlockId
    title: str
    role: str
    name: str | None
    ready: Stamp | None
    missing: tuple[str, ...]
    after: tuple[str, ...]


def _measured_as_json(measured: Measured) -> dict[str, Any]:
    kpi = measured.kpi
    row: dict[str, Any] = {
        "kpi": {
            name: getattr(kpi, name)
            for name in (
                "id",
                "area",
                "label",
                "unit",
                "good",
                "over",
                "formula",
                "rows",
                "strict",
                "decimals",
            )
        },
        "as_of": measured.as_of.isoformat(),
    }
    for name in ("mark", "window", "source", "reason"):
        row[name] = getattr(measured, name)
    for name in ("value", "target", "floor"):
        row[name] = _value_as_json(getattr(measured, name))
    if measured.by_customer is not None:
        row["by_customer"] = {
            customer: [_value_as_json(value), mark]
            for customer, (value, mark) in measured.by_customer.items()
        }
    return row


def _measured_of(row: Any) -> Measured:
    """A number as it was frozen, its row of the catalogue as it was then."""
    if isinstance(row, Measured):
        return row
    target, floor = value_of(row["target"]), value_of(row["floor"])
    by = row.get("by_customer")
    return Measured(
        kpi=Kpi(read=_frozen, target=target, floor=floor, **row["kpi"]),
        value=value_of(row["value"]),
        target=target,
        floor=floor,
        mark=row["mark"],
        as_of=datetime.fromisoformat(row["as_of"]),
        window=row["window"],
        source=row["source"],
        reason=row["reason"],
        by_customer=None
        if by is None
        else {name: (value_of(value), mark) for name, (value, mark) in by.items()},
    )


def _frozen(_board: Board) -> Reading:
    return Reading(None, "frozen")


def _value_as_json(value: Value | None) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def value_of(value: Any) -> Any:
    """A number out of a frozen text: dates and decimals stand there as text."""
    if not isinstance(value, str):
        return value
    return date.fromisoformat(value) if _ISO_DATE.fullmatch(value) else Decimal(value)


FrozenMeasured = Annotated[Measured, PlainValidator(_measured_of), PlainSerializer(_measured_as_json)]
FrozenValue = Annotated[Value, PlainValidator(value_of), PlainSerializer(_value_as_json)]


_DEPLOYED = re.compile(r"(?:No blockers|\d+ blockers?) for (.* deployment next week)")
"""The CTO's sentence that blockers raised in the meeting itself change."""


@dataclass(frozen=True, slots=True)
class Review:
    """The review of one week.

    All but `status`, `opened`, `ended`, `snapshot_hash` and `restated` is what a snapshot holds. `before` are the numbers of the week before, where known.
    `wins` are suggested by the data; `notes` is what people said; `blockers` are the open ones, oldest first.
    `people` and `customers` hold names by e-mail and id; `stages` is the open pipeline by phase. `happened` is what stood
    beside the days of the scorecard's months when the meeting began; None before that, and where it was not kept yet.
    """

    week: date
    seen_at: datetime
    company: str
    zone: str
    currency: str
    verdict: str
    blocks: tuple[Block, ...]
    kpis: Mapping[str, FrozenMeasured]
    before: Mapping[str, FrozenValue]
    promises: tuple[Promise, ...]
    blockers: tuple[Note, ...]
    notes: tuple[Note, ...]
    wins: tuple[str, ...]
    warnings: tuple[str, ...]
    people: Mapping[str, str]
    customers: Mapping[str, str]
    stages: Mapping[str, StageSum]
    status: Status = "not_opened"
    opened: Stamp | None = None
    ended: Stamp | None = None
    snapshot_hash: str | None = None
    restated: tuple[Restated, ...] = ()
    findings: tuple[Finding, ...] = ()
    preparation: tuple[Prepared, ...] = ()
    restatements: tuple[Restated, ...] = ()
    expected_leads: Decimal | None = None
    kept_rates: tuple[KeptRate, ...] = ()
    also_due: tuple[Finding, ...] = ()
    happened: tuple[Annotation, ...] | None = None

    @property
    def checks(self) -> list[str]:
        """What to check before the meeting: where records disagree, with who can mend it, then what else falls on the day."""
        return [f"{one.text} ({self.owner_of(one)})" for one in self.findings] + list(self.warnings)

    @property
    def expects_leads(self) -> Decimal | None:
        """The new leads that are expected for the week after, in money; None where nobody said."""
        said = self.said("forecast")
        return Decimal(said[-1].body) if said else None

    def spoken(self, block: Block) -> str:
        """What the presenter of a block says: the runbook's sentences, with what only people know as far as they said it."""
        if block.id == "sales_pipeline":
            expected = self.expects_leads
            amount = "[not said yet]" if expected is None else money_words(expected, self.currency)
            return f"{block.says} Expecting {amount} in new leads next week.".strip()
        if block.id == "engineering":
            said = [n.body for n in self.said("note", block.id) if n.body.startswith(SCALING)]
            says = _DEPLOYED.sub(lambda found: f"{self._blockers_of(found[1])} for {found[1]}", block.says)
            return f"{says} {said[-1] if said else f'{SCALING} not said yet'}.".strip()
        return block.says

    def _blockers_of(self, deployed: str) -> str:
        """The open blockers of what is deployed next week: the CTO's, and those that name one of its customers."""
        soon = [name for name in self.customers.values() if is_about(deployed, name)]
        open_ones = [
            note
            for note in self.blockers
            if note.block == "engineering" or any(is_about(note.body, name) for name in soon)
        ]
        return words.several(len(open_ones), "blocker") if open_ones else "No blockers"

    def owner_of(self, finding: Finding) -> str:
        """Who can mend it: the person with the role, else the role."""
        role = ROLE_IN_WORDS[finding.owner]
        named = next((one.name for one in self.preparation if one.role == finding.owner and one.name), None)
        return f"{named}, {role}" if named else role

    def block(self, block_id: str) -> Block:
        """The block of that id."""
        return next(block for block in self.blocks if block.id == block_id)

    def measured(self, block_id: str) -> list[Measured]:
        """The numbers of a block, in its order."""
        return [self.kpis[name] for name in self.block(block_id).kpis if name in self.kpis]

    def said(self, kind: str, block_id: str | None = None) -> list[Note]:
        """What was noted of that kind (in that block) and not taken back."""
        return [
            note
            for note in self.notes
            if note.kind == kind and note.state != "dropped" and block_id in (None, note.block)
        ]

    def person(self, email: str | None) -> str:
        """A person's name where it is known, else what stands on record, a dash where nothing does."""
        return self.people.get(email or "", email or "–")

    @property
    def tz(self) -> ZoneInfo:
        """The company's zone when the review was held."""
        return ZoneInfo(self.zone)

    def local(self, instant: datetime) -> datetime:
        """The instant on the company's own clock."""
        return instant.astimezone(self.tz)

    def in_words(self, measured: Measured, value: Value | None) -> str:
        """A value of that number with its unit."""
        return words.number(value, measured.kpi.unit, self.currency, decimals=measured.kpi.decimals)

    def change(self, measured: Measured) -> str:
        """How far the number moved since the week before, `▲ $3,333 vs week to Fri 27 Mar`; empty where unknown."""
        kpi = measured.kpi
        period = f"week to {words.short_day(self.week - timedelta(days=7))}"
        before = self.before.get(kpi.id)
        return words.change(measured.value, before, kpi.unit, period, self.currency, decimals=kpi.decimals)


_REVIEW = TypeAdapter(Review)


def frozen_text(review: Review) -> str:
    """What of a review is frozen, as canonical JSON: sorted keys, no blanks."""
    bare = replace(review, status="not_opened", opened=None, ended=None, snapshot_hash=None, restated=())
    body = _REVIEW.dump_python(bare, mode="json", by_alias=True)
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def thawed(text: str) -> Review:
    """The review that such a text holds."""
    return _REVIEW.validate_json(text)


def text_hash(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def money_words(amount: Decimal, currency: str = "USD") -> str:
    """An amount as the printed lines have it: `$62,000`, with cents where there are some, so that lines add up."""
    return words.money(amount, currency, exact=amount != amount.to_integral_value())


def number_words(value: Decimal | int, digits: int, *edges: Decimal | None) -> str:
    """A number with so many decimals at most, with more where rounding would carry it onto or over an edge."""
    exact = Decimal(value)
    known = [edge for edge in edges if edge is not None]
    shown = exact
    for places in range(digits, digits + 5):
        shown = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        if all(exact.compare(edge) == shown.compare(edge) for edge in known):
            break
    text = f"{shown:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def pct_words(measured: Measured, value: Decimal | int) -> str:
    """A percentage as the runbook prints it: `95%`; never rounded over its target or floor, or to all or nothing."""
    return number_words(value, 1, measured.target, measured.floor, Decimal(0), Decimal(100)) + "%"
