"""The sample company's sales: 25 prospects, their calls, their deals week by week, and the proposals."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from tai_ops.bant import answers_from_json
from tai_ops.demo.acts import ZONE, Act, Row, header, loads, local, who
from tai_ops.demo.proposals import MADE_HERE
from tai_ops.kinds import KINDS
from tai_ops.store import Store
from tai_ops.store.qualifying import record_qualification
from tai_ops.store.sales_tasks import sales_tasks, tick

CLOSED = ("won", "lost")


@dataclass(frozen=True, slots=True)
class Lead:
    """A prospect with its deal: `amount` is the Year-1 value, `moves` are the stages and when each was entered."""

    number: int
    company: str
    contact: str
    industry: str
    source: str
    created_on: str
    size: tuple[int, int]
    system: str
    amount: str | None
    moves: tuple[tuple[str, str], ...]
    expected: str | None = None
    lost_reason: str | None = None
    chance_pct: str | None = None

    @property
    def prospect_id(self) -> str:
        """Its prospect's key."""
        return f"PR-{self.number:03d}"

    @property
    def deal_id(self) -> str:
        """Its deal's key."""
        return f"D-{self.number:03d}"

    def prospect(self) -> Row:
        """Its row of kind `prospects`."""
        domain = self.company.split()[0].lower()
        mailbox = self.contact.split()[0].lower()
        return (
            self.prospect_id,
            self.company,
            self.contact,
            f"{mailbox}@{domain}.example",
            self.industry,
            self.source,
            "theo.brandt@tai.example",
            self.created_on,
            *self.size,
            self.system,
        )

    def deal(self, on: date) -> Row | None:
        """Its row of kind `deals` as it stood at the end of that day; None where there was none yet."""
        known = [
            move for move in ((self.created_on, "lead"), *self.moves) if date.fromisoformat(move[0]) <= on
        ]
        if not known:
            return None
        entered, stage = known[-1]
        is_open = stage not in {"won", "lost", "nurture"}
        return (
            self.deal_id,
            self.prospect_id,
            stage,
            self.amount,
            self.chance_pct if stage == "closing" else None,
            entered,
            self.expected if is_open else None,
            entered if stage in CLOSED else None,
            self.lost_reason if stage == "lost" else None,
        )


def _path(
    discovery: str, proposal: str | None = None, closing: str | None = None, **end: str
) -> tuple[tuple[str, str], ...]:
    """The moves of a deal: when it entered each stage, and how it ended (`won=`, `lost=`, `nurture=` a day)."""
    steps = (("discovery", discovery), ("proposal", proposal), ("closing", closing), *end.items())
    return tuple((day, stage) for stage, day in steps if day)


LEADS: tuple[Lead, ...] = (
    Lead(1, "Northwind Parts", "Elena Marsh", "spare parts", "referral", "2025-09-08", (2, 48000), "legacy WMS", "62000.00",
         _path("2025-09-25", "2025-10-20", "2025-10-27", won="2025-11-03"), "2025-11-07"),
    Lead(2, "Quillon Foods", "Marcus Doyle", "food", "trade fair", "2026-01-05", (1, 12500), "spreadsheets", "50000.00",
         _path("2026-01-21", "2026-02-17", "2026-03-02", won="2026-03-12"), "2026-03-13"),
    Lead(3, "Ambermoor Medical", "Sara Vance", "medical", "web", "2026-01-19", (1, 8200), "paper and spreadsheets", "44000.00",
         _path("2026-02-05", "2026-03-04", "2026-03-17", won="2026-03-30"), "2026-04-03"),
    Lead(4, "Brackenfold Logistics", "Owen Tate", "logistics", "outbound", "2025-09-08", (4, 90000), "legacy WMS", "78000.00",
         _path("2025-09-17", "2025-09-22", lost="2025-10-24"), "2025-10-31", "chose a larger vendor"),
    Lead(5, "Corvane Outdoor", "June Abel", "sporting goods", "web", "2025-10-06", (2, 21000), "spreadsheets", "54000.00",
         _path("2025-10-08", "2025-10-13", lost="2025-11-20"), "2025-11-28", "price"),
    Lead(6, "Dunhallow Textiles", "Piet Hahn", "textiles", "referral", "2025-10-06", (1, 17000), "legacy ERP", "46000.00",
         _path("2025-10-15", "2025-11-04", lost="2025-12-12"), "2025-12-15", "budget was cut"),
    Lead(7, "Elderpine Furniture", "Rosa Lindt", "furniture", "web", "2025-10-06", (3, 9800), "spreadsheets", "61000.00",
         _path("2025-10-29", "2025-11-17", lost="2026-01-09"), "2025-12-19", "no decision"),
    Lead(8, "Fennimark Electrical", "Greg Osei", "electrical", "outbound", "2025-11-10", (3, 64000), "legacy WMS", "88000.00",
         _path("2025-11-19", "2025-12-08", lost="2026-01-22"), "2026-01-30", "price"),
    Lead(9, "Gallowmere Tools", "Ines Roth", "tools", "referral", "2025-11-10", (2, 38000), "own software", "52000.00",
         _path("2025-12-10", "2026-01-14", lost="2026-02-19"), "2026-02-27", "builds it in house"),
    Lead(10, "Hexley Auto Supply", "Tom Birch", "automotive", "trade fair", "2026-01-05", (2, 44000), "legacy WMS", "67000.00",
         _path("2026-01-14", "2026-02-10", lost="2026-03-20"), "2026-03-27", "chose another vendor"),
    Lead(11, "Inverholt Beverages", "Lena Quist", "beverages", "outbound", "2026-01-19", (1, 5200), "modern WMS", "30000.00",
         _path("2026-01-28", lost="2026-01-29"), None, "no need"),
    Lead(12, "Juniperra Cosmetics", "Amy Cho", "cosmetics", "web", "2026-02-02", (2, 15000), "spreadsheets", "58000.00",
         _path("2026-02-11", nurture="2026-02-12")),
    Lead(13, "Kestrelby Toys", "Hank Moor", "toys", "referral", "2026-02-02", (1, 11000), "legacy ERP", "41000.00",
         _path("2026-02-18", nurture="2026-02-19")),
    Lead(14, "Lanternhill Books", "Dora Finn", "books", "web", "2026-02-16", (1, 30000), "spreadsheets", None,
         _path("2026-03-03", nurture="2026-03-05")),
    Lead(15, "Mossgate Garden", "Cleo Hart", "garden", "web", "2026-03-30", (2, 14000), "spreadsheets", "45000.00", ()),
    Lead(16, "Nettlebay Seafood", "Ivo Lund", "seafood", "referral", "2026-04-01", (1, 3100), "paper", None, ()),
    Lead(17, "Orrinvale Hardware", "Nina Sol", "hardware", "web", "2026-03-02", (2, 26000), "legacy WMS", "48000.00",
         _path("2026-03-11"), "2026-05-29"),
    Lead(18, "Pellamont Paper", "Karl Dietz", "paper", "outbound", "2026-03-16", (3, 19500), "legacy ERP", "72000.00",
         _path("2026-03-25"), "2026-06-12"),
    Lead(19, "Quennick Pharma", "Mira Shah", "pharma", "trade fair", "2026-03-23", (1, 7400), "modern WMS", "55000.00",
         _path("2026-04-01"), "2026-06-26"),
    Lead(20, "Ravensway Packaging", "Leo Grant", "packaging", "referral", "2026-02-16", (2, 23000), "spreadsheets", "58000.00",
         _path("2026-02-26", "2026-03-23"), "2026-04-24"),
    Lead(21, "Sablecroft Shoes", "Ana Prior", "shoes", "trade fair", "2026-03-02", (4, 71000), "legacy WMS", "84000.00",
         _path("2026-03-18", "2026-03-30"), "2026-05-08"),
    Lead(22, "Thornquay Marine", "Ruth Eames", "marine", "web", "2026-03-16", (1, 13300), "spreadsheets", "47000.00",
         _path("2026-03-25", "2026-03-31"), "2026-05-15"),
    Lead(23, "Umberline Lighting", "Sam Noor", "lighting", "referral", "2026-03-23", (2, 28000), "legacy ERP", "63000.00",
         _path("2026-04-01", "2026-04-02"), "2026-05-22"),
    Lead(24, "Vossmere Plastics", "Faye Lowe", "plastics", "outbound", "2025-12-15", (5, 82000), "legacy WMS", "96000.00",
         _path("2026-01-07", "2026-01-20", "2026-03-10"), "2026-04-17", chance_pct="80"),
    Lead(25, "Wexcombe Pet Supply", "Jon Aske", "pet supply", "web", "2026-02-02", (2, 33000), "spreadsheets", "66000.00",
         _path("2026-02-12", "2026-03-10", "2026-03-26"), "2026-04-30"),
)  # fmt: skip

_YES: Mapping[str, Any] = {"answer": "yes", "approval": "yes"}
_DECIDES: Mapping[str, Any] = {"empowered": "yes", "controls_budget": "yes", "sign_offs": ["CFO"]}
_PAIN = {"accuracy_pct": 81, "count_hours": 40, "error_cost_per_month": "1900.00", "pain": 8}
_SOON = {"decision": "2-4 weeks"}
_NEXT = {"decision": "1-2 months"}


def _call(
    lead: int, on: str, clock: str, acv: str | None = None, **blocks: Mapping[str, Any]
) -> tuple[int, datetime, dict[str, Any]]:
    """One call: a block that is not given was answered well."""
    answers: dict[str, Any] = {
        "budget": {**blocks.get("budget", _YES), **({"acv": acv} if acv else {})},
        "authority": blocks.get("authority", _DECIDES),
        "need": blocks.get("need", _PAIN),
        "timeline": blocks.get("timeline", _SOON),
    }
    return lead, local(on, clock), answers


RECENT = local("2026-03-20")
"""From then on what a call asked for beside the e-mail is still to do."""
ASKED = ("follow_up_email", "ask", "investigate", "discover", "clarify_timeline", "refer", "meeting")
CALLS = (
    _call(4, "2025-09-17", "10:20", "60000.00", need={"accuracy_pct": 84, "pain": 6, "urgency": "Q4"}),
    _call(1, "2025-09-24", "14:20", "50000.00", budget={"answer": "unsure"}, timeline=_NEXT),
    _call(5, "2025-10-08", "11:20", "42000.00", timeline=_NEXT),
    _call(1, "2025-10-15", "15:20", "50000.00", need={"accuracy_pct": 80, "count_hours": 40, "error_cost_per_month": "2000.00", "pain": 8, "urgency": "Q4"}),
    _call(6, "2025-10-15", "10:50", "36000.00", timeline=_NEXT),
    _call(7, "2025-10-29", "09:50", "48000.00", authority={"controls_budget": "yes", "sign_offs": ["COO", "IT lead"]}),
    _call(8, "2025-11-19", "13:20", "70000.00", timeline=_NEXT),
    _call(9, "2025-12-10", "10:20", "40000.00"),
    _call(24, "2026-01-07", "16:20", "75000.00", need={"accuracy_pct": 76, "count_hours": 52, "error_cost_per_month": "4100.00", "pain": 9, "urgency": "Q2"}),
    _call(10, "2026-01-14", "11:20", "52000.00", timeline=_NEXT),
    _call(2, "2026-01-21", "10:20", "40000.00", need={"accuracy_pct": 83, "count_hours": 36, "error_cost_per_month": "1600.00", "pain": 7, "urgency": "Q2"}),
    _call(11, "2026-01-28", "14:20", "22000.00", need={"accuracy_pct": 98, "happy": True, "pain": 2}),
    _call(3, "2026-02-04", "09:20", "35000.00", authority={"empowered": "no", "controls_budget": "no", "title": "Warehouse planner"}, timeline=_NEXT),
    _call(12, "2026-02-11", "15:20", "45000.00", need=_PAIN | {"urgency": "Q3"}, timeline={"decision": ">6 months"}),
    _call(25, "2026-02-12", "10:50", "52000.00", timeline=_NEXT),
    _call(13, "2026-02-18", "13:20", "32000.00", budget={"answer": "no", "next_year": True}),
    _call(3, "2026-02-25", "11:20", "35000.00", need={"accuracy_pct": 79, "count_hours": 38, "error_cost_per_month": "2300.00", "pain": 9}),
    _call(20, "2026-02-26", "14:50", "45000.00", budget={"answer": "yes", "approval": "no"}, timeline=_NEXT),
    _call(14, "2026-03-03", "10:20", None, budget={"answer": "unsure"}, authority={"title": "Buyer"}, need={"accuracy_pct": 90}, timeline={"decision": "tbd"}),
    _call(17, "2026-03-11", "09:50", "37000.00", budget={"answer": "unsure", "approval": "in_process"}, timeline=_NEXT),
    _call(21, "2026-03-18", "15:20", "66000.00", need=_PAIN | {"accuracy_pct": 77, "urgency": "Q2"}),
    _call(20, "2026-03-19", "11:20", "45000.00", timeline=_SOON),
    _call(18, "2026-03-25", "10:20", "56000.00", authority={"controls_budget": "yes", "sign_offs": ["COO", "CFO", "IT lead", "Head of plant", "Works council"]}, timeline=_NEXT),
    _call(22, "2026-03-25", "14:20", "36000.00", budget={"answer": "yes", "approval": "no"}),
    _call(22, "2026-03-30", "16:20", "36000.00"),
    _call(19, "2026-04-01", "11:20", "44000.00", timeline={"decision": "3-6 months", "exploring": True}),
    _call(23, "2026-04-01", "15:50", "48000.00", authority={"controls_budget": "yes"}),
    _call(23, "2026-04-02", "15:20", "48000.00", need=_PAIN | {"accuracy_pct": 82, "pain": 7, "urgency": "Q2"}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal: when it was asked for and sent, its price, and what became of it, by day."""

    number: int
    lead: int
    requested: tuple[str, str]
    sent: tuple[str, str] | None
    services: str
    licence: str
    ends: tuple[str, str] | None = None

    def row(self, at: datetime) -> Row | None:
        """Its row of kind `proposals` as it stood at that instant; None before it was asked for."""
        requested_at = local(*self.requested)
        if at < requested_at:
            return None
        sent_at = local(*self.sent) if self.sent else None
        known = sent_at if sent_at and sent_at <= at else None
        ended = self.ends and local(self.ends[0], "17:00") <= at
        status = self.ends[1] if self.ends and ended else "sent" if known else "draft"
        key, deal = f"Q-{self.number:03d}", f"D-{self.lead:03d}"
        return key, deal, requested_at, known, self.services, self.licence, status


OFFERS: tuple[Offer, ...] = (
    Offer(1, 4, ("2025-09-22", "10:00"), ("2025-09-23", "09:10"), "18000.00", "60000.00", ("2025-10-24", "declined")),
    Offer(2, 5, ("2025-10-13", "14:00"), ("2025-10-14", "11:30"), "12000.00", "42000.00", ("2025-11-20", "declined")),
    Offer(3, 1, ("2025-10-20", "10:00"), ("2025-10-21", "09:40"), "12000.00", "50000.00", ("2025-10-27", "accepted")),
    Offer(4, 6, ("2025-11-04", "09:30"), ("2025-11-04", "17:15"), "10000.00", "36000.00", ("2025-12-12", "declined")),
    Offer(5, 7, ("2025-11-17", "11:00"), ("2025-11-18", "10:20"), "13000.00", "48000.00", ("2025-12-18", "expired")),
    Offer(6, 8, ("2025-12-08", "13:00"), ("2025-12-09", "12:10"), "18000.00", "70000.00", ("2026-01-22", "declined")),
    Offer(7, 9, ("2026-01-14", "10:30"), ("2026-01-15", "09:50"), "12000.00", "40000.00", ("2026-02-19", "declined")),
    Offer(8, 24, ("2026-01-20", "15:00"), ("2026-01-21", "14:05"), "21000.00", "75000.00", ("2026-03-10", "accepted")),
    Offer(9, 10, ("2026-02-10", "09:00"), ("2026-02-10", "16:40"), "15000.00", "52000.00", ("2026-03-20", "declined")),
    Offer(10, 2, ("2026-02-17", "11:00"), ("2026-02-18", "10:15"), "10000.00", "40000.00", ("2026-03-02", "accepted")),
    Offer(11, 3, ("2026-03-04", "16:00"), ("2026-03-05", "15:20"), "9000.00", "35000.00", ("2026-03-17", "accepted")),
    Offer(12, 25, ("2026-03-10", "10:00"), ("2026-03-12", "15:00"), "14000.00", "52000.00", ("2026-03-26", "accepted")),
    Offer(13, 20, ("2026-03-23", "14:00"), ("2026-03-24", "11:45"), "13000.00", "45000.00", ("2026-03-27", "viewed")),
    Offer(14, 21, ("2026-03-30", "11:00"), ("2026-03-31", "10:10"), "18000.00", "66000.00"),
    Offer(15, 22, ("2026-03-31", "09:30"), ("2026-04-01", "09:05"), "11000.00", "36000.00"),
    Offer(16, 23, ("2026-04-02", "16:30"), None, "15000.00", "48000.00"),
)  # fmt: skip

PIPELINE_DAYS = (
    *("2025-09-25", "2025-10-23", "2025-11-06", "2025-11-20", "2025-12-18", "2026-01-08", "2026-01-22"),
    *("2026-02-05", "2026-02-12", "2026-02-19", "2026-02-26", "2026-03-05", "2026-03-12", "2026-03-19"),
    *("2026-03-26", "2026-04-02"),
)
"""When the deals were brought up to date: now and then at first, every Thursday since the reviews began."""
PROPOSAL_DAYS = ("2025-12-18", "2026-02-05", *PIPELINE_DAYS[-7:])


def sales_acts() -> Iterator[Act]:
    """Prospects as they came in, calls, and on each of those days the deals and proposals that had changed."""
    for day in sorted({lead.created_on for lead in LEADS}):
        rows = [lead.prospect() for lead in LEADS if lead.created_on == day]
        yield loads(local(day, "08:45"), "prospects", header(KINDS["prospects"]), rows)
    for number, ended_at, answers in CALLS:
        said = answers | {
            "call_ended_at": ended_at.astimezone(ZONE).isoformat(),
            "company": LEADS[number - 1].company,
        }
        yield Act(ended_at + timedelta(minutes=12), partial(_qualify, LEADS[number - 1].prospect_id, said))
    for number, ended_at in {number: ended_at for number, ended_at, _ in CALLS}.items():
        lead = LEADS[number - 1]
        if not lead.moves or lead.moves[-1][1] not in CLOSED:
            kinds = ASKED if ended_at < RECENT else ASKED[:1]
            yield Act(ended_at + timedelta(minutes=18), partial(_ticked, lead.prospect_id, kinds))
    yield from _changes("deals", PIPELINE_DAYS, "17:30", _deals)
    yield from _changes("proposals", PROPOSAL_DAYS, "17:40", _proposals)


def _deals(at: datetime) -> list[Row | None]:
    return [lead.deal(at.astimezone(ZONE).date()) for lead in LEADS]


def _proposals(at: datetime) -> list[Row | None]:
    return [offer.row(at) for offer in OFFERS if offer.number != MADE_HERE]


def _qualify(prospect_id: str, said: Mapping[str, Any], store: Store, now: datetime) -> None:
    record_qualification(store, who("sales"), prospect_id, answers_from_json(dict(said)), now)


def _ticked(prospect_id: str, kinds: Sequence[str], store: Store, now: datetime) -> None:
    open_ = [one for one in sales_tasks(store, prospect_id=prospect_id) if not one.done]
    keys = [one.key for one in open_ if one.kind in kinds]
    if keys:
        tick(store, who("sales"), *keys, done=True, now=now)


def _changes(
    kind: str, days: Sequence[str], clock: str, rows_at: Callable[[datetime], list[Row | None]]
) -> Iterator[Act]:
    """Of each day's rows those that were not so the time before."""
    before: set[Row | None] = {None}
    for day in days:
        rows = rows_at(local(day, clock))
        changed = [row for row in rows if row is not None and row not in before]
        if changed:
            yield loads(local(day, clock), kind, header(KINDS[kind]), changed)
        before |= set(rows)
