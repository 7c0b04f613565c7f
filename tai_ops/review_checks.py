"""What the data says before the meeting: do the records agree with one another, and were last week's promises kept.

Source: requirements.md section 6 (consistency auditor, commitment ledger), W9, W13, O16.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tai_ops import pipeline, reliability
from tai_ops.board import Note
from tai_ops.checklist import CUTOVER_DAY
from tai_ops.commitments import CALLS, Question
from tai_ops.customers import Customer
from tai_ops.kpi import KPIS, Judged, judge
from tai_ops.period import FRIDAY, Month
from tai_ops.reliability import Interval
from tai_ops.review import Promise, money_words, number_words
from tai_ops.review_lines import Week, cutover_on, is_done
from tai_ops.words import day, instant, several

INVOICE_AFTER_GO_LIVE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Decision:
    """The newest BANT decision on a prospect."""

    prospect_id: str
    decision: str
    decided_at: datetime


def downtime_unexplained(week: Week, failing: Iterable[Interval]) -> list[Interval]:
    """When probes failed in the week and no impact or incident says why."""
    facts, window = week.board.facts, week.board.window
    found = reliability.unexplained_downtime(failing, facts.impacts, facts.incidents, now=window.as_of)
    return reliability.clip(found, window.flow)


def minutes_of(intervals: Sequence[Interval]) -> Decimal:
    """How long the intervals last together, in minutes."""
    return reliability.minutes(reliability.total(intervals))


def warnings(
    week: Week, unexplained: Sequence[Interval], decisions: Sequence[Decision], now: datetime
) -> tuple[str, ...]:
    """Where the records disagree with one another, one sentence each, and what else happens on that Friday."""
    return (
        *_unexplained(week, unexplained),
        *_unwatched(week),
        *_pursued(week, decisions, now),
        *_stages(week, decisions),
        *_go_lives(week),
        *_paying(week),
        *_content_in_an_outage(week),
        *_clashes(week),
    )


def length_words(minutes: Decimal) -> str:
    """A length for people: `45 min`, from three hours on `12.5 h`."""
    return f"{number_words(minutes / 60, 1)} h" if minutes >= 180 else f"{number_words(minutes, 0)} min"


def _unexplained(week: Week, unexplained: Sequence[Interval]) -> Iterator[str]:
    if unexplained:
        length = length_words(minutes_of(unexplained))
        began = instant(unexplained[0][0], week.board.facts.calendar.zone)
        yield (
            f"Unexplained downtime: probes failed for {length} without an incident "
            f"(first {began}); record the incident or its impact"
        )


def _unwatched(week: Week) -> Iterator[str]:
    platform = week.board.platform
    if platform.coverage_pct is not None and platform.unknown_minutes:
        length = length_words(platform.unknown_minutes)
        yield f"No probe came for {length} of the week; uptime leaves that time out"


def _pursued(week: Week, decisions: Sequence[Decision], now: datetime) -> Iterator[str]:
    facts = week.board.facts
    requested = {
        deal.prospect_id
        for proposal in facts.proposals
        for deal in facts.deals
        if deal.deal_id == proposal.deal_id
    }
    closed = {deal.prospect_id for deal in facts.deals if deal.stage in {"won", "lost", "nurture"}}
    for one in decisions:
        due = pipeline.proposal_due(one.decided_at, facts.calendar)
        if one.decision == "PURSUE" and one.prospect_id not in requested | closed and due < now:
            when = instant(due, facts.calendar.zone)
            yield f"{week.prospect(one.prospect_id)} is to be pursued and has no proposal; it was due {when}"


def _stages(week: Week, decisions: Sequence[Decision]) -> Iterator[str]:
    refused = {one.prospect_id: one.decision for one in decisions if one.decision in {"PASS", "WAIT"}}
    for deal in week.board.facts.deals:
        if deal.stage in pipeline.OPEN_STAGES and deal.prospect_id in refused:
            said = refused[deal.prospect_id]
            yield f"{week.prospect(deal.prospect_id)} stands in {deal.stage}, its last qualification says {said}"


def _go_lives(week: Week) -> Iterator[str]:
    for customer in week.board.facts.customers:
        live_on = customer.go_live_on
        if live_on is None or live_on > week.friday:
            continue
        if customer.status in {"signed", "onboarding"}:
            yield f"{customer.name}: go-live was {day(live_on)}, the status still says {customer.status}"
        elif customer.status == "live" and _balance_is_missing(week, customer, live_on):
            yield f"{customer.name} is live since {day(live_on)} and no invoice was issued from then on"


def _balance_is_missing(week: Week, customer: Customer, live_on: date) -> bool:
    """Whether a go-live of the last quarter has had its week and no invoice followed."""
    age = (week.friday - live_on).days
    billed = any(
        i.customer_id == customer.customer_id and live_on <= i.issued_on <= week.friday
        for i in week.board.facts.invoices
    )
    return INVOICE_AFTER_GO_LIVE_DAYS <= age <= 91 and not billed


def _paying(week: Week) -> Iterator[str]:
    status = {c.customer_id: c.status for c in week.board.facts.customers}
    for customer_id, amount in sorted(week.board.paying.items()):
        if status.get(customer_id) not in {"live", None}:
            pays = money_words(amount, week.currency)
            yield f"{week.customer(customer_id)} pays {pays} a month and is not live ({status[customer_id]})"


def _content_in_an_outage(week: Week) -> Iterator[str]:
    window, facts = week.board.window, week.board.facts
    open_ids = {i.incident_id for i in facts.incidents if _is_open_critical(i, window.as_of)}
    for customer_id, (value, _) in (week.kpis["ltr_median"].by_customer or {}).items():
        hit = any(i.incident_id in open_ids and i.touches(customer_id, None) for i in facts.impacts)
        if hit and isinstance(value, Decimal) and value >= 9:
            yield f"{week.customer(customer_id)} scored {number_words(value, 1)} and has an open CRITICAL incident"


def _is_open_critical(incident: reliability.Incident, at: datetime) -> bool:
    done = incident.resolved_at is not None and incident.resolved_at <= at
    return incident.severity == "CRITICAL" and incident.detected_at <= at and not done


def cutovers_today(week: Week) -> list[str]:
    """The customers that go live on the week's Friday, while the review is held."""
    return [
        customer.name
        for customer in week.board.in_status("onboarding", "signed")
        if (plan := week.plans.get(customer.customer_id))
        and not is_done(plan, CUTOVER_DAY)
        and cutover_on(week, plan) == week.friday
    ]


def _clashes(week: Week) -> Iterator[str]:
    for name in cutovers_today(week):
        yield f"Cutover of {name} runs 14:00-17:00 this Friday: CSM and CTO are on watch, their parts come from the data"
    if week.friday + timedelta(days=7) >= Month.of(week.friday).end and week.friday.weekday() == FRIDAY:
        yield "The month-end close falls on this Friday too"
    if week.friday in week.board.facts.calendar.holidays:
        yield "This Friday is a holiday"


def question_words(asked: Question) -> str:
    """What a promise asks of the data: `Onboarding complete of Customer #2 at 75 % or more`."""
    calls = asked.kpi == CALLS
    label, unit = ("Discovery calls", "count") if calls else (KPIS[asked.kpi].label, KPIS[asked.kpi].unit)
    wanted = money_words(asked.at_least) if unit == "money" else number_words(asked.at_least, 2)
    of = f" of {asked.customer}" if asked.customer else ""
    return f"{label}{of} at {wanted}{' %' if unit == 'pct' else ''} or more"


def checked(note: Note, week: Week) -> Promise:
    """The promise with the data's answer, where there is one; it is judged from its due day on, never before."""
    judged = judge(week.board, note)
    if judged is None:
        return Promise(note)
    asked = question_words(judged.question)
    if judged.value is None:
        return Promise(note, asked, "not measured")
    return Promise(note, asked, f"{_found_words(judged)} now", judged.kept)


def _found_words(judged: Judged) -> str:
    value, question = judged.value or Decimal(0), judged.question
    if question.kpi == CALLS:
        return several(int(value), "call")
    unit = KPIS[question.kpi].unit
    if unit == "money":
        return money_words(value)
    return number_words(value, 1, question.at_least) + (" %" if unit == "pct" else "")
