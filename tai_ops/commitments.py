"""What was promised for a Friday: what its words ask of the data, when it is due, and whether it was kept.

Source: Runbook 5, Next Week Priorities; requirements.md W9, section 6 (commitment ledger).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tai_ops.board import Note, Question
from tai_ops.customers import Customer

CALLS = "discovery_calls"
"""What is counted and no number of the catalogue: the prospects qualified in the week."""
PLAN_DAY = "plan_day"
"""A step of the onboarding: the day through which a customer's plan is done."""
YES_NO = "yes_no"
"""A promise that only a person can judge, whatever its words are."""


@dataclass(frozen=True, slots=True)
class KeptRate:
    """How a person keeps promises: how many were kept of those judged, and how many are due and judged by nobody."""

    owner: str
    kept: int
    judged: int
    still_open: int


_PCT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_MONEY = re.compile(r"[$€£]\s?(\d[\d,]*(?:\.\d+)?)\s*([km])?", re.IGNORECASE)
_CALLS = re.compile(r"(\d+)\s*\+?\s+(?:discovery\s+)?calls?\b", re.IGNORECASE)
_LEADS = re.compile(r"(\d+)\s*\+?\s+new\s+leads?", re.IGNORECASE)
_SENT = re.compile(r"send\s+(\d+)\s*\+?\s+proposals?|(\d+)\s*\+?\s+proposals?\s+sent", re.IGNORECASE)
_WON = re.compile(
    r"(?:close|win)\s+(\d+)\s*\+?\s+deals?|(\d+)\s*\+?\s+deals?\s+(?:won|closed)", re.IGNORECASE
)
_COUNTED = ((_CALLS, CALLS), (_LEADS, "new_leads"), (_SENT, "proposals_sent"), (_WON, "deals_won"))
_WORTH = (("new leads", "new_leads_value"), ("pipeline", "pipeline_open"), ("mrr", "mrr"), ("arr", "arr"))
_SHARES = (("accura", "accuracy_pct"), ("uptime", "uptime_pct"))
_NUMBERED = re.compile(r"customer\s*#\s*\d", re.IGNORECASE)
SHORTEST_NAME = 5
NO_NAME = frozenset(
    {"customer", "client", "company", "group", "holding", "international", "national", "united"}
)
"""First words of names that name nobody by themselves."""
_PROGRESS = re.compile(r"implement|onboard|complete|rollout", re.IGNORECASE)


def promise_test(body: str, customers: Sequence[Customer]) -> Question | None:
    """What the data can be asked about a promise in words; None where only a person can tell.

    Understands `Customer #2 implementation 75% complete`, `Customer #1 at 97% accuracy`, `pipeline at $500K`,
    `10+ discovery calls` or `10+ calls`, `5 new leads`, `send 2 proposals`, `close 1 deal`. Source: requirements.md W9.
    """
    for pattern, kpi in _COUNTED:
        if found := pattern.search(body):
            return Question(kpi, Decimal(next(group for group in found.groups() if group)))
    if found := _MONEY.search(body):
        amount = Decimal(found[1].replace(",", "")) * {"k": 1000, "m": 1_000_000}.get(
            (found[2] or "").lower(), 1
        )
        return next((Question(kpi, amount) for word, kpi in _WORTH if _has_word(body, word)), None)
    if found := _PCT.search(body):
        return _share_test(body, Decimal(found[1]), customers)
    return None


def _has_word(body: str, word: str) -> bool:
    return re.search(rf"\b{word}\b", body, re.IGNORECASE) is not None


def _share_test(body: str, at_least: Decimal, customers: Sequence[Customer]) -> Question | None:
    customer = _named(body, customers)
    if customer is None and _NUMBERED.search(body):
        return None
    who = (customer.customer_id, customer.name) if customer else (None, None)
    kpi = next((kpi for word, kpi in _SHARES if word in body.lower()), None)
    if kpi is None and customer and _PROGRESS.search(body):
        kpi = "onboarding_complete_pct"
    return Question(kpi, at_least, *who) if kpi else None


def _named(body: str, customers: Sequence[Customer]) -> Customer | None:
    """The customer that the words name, by the longest of its names; None where nobody or several go by it."""
    found = [
        (len(name), customer) for customer in customers for name in _names(customer.name) if _says(body, name)
    ]
    longest = max((length for length, _ in found), default=0)
    named = {customer.customer_id: customer for length, customer in found if length == longest}
    return next(iter(named.values())) if len(named) == 1 else None


def is_about(body: str, name: str) -> bool:
    """Whether the words name the customer of that name, by any of the names that it goes by."""
    return any(_says(body, one) for one in _names(name))


def _says(body: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", body, re.IGNORECASE) is not None


def _names(called: str) -> set[str]:
    """What a customer is called: its name, and of `Apex Foods (Customer #2)` both parts and the first word."""
    before, _, inside = called.partition("(")
    names = {called, before.strip(), inside.rstrip(") ").strip()}
    first = before.split()[0] if before.split() else ""
    alone = len(first) >= SHORTEST_NAME and first.lower() not in NO_NAME
    return {name for name in names | ({first} if alone else set()) if name}


def question_of(note: Note, customers: Sequence[Customer]) -> Question | None:
    """What the data is asked about a promise: its measure, else its own words; None where only a person can tell."""
    if note.measure is None:
        return promise_test(note.body, customers)
    return None if note.measure.kpi == YES_NO else note.measure


def due_promises(notes: Iterable[Note], friday: date) -> list[Note]:
    """The priorities and actions of earlier weeks that are due by that Friday: new this week, or still open."""
    return [
        note
        for note in notes
        if note.kind in {"priority", "action"}
        and note.week < friday
        and note.due_on is not None
        and note.due_on <= friday
        and (note.state == "open" or (note.state != "dropped" and note.due_on > friday - timedelta(days=7)))
    ]
